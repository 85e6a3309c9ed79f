//! The project's migrations, and the store's statements run over SQLite with the kinds of values that D1 has.

use std::fs;

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

/// The migrations in their order: name and text.
pub fn migrations() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let files = fs::read_dir(folder).unwrap_or_else(|error| panic!("{error}"));
    let mut migrations: Vec<_> = files
        .map(|file| {
            let path = file.unwrap_or_else(|error| panic!("{error}")).path();
            let name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned());
            (
                name.unwrap_or_default(),
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}")),
            )
        })
        .filter(|(name, _)| name.ends_with(".sql"))
        .collect();
    migrations.sort();
    migrations
}
