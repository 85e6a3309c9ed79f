//! `/checkout/first-payment`, row by row of the decision table, each as a page and as problem details.

use checkout_guard::http::response::Response;
use serde_json::Value;

use crate::harness::{
    Calls, FACEBOOK, Harness, IPHONE, JSON, MINUTE, NOW, calls_before, desk, get, link, webhook,
};

const LINK: &str = "demo-token-26";
const ORDERS: &str = "SELECT id, status, cancel_reason FROM orders ORDER BY id";
const EVENTS: &str = "SELECT order_id, from_status, to_status, cause FROM order_events ORDER BY id";

fn location(reply: &Response) -> &str {
    reply.header("location").unwrap_or_default()
}

fn assert_page(reply: &Response, title: &str) {
    assert_eq!(
        reply.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(
        reply.body.contains(&format!("<h1>{title}</h1>")),
        "{}",
        reply.body
    );
    assert!(
        reply.body.contains("Example Youth Club") && reply.body.contains("treasurer@club.example")
    );
}

fn assert_problem(reply: &Response, status: u16, code: &str) {
    assert_eq!(reply.status, status, "{}", reply.body);
    assert_eq!(
        reply.header("content-type"),
        Some("application/problem+json")
    );
    let problem: Value = serde_json::from_str(&reply.body).unwrap_or_default();
    assert_eq!(
        (problem["status"].as_u64(), problem["code"].as_str()),
        (Some(status.into()), Some(code))
    );
}

/// Asks the same twice, as a page and as problem details; nothing changes by either.
fn assert_both(harness: &Harness, status: u16, title: &str, code: &str, budget: Calls) {
    let before = harness.all_rows();
    let page = harness.ask(&link(LINK));
    assert_eq!(
        (page.status, calls_before(&page)),
        (status, budget),
        "{}",
        page.body
    );
    assert_page(&page, title);
    let json = harness.ask(&link(LINK).with("accept", JSON));
    assert_eq!(json.status, status);
    if status >= 400 {
        assert_problem(&json, status, code);
    }
    assert_eq!(harness.all_rows(), before);
}

/// A charge with an order on which a first click has got a session.
fn clicked() -> (Harness, String) {
    let harness = Harness::new().with_charge();
    let url = location(&harness.ask(&link(LINK))).to_owned();
    assert!(
        url.starts_with("https://checkout.stripe.com/c/pay/cs_test_"),
        "{url}"
    );
    harness.stripe.borrow_mut().clear_calls();
    (harness, url)
}

fn session(harness: &Harness) -> String {
    harness
        .rows("SELECT stripe_session_id FROM orders ORDER BY id")
        .remove(0)
}

#[test]
fn test_first_payment_machine_changes_nothing() {
    let (harness, _) = clicked();
    let before = harness.all_rows();
    let expected = harness.ask(&link(LINK).by(FACEBOOK)).body;
    for machine in [
        link(LINK).by(FACEBOOK),
        link("no-such-token").by(FACEBOOK),
        link(LINK).method("HEAD"),
        link(LINK).method("OPTIONS"),
        link(LINK).by("curl/8.5.0"),
        link(LINK).by(FACEBOOK).with("accept", JSON),
    ] {
        let reply = harness.ask(&machine);
        assert_eq!(
            (reply.status, calls_before(&reply)),
            (200, Calls::default())
        );
        assert_eq!(
            reply.body,
            if machine.method == "HEAD" {
                ""
            } else {
                &expected
            }
        );
    }
    assert!(expected.contains("og:title") && expected.contains(r#"<form method="post"><button"#));
    assert!(
        !expected.contains("Player")
            && !expected.contains(LINK)
            && !expected.contains("http-equiv")
    );
    assert_eq!(
        (harness.all_rows(), harness.stripe_calls()),
        (before, vec![])
    );
}

#[test]
fn test_first_payment_prefetch_is_refused() {
    let harness = Harness::new().with_charge();
    for (header, value) in [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x-moz", "prefetch"),
    ] {
        let reply = harness.ask(&link(LINK).with(header, value));
        assert_eq!(
            (reply.status, calls_before(&reply)),
            (503, Calls::default()),
            "{header}"
        );
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_problem(
            &harness.ask(&link(LINK).with(header, value).with("accept", JSON)),
            503,
            "prefetch",
        );
    }
    assert_eq!(harness.rows(ORDERS), Vec::<String>::new());
}

#[test]
fn test_first_payment_unsure_gets_the_link_page_and_the_button_works() {
    let harness = Harness::new().with_charge();
    let unsure = link(LINK).with("test-asn", "8075");
    let page = harness.ask(&unsure);
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("server-timing"),
        Some("visit;desc=unsure, d1;desc=0, stripe;desc=0")
    );
    assert_eq!(page.body, harness.ask(&link(LINK).by(FACEBOOK)).body);
    assert_eq!(harness.rows(ORDERS), Vec::<String>::new());
    let pressed = harness.ask(&unsure.method("POST"));
    assert_eq!(
        (pressed.status, calls_before(&pressed)),
        (303, Calls { d1: 1, stripe: 1 })
    );
}

#[test]
fn test_first_payment_post_is_never_a_machine() {
    for user_agent in [IPHONE, FACEBOOK, "", "curl/8.5.0"] {
        let harness = Harness::new().with_charge();
        let pressed = harness.ask(
            &link(LINK)
                .method("POST")
                .by(user_agent)
                .with("sec-purpose", "prefetch"),
        );
        assert_eq!(pressed.status, 303, "{user_agent}");
        assert!(location(&pressed).starts_with("https://checkout.stripe.com/"));
    }
}

#[test]
fn test_first_payment_confirm_is_configured() {
    let always = Harness::configured(&[("CONFIRM", "always")]).with_charge();
    assert_eq!(always.ask(&link(LINK)).status, 200);
    assert_eq!(always.ask(&link(LINK).method("POST")).status, 303);
    let never = Harness::configured(&[("CONFIRM", "never")]).with_charge();
    assert_eq!(never.ask(&link(LINK).with("test-asn", "8075")).status, 307);
    assert_eq!(never.ask(&link(LINK).by(FACEBOOK)).status, 200);
}

#[test]
fn test_first_payment_malformed_or_unknown_token() {
    let harness = Harness::new().with_charge();
    let before = harness.all_rows();
    let long = format!("/checkout/first-payment?token={}", "a".repeat(201));
    for (target, budget) in [
        ("/checkout/first-payment", Calls::default()),
        ("/checkout/first-payment?token=", Calls::default()),
        ("/checkout/first-payment?token=short", Calls::default()),
        (
            "/checkout/first-payment?token=demo-token-26&token=demo-token-26",
            Calls::default(),
        ),
        (
            "/checkout/first-payment?token=%00%00%00%00%00%00%00%00",
            Calls::default(),
        ),
        (&long, Calls::default()),
        (
            "/checkout/first-payment?token=no-such-token",
            Calls { d1: 1, stripe: 0 },
        ),
    ] {
        for method in ["GET", "POST"] {
            let page = harness.ask(&get(target).method(method));
            assert_eq!(
                (page.status, calls_before(&page)),
                (404, budget),
                "{target}"
            );
            assert_page(&page, "We do not know this link");
            assert!(!page.body.contains("no-such-token"));
        }
        assert_problem(
            &harness.ask(&get(target).with("accept", JSON)),
            404,
            "unknown_link",
        );
    }
    assert_eq!(harness.all_rows(), before);
}

#[test]
fn test_first_payment_link_over() {
    for (change, code) in [
        (
            format!("UPDATE links SET expires_at = {NOW}"),
            "link_expired",
        ),
        (
            format!("UPDATE links SET revoked_at = {NOW}"),
            "link_revoked",
        ),
        (
            format!("UPDATE charges SET closed_at = {NOW}"),
            "charge_closed",
        ),
    ] {
        let harness = Harness::new().with_charge();
        harness.execute(&change);
        assert_both(
            &harness,
            410,
            "This link is no longer valid",
            code,
            Calls { d1: 1, stripe: 0 },
        );
    }
}

#[test]
fn test_first_payment_zero_has_nothing_to_pay() {
    let harness = Harness::new().with_charge();
    harness.execute("UPDATE charges SET amount_minor = 0");
    assert_both(
        &harness,
        200,
        "Nothing to pay",
        "nothing_to_pay",
        Calls { d1: 1, stripe: 0 },
    );
    assert_eq!(
        (harness.rows(ORDERS), harness.stripe_calls()),
        (vec![], vec![])
    );
}

#[test]
fn test_first_payment_paid_still_blocked() {
    let harness = Harness::new().with_charge();
    harness.execute(&format!(
        "INSERT INTO orders (attempt, id, charge_id, status, amount_minor, currency, created_at, paid_at, receipt_url)
         VALUES (lower(hex(randomblob(16))), 25, 2, 'paid', 15000, 'usd', {NOW}, {NOW}, 'https://pay.stripe.com/receipts/1')"
    ));
    harness.pass(365 * 24 * 60 * MINUTE);
    assert_both(
        &harness,
        409,
        "Already paid",
        "already_paid",
        Calls { d1: 1, stripe: 0 },
    );
    let page = harness.ask(&link(LINK)).body;
    assert!(page.contains("$150.00 on November 18, 2026"), "{page}");
    assert!(page.contains("https://pay.stripe.com/receipts/1"));
    assert_eq!(harness.stripe_calls(), Vec::<String>::new());
}

#[test]
fn test_first_payment_refunded_is_sent_to_the_club() {
    let harness = Harness::new().with_charge();
    harness.execute(&format!(
        "INSERT INTO orders (attempt, id, charge_id, status, amount_minor, currency, created_at, paid_at, refunded_at)
         VALUES (lower(hex(randomblob(16))), 25, 2, 'refunded', 15000, 'usd', {NOW}, {NOW}, {NOW})"
    ));
    assert_both(
        &harness,
        409,
        "Refunded",
        "refunded",
        Calls { d1: 1, stripe: 0 },
    );
}

#[test]
fn test_first_payment_fresh_pending_returns_redirect() {
    let (harness, url) = clicked();
    let before = harness.all_rows();
    // 29:59.999 after the claim.
    harness.pass(30 * MINUTE - 1);
    for accept in ["text/html", JSON] {
        let again = harness.ask(&link(LINK).with("accept", accept));
        assert_eq!((again.status, location(&again)), (307, url.as_str()));
        assert_eq!(calls_before(&again), Calls { d1: 1, stripe: 0 });
    }
    assert_eq!(harness.ask(&link(LINK).method("POST")).status, 303);
    assert_eq!(
        (harness.all_rows(), harness.stripe_calls()),
        (before, vec![])
    );
}

#[test]
fn test_first_payment_unfinished_order_is_finished_under_the_same_key() {
    let harness = Harness::new().with_charge();
    harness.dies_after_answer.set(true);
    let first = harness.ask(&link(LINK));
    assert_eq!(
        harness.rows("SELECT status, stripe_session_id FROM orders"),
        ["pending|-"]
    );
    harness.pass(5 * MINUTE);
    harness.dies_after_answer.set(false);
    let second = harness.ask(&link(LINK));
    assert_eq!(
        (second.status, calls_before(&second)),
        (307, Calls { d1: 2, stripe: 1 })
    );
    assert_eq!(location(&second), location(&first));
    assert_eq!(harness.stripe.borrow().sessions().count(), 1);
    assert_eq!(harness.rows(ORDERS), ["1|pending|-"]);
}

#[test]
fn test_first_payment_no_order_claims_one() {
    for (accept, method, status) in [
        ("text/html", "GET", 307),
        (JSON, "GET", 307),
        ("text/html", "POST", 303),
    ] {
        let harness = Harness::new().with_charge();
        let reply = harness.ask(&link(LINK).with("accept", accept).method(method));
        assert_eq!(
            (reply.status, calls_before(&reply)),
            (status, Calls { d1: 1, stripe: 1 })
        );
        let row = harness.rows("SELECT status, amount_minor, currency, checkout_url, created_at, session_expires_at FROM orders");
        assert_eq!(
            row,
            [format!(
                "pending|15000|usd|{}|{NOW}|{}",
                location(&reply),
                NOW + 65 * MINUTE
            )]
        );
        assert_eq!(harness.rows(EVENTS), ["1|-|pending|click"]);
        assert_eq!(harness.stripe_calls(), ["POST /v1/checkout/sessions"]);
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    }
}

#[test]
fn test_first_payment_create_call_says_what_the_books_say() {
    let (harness, _) = clicked();
    let stripe = harness.stripe.borrow();
    let session = stripe.sessions().next().map(|session| {
        serde_json::json!({
            "reference": session.client_reference_id, "email": session.customer_email,
        })
    });
    let session = session.unwrap_or_default();
    assert_eq!(
        (session["reference"].as_str(), session["email"].as_str()),
        (Some("1"), Some("payer26@example.com"))
    );
}

#[test]
fn test_first_payment_stale_pending_replaced() {
    let (harness, old) = clicked();
    // Exactly 30:00 after the claim.
    harness.pass(30 * MINUTE);
    let reply = harness.ask(&link(LINK));
    assert_eq!(
        (reply.status, calls_before(&reply)),
        (307, Calls { d1: 2, stripe: 2 })
    );
    assert_ne!(location(&reply), old);
    assert_eq!(harness.rows(ORDERS), ["1|canceled|stale", "2|pending|-"]);
    assert_eq!(
        harness.rows(EVENTS),
        [
            "1|-|pending|click",
            "1|pending|canceled|click",
            "2|-|pending|click"
        ]
    );
    // Expired at Stripe first.
    assert_eq!(
        harness.stripe_calls(),
        [
            "POST /v1/checkout/sessions/ID/expire",
            "POST /v1/checkout/sessions"
        ]
    );
    assert_eq!(
        harness
            .stripe
            .borrow()
            .open_sessions_by_charge(harness.now_ms())
            .get("2"),
        Some(&1)
    );
}

#[test]
fn test_first_payment_stale_pending_expired_at_stripe() {
    let (harness, _) = clicked();
    harness.pass(66 * MINUTE);
    let reply = harness.ask(&link(LINK).with("accept", JSON));
    assert_eq!(
        (reply.status, calls_before(&reply)),
        (307, Calls { d1: 2, stripe: 2 })
    );
    assert_eq!(harness.rows(ORDERS), ["1|canceled|stale", "2|pending|-"]);
}

/// An order of before, as somebody has left it in the database.
fn old_order(harness: &Harness, origin: &str, age: i64, session: &str) {
    harness.execute(&format!(
        "INSERT INTO orders (attempt, id, charge_id, origin, amount_minor, currency, created_at, stripe_session_id)
         VALUES (lower(hex(randomblob(16))), 26, 2, '{origin}', 15000, 'usd', {NOW} - {age} * {MINUTE}, {session})"
    ));
}

#[test]
fn test_first_payment_stale_pending_unknown_at_stripe_changes_nothing() {
    let harness = Harness::new().with_charge();
    old_order(&harness, "guard", 31, "'cs_test_gone'");
    let reply = harness.ask(&link(LINK));
    assert_eq!(
        (reply.status, calls_before(&reply)),
        (503, Calls { d1: 1, stripe: 1 })
    );
    assert_eq!(harness.rows(ORDERS), ["26|pending|-"]);
    // After the answer somebody is told, once.
    harness.ask(&link(LINK));
    assert_eq!(
        harness.rows("SELECT kind, order_id, stripe_session_id FROM incidents"),
        ["unknown_session|26|cs_test_gone", "checkout_errors|-|-"]
    );
}

#[test]
fn test_first_payment_imported_session_is_confirmed_before_anybody_is_led_there() {
    let harness = Harness::new().with_charge();
    let session = harness.foreign_session();
    old_order(&harness, "import", 10, &format!("'{session}'"));
    harness.execute("UPDATE orders SET checkout_url = NULL");
    let reply = harness.ask(&link(LINK));
    assert_eq!(
        (reply.status, calls_before(&reply)),
        (307, Calls { d1: 2, stripe: 1 })
    );
    assert!(location(&reply).contains(&session), "{}", location(&reply));
    let again = harness.ask(&link(LINK));
    assert_eq!(
        (location(&again), calls_before(&again)),
        (location(&reply), Calls { d1: 1, stripe: 0 })
    );
    // Paid in the meantime, or not known to Stripe: what Stripe says decides.
    let paid = Harness::new().with_charge();
    let session = paid.foreign_session();
    old_order(&paid, "import", 10, &format!("'{session}'"));
    paid.pay(&session);
    assert_eq!(paid.ask(&link(LINK)).status, 409);
    let unknown = Harness::new().with_charge();
    old_order(&unknown, "import", 10, "'cs_test_of_another_account'");
    assert_eq!(unknown.ask(&link(LINK)).status, 307);
    assert_eq!(
        unknown.rows(ORDERS),
        ["26|canceled|unusable_url", "27|pending|-"]
    );
}

#[test]
fn test_first_payment_stale_imported_session_is_expired_first() {
    let harness = Harness::new().with_charge();
    let session = harness.foreign_session();
    old_order(&harness, "import", 31, &format!("'{session}'"));
    assert_eq!(harness.ask(&link(LINK)).status, 307);
    assert!(!harness.is_open(&session));
    assert_eq!(harness.rows(ORDERS), ["26|canceled|stale", "27|pending|-"]);
}

/// Two who meet on it both read that it is open, and one is told that it is not: it was ended in between, and that is no error.
#[test]
fn test_first_payment_stale_imported_session_that_somebody_ends_meanwhile_is_replaced() {
    let harness = Harness::new().with_charge();
    let session = harness.foreign_session();
    old_order(&harness, "import", 70, &format!("'{session}'"));
    // Stripe ends it, and the answer to that is lost: the call is made again, and answered that nothing is open.
    let fault = fake_stripe::Fault::next(
        fake_stripe::Scope::Expire,
        fake_stripe::FaultKind::DropAfter,
        1,
    );
    harness.stripe.borrow_mut().add_fault(fault);
    assert_eq!(harness.ask(&link(LINK)).status, 307);
    assert!(!harness.is_open(&session));
    assert_eq!(harness.rows(ORDERS), ["26|canceled|stale", "27|pending|-"]);
}

#[test]
fn test_first_payment_paid_is_told_whatever_became_of_the_link() {
    for change in [
        "UPDATE links SET revoked_at = 1",
        "UPDATE links SET expires_at = 1",
        "UPDATE charges SET closed_at = 1",
    ] {
        let (harness, _) = clicked();
        let session = session(&harness);
        harness.pay(&session);
        harness.deliver_webhooks();
        harness.execute(change);
        assert_both(
            &harness,
            409,
            "Already paid",
            "already_paid",
            Calls { d1: 1, stripe: 0 },
        );
    }
}

#[test]
fn test_first_payment_a_loser_waits_for_the_winners_session() {
    // Another click has claimed a moment ago, and is still at work.
    let harness = Harness::new().with_charge();
    harness.dies_after_answer.set(true);
    assert_eq!(harness.ask(&link(LINK)).status, 307);
    harness.stripe.borrow_mut().clear_calls();
    let session = harness.first_session();
    harness.attach_on_wait.replace(Some(session.clone()));
    let reply = harness.ask(&link(LINK));
    assert_eq!((reply.status, harness.waits.get()), (307, 1));
    assert!(location(&reply).contains(&session));
    assert_eq!(harness.stripe_calls(), Vec::<String>::new());
}

#[test]
fn test_first_payment_a_proxys_404_is_no_answer_of_stripes() {
    let (harness, _) = clicked();
    harness.pass(31 * MINUTE);
    for kind in [
        fake_stripe::FaultKind::NotFoundHtml,
        fake_stripe::FaultKind::NotJson,
        fake_stripe::FaultKind::NoObject,
    ] {
        harness.always(fake_stripe::Scope::Any, kind);
        assert_eq!(harness.ask(&link(LINK)).status, 503);
        assert_eq!(harness.rows(ORDERS), ["1|pending|-"]);
        harness.stripe.borrow_mut().clear_faults();
    }
    assert_eq!(
        harness.rows("SELECT kind FROM incidents"),
        ["checkout_errors", "reconcile_stalled"]
    );
    assert_eq!(harness.ask(&link(LINK)).status, 307);
    assert_eq!(harness.rows(ORDERS)[1], "2|pending|-");
    let open = harness
        .stripe
        .borrow()
        .open_sessions_by_charge(harness.now_ms());
    assert_eq!(open.get("2"), Some(&1));
}

#[test]
fn test_first_payment_the_payer_has_still_to_do_something() {
    let (harness, _) = clicked();
    let id = session(&harness);
    let waits = harness.stripe.borrow_mut().pay_by_microdeposits(&id, NOW);
    assert!(waits.is_ok());
    harness.pass(31 * MINUTE);
    let page = harness.ask(&link(LINK));
    assert_eq!(page.status, 409);
    assert_page(&page, "Your payment is not finished yet");
    assert!(
        page.body.contains("href=\"https://payments.stripe.com/"),
        "{}",
        page.body
    );
    assert_problem(
        &harness.ask(&link(LINK).with("accept", JSON)),
        409,
        "action_required",
    );
    let back = harness.ask(&get(&format!("/checkout/success?session_id={id}")));
    assert_eq!(back.status, 200);
    assert_page(&back, "Your payment is not finished yet");
    // Once they have, it is with the bank.
    assert!(
        harness
            .stripe
            .borrow_mut()
            .complete_action(&id, NOW)
            .is_ok()
    );
    assert_page(
        &harness.ask(&link(LINK)),
        "Your bank is processing the payment",
    );
    assert_eq!(harness.rows(ORDERS), ["1|pending|-"]);
}

#[test]
fn test_first_payment_a_refused_address_is_left_out() {
    let harness = Harness::new().with_charge();
    let refused = fake_stripe::FaultKind::BadRequest {
        code: "email_invalid",
        param: "customer_email",
    };
    let fault = fake_stripe::Fault::next(fake_stripe::Scope::Create, refused, 1);
    harness.stripe.borrow_mut().add_fault(fault);
    let reply = harness.ask(&link(LINK));
    assert_eq!(reply.status, 307);
    let orders = "SELECT status, customer_email FROM orders ORDER BY id";
    assert_eq!(
        harness.rows(orders),
        ["canceled|payer26@example.com", "pending|-"]
    );
    // It is not tried again with every order.
    harness.pass(31 * MINUTE);
    assert_eq!(harness.ask(&link(LINK)).status, 307);
    assert_eq!(harness.rows(orders)[2], "pending|-");
    // Until the club has another address.
    harness.import("player_id,player,amount,email\n26,Player 26,150.00,other@example.com\n");
    assert_eq!(harness.rows("SELECT email_refused_at FROM players"), ["-"]);
    assert_eq!(
        harness.rows("SELECT kind FROM incidents"),
        ["reconcile_stalled"]
    );
}

#[test]
fn test_first_payment_a_lasting_refusal_is_an_incident_and_leaves_no_trail() {
    let harness = Harness::new().with_charge();
    let refused = fake_stripe::FaultKind::BadRequest {
        code: "parameter_invalid_integer",
        param: "line_items[0][price_data][unit_amount]",
    };
    harness.always(fake_stripe::Scope::Create, refused);
    for _ in 0..20 {
        let click = harness.ask(&link(LINK));
        assert_eq!(click.status, 503);
        assert!(click.header("retry-after").is_some());
    }
    // Two orders, and then a pause that grows.
    assert_eq!(harness.rows("SELECT count(*) FROM orders"), ["2"]);
    assert_eq!(
        harness.rows("SELECT kind, charge_id FROM incidents"),
        ["create_refused|2", "checkout_errors|-"]
    );
    for _ in 0..12 {
        harness.pass(10 * MINUTE);
        harness.ask(&link(LINK));
    }
    assert_eq!(harness.rows("SELECT failed_creates FROM charges"), ["14"]);
    let pause = format!("SELECT create_after - {} FROM charges", harness.now_ms());
    assert_eq!(harness.rows(&pause), [(10 * MINUTE).to_string()]);
    // Once Stripe takes it, everything is as before.
    harness.stripe.borrow_mut().clear_faults();
    harness.pass(10 * MINUTE);
    assert_eq!(harness.ask(&link(LINK)).status, 307);
    assert_eq!(
        harness.rows("SELECT failed_creates, create_after FROM charges"),
        ["0|-"]
    );
}

#[test]
fn test_first_payment_a_session_without_a_url_is_given_up() {
    let harness = Harness::new().with_charge();
    let fault =
        fake_stripe::Fault::next(fake_stripe::Scope::Create, fake_stripe::FaultKind::NoUrl, 1);
    harness.stripe.borrow_mut().add_fault(fault);
    assert_eq!(harness.ask(&link(LINK)).status, 503);
    assert_eq!(harness.rows(ORDERS), ["1|canceled|unusable_url"]);
    assert!(!harness.is_open(&harness.first_session()));
    // The key would bring the same answer back; the next click has another one.
    assert_eq!(harness.ask(&link(LINK)).status, 307);
}

#[test]
fn test_first_payment_a_lost_session_is_never_joined_by_a_second_one() {
    // The session was never stored; whether Stripe looks the key up before it checks the parameters is
    // documented nowhere.
    for validates_before_key in [false, true] {
        for minute in [5, 31, 36, 64, 66, 3 * 24 * 60] {
            let harness = Harness::at_stripe(fake_stripe::Config {
                validates_before_key,
                ..Default::default()
            })
            .with_charge();
            harness.dies_after_answer.set(true);
            let first = harness.ask(&link(LINK));
            assert_eq!(first.status, 307);
            harness.dies_after_answer.set(false);
            harness.pass(minute * MINUTE);
            let reply = harness.ask(&link(LINK));
            assert_eq!(reply.status, 307, "{validates_before_key} {minute}");
            assert_eq!(location(&first) == location(&reply), minute < 30);
            let open = harness
                .stripe
                .borrow()
                .open_sessions_by_charge(harness.now_ms());
            assert_eq!(open.get("2"), Some(&1), "{validates_before_key} {minute}");
        }
    }
}

#[test]
fn test_first_payment_a_lost_session_that_was_paid_is_found() {
    for minute in [31, 36, 66, 3 * 24 * 60] {
        let harness = Harness::new().with_charge();
        harness.dies_after_answer.set(true);
        assert_eq!(harness.ask(&link(LINK)).status, 307);
        harness.pay(&harness.first_session());
        harness.lose_webhooks();
        harness.pass(minute * MINUTE);
        assert_eq!(harness.ask(&link(LINK)).status, 409, "{minute}");
        assert_eq!(harness.rows(ORDERS), ["1|paid|-"]);
    }
}

#[test]
fn test_first_payment_takes_twelve_seconds_of_stripe_at_most() {
    let (harness, _) = clicked();
    harness.pass(31 * MINUTE);
    harness.latency.set(5_000);
    let fault = fake_stripe::Fault::next(
        fake_stripe::Scope::Any,
        fake_stripe::FaultKind::DropBefore,
        9,
    );
    harness.stripe.borrow_mut().add_fault(fault);
    assert_eq!(harness.ask(&link(LINK)).status, 503);
    assert_eq!(harness.calls.get().stripe, 3);
}

#[test]
fn test_first_payment_another_databases_payment_is_not_ours() {
    let harness = Harness::new().with_charge();
    harness.dies_after_answer.set(true);
    assert_eq!(harness.ask(&link(LINK)).status, 307);
    // The same ids, from a database of last season on the same account.
    let attempt = "f".repeat(32);
    for installation in ["another", &"e".repeat(32)] {
        let object = serde_json::json!({
            "id": format!("cs_test_{installation}"), "status": "complete", "payment_status": "paid", "amount_total": 15000,
            "currency": "usd", "payment_intent": "pi_theirs",
            "metadata": { "installation": installation, "attempt": attempt, "order_id": "1", "charge_id": "2" } });
        let id = format!("evt_{installation}");
        let event = webhook(&id, "checkout.session.completed", object);
        assert_eq!(harness.deliver(&event).status, 200);
    }
    assert_eq!(harness.rows(ORDERS), ["1|pending|-"]);
    assert_eq!(
        harness.rows("SELECT kind FROM incidents"),
        Vec::<String>::new()
    );
}

#[test]
fn test_first_payment_stale_pending_whose_session_was_never_stored() {
    let harness = Harness::new().with_charge();
    harness.dies_after_answer.set(true);
    let first = harness.ask(&link(LINK));
    harness.stripe.borrow_mut().clear_calls();
    harness.pass(31 * MINUTE);
    let reply = harness.ask(&link(LINK));
    assert_eq!(
        (reply.status, calls_before(&reply)),
        (307, Calls { d1: 2, stripe: 3 })
    );
    assert_ne!(location(&reply), location(&first));
    // The key brings the lost session back, so that it can be expired.
    assert_eq!(
        harness.stripe_calls(),
        [
            "POST /v1/checkout/sessions",
            "POST /v1/checkout/sessions/ID/expire",
            "POST /v1/checkout/sessions"
        ]
    );
    assert_eq!(
        harness
            .stripe
            .borrow()
            .open_sessions_by_charge(harness.now_ms())
            .get("2"),
        Some(&1)
    );
}

#[test]
fn test_first_payment_imported_pending_without_session_is_not_asked_about() {
    let harness = Harness::new().with_charge();
    harness.execute(&format!(
        "INSERT INTO orders (attempt, id, charge_id, status, origin, amount_minor, currency, created_at)
         VALUES (lower(hex(randomblob(16))), 26, 2, 'pending', 'import', 15000, 'usd', {NOW} - 6 * 24 * 60 * {MINUTE})"
    ));
    let reply = harness.ask(&link(LINK));
    assert_eq!(
        (reply.status, calls_before(&reply)),
        (307, Calls { d1: 2, stripe: 1 })
    );
    assert_eq!(harness.rows(ORDERS), ["26|canceled|stale", "27|pending|-"]);
}

#[test]
fn test_first_payment_changed_amount_replaces_a_fresh_order() {
    let (harness, old) = clicked();
    harness.execute("UPDATE charges SET amount_minor = 16500");
    let reply = harness.ask(&link(LINK));
    assert_eq!(
        (reply.status, calls_before(&reply)),
        (307, Calls { d1: 2, stripe: 2 })
    );
    assert_ne!(location(&reply), old);
    assert_eq!(
        harness.rows("SELECT status, amount_minor FROM orders ORDER BY id"),
        ["canceled|15000", "pending|16500"]
    );
    assert_eq!(harness.rows(ORDERS)[0], "1|canceled|amount_changed");
}

#[test]
fn test_first_payment_stale_pending_paid_at_stripe_is_marked_paid() {
    let (harness, _) = clicked();
    assert!(
        harness
            .stripe
            .borrow_mut()
            .pay(&session(&harness), NOW)
            .is_ok()
    );
    harness.pass(31 * MINUTE);
    let reply = harness.ask(&link(LINK));
    assert_eq!(
        (reply.status, calls_before(&reply)),
        (409, Calls { d1: 2, stripe: 2 })
    );
    assert_page(&reply, "Already paid");
    assert_eq!(harness.rows(ORDERS), ["1|paid|-"]);
    assert_eq!(harness.rows(EVENTS)[1], "1|pending|paid|click");
    assert!(harness.rows("SELECT payment_intent_id FROM orders")[0].starts_with("pi_"));
    assert_problem(
        &harness.ask(&link(LINK).with("accept", JSON)),
        409,
        "already_paid",
    );
}

#[test]
fn test_first_payment_stale_pending_processing_at_a_bank() {
    let (harness, _) = clicked();
    assert!(
        harness
            .stripe
            .borrow_mut()
            .pay_by_debit(&session(&harness), NOW)
            .is_ok()
    );
    harness.pass(3 * 24 * 60 * MINUTE);
    assert_both(
        &harness,
        409,
        "Your bank is processing the payment",
        "processing",
        Calls { d1: 1, stripe: 1 },
    );
    assert_eq!(harness.rows(ORDERS), ["1|pending|-"]);
    assert_eq!(harness.stripe.borrow().sessions().count(), 1);
}

#[test]
fn test_first_payment_stale_pending_whose_debit_failed_is_replaced() {
    let (harness, _) = clicked();
    let id = session(&harness);
    assert!(harness.stripe.borrow_mut().pay_by_debit(&id, NOW).is_ok());
    assert!(
        harness
            .stripe
            .borrow_mut()
            .resolve_async_payment(&id, false, NOW)
            .is_ok()
    );
    harness.pass(31 * MINUTE);
    assert_eq!(harness.ask(&link(LINK)).status, 307);
    assert_eq!(
        harness.rows(ORDERS),
        ["1|canceled|payment_failed", "2|pending|-"]
    );
}

#[test]
fn test_first_payment_stripe_down_changes_nothing_but_the_claim() {
    let harness = Harness::new().with_charge();
    let fault = fake_stripe::Fault::next(
        fake_stripe::Scope::Create,
        fake_stripe::FaultKind::DropBefore,
        3,
    );
    harness.stripe.borrow_mut().add_fault(fault);
    let reply = harness.ask(&link(LINK));
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (503, Some("5"))
    );
    assert_page(&reply, "Please try again in a moment");
    assert!(reply.body.contains("<form method=\"post\">"));
    assert_eq!(harness.rows(ORDERS), ["1|pending|-"]);
    let again = harness.ask(&link(LINK));
    assert_eq!(
        (again.status, harness.stripe.borrow().sessions().count()),
        (307, 1)
    );
    assert_eq!(harness.rows(ORDERS), ["1|pending|-"]);
}

#[test]
fn test_first_payment_stale_pending_stays_while_stripe_is_down() {
    let (harness, _) = clicked();
    harness.pass(31 * MINUTE);
    let before = harness.all_rows();
    let fault = fake_stripe::Fault::next(
        fake_stripe::Scope::Expire,
        fake_stripe::FaultKind::DropAfter,
        3,
    );
    harness.stripe.borrow_mut().add_fault(fault);
    let reply = harness.ask(&link(LINK).with("accept", JSON));
    assert_problem(&reply, 503, "try_again");
    assert_eq!(harness.all_rows(), before);
    assert_eq!(harness.ask(&link(LINK)).status, 307);
    assert_eq!(harness.rows(ORDERS), ["1|canceled|stale", "2|pending|-"]);
}

#[test]
fn test_first_payment_saved_server_error_takes_a_new_key() {
    let harness = Harness::new().with_charge();
    let fault = fake_stripe::Fault::next(
        fake_stripe::Scope::Create,
        fake_stripe::FaultKind::ErrorAfter,
        1,
    );
    harness.stripe.borrow_mut().add_fault(fault);
    assert_eq!(harness.ask(&link(LINK)).status, 503);
    assert_eq!(harness.rows(ORDERS), ["1|canceled|stripe_error"]);
    assert_eq!(harness.ask(&link(LINK)).status, 307);
    assert_eq!(
        harness.rows(ORDERS),
        ["1|canceled|stripe_error", "2|pending|-"]
    );
}

#[test]
fn test_first_payment_saved_server_error_after_a_crash_heals_in_one_click() {
    let harness = Harness::new().with_charge();
    let fault = fake_stripe::Fault::next(
        fake_stripe::Scope::Create,
        fake_stripe::FaultKind::ErrorAfter,
        1,
    );
    harness.stripe.borrow_mut().add_fault(fault);
    assert_eq!(harness.ask(&link(LINK)).status, 503);
    // As if the Worker had died before it gave the order up.
    harness.execute(
        "DROP TRIGGER orders_legal_moves; UPDATE orders SET status = 'pending', canceled_at = NULL, cancel_reason = NULL;
         UPDATE charges SET failed_creates = 0, create_after = NULL",
    );
    assert_eq!(harness.ask(&link(LINK)).status, 307);
    assert_eq!(
        harness.rows(ORDERS),
        ["1|canceled|stripe_error", "2|pending|-"]
    );
}

#[test]
fn test_first_payment_d1_down() {
    let (harness, _) = clicked();
    harness.d1_is_down.set(true);
    let reply = harness.ask(&link(LINK));
    assert_eq!(reply.status, 503);
    assert!(!reply.body.contains("D1"));
    assert_problem(
        &harness.ask(&link(LINK).with("accept", JSON)),
        503,
        "try_again",
    );
    assert_eq!(harness.stripe_calls(), Vec::<String>::new());
    // Machines never noticed.
    assert_eq!(harness.ask(&link(LINK).by(FACEBOOK)).status, 200);
}

#[test]
fn test_first_payment_d1s_day_is_used_up() {
    let (harness, _) = clicked();
    harness.d1_is_used_up();
    harness.pass(MINUTE);
    let left = 86_400 - harness.now_ms() / 1_000 % 86_400;
    let reply = harness.ask(&link(LINK));
    assert_eq!(reply.status, 503);
    assert_eq!(
        reply.header("retry-after"),
        Some(left.to_string().as_str()),
        "D1 works again at midnight UTC"
    );
    let hours = (left + 3_599) / 3_600;
    assert!(
        reply.body.contains(&format!("in {hours} h")),
        "{}",
        reply.body
    );
    assert!(!reply.body.contains("D1") && reply.body.contains("No money was taken"));
    assert_problem(
        &harness.ask(&link(LINK).with("accept", JSON)),
        503,
        "day_limit",
    );
    assert_eq!(harness.stripe_calls(), Vec::<String>::new());
    assert_eq!(harness.ask(&link(LINK).by(FACEBOOK)).status, 200);
    // The next day it is as it was.
    harness.d1_is_down.set(false);
    assert_eq!(harness.ask(&link(LINK)).status, 307);
}

#[test]
fn test_first_payment_other_methods_and_large_bodies() {
    let harness = Harness::new().with_charge();
    let put = harness.ask(&link(LINK).method("PUT"));
    assert_eq!(
        (put.status, put.header("allow")),
        (405, Some("GET, HEAD, POST, OPTIONS"))
    );
    let large = harness.ask(&link(LINK).method("POST").with("content-length", "10485760"));
    assert_eq!(large.status, 413);
    assert_eq!(harness.rows(ORDERS), Vec::<String>::new());
}

#[test]
fn test_pay_is_the_same_guard() {
    let harness = Harness::new().with_charge();
    let reply = harness.ask(&get("/checkout/pay?token=demo-token-26&utm_source=mail"));
    assert_eq!(
        (reply.status, calls_before(&reply)),
        (307, Calls { d1: 1, stripe: 1 })
    );
    assert_eq!(location(&harness.ask(&link(LINK))), location(&reply));
}

#[test]
fn test_every_answer_keeps_the_token_to_itself() {
    let (harness, _) = clicked();
    for reply in [
        harness.ask(&link(LINK)),
        harness.ask(&link(LINK).by(FACEBOOK)),
        harness.ask(&link("no-such-token")),
        harness.ask(&link(LINK).with("sec-purpose", "prefetch")),
        harness.ask(&get("/nowhere")),
    ] {
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("x-robots-tag"), Some("noindex"));
        assert!(
            reply
                .header("content-security-policy")
                .is_some_and(|policy| policy.starts_with("default-src 'none'"))
        );
        assert!(!reply.body.contains(LINK) && !location(&reply).contains(LINK));
        assert!(!reply.body.contains("payer26@"));
    }
}

