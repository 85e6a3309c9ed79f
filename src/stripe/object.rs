//! Stripe's JSON objects, as far as they are read, and what they mean here.
//!
//! Unknown members are ignored, as Stripe asks of its clients ("API upgrades": additions are not breaking). A
//! status that is not documented is an error and changes nothing.

use serde::Deserialize;

use super::expandable::Expandable;
use crate::{
    domain::{
        charge::{ChargeName, Identity, Kind},
        error::{Refusal, StripeError},
        event::SessionPage,
        id::{Attempt, InstallationId, PaymentIntentId, RefundId, RequestId, SessionId},
        money::{Currency, Money},
        payment::{
            Details, NewSession, Payment, Refund, RefundReason, RefundStatus, Session,
            SessionState, Waiting,
        },
        time::UnixMillis,
    },
    json::{self, RawValue, Unreadable},
};

/// A Checkout Session (Stripe's API reference, "The Checkout Session object").
#[derive(Clone, Debug, Deserialize)]
pub struct SessionObject {
    /// Its id.
    pub id: SessionId,
    object: String,
    #[serde(default)]
    url: Option<String>,
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
    created: i64,
    #[serde(default)]
    metadata: Option<Metadata>,
}

/// The metadata that our create call writes.
#[derive(Clone, Debug, Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    installation: Option<InstallationId>,
    #[serde(default)]
    attempt: Option<Attempt>,
    #[serde(default)]
    player_id: Option<String>,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    period: Option<String>,
}

impl Metadata {
    fn identity(&self) -> Option<Identity> {
        let attempt = self.attempt.clone()?;
        let is_one = attempt.0.len() == Attempt::LENGTH;
        Some(Identity {
            installation: self.installation.clone()?,
            attempt: Some(attempt).filter(|_| is_one)?,
            charge: ChargeName {
                player_id: self.player_id.clone()?,
                kind: Kind::parse(self.kind.as_deref()?)?,
                period: self.period.clone().unwrap_or_default(),
            },
        })
    }
}

#[derive(Clone, Debug, Deserialize)]
struct PaymentIntent {
    id: PaymentIntentId,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    next_action: Option<NextAction>,
    #[serde(default)]
    latest_charge: Option<Expandable<StripeCharge>>,
}

#[derive(Clone, Debug, Deserialize)]
struct StripeCharge {
    #[serde(default)]
    receipt_url: Option<String>,
    #[serde(default)]
    created: Option<i64>,
    #[serde(default)]
    amount_refunded: i64,
}

/// The action that the payer still has to take (Stripe's API reference, "The PaymentIntent object", `next_action`).
/// Only actions that can follow a complete session are read, each with Stripe's page for it.
#[derive(Clone, Debug, Default, Deserialize)]
struct NextAction {
    #[serde(default)]
    verify_with_microdeposits: Option<Page>,
    #[serde(default)]
    boleto_display_details: Option<Page>,
    #[serde(default)]
    oxxo_display_details: Option<Page>,
    #[serde(default)]
    konbini_display_details: Option<Page>,
    #[serde(default)]
    multibanco_display_details: Option<Page>,
    #[serde(default)]
    display_bank_transfer_instructions: Option<Page>,
}

#[derive(Clone, Debug, Deserialize)]
struct Page {
    #[serde(default)]
    hosted_verification_url: Option<String>,
    #[serde(default)]
    hosted_voucher_url: Option<String>,
    #[serde(default)]
    hosted_instructions_url: Option<String>,
}

impl NextAction {
    fn url(&self) -> Option<String> {
        let pages = [
            &self.verify_with_microdeposits,
            &self.boleto_display_details,
            &self.oxxo_display_details,
            &self.konbini_display_details,
            &self.multibanco_display_details,
            &self.display_bank_transfer_instructions,
        ];
        let page = pages.into_iter().flatten().next()?;
        let urls = [
            &page.hosted_verification_url,
            &page.hosted_voucher_url,
            &page.hosted_instructions_url,
        ];
        urls.into_iter().flatten().next().cloned()
    }
}

/// A list (Stripe's API reference, "Pagination"), whose entries are read one by one.
#[derive(Deserialize)]
pub(super) struct List<'a> {
    object: String,
    #[serde(borrow)]
    pub(super) data: Vec<&'a RawValue>,
    pub(super) has_more: bool,
}

#[derive(Deserialize)]
struct RefundObject {
    id: RefundId,
    amount: i64,
    currency: String,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    created: i64,
    #[serde(default)]
    metadata: Option<RefundMetadata>,
}

/// The metadata that our refunds have.
#[derive(Deserialize)]
struct RefundMetadata {
    #[serde(default)]
    request: Option<RequestId>,
}

