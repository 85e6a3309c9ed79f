//! The monthly fee under every interleaving: two runs of the cron and an operator open the same month at once, fees
//! change, players come and go, calls fail, replies are lost and tasks die, wherever that can happen. The month is the
//! current one, or the one before it, which no run has opened in time.
//!
//! The functions that ship run over SQLite with the project's own migrations. A task that awaits only ports is a function
//! of the replies that it has seen, so a state is the rows, each task's replies, and what may still go wrong. Every state
//! is looked at once. The walk goes back by SQLite's savepoints.

#[path = "../common/club.rs"]
mod club;
#[path = "../common/edit.rs"]
mod edit;
#[path = "../common/replay.rs"]
mod replay;
#[path = "../common/sqlite.rs"]
mod sqlite;
#[path = "../common/walk.rs"]
mod walk;

use std::collections::HashSet;

use checkout_guard::{
    billing::months,
    config::Config,
    domain::{
        act::Act,
        money::Currency,
        month::Month,
        operator::OperatorName,
        time::{Millis, UnixMillis},
    },
    ports::{Calendar, Clock},
    store::{Database, Statement, months::take_back},
};
use club::NOW;
use edit::{Edit, edit};
use replay::{Replay, replay};
use walk::{Answer, Walk, lost};

/// The job of a task: who opens the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Job {
    Cron,
    Operator,
    /// Another operator takes the month back.
    TakeBack,
}

/// A scenario: who opens the month at once, what happens meanwhile, and how often something may go wrong.
struct Scenario {
    jobs: &'static [Job],
    /// The cron has opened months by itself since the one before, and missed that: it is the one that the operator opens.
    is_missed: bool,
    /// Each once, at any moment.
    events: &'static [&'static str],
    faults: u32,
}

const SCENARIOS: [Scenario; 7] = [
    Scenario {
        jobs: &[Job::Cron, Job::Cron, Job::Operator],
        is_missed: false,
        events: &[],
        faults: 1,
    },
    Scenario {
        jobs: &[Job::Cron, Job::Operator],
        is_missed: false,
        events: &[FEE, JOIN, ERASE],
        faults: 0,
    },
    Scenario {
        jobs: &[Job::Cron, Job::Operator],
        is_missed: false,
        events: &[JOIN],
        faults: 1,
    },
    Scenario {
        jobs: &[Job::Cron, Job::Cron, Job::Operator],
        is_missed: true,
        events: &[],
        faults: 1,
    },
    Scenario {
        jobs: &[Job::Cron, Job::Operator],
        is_missed: true,
        events: &[FEE, JOIN, ERASE],
        faults: 0,
    },
    Scenario {
        jobs: &[Job::Cron, Job::Operator, Job::TakeBack],
        is_missed: false,
        events: &[],
        faults: 1,
    },
    Scenario {
        jobs: &[Job::Operator, Job::TakeBack],
        is_missed: false,
        events: &[FEE, ERASE],
        faults: 1,
    },
];

const FEE: &str = "UPDATE players SET monthly_fee_minor = 4500 WHERE id = 2";
const JOIN: &str = "\
    INSERT INTO players (id, player_id, name, monthly_fee_minor, monthly_currency, created_at, updated_at)
    VALUES (4, 'p4', 'Player 4', 3000, 'usd', 1, 1)";
const ERASE: &str = "\
    UPDATE players SET monthly_fee_minor = NULL, monthly_currency = NULL, erased_at = 1 WHERE id = 1";

/// The rule began in October, and no run has looked at a month on its day or after it since.
const MISSED: &str = "INSERT INTO billing_rule (id, since_at) VALUES (1, 1791000000000)";

const PLAYERS: &str = "\
    INSERT INTO players (id, player_id, name, monthly_fee_minor, monthly_currency, created_at, updated_at)
    VALUES (1, 'p1', 'Player 1', 5000, 'usd', 1, 1), (2, 'p2', 'Player 2', 4000, 'usd', 1, 1), (3, 'p3', 'Player 3', 0, 'usd', 1, 1)";

/// An entry of a task's log.
type Entry = replay::Entry<Vec<Statement>, Answer>;

/// A task: what it has been through, and where it stops.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Task {
    log: Vec<Entry>,
    next: replay::Next<Vec<Statement>, ()>,
}

