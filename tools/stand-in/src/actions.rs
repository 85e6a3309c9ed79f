//! What happens to sessions and payments without an API call: payers, banks, the clock.
//!
//! Each action emits the events that Stripe would, each with its object as of that moment.

mod effects;

use std::fmt;

use crate::error::ApiError;
use crate::events::EventType;
use crate::ids::{DisputeId, PaymentIntentId, RefundId};
use crate::params::Args;
use crate::payments::{Dispute, DisputeStatus, IntentStatus, PaymentIntent, RefundStatus};
use crate::session::{Completion, Session, Status};
use crate::stripe::Stripe;

/// An action that Stripe, or the state of things, does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Stripe's error code where it has one, such as `charge_already_refunded`.
    pub code: Option<&'static str>,
    /// For people.
    pub message: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refused {}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self {
            code: error.code,
            message: error.message,
        }
    }
}

impl Refused {
    fn because(message: impl Into<String>) -> Self {
        Self {
            code: None,
            message: message.into(),
        }
    }
}

impl Stripe {
    /// Lets the clock act: open sessions past their `expires_at` expire. Takes the caller's unix ms
    /// and returns Stripe's.
    pub fn tick(&mut self, now_ms: i64) -> i64 {
        let now_ms = now_ms + self.clock_offset_ms();
        let lapsed: Vec<_> = self
            .account
            .sessions
            .iter()
            .filter(|s| s.status == Status::Open && !s.is_open(now_ms))
            .map(|s| s.id.clone())
            .collect();
        for id in lapsed {
            self.close(&id, Status::Expired, EventType::SessionExpired, now_ms);
        }
        now_ms
    }

    /// A payer pays an open session by card. A session whose total is zero completes without a
    /// payment, which is the `None`.
    pub fn pay(&mut self, session: &str, now_ms: i64) -> Result<Option<PaymentIntentId>, Refused> {
        let now_ms = self.tick(now_ms);
        let session = self.open_session(session)?;
        if session.amount_total == 0 {
            let id = session.id.clone();
            let status = Status::Complete(Completion::Free);
            self.close(&id, status, EventType::SessionCompleted, now_ms);
            return Ok(None);
        }
        let intent = self.start_payment(session, "card".into(), now_ms);
        self.arrive(&intent, now_ms);
        let status = Status::Complete(Completion::By(intent.id.clone()));
        self.close(&intent.session, status, EventType::SessionCompleted, now_ms);
        Ok(Some(intent.id))
    }

    /// A payer pays an open session by bank debit: the session is complete and not yet paid.
    pub fn pay_by_debit(&mut self, session: &str, now_ms: i64) -> Result<PaymentIntentId, Refused> {
        let now_ms = self.tick(now_ms);
        let session = self.open_session(session)?;
        let method = session.debit_method().map(str::to_owned);
        let method = method.ok_or_else(|| Refused::because("This session takes no bank debit."))?;
        if session.amount_total == 0 {
            return Err(Refused::because("There is nothing to debit."));
        }
        let intent = self.start_payment(session, method, now_ms);
        let status = Status::Complete(Completion::By(intent.id.clone()));
        self.close(&intent.session, status, EventType::SessionCompleted, now_ms);
        Ok(intent.id)
    }

    /// The bank debit of a session clears, or fails.
    pub fn settle_debit(
        &mut self,
        session: &str,
        success: bool,
        now_ms: i64,
    ) -> Result<(), Refused> {
        let now_ms = self.tick(now_ms);
        let intent = self.session_intent(session)?;
        if intent.status != IntentStatus::Processing {
            return Err(Refused::because(
                "No bank debit of this session is clearing.",
            ));
        }
        let event = if success {
            self.arrive(&intent, now_ms);
            EventType::SessionAsyncPaymentSucceeded
        } else {
            self.bounce(&intent, now_ms);
            EventType::SessionAsyncPaymentFailed
        };
        self.emit_session(&intent.session, event, now_ms);
        Ok(())
    }

    /// A payer's card is declined: the session stays open.
    pub fn decline(&mut self, session: &str, now_ms: i64) -> Result<(), Refused> {
        self.tick(now_ms);
        let id = self.open_session(session)?.id;
        if let Some(session) = self.account.sessions.get_mut(&id) {
            session.declined += 1;
        }
        Ok(())
    }

    /// An open session expires now, whatever its `expires_at`.
    pub fn expire(&mut self, session: &str, now_ms: i64) -> Result<(), Refused> {
        let now_ms = self.tick(now_ms);
        Ok(self.expire_open(session, now_ms)?)
    }

