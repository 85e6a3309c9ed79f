//! The acts of operators on a charge, a link, an order: by GET a page that says what will happen, by POST it is done.

pub mod page;

use std::cmp::Ordering;

use serde::Serialize;

use crate::{
    desk::{
        charges::{
            ChargeJson,
            detail::{self, OrderOf},
            list_page::title,
        },
        confirmation::Confirmation,
        form::Errors,
        layout::Tab,
        request::{Desk, Reply},
        routes::ChargeAct,
    },
    domain::{
        act::{Act, ChargeChange, OfflineMethod, OfflinePayment, Rest, about_charge},
        error::GuardError,
        id::{Attempt, ChargeId, OrderId},
        money::{Currency, Money},
        time::Zone,
        token::Token,
    },
    guard::{
        after::FollowUp,
        operator::{self, Acted, Command, Obstacle, RefundAsked, Refunded},
    },
    http::{
        fields::Fields,
        handler::{Handled, Services},
        request::Body,
    },
    json,
    store::{self, charges::Listed},
};

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

/// The fault of a form or a JSON object, as a sentence.
struct Bad(String);

impl Bad {
    /// 400, naming it.
    fn refused<S: Services>(&self, desk: &Desk<'_, S>) -> Box<Handled> {
        let Self(why) = self;
        Box::new(desk.bad_request(why))
    }

    /// The same beside its field, whose name begins it.
    fn errors(&self, names: &[&'static str]) -> Errors {
        let mut errors = Errors::default();
        let (field, why) = self.0.split_once(' ').unwrap_or_default();
        if let Some(name) = names.iter().find(|name| **name == field) {
            errors.add(name, why.trim_end_matches('.'));
        }
        errors
    }
}

/// An act on a charge.
pub async fn on_charge<S: Services>(
    desk: &Desk<'_, S>,
    id: ChargeId,
    act: ChargeAct,
    body: &Body,
) -> Reply {
    let charge = detail::find(desk.services, id).await;
    let charge = desk.found(charge, "charge")?;
    let heading = page::heading(act);
    let title = format!("{heading}: {}, {}", charge.player, title(&charge));
    let has_receipts = desk.mail_missing().is_none();
    if !desk.request.is_post {
        let now = desk.services.now();
        let form = page::Form {
            has_receipts,
            sent: None,
        };
        let body = desk.in_zone(|zone| page::confirm(act, &charge, form, zone, now));
        return Ok(desk.page(200, "confirm", &title, Tab::Charges, &body));
    }
    let fields = desk.fields(body, members(act))?;
    let what = desk.in_zone(|zone| what(desk, act, charge.money(), &fields, zone));
    let what = match what {
        Ok(what) => what,
        Err(bad) => {
            let errors = bad.errors(members(act));
            if errors.is_empty() || !desk.wants_page() {
                return Err(bad.refused(desk));
            }
            let now = desk.services.now();
            let body = desk.in_zone(|zone| {
                let today = zone.iso_date(now);
                let sent = page::Sent {
                    typed: typed(&fields, &today),
                    reason: fields.text("reason").unwrap_or_default(),
                    errors,
                };
                let form = page::Form {
                    has_receipts,
                    sent: Some(&sent),
                };
                page::confirm(act, &charge, form, zone, now)
            });
            return Ok(desk.page(400, "bad_request", &title, Tab::Charges, &body));
        }
    };
    let policy = &desk.site.config.policy;
    let acted = operator::act(desk.services, policy, id, &what, desk.operator()).await;
    if let Ok(Acted::Refused(
        Obstacle::NotTheAmount { paid, owed } | Obstacle::RestDoesNotFit { paid, owed, .. },
    )) = acted
        && desk.wants_page()
    {
        let asked = page::Asked {
            paid,
            owed,
            has_receipts,
        };
        let now = desk.services.now();
        let body = desk.in_zone(|zone| {
            let today = zone.iso_date(now);
            page::ask(&charge, asked, &typed(&fields, &today), &today)
        });
        return Ok(desk.page(409, "not_the_amount", &title, Tab::Charges, &body));
    }
    let changed = changed(desk, acted, "charge")?;
    let what = match act {
        ChargeAct::Amount => Confirmation::Amount,
        ChargeAct::Close => Confirmation::Closed,
        ChargeAct::Reopen => Confirmation::Reopened,
        ChargeAct::OfflinePayment => Confirmation::OfflinePayment,
        ChargeAct::GiveUpSession => Confirmation::GaveUpSession,
        ChargeAct::CancelPending => Confirmation::CanceledPending,
    };
    done(desk, id, what, changed).await
}

/// The form of an offline payment as it was sent.
fn typed<'a>(fields: &'a Fields, today: &'a str) -> page::Typed<'a> {
    page::Typed {
        amount: fields.text("amount").unwrap_or_default(),
        method: fields.text("method").and_then(OfflineMethod::parse),
        paid_on: fields.text("paid_on").unwrap_or(today),
        note: fields.text("note").unwrap_or_default(),
        no_receipt: fields.text("no_receipt") == Some("true"),
    }
}

/// Whether an act changed anything; the answer, if it could not be done.
pub(super) fn changed<S: Services>(
    desk: &Desk<'_, S>,
    acted: Result<Acted, GuardError>,
    what: &str,
) -> Result<bool, Box<Handled>> {
    match acted {
        Ok(Acted::Done) => Ok(true),
        Ok(Acted::Unchanged) => Ok(false),
        Ok(Acted::Refused(obstacle)) => Err(Box::new(refused(desk, obstacle))),
        Ok(Acted::NotFound) => Err(Box::new(desk.not_found(what))),
        Err(error) => Err(Box::new(desk.failed(error))),
    }
}

/// The members that an act's body may have.
const fn members(act: ChargeAct) -> &'static [&'static str] {
    match act {
        ChargeAct::Amount => &["amount"],
        ChargeAct::Close => &["reason"],
        ChargeAct::Reopen | ChargeAct::CancelPending | ChargeAct::GiveUpSession => &[],
        ChargeAct::OfflinePayment => &[
            "amount",
            "method",
            "paid_on",
            "note",
            "no_receipt",
            "rest",
            "owed",
        ],
    }
}

