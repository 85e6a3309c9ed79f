//! One step of a task in a world, each worked out once.
//!
//! What a batch does to given rows, and where a task stops after a given reply, are functions: their
//! results are remembered, so real SQL and real futures cost a look-up in almost every step.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use checkout_guard::{
    domain::{
        error::{StoreError, StripeError},
        payment::{Refund, Session},
    },
    guard::{click::Outcome, policy::Policy},
    store::{DatabaseError, Row, Statement, Value},
};

use crate::{
    audit::{self, Breach},
    clock,
    configurations::Configuration,
    database::{Database, Sqlite},
    edit::Edit,
    intern::{Id, Interner, Memo},
    rows::{self, RowOfTable},
    stripe::{self, Ask, Create, Mishap, Stripe, Texts},
    task::{self, Call, End, Entry, Job, Next, Reply},
};

/// Everything but the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub database: Id,
    pub stripe: Id,
    /// Minutes since the beginning.
    pub now: u32,
    /// How many attempts were drawn that came to the database. A restore takes none of them back.
    pub drawn: u8,
}

/// A task: what it has been through and where it stops.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Task {
    pub job: Job,
    log: Vec<Entry>,
    pub next: Next,
    /// The draws that it made at random, each with the name that everybody else knows it by.
    names: Vec<(u8, u8)>,
}

/// How a step goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// The call never reaches the other side.
    Before,
    /// It is done, and its answer is lost.
    After,
    /// Stripe's own.
    Stripe(Mishap),
}

/// The result of a step.
#[derive(Clone, Copy, Debug)]
pub struct Stepped {
    pub world: World,
    /// The task after it.
    pub task: Id,
    /// That is its end.
    pub has_ended: bool,
    /// The row of the table that a click ended in by it.
    pub row: Option<RowOfTable>,
    /// The breach by the database, if there is one.
    pub breach: Option<Breach>,
}

/// The machinery of one exploration.
pub struct Engine {
    sqlite: Mutex<Sqlite>,
    first_rows: Database,
    pub databases: Interner<Database>,
    pub stripes: Interner<Stripe>,
    pub tasks: Interner<Task>,
    calls: Interner<Call>,
    replies: Interner<Reply>,
    pub texts: Interner<String>,
    outsides: Memo<(Id, u8), Id>,
    batches: Memo<(Id, Id), (Id, Id, Option<Breach>)>,
    resumed: Memo<(Id, Id, u32, u8), Id>,
    started: Memo<(Job, u32), Id>,
    seen: Mutex<BTreeSet<String>>,
    witnessed: Memo<Id, ()>,
    configuration: Configuration,
    policy: Policy,
}

impl Texts for Interner<String> {
    fn text(&self, id: Id) -> String {
        String::clone(&self.value(id))
    }
}

/// The name of the `n`th attempt.
fn attempt(n: u8) -> String {
    format!("{n:032x}")
}

impl Engine {
    pub fn new(edits: &[Edit], configuration: Configuration) -> Self {
        let sqlite = Sqlite::new(edits, configuration.beginning);
        Self {
            first_rows: sqlite.rows(),
            sqlite: Mutex::new(sqlite),
            databases: Interner::new(),
            stripes: Interner::new(),
            tasks: Interner::new(),
            calls: Interner::new(),
            replies: Interner::new(),
            texts: Interner::new(),
            outsides: Memo::new(),
            batches: Memo::new(),
            resumed: Memo::new(),
            started: Memo::new(),
            seen: Mutex::new(BTreeSet::new()),
            witnessed: Memo::new(),
            policy: task::policy(&configuration),
            configuration,
        }
    }

    /// Panics if an edit never found its text.
    pub fn assert_edited(&self) {
        let sqlite = self.sqlite.lock().unwrap_or_else(PoisonError::into_inner);
        sqlite.assert_edited();
    }

    /// The database after it was restored to before its import, and another file was imported.
    pub fn imported_anew(&self) -> Id {
        let sqlite = Sqlite::imported_anew();
        self.databases.id(sqlite.rows())
    }

