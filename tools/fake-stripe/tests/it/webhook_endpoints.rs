//! Webhook endpoints: which events each receives, and which it misses while disabled.

use fake_stripe::{Config, Delivery, Version, Webhook, sign};
use serde_json::Value;

use crate::account::{Account, error, id};

const ENDPOINTS: &str = "/v1/webhook_endpoints";

fn types(due: &[Webhook]) -> Vec<String> {
    let event = |webhook: &Webhook| -> Value { serde_json::from_slice(&webhook.payload).unwrap() };
    due.iter()
        .map(|webhook| event(webhook)["type"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_first_endpoint_is_listed_without_its_secret() {
    let mut account = Account::with(Config {
        webhook_url: "https://club.test/webhooks/stripe".into(),
        enabled_events: vec!["checkout.session.completed".into()],
        ..Config::default()
    });
    let listed = account.all(ENDPOINTS);
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["url"], "https://club.test/webhooks/stripe");
    assert_eq!(listed[0]["status"], "enabled");
    assert_eq!(listed[0]["api_version"], "2026-10-28.endive");
    assert!(listed[0].get("secret").is_none());
    account.paid();
    let due = account.stripe.take_webhooks(account.now_ms);
    assert_eq!(types(&due), ["checkout.session.completed"]);
    // The others count as delivered, and are listed all the same.
    assert_eq!(account.all("/v1/events").len(), 3);
    assert_eq!(account.all("/v1/events?delivery_success=true").len(), 2);
}

#[test]
fn an_endpoint_is_made_changed_and_deleted() {
    let mut account = Account::new();
    let made = account
        .post(
            ENDPOINTS,
            &[
                ("url", "https://other.test/hook"),
                ("enabled_events[0]", "charge.refunded"),
                ("enabled_events[1]", "refund.failed"),
                ("api_version", "2023-08-16"),
                ("description", "Refunds"),
            ],
        )
        .json();
    let endpoint = id(&made);
    assert!(endpoint.starts_with("we_"));
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let path = format!("{ENDPOINTS}/{endpoint}");
    let retrieved = account.get(&path).json();
    assert!(retrieved.get("secret").is_none());
    assert_eq!(retrieved["api_version"], "2023-08-16");
    assert_eq!(account.all(ENDPOINTS).len(), 2);

    let intent = account.paid();
    let refund = account
        .stripe
        .refund(&intent, None, account.now_ms)
        .unwrap();
    account.stripe.fail_refund(&refund, account.now_ms).unwrap();
    let due = account.stripe.take_webhooks(account.now_ms);
    let (mine, first): (Vec<Webhook>, Vec<Webhook>) = due
        .into_iter()
        .partition(|webhook| *webhook.endpoint == *endpoint);
    // Its version has no `refund.failed` for a refund of a charge.
    assert_eq!(types(&mine), ["charge.refunded"]);
    assert_eq!(first.len(), 8);
    assert_eq!(mine[0].url, "https://other.test/hook");
    let signature = account
        .stripe
        .sign_webhook(&mine[0], 1_750_000_000)
        .unwrap();
    let secret = made["secret"].as_str().unwrap();
    assert_eq!(signature, sign(secret, &mine[0].payload, 1_750_000_000));

    let changed = account.post(&path, &[("disabled", "true")]).json();
    assert_eq!(changed["status"], "disabled");
    let changed = account
        .post(&path, &[("disabled", "false"), ("enabled_events[0]", "*")])
        .json();
    assert_eq!(
        (&changed["status"], &changed["enabled_events"][0]),
        (&"enabled".into(), &"*".into())
    );

    let delete = fake_stripe::Request::new("DELETE", &path);
    assert_eq!(account.send(delete.clone()).json()["deleted"], true);
    let gone = account.send(delete);
    assert_eq!(
        error(&gone),
        (404, "resource_missing".into(), "webhook_endpoint".into())
    );
    assert_eq!(account.all(ENDPOINTS).len(), 1);
}

#[test]
fn wrong_endpoints_are_refused() {
    let mut account = Account::new();
    for (form, code, param) in [
        (
            &[("url", "https://a.test")][..],
            "parameter_missing",
            "enabled_events",
        ),
        (&[("enabled_events[0]", "*")], "parameter_missing", "url"),
        (
            &[("url", "hook"), ("enabled_events[0]", "*")],
            "url_invalid",
            "url",
        ),
        (
            &[("url", "https://a.test"), ("enabled_events[0]", "refunds")],
            "",
            "enabled_events[0]",
        ),
        (
            &[
                ("url", "https://a.test"),
                ("enabled_events[0]", "*"),
                ("api_version", "2023-08-17"),
            ],
            "",
            "api_version",
        ),
        (
            &[
                ("url", "https://a.test"),
                ("enabled_events[0]", "*"),
                ("secret", "x"),
            ],
            "parameter_unknown",
            "secret",
        ),
    ] {
        let response = account.post(ENDPOINTS, form);
        assert_eq!(
            error(&response),
            (400, code.into(), param.into()),
            "{form:?}"
        );
    }
    assert_eq!(account.all(ENDPOINTS).len(), 1);
}

#[test]
fn a_disabled_endpoint_never_hears_of_what_it_missed() {
    let mut account = Account::new();
    assert!(account.stripe.webhooks_enabled());
    account.stripe.set_webhooks_enabled(false);
    assert!(!account.stripe.webhooks_enabled());
    account.paid();
    let events = account.all("/v1/events");
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|event| event["pending_webhooks"] == 0));
    assert_eq!(account.all("/v1/events?delivery_success=false").len(), 0);

    account.stripe.set_webhooks_enabled(true);
    let later = account.now_ms + 1_000_000;
    assert!(account.stripe.take_webhooks(later).is_empty());
    account.paid();
    assert_eq!(account.stripe.take_webhooks(later).len(), 3);
    // Only somebody's hand sends them all.
    assert_eq!(account.stripe.redeliver(None, later), 6);
}

