//! Statements with their parameters, and rows as they come back.

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::{domain::error::StoreError, json};

/// A value that goes into a statement or comes out of a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// NULL.
    Null,
    /// INTEGER; D1 carries 53 bits of it.
    Integer(i64),
    /// TEXT.
    Text(String),
}

/// A statement with its parameters, `?1` first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Statement {
    /// The text.
    pub sql: &'static str,
    /// The values that are bound.
    pub parameters: Vec<Value>,
}

/// A row, its columns in the statement's order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Row(pub Vec<Value>);

/// A statement with its parameters.
pub(crate) fn statement<const N: usize>(sql: &'static str, parameters: [Value; N]) -> Statement {
    Statement {
        sql,
        parameters: parameters.into(),
    }
}

/// Decodes the JSON of the rows, each in its first column.
pub(crate) fn decode_all<T: DeserializeOwned>(rows: &[Row]) -> Result<Vec<T>, StoreError> {
    rows.iter().map(Row::decode).collect()
}

/// The same of a page of a list that was read with one row more than it has: whether there are more, too.
pub(crate) fn decode_page<T: DeserializeOwned>(
    rows: &[Row],
    most: usize,
) -> Result<(Vec<T>, bool), StoreError> {
    let page = &rows[..rows.len().min(most)];
    Ok((decode_all(page)?, rows.len() > most))
}

fn invalid(what: &str) -> StoreError {
    StoreError::Failed(format!("a row makes no sense: {what}"))
}

impl Row {
    /// Decodes the JSON in the first column.
    pub(crate) fn decode<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        json::from_str(self.text(0)?).map_err(|error| invalid(&error.to_string()))
    }

    fn value(&self, column: usize) -> Result<&Value, StoreError> {
        self.0
            .get(column)
            .ok_or_else(|| invalid("a column is missing"))
    }

    /// The text in a column.
    pub(crate) fn text(&self, column: usize) -> Result<&str, StoreError> {
        match self.value(column)? {
            Value::Text(text) => Ok(text),
            Value::Integer(_) | Value::Null => Err(invalid(&format!("column {column} is no text"))),
        }
    }

    /// The truth in a column, as SQLite writes it: 0 or 1.
    pub(crate) fn truth(&self, column: usize) -> Result<bool, StoreError> {
        match self.value(column)? {
            Value::Integer(integer) => Ok(*integer != 0),
            Value::Text(_) | Value::Null => Err(invalid(&format!("column {column} is no truth"))),
        }
    }

    pub(crate) fn optional_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Text(_) | Value::Integer(_) => {
                self.text(column).map(|text| Some(text.to_owned()))
            }
        }
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Integer(truth.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;
        impl Visitor<'_> for Scalar {
            type Value = Value;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("NULL, an integer or a text")
            }
            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_i64<E>(self, integer: i64) -> Result<Value, E> {
                Ok(Value::Integer(integer))
            }
            fn visit_u64<E: serde::de::Error>(self, integer: u64) -> Result<Value, E> {
                let integer = i64::try_from(integer);
                Ok(Value::Integer(integer.map_err(E::custom)?))
            }
            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }
            fn visit_string<E>(self, text: String) -> Result<Value, E> {
                Ok(Value::Text(text))
            }
        }
        deserializer.deserialize_any(Scalar)
    }
}

/// D1 gives a row as an array (`raw`) or as an object whose members stand in the statement's order.
impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Columns;
        impl<'de> Visitor<'de> for Columns {
            type Value = Row;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a row")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut row: A) -> Result<Row, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = row.next_element()? {
                    values.push(value);
                }
                Ok(Row(values))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut row: A) -> Result<Row, A::Error> {
                let mut values = Vec::new();
                while let Some((serde::de::IgnoredAny, value)) = row.next_entry()? {
                    values.push(value);
                }
                Ok(Row(values))
            }
        }
        deserializer.deserialize_any(Columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_from_an_array_and_from_an_object() {
        let expected = Row(vec![Value::Integer(1), Value::Null, Value::from("b")]);
        for json in [r#"[1, null, "b"]"#, r#"{"x": 1, "y": null, "a": "b"}"#] {
            assert_eq!(
                json::from_str::<Row>(json).ok(),
                Some(expected.clone()),
                "{json}"
            );
        }
    }
}
