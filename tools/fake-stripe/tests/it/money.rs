//! Currencies: their minor units, what is too little, and what is none.

use fake_stripe::Response;

use crate::account::{Account, SESSIONS, error, valid};

const AMOUNT: &str = "line_items[0][price_data][unit_amount]";
const CURRENCY: &str = "line_items[0][price_data][currency]";

fn create(account: &mut Account, currency: &str, amount: &str) -> Response {
    let mut form = valid();
    form.retain(|(name, _)| ![AMOUNT, CURRENCY].contains(name));
    form.extend([(CURRENCY, currency), (AMOUNT, amount)]);
    account.post(SESSIONS, &form)
}

#[test]
fn each_currency_has_its_least_amount() {
    let mut account = Account::new();
    for (currency, least) in [
        ("usd", 50),
        ("eur", 50),
        ("gbp", 30),
        ("jpy", 50),
        ("mxn", 1000),
        ("czk", 1500),
        ("huf", 17_500),
        ("sek", 300),
        // Stripe names none for these.
        ("krw", 1),
        ("kwd", 10),
    ] {
        let step = if currency == "kwd" { 10 } else { 1 };
        let enough = create(&mut account, currency, &least.to_string());
        assert_eq!(enough.status, 200, "{currency}: {}", enough.json());
        if least > step {
            let less = create(&mut account, currency, &(least - step).to_string());
            assert_eq!(
                error(&less),
                (400, "amount_too_small".into(), String::new()),
                "{currency}"
            );
        }
    }
}

#[test]
fn some_currencies_have_digits_that_must_be_zero() {
    let mut account = Account::new();
    for (currency, amount, status) in [
        ("kwd", "5120", 200),
        ("kwd", "5124", 400),
        ("bhd", "1001", 400),
        ("isk", "50000", 200),
        ("isk", "50050", 400),
        ("ugx", "500001", 400),
        // No decimals at all.
        ("jpy", "501", 200),
        ("krw", "501", 200),
    ] {
        let response = create(&mut account, currency, amount);
        assert_eq!(response.status, status, "{currency} {amount}");
        if status == 400 {
            assert_eq!(error(&response).2, AMOUNT);
        }
    }
}

#[test]
fn a_refund_obeys_its_currency_too() {
    let mut account = Account::new();
    let session = crate::account::id(&create(&mut account, "kwd", "5120").json());
    let intent = account
        .stripe
        .pay(&session, account.now_ms)
        .unwrap()
        .unwrap();
    let refund = |account: &mut Account, amount: &str| {
        account.post(
            "/v1/refunds",
            &[("payment_intent", &intent), ("amount", amount)],
        )
    };
    assert_eq!(error(&refund(&mut account, "1001")).2, "amount");
    assert_eq!(refund(&mut account, "1000").status, 200);
}

#[test]
fn what_is_no_currency_is_named() {
    let mut account = Account::new();
    for currency in ["xyz", "us", "dollar", "xau"] {
        let response = create(&mut account, currency, "13500");
        assert_eq!(
            error(&response),
            (400, String::new(), CURRENCY.into()),
            "{currency}"
        );
    }
}
