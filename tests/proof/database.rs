//! The database as plain rows, and the shipped SQL run on them.
//!
//! A batch is carried out by real SQLite with the project's own migrations: the rows are loaded, the
//! batch runs as one transaction, the rows are read back. So the constraints, the triggers and every
//! statement in the exploration are the ones that ship.

use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use checkout_guard::store::{DatabaseError, Row, Statement, Value};
use rusqlite::{Connection, config::DbConfig};

use crate::{
    clock,
    configurations::{Beginning, Change},
    edit::{Edit, Edits},
    sqlite::{migrations, query},
};

/// The tables that change, in an order that their references allow.
const TABLES: [&str; 9] = [
    "players",
    "charges",
    "links",
    "orders",
    "order_events",
    "stripe_events",
    "refunds",
    "incidents",
    "cursors",
];
/// The tables that triggers and acts write besides: nothing reads them that an exploration runs.
const WRITTEN_ONLY: [&str; 4] = ["outbox", "messages", "audit", "changed_charges"];
/// The desk's view of each charge, by the definitions that a fold goes by.
const MODEL: &str = "\
    SELECT s.id, s.state, (SELECT group_concat(k.currency || ' ' || k.minor || ' ' || k.rest) FROM payments_kept k WHERE k.charge_id = s.id) \
    FROM standings s ORDER BY s.id";
/// `?1` the newest row of the audit trail, `?2` the newest charge, before a transaction: the charges at which a fold after it
/// would look.
const MARKED: &str = "\
    SELECT charge_id FROM changed_charges \
    UNION SELECT o.charge_id FROM order_events e JOIN orders o ON o.id = e.order_id WHERE e.id > ?1 \
    UNION SELECT id FROM charges WHERE id > ?2";
const PLAYERS: usize = 0;
const CHARGES: usize = 1;
const ORDERS: usize = 3;
const AUDIT: usize = 4;
const EVENTS: usize = 5;
const REFUNDS: usize = 6;
const INCIDENTS: usize = 7;

/// The amount of a charge, in minor units, until the operator changes it.
pub const AMOUNT: i64 = 15_000;
/// The amount that an operator takes in cash, in minor units, if it is less than that, or more.
pub const LESS: i64 = 12_000;
pub const MORE: i64 = 20_000;
/// The name of this database at Stripe.
pub const INSTALLATION: &str = "0123456789abcdef0123456789abcdef";

/// The token of a charge's link.
pub fn token(charge: i64) -> String {
    format!("token-of-the-proof-{charge}")
}

/// Every row of the tables that change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Database {
    tables: [Vec<Row>; TABLES.len()],
}

/// A row of `orders`, as far as the invariants speak of it.
#[derive(Clone, Debug)]
pub struct OrderRow {
    pub id: i64,
    pub charge: i64,
    pub status: String,
    pub origin: String,
    pub is_offline: bool,
    pub attempt: String,
    pub amount: i64,
    pub paid_minor: Option<i64>,
    pub refunded_minor: i64,
    /// Of an offline payment: what was waived, or below 0 what the club keeps.
    pub rest: i64,
    pub session: Option<String>,
    pub payment_intent: Option<String>,
    pub cancel_reason: Option<String>,
    pub created_at: i64,
    pub canceled_at: Option<i64>,
    pub next_check_at: Option<i64>,
    pub version: i64,
}

/// A row of `charges`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChargeRow {
    /// The number of its player: the number of its row may be another one's after a restore.
    pub id: i64,
    pub amount: i64,
    pub is_closed: bool,
    pub failed_creates: i64,
}

/// A row of `order_events`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    pub order: i64,
    pub from: Option<String>,
    pub to: String,
    pub cause: String,
}

/// A row of `refunds` that was asked for here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRow {
    pub request: String,
    pub status: String,
    pub next_try_at: Option<i64>,
}

/// A row of `incidents`.
#[derive(Clone, Debug)]
pub struct IncidentRow {
    pub kind: String,
    pub session: Option<String>,
    pub payment_intent: Option<String>,
    pub is_open: bool,
}

/// How many databases were opened: each has a name of its own.
static OPENED: AtomicUsize = AtomicUsize::new(0);

/// The columns of each table, by name.
static COLUMNS: OnceLock<[Vec<String>; TABLES.len()]> = OnceLock::new();

fn column(table: usize, name: &str) -> usize {
    let columns = COLUMNS.get().map(|all| &all[table]);
    let at = columns.and_then(|columns| columns.iter().position(|column| column == name));
    at.unwrap_or_else(|| panic!("{} has no column {name}", TABLES[table]))
}

