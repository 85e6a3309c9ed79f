//! A checked form, and how an endpoint reads it.

use std::collections::BTreeMap;

/// A checked form: parameters by name, each with a value of its type.
pub(crate) type Args = BTreeMap<String, Arg>;

/// A checked value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Arg {
    Text(String),
    Int(i64),
    Bool(bool),
    Hash(Args),
    List(Vec<Arg>),
}

/// Reading a checked form by name. A name that is absent, or of another type, is `None`.
pub(crate) trait Read {
    fn text(&self, name: &str) -> Option<&str>;
    fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }
    fn int(&self, name: &str) -> Option<i64>;
    fn flag(&self, name: &str) -> Option<bool>;
    fn hash(&self, name: &str) -> Option<&Args>;
    fn list(&self, name: &str) -> &[Arg];
    /// A list of texts.
    fn texts(&self, name: &str) -> Vec<&str> {
        self.list(name).iter().filter_map(Arg::as_text).collect()
    }
    /// A hash of texts, such as metadata.
    fn pairs(&self, name: &str) -> BTreeMap<String, String>;
}

impl Read for Args {
    fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_text()
    }

    fn int(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Arg::Int(number) => Some(*number),
            Arg::Text(_) | Arg::Bool(_) | Arg::Hash(_) | Arg::List(_) => None,
        }
    }

    fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Arg::Bool(flag) => Some(*flag),
            Arg::Text(_) | Arg::Int(_) | Arg::Hash(_) | Arg::List(_) => None,
        }
    }

    fn hash(&self, name: &str) -> Option<&Args> {
        self.get(name)?.as_hash()
    }

    fn list(&self, name: &str) -> &[Arg] {
        match self.get(name) {
            Some(Arg::List(list)) => list,
            Some(Arg::Text(_) | Arg::Int(_) | Arg::Bool(_) | Arg::Hash(_)) | None => &[],
        }
    }

    fn pairs(&self, name: &str) -> BTreeMap<String, String> {
        let pairs = self.hash(name).into_iter().flatten();
        pairs
            .filter_map(|(k, v)| Some((k.clone(), v.as_text()?.to_owned())))
            .collect()
    }
}

impl Arg {
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Arg::Text(text) => Some(text),
            Arg::Int(_) | Arg::Bool(_) | Arg::Hash(_) | Arg::List(_) => None,
        }
    }

    pub fn as_hash(&self) -> Option<&Args> {
        match self {
            Arg::Hash(hash) => Some(hash),
            Arg::Text(_) | Arg::Int(_) | Arg::Bool(_) | Arg::List(_) => None,
        }
    }
}
