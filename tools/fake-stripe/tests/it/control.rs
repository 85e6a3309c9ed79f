//! The control API and the pages, in-process.

use fake_stripe::{Request, Response};
use serde_json::{Value, json};

use crate::account::{Account, SESSIONS, valid, valid_but};

fn control(account: &mut Account, name: &str, body: Value) -> Response {
    let mut request = Request::new("POST", &format!("/_/{name}"));
    request.body = body.to_string().into_bytes();
    let request = request.with_header("Content-Type", "application/json");
    account.stripe.control(&request, account.now_ms)
}

fn page(account: &mut Account, path: &str) -> (u16, String) {
    let response = account
        .stripe
        .control(&Request::new("GET", path), account.now_ms);
    (response.status, String::from_utf8(response.body).unwrap())
}

fn submit(account: &mut Account, session: &str, how: &str) -> Response {
    let request =
        Request::new("POST", &format!("/c/pay/{session}")).with_form(format!("how={how}"));
    account.stripe.control(&request, account.now_ms)
}

#[test]
fn actions_are_taken_by_name() {
    let mut account = Account::new();
    let session = account.session();
    let paid = control(
        &mut account,
        "pay",
        json!({ "session": session, "how": "debit" }),
    );
    assert!(
        paid.json()["payment_intent"]
            .as_str()
            .unwrap()
            .starts_with("pi_")
    );
    let resolved = control(
        &mut account,
        "settle",
        json!({ "session": session, "success": true }),
    );
    assert_eq!(resolved.status, 200);
    let refund = control(
        &mut account,
        "refund",
        json!({ "session": session, "amount": 500 }),
    );
    let refund = refund.json()["refund"].clone();
    assert_eq!(
        control(&mut account, "fail_refund", json!({ "refund": refund })).status,
        200
    );
    let dispute = control(&mut account, "dispute", json!({ "session": session })).json();
    let closing = json!({ "dispute": dispute["dispute"], "won": true });
    assert_eq!(control(&mut account, "close_dispute", closing).status, 200);
    let sent = control(&mut account, "redeliver", json!({}));
    assert_eq!(sent.json()["events"], account.stripe.events().count());
    assert_eq!(
        account.stripe.calls().len(),
        1,
        "only the API's calls count"
    );
}

#[test]
fn mistakes_are_told_and_change_nothing() {
    let mut account = Account::new();
    for (name, body) in [
        ("pay", json!({})),
        ("pay", json!({ "session": "cs_test_0" })),
        ("faults", json!({ "kind": "flood" })),
        ("faults", json!({ "kind": "delay", "endpoint": "moon" })),
        ("faults", json!({ "kind": "delay", "probability": 2 })),
        (
            "faults",
            json!({ "kind": "drop_after", "webhooks": { "extra_copies": -1 } }),
        ),
        ("clock", json!({ "offset_ms": "soon" })),
        ("faults", json!({ "kind": "no_url", "endpoint": "sun" })),
        ("endpoint", json!({})),
        ("endpoint", json!({ "id": "we_0", "enabled": true })),
        ("next_refund", json!({ "status": "gone" })),
        (
            "fail_refund",
            json!({ "refund": "re_0", "reason": "because" }),
        ),
        ("succeed_refund", json!({ "refund": "re_0" })),
        ("cancel_refund", json!({ "refund": "re_0" })),
        ("complete_action", json!({ "session": "cs_test_0" })),
        ("dispute", json!({ "payment_intent": "pi_0" })),
        ("close_dispute", json!({ "dispute": "dp_0" })),
        (
            "close_dispute",
            json!({ "dispute": "dp_0", "status": "over" }),
        ),
        (
            "close_dispute",
            json!({ "dispute": "dp_0", "status": "won", "won": true }),
        ),
        ("appeal_dispute", json!({ "dispute": "dp_0" })),
        ("seed", json!([])),
    ] {
        let response = control(&mut account, name, body.clone());
        assert_eq!(response.status, 400, "{name} {body}");
        assert!(response.json()["error"].is_string());
    }
    assert!(account.stripe.faults().is_empty());
    assert_eq!(control(&mut account, "nothing", json!({})).status, 404);
}

