//! Alerts: what opens them, who is told, and how often.

use std::collections::BTreeSet;

use checkout_guard::{
    alerts::{deliver::deliver, run as after_run},
    config::{AlertSettings, Misconfigured},
    domain::mail::NotTaken,
};
use fake_stripe::{FaultKind, Scope};

use crate::harness::{Harness, MINUTE, config, get, link, run};

const HOOK: &str = "https://hooks.example/T000/secret-of-the-hook";
const SECOND: i64 = 1_000;

/// With both channels, and its answers counted.
fn harness() -> Harness {
    configured(&[
        ("ALERT_WEBHOOK_URL", HOOK),
        ("ALERT_EMAIL", "oncall@club.example"),
        ("MAIL_FROM", "alerts@club.example"),
    ])
}

fn configured(changes: &[(&str, &str)]) -> Harness {
    Harness::configured(changes).with_charge()
}

/// Somebody opens an incident, as a click of the guard would.
fn open(harness: &Harness, kind: &str, about: &str) {
    let now = harness.now_ms();
    harness.execute(&format!(
        "INSERT INTO incidents (subject, kind, amount_minor, currency, owed_minor, owed_currency, detail, opened_at)
         VALUES ('{kind}:{about}', '{kind}', 15000, 'usd', 16500, 'usd', 'a detail', {now})"
    ));
}

fn resolve(harness: &Harness, kind: &str) {
    let now = harness.now_ms();
    harness.execute(&format!(
        "UPDATE incidents SET resolved_at = {now}, resolution = 'seen' WHERE kind = '{kind}' AND resolved_at IS NULL"
    ));
}

/// The texts that the webhook took.
fn texts(harness: &Harness) -> Vec<String> {
    let taken = harness.hook.taken.borrow();
    let text = |json: &String| {
        let message: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
        message["text"].as_str().unwrap_or_default().to_owned()
    };
    taken.iter().map(|posted| text(&posted.json)).collect()
}

fn titles(harness: &Harness) -> Vec<String> {
    let first = |text: &String| text.lines().next().unwrap_or_default().to_owned();
    texts(harness).iter().map(first).collect()
}

fn incidents(harness: &Harness) -> Vec<String> {
    harness.rows("SELECT kind, IIF(resolved_at IS NULL, 'open', 'over') FROM incidents ORDER BY id")
}

const ERRORS: &str = "*Example Youth Club: Parents get an error instead of the payment page*";

#[test]
fn test_alerts_each_channel_is_told_once_of_an_incident_and_once_of_its_end() {
    let harness = harness();
    open(&harness, "amount_mismatch", "pi_1");
    assert_eq!(harness.cron().done, 1);
    assert_eq!(
        texts(&harness),
        [
            "*Example Youth Club: Another amount than is owed was paid*\n\
          Ask the payer for the rest, or refund what is too much.\n\
          Amount: 150.00 USD; owed: 165.00 USD.\n\
          Incident 1: https://pay.club.example/admin/incidents"
        ]
    );
    {
        let mails = harness.mail.taken.borrow();
        assert_eq!(mails.len(), 1);
        let mail = &mails[0];
        assert_eq!(
            (mail.from.as_str(), mail.to.as_str()),
            ("alerts@club.example", "oncall@club.example")
        );
        assert_eq!(
            mail.subject,
            "Example Youth Club: Another amount than is owed was paid"
        );
        assert!(mail.text.contains("150.00 USD"), "{}", mail.text);
        assert!(
            mail.html
                .contains("<a href=\"https://pay.club.example/admin/incidents\">")
        );
    }
    for _ in 0..3 {
        harness.pass(6 * 60 * MINUTE);
        harness.cron();
    }
    assert_eq!(
        (texts(&harness).len(), harness.mail.taken.borrow().len()),
        (1, 1)
    );

    resolve(&harness, "amount_mismatch");
    harness.cron();
    assert_eq!(
        titles(&harness)[1],
        "*Example Youth Club: over: Another amount than is owed was paid*"
    );
    harness.cron();
    assert_eq!(
        (texts(&harness).len(), harness.mail.taken.borrow().len()),
        (2, 2)
    );
    assert_eq!(
        harness.rows("SELECT count(*) FROM outbox WHERE next_try_at IS NOT NULL"),
        ["0"]
    );
}

