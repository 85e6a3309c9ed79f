//! The requirements of a call: from somebody, a form, and of known parameters with values of their types.

use fake_stripe::Request;

use crate::account::{Account, SESSIONS, START_MS, authorized, error, valid, valid_but};

#[test]
fn wrong_parameters_are_named() {
    let unit = "line_items[0][price_data][unit_amount]";
    let currency = "line_items[0][price_data][currency]";
    let name = "line_items[0][price_data][product_data][name]";
    let quantity = "line_items[0][quantity]";
    let long = "x".repeat(501);
    let cases: &[(&str, &str, &str, &str)] = &[
        ("foo", "1", "parameter_unknown", "foo"),
        (
            "line_items[0][foo]",
            "1",
            "parameter_unknown",
            "line_items[0][foo]",
        ),
        (
            "payment_intent_data[foo][bar]",
            "1",
            "parameter_unknown",
            "payment_intent_data[foo]",
        ),
        ("mode", "", "parameter_missing", "mode"),
        ("success_url", "", "parameter_missing", "success_url"),
        (currency, "", "parameter_missing", currency),
        (
            name,
            "",
            "parameter_missing",
            "line_items[0][price_data][product_data]",
        ),
        (unit, "", "parameter_missing", unit),
        (quantity, "", "parameter_missing", quantity),
        (unit, "1.5", "parameter_invalid_integer", unit),
        (unit, "-1", "parameter_invalid_integer", unit),
        (unit, "+1", "parameter_invalid_integer", unit),
        (
            unit,
            "99999999999999999999",
            "parameter_invalid_integer",
            unit,
        ),
        (quantity, "0", "parameter_invalid_integer", quantity),
        (
            "expires_at",
            "soon",
            "parameter_invalid_integer",
            "expires_at",
        ),
        ("mode", "gift", "", "mode"),
        ("locale", "xx", "", "locale"),
        ("allow_promotion_codes", "yes", "", "allow_promotion_codes"),
        ("line_items", "x", "", "line_items"),
        ("line_items[a][quantity]", "1", "", "line_items"),
        ("metadata", "x", "", "metadata"),
        ("metadata[k]", &long, "", "metadata"),
        (
            "metadata[xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]",
            "1",
            "",
            "metadata",
        ),
        (currency, "USD", "", currency),
        (currency, "xyz", "", currency),
        (
            "customer_email",
            "parent",
            "email_invalid",
            "customer_email",
        ),
        (
            "customer_email",
            "a b@example.com",
            "email_invalid",
            "customer_email",
        ),
        (
            "customer_email",
            "parent@example",
            "email_invalid",
            "customer_email",
        ),
        ("success_url", "/paid", "url_invalid", "success_url"),
        ("cancel_url", "ftp://club.test", "url_invalid", "cancel_url"),
        (
            "client_reference_id",
            &long,
            "parameter_invalid_string_length",
            "client_reference_id",
        ),
        ("customer", "cus_1", "resource_missing", "customer"),
        (
            "line_items[0][price]",
            "price_1",
            "resource_missing",
            "line_items[0][price]",
        ),
        (
            "subscription_data[description]",
            "x",
            "",
            "subscription_data",
        ),
        ("return_url", "https://club.test/", "", "return_url"),
        ("ui_mode", "embedded_page", "", "ui_mode"),
    ];
    let mut account = Account::new();
    for (parameter, value, code, param) in cases {
        let form: Vec<_> = valid_but(parameter, value)
            .into_iter()
            .filter(|(name, _)| *parameter != "metadata" || !name.starts_with("metadata["))
            .filter(|(name, _)| *parameter != "line_items" || !name.starts_with("line_items["))
            .collect();
        let response = account.post(SESSIONS, &form);
        let expected = (400, (*code).to_owned(), (*param).to_owned());
        assert_eq!(
            error(&response),
            expected,
            "{parameter}={value}: {}",
            response.json()
        );
    }
    assert_eq!(account.stripe.sessions().count(), 0);
}

#[test]
fn an_empty_text_cannot_unset_what_has_no_default() {
    let mut account = Account::new();
    let mut form = valid();
    form.push(("locale", ""));
    let expected = (400, "parameter_invalid_empty".into(), "locale".into());
    assert_eq!(error(&account.post(SESSIONS, &form)), expected);
}

#[test]
fn all_unknown_parameters_are_named_at_once() {
    let mut account = Account::new();
    let mut form = valid();
    form.extend([("foo", "1"), ("line_items[0][bar]", "1")]);
    let body = account.post(SESSIONS, &form).json();
    let message = body["error"]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "Received unknown parameters: foo, line_items[0][bar]"
    );
}

#[test]
fn metadata_has_its_limits() {
    let mut account = Account::new();
    let keys: Vec<String> = (0..49).map(|n| format!("metadata[k{n}]")).collect();
    let mut form: Vec<(&str, &str)> = valid();
    form.extend(keys.iter().map(|key| (key.as_str(), "v")));
    assert_eq!(account.post(SESSIONS, &form).status, 200);
    // Forty characters are a name, five hundred are a value.
    let longest = format!("metadata[{}]", "k".repeat(40));
    let value = "v".repeat(500);
    let mut whole: Vec<(&str, &str)> = valid();
    whole.push((&longest, &value));
    assert_eq!(account.post(SESSIONS, &whole).status, 200);
    form.push(("metadata[one_more]", "v"));
    assert_eq!(
        error(&account.post(SESSIONS, &form)),
        (400, String::new(), "metadata".into())
    );
}

#[test]
fn a_call_needs_a_test_key_a_version_and_a_form() {
    let mut account = Account::new();
    let mut send = |request: &Request| account.stripe.handle(request, START_MS).status;
    let get = || Request::new("GET", SESSIONS);
    assert_eq!(send(&get()), 401);
    for (authorization, status) in [
        ("Bearer sk_test_1", 200),
        ("Bearer rk_test_1", 200),
        // The key as the user name of Basic, without a password.
        ("Basic c2tfdGVzdF8xOg==", 200),
        ("Bearer pk_test_1", 401),
        ("Bearer sk_live_1", 401),
        ("Bearer ", 401),
        ("sk_test_1", 401),
        ("Basic ???", 401),
    ] {
        let request = get().with_header("Authorization", authorization);
        assert_eq!(send(&request), status, "{authorization}");
    }
    for (version, status) in [("2023-08-16", 200), ("2025-03-31.basil", 200), ("new", 400)] {
        let request = authorized(get()).with_header("Stripe-Version", version);
        assert_eq!(send(&request), status, "{version}");
    }
    let mut json = authorized(Request::new("POST", SESSIONS));
    json.body = b"{}".to_vec();
    assert_eq!(
        send(&json.with_header("Content-Type", "application/json")),
        400
    );
    let malformed = authorized(Request::new("POST", SESSIONS)).with_form("mode=%zz");
    assert_eq!(send(&malformed), 400);
    assert_eq!(send(&authorized(Request::new("GET", "/v1/customers"))), 404);
}
