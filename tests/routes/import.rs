//! `/admin/import`: what a file becomes, and that a bad one becomes nothing.

use std::{
    cell::Cell,
    fs,
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, Waker},
};

use checkout_guard::{
    billing::import::{self, Imported, Report, options::Options},
    config::Config,
    domain::{
        error::StoreError,
        operator::OperatorName,
        time::{Millis, UnixMillis},
        token::Token,
    },
    ports::{Clock, Random},
    store::{Database, DatabaseError, Row, Statement},
};
use serde_json::Value;
use sha2::Digest;

use crate::harness::{ADMIN, Ask, Harness, JSON, MINUTE, get, link};

const CARRY: &str = "/admin/import?carry_orders=1";
const CHARGES: &str = "SELECT p.player_id, p.name, p.email, c.kind, c.period, c.amount_minor, c.currency \
                       FROM charges c JOIN players p ON p.id = c.player_id ORDER BY c.id";
const ORDERS: &str = "SELECT id, status, origin, amount_minor, created_at, stripe_session_id FROM orders ORDER BY id";

fn examples() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/orders.csv"))
        .unwrap_or_default()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The lines and reasons of a refusal; nothing was written.
fn refused(harness: &Harness, csv: &str) -> Vec<(u64, String)> {
    refused_at(harness, CARRY, csv)
}

fn refused_at(harness: &Harness, target: &str, csv: &str) -> Vec<(u64, String)> {
    let before = harness.all_rows();
    let reply = harness.import_at(target, csv);
    assert_eq!(reply.status, 422, "{}", reply.body);
    assert_eq!(harness.all_rows(), before);
    let problem = json(&reply.body);
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let error = |error: &Value| {
        (
            error["line"].as_u64().unwrap_or(0),
            error["reason"].as_str().unwrap_or("").to_owned(),
        )
    };
    errors.iter().map(error).collect()
}

fn reason(harness: &Harness, csv: &str) -> String {
    reason_at(harness, CARRY, csv)
}

fn reason_at(harness: &Harness, target: &str, csv: &str) -> String {
    let refused = refused_at(harness, target, csv);
    refused
        .first()
        .map(|(_, reason)| reason.clone())
        .unwrap_or_default()
}

#[test]
fn test_import_the_seven_orders() {
    let harness = Harness::new();
    let reply = harness.import_at(CARRY, &examples());
    assert_eq!(reply.status, 200, "{}", reply.body);
    let lines = json(&reply.body);
    assert_eq!(lines.as_array().map(Vec::len), Some(7));
    assert_eq!(
        lines[1]["link"],
        "https://pay.club.example/checkout/first-payment?token=demo-only-token-player-26"
    );
    assert!(
        lines[1]["note"]
            .as_str()
            .is_some_and(|note| note.contains("without asking Stripe"))
    );
    assert_eq!(
        harness.rows("SELECT id, status, amount_minor, origin FROM orders ORDER BY id"),
        [
            "22|pending|16500|import",
            "25|paid|13500|import",
            "26|pending|15000|import",
            "27|pending|16500|import",
            "28|pending|8500|import",
            "50|pending|4000|import",
            "72|pending|13500|import"
        ]
    );
    // The token itself is nowhere in the database.
    assert!(
        !harness
            .all_rows()
            .iter()
            .any(|row| row.contains("demo-only-token"))
    );
    assert_eq!(harness.ask(&link("demo-only-token-player-25")).status, 409);
    assert_eq!(harness.ask(&link("demo-only-token-player-26")).status, 307);
}

#[test]
fn test_import_again_updates_and_mints_no_second_link() {
    let harness = Harness::new();
    let csv = "player_id,player,amount,email\n7,Player 7,135.00,a@example.com\n";
    let first = json(&harness.import(csv).body);
    let link = first[0]["link"].as_str().unwrap_or("").to_owned();
    let token = link.strip_prefix("https://pay.club.example/checkout/first-payment?token=");
    assert_eq!(token.map(str::len), Some(43), "{link}");
    let again = json(
        &harness
            .import("player_id,player,amount,email\n7,Player Seven,150,\n")
            .body,
    );
    assert_eq!(
        (again[0]["link"].as_str(), again[0]["note"].as_str()),
        (Some(""), Some("updated; its link was handed out before"))
    );
    assert_eq!(
        harness.rows(CHARGES),
        ["7|Player Seven|a@example.com|first_payment||15000|usd"]
    );
    assert_eq!(harness.rows("SELECT count(*) FROM links"), ["1"]);
    let examples = examples();
    harness.import_at(CARRY, &examples);
    let orders = harness.rows(ORDERS);
    assert_eq!(harness.import_at(CARRY, &examples).status, 200);
    assert_eq!(harness.rows(ORDERS), orders);
}

#[test]
fn test_import_dry_run_only_reports() {
    let harness = Harness::new();
    let before = harness.all_rows();
    let reply = harness.import_at(
        "/admin/import?dry_run=1",
        "player_id,player,amount\n7,Player 7,135.00\n8,Player 8,0\n",
    );
    assert_eq!(reply.status, 200);
    let lines = json(&reply.body);
    assert_eq!(
        (lines[0]["link"].as_str(), lines[0]["note"].as_str()),
        (Some(""), Some("a link would be made"))
    );
    assert_eq!(lines[1]["note"], "nothing to pay; a link would be made");
    assert_eq!(harness.all_rows(), before);
}

#[test]
fn test_import_dry_run_says_when_d1s_day_would_be_used_up() {
    let harness = Harness::new();
    let csv = |lines: usize| {
        let lines = (1..=lines).map(|n| format!("{n},Player {n},135.00\n"));
        format!("player_id,player,amount\n{}", lines.collect::<String>())
    };
    let warned = |lines: usize| {
        let reply = harness.import_at("/admin/import?dry_run=1", &csv(lines));
        assert_eq!(reply.status, 200, "{}", reply.body);
        let lines = json(&reply.body);
        let lines = lines.as_array().cloned().unwrap_or_default();
        let is_warned =
            |line: &serde_json::Value| line["note"].to_string().contains("D1's free plan");
        lines.iter().filter(|line| is_warned(line)).count()
    };
    assert_eq!((warned(5_000), warned(5_500)), (0, 1), "19 rows a line");
    // What is here already is not written again.
    let reply = harness.import(&csv(5_500));
    assert_eq!(reply.status, 200);
    assert!(!reply.body.contains("D1's free plan"), "it was written");
    assert_eq!(warned(5_500), 0);
}

