//! `expand[]` (Stripe docs, "Expanding objects"): an id in an answer becomes its object.

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::params::{Args, Read};
use crate::payments::Refund;
use crate::stripe::Stripe;

/// Stripe expands four levels at most.
const DEEPEST: usize = 4;

impl Stripe {
    /// Expands what the call asks to be expanded.
    pub(crate) fn expand(&self, mut object: Value, args: &Args) -> Result<Value, ApiError> {
        for path in args.texts("expand") {
            let parts: Vec<&str> = path.split('.').collect();
            if parts.len() > DEEPEST {
                let message = format!("You cannot expand more than {DEEPEST} levels: {path}.");
                return Err(ApiError::param("expand", message).executed());
            }
            self.expand_path(&mut object, &parts).ok_or_else(|| {
                let message = format!("This property cannot be expanded ({path}).");
                ApiError::param("expand", message).executed()
            })?;
        }
        Ok(object)
    }

    /// `None` if the path leads nowhere.
    fn expand_path(&self, value: &mut Value, path: &[&str]) -> Option<()> {
        let Some((name, rest)) = path.split_first() else {
            return Some(());
        };
        if let Value::Array(elements) = value {
            return elements
                .iter_mut()
                .try_for_each(|e| self.expand_path(e, path));
        }
        let id = value["id"].as_str().unwrap_or_default().to_owned();
        if *name == "line_items" && value["object"] == "checkout.session" {
            value["line_items"] = self.line_items_json(&id)?;
            return Some(());
        }
        if *name == "refunds" && value["object"] == "charge" {
            value["refunds"] = self.refunds_json(&id);
            return Some(());
        }
        let field = value.as_object_mut()?.get_mut(*name)?;
        if let Value::String(id) = field {
            *field = self.object(id)?;
        }
        match field {
            Value::Null => Some(()),
            Value::Object(_) | Value::Array(_) => self.expand_path(field, rest),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        }
    }

    /// The `line_items` of a session as an expanded answer carries them.
    pub(crate) fn line_items_json(&self, session: &str) -> Option<Value> {
        let session_object = self.account.sessions.get(session)?;
        let (created, livemode) = (session_object.created, session_object.livemode);
        let items = session_object.line_items.iter();
        let data: Vec<Value> = items.map(|item| item.json(created, livemode)).collect();
        let url = format!("/v1/checkout/sessions/{session}/line_items");
        Some(json!({ "object": "list", "data": data, "has_more": false, "url": url }))
    }

    /// The ten newest refunds of a charge (API reference, "List all refunds"). A charge carries them
    /// only if the call asks for them, since 2022-11-15.
    fn refunds_json(&self, charge: &str) -> Value {
        let refunds = self.account.refunds.iter().rev();
        let of_charge = |refund: &&Refund| *refund.charge == *charge;
        let all: Vec<Value> = refunds.filter(of_charge).map(Refund::json).collect();
        let data = &all[..all.len().min(10)];
        let url = format!("/v1/charges/{charge}/refunds");
        json!({ "object": "list", "data": data, "has_more": all.len() > 10, "url": url })
    }

    /// The object that an id names, by the id's prefix.
    fn object(&self, id: &str) -> Option<Value> {
        match id.split('_').next()? {
            "pi" => Some(self.account.intents.get(id)?.json()),
            "ch" => Some(self.account.charges.get(id)?.json()),
            "re" => Some(self.account.refunds.get(id)?.json()),
            "dp" => Some(self.account.disputes.get(id)?.json()),
            _ => None,
        }
    }
}
