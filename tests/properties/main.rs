//! Whatever comes in from outside: no parser panics, nothing is written half, and what we write is read
//! back as it was meant, by a decoder that was written for another purpose.

#[path = "../routes/harness.rs"]
#[allow(dead_code, reason = "the routes' tests use the rest of it")]
mod harness;

use checkout_guard::{
    billing::import::{
        column::{Column, Columns},
        line,
        options::Options,
        sheet::{Reading, Sheet},
    },
    domain::{
        change::NewOrder,
        charge::{ChargeName, Kind, Owed},
        checkout::ChargeRef,
        id::{Attempt, ChargeId, InstallationId, OrderId, SessionId},
        language::Language,
        money::{Currency, Money},
        order::{Cause, Order, OrderState, Origin, Terms},
        time::{Millis, UnixMillis},
        token::Token,
    },
    guard::{
        decide::{Decision, Rules, decide},
        hosts::CheckoutHosts,
    },
    http::{
        multipart,
        negotiate::{Media, csv_or_json, page_or_json},
    },
    ports::Store,
    stripe::{
        event, form, object,
        signature::{Refused, Signature},
    },
};
use harness::{Ask, Harness, desk, get, link, run};
use proptest::prelude::*;

const NOW: UnixMillis = UnixMillis(1_795_000_000_000);

fn order(name: &str, email: Option<&str>, origin: &str, id: i64, minor: i64, ends: i64) -> Order {
    let money = Money {
        minor,
        currency: Currency::USD,
    };
    Order {
        id: OrderId(id),
        charge: ChargeId(id / 2),
        attempt: Attempt(format!("{id:032x}")),
        installation: InstallationId("1".repeat(32)),
        money,
        created_at: NOW,
        origin: Origin::Guard,
        is_offline: false,
        state: OrderState::Pending {
            url: None,
            waiting: None,
        },
        session: None,
        payment: None,
        version: 0,
        checks: 0,
        terms: Terms {
            product_name: name.to_owned(),
            customer_email: email.map(str::to_owned),
            return_origin: origin.to_owned(),
            session_expires_at: UnixMillis(ends),
            charge_name: Some(player_26()),
        },
        owed: Owed {
            money,
            closed: false,
        },
    }
}

fn player_26() -> ChargeName {
    ChargeName {
        player_id: "26".to_owned(),
        kind: Kind::FirstPayment,
        period: String::new(),
    }
}