#[test]
fn test_import_of_what_is_the_same_writes_no_row() {
    let harness = Harness::new();
    let csv =
        "player_id,player,amount,email,monthly_fee\n7,Player 7,135.00,payer7@example.com,40.00\n";
    harness.import(csv);
    let state = || {
        harness.rows(
            "SELECT p.updated_at, c.updated_at FROM players p JOIN charges c ON c.player_id = p.id",
        )
    };
    let before = state();
    harness.pass(MINUTE);
    assert_eq!(harness.import(csv).status, 200);
    assert_eq!(state(), before);
    harness.import(&csv.replace("135.00", "140.00").replace("40.00,", "45.00,"));
    assert_ne!(state(), before);
}

#[test]
fn test_import_kinds_periods_and_spreadsheets() {
    let harness = Harness::new();
    let csv = "\u{feff}Player_ID;Player;Amount;Kind;Period;Currency\r\n7;\"Player; 7\";45.5;monthly;2026-05;EUR\r\n7;\"Player; 7\";20;custom;;eur\r\n";
    let reply = harness.import(csv);
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(
        harness.rows(CHARGES),
        [
            "7|Player; 7|-|monthly|2026-05|4550|eur",
            "7|Player; 7|-|custom||2000|eur"
        ]
    );
    let lines = json(&reply.body);
    assert!(
        lines[0]["link"]
            .as_str()
            .is_some_and(|link| link.starts_with("https://pay.club.example/checkout/pay?token="))
    );
}

#[test]
fn test_import_answers_csv_by_default() {
    let harness = Harness::new();
    let admin = format!("Bearer {ADMIN}");
    let ask = get("/admin/import")
        .method("POST")
        .with("authorization", &admin)
        .with("accept", "*/*");
    let body =
        b"player_id,player,amount,token\n7,\"Player \"\"7\"\", A\",135.00,token-of-player-7\n"
            .to_vec();
    let reply = harness.ask(&Ask {
        body,
        ..ask.clone()
    });
    assert_eq!(
        reply.header("content-type"),
        Some("text/csv; charset=utf-8; header=present")
    );
    assert_eq!(
        reply.body,
        "player_id,player,kind,period,amount,link,note\r\n\
         7,\"Player \"\"7\"\", A\",first_payment,,135.00,https://pay.club.example/checkout/first-payment?token=token-of-player-7,\r\n"
    );
    let reply = harness.ask(&Ask {
        body: b"player_id,player,amount\n7,Player 7,x\n".to_vec(),
        ..ask
    });
    assert_eq!(
        (reply.status, reply.body.lines().nth(1)),
        (422, Some("2,amount,amount: must be like 135.00"))
    );
}

#[test]
fn test_import_names_every_bad_line_and_writes_nothing() {
    let harness = Harness::new();
    let csv = "player_id,player,amount,email\n1,Player 1,135.00,\n2,Player 2,x,\n3,,5.00,\n4,Player 4,5.00,nobody\n5,Player 5,5.00\n";
    let reasons = refused(&harness, csv);
    let expected = [
        (3, "amount: must be like 135.00"),
        (4, "player: is missing"),
        (5, "email: is not an address"),
        (6, "has 3 fields, the header has 4"),
    ];
    assert_eq!(
        reasons,
        expected.map(|(line, reason)| (line, reason.to_owned()))
    );
}

#[test]
fn test_import_refuses_values_that_cannot_be() {
    let harness = Harness::new();
    for (amount, part) in [
        ("-1.00", "must be like"),
        ("1.005", "must be like"),
        ("1,00", "has 4 fields"),
        ("1e3", "must be like"),
        (".5", "must be like"),
        ("5.", "must be like"),
        ("1000000.00", "more than 999,999.99 USD"),
        ("0.49", "less than 0.50 USD"),
        ("٣.00", "must be like"),
    ] {
        let why = reason(
            &harness,
            &format!("player_id,player,amount\n1,Player 1,{amount}\n"),
        );
        assert!(why.contains(part), "{amount}: {why}");
    }
    for (column, value, part) in [
        ("currency", "jpy", "less than 50 JPY"),
        ("currency", "kpw", "does not charge in KPW"),
        ("currency", "dollar", "three-letter"),
        ("kind", "yearly", "must be"),
        ("period", "2026-13", "like 2026-05"),
        ("period", "May", "like 2026-05"),
        ("token", "short", "16 to 200"),
        ("token", "with space in between", "16 to 200"),
        ("token", "fifteen-letters", "at least 16"),
        ("email", "a@b", "not an address"),
        ("email", "a b@c.example", "not an address"),
        ("email", "a@c.example\u{7}", "control character"),
        ("order_id", "5", "needs order_status"),
        ("language", "it", "en, es, pt, fr or de"),
        ("monthly_fee", "12,50", "has 5 fields"),
        ("monthly_fee", "0.10", "monthly_fee: is less than 0.50 USD"),
        ("monthly_fee", "x", "monthly_fee: must be like 135.00"),
        ("color", "red", "unknown column"),
    ] {
        let why = reason(
            &harness,
            &format!("player_id,player,amount,{column}\n1,Player 1,5.00,{value}\n"),
        );
        assert!(why.contains(part), "{column}={value}: {why}");
    }
    let order = |id: &str, status: &str, created: &str, session: &str, url: &str| {
        let header = "player_id,player,amount,order_id,order_status,order_created_at,stripe_session_id,checkout_url";
        reason(
            &Harness::new(),
            &format!("{header}\n1,Player 1,5.00,{id},{status},{created},{session},{url}\n"),
        )
    };
    assert!(order("0", "paid", "2026-05-01T00:00:00Z", "", "").contains("order_id"));
    assert!(order("1", "open", "2026-05-01T00:00:00Z", "", "").contains("order_status"));
    assert!(order("1", "paid", "", "", "").contains("order_created_at: is missing"));
    assert!(order("1", "paid", "yesterday", "", "").contains("order_created_at"));
    assert!(order("1", "paid", "2099-05-01T00:00:00Z", "", "").contains("future"));
    assert!(order("1", "paid", "2026-05-01T00:00:00Z", "sess_1", "").contains("stripe_session_id"));
    assert!(
        order("1", "paid", "2026-05-01T00:00:00Z", "", "javascript:x").contains("checkout_url")
    );
}

