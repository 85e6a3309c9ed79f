//! Fault switches: which calls they hit, how often, and what has happened behind the symptom.

use fake_stripe::{Admission, Fault, FaultKind, Request, Scope, encode};

use serde_json::Value;

use crate::account::{Account, SESSIONS, authorized, error, id, valid};

const EMAIL_INVALID: FaultKind = FaultKind::BadRequest {
    code: "email_invalid",
    param: "customer_email",
};

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
        (FaultKind::NotFoundHtml, 404, 0),
        (FaultKind::NotFound, 404, 0),
        (FaultKind::Unauthorized, 401, 0),
        (FaultKind::Forbidden, 403, 0),
        (EMAIL_INVALID, 400, 0),
        (FaultKind::NotJson, 200, 1),
        (FaultKind::NoObject, 200, 1),
        (FaultKind::NoUrl, 200, 1),
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
    let Admission::Admitted(ticket) = account.stripe.begin(&request, account.now_ms) else {
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

#[test]
fn a_404_is_stripes_or_a_proxys() {
    let mut account = Account::new();
    let session = account.session();
    let path = format!("{SESSIONS}/{session}");
    let fault = Fault::next(Scope::Retrieve, FaultKind::NotFound, 1);
    account.stripe.add_fault(fault);
    let missing = account.get(&path);
    assert_eq!(
        (missing.status, error(&missing).1),
        (404, "resource_missing".into())
    );
    assert!(missing.header("Request-Id").is_some());

    let fault = Fault::next(Scope::Retrieve, FaultKind::NotFoundHtml, 1);
    account.stripe.add_fault(fault);
    let missing = account.get(&path);
    assert_eq!((missing.status, missing.json()), (404, Value::Null));
    assert_eq!(
        missing.header("Content-Type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(missing.header("Request-Id"), None);
    assert_eq!(account.get(&path).status, 200);
}

#[test]
fn a_refused_key_is_one_for_every_endpoint() {
    for (kind, status) in [(FaultKind::Unauthorized, 401), (FaultKind::Forbidden, 403)] {
        let mut account = Account::new();
        account.stripe.add_fault(Fault {
            times: None,
            ..Fault::next(Scope::Any, kind, 0)
        });
        for path in [
            SESSIONS,
            "/v1/events",
            "/v1/account",
            "/v1/webhook_endpoints",
        ] {
            let refused = account.get(path);
            assert_eq!(refused.status, status);
            assert_eq!(refused.json()["error"]["type"], "invalid_request_error");
        }
    }
}

#[test]
fn a_bad_request_lasts_and_is_not_saved() {
    let mut account = Account::new();
    account
        .stripe
        .add_fault(Fault::next(Scope::Create, EMAIL_INVALID, 2));
    for _ in 0..2 {
        let refused = account.post_with_key(SESSIONS, "k", &valid());
        let expected = (400, "email_invalid".into(), "customer_email".into());
        assert_eq!(error(&refused), expected);
        assert_eq!(refused.header("Idempotent-Replayed"), None);
    }
    assert_eq!(account.post_with_key(SESSIONS, "k", &valid()).status, 200);
}

#[test]
fn an_invalid_response_arrives_and_the_key_keeps_the_true_one() {
    for kind in [FaultKind::NotJson, FaultKind::NoObject] {
        let mut account = Account::new();
        account
            .stripe
            .add_fault(Fault::next(Scope::Create, kind, 1));
        let spoiled = account.post_with_key(SESSIONS, "k", &valid());
        assert_eq!(spoiled.status, 200);
        assert!(spoiled.json().get("object").is_none());
        assert_eq!(spoiled.json().is_null(), kind == FaultKind::NotJson);
        let truth = account.post_with_key(SESSIONS, "k", &valid());
        assert_eq!(truth.header("Idempotent-Replayed"), Some("true"));
        assert_eq!(truth.json()["object"], "checkout.session");
        assert_eq!(account.stripe.sessions().count(), 1);
    }
}

#[test]
fn a_session_without_its_url_keeps_being_one_under_its_key() {
    let mut account = Account::new();
    account
        .stripe
        .add_fault(Fault::next(Scope::Any, FaultKind::NoUrl, 1));
    // Whatever answers no session is none of its business.
    account.get("/v1/account");
    for _ in 0..2 {
        let session = account.post_with_key(SESSIONS, "k", &valid()).json();
        assert_eq!(
            (&session["status"], &session["url"]),
            (&"open".into(), &Value::Null)
        );
    }
    let session = account.stripe.sessions().next().unwrap().id.to_string();
    assert!(account.retrieve(&session)["url"].is_string());
}

#[test]
fn a_refund_is_refused_and_the_refusal_remembered() {
    let mut account = Account::new();
    let intent = account.paid();
    account
        .stripe
        .add_fault(Fault::next(Scope::Refunds, FaultKind::RefundRefused, 1));
    let form = [("payment_intent", intent.as_str())];
    assert_eq!(account.get("/v1/refunds").status, 200);
    for _ in 0..2 {
        let refused = account.post_with_key("/v1/refunds", "r", &form);
        assert_eq!(
            (refused.status, error(&refused).1),
            (400, "insufficient_funds".into())
        );
    }
    assert_eq!(account.stripe.refunds().count(), 0);
    assert!(id(&account.post_with_key("/v1/refunds", "other", &form).json()).starts_with("re_"));
}

#[test]
fn every_group_of_endpoints_can_fail_by_itself() {
    let mut account = Account::new();
    let intent = account.paid();
    for (scope, path) in [
        (Scope::List, SESSIONS.to_owned()),
        (Scope::Events, "/v1/events".into()),
        (Scope::Refunds, "/v1/refunds".into()),
        (Scope::Payments, format!("/v1/payment_intents/{intent}")),
        (Scope::Disputes, "/v1/disputes".into()),
        (Scope::Account, "/v1/balance".into()),
        (Scope::WebhookEndpoints, "/v1/webhook_endpoints".into()),
    ] {
        account
            .stripe
            .add_fault(Fault::next(scope, FaultKind::ErrorBefore, 1));
        assert_eq!(account.get(&path).status, 500, "{scope:?}");
        assert_eq!(account.get(&path).status, 200, "{scope:?}");
    }
}
