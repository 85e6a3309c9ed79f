//! Disputes: what each status does to the money, and its events.

use fake_stripe::{DisputeStatus, RefundStatus, Stage};
use serde_json::Value;

use crate::account::{Account, error, id};

/// An account with a dispute in that status, and the types of its events.
fn disputed(status: DisputeStatus) -> (Account, String, Vec<&'static str>) {
    let mut account = Account::new();
    let intent = account.paid();
    let dispute = account
        .stripe
        .open_dispute(&intent, status, None, account.now_ms)
        .unwrap()
        .to_string();
    let types = account.event_types()[3..].to_vec();
    (account, dispute, types)
}

fn retrieve(account: &mut Account, dispute: &str) -> Value {
    account.get(&format!("/v1/disputes/{dispute}")).json()
}

#[test]
fn a_chargeback_takes_the_money_and_a_win_brings_it_back() {
    let (mut account, dispute, types) = disputed(DisputeStatus::NeedsResponse);
    assert_eq!(
        types,
        ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    );
    assert_eq!(
        account.get("/v1/balance").json()["available"][0]["amount"],
        0
    );
    let now_ms = account.now_ms;
    account
        .stripe
        .set_dispute_status(&dispute, DisputeStatus::UnderReview, now_ms)
        .unwrap();
    account
        .stripe
        .close_dispute(&dispute, true, now_ms)
        .unwrap();
    assert_eq!(
        account.event_types()[5..],
        [
            "charge.dispute.updated",
            "charge.dispute.funds_reinstated",
            "charge.dispute.closed"
        ]
    );
    let object = retrieve(&mut account, &dispute);
    assert_eq!(
        (&object["status"], &object["amount"]),
        (&"won".into(), &13_500.into())
    );
    let amounts: Vec<i64> = object["balance_transactions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|transaction| transaction["amount"].as_i64().unwrap())
        .collect();
    assert_eq!(amounts, [-13_500, 13_500]);
    assert_eq!(
        account.get("/v1/balance").json()["available"][0]["amount"],
        13_500
    );
}

#[test]
fn a_dispute_can_be_answered_for_two_weeks_unless_it_is_lost_from_the_start() {
    for status in DisputeStatus::ALL {
        let (mut account, dispute, _) = disputed(status);
        let object = retrieve(&mut account, &dispute);
        let created = object["created"].as_i64().unwrap();
        let due_by = if status == DisputeStatus::Lost {
            0
        } else {
            created + 14 * 24 * 60 * 60
        };
        assert_eq!(object["evidence_details"]["due_by"], due_by, "{status:?}");
    }
}

#[test]
fn an_inquiry_takes_nothing_until_it_becomes_a_chargeback() {
    let (mut account, dispute, types) = disputed(DisputeStatus::WarningNeedsResponse);
    assert_eq!(types, ["charge.dispute.created"]);
    let object = retrieve(&mut account, &dispute);
    assert_eq!(object["is_charge_refundable"], true);
    assert_eq!(object["balance_transactions"], serde_json::json!([]));
    let now_ms = account.now_ms;
    let intent = object["payment_intent"].as_str().unwrap();
    assert!(account.stripe.refund(intent, Some(100), now_ms).is_ok());

    account
        .stripe
        .set_dispute_status(&dispute, DisputeStatus::NeedsResponse, now_ms)
        .unwrap();
    let types = account.event_types();
    assert_eq!(
        types[types.len() - 2..],
        ["charge.dispute.updated", "charge.dispute.funds_withdrawn"]
    );
    let refused = account
        .stripe
        .refund(intent, Some(100), now_ms)
        .unwrap_err();
    assert_eq!(refused.code, Some("charge_disputed"));
}

#[test]
fn each_ending_is_told_as_stripe_tells_it() {
    for (from, to, types) in [
        (
            DisputeStatus::NeedsResponse,
            DisputeStatus::Lost,
            &["charge.dispute.closed"][..],
        ),
        (
            DisputeStatus::WarningUnderReview,
            DisputeStatus::WarningClosed,
            &["charge.dispute.closed"],
        ),
        (
            DisputeStatus::WarningNeedsResponse,
            DisputeStatus::Prevented,
            &["charge.dispute.updated"],
        ),
        (
            DisputeStatus::WarningNeedsResponse,
            DisputeStatus::Lost,
            &["charge.dispute.funds_withdrawn", "charge.dispute.closed"],
        ),
    ] {
        let (mut account, dispute, before) = disputed(from);
        account
            .stripe
            .set_dispute_status(&dispute, to, account.now_ms)
            .unwrap();
        assert_eq!(
            account.event_types()[3 + before.len()..],
            *types,
            "{from:?} {to:?}"
        );
        let event = account.get("/v1/events?limit=1").json()["data"][0].clone();
        assert_eq!(event["data"]["object"]["status"], to.name());
    }
}

#[test]
fn a_dispute_can_begin_with_its_end() {
    let (_, _, types) = disputed(DisputeStatus::Lost);
    assert_eq!(
        types,
        [
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.closed"
        ]
    );
    let (_, _, types) = disputed(DisputeStatus::Prevented);
    assert_eq!(types, ["charge.dispute.created"]);
}

#[test]
fn a_decision_is_appealed_and_decided_again() {
    let (mut account, dispute, _) = disputed(DisputeStatus::NeedsResponse);
    let now_ms = account.now_ms;
    assert!(account.stripe.appeal_dispute(&dispute, now_ms).is_err());
    account
        .stripe
        .close_dispute(&dispute, false, now_ms)
        .unwrap();
    account.stripe.appeal_dispute(&dispute, now_ms).unwrap();
    assert_eq!(
        retrieve(&mut account, &dispute)["status"],
        "appeal_needs_response"
    );
    assert_eq!(
        account.event_types().last(),
        Some(&"charge.dispute.updated")
    );
    let review = DisputeStatus::AppealUnderReview;
    account
        .stripe
        .set_dispute_status(&dispute, review, now_ms)
        .unwrap();
    account
        .stripe
        .close_dispute(&dispute, true, now_ms)
        .unwrap();
    let types = account.event_types();
    assert_eq!(
        types[types.len() - 2..],
        ["charge.dispute.funds_reinstated", "charge.dispute.closed"]
    );
}

#[test]
fn a_lost_dispute_can_be_won_late_and_no_other_end_is_undone() {
    for from in DisputeStatus::ALL
        .into_iter()
        .filter(|s| s.stage() == Stage::Closed)
    {
        let (mut account, dispute, _) = disputed(from);
        let late = account
            .stripe
            .set_dispute_status(&dispute, DisputeStatus::Won, account.now_ms);
        assert_eq!(late.is_ok(), from == DisputeStatus::Lost, "{from:?}");
        let open = DisputeStatus::NeedsResponse;
        assert!(
            account
                .stripe
                .set_dispute_status(&dispute, open, account.now_ms)
                .is_err()
        );
        assert!(
            account
                .stripe
                .close_dispute(&dispute, true, account.now_ms)
                .is_err()
        );
    }
}

#[test]
fn a_dispute_can_be_about_a_part_and_a_second_one_follows_the_first() {
    let mut account = Account::new();
    let intent = account.paid();
    let now_ms = account.now_ms;
    let status = DisputeStatus::NeedsResponse;
    let first = account
        .stripe
        .open_dispute(&intent, status, Some(5_000), now_ms)
        .unwrap();
    assert_eq!(retrieve(&mut account, &first)["amount"], 5_000);
    assert!(account.stripe.dispute(&intent, now_ms).is_err());
    account.stripe.close_dispute(&first, true, now_ms).unwrap();
    assert!(account.stripe.dispute(&intent, now_ms).is_ok());
    let path = format!("/v1/disputes?payment_intent={intent}");
    assert_eq!(account.all(&path).len(), 2);
    assert_eq!(account.all("/v1/disputes?payment_intent=pi_0").len(), 0);
}

#[test]
fn what_is_disputed_or_lost_cannot_be_refunded_and_what_is_won_can() {
    for (won, answer) in [(true, 200), (false, 400)] {
        let (mut account, dispute, _) = disputed(DisputeStatus::NeedsResponse);
        let intent = account
            .stripe
            .payment_intents()
            .next()
            .unwrap()
            .id
            .to_string();
        let form = [("payment_intent", intent.as_str())];
        let refused = account.post("/v1/refunds", &form);
        assert_eq!(error(&refused).1, "charge_disputed");
        account
            .stripe
            .close_dispute(&dispute, won, account.now_ms)
            .unwrap();
        assert_eq!(account.post("/v1/refunds", &form).status, answer);
    }
}

#[test]
fn a_refund_under_way_fails_where_the_payer_disputes() {
    let mut account = Account::new();
    let intent = account.paid();
    account.stripe.set_next_refund(RefundStatus::Pending);
    let refund = id(&account
        .post("/v1/refunds", &[("payment_intent", &intent)])
        .json());
    account.stripe.dispute(&intent, account.now_ms).unwrap();
    let object = account.get(&format!("/v1/refunds/{refund}")).json();
    assert_eq!(
        object["failure_reason"],
        "charge_for_pending_refund_disputed"
    );
    assert_eq!(account.event_types().last(), Some(&"refund.failed"));
}
