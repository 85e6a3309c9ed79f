//! Pages in the visitor's language: chosen by `Accept-Language`, else the club's; machines get the club's.

use checkout_guard::http::response::Response;

use crate::harness::{Calls, FACEBOOK, Harness, JSON, get, link};

/// The texts that must stand in a page of each language: the language, a link page's heading, its button, the footer.
const LINK_PAGES: [&str; 5] = [
    "en|en_US|Your payment to Example Youth Club|Continue to payment|Questions?",
    "es|es_ES|Su pago a Example Youth Club|Continuar al pago|¿Alguna pregunta?",
    "pt|pt_BR|Seu pagamento para Example Youth Club|Ir para o pagamento|Dúvidas?",
    "fr|fr_FR|Votre paiement à Example Youth Club|Continuer vers le paiement|Une question\u{a0}?",
    "de|de_DE|Ihre Zahlung an Example Youth Club|Weiter zur Zahlung|Fragen?",
];

fn assert_language(reply: &Response, language: &str) {
    assert_eq!(reply.header("content-language"), Some(language));
    assert_eq!(reply.header("vary"), Some("Accept-Language"));
    if reply.header("content-type") == Some("text/html; charset=utf-8") {
        let document = format!("<html lang=\"{language}\">");
        assert!(reply.body.contains(&document), "{}", reply.body);
    }
}

#[test]
fn test_who_may_be_a_person_gets_the_link_page_in_their_language() {
    let harness = Harness::configured(&[("CONFIRM", "always")]).with_charge();
    for row in LINK_PAGES {
        let cells: Vec<_> = row.split('|').collect();
        let asked = format!("zh,{}-XX;q=0.8,en;q=0.2", cells[0]);
        let page = harness.ask(&link("demo-token-26").with("accept-language", &asked));
        assert_language(&page, cells[0]);
        for text in [
            format!("property=\"og:locale\" content=\"{}\"", cells[1]),
            format!("<h1>{}</h1>", cells[2]),
            format!("<button type=\"submit\">{}</button>", cells[3]),
            format!("<footer><p>{} ", cells[4]),
        ] {
            assert!(page.body.contains(&text), "{text}: {}", page.body);
        }
        assert_eq!(harness.calls.get(), Calls::default());
    }
}

#[test]
fn test_a_machine_gets_the_clubs_language_whatever_it_asks_for() {
    let harness = Harness::configured(&[("CLUB_LANGUAGE", "es")]);
    for target in [
        "/checkout/first-payment?token=demo-token-26",
        "/checkout/success?session_id=cs_test_1",
    ] {
        let ask = get(target).by(FACEBOOK);
        let pages = ["de", "en-US,en;q=0.9", ""].map(|asked| {
            let page = harness.ask(&ask.clone().with("accept-language", asked));
            assert_eq!(page.header("content-language"), Some("es"));
            page.body
        });
        assert!(pages.iter().all(|page| *page == pages[0]), "{target}");
        assert!(pages[0].contains("<html lang=\"es\">"));
    }
    let page = harness.ask(&link("demo-token-26").by(FACEBOOK));
    assert_eq!(page.header("vary"), None);
}

#[test]
fn test_who_asks_for_none_of_the_languages_gets_the_clubs() {
    let harness = Harness::configured(&[("CLUB_LANGUAGE", "fr")]);
    for (asked, language) in [
        ("zh-CN,zh;q=0.9", "fr"),
        ("*", "fr"),
        ("de;q=0", "fr"),
        ("nl,de;q=0.1", "de"),
        ("EN", "en"),
    ] {
        let page = harness.ask(&get("/nowhere").with("accept-language", asked));
        assert_eq!(page.status, 404, "{asked}");
        assert_language(&page, language);
    }
}

