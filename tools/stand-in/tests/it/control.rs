//! The control API and the pages, in-process.

use serde_json::{Value, json};
use stand_in::{Request, Response};

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

fn press(account: &mut Account, session: &str, how: &str) -> Response {
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
    let settled = control(
        &mut account,
        "settle",
        json!({ "session": session, "success": true }),
    );
    assert_eq!(settled.status, 200);
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
    assert!(html.contains("Stand-in for Stripe Checkout") && html.contains("not Stripe"));
    assert!(html.contains("&lt;script&gt;") && !html.contains("<script"));
    assert_eq!(page(&mut account, "/c/pay/cs_test_0").0, 404);
}

#[test]
fn each_button_leads_where_it_says() {
    let mut account = Account::new();
    let session = account.session();
    let back = press(&mut account, &session, "back");
    assert_eq!(
        (back.status, back.header("Location")),
        (303, Some("https://club.test/back"))
    );
    let declined = press(&mut account, &session, "decline");
    assert_eq!(declined.status, 303);
    let again = declined.header("Location").unwrap().to_owned();
    assert!(page(&mut account, &again).1.contains("role=\"alert\""));
    let paid = press(&mut account, &session, "card");
    let url = format!("https://club.test/paid?s={session}");
    assert_eq!(
        (paid.status, paid.header("Location")),
        (303, Some(url.as_str()))
    );
    assert_eq!(press(&mut account, &session, "debit").status, 409);
    assert!(
        page(&mut account, &format!("/c/pay/{session}"))
            .1
            .contains("is paid")
    );
    assert_eq!(press(&mut account, &session, "nothing").status, 400);
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
    assert!(html.contains("Debit clears") && html.contains("Expire"));
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
