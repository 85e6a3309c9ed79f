//! Webhook endpoints: who is told of what, and what one that is disabled misses.

use stand_in::Delivery;

use crate::account::Account;

#[test]
fn a_disabled_endpoint_never_hears_of_what_it_missed() {
    let mut account = Account::new();
    assert!(account.stripe.webhooks_enabled());
    account.stripe.set_webhooks_enabled(false);
    assert!(!account.stripe.webhooks_enabled());
    account.paid();
    let events = account.all("/v1/events");
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|event| event["pending_webhooks"] == 0));
    assert_eq!(account.all("/v1/events?delivery_success=false").len(), 0);

    account.stripe.set_webhooks_enabled(true);
    let later = account.now_ms + 1_000_000;
    assert!(account.stripe.take_webhooks(later).is_empty());
    account.paid();
    assert_eq!(account.stripe.take_webhooks(later).len(), 3);
    // Only somebody's hand sends them all.
    assert_eq!(account.stripe.redeliver(None, later), 6);
}

#[test]
fn a_retry_that_meets_a_disabled_endpoint_is_the_last() {
    let mut account = Account::new();
    account.paid();
    for webhook in account.stripe.take_webhooks(account.now_ms) {
        account
            .stripe
            .webhook_answered(&webhook.event_id, false, account.now_ms);
    }
    let retries = |account: &Account| {
        let due = |delivery| matches!(delivery, Delivery::Due { .. });
        account
            .stripe
            .events()
            .filter(|event| due(event.delivery))
            .count()
    };
    assert_eq!(retries(&account), 3);
    // Disabled and enabled again before an attempt: nothing is lost.
    account.stripe.set_webhooks_enabled(false);
    account.stripe.set_webhooks_enabled(true);
    assert_eq!(retries(&account), 3);
    account.stripe.set_webhooks_enabled(false);
    account.now_ms += 5_000;
    assert!(account.stripe.take_webhooks(account.now_ms).is_empty());
    account.stripe.set_webhooks_enabled(true);
    assert_eq!(retries(&account), 0);
    assert!(
        account
            .stripe
            .take_webhooks(account.now_ms + 1_000_000)
            .is_empty()
    );
}
