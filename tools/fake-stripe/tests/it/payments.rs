//! Payments, refunds and disputes: what can happen to money, how often, and its events.

use crate::account::{Account, SESSIONS, error, id, valid_but};

#[test]
fn a_card_pays_at_once_and_only_once() {
    let mut account = Account::new();
    let session = account.session();
    let intent = account
        .stripe
        .pay(&session, account.now_ms)
        .unwrap()
        .unwrap();
    let object = account.retrieve(&session);
    assert_eq!(object["status"], "complete");
    assert_eq!(object["payment_status"], "paid");
    assert_eq!(object["payment_intent"], intent.as_ref());
    assert_eq!(object["url"], serde_json::Value::Null);
    assert_eq!(
        account.event_types(),
        [
            "charge.succeeded",
            "payment_intent.succeeded",
            "checkout.session.completed"
        ]
    );
    assert!(account.stripe.pay(&session, account.now_ms).is_err());
    assert!(
        account
            .stripe
            .pay_by_debit(&session, account.now_ms)
            .is_err()
    );
    assert_eq!(account.stripe.charges().count(), 1);

    let object = account.get(&format!("/v1/payment_intents/{intent}")).json();
    assert_eq!(object["metadata"]["charge_id"], "25");
    assert_eq!(object["amount_received"], 13_500);
    let listed = account
        .get(&format!("/v1/charges?payment_intent={intent}"))
        .json();
    assert_eq!(listed["data"][0]["id"], object["latest_charge"]);
    assert_eq!(
        listed["data"][0]["billing_details"]["email"],
        "parent@example.com"
    );
    let by_intent = account
        .get(&format!("{SESSIONS}?payment_intent={intent}"))
        .json();
    assert_eq!(id(&by_intent["data"][0]), session);
}

#[test]
fn a_declined_card_leaves_the_session_open() {
    let mut account = Account::new();
    let session = account.session();
    account.stripe.decline(&session, account.now_ms).unwrap();
    assert_eq!(account.retrieve(&session)["status"], "open");
    assert!(account.stripe.pay(&session, account.now_ms).is_ok());
}

#[test]
fn a_bank_debit_is_paid_when_it_clears_or_never() {
    for (success, status, event) in [
        (true, "paid", "checkout.session.async_payment_succeeded"),
        (false, "unpaid", "checkout.session.async_payment_failed"),
    ] {
        let mut account = Account::new();
        let session = account.session();
        account
            .stripe
            .pay_by_debit(&session, account.now_ms)
            .unwrap();
        let object = account.retrieve(&session);
        assert_eq!(object["status"], "complete");
        assert_eq!(object["payment_status"], "unpaid");
        assert_eq!(
            account.event_types(),
            [
                "charge.pending",
                "payment_intent.processing",
                "checkout.session.completed"
            ]
        );
        let intent = account.stripe.session_intent(&session).unwrap().id;
        assert!(
            account
                .stripe
                .refund(&intent, None, account.now_ms)
                .is_err()
        );

        account
            .stripe
            .resolve_async_payment(&session, success, account.now_ms)
            .unwrap();
        let object = account.retrieve(&session);
        assert_eq!(object["status"], "complete");
        assert_eq!(object["payment_status"], status);
        assert_eq!(account.event_types().last(), Some(&event));
        assert!(
            account
                .stripe
                .resolve_async_payment(&session, success, account.now_ms)
                .is_err()
        );
    }
}

#[test]
fn a_total_of_zero_needs_no_payment() {
    let mut account = Account::new();
    let free = valid_but("line_items[0][price_data][unit_amount]", "0");
    let session = id(&account.post(SESSIONS, &free).json());
    assert_eq!(account.stripe.pay(&session, account.now_ms), Ok(None));
    let object = account.retrieve(&session);
    assert_eq!(object["payment_status"], "no_payment_required");
    assert_eq!(object["payment_intent"], serde_json::Value::Null);
    assert_eq!(account.event_types(), ["checkout.session.completed"]);
}

