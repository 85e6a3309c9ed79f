//! The query parameter that both files have: with which marks a table is written.

use crate::{desk::query::BadQuery, http::csv::Marks};

/// Reads how a file is to be written, and gives back the rest of the query: which rows it has.
///
/// # Errors
/// The value of `decimal` means nothing.
pub fn marks(query: &str) -> Result<(Marks, String), BadQuery> {
    let mut marks = Marks::default();
    let mut rest = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match (&*name, &*value) {
            ("decimal", "" | "point") => marks = Marks::Point,
            ("decimal", "comma") => marks = Marks::Comma,
            ("decimal", _) => return Err(BadQuery::Value("decimal", "point or comma")),
            (name, value) => {
                rest.append_pair(name, value);
            }
        }
    }
    Ok((marks, rest.finish()))
}

/// The address of a file, `charges` or `payments`, of what a query asks for.
#[must_use]
pub fn address(name: &str, query: String, marks: Marks) -> String {
    let mut query = form_urlencoded::Serializer::new(query);
    match marks {
        Marks::Point => {}
        Marks::Comma => {
            query.append_pair("decimal", "comma");
        }
    }
    let query = query.finish();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("/admin/export/{name}.csv{mark}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_are_read_and_the_rest_stays() {
        for (query, expected) in [
            ("", (Marks::Point, "")),
            (
                "state=paid&decimal=comma&q=a+b",
                (Marks::Comma, "state=paid&q=a+b"),
            ),
            ("decimal=point&x=1", (Marks::Point, "x=1")),
        ] {
            let (of, rest) = expected;
            assert_eq!(marks(query), Ok((of, rest.to_owned())), "{query}");
        }
        assert!(marks("decimal=;").is_err());
        assert_eq!(
            address("payments", String::new(), Marks::Point),
            "/admin/export/payments.csv"
        );
        let address = address("charges", "state=paid".to_owned(), Marks::Comma);
        assert_eq!(
            address,
            "/admin/export/charges.csv?state=paid&decimal=comma"
        );
    }
}
