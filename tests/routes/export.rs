//! `/admin/export/*.csv`: tables for the club's books.

use crate::harness::{ADMIN, Ask, Harness, JSON, MINUTE, NOW, desk, get, link};
use checkout_guard::http::response::Response;

fn download(harness: &Harness, target: &str) -> Response {
    let admin = format!("Bearer {ADMIN}");
    harness.ask(&get(target).with("authorization", &admin))
}

/// The rows of a file below its header, cells by their columns.
fn rows(reply: &Response, columns: &[&str]) -> Vec<String> {
    let table = reply.body.strip_prefix('\u{feff}');
    let mut lines = table
        .unwrap_or_else(|| panic!("no byte order mark"))
        .lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let places: Vec<usize> = columns
        .iter()
        .map(|column| {
            let place = header.iter().position(|name| name == column);
            place.unwrap_or_else(|| panic!("no column {column}"))
        })
        .collect();
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let cells = places.iter().map(|place| cells[*place]);
            cells.collect::<Vec<_>>().join("|")
        })
        .collect()
}

fn paid() -> (Harness, String) {
    let (harness, session) = Harness::clicked();
    harness.pay(&session);
    harness.deliver_webhooks();
    (harness, session)
}

#[test]
fn test_export_payments_have_gross_refunded_net_and_stripes_ids() {
    let (harness, session) = paid();
    let harness = harness.with_second_charge();
    let intent = harness.intent(1);
    let refund = harness.refund(&intent, Some(5_000));
    harness.deliver_webhooks();
    let admin = format!("Bearer {ADMIN}");
    let offline = Ask {
        body: br#"{"amount": "165.00", "method": "cash", "paid_on": "2026-11-01", "note": "at the door"}"#.to_vec(),
        ..get("/admin/charges/3/offline-payment")
            .method("POST")
            .with("authorization", &admin)
            .with("content-type", JSON)
            .with("accept", JSON)
    };
    assert_eq!(harness.ask(&offline).status, 200);
    let reply = download(&harness, "/admin/export/payments.csv");
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.header("content-type"),
        Some("text/csv; charset=utf-8; header=present")
    );
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let attachment = "attachment; filename=\"payments-2026-11-18.csv\"";
    assert_eq!(reply.header("content-disposition"), Some(attachment));
    assert_eq!(reply.header("link"), None);
    let money = [
        "order_id",
        "charge_id",
        "player_id",
        "player",
        "status",
        "method",
        "gross",
        "refunded",
        "net",
        "currency",
    ];
    assert_eq!(
        rows(&reply, &money),
        [
            "1|2|26|Player 26|paid|checkout|150.00|50.00|100.00|usd",
            "2|3|27|Player 27|paid|cash|165.00|0.00|165.00|usd"
        ]
    );
    let at_stripe = ["stripe_session_id", "payment_intent_id", "refund_ids"];
    assert_eq!(
        rows(&reply, &at_stripe),
        [format!("{session}|{intent}|{refund}"), "||".to_owned()]
    );
    let dates = ["paid_on", "refunded_on"];
    assert_eq!(
        rows(&reply, &dates),
        ["2026-11-18|2026-11-18", "2026-11-01|"]
    );
}

#[test]
fn test_export_days_are_the_clubs() {
    for (zone, day) in [("UTC", "2026-11-19"), ("America/New_York", "2026-11-18")] {
        let harness = Harness::configured(&[("CLUB_TIMEZONE", zone)]).with_charge();
        // 01:00 of the next day in UTC.
        let midnight = NOW - NOW % (24 * 60 * MINUTE) + 24 * 60 * MINUTE;
        harness.pass(midnight + 60 * MINUTE - NOW);
        assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
        harness.pay(&harness.newest_session());
        harness.deliver_webhooks();
        let reply = download(&harness, "/admin/export/payments.csv");
        assert_eq!(rows(&reply, &["paid_on"]), [day], "{zone}");
    }
}

#[test]
fn test_export_charges_have_their_state_and_what_was_paid() {
    let (harness, _) = paid();
    harness.with_second_charge_closed();
    let reply = download(&harness, "/admin/export/charges.csv");
    let columns = [
        "charge_id",
        "player_id",
        "kind",
        "state",
        "amount",
        "currency",
        "created_on",
        "closed_on",
        "close_reason",
        "paid_on",
        "method",
        "gross",
        "refunded",
        "net",
    ];
    assert_eq!(
        rows(&reply, &columns),
        [
            "2|26|first_payment|paid|150.00|usd|2026-11-18|||2026-11-18|checkout|150.00|0.00|150.00",
            "3|27|first_payment|closed|165.00|usd|2026-11-18|2026-11-18|'=moved away|||||"
        ]
    );
}

