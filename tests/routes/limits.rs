//! The limits: what is limited, and what becomes of it where a limiter cannot be asked.

use checkout_guard::domain::limit::BINDINGS;

use crate::harness::{
    ADMIN, Ask, Calls, FACEBOOK, Harness, IPHONE, JSON, Limiter, MINUTE, get, link,
};

fn log_in(harness: &Harness, secret: &str) -> (u16, String) {
    let bearer = format!("Bearer {secret}");
    let reply = harness.ask(
        &get("/admin/import?dry_run=1")
            .method("POST")
            .with("authorization", &bearer)
            .with("accept", JSON),
    );
    let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
    (reply.status, body["code"].as_str().unwrap_or("").to_owned())
}

/// The form of the log-in, from an address.
fn form(harness: &Harness, address: &str, secret: &str) -> u16 {
    let ask = get("/admin/login")
        .method("POST")
        .with("cf-connecting-ip", address)
        .with("sec-fetch-site", "same-origin")
        .with("content-type", "application/x-www-form-urlencoded");
    let body = format!("secret={secret}").into_bytes();
    harness.ask(&Ask { body, ..ask }).status
}

/// A request with a secret, or without, from an address.
fn ask(harness: &Harness, target: &str, address: &str, secret: Option<&str>) -> u16 {
    let ask = get(target)
        .with("accept", JSON)
        .with("cf-connecting-ip", address);
    let ask = match secret {
        Some(secret) => ask.with("authorization", &format!("Bearer {secret}")),
        None => ask,
    };
    let ask = if target.starts_with("/checkout") {
        let body = b"{}".to_vec();
        let ask = ask.method("POST").with("content-type", JSON);
        Ask { body, ..ask }
    } else {
        ask
    };
    harness.ask(&ask).status
}

const SERVER: &str = "/checkout/players/26/sessions";
const ELSEWHERE: &str = "198.51.100.1";

/// A harness that counts as the runtime does.
fn counting() -> Harness {
    let harness = Harness::new().with_charge();
    harness.limiter.replace(Some(Limiter::default()));
    harness
}

/// A right log-in, a right bearer and the club's own server, from elsewhere.
fn assert_nobody_is_shut_out(harness: &Harness) {
    assert_eq!(form(harness, ELSEWHERE, ADMIN), 303);
    assert_eq!(ask(harness, "/admin", ELSEWHERE, Some(ADMIN)), 200);
    assert_eq!(ask(harness, SERVER, ELSEWHERE, Some(ADMIN)), 200);
}

#[test]
fn test_requests_without_credentials_shut_nobody_out() {
    let harness = counting();
    for n in 0..140 {
        let address = format!("203.0.113.{}", n % 7);
        assert_eq!(ask(&harness, "/admin", &address, None), 401);
        assert_eq!(ask(&harness, SERVER, &address, None), 401);
        assert_eq!(form(&harness, &address, ""), 401);
    }
    assert_nobody_is_shut_out(&harness);
    // Nor themselves: they have guessed nothing.
    assert_eq!(form(&harness, "203.0.113.1", ADMIN), 303);
}

#[test]
fn test_wrong_secrets_shut_nobody_out_who_has_a_right_one() {
    for target in ["/admin", SERVER, "/admin/login"] {
        let harness = counting();
        let mut told = Vec::new();
        for n in 0..140 {
            let address = format!("203.0.113.{}", n % 7);
            let wrong = format!("wrong-secret-of-32-characters-{n:03}");
            told.push(match target {
                "/admin/login" => form(&harness, &address, &wrong),
                target => ask(&harness, target, &address, Some(&wrong)),
            });
        }
        // The total of wrong ones is reached before each address has had its twenty.
        assert_eq!((told[119], told[139]), (401, 429), "{target}");
        assert_eq!(harness.log.borrow().code, "too_many_tries");
        assert_nobody_is_shut_out(&harness);
        assert_eq!(
            harness.rows("SELECT COUNT(*) FROM audit WHERE act = 'log_in'"),
            ["1"]
        );
    }
}

#[test]
fn test_who_guesses_at_one_address_is_refused_there_right_secrets_too() {
    let harness = counting();
    for _ in 0..20 {
        assert_eq!(form(&harness, "203.0.113.7", "wrong"), 401);
    }
    assert_eq!(form(&harness, "203.0.113.7", ADMIN), 429);
    assert_eq!(ask(&harness, "/admin", "203.0.113.7", Some(ADMIN)), 429);
    // The club's server behind the same address has a limit of its own.
    assert_eq!(ask(&harness, SERVER, "203.0.113.7", Some(ADMIN)), 200);
    harness.pass(MINUTE);
    assert_eq!(form(&harness, "203.0.113.7", ADMIN), 303);
}

#[test]
fn test_a_server_takes_nothing_from_the_log_ins_of_its_address() {
    let harness = counting();
    for _ in 0..100 {
        assert_eq!(ask(&harness, SERVER, "203.0.113.7", Some(ADMIN)), 200);
    }
    assert_eq!(form(&harness, "203.0.113.7", ADMIN), 303);
}

