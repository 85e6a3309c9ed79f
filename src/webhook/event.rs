//! One event of Stripe's, read from a delivery's body or from a list (Stripe's API reference, "The
//! Event object").

use serde::Deserialize;

use crate::{
    json::{self, Raw},
    order::{ChargeId, Currency, EventId, Money, OrderId, PaymentIntentId, SessionId},
    ports::{EventPage, SessionState, StripeFault},
    stripe::object::{Metadata, SessionObject, unreadable},
};

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    /// Its id: what makes it act once.
    pub id: EventId,
    /// Its type.
    pub kind: String,
    /// What it is about.
    pub about: About,
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum About {
    /// `checkout.session.*`
    Session(AboutSession),
    /// `charge.refunded`: all that has been paid back of a payment so far.
    PaidBack {
        /// The payment.
        payment_intent: PaymentIntentId,
        /// The order and charge in its metadata, which a payment has from its session.
        named: Option<(OrderId, ChargeId)>,
        /// Minor units.
        minor: i64,
    },
    /// `refund.failed`
    RefundFailed {
        /// The refund's id.
        refund: String,
        /// The payment.
        payment_intent: Option<PaymentIntentId>,
        /// How much was to be paid back.
        money: Option<Money>,
    },
    /// `charge.dispute.*`
    Dispute {
        /// The dispute's id.
        dispute: String,
        /// The payment.
        payment_intent: Option<PaymentIntentId>,
        /// How much is disputed.
        money: Option<Money>,
        /// Stripe's word for how it ended, once it has.
        closed_as: Option<String>,
    },
    /// A type that does nothing here.
    Other,
}

/// What an event says of a session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AboutSession {
    /// The session.
    pub id: SessionId,
    /// The order and charge in its metadata.
    pub named: Option<(OrderId, ChargeId)>,
    /// What has become of it.
    pub state: SessionState,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    id: EventId,
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    object: Raw<'a>,
}

/// The members of a charge, a refund or a dispute that are read.
#[derive(Deserialize)]
struct MoneyObject {
    id: String,
    #[serde(default)]
    payment_intent: Option<PaymentIntentId>,
    #[serde(default)]
    amount: Option<i64>,
    #[serde(default)]
    amount_refunded: Option<i64>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    metadata: Option<Metadata>,
}

/// Reads a delivery's body.
///
/// # Errors
/// [`StripeFault::Nonsense`] where it is no event, or one of a known type about something else.
pub fn parse(body: &[u8]) -> Result<Event, StripeFault> {
    let body =
        std::str::from_utf8(body).map_err(|error| StripeFault::Nonsense(error.to_string()))?;
    read(json::from_str(body).map_err(unreadable)?)
}

/// Reads a list of events.
///
/// # Errors
/// [`StripeFault::Nonsense`] where it is none.
pub fn page(json: &str) -> Result<EventPage, StripeFault> {
    #[derive(Deserialize)]
    struct List<'a> {
        #[serde(borrow)]
        data: Vec<Envelope<'a>>,
        has_more: bool,
    }
    let list: List<'_> = json::from_str(json).map_err(unreadable)?;
    let events = list.data.into_iter().map(read).collect::<Result<_, _>>()?;
    Ok(EventPage {
        events,
        more: list.has_more,
    })
}

fn read(event: Envelope<'_>) -> Result<Event, StripeFault> {
    let Raw(object) = event.data.object;
    let about = match event.kind.as_str() {
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed"
        | "checkout.session.expired" => {
            let object = json::from_str(object).map_err(unreadable)?;
            About::Session(session(&event.kind, object)?)
        }
        "charge.refunded"
        | "refund.failed"
        | "charge.dispute.created"
        | "charge.dispute.closed" => {
            let object = json::from_str(object).map_err(unreadable)?;
            money(&event.kind, object)
        }
        _ => About::Other,
    };
    Ok(Event {
        id: event.id,
        kind: event.kind,
        about,
    })
}

/// The type says what the payload, written at another moment than the type's, may not: that a debit
/// failed shows in no member of the session itself.
fn session(kind: &str, object: SessionObject) -> Result<AboutSession, StripeFault> {
    let named = object.named();
    let described = object.describe()?;
    let state = match (kind, described.state) {
        ("checkout.session.async_payment_failed", SessionState::Clearing) => SessionState::Failed,
        (_, state) => state,
    };
    Ok(AboutSession {
        id: described.id,
        named,
        state,
    })
}

