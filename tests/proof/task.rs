//! A task by replay: a shipped `async fn` awaits nothing but ports, so what it will do next is a
//! function of the replies that it has seen.
//!
//! A task is its job and its log. To take a step, the future is built anew, the log is replayed to it,
//! and it stops at the first call that the log does not answer. A replay that makes other calls than
//! the log holds is an error of the core's: it would have depended on something besides its ports.

use std::{
    cell::{Cell, RefCell},
    future::{Future, poll_fn},
    pin::pin,
    task::{Context, Poll, Waker},
};

use checkout_guard::{
    error::Fault,
    guard::{CheckoutHosts, Rules},
    order::{Cause, EventId, Millis, PaymentIntentId, SessionId, UnixMillis},
    ports::{self, Clock, EventPage, OpenSession, Session, StripeFault},
    settle::{self, After, Claim, Outcome, Policy, Returned},
    sql::{Row, Statement},
    store::{Database, DatabaseFault},
    stripe::form,
    sweep::{Swept, sweep},
    token::{Token, TokenHash},
    webhook::{self, Event, Handled},
};

use crate::{
    books::TOKEN,
    clock::{LIFETIME, STALE},
};

/// What a task asks of the world.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// A transaction of the books.
    Batch(Vec<Statement>),
    /// A create call: its key and the form that would be sent.
    Create {
        key: String,
        form: String,
    },
    Retrieve(SessionId),
    Expire(SessionId),
    Refund(PaymentIntentId),
    Undelivered,
    /// The answer to a person's click goes out.
    Answer(Box<Outcome>),
}

/// What the world replies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    Rows(Result<Vec<Vec<Row>>, DatabaseFault>),
    Created(Result<OpenSession, StripeFault>),
    Retrieved(Result<Session, StripeFault>),
    Done(Result<(), StripeFault>),
    Events(Result<EventPage, StripeFault>),
    Answered,
}

/// What a task has been through, in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Entry {
    Replied(Call, Reply),
    Time(UnixMillis),
}

/// What a task is to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Job {
    /// A person's visit, GET or POST: the core does not tell them apart.
    Click,
    /// A delivery of an event, of that session and kind.
    Deliver(Event, usize, crate::stripe::Kind),
    /// A person comes back from Stripe Checkout.
    Return(SessionId),
    /// A run of the sweep.
    Sweep,
}

/// What a task came to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum End {
    Click(Result<(), Fault>),
    Delivered(Result<Handled, Fault>),
    Returned(Result<Returned, Fault>),
    Swept(Swept),
}

/// Where a task stops.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Next {
    Call(Call),
    End(End),
}

/// The token's hash of the one link.
pub fn token() -> TokenHash {
    Token::parse(TOKEN)
        .map(|token| token.hash())
        .unwrap_or_else(|| panic!("a token"))
}

/// The configuration of the exploration, the shipped defaults.
pub fn policy(club_name: &str) -> Policy {
    let hosts = CheckoutHosts::parse("checkout.stripe.com");
    Policy {
        rules: Rules {
            stale_after: Millis::minutes(STALE.into()),
            hosts: hosts.unwrap_or_else(|error| panic!("{error}")),
        },
        session_lifetime: Millis::minutes(LIFETIME.into()),
        club_name: club_name.to_owned(),
        public_origin: "https://pay.club.example".to_owned(),
    }
}

/// Replays a log at a time: the log with the times that were asked for since, and where it stops.
pub fn replay(
    job: &Job,
    mut log: Vec<Entry>,
    now: i64,
    auto_refund: bool,
    policy: &Policy,
) -> (Vec<Entry>, Next) {
    let sim = Sim {
        log: &log,
        at: Cell::new(0),
        now: UnixMillis(now),
        times: Cell::new(0),
        call: RefCell::new(None),
    };
    let polled = {
        let mut future = pin!(run(&sim, job, auto_refund, policy));
        future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
    };
    assert_eq!(sim.at.get(), log.len(), "a replay ends where its log does");
    let (times, call) = (sim.times.get(), sim.call.take());
    log.extend((0..times).map(|_| Entry::Time(UnixMillis(now))));
    let next = match (polled, call) {
        (Poll::Ready(end), _) => Next::End(end),
        (Poll::Pending, Some(call)) => Next::Call(call),
        (Poll::Pending, None) => panic!("a task waits for something besides its ports"),
    };
    (log, next)
}