#[test]
fn test_right_secrets_do_not_count_against_the_total() {
    let harness = Harness::new();
    harness.others_left.set(1);
    // An empty file: who may send it is told that.
    for _ in 0..3 {
        assert_eq!(log_in(&harness, ADMIN).0, 422);
    }
    assert_eq!(log_in(&harness, "wrong").0, 401);
    assert_eq!(
        log_in(&harness, "wrong"),
        (429, "too_many_tries".to_owned())
    );
    assert_eq!(log_in(&harness, ADMIN).0, 422);
    // Whom the address's limit refuses does not count among all.
    harness.others_left.set(1);
    harness.tries_left.set(0);
    assert_eq!(log_in(&harness, "wrong").0, 429);
    assert_eq!(log_in(&harness, ADMIN).0, 429);
    assert_eq!(harness.others_left.get(), 1);
}

#[test]
fn test_log_ins_are_refused_where_they_cannot_be_counted() {
    let harness = Harness::new().with_charge();
    let refused = (503, "limiter_unavailable".to_owned());
    harness.missing.replace(vec!["ADMIN_REQUESTS"]);
    assert_eq!(log_in(&harness, ADMIN), refused);
    assert_eq!(harness.log.borrow().code, "limiter_unavailable");
    assert_eq!(ask(&harness, SERVER, ELSEWHERE, Some(ADMIN)), 200);
    harness.missing.replace(vec!["SERVER_REQUESTS"]);
    assert_eq!(ask(&harness, SERVER, ELSEWHERE, Some(ADMIN)), 503);
    assert_eq!(log_in(&harness, ADMIN).0, 422);
    // The total is asked about wrong ones alone.
    harness.missing.replace(vec!["ADMIN_LOGINS_TOTAL"]);
    assert_eq!(log_in(&harness, "wrong"), refused);
    assert_eq!(log_in(&harness, ADMIN).0, 422);
}

#[test]
fn test_visitors_are_let_through_where_they_cannot_be_counted() {
    let (harness, session) = Harness::clicked();
    harness.missing.replace(BINDINGS.into());
    assert_eq!(harness.ask(&link("no-such-token")).status, 404);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    let back = harness.ask(&get(&format!("/checkout/success?session_id={session}")));
    assert!(back.status == 200 && back.body.contains("You have not paid yet"));
}

#[test]
fn test_success_page_is_limited_by_session_before_the_database_is_asked() {
    let (harness, session) = Harness::clicked();
    let target = format!("/checkout/success?session_id={session}");
    harness.others_left.set(1);
    assert_eq!(harness.ask(&get(&target)).status, 200);
    let page = harness.ask(&get(&target));
    assert_eq!((page.status, page.header("retry-after")), (429, Some("60")));
    assert!(
        page.body.contains("please do not pay again"),
        "{}",
        page.body
    );
    assert_eq!(harness.calls.get(), Calls::default());
    let json = harness.ask(&get(&target).with("accept", JSON));
    assert!(json.body.contains("\"code\":\"too_many_tries\""));
}

#[test]
fn test_success_page_of_a_machine_touches_nothing() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    let before = harness.all_rows();
    harness.stripe.borrow_mut().clear_calls();
    harness.others_left.set(0);
    let target = format!("/checkout/success?session_id={session}");
    for (method, agent) in [("GET", FACEBOOK), ("GET", "curl/8.5.0"), ("HEAD", IPHONE)] {
        let page = harness.ask(&get(&target).method(method).by(agent));
        assert_eq!(page.status, 200, "{agent}");
        assert_eq!(
            page.header("server-timing"),
            Some("visit;desc=machine, d1;desc=0, stripe;desc=0")
        );
        assert!(page.body.contains("being confirmed") || method == "HEAD");
    }
    assert_eq!(
        (harness.all_rows(), harness.stripe_calls()),
        (before, vec![])
    );
    harness.others_left.set(1);
    assert!(harness.ask(&get(&target)).body.contains("We have received"));
}

#[test]
fn test_clicks_that_would_reach_stripe_are_limited_by_charge() {
    let (harness, session) = Harness::clicked();
    harness.others_left.set(0);
    // What asks nobody at Stripe is never limited.
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    harness.pass(30 * MINUTE);
    let (before, calls) = (harness.all_rows(), harness.stripe_calls());
    let page = harness.ask(&link("demo-token-26"));
    assert_eq!((page.status, page.header("retry-after")), (429, Some("10")));
    assert!(page.body.contains("No money was taken") && page.body.contains("Try again"));
    let json = harness.ask(&link("demo-token-26").with("accept", JSON));
    assert!(json.body.contains("\"code\":\"too_many_tries\""));
    assert_eq!(
        (harness.all_rows(), harness.stripe_calls()),
        (before, calls)
    );
    // A click counts once, however often it starts over.
    harness.others_left.set(1);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    assert!(!harness.is_open(&session));
}

#[test]
fn test_first_clicks_are_not_limited() {
    let harness = Harness::new().with_charge();
    harness.others_left.set(0);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
}
