//! The table of the variables and secrets: their names, and what holds if one is not set. `wrangler.toml` and
//! docs/configuration.md are held to it by a test.

/// A variable or a secret of the Worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// As Cloudflare has it.
    pub name: &'static str,
    /// The consequence if it is not set, or set to nothing.
    pub unset: Unset,
}

/// The consequence if a variable is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// Nobody can pay.
    Required,
    /// Nobody can pay; it is set as a secret.
    RequiredSecret,
    /// As if it were set to this.
    Default(&'static str),
    /// The feature that it is for is off.
    Off,
}

macro_rules! variables {
    ($($(#[$doc:meta])* $name:ident = $unset:expr;)*) => {
        $($(#[$doc])* pub const $name: Variable = Variable { name: stringify!($name), unset: $unset };)*

        /// All of them.
        pub const ALL: &[Variable] = &[$($name),*];
    };
}

use Unset::{Default, Off, Required, RequiredSecret};

variables! {
    /// The name of the club, which asks for the money; stands on every page.
    CLUB_NAME = Required;
    /// Whom a parent asks: an address, a telephone number or a sentence.
    CLUB_CONTACT = Required;
    /// Of the pages and of a link's preview.
    CLUB_COLOR = Default("#0b5c8a");
    /// Of whoever does not say theirs.
    CLUB_LANGUAGE = Default("en");
    /// Where the club's days begin; a name of the IANA time zone database.
    CLUB_TIMEZONE = Default("UTC");
    /// Where this Worker is reached.
    PUBLIC_ORIGIN = Required;
    /// Where Stripe's API is.
    STRIPE_API_BASE = Default("https://api.stripe.com");
    /// The hosts that a redirect may lead to.
    STRIPE_CHECKOUT_HOSTS = Default("checkout.stripe.com");
    /// One key: of its mode are all sessions.
    STRIPE_SECRET_KEY = RequiredSecret;
    /// At least one; several while one is rolled.
    STRIPE_WEBHOOK_SECRET = RequiredSecret;
    /// From when on a pending order is replaced.
    STALE_AFTER_MINUTES = Default("30");
    /// How long a session of Stripe lives.
    SESSION_LIFETIME_MINUTES = Default("65");
    /// Which people get the page with the button first.
    CONFIRM = Default("unsure");
    /// Nobody can pay for a while.
    PAUSED = Default("off");
    /// A second payment for a charge is refunded at once.
    AUTO_REFUND = Default("off");
    /// How many requests a run of the cron may make.
    RECONCILE_BUDGET = Default("45");
    /// Whose pages may ask for sessions.
    ALLOWED_ORIGINS = Off;
    /// From which day of the month on the cron opens it.
    BILLING_DAY = Off;
    /// After how many days a month's charges are due.
    DUE_AFTER_DAYS = Default("14");
    /// Where alerts are posted.
    ALERT_WEBHOOK_URL = Off;
    /// The address that gets alerts by email.
    ALERT_EMAIL = Off;
    /// Whom emails come from.
    MAIL_FROM = Off;
    /// After how many days payers are reminded by rule.
    REMIND_AFTER_DAYS = Off;
    /// How many reminders a charge gets at most.
    REMIND_AT_MOST = Default("2");
    /// The operators, each as `name:secret`.
    ADMIN_TOKEN = RequiredSecret;
    /// The audience of the Access application in front of the desk.
    ACCESS_AUD = Off;
    /// Whom of those that Access lets through the desk lets in.
    ACCESS_OPERATORS = Off;
    /// Answers carry `Server-Timing`.
    DEBUG_TIMING = Default("off");
}
