//! Defects that the exploration found, each kept as its shortest trace.

use std::sync::Arc;

use checkout_guard::{domain::checkout::ChargeRef, guard::click::Outcome};
use stateright::Model;

use crate::{
    configurations::Way,
    engine::Engine,
    explore::quick,
    invariants::Checks,
    model::{Action, Begin, Guard, State},
    probe,
    task::{self, Job},
};

/// The Worker died before it stored the session, the payer paid in it, no webhook came, the cron did
/// not run, and a day later Stripe had forgotten the key: the order counted as dead, and the next click
/// led to a second payment.
#[test]
fn a_payment_that_nobody_heard_of_for_a_day_is_not_taken_again() {
    let outcome = click_after(&[
        Action::Begin(Begin::Click(1, Way::Link)),
        Action::Step(0),
        Action::Crash(0, crate::model::After::Nothing),
        Action::Pay(0),
        Action::Pass(1440),
    ]);
    assert!(matches!(outcome, Some(Outcome::Paid { .. })), "{outcome:?}");
}

/// The same with a bank that takes its time; a delivered webhook did not help either.
#[test]
fn a_debit_that_clears_for_days_is_not_joined_by_a_second_payment() {
    let completed = Action::Begin(Begin::Deliver(0, crate::stripe::Kind::Completed));
    for delivery in [vec![], vec![completed, Action::Step(0), Action::Step(0)]] {
        let mut actions = vec![
            Action::Begin(Begin::Click(1, Way::Link)),
            Action::Step(0),
            Action::Crash(0, crate::model::After::Nothing),
            Action::Debit(0),
        ];
        actions.extend(delivery);
        actions.push(Action::Pass(1440));
        let outcome = click_after(&actions);
        assert!(
            matches!(outcome, Some(Outcome::Processing { .. })),
            "{outcome:?}"
        );
    }
}

fn click_after(actions: &[Action]) -> Option<Outcome> {
    let configuration = quick("days without the cron, by bank debit");
    let guard = Guard {
        configuration,
        engine: Arc::new(Engine::new(&[], configuration)),
        checks: Arc::new(Checks::new()),
    };
    let first = guard.init_states().remove(0);
    let last = actions.iter().fold(first, |state: State, action| {
        let next = guard.next_state(&state, action.clone());
        next.unwrap_or_else(|| panic!("{action:?} cannot be"))
    });
    probe::run(
        &guard.engine,
        last.world,
        &Job::Click(1, ChargeRef::Link(task::hash(1))),
    )
    .answer
}
