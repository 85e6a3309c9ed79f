//! Refunds: how each goes on, what the charge counts, and its events in each version.

use fake_stripe::{Config, RefundFailure, RefundStatus, Version};
use serde_json::Value;

use crate::account::{Account, error, id};

fn amount_refunded(account: &Account) -> i64 {
    account.stripe.charges().next().unwrap().amount_refunded
}

fn charge(account: &mut Account) -> Value {
    account.get("/v1/charges").json()["data"][0].clone()
}

#[test]
fn a_failed_refund_counts_no_longer_and_is_told_twice() {
    let mut account = Account::new();
    let intent = account.paid();
    let now_ms = account.now_ms;
    let refund = account.stripe.refund(&intent, None, now_ms).unwrap();
    assert_eq!(charge(&mut account)["refunded"], true);

    let reason = RefundFailure::ExpiredOrCanceledCard;
    account
        .stripe
        .fail_refund_because(&refund, reason, now_ms)
        .unwrap();

    let object = account.get(&format!("/v1/refunds/{refund}")).json();
    assert_eq!(object["status"], "failed");
    assert_eq!(object["failure_reason"], "expired_or_canceled_card");
    assert!(object["failure_balance_transaction"].is_string());
    let charge = charge(&mut account);
    assert_eq!(
        (&charge["amount_refunded"], &charge["refunded"]),
        (&0.into(), &false.into())
    );
    let types = account.event_types();
    assert_eq!(
        types[types.len() - 3..],
        ["charge.refund.updated", "refund.updated", "refund.failed"]
    );
    let updated = account.get("/v1/events?type=refund.updated").json()["data"][0].clone();
    assert_eq!(
        updated["data"]["previous_attributes"]["status"],
        "succeeded"
    );
    assert_eq!(updated["data"]["object"]["status"], "failed");
    // The money is there again to be refunded.
    assert!(account.stripe.refund(&intent, None, now_ms).is_ok());
}

#[test]
fn an_older_endpoint_hears_of_a_failed_refund_under_the_old_name_alone() {
    for (version, expected) in [
        (
            Version::V2023_08_16,
            &["charge.refunded", "charge.refund.updated"][..],
        ),
        (
            Version::V2024_10_28_ACACIA,
            &[
                "refund.created",
                "charge.refunded",
                "charge.refund.updated",
                "refund.updated",
                "refund.failed",
            ],
        ),
    ] {
        let mut account = Account::with(Config {
            api_version: version,
            ..Config::default()
        });
        let intent = account.paid();
        account.stripe.take_webhooks(account.now_ms);
        let refund = account
            .stripe
            .refund(&intent, None, account.now_ms)
            .unwrap();
        account.stripe.fail_refund(&refund, account.now_ms).unwrap();
        let due = account.stripe.take_webhooks(account.now_ms);
        let events: Vec<Value> = due
            .iter()
            .map(|webhook| serde_json::from_slice(&webhook.payload).unwrap())
            .collect();
        let types: Vec<&str> = events.iter().map(|e| e["type"].as_str().unwrap()).collect();
        assert_eq!(types, expected);
        assert!(events.iter().all(|e| e["api_version"] == version.name()));
        let failed = events
            .iter()
            .find(|e| e["type"] == "charge.refund.updated")
            .unwrap();
        assert_eq!(failed["data"]["object"]["status"], "failed");
        // The account's own version is the newest, so the list has them all.
        assert_eq!(account.all("/v1/events?types[]=refund.failed").len(), 1);
    }
}

#[test]
fn an_old_account_lists_the_new_types_only_for_a_new_endpoint() {
    for (api_version, count) in [(Version::V2023_08_16, 0), (Version::NEWEST, 1)] {
        let mut account = Account::with(Config {
            account_version: Version::V2023_08_16,
            api_version,
            ..Config::default()
        });
        let intent = account.paid();
        account
            .stripe
            .refund(&intent, None, account.now_ms)
            .unwrap();
        assert_eq!(
            account.all("/v1/events?types[]=refund.created").len(),
            count
        );
        assert_eq!(account.all("/v1/events?types[]=charge.refunded").len(), 1);
    }
}

#[test]
fn a_refund_starts_as_its_payment_demands() {
    let mut account = Account::new();
    let now_ms = account.now_ms;
    let card = account.paid();
    let debited = account.session();
    let debit = account
        .stripe
        .pay_by_debit(&debited, now_ms)
        .unwrap()
        .to_string();
    account
        .stripe
        .resolve_async_payment(&debited, true, now_ms)
        .unwrap();
    let shopped = account.session_in("jpy");
    let konbini = account
        .stripe
        .pay_by_voucher(&shopped, now_ms)
        .unwrap()
        .to_string();
    account
        .stripe
        .resolve_async_payment(&shopped, true, now_ms)
        .unwrap();
    for (intent, status) in [
        (&card, "succeeded"),
        (&debit, "pending"),
        (&konbini, "requires_action"),
    ] {
        let refund = account
            .post("/v1/refunds", &[("payment_intent", intent)])
            .json();
        assert_eq!(refund["status"], status);
        assert_eq!(refund["pending_reason"].is_string(), status == "pending");
        assert_eq!(
            refund["next_action"].is_object(),
            status == "requires_action"
        );
    }
}

