//! The link page and the images: constant, shared, in the club's colour. They need no database.

use std::rc::Rc;

use checkout_guard::{
    config::Config,
    domain::language::Language,
    encode::base64,
    http::content::Content,
    pages::{Bare, Pages},
};
use sha2::{Digest, Sha256};

use crate::harness::{Calls, FACEBOOK, Harness, calls_before, config, get, link};

const IMAGES: [&str; 5] = [
    "/link.png",
    "/icon.png",
    "/favicon.ico",
    "/apple-touch-icon.png",
    "/apple-touch-icon-precomposed.png",
];

#[test]
fn test_images_need_neither_the_database_nor_stripe() {
    let harness = Harness::new();
    harness.d1_is_down.set(true);
    for path in IMAGES {
        let reply = harness.ask(&get(path));
        assert_eq!(
            (reply.status, reply.header("content-type")),
            (200, Some("image/png"))
        );
        assert_eq!(reply.header("cache-control"), Some("public, max-age=86400"));
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(calls_before(&reply), Calls::default());
        assert!(reply.body.as_bytes().starts_with(b"\x89PNG"), "{path}");
        let head = harness.ask(&get(path).method("HEAD"));
        assert!(head.status == 200 && head.body.is_empty());
        assert_eq!(harness.ask(&get(path).method("POST")).status, 405);
    }
    assert!(harness.stripe_calls().is_empty());
}

#[test]
fn test_what_is_the_same_for_everybody_is_not_copied() {
    let harness = Harness::new();
    let shared = |ask| match harness.ask(&ask).body {
        Content::Shared(page) => Rc::as_ptr(&page).cast::<u8>(),
        Content::Image(image) => Rc::as_ptr(&image).cast::<u8>(),
        Content::Text(text) => panic!("made for one: {text}"),
    };
    for ask in [link("demo-token-26").by(FACEBOOK), get("/link.png")] {
        assert_eq!(shared(ask.clone()), shared(ask));
    }
}

#[test]
fn test_the_link_page_is_in_the_clubs_name_and_colour() {
    let harness = Harness::configured(&[
        ("CLUB_NAME", "A \"Club\" & <Sons>"),
        ("CLUB_COLOR", "#F57C00"),
    ]);
    let page = harness.ask(&link("demo-token-26").by(FACEBOOK)).body;
    for tag in [
        "<meta property=\"og:title\" content=\"Payment to A &quot;Club&quot; &amp; &lt;Sons&gt;\">",
        "<meta property=\"og:image\" content=\"https://pay.club.example/link.png\">",
        "<meta name=\"twitter:card\" content=\"summary_large_image\">",
        "<meta name=\"theme-color\" content=\"#f57c00\">",
        "--club:#f57c00;--on:#000000;",
    ] {
        assert!(page.contains(tag), "{tag}\n{page}");
    }
    assert!(!page.contains("og:url") && !page.contains("demo-token") && !page.contains("<Sons>"));
    let image = harness.ask(&get("/link.png")).body;
    assert_ne!(image, Harness::new().ask(&get("/link.png")).body);
}

#[test]
fn test_a_page_is_only_what_its_configuration_says() {
    let made = || {
        let config = Config::read(config).unwrap_or_else(|wrong| panic!("{wrong:?}"));
        Rc::clone(Pages::new(&config).link_page(Language::En))
    };
    assert_eq!(made(), made());
    for nowhere in [
        "<script",
        "http-equiv",
        "javascript:",
        "url(",
        " style=",
        " onclick",
    ] {
        assert!(!made().contains(nowhere), "{nowhere}");
    }
}

#[test]
fn test_the_policy_admits_exactly_the_style_of_each_page() {
    let harness = Harness::configured(&[("CLUB_COLOR", "#F57C00")]);
    let bare = Bare::new("Not <ready>", &["CLUB_NAME is \"missing\"".to_owned()]);
    let mut pages = vec![(bare.html, bare.security_policy)];
    for ask in [link("demo-token-26").by(FACEBOOK), get("/nowhere")] {
        let reply = harness.ask(&ask);
        let policy = reply.header("content-security-policy").unwrap_or_default();
        pages.push((reply.body.to_string(), policy.to_owned()));
    }
    for (page, policy) in &pages {
        let (_, after) = page.split_once("<style>").unwrap_or_default();
        let (css, _) = after.split_once("</style>").unwrap_or_default();
        let hash = base64(&Sha256::digest(css));
        assert!(
            css.contains("'Segoe UI'") && css.contains(".card>:"),
            "{css}"
        );
        assert!(
            policy.contains(&format!("style-src 'sha256-{hash}';")),
            "{policy}"
        );
    }
    assert!(pages[0].0.contains("<h1>Not &lt;ready&gt;</h1>"));
    assert!(
        pages[0]
            .0
            .contains("<li>CLUB_NAME is &quot;missing&quot;</li>")
    );
}