#[test]
fn faults_are_set_read_and_cleared() {
    let mut account = Account::new();
    let body = json!({
        "faults": [
            { "endpoint": "create", "kind": "delay", "ms": 40, "times": 2 },
            { "kind": "rate_limit", "probability": 0.5 },
        ],
        "webhooks": { "paused": true },
    });
    let set = control(&mut account, "faults", body).json();
    assert_eq!(set["faults"][0]["ms"], 40);
    assert_eq!(set["faults"][1]["endpoint"], "any");
    assert_eq!(set["webhooks"]["paused"], true);
    let cleared = control(&mut account, "faults", json!({ "clear": true })).json();
    assert_eq!(cleared["faults"], json!([]));
    assert_eq!(cleared["webhooks"]["paused"], false);
}

#[test]
fn a_reset_forgets_all_but_the_configuration() {
    let mut account = Account::new();
    let first = account.session();
    control(&mut account, "clock", json!({ "advance_ms": 5000 }));
    assert_eq!(account.stripe.clock_offset_ms(), 5000);
    control(&mut account, "reset", json!({}));
    assert_eq!(account.stripe.sessions().count(), 0);
    assert_eq!(account.stripe.clock_offset_ms(), 0);
    assert_eq!(account.session(), first);
}

#[test]
fn a_reset_can_change_what_the_account_is() {
    let mut account = Account::new();
    let body = json!({
        "livemode": true, "validates_before_key": true, "api_version": "2023-08-16",
        "account_version": "2024-10-28.acacia", "other_account_keys": ["sk_test_other"],
    });
    assert_eq!(control(&mut account, "reset", body).status, 200);
    let request = Request::new("GET", SESSIONS);
    let response = account.send_as("sk_live_1", request);
    assert_eq!(
        (response.status, response.header("Stripe-Version")),
        (200, Some("2024-10-28.acacia"))
    );
    let endpoint = account.stripe.webhook_endpoints().next().unwrap();
    assert_eq!(endpoint.api_version.unwrap().name(), "2023-08-16");
    let wrong = json!({ "livemode": false, "api_version": "2023-08-17" });
    assert_eq!(control(&mut account, "reset", wrong).status, 400);
    assert!(account.stripe.webhook_endpoints().next().unwrap().livemode);
}

#[test]
fn a_payer_sees_what_is_paid_and_no_markup_of_a_stranger() {
    let mut account = Account::new();
    let name = "line_items[0][price_data][product_data][name]";
    let form = valid_but(name, "<script>alert(1)</script>");
    let session = account.post(SESSIONS, &form).json();
    let (status, html) = page(
        &mut account,
        &format!("/c/pay/{}", session["id"].as_str().unwrap()),
    );
    assert_eq!(status, 200);
    assert!(html.contains("$135.00") && html.contains("parent@example.com"));
    assert!(html.contains("Fake Stripe Checkout") && html.contains("not Stripe"));
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script"));
    assert_eq!(page(&mut account, "/c/pay/cs_test_0").0, 404);
}

#[test]
fn each_button_leads_where_it_says() {
    let mut account = Account::new();
    let session = account.session();
    let back = submit(&mut account, &session, "back");
    assert_eq!(
        (back.status, back.header("Location")),
        (303, Some("https://club.test/back"))
    );
    let declined = submit(&mut account, &session, "decline");
    assert_eq!(declined.status, 303);
    let again = declined.header("Location").unwrap().to_owned();
    assert!(page(&mut account, &again).1.contains("role=\"alert\""));
    let paid = submit(&mut account, &session, "card");
    let url = format!("https://club.test/paid?s={session}");
    assert_eq!(
        (paid.status, paid.header("Location")),
        (303, Some(url.as_str()))
    );
    assert_eq!(submit(&mut account, &session, "debit").status, 409);
    assert!(
        page(&mut account, &format!("/c/pay/{session}"))
            .1
            .contains("is paid")
    );
    assert_eq!(submit(&mut account, &session, "nothing").status, 400);
}