/// One row of a table, read by names.
struct Named<'a>(usize, &'a Row);

impl Named<'_> {
    fn value(&self, name: &str) -> &Value {
        &self.1.0[column(self.0, name)]
    }

    fn integer(&self, name: &str) -> Option<i64> {
        match self.value(name) {
            Value::Integer(integer) => Some(*integer),
            Value::Null | Value::Text(_) => None,
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.value(name) {
            Value::Text(text) => Some(text.clone()),
            Value::Null | Value::Integer(_) => None,
        }
    }
}

impl Database {
    fn rows(&self, table: usize) -> impl Iterator<Item = Named<'_>> {
        self.tables[table].iter().map(move |row| Named(table, row))
    }

    /// A charge: its amount now, and whether it is closed.
    pub fn charge(&self, id: i64) -> ChargeRow {
        self.charges()
            .into_iter()
            .find(|charge| charge.id == id)
            .unwrap_or_else(|| panic!("charge {id} is not there"))
    }

    /// The number of the player who owes the charge of that row.
    fn player_of(&self, charge: i64) -> i64 {
        let mut charges = self.rows(CHARGES);
        let charge = charges.find(|row| row.integer("id") == Some(charge));
        let player = charge.and_then(|row| row.integer("player_id"));
        let mut players = self.rows(PLAYERS);
        let player = players.find(|row| row.integer("id") == player);
        player
            .and_then(|row| row.text("player_id"))
            .and_then(|number| number.parse().ok())
            .unwrap_or(0)
    }

    pub fn charges(&self) -> Vec<ChargeRow> {
        self.rows(CHARGES)
            .map(|row| ChargeRow {
                id: self.player_of(row.integer("id").unwrap_or(0)),
                amount: row.integer("amount_minor").unwrap_or(0),
                is_closed: row.integer("closed_at").is_some(),
                failed_creates: row.integer("failed_creates").unwrap_or(0),
            })
            .collect()
    }

    /// The same after an operator's change of the first charge.
    pub fn with_charge(&self, change: Change) -> Self {
        let mut changed = self.clone();
        let charge = &mut changed.tables[CHARGES][0].0;
        match change {
            Change::Owes(minor) => charge[column(CHARGES, "amount_minor")] = Value::Integer(minor),
            Change::Closes => {
                charge[column(CHARGES, "closed_at")] = Value::Integer(clock::millis(0))
            }
        }
        changed
    }

    /// Whether an event of Stripe's is recorded.
    pub fn has_event(&self, id: &str) -> bool {
        self.rows(EVENTS)
            .any(|row| row.text("id").as_deref() == Some(id))
    }

    /// Whether an order, or a request for a refund, has that random name.
    pub fn has_name(&self, name: &str) -> bool {
        [(ORDERS, "attempt"), (REFUNDS, "request")]
            .into_iter()
            .any(|(table, of)| {
                let at = column(table, of);
                let mut rows = self.tables[table].iter();
                rows.any(|row| matches!(&row.0[at], Value::Text(text) if text == name))
            })
    }

    /// The refunds that were asked for here.
    pub fn requests(&self) -> Vec<RequestRow> {
        self.rows(REFUNDS)
            .filter_map(|row| {
                Some(RequestRow {
                    request: row.text("request")?,
                    status: row.text("status").unwrap_or_default(),
                    next_try_at: row.integer("next_try_at"),
                })
            })
            .collect()
    }

    pub fn orders(&self) -> Vec<OrderRow> {
        self.rows(ORDERS)
            .map(|row| OrderRow {
                id: row.integer("id").unwrap_or(0),
                charge: self.player_of(row.integer("charge_id").unwrap_or(0)),
                status: row.text("status").unwrap_or_default(),
                origin: row.text("origin").unwrap_or_default(),
                is_offline: row.text("method").as_deref() == Some("offline"),
                attempt: row.text("attempt").unwrap_or_default(),
                amount: row.integer("amount_minor").unwrap_or(0),
                paid_minor: row.integer("paid_minor"),
                refunded_minor: row.integer("refunded_minor").unwrap_or(0),
                rest: row.integer("rest_minor").unwrap_or(0),
                session: row.text("stripe_session_id"),
                payment_intent: row.text("payment_intent_id"),
                cancel_reason: row.text("cancel_reason"),
                created_at: row.integer("created_at").unwrap_or(0),
                canceled_at: row.integer("canceled_at"),
                next_check_at: row.integer("next_check_at"),
                version: row.integer("version").unwrap_or(0),
            })
            .collect()
    }

    pub fn audit(&self) -> Vec<AuditRow> {
        self.rows(AUDIT)
            .map(|row| AuditRow {
                order: row.integer("order_id").unwrap_or(0),
                from: row.text("from_status"),
                to: row.text("to_status").unwrap_or_default(),
                cause: row.text("cause").unwrap_or_default(),
            })
            .collect()
    }

    pub fn incidents(&self) -> Vec<IncidentRow> {
        self.rows(INCIDENTS)
            .map(|row| IncidentRow {
                kind: row.text("kind").unwrap_or_default(),
                session: row.text("stripe_session_id"),
                payment_intent: row.text("payment_intent_id"),
                is_open: row.integer("resolved_at").is_none(),
            })
            .collect()
    }

    /// How many rows of Stripe's events are recorded, and of incidents.
    pub fn recorded(&self) -> (usize, usize) {
        (self.tables[EVENTS].len(), self.tables[INCIDENTS].len())
    }

    /// Whether Stripe has refused the payer's address of the first charge.
    pub fn leaves_email_out(&self) -> bool {
        self.rows(PLAYERS)
            .any(|row| row.integer("email_refused_at").is_some())
    }
}

