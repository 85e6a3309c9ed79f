//! `GET /admin/periods` and `POST /admin/periods`: the months that are open, and how one is opened. With `dry_run=1` the
//! answer says who would be charged, and nothing is written. A browser sees that first, and sends its fingerprint along.

pub mod page;
pub mod query;
pub mod take_back;

use serde::Serialize;

use crate::{
    billing::months::{self, Outcome, Preview},
    desk::{
        confirmation::Confirmation,
        layout::Tab,
        months::page::Shown,
        request::{Desk, Reply},
    },
    domain::{
        charge::{Kind, is_period},
        money::{Currency, Money},
        month::{LeftOut, Month},
        time::{is_day, rfc_3339, shown_month},
    },
    http::{
        fields::Fields,
        handler::{Handled, Services},
        request::Body,
    },
    store::{self, months::Opened},
};

const TITLE: &str = "Months";
const MEMBERS: [&str; 5] = ["period", "kind", "currency", "due_on", "seen"];
/// The page asks whether a due date that has passed is meant. A program is told, and not asked.
const FIELDS: [&str; 6] = ["period", "kind", "currency", "due_on", "seen", "past_due"];

#[derive(Serialize)]
struct SumJson {
    count: i64,
    amount: String,
}

#[derive(Serialize)]
struct OpenedJson<'a> {
    period: &'a str,
    kind: Kind,
    currency: Currency,
    due_on: &'a str,
    opened_at: String,
    opened_by: &'a str,
    charged: SumJson,
    outstanding: SumJson,
    left_out: i64,
    taken_back_at: Option<String>,
}

impl<'a> From<&'a Opened> for OpenedJson<'a> {
    fn from(month: &'a Opened) -> Self {
        let sum = |count: i64, money: Money| SumJson {
            count,
            amount: money.major(),
        };
        Self {
            period: &month.period,
            kind: month.kind,
            currency: month.currency,
            due_on: &month.due_on,
            opened_at: rfc_3339(month.opened_at),
            opened_by: &month.opened_by,
            charged: sum(month.charged, month.money()),
            outstanding: sum(month.unpaid, month.outstanding()),
            left_out: month.left_out,
            taken_back_at: month.taken_back_at.map(rfc_3339),
        }
    }
}

#[derive(Serialize)]
struct ListJson<'a> {
    periods: Vec<OpenedJson<'a>>,
    next: Option<String>,
    unfolded: u64,
}

/// Shows the months, or opens one.
pub async fn handle<S: Services>(desk: &Desk<'_, S>, asked: query::Asked, body: &Body) -> Reply {
    if desk.request.is_post {
        return open(desk, asked.dry_run, body).await;
    }
    let page = match store::months::list(desk.services, asked.after.as_ref()).await {
        Ok(page) => page,
        Err(error) => return Err(Box::new(desk.failed(error))),
    };
    let json = ListJson {
        periods: page.months.iter().map(OpenedJson::from).collect(),
        next: page.next.as_ref().map(ToString::to_string),
        unfolded: page.unfolded,
    };
    let (config, now) = (&desk.site.config, desk.services.now());
    Ok(desk.answer("periods", &json, (TITLE, Tab::Months), |zone| {
        let due_on = months::due_on(config, zone, now);
        page::list(&page, &due_on, config.billing.day, now, zone)
    }))
}

async fn open<S: Services>(desk: &Desk<'_, S>, dry_run: bool, body: &Body) -> Reply {
    let names: &[&str] = if desk.wants_page() { &FIELDS } else { &MEMBERS };
    let fields = desk.fields(body, names)?;
    let month = month(desk, &fields)?;
    if dry_run {
        return match months::preview(desk.services, &month).await {
            Ok(preview) => Ok(answer(desk, &month, &preview, Shown::Preview)),
            Err(error) => Err(Box::new(desk.failed(error))),
        };
    }
    if desk.wants_page() && is_past(desk, &month) && fields.text("past_due") != Some("1") {
        return match months::preview(desk.services, &month).await {
            Ok(preview) => Ok(answer(desk, &month, &preview, Shown::Unconfirmed)),
            Err(error) => Err(Box::new(desk.failed(error))),
        };
    }
    let seen = fields.text("seen");
    match months::open(desk.services, &month, seen, desk.operator()).await {
        Ok(Outcome::Opened(_)) if desk.wants_page() => {
            Ok(desk.done(Confirmation::MonthOpened, "opened", "/admin/periods"))
        }
        Ok(Outcome::Opened(preview)) => Ok(answer(desk, &month, &preview, Shown::Opened)),
        Ok(Outcome::Unchanged(preview)) => Ok(answer(desk, &month, &preview, Shown::Unchanged)),
        Ok(Outcome::Changed(preview)) if desk.wants_page() => {
            Ok(answer(desk, &month, &preview, Shown::Changed))
        }
        Ok(Outcome::Changed(_)) => Ok(desk.problem(
            409,
            "changed",
            "Nothing was charged",
            "Since the dry run, a fee, a player or a charge of this month has changed. Look at it again.",
        )),
        Err(error) => Err(Box::new(desk.failed(error))),
    }
}