#[test]
fn the_index_offers_what_can_happen_next() {
    let mut account = Account::new();
    assert!(page(&mut account, "/_/").1.contains("No session yet"));
    let open = account.session();
    let debited = account.session();
    account
        .stripe
        .pay_by_debit(&debited, account.now_ms)
        .unwrap();
    let html = page(&mut account, "/_/").1;
    assert!(html.contains("Debit succeeds") && html.contains("Expire"));
    let form = format!("session={open}");
    let request = Request::new("POST", "/_/expire").with_form(form.clone());
    let response = account.stripe.control(&request, account.now_ms);
    assert_eq!(
        (response.status, response.header("Location")),
        (303, Some("/_/"))
    );
    let again = Request::new("POST", "/_/expire").with_form(form);
    assert_eq!(account.stripe.control(&again, account.now_ms).status, 400);
}

#[test]
fn what_is_seen_can_be_listed() {
    let mut account = Account::new();
    account.post_with_key(SESSIONS, "order_7", &valid());
    account.paid();
    let listed = |account: &mut Account, name: &str| -> Value {
        serde_json::from_str(&page(account, &format!("/_/{name}")).1).unwrap()
    };
    let calls = listed(&mut account, "calls");
    assert_eq!(calls[0]["idempotency_key"], "order_7");
    assert_eq!(calls[0]["form"]["line_items"]["0"]["quantity"], "1");
    assert_eq!(
        listed(&mut account, "sessions").as_array().unwrap().len(),
        2
    );
    assert_eq!(listed(&mut account, "events").as_array().unwrap().len(), 3);
    assert_eq!(page(&mut account, "/_/health").0, 200);
}

#[test]
fn every_fault_can_be_set_by_its_name() {
    let mut account = Account::new();
    for kind in [
        "drop_before",
        "drop_after",
        "rate_limit",
        "error_before",
        "error_after",
        "not_found_html",
        "not_found",
        "unauthorized",
        "forbidden",
        "not_json",
        "no_object",
        "no_url",
        "refund_refused",
    ] {
        let set = control(
            &mut account,
            "faults",
            json!({ "clear": true, "kind": kind }),
        )
        .json();
        assert_eq!(set["faults"][0]["kind"], kind);
    }
    let body = json!({
        "clear": true, "endpoint": "create", "kind": "bad_request", "times": 1,
        "code": "email_invalid", "param": "customer_email",
    });
    let set = control(&mut account, "faults", body).json();
    assert_eq!(set["faults"][0]["param"], "customer_email");
    let refused = account.post(SESSIONS, &valid());
    let expected = (400, "email_invalid".into(), "customer_email".into());
    assert_eq!(crate::account::error(&refused), expected);
    for scope in ["disputes", "account", "webhook_endpoints"] {
        let body = json!({ "kind": "rate_limit", "endpoint": scope });
        assert_eq!(control(&mut account, "faults", body).status, 200);
    }
}

#[test]
fn refunds_and_disputes_go_on_by_name() {
    let mut account = Account::new();
    let intent = account.paid();
    assert_eq!(
        control(&mut account, "next_refund", json!({ "status": "pending" })).status,
        200
    );
    let body = json!({ "payment_intent": intent, "amount": 500 });
    let refund = control(&mut account, "refund", body).json()["refund"].clone();
    let status = |account: &mut Account| {
        serde_json::from_str::<Value>(&page(account, "/_/refunds").1).unwrap()[0]["status"].clone()
    };
    assert_eq!(status(&mut account), "pending");
    control(&mut account, "succeed_refund", json!({ "refund": refund }));
    assert_eq!(status(&mut account), "succeeded");
    let body = json!({ "refund": refund, "reason": "unknown" });
    control(&mut account, "fail_refund", body);
    assert_eq!(status(&mut account), "failed");

    let body =
        json!({ "payment_intent": intent, "status": "warning_needs_response", "amount": 500 });
    let dispute = control(&mut account, "dispute", body).json()["dispute"].clone();
    for status in ["needs_response", "lost"] {
        let body = json!({ "dispute": dispute, "status": status });
        assert_eq!(control(&mut account, "close_dispute", body).status, 200);
    }
    let appeal = control(
        &mut account,
        "appeal_dispute",
        json!({ "dispute": dispute }),
    );
    assert_eq!(appeal.status, 200);
    let listed: Value = serde_json::from_str(&page(&mut account, "/_/disputes").1).unwrap();
    assert_eq!(listed[0]["status"], "appeal_needs_response");
}

