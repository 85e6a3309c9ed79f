//! `GET /admin`: the money, what happens, what waits for a person, and whether everything works.

pub mod chart;
pub mod page;
pub mod queries;

use serde::Serialize;

use crate::{
    desk::{
        dashboard::queries::{MOST_INCIDENTS, Progress, Total},
        health::{self, HealthJson},
        incidents::IncidentJson,
        layout::Tab,
        request::Desk,
    },
    domain::{
        activity::{Day, by_day},
        charge::ChargeState,
    },
    http::handler::{Handled, Services},
};

#[derive(Serialize)]
struct TotalJson {
    amount: String,
    currency: String,
    count: i64,
}

impl From<&Total> for TotalJson {
    fn from(total: &Total) -> Self {
        Self {
            amount: total.money.major(),
            currency: total.money.currency.into(),
            count: total.count,
        }
    }
}

#[derive(Serialize)]
struct ChargesJson {
    state: ChargeState,
    #[serde(flatten)]
    total: TotalJson,
}

#[derive(Serialize)]
struct ProgressJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<&'a str>,
    paid: i64,
    of: i64,
}

impl<'a> ProgressJson<'a> {
    const fn new(period: Option<&'a str>, Progress { paid, of }: Progress) -> Self {
        Self { period, paid, of }
    }
}

#[derive(Serialize)]
struct DayJson {
    date: String,
    clicks: i64,
    sessions: i64,
    payments: i64,
}

impl From<&Day> for DayJson {
    fn from(day: &Day) -> Self {
        Self {
            date: day.date.to_string(),
            clicks: day.clicks,
            sessions: day.sessions,
            payments: day.payments,
        }
    }
}

#[derive(Serialize)]
struct IncidentsJson<'a> {
    /// At most [`MOST_INCIDENTS`].
    open: i64,
    has_more: bool,
    newest: Vec<IncidentJson<'a>>,
}

#[derive(Serialize)]
struct DashboardJson<'a> {
    collected: Vec<TotalJson>,
    waived: Vec<TotalJson>,
    surplus: Vec<TotalJson>,
    outstanding: Vec<TotalJson>,
    overdue: Vec<TotalJson>,
    charges: Vec<ChargesJson>,
    progress: ProgressJson<'a>,
    month: ProgressJson<'a>,
    incidents: IncidentsJson<'a>,
    timezone: &'a str,
    days: Vec<DayJson>,
    unfolded: u64,
    health: HealthJson<'a>,
}

/// The desk's first page.
pub async fn show<S: Services>(desk: &Desk<'_, S>) -> Handled {
    let now = desk.services.now();
    let today = desk.today();
    let month = today.get(..7).unwrap_or_default();
    let dashboard = match queries::read(desk.services, now, &today).await {
        Ok(dashboard) => dashboard,
        Err(error) => return desk.failed(error),
    };
    let examined = health::examine(desk).await;
    let days = desk.in_zone(|zone| by_day(&dashboard.hours, now, zone));
    let outstanding = dashboard.outstanding();
    let totals = |totals: &[Total]| totals.iter().map(TotalJson::from).collect();
    let charges = dashboard.charges.iter().map(|(state, total)| ChargesJson {
        state: *state,
        total: total.into(),
    });
    let json = DashboardJson {
        collected: totals(&dashboard.collected),
        waived: totals(&dashboard.waived),
        surplus: totals(&dashboard.surplus),
        outstanding: totals(&outstanding),
        overdue: totals(&dashboard.overdue),
        charges: charges.collect(),
        progress: ProgressJson::new(None, dashboard.progress()),
        month: ProgressJson::new(Some(month), dashboard.month),
        incidents: IncidentsJson {
            open: dashboard.open_incidents,
            has_more: dashboard.open_incidents >= MOST_INCIDENTS,
            newest: dashboard.incidents.iter().map(IncidentJson::from).collect(),
        },
        timezone: &desk.site.config.club.timezone,
        days: days.iter().map(DayJson::from).collect(),
        unfolded: dashboard.unfolded,
        health: (&examined).into(),
    };
    let handled = desk.answer("dashboard", &json, ("Overview", Tab::Dashboard), |zone| {
        let shown = page::Shown {
            dashboard: &dashboard,
            month,
            outstanding: &outstanding,
            days: &days,
            checks: &examined.checks,
        };
        page::page(&shown, zone)
    });
    match examined.error {
        Some(error) => handled.because(error),
        None => handled,
    }
}
