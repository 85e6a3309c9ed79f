//! Months that are opened: who would be charged, the one transaction that charges them, and the list.
//!
//! What was read is what is charged: the transaction names each player with their fee, and aborts if one of them has
//! another fee by then, was erased or was charged.

use serde::Deserialize;

use super::{
    audit,
    database::{Database, DatabaseError, query},
    row::{Row, Value, decode_all, decode_page, statement},
};
use crate::{
    domain::{
        act::Act,
        charge::Kind,
        error::StoreError,
        id::PlayerId,
        money::{Currency, Money},
        period::{Cursor, Month},
        time::UnixMillis,
    },
    json,
};

/// How many months a page of the list has.
pub const PAGE: usize = 50;

/// A player, as far as a month's fee goes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Candidate {
    /// The row's id.
    pub id: PlayerId,
    /// The club's own id.
    pub player_id: String,
    /// The name.
    pub player: String,
    fee_minor: Option<i64>,
    fee_currency: Option<Currency>,
    is_erased: i64,
    is_charged: i64,
}

impl Candidate {
    /// What is owed each month, if it is known.
    #[must_use]
    pub fn fee(&self) -> Option<Money> {
        let fee = self.fee_minor.zip(self.fee_currency);
        fee.map(|(minor, currency)| Money { minor, currency })
    }

    /// Whether nothing personal is left of them.
    #[must_use]
    pub const fn is_erased(&self) -> bool {
        self.is_erased == 1
    }

    /// Whether they have a charge of the month.
    #[must_use]
    pub const fn is_charged(&self) -> bool {
        self.is_charged == 1
    }
}

/// `?1` period, `?2` kind: all players.
pub const CANDIDATES: &str = "\
    SELECT json_object('id', p.id, 'player_id', p.player_id, 'player', p.name, 'fee_minor', p.monthly_fee_minor, \
                       'fee_currency', p.monthly_currency, 'is_erased', p.erased_at IS NOT NULL, \
                       'is_charged', EXISTS (SELECT 1 FROM charges c WHERE c.player_id = p.id AND c.kind = ?2 AND c.period = ?1)) \
    FROM players p ORDER BY p.id";

/// All players, with what a month of theirs depends on. Changes nothing.
///
/// # Errors
/// A [`StoreError`].
pub async fn candidates<D: Database>(
    database: &D,
    period: &str,
) -> Result<Vec<Candidate>, StoreError> {
    let read = statement(CANDIDATES, [period.into(), Kind::Monthly.as_str().into()]);
    decode_all(&query(database, read).await?)
}

// The currencies that somebody has a fee in. It goes from one to the next by the index, so it reads as many rows as there
// are currencies.
macro_rules! currencies {
    () => {
        "WITH RECURSIVE fees (currency) AS ( \
           SELECT MIN(monthly_currency) FROM players WHERE monthly_fee_minor > 0 \
           UNION ALL \
           SELECT (SELECT MIN(p.monthly_currency) FROM players p \
                   WHERE p.monthly_fee_minor > 0 AND p.monthly_currency > f.currency) \
           FROM fees f WHERE f.currency IS NOT NULL) \
         SELECT json_object('currency', f.currency) FROM fees f WHERE f.currency IS NOT NULL"
    };
}

/// The currencies that somebody has a fee in.
pub const CURRENCIES: &str = currencies!();

/// `?1` period, `?2` kind: a currency that somebody has a fee in, and in which the month is not open.
pub const UNOPENED: &str = concat!(
    currencies!(),
    " AND NOT EXISTS (SELECT 1 FROM periods o WHERE o.period = ?1 AND o.kind = ?2 AND o.currency = f.currency) LIMIT 1"
);

#[derive(Deserialize)]
struct Fees {
    currency: Currency,
}

/// A currency that somebody has a fee in, and in which the month is not open. Changes nothing.
///
/// # Errors
/// A [`StoreError`].
pub async fn unopened<D: Database>(
    database: &D,
    period: &str,
) -> Result<Option<Currency>, StoreError> {
    let read = statement(UNOPENED, [period.into(), Kind::Monthly.as_str().into()]);
    let rows = query(database, read).await?;
    let fees: Vec<Fees> = decode_all(&rows)?;
    Ok(fees.first().map(|fees| fees.currency))
}