#[test]
fn test_import_refuses_files_that_are_none() {
    let harness = Harness::new();
    assert!(reason(&harness, "").contains("empty"));
    assert!(reason(&harness, "player_id,amount\n").contains("player is missing"));
    assert!(reason(&harness, "player_id,player,player,amount\n").contains("twice"));
    let many: String = (0..10_001)
        .map(|i| format!("{i},Player {i},5.00\n"))
        .collect();
    assert!(reason(&harness, &format!("player_id,player,amount\n{many}")).contains("10000 lines"));
}

#[test]
fn test_import_takes_ten_thousand_lines_in_one_go() {
    let harness = Harness::new();
    let lines = |amount: &str| -> String {
        let line = |i| {
            format!(
                "{i},Player {i} of the under twelves,{amount},payer-of-player-{i}@mail.club.example\n"
            )
        };
        (1..=10_000).map(line).collect()
    };
    let csv = |amount| format!("player_id,player,amount,email\n{}", lines(amount));
    let before = harness.all_rows();
    // The last line is wrong: nothing of the first chunk is written either.
    let wrong = format!("{}10001,Player 10001,5.00,\n", csv("135.00"));
    assert_eq!(refused(&harness, &wrong)[0].0, 10_002);
    assert_eq!(harness.all_rows(), before);
    let reply = harness.import(&csv("135.00"));
    assert_eq!(reply.status, 200);
    // Fewer statements than the free plan allows in a request, in two calls, and one after the answer.
    assert!(harness.statements.get() <= 20 && harness.calls.get().d1 == 3);
    let counts = "SELECT (SELECT count(*) FROM players), (SELECT count(*) FROM charges), (SELECT count(*) FROM links), \
                         (SELECT count(*) FROM import_chunks), (SELECT sum(amount_minor) FROM charges)";
    assert_eq!(harness.rows(counts), ["10000|10000|10000|0|135000000"]);
    let report = json(&reply.body);
    assert_eq!(report.as_array().map(Vec::len), Some(10_000));
    for (place, player) in [(0, "1"), (4_999, "5000"), (9_999, "10000")] {
        let link = report[place]["link"].as_str().unwrap_or_default();
        let token = link.split("token=").nth(1).and_then(Token::parse);
        let hash = token.map(|token| token.hash().as_str().to_owned());
        let of = format!(
            "SELECT l.token_sha256 FROM links l JOIN charges c ON c.id = l.charge_id \
             JOIN players p ON p.id = c.player_id WHERE p.player_id = '{player}'"
        );
        assert_eq!(harness.rows(&of), [hash.unwrap_or_default()], "{player}");
    }
    let again = json(&harness.import(&csv("140.00")).body);
    assert_eq!(
        again[9_999]["note"],
        "updated; its link was handed out before"
    );
    assert_eq!(harness.rows(counts), ["10000|10000|10000|0|140000000"]);
}

#[test]
fn test_import_a_name_leads_nowhere_and_shows_what_it_says() {
    let harness = Harness::new();
    let refused = |player: &str| {
        let csv = format!("player_id,player,amount\n7,{player},5.00\n");
        let reply = harness.import(&csv);
        assert_eq!(reply.status, 422, "{player:?}");
        let rejected = json(&reply.body)["errors"][0].clone();
        assert_eq!(rejected["line"], 2, "{player:?}");
        assert_eq!(rejected["column"], "player", "{player:?}");
        rejected["reason"].as_str().unwrap_or_default().to_owned()
    };
    for player in [
        "Player 7 https://evil.example/pay",
        "evil://x",
        "Player www.evil.example",
        "WWW.EVIL.EXAMPLE",
    ] {
        assert!(refused(player).contains("web address"), "{player}");
    }
    for code in [
        0x61c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068,
        0x2069,
    ] {
        let player = format!("Player{}7", char::from_u32(code).unwrap_or_default());
        assert!(refused(&player).contains("direction"), "{code:x}");
    }
    assert_eq!(harness.all_rows(), Vec::<String>::new());
    // Names as people have them.
    for (id, player) in ["O'Brien-Núñez, Zoë", "محمد", "St. Pauli: w.w.", "A/B"]
        .iter()
        .enumerate()
    {
        let csv = format!("player_id,player,amount\n{id},\"{player}\",5.00\n");
        assert_eq!(harness.import(&csv).status, 200, "{player}");
    }
}

#[test]
fn test_import_a_control_character_is_an_error_in_every_column() {
    let harness = Harness::new();
    let columns = [
        "player_id",
        "player",
        "amount",
        "email",
        "language",
        "monthly_fee",
        "kind",
        "period",
        "currency",
        "token",
        "order_id",
        "order_status",
        "order_created_at",
        "stripe_session_id",
        "checkout_url",
    ];
    for control in [
        '\0', '\u{7}', '\t', '\n', '\u{1b}', '\u{7f}', '\u{85}', '\u{9b}',
    ] {
        for bad in columns {
            let cells = columns.map(|column| {
                if column == bad {
                    format!("\"a{control}b\"")
                } else {
                    String::new()
                }
            });
            let csv = format!("{}\n{}\n", columns.join(","), cells.join(","));
            assert_eq!(
                reason(&harness, &csv),
                format!("{bad}: has a control character"),
                "{control:?}"
            );
        }
    }
    assert_eq!(harness.all_rows(), Vec::<String>::new());
}

#[test]
fn test_import_of_the_longest_lines_fits_or_says_why_not() {
    let harness = Harness::new();
    // 200 characters of 4 bytes, and quotes, which JSON writes as two.
    let name = |i: usize| format!("{i:>04}{}", "\u{1f3d0}".repeat(196));
    let id = |i: usize| format!("{i:>04}{}", "\"\"".repeat(96));
    let line = |i: usize| format!("\"{}\",{},5.00\n", id(i), name(i));
    let csv = |lines: usize| {
        let lines: String = (0..lines).map(line).collect();
        format!("player_id,player,amount\n{lines}")
    };
    let most = csv(4_900);
    assert!(most.len() > 4_800_000);
    assert_eq!(harness.import(&most).status, 200);
    assert!(harness.statements.get() <= 30);
    assert_eq!(
        harness.rows("SELECT count(*), min(length(name)), max(length(player_id)) FROM players"),
        ["4900|200|100"]
    );
    let reply = harness.import(&csv(5_100));
    assert_eq!(
        (reply.status, json(&reply.body)["code"].as_str()),
        (413, Some("too_large"))
    );
    assert!(reply.body.contains("send it in parts"));
}

