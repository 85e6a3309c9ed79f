//! `POST /checkout/sessions` and `POST /checkout/players/{player_id}/sessions`: other software asks for the page to pay on.

use checkout_guard::http::response::Response;
use fake_stripe::{FaultKind, Scope};
use serde_json::{Value, json};

use crate::harness::{ADMIN, Ask, Calls, FACEBOOK, Harness, JSON, MINUTE, calls_before, get, link};

const TOKEN: &str = "demo-token-26";
const SHOP: &str = "https://www.club.example";
const PLAYER_26: &str = "/checkout/players/26/sessions";

fn harness() -> Harness {
    Harness::configured(&[(
        "ALLOWED_ORIGINS",
        "https://www.club.example, http://localhost:3000",
    )])
    .with_charge()
}

fn post<'a>(target: &'a str, body: &Value) -> Ask<'a> {
    let ask = Ask {
        body: body.to_string().into_bytes(),
        headers: Vec::new(),
        ..get(target)
    };
    ask.method("POST").with("content-type", JSON)
}

fn by_token(token: &str) -> Ask<'static> {
    post("/checkout/sessions", &json!({ "token": token }))
}

fn of_player<'a>(target: &'a str, body: &Value) -> Ask<'a> {
    post(target, body).with("authorization", &format!("Bearer {ADMIN}"))
}

fn read(reply: &Response) -> Value {
    serde_json::from_str(&reply.body).unwrap_or_default()
}

/// The status and the code, of an answer that is problem details.
fn refused(reply: &Response) -> (u16, String) {
    let kind = reply.header("content-type");
    assert_eq!(kind, Some("application/problem+json"), "{}", reply.body);
    let problem = read(reply);
    assert_eq!(problem["status"], reply.status);
    (
        reply.status,
        problem["code"].as_str().unwrap_or_default().to_owned(),
    )
}

/// Both ways to ask for the session of the same charge.
fn both() -> [Ask<'static>; 2] {
    [by_token(TOKEN), of_player(PLAYER_26, &json!({}))]
}

#[test]
fn test_sessions_both_ways_lead_to_the_page_that_a_click_leads_to() {
    for first in both() {
        let harness = harness();
        let reply = harness.ask(&first);
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        let before = calls_before(&reply);
        assert_eq!((before.d1, before.stripe), (1, 1));
        let ends = harness.rows("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', session_expires_at / 1000, 'unixepoch') FROM orders");
        let body = read(&reply);
        let url = harness.rows("SELECT checkout_url FROM orders").remove(0);
        assert_eq!(
            body,
            json!({ "order_id": 1, "status": "pending", "url": url, "expires_at": ends[0] })
        );
        let click = harness.ask(&link(TOKEN));
        assert_eq!(
            (click.status, click.header("location")),
            (307, Some(url.as_str()))
        );
        for again in both() {
            let reply = harness.ask(&again);
            assert_eq!((reply.status, read(&reply)), (200, body.clone()));
            let before = calls_before(&reply);
            assert_eq!((before.d1, before.stripe), (1, 0));
        }
        assert_eq!(harness.stripe_calls(), ["POST /v1/checkout/sessions"]);
    }
}

#[test]
fn test_sessions_by_a_player_need_no_link_and_name_none() {
    let harness = harness();
    harness.execute(&format!(
        "UPDATE links SET revoked_at = {}",
        harness.now_ms()
    ));
    assert_eq!(
        refused(&harness.ask(&by_token(TOKEN))),
        (410, "link_revoked".to_owned())
    );
    assert_eq!(harness.ask(&of_player(PLAYER_26, &json!({}))).status, 200);
    assert_eq!(
        harness.rows("SELECT link_id, product_name, customer_email, cause FROM orders"),
        ["-|First payment, Player 26, Example Youth Club|payer26@example.com|click"]
    );
}

