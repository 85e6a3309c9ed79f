//! What can go wrong, without a word of HTTP, and the one map from there to a status and a public text.
//!
//! The reasons inside a fault are for the log. A page says only what helps the person who reads it:
//! nobody who clicks a link can do anything about D1.

use crate::ports::{StoreFault, StripeFault};

/// Why a visit, a delivery or a run of the sweep could not be brought to its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The books.
    Store(StoreFault),
    /// Stripe.
    Stripe(StripeFault),
    /// Others were faster too often.
    Busy,
}

impl From<StoreFault> for Fault {
    fn from(fault: StoreFault) -> Self {
        Self::Store(fault)
    }
}

impl From<StripeFault> for Fault {
    fn from(fault: StripeFault) -> Self {
        Self::Stripe(fault)
    }
}

impl Fault {
    /// A stable word for logs and alerts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "store",
            Self::Stripe(fault) => match fault {
                StripeFault::Unreachable(_) => "stripe_unreachable",
                StripeFault::ServerError { .. } => "stripe_server_error",
                StripeFault::KeyReused => "stripe_key_reused",
                StripeFault::NotOpen => "stripe_not_open",
                StripeFault::Refused(_) => "stripe_refused",
                StripeFault::Unknown => "stripe_unknown_object",
                StripeFault::Unauthorized => "stripe_unauthorized",
                StripeFault::Nonsense(_) => "stripe_nonsense",
            },
            Self::Busy => "busy",
        }
    }

    /// The text for the log; free of secrets, tokens and addresses by how faults are made.
    #[must_use]
    pub fn log_text(&self) -> &str {
        match self {
            Self::Store(StoreFault(text)) => text,
            Self::Stripe(
                StripeFault::Unreachable(text)
                | StripeFault::Refused(text)
                | StripeFault::Nonsense(text),
            ) => text,
            Self::Stripe(
                StripeFault::ServerError { .. }
                | StripeFault::KeyReused
                | StripeFault::NotOpen
                | StripeFault::Unknown
                | StripeFault::Unauthorized,
            )
            | Self::Busy => "",
        }
    }
}
