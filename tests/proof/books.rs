//! The books as plain rows, and the shipped SQL run on them.
//!
//! A batch is carried out by real SQLite with the project's own migrations: the rows are loaded, the
//! batch runs as one transaction, the rows are read back. So the constraints, the triggers and every
//! statement in the exploration are the ones that ship.

use std::fs;

use checkout_guard::{
    sql::{Row, Statement, Value},
    store::DatabaseFault,
};
use rusqlite::{Connection, config::DbConfig, types::ValueRef};

use crate::{clock, configurations::Change, mutants::Edit};

/// The tables that change, in an order that their references allow.
const TABLES: [&str; 5] = [
    "charges",
    "orders",
    "order_events",
    "stripe_events",
    "incidents",
];

/// The one charge of the exploration.
pub const CHARGE: i64 = 1;
/// What it is of, in minor units, until the operator changes it.
pub const AMOUNT: i64 = 15_000;
/// The token of its link.
pub const TOKEN: &str = "token-of-the-proof";

/// Every row of the tables that change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Books {
    tables: [Vec<Row>; 5],
}

/// A row of `orders`, as far as the invariants speak of it.
#[derive(Clone, Debug)]
pub struct OrderRow {
    pub id: i64,
    pub status: String,
    pub amount: i64,
    pub session: Option<String>,
    pub payment_intent: Option<String>,
    pub cancel_reason: Option<String>,
    pub created_at: i64,
    pub canceled_at: Option<i64>,
    pub next_check_at: i64,
    pub version: i64,
}

/// A row of `order_events`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    pub order: i64,
    pub from: Option<String>,
    pub to: String,
    pub cause: String,
}

/// A row of `incidents`.
#[derive(Clone, Debug)]
pub struct IncidentRow {
    pub kind: String,
    pub payment_intent: Option<String>,
    pub is_open: bool,
}

impl Books {
    fn column(&self, table: usize, row: usize, column: usize) -> &Value {
        &self.tables[table][row].0[column]
    }

    /// The amount owed now, and whether the charge is closed.
    pub fn charge(&self) -> (i64, bool) {
        let row = &self.tables[0][0];
        (integer(&row.0[4]).unwrap_or(0), row.0[8] != Value::Null)
    }

    /// The same books after an operator's change.
    pub fn with_charge(&self, change: Change) -> Self {
        let mut books = self.clone();
        let charge = &mut books.tables[0][0].0;
        match change {
            Change::Owes(minor) => charge[4] = Value::Integer(minor),
            Change::Closes => charge[8] = Value::Integer(clock::millis(0)),
        }
        books
    }

    /// Whether an event of Stripe's is recorded.
    pub fn has_event(&self, id: &str) -> bool {
        let is = |row: &Row| text(&row.0[0]).as_deref() == Some(id);
        self.tables[3].iter().any(is)
    }

    pub fn orders(&self) -> Vec<OrderRow> {
        (0..self.tables[1].len())
            .map(|row| {
                let at = |column| self.column(1, row, column);
                OrderRow {
                    id: integer(at(0)).unwrap_or(0),
                    status: text(at(2)).unwrap_or_default(),
                    amount: integer(at(4)).unwrap_or(0),
                    created_at: integer(at(10)).unwrap_or(0),
                    session: text(at(11)),
                    payment_intent: text(at(13)),
                    canceled_at: integer(at(16)),
                    cancel_reason: text(at(17)),
                    next_check_at: integer(at(20)).unwrap_or(0),
                    version: integer(at(22)).unwrap_or(0),
                }
            })
            .collect()
    }

    pub fn audit(&self) -> Vec<AuditRow> {
        (0..self.tables[2].len())
            .map(|row| AuditRow {
                order: integer(self.column(2, row, 1)).unwrap_or(0),
                from: text(self.column(2, row, 2)),
                to: text(self.column(2, row, 3)).unwrap_or_default(),
                cause: text(self.column(2, row, 4)).unwrap_or_default(),
            })
            .collect()
    }

    pub fn incidents(&self) -> Vec<IncidentRow> {
        (0..self.tables[4].len())
            .map(|row| IncidentRow {
                kind: text(self.column(4, row, 2)).unwrap_or_default(),
                payment_intent: text(self.column(4, row, 6)),
                is_open: *self.column(4, row, 11) == Value::Null,
            })
            .collect()
    }

    /// How many rows of Stripe's events are recorded, and of incidents.
    pub fn recorded(&self) -> (usize, usize) {
        (self.tables[3].len(), self.tables[4].len())
    }
}

fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(integer) => Some(*integer),
        Value::Null | Value::Text(_) => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Null | Value::Integer(_) => None,
    }
}

/// SQLite with the project's migrations, and the rows it holds at the moment.
pub struct Sqlite {
    db: Connection,
    holds: Option<Books>,
    edits: &'static [Edit],
    /// Which of the edits found their text.
    edited: Vec<bool>,
    columns: [usize; 5],
}

impl Sqlite {
    /// With a link to one charge and no order. The edits weaken migrations and statements.
    pub fn new(edits: &'static [Edit]) -> Self {
        let open = || -> rusqlite::Result<Self> {
            let db = Connection::open_in_memory()?;
            db.set_prepared_statement_cache_capacity(128);
            db.execute_batch("PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF")?;
            let mut edited = vec![false; edits.len()];
            for migration in migrations() {
                mark(edits, &mut edited, &migration);
                db.execute_batch(&Edit::all(edits, &migration))?;
            }
            db.execute_batch(&first_rows())?;
            let mut columns = [0; 5];
            for (table, count) in TABLES.iter().zip(&mut columns) {
                *count = db
                    .prepare(&format!("SELECT * FROM {table}"))?
                    .column_count();
            }
            Ok(Self {
                db,
                holds: None,
                edits,
                edited,
                columns,
            })
        };
        open().unwrap_or_else(|error| panic!("the books: {error}"))
    }

