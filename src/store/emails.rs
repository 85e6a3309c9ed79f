//! Emails to those who pay: who gets one by rule, the queue, and what becomes of each.
//!
//! An email is claimed before it is sent. The claim is a compare-and-set on its count of tries, makes the link that the
//! email carries, and looks once more whether it is still to be sent. So of two runs of the cron at once one sends. A
//! claim that ends without a word of what came of it leaves an email that nobody knows of: it becomes `unclear`, and
//! goes out again only if an operator says so.

pub mod queue;
pub mod rules;

use serde::Deserialize;

use crate::domain::{
    act::OfflineMethod,
    charge::Kind,
    email::Template,
    id::OrderId,
    money::{Currency, Money},
    time::UnixMillis,
};

// What an email says of a charge `c` and its player `p`: the template, and the order of an offline payment.
macro_rules! data_json {
    ($template:literal, $order:literal) => {
        concat!(
            "json_object('template', ",
            $template,
            ", 'email', p.email, 'language', p.language, 'player', p.name, 'kind', c.kind, 'period', c.period, \
                'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on, \
                'payment', json((SELECT json_object('order', o.id, 'minor', o.paid_minor, 'currency', o.currency, 'at', o.paid_at, \
                                                    'method', o.offline_method) \
                                 FROM orders o WHERE o.id = ",
            $order,
            " AND o.method = 'offline')))"
        )
    };
}
pub(crate) use data_json;

/// The data of an email.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct EmailData {
    /// Of what kind it is.
    pub template: Template,
    /// Whom it goes to. Nobody, if the address is not known.
    pub email: Option<String>,
    /// The player's language, if it is not the club's.
    pub language: Option<String>,
    /// The player's name.
    pub player: String,
    /// The charge's kind.
    pub kind: Kind,
    /// `2026-05`, or empty.
    pub period: String,
    minor: i64,
    currency: Currency,
    /// `2026-05-31`, if it is due on a day.
    pub due_on: Option<String>,
    /// The offline payment that a receipt is for.
    pub payment: Option<Payment>,
}

impl EmailData {
    /// How much is owed.
    #[must_use]
    pub const fn money(&self) -> Money {
        Money {
            minor: self.minor,
            currency: self.currency,
        }
    }
}

/// An offline payment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct Payment {
    /// Its order.
    pub order: OrderId,
    minor: i64,
    currency: Currency,
    /// When it was made.
    pub at: UnixMillis,
    /// How.
    pub method: OfflineMethod,
}

impl Payment {
    /// How much was paid.
    #[must_use]
    pub const fn money(&self) -> Money {
        Money {
            minor: self.minor,
            currency: self.currency,
        }
    }
}
