//! One step of a task in a world, each worked out once.
//!
//! What a batch does to given rows, and where a task stops after a given reply, are functions: their
//! results are remembered, so real SQL and real futures cost a look-up in almost every step.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use checkout_guard::{ports::StoreFault, ports::StripeFault, settle::Policy, store::DatabaseFault};

use crate::{
    audit::{self, Breach},
    books::{Books, Sqlite},
    clock,
    intern::{Id, Interner, Memo},
    mutants::Edit,
    rows::{self, RowOfTable},
    stripe::{self, Create, Mishap, Stripe},
    task::{self, Call, End, Entry, Job, Next, Reply},
};

/// Everything but the tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub books: Id,
    pub stripe: Id,
    /// Minutes since the beginning.
    pub now: u32,
}

/// A task: what it has been through and where it stops.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Task {
    pub job: Job,
    log: Vec<Entry>,
    pub next: Next,
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

/// What came of a step.
#[derive(Clone, Copy, Debug)]
pub struct Stepped {
    pub world: World,
    /// The task after it.
    pub task: Id,
    /// That is its end.
    pub has_ended: bool,
    /// The row of the table that a click ended in by it.
    pub row: Option<RowOfTable>,
    /// What the books did that they must not.
    pub breach: Option<Breach>,
}

/// The machinery of one exploration.
pub struct Engine {
    sqlite: Mutex<Sqlite>,
    first_rows: Books,
    pub books: Interner<Books>,
    pub stripes: Interner<Stripe>,
    pub tasks: Interner<Task>,
    calls: Interner<Call>,
    replies: Interner<Reply>,
    texts: Interner<String>,
    batches: Memo<(Id, Id), (Id, Id, Option<Breach>)>,
    resumed: Memo<(Id, Id, u32), Id>,
    begun: Memo<(Job, u32), Id>,
    seen: Mutex<BTreeSet<String>>,
    witnessed: Memo<Id, ()>,
    auto_refund: bool,
    policy: Policy,
}

impl Engine {
    pub fn new(edits: &'static [Edit], auto_refund: bool) -> Self {
        let sqlite = Sqlite::new(edits);
        Self {
            first_rows: sqlite.rows(),
            sqlite: Mutex::new(sqlite),
            books: Interner::new(),
            stripes: Interner::new(),
            tasks: Interner::new(),
            calls: Interner::new(),
            replies: Interner::new(),
            texts: Interner::new(),
            batches: Memo::new(),
            resumed: Memo::new(),
            begun: Memo::new(),
            seen: Mutex::new(BTreeSet::new()),
            witnessed: Memo::new(),
            auto_refund,
            policy: task::policy("Example Youth Club"),
        }
    }

    /// Panics where an edit never found its text.
    pub fn assert_edited(&self) {
        let sqlite = self.sqlite.lock().unwrap_or_else(PoisonError::into_inner);
        sqlite.assert_edited();
    }

    /// A charge with a link, and nothing else.
    pub fn first_world(&self) -> World {
        World {
            books: self.books.id(self.first_rows.clone()),
            stripe: self.stripes.id(Stripe::default()),
            now: 0,
        }
    }