#[test]
fn test_alerts_hold_no_token_no_address_and_no_name() {
    let harness = harness();
    harness.always(Scope::Create, FaultKind::ErrorBefore);
    for _ in 0..3 {
        assert_eq!(harness.ask(&link("demo-token-26")).status, 503);
        harness.pass(MINUTE);
    }
    harness.cron();
    let mails = harness.mail.taken.borrow();
    let mails = mails.iter().map(|mail| format!("{mail:?}"));
    let all: Vec<_> = texts(&harness).into_iter().chain(mails).collect();
    assert!(!all.is_empty());
    for text in all {
        for personal in ["demo-token", "Player 26", "payer26", "secret-of-the-hook"] {
            assert!(!text.contains(personal), "{text}");
        }
    }
}

#[test]
fn test_alerts_text_is_escaped_as_slack_wants_it() {
    let harness = configured(&[("ALERT_WEBHOOK_URL", HOOK), ("CLUB_NAME", "Fun & <Games>")]);
    open(&harness, "dispute", "dp_1");
    harness.cron();
    assert!(titles(&harness)[0].starts_with("*Fun &amp; &lt;Games&gt;: "));
}

#[test]
fn test_alerts_are_tried_again_with_growing_pauses_until_each_channel_took_them() {
    let harness = harness();
    harness.hook.refuses.set(Some(NotTaken::Status(500)));
    open(&harness, "dispute", "dp_1");
    let mut waited = Vec::new();
    for _ in 0..12 {
        harness.cron();
        let next: i64 = harness
            .rows("SELECT next_try_at FROM outbox")
            .remove(0)
            .parse()
            .unwrap_or_default();
        waited.push((next - harness.now_ms()) / MINUTE);
        harness.pass(next - harness.now_ms() - 1);
        harness.cron();
        harness.pass(1);
    }
    assert_eq!(
        waited,
        [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360],
        "and nothing is tried before its time"
    );
    assert_eq!(harness.hook.tries.get(), 12);
    assert_eq!(harness.mail.tries.get(), 1, "the other channel took it");
    harness.hook.refuses.set(None);
    harness.cron();
    harness.pass(24 * 60 * MINUTE);
    harness.cron();
    assert_eq!(
        (harness.hook.taken.borrow().len(), harness.mail.tries.get()),
        (1, 1)
    );
}

#[test]
fn test_alerts_an_end_is_not_told_before_its_beginning() {
    let harness = harness();
    harness.hook.refuses.set(Some(NotTaken::NoAnswer));
    open(&harness, "dispute", "dp_1");
    harness.cron();
    resolve(&harness, "dispute");
    for _ in 0..4 {
        harness.pass(3 * MINUTE);
        harness.cron();
    }
    let mails = harness.mail.taken.borrow().len();
    assert_eq!(
        mails, 2,
        "the email service took the first, and then the second"
    );
    harness.hook.refuses.set(None);
    for _ in 0..6 {
        harness.pass(60 * MINUTE);
        harness.cron();
    }
    assert_eq!(
        titles(&harness),
        [
            "*Example Youth Club: A payer disputes a payment*",
            "*Example Youth Club: over: A payer disputes a payment*"
        ]
    );
}

#[test]
fn test_alerts_a_run_that_dies_after_sending_sends_once_more_under_the_same_key() {
    let harness = configured(&[("ALERT_WEBHOOK_URL", HOOK)]);
    open(&harness, "dispute", "dp_1");
    harness.hook.breaks_d1.set(true);
    harness.cron();
    harness.hook.breaks_d1.set(false);
    harness.d1_is_down.set(false);
    harness.cron();
    assert_eq!(
        harness.hook.tries.get(),
        1,
        "within the lease nobody sends it"
    );
    harness.pass(MINUTE);
    harness.cron();
    harness.pass(24 * 60 * MINUTE);
    harness.cron();
    let taken = harness.hook.taken.borrow();
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[0], taken[1]);
    assert!(taken[0].key.starts_with("alert_"), "{}", taken[0].key);
}

#[test]
fn test_alerts_keys_differ() {
    let harness = configured(&[("ALERT_WEBHOOK_URL", HOOK)]);
    open(&harness, "dispute", "dp_1");
    open(&harness, "dispute", "dp_2");
    harness.cron();
    resolve(&harness, "dispute");
    harness.cron();
    let taken = harness.hook.taken.borrow();
    let keys: BTreeSet<_> = taken.iter().map(|posted| posted.key.clone()).collect();
    assert_eq!((taken.len(), keys.len()), (4, 4));
    assert!(taken.iter().all(|posted| posted.url == HOOK));
}

