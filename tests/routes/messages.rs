//! Emails to those who pay: who gets one, when it goes out, and that none goes out twice.

use checkout_guard::domain::{
    email::MOST,
    mail::{Mail, NotTaken, Refusal},
};
use serde_json::{Value, json};

use crate::harness::{ADMIN, Ask, Harness, JSON, MINUTE, NOW, desk, get};

const DAY: i64 = 24 * 60 * MINUTE;

fn harness() -> Harness {
    configured(&[])
}

fn configured(more: &[(&str, &str)]) -> Harness {
    let mut changes = vec![("MAIL_FROM", "pay@club.example")];
    changes.extend(more);
    Harness::configured(&changes)
        .with_charge()
        .with_second_charge()
}

fn admin(target: &str) -> Ask<'_> {
    desk(target).with("accept", JSON)
}

/// Queues an email of a template for charges 2 and 3, as far as they get one: how many.
fn queue(harness: &Harness, template: &str) -> i64 {
    let body = json!({ "template": template, "charges": [2, 3] });
    let (status, answer) = harness.act("/admin/messages", &body);
    assert_eq!(status, 200, "{answer}");
    answer["queued"].as_i64().unwrap_or(-1)
}

fn messages(harness: &Harness) -> Vec<String> {
    harness
        .rows("SELECT template, charge_id, about, state, reason, tries FROM messages ORDER BY id")
}

fn mails(harness: &Harness) -> Vec<Mail> {
    harness.mail.taken.take()
}

/// The link that stands in an email.
fn link_in(mail: &Mail) -> String {
    let line = mail.text.lines().find(|line| line.starts_with("https://"));
    let link = line.unwrap_or_else(|| panic!("{}", mail.text)).to_owned();
    assert!(
        mail.html.contains(&format!("href=\"{link}\"")),
        "{}",
        mail.html
    );
    link
}

#[test]
fn test_messages_a_link_is_sent_once_and_leads_to_the_payment() {
    let harness = harness();
    assert_eq!(queue(&harness, "link"), 2);
    assert_eq!(queue(&harness, "link"), 0);
    harness.cron();
    let mails = mails(&harness);
    let to: Vec<_> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(to, ["payer26@example.com", "payer27@example.com"]);
    let mail = &mails[0];
    assert_eq!(
        (mail.from.as_str(), mail.from_name.as_str()),
        ("pay@club.example", "Example Youth Club")
    );
    assert_eq!(mail.reply_to.as_deref(), Some("treasurer@club.example"));
    assert_eq!(mail.subject, "Example Youth Club: First payment, Player 26");
    assert!(mail.text.contains("$150.00"), "{}", mail.text);
    let link = link_in(mail);
    let path = link
        .strip_prefix("https://pay.club.example")
        .unwrap_or_default();
    assert_eq!(harness.ask(&get(path)).status, 307);
    for _ in 0..3 {
        harness.pass(DAY);
        harness.cron();
    }
    assert_eq!(harness.mail.tries.get(), 2);
    assert_eq!(
        messages(&harness),
        ["link|2|1|sent|-|1", "link|3|1|sent|-|1"]
    );
    // No token is in the database.
    let token = link.rsplit('=').next().unwrap_or_default();
    let text = harness.all_rows().join("\n");
    assert!(token.len() == 43 && !text.contains(token));
    assert_eq!(
        harness.rows("SELECT operator, act, about FROM audit"),
        ["treasurer|queue_emails|messages"]
    );
}

#[test]
fn test_messages_preview_says_who_gets_one_and_who_does_not() {
    let harness = harness();
    harness.execute("UPDATE players SET email = NULL WHERE id = 7");
    let before = harness.all_rows();
    let preview = harness.read("/admin/messages/preview?template=link");
    assert_eq!(
        preview["to"],
        json!([{ "charge_id": 2, "player_id": "26", "player": "Player 26" }])
    );
    assert_eq!(
        preview["left_out"],
        json!([{ "charge_id": 3, "player_id": "27", "player": "Player 27", "reason": "no_email" }])
    );
    assert_eq!(preview["example"]["to"], "payer26@example.com");
    assert!(
        preview["example"]["text"]
            .as_str()
            .unwrap_or_default()
            .contains("each-email-has-its-own")
    );
    let page = harness.ask(
        &get("/admin/messages/preview?template=link&state=unpaid")
            .with("authorization", &format!("Bearer {ADMIN}")),
    );
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("Send 1 email</button>"),
        "{}",
        &*page.body
    );
    assert!(page.body.contains("no address is known"));
    assert!(
        page.header("content-security-policy")
            .unwrap_or_default()
            .contains("style-src-attr 'unsafe-inline'")
    );
    assert_eq!(harness.all_rows(), before);

    assert_eq!(queue(&harness, "link"), 1);
    let preview = harness.read("/admin/messages/preview?template=link&charges=2");
    assert_eq!(preview["left_out"][0]["reason"], "queued");
    harness.cron();
    let preview = harness.read("/admin/messages/preview?template=link&charges=2");
    assert_eq!(preview["left_out"][0]["reason"], "sent");
    let preview = harness.read("/admin/messages/preview?template=reminder&charges=2");
    assert_eq!(preview["left_out"][0]["reason"], "recent");
    harness.pass(DAY);
    let preview = harness.read("/admin/messages/preview?template=reminder&charges=2");
    assert_eq!(preview["to"][0]["charge_id"], 2);
    harness.execute("UPDATE charges SET closed_at = 1 WHERE id = 2");
    let preview = harness.read("/admin/messages/preview?template=reminder&charges=2");
    assert_eq!(preview["left_out"][0]["reason"], "closed");
}

