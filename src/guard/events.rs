//! Stripe's events. Each is carried out once, in whatever order they arrive.
//!
//! An event's id is recorded in the transaction of its effect, so a duplicate changes nothing and a delivery
//! that failed half-way can come again. What an event does depends on what the database says now, and nothing
//! moves backwards. Only final facts are taken from a payload (paid, expired, failed). Stripe is asked for
//! whatever could have changed since.

use super::{
    after::After, late_payment, make_room::make_room, payment::mark_paid, policy::Policy, refunds,
};
use crate::{
    domain::{
        change::{Commit, Committed, EventRecord, Found, Lookup, Remade, To},
        charge::Identity,
        error::GuardError,
        event::{About, DisputeEnd, Event},
        id::{Attempt, Mode, OrderId, PaymentIntentId, RefundId},
        incident::{Incident, IncidentChange, IncidentKind},
        money::Money,
        order::{CancelReason, Cause, Order, OrderState},
        payment::{NewSession, Payment, Refund, RefundReason, RefundStatus, Session, SessionState},
    },
    ports::Ports,
};

/// How often a delivery starts over after it lost a race, before Stripe is asked to deliver again.
const ROUNDS: usize = 6;

/// What a delivery did.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Delivered {
    /// Its effect is in the database now.
    Recorded {
        /// One word for it, as it stands in `stripe_events`.
        effect: &'static str,
        /// What is left to do.
        then: Option<After>,
    },
    /// The event was recorded before.
    Duplicate,
}

/// What an event does.
struct Effect {
    word: &'static str,
    order: Option<OrderId>,
    commit: Commit,
    then: Option<After>,
}

