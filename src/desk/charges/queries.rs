//! A page of the list of charges, and what all charges of its filter come to.
//!
//! Each statement reads a number of rows that is bounded, however many charges there are. The newest first, a list goes by an
//! index to at most [`WINDOW`] charges and keeps those that fit; the answer says where the next page begins. In another order,
//! a filter that has few enough is read whole and sorted; else the list goes along that order's own index, a window at a time.
//! What all of it comes to is read from the sums.

use serde::Deserialize;

use crate::{
    domain::{
        charge::{ChargeState, Kind},
        error::StoreError,
        id::ChargeId,
        money::{Currency, Money},
    },
    json,
    store::{
        charges::{After, Filter, Listed, Sort, WINDOW, is_overdue, listed_json, standing},
        database::{Database, query},
        fold::{self, Folded},
        row::{Row, Statement, Value, decode_all, decode_page, statement},
        search::{self, candidates_by_words, with_all_words},
    },
};

/// How many charges a page of the list has.
pub const PAGE: usize = 50;

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// In the filter's order.
    pub charges: Vec<Listed>,
    /// Where the next page begins, if there may be one.
    pub next: Option<After>,
    /// The totals of all charges of the filter.
    pub totals: Totals,
    /// How many changes the list still lacks, because so many came at once.
    pub unfolded: u64,
}

/// A sum of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Of how many.
    pub count: i64,
    /// How much.
    pub money: Money,
}

/// The totals of all charges of a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// By currency.
    pub sums: Vec<Sum>,
    /// Whether these are all: a search finds so many players, and no more.
    pub is_whole: bool,
    /// How many of the same kind, month and players are paid, whatever state the filter asks for.
    pub paid: i64,
    /// Of how many that are or were to be paid.
    pub of: i64,
}

impl Totals {
    fn of(rows: &[SumRow], filter: &Filter, is_whole: bool) -> Self {
        let mut totals = Self {
            is_whole,
            ..Self::default()
        };
        for row in rows
            .iter()
            .filter(|row| filter.kind.is_none_or(|kind| kind == row.kind))
        {
            match row.state {
                ChargeState::Closed => {}
                ChargeState::Paid => {
                    totals.paid += row.count;
                    totals.of += row.count;
                }
                ChargeState::Unpaid
                | ChargeState::Pending
                | ChargeState::Processing
                | ChargeState::ActionRequired
                | ChargeState::Refunded => totals.of += row.count,
            }
            if filter.state.is_some_and(|state| state != row.state) {
                continue;
            }
            let (count, minor) = match (filter.overdue, row.state.is_outstanding()) {
                (false, _) => (row.count, row.minor),
                (true, true) => (row.overdue, row.overdue_minor),
                (true, false) => continue,
            };
            totals.add(count, minor, row.currency);
        }
        totals.sums.retain(|sum| sum.count != 0);
        totals
    }

    fn add(&mut self, count: i64, minor: i64, currency: Currency) {
        match self
            .sums
            .iter_mut()
            .find(|sum| sum.money.currency == currency)
        {
            Some(sum) => {
                sum.count += count;
                sum.money.minor += minor;
            }
            None => self.sums.push(Sum {
                count,
                money: Money { minor, currency },
            }),
        }
    }
}

/// Charges of one state, kind and currency.
#[derive(Deserialize)]
struct SumRow {
    state: ChargeState,
    kind: Kind,
    currency: Currency,
    count: i64,
    minor: i64,
    /// How many of them are due on a day.
    dated: i64,
    /// How many of them are due before today, and how much that is. If they are paid, nobody is late.
    overdue: i64,
    overdue_minor: i64,
}

/// `?1` period or NULL, `?2` today: a row for each state, kind and currency, summed up from a row for each month and day on which
/// something is due.
pub const SUMS: &str = "\
    SELECT json_object('state', state, 'kind', kind, 'currency', currency, 'count', SUM(count), 'minor', SUM(minor), \
                       'dated', SUM(IIF(due_on > '', count, 0)), \
                       'overdue', SUM(IIF(due_on > '' AND due_on < ?2, count, 0)), \
                       'overdue_minor', SUM(IIF(due_on > '' AND due_on < ?2, minor, 0))) \
    FROM sums WHERE kind <> '' AND (?1 IS NULL OR period = ?1) GROUP BY state, kind, currency";

