//! Secrets: they can be used and compared, but not shown.

use hmac::{
    Hmac,
    digest::{CtOutput, Output},
};
use sha2::{Digest, Sha256};

/// A secret. Has no `Debug` and no `Display`: it must not reach a log.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text secret.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret itself, for the one place that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether a guess is the secret. The time taken says nothing about how much of the guess is right.
    #[must_use]
    pub fn is(&self, guess: &str) -> bool {
        digest(&self.0) == digest(guess)
    }
}

/// A digest, so that two texts of any length can be compared in constant time.
fn digest(text: &str) -> CtOutput<Hmac<Sha256>> {
    let digest: Output<Hmac<Sha256>> = Sha256::digest(text.as_bytes());
    CtOutput::new(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_compared_whole() {
        let secret = Secret::new("0123456789abcdef".to_owned());
        assert!(secret.is("0123456789abcdef"));
        assert!(!secret.is("0123456789abcde") && !secret.is("0123456789abcdefg"));
        assert!(!secret.is(""));
    }
}
