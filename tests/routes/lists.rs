//! Lists that work: found as people type, sorted page by page, summed up, ticked and acted on together; and what is printed.

use std::collections::BTreeSet;

use checkout_guard::{
    desk::charges::queries,
    domain::search::{self, APOSTROPHES, FOLDED},
};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::harness::{Harness, NOW, desk, migrations};

fn page(harness: &Harness, target: &str) -> String {
    let reply = harness.ask(&desk(target));
    assert_eq!(reply.status, 200, "{target}: {}", reply.body);
    reply.body.to_string()
}

fn ids(list: &Value) -> Vec<i64> {
    let charges = list["charges"].as_array().into_iter().flatten();
    charges.filter_map(|charge| charge["id"].as_i64()).collect()
}

/// The players that a search finds in both lists, by the club's own ids.
fn found(harness: &Harness, typed: &str) -> Vec<String> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("q", typed);
    let query = query.finish();
    let names = |list: &str| -> Vec<String> {
        let list = harness.read(&format!("/admin/{list}?{query}"))[list].clone();
        let rows = list.as_array().into_iter().flatten();
        let names = rows.map(|row| row["player_id"].as_str().unwrap_or_default().to_owned());
        names.collect()
    };
    let players = names("players");
    assert_eq!(names("charges"), players, "{typed}");
    players
}

fn with_names() -> Harness {
    let harness = Harness::new();
    harness.import(
        "player_id,player,amount,email\n\
         101,Child Núñez,10.00,Payer.Nunez@club.example\n\
         102,Child Müßig,10.00,\n\
         103,Child O'Brien,10.00,obrien@other.example\n\
         2,Child D’Ávila-Łuk,10.00,\n\
         20,Child 203,10.00,\n",
    );
    harness
}

#[test]
fn test_lists_find_who_is_meant_however_it_is_typed() {
    let harness = with_names();
    for (typed, expected) in [
        ("nunez", vec!["101"]),
        ("Núñez", vec!["101"]),
        ("NUN\u{303}EZ", vec!["101"]),
        ("mussig", vec!["102"]),
        ("müssig", vec!["102"]),
        ("Müßig child", vec!["102"]),
        ("obrien", vec!["103"]),
        ("O’Brien", vec!["103"]),
        ("brien", vec!["103"]),
        ("davila luk", vec!["2"]),
        ("payer.nunez@club.example", vec!["101"]),
        ("<Payer.Nunez@Club.example>", vec!["101"]),
        ("obrien@", vec!["103"]),
        ("child", vec!["20", "2", "103", "102", "101"]),
        // A number is whole: neither 20 nor 203, and nobody whose id begins with it.
        ("Child 2", vec!["2"]),
        ("Child 10", vec![]),
        ("203", vec!["20"]),
        ("club.example", vec![]),
    ] {
        assert_eq!(found(&harness, typed), expected, "{typed}");
    }
    // What was typed stands in the field as it was.
    assert!(page(&harness, "/admin/players?q=N%C3%BA%C3%B1ez").contains("value=\"Núñez\""));
    assert!(page(&harness, "/admin/charges?q=O%27Brien").contains("value=\"O'Brien\""));
}

#[test]
fn test_lists_find_the_address_that_is_known_now() {
    let harness = with_names();
    harness.import("player_id,player,email\n103,Child Brian,new@other.example\n");
    for (typed, expected) in [
        ("obrien@other.example", vec![]),
        ("new@other.example", vec!["103"]),
        ("obrien", vec![]),
        ("brian", vec!["103"]),
    ] {
        assert_eq!(found(&harness, typed), expected, "{typed}");
    }
    // A file without addresses, and another name, leave it.
    harness.import("player_id,player\n103,Child Bryan\n");
    assert_eq!(found(&harness, "new@other.example"), ["103"]);
    let id = harness
        .rows("SELECT id FROM players WHERE player_id = '103'")
        .remove(0);
    // By form, too: another language, then another address.
    let edit = |member: &str, value: &str| {
        let body = json!({ member: value });
        let target = format!("/admin/players/{id}/edit");
        assert_eq!(harness.act(&target, &body).0, 200, "{member}");
    };
    edit("language", "fr");
    assert_eq!(found(&harness, "new@other.example"), ["103"]);
    edit("email", "newest@other.example");
    assert_eq!(found(&harness, "new@other.example"), Vec::<String>::new());
    assert_eq!(found(&harness, "newest@other.example"), ["103"]);
    assert_eq!(
        harness
            .act(&format!("/admin/players/{id}/erase"), &json!({}))
            .0,
        200
    );
    assert_eq!(found(&harness, "new@other.example"), Vec::<String>::new());
    let left = format!("SELECT word FROM player_words WHERE player_id = {id}");
    assert_eq!(harness.rows(&left), Vec::<String>::new());
}