// Which charges `c` are wanted: `?3` state or NULL, `?4` kind or NULL, `?5` period or NULL, `?7` today, if only what is overdue
// is wanted, or NULL.
macro_rules! is_wanted {
    () => {
        concat!(
            "(?3 IS NULL OR c.state = ?3) AND (?4 IS NULL OR c.kind = ?4) AND (?5 IS NULL OR c.period = ?5) AND ",
            is_overdue!("?7")
        )
    };
}

// `?1` after, `?2` window, `?6` limit; the others as `is_wanted!` says.
macro_rules! page {
    ($source:expr) => {
        page!($source, "c.id DESC")
    };
    ($source:expr, $order:expr) => {
        concat!(
            "SELECT ",
            listed_json!("c.state"),
            " FROM (",
            $source,
            ") x CROSS JOIN charges c ON c.id = x.id CROSS JOIN players p ON p.id = c.player_id WHERE ",
            is_wanted!(),
            " ORDER BY ",
            $order,
            " LIMIT ?6"
        )
    };
}

// The same parameters: where the window ends, and how many charges are in it.
macro_rules! window {
    ($source:expr) => {
        concat!(
            "SELECT json_object('end', MIN(x.id), 'seen', COUNT(*)) FROM (",
            $source,
            ") x WHERE ?3 IS ?3 AND ?4 IS ?4 AND ?5 IS ?5 AND ?6 IS ?6 AND ?7 IS ?7"
        )
    };
}

macro_rules! all {
    () => {
        "SELECT id FROM charges WHERE id < ?1 ORDER BY id DESC LIMIT ?2"
    };
}
macro_rules! by_state {
    () => {
        "SELECT id FROM charges WHERE state = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2"
    };
}
macro_rules! by_period {
    () => {
        "SELECT id FROM charges WHERE period = ?5 AND id < ?1 ORDER BY id DESC LIMIT ?2"
    };
}
macro_rules! due {
    () => {
        "SELECT id FROM charges INDEXED BY charges_due \
         WHERE due_on IS NOT NULL AND state IN ('unpaid', 'pending', 'processing', 'action_required') AND id < ?1 ORDER BY id DESC LIMIT ?2"
    };
}

/// All charges, as `page!` says.
pub const LIST: [&str; 2] = [page!(all!()), window!(all!())];
/// By state.
pub const LIST_BY_STATE: [&str; 2] = [page!(by_state!()), window!(by_state!())];
/// By period.
pub const LIST_BY_PERIOD: [&str; 2] = [page!(by_period!()), window!(by_period!())];
/// Those that are still to be paid and due on a day.
pub const LIST_DUE: [&str; 2] = [page!(due!()), window!(due!())];

// What a charge `c` of a player `p` is sorted by: `?8` the order's word. No two charges have the same.
macro_rules! key {
    () => {
        "CASE ?8 WHEN 'amount' THEN -c.amount_minor WHEN 'due' THEN COALESCE(c.due_on, '~') WHEN 'name' THEN p.name ELSE 0 END COLLATE NOCASE, \
         IIF(?8 = 'name', p.id, 0), IIF(?8 IN ('amount', 'newest'), -c.id, c.id)"
    };
}

// Whether a charge comes after `?1`, whose key was `?9`; true if that is NULL.
macro_rules! comes_after {
    () => {
        concat!(
            "(?9 IS NULL OR (",
            key!(),
            ") > (?9, IIF(?8 = 'name', (SELECT a.player_id FROM charges a WHERE a.id = ?1), 0), IIF(?8 IN ('amount', 'newest'), -?1, ?1)))"
        )
    };
}

