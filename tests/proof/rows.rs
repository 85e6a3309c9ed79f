//! Which row of the decision table a click ended in, read from its answer and from the calls it made.

use checkout_guard::{
    domain::error::GuardError,
    guard::click::Outcome,
    store::{checkout, orders},
};

use crate::{
    database::Database,
    task::{Call, End},
};

/// Rows 4 to 14 of the decision table, as far as they are told apart, and the ways to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowOfTable {
    Gone,
    NothingToPay,
    KnownPaid,
    KnownRefunded,
    Redirected,
    Waited,
    Finished,
    Claimed,
    Replaced,
    FoundPaid,
    FoundProcessing,
    UnknownSession,
    Confirmed,
    Paused,
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
            Self::Waited => "row 9: waited",
            Self::Finished => "row 9: finished",
            Self::Claimed => "row 10: claimed",
            Self::Replaced => "row 11: replaced",
            Self::FoundPaid => "row 12: found paid",
            Self::FoundProcessing => "row 13: processing",
            Self::UnknownSession => "row 14: unknown session",
            Self::Confirmed => "a session is confirmed",
            Self::Paused => "503, a pause after refused creates",
            Self::LostRace => "a lost race, then a session",
            Self::Unavailable => "503, an error",
            Self::Busy => "503, busy",
        }
    }
}

/// The statements by which a click reads, whichever way it names its charge.
const READS: [&str; 3] = [
    checkout::CHECKOUT,
    checkout::CHECKOUT_OF_PLAYER,
    checkout::CHECKOUT_OF_ATTEMPT,
];

/// The row of an answer.
pub fn of_answer(outcome: &Outcome, calls: &[&Call]) -> RowOfTable {
    let at_stripe = calls.iter().any(|call| call.is_to_stripe());
    let creates = calls
        .iter()
        .filter(|call| matches!(call, Call::Create { .. }))
        .count();
    let reads: usize = READS.iter().map(|sql| count(calls, sql)).sum();
    match outcome {
        Outcome::Unknown | Outcome::Gone(_) => RowOfTable::Gone,
        Outcome::NothingToPay => RowOfTable::NothingToPay,
        Outcome::Paid { .. } if at_stripe => RowOfTable::FoundPaid,
        Outcome::Paid { .. } => RowOfTable::KnownPaid,
        Outcome::Refunded { .. } => RowOfTable::KnownRefunded,
        Outcome::Processing { .. } => RowOfTable::FoundProcessing,
        Outcome::Paused { .. } => RowOfTable::Paused,
        Outcome::TooOften => RowOfTable::Unavailable,
        Outcome::Pay { .. } if !at_stripe && reads == 1 => RowOfTable::Redirected,
        Outcome::Pay { .. } if !at_stripe => RowOfTable::Waited,
        Outcome::Pay { .. } if count(calls, orders::CANCEL) == 1 && is_last_create(calls) => {
            RowOfTable::Replaced
        }
        Outcome::Pay { .. } if reads == 1 && creates == 1 && is_last_create(calls) => {
            RowOfTable::Claimed
        }
        Outcome::Pay { .. } if creates == 0 => RowOfTable::Confirmed,
        Outcome::Pay { .. } if creates == 1 => RowOfTable::Finished,
        Outcome::Pay { .. } => RowOfTable::LostRace,
    }
}

/// The row of an end without an answer.
pub fn of_end(end: &End) -> Option<RowOfTable> {
    match end {
        End::Click(Err(GuardError::Busy)) => Some(RowOfTable::Busy),
        End::Click(Err(GuardError::UnknownSession { .. })) => Some(RowOfTable::UnknownSession),
        End::Click(Err(_)) => Some(RowOfTable::Unavailable),
        End::Click(Ok(()))
        | End::Delivered(_)
        | End::Returned(_)
        | End::Reconciled(_)
        | End::Restored(_)
        | End::Acted(_)
        | End::Asked(_) => None,
    }
}

fn is_last_create(calls: &[&Call]) -> bool {
    matches!(calls.last(), Some(Call::Create { .. }))
}

/// How many calls contain that statement.
pub fn count(calls: &[&Call], sql: &str) -> usize {
    let contains = |call: &&&Call| {
        if let Call::Batch(statements) = call {
            statements.iter().any(|statement| statement.sql == sql)
        } else {
            false
        }
    };
    calls.iter().filter(contains).count()
}

/// The facts that the database tells of: why orders were canceled, who moved them where, which incidents there are.
pub fn of_database(database: &Database) -> Vec<String> {
    let canceled = database.orders().into_iter();
    let canceled = canceled.filter_map(|order| order.cancel_reason);
    let moves = database.audit().into_iter().filter_map(|row| {
        let from = row.from?;
        Some(format!("{from} to {}: {}", row.to, row.cause))
    });
    let incidents = database.incidents().into_iter();
    canceled
        .map(|reason| format!("canceled: {reason}"))
        .chain(moves)
        .chain(incidents.map(|incident| format!("incident: {}", incident.kind)))
        .chain(
            database
                .leaves_email_out()
                .then(|| "an address is left out".to_owned()),
        )
        .collect()
}
