//! From a decision to its end: decide, ask Stripe, compare-and-set. Whatever moves an order goes
//! through here, whoever asks: a click, a webhook, a person coming back, the sweep.
//!
//! Three rules keep a charge from being paid twice. A session is created only under a [`Claim`], which
//! only the holder of the charge's one live place has. An order is replaced only after Stripe has said
//! that its session can take no more money. And an order whose session may be in somebody's hands,
//! though its id was never stored, is resolved by replaying its create call: the same key gets the same
//! session.
//!
//! The winner of a claim stores the session after its answer (a round trip less for the parent);
//! whoever finishes another's claim stores it before. So an order that its claimant gives up after an
//! unclear error of Stripe's can never be one whose session somebody else has handed out.

use crate::{
    error::Fault,
    guard::{Decision, Gone, Rules, decide},
    order::{
        CancelReason, Cause, ChargeId, EventId, Millis, Money, Order, OrderId, OrderState,
        PaymentIntentId, SessionId, UnixMillis,
    },
    ports::{
        Charge, Claimed, Commit, Committed, Incident, IncidentChange, IncidentKind, Lookup, Move,
        NewOrder, OpenSession, Payment, Ports, Retired, SessionState, StripeFault, To,
    },
    token::TokenHash,
};

/// How long Stripe remembers an idempotency key at least (Stripe's API reference, "Idempotent requests").
pub const KEY_RETENTION: Millis = Millis::minutes(24 * 60);

/// Pages of 100 undelivered events that an order's is looked for in.
const PAGES: usize = 3;

/// How often a click starts over after it lost a race, before it asks the person to try again.
const ROUNDS: usize = 4;

/// What a click depends on besides the books and Stripe. Only new orders take anything from it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// What the table depends on.
    pub rules: Rules,
    /// How long a session lives.
    pub session_lifetime: Millis,
    /// Named on the payment page.
    pub club_name: String,
    /// Where Stripe leads back to.
    pub public_origin: String,
}

/// Proof that an order holds its charge's one live place, with all that its create call says.
///
/// Made only here: by winning the compare-and-set, or from a pending row that such a win left behind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Claim {
    order: Order,
}

impl Claim {
    /// The order that holds the place.
    #[must_use]
    pub const fn order(&self) -> &Order {
        &self.order
    }

    /// The `Idempotency-Key` of its create call: a function of the order's id and nothing else.
    #[must_use]
    pub fn idempotency_key(&self) -> String {
        format!("order_{}", self.order.id)
    }
}

/// Where a click ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// No link has this token.
    UnknownLink,
    /// The link is over.
    Gone(Gone),
    /// Nothing is owed.
    NothingToPay,
    /// Paid already.
    Paid {
        /// The order.
        order: OrderId,
        /// When.
        at: UnixMillis,
        /// How much.
        money: Money,
        /// Stripe's receipt page.
        receipt_url: Option<String>,
    },
    /// Paid, and paid back.
    Refunded {
        /// The order.
        order: OrderId,
        /// When it was paid back.
        at: UnixMillis,
        /// How much.
        money: Money,
    },
    /// A bank debit is on its way.
    Clearing {
        /// The order.
        order: OrderId,
    },
    /// To Stripe Checkout.
    Pay {
        /// The order.
        order: OrderId,
        /// On an allowed host.
        url: String,
    },
}

/// What may be done after the answer went out. If it never is, the next visit or the sweep makes up
/// for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum After {
    /// Stores the session that the answer led to.
    Attach {
        /// The order whose session it is.
        order: OrderId,
        /// The session.
        session: OpenSession,
    },
    /// Pays a second payment back.
    Refund(PaymentIntentId),
}

/// A click's end, and what is left to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Settled {
    /// The answer.
    pub outcome: Outcome,
    /// To be done after the answer.
    pub then: Option<After>,
}

