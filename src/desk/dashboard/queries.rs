//! The contents of the desk's first page. They are read from sums, a bounded number of rows, however many charges and
//! orders there are.

use serde::Deserialize;

use crate::{
    desk::incidents::queries::{COUNT_OPEN, LIST_OPEN, Listed},
    domain::{
        activity::{Hour, SPAN},
        charge::ChargeState,
        error::StoreError,
        money::{Currency, Money},
        time::UnixMillis,
    },
    store::{
        database::Database,
        fold::{self, Folded},
        row::{Row, decode_all, statement},
    },
};

/// A few rows: one for each state and currency, summed up from one for each month and day on which something is due.
pub const TOTALS: &str = "\
    SELECT json_object('state', state, 'currency', currency, 'count', SUM(count), 'minor', SUM(minor)) FROM sums \
    GROUP BY state, currency HAVING SUM(count) <> 0 OR SUM(minor) <> 0";

/// `?1` today. A row a currency.
pub const OVERDUE: &str = "\
    SELECT json_object('currency', currency, 'count', SUM(count), 'minor', SUM(minor)) FROM sums \
    WHERE state IN ('unpaid', 'pending', 'processing', 'action_required') AND due_on > '' AND due_on < ?1 \
    GROUP BY currency HAVING SUM(count) <> 0";

/// `?1` a month: how many of its charges are paid, and of how many that are or were to be paid.
pub const MONTH: &str = "\
    SELECT json_object('paid', COALESCE(SUM(IIF(state = 'paid', count, 0)), 0), 'of', COALESCE(SUM(count), 0)) FROM sums \
    WHERE period = ?1 AND kind <> '' AND state <> 'closed'";

/// `?1` from. One row with all hours: `[hour, clicks, sessions, payments]`.
pub const ACTIVITY: &str = "\
    SELECT json_group_array(json_array(hour, clicks, sessions, payments)) FROM \
      (SELECT hour, SUM(IIF(substr(what, 1, 7) = 'answer:', count, 0)) AS clicks, \
              SUM(IIF(what = 'session', count, 0)) AS sessions, SUM(IIF(what = 'payment', count, 0)) AS payments \
       FROM activity WHERE hour >= ?1 GROUP BY hour)";

/// How many open incidents are shown.
pub const INCIDENTS: i64 = 5;
/// How many open incidents are counted at most.
pub const MOST_INCIDENTS: i64 = 100;

/// A sum of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// Of how many.
    pub count: i64,
    /// How much.
    pub money: Money,
}

/// How many are paid, of how many that are or were to be paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Progress {
    /// Paid.
    pub paid: i64,
    /// In all, without what is closed.
    pub of: i64,
}

/// The contents of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dashboard {
    /// The amounts that were taken and kept, by currency.
    pub collected: Vec<Total>,
    /// The amounts that were waived when less than was owed was paid offline, by currency.
    pub waived: Vec<Total>,
    /// The amounts that were paid offline beyond what was owed, by currency.
    pub surplus: Vec<Total>,
    /// The amounts that are still to be paid and were due before today, by currency.
    pub overdue: Vec<Total>,
    /// The charges by state and currency.
    pub charges: Vec<(ChargeState, Total)>,
    /// The charges of this month.
    pub month: Progress,
    /// The activity in each hour.
    pub hours: Vec<Hour>,
    /// The newest open incidents.
    pub incidents: Vec<Listed>,
    /// How many are open, counted up to [`MOST_INCIDENTS`].
    pub open_incidents: i64,
    /// How many changes the sums still lack, because so many came at once.
    pub unfolded: u64,
}

impl Dashboard {
    /// The amounts that are still to be paid, by currency.
    #[must_use]
    pub fn outstanding(&self) -> Vec<Total> {
        let mut sums: Vec<Total> = Vec::new();
        for (state, total) in &self.charges {
            if !state.is_outstanding() {
                continue;
            }
            let currency = total.money.currency;
            match sums.iter_mut().find(|sum| sum.money.currency == currency) {
                Some(sum) => {
                    sum.count += total.count;
                    sum.money.minor += total.money.minor;
                }
                None => sums.push(*total),
            }
        }
        sums
    }

    /// How many of all charges are paid.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let mut progress = Progress::default();
        for (state, total) in &self.charges {
            if *state == ChargeState::Paid {
                progress.paid += total.count;
            }
            if *state != ChargeState::Closed {
                progress.of += total.count;
            }
        }
        progress
    }

    /// Whether nothing was ever owed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.charges.is_empty() && self.collected.is_empty()
    }
}

#[derive(Deserialize)]
struct TotalRow {
    state: String,
    currency: Currency,
    count: i64,
    minor: i64,
}

#[derive(Deserialize)]
struct Overdue {
    currency: Currency,
    count: i64,
    minor: i64,
}

impl From<Overdue> for Total {
    fn from(row: Overdue) -> Self {
        let Overdue {
            currency,
            count,
            minor,
        } = row;
        Self {
            count,
            money: Money { minor, currency },
        }
    }
}

#[derive(Deserialize)]
struct Open {
    open: i64,
}

/// Reads it all. `today` is the club's day, as `2026-05-31`.
///
/// # Errors
/// A [`StoreError`].
pub async fn read<D: Database>(
    database: &D,
    now: UnixMillis,
    today: &str,
) -> Result<Dashboard, StoreError> {
    let statements = [
        statement(TOTALS, []),
        statement(ACTIVITY, [now.minus(SPAN).0.into()]),
        statement(LIST_OPEN, [i64::MAX.into(), INCIDENTS.into()]),
        statement(COUNT_OPEN, [MOST_INCIDENTS.into()]),
        statement(OVERDUE, [today.into()]),
        statement(MONTH, [today.get(..7).into()]),
    ];
    let Folded {
        results: [totals, hours, incidents, open, overdue, month],
        unfolded,
    } = fold::read(database, statements).await?;
    let (mut collected, mut charges) = (Vec::new(), Vec::new());
    let (mut waived, mut surplus) = (Vec::new(), Vec::new());
    for row in &totals {
        let TotalRow {
            state,
            currency,
            count,
            minor,
        } = row.decode()?;
        let total = Total {
            count,
            money: Money { minor, currency },
        };
        match ChargeState::parse(&state) {
            Some(state) => charges.push((state, total)),
            None => match state.as_str() {
                "collected" => collected.push(total),
                "waived" => waived.push(total),
                "surplus" => surplus.push(total),
                _ => {
                    return Err(StoreError::Failed(format!(
                        "a total of an unknown state: {state}"
                    )));
                }
            },
        }
    }
    charges.sort_by_key(|(state, _)| ChargeState::ALL.iter().position(|known| known == state));
    let hours: Vec<(UnixMillis, i64, i64, i64)> = match hours.first() {
        Some(row) => row.decode()?,
        None => Vec::new(),
    };
    let hours = hours
        .into_iter()
        .map(|(at, clicks, sessions, payments)| Hour {
            at,
            clicks,
            sessions,
            payments,
        });
    let open: Option<Open> = open.first().map(Row::decode).transpose()?;
    let overdue: Vec<Overdue> = decode_all(&overdue)?;
    let month: Option<Progress> = month.first().map(Row::decode).transpose()?;
    Ok(Dashboard {
        collected,
        waived,
        surplus,
        overdue: overdue.into_iter().map(Total::from).collect(),
        charges,
        month: month.unwrap_or_default(),
        hours: hours.collect(),
        incidents: decode_all(&incidents)?,
        open_incidents: open.map_or(0, |open| open.open),
        unfolded,
    })
}
