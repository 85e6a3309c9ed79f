//! The work of each endpoint, with its parameters checked and its key reserved.

mod account;
mod expand;
mod list;
mod refunds;
mod webhook_endpoints;

use serde_json::Value;

use crate::error::ApiError;
use crate::events::Event;
use crate::line_items;
use crate::params::{Args, Read};
use crate::route::{Endpoint, Route};
use crate::rows::Row;
use crate::session::{New, Session};
use crate::stripe::Stripe;
use crate::version::Version;
use list::{page, within};

impl Stripe {
    /// Executes an endpoint; `now_ms` is Stripe's.
    pub(crate) fn execute(
        &mut self,
        route: &Route,
        args: &Args,
        version: Version,
        now_ms: i64,
    ) -> Result<Value, ApiError> {
        let id = route.id.as_str();
        let object = match route.endpoint {
            Endpoint::CreateSession => self.create_session(args, version, now_ms)?,
            Endpoint::RetrieveSession => self.retrieve_session(id)?,
            Endpoint::ExpireSession => {
                self.expire_open(id, now_ms)?;
                self.retrieve_session(id)?
            }
            Endpoint::ListSessions => self.list_sessions(args)?,
            Endpoint::ListLineItems => self.list_line_items(id, args)?,
            Endpoint::ListEvents => self.list_events(args, now_ms)?,
            Endpoint::RetrieveEvent => self.retrieve_event(id, now_ms)?,
            Endpoint::RetrievePaymentIntent => {
                self.account.intents.find("payment_intent", id)?.json()
            }
            Endpoint::ListCharges => self.list_charges(args)?,
            Endpoint::RetrieveCharge => self.account.charges.find("charge", id)?.json(),
            Endpoint::CreateRefund => self.create_refund(args, now_ms)?,
            Endpoint::ListRefunds => self.list_refunds(args)?,
            Endpoint::RetrieveRefund => self.account.refunds.find("refund", id)?.json(),
            Endpoint::UpdateRefund => self.update_refund(id, args, now_ms)?,
            Endpoint::CancelRefund => self.cancel_waiting_refund(id, now_ms)?,
            Endpoint::ListDisputes => self.list_disputes(args)?,
            Endpoint::RetrieveDispute => self.account.disputes.find("dispute", id)?.json(),
            Endpoint::RetrieveAccount => self.account_json(),
            Endpoint::RetrieveBalance => self.balance_json(),
            Endpoint::ListWebhookEndpoints => self.list_webhook_endpoints(args)?,
            Endpoint::CreateWebhookEndpoint => self.create_endpoint(args, now_ms)?,
            Endpoint::RetrieveWebhookEndpoint => self.retrieve_endpoint(id)?,
            Endpoint::UpdateWebhookEndpoint => self.update_endpoint(id, args)?,
            Endpoint::DeleteWebhookEndpoint => self.delete_endpoint(id)?,
        };
        self.expand(object, args)
    }

    fn create_session(
        &mut self,
        args: &Args,
        version: Version,
        now_ms: i64,
    ) -> Result<Value, ApiError> {
        let items = line_items::parse(args, || self.next_id())?;
        let id = self.next_session_id();
        let with = New {
            version,
            now: now_ms / 1000,
            id,
            items,
            origin: &self.config.origin,
            livemode: self.account.livemode,
        };
        let session = Session::create(args, with)?;
        let object = self.session_json(&session);
        self.account.sessions.insert(session);
        Ok(object)
    }

    fn retrieve_session(&self, id: &str) -> Result<Value, ApiError> {
        let session = self.account.sessions.find("checkout.session", id)?;
        Ok(self.session_json(session))
    }

    fn list_sessions(&self, args: &Args) -> Result<Value, ApiError> {
        let intent = args.text("payment_intent");
        let email = args.hash("customer_details").and_then(|c| c.text("email"));
        let wanted = |session: &&Session| {
            within(args, session.created)
                && args
                    .text("status")
                    .is_none_or(|status| status == session.status.name())
                && intent.is_none_or(|id| session.payment_intent().is_some_and(|pi| **pi == *id))
                && email.is_none_or(|email| session.customer_email.as_deref() == Some(email))
        };
        // The fake Stripe knows no customers, subscriptions or payment links, so none has sessions.
        let nobody = [
            "customer",
            "customer_account",
            "payment_link",
            "subscription",
        ];
        let ids: Vec<&str> = if nobody.iter().any(|name| args.contains_key(*name)) {
            Vec::new()
        } else {
            newest_first(self.account.sessions.iter().filter(wanted))
        };
        let render = |id| {
            self.account
                .sessions
                .get(id)
                .map(|s| self.session_json(s))
                .unwrap_or_default()
        };
        let known = |id: &str| self.account.sessions.get(id).is_some();
        page("/v1/checkout/sessions", &ids, args, known, render)
    }

