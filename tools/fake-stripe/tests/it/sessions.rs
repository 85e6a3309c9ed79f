//! Sessions: what creating one demands, and how long one lives.

use fake_stripe::encode;
use serde_json::Value;

use crate::account::{
    Account, HOUR_MS, MINUTE_MS, SESSIONS, START_MS, error, id, valid, valid_but,
};

#[test]
fn a_session_has_the_fields_of_stripes() {
    let mut account = Account::new();
    let session = account.post(SESSIONS, &valid()).json();
    let text = |name: &str| session[name].as_str().unwrap_or("-").to_owned();
    assert!(text("id").starts_with("cs_test_a1") && text("id").len() == 66);
    assert_eq!(text("object"), "checkout.session");
    assert_eq!(text("status"), "open");
    assert_eq!(text("payment_status"), "unpaid");
    assert_eq!(text("client_reference_id"), "7");
    assert_eq!(text("customer_email"), "parent@example.com");
    assert_eq!(session["customer_details"]["email"], "parent@example.com");
    assert_eq!(session["amount_total"], 13_500);
    assert_eq!(session["metadata"]["charge_id"], "25");
    assert_eq!(session["payment_intent"], Value::Null);
    assert_eq!(session["livemode"], false);
    assert_eq!(session["created"], START_MS / 1000);
    assert_eq!(session["expires_at"], (START_MS + 24 * HOUR_MS) / 1000);
    assert_eq!(
        text("url"),
        format!("http://localhost:12111/c/pay/{}", text("id"))
    );
    // The id is put in when the payer returns.
    assert!(text("success_url").contains("{CHECKOUT_SESSION_ID}"));
    let returned = account.stripe.session(&text("id")).unwrap().return_url();
    assert_eq!(returned, format!("https://club.test/paid?s={}", text("id")));
}

#[test]
fn the_total_has_its_bounds() {
    let cases = [
        ("usd", "49", Some("amount_too_small")),
        ("usd", "50", None),
        ("usd", "0", None),
        ("usd", "99999999", None),
        ("usd", "100000000", Some("amount_too_large")),
        ("jpy", "49", Some("amount_too_small")),
        ("jpy", "50", None),
        ("gbp", "30", None),
    ];
    let mut account = Account::new();
    for (currency, amount, code) in cases {
        let mut form = valid_but("line_items[0][price_data][unit_amount]", amount);
        form.retain(|(name, _)| !name.ends_with("[currency]"));
        form.push(("line_items[0][price_data][currency]", currency));
        let body = account.post(SESSIONS, &form).json();
        assert_eq!(body["error"]["code"].as_str(), code, "{amount} {currency}");
    }
}

#[test]
fn the_total_is_the_sum_of_all_lines() {
    let mut account = Account::new();
    let mut form = valid_but("line_items[0][quantity]", "2");
    form.extend([
        ("line_items[1][price_data][currency]", "usd"),
        ("line_items[1][price_data][unit_amount_decimal]", "33.5"),
        ("line_items[1][price_data][product_data][name]", "Badge"),
        ("line_items[1][quantity]", "3"),
    ]);
    // 2 * 13500 + round(3 * 33.5)
    assert_eq!(account.post(SESSIONS, &form).json()["amount_total"], 27_101);
    form.retain(|(name, _)| *name != "line_items[1][price_data][currency]");
    form.push(("line_items[1][price_data][currency]", "eur"));
    assert_eq!(error(&account.post(SESSIONS, &form)).2, "line_items");
}

#[test]
fn expires_at_lies_between_30_minutes_and_24_hours() {
    let mut account = Account::new();
    for (ahead_ms, status) in [
        (30 * MINUTE_MS - 1000, 400),
        (30 * MINUTE_MS, 200),
        (65 * MINUTE_MS, 200),
        (24 * HOUR_MS, 200),
        (24 * HOUR_MS + 1000, 400),
    ] {
        let at = ((START_MS + ahead_ms) / 1000).to_string();
        let response = account.post(SESSIONS, &valid_but("expires_at", &at));
        assert_eq!(response.status, status, "{ahead_ms}");
        if status == 400 {
            assert_eq!(error(&response).2, "expires_at");
        }
    }
}

#[test]
fn a_session_expires_by_its_clock_and_says_so() {
    let mut account = Account::new();
    let at = ((START_MS + 65 * MINUTE_MS) / 1000).to_string();
    let session = id(&account.post(SESSIONS, &valid_but("expires_at", &at)).json());
    account.now_ms += 65 * MINUTE_MS - 1;
    assert_eq!(account.retrieve(&session)["status"], "open");
    account.now_ms += 1;
    assert!(
        account
            .stripe
            .open_sessions_by_charge(account.now_ms)
            .is_empty()
    );
    let expired = account.retrieve(&session);
    assert_eq!(
        (&expired["status"], &expired["url"]),
        (&"expired".into(), &Value::Null)
    );
    assert_eq!(account.event_types(), ["checkout.session.expired"]);
    assert!(account.stripe.pay(&session, account.now_ms).is_err());
}

#[test]
fn stripes_clock_can_be_ahead() {
    let mut account = Account::new();
    let session = account.session();
    account.stripe.set_clock_offset(24 * HOUR_MS);
    assert_eq!(account.retrieve(&session)["status"], "expired");
}

