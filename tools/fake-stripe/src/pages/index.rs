//! The index page: every session, with a button for each action of a bank, a payer or the clock.

use super::display_status::DisplayStatus;
use super::layout::{escape, html};
use crate::events::Delivery;
use crate::money;
use crate::payments::{Dispute, DisputeStatus, Refund, RefundStatus, Stage};
use crate::session::Session;
use crate::stripe::Stripe;
use crate::webhook_endpoint::WebhookEndpoint;
use crate::wire::Response;

/// How many sessions the page shows.
const SHOWN: usize = 100;

/// `GET /_/`; `now_ms` is Stripe's.
pub(crate) fn index(stripe: &Stripe, now_ms: i64) -> Response {
    let total = stripe.sessions().count();
    let mut body = format!(
        "<h1>Sessions</h1><p class=\"quiet\">{total} in all, newest first.</p>{}<br>",
        webhooks(stripe)
    );
    if total == 0 {
        body.push_str(
            "<p class=\"note\">No session yet. Create one with <code>POST \
             /v1/checkout/sessions</code>.</p>",
        );
    }
    let newest: Vec<&Session> = stripe.account.sessions.iter().rev().take(SHOWN).collect();
    for session in newest {
        body.push_str(&card(stripe, session, now_ms));
    }
    html(200, "Sessions", &body)
}

/// The webhook endpoints, and how far their webhooks are.
fn webhooks(stripe: &Stripe) -> String {
    let mut out = format!("<p class=\"quiet\">{}</p>", deliveries(stripe));
    for endpoint in stripe.webhook_endpoints() {
        out.push_str(&endpoint_line(endpoint));
    }
    if stripe.webhook_endpoints().next().is_none() {
        out.push_str("<p class=\"quiet\">There is no webhook endpoint.</p>");
    }
    out.push_str("<div class=\"row\">");
    out.push_str(&button("redeliver", "Send all webhooks again", &[]));
    out + "</div>"
}

fn endpoint_line(endpoint: &WebhookEndpoint) -> String {
    let (status, class, label, enabled) = if endpoint.enabled {
        ("Enabled", "paid", "Disable", "false")
    } else {
        ("Disabled", "waiting", "Enable", "true")
    };
    let version = endpoint.api_version.map_or("", |version| version.name());
    let switch = button(
        "endpoint",
        label,
        &[("id", endpoint.id.as_ref()), ("enabled", enabled)],
    );
    format!(
        "<article class=\"card\"><div class=\"top\"><h2>{}</h2>\
         <span class=\"tag {class}\">{status}</span></div><p class=\"id\">{} {version}</p>\
         <div class=\"row\">{switch}</div></article>",
        escape(&endpoint.url),
        endpoint.id,
    )
}

fn deliveries(stripe: &Stripe) -> String {
    let (mut delivered, mut waiting, mut given_up) = (0, 0, 0);
    for event in stripe.events() {
        match event.delivery {
            Delivery::Delivered | Delivery::Unwanted => delivered += 1,
            Delivery::Due { .. } | Delivery::Sent { .. } => waiting += 1,
            Delivery::GivenUp => given_up += 1,
        }
    }
    format!("Webhooks: {delivered} delivered, {waiting} waiting, {given_up} given up.")
}

fn card(stripe: &Stripe, session: &Session, now_ms: i64) -> String {
    let display = DisplayStatus::of(stripe, session);
    let name = session
        .line_items
        .first()
        .map_or("", |item| item.name.as_str());
    format!(
        "<article class=\"card\"><div class=\"top\"><h2>{}</h2>\
         <span class=\"tag {}\">{}</span></div><p>{}{}</p><p class=\"id\">{}</p>\
         <div class=\"row\">{}</div>{}</article>",
        escape(name),
        display.class(),
        display.label(),
        money::format(session.amount_total, &session.currency),
        time_left(session, now_ms),
        session.id,
        buttons(session, display),
        refunds_and_disputes(stripe, session)
    )
}

