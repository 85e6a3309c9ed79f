//! Where an order's session is, and how it ends.

use super::{claim::Claim, policy::Policy};
use crate::{
    domain::{
        error::{GuardError, StripeError},
        id::SessionId,
        order::{CancelReason, Order},
        payment::{NewSession, Payment, Session, SessionState, Waiting},
        time::{Millis, UnixMillis},
    },
    ports::Ports,
};

/// A session must live at least this long when it is created (Stripe's API reference, "Create a Checkout
/// Session", `expires_at`).
const SHORTEST_LIFE: Millis = Millis::minutes(30);
/// How far Stripe's clock may be from ours.
const CLOCK_SKEW: Millis = Millis::minutes(5);
/// Pages of 100 sessions that an order's is looked for in.
const PAGES: usize = 20;

/// Where the session of an order is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Located {
    /// Its id is known.
    Known(SessionId),
    /// Its key brought it back, as it was when it was created.
    Replayed(NewSession),
    /// There is none.
    Nowhere,
}

/// Finds the session of an order: the stored one, the one that its key brings back, or the one in Stripe's
/// list.
///
/// A replay is asked for only while Stripe accepts its `expires_at`: nothing documented says that the key
/// is looked up before the parameters are checked. For the same reason nothing is concluded from a 400.
///
/// # Errors
/// A [`GuardError`]: nothing is known.
pub(crate) async fn locate<P: Ports>(
    ports: &P,
    order: &Order,
    now: UnixMillis,
) -> Result<Located, GuardError> {
    if let Some(id) = &order.session {
        return Ok(Located::Known(id.clone()));
    }
    if !order.is_ours() {
        return Ok(Located::Nowhere);
    }
    let is_accepted = now.plus(SHORTEST_LIFE) <= order.terms.session_expires_at;
    if is_accepted && let Some(claim) = Claim::left_behind(order) {
        match ports.create(&claim).await {
            Ok(session) => return Ok(Located::Replayed(session)),
            // A 5xx that is remembered may have a session behind it; what was refused may have been made before.
            Err(
                StripeError::ServerError { replayed: true }
                | StripeError::Refused(_)
                | StripeError::IdempotencyMismatch,
            ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    in_list(ports, order).await
}

/// The last moment at which Stripe can accept a create call of an order, by any clock.
pub(crate) fn last_create(order: &Order) -> UnixMillis {
    order
        .terms
        .session_expires_at
        .minus(SHORTEST_LIFE)
        .plus(CLOCK_SKEW)
}

/// Looks for an order's session in Stripe's list of the sessions that were created around its claim.
pub(crate) async fn in_list<P: Ports>(ports: &P, order: &Order) -> Result<Located, GuardError> {
    let since = order.created_at.minus(CLOCK_SKEW);
    let until = last_create(order);
    let mut after: Option<SessionId> = None;
    for _ in 0..PAGES {
        let page = ports.sessions(since, until, after.as_ref()).await?;
        let is_its = |session: &&Session| {
            session.identity.as_ref().is_some_and(|it| {
                it.attempt == order.attempt && it.installation == order.installation
            })
        };
        if let Some(session) = page.sessions.iter().find(is_its) {
            return Ok(Located::Known(session.id.clone()));
        }
        if !page.more || page.last.is_none() {
            return Ok(Located::Nowhere);
        }
        after = page.last;
    }
    let text = "too many sessions to find an order's among them";
    Err(StripeError::Unreachable(text.to_owned()).into())
}

/// Reads an order's session as it is now; `None` if Stripe does not know it, which only an imported one
/// may be.
///
/// # Errors
/// [`GuardError::UnknownSession`] for a session that we created.
pub(crate) async fn retrieve<P: Ports>(
    ports: &P,
    policy: &Policy,
    order: &Order,
    id: &SessionId,
) -> Result<Option<Session>, GuardError> {
    same_mode(policy, order, id)?;
    match ports.retrieve(id).await {
        Ok(session) => Ok(Some(session)),
        Err(StripeError::NotFound) if order.may_be_unknown() => Ok(None),
        Err(StripeError::NotFound) => Err(unknown(order, id)),
        Err(error) => Err(error.into()),
    }
}

/// A key sees nothing of the other mode: its 404 would say nothing of the session.
fn same_mode(policy: &Policy, order: &Order, id: &SessionId) -> Result<(), GuardError> {
    if id.mode().is_none_or(|mode| mode == policy.mode) {
        Ok(())
    } else {
        Err(unknown(order, id))
    }
}

fn unknown(order: &Order, session: &SessionId) -> GuardError {
    GuardError::UnknownSession {
        order: order.id,
        charge: order.charge,
        session: session.clone(),
    }
}

/// What became of an order's session when nobody was to pay in it any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It can take no more money and took none. The reason, if it is not the asker's.
    Unpayable(Option<CancelReason>),
    /// It took the money.
    Paid(Payment),
    /// A delayed payment is at work: leave it alone.
    Processing(Waiting),
}

/// Sees to it that a pending order's session can take no more money, or finds that it has.
///
/// # Errors
/// A [`GuardError`]: nothing is known, so nothing may be concluded.
pub(crate) async fn end<P: Ports>(
    ports: &P,
    policy: &Policy,
    order: &Order,
    now: UnixMillis,
) -> Result<Ended, GuardError> {
    let session = match locate(ports, order, now).await? {
        Located::Known(id) | Located::Replayed(NewSession { id, .. }) => id,
        Located::Nowhere => return Ok(Ended::Unpayable(None)),
    };
    same_mode(policy, order, &session)?;
    // Past its lifetime it has most likely expired by itself, and asking saves a call.
    let expected_open = now < order.terms.session_expires_at;
    if expected_open && expire(ports, order, &session).await? {
        return Ok(Ended::Unpayable(None));
    }
    let Some(found) = retrieve(ports, policy, order, &session).await? else {
        return Ok(Ended::Unpayable(None));
    };
    match found.state {
        SessionState::Expired => Ok(Ended::Unpayable(None)),
        SessionState::Failed => Ok(Ended::Unpayable(Some(CancelReason::PaymentFailed))),
        SessionState::Paid(payment) => Ok(Ended::Paid(payment)),
        SessionState::Processing(waiting) => Ok(Ended::Processing(waiting)),
        SessionState::Open { .. } if !expected_open && expire(ports, order, &session).await? => {
            Ok(Ended::Unpayable(None))
        }
        // It was not open and now it is, or the other way round: ask again on the next visit.
        SessionState::Open { .. } => Err(GuardError::Busy),
    }
}

/// Whether the session is unpayable for certain by this call; `false` if its status must be asked for.
pub(crate) async fn expire<P: Ports>(
    ports: &P,
    order: &Order,
    session: &SessionId,
) -> Result<bool, GuardError> {
    match ports.expire(session).await {
        Ok(()) => Ok(true),
        Err(StripeError::NotOpen) => Ok(false),
        Err(StripeError::NotFound) if order.may_be_unknown() => Ok(true),
        Err(StripeError::NotFound) => Err(unknown(order, session)),
        Err(error) => Err(error.into()),
    }
}