#[test]
fn only_an_open_session_expires() {
    let mut account = Account::new();
    let session = account.session();
    let path = format!("{SESSIONS}/{session}/expire");
    assert_eq!(account.post(&path, &[]).json()["status"], "expired");
    let again = account.post(&path, &[]);
    assert_eq!(again.status, 400);
    assert_eq!(
        again.json()["error"]["message"],
        "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session \
         has a status of `expired`."
    );
    assert_eq!(account.event_types(), ["checkout.session.expired"]);
    let unknown = account.post("/v1/checkout/sessions/cs_test_0/expire", &[]);
    assert_eq!(
        error(&unknown),
        (404, "resource_missing".into(), "session".into())
    );
}

#[test]
fn open_sessions_are_counted_by_charge() {
    let mut account = Account::new();
    account.session();
    let other = account.session();
    account.post(SESSIONS, &valid_but("metadata[charge_id]", "26"));
    let counts = account.stripe.open_sessions_by_charge(account.now_ms);
    assert_eq!((counts["25"], counts["26"]), (2, 1));
    account.stripe.expire(&other, account.now_ms).unwrap();
    assert_eq!(
        account.stripe.open_sessions_by_charge(account.now_ms)["25"],
        1
    );
}

#[test]
fn lists_are_newest_first_filtered_and_paged() {
    let mut account = Account::new();
    let ids: Vec<String> = (0..5).map(|_| account.session()).collect();
    account.stripe.pay(&ids[1], account.now_ms).unwrap();
    let listed = |account: &mut Account, query: &str| {
        let body = account.get(&format!("{SESSIONS}?{query}")).json();
        let data: Vec<String> = body["data"].as_array().unwrap().iter().map(id).collect();
        (data, body["has_more"].as_bool().unwrap())
    };
    let reversed =
        |range: std::ops::Range<usize>| ids[range].iter().rev().cloned().collect::<Vec<_>>();
    assert_eq!(listed(&mut account, "limit=2"), (reversed(3..5), true));
    let after = format!("limit=2&starting_after={}", ids[3]);
    assert_eq!(listed(&mut account, &after), (reversed(1..3), true));
    let after = format!("starting_after={}", ids[1]);
    assert_eq!(listed(&mut account, &after), (reversed(0..1), false));
    let before = format!("limit=1&ending_before={}", ids[2]);
    assert_eq!(listed(&mut account, &before), (reversed(3..4), true));
    assert_eq!(
        listed(&mut account, "status=complete"),
        (reversed(1..2), false)
    );
    assert_eq!(account.get(&format!("{SESSIONS}?limit=101")).status, 400);
    assert_eq!(
        account
            .get(&format!("{SESSIONS}?starting_after=cs_test_0"))
            .status,
        404
    );
    assert_eq!(account.get(&format!("{SESSIONS}?foo=1")).status, 400);
}

#[test]
fn objects_are_expanded_on_demand() {
    let mut account = Account::new();
    let session = account.session();
    account.stripe.pay(&session, account.now_ms).unwrap();
    let query = "expand[]=line_items&expand[]=payment_intent.latest_charge";
    let object = account.get(&format!("{SESSIONS}/{session}?{query}")).json();
    assert_eq!(object["line_items"]["data"][0]["quantity"], 1);
    assert_eq!(object["payment_intent"]["latest_charge"]["paid"], true);
    let wrong = account.get(&format!("{SESSIONS}/{session}?expand[]=foo"));
    assert_eq!(wrong.status, 400);
}

#[test]
fn the_same_seed_makes_the_same_account() {
    let run = |seed| {
        let mut account = Account::seeded(seed);
        let intent = account.paid();
        let refund = account.post("/v1/refunds", &[("payment_intent", &intent)]);
        let events: Vec<_> = account
            .stripe
            .events()
            .map(|event| event.id.clone())
            .collect();
        (refund, events, encode(&valid()))
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

#[test]
fn calls_are_kept_for_tests_without_the_secret_key() {
    let mut account = Account::new();
    account.post_with_key(SESSIONS, "order_7", &valid());
    account.get("/v1/events?limit=1");
    let [create, list] = account.stripe.calls() else {
        panic!("two calls")
    };
    assert_eq!(
        (create.method.as_str(), create.path.as_str()),
        ("POST", SESSIONS)
    );
    assert_eq!(create.idempotency_key.as_deref(), Some("order_7"));
    assert_eq!(create.form.text("client_reference_id"), Some("7"));
    assert_eq!((create.status, list.path.as_str()), (200, "/v1/events"));
    assert!(!format!("{create:?}").contains("sk_test"));
    assert!(!create.log_line().contains("parent@example.com"));
}

#[test]
fn sessions_are_listed_by_the_time_of_their_creation_to_the_end() {
    let mut account = Account::new();
    let mut made: Vec<String> = Vec::new();
    for _ in 0..12 {
        made.insert(0, account.session());
        account.now_ms += MINUTE_MS;
    }
    let at = |minutes: i64| START_MS / 1000 + minutes * 60;
    let ids = |account: &mut Account, query: &str| -> Vec<String> {
        account
            .all(&format!("{SESSIONS}?limit=5&{query}"))
            .iter()
            .map(id)
            .collect()
    };
    assert_eq!(ids(&mut account, "expand[]=data.line_items"), made);
    let query = format!("created[gte]={}&created[lte]={}", at(2), at(9));
    assert_eq!(ids(&mut account, &query), made[2..10]);
    let query = format!("created[gt]={}&created[lt]={}", at(2), at(9));
    assert_eq!(ids(&mut account, &query), made[3..9]);
    assert_eq!(ids(&mut account, &format!("created={}", at(11))), made[..1]);
    let listed = account.all(&format!("{SESSIONS}?created[gte]={}", at(11)));
    assert_eq!(listed[0]["metadata"]["charge_id"], "25");
    assert_eq!(
        account.get(&format!("{SESSIONS}?created[gte]=soon")).status,
        400
    );
}
