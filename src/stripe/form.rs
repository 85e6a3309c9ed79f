//! Requests as Stripe reads them: `application/x-www-form-urlencoded` with names in brackets.
//!
//! The body of a create call is a function of the order's row alone. A retry under the same Idempotency-Key
//! must send exactly the same body, even days and deployments later. So after a change of this body, the
//! sessions of orders that are open at that moment can no longer be found by their keys. The golden test
//! below makes such a change a decision and not an accident.

use crate::domain::{order::Order, path, payment::RefundRequest};

/// The body of `POST /v1/checkout/sessions` for an order (Stripe's API reference, "Create a Checkout
/// Session"). It has no `locale`: "If blank or auto, the browser's locale is used", so Stripe's page follows the
/// browser as ours do.
#[must_use]
pub fn create_session(order: &Order) -> String {
    let terms = &order.terms;
    let mut form = Form::default();
    form.add("mode", "payment");
    form.add("line_items[0][quantity]", "1");
    form.add(
        "line_items[0][price_data][currency]",
        order.money.currency.as_str(),
    );
    form.add(
        "line_items[0][price_data][unit_amount]",
        &order.money.minor.to_string(),
    );
    form.add(
        "line_items[0][price_data][product_data][name]",
        &terms.product_name,
    );
    form.add("client_reference_id", &order.id.to_string());
    if let Some(email) = &terms.customer_email {
        form.add("customer_email", email);
    }
    for of in ["metadata", "payment_intent_data[metadata]"] {
        form.add(&format!("{of}[installation]"), &order.installation.0);
        form.add(&format!("{of}[attempt]"), &order.attempt.0);
        form.add(&format!("{of}[order_id]"), &order.id.to_string());
        form.add(&format!("{of}[charge_id]"), &order.charge.to_string());
        if let Some(name) = &terms.charge_name {
            form.add(&format!("{of}[player_id]"), &name.player_id);
            form.add(&format!("{of}[kind]"), name.kind.as_str());
            // An empty value would unset the member.
            if !name.period.is_empty() {
                form.add(&format!("{of}[period]"), &name.period);
            }
        }
    }
    let origin = &terms.return_origin;
    form.add(
        "success_url",
        &format!(
            "{origin}{}?session_id={{CHECKOUT_SESSION_ID}}",
            path::SUCCESS
        ),
    );
    form.add(
        "cancel_url",
        &format!("{origin}{}", path::go_on(&order.attempt)),
    );
    form.add(
        "expires_at",
        &terms.session_expires_at.seconds().to_string(),
    );
    form.0
}

/// The body of `POST /v1/refunds` (Stripe's API reference, "Create a refund"): a function of the request's row alone. By
/// the request in its metadata the refund is found in Stripe's list, once its key is forgotten.
#[must_use]
pub fn refund(request: &RefundRequest) -> String {
    let reason = if request.is_of_duplicate() {
        "duplicate"
    } else {
        "requested_by_customer"
    };
    let mut form = Form::default();
    form.add("payment_intent", &request.payment.0);
    form.add("amount", &request.money.minor.to_string());
    form.add("reason", reason);
    form.add("metadata[request]", &request.id.0);
    form.0
}

#[derive(Default)]
struct Form(String);

impl Form {
    fn add(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.encode(name);
        self.0.push('=');
        self.encode(value);
    }

