//! The secrets of `.dev.vars.example`: what anybody can read there keeps nobody out.

use super::{
    reader::{Reader, each},
    variables::{ADMIN_TOKEN, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET},
};

const EXAMPLE: &str = include_str!("../../.dev.vars.example");

/// The value that the example has for a variable.
pub(super) fn value(name: &str) -> Option<&'static str> {
    EXAMPLE
        .lines()
        .filter_map(|line| line.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// Refuses secrets that everybody knows.
pub(super) fn refuse(reader: &mut Reader<'_>) {
    // Of an operator, the secret is what counts.
    let secret = |entry: &str| entry.rsplit(':').next().unwrap_or_default().to_owned();
    for variable in [STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, ADMIN_TOKEN] {
        let given = reader.given(variable).unwrap_or_default();
        let known = value(variable.name).map(secret);
        if each(&given).any(|entry| known == Some(secret(entry))) {
            let why = "must not be the example's where PUBLIC_ORIGIN is not local";
            reader.wrong(variable, why);
        }
    }
}