/// SQLite with the project's migrations, and the rows it holds at the moment.
pub struct Sqlite {
    db: Connection,
    /// The same database without triggers, which would not let rows be put in the place of others. To switch
    /// them off and on again on one connection would have SQLite compile each statement anew.
    loader: Connection,
    holds: Option<Database>,
    /// The desk's view of these rows.
    model: Vec<Row>,
    /// The mutants of migrations and statements.
    edits: Edits,
}

impl Sqlite {
    /// With the rows that an exploration begins with.
    pub fn new(edits: &[Edit], beginning: Beginning) -> Self {
        Self::with_rows(edits, &first_rows(beginning))
    }

    /// Restored to before its import, with another file imported since: the rows have other numbers.
    pub fn imported_anew() -> Self {
        Self::with_rows(&[], &(charge(1, 2) + &charge(2, 1)))
    }

    fn with_rows(edits: &[Edit], first_rows: &str) -> Self {
        let name = format!("proof-{}", OPENED.fetch_add(1, Ordering::Relaxed));
        let open_shared = || -> rusqlite::Result<Connection> {
            let db = Connection::open(format!("file:{name}?mode=memory&cache=shared"))?;
            db.set_prepared_statement_cache_capacity(128);
            // Otherwise a statement is compiled anew for each value that its plan might depend on.
            db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            Ok(db)
        };
        let open = || -> rusqlite::Result<Self> {
            let (db, loader) = (open_shared()?, open_shared()?);
            db.execute_batch("PRAGMA foreign_keys = ON")?;
            loader.execute_batch("PRAGMA foreign_keys = OFF")?;
            loader.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
            let edits = Edits::new(edits);
            for (_, migration) in migrations() {
                db.execute_batch(&edits.apply(&named(&migration)))?;
            }
            db.execute_batch(first_rows)?;
            let columns = |table: &str| -> rusqlite::Result<Vec<String>> {
                let prepared = db.prepare(&format!("SELECT * FROM {table}"))?;
                Ok(prepared.column_names().map(str::to_owned).collect())
            };
            let mut all: [Vec<String>; TABLES.len()] = Default::default();
            for (table, of) in TABLES.iter().zip(&mut all) {
                *of = columns(table)?;
            }
            COLUMNS.get_or_init(|| all);
            Ok(Self {
                db,
                loader,
                holds: None,
                model: Vec::new(),
                edits,
            })
        };
        open().unwrap_or_else(|error| panic!("the database: {error}"))
    }

    /// Panics if an edit never found its text.
    pub fn assert_edited(&self) {
        self.edits.assert_found();
    }

    /// The rows as they are now.
    pub fn rows(&self) -> Database {
        let read = |table: &str| -> rusqlite::Result<Vec<Row>> {
            let sql = format!("SELECT * FROM {table} ORDER BY 1");
            query(&self.db, &sql, &[])
        };
        Database {
            tables: TABLES
                .map(|table| read(table).unwrap_or_else(|error| panic!("{table}: {error}"))),
        }
    }

