//! What must always hold, said of a state.
//!
//! Some of it can be read from the state. The rest says what would come of it: one click by a person,
//! the webhooks or the sweep, without a fault. That is tried out in every state on a copy of the world,
//! as if every task on its way had died at that moment.

use std::sync::atomic::{AtomicUsize, Ordering};

use checkout_guard::{guard::Gone, settle::Outcome};
use stateright::Property;

use crate::{
    clock::{self, STALE},
    engine::{Engine, World},
    intern::Memo,
    model::{Guard, State},
    probe,
    stripe::{self, Status},
    task::Job,
};

/// What the probes of a world found, remembered.
pub struct Checks {
    found: Memo<World, Probed>,
    most_books: AtomicUsize,
    most_stripe: AtomicUsize,
}

#[derive(Clone, Copy)]
struct Probed {
    click_ends_well: bool,
    webhooks_heal: bool,
    sweep_heals: bool,
}

impl Checks {
    pub fn new() -> Self {
        Self {
            found: Memo::new(),
            most_books: AtomicUsize::new(0),
            most_stripe: AtomicUsize::new(0),
        }
    }

    /// The most calls that a click without faults and rivals made before its answer.
    pub fn most_calls(&self) -> (usize, usize) {
        (
            self.most_books.load(Ordering::Relaxed),
            self.most_stripe.load(Ordering::Relaxed),
        )
    }

    fn probe(&self, engine: &Engine, world: World) -> Probed {
        self.found.get(&world, || {
            let click = probe::run(engine, world, &Job::Click);
            self.most_books.fetch_max(click.calls.0, Ordering::Relaxed);
            self.most_stripe.fetch_max(click.calls.1, Ordering::Relaxed);
            let told = |world| probe::payments_in_sight(engine, world, false);
            let webhooks = |newest_first| probe::webhooks(engine, world, newest_first);
            Probed {
                click_ends_well: is_good_end(engine, &click),
                webhooks_heal: [false, true]
                    .into_iter()
                    .all(|newest_first| webhooks(newest_first).is_some_and(told)),
                sweep_heals: probe::sweeps(engine, world)
                    .is_some_and(|world| told(world) && is_settled(engine, world)),
            }
        })
    }
}

/// All of them.
pub fn properties() -> Vec<Property<Guard>> {
    vec![
        Property::always("1 at most one payment a charge", |guard: &Guard, state| {
            let taken = |status| matches!(status, Status::Paid | Status::Clearing);
            guard.configuration.pays_anywhere || count(guard, state, |it| taken(it.status)) <= 1
        }),
        Property::always(
            "2 at most one session that can be paid in",
            |guard: &Guard, state: &State| {
                count(guard, state, |it| it.status == Status::Open && it.handed) <= 1
            },
        ),
        Property::always(
            "2 a session beside it is nobody's",
            sessions_beside_are_nobodys,
        ),
        Property::always(
            "2 without faults, one open session",
            |guard: &Guard, state: &State| {
                let (left, budgets) = (&state.left, &guard.configuration.budgets);
                let troubled = (left.faults, left.crashes) != (budgets.faults, budgets.crashes);
                troubled || count(guard, state, |it| it.status == Status::Open) <= 1
            },
        ),
        Property::always("3 the books keep their rules", |_, state: &State| {
            state.breach.is_none()
        }),
        Property::always("3 paid in the books is paid", paid_is_paid),
        Property::always("4 one click ends well", |guard: &Guard, state: &State| {
            guard
                .checks
                .probe(&guard.engine, state.world)
                .click_ends_well
        }),
        Property::always(
            "6 a payment that was told is in sight",
            |guard: &Guard, state: &State| {
                probe::payments_in_sight(&guard.engine, state.world, true)
            },
        ),
        Property::always(
            "6 the webhooks bring every payment",
            |guard: &Guard, state: &State| {
                guard.checks.probe(&guard.engine, state.world).webhooks_heal
            },
        ),
        Property::always(
            "6 the sweep brings every payment",
            |guard: &Guard, state: &State| {
                guard.checks.probe(&guard.engine, state.world).sweep_heals
            },
        ),
    ]
}

