//! Runs the store's statements over SQLite, with the kinds of values that D1 has.

use checkout_guard::store::{Row, Value};
use rusqlite::{
    Connection,
    types::{Null, ValueRef},
};

/// Runs a statement; what it returns. Panics at a value that no column of the project has.
pub fn query(db: &Connection, sql: &str, parameters: &[Value]) -> rusqlite::Result<Vec<Row>> {
    let mut prepared = db.prepare_cached(sql)?;
    for (index, value) in parameters.iter().enumerate() {
        match value {
            Value::Null => prepared.raw_bind_parameter(index + 1, Null)?,
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
            other @ (ValueRef::Real(_) | ValueRef::Blob(_)) => panic!("{other:?} in the database"),
        };
        found.push(Row((0..columns).map(value).collect()));
    }
    Ok(found)
}