#[test]
fn endpoints_are_switched_off_and_on() {
    let mut account = Account::new();
    let status = |account: &mut Account| {
        let listed: Value = serde_json::from_str(&page(account, "/_/endpoint").1).unwrap();
        listed[0]["status"].clone()
    };
    control(&mut account, "endpoint", json!({ "enabled": false }));
    assert_eq!(status(&mut account), "disabled");
    assert!(page(&mut account, "/_/").1.contains("Enable"));
    let id = account
        .stripe
        .webhook_endpoints()
        .next()
        .unwrap()
        .id
        .to_string();
    control(
        &mut account,
        "endpoint",
        json!({ "id": id, "enabled": true }),
    );
    assert_eq!(status(&mut account), "enabled");
    assert!(page(&mut account, "/_/").1.contains("Disable"));
    control(&mut account, "endpoint", json!({ "enabled": false }));
    control(&mut account, "reset", json!({}));
    assert_eq!(status(&mut account), "enabled");
}

#[test]
fn the_index_shows_refunds_disputes_and_waiting_payments() {
    let mut account = Account::new();
    let now_ms = account.now_ms;
    let intent = account.paid();
    account.stripe.refund(&intent, Some(500), now_ms).unwrap();
    assert!(page(&mut account, "/_/").1.contains("Refund fails"));
    let dispute = account.stripe.dispute(&intent, now_ms).unwrap();
    let html = page(&mut account, "/_/").1;
    assert!(html.contains("Dispute won") && html.contains("Dispute lost"));
    account
        .stripe
        .close_dispute(&dispute, false, now_ms)
        .unwrap();
    assert!(page(&mut account, "/_/").1.contains("Appeal"));
    let waiting = account.session();
    account
        .stripe
        .pay_by_microdeposits(&waiting, now_ms)
        .unwrap();
    let html = page(&mut account, "/_/").1;
    for label in [
        "Waiting for the payer",
        "Payer does it",
        "Payment arrives",
        "Payment fails",
    ] {
        assert!(html.contains(label), "{label}");
    }
}

#[test]
fn a_payer_does_what_is_left_on_a_page_of_its_own() {
    for (currency, how) in [("usd", "microdeposits"), ("mxn", "voucher")] {
        let mut account = Account::new();
        let session = account.session_in(currency);
        let label = if how == "voucher" {
            "Take a voucher"
        } else {
            "verify the account later"
        };
        assert!(
            page(&mut account, &format!("/c/pay/{session}"))
                .1
                .contains(label)
        );
        assert_eq!(submit(&mut account, &session, how).status, 303);
        let intent = account.stripe.session_intent(&session).unwrap();
        let path = match how {
            "voucher" => format!("/oxxo/voucher/{}", intent.id),
            _ => format!("/microdeposit/{}", intent.id),
        };
        let (status, html) = page(&mut account, &path);
        assert!(status == 200 && html.contains("<button"));
        let request = Request::new("POST", &path).with_form("");
        assert_eq!(account.stripe.control(&request, account.now_ms).status, 200);
        assert_eq!(account.stripe.control(&request, account.now_ms).status, 409);
        assert!(page(&mut account, &path).1.contains("nothing left to do"));
    }
    let mut account = Account::new();
    assert_eq!(page(&mut account, "/microdeposit/pi_0").0, 404);
}