#[test]
fn test_sessions_of_a_player_are_by_kind_and_period() {
    let harness = harness();
    harness.execute(
        "INSERT INTO charges (id, player_id, kind, period, amount_minor, currency, created_at, updated_at)
         VALUES (20, 6, 'monthly', '2026-11', 4000, 'usd', 0, 0), (21, 6, 'custom', '', 700, 'usd', 0, 0)",
    );
    harness.execute("UPDATE players SET player_id = 'U/12 é'");
    let path = "/checkout/players/U%2F12%20%C3%A9/sessions";
    for (body, charge) in [
        (json!({}), 2),
        (json!({ "kind": "first_payment", "period": "" }), 2),
        (json!({ "kind": "monthly", "period": "2026-11" }), 20),
        (json!({ "kind": "custom" }), 21),
    ] {
        let reply = harness.ask(&of_player(path, &body));
        assert_eq!(reply.status, 200, "{body}");
        let of = format!(
            "SELECT charge_id FROM orders WHERE id = {}",
            read(&reply)["order_id"]
        );
        assert_eq!(harness.rows(&of), [charge.to_string()], "{body}");
    }
    for (path, body) in [
        (path, json!({ "kind": "monthly", "period": "2026-12" })),
        (path, json!({ "kind": "monthly" })),
        (path, json!({ "period": "2026-11" })),
        // Our own id of the player is nobody else's business.
        ("/checkout/players/6/sessions", json!({})),
        ("/checkout/players/nobody/sessions", json!({})),
    ] {
        let reply = harness.ask(&of_player(path, &body));
        assert_eq!(
            refused(&reply),
            (404, "unknown_charge".to_owned()),
            "{path} {body}"
        );
    }
    assert_eq!(harness.rows("SELECT COUNT(*) FROM orders"), ["3"]);
}

/// A case: what happened before, and the status and the code that follow from it.
type Case<'a> = (&'a dyn Fn(&Harness), u16, &'a str);

#[test]
fn test_sessions_none_for_what_is_paid_refunded_closed_or_free() {
    let paid = |harness: &Harness| {
        harness.ask(&by_token(TOKEN));
        harness.pay(&harness.newest_session());
        harness.deliver_webhooks();
    };
    let cases: [Case<'_>; 5] = [
        (&paid, 409, "already_paid"),
        (
            &|harness| {
                paid(harness);
                harness.refund(&harness.intent(1), None);
                harness.deliver_webhooks();
            },
            409,
            "refunded",
        ),
        (
            &|harness| {
                harness.ask(&by_token(TOKEN));
                harness.debit(&harness.newest_session());
                harness.pass(30 * MINUTE);
            },
            409,
            "processing",
        ),
        (
            &|harness| harness.execute("UPDATE charges SET closed_at = 1"),
            410,
            "charge_closed",
        ),
        (
            &|harness| harness.execute("UPDATE charges SET amount_minor = 0"),
            409,
            "nothing_to_pay",
        ),
    ];
    for (prepare, status, code) in cases {
        for ask in both() {
            let harness = harness();
            prepare(&harness);
            let orders = harness.rows("SELECT id, status FROM orders");
            let reply = harness.ask(&ask);
            assert_eq!(refused(&reply), (status, code.to_owned()));
            assert_eq!(harness.rows("SELECT id, status FROM orders"), orders);
            assert_eq!(harness.log.borrow().code, code);
        }
    }
}

#[test]
fn test_sessions_a_stale_one_is_replaced() {
    for (first, second) in both().into_iter().zip(both().into_iter().rev()) {
        let harness = harness();
        let old = read(&harness.ask(&first));
        harness.pass(30 * MINUTE);
        let session = harness.newest_session();
        let new = read(&harness.ask(&second));
        assert_eq!(
            (new["order_id"].clone(), new["status"].clone()),
            (json!(2), json!("pending"))
        );
        assert_ne!(old["url"], new["url"]);
        assert!(!harness.is_open(&session));
        assert_eq!(
            harness.rows("SELECT status, cancel_reason FROM orders"),
            ["canceled|stale", "pending|-"]
        );
    }
}

#[test]
fn test_sessions_503_if_stripe_or_the_database_is_out_of_reach() {
    for ask in both() {
        let harness = harness();
        harness.always(Scope::Create, FaultKind::DropBefore);
        let reply = harness.ask(&ask);
        assert_eq!(refused(&reply), (503, "try_again".to_owned()));
        assert_eq!(reply.header("retry-after"), Some("5"));
        harness.stripe.borrow_mut().clear_faults();
        harness.d1_is_down.set(true);
        assert_eq!(refused(&harness.ask(&ask)), (503, "try_again".to_owned()));
        harness.d1_is_down.set(false);
        assert_eq!(harness.ask(&ask).status, 200);
        assert_eq!(harness.rows("SELECT COUNT(*) FROM orders"), ["1"]);
    }
}