impl Harness {
    fn with_second_charge_closed(&self) {
        self.execute(&format!(
            "INSERT INTO players (id, player_id, name, created_at, updated_at) VALUES (7, '27', 'Player 27', {NOW}, {NOW});
             INSERT INTO charges (id, player_id, kind, amount_minor, currency, created_at, updated_at, closed_at, close_reason)
             VALUES (3, 7, 'first_payment', 16500, 'usd', {NOW}, {NOW}, {NOW}, '=moved away')"
        ));
    }
}

#[test]
fn test_export_reads_in_pages_and_says_where_it_stopped() {
    let harness = Harness::new();
    harness.execute(&format!(
        "INSERT INTO players (id, player_id, name, created_at, updated_at) VALUES (1, '=1', '@Player, 1', {NOW}, {NOW});
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50003)
         INSERT INTO charges (player_id, kind, period, amount_minor, currency, created_at, updated_at)
         SELECT 1, 'monthly', printf('%04d-%02d', 1 + i / 12, 1 + i % 12), 500, 'usd', {NOW}, {NOW} FROM n"
    ));
    let reply = download(&harness, "/admin/export/charges.csv");
    assert_eq!(reply.status, 200);
    // A page each, and the audit log.
    assert_eq!(harness.statements.get(), 20 + 1);
    assert_eq!(reply.body.lines().count(), 1 + 50_000 + 1);
    let first = reply.body.lines().nth(1).unwrap_or_default();
    assert!(
        first.starts_with("1,'=1,\"'@Player, 1\",monthly,0001-02,unpaid,5.00,usd,"),
        "{first}"
    );
    let last = reply.body.lines().last().unwrap_or_default();
    assert!(last.starts_with(
        "THE FILE IS NOT WHOLE: the rest begins at /admin/export/charges.csv?after=50000,"
    ));
    let next = "</admin/export/charges.csv?after=50000>; rel=\"next\"";
    assert_eq!(reply.header("link"), Some(next));
    let reply = download(&harness, "/admin/export/charges.csv?after=50000");
    assert_eq!(
        (reply.body.lines().count(), reply.header("link")),
        (4, None)
    );
}

#[test]
fn test_export_for_spreadsheets_with_a_decimal_comma_parts_cells_by_semicolons() {
    let (harness, _) = paid();
    harness.execute(
        "UPDATE players SET name = 'Player; \"26\"', player_id = '12.05' WHERE player_id = '26'",
    );
    let plain = download(&harness, "/admin/export/payments.csv");
    let file = download(&harness, "/admin/export/payments.csv?decimal=comma");
    assert_eq!(file.status, 200);
    let lines: Vec<_> = file.body.lines().collect();
    assert!(
        lines[0].starts_with("\u{feff}order_id;charge_id;player_id;player;"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].starts_with("1;2;12.05;\"Player; \"\"26\"\"\";first_payment;;paid;")
            && lines[1].contains(";150,00;0,00;150,00;0,00;0,00;usd;"),
        "{}",
        lines[1]
    );
    // Otherwise it is the same file.
    assert!(plain.body.contains(",150.00,0.00,150.00,"));
    let charges = download(
        &harness,
        "/admin/export/charges.csv?state=paid&decimal=comma",
    );
    assert_eq!(charges.body.lines().count(), 2);
    assert!(charges.body.contains(";150,00;usd;"), "{}", charges.body);
    assert_eq!(
        download(&harness, "/admin/export/charges.csv?decimal=x").status,
        400
    );
    // The list leads to it.
    let page = download(&harness, "/admin/charges?state=paid");
    assert!(
        page.body
            .contains("href=\"/admin/export/charges.csv?state=paid&amp;decimal=comma\"")
    );
}

#[test]
fn test_export_is_for_operators_and_refuses_what_means_nothing() {
    let harness = Harness::new();
    for name in ["charges", "payments"] {
        let target = format!("/admin/export/{name}.csv");
        let reply = harness.ask(&get(&target).with("accept", JSON));
        assert_eq!(reply.status, 401);
        assert_eq!(download(&harness, &format!("{target}?after=x")).status, 400);
        assert_eq!(
            download(&harness, &format!("{target}?from=2026")).status,
            400
        );
        assert_eq!(download(&harness, &target).body.lines().count(), 1);
    }
    assert_eq!(download(&harness, "/admin/export/players.csv").status, 404);
    harness.d1_is_down.set(true);
    assert_eq!(download(&harness, "/admin/export/charges.csv").status, 503);
    harness.d1_is_down.set(false);
    let page = download(&harness, "/admin/charges");
    for name in ["charges", "payments"] {
        assert!(
            page.body
                .contains(&format!("href=\"/admin/export/{name}.csv\""))
        );
    }
}

