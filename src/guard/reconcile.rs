//! Reconcile: what brings orders into line with Stripe when nobody clicks and no webhook comes.
//!
//! It is level-triggered: it looks at what is, not at what happened. So two runs may overlap, a run may
//! overlap any click, and it may stop anywhere. A run has a budget, and the next run goes on where it
//! stopped. One item that fails never holds up another.
//!
//! A run works through four lists: refunds that were asked for and not answered, Stripe's events since the last run, orders
//! that are due, and payments that wait for their place, or for their charge. Events are read whether they were delivered or
//! not, because an endpoint that is missing or disabled has no failed deliveries. They come before the orders: a page of them
//! brings a hundred payments into sight for what it takes to look at one order.

use super::{
    budget::{Budget, Reconciled, Run, Share},
    late_payment::{self, RefundEnds},
    page,
    payment::mark_paid,
    policy::Policy,
    refund_request, refunds,
    restore::{self, Restored},
    session::{self, Ended, Located},
};
use crate::{
    domain::{
        change::{Commit, Cursor, CursorName, Transition},
        error::{GuardError, StripeError},
        event::Event,
        id::EventId,
        order::{CancelReason, Cause, Order, OrderState},
        payment::{NewSession, SessionState, Waiting},
        time::{Millis, UnixMillis},
    },
    ports::Ports,
};

/// Orders and incidents that are read at once.
const BATCH: u32 = 15;
/// The pause between two runs.
const INTERVAL: Millis = Millis::minutes(5);
/// The longest pause before an order is looked at again.
const LONGEST_PAUSE: Millis = Millis::minutes(6 * 60);
/// How long it may take until an event appears in Stripe's list, with a wide margin.
const OVERLAP: Millis = Millis::minutes(10);
/// How long the cursor stays where it is while nothing happens: to read an empty hour again costs nothing, and a run that
/// has nothing to do writes one row less.
const RESTS_FOR: Millis = Millis::minutes(60);
/// How long an event that cannot be carried out is tried again.
const RETRIED_FOR: Millis = Millis::minutes(3 * 24 * 60);

/// One run.
pub async fn reconcile<P: Ports>(ports: &P, policy: &Policy, budget: Budget) -> Reconciled {
    let mut run = Run::new(ports, policy, budget);
    // After a restore nothing else makes sense before Stripe's sessions are known again.
    let restored = restore::sessions(&mut run, Share::All).await;
    let is_restored = run.worked_through(restored).await;
    // The other lists begin in a run that has room for them.
    let has_room = run.report.sessions == 0 || run.may(Share::TwoThirds);
    if is_restored && has_room {
        let requests = requests(&mut run).await;
        let requests = run.worked_through(requests).await;
        let events = events(&mut run, Share::TwoThirds).await;
        let events = run.worked_through(events).await;
        let orders = orders(&mut run, Share::FiveSixths).await;
        let orders = run.worked_through(orders).await;
        let reviews = reviews(&mut run).await;
        let reviews = run.worked_through(reviews).await;
        let unplaced = restore::unplaced(&mut run).await;
        let unplaced = run.worked_through(unplaced).await;
        // Events and orders get what the others have left of the budget.
        let events = events || {
            let more = self::events(&mut run, Share::All).await;
            run.worked_through(more).await
        };
        let orders = orders || {
            let more = self::orders(&mut run, Share::All).await;
            run.worked_through(more).await
        };
        run.report.is_done = requests && orders && events && reviews && unplaced;
    }
    run.report
}

/// Finishes refunds that somebody has asked for and left open.
async fn requests<P: Ports>(run: &mut Run<'_, P>) -> Result<bool, GuardError> {
    let (ports, now) = (run.ports, run.began());
    let open = ports.open_requests(now, BATCH).await?;
    for request in &open {
        if !run.may_look_alone(Share::Third) {
            return Ok(false);
        }
        run.looks_alone();
        ports.begin_item();
        run.report.refunds += 1;
        let finished = refund_request::finish(ports, request, Cause::Reconcile, now).await;
        let error = match finished {
            Ok(true) => {
                run.reached_stripe();
                continue;
            }
            Ok(false) => None,
            Err(error @ GuardError::Store(_)) => return Err(error),
            Err(error) => Some(error),
        };
        let again = now.plus(INTERVAL);
        ports.postpone_request(&request.id, again).await?;
        if let Some(error) = error {
            run.failed(error).await;
        }
    }
    Ok(open.len() < BATCH as usize)
}

