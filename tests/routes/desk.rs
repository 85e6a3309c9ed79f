//! The desk: who is let in, what is shown, what is done, each as a page and as JSON.

use checkout_guard::http::response::Response;
use serde_json::{Value, json};

use crate::harness::{ADMIN, Ask, FACEBOOK, Harness, JSON, MINUTE, NOW, get, link};

const LINK: &str = "demo-token-26";

fn json_of(reply: &Response) -> Value {
    serde_json::from_str(&reply.body).unwrap_or_else(|error| panic!("{error}: {}", reply.body))
}

/// A program of an operator's asks.
fn api(target: &str) -> Ask<'_> {
    get(target)
        .with("authorization", &format!("Bearer {ADMIN}"))
        .with("accept", JSON)
}

fn post<'a>(target: &'a str, body: &Value) -> Ask<'a> {
    Ask {
        body: body.to_string().into_bytes(),
        ..api(target)
            .method("POST")
            .with("content-type", "application/json")
    }
}

/// A browser that is logged in.
fn browser<'a>(harness: &Harness, target: &'a str) -> Ask<'a> {
    get(target).with("cookie", &cookie(harness))
}

fn form<'a>(harness: &Harness, target: &'a str, body: &str) -> Ask<'a> {
    Ask {
        body: body.as_bytes().to_vec(),
        ..browser(harness, target)
            .method("POST")
            .with("sec-fetch-site", "same-origin")
            .with("content-type", "application/x-www-form-urlencoded")
    }
}

fn log_in(harness: &Harness, secret: &str) -> Response {
    harness.ask(&Ask {
        body: format!("secret={secret}&next=%2Fadmin%2Fcharges").into_bytes(),
        ..get("/admin/login")
            .method("POST")
            .with("sec-fetch-site", "same-origin")
            .with("content-type", "application/x-www-form-urlencoded")
    })
}

fn cookie(harness: &Harness) -> String {
    let reply = log_in(harness, ADMIN);
    let set = reply.header("set-cookie").unwrap_or_default();
    set.split(';').next().unwrap_or_default().to_owned()
}

/// The rows of the database, but for the log-ins of [`browser`].
fn rows_but_log_ins(harness: &Harness) -> Vec<String> {
    let mut rows = harness.all_rows();
    rows.retain(|row| !row.ends_with("|log_in|desk|{}"));
    rows
}

fn assert_problem(reply: &Response, status: u16, code: &str) {
    let problem = json_of(reply);
    assert_eq!(
        (reply.status, problem["code"].as_str()),
        (status, Some(code)),
        "{}",
        reply.body
    );
    assert_eq!(
        reply.header("content-type"),
        Some("application/problem+json")
    );
}

/// 1 to 5,000.
const SERIES: &str = "WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 5000) SELECT value FROM n";
const ORDERS: &str = "SELECT status, method, COALESCE(cancel_reason, '-') FROM orders ORDER BY id";

// Who is let in.

#[test]
fn test_admin_a_log_in_begins_a_session_and_leads_on() {
    let harness = Harness::new().with_charge();
    let page = harness.ask(&get("/admin/login"));
    assert!(page.status == 200 && page.body.contains("<label for=\"secret\">"));
    let reply = log_in(&harness, ADMIN);
    assert_eq!(
        (reply.status, reply.header("location")),
        (303, Some("/admin/charges"))
    );
    let set = reply.header("set-cookie").unwrap_or_default();
    for part in [
        "__Host-operator=",
        "; Path=/;",
        "HttpOnly",
        "Secure",
        "SameSite=Strict",
        "Max-Age=43200",
    ] {
        assert!(set.contains(part), "{part}: {set}");
    }
    assert!(!set.contains(ADMIN));
    assert_eq!(
        harness.ask(&browser(&harness, "/admin/charges")).status,
        200
    );
    harness.pass(12 * 60 * MINUTE);
    let late = get("/admin/charges").with("cookie", set.split(';').next().unwrap_or_default());
    assert_eq!(harness.ask(&late).status, 401);
    let out = harness.ask(&form(&harness, "/admin/logout", ""));
    assert_eq!(
        (out.status, out.header("location")),
        (303, Some("/admin/login"))
    );
    assert!(
        out.header("set-cookie")
            .is_some_and(|set| set.contains("Max-Age=0"))
    );
}

