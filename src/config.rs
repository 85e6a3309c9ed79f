//! The configuration: read once, complete or not at all.
//!
//! Every variable is checked here, and everything that is wrong is named at once, by name and never by
//! value, so that an operator need not deploy seven times to find seven mistakes. [`variables`] is their table; each
//! subsystem has a file that reads its own.

mod alerts;
mod billing;
mod club;
mod desk;
mod example;
mod mail;
mod reader;
mod stripe;
#[cfg(test)]
mod tests;
pub mod variables;

pub use alerts::AlertSettings;
pub use billing::Billing;
pub use club::{Club, DEFAULT_CLUB_COLOR};
pub use desk::Desk;
pub use mail::{MailSettings, Reminders};
pub use stripe::Stripe;

use reader::Reader;
use variables::{
    ALLOWED_ORIGINS, AUTO_REFUND, CONFIRM, DEBUG_TIMING, PAUSED, PUBLIC_ORIGIN, RECONCILE_BUDGET,
    SESSION_LIFETIME_MINUTES, STALE_AFTER_MINUTES, STRIPE_CHECKOUT_HOSTS,
};

use crate::{
    domain::{id::KeyMark, mail::is_address, time::Millis},
    guard::{
        budget::Budget,
        decide::Rules,
        hosts::CheckoutHosts,
        policy::{Policy, WAITS},
    },
};

/// Which people get the page with the button before they go on to the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Confirm {
    /// Everybody.
    Always,
    /// Everybody who may be a machine.
    Unsure,
    /// Nobody but who says to be a machine.
    Never,
}

impl Confirm {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "always" => Some(Self::Always),
            "unsure" => Some(Self::Unsure),
            "never" => Some(Self::Never),
            _ => None,
        }
    }
}

/// All of it.
#[derive(Clone)]
pub struct Config {
    /// The settings that the guard depends on.
    pub policy: Policy,
    /// The club.
    pub club: Club,
    /// Stripe.
    pub stripe: Stripe,
    /// The operators who are let in to the desk.
    pub desk: Desk,
    /// When a month is opened, and when its charges are due.
    pub billing: Billing,
    /// Where alerts go.
    pub alerts: AlertSettings,
    /// When payers are reminded by rule; never, if it is not set.
    pub reminders: Option<Reminders>,
    /// `CONFIRM`.
    pub confirm: Confirm,
    /// `PAUSED`: nobody can pay for a while.
    pub paused: bool,
    /// `RECONCILE_BUDGET`: calls to Stripe and statements of the database that a run of the cron may make.
    pub reconcile_budget: Budget,
    /// `ALLOWED_ORIGINS`: whose pages may ask for sessions; none by default.
    pub allowed_origins: Vec<String>,
    /// `DEBUG_TIMING`: answers carry `Server-Timing`.
    pub debug_timing: bool,
}

/// Everything that is wrong with a configuration, a line each: the variable's name and what it needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misconfigured(pub Vec<String>);

impl Config {
    /// Reads the variables and secrets by name.
    ///
    /// # Errors
    /// Every variable that is missing or invalid; never its value.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, Misconfigured> {
        let mut reader = Reader::new(&get);
        let config = read(&mut reader);
        match (config, reader.into_wrong()) {
            (Some(config), wrong) if wrong.is_empty() => Ok(config),
            (_, wrong) => Err(Misconfigured(wrong)),
        }
    }

    /// The settings of emails to those who pay.
    #[must_use]
    pub fn mail(&self) -> MailSettings {
        let contact = Some(&self.club.contact).filter(|contact| is_address(contact));
        MailSettings {
            club: self.club.clone(),
            public_origin: self.policy.public_origin.clone(),
            from: self.alerts.mail_from.clone(),
            reply_to: contact.cloned(),
            reminders: self.reminders,
            paused: self.paused,
        }
    }
}

/// `None`: something is wrong. Everything is read nevertheless.
fn read(reader: &mut Reader<'_>) -> Option<Config> {
    let times = times(reader);
    // What the parser says names the entry, and this is shown to everybody.
    let why = "must be hosts or origins, separated by commas";
    let hosts = reader.parsed(STRIPE_CHECKOUT_HOSTS, why, |list| {
        CheckoutHosts::parse(list).ok()
    });
    let public_origin = reader.origin(PUBLIC_ORIGIN);
    let club = club::read(reader);
    let stripe = stripe::read(reader);
    let desk = desk::read(reader);
    if public_origin.as_deref().is_some_and(reader::is_far) {
        example::refuse(reader);
    }
    let auto_refund = reader.switch(AUTO_REFUND);
    let billing = billing::read(reader);
    let name = club.as_ref().map(|club| club.name.as_str());
    let alerts = alerts::read(reader, name, public_origin.as_deref());
    let reminders = mail::reminders(reader);
    let why = "must be always, unsure or never";
    let confirm = reader.parsed(CONFIRM, why, Confirm::parse);
    let paused = reader.switch(PAUSED);
    let subrequests = reader.number(RECONCILE_BUDGET, 20..=10_000);
    let allowed_origins = reader.origins(ALLOWED_ORIGINS);
    let debug_timing = reader.switch(DEBUG_TIMING);
    let (stale_after, session_lifetime) = times?;
    let (club, stripe) = (club?, stripe?);
    Some(Config {
        policy: Policy {
            rules: Rules {
                stale_after,
                hosts: hosts?,
            },
            session_lifetime,
            club_name: club.name.clone(),
            club_language: club.language,
            public_origin: public_origin?,
            mode: stripe.mode,
            key: KeyMark::of(stripe.secret_key.reveal()),
            waits: WAITS,
            auto_refund: auto_refund?,
        },
        club,
        stripe,
        desk: desk?,
        billing: billing?,
        alerts: alerts?,
        reminders: reminders?,
        confirm: confirm?,
        paused: paused?,
        reconcile_budget: Budget {
            subrequests: subrequests?,
        },
        allowed_origins: allowed_origins?,
        debug_timing: debug_timing?,
    })
}

/// From when on an order is stale, and how long its session lives. It must not end while a replay of its create call may be needed.
fn times(reader: &mut Reader<'_>) -> Option<(Millis, Millis)> {
    let stale_after = reader.number(STALE_AFTER_MINUTES, 1..=720);
    let lifetime = reader.number(SESSION_LIFETIME_MINUTES, 31..=1440);
    let (stale_after, lifetime) = (stale_after?, lifetime?);
    if lifetime < stale_after + 30 {
        let why = "must be at least STALE_AFTER_MINUTES + 30";
        reader.wrong(SESSION_LIFETIME_MINUTES, why);
    }
    Some((Millis::minutes(stale_after), Millis::minutes(lifetime)))
}
