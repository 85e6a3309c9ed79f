//! Files as clubs have them, by `/admin/import`: what spreadsheets write in five countries, with columns that somebody has named.

use checkout_guard::http::response::Response;

use crate::{
    desk_import::{ask_at, cells, hidden, send},
    harness::{ADMIN, Ask, Harness, JSON, desk, get},
};

const GERMAN: &[u8] = include_bytes!("../files/beitraege-windows-1252.csv");
const SPANISH: &[u8] = include_bytes!("../files/cuotas-unicode-text.txt");
const FRENCH: &[u8] = include_bytes!("../files/cotisations-utf-8-bom.csv");
const ENGLISH: &[u8] = include_bytes!("../files/fees-sheets.csv");
const PORTUGUESE: &[u8] = include_bytes!("../files/valores-utf-16-be.csv");

const ONE: &[u8] = b"1";
const CHARGES: &str = "SELECT p.player_id, p.name, p.email, c.kind, c.period, c.amount_minor, c.currency \
                       FROM charges c JOIN players p ON p.id = c.player_id ORDER BY c.id";

/// The choices on the page that asks what the columns are: each column with the value that is chosen.
fn asked(page: &str) -> Vec<String> {
    let selects = page.split("<select ").skip(1);
    selects
        .map(|select| {
            let select = select.split("</select>").next().unwrap_or_default();
            let chosen = select
                .split("<option ")
                .find(|option| option.contains(" selected"));
            let value = chosen.and_then(|option| option.split('"').nth(1));
            value.unwrap_or_default().to_owned()
        })
        .collect()
}

/// The value of the visible field of that id.
fn field(page: &str, id: &str) -> String {
    let field = page
        .split(&format!("id=\"{id}\""))
        .nth(1)
        .unwrap_or_default();
    let field = field.split('>').next().unwrap_or_default();
    let value = field
        .split("value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    value.unwrap_or_default().to_owned()
}

/// Sends a file, agrees to what the page takes its columns for, and sends it again after the dry run.
fn import(harness: &Harness, file: &[u8]) -> (Vec<String>, Response) {
    let page = send(harness, &[("file", file), ("dry_run", ONE)]);
    assert_eq!(page.status, 200, "{}", page.body);
    let guesses = asked(&page.body);
    let csv = hidden(&page.body, "csv").unwrap_or_default();
    let currency = field(&page.body, "currency");
    let mut fields = vec![("csv", csv.as_str()), ("currency", &currency)];
    fields.extend(guesses.iter().map(|guess| ("column", guess.as_str())));
    fields.push(("dry_run", "1"));
    let page = send(harness, &fields);
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("Nothing was changed so far."));
    assert!(harness.all_rows().is_empty());
    // The page of the dry run sends the same on.
    assert_eq!(hidden(&page.body, "csv").as_deref(), Some(csv.as_str()));
    assert_eq!(
        hidden(&page.body, "currency").as_deref(),
        Some(currency.as_str())
    );
    let again = page.body.matches("name=\"column\"").count();
    assert_eq!(again, guesses.len());
    fields.retain(|(name, _)| *name != "dry_run");
    (guesses.clone(), send(harness, &fields))
}

#[test]
fn test_files_of_five_countries_are_read_once_their_columns_are_confirmed() {
    for (file, guesses, charges) in [
        (
            GERMAN,
            "player_id,first_name,last_name,amount,email,",
            vec![
                "5|Spielerin Fünf|zahler5@example.com|first_payment||2500|eur",
                "12|Spieler Zwölf|zahler12@example.com|first_payment||123450|eur",
                "30|Spielerin Dreißig|-|first_payment||4050|eur",
            ],
        ),
        (
            FRENCH,
            "player_id,last_name,first_name,amount,email,currency",
            vec![
                "21|Élève Vingt-et-un|parent21@example.com|first_payment||123450|eur",
                "22|Élève Vingt-deux|parent22@example.com|first_payment||15000|eur",
            ],
        ),
        (
            ENGLISH,
            "player_id,player,amount,email,",
            vec![
                "101|Player 101|payer101@example.com|first_payment||123450|usd",
                "102|Player 102|payer102@example.com|first_payment||8500|usd",
            ],
        ),
        (
            PORTUGUESE,
            "player_id,player,amount,period",
            vec![
                "61|Atleta sessenta e um|-|first_payment|2026-05|15000|brl",
                "62|Atleta sessenta e dois|-|first_payment|2026-05|8500|brl",
            ],
        ),
    ] {
        let harness = Harness::new();
        let (found, done) = import(&harness, file);
        assert_eq!(found.join(","), guesses);
        assert_eq!(done.status, 200, "{}", done.body);
        assert_eq!(harness.rows(CHARGES), charges);
    }
    let harness = Harness::new();
    let (found, done) = import(&harness, SPANISH);
    assert_eq!(
        found.join(","),
        "player_id,player,monthly_fee,email,language"
    );
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(
        harness.rows("SELECT player_id, name, email, language, monthly_fee_minor, monthly_currency FROM players ORDER BY id"),
        [
            "7|Jugador número siete|pagador7@example.com|es|4500|usd",
            "8|Niña \"ocho\"|pagador8@example.com|-|6000|usd"
        ]
    );
    // Nothing is shown once: no link was made.
    assert!(!done.body.contains("data-once"));
}

