//! Operators: who is one, for how long, and under which name, by a session's cookie and by Cloudflare Access.

use checkout_guard::http::response::Response;
use serde_json::{Value, json};

use crate::harness::{ADMIN, Ask, Calls, Harness, JSON, MINUTE, calls_before, desk, get, link};

const AUDIENCE: &str = "aud-of-the-desk";
const OTHER: &str = "secret-of-another-operator-of-the-tests";
const ENTRIES: &str = "SELECT operator, act, about FROM audit ORDER BY id";

/// A form of the desk, sent by a browser.
fn form<'a>(target: &'a str, body: &str) -> Ask<'a> {
    Ask {
        body: body.as_bytes().to_vec(),
        ..get(target)
            .method("POST")
            .with("sec-fetch-site", "same-origin")
            .with("content-type", "application/x-www-form-urlencoded")
    }
}

/// The cookie that a browser has after an answer: the new one, or that from before.
fn kept(reply: &Response, before: &str) -> String {
    reply.header("set-cookie").map_or_else(
        || before.to_owned(),
        |set| set.split(';').next().unwrap_or_default().to_owned(),
    )
}

fn log_in(harness: &Harness, secret: &str) -> String {
    let reply = harness.ask(&form("/admin/login", &format!("secret={secret}")));
    assert_eq!(reply.status, 303, "{}", reply.body);
    kept(&reply, "")
}

fn open(harness: &Harness, cookie: &str) -> Response {
    harness.ask(&get("/admin/charges").with("cookie", cookie))
}

fn log_out(harness: &Harness, cookie: &str) -> Response {
    harness.ask(&form("/admin/logout", "").with("cookie", cookie))
}

fn entries(harness: &Harness) -> Vec<Value> {
    let log = harness.read("/admin/audit");
    log["entries"].as_array().cloned().unwrap_or_default()
}

// Sessions.

#[test]
fn test_a_log_out_ends_the_session_on_the_server_too() {
    let harness = Harness::new().with_charge();
    let cookie = log_in(&harness, ADMIN);
    assert_eq!(open(&harness, &cookie).status, 200);
    harness.pass(MINUTE);
    let out = log_out(&harness, &cookie);
    assert_eq!(
        (out.status, out.header("location")),
        (303, Some("/admin/login"))
    );
    assert_eq!(kept(&out, ""), "__Host-operator=");
    // Somebody has kept the cookie.
    let refused = open(&harness, &cookie);
    assert_eq!((refused.status, refused.header("set-cookie")), (401, None));
    assert!(refused.body.contains("Your secret"));
    assert_eq!(log_out(&harness, &cookie).status, 401);
    // The next log-in works at once, and so does the next log-out, within one millisecond.
    for _ in 0..3 {
        let next = log_in(&harness, ADMIN);
        assert_eq!(open(&harness, &next).status, 200);
        assert_eq!(open(&harness, &cookie).status, 401);
        assert_eq!(log_out(&harness, &next).status, 303);
        assert_eq!(open(&harness, &next).status, 401);
    }
}

#[test]
fn test_a_log_out_ends_all_sessions_of_its_operator_and_nobody_elses() {
    let tokens = format!("treasurer:{ADMIN},coach:{OTHER}");
    let harness = Harness::configured(&[("ADMIN_TOKEN", &tokens)]);
    let [phone, desktop] = [(); 2].map(|()| log_in(&harness, ADMIN));
    let coach = log_in(&harness, OTHER);
    assert_eq!(log_out(&harness, &phone).status, 303);
    let seen = [&phone, &desktop, &coach].map(|cookie| open(&harness, cookie).status);
    assert_eq!(seen, [401, 401, 200]);
    // A secret works whatever sessions are over.
    assert_eq!(harness.ask(&desk("/admin/charges")).status, 200);
}

#[test]
fn test_a_log_out_ends_its_session_whatever_the_clocks_say() {
    let harness = Harness::new();
    let cookie = log_in(&harness, ADMIN);
    // The machine that answers the log-out is behind the one that answered the log-in.
    harness.pass(-2_000);
    assert_eq!(log_out(&harness, &cookie).status, 303);
    harness.pass(5_000);
    assert_eq!(open(&harness, &cookie).status, 401);
}