    /// The world that the configuration begins with.
    pub fn first_world(&self) -> World {
        let text = |text: String| self.texts.id(text);
        World {
            database: self.databases.id(self.first_rows.clone()),
            stripe: self
                .stripes
                .id(Stripe::new(self.configuration.beginning, text)),
            now: 0,
            drawn: 0,
        }
    }

    /// The things that were seen to happen so far.
    pub fn seen(&self) -> BTreeSet<String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clone()
    }

    /// A task that is about to make its first call.
    pub fn begin(&self, job: &Job, now: u32) -> Id {
        self.started.get(&(job.clone(), now), || {
            self.task(job.clone(), Vec::new(), Vec::new(), now)
        })
    }

    fn task(&self, job: Job, log: Vec<Entry>, names: Vec<(u8, u8)>, now: u32) -> Id {
        let budget = self.configuration.reconcile_budget;
        let (log, next) = task::replay(&job, log, clock::millis(now), &self.policy, budget);
        self.tasks.id(Task {
            job,
            log,
            next,
            names,
        })
    }

    /// Carries out the task's call, or has it go wrong, and takes the task to its next one.
    /// `None` if it cannot go wrong in that way.
    pub fn step(&self, world: World, id: Id, trouble: Option<Trouble>) -> Option<Stepped> {
        let task = self.tasks.value(id);
        let Next::Call(inner) = &task.next else {
            panic!("a task that has ended takes no step")
        };
        let before = world.database;
        let call = self.outsides.get(&(id, world.drawn), || {
            self.calls.id(outside(inner, &task.names, world.drawn))
        });
        let (mut world, reply, mut breach) = self.effect(world, call, trouble)?;
        if let Job::Deliver(event, ..) = &task.job
            && world.database != before
            && self.databases.value(before).has_event(&event.id.0)
            && is_delivery(&self.calls.value(call))
        {
            breach = Some(Breach::Twice);
        }
        // An attempt that came to the database is nobody else's from now on.
        let fresh = attempt(world.drawn + 1);
        let mut names = task.names.clone();
        if world.database != before
            && let Some(n) = drawn_in(inner, &task.names)
            && self.databases.value(world.database).has_name(&fresh)
        {
            world.drawn += 1;
            names.push((n, world.drawn));
        }
        let reply = self.inside(reply, &names);
        let mut id = self.resume(id, reply, world.now, names);
        let mut task = self.tasks.value(id);
        let mut row = None;
        // The answer goes out at once: that it does not is a crash after the call before it.
        if let Next::Call(Call::Answer(outcome)) = &task.next {
            world = self.hand_out(world, outcome);
            row = Some(rows::of_answer(outcome, &task.calls()));
            let names = task.names.clone();
            id = self.resume(id, self.replies.id(Reply::Answered), world.now, names);
            task = self.tasks.value(id);
        }
        let has_ended = match &task.next {
            Next::Call(_) => false,
            Next::End(end) => {
                row = row.or_else(|| rows::of_end(end));
                // A delivery that went well is not repeated by Stripe.
                if let (Job::Deliver(_, session, kind), End::Delivered(Ok(_))) = (&task.job, end) {
                    world.stripe =
                        self.change(world.stripe, |stripe| stripe.deliver(*session, *kind));
                }
                true
            }
        };
        Some(Stepped {
            world,
            task: id,
            has_ended,
            row,
            breach,
        })
    }

    /// Remembers what was seen to happen.
    pub fn witness(&self, stepped: &Stepped) {
        if let Some(row) = stepped.row {
            self.note(row.name());
        }
        self.witnessed.get(&stepped.world.database, || {
            let database = self.databases.value(stepped.world.database);
            rows::of_database(&database)
                .into_iter()
                .for_each(|word| self.note(&word));
        });
    }

    /// Remembers that something was seen to happen.
    pub fn note(&self, word: &str) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.contains(word) {
            seen.insert(word.to_owned());
        }
    }

    fn resume(&self, id: Id, reply: Id, now: u32, names: Vec<(u8, u8)>) -> Id {
        let last = names.last().map_or(0, |(_, name)| *name);
        self.resumed.get(&(id, reply, now, last), || {
            let task = self.tasks.value(id);
            let Next::Call(call) = &task.next else {
                panic!("a task that has ended goes nowhere")
            };
            let mut log = task.log.clone();
            let reply = Reply::clone(&self.replies.value(reply));
            log.push(Entry::Replied(call.clone(), reply));
            self.task(task.job.clone(), log, names, now)
        })
    }

    /// A reply as its task sees it.
    fn inside(&self, reply: Id, names: &[(u8, u8)]) -> Id {
        if names.is_empty() {
            return reply;
        }
        let own = |text: &String| {
            names.iter().fold(text.clone(), |text, (n, name)| {
                text.replace(&attempt(*name), &task::drawn(usize::from(*n)))
            })
        };
        // Otherwise whoever won a claim would not know its own session in Stripe's list.
        let session = |session: &Session| {
            let mut session = session.clone();
            if let Some(identity) = &mut session.identity {
                identity.attempt.0 = own(&identity.attempt.0);
            }
            session
        };
        let refund = |refund: &Refund| {
            let mut refund = refund.clone();
            if let Some(request) = &mut refund.request {
                request.0 = own(&request.0);
            }
            refund
        };
        let results = match &*self.replies.value(reply) {
            Reply::Rows(Ok(results)) => results.clone(),
            Reply::Sessions(Ok(page)) => {
                let mut page = page.clone();
                page.sessions = page.sessions.iter().map(session).collect();
                return self.replies.id(Reply::Sessions(Ok(page)));
            }
            Reply::Retrieved(Ok(found)) => {
                return self.replies.id(Reply::Retrieved(Ok(session(found))));
            }
            Reply::SessionOf(Ok(found)) => {
                let found = found.as_ref().map(session);
                return self.replies.id(Reply::SessionOf(Ok(found)));
            }
            Reply::Refunded(Ok(made)) => {
                return self.replies.id(Reply::Refunded(Ok(refund(made))));
            }
            Reply::Refunds(Ok(listed)) => {
                let listed = listed.iter().map(refund).collect();
                return self.replies.id(Reply::Refunds(Ok(listed)));
            }
            Reply::Rows(Err(_))
            | Reply::Refunded(Err(_))
            | Reply::Sessions(Err(_))
            | Reply::Retrieved(Err(_))
            | Reply::SessionOf(Err(_))
            | Reply::Created(_)
            | Reply::Done(_)
            | Reply::Refunds(Err(_))
            | Reply::Events(_)
            | Reply::Slept
            | Reply::Answered => return reply,
        };
        let value = |value: &Value| match value {
            Value::Text(text) => Value::Text(own(text)),
            Value::Null | Value::Integer(_) => value.clone(),
        };
        let row = |row: &Row| Row(row.0.iter().map(value).collect());
        let results = results.iter().map(|rows| rows.iter().map(row).collect());
        self.replies.id(Reply::Rows(Ok(results.collect())))
    }

    /// Stripe after a change.
    pub fn change(&self, stripe: Id, change: impl FnOnce(&mut Stripe)) -> Id {
        let mut changed = Stripe::clone(&self.stripes.value(stripe));
        change(&mut changed);
        self.stripes.id(changed)
    }

    fn hand_out(&self, mut world: World, outcome: &Outcome) -> World {
        if let Outcome::Pay { url, .. } = outcome {
            world.stripe = self.change(world.stripe, |stripe| {
                let session = stripe::number(url).and_then(|it| stripe.sessions.get_mut(it));
                if let Some(session) = session {
                    session.handed = true;
                }
            });
        }
        world
    }

    fn effect(
        &self,
        world: World,
        id: Id,
        trouble: Option<Trouble>,
    ) -> Option<(World, Id, Option<Breach>)> {
        let call = &*self.calls.value(id);
        let (mut after, reply, mut breach) = match trouble {
            Some(Trouble::Before) => (world, None, None),
            Some(Trouble::Stripe(mishap)) => {
                let mut reply = None;
                let (create, ask) = (self.create(call), self.ask(call));
                let stripe = self.change(world.stripe, |stripe| {
                    reply = stripe.mishap(call, create, ask, mishap, world.now);
                });
                let reply = self.replies.id(reply?);
                (World { stripe, ..world }, Some(reply), None)
            }
            Some(Trouble::After) | None => {
                let (world, reply, breach) = self.apply(world, id, call);
                (world, Some(reply), breach)
            }
        };
        let lost = match trouble {
            Some(Trouble::Before) => true,
            // A read whose answer is lost is a read that never was.
            Some(Trouble::After) if after == world => return None,
            Some(Trouble::After) => true,
            Some(Trouble::Stripe(_)) | None => false,
        };
        let reply = reply.filter(|_| !lost);
        if trouble.is_some() {
            after.now = world.now;
            breach = breach.filter(|breach| *breach != Breach::Failed);
        }
        let reply = reply.unwrap_or_else(|| self.replies.id(lost_reply(call)));
        Some((after, reply, breach))
    }

    fn apply(&self, world: World, id: Id, call: &Call) -> (World, Id, Option<Breach>) {
        if *call == Call::Sleep {
            return (world, self.replies.id(Reply::Slept), None);
        }
        let Call::Batch(statements) = call else {
            return self.ask_stripe(world, call);
        };
        let (database, reply, breach) = self.batches.get(&(world.database, id), || {
            let before = self.databases.value(world.database);
            let mut sqlite = self.sqlite.lock().unwrap_or_else(PoisonError::into_inner);
            let (answer, after) = sqlite.run(&before, statements);
            let is_marked = sqlite.is_marked(&before);
            drop(sqlite);
            let breach = match &answer {
                Err(DatabaseError::Failed(_)) => Some(Breach::Failed),
                Ok(_) if !is_marked => Some(Breach::Unmarked),
                Ok(_) | Err(DatabaseError::Conflict) => audit::breach(&before, &after),
            };
            let reply = self.replies.id(Reply::Rows(answer));
            (self.databases.id(after), reply, breach)
        });
        (World { database, ..world }, reply, breach)
    }

    fn ask_stripe(&self, world: World, call: &Call) -> (World, Id, Option<Breach>) {
        let mut reply = None;
        let (create, ask) = (self.create(call), self.ask(call));
        let validates_first = self.configuration.validates_first;
        let stripe = self.change(world.stripe, |stripe| {
            reply = Some(stripe.apply(call, create, ask, world.now, validates_first, &self.texts));
        });
        let reply = reply.unwrap_or(Reply::Answered);
        let mismatch = reply == Reply::Created(Err(StripeError::IdempotencyMismatch))
            || reply == Reply::Refunded(Err(StripeError::IdempotencyMismatch));
        let breach = mismatch.then_some(Breach::KeyReused);
        (World { stripe, ..world }, self.replies.id(reply), breach)
    }

    /// The parameters of a create call, read from the form as Stripe would.
    fn create(&self, call: &Call) -> Option<Create> {
        let Call::Create { key, form } = call else {
            return None;
        };
        let field = |name: &str| field(form, name);
        let number = |name: &str| field(name).and_then(|value| value.parse::<i64>().ok());
        Some(Create {
            key: self.texts.id(key.clone()),
            form: self.texts.id(form.clone()),
            attempt: self.texts.id(field("metadata[attempt]")?.to_owned()),
            charge: number("metadata[player_id]")?,
            amount: number("line_items[0][price_data][unit_amount]")?,
            has_email: field("customer_email").is_some(),
            expires_at: clock::minute(number("expires_at")? * 1000),
        })
    }
}

