//! A database that a small explorer walks through: it goes every way, and comes back by SQLite's savepoints.

use checkout_guard::store::{DatabaseError, Row, Statement, Value};
use rusqlite::Connection;

use crate::{
    edit::{Edit, Edits},
    sqlite::{migrations, query},
};

/// The answer to a batch: the rows of each statement.
pub type Answer = Result<Vec<Vec<Row>>, DatabaseError>;

/// SQLite in memory with the project's migrations, and a mutant's edits of them and of every batch.
pub struct Walk {
    db: Connection,
    edits: Edits,
}

impl Walk {
    /// A fresh database. The SQL adds the rows that an exploration begins with.
    pub fn new(edits: &[Edit], first_rows: &str) -> Self {
        let db = Connection::open_in_memory().unwrap_or_else(|error| panic!("{error}"));
        db.set_prepared_statement_cache_capacity(64);
        let edits = Edits::new(edits);
        let walk = Self { db, edits };
        for (_, migration) in migrations() {
            walk.execute(&walk.edits.apply(&migration));
        }
        walk.execute(first_rows);
        walk
    }

    /// Runs SQL that cannot fail.
    pub fn execute(&self, sql: &str) {
        self.db
            .execute_batch(sql)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Takes a step, and comes back: the rows are then as before.
    pub fn step<T>(&self, step: impl FnOnce() -> T) -> T {
        self.execute("SAVEPOINT step");
        let taken = step();
        self.execute("ROLLBACK TO step; RELEASE step");
        taken
    }

    /// Runs a batch as one transaction.
    pub fn batch(&self, statements: &[Statement]) -> Answer {
        self.execute("SAVEPOINT batch");
        let results = statements.iter().map(|Statement { sql, parameters }| {
            query(&self.db, &self.edits.apply(sql), parameters)
        });
        let results: rusqlite::Result<Vec<_>> = results.collect();
        if results.is_err() {
            self.execute("ROLLBACK TO batch");
        }
        self.execute("RELEASE batch");
        results.map_err(|error| DatabaseError::from_message(&error.to_string()))
    }

    /// The rows that a query of the explorer's own gives.
    pub fn read(&self, sql: &str) -> Vec<Row> {
        query(&self.db, sql, &[]).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The one text that such a query gives; empty if there is none.
    pub fn text(&self, sql: &str) -> String {
        let rows = self.read(sql);
        match rows.first().and_then(|row| row.0.first()) {
            Some(Value::Text(text)) => text.clone(),
            Some(Value::Null) => String::new(),
            other @ (Some(Value::Integer(_)) | None) => panic!("{sql}: {other:?}"),
        }
    }

    /// Panics if an edit never found its text.
    pub fn assert_edited(&self) {
        self.edits.assert_found();
    }
}

/// The word that D1 gives if a call or its reply was lost.
pub fn lost() -> DatabaseError {
    DatabaseError::from_message("D1_ERROR: network connection lost")
}