#[test]
fn test_an_hour_without_use_ends_a_session_and_use_renews_it() {
    let harness = Harness::new();
    let first = log_in(&harness, ADMIN);
    let mut cookie = first.clone();
    for _ in 0..12 {
        harness.pass(59 * MINUTE);
        let reply = open(&harness, &cookie);
        assert_eq!(reply.status, 200);
        let next = kept(&reply, "");
        assert_ne!(next, cookie);
        cookie = next;
    }
    // The first cookie was not used for an hour.
    assert_eq!(open(&harness, &first).status, 401);
    // 12 hours after the log-in it is over, however much it was used.
    harness.pass(12 * MINUTE - 1);
    assert_eq!(open(&harness, &cookie).status, 200);
    harness.pass(1);
    assert_eq!(open(&harness, &cookie).status, 401);

    let idle = log_in(&harness, ADMIN);
    harness.pass(60 * MINUTE - 1);
    assert_eq!(open(&harness, &idle).status, 200);
    harness.pass(1);
    assert_eq!(open(&harness, &idle).status, 401);
}

#[test]
fn test_a_session_costs_the_desk_one_read_and_a_parents_click_none() {
    let harness = Harness::new().with_charge();
    let cookie = log_in(&harness, ADMIN);
    assert_eq!(harness.ask(&desk("/admin/charges")).status, 200);
    let by_secret = harness.calls.get().d1;
    assert_eq!(open(&harness, &cookie).status, 200);
    assert_eq!(harness.calls.get().d1, by_secret + 1);
    let click = harness.ask(&link("demo-token-26").with("cookie", &cookie));
    assert_eq!(calls_before(&click), Calls { d1: 1, stripe: 1 });
    // A cookie that nobody signed is not looked up.
    harness.ask(&get("/admin/charges").with("cookie", &format!("{cookie}0")));
    assert_eq!(harness.calls.get().d1, 0);
}

#[test]
fn test_a_session_that_cannot_be_looked_up_lets_nobody_in() {
    let harness = Harness::new().with_charge();
    let cookie = log_in(&harness, ADMIN);
    harness.d1_is_down.set(true);
    let page = open(&harness, &cookie);
    assert_eq!((page.status, page.header("retry-after")), (503, Some("5")));
    assert!(page.body.contains("<h1>Try again in a moment</h1>"));
    let json = harness.ask(
        &get("/admin/charges")
            .with("cookie", &cookie)
            .with("accept", JSON),
    );
    assert!(json.status == 503 && json.body.contains("\"code\":\"try_again\""));
    let out = log_out(&harness, &cookie);
    assert_eq!((out.status, out.header("set-cookie")), (503, None));
    let log_in = harness.ask(&form("/admin/login", &format!("secret={ADMIN}")));
    assert_eq!((log_in.status, log_in.header("set-cookie")), (503, None));
    harness.d1_is_used_up();
    let page = open(&harness, &cookie);
    assert_eq!(page.status, 503);
    assert!(page.body.contains("<h1>Not before midnight UTC</h1>"));
    harness.d1_is_down.set(false);
    assert_eq!(open(&harness, &cookie).status, 200);
    assert_eq!(
        harness.rows(ENTRIES),
        ["treasurer|log_in|desk"],
        "what failed is not in the log"
    );
}