#[test]
fn test_messages_a_filter_queues_what_the_list_has() {
    let harness = harness();
    harness.execute(
        "INSERT INTO player_words VALUES ('player', 6), ('26', 6), ('player', 7), ('27', 7)",
    );
    for (filter, queued) in [
        (json!({ "q": "27" }), 1),
        (json!({ "state": "paid" }), 0),
        (json!({ "kind": "monthly" }), 0),
        (json!({ "period": "2026-05" }), 0),
        (json!({ "kind": "first_payment" }), 1),
        (json!({}), 0),
    ] {
        let body = json!({ "template": "link", "filter": filter });
        let (status, answer) = harness.act("/admin/messages", &body);
        assert_eq!((status, &answer["queued"]), (200, &json!(queued)), "{body}");
    }
    assert_eq!(messages(&harness).len(), 2);
}

#[test]
fn test_messages_what_is_wrong_is_named_and_changes_nothing() {
    let harness = harness();
    let before = harness.all_rows();
    for (body, status, part) in [
        (json!({}), 400, "template must be"),
        (
            json!({ "template": "link" }),
            400,
            "Either charges or filter",
        ),
        (
            json!({ "template": "offline_receipt", "charges": [2] }),
            400,
            "template must be",
        ),
        (
            json!({ "template": "link", "charges": [] }),
            400,
            "charges must be",
        ),
        (
            json!({ "template": "link", "charges": ["2"] }),
            400,
            "charges must be",
        ),
        (
            json!({ "template": "link", "charges": [2], "filter": {} }),
            400,
            "Either charges or filter",
        ),
        (
            json!({ "template": "link", "filter": { "state": "odd" } }),
            400,
            "state",
        ),
        (
            json!({ "template": "link", "filter": { "odd": "1" } }),
            400,
            "odd",
        ),
        (
            json!({ "template": "link", "charges": [2, 99] }),
            404,
            "no charge 99",
        ),
        (
            json!({ "template": "link", "charges": [2], "more": 1 }),
            400,
            "more",
        ),
    ] {
        let (answered, problem) = harness.act("/admin/messages", &body);
        assert_eq!(answered, status, "{body}: {problem}");
        assert!(problem.to_string().contains(part), "{body}: {problem}");
    }
    for query in ["template=odd", "charges=0", "after=2", "odd=1"] {
        let target = format!("/admin/messages/preview?{query}");
        assert_eq!(harness.ask(&admin(&target)).status, 400, "{query}");
    }
    assert_eq!(harness.all_rows(), before);
}

#[test]
fn test_messages_what_need_not_be_sent_any_more_is_canceled() {
    for (change, reason) in [
        ("UPDATE players SET email = NULL", "no_email"),
        ("UPDATE charges SET closed_at = 1", "closed"),
        (
            "INSERT INTO orders (attempt, charge_id, status, amount_minor, currency, created_at, paid_at)
             SELECT lower(hex(randomblob(16))), id, 'paid', 15000, 'usd', 1, 1 FROM charges",
            "paid",
        ),
    ] {
        let harness = harness();
        assert_eq!(queue(&harness, "link"), 2);
        harness.execute(change);
        let links = harness.rows("SELECT COUNT(*) FROM links");
        harness.cron();
        assert_eq!(harness.mail.tries.get(), 0, "{reason}");
        assert_eq!(
            messages(&harness),
            [
                format!("link|2|1|canceled|{reason}|0"),
                format!("link|3|1|canceled|{reason}|0")
            ]
        );
        assert_eq!(harness.rows("SELECT COUNT(*) FROM links"), links);
    }
}

#[test]
fn test_messages_erasing_a_player_cancels_what_waits_and_leaves_no_address() {
    let harness = harness();
    assert_eq!(queue(&harness, "link"), 2);
    let (status, _) = harness.act("/admin/players/6/erase", &json!({}));
    assert_eq!(status, 200);
    harness.cron();
    let to: Vec<_> = mails(&harness).into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, ["payer27@example.com"]);
    assert_eq!(
        messages(&harness),
        ["link|2|1|canceled|erased|0", "link|3|1|sent|-|1"]
    );
    let known = harness.read("/admin/players/6");
    assert_eq!(known["messages"][0]["reason"], "erased");
    assert!(!harness.all_rows().join("\n").contains("payer26@"));
}

