//! Why a line of an import is refused.

use std::fmt;

use crate::domain::{
    id::OrderId,
    money::{BadAmount, Currency},
};

/// How many characters of a value are shown.
const LONGEST_VALUE: usize = 80;

/// Something that is wrong with a line, so that the file cannot be imported. A line can have several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Counted from 1; the header is line 1.
    pub line: u64,
    /// The fault.
    pub wrong: Wrong,
    /// Whom the line is about: the player's name, or else the club's own id. Empty if it says neither.
    pub player: String,
    /// The value in the column, cut to what helps to recognize it. Empty if nothing does, or if it opens somebody's
    /// page. For whoever sent the file, never for the log.
    pub value: String,
}

impl Rejected {
    /// Of the file, at a line.
    #[must_use]
    pub const fn of_file(line: u64, reason: Reason) -> Self {
        Self {
            line,
            wrong: reason.of_line(),
            player: String::new(),
            value: String::new(),
        }
    }

    /// Of a player's line.
    pub(super) fn of_player(line: u64, wrong: Wrong, player: &str, value: &str) -> Self {
        Self {
            line,
            wrong,
            player: shown(player, LONGEST_VALUE),
            value: shown(value, LONGEST_VALUE),
        }
    }
}

/// A file that is no table as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// A spreadsheet's own format: Excel's of today or of old, LibreOffice's, Numbers'.
    Spreadsheet,
    /// A page to print.
    Pdf,
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Spreadsheet => "a spreadsheet program's own file",
            Self::Pdf => "a PDF",
        })
    }
}

/// A text that may be anything, cut to what helps to recognize it.
pub(super) fn shown(text: &str, longest: usize) -> String {
    let mut shown: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(longest)
        .collect();
    if text.chars().nth(longest).is_some() {
        shown.push('…');
    }
    shown
}

/// A fault, and its column.
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
    /// The file is no text.
    #[error("the file is {0}, and no CSV: save it as CSV first")]
    NotCsv(FileKind),
    /// The file begins as UTF-16, and something in it is none.
    #[error("is not UTF-16, as the file begins")]
    NotUtf16,
    /// The file has more columns than can be chosen.
    #[error("a file may have {0} columns at most")]
    TooManyColumns(usize),
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
    /// The line is shorter than the header.
    #[error("has {fields} fields, the header has {columns}")]
    TooFewFields {
        /// Fields of the line.
        fields: usize,
        /// Columns of the header.
        columns: usize,
    },
    /// The line is longer than the header.
    #[error(
        "has {fields} fields, the header has {columns}: a value that has the file's separator in it must stand in quotes"
    )]
    TooManyFields {
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
    /// The amount has another currency beside it than its line has.
    #[error("is in {}, but its currency is {}: say so under currency", .is.shown(), .line.shown())]
    OtherCurrency {
        /// The one beside the amount.
        is: Currency,
        /// The line's.
        line: Currency,
    },
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
    /// Something that belongs to a charge, in a line without one.
    #[error("needs an amount: a line without one is about the player alone")]
    NeedsAmount,
    /// An order for nothing.
    #[error("a charge of 0 has no order")]
    OrderOfNothing,
    /// Another line of the file has the same.
    #[error("{what} stands on line {line} already")]
    Repeated {
        /// The thing that is the same.
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
