//! The index page: every session with what a bank, a payer or the clock could do to it.

use super::standing::Standing;
use super::{escape, html};
use crate::events::Delivery;
use crate::money;
use crate::payments::{Dispute, DisputeStatus};
use crate::session::Session;
use crate::stripe::Stripe;
use crate::wire::Response;

/// How many sessions the page shows.
const SHOWN: usize = 100;

/// `GET /_/`; `now_ms` is Stripe's.
pub(crate) fn index(stripe: &Stripe, now_ms: i64) -> Response {
    let total = stripe.sessions().count();
    let mut body = format!(
        "<h1>Sessions</h1><p class=\"quiet\">{total} in all, newest first. {}</p>\
         <form method=\"post\" action=\"/_/redeliver\" class=\"row\">\
         <button>Send all webhooks again</button></form><br>",
        deliveries(stripe)
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
    let standing = Standing::of(stripe, session);
    let name = session
        .line_items
        .first()
        .map_or("", |item| item.name.as_str());
    format!(
        "<article class=\"card\"><div class=\"top\"><h2>{}</h2>\
         <span class=\"tag {}\">{}</span></div><p>{}{}</p><p class=\"id\">{}</p>\
         <div class=\"row\">{}</div></article>",
        escape(name),
        standing.class(),
        standing.word(),
        money::format(session.amount_total, &session.currency),
        time_left(session, now_ms),
        session.id,
        buttons(stripe, session, standing)
    )
}

/// What can happen next to a session.
fn buttons(stripe: &Stripe, session: &Session, standing: Standing) -> String {
    let id = ("session", session.id.as_ref());
    match standing {
        Standing::Open => {
            let url = escape(&session.url);
            let link = format!("<a class=\"button\" href=\"{url}\">Open its page</a>");
            link + &button("expire", "Expire", &[id])
        }
        Standing::Clearing => {
            button("settle", "Debit clears", &[id, ("success", "true")])
                + &button("settle", "Debit fails", &[id, ("success", "false")])
        }
        Standing::Paid => button("refund", "Refund", &[id]) + &button("dispute", "Dispute", &[id]),
        Standing::Disputed => {
            let intent = session.payment_intent();
            let of_session = |dispute: &&Dispute| {
                Some(&dispute.payment_intent) == intent
                    && dispute.status == DisputeStatus::NeedsResponse
            };
            stripe
                .disputes()
                .find(of_session)
                .map_or_else(String::new, |dispute| {
                    let id = ("dispute", dispute.id.as_ref());
                    button("close_dispute", "Dispute won", &[id, ("won", "true")])
                        + &button("close_dispute", "Dispute lost", &[id, ("won", "false")])
                })
        }
        Standing::Expired | Standing::Free | Standing::Failed | Standing::Refunded => String::new(),
    }
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