#[test]
fn test_import_refuses_lines_that_contradict_each_other_or_the_books() {
    let harness = Harness::new();
    let header =
        "player_id,player,amount,token,order_id,order_status,order_created_at,stripe_session_id\n";
    let at = "2026-05-01T00:00:00Z";
    for (lines, part) in [
        (
            "1,Player 1,5.00,,,,,\n1,Player 1,6.00,,,,,\n",
            "player_id, kind and period stands on line 2",
        ),
        (
            "1,Player 1,5.00,token-of-player-1,,,,\n2,Player 2,5.00,token-of-player-1,,,,\n",
            "same token stands on line 2",
        ),
    ] {
        assert!(
            reason(&harness, &format!("{header}{lines}")).contains(part),
            "{lines}"
        );
    }
    let twice =
        format!("{header}1,Player 1,5.00,,9,paid,{at},cs_1\n2,Player 2,5.00,,9,paid,{at},cs_1\n");
    let reasons = refused(&harness, &twice);
    assert!(
        reasons[0].1.contains("order_id") && reasons[1].1.contains("stripe_session_id"),
        "{reasons:?}"
    );
    assert_eq!(
        harness
            .import_at(
                CARRY,
                &format!("{header}1,Player 1,5.00,token-of-player-1,9,paid,{at},cs_1\n")
            )
            .status,
        200
    );
    for (line, part) in [
        (
            "2,Player 2,5.00,token-of-player-1,,,,\n".to_owned(),
            "token: leads to another charge",
        ),
        (
            format!("2,Player 2,5.00,,9,paid,{at},\n"),
            "order_id: belongs to another charge",
        ),
        (
            format!("2,Player 2,5.00,,10,paid,{at},cs_1\n"),
            "stripe_session_id: belongs to another order",
        ),
        (
            format!("1,Player 1,5.00,,10,pending,{at},\n"),
            "has the live order 9",
        ),
    ] {
        assert!(
            reason(&harness, &format!("{header}{line}")).contains(part),
            "{line}"
        );
    }
}

#[test]
fn test_import_is_for_the_operator_alone() {
    let harness = Harness::new();
    for authorization in [
        None,
        Some("Bearer wrong"),
        Some("Basic dGVzdA=="),
        Some(ADMIN),
        Some("Bearer "),
    ] {
        let ask = get("/admin/import").method("POST").with("accept", JSON);
        let ask = authorization.map_or(ask.clone(), |value| ask.with("authorization", value));
        let reply = harness.ask(&Ask {
            body: examples().into_bytes(),
            ..ask
        });
        assert_eq!(
            (reply.status, reply.header("www-authenticate")),
            (401, Some("Bearer"))
        );
    }
    assert_eq!(harness.all_rows(), Vec::<String>::new());
    let admin = format!("Bearer {ADMIN}");
    let ask = get("/admin/import")
        .method("POST")
        .with("authorization", &admin);
    assert_eq!(
        harness
            .ask(
                &ask.clone()
                    .with("accept", JSON)
                    .with("content-type", "multipart/form-data; boundary=x")
            )
            .status,
        415
    );
    assert_eq!(
        harness
            .ask(&ask.clone().with("content-length", "99999999"))
            .status,
        413
    );
    assert_eq!(
        harness
            .ask(&Ask {
                body: vec![b'x'; 5_000_001],
                ..ask
            })
            .status,
        413
    );
}

#[test]
fn test_import_any_operator_may_and_the_log_says_who() {
    let other = "another-secret-while-one-is-rolled";
    let tokens = format!("treasurer:{ADMIN},new-key:{other}");
    let harness = Harness::configured(&[("ADMIN_TOKEN", &tokens)]);
    let ask = |secret: &str| {
        let bearer = format!("Bearer {secret}");
        let ask = get("/admin/import?dry_run=1")
            .method("POST")
            .with("authorization", &bearer);
        let body = b"player_id,player,amount\n7,Player 7,135.00\n".to_vec();
        let status = harness.ask(&Ask { body, ..ask }).status;
        let operator = harness.log.borrow().operator.clone();
        (status, operator.map(|name| name.as_str().to_owned()))
    };
    assert_eq!(ask(ADMIN), (200, Some("treasurer".to_owned())));
    assert_eq!(ask(other), (200, Some("new-key".to_owned())));
    for wrong in ["treasurer", &tokens, &format!("treasurer:{ADMIN}"), ""] {
        assert_eq!(ask(wrong), (401, None), "{wrong}");
    }
}

#[test]
fn test_import_log_ins_are_limited_right_ones_too() {
    let harness = Harness::new();
    harness.tries_left.set(1);
    let csv = "player_id,player,amount\n7,Player 7,135.00\n";
    let wrong = get("/admin/import")
        .method("POST")
        .with("authorization", "Bearer wrong-guess");
    assert_eq!(harness.ask(&wrong).status, 401);
    assert_eq!(harness.ask(&wrong).status, 429);
    assert_eq!(harness.import(csv).status, 429);
    assert_eq!(harness.all_rows(), Vec::<String>::new());
    harness.tries_left.set(1);
    assert_eq!(harness.import(csv).status, 200);
}

#[test]
fn test_import_query_that_means_nothing_writes_nothing() {
    let harness = Harness::new();
    let csv = "player_id,player,amount\n7,Player 7,135.00\n";
    for (query, named) in [
        ("dry_run=true", "dry_run"),
        ("dry_run", "dry_run"),
        ("dryrun=1", "dryrun"),
        ("dry_run=1&dry_run=0", "dry_run"),
        ("DRY_RUN=1", "DRY_RUN"),
        ("carry_orders=0", "carry_orders"),
        ("allow_short_tokens", "allow_short_tokens"),
        ("token=hush", "token"),
    ] {
        let reply = harness.import_at(&format!("/admin/import?{query}"), csv);
        let kind = reply.header("content-type");
        assert_eq!(
            (reply.status, kind),
            (400, Some("application/problem+json"))
        );
        let problem = json(&reply.body);
        assert_eq!(problem["code"], "bad_parameter");
        let detail = problem["detail"].as_str().unwrap_or("");
        assert!(
            detail.contains(named) && !detail.contains("hush"),
            "{detail}"
        );
        assert_eq!(harness.bodies_read.get(), 0);
    }
    assert_eq!(harness.all_rows(), Vec::<String>::new());
    assert_eq!(harness.import_at("/admin/import?", csv).status, 200);
}

