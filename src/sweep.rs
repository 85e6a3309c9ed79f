//! The sweep: what brings the books into line with Stripe when nobody clicks and no webhook comes.
//!
//! Level-triggered: it looks at what is, not at what happened, so it may run twice at once, beside any
//! click, and stop anywhere. A run is bounded: so many orders, events and incidents, the ones that
//! wait longest first; what cannot be settled yet waits longer each time. It never expires a session:
//! only a person's click, or a payment that must stand alone, makes one end early.

use crate::{
    error::Fault,
    order::{CancelReason, Cause, EventId, Millis, Order, UnixMillis},
    ports::{Commit, IncidentChange, IncidentKind, Ports, Review, SessionState, StripeFault},
    settle::{self, Found, Policy},
    webhook::{self, Event},
};

/// Orders a run.
const ORDERS: u32 = 15;
/// Pages of undelivered events a run, of 100 each.
const PAGES: usize = 2;
/// Events carried out a run.
const EVENTS: usize = 20;
/// Incidents a run.
const REVIEWS: u32 = 5;
/// How far back undelivered events are looked for; Stripe gives up delivering after three days
/// (Stripe docs, "Webhooks", automatic retries).
const EVENTS_SINCE: Millis = Millis::minutes(7 * 24 * 60);
/// The first pause before an order is looked at again; it doubles each time.
const FIRST_PAUSE: Millis = Millis::minutes(5);
/// The longest pause.
const LONGEST_PAUSE: Millis = Millis::minutes(6 * 60);

/// What a run did; the numbers are for the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Swept {
    /// Orders looked at.
    pub orders: u32,
    /// Orders of them that were moved.
    pub moved: u32,
    /// Events carried out that no delivery had brought.
    pub events: u32,
    /// Incidents that came to an end.
    pub resolved: u32,
    /// What could not be done; the next run tries again.
    pub faults: Vec<Fault>,
}

/// One run.
pub async fn sweep<P: Ports>(ports: &P, policy: &Policy, auto_refund: bool) -> Swept {
    let mut swept = Swept::default();
    if let Err(fault) = orders(ports, policy, &mut swept).await {
        swept.faults.push(fault);
    }
    if let Err(fault) = events(ports, &mut swept).await {
        swept.faults.push(fault);
    }
    if let Err(fault) = reviews(ports, auto_refund, &mut swept).await {
        swept.faults.push(fault);
    }
    swept
}

async fn orders<P: Ports>(ports: &P, policy: &Policy, swept: &mut Swept) -> Result<(), Fault> {
    let now = ports.now();
    let created_before = UnixMillis(now.0 - policy.rules.stale_after.0);
    for order in ports.due(now, created_before, ORDERS).await? {
        swept.orders += 1;
        match order_at_stripe(ports, &order, now).await {
            Ok(Checked::Move(commit)) => {
                // Whoever was faster has done it.
                ports.commit(&commit).await?;
                swept.moved += 1;
            }
            Ok(Checked::Wait(until)) => ports.postpone(&order, until).await?,
            // One order that makes trouble must not keep the others from their turn.
            Err(Fault::Stripe(fault)) => {
                ports.postpone(&order, later(&order, now)).await?;
                swept.faults.push(fault.into());
            }
            Err(fault @ (Fault::Store(_) | Fault::Busy)) => return Err(fault),
        }
    }
    Ok(())
}

enum Checked {
    Move(Commit),
    Wait(UnixMillis),
}

/// Brings a pending order into line with what Stripe says of its session.
async fn order_at_stripe<P: Ports>(
    ports: &P,
    order: &Order,
    now: UnixMillis,
) -> Result<Checked, Fault> {
    let cancel = |reason| {
        Ok(Checked::Move(settle::cancel(
            order,
            reason,
            Cause::Sweep,
            now,
        )))
    };
    let id = match settle::session_of(ports, order, now).await? {
        None => return cancel(CancelReason::Stale),
        // Stored, so that nobody need ask for it again; what it has come to, the next run sees.
        Some(Found::Replayed(session)) => {
            ports.attach(order.id, &session, now).await?;
            return Ok(Checked::Wait(now));
        }
        Some(Found::Stored(id)) => id,
    };
    match ports.retrieve(&id).await.map(|session| session.state) {
        Ok(SessionState::Paid(payment)) => Ok(Checked::Move(settle::pay(
            order,
            payment,
            Cause::Sweep,
            now,
        ))),
        Ok(SessionState::Expired) | Err(StripeFault::Unknown) => cancel(CancelReason::Expired),
        Ok(SessionState::Failed) => cancel(CancelReason::PaymentFailed),
        Ok(SessionState::Open) if now < order.terms.session_expires_at => Ok(Checked::Wait(
            order.terms.session_expires_at.plus(Millis::minutes(1)),
        )),
        Ok(SessionState::Open | SessionState::Clearing) => Ok(Checked::Wait(later(order, now))),
        Err(fault) => Err(fault.into()),
    }
}

fn later(order: &Order, now: UnixMillis) -> UnixMillis {
    let doublings = u32::try_from(order.checks.clamp(0, 10)).unwrap_or(10);
    let pause = FIRST_PAUSE.0.saturating_mul(1 << doublings);
    now.plus(Millis(pause).min(LONGEST_PAUSE))
}

/// Carries out the events that no delivery brought, the oldest first.
async fn events<P: Ports>(ports: &P, swept: &mut Swept) -> Result<(), Fault> {
    let since = UnixMillis(ports.now().0 - EVENTS_SINCE.0);
    let mut missed: Vec<Event> = Vec::new();
    let mut after: Option<EventId> = None;
    for _ in 0..PAGES {
        let page = ports.undelivered(since, after.as_ref()).await?;
        after = page.events.last().map(|event| event.id.clone());
        missed.extend(page.events);
        if !page.more {
            break;
        }
    }
    if missed.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = missed.iter().map(|event| event.id.clone()).collect();
    let unseen = ports.unseen(&ids).await?;
    for event in missed
        .iter()
        .rev()
        .filter(|event| unseen.contains(&event.id))
        .take(EVENTS)
    {
        match webhook::deliver(ports, Cause::Sweep, event).await {
            Ok(_) => swept.events += 1,
            Err(fault) => swept.faults.push(fault),
        }
    }
    Ok(())
}

/// Finds the place of payments that wait for it, and pays second ones back where that is wanted.
async fn reviews<P: Ports>(ports: &P, auto_refund: bool, swept: &mut Swept) -> Result<(), Fault> {
    for Review {
        kind,
        order,
        payment,
    } in ports.reviews(REVIEWS).await?
    {
        let begun = webhook::nothing(Cause::Sweep, ports.now());
        let refundable = payment.payment_intent.as_ref().filter(|_| auto_refund);
        let commit = match (kind, refundable) {
            (IncidentKind::PaidBeside, _) => {
                webhook::place(ports, &order, &payment, begun).await?.commit
            }
            (IncidentKind::PaidTwice, Some(intent)) => {
                ports.refund(intent).await?;
                let about = settle::about(&payment);
                let resolution = "refunded";
                Commit {
                    incidents: vec![IncidentChange::Settle {
                        kind,
                        about,
                        resolution,
                    }],
                    ..begun
                }
            }
            (
                IncidentKind::PaidTwice
                | IncidentKind::UnknownOrder
                | IncidentKind::AmountMismatch
                | IncidentKind::RefundFailed
                | IncidentKind::Dispute,
                _,
            ) => continue,
        };
        ports.commit(&commit).await?;
        swept.resolved += 1;
    }
    Ok(())
}
