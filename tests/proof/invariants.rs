//! The invariants: what must always hold, said of a state.
//!
//! Some of it can be read from the state. The rest says what would come of it: one click by a person,
//! the webhooks or the cron, without a fault. That is tried out in every state on a copy of the world,
//! as if every task on its way had died at that moment.

use std::sync::atomic::{AtomicUsize, Ordering};

use checkout_guard::{
    domain::error::GuardError,
    guard::{click::Outcome, decide::Gone},
};
use stateright::Property;

use crate::{
    clock::{self, STALE},
    configurations::{Act, Beginning},
    database::{Database, OrderRow},
    engine::{Engine, World},
    intern::Memo,
    model::{Guard, Restore, State},
    probe,
    stripe::{self, Checkout, Owner, Status},
    task::{self, End, Job},
};

/// The findings of the probes of a world, remembered.
pub struct Checks {
    found: Memo<World, Probed>,
    most_batches: AtomicUsize,
    most_stripe: AtomicUsize,
}

#[derive(Clone, Copy)]
struct Probed {
    click_ends_well: bool,
    webhooks_heal: bool,
    two_runs_heal: bool,
    runs_end_well: bool,
}

impl Checks {
    pub fn new() -> Self {
        Self {
            found: Memo::new(),
            most_batches: AtomicUsize::new(0),
            most_stripe: AtomicUsize::new(0),
        }
    }

    /// The most calls that a click without faults and competing clicks made before its answer.
    pub fn most_calls(&self) -> (usize, usize) {
        (
            self.most_batches.load(Ordering::Relaxed),
            self.most_stripe.load(Ordering::Relaxed),
        )
    }

    fn probe(&self, guard: &Guard, world: World) -> Probed {
        let engine = &guard.engine;
        self.found.get(&world, || {
            let database = engine.databases.value(world.database);
            let click = |charge: i64, by| {
                let click = probe::run(engine, world, &Job::Click(charge, by));
                self.most_batches
                    .fetch_max(click.calls.0, Ordering::Relaxed);
                self.most_stripe.fetch_max(click.calls.1, Ordering::Relaxed);
                is_good_end(engine, &click, charge)
            };
            let told = |world| probe::payments_in_sight(engine, world, false);
            let webhooks = |newest_first| probe::webhooks(engine, world, newest_first);
            let refunded = |world| {
                !guard.configuration.auto_refund || probe::duplicates_are_refunded(engine, world)
            };
            Probed {
                click_ends_well: (1..=guard.configuration.charges).all(|charge| {
                    let ways = guard.configuration.ways.iter();
                    let mut named = ways.filter_map(|way| task::by(charge, *way, &database));
                    named.all(|by| click(charge, by))
                }),
                webhooks_heal: [false, true]
                    .into_iter()
                    .all(|newest_first| webhooks(newest_first).is_some_and(told)),
                two_runs_heal: probe::two_runs(engine, world).is_some_and(told),
                runs_end_well: probe::runs(engine, world)
                    .is_some_and(|world| is_in_line(engine, world) && refunded(world)),
            }
        })
    }
}