/// The migration folds the words of players who are there already as those of new ones are.
#[test]
fn test_lists_find_players_who_were_there_before() {
    let db = Connection::open_in_memory().unwrap_or_else(|error| panic!("{error}"));
    // As words were before: parted at all that is no letter and no digit.
    let old = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric());
        let words = words.map(str::to_lowercase).filter(|word| !word.is_empty());
        words.collect()
    };
    let mut names: Vec<String> = FOLDED
        .iter()
        .map(|(letters, _)| format!("Player {letters}"))
        .collect();
    names.extend(
        FOLDED
            .iter()
            .map(|(letters, _)| format!("X{}y", letters.to_uppercase())),
    );
    // Each apostrophe, before each letter: capitals are read from these names.
    for (place, apostrophe) in APOSTROPHES.into_iter().enumerate() {
        names.push(format!("O{apostrophe}Brien Ýves-{place}"));
    }
    for (letters, _) in FOLDED {
        for letter in letters.chars() {
            let upper: String = letter.to_uppercase().collect();
            names.push(format!("D'{letter} L'{upper}x"));
        }
    }
    names.push("Nu\u{301}n\u{303}ez – Peña".to_owned());
    names.push("Мария İnci".to_owned());
    let id = |number: usize| format!("id'{number}");
    for (name, sql) in migrations() {
        if name.as_str() == "0004_lists.sql" {
            for (number, name) in names.iter().enumerate() {
                db.execute(
                    "INSERT INTO players (id, player_id, name, email, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, 1, 1)",
                    rusqlite::params![number as i64, id(number), name, format!("Payer{number}@club.example")],
                )
                .unwrap_or_else(|error| panic!("{error}"));
                for word in old(name).into_iter().chain(old(&id(number))) {
                    db.execute(
                        "INSERT OR IGNORE INTO player_words VALUES (?1, ?2)",
                        rusqlite::params![word, number as i64],
                    )
                    .unwrap_or_else(|error| panic!("{error}"));
                }
            }
        }
        db.execute_batch(&sql)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    for (number, name) in names.iter().enumerate() {
        let mut expected: BTreeSet<_> = search::words_of_player(name, &id(number))
            .into_iter()
            .collect();
        expected.insert(format!("payer{number}@club.example"));
        let mut statement = db
            .prepare("SELECT word FROM player_words WHERE player_id = ?1")
            .unwrap_or_else(|error| panic!("{error}"));
        let words: BTreeSet<String> = statement
            .query_map([number as i64], |row| row.get(0))
            .and_then(Iterator::collect)
            .unwrap_or_else(|error| panic!("{error}"));
        let missing: Vec<_> = expected.difference(&words).collect();
        assert!(missing.is_empty(), "{name}: {missing:?} of {words:?}");
        let plain = |word: &&String| {
            !word.contains(|c: char| FOLDED.iter().any(|(letters, _)| letters.contains(c)))
        };
        assert_eq!(words.iter().filter(plain).count(), words.len(), "{words:?}");
    }
}

