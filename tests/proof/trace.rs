//! A path of the exploration, told so that a person can follow it.

use checkout_guard::store::{checkout, cursors, events, incidents, orders, refunds};

use crate::{
    model::{Action, Begin, Guard, State},
    task::{self, Call, Job},
};

/// One line a step, and the database and Stripe at the end.
pub fn tell(guard: &Guard, path: &[(State, Option<Action>)]) -> Vec<String> {
    let mut lines: Vec<String> = path
        .iter()
        .filter_map(|(state, action)| {
            let minute = state.world.now;
            let what = line(guard, state, action.as_ref()?);
            Some(format!("{minute:>5}' {what}"))
        })
        .collect();
    if let Some((state, _)) = path.last() {
        lines.extend(scene(guard, state));
    }
    lines
}

fn scene(guard: &Guard, state: &State) -> Vec<String> {
    let database = guard.engine.databases.value(state.world.database);
    let stripe = guard.engine.stripes.value(state.world.stripe);
    let mut lines: Vec<_> = database
        .orders()
        .iter()
        .map(|it| format!("       {it:?}"))
        .collect();
    let open = database.incidents();
    lines.extend(open.iter().map(|incident| format!("       {incident:?}")));
    let sessions = stripe.sessions.iter().enumerate();
    lines.extend(sessions.map(|(number, it)| format!("       session {number}: {it:?}")));
    lines.extend(
        state
            .breach
            .map(|breach| format!("       {}", breach.text())),
    );
    lines
}

fn line(guard: &Guard, state: &State, action: &Action) -> String {
    let doing = |task: usize| {
        let task = guard.engine.tasks.value(state.tasks[task]);
        let call = task.next.call().map(call);
        format!("{} {}", job(&task.job), call.unwrap_or_default())
    };
    match action {
        Action::Begin(Begin::Click(charge, way)) => {
            format!("a click {} on charge {charge} begins", way.name())
        }
        Action::Begin(Begin::Reconcile) => "a run of the cron begins".to_owned(),
        Action::Begin(begin) => format!("{begin:?} begins: reads the database"),
        Action::Step(task) => doing(*task),
        Action::Trouble(task, trouble) => format!("{} -- FAULT {trouble:?}", doing(*task)),
        Action::Crash(task, after) => format!("{} -- CRASH after {after:?}", doing(*task)),
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
        | Action::Restore => format!("{action:?}"),
    }
}

fn job(job: &Job) -> String {
    match job {
        Job::Click(charge, by) => {
            format!("the click {} on charge {charge}", task::way(by).name())
        }
        Job::Deliver(event, session, _) => format!("the delivery of {} of {session}", event.kind),
        Job::Return(session) => format!("the return from {session}"),
        Job::Reconcile => "the cron".to_owned(),
        Job::Restore(_) => "the reading after a restore".to_owned(),
        Job::Act(act) => format!("the operator ({})", act.name()),
    }
}

fn call(call: &Call) -> String {
    const NAMES: [(&str, &str); 35] = [
        (checkout::CLAIM, "claims if free"),
        (checkout::CHECKOUT, "reads the link"),
        (checkout::CLAIM_OF_PLAYER, "claims if free"),
        (checkout::CHECKOUT_OF_PLAYER, "reads the player's charge"),
        (checkout::CLAIM_OF_ATTEMPT, "claims if free"),
        (checkout::CHECKOUT_OF_ATTEMPT, "reads the attempt's charge"),
        (orders::CANCEL, "cancels"),
        (orders::ATTACH, "stores the session"),
        (orders::EXPECT_VERSION, "(compare-and-set)"),
        (
            events::RECORD_PLAIN,
            "records the event if its payment is plain",
        ),
        (orders::EXPECT_UNPAID, "(if nobody has paid)"),
        (events::RECORD_EVENT, "records the event"),
        (orders::PAY, "marks as paid"),
        (orders::PAY_PLAIN, "marks as paid"),
        (orders::RECORD, "records the payment"),
        (orders::COUNT_REFUNDS, "counts the refunds"),
        (orders::PROMOTE, "(promotes a waiting payment)"),
        (orders::DETAILS, "stores the details"),
        (orders::CHECKED, "has nothing left to ask"),
        (orders::REMAKE, "makes the order anew"),
        (incidents::OPEN, "opens an incident"),
        (incidents::RESOLVE, "resolves an incident"),
        (events::FIND, "reads the orders"),
        (orders::LIVE, "reads the charge's live order"),
        (orders::DUE, "reads what is due"),
        (orders::POSTPONE, "postpones"),
        (incidents::REVIEWS, "reads what waits"),
        (cursors::WRITE, "stores the cursor"),
        (refunds::REQUEST, "writes a request for a refund"),
        (refunds::END_REQUEST, "ends a request for a refund"),
        (refunds::POSTPONE_REQUEST, "postpones a request"),
        (refunds::HERE, "reads what is known of the refunds"),
        (refunds::OPEN_REQUESTS, "reads open requests"),
        (orders::WAITS, "stores whom its money waits for"),
        (incidents::UNPLACED, "reads what has no place"),
    ];
    match call {
        Call::Batch(statements) => {
            let name = |sql: &str| NAMES.iter().find(|(known, _)| *known == sql);
            let names = statements
                .iter()
                .filter_map(|statement| name(statement.sql));
            let names: Vec<_> = names.map(|(_, name)| *name).collect();
            names.join(", ")
        }
        Call::Create { key, .. } => format!("creates a session under {key}"),
        Call::Retrieve(id) => format!("retrieves {id}"),
        Call::Expire(id) => format!("expires {id}"),
        Call::Refund { payment, form, .. } => format!("refunds {payment} ({form})"),
        Call::Refunds(id) => format!("lists the refunds of {id}"),
        Call::SessionOf(id) => format!("asks for the session of {id}"),
        Call::Events { .. } => "lists events".to_owned(),
        Call::Sessions { .. } => "lists sessions".to_owned(),
        Call::Sleep => "waits for another click".to_owned(),
        Call::Answer(_) => "answers".to_owned(),
    }
}