#[test]
fn test_log_ins_log_outs_and_exports_are_in_the_audit() {
    let harness = Harness::new().with_charge();
    let wrong = harness.ask(&form("/admin/login", "secret=nobodys"));
    assert_eq!(wrong.status, 401);
    let cookie = log_in(&harness, ADMIN);
    for path in [
        "/admin/export/charges.csv",
        "/admin/export/payments.csv?after=7",
    ] {
        let reply = harness.ask(&get(path).with("cookie", &cookie));
        assert_eq!(reply.status, 200);
    }
    log_out(&harness, &cookie);
    assert_eq!(
        harness.rows(ENTRIES),
        [
            "treasurer|log_in|desk",
            "treasurer|export|charges.csv",
            "treasurer|export|payments.csv",
            "treasurer|log_out|desk"
        ]
    );
    let details = harness.rows("SELECT detail FROM audit WHERE act = 'export' ORDER BY id");
    assert_eq!(details, [r#"{"rows":1}"#, r#"{"rows":0,"after":7}"#]);
    // A request with a secret is no log-in. What it does stands there.
    assert_eq!(harness.ask(&desk("/admin/charges")).status, 200);
    assert_eq!(entries(&harness).len(), 4);
    // An export that is not written down is not given.
    harness.execute("DROP TRIGGER audit_stays; DROP TABLE audit");
    let refused = harness.ask(&desk("/admin/export/charges.csv"));
    assert!(refused.status == 503 && !refused.body.contains("Player 26"));
}

// Cloudflare Access.

fn behind_access(operators: &str) -> Harness {
    Harness::configured(&[("ACCESS_AUD", AUDIENCE), ("ACCESS_OPERATORS", operators)]).with_charge()
}

fn close(harness: &Harness) -> Response {
    harness.ask(&form("/admin/charges/2/close", "reason=waived"))
}

#[test]
fn test_access_is_off_unless_its_audience_is_configured() {
    let harness = Harness::new();
    let somebody = Some("treasurer@club.example");
    harness.access.replace(Some((AUDIENCE, somebody)));
    assert_eq!(harness.ask(&get("/admin/charges")).status, 401);
    let harness = behind_access("");
    // Another application of the same account has let them through.
    harness.access.replace(Some(("aud-of-the-wiki", somebody)));
    assert_eq!(harness.ask(&get("/admin/charges")).status, 401);
    assert_eq!(
        harness.asked_access.get(),
        0,
        "nobody need be asked who that is"
    );
    harness.access.replace(Some((AUDIENCE, somebody)));
    assert_eq!(harness.ask(&get("/admin/charges")).status, 200);
}

#[test]
fn test_access_without_an_address_lets_nobody_in() {
    let harness = behind_access("");
    for email in [None, Some(""), Some("service token"), Some("@club.example")] {
        harness.access.replace(Some((AUDIENCE, email)));
        assert_eq!(harness.ask(&get("/admin/charges")).status, 401, "{email:?}");
        let json = harness.ask(&get("/admin/charges").with("accept", JSON));
        assert!(json.status == 401 && json.body.contains("unauthorized"));
    }
    // A script behind a service token has an operator's secret, as everywhere.
    assert_eq!(harness.ask(&desk("/admin/charges")).status, 200);
    let name = |harness: &Harness| {
        let log = harness.log.borrow();
        log.operator.as_ref().map(|name| name.as_str().to_owned())
    };
    assert_eq!(name(&harness).as_deref(), Some("treasurer"));
}

#[test]
fn test_access_lets_in_whom_the_list_names() {
    let harness = behind_access("Treasurer@club.example, coach@club.example");
    for (email, status) in [
        ("treasurer@club.example", 200),
        ("COACH@CLUB.EXAMPLE", 200),
        ("treasurer@other.example", 401),
        ("parent@club.example", 401),
    ] {
        harness.access.replace(Some((AUDIENCE, Some(email))));
        assert_eq!(
            harness.ask(&get("/admin/charges")).status,
            status,
            "{email}"
        );
    }
    // Whom it does not name can still log in with a secret.
    let cookie = log_in(&harness, ADMIN);
    assert_eq!(open(&harness, &cookie).status, 200);
}

#[test]
fn test_access_names_an_operator_by_the_whole_address_and_the_log_by_none() {
    let harness = behind_access("");
    let somebody = |email| harness.access.replace(Some((AUDIENCE, Some(email))));
    somebody("treasurer@club.example");
    let page = harness.ask(&get("/admin/charges"));
    let named = "<span>access:treasurer@club.example</span>";
    assert!(page.body.contains(named), "{}", page.body);
    assert!(!page.body.contains("Log out") && page.header("set-cookie").is_none());
    let forged = form("/admin/charges/2/close", "reason=x").with("sec-fetch-site", "cross-site");
    assert_eq!(harness.ask(&forged).status, 403);
    assert_eq!(close(&harness).status, 303);
    assert_eq!(
        harness
            .log
            .borrow()
            .operator
            .as_ref()
            .map(|name| name.in_log().to_owned()),
        Some("access:treasurer".to_owned())
    );
    // The same local part at another domain, and an entry of ADMIN_TOKEN of that name, are others.
    somebody("treasurer@other.example");
    let reopen = harness.ask(&form("/admin/charges/2/reopen", ""));
    assert_eq!(reopen.status, 303);
    harness.access.replace(None);
    harness.act("/admin/charges/2/close", &json!({ "reason": "waived" }));
    let operators = entries(&harness).into_iter();
    let operators: Vec<_> = operators.map(|entry| entry["operator"].clone()).collect();
    assert_eq!(
        operators,
        [
            "treasurer",
            "access:treasurer@other.example",
            "access:treasurer@club.example"
        ]
    );
    let page = harness.ask(&desk("/admin/audit"));
    assert!(page.body.contains("access:treasurer@other.example"));
}
