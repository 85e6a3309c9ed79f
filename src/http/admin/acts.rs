//! What operators do to a charge, a link, an order: by GET a page that says what will happen, by POST it is done.

use serde::Serialize;

use super::{charges::ChargeJson, desk::Desk, fields::Fields, resource::ChargeAct};
use crate::{
    domain::{
        act::{Act, ChargeChange, OfflineMethod, OfflinePayment, about_charge},
        id::{Attempt, ChargeId, OrderId},
        money::Money,
        time::Zone,
        token::Token,
    },
    guard::operator::{self, Acted, Obstacle, What},
    http::{
        handler::{Handled, Services},
        request::Body,
    },
    json,
    pages::admin::{acts as page, charges::title, layout::Tab},
    store::{self, charges::Detail},
};

/// The longest reason or note.
const LONGEST_TEXT: usize = 500;

#[derive(Serialize)]
struct Done<'a> {
    changed: bool,
    charge: ChargeJson<'a>,
}

#[derive(Serialize)]
struct Minted<'a> {
    link: MintedLink<'a>,
}

#[derive(Serialize)]
struct MintedLink<'a> {
    id: i64,
    url: &'a str,
}

/// What a form or a JSON object lacks.
struct Bad(String);

/// An act on a charge.
pub async fn on_charge<S: Services>(
    desk: &Desk<'_, S>,
    id: ChargeId,
    act: ChargeAct,
    body: &Body,
) -> Handled {
    let detail = store::charges::detail(desk.services, id).await;
    let detail = match desk.found(detail, "charge") {
        Ok(detail) => detail,
        Err(answer) => return *answer,
    };
    if !desk.request.is_post {
        let request = crate::encode::hex(&desk.services.random_bytes()[..16]);
        let heading = page::heading(act.path());
        let title = format!(
            "{heading}: {}, {}",
            detail.charge.player,
            title(&detail.charge)
        );
        let now = desk.services.now();
        let body = desk.in_zone(|zone| page::confirm(act.path(), &detail, &request, zone, now));
        return desk.page(200, "confirm", &title, Tab::Charges, &body);
    }
    let fields = match Fields::read(&desk.request.content_type, body)
        .and_then(|fields| fields.only(members(act)))
    {
        Ok(fields) => fields,
        Err(bad) => return bad.refused(desk.site, &desk.request),
    };
    if act == ChargeAct::Links {
        return mint(desk, &detail, &fields).await;
    }
    let what = desk.in_zone(|zone| what(desk, act, &detail, &fields, zone));
    let what = match what {
        Ok(what) => what,
        Err(Bad(detail)) => return desk.problem(400, "bad_request", "Nothing was done", &detail),
    };
    let policy = &desk.site.config.policy;
    match operator::act(desk.services, policy, id, &what, &desk.operator).await {
        Ok(Acted::Done) => done(desk, id, true).await,
        Ok(Acted::Unchanged) => done(desk, id, false).await,
        Ok(Acted::Refused(obstacle)) => refused(desk, obstacle),
        Ok(Acted::NotFound) => desk.not_found("charge"),
        Err(error) => desk.failed(error),
    }
}

/// What an act's body may hold.
const fn members(act: ChargeAct) -> &'static [&'static str] {
    match act {
        ChargeAct::Amount => &["amount"],
        ChargeAct::Close => &["reason"],
        ChargeAct::Reopen | ChargeAct::CancelPending => &[],
        ChargeAct::OfflinePayment => &["amount", "method", "paid_on", "note"],
        ChargeAct::Links => &["request"],
    }
}

