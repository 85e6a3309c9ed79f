//! The tasks of the exploration: their jobs, the calls that they make, and the replies to them. A task is its job and its
//! log.
//!
//! What a task draws at random is a name of its own, `e0e0…` for its first draw; the engine puts a name that
//! nobody else has in its place when it leaves the task, and turns that back when it comes to it.

use std::cell::Cell;

use checkout_guard::{
    domain::{
        act::{ChargeChange, OfflineMethod, OfflinePayment, Rest},
        charge::{ChargeName, Kind},
        checkout::ChargeRef,
        error::{GuardError, StripeError},
        event::{Event, EventPage, SessionPage},
        id::{Attempt, ChargeId, EventId, KeyMark, Mode, OrderId, PaymentIntentId, SessionId},
        language::Language,
        limit::{Allowance, Limit},
        money::{Currency, Money},
        operator::OperatorName,
        order::Cause,
        payment::{NewSession, Refund, RefundRequest, Session},
        time::{Millis, UnixMillis},
        token::{Token, TokenHash},
    },
    guard::{
        after::FollowUp,
        budget::{Budget, Reconciled},
        claim::Claim,
        click::{self, Outcome},
        decide::Rules,
        events::{self, Delivered},
        follow_up::follow_up,
        hosts::CheckoutHosts,
        operator::{self, Acted, Command, RefundAsked, Refunded},
        policy::Policy,
        reconcile::reconcile,
        restore,
        returned::{self, Returned},
    },
    ports::{self, Clock, Meter, Random, RateLimiter},
    store::{Database, DatabaseError, Row, Statement},
    stripe::form,
};

use crate::{
    clock::{LIFETIME, STALE},
    configurations::{Act, Configuration, Way},
    database,
    replay::{self, Replay},
    stripe::PART,
};

macro_rules! replied {
    ($reply:expr, $kind:path) => {
        match $reply {
            $kind(result) => result,
            other => panic!("another reply than was asked for: {other:?}"),
        }
    };
    ($reply:expr, $kind:path => ()) => {
        match $reply {
            $kind => {}
            other => panic!("another reply than was asked for: {other:?}"),
        }
    };
}
pub(crate) use replied;

/// A call that a task makes to the world.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// A transaction of the database.
    Batch(Vec<Statement>),
    /// A create call: its key and the form that would be sent.
    Create {
        key: String,
        form: String,
    },
    Retrieve(SessionId),
    Expire(SessionId),
    /// A refund call: its key and the form that would be sent.
    Refund {
        payment: PaymentIntentId,
        key: String,
        form: String,
    },
    Refunds(PaymentIntentId),
    SessionOf(PaymentIntentId),
    Events {
        since: UnixMillis,
        until: UnixMillis,
        after: Option<EventId>,
    },
    Sessions {
        since: UnixMillis,
        until: UnixMillis,
        after: Option<SessionId>,
    },
    /// A click waits for another one.
    Sleep,
    /// The answer to a person's click goes out.
    Answer(Box<Outcome>),
}

/// A reply of the world.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reply {
    Rows(Result<Vec<Vec<Row>>, DatabaseError>),
    Created(Result<NewSession, StripeError>),
    Retrieved(Result<Session, StripeError>),
    Done(Result<(), StripeError>),
    Refunded(Result<Refund, StripeError>),
    Refunds(Result<Vec<Refund>, StripeError>),
    SessionOf(Result<Option<Session>, StripeError>),
    Events(Result<EventPage, StripeError>),
    Sessions(Result<SessionPage, StripeError>),
    Slept,
    Answered,
}

impl Call {
    /// The reply to a call to Stripe that ends in this error; `None` for another call.
    pub fn failed(&self, error: StripeError) -> Option<Reply> {
        Some(match self {
            Self::Create { .. } => Reply::Created(Err(error)),
            Self::Retrieve(_) => Reply::Retrieved(Err(error)),
            Self::Expire(_) => Reply::Done(Err(error)),
            Self::Refund { .. } => Reply::Refunded(Err(error)),
            Self::Refunds(_) => Reply::Refunds(Err(error)),
            Self::SessionOf(_) => Reply::SessionOf(Err(error)),
            Self::Events { .. } => Reply::Events(Err(error)),
            Self::Sessions { .. } => Reply::Sessions(Err(error)),
            Self::Batch(_) | Self::Sleep | Self::Answer(_) => return None,
        })
    }

