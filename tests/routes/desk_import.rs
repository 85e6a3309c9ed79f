//! `/admin/import` as a browser uses it: the form, the dry run line by line, and the links.

use crate::harness::{ADMIN, Ask, Harness, JSON, desk, get, link};
use checkout_guard::http::response::Response;

const BOUNDARY: &str = "----WebKitFormBoundaryAbc7";

/// The body that a browser sends for a form's fields.
fn form<V: AsRef<[u8]>>(fields: &[(&str, V)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let file = if *name == "file" {
            "; filename=\"charges.csv\"\r\nContent-Type: text/csv"
        } else {
            ""
        };
        body.extend(
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n"
            )
            .bytes(),
        );
        body.extend(value.as_ref());
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    body
}

fn ask<'a, V: AsRef<[u8]>>(fields: &[(&str, V)]) -> Ask<'a> {
    ask_at("/admin/import", fields)
}

/// A form of the desk, with files, as a browser sends it.
pub fn ask_at<'a, V: AsRef<[u8]>>(path: &'a str, fields: &[(&str, V)]) -> Ask<'a> {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let ask = desk(path).method("POST").with("content-type", &kind);
    Ask {
        body: form(fields),
        ..ask
    }
}

pub fn send<V: AsRef<[u8]>>(harness: &Harness, fields: &[(&str, V)]) -> Response {
    harness.ask(&ask(fields))
}

/// The value of the hidden field of that name, as a browser would send it.
pub fn hidden(page: &str, name: &str) -> Option<String> {
    let start = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&start)?;
    let (value, _) = rest.split_once('"')?;
    let value = value
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    // HTML Standard, "Constructing the entry list": line breaks become CR LF.
    Some(value.replace("\r\n", "\n").replace('\n', "\r\n"))
}

/// The cells of each row of the first table's body, tags left out.
pub fn cells(page: &str) -> Vec<Vec<String>> {
    let body = page
        .split("<tbody role=\"rowgroup\">")
        .nth(1)
        .unwrap_or_default();
    let body = body.split("</tbody>").next().unwrap_or_default();
    let text = |cell: &str| {
        let mut text = String::new();
        let mut is_tag = false;
        for c in cell.split_once('>').map_or("", |(_, cell)| cell).chars() {
            match c {
                '<' => is_tag = true,
                '>' => is_tag = false,
                c if !is_tag => text.push(c),
                _ => {}
            }
        }
        text.trim().to_owned()
    };
    let body = body.replace("<th ", "<td ");
    body.split("<tr role=\"row\">")
        .skip(1)
        .map(|row| row.split("<td").skip(1).map(text).collect())
        .collect()
}

const CSV: &str = "player_id,player,amount,email\n7,\"Player \"\"7\"\" <b>\",135.00,\n26,Player 26,200.00,\n27,Player 27,165.00,\n28,Player 28,0,\n";

#[test]
fn test_desk_import_has_a_form_for_operators_alone() {
    let harness = Harness::new();
    assert_eq!(harness.ask(&get("/admin/import")).status, 401);
    let admin = format!("Bearer {ADMIN}");
    let page = harness.ask(&get("/admin/import").with("authorization", &admin));
    assert_eq!(page.status, 200);
    for part in [
        "enctype=\"multipart/form-data\"",
        "<label for=\"file\">",
        "type=\"file\"",
        "<label for=\"csv\">",
        "name=\"dry_run\" value=\"1\" checked",
        "name=\"carry_orders\" value=\"1\"",
        "name=\"allow_short_tokens\" value=\"1\"",
    ] {
        assert!(page.body.contains(part), "{part}");
    }
    let put = get("/admin/import")
        .method("PUT")
        .with("authorization", &admin);
    let reply = harness.ask(&put);
    assert_eq!(
        (reply.status, reply.header("allow")),
        (405, Some("GET, HEAD, POST"))
    );
}

