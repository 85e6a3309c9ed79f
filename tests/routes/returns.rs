//! `/checkout/success`, `/checkout/cancel`, `/healthz`, and what is on no route.

use crate::harness::{Calls, Harness, JSON, NOW, get};

#[test]
fn test_success_settles_before_the_webhook_comes() {
    let (harness, session) = Harness::clicked();
    assert!(harness.stripe.borrow_mut().pay(&session, NOW).is_ok());
    let target = format!("/checkout/success?session_id={session}");
    let page = harness.ask(&get(&target));
    assert_eq!(page.status, 200);
    assert!(
        page.body
            .contains("We have received your payment of $150.00."),
        "{}",
        page.body
    );
    for fact in [
        "<dd>First payment, Player 26</dd>",
        "<dd>November 18, 2026</dd>",
        "<dd>1</dd>",
        ">Show the receipt</a>",
    ] {
        assert!(page.body.contains(fact), "{fact}: {}", page.body);
    }
    assert_eq!(
        harness.rows("SELECT status, cause FROM orders"),
        ["paid|return"]
    );
    let after = harness.rows("SELECT * FROM orders");
    harness.deliver_webhooks();
    assert!(harness.ask(&get(&target)).body.contains("Thank you"));
    assert_eq!(harness.rows("SELECT * FROM orders"), after);
}

#[test]
fn test_success_of_what_is_not_paid_says_so() {
    let (harness, session) = Harness::clicked();
    let page = harness.ask(&get(&format!("/checkout/success?session_id={session}")));
    assert!(page.status == 200 && page.body.contains("You have not paid yet"));
    assert!(
        page.body
            .contains(&format!("action=\"{}\"", cancel_url(&harness)))
    );
    assert!(
        harness
            .stripe
            .borrow_mut()
            .pay_by_debit(&session, NOW)
            .is_ok()
    );
    let page = harness.ask(&get(&format!("/checkout/success?session_id={session}")));
    for text in [
        "Your payment is being confirmed. We are waiting for your bank, which usually takes up to five business days.",
        "<dt>For</dt><dd>First payment, Player 26</dd>",
    ] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    assert_eq!(harness.rows("SELECT status FROM orders"), ["pending"]);
    let unknown = harness.ask(&get("/checkout/success"));
    let text = "We are waiting for Stripe, which usually takes a few minutes.";
    assert!(unknown.body.contains(text), "{}", unknown.body);
}

#[test]
fn test_success_says_in_the_pages_language_what_was_paid_for() {
    let (harness, session) = Harness::clicked();
    harness.execute("UPDATE charges SET kind = 'monthly', period = '2026-05'");
    assert!(harness.stripe.borrow_mut().pay(&session, NOW).is_ok());
    let target = format!("/checkout/success?session_id={session}");
    for (language, said) in [
        ("en", "Monthly fee for May 2026, Player 26"),
        ("es-MX", "Cuota mensual de mayo de 2026, Player 26"),
        ("pt-BR", "Mensalidade de maio de 2026, Player 26"),
        ("fr", "Cotisation mensuelle, mai 2026, Player 26"),
        ("de", "Monatsbeitrag für Mai 2026, Player 26"),
    ] {
        let page = harness.ask(&get(&target).with("accept-language", language));
        let fact = format!("<dd>{said}</dd>");
        assert!(page.body.contains(&fact), "{fact}: {}", page.body);
    }
    // Stripe's page keeps the name that it was shown with.
    assert_eq!(
        harness.rows("SELECT product_name FROM orders"),
        ["First payment, Player 26, Example Youth Club"]
    );
    harness.execute("UPDATE players SET erased_at = updated_at, name = 'Erased player'");
    let page = harness.ask(&get(&target)).body;
    assert!(page.contains("<dd>Monthly fee for May 2026</dd>"), "{page}");
}

#[test]
fn test_success_of_anything_else_touches_nothing() {
    let (harness, _) = Harness::clicked();
    let before = harness.all_rows();
    harness.stripe.borrow_mut().clear_calls();
    for query in [
        "",
        "?session_id=",
        "?session_id=cs_test_unknown",
        "?session_id=../../v1/x",
        "?session_id={CHECKOUT_SESSION_ID}",
    ] {
        assert_eq!(
            harness
                .ask(&get(&format!("/checkout/success{query}")))
                .status,
            200,
            "{query}"
        );
    }
    harness.d1_is_down.set(true);
    assert_eq!(
        harness
            .ask(&get("/checkout/success?session_id=cs_test_unknown"))
            .status,
        200
    );
    assert_eq!(
        (harness.all_rows(), harness.stripe_calls()),
        (before, vec![])
    );
}

