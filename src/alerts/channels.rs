//! Where alerts can go: what is configured, and what the runtime can send.

use crate::{
    config::AlertSettings,
    ports::{Clock, Hook, Mailer, Meter},
    store::Database,
};

/// The ports that alerts await.
pub trait AlertPorts: Database + Clock + Meter + Hook + Mailer {}
impl<T: Database + Clock + Meter + Hook + Mailer> AlertPorts for T {}

/// The two ends of an email.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses<'a> {
    /// Whom it comes from.
    pub from: &'a str,
    /// Whom it goes to.
    pub to: &'a str,
}

/// The channels that an alert goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels<'a> {
    /// Where it is posted.
    pub webhook: Option<&'a str>,
    /// Whom it is mailed to.
    pub email: Option<Addresses<'a>>,
}

impl<'a> Channels<'a> {
    /// The channels that are configured and possible. An email needs `ALERT_EMAIL`, `MAIL_FROM` and the binding.
    pub fn of(settings: &'a AlertSettings, mailer: &impl Mailer) -> Self {
        let addresses = settings.email.as_deref().zip(settings.mail_from.as_deref());
        Self {
            webhook: settings.webhook_url.as_deref(),
            email: addresses
                .filter(|_| mailer.is_bound())
                .map(|(to, from)| Addresses { from, to }),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.webhook.is_none() && self.email.is_none()
    }
}

/// The variables and bindings that are missing for alerts by email although `ALERT_EMAIL` asks for them.
pub fn missing(settings: &AlertSettings, mailer: &impl Mailer) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if settings.email.is_some() && settings.mail_from.is_none() {
        missing.push("MAIL_FROM is missing: no alert is sent to ALERT_EMAIL");
    }
    if settings.email.is_some() && !mailer.is_bound() {
        missing.push("the binding EMAIL is missing: no alert is sent to ALERT_EMAIL");
    }
    missing
}
