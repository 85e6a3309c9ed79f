//! `PAUSED=on`: nobody can begin to pay, and nothing else changes.

use crate::harness::{Calls, FACEBOOK, Harness, JSON, get, link};

fn paused() -> Harness {
    Harness::configured(&[("PAUSED", "on")]).with_charge()
}

#[test]
fn test_paused_every_click_is_told_so() {
    let harness = paused();
    let before = harness.all_rows();
    for ask in [
        link("demo-token-26"),
        link("demo-token-26").method("POST"),
        link("no-such-token"),
        link("short"),
        get("/checkout/pay?token=demo-token-26"),
        get("/checkout/cancel?attempt=26").method("POST"),
    ] {
        let page = harness.ask(&ask);
        assert_eq!(
            (page.status, page.header("retry-after")),
            (503, Some("300"))
        );
        assert!(
            page.body
                .contains("<h1>Payments are paused for a while</h1>")
        );
        assert!(page.body.contains("No money was taken"));
        assert!(page.body.contains("Please come back in about an hour"));
        let json = harness.ask(&ask.with("accept", JSON));
        assert_eq!(json.status, 503);
        assert_eq!(
            json.header("content-type"),
            Some("application/problem+json")
        );
        assert!(json.body.contains("\"code\":\"paused\""));
        assert_eq!(harness.calls.get(), Calls::default());
    }
    assert_eq!(
        (harness.all_rows(), harness.stripe_calls()),
        (before, vec![])
    );
}

#[test]
fn test_paused_machines_get_the_same_page_as_ever() {
    let ask = link("demo-token-26").by(FACEBOOK);
    let page = Harness::new().ask(&ask);
    let while_paused = paused().ask(&ask);
    assert_eq!((while_paused.status, &while_paused.body), (200, &page.body));
}

#[test]
fn test_paused_who_comes_back_from_a_payment_is_answered() {
    let harness = paused();
    for path in ["/checkout/success?session_id=cs_test_1", "/checkout/cancel"] {
        assert_eq!(harness.ask(&get(path)).status, 200, "{path}");
    }
    assert_eq!(harness.ask(&get("/healthz")).status, 200);
}