fn count(guard: &Guard, state: &State, is: impl Fn(&stripe::Checkout) -> bool) -> usize {
    let stripe = guard.engine.stripes.value(state.world.stripe);
    stripe.sessions.iter().filter(|session| is(session)).count()
}

/// An open session whose order is given up: Stripe may have made it behind an answer that nobody got.
fn sessions_beside_are_nobodys(guard: &Guard, state: &State) -> bool {
    let stripe = guard.engine.stripes.value(state.world.stripe);
    let orders = guard.engine.books.value(state.world.books).orders();
    let is_pending = |id| {
        let order = orders.iter().find(|order| order.id == id);
        order.is_some_and(|order| order.status == "pending")
    };
    stripe
        .sessions
        .iter()
        .filter(|session| session.status == Status::Open && !is_pending(session.order))
        .all(|session| !session.handed)
}

fn paid_is_paid(guard: &Guard, state: &State) -> bool {
    let stripe = guard.engine.stripes.value(state.world.stripe);
    let orders = guard.engine.books.value(state.world.books).orders();
    let paid =
        |order: &&crate::books::OrderRow| matches!(order.status.as_str(), "paid" | "refunded");
    orders.iter().filter(paid).all(|order| {
        let session = order.payment_intent.as_deref().and_then(stripe::number);
        session
            .and_then(|number| stripe.sessions.get(number))
            .is_some_and(|session| {
                session.status == Status::Paid
                    && session.order == order.id
                    && (order.status == "paid" || session.refunded)
            })
    })
}

/// A click ended at an open session of the charge's order and amount, or with something that is true.
fn is_good_end(engine: &Engine, click: &probe::Run) -> bool {
    let stripe = engine.stripes.value(click.world.stripe);
    let books = engine.books.value(click.world.books);
    let (owed, is_closed) = books.charge();
    let any = |order: i64, is: fn(&stripe::Checkout) -> bool| {
        stripe.sessions.iter().any(|it| it.order == order && is(it))
    };
    match &click.answer {
        Some(Outcome::Pay { order, url }) => {
            let live = books.orders().into_iter().find(|it| it.id == order.0);
            live.zip(stripe::number(url))
                .is_some_and(|(order, number)| {
                    let session = stripe.sessions[number];
                    let is_ours = order.status == "pending" && session.order == order.id;
                    let is_fresh = click.world.now < clock::minute(order.created_at) + STALE;
                    // A fresh order's session is not asked about (rows 8 and 9): for as long as the event
                    // about it is on its way, Stripe's own page says what it has come to.
                    let is_told_soon = is_fresh && stripe.has_more_to_tell(number);
                    is_ours
                        && session.amount == owed
                        && (session.status == Status::Open || is_told_soon)
                })
        }
        Some(Outcome::Paid { order, .. }) => any(order.0, |it| it.status == Status::Paid),
        Some(Outcome::Refunded { order, .. }) => any(order.0, |it| it.refunded),
        Some(Outcome::Clearing { order }) => any(order.0, |it| it.status == Status::Clearing),
        Some(Outcome::NothingToPay) => owed == 0,
        Some(Outcome::Gone(Gone::Closed)) => is_closed,
        Some(Outcome::Gone(Gone::Expired | Gone::Revoked) | Outcome::UnknownLink) | None => false,
    }
}

/// Nobody has to look at an order again but for a bank that is at work.
fn is_settled(engine: &Engine, world: World) -> bool {
    let stripe = engine.stripes.value(world.stripe);
    let orders = engine.books.value(world.books).orders();
    let is_clearing = |order: i64| {
        let clearing = |it: &&stripe::Checkout| it.order == order && it.status == Status::Clearing;
        stripe.sessions.iter().any(|it| clearing(&it))
    };
    let mut pending = orders.iter().filter(|order| order.status == "pending");
    pending.all(|order| is_clearing(order.id))
}