/// Reads what is to be done.
fn what<S: Services>(
    desk: &Desk<'_, S>,
    act: ChargeAct,
    detail: &Detail,
    fields: &Fields,
    zone: &Zone<'_>,
) -> Result<What, Bad> {
    let owed = detail.charge.money();
    Ok(match act {
        ChargeAct::Amount => What::Change(ChargeChange::Amount(amount(fields, owed)?)),
        ChargeAct::Close => What::Change(ChargeChange::Close {
            reason: text(fields, "reason")?.ok_or_else(|| {
                Bad("reason is missing: say why nothing is to be paid.".to_owned())
            })?,
        }),
        ChargeAct::Reopen => What::Change(ChargeChange::Reopen),
        ChargeAct::CancelPending | ChargeAct::Links => What::CancelPending,
        ChargeAct::OfflinePayment => {
            let money = amount(fields, owed)?;
            if money.minor == 0 {
                return Err(Bad("amount must be more than 0.".to_owned()));
            }
            let method = fields.text("method").and_then(OfflineMethod::parse);
            let now = desk.services.now();
            let paid_at = match fields.text("paid_on") {
                None => now,
                Some(day) => zone
                    .noon(day)
                    .filter(|at| *at <= now.plus(crate::domain::time::Millis::minutes(24 * 60)))
                    .ok_or_else(|| {
                        Bad(
                            "paid_on must be a day that is over or today, such as 2026-05-31."
                                .to_owned(),
                        )
                    })?
                    .min(now),
            };
            let payment = OfflinePayment {
                money,
                method: method
                    .ok_or_else(|| Bad("method must be cash, check or transfer.".to_owned()))?,
                paid_at,
                note: text(fields, "note")?,
            };
            let attempt = Attempt::new(&desk.services.random_bytes());
            What::Change(ChargeChange::Offline { attempt, payment })
        }
    })
}

fn amount(fields: &Fields, owed: Money) -> Result<Money, Bad> {
    let text = fields
        .text("amount")
        .ok_or_else(|| Bad("amount is missing.".to_owned()))?;
    Money::parse(text, owed.currency).map_err(|why| Bad(format!("amount {why}.")))
}

fn text(fields: &Fields, name: &str) -> Result<Option<String>, Bad> {
    match fields.text(name) {
        Some(text) if text.chars().count() > LONGEST_TEXT => Err(Bad(format!(
            "{name} must have at most {LONGEST_TEXT} characters."
        ))),
        Some(text)
            if text
                .chars()
                .any(|c| c.is_control() && c != '\n' && c != '\r') =>
        {
            Err(Bad(format!("{name} has a character that cannot be shown.")))
        }
        other => Ok(other.map(str::to_owned)),
    }
}

/// The charge as it is now, or on to its page.
async fn done<S: Services>(desk: &Desk<'_, S>, id: ChargeId, changed: bool) -> Handled {
    let code = if changed { "done" } else { "unchanged" };
    if desk.wants_page() {
        return desk.see_other(code, &format!("/admin/charges/{id}"));
    }
    let detail = store::charges::detail(desk.services, id).await;
    match desk.found(detail, "charge") {
        Ok(detail) => {
            let charge = ChargeJson::from(&detail.charge);
            desk.json(code, &Done { changed, charge })
        }
        Err(answer) => *answer,
    }
}

/// 409: a payment, a bank or another operator was faster.
pub(super) fn refused<S: Services>(desk: &Desk<'_, S>, obstacle: Obstacle) -> Handled {
    let (code, title, detail) = match obstacle {
        Obstacle::Paid => (
            "already_paid",
            "It is paid",
            "The charge is paid. Nothing was changed. If money has to go back, refund its order.",
        ),
        Obstacle::Processing => (
            "processing",
            "A bank is processing a payment",
            "A payment for this charge is at a bank, so nothing was changed. Try again when the bank has answered.",
        ),
        Obstacle::Refunded => (
            "refunded",
            "It was refunded",
            "The charge was paid and refunded. Reopen it first, if it is to be paid again.",
        ),
        Obstacle::Closed => (
            "closed",
            "It is closed",
            "The charge is closed. Reopen it first.",
        ),
        Obstacle::NothingPending => (
            "nothing_pending",
            "Nothing is pending",
            "The charge has no pending order, so there is nothing to cancel.",
        ),
        Obstacle::NothingToRefund => (
            "nothing_to_refund",
            "There is nothing to refund",
            "Nothing was paid for this order, or all of it has gone back.",
        ),
        Obstacle::TooMuch => (
            "too_much",
            "That is too much",
            "So much is not left of the payment: a part of it has gone back already.",
        ),
        Obstacle::RefusedByStripe => (
            "refused_by_stripe",
            "Stripe does not refund it",
            "Stripe refused the refund, for example because the payment is disputed. See it in Stripe's dashboard.",
        ),
    };
    desk.problem(409, code, title, detail)
}