    /// Whether Stripe is asked.
    pub const fn is_to_stripe(&self) -> bool {
        !matches!(self, Self::Batch(_) | Self::Sleep | Self::Answer(_))
    }
}

/// An entry of a task's log.
pub type Entry = replay::Entry<Call, Reply>;

/// Where a task stops.
pub type Next = replay::Next<Call, End>;

/// The job of a task.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Job {
    /// A click on a charge, however it names it. A visit by GET or by POST: the core does not tell them apart.
    Click(i64, ChargeRef),
    /// A delivery of an event, of that session and kind.
    Deliver(Box<Event>, usize, crate::stripe::Kind),
    /// A person comes back from Stripe Checkout.
    Return(SessionId),
    /// A run of the cron.
    Reconcile,
    /// The database was restored: everything since a moment is read again.
    Restore(UnixMillis),
    /// An operator's act, on the first charge.
    Act(Act),
}

/// The end that a task came to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum End {
    Click(Result<(), GuardError>),
    Delivered(Result<Delivered, GuardError>),
    Returned(Result<Returned, GuardError>),
    Reconciled(Reconciled),
    Restored(Result<bool, GuardError>),
    Acted(Result<Acted, GuardError>),
    Asked(Result<Refunded, GuardError>),
}

/// The hash of a charge's token.
pub fn hash(charge: i64) -> TokenHash {
    Token::parse(&database::token(charge))
        .map(|token| token.hash())
        .unwrap_or_else(|| panic!("a token"))
}

/// The charge as a click on it names it; `None` if there is no order whose attempt it could name.
pub fn by(charge: i64, way: Way, database: &database::Database) -> Option<ChargeRef> {
    Some(match way {
        Way::Link => ChargeRef::Link(hash(charge)),
        Way::Player => ChargeRef::Player(ChargeName {
            player_id: charge.to_string(),
            kind: Kind::FirstPayment,
            period: String::new(),
        }),
        Way::Attempt => {
            let orders = database.orders();
            let first = orders.into_iter().find(|order| order.charge == charge)?;
            ChargeRef::Attempt(Attempt(first.attempt))
        }
    })
}

/// How a click named its charge.
pub const fn way(by: &ChargeRef) -> Way {
    match by {
        ChargeRef::Link(_) => Way::Link,
        ChargeRef::Player(_) => Way::Player,
        ChargeRef::Attempt(_) => Way::Attempt,
    }
}

/// The policy of an exploration: the shipped defaults, but for one wait instead of four.
pub fn policy(configuration: &Configuration) -> Policy {
    const WAITS: &[Millis] = &[Millis(500)];
    let hosts = CheckoutHosts::parse("checkout.stripe.com");
    Policy {
        rules: Rules {
            stale_after: Millis::minutes(STALE.into()),
            hosts: hosts.unwrap_or_else(|error| panic!("{error}")),
        },
        session_lifetime: Millis::minutes(LIFETIME.into()),
        club_name: "Example Youth Club".to_owned(),
        club_language: Language::En,
        public_origin: "https://pay.club.example".to_owned(),
        mode: Mode::Test,
        key: KeyMark(0),
        waits: if configuration.waits { WAITS } else { &[] },
        auto_refund: configuration.auto_refund,
    }
}

/// The text that a task draws at random, the `n`th time.
pub fn drawn(n: usize) -> String {
    format!("{:02x}", 0xe0 + n).repeat(16)
}

/// Replays a log at a time: the log with the times that were asked for since, and where it stops.
pub fn replay(
    job: &Job,
    log: Vec<Entry>,
    now: i64,
    policy: &Policy,
    budget: u32,
) -> (Vec<Entry>, Next) {
    replay::replay(log, UnixMillis(now), async |replay| {
        let sim = Sim {
            replay,
            draws: Cell::new(0),
            spent: Cell::new(0),
        };
        run(&sim, job, policy, budget).await
    })
}