async fn run(sim: &Sim<'_>, job: &Job, auto_refund: bool, policy: &Policy) -> End {
    match job {
        Job::Click => End::Click(click(sim, policy).await),
        Job::Deliver(event, ..) => {
            let handled = webhook::deliver(sim, Cause::Webhook, event).await;
            // As the route does it: after the answer, and only where it is wanted.
            if let Ok(Handled::Recorded {
                paid_twice: Some(payment),
                ..
            }) = &handled
                && auto_refund
            {
                let _ = settle::after(sim, &After::Refund(payment.clone())).await;
            }
            End::Delivered(handled)
        }
        Job::Return(session) => End::Returned(settle::returned(sim, session).await),
        Job::Sweep => End::Swept(sweep(sim, policy, auto_refund).await),
    }
}

async fn click(sim: &Sim<'_>, policy: &Policy) -> Result<(), Fault> {
    let settled = settle::click(sim, policy, &token()).await?;
    sim.call(Call::Answer(Box::new(settled.outcome))).await;
    if let Some(then) = &settled.then {
        // The person has the answer: what fails here is for the next visit or the sweep.
        let _ = settle::after(sim, then).await;
    }
    Ok(())
}

/// The ports of a task under replay.
struct Sim<'a> {
    log: &'a [Entry],
    at: Cell<usize>,
    now: UnixMillis,
    times: Cell<usize>,
    call: RefCell<Option<Call>>,
}

impl Sim<'_> {
    async fn call(&self, call: Call) -> Reply {
        let mut call = Some(call);
        poll_fn(|_| {
            let made = call.take();
            match self.log.get(self.at.get()) {
                Some(Entry::Replied(before, reply)) => {
                    assert_eq!(made.as_ref(), Some(before), "a replay makes the same calls");
                    self.at.set(self.at.get() + 1);
                    Poll::Ready(reply.clone())
                }
                Some(Entry::Time(_)) => panic!("a replay asks for the time where it did"),
                None => {
                    *self.call.borrow_mut() = made;
                    Poll::Pending
                }
            }
        })
        .await
    }
}

impl Clock for Sim<'_> {
    fn now(&self) -> UnixMillis {
        match self.log.get(self.at.get()) {
            Some(Entry::Time(then)) => {
                self.at.set(self.at.get() + 1);
                *then
            }
            Some(Entry::Replied(..)) => panic!("a replay makes the same calls"),
            None => {
                self.times.set(self.times.get() + 1);
                self.now
            }
        }
    }
}

macro_rules! replied {
    ($reply:expr, $kind:path) => {
        match $reply {
            $kind(result) => result,
            other => panic!("another reply than was asked for: {other:?}"),
        }
    };
}

impl Database for Sim<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseFault> {
        replied!(self.call(Call::Batch(statements)).await, Reply::Rows)
    }
}

impl ports::Stripe for Sim<'_> {
    async fn create(&self, claim: &Claim) -> Result<OpenSession, StripeFault> {
        let call = Call::Create {
            key: claim.idempotency_key(),
            form: form::create_session(claim.order()),
        };
        replied!(self.call(call).await, Reply::Created)
    }

    async fn retrieve(&self, session: &SessionId) -> Result<Session, StripeFault> {
        let call = Call::Retrieve(session.clone());
        replied!(self.call(call).await, Reply::Retrieved)
    }

    async fn expire(&self, session: &SessionId) -> Result<(), StripeFault> {
        replied!(self.call(Call::Expire(session.clone())).await, Reply::Done)
    }

    async fn refund(&self, payment: &PaymentIntentId) -> Result<(), StripeFault> {
        replied!(self.call(Call::Refund(payment.clone())).await, Reply::Done)
    }

    async fn undelivered(
        &self,
        _since: UnixMillis,
        _after: Option<&EventId>,
    ) -> Result<EventPage, StripeFault> {
        replied!(self.call(Call::Undelivered).await, Reply::Events)
    }
}
