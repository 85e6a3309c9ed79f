//! What can go wrong, without a word of HTTP.
//!
//! The reasons are for the log. A page says only what helps the person who reads it: nobody who clicks
//! a link can do anything about D1.

use super::{
    id::{ChargeId, OrderId, SessionId},
    incident::{Incident, IncidentKind},
};

/// The database could not be reached or answered what makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoreError(pub String);

/// Why Stripe did not do what it was asked. The texts are for the log.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum StripeError {
    /// No answer of Stripe's in time, or told to come back (409, 429): nobody knows whether it was done.
    Unreachable(String),
    /// A 5xx of Stripe's own after all retries.
    ServerError {
        /// Stripe said `Idempotent-Replayed`: it will give this very answer to everybody who asks.
        replayed: bool,
    },
    /// 400: the key was used before with other parameters.
    IdempotencyMismatch,
    /// 400 on an expire: the session is not open.
    NotOpen,
    /// Any other 400.
    Refused(Refusal),
    /// Stripe's own 404: there is no such object in this account and mode.
    NotFound,
    /// 401 or 403: the key is not what it should be.
    Unauthorized,
    /// An answer that makes no sense.
    InvalidResponse(String),
}

/// Stripe's words of a 400. The message is left out: it may repeat what was sent, an address for example.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Refusal {
    /// `type`
    pub kind: String,
    /// `code`
    pub code: String,
    /// `param`
    pub param: String,
}

impl Refusal {
    /// Whether the payer's address is what Stripe does not take.
    #[must_use]
    pub fn is_about_email(&self) -> bool {
        self.param == "customer_email" || self.code == "email_invalid"
    }

    /// In one line.
    #[must_use]
    pub fn text(&self) -> String {
        let words = [&self.kind, &self.code, &self.param].map(String::as_str);
        let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
        words.join(" ")
    }
}

/// Why a visit, a delivery or a run of the cron could not be brought to its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GuardError {
    /// The database.
    Store(StoreError),
    /// Stripe.
    Stripe(StripeError),
    /// Others were faster too often.
    Busy,
    /// Stripe does not know the session of an order, though we created it; or its id is of the other
    /// mode than the key. Nothing may be concluded from that.
    UnknownSession {
        /// The order.
        order: OrderId,
        /// Its charge.
        charge: ChargeId,
        /// The session.
        session: SessionId,
    },
    /// Stripe refuses to create a session for the charge, and will again.
    CreateRefused {
        /// The charge.
        charge: ChargeId,
        /// Stripe's words.
        refusal: Refusal,
    },
}

impl From<StoreError> for GuardError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<StripeError> for GuardError {
    fn from(error: StripeError) -> Self {
        Self::Stripe(error)
    }
}

impl GuardError {
    /// A stable word for logs and alerts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Store(_) => "store",
            Self::Stripe(error) => match error {
                StripeError::Unreachable(_) => "stripe_unreachable",
                StripeError::ServerError { .. } => "stripe_server_error",
                StripeError::IdempotencyMismatch => "stripe_idempotency_mismatch",
                StripeError::NotOpen => "stripe_not_open",
                StripeError::Refused(_) => "stripe_refused",
                StripeError::NotFound => "stripe_not_found",
                StripeError::Unauthorized => "stripe_unauthorized",
                StripeError::InvalidResponse(_) => "stripe_invalid_response",
            },
            Self::Busy => "busy",
            Self::UnknownSession { .. } => "unknown_session",
            Self::CreateRefused { .. } => "create_refused",
        }
    }

    /// The text for the log; free of secrets, tokens and addresses by how errors are made.
    #[must_use]
    pub fn log_text(&self) -> String {
        match self {
            Self::Store(StoreError(text))
            | Self::Stripe(StripeError::Unreachable(text) | StripeError::InvalidResponse(text)) => {
                text.clone()
            }
            Self::Stripe(StripeError::Refused(refusal)) => refusal.text(),
            Self::CreateRefused { charge, refusal } => {
                format!("charge {charge}: {}", refusal.text())
            }
            Self::UnknownSession { order, session, .. } => format!("order {order}: {session}"),
            Self::Stripe(
                StripeError::ServerError { .. }
                | StripeError::IdempotencyMismatch
                | StripeError::NotOpen
                | StripeError::NotFound
                | StripeError::Unauthorized,
            )
            | Self::Busy => String::new(),
        }
    }

    /// The incident to open, for what does not pass by itself.
    #[must_use]
    pub fn incident(&self) -> Option<Incident> {
        match self {
            Self::UnknownSession {
                order,
                charge,
                session,
            } => Some(Incident {
                kind: IncidentKind::UnknownSession,
                about: session.to_string(),
                order: Some(*order),
                charge: Some(*charge),
                session: Some(session.clone()),
                payment_intent: None,
                money: None,
                detail: "Stripe does not know this session, though it was created here. Is STRIPE_SECRET_KEY of \
                         another account, or of the other mode?"
                    .to_owned(),
            }),
            Self::CreateRefused { charge, refusal } => Some(Incident {
                kind: IncidentKind::CreateRefused,
                about: charge.to_string(),
                order: None,
                charge: Some(*charge),
                session: None,
                payment_intent: None,
                money: None,
                detail: format!(
                    "Stripe refuses to create a payment page for this charge: {}. No click on its links can succeed.",
                    refusal.text()
                ),
            }),
            Self::Store(_) | Self::Stripe(_) | Self::Busy => None,
        }
    }
}