#[test]
fn test_messages_what_is_not_certain_goes_out_again_by_hand_alone() {
    for (answer, reason) in [
        (NotTaken::NoAnswer, "no_answer"),
        (NotTaken::Failed, "failed"),
    ] {
        let harness = harness();
        assert_eq!(queue(&harness, "link"), 2);
        harness.mail.refuses.set(Some(answer));
        harness.cron();
        assert_eq!(
            harness.mail.tries.get(),
            1,
            "the run ends: the others are not spoiled"
        );
        assert_eq!(
            messages(&harness),
            [
                format!("link|2|1|unclear|{reason}|1"),
                "link|3|1|queued|-|0".to_owned()
            ]
        );
        harness.mail.refuses.set(None);
        for _ in 0..3 {
            harness.pass(DAY);
            harness.cron();
        }
        assert_eq!(harness.mail.tries.get(), 2);
        // Its link may be in an inbox: it stays valid.
        assert_eq!(
            harness.rows("SELECT COUNT(*) FROM messages m JOIN links l ON l.id = m.link_id WHERE l.revoked_at IS NULL"),
            ["2"]
        );
        mails(&harness);
        for changed in [true, false] {
            let (status, answer) = harness.act("/admin/messages/1/again", &json!({}));
            assert_eq!((status, &answer["changed"]), (200, &json!(changed)));
        }
        harness.cron();
        harness.cron();
        let again = mails(&harness);
        assert_eq!(again.len(), 1);
        assert_eq!(messages(&harness)[0], "link|2|1|sent|-|2");
        let (status, problem) = harness.act("/admin/messages/1/again", &json!({}));
        assert_eq!(
            (status, &problem["code"]),
            (409, &json!("not_to_send_again"))
        );
    }
}

#[test]
fn test_messages_a_refusal_for_good_is_shown_and_not_tried_again() {
    let harness = harness();
    assert_eq!(queue(&harness, "link"), 2);
    harness
        .mail
        .refuses
        .set(Some(NotTaken::Refused(Refusal::Suppressed)));
    harness.pass(MINUTE);
    harness.cron();
    assert_eq!(
        messages(&harness),
        [
            "link|2|1|refused|suppressed|1",
            "link|3|1|refused|suppressed|1"
        ]
    );
    // Nobody has these links.
    assert_eq!(
        harness.rows("SELECT COUNT(*) FROM messages m JOIN links l ON l.id = m.link_id WHERE l.revoked_at IS NULL"),
        ["0"]
    );
    harness.pass(DAY);
    harness.cron();
    assert_eq!(harness.mail.tries.get(), 2);
    let list = harness.read("/admin/messages?state=refused");
    assert_eq!(list["messages"].as_array().map(Vec::len), Some(2));
    let page =
        harness.ask(&get("/admin/messages").with("authorization", &format!("Bearer {ADMIN}")));
    assert!(
        page.body.contains("the address has bounced before"),
        "{}",
        &*page.body
    );
    let detail = harness.read("/admin/charges/2");
    let told: Vec<_> = detail["timeline"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|it| it["entry"] == "message")
        .map(|it| it["text"].as_str().unwrap_or_default())
        .collect();
    assert_eq!(
        told,
        [
            "Email, the link: not sent: the address has bounced before, or its owner has reported an email as spam.",
            "Email, the link: queued (treasurer)."
        ]
    );
}

#[test]
fn test_messages_a_refusal_that_passes_is_tried_again_with_growing_pauses() {
    let harness = harness();
    harness.execute("UPDATE players SET email = NULL WHERE id = 7");
    assert_eq!(queue(&harness, "link"), 1);
    harness
        .mail
        .refuses
        .set(Some(NotTaken::Refused(Refusal::DailyLimit)));
    harness.cron();
    assert_eq!(messages(&harness), ["link|2|1|queued|daily_limit|1"]);
    harness.pass(9 * MINUTE);
    harness.cron();
    assert_eq!(harness.mail.tries.get(), 1);
    harness.pass(2 * MINUTE);
    harness.cron();
    assert_eq!(harness.mail.tries.get(), 2);
    harness.pass(11 * MINUTE);
    harness.cron();
    assert_eq!(harness.mail.tries.get(), 2, "the second pause is longer");
    harness.mail.refuses.set(None);
    harness.pass(10 * MINUTE);
    harness.cron();
    assert_eq!(messages(&harness), ["link|2|1|sent|-|3"]);
    assert_eq!(
        harness.rows(
            "SELECT COUNT(*) FROM links WHERE charge_id = 2 AND id > 1 AND revoked_at IS NULL"
        ),
        ["1"]
    );

    let harness = self::harness();
    harness.execute("UPDATE players SET email = NULL WHERE id = 7");
    assert_eq!(queue(&harness, "link"), 1);
    harness
        .mail
        .refuses
        .set(Some(NotTaken::Refused(Refusal::RateLimit)));
    for _ in 0..20 {
        harness.cron();
        harness.pass(7 * 60 * MINUTE);
    }
    assert_eq!(harness.mail.tries.get(), MOST);
    assert_eq!(
        messages(&harness),
        [format!("link|2|1|refused|rate_limit|{MOST}")]
    );
}

