//! Finds an order's session, reads it and ends it.

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
/// How many pages of 100 sessions are searched for an order's session.
const PAGES: usize = 20;

/// How old a claim must be before anybody else may give it up after an unclear error.
const SAFE_TO_GIVE_UP: Millis = Millis::seconds(60);

/// Whether the winner of an order's claim can no longer lead anybody to a session without storing it first.
pub(crate) fn is_safe_to_give_up(order: &Order, now: UnixMillis) -> bool {
    now.since(order.created_at) >= SAFE_TO_GIVE_UP
}

/// Where the session of an order is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Located {
    /// Its id is known.
    Known(SessionId),
    /// The repeated create call returned it, as it was when it was created.
    Replayed(NewSession),
    /// There is none.
    Nowhere,
}

/// Finds the session of an order: in the database, by its create call repeated under the same key, or in
/// Stripe's list.
///
/// The create call is repeated only while Stripe accepts its `expires_at`. Stripe does not document whether
/// it looks up the key before it checks the parameters. For the same reason a 400 proves nothing.
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
            // Stripe may have made a session all the same: before a replayed 5xx, or in an earlier call
            // before a 400.
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

/// The last moment at which Stripe can accept an order's create call, by our clock or Stripe's.
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

/// Reads an order's session as it is now. `None` if Stripe does not know it, which is allowed for imported
/// orders only.
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

/// Refuses a session of the other mode. The key does not see that mode, so a 404 would prove nothing.
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

/// The outcome for an order's session that was to be ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It can take no more money, and took none. With the reason, if it is another one than the caller's.
    Unpayable(Option<CancelReason>),
    /// It took the money.
    Paid(Payment),
    /// A delayed payment is processing: leave it alone.
    Processing(Waiting),
}

/// Ends a pending order's session so that it can take no more money, or finds that it has taken some.
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
        // Whoever claimed it may be about to create it, and to lead somebody there.
        Located::Nowhere if order.is_ours() && !is_safe_to_give_up(order, now) => {
            return Err(GuardError::Busy);
        }
        Located::Nowhere => return Ok(Ended::Unpayable(None)),
    };
    same_mode(policy, order, &session)?;
    // After its lifetime it has most likely expired by itself. Then it is read first, which saves a call.
    let expected_open = now < order.terms.session_expires_at;
    if expected_open && expire(ports, order, &session).await? {
        return Ok(Ended::Unpayable(None));
    }
    let mut may_expire = !expected_open;
    loop {
        let Some(found) = retrieve(ports, policy, order, &session).await? else {
            return Ok(Ended::Unpayable(None));
        };
        return match found.state {
            SessionState::Expired => Ok(Ended::Unpayable(None)),
            SessionState::Failed => Ok(Ended::Unpayable(Some(CancelReason::PaymentFailed))),
            SessionState::Paid(payment) => Ok(Ended::Paid(payment)),
            SessionState::Processing(waiting) => Ok(Ended::Processing(waiting)),
            SessionState::Open { .. } if may_expire => {
                if expire(ports, order, &session).await? {
                    return Ok(Ended::Unpayable(None));
                }
                // Somebody else has ended it since, or an earlier try whose answer was lost: it is read once more.
                may_expire = false;
                continue;
            }
            // Stripe said both "open" and "not open". The next visit asks again.
            SessionState::Open { .. } => Err(GuardError::Busy),
        };
    }
}

/// Expires a session. Returns whether it can take no more money for certain; if not, its status must be read.
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