#[test]
fn test_alerts_without_channels_nothing_is_kept_for_later() {
    let harness = configured(&[]);
    open(&harness, "dispute", "dp_1");
    harness.cron();
    assert_eq!(
        harness.rows("SELECT next_try_at, webhook_at, email_at FROM outbox"),
        ["-|-|-"]
    );
    let now_with = configured(&[("ALERT_EMAIL", "oncall@club.example")]);
    now_with.has_mail_binding.set(false);
    open(&now_with, "dispute", "dp_1");
    now_with.cron();
    assert_eq!(now_with.mail.tries.get(), 0);
    assert_eq!(
        now_with.rows("SELECT detail FROM incidents WHERE kind = 'incomplete_setup'"),
        [
            "MAIL_FROM is missing: no alert is sent to ALERT_EMAIL; the binding EMAIL is missing: no alert is sent to ALERT_EMAIL"
        ]
    );
}

#[test]
fn test_alerts_a_run_stays_within_its_budget_and_the_next_goes_on() {
    let harness = harness();
    for number in 0..40 {
        open(&harness, "dispute", &format!("dp_{number}"));
    }
    let mut runs = 0;
    while harness.hook.taken.borrow().len() < 40 {
        harness.cron_within(45);
        assert!(harness.spent() <= 45, "{}", harness.spent());
        harness.pass(5 * MINUTE);
        runs += 1;
        assert!(runs < 30);
    }
    let texts: BTreeSet<_> = texts(&harness).into_iter().collect();
    assert_eq!(texts.len(), 40);
}

#[test]
fn test_alerts_a_bad_deployment_is_told_at_the_first_click_and_when_it_is_over() {
    let harness = harness();
    harness.always(Scope::Create, FaultKind::ErrorBefore);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 503);
    assert_eq!(titles(&harness), [ERRORS]);
    let lines: Vec<_> = texts(&harness)[0].lines().map(str::to_owned).collect();
    assert_eq!(
        lines[2],
        "A click was answered with 503: stripe_server_error."
    );
    harness.cron();
    assert_eq!(
        titles(&harness)[1..],
        ["*Example Youth Club: Stripe cannot be reached*"]
    );

    // It goes on: nobody is told again.
    for _ in 0..10 {
        harness.pass(5 * MINUTE);
        assert_eq!(harness.ask(&link("demo-token-26")).status, 503);
        harness.cron();
    }
    assert_eq!(titles(&harness).len(), 2);
    harness.stripe.borrow_mut().clear_faults();
    for _ in 0..13 {
        harness.pass(5 * MINUTE);
        assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
        harness.cron();
    }
    let told: BTreeSet<_> = titles(&harness).drain(2..).collect();
    assert_eq!(
        told,
        BTreeSet::from(
            [
                "*Example Youth Club: over: Parents get an error instead of the payment page*",
                "*Example Youth Club: over: Stripe cannot be reached*"
            ]
            .map(str::to_owned)
        )
    );

    // The next time is another incident.
    harness.pass(20 * MINUTE);
    harness.cancel_by_hand();
    harness.always(Scope::Create, FaultKind::ErrorBefore);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 503);
    assert_eq!(titles(&harness)[4], ERRORS);
}

#[test]
fn test_alerts_what_an_operator_has_resolved_opens_again_only_for_a_new_reason() {
    let harness = harness();
    harness.d1_is_down.set(true);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 503);
    harness.d1_is_down.set(false);
    harness.cron();
    assert_eq!(
        incidents(&harness),
        ["checkout_errors|open"],
        "as soon as the database can be reached"
    );
    harness.pass(MINUTE);
    resolve(&harness, "checkout_errors");
    harness.cron();
    assert_eq!(incidents(&harness), ["checkout_errors|over"]);
    harness.pass(MINUTE);
    harness.always(Scope::Create, FaultKind::ErrorBefore);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 503);
    assert_eq!(
        incidents(&harness),
        ["checkout_errors|over", "checkout_errors|open"]
    );
}