#[test]
fn test_messages_a_claim_without_an_end_becomes_unclear() {
    let harness = harness();
    assert_eq!(queue(&harness, "link"), 2);
    harness.mail.breaks_d1.set(true);
    harness.cron();
    harness.d1_is_down.set(false);
    harness.mail.breaks_d1.set(false);
    assert_eq!(
        messages(&harness),
        ["link|2|1|sending|-|1", "link|3|1|queued|-|0"]
    );
    harness.cron();
    assert_eq!(messages(&harness)[0], "link|2|1|sending|-|1");
    harness.pass(16 * MINUTE);
    harness.cron();
    assert_eq!(
        messages(&harness),
        ["link|2|1|unclear|interrupted|1", "link|3|1|sent|-|1"]
    );
    assert_eq!(mails(&harness).len(), 2);
}

#[test]
fn test_messages_a_run_sends_what_its_budget_allows_and_the_next_goes_on() {
    let harness = harness();
    harness.execute(
        "INSERT INTO charges (id, player_id, kind, period, amount_minor, currency, created_at, updated_at)
         SELECT 100 + value, 6, 'monthly', printf('2026-%02d', value), 4000, 'usd', 1, 1 FROM (WITH RECURSIVE s(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < 12) SELECT value FROM s)",
    );
    let body = json!({ "template": "link", "filter": {} });
    assert_eq!(harness.act("/admin/messages", &body).1["queued"], 14);
    let mut runs = 0;
    while harness.rows("SELECT COUNT(*) FROM messages WHERE state = 'queued'") != ["0"] {
        let before = harness.mail.tries.get();
        harness.cron_within(45);
        assert!(harness.spent() <= 45, "{}", harness.spent());
        assert!(harness.mail.tries.get() > before, "each run sends some");
        runs += 1;
    }
    assert!((2..=14).contains(&runs), "{runs}");
    let mut to: Vec<_> = mails(&harness)
        .into_iter()
        .map(|mail| (mail.to, mail.subject))
        .collect();
    to.sort();
    to.dedup();
    assert_eq!((to.len(), harness.mail.tries.get()), (14, 14));
}

#[test]
fn test_messages_by_rule_at_most_two_reminders_after_the_link_and_the_due_date() {
    let harness = configured(&[("REMIND_AFTER_DAYS", "7")]);
    harness.execute("UPDATE charges SET due_on = '2026-11-28' WHERE id = 3");
    assert_eq!(queue(&harness, "link"), 2);
    harness.cron();
    mails(&harness);
    let mut days = Vec::new();
    for day in 1..60 {
        harness.pass(DAY);
        harness.cron();
        days.extend(mails(&harness).into_iter().map(|mail| (day, mail.to)));
    }
    let of = |to: &str| -> Vec<_> {
        days.iter()
            .filter(|(_, of)| of == to)
            .map(|(day, _)| *day)
            .collect()
    };
    assert_eq!(of("payer26@example.com"), [7, 14]);
    // It is due ten days after the link.
    let due = (1_795_824_000_000 - NOW + DAY - 1) / DAY;
    assert_eq!(of("payer27@example.com"), [due + 7, due + 14]);
    assert_eq!(messages(&harness).len(), 6);
}

#[test]
fn test_messages_by_rule_only_what_is_open_and_never_while_paused() {
    let harness = configured(&[("REMIND_AFTER_DAYS", "7"), ("REMIND_AT_MOST", "1")]);
    assert_eq!(queue(&harness, "link"), 2);
    harness.cron();
    harness.execute("UPDATE charges SET closed_at = 1 WHERE id = 2");
    for _ in 0..40 {
        harness.pass(DAY);
        harness.cron();
    }
    assert_eq!(
        harness.rows("SELECT charge_id, about FROM messages WHERE template = 'reminder'"),
        ["3|1"]
    );

    let harness = configured(&[("REMIND_AFTER_DAYS", "7"), ("PAUSED", "on")]);
    assert_eq!(queue(&harness, "link"), 2);
    for _ in 0..10 {
        harness.pass(DAY);
        harness.cron();
    }
    assert_eq!(harness.mail.tries.get(), 0);

    let harness = self::harness();
    assert_eq!(queue(&harness, "link"), 2);
    for _ in 0..40 {
        harness.cron();
        harness.pass(DAY);
    }
    assert_eq!(
        harness.mail.tries.get(),
        2,
        "without REMIND_AFTER_DAYS nobody is reminded"
    );
}