// All charges of a source, sorted: `?1` after or NULL, `?2` how many are looked at, `?6` limit, `?8` the order, `?9` the key of `?1`
// or NULL; the others as `is_wanted!` says.
macro_rules! sorted {
    ($source:expr) => {
        concat!(
            "SELECT ",
            listed_json!("c.state"),
            " FROM (",
            $source,
            ") x CROSS JOIN charges c ON c.id = x.id CROSS JOIN players p ON p.id = c.player_id WHERE ",
            is_wanted!(),
            " AND ",
            comes_after!(),
            " ORDER BY ",
            key!(),
            " LIMIT ?6"
        )
    };
}

/// All charges, as `sorted!` says.
pub const SORTED: &str = sorted!("SELECT id FROM charges ORDER BY id DESC LIMIT ?2");
/// By state.
pub const SORTED_BY_STATE: &str =
    sorted!("SELECT id FROM charges WHERE state = ?3 ORDER BY id DESC LIMIT ?2");
/// By period.
pub const SORTED_BY_PERIOD: &str =
    sorted!("SELECT id FROM charges WHERE period = ?5 ORDER BY id DESC LIMIT ?2");
/// Those that are still to be paid and due on a day.
pub const SORTED_DUE: &str = sorted!(
    "SELECT id FROM charges INDEXED BY charges_due \
     WHERE due_on IS NOT NULL AND state IN ('unpaid', 'pending', 'processing', 'action_required') ORDER BY id DESC LIMIT ?2"
);

// The last of the charges that a page looked at, if it looked at `?2`.
macro_rules! end {
    ($source:expr) => {
        concat!(
            "SELECT json_object('id', x.id, 'key', x.key) FROM (",
            $source,
            ") x WHERE ?3 IS ?3 AND ?4 IS ?4 AND ?5 IS ?5 AND ?6 IS ?6 AND ?7 IS ?7 LIMIT 1 OFFSET ?2 - 1"
        )
    };
}

// Along an order's own index: `?1` after, `?8` its key.
macro_rules! along_amounts {
    () => {
        "SELECT id, amount_minor AS key FROM charges INDEXED BY charges_by_amount \
         WHERE (amount_minor, id) < (?8, ?1) ORDER BY amount_minor DESC, id DESC LIMIT ?2"
    };
}
// In two parts, because an index on an expression takes no pair: many are due on one day.
macro_rules! along_days {
    () => {
        "SELECT id, key FROM (\
           SELECT * FROM (SELECT id, COALESCE(due_on, '~') AS key FROM charges INDEXED BY charges_by_due_day \
                          WHERE COALESCE(due_on, '~') = ?8 AND id > ?1 ORDER BY id LIMIT ?2) \
           UNION ALL \
           SELECT * FROM (SELECT id, COALESCE(due_on, '~') AS key FROM charges INDEXED BY charges_by_due_day \
                          WHERE COALESCE(due_on, '~') > ?8 ORDER BY COALESCE(due_on, '~'), id LIMIT ?2)) LIMIT ?2"
    };
}
// The player of `?1`.
macro_rules! player_of {
    () => {
        "COALESCE((SELECT a.player_id FROM charges a WHERE a.id = ?1), 0)"
    };
}
// In two parts, because a pair takes no collation: many have one name, and all who are erased.
macro_rules! along_names {
    () => {
        concat!(
            "SELECT id, key FROM (\
               SELECT * FROM (SELECT c.id, p.name AS key \
                              FROM players p INDEXED BY players_by_name CROSS JOIN charges c ON c.player_id = p.id \
                              WHERE p.name COLLATE NOCASE = ?8 AND p.id >= ",
            player_of!(),
            " AND (p.id <> ",
            player_of!(),
            " OR c.id > ?1) ORDER BY p.id, c.id LIMIT ?2) \
               UNION ALL \
               SELECT * FROM (SELECT c.id, p.name AS key \
                              FROM players p INDEXED BY players_by_name CROSS JOIN charges c ON c.player_id = p.id \
                              WHERE p.name COLLATE NOCASE > ?8 ORDER BY p.name COLLATE NOCASE, p.id, c.id LIMIT ?2)) LIMIT ?2"
        )
    };
}

