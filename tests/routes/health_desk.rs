//! `GET /admin/health`: each check, well and not.

use checkout_guard::domain::time::UnixMillis;
use serde_json::Value;

use crate::harness::{ADMIN, Harness, MINUTE, NOW, desk, get, link};

const URL: &str = "https://pay.club.example/webhooks/stripe";

/// A run of the cron ended at that time.
fn ran(harness: &Harness, at: UnixMillis) {
    harness.execute(&format!(
        "INSERT INTO signals (what, at) VALUES ('run', {}) ON CONFLICT (what) DO UPDATE SET at = excluded.at",
        at.0
    ));
}

fn health(harness: &Harness) -> Value {
    harness.read("/admin/health")
}

/// A check as `status: detail`.
fn check(harness: &Harness, name: &str) -> String {
    let health = health(harness);
    let checks = health["checks"].as_array().into_iter().flatten();
    let mut checks = checks.filter(|check| check["name"] == name);
    let check = checks.next().unwrap_or_else(|| panic!("no {name}"));
    assert_eq!(
        check["advice"].is_null(),
        check["status"] == "ok",
        "{check}"
    );
    format!(
        "{}: {}",
        check["status"].as_str().unwrap_or_default(),
        check["detail"].as_str().unwrap_or_default()
    )
}

/// With a webhook endpoint at Stripe that leads here.
fn with_endpoint(changes: impl FnOnce(&mut fake_stripe::Config)) -> Harness {
    let mut config = fake_stripe::Config {
        webhook_url: URL.to_owned(),
        ..Default::default()
    };
    changes(&mut config);
    Harness::at_stripe(config)
}

#[test]
fn test_health_desk_is_for_operators_alone() {
    let harness = Harness::new();
    assert_eq!(harness.ask(&get("/admin/health")).status, 401);
    assert_eq!(harness.calls.get(), crate::harness::Calls::default());
}

#[test]
fn test_health_desk_asks_stripe_twice_and_changes_nothing() {
    let harness = with_endpoint(|_| {});
    let before = harness.all_rows();
    health(&harness);
    assert_eq!(
        harness.stripe_calls(),
        ["GET /v1/checkout/sessions", "GET /v1/webhook_endpoints"]
    );
    assert_eq!(harness.all_rows(), before);
}