/// All but the rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    tasks: Vec<Task>,
    events: Vec<bool>,
    /// How often something may still go wrong.
    faults: u32,
}

/// The ports of a task under replay.
struct Ports<'a>(&'a Replay<'a, Vec<Statement>, Answer>);

impl Database for Ports<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Answer {
        self.0.call(statements).await
    }
}

impl Clock for Ports<'_> {
    fn now(&self) -> UnixMillis {
        self.0.now()
    }

    async fn sleep(&self, _: Millis) {}
}

impl Calendar for Ports<'_> {
    fn utc_offset(&self, _: &str, _: UnixMillis) -> Option<Millis> {
        Some(Millis(0))
    }
}

/// One exploration.
struct Explorer<'a> {
    db: &'a Walk,
    config: Config,
    scenario: &'static Scenario,
    seen: HashSet<(String, State)>,
    /// The rows that hold what must hold, and from which the month is completed.
    sound: HashSet<String>,
    failure: Option<String>,
}

/// The month that the operator opens, and in which the tasks meet.
fn month(scenario: &Scenario) -> Month {
    Month {
        period: if scenario.is_missed {
            "2026-10"
        } else {
            "2026-11"
        }
        .to_owned(),
        currency: Currency::USD,
        due_on: "2026-12-01".to_owned(),
    }
}

/// Does a job: as the cron does it, or as an operator who looks first and then presses the button.
async fn work(job: Job, ports: &Ports<'_>, config: &Config, month: &Month) {
    match job {
        Job::Cron => {
            let _ = months::run(ports, config).await;
        }
        Job::Operator => {
            let Some(operator) = OperatorName::parse("treasurer") else {
                return;
            };
            if let Ok(preview) = months::preview(ports, month).await {
                let seen = preview.seen(month);
                let _ = months::open(ports, month, Some(&seen), &operator).await;
            }
        }
        Job::TakeBack => {
            let Some(operator) = OperatorName::parse("treasurer") else {
                return;
            };
            let act = Act {
                operator,
                act: "take_back_month",
                about: "period".to_owned(),
                detail: "{}".to_owned(),
            };
            let (period, currency) = (&month.period, month.currency);
            let _ = take_back::take_back(ports, period, currency, &act, ports.now()).await;
        }
    }
}

