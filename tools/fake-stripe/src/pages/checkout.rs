//! The payer's page of a session.

use super::display_status::DisplayStatus;
use super::layout::{escape, html, message};
use crate::form::Form;
use crate::money;
use crate::session::{Session, Status};
use crate::stripe::Stripe;
use crate::wire::Response;

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
            let display = DisplayStatus::of(stripe, &session);
            payer_page(200, &session, display, query == "declined")
        }
        "POST" => {
            let form = Form::decode(body).unwrap_or_else(|_| Form::empty());
            let how = form.text("how").unwrap_or_default().to_owned();
            submit(stripe, &session, &how, now_ms)
        }
        _ => message(405, "This page takes GET and POST."),
    }
}

/// A button of the payer's page.
fn submit(stripe: &mut Stripe, session: &Session, how: &str, now_ms: i64) -> Response {
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
                payer_page(409, session, DisplayStatus::of(stripe, session), false)
            }
            Some(_) | None => message(409, "This session cannot be paid this way."),
        },
    }
}

fn payer_page(status: u16, session: &Session, display: DisplayStatus, declined: bool) -> Response {
    let lower = match display {
        DisplayStatus::Open => open_part(session, declined),
        DisplayStatus::Expired => expired_part(session),
        DisplayStatus::Free
        | DisplayStatus::Paid
        | DisplayStatus::Waiting
        | DisplayStatus::Processing
        | DisplayStatus::Failed
        | DisplayStatus::Refunded
        | DisplayStatus::Disputed
        | DisplayStatus::Lost => complete_part(session, display),
    };
    let body = format!("{}{lower}", summary(session));
    html(status, display.label(), &body)
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

fn complete_part(session: &Session, display: DisplayStatus) -> String {
    let text = display.sentence();
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