#[test]
fn test_sessions_503_while_payments_are_paused() {
    let harness = Harness::configured(&[("PAUSED", "on")]).with_charge();
    for ask in both() {
        let reply = harness.ask(&ask);
        assert_eq!(refused(&reply), (503, "paused".to_owned()));
        assert_eq!(reply.header("retry-after"), Some("300"));
        assert_eq!(harness.calls.get(), Calls::default());
    }
}

#[test]
fn test_sessions_a_body_that_cannot_be_read_is_named() {
    let harness = harness();
    let before = harness.all_rows();
    let token = "/checkout/sessions";
    for (target, body, part) in [
        (token, "", "has no member token"),
        (token, "{}", "has no member token"),
        (token, "[]", "unreadable JSON at line 1 column"),
        (token, "{\"token\": ", "unreadable JSON at line 1 column"),
        (token, "\u{1}", "unreadable JSON at line 1 column"),
        (token, "{\"token\": 26}", "no text: token"),
        (token, "{\"token\": null}", "no text: token"),
        (token, "{\"token\": [\"demo-token-26\"]}", "no text: token"),
        (
            token,
            "{\"token\": \"demo-token-26\", \"amount\": \"1\"}",
            "not known here: amount",
        ),
        (
            PLAYER_26,
            "{\"kind\": \"weekly\"}",
            "a kind that is none of",
        ),
        (PLAYER_26, "{\"kind\": \"\"}", "a kind that is none of"),
        (
            PLAYER_26,
            "{\"period\": \"2026-13\"}",
            "a period that is no month",
        ),
        (PLAYER_26, "{\"period\": 202611}", "no text: period"),
        (PLAYER_26, "{\"charge\": \"2\"}", "not known here: charge"),
    ] {
        let ask = Ask {
            body: body.as_bytes().to_vec(),
            ..of_player(target, &json!({}))
        };
        let reply = harness.ask(&ask);
        assert_eq!(refused(&reply), (400, "bad_request".to_owned()), "{body}");
        let detail = read(&reply)["detail"].to_string();
        assert!(detail.contains(part), "{body}: {detail}");
        assert!(!detail.contains("demo-token"), "{detail}");
    }
    let not_utf8 = Ask {
        body: vec![0xff],
        ..by_token(TOKEN)
    };
    assert_eq!(harness.ask(&not_utf8).status, 400);
    for ask in both() {
        for kind in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonp",
            "",
        ] {
            let reply = harness.ask(&ask.clone().with("content-type", kind));
            assert_eq!(refused(&reply), (415, "not_json".to_owned()), "{kind}");
        }
        let large = Ask {
            body: vec![b' '; 16 * 1024 + 1],
            ..ask.clone()
        };
        assert_eq!(refused(&harness.ask(&large)), (413, "too_large".to_owned()));
        let declared = ask.with("content-length", "16385");
        assert_eq!(
            refused(&harness.ask(&declared)),
            (413, "too_large".to_owned())
        );
    }
    let charset = by_token("no-such-token").with("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(harness.ask(&charset).status, 404);
    assert_eq!(
        (harness.all_rows(), harness.stripe_calls()),
        (before, vec![])
    );
}

#[test]
fn test_sessions_take_post_alone() {
    let harness = harness();
    for (target, allow, methods) in [
        (
            "/checkout/sessions",
            "POST, OPTIONS",
            &["GET", "HEAD", "PUT", "DELETE"][..],
        ),
        (
            PLAYER_26,
            "POST",
            &["GET", "HEAD", "PUT", "DELETE", "OPTIONS"][..],
        ),
    ] {
        for method in methods {
            let reply = harness.ask(&of_player(target, &json!({})).method(method));
            assert_eq!(
                (reply.status, reply.header("allow")),
                (405, Some(allow)),
                "{method}"
            );
            assert_eq!(reply.body.is_empty(), *method == "HEAD");
        }
    }
    for path in [
        "/checkout/players",
        "/checkout/players/",
        "/checkout/players//sessions",
        "/checkout/players/26",
        "/checkout/players/2/6/sessions",
        "/checkout/players/%/sessions",
        "/checkout/sessions/",
    ] {
        assert_eq!(
            harness.ask(&of_player(path, &json!({}))).status,
            404,
            "{path}"
        );
    }
    assert_eq!(harness.stripe_calls(), Vec::<String>::new());
}