/// The buttons for what can happen next to a session.
fn buttons(session: &Session, display: DisplayStatus) -> String {
    let id = ("session", session.id.as_ref());
    match display {
        DisplayStatus::Open => {
            let url = escape(&session.url);
            let link = format!("<a class=\"button\" href=\"{url}\">Open its page</a>");
            link + &button("expire", "Expire", &[id])
        }
        DisplayStatus::Waiting => {
            button("complete_action", "Payer does it", &[id])
                + &button("settle", "Payment arrives", &[id, ("success", "true")])
                + &button("settle", "Payment fails", &[id, ("success", "false")])
        }
        DisplayStatus::Processing => {
            button("settle", "Debit succeeds", &[id, ("success", "true")])
                + &button("settle", "Debit fails", &[id, ("success", "false")])
        }
        DisplayStatus::Paid => {
            let inquiry = ("status", DisputeStatus::WarningNeedsResponse.name());
            button("refund", "Refund", &[id])
                + &button("dispute", "Dispute", &[id])
                + &button("dispute", "Inquiry", &[id, inquiry])
        }
        DisplayStatus::Refunded => button("dispute", "Dispute", &[id]),
        DisplayStatus::Disputed
        | DisplayStatus::Lost
        | DisplayStatus::Expired
        | DisplayStatus::Free
        | DisplayStatus::Failed => String::new(),
    }
}

/// The refunds and disputes of a session's payment.
fn refunds_and_disputes(stripe: &Stripe, session: &Session) -> String {
    let intent = session.payment_intent();
    let mut out = String::new();
    for refund in stripe.refunds() {
        if Some(&refund.payment_intent) == intent {
            out.push_str(&refund_line(refund));
        }
    }
    for dispute in stripe.disputes() {
        if Some(&dispute.payment_intent) == intent {
            out.push_str(&dispute_line(dispute));
        }
    }
    out
}

fn refund_line(refund: &Refund) -> String {
    let id = ("refund", refund.id.as_ref());
    let fail = || button("fail_refund", "Refund fails", &[id]);
    let buttons = match refund.status {
        RefundStatus::Pending | RefundStatus::RequiresAction => {
            button("succeed_refund", "Refund arrives", &[id])
                + &fail()
                + &button("cancel_refund", "Cancel refund", &[id])
        }
        RefundStatus::Succeeded => fail(),
        RefundStatus::Failed | RefundStatus::Canceled => String::new(),
    };
    line(
        "Refund",
        refund.amount,
        &refund.currency,
        refund.status.name(),
        &buttons,
    )
}

fn dispute_line(dispute: &Dispute) -> String {
    let id = ("dispute", dispute.id.as_ref());
    let to = |label, status: DisputeStatus| {
        button("close_dispute", label, &[id, ("status", status.name())])
    };
    let decide =
        || to("Dispute won", DisputeStatus::Won) + &to("Dispute lost", DisputeStatus::Lost);
    let buttons = match dispute.status.stage() {
        Stage::Inquiry => {
            to("Inquiry closed", DisputeStatus::WarningClosed)
                + &to("Becomes a chargeback", DisputeStatus::NeedsResponse)
        }
        Stage::Chargeback | Stage::Appeal => decide(),
        Stage::Closed if dispute.status == DisputeStatus::Lost => {
            button("appeal_dispute", "Appeal", &[id]) + &to("Won late", DisputeStatus::Won)
        }
        Stage::Closed => String::new(),
    };
    line(
        "Dispute",
        dispute.amount,
        &dispute.currency,
        dispute.status.name(),
        &buttons,
    )
}

fn line(what: &str, amount: i64, currency: &str, status: &str, buttons: &str) -> String {
    let amount = money::format(amount, currency);
    format!(
        "<p class=\"line\">{what} {amount} <span class=\"tag\">{status}</span></p>\
         <div class=\"row\">{buttons}</div>"
    )
}

fn button(path: &str, label: &str, inputs: &[(&str, &str)]) -> String {
    let mut out = format!("<form method=\"post\" action=\"/_/{path}\">");
    for (name, value) in inputs {
        out.push_str(&format!(
            "<input type=\"hidden\" name=\"{name}\" value=\"{value}\">"
        ));
    }
    out + &format!("<button>{label}</button></form>")
}

fn time_left(session: &Session, now_ms: i64) -> String {
    if !session.is_open(now_ms) {
        return String::new();
    }
    let minutes = (session.expires_at - now_ms / 1000) / 60;
    let left = match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    };
    format!("<span class=\"quiet\">, expires in {left}</span>")
}