impl Engine {
    /// The parameters of a refund call, read from the form as Stripe would.
    fn ask(&self, call: &Call) -> Option<Ask> {
        let Call::Refund { key, form, .. } = call else {
            return None;
        };
        Some(Ask {
            key: self.texts.id(key.clone()),
            form: self.texts.id(form.clone()),
            request: self.texts.id(field(form, "metadata[request]")?.to_owned()),
            minor: field(form, "amount")?.parse().ok()?,
            alone: field(form, "reason") == Some("duplicate"),
        })
    }
}

/// A field of a form.
pub fn field<'a>(form: &'a str, name: &str) -> Option<&'a str> {
    form.split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// A call as everybody else sees it: what the task drew has the name that it is known by, or is going to be.
fn outside(call: &Call, names: &[(u8, u8)], drawn: u8) -> Call {
    let known = |n: u8| {
        names
            .iter()
            .find(|(own, _)| *own == n)
            .map(|(_, name)| *name)
    };
    let text = |text: &str| {
        (0..8).fold(text.to_owned(), |text, n| {
            let own = task::drawn(usize::from(n));
            if text.contains(&own) {
                text.replace(&own, &attempt(known(n).unwrap_or(drawn + 1)))
            } else {
                text
            }
        })
    };
    match call {
        Call::Batch(statements) => Call::Batch(
            statements
                .iter()
                .map(|statement| Statement {
                    sql: statement.sql,
                    parameters: statement
                        .parameters
                        .iter()
                        .map(|value| match value {
                            Value::Text(value) => Value::Text(text(value)),
                            Value::Null | Value::Integer(_) => value.clone(),
                        })
                        .collect(),
                })
                .collect(),
        ),
        Call::Create { key, form } => Call::Create {
            key: text(key),
            form: text(form),
        },
        Call::Refund { payment, key, form } => Call::Refund {
            payment: payment.clone(),
            key: text(key),
            form: text(form),
        },
        Call::Retrieve(_)
        | Call::Expire(_)
        | Call::Refunds(_)
        | Call::SessionOf(_)
        | Call::Events { .. }
        | Call::Sessions { .. }
        | Call::Sleep
        | Call::Answer(_) => call.clone(),
    }
}

