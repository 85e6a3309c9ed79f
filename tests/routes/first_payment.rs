//! `/checkout/first-payment`, row by row of the decision table, each as a page and as problem details.

use checkout_guard::http::response::Response;
use serde_json::Value;

use crate::world::{FACEBOOK, IPHONE, JSON, MINUTE, NOW, World, get, link, webhook};

const LINK: &str = "demo-token-26";
const ORDERS: &str = "SELECT id, status, cancel_reason FROM orders ORDER BY id";
const EVENTS: &str = "SELECT order_id, from_status, to_status, cause FROM order_events ORDER BY id";

fn location(reply: &Response) -> &str {
    reply.header("location").unwrap_or_default()
}

/// The budget columns: calls to D1 and to Stripe before the answer.
fn calls(reply: &Response) -> &str {
    reply
        .header("server-timing")
        .and_then(|timing| timing.split_once(", "))
        .map_or("", |(_, calls)| calls)
}

fn is_page(reply: &Response, title: &str) {
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

fn is_problem(reply: &Response, status: u16, code: &str) {
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
fn both(world: &World, status: u16, title: &str, code: &str, budget: &str) {
    let before = world.all_rows();
    let page = world.ask(&link(LINK));
    assert_eq!(
        (page.status, calls(&page)),
        (status, budget),
        "{}",
        page.body
    );
    is_page(&page, title);
    let json = world.ask(&link(LINK).with("accept", JSON));
    assert_eq!(json.status, status);
    if status >= 400 {
        is_problem(&json, status, code);
    }
    assert_eq!(world.all_rows(), before);
}

/// A charge with an order on which a first click has got a session.
fn clicked() -> (World, String) {
    let world = World::new().with_charge();
    let url = location(&world.ask(&link(LINK))).to_owned();
    assert!(
        url.starts_with("https://checkout.stripe.com/c/pay/cs_test_"),
        "{url}"
    );
    world.stripe.borrow_mut().clear_calls();
    (world, url)
}

fn session(world: &World) -> String {
    world
        .rows("SELECT stripe_session_id FROM orders ORDER BY id")
        .remove(0)
}

#[test]
fn test_first_payment_machine_changes_nothing() {
    let (world, _) = clicked();
    let before = world.all_rows();
    let expected = world.ask(&link(LINK).by(FACEBOOK)).body;
    for machine in [
        link(LINK).by(FACEBOOK),
        link("no-such-token").by(FACEBOOK),
        link(LINK).method("HEAD"),
        link(LINK).method("OPTIONS"),
        link(LINK).by("curl/8.5.0"),
        link(LINK).by(FACEBOOK).with("accept", JSON),
    ] {
        let reply = world.ask(&machine);
        assert_eq!(
            (reply.status, calls(&reply)),
            (200, "d1;desc=0, stripe;desc=0")
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
    assert_eq!((world.all_rows(), world.calls()), (before, vec![]));
}

#[test]
fn test_first_payment_prefetch_is_refused() {
    let world = World::new().with_charge();
    for (header, value) in [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x-moz", "prefetch"),
    ] {
        let reply = world.ask(&link(LINK).with(header, value));
        assert_eq!(
            (reply.status, calls(&reply)),
            (503, "d1;desc=0, stripe;desc=0"),
            "{header}"
        );
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        is_problem(
            &world.ask(&link(LINK).with(header, value).with("accept", JSON)),
            503,
            "prefetch",
        );
    }
    assert_eq!(world.rows(ORDERS), Vec::<String>::new());
}

#[test]
fn test_first_payment_unsure_gets_the_link_page_and_the_button_works() {
    let world = World::new().with_charge();
    let unsure = link(LINK).with("test-asn", "8075");
    let page = world.ask(&unsure);
    assert_eq!(page.status, 200);
    assert_eq!(
        page.header("server-timing"),
        Some("visit;desc=unsure, d1;desc=0, stripe;desc=0")
    );
    assert_eq!(page.body, world.ask(&link(LINK).by(FACEBOOK)).body);
    assert_eq!(world.rows(ORDERS), Vec::<String>::new());
    let pressed = world.ask(&unsure.method("POST"));
    assert_eq!(
        (pressed.status, calls(&pressed)),
        (303, "d1;desc=1, stripe;desc=1")
    );
}

#[test]
fn test_first_payment_post_is_never_a_machine() {
    for user_agent in [IPHONE, FACEBOOK, "", "curl/8.5.0"] {
        let world = World::new().with_charge();
        let pressed = world.ask(
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
    let always = World::configured(&[("CONFIRM", "always")]).with_charge();
    assert_eq!(always.ask(&link(LINK)).status, 200);
    assert_eq!(always.ask(&link(LINK).method("POST")).status, 303);
    let never = World::configured(&[("CONFIRM", "never")]).with_charge();
    assert_eq!(never.ask(&link(LINK).with("test-asn", "8075")).status, 307);
    assert_eq!(never.ask(&link(LINK).by(FACEBOOK)).status, 200);
}

#[test]
fn test_first_payment_malformed_or_unknown_token() {
    let world = World::new().with_charge();
    let before = world.all_rows();
    let long = format!("/checkout/first-payment?token={}", "a".repeat(201));
    for (target, budget) in [
        ("/checkout/first-payment", "d1;desc=0, stripe;desc=0"),
        ("/checkout/first-payment?token=", "d1;desc=0, stripe;desc=0"),
        (
            "/checkout/first-payment?token=short",
            "d1;desc=0, stripe;desc=0",
        ),
        (
            "/checkout/first-payment?token=demo-token-26&token=demo-token-26",
            "d1;desc=0, stripe;desc=0",
        ),
        (
            "/checkout/first-payment?token=%00%00%00%00%00%00%00%00",
            "d1;desc=0, stripe;desc=0",
        ),
        (&long, "d1;desc=0, stripe;desc=0"),
        (
            "/checkout/first-payment?token=no-such-token",
            "d1;desc=1, stripe;desc=0",
        ),
    ] {
        for method in ["GET", "POST"] {
            let page = world.ask(&get(target).method(method));
            assert_eq!((page.status, calls(&page)), (404, budget), "{target}");
            is_page(&page, "We do not know this link");
            assert!(!page.body.contains("no-such-token"));
        }
        is_problem(
            &world.ask(&get(target).with("accept", JSON)),
            404,
            "unknown_link",
        );
    }
    assert_eq!(world.all_rows(), before);
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
        let world = World::new().with_charge();
        world.execute(&change);
        both(
            &world,
            410,
            "This link is no longer valid",
            code,
            "d1;desc=1, stripe;desc=0",
        );
    }
}

#[test]
fn test_first_payment_zero_has_nothing_to_pay() {
    let world = World::new().with_charge();
    world.execute("UPDATE charges SET amount_minor = 0");
    both(
        &world,
        200,
        "Nothing to pay",
        "nothing_to_pay",
        "d1;desc=1, stripe;desc=0",
    );
    assert_eq!((world.rows(ORDERS), world.calls()), (vec![], vec![]));
}

#[test]
fn test_first_payment_paid_still_blocked() {
    let world = World::new().with_charge();
    world.execute(&format!(
        "INSERT INTO orders (attempt, id, charge_id, status, amount_minor, currency, created_at, paid_at, receipt_url)
         VALUES (lower(hex(randomblob(16))), 25, 2, 'paid', 15000, 'usd', {NOW}, {NOW}, 'https://pay.stripe.com/receipts/1')"
    ));
    world.pass(365 * 24 * 60 * MINUTE);
    both(
        &world,
        409,
        "Already paid",
        "already_paid",
        "d1;desc=1, stripe;desc=0",
    );
    let page = world.ask(&link(LINK)).body;
    assert!(page.contains("150.00 USD on 18 November 2026"), "{page}");
    assert!(page.contains("https://pay.stripe.com/receipts/1"));
    assert_eq!(world.calls(), Vec::<String>::new());
}

#[test]
fn test_first_payment_refunded_is_sent_to_the_club() {
    let world = World::new().with_charge();
    world.execute(&format!(
        "INSERT INTO orders (attempt, id, charge_id, status, amount_minor, currency, created_at, paid_at, refunded_at)
         VALUES (lower(hex(randomblob(16))), 25, 2, 'refunded', 15000, 'usd', {NOW}, {NOW}, {NOW})"
    ));
    both(
        &world,
        409,
        "Paid back",
        "refunded",
        "d1;desc=1, stripe;desc=0",
    );
}

#[test]
fn test_first_payment_fresh_pending_returns_redirect() {
    let (world, url) = clicked();
    let before = world.all_rows();
    // 29:59.999 after the claim.
    world.pass(30 * MINUTE - 1);
    for accept in ["text/html", JSON] {
        let again = world.ask(&link(LINK).with("accept", accept));
        assert_eq!((again.status, location(&again)), (307, url.as_str()));
        assert_eq!(calls(&again), "d1;desc=1, stripe;desc=0");
    }
    assert_eq!(world.ask(&link(LINK).method("POST")).status, 303);
    assert_eq!((world.all_rows(), world.calls()), (before, vec![]));
}

#[test]
fn test_first_payment_unfinished_order_is_finished_under_the_same_key() {
    let world = World::new().with_charge();
    world.dies_after_answer.set(true);
    let first = world.ask(&link(LINK));
    assert_eq!(
        world.rows("SELECT status, stripe_session_id FROM orders"),
        ["pending|-"]
    );
    world.pass(5 * MINUTE);
    world.dies_after_answer.set(false);
    let second = world.ask(&link(LINK));
    assert_eq!(
        (second.status, calls(&second)),
        (307, "d1;desc=2, stripe;desc=1")
    );
    assert_eq!(location(&second), location(&first));
    assert_eq!(world.stripe.borrow().sessions().count(), 1);
    assert_eq!(world.rows(ORDERS), ["1|pending|-"]);
}

#[test]
fn test_first_payment_no_order_claims_one() {
    for (accept, method, status) in [
        ("text/html", "GET", 307),
        (JSON, "GET", 307),
        ("text/html", "POST", 303),
    ] {
        let world = World::new().with_charge();
        let reply = world.ask(&link(LINK).with("accept", accept).method(method));
        assert_eq!(
            (reply.status, calls(&reply)),
            (status, "d1;desc=1, stripe;desc=1")
        );
        let row = world.rows("SELECT status, amount_minor, currency, checkout_url, created_at, session_expires_at FROM orders");
        assert_eq!(
            row,
            [format!(
                "pending|15000|usd|{}|{NOW}|{}",
                location(&reply),
                NOW + 65 * MINUTE
            )]
        );
        assert_eq!(world.rows(EVENTS), ["1|-|pending|click"]);
        assert_eq!(world.calls(), ["POST /v1/checkout/sessions"]);
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    }
}

#[test]
fn test_first_payment_create_call_says_what_the_books_say() {
    let (world, _) = clicked();
    let stripe = world.stripe.borrow();
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
    let (world, old) = clicked();
    // Exactly 30:00 after the claim.
    world.pass(30 * MINUTE);
    let reply = world.ask(&link(LINK));
    assert_eq!(
        (reply.status, calls(&reply)),
        (307, "d1;desc=2, stripe;desc=2")
    );
    assert_ne!(location(&reply), old);
    assert_eq!(world.rows(ORDERS), ["1|canceled|stale", "2|pending|-"]);
    assert_eq!(
        world.rows(EVENTS),
        [
            "1|-|pending|click",
            "1|pending|canceled|click",
            "2|-|pending|click"
        ]
    );
    // Expired at Stripe first.
    assert_eq!(
        world.calls(),
        [
            "POST /v1/checkout/sessions/ID/expire",
            "POST /v1/checkout/sessions"
        ]
    );
    assert_eq!(
        world
            .stripe
            .borrow()
            .open_sessions_by_charge(world.now_ms())
            .get("2"),
        Some(&1)
    );
}

#[test]
fn test_first_payment_stale_pending_expired_at_stripe() {
    let (world, _) = clicked();
    world.pass(66 * MINUTE);
    let reply = world.ask(&link(LINK).with("accept", JSON));
    assert_eq!(
        (reply.status, calls(&reply)),
        (307, "d1;desc=2, stripe;desc=2")
    );
    assert_eq!(world.rows(ORDERS), ["1|canceled|stale", "2|pending|-"]);
}

/// An order of before, as somebody has left it in the database.
fn old_order(world: &World, origin: &str, age: i64, session: &str) {
    world.execute(&format!(
        "INSERT INTO orders (attempt, id, charge_id, origin, amount_minor, currency, created_at, stripe_session_id)
         VALUES (lower(hex(randomblob(16))), 26, 2, '{origin}', 15000, 'usd', {NOW} - {age} * {MINUTE}, {session})"
    ));
}

#[test]
fn test_first_payment_stale_pending_unknown_at_stripe_changes_nothing() {
    let world = World::new().with_charge();
    old_order(&world, "guard", 31, "'cs_test_gone'");
    let reply = world.ask(&link(LINK));
    assert_eq!(
        (reply.status, calls(&reply)),
        (503, "d1;desc=1, stripe;desc=1")
    );
    assert_eq!(world.rows(ORDERS), ["26|pending|-"]);
    // After the answer somebody is told, once.
    world.ask(&link(LINK));
    assert_eq!(
        world.rows("SELECT kind, order_id, stripe_session_id FROM incidents"),
        ["unknown_session|26|cs_test_gone"]
    );
}

#[test]
fn test_first_payment_imported_session_is_confirmed_before_anybody_is_led_there() {
    let world = World::new().with_charge();
    let session = world.foreign_session();
    old_order(&world, "import", 10, &format!("'{session}'"));
    world.execute("UPDATE orders SET checkout_url = NULL");
    let reply = world.ask(&link(LINK));
    assert_eq!(
        (reply.status, calls(&reply)),
        (307, "d1;desc=2, stripe;desc=1")
    );
    assert!(location(&reply).contains(&session), "{}", location(&reply));
    let again = world.ask(&link(LINK));
    assert_eq!(
        (location(&again), calls(&again)),
        (location(&reply), "d1;desc=1, stripe;desc=0")
    );
    // Paid in the meantime, or not known to Stripe: what Stripe says decides.
    let paid = World::new().with_charge();
    let session = paid.foreign_session();
    old_order(&paid, "import", 10, &format!("'{session}'"));
    paid.pay(&session);
    assert_eq!(paid.ask(&link(LINK)).status, 409);
    let unknown = World::new().with_charge();
    old_order(&unknown, "import", 10, "'cs_test_of_another_account'");
    assert_eq!(unknown.ask(&link(LINK)).status, 307);
    assert_eq!(
        unknown.rows(ORDERS),
        ["26|canceled|unusable_url", "27|pending|-"]
    );
}

#[test]
fn test_first_payment_stale_imported_session_is_expired_first() {
    let world = World::new().with_charge();
    let session = world.foreign_session();
    old_order(&world, "import", 31, &format!("'{session}'"));
    assert_eq!(world.ask(&link(LINK)).status, 307);
    assert!(!world.is_open(&session));
    assert_eq!(world.rows(ORDERS), ["26|canceled|stale", "27|pending|-"]);
}

#[test]
fn test_first_payment_paid_is_told_whatever_became_of_the_link() {
    for change in [
        "UPDATE links SET revoked_at = 1",
        "UPDATE links SET expires_at = 1",
        "UPDATE charges SET closed_at = 1",
    ] {
        let (world, _) = clicked();
        let session = session(&world);
        world.pay(&session);
        world.deliver_webhooks();
        world.execute(change);
        both(
            &world,
            409,
            "Already paid",
            "already_paid",
            "d1;desc=1, stripe;desc=0",
        );
    }
}

#[test]
fn test_first_payment_a_loser_waits_for_the_winners_session() {
    // Another click has claimed a moment ago, and is still at work.
    let world = World::new().with_charge();
    world.dies_after_answer.set(true);
    assert_eq!(world.ask(&link(LINK)).status, 307);
    world.stripe.borrow_mut().clear_calls();
    let session = world.first_session();
    world.attach_on_wait.replace(Some(session.clone()));
    let reply = world.ask(&link(LINK));
    assert_eq!((reply.status, world.waits.get()), (307, 1));
    assert!(location(&reply).contains(&session));
    assert_eq!(world.calls(), Vec::<String>::new());
}

#[test]
fn test_first_payment_a_proxys_404_is_no_answer_of_stripes() {
    let (world, _) = clicked();
    world.pass(31 * MINUTE);
    for kind in [
        fake_stripe::FaultKind::NotFoundHtml,
        fake_stripe::FaultKind::NotJson,
        fake_stripe::FaultKind::NoObject,
    ] {
        world.always(fake_stripe::Scope::Any, kind);
        assert_eq!(world.ask(&link(LINK)).status, 503);
        assert_eq!(world.rows(ORDERS), ["1|pending|-"]);
        world.stripe.borrow_mut().clear_faults();
    }
    assert_eq!(
        world.rows("SELECT kind FROM incidents"),
        Vec::<String>::new()
    );
    assert_eq!(world.ask(&link(LINK)).status, 307);
    assert_eq!(world.rows(ORDERS)[1], "2|pending|-");
    let open = world
        .stripe
        .borrow()
        .open_sessions_by_charge(world.now_ms());
    assert_eq!(open.get("2"), Some(&1));
}

#[test]
fn test_first_payment_the_payer_has_still_to_do_something() {
    let (world, _) = clicked();
    let id = session(&world);
    let waits = world.stripe.borrow_mut().pay_by_microdeposits(&id, NOW);
    assert!(waits.is_ok());
    world.pass(31 * MINUTE);
    let page = world.ask(&link(LINK));
    assert_eq!(page.status, 409);
    is_page(&page, "Your payment is not finished yet");
    assert!(
        page.body.contains("href=\"https://payments.stripe.com/"),
        "{}",
        page.body
    );
    is_problem(
        &world.ask(&link(LINK).with("accept", JSON)),
        409,
        "action_required",
    );
    let back = world.ask(&get(&format!("/checkout/success?session_id={id}")));
    assert_eq!(back.status, 200);
    is_page(&back, "Your payment is not finished yet");
    // Once they have, it is with the bank.
    assert!(world.stripe.borrow_mut().complete_action(&id, NOW).is_ok());
    is_page(
        &world.ask(&link(LINK)),
        "Your bank is processing the payment",
    );
    assert_eq!(world.rows(ORDERS), ["1|pending|-"]);
}

#[test]
fn test_first_payment_a_refused_address_is_left_out() {
    let world = World::new().with_charge();
    let refused = fake_stripe::FaultKind::BadRequest {
        code: "email_invalid",
        param: "customer_email",
    };
    let fault = fake_stripe::Fault::next(fake_stripe::Scope::Create, refused, 1);
    world.stripe.borrow_mut().add_fault(fault);
    let reply = world.ask(&link(LINK));
    assert_eq!(reply.status, 307);
    let orders = "SELECT status, customer_email FROM orders ORDER BY id";
    assert_eq!(
        world.rows(orders),
        ["canceled|payer26@example.com", "pending|-"]
    );
    // It is not tried again with every order.
    world.pass(31 * MINUTE);
    assert_eq!(world.ask(&link(LINK)).status, 307);
    assert_eq!(world.rows(orders)[2], "pending|-");
    // Until the club has another address.
    world.import("player_id,player,amount,email\n26,Player 26,150.00,other@example.com\n");
    assert_eq!(world.rows("SELECT email_refused_at FROM players"), ["-"]);
    assert_eq!(
        world.rows("SELECT kind FROM incidents"),
        Vec::<String>::new()
    );
}

#[test]
fn test_first_payment_a_lasting_refusal_is_an_incident_and_leaves_no_trail() {
    let world = World::new().with_charge();
    let refused = fake_stripe::FaultKind::BadRequest {
        code: "parameter_invalid_integer",
        param: "line_items[0][price_data][unit_amount]",
    };
    world.always(fake_stripe::Scope::Create, refused);
    for _ in 0..20 {
        let click = world.ask(&link(LINK));
        assert_eq!(click.status, 503);
        assert!(click.header("retry-after").is_some());
    }
    // Two orders, and then a pause that grows.
    assert_eq!(world.rows("SELECT count(*) FROM orders"), ["2"]);
    assert_eq!(
        world.rows("SELECT kind, charge_id FROM incidents"),
        ["create_refused|2"]
    );
    for _ in 0..12 {
        world.pass(10 * MINUTE);
        world.ask(&link(LINK));
    }
    assert_eq!(world.rows("SELECT failed_creates FROM charges"), ["14"]);
    let pause = format!("SELECT create_after - {} FROM charges", world.now_ms());
    assert_eq!(world.rows(&pause), [(10 * MINUTE).to_string()]);
    // Once Stripe takes it, everything is as before.
    world.stripe.borrow_mut().clear_faults();
    world.pass(10 * MINUTE);
    assert_eq!(world.ask(&link(LINK)).status, 307);
    assert_eq!(
        world.rows("SELECT failed_creates, create_after FROM charges"),
        ["0|-"]
    );
}

#[test]
fn test_first_payment_a_session_without_a_url_is_given_up() {
    let world = World::new().with_charge();
    let fault =
        fake_stripe::Fault::next(fake_stripe::Scope::Create, fake_stripe::FaultKind::NoUrl, 1);
    world.stripe.borrow_mut().add_fault(fault);
    assert_eq!(world.ask(&link(LINK)).status, 503);
    assert_eq!(world.rows(ORDERS), ["1|canceled|unusable_url"]);
    assert!(!world.is_open(&world.first_session()));
    // The key would bring the same answer back; the next click has another one.
    assert_eq!(world.ask(&link(LINK)).status, 307);
}

#[test]
fn test_first_payment_a_lost_session_is_never_joined_by_a_second_one() {
    // The session was never stored; whether Stripe looks the key up before it checks the parameters is
    // documented nowhere.
    for validates_before_key in [false, true] {
        for minute in [5, 31, 36, 64, 66, 3 * 24 * 60] {
            let world = World::at_stripe(fake_stripe::Config {
                validates_before_key,
                ..Default::default()
            })
            .with_charge();
            world.dies_after_answer.set(true);
            let first = world.ask(&link(LINK));
            assert_eq!(first.status, 307);
            world.dies_after_answer.set(false);
            world.pass(minute * MINUTE);
            let reply = world.ask(&link(LINK));
            assert_eq!(reply.status, 307, "{validates_before_key} {minute}");
            assert_eq!(location(&first) == location(&reply), minute < 30);
            let open = world
                .stripe
                .borrow()
                .open_sessions_by_charge(world.now_ms());
            assert_eq!(open.get("2"), Some(&1), "{validates_before_key} {minute}");
        }
    }
}

#[test]
fn test_first_payment_a_lost_session_that_was_paid_is_found() {
    for minute in [31, 36, 66, 3 * 24 * 60] {
        let world = World::new().with_charge();
        world.dies_after_answer.set(true);
        assert_eq!(world.ask(&link(LINK)).status, 307);
        world.pay(&world.first_session());
        world.lose_webhooks();
        world.pass(minute * MINUTE);
        assert_eq!(world.ask(&link(LINK)).status, 409, "{minute}");
        assert_eq!(world.rows(ORDERS), ["1|paid|-"]);
    }
}

#[test]
fn test_first_payment_takes_twelve_seconds_of_stripe_at_most() {
    let (world, _) = clicked();
    world.pass(31 * MINUTE);
    world.latency.set(5_000);
    let fault = fake_stripe::Fault::next(
        fake_stripe::Scope::Any,
        fake_stripe::FaultKind::DropBefore,
        9,
    );
    world.stripe.borrow_mut().add_fault(fault);
    assert_eq!(world.ask(&link(LINK)).status, 503);
    assert_eq!(world.stripe_calls.get(), 3);
}

#[test]
fn test_first_payment_another_databases_payment_is_not_ours() {
    let world = World::new().with_charge();
    world.dies_after_answer.set(true);
    assert_eq!(world.ask(&link(LINK)).status, 307);
    // The same ids, from a database of last season on the same account.
    let attempt = "f".repeat(32);
    for installation in ["another", &"e".repeat(32)] {
        let object = serde_json::json!({
            "id": format!("cs_test_{installation}"), "status": "complete", "payment_status": "paid", "amount_total": 15000,
            "currency": "usd", "payment_intent": "pi_theirs",
            "metadata": { "installation": installation, "attempt": attempt, "order_id": "1", "charge_id": "2" } });
        let id = format!("evt_{installation}");
        let event = webhook(&id, "checkout.session.completed", object);
        assert_eq!(world.deliver(&event).status, 200);
    }
    assert_eq!(world.rows(ORDERS), ["1|pending|-"]);
    assert_eq!(
        world.rows("SELECT kind FROM incidents"),
        Vec::<String>::new()
    );
}

#[test]
fn test_first_payment_stale_pending_whose_session_was_never_stored() {
    let world = World::new().with_charge();
    world.dies_after_answer.set(true);
    let first = world.ask(&link(LINK));
    world.stripe.borrow_mut().clear_calls();
    world.pass(31 * MINUTE);
    let reply = world.ask(&link(LINK));
    assert_eq!(
        (reply.status, calls(&reply)),
        (307, "d1;desc=2, stripe;desc=3")
    );
    assert_ne!(location(&reply), location(&first));
    // The key brings the lost session back, so that it can be expired.
    assert_eq!(
        world.calls(),
        [
            "POST /v1/checkout/sessions",
            "POST /v1/checkout/sessions/ID/expire",
            "POST /v1/checkout/sessions"
        ]
    );
    assert_eq!(
        world
            .stripe
            .borrow()
            .open_sessions_by_charge(world.now_ms())
            .get("2"),
        Some(&1)
    );
}

#[test]
fn test_first_payment_imported_pending_without_session_is_not_asked_about() {
    let world = World::new().with_charge();
    world.execute(&format!(
        "INSERT INTO orders (attempt, id, charge_id, status, origin, amount_minor, currency, created_at)
         VALUES (lower(hex(randomblob(16))), 26, 2, 'pending', 'import', 15000, 'usd', {NOW} - 6 * 24 * 60 * {MINUTE})"
    ));
    let reply = world.ask(&link(LINK));
    assert_eq!(
        (reply.status, calls(&reply)),
        (307, "d1;desc=2, stripe;desc=1")
    );
    assert_eq!(world.rows(ORDERS), ["26|canceled|stale", "27|pending|-"]);
}

#[test]
fn test_first_payment_changed_amount_replaces_a_fresh_order() {
    let (world, old) = clicked();
    world.execute("UPDATE charges SET amount_minor = 16500");
    let reply = world.ask(&link(LINK));
    assert_eq!(
        (reply.status, calls(&reply)),
        (307, "d1;desc=2, stripe;desc=2")
    );
    assert_ne!(location(&reply), old);
    assert_eq!(
        world.rows("SELECT status, amount_minor FROM orders ORDER BY id"),
        ["canceled|15000", "pending|16500"]
    );
    assert_eq!(world.rows(ORDERS)[0], "1|canceled|amount_changed");
}

#[test]
fn test_first_payment_stale_pending_paid_at_stripe_is_settled() {
    let (world, _) = clicked();
    assert!(world.stripe.borrow_mut().pay(&session(&world), NOW).is_ok());
    world.pass(31 * MINUTE);
    let reply = world.ask(&link(LINK));
    assert_eq!(
        (reply.status, calls(&reply)),
        (409, "d1;desc=2, stripe;desc=2")
    );
    is_page(&reply, "Already paid");
    assert_eq!(world.rows(ORDERS), ["1|paid|-"]);
    assert_eq!(world.rows(EVENTS)[1], "1|pending|paid|click");
    assert!(world.rows("SELECT payment_intent_id FROM orders")[0].starts_with("pi_"));
    is_problem(
        &world.ask(&link(LINK).with("accept", JSON)),
        409,
        "already_paid",
    );
}

#[test]
fn test_first_payment_stale_pending_processing_at_a_bank() {
    let (world, _) = clicked();
    assert!(
        world
            .stripe
            .borrow_mut()
            .pay_by_debit(&session(&world), NOW)
            .is_ok()
    );
    world.pass(3 * 24 * 60 * MINUTE);
    both(
        &world,
        409,
        "Your bank is processing the payment",
        "processing",
        "d1;desc=1, stripe;desc=1",
    );
    assert_eq!(world.rows(ORDERS), ["1|pending|-"]);
    assert_eq!(world.stripe.borrow().sessions().count(), 1);
}

#[test]
fn test_first_payment_stale_pending_whose_debit_failed_is_replaced() {
    let (world, _) = clicked();
    let id = session(&world);
    assert!(world.stripe.borrow_mut().pay_by_debit(&id, NOW).is_ok());
    assert!(
        world
            .stripe
            .borrow_mut()
            .resolve_async_payment(&id, false, NOW)
            .is_ok()
    );
    world.pass(31 * MINUTE);
    assert_eq!(world.ask(&link(LINK)).status, 307);
    assert_eq!(
        world.rows(ORDERS),
        ["1|canceled|payment_failed", "2|pending|-"]
    );
}

#[test]
fn test_first_payment_stripe_down_changes_nothing_but_the_claim() {
    let world = World::new().with_charge();
    let fault = fake_stripe::Fault::next(
        fake_stripe::Scope::Create,
        fake_stripe::FaultKind::DropBefore,
        3,
    );
    world.stripe.borrow_mut().add_fault(fault);
    let reply = world.ask(&link(LINK));
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (503, Some("5"))
    );
    is_page(&reply, "Please try again in a moment");
    assert!(reply.body.contains("<form method=\"post\">"));
    assert_eq!(world.rows(ORDERS), ["1|pending|-"]);
    let again = world.ask(&link(LINK));
    assert_eq!(
        (again.status, world.stripe.borrow().sessions().count()),
        (307, 1)
    );
    assert_eq!(world.rows(ORDERS), ["1|pending|-"]);
}

#[test]
fn test_first_payment_stale_pending_stays_while_stripe_is_down() {
    let (world, _) = clicked();
    world.pass(31 * MINUTE);
    let before = world.all_rows();
    let fault = fake_stripe::Fault::next(
        fake_stripe::Scope::Expire,
        fake_stripe::FaultKind::DropAfter,
        3,
    );
    world.stripe.borrow_mut().add_fault(fault);
    let reply = world.ask(&link(LINK).with("accept", JSON));
    is_problem(&reply, 503, "try_again");
    assert_eq!(world.all_rows(), before);
    assert_eq!(world.ask(&link(LINK)).status, 307);
    assert_eq!(world.rows(ORDERS), ["1|canceled|stale", "2|pending|-"]);
}

#[test]
fn test_first_payment_saved_server_error_takes_a_new_key() {
    let world = World::new().with_charge();
    let fault = fake_stripe::Fault::next(
        fake_stripe::Scope::Create,
        fake_stripe::FaultKind::ErrorAfter,
        1,
    );
    world.stripe.borrow_mut().add_fault(fault);
    assert_eq!(world.ask(&link(LINK)).status, 503);
    assert_eq!(world.rows(ORDERS), ["1|canceled|stripe_error"]);
    assert_eq!(world.ask(&link(LINK)).status, 307);
    assert_eq!(
        world.rows(ORDERS),
        ["1|canceled|stripe_error", "2|pending|-"]
    );
}

#[test]
fn test_first_payment_saved_server_error_after_a_crash_heals_in_one_click() {
    let world = World::new().with_charge();
    let fault = fake_stripe::Fault::next(
        fake_stripe::Scope::Create,
        fake_stripe::FaultKind::ErrorAfter,
        1,
    );
    world.stripe.borrow_mut().add_fault(fault);
    assert_eq!(world.ask(&link(LINK)).status, 503);
    // As if the Worker had died before it gave the order up.
    world.execute(
        "DROP TRIGGER orders_legal_moves; UPDATE orders SET status = 'pending', canceled_at = NULL, cancel_reason = NULL;
         UPDATE charges SET failed_creates = 0, create_after = NULL",
    );
    assert_eq!(world.ask(&link(LINK)).status, 307);
    assert_eq!(
        world.rows(ORDERS),
        ["1|canceled|stripe_error", "2|pending|-"]
    );
}

#[test]
fn test_first_payment_d1_down() {
    let (world, _) = clicked();
    world.d1_is_down.set(true);
    let reply = world.ask(&link(LINK));
    assert_eq!(reply.status, 503);
    assert!(!reply.body.contains("D1"));
    is_problem(
        &world.ask(&link(LINK).with("accept", JSON)),
        503,
        "try_again",
    );
    assert_eq!(world.calls(), Vec::<String>::new());
    // Machines never noticed.
    assert_eq!(world.ask(&link(LINK).by(FACEBOOK)).status, 200);
}

#[test]
fn test_first_payment_other_methods_and_large_bodies() {
    let world = World::new().with_charge();
    let put = world.ask(&link(LINK).method("PUT"));
    assert_eq!(
        (put.status, put.header("allow")),
        (405, Some("GET, HEAD, POST, OPTIONS"))
    );
    let large = world.ask(&link(LINK).method("POST").with("content-length", "10485760"));
    assert_eq!(large.status, 413);
    assert_eq!(world.rows(ORDERS), Vec::<String>::new());
}

#[test]
fn test_pay_is_the_same_guard() {
    let world = World::new().with_charge();
    let reply = world.ask(&get("/checkout/pay?token=demo-token-26&utm_source=mail"));
    assert_eq!(
        (reply.status, calls(&reply)),
        (307, "d1;desc=1, stripe;desc=1")
    );
    assert_eq!(location(&world.ask(&link(LINK))), location(&reply));
}

#[test]
fn test_every_answer_keeps_the_token_to_itself() {
    let (world, _) = clicked();
    for reply in [
        world.ask(&link(LINK)),
        world.ask(&link(LINK).by(FACEBOOK)),
        world.ask(&link("no-such-token")),
        world.ask(&link(LINK).with("sec-purpose", "prefetch")),
        world.ask(&get("/nowhere")),
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
    let world = World::new().with_charge();
    world.tries_left.set(1);
    assert_eq!(world.ask(&link("no-such-token")).status, 404);
    let limited = world.ask(&link("no-such-token"));
    assert_eq!(
        (limited.status, limited.header("retry-after")),
        (429, Some("60"))
    );
    is_page(&limited, "Too many tries");
    is_problem(
        &world.ask(&link("no-such-token").with("accept", JSON)),
        429,
        "too_many_tries",
    );
    assert_eq!(world.ask(&link(LINK)).status, 307);
}