async fn run(sim: &Sim<'_>, job: &Job, policy: &Policy, subrequests: u32) -> End {
    let budget = Budget { subrequests };
    match job {
        Job::Click(_, by) => End::Click(click(sim, policy, by).await),
        Job::Deliver(event, ..) => {
            let handled = events::deliver(sim, policy, Cause::Webhook, event).await;
            // As the route does it: after the answer.
            if let Ok(Delivered::Recorded {
                then: Some(then), ..
            }) = &handled
            {
                let _ = follow_up(sim, policy, then).await;
            }
            End::Delivered(handled)
        }
        Job::Return(session) => End::Returned(returned::returned(sim, policy, session).await),
        Job::Reconcile => End::Reconciled(reconcile(sim, policy, budget).await),
        Job::Act(Act::Refunds) => End::Asked(refund(sim, policy, RefundAsked::default()).await),
        Job::Act(Act::RefundsPart { seen }) => {
            let asked = RefundAsked {
                minor: Some(PART),
                seen: Some(*seen),
            };
            End::Asked(refund(sim, policy, asked).await)
        }
        Job::Act(act) => End::Acted(act_on(sim, policy, *act).await),
        Job::Restore(since) => {
            if let Err(error) = restore::restore(sim, policy, *since).await {
                return End::Restored(Err(error));
            }
            // The operator looks until it says that it is done.
            let run = reconcile(sim, policy, budget).await;
            End::Restored(Ok(run.is_done && run.errors.is_empty()))
        }
    }
}

/// Refunds the first order, as the desk does with the form of a refund.
async fn refund(
    sim: &Sim<'_>,
    policy: &Policy,
    asked: RefundAsked,
) -> Result<Refunded, GuardError> {
    let refunded = operator::refund(sim, policy, OrderId(1), asked, &operator()).await;
    if let Ok(Refunded::InProgress(open)) = &refunded {
        // As the route does it: after the answer.
        let _ = follow_up(sim, policy, &FollowUp::FinishRefund(open.clone())).await;
    }
    refunded
}

fn operator() -> OperatorName {
    OperatorName::parse("treasurer").unwrap_or_else(|| panic!("a name"))
}

/// Acts on the first charge, as the desk does with a form.
async fn act_on(sim: &Sim<'_>, policy: &Policy, act: Act) -> Result<Acted, GuardError> {
    let operator = operator();
    let usd = |minor| Money {
        minor,
        currency: Currency::USD,
    };
    // Whoever takes less or more has looked when it was the amount of the beginning that was owed.
    let offline = |minor: i64, rest: Option<Rest>| ChargeChange::Offline {
        attempt: Attempt::new(&sim.random_bytes()),
        payment: OfflinePayment {
            money: usd(minor),
            rest,
            seen: rest.map(|_| usd(database::AMOUNT)),
            method: OfflineMethod::Cash,
            paid_at: sim.now(),
            note: None,
            receipt: true,
        },
    };
    let change = match act {
        Act::Owes(minor) => ChargeChange::Amount(usd(minor)),
        Act::Closes => ChargeChange::Close {
            reason: "waived".to_owned(),
        },
        Act::Reopens => ChargeChange::Reopen,
        Act::TakesCash => offline(database::AMOUNT, None),
        Act::TakesLess => offline(database::LESS, Some(Rest::Waived)),
        Act::TakesMore => offline(database::MORE, Some(Rest::Kept)),
        Act::CancelsPending => {
            let what = Command::CancelPending;
            return operator::act(sim, policy, ChargeId(1), &what, &operator).await;
        }
        Act::GivesUpSession => {
            let what = Command::GiveUpSession;
            return operator::act(sim, policy, ChargeId(1), &what, &operator).await;
        }
        Act::Refunds | Act::RefundsPart { .. } => panic!("no change of a charge"),
    };
    operator::act(
        sim,
        policy,
        ChargeId(1),
        &Command::Change(change),
        &operator,
    )
    .await
}

