//! How an order is read: one column of JSON, and what it means.

use serde::Deserialize;

use super::row::Row;
use crate::domain::{
    charge::{ChargeName, Owed},
    error::StoreError,
    id::{Attempt, ChargeId, InstallationId, OrderId, PaymentIntentId, SessionId},
    money::{Currency, Money},
    order::{Order, OrderState, Origin, Taken, Terms},
    payment::Waiting,
    time::{Millis, UnixMillis},
};

/// The lifetime of a session if its order does not say it, because it was not claimed here.
const DEFAULT_LIFETIME: Millis = Millis::minutes(65);

/// An order `o` with its charge `c` as a JSON object; [`decode`] reads it. It has two parts, because a
/// function in D1 takes 32 arguments at most (Cloudflare docs, "Limits" of D1).
macro_rules! order_json {
    () => {
        "json_object('id', o.id, 'charge', o.charge_id, 'status', o.status, 'origin', o.origin, 'attempt', o.attempt, \
           'minor', o.amount_minor, 'currency', o.currency, 'created_at', o.created_at, 'version', o.version, \
           'checks', o.checks, 'product_name', o.product_name, 'customer_email', o.customer_email, \
           'return_origin', o.return_origin, 'session_expires_at', o.session_expires_at, \
           'installation', (SELECT i.id FROM installation i), \
           'stripe', json_object('session', o.stripe_session_id, 'url', o.checkout_url, 'intent', o.payment_intent_id, \
             'receipt_url', o.receipt_url, 'paid_at', o.paid_at, 'paid_minor', o.paid_minor, 'refunded_at', o.refunded_at, \
             'refunded_minor', o.refunded_minor, 'refund_reason', o.refund_reason, \
             'owed_minor', c.amount_minor, 'owed_currency', c.currency, 'closed_at', c.closed_at, 'method', o.method, \
             'waits_for', o.waits_for, 'action_url', o.action_url, \
             'charge_name', json(CASE WHEN o.status = 'pending' AND o.stripe_session_id IS NULL THEN json_object( \
               'player_id', (SELECT n.player_id FROM players n WHERE n.id = c.player_id), 'kind', c.kind, 'period', c.period) END)))"
    };
}
pub(super) use order_json;

#[derive(Deserialize)]
pub(super) struct OrderRow {
    id: OrderId,
    charge: ChargeId,
    status: String,
    origin: Origin,
    attempt: Attempt,
    installation: InstallationId,
    minor: i64,
    currency: Currency,
    created_at: UnixMillis,
    version: i64,
    checks: i64,
    product_name: String,
    customer_email: Option<String>,
    return_origin: String,
    session_expires_at: Option<UnixMillis>,
    stripe: StripeRow,
}

/// The columns that change after the claim: what Stripe said, and what is owed now.
#[derive(Deserialize)]
struct StripeRow {
    session: Option<SessionId>,
    url: Option<String>,
    intent: Option<PaymentIntentId>,
    receipt_url: Option<String>,
    paid_at: Option<UnixMillis>,
    paid_minor: Option<i64>,
    refunded_at: Option<UnixMillis>,
    refunded_minor: i64,
    refund_reason: Option<String>,
    owed_minor: i64,
    owed_currency: Currency,
    closed_at: Option<UnixMillis>,
    method: String,
    waits_for: Option<String>,
    action_url: Option<String>,
    charge_name: Option<ChargeName>,
}

impl OrderRow {
    pub(super) fn order(self) -> Result<Order, StoreError> {
        let stripe = self.stripe;
        let state = match self.status.as_str() {
            "pending" => OrderState::Pending {
                url: stripe.url,
                waiting: stripe
                    .waits_for
                    .map(|word| waiting(&word, stripe.action_url))
                    .transpose()?,
            },
            "paid" => OrderState::Paid {
                at: required(stripe.paid_at, "paid_at")?,
                receipt_url: stripe.receipt_url,
            },
            "canceled" => OrderState::Canceled,
            "refunded" => OrderState::Refunded {
                at: required(stripe.refunded_at, "refunded_at")?,
                by_dispute: stripe.refund_reason.as_deref() == Some("dispute_lost"),
            },
            other => {
                return Err(StoreError::Failed(format!(
                    "an order's status is {other:?}"
                )));
            }
        };
        let payment = stripe.paid_at.map(|_| Taken {
            payment_intent: stripe.intent,
            minor: stripe.paid_minor.unwrap_or(self.minor),
            refunded_minor: stripe.refunded_minor,
        });
        Ok(Order {
            id: self.id,
            charge: self.charge,
            attempt: self.attempt,
            installation: self.installation,
            money: Money {
                minor: self.minor,
                currency: self.currency,
            },
            created_at: self.created_at,
            origin: self.origin,
            is_offline: stripe.method == "offline",
            state,
            session: stripe.session,
            payment,
            version: self.version,
            checks: self.checks,
            terms: Terms {
                product_name: self.product_name,
                customer_email: self.customer_email,
                return_origin: self.return_origin,
                session_expires_at: self
                    .session_expires_at
                    .unwrap_or(self.created_at.plus(DEFAULT_LIFETIME)),
                charge_name: stripe.charge_name,
            },
            owed: Owed {
                money: Money {
                    minor: stripe.owed_minor,
                    currency: stripe.owed_currency,
                },
                closed: stripe.closed_at.is_some(),
            },
        })
    }
}

fn waiting(word: &str, url: Option<String>) -> Result<Waiting, StoreError> {
    match word {
        "bank" => Ok(Waiting::Bank),
        "payer" => Ok(Waiting::Payer { url }),
        other => Err(StoreError::Failed(format!("an order waits for {other:?}"))),
    }
}

fn required<T>(value: Option<T>, column: &str) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::Failed(format!("an order lacks its {column}")))
}

/// Reads a row of an order.
pub(super) fn decode(row: &Row) -> Result<Order, StoreError> {
    row.decode::<OrderRow>()?.order()
}
