//! Stripe's JSON objects, as far as they are read, and what they mean here.
//!
//! Unknown members are ignored, as Stripe asks of its clients ("API upgrades": additions are not
//! breaking). A status that is not documented is nonsense and moves nothing.

use serde::Deserialize;

use crate::{
    json::{self, Expandable, Unreadable},
    order::{ChargeId, Currency, Money, OrderId, PaymentIntentId, SessionId},
    ports::{Payment, Session, SessionState, StripeFault},
};

/// A Checkout Session (Stripe's API reference, "The Checkout Session object").
#[derive(Clone, Debug, Deserialize)]
pub struct SessionObject {
    /// Its id.
    pub id: SessionId,
    /// Where a person pays; null unless it is open.
    #[serde(default)]
    pub url: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    payment_status: Option<String>,
    #[serde(default)]
    payment_intent: Option<Expandable<PaymentIntent>>,
    #[serde(default)]
    amount_total: Option<i64>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    metadata: Option<Metadata>,
}

/// The metadata that our create call writes, which Stripe copies from a session's payment to its charge.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Metadata {
    #[serde(default)]
    order_id: Option<String>,
    #[serde(default)]
    charge_id: Option<String>,
}

impl Metadata {
    /// The order and charge that it names.
    #[must_use]
    pub fn named(&self) -> Option<(OrderId, ChargeId)> {
        let id = |text: &Option<String>| text.as_deref()?.parse::<i64>().ok();
        Some((OrderId(id(&self.order_id)?), ChargeId(id(&self.charge_id)?)))
    }
}

#[derive(Clone, Debug, Deserialize)]
struct PaymentIntent {
    id: PaymentIntentId,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    latest_charge: Option<Expandable<StripeCharge>>,
}

#[derive(Clone, Debug, Deserialize)]
struct StripeCharge {
    #[serde(default)]
    receipt_url: Option<String>,
}

/// Reads a session.
///
/// # Errors
/// [`StripeFault::Nonsense`] where it is none.
pub fn session(json: &str) -> Result<SessionObject, StripeFault> {
    json::from_str(json).map_err(unreadable)
}

/// What a 400 says. Only Stripe's own words of type, code and parameter are kept: the message may
/// repeat what was sent, an address for example.
#[must_use]
pub fn refusal(json: &str) -> StripeFault {
    #[derive(Deserialize)]
    struct Body {
        error: Error,
    }
    #[derive(Deserialize)]
    struct Error {
        #[serde(rename = "type")]
        kind: String,
        #[serde(default)]
        code: Option<String>,
        #[serde(default)]
        param: Option<String>,
    }
    match json::from_str::<Body>(json) {
        Ok(Body { error }) if error.kind == "idempotency_error" => StripeFault::KeyReused,
        Ok(Body { error }) => StripeFault::Refused(format!(
            "{} {} {}",
            error.kind,
            error.code.unwrap_or_default(),
            error.param.unwrap_or_default()
        )),
        Err(error) => unreadable(error),
    }
}

/// An answer that cannot be read.
pub(crate) fn unreadable(error: Unreadable) -> StripeFault {
    StripeFault::Nonsense(error.to_string())
}

impl SessionObject {
    /// What it says of itself.
    ///
    /// # Errors
    /// [`StripeFault::Nonsense`] for a status that is not documented.
    pub fn describe(self) -> Result<Session, StripeFault> {
        let state = match (self.status.as_deref(), self.payment_status.as_deref()) {
            (Some("open"), _) => SessionState::Open,
            (Some("expired"), _) => SessionState::Expired,
            (Some("complete"), Some("paid" | "no_payment_required")) => {
                SessionState::Paid(self.payment())
            }
            (Some("complete"), Some("unpaid")) if self.debit_failed() => SessionState::Failed,
            (Some("complete"), Some("unpaid")) => SessionState::Clearing,
            (status, paid) => {
                let text = format!("a session's status is {status:?}, {paid:?}");
                return Err(StripeFault::Nonsense(text));
            }
        };
        Ok(Session { id: self.id, state })
    }

    /// The order and charge that our own create call wrote into its metadata.
    #[must_use]
    pub fn named(&self) -> Option<(OrderId, ChargeId)> {
        self.metadata.as_ref().and_then(Metadata::named)
    }

