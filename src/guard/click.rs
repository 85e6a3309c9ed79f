//! A person's visit: decide, ask Stripe, compare-and-set, until there is an answer.
//!
//! The winner of a claim stores the session after its answer, which saves the person a round trip. If its
//! create call was slow, it stores the session first.
//!
//! A visit that finishes another's claim always stores the session before it answers. After an unclear error
//! it gives the claim up only when the winner can no longer answer without storing. So if an order is given
//! up, nobody was ever led to its session.

use super::{
    after::FollowUp,
    claim::Claim,
    decide::{Decision, Gone, decide},
    payment::mark_paid,
    policy::Policy,
    session::{self, Ended, Located},
};
use crate::{
    domain::{
        change::{Commit, Committed, Refused, Transition, Unpayable},
        checkout::ChargeRef,
        error::{GuardError, Refusal, StripeError},
        id::{Attempt, OrderId, SessionId},
        limit::{Allowance, Limit},
        money::Money,
        order::{CancelReason, Cause, Order},
        payment::{NewSession, SessionState, Waiting},
        time::{Millis, UnixMillis},
    },
    ports::Ports,
};

/// How often a click starts over after it lost a race, before it asks the person to try again.
const ROUNDS: usize = 4;

/// How long after a claim its winner may still be working on it. Its calls to Stripe end after 12 seconds.
const AT_WORK: Millis = Millis::seconds(15);
/// A winner whose create call took longer stores the session before it answers.
const QUICK: Millis = Millis::seconds(20);

/// The outcome of a person's visit.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// There is nothing by what it names: no such link, player, charge or order.
    Unknown,
    /// The link or the charge is over.
    Gone(Gone),
    /// Nothing is owed.
    NothingToPay,
    /// Paid already.
    Paid {
        /// The order.
        order: OrderId,
        /// When it was paid.
        at: UnixMillis,
        /// How much.
        money: Money,
        /// How much of it has gone back: not all of it.
        refunded: Money,
        /// Stripe's receipt page.
        receipt_url: Option<String>,
    },
    /// Paid, and the money went back.
    Refunded {
        /// The order.
        order: OrderId,
        /// When it went back.
        at: UnixMillis,
        /// How much.
        money: Money,
        /// The payer's bank took it.
        by_dispute: bool,
    },
    /// A delayed payment is on its way.
    Processing {
        /// The order.
        order: OrderId,
        /// The bank or the payer that it waits for.
        waiting: Waiting,
    },
    /// The charge was clicked so often just now that Stripe is not asked again.
    TooOften,
    /// Stripe refused the last payment pages of this charge: come back later.
    Paused {
        /// How long to wait.
        wait: Millis,
    },
    /// The person goes to Stripe Checkout.
    Pay {
        /// The order.
        order: OrderId,
        /// The session's URL, on an allowed host.
        url: String,
        /// When the session ends by itself.
        expires_at: UnixMillis,
    },
}

/// How a click ended, and what is left to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Clicked {
    /// The answer.
    pub outcome: Outcome,
    /// To be done after the answer.
    pub then: Option<FollowUp>,
}

