//! The model that stateright explores: who may do what in a state, and what comes of it.
//!
//! A state is the world, the tasks on their way, and what is left of the budgets. Tasks are kept in
//! order: which of two equal clicks is which makes no difference, so it makes no second state either.

use std::{hash::Hash, sync::Arc};

use checkout_guard::order::SessionId;
use stateright::{Model, Property};

use crate::{
    audit::Breach,
    configurations::{Budgets, Change, Configuration},
    engine::{Engine, Trouble, World},
    intern::Id,
    invariants::{self, Checks},
    stripe::{self, Kind, Mishap, Status},
    task::{Call, Job},
};

/// A state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub world: World,
    /// Sorted.
    pub tasks: Vec<Id>,
    pub left: Budgets,
    /// What the books did that they must not.
    pub breach: Option<Breach>,
}

/// What can happen next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Somebody begins, and makes the first call: before it nothing has been read.
    Begin(Begin),
    /// A task carries out its next call.
    Step(usize),
    /// It goes wrong.
    Trouble(usize, Trouble),
    /// A task dies, before its next call or after it.
    Crash(usize, After),
    /// Somebody pays in a session.
    Pay(usize),
    /// Somebody starts a bank debit in a session.
    Debit(usize),
    /// The bank answers.
    Bank(usize, Status),
    /// A session ends by itself, later than it said.
    Lapse(usize),
    /// The treasurer pays back.
    Refund(usize),
    /// The operator changes the charge.
    Charge(Change),
    /// So many minutes pass.
    Pass(u32),
}

/// Who begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    Click,
    Sweep,
    Deliver(usize, Kind),
    Return(usize),
}

/// When a crash comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    Nothing,
    TheCall,
}

/// A configuration, explored.
#[derive(Clone)]
pub struct Guard {
    pub configuration: Configuration,
    pub engine: Arc<Engine>,
    pub checks: Arc<Checks>,
}

impl Model for Guard {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            world: self.engine.first_world(),
            tasks: Vec::new(),
            left: self.configuration.budgets,
            breach: None,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.beginnings(state, actions);
        self.steps(state, actions);
        self.environment(state, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        match action {
            Action::Begin(begin) => {
                let job = self.spend_on(&mut next, begin);
                let task = self.engine.begin(&job, next.world.now);
                next.tasks.push(task);
                let last = next.tasks.len() - 1;
                self.step(&mut next, last, None)?;
            }
            Action::Step(task) => self.step(&mut next, task, None)?,
            Action::Trouble(task, trouble) => {
                next.left.faults -= 1;
                self.step(&mut next, task, Some(trouble))?;
            }
            Action::Crash(task, after) => {
                next.left.crashes -= 1;
                self.crash(&mut next, task, after)?;
            }
            Action::Pay(_)
            | Action::Debit(_)
            | Action::Bank(..)
            | Action::Lapse(_)
            | Action::Refund(_)
            | Action::Charge(_)
            | Action::Pass(_) => self.happen(&mut next, &action),
        }
        next.tasks.sort_unstable();
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        invariants::properties()
    }
}

impl Guard {
    fn beginnings(&self, state: &State, actions: &mut Vec<Action>) {
        let left = &state.left;
        let stripe = self.engine.stripes.value(state.world.stripe);
        if left.clicks > 0 {
            actions.push(Action::Begin(Begin::Click));
        }
        if left.sweeps > 0 {
            actions.push(Action::Begin(Begin::Sweep));
        }
        if left.deliveries > 0 {
            for (session, kind) in stripe.events() {
                actions.push(Action::Begin(Begin::Deliver(session, kind)));
            }
        }
        if left.returns > 0 {
            for (number, session) in stripe.sessions.iter().enumerate() {
                if session.handed && session.status != Status::Open {
                    actions.push(Action::Begin(Begin::Return(number)));
                }
            }
        }
    }

    fn spend_on(&self, state: &mut State, begin: Begin) -> Job {
        let left = &mut state.left;
        match begin {
            Begin::Click => {
                left.clicks -= 1;
                Job::Click
            }
            Begin::Sweep => {
                left.sweeps -= 1;
                Job::Sweep
            }
            Begin::Deliver(session, kind) => {
                left.deliveries -= 1;
                let stripe = self.engine.stripes.value(state.world.stripe);
                Job::Deliver(stripe.event(session, kind), session, kind)
            }
            Begin::Return(session) => {
                left.returns -= 1;
                let SessionId(id) = stripe::session_id(session);
                Job::Return(SessionId(id))
            }
        }
    }