    /// The evidence of its payment.
    #[must_use]
    pub fn payment(&self) -> Payment {
        let (payment_intent, receipt_url) = match &self.payment_intent {
            None => (None, None),
            Some(Expandable::Id(id)) => (Some(PaymentIntentId(id.clone())), None),
            Some(Expandable::Object(intent)) => {
                let receipt = match &intent.latest_charge {
                    Some(Expandable::Object(charge)) => charge.receipt_url.clone(),
                    Some(Expandable::Id(_)) | None => None,
                };
                (Some(intent.id.clone()), receipt)
            }
        };
        let currency = self.currency.as_deref().and_then(Currency::parse);
        let money = self.amount_total.zip(currency);
        Payment {
            session: self.id.clone(),
            payment_intent,
            money: money.map(|(minor, currency)| Money { minor, currency }),
            receipt_url,
        }
    }

    /// A bank debit that failed sends its PaymentIntent back for another method (Stripe docs,
    /// "PaymentIntents lifecycle"), though the session stays complete.
    fn debit_failed(&self) -> bool {
        match &self.payment_intent {
            Some(Expandable::Object(intent)) => {
                matches!(
                    intent.status.as_deref(),
                    Some("requires_payment_method" | "canceled")
                )
            }
            Some(Expandable::Id(_)) | None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(members: &str) -> Result<SessionState, StripeFault> {
        let json = format!(r#"{{"id":"cs_test_1","object":"checkout.session",{members}}}"#);
        session(&json)?.describe().map(|session| session.state)
    }

    #[test]
    fn every_documented_status() {
        assert_eq!(
            state(r#""status":"open","payment_status":"unpaid""#),
            Ok(SessionState::Open)
        );
        assert_eq!(
            state(r#""status":"expired","payment_status":"unpaid""#),
            Ok(SessionState::Expired)
        );
        let unpaid = |intent: &str| {
            state(&format!(
                r#""status":"complete","payment_status":"unpaid","payment_intent":{intent}"#
            ))
        };
        assert_eq!(unpaid(r#""pi_1""#), Ok(SessionState::Clearing));
        assert_eq!(
            unpaid(r#"{"id":"pi_1","status":"processing"}"#),
            Ok(SessionState::Clearing)
        );
        assert_eq!(
            unpaid(r#"{"id":"pi_1","status":"requires_payment_method"}"#),
            Ok(SessionState::Failed)
        );
        assert!(matches!(
            state(r#""status":"half","payment_status":"unpaid""#),
            Err(StripeFault::Nonsense(_))
        ));
        assert!(matches!(
            state(r#""status":"complete","payment_status":null"#),
            Err(StripeFault::Nonsense(_))
        ));
    }

    #[test]
    fn a_payment_carries_what_a_refund_needs() {
        let paid = state(
            r#""status":"complete","payment_status":"paid","amount_total":15000,"currency":"usd",
               "payment_intent":{"id":"pi_1","latest_charge":{"id":"ch_1","receipt_url":"https://pay.stripe.com/r"}}"#,
        );
        let expected = Payment {
            session: SessionId("cs_test_1".to_owned()),
            payment_intent: Some(PaymentIntentId("pi_1".to_owned())),
            money: Some(Money {
                minor: 15_000,
                currency: Currency::USD,
            }),
            receipt_url: Some("https://pay.stripe.com/r".to_owned()),
        };
        assert_eq!(paid, Ok(SessionState::Paid(expected)));
    }

    #[test]
    fn only_our_own_metadata_names_an_order() {
        let named = |metadata: &str| {
            let json =
                format!(r#"{{"id":"cs_1","client_reference_id":"26","metadata":{metadata}}}"#);
            session(&json).ok().and_then(|session| session.named())
        };
        assert_eq!(
            named(r#"{"order_id":"26","charge_id":"2"}"#),
            Some((OrderId(26), ChargeId(2)))
        );
        for foreign in [
            "null",
            "{}",
            r#"{"order_id":"26"}"#,
            r#"{"order_id":"x","charge_id":"2"}"#,
        ] {
            assert_eq!(named(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_refusal_keeps_stripes_words_and_not_ours() {
        let email = r#"{"error":{"type":"invalid_request_error","code":"email_invalid","param":"customer_email","message":"Invalid email address: a@b"}}"#;
        assert_eq!(
            refusal(email),
            StripeFault::Refused("invalid_request_error email_invalid customer_email".to_owned())
        );
        assert_eq!(
            refusal(r#"{"error":{"type":"idempotency_error"}}"#),
            StripeFault::KeyReused
        );
        assert!(matches!(refusal("<html>"), StripeFault::Nonsense(_)));
    }
}