/// Brings a person's visit to its end: rows 4 to 14 of the decision table.
///
/// # Errors
/// A [`GuardError`] of the database or of Stripe; the next visit goes on from whatever was written.
pub async fn click<P: Ports>(
    ports: &P,
    policy: &Policy,
    by: &ChargeRef,
) -> Result<Clicked, GuardError> {
    let mut waits = policy.waits.iter();
    let mut instead_of = None;
    let mut is_counted = false;
    let mut rounds = 0;
    while rounds < ROUNDS {
        let now = ports.now();
        let attempt = Attempt::new(&ports.random_bytes());
        let mut new = policy.new_order(attempt, now);
        new.instead_of = instead_of.take();
        let Some(checkout) = ports.checkout(by, &new).await? else {
            return Ok(end(Outcome::Unknown));
        };
        let step = if let Some(claim) = Claim::won(&checkout, &new) {
            create(ports, policy, &claim, now).await?
        } else {
            let decision = decide(&checkout, now, &policy.rules);
            if let Decision::Finish(order) = &decision
                && now.since(order.created_at) < AT_WORK
                && let Some(wait) = waits.next()
            {
                ports.sleep(*wait).await;
                continue;
            }
            if decision.asks_stripe() && !is_counted {
                is_counted = true;
                let limit = Limit::Charge(checkout.charge.id);
                if ports.allows(limit).await == Allowance::Refused {
                    return Ok(end(Outcome::TooOften));
                }
            }
            match decision {
                Decision::Gone(why) => Step::answer(Outcome::Gone(why)),
                Decision::NothingToPay => Step::answer(Outcome::NothingToPay),
                Decision::Paid {
                    order,
                    at,
                    receipt_url,
                } => Step::answer(paid(order, at, receipt_url.map(str::to_owned))),
                Decision::Refunded {
                    order,
                    at,
                    by_dispute,
                } => Step::answer(Outcome::Refunded {
                    order: order.id,
                    at,
                    money: order.money,
                    by_dispute,
                }),
                Decision::Redirect { order, url } => Step::answer(pay(order, url.to_owned())),
                Decision::Processing { order, waiting } => Step::answer(Outcome::Processing {
                    order: order.id,
                    waiting: waiting.clone(),
                }),
                Decision::Pause { until } => Step::answer(Outcome::Paused {
                    wait: until.since(now),
                }),
                Decision::Finish(order) => finish(ports, policy, order, now).await?,
                Decision::Confirm(order) => confirm(ports, policy, order, now).await?,
                Decision::Replace(order, reason) => {
                    replace(ports, policy, order, reason, now).await?
                }
                // Somebody else won the claim, and has given it up since.
                Decision::Claim => Step::Again,
            }
        };
        match step {
            Step::End(clicked) => return Ok(clicked),
            Step::Again => {}
            Step::Replace(unpayable) => instead_of = Some(unpayable),
        }
        rounds += 1;
    }
    Err(GuardError::Busy)
}

impl Outcome {
    /// The order that it is about.
    #[must_use]
    pub const fn order(&self) -> Option<OrderId> {
        match self {
            Self::Paid { order, .. }
            | Self::Refunded { order, .. }
            | Self::Processing { order, .. }
            | Self::Pay { order, .. } => Some(*order),
            Self::Unknown
            | Self::Gone(_)
            | Self::NothingToPay
            | Self::TooOften
            | Self::Paused { .. } => None,
        }
    }
}

enum Step {
    End(Clicked),
    /// Somebody else was faster, or the order in the way is gone: read the database again.
    Again,
    /// The order can take no more money: claim in its place.
    Replace(Unpayable),
}

impl Step {
    const fn answer(outcome: Outcome) -> Self {
        Self::End(end(outcome))
    }

    const fn in_place_of(order: &Order, reason: CancelReason) -> Self {
        Self::Replace(Unpayable {
            order: order.id,
            version: order.version,
            reason,
        })
    }
}

const fn end(outcome: Outcome) -> Clicked {
    Clicked {
        outcome,
        then: None,
    }
}

fn paid(order: &Order, at: UnixMillis, receipt_url: Option<String>) -> Outcome {
    Outcome::Paid {
        order: order.id,
        at,
        money: order.money,
        refunded: order.refunded(),
        receipt_url,
    }
}

const fn pay(order: &Order, url: String) -> Outcome {
    Outcome::Pay {
        order: order.id,
        url,
        expires_at: order.terms.session_expires_at,
    }
}