/// Brings a person's visit to its end: rows 4 to 13 of the decision table.
///
/// # Errors
/// A [`Fault`] of the books or of Stripe; whatever was begun, the next visit takes up.
pub async fn click<P: Ports>(
    ports: &P,
    policy: &Policy,
    token: &TokenHash,
) -> Result<Settled, Fault> {
    let Some(mut checkout) = ports.checkout(token).await? else {
        return Ok(end(Outcome::UnknownLink));
    };
    for _ in 0..ROUNDS {
        let now = ports.now();
        let step = match decide(&checkout, now, &policy.rules) {
            Decision::Gone(why) => return Ok(end(Outcome::Gone(why))),
            Decision::NothingToPay => return Ok(end(Outcome::NothingToPay)),
            Decision::Paid {
                order,
                at,
                receipt_url,
            } => {
                return Ok(end(paid(order, at, receipt_url.map(str::to_owned))));
            }
            Decision::Refunded { order, at } => {
                return Ok(end(Outcome::Refunded {
                    order: order.id,
                    at,
                    money: order.money,
                }));
            }
            Decision::Redirect { order, url } => {
                return Ok(end(Outcome::Pay {
                    order: order.id,
                    url: url.to_owned(),
                }));
            }
            Decision::Finish(order) => finish(ports, policy, order, now).await?,
            Decision::Claim => claim(ports, policy, checkout.charge.id, None, now).await?,
            Decision::Replace(order, reason) => replace(ports, policy, order, reason, now).await?,
        };
        match step {
            Step::End(settled) => return Ok(settled),
            Step::Seen { charge, order } => (checkout.charge, checkout.order) = (charge, order),
            Step::Stale => match ports.checkout(token).await? {
                Some(fresh) => checkout = fresh,
                None => return Ok(end(Outcome::UnknownLink)),
            },
        }
    }
    Err(Fault::Busy)
}

/// What a person who comes back from Stripe Checkout is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Returned {
    /// The money was taken.
    Paid {
        /// How much, where it is known.
        money: Option<Money>,
    },
    /// A bank debit is on its way.
    Clearing,
    /// The session took no money.
    NotPaid,
    /// The session is not in the books (yet), or its payment is still to be sorted out.
    Unknown,
}

/// Settles the order of a person who comes back, so that nobody waits for a webhook.
///
/// # Errors
/// A [`Fault`]: the webhook or the sweep will settle it.
pub async fn returned<P: Ports>(ports: &P, session: &SessionId) -> Result<Returned, Fault> {
    let lookup = Lookup {
        session: Some(session.clone()),
        ..Lookup::default()
    };
    let Some(order) = ports.find(&lookup).await?.order else {
        return Ok(Returned::Unknown);
    };
    match order.state {
        OrderState::Paid { .. } => {
            return Ok(Returned::Paid {
                money: Some(order.money),
            });
        }
        OrderState::Refunded { .. } | OrderState::Canceled { .. } => return Ok(Returned::Unknown),
        OrderState::Pending { .. } => {}
    }
    match ports.retrieve(session).await?.state {
        SessionState::Paid(payment) => {
            let money = payment.money;
            let commit = pay(&order, payment, Cause::Return, ports.now());
            // Whoever was faster has seen the same payment.
            let (Committed::Done | Committed::Conflict) = ports.commit(&commit).await?;
            Ok(Returned::Paid { money })
        }
        SessionState::Clearing => Ok(Returned::Clearing),
        SessionState::Open | SessionState::Expired | SessionState::Failed => Ok(Returned::NotPaid),
    }
}

/// Does what was left to do. Idempotent.
///
/// # Errors
/// A [`Fault`]: the next visit finds the session by its key, the sweep tries the refund again.
pub async fn after<P: Ports>(ports: &P, after: &After) -> Result<(), Fault> {
    match after {
        After::Attach { order, session } => {
            ports.attach(*order, session, ports.now()).await?;
        }
        After::Refund(payment) => ports.refund(payment).await?,
    }
    Ok(())
}

