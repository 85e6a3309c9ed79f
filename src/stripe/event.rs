//! One of Stripe's events, read from a delivery's body or from a list (Stripe's API reference, "The Event
//! object"), in the shapes of this version and of those since 2023-08-16.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{
    expandable::Expandable,
    object::{self, SessionObject},
    version::OLD_REFUND_UPDATED,
};
use crate::{
    domain::{
        error::StripeError,
        event::{About, DisputeEnd, Event, EventPage},
        id::{EventId, Mode, PaymentIntentId, RefundId},
        money::{Currency, Money},
        payment::{Session, SessionState},
        time::UnixMillis,
    },
    encode::hex,
    json::{self, RawValue},
};

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(default)]
    id: Option<EventId>,
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    created: Option<i64>,
    #[serde(default)]
    livemode: Option<bool>,
    #[serde(borrow, default)]
    data: Option<Data<'a>>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    object: &'a RawValue,
}

/// The members of a charge, a refund or a dispute that are read.
#[derive(Deserialize)]
struct MoneyObject {
    id: RefundId,
    #[serde(default)]
    payment_intent: Option<Expandable<Only>>,
    #[serde(default)]
    amount: Option<i64>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    evidence_details: Option<EvidenceDetails>,
}

/// Of a dispute. `due_by` is in unix seconds; 0 if the payer's bank takes no answer (Stripe's API reference, "The Dispute object").
#[derive(Deserialize)]
struct EvidenceDetails {
    #[serde(default)]
    due_by: Option<i64>,
}

#[derive(Deserialize)]
struct Only {
    id: String,
}

/// Reads a delivery's body. It was signed, so it is Stripe's, whatever is in it. If it cannot be read, the
/// event is [`About::Unreadable`]. After an error Stripe would deliver it again for days, and then disable
/// the endpoint.
#[must_use]
pub fn parse(body: &[u8], now: UnixMillis) -> Event {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let envelope = json::from_str::<Envelope<'_>>(text).ok();
    let event = envelope.and_then(|envelope| read(envelope, now));
    event.unwrap_or_else(|| {
        let digest = hex(&Sha256::digest(body));
        Event {
            id: EventId(format!(
                "unreadable_{}",
                digest.get(..32).unwrap_or_default()
            )),
            kind: "unknown".to_owned(),
            created: now,
            mode: None,
            about: About::Unreadable,
        }
    })
}

/// Reads a list of events, each on its own.
///
/// # Errors
/// [`StripeError::InvalidResponse`] if it is no list, or an entry has no id.
pub fn page(json: &str) -> Result<EventPage, StripeError> {
    let list = object::list(json)?;
    let events = list.data.iter().map(|raw| {
        let envelope = json::from_str(raw.get()).map_err(object::unreadable)?;
        let without_id = || StripeError::InvalidResponse("an event without its id".to_owned());
        read(envelope, UnixMillis(0)).ok_or_else(without_id)
    });
    Ok(EventPage {
        events: events.collect::<Result<_, _>>()?,
        more: list.has_more,
    })
}

fn read(event: Envelope<'_>, now: UnixMillis) -> Option<Event> {
    let kind = event.kind.unwrap_or_default();
    let about = match event.data {
        Some(Data { object }) => about(&kind, object.get()),
        None => About::Unreadable,
    };
    Some(Event {
        id: event.id?,
        created: event.created.map_or(now, UnixMillis::from_seconds),
        mode: event.livemode.map(Mode::of_livemode),
        about,
        kind,
    })
}

fn about(kind: &str, object: &str) -> About {
    let read = match kind {
        "checkout.session.completed"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed"
        | "checkout.session.expired" => object::session_object(object)
            .ok()
            .map(|object| session(kind, object)),
        "charge.refunded" | "refund.created" | "refund.updated" | "refund.failed"
        | OLD_REFUND_UPDATED => json::from_str(object)
            .ok()
            .map(|object| refunds(kind, object)),
        "charge.dispute.created" | "charge.dispute.closed" => json::from_str(object)
            .ok()
            .map(|object| dispute(kind, object)),
        _ => Some(About::Other),
    };
    read.unwrap_or(About::Unreadable)
}

/// An event's type can say more than its payload: no member of a session shows that a bank debit failed.
fn session(kind: &str, object: SessionObject) -> About {
    let (id, identity) = (object.id.clone(), object.identity());
    let Ok(described) = object.describe() else {
        return About::UnclearSession {
            session: id,
            identity,
        };
    };
    let state = match (kind, described.state) {
        ("checkout.session.async_payment_failed", SessionState::Processing(_)) => {
            SessionState::Failed
        }
        (_, state) => state,
    };
    About::Session(Session { state, ..described })
}