/// All of them.
pub fn properties() -> Vec<Property<Guard>> {
    vec![
        Property::always("1 at most one payment a charge", |guard: &Guard, state| {
            // A charge that an operator has reopened may be paid again: what went back does not count then, nor what
            // came back since (it is told: see 8).
            let reopens = guard.configuration.acts.contains(&Act::Reopens);
            let taken = |it: &Checkout| match it.status {
                Status::Paid => !reopens || (it.is_kept() && !it.is_back()),
                Status::Processing => true,
                Status::Open | Status::Expired | Status::Failed => false,
            };
            guard.configuration.pays_anywhere || most_payments(guard, state, taken) <= 1
        }),
        Property::always(
            "2 at most one session that can be paid in",
            |guard: &Guard, state: &State| {
                keeps_no_promise(guard, state)
                    || most(guard, state, |it| it.status == Status::Open && it.handed) <= 1
            },
        ),
        Property::always(
            "2 another open session is nobody's",
            other_sessions_are_nobodys,
        ),
        Property::always(
            "2 without faults, one open session",
            |guard: &Guard, state: &State| {
                let (left, budgets) = (&state.left, &guard.configuration.budgets);
                let troubled = (left.faults, left.crashes) != (budgets.faults, budgets.crashes);
                let was_restored = matches!(state.restore, Restore::Paused { .. });
                let excused = troubled || was_restored || keeps_no_promise(guard, state);
                excused || most(guard, state, |it| it.status == Status::Open) <= 1
            },
        ),
        Property::always("3 the database keeps its rules", |_, state: &State| {
            state.breach.is_none()
        }),
        Property::always("3 what is paid in the database is paid", paid_is_paid),
        Property::always("4 one click ends well", |guard: &Guard, state: &State| {
            is_paused(state)
                || keeps_no_promise(guard, state)
                || guard.checks.probe(guard, state.world).click_ends_well
        }),
        Property::always(
            "6 a payment that was told is in sight",
            |guard: &Guard, state: &State| {
                // What was told before a restore is forgotten until it is read again.
                is_paused(state) || probe::payments_in_sight(&guard.engine, state.world, true)
            },
        ),
        Property::always(
            "6 the webhooks bring every payment",
            |guard: &Guard, state: &State| {
                is_restored(state) || guard.checks.probe(guard, state.world).webhooks_heal
            },
        ),
        Property::always(
            "6 two runs of the cron bring every payment",
            |guard: &Guard, state: &State| {
                // On a small budget it takes more runs.
                guard.configuration.reconcile_budget < 100
                    || is_paused(state)
                    || guard.checks.probe(guard, state.world).two_runs_heal
            },
        ),
        Property::always(
            "6 the cron brings every order into line",
            |guard: &Guard, state: &State| {
                is_paused(state)
                    || keeps_no_promise(guard, state)
                    || guard.checks.probe(guard, state.world).runs_end_well
            },
        ),
        Property::always(
            "7 what is asked for once is refunded once",
            |guard: &Guard, state: &State| {
                // Whoever saw that nothing had gone back asks for the first part.
                let first = Act::RefundsPart { seen: 0 };
                !guard.configuration.acts.contains(&first)
                    || guard
                        .engine
                        .stripes
                        .value(state.world.stripe)
                        .sessions
                        .iter()
                        .all(|session| session.parts_asked_for() <= 1)
            },
        ),
        Property::always(
            "6 after a restore nothing is forgotten",
            |guard: &Guard, state: &State| {
                state.restore != Restore::Over
                    || probe::payments_in_sight(&guard.engine, state.world, true)
            },
        ),
    ]
}

fn is_paused(state: &State) -> bool {
    matches!(state.restore, Restore::Paused { .. })
}

/// Stripe has forgotten a key before its time: then there can be two sessions for one attempt, and what is
/// left to ask for is that no payment is lost from sight.
fn keeps_no_promise(guard: &Guard, state: &State) -> bool {
    state.left.forgets != guard.configuration.budgets.forgets
}

/// Whether the database was restored: what was delivered before that is not delivered again.
fn is_restored(state: &State) -> bool {
    matches!(state.restore, Restore::Paused { .. } | Restore::Over)
}

/// Of how many sessions of one charge that holds, at most.
fn most(guard: &Guard, state: &State, is: impl Fn(&Checkout) -> bool) -> usize {
    most_of(guard, state, is, |_| false)
}

/// The same, and offline payments count.
fn most_payments(guard: &Guard, state: &State, is: impl Fn(&Checkout) -> bool) -> usize {
    most_of(guard, state, is, |order| {
        order.is_offline && order.status == "paid"
    })
}

fn most_of(
    guard: &Guard,
    state: &State,
    is: impl Fn(&Checkout) -> bool,
    counts: impl Fn(&OrderRow) -> bool,
) -> usize {
    let stripe = guard.engine.stripes.value(state.world.stripe);
    let database = guard.engine.databases.value(state.world.database);
    let orders = database.orders();
    let of = |charge: i64| {
        let sessions = stripe.sessions.iter().enumerate();
        sessions
            .filter(|(number, session)| {
                session.charge == charge && is_its(&database, *number, session) && is(session)
            })
            .count()
            + orders
                .iter()
                .filter(|order| order.charge == charge && counts(order))
                .count()
    };
    let charges = database.charges().into_iter();
    // What an exploration begins with is not this Worker's doing.
    let is_given = matches!(guard.configuration.beginning, Beginning::TwicePaid(_));
    if is_given {
        return 0;
    }
    charges.map(|charge| of(charge.id)).max().unwrap_or(0)
}