impl Explorer<'_> {
    /// The rows that anybody reads.
    fn rows(&self) -> String {
        self.db.text(
            "SELECT (SELECT json_group_array(json_array(id, monthly_fee_minor, erased_at)) FROM players)
                 || (SELECT json_group_array(json_array(id, player_id, kind, period, amount_minor, due_on, taken_back_at)) FROM charges)
                 || (SELECT json_group_array(json_array(period, opened_by, charged, charged_minor, left_out, taken_back_at)) FROM periods)
                 || (SELECT json_group_array(json_array(since_at, through)) FROM billing_rule)
                 || (SELECT json_group_array(json_array(subject, resolution)) FROM incidents)
                 || (SELECT json_group_array(json_array(operator, detail)) FROM audit)",
        )
    }

    /// Takes a task to its next batch.
    fn resumed(&self, job: Job, log: Vec<Entry>) -> Task {
        let month = month(self.scenario);
        let (log, next) = replay(log, UnixMillis(NOW), async |replay| {
            work(job, &Ports(replay), &self.config, &month).await;
        });
        Task { log, next }
    }

    /// The task after an answer to its batch.
    fn answered(&self, job: Job, task: &Task, answer: Answer) -> Task {
        let mut log = task.log.clone();
        let asked = task.next.call().cloned();
        log.extend(asked.map(|statements| Entry::Replied(statements, answer)));
        self.resumed(job, log)
    }

    /// Does a job without faults, to its end.
    fn finish(&self, job: Job) {
        let mut task = self.resumed(job, Vec::new());
        while let Some(statements) = task.next.call() {
            task = self.answered(job, &task, self.db.batch(statements));
        }
    }

    /// The first rule that does not hold, of those that must hold in every state.
    fn broken(&self) -> Option<&'static str> {
        let rules = [
            (
                "at most one charge a player and month",
                "SELECT 'x' FROM charges GROUP BY player_id, kind, period HAVING COUNT(*) > 1",
            ),
            (
                "no charge of 0, and none of who has no fee",
                "SELECT 'x' FROM charges WHERE amount_minor = 0 OR player_id = 3",
            ),
            (
                "a charge is of a fee that the player had",
                "SELECT 'x' FROM charges WHERE (player_id, amount_minor) NOT IN (VALUES (1, 5000), (2, 4000), (2, 4500), (4, 3000))",
            ),
            (
                "the month's row says how many were charged and how much",
                "SELECT 'x' FROM (SELECT COUNT(*) AS n, COALESCE(SUM(amount_minor), 0) AS s FROM charges WHERE taken_back_at IS NULL) c
                 WHERE n <> COALESCE((SELECT SUM(charged) FROM periods WHERE taken_back_at IS NULL), 0)
                    OR s <> COALESCE((SELECT SUM(charged_minor) FROM periods WHERE taken_back_at IS NULL), 0)",
            ),
            (
                "a month is told as missed once, and no longer than until it is open",
                "SELECT 'x' FROM incidents GROUP BY subject HAVING COUNT(*) > 1
                 UNION ALL SELECT 'x' FROM incidents i JOIN periods o ON i.subject = 'month_not_opened:' || o.period || ' ' || o.currency
                 WHERE i.resolved_at IS NULL",
            ),
            (
                "no month is passed over that is not open",
                "SELECT 'x' FROM billing_rule r, (VALUES ('2026-10'), ('2026-11')) m
                 WHERE r.through >= m.column1 AND r.since_at < 1793000000000
                   AND NOT EXISTS (SELECT 1 FROM periods o WHERE o.period = m.column1)",
            ),
            (
                "nobody is charged for a month before the rule began, but by an operator",
                "SELECT 'x' FROM periods o, billing_rule r WHERE o.opened_by = 'cron'
                   AND o.period < strftime('%Y-%m', r.since_at / 1000, 'unixepoch')",
            ),
            (
                "the audit log says the same",
                "SELECT 'x' FROM (SELECT COALESCE(SUM(detail ->> 'charged'), 0) AS n FROM audit)
                 WHERE n <> (SELECT COUNT(*) FROM charges) AND NOT EXISTS (SELECT 1 FROM audit WHERE act = 'take_back_month')",
            ),
            (
                "the cron opens a month once, and only one that is not open",
                "SELECT 'x' FROM (SELECT COUNT(*) AS n FROM audit WHERE operator = 'cron')
                 WHERE n <> (SELECT COUNT(*) FROM periods WHERE opened_by = 'cron')
                   AND NOT EXISTS (SELECT 1 FROM audit WHERE act = 'take_back_month')
                 UNION ALL SELECT 'x' FROM audit WHERE operator = 'cron' GROUP BY about HAVING COUNT(*) > 1",
            ),
            (
                "what was charged is outstanding",
                "SELECT 'x' FROM standings s JOIN charges c ON c.id = s.id
                 WHERE s.state <> IIF(c.taken_back_at IS NULL, 'unpaid', 'closed')
                    OR (c.closed_at IS NULL) <> (c.taken_back_at IS NULL)",
            ),
            (
                "a month that is taken back has no open charge",
                "SELECT 'x' FROM periods o JOIN charges c ON c.period = o.period AND c.currency = o.currency
                 WHERE o.taken_back_at IS NOT NULL AND c.closed_at IS NULL",
            ),
        ];
        let holds = |sql: &str| {
            self.db.text(&format!(
                "SELECT MAX(x) FROM (SELECT 'x' AS x WHERE EXISTS ({sql}))"
            ))
        };
        let broken = rules.into_iter().find(|(_, sql)| holds(sql) == "x");
        broken.map(|(rule, _)| rule)
    }

    /// From here one run without faults completes the month, and then an operator charges whoever is new.
    fn uncompleted(&self) -> Option<&'static str> {
        // One run opens a month. The month that was missed takes one, or two if there was something to look at only.
        let (runs, months) = if self.scenario.is_missed {
            (3, "2")
        } else {
            (1, "1")
        };
        for _ in 0..runs {
            self.finish(Job::Cron);
            if let Some(rule) = self.broken() {
                return Some(rule);
            }
        }
        if self.db.text("SELECT COUNT(*) || '' FROM periods") != months {
            return Some("one run without faults opens the month");
        }
        self.finish(Job::Operator);
        if let Some(rule) = self.broken() {
            return Some(rule);
        }
        let left = self.db.text(
            "SELECT COUNT(*) || '' FROM players p WHERE p.monthly_fee_minor > 0
             AND NOT EXISTS (SELECT 1 FROM charges c WHERE c.player_id = p.id AND c.period = (SELECT MIN(period) FROM periods)
                                                          AND c.taken_back_at IS NULL)",
        );
        (left != "0").then_some("an operator who opens it again charges everybody with a fee")
    }

    /// Looks at a state, and at all that can follow.
    fn explore(&mut self, state: &State) {
        let rows = self.rows();
        if self.failure.is_some() || !self.seen.insert((rows.clone(), state.clone())) {
            return;
        }
        if self.sound.insert(rows) {
            let broken = self.broken();
            let broken = broken.or_else(|| self.db.step(|| self.uncompleted()));
            if let Some(rule) = broken {
                self.failure = Some(rule.to_owned());
                return;
            }
        }
        for (at, event) in self.scenario.events.iter().enumerate() {
            if !state.events[at] {
                let mut next = state.clone();
                next.events[at] = true;
                self.db.step(|| {
                    self.db.execute(event);
                    self.explore(&next);
                });
            }
        }
        for (at, task) in state.tasks.iter().enumerate() {
            let Some(statements) = task.next.call() else {
                if *task != ended() {
                    let mut next = state.clone();
                    next.tasks[at] = ended();
                    self.explore(&next);
                }
                continue;
            };
            self.step(state, at, |db| Some(db.batch(statements)));
            if state.faults > 0 {
                let mut state = state.clone();
                state.faults -= 1;
                // The reply is lost, or the call, or the task dies after it or before it.
                let unheard = || Some(Err(lost()));
                for (is_carried_out, answer) in [
                    (true, unheard()),
                    (false, unheard()),
                    (true, None),
                    (false, None),
                ] {
                    self.step(&state, at, |db| {
                        if is_carried_out {
                            let _ = db.batch(statements);
                        }
                        answer
                    });
                }
            }
        }
    }

    /// Has a task's batch go some way: with the answer that the task gets, or none if it dies.
    fn step(&mut self, state: &State, at: usize, go: impl FnOnce(&Walk) -> Option<Answer>) {
        let mut next = state.clone();
        self.db.step(|| {
            next.tasks[at] = match go(self.db) {
                Some(answer) => self.answered(self.scenario.jobs[at], &state.tasks[at], answer),
                None => ended(),
            };
            self.explore(&next);
        });
    }
}

