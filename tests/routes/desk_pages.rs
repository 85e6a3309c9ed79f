//! The texts of the desk for operators: true as things stand, in their own words, in one form.

use serde_json::json;

use crate::harness::{Ask, Harness, JSON, MINUTE, NOW, desk, get};

const FORM: &str = "application/x-www-form-urlencoded";

fn page(harness: &Harness, target: &str) -> String {
    let reply = harness.ask(&desk(target));
    assert_eq!(reply.status, 200, "{target}");
    reply.body.to_string()
}

/// A charge of that amount in cents.
fn charge_of(minor: i64) -> Harness {
    let harness = Harness::new().with_charge();
    harness.execute(&format!("UPDATE charges SET amount_minor = {minor}"));
    harness
}

/// A session cookie of the treasurer's.
fn cookie(harness: &Harness) -> String {
    let secret = crate::harness::ADMIN;
    let log_in = Ask {
        body: format!("secret={secret}").into_bytes(),
        ..get("/admin/login")
            .method("POST")
            .with("content-type", FORM)
            .with("sec-fetch-site", "same-origin")
    };
    let reply = harness.ask(&log_in);
    let cookie = reply.header("set-cookie").unwrap_or_default();
    cookie.split(';').next().unwrap_or_default().to_owned()
}

#[test]
fn test_desk_promises_no_payment_page_if_no_link_is_valid() {
    for (end, decision, said) in [
        (
            format!("expires_at = {NOW} - 1"),
            "link_expired",
            "expired 1",
        ),
        (format!("revoked_at = {NOW}"), "link_revoked", "revoked 1"),
    ] {
        let harness = Harness::new().with_charge();
        assert_eq!(
            harness.read("/admin/charges/2")["explain"]["decision"],
            "pay"
        );
        harness.execute(&format!("UPDATE links SET {end}"));
        let explained = harness.read("/admin/charges/2")["explain"].clone();
        assert_eq!(explained["decision"], decision);
        assert_eq!(
            (&explained["row"], &explained["status"]),
            (&json!(5), &json!(410))
        );
        let shown = page(&harness, "/admin/charges/2");
        for part in [
            "A person is told that the link is no longer valid.",
            "No link to the charge is valid any more. Make a new one",
            said,
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert!(!shown.contains("gets to the payment page"), "{shown}");
        // One more that is valid.
        assert_eq!(harness.act("/admin/charges/2/links", &json!({})).0, 200);
        assert_eq!(
            harness.read("/admin/charges/2")["explain"]["decision"],
            "pay"
        );
    }
    let paid = Harness::new().with_charge();
    let cash = json!({"amount": "150.00", "method": "cash"});
    assert_eq!(paid.act("/admin/charges/2/offline-payment", &cash).0, 200);
    paid.execute(&format!("UPDATE links SET revoked_at = {NOW}"));
    let shown = page(&paid, "/admin/charges/2");
    assert!(shown.contains("A person is told that it is paid."));
    assert!(!shown.contains("Make a new one"), "{shown}");
}

#[test]
fn test_desk_says_what_is_left_of_a_payment_that_cannot_be_refunded() {
    let harness = charge_of(13_000);
    let cash = json!({"amount": "130.00", "method": "cash"});
    assert_eq!(
        harness.act("/admin/charges/2/offline-payment", &cash).0,
        200
    );
    let order = harness.rows("SELECT id FROM orders").remove(0);
    let target = format!("/admin/orders/{order}/refund");
    let (status, problem) = harness.act(&target, &json!({"amount": "999.00", "refunded": "0"}));
    assert_eq!((status, &problem["code"]), (409, &json!("too_much")));
    assert_eq!(
        problem["detail"],
        "At most 130.00 USD can be refunded: that is what is left of the payment."
    );
    // The form comes back with what was typed.
    let page = harness.press(&target, "amount=999.00&refunded=0.00");
    assert_eq!(page.status, 400);
    for part in [
        "must be at most 130.00 USD",
        r#"value="999.00""#,
        r#"name="refunded" value="0.00""#,
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
}

#[test]
fn test_desk_calls_an_amount_of_0_nothing_to_pay() {
    let harness = charge_of(0);
    for target in [
        "/admin/charges",
        "/admin/charges/2",
        "/admin/charges/2/amount",
    ] {
        let shown = page(&harness, target);
        assert!(
            shown.contains("<span class=\"state\">nothing to pay</span>"),
            "{shown}"
        );
        assert!(
            !shown.contains("<span class=\"state\">closed</span>"),
            "{shown}"
        );
    }
    let shown = page(&harness, "/admin/charges/2");
    assert!(!shown.contains("The charge is open"), "{shown}");
    assert!(shown.contains("Nothing is to be paid for the charge: its amount is 0."));
    assert!(page(&harness, "/admin").contains(">closed, or nothing to pay</a>"));
    // Programs read the state as before.
    assert_eq!(
        harness.read("/admin/charges/2")["charge"]["state"],
        "closed"
    );
}

#[test]
fn test_desk_speaks_to_an_operator_where_nothing_is() {
    let harness = Harness::configured(&[("CLUB_LANGUAGE", "es")]);
    let stranger = harness.ask(&get("/admin/nonsense").with("accept-language", "fr"));
    assert_eq!(harness.calls.get().d1, 0);
    let cookie = cookie(&harness);
    let operator = harness.ask(&get("/admin/nonsense").with("cookie", &cookie));
    // Whether the session was ended.
    assert_eq!(harness.calls.get().d1, 1);
    for reply in [&stranger, &operator] {
        assert_eq!(reply.status, 404);
        for part in [
            "<html lang=\"en\">",
            "<h1>There is no such page on the desk</h1>",
            "href=\"/admin/desk-",
        ] {
            assert!(reply.body.contains(part), "{part}: {}", reply.body);
        }
        assert!(!reply.body.contains("link in the email"), "{}", reply.body);
    }
    assert!(operator.body.contains("<nav aria-label=\"Desk\">"));
    assert!(operator.body.contains("treasurer"));
    assert!(!stranger.body.contains("<nav") && stranger.body.contains("href=\"/admin\""));
    // Another path, another method, too long a form: the same voice, and a program gets the code.
    let put = harness.ask(&get("/admin/charges").method("PUT"));
    assert_eq!((put.status, put.header("allow")), (405, Some("GET, HEAD")));
    assert!(
        put.body.contains("This address takes GET, HEAD."),
        "{}",
        put.body
    );
    let long = harness.ask(
        &get("/admin/explain")
            .method("POST")
            .with("content-length", "9999999"),
    );
    assert!(long.status == 413 && long.body.contains("href=\"/admin\""));
    let post = harness.ask(&get("/admin/nonsense").method("POST"));
    assert_eq!(post.status, 404);
    let json = harness.ask(&get("/admin/nonsense").with("accept", JSON));
    assert_eq!(
        (json.status, json.header("content-type")),
        (404, Some("application/problem+json"))
    );
    assert!(json.body.contains("\"code\":\"no_such_page\""));
}

#[test]
fn test_desk_asks_about_a_due_date_that_has_passed() {
    let harness = Harness::new();
    harness.execute(&format!(
        "INSERT INTO players (id, player_id, name, monthly_fee_minor, monthly_currency, created_at, updated_at)
         VALUES (1, 'p1', 'Player 1', 5000, 'usd', {NOW}, {NOW})"
    ));
    let before = harness.all_rows();
    let form = |due_on: &str| format!("period=2026-11&kind=monthly&currency=usd&due_on={due_on}");
    // The harness's day is 18 November.
    let today = harness.press("/admin/periods?dry_run=1", &form("2026-11-18"));
    assert!(today.status == 200 && !today.body.contains("has passed"));
    let past = harness.press("/admin/periods?dry_run=1", &form("2026-11-17"));
    for part in [
        "The due date, 17 Nov 2026, has passed.",
        "name=\"past_due\" value=\"1\" required",
        ">Charge 1 player</button>",
    ] {
        assert!(past.body.contains(part), "{part}: {}", past.body);
    }
    let unconfirmed = harness.press("/admin/periods", &form("2026-11-17"));
    assert_eq!(unconfirmed.status, 409);
    assert!(
        unconfirmed.body.contains("Nothing was charged."),
        "{}",
        unconfirmed.body
    );
    assert_eq!(harness.all_rows(), before);
    // A program is told, before and after.
    let month =
        json!({"period": "2026-11", "kind": "monthly", "currency": "usd", "due_on": "2026-11-17"});
    let (status, dry) = harness.act("/admin/periods?dry_run=1", &month);
    assert_eq!((status, &dry["due_in_past"]), (200, &json!(true)));
    let mut later = month.clone();
    later["due_on"] = json!("2026-11-18");
    let (_, dry) = harness.act("/admin/periods?dry_run=1", &later);
    assert_eq!(dry["due_in_past"], false);
    let confirmed = harness.press(
        "/admin/periods",
        &format!("{}&past_due=1", form("2026-11-17")),
    );
    assert_eq!(confirmed.status, 303);
    assert_eq!(harness.rows("SELECT due_on FROM charges"), ["2026-11-17"]);
    let list = page(&harness, "/admin/periods");
    assert!(
        list.contains(">Nov 2026</a>") && list.contains("17 Nov 2026"),
        "{list}"
    );
}

#[test]
fn test_desk_writes_times_and_amounts_as_people_do() {
    let (harness, _) = Harness::clicked();
    let pending = |harness: &Harness, length: &str| {
        let shown = page(harness, "/admin/charges/2");
        let said = format!("has been pending for {length}, with a payment page");
        assert!(shown.contains(&said), "{said}: {shown}");
        shown
    };
    harness.pass(MINUTE);
    pending(&harness, "1 minute");
    harness.pass(3 * 24 * 60 * MINUTE);
    pending(&harness, "3 days");
    harness.pass((272_929 - 3 * 24 * 60 - 1) * MINUTE);
    harness.execute(
        "UPDATE charges SET amount_minor = 712000, kind = 'monthly', period = '2026-05', due_on = '2026-05-31'",
    );
    pending(&harness, "6 months");
    let shown = page(&harness, "/admin/charges/2");
    for part in [
        "<p class=\"number\">7,120.00 USD</p>",
        "Monthly fee, May 2026",
        "<dd>31 May 2026</dd>",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(
        !shown.contains("minutes") && !shown.contains("2026-05"),
        "{shown}"
    );
    // What an engineer wants to know is there, and not in the way.
    assert!(
        shown.contains(
            "<details><summary>For engineers</summary><p>Row 11 of the decision table, status 307.</p></details>"
        ),
        "{shown}"
    );
    let json = harness.read("/admin/charges/2");
    assert_eq!(
        (&json["charge"]["amount"], &json["charge"]["due_on"]),
        (&json!("7120.00"), &json!("2026-05-31"))
    );
    let csv = harness.ask(&desk("/admin/export/charges.csv")).body;
    assert!(
        csv.contains("7120.00") && csv.contains("2026-05-31"),
        "{csv}"
    );
    let list = page(&harness, "/admin/charges");
    assert!(
        list.contains("31 May 2026") && !list.contains(">2026-05"),
        "{list}"
    );
}

#[test]
fn test_desk_says_what_was_done_and_where_one_is() {
    let harness = Harness::new().with_charge();
    assert_eq!(harness.act("/admin/charges/2/links", &json!({})).0, 200);
    let close = json!({"reason": "moved away"});
    assert_eq!(harness.act("/admin/charges/2/close", &close).0, 200);
    let shown = page(&harness, "/admin/charges/2");
    assert!(shown.contains("treasurer made a link."), "{shown}");
    assert!(shown.contains("treasurer closed the charge."), "{shown}");
    assert!(shown.contains("<a href=\"/admin/charges\" aria-current=\"page\">"));
    let audit = page(&harness, "/admin/audit");
    let made = "made a link to <a href=\"/admin/charges/2\">Player 26's first payment</a>";
    assert!(audit.contains(made), "{audit}");
    let incidents = page(&harness, "/admin/incidents?state=resolved");
    assert!(incidents.contains("aria-current=\"page\">Resolved</a>"));
    let import = page(&harness, "/admin/import");
    assert!(import.contains("separated by commas or semicolons"));
    let css = harness.ask(&get(checkout_guard::desk::style::PATH)).body;
    assert!(
        css.contains("nav a[aria-current]") && css.contains(".quiet[aria-current]"),
        "{css}"
    );
}

#[test]
fn test_desk_a_form_that_cannot_be_taken_comes_back_with_what_was_typed() {
    let harness = Harness::new().with_charge();
    let before = harness.all_rows();
    for (act, form, kept, field) in [
        ("amount", "amount=1%2C234", r#"value="1,234""#, "amount"),
        ("close", "reason=+", r#"name="reason""#, "reason"),
        (
            "offline-payment",
            "amount=150.00&method=check&paid_on=2031-01-01&note=in+the+club+house",
            r#"value="in the club house""#,
            "paid_on",
        ),
        (
            "offline-payment",
            "amount=150.00&method=&paid_on=2026-11-01",
            r#"value="150.00""#,
            "method",
        ),
    ] {
        let reply = harness.press(&format!("/admin/charges/2/{act}"), form);
        assert_eq!(reply.status, 400, "{act}");
        assert!(
            reply.body.contains("Nothing was done yet"),
            "{}",
            reply.body
        );
        assert!(reply.body.contains(kept), "{act}: {}", reply.body);
        let marked = format!("id=\"{field}-error\"");
        let is_marked = reply.body.contains(&marked) || field == "method";
        assert!(
            is_marked && reply.body.contains("class=\"error\""),
            "{act}: {}",
            reply.body
        );
    }
    assert_eq!(harness.all_rows(), before);
}