    /// WHATWG URL, "application/x-www-form-urlencoded serializing", with brackets left readable as
    /// Stripe's own libraries leave them.
    fn encode(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                b'a'..=b'z'
                | b'A'..=b'Z'
                | b'0'..=b'9'
                | b'-'
                | b'.'
                | b'_'
                | b'*'
                | b'['
                | b']' => {
                    self.0.push(char::from(byte));
                }
                b' ' => self.0.push('+'),
                _ => {
                    const HEX: &[u8; 16] = b"0123456789ABCDEF";
                    self.0.push('%');
                    self.0.push(char::from(HEX[usize::from(byte >> 4)]));
                    self.0.push(char::from(HEX[usize::from(byte & 15)]));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        charge::{ChargeName, Kind, Owed},
        id::{Attempt, ChargeId, InstallationId, OrderId, PaymentIntentId, RequestId},
        money::{Currency, Money},
        order::{OrderState, Origin, Terms},
        payment::AUTO_REFUND,
        time::UnixMillis,
    };

    #[test]
    fn the_create_call_to_the_byte() {
        let money = Money {
            minor: 15_000,
            currency: Currency::USD,
        };
        let order = Order {
            id: OrderId(26),
            charge: ChargeId(2),
            attempt: Attempt("0123456789abcdef0123456789abcdef".to_owned()),
            installation: InstallationId("fedcba98765432100123456789abcdef".to_owned()),
            money,
            created_at: UnixMillis(1_800_000_000_999),
            origin: Origin::Guard,
            is_offline: false,
            state: OrderState::Pending {
                url: None,
                waiting: None,
            },
            session: None,
            payment: None,
            version: 7,
            checks: 3,
            terms: Terms {
                product_name: "First payment, Player 26, Søndre & Co".to_owned(),
                customer_email: Some("payer+26@club.example".to_owned()),
                return_origin: "https://pay.club.example".to_owned(),
                session_expires_at: UnixMillis(1_800_003_900_999),
                charge_name: Some(ChargeName {
                    player_id: "26".to_owned(),
                    kind: Kind::Monthly,
                    period: "2026-05".to_owned(),
                }),
            },
            owed: Owed {
                money,
                closed: false,
            },
        };
        let expected = "mode=payment\
            &line_items[0][quantity]=1\
            &line_items[0][price_data][currency]=usd\
            &line_items[0][price_data][unit_amount]=15000\
            &line_items[0][price_data][product_data][name]=First+payment%2C+Player+26%2C+S%C3%B8ndre+%26+Co\
            &client_reference_id=26\
            &customer_email=payer%2B26%40club.example\
            &metadata[installation]=fedcba98765432100123456789abcdef\
            &metadata[attempt]=0123456789abcdef0123456789abcdef\
            &metadata[order_id]=26&metadata[charge_id]=2\
            &metadata[player_id]=26&metadata[kind]=monthly&metadata[period]=2026-05\
            &payment_intent_data[metadata][installation]=fedcba98765432100123456789abcdef\
            &payment_intent_data[metadata][attempt]=0123456789abcdef0123456789abcdef\
            &payment_intent_data[metadata][order_id]=26&payment_intent_data[metadata][charge_id]=2\
            &payment_intent_data[metadata][player_id]=26&payment_intent_data[metadata][kind]=monthly\
            &payment_intent_data[metadata][period]=2026-05\
            &success_url=https%3A%2F%2Fpay.club.example%2Fcheckout%2Fsuccess%3Fsession_id%3D%7BCHECKOUT_SESSION_ID%7D\
            &cancel_url=https%3A%2F%2Fpay.club.example%2Fcheckout%2Fcancel%3Fattempt%3D0123456789abcdef0123456789abcdef\
            &expires_at=1800003900";
        assert_eq!(create_session(&order), expected);
    }

    #[test]
    fn a_refund_is_asked_for_by_its_request() {
        let request = |actor: &str| RefundRequest {
            id: RequestId("0123456789abcdef0123456789abcdef".to_owned()),
            order: OrderId(26),
            payment: PaymentIntentId("pi_1".to_owned()),
            money: Money {
                minor: 5_000,
                currency: Currency::USD,
            },
            actor: actor.to_owned(),
            at: UnixMillis(1_800_000_000_999),
        };
        assert_eq!(
            refund(&request("treasurer")),
            "payment_intent=pi_1&amount=5000&reason=requested_by_customer\
             &metadata[request]=0123456789abcdef0123456789abcdef"
        );
        assert!(refund(&request(AUTO_REFUND)).contains("&reason=duplicate&"));
    }
}
