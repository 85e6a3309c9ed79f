//! `GET` and `POST /admin/explain`: what a pasted link would get. The link's token is hashed, and stands nowhere else.

pub mod page;

use serde::Serialize;

use crate::{
    desk::{
        charges::{ChargeJson, detail},
        form::Errors,
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
        return Ok(desk.page(
            200,
            "explain",
            TITLE,
            Tab::Explain,
            &page::form(None, &Errors::default()),
        ));
    }
    let fields = desk.fields(body, &["link"])?;
    let Some(token) = fields.text("link").and_then(token) else {
        let why = "must be a payment link: what stands after token= in it has 8 to 200 characters";
        let mut errors = Errors::default();
        errors.add("link", why);
        if desk.wants_page() {
            let page = page::form(None, &errors);
            return Ok(desk.page(400, "bad_request", TITLE, Tab::Explain, &page));
        }
        let detail = errors.text();
        return Ok(desk.problem(400, "bad_request", "This is no payment link", &detail));
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
        page::form(Some((&charge, &explained)), &Errors::default())
    }))
}

/// The token of a link that was pasted: of a URL, with whatever stands around it, or the token alone.
fn token(pasted: &str) -> Option<Token> {
    let Some((_, behind)) = pasted.split_once("token=") else {
        return Token::parse(pasted);
    };
    let ends = |c: char| c.is_whitespace() || matches!(c, '&' | '#' | '"' | '\'' | '<' | '>');
    let token = behind.split(ends).next().unwrap_or_default();
    Token::from_query(&format!("token={token}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_found_in_what_was_pasted() {
        let expected = Token::parse("token-of-player-25").map(|token| token.hash());
        assert!(expected.is_some());
        for pasted in [
            "token-of-player-25",
            "https://pay.club.example/checkout/pay?token=token-of-player-25",
            "https://pay.club.example/checkout/pay?a=b&token=token-of-player-25&c=d#e",
            "please click here:\nhttps://pay.club.example/checkout/pay?token=token-of-player-25\nthank you",
            "<https://pay.club.example/checkout/pay?token=token-of-player-25>",
        ] {
            let found = token(pasted).map(|token| token.hash());
            assert_eq!(found, expected, "{pasted}");
        }
        for pasted in ["", "see token= below"] {
            assert!(token(pasted).is_none(), "{pasted}");
        }
    }
}
