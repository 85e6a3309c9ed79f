//! Idempotency keys, by what a key meets: nothing, its own request in flight, its answer, another request's.

use fake_stripe::{Admission, Config, Fault, FaultKind, Request, Response, Scope, Ticket, encode};

use crate::account::{
    Account, HOUR_MS, MINUTE_MS, SESSIONS, authorized, error, id, valid, valid_but,
};

fn replayed(response: &Response) -> bool {
    response.header("Idempotent-Replayed") == Some("true")
}

fn keyed(path: &str, form: &[(&str, &str)]) -> Request {
    let request = Request::new("POST", path).with_form(encode(form));
    authorized(request.with_header("Idempotency-Key", "k"))
}

fn begin(account: &mut Account, request: &Request) -> Ticket {
    match account.stripe.begin(request, account.now_ms) {
        Admission::Admitted(ticket) => ticket,
        Admission::Answered(response) => panic!("answered at once: {response:?}"),
    }
}

#[test]
fn the_same_request_gets_the_same_answer_again() {
    let mut account = Account::new();
    let first = account.post_with_key(SESSIONS, "k", &valid());
    account.now_ms += HOUR_MS;
    let mut shuffled = valid();
    shuffled.reverse();
    let again = account.post_with_key(SESSIONS, "k", &shuffled);

    assert_eq!((first.status, again.status), (200, 200));
    assert_eq!(first.body, again.body);
    assert!(!replayed(&first) && replayed(&again));
    assert_eq!(again.header("Idempotency-Key"), Some("k"));
    assert_eq!(again.header("Original-Request"), first.header("Request-Id"));
    assert_ne!(again.header("Request-Id"), first.header("Request-Id"));
    assert_eq!(account.stripe.sessions().count(), 1);
}

#[test]
fn a_replay_does_not_know_what_happened_since() {
    let mut account = Account::new();
    let session = id(&account.post_with_key(SESSIONS, "k", &valid()).json());
    account.stripe.pay(&session, account.now_ms).unwrap();
    let again = account.post_with_key(SESSIONS, "k", &valid());
    assert_eq!(again.json()["status"], "open");
    assert_eq!(account.retrieve(&session)["status"], "complete");
}

#[test]
fn other_parameters_or_another_endpoint_are_an_error() {
    let mut account = Account::new();
    account.post_with_key(SESSIONS, "k", &valid());
    let other = account.post_with_key(SESSIONS, "k", &valid_but("client_reference_id", "8"));
    let elsewhere = account.post_with_key("/v1/refunds", "k", &valid());
    for response in [other, elsewhere] {
        assert_eq!(response.status, 400);
        assert_eq!(response.json()["error"]["type"], "idempotency_error");
        assert!(!replayed(&response));
    }
    assert_eq!(account.stripe.sessions().count(), 1);
}

#[test]
fn a_key_in_flight_is_a_conflict_and_free_again_afterwards() {
    let mut account = Account::new();
    let request = keyed(SESSIONS, &valid());
    let ticket = begin(&mut account, &request);

    let conflict = account.stripe.handle(&request, account.now_ms);
    assert_eq!(
        error(&conflict),
        (409, "idempotency_key_in_use".into(), String::new())
    );
    assert_eq!(conflict.json()["error"]["type"], "idempotency_error");
    assert_eq!(conflict.header("Stripe-Should-Retry"), Some("true"));
    assert_eq!(account.stripe.sessions().count(), 0);

    let first = account.stripe.finish(ticket, account.now_ms);
    let again = account.stripe.handle(&request, account.now_ms);
    assert_eq!(first.body, again.body);
    assert!(replayed(&again));
    assert_eq!(account.stripe.sessions().count(), 1);
}

#[test]
fn a_key_is_forgotten_after_24_hours() {
    let mut account = Account::new();
    let first = id(&account.post_with_key(SESSIONS, "k", &valid()).json());
    account.now_ms += 24 * HOUR_MS - 1;
    assert!(replayed(&account.post_with_key(SESSIONS, "k", &valid())));
    account.now_ms += 1;
    let fresh = account.post_with_key(SESSIONS, "k", &valid_but("client_reference_id", "8"));
    assert!(!replayed(&fresh));
    assert_ne!(id(&fresh.json()), first);
}

