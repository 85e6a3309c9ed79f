//! The tables of the fake: objects of one kind, found by id.

use std::collections::HashMap;

use crate::error::ApiError;

/// A row of [`Rows`].
pub(crate) trait Row {
    fn key(&self) -> &str;
}

/// Objects of one kind in the order of their creation, found by id.
#[derive(Clone, Debug)]
pub(crate) struct Rows<T> {
    rows: Vec<T>,
    index: HashMap<String, usize>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            index: HashMap::new(),
        }
    }
}

impl<T: Row> Rows<T> {
    pub fn insert(&mut self, row: T) {
        self.index.insert(row.key().to_owned(), self.rows.len());
        self.rows.push(row);
    }

    pub fn get(&self, id: &str) -> Option<&T> {
        self.index.get(id).map(|&at| &self.rows[at])
    }

    /// The row of an id in a path, or Stripe's 404. `what` is the type as Stripe names it in the
    /// message.
    pub fn find(&self, what: &str, id: &str) -> Result<&T, ApiError> {
        let param = match what {
            "checkout.session" => "session",
            "payment_intent" => "intent",
            _ => "id",
        };
        self.get(id)
            .ok_or_else(|| ApiError::missing(what, param, id))
    }

    pub fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.index.get(id).map(|&at| &mut self.rows[at])
    }

    /// Oldest first.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.rows.iter()
    }

    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.rows.iter_mut()
    }
}