/// What follows from news about a session.
pub(crate) enum News {
    /// Write this: a word for it, the transaction, and what is left to do afterwards.
    Write(&'static str, Commit, Option<After>),
    /// Its order must be remade first.
    Remake(Remade),
    /// The session is not ours.
    Foreign,
    /// The session is ours, but the database does not have its charge.
    UnknownCharge(Commit),
}

enum Step {
    Write(Box<Effect>),
    /// Something had to be written first: look again.
    Again,
}

/// Carries out a verified event.
///
/// # Errors
/// A [`GuardError`]: nothing is recorded, and Stripe is to deliver it again.
pub async fn deliver<P: Ports>(
    ports: &P,
    policy: &Policy,
    cause: Cause,
    event: &Event,
) -> Result<Delivered, GuardError> {
    let lookup = lookup(event);
    for _ in 0..ROUNDS {
        let found = ports.find(&lookup).await?;
        if found.seen {
            return Ok(Delivered::Duplicate);
        }
        let base = Commit::new(cause, ports.now());
        let Step::Write(effect) = step(ports, policy, event, found, base).await? else {
            continue;
        };
        let Effect {
            word,
            order,
            mut commit,
            then,
        } = *effect;
        commit.event = Some(EventRecord {
            id: event.id.clone(),
            kind: event.kind.clone(),
            created: event.created,
            order,
            effect: word,
        });
        match ports.commit(&commit).await? {
            Committed::Done => return Ok(Delivered::Recorded { effect: word, then }),
            Committed::Conflict => {}
        }
    }
    Err(GuardError::Busy)
}

fn lookup(event: &Event) -> Lookup {
    let lookup = Lookup {
        event: Some(event.id.clone()),
        ..Lookup::default()
    };
    match &event.about {
        About::Session(session) => of_identity(session.identity.as_ref(), lookup, session),
        About::UnclearSession { session, identity } => Lookup {
            session: Some(session.clone()),
            attempt: identity.as_ref().map(|it| it.attempt.clone()),
            charge: identity.as_ref().map(|it| it.charge),
            ..lookup
        },
        About::Refunds { payment_intent, .. } | About::Dispute { payment_intent, .. } => Lookup {
            payment_intent: Some(payment_intent.clone()),
            ..lookup
        },
        About::Unreadable | About::Other => lookup,
    }
}

fn of_identity(identity: Option<&Identity>, lookup: Lookup, session: &Session) -> Lookup {
    Lookup {
        session: Some(session.id.clone()),
        attempt: identity.map(|it| it.attempt.clone()),
        charge: identity.map(|it| it.charge),
        ..lookup
    }
}

/// How the order of a session is looked for.
pub(crate) fn lookup_of(session: &Session) -> Lookup {
    of_identity(session.identity.as_ref(), Lookup::default(), session)
}

async fn step<P: Ports>(
    ports: &P,
    policy: &Policy,
    event: &Event,
    found: Found,
    base: Commit,
) -> Result<Step, GuardError> {
    if let Some(mode) = event.mode.filter(|mode| *mode != policy.mode)
        && event.about != About::Other
    {
        return Ok(write("wrong_mode", None, base.with(wrong_mode(mode))));
    }
    let order = found.order.as_ref().map(|order| order.id);
    match &event.about {
        About::Other => Ok(write("ignored", None, base)),
        About::Unreadable => Ok(write("unreadable", None, base.with(unreadable(event)))),
        About::Session(session) => {
            let paid_at = Session {
                state: paid_at(&session.state, event),
                ..session.clone()
            };
            let news = news(ports, policy, &paid_at, &found, base.clone()).await?;
            told(ports, news, order, base).await
        }
        About::UnclearSession { session, .. } => {
            let is_ours = found.order.is_some() || is_of(event, &found);
            if !is_ours {
                return Ok(write("foreign", None, base));
            }
            let session = ports.retrieve(session).await?;
            let news = news(ports, policy, &session, &found, base.clone()).await?;
            told(ports, news, order, base).await
        }
        About::Refunds {
            payment_intent,
            failed,
        } => match &found.order {
            Some(order) => refunded(ports, order, payment_intent, failed.as_ref(), base).await,
            None => payment_first(ports, policy, payment_intent, base).await,
        },
        About::Dispute {
            dispute,
            payment_intent,
            money,
            closed,
        } => match &found.order {
            Some(order) => {
                let about = disputed(dispute, payment_intent, *money, order);
                Ok(dispute_step(
                    order,
                    payment_intent,
                    about,
                    closed,
                    dispute,
                    base,
                ))
            }
            None => payment_first(ports, policy, payment_intent, base).await,
        },
    }
}

fn write(word: &'static str, order: Option<OrderId>, commit: Commit) -> Step {
    Step::Write(Box::new(Effect {
        word,
        order,
        commit,
        then: None,
    }))
}

/// If an event says that a session is paid but not when, it was paid when the event happened.
fn paid_at(state: &SessionState, event: &Event) -> SessionState {
    match state {
        SessionState::Paid(payment) => SessionState::Paid(Payment {
            at: payment.at.or(Some(event.created)),
            ..payment.clone()
        }),
        SessionState::Open { .. }
        | SessionState::Expired
        | SessionState::Processing(_)
        | SessionState::Failed => state.clone(),
    }
}

fn is_of(event: &Event, found: &Found) -> bool {
    match &event.about {
        About::UnclearSession { identity, .. } => identity
            .as_ref()
            .is_some_and(|it| it.installation == found.installation),
        About::Session(_)
        | About::Refunds { .. }
        | About::Dispute { .. }
        | About::Unreadable
        | About::Other => false,
    }
}

async fn told<P: Ports>(
    ports: &P,
    news: News,
    order: Option<OrderId>,
    base: Commit,
) -> Result<Step, GuardError> {
    Ok(match news {
        News::Write(word, commit, then) => Step::Write(Box::new(Effect {
            word,
            order,
            commit,
            then,
        })),
        News::Foreign => write("foreign", None, base),
        News::UnknownCharge(commit) => write("unknown_charge", None, commit),
        News::Remake(remade) => {
            ports.remake(&remade).await?;
            Step::Again
        }
    })
}

/// What follows from the state of a session, given what the database has about it.
pub(crate) async fn news<P: Ports>(
    ports: &P,
    policy: &Policy,
    session: &Session,
    found: &Found,
    base: Commit,
) -> Result<News, GuardError> {
    match &found.order {
        Some(order) => of_order(ports, policy, session, order, base).await,
        None => of_nobody(ports, policy, session, found, base).await,
    }
}

async fn of_order<P: Ports>(
    ports: &P,
    policy: &Policy,
    session: &Session,
    order: &Order,
    base: Commit,
) -> Result<News, GuardError> {
    let write = |word, commit| Ok(News::Write(word, commit, None));
    let (at, cause) = (base.at, base.cause);
    // The metadata may name this order although its session is another one. Then a payment gets its own
    // order.
    let is_own = order.session.as_ref().is_none_or(|id| *id == session.id);
    match (&session.state, &order.state) {
        // A bank takes days, and Stripe may forget a key after one day. So the session's id is stored now.
        (SessionState::Processing(_), OrderState::Pending { .. })
            if is_own && order.session.is_none() =>
        {
            let new = NewSession {
                id: session.id.clone(),
                url: None,
            };
            ports.attach(order.id, &new, at).await?;
            write("noted", base)
        }
        (SessionState::Open { .. } | SessionState::Processing(_), _) => write("noted", base),
        (SessionState::Paid(payment), OrderState::Pending { .. }) if is_own => {
            let paid = mark_paid(order, payment.clone(), cause, at);
            let then = Some(After::Details(session.id.clone()));
            let commit = Commit {
                moves: paid.moves,
                ..base
            };
            Ok(News::Write("paid", commit, then))
        }
        (SessionState::Paid(_), OrderState::Canceled) if is_own && order.payment.is_some() => {
            write("known", base)
        }
        (SessionState::Paid(payment), OrderState::Canceled) if is_own => {
            let (word, commit) = late_payment::place(ports, policy, order, payment, base).await?;
            let is_duplicate = word == IncidentKind::DuplicatePayment.as_str();
            let refund = payment
                .payment_intent
                .clone()
                .filter(|_| is_duplicate && policy.auto_refund);
            let details = After::Details(session.id.clone());
            Ok(News::Write(
                word,
                commit,
                Some(refund.map_or(details, After::Refund)),
            ))
        }
        (SessionState::Paid(_), OrderState::Paid { .. } | OrderState::Refunded { .. })
            if is_own =>
        {
            write("known", base)
        }
        (SessionState::Paid(payment), _) => {
            let attempt = Attempt(format!("session_{}", session.id));
            Ok(News::Remake(remade(
                order.charge,
                attempt,
                session,
                payment.money.unwrap_or(order.money),
                &base,
            )))
        }
        (SessionState::Expired, OrderState::Pending { .. }) if is_own => write(
            "expired",
            base.moving(order, To::Canceled(CancelReason::Expired)),
        ),
        (SessionState::Failed, OrderState::Pending { .. }) if is_own => {
            let failed = To::Canceled(CancelReason::PaymentFailed);
            write("payment_failed", base.moving(order, failed))
        }
        (SessionState::Expired | SessionState::Failed, _) => write("late", base),
    }
}

/// A session without an order in the database. It is somebody else's, or it is ours and its order was lost
/// when the database was restored.
async fn of_nobody<P: Ports>(
    ports: &P,
    policy: &Policy,
    session: &Session,
    found: &Found,
    base: Commit,
) -> Result<News, GuardError> {
    let Some(identity) = session
        .identity
        .as_ref()
        .filter(|identity| identity.installation == found.installation)
    else {
        return Ok(News::Foreign);
    };
    let money = match &session.state {
        SessionState::Paid(payment) => payment.money.or(session.money),
        SessionState::Processing(_) => session.money,
        SessionState::Open { .. } | SessionState::Expired | SessionState::Failed => {
            return Ok(News::Write("late", base, None));
        }
    };
    let Some(money) = money.filter(|_| found.charge_exists) else {
        return Ok(News::UnknownCharge(base.with(unknown_charge(session))));
    };
    let remade = remade(
        identity.charge,
        identity.attempt.clone(),
        session,
        money,
        &base,
    );
    if matches!(session.state, SessionState::Processing(_)) {
        make_room(ports, policy, &remade).await?;
    }
    Ok(News::Remake(remade))
}

fn remade(
    charge: crate::domain::id::ChargeId,
    attempt: Attempt,
    session: &Session,
    money: Money,
    base: &Commit,
) -> Remade {
    Remade {
        charge,
        attempt,
        session: session.id.clone(),
        money,
        created_at: session.created,
        at: base.at,
        cause: base.cause,
    }
}

/// News about a payment that no order has. If its session is ours, the session's news are carried out first.
async fn payment_first<P: Ports>(
    ports: &P,
    policy: &Policy,
    payment_intent: &PaymentIntentId,
    base: Commit,
) -> Result<Step, GuardError> {
    let Some(session) = ports.session_of(payment_intent).await? else {
        return Ok(write("foreign", None, base));
    };
    let found = ports.find(&lookup_of(&session)).await?;
    let news = news(ports, policy, &session, &found, base.clone()).await?;
    let order = found.order.map(|order| order.id);
    Ok(match news {
        News::Write(_, commit, _) if commit.moves.is_empty() => write("late", order, base),
        News::Write(_, commit, _) => {
            ports.commit(&commit).await?;
            Step::Again
        }
        News::Remake(remade) => {
            ports.remake(&remade).await?;
            Step::Again
        }
        News::Foreign => write("foreign", None, base),
        News::UnknownCharge(commit) => write("unknown_charge", None, commit),
    })
}

/// Something about the refunds of an order's payment has changed.
async fn refunded<P: Ports>(
    ports: &P,
    order: &Order,
    payment_intent: &PaymentIntentId,
    failed: Option<&(RefundId, Option<Money>)>,
    base: Commit,
) -> Result<Step, GuardError> {
    let refunds = ports.refunds(payment_intent).await?;
    let mut word = "refunds";
    let mut base = base;
    if let Some((id, money)) = failed
        && refunds
            .iter()
            .any(|refund| refund.id == *id && refund.status == RefundStatus::Failed)
    {
        word = "refund_failed";
        let incident = Incident {
            kind: IncidentKind::RefundFailed,
            about: id.to_string(),
            order: Some(order.id),
            charge: Some(order.charge),
            session: order.session.clone(),
            payment_intent: Some(payment_intent.clone()),
            money: *money,
            detail: "A refund did not reach the payer: the club has the money.".to_owned(),
        };
        base = base.with(IncidentChange::Open(incident));
    }
    let commit = refunds::written(order, payment_intent, refunds, base);
    Ok(write(word, Some(order.id), commit))
}

fn dispute_step(
    order: &Order,
    payment_intent: &PaymentIntentId,
    about: Incident,
    closed: &Option<DisputeEnd>,
    dispute: &RefundId,
    base: Commit,
) -> Step {
    let money = about.money;
    let taken = |status| Refund {
        id: dispute.clone(),
        money: money.unwrap_or(order.money),
        status,
        reason: RefundReason::DisputeLost,
    };
    match closed {
        None => write(
            "disputed",
            Some(order.id),
            base.with(IncidentChange::Open(about)),
        ),
        Some(DisputeEnd::Lost) => {
            let mut commit = base.with(IncidentChange::Close(about, "lost".to_owned()));
            commit.cause = Cause::DisputeLost;
            let gone = vec![taken(RefundStatus::Succeeded)];
            let commit = refunds::written(order, payment_intent, gone, commit);
            write("dispute_lost", Some(order.id), commit)
        }
        Some(DisputeEnd::Kept(word)) => {
            let commit = base.with(IncidentChange::Close(about, word.clone()));
            // An appeal can reverse a dispute that was lost.
            let kept = vec![taken(RefundStatus::Canceled)];
            let commit = refunds::written(order, payment_intent, kept, commit);
            write("dispute_closed", Some(order.id), commit)
        }
    }
}

fn disputed(
    dispute: &RefundId,
    payment_intent: &PaymentIntentId,
    money: Option<Money>,
    order: &Order,
) -> Incident {
    Incident {
        kind: IncidentKind::Dispute,
        about: dispute.to_string(),
        order: Some(order.id),
        charge: Some(order.charge),
        session: order.session.clone(),
        payment_intent: Some(payment_intent.clone()),
        money,
        detail: "The payer disputes the payment at their bank. Answer in Stripe's dashboard."
            .to_owned(),
    }
}

/// A payment of this installation for a charge that is missing: the database was restored to a point before
/// the charge was made.
fn unknown_charge(session: &Session) -> IncidentChange {
    let payment = match &session.state {
        SessionState::Paid(payment) => Some(payment),
        SessionState::Open { .. }
        | SessionState::Expired
        | SessionState::Processing(_)
        | SessionState::Failed => None,
    };
    IncidentChange::Open(Incident {
        kind: IncidentKind::UnknownCharge,
        about: session.id.to_string(),
        order: None,
        charge: None,
        session: Some(session.id.clone()),
        payment_intent: payment.and_then(|payment| payment.payment_intent.clone()),
        money: session.money,
        detail: "A payment for a charge that this database does not have. Was it restored to an earlier point?".to_owned(),
    })
}

fn wrong_mode(mode: Mode) -> IncidentChange {
    IncidentChange::Open(Incident {
        kind: IncidentKind::WrongMode,
        about: mode.as_str().to_owned(),
        order: None,
        charge: None,
        session: None,
        payment_intent: None,
        money: None,
        detail: format!(
            "An event of Stripe's {} mode came, and STRIPE_SECRET_KEY is of the other. Which webhook endpoint's secret is \
             in STRIPE_WEBHOOK_SECRET?",
            mode.as_str()
        ),
    })
}

fn unreadable(event: &Event) -> IncidentChange {
    IncidentChange::Open(Incident {
        kind: IncidentKind::UnreadableEvent,
        about: event.id.to_string(),
        order: None,
        charge: None,
        session: None,
        payment_intent: None,
        money: None,
        detail: format!(
            "The event {} of type {} could not be read.",
            event.id, event.kind
        ),
    })
}
