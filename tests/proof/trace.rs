//! A path of the exploration, told so that a person can follow it.

use checkout_guard::sql;

use crate::{
    model::{Action, Begin, Guard, State},
    task::{Call, Job},
};

/// One line a step, and the books and Stripe at the end.
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
    let books = guard.engine.books.value(state.world.books);
    let stripe = guard.engine.stripes.value(state.world.stripe);
    let mut lines: Vec<_> = books
        .orders()
        .iter()
        .map(|it| format!("       {it:?}"))
        .collect();
    let open = books.incidents();
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
        let call = task.next_call().map(call);
        format!("{} {}", job(&task.job), call.unwrap_or_default())
    };
    match action {
        Action::Begin(Begin::Click) => "a click begins: reads the link".to_owned(),
        Action::Begin(Begin::Sweep) => "a sweep begins: reads what is due".to_owned(),
        Action::Begin(begin) => format!("{begin:?} begins: reads the books"),
        Action::Step(task) => doing(*task),
        Action::Trouble(task, trouble) => format!("{} -- FAULT {trouble:?}", doing(*task)),
        Action::Crash(task, after) => format!("{} -- CRASH after {after:?}", doing(*task)),
        Action::Pay(_)
        | Action::Debit(_)
        | Action::Bank(..)
        | Action::Lapse(_)
        | Action::Refund(_)
        | Action::Charge(_)
        | Action::Pass(_) => format!("{action:?}"),
    }
}

fn job(job: &Job) -> String {
    match job {
        Job::Click => "the click".to_owned(),
        Job::Deliver(event, session, _) => format!("the delivery of {} of {session}", event.kind),
        Job::Return(session) => format!("the return from {session}"),
        Job::Sweep => "the sweep".to_owned(),
    }
}

fn call(call: &Call) -> String {
    const NAMES: [(&str, &str); 15] = [
        (sql::CHECKOUT, "reads the link"),
        (sql::CANCEL, "cancels"),
        (sql::CLAIM, "claims"),
        (sql::ATTACH, "stores the session"),
        (sql::EXPECT_VERSION, "(compare-and-set)"),
        (sql::RECORD_EVENT, "records the event"),
        (sql::PAY, "marks as paid"),
        (sql::PAY_BACK, "marks as paid back"),
        (sql::OPEN_INCIDENT, "opens an incident"),
        (sql::SETTLE_INCIDENT, "settles an incident"),
        (sql::FIND, "reads the order"),
        (sql::RIVAL, "reads the charge's other order"),
        (sql::DUE, "reads what is due"),
        (sql::POSTPONE, "postpones"),
        (sql::UNSEEN, "reads which events are new"),
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
        Call::Refund(id) => format!("refunds {id}"),
        Call::Undelivered => "lists undelivered events".to_owned(),
        Call::Answer(_) => "answers".to_owned(),
    }
}