#[test]
fn test_import_takes_orders_over_only_where_that_is_asked_for() {
    let harness = Harness::new();
    let header = "player_id,player,amount,order_id,order_status,order_created_at,stripe_session_id,checkout_url\n";
    for (order, column) in [
        ("9,paid,2026-05-01T00:00:00Z,,", "order_id"),
        (",paid,2026-05-01T00:00:00Z,,", "order_status"),
        (",,2026-05-01T00:00:00Z,,", "order_created_at"),
        (",,,cs_1,", "stripe_session_id"),
        (",,,,https://checkout.stripe.com/c/pay/cs_1", "checkout_url"),
    ] {
        let csv = format!("{header}1,Player 1,5.00,,,,,\n2,Player 2,5.00,{order}\n");
        let reason = format!("{column}: orders are taken over only with ?carry_orders=1");
        assert_eq!(refused_at(&harness, "/admin/import", &csv), [(3, reason)]);
    }
    // The columns may be there, empty.
    let csv = format!("{header}1,Player 1,5.00,,,,,\n");
    assert_eq!(harness.import(&csv).status, 200);
}

#[test]
fn test_import_short_tokens_are_taken_only_where_that_is_asked_for() {
    let harness = Harness::new();
    let csv = |token: &str| format!("player_id,player,amount,token\n1,Player 1,5.00,{token}\n");
    let short = "fifteen-letters";
    let [(line, reason)] = &refused(&harness, &csv(short))[..] else {
        panic!("one line is wrong")
    };
    assert!(*line == 2 && reason.starts_with("token: must be at least 16 characters"));
    let allowed = "/admin/import?allow_short_tokens=1";
    assert!(reason_at(&harness, allowed, &csv("seven77")).contains("16 to 200"));
    let reply = harness.import_at(allowed, &csv(short));
    assert_eq!(reply.status, 200, "{}", reply.body);
    let note = json(&reply.body)[0]["note"]
        .as_str()
        .unwrap_or("")
        .to_owned();
    assert!(note.starts_with("warning: its token is short"), "{note}");
    assert_eq!(harness.ask(&link(short)).status, 307);
    // No warning where there is nothing to warn of.
    let long = harness.import_at(
        allowed,
        "player_id,player,amount,token\n2,Player 2,5.00,sixteen-letters-\n",
    );
    assert_eq!(json(&long.body)[0]["note"], "");
}

#[test]
fn test_import_answer_is_nothing_that_a_spreadsheet_would_run() {
    let harness = Harness::new();
    let admin = format!("Bearer {ADMIN}");
    let ask = get("/admin/import")
        .method("POST")
        .with("authorization", &admin)
        .with("accept", "text/csv");
    let body = "player_id,player,amount,token\n\
        =1+1,\"=HYPERLINK(\"\"#A1\"\",\"\"7\"\")\",5.00,token-of-player-one\n\
        +2,@Player,5.00,token-of-player-two\n\
        -3,Player=3,5.00,token-of-player-three\n";
    let reply = harness.ask(&Ask {
        body: body.as_bytes().to_vec(),
        ..ask
    });
    let cells: Vec<_> = reply
        .body
        .lines()
        .skip(1)
        .map(|line| line.split(",first_payment").next().unwrap_or_default())
        .collect();
    assert_eq!(
        cells,
        [
            "'=1+1,\"'=HYPERLINK(\"\"#A1\"\",\"\"7\"\")\"",
            "'+2,'@Player",
            "'-3,Player=3"
        ]
    );
    // The database has it as it was sent.
    assert_eq!(
        harness.rows("SELECT player_id FROM players ORDER BY id"),
        ["=1+1", "+2", "-3"]
    );
}

#[test]
fn test_log_is_never_thinned_of_operators() {
    let harness = Harness::new();
    let mut codes = Vec::new();
    let mut told = |harness: &Harness| {
        let note = harness.log.borrow();
        codes.push((note.code, note.may_be_thinned()));
    };
    harness.import("player_id,player,amount\n7,Player 7,135.00\n");
    told(&harness);
    let nobody = get("/admin/import").method("POST");
    let wrong = nobody.clone().with("authorization", "Bearer wrong-guess");
    harness.ask(&wrong);
    told(&harness);
    harness.tries_left.set(0);
    harness.ask(&wrong);
    told(&harness);
    harness.missing.replace(vec!["ADMIN_REQUESTS"]);
    harness.ask(&wrong);
    told(&harness);
    // Who brings nothing along, or a cookie that is over, has guessed nothing.
    for harmless in [
        nobody.clone(),
        nobody.with("cookie", "__Host-operator=x"),
        get("/checkout/cancel"),
    ] {
        harness.ask(&harmless);
        told(&harness);
    }
    assert_eq!(
        codes,
        [
            ("imported", false),
            ("unauthorized", false),
            ("too_many_tries", false),
            ("limiter_unavailable", false),
            ("not_logged_in", true),
            ("not_logged_in", true),
            ("not_paid", true)
        ]
    );
}

#[test]
fn test_import_of_another_amount_ends_the_session_at_once() {
    let (harness, session) = Harness::clicked();
    harness.import("player_id,player,amount\n26,Player 26,150.00\n");
    assert!(harness.is_open(&session));
    harness.import_at(
        "/admin/import?dry_run=1",
        "player_id,player,amount\n26,Player 26,200.00\n",
    );
    assert!(harness.is_open(&session));
    harness.import("player_id,player,amount\n26,Player 26,200.00\n");
    assert!(!harness.is_open(&session));
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    let orders = harness.rows("SELECT status, amount_minor FROM orders ORDER BY id");
    assert_eq!(orders, ["canceled|15000", "pending|20000"]);
}