/// Values of a form by name, as a plain decoder of `application/x-www-form-urlencoded` sees them.
fn decode(form: &str) -> Vec<(String, String)> {
    let text = |part: &str| {
        let mut bytes = Vec::new();
        let mut rest = part.bytes();
        while let Some(byte) = rest.next() {
            match byte {
                b'+' => bytes.push(b' '),
                b'%' => {
                    let mut digit = || {
                        rest.next()
                            .and_then(|b| char::from(b).to_digit(16))
                            .unwrap_or(99)
                    };
                    bytes.push((digit() * 16 + digit()) as u8);
                }
                other => bytes.push(other),
            }
        }
        String::from_utf8(bytes).unwrap_or_default()
    };
    let pairs = form
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_token_survives_its_link(token in "[A-Za-z0-9._~=/:+@!$*,;-]{8,200}", mailer in "[a-z_]{1,8}=[a-zA-Z0-9%]{0,20}") {
        let issued = Token::parse(&token).map(|token| (token.query_value(), token.hash()));
        let (value, hash) = issued.ok_or_else(|| TestCaseError::fail("not a token"))?;
        prop_assume!(!mailer.starts_with("token="));
        for query in [format!("token={value}"), format!("{mailer}&token={value}&{mailer}")] {
            prop_assert_eq!(Token::from_query(&query).map(|token| token.hash()), Some(hash.clone()), "{}", query);
        }
    }

    #[test]
    fn any_query_is_read(query in ".{0,300}") {
        let _ = Token::from_query(&query);
        let _ = Token::from_query(&format!("token={query}"));
    }

    #[test]
    fn any_target_is_answered(query in "[ -~]{0,80}", agent in ".{0,200}", accept in ".{0,60}") {
        let harness = Harness::new().with_charge();
        let target = format!("/checkout/first-payment?{query}");
        let reply = harness.ask(&get(&target).by(&agent).with("accept", &accept));
        prop_assert!([200, 404, 503].contains(&reply.status), "{}", reply.status);
        prop_assert!(harness.rows("SELECT id FROM orders").is_empty());
    }

    #[test]
    fn any_signature_header_is_refused_without_the_secret(header in ".{0,200}", body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let read = Signature::parse(Some(&header)).and_then(|read| read.verify(&body, ["whsec_x"].into_iter()));
        prop_assert!(read.is_err());
    }

    #[test]
    fn what_is_signed_fits_and_nothing_else(
        secret in "whsec_[a-zA-Z0-9]{1,40}", body in proptest::collection::vec(any::<u8>(), 1..300), at in any::<prop::sample::Index>(), bit in 0_u8..8,
    ) {
        let header = fake_stripe::sign(&secret, &body, NOW.seconds());
        let read = Signature::parse(Some(&header)).map_err(|refused| TestCaseError::fail(refused.as_str()))?;
        prop_assert_eq!(read.in_time(NOW), Ok(()));
        let check = |body: &[u8], secret: &str| read.verify(body, ["whsec_", secret].into_iter());
        prop_assert_eq!(check(&body, &secret), Ok(()));
        let mut other = body.clone();
        other[at.index(body.len())] ^= 1 << bit;
        prop_assert_eq!(check(&other, &secret), Err(Refused::Wrong));
        prop_assert_eq!(check(&body, &format!("{secret}x")), Err(Refused::Wrong));
    }

    #[test]
    fn a_create_call_says_what_the_order_says(
        name in ".{1,80}", email in proptest::option::of("[a-z+.']{1,20}@[a-z]{1,10}\\.example"), host in "[a-z]{1,20}",
        id in 1_i64..1 << 52, minor in 50_i64..99_999_999, ends in 0_i64..4_000_000_000_000,
    ) {
        let origin = format!("https://{host}.example");
        let order = order(&name, email.as_deref(), &origin, id, minor, ends);
        let body = form::create_session(&order);
        prop_assert!(body.is_ascii());
        let decoded = decode(&body);
        let value = |name: &str| decoded.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        prop_assert_eq!(value("line_items[0][price_data][product_data][name]"), Some(name.as_str()));
        prop_assert_eq!(value("customer_email"), email.as_deref());
        let (id, attempt) = (id.to_string(), &order.attempt.0);
        let (minor, ends) = (minor.to_string(), (ends / 1000).to_string());
        prop_assert_eq!(value("metadata[order_id]"), Some(id.as_str()));
        prop_assert_eq!(value("metadata[attempt]"), Some(attempt.as_str()));
        prop_assert_eq!(value("metadata[player_id]"), Some("26"));
        prop_assert_eq!(value("metadata[kind]"), Some("first_payment"));
        prop_assert_eq!(value("payment_intent_data[metadata][attempt]"), Some(attempt.as_str()));
        prop_assert_eq!(value("line_items[0][price_data][unit_amount]"), Some(minor.as_str()));
        prop_assert_eq!(value("expires_at"), Some(ends.as_str()));
        let cancel = format!("{origin}/checkout/cancel?attempt={attempt}");
        prop_assert_eq!(value("cancel_url"), Some(cancel.as_str()));
        // The same row says the same again.
        prop_assert_eq!(body, form::create_session(&order));
    }

    #[test]
    fn any_body_is_read_as_an_event(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in ".{0,40}", number in any::<i64>()) {
        let _ = event::parse(&bytes, NOW);
        let _ = event::page(&text);
        let _ = object::session(&text);
        let _ = object::new_session(&text);
        let _ = object::session_page(&text);
        let _ = object::refund_page(&text);
        let _ = object::refusal(&text);
        let odd = serde_json::json!({
            "id": text, "type": "checkout.session.completed",
            "data": { "object": { "id": text, "status": text, "payment_status": text, "amount_total": number, "metadata": { "order_id": text } } },
        });
        let _ = event::parse(odd.to_string().as_bytes(), NOW);
    }

    #[test]
    fn any_accept_header_has_an_answer(accept in "[a-z/*;=0-9., +-]{0,60}", any in ".{0,60}") {
        for header in [accept.as_str(), any.as_str()] {
            let _ = (page_or_json(Some(header)), csv_or_json(Some(header)));
            // Who names pages first and in full gets a page, whatever else follows with less weight.
            prop_assert_eq!(page_or_json(Some("text/html, application/json;q=0.5")), Media::Html);
        }
    }

    #[test]
    fn a_redirect_stays_on_its_origins(prefix in ".{0,12}", rest in ".{0,40}") {
        let hosts = CheckoutHosts::parse("checkout.stripe.com, http://localhost:12111").map_err(TestCaseError::fail)?;
        for url in [format!("{prefix}checkout.stripe.com{rest}"), format!("https://checkout.stripe.com{rest}"), rest] {
            if hosts.allow(&url) {
                prop_assert!(url.starts_with("https://checkout.stripe.com/") || url.starts_with("http://localhost:12111/"), "{}", url);
                prop_assert!(url.bytes().all(|b| b.is_ascii_graphic()));
            }
        }
    }

    #[test]
    fn a_session_id_cannot_change_the_path_it_stands_in(text in ".{0,60}") {
        if let Some(SessionId(id)) = SessionId::parse(&text) {
            prop_assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
        }
    }
}

