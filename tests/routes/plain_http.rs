//! Plain http: what can goes on over https, the rest is refused, and nothing is served.

use crate::harness::{ADMIN, FACEBOOK, Harness, JSON, get, link};

const TARGETS: [&str; 6] = [
    "/checkout/first-payment?token=demo-token-26",
    "/checkout/pay?token=demo-token-26&x=%20",
    "/checkout/success?session_id=cs_test_1",
    "/admin/import?dry_run=1",
    "/healthz",
    "/",
];

#[test]
fn test_plain_http_goes_on_over_https_with_all_that_it_says() {
    let harness = Harness::new().with_charge();
    for target in TARGETS {
        for method in ["GET", "HEAD"] {
            let reply = harness.ask(&get(target).method(method).over_http());
            assert_eq!(reply.status, 301, "{method} {target}");
            let location = format!("https://pay.club.example{target}");
            assert_eq!(reply.header("location"), Some(location.as_str()));
            assert_eq!(reply.header("cache-control"), Some("no-store"));
            assert!(reply.body.is_empty());
        }
    }
    assert_eq!(harness.calls.get().d1, 0);
}

#[test]
fn test_plain_http_stays_on_the_host_that_was_asked() {
    let harness = Harness::new();
    for (host, there) in [
        ("pay.club.example:8080", "pay.club.example"),
        ("other.example", "other.example"),
        ("[2001:db8::1]", "[2001:db8::1]"),
        ("[2001:db8::1]:8080", "[2001:db8::1]"),
    ] {
        let reply = harness.ask(&link("demo-token-26").over_http().with("host", host));
        let location = format!("https://{there}/checkout/first-payment?token=demo-token-26");
        assert_eq!(reply.header("location"), Some(location.as_str()));
    }
}

#[test]
fn test_plain_http_serves_machines_no_more_than_people() {
    let harness = Harness::new().with_charge();
    let machine = link("demo-token-26").by(FACEBOOK);
    assert_eq!(harness.ask(&machine.clone().over_http()).status, 301);
    let options = machine.method("OPTIONS");
    assert_eq!(harness.ask(&options.clone().over_http()).status, 403);
    assert_eq!(harness.ask(&options).status, 200);
}

#[test]
fn test_plain_http_that_cannot_be_sent_on_is_refused() {
    let harness = Harness::new().with_charge();
    let before = harness.all_rows();
    let admin = format!("Bearer {ADMIN}");
    for target in [TARGETS[0], TARGETS[3], "/webhooks/stripe"] {
        for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
            let ask = get(target)
                .method(method)
                .over_http()
                .with("authorization", &admin);
            let json = harness.ask(&ask.clone().with("accept", JSON));
            assert_eq!(json.status, 403, "{method} {target}");
            assert_eq!(
                json.header("content-type"),
                Some("application/problem+json")
            );
            assert!(json.body.contains("\"code\":\"https_only\""));
            assert!(
                harness
                    .ask(&ask)
                    .body
                    .contains("<h1>This only works over https</h1>")
            );
        }
    }
    assert_eq!(harness.all_rows(), before);
    assert_eq!((harness.calls.get().d1, harness.bodies_read.get()), (0, 0));
}
