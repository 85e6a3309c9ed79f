//! Payments that wait for the payer: small deposits to confirm, a voucher to pay.

use fake_stripe::{Config, IntentStatus, NextAction, Voucher};
use serde_json::Value;

use crate::account::{Account, SESSIONS, error};

/// The payment intent of a session as the API has it.
fn intent(account: &mut Account, session: &str) -> Value {
    let path = format!("{SESSIONS}/{session}?expand[]=payment_intent");
    account.get(&path).json()["payment_intent"].clone()
}

#[test]
fn deposits_are_to_be_confirmed_before_the_bank_is_asked() {
    let mut account = Account::new();
    let session = account.session();
    let now_ms = account.now_ms;
    account
        .stripe
        .pay_by_microdeposits(&session, now_ms)
        .unwrap();

    let object = account.retrieve(&session);
    assert_eq!(
        (&object["status"], &object["payment_status"]),
        (&"complete".into(), &"unpaid".into())
    );
    let waiting = intent(&mut account, &session);
    assert_eq!(waiting["status"], "requires_action");
    assert_eq!(waiting["latest_charge"], Value::Null);
    assert_eq!(waiting["next_action"]["type"], "verify_with_microdeposits");
    let url =
        waiting["next_action"]["verify_with_microdeposits"]["hosted_verification_url"].clone();
    assert!(
        url.as_str()
            .unwrap()
            .starts_with("https://payments.stripe.com/microdeposit/")
    );
    assert_eq!(
        account.event_types(),
        [
            "payment_intent.requires_action",
            "checkout.session.completed"
        ]
    );

    account.stripe.complete_action(&session, now_ms).unwrap();
    let processing = intent(&mut account, &session);
    assert_eq!(processing["status"], "processing");
    assert_eq!(processing["next_action"], Value::Null);
    assert!(processing["latest_charge"].is_string());
    assert!(account.stripe.complete_action(&session, now_ms).is_err());

    account
        .stripe
        .resolve_async_payment(&session, true, now_ms)
        .unwrap();
    assert_eq!(account.retrieve(&session)["payment_status"], "paid");
    assert_eq!(
        account.event_types().last(),
        Some(&"checkout.session.async_payment_succeeded")
    );
}

#[test]
fn each_voucher_has_its_currency_and_its_details() {
    for (currency, voucher, details) in [
        ("brl", Voucher::Boleto, "boleto_display_details"),
        ("jpy", Voucher::Konbini, "konbini_display_details"),
        ("eur", Voucher::Multibanco, "multibanco_display_details"),
        ("mxn", Voucher::Oxxo, "oxxo_display_details"),
    ] {
        let mut account = Account::new();
        let session = account.session_in(currency);
        let now_ms = account.now_ms;
        account.stripe.pay_by_voucher(&session, now_ms).unwrap();
        let status = account.stripe.session_intent(&session).unwrap().status;
        let expected = IntentStatus::RequiresAction(NextAction::PayVoucher(voucher));
        assert_eq!(status, expected);
        let action = intent(&mut account, &session)["next_action"].clone();
        assert_eq!(action["type"], details);
        let url = action[details]["hosted_voucher_url"].as_str().unwrap();
        assert!(url.starts_with("https://payments.stripe.com/"), "{url}");
        // Paid at a counter: it succeeds without processing at a bank.
        account
            .stripe
            .resolve_async_payment(&session, true, now_ms)
            .unwrap();
        assert_eq!(account.retrieve(&session)["payment_status"], "paid");
        assert_eq!(account.stripe.charges().count(), 1);
    }
}

#[test]
fn what_nobody_does_in_time_fails_and_says_why() {
    for (currency, code) in [
        ("usd", "payment_method_microdeposit_verification_timeout"),
        ("mxn", "payment_intent_payment_attempt_expired"),
    ] {
        let mut account = Account::new();
        let session = account.session_in(currency);
        let now_ms = account.now_ms;
        let paid = if currency == "usd" {
            account.stripe.pay_by_microdeposits(&session, now_ms)
        } else {
            account.stripe.pay_by_voucher(&session, now_ms)
        };
        let refused = account.stripe.refund(&paid.unwrap(), None, now_ms);
        assert!(refused.is_err(), "there is nothing to refund yet");
        account
            .stripe
            .resolve_async_payment(&session, false, now_ms)
            .unwrap();
        let failed = intent(&mut account, &session);
        assert_eq!(failed["status"], "requires_payment_method");
        assert_eq!(failed["last_payment_error"]["code"], code);
        assert_eq!(failed["latest_charge"], Value::Null);
        let types = account.event_types();
        assert_eq!(
            types[types.len() - 2..],
            [
                "payment_intent.payment_failed",
                "checkout.session.async_payment_failed"
            ]
        );
        assert!(
            account
                .stripe
                .resolve_async_payment(&session, true, now_ms)
                .is_err()
        );
    }
}

#[test]
fn a_returned_debit_leaves_an_error_and_a_failed_charge() {
    let mut account = Account::new();
    let session = account.session();
    let now_ms = account.now_ms;
    account.stripe.pay_by_debit(&session, now_ms).unwrap();
    account
        .stripe
        .resolve_async_payment(&session, false, now_ms)
        .unwrap();
    let failed = intent(&mut account, &session);
    let wrong = &failed["last_payment_error"];
    assert_eq!(wrong["code"], "payment_intent_payment_attempt_failed");
    assert_eq!(wrong["charge"], failed["latest_charge"]);
    let charge = failed["latest_charge"].as_str().unwrap();
    let charge = account.get(&format!("/v1/charges/{charge}")).json();
    assert_eq!(
        (&charge["status"], &charge["receipt_url"]),
        (&"failed".into(), &Value::Null)
    );
    let refund = [("payment_intent", failed["id"].as_str().unwrap())];
    let refused = account.post("/v1/refunds", &refund);
    assert_eq!(
        error(&refused),
        (400, String::new(), "payment_intent".into())
    );
}

#[test]
fn what_a_currency_does_not_have_is_refused() {
    let mut account = Account::new();
    let now_ms = account.now_ms;
    let dollars = account.session();
    assert!(account.stripe.pay_by_voucher(&dollars, now_ms).is_err());
    let pounds = account.session_in("gbp");
    assert!(
        account
            .stripe
            .pay_by_microdeposits(&pounds, now_ms)
            .is_err()
    );
    let yen = account.session_in("jpy");
    assert!(account.stripe.pay_by_debit(&yen, now_ms).is_err());
    for session in [dollars, pounds, yen] {
        assert_eq!(account.retrieve(&session)["status"], "open");
        assert!(account.stripe.complete_action(&session, now_ms).is_err());
    }
}

#[test]
fn the_pages_of_what_is_left_to_do_are_elsewhere() {
    let mut account = Account::with(Config {
        origin: "https://checkout.test".into(),
        actions_origin: "https://payments.test".into(),
        ..Config::default()
    });
    let session = account.session();
    account
        .stripe
        .pay_by_microdeposits(&session, account.now_ms)
        .unwrap();
    let text = intent(&mut account, &session).to_string();
    assert!(text.contains("https://payments.test/microdeposit/pi_"));
}