#[test]
fn refunds_never_exceed_the_charge() {
    let mut account = Account::new();
    let intent = account.paid();
    let mut refund = |amount: Option<&str>| {
        let mut form = vec![("payment_intent", intent.as_str())];
        form.extend(amount.map(|amount| ("amount", amount)));
        account.post("/v1/refunds", &form)
    };
    assert_eq!(refund(Some("0")).status, 400);
    assert_eq!(refund(Some("13501")).status, 400);
    let part = refund(Some("3500")).json();
    assert_eq!(
        (&part["object"], &part["amount"]),
        (&"refund".into(), &3500.into())
    );
    assert_eq!(
        error(&refund(Some("10001"))),
        (400, String::new(), "amount".into())
    );
    assert_eq!(refund(None).json()["amount"], 10_000);
    assert_eq!(error(&refund(None)).1, "charge_already_refunded");
    let charge = account.stripe.charges().next().unwrap();
    assert_eq!((charge.amount_refunded, charge.refundable()), (13_500, 0));
}

#[test]
fn a_refund_names_one_thing_that_exists() {
    let mut account = Account::new();
    let intent = account.paid();
    assert_eq!(
        error(&account.post("/v1/refunds", &[])).1,
        "parameter_missing"
    );
    let both = [("payment_intent", intent.as_str()), ("charge", "ch_0")];
    assert_eq!(account.post("/v1/refunds", &both).status, 400);
    for (param, missing) in [("payment_intent", "pi_0"), ("charge", "ch_0")] {
        let response = account.post("/v1/refunds", &[(param, missing)]);
        assert_eq!(
            error(&response),
            (404, "resource_missing".into(), param.into())
        );
    }
    let reason = [("payment_intent", intent.as_str()), ("reason", "because")];
    assert_eq!(error(&account.post("/v1/refunds", &reason)).2, "reason");
}

#[test]
fn a_refund_is_told_with_its_charge_as_it_is_then() {
    let mut account = Account::new();
    let intent = account.paid();
    account
        .stripe
        .refund(&intent, Some(500), account.now_ms)
        .unwrap();
    let refund = account
        .stripe
        .refund(&intent, None, account.now_ms)
        .unwrap();
    let refunded: Vec<_> = account
        .stripe
        .events()
        .filter(|event| event.kind.name() == "charge.refunded")
        .map(|event| {
            (
                event.object["amount_refunded"].clone(),
                event.object["refunded"].clone(),
            )
        })
        .collect();
    assert_eq!(
        refunded,
        [(500.into(), false.into()), (13_500.into(), true.into())]
    );

    account.stripe.fail_refund(&refund, account.now_ms).unwrap();
    assert_eq!(account.event_types().last(), Some(&"refund.failed"));
    assert_eq!(
        account.stripe.charges().next().unwrap().amount_refunded,
        500
    );
    assert!(account.stripe.fail_refund(&refund, account.now_ms).is_err());
}

#[test]
fn a_dispute_opens_once_and_closes_once() {
    let mut account = Account::new();
    let intent = account.paid();
    let dispute = account.stripe.dispute(&intent, account.now_ms).unwrap();
    assert!(account.stripe.dispute(&intent, account.now_ms).is_err());
    let refused = account
        .stripe
        .refund(&intent, None, account.now_ms)
        .unwrap_err();
    assert_eq!(refused.code, Some("charge_disputed"));
    account
        .stripe
        .close_dispute(&dispute, false, account.now_ms)
        .unwrap();
    assert!(
        account
            .stripe
            .close_dispute(&dispute, true, account.now_ms)
            .is_err()
    );
    let last = account.stripe.events().last().unwrap();
    assert_eq!(last.kind.name(), "charge.dispute.closed");
    assert_eq!(last.object["status"], "lost");
    assert_eq!(last.object["payment_intent"], intent);
}