#[test]
fn test_unknown_tokens_are_limited_and_known_ones_never() {
    let harness = Harness::new().with_charge();
    harness.tries_left.set(1);
    assert_eq!(harness.ask(&link("no-such-token")).status, 404);
    let limited = harness.ask(&link("no-such-token"));
    assert_eq!(
        (limited.status, limited.header("retry-after")),
        (429, Some("60"))
    );
    assert_page(&limited, "Too many tries");
    assert_problem(
        &harness.ask(&link("no-such-token").with("accept", JSON)),
        429,
        "too_many_tries",
    );
    assert_eq!(harness.ask(&link(LINK)).status, 307);
}

/// Row 8: what an event has said decides. Nobody is led to a page that is finished with, and Stripe is not asked.
#[test]
fn test_first_payment_whose_session_is_complete_is_not_led_to_again() {
    for (by_payer, code, state, shown) in [
        (false, "processing", "processing", "a bank is at work"),
        (
            true,
            "action_required",
            "action_required",
            "the payer must act",
        ),
    ] {
        let (harness, _) = clicked();
        let id = session(&harness);
        let mut stripe = harness.stripe.borrow_mut();
        let paying = if by_payer {
            stripe.pay_by_microdeposits(&id, NOW).is_ok()
        } else {
            stripe.pay_by_debit(&id, NOW).is_ok()
        };
        drop(stripe);
        assert!(paying);
        harness.deliver_webhooks();
        for _ in 0..2 {
            let reply = harness.ask(&link("demo-token-26").with("accept", JSON));
            let answer: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
            assert_eq!((reply.status, answer["code"].as_str()), (409, Some(code)));
            assert_eq!(calls_before(&reply), Calls { d1: 1, stripe: 0 });
        }
        assert_eq!(harness.rows("SELECT status FROM orders"), ["pending"]);
        let charge = harness.read("/admin/charges/2");
        assert_eq!(charge["charge"]["state"], state);
        assert_eq!(charge["explain"]["row"], 13);
        assert_eq!(charge["explain"]["decision"], code);
        let list = format!("/admin/charges?state={state}");
        assert_eq!(harness.read(&list)["charges"][0]["id"], 2);
        assert!(harness.ask(&desk("/admin/charges/2")).body.contains(shown));
    }
}

/// The event was lost: the cron finds out, and a click is told from D1 alone from then on.
#[test]
fn test_first_payment_whose_complete_session_the_cron_found_is_not_led_to_again() {
    let (harness, _) = clicked();
    assert!(
        harness
            .stripe
            .borrow_mut()
            .pay_by_debit(&session(&harness), NOW)
            .is_ok()
    );
    harness.lose_webhooks();
    harness.pass(3 * MINUTE);
    harness.reconcile();
    let reply = harness.ask(&link("demo-token-26"));
    assert_eq!(reply.status, 409);
    assert_eq!(calls_before(&reply), Calls { d1: 1, stripe: 0 });
}
