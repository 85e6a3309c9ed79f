//! How an import is to be done, as its URL's query says.

/// The options of an import, besides what it always does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// `dry_run=1`: only report.
    pub dry_run: bool,
    /// `allow_short_tokens=1`: take tokens that a link has already, though they are short.
    pub allow_short_tokens: bool,
    /// `carry_orders=1`: take the orders of an old system over.
    pub carry_orders: bool,
}

/// A fault of a query. Nothing is done then: whoever writes `dry_run=true` means a dry run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadParameter {
    /// There is no such parameter. Its name, cut to what helps to recognize it.
    #[error(
        "There is no parameter {0:?}. There are dry_run=1, allow_short_tokens=1 and carry_orders=1."
    )]
    Unknown(String),
    /// It has another value than 1.
    #[error("The parameter {0} must be {0}=1, or not be there.")]
    Value(&'static str),
}

impl Options {
    /// Reads a query, without its question mark.
    ///
    /// # Errors
    /// The first parameter that is unknown, or has a value that means nothing.
    pub fn read(query: &str) -> Result<Self, BadParameter> {
        let mut options = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, option) = match name {
                "dry_run" => ("dry_run", &mut options.dry_run),
                "allow_short_tokens" => ("allow_short_tokens", &mut options.allow_short_tokens),
                "carry_orders" => ("carry_orders", &mut options.carry_orders),
                other => return Err(BadParameter::Unknown(other.chars().take(40).collect())),
            };
            if value != "1" {
                return Err(BadParameter::Value(name));
            }
            *option = true;
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_done() {
        let all = Options {
            dry_run: true,
            allow_short_tokens: true,
            carry_orders: true,
        };
        for (query, options) in [
            ("", Options::default()),
            ("&", Options::default()),
            (
                "dry_run=1",
                Options {
                    dry_run: true,
                    ..Options::default()
                },
            ),
            (
                "carry_orders=1&",
                Options {
                    carry_orders: true,
                    ..Options::default()
                },
            ),
            ("allow_short_tokens=1&carry_orders=1&dry_run=1", all),
        ] {
            assert_eq!(Options::read(query), Ok(options), "{query}");
        }
    }

    #[test]
    fn what_means_nothing_is_refused() {
        let unknown = |name: &str| Err(BadParameter::Unknown(name.to_owned()));
        for (query, refused) in [
            ("dry_run", Err(BadParameter::Value("dry_run"))),
            ("dry_run=", Err(BadParameter::Value("dry_run"))),
            ("dry_run=true", Err(BadParameter::Value("dry_run"))),
            ("dry_run=01", Err(BadParameter::Value("dry_run"))),
            ("dry_run=0", Err(BadParameter::Value("dry_run"))),
            ("dry_run=1&dry_run=0", Err(BadParameter::Value("dry_run"))),
            ("carry_orders=yes", Err(BadParameter::Value("carry_orders"))),
            ("dryrun=1", unknown("dryrun")),
            ("Dry_Run=1", unknown("Dry_Run")),
            ("dry%5Frun=1", unknown("dry%5Frun")),
            ("dry_run=1&x", unknown("x")),
            ("=1", unknown("")),
        ] {
            assert_eq!(Options::read(query), refused, "{query}");
        }
        let long = "x".repeat(1_000);
        assert_eq!(Options::read(&long), unknown(&long[..40]));
    }
}