fn money(kind: &str, object: MoneyObject) -> About {
    let currency = object.currency.as_deref().and_then(Currency::parse);
    let money = object
        .amount
        .zip(currency)
        .map(|(minor, currency)| Money { minor, currency });
    match (kind, object.payment_intent) {
        ("charge.refunded", Some(payment_intent)) => About::PaidBack {
            payment_intent,
            named: object.metadata.as_ref().and_then(Metadata::named),
            minor: object.amount_refunded.unwrap_or(0),
        },
        // A charge made without a PaymentIntent is none of Checkout's.
        ("charge.refunded", None) => About::Other,
        ("refund.failed", payment_intent) => About::RefundFailed {
            refund: object.id,
            payment_intent,
            money,
        },
        (_, payment_intent) => {
            let closed = kind == "charge.dispute.closed";
            let closed_as = closed.then(|| object.status.unwrap_or_else(|| "closed".to_owned()));
            About::Dispute {
                dispute: object.id,
                payment_intent,
                money,
                closed_as,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(kind: &str, object: &str) -> Result<About, StripeFault> {
        let json = format!(
            r#"{{"id":"evt_1","object":"event","type":"{kind}","data":{{"object":{object}}}}}"#
        );
        parse(json.as_bytes()).map(|event| event.about)
    }

    fn state(kind: &str, status: &str, paid: &str) -> Option<SessionState> {
        let object = format!(r#"{{"id":"cs_1","status":"{status}","payment_status":"{paid}"}}"#);
        match about(kind, &object) {
            Ok(About::Session(session)) => Some(session.state),
            _ => None,
        }
    }

    #[test]
    fn the_four_events_of_a_session() {
        let completed = |paid| state("checkout.session.completed", "complete", paid);
        assert!(matches!(completed("paid"), Some(SessionState::Paid(_))));
        assert_eq!(completed("unpaid"), Some(SessionState::Clearing));
        assert_eq!(
            state(
                "checkout.session.async_payment_failed",
                "complete",
                "unpaid"
            ),
            Some(SessionState::Failed)
        );
        assert!(matches!(
            state(
                "checkout.session.async_payment_succeeded",
                "complete",
                "paid"
            ),
            Some(SessionState::Paid(_))
        ));
        assert_eq!(
            state("checkout.session.expired", "expired", "unpaid"),
            Some(SessionState::Expired)
        );
    }

    #[test]
    fn refunds_and_disputes() {
        let paid_back = about(
            "charge.refunded",
            r#"{"id":"ch_1","payment_intent":"pi_1","amount":500,"amount_refunded":200,"currency":"usd","metadata":{"order_id":"1","charge_id":"2"}}"#,
        );
        let expected = About::PaidBack {
            payment_intent: PaymentIntentId("pi_1".to_owned()),
            named: Some((OrderId(1), ChargeId(2))),
            minor: 200,
        };
        assert_eq!(paid_back, Ok(expected));
        assert_eq!(
            about("charge.refunded", r#"{"id":"ch_1"}"#),
            Ok(About::Other)
        );
        let closed = about("charge.dispute.closed", r#"{"id":"dp_1","status":"lost"}"#);
        assert!(
            matches!(closed, Ok(About::Dispute { closed_as: Some(status), .. }) if status == "lost")
        );
        let failed = about("refund.failed", r#"{"id":"re_1","payment_intent":"pi_1"}"#);
        assert!(matches!(failed, Ok(About::RefundFailed { refund, .. }) if refund == "re_1"));
    }

    #[test]
    fn other_types_are_read_and_left_alone() {
        assert_eq!(
            about("payment_intent.succeeded", r#"{"id":"pi_1"}"#),
            Ok(About::Other)
        );
    }

    #[test]
    fn what_is_no_event_is_said_so() {
        for body in ["", "{}", "[]", r#"{"id":"evt_1","type":"x"}"#] {
            assert!(
                matches!(parse(body.as_bytes()), Err(StripeFault::Nonsense(_))),
                "{body}"
            );
        }
        assert!(
            about(
                "checkout.session.completed",
                r#"{"object":"checkout.session"}"#
            )
            .is_err()
        );
        let odd = r#"{"id":"cs_1","status":"?","payment_status":"paid"}"#;
        assert!(about("checkout.session.completed", odd).is_err());
    }

    #[test]
    fn a_page_of_events() {
        let json = r#"{"object":"list","has_more":true,"data":[{"id":"evt_1","type":"x","data":{"object":{}}}]}"#;
        assert!(page(json).is_ok_and(|page| page.more && page.events.len() == 1));
        assert!(page("[]").is_err());
    }
}