#[test]
fn test_desk_import_shows_line_by_line_what_would_change_and_changes_nothing() {
    let (harness, session) = Harness::clicked();
    let harness = harness.with_second_charge();
    let before = harness.all_rows();
    let page = send(&harness, &[("file", CSV), ("csv", ""), ("dry_run", "1")]);
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    assert_eq!(
        cells(&page.body),
        [
            [
                "2",
                "Player &quot;7&quot; &lt;b&gt; 7",
                "First payment",
                "135.00 USD",
                "new charge; a link would be made"
            ],
            [
                "3",
                "Player 26 26",
                "First payment",
                "200.00 USD",
                "another amount, it was 150.00 USD; its link was handed out before"
            ],
            [
                "4",
                "Player 27 27",
                "First payment",
                "165.00 USD",
                "nothing new; its link was handed out before"
            ],
            [
                "5",
                "Player 28 28",
                "First payment",
                "0.00 USD",
                "new charge; nothing to pay; a link would be made"
            ],
        ]
    );
    assert!(
        page.body
            .contains("4 lines: 2 new charges, 1 with another amount, 2 new links.")
    );
    assert!(page.body.contains(">Import 3 charges<"));
    assert_eq!(harness.all_rows(), before);
    assert!(harness.is_open(&session) && harness.stripe_calls().len() == 1);
}

#[test]
fn test_desk_import_does_exactly_what_was_shown_and_shows_the_links_once() {
    let (harness, session) = Harness::clicked();
    let page = send(&harness, &[("file", CSV), ("csv", ""), ("dry_run", "1")]);
    let csv = hidden(&page.body, "csv").unwrap_or_default();
    assert_eq!(csv.replace("\r\n", "\n"), CSV);
    assert_eq!(hidden(&page.body, "carry_orders"), None);
    let page = send(&harness, &[("csv", &csv)]);
    assert_eq!(
        (page.status, page.header("cache-control")),
        (200, Some("no-store"))
    );
    let shown = cells(&page.body);
    let made = shown[0][5].clone();
    assert!(
        made.starts_with("https://pay.club.example/checkout/first-payment?token="),
        "{made}"
    );
    assert_eq!(shown[1][5], "");
    assert!(page.body.contains("action=\"/admin/saved.csv\""));
    assert!(page.body.contains(&format!(",135.00,usd,{made},")));
    // The session of the old amount was ended after the answer.
    assert!(!harness.is_open(&session));
    assert_eq!(
        harness.rows("SELECT p.name, c.amount_minor FROM charges c JOIN players p ON p.id = c.player_id ORDER BY c.id"),
        ["Player 26|20000", "Player \"7\" <b>|13500", "Player 27|16500", "Player 28|0"]
    );
    let token = made.split("token=").nth(1).unwrap_or_default();
    assert_eq!(harness.ask(&link(token)).status, 307);
    assert_eq!(
        harness.rows("SELECT operator, act FROM audit"),
        ["treasurer|import"]
    );
    // The same again makes no second link.
    let again = send(&harness, &[("csv", &csv)]);
    assert!(cells(&again.body).iter().all(|row| row[5].is_empty()));
    assert_eq!(harness.rows("SELECT count(*) FROM links"), ["4"]);
}

#[test]
fn test_desk_import_names_what_is_wrong_and_where() {
    let harness = Harness::new();
    let csv = "player_id,player,amount\n1,Player 1,x\n2,,5.00\n3,Player 3\n";
    for fields in [vec![("file", csv), ("dry_run", "1")], vec![("csv", csv)]] {
        let page = send(&harness, &fields);
        assert_eq!(page.status, 422);
        assert_eq!(
            cells(&page.body),
            [
                ["Player 1", "2", "amount “x”: must be like 135.00"],
                ["2", "3", "player: is missing"],
                ["Player 3", "4", "has 2 fields, the header has 3"]
            ]
        );
        assert!(hidden(&page.body, "csv").is_none() && page.body.contains("role=\"alert\""));
    }
    assert!(harness.all_rows().is_empty());
}

#[test]
fn test_desk_import_shows_what_is_about_the_player_alone_and_what_is_paid() {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.deliver_webhooks();
    let csv = "player_id,player,amount,monthly_fee\n26,Player 26,60.00,60.00\n27,Player 27,,45.00\n26,Player 26,,\n";
    let page = send(&harness, &[("csv", csv), ("dry_run", "1")]);
    assert_eq!(
        cells(&page.body),
        [
            [
                "2",
                "Player 26 26",
                "First payment",
                "60.00 USD",
                "the charge stays as it is; monthly fee 60.00 USD; already paid by order 1; its amount stays 150.00 USD, because it is paid; \
                 the player's data changed; its link was handed out before"
            ],
            [
                "3",
                "Player 27 27",
                "",
                "",
                "new player; monthly fee 45.00 USD"
            ],
            ["4", "Player 26 26", "", "", "nothing new"],
        ]
    );
    let sentence = "3 lines. \
                    2 lines are about the player alone: no amount, no charge. 1 charge is paid: the amount stays.";
    assert!(page.body.contains(sentence), "{}", page.body);
}

