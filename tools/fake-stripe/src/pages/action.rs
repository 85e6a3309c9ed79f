//! The page for a payer's next action: to verify a bank account, to pay a voucher.

use super::layout::{escape, html, message};
use crate::money;
use crate::payments::{IntentStatus, NextAction};
use crate::session::Session;
use crate::stripe::Stripe;
use crate::wire::Response;

/// The payment intent in the path of such a page.
pub(crate) fn action_of(path: &str) -> Option<&str> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["", "microdeposit", intent] => Some(intent),
        [
            "",
            "boleto" | "konbini" | "multibanco" | "oxxo",
            "voucher",
            intent,
        ] => Some(intent),
        _ => None,
    }
}

/// `GET` and `POST` of the page.
pub(crate) fn action(stripe: &mut Stripe, method: &str, intent: &str, now_ms: i64) -> Response {
    let Some(intent) = stripe.account.intents.get(intent).cloned() else {
        return message(404, "There is no such payment.");
    };
    match (method, stripe.session(&intent.session).cloned()) {
        ("GET" | "HEAD", Some(session)) => page(&session, intent.status),
        ("POST", Some(session)) => match stripe.complete_action(&session.id, now_ms) {
            Ok(()) => message(200, "Done. The payment is on its way."),
            Err(refused) => message(409, &refused.message),
        },
        (_, Some(_)) => message(405, "This page takes GET and POST."),
        (_, None) => message(404, "There is no such payment."),
    }
}

fn page(session: &Session, status: IntentStatus) -> Response {
    let (title, label) = match status {
        IntentStatus::RequiresAction(NextAction::VerifyMicrodeposits) => {
            ("Verify your bank account", "The deposits arrived: verify")
        }
        IntentStatus::RequiresAction(NextAction::PayVoucher(_)) => {
            ("Pay your voucher", "Pay at the counter")
        }
        IntentStatus::Processing
        | IntentStatus::Succeeded
        | IntentStatus::RequiresPaymentMethod => {
            return message(200, "There is nothing left to do here.");
        }
    };
    let amount = money::format(session.amount_total, &session.currency);
    let body = format!(
        "<section class=\"what\"><p class=\"name\">{title}</p><h1>{}</h1></section>\
         <form method=\"post\" class=\"stack\"><button class=\"primary\">{label}</button></form>",
        escape(&amount)
    );
    html(200, title, &body)
}
