//! Months that are opened: who would be charged, the one transaction that charges them, and the list.
//!
//! What was read is what is charged: the transaction names each player with their fee, and aborts if one of them has
//! another fee by then, was erased or was charged.
//!
//! The cron keeps in `billing_rule` since when it opens months by itself, and how far it came. What lies between that and
//! the current month was missed.

pub mod take_back;

use serde::Deserialize;

use super::{
    audit,
    database::{Database, query, transaction},
    fold::{self, Folded},
    incidents,
    row::{Value, decode_all, decode_page, statement},
};
use crate::{
    domain::{
        act::Act,
        charge::Kind,
        error::StoreError,
        id::PlayerId,
        incident::{Incident, IncidentChange},
        money::{Currency, Money},
        month::{Cursor, Month},
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
    /// When the player came to be.
    pub created_at: UnixMillis,
}

impl Candidate {
    /// The fee that is owed each month, if it is known.
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
                       'fee_currency', p.monthly_currency, 'is_erased', p.erased_at IS NOT NULL, 'created_at', p.created_at, \
                       'is_charged', EXISTS (SELECT 1 FROM charges c WHERE c.player_id = p.id AND c.kind = ?2 AND c.period = ?1 \
                                              AND c.taken_back_at IS NULL)) \
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
macro_rules! fees {
    () => {
        "WITH RECURSIVE fees (currency) AS ( \
           SELECT MIN(monthly_currency) FROM players WHERE monthly_fee_minor > 0 \
           UNION ALL \
           SELECT (SELECT MIN(p.monthly_currency) FROM players p \
                   WHERE p.monthly_fee_minor > 0 AND p.monthly_currency > f.currency) \
           FROM fees f WHERE f.currency IS NOT NULL) "
    };
}

/// The currencies that somebody has a fee in.
pub const CURRENCIES: &str = concat!(
    fees!(),
    "SELECT json_object('currency', f.currency) FROM fees f WHERE f.currency IS NOT NULL"
);

// `?1` period, `?2` kind: a currency that somebody has a fee in, and in which the month is not open.
macro_rules! unopened {
    () => {
        concat!(
            "(",
            fees!(),
            "SELECT f.currency FROM fees f WHERE f.currency IS NOT NULL \
               AND NOT EXISTS (SELECT 1 FROM periods o WHERE o.period = ?1 AND o.kind = ?2 AND o.currency = f.currency) LIMIT 1)"
        )
    };
}

#[derive(Deserialize)]
struct Fees {
    currency: Currency,
}

/// How the cron stands with the months.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Rule {
    /// Since when it opens them by itself; `None`: it did not until now.
    pub since: Option<UnixMillis>,
    /// The newest one that it has looked at on its day or after it, and found open.
    pub through: Option<String>,
    /// A currency that somebody has a fee in, and in which the current month is not open.
    pub unopened: Option<Currency>,
}

/// `?1` period, `?2` kind. Returns a [`Rule`].
pub const RULE: &str = concat!(
    "SELECT json_object('since', (SELECT since_at FROM billing_rule WHERE id = 1), \
                        'through', (SELECT through FROM billing_rule WHERE id = 1), 'unopened', ",
    unopened!(),
    ")"
);

/// `?1` now.
pub const BEGAN: &str =
    "INSERT INTO billing_rule (id, since_at) VALUES (1, ?1) ON CONFLICT (id) DO NOTHING";

/// The statement by which the cron forgets its rule when it opens no months any more.
pub const ENDED: &str = "DELETE FROM billing_rule";

/// `?1` period.
pub const LOOKED: &str =
    "UPDATE billing_rule SET through = ?1 WHERE id = 1 AND (through IS NULL OR through < ?1)";

/// `?1` period, `?2` kind. The same, if the month is open in all currencies that somebody has a fee in.
pub const OPENED: &str = concat!(
    "UPDATE billing_rule SET through = ?1 WHERE id = 1 AND (through IS NULL OR through < ?1) AND ",
    unopened!(),
    " IS NULL"
);

/// `?1` a JSON array of `[period, when it ended]`, `?2` kind. In which currencies these months are not open, though somebody
/// who was there before it ended has a fee.
pub const MISSED: &str = concat!(
    fees!(),
    "SELECT json_object('period', m.value ->> 0, 'currency', f.currency) FROM json_each(?1) m CROSS JOIN fees f \
     WHERE f.currency IS NOT NULL \
       AND NOT EXISTS (SELECT 1 FROM periods o WHERE o.period = m.value ->> 0 AND o.kind = ?2 AND o.currency = f.currency) \
       AND EXISTS (SELECT 1 FROM players p WHERE p.monthly_currency = f.currency AND p.monthly_fee_minor > 0 \
                     AND p.created_at < m.value ->> 1) \
     ORDER BY 1"
);

/// `?1` a JSON array of `[period, currency]`, `?2` kind. Aborts the transaction if one of these months was opened.
pub const EXPECT_UNOPENED: &str = "\
    INSERT INTO expect (holds) \
    SELECT NOT EXISTS (SELECT 1 FROM json_each(?1) m JOIN periods o \
                         ON o.period = m.value ->> 0 AND o.kind = ?2 AND o.currency = m.value ->> 1)";