/// `?1` period, `?2` kind, `?3` currency, `?4` a JSON array of `[player, minor units]`, `?5` whether the month may be
/// open. Aborts the transaction if one of the players has another fee, was erased or was charged meanwhile.
pub const EXPECT: &str = "\
    INSERT INTO expect (holds) \
    SELECT NOT EXISTS (SELECT 1 FROM json_each(?4) j \
                       LEFT JOIN players p ON p.id = j.value ->> 0 AND p.monthly_fee_minor = j.value ->> 1 \
                                          AND p.monthly_currency = ?3 AND p.erased_at IS NULL \
                       LEFT JOIN charges c ON c.player_id = p.id AND c.kind = ?2 AND c.period = ?1 \
                       WHERE p.id IS NULL OR c.id IS NOT NULL) \
       AND (?5 OR NOT EXISTS (SELECT 1 FROM periods WHERE period = ?1 AND kind = ?2 AND currency = ?3))";

/// `?1` period, `?2` kind, `?3` a JSON array of `[player, minor units]`, `?4` due on, `?5` now.
pub const CHARGE: &str = "\
    INSERT INTO charges (player_id, kind, period, amount_minor, currency, due_on, created_at, updated_at) \
    SELECT p.id, ?2, ?1, p.monthly_fee_minor, p.monthly_currency, ?4, ?5, ?5 \
    FROM json_each(?3) j CROSS JOIN players p ON p.id = j.value ->> 0 WHERE true \
    ON CONFLICT (player_id, kind, period) DO NOTHING";

/// `?1` period, `?2` kind, `?3` currency, `?4` how many were charged, `?5` their sum in minor units, `?6` how many were
/// left out: of a month that is open.
pub const ADD: &str = "\
    UPDATE periods SET charged = charged + ?4, charged_minor = charged_minor + ?5, left_out = ?6 \
    WHERE period = ?1 AND kind = ?2 AND currency = ?3";

/// The same parameters, and `?7` due on, `?8` now, `?9` by whom: of a month that is not open.
pub const OPEN: &str = "\
    INSERT INTO periods (period, kind, currency, due_on, opened_at, opened_by, charged, charged_minor, left_out) \
    SELECT ?1, ?2, ?3, ?7, ?8, ?9, ?4, ?5, ?6 \
    WHERE NOT EXISTS (SELECT 1 FROM periods WHERE period = ?1 AND kind = ?2 AND currency = ?3)";

/// What is written when a month is opened.
#[derive(Debug)]
pub struct Opening<'a> {
    /// The month.
    pub month: &'a Month,
    /// Who is charged, and how many minor units.
    pub charged: &'a [(PlayerId, i64)],
    /// How many are not.
    pub left_out: usize,
    /// Whether the month may be open already.
    pub again: bool,
    /// Who opens it.
    pub act: &'a Act,
}

/// Opens a month: charges those players, and records it. `false`: something has changed since it was read, and nothing
/// was written.
///
/// # Errors
/// A [`StoreError`]: nothing was written.
pub async fn open<D: Database>(
    database: &D,
    opening: &Opening<'_>,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let Opening {
        month,
        charged,
        left_out,
        again,
        act,
    } = *opening;
    let list = json::to_string(&charged);
    let of_month = || -> [Value; 3] {
        [
            month.period.as_str().into(),
            Kind::Monthly.as_str().into(),
            month.currency.as_str().into(),
        ]
    };
    let [period, kind, _] = of_month();
    let sum: i64 = charged.iter().map(|(_, minor)| minor).sum();
    let counts = || -> [Value; 3] {
        [
            (charged.len() as i64).into(),
            sum.into(),
            (left_out as i64).into(),
        ]
    };
    let mut expect = statement(EXPECT, of_month());
    expect
        .parameters
        .extend([list.as_str().into(), again.into()]);
    let mut add = statement(ADD, of_month());
    add.parameters.extend(counts());
    let mut open = statement(OPEN, of_month());
    open.parameters.extend(counts());
    let due_on: Value = month.due_on.as_str().into();
    let operator = act.operator.as_str();
    open.parameters
        .extend([due_on.clone(), now.0.into(), operator.into()]);
    let charge = statement(CHARGE, [period, kind, list.into(), due_on, now.0.into()]);
    let statements = vec![expect, charge, add, open, audit::recording(act, now)];
    match database.batch(statements).await {
        Ok(_) => Ok(true),
        Err(DatabaseError::Conflict) => Ok(false),
        Err(DatabaseError::Failed(error)) => Err(error),
    }
}