/// The largest amount first, as `page!` says; `?8` the key of `?1`.
pub const ALONG_AMOUNTS: [&str; 2] = [
    page!(along_amounts!(), "c.amount_minor DESC, c.id DESC"),
    end!(along_amounts!()),
];
/// The earliest due day first.
pub const ALONG_DAYS: [&str; 2] = [
    page!(along_days!(), "COALESCE(c.due_on, '~'), c.id"),
    end!(along_days!()),
];
/// By the player's name.
pub const ALONG_NAMES: [&str; 2] = [
    page!(along_names!(), "p.name COLLATE NOCASE, p.id, c.id"),
    end!(along_names!()),
];

/// The result of a search, in one row: whether it finds all, the sums, and a page of the charges. `?2` how many
/// players, `?10` the words, `?11` today; the others as `sorted!` says.
pub const SEARCH: &str = concat!(
    "WITH candidates (player_id) AS MATERIALIZED (",
    candidates_by_words!("?10"),
    "), found (player_id) AS MATERIALIZED (",
    with_all_words!("candidates", "?10", "?2"),
    ") SELECT json_object('candidates', (SELECT COUNT(*) FROM candidates), 'found', (SELECT COUNT(*) FROM found), \
       'sums', json((SELECT json_group_array(json_object('state', s.state, 'kind', s.kind, 'currency', s.currency, \
                                    'count', s.count, 'minor', s.minor, 'dated', 0, \
                                    'overdue', s.overdue, 'overdue_minor', s.overdue_minor)) \
                FROM (SELECT c.state, c.kind, c.currency, COUNT(*) AS count, SUM(c.amount_minor) AS minor, \
                             SUM(IIF(c.due_on < ?11, 1, 0)) AS overdue, SUM(IIF(c.due_on < ?11, c.amount_minor, 0)) AS overdue_minor \
                      FROM found f CROSS JOIN charges c ON c.player_id = f.player_id WHERE ?5 IS NULL OR c.period = ?5 \
                      GROUP BY c.state, c.kind, c.currency) s)), \
       'charges', json((SELECT json_group_array(json(y.charge)) FROM (SELECT ",
    listed_json!("c.state"),
    " AS charge FROM found f CROSS JOIN charges c ON c.player_id = f.player_id CROSS JOIN players p ON p.id = c.player_id WHERE ",
    is_wanted!(),
    " AND ",
    comes_after!(),
    " ORDER BY ",
    key!(),
    " LIMIT ?6) y)))"
);

/// `?1` a JSON array of charges.
pub const CHOSEN: &str = concat!(
    "SELECT ",
    listed_json!(standing!()),
    " FROM json_each(?1) j JOIN charges c ON c.id = j.value JOIN players p ON p.id = c.player_id ORDER BY j.key"
);

/// These charges, in that order; without those that are not there.
///
/// # Errors
/// A [`StoreError`].
pub async fn chosen<D: Database>(
    database: &D,
    charges: &[ChargeId],
) -> Result<Vec<Listed>, StoreError> {
    let read = statement(CHOSEN, [json::to_string(charges).into()]);
    decode_all(&query(database, read).await?)
}

#[derive(Deserialize)]
struct Window {
    end: Option<ChargeId>,
    seen: i64,
}

/// The last charge that was looked at, and its key: a number or a text.
#[derive(Deserialize)]
struct End {
    id: ChargeId,
    key: serde_json::Value,
}

#[derive(Deserialize)]
struct FoundRow {
    candidates: i64,
    found: i64,
    sums: Vec<SumRow>,
    charges: Vec<Listed>,
}

/// A page of charges. `today` is the club's day, as `2026-05-31`.
///
/// # Errors
/// A [`StoreError`].
pub async fn list<D: Database>(
    database: &D,
    filter: &Filter,
    today: &str,
) -> Result<Page, StoreError> {
    match (search::parameter(&filter.words), filter.sort) {
        (Some(words), _) => found(database, filter, today, words).await,
        (None, Sort::Newest) => newest(database, filter, today).await,
        (None, Sort::Amount | Sort::Due | Sort::Name) => sorted(database, filter, today).await,
    }
}