    /// What was seen to happen so far.
    pub fn seen(&self) -> BTreeSet<String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clone()
    }

    /// A task that is about to make its first call.
    pub fn begin(&self, job: &Job, now: u32) -> Id {
        self.begun.get(&(job.clone(), now), || {
            self.task(job.clone(), Vec::new(), now)
        })
    }

    fn task(&self, job: Job, log: Vec<Entry>, now: u32) -> Id {
        let (log, next) = task::replay(
            &job,
            log,
            clock::millis(now),
            self.auto_refund,
            &self.policy,
        );
        self.tasks.id(Task { job, log, next })
    }

    /// Carries out the task's call, or has it go wrong, and takes the task to its next one.
    /// `None` where it cannot go wrong in that way.
    pub fn step(&self, world: World, id: Id, trouble: Option<Trouble>) -> Option<Stepped> {
        let task = self.tasks.value(id);
        let Next::Call(call) = &task.next else {
            panic!("a task that has ended takes no step")
        };
        let before = world.books;
        let (mut world, reply, mut breach) = self.effect(world, call, trouble)?;
        if let Job::Deliver(event, ..) = &task.job
            && world.books != before
            && self.books.value(before).has_event(&event.id.0)
        {
            breach = Some(Breach::Twice);
        }
        let mut id = self.resume(id, reply, world.now);
        let mut task = self.tasks.value(id);
        let mut row = None;
        // The answer goes out at once: that it does not is a crash after the call before it.
        if let Next::Call(Call::Answer(outcome)) = &task.next {
            world = self.hand_out(world, outcome);
            row = Some(rows::of_answer(outcome, &task.calls()));
            id = self.resume(id, self.replies.id(Reply::Answered), world.now);
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
        self.witnessed.get(&stepped.world.books, || {
            let books = self.books.value(stepped.world.books);
            rows::of_books(&books)
                .into_iter()
                .for_each(|word| self.note(&word));
        });
    }

    fn note(&self, word: &str) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.contains(word) {
            seen.insert(word.to_owned());
        }
    }

    fn resume(&self, id: Id, reply: Id, now: u32) -> Id {
        self.resumed.get(&(id, reply, now), || {
            let task = self.tasks.value(id);
            let Next::Call(call) = &task.next else {
                panic!("a task that has ended goes nowhere")
            };
            let mut log = task.log.clone();
            let reply = Reply::clone(&self.replies.value(reply));
            log.push(Entry::Replied(call.clone(), reply));
            self.task(task.job.clone(), log, now)
        })
    }

    /// Stripe after a change.
    pub fn change(&self, stripe: Id, change: impl FnOnce(&mut Stripe)) -> Id {
        let mut changed = Stripe::clone(&self.stripes.value(stripe));
        change(&mut changed);
        self.stripes.id(changed)
    }

    fn hand_out(&self, mut world: World, outcome: &checkout_guard::settle::Outcome) -> World {
        if let checkout_guard::settle::Outcome::Pay { url, .. } = outcome {
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
        call: &Call,
        trouble: Option<Trouble>,
    ) -> Option<(World, Id, Option<Breach>)> {
        let (mut after, reply, mut breach) = match trouble {
            Some(Trouble::Before) => (world, None, None),
            Some(Trouble::Stripe(mishap)) => {
                let Call::Create { .. } = call else {
                    return None;
                };
                let mut fault = None;
                let create = self.create(call);
                let stripe = self.change(world.stripe, |stripe| {
                    fault = create.and_then(|create| stripe.mishap(create, mishap, world.now));
                });
                let reply = self.replies.id(Reply::Created(Err(fault?)));
                (World { stripe, ..world }, Some(reply), None)
            }
            Some(Trouble::After) | None => {
                let (world, reply, breach) = self.apply(world, call);
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
            breach = breach.filter(|breach| *breach != Breach::Fault);
        }
        let reply = reply.unwrap_or_else(|| self.replies.id(lost_reply(call)));
        Some((after, reply, breach))
    }

    fn apply(&self, world: World, call: &Call) -> (World, Id, Option<Breach>) {
        let Call::Batch(statements) = call else {
            let mut reply = None;
            let create = self.create(call);
            let stripe = self.change(world.stripe, |stripe| {
                reply = Some(stripe.apply(call, create, world.now));
            });
            let reply = reply.unwrap_or(Reply::Answered);
            let reused = reply == Reply::Created(Err(StripeFault::KeyReused));
            let breach = reused.then_some(Breach::KeyReused);
            return (World { stripe, ..world }, self.replies.id(reply), breach);
        };
        let call = self.calls.id(call.clone());
        let (books, reply, breach) = self.batches.get(&(world.books, call), || {
            let before = self.books.value(world.books);
            let mut sqlite = self.sqlite.lock().unwrap_or_else(PoisonError::into_inner);
            let (answer, after) = sqlite.run(&before, statements);
            drop(sqlite);
            let breach = match &answer {
                Err(DatabaseFault::Fault(_)) => Some(Breach::Fault),
                Ok(_) | Err(DatabaseFault::Conflict) => audit::breach(&before, &after),
            };
            let reply = self.replies.id(Reply::Rows(answer));
            (self.books.id(after), reply, breach)
        });
        (World { books, ..world }, reply, breach)
    }

    /// The parameters of a create call, read from the form as Stripe would.
    fn create(&self, call: &Call) -> Option<Create> {
        let Call::Create { key, form } = call else {
            return None;
        };
        let field = |name: &str| {
            form.split('&')
                .filter_map(|pair| pair.split_once('='))
                .find(|(found, _)| {
                    *found == name || found.replace("%5B", "[").replace("%5D", "]") == name
                })
                .and_then(|(_, value)| value.parse::<i64>().ok())
        };
        let expires_at = field("expires_at")?;
        Some(Create {
            key: self.texts.id(key.clone()),
            form: self.texts.id(form.clone()),
            order: field("client_reference_id")?,
            amount: field("line_items[0][price_data][unit_amount]")?,
            expires_at: clock::minute(expires_at * 1000),
        })
    }
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

    /// Whether its next call can be crashed or failed to any effect.
    pub fn next_call(&self) -> Option<&Call> {
        match &self.next {
            Next::Call(call) => Some(call),
            Next::End(_) => None,
        }
    }
}

fn lost_reply(call: &Call) -> Reply {
    let lost = || StripeFault::Unreachable("lost".to_owned());
    match call {
        Call::Batch(_) => Reply::Rows(Err(DatabaseFault::Fault(StoreFault("lost".to_owned())))),
        Call::Create { .. } => Reply::Created(Err(lost())),
        Call::Retrieve(_) => Reply::Retrieved(Err(lost())),
        Call::Expire(_) | Call::Refund(_) => Reply::Done(Err(lost())),
        Call::Undelivered => Reply::Events(Err(lost())),
        Call::Answer(_) => Reply::Answered,
    }
}
