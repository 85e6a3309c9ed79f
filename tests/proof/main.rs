//! The proof: no interleaving, crash or fault charges a parent twice or locks one out.
//!
//! The `async fn`s that ship are run under a scheduler that stops them at every await, over real SQLite
//! with the project's own migrations and a model of Stripe. Every order of their steps within a
//! configuration's budgets is explored, and in every state the invariants are checked. `docs/proof.md`
//! says what is modelled and what is not; `make prove` goes further than `make test` and writes its
//! tables.

mod agreement;
mod audit;
mod clock;
mod configurations;
mod database;
#[path = "../common/edit.rs"]
mod edit;
mod emails;
mod engine;
mod explore;
mod intern;
mod invariants;
mod machines;
mod model;
mod mutants;
mod probe;
mod regressions;
#[path = "../common/replay.rs"]
mod replay;
mod report;
mod rows;
#[path = "../common/sqlite.rs"]
mod sqlite;
mod stripe;
mod task;
mod trace;
#[path = "../common/walk.rs"]
mod walk;
mod witnesses;
mod workshop;

use std::{collections::BTreeSet, env, panic, sync::Mutex, thread};

use configurations::{Configuration, DEEP, QUICK};
use explore::{Explored, explore, quick};

#[test]
fn no_interleaving_charges_twice_or_locks_out() {
    let explored = all_sound(QUICK.iter());
    assert!(explored.iter().all(|it| it.is_complete));
    witnesses::demand(&all_seen(&explored));
}

#[test]
fn a_machine_gets_no_further_than_the_door() {
    assert_eq!(machines::leak(), None);
}

#[test]
fn mutants_of_the_database_are_caught() {
    for mutant in mutants::ALL.iter().filter(|it| !it.edits.is_empty()) {
        let caught = catch(mutant);
        assert!(caught.is_some(), "{}: was not caught", mutant.name);
    }
}

#[test]
fn every_mutant_finds_the_code_that_it_changes() {
    mutants::ALL.iter().for_each(workshop::assert_applies);
}

/// Millions of states: `make prove`. With `NAME=` only the configurations of that name, and no report.
#[test]
#[ignore = "takes minutes: make prove"]
fn deeper() {
    if let Some(name) = name() {
        let named = QUICK.iter().chain(DEEP).filter(|it| it.name == name);
        let explored = all_sound(named);
        assert!(!explored.is_empty(), "no configuration is named {name:?}");
        return;
    }
    let all = all_sound(QUICK.iter().chain(DEEP));
    let mut rows = vec![explore::HEAD.to_owned()];
    rows.extend(all.iter().map(Explored::row));
    let states: usize = all.iter().map(|explored| explored.states).sum();
    let seen = all_seen(&all);
    witnesses::demand(&seen);
    let most = all.iter().map(|explored| explored.most_calls);
    let most = most
        .reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)))
        .unwrap_or_default();
    rows.push(format!(
        "\n{states} states in all. One click without faults and competing clicks made at most {} calls to D1 and {} to \
         Stripe before its answer.\n\nSeen on the way, each demanded: {}.",
        most.0,
        most.1,
        seen.into_iter().collect::<Vec<_>>().join("; ")
    ));
    report::write("exploration", &rows.join("\n"));
}

/// Builds each mutant of the code: `make mutants`. With `NAME=` only that one, and no report.
#[test]
#[ignore = "builds the crate many times: make mutants"]
fn every_mutant_is_caught() {
    let mut rows = vec![
        "| mutant | caught by | what was found not to hold | steps |\n|---|---|---|--:|".to_owned(),
    ];
    let only = name();
    let mut survivors = Vec::new();
    let is_asked = |name: &str| only.as_ref().is_none_or(|only| only == name);
    for mutant in mutants::ALL.iter().filter(|it| is_asked(it.name)) {
        let row = match catch(mutant) {
            Some(caught) => format!(
                "| {} | {} | {} | {} |",
                mutant.name, caught.by, caught.property, caught.steps
            ),
            None => {
                survivors.push(mutant.name);
                format!("| {} | **not caught** | | |", mutant.name)
            }
        };
        println!("{row}");
        rows.push(row);
    }
    assert!(rows.len() > 1, "no mutant is named {only:?}");
    if only.is_none() {
        report::write("mutants", &rows.join("\n"));
    }
    assert!(survivors.is_empty(), "not caught: {survivors:?}");
}

/// The other half of [`every_mutant_is_caught`], in the mutant's own process.
#[test]
#[ignore = "explores what its parent names"]
fn the_configurations_that_are_named() {
    if let Some(agent) = machines::leak() {
        return workshop::say("the router", &format!("5 {agent} changes nothing"), 1);
    }
    for name in workshop::named() {
        let explored = explore(quick(&name), &[], 1);
        println!("{}", explored.row());
        if let Some(failure) = explored.failure {
            println!("{}", failure.trace.join("\n"));
            return workshop::say(&name, &failure.property, failure.steps);
        }
    }
}

/// The one configuration or mutant that is asked for.
fn name() -> Option<String> {
    env::var("NAME").ok().filter(|name| !name.is_empty())
}

fn catch(mutant: &mutants::Mutant) -> Option<workshop::Caught> {
    if mutant.edits.is_empty() {
        return workshop::Workshop::open().catch(mutant);
    }
    mutant.configurations.iter().find_map(|name| {
        let failure = explore(quick(name), mutant.edits, 1).failure?;
        Some(workshop::Caught {
            by: (*name).to_owned(),
            property: failure.property,
            steps: failure.steps,
        })
    })
}

/// Explores them, as many at once as there are processors: that brings more than to share one among threads.
fn all_sound<'a>(configurations: impl Iterator<Item = &'a Configuration> + Send) -> Vec<Explored> {
    let left = Mutex::new(configurations.enumerate());
    let next = || left.lock().ok().and_then(|mut left| left.next());
    let work = || {
        let mut done = Vec::new();
        while let Some((place, configuration)) = next() {
            let explored = explore(*configuration, &[], 1);
            println!("{}", explored.row());
            explored.assert_sound();
            done.push((place, explored));
        }
        done
    };
    let mut all = thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().map(thread::ScopedJoinHandle::join);
        let all = ended.flat_map(|done| done.unwrap_or_else(|why| panic::resume_unwind(why)));
        all.collect::<Vec<_>>()
    });
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, explored)| explored).collect()
}

fn all_seen(explored: &[Explored]) -> BTreeSet<String> {
    explored
        .iter()
        .flat_map(|it| it.seen.iter().cloned())
        .collect()
}
