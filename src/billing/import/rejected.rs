//! Why a line of an import is refused.

use std::fmt;

use crate::domain::{id::OrderId, money::BadAmount};

/// A line that cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Counted from 1; the header is line 1.
    pub line: u64,
    /// What is wrong with it.
    pub wrong: Wrong,
}

/// What is wrong, and in which column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The column's name; `None` if it is about the line or the file.
    pub column: Option<&'static str>,
    /// Why it cannot be taken.
    pub reason: Reason,
}

/// Why something cannot be taken. No variant holds a value of the file but a header's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// There is no header.
    #[error("the file is empty")]
    EmptyFile,
    /// The file is too long.
    #[error("a file may have {0} lines at most")]
    TooManyLines(usize),
    /// The header names a column that does not exist.
    #[error("unknown column {name:?}; there are: {known}")]
    UnknownColumn {
        /// Its name, cut to what helps to recognize it.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// The header names a column twice.
    #[error("the column {0} stands there twice")]
    RepeatedColumn(&'static str),
    /// The header lacks a column.
    #[error("the column {0} is missing")]
    MissingColumn(&'static str),
    /// The line is longer or shorter than the header.
    #[error("has {fields} fields, the header has {columns}")]
    FieldCount {
        /// Fields of the line.
        fields: usize,
        /// Columns of the header.
        columns: usize,
    },
    /// No value.
    #[error("is missing")]
    Missing,
    /// The value is too long.
    #[error("has more than {0} characters")]
    TooLong(usize),
    /// The value is not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// The value has a control character.
    #[error("has a control character")]
    ControlCharacter,
    /// A name that would be a link in an email.
    #[error("has a web address in it (:// or www.), which emails would show as a link")]
    WebAddress,
    /// A name that would be shown in another order than it is written.
    #[error("has a character that changes the direction of what stands around it")]
    Direction,
    /// The value is none of those that there are.
    #[error("must be {0}")]
    MustBe(&'static str),
    /// Stripe does not charge in this currency.
    #[error("Stripe does not charge in {0}")]
    Currency(String),
    /// The amount cannot be charged.
    #[error(transparent)]
    Amount(#[from] BadAmount),
    /// No email address.
    #[error("is not an address")]
    NoAddress,
    /// A time that lies ahead.
    #[error("lies in the future")]
    InFuture,
    /// The token can be guessed.
    #[error(
        "must be at least 16 characters; shorter ones are taken only with ?allow_short_tokens=1"
    )]
    ShortToken,
    /// The URL names no session.
    #[error("names no session; give its id in stripe_session_id")]
    NoSessionInUrl,
    /// An order of an old system, unasked.
    #[error("orders are taken over only with ?carry_orders=1")]
    OrdersNotAsked,
    /// A part of an order without its status.
    #[error("needs order_status")]
    NeedsStatus,
    /// What belongs to a charge, in a line without one.
    #[error("needs an amount: a line without one is about the player alone")]
    NeedsAmount,
    /// An order for nothing.
    #[error("a charge of 0 has no order")]
    OrderOfNothing,
    /// Another line of the file has the same.
    #[error("{what} stands on line {line} already")]
    Repeated {
        /// What is the same.
        what: &'static str,
        /// The line that came first.
        line: u64,
    },
    /// The player's data was erased, and does not come back by a file.
    #[error("this player's data was erased; a player who comes back needs another player_id")]
    Erased,
    /// The token leads to another charge.
    #[error("leads to another charge already")]
    TokenTaken,
    /// The id is another charge's order.
    #[error("belongs to another charge already")]
    OrderTaken,
    /// The session is another order's.
    #[error("belongs to another order already")]
    SessionTaken,
    /// The charge has a live order.
    #[error("the charge has the live order {0} already")]
    LiveOrder(OrderId),
}

impl Reason {
    /// In a column.
    pub(super) const fn in_column(self, column: &'static str) -> Wrong {
        Wrong {
            column: Some(column),
            reason: self,
        }
    }

    /// Of the line as a whole, or of the file.
    pub(super) const fn of_line(self) -> Wrong {
        Wrong {
            column: None,
            reason: self,
        }
    }
}

/// `amount: must be …`
impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(column) = self.column {
            write!(f, "{column}: ")?;
        }
        self.reason.fmt(f)
    }
}
