//! The monthly fees: when a month is opened, and when its charges are due.

use super::{
    reader::Reader,
    variables::{BILLING_DAY, DUE_AFTER_DAYS},
};

/// When a month is opened, and when its charges are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Billing {
    /// `BILLING_DAY`: from which day of the month on the cron opens it; never if it is not set.
    pub day: Option<u32>,
    /// `DUE_AFTER_DAYS`: after how many days a month's charges are due.
    pub due_after_days: u64,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Billing> {
    let day = reader.optional_number(BILLING_DAY, 1..=28);
    let due_after_days = reader.number(DUE_AFTER_DAYS, 0..=365);
    Some(Billing {
        day: day?,
        due_after_days: due_after_days?,
    })
}
