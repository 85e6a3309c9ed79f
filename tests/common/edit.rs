//! Mutants of the database: texts of its migrations and statements, and what stands in their place.

use std::{borrow::Cow, cell::Cell};

/// A text in migrations or statements, and what is put in its place.
#[derive(Clone, Copy, Debug)]
pub struct Edit {
    find: &'static str,
    replace: &'static str,
}

/// An edit, as the lists of mutants name it.
pub const fn edit(find: &'static str, replace: &'static str) -> Edit {
    Edit { find, replace }
}

/// The edits of one mutant, each with whether it has found its text.
pub struct Edits(Vec<(Edit, Cell<bool>)>);

impl Edits {
    /// None of them has found its text yet.
    pub fn new(edits: &[Edit]) -> Self {
        Self(edits.iter().map(|edit| (*edit, Cell::default())).collect())
    }

    /// The text after all edits.
    pub fn apply<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut edited = Cow::Borrowed(text);
        for (Edit { find, replace }, is_found) in &self.0 {
            if edited.contains(find) {
                is_found.set(true);
                edited = Cow::Owned(edited.replace(find, replace));
            }
        }
        edited
    }

    /// Panics if an edit never found its text.
    pub fn assert_found(&self) {
        for (edit, is_found) in &self.0 {
            assert!(is_found.get(), "nothing reads any longer: {}", edit.find);
        }
    }
}