#[test]
fn what_was_never_executed_is_not_saved() {
    let mut account = Account::new();
    let invalid = valid_but("mode", "gift");
    assert_eq!(account.post_with_key(SESSIONS, "k", &invalid).status, 400);
    assert!(!replayed(&account.post_with_key(SESSIONS, "k", &invalid)));

    for (kind, status) in [(FaultKind::RateLimit, 429), (FaultKind::ErrorBefore, 500)] {
        account
            .stripe
            .add_fault(Fault::next(Scope::Create, kind, 1));
        assert_eq!(
            account.post_with_key(SESSIONS, "k", &valid()).status,
            status
        );
    }
    let unauthorized = Request::new("POST", SESSIONS)
        .with_form(encode(&valid()))
        .with_header("Idempotency-Key", "k");
    assert_eq!(
        account.stripe.handle(&unauthorized, account.now_ms).status,
        401
    );

    let executed = account.post_with_key(SESSIONS, "k", &valid());
    assert_eq!(executed.status, 200);
    assert!(!replayed(&executed));
}

#[test]
fn an_error_of_an_executed_request_is_saved() {
    let mut account = Account::new();
    let session = account.session();
    let path = format!("{SESSIONS}/{session}/expire");
    account.stripe.pay(&session, account.now_ms).unwrap();
    let first = account.post_with_key(&path, "k", &[]);
    let again = account.post_with_key(&path, "k", &[]);
    assert_eq!((first.status, again.status), (400, 400));
    assert_eq!(first.body, again.body);
    assert!(replayed(&again));
}

#[test]
fn a_500_after_acting_is_saved_and_says_that_a_retry_is_no_use() {
    let mut account = Account::new();
    account
        .stripe
        .add_fault(Fault::next(Scope::Create, FaultKind::ErrorAfter, 1));
    for expected in [false, true] {
        let response = account.post_with_key(SESSIONS, "k", &valid());
        assert_eq!(response.status, 500);
        assert_eq!(response.header("Stripe-Should-Retry"), Some("false"));
        assert_eq!(replayed(&response), expected);
    }
    assert_eq!(account.stripe.sessions().count(), 1);
}

#[test]
fn a_key_on_a_get_means_nothing_and_a_long_one_is_refused() {
    let mut account = Account::new();
    let get = Request::new("GET", SESSIONS).with_header("Idempotency-Key", "k");
    assert_eq!(account.send(get).header("Idempotency-Key"), None);
    let long = "k".repeat(256);
    assert_eq!(account.post_with_key(SESSIONS, &long, &valid()).status, 400);
    assert_eq!(
        account.post_with_key(SESSIONS, &long[1..], &valid()).status,
        200
    );
}

#[test]
fn an_answer_lost_after_acting_is_found_again_under_its_key() {
    let mut account = Account::new();
    account
        .stripe
        .add_fault(Fault::next(Scope::Create, FaultKind::DropAfter, 1));
    assert!(account.post_with_key(SESSIONS, "k", &valid()).is_dropped());
    account.now_ms += 30 * MINUTE_MS;
    let found = account.post_with_key(SESSIONS, "k", &valid());
    assert!(replayed(&found));
    assert_eq!(account.stripe.sessions().count(), 1);
}

/// A session that lasts 65 minutes, as the product makes it.
fn short(account: &Account) -> Vec<(&'static str, String)> {
    let at = account.now_ms / 1000 + 65 * 60;
    let mut form: Vec<(&str, String)> = valid().into_iter().map(|(k, v)| (k, v.into())).collect();
    form.push(("expires_at", at.to_string()));
    form
}

fn post_short(account: &mut Account, form: &[(&'static str, String)]) -> Response {
    let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
    account.post_with_key(SESSIONS, "k", &form)
}

#[test]
fn a_replay_past_the_last_moment_to_create_is_a_400_or_the_saved_answer() {
    for validates_before_key in [false, true] {
        let mut account = Account::with(Config {
            validates_before_key,
            ..Config::default()
        });
        let form = short(&account);
        let first = post_short(&mut account, &form);
        account.now_ms += 35 * MINUTE_MS;
        assert!(
            replayed(&post_short(&mut account, &form)),
            "30 minutes ahead"
        );
        account.now_ms += 1000;
        let late = post_short(&mut account, &form);
        if validates_before_key {
            assert_eq!(error(&late), (400, String::new(), "expires_at".into()));
            assert!(!replayed(&late));
        } else {
            assert!(replayed(&late));
            assert_eq!(late.body, first.body);
        }
        // The key is as it was.
        account.now_ms -= 1000;
        assert!(replayed(&post_short(&mut account, &form)));
        assert_eq!(account.stripe.sessions().count(), 1);
    }
}

#[test]
fn a_key_that_is_unknown_after_that_moment_saves_nothing() {
    for validates_before_key in [false, true] {
        let mut account = Account::with(Config {
            validates_before_key,
            ..Config::default()
        });
        let form = short(&account);
        account.now_ms += 36 * MINUTE_MS;
        for _ in 0..2 {
            let late = post_short(&mut account, &form);
            assert_eq!((late.status, replayed(&late)), (400, false));
        }
        assert_eq!(account.stripe.sessions().count(), 0);
    }
}