impl MoneyObject {
    fn money(&self) -> Option<Money> {
        let currency = self.currency.as_deref().and_then(Currency::parse);
        let money = self.amount.zip(currency);
        money.map(|(minor, currency)| Money { minor, currency })
    }

    /// The payment. A charge without a PaymentIntent was not made by Checkout.
    fn payment_intent(&self) -> Option<PaymentIntentId> {
        let id = match self.payment_intent.as_ref()? {
            Expandable::Id(id) | Expandable::Object(Only { id }) => id,
        };
        Some(PaymentIntentId(id.clone()))
    }
}

fn refunds(kind: &str, object: MoneyObject) -> About {
    let Some(payment_intent) = object.payment_intent() else {
        return About::Other;
    };
    let has_failed = kind != "charge.refunded" && object.status.as_deref() == Some("failed");
    let money = object.money();
    About::Refunds {
        payment_intent,
        failed: has_failed.then_some((object.id, money)),
    }
}

fn dispute(kind: &str, object: MoneyObject) -> About {
    let Some(payment_intent) = object.payment_intent() else {
        return About::Other;
    };
    let money = object.money();
    let details = object.evidence_details;
    let due_by = details.and_then(|details| details.due_by);
    let closed = (kind == "charge.dispute.closed").then(|| match object.status {
        Some(status) if status == "lost" => DisputeEnd::Lost,
        Some(status) => DisputeEnd::Kept(status),
        None => DisputeEnd::Kept("closed".to_owned()),
    });
    About::Dispute {
        dispute: object.id,
        payment_intent,
        money,
        due_by: due_by
            .filter(|seconds| *seconds > 0)
            .map(UnixMillis::from_seconds),
        closed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::payment::Waiting;

    const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

    fn about(kind: &str, object: &str) -> About {
        let json = format!(
            r#"{{"id":"evt_1","object":"event","created":1800000001,"livemode":false,"type":"{kind}","data":{{"object":{object}}}}}"#
        );
        let event = parse(json.as_bytes(), NOW);
        assert_eq!(
            (event.id.0.as_str(), event.mode),
            ("evt_1", Some(Mode::Test))
        );
        assert_eq!(event.created, UnixMillis(1_800_000_001_000));
        event.about
    }

    fn state(kind: &str, status: &str, paid: &str) -> Option<SessionState> {
        let object = format!(
            r#"{{"id":"cs_1","object":"checkout.session","status":"{status}","payment_status":"{paid}"}}"#
        );
        match about(kind, &object) {
            About::Session(session) => Some(session.state),
            About::UnclearSession { .. }
            | About::Refunds { .. }
            | About::Dispute { .. }
            | About::Unreadable
            | About::Other => None,
        }
    }

    #[test]
    fn the_four_events_of_a_session() {
        let completed = |paid| state("checkout.session.completed", "complete", paid);
        assert!(matches!(completed("paid"), Some(SessionState::Paid(_))));
        assert_eq!(
            completed("unpaid"),
            Some(SessionState::Processing(Waiting::Bank))
        );
        let failed = "checkout.session.async_payment_failed";
        assert_eq!(
            state(failed, "complete", "unpaid"),
            Some(SessionState::Failed)
        );
        let succeeded = "checkout.session.async_payment_succeeded";
        assert!(matches!(
            state(succeeded, "complete", "paid"),
            Some(SessionState::Paid(_))
        ));
        assert_eq!(
            state("checkout.session.expired", "expired", "unpaid"),
            Some(SessionState::Expired)
        );
    }

    #[test]
    fn refunds_of_every_version() {
        let intent = PaymentIntentId("pi_1".to_owned());
        let changed = About::Refunds {
            payment_intent: intent.clone(),
            failed: None,
        };
        let charge = r#"{"id":"ch_1","object":"charge","payment_intent":"pi_1","amount":500,"amount_refunded":200,"currency":"usd","status":"succeeded"}"#;
        assert_eq!(about("charge.refunded", charge), changed);
        let refund = |status: &str| {
            format!(
                r#"{{"id":"re_1","object":"refund","payment_intent":"pi_1","amount":200,"currency":"usd","status":"{status}"}}"#
            )
        };
        assert_eq!(about("refund.created", &refund("pending")), changed);
        assert_eq!(about("refund.updated", &refund("succeeded")), changed);
        let failed = About::Refunds {
            payment_intent: intent,
            failed: Some((
                RefundId("re_1".to_owned()),
                Some(Money {
                    minor: 200,
                    currency: Currency::USD,
                }),
            )),
        };
        assert_eq!(about("refund.failed", &refund("failed")), failed);
        // The type that an endpoint older than 2024-10-28.acacia gets.
        assert_eq!(about("charge.refund.updated", &refund("failed")), failed);
        assert_eq!(about("charge.refunded", r#"{"id":"ch_1"}"#), About::Other);
    }

    #[test]
    fn disputes() {
        let closed = |status: &str| {
            let object =
                format!(r#"{{"id":"dp_1","payment_intent":{{"id":"pi_1"}},"status":"{status}"}}"#);
            match about("charge.dispute.closed", &object) {
                About::Dispute { closed, .. } => closed,
                About::Session(_)
                | About::UnclearSession { .. }
                | About::Refunds { .. }
                | About::Unreadable
                | About::Other => None,
            }
        };
        assert_eq!(closed("lost"), Some(DisputeEnd::Lost));
        for kept in ["won", "warning_closed", "prevented"] {
            assert_eq!(closed(kept), Some(DisputeEnd::Kept(kept.to_owned())));
        }
        let opened = about(
            "charge.dispute.created",
            r#"{"id":"dp_1","payment_intent":"pi_1","amount":5,"currency":"usd","status":"needs_response"}"#,
        );
        assert!(matches!(opened, About::Dispute { closed: None, .. }));
    }

    #[test]
    fn a_dispute_has_its_deadline_if_stripe_says_so() {
        let due_by = |details: &str| {
            let object = format!(
                r#"{{"id":"dp_1","payment_intent":"pi_1","amount":5,"currency":"usd","status":"needs_response"{details}}}"#
            );
            match about("charge.dispute.created", &object) {
                About::Dispute { due_by, .. } => due_by,
                About::Session(_)
                | About::UnclearSession { .. }
                | About::Refunds { .. }
                | About::Unreadable
                | About::Other => unreachable!("{object}"),
            }
        };
        for (details, expected) in [
            (
                r#","evidence_details":{"due_by":1800000000,"past_due":false}"#,
                Some(UnixMillis(1_800_000_000_000)),
            ),
            (r#","evidence_details":{"due_by":null}"#, None),
            (r#","evidence_details":{"due_by":0}"#, None),
            (r#","evidence_details":{}"#, None),
            (r#","evidence_details":null"#, None),
            ("", None),
        ] {
            assert_eq!(due_by(details), expected, "{details}");
        }
    }

    #[test]
    fn other_types_are_read_and_left_alone() {
        assert_eq!(
            about("payment_intent.succeeded", r#"{"id":"pi_1"}"#),
            About::Other
        );
    }

    #[test]
    fn what_cannot_be_read_is_an_event_all_the_same() {
        for body in ["", "[]", "{}", r#"{"type":"x"}"#, "\u{7}"] {
            let event = parse(body.as_bytes(), NOW);
            assert_eq!(event.about, About::Unreadable, "{body}");
            assert!(event.id.0.starts_with("unreadable_"), "{body}");
        }
        // A thin event has no object (Stripe docs, "Thin events").
        let thin = parse(
            br#"{"id":"evt_t","object":"v2.core.event","type":"checkout.session.completed"}"#,
            NOW,
        );
        assert_eq!(
            (thin.id.0.as_str(), thin.about),
            ("evt_t", About::Unreadable)
        );
        let other = r#"{"id":"re_1","object":"refund"}"#;
        assert_eq!(
            about("checkout.session.completed", other),
            About::Unreadable
        );
        assert_ne!(parse(b"a", NOW).id, parse(b"b", NOW).id);
    }

    #[test]
    fn a_session_whose_status_does_not_say_is_to_be_asked_for() {
        for status in ["null", "\"?\""] {
            let object = format!(
                r#"{{"id":"cs_1","object":"checkout.session","status":{status},"payment_status":"paid"}}"#
            );
            let about = about("checkout.session.completed", &object);
            assert!(matches!(about, About::UnclearSession { .. }), "{status}");
        }
    }

    #[test]
    fn a_page_of_events() {
        let json = r#"{"object":"list","has_more":true,"data":[
            {"id":"evt_2","type":"x","created":5,"data":{"object":{}}},
            {"id":"evt_1","type":"refund.failed","created":4,"data":{"object":{"id":5}}}]}"#;
        let page = page(json).unwrap_or_else(|error| unreachable!("{error:?}"));
        assert!(page.more && page.events.len() == 2);
        assert_eq!(page.events[0].about, About::Other);
        assert_eq!(page.events[1].about, About::Unreadable);
        assert!(super::page("[]").is_err());
    }
}