    /// Runs a batch on these rows: what it answers, and the rows after it.
    pub fn run(
        &mut self,
        before: &Database,
        statements: &[Statement],
    ) -> (Result<Vec<Vec<Row>>, DatabaseError>, Database) {
        if self.holds.as_ref() != Some(before) {
            self.load(before)
                .unwrap_or_else(|error| panic!("loading rows: {error}"));
            self.model = self.read(MODEL, &[]);
        }
        let answer = self
            .batch(statements)
            .map_err(|error| DatabaseError::from_message(&error.to_string()));
        let after = if answer.is_ok() {
            self.rows()
        } else {
            before.clone()
        };
        self.holds = Some(after.clone());
        (answer, after)
    }

    /// Whether the batch that was run last on these rows left a mark of each charge of which the desk shows something else
    /// since: then a fold, whenever it comes, keeps the desk's model true.
    pub fn is_marked(&mut self, before: &Database) -> bool {
        let model = self.read(MODEL, &[]);
        let was = std::mem::replace(&mut self.model, model);
        if was == self.model {
            return true;
        }
        let newest = |table: usize| {
            let last = before.tables[table].last().and_then(|row| row.0.first());
            last.cloned().unwrap_or(Value::Integer(0))
        };
        let marked = self.read(MARKED, &[newest(AUDIT), newest(CHARGES)]);
        let changed = self.model.iter().filter(|row| !was.contains(row));
        changed
            .filter_map(|row| row.0.first())
            .all(|charge| marked.iter().any(|row| row.0.first() == Some(charge)))
    }