/// The parameters of `page!` and `sorted!`.
fn parameters(filter: &Filter, today: &str, after: Value, window: i64) -> [Value; 7] {
    [
        after,
        window.into(),
        filter.state.map(ChargeState::as_str).into(),
        filter.kind.map(Kind::as_str).into(),
        filter.period.as_deref().into(),
        (PAGE as i64 + 1).into(),
        filter.overdue.then_some(today).into(),
    ]
}

fn with(
    sql: &'static str,
    parameters: [Value; 7],
    more: impl IntoIterator<Item = Value>,
) -> Statement {
    let mut with = statement(sql, parameters);
    with.parameters.extend(more);
    with
}

fn sums(filter: &Filter, today: &str) -> Statement {
    statement(SUMS, [filter.period.as_deref().into(), today.into()])
}

async fn newest<D: Database>(
    database: &D,
    filter: &Filter,
    today: &str,
) -> Result<Page, StoreError> {
    let after = filter.after.as_ref().map_or(i64::MAX, |after| after.id.0);
    let ([list, window], is_filtered) = match (filter.overdue, &filter.period, filter.state) {
        (true, _, _) => (LIST_DUE, true),
        (false, Some(_), state) => (LIST_BY_PERIOD, state.is_some() || filter.kind.is_some()),
        (false, None, Some(_)) => (LIST_BY_STATE, filter.kind.is_some()),
        (false, None, None) => (LIST, filter.kind.is_some()),
    };
    // Without a filter the index finds the page by itself: no more charges need be looked at than it has.
    let looked_at = if is_filtered { WINDOW } else { PAGE as i64 + 1 };
    let read = |sql| statement(sql, parameters(filter, today, after.into(), looked_at));
    let Folded {
        results: [rows, window, sums],
        unfolded,
    } = fold::read(database, [read(list), read(window), sums(filter, today)]).await?;
    let window: Window = window.first().ok_or_else(nothing)?.decode()?;
    let end = window
        .end
        .filter(|_| window.seen >= looked_at && is_filtered);
    let end = end.map(|id| After {
        id,
        key: String::new(),
    });
    let sums: Vec<SumRow> = decode_all(&sums)?;
    let totals = Totals::of(&sums, filter, true);
    page(&rows, filter.sort, end, totals, unfolded)
}

/// In another order than the newest first.
async fn sorted<D: Database>(
    database: &D,
    filter: &Filter,
    today: &str,
) -> Result<Page, StoreError> {
    let Folded {
        results: [rows],
        unfolded,
    } = fold::read(database, [sums(filter, today)]).await?;
    let sums: Vec<SumRow> = decode_all(&rows)?;
    let totals = Totals::of(&sums, filter, true);
    let count = |of: fn(&SumRow) -> i64| sums.iter().map(of).sum::<i64>();
    let (source, many) = match (&filter.period, filter.overdue, filter.state) {
        (Some(_), ..) => (SORTED_BY_PERIOD, count(|row| row.count)),
        (None, true, _) => {
            let dated = |row: &SumRow| {
                if row.state.is_outstanding() {
                    row.dated
                } else {
                    0
                }
            };
            (SORTED_DUE, count(dated))
        }
        (None, false, Some(state)) => {
            let those = sums.iter().filter(|row| row.state == state);
            (SORTED_BY_STATE, those.map(|row| row.count).sum())
        }
        (None, false, None) => (SORTED, count(|row| row.count)),
    };
    // The sums may lack some.
    let many = many.saturating_add(i64::try_from(unfolded).unwrap_or(i64::MAX));
    let after = filter.after.as_ref();
    if many <= WINDOW {
        let id = after.map(|after| after.id.0);
        let more = [filter.sort.as_str().into(), key(filter.sort, after)];
        let read = with(source, parameters(filter, today, id.into(), WINDOW), more);
        let results = database.batch(vec![read]).await?;
        let rows = results.first().ok_or_else(nothing)?;
        return page(rows, filter.sort, None, totals, unfolded);
    }
    let (list, begins) = match filter.sort {
        Sort::Newest | Sort::Amount => (ALONG_AMOUNTS, (i64::MAX, Value::from(i64::MAX))),
        Sort::Due => (ALONG_DAYS, (0, "".into())),
        Sort::Name => (ALONG_NAMES, (0, "".into())),
    };
    let (id, key) = after.map_or(begins, |after| (after.id.0, along(filter.sort, after)));
    let is_filtered = filter.leaves_out();
    let looked_at = match (is_filtered, filter.sort) {
        (false, _) => PAGE as i64 + 1,
        // A name costs more: its player is read first.
        (true, Sort::Name) => WINDOW / 2,
        (true, Sort::Newest | Sort::Amount | Sort::Due) => WINDOW,
    };
    let read = list.map(|sql| {
        let parameters = parameters(filter, today, id.into(), looked_at);
        with(sql, parameters, [key.clone()])
    });
    let results = database.batch(read.into()).await?;
    let [rows, end] = results.as_slice() else {
        return Err(nothing());
    };
    let end: Option<End> = end.first().map(Row::decode).transpose()?;
    let end = end.filter(|_| is_filtered).map(|end| After {
        id: end.id,
        key: end
            .key
            .as_str()
            .map_or_else(|| end.key.to_string(), str::to_owned),
    });
    page(rows, filter.sort, end, totals, unfolded)
}

