//! API versions: which are taken, what each knows, and what shape its answers have.

use fake_stripe::{API_VERSION, Config, Request, Version, encode};
use serde_json::Value;

use crate::account::{Account, SESSIONS, error, id, valid};

const OLD: &str = "2023-08-16";
const ENDIVE: &str = "2026-10-28.endive";

fn create(account: &mut Account, version: &str, more: &[(&str, &str)]) -> fake_stripe::Response {
    let mut form = valid();
    form.extend(more);
    let request = Request::new("POST", SESSIONS).with_form(encode(&form));
    account.send(request.with_header("Stripe-Version", version))
}

fn get(account: &mut Account, version: &str, path: &str) -> Value {
    let request = Request::new("GET", path).with_header("Stripe-Version", version);
    account.send(request).json()
}

#[test]
fn the_newest_version_is_the_default() {
    assert_eq!(API_VERSION, ENDIVE);
    let mut account = Account::new();
    let response = account.get(SESSIONS);
    assert_eq!(response.header("Stripe-Version"), Some(ENDIVE));
    account.paid();
    assert_eq!(
        account.get("/v1/events").json()["data"][0]["api_version"],
        ENDIVE
    );
}

#[test]
fn known_versions_are_taken_and_others_are_a_400() {
    let mut account = Account::new();
    for version in [
        OLD,
        "2024-10-28.acacia",
        "2025-03-31.basil",
        "2026-09-30.endive",
        ENDIVE,
    ] {
        let response = create(&mut account, version, &[]);
        assert_eq!(response.status, 200, "{version}");
        assert_eq!(response.header("Stripe-Version"), Some(version));
    }
    for version in [
        "2023-08-17",
        "2024-10-28",
        "2026-10-28.basil",
        "2027-01-01",
        "endive",
        "",
    ] {
        let response = create(&mut account, version, &[]);
        assert_eq!(response.status, 400, "{version}");
        assert_eq!(response.json()["error"]["type"], "invalid_request_error");
    }
    assert!(Version::parse(OLD).unwrap() < Version::V2024_10_28_ACACIA);
    assert!(Version::all().all(|version| version <= Version::NEWEST));
}

#[test]
fn payment_method_types_are_gone_since_endive() {
    let mut account = Account::new();
    let types = [("payment_method_types[0]", "card")];
    for version in ["2026-09-30.endive", ENDIVE] {
        assert_eq!(
            error(&create(&mut account, version, &types)),
            (
                400,
                "parameter_unknown".into(),
                "payment_method_types".into()
            )
        );
    }
    for version in [OLD, "2026-08-26.dahlia"] {
        let session = create(&mut account, version, &types).json();
        assert_eq!(session["payment_method_types"], serde_json::json!(["card"]));
    }
}

#[test]
fn methods_are_filtered_instead() {
    let mut account = Account::new();
    for (name, value, methods) in [
        (
            "excluded_payment_method_types[0]",
            "card",
            "us_bank_account",
        ),
        ("allowed_payment_method_types[0]", "card", "card"),
    ] {
        let session = create(&mut account, ENDIVE, &[(name, value)]).json();
        assert_eq!(
            session["payment_method_types"],
            serde_json::json!([methods])
        );
    }
}

#[test]
fn each_version_has_its_own_words_for_a_hosted_page() {
    let mut account = Account::new();
    for (version, mode, taken) in [
        (OLD, "hosted", true),
        (OLD, "hosted_page", false),
        ("2026-02-25.clover", "hosted", true),
        ("2026-03-25.dahlia", "hosted", false),
        (ENDIVE, "hosted_page", true),
        (ENDIVE, "hosted", false),
        // Known, and not modeled.
        (ENDIVE, "elements", false),
        (ENDIVE, "form", false),
    ] {
        let response = create(&mut account, version, &[("ui_mode", mode)]);
        if taken {
            assert_eq!(response.json()["ui_mode"], mode, "{version} {mode}");
        } else {
            let expected = (400, String::new(), "ui_mode".into());
            assert_eq!(error(&response), expected, "{version} {mode}");
        }
    }
}

#[test]
fn an_object_has_the_shape_of_the_version_that_asks() {
    let mut account = Account::new();
    let session = id(&create(&mut account, ENDIVE, &[]).json());
    account.stripe.pay(&session, account.now_ms).unwrap();
    let path = format!("{SESSIONS}/{session}?expand[]=payment_intent.latest_charge");
    let old = get(&mut account, OLD, &path);
    let new = get(&mut account, ENDIVE, &path);
    let intent = |session: &Value| session["payment_intent"].clone();
    assert_eq!(
        (&old["ui_mode"], &new["ui_mode"]),
        (&"hosted".into(), &"hosted_page".into())
    );
    assert!(old.get("shipping_details").is_some() && new.get("shipping_details").is_none());
    assert!(intent(&old).get("invoice").is_some() && intent(&new).get("invoice").is_none());
    assert!(intent(&old)["latest_charge"].get("invoice").is_some());
    assert_eq!(intent(&old)["capture_method"], "automatic");
    assert_eq!(intent(&new)["capture_method"], "automatic_async");
    for name in ["id", "status", "payment_status", "amount_total", "metadata"] {
        assert_eq!(old[name], new[name], "{name}");
    }
}

#[test]
fn a_listed_event_has_the_accounts_version_and_a_webhook_its_endpoints() {
    let mut account = Account::with(Config {
        account_version: Version::V2023_08_16,
        api_version: Version::V2024_10_28_ACACIA,
        ..Config::default()
    });
    account.paid();
    // Whatever the call names.
    let listed = get(&mut account, ENDIVE, "/v1/events?limit=1")["data"][0].clone();
    assert_eq!(listed["api_version"], OLD);
    assert_eq!(listed["data"]["object"]["ui_mode"], "hosted");
    let due = account.stripe.take_webhooks(account.now_ms);
    let sent: Value = serde_json::from_slice(&due.last().unwrap().payload).unwrap();
    assert_eq!(sent["api_version"], "2024-10-28.acacia");
    assert_eq!(sent["id"], listed["id"]);
}
