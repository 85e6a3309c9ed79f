//! The account of a key and its balance.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::payments::{ChargeStatus, Dispute, Refund};
use crate::stripe::Stripe;

impl Stripe {
    /// `GET /v1/account` (API reference, "The Account object").
    pub(crate) fn account_json(&self) -> Value {
        json!({
            "id": self.account.id(), "object": "account",
            "business_profile": {
                "mcc": null, "minority_owned_business_designation": null,
                "name": "Example Youth Club", "specified_commercial_transactions_act_url": null,
                "support_address": null, "support_email": null, "support_phone": null,
                "support_url": null, "url": null,
            },
            "charges_enabled": true, "country": "US", "default_currency": "usd",
            "details_submitted": true, "email": "treasurer@club.example",
            "payouts_enabled": true, "type": "standard",
        })
    }

    /// `GET /v1/balance`: what has arrived less what went back, by currency. All of it counts as
    /// available at once, and an empty balance stops nothing.
    pub(crate) fn balance_json(&self) -> Value {
        let mut sums: BTreeMap<&str, i64> = BTreeMap::from([("usd", 0)]);
        let arrived = |status| status == ChargeStatus::Succeeded;
        for charge in self.account.charges.iter().filter(|c| arrived(c.status)) {
            *sums.entry(&charge.currency).or_default() += charge.amount;
        }
        let went_back = |refund: &&Refund| refund.status.counts();
        for refund in self.account.refunds.iter().filter(went_back) {
            *sums.entry(&refund.currency).or_default() -= refund.amount;
        }
        let withdrawn = |dispute: &&Dispute| dispute.is_withdrawn();
        for dispute in self.account.disputes.iter().filter(withdrawn) {
            *sums.entry(&dispute.currency).or_default() -= dispute.amount;
        }
        let part = |amount: i64, currency: &str| json!({ "amount": amount, "currency": currency, "source_types": { "card": amount } });
        let available: Vec<Value> = sums.iter().map(|(c, amount)| part(*amount, c)).collect();
        let pending: Vec<Value> = sums.keys().map(|currency| part(0, currency)).collect();
        json!({
            "object": "balance", "available": available, "livemode": self.account.livemode,
            "pending": pending,
        })
    }
}