/// A task that has ended or died: what it has been through does not matter any longer.
fn ended() -> Task {
    Task {
        log: Vec::new(),
        next: replay::Next::End(()),
    }
}

/// Explores a scenario: what does not hold, and how many states were looked at.
fn explored(scenario: &'static Scenario, edits: &[Edit]) -> (Option<String>, usize) {
    let before = if scenario.is_missed { MISSED } else { "" };
    let db = Walk::new(edits, &format!("{PLAYERS};{before}"));
    let config = Config::read(|name| match name {
        "BILLING_DAY" => Some("1".to_owned()),
        name => club::config(name),
    });
    let mut explorer = Explorer {
        db: &db,
        config: config.unwrap_or_else(|wrong| panic!("{wrong:?}")),
        scenario,
        seen: HashSet::new(),
        sound: HashSet::new(),
        failure: None,
    };
    let begun = |job: &Job| explorer.resumed(*job, Vec::new());
    let state = State {
        tasks: scenario.jobs.iter().map(begun).collect(),
        events: vec![false; scenario.events.len()],
        faults: scenario.faults,
    };
    explorer.explore(&state);
    if explorer.failure.is_some() {
        db.assert_edited();
    }
    (explorer.failure, explorer.seen.len())
}

#[test]
fn a_month_is_charged_once_whoever_opens_it_and_whatever_fails() {
    for scenario in &SCENARIOS {
        let (failure, states) = explored(scenario, &[]);
        println!("{states} states");
        assert_eq!(failure, None);
        assert!(states > 100, "{states}");
    }
}

