//! `PAUSED=on`: nobody can begin to pay, and nothing else changes.

use crate::world::{FACEBOOK, JSON, World, get, link};

fn paused() -> World {
    World::configured(&[("PAUSED", "on")]).with_charge()
}

#[test]
fn test_paused_every_click_is_told_so() {
    let world = paused();
    let before = world.all_rows();
    for ask in [
        link("demo-token-26"),
        link("demo-token-26").method("POST"),
        link("no-such-token"),
        link("short"),
        get("/checkout/pay?token=demo-token-26"),
    ] {
        let page = world.ask(&ask);
        assert_eq!(
            (page.status, page.header("retry-after")),
            (503, Some("300"))
        );
        assert!(
            page.body
                .contains("<h1>Payments are paused for a while</h1>")
        );
        assert!(page.body.contains("No money was taken"));
        let json = world.ask(&ask.with("accept", JSON));
        assert_eq!(json.status, 503);
        assert_eq!(
            json.header("content-type"),
            Some("application/problem+json")
        );
        assert!(json.body.contains("\"code\":\"paused\""));
        assert_eq!((world.d1_calls.get(), world.stripe_calls.get()), (0, 0));
    }
    assert_eq!((world.all_rows(), world.calls()), (before, vec![]));
}

#[test]
fn test_paused_machines_get_the_same_page_as_ever() {
    let ask = link("demo-token-26").by(FACEBOOK);
    let page = World::new().ask(&ask);
    let while_paused = paused().ask(&ask);
    assert_eq!((while_paused.status, &while_paused.body), (200, &page.body));
}

#[test]
fn test_paused_who_comes_back_from_a_payment_is_answered() {
    let world = paused();
    for path in ["/checkout/success?session_id=cs_test_1", "/checkout/cancel"] {
        assert_eq!(world.ask(&get(path)).status, 200, "{path}");
    }
    assert_eq!(world.ask(&get("/healthz")).status, 200);
}
