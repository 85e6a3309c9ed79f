//! The parts that all pages share: the document around a body, and escaping.

use crate::wire::Response;

/// A page that says one thing.
pub(crate) fn message(status: u16, text: &str) -> Response {
    let back = "<p><a href=\"/_/\">All sessions of the fake Stripe</a></p>";
    let body = format!("<h1>{}</h1>{back}", escape(text));
    html(status, text, &body)
}

/// A whole document around a body.
pub(super) fn html(status: u16, title: &str, body: &str) -> Response {
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

pub(super) fn escape(text: &str) -> String {
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

const STYLE: &str = include_str!("style.css");
