//! The errors, without a word of HTTP.
//!
//! The texts are for the log. None is built from a secret, a token or an email address. A page says only what
//! helps the person who reads it: `pages::answer` maps errors to a status and a public text.

use std::fmt;

use super::{
    id::{ChargeId, OrderId, SessionId},
    incident::{Incident, IncidentKind},
};

/// Why the database did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum StoreError {
    /// It could not be reached, did not answer in time, or its answer is invalid. Nobody knows whether a write was
    /// carried out.
    #[error("{0}")]
    Failed(String),
    /// D1's free plan has so many rows to read and to write in a day, and they are used up: every statement is refused
    /// until midnight UTC. Nothing was carried out.
    #[error(
        "D1's free plan refuses every statement until midnight UTC: the day's rows are used up"
    )]
    QuotaExceeded,
}

/// Why Stripe did not do what it was asked. The texts are for the log.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum StripeError {
    /// No answer in time, or Stripe said to try again (409, 429). Nobody knows whether the call was carried
    /// out.
    #[error("{0}")]
    Unreachable(String),
    /// Stripe's own 5xx after all retries.
    #[error("Stripe answered with an error of its own")]
    ServerError {
        /// Stripe said `Idempotent-Replayed`: it will give this same answer to everybody who uses the key.
        replayed: bool,
    },
    /// 400: the key was used before with other parameters.
    #[error("the idempotency key was used with other parameters")]
    IdempotencyMismatch,
    /// 400 on an expire: the session is not open.
    #[error("the session is not open")]
    NotOpen,
    /// Any other 400.
    #[error("{0}")]
    Refused(Refusal),
    /// Stripe's own 404: there is no such object in this account and mode.
    #[error("there is no such object in this account and mode")]
    NotFound,
    /// 401 or 403: the key is not what it should be.
    #[error("Stripe refused the key")]
    Unauthorized,
    /// An invalid answer.
    #[error("{0}")]
    InvalidResponse(String),
}

impl StripeError {
    /// Whether the next call may well succeed: it is about Stripe, the way to it or the key, and not about one object.
    #[must_use]
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::ServerError { .. }
            | Self::Unauthorized
            | Self::InvalidResponse(_) => true,
            Self::IdempotencyMismatch | Self::NotOpen | Self::Refused(_) | Self::NotFound => false,
        }
    }
}

/// The reason of a 400 by Stripe. The message is left out: it may repeat what was sent, such as an address.
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
    /// Whether Stripe does not accept the payer's address.
    #[must_use]
    pub fn is_about_email(&self) -> bool {
        self.param == "customer_email" || self.code == "email_invalid"
    }
}

/// Its words in one line, without the empty ones.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [&self.kind, &self.code, &self.param].map(String::as_str);
        let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
        f.write_str(&words.join(" "))
    }
}

/// The code of [`StoreError::QuotaExceeded`].
pub const DATABASE_QUOTA: &str = IncidentKind::DatabaseQuota.as_str();

/// Why a visit, a delivery or a run of the cron could not be brought to its end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum GuardError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Stripe.
    #[error(transparent)]
    Stripe(#[from] StripeError),
    /// Others were faster too often.
    #[error("others were faster too often")]
    Busy,
    /// Stripe does not know an order's session, though we created it. Or the session's id is of the other
    /// mode than the key. Nothing may be concluded from that.
    #[error("order {order}: {session}")]
    UnknownSession {
        /// The order.
        order: OrderId,
        /// Its charge.
        charge: ChargeId,
        /// The session.
        session: SessionId,
    },
    /// Stripe refuses to create a session for the charge, and will again.
    #[error("charge {charge}: {refusal}")]
    CreateRefused {
        /// The charge.
        charge: ChargeId,
        /// Stripe's words.
        refusal: Refusal,
    },
}

impl GuardError {
    /// A stable word for logs and alerts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Store(StoreError::Failed(_)) => "store",
            Self::Store(StoreError::QuotaExceeded) => DATABASE_QUOTA,
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

    /// The incident to open, if the error does not pass by itself.
    #[must_use]
    pub fn incident(&self) -> Option<Incident> {
        match self {
            Self::UnknownSession {
                order,
                charge,
                session,
            } => {
                let detail = "Stripe does not know this session, though it was created here. Is STRIPE_SECRET_KEY of \
                              another account, or of the other mode?";
                Some(Incident {
                    order: Some(*order),
                    charge: Some(*charge),
                    session: Some(session.clone()),
                    ..Incident::new(
                        IncidentKind::UnknownSession,
                        session.to_string(),
                        detail.to_owned(),
                    )
                })
            }
            Self::CreateRefused { charge, refusal } => {
                let detail = format!(
                    "Stripe refuses to create a payment page for this charge: {refusal}. No click on its links can succeed."
                );
                Some(Incident {
                    charge: Some(*charge),
                    ..Incident::new(IncidentKind::CreateRefused, charge.to_string(), detail)
                })
            }
            Self::Store(_) | Self::Stripe(_) | Self::Busy => None,
        }
    }
}
