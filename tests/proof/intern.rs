//! Values with numbers: a state of the model holds numbers, so that millions of states stay small, are
//! compared quickly, and what was worked out for a value once need not be worked out again.
//!
//! Equal values have equal numbers as long as the interner lives.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, PoisonError, RwLock},
};

/// The number of a value.
pub type Id = u32;

/// Gives each value a number, and the value for a number.
pub struct Interner<T> {
    known: RwLock<Known<T>>,
}

type Known<T> = (HashMap<Arc<T>, Id>, Vec<Arc<T>>);

impl<T: Eq + Hash> Interner<T> {
    pub fn new() -> Self {
        Self {
            known: RwLock::new((HashMap::new(), Vec::new())),
        }
    }

    pub fn id(&self, value: T) -> Id {
        let read = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = read.0.get(&value) {
            return *id;
        }
        drop(read);
        let mut write = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = write.0.get(&value) {
            return *id;
        }
        let id = Id::try_from(write.1.len()).unwrap_or_else(|_| panic!("too many values"));
        let value = Arc::new(value);
        write.0.insert(Arc::clone(&value), id);
        write.1.push(value);
        id
    }

    pub fn value(&self, id: Id) -> Arc<T> {
        let read = self.known.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&read.1[id as usize])
    }
}

/// A function's results, remembered.
pub struct Memo<K, V> {
    known: RwLock<HashMap<K, V>>,
}

impl<K: Eq + Hash + Clone, V: Copy> Memo<K, V> {
    pub fn new() -> Self {
        Self {
            known: RwLock::new(HashMap::new()),
        }
    }

    pub fn get(&self, key: &K, work: impl FnOnce() -> V) -> V {
        let read = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = read.get(key) {
            return *value;
        }
        drop(read);
        let value = work();
        let mut write = self.known.write().unwrap_or_else(PoisonError::into_inner);
        write.insert(key.clone(), value);
        value
    }
}