#[test]
fn test_health_desk_all_is_well_but_that_it_is_a_test() {
    let harness = Harness::configured(&[
        ("PUBLIC_ORIGIN", "http://localhost:8787"),
        ("ALERT_WEBHOOK_URL", "https://hooks.club.example/1"),
    ])
    .with_charge();
    harness.ask(&link("demo-token-26"));
    harness.pay(&harness.newest_session());
    harness.deliver_webhooks();
    let now = UnixMillis(harness.now_ms());
    ran(&harness, now);
    let health = health(&harness);
    assert_eq!(health["status"], "ok", "{health:#}");
    assert_eq!(health["due"], 0);
    assert!(health["last_event_at"].is_string() && health["last_run_at"].is_string());
    let page = harness.ask(&desk("/admin/health")).body.to_string();
    assert!(
        page.contains("Everything works.")
            && page.contains(r#"<span class="state good">ok</span>"#)
    );
    assert!(!page.contains(ADMIN) && !page.contains("sk_test"));
}

#[test]
fn test_health_desk_stripes_key() {
    use fake_stripe::{FaultKind, Scope};
    let harness = with_endpoint(|_| {});
    assert!(check(&harness, "stripe_key").starts_with("warn: The key works. It is of test mode"));
    for (kind, expected) in [
        (FaultKind::Unauthorized, "bad: Stripe refuses the key"),
        (FaultKind::Forbidden, "bad: Stripe refuses the key"),
        (FaultKind::DropBefore, "warn: Stripe did not answer"),
        (FaultKind::RateLimit, "warn: Stripe did not answer"),
        (FaultKind::ErrorBefore, "warn: Stripe did not answer"),
        (
            FaultKind::NotFoundHtml,
            "bad: Stripe answered what cannot be understood",
        ),
    ] {
        let harness = with_endpoint(|_| {});
        harness.always(Scope::Any, kind);
        let found = check(&harness, "stripe_key");
        assert!(found.starts_with(expected), "{kind:?}: {found}");
        assert!(harness.calls.get().stripe <= 2, "one try each");
    }
}

#[test]
fn test_health_desk_the_webhook_endpoint() {
    use fake_stripe::{FaultKind, Scope};
    let name = "webhook_endpoint";
    let found = check(&with_endpoint(|_| {}), name);
    assert!(found.starts_with("ok: "), "{found}");
    let elsewhere = check(&Harness::new(), name);
    assert!(elsewhere.starts_with(
        "bad: Stripe has no webhook endpoint for https://pay.club.example/webhooks/stripe"
    ));
    let few = check(
        &with_endpoint(|config| config.enabled_events = vec!["charge.refunded".to_owned()]),
        name,
    );
    assert!(
        few.starts_with("bad: The webhook endpoint does not get checkout.session.completed, "),
        "{few}"
    );
    let harness = with_endpoint(|_| {});
    harness.always(Scope::WebhookEndpoints, FaultKind::Forbidden);
    let forbidden = check(&harness, name);
    assert!(
        forbidden.starts_with("warn: The key may not read"),
        "{forbidden}"
    );
    assert!(check(&harness, "stripe_key").contains("The key works"));
}

#[test]
fn test_health_desk_webhooks_and_their_delay() {
    let harness = with_endpoint(|_| {});
    assert!(check(&harness, "webhooks").starts_with("warn: No event"));
    let event = |id: &str, created: i64, received: i64| {
        harness.execute(&format!(
            "INSERT INTO stripe_events VALUES ('{id}', 'x', NULL, 'ignored', {created}, {received})"
        ));
    };
    event("evt_1", NOW - 60 * MINUTE, NOW - 2 * MINUTE);
    let late = check(&harness, "webhooks");
    assert!(
        late.starts_with("warn: ") && late.contains("58 minutes after it happened"),
        "{late}"
    );
    event("evt_2", NOW - 2000, NOW);
    let found = check(&harness, "webhooks");
    assert!(
        found.starts_with("ok: ") && found.contains("2 seconds after it happened"),
        "{found}"
    );
    assert_eq!(health(&harness)["last_event_delay_seconds"], 2);
}

#[test]
fn test_health_desk_reconcile() {
    let harness = with_endpoint(|_| {}).with_charge();
    assert!(check(&harness, "reconcile").starts_with("warn: No run"));
    let at = |minutes: i64| UnixMillis(harness.now_ms() - minutes * MINUTE);
    ran(&harness, at(4));
    assert_eq!(
        check(&harness, "reconcile"),
        "ok: The last run ended 4 minutes ago, and no order waits to be looked at."
    );
    harness.ask(&link("demo-token-26"));
    harness.pass(80 * MINUTE);
    let found = check(&harness, "reconcile");
    assert!(
        found.starts_with("bad: The last run ended 84 minutes ago, and 1 order waits"),
        "{found}"
    );
    let now = UnixMillis(harness.now_ms());
    ran(&harness, now);
    assert!(check(&harness, "reconcile").starts_with("warn: "));
    harness.reconcile();
    assert!(check(&harness, "reconcile").starts_with("ok: "));
}

#[test]
fn test_health_desk_the_database() {
    let harness = with_endpoint(|_| {});
    assert!(check(&harness, "database").starts_with("ok: "));
    harness.execute("DELETE FROM d1_migrations");
    assert!(check(&harness, "database").starts_with("bad: The newest migration is none"));
    harness.execute("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; DROP TABLE links");
    assert!(check(&harness, "database").starts_with("bad: The database lacks"));
    harness.d1_is_down.set(true);
    assert!(check(&harness, "database").starts_with("bad: The database did not answer"));
    assert!(check(&harness, "webhooks").starts_with("bad: The database cannot be read"));
    harness.d1_is_used_up();
    harness.pass(5_000);
    assert!(check(&harness, "database").starts_with("bad: D1's free plan refuses everything"));
}

#[test]
fn test_health_desk_configuration_limiters_and_alerts() {
    let harness = with_endpoint(|_| {});
    assert!(check(&harness, "configuration").starts_with("ok: "));
    assert!(check(&harness, "alerts").starts_with("warn: Nobody is told"));
    harness.missing.replace(vec!["SUCCESS_PAGE"]);
    assert_eq!(
        check(&harness, "limiters"),
        "warn: Limiters are missing: SUCCESS_PAGE."
    );
    for (name, value, part) in [
        ("CLUB_TIMEZONE", "Nowhere/Land", "warn: CLUB_TIMEZONE"),
        ("PAUSED", "on", "bad: PAUSED is on"),
    ] {
        let harness = Harness::configured(&[(name, value)]);
        let found = check(&harness, "configuration");
        assert!(found.starts_with(part), "{found}");
    }
}

#[test]
fn test_health_desk_says_first_that_nobody_can_pay() {
    let works = with_endpoint(|_| {});
    let paused = Harness::configured(&[("PAUSED", "on")]);
    let refused = Harness::at_stripe(fake_stripe::Config {
        webhook_url: URL.to_owned(),
        ..Default::default()
    });
    refused.always(
        fake_stripe::Scope::Any,
        fake_stripe::FaultKind::Unauthorized,
    );
    for target in ["/admin", "/admin/health"] {
        let page = works.ask(&desk(target)).body.to_string();
        assert!(!page.contains("Nobody can pay"), "{page}");
        for harness in [&paused, &refused] {
            let page = harness.ask(&desk(target)).body.to_string();
            assert!(!page.contains("Payments work"), "{page}");
            let main = page.split_once("</h1>").map_or("", |(_, main)| main);
            assert!(
                main.starts_with(
                    "<div class=\"note bad\" role=\"alert\"><p><strong>Nobody can pay.</strong>"
                ),
                "{main}"
            );
        }
    }
}