#[test]
fn test_cancel_says_that_nothing_was_taken() {
    let (harness, _) = Harness::clicked();
    let before = harness.all_rows();
    harness.stripe.borrow_mut().clear_calls();
    harness.d1_is_down.set(true);
    for query in [
        "",
        "?attempt=",
        "?attempt=26",
        "?attempt=../../admin",
        "?attempt=\"><b>",
    ] {
        let page = harness.ask(&get(&format!("/checkout/cancel{query}")));
        assert!(page.status == 200 && page.body.contains("No money was taken"));
        assert!(
            !page.body.contains("<form") && !page.body.contains("<b>"),
            "{query}"
        );
        let head = harness.ask(&get("/checkout/cancel").method("HEAD"));
        assert!(head.status == 200 && head.body.is_empty());
        let post = harness.ask(&get(&format!("/checkout/cancel{query}")).method("POST"));
        assert_eq!(post.status, 404, "{query}");
    }
    let page = harness.ask(&get(&cancel_url(&harness)));
    assert!(page.status == 200 && page.body.contains("No money was taken"));
    let form = format!("<form method=\"post\" action=\"{}\">", cancel_url(&harness));
    assert!(page.body.contains(&form), "{}", page.body);
    assert_eq!(harness.calls.get(), Calls::default());
    let put = harness.ask(&get(&cancel_url(&harness)).method("PUT"));
    assert_eq!(
        (put.status, put.header("allow")),
        (405, Some("GET, HEAD, POST"))
    );
    assert_eq!(
        (harness.all_rows(), harness.stripe_calls()),
        (before, vec![])
    );
}

/// Where Stripe leads a payer back to who does not pay, without the origin.
fn cancel_url(harness: &Harness) -> String {
    let d1 = harness.d1_is_down.replace(false);
    let attempt = harness
        .rows("SELECT attempt FROM orders ORDER BY id LIMIT 1")
        .remove(0);
    harness.d1_is_down.set(d1);
    format!("/checkout/cancel?attempt={attempt}")
}

#[test]
fn test_cancel_goes_on_with_the_same_session() {
    let (harness, session) = Harness::clicked();
    harness.stripe.borrow_mut().clear_calls();
    let on = harness.ask(&get(&cancel_url(&harness)).method("POST"));
    assert_eq!(on.status, 303);
    assert!(
        on.header("location")
            .is_some_and(|url| url.contains(&session))
    );
    assert_eq!(harness.stripe_calls(), Vec::<String>::new());
    // Once it is stale, another takes its place, as for the link.
    harness.pass(31 * 60_000);
    let on = harness.ask(&get(&cancel_url(&harness)).method("POST"));
    assert_eq!(on.status, 303);
    assert_ne!(harness.newest_session(), session);
    assert_eq!(
        harness.rows("SELECT status, link_id FROM orders ORDER BY id"),
        ["canceled|1", "pending|-"]
    );
    harness.pay(&harness.newest_session());
    harness.deliver_webhooks();
    let paid = harness.ask(&get(&cancel_url(&harness)).method("POST"));
    assert!(paid.status == 409 && paid.body.contains("Already paid"));
}

#[test]
fn test_cancel_of_an_attempt_that_nobody_made() {
    let (harness, _) = Harness::clicked();
    let before = harness.all_rows();
    harness.stripe.borrow_mut().clear_calls();
    let target = format!("/checkout/cancel?attempt={}", "5a".repeat(16));
    assert_eq!(harness.ask(&get(&target)).status, 200);
    let post = harness.ask(&get(&target).method("POST"));
    assert!(post.status == 404 && post.body.contains("We do not know this link"));
    assert_eq!(
        (harness.all_rows(), harness.stripe_calls()),
        (before, vec![])
    );
}

#[test]
fn test_success_of_a_failed_debit_offers_to_pay_again() {
    for webhooks in [false, true] {
        let (harness, session) = Harness::clicked();
        harness.debit(&session);
        harness.bank(&session, false);
        harness.pass(31 * 60_000);
        if webhooks {
            harness.deliver_webhooks();
            assert_eq!(
                harness.rows("SELECT status, cancel_reason FROM orders"),
                ["canceled|payment_failed"]
            );
        }
        let before = harness.rows("SELECT * FROM orders");
        let page = harness.ask(&get(&format!("/checkout/success?session_id={session}")));
        assert_eq!(page.status, 200);
        for text in [
            "<h1>Your payment did not go through</h1>",
            &format!("<form method=\"post\" action=\"{}\">", cancel_url(&harness)),
            ">Pay again</button>",
        ] {
            assert!(page.body.contains(text), "{text}: {}", page.body);
        }
        assert_eq!(harness.rows("SELECT * FROM orders"), before);
        let again = harness.ask(&get(&cancel_url(&harness)).method("POST"));
        let to_new = |url: &str| url.contains(&harness.newest_session());
        assert!(again.status == 303 && again.header("location").is_some_and(to_new));
        assert_ne!(harness.newest_session(), session);
        assert_eq!(
            harness.rows("SELECT status, cancel_reason FROM orders ORDER BY id"),
            ["canceled|payment_failed", "pending|-"]
        );
    }
}

#[test]
fn test_health_names_the_schema() {
    let harness = Harness::new();
    let reply = harness.ask(&get("/healthz"));
    assert_eq!(reply.status, 200, "{}", reply.body);
    harness.execute("INSERT INTO d1_migrations (name) VALUES ('9999_later.sql')");
    harness.pass(5_000);
    let reply = harness.ask(&get("/healthz"));
    assert!(reply.status == 503 && reply.body.contains("schema_differs"));
    harness.d1_is_down.set(true);
    harness.pass(5_000);
    let reply = harness.ask(&get("/healthz"));
    assert!(reply.status == 503 && reply.body.contains("database_unreachable"));
}

#[test]
fn test_nothing_stands_elsewhere() {
    let harness = Harness::new();
    for path in ["/", "/checkout", "/checkout/first-payment/", "/favicon.png"] {
        assert_eq!(harness.ask(&get(path)).status, 404, "{path}");
        let json = harness.ask(&get(path).with("accept", JSON));
        assert_eq!(
            json.header("content-type"),
            Some("application/problem+json")
        );
    }
}
