//! No email goes out twice, and none is lost: every interleaving of two runs of the cron, with crashes, lost replies and
//! an email service that refuses, fails, or takes an email without saying so.
//!
//! The shipped `async fn` runs over real SQLite with the project's migrations. It stops at every call; the database is
//! put back by savepoints. What is demanded in every state: of each email, at most one try may have been taken. What is
//! demanded from each state in which no run is at work: if nothing goes wrong any more, three runs leave no email that
//! waits.

use std::{
    cell::Cell,
    collections::{BTreeMap, HashSet},
    rc::Rc,
};

use checkout_guard::{
    config::{Club, MailSettings},
    domain::{
        color::Color,
        language::Language,
        mail::{Mail, NotTaken, Refusal},
        time::{Millis, UnixMillis},
    },
    mail::run,
    ports::{Calendar, Clock, Mailer, Meter, Random},
    store::{Database, Statement},
};

use crate::{
    edit::{Edit, edit},
    replay::{self, Replay, replay},
    task::replied,
    walk::{Answer, Walk, lost},
};

/// When an exploration begins, in unix milliseconds.
const EPOCH: i64 = 1_795_000_000_000;
const MINUTE: i64 = 60_000;
/// How many emails wait when it begins.
const EMAILS: i64 = 2;
/// How many runs of the cron overlap.
const RUNS: usize = 2;
/// How much may go wrong.
const TROUBLES: u8 = 2;
/// Longer than a claim holds, and than the first pauses.
const LATER: [i64; 2] = [16 * MINUTE, 61 * MINUTE];

/// A call that a run makes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Call {
    Batch(Vec<Statement>),
    Send(Mail),
    Sleep,
}

/// A reply that it gets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Reply {
    Rows(Answer),
    Answer(Result<(), NotTaken>),
    Slept,
}

/// A run of the cron.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Task {
    number: u8,
    log: Vec<replay::Entry<Call, Reply>>,
    next: replay::Next<Call, ()>,
}

/// The results of the tries to send an email to an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Tries {
    /// Those that may have been taken: all but those of which the service has said for certain that it has not.
    perhaps: u8,
    /// Those that were.
    taken: u8,
}

/// Everything but the database.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    now: i64,
    tasks: Vec<Rc<Task>>,
    begun: usize,
    troubles: u8,
    passed: usize,
    tries: BTreeMap<String, Tries>,
}

/// How a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Well,
    /// It does nothing, and the reply says so, or there is none.
    Lost,
    /// It is done, and the reply is lost.
    Unheard,
    /// The service says no, for now or for good.
    Refused(Refusal),
    /// The run dies before the call, or after it.
    Dies {
        after: bool,
    },
}

impl How {
    const ALL: [Self; 7] = [
        Self::Well,
        Self::Lost,
        Self::Unheard,
        Self::Refused(Refusal::RateLimit),
        Self::Refused(Refusal::Suppressed),
        Self::Dies { after: false },
        Self::Dies { after: true },
    ];
}

/// The ports of a run under replay.
struct Sim<'a> {
    number: u8,
    replay: &'a Replay<'a, Call, Reply>,
    draws: Cell<u8>,
}

impl Database for Sim<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Answer {
        let call = Call::Batch(statements);
        replied!(self.replay.call(call).await, Reply::Rows)
    }
}

impl Mailer for Sim<'_> {
    fn is_bound(&self) -> bool {
        true
    }

    async fn send_mail(&self, mail: &Mail) -> Result<(), NotTaken> {
        let call = Call::Send(mail.clone());
        replied!(self.replay.call(call).await, Reply::Answer)
    }
}

impl Clock for Sim<'_> {
    fn now(&self) -> UnixMillis {
        self.replay.now()
    }

    async fn sleep(&self, _: Millis) {
        replied!(self.replay.call(Call::Sleep).await, Reply::Slept => ())
    }
}

impl Random for Sim<'_> {
    fn random_bytes(&self) -> [u8; 32] {
        self.draws.set(self.draws.get() + 1);
        let mut bytes = [self.number; 32];
        bytes[0] = self.draws.get();
        bytes
    }
}

impl Meter for Sim<'_> {
    fn spent(&self) -> u32 {
        0
    }

    fn begin_item(&self) {}
}

impl Calendar for Sim<'_> {
    fn utc_offset(&self, _: &str, _: UnixMillis) -> Option<Millis> {
        Some(Millis(0))
    }
}

fn settings() -> MailSettings {
    MailSettings {
        club: Club {
            name: "Example Youth Club".to_owned(),
            contact: "treasurer@club.example".to_owned(),
            color: Color::BLACK,
            language: Language::En,
            timezone: "UTC".to_owned(),
        },
        public_origin: "https://pay.club.example".to_owned(),
        from: Some("pay@club.example".to_owned()),
        reply_to: None,
        reminders: None,
        paused: false,
    }
}

