//! Owner key it is: the account's, in its mode or the other, or another account's.

use fake_stripe::{Config, Request, encode};
use serde_json::Value;

use crate::account::{Account, SESSIONS, error, id, valid};

fn live() -> Account {
    Account::with(Config {
        livemode: true,
        ..Config::default()
    })
}

fn create_as(account: &mut Account, key: &str) -> Value {
    let request = Request::new("POST", SESSIONS).with_form(encode(&valid()));
    account.send_as(key, request).json()
}

fn get_as(account: &mut Account, key: &str, path: &str) -> fake_stripe::Response {
    account.send_as(key, Request::new("GET", path))
}

#[test]
fn everything_of_a_live_account_says_so() {
    let mut account = live();
    let session = create_as(&mut account, "sk_live_1");
    assert!(id(&session).starts_with("cs_live_a1") && id(&session).len() == 66);
    assert_eq!(session["livemode"], true);
    account.stripe.pay(&id(&session), account.now_ms).unwrap();
    let events = get_as(&mut account, "rk_live_1", "/v1/events").json();
    let events = events["data"].as_array().unwrap();
    assert_eq!(events.len(), 3);
    for event in events {
        assert_eq!(event["livemode"], true);
        assert_eq!(event["data"]["object"]["livemode"], true);
    }
    assert_eq!(
        get_as(&mut account, "sk_live_1", "/v1/balance").json()["livemode"],
        true
    );
    let due = account.stripe.take_webhooks(account.now_ms);
    let event: Value = serde_json::from_slice(&due[0].payload).unwrap();
    assert_eq!(event["livemode"], true);
}

#[test]
fn a_key_of_the_other_mode_sees_objects_of_its_own() {
    let mut account = live();
    let session = id(&create_as(&mut account, "sk_live_1"));
    let path = format!("{SESSIONS}/{session}");
    let missing = get_as(&mut account, "sk_test_1", &path);
    assert_eq!(
        error(&missing),
        (404, "resource_missing".into(), "session".into())
    );
    assert_eq!(
        missing.json()["error"]["message"],
        format!(
            "No such checkout.session: '{session}'; a similar object exists in live mode, but a \
             test mode key was used to make this request."
        )
    );
    let listed = get_as(&mut account, "sk_test_1", SESSIONS).json();
    assert_eq!(listed["data"], serde_json::json!([]));

    let test = create_as(&mut account, "sk_test_1");
    assert!(id(&test).starts_with("cs_test_a1"));
    assert_eq!(test["livemode"], false);
    let missing = get_as(
        &mut account,
        "sk_live_1",
        &format!("{SESSIONS}/{}", id(&test)),
    );
    let message = missing.json()["error"]["message"].to_string();
    assert!(
        message.contains("exists in test mode, but a live mode key"),
        "{message}"
    );
    // What a test looks at is the configured mode.
    assert_eq!(account.stripe.sessions().count(), 1);
    assert_eq!(
        account.stripe.open_sessions_by_charge(account.now_ms)["25"],
        1
    );
    assert_eq!(account.stripe.calls().len(), 5);
}

#[test]
fn a_test_account_takes_no_live_key() {
    let mut account = Account::new();
    let refused = get_as(&mut account, "sk_live_1", SESSIONS);
    assert_eq!(refused.status, 401);
}

#[test]
fn one_key_means_that_key() {
    let mut account = Account::with(Config {
        api_key: Some("sk_test_mine".into()),
        other_account_keys: vec!["sk_test_other".into()],
        ..Config::default()
    });
    for (key, status) in [
        ("sk_test_mine", 200),
        ("sk_test_other", 200),
        ("sk_test_yours", 401),
        ("sk_live_mine", 401),
    ] {
        assert_eq!(get_as(&mut account, key, SESSIONS).status, status, "{key}");
    }
}

#[test]
fn another_account_sees_nothing_and_makes_its_own() {
    let mut account = Account::with(Config {
        other_account_keys: vec!["sk_test_other".into()],
        ..Config::default()
    });
    let session = id(&create_as(&mut account, "sk_test_1"));
    let intent = account
        .stripe
        .pay(&session, account.now_ms)
        .unwrap()
        .unwrap();
    for path in [
        format!("{SESSIONS}/{session}"),
        format!("/v1/payment_intents/{intent}"),
        format!("{SESSIONS}/{session}/line_items"),
    ] {
        let missing = get_as(&mut account, "sk_test_other", &path);
        assert_eq!(
            (missing.status, error(&missing).1),
            (404, "resource_missing".into())
        );
        assert!(!missing.json().to_string().contains("similar object"));
        assert_eq!(get_as(&mut account, "sk_test_1", &path).status, 200);
    }
    let expire = Request::new("POST", &format!("{SESSIONS}/{session}/expire"));
    assert_eq!(account.send_as("sk_test_other", expire).status, 404);
    for path in [
        SESSIONS,
        "/v1/events",
        "/v1/refunds",
        "/v1/webhook_endpoints",
    ] {
        let listed = get_as(&mut account, "sk_test_other", path).json();
        assert_eq!(listed["data"], serde_json::json!([]), "{path}");
    }
    let theirs = id(&create_as(&mut account, "sk_test_other"));
    let path = format!("{SESSIONS}/{theirs}");
    assert_eq!(get_as(&mut account, "sk_test_other", &path).status, 200);
    assert_eq!(get_as(&mut account, "sk_test_1", &path).status, 404);
    let whose = |account: &mut Account, key| id(&get_as(account, key, "/v1/account").json());
    assert_ne!(
        whose(&mut account, "sk_test_1"),
        whose(&mut account, "sk_test_other")
    );
}

#[test]
fn a_key_of_an_account_is_one_key_there_only() {
    let mut account = Account::with(Config {
        other_account_keys: vec!["sk_test_other".into()],
        ..Config::default()
    });
    let request = Request::new("POST", SESSIONS)
        .with_form(encode(&valid()))
        .with_header("Idempotency-Key", "k");
    let mine = id(&account.send_as("sk_test_1", request.clone()).json());
    let theirs = id(&account.send_as("sk_test_other", request.clone()).json());
    assert_ne!(mine, theirs);
    assert_eq!(id(&account.send_as("sk_test_2", request).json()), mine);
}

#[test]
fn the_account_and_its_balance_say_whose_key_it_is() {
    let mut account = Account::new();
    account.paid();
    let intent = account.paid();
    account
        .stripe
        .refund(&intent, Some(3_500), account.now_ms)
        .unwrap();
    let whose = account.get("/v1/account").json();
    assert!(id(&whose).starts_with("acct_"));
    assert_eq!(whose["charges_enabled"], true);
    let balance = account.get("/v1/balance").json();
    let available = &balance["available"][0];
    assert_eq!(
        (&available["currency"], &available["amount"]),
        (&"usd".into(), &23_500.into())
    );
    assert_eq!(account.get("/v1/account?foo=1").status, 400);
}
