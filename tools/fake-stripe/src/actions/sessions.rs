//! The actions of payers, their banks and the clock on sessions and their payments.

use crate::error::ApiError;
use crate::events::EventType;
use crate::ids::PaymentIntentId;
use crate::payments::{IntentStatus, NextAction, PaymentFailure, PaymentIntent};
use crate::refused::Refused;
use crate::session::{Completion, Session, Status};
use crate::stripe::Stripe;

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
            .map(|s| (s.id.clone(), s.expires_at * 1000))
            .collect();
        for (id, then_ms) in lapsed {
            self.close(&id, Status::Expired, EventType::SessionExpired, then_ms);
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
        let status = IntentStatus::Processing;
        let intent = self.start_payment(session, "card", status, now_ms);
        self.succeed_payment(&intent, now_ms);
        self.complete(&intent, now_ms);
        Ok(Some(intent.id))
    }

    /// A payer pays an open session by bank debit: the session is complete and not yet paid (Stripe
    /// docs, "Fulfill orders", delayed payment methods).
    pub fn pay_by_debit(&mut self, session: &str, now_ms: i64) -> Result<PaymentIntentId, Refused> {
        let now_ms = self.tick(now_ms);
        let session = self.open_session(session)?;
        let method = session.debit_method().map(str::to_owned);
        let method = method.ok_or_else(|| Refused::because("This session takes no bank debit."))?;
        self.pay_later(session, &method, IntentStatus::Processing, now_ms)
    }

    /// A payer pays an open session by bank debit from an account that has to be verified by small
    /// deposits first: the session is complete, and its intent waits in `requires_action` (Stripe
    /// docs, "Accept an ACH Direct Debit payment", "Verify bank account with micro-deposits").
    pub fn pay_by_microdeposits(
        &mut self,
        session: &str,
        now_ms: i64,
    ) -> Result<PaymentIntentId, Refused> {
        let now_ms = self.tick(now_ms);
        let session = self.open_session(session)?;
        let method = session.verified_debit_method().map(str::to_owned);
        let method = method.ok_or_else(|| {
            Refused::because("This session takes no debit from an account to be verified.")
        })?;
        let status = IntentStatus::RequiresAction(NextAction::VerifyMicrodeposits);
        self.pay_later(session, &method, status, now_ms)
    }

    /// A payer of an open session takes a voucher to be paid elsewhere: the session is complete, and
    /// its intent waits in `requires_action` (Stripe docs, "Accept an OXXO payment" and its like for
    /// Boleto, Konbini and Multibanco). The currency says which voucher: `brl`, `mxn`, `jpy`, `eur`.
    pub fn pay_by_voucher(
        &mut self,
        session: &str,
        now_ms: i64,
    ) -> Result<PaymentIntentId, Refused> {
        let now_ms = self.tick(now_ms);
        let session = self.open_session(session)?;
        let voucher = session.voucher().ok_or_else(|| {
            Refused::because("This session takes no voucher: it needs brl, eur, jpy or mxn.")
        })?;
        let status = IntentStatus::RequiresAction(NextAction::PayVoucher(voucher));
        self.pay_later(session, voucher.name(), status, now_ms)
    }

    /// The payer of a session has done the next action, and the bank processes the payment.
    pub fn complete_action(&mut self, session: &str, now_ms: i64) -> Result<(), Refused> {
        let now_ms = self.tick(now_ms);
        let intent = self.session_intent(session)?;
        match intent.status {
            IntentStatus::RequiresAction(_) => {
                self.process_payment(&intent, now_ms);
                Ok(())
            }
            IntentStatus::Processing
            | IntentStatus::Succeeded
            | IntentStatus::RequiresPaymentMethod => {
                Err(Refused::because("Its payer has nothing left to do."))
            }
        }
    }

    /// The payment of a complete session succeeds or fails. It is a bank debit that was processing,
    /// or a payment that waited for its payer.
    pub fn resolve_async_payment(
        &mut self,
        session: &str,
        success: bool,
        now_ms: i64,
    ) -> Result<(), Refused> {
        let now_ms = self.tick(now_ms);
        let intent = self.session_intent(session)?;
        let failure = match intent.status {
            IntentStatus::Processing => PaymentFailure::Returned,
            IntentStatus::RequiresAction(NextAction::VerifyMicrodeposits) => {
                PaymentFailure::Unverified
            }
            IntentStatus::RequiresAction(NextAction::PayVoucher(_)) => PaymentFailure::Expired,
            IntentStatus::Succeeded | IntentStatus::RequiresPaymentMethod => {
                return Err(Refused::because(
                    "No payment of this session is processing.",
                ));
            }
        };
        let event = if success {
            self.succeed_payment(&intent, now_ms);
            EventType::SessionAsyncPaymentSucceeded
        } else {
            self.fail_payment(&intent, failure, now_ms);
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

    /// Completes an open session with a payment that has not succeeded yet.
    fn pay_later(
        &mut self,
        session: Session,
        method: &str,
        status: IntentStatus,
        now_ms: i64,
    ) -> Result<PaymentIntentId, Refused> {
        if session.amount_total == 0 {
            return Err(Refused::because("There is nothing to pay."));
        }
        let intent = self.start_payment(session, method, status, now_ms);
        self.complete(&intent, now_ms);
        Ok(intent.id)
    }
}

fn no_session(id: &str) -> Refused {
    Refused::because(format!("There is no session {id}."))
}