/// `?1` period, `?2` now, `?3` currency. The incident that the month was not opened in time is over.
pub const OVER: &str = "\
    UPDATE incidents SET resolved_at = ?2, resolution = 'opened' \
    WHERE subject = 'month_not_opened:' || ?1 || ' ' || ?3 AND resolved_at IS NULL";

/// A month that was not opened in time, in a currency.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Missed {
    /// `2026-05`
    pub period: String,
    /// Whose fees were not charged.
    pub currency: Currency,
}

/// How the cron stands with the months, and whether the current one is to be opened. Changes nothing.
///
/// # Errors
/// A [`StoreError`].
pub async fn rule<D: Database>(database: &D, period: &str) -> Result<Rule, StoreError> {
    let read = statement(RULE, [period.into(), Kind::Monthly.as_str().into()]);
    let rows = query(database, read).await?;
    let row = rows
        .first()
        .ok_or_else(|| StoreError::Failed("a rule without its row".to_owned()))?;
    row.decode()
}

/// From now on the cron opens the months by itself.
///
/// # Errors
/// A [`StoreError`]: the next run does it.
pub async fn rule_began<D: Database>(database: &D, now: UnixMillis) -> Result<(), StoreError> {
    query(database, statement(BEGAN, [now.0.into()])).await?;
    Ok(())
}

/// The cron does not open the months by itself any more.
///
/// # Errors
/// A [`StoreError`]: the next run does it.
pub async fn rule_ended<D: Database>(database: &D) -> Result<(), StoreError> {
    query(database, statement(ENDED, [])).await?;
    Ok(())
}

/// The cron has looked at a month on its day or after it, and there is nothing to open.
///
/// # Errors
/// A [`StoreError`]: the next run does it.
pub async fn looked<D: Database>(database: &D, period: &str) -> Result<(), StoreError> {
    query(database, statement(LOOKED, [period.into()])).await?;
    Ok(())
}

/// Which of these months are not open, with when each ended, in which currencies. Changes nothing.
///
/// # Errors
/// A [`StoreError`].
pub async fn missed<D: Database>(
    database: &D,
    months: &[(String, UnixMillis)],
) -> Result<Vec<Missed>, StoreError> {
    let months = json::to_string(&months);
    let read = statement(MISSED, [months.into(), Kind::Monthly.as_str().into()]);
    decode_all(&query(database, read).await?)
}

/// Opens the incidents of months that were missed. Of one that there was before, nothing is told again. `false`: one of
/// the months was opened meanwhile, and nothing was told.
///
/// # Errors
/// A [`StoreError`]: nothing was told, or the database's answer was lost. The same again does no harm.
pub async fn tell<D: Database>(
    database: &D,
    missed: &[Missed],
    incidents: Vec<Incident>,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let months: Vec<_> = missed
        .iter()
        .map(|Missed { period, currency }| (period, currency))
        .collect();
    let months = json::to_string(&months);
    let kind = Kind::Monthly.as_str().into();
    let mut statements = vec![statement(EXPECT_UNOPENED, [months.into(), kind])];
    let changes = incidents.into_iter().map(IncidentChange::Open);
    statements.extend(changes.flat_map(|change| incidents::change(&change, now)));
    Ok(transaction(database, statements).await?.is_some())
}

/// `?1` period, `?2` kind, `?3` currency, `?4` a JSON array of `[player, minor units]`, `?5` whether the month may be
/// open. Aborts the transaction if one of the players has another fee, was erased or was charged meanwhile.
pub const EXPECT: &str = "\
    INSERT INTO expect (holds) \
    SELECT NOT EXISTS (SELECT 1 FROM json_each(?4) j \
                       LEFT JOIN players p ON p.id = j.value ->> 0 AND p.monthly_fee_minor = j.value ->> 1 \
                                          AND p.monthly_currency = ?3 AND p.erased_at IS NULL \
                       LEFT JOIN charges c ON c.player_id = p.id AND c.kind = ?2 AND c.period = ?1 AND c.taken_back_at IS NULL \
                       WHERE p.id IS NULL OR c.id IS NOT NULL) \
       AND (?5 OR NOT EXISTS (SELECT 1 FROM periods WHERE period = ?1 AND kind = ?2 AND currency = ?3))";

/// `?1` period, `?2` kind, `?3` a JSON array of `[player, minor units]`, `?4` due on, `?5` now. A charge that was taken back with
/// its month is charged anew.
pub const CHARGE: &str = "\
    INSERT INTO charges (player_id, kind, period, amount_minor, currency, due_on, remind_from, created_at, updated_at) \
    SELECT p.id, ?2, ?1, p.monthly_fee_minor, p.monthly_currency, ?4, unixepoch(?4) * 1000, ?5, ?5 \
    FROM json_each(?3) j CROSS JOIN players p ON p.id = j.value ->> 0 WHERE true \
    ON CONFLICT (player_id, kind, period) DO UPDATE \
    SET amount_minor = excluded.amount_minor, currency = excluded.currency, due_on = excluded.due_on, \
        closed_at = NULL, close_reason = NULL, taken_back_at = NULL, failed_creates = 0, create_after = NULL, \
        updated_at = excluded.updated_at \
    WHERE charges.taken_back_at IS NOT NULL";