#[test]
fn test_files_say_how_they_were_read() {
    let harness = Harness::new();
    for (file, said) in [
        (
            GERMAN,
            "read as Windows-1252, its columns separated by semicolons. If letters look wrong",
        ),
        (SPANISH, "read as UTF-16, its columns separated by tabs."),
        (
            FRENCH,
            "read as UTF-8, its columns separated by semicolons.",
        ),
        (ENGLISH, "read as UTF-8, its columns separated by commas."),
        (
            PORTUGUESE,
            "read as UTF-16, its columns separated by semicolons.",
        ),
        (
            b"player_id;player\n7;M\xfc\xdfig\n",
            "read as Windows-1252, its columns separated by semicolons.",
        ),
    ] {
        let page = send(&harness, &[("file", file), ("dry_run", ONE)]);
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    // A text that a page sends was read by the browser.
    let page = send(
        &harness,
        &[("csv", "player_id,player\n7,Player 7\n"), ("dry_run", "1")],
    );
    assert!(!page.body.contains("read as"));
}

#[test]
fn test_files_columns_are_asked_for_with_what_stands_in_them_and_a_guess() {
    let harness = Harness::new();
    let page = send(&harness, &[("file", GERMAN)]);
    assert_eq!(
        (page.status, page.header("cache-control")),
        (200, Some("no-store"))
    );
    for part in [
        "<label for=\"column-1\">Mitglieds-Nr.</label>",
        "Spielerin · Spieler",
        "Fünf · Zwölf · Dreißig",
        "25,00 € · 1.234,50 €",
        "<option value=\"amount\" selected>",
        "name=\"currency\" type=\"text\" required maxlength=\"3\"",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    // Whoever did not want to look first is asked all the same, and nothing is written.
    assert_eq!(hidden(&page.body, "dry_run"), None);
    assert!(harness.all_rows().is_empty());
    // A file with our names is asked nothing, whatever else is the case with it.
    let ours = send(
        &harness,
        &[("csv", "Player_ID;player\n7;Player 7\n"), ("dry_run", "1")],
    );
    assert!(ours.body.contains("Nothing was changed so far."));
    // An extra column is one to be asked about.
    let extra = send(
        &harness,
        &[
            ("csv", "player_id,player,Notes\n7,Player 7,x\n"),
            ("dry_run", "1"),
        ],
    );
    assert_eq!(asked(&extra.body), ["player_id", "player", ""]);
}

#[test]
fn test_files_choice_of_columns_that_cannot_be_is_asked_about_again() {
    let harness = Harness::new();
    let csv = "Nr,Name,Beitrag,Betrag\n7,Player 7,5.00,6.00\n";
    let choose = |columns: [&str; 4], currency: &str| {
        let mut fields = vec![("csv", csv), ("currency", currency), ("dry_run", "1")];
        fields.extend(columns.map(|column| ("column", column)));
        send(&harness, &fields)
    };
    for (columns, currency, why) in [
        (
            ["", "player", "amount", ""],
            "usd",
            "Choose which column is the “club&#39;s own id”.",
        ),
        (
            ["player_id", "", "amount", ""],
            "usd",
            "Choose which column is the “player&#39;s name”, or",
        ),
        (
            ["player_id", "player", "amount", "amount"],
            "usd",
            "More than one column is the “amount, owed once”.",
        ),
        (
            ["player_id", "player", "amount", "last_name"],
            "usd",
            "More than one column is the “player&#39;s name”.",
        ),
        (
            ["player_id", "player", "amount", ""],
            "euro",
            "three-letter code",
        ),
        (
            ["player_id", "player", "amount", ""],
            "kpw",
            "three-letter code",
        ),
        (
            ["player_id", "player", "amount", ""],
            "",
            "three-letter code",
        ),
    ] {
        let page = choose(columns, currency);
        let body = page.body.replace('\'', "&#39;");
        assert_eq!(page.status, 422, "{body}");
        assert!(body.contains(why), "{why}: {body}");
        assert!(body.contains("role=\"alert\""));
        // What was chosen stands there.
        assert_eq!(asked(&page.body), columns);
        assert_eq!(field(&page.body, "currency"), currency);
        assert!(hidden(&page.body, "csv").is_some());
    }
    let page = choose(["player_id", "player", "", "amount"], "EUR");
    assert_eq!(page.status, 200);
    assert_eq!(cells(&page.body)[0][3], "6.00 EUR");
    assert!(page.body.contains("Left out of the file: Beitrag."));
    for (fields, why) in [
        (vec![("csv", csv), ("column", "colour")], "not known here"),
        (
            vec![("csv", csv), ("column", "player_id"), ("column", "player")],
            "another number of columns",
        ),
    ] {
        let page = send(&harness, &fields);
        assert_eq!(page.status, 400);
        assert!(page.body.contains(why), "{why}: {}", page.body);
    }
    assert!(harness.all_rows().is_empty());
}

#[test]
fn test_files_that_are_no_table_say_how_to_save_one() {
    let harness = Harness::new();
    for file in [
        &b"PK\x03\x04\x14\0\x06\0"[..],
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0",
        b"%PDF-1.7\n",
    ] {
        let page = send(&harness, &[("file", file), ("dry_run", ONE)]);
        assert_eq!(page.status, 422);
        for part in [
            "save it as CSV",
            "CSV UTF-8 (Comma delimited)",
            "LibreOffice Calc",
            "Google Sheets",
            "Numbers",
        ] {
            assert!(page.body.contains(part), "{part}");
        }
    }
    // What no page can send back is not asked about.
    for (file, why) in [
        (
            &b"Nr;Name\n7;M\xc3\xbc\n8;\xc3\xa9\xc3\n"[..],
            "is not UTF-8",
        ),
        (b"Nr;Name\n7;a\0b\n", "has a control character"),
        (b"\xff\xfeN\0r\0", "unknown column"),
        (b"\xff\xfeN\0r", "is not UTF-16"),
        (b"Nr|Name\n7|Player 7\n", "unknown column"),
    ] {
        let page = send(&harness, &[("file", file), ("dry_run", ONE)]);
        assert_eq!(page.status, 422, "{}", page.body);
        assert!(page.body.contains(why), "{why}: {}", page.body);
    }
    let wide = vec!["x"; 65].join(",");
    let page = send(&harness, &[("csv", wide.as_str()), ("dry_run", "1")]);
    assert!(page.status == 422 && page.body.contains("64 columns at most"));
    assert!(harness.all_rows().is_empty());
}

#[test]
fn test_files_by_a_program_name_their_columns_as_ours_and_are_read_as_spreadsheets_write_them() {
    let harness = Harness::new();
    let post = |body: Vec<u8>| {
        let ask = desk("/admin/import?dry_run=1")
            .method("POST")
            .with("accept", JSON);
        harness.ask(&Ask { body, ..ask })
    };
    // Nobody is there to confirm a guess.
    for file in [GERMAN, SPANISH, FRENCH, ENGLISH, PORTUGUESE] {
        let reply = post(file.to_vec());
        assert_eq!(reply.status, 422, "{}", reply.body);
        assert!(reply.body.contains("unknown column"), "{}", reply.body);
    }
    let csv = "player_id;player;amount;currency\r\n7;Müßig;1.234,50 €;eur\r\n";
    let utf_16: Vec<u8> = csv.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let windows: Vec<u8> = csv
        .chars()
        .map(|c| if c == '€' { 0x80 } else { c as u8 })
        .collect();
    for body in [
        csv.as_bytes().to_vec(),
        utf_16,
        windows,
        csv.replace(';', "\t").into_bytes(),
        format!("sep=;\r\n{csv}").into_bytes(),
    ] {
        let reply = post(body);
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert!(reply.body.contains(r#""player":"Müßig""#), "{}", reply.body);
        assert!(
            reply.body.contains(r#""amount":"1234.50""#),
            "{}",
            reply.body
        );
    }
    let reply = post(b"PK\x03\x04\x14\0".to_vec());
    assert_eq!(reply.status, 422);
    assert!(reply.body.contains("save it as CSV"));
}

#[test]
fn test_files_all_that_is_wrong_with_a_line_is_named_with_value_and_player() {
    let harness = Harness::new();
    let csv = "player_id,player,amount,email,language,token,currency\n\
               7,Player 7,1.234,nobody,it,fifteen-letters,\n\
               8,Player 8,5.00,payer8@example.com,,,\n\
               ,,x,,,,dollar\n";
    let reply = harness.import(csv);
    assert_eq!(reply.status, 422);
    let problem: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let told = |error: &serde_json::Value| {
        let text = |name: &str| error[name].as_str().unwrap_or("-").to_owned();
        let (column, value, player) = (text("column"), text("value"), text("player"));
        format!("{}|{column}|{value}|{player}", error["line"])
    };
    assert_eq!(
        errors.iter().map(told).collect::<Vec<_>>(),
        [
            "2|amount|1.234|Player 7",
            "2|email|nobody|Player 7",
            "2|language|it|Player 7",
            // A token is nobody's to read in an answer.
            "2|token||Player 7",
            "4|player_id||",
            "4|player||",
            "4|currency|dollar|",
        ]
    );
    assert_eq!(
        errors[0]["reason"],
        "amount: must be like 1234.00 or 1.23: it can mean either"
    );
    let page = send(&harness, &[("csv", csv)]);
    let shown = cells(&page.body);
    assert_eq!(
        (shown.len(), shown[0][0].as_str(), shown[0][1].as_str()),
        (2, "Player 7", "2")
    );
    for part in [
        "amount “1.234”: must be like",
        "email “nobody”: is not an address",
        "language “it”: must be",
        "token: must be",
    ] {
        assert!(shown[0][2].contains(part), "{part}: {:?}", shown[0]);
    }
    assert!(page.body.contains("7 things are wrong with the file."));
    assert!(!page.body.contains("fifteen-letters"));
    assert!(harness.all_rows().is_empty());
}

#[test]
fn test_files_errors_name_the_columns_as_the_file_does() {
    let harness = Harness::new();
    let csv = "Nr;Name;Beitrag\n7;Player 7;1.234\n";
    let fields = [
        ("csv", csv),
        ("column", "player_id"),
        ("column", "player"),
        ("column", "amount"),
        ("currency", "EUR"),
    ];
    let page = send(&harness, &fields);
    assert_eq!(page.status, 422);
    assert!(cells(&page.body)[0][2].starts_with("Beitrag “1.234”: must be like 1234.00 or 1.23"));
}

#[test]
fn test_files_a_second_try_need_not_say_again_what_the_columns_are() {
    let harness = Harness::new();
    let chosen = [
        ("column", "player_id"),
        ("column", "player"),
        ("column", "monthly_fee"),
        ("currency", "EUR"),
    ];
    let csv = "Nr;Name;Beitrag\n7;Player 7;x\n";
    let fields: Vec<_> = [("csv", csv), ("dry_run", "1")]
        .into_iter()
        .chain(chosen)
        .collect();
    let refused = send(&harness, &fields);
    assert_eq!(refused.status, 422);
    // Its lines stand there to be corrected, and so does what was said of its columns, in this form and the one with a file.
    assert!(
        refused
            .body
            .contains("\nNr;Name;Beitrag\n7;Player 7;x\n</textarea>")
    );
    let kept = r#"<input type="hidden" name="column" value="monthly_fee">"#;
    assert_eq!(refused.body.matches(kept).count(), 2);
    let header = hidden(&refused.body, "header").unwrap_or_default();
    let again = |csv: &'static str| {
        let fields: Vec<_> = [("csv", csv), ("dry_run", "1"), ("header", header.as_str())]
            .into_iter()
            .chain(chosen)
            .collect();
        send(&harness, &fields)
    };
    let shown = again("Nr;Name;Beitrag\r\n7;Player 7;25,00\r\n");
    assert_eq!(shown.status, 200);
    assert_eq!(
        cells(&shown.body)[0][4],
        "new player; monthly fee 25.00 EUR"
    );
    // Of another file nobody has said what its columns are.
    let other = again("Nr;Beitrag;Name\n7;25,00;Player 7\n");
    assert_eq!(other.status, 200);
    assert!(
        other.body.contains("Go on with these columns"),
        "{}",
        other.body
    );
    // A token opens somebody's page: the lines do not come back.
    let csv = "player_id,player,amount,token\n7,Player 7,x,fifteen-letters-and-more\n";
    let refused = send(&harness, &[("csv", csv)]);
    assert!(refused.status == 422 && !refused.body.contains("fifteen-letters"));
    assert!(harness.all_rows().is_empty());
}

#[test]
fn test_files_the_first_ten_wrong_lines_are_shown_and_all_are_saved() {
    let harness = Harness::new();
    let lines: String = (1..=30)
        .map(|n| format!("{n},Player {n},=x{n},nobody{n}\n"))
        .collect();
    let csv = format!("player_id,player,amount,email\n{lines}");
    let page = send(&harness, &[("csv", csv.as_str())]);
    assert_eq!(page.status, 422);
    assert!(page.body.contains("60 things are wrong with the file."));
    assert_eq!(cells(&page.body).len(), 10);
    assert!(page.body.contains("the first 10 of 30 lines"));
    let errors = hidden(&page.body, "csv").unwrap_or_default();
    assert_eq!(hidden(&page.body, "table").as_deref(), Some("errors"));
    let saved = harness.ask(&ask_at(
        "/admin/saved.csv",
        &[("table", "errors"), ("csv", &errors)],
    ));
    assert_eq!(saved.status, 200);
    assert_eq!(
        saved.header("content-disposition"),
        Some("attachment; filename=\"errors.csv\"")
    );
    assert_eq!(
        saved.header("content-type"),
        Some("text/csv; charset=utf-8; header=present")
    );
    let lines: Vec<_> = saved.body.lines().collect();
    assert_eq!(
        (lines.len(), lines[0]),
        (61, "\u{feff}line,column,value,reason")
    );
    // No cell of it is run.
    assert_eq!(lines[59], "31,amount,'=x30,must be like 135.00");
    assert_eq!(lines[60], "31,email,nobody30,is not an address");
    // Ten can be read on the page.
    let few: String = (1..=10).map(|n| format!("{n},Player {n},x\n")).collect();
    let page = send(
        &harness,
        &[("csv", format!("player_id,player,amount\n{few}").as_str())],
    );
    assert!(!page.body.contains("saved.csv") && cells(&page.body).len() == 10);
}

#[test]
fn test_files_links_are_saved_from_the_page_that_shows_them() {
    let harness = Harness::new().with_charge();
    let csv = "player_id,player,amount,email\n7,Player 7,135.00,payer7@example.com\n8,Müßig,85.00,\n26,Player 26,150.00,\n";
    let page = send(&harness, &[("csv", csv)]);
    assert_eq!(page.status, 200);
    assert!(page.body.contains("data-once"));
    let held = page.body.split("<textarea").nth(1).unwrap_or_default();
    let held = held
        .split("readonly>\n")
        .nth(1)
        .and_then(|rest| rest.split("</textarea>").next());
    let held = held.unwrap_or_default();
    let lines: Vec<_> = held.lines().collect();
    // Who got no new link has none in the file.
    assert_eq!(
        (lines.len(), lines[0]),
        (
            3,
            "player_id,player,email,kind,period,amount,currency,link,note"
        )
    );
    assert!(lines[1].starts_with(
        "7,Player 7,payer7@example.com,first_payment,,135.00,usd,https://pay.club.example/"
    ));
    assert!(lines[2].starts_with("8,Müßig,,first_payment,,85.00,usd,https://"));
    for _ in 0..2 {
        let saved = harness.ask(&ask_at(
            "/admin/saved.csv",
            &[("table", "links"), ("csv", held)],
        ));
        assert_eq!(
            saved.header("content-disposition"),
            Some("attachment; filename=\"links.csv\"")
        );
        assert_eq!(&*saved.body, format!("\u{feff}{held}"));
    }
    // An address that is known, and not in the file, is there too.
    harness.execute("UPDATE players SET email = 'payer8@example.com' WHERE player_id = '8'");
    let page = send(
        &harness,
        &[(
            "csv",
            "player_id,player,amount,kind\n8,Müßig,20.00,custom\n",
        )],
    );
    assert!(
        page.body
            .contains("8,Müßig,payer8@example.com,custom,,20.00,usd,https://")
    );
    // One that was made by hand, too.
    let minted = desk("/admin/charges/2/links")
        .method("POST")
        .with("content-type", "application/x-www-form-urlencoded");
    let page = harness.ask(&minted);
    assert_eq!(page.status, 200);
    let held = hidden(&page.body, "csv").unwrap_or_default();
    assert!(held.contains("26,Player 26,payer26@example.com,first_payment,,150.00,usd,https://pay.club.example/checkout/first-payment?token="), "{held}");
    assert!(page.body.contains("data-once"));
}

#[test]
fn test_files_are_saved_for_operators_alone_and_only_as_pages_send_them() {
    let harness = Harness::new();
    let fields = [("table", "links"), ("csv", "a,b\r\n")];
    let mut nobody = ask_at("/admin/saved.csv", &fields);
    nobody.headers.retain(|(name, _)| *name != "authorization");
    assert_eq!(harness.ask(&nobody).status, 401);
    assert_eq!(harness.ask(&desk("/admin/saved.csv")).status, 405);
    for fields in [
        vec![("table", "charges"), ("csv", "a")],
        vec![("csv", "a"), ("table", "links")],
        vec![("table", "links")],
        vec![("table", "links"), ("csv", "a"), ("more", "b")],
    ] {
        assert_eq!(
            harness.ask(&ask_at("/admin/saved.csv", &fields)).status,
            400
        );
    }
    let text = ask_at(
        "/admin/saved.csv",
        &[("table", &b"links"[..]), ("csv", b"\xff")],
    );
    assert_eq!(harness.ask(&text).status, 400);
    let long = "x".repeat(5_100_000);
    let long = ask_at("/admin/saved.csv", &[("table", "links"), ("csv", &long)]);
    assert_eq!(harness.ask(&long).status, 413);
    let plain = Ask {
        body: b"table=links&csv=a".to_vec(),
        ..get("/admin/saved.csv")
            .method("POST")
            .with("authorization", &format!("Bearer {ADMIN}"))
            .with("content-type", "application/x-www-form-urlencoded")
    };
    assert_eq!(harness.ask(&plain).status, 400);
    assert!(harness.all_rows().is_empty());
}

#[test]
fn test_files_that_are_exported_are_read_back() {
    let harness = Harness::new();
    let csv = "player_id,player,amount\n7,Müßig,135.00\n";
    assert_eq!(harness.import(csv).status, 200);
    let exported = harness.ask(&desk("/admin/export/charges.csv"));
    assert!(exported.body.starts_with("\u{feff}charge_id,"));
    // On the desk, columns that we do not read are left out by name.
    let page = send(
        &harness,
        &[("file", exported.body.as_bytes()), ("dry_run", ONE)],
    );
    assert_eq!(page.status, 200);
    let asked = asked(&page.body);
    for column in [
        "player_id",
        "player",
        "kind",
        "period",
        "amount",
        "currency",
    ] {
        assert_eq!(
            asked.iter().filter(|it| *it == column).count(),
            1,
            "{column}: {asked:?}"
        );
    }
    let csv = hidden(&page.body, "csv").unwrap_or_default();
    let mut fields = vec![("csv", csv.as_str()), ("currency", "USD"), ("dry_run", "1")];
    fields.extend(asked.iter().map(|column| ("column", column.as_str())));
    let page = send(&harness, &fields);
    assert_eq!(
        cells(&page.body)[0][4],
        "nothing new; its link was handed out before"
    );
    // A program's answer is as it was: without the mark, so that a script finds the first column.
    let ask = desk("/admin/import?dry_run=1")
        .method("POST")
        .with("accept", "text/csv");
    let reply = harness.ask(&Ask {
        body: b"\xef\xbb\xbfplayer_id,player\n7,x\n".to_vec(),
        ..ask
    });
    assert!(
        reply.body.starts_with("player_id,player,kind,"),
        "{}",
        reply.body
    );
}
