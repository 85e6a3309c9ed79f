//! `GET` and `POST /admin/explain`: what a pasted link would get. The link's token is hashed, and stands nowhere else.

pub mod page;

use serde::Serialize;

use crate::{
    desk::{
        charges::{ChargeJson, detail},
        layout::Tab,
        request::{Desk, Reply},
    },
    domain::token::Token,
    guard::explain::Explained,
    http::{handler::Services, request::Body},
    store::checkout,
};

/// Whose link it is, and what it would get.
#[derive(Serialize)]
struct ExplainedJson<'a> {
    #[serde(flatten)]
    explained: &'a Explained,
    charge: ChargeJson<'a>,
}

const TITLE: &str = "Explain a link";

/// Shows the form, or explains the link that was pasted.
pub async fn handle<S: Services>(desk: &Desk<'_, S>, body: &Body) -> Reply {
    if !desk.request.is_post {
        return Ok(desk.page(200, "explain", TITLE, Tab::Explain, &page::form(None)));
    }
    let fields = desk.fields(body, &["link"])?;
    let Some(token) = fields.text("link").and_then(token) else {
        let detail =
            "link must be a payment link: what stands after token= in it has 8 to 200 characters.";
        return Ok(desk.problem(400, "bad_request", "This is no payment link", detail));
    };
    let checkout = checkout::peek_link(desk.services, &token.hash()).await;
    let checkout = desk.found(checkout, "link")?;
    let explained = desk.explain(&checkout);
    let charge = detail::find(desk.services, checkout.charge.id).await;
    let charge = desk.found(charge, "charge")?;
    let json = ExplainedJson {
        charge: (&charge).into(),
        explained: &explained,
    };
    Ok(desk.answer("explain", &json, (TITLE, Tab::Explain), |_| {
        page::form(Some((&charge, &explained)))
    }))
}

/// The token of a link that was pasted: a whole URL, or the token alone.
fn token(link: &str) -> Option<Token> {
    match link.split_once('?') {
        Some((_, query)) => Token::from_query(query.split('#').next().unwrap_or_default()),
        None => Token::parse(link),
    }
}
