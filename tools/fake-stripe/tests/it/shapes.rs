//! Every object that is rendered has the members that Stripe's newest version calls required, each of
//! its JSON type, and those that are always present though they may be null.
//!
//! The lists are written from the API reference by hand: `name:type`, with a question mark if the
//! value may be null. `s` is a string, `i` an integer, `b` a boolean, `o` an object, `a` an array.

use std::collections::BTreeSet;

use fake_stripe::{DisputeStatus, RefundStatus, Request};
use serde_json::Value;

use crate::account::{Account, SESSIONS, START_MS, id, valid_but};

const MEMBERS: &[(&str, &str)] = &[
    (
        "checkout.session",
        "id:s automatic_tax:o created:i custom_fields:a custom_text:o expires_at:i livemode:b \
         mode:s payment_method_types:a payment_status:s shipping_options:a amount_total:i? \
         amount_subtotal:i? cancel_url:s? client_reference_id:s? client_secret:s? \
         collected_information:o? currency:s? customer:s? customer_details:o? customer_email:s? \
         metadata:o? payment_intent:s? payment_method_options:o? status:s? success_url:s? \
         total_details:o? ui_mode:s? url:s? allowed_payment_method_types:a?",
    ),
    (
        "payment_intent",
        "id:s amount:i amount_capturable:i amount_received:i capture_method:s \
         confirmation_method:s created:i currency:s livemode:b metadata:o payment_method_types:a \
         status:s client_secret:s? last_payment_error:o? latest_charge:s? next_action:o? \
         payment_method:s? processing:o? receipt_email:s?",
    ),
    (
        "charge",
        "id:s amount:i amount_captured:i amount_refunded:i billing_details:o captured:b created:i \
         currency:s disputed:b livemode:b metadata:o paid:b refunded:b status:s \
         balance_transaction:s? failure_code:s? failure_message:s? fraud_details:o? outcome:o? \
         payment_intent:s? payment_method_details:o? receipt_url:s?",
    ),
    (
        "refund",
        "id:s amount:i created:i currency:s balance_transaction:s? charge:s? metadata:o? \
         payment_intent:s? payment_method:s? reason:s? receipt_number:s? status:s?",
    ),
    (
        "dispute",
        "id:s amount:i balance_transactions:a charge:s created:i currency:s \
         enhanced_eligibility_types:a evidence:o evidence_details:o is_charge_refundable:b \
         livemode:b metadata:o reason:s status:s intended_submission_method:s? payment_intent:s?",
    ),
    (
        "balance_transaction",
        "id:s amount:i available_on:i balance_type:s created:i currency:s fee:i fee_details:a \
         net:i reporting_category:s status:s type:s",
    ),
    (
        "event",
        "id:s created:i data:o livemode:b pending_webhooks:i type:s api_version:s? request:o?",
    ),
    (
        "item",
        "id:s amount_discount:i amount_subtotal:i amount_tax:i amount_total:i currency:s \
         description:s? price:o? quantity:i?",
    ),
    (
        "price",
        "id:s active:b billing_scheme:s created:i currency:s livemode:b metadata:o product:s \
         type:s unit_amount:i? unit_amount_decimal:s?",
    ),
    (
        "webhook_endpoint",
        "id:s created:i enabled_events:a livemode:b metadata:o status:s url:s api_version:s? \
         description:s? application:s?",
    ),
    (
        "account",
        "id:s charges_enabled:b details_submitted:b payouts_enabled:b type:s email:s?",
    ),
    ("balance", "available:a livemode:b pending:a"),
    ("list", "data:a has_more:b url:s"),
];

const ERROR: &str = "type:s message:s";

/// Members within an object that are objects themselves, by the path to them.
const NESTED: &[(&str, &str)] = &[
    (
        "checkout.session/automatic_tax",
        "enabled:b liability:o? status:s?",
    ),
    (
        "checkout.session/total_details",
        "amount_discount:i amount_tax:i amount_shipping:i?",
    ),
    (
        "checkout.session/customer_details",
        "email:s? name:s? phone:s? address:o?",
    ),
    (
        "charge/billing_details",
        "email:s? name:s? phone:s? address:o?",
    ),
    ("charge/payment_method_details", "type:s"),
    (
        "dispute/evidence_details",
        "enhanced_eligibility:o has_evidence:b past_due:b submission_count:i submission_method:s \
         due_by:i?",
    ),
    ("dispute/evidence", "enhanced_evidence:o"),
    ("event/data", "object:o"),
    ("event/request", "id:s? idempotency_key:s?"),
];