#[test]
fn test_desk_import_carries_its_choices_on() {
    let harness = Harness::new();
    let csv = "player_id,player,amount,token,order_id,order_status,order_created_at\n\
               1,Player 1,5.00,fifteen-letters,9,paid,2026-05-01T00:00:00Z\n";
    assert_eq!(
        send(&harness, &[("csv", csv), ("dry_run", "1")]).status,
        422
    );
    let choices = [("carry_orders", "1"), ("allow_short_tokens", "1")];
    let fields = [&[("csv", csv), ("dry_run", "1")], &choices[..]].concat();
    let page = send(&harness, &fields);
    assert_eq!(page.status, 200);
    for (name, value) in choices {
        assert_eq!(hidden(&page.body, name).as_deref(), Some(value));
    }
    assert!(harness.all_rows().is_empty());
    let fields = [&[("csv", csv)], &choices[..]].concat();
    assert_eq!(send(&harness, &fields).status, 200);
    assert_eq!(harness.rows("SELECT id, status FROM orders"), ["9|paid"]);
}

#[test]
fn test_desk_import_refuses_forms_that_say_nothing_or_too_much() {
    let harness = Harness::new();
    for (fields, why) in [
        (vec![("dry_run", "1")], "Choose a file, or paste its lines."),
        (
            vec![("file", ""), ("csv", ""), ("dry_run", "1")],
            "Choose a file, or paste its lines.",
        ),
        (vec![("file", CSV), ("csv", CSV)], "not both"),
        (vec![("file", CSV), ("dry_run", "yes")], "dry_run must be 1"),
        (vec![("file", CSV), ("color", "red")], "not known here"),
    ] {
        let page = send(&harness, &fields);
        assert_eq!(page.status, 400);
        assert!(page.body.contains(why), "{why}: {}", page.body);
    }
    let broken = Ask {
        body: b"--x".to_vec(),
        ..ask(&[("file", CSV)])
    };
    assert_eq!(harness.ask(&broken).status, 400);
    let long = "x".repeat(5_100_000);
    let page = send(&harness, &[("file", &long)]);
    assert_eq!(page.status, 413);
    assert!(page.body.contains("send it in parts"));
    assert!(harness.all_rows().is_empty());
}

#[test]
fn test_desk_import_keeps_what_programs_were_promised() {
    let harness = Harness::new();
    let fields = [("file", CSV)];
    for accept in [JSON, "*/*", "text/csv"] {
        let reply = harness.ask(&ask(&fields).with("accept", accept));
        let kind = reply.header("content-type");
        assert_eq!(
            (reply.status, kind),
            (415, Some("application/problem+json")),
            "{accept}"
        );
    }
    let mixed = ask(&fields).with("content-type", "multipart/mixed; boundary=x");
    assert_eq!(harness.ask(&mixed).status, 415);
    // Another site's form brings no operator's secret, but may bring a cookie.
    let login = Ask {
        body: format!("secret={ADMIN}").into_bytes(),
        ..get("/admin/login")
            .method("POST")
            .with("content-type", "application/x-www-form-urlencoded")
            .with("sec-fetch-site", "same-origin")
    };
    let cookie = harness
        .ask(&login)
        .header("set-cookie")
        .unwrap_or_default()
        .to_owned();
    let cookie = cookie.split(';').next().unwrap_or_default();
    let mut browser = ask(&fields).with("cookie", cookie);
    browser.headers.retain(|(name, _)| *name != "authorization");
    let forged = browser.clone().with("sec-fetch-site", "cross-site");
    assert_eq!(harness.ask(&forged).status, 403);
    let rows = harness.rows("SELECT act FROM audit UNION ALL SELECT name FROM players");
    assert_eq!(rows, ["log_in"]);
    let ours = browser.with("sec-fetch-site", "same-origin");
    assert_eq!(harness.ask(&ours).status, 200);
    assert_eq!(harness.rows("SELECT count(*) FROM charges"), ["4"]);
}