impl Task {
    /// Takes the run to its next call, at a time.
    fn resumed(number: u8, log: Vec<replay::Entry<Call, Reply>>, now: i64) -> Rc<Self> {
        let (log, next) = replay(log, UnixMillis(now), async |replay| {
            let draws = Cell::new(0);
            let sim = Sim {
                number,
                replay,
                draws,
            };
            let _ = run::run(&sim, &settings(), 1_000).await;
        });
        Rc::new(Self { number, log, next })
    }
}

/// One exploration.
struct Explorer<'a> {
    db: &'a Walk,
    seen: HashSet<(World, Vec<String>)>,
    found: HashSet<String>,
    failure: Option<String>,
}

/// The result of an exploration.
struct Explored {
    states: usize,
    /// The states of emails that were reached.
    found: HashSet<String>,
    failure: Option<String>,
}

fn explore(edits: &[Edit]) -> Explored {
    let waiting = (1..=EMAILS).map(|id| {
        format!(
            "INSERT INTO players (id, player_id, name, email, created_at, updated_at)
             VALUES ({id}, '{id}', 'Player {id}', 'payer{id}@example.com', 1, 1);
             INSERT INTO charges (id, player_id, kind, amount_minor, currency, created_at, updated_at)
             VALUES ({id}, {id}, 'custom', 15000, 'usd', 1, 1);
             INSERT INTO messages (template, charge_id, about, actor, queued_at, next_try_at)
             VALUES ('link', {id}, 1, 'treasurer', {EPOCH}, {EPOCH});"
        )
    });
    let db = Walk::new(edits, &waiting.collect::<String>());
    let mut explorer = Explorer {
        db: &db,
        seen: HashSet::new(),
        found: HashSet::new(),
        failure: None,
    };
    explorer.visit(&World {
        now: EPOCH,
        tasks: Vec::new(),
        begun: 0,
        troubles: TROUBLES,
        passed: 0,
        tries: BTreeMap::new(),
    });
    db.assert_edited();
    Explored {
        states: explorer.seen.len(),
        found: explorer.found,
        failure: explorer.failure,
    }
}