/// A month that is open.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Opened {
    /// `2026-05`
    pub period: String,
    /// Its kind.
    pub kind: Kind,
    /// Its currency.
    pub currency: Currency,
    /// On which day those are due who were charged first.
    pub due_on: String,
    /// When it was opened first.
    pub opened_at: UnixMillis,
    /// By whom: an operator, or `cron`.
    pub opened_by: String,
    /// How many were charged, by all openings together.
    pub charged: i64,
    charged_minor: i64,
    /// How many the newest opening left out.
    pub left_out: i64,
    /// How many charges of it are still to be paid.
    pub unpaid: i64,
    unpaid_minor: i64,
}

impl Opened {
    const fn of(&self, minor: i64) -> Money {
        Money {
            minor,
            currency: self.currency,
        }
    }

    /// What was charged.
    #[must_use]
    pub const fn money(&self) -> Money {
        self.of(self.charged_minor)
    }

    /// What is still to be paid.
    #[must_use]
    pub const fn outstanding(&self) -> Money {
        self.of(self.unpaid_minor)
    }

    /// Its place in the list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            period: self.period.clone(),
            currency: self.currency,
        }
    }
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The currencies that somebody has a fee in.
    pub currencies: Vec<Currency>,
    /// The newest first.
    pub months: Vec<Opened>,
    /// Where the next page begins.
    pub next: Option<Cursor>,
}

/// `?1` period and `?2` currency that the page begins after, `?3` limit.
pub const LIST: &str = "\
    SELECT json_object('period', o.period, 'kind', o.kind, 'currency', o.currency, 'due_on', o.due_on, \
                       'opened_at', o.opened_at, 'opened_by', o.opened_by, 'charged', o.charged, \
                       'charged_minor', o.charged_minor, 'left_out', o.left_out, \
                       'unpaid', COALESCE((SELECT SUM(s.count) FROM outstanding s WHERE s.kind = o.kind \
                                             AND s.period = o.period AND s.currency = o.currency), 0), \
                       'unpaid_minor', COALESCE((SELECT SUM(s.minor) FROM outstanding s WHERE s.kind = o.kind \
                                                   AND s.period = o.period AND s.currency = o.currency), 0)) \
    FROM periods o WHERE (o.period, o.kind, o.currency) < (?1, 'monthly', ?2) \
    ORDER BY o.period DESC, o.kind DESC, o.currency DESC LIMIT ?3";

/// A page of the months that are open, the newest first.
///
/// # Errors
/// A [`StoreError`].
pub async fn list<D: Database>(database: &D, after: Option<&Cursor>) -> Result<Page, StoreError> {
    // No month comes after this one.
    let (period, currency) = after.map_or(("9999-99", ""), |after| {
        (after.period.as_str(), after.currency.as_str())
    });
    let limit = PAGE as i64 + 1;
    let read = statement(LIST, [period.into(), currency.into(), limit.into()]);
    let results = database
        .batch(vec![statement(CURRENCIES, []), read])
        .await?;
    let [fees, months] = <[Vec<Row>; 2]>::try_from(results)
        .map_err(|_| StoreError("two statements gave another number of results".to_owned()))?;
    let fees: Vec<Fees> = decode_all(&fees)?;
    let (months, has_more): (Vec<Opened>, _) = decode_page(&months, PAGE)?;
    let next = months.last().map(Opened::cursor).filter(|_| has_more);
    Ok(Page {
        currencies: fees.into_iter().map(|fees| fees.currency).collect(),
        months,
        next,
    })
}
