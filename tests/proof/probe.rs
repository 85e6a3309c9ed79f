//! Probes of a state: what would come of it if everything went well from here. One click by a person, the webhooks,
//! or the cron are run to their ends by the shipped code on a copy of the world.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use checkout_guard::{
    domain::error::{GuardError, StripeError},
    guard::{budget::Reconciled, click::Outcome},
};

use crate::{
    clock::{self, INTERVAL},
    engine::{Engine, World},
    intern::Id,
    model::pass,
    stripe::{self, Kind, Owner},
    task::{Call, End, Job, Next},
};

/// How a run without faults went.
pub struct Run {
    pub world: World,
    pub answer: Option<Outcome>,
    pub end: End,
    /// Calls to the database and to Stripe before the answer, or before the end if there is none.
    pub calls: (usize, usize),
}

/// Runs a task alone to its end.
pub fn run(engine: &Engine, mut world: World, job: &Job) -> Run {
    let mut task = engine.begin(job, world.now);
    loop {
        let Some(stepped) = engine.step(world, task, None) else {
            panic!("without trouble every step can be taken")
        };
        (world, task) = (stepped.world, stepped.task);
        let now = engine.tasks.value(task);
        if let Next::End(end) = &now.next {
            let calls = now.calls();
            let answer = |call: &&Call| {
                if let Call::Answer(outcome) = call {
                    Some(Outcome::clone(outcome))
                } else {
                    None
                }
            };
            let before: Vec<_> = calls
                .iter()
                .take_while(|call| answer(call).is_none())
                .collect();
            let batches = before.iter().filter(|call| matches!(call, Call::Batch(_)));
            let stripe = before.iter().filter(|call| call.is_to_stripe());
            return Run {
                world,
                answer: calls.iter().find_map(answer),
                end: end.clone(),
                calls: (batches.count(), stripe.count()),
            };
        }
    }
}

/// Delivers every event that was not delivered, in either order; again later, as Stripe does, if one was put off. `None`
/// if one is refused otherwise.
pub fn webhooks(engine: &Engine, mut world: World, newest_first: bool) -> Option<World> {
    // A delivery can make further events: a session that is expired so that another can be adopted.
    for _ in 0..5 {
        let stripe = engine.stripes.value(world.stripe);
        let mut events: Vec<(usize, Kind)> = stripe.events();
        events.retain(|(session, kind)| !stripe.was_delivered(*session, *kind));
        if events.is_empty() {
            return Some(world);
        }
        if newest_first {
            events.reverse();
        }
        for (session, kind) in events {
            let event = stripe.event(session, kind, &engine.texts);
            let ran = run(engine, world, &Job::Deliver(Box::new(event), session, kind));
            let End::Delivered(delivered) = ran.end else {
                return None;
            };
            match delivered {
                Ok(_) => world = ran.world,
                Err(error) if is_put_off(engine, world, &error) => {
                    world = pass(engine, ran.world, INTERVAL, false);
                    break;
                }
                Err(_) => return None,
            }
        }
    }
    Some(world)
}

/// Two runs of the cron at their normal times. `None` if one reports an error that nothing explains.
pub fn two_runs(engine: &Engine, mut world: World) -> Option<World> {
    for _ in 0..2 {
        world = pass(engine, world, INTERVAL, false);
        world = cron(engine, world)?;
    }
    Some(world)
}

/// Runs the cron until it has nothing more to do; time passes to when it is to look again. The first run may
/// only end a window of Stripe's list that another one began.
pub fn runs(engine: &Engine, world: World) -> Option<World> {
    // Long enough for whatever was put off; a bank may take longer.
    let end = world.now + 3 * 60;
    let mut world = pass(engine, cron(engine, world)?, INTERVAL, false);
    while world.now < end {
        world = cron(engine, world)?;
        let due = next_check(engine, world.database);
        let Some(due) = due.filter(|due| *due <= end) else {
            return Some(world);
        };
        world = pass(
            engine,
            world,
            due.saturating_sub(world.now).max(INTERVAL),
            false,
        );
    }
    Some(world)
}