#[test]
fn test_messages_by_rule_never_on_the_day_on_which_it_is_due_by_the_clubs_clock() {
    for (zone, ahead) in [
        ("UTC", 0),
        ("America/New_York", -5),
        ("Pacific/Auckland", 13),
    ] {
        let harness = configured(&[("REMIND_AFTER_DAYS", "1"), ("CLUB_TIMEZONE", zone)]);
        harness.execute("UPDATE charges SET due_on = '2026-11-28' WHERE id = 2");
        let mut reminded = Vec::new();
        for _ in 0..(24 * 15) {
            harness.pass(60 * MINUTE);
            harness.cron();
            let local = harness.now_ms() / 1000 + ahead * 3600;
            let day = harness.rows(&format!("SELECT date({local}, 'unixepoch')"));
            reminded.extend(mails(&harness).iter().flat_map(|_| day.clone()));
        }
        assert_eq!(reminded, ["2026-11-29", "2026-11-30"], "{zone}");
    }
}

#[test]
fn test_messages_by_rule_go_on_after_a_bank_debit_failed() {
    let harness = configured(&[("REMIND_AFTER_DAYS", "7"), ("REMIND_AT_MOST", "3")]);
    harness.execute("UPDATE players SET email = NULL WHERE id = 7");
    assert_eq!(queue(&harness, "link"), 1);
    harness.cron();
    // The rule queues a reminder while no email can be sent.
    harness.pass(7 * DAY);
    harness
        .mail
        .refuses
        .set(Some(NotTaken::Refused(Refusal::DailyLimit)));
    harness.cron();
    let click = harness.ask(&crate::harness::link("demo-token-26"));
    assert_eq!(click.status, 307);
    let session = harness.newest_session();
    harness.debit(&session);
    harness.deliver_webhooks();
    harness.mail.refuses.set(None);
    harness.pass(DAY);
    harness.cron();
    assert_eq!(messages(&harness)[1], "reminder|2|1|canceled|processing|1");
    mails(&harness);
    harness.bank(&session, false);
    harness.deliver_webhooks();
    let mut days = Vec::new();
    for day in 0..40 {
        harness.cron();
        days.extend(mails(&harness).into_iter().map(|mail| (day, mail.subject)));
        harness.pass(DAY);
    }
    let of: Vec<_> = days.iter().map(|(day, _)| *day).collect();
    // The debit that failed, and what follows a week after it and after each other.
    assert_eq!(of, [0, 7, 14, 21], "{days:?}");
    assert!(days[0].1.contains("did not go through"), "{days:?}");
}

#[test]
fn test_messages_by_rule_go_on_after_one_that_was_taken_back() {
    let harness = configured(&[("REMIND_AFTER_DAYS", "7")]);
    harness.execute("UPDATE players SET email = NULL WHERE id = 7");
    assert_eq!(queue(&harness, "link"), 1);
    harness.cron();
    harness.has_mail_binding.set(true);
    harness.pass(7 * DAY);
    harness
        .mail
        .refuses
        .set(Some(NotTaken::Refused(Refusal::RateLimit)));
    harness.cron();
    assert_eq!(harness.act("/admin/messages/2/cancel", &json!({})).0, 200);
    harness.mail.refuses.set(None);
    mails(&harness);
    for day in 1..=7 {
        harness.pass(DAY);
        harness.cron();
        assert_eq!(mails(&harness).len(), usize::from(day == 7), "{day}");
    }
    // Of a charge about which no email ever went out, none begins by being taken back.
    harness.execute("UPDATE players SET email = 'payer27@example.com' WHERE id = 7");
    let body = json!({ "template": "reminder", "charges": [3] });
    assert_eq!(harness.act("/admin/messages", &body).1["queued"], 1);
    assert_eq!(harness.act("/admin/messages/4/cancel", &json!({})).0, 200);
    assert_eq!(
        harness.rows("SELECT remind_from FROM charges WHERE id = 3"),
        ["-"]
    );
}

#[test]
fn test_messages_one_that_waits_stands_for_any_other() {
    for (first, second) in [("link", "reminder"), ("reminder", "link")] {
        let harness = harness();
        assert_eq!(queue(&harness, first), 2);
        let preview = format!("/admin/messages/preview?template={second}&charges=2+3");
        let left_out = harness.read(&preview)["left_out"].clone();
        assert_eq!(left_out[0]["reason"], "queued", "{second}");
        assert_eq!(queue(&harness, second), 0);
        harness.cron();
        assert_eq!(mails(&harness).len(), 2, "{first}, then {second}");
    }
    // One that goes again by hand would be the second, too.
    let harness = harness();
    assert_eq!(queue(&harness, "link"), 2);
    harness.mail.refuses.set(Some(NotTaken::NoAnswer));
    harness.cron();
    harness.mail.refuses.set(None);
    harness.pass(DAY);
    let body = json!({ "template": "reminder", "charges": [2] });
    assert_eq!(harness.act("/admin/messages", &body).1["queued"], 1);
    let (status, problem) = harness.act("/admin/messages/1/again", &json!({}));
    assert_eq!((status, &problem["code"]), (409, &json!("another_waits")));
    assert_eq!(messages(&harness)[0], "link|2|1|unclear|no_answer|1");
    harness.cron();
    assert_eq!(harness.act("/admin/messages/1/again", &json!({})).0, 200);
}