    /// Panics where an edit never found its text.
    pub fn assert_edited(&self) {
        for (edit, was_found) in self.edits.iter().zip(&self.edited) {
            assert!(was_found, "nothing reads any longer: {}", edit.find);
        }
    }

    /// The rows as they are now.
    pub fn rows(&self) -> Books {
        let read = |table: &str| -> rusqlite::Result<Vec<Row>> {
            let sql = format!("SELECT * FROM {table} ORDER BY 1");
            query(&self.db, &sql, &[])
        };
        Books {
            tables: TABLES
                .map(|table| read(table).unwrap_or_else(|error| panic!("{table}: {error}"))),
        }
    }

    /// Runs a batch on these rows: what it answers, and the rows after it.
    pub fn run(
        &mut self,
        books: &Books,
        statements: &[Statement],
    ) -> (Result<Vec<Vec<Row>>, DatabaseFault>, Books) {
        if self.holds.as_ref() != Some(books) {
            self.load(books)
                .unwrap_or_else(|error| panic!("loading rows: {error}"));
        }
        let answer = self
            .batch(statements)
            .map_err(|error| DatabaseFault::from_message(&error.to_string()));
        let after = if answer.is_ok() {
            self.rows()
        } else {
            books.clone()
        };
        self.holds = Some(after.clone());
        (answer, after)
    }

    /// Puts rows in the place of those that are there, past the triggers that keep anybody from it.
    fn load(&self, books: &Books) -> rusqlite::Result<()> {
        let triggers = |on| {
            self.db
                .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, on)
        };
        triggers(false)?;
        let transaction = self.db.unchecked_transaction()?;
        transaction.execute_batch("PRAGMA defer_foreign_keys = ON")?;
        for (table, rows) in TABLES.iter().zip(&books.tables).rev() {
            if self.holds_same(table, rows) {
                continue;
            }
            transaction
                .prepare_cached(&format!("DELETE FROM {table}"))?
                .execute([])?;
        }
        for ((table, rows), columns) in TABLES.iter().zip(&books.tables).zip(self.columns) {
            if self.holds_same(table, rows) {
                continue;
            }
            let places = vec!["?"; columns].join(",");
            let sql = format!("INSERT INTO {table} VALUES ({places})");
            for row in rows {
                query(&transaction, &sql, &row.0)?;
            }
        }
        transaction.commit()?;
        triggers(true)?;
        Ok(())
    }

    fn holds_same(&self, table: &str, rows: &[Row]) -> bool {
        let at = TABLES.iter().position(|name| *name == table).unwrap_or(0);
        self.holds
            .as_ref()
            .is_some_and(|books| books.tables[at] == rows)
    }

    fn batch(&mut self, statements: &[Statement]) -> rusqlite::Result<Vec<Vec<Row>>> {
        for statement in statements {
            mark(self.edits, &mut self.edited, statement.sql);
        }
        let transaction = self.db.unchecked_transaction()?;
        let mut results = Vec::new();
        for Statement { sql, parameters } in statements {
            let rows = if self.edits.is_empty() {
                query(&transaction, sql, parameters)?
            } else {
                query(&transaction, &Edit::all(self.edits, sql), parameters)?
            };
            results.push(rows);
        }
        transaction.commit()?;
        Ok(results)
    }
}

fn mark(edits: &[Edit], edited: &mut [bool], text: &str) {
    for (edit, was_found) in edits.iter().zip(edited) {
        *was_found |= text.contains(edit.find);
    }
}

fn query(db: &Connection, sql: &str, parameters: &[Value]) -> rusqlite::Result<Vec<Row>> {
    let mut prepared = db.prepare_cached(sql)?;
    for (index, value) in parameters.iter().enumerate() {
        match value {
            Value::Null => prepared.raw_bind_parameter(index + 1, rusqlite::types::Null)?,
            Value::Integer(integer) => prepared.raw_bind_parameter(index + 1, integer)?,
            Value::Text(text) => prepared.raw_bind_parameter(index + 1, text)?,
        }
    }
    let columns = prepared.column_count();
    let mut found = Vec::new();
    let mut rows = prepared.raw_query();
    while let Some(row) = rows.next()? {
        let value = |column| match row.get_ref_unwrap(column) {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(integer) => Value::Integer(integer),
            ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
            other @ (ValueRef::Real(_) | ValueRef::Blob(_)) => panic!("{other:?} in the books"),
        };
        found.push(Row((0..columns).map(value).collect()));
    }
    Ok(found)
}

/// The project's migrations in their order.
fn migrations() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut files: Vec<_> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "sql"))
        .collect();
    files.sort();
    let read = |path| fs::read_to_string(path).unwrap_or_else(|error| panic!("{error}"));
    files.into_iter().map(read).collect()
}

fn first_rows() -> String {
    let at = clock::millis(0);
    let hash = crate::task::token();
    let hash = hash.as_str();
    format!(
        "INSERT INTO players (id, player_id, name, email, created_at, updated_at) \
           VALUES (1, '26', 'Player 26', 'payer26@example.com', {at}, {at}); \
         INSERT INTO charges (id, player_id, kind, period, amount_minor, currency, created_at, updated_at) \
           VALUES ({CHARGE}, 1, 'first_payment', '', {AMOUNT}, 'usd', {at}, {at}); \
         INSERT INTO links (token_sha256, charge_id, created_at) VALUES ('{hash}', {CHARGE}, {at});"
    )
}
