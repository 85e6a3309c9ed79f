//! What would come of a state if everything went well from here: one click by a person, the webhooks,
//! or the sweep, run to their ends by the shipped code on a copy of the world.

use checkout_guard::{settle::Outcome, sweep::Swept};

use crate::{
    clock,
    engine::{Engine, World},
    intern::Id,
    model::pass,
    stripe::{self, Kind, Status},
    task::{Call, End, Job, Next},
};

/// How a run without faults went.
pub struct Run {
    pub world: World,
    pub answer: Option<Outcome>,
    pub end: End,
    /// Calls to the books and to Stripe before the answer, or before the end where there is none.
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
            let answer = |call: &&Call| match call {
                Call::Answer(outcome) => Some(Outcome::clone(outcome)),
                Call::Batch(_)
                | Call::Create { .. }
                | Call::Retrieve(_)
                | Call::Expire(_)
                | Call::Refund(_)
                | Call::Undelivered => None,
            };
            let before = calls.iter().take_while(|call| answer(call).is_none());
            let (books, stripe): (Vec<&&Call>, Vec<_>) =
                before.partition(|call| matches!(call, Call::Batch(_)));
            return Run {
                world,
                answer: calls.iter().find_map(answer),
                end: end.clone(),
                calls: (books.len(), stripe.len()),
            };
        }
    }
}

/// Delivers every event that was not delivered, in either order. `None` where one is refused.
pub fn webhooks(engine: &Engine, mut world: World, newest_first: bool) -> Option<World> {
    // A delivery can make further events: a session that is expired so that another can be adopted.
    for _ in 0..4 {
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
            let job = Job::Deliver(stripe.event(session, kind), session, kind);
            let ran = run(engine, world, &job);
            let End::Delivered(Ok(_)) = ran.end else {
                return None;
            };
            world = ran.world;
        }
    }
    Some(world)
}

/// Runs the sweep until it finds nothing more to do; time passes to when it is to look again.
/// `None` where a run reports a fault.
pub fn sweeps(engine: &Engine, mut world: World) -> Option<World> {
    for _ in 0..8 {
        let ran = run(engine, world, &Job::Sweep);
        let End::Swept(Swept { faults, .. }) = &ran.end else {
            return None;
        };
        if !faults.is_empty() {
            return None;
        }
        world = ran.world;
        let Some(due) = next_check(engine, world.books) else {
            return Some(world);
        };
        world = pass(engine, world, due.saturating_sub(world.now), false);
    }
    Some(world)
}

/// When the sweep looks at a pending order next.
fn next_check(engine: &Engine, books: Id) -> Option<u32> {
    let orders = engine.books.value(books).orders();
    let pending = orders.iter().filter(|order| order.status == "pending");
    pending
        .map(|order| clock::minute(order.next_check_at))
        .min()
}

/// Whether every payment that Stripe took is in sight: it paid an order of the books, an incident
/// speaks of it, or it went back.
pub fn payments_in_sight(engine: &Engine, world: World, only_told: bool) -> bool {
    let stripe = engine.stripes.value(world.stripe);
    let books = engine.books.value(world.books);
    let (orders, incidents) = (books.orders(), books.incidents());
    stripe
        .sessions
        .iter()
        .enumerate()
        .filter(|(_, session)| session.status == Status::Paid && !session.refunded)
        .filter(|(_, session)| !only_told || session.payment_was_told())
        .all(|(number, _)| {
            let intent = stripe::payment_intent(number).0;
            let paid = |status: &str| matches!(status, "paid" | "refunded");
            orders.iter().any(|order| {
                paid(&order.status) && order.payment_intent.as_deref() == Some(&intent)
            }) || incidents.iter().any(|incident| {
                incident.is_open
                    && matches!(incident.kind.as_str(), "paid_twice" | "paid_beside")
                    && incident.payment_intent.as_deref() == Some(&intent)
            })
        })
}