/// Row 10: the winner's create call. If the call was quick, the session is stored after the answer.
async fn create<P: Ports>(
    ports: &P,
    policy: &Policy,
    claim: &Claim,
    claimed_at: UnixMillis,
) -> Result<Step, GuardError> {
    let order = claim.order();
    match ports.create(claim).await {
        Ok(session) => match usable(policy, &session) {
            Some(url) if ports.now().since(claimed_at) < QUICK => Ok(Step::End(Clicked {
                outcome: pay(order, url),
                then: Some(FollowUp::Attach {
                    order: order.id,
                    session,
                }),
            })),
            Some(url) => hand_out(ports, order, &session, url).await,
            None => match give_up_unusable(ports, order, &session).await? {
                // Another session would be no better.
                Step::Again => Err(unusable(&session).into()),
                step @ (Step::End(_) | Step::Replace(_)) => Ok(step),
            },
        },
        // Stripe gives this answer to everybody who asks under this key. So the order is canceled, and the
        // next visit claims anew. If somebody has finished the order meanwhile, it stays. If the database
        // fails here, the next visit gets the same answer from Stripe.
        Err(error @ StripeError::ServerError { .. }) => {
            let _ = give_up(ports, order, CancelReason::StripeError, false).await;
            Err(error.into())
        }
        Err(StripeError::Refused(refusal)) => refused(ports, order, refusal).await,
        // Somebody has used the key with other parameters, so there may be a session under it.
        Err(StripeError::IdempotencyMismatch) => match session::in_list(ports, order).await? {
            Located::Known(id) => known(ports, order, id).await,
            Located::Replayed(_) | Located::Nowhere => Err(StripeError::IdempotencyMismatch.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// Row 9: finishes another visit's claim. The module's docs say why the session is stored before the answer.
async fn finish<P: Ports>(
    ports: &P,
    policy: &Policy,
    order: &Order,
    now: UnixMillis,
) -> Result<Step, GuardError> {
    let Some(claim) = Claim::left_behind(order) else {
        return Ok(Step::Again);
    };
    match ports.create(&claim).await {
        Ok(session) => match usable(policy, &session) {
            Some(url) => hand_out(ports, order, &session, url).await,
            None => give_up_unusable(ports, order, &session).await,
        },
        // Nobody has got a session under this key, and nobody ever will.
        Err(StripeError::ServerError { replayed: true }) => {
            give_up(ports, order, CancelReason::StripeError, false).await?;
            Ok(Step::Again)
        }
        Err(StripeError::Refused(refusal)) if session::is_safe_to_give_up(order, now) => {
            refused(ports, order, refusal).await
        }
        Err(error @ StripeError::IdempotencyMismatch) => {
            match session::in_list(ports, order).await? {
                Located::Known(id) => known(ports, order, id).await,
                Located::Replayed(_) | Located::Nowhere
                    if session::is_safe_to_give_up(order, now) =>
                {
                    give_up(ports, order, CancelReason::StripeError, false).await?;
                    Ok(Step::Again)
                }
                Located::Replayed(_) | Located::Nowhere => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Stores a session, then leads the person to it. Once it is stored, nobody can give its order up any more.
async fn hand_out<P: Ports>(
    ports: &P,
    order: &Order,
    session: &NewSession,
    url: String,
) -> Result<Step, GuardError> {
    if ports.attach(order.id, session, ports.now()).await? {
        return Ok(Step::answer(pay(order, url)));
    }
    // The order moved on meanwhile, so nobody may pay in this session any more.
    session::expire(ports, order, &session.id).await?;
    Ok(Step::Again)
}

/// Stores a session of which only the id is known, so that the next round asks Stripe about it.
async fn known<P: Ports>(ports: &P, order: &Order, id: SessionId) -> Result<Step, GuardError> {
    let session = NewSession { id, url: None };
    ports.attach(order.id, &session, ports.now()).await?;
    Ok(Step::Again)
}

/// Stripe answered 400. An earlier try whose answer was lost may have made the session all the same.
async fn refused<P: Ports>(ports: &P, order: &Order, refusal: Refusal) -> Result<Step, GuardError> {
    match session::in_list(ports, order).await? {
        Located::Known(id) => return known(ports, order, id).await,
        Located::Replayed(_) | Located::Nowhere => {}
    }
    if refusal.is_about_email() && order.terms.customer_email.is_some() {
        // The next attempt leaves the address out.
        give_up(ports, order, CancelReason::StripeError, true).await?;
        return Ok(Step::Again);
    }
    give_up(ports, order, CancelReason::StripeError, false).await?;
    Err(GuardError::CreateRefused {
        charge: order.charge,
        refusal,
    })
}

/// Expires a session without a usable URL and cancels its order, so that somebody can claim anew.
async fn give_up_unusable<P: Ports>(
    ports: &P,
    order: &Order,
    session: &NewSession,
) -> Result<Step, GuardError> {
    if !session::expire(ports, order, &session.id).await? {
        // It is not open. The next round finds out what has become of it.
        return known(ports, order, session.id.clone()).await;
    }
    give_up(ports, order, CancelReason::UnusableUrl, false).await?;
    Ok(Step::Again)
}

fn unusable(session: &NewSession) -> StripeError {
    StripeError::InvalidResponse(format!(
        "session {} has no URL on a host that is in STRIPE_CHECKOUT_HOSTS",
        session.id
    ))
}

/// Cancels an order whose create call can never succeed. If this happens again and again, the charge pauses.
async fn give_up<P: Ports>(
    ports: &P,
    order: &Order,
    reason: CancelReason,
    email: bool,
) -> Result<Committed, GuardError> {
    let mut commit =
        Commit::new(Cause::Click, ports.now()).moving(order, Transition::Canceled(reason));
    commit.refused = Some(Refused {
        charge: order.charge,
        email,
    });
    Ok(ports.commit(&commit).await?)
}

/// A fresh order whose session is known but whose URL is not: the order was imported, or the session was
/// found in Stripe's list or by a webhook. Its URL is handed out only if Stripe says that the session is
/// open.
async fn confirm<P: Ports>(
    ports: &P,
    policy: &Policy,
    order: &Order,
    now: UnixMillis,
) -> Result<Step, GuardError> {
    let Some(id) = &order.session else {
        return Ok(Step::Again);
    };
    let Some(found) = session::retrieve(ports, policy, order, id).await? else {
        return Ok(Step::in_place_of(order, CancelReason::UnusableUrl));
    };
    match found.state {
        SessionState::Open { url } => {
            let session = NewSession { id: found.id, url };
            match usable(policy, &session) {
                Some(url) => hand_out(ports, order, &session, url).await,
                None => replace(ports, policy, order, CancelReason::UnusableUrl, now).await,
            }
        }
        SessionState::Paid(payment) => record_payment(ports, order, payment, now).await,
        SessionState::Processing(waiting) => Ok(Step::answer(Outcome::Processing {
            order: order.id,
            waiting,
        })),
        SessionState::Expired => Ok(Step::in_place_of(order, CancelReason::Expired)),
        SessionState::Failed => Ok(Step::in_place_of(order, CancelReason::PaymentFailed)),
    }
}

/// Rows 11 to 14: ask Stripe first, and only then cancel and claim anew.
async fn replace<P: Ports>(
    ports: &P,
    policy: &Policy,
    order: &Order,
    reason: CancelReason,
    now: UnixMillis,
) -> Result<Step, GuardError> {
    match session::end(ports, policy, order, now).await? {
        Ended::Unpayable(why) => Ok(Step::in_place_of(order, why.unwrap_or(reason))),
        Ended::Paid(payment) => record_payment(ports, order, payment, now).await,
        Ended::Processing(waiting) => Ok(Step::answer(Outcome::Processing {
            order: order.id,
            waiting,
        })),
    }
}

/// Row 12: Stripe says that it is paid.
async fn record_payment<P: Ports>(
    ports: &P,
    order: &Order,
    payment: crate::domain::payment::Payment,
    now: UnixMillis,
) -> Result<Step, GuardError> {
    let at = payment.at.unwrap_or(now);
    let details = payment.details.as_ref();
    let receipt_url = details.and_then(|details| details.receipt_url.clone());
    let has_refunds = details.is_none_or(|details| details.has_refunds);
    let session = payment.session.clone();
    let commit = mark_paid(order, payment, Cause::Click, now);
    match ports.commit(&commit).await? {
        Committed::Done => Ok(Step::End(Clicked {
            outcome: paid(order, at, receipt_url),
            then: has_refunds.then_some(FollowUp::Details(session)),
        })),
        Committed::Conflict => Ok(Step::Again),
    }
}

/// The session's URL, if it is on an allowed host.
fn usable(policy: &Policy, session: &NewSession) -> Option<String> {
    session
        .url
        .clone()
        .filter(|url| policy.rules.hosts.allow(url))
}
