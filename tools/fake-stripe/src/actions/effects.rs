//! The steps that actions are made of: each changes objects and emits what Stripe would.

use crate::events::EventType;
use crate::ids::{ChargeId, PaymentIntentId};
use crate::payments::{Charge, ChargeStatus, IntentStatus, PaymentFailure, PaymentIntent};
use crate::session::{Completion, Session, Status};
use crate::stripe::Stripe;

impl Stripe {
    /// Moves a session to a final status.
    pub(super) fn close(&mut self, id: &str, status: Status, event: EventType, now_ms: i64) {
        if let Some(session) = self.account.sessions.get_mut(id) {
            session.status = status;
            self.emit_session(id, event, now_ms);
        }
    }

    /// Completes a session with its payment.
    pub(super) fn complete(&mut self, intent: &PaymentIntent, now_ms: i64) {
        let status = Status::Complete(Completion::By(intent.id.clone()));
        self.close(&intent.session, status, EventType::SessionCompleted, now_ms);
    }

    pub(super) fn emit_session(&mut self, id: &str, event: EventType, now_ms: i64) {
        if let Some(session) = self.account.sessions.get(id) {
            let object = self.session_json(session);
            self.emit(event, object, now_ms);
        }
    }

    /// Makes a payment intent in that status, and its pending charge unless the payer has something
    /// left to do first.
    pub(super) fn start_payment(
        &mut self,
        session: Session,
        method: &str,
        status: IntentStatus,
        now_ms: i64,
    ) -> PaymentIntent {
        let charge: ChargeId = self.next_id();
        let id: PaymentIntentId = self.next_id();
        let (event, action_url) = match status {
            IntentStatus::RequiresAction(action) => {
                let url = format!("{}{}", self.config.actions_origin, action.path(&id));
                (Some(EventType::PaymentIntentRequiresAction), url)
            }
            IntentStatus::Processing
            | IntentStatus::Succeeded
            | IntentStatus::RequiresPaymentMethod => (None, String::new()),
        };
        let intent = PaymentIntent {
            id,
            session: session.id,
            charge,
            created: now_ms / 1000,
            amount: session.amount_total,
            currency: session.currency,
            status,
            metadata: session.payment_metadata,
            method: method.to_owned(),
            livemode: session.livemode,
            methods: session.methods,
            email: session.customer_email,
            action_url,
            is_charged: false,
            failure: None,
        };
        self.account.intents.insert(intent.clone());
        match event {
            Some(event) => self.emit_intent(&intent.id, event, now_ms),
            // A card payment succeeds at once, and its only events are those of success.
            None if method == "card" => self.create_charge(&intent, now_ms),
            None => self.process_payment(&intent, now_ms),
        }
        intent
    }

    /// The bank processes a payment.
    pub(super) fn process_payment(&mut self, intent: &PaymentIntent, now_ms: i64) {
        self.create_charge(intent, now_ms);
        self.set_payment(intent, IntentStatus::Processing, ChargeStatus::Pending);
        self.emit_charge(&intent.charge, EventType::ChargePending, now_ms);
        self.emit_intent(&intent.id, EventType::PaymentIntentProcessing, now_ms);
    }

    /// A payment succeeds.
    pub(super) fn succeed_payment(&mut self, intent: &PaymentIntent, now_ms: i64) {
        self.create_charge(intent, now_ms);
        self.set_payment(intent, IntentStatus::Succeeded, ChargeStatus::Succeeded);
        self.emit_charge(&intent.charge, EventType::ChargeSucceeded, now_ms);
        self.emit_intent(&intent.id, EventType::PaymentIntentSucceeded, now_ms);
    }

    /// A payment fails.
    pub(super) fn fail_payment(
        &mut self,
        intent: &PaymentIntent,
        failure: PaymentFailure,
        now_ms: i64,
    ) {
        self.set_payment(
            intent,
            IntentStatus::RequiresPaymentMethod,
            ChargeStatus::Failed,
        );
        if let Some(intent) = self.account.intents.get_mut(&intent.id) {
            intent.failure = Some(failure);
        }
        if let Some(charge) = self.account.charges.get_mut(&intent.charge) {
            charge.failure = Some(failure);
        }
        self.emit_charge(&intent.charge, EventType::ChargeFailed, now_ms);
        self.emit_intent(&intent.id, EventType::PaymentIntentPaymentFailed, now_ms);
    }

    /// Makes the pending charge of a payment, if it has none yet.
    fn create_charge(&mut self, intent: &PaymentIntent, now_ms: i64) {
        let Some(intent) = self.account.intents.get_mut(&intent.id) else {
            return;
        };
        if std::mem::replace(&mut intent.is_charged, true) {
            return;
        }
        self.account.charges.insert(Charge {
            id: intent.charge.clone(),
            payment_intent: intent.id.clone(),
            created: now_ms / 1000,
            amount: intent.amount,
            amount_refunded: 0,
            currency: intent.currency.clone(),
            status: ChargeStatus::Pending,
            disputed: false,
            method: intent.method.clone(),
            email: intent.email.clone(),
            metadata: intent.metadata.clone(),
            livemode: intent.livemode,
            failure: None,
        });
    }

    fn set_payment(&mut self, intent: &PaymentIntent, to: IntentStatus, charge_to: ChargeStatus) {
        if let Some(intent) = self.account.intents.get_mut(&intent.id) {
            intent.status = to;
        }
        if let Some(charge) = self.account.charges.get_mut(&intent.charge) {
            charge.status = charge_to;
        }
    }

    fn emit_intent(&mut self, id: &str, event: EventType, now_ms: i64) {
        if let Some(intent) = self.account.intents.get(id) {
            let object = intent.json();
            self.emit(event, object, now_ms);
        }
    }

    /// Emits an event of a charge, if there is one.
    fn emit_charge(&mut self, id: &str, event: EventType, now_ms: i64) {
        if let Some(charge) = self.account.charges.get(id) {
            let object = charge.json();
            self.emit(event, object, now_ms);
        }
    }
}
