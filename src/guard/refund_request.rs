//! A refund that is asked for here: written first, asked for under a key that comes from what was written, finished by
//! whoever comes next.
//!
//! So it is one refund, however often somebody presses, and wherever the Worker dies or an answer is lost. As long as
//! Stripe keeps the key, the call is repeated: it brings back the same refund. Afterwards Stripe's list of the
//! payment's refunds says whether it was made, by the request in its metadata. Stripe does not document whether it
//! looks up the key before it checks the parameters, so a refusal proves nothing either before the list was read.

use super::refunds;
use crate::{
    domain::{
        change::{Commit, Committed, RequestChange},
        error::{GuardError, Refusal, StripeError},
        incident::{Incident, IncidentChange, IncidentKind},
        order::{Cause, Order},
        payment::{Refund, RefundRequest, RequestEnd},
        time::{Millis, UnixMillis},
    },
    ports::Ports,
};

/// How long the call is repeated under its key. Stripe keeps a key for at least 24 hours (Stripe's API reference,
/// "Idempotent requests").
const KEY_KEPT: Millis = Millis::minutes(23 * 60);
/// From when on no repeated call can be on its way to Stripe any more.
const KEY_FORGOTTEN: Millis = Millis::minutes(25 * 60);

/// How often an outcome is written again if somebody else moves the order meanwhile.
const ROUNDS: usize = 4;

/// The outcome of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The refund is made, and written down.
    Made,
    /// Stripe refuses it.
    Refused(Refusal),
    /// Stripe never heard of it, and never will.
    NotMade,
    /// Stripe does not show it, and it is too early to conclude anything from that.
    Open,
}

/// Asks for a refund whose request is written, or finds what has become of it.
///
/// `order` is the one that the payment is of; `commit` is what is written together with the outcome.
///
/// # Errors
/// A [`GuardError`]: nobody knows what has become of it. The cron asks again.
pub(crate) async fn ask<P: Ports>(
    ports: &P,
    order: &Order,
    request: &RefundRequest,
    commit: Commit,
) -> Result<Asked, GuardError> {
    let age = ports.now().since(request.at);
    let refusal = if age >= KEY_KEPT {
        None
    } else {
        match ports.refund(request).await {
            Ok(_) => None,
            Err(StripeError::Refused(refusal)) => Some(refusal),
            Err(error) => return Err(error.into()),
        }
    };
    // An answer under a key is as old as its first one, and says nothing of other refunds: the list does.
    let listed = ports.refunds(&request.payment).await?;
    if is_listed(&listed, request) {
        return made(ports, order, request, listed, commit).await;
    }
    if let Some(refusal) = refusal {
        let commit = refunds::written(order, &request.payment, listed, commit);
        end(ports, commit, request, RequestEnd::Refused).await?;
        return Ok(Asked::Refused(refusal));
    }
    if age < KEY_FORGOTTEN {
        return Ok(Asked::Open);
    }
    let commit = refunds::written(order, &request.payment, listed, commit)
        .with(IncidentChange::Open(not_made(order, request)));
    end(ports, commit, request, RequestEnd::NotMade).await?;
    Ok(Asked::NotMade)
}

fn is_listed(refunds: &[Refund], request: &RefundRequest) -> bool {
    refunds
        .iter()
        .any(|refund| refund.request.as_ref() == Some(&request.id))
}

async fn made<P: Ports>(
    ports: &P,
    order: &Order,
    request: &RefundRequest,
    refunds: Vec<Refund>,
    commit: Commit,
) -> Result<Asked, GuardError> {
    let (mut order, mut refunds) = (order.clone(), refunds);
    for _ in 0..ROUNDS {
        let commit = refunds::written(&order, &request.payment, refunds, commit.clone());
        if ports.commit(&commit).await? == Committed::Done {
            return Ok(Asked::Made);
        }
        // Somebody has heard of more meanwhile.
        let Some(newer) = ports.find(&refunds::of_order(request.order)).await?.order else {
            break;
        };
        order = newer;
        refunds = ports.refunds(&request.payment).await?;
    }
    Err(GuardError::Busy)
}

async fn end<P: Ports>(
    ports: &P,
    mut commit: Commit,
    request: &RefundRequest,
    how: RequestEnd,
) -> Result<(), GuardError> {
    commit.request = Some(RequestChange::End(request.id.clone(), how));
    if ports.commit(&commit).await? == Committed::Conflict {
        // The order has moved on. How the request ends does not depend on it.
        let mut only = Commit::new(commit.cause, commit.at);
        only.request = commit.request;
        only.incidents = commit.incidents;
        ports.commit(&only).await?;
    }
    Ok(())
}

fn not_made(order: &Order, request: &RefundRequest) -> Incident {
    let detail = format!(
        "A refund that {} asked for was not made: Stripe did not answer for a day, and does not list it. The club has the money.",
        request.actor
    );
    Incident {
        order: Some(order.id),
        charge: Some(order.charge),
        session: order.session.clone(),
        payment_intent: Some(request.payment.clone()),
        money: Some(request.money),
        ..Incident::new(IncidentKind::RefundFailed, request.id.to_string(), detail)
    }
}

/// Finishes a request that somebody has left open. Returns whether it has ended.
///
/// # Errors
/// A [`GuardError`]: the cron asks again.
pub(crate) async fn finish<P: Ports>(
    ports: &P,
    request: &RefundRequest,
    cause: Cause,
    at: UnixMillis,
) -> Result<bool, GuardError> {
    let Some(order) = ports.find(&refunds::of_order(request.order)).await?.order else {
        return Ok(false);
    };
    let commit = Commit::new(cause, at).by(&request.actor);
    match ask(ports, &order, request, commit).await? {
        Asked::Made | Asked::Refused(_) | Asked::NotMade => Ok(true),
        Asked::Open => Ok(false),
    }
}