impl Outcome {
    /// The order that it is about.
    #[must_use]
    pub const fn order(&self) -> Option<OrderId> {
        match self {
            Self::Paid { order, .. }
            | Self::Refunded { order, .. }
            | Self::Clearing { order }
            | Self::Pay { order, .. } => Some(*order),
            Self::UnknownLink | Self::Gone(_) | Self::NothingToPay => None,
        }
    }
}

enum Step {
    End(Settled),
    /// Somebody else was faster; this is what the books say now.
    Seen {
        charge: Charge,
        order: Option<Order>,
    },
    /// Somebody else was faster; read again.
    Stale,
}

const fn end(outcome: Outcome) -> Settled {
    Settled {
        outcome,
        then: None,
    }
}

fn paid(order: &Order, at: UnixMillis, receipt_url: Option<String>) -> Outcome {
    Outcome::Paid {
        order: order.id,
        at,
        money: order.money,
        receipt_url,
    }
}

/// Takes the live place, and creates its session.
async fn claim<P: Ports>(
    ports: &P,
    policy: &Policy,
    charge: ChargeId,
    instead_of: Option<Retired>,
    now: UnixMillis,
) -> Result<Step, Fault> {
    let claimed = ports
        .claim(&NewOrder {
            charge,
            instead_of,
            at: now,
            session_expires_at: now.plus(policy.session_lifetime),
            next_check_at: now.plus(policy.rules.stale_after),
            club_name: policy.club_name.clone(),
            return_origin: policy.public_origin.clone(),
            cause: Cause::Click,
        })
        .await?;
    match claimed {
        Claimed::Won(order) => create(ports, policy, &Claim { order }, now).await,
        Claimed::Lost { charge, order } => Ok(Step::Seen { charge, order }),
    }
}