/// Reads what is to be done.
fn what<S: Services>(
    desk: &Desk<'_, S>,
    act: ChargeAct,
    owed: Money,
    fields: &Fields,
    zone: &Zone<'_>,
) -> Result<Command, Bad> {
    Ok(match act {
        ChargeAct::Amount => Command::Change(ChargeChange::Amount(amount(fields, owed.currency)?)),
        ChargeAct::Close => Command::Change(ChargeChange::Close {
            reason: text(fields, "reason")?.ok_or_else(|| {
                Bad("reason is missing: say why nothing is to be paid.".to_owned())
            })?,
        }),
        ChargeAct::Reopen => Command::Change(ChargeChange::Reopen),
        ChargeAct::CancelPending => Command::CancelPending,
        ChargeAct::GiveUpSession => Command::GiveUpSession,
        ChargeAct::OfflinePayment => Command::Change(ChargeChange::Offline {
            attempt: Attempt::new(&desk.services.random_bytes()),
            payment: offline_payment(desk, owed.currency, fields, zone)?,
        }),
    })
}

/// Reads an offline payment.
fn offline_payment<S: Services>(
    desk: &Desk<'_, S>,
    currency: Currency,
    fields: &Fields,
    zone: &Zone<'_>,
) -> Result<OfflinePayment, Bad> {
    let money = amount(fields, currency)?;
    if money.minor == 0 {
        return Err(Bad("amount must be more than 0.".to_owned()));
    }
    let method = fields.text("method").and_then(OfflineMethod::parse);
    let now = desk.services.now();
    // A field that was left empty is no day. Who means today leaves it out.
    let paid_at = match fields.given("paid_on").map(str::trim) {
        None => now,
        Some(day) => zone
            .noon(day)
            .filter(|at| *at <= now.plus(crate::domain::time::Millis::minutes(24 * 60)))
            .ok_or_else(|| {
                Bad("paid_on must be a day that is over or today, such as 2026-05-31.".to_owned())
            })?
            .min(now),
    };
    let rest = fields.text("rest").map(|word| {
        let unknown = || Bad("rest must be waived or kept.".to_owned());
        Rest::parse(word).ok_or_else(unknown)
    });
    let seen = read(fields, "owed", currency)?;
    Ok(OfflinePayment {
        money,
        rest: rest.transpose()?,
        seen,
        method: method.ok_or_else(|| Bad("method must be cash, check or transfer.".to_owned()))?,
        paid_at,
        note: text(fields, "note")?,
        receipt: wants_receipt(desk, fields)?,
    })
}

/// Whether the payer is to get a receipt: unless the operator wants none, or no email can be sent.
fn wants_receipt<S: Services>(desk: &Desk<'_, S>, fields: &Fields) -> Result<bool, Bad> {
    let wants_none = match fields.text("no_receipt") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Bad("no_receipt must be true or false.".to_owned())),
    };
    Ok(!wants_none && desk.mail_missing().is_none())
}