#[test]
fn test_import_is_in_the_audit_with_its_files_hash_and_no_line_of_it() {
    let harness = Harness::new();
    let csv = "player_id,player,amount,email\n26,Player 26,150.00,payer26@example.com\n";
    harness.import_at("/admin/import?dry_run=1", csv);
    harness.import("player_id,player,amount\n26,Player 26,wrong\n");
    assert!(harness.rows("SELECT id FROM audit").is_empty());
    harness.import(csv);
    harness.import(csv);
    let rows = harness.rows("SELECT operator, act, about, detail FROM audit ORDER BY id");
    let [first, again] = rows.as_slice() else {
        panic!("{rows:?}")
    };
    let hash = checkout_guard::encode::hex(&sha2::Sha256::digest(csv));
    let row = |new| {
        let detail = format!(
            r#"{{"sha256":"{hash}","lines":1,"new_charges":{new},"new_links":{new},"orders":0}}"#
        );
        format!("treasurer|import|file|{detail}")
    };
    assert_eq!((first, again), (&row(1), &row(0)));
}

const PLAYERS: &str = "SELECT player_id, name, email, language, monthly_fee_minor, monthly_currency FROM players ORDER BY id";
const WORDS: &str = "SELECT p.player_id, w.word FROM player_words w JOIN players p ON p.id = w.player_id ORDER BY 1, 2";

#[test]
fn test_import_language_and_monthly_fee_stay_if_a_cell_is_empty() {
    let harness = Harness::new();
    let header = "player_id,player,amount,email,currency,language,monthly_fee\n";
    let import = |lines: &str| {
        let reply = harness.import(&format!("{header}{lines}"));
        assert_eq!(reply.status, 200, "{}", reply.body);
        harness.rows(PLAYERS)
    };
    assert_eq!(
        import("7,Player 7,5.00,payer@example.com,eur,PT,45.50\n8,Player 8,5.00,,,,\n"),
        [
            "7|Player 7|payer@example.com|pt|4550|eur",
            "8|Player 8|-|-|-|-"
        ]
    );
    // In another currency, but without a fee: the fee stays in its own.
    assert_eq!(
        import(
            "7,Player 7,5.00,,usd,,\n8,Player 8,5.00,,jpy,en,500\n"
                .replace("5.00,,jpy", "500,,jpy")
                .as_str()
        ),
        [
            "7|Player 7|payer@example.com|pt|4550|eur",
            "8|Player 8|-|en|500|jpy"
        ]
    );
    assert_eq!(
        import("7,Player 7,5.00,,usd,de,0\n8,Player 8,500,,jpy,,\n"),
        [
            "7|Player 7|payer@example.com|de|0|usd",
            "8|Player 8|-|en|500|jpy"
        ]
    );
    let two_fees = format!("{header}9,Player 9,5.00,,,,10\n")
        .replace("language", "language,period")
        .replace(
            "9,Player 9,5.00,,,,10\n",
            "9,Player 9,5.00,,,,2026-05,10\n9,Player 9,5.00,,,,2026-06,20\n",
        );
    assert!(reason(&harness, &two_fees).contains("another monthly_fee stands on line 2"));
}

#[test]
fn test_import_players_are_found_by_the_words_of_their_newest_name() {
    let harness = Harness::new();
    let found = |q: &str| {
        let admin = format!("Bearer {ADMIN}");
        let target = format!("/admin/charges?q={q}");
        let ask = get(&target)
            .with("authorization", &admin)
            .with("accept", JSON);
        let list = json(&harness.ask(&ask).body);
        let charges = list["charges"].as_array().cloned().unwrap_or_default();
        let mut ids: Vec<_> = charges
            .iter()
            .map(|charge| charge["player_id"].as_str().unwrap_or_default().to_owned())
            .collect();
        ids.sort();
        ids
    };
    harness.import("player_id,player,amount\nU12-7,Player Seven,5.00\nU12-8,Player Eight,5.00\n");
    assert_eq!(
        harness.rows(WORDS),
        [
            "U12-7|7",
            "U12-7|player",
            "U12-7|seven",
            "U12-7|u12",
            "U12-8|8",
            "U12-8|eight",
            "U12-8|player",
            "U12-8|u12"
        ]
    );
    assert_eq!(found("player"), ["U12-7", "U12-8"]);
    assert_eq!(found("SEV"), ["U12-7"]);
    assert_eq!(found("u12+8"), ["U12-8"]);
    assert!(found("nobody").is_empty());
    harness.import(
        "player_id,player,amount\nU12-7,Player N\u{ba}1 \u{c9}va,5.00\nU12-8,Player Eight,6.00\n",
    );
    assert!(found("seven").is_empty());
    assert_eq!(found("%C3%89va"), ["U12-7"]);
    assert_eq!(found("eight"), ["U12-8"]);
    // A dry run and a bad line change no word.
    let words = harness.rows(WORDS);
    harness.import_at(
        "/admin/import?dry_run=1",
        "player_id,player,amount\nU12-7,Other,5.00\n",
    );
    harness.import("player_id,player,amount\nU12-7,Other,5.00\nU12-9,Other,x\n");
    assert_eq!(harness.rows(WORDS), words);
}

const OWED: &str = "SELECT p.player_id, c.kind, c.period, c.amount_minor, c.currency, c.state, c.updated_at \
                    FROM charges c JOIN players p ON p.id = c.player_id ORDER BY c.id";

/// Player 26 has paid the first payment, and owes a month; player 27 is on Stripe's page.
fn paid_and_owing() -> (Harness, String) {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.deliver_webhooks();
    let harness = harness.with_second_charge();
    harness.import("player_id,player,amount,kind,period\n26,Player 26,60.00,monthly,2026-10\n");
    assert_eq!(harness.ask(&link("demo-token-27")).status, 307);
    let open = harness.newest_session();
    harness.pass(1_000);
    (harness, open)
}