/// `?1` period, `?2` kind, `?3` currency, `?4` how many were charged, `?5` their sum in minor units, `?6` how many were
/// left out, `?7` due on, `?8` now, `?9` by whom: of a month that is open, or was taken back.
pub const ADD: &str = "\
    UPDATE periods \
    SET charged = IIF(taken_back_at IS NULL, charged, 0) + ?4, charged_minor = IIF(taken_back_at IS NULL, charged_minor, 0) + ?5, \
        left_out = ?6, due_on = IIF(taken_back_at IS NULL, due_on, ?7), opened_at = IIF(taken_back_at IS NULL, opened_at, ?8), \
        opened_by = IIF(taken_back_at IS NULL, opened_by, ?9), taken_back_at = NULL, taken_back_by = NULL \
    WHERE period = ?1 AND kind = ?2 AND currency = ?3";

/// The same parameters: of a month that is not open.
pub const OPEN: &str = "\
    INSERT INTO periods (period, kind, currency, due_on, opened_at, opened_by, charged, charged_minor, left_out) \
    SELECT ?1, ?2, ?3, ?7, ?8, ?9, ?4, ?5, ?6 \
    WHERE NOT EXISTS (SELECT 1 FROM periods WHERE period = ?1 AND kind = ?2 AND currency = ?3)";

/// The data that is written when a month is opened.
#[derive(Debug)]
pub struct Opening<'a> {
    /// The month.
    pub month: &'a Month,
    /// The players who are charged, each with how many minor units.
    pub charged: &'a [(PlayerId, i64)],
    /// How many are not.
    pub left_out: usize,
    /// Whether the month may be open already. It may not if the cron opens it, which then has come as far.
    pub again: bool,
    /// The act of whoever opens it.
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
    let due_on: Value = month.due_on.as_str().into();
    let opened = |sql| {
        let mut opened = statement(sql, of_month());
        opened.parameters.extend(counts());
        let operator = act.operator.as_str().into();
        opened
            .parameters
            .extend([due_on.clone(), now.0.into(), operator]);
        opened
    };
    let (add, open) = (opened(ADD), opened(OPEN));
    let charge = statement(
        CHARGE,
        [
            period.clone(),
            kind.clone(),
            list.into(),
            due_on.clone(),
            now.0.into(),
        ],
    );
    let currency = month.currency.as_str().into();
    let over = statement(OVER, [period.clone(), now.0.into(), currency]);
    let mut statements = vec![expect, charge, add, open, over, audit::recording(act, now)];
    if !again {
        statements.push(statement(OPENED, [period, kind]));
    }
    Ok(transaction(database, statements).await?.is_some())
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
    /// When it was taken back.
    pub taken_back_at: Option<UnixMillis>,
    /// By whom.
    pub taken_back_by: Option<String>,
}

impl Opened {
    const fn of(&self, minor: i64) -> Money {
        Money {
            minor,
            currency: self.currency,
        }
    }

    /// The amount that was charged.
    #[must_use]
    pub const fn money(&self) -> Money {
        self.of(self.charged_minor)
    }

    /// The amount that is still to be paid.
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
    /// How many changes the sums still lack, because so many came at once.
    pub unfolded: u64,
}

/// `?1` period and `?2` currency that the page begins after, `?3` limit.
pub const LIST: &str = "\
    SELECT json_object('period', o.period, 'kind', o.kind, 'currency', o.currency, 'due_on', o.due_on, \
                       'opened_at', o.opened_at, 'opened_by', o.opened_by, 'charged', o.charged, \
                       'charged_minor', o.charged_minor, 'left_out', o.left_out, \
                       'taken_back_at', o.taken_back_at, 'taken_back_by', o.taken_back_by, \
                       'unpaid', COALESCE(SUM(s.count), 0), 'unpaid_minor', COALESCE(SUM(s.minor), 0)) \
    FROM periods o LEFT JOIN sums s ON s.kind = o.kind AND s.period = o.period AND s.currency = o.currency \
                                   AND s.state IN ('unpaid', 'pending', 'processing', 'action_required') \
    WHERE (o.period, o.kind, o.currency) < (?1, 'monthly', ?2) \
    GROUP BY o.period, o.kind, o.currency ORDER BY o.period DESC, o.kind DESC, o.currency DESC LIMIT ?3";

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
    let Folded {
        results: [fees, months],
        unfolded,
    } = fold::read(database, [statement(CURRENCIES, []), read]).await?;
    let fees: Vec<Fees> = decode_all(&fees)?;
    let (months, has_more): (Vec<Opened>, _) = decode_page(&months, PAGE)?;
    let next = months.last().map(Opened::cursor).filter(|_| has_more);
    Ok(Page {
        currencies: fees.into_iter().map(|fees| fees.currency).collect(),
        months,
        next,
        unfolded,
    })
}
