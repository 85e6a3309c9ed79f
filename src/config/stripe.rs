//! Stripe: where it is, and the secrets that it and this Worker share.

use super::{
    reader::{Reader, each},
    variables::{STRIPE_API_BASE, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET},
};
use crate::domain::{id::Mode, secret::Secret};

/// The address of Stripe, and the secrets that it and this Worker share.
#[derive(Clone)]
pub struct Stripe {
    /// `STRIPE_API_BASE`, without a slash at its end.
    pub api_base: String,
    /// `STRIPE_SECRET_KEY`.
    pub secret_key: Secret,
    /// The key's mode.
    pub mode: Mode,
    /// `STRIPE_WEBHOOK_SECRET`: at least one; several while one is rolled.
    pub webhook_secrets: Vec<Secret>,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Stripe> {
    let api_base = reader.origin(STRIPE_API_BASE);
    let why = "must be one key: sk_test_, sk_live_, rk_test_ or rk_live_ and at least 8 characters";
    let key = reader.parsed(STRIPE_SECRET_KEY, why, |key| {
        Some((mode(key)?, Secret::new(key.to_owned())))
    });
    let why = "must be whsec_ and at least 8 characters; several are separated by commas";
    let webhook_secrets = reader.parsed(STRIPE_WEBHOOK_SECRET, why, |list| {
        let secret = |text: &str| is_secret(text, "whsec_").then(|| Secret::new(text.to_owned()));
        each(list).map(secret).collect()
    });
    let (mode, secret_key) = key?;
    Some(Stripe {
        api_base: api_base?,
        secret_key,
        mode,
        webhook_secrets: webhook_secrets?,
    })
}

/// The key's mode, if it has the form of one.
fn mode(key: &str) -> Option<Mode> {
    let modes = [
        ("sk_test_", Mode::Test),
        ("rk_test_", Mode::Test),
        ("sk_live_", Mode::Live),
        ("rk_live_", Mode::Live),
    ];
    modes
        .into_iter()
        .find(|(prefix, _)| is_secret(key, prefix))
        .map(|(_, mode)| mode)
}

/// A prefix, and at least 8 characters after it.
fn is_secret(text: &str, prefix: &str) -> bool {
    let plain = |b: u8| b.is_ascii_graphic() && b != b',';
    text.strip_prefix(prefix)
        .is_some_and(|rest| rest.len() >= 8 && rest.bytes().all(plain))
}