/// A session of this database: by its metadata, or because an imported order names it.
fn is_its(database: &Database, number: usize, session: &Checkout) -> bool {
    match session.owner {
        Owner::Ours => true,
        Owner::OtherInstallation => false,
        Owner::Nobody => {
            let id = stripe::session_id(number).0;
            let orders = database.orders();
            orders
                .iter()
                .any(|order| order.session.as_deref() == Some(&id))
        }
    }
}

/// The order of a session.
fn order_of<'a>(
    engine: &Engine,
    orders: &'a [OrderRow],
    number: usize,
    session: &Checkout,
) -> Option<&'a OrderRow> {
    let id = stripe::session_id(number).0;
    let attempt = engine.texts.value(session.attempt);
    let by_session = orders
        .iter()
        .find(|order| order.session.as_deref() == Some(&id));
    by_session.or_else(|| {
        let is_named = |order: &&OrderRow| order.session.is_none() && order.attempt == *attempt;
        orders.iter().find(is_named)
    })
}

/// An open session whose order is given up: Stripe may have made it behind an answer that nobody got.
fn other_sessions_are_nobodys(guard: &Guard, state: &State) -> bool {
    if is_paused(state) || keeps_no_promise(guard, state) {
        return true;
    }
    let engine = &guard.engine;
    let stripe = engine.stripes.value(state.world.stripe);
    let orders = engine.databases.value(state.world.database).orders();
    stripe
        .sessions
        .iter()
        .enumerate()
        .filter(|(_, session)| session.status == Status::Open && session.owner == Owner::Ours)
        .all(|(number, session)| {
            let order = order_of(engine, &orders, number, session);
            !session.handed || order.is_some_and(|order| order.status == "pending")
        })
}

fn paid_is_paid(guard: &Guard, state: &State) -> bool {
    let stripe = guard.engine.stripes.value(state.world.stripe);
    let orders = guard.engine.databases.value(state.world.database).orders();
    let paid = |order: &&OrderRow| matches!(order.status.as_str(), "paid" | "refunded");
    orders.iter().filter(paid).all(|order| {
        if order.is_offline {
            return true;
        }
        let session = order.payment_intent.as_deref().and_then(stripe::number);
        session
            .and_then(|number| stripe.sessions.get(number))
            .is_some_and(|session| {
                session.status == Status::Paid
                    && session.charge == order.charge
                    && session.owner != Owner::OtherInstallation
                    && (order.status == "paid" || session.was_gone)
            })
    })
}