#[test]
fn test_admin_a_wrong_secret_is_refused_and_named_nowhere() {
    let harness = Harness::new();
    let reply = log_in(&harness, "wrong-secret-of-nobody");
    assert_eq!((reply.status, reply.header("set-cookie")), (401, None));
    assert!(
        reply.body.contains("This is nobody&#39;s secret")
            || reply.body.contains("This is nobody's secret")
    );
    assert!(!reply.body.contains("wrong-secret"));
    // A log-in leads to the desk and nowhere else.
    let elsewhere = harness.ask(&Ask {
        body: format!("secret={ADMIN}&next=https%3A%2F%2Fevil.example").into_bytes(),
        ..get("/admin/login")
            .method("POST")
            .with("sec-fetch-site", "same-origin")
            .with("content-type", "application/x-www-form-urlencoded")
    });
    assert_eq!(elsewhere.header("location"), Some("/admin"));
}

#[test]
fn test_admin_every_path_is_an_operators_alone() {
    let harness = Harness::new().with_charge();
    let before = harness.all_rows();
    for path in [
        "/admin/charges",
        "/admin/charges/2",
        "/admin/charges/2/close",
        "/admin/links/1/revoke",
        "/admin/orders/1/refund",
        "/admin/explain",
        "/admin/incidents",
        "/admin/incidents/1/resolve",
        "/admin/incidents/1/refund",
        "/admin/audit",
    ] {
        let page = harness.ask(&get(path));
        assert_eq!(page.status, 401, "{path}");
        assert!(
            page.body.contains("Your secret") && !page.body.contains("Player"),
            "{path}"
        );
        assert_problem(
            &harness.ask(&get(path).with("accept", JSON)),
            401,
            "unauthorized",
        );
        let forged = get(path).with("cookie", "__Host-operator=treasurer.9999999999999.00");
        assert_eq!(harness.ask(&forged).status, 401, "{path}");
    }
    for path in [
        "/admin/charges/2/close",
        "/admin/import",
        "/admin/reconcile",
        "/admin/logout",
        "/admin/links/1/revoke",
    ] {
        let reply = harness.ask(
            &get(path)
                .method("POST")
                .with("accept", JSON)
                .with("sec-fetch-site", "same-origin"),
        );
        assert_eq!(reply.status, 401, "{path}");
    }
    assert_eq!(harness.all_rows(), before);
}