/// Checks an object and all objects within it, and notes what kinds there were.
fn check(value: &Value, seen: &mut BTreeSet<String>) {
    match value {
        Value::Array(elements) => elements.iter().for_each(|e| check(e, seen)),
        Value::Object(map) => {
            if let Some(kind) = map.get("object").and_then(Value::as_str) {
                check_object(kind, value);
                seen.insert(kind.to_owned());
            }
            map.values().for_each(|part| check(part, seen));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn check_object(kind: &str, value: &Value) {
    let (_, members) = MEMBERS
        .iter()
        .find(|(known, _)| *known == kind)
        .unwrap_or_else(|| panic!("no list of the members of {kind}"));
    check_members(kind, members, value);
    for (path, members) in NESTED {
        let (of, name) = path.split_once('/').unwrap();
        if of == kind && !value[name].is_null() {
            check_members(path, members, &value[name]);
        }
    }
}

fn check_members(what: &str, members: &str, value: &Value) {
    for member in members.split_whitespace() {
        let (name, kind) = member.split_once(':').unwrap();
        let (kind, nullable) = match kind.strip_suffix('?') {
            Some(kind) => (kind, true),
            None => (kind, false),
        };
        let found = value
            .get(name)
            .unwrap_or_else(|| panic!("{what} has no {name}: {value:#}"));
        // An id that was expanded is an object.
        let is_expanded = kind == "s" && found["id"].is_string();
        let fits = match kind {
            "s" => found.is_string() || is_expanded,
            "i" => found.is_i64(),
            "b" => found.is_boolean(),
            "o" => found.is_object(),
            "a" => found.is_array(),
            other => panic!("{other} is no type"),
        };
        assert!(
            fits || (nullable && found.is_null()),
            "{what}.{name} is {found}"
        );
    }
}

/// An account in which one of everything has happened.
fn eventful() -> Account {
    let mut account = Account::new();
    let now_ms = account.now_ms;
    let expired = account.session();
    account.stripe.expire(&expired, now_ms).unwrap();
    let free = valid_but("line_items[0][price_data][unit_amount]", "0");
    let free = id(&account.post(SESSIONS, &free).json());
    account.stripe.pay(&free, now_ms).unwrap();
    for currency in ["brl", "eur", "jpy", "mxn"] {
        let session = account.session_in(currency);
        account.stripe.pay_by_voucher(&session, now_ms).unwrap();
        account
            .stripe
            .resolve_async_payment(&session, currency != "eur", now_ms)
            .unwrap();
    }
    for success in [true, false] {
        let session = account.session();
        account
            .stripe
            .pay_by_microdeposits(&session, now_ms)
            .unwrap();
        account.stripe.complete_action(&session, now_ms).unwrap();
        account
            .stripe
            .resolve_async_payment(&session, success, now_ms)
            .unwrap();
    }
    let intent = account.paid();
    for status in RefundStatus::ALL {
        account.stripe.set_next_refund(status);
        account.stripe.refund(&intent, Some(100), now_ms).unwrap();
    }
    for status in DisputeStatus::ALL {
        let intent = account.paid();
        account
            .stripe
            .open_dispute(&intent, status, None, now_ms)
            .unwrap();
    }
    let refund = account.stripe.refund(&intent, Some(100), now_ms).unwrap();
    account.stripe.fail_refund(&refund, now_ms).unwrap();
    let dispute = account.stripe.dispute(&intent, now_ms).unwrap();
    for status in [DisputeStatus::UnderReview, DisputeStatus::Won] {
        account
            .stripe
            .set_dispute_status(&dispute, status, now_ms)
            .unwrap();
    }
    account
}

#[test]
fn every_object_has_its_members() {
    let mut account = eventful();
    let mut seen = BTreeSet::new();
    for path in [
        "/v1/checkout/sessions?limit=100&expand[]=data.line_items&\
         expand[]=data.payment_intent.latest_charge.refunds",
        "/v1/refunds?limit=100",
        "/v1/disputes?limit=100&expand[]=data.charge&expand[]=data.payment_intent",
        "/v1/charges?limit=100",
        "/v1/events?limit=100",
        "/v1/webhook_endpoints",
        "/v1/account",
        "/v1/balance",
    ] {
        let object = account.get(path).json();
        assert!(object["error"].is_null(), "{path}: {object}");
        check(&object, &mut seen);
    }
    let kinds: BTreeSet<String> = MEMBERS.iter().map(|(kind, _)| (*kind).to_owned()).collect();
    assert_eq!(seen, kinds);
}

#[test]
fn all_events_and_webhooks_have_their_members() {
    let mut account = eventful();
    let listed = account.all("/v1/events?limit=100");
    assert!(listed.len() > 80);
    let mut types = BTreeSet::new();
    for event in &listed {
        check(event, &mut BTreeSet::new());
        types.insert(event["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(types.len(), 21, "{types:?}");
    for webhook in account.stripe.take_webhooks(account.now_ms) {
        let event = serde_json::from_slice(&webhook.payload).unwrap();
        check(&event, &mut BTreeSet::new());
    }
}

#[test]
fn every_error_has_its_members() {
    let mut account = Account::new();
    let no_key = Request::new("GET", SESSIONS);
    let responses = [
        account.stripe.handle(&no_key, START_MS),
        account.get("/v1/checkout/sessions/cs_test_0"),
        account.get("/v1/nothing"),
        account.post(SESSIONS, &[("mode", "gift")]),
        account.post("/v1/webhook_endpoints", &[]),
        account.post("/v1/refunds", &[("payment_intent", "pi_0")]),
    ];
    for response in responses {
        assert!(response.status >= 400);
        check_members("error", ERROR, &response.json()["error"]);
    }
}

#[test]
fn what_no_payer_caused_is_absent() {
    let mut account = eventful();
    let text = account
        .get("/v1/checkout/sessions?limit=100")
        .json()
        .to_string();
    assert!(!text.contains("presentment_details"));
}