impl RefundObject {
    fn describe(self) -> Result<Refund, StripeError> {
        let currency = Currency::parse(&self.currency).ok_or_else(|| invalid("currency"))?;
        // A refund without a status is pending: the money is on its way.
        let status = self.status.as_deref().unwrap_or("pending");
        Ok(Refund {
            id: self.id,
            money: Money {
                minor: self.amount,
                currency,
            },
            status: RefundStatus::parse(status).ok_or_else(|| invalid("a refund's status"))?,
            reason: RefundReason::Refund,
            created: UnixMillis::from_seconds(self.created),
            request: self.metadata.and_then(|metadata| metadata.request),
        })
    }
}

/// An answer that cannot be read.
pub(super) fn unreadable(error: Unreadable) -> StripeError {
    StripeError::InvalidResponse(error.to_string())
}

fn invalid(text: &str) -> StripeError {
    StripeError::InvalidResponse(text.to_owned())
}

/// Reads a session.
///
/// # Errors
/// [`StripeError::InvalidResponse`] if it is no session, or its status is not documented.
pub fn session(json: &str) -> Result<Session, StripeError> {
    session_object(json)?.describe()
}

/// Reads the answer to a create call.
///
/// # Errors
/// [`StripeError::InvalidResponse`] if it is no session.
pub fn new_session(json: &str) -> Result<NewSession, StripeError> {
    let SessionObject { id, url, .. } = session_object(json)?;
    Ok(NewSession { id, url })
}

pub(super) fn session_object(json: &str) -> Result<SessionObject, StripeError> {
    let session: SessionObject = json::from_str(json).map_err(unreadable)?;
    if session.object == "checkout.session" {
        Ok(session)
    } else {
        Err(invalid("it is no checkout.session"))
    }
}

pub(super) fn list(json: &str) -> Result<List<'_>, StripeError> {
    let list: List<'_> = json::from_str(json).map_err(unreadable)?;
    if list.object == "list" {
        Ok(list)
    } else {
        Err(invalid("it is no list"))
    }
}

/// Reads a list of sessions. A session that cannot be read is skipped: it is not one of ours.
///
/// # Errors
/// [`StripeError::InvalidResponse`] if it is no list.
pub fn session_page(json: &str) -> Result<SessionPage, StripeError> {
    #[derive(Deserialize)]
    struct Only {
        id: SessionId,
    }
    let list = list(json)?;
    let sessions = list.data.iter().filter_map(|raw| session(raw.get()).ok());
    let last = list.data.last();
    Ok(SessionPage {
        sessions: sessions.collect(),
        more: list.has_more,
        last: last.and_then(|raw| json::from_raw::<Only>(raw).ok().map(|it| it.id)),
    })
}

/// Reads a refund (Stripe's API reference, "The Refund object").
///
/// # Errors
/// [`StripeError::InvalidResponse`] if it is no refund, or its status is not documented.
pub fn refund(json: &str) -> Result<Refund, StripeError> {
    let refund: RefundObject = json::from_str(json).map_err(unreadable)?;
    refund.describe()
}

/// Reads a list of refunds, and whether there are more.
///
/// # Errors
/// [`StripeError::InvalidResponse`] if it is no list, or a refund's status is not documented: a sum without
/// that refund would be wrong.
pub fn refund_page(json: &str) -> Result<(Vec<Refund>, bool), StripeError> {
    let list = list(json)?;
    let refunds = list.data.iter().map(|raw| {
        let refund: RefundObject = json::from_raw(raw).map_err(unreadable)?;
        refund.describe()
    });
    Ok((refunds.collect::<Result<_, StripeError>>()?, list.has_more))
}

/// The refusal in an error object (Stripe's API reference, "Errors"); `None` if the body is no error object. Only
/// type, code and parameter are kept: the message may repeat what was sent, such as an address.
#[must_use]
pub fn refusal(json: &str) -> Option<Refusal> {
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
    let Body { error } = json::from_str(json).ok()?;
    Some(Refusal {
        kind: error.kind,
        code: error.code.unwrap_or_default(),
        param: error.param.unwrap_or_default(),
    })
}

impl SessionObject {
    /// The session that the object describes.
    ///
    /// # Errors
    /// [`StripeError::InvalidResponse`] for a status that is not documented.
    pub fn describe(self) -> Result<Session, StripeError> {
        let state = match (self.status.as_deref(), self.payment_status.as_deref()) {
            (Some("open"), _) => SessionState::Open {
                url: self.url.clone(),
            },
            (Some("expired"), _) => SessionState::Expired,
            (Some("complete"), Some("paid" | "no_payment_required")) => {
                SessionState::Paid(self.payment())
            }
            (Some("complete"), Some("unpaid")) => self.unpaid()?,
            (status, paid) => {
                let text = format!("a session's status is {status:?}, {paid:?}");
                return Err(StripeError::InvalidResponse(text));
            }
        };
        Ok(Session {
            identity: self.identity(),
            money: self.money(),
            created: UnixMillis::from_seconds(self.created),
            id: self.id,
            state,
        })
    }