#[test]
fn test_sessions_misses_are_limited_by_address() {
    let harness = harness();
    let before = harness.all_rows();
    for token in ["no-such-token", "short", "", "with space", "ünlesbar"] {
        let reply = harness.ask(&by_token(token));
        assert_eq!(refused(&reply), (404, "unknown_link".to_owned()), "{token}");
    }
    harness.tries_left.set(0);
    let reply = harness.ask(&by_token("no-such-token"));
    assert_eq!(refused(&reply), (429, "too_many_tries".to_owned()));
    assert_eq!(reply.header("retry-after"), Some("60"));
    assert_eq!(harness.all_rows(), before);
    // What exists is never limited by address.
    assert_eq!(harness.ask(&by_token(TOKEN)).status, 200);
}

#[test]
fn test_sessions_that_would_reach_stripe_are_limited_by_charge() {
    let harness = harness();
    assert_eq!(harness.ask(&by_token(TOKEN)).status, 200);
    harness.pass(30 * MINUTE);
    harness.others_left.set(0);
    let reply = harness.ask(&by_token(TOKEN));
    assert_eq!(refused(&reply), (429, "too_many_tries".to_owned()));
    assert_eq!(reply.header("retry-after"), Some("10"));
    // A right secret is not counted among all: what is left is the charge's.
    let server = of_player(PLAYER_26, &json!({}));
    assert_eq!(refused(&harness.ask(&server)).0, 429);
    harness.others_left.set(1);
    assert_eq!(harness.ask(&server).status, 200);
}

#[test]
fn test_sessions_of_a_player_are_for_operators() {
    let harness = Harness::configured(&[("ACCESS_AUD", "aud-of-the-desk")]).with_charge();
    let before = harness.all_rows();
    let anybody = post(PLAYER_26, &json!({}));
    for ask in [
        anybody.clone(),
        anybody.clone().with("authorization", "Bearer wrong"),
        anybody
            .clone()
            .with("authorization", &format!("Basic {ADMIN}")),
        anybody.clone().with("accept", "text/html"),
    ] {
        let reply = harness.ask(&ask);
        assert_eq!(refused(&reply), (401, "unauthorized".to_owned()));
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
    }
    harness.tries_left.set(0);
    assert_eq!(
        refused(&harness.ask(&of_player(PLAYER_26, &json!({})))).0,
        429
    );
    harness.tries_left.set(1);
    harness.missing.replace(vec!["SERVER_REQUESTS"]);
    let reply = harness.ask(&of_player(PLAYER_26, &json!({})));
    assert_eq!(refused(&reply), (503, "limiter_unavailable".to_owned()));
    harness.missing.take();
    // Access names an operator; a page of another site does not.
    harness
        .access
        .replace(Some(("aud-of-the-desk", Some("treasurer@club.example"))));
    let foreign = anybody.clone().with("sec-fetch-site", "cross-site");
    assert_eq!(
        refused(&harness.ask(&foreign)),
        (403, "cross_site".to_owned())
    );
    assert_eq!(
        (harness.all_rows(), harness.stripe_calls()),
        (before, vec![])
    );
    let own = anybody.with("sec-fetch-site", "same-origin");
    assert_eq!(harness.ask(&own).status, 200);
    let log = harness.log.borrow();
    assert_eq!((log.code, log.order), ("pay", Some(1)));
    assert_eq!(
        log.operator.as_ref().map(|name| name.in_log()),
        Some("access:treasurer")
    );
}

/// Its CORS headers, in the order of their names. Of `Vary` only what CORS adds, behind `Accept-Language`.
fn cors(reply: &Response) -> Vec<(&str, &str)> {
    let mut headers: Vec<_> = reply
        .headers()
        .filter(|(name, _)| name.starts_with("access-control-") || *name == "vary")
        .map(|(name, value)| (name, value.trim_start_matches("Accept-Language, ")))
        .filter(|header| *header != ("vary", "Accept-Language"))
        .collect();
    headers.sort_unstable();
    headers
}