/// Mints a link. The same form twice mints once: its second answer cannot show the link again.
async fn mint<S: Services>(desk: &Desk<'_, S>, detail: &Detail, fields: &Fields) -> Handled {
    let request = fields.text("request");
    if request.is_some_and(|request| request.len() > 64 || !request.is_ascii()) {
        let why = "request must have at most 64 ASCII characters.";
        return desk.problem(400, "bad_request", "Nothing was done", why);
    }
    let charge = detail.charge.id;
    let token = Token::mint(&desk.services.random_bytes());
    let act = Act {
        operator: desk.operator.clone(),
        act: "mint_link",
        about: about_charge(charge),
        detail: "{}".to_owned(),
    };
    let now = desk.services.now();
    let minted = store::links::mint(desk.services, charge, &token.hash(), request, &act, now).await;
    let id = match minted {
        Ok(Some(id)) => id,
        Ok(None) => {
            let why = "This form made a link before. A link is shown once: make another one, if it is lost.";
            return desk.problem(409, "minted_before", "The link was made already", why);
        }
        Err(error) => return desk.failed(error),
    };
    let path = detail.charge.kind.path();
    let origin = &desk.site.config.policy.public_origin;
    let url = format!("{origin}{path}?token={}", token.query_value());
    if desk.wants_page() {
        let body = page::minted(charge, &url);
        return desk.page(200, "minted", "A new link", Tab::Charges, &body);
    }
    desk.json(
        "minted",
        &Minted {
            link: MintedLink { id, url: &url },
        },
    )
}

#[derive(Serialize)]
struct Revoked {
    changed: bool,
    link_id: i64,
}

/// Takes a link back. Whoever has paid is told so all the same.
pub async fn revoke<S: Services>(desk: &Desk<'_, S>, id: i64, body: &Body) -> Handled {
    let charge = match desk.found(store::links::charge_of(desk.services, id).await, "link") {
        Ok(charge) => charge,
        Err(answer) => return *answer,
    };
    if !desk.request.is_post {
        let page = page::revoke(id, charge);
        return desk.page(200, "confirm", "Revoke a link", Tab::Charges, &page);
    }
    let fields = Fields::read(&desk.request.content_type, body).and_then(|it| it.only(&[]));
    if let Err(bad) = fields {
        return bad.refused(desk.site, &desk.request);
    }
    let act = Act {
        operator: desk.operator.clone(),
        act: "revoke_link",
        about: about_charge(charge),
        detail: json::to_string(&serde_json::json!({ "link": id })),
    };
    match store::links::revoke(desk.services, id, &act, desk.services.now()).await {
        Ok(_) if desk.wants_page() => desk.see_other("done", &format!("/admin/charges/{charge}")),
        Ok(changed) => desk.json(
            "done",
            &Revoked {
                changed,
                link_id: id,
            },
        ),
        Err(error) => desk.failed(error),
    }
}

/// Refunds an order's payment, or a part of it.
pub async fn refund<S: Services>(desk: &Desk<'_, S>, id: OrderId, body: &Body) -> Handled {
    let found = store::charges::of_order(desk.services, id).await;
    let (charge, order) = match desk.found(found, "order") {
        Ok(found) => found,
        Err(answer) => return *answer,
    };
    if !desk.request.is_post {
        let page = page::refund(charge, &order);
        let title = format!("Refund order {id}");
        return desk.page(200, "confirm", &title, Tab::Charges, &page);
    }
    let fields = Fields::read(&desk.request.content_type, body).and_then(|it| it.only(&["amount"]));
    let fields = match fields {
        Ok(fields) => fields,
        Err(bad) => return bad.refused(desk.site, &desk.request),
    };
    let minor = match fields
        .text("amount")
        .map(|_| refund_amount(&fields, order.money()))
    {
        None => None,
        Some(Ok(money)) => Some(money.minor),
        Some(Err(Bad(why))) => return desk.problem(400, "bad_request", "Nothing was done", &why),
    };
    match operator::refund(desk.services, id, minor, &desk.operator).await {
        Ok(Acted::Done | Acted::Unchanged) => done(desk, charge, true).await,
        Ok(Acted::Refused(obstacle)) => refused(desk, obstacle),
        Ok(Acted::NotFound) => desk.not_found("order"),
        Err(error) => desk.failed(error),
    }
}

/// A refund may be smaller than the least that Stripe charges.
fn refund_amount(fields: &Fields, paid: Money) -> Result<Money, Bad> {
    let text = fields.text("amount").unwrap_or_default();
    let money = Money::read(text, paid.currency).map_err(|why| Bad(format!("amount {why}.")))?;
    if money.minor == 0 {
        return Err(Bad("amount must be more than 0.".to_owned()));
    }
    Ok(money)
}
