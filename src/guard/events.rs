//! Stripe's events. Each is carried out once, in whatever order they arrive.
//!
//! An event's id is recorded in the transaction of its effect, so a duplicate changes nothing and a delivery
//! that failed half-way can come again. What an event does depends on what the database says now, and nothing
//! moves backwards. Only final facts are taken from a payload (paid, expired, failed). Stripe is asked for
//! whatever could have changed since.

use super::{
    after::FollowUp,
    late_payment::{self, Placed},
    make_room::make_room,
    payment::paying,
    policy::Policy,
    refunds,
};
use crate::{
    domain::{
        change::{Commit, Committed, EventRecord, Found, Lookup, RecoveredOrder, Transition},
        charge::{ChargeName, Identity},
        error::{GuardError, StripeError},
        event::{About, DisputeEnd, Event},
        id::{Attempt, ChargeId, Mode, OrderId, PaymentIntentId, RefundId, SessionId},
        incident::{Incident, IncidentChange, IncidentKind},
        money::Money,
        order::{CancelReason, Cause, Order, OrderState, Taken},
        payment::{NewSession, Payment, Refund, RefundReason, RefundStatus, Session, SessionState},
    },
    ports::Ports,
};

/// How often a delivery starts over after it lost a race, before Stripe is asked to deliver again.
const ROUNDS: usize = 6;

/// The outcome of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Delivered {
    /// Its effect is in the database now.
    Recorded {
        /// One word for it, as it stands in `stripe_events`.
        effect: &'static str,
        /// The work left to do.
        then: Option<FollowUp>,
    },
    /// The event was recorded before.
    Duplicate,
}

/// The effect of an event.
pub(super) struct Effect {
    /// One word for it.
    pub(super) word: &'static str,
    /// The order that it is about.
    pub(super) order: Option<OrderId>,
    /// The transaction, the event not yet in it.
    pub(super) commit: Commit,
    then: Option<FollowUp>,
}

impl Effect {
    /// The event with its effect, to be recorded.
    pub(super) fn record(&self, event: &Event) -> EventRecord {
        EventRecord {
            id: event.id.clone(),
            kind: event.kind.clone(),
            created: event.created,
            order: self.order,
            effect: self.word,
        }
    }
}

/// The consequence of news about a session.
pub(crate) enum News {
    /// Write this: a word for it, the transaction, and what is left to do afterwards.
    Write(&'static str, Commit, Option<FollowUp>),
    /// Something was written already: look again.
    Again,
    /// Its order must be remade first.
    Remake(RecoveredOrder),
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
        let record = effect.record(event);
        let Effect {
            word,
            mut commit,
            then,
            ..
        } = *effect;
        commit.events.push(record);
        match ports.commit(&commit).await? {
            Committed::Done => return Ok(Delivered::Recorded { effect: word, then }),
            Committed::Conflict => {}
        }
    }
    Err(GuardError::Busy)
}

/// How the order of an event is looked for.
pub(super) fn lookup(event: &Event) -> Lookup {
    let lookup = Lookup {
        event: Some(event.id.clone()),
        ..Lookup::default()
    };
    match &event.about {
        About::Session(session) => of_identity(session.identity.as_ref(), lookup, &session.id),
        About::UnclearSession { session, identity } => {
            of_identity(identity.as_ref(), lookup, session)
        }
        About::Refunds { payment_intent, .. } | About::Dispute { payment_intent, .. } => Lookup {
            payment_intent: Some(payment_intent.clone()),
            ..lookup
        },
        About::Unreadable | About::Other => lookup,
    }
}

fn of_identity(identity: Option<&Identity>, lookup: Lookup, session: &SessionId) -> Lookup {
    Lookup {
        session: Some(session.clone()),
        attempt: identity.map(|it| it.attempt.clone()),
        charge: identity.map(|it| it.charge.clone()),
        ..lookup
    }
}

/// How the order of a session is looked for.
pub(crate) fn lookup_of(session: &Session) -> Lookup {
    of_identity(session.identity.as_ref(), Lookup::default(), &session.id)
}