#[test]
fn test_sessions_pages_of_the_origins_that_are_allowed_may_read() {
    let harness = harness();
    for ask in [
        by_token(TOKEN),
        by_token("no-such-token"),
        post("/checkout/sessions", &json!({})),
        by_token(TOKEN).with("content-type", "text/plain"),
        by_token(TOKEN).method("GET"),
    ] {
        for origin in [SHOP, "http://localhost:3000"] {
            let reply = harness.ask(&ask.clone().with("origin", origin));
            let expected = [
                ("access-control-allow-origin", origin),
                ("access-control-expose-headers", "Retry-After"),
                ("vary", "Origin"),
            ];
            assert_eq!(cors(&reply), expected, "{}", reply.status);
        }
        for origin in [
            "https://club.example",
            "https://www.club.example.evil.example",
            "null",
            "",
        ] {
            let reply = harness.ask(&ask.clone().with("origin", origin));
            assert_eq!(cors(&reply), [("vary", "Origin")], "{origin}");
        }
        assert_eq!(cors(&harness.ask(&ask)), [("vary", "Origin")]);
    }
    // A page that holds an operator's secret would give it away.
    let reply = harness.ask(&of_player(PLAYER_26, &json!({})).with("origin", SHOP));
    assert_eq!((reply.status, cors(&reply)), (200, Vec::new()));
}

#[test]
fn test_sessions_a_browser_may_ask_first() {
    let harness = harness();
    let preflight = get("/checkout/sessions")
        .method("OPTIONS")
        .with("access-control-request-method", "POST")
        .with("access-control-request-headers", "content-type");
    let reply = harness.ask(&preflight.clone().with("origin", SHOP));
    assert_eq!((reply.status, reply.body.is_empty()), (204, true));
    assert_eq!(
        cors(&reply),
        [
            ("access-control-allow-headers", "Content-Type"),
            ("access-control-allow-methods", "POST"),
            ("access-control-allow-origin", SHOP),
            ("access-control-expose-headers", "Retry-After"),
            ("access-control-max-age", "600"),
            ("vary", "Origin"),
        ]
    );
    for other in [
        preflight.clone().with("origin", "https://evil.example"),
        preflight,
    ] {
        let reply = harness.ask(&other);
        assert_eq!(
            (reply.status, cors(&reply)),
            (204, vec![("vary", "Origin")])
        );
    }
    assert_eq!(harness.calls.get(), Calls::default());
}

#[test]
fn test_sessions_a_program_is_never_taken_for_a_machine() {
    for agent in [FACEBOOK, "curl/8.5.0", "node", ""] {
        let harness = harness();
        let reply = harness.ask(&by_token(TOKEN).by(agent));
        assert_eq!(reply.status, 200, "{agent}");
        assert_eq!(
            reply.header("server-timing"),
            Some("d1;desc=1, stripe;desc=1")
        );
    }
}

#[test]
fn test_sessions_are_counted_as_clicks() {
    let harness = harness();
    for ask in both() {
        assert_eq!(harness.ask(&ask).status, 200);
    }
    harness.ask(&post("/checkout/sessions", &json!({})));
    harness.pass(MINUTE);
    harness.always(Scope::Expire, FaultKind::DropBefore);
    harness.pass(30 * MINUTE);
    assert_eq!(harness.ask(&by_token(TOKEN)).status, 503);
    assert_eq!(
        harness.rows("SELECT what, SUM(count) FROM activity WHERE what LIKE 'answer:%' GROUP BY what ORDER BY what"),
        ["answer:pay|2", "answer:try_again|1"]
    );
    assert_eq!(
        harness.rows("SELECT COUNT(*) FROM incidents WHERE kind = 'checkout_errors'"),
        ["1"]
    );
}

#[test]
fn test_sessions_a_trap_is_answered_in_json() {
    use checkout_guard::{
        app::router,
        http::{request::RequestHead, site::Site},
    };
    let site = Site::new(|name| match name {
        "ALLOWED_ORIGINS" => Some(SHOP.to_owned()),
        _ => crate::harness::config(name),
    });
    let site = site.unwrap_or_else(|wrong| panic!("{wrong:?}"));
    for (path, ask) in ["/checkout/sessions", PLAYER_26].into_iter().zip(both()) {
        let headers = ask.with("origin", SHOP);
        let head = RequestHead {
            method: "POST",
            path,
            query: "",
            is_secure: true,
            headers: &headers,
        };
        let (reply, log) = router::retry(&site, &head);
        assert_eq!(
            (refused(&reply).1.as_str(), log.code),
            ("try_again", "try_again")
        );
        let allowed = reply.header("access-control-allow-origin");
        assert_eq!(allowed, (path == "/checkout/sessions").then_some(SHOP));
    }
}