    fn list_line_items(&self, id: &str, args: &Args) -> Result<Value, ApiError> {
        let session = self.account.sessions.find("checkout.session", id)?;
        let items = &session.line_items;
        let ids: Vec<&str> = items.iter().map(|item| item.id.as_ref()).collect();
        let find = |id: &str| items.iter().find(|item| *item.id == *id);
        let url = format!("/v1/checkout/sessions/{id}/line_items");
        let render = |id| {
            find(id)
                .map(|item| item.json(session.created, session.livemode))
                .unwrap_or_default()
        };
        page(&url, &ids, args, |id| find(id).is_some(), render)
    }

    fn retrieve_event(&self, id: &str, now_ms: i64) -> Result<Value, ApiError> {
        let event = self.account.events.find("event", id)?;
        if is_expired(event, now_ms) {
            return Err(ApiError::missing("event", "id", id));
        }
        Ok(event.json())
    }

    fn list_events(&self, args: &Args, now_ms: i64) -> Result<Value, ApiError> {
        let types = args.texts("types");
        if args.contains_key("type") && args.contains_key("types") {
            let message = "You may pass only one of type and types.";
            return Err(ApiError::param("types", message));
        }
        if types.len() > 20 {
            let message = "You may pass up to 20 types of event.";
            return Err(ApiError::param("types", message));
        }
        let success = args.flag("delivery_success");
        let events = self.account.events.iter().filter(|event| {
            !is_expired(event, now_ms)
                && within(args, event.created)
                && args
                    .text("type")
                    .is_none_or(|pattern| event.matches(pattern))
                && (types.is_empty() || types.iter().any(|pattern| event.matches(pattern)))
                && success.is_none_or(|success| success == event.delivery.is_success())
        });
        let render = |id| {
            self.account
                .events
                .get(id)
                .map(|event| event.json())
                .unwrap_or_default()
        };
        let known = |id: &str| self.account.events.get(id).is_some();
        page("/v1/events", &newest_first(events), args, known, render)
    }

    fn list_charges(&self, args: &Args) -> Result<Value, ApiError> {
        let intent = args.text("payment_intent");
        let charges = self.account.charges.iter().filter(|charge| {
            within(args, charge.created)
                && intent.is_none_or(|id| *charge.payment_intent == *id)
                && !args.contains_key("customer")
                && !args.contains_key("transfer_group")
        });
        let render = |id| {
            self.account
                .charges
                .get(id)
                .map(|charge| charge.json())
                .unwrap_or_default()
        };
        let known = |id: &str| self.account.charges.get(id).is_some();
        page("/v1/charges", &newest_first(charges), args, known, render)
    }

    fn list_refunds(&self, args: &Args) -> Result<Value, ApiError> {
        let refunds = self.account.refunds.iter().filter(|refund| {
            within(args, refund.created)
                && args
                    .text("payment_intent")
                    .is_none_or(|id| *refund.payment_intent == *id)
                && args.text("charge").is_none_or(|id| *refund.charge == *id)
        });
        let render = |id| {
            self.account
                .refunds
                .get(id)
                .map(|refund| refund.json())
                .unwrap_or_default()
        };
        let known = |id: &str| self.account.refunds.get(id).is_some();
        page("/v1/refunds", &newest_first(refunds), args, known, render)
    }
}

impl Stripe {
    fn list_disputes(&self, args: &Args) -> Result<Value, ApiError> {
        let disputes = self.account.disputes.iter().filter(|dispute| {
            within(args, dispute.created)
                && args
                    .text("payment_intent")
                    .is_none_or(|id| *dispute.payment_intent == *id)
                && args.text("charge").is_none_or(|id| *dispute.charge == *id)
        });
        let render = |id| {
            self.account
                .disputes
                .get(id)
                .map(|dispute| dispute.json())
                .unwrap_or_default()
        };
        let known = |id: &str| self.account.disputes.get(id).is_some();
        page("/v1/disputes", &newest_first(disputes), args, known, render)
    }

    fn list_webhook_endpoints(&self, args: &Args) -> Result<Value, ApiError> {
        let endpoints = &self.account.endpoints;
        let find = |id: &str| endpoints.iter().find(|endpoint| *endpoint.id == *id);
        let render = |id| find(id).map(|endpoint| endpoint.json()).unwrap_or_default();
        let newest = newest_first(endpoints.iter());
        let known = |id: &str| find(id).is_some();
        page("/v1/webhook_endpoints", &newest, args, known, render)
    }
}

/// Events are kept for 30 days (API reference, "List all events" and "Retrieve an event").
fn is_expired(event: &Event, now_ms: i64) -> bool {
    event.created < now_ms / 1000 - 30 * 24 * 60 * 60
}

fn newest_first<'a, T: Row + 'a>(rows: impl DoubleEndedIterator<Item = &'a T>) -> Vec<&'a str> {
    rows.rev().map(Row::key).collect()
}