#[test]
fn test_admin_a_form_of_another_site_is_refused() {
    let harness = Harness::new().with_charge();
    let before = rows_but_log_ins(&harness);
    let target = "/admin/charges/2/close";
    let send = |headers: &[(&'static str, &str)]| {
        let mut ask = Ask {
            body: b"reason=x".to_vec(),
            ..browser(&harness, target)
                .method("POST")
                .with("host", "pay.club.example")
                .with("content-type", "application/x-www-form-urlencoded")
        };
        for (name, value) in headers {
            ask = ask.with(name, value);
        }
        harness.ask(&ask).status
    };
    assert_eq!(send(&[("sec-fetch-site", "cross-site")]), 403);
    assert_eq!(send(&[("sec-fetch-site", "same-site")]), 403);
    for origin in [
        "https://evil.example",
        "https://evil.example/https://pay.club.example",
        "http://pay.club.example",
        "https://pay.club.example:8443",
        "https://pay.club.example.evil.example",
        "pay.club.example",
        "null",
        "",
    ] {
        assert_eq!(send(&[("origin", origin)]), 403, "{origin}");
    }
    let elsewhere = ("host", "pay.club.example:8443");
    assert_eq!(
        send(&[elsewhere, ("origin", "https://pay.club.example")]),
        403
    );
    assert_eq!(
        send(&[elsewhere, ("origin", "https://other.example:8443")]),
        403
    );
    assert_eq!(send(&[]), 403);
    assert_eq!(rows_but_log_ins(&harness), before);
    assert_eq!(send(&[("origin", "https://pay.club.example")]), 303);
}

// What is shown.

#[test]
fn test_admin_charges_are_listed_and_filtered() {
    let harness = Harness::new().with_charge();
    let list = |query: &str| json_of(&harness.ask(&api(&format!("/admin/charges{query}"))));
    let all = list("");
    let charge = &all["charges"][0];
    assert_eq!(
        *charge,
        json!({
            "id": 2, "player_id": "26", "player": "Player 26", "kind": "first_payment", "period": "",
            "amount": "150.00", "currency": "usd", "state": "unpaid", "due_on": null,
        })
    );
    assert_eq!(all["next"], Value::Null);
    assert_eq!(list("?state=paid")["charges"], json!([]));
    harness.ask(&link(LINK));
    assert_eq!(list("?state=pending")["charges"][0]["id"], 2);
    assert_problem(
        &harness.ask(&api("/admin/charges?state=open")),
        400,
        "bad_parameter",
    );
    assert_problem(
        &harness.ask(&api("/admin/charges?stat=paid")),
        400,
        "bad_parameter",
    );
}

#[test]
fn test_admin_charges_come_in_pages_however_many_there_are() {
    let harness = Harness::new().with_charge();
    harness.execute(&format!(
        "INSERT INTO players (id, player_id, name, created_at, updated_at)
         SELECT 1000 + value, 'p' || value, 'Player ' || value, {NOW}, {NOW} FROM ({SERIES})"
    ));
    harness.execute(&format!(
        "INSERT INTO charges (id, player_id, kind, period, amount_minor, currency, created_at, updated_at)
         SELECT 1000 + value, 1000 + value, 'monthly', IIF(value <= 60, '2026-05', '2026-06'), 1000, 'usd', {NOW}, {NOW}
         FROM ({SERIES})"
    ));
    let mut seen = Vec::new();
    let mut target = "/admin/charges?period=2026-05".to_owned();
    loop {
        let page = json_of(&harness.ask(&api(&target)));
        let charges = page["charges"].as_array().cloned().unwrap_or_default();
        assert!(charges.len() <= 50);
        seen.extend(charges.iter().filter_map(|charge| charge["id"].as_i64()));
        match page["next"].as_str() {
            Some(next) => target = format!("/admin/charges?period=2026-05&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, (1001..=1060).rev().collect::<Vec<_>>());
    // Of a state that few have, a page looks at so many charges and says where to go on.
    let page = json_of(&harness.ask(&api("/admin/charges?kind=first_payment")));
    assert_eq!(
        (
            page["charges"].as_array().map(Vec::len),
            page["next"].is_string()
        ),
        (Some(0), true)
    );
}

#[test]
fn test_admin_charge_tells_all_that_happened() {
    let (harness, _) = Harness::clicked();
    let charge = json_of(&harness.ask(&api("/admin/charges/2")));
    assert_eq!(charge["charge"]["state"], "pending");
    assert_eq!(
        (
            charge["explain"]["row"].as_i64(),
            charge["explain"]["status"].as_i64()
        ),
        (Some(8), Some(307))
    );
    assert_eq!(charge["orders"][0]["status"], "pending");
    assert_eq!(charge["links"][0]["orders"], 1);
    let entries = charge["timeline"].as_array().cloned().unwrap_or_default();
    assert!(
        entries
            .iter()
            .any(|entry| entry["entry"] == "order" && entry["what"] == "pending")
    );
    let page = harness.ask(&browser(&harness, "/admin/charges/2"));
    for part in [
        "Player 26",
        "150.00 USD",
        "What a click would get now",
        "was started (a person opened the link)",
    ] {
        assert!(page.body.contains(part), "{part}");
    }
    assert!(!page.body.contains(LINK) && page.header("cache-control") == Some("no-store"));
    assert_problem(&harness.ask(&api("/admin/charges/999")), 404, "not_found");
}

#[test]
fn test_admin_explains_what_a_click_would_get_and_does_nothing() {
    let harness = Harness::new().with_charge();
    let before = rows_but_log_ins(&harness);
    let explain =
        |pasted: &str| json_of(&harness.ask(&post("/admin/explain", &json!({ "link": pasted }))));
    let url =
        format!("https://pay.club.example/checkout/first-payment?token={LINK}&utm_source=x#top");
    for pasted in [LINK, &url] {
        let explained = explain(pasted);
        assert_eq!(
            (explained["row"].as_i64(), explained["decision"].as_str()),
            (Some(10), Some("pay")),
            "{pasted}"
        );
        assert!(
            explained["because"]
                .as_array()
                .is_some_and(|because| !because.is_empty())
        );
    }
    assert_problem(
        &harness.ask(&post("/admin/explain", &json!({ "link": "no-such-token" }))),
        404,
        "not_found",
    );
    assert_problem(
        &harness.ask(&post("/admin/explain", &json!({ "link": "x" }))),
        400,
        "bad_request",
    );
    assert_problem(
        &harness.ask(&post("/admin/explain", &json!({ "lnik": LINK }))),
        400,
        "bad_request",
    );
    let page = harness.ask(&form(&harness, "/admin/explain", &format!("link={LINK}")));
    assert!(
        page.status == 200
            && page.body.contains("A person gets to the payment page")
            && !page.body.contains(LINK)
    );
    assert_eq!(
        (rows_but_log_ins(&harness), harness.stripe_calls()),
        (before, vec![])
    );
}

// What is done.

#[test]
fn test_admin_amount_ends_the_open_session_first() {
    let (harness, _) = Harness::clicked();
    harness.stripe.borrow_mut().clear_calls();
    let reply = harness.ask(&post(
        "/admin/charges/2/amount",
        &json!({ "amount": "160.00" }),
    ));
    assert_eq!(reply.status, 200, "{}", reply.body);
    let done = json_of(&reply);
    assert_eq!(
        (done["changed"].as_bool(), done["charge"]["amount"].as_str()),
        (Some(true), Some("160.00"))
    );
    assert_eq!(
        harness.stripe_calls(),
        ["POST /v1/checkout/sessions/ID/expire"]
    );
    assert_eq!(harness.rows(ORDERS), ["canceled|checkout|amount_changed"]);
    // The same again changes nothing.
    let again = json_of(&harness.ask(&post(
        "/admin/charges/2/amount",
        &json!({ "amount": "160.00" }),
    )));
    assert_eq!(again["changed"], false);
    assert_eq!(harness.ask(&link(LINK)).status, 307);
    assert_eq!(
        harness.rows("SELECT amount_minor FROM orders WHERE status = 'pending'"),
        ["16000"]
    );
    for (body, part) in [
        (json!({}), "amount is missing"),
        (json!({ "amount": "x" }), "amount must be like"),
        (json!({ "amount": "0.10" }), "amount is less than"),
        (json!({ "amount": [1] }), "neither a text"),
        (
            json!({ "amount": "1.00", "currency": "eur" }),
            "not known here: currency",
        ),
    ] {
        let reply = harness.ask(&post("/admin/charges/2/amount", &body));
        assert!(
            reply.status == 400 && reply.body.contains(part),
            "{body}: {}",
            reply.body
        );
    }
}

#[test]
fn test_admin_who_pays_faster_is_not_overruled() {
    for (act, body) in [
        ("amount", json!({ "amount": "160.00" })),
        ("close", json!({ "reason": "waived" })),
        (
            "offline-payment",
            json!({ "amount": "150.00", "method": "cash" }),
        ),
        ("cancel-pending", json!({})),
    ] {
        let (harness, session) = Harness::clicked();
        harness.pay(&session);
        let reply = harness.ask(&post(&format!("/admin/charges/2/{act}"), &body));
        assert_problem(&reply, 409, "already_paid");
        assert_eq!(harness.rows(ORDERS), ["paid|checkout|-"], "{act}");
        assert_eq!(
            harness.rows("SELECT amount_minor, closed_at IS NULL FROM charges WHERE id = 2"),
            ["15000|1"],
            "{act}"
        );
        assert_eq!(
            harness.rows("SELECT act FROM audit"),
            Vec::<String>::new(),
            "{act}"
        );
    }
}

#[test]
fn test_admin_close_and_reopen() {
    let harness = Harness::new().with_charge();
    let close = post(
        "/admin/charges/2/close",
        &json!({ "reason": "waived by the board" }),
    );
    assert_eq!(harness.ask(&close).status, 200);
    assert_eq!(json_of(&harness.ask(&close))["changed"], false);
    assert_eq!(harness.ask(&link(LINK)).status, 410);
    let cash = json!({ "amount": "150.00", "method": "cash" });
    assert_problem(
        &harness.ask(&post("/admin/charges/2/offline-payment", &cash)),
        409,
        "closed",
    );
    assert_problem(
        &harness.ask(&post("/admin/charges/2/close", &json!({}))),
        400,
        "bad_request",
    );
    assert_eq!(
        harness
            .ask(&post("/admin/charges/2/reopen", &json!({})))
            .status,
        200
    );
    assert_eq!(harness.ask(&link(LINK)).status, 307);
    let acts = harness.rows("SELECT operator, act, about FROM audit ORDER BY id");
    assert_eq!(
        acts,
        ["treasurer|close|charge 2", "treasurer|reopen|charge 2"]
    );
}

#[test]
fn test_admin_an_offline_payment_is_the_charges_one_payment() {
    let (harness, _) = Harness::clicked();
    harness.stripe.borrow_mut().clear_calls();
    let cash = json!({ "amount": "150.00", "method": "cash", "paid_on": "2026-11-01", "note": "at the gate" });
    let reply = harness.ask(&post("/admin/charges/2/offline-payment", &cash));
    assert_eq!(
        (reply.status, json_of(&reply)["charge"]["state"].as_str()),
        (200, Some("paid")),
        "{}",
        reply.body
    );
    assert_eq!(
        harness.stripe_calls(),
        ["POST /v1/checkout/sessions/ID/expire"]
    );
    assert_eq!(
        harness.rows(ORDERS),
        ["canceled|checkout|operator", "paid|offline|-"]
    );
    assert_eq!(
        harness.rows("SELECT from_status, to_status, cause, actor FROM order_events ORDER BY id"),
        [
            "-|pending|click|",
            "pending|canceled|operator|treasurer",
            "-|paid|operator|treasurer"
        ]
    );
    let click = harness.ask(&link(LINK));
    assert!(click.status == 409 && click.body.contains("Already paid"));
    assert_problem(
        &harness.ask(&post("/admin/charges/2/offline-payment", &cash)),
        409,
        "already_paid",
    );
    assert_eq!(
        harness.rows("SELECT kind FROM incidents"),
        Vec::<String>::new()
    );
    for (body, part) in [
        (json!({ "amount": "150.00" }), "method must be"),
        (
            json!({ "amount": "150.00", "method": "gold" }),
            "method must be",
        ),
        (json!({ "amount": "0", "method": "cash" }), "more than 0"),
        (
            json!({ "amount": "1.00", "method": "cash", "paid_on": "2999-01-01" }),
            "paid_on",
        ),
        (
            json!({ "amount": "1.00", "method": "cash", "paid_on": "" }),
            "paid_on",
        ),
        (
            json!({ "amount": "1.00", "method": "cash", "paid_on": " " }),
            "paid_on",
        ),
    ] {
        let reply = harness.ask(&post("/admin/charges/2/offline-payment", &body));
        assert!(
            reply.status == 400 && reply.body.contains(part),
            "{body}: {}",
            reply.body
        );
    }
}

#[test]
fn test_admin_an_offline_payment_without_a_day_is_of_today_and_of_a_blank_one_is_refused() {
    let harness = Harness::new().with_charge();
    let target = "/admin/charges/2/offline-payment";
    let blank = harness.ask(&form(
        &harness,
        target,
        "amount=150.00&method=cash&paid_on=",
    ));
    assert!(blank.status == 400 && blank.body.contains("must be a day"));
    assert_eq!(harness.rows(ORDERS), Vec::<String>::new());
    let absent = json!({ "amount": "150.00", "method": "cash", "paid_on": null });
    assert_eq!(harness.ask(&post(target, &absent)).status, 200);
    let now = harness.now_ms().to_string();
    assert_eq!(harness.rows("SELECT paid_at FROM orders"), [now]);
}

#[test]
fn test_admin_cancel_pending_frees_the_charge() {
    let (harness, _) = Harness::clicked();
    assert_eq!(
        harness
            .ask(&post("/admin/charges/2/cancel-pending", &json!({})))
            .status,
        200
    );
    assert_eq!(harness.rows(ORDERS), ["canceled|checkout|operator"]);
    let again = harness.ask(&post("/admin/charges/2/cancel-pending", &json!({})));
    assert_problem(&again, 409, "nothing_pending");
    assert_eq!(harness.ask(&link(LINK)).status, 307);
}

#[test]
fn test_admin_a_link_is_shown_once_and_minted_once_a_form() {
    let harness = Harness::new().with_charge();
    let reply = harness.ask(&post("/admin/charges/2/links", &json!({})));
    let url = json_of(&reply)["link"]["url"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let (_, token) = url.split_once("?token=").unwrap_or_default();
    assert!(
        token.len() == 43 && url.starts_with("https://pay.club.example/checkout/first-payment?")
    );
    assert_eq!(harness.ask(&link(token)).status, 307);
    assert!(!harness.all_rows().iter().any(|row| row.contains(token)));
    let body = "request=0123456789abcdef";
    let page = harness.ask(&form(&harness, "/admin/charges/2/links", body));
    assert!(
        page.status == 200
            && page
                .body
                .contains("It is shown here, and nowhere else again")
    );
    let again = harness.ask(&form(&harness, "/admin/charges/2/links", body));
    assert!(again.status == 409 && again.body.contains("The link was made already"));
    assert_eq!(harness.rows("SELECT COUNT(*) FROM links"), ["3"]);
}

#[test]
fn test_admin_a_revoked_link_leads_nowhere() {
    let harness = Harness::new().with_charge();
    let id = harness.rows("SELECT id FROM links").remove(0);
    let target = format!("/admin/links/{id}/revoke");
    assert!(
        harness
            .ask(&browser(&harness, &target))
            .body
            .contains("Revoke the link")
    );
    assert_eq!(
        json_of(&harness.ask(&post(&target, &json!({}))))["changed"],
        true
    );
    assert_eq!(
        json_of(&harness.ask(&post(&target, &json!({}))))["changed"],
        false
    );
    assert_eq!(harness.ask(&link(LINK)).status, 410);
    assert_problem(
        &harness.ask(&post("/admin/links/999/revoke", &json!({}))),
        404,
        "not_found",
    );
}

#[test]
fn test_admin_refunds_a_part_and_then_the_rest() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.deliver_webhooks();
    let refund = |body: Value| harness.ask(&post("/admin/orders/1/refund", &body));
    assert_problem(
        &refund(json!({ "amount": "150.01", "refunded": "0" })),
        409,
        "too_much",
    );
    assert_problem(
        &refund(json!({ "amount": "0", "refunded": "0" })),
        400,
        "bad_request",
    );
    assert_eq!(
        refund(json!({ "amount": "50.00", "refunded": "0.00" })).status,
        200
    );
    assert_eq!(
        harness.rows("SELECT status, refunded_minor FROM orders"),
        ["paid|5000"]
    );
    assert_eq!(refund(json!({})).status, 200);
    assert_eq!(
        harness.rows("SELECT status, refunded_minor FROM orders"),
        ["refunded|15000"]
    );
    assert_problem(&refund(json!({})), 409, "nothing_to_refund");
    let click = harness.ask(&link(LINK));
    assert!(click.status == 409 && click.body.contains("Refunded"));
    // What Stripe tells of it afterwards changes nothing.
    assert!(
        harness
            .deliver_webhooks()
            .iter()
            .all(|status| *status == 200)
    );
    assert_eq!(
        harness.rows("SELECT status, refunded_minor FROM orders"),
        ["refunded|15000"]
    );
    assert_eq!(
        harness
            .ask(&post("/admin/charges/2/reopen", &json!({})))
            .status,
        200
    );
    assert_eq!(harness.ask(&link(LINK)).status, 307);
    let acts = harness.rows("SELECT act, detail ->> 'amount' FROM audit ORDER BY id");
    assert_eq!(acts, ["refund|50.00", "refund|100.00", "reopen|-"]);
}

#[test]
fn test_admin_an_offline_payment_is_handed_back() {
    let harness = Harness::new().with_charge();
    let cash = json!({ "amount": "150.00", "method": "transfer" });
    harness.ask(&post("/admin/charges/2/offline-payment", &cash));
    assert_eq!(
        harness
            .ask(&post(
                "/admin/orders/1/refund",
                &json!({ "amount": "20.00", "refunded": "0" })
            ))
            .status,
        200
    );
    assert_eq!(
        harness.rows("SELECT status, refunded_minor FROM orders"),
        ["paid|2000"]
    );
    assert_eq!(
        harness
            .ask(&post("/admin/orders/1/refund", &json!({})))
            .status,
        200
    );
    assert_eq!(
        harness.rows("SELECT status, refunded_minor FROM orders"),
        ["refunded|15000"]
    );
    assert_eq!(harness.stripe_calls(), Vec::<String>::new());
}

#[test]
fn test_admin_acts_are_pages_first() {
    let harness = Harness::new().with_charge();
    let before = rows_but_log_ins(&harness);
    for (act, part) in [
        ("amount", "What is owed, in USD"),
        ("close", "Nobody has to pay this any more"),
        ("reopen", "It is to be paid again"),
        ("offline-payment", "What was paid, in USD"),
        ("cancel-pending", "The next click gets a new payment page"),
        ("links", "It is shown once, on the next page"),
    ] {
        let page = harness.ask(&browser(&harness, &format!("/admin/charges/2/{act}")));
        assert!(
            page.status == 200 && page.body.contains(part),
            "{act}: {}",
            page.body
        );
    }
    assert_eq!(rows_but_log_ins(&harness), before);
    let done = harness.ask(&form(&harness, "/admin/charges/2/close", "reason=waived"));
    assert_eq!(
        (done.status, done.header("location")),
        (303, Some("/admin/charges/2"))
    );
    let refused = harness.ask(&form(&harness, "/admin/charges/2/cancel-pending", ""));
    assert!(refused.status == 409 && refused.body.contains("Nothing is pending"));
}

#[test]
fn test_admin_incidents_are_shown_resolved_and_refunded() {
    let (harness, session) = Harness::clicked();
    harness.execute("UPDATE charges SET amount_minor = 16000 WHERE id = 2");
    harness.pay(&session);
    harness.deliver_webhooks();
    let list = |query: &str| json_of(&harness.ask(&api(&format!("/admin/incidents{query}"))));
    let incident = list("")["incidents"][0].clone();
    assert_eq!(
        (
            incident["kind"].as_str(),
            incident["state"].as_str(),
            incident["owed"].as_str()
        ),
        (Some("amount_mismatch"), Some("open"), Some("160.00"))
    );
    let page = harness.ask(&browser(&harness, "/admin/incidents"));
    assert!(
        page.body.contains("Another amount than is owed was paid")
            && page.body.contains("What to do:")
    );
    assert_problem(
        &harness.ask(&post("/admin/incidents/1/refund", &json!({}))),
        409,
        "nothing_to_refund",
    );
    let resolved = json_of(&harness.ask(&post(
        "/admin/incidents/1/resolve",
        &json!({ "note": "a discount" }),
    )));
    assert_eq!(
        (
            resolved["changed"].as_bool(),
            resolved["incident"]["resolution"].as_str()
        ),
        (Some(true), Some("a discount"))
    );
    assert_eq!(list("")["incidents"], json!([]));
    assert_eq!(list("?state=resolved")["incidents"][0]["id"], 1);
    assert_eq!(
        harness.rows("SELECT event FROM outbox ORDER BY id"),
        ["opened", "resolved"]
    );
}

#[test]
fn test_admin_a_duplicate_payment_is_refunded_from_its_incident() {
    let (harness, first) = Harness::clicked();
    harness.cancel_by_hand();
    assert_eq!(harness.ask(&link(LINK)).status, 307);
    for session in [first, harness.newest_session()] {
        harness.pay(&session);
    }
    harness.deliver_webhooks();
    let incident = json_of(&harness.ask(&api("/admin/incidents")))["incidents"][0].clone();
    assert_eq!(incident["kind"], "duplicate_payment");
    let target = format!("/admin/incidents/{}/refund", incident["id"]);
    assert_eq!(harness.ask(&post(&target, &json!({}))).status, 200);
    assert_eq!(
        harness.rows("SELECT kind FROM incidents WHERE resolved_at IS NULL"),
        Vec::<String>::new()
    );
    assert_eq!(
        harness
            .rows("SELECT status FROM orders ORDER BY id")
            .iter()
            .filter(|status| *status == "paid")
            .count(),
        1
    );
}

#[test]
fn test_admin_style_sheet_and_script_are_for_everybody_and_pages_fetch_nothing_else() {
    let harness = Harness::new().with_charge();
    let page = harness.ask(&browser(&harness, "/admin/charges"));
    let policy = page.header("content-security-policy").unwrap_or_default();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'; "));
    assert_eq!(page.body.matches("<script").count(), 1);
    for (before, content_type) in [
        ("rel=\"stylesheet\" href=\"", "text/css; charset=utf-8"),
        ("<script defer src=\"", "text/javascript; charset=utf-8"),
    ] {
        let (_, rest) = page.body.split_once(before).unwrap_or_default();
        let (path, _) = rest.split_once('"').unwrap_or_default();
        let file = harness.ask(&get(path));
        assert_eq!(
            (file.status, file.header("content-type")),
            (200, Some(content_type))
        );
        assert!(!file.body.contains("url(") && !file.body.contains("http"));
        assert_eq!(harness.ask(&get(path).by(FACEBOOK)).status, 200);
    }
}

#[test]
fn test_admin_states_and_sums_follow_the_orders() {
    let harness = Harness::new().with_charge();
    let sums = || {
        harness.read("/admin");
        harness.rows("SELECT state, count, minor FROM sums ORDER BY state")
    };
    assert!(
        sums().contains(&"unpaid|1|15000".to_owned()),
        "{:?}",
        sums()
    );
    harness.ask(&link(LINK));
    assert!(
        sums().contains(&"pending|1|15000".to_owned()),
        "{:?}",
        sums()
    );
    harness.ask(&post(
        "/admin/charges/2/amount",
        &json!({ "amount": "160.00" }),
    ));
    assert!(
        sums().contains(&"unpaid|1|16000".to_owned()),
        "{:?}",
        sums()
    );
    harness.ask(&post(
        "/admin/charges/2/offline-payment",
        &json!({ "amount": "160.00", "method": "cash" }),
    ));
    let paid = sums();
    assert!(
        paid.contains(&"paid|1|16000".to_owned()) && paid.contains(&"collected|1|16000".to_owned()),
        "{paid:?}"
    );
    harness.ask(&post(
        "/admin/orders/2/refund",
        &json!({ "amount": "10.00", "refunded": "0" }),
    ));
    assert!(
        sums().contains(&"collected|1|15000".to_owned()),
        "{:?}",
        sums()
    );
    harness.ask(&post("/admin/orders/2/refund", &json!({})));
    assert!(
        sums().contains(&"refunded|1|16000".to_owned()),
        "{:?}",
        sums()
    );
}
