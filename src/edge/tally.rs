//! What this isolate has counted for the alerts.

use std::cell::RefCell;

use crate::{
    alerts::{
        answers::{Happened, Tally, Work},
        quota::Told,
    },
    domain::{error::StoreError, time::UnixMillis},
};

thread_local! {
    static TALLY: RefCell<Tally> = RefCell::default();
    static TOLD: RefCell<Told> = RefCell::default();
}

/// Counts what happened. `Some` if something is to be done about it.
pub fn register(happened: Happened, now: UnixMillis) -> Option<Work> {
    TALLY.with_borrow_mut(|tally| tally.register(happened, now))
}

/// What is still to be written, if there is anything.
pub fn take(now: UnixMillis) -> Option<Work> {
    TALLY.with_borrow_mut(|tally| tally.rest(now))
}

/// Takes back what could not be written.
pub fn put_back(work: Work) {
    TALLY.with_borrow_mut(|tally| tally.put_back(work));
}

/// Whether operators are to be told now of what the database cannot take.
pub fn may_tell(error: &StoreError, now: UnixMillis) -> bool {
    TOLD.with_borrow_mut(|told| told.is_due(error, now))
}