    /// Refunds a payment, all that is left of it where no amount (minor units) is given.
    pub fn refund(
        &mut self,
        payment_intent: &str,
        amount: Option<i64>,
        now_ms: i64,
    ) -> Result<RefundId, Refused> {
        let now_ms = self.tick(now_ms);
        let charge = self.charge_of_intent(payment_intent)?;
        Ok(self.refund_charge(&charge, amount, &Args::new(), now_ms)?)
    }

    /// The payer's bank sends a refund back: the charge counts as less refunded again.
    pub fn fail_refund(&mut self, refund: &str, now_ms: i64) -> Result<(), Refused> {
        let now_ms = self.tick(now_ms);
        let refund = self
            .account
            .refunds
            .get_mut(refund)
            .filter(|refund| refund.status == RefundStatus::Succeeded)
            .ok_or_else(|| Refused::because("There is no such refund that could fail."))?;
        refund.status = RefundStatus::Failed;
        let refund = refund.clone();
        if let Some(charge) = self.account.charges.get_mut(&refund.charge) {
            charge.amount_refunded -= refund.amount;
        }
        self.emit(EventType::RefundFailed, refund.json(), now_ms);
        Ok(())
    }

    /// The payer disputes a payment that arrived.
    pub fn dispute(&mut self, payment_intent: &str, now_ms: i64) -> Result<DisputeId, Refused> {
        let now_ms = self.tick(now_ms);
        let id = self.charge_of_intent(payment_intent)?;
        let dispute_id = self.next_id();
        let charge = self
            .account
            .charges
            .get_mut(&id)
            .filter(|charge| !charge.disputed)
            .ok_or_else(|| Refused::because("This charge is disputed already."))?;
        charge.disputed = true;
        let dispute = Dispute {
            id: dispute_id,
            charge: id,
            payment_intent: charge.payment_intent.clone(),
            created: now_ms / 1000,
            amount: charge.amount,
            currency: charge.currency.clone(),
            status: DisputeStatus::NeedsResponse,
        };
        self.emit(EventType::ChargeDisputeCreated, dispute.json(), now_ms);
        let id = dispute.id.clone();
        self.account.disputes.insert(dispute);
        Ok(id)
    }

    /// An open dispute ends; `won` means that the merchant keeps the money.
    pub fn close_dispute(&mut self, dispute: &str, won: bool, now_ms: i64) -> Result<(), Refused> {
        let now_ms = self.tick(now_ms);
        let dispute = self
            .account
            .disputes
            .get_mut(dispute)
            .filter(|dispute| dispute.status == DisputeStatus::NeedsResponse)
            .ok_or_else(|| Refused::because("There is no such open dispute."))?;
        dispute.status = if won {
            DisputeStatus::Won
        } else {
            DisputeStatus::Lost
        };
        let object = dispute.json();
        self.emit(EventType::ChargeDisputeClosed, object, now_ms);
        Ok(())
    }

    /// The payment intent that completed a session.
    pub fn session_intent(&self, session: &str) -> Result<PaymentIntent, Refused> {
        let session = self
            .account
            .sessions
            .get(session)
            .ok_or_else(|| no_session(session))?;
        let intent = session
            .payment_intent()
            .and_then(|id| self.account.intents.get(id));
        intent
            .cloned()
            .ok_or_else(|| Refused::because("Nobody has paid this session."))
    }

    /// Expires an open session, as the API's expire and the clock do; `now_ms` is Stripe's.
    pub(crate) fn expire_open(&mut self, id: &str, now_ms: i64) -> Result<(), ApiError> {
        let session = self.account.sessions.get(id);
        let session =
            session.ok_or_else(|| ApiError::missing("checkout.session", "session", id))?;
        if session.status != Status::Open {
            let message = format!(
                "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout \
                 Session has a status of `{}`.",
                session.status.name()
            );
            return Err(ApiError::invalid(message).executed());
        }
        let id = session.id.clone();
        self.close(&id, Status::Expired, EventType::SessionExpired, now_ms);
        Ok(())
    }

    fn open_session(&self, id: &str) -> Result<Session, Refused> {
        let session = self
            .account
            .sessions
            .get(id)
            .ok_or_else(|| no_session(id))?;
        if session.status != Status::Open {
            let status = session.status.name();
            return Err(Refused::because(format!("This session is {status}.")));
        }
        Ok(session.clone())
    }
}

fn no_session(id: &str) -> Refused {
    Refused::because(format!("There is no session {id}."))
}
