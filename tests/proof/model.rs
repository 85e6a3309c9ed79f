//! The model that stateright explores: who may do what in a state, and what comes of it.
//!
//! A state is the world, the tasks on their way, and what is left of the budgets. Tasks are kept in
//! order: which of two equal clicks is which makes no difference, so it makes no second state either.

use std::{hash::Hash, sync::Arc};

use checkout_guard::{
    domain::{id::SessionId, time::UnixMillis},
    guard::operator::{Acted, Obstacle, Refunded},
};
use stateright::{Model, Property};

use crate::{
    audit::Breach,
    clock,
    configurations::{Act, Budgets, Change, Configuration, Way},
    engine::{Engine, Trouble, World, field},
    intern::Id,
    invariants::{self, Checks},
    stripe::{self, Back, Dispute, Gone, Kind, Mishap, Status},
    task::{self, Call, End, Job, Next},
};

/// A state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub world: World,
    /// Sorted.
    pub tasks: Vec<Id>,
    pub left: Budgets,
    /// The breach by the database, if there is one.
    pub breach: Option<Breach>,
    pub restore: Restore,
}

/// How far a restore of the database to an earlier point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Restore {
    /// There was none.
    No,
    /// A point in time to which the database can be restored.
    Point { database: Id, at: u32 },
    /// It was restored; clicks are paused until everything was read again.
    Paused { at: u32 },
    /// Everything was read again.
    Over,
}

/// An action that can happen next.
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
    Bank(usize, bool),
    /// A session ends by itself, later than it said.
    Lapse(usize),
    /// The treasurer refunds in Stripe's dashboard.
    GiveBack(usize, Back),
    /// A refund comes to nothing.
    RefundEnds(usize, usize, Gone),
    /// The payer disputes, and Stripe refuses refunds from now on; or that is decided.
    Dispute(usize, Dispute),
    /// Another database on the account is paid for a charge of the same id.
    OtherInstallation,
    /// Stripe forgets its keys, though its documents say that it does not.
    Forget,
    /// The operator changes the charge.
    Charge(Change),
    /// So many minutes pass.
    Pass(u32),
    /// The database can be restored to this moment later.
    Remember,
    /// It is.
    Restore,
}