impl Explorer<'_> {
    /// Goes from a state in every direction, and comes back.
    fn visit(&mut self, world: &World) {
        if self.failure.is_some() || !self.seen.insert((world.clone(), self.rows())) {
            return;
        }
        if let Some((to, tries)) = world.tries.iter().find(|(_, tries)| tries.perhaps > 1) {
            self.failure = Some(format!("{to} may have got it {} times", tries.perhaps));
            return;
        }
        self.found.extend(self.states());
        if world.tasks.is_empty() {
            self.db.step(|| self.come_to_rest(world));
        }
        if world.begun < RUNS {
            let number = u8::try_from(world.begun).unwrap_or(u8::MAX);
            let mut next = world.clone();
            next.begun += 1;
            next.tasks
                .push(Task::resumed(number, Vec::new(), world.now));
            self.visit(&next);
        }
        if let Some(length) = LATER.get(world.passed) {
            let mut next = world.clone();
            next.passed += 1;
            next.now += length;
            self.visit(&next);
        }
        for place in 0..world.tasks.len() {
            for how in How::ALL {
                if how != How::Well && world.troubles == 0 {
                    continue;
                }
                self.db.step(|| {
                    if let Some(next) = self.step(world, place, how) {
                        self.visit(&next);
                    }
                });
            }
        }
    }

    /// Carries out the next call of a run; `None` if it cannot go that way.
    fn step(&self, world: &World, place: usize, how: How) -> Option<World> {
        let mut next = world.clone();
        next.troubles -= u8::from(how != How::Well);
        let task = next.tasks.remove(place);
        let call = task.next.call()?;
        if how == (How::Dies { after: false }) {
            return Some(next);
        }
        let reply = match (call, how) {
            (Call::Sleep, How::Well) => Reply::Slept,
            (Call::Sleep, _) | (Call::Batch(_), How::Refused(_)) => return None,
            (Call::Batch(_), How::Lost) => Reply::Rows(Err(lost())),
            (Call::Batch(statements), _) => {
                let rows = self.db.batch(statements);
                if how == How::Unheard {
                    Reply::Rows(Err(lost()))
                } else {
                    Reply::Rows(rows)
                }
            }
            (Call::Send(mail), _) => {
                let tries = next.tries.entry(mail.to.clone()).or_default();
                let (is_taken, answer) = match how {
                    How::Well | How::Dies { .. } => (true, Ok(())),
                    How::Unheard => (true, Err(NotTaken::NoAnswer)),
                    How::Lost => (false, Err(NotTaken::Failed)),
                    How::Refused(refusal) => (false, Err(NotTaken::Refused(refusal))),
                };
                let is_certain = matches!(answer, Err(NotTaken::Refused(_)));
                tries.perhaps += u8::from(!is_certain);
                tries.taken += u8::from(is_taken);
                Reply::Answer(answer)
            }
        };
        if matches!(how, How::Dies { .. }) {
            return Some(next);
        }
        let mut log = task.log.clone();
        log.push(replay::Entry::Replied(call.clone(), reply));
        let task = Task::resumed(task.number, log, next.now);
        if task.next.call().is_some() {
            next.tasks.insert(place, task);
        }
        Some(next)
    }

    /// From here on nothing goes wrong: the runs end, time passes, three more come.
    fn come_to_rest(&mut self, world: &World) {
        let mut world = world.clone();
        let is_calm = world.troubles == TROUBLES;
        for number in 0..=3_u8 {
            while !world.tasks.is_empty() {
                let Some(next) = self.step(&world, 0, How::Well) else {
                    break;
                };
                world = next;
            }
            world.now += 61 * MINUTE;
            world
                .tasks
                .push(Task::resumed(100 + number, Vec::new(), world.now));
        }
        let rows = self.states();
        if let Some(waits) = rows
            .iter()
            .find(|row| row.contains("queued") || row.contains("sending"))
        {
            self.failure
                .get_or_insert(format!("it waits for ever: {waits}"));
        }
        for id in 1..=EMAILS {
            let tries = world.tries.get(&format!("payer{id}@example.com"));
            let tries = tries.copied().unwrap_or_default();
            let state = self
                .db
                .text(&format!("SELECT state FROM messages WHERE id = {id}"));
            if tries.perhaps > 1 {
                self.failure.get_or_insert(format!(
                    "email {id} may have gone out {} times",
                    tries.perhaps
                ));
            }
            // What is called sent was taken; what was not taken is known to an operator.
            if (state == "sent") && tries.taken == 0 {
                self.failure
                    .get_or_insert(format!("email {id} is called sent, and was not"));
            }
            if is_calm && state != "sent" && world.passed == 0 {
                self.failure
                    .get_or_insert(format!("nothing went wrong, and email {id} is {state}"));
            }
        }
    }

    fn texts(&self, sql: &str) -> Vec<String> {
        let rows = self.db.read(sql).into_iter();
        rows.map(|row| format!("{:?}", row.0)).collect()
    }

    /// The rows that change.
    fn rows(&self) -> Vec<String> {
        let mut rows = self.texts("SELECT * FROM messages ORDER BY id");
        rows.extend(self.texts("SELECT id, token_sha256, revoked_at FROM links ORDER BY id"));
        rows
    }

    fn states(&self) -> Vec<String> {
        self.texts("SELECT state, reason FROM messages ORDER BY id")
    }
}

/// Changes for the worse that must be found.
const MUTANTS: &[(&str, &[Edit])] = &[
    (
        "a claim without compare-and-set",
        &[edit(
            "AND tries = ?2 AND state = 'queued' AND next_try_at <= ?3 RETURNING",
            "AND ?2 = ?2 AND ?3 = ?3 RETURNING",
        )],
    ),
    (
        "a claim that ended without a word is queued again",
        &[edit(
            "SET state = 'unclear', reason = 'interrupted', ended_at = ?1, next_try_at = NULL",
            "SET state = 'queued', reason = 'interrupted', next_try_at = ?1",
        )],
    ),
    (
        "what the service did not answer is queued again",
        &[edit(
            "SET state = ?4, reason = ?5, ended_at = ?3, next_try_at = NULL",
            "SET state = IIF(?4 = 'unclear', 'queued', ?4), reason = ?5, ended_at = IIF(?4 = 'unclear', NULL, ?3), \
                 next_try_at = IIF(?4 = 'unclear', ?3, NULL)",
        )],
    ),
    (
        "a claim never ends",
        &[edit(
            "WHERE state = 'sending' AND next_try_at <= ?1",
            "WHERE state = 'none' AND next_try_at <= ?1",
        )],
    ),
    (
        "what was taken is not recorded",
        &[edit(
            "AND state IN ('sending', 'unclear')",
            "AND state IN ('none')",
        )],
    ),
];

#[test]
fn emails_no_interleaving_sends_one_twice_or_loses_one() {
    let explored = explore(&[]);
    println!("{} states", explored.states);
    assert_eq!(explored.failure, None);
    for state in ["sent", "refused", "unclear", "queued", "sending"] {
        let is_found = explored.found.iter().any(|found| found.contains(state));
        assert!(is_found, "{state} was never reached");
    }
}

#[test]
fn emails_mutants_are_caught() {
    for (name, edits) in MUTANTS {
        let explored = explore(edits);
        println!("{name}: {:?}, {} states", explored.failure, explored.states);
        assert!(explored.failure.is_some(), "{name}: was not caught");
    }
}
