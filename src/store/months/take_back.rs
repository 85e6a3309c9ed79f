//! A month that is taken back: its charges are closed, in one transaction, unless somebody is paying or has paid.

use serde::Deserialize;

use crate::{
    domain::{
        act::Act,
        charge::Kind,
        error::StoreError,
        id::{ChargeId, PlayerId},
        money::Currency,
        time::UnixMillis,
    },
    store::{
        audit,
        database::{Database, transaction},
        row::{Row, Value, decode_all, statement},
    },
};

// `?1` period, `?2` kind, `?3` currency: the orders that count of charges that the opening made. Only that gives a charge of a
// month a day on which it is due; an import's has none.
macro_rules! orders_in_month {
    () => {
        "FROM charges c INDEXED BY charges_by_period CROSS JOIN counting_orders o ON o.charge_id = c.id \
         WHERE c.period = ?1 AND c.kind = ?2 AND c.currency = ?3 AND c.due_on IS NOT NULL "
    };
}

/// `?1` period, `?2` kind, `?3` currency. Who has paid, is paying or was refunded.
pub const PAYING: &str = concat!(
    "SELECT json_object('charge', c.id, 'player', p.id, 'name', p.name, 'pending', o.status = 'pending') \
     FROM (SELECT c.id AS charge_id, c.player_id, o.status ",
    orders_in_month!(),
    ") o CROSS JOIN charges c ON c.id = o.charge_id CROSS JOIN players p ON p.id = o.player_id ORDER BY p.name, c.id LIMIT 1000"
);

/// The same parameters: whether the month is open.
pub const IS_OPEN: &str = "\
    SELECT json_object('open', EXISTS (SELECT 1 FROM periods WHERE period = ?1 AND kind = ?2 AND currency = ?3 AND taken_back_at IS NULL))";

/// The same parameters: aborts the transaction if the month is not open, or a charge of it has an order that counts.
pub const EXPECT: &str = concat!(
    "INSERT INTO expect (holds) \
     SELECT EXISTS (SELECT 1 FROM periods WHERE period = ?1 AND kind = ?2 AND currency = ?3 AND taken_back_at IS NULL) \
        AND NOT EXISTS (SELECT 1 ",
    orders_in_month!(),
    ")"
);

/// The same parameters, and `?4` now. Those that are closed already were closed by hand, and stay so when the month is opened
/// anew.
pub const CLOSE: &str = "\
    UPDATE charges INDEXED BY charges_by_period \
    SET closed_at = ?4, close_reason = 'the month was taken back', taken_back_at = ?4, updated_at = ?4 \
    WHERE period = ?1 AND kind = ?2 AND currency = ?3 AND due_on IS NOT NULL AND closed_at IS NULL \
    RETURNING json_object('charge', id)";

/// `?1` period, `?2` kind, `?3` currency, `?4` now, `?5` by whom.
pub const TAKEN_BACK: &str = "\
    UPDATE periods SET taken_back_at = ?4, taken_back_by = ?5 WHERE period = ?1 AND kind = ?2 AND currency = ?3";

/// A charge of the month with an order that counts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Paying {
    /// The charge.
    pub charge: ChargeId,
    /// Whose it is.
    pub player: PlayerId,
    /// Their name.
    pub name: String,
    pending: i64,
}

impl Paying {
    /// Whether somebody may be paying now. Else it was paid, or paid and refunded.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        self.pending != 0
    }
}

/// The obstacles to taking a month back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether the month is open, and was not taken back.
    pub is_open: bool,
    /// Its charges that somebody pays or has paid: the first thousand.
    pub paying: Vec<Paying>,
}

#[derive(Deserialize)]
struct IsOpen {
    open: i64,
}

#[derive(Deserialize)]
struct Closed {
    #[serde(rename = "charge")]
    _charge: ChargeId,
}

fn of_month(period: &str, currency: Currency) -> [Value; 3] {
    [
        period.into(),
        Kind::Monthly.as_str().into(),
        currency.as_str().into(),
    ]
}

/// Reads the obstacles to taking a month back: whether it is open, and who pays or has paid of it.
///
/// # Errors
/// A [`StoreError`].
pub async fn standing<D: Database>(
    database: &D,
    period: &str,
    currency: Currency,
) -> Result<Standing, StoreError> {
    let read = [IS_OPEN, PAYING].map(|sql| statement(sql, of_month(period, currency)));
    let results = database.batch(read.into()).await?;
    let [open, paying] = results.as_slice() else {
        return Err(StoreError::Failed(
            "two statements gave another number of results".to_owned(),
        ));
    };
    let open: Option<IsOpen> = open.first().map(Row::decode).transpose()?;
    Ok(Standing {
        is_open: open.is_some_and(|it| it.open == 1),
        paying: decode_all(paying)?,
    })
}

/// Takes a month back: closes its charges, and records it. `None`: somebody pays or has paid, or the month is not open, and
/// nothing was done. Else how many were closed.
///
/// # Errors
/// A [`StoreError`]: nothing was done, or the database's answer was lost.
pub async fn take_back<D: Database>(
    database: &D,
    period: &str,
    currency: Currency,
    act: &Act,
    now: UnixMillis,
) -> Result<Option<usize>, StoreError> {
    let expect = statement(EXPECT, of_month(period, currency));
    let mut close = statement(CLOSE, of_month(period, currency));
    close.parameters.push(now.0.into());
    let mut taken_back = statement(TAKEN_BACK, of_month(period, currency));
    taken_back
        .parameters
        .extend([now.0.into(), act.operator.as_str().into()]);
    let statements = vec![expect, close, taken_back, audit::recording(act, now)];
    let Some(results) = transaction(database, statements).await? else {
        return Ok(None);
    };
    let closed: Vec<Closed> = decode_all(results.get(1).map_or(&[][..], Vec::as_slice))?;
    Ok(Some(closed.len()))
}
