//! `/webhooks/stripe`, before a delivery is believed: what a stranger's delivery may cost.

use crate::harness::{Ask, Harness, NOW, SECRET, get};

const BODY: usize = 256 * 1024;

fn send(harness: &Harness, signature: &str, body: Vec<u8>) -> (u16, String) {
    let ask = get("/webhooks/stripe")
        .method("POST")
        .with("stripe-signature", signature);
    let reply = harness.ask(&Ask { body, ..ask });
    (reply.status, reply.body.to_string())
}

#[test]
fn test_webhook_header_is_checked_before_the_body_is_read() {
    let harness = Harness::new().with_charge();
    let before = harness.all_rows();
    let body = vec![b' '; BODY];
    let seconds = NOW / 1000;
    let sign = |time: i64| fake_stripe::sign(SECRET, &body, time);
    let (good, ones) = (sign(seconds), format!(",v1={}", "1".repeat(64)));
    for (why, header) in [
        ("malformed", "t=1,v1=x".to_owned()),
        ("too many", format!("{good}{}", ones.repeat(10))),
        ("too many", format!("{good}{}", ones.repeat(1_600))),
        ("tolerance", sign(seconds - 301)),
        ("tolerance", sign(seconds + 301)),
    ] {
        let (status, text) = send(&harness, &header, body.clone());
        assert!(status == 400 && text.contains(why), "{why}: {text}");
    }
    assert_eq!((harness.bodies_read.get(), harness.calls.get().d1), (0, 0));
    assert_eq!(harness.all_rows(), before);
    // Ten are read; of what is signed at either end of the tolerance, the body is.
    for header in [
        format!("{good}{}", ones.repeat(9)),
        sign(seconds - 300),
        sign(seconds + 300),
    ] {
        assert_eq!(send(&harness, &header, body.clone()).0, 200);
    }
    assert_eq!(harness.bodies_read.get(), 3);
    let unreadable = ["unreadable_event"];
    assert_eq!(harness.rows("SELECT kind FROM incidents"), unreadable);
}

#[test]
fn test_webhook_body_that_says_that_it_is_too_large_is_not_read() {
    let harness = Harness::new();
    let signature = fake_stripe::sign(SECRET, b"{}", NOW / 1000);
    let ask = get("/webhooks/stripe")
        .method("POST")
        .with("stripe-signature", &signature)
        .with("content-length", &(BODY + 1).to_string());
    let reply = harness.ask(&ask);
    assert!(reply.status == 400 && reply.body.contains("too large"));
    assert_eq!(harness.bodies_read.get(), 0);
}