/// The next step for an order that is due.
enum Checked {
    Move(Box<Commit>),
    Wait(UnixMillis),
    /// A bank, or the payer, has to act first.
    Waits(UnixMillis, Waiting),
}

async fn orders<P: Ports>(run: &mut Run<'_, P>, share: Share) -> Result<bool, GuardError> {
    let (ports, now) = (run.ports, run.began());
    while run.may_look(share) {
        let due = ports.due(now, BATCH).await?;
        let is_last = due.len() < BATCH as usize;
        for order in due {
            if !run.may_look(share) {
                return Ok(false);
            }
            ports.begin_item();
            run.report.orders += 1;
            match check(ports, run.policy, &order, now).await {
                Ok(Checked::Move(commit)) => {
                    // If somebody else was faster, they have done it.
                    ports.commit(&commit).await?;
                    run.reached_stripe();
                    run.report.moved += 1;
                }
                Ok(Checked::Wait(until)) => {
                    ports.postpone(&order, until, true, None).await?;
                    run.reached_stripe();
                }
                Ok(Checked::Waits(until, waiting)) => {
                    ports.postpone(&order, until, true, Some(&waiting)).await?;
                    run.reached_stripe();
                }
                Err(error @ GuardError::Store(_)) => return Err(error),
                Err(error) => {
                    let passes = passes(&error);
                    let until = if passes {
                        now.plus(INTERVAL)
                    } else {
                        later(&order, now)
                    };
                    ports.postpone(&order, until, !passes, None).await?;
                    run.failed(error).await;
                }
            }
        }
        if is_last {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the next run may well succeed. If so, the order is not put off for long.
const fn passes(error: &GuardError) -> bool {
    match error {
        GuardError::Stripe(error) => error.may_pass(),
        GuardError::Store(_) | GuardError::Busy => true,
        GuardError::UnknownSession { .. } | GuardError::CreateRefused { .. } => false,
    }
}

async fn check<P: Ports>(
    ports: &P,
    policy: &Policy,
    order: &Order,
    now: UnixMillis,
) -> Result<Checked, GuardError> {
    match &order.state {
        OrderState::Pending { .. } => check_pending(ports, policy, order, now).await,
        OrderState::Canceled if order.payment.is_none() => {
            check_given_up(ports, policy, order, now).await
        }
        OrderState::Paid { .. } | OrderState::Canceled | OrderState::Refunded { .. } => {
            let detailed = refunds::detailed(ports, policy, order, Cause::Reconcile).await;
            detailed.map(|commit| Checked::Move(Box::new(commit)))
        }
    }
}

/// Brings a pending order into line with what Stripe says of its session.
async fn check_pending<P: Ports>(
    ports: &P,
    policy: &Policy,
    order: &Order,
    now: UnixMillis,
) -> Result<Checked, GuardError> {
    let commit = || Commit::new(Cause::Reconcile, now);
    let cancel = |reason| {
        Ok(Checked::Move(Box::new(
            commit().moving(order, Transition::Canceled(reason)),
        )))
    };
    let paid = |payment| {
        Ok(Checked::Move(Box::new(mark_paid(
            order,
            payment,
            Cause::Reconcile,
            now,
        ))))
    };
    // What is owed has changed, so nobody may pay the old amount.
    if let Some(reason) = order.is_outdated() {
        return match session::end(ports, policy, order, now).await? {
            Ended::Unpayable(why) => cancel(why.unwrap_or(reason)),
            Ended::Paid(payment) => paid(payment),
            Ended::Processing(waiting) => Ok(Checked::Waits(later(order, now), waiting)),
        };
    }
    let id = match session::locate(ports, order, now).await? {
        Located::Nowhere => return cancel(CancelReason::Stale),
        // The session is stored now. What has become of it is read at the next look.
        Located::Replayed(session) => {
            ports.attach(order.id, &session, now).await?;
            return Ok(Checked::Wait(now));
        }
        Located::Known(id) => id,
    };
    if order.session.is_none() {
        let session = NewSession { id, url: None };
        ports.attach(order.id, &session, now).await?;
        return Ok(Checked::Wait(now));
    }
    let Some(found) = session::retrieve(ports, policy, order, &id).await? else {
        return cancel(CancelReason::Expired);
    };
    match found.state {
        SessionState::Paid(payment) => paid(payment),
        SessionState::Expired => cancel(CancelReason::Expired),
        SessionState::Failed => cancel(CancelReason::PaymentFailed),
        SessionState::Open { url } => {
            // From now on it is known that it is a session of this account.
            if let OrderState::Pending { url: None, .. } = order.state {
                let session = NewSession { id: found.id, url };
                ports.attach(order.id, &session, now).await?;
            }
            Ok(Checked::Wait(until_its_end(order, now)))
        }
        SessionState::Processing(waiting) => Ok(Checked::Waits(later(order, now), waiting)),
    }
}

/// Checks an order that was given up without a session. Stripe may have one that nobody knows: from before its
/// error, or from a create call that came late.
async fn check_given_up<P: Ports>(
    ports: &P,
    policy: &Policy,
    order: &Order,
    now: UnixMillis,
) -> Result<Checked, GuardError> {
    let commit = Commit::new(Cause::Reconcile, now);
    let nothing = |commit: Commit| {
        Ok(Checked::Move(Box::new(
            commit.moving(order, Transition::Checked),
        )))
    };
    let id = match &order.session {
        Some(id) => id.clone(),
        None => match session::in_list(ports, order).await? {
            Located::Known(id) => id,
            Located::Replayed(_) | Located::Nowhere => {
                // Until then Stripe may still accept a create call of this order that is on its way.
                let last = session::last_create(order);
                return if now < last {
                    Ok(Checked::Wait(last))
                } else {
                    nothing(commit)
                };
            }
        },
    };
    if session::expire(ports, order, &id).await? {
        return nothing(commit);
    }
    let found = session::retrieve(ports, policy, order, &id).await?;
    match found.map(|session| session.state) {
        Some(SessionState::Paid(payment)) => {
            let placed = late_payment::place(ports, policy, order, &payment, commit).await?;
            Ok(Checked::Move(Box::new(placed.commit())))
        }
        Some(SessionState::Processing(_)) => Ok(Checked::Wait(later(order, now))),
        Some(SessionState::Open { .. }) => Err(GuardError::Busy),
        Some(SessionState::Expired | SessionState::Failed) | None => nothing(commit),
    }
}

fn later(order: &Order, now: UnixMillis) -> UnixMillis {
    let doublings = u32::try_from(order.checks.clamp(0, 10)).unwrap_or(10);
    let pause = INTERVAL.0.saturating_mul(1 << doublings);
    now.plus(Millis(pause).min(LONGEST_PAUSE))
}

/// When to look at an open session again: at the latest a minute after its end.
fn until_its_end(order: &Order, now: UnixMillis) -> UnixMillis {
    let end = order.terms.session_expires_at.plus(Millis::minutes(1));
    let later = later(order, now);
    if now < end { later.min(end) } else { later }
}

/// Where no window is at work.
const fn at_rest(since: UnixMillis) -> Cursor {
    Cursor {
        since,
        until: None,
        after: None,
        retry_from: None,
    }
}

/// Carries out the events that were not delivered.
async fn events<P: Ports>(run: &mut Run<'_, P>, share: Share) -> Result<bool, GuardError> {
    let (ports, now) = (run.ports, run.began());
    let name = CursorName::Events(run.policy.key);
    let stored = ports.cursor(name).await?;
    let mut cursor = stored.unwrap_or(at_rest(now));
    let restored = restore::restored(ports).await?;
    while run.may_read(share) {
        ports.begin_item();
        let until = cursor.until.unwrap_or(now);
        let after = cursor.after.clone().map(EventId);
        let page = match ports.events(cursor.since, until, after.as_ref()).await {
            Err(error @ StripeError::Refused(_)) if after.is_some() => {
                // The event is so old that Stripe does not know it any more. The window is read from its
                // newest event again.
                cursor.after = None;
                ports.set_cursor(name, Some(&cursor), now).await?;
                return Err(error.into());
            }
            other => other?,
        };
        run.reached_stripe();
        run.has_read();
        let is_read = carry_out(run, share, &page.events, &mut cursor, restored).await?;
        if !is_read {
            ports.set_cursor(name, Some(&cursor), now).await?;
            return Ok(false);
        }
        if !page.more {
            let oldest = UnixMillis(now.0 - RETRIED_FOR.0);
            let next = until.minus(OVERLAP);
            let retry_from = cursor.retry_from.map_or(next, |from| from.min(next));
            let window = at_rest(retry_from.max(oldest).max(cursor.since));
            let is_at_rest = cursor == at_rest(cursor.since) && page.events.is_empty();
            if !is_at_rest || window.since.since(cursor.since) >= RESTS_FOR {
                ports.set_cursor(name, Some(&window), now).await?;
            }
            if until >= now {
                return Ok(true);
            }
            // That was the rest of an earlier run's window. The time since is still to be read.
            cursor = window;
            continue;
        }
        cursor.until = Some(until);
        cursor.after = page.events.last().map(|event| event.id.0.clone());
        ports.set_cursor(name, Some(&cursor), now).await?;
    }
    Ok(false)
}

/// Carries out a page of events: all plain ones at once, the others one by one, the oldest first. Returns whether none is
/// left. If the page is read again, recorded events are skipped.
async fn carry_out<P: Ports>(
    run: &mut Run<'_, P>,
    share: Share,
    page: &[Event],
    cursor: &mut Cursor,
    restored: Restored,
) -> Result<bool, GuardError> {
    let cause_of = |event: &Event| restored.cause(event.created);
    let by_cause = page.chunk_by(|newer, older| cause_of(newer) == cause_of(older));
    for events in by_cause.rev() {
        let cause = events.first().map_or(Cause::Reconcile, cause_of);
        let carried = page::carry_out(run, cause, events).await?;
        run.report.events += carried.count;
        for event in carried.odd {
            if !run.may_look_alone(share) {
                return Ok(false);
            }
            run.looks_alone();
            run.ports.begin_item();
            match super::events::deliver(run.ports, run.policy, cause, event).await {
                Ok(_) => {
                    run.reached_stripe();
                    run.report.events += 1;
                }
                Err(error @ GuardError::Store(_)) => return Err(error),
                Err(error) => {
                    let from = cursor
                        .retry_from
                        .map_or(event.created, |from| from.min(event.created));
                    cursor.retry_from = Some(from);
                    run.failed(error).await;
                }
            }
        }
    }
    Ok(true)
}

/// Looks again at payments that wait for their place, and refunds duplicates if the policy says so. Each is
/// handled on its own. The one that was looked at longest ago comes first.
async fn reviews<P: Ports>(run: &mut Run<'_, P>) -> Result<bool, GuardError> {
    let (ports, policy) = (run.ports, run.policy);
    let before = run.began().minus(Millis(INTERVAL.0 / 2));
    let mut is_first = true;
    while run.may_place(is_first) {
        let reviews = ports.reviews(before, BATCH).await?;
        let is_last = reviews.len() < BATCH as usize;
        for review in reviews {
            if !run.may_place(is_first) {
                return Ok(false);
            }
            is_first = false;
            ports.begin_item();
            run.report.reviews += 1;
            ports.reviewed(review.order.id, ports.now()).await?;
            let commit = Commit::new(Cause::Reconcile, ports.now());
            let (order, payment) = (&review.order, &review.payment);
            let end = if run.may_go_on() {
                RefundEnds::Now
            } else {
                RefundEnds::InTheNextRun
            };
            let placed = late_payment::review(ports, policy, order, payment, commit, end).await;
            match placed {
                Ok(()) => run.reached_stripe(),
                Err(error @ GuardError::Store(_)) => return Err(error),
                Err(error) => run.failed(error).await,
            }
        }
        if is_last {
            return Ok(true);
        }
    }
    Ok(false)
}