async fn step<P: Ports>(
    ports: &P,
    policy: &Policy,
    event: &Event,
    found: Found,
    base: Commit,
) -> Result<Step, GuardError> {
    let order = found.order.as_ref().map(|order| order.id);
    let open = match first(policy, event, &found, base.clone()) {
        First::Write(effect) => return Ok(Step::Write(effect)),
        First::Ask(open) => open,
    };
    match open {
        Open::News(session) => {
            let news = news(ports, policy, &session, &found, base.clone()).await?;
            told(ports, news, order, base).await
        }
        Open::Session(session) => {
            let session = ports.retrieve(session).await?;
            let news = news(ports, policy, &session, &found, base.clone()).await?;
            told(ports, news, order, base).await
        }
        Open::Refunds(order, payment_intent, failed) => {
            refunded(ports, order, payment_intent, failed, base).await
        }
        Open::Payment(payment_intent) => payment_first(ports, policy, payment_intent, base).await,
    }
}

/// The effect of an event by what was found, or the question that must be asked first.
pub(super) enum First<'a> {
    /// Nobody has to be asked, and nothing has to be written first.
    Write(Box<Effect>),
    /// This decides.
    Ask(Open<'a>),
}

impl First<'_> {
    fn write(effect: Effect) -> Self {
        Self::Write(Box::new(effect))
    }
}

/// The question on which the effect of an event depends.
pub(super) enum Open<'a> {
    /// The other orders of the session's charge, or what must be written first.
    News(Box<Session>),
    /// The session, as Stripe has it now.
    Session(&'a SessionId),
    /// Stripe's list of the refunds of an order's payment.
    Refunds(
        &'a Order,
        &'a PaymentIntentId,
        Option<&'a (RefundId, Option<Money>)>,
    ),
    /// The session of a payment that no order has.
    Payment(&'a PaymentIntentId),
}

/// The effect of an event, given what the database has about it.
pub(super) fn first<'a>(
    policy: &Policy,
    event: &'a Event,
    found: &'a Found,
    base: Commit,
) -> First<'a> {
    if let Some(mode) = event.mode.filter(|mode| *mode != policy.mode)
        && event.about != About::Other
    {
        return First::write(effect("wrong_mode", None, base.with(wrong_mode(mode))));
    }
    let order = found.order.as_ref().map(|order| order.id);
    match &event.about {
        About::Other => First::write(effect("ignored", None, base)),
        About::Unreadable => First::write(effect("unreadable", None, base.with(unreadable(event)))),
        About::Session(session) => {
            let session = when_paid(session, event);
            match known(&session, found, base.clone()) {
                Known::News(News::Write(word, commit, then)) => First::write(Effect {
                    then,
                    ..effect(word, order, commit)
                }),
                Known::News(News::Foreign) => First::write(effect("foreign", None, base)),
                Known::News(News::UnknownCharge(commit)) => {
                    First::write(effect("unknown_charge", None, commit))
                }
                Known::News(News::Again | News::Remake(_))
                | Known::Attach(_)
                | Known::Place(..)
                | Known::MakeRoom(_) => First::Ask(Open::News(Box::new(session))),
            }
        }
        About::UnclearSession { session, .. } => {
            if found.order.is_some() || is_of(event, found) {
                First::Ask(Open::Session(session))
            } else {
                First::write(effect("foreign", None, base))
            }
        }
        About::Refunds {
            payment_intent,
            failed,
        } => First::Ask(match &found.order {
            Some(order) => Open::Refunds(order, payment_intent, failed.as_ref()),
            None => Open::Payment(payment_intent),
        }),
        About::Dispute {
            dispute,
            payment_intent,
            money,
            due_by,
            closed,
        } => match &found.order {
            Some(order) => {
                let about = Incident {
                    due_by: *due_by,
                    ..disputed(dispute, payment_intent, *money, order)
                };
                let effect = of_dispute(order, payment_intent, event, about, dispute, closed, base);
                First::write(effect)
            }
            None => First::Ask(Open::Payment(payment_intent)),
        },
    }
}

const fn effect(word: &'static str, order: Option<OrderId>, commit: Commit) -> Effect {
    Effect {
        word,
        order,
        commit,
        then: None,
    }
}

fn write(word: &'static str, order: Option<OrderId>, commit: Commit) -> Step {
    Step::Write(Box::new(effect(word, order, commit)))
}

