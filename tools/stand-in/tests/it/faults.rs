//! Fault switches: which calls they hit, how often, and what has happened behind the symptom.

use stand_in::{Begun, Fault, FaultKind, Request, Scope, encode};

use crate::account::{Account, SESSIONS, authorized, valid};

#[test]
fn a_fault_hits_its_endpoints_so_many_times() {
    let mut account = Account::new();
    account
        .stripe
        .add_fault(Fault::next(Scope::Create, FaultKind::ErrorBefore, 2));
    assert_eq!(account.get(SESSIONS).status, 200);
    let statuses: Vec<u16> = (0..3)
        .map(|_| account.post(SESSIONS, &valid()).status)
        .collect();
    assert_eq!(statuses, [500, 500, 200]);
    assert!(account.stripe.faults().is_empty());
}

#[test]
fn before_means_nothing_happened_and_after_means_it_did() {
    for (kind, status, made) in [
        (FaultKind::RateLimit, 429, 0),
        (FaultKind::ErrorBefore, 500, 0),
        (FaultKind::DropBefore, 0, 0),
        (FaultKind::ErrorAfter, 500, 1),
        (FaultKind::DropAfter, 0, 1),
        (FaultKind::Delay(5), 200, 1),
    ] {
        let mut account = Account::new();
        account.stripe.add_fault(Fault::next(Scope::Any, kind, 1));
        let response = account.post(SESSIONS, &valid());
        assert_eq!(response.status, status, "{kind:?}");
        assert_eq!(response.is_dropped(), status == 0);
        assert_eq!(account.stripe.sessions().count(), made, "{kind:?}");
        assert_eq!(account.stripe.calls().len(), 1);
    }
}

#[test]
fn the_retry_header_is_stripes_or_the_faults() {
    let mut account = Account::new();
    for (should_retry, header) in [(None, None), (Some(true), Some("true"))] {
        account.stripe.add_fault(Fault {
            should_retry,
            ..Fault::next(Scope::Any, FaultKind::ErrorBefore, 1)
        });
        let response = account.post(SESSIONS, &valid());
        assert_eq!(response.header("Stripe-Should-Retry"), header);
    }
}

#[test]
fn a_delay_is_the_servers_to_wait_and_combines_with_other_faults() {
    let mut account = Account::new();
    account
        .stripe
        .add_fault(Fault::next(Scope::Create, FaultKind::Delay(70), 1));
    account
        .stripe
        .add_fault(Fault::next(Scope::Create, FaultKind::DropAfter, 1));
    let request = authorized(Request::new("POST", SESSIONS).with_form(encode(&valid())));
    let Begun::Working(ticket) = account.stripe.begin(&request, account.now_ms) else {
        panic!("it is to be finished")
    };
    assert_eq!(ticket.delay_ms(), 70);
    assert!(
        account
            .stripe
            .finish(ticket, account.now_ms + 70)
            .is_dropped()
    );
    assert_eq!(account.stripe.sessions().count(), 1);
}

#[test]
fn a_replay_cannot_fail_after_acting() {
    let mut account = Account::new();
    account.post_with_key(SESSIONS, "k", &valid());
    account
        .stripe
        .add_fault(Fault::next(Scope::Create, FaultKind::ErrorAfter, 1));
    assert_eq!(account.post_with_key(SESSIONS, "k", &valid()).status, 200);
    assert_eq!(
        account.post_with_key(SESSIONS, "other", &valid()).status,
        500
    );
}

#[test]
fn a_probability_is_kept_and_repeats_with_its_seed() {
    let run = |seed| -> Vec<u16> {
        let mut account = Account::seeded(seed);
        account.stripe.add_fault(Fault {
            times: None,
            probability: 0.3,
            ..Fault::next(Scope::List, FaultKind::RateLimit, 0)
        });
        (0..1000).map(|_| account.get(SESSIONS).status).collect()
    };
    let hits = run(3).iter().filter(|status| **status == 429).count();
    assert!((250..350).contains(&hits), "{hits}");
    assert_eq!(run(3), run(3));
    assert_ne!(run(3), run(4));
}