/// So many charges, of amounts, days and names that many share.
fn with_many(count: i64) -> Harness {
    let harness = Harness::new();
    let series = format!(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {count}) SELECT n FROM n"
    );
    harness.execute(&format!(
        "INSERT INTO players (id, player_id, name, created_at, updated_at)
         SELECT n, 'p' || n, CASE n % 5 WHEN 0 THEN 'player a' WHEN 1 THEN 'Player B' ELSE 'Player ' || (n * 7 % 100) END, {NOW}, {NOW}
         FROM ({series})"
    ));
    harness.execute(&format!(
        "INSERT INTO player_words (word, player_id) SELECT 'player', n FROM ({series}) WHERE n <= 150"
    ));
    harness.execute(&format!(
        "INSERT INTO charges (player_id, kind, period, amount_minor, currency, due_on, created_at, updated_at)
         SELECT IIF(n % 3, n, n - 1), IIF(n % 4, 'monthly', 'custom'), IIF(n % 2, '2026-10', '2026-11'), 1000 * (n * 13 % 7), 'usd',
                IIF(n % 6, printf('2026-11-%02d', 1 + n * 11 % 28), NULL), {NOW}, {NOW} FROM ({series}) WHERE true
         ON CONFLICT DO NOTHING"
    ));
    harness
}