/// The draw in a batch that has no name yet.
fn drawn_in(call: &Call, names: &[(u8, u8)]) -> Option<u8> {
    let Call::Batch(statements) = call else {
        return None;
    };
    let has = |own: &str| {
        statements.iter().any(|statement| {
            statement
                .parameters
                .iter()
                .any(|value| matches!(value, Value::Text(text) if text == own))
        })
    };
    (0..8).find(|n| names.iter().all(|(own, _)| own != n) && has(&task::drawn(usize::from(*n))))
}

/// Whether a transaction records an event.
fn is_delivery(call: &Call) -> bool {
    rows::count(&[call], checkout_guard::store::events::RECORD_EVENT) > 0
}

impl Task {
    /// The calls that it has made.
    pub fn calls(&self) -> Vec<&Call> {
        fn made(entry: &Entry) -> Option<&Call> {
            match entry {
                Entry::Replied(call, _) => Some(call),
                Entry::Time(_) => None,
            }
        }
        self.log.iter().filter_map(made).collect()
    }

    /// It is about to write a request for a refund that nobody in person asks for.
    pub fn is_about_to_refund(&self) -> bool {
        let Some(call @ Call::Batch(_)) = self.next.call() else {
            return false;
        };
        rows::count(&[call], checkout_guard::store::refunds::REQUEST) > 0
    }
}

fn lost_reply(call: &Call) -> Reply {
    let lost = || StripeError::Unreachable("lost".to_owned());
    match call {
        Call::Batch(_) => Reply::Rows(Err(DatabaseError::Failed(StoreError::Failed(
            "lost".to_owned(),
        )))),
        Call::Sleep => Reply::Slept,
        Call::Answer(_) => Reply::Answered,
        Call::Create { .. }
        | Call::Retrieve(_)
        | Call::Expire(_)
        | Call::Refund { .. }
        | Call::Refunds(_)
        | Call::SessionOf(_)
        | Call::Events { .. }
        | Call::Sessions { .. } => call.failed(lost()).unwrap_or(Reply::Answered),
    }
}