fn amount(fields: &Fields, currency: Currency) -> Result<Money, Bad> {
    let money = fields.money("amount", currency, Money::parse);
    let money = money.map_err(|why| Bad(format!("amount {why}.")))?;
    money.ok_or_else(|| Bad("amount is missing.".to_owned()))
}

/// An amount that may be less than Stripe charges; `None` if there is none.
fn read(fields: &Fields, name: &str, currency: Currency) -> Result<Option<Money>, Bad> {
    let money = fields.money(name, currency, Money::read);
    money.map_err(|why| Bad(format!("{name} {why}.")))
}

fn text(fields: &Fields, name: &str) -> Result<Option<String>, Bad> {
    let note = fields.note(name).map_err(Bad)?;
    Ok(note.map(str::to_owned))
}

/// The charge as it is now, or on to its page.
async fn done<S: Services>(
    desk: &Desk<'_, S>,
    id: ChargeId,
    done: Confirmation,
    changed: bool,
) -> Reply {
    let code = if changed { "done" } else { "unchanged" };
    if desk.wants_page() {
        let done = if changed {
            done
        } else {
            Confirmation::Unchanged
        };
        return Ok(desk.done(done, code, &format!("/admin/charges/{id}")));
    }
    let charge = detail::find(desk.services, id).await;
    let charge = desk.found(charge, "charge")?;
    let charge = ChargeJson::from(&charge);
    Ok(desk.json(code, &Done { changed, charge }))
}

/// 409: a payment, a bank or another operator was faster.
pub(in crate::desk) fn refused<S: Services>(desk: &Desk<'_, S>, obstacle: Obstacle) -> Handled {
    let at_most;
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
        Obstacle::TooMuch(left) => {
            at_most =
                format!("At most {left} can be refunded: that is what is left of the payment.");
            ("too_much", "That is too much", at_most.as_str())
        }
        Obstacle::RefusedByStripe => (
            "refused_by_stripe",
            "Stripe does not refund it",
            "Stripe refused the refund, for example because the payment is disputed. See it in Stripe's dashboard.",
        ),
        Obstacle::TooEarly => (
            "too_early",
            "It is too early",
            "The payment page may still be open in an account that is out of reach. Try again when its time is over.",
        ),
        Obstacle::NotTheAmount { paid, owed } => {
            return not_the_amount(desk, paid, owed);
        }
        Obstacle::RestDoesNotFit { rest, paid, owed } => {
            return rest_does_not_fit(desk, rest, paid, owed);
        }
    };
    desk.problem(409, code, title, detail)
}

/// The amounts that a program is told of an offline payment that was not recorded, besides the sentence.
#[derive(Serialize)]
struct Unsettled {
    amount: String,
    owed: String,
    currency: String,
}

impl Unsettled {
    fn new(paid: Money, owed: Money) -> Self {
        Self {
            amount: paid.major(),
            owed: owed.major(),
            currency: owed.currency.into(),
        }
    }
}

/// 409: what was paid is not what is owed, and nobody has said of that amount what becomes of the rest.
fn not_the_amount<S: Services>(desk: &Desk<'_, S>, paid: Money, owed: Money) -> Handled {
    let rest = Money {
        minor: (owed.minor - paid.minor).abs(),
        ..owed
    };
    let choice = if paid.currency != owed.currency {
        "The charge is in another currency now.".to_owned()
    } else if paid.minor < owed.minor {
        format!("If the {rest} that are missing are waived, say so: rest is \"waived\".")
    } else {
        format!("If the club keeps the {rest} that are too much, say so: rest is \"kept\".")
    };
    let detail = format!(
        "{paid} was paid, and {owed} is owed. Nothing was recorded. {choice} If the charge's amount is wrong, change it first."
    );
    let title = "It is not the amount that is owed";
    let members = Unsettled::new(paid, owed);
    desk.problem_with(409, "not_the_amount", title, &detail, &members)
}

/// 409: the rest was to be waived and there is none, or the like.
fn rest_does_not_fit<S: Services>(
    desk: &Desk<'_, S>,
    rest: Rest,
    paid: Money,
    owed: Money,
) -> Handled {
    let why = match (paid.minor.cmp(&owed.minor), rest) {
        (Ordering::Equal, Rest::Waived | Rest::Kept) => "That is just what is owed: leave rest out",
        (Ordering::Less, Rest::Waived | Rest::Kept) => {
            "Less than is owed was paid, so there is nothing to keep"
        }
        (Ordering::Greater, Rest::Waived | Rest::Kept) => {
            "More than is owed was paid, so there is nothing to waive"
        }
    };
    let detail = format!("{paid} was paid, and {owed} is owed. {why}. Nothing was recorded.");
    let title = "What is said of the rest does not fit";
    let members = Unsettled::new(paid, owed);
    desk.problem_with(409, "rest_does_not_fit", title, &detail, &members)
}

