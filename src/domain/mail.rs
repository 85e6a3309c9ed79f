//! Emails, and why a message did not get through.

/// An email.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mail {
    /// Whom it comes from: the address.
    pub from: String,
    /// The name that mail programs show for it, in one line.
    pub from_name: String,
    /// Whom it goes to.
    pub to: String,
    /// Whom an answer goes to, if not to whom it comes from.
    pub reply_to: Option<String>,
    /// The subject, in one line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: String,
}

/// Whether mail can go to it; whether anybody reads it is not known here.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let (local, domain) = text.rsplit_once('@').unwrap_or_default();
    let plain = |b: u8| b.is_ascii_graphic() && !b"<>()[],;:\\\"@".contains(&b);
    !local.is_empty()
        && local.bytes().all(plain)
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
        && domain.bytes().all(plain)
}

/// Why a text that somebody typed may not stand in an email.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Misleading {
    /// Mail programs would make a link of it.
    WebAddress,
    /// It would be read in another order than it is written: a character of Unicode's property Bidi_Control (UAX #9,
    /// "Directional Formatting Characters").
    Direction,
}

/// Whether a text leads somewhere, or does not show what it says.
#[must_use]
pub fn misleading(text: &str) -> Option<Misleading> {
    if text.contains("://") || text.to_ascii_lowercase().contains("www.") {
        return Some(Misleading::WebAddress);
    }
    let changes_direction = |c| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.contains(changes_direction)
        .then_some(Misleading::Direction)
}

/// A text in one line: what goes into a header must not begin another one (RFC 5322, "Header Fields").
#[must_use]
pub fn one_line(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
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
    /// The other side failed. Nobody knows whether the message arrived.
    #[error("failed")]
    Failed,
    /// The email service says that it has not taken it.
    #[error("refused: {0}")]
    Refused(Refusal),
}

/// Why the email service has not taken an email (Cloudflare docs, "Workers API" of the Email Service, "Error codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// The address has bounced before, or its owner has reported an email as spam.
    #[error("the address is suppressed")]
    Suppressed,
    /// The binding or the plan does not send to the address.
    #[error("the address is not allowed")]
    NotAllowed,
    /// The address's own server has said no.
    #[error("it could not be delivered")]
    Undeliverable,
    /// Something in the email is malformed: the address, most likely.
    #[error("the address or the email is malformed")]
    Malformed,
    /// The service may not send for the domain of `MAIL_FROM`.
    #[error("the sender's domain is not set up")]
    Sender,
    /// Too many emails in a short time.
    #[error("too many emails in a short time")]
    RateLimit,
    /// Too many emails on one day.
    #[error("too many emails on one day")]
    DailyLimit,
    /// There is no binding.
    #[error("the binding EMAIL is missing")]
    NoBinding,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Suppressed,
        Self::NotAllowed,
        Self::Undeliverable,
        Self::Malformed,
        Self::Sender,
        Self::RateLimit,
        Self::DailyLimit,
        Self::NoBinding,
    ];

    /// The refusal that an error's code says; `None` if the code leaves open whether the email was taken, as
    /// `E_INTERNAL_SERVER_ERROR` does.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Some(match code {
            "E_RECIPIENT_SUPPRESSED" => Self::Suppressed,
            "E_RECIPIENT_NOT_ALLOWED" => Self::NotAllowed,
            "E_DELIVERY_FAILED" => Self::Undeliverable,
            "E_SENDER_NOT_VERIFIED" | "E_SENDER_DOMAIN_NOT_AVAILABLE" => Self::Sender,
            "E_RATE_LIMIT_EXCEEDED" => Self::RateLimit,
            "E_DAILY_LIMIT_EXCEEDED" => Self::DailyLimit,
            "E_VALIDATION_ERROR"
            | "E_FIELD_MISSING"
            | "E_TOO_MANY_RECIPIENTS"
            | "E_CONTENT_TOO_LARGE" => Self::Malformed,
            header if header.starts_with("E_HEADER") => Self::Malformed,
            _ => return None,
        })
    }

    /// Whether it would meet every other email now, and will pass: a limit, or what an operator can mend.
    #[must_use]
    pub const fn is_temporary(self) -> bool {
        match self {
            Self::Sender | Self::RateLimit | Self::DailyLimit | Self::NoBinding => true,
            Self::Suppressed | Self::NotAllowed | Self::Undeliverable | Self::Malformed => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_one_line() {
        for (text, line) in [
            ("Player 25", "Player 25"),
            (
                "Player 25\r\nBcc: all@club.example",
                "Player 25 Bcc: all@club.example",
            ),
            ("\u{85}a\u{2028}b\u{0}c\t", "a b c"),
        ] {
            assert_eq!(one_line(text), line);
        }
    }

    #[test]
    fn only_a_code_that_says_no_is_a_refusal() {
        for (code, refusal) in [
            ("E_RECIPIENT_SUPPRESSED", Some(Refusal::Suppressed)),
            ("E_HEADERS_TOO_LARGE", Some(Refusal::Malformed)),
            ("E_DAILY_LIMIT_EXCEEDED", Some(Refusal::DailyLimit)),
            ("E_INTERNAL_SERVER_ERROR", None),
            ("E_NEVER_HEARD_OF", None),
            ("", None),
        ] {
            assert_eq!(Refusal::of_code(code), refusal, "{code}");
        }
    }
}
