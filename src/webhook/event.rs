//! One event of Stripe's, read from a delivery's body (Stripe's API reference, "The Event object").

use serde::Deserialize;

use crate::{
    order::{ChargeId, EventId, OrderId, SessionId},
    ports::{SessionState, StripeFault},
    stripe::object::{SessionObject, unreadable},
};

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    /// Its id: what makes it act once.
    pub id: EventId,
    /// Its type.
    pub kind: String,
    /// What it says of a Checkout Session; `None` for a type that does nothing here.
    pub session: Option<EventSession>,
}

/// What an event says of a session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventSession {
    /// The session.
    pub id: SessionId,
    /// The order and charge in its metadata.
    pub named: Option<(OrderId, ChargeId)>,
    /// What has become of it.
    pub state: SessionState,
}

/// Reads a delivery's body.
///
/// # Errors
/// [`StripeFault::Nonsense`] where it is no event, or one of a known type about no session.
pub fn parse(body: &[u8]) -> Result<Event, StripeFault> {
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
        object: &'a serde_json::value::RawValue,
    }
    let nonsense = |error: serde_json::Error| StripeFault::Nonsense(unreadable(&error));
    let event: Envelope<'_> = serde_json::from_slice(body).map_err(nonsense)?;
    let session = match event.kind.as_str() {
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed"
        | "checkout.session.expired" => {
            let object: SessionObject =
                serde_json::from_str(event.data.object.get()).map_err(nonsense)?;
            Some(about(&event.kind, object)?)
        }
        _ => None,
    };
    Ok(Event {
        id: event.id,
        kind: event.kind,
        session,
    })
}

/// The type says what the payload, written at another moment than the type's, may not: that a debit
/// failed shows in no member of the session itself.
fn about(kind: &str, object: SessionObject) -> Result<EventSession, StripeFault> {
    let named = object.named();
    let described = object.describe()?;
    let state = match (kind, described.state) {
        ("checkout.session.async_payment_failed", SessionState::Clearing) => SessionState::Failed,
        (_, state) => state,
    };
    Ok(EventSession {
        id: described.id,
        named,
        state,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, object: &str) -> Result<Event, StripeFault> {
        parse(
            format!(
                r#"{{"id":"evt_1","object":"event","type":"{kind}","data":{{"object":{object}}}}}"#
            )
            .as_bytes(),
        )
    }

    fn state(kind: &str, status: &str, paid: &str) -> Option<SessionState> {
        let object = format!(r#"{{"id":"cs_1","status":"{status}","payment_status":"{paid}"}}"#);
        Some(event(kind, &object).ok()?.session?.state)
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
    fn other_types_are_read_and_left_alone() {
        let other = event("payment_intent.succeeded", r#"{"id":"pi_1"}"#);
        assert!(other.is_ok_and(|event| event.session.is_none()));
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
            event(
                "checkout.session.completed",
                r#"{"object":"checkout.session"}"#
            )
            .is_err()
        );
        assert!(
            event(
                "checkout.session.completed",
                r#"{"id":"cs_1","status":"?","payment_status":"paid"}"#
            )
            .is_err()
        );
    }
}