/// Says what another link is for, or makes one.
pub async fn mint_link<S: Services>(desk: &Desk<'_, S>, id: ChargeId, body: &Body) -> Reply {
    let charge = detail::find(desk.services, id).await;
    let charge = desk.found(charge, "charge")?;
    if desk.request.is_post {
        let fields = desk.fields(body, &["request"])?;
        return Ok(mint(desk, &charge, &fields).await);
    }
    let request = crate::encode::hex(&desk.services.random_bytes()[..16]);
    let title = format!("Make a link: {}, {}", charge.player, title(&charge));
    let page = page::mint(&charge, &request);
    Ok(desk.page(200, "confirm", &title, Tab::Charges, &page))
}

/// Mints a link. The same form twice mints once: its second answer cannot show the link again.
async fn mint<S: Services>(desk: &Desk<'_, S>, charge: &Listed, fields: &Fields) -> Handled {
    let request = fields.text("request");
    if request.is_some_and(|request| request.len() > 64 || !request.is_ascii()) {
        let why = "request must have at most 64 ASCII characters.";
        return desk.bad_request(why);
    }
    let path = charge.kind.path();
    let token = Token::mint(&desk.services.random_bytes());
    let act = Act {
        operator: desk.operator().clone(),
        act: "mint_link",
        about: about_charge(charge.id),
        detail: "{}".to_owned(),
    };
    let now = desk.services.now();
    let minted =
        store::links::mint(desk.services, charge.id, &token.hash(), request, &act, now).await;
    let id = match minted {
        Ok(Some(id)) => id,
        Ok(None) => {
            let why = "This form made a link before. A link is shown once: make another one, if it is lost.";
            return desk.problem(409, "minted_before", "The link was made already", why);
        }
        Err(error) => return desk.failed(error),
    };
    let origin = &desk.site.config.policy.public_origin;
    let url = format!("{origin}{path}?token={}", token.query_value());
    if desk.wants_page() {
        // The link is made and shown, whatever becomes of this.
        let email = detail::email(desk.services, charge.id).await;
        let email = email.ok().flatten().unwrap_or_default();
        let body = page::minted(charge, &email, &url);
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
pub async fn revoke<S: Services>(desk: &Desk<'_, S>, id: i64, body: &Body) -> Reply {
    let charge = desk.found(store::links::charge_of(desk.services, id).await, "link")?;
    if !desk.request.is_post {
        let page = page::revoke(id, charge);
        return Ok(desk.page(200, "confirm", "Revoke a link", Tab::Charges, &page));
    }
    desk.fields(body, &[])?;
    let act = Act {
        operator: desk.operator().clone(),
        act: "revoke_link",
        about: about_charge(charge),
        detail: json::to_string(&serde_json::json!({ "link": id })),
    };
    let revoked = store::links::revoke(desk.services, id, &act, desk.services.now()).await;
    Ok(match revoked {
        Ok(_) if desk.wants_page() => desk.done(
            Confirmation::Revoked,
            "done",
            &format!("/admin/charges/{charge}"),
        ),
        Ok(changed) => desk.json(
            "done",
            &Revoked {
                changed,
                link_id: id,
            },
        ),
        Err(error) => desk.failed(error),
    })
}

/// Refunds an order's payment, or a part of it.
pub async fn refund<S: Services>(desk: &Desk<'_, S>, id: OrderId, body: &Body) -> Reply {
    let found = detail::of_order(desk.services, id).await;
    let (charge, order) = desk.found(found, "order")?;
    if !desk.request.is_post {
        return refund_form(desk, charge, &order, None, &Errors::default()).await;
    }
    let fields = desk.fields(body, &["amount", "refunded"])?;
    let typed = fields.text("amount").unwrap_or_default();
    let asked = match refund_asked(&fields, order.money().currency) {
        Ok(asked) => asked,
        Err(bad) => {
            let errors = bad.errors(&["amount"]);
            if desk.wants_page() && !errors.is_empty() {
                return refund_form(desk, charge, &order, Some(typed), &errors).await;
            }
            return Err(bad.refused(desk));
        }
    };
    let refunded = ask_refund(desk, id, asked).await;
    if let Ok(Refunded::Refused(Obstacle::TooMuch(left))) = &refunded
        && desk.wants_page()
    {
        let mut errors = Errors::default();
        errors.add("amount", format!("must be at most {left}"));
        return refund_form(desk, charge, &order, Some(typed), &errors).await;
    }
    refund_made(desk, id, refunded).await?;
    done(desk, charge, Confirmation::Refunded, true).await
}

/// The form of a refund. `typed` is the amount that came back with it.
async fn refund_form<S: Services>(
    desk: &Desk<'_, S>,
    id: ChargeId,
    order: &OrderOf,
    typed: Option<&str>,
    errors: &Errors,
) -> Reply {
    let charge = detail::find(desk.services, id).await;
    let charge = desk.found(charge, "charge")?;
    let page = page::refund(id, order, typed, errors);
    let title = format!("Refund: {}, {}", charge.player, title(&charge));
    let (status, code) = if errors.is_empty() {
        (200, "confirm")
    } else {
        (400, "bad_request")
    };
    Ok(desk.page(status, code, &title, Tab::Charges, &page))
}

/// Reads what is to be refunded. A refund may be smaller than the least that Stripe charges.
fn refund_asked(fields: &Fields, currency: Currency) -> Result<RefundAsked, Bad> {
    let minor = |name| Ok(read(fields, name, currency)?.map(|money| money.minor));
    let (minor, seen) = (minor("amount")?, minor("refunded")?);
    if minor == Some(0) {
        return Err(Bad("amount must be more than 0.".to_owned()));
    }
    if minor.is_some() && seen.is_none() {
        return Err(Bad(
            "refunded is missing: beside an amount, say how much had gone back when you looked, as the charge's page shows it."
                .to_owned(),
        ));
    }
    Ok(RefundAsked { minor, seen })
}

/// Makes a refund; the answer, if it was not made.
pub(in crate::desk) async fn make_refund<S: Services>(
    desk: &Desk<'_, S>,
    order: OrderId,
    asked: RefundAsked,
) -> Result<(), Box<Handled>> {
    let refunded = ask_refund(desk, order, asked).await;
    refund_made(desk, order, refunded).await
}

async fn ask_refund<S: Services>(
    desk: &Desk<'_, S>,
    order: OrderId,
    asked: RefundAsked,
) -> Result<Refunded, GuardError> {
    let policy = &desk.site.config.policy;
    operator::refund(desk.services, policy, order, asked, desk.operator()).await
}

/// Whether it was made; the answer, if it was not.
async fn refund_made<S: Services>(
    desk: &Desk<'_, S>,
    order: OrderId,
    refunded: Result<Refunded, GuardError>,
) -> Result<(), Box<Handled>> {
    match refunded {
        Ok(Refunded::Done) => Ok(()),
        Ok(Refunded::Refused(obstacle)) => Err(Box::new(refused(desk, obstacle))),
        Ok(Refunded::NotFound) => Err(Box::new(desk.not_found("order"))),
        Ok(Refunded::Changed) => Err(changed_meanwhile(desk, order).await),
        Ok(Refunded::InProgress(open)) => {
            let detail = format!(
                "A refund of {} was asked for, and Stripe has not answered yet. Nothing was added to it. The charge's page shows \
                 what becomes of it.",
                open.money
            );
            let title = "A refund is in progress";
            let handled = desk.problem(409, "refund_in_progress", title, &detail);
            Err(Box::new(handled.then(Some(FollowUp::FinishRefund(open)))))
        }
        Ok(Refunded::Unclear(error)) => {
            let detail = "No answer came, so it is not known yet whether the refund was made. Nothing has to be done: it is \
                          looked into by itself, and is made at most once. The charge's page shows what became of it.";
            let title = "The refund is being looked into";
            let handled = desk.problem(503, "refund_unclear", title, detail);
            Err(Box::new(handled.because(error)))
        }
        Err(error) => Err(Box::new(desk.failed(error))),
    }
}

/// 409: another sum has gone back by now than the operator saw.
async fn changed_meanwhile<S: Services>(desk: &Desk<'_, S>, order: OrderId) -> Box<Handled> {
    let found = detail::of_order(desk.services, order).await;
    let order = match desk.found(found, "order") {
        Ok((_, order)) => order,
        Err(early) => return early,
    };
    let refunded = order.refunded();
    let detail = format!(
        "{refunded} of this payment has gone back by now, which is not what you saw. Nothing was refunded: look at the \
         charge's page again."
    );
    let now = serde_json::json!({ "refunded": refunded.major(), "currency": refunded.currency });
    Box::new(desk.problem_with(
        409,
        "changed",
        "It has changed since you looked",
        &detail,
        &now,
    ))
}
