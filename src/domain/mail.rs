//! Emails, and why a message did not get through.

/// An email.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Whom it comes from.
    pub from: String,
    /// Whom it goes to.
    pub to: String,
    /// The subject, in one line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
}

/// Why a message was not taken. It holds nothing of what the other side said: that may repeat an address, and an
/// alert's URL is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NotTaken {
    /// The other side answered with a status that is not 2xx.
    #[error("answered with {0}")]
    Status(u16),
    /// No answer in time. Nobody knows whether the message arrived.
    #[error("no answer in time")]
    NoAnswer,
    /// The runtime refused to send it.
    #[error("refused")]
    Refused,
}