async fn click(sim: &Sim<'_>, policy: &Policy, by: &ChargeRef) -> Result<(), GuardError> {
    let clicked = click::click(sim, policy, by).await;
    let then = match &clicked {
        Ok(clicked) => {
            sim.call(Call::Answer(Box::new(clicked.outcome.clone())))
                .await;
            clicked.then.clone()
        }
        Err(error) => error.incident().map(Box::new).map(FollowUp::Report),
    };
    if let Some(then) = &then {
        // The person has the answer: what fails here is for the next visit or the cron.
        let _ = follow_up(sim, policy, then).await;
    }
    clicked.map(|_| ())
}

/// The ports of a task under replay.
struct Sim<'a> {
    replay: &'a Replay<'a, Call, Reply>,
    draws: Cell<usize>,
    spent: Cell<u32>,
}

impl Sim<'_> {
    async fn call(&self, call: Call) -> Reply {
        self.spent.set(
            self.spent.get()
                + if let Call::Batch(statements) = &call {
                    u32::try_from(statements.len()).unwrap_or(u32::MAX)
                } else {
                    call.is_to_stripe().into()
                },
        );
        self.replay.call(call).await
    }
}

impl Clock for Sim<'_> {
    fn now(&self) -> UnixMillis {
        self.replay.now()
    }

    async fn sleep(&self, _: Millis) {
        replied!(self.call(Call::Sleep).await, Reply::Slept => ())
    }
}

impl Random for Sim<'_> {
    fn random_bytes(&self) -> [u8; 32] {
        let n = self.draws.get();
        self.draws.set(n + 1);
        [u8::try_from(0xe0 + n).unwrap_or(u8::MAX); 32]
    }
}

impl Meter for Sim<'_> {
    fn spent(&self) -> u32 {
        self.spent.get()
    }

    fn begin_item(&self) {}
}

/// It never refuses: a click that it turns away does nothing more, as one that crashes there.
impl RateLimiter for Sim<'_> {
    async fn allows(&self, _limit: Limit) -> Allowance {
        Allowance::Allowed
    }

    fn missing(&self) -> Vec<&'static str> {
        Vec::new()
    }
}

impl Database for Sim<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        replied!(self.call(Call::Batch(statements)).await, Reply::Rows)
    }
}

impl ports::Stripe for Sim<'_> {
    async fn create(&self, claim: &Claim) -> Result<NewSession, StripeError> {
        let call = Call::Create {
            key: claim.idempotency_key(),
            form: form::create_session(claim.order()),
        };
        replied!(self.call(call).await, Reply::Created)
    }

    async fn retrieve(&self, session: &SessionId) -> Result<Session, StripeError> {
        let call = Call::Retrieve(session.clone());
        replied!(self.call(call).await, Reply::Retrieved)
    }

    async fn expire(&self, session: &SessionId) -> Result<(), StripeError> {
        replied!(self.call(Call::Expire(session.clone())).await, Reply::Done)
    }

    async fn refund(&self, request: &RefundRequest) -> Result<Refund, StripeError> {
        let call = Call::Refund {
            payment: request.payment.clone(),
            key: request.idempotency_key(),
            form: form::refund(request),
        };
        replied!(self.call(call).await, Reply::Refunded)
    }

    async fn refunds(&self, payment: &PaymentIntentId) -> Result<Vec<Refund>, StripeError> {
        let call = Call::Refunds(payment.clone());
        replied!(self.call(call).await, Reply::Refunds)
    }

    async fn session_of(&self, payment: &PaymentIntentId) -> Result<Option<Session>, StripeError> {
        let call = Call::SessionOf(payment.clone());
        replied!(self.call(call).await, Reply::SessionOf)
    }

    async fn events(
        &self,
        since: UnixMillis,
        until: UnixMillis,
        after: Option<&EventId>,
    ) -> Result<EventPage, StripeError> {
        let after = after.cloned();
        let call = Call::Events {
            since,
            until,
            after,
        };
        replied!(self.call(call).await, Reply::Events)
    }

    async fn sessions(
        &self,
        since: UnixMillis,
        until: UnixMillis,
        after: Option<&SessionId>,
    ) -> Result<SessionPage, StripeError> {
        let after = after.cloned();
        let call = Call::Sessions {
            since,
            until,
            after,
        };
        replied!(self.call(call).await, Reply::Sessions)
    }
}
