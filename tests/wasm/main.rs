//! The parts that exist only in wasm: the executor, requests, bodies and responses of the runtime, its randomness, and
//! the cryptography as it is compiled for wasm.

#![cfg(target_arch = "wasm32")]

mod executor;

use std::rc::Rc;

use checkout_guard::{
    classifier::Verdict,
    domain::{language::Language, time::UnixMillis, token::Token},
    edge::{
        request::{Request, RequestHead},
        response::{constant, response, single},
        services::random_bytes,
    },
    http::{
        content::Content,
        request::{Body, Headers},
        response::{Constant, ContentKind, Response},
        site::Site,
    },
    stripe::signature::{Refused, Signature},
};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_test::wasm_bindgen_test;
use worker::{js_sys, wasm_bindgen_futures::JsFuture, web_sys};

#[wasm_bindgen(module = "/src/edge/runtime.js")]
extern "C" {
    #[wasm_bindgen(js_name = requestHead)]
    fn request_head(request: &web_sys::Request) -> String;
}

/// A request as `entry.js` passes it to wasm.
fn received(request: web_sys::Request) -> Request {
    let head = request_head(&request);
    Request::new(request, head)
}

fn request(
    url: &str,
    method: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> web_sys::Request {
    let init = web_sys::RequestInit::new();
    init.set_method(method);
    if let Some(body) = body {
        init.set_body(&body.into());
    }
    let request = web_sys::Request::new_with_str_and_init(url, &init).expect("a request");
    for (name, value) in headers {
        request.headers().set(name, value).expect("a header");
    }
    request
}

#[wasm_bindgen_test]
fn a_request_is_read_in_slices() {
    let url = "https://pay.club.example/checkout/first-payment?token=abc%20def&x=1#frag";
    let received = received(request(url, "HEAD", &[("User-Agent", "Café/1.0")], None));
    let head = received.core_head();
    assert_eq!(
        (head.method, head.path),
        ("HEAD", "/checkout/first-payment")
    );
    assert_eq!(head.query, "token=abc%20def&x=1");
    assert!(head.is_secure);
    assert_eq!(received.header("user-agent").as_deref(), Some("Café/1.0"));
    assert_eq!(received.header("accept-language"), None);
    assert!(received.network().asn.is_none());
}

#[wasm_bindgen_test]
fn a_request_head_has_the_method_the_path_and_the_user_agent() {
    let url = "https://pay.club.example/checkout/pay";
    for (head, expected) in [
        (
            format!("GET {url}?token=abc\n=Bot/1.0"),
            ("GET", Some("Bot/1.0")),
        ),
        (format!("HEAD {url}#x\n="), ("HEAD", Some(""))),
        (format!("GET {url}\n"), ("GET", None)),
    ] {
        let head = RequestHead::parse(&head);
        assert_eq!(head.path, "/checkout/pay");
        assert_eq!((head.method, head.agent), expected);
    }
}

#[wasm_bindgen_test]
fn https_and_localhost_are_secure() {
    for (url, is_https, is_secure, host) in [
        ("http://localhost:8787/", false, true, "localhost"),
        ("http://127.0.0.1/", false, true, "127.0.0.1"),
        ("http://[::1]:8787/", false, true, "[::1]"),
        ("https://club.example", true, true, "club.example"),
        ("https://localhost/", true, true, "localhost"),
        ("http://club.example:8080/", false, false, "club.example"),
        (
            "http://localhost.club.example/",
            false,
            false,
            "localhost.club.example",
        ),
        ("http://[2001:db8::1]/", false, false, "[2001:db8::1]"),
    ] {
        let received = received(request(url, "GET", &[], None));
        assert_eq!(received.is_https(), is_https, "{url}");
        assert_eq!(received.core_head().is_secure, is_secure, "{url}");
        assert_eq!(received.host().as_deref(), Some(host));
        assert_eq!(
            (received.core_head().path, received.core_head().query),
            ("/", "")
        );
    }
}

#[wasm_bindgen_test]
fn an_origin_is_scheme_host_and_port() {
    for (url, origin) in [
        (
            "https://Pay.Club.example/admin/login?next=https://x.example",
            "https://pay.club.example",
        ),
        ("https://pay.club.example:443/", "https://pay.club.example"),
        (
            "https://pay.club.example:8443/",
            "https://pay.club.example:8443",
        ),
        ("http://localhost:8787/admin", "http://localhost:8787"),
        ("http://[::1]:8787/", "http://[::1]:8787"),
    ] {
        let received = received(request(url, "POST", &[], None));
        assert_eq!(received.origin().as_deref(), Some(origin));
    }
}

#[wasm_bindgen_test]
fn hsts_is_sent_over_https_only() {
    let site = site();
    let reply = Response {
        status: 200,
        kind: ContentKind::Json,
        policy: "default-src 'none'".into(),
        more: vec![],
        body: "{}".into(),
    };
    for is_https in [true, false, true] {
        let constant = constant(
            &site,
            Constant::Prefetch(Language::De),
            Verdict::Prefetch,
            is_https,
        );
        for sent in [
            response(&reply, is_https),
            single(&reply, is_https),
            constant,
        ] {
            let headers = sent.expect("a response").headers();
            let told = headers.get("strict-transport-security").expect("headers");
            let expected = is_https.then(|| "max-age=31536000; includeSubDomains".to_owned());
            assert_eq!(told, expected);
        }
    }
}

#[wasm_bindgen_test]
fn the_network_is_read_if_cloudflare_says_it() {
    let request = request("https://club.example/", "GET", &[], None);
    let cf =
        js_sys::JSON::parse(r#"{"asn":8075,"verifiedBotCategory":"","botManagement":{"score":3}}"#);
    let property = js_sys::Object::new();
    js_sys::Reflect::set(&property, &"value".into(), &cf.expect("JSON")).expect("set");
    js_sys::Object::define_property(&request, &"cf".into(), &property);
    let network = received(request).network();
    assert_eq!((network.asn, network.bot_score), (Some(8075), Some(3)));
    assert_eq!(network.verified_bot_category.as_deref(), Some(""));
}

#[wasm_bindgen_test]
async fn a_body_is_read_up_to_its_limit() {
    let ten = || {
        received(request(
            "https://club.example/",
            "POST",
            &[],
            Some("0123456789"),
        ))
    };
    let read = |limit| async move { ten().body(limit).await.expect("a body") };
    assert!(matches!(read(10).await, Body::Whole(body) if body == b"0123456789"));
    assert!(matches!(read(9).await, Body::TooLarge));
    assert!(matches!(read(0).await, Body::Whole(body) if body.is_empty()));
    let none = received(request("https://club.example/", "GET", &[], None));
    assert!(matches!(none.body(10).await, Ok(Body::Whole(body)) if body.is_empty()));
}

#[wasm_bindgen_test]
async fn a_reply_becomes_a_response() {
    let reply = Response {
        status: 307,
        kind: ContentKind::Html,
        policy: "default-src 'none'".into(),
        more: vec![("location", "https://checkout.stripe.com/c/é".to_owned())],
        body: "<h1>é</h1>".into(),
    };
    let sent = response(&reply, false).expect("a response");
    assert_eq!(sent.status(), 307);
    for (name, value) in reply.headers() {
        let sent = sent.headers().get(name).expect("headers");
        assert_eq!(sent.as_deref(), Some(value), "{name}");
    }
    let text = JsFuture::from(sent.text().expect("a body"))
        .await
        .expect("text");
    assert_eq!(text, JsValue::from_str("<h1>é</h1>"));
    // Responses of a kind share its headers, but not the headers of one reply.
    let empty = Response {
        status: 200,
        more: vec![],
        body: Content::NONE,
        ..reply
    };
    let sent = response(&empty, false).expect("a response");
    assert!(sent.body().is_none());
    assert!(!sent.headers().has("location").expect("headers"));
}

#[wasm_bindgen_test]
async fn an_image_is_sent_as_its_bytes() {
    let image: Rc<[u8]> = [0x89_u8, 0, 0xff].into();
    let reply = Response {
        status: 200,
        kind: ContentKind::Png,
        policy: "default-src 'none'".into(),
        more: vec![],
        body: (&image).into(),
    };
    let sent = response(&reply, true).expect("a response");
    let bytes = JsFuture::from(sent.array_buffer().expect("a body"))
        .await
        .expect("bytes");
    assert_eq!(js_sys::Uint8Array::new(&bytes).to_vec(), *image);
}

fn site() -> Site {
    Site::new(|name| {
        let value = match name {
            "CLUB_NAME" => "Sportverein Köln",
            "CLUB_CONTACT" => "treasurer@club.example",
            "PUBLIC_ORIGIN" => "https://pay.club.example",
            "STRIPE_SECRET_KEY" => "sk_test_of_the_tests",
            "STRIPE_WEBHOOK_SECRET" => "whsec_of_the_tests",
            "ADMIN_TOKEN" => "treasurer:secret-of-the-operator-of-the-tests",
            "DEBUG_TIMING" => "on",
            _ => return None,
        };
        Some(value.to_owned())
    })
    .unwrap_or_else(|wrong| panic!("{wrong:?}"))
}

#[wasm_bindgen_test]
async fn a_constant_answer_can_be_given_many_times() {
    let site = site();
    for verdict in [Verdict::Machine, Verdict::Unsure, Verdict::Machine] {
        let sent = constant(&site, Constant::LinkPage, verdict, true).expect("a response");
        let timing = sent.headers().get("server-timing").expect("headers");
        assert!(timing.is_some_and(|timing| timing.contains(verdict.as_str())));
        let text = JsFuture::from(sent.text().expect("a body")).await;
        let page = site.pages.link_page(Language::En);
        assert_eq!(text, Ok(JsValue::from_str(page)));
    }
    for language in Language::ALL {
        let constant = constant(&site, Constant::LinkPageIn(language), Verdict::Unsure, true);
        let sent = constant.expect("a response");
        let told = sent.headers().get("content-language").expect("headers");
        assert_eq!(told.as_deref(), Some(language.as_str()));
        let text = JsFuture::from(sent.text().expect("a body")).await;
        let page = site.pages.link_page(language);
        assert_eq!(text, Ok(JsValue::from_str(page)));
    }
    let head = constant(&site, Constant::LinkPageHead, Verdict::Machine, true).expect("a response");
    assert!(head.body().is_none());
}

#[wasm_bindgen_test]
fn randomness_is_the_runtimes() {
    let (one, other) = (random_bytes(), random_bytes());
    assert_ne!(one, other);
}

#[wasm_bindgen_test]
fn sha_256_of_a_known_text() {
    // FIPS 180-2, appendix B.2.
    let token =
        Token::parse("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").expect("a token");
    assert_eq!(
        token.hash().as_str(),
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    );
}

#[wasm_bindgen_test]
fn a_signature_made_by_openssl() {
    let header = "t=1800000000,v1=45705be2a45ab5acdd1395cc695e9e7073125385ec24194921c401dff44176f8";
    let check = |secret: &str| {
        let read = Signature::parse(Some(header))?;
        read.in_time(UnixMillis(1_800_000_000_000))?;
        read.verify(br#"{"id":"evt_1"}"#, [secret].into_iter())
    };
    assert_eq!(check("whsec_test"), Ok(()));
    assert_eq!(check("whsec_other"), Err(Refused::Wrong));
}