#[test]
fn test_import_without_an_amount_touches_only_the_player() {
    for csv in [
        "player_id,player,email,language,monthly_fee\n\
         26,Player Twenty-six,new26@example.com,es,60.00\n27,Player 27,,,45.00\n31,Player 31,,,30.00\n",
        "player_id,player,amount,email,language,monthly_fee,kind,period\n\
         26,Player Twenty-six,,new26@example.com,es,60.00,,\n27,Player 27, ,,,45.00,monthly,2026-11\n31,Player 31,,,,30.00,,\n",
    ] {
        let (harness, open) = paid_and_owing();
        let (owed, links) = (harness.rows(OWED), harness.rows("SELECT * FROM links"));
        let dry = harness.import_at("/admin/import?dry_run=1", csv);
        let reply = harness.import(csv);
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(json(&dry.body), json(&reply.body));
        assert_eq!(harness.rows(OWED), owed);
        assert_eq!(harness.rows("SELECT * FROM links"), links);
        assert!(harness.is_open(&open));
        assert_eq!(
            harness.rows("SELECT player_id, name, email, language, monthly_fee_minor, monthly_currency FROM players ORDER BY id"),
            [
                "26|Player Twenty-six|new26@example.com|es|6000|usd",
                "27|Player 27|payer27@example.com|-|4500|usd",
                "31|Player 31|-|-|3000|usd"
            ]
        );
        let note = "only the player: no amount, so no charge";
        assert_eq!(
            json(&reply.body)[2],
            serde_json::json!({ "player_id": "31", "player": "Player 31", "kind": "", "period": "", "amount": "",
                                "link": "", "note": note })
        );
        let audit = harness.rows("SELECT detail FROM audit WHERE act = 'import' ORDER BY id DESC");
        assert!(
            audit[0].ends_with(r#""lines":3,"new_charges":0,"new_links":0,"orders":0}"#),
            "{audit:?}"
        );
        // By its new name, the player is found.
        assert_eq!(
            harness.rows("SELECT 1 FROM player_words WHERE word = 'twenty'"),
            ["1"]
        );
    }
    let harness = Harness::new();
    let admin = format!("Bearer {ADMIN}");
    let ask = get("/admin/import")
        .method("POST")
        .with("authorization", &admin)
        .with("accept", "text/csv");
    let body = b"player_id,player,monthly_fee\n31,Player 31,30.00\n".to_vec();
    assert_eq!(
        harness.ask(&Ask { body, ..ask }).body,
        "player_id,player,kind,period,amount,link,note\r\n\
         31,Player 31,,,,,\"only the player: no amount, so no charge\"\r\n"
    );
}

#[test]
fn test_import_of_what_belongs_to_a_charge_needs_an_amount() {
    let harness = Harness::new();
    let at = "2026-05-01T00:00:00Z";
    for (columns, values, column) in [
        ("token", "token-of-player-1", "token"),
        (
            "order_id,order_status,order_created_at",
            &format!("9,paid,{at}"),
            "order_status",
        ),
    ] {
        for (amount, blank) in [("", ""), (",amount", ",")] {
            let csv = format!("player_id,player{amount},{columns}\n1,Player 1{blank},{values}\n");
            let why = reason(&harness, &csv);
            assert!(
                why.starts_with(&format!("{column}: needs an amount")),
                "{why}"
            );
        }
    }
    // A fee and a month are checked all the same.
    for (column, value) in [
        ("monthly_fee", "0.10"),
        ("kind", "yearly"),
        ("period", "May"),
        ("currency", "kpw"),
    ] {
        let csv = format!("player_id,player,{column}\n1,Player 1,{value}\n");
        let why = reason(&harness, &csv);
        assert!(why.starts_with(&format!("{column}: ")), "{why}");
    }
}

#[test]
fn test_import_mends_a_fee_and_the_month_charges_it_once() {
    let harness = Harness::new();
    harness.import("player_id,player,amount,kind,period\n25,Player 25,60.00,monthly,2026-10\n");
    let month = serde_json::json!({ "period": "2026-11", "kind": "monthly", "currency": "usd" });
    let (_, opened) = harness.act("/admin/periods", &month);
    assert_eq!(opened["left_out"][0]["reason"], "no_fee");
    let reply = harness.import("player_id,player,monthly_fee\n25,Player 25,60.00\n");
    assert_eq!(reply.status, 200, "{}", reply.body);
    let (_, opened) = harness.act("/admin/periods", &month);
    assert_eq!(opened["total"], "60.00");
    assert_eq!(
        harness.rows("SELECT kind, period, amount_minor, state FROM charges ORDER BY id"),
        ["monthly|2026-10|6000|unpaid", "monthly|2026-11|6000|unpaid"]
    );
}

#[test]
fn test_import_never_changes_the_amount_of_a_paid_charge() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.deliver_webhooks();
    let owed = harness.rows(OWED);
    harness.pass(1_000);
    let csv = "player_id,player,amount,currency,monthly_fee\n26,Player 26,60.00,eur,60.00\n";
    let stays = "already paid by order 1; its amount stays 150.00 USD, because it is paid; ";
    for target in ["/admin/import?dry_run=1", "/admin/import"] {
        let lines = json(&harness.import_at(target, csv).body);
        let rest = "the player's data changed; its link was handed out before";
        assert_eq!(lines[0]["note"], format!("{stays}{rest}"));
    }
    assert_eq!(harness.rows(OWED), owed);
    assert_eq!(
        harness.rows("SELECT monthly_fee_minor, monthly_currency FROM players"),
        ["6000|eur"]
    );
    // 0 would close it.
    let zero = "player_id,player,amount\n26,Player 26,0\n";
    assert_eq!(
        json(&harness.import(zero).body)[0]["note"],
        format!("{stays}its link was handed out before")
    );
    assert_eq!(harness.rows(OWED), owed);
    // Nobody is told of a difference that there is none of.
    assert!(harness.rows("SELECT kind FROM incidents").is_empty());
    // The same amount, or one of nobody's payment, goes as before.
    let same = "player_id,player,amount\n26,Player 26,150.00\n";
    assert_eq!(
        json(&harness.import(same).body)[0]["note"],
        "already paid by order 1; updated; its link was handed out before"
    );
    assert_eq!(harness.rows(OWED), owed);
}

/// A database whose calls wait once: two that work on it take turns.
struct Slow<'a>(&'a Harness, Cell<bool>);

impl<'a> Slow<'a> {
    fn new(harness: &'a Harness) -> Self {
        Self(harness, Cell::new(false))
    }
}

impl Database for Slow<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        poll_fn(|_| {
            if self.1.replace(!self.1.get()) {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
        self.0.batch(statements).await
    }
}

impl Clock for Slow<'_> {
    fn now(&self) -> UnixMillis {
        Clock::now(self.0)
    }

    async fn sleep(&self, length: Millis) {
        Clock::sleep(self.0, length).await;
    }
}