#[test]
fn test_problem_details_change_their_words_and_not_their_code() {
    let harness = Harness::new();
    let ask = link("demo-token-none").with("accept", JSON);
    for (language, title) in [
        ("en", "We do not know this link"),
        ("es", "No conocemos este enlace"),
        ("pt", "Não conhecemos este link"),
        ("fr", "Nous ne connaissons pas ce lien"),
        ("de", "Diesen Link kennen wir nicht"),
    ] {
        let reply = harness.ask(&ask.clone().with("accept-language", language));
        assert_language(&reply, language);
        assert_eq!(reply.status, 404);
        let problem: serde_json::Value = serde_json::from_str(&reply.body).unwrap_or_default();
        assert_eq!(problem["code"], "unknown_link");
        assert_eq!(problem["title"], title);
    }
}

#[test]
fn test_a_prefetch_and_a_redirect() {
    let harness = Harness::new().with_charge();
    let ask = link("demo-token-26").with("accept-language", "pt-PT");
    let page = harness.ask(&ask.clone().with("sec-purpose", "prefetch"));
    assert_eq!(page.status, 503);
    assert_language(&page, "pt");
    assert!(page.body.contains("Ir para o pagamento"));
    let redirect = harness.ask(&ask);
    assert_eq!(redirect.status, 307);
    assert_eq!(redirect.header("content-language"), None);
}

#[test]
fn test_amounts_and_days_are_written_as_the_language_writes_them() {
    // 3 in the morning in UTC is the day before in New York.
    let harness = Harness::configured(&[("CLUB_TIMEZONE", "America/New_York")]).with_charge();
    assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
    harness.pay(&harness.newest_session());
    harness.execute("UPDATE orders SET status = 'paid', paid_at = 1795662000000, paid_minor = amount_minor, version = version + 1, updated_at = 1795662000000, cause = 'webhook'");
    for (language, detail) in [
        ("en", "We received $150.00 on November 25, 2026."),
        ("es", "Recibimos 150,00\u{a0}$ el 25 de noviembre de 2026."),
        ("es-MX", "Recibimos $150.00 el 25 de noviembre de 2026."),
        (
            "es-US,en;q=0.8",
            "Recibimos $150.00 el 25 de noviembre de 2026.",
        ),
        ("pt", "Recebemos US$\u{a0}150,00 em 25 de novembro de 2026."),
        ("fr", "Nous avons reçu 150,00\u{a0}$ le 25 novembre 2026."),
        (
            "de",
            "Wir haben am 25.\u{a0}November 2026 150,00\u{a0}$ erhalten.",
        ),
    ] {
        let page = harness.ask(&link("demo-token-26").with("accept-language", language));
        assert_eq!(page.status, 409);
        assert_language(&page, &language[..2]);
        assert!(page.body.contains(detail), "{}", page.body);
        assert!(page.body.contains("<dd>1</dd>"), "{}", page.body);
    }
}

#[test]
fn test_the_payment_page_names_the_charge_in_the_players_language() {
    let name = |club: &str, player: &str| {
        let harness = Harness::configured(&[("CLUB_LANGUAGE", club)]).with_charge();
        harness.execute(&format!("UPDATE players SET language = {player}"));
        let click = harness.ask(&link("demo-token-26").with("accept-language", "en"));
        assert_eq!(click.status, 307);
        harness.rows("SELECT product_name FROM orders").remove(0)
    };
    for (club, player, expected) in [
        ("en", "NULL", "First payment, Player 26, Example Youth Club"),
        ("en", "'de'", "Erste Zahlung, Player 26, Example Youth Club"),
        (
            "fr",
            "NULL",
            "Premier paiement, Player 26, Example Youth Club",
        ),
        ("fr", "'es'", "Primer pago, Player 26, Example Youth Club"),
        (
            "pt",
            "'pt'",
            "Primeiro pagamento, Player 26, Example Youth Club",
        ),
    ] {
        assert_eq!(name(club, player), expected);
    }
}

#[test]
fn test_the_desk_is_in_english() {
    let harness = Harness::configured(&[("CLUB_LANGUAGE", "de")]);
    for (target, status) in [("/admin/nowhere", 404), ("/admin/login", 200)] {
        let page = harness.ask(&get(target).with("accept-language", "fr"));
        assert_eq!(page.status, status, "{target}");
        assert!(page.body.contains("<html lang=\"en\">"), "{}", page.body);
    }
}