/// Whether the day on which a month's charges are due has passed: then they are overdue at once.
fn is_past<S: Services>(desk: &Desk<'_, S>, month: &Month) -> bool {
    month.due_on < desk.today()
}

/// Reads which month is meant.
fn month<S: Services>(desk: &Desk<'_, S>, fields: &Fields) -> Result<Month, Box<Handled>> {
    let bad = |why: &str| Box::new(desk.bad_request(why));
    let (period, currency) = (fields.text("period"), fields.text("currency"));
    let period = period_of(desk, period)?;
    if fields.text("kind").and_then(Kind::parse) != Some(Kind::Monthly) {
        return Err(bad(
            "kind must be monthly: only monthly fees are charged by the month.",
        ));
    }
    let currency = currency_of(desk, currency)?;
    let due_on = match fields.text("due_on") {
        Some(day) if is_day(day) => day.to_owned(),
        Some(_) => return Err(bad("due_on must be a day, such as 2026-05-31.")),
        None => {
            let (config, now) = (&desk.site.config, desk.services.now());
            desk.in_zone(|zone| months::due_on(config, zone, now))
        }
    };
    Ok(Month {
        period,
        currency,
        due_on,
    })
}

/// The month that a text names.
fn period_of<S: Services>(desk: &Desk<'_, S>, text: Option<&str>) -> Result<String, Box<Handled>> {
    let period = text.filter(|period| is_period(period));
    let why = "period must be a month, such as 2026-05.";
    let period = period.ok_or_else(|| Box::new(desk.bad_request(why)))?;
    Ok(period.to_owned())
}

/// The currency that a text names.
fn currency_of<S: Services>(
    desk: &Desk<'_, S>,
    text: Option<&str>,
) -> Result<Currency, Box<Handled>> {
    let why = "currency must be one that Stripe charges in, such as usd.";
    let currency = text.and_then(Currency::parse_supported);
    currency.ok_or_else(|| Box::new(desk.bad_request(why)))
}

#[derive(Serialize)]
struct ChargedJson<'a> {
    player_id: &'a str,
    player: &'a str,
    amount: String,
    currency: Currency,
}

#[derive(Serialize)]
struct LeftOutJson<'a> {
    player_id: &'a str,
    player: &'a str,
    reason: LeftOut,
}

#[derive(Serialize)]
struct OpeningJson<'a> {
    period: &'a str,
    kind: Kind,
    currency: Currency,
    due_on: &'a str,
    due_in_past: bool,
    dry_run: bool,
    changed: bool,
    total: String,
    charged: Vec<ChargedJson<'a>>,
    left_out: Vec<LeftOutJson<'a>>,
    seen: String,
}

/// The answer that says who is charged and who is not.
fn answer<S: Services>(
    desk: &Desk<'_, S>,
    month: &Month,
    preview: &Preview,
    shown: Shown,
) -> Handled {
    let seen = preview.seen(month);
    let charged = preview.charged.as_slice();
    let (code, status) = match shown {
        Shown::Preview => ("preview", 200),
        Shown::Opened => ("opened", 200),
        Shown::Unchanged => ("unchanged", 200),
        Shown::Changed => ("changed", 409),
        Shown::Unconfirmed => ("due_in_past", 409),
    };
    if desk.wants_page() {
        let total = preview.total(month.currency);
        let body = page::opening(&page::Opening {
            month,
            charged,
            total,
            left_out: &preview.left_out,
            seen: &seen,
            is_past: is_past(desk, month),
            shown,
        });
        let name = shown_month(&month.period);
        let title = format!("Open {name} in {}", month.currency.shown());
        return desk.page(status, code, &title, Tab::Months, &body);
    }
    let json = OpeningJson {
        period: &month.period,
        kind: Kind::Monthly,
        currency: month.currency,
        due_on: &month.due_on,
        due_in_past: is_past(desk, month),
        dry_run: shown == Shown::Preview,
        changed: shown == Shown::Opened,
        total: preview.total(month.currency).major(),
        charged: charged
            .iter()
            .map(|(player, fee)| ChargedJson {
                player_id: &player.player_id,
                player: &player.player,
                amount: fee.major(),
                currency: fee.currency,
            })
            .collect(),
        left_out: preview
            .left_out
            .iter()
            .map(|(player, reason)| LeftOutJson {
                player_id: &player.player_id,
                player: &player.player,
                reason: *reason,
            })
            .collect(),
        seen,
    };
    desk.json(code, &json)
}