#[test]
fn test_messages_a_debit_that_failed_says_more_than_what_waits() {
    let harness = harness();
    let click = harness.ask(&crate::harness::link("demo-token-26"));
    assert_eq!(click.status, 307);
    let session = harness.newest_session();
    assert_eq!(queue(&harness, "reminder"), 2);
    harness.debit(&session);
    harness.deliver_webhooks();
    harness.bank(&session, false);
    harness.deliver_webhooks();
    harness.cron();
    assert_eq!(
        messages(&harness),
        [
            "reminder|2|1|canceled|superseded|0",
            "reminder|3|1|sent|-|1",
            "debit_failed|2|1|sent|-|1"
        ]
    );
    assert_eq!(mails(&harness).len(), 2);
}

#[test]
fn test_messages_a_debit_that_failed_before_a_restore_is_told_again_by_hand_alone() {
    for (cause, expected) in [
        ("webhook", "debit_failed|2|1|queued|-|0"),
        ("restore", "debit_failed|2|1|unclear|restored|0"),
    ] {
        let harness = configured(&[("REMIND_AFTER_DAYS", "7")]);
        let click = harness.ask(&crate::harness::link("demo-token-26"));
        assert_eq!(click.status, 307);
        let session = harness.newest_session();
        harness.debit(&session);
        harness.deliver_webhooks();
        harness.bank(&session, false);
        if cause == "restore" {
            harness.reconcile_since(r#"{"since": "2026-11-18T11:00:00Z"}"#);
        } else {
            harness.deliver_webhooks();
        }
        assert_eq!(messages(&harness), [expected]);
        harness.cron();
        let sent = usize::from(cause != "restore");
        assert_eq!(mails(&harness).len(), sent, "{cause}");
        // Reminders go on: it went out, or may have.
        harness.pass(7 * DAY);
        harness.cron();
        assert_eq!(mails(&harness).len(), 1, "{cause}");
        if cause == "restore" {
            assert_eq!(harness.act("/admin/messages/1/again", &json!({})).0, 200);
            harness.cron();
            assert_eq!(mails(&harness).len(), 1);
        }
    }
}

#[test]
fn test_messages_the_rule_reads_rows_by_an_index() {
    let harness = harness();
    let plan = harness
        .plan(checkout_guard::store::emails::rules::REMIND)
        .join("\n");
    assert!(
        plan.contains("USING INDEX charges_to_remind")
            || plan.contains("USING COVERING INDEX charges_to_remind"),
        "{plan}"
    );
    for sql in [
        checkout_guard::store::emails::queue::DUE,
        checkout_guard::store::emails::queue::INTERRUPTED,
        checkout_guard::store::emails::queue::GIVE_UP,
    ] {
        let plan = harness.plan(sql).join("\n");
        assert!(plan.contains("messages_due"), "{plan}");
    }
    for sql in [
        checkout_guard::desk::emails::queries::LIST_BY_STATE,
        checkout_guard::desk::emails::selection::QUEUE,
        checkout_guard::desk::emails::selection::CANDIDATES,
        checkout_guard::store::emails::queue::CLAIM,
    ] {
        let plan = harness.plan(sql).join("\n");
        assert!(
            !plan.contains("SCAN m") && !plan.contains("SCAN c") && !plan.contains("SCAN messages"),
            "{plan}"
        );
    }
}

#[test]
fn test_messages_an_offline_payment_has_a_receipt_unless_it_is_not_wanted() {
    let harness = harness();
    let paid = |charge: i64, more: Value| {
        let mut body = json!({ "amount": "150.00", "method": "check", "paid_on": "2026-11-17" });
        if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
            body.extend(more.clone());
        }
        harness.act(&format!("/admin/charges/{charge}/offline-payment"), &body)
    };
    // Its payer has a receipt of what they paid, whatever was waived.
    let less = json!({ "amount": "100.00", "rest": "waived" });
    assert_eq!(paid(2, less.clone()).0, 200);
    assert_eq!(paid(2, less).0, 409);
    assert_eq!(paid(3, json!({ "no_receipt": "odd" })).0, 400);
    let silent = json!({ "amount": "165.00", "no_receipt": true });
    assert_eq!(paid(3, silent).0, 200);
    harness.cron();
    harness.cron();
    let mails = mails(&harness);
    assert_eq!(mails.len(), 1);
    let text = mails[0].text.replace('\u{a0}', " ");
    for part in [
        "We have received your payment",
        "Amount: $100.00",
        "Paid on: November 17, 2026",
        "Paid by: check",
        "Reference: 1",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("https://"), "{text}");
    assert_eq!(messages(&harness), ["offline_receipt|2|1|sent|-|1"]);
}