impl Random for Slow<'_> {
    fn random_bytes(&self) -> [u8; 32] {
        self.0.random_bytes()
    }
}

/// An import of a file that has got as far as its first read of the database, and has not been answered.
type Begun<'a> = Pin<Box<dyn Future<Output = Result<Imported, StoreError>> + 'a>>;

fn begin<'a>(config: &'a Config, slow: &'a Slow<'a>, csv: &'a str) -> Begun<'a> {
    let options = Options {
        carry_orders: true,
        ..Options::default()
    };
    let begun = async move {
        let operator = OperatorName::parse("treasurer");
        let operator = operator.unwrap_or_else(|| panic!("a name"));
        import::import(config, slow, csv.as_bytes(), options, &operator).await
    };
    Box::pin(begun)
}

/// Takes an import one call on.
fn go_on(begun: &mut Begun<'_>) -> Option<Vec<Report>> {
    match begun.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Pending => None,
        Poll::Ready(Ok(Imported::Report { lines, .. })) => Some(lines),
        Poll::Ready(other) => panic!("{other:?}"),
    }
}

fn configuration() -> Config {
    Config::read(crate::harness::config).unwrap_or_else(|wrong| panic!("{wrong:?}"))
}

#[test]
fn test_import_of_one_file_twice_at_once_is_one_import() {
    let config = configuration();
    for order in [
        "refunded,2026-11-01T10:00:00Z",
        "canceled,2026-11-01T10:00:00Z",
        "pending,2026-11-01T10:00:00Z",
        "paid,2026-11-01T10:00:00Z",
    ] {
        let csv = format!(
            "player_id,player,amount,order_status,order_created_at\n25,Player 25,150.00,{order}\n"
        );
        let harness = Harness::new();
        let slow = [Slow::new(&harness), Slow::new(&harness)];
        let mut begun: Vec<_> = slow.iter().map(|slow| begin(&config, slow, &csv)).collect();
        let mut done = [None, None];
        while done.iter().any(Option::is_none) {
            for (begun, done) in begun.iter_mut().zip(&mut done) {
                if done.is_none() {
                    *done = go_on(begun);
                }
            }
        }
        assert_eq!(
            harness.rows("SELECT COUNT(*) FROM orders"),
            ["1"],
            "{order}"
        );
        assert_eq!(harness.rows("SELECT COUNT(*) FROM links"), ["1"], "{order}");
        let made = |lines: &[Report]| (!lines[0].link.is_empty(), lines[0].makes_link);
        let made: Vec<_> = done.iter().flatten().map(|lines| made(lines)).collect();
        // Whoever was second says what is so now.
        assert_eq!(made, [(true, true), (false, false)], "{order}");
        assert_eq!(
            harness.rows("SELECT detail ->> 'orders' FROM audit ORDER BY id"),
            ["1", "0"],
            "{order}"
        );
    }
}

#[test]
fn test_import_says_what_is_so_when_it_is_written() {
    let config = configuration();
    // Paid between its read and its write.
    let (harness, session) = Harness::clicked();
    let slow = Slow::new(&harness);
    let csv = "player_id,player,amount\n26,Player 26,60.00\n";
    let mut begun = begin(&config, &slow, csv);
    assert!(go_on(&mut begun).is_none() && go_on(&mut begun).is_none());
    harness.pay(&session);
    harness.deliver_webhooks();
    let lines = std::iter::from_fn(|| Some(go_on(&mut begun))).find_map(|done| done);
    let note = lines.map(|lines| lines[0].note.clone()).unwrap_or_default();
    assert!(note.contains("its amount stays 150.00 USD"), "{note}");
    assert_eq!(harness.rows("SELECT amount_minor FROM charges"), ["15000"]);

    // Erased in between: nothing personal comes back.
    let harness = Harness::new().with_charge();
    let slow = Slow::new(&harness);
    let mut begun = begin(&config, &slow, csv);
    assert!(go_on(&mut begun).is_none() && go_on(&mut begun).is_none());
    assert_eq!(
        harness
            .act("/admin/players/6/erase", &serde_json::json!({}))
            .0,
        200
    );
    let mut polled = Poll::Pending;
    while polled.is_pending() {
        polled = begun.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    let Poll::Ready(Ok(Imported::Rejected(lines))) = polled else {
        panic!("{polled:?}")
    };
    assert!(lines[0].wrong.to_string().contains("was erased"));
    assert_eq!(harness.rows("SELECT name FROM players"), ["Erased player"]);
}

#[test]
fn test_import_of_what_contradicts_itself_about_a_player() {
    let harness = Harness::new();
    let header = "player_id,player,amount,kind,email,language,monthly_fee,currency\n";
    for (first, second, part) in [
        (
            "Player 26,150.00,first_payment,mother@example.com,,,",
            "Player 26,60.00,custom,father@example.com,,,",
            "the same player_id with another email stands on line 2",
        ),
        (
            "Player 26,150.00,first_payment,,en,,",
            "Player 26,60.00,custom,,fr,,",
            "the same player_id with another language stands on line 2",
        ),
        (
            "Player 26,150.00,first_payment,,,45.00,usd",
            "Player 26,60.00,custom,,,45.00,eur",
            "the same player_id with another monthly_fee stands on line 2",
        ),
        (
            "Player 26,150.00,first_payment,,,,",
            "Player Two,60.00,custom,,,,",
            "the same player_id with another name stands on line 2",
        ),
        // Without an amount, too.
        (
            "Player 26,,,mother@example.com,,,",
            "Player 26,,,father@example.com,,,",
            "the same player_id with another email stands on line 2",
        ),
    ] {
        let why = reason(&harness, &format!("{header}26,{first}\n26,{second}\n"));
        assert_eq!(why, format!("{part} already"));
    }
    // What one line leaves out, another one may say; and an address is the same in capitals.
    let csv = format!(
        "{header}26,Player 26,150.00,first_payment,,,,\n26,Player 26,60.00,custom,payer26@example.com,fr,45.00,\n\
         26,Player 26,45.00,monthly,Payer26@Example.com,FR,45.00,usd\n26,Player 26,,,,,,\n"
    );
    assert_eq!(harness.import(&csv).status, 200);
    assert_eq!(harness.rows("SELECT COUNT(*) FROM charges"), ["3"]);
}