    /// The order that it was made for, if our own create call made it.
    #[must_use]
    pub fn identity(&self) -> Option<Identity> {
        self.metadata.as_ref().and_then(Metadata::identity)
    }

    fn money(&self) -> Option<Money> {
        let currency = self.currency.as_deref().and_then(Currency::parse);
        let money = self.amount_total.zip(currency);
        money.map(|(minor, currency)| Money { minor, currency })
    }

    /// The evidence of its payment.
    fn payment(&self) -> Payment {
        let (payment_intent, charge) = match &self.payment_intent {
            None => (None, None),
            Some(Expandable::Id(id)) => (Some(PaymentIntentId(id.clone())), None),
            Some(Expandable::Object(intent)) => {
                let charge = match &intent.latest_charge {
                    Some(Expandable::Object(charge)) => Some(charge),
                    Some(Expandable::Id(_)) | None => None,
                };
                (Some(intent.id.clone()), charge)
            }
        };
        let at = charge.and_then(|charge| charge.created);
        Payment {
            session: self.id.clone(),
            payment_intent,
            money: self.money(),
            at: at.map(UnixMillis::from_seconds),
            details: charge.map(|charge| Details {
                receipt_url: charge.receipt_url.clone(),
                has_refunds: charge.amount_refunded > 0,
            }),
        }
    }