#[test]
fn test_alerts_answers_are_counted_and_a_storm_does_not_write_per_click() {
    let harness = harness();
    let statements = |harness: &Harness| {
        let reply = harness.ask(&link("demo-token-26"));
        assert_eq!(reply.status, 307);
        harness.calls.get().d1
    };
    statements(&harness);
    // What is left after the first is the click itself.
    let storm: u32 = (0..50).map(|_| statements(&harness)).sum();
    assert_eq!(storm, 50);
    assert_eq!(
        harness.rows("SELECT what, count FROM activity WHERE what LIKE 'answer:%'"),
        ["answer:pay|1"]
    );
    harness.pass(10 * SECOND);
    statements(&harness);
    assert_eq!(
        harness.rows("SELECT what, count FROM activity WHERE what LIKE 'answer:%'"),
        ["answer:pay|52"]
    );
    assert_eq!(
        harness.rows("SELECT hour % 3600000 FROM activity WHERE what = 'answer:pay'"),
        ["0"]
    );

    // The same for answers of 5xx.
    harness.d1_is_down.set(true);
    for _ in 0..20 {
        assert_eq!(harness.ask(&link("demo-token-26")).status, 503);
    }
    harness.d1_is_down.set(false);
    harness.pass(10 * SECOND);
    statements(&harness);
    assert_eq!(
        harness.rows("SELECT count FROM activity WHERE what = 'answer:try_again'"),
        ["20"],
        "what could not be written was kept"
    );
}

#[test]
fn test_alerts_a_paid_page_on_an_unpaid_charge() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.deliver_webhooks();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 409);
    harness.cron();
    assert_eq!(
        incidents(&harness),
        Vec::<String>::new(),
        "the page is true"
    );

    // A bad deployment: the guard says what the database does not.
    let order = checkout_guard::domain::id::OrderId(1);
    let lie =
        checkout_guard::alerts::answers::Answered::new(409, "already_paid", Some(order), None);
    let happened = checkout_guard::alerts::answers::Happened::Answer(lie);
    let (fresh, _) = Harness::clicked();
    fresh.happens(happened);
    assert_eq!(
        fresh.rows("SELECT kind, order_id FROM incidents"),
        ["paid_page_on_unpaid|1"]
    );
    fresh.happens(happened);
    fresh.pass(30 * MINUTE);
    fresh.cron();
    assert_eq!(incidents(&fresh), ["paid_page_on_unpaid|open"]);
    fresh.pass(31 * MINUTE);
    fresh.cron();
    assert_eq!(incidents(&fresh), ["paid_page_on_unpaid|over"]);
}

#[test]
fn test_alerts_orders_that_stay_pending() {
    let harness = harness();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    // Nothing can be found out about it.
    harness.always(Scope::Any, FaultKind::ErrorBefore);
    harness.pass(94 * MINUTE);
    harness.cron();
    assert!(!incidents(&harness).contains(&"stale_pending|open".to_owned()));
    harness.pass(2 * MINUTE);
    harness.cron();
    assert!(incidents(&harness).contains(&"stale_pending|open".to_owned()));
    harness.stripe.borrow_mut().clear_faults();
    harness.pass(6 * MINUTE);
    harness.cron();
    assert!(incidents(&harness).contains(&"stale_pending|over".to_owned()));
}

#[test]
fn test_alerts_webhooks_that_do_not_come() {
    let harness = harness();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    harness.pay(&harness.newest_session());
    harness.lose_webhooks();
    harness.pass(MINUTE);
    harness.cron();
    assert_eq!(
        incidents(&harness),
        Vec::<String>::new(),
        "it may still be on its way"
    );

    let harness = self::harness().with_second_charge();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    harness.pay(&harness.newest_session());
    harness.lose_webhooks();
    harness.pass(3 * MINUTE);
    harness.cron();
    assert_eq!(incidents(&harness), ["webhooks_silent|open"]);
    harness.pass(5 * MINUTE);
    harness.cron();
    assert_eq!(incidents(&harness), ["webhooks_silent|open"]);
    assert_eq!(harness.ask(&link("demo-token-27")).status, 307);
    harness.pay(&harness.newest_session());
    assert_eq!(harness.deliver_webhooks().first(), Some(&200));
    harness.pass(MINUTE);
    harness.cron();
    assert_eq!(incidents(&harness), ["webhooks_silent|over"]);
}