#[test]
fn test_messages_a_debit_that_failed_is_told_with_a_new_link() {
    let harness = harness();
    assert_eq!(
        harness.ask(&crate::harness::link("demo-token-26")).status,
        307
    );
    let session = harness.newest_session();
    harness.debit(&session);
    harness.deliver_webhooks();
    harness.bank(&session, false);
    harness.deliver_webhooks();
    assert_eq!(messages(&harness), ["debit_failed|2|1|queued|-|0"]);
    harness.cron();
    harness.cron();
    let mails = mails(&harness);
    assert_eq!(mails.len(), 1);
    assert_eq!(
        mails[0].subject,
        "Example Youth Club: the bank debit for Player 26 did not go through"
    );
    let link = link_in(&mails[0]);
    let path = link
        .strip_prefix("https://pay.club.example")
        .unwrap_or_default();
    assert_eq!(harness.ask(&get(path)).status, 307);
}

#[test]
fn test_messages_are_in_the_payers_language_and_no_name_breaks_a_header() {
    let harness = harness();
    harness.execute("UPDATE players SET language = 'de', name = 'Player' || char(13) || char(10) || 'Bcc: all@club.example' WHERE id = 6");
    harness.execute("UPDATE charges SET kind = 'monthly', period = '2026-05' WHERE id = 2");
    assert_eq!(queue(&harness, "link"), 2);
    harness.cron();
    let mails = mails(&harness);
    let mail = &mails[0];
    assert_eq!(
        mail.subject,
        "Example Youth Club: Monatsbeitrag für Mai 2026, Player Bcc: all@club.example"
    );
    assert!(
        mail.html.contains("<html lang=\"de\">") && mail.text.contains("150,00\u{a0}$"),
        "{}",
        mail.text
    );
    assert!(link_in(mail).starts_with("https://pay.club.example/checkout/pay?token="));
    assert!(mails[1].html.contains("<html lang=\"en\">"));
}

#[test]
fn test_messages_without_a_binding_everything_else_works_and_the_links_can_be_saved() {
    for harness in [Harness::new().with_charge().with_second_charge(), {
        let harness = harness();
        harness.has_mail_binding.set(false);
        harness
    }] {
        let body = json!({ "template": "link", "charges": [2, 3] });
        let (status, problem) = harness.act("/admin/messages", &body);
        assert_eq!(
            (status, &problem["code"]),
            (409, &json!("mail_unavailable"))
        );
        assert!(harness.read("/admin/messages")["missing"].is_string());
        let page = harness
            .ask(&get("/admin/messages/preview").with("authorization", &format!("Bearer {ADMIN}")));
        assert!(page.body.contains("No email can be sent"));
        assert!(
            page.body.contains("action=\"/admin/messages/links.csv\""),
            "{}",
            &*page.body
        );
        harness.execute("UPDATE charges SET closed_at = 1 WHERE id = 3");
        let ask = admin("/admin/messages/links.csv")
            .method("POST")
            .with("content-type", JSON);
        let csv = harness.ask(&Ask {
            body: body.to_string().into_bytes(),
            ..ask
        });
        assert_eq!(csv.status, 200);
        let lines: Vec<_> = csv.body.lines().collect();
        assert_eq!(lines.len(), 2, "{}", &*csv.body);
        assert!(lines[1].starts_with("26,Player 26,payer26@example.com,,first_payment,,150.00,usd,,https://pay.club.example/checkout/first-payment?token="), "{}", lines[1]);
        let path = lines[1]
            .rsplit("https://pay.club.example")
            .next()
            .unwrap_or_default();
        assert_eq!(harness.ask(&get(path)).status, 307);
        // An offline payment queues nothing that would wait.
        let paid = json!({ "amount": "150.00", "method": "cash" });
        assert_eq!(
            harness.act("/admin/charges/2/offline-payment", &paid).0,
            200
        );
        harness.cron();
        assert_eq!(messages(&harness), Vec::<String>::new());
        assert_eq!(harness.mail.tries.get(), 0);
    }
}

#[test]
fn test_messages_that_wait_can_be_taken_back_and_those_too_old_are_not_sent() {
    let harness = harness();
    assert_eq!(queue(&harness, "link"), 2);
    for changed in [true, false] {
        let (status, answer) = harness.act("/admin/messages/1/cancel", &json!({}));
        assert_eq!((status, &answer["changed"]), (200, &json!(changed)));
    }
    harness.has_mail_binding.set(false);
    harness.pass(15 * DAY);
    harness.cron();
    harness.has_mail_binding.set(true);
    harness.cron();
    assert_eq!(
        messages(&harness),
        [
            "link|2|1|canceled|withdrawn|0",
            "link|3|1|canceled|too_old|0"
        ]
    );
    assert_eq!(
        harness.act("/admin/messages/2/cancel", &json!({})).1["changed"],
        false
    );
    assert_eq!(harness.act("/admin/messages/99/cancel", &json!({})).0, 404);
    // A new one can be queued.
    assert_eq!(queue(&harness, "link"), 2);
    assert_eq!(messages(&harness)[2], "link|2|2|queued|-|0");
}

