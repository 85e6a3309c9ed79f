//! An operator's act.

use serde::Deserialize;

use super::{
    id::{Attempt, ChargeId},
    money::Money,
    operator::OperatorName,
    time::UnixMillis,
};

/// An act of an operator, as the audit log has it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Act {
    /// The operator.
    pub operator: OperatorName,
    /// The act, in a word.
    pub act: &'static str,
    /// The thing it was done to, as `charge 7`; never a name, an address or a token.
    pub about: String,
    /// A JSON object: what was before and after. Holds no token and no address either.
    pub detail: String,
}

/// A charge as the audit log names it.
#[must_use]
pub fn about_charge(id: ChargeId) -> String {
    format!("charge {id}")
}

/// How an offline payment was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfflineMethod {
    /// In cash.
    Cash,
    /// By check.
    Check,
    /// By a bank transfer.
    Transfer,
}

impl OfflineMethod {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Cash, Self::Check, Self::Transfer];

    /// As it stands in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Check => "check",
            Self::Transfer => "transfer",
        }
    }

    /// Reads what stands in a form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }
}

/// The fate of the difference between what was paid offline and what is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rest {
    /// Less was paid, and nobody has to pay the rest.
    Waived,
    /// More was paid, and the club keeps it: a gift, for example.
    Kept,
}

impl Rest {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Waived, Self::Kept];

    /// As it stands in a form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waived => "waived",
            Self::Kept => "kept",
        }
    }

    /// Reads what stands in a form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rest| rest.as_str() == text)
    }
}

/// A payment that did not go through Stripe.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OfflinePayment {
    /// How much.
    pub money: Money,
    /// The fate of the rest, if the amount is not what is owed.
    pub rest: Option<Rest>,
    /// The amount owed when the operator said so, if they say it: it holds for that amount and no other.
    pub seen: Option<Money>,
    /// How.
    pub method: OfflineMethod,
    /// When.
    pub paid_at: UnixMillis,
    /// The operator's note.
    pub note: Option<String>,
    /// Whether the payer gets a receipt by email.
    pub receipt: bool,
}

/// A change of a charge by an operator's act.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ChargeChange {
    /// Another amount is owed.
    Amount(Money),
    /// It need not be paid any more.
    Close {
        /// Why.
        reason: String,
    },
    /// It is to be paid, again.
    Reopen,
    /// It was paid without Stripe.
    Offline {
        /// The new order's name.
        attempt: Attempt,
        /// The payment.
        payment: OfflinePayment,
    },
}