    /// The state of a complete session without its money: the payment method is a delayed one. If the payment
    /// fails, the PaymentIntent waits for another method, while the session stays complete (Stripe docs, "How
    /// PaymentIntents work").
    fn unpaid(&self) -> Result<SessionState, StripeError> {
        let intent = match &self.payment_intent {
            Some(Expandable::Object(intent)) => intent,
            Some(Expandable::Id(_)) | None => return Ok(SessionState::Processing(Waiting::Bank)),
        };
        match intent.status.as_deref() {
            Some("requires_payment_method" | "canceled") => Ok(SessionState::Failed),
            Some("requires_action") => {
                let url = intent.next_action.as_ref().and_then(NextAction::url);
                Ok(SessionState::Processing(Waiting::Payer { url }))
            }
            Some("processing" | "requires_capture" | "requires_confirmation" | "succeeded")
            | None => Ok(SessionState::Processing(Waiting::Bank)),
            Some(other) => {
                let text = format!("a payment intent's status is {other:?}");
                Err(StripeError::InvalidResponse(text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(members: &str) -> String {
        format!(
            r#"{{"id":"cs_test_1","object":"checkout.session","created":1800000000,{members}}}"#
        )
    }

    fn state(members: &str) -> Result<SessionState, StripeError> {
        session(&json(members)).map(|session| session.state)
    }

    #[test]
    fn every_documented_status() {
        assert_eq!(
            state(r#""status":"open","payment_status":"unpaid","url":"https://x/""#),
            Ok(SessionState::Open {
                url: Some("https://x/".to_owned())
            })
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
        let bank = || Ok(SessionState::Processing(Waiting::Bank));
        assert_eq!(unpaid(r#""pi_1""#), bank());
        assert_eq!(unpaid(r#"{"id":"pi_1","status":"processing"}"#), bank());
        assert_eq!(
            unpaid(r#"{"id":"pi_1","status":"requires_payment_method"}"#),
            Ok(SessionState::Failed)
        );
        for odd in [
            r#""status":"half","payment_status":"unpaid""#,
            r#""status":"complete","payment_status":null"#,
            r#""status":"complete","payment_status":"unpaid","payment_intent":{"id":"pi_1","status":"?"}"#,
        ] {
            assert!(
                matches!(state(odd), Err(StripeError::InvalidResponse(_))),
                "{odd}"
            );
        }
    }

    #[test]
    fn what_the_payer_has_still_to_do_comes_with_stripes_page() {
        let waiting = |action: &str| {
            state(&format!(
                r#""status":"complete","payment_status":"unpaid","payment_intent":{{"id":"pi_1","status":"requires_action","next_action":{action}}}"#
            ))
        };
        let payer = |url: Option<&str>| {
            let url = url.map(str::to_owned);
            Ok(SessionState::Processing(Waiting::Payer { url }))
        };
        for (action, url) in [
            (
                r#"{"type":"verify_with_microdeposits","verify_with_microdeposits":{"arrival_date":1,"hosted_verification_url":"https://payments.stripe.com/m"}}"#,
                Some("https://payments.stripe.com/m"),
            ),
            (
                r#"{"type":"oxxo_display_details","oxxo_display_details":{"hosted_voucher_url":"https://payments.stripe.com/v"}}"#,
                Some("https://payments.stripe.com/v"),
            ),
            (r#"{"type":"use_stripe_sdk"}"#, None),
            ("null", None),
        ] {
            assert_eq!(waiting(action), payer(url), "{action}");
        }
    }

    #[test]
    fn a_payment_carries_what_a_refund_needs() {
        let paid = state(
            r#""status":"complete","payment_status":"paid","amount_total":15000,"currency":"usd",
               "payment_intent":{"id":"pi_1","latest_charge":{"id":"ch_1","created":1800000100,"amount_refunded":0,"receipt_url":"https://pay.stripe.com/r"}}"#,
        );
        let expected = Payment {
            session: SessionId("cs_test_1".to_owned()),
            payment_intent: Some(PaymentIntentId("pi_1".to_owned())),
            money: Some(Money {
                minor: 15_000,
                currency: Currency::USD,
            }),
            at: Some(UnixMillis(1_800_000_100_000)),
            details: Some(Details {
                receipt_url: Some("https://pay.stripe.com/r".to_owned()),
                has_refunds: false,
            }),
        };
        assert_eq!(paid, Ok(SessionState::Paid(expected)));
    }

    #[test]
    fn only_our_own_metadata_names_an_order() {
        let identity = |metadata: &str| {
            let json = json(&format!(
                r#""status":"open","client_reference_id":"26","metadata":{metadata}"#
            ));
            session(&json).ok().and_then(|session| session.identity)
        };
        let attempt = "0".repeat(32);
        let ours = format!(
            r#"{{"installation":"i","attempt":"{attempt}","order_id":"26","charge_id":"2","player_id":"26","kind":"monthly","period":"2026-05"}}"#
        );
        assert_eq!(
            identity(&ours),
            Some(Identity {
                installation: InstallationId("i".to_owned()),
                attempt: Attempt(attempt),
                charge: ChargeName {
                    player_id: "26".to_owned(),
                    kind: Kind::Monthly,
                    period: "2026-05".to_owned(),
                },
            })
        );
        let without_month = identity(&ours.replace(r#","period":"2026-05""#, ""));
        assert_eq!(
            without_month.map(|identity| identity.charge.period),
            Some(String::new())
        );
        for foreign in [
            "null",
            "{}",
            r#"{"order_id":"26","charge_id":"2"}"#,
            r#"{"installation":"i","attempt":"short","charge_id":"2","player_id":"26","kind":"monthly"}"#,
            &ours.replace("monthly", "x"),
            &ours.replace("player_id", "player"),
        ] {
            assert_eq!(identity(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_refusal_keeps_stripes_words_and_not_ours() {
        let email = r#"{"error":{"type":"invalid_request_error","code":"email_invalid","param":"customer_email","message":"Invalid email address: a@b"}}"#;
        let refusal = refusal(email).unwrap_or_default();
        assert_eq!(
            refusal.to_string(),
            "invalid_request_error email_invalid customer_email"
        );
        assert!(refusal.is_about_email());
        assert_eq!(super::refusal("<html>"), None);
    }

    #[test]
    fn lists_are_read_entry_by_entry() {
        let page = session_page(
            r#"{"object":"list","has_more":true,"data":[{"id":"cs_1","object":"checkout.session","status":"open"},{"id":"cs_2","object":"checkout.session","status":"?"}]}"#,
        );
        let page = page.unwrap_or_else(|error| unreachable!("{error:?}"));
        assert_eq!((page.sessions.len(), page.more), (1, true));
        assert_eq!(page.last, Some(SessionId("cs_2".to_owned())));
        assert!(session_page(r#"{"data":[],"has_more":false}"#).is_err());
        let refunds = |status: &str| {
            refund_page(&format!(
                r#"{{"object":"list","has_more":false,"data":[{{"id":"re_1","amount":5,"currency":"usd","status":{status}}}]}}"#
            ))
        };
        assert!(refunds(r#""succeeded""#).is_ok_and(|(refunds, _)| refunds[0].status.counts()));
        assert!(refunds(r#""failed""#).is_ok_and(|(refunds, _)| !refunds[0].status.counts()));
        assert!(
            refunds("null").is_ok_and(|(refunds, _)| refunds[0].status == RefundStatus::Pending)
        );
        assert!(refunds(r#""lost""#).is_err());
    }
}