#[test]
fn a_pending_refund_arrives_fails_or_is_called_off() {
    type Act = fn(&mut fake_stripe::Stripe, &str, i64) -> Result<(), fake_stripe::Refused>;
    let acts: [(Act, RefundStatus, i64); 3] = [
        (
            |s, id, now| s.succeed_refund(id, now),
            RefundStatus::Succeeded,
            500,
        ),
        (|s, id, now| s.fail_refund(id, now), RefundStatus::Failed, 0),
        (
            |s, id, now| s.cancel_refund(id, now),
            RefundStatus::Canceled,
            0,
        ),
    ];
    for (act, status, refunded) in acts {
        let mut account = Account::new();
        let intent = account.paid();
        let now_ms = account.now_ms;
        account.stripe.set_next_refund(RefundStatus::Pending);
        let refund = account.stripe.refund(&intent, Some(500), now_ms).unwrap();
        assert_eq!(amount_refunded(&account), 500, "a pending one counts");
        act(&mut account.stripe, &refund, now_ms).unwrap();
        assert_eq!(account.stripe.refunds().next().unwrap().status, status);
        assert_eq!(amount_refunded(&account), refunded);
        let is_failed = account.event_types().contains(&"refund.failed");
        assert_eq!(is_failed, status == RefundStatus::Failed);
        assert!(account.stripe.cancel_refund(&refund, now_ms).is_err());
    }
}

#[test]
fn a_refund_that_fails_at_once_counts_nothing() {
    let mut account = Account::new();
    let intent = account.paid();
    account.stripe.set_next_refund(RefundStatus::Failed);
    let refund = account
        .post("/v1/refunds", &[("payment_intent", &intent)])
        .json();
    assert_eq!(
        (&refund["status"], &refund["failure_reason"]),
        (&"failed".into(), &"declined".into())
    );
    assert_eq!(amount_refunded(&account), 0);
    let types = account.event_types();
    assert_eq!(
        types[types.len() - 2..],
        ["refund.created", "refund.failed"]
    );
    // Only the next one.
    assert_eq!(
        account
            .post("/v1/refunds", &[("payment_intent", &intent)])
            .json()["status"],
        "succeeded"
    );
}

#[test]
fn the_api_cancels_only_what_waits_for_the_payer() {
    let mut account = Account::new();
    let intent = account.paid();
    for (status, answer) in [
        (RefundStatus::RequiresAction, 200),
        (RefundStatus::Pending, 400),
        (RefundStatus::Succeeded, 400),
    ] {
        account.stripe.set_next_refund(status);
        let form = [("payment_intent", intent.as_str()), ("amount", "100")];
        let refund = id(&account.post("/v1/refunds", &form).json());
        let response = account.post(&format!("/v1/refunds/{refund}/cancel"), &[]);
        assert_eq!(response.status, answer, "{status:?}");
        if answer == 200 {
            assert_eq!(response.json()["failure_reason"], "merchant_request");
        }
    }
}

#[test]
fn refunds_are_listed_page_by_page_and_carry_their_metadata() {
    let mut account = Account::new();
    let intent = account.paid();
    let other = account.paid();
    let mut made: Vec<String> = Vec::new();
    for number in 0..5 {
        let number = number.to_string();
        let form = [
            ("payment_intent", intent.as_str()),
            ("amount", "100"),
            ("metadata[number]", number.as_str()),
            ("reason", "requested_by_customer"),
        ];
        made.insert(0, id(&account.post("/v1/refunds", &form).json()));
    }
    account.stripe.refund(&other, None, account.now_ms).unwrap();
    let listed = account.all(&format!("/v1/refunds?payment_intent={intent}&limit=2"));
    assert_eq!(listed.iter().map(id).collect::<Vec<_>>(), made);
    assert_eq!(listed[0]["metadata"]["number"], "4");
    assert_eq!(listed[0]["reason"], "requested_by_customer");
    assert_eq!(account.all("/v1/refunds?limit=4").len(), 6);

    let path = format!("/v1/refunds/{}", made[0]);
    let updated = account.post(&path, &[("metadata[seen]", "1")]).json();
    assert_eq!(
        (&updated["metadata"]["number"], &updated["metadata"]["seen"]),
        (&"4".into(), &"1".into())
    );
    assert_eq!(account.event_types().last(), Some(&"refund.updated"));

    // A note on a failed refund is no second failure.
    account
        .stripe
        .fail_refund(&made[0], account.now_ms)
        .unwrap();
    account.post(&path, &[("metadata[seen]", "2")]);
    assert_eq!(account.event_types().last(), Some(&"refund.updated"));
}

#[test]
fn a_key_refunds_once_and_a_refusal_is_remembered() {
    let mut account = Account::new();
    let intent = account.paid();
    let form = [("payment_intent", intent.as_str())];
    let first = account.post_with_key("/v1/refunds", "refund_1", &form);
    let again = account.post_with_key("/v1/refunds", "refund_1", &form);
    assert_eq!(first.body, again.body);
    assert_eq!(account.stripe.refunds().count(), 1);
    for _ in 0..2 {
        let refused = account.post_with_key("/v1/refunds", "refund_2", &form);
        assert_eq!(error(&refused).1, "charge_already_refunded");
    }
}

#[test]
fn a_charge_carries_its_refunds_where_they_are_asked_for() {
    let mut account = Account::new();
    let intent = account.paid();
    for _ in 0..11 {
        account
            .stripe
            .refund(&intent, Some(100), account.now_ms)
            .unwrap();
    }
    assert!(charge(&mut account).get("refunds").is_none());
    let path = format!("/v1/payment_intents/{intent}?expand[]=latest_charge.refunds");
    let refunds = account.get(&path).json()["latest_charge"]["refunds"].clone();
    assert_eq!(refunds["data"].as_array().unwrap().len(), 10);
    assert_eq!(refunds["has_more"], true);
}
