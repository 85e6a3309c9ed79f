//! The requirements of creating a session.
//!
//! Only `mode=payment` on the hosted page is modeled. What else the API takes is checked by name and
//! type, then refused with a message if ignoring it would change what is charged. All of it is
//! validation: it depends on the parameters and the clock alone, so nothing is saved under the key.

use std::collections::BTreeMap;

use serde_json::Value;

use super::object::Session;
use super::status::Status;
use crate::error::ApiError;
use crate::ids::SessionId;
use crate::line_items::{self, LineItem};
use crate::params::{Args, Read, missing};
use crate::payments::Voucher;
use crate::version::Version;

/// The shortest life of a session, in seconds.
const SHORTEST_S: i64 = 30 * 60;
/// The longest life of a session and its default, in seconds.
const LONGEST_S: i64 = 24 * 60 * 60;

/// The parts that a new session is made of beside its parameters.
pub(crate) struct New<'a> {
    pub version: Version,
    /// Unix seconds.
    pub now: i64,
    pub id: SessionId,
    pub items: Vec<LineItem>,
    /// The origin of its page.
    pub origin: &'a str,
    pub livemode: bool,
}

impl Session {
    /// Makes an open session of checked parameters.
    pub(crate) fn create(args: &Args, with: New<'_>) -> Result<Self, ApiError> {
        let New {
            version,
            now,
            id,
            items,
            origin,
            livemode,
        } = with;
        let success_url = require_hosted_payment(args, version)?;
        let (currency, amount_total) = line_items::total(args, &items)?;
        let payment = args.hash("payment_intent_data");
        Ok(Self {
            created: now,
            expires_at: expires_at(args, now)?,
            status: Status::Open,
            amount_total,
            client_reference_id: args.owned("client_reference_id"),
            customer_email: args.owned("customer_email"),
            livemode,
            metadata: args.pairs("metadata"),
            payment_metadata: payment.map(|p| p.pairs("metadata")).unwrap_or_default(),
            success_url,
            cancel_url: args.owned("cancel_url"),
            url: format!("{origin}/c/pay/{id}"),
            methods: methods(args, &currency),
            currency,
            line_items: items,
            declined: 0,
            echo: echo(args),
            id,
        })
    }
}

/// Refuses what a hosted page in payment mode cannot be; returns the `success_url`.
fn require_hosted_payment(args: &Args, version: Version) -> Result<String, ApiError> {
    match args.text("mode") {
        Some("payment") => {}
        Some(_) => return Err(unsupported("mode", "a mode other than `payment`")),
        None => return Err(missing("mode")),
    }
    require_hosted_page(args.text("ui_mode"), version)?;
    for name in ["subscription_data", "setup_intent_data"] {
        if args.contains_key(name) {
            let message = format!("You can not pass `{name}` in `payment` mode.");
            return Err(ApiError::param(name, message));
        }
    }
    if args.contains_key("return_url") {
        let message = "`return_url` cannot be passed for a hosted page; use `success_url`.";
        return Err(ApiError::param("return_url", message));
    }
    for (name, what) in [("customer", "customer"), ("customer_account", "customer")] {
        if let Some(id) = args.text(name) {
            let message = format!("No such {what}: '{id}'");
            return Err(ApiError::param(name, message).code("resource_missing"));
        }
    }
    for name in ["discounts", "optional_items", "shipping_options"] {
        if args.contains_key(name) {
            return Err(unsupported(name, &format!("`{name}`")));
        }
    }
    args.owned("success_url")
        .ok_or_else(|| missing("success_url"))
}

/// The values of `ui_mode` changed their names with a version, and each version knows its own only
/// (Changelog, "Updates available Checkout Session UI modes").
fn require_hosted_page(mode: Option<&str>, version: Version) -> Result<(), ApiError> {
    let Some(mode) = mode else {
        return Ok(());
    };
    let known = if version < Version::UI_MODES {
        ["hosted", "embedded", "custom"].as_slice()
    } else {
        &["hosted_page", "embedded_page", "elements", "form"]
    };
    if !known.contains(&mode) {
        let message = format!("Invalid ui_mode: must be one of {}", known.join(", "));
        return Err(ApiError::param("ui_mode", message));
    }
    if mode != known[0] {
        return Err(unsupported("ui_mode", "a page that is not hosted"));
    }
    Ok(())
}

fn unsupported(param: &str, what: &str) -> ApiError {
    ApiError::param(param, format!("This fake Stripe does not support {what}."))
}

/// When a session expires: 24 hours from now, or at a moment that lies 30 minutes to 24 hours ahead
/// (API reference, "Create a Checkout Session", `expires_at`). `now` is in unix seconds.
pub(crate) fn expires_at(args: &Args, now: i64) -> Result<i64, ApiError> {
    let Some(at) = args.int("expires_at") else {
        return Ok(now + LONGEST_S);
    };
    let refuse = |limit: &str| {
        let message =
            format!("The `expires_at` timestamp must be {limit} from Checkout Session creation.");
        Err(ApiError::param("expires_at", message))
    };
    if at < now + SHORTEST_S {
        refuse("at least 30 minutes")
    } else if at > now + LONGEST_S {
        refuse("less than 24 hours")
    } else {
        Ok(at)
    }
}

/// The given types of payment method; without them a card, and the currency's bank debit and voucher,
/// less what the filters leave out (Stripe docs, "Dynamic payment methods").
fn methods(args: &Args, currency: &str) -> Vec<String> {
    let given = args.texts("payment_method_types");
    if !given.is_empty() {
        return given.into_iter().map(str::to_owned).collect();
    }
    let debit = match currency {
        "aud" => Some("au_becs_debit"),
        "cad" => Some("acss_debit"),
        "eur" => Some("sepa_debit"),
        "gbp" => Some("bacs_debit"),
        "nzd" => Some("nz_bank_account"),
        "usd" => Some("us_bank_account"),
        _ => None,
    };
    let allowed = args.texts("allowed_payment_method_types");
    let excluded = args.texts("excluded_payment_method_types");
    let voucher = Voucher::of_currency(currency).map(Voucher::name);
    [Some("card"), debit, voucher]
        .into_iter()
        .flatten()
        .filter(|method| allowed.is_empty() || allowed.contains(method))
        .filter(|method| !excluded.contains(method))
        .map(str::to_owned)
        .collect()
}

fn echo(args: &Args) -> BTreeMap<&'static str, Value> {
    let mut echo = BTreeMap::new();
    for name in [
        "billing_address_collection",
        "customer_creation",
        "locale",
        "submit_type",
    ] {
        if let Some(text) = args.text(name) {
            echo.insert(name, text.into());
        }
    }
    for name in [
        "allowed_payment_method_types",
        "excluded_payment_method_types",
    ] {
        if args.contains_key(name) {
            echo.insert(name, args.texts(name).into());
        }
    }
    if let Some(flag) = args.flag("allow_promotion_codes") {
        echo.insert("allow_promotion_codes", flag.into());
    }
    echo
}