    fn read(&self, sql: &str, parameters: &[Value]) -> Vec<Row> {
        query(&self.db, sql, parameters).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Puts rows in the place of those that are there, past the triggers that keep anybody from it.
    fn load(&self, rows: &Database) -> rusqlite::Result<()> {
        let transaction = self.loader.unchecked_transaction()?;
        for table in WRITTEN_ONLY {
            transaction
                .prepare_cached(&format!("DELETE FROM {table}"))?
                .execute([])?;
        }
        let tables = || TABLES.iter().zip(&rows.tables);
        let changed = |at: &usize| {
            let held = self.holds.as_ref().map(|held| &held.tables[*at]);
            held != Some(&rows.tables[*at])
        };
        for (_, (table, _)) in tables()
            .enumerate()
            .filter(|(at, _)| changed(at))
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
        {
            transaction
                .prepare_cached(&format!("DELETE FROM {table}"))?
                .execute([])?;
        }
        for (_, (table, rows)) in tables().enumerate().filter(|(at, _)| changed(at)) {
            for row in rows {
                let places = vec!["?"; row.0.len()].join(",");
                let sql = format!("INSERT INTO {table} VALUES ({places})");
                query(&transaction, &sql, &row.0)?;
            }
        }
        transaction.commit()
    }

    fn batch(&self, statements: &[Statement]) -> rusqlite::Result<Vec<Vec<Row>>> {
        let transaction = self.db.unchecked_transaction()?;
        transaction
            .prepare_cached("DELETE FROM changed_charges")?
            .execute([])?;
        let mut results = Vec::new();
        for Statement { sql, parameters } in statements {
            results.push(query(&transaction, &self.edits.apply(sql), parameters)?);
        }
        transaction.commit()?;
        Ok(results)
    }
}

/// The installation's random name and its time are the same in every run.
fn named(migration: &str) -> String {
    let at = clock::millis(0);
    migration.replace(
        "lower(hex(randomblob(16))), CAST(unixepoch('subsec') * 1000 AS INTEGER));",
        &format!("'{INSTALLATION}', {at});"),
    )
}

/// A player with one charge and its link, in rows of that id.
fn charge(id: i64, player: i64) -> String {
    let at = clock::millis(0);
    let hash = crate::task::hash(player);
    let hash = hash.as_str();
    format!(
        "INSERT INTO players (id, player_id, name, email, created_at, updated_at) \
           VALUES ({id}, '{player}', 'Player {player}', 'payer{player}@example.com', {at}, {at}); \
         INSERT INTO charges (id, player_id, kind, period, amount_minor, currency, created_at, updated_at) \
           VALUES ({id}, {id}, 'first_payment', '', {AMOUNT}, 'usd', {at}, {at}); \
         INSERT INTO links (id, token_sha256, charge_id, created_at) VALUES ({id}, '{hash}', {id}, {at});"
    )
}

fn first_rows(beginning: Beginning) -> String {
    let at = clock::millis(0);
    let imported = |charge: i64, session: &str| {
        let created = at - 10 * 60_000;
        format!(
            "INSERT INTO orders (id, charge_id, attempt, origin, amount_minor, currency, stripe_session_id, created_at, \
                                 next_check_at, cause) \
             VALUES (26, {charge}, 'imported-order-26', 'import', {AMOUNT}, 'usd', '{session}', {created}, {at}, 'import');"
        )
    };
    // A pending order whose session is open.
    let clicked = |charge: i64| {
        let session = charge - 1;
        let (ends, looked_at) = (
            at + i64::from(clock::LIFETIME) * 60_000,
            at + i64::from(clock::STALE) * 60_000,
        );
        format!(
            "INSERT INTO orders (id, charge_id, attempt, amount_minor, currency, stripe_session_id, checkout_url, created_at, \
                                 session_expires_at, next_check_at, cause) \
             VALUES ({charge}, {charge}, 'attempt-of-session-{session}', {AMOUNT}, 'usd', 'cs_test_{session}', \
                     'https://checkout.stripe.com/c/pay/cs_test_{session}', {at}, {ends}, {looked_at}, 'click');"
        )
    };
    // A paid order, and a second payment that was recorded on a canceled one.
    let twice_paid = |charge: i64| {
        let (paid, late) = (charge * 2 - 2, charge * 2 - 1);
        let columns = "id, charge_id, status, attempt, amount_minor, currency, stripe_session_id, payment_intent_id, \
                       created_at, paid_at, paid_minor, canceled_at, cancel_reason, cause";
        let order = |session: i64, status: &str, canceled: &str, reason: &str| {
            format!(
                "INSERT INTO orders ({columns}) VALUES ({session} + 1, {charge}, '{status}', 'attempt-of-session-{session}', \
                   {AMOUNT}, 'usd', 'cs_test_{session}', 'pi_{session}', {at}, {at}, {AMOUNT}, {canceled}, {reason}, 'webhook');"
            )
        };
        format!(
            "{}{}INSERT INTO incidents (subject, kind, order_id, charge_id, stripe_session_id, payment_intent_id, amount_minor, \
               currency, opened_at) VALUES ('duplicate_payment:pi_{late}', 'duplicate_payment', {late} + 1, {charge}, \
               'cs_test_{late}', 'pi_{late}', {AMOUNT}, 'usd', {at});",
            order(paid, "paid", "NULL", "NULL"),
            order(late, "canceled", &at.to_string(), "'stale'"),
        )
    };
    // The first charge was paid, and all of it is gone.
    let gone = |id: &str, reason: &str| {
        format!(
            "INSERT INTO orders (id, charge_id, status, attempt, amount_minor, currency, stripe_session_id, payment_intent_id, \
                                 created_at, paid_at, paid_minor, refunded_at, refunded_minor, refund_reason, cause) \
             VALUES (1, 1, 'refunded', 'attempt-of-session-0', {AMOUNT}, 'usd', 'cs_test_0', 'pi_0', {at}, {at}, {AMOUNT}, {at}, \
                     {AMOUNT}, '{reason}', 'webhook'); \
             INSERT INTO refunds (stripe_id, payment_intent_id, amount_minor, currency, status, reason, created_at, updated_at) \
             VALUES ('{id}', 'pi_0', {AMOUNT}, 'usd', 'succeeded', '{reason}', {at}, {at});"
        )
    };
    let both = charge(1, 1) + &charge(2, 2);
    match beginning {
        Beginning::Fresh => both,
        Beginning::Paid => {
            both + &format!(
                "INSERT INTO orders (id, charge_id, status, attempt, amount_minor, currency, stripe_session_id, payment_intent_id, \
                                     created_at, paid_at, paid_minor, cause) \
                 VALUES (1, 1, 'paid', 'attempt-of-session-0', {AMOUNT}, 'usd', 'cs_test_0', 'pi_0', {at}, {at}, {AMOUNT}, 'webhook');"
            )
        }
        Beginning::Refunded => both + &gone("re_0_0", "refund"),
        Beginning::DisputeLost => both + &gone("dp_0", "dispute_lost"),
        Beginning::Imported => both + &imported(1, "cs_test_0"),
        Beginning::ImportedUnknown => both + &imported(1, "cs_test_99"),
        Beginning::ImportedOtherMode => both + &imported(2, "cs_live_0"),
        Beginning::Clicked(charges) => (1..=charges).fold(both, |all, it| all + &clicked(it)),
        Beginning::TwicePaid(charges) => (1..=charges).fold(both, |all, it| all + &twice_paid(it)),
    }
}