/// The task that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    Click(i64, Way),
    Reconcile,
    Deliver(usize, Kind),
    Return(usize),
    /// `POST /admin/reconcile` after a restore.
    ReadAgain,
    /// An operator, at the desk.
    Act(Act),
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
            restore: Restore::No,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.beginnings(state, actions);
        self.steps(state, actions);
        self.environment(state, actions);
        self.restores(state, actions);
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
            | Action::GiveBack(..)
            | Action::RefundEnds(..)
            | Action::Dispute(..)
            | Action::OtherInstallation
            | Action::Forget
            | Action::Charge(_)
            | Action::Pass(_)
            | Action::Remember
            | Action::Restore => self.happen(&mut next, &action),
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
        let is_paused = matches!(state.restore, Restore::Paused { .. });
        if left.clicks > 0 && !is_paused {
            let way = self.way(left);
            let database = self.engine.databases.value(state.world.database);
            let charges = 1..=self.configuration.charges;
            let named = charges.filter(|charge| task::by(*charge, way, &database).is_some());
            actions.extend(named.map(|charge| Action::Begin(Begin::Click(charge, way))));
        }
        if left.runs > 0 && !is_paused {
            actions.push(Action::Begin(Begin::Reconcile));
        }
        if left.deliveries > 0 {
            for (session, kind) in stripe.events() {
                actions.push(Action::Begin(Begin::Deliver(session, kind)));
            }
        }
        if left.acts > 0 {
            let acts = self.configuration.acts.iter();
            actions.extend(acts.map(|act| Action::Begin(Begin::Act(*act))));
        }
        if left.returns > 0 {
            for (number, session) in stripe.sessions.iter().enumerate() {
                if session.handed && session.status != Status::Open {
                    actions.push(Action::Begin(Begin::Return(number)));
                }
            }
        }
    }

    /// How the next click names its charge.
    fn way(&self, left: &Budgets) -> Way {
        let ways = self.configuration.ways;
        ways[usize::from(self.configuration.budgets.clicks - left.clicks) % ways.len()]
    }

    fn restores(&self, state: &State, actions: &mut Vec<Action>) {
        match state.restore {
            // Before an import there is one point in time that matters.
            Restore::No if self.configuration.imports_anew => {
                if state.world == self.engine.first_world() {
                    actions.push(Action::Remember);
                }
            }
            Restore::No if self.configuration.restores => actions.push(Action::Remember),
            Restore::Point { .. } => actions.push(Action::Restore),
            // The operator asks again and again until it says that it is done.
            Restore::Paused { .. } if !self.is_reading_again(state) => {
                actions.push(Action::Begin(Begin::ReadAgain));
            }
            Restore::No | Restore::Paused { .. } | Restore::Over => {}
        }
    }

    fn is_reading_again(&self, state: &State) -> bool {
        state.tasks.iter().any(|task| {
            let job = &self.engine.tasks.value(*task).job;
            matches!(job, Job::Restore(_))
        })
    }

    fn spend_on(&self, state: &mut State, begin: Begin) -> Job {
        let left = &mut state.left;
        match begin {
            Begin::Click(charge, way) => {
                left.clicks -= 1;
                let database = self.engine.databases.value(state.world.database);
                let by = task::by(charge, way, &database);
                Job::Click(
                    charge,
                    by.unwrap_or_else(|| panic!("no order has an attempt")),
                )
            }
            Begin::Reconcile => {
                left.runs -= 1;
                Job::Reconcile
            }
            Begin::Deliver(session, kind) => {
                left.deliveries -= 1;
                let stripe = self.engine.stripes.value(state.world.stripe);
                let event = stripe.event(session, kind, &self.engine.texts);
                Job::Deliver(Box::new(event), session, kind)
            }
            Begin::Return(session) => {
                left.returns -= 1;
                let SessionId(id) = stripe::session_id(session);
                Job::Return(SessionId(id))
            }
            Begin::ReadAgain => {
                let at = match state.restore {
                    Restore::Paused { at } => at,
                    Restore::No | Restore::Point { .. } | Restore::Over => 0,
                };
                Job::Restore(UnixMillis(clock::millis(at)))
            }
            Begin::Act(act) => {
                left.acts -= 1;
                Job::Act(act)
            }
        }
    }

    fn steps(&self, state: &State, actions: &mut Vec<Action>) {
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
                let task_now = self.engine.tasks.value(*id);
                let Some(call) = task_now.next.call() else {
                    continue;
                };
                if call.is_to_stripe() {
                    let mishaps = self.configuration.mishaps.iter();
                    actions.extend(
                        mishaps.map(|mishap| Action::Trouble(task, Trouble::Stripe(*mishap))),
                    );
                }
            }
        }
    }

    fn step(&self, state: &mut State, task: usize, trouble: Option<Trouble>) -> Option<()> {
        self.refunds_both(state, state.tasks[task], trouble);
        let stepped = self.engine.step(state.world, state.tasks[task], trouble)?;
        state.world = stepped.world;
        state.breach = state.breach.or(stepped.breach);
        self.engine.witness(&stepped);
        if let Some(row) = stepped.row
            && self.configuration.ways.len() > 1
            && let Job::Click(_, by) = &self.engine.tasks.value(stepped.task).job
        {
            let way = task::way(by).name();
            self.engine.note(&format!("{}, {way}", row.name()));
        }
        if stepped.has_ended {
            let ended = self.engine.tasks.value(stepped.task);
            if ended.next == Next::End(End::Restored(Ok(true))) {
                state.restore = Restore::Over;
                self.engine.note("a restore, read again");
            }
            if let (Job::Act(act), Next::End(End::Acted(Ok(acted)))) = (&ended.job, &ended.next) {
                self.engine
                    .note(&format!("act: {} {}", act.name(), self::acted(acted)));
            }
            if let (Job::Act(act), Next::End(End::Asked(Ok(refunded)))) = (&ended.job, &ended.next)
            {
                self.engine
                    .note(&format!("act: {} {}", act.name(), asked(refunded)));
            }
            state.tasks.remove(task);
        } else {
            state.tasks[task] = stepped.task;
        }
        Some(())
    }

    /// This Worker never refunds the last payment of a charge that stands. (A treasurer who refunds the other
    /// one in the same moment is told so by Stripe's list, and by nothing else.)
    fn refunds_both(&self, state: &mut State, task: Id, trouble: Option<Trouble>) {
        let task = self.engine.tasks.value(task);
        let Some(Call::Refund { payment, form, .. }) = task.next.call() else {
            return;
        };
        if trouble == Some(Trouble::Before) {
            return;
        }
        let stripe = self.engine.stripes.value(state.world.stripe);
        let number = stripe::number(&payment.0).unwrap_or_default();
        let charge = stripe.sessions[number].charge;
        let mut others = stripe
            .sessions
            .iter()
            .enumerate()
            .filter(|(other, session)| {
                *other != number && session.charge == charge && session.is_kept()
            });
        // An operator may refund whatever they like, and the cron finishes it.
        let is_by_operator = field(form, "reason") != Some("duplicate");
        let database = self.engine.databases.value(state.world.database);
        let has_cash = database
            .orders()
            .iter()
            .any(|order| order.charge == charge && order.is_offline && order.status == "paid");
        let is_alone = others.next().is_none() && !has_cash;
        if is_alone && !is_by_operator && !state.left.is_crossed {
            state.breach = state.breach.or(Some(Breach::BothRefunded));
        }
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
                Status::Processing => {
                    actions.push(Action::Bank(number, true));
                    actions.push(Action::Bank(number, false));
                }
                Status::Paid => {
                    if left.refunds > 0 {
                        let give = [Back::Part, Back::All];
                        let possible = give
                            .into_iter()
                            .filter(|it| session.can_give(*it).is_some());
                        actions.extend(possible.map(|it| Action::GiveBack(number, it)));
                        for (refund, given) in session.refunds.iter().flatten().enumerate() {
                            if given.status == Gone::Out {
                                let ends = [Gone::Failed, Gone::Canceled];
                                actions
                                    .extend(ends.map(|it| Action::RefundEnds(number, refund, it)));
                            }
                        }
                    }
                    if left.disputes > 0 {
                        let next: &[Dispute] = match session.dispute {
                            Dispute::None => &[Dispute::Open],
                            Dispute::Open => &[Dispute::Lost, Dispute::Won],
                            Dispute::Lost => &[Dispute::Won],
                            Dispute::Won => &[],
                        };
                        actions.extend(next.iter().map(|it| Action::Dispute(number, *it)));
                    }
                }
                Status::Expired | Status::Failed => {}
            }
        }
        if left.strangers > 0 {
            actions.push(Action::OtherInstallation);
        }
        if left.forgets > 0 {
            actions.push(Action::Forget);
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
        let now = state.world.now;
        let change = |state: &mut State, number: usize, change: &dyn Fn(&mut stripe::Checkout)| {
            state.world.stripe = engine.change(state.world.stripe, |stripe| {
                change(&mut stripe.sessions[number]);
            });
        };
        match *action {
            Action::Pay(number) => {
                state.left.payments -= 1;
                change(state, number, &|session| session.is_paid(now));
            }
            Action::Debit(number) => {
                state.left.debits -= 1;
                change(state, number, &|session| session.is_debited(now));
            }
            Action::Bank(number, pays) => {
                change(state, number, &|session| session.bank_answers(pays, now));
            }
            Action::Lapse(number) => change(state, number, &|session| session.lapses(now)),
            Action::GiveBack(number, back) => {
                state.left.refunds -= 1;
                // A refund by hand in the moment between this Worker's last look and its own refund. The request is
                // written in between, so that moment begins before it is, and ends with the refund.
                state.left.is_crossed |= state.tasks.iter().any(|task| {
                    let task = engine.tasks.value(*task);
                    matches!(task.next.call(), Some(Call::Refund { .. }))
                        || task.is_about_to_refund()
                });
                change(state, number, &|session| session.gives_back(back, now));
            }
            Action::RefundEnds(number, refund, how) => {
                state.left.refunds -= 1;
                change(state, number, &|session| {
                    session.refund_ends(refund, how, now)
                });
            }
            Action::Dispute(number, to) => {
                state.left.disputes -= 1;
                change(state, number, &|session| session.dispute_moves(to, now));
            }
            Action::OtherInstallation => {
                state.left.strangers -= 1;
                let attempt = engine.texts.id("f".repeat(32));
                state.world.stripe = engine.change(state.world.stripe, |stripe| {
                    stripe.other_installation_is_paid(attempt, now);
                });
            }
            Action::Forget => {
                state.left.forgets -= 1;
                state.world.stripe = engine.change(state.world.stripe, stripe::Stripe::forget);
            }
            Action::Charge(change) => {
                state.left.changes -= 1;
                let database = engine.databases.value(state.world.database);
                state.world.database = engine.databases.id(database.with_charge(change));
            }
            Action::Pass(minutes) => {
                state.left.passes -= 1;
                // Each call has a time limit of seconds, and so has whoever makes it: none is on its way for hours. (A
                // create call would be refused then by its `expires_at`. A refund has no such end.)
                if minutes >= 60 {
                    let asks = |task: &Id| {
                        let task = engine.tasks.value(*task);
                        matches!(task.next.call(), Some(Call::Refund { .. }))
                    };
                    state.tasks.retain(|task| !asks(task));
                }
                state.world = pass(engine, state.world, minutes, self.configuration.may_lag);
            }
            Action::Remember => {
                state.restore = Restore::Point {
                    database: state.world.database,
                    at: now,
                };
            }
            Action::Restore => {
                if let Restore::Point { database, at } = state.restore {
                    state.world.database = if self.configuration.imports_anew {
                        engine.imported_anew()
                    } else {
                        database
                    };
                    state.restore = Restore::Paused { at };
                    // The deployment that pauses the clicks ends whatever was on its way.
                    state.tasks.clear();
                }
            }
            Action::Begin(_) | Action::Step(_) | Action::Trouble(..) | Action::Crash(..) => {}
        }
    }
}

