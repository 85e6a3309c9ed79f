//! The properties that must hold for every visitor, however the request is written.
//!
//! Single traps are tested beside the code. Here properties are tried on generated requests, so that no
//! list of examples decides what a machine may look like.

#![cfg(not(target_arch = "wasm32"))]

use checkout_guard::classifier::{Reason, Verdict, Visit, classify, classify_user_agent};
use proptest::prelude::*;

/// Words by which machines name themselves, as they stand in their User-Agents.
const MACHINES: &[&str] = &[
    "Googlebot/2.1",
    "facebookexternalhit/1.1",
    "Twitterbot/1.0",
    "bingbot",
    "HeadlessChrome/140.0.0.0",
    "AhrefsBot/7.0",
    "Baiduspider/2.0",
    "SkypeUriPreview",
    "python-requests/2.32.3",
    "curl/8.5.0",
    "Go-http-client/2.0",
    "CensysInspect/1.1",
    "PTST/348",
    "+http://crawler.example/about",
];

/// User-Agents of people.
const PEOPLE: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22B83 [FBAN/FBIOS;FBAV/488.0.0.68.101;FBCR/OrangeBotswana;FBOP/5]",
];

/// The text with the case of each letter drawn.
fn in_any_case(text: &'static str) -> impl Strategy<Value = String> {
    prop::collection::vec(any::<bool>(), text.len()).prop_map(move |upper| {
        let letters = text.chars().zip(upper);
        letters
            .map(|(c, up)| {
                if up {
                    c.to_ascii_uppercase()
                } else {
                    c.to_ascii_lowercase()
                }
            })
            .collect()
    })
}

fn a_machine() -> impl Strategy<Value = String> {
    prop::sample::select(MACHINES).prop_flat_map(in_any_case)
}

fn a_person() -> impl Strategy<Value = &'static str> {
    prop::sample::select(PEOPLE)
}

fn verdict(user_agent: &str) -> Verdict {
    classify(&Visit::get(user_agent)).verdict
}

proptest! {
    // A failure prints its smallest input; a file of seeds beside the tests would only age.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_machines_name_counts_in_any_case_and_spacing(
        machine in a_machine(), before in "[ \t]{0,4}", after in "[ \t;]{0,4}",
    ) {
        prop_assert_eq!(verdict(&format!("{before}{machine}{after}")), Verdict::Machine);
    }

    #[test]
    fn nothing_that_a_person_sends_takes_a_machines_name_back(
        machine in a_machine(), person in a_person(), around in "[ ;]{1,3}",
    ) {
        prop_assert_ne!(verdict(&format!("{machine}{around}{person}")), Verdict::Person);
        prop_assert_eq!(verdict(&format!("{person}{around}{machine}")), Verdict::Machine);
        prop_assert_eq!(verdict(&format!("{person} (compatible; {machine})")), Verdict::Machine);
    }

    #[test]
    fn a_person_stays_one_in_any_build(major in 50_u32..400, build in 0_u32..9999, patch in 0_u32..400) {
        let chrome = format!(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/{major}.0.{build}.{patch} Safari/537.36"
        );
        prop_assert_eq!(verdict(&chrome), Verdict::Person);
        let firefox = format!("Mozilla/5.0 (X11; Linux x86_64; rv:{major}.0) Gecko/20100101 Firefox/{major}.0");
        prop_assert_eq!(verdict(&firefox), Verdict::Person);
    }

    #[test]
    fn no_model_of_a_phone_makes_its_owner_a_machine(model in "[A-Za-z0-9_ .+-]{0,24}") {
        let agent = format!(
            "Mozilla/5.0 (Linux; Android 13; {model} Build/TP1A.220624.014) AppleWebKit/537.36 \
             (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
        );
        prop_assert_ne!(verdict(&agent), Verdict::Machine);
    }

    #[test]
    fn an_address_beside_a_person_makes_no_machine(
        person in a_person(), host in "[a-z]{3,12}", top in prop::sample::select(vec!["example", "com", "io"]),
        mail in any::<bool>(), around in "[ (;]{1,3}",
    ) {
        // Within an address too a machine is known by its own words.
        prop_assume!(!["bot", "crawl", "spider", "spyder", "scraper"].iter().any(|word| host.contains(word)));
        let address = if mail { format!("help@{host}.{top}") } else { format!("+https://{host}.{top}/about") };
        prop_assert_eq!(verdict(&format!("{person}{around}{address}")), Verdict::Unsure);
    }

    #[test]
    fn any_text_is_classified(user_agent in ".{0,400}", method in "[A-Z]{0,8}", header in ".{0,40}") {
        let header = Some(header.as_str());
        let visit = Visit {
            method: &method, sec_purpose: header, purpose: header, x_moz: header, x_purpose: header,
            accept_language: header, sec_fetch_mode: header, sec_ch_ua: header, ..Visit::get(&user_agent)
        };
        let classification = classify(&visit);
        prop_assert_eq!(classification.verdict, classification.reason.verdict());
    }

    #[test]
    fn a_conclusive_user_agent_is_never_overruled(user_agent in ".{0,200}", asn in any::<u32>()) {
        let visit = Visit { asn: Some(asn), purpose: Some("prefetch"), ..Visit::get(&user_agent) };
        let preliminary = classify_user_agent(visit.method, visit.user_agent);
        if let Some(conclusive) = preliminary.conclusive() {
            prop_assert_eq!(conclusive, classify(&visit));
            prop_assert_eq!(conclusive.verdict, Verdict::Machine);
        }
    }

    #[test]
    fn circumstances_never_make_a_person_a_machine(
        person in a_person(), asn in any::<u32>(), score in any::<u8>(), language in any::<bool>(), mode in any::<bool>(),
    ) {
        let visit = Visit {
            asn: Some(asn),
            bot_score: Some(score),
            accept_language: language.then_some("de"),
            sec_fetch_mode: mode.then_some("navigate"),
            ..Visit::get(person)
        };
        prop_assert!(matches!(classify(&visit).verdict, Verdict::Person | Verdict::Unsure));
    }
}

#[test]
fn very_long_and_foreign_texts_are_classified_by_their_beginning() {
    let person = PEOPLE[0];
    let long = format!("{person} {}", "537.36 ".repeat(20_000));
    assert_eq!(verdict(&long), Verdict::Person);
    assert_eq!(
        verdict(&"(".repeat(100_000)),
        Verdict::Machine,
        "nothing but brackets is no name at all"
    );
    assert_ne!(verdict(&"a".repeat(100_000)), Verdict::Person);
    assert_ne!(verdict(&"Ω/1.0 ".repeat(20_000)), Verdict::Person);
    assert_eq!(verdict("ボット/1.0 Googlebot/2.1"), Verdict::Machine);
}

#[test]
fn a_machine_in_front_of_a_long_text_is_seen() {
    let padded = format!("Googlebot/2.1 {}", PEOPLE[0].repeat(500));
    assert_eq!(verdict(&padded), Verdict::Machine);
}

#[test]
fn a_missing_user_agent_is_a_machines() {
    let visit = Visit {
        user_agent: None,
        ..Visit::get("")
    };
    assert_eq!(classify(&visit).reason, Reason::NoUserAgent);
}
