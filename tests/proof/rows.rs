//! Which row of the decision table a click ended in, read from its answer and from the calls it made.

use checkout_guard::{error::Fault, settle::Outcome, sql};

use crate::{
    books::Books,
    task::{Call, End},
};

/// Rows 4 to 13 of the decision table, as far as they are told apart, and the ways to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowOfTable {
    Gone,
    NothingToPay,
    KnownPaid,
    KnownRefunded,
    Redirected,
    Finished,
    Claimed,
    Replaced,
    FoundPaid,
    FoundClearing,
    LostRace,
    Unavailable,
    Busy,
}

impl RowOfTable {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gone => "row 5: gone",
            Self::NothingToPay => "row 6: nothing to pay",
            Self::KnownPaid => "row 7: paid",
            Self::KnownRefunded => "row 7: refunded",
            Self::Redirected => "row 8: redirected",
            Self::Finished => "row 9: finished",
            Self::Claimed => "row 10: claimed",
            Self::Replaced => "row 11: replaced",
            Self::FoundPaid => "row 12: found paid",
            Self::FoundClearing => "row 13: clearing",
            Self::LostRace => "a lost race, then a session",
            Self::Unavailable => "503, a fault",
            Self::Busy => "503, busy",
        }
    }
}

/// The row of an answer.
pub fn of_answer(outcome: &Outcome, calls: &[&Call]) -> RowOfTable {
    let at_stripe = calls.iter().any(|call| !matches!(call, Call::Batch(_)));
    let claims = count(calls, sql::CLAIM);
    match outcome {
        Outcome::UnknownLink | Outcome::Gone(_) => RowOfTable::Gone,
        Outcome::NothingToPay => RowOfTable::NothingToPay,
        Outcome::Paid { .. } if at_stripe => RowOfTable::FoundPaid,
        Outcome::Paid { .. } => RowOfTable::KnownPaid,
        Outcome::Refunded { .. } => RowOfTable::KnownRefunded,
        Outcome::Clearing { .. } => RowOfTable::FoundClearing,
        Outcome::Pay { .. } if count(calls, sql::CHECKOUT) + claims == 1 && !at_stripe => {
            RowOfTable::Redirected
        }
        Outcome::Pay { .. }
            if claims == 1 && count(calls, sql::CANCEL) == 1 && is_last_create(calls) =>
        {
            RowOfTable::Replaced
        }
        Outcome::Pay { .. } if claims == 1 && is_last_create(calls) => RowOfTable::Claimed,
        Outcome::Pay { .. } if claims == 0 => RowOfTable::Finished,
        Outcome::Pay { .. } => RowOfTable::LostRace,
    }
}

/// The row of an end without an answer.
pub fn of_end(end: &End) -> Option<RowOfTable> {
    match end {
        End::Click(Err(Fault::Busy)) => Some(RowOfTable::Busy),
        End::Click(Err(_)) => Some(RowOfTable::Unavailable),
        End::Click(Ok(())) | End::Delivered(_) | End::Returned(_) | End::Swept(_) => None,
    }
}

fn is_last_create(calls: &[&Call]) -> bool {
    matches!(calls.last(), Some(Call::Create { .. }))
}

/// How many calls contain that statement.
pub fn count(calls: &[&Call], sql: &str) -> usize {
    let contains = |call: &&&Call| match call {
        Call::Batch(statements) => statements.iter().any(|statement| statement.sql == sql),
        Call::Create { .. }
        | Call::Retrieve(_)
        | Call::Expire(_)
        | Call::Refund(_)
        | Call::Undelivered
        | Call::Answer(_) => false,
    };
    calls.iter().filter(contains).count()
}

/// What the books tell of: why orders were canceled, who moved them where, which incidents there are.
pub fn of_books(books: &Books) -> Vec<String> {
    let canceled = books.orders().into_iter();
    let canceled = canceled.filter_map(|order| order.cancel_reason);
    let moves = books.audit().into_iter().filter_map(|row| {
        let from = row.from?;
        Some(format!("{from} to {}: {}", row.to, row.cause))
    });
    let incidents = books.incidents().into_iter();
    canceled
        .map(|reason| format!("canceled: {reason}"))
        .chain(moves)
        .chain(incidents.map(|incident| format!("incident: {}", incident.kind)))
        .collect()
}