#[test]
fn test_alerts_a_cron_that_does_not_run_is_told_by_whoever_comes() {
    for asks in ["/healthz", "/checkout/first-payment?token=demo-token-26"] {
        let harness = harness();
        harness.cron();
        harness.pass(30 * MINUTE);
        harness.ask(&get(asks));
        assert_eq!(incidents(&harness), Vec::<String>::new());
        harness.pass(MINUTE);
        harness.ask(&get(asks));
        assert_eq!(incidents(&harness), ["reconcile_stalled|open"]);
        assert_eq!(
            titles(&harness),
            ["*Example Youth Club: Reconcile does not run*"]
        );
        harness.pass(MINUTE);
        harness.ask(&get(asks));
        harness.cron();
        assert_eq!(incidents(&harness), ["reconcile_stalled|over"]);
        assert_eq!(titles(&harness).len(), 2);
    }
    // A database that is new has not had its first run.
    let harness = harness();
    harness.ask(&get("/healthz"));
    assert_eq!(incidents(&harness), Vec::<String>::new());
}

#[test]
fn test_alerts_a_wrong_configuration_is_told_by_the_cron() {
    let harness = configured(&[]);
    let get = |name: &str| match name {
        "ALERT_WEBHOOK_URL" => Some(HOOK.to_owned()),
        "STRIPE_SECRET_KEY" => None,
        "ALERT_EMAIL" => Some("no address".to_owned()),
        other => config(other),
    };
    let settings = AlertSettings::read(get);
    assert_eq!(
        (settings.email.as_ref(), settings.webhook_url.is_some()),
        (None, true)
    );
    let wrong = Misconfigured(vec!["STRIPE_SECRET_KEY must be one key".to_owned()]);
    for _ in 0..2 {
        assert!(run(after_run::misconfigured(&harness, &settings, &wrong)).is_ok());
        harness.pass(5 * MINUTE);
    }
    assert_eq!(
        titles(&harness),
        ["*Example Youth Club: The configuration is not complete*"]
    );
    assert!(texts(&harness)[0].contains("STRIPE_SECRET_KEY must be one key"));
    // It is right again; the sender knows the webhook still.
    harness.cron();
    assert_eq!(incidents(&harness), ["incomplete_setup|over"]);
    let silent = AlertSettings::read(|_| None);
    assert_eq!(silent.public_origin, "");
    assert!(run(deliver(&harness, &settings, 1_000)).is_ok());
}

#[test]
fn test_alerts_d1s_day_is_used_up_is_told_without_d1() {
    const USED_UP: &str =
        "*Example Youth Club: Nobody can pay until midnight UTC: D1's free plan is used up*";
    let harness = harness();
    let before = harness.all_rows();
    harness.d1_is_used_up();
    for _ in 0..11 {
        assert_eq!(harness.ask(&link("demo-token-26")).status, 503);
        harness.cron();
        harness.pass(5 * MINUTE);
    }
    assert_eq!(titles(&harness), [USED_UP], "once an hour");
    assert!(texts(&harness)[0].contains("Workers Paid plan"));
    assert_eq!(harness.mail.taken.borrow().len(), 1);
    harness.pass(6 * MINUTE);
    assert_eq!(harness.ask(&link("demo-token-26")).status, 503);
    assert_eq!(titles(&harness), [USED_UP, USED_UP]);
    assert_eq!(harness.all_rows(), before);

    // As soon as D1 takes it, it is an incident of its own, and over after an hour.
    harness.d1_is_down.set(false);
    harness.pass(MINUTE);
    harness.cron();
    // No run of the cron had ended meanwhile, which is over as well.
    assert_eq!(
        incidents(&harness),
        ["database_quota|open", "reconcile_stalled|over"]
    );
    for _ in 0..13 {
        harness.pass(5 * MINUTE);
        harness.cron();
    }
    assert_eq!(
        incidents(&harness),
        ["database_quota|over", "reconcile_stalled|over"]
    );
}

#[test]
fn test_alerts_the_cron_tells_of_a_used_up_day_in_the_first_run_of_an_hour() {
    let harness = harness();
    harness.d1_is_used_up();
    // Each run may have a new isolate, which knows nothing of the others.
    let mut told = 0;
    for _ in 0..24 {
        harness.new_isolate();
        harness.cron();
        harness.pass(5 * MINUTE);
        told = titles(&harness).len();
    }
    assert_eq!(told, 2, "in two hours");
}
