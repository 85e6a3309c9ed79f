//! Runs a configuration and says how far it went and what it found.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use stateright::{Checker, HasDiscoveries, Model};

use crate::{
    configurations::{Budgets, Configuration, QUICK},
    edit::Edit,
    engine::Engine,
    invariants::{self, Checks},
    model::Guard,
    trace,
};

/// Where an exploration stops though there is more.
const MOST: usize = 6_000_000;

/// The result of an exploration.
pub struct Explored {
    pub configuration: Configuration,
    pub states: usize,
    pub transitions: usize,
    pub depth: usize,
    /// It ended by itself, and not because there is a limit.
    pub is_complete: bool,
    pub took: Duration,
    pub seen: BTreeSet<String>,
    /// To the database and to Stripe, the most before the answer to one click without faults or competing clicks.
    pub most_calls: (usize, usize),
    /// The shortest way to something that must not be.
    pub failure: Option<Failure>,
}

/// A way to something that must not be.
pub struct Failure {
    pub property: String,
    pub steps: usize,
    pub trace: Vec<String>,
}

/// Explores a configuration, until it ends or something is found.
pub fn explore(configuration: Configuration, edits: &[Edit], threads: usize) -> Explored {
    let guard = Guard {
        configuration,
        engine: Arc::new(Engine::new(edits, configuration)),
        checks: Arc::new(Checks::new()),
    };
    let started = Instant::now();
    let checker = guard
        .clone()
        .checker()
        .threads(threads)
        .target_state_count(MOST)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    let failures = checker.discoveries().into_iter().map(|(property, path)| {
        let path = path.into_vec();
        let breach = path.last().and_then(|(state, _)| state.breach);
        let detail = breach.map(|breach| format!(": {}", breach.text()));
        Failure {
            property: format!("{property}{}", detail.unwrap_or_default()),
            steps: path.len() - 1,
            trace: trace::tell(&guard, &path),
        }
    });
    let failure = failures.min_by_key(|failure| (failure.steps, failure.property.clone()));
    guard.engine.assert_edited();
    Explored {
        configuration,
        states: checker.unique_state_count(),
        transitions: checker.state_count(),
        depth: checker.max_depth(),
        is_complete: checker.state_count() < MOST,
        took: started.elapsed(),
        seen: guard.engine.seen(),
        most_calls: guard.checks.most_calls(),
        failure,
    }
}

/// The quick configuration of that name.
pub fn quick(name: &str) -> Configuration {
    let found = QUICK
        .iter()
        .find(|configuration| configuration.name == name);
    *found.unwrap_or_else(|| panic!("no configuration is called {name:?}"))
}

impl Explored {
    /// Panics with the trace where something was found.
    pub fn assert_sound(&self) {
        let name = self.configuration.name;
        if let Some(failure) = &self.failure {
            let trace = failure.trace.join("\n");
            panic!("{name}: not so: {}\n{trace}", failure.property);
        }
        // The longest is an old order whose session was made behind an error: the repeated create call is refused,
        // the list shows the session, it is not open, it is read, and another one is created. One call to D1 more if somebody
        // has paid for the charge meanwhile, so that the short transaction is refused.
        let (batches, stripe) = self.most_calls;
        assert!(
            batches <= 5 && stripe <= 5,
            "{name}: {batches} and {stripe} calls"
        );
    }

    /// A row of the table, in Markdown.
    pub fn row(&self) -> String {
        let Self {
            configuration,
            states,
            transitions,
            depth,
            is_complete,
            took,
            ..
        } = self;
        let end = if *is_complete { "yes" } else { "no" };
        let properties = invariants::properties().len();
        let (name, seconds) = (configuration.name, took.as_secs_f32());
        let bounds = bounds(configuration);
        format!(
            "| {name} | {bounds} | {states} | {transitions} | {depth} | {end} | {seconds:.1} | {properties} | {} |",
            self.seen.len()
        )
    }
}

/// The head of the table.
pub const HEAD: &str = "| configuration | bounds | states | transitions | depth | to its end | seconds | properties | witnesses |\n|---|---|--:|--:|--:|--:|--:|--:|--:|";

fn bounds(configuration: &Configuration) -> String {
    let Budgets {
        clicks,
        runs,
        deliveries,
        returns,
        payments,
        debits,
        refunds,
        disputes,
        strangers,
        forgets,
        changes,
        acts,
        passes,
        faults,
        crashes,
        is_crossed: _,
    } = configuration.budgets;
    let minutes: Vec<_> = configuration
        .passes
        .iter()
        .map(ToString::to_string)
        .collect();
    let passing = format!("times that {} minutes pass", minutes.join(" or "));
    let counts = [
        (clicks, "clicks"),
        (runs, "runs of the cron"),
        (deliveries, "deliveries"),
        (returns, "returns"),
        (payments, "payments"),
        (debits, "bank debits"),
        (refunds, "refunds by hand"),
        (disputes, "disputes"),
        (strangers, "payments to another database"),
        (forgets, "keys forgotten early"),
        (changes, "changes of the charge"),
        (acts, "acts of an operator"),
        (passes, passing.as_str()),
        (faults, "faults"),
        (crashes, "crashes"),
    ];
    let flags = [
        (!configuration.mishaps.is_empty(), "errors of Stripe's own"),
        (configuration.validates_first, "parameters first"),
        (configuration.charges == 2, "two charges"),
        (configuration.restores, "a restore"),
        (
            configuration.ways.len() > 1,
            "clicks by link, player, attempt",
        ),
        (configuration.waits, "clicks wait"),
        (configuration.may_lag, "sessions end late"),
        (configuration.pays_anywhere, "pays in any open session"),
        (configuration.auto_refund, "AUTO_REFUND"),
    ];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let counts = counts.map(|(count, what)| format!("{what} {count}"));
    let flags = flags.iter().filter(|(on, _)| *on);
    let all: Vec<_> = counts
        .chain(flags.map(|(_, what)| (*what).to_owned()))
        .collect();
    all.join(", ")
}