fn cron(engine: &Engine, world: World) -> Option<World> {
    let ran = run(engine, world, &Job::Reconcile);
    let End::Reconciled(Reconciled { errors, .. }) = &ran.end else {
        return None;
    };
    // A session that Stripe does not know is for the operator to put right. An error that Stripe has saved under a
    // refund's key passes in a day.
    let is_explained = |error: &GuardError| {
        error.incident().is_some()
            || is_put_off(engine, world, error)
            || is_saved(engine, world, error)
    };
    errors.iter().all(is_explained).then_some(ran.world)
}

/// Stripe answers a request for a refund with the error that it has saved under its key.
fn is_saved(engine: &Engine, world: World, error: &GuardError) -> bool {
    let stripe = engine.stripes.value(world.stripe);
    let requests = engine.databases.value(world.database).requests();
    let mut open = requests.iter().filter(|it| it.status == "requested");
    let is_its = matches!(error, GuardError::Stripe(StripeError::ServerError { .. }));
    is_its
        && open.any(|it| {
            let key = format!("refund_{}", it.request);
            stripe.has_error_under(engine.texts.id(key))
        })
}

/// While a claim is younger than a minute, whoever won it may be about to create its session. What depends on that
/// session is left for later: by the cron for its next run, by a delivery for Stripe's next one.
fn is_put_off(engine: &Engine, world: World, error: &GuardError) -> bool {
    let orders = engine.databases.value(world.database).orders();
    let mut claims = orders
        .iter()
        .filter(|order| order.status == "pending" && order.session.is_none());
    matches!(error, GuardError::Busy)
        && claims.any(|order| clock::minute(order.created_at) == world.now)
}

/// When the cron looks at an order next, or asks for a refund.
fn next_check(engine: &Engine, database: Id) -> Option<u32> {
    let database = engine.databases.value(database);
    let orders = database.orders().into_iter();
    let requests = database.requests().into_iter();
    orders
        .filter_map(|order| order.next_check_at)
        .chain(requests.filter_map(|request| request.next_try_at))
        .map(clock::minute)
        .min()
}

/// Whether every payment that Stripe took is in sight: it paid an order of the database, an open incident
/// speaks of it, or it went back.
pub fn payments_in_sight(engine: &Engine, world: World, only_told: bool) -> bool {
    let stripe = engine.stripes.value(world.stripe);
    let database = engine.databases.value(world.database);
    let (orders, incidents) = (database.orders(), database.incidents());
    // The session of an imported order is nobody's by its metadata.
    let is_ours = |number: usize, owner| match owner {
        Owner::Ours => true,
        Owner::OtherInstallation => false,
        Owner::Nobody => orders
            .iter()
            .any(|order| order.session.as_deref() == Some(&stripe::session_id(number).0)),
    };
    stripe
        .sessions
        .iter()
        .enumerate()
        .filter(|(number, session)| session.is_kept() && is_ours(*number, session.owner))
        .filter(|(_, session)| !only_told || session.payment_was_told())
        .all(|(number, _)| {
            let intent = stripe::payment_intent(number).0;
            orders.iter().any(|order| {
                order.status == "paid" && order.payment_intent.as_deref() == Some(&intent)
            }) || incidents.iter().any(|incident| {
                incident.is_open && incident.payment_intent.as_deref() == Some(&intent)
            })
        })
}

/// Whether every second payment that could be refunded was, if that is wanted.
pub fn duplicates_are_refunded(engine: &Engine, world: World) -> bool {
    let stripe = engine.stripes.value(world.stripe);
    let database = engine.databases.value(world.database);
    let orders = database.orders();
    let open = database.incidents().into_iter();
    open.filter(|incident| incident.is_open && incident.kind == "duplicate_payment")
        .all(|incident| {
            let number = incident.payment_intent.as_deref().and_then(stripe::number);
            let session = number.and_then(|number| stripe.sessions.get(number));
            session.is_none_or(|session| {
                // Only if another payment is certain, and of which nothing went back.
                let counted = orders.iter().any(|order| {
                    let intent = order.payment_intent.as_deref();
                    let its = intent.and_then(stripe::number);
                    let its = its.and_then(|number| stripe.sessions.get(number));
                    order.charge == session.charge
                        && order.status == "paid"
                        && its.is_some_and(|its| its.refunded() == 0 && !its.refuses_refund())
                });
                // What a refund did not bring back is for a person to see to.
                let failed = session.refuses_refund() || session.had_refund_that_ended();
                failed || !session.is_kept() || !counted
            })
        })
}

/// The output of a future that never waits.
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}