#[test]
fn test_export_what_is_less_than_nothing_is_a_number() {
    let (harness, _) = paid();
    let intent = harness.intent(1);
    harness.refund(&intent, None);
    harness.deliver_webhooks();
    // Its payer disputes it all the same, and the bank takes the money once more.
    let mut stripe = harness.stripe.borrow_mut();
    let dispute = stripe.dispute(&intent, NOW).map(|it| it.to_string());
    let dispute = dispute.unwrap_or_default();
    assert!(stripe.close_dispute(&dispute, false, NOW).is_ok());
    drop(stripe);
    harness.deliver_webhooks();
    let reply = download(&harness, "/admin/export/payments.csv");
    assert_eq!(
        rows(&reply, &["gross", "refunded", "net"]),
        ["150.00|300.00|-150.00"]
    );
}

#[test]
fn test_export_has_the_charges_that_the_list_shows() {
    let (harness, _) = paid();
    let harness = harness.with_second_charge();
    harness.execute(&format!(
        "INSERT INTO charges (id, player_id, kind, period, amount_minor, currency, created_at, updated_at, due_on) VALUES
         (4, 7, 'monthly', '2026-10', 4500, 'usd', {NOW}, {NOW}, '2026-10-15'),
         (5, 6, 'monthly', '2026-11', 4500, 'usd', {NOW}, {NOW}, '2026-12-15');
         INSERT INTO player_words (word, player_id) VALUES ('player', 6), ('26', 6), ('player', 7), ('27', 7)"
    ));
    let listed = |query: &str| {
        let target = format!("/admin/charges?{query}");
        let reply = harness.ask(&desk(&target).with("accept", JSON));
        let list: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
        let charges = list["charges"].as_array().cloned().unwrap_or_default();
        let mut ids: Vec<_> = charges.iter().map(|it| it["id"].to_string()).collect();
        ids.reverse();
        ids
    };
    for (query, ids) in [
        ("", "2 3 4 5"),
        ("q=&state=&kind=&period=&overdue=", "2 3 4 5"),
        ("state=paid", "2"),
        ("state=unpaid", "3 4 5"),
        ("kind=monthly", "4 5"),
        ("period=2026-11", "5"),
        ("overdue=1", "4"),
        ("q=player+26", "2 5"),
        ("q=PLAY&kind=monthly&state=unpaid", "4 5"),
        ("q=27&period=2026-10&overdue=1", "4"),
        ("q=nobody", ""),
        ("state=closed", ""),
    ] {
        let reply = download(&harness, &format!("/admin/export/charges.csv?{query}"));
        assert_eq!(reply.status, 200, "{query}");
        assert_eq!(rows(&reply, &["charge_id"]).join(" "), ids, "{query}");
        assert_eq!(listed(query).join(" "), ids, "{query}");
    }
    let further = download(&harness, "/admin/export/charges.csv?state=unpaid&after=3");
    assert_eq!(rows(&further, &["charge_id"]), ["4", "5"]);
    for bad in ["state=x", "kind=", "sort=x", "after=x"]
        .map(|bad| format!("/admin/export/charges.csv?{bad}"))
    {
        let expected = if bad.ends_with("kind=") { 200 } else { 400 };
        assert_eq!(download(&harness, &bad).status, expected, "{bad}");
    }
    // The log says which, and no name that was looked for.
    let noted = harness.rows("SELECT detail FROM audit WHERE act = 'export' ORDER BY id");
    assert_eq!(
        (noted[0].as_str(), noted[2].as_str(), noted[8].as_str()),
        (
            r#"{"rows":4}"#,
            r#"{"rows":1,"filter":"state=paid"}"#,
            r#"{"rows":2,"filter":"state=unpaid&kind=monthly","by_name":true}"#
        )
    );
    // The list leads to the file of what it shows.
    let page = harness.ask(&desk("/admin/charges?state=unpaid&kind=monthly"));
    let link =
        "href=\"/admin/export/charges.csv?state=unpaid&amp;kind=monthly\">These charges as CSV<";
    assert!(page.body.contains(link), "{}", page.body);
}

#[test]
fn test_export_of_a_filter_looks_at_a_bounded_number_of_charges() {
    let harness = Harness::new();
    harness.execute(&format!(
        "INSERT INTO players (id, player_id, name, created_at, updated_at) VALUES (1, '1', 'Player 1', {NOW}, {NOW});
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50003)
         INSERT INTO charges (player_id, kind, period, amount_minor, currency, created_at, updated_at)
         SELECT 1, 'monthly', printf('%04d-%02d', 1 + i / 12, 1 + i % 12), 500, 'usd', {NOW}, {NOW} FROM n"
    ));
    let reply = download(&harness, "/admin/export/charges.csv?period=4167-12");
    assert_eq!(harness.statements.get(), 20 + 1);
    assert_eq!(
        rows(&reply, &["charge_id"]).len(),
        1,
        "the row that says so"
    );
    let next = "/admin/export/charges.csv?period=4167-12&after=50000";
    assert_eq!(
        reply.header("link"),
        Some(format!("<{next}>; rel=\"next\"").as_str())
    );
    let reply = download(&harness, next);
    assert_eq!(
        (rows(&reply, &["charge_id"]), reply.header("link")),
        (vec!["50003".to_owned()], None)
    );
}