/// A text as the five kinds of file that spreadsheets write.
fn files(text: &str) -> [Vec<u8>; 6] {
    let marked = format!("\u{feff}{text}");
    let utf_16 = |text: &str, bytes: fn(u16) -> [u8; 2]| {
        text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>()
    };
    let windows = |c: char| if c == '€' { 0x80 } else { c as u8 };
    [
        text.as_bytes().to_vec(),
        marked.clone().into_bytes(),
        utf_16(&marked, u16::to_le_bytes),
        utf_16(&marked, u16::to_be_bytes),
        utf_16(text, u16::to_le_bytes),
        text.chars().map(windows).collect(),
    ]
}

/// An amount with marks between its thousands and before its decimals.
fn grouped(units: u64, decimals: &str, mark: &str, decimal_mark: &str) -> String {
    let digits = units.to_string();
    let mut text = String::new();
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push_str(mark);
        }
        text.push(digit);
    }
    if !decimals.is_empty() {
        text.push_str(decimal_mark);
        text.push_str(decimals);
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_file_says_the_same_in_every_encoding(rest in "[A-Za-z0-9äöüßñéèçÀÖ€;,\t\"\n ]{0,40}") {
        // Without a byte order mark, UTF-16 is known by a header in Latin letters.
        let text = format!("Mitglieds-Nr.;Vor- und Nachname;Beitrag;E-Mail\n{rest}");
        let read = |file: &[u8]| Sheet::open(file).map(|sheet| sheet.text().to_vec());
        let expected = read(text.as_bytes());
        for file in files(&text) {
            prop_assert_eq!(&read(&file), &expected, "{:x?}", file);
        }
    }

    #[test]
    fn any_bytes_are_a_file_with_columns_or_refused(
        file in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            "(sep=;\n)?([A-Za-zé]{0,6}[;,\t\"]){0,4}\n([0-9a-z.,€\"]{0,8}[;,\t\n]){0,20}".prop_map(String::into_bytes),
            proptest::collection::vec(prop_oneof![Just(0_u8), Just(b','), Just(b'\n'), Just(b'"'), Just(0xfe), Just(0xff), 0x61_u8..0x66], 0..60),
        ],
        choice in proptest::collection::vec(proptest::option::of(0_usize..17), 0..8),
    ) {
        let _ = line::read(&file, NOW, Options::default());
        let Ok(sheet) = Sheet::open(&file) else { return Ok(()) };
        let (places, _) = sheet.places();
        prop_assert_eq!(places.len(), sheet.width());
        let guesses: Vec<_> = places.iter().filter_map(|place| place.guess).collect();
        prop_assert!(guesses.iter().enumerate().all(|(at, guess)| !guesses[..at].contains(guess)), "{:?}", guesses);
        if sheet.unreadable().is_empty() {
            prop_assert!(std::str::from_utf8(sheet.text()).is_ok_and(|text| !text.contains('\0')));
        }
        let columns = choice.iter().map(|it| it.map(|at| Column::ALL[at])).chain(std::iter::repeat(None));
        let Ok(columns) = Columns::chosen(columns.take(sheet.width()).collect()) else { return Ok(()) };
        let reading = Reading { columns, currency: Currency::USD };
        match line::read_as(&sheet, &reading, NOW, Options::default()) {
            Ok(lines) => prop_assert!(lines.iter().all(|line| !line.player_id.is_empty() && !line.player.is_empty())),
            Err(rejected) => prop_assert!(!rejected.is_empty() && rejected.is_sorted_by_key(|it| it.line)),
        }
    }

    #[test]
    fn an_amount_is_read_as_it_was_meant_or_refused(
        units in 1_u64..900_000, cents in 0_u64..100, marks in prop_oneof![
            Just(("", ".")), Just(("", ",")), Just((".", ",")), Just((",", ".")), Just((" ", ",")), Just(("\u{202f}", ",")), Just(("'", ".")),
        ],
        sign in prop_oneof![Just(("", "")), Just(("€", "")), Just(("EUR ", "")), Just(("", " €")), Just(("", "\u{a0}EUR"))],
        is_whole in any::<bool>(),
    ) {
        let decimals = if is_whole { String::new() } else { format!("{cents:02}") };
        let text = format!("{}{}{}", sign.0, grouped(units, &decimals, marks.0, marks.1), sign.1);
        let csv = format!("player_id\tplayer\tamount\tcurrency\n7\tPlayer 7\t{text}\teur\n");
        let expected = (units * 100 + if is_whole { 0 } else { cents }) as i64;
        match line::read(csv.as_bytes(), NOW, Options::default()) {
            Ok(lines) => {
                let owed = lines.first().and_then(|line| line.owed.as_ref());
                prop_assert_eq!(owed.map(|owed| owed.money.minor), Some(expected), "{}", text);
            }
            Err(rejected) => {
                // One mark before three digits, and nothing behind them.
                prop_assert!(is_whole && [".", ","].contains(&marks.0) && (1_000..1_000_000).contains(&units), "{}", text);
                prop_assert!(rejected[0].wrong.to_string().contains(&format!("must be like {units}.00 or ")), "{:?}", rejected);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_import_is_whole_or_nothing(
        lines in proptest::collection::vec(
            ("[0-9]{0,2}", "[A-Za-z \"';=-]{0,8}", "[0-9]{0,3}(\\.[0-9]{0,3})?", "[a-z]{0,4}@?[a-z]{0,4}(\\.example)?", "(|monthly|custom|first_payment|other)", "(|2026-0[0-9])"),
            0..6,
        ),
        noise in ".{0,40}",
    ) {
        let rows: String = lines.iter().map(|(id, name, amount, email, kind, period)| format!("{id},{name},{amount},{email},{kind},{period}\n")).collect();
        for csv in [format!("player_id,player,amount,email,kind,period\n{rows}"), format!("{noise}\n{rows}"), noise] {
            let harness = Harness::new();
            let reply = harness.import(&csv);
            let players = harness.rows("SELECT count(*) FROM players");
            match reply.status {
                // A line of separators alone says nothing.
                200 => prop_assert!(players[0] != "0" || csv.lines().skip(1).all(|line| line.trim_matches([',', ' ', '"']).is_empty()), "{csv}"),
                422 => prop_assert!(harness.all_rows().is_empty(), "{csv}"),
                other => prop_assert!(false, "{other}: {csv}"),
            }
        }
    }

    #[test]
    fn any_file_of_a_form_is_shown_asked_about_or_refused(
        file in prop_oneof![
            proptest::collection::vec(any::<u8>(), 1..80),
            "(player_id|Nr|Name);(player|Name|Beitrag)(;[a-z]{0,5})?\n([0-9]{0,2};[A-Z<&\"]{0,4}(;[0-9,.]{0,6})?\n){0,4}".prop_map(String::into_bytes),
        ],
    ) {
        let boundary = "x-boundary-of-the-tests";
        let mut body = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n").into_bytes();
        body.extend(&file);
        body.extend(format!("\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"dry_run\"\r\n\r\n1\r\n--{boundary}--\r\n").bytes());
        let harness = Harness::new();
        let content_type = format!("multipart/form-data; boundary={boundary}");
        let ask = desk("/admin/import").method("POST").with("content-type", &content_type);
        let page = harness.ask(&Ask { body, ..ask });
        prop_assert!([200, 422].contains(&page.status), "{}", page.status);
        prop_assert!(harness.all_rows().is_empty());
    }

    #[test]
    fn a_form_with_files_is_read_back_as_it_was_sent(
        fields in proptest::collection::vec(("[a-z_]{1,12}", proptest::collection::vec(prop_oneof![
            Just(b'\r'), Just(b'\n'), Just(b'-'), Just(b'x'), any::<u8>()
        ], 0..60)), 0..8),
    ) {
        let boundary = "x-boundary-of-the-tests";
        let mut body = Vec::new();
        for (name, value) in &fields {
            body.extend(format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"f\"\r\n\r\n").bytes());
            body.extend(value);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{boundary}--\r\n").bytes());
        let content_type = format!("multipart/form-data; boundary={boundary}");
        prop_assert_eq!(multipart::boundary(&content_type), Some(boundary));
        let read = multipart::parts(boundary, &body).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let read: Vec<_> = read.iter().map(|part| (part.name.to_owned(), part.value.to_vec())).collect();
        prop_assert_eq!(read, fields);
    }

    #[test]
    fn any_bytes_are_a_form_or_refused(
        boundary in "[a-z-]{1,4}",
        parts in proptest::collection::vec(prop_oneof![
            Just(b"--".to_vec()), Just(b"\r\n".to_vec()), Just(b"a".to_vec()),
            Just(b"Content-Disposition: form-data; name=\"a\"".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..6),
        ], 0..24),
        content_type in ".{0,60}",
    ) {
        let _ = multipart::boundary(&content_type);
        let glued = [b"--".to_vec(), boundary.clone().into_bytes()].concat();
        let body = [glued.clone(), parts.concat(), b"\r\n".to_vec(), glued].concat();
        if let Ok(parts) = multipart::parts(&boundary, &body) {
            prop_assert!(parts.iter().map(|part| part.value.len()).sum::<usize>() <= body.len());
        }
    }

    #[test]
    fn any_delivery_is_answered_and_forged_ones_write_nothing(body in proptest::collection::vec(any::<u8>(), 0..200), header in ".{0,100}") {
        let harness = Harness::new().with_charge();
        prop_assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
        let before = harness.all_rows();
        let ask = get("/webhooks/stripe").method("POST").with("stripe-signature", &header);
        prop_assert_eq!(harness.ask(&Ask { body, ..ask }).status, 400);
        prop_assert_eq!(harness.all_rows(), before);
    }

    #[test]
    fn an_order_is_claimed_just_where_the_table_says_so(
        minor in prop_oneof![Just(0_i64), Just(15_000)],
        revoked in any::<bool>(), expires in proptest::option::of(-1_i64..2), closed in prop_oneof![4 => Just(false), 1 => Just(true)],
        create_after in proptest::option::of(-1_i64..2), reopened in proptest::option::of(0_i64..4),
        live in prop_oneof![3 => Just(None), 1 => Just(Some("pending")), 1 => Just(Some("paid"))],
        refunded in proptest::option::of(0_i64..4), canceled in any::<bool>(), way in 0_u8..3,
    ) {
        let harness = Harness::new().with_charge();
        let now = NOW.0;
        let at = |offset: Option<i64>| offset.map_or("NULL".to_owned(), |offset| (now + offset).to_string());
        harness.execute(&format!(
            "UPDATE links SET revoked_at = IIF({revoked}, {now}, NULL), expires_at = {};
             UPDATE charges SET amount_minor = {minor}, closed_at = IIF({closed}, {now}, NULL), create_after = {}",
            at(expires), at(create_after)
        ));
        let order = |status: &str, name: &str, more: &str| {
            harness.execute(&format!(
                "INSERT INTO orders (charge_id, status, attempt, amount_minor, currency, created_at, paid_at, canceled_at, cancel_reason, \
                                     refunded_at, refunded_minor, reopened_at)
                 VALUES (2, '{status}', 'attempt-of-the-{name}', 15000, 'usd', {now}, {now}, {now}, 'stale', {more})"
            ));
        };
        if canceled || way == 2 {
            order("canceled", "canceled one", "NULL, 0, NULL");
        }
        if refunded.is_some() {
            order("refunded", "refunded one", &format!("{}, 15000, {}", at(refunded), at(reopened)));
        }
        if let Some(status) = live {
            order(status, "live one itself", "NULL, 0, NULL");
        }
        let new = NewOrder {
            attempt: Attempt("f".repeat(32)),
            instead_of: None,
            at: NOW,
            session_expires_at: NOW.plus(Millis::minutes(65)),
            next_check_at: NOW.plus(Millis::minutes(30)),
            club_name: "Example Youth Club".to_owned(),
            club_language: Language::En,
            return_origin: "https://pay.club.example".to_owned(),
            cause: Cause::Click,
        };
        let hash = Token::parse("demo-token-26").map(|token| token.hash());
        let hash = hash.ok_or_else(|| TestCaseError::fail("not a token"))?;
        let by = match way {
            0 => ChargeRef::Link(hash),
            1 => ChargeRef::Player(player_26()),
            _ => ChargeRef::Attempt(Attempt("attempt-of-the-canceled one".to_owned())),
        };
        let read = || run(harness.checkout(&by, &new)).ok().flatten().ok_or_else(|| TestCaseError::fail("no checkout"));
        harness.execute("CREATE TEMP TRIGGER no_claim BEFORE INSERT ON orders BEGIN SELECT RAISE(IGNORE); END");
        let before = read()?;
        harness.execute("DROP TRIGGER no_claim");
        let hosts = CheckoutHosts::parse("checkout.stripe.com").map_err(TestCaseError::fail)?;
        let rules = Rules { stale_after: Millis::minutes(30), hosts };
        let is_to_claim = matches!(decide(&before, NOW, &rules), Decision::Claim);
        let is_claimed = read()?.order.is_some_and(|order| order.attempt == new.attempt);
        prop_assert_eq!(is_claimed, is_to_claim, "{:?} {:?}", by, before);
    }
}