#[test]
fn a_retry_that_meets_a_disabled_endpoint_is_the_last() {
    let mut account = Account::new();
    account.paid();
    for webhook in account.stripe.take_webhooks(account.now_ms) {
        account
            .stripe
            .webhook_answered(&webhook.event_id, false, account.now_ms);
    }
    let retries = |account: &Account| {
        let due = |delivery| matches!(delivery, Delivery::Due { .. });
        account
            .stripe
            .events()
            .filter(|event| due(event.delivery))
            .count()
    };
    assert_eq!(retries(&account), 3);
    // Disabled and enabled again before an attempt: nothing is lost.
    account.stripe.set_webhooks_enabled(false);
    account.stripe.set_webhooks_enabled(true);
    assert_eq!(retries(&account), 3);
    account.stripe.set_webhooks_enabled(false);
    account.now_ms += 5_000;
    assert!(account.stripe.take_webhooks(account.now_ms).is_empty());
    account.stripe.set_webhooks_enabled(true);
    assert_eq!(retries(&account), 0);
    account.assert_nothing_is_due();
}

#[test]
fn an_event_waits_for_each_endpoint_by_itself() {
    let mut account = Account::new();
    let form = [
        ("url", "http://b.test/"),
        ("enabled_events[0]", "checkout.session.completed"),
    ];
    account.post(ENDPOINTS, &form);
    account.paid();
    let due = account.stripe.take_webhooks(account.now_ms);
    assert_eq!(due.len(), 4);
    let pending = |account: &mut Account| {
        account.get("/v1/events?limit=1").json()["data"][0]["pending_webhooks"].clone()
    };
    assert_eq!(pending(&mut account), 2);
    let completed: Vec<&Webhook> = due
        .iter()
        .filter(|w| w.event_id == due.last().unwrap().event_id)
        .collect();
    let [first, second] = completed.as_slice() else {
        panic!("two webhooks of one event")
    };
    account
        .stripe
        .webhook_answered_by(first, true, account.now_ms);
    account
        .stripe
        .webhook_answered_by(second, false, account.now_ms);
    assert_eq!(pending(&mut account), 1);
    let again = account.stripe.take_webhooks(account.now_ms + 1_000);
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].endpoint, second.endpoint);
    account
        .stripe
        .webhook_answered_by(&again[0], true, account.now_ms);
    assert_eq!(pending(&mut account), 0);
}

#[test]
fn an_endpoint_without_a_version_has_the_accounts() {
    let mut account = Account::with(Config {
        webhooks: false,
        account_version: Version::V2023_08_16,
        ..Config::default()
    });
    account.post(
        ENDPOINTS,
        &[("url", "http://b.test/"), ("enabled_events[0]", "*")],
    );
    account.paid();
    let due = account.stripe.take_webhooks(account.now_ms);
    let event: Value = serde_json::from_slice(&due[0].payload).unwrap();
    assert_eq!(event["api_version"], "2023-08-16");
}