/// The outcome of an operator's act, without amounts.
fn acted(acted: &Acted) -> String {
    match acted {
        Acted::Refused(Obstacle::NotTheAmount { .. }) => "Refused(NotTheAmount)".to_owned(),
        Acted::Refused(Obstacle::RestDoesNotFit { .. }) => "Refused(RestDoesNotFit)".to_owned(),
        Acted::Refused(_) | Acted::Done | Acted::Unchanged | Acted::NotFound => {
            format!("{acted:?}")
        }
    }
}

/// The outcome of an operator's refund, in a word.
fn asked(refunded: &Refunded) -> String {
    match refunded {
        Refunded::InProgress(_) => "InProgress".to_owned(),
        Refunded::Unclear(_) => "Unclear".to_owned(),
        Refunded::Done | Refunded::Refused(_) | Refunded::Changed | Refunded::NotFound => {
            format!("{refunded:?}")
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

/// Every mishap of a create call.
pub const CREATE_MISHAPS: &[Mishap] = &[
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
    Mishap::NoUrl,
    Mishap::RefusesEmail,
];

/// Every mishap of any call.
pub const ANY_MISHAPS: &[Mishap] = &[
    Mishap::Refuses,
    Mishap::NotFound,
    Mishap::Unauthorized,
    Mishap::InvalidResponse,
];