/// Code made worse, and the rule that it breaks.
const MUTANTS: [(&str, &[Edit], &str); 12] = [
    (
        "a month is told as missed though somebody has opened it meanwhile",
        &[edit(
            "ON o.period = m.value ->> 0 AND o.kind = ?2 AND o.currency = m.value ->> 1",
            "ON o.period = 'none' AND ?2 = ?2",
        )],
        "a month is told as missed once, and no longer than until it is open",
    ),
    (
        "who opens a month that was missed leaves its incident open",
        &[edit("'month_not_opened:' || ?1", "'none:' || ?1")],
        "a month is told as missed once, and no longer than until it is open",
    ),
    (
        "a month that was missed is passed over once it was told",
        &[edit(
            "ORDER BY 1",
            "AND NOT EXISTS (SELECT 1 FROM incidents) ORDER BY 1",
        )],
        "no month is passed over that is not open",
    ),
    (
        "the rule counts from the beginning of the database",
        &[edit(
            "VALUES (1, ?1) ON CONFLICT",
            "VALUES (1, MIN(?1, 1791000000000)) ON CONFLICT",
        )],
        "no month is passed over that is not open",
    ),
    (
        "a charge is made though there is one, and no constraint forbids it",
        &[
            edit(
                "ON CONFLICT (player_id, kind, period) DO UPDATE \
                 SET amount_minor = excluded.amount_minor, currency = excluded.currency, due_on = excluded.due_on, \
                 closed_at = NULL, close_reason = NULL, taken_back_at = NULL, failed_creates = 0, create_after = NULL, \
                 updated_at = excluded.updated_at \
                 WHERE charges.taken_back_at IS NOT NULL",
                "",
            ),
            edit("UNIQUE (player_id, kind, period)", "CHECK (player_id > 0)"),
            edit(
                "WHERE p.id IS NULL OR c.id IS NOT NULL",
                "WHERE p.id IS NULL",
            ),
        ],
        "at most one charge a player and month",
    ),
    (
        "the constraint alone: who is charged already is counted again",
        &[edit(
            "WHERE p.id IS NULL OR c.id IS NOT NULL",
            "WHERE p.id IS NULL",
        )],
        "the month's row says how many were charged and how much",
    ),
    (
        "players at 0 are charged",
        &[
            edit(
                "'fee_minor', p.monthly_fee_minor",
                "'fee_minor', MAX(p.monthly_fee_minor, 50)",
            ),
            edit(
                "p.monthly_fee_minor = j.value ->> 1",
                "MAX(p.monthly_fee_minor, 50) = j.value ->> 1",
            ),
        ],
        "no charge of 0, and none of who has no fee",
    ),
    (
        "a fee that changed after it was read is charged unseen",
        &[edit(
            "p.monthly_fee_minor = j.value ->> 1",
            "p.monthly_fee_minor > 0",
        )],
        "the month's row says how many were charged and how much",
    ),
    (
        "the cron opens a month that is open",
        &[edit(
            "(?5 OR NOT EXISTS (SELECT 1 FROM periods WHERE period = ?1 AND kind = ?2 AND currency = ?3))",
            "?5 IS ?5",
        )],
        "the cron opens a month once, and only one that is not open",
    ),
    (
        "opening a month again forgets who was charged before",
        &[
            edit(
                "charged = IIF(taken_back_at IS NULL, charged, 0) + ?4, charged_minor = IIF(taken_back_at IS NULL, charged_minor, 0) + ?5",
                "charged = ?4, charged_minor = ?5",
            ),
            edit(
                "OR NEW.charged < OLD.charged\n        OR NEW.charged_minor < OLD.charged_minor",
                "",
            ),
        ],
        "the month's row says how many were charged and how much",
    ),
    (
        "what was taken back is not charged anew",
        &[edit(
            "c.period = ?1 AND c.taken_back_at IS NULL)",
            "c.period = ?1)",
        )],
        "an operator who opens it again charges everybody with a fee",
    ),
    (
        "a month whose charges were taken back counts as open",
        &[edit(
            "SET taken_back_at = ?4, taken_back_by = ?5",
            "SET taken_back_by = ?5 || ?4",
        )],
        "the month's row says how many were charged and how much",
    ),
];

#[test]
fn each_mutant_is_caught() {
    for (name, edits, rule) in MUTANTS {
        let mut failures = SCENARIOS.iter().map(|it| explored(it, edits).0);
        assert!(
            failures.any(|failure| failure.as_deref() == Some(rule)),
            "{name}"
        );
    }
}