    fn steps(&self, state: &State, actions: &mut Vec<Action>) {
        const MISHAPS: [Mishap; 6] = [
            Mishap::Unsaved,
            Mishap::Gateway,
            Mishap::Saved {
                made: false,
                replayed: false,
            },
            Mishap::Saved {
                made: false,
                replayed: true,
            },
            Mishap::Saved {
                made: true,
                replayed: false,
            },
            Mishap::Saved {
                made: true,
                replayed: true,
            },
        ];
        for (task, id) in state.tasks.iter().enumerate() {
            // Of equal tasks the first one stands for all.
            if task > 0 && state.tasks[task - 1] == *id {
                continue;
            }
            actions.push(Action::Step(task));
            if state.left.crashes > 0 {
                actions.push(Action::Crash(task, After::Nothing));
                actions.push(Action::Crash(task, After::TheCall));
            }
            if state.left.faults > 0 {
                actions.push(Action::Trouble(task, Trouble::Before));
                actions.push(Action::Trouble(task, Trouble::After));
                let creates = matches!(
                    self.engine.tasks.value(*id).next_call(),
                    Some(Call::Create { .. })
                );
                if creates && self.configuration.stripe_errors {
                    let mishaps =
                        MISHAPS.map(|mishap| Action::Trouble(task, Trouble::Stripe(mishap)));
                    actions.extend(mishaps);
                }
            }
        }
    }

    fn step(&self, state: &mut State, task: usize, trouble: Option<Trouble>) -> Option<()> {
        let stepped = self.engine.step(state.world, state.tasks[task], trouble)?;
        state.world = stepped.world;
        state.breach = state.breach.or(stepped.breach);
        self.engine.witness(&stepped);
        if stepped.has_ended {
            state.tasks.remove(task);
        } else {
            state.tasks[task] = stepped.task;
        }
        Some(())
    }

    fn crash(&self, state: &mut State, task: usize, after: After) -> Option<()> {
        let id = state.tasks.remove(task);
        if after == After::TheCall {
            // Its answer is lost, and nobody is there to miss it.
            let stepped = self.engine.step(state.world, id, Some(Trouble::After))?;
            state.world = World { ..stepped.world };
            state.breach = state.breach.or(stepped.breach);
        }
        Some(())
    }

    fn environment(&self, state: &State, actions: &mut Vec<Action>) {
        let (left, configuration) = (&state.left, &self.configuration);
        let stripe = self.engine.stripes.value(state.world.stripe);
        for (number, session) in stripe.sessions.iter().enumerate() {
            match session.status {
                Status::Open => {
                    if session.handed || configuration.pays_anywhere {
                        if left.payments > 0 {
                            actions.push(Action::Pay(number));
                        }
                        if left.debits > 0 {
                            actions.push(Action::Debit(number));
                        }
                    }
                    if configuration.may_lag && session.expires_at <= state.world.now {
                        actions.push(Action::Lapse(number));
                    }
                }
                Status::Clearing => {
                    actions.push(Action::Bank(number, Status::Paid));
                    actions.push(Action::Bank(number, Status::Failed));
                }
                Status::Paid if !session.refunded && left.refunds > 0 => {
                    actions.push(Action::Refund(number));
                }
                Status::Paid | Status::Expired | Status::Failed => {}
            }
        }
        if left.changes > 0 {
            let changes = configuration.changes.iter().copied();
            actions.extend(changes.map(Action::Charge));
        }
        if left.passes > 0 {
            actions.extend(configuration.passes.iter().copied().map(Action::Pass));
        }
    }

    fn happen(&self, state: &mut State, action: &Action) {
        let engine = &self.engine;
        let set = |state: &mut State, number: usize, status, debit| {
            state.world.stripe = engine.change(state.world.stripe, |stripe| {
                stripe.sessions[number].status = status;
                stripe.sessions[number].debit |= debit;
            });
        };
        match *action {
            Action::Pay(number) => {
                state.left.payments -= 1;
                set(state, number, Status::Paid, false);
            }
            Action::Debit(number) => {
                state.left.debits -= 1;
                set(state, number, Status::Clearing, true);
            }
            Action::Bank(number, status) => set(state, number, status, false),
            Action::Lapse(number) => set(state, number, Status::Expired, false),
            Action::Refund(number) => {
                state.left.refunds -= 1;
                state.world.stripe = engine.change(state.world.stripe, |stripe| {
                    stripe.sessions[number].refunded = true;
                });
            }
            Action::Charge(change) => {
                state.left.changes -= 1;
                let books = engine.books.value(state.world.books);
                state.world.books = engine.books.id(books.with_charge(change));
            }
            Action::Pass(minutes) => {
                state.left.passes -= 1;
                state.world = pass(engine, state.world, minutes, self.configuration.may_lag);
            }
            Action::Begin(_) | Action::Step(_) | Action::Trouble(..) | Action::Crash(..) => {}
        }
    }
}

/// The world after so many minutes in which nobody did anything.
pub fn pass(engine: &Engine, world: World, minutes: u32, may_lag: bool) -> World {
    let now = world.now + minutes;
    let stripe = engine.change(world.stripe, |stripe| stripe.pass(now, may_lag));
    World {
        now,
        stripe,
        ..world
    }
}
