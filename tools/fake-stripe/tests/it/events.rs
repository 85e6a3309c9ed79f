//! Events and their delivery: each is sent until an endpoint answers 2xx, and can be listed meanwhile.

use fake_stripe::{Config, Delivery, Stripe, WebhookMode};
use serde_json::Value;

use crate::account::{Account, HOUR_MS, SESSIONS, id, valid};

fn types(body: &Value) -> Vec<&str> {
    let data = body["data"].as_array().unwrap().iter();
    data.map(|event| event["type"].as_str().unwrap()).collect()
}

#[test]
fn an_event_keeps_its_object_and_names_the_call_that_caused_it() {
    let mut account = Account::new();
    let session = account.session();
    let path = format!("{SESSIONS}/{session}/expire");
    let response = account.post_with_key(&path, "expire_7", &[]);
    let event = account.get("/v1/events").json()["data"][0].clone();
    assert_eq!(event["type"], "checkout.session.expired");
    assert_eq!(event["data"]["object"]["id"], session);
    assert_eq!(
        event["request"]["id"],
        response.header("Request-Id").unwrap()
    );
    assert_eq!(event["request"]["idempotency_key"], "expire_7");
    assert_eq!(event["pending_webhooks"], 1);
    assert_eq!(
        account.get(&format!("/v1/events/{}", id(&event))).json(),
        event
    );

    let paid = account.session();
    account.stripe.pay(&paid, account.now_ms).unwrap();
    let event = account.get("/v1/events?limit=1").json()["data"][0].clone();
    assert_eq!(event["data"]["object"]["payment_status"], "paid");
    assert_eq!(event["request"]["id"], Value::Null);
}

#[test]
fn events_are_filtered() {
    let mut account = Account::new();
    account.paid();
    account.now_ms += 10_000;
    account.session();
    let session = account.session();
    account.stripe.expire(&session, account.now_ms).unwrap();
    let at = account.now_ms / 1000;
    let mut count = |query: &str| types(&account.get(&format!("/v1/events?{query}")).json()).len();
    assert_eq!(count(""), 4);
    assert_eq!(count("type=charge.succeeded"), 1);
    assert_eq!(count("type=checkout.session.*"), 2);
    assert_eq!(
        count("types[]=charge.succeeded&types[]=checkout.session.expired"),
        2
    );
    assert_eq!(count(&format!("created[gte]={at}")), 1);
    assert_eq!(count(&format!("created[lt]={at}")), 3);
    assert_eq!(count(&format!("created={at}")), 1);
    assert_eq!(count("delivery_success=false"), 4);
    assert_eq!(count("delivery_success=true"), 0);
    for wrong in [
        "type=a&types[]=b",
        "delivery_success=no",
        "created[near]=1",
        "limit=0",
    ] {
        assert_eq!(
            account.get(&format!("/v1/events?{wrong}")).status,
            400,
            "{wrong}"
        );
    }
}

#[test]
fn events_are_kept_for_30_days() {
    let mut account = Account::new();
    account.paid();
    let event = id(&account.get("/v1/events").json()["data"][0]);
    let path = format!("/v1/events/{event}");
    account.now_ms += 30 * 24 * HOUR_MS;
    assert_eq!(account.get(&path).status, 200);
    assert_eq!(account.all("/v1/events").len(), 3);
    account.now_ms += 1000;
    assert_eq!(account.get(&path).status, 404);
    assert_eq!(account.all("/v1/events").len(), 0);
}

#[test]
fn all_pages_of_events_are_all_events_in_either_direction() {
    let mut account = Account::new();
    for _ in 0..4 {
        account.paid();
    }
    let newest: Vec<String> = account.all("/v1/events?limit=5").iter().map(id).collect();
    assert_eq!(newest.len(), 12);
    let mut made: Vec<String> = account.stripe.events().map(|e| e.id.to_string()).collect();
    made.reverse();
    assert_eq!(newest, made);
    let before = format!("/v1/events?limit=5&ending_before={}", newest[7]);
    let page = account.get(&before).json();
    let ids: Vec<String> = page["data"].as_array().unwrap().iter().map(id).collect();
    assert_eq!(ids, newest[2..7]);
    assert_eq!(page["has_more"], true);
}