/// A session as an event has it.
fn when_paid(session: &Session, event: &Event) -> Session {
    Session {
        state: paid_at(&session.state, event),
        ..session.clone()
    }
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
        News::Again => Step::Again,
        News::Remake(remade) => {
            ports.remake(&remade).await?;
            Step::Again
        }
    })
}

/// The consequence of a session's state, given what the database has about it.
pub(crate) async fn news<P: Ports>(
    ports: &P,
    policy: &Policy,
    session: &Session,
    found: &Found,
    base: Commit,
) -> Result<News, GuardError> {
    Ok(match known(session, found, base.clone()) {
        Known::News(news) => news,
        Known::Attach(order) => {
            let new = NewSession {
                id: session.id.clone(),
                url: None,
            };
            ports.attach(order.id, &new, base.at).await?;
            News::Again
        }
        Known::Place(order, payment) => {
            let placed = late_payment::place(ports, policy, order, &payment, base).await?;
            let refund = match &placed {
                Placed::Duplicate(_) => payment.payment_intent.clone(),
                Placed::Adopted(_) => None,
            };
            let refund = refund.filter(|_| policy.auto_refund).map(FollowUp::Refund);
            let then = refund.unwrap_or_else(|| FollowUp::Details(session.id.clone()));
            News::Write(placed.word(), placed.commit(), Some(then))
        }
        Known::MakeRoom(remade) => {
            make_room(ports, policy, &remade).await?;
            News::Remake(remade)
        }
    })
}

/// The consequence of a session's state, if it is clear before anybody is asked.
#[allow(
    clippy::large_enum_variant,
    reason = "one stands on the stack while one session is looked at"
)]
enum Known<'a> {
    /// It follows from what the database has.
    News(News),
    /// The session must be stored with its order first.
    Attach(&'a Order),
    /// A payment on a canceled order: its charge's other orders decide.
    Place(&'a Order, Payment),
    /// An order is to be remade for a payment that a bank is processing: its place must be free first.
    MakeRoom(RecoveredOrder),
}

fn known<'a>(session: &Session, found: &'a Found, base: Commit) -> Known<'a> {
    match &found.order {
        Some(order) => of_order(session, order, base),
        None => of_nobody(session, found, base),
    }
}

fn of_order<'a>(session: &Session, order: &'a Order, base: Commit) -> Known<'a> {
    let write = |word, commit| Known::News(News::Write(word, commit, None));
    let details = |word, commit| {
        let then = FollowUp::Details(session.id.clone());
        Known::News(News::Write(word, commit, Some(then)))
    };
    // The metadata may name this order although its session is another one. Then a payment gets its own
    // order.
    let is_own = order.session.as_ref().is_none_or(|id| *id == session.id);
    match (&session.state, &order.state) {
        // A bank takes days, and Stripe may forget a key after one day. So the session's id is stored now.
        (SessionState::Processing(_), OrderState::Pending { .. })
            if is_own && order.session.is_none() =>
        {
            Known::Attach(order)
        }
        // A click is told so from now on. Only Stripe's PaymentIntent says whether the payer must act first.
        (SessionState::Processing(waiting), OrderState::Pending { waiting: None, .. })
            if is_own =>
        {
            details(
                "processing",
                base.moving(order, Transition::Waits(waiting.clone())),
            )
        }
        (SessionState::Open { .. } | SessionState::Processing(_), _) => write("noted", base),
        (SessionState::Paid(payment), OrderState::Pending { .. }) if is_own => {
            let paid = Order {
                session: Some(session.id.clone()),
                version: order.version + 1,
                ..order.clone()
            };
            let then = Some(FollowUp::DetailsOf(Box::new(paid)));
            let commit = paying(base, order, payment.clone());
            Known::News(News::Write("paid", commit, then))
        }
        (SessionState::Paid(_), OrderState::Canceled) if is_own && order.payment.is_some() => {
            write("known", base)
        }
        (SessionState::Paid(payment), OrderState::Canceled) if is_own => {
            Known::Place(order, payment.clone())
        }
        // It was paid in an old system, which did not say by which payment.
        (SessionState::Paid(payment), OrderState::Paid { .. } | OrderState::Refunded { .. })
            if is_own && is_unidentified(order, payment) =>
        {
            let known = Transition::Identified(payment.clone());
            details("known", base.moving(order, known))
        }
        (SessionState::Paid(_), OrderState::Paid { .. } | OrderState::Refunded { .. })
            if is_own =>
        {
            write("known", base)
        }
        (SessionState::Paid(payment), _) => {
            let attempt = Attempt(format!("session_{}", session.id));
            let money = payment.money.unwrap_or(order.money);
            Known::News(News::Remake(remade(
                order.charge,
                attempt,
                session,
                money,
                &base,
            )))
        }
        (SessionState::Expired, OrderState::Pending { .. }) if is_own => write(
            "expired",
            base.moving(order, Transition::Canceled(CancelReason::Expired)),
        ),
        (SessionState::Failed, OrderState::Pending { .. }) if is_own => {
            let failed = Transition::Canceled(CancelReason::PaymentFailed);
            write("payment_failed", base.moving(order, failed))
        }
        (SessionState::Expired | SessionState::Failed, _) => write("late", base),
    }
}

