//! The pages for people: the payer's page of a session, and the index with buttons for the rest.
//!
//! Plain HTML, phone first, no script: each button is a form. The payer's page says what it is in
//! its first line, so that nobody takes it for Stripe's.

mod action;
mod index;
mod standing;

use crate::form::Form;
use crate::money;
use crate::session::{Session, Status};
use crate::stripe::Stripe;
use crate::wire::Response;

pub(crate) use action::{action, action_of};
pub(crate) use index::index;
use standing::Standing;

/// `GET` and `POST /c/pay/:id`: the page that a session's `url` leads to.
pub(crate) fn checkout(
    stripe: &mut Stripe,
    method: &str,
    id: &str,
    query: &str,
    body: &[u8],
    now_ms: i64,
) -> Response {
    let Some(session) = stripe.session(id).cloned() else {
        return message(404, "There is no such Checkout Session.");
    };
    match method {
        "GET" | "HEAD" => {
            let standing = Standing::of(stripe, &session);
            payer_page(200, &session, standing, query == "declined")
        }
        "POST" => {
            let form = Form::decode(body).unwrap_or_else(|_| Form::empty());
            let how = form.text("how").unwrap_or_default().to_owned();
            press(stripe, &session, &how, now_ms)
        }
        _ => message(405, "This page takes GET and POST."),
    }
}

/// A page that says one thing.
pub(crate) fn message(status: u16, text: &str) -> Response {
    let back = "<p><a href=\"/_/\">All sessions of the fake Stripe</a></p>";
    let body = format!("<h1>{}</h1>{back}", escape(text));
    html(status, text, &body)
}

/// A button of the payer's page.
fn press(stripe: &mut Stripe, session: &Session, how: &str, now_ms: i64) -> Response {
    let id = &session.id;
    let paid = match how {
        "card" => stripe.pay(id, now_ms).map(|_| ()),
        "debit" => stripe.pay_by_debit(id, now_ms).map(|_| ()),
        "microdeposits" => stripe.pay_by_microdeposits(id, now_ms).map(|_| ()),
        "voucher" => stripe.pay_by_voucher(id, now_ms).map(|_| ()),
        "decline" => match stripe.decline(id, now_ms) {
            Ok(()) => return Response::see_other(&format!("/c/pay/{id}?declined")),
            Err(refused) => Err(refused),
        },
        "back" => {
            return match &session.cancel_url {
                Some(url) => Response::see_other(url),
                None => message(404, "This session has no page to go back to."),
            };
        }
        _ => return message(400, "There is no such button."),
    };
    match paid {
        Ok(()) => Response::see_other(&session.return_url()),
        // Somebody else was faster, or its time is up: the page says which.
        Err(_) => match stripe.session(id) {
            Some(session) if session.status != Status::Open => {
                payer_page(409, session, Standing::of(stripe, session), false)
            }
            Some(_) | None => message(409, "This session cannot be paid this way."),
        },
    }
}

fn payer_page(status: u16, session: &Session, standing: Standing, declined: bool) -> Response {
    let lower = match standing {
        Standing::Open => open_part(session, declined),
        Standing::Expired => expired_part(session),
        Standing::Free
        | Standing::Paid
        | Standing::Waiting
        | Standing::Clearing
        | Standing::Failed
        | Standing::Refunded
        | Standing::Disputed
        | Standing::Lost => complete_part(session, standing),
    };
    let body = format!("{}{lower}", summary(session));
    html(status, standing.word(), &body)
}

fn summary(session: &Session) -> String {
    let mut out = String::from("<section class=\"what\">");
    for item in &session.line_items {
        out.push_str(&format!("<p class=\"name\">{}</p>", escape(&item.name)));
        if let Some(description) = &item.description {
            out.push_str(&format!("<p class=\"quiet\">{}</p>", escape(description)));
        }
        if item.quantity > 1 {
            out.push_str(&format!(
                "<p class=\"quiet\">Quantity {}</p>",
                item.quantity
            ));
        }
    }
    let amount = money::format(session.amount_total, &session.currency);
    out.push_str(&format!("<h1>{amount}</h1>"));
    if let Some(email) = &session.customer_email {
        out.push_str(&format!("<p class=\"quiet\">{}</p>", escape(email)));
    }
    out + "</section>"
}

fn open_part(session: &Session, declined: bool) -> String {
    let mut out = String::new();
    if declined {
        out.push_str(
            "<p class=\"alert\" role=\"alert\"><strong>Your card was declined.</strong> Nothing \
             was paid. You can try again.</p>",
        );
    }
    out.push_str("<form method=\"post\" class=\"stack\">");
    let mut button = |how: &str, class: &str, label: &str| {
        out.push_str(&format!(
            "<button name=\"how\" value=\"{how}\" class=\"{class}\">{label}</button>"
        ));
    };
    button("card", "primary", "Pay by card");
    if session.amount_total > 0 {
        if session.debit_method().is_some() {
            button("debit", "", "Pay by bank debit");
        }
        if session.verified_debit_method().is_some() {
            button(
                "microdeposits",
                "",
                "Pay by bank debit, verify the account later",
            );
        }
        if session.voucher().is_some() {
            button("voucher", "", "Take a voucher");
        }
    }
    button("decline", "", "Decline the card");
    if session.cancel_url.is_some() {
        button("back", "plain", "Go back");
    }
    out + "</form>"
}

fn complete_part(session: &Session, standing: Standing) -> String {
    let text = standing.sentence();
    let url = escape(&session.return_url());
    format!("<p class=\"note\">{text}</p><p><a href=\"{url}\">Return to the merchant</a></p>")
}

fn expired_part(session: &Session) -> String {
    let mut out = String::from(
        "<p class=\"note\">This session has expired and can no longer be paid. Open the link that \
         led here again to get a new one.</p>",
    );
    if let Some(url) = &session.cancel_url {
        let url = escape(url);
        out.push_str(&format!(
            "<p><a href=\"{url}\">Return to the merchant</a></p>"
        ));
    }
    out
}

/// A whole document around a body.
fn html(status: u16, title: &str, body: &str) -> Response {
    let title = escape(title);
    let document = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} | Fake Stripe Checkout</title><style>{STYLE}</style></head><body>\
         <header><strong>Fake Stripe Checkout</strong> <span>Test mode. This is not \
         Stripe, and no money moves.</span></header><main>{body}</main></body></html>"
    );
    let mut response = Response::of_html(status, document);
    let mut add = |name: &str, value: &str| response.headers.push((name.into(), value.into()));
    add("Cache-Control", "no-store");
    // No form-action: a browser would hold the redirect after a payment against it.
    add(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    );
    add("X-Content-Type-Options", "nosniff");
    response
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

const STYLE: &str = include_str!("pages/style.css");