/// The winner's create call: the answer goes out first, its session is stored after it.
async fn create<P: Ports>(
    ports: &P,
    policy: &Policy,
    claim: &Claim,
    now: UnixMillis,
) -> Result<Step, Fault> {
    let order = claim.order();
    match ports.create(claim).await {
        Ok(session) => {
            let url = usable(policy, &session)?;
            let then = Some(After::Attach {
                order: order.id,
                session,
            });
            Ok(Step::End(Settled {
                outcome: Outcome::Pay {
                    order: order.id,
                    url,
                },
                then,
            }))
        }
        Err(
            fault @ (StripeFault::ServerError { .. }
            | StripeFault::Refused(_)
            | StripeFault::KeyReused),
        ) => {
            // The next visit claims anew, under a new key. Lost where somebody finished this order
            // meanwhile, and then it must stay; undone by a fault, the next visit meets the same error.
            let give_up = cancel(order, CancelReason::StripeError, Cause::Click, now);
            let _ = ports.commit(&give_up).await;
            Err(fault.into())
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Finishes what another visit's claim began. Stored before the answer: see the module's docs.
async fn finish<P: Ports>(
    ports: &P,
    policy: &Policy,
    order: &Order,
    now: UnixMillis,
) -> Result<Step, Fault> {
    match ports
        .create(&Claim {
            order: order.clone(),
        })
        .await
    {
        Ok(session) => {
            let url = usable(policy, &session)?;
            if ports.attach(order.id, &session, now).await? {
                return Ok(Step::End(end(Outcome::Pay {
                    order: order.id,
                    url,
                })));
            }
            // The order moved on meanwhile, so nobody may pay in this session any more.
            match ports.expire(&session.id).await {
                Ok(()) | Err(StripeFault::NotOpen | StripeFault::Unknown) => Ok(Step::Stale),
                Err(fault) => Err(fault.into()),
            }
        }
        // Nobody has, or ever will get, a session under this key.
        Err(StripeFault::ServerError { replayed: true } | StripeFault::Refused(_)) => {
            let retired = retired(order, CancelReason::StripeError);
            claim(ports, policy, order.charge, Some(retired), now).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Rows 11 to 13: ask Stripe first, and only then cancel and claim anew.
async fn replace<P: Ports>(
    ports: &P,
    policy: &Policy,
    order: &Order,
    reason: CancelReason,
    now: UnixMillis,
) -> Result<Step, Fault> {
    match retire(ports, order, now).await? {
        Retirement::Dead(why) => {
            let retired = retired(order, why.unwrap_or(reason));
            claim(ports, policy, order.charge, Some(retired), now).await
        }
        Retirement::Paid(payment) => {
            let receipt_url = payment.receipt_url.clone();
            match ports
                .commit(&pay(order, payment, Cause::Click, now))
                .await?
            {
                Committed::Done => Ok(Step::End(end(paid(order, now, receipt_url)))),
                Committed::Conflict => Ok(Step::Stale),
            }
        }
        Retirement::Clearing => Ok(Step::End(end(Outcome::Clearing { order: order.id }))),
    }
}

/// What became of an order's session when nobody was to pay in it any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Retirement {
    /// It can take no more money and took none. The reason, where it is not the asker's.
    Dead(Option<CancelReason>),
    /// It took the money.
    Paid(Payment),
    /// A bank is at work: leave it alone.
    Clearing,
}

/// Sees to it that a pending order's session can take no more money, or finds that it has.
pub(crate) async fn retire<P: Ports>(
    ports: &P,
    order: &Order,
    now: UnixMillis,
) -> Result<Retirement, Fault> {
    let Some(found) = session_of(ports, order, now).await? else {
        return Ok(Retirement::Dead(None));
    };
    let session = found.id().clone();
    // Past its lifetime it has most likely expired by itself, and asking saves a call.
    let expected_open = now < order.terms.session_expires_at;
    if expected_open && expire(ports, &session).await? {
        return Ok(Retirement::Dead(None));
    }
    match ports.retrieve(&session).await.map(|session| session.state) {
        Ok(SessionState::Expired) | Err(StripeFault::Unknown) => Ok(Retirement::Dead(None)),
        Ok(SessionState::Failed) => Ok(Retirement::Dead(Some(CancelReason::PaymentFailed))),
        Ok(SessionState::Paid(payment)) => Ok(Retirement::Paid(payment)),
        Ok(SessionState::Clearing) => Ok(Retirement::Clearing),
        Ok(SessionState::Open) if !expected_open && expire(ports, &session).await? => {
            Ok(Retirement::Dead(None))
        }
        // It was not open and now it is, or the other way round: ask again on the next visit.
        Ok(SessionState::Open) => Err(Fault::Busy),
        Err(fault) => Err(fault.into()),
    }
}

/// Whether the session is dead for certain by this call; `false` where its status must be asked for.
async fn expire<P: Ports>(ports: &P, session: &SessionId) -> Result<bool, Fault> {
    match ports.expire(session).await {
        Ok(()) | Err(StripeFault::Unknown) => Ok(true),
        Err(StripeFault::NotOpen) => Ok(false),
        Err(fault) => Err(fault.into()),
    }
}

/// The session of a pending order.
pub(crate) enum Found {
    /// Its id was stored.
    Stored(SessionId),
    /// Its key brought it back.
    Replayed(OpenSession),
}

impl Found {
    pub(crate) const fn id(&self) -> &SessionId {
        match self {
            Self::Stored(id) | Self::Replayed(OpenSession { id, .. }) => id,
        }
    }
}

/// Finds the session of a pending order: the stored one, or the one that its key brings back. `None`
/// where there is none, or none that could still take money.
pub(crate) async fn session_of<P: Ports>(
    ports: &P,
    order: &Order,
    now: UnixMillis,
) -> Result<Option<Found>, Fault> {
    if let Some(id) = &order.session {
        return Ok(Some(Found::Stored(id.clone())));
    }
    if !order.is_ours() {
        return Ok(None);
    }
    if now.since(order.created_at) >= KEY_RETENTION {
        return Ok(completed_unheard(ports, order).await?.map(Found::Stored));
    }
    match ports
        .create(&Claim {
            order: order.clone(),
        })
        .await
    {
        Ok(session) => Ok(Some(Found::Replayed(session))),
        Err(StripeFault::ServerError { replayed: true } | StripeFault::Refused(_)) => Ok(None),
        Err(StripeFault::KeyReused) if now >= order.terms.session_expires_at => Ok(None),
        Err(fault) => Err(fault.into()),
    }
}

/// Past the key's retention a session is dead by its own end, but it may have taken the money before
/// that. Then Stripe still has an event about it to deliver: one that came is in the books.
async fn completed_unheard<P: Ports>(ports: &P, order: &Order) -> Result<Option<SessionId>, Fault> {
    let mut after: Option<EventId> = None;
    for _ in 0..PAGES {
        let page = ports.undelivered(order.created_at, after.as_ref()).await?;
        if let Some(id) = page.events.iter().find_map(|it| it.completed(order)) {
            return Ok(Some(id.clone()));
        }
        after = page.events.last().map(|event| event.id.clone());
        if !page.more {
            return Ok(None);
        }
    }
    let text = "too many undelivered events to find an order's among them";
    Err(StripeFault::Unreachable(text.to_owned()).into())
}

const fn retired(order: &Order, reason: CancelReason) -> Retired {
    Retired {
        order: order.id,
        version: order.version,
        reason,
    }
}

/// The transaction that cancels an order.
pub(crate) fn cancel(order: &Order, reason: CancelReason, cause: Cause, at: UnixMillis) -> Commit {
    let canceled = Move {
        order: order.id,
        version: order.version,
        to: To::Canceled(reason),
    };
    Commit {
        at,
        cause,
        event: None,
        moves: vec![canceled],
        incidents: Vec::new(),
    }
}

/// The transaction that marks an order paid, with an incident where the amount is not the order's.
pub(crate) fn pay(order: &Order, payment: Payment, cause: Cause, at: UnixMillis) -> Commit {
    let mismatch = payment.money.is_some_and(|money| money != order.money);
    let incidents = mismatch
        .then(|| IncidentChange::Open(incident(IncidentKind::AmountMismatch, order, &payment)))
        .into_iter()
        .collect();
    let paid = Move {
        order: order.id,
        version: order.version,
        to: To::paid(order, payment),
    };
    Commit {
        at,
        cause,
        event: None,
        moves: vec![paid],
        incidents,
    }
}

impl To {
    /// To paid, from an order as it was read.
    pub(crate) const fn paid(order: &Order, payment: Payment) -> Self {
        Self::Paid {
            payment,
            is_paid_back: order.refunded_minor > 0,
        }
    }
}

/// An incident about a payment for an order, with all that a refund needs.
pub(crate) fn incident(kind: IncidentKind, order: &Order, payment: &Payment) -> Incident {
    Incident {
        kind,
        about: about(payment),
        order: Some(order.id),
        charge: Some(order.charge),
        session: Some(payment.session.clone()),
        payment_intent: payment.payment_intent.clone(),
        money: Some(payment.money.unwrap_or(order.money)),
    }
}

/// What an incident about a payment is known by.
pub(crate) fn about(payment: &Payment) -> String {
    let intent = payment.payment_intent.as_ref();
    intent.map_or_else(|| payment.session.to_string(), ToString::to_string)
}

fn usable(policy: &Policy, session: &OpenSession) -> Result<String, StripeFault> {
    if policy.rules.hosts.allow(&session.url) {
        Ok(session.url.clone())
    } else {
        let text = format!(
            "session {} has a URL on a host that is not in STRIPE_CHECKOUT_HOSTS",
            session.id
        );
        Err(StripeFault::Nonsense(text))
    }
}
