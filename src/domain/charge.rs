//! Charges: amounts that are owed once.

use serde::{Deserialize, Serialize};

use super::{
    id::{Attempt, ChargeId, InstallationId},
    mail::misleading,
    money::Money,
    path,
    time::UnixMillis,
};
use crate::json;

/// An amount owed once; not Stripe's Charge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Charge {
    /// Its id.
    pub id: ChargeId,
    /// How much is owed now. An order keeps the amount of its claim.
    pub money: Money,
    /// Whether it is no longer to be paid.
    pub closed: bool,
    /// No session is created before then: Stripe refused the last ones.
    pub create_after: Option<UnixMillis>,
}

/// The state of a charge, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeState {
    /// Nobody has begun to pay it.
    Unpaid,
    /// Somebody was led to a payment page.
    Pending,
    /// A bank is at work on its payment.
    Processing,
    /// The payer has one more step to do before their bank can pay.
    ActionRequired,
    /// It is paid.
    Paid,
    /// It was paid, and the money went back.
    Refunded,
    /// It need not be paid: it was waived or withdrawn, or it is of 0.
    Closed,
}

impl ChargeState {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Unpaid,
        Self::Pending,
        Self::Processing,
        Self::ActionRequired,
        Self::Paid,
        Self::Refunded,
        Self::Closed,
    ];

    /// As it stands in the database, and in a query.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::ActionRequired => "action_required",
            Self::Paid => "paid",
            Self::Refunded => "refunded",
            Self::Closed => "closed",
        }
    }

    /// Whether the money is still to come.
    #[must_use]
    pub const fn is_outstanding(self) -> bool {
        match self {
            Self::Unpaid | Self::Pending | Self::Processing | Self::ActionRequired => true,
            Self::Paid | Self::Refunded | Self::Closed => false,
        }
    }

    /// Reads what stands in a query.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// The kind of a charge: what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The first payment of a player.
    FirstPayment,
    /// The fee of a month.
    Monthly,
    /// Anything else.
    Custom,
}

/// Whether a text is a month, such as `2026-05`.
#[must_use]
pub fn is_period(text: &str) -> bool {
    match text.as_bytes() {
        [year @ .., b'-', first, second] if year.len() == 4 => {
            year.iter().all(u8::is_ascii_digit)
                && matches!((first, second), (b'0', b'1'..=b'9') | (b'1', b'0'..=b'2'))
        }
        _ => false,
    }
}

/// The longest title of a custom charge, in characters. Stripe takes 500 as a value of metadata (API reference,
/// "Metadata").
pub const LONGEST_TITLE: usize = 60;

/// Whether a text can be the title of a custom charge. Parents read it, in emails too: it leads nowhere, and shows
/// what it says.
#[must_use]
pub fn is_title(text: &str) -> bool {
    let length = text.chars().count();
    (2..=LONGEST_TITLE).contains(&length)
        && text.trim() == text
        && text.chars().any(char::is_alphabetic)
        && !text.contains(char::is_control)
        && misleading(text).is_none()
}

impl Kind {
    /// Whether a text can be the period of a charge of this kind: nothing, a month, or of a custom charge its title.
    #[must_use]
    pub fn has_period(self, text: &str) -> bool {
        text.is_empty() || is_period(text) || (self == Self::Custom && is_title(text))
    }

    /// All of them.
    pub const ALL: [Self; 3] = [Self::FirstPayment, Self::Monthly, Self::Custom];

    /// As it stands in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstPayment => "first_payment",
            Self::Monthly => "monthly",
            Self::Custom => "custom",
        }
    }

    /// Reads what stands in the database or in a file.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The path of its links.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::FirstPayment => path::FIRST_PAYMENT,
            Self::Monthly | Self::Custom => path::PAY,
        }
    }
}

/// The subject of a charge, to be said in a reader's language: what it is for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Subject {
    /// Its kind.
    pub kind: Kind,
    /// `2026-05`, or empty.
    pub period: String,
    /// The player's name; `None` once it was erased.
    pub player: Option<String>,
}

/// The amount owed for a charge, as it was when one of its orders was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Owed {
    /// How much.
    pub money: Money,
    /// Whether the charge is closed. Then nothing is owed any more.
    pub closed: bool,
}

impl Owed {
    /// The amount that a payment should have now.
    #[must_use]
    pub const fn now(&self) -> Money {
        if self.closed {
            Money {
                minor: 0,
                ..self.money
            }
        } else {
            self.money
        }
    }
}

/// The name of a charge: it is unique, and stays so. After a restore the numbers of rows come round again. This does
/// not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct ChargeName {
    /// The club's own id of the player.
    pub player_id: String,
    /// Its kind.
    pub kind: Kind,
    /// Its month, such as `2026-05`; of a custom charge, its title; empty for none.
    pub period: String,
}

impl ChargeName {
    /// As statements take it: a JSON array of the three.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Self {
            player_id,
            kind,
            period,
        } = self;
        json::to_string(&[player_id, kind.as_str(), period])
    }
}

/// The identity of a Stripe object, from its metadata: what it was made for. Only our create call writes that metadata.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The database.
    pub installation: InstallationId,
    /// The order.
    pub attempt: Attempt,
    /// The charge, by what is unique of it: its number may be another one's by now.
    pub charge: ChargeName,
}