/// A click ended at an open session of the charge's order and amount, or with something that is true.
fn is_good_end(engine: &Engine, click: &probe::Run, charge: i64) -> bool {
    let stripe = engine.stripes.value(click.world.stripe);
    let database = engine.databases.value(click.world.database);
    let orders = database.orders();
    let owed = database.charge(charge);
    let order = |id: i64| orders.iter().find(|order| order.id == id);
    let session = |id: i64| {
        let order = order(id)?;
        let mut sessions = stripe.sessions.iter().enumerate();
        let found = sessions.find(|(number, session)| {
            order_of(engine, &orders, *number, session).is_some_and(|it| it.id == order.id)
        });
        found.map(|(_, session)| session)
    };
    match &click.answer {
        Some(Outcome::Pay { order: id, url, .. }) => {
            order(id.0)
                .zip(stripe::number(url))
                .is_some_and(|(order, number)| {
                    let session = stripe.sessions[number];
                    let its = order_of(engine, &orders, number, &session);
                    let is_its = its.is_some_and(|it| it.id == order.id);
                    let is_ours = order.status == "pending" && order.charge == charge && is_its;
                    let is_fresh = click.world.now < clock::minute(order.created_at) + STALE;
                    // A fresh order's session is not asked about (rows 8 and 9): for as long as the event
                    // about it is on its way, Stripe's own page says what it has come to.
                    let is_told_soon = is_fresh && stripe.is_on_its_way(number);
                    is_ours
                        && session.amount == owed.amount
                        && (session.status == Status::Open || is_told_soon)
                })
        }
        Some(Outcome::Paid { order: id, .. })
            if order(id.0).is_some_and(|order| order.is_offline) =>
        {
            order(id.0).is_some_and(|order| order.status == "paid")
        }
        Some(Outcome::Paid { order, .. }) => {
            session(order.0).is_some_and(|session| session.status == Status::Paid)
        }
        Some(Outcome::Refunded { order: id, .. })
            if order(id.0).is_some_and(|order| order.is_offline) =>
        {
            order(id.0).is_some_and(|order| order.status == "refunded")
        }
        Some(Outcome::Refunded { order, .. }) => {
            session(order.0).is_some_and(|session| session.was_gone)
        }
        Some(Outcome::Processing { order: id, .. }) => {
            let mut sessions = stripe.sessions.iter().enumerate();
            sessions.any(|(number, its)| {
                order_of(engine, &orders, number, its).is_some_and(|it| it.id == id.0)
                    && (its.status == Status::Processing
                        // An event has said so, and the bank's answer is on its way.
                        || (its.debit && stripe.has_more_to_tell(number)))
            })
        }
        Some(Outcome::NothingToPay) => owed.amount == 0,
        Some(Outcome::Gone(Gone::Closed)) => owed.is_closed,
        // Stripe refused more than one create call in a row.
        Some(Outcome::Paused { .. }) => owed.failed_creates > 1,
        // The key is of another account or mode: nothing can be concluded, and somebody is told.
        None => {
            let is_unknown = matches!(
                &click.end,
                End::Click(Err(GuardError::UnknownSession { .. }))
            );
            let incidents = database.incidents();
            is_unknown
                && incidents
                    .iter()
                    .any(|incident| incident.is_open && incident.kind == "unknown_session")
        }
        Some(
            Outcome::Gone(Gone::Expired | Gone::Revoked) | Outcome::Unknown | Outcome::TooOften,
        ) => false,
    }
}

/// Nobody has to look at an order again but for a bank that is at work, and no session is open that no order
/// stands for.
fn is_in_line(engine: &Engine, world: World) -> bool {
    let stripe = engine.stripes.value(world.stripe);
    let database = engine.databases.value(world.database);
    let orders = database.orders();
    let sessions = || stripe.sessions.iter().enumerate();
    let is_processing = |order: &OrderRow| {
        sessions().any(|(number, session)| {
            session.status == Status::Processing
                && order_of(engine, &orders, number, session).is_some_and(|it| it.id == order.id)
        })
    };
    let is_unknown = |order: &OrderRow| {
        database.incidents().iter().any(|incident| {
            incident.is_open
                && incident.kind == "unknown_session"
                && incident.session == order.session
        })
    };
    // An old system's session may live for a day.
    let is_imported = |order: &OrderRow| order.origin == "import";
    let mut pending = orders.iter().filter(|order| order.status == "pending");
    let decided =
        pending.all(|order| is_processing(order) || is_unknown(order) || is_imported(order));
    let mut open = sessions().filter(|(_, session)| session.status == Status::Open);
    let orphans = open.all(|(_, session)| session.owner != Owner::Ours);
    // What was asked for has ended, if Stripe does not answer it with an error that it has saved.
    let answered = database.requests().into_iter().all(|request| {
        request.status != "requested"
            || stripe.has_error_under(engine.texts.id(format!("refund_{}", request.request)))
    });
    // What went back is counted.
    let counted = orders.iter().all(|order| {
        let number = order.payment_intent.as_deref().and_then(stripe::number);
        let session = number.and_then(|number| stripe.sessions.get(number));
        session.is_none_or(|session| order.refunded_minor == session.went_back())
    });
    decided && orphans && answered && counted
}
