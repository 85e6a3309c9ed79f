//! `/admin/periods/take-back`: a month that was opened by mistake is taken back, as long as nothing of it is paid.

use serde::Serialize;

use super::{currency_of, page, period_of};
use crate::{
    billing::months::take_back::{self, TakenBack},
    desk::{
        confirmation::Confirmation,
        layout::Tab,
        query::{BadQuery, Parameter, read},
        request::{Desk, Reply},
    },
    domain::{id::ChargeId, money::Currency, time::shown_month},
    http::{
        handler::{Handled, Services},
        request::Body,
    },
    store::months::take_back::Paying,
};

/// Which month a form is for, as its query says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    period: String,
    currency: String,
}

/// Reads the query.
///
/// # Errors
/// A parameter that is unknown.
pub fn asked(query: &str) -> Result<Asked, BadQuery> {
    read(query, |asked: &mut Asked, name, value| {
        match name {
            "period" => value.clone_into(&mut asked.period),
            "currency" => value.clone_into(&mut asked.currency),
            _ => return Ok(Parameter::Unknown),
        }
        Ok(Parameter::Known)
    })
}

#[derive(Serialize)]
struct DoneJson<'a> {
    changed: bool,
    period: &'a str,
    currency: Currency,
    closed: usize,
}

#[derive(Serialize)]
struct PaidJson<'a> {
    paid: Vec<PayingJson<'a>>,
}

#[derive(Serialize)]
struct PayingJson<'a> {
    charge_id: ChargeId,
    player: &'a str,
}

impl<'a> From<&'a Paying> for PayingJson<'a> {
    fn from(paying: &'a Paying) -> Self {
        Self {
            charge_id: paying.charge,
            player: &paying.name,
        }
    }
}

/// Shows what would be taken back, or takes it back.
pub async fn handle<S: Services>(desk: &Desk<'_, S>, asked: Asked, body: &Body) -> Reply {
    if !desk.request.is_post {
        let period = period_of(desk, Some(&asked.period))?;
        let currency = currency_of(desk, Some(&asked.currency))?;
        let paying = take_back::standing(desk.services, &period, currency).await;
        let paying = paying.map_err(|error| Box::new(desk.failed(error)))?;
        let Some(paying) = paying else {
            return Ok(not_open(desk));
        };
        let title = format!("Take {} back", shown_month(&period));
        let page = page::take_back(&period, currency, &paying);
        return Ok(desk.page(200, "confirm", &title, Tab::Months, &page));
    }
    let fields = desk.fields(body, &["period", "currency"])?;
    let period = period_of(desk, fields.text("period"))?;
    let currency = currency_of(desk, fields.text("currency"))?;
    let policy = &desk.site.config.policy;
    let taken = take_back::take_back(desk.services, policy, &period, currency, desk.operator());
    match taken.await {
        Ok(TakenBack::Done(_)) if desk.wants_page() => {
            Ok(desk.done(Confirmation::MonthTakenBack, "taken_back", "/admin/periods"))
        }
        Ok(TakenBack::Done(closed)) => Ok(desk.json(
            "taken_back",
            &DoneJson {
                changed: true,
                period: &period,
                currency,
                closed,
            },
        )),
        Ok(TakenBack::Paid(paid)) => Ok(somebody_has_paid(desk, &period, currency, &paid)),
        Ok(TakenBack::More(left)) => {
            let title = "Not done yet";
            let detail = format!(
                "Payment pages were ended at Stripe, and {left} are still open. No charge was closed yet: do the same again."
            );
            Ok(desk.problem(409, "more", title, &detail))
        }
        Ok(TakenBack::NotOpen) => Ok(not_open(desk)),
        Err(error) => Err(Box::new(desk.failed(error))),
    }
}

fn not_open<S: Services>(desk: &Desk<'_, S>) -> Handled {
    let title = "The month is not open";
    desk.problem(404, "not_found", title, "So there is nothing to take back.")
}

/// 409, naming them.
fn somebody_has_paid<S: Services>(
    desk: &Desk<'_, S>,
    period: &str,
    currency: Currency,
    paid: &[Paying],
) -> Handled {
    if desk.wants_page() {
        let title = format!("Take {} back", shown_month(period));
        let page = page::take_back(period, currency, paid);
        return desk.page(409, "already_paid", &title, Tab::Months, &page);
    }
    let members = PaidJson {
        paid: paid.iter().map(PayingJson::from).collect(),
    };
    desk.problem_with(
        409,
        "already_paid",
        "Somebody has paid",
        "A month is taken back only as long as nothing of it is paid, or on its way at a bank. No charge was closed.",
        &members,
    )
}
