//! The steps that actions are made of: each changes objects and emits what Stripe would.

use crate::events::EventType;
use crate::ids::ChargeId;
use crate::payments::{Charge, ChargeStatus, IntentStatus, PaymentIntent};
use crate::session::{Session, Status};
use crate::stripe::Stripe;

impl Stripe {
    /// Moves a session to a final status.
    pub(super) fn close(&mut self, id: &str, status: Status, event: EventType, now_ms: i64) {
        if let Some(session) = self.account.sessions.get_mut(id) {
            session.status = status;
            self.emit_session(id, event, now_ms);
        }
    }

    pub(super) fn emit_session(&mut self, id: &str, event: EventType, now_ms: i64) {
        if let Some(session) = self.account.sessions.get(id) {
            let object = self.session_json(session);
            self.emit(event, object, now_ms);
        }
    }

    /// Makes a payment intent in `processing` and its pending charge.
    pub(super) fn start_payment(
        &mut self,
        session: Session,
        method: String,
        now_ms: i64,
    ) -> PaymentIntent {
        let charge_id: ChargeId = self.next_id();
        let intent = PaymentIntent {
            id: self.next_id(),
            session: session.id,
            charge: charge_id.clone(),
            created: now_ms / 1000,
            amount: session.amount_total,
            currency: session.currency.clone(),
            status: IntentStatus::Processing,
            metadata: session.payment_metadata.clone(),
        };
        self.account.charges.insert(Charge {
            id: charge_id,
            payment_intent: intent.id.clone(),
            created: now_ms / 1000,
            amount: session.amount_total,
            amount_refunded: 0,
            currency: session.currency,
            status: ChargeStatus::Pending,
            disputed: false,
            method,
            email: session.customer_email,
            metadata: session.payment_metadata,
        });
        self.account.intents.insert(intent.clone());
        intent
    }

    /// The money of a payment arrives.
    pub(super) fn arrive(&mut self, intent: &PaymentIntent, now_ms: i64) {
        self.set_payment(intent, IntentStatus::Succeeded, ChargeStatus::Succeeded);
        if let Some(charge) = self.account.charges.get(&intent.charge) {
            let object = charge.json();
            self.emit(EventType::ChargeSucceeded, object, now_ms);
        }
        if let Some(intent) = self.account.intents.get(&intent.id) {
            let object = intent.json();
            self.emit(EventType::PaymentIntentSucceeded, object, now_ms);
        }
    }

    /// The money of a payment does not arrive.
    pub(super) fn bounce(&mut self, intent: &PaymentIntent, now_ms: i64) {
        self.set_payment(
            intent,
            IntentStatus::RequiresPaymentMethod,
            ChargeStatus::Failed,
        );
        if let Some(intent) = self.account.intents.get(&intent.id) {
            let object = intent.json();
            self.emit(EventType::PaymentIntentPaymentFailed, object, now_ms);
        }
    }

    fn set_payment(&mut self, intent: &PaymentIntent, to: IntentStatus, charge_to: ChargeStatus) {
        if let Some(intent) = self.account.intents.get_mut(&intent.id) {
            intent.status = to;
        }
        if let Some(charge) = self.account.charges.get_mut(&intent.charge) {
            charge.status = charge_to;
        }
    }
}