#[test]
fn a_webhook_is_repeated_after_growing_pauses_and_then_given_up() {
    let mut account = Account::new();
    let session = account.session();
    account.stripe.expire(&session, account.now_ms).unwrap();
    let mut pauses = Vec::new();
    let mut last_ms = account.now_ms;
    loop {
        let due = account.stripe.take_webhooks(account.now_ms);
        let Some(webhook) = due.first() else {
            let event = account.stripe.events().next().unwrap();
            if event.delivery == Delivery::GivenUp {
                break;
            }
            account.now_ms += 500;
            continue;
        };
        pauses.push(account.now_ms - last_ms);
        last_ms = account.now_ms;
        account
            .stripe
            .webhook_answered(&webhook.event_id, false, account.now_ms);
    }
    assert_eq!(pauses[..5], [0, 1000, 2000, 4000, 8000]);
    assert_eq!(pauses.len(), 10);
    let body = account.get("/v1/events?delivery_success=false").json();
    assert_eq!(types(&body), ["checkout.session.expired"]);

    assert_eq!(account.stripe.redeliver(None, account.now_ms), 1);
    let due = account.stripe.take_webhooks(account.now_ms);
    account
        .stripe
        .webhook_answered(&due[0].event_id, true, account.now_ms);
    let body = account.get("/v1/events?delivery_success=true").json();
    assert_eq!(body["data"][0]["pending_webhooks"], 0);
    account.assert_nothing_is_due();
}

#[test]
fn a_payload_is_the_event() {
    let mut account = Account::new();
    account.paid();
    let due = account.stripe.take_webhooks(account.now_ms);
    let events: Vec<Value> = due
        .iter()
        .map(|webhook| serde_json::from_slice(&webhook.payload).unwrap())
        .collect();
    assert_eq!(events.len(), 3);
    for (event, webhook) in events.iter().zip(&due) {
        assert_eq!(id(event), webhook.event_id.as_ref());
        assert_eq!(event["object"], "event");
    }
    // Taken and not answered: neither due nor delivered.
    account.assert_nothing_is_due();
}

#[test]
fn webhooks_can_be_held_back_doubled_and_shuffled() {
    let mut account = Account::new();
    account.stripe.set_webhook_mode(WebhookMode {
        paused: true,
        ..WebhookMode::default()
    });
    for _ in 0..4 {
        account.paid();
    }
    assert!(account.stripe.take_webhooks(account.now_ms).is_empty());
    account.stripe.set_webhook_mode(WebhookMode {
        extra_copies: 1,
        reordered: true,
        ..WebhookMode::default()
    });
    let order = |stripe: &Stripe| stripe.events().map(|e| e.id.clone()).collect::<Vec<_>>();
    let created = order(&account.stripe);
    let taken = account.stripe.take_webhooks(account.now_ms);
    let taken: Vec<_> = taken.into_iter().map(|webhook| webhook.event_id).collect();
    assert_eq!(taken.len(), 24);
    assert!(
        created
            .iter()
            .all(|id| taken.iter().filter(|t| *t == id).count() == 2)
    );
    let in_order: Vec<_> = created
        .iter()
        .flat_map(|id| [id.clone(), id.clone()])
        .collect();
    assert_ne!(taken, in_order);
}

#[test]
fn without_an_endpoint_nothing_waits_to_be_delivered() {
    let mut account = Account::new();
    account.stripe = Stripe::new(Config {
        webhooks: false,
        ..Config::default()
    });
    let session = id(&account.post(SESSIONS, &valid()).json());
    account.stripe.pay(&session, account.now_ms).unwrap();
    assert_eq!(account.stripe.redeliver(None, account.now_ms), 0);
    assert!(account.stripe.take_webhooks(account.now_ms).is_empty());
    let body = account.get("/v1/events?delivery_success=false").json();
    assert!(types(&body).is_empty());
}
