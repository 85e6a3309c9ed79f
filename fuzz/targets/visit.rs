//! Whatever a visit says of itself: a verdict, a token or none, a media type.
#![no_main]

use checkout_guard::{
    classifier::{Visit, classify},
    domain::token::Token,
    guard::hosts::CheckoutHosts,
    http::negotiate::{csv_or_json, page_or_json},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let classification = classify(&Visit::get(text));
    assert_eq!(classification.verdict, classification.reason.verdict());
    let _ = (page_or_json(Some(text)), csv_or_json(Some(text)));
    if let Some(token) = Token::from_query(text) {
        let again = Token::from_query(&format!("token={}", token.query_value()));
        assert!(again.is_some_and(|again| again.hash() == token.hash()));
    }
    if let Ok(hosts) = CheckoutHosts::parse(text) {
        assert!(!hosts.allow("https://checkout.stripe.com.evil.example/") || text.contains("evil"));
    }
});