#[test]
fn test_messages_after_a_restore_nothing_goes_out_that_may_have_gone_out_before() {
    let mut harness = configured(&[("REMIND_AFTER_DAYS", "7")]);
    assert_eq!(queue(&harness, "link"), 2);
    let snapshot = harness.snapshot();
    harness.cron();
    assert_eq!(mails(&harness).len(), 2);
    harness.restore(&snapshot);
    let (status, _) = harness.reconcile_since("{\"since\": \"2026-11-01T00:00:00Z\"}");
    assert_eq!(status, 200);
    harness.pass(DAY);
    harness.cron();
    assert_eq!(mails(&harness).len(), 0);
    assert_eq!(
        messages(&harness),
        ["link|2|1|unclear|restored|0", "link|3|1|unclear|restored|0"]
    );
}

#[test]
fn test_messages_the_list_is_paged() {
    let harness = harness();
    harness.execute(
        "INSERT INTO messages (template, charge_id, about, queued_at, ended_at, state)
         SELECT 'reminder', 2, value, 1, 1, 'sent' FROM (WITH RECURSIVE s(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM s WHERE value < 120) SELECT value FROM s)",
    );
    let mut seen = Vec::new();
    let mut target = "/admin/messages?state=sent".to_owned();
    loop {
        let page = harness.read(&target);
        let numbers = page["messages"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|it| it["number"].as_i64());
        seen.extend(numbers);
        let Some(next) = page["next"].as_str() else {
            break;
        };
        target = format!("/admin/messages?state=sent&after={next}");
    }
    let expected: Vec<_> = (1..=120).rev().map(Some).collect();
    assert_eq!(seen, expected);
}

#[test]
fn test_messages_none_goes_to_a_payer_who_has_still_to_do_something() {
    let harness = harness();
    assert_eq!(queue(&harness, "link"), 2);
    let click = harness.ask(&crate::harness::link("demo-token-26"));
    assert_eq!(click.status, 307);
    let session = harness.newest_session();
    let waits = (harness.stripe.borrow_mut()).pay_by_microdeposits(&session, harness.now_ms());
    assert!(waits.is_ok());
    harness.deliver_webhooks();
    // The one that waited is not sent, and the pages say why.
    harness.cron();
    assert_eq!(messages(&harness)[0], "link|2|1|canceled|action_required|0");
    let list = harness.read("/admin/messages");
    assert_eq!(list["messages"][1]["reason"], "action_required", "{list}");
    let (status, answer) = harness.act(
        "/admin/messages",
        &json!({ "template": "reminder", "charges": [2, 3] }),
    );
    assert_eq!(status, 200, "{answer}");
    let left_out = &answer["left_out"];
    let of_charge_2 = left_out
        .as_array()
        .and_then(|all| all.iter().find(|it| it["charge_id"] == 2));
    assert_eq!(
        of_charge_2.map(|it| &it["reason"]),
        Some(&json!("action_required")),
        "{left_out}"
    );
}

#[test]
fn test_messages_say_how_far_they_are_and_when_all_are_gone() {
    let harness = harness();
    assert_eq!(harness.read("/admin/messages")["progress"], Value::Null);
    let preview = harness.ask(&desk("/admin/messages/preview?template=link"));
    // At the default budget of 45 a run sends three; the harness's clock says a quarter to eleven.
    assert!(
        preview
            .body
            .contains("2 emails, some 3 every five minutes: until about "),
        "{}",
        preview.body
    );
    assert_eq!(queue(&harness, "link"), 2);
    let progress = harness.read("/admin/messages")["progress"].clone();
    for (member, value) in [
        ("waiting", 2),
        ("queued_together", 2),
        ("sent", 0),
        ("canceled", 0),
    ] {
        assert_eq!(progress[member], value, "{progress}");
    }
    // One of them is sent, and the other one is of a charge that was closed meanwhile.
    harness.execute("UPDATE messages SET next_try_at = next_try_at + 3600000 WHERE charge_id = 3");
    harness.cron();
    let progress = harness.read("/admin/messages")["progress"].clone();
    for (member, value) in [("waiting", 1), ("queued_together", 2), ("sent", 1)] {
        assert_eq!(progress[member], value, "{progress}");
    }
    let page = harness.ask(&desk("/admin/messages"));
    assert!(page.body.contains("1 of 2 sent"), "{}", page.body);
}

#[test]
fn test_messages_all_that_wait_are_taken_back_at_once() {
    let harness = harness();
    assert_eq!(queue(&harness, "link"), 2);
    let page = harness.ask(&desk("/admin/messages/cancel"));
    assert!(
        page.body.contains("2 emails wait to be sent"),
        "{}",
        page.body
    );
    let (status, answer) = harness.act("/admin/messages/cancel", &json!({}));
    assert_eq!((status, &answer), (200, &json!({ "canceled": 2 })));
    harness.cron();
    assert_eq!(harness.mail.tries.get(), 0);
    assert_eq!(
        messages(&harness),
        [
            "link|2|1|canceled|withdrawn|0",
            "link|3|1|canceled|withdrawn|0"
        ]
    );
    let (_, again) = harness.act("/admin/messages/cancel", &json!({}));
    assert_eq!(again, json!({ "canceled": 0 }));
    // They can be queued again.
    assert_eq!(queue(&harness, "link"), 2);
}