/// All pages of a list, and how many there are.
fn all_pages(harness: &Harness, query: &str) -> (Vec<i64>, usize) {
    let (mut seen, mut after, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let list = harness.read(&format!("/admin/charges?{query}{after}"));
        let page = ids(&list);
        assert!(page.len() <= 50);
        seen.extend(page);
        pages += 1;
        let Some(next) = list["next"].as_str() else {
            return (seen, pages);
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("after", next);
        after = format!("&{}", query.finish());
    }
}

#[test]
fn test_lists_are_sorted_page_by_page_and_show_each_charge_once() {
    let orders = [
        ("newest", "c.id DESC"),
        ("amount", "c.amount_minor DESC, c.id DESC"),
        ("due", "COALESCE(c.due_on, '~'), c.id"),
        ("name", "p.name COLLATE NOCASE, p.id, c.id"),
    ];
    let filters = [
        ("", "true"),
        ("&kind=custom", "c.kind = 'custom'"),
        ("&period=2026-10", "c.period = '2026-10'"),
        (
            "&state=unpaid&kind=monthly",
            "c.state = 'unpaid' AND c.kind = 'monthly'",
        ),
        // The harness's day is 18 November.
        (
            "&overdue=1",
            "c.due_on < '2026-11-18' AND c.state = 'unpaid'",
        ),
        (
            "&overdue=1&period=2026-10",
            "c.due_on < '2026-11-18' AND c.state = 'unpaid' AND c.period = '2026-10'",
        ),
        ("&q=player", "p.id <= 150"),
        (
            "&q=player&period=2026-11",
            "p.id <= 150 AND c.period = '2026-11'",
        ),
    ];
    // Few enough to be read whole, and too many.
    for count in [300, 2_600] {
        let harness = with_many(count);
        for (sort, order) in orders {
            for (filter, which) in filters {
                let (seen, pages) = all_pages(&harness, &format!("sort={sort}{filter}"));
                let expected = harness.rows(&format!(
                    "SELECT c.id FROM charges c JOIN players p ON p.id = c.player_id WHERE {which} ORDER BY {order}"
                ));
                let expected: Vec<i64> = expected.iter().filter_map(|id| id.parse().ok()).collect();
                assert!(!expected.is_empty(), "{filter}");
                assert_eq!(seen, expected, "{count} {sort} {filter}");
                // A page looks at so many: none is so empty that there are many more of them.
                assert!(
                    pages <= expected.len().div_ceil(50) + 4,
                    "{count} {sort} {filter}: {pages}"
                );
            }
        }
    }
}

#[test]
fn test_lists_go_on_where_they_were_whatever_changes_meanwhile() {
    for count in [300, 2_600] {
        let harness = with_many(count);
        let first = harness.read("/admin/charges?sort=amount");
        let seen: BTreeSet<_> = ids(&first).into_iter().collect();
        let last = ids(&first)[49];
        // The last charge of the page gets another amount, and a new one comes to be.
        harness.execute(&format!(
            "UPDATE charges SET amount_minor = 1 WHERE id = {last}"
        ));
        harness.execute(&format!(
            "INSERT INTO charges (player_id, kind, amount_minor, currency, created_at, updated_at) VALUES (1, 'custom', 999999, 'usd', {NOW}, {NOW})"
        ));
        let next = first["next"].as_str().unwrap_or_default();
        let second = ids(&harness.read(&format!("/admin/charges?sort=amount&after={next}")));
        assert!(
            second.iter().all(|id| !seen.contains(id)),
            "{count}: {second:?}"
        );
        let expected = harness.rows(&format!(
            "SELECT id FROM charges WHERE amount_minor <= 6000 AND id <> {last} ORDER BY amount_minor DESC, id DESC LIMIT 100"
        ));
        let expected: Vec<i64> = expected.iter().filter_map(|id| id.parse().ok()).collect();
        assert_eq!(second, expected[49..99], "{count}");
    }
}

#[test]
fn test_lists_in_another_order_go_along_an_index() {
    let harness = Harness::new();
    for ([list, end], index) in [
        (queries::ALONG_AMOUNTS, "charges_by_amount (amount_minor<?)"),
        (queries::ALONG_DAYS, "charges_by_due_day (<expr>>?)"),
        (queries::ALONG_NAMES, "players_by_name"),
    ] {
        for sql in [list, end] {
            let plan = harness.plan(sql);
            let is_by = |step: &String| {
                step.starts_with("SEARCH")
                    && step.contains(index.split(' ').next().unwrap_or_default())
            };
            assert!(plan.iter().any(is_by), "{index}: {plan:#?}");
            let scans = plan.iter().filter(|step| {
                step.starts_with("SCAN ")
                    && !step.contains("SCAN x")
                    && !step.contains("SCAN (subquery")
            });
            assert_eq!(scans.count(), 0, "{plan:#?}");
        }
    }
    // The window is read in the index's own order: nothing is sorted but the page, and a player's own charges.
    for [_, end] in [queries::ALONG_AMOUNTS, queries::ALONG_DAYS] {
        let plan = harness.plan(end);
        assert!(
            !plan.iter().any(|step| step.contains("TEMP B-TREE")),
            "{plan:#?}"
        );
    }
}

#[test]
fn test_lists_say_what_all_of_a_filter_come_to() {
    let harness = Harness::new();
    let lines: String = (1..=120)
        .map(|number| format!("{number},Player {number},10.50,monthly,2026-11,usd\n"))
        .collect();
    harness.import(&format!(
        "player_id,player,amount,kind,period,currency\n{lines}121,Player 121,1000,monthly,2026-11,jpy\n122,Player 122,0,monthly,2026-11,usd\n1,Player 1,7.00,monthly,2026-10,usd\n"
    ));
    harness.execute("UPDATE charges SET due_on = '2026-11-17' WHERE period = '2026-10'");
    for charge in [1, 2, 3] {
        let cash = json!({"amount": "10.50", "method": "cash"});
        assert_eq!(
            harness
                .act(&format!("/admin/charges/{charge}/offline-payment"), &cash)
                .0,
            200
        );
    }
    let totals = |query: &str| harness.read(&format!("/admin/charges?{query}"))["totals"].clone();
    let sum = |count: i64, amount: &str, currency: &str| json!({"count": count, "amount": amount, "currency": currency});
    let whole = |sums: Vec<Value>, paid: i64, of: i64| json!({"is_whole": true, "sums": sums, "paid": paid, "of": of});
    let usd = |count: i64, amount: &str| sum(count, amount, "usd");
    for (query, expected) in [
        (
            "state=unpaid&period=2026-11",
            whole(vec![sum(1, "1000", "jpy"), usd(117, "1228.50")], 3, 121),
        ),
        ("state=paid", whole(vec![usd(3, "31.50")], 3, 122)),
        ("overdue=1", whole(vec![usd(1, "7.00")], 3, 122)),
        ("period=2026-10&sort=due", whole(vec![usd(1, "7.00")], 0, 1)),
        ("kind=custom", whole(vec![], 0, 0)),
        ("q=Player+1", whole(vec![usd(2, "17.50")], 1, 2)),
        ("q=Player+1&state=paid", whole(vec![usd(1, "10.50")], 1, 2)),
        (
            "q=Player+1&overdue=1&sort=name",
            whole(vec![usd(1, "7.00")], 1, 2),
        ),
    ] {
        assert_eq!(totals(query), expected, "{query}");
    }
    let shown = page(&harness, "/admin/charges?state=unpaid&period=2026-11");
    for part in [
        "1 charge, <strong>1,000 JPY</strong> · 117 charges, <strong>1,228.50 USD</strong>",
        "<p id=\"paid\">3 of 121 paid</p><progress max=\"121\" value=\"3\" aria-labelledby=\"paid\">",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // The first page has the same of all, and of this month.
    let overview = harness.read("/admin");
    assert_eq!(overview["progress"], json!({"paid": 3, "of": 122}));
    assert_eq!(
        overview["month"],
        json!({"period": "2026-11", "paid": 3, "of": 121})
    );
    let shown = page(&harness, "/admin");
    assert!(
        shown.contains("3 of 122 charges paid") && shown.contains("Nov 2026: 3 of 121 paid"),
        "{shown}"
    );
}

#[test]
fn test_lists_of_a_title_keep_it_in_their_filter() {
    let harness = Harness::new().with_charge();
    let shown = page(&harness, "/admin/charges?period=Tournament");
    assert!(
        shown.contains("type=\"text\" value=\"Tournament\""),
        "{shown}"
    );
    let shown = page(&harness, "/admin/charges?period=2026-11");
    assert!(
        shown.contains("type=\"month\" value=\"2026-11\""),
        "{shown}"
    );
}

#[test]
fn test_lists_a_search_that_finds_too_many_says_more_than() {
    let harness = with_many(600);
    harness.execute(
        "INSERT OR IGNORE INTO player_words (word, player_id) SELECT 'player', id FROM players",
    );
    let list = harness.read("/admin/charges?q=player");
    assert_eq!(list["totals"]["is_whole"], false);
    let shown = page(&harness, "/admin/charges?q=player");
    assert!(shown.contains("<p class=\"totals\">more than "), "{shown}");
    assert!(!shown.contains("<progress"), "{shown}");
}

#[test]
fn test_lists_that_are_wanted_most_are_plain_links() {
    let harness = Harness::new().with_charge();
    let shown = page(&harness, "/admin/charges?overdue=1&sort=due");
    for part in [
        "<a href=\"/admin/charges\">All</a>",
        "<a href=\"/admin/charges?overdue=1&amp;sort=due\" aria-current=\"page\">Overdue</a>",
        "<a href=\"/admin/charges?state=unpaid\">Unpaid</a>",
        "<a href=\"/admin/charges?state=unpaid&amp;kind=monthly&amp;period=2026-11\">This month's fees, unpaid</a>",
        "<a href=\"/admin/charges?state=pending\">Pending</a>",
        "<details class=\"fold\" open>",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let all = page(&harness, "/admin/charges");
    assert!(
        all.contains("aria-current=\"page\">All</a>") && all.contains("<details class=\"fold\">")
    );
    // A link says what it is about.
    assert!(
        all.contains("aria-label=\"Charge of Player 26, First payment\""),
        "{all}"
    );
}

// Several at once.

const STATES: &str = "SELECT c.id, s.state, COALESCE(c.close_reason, '-') FROM charges c JOIN standings s ON s.id = c.id ORDER BY c.id";

/// Charges 1 to 4: unpaid, paid, closed, pending.
fn with_four() -> Harness {
    let harness = Harness::new();
    harness.import(
        "player_id,player,amount,email,token\n1,Player 1,10.00,a@x.example,token-of-player-1\n2,Player 2,10.00,b@x.example,token-of-player-2\n\
         3,Player 3,10.00,c@x.example,token-of-player-3\n4,Player 4,10.00,d@x.example,token-of-player-4\n",
    );
    let cash = json!({"amount": "10.00", "method": "cash"});
    assert_eq!(
        harness.act("/admin/charges/2/offline-payment", &cash).0,
        200
    );
    assert_eq!(
        harness
            .act("/admin/charges/3/close", &json!({"reason": "moved"}))
            .0,
        200
    );
    assert_eq!(
        harness
            .ask(&crate::harness::link("token-of-player-4"))
            .status,
        307
    );
    harness
}

#[test]
fn test_bulk_a_look_says_who_is_taken_and_who_is_left_out() {
    let harness = with_four();
    let before = harness.all_rows();
    let target =
        "/admin/charges/bulk?act=close&charges=1&charges=2&charges=3&charges=4&list=state%3Dunpaid";
    let shown = page(&harness, target);
    for part in [
        "<h2>2 charges chosen</h2>",
        "1 left out because paid. ",
        "1 left out because closed already, or nothing to pay. ",
        "name=\"charges\" value=\"1 4\"",
        "href=\"/admin/charges?state=unpaid\"",
        "Close 2 charges",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let look = harness.read("/admin/charges/bulk?act=links&charges=1,2,3,4");
    assert_eq!(look["act"], "links");
    let chosen = look["chosen"].as_array().map(Vec::len);
    assert_eq!(
        (chosen, &look["left_out"][0]["code"]),
        (Some(2), &json!("already_paid"))
    );
    assert_eq!(harness.all_rows(), before);
    // Emails have their own look.
    let to = harness.ask(&desk(
        "/admin/charges/bulk?act=reminder&charges=1&charges=4&list=",
    ));
    let expected = "/admin/messages/preview?template=reminder&charges=1+4";
    assert_eq!((to.status, to.header("location")), (303, Some(expected)));
    for (target, status) in [
        ("/admin/charges/bulk?act=close", 400),
        ("/admin/charges/bulk?charges=1", 400),
        ("/admin/charges/bulk?act=close&charges=99", 404),
        ("/admin/charges/bulk?act=refund&charges=1", 400),
    ] {
        assert_eq!(harness.ask(&desk(target)).status, status, "{target}");
    }
}

#[test]
fn test_bulk_charges_are_closed_each_by_its_own_act() {
    let harness = with_four();
    // A parent was faster than the look.
    let session = harness.newest_session();
    harness.pay(&session);
    let reply = harness.press(
        "/admin/charges/bulk",
        "act=close&charges=1+2+3+4&reason=the+tournament+was+rained+off&list=",
    );
    assert_eq!(reply.status, 200);
    for part in [
        "1 charge were closed.",
        "1 closed already: nothing was changed.",
        "2 charges left as they are:",
        "it was paid meanwhile",
    ] {
        let part = part.replace("1 charge were", "1 charge was");
        assert!(reply.body.contains(&part), "{part}: {}", reply.body);
    }
    let states = [
        "1|closed|the tournament was rained off",
        "2|paid|-",
        "3|closed|moved",
        "4|paid|-",
    ];
    assert_eq!(harness.rows(STATES), states);
    let acts = "SELECT about FROM audit WHERE act = 'close' ORDER BY id";
    assert_eq!(harness.rows(acts), ["charge 3", "charge 1"]);
    // Again, as a program: nothing more.
    let body = json!({"act": "close", "charges": [1, 2], "reason": "again"});
    let (status, answer) = harness.act("/admin/charges/bulk", &body);
    assert_eq!(status, 200);
    let expected = json!({
        "done": [], "unchanged": [1], "refused": [{"charge_id": 2, "code": "already_paid"}], "left": []
    });
    assert_eq!(answer, expected);
    assert_eq!(harness.rows(STATES), states);
}

#[test]
fn test_bulk_a_request_closes_what_the_budget_allows_and_says_what_is_left() {
    let harness = Harness::configured(&[("RECONCILE_BUDGET", "40")]);
    let lines: String = (1..=12)
        .map(|number| format!("{number},Player {number},10.00\n"))
        .collect();
    harness.import(&format!("player_id,player,amount\n{lines}"));
    let mut left: Vec<i64> = (1..=12).collect();
    let mut rounds = 0;
    while !left.is_empty() {
        let body = json!({"act": "close", "charges": left, "reason": "rained off"});
        let (status, answer) = harness.act("/admin/charges/bulk", &body);
        assert_eq!(
            (
                status,
                answer["done"].as_array().map(|done| done.len() <= 5)
            ),
            (200, Some(true))
        );
        left = answer["left"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_i64)
            .collect();
        rounds += 1;
        assert!(rounds <= 3);
    }
    assert_eq!(rounds, 3);
    assert_eq!(
        harness.rows("SELECT COUNT(*) FROM charges WHERE closed_at IS NULL"),
        ["0"]
    );
    let more = harness.press(
        "/admin/charges/bulk",
        "act=close&charges=1+2+3+4+5+6&reason=x&list=sort%3Dname",
    );
    assert!(
        more.body.contains("Go on with the other 1")
            && more.body.contains("name=\"charges\" value=\"6\""),
        "{}",
        more.body
    );
}

#[test]
fn test_bulk_what_cannot_be_read_does_nothing() {
    let harness = with_four();
    let before = harness.all_rows();
    for body in [
        json!({"act": "close", "charges": [1]}),
        json!({"act": "close", "charges": [], "reason": "x"}),
        json!({"act": "close", "charges": [0], "reason": "x"}),
        json!({"act": "links", "charges": [1], "reason": "x"}),
        json!({"act": "close", "charges": [1], "reason": "x", "more": 1}),
        json!({"act": "close", "charges": [1], "reason": "x".repeat(501)}),
    ] {
        assert_eq!(harness.act("/admin/charges/bulk", &body).0, 400, "{body}");
    }
    let unknown = json!({"act": "close", "charges": [1, 99], "reason": "x"});
    assert_eq!(harness.act("/admin/charges/bulk", &unknown).0, 404);
    assert_eq!(harness.all_rows(), before);
}

#[test]
fn test_bulk_those_ticked_are_saved_as_a_table() {
    let harness = with_four();
    let reply = harness.ask(&desk("/admin/charges/bulk?act=export&charges=4&charges=1"));
    assert_eq!(
        reply.header("content-type"),
        Some("text/csv; charset=utf-8; header=present")
    );
    let lines: Vec<_> = reply
        .body
        .lines()
        .map(|line| line.split(',').take(3).collect::<Vec<_>>().join(","))
        .collect();
    assert_eq!(lines[1..], ["4,4,Player 4", "1,1,Player 1"]);
    let audit = harness.rows("SELECT about, detail FROM audit WHERE act = 'export'");
    assert_eq!(audit, ["charges.csv|{\"rows\":2}"]);
}

// What is printed.

#[test]
fn test_year_has_what_was_paid_in_it_by_the_clubs_days() {
    let harness = Harness::configured(&[("CLUB_TIMEZONE", "America/New_York")]);
    harness.import(
        "player_id,player,amount,email,kind,period,currency\n7,Player 7,50.00,payer7@example.com,monthly,2025-12,usd\n\
         7,Player 7,50.00,,monthly,2026-01,usd\n7,Player 7,45.00,,first_payment,,eur\n8,Player 8,9.00,,first_payment,,usd\n",
    );
    for (charge, day, amount, method) in [
        (1, "2025-12-31", "50.00", "cash"),
        (2, "2026-01-01", "50.00", "transfer"),
        (3, "2026-05-02", "45.00", "check"),
        (4, "2026-05-02", "9.00", "cash"),
    ] {
        let body = json!({"amount": amount, "method": method, "paid_on": day});
        assert_eq!(
            harness
                .act(&format!("/admin/charges/{charge}/offline-payment"), &body)
                .0,
            200
        );
    }
    // The last minute of the club's year: it is 2026 in UTC.
    harness.execute("UPDATE orders SET paid_at = 1767243540000 WHERE charge_id = 1");
    let order = |charge: i64| {
        harness
            .rows(&format!("SELECT id FROM orders WHERE charge_id = {charge}"))
            .remove(0)
    };
    let refund = json!({"amount": "20.00", "refunded": "0"});
    assert_eq!(
        harness
            .act(&format!("/admin/orders/{}/refund", order(2)), &refund)
            .0,
        200
    );
    let year = harness.read("/admin/players/1/year?year=2026");
    assert_eq!(
        (&year["club"], &year["player"]["player"]),
        (&json!("Example Youth Club"), &json!("Player 7"))
    );
    let payments = year["payments"].as_array().cloned().unwrap_or_default();
    let rows: Vec<_> = payments
        .iter()
        .map(|paid| {
            format!(
                "{} {} {} {} {}",
                paid["paid_on"], paid["method"], paid["gross"], paid["refunded"], paid["net"]
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            "\"2026-01-01\" \"transfer\" \"50.00\" \"20.00\" \"30.00\"",
            "\"2026-05-02\" \"check\" \"45.00\" \"0.00\" \"45.00\""
        ]
    );
    assert_eq!(
        year["sums"],
        json!([
            {"currency": "usd", "gross": "50.00", "refunded": "20.00", "net": "30.00"},
            {"currency": "eur", "gross": "45.00", "refunded": "0.00", "net": "45.00"},
        ])
    );
    let before = harness.read("/admin/players/1/year?year=2025");
    assert_eq!(before["payments"][0]["paid_on"], "2025-12-31");
    // Without a year it is this one.
    assert_eq!(harness.read("/admin/players/1/year")["year"], 2026);
    let shown = page(&harness, "/admin/players/1/year?year=2026");
    for part in [
        "Example Youth Club",
        "payer7@example.com",
        "1 Jan 2026",
        "Together, in USD",
        "30.00 USD",
        "data-print",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("Player 8") && !shown.contains("The year 2027"));
    for (target, status) in [
        ("/admin/players/99/year", 404),
        ("/admin/players/1/year?year=x", 400),
        ("/admin/players/1/year?year=1999", 400),
        ("/admin/players/1/year?month=1", 400),
    ] {
        assert_eq!(harness.ask(&desk(target)).status, status, "{target}");
    }
}

#[test]
fn test_receipt_is_of_a_payment_and_of_nothing_else() {
    let (harness, session) = Harness::clicked();
    let order = harness.rows("SELECT id FROM orders").remove(0);
    let target = format!("/admin/orders/{order}/receipt");
    assert_eq!(harness.ask(&desk(&target)).status, 404);
    harness.pay(&session);
    harness.deliver_webhooks();
    let receipt = harness.read(&target);
    assert_eq!(
        (
            &receipt["player"],
            &receipt["gross"],
            &receipt["method"],
            &receipt["club"]
        ),
        (
            &json!("Player 26"),
            &json!("150.00"),
            &json!("checkout"),
            &json!("Example Youth Club")
        )
    );
    let shown = page(&harness, &target);
    for part in [
        "150.00 USD",
        "online, through Stripe",
        "Paid to",
        "Example Youth Club",
        "First payment",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(page(&harness, "/admin/players/6").contains(&target));
}

#[test]
fn test_style_prints_no_navigation_and_repeats_headers() {
    let css = checkout_guard::desk::style::CSS;
    let (_, print) = css.split_once("@media print").unwrap_or_default();
    for part in [
        "nav,",
        "form.filters,",
        "button,",
        "display: table-header-group",
        "--ink: #000",
    ] {
        assert!(print.contains(part), "{part}");
    }
}

// A link that was just made.

#[test]
fn test_link_is_shown_to_copy_to_photograph_and_to_share() {
    let harness = Harness::new().with_charge();
    let reply = harness.press("/admin/charges/2/links", "request=a");
    assert_eq!(reply.status, 200);
    for part in [
        "data-copy=\"url\" hidden",
        "data-share=\"url\" data-title=\"First payment\" hidden",
        "aria-label=\"QR code\"",
        "Back to the charge of Player 26",
    ] {
        assert!(reply.body.contains(part), "{part}: {}", reply.body);
    }
}

#[test]
fn test_bar_has_the_daily_pages_at_hand_and_names_the_one_that_is_folded() {
    let harness = Harness::new();
    let shown = page(&harness, "/admin/audit");
    let (bar, more) = shown
        .split_once("<details class=\"more\">")
        .unwrap_or_default();
    for daily in ["Overview", "Charges", "Players", "Emails", "Incidents"] {
        assert!(bar.contains(&format!(">{daily}</a>")), "{daily}");
    }
    assert!(
        more.contains("<summary class=\"shown\">More: Who did what</summary>"),
        "{more}"
    );
    for rare in ["Months", "Import", "Explain a link", "Health"] {
        assert!(more.contains(&format!(">{rare}</a>")), "{rare}");
    }
    assert!(page(&harness, "/admin").contains("<summary>More</summary>"));
}