/// A page of what a search finds.
async fn found<D: Database>(
    database: &D,
    filter: &Filter,
    today: &str,
    words: Value,
) -> Result<Page, StoreError> {
    let after = filter.after.as_ref();
    let id = after.map(|after| after.id.0);
    let more = [
        filter.sort.as_str().into(),
        key(filter.sort, after),
        words,
        today.into(),
    ];
    let read = with(
        SEARCH,
        parameters(filter, today, id.into(), search::MOST),
        more,
    );
    let Folded {
        results: [rows],
        unfolded,
    } = fold::read(database, [read]).await?;
    let row: FoundRow = rows.first().ok_or_else(nothing)?.decode()?;
    let is_whole = row.found < search::MOST && row.candidates < search::CANDIDATES;
    let totals = Totals::of(&row.sums, filter, is_whole);
    let mut charges = row.charges;
    let has_more = charges.len() > PAGE;
    charges.truncate(PAGE);
    let next = charges.last().filter(|_| has_more);
    Ok(Page {
        next: next.map(|last| after_of(last, filter.sort)),
        charges,
        totals,
        unfolded,
    })
}

/// The key of where a page begins, as `key!` has it; NULL if it is the first one.
fn key(sort: Sort, after: Option<&After>) -> Value {
    match (after, sort) {
        (None, _) => Value::Null,
        (Some(_), Sort::Newest) => 0.into(),
        (Some(after), Sort::Amount) => match along(sort, after) {
            Value::Integer(minor) => (-minor).into(),
            other @ (Value::Null | Value::Text(_)) => other,
        },
        (Some(after), Sort::Due | Sort::Name) => along(sort, after),
    }
}

/// The same, as an order's own index has it.
fn along(sort: Sort, after: &After) -> Value {
    match sort {
        Sort::Newest | Sort::Amount => after.key.parse().unwrap_or(0_i64).into(),
        Sort::Due | Sort::Name => after.key.as_str().into(),
    }
}

/// Where the page after a charge begins.
fn after_of(charge: &Listed, sort: Sort) -> After {
    let key = match sort {
        Sort::Newest => String::new(),
        Sort::Amount => charge.money().minor.to_string(),
        Sort::Due => charge.due_on.clone().unwrap_or_else(|| "~".to_owned()),
        Sort::Name => charge.player.clone(),
    };
    After { id: charge.id, key }
}

fn page(
    rows: &[Row],
    sort: Sort,
    end: Option<After>,
    totals: Totals,
    unfolded: u64,
) -> Result<Page, StoreError> {
    let (charges, has_more): (Vec<Listed>, _) = decode_page(rows, PAGE)?;
    let last = charges.last().map(|charge| after_of(charge, sort));
    let next = if has_more { last } else { end };
    Ok(Page {
        charges,
        next,
        totals,
        unfolded,
    })
}

fn nothing() -> StoreError {
    StoreError::Failed("a statement that gives one row gave none".to_owned())
}