/// A session without an order in the database. It is somebody else's, or it is ours and its order was lost
/// when the database was restored.
fn of_nobody<'a>(session: &Session, found: &Found, base: Commit) -> Known<'a> {
    let Some(identity) = session
        .identity
        .as_ref()
        .filter(|identity| identity.installation == found.installation)
    else {
        return Known::News(News::Foreign);
    };
    let money = match &session.state {
        SessionState::Paid(payment) => payment.money.or(session.money),
        SessionState::Processing(_) => session.money,
        SessionState::Open { .. } | SessionState::Expired | SessionState::Failed => {
            return Known::News(News::Write("late", base, None));
        }
    };
    let Some((money, charge)) = money.zip(found.charge) else {
        let unknown = unknown_charge(session, identity);
        return Known::News(News::UnknownCharge(base.with(unknown)));
    };
    let remade = remade(charge, identity.attempt.clone(), session, money, &base);
    if matches!(session.state, SessionState::Processing(_)) {
        Known::MakeRoom(remade)
    } else {
        Known::News(News::Remake(remade))
    }
}

fn remade(
    charge: ChargeId,
    attempt: Attempt,
    session: &Session,
    money: Money,
    base: &Commit,
) -> RecoveredOrder {
    RecoveredOrder {
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
    // Somebody has recorded the payment since it was looked for.
    let is_recorded = found.order.as_ref().is_some_and(|order| {
        let taken = order.payment.as_ref();
        taken.is_some_and(|taken| taken.payment_intent.as_ref() == Some(payment_intent))
    });
    let order = found.order.map(|order| order.id);
    Ok(match news {
        _ if is_recorded => Step::Again,
        News::Again => Step::Again,
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
    // The event tells of a refund. If Stripe lists none, the key is of another account: what it does not show is not gone.
    let told = match failed {
        Some((id, _)) => refunds.iter().find(|refund| refund.id == *id),
        None => refunds.first(),
    };
    let told = told.ok_or(StripeError::NotFound)?;
    let mut word = "refunds";
    let mut base = base;
    if let Some((id, money)) = failed
        && told.status == RefundStatus::Failed
    {
        word = "refund_failed";
        let detail = "A refund did not reach the payer: the club has the money.";
        let incident = Incident {
            order: Some(order.id),
            charge: Some(order.charge),
            session: order.session.clone(),
            payment_intent: Some(payment_intent.clone()),
            money: *money,
            ..Incident::new(
                IncidentKind::RefundFailed,
                id.to_string(),
                detail.to_owned(),
            )
        };
        base = base.with(IncidentChange::Open(incident));
    }
    let commit = refunds::written(order, payment_intent, refunds, base);
    Ok(Step::Write(Box::new(Effect {
        word,
        order: Some(order.id),
        commit,
        then: may_have_come_back(order, payment_intent),
    })))
}

/// If the money of a payment without a place comes back, somebody is to find its place.
fn may_have_come_back(order: &Order, payment_intent: &PaymentIntentId) -> Option<FollowUp> {
    match order.state {
        OrderState::Refunded { .. } => Some(FollowUp::Review(payment_intent.clone())),
        OrderState::Pending { .. } | OrderState::Paid { .. } | OrderState::Canceled => None,
    }
}

/// A dispute has begun or ended. If its events come in another order, the one that happened last decides: an appeal
/// can reverse a dispute that was lost.
fn of_dispute(
    order: &Order,
    payment_intent: &PaymentIntentId,
    event: &Event,
    about: Incident,
    dispute: &RefundId,
    closed: &Option<DisputeEnd>,
    base: Commit,
) -> Effect {
    let money = about.money.unwrap_or(order.money);
    let written = |status, commit| {
        let taken = Refund {
            id: dispute.clone(),
            money,
            status,
            reason: RefundReason::DisputeLost,
            created: event.created,
            request: None,
        };
        refunds::written(order, payment_intent, vec![taken], commit)
    };
    match closed {
        None => effect(
            "disputed",
            Some(order.id),
            base.with(IncidentChange::Open(about)),
        ),
        Some(DisputeEnd::Lost) => {
            let mut commit = base.with(IncidentChange::Close(about, "lost".to_owned()));
            commit.cause = Cause::DisputeLost;
            let commit = written(RefundStatus::Succeeded, commit);
            effect("dispute_lost", Some(order.id), commit)
        }
        Some(DisputeEnd::Kept(word)) => {
            let commit = base.with(IncidentChange::Close(about, word.clone()));
            let commit = written(RefundStatus::Canceled, commit);
            Effect {
                then: may_have_come_back(order, payment_intent),
                ..effect("dispute_closed", Some(order.id), commit)
            }
        }
    }
}

fn disputed(
    dispute: &RefundId,
    payment_intent: &PaymentIntentId,
    money: Option<Money>,
    order: &Order,
) -> Incident {
    let detail = "The payer disputes the payment at their bank. Answer in Stripe's dashboard.";
    Incident {
        order: Some(order.id),
        charge: Some(order.charge),
        session: order.session.clone(),
        payment_intent: Some(payment_intent.clone()),
        money,
        ..Incident::new(
            IncidentKind::Dispute,
            dispute.to_string(),
            detail.to_owned(),
        )
    }
}

/// A payment of this installation for a charge that is missing: the database was restored to a point before
/// the charge was made. It is placed once an import has brought the charge.
fn unknown_charge(session: &Session, identity: &Identity) -> IncidentChange {
    let payment = match &session.state {
        SessionState::Paid(payment) => Some(payment),
        SessionState::Open { .. }
        | SessionState::Expired
        | SessionState::Processing(_)
        | SessionState::Failed => None,
    };
    let ChargeName {
        player_id,
        kind,
        period,
    } = &identity.charge;
    let month = if period.is_empty() { "" } else { " of " };
    let detail = format!(
        "A payment of player {player_id} ({kind}{month}{period}), for a charge that this database does not have. Was it restored \
         to an earlier point?",
        kind = kind.as_str(),
    );
    IncidentChange::Open(Incident {
        session: Some(session.id.clone()),
        payment_intent: payment.and_then(|payment| payment.payment_intent.clone()),
        money: session.money,
        charge_named: Some(identity.charge.clone()),
        ..Incident::new(IncidentKind::UnknownCharge, session.id.to_string(), detail)
    })
}

fn wrong_mode(mode: Mode) -> IncidentChange {
    let mode = mode.as_str();
    let detail = format!(
        "An event of Stripe's {mode} mode came, and STRIPE_SECRET_KEY is of the other. Which webhook endpoint's secret is \
         in STRIPE_WEBHOOK_SECRET?",
    );
    IncidentChange::Open(Incident::new(
        IncidentKind::WrongMode,
        mode.to_owned(),
        detail,
    ))
}

fn unreadable(event: &Event) -> IncidentChange {
    let detail = format!(
        "The event {} of type {} could not be read.",
        event.id, event.kind
    );
    IncidentChange::Open(Incident::new(
        IncidentKind::UnreadableEvent,
        event.id.to_string(),
        detail,
    ))
}

/// Whether a payment is the one of an order that does not say by which it was paid.
fn is_unidentified(order: &Order, payment: &Payment) -> bool {
    let is_unknown = |taken: &Taken| taken.payment_intent.is_none();
    payment.payment_intent.is_some() && order.payment.as_ref().is_some_and(is_unknown)
}
