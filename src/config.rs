//! The configuration: read once, complete or not at all.
//!
//! Every variable is checked here, and everything that is wrong is named at once, by name and never by
//! value, so that an operator need not deploy seven times to find seven mistakes.

use std::ops::RangeInclusive;

use crate::{
    domain::{
        color::Color,
        id::Mode,
        language::Language,
        mail::is_address,
        operator::{AccessOperators, Operators},
        secret::Secret,
        time::Millis,
    },
    guard::{
        budget::Budget,
        decide::Rules,
        hosts::CheckoutHosts,
        policy::{Policy, WAITS},
    },
};

/// The club's colour where `CLUB_COLOR` names none.
pub const DEFAULT_CLUB_COLOR: Color = Color::new(0x0b5c8a);

/// The secrets that everybody knows.
const EXAMPLE: &str = include_str!("../.dev.vars.example");

/// Which people get the page with the button before they go on to the payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Confirm {
    /// Everybody.
    Always,
    /// Who may be a machine.
    Unsure,
    /// Nobody but who says to be a machine.
    Never,
}

/// All of it.
#[derive(Clone)]
pub struct Config {
    /// What new orders are made with.
    pub policy: Policy,
    /// `CLUB_CONTACT`: whom a parent asks; an address, a telephone number or a sentence.
    pub club_contact: String,
    /// `CLUB_COLOR`: of the pages and of a link's preview.
    pub club_color: Color,
    /// `CLUB_LANGUAGE`: of whoever does not say theirs.
    pub club_language: Language,
    /// `CLUB_TIMEZONE`: where the club's days begin; a name of the IANA time zone database.
    pub club_timezone: String,
    /// `STRIPE_API_BASE`, without a slash at its end.
    pub stripe_api_base: String,
    /// `STRIPE_SECRET_KEY`.
    pub stripe_secret_key: Secret,
    /// `STRIPE_WEBHOOK_SECRET`: at least one; several while one is rolled.
    pub stripe_webhook_secrets: Vec<Secret>,
    /// `ADMIN_TOKEN`.
    pub operators: Operators,
    /// `ACCESS_AUD` and `ACCESS_OPERATORS`: whom Cloudflare Access may name; nobody if it is not set.
    pub access: Option<AccessOperators>,
    /// `CONFIRM`.
    pub confirm: Confirm,
    /// `PAUSED`: nobody can pay for a while.
    pub paused: bool,
    /// `RECONCILE_BUDGET`: calls to Stripe and statements of the database that a run of the cron may make.
    pub reconcile_budget: Budget,
    /// `BILLING_DAY`: from which day of the month on the cron opens it; never if it is not set.
    pub billing_day: Option<u32>,
    /// `DUE_AFTER_DAYS`: after how many days a month's charges are due.
    pub due_after_days: u64,
    /// `ALLOWED_ORIGINS`: whose pages may ask for sessions; none by default.
    pub allowed_origins: Vec<String>,
    /// `ALERT_WEBHOOK_URL`: where alerts are posted.
    pub alert_webhook_url: Option<String>,
    /// `ALERT_EMAIL`: who is told of alerts.
    pub alert_email: Option<String>,
    /// `MAIL_FROM`: whom emails come from.
    pub mail_from: Option<String>,
    /// `REMIND_AFTER_DAYS` and `REMIND_AT_MOST`: when payers are reminded by rule; never, if it is not set.
    pub reminders: Option<Reminders>,
    /// `DEBUG_TIMING`: answers carry `Server-Timing`.
    pub debug_timing: bool,
}

/// When payers are reminded by rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reminders {
    /// So many days after the last email about the charge, and after the day on which it is due.
    pub after_days: i64,
    /// So many reminders a charge.
    pub at_most: u32,
}

/// What emails to those who pay are made with.
#[derive(Clone, PartialEq, Eq)]
pub struct MailSettings {
    /// `CLUB_NAME`.
    pub club_name: String,
    /// `CLUB_CONTACT`.
    pub club_contact: String,
    /// `CLUB_COLOR`.
    pub club_color: Color,
    /// `CLUB_LANGUAGE`.
    pub language: Language,
    /// `CLUB_TIMEZONE`.
    pub timezone: String,
    /// `PUBLIC_ORIGIN`.
    pub public_origin: String,
    /// `MAIL_FROM`.
    pub from: Option<String>,
    /// Whom an answer goes to: `CLUB_CONTACT`, if it is an address.
    pub reply_to: Option<String>,
    /// When payers are reminded by rule.
    pub reminders: Option<Reminders>,
    /// `PAUSED`: nothing goes out.
    pub paused: bool,
}

/// Where alerts go, and what they say of the club.
#[derive(Clone, PartialEq, Eq)]
pub struct AlertSettings {
    /// `CLUB_NAME`.
    pub club_name: String,
    /// `PUBLIC_ORIGIN`; empty if it is not known.
    pub public_origin: String,
    /// `ALERT_WEBHOOK_URL`.
    pub webhook_url: Option<String>,
    /// `ALERT_EMAIL`.
    pub email: Option<String>,
    /// `MAIL_FROM`.
    pub mail_from: Option<String>,
}

impl AlertSettings {
    /// Reads only these variables, for a configuration that is wrong otherwise. An invalid one counts as not set.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let mut reader = Reader {
            get,
            wrong: Vec::new(),
        };
        let club_name = reader.text("CLUB_NAME", Some("checkout-guard"));
        let public_origin = reader.valid(|it| it.origin("PUBLIC_ORIGIN", None));
        Self {
            club_name,
            public_origin: public_origin.unwrap_or_default(),
            webhook_url: reader
                .valid(|it| it.optional_url("ALERT_WEBHOOK_URL"))
                .flatten(),
            email: reader
                .valid(|it| it.optional_address("ALERT_EMAIL"))
                .flatten(),
            mail_from: reader
                .valid(|it| it.optional_address("MAIL_FROM"))
                .flatten(),
        }
    }
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
        let mut reader = Reader {
            get,
            wrong: Vec::new(),
        };
        let stale_after = Millis::minutes(reader.number("STALE_AFTER_MINUTES", 30, 1..=720));
        let lifetime = Millis::minutes(reader.number("SESSION_LIFETIME_MINUTES", 65, 31..=1440));
        if lifetime.0 < stale_after.0 + Millis::minutes(30).0 {
            reader.wrong(
                "SESSION_LIFETIME_MINUTES",
                "must be at least STALE_AFTER_MINUTES + 30",
            );
        }
        let hosts = reader.checkout_hosts();
        let club_name = reader.text("CLUB_NAME", None);
        let public_origin = reader.origin("PUBLIC_ORIGIN", None);
        let club_contact = reader.text("CLUB_CONTACT", None);
        let club_color = reader.color("CLUB_COLOR", DEFAULT_CLUB_COLOR);
        let club_language = reader.language("CLUB_LANGUAGE", Language::En);
        let club_timezone = reader.timezone("CLUB_TIMEZONE", "UTC");
        let stripe_api_base = reader.origin("STRIPE_API_BASE", Some("https://api.stripe.com"));
        let key = reader.stripe_key();
        let stripe_webhook_secrets = reader.webhook_secrets();
        let operators = reader.operators();
        let access = reader.access();
        if is_far(&public_origin) {
            reader.refuse_examples();
        }
        let confirm = reader.confirm();
        let paused = reader.switch("PAUSED");
        let auto_refund = reader.switch("AUTO_REFUND");
        let reconcile_budget = Budget {
            subrequests: reader.number("RECONCILE_BUDGET", 45, 20..=10_000),
        };
        let billing_day = reader.optional_number("BILLING_DAY", 1..=28);
        let due_after_days = reader.number("DUE_AFTER_DAYS", 14, 0..=365);
        let allowed_origins = reader.origins("ALLOWED_ORIGINS");
        let alert_webhook_url = reader.optional_url("ALERT_WEBHOOK_URL");
        let alert_email = reader.optional_address("ALERT_EMAIL");
        let mail_from = reader.optional_address("MAIL_FROM");
        let reminders = reader.reminders();
        let debug_timing = reader.switch("DEBUG_TIMING");
        match (hosts, key, operators, reader.wrong) {
            (Some(hosts), Some((mode, stripe_secret_key)), Some(operators), wrong)
                if wrong.is_empty() =>
            {
                Ok(Self {
                    policy: Policy {
                        rules: Rules { stale_after, hosts },
                        session_lifetime: lifetime,
                        club_name,
                        club_language,
                        public_origin,
                        mode,
                        waits: WAITS,
                        auto_refund,
                    },
                    club_contact,
                    club_color,
                    club_language,
                    club_timezone,
                    stripe_api_base,
                    stripe_secret_key,
                    stripe_webhook_secrets,
                    operators,
                    access,
                    confirm,
                    paused,
                    reconcile_budget,
                    billing_day,
                    due_after_days,
                    allowed_origins,
                    alert_webhook_url,
                    alert_email,
                    mail_from,
                    reminders,
                    debug_timing,
                })
            }
            (_, _, _, wrong) => Err(Misconfigured(wrong)),
        }
    }
}

impl Config {
    /// Where alerts go.
    #[must_use]
    pub fn alerts(&self) -> AlertSettings {
        AlertSettings {
            club_name: self.policy.club_name.clone(),
            public_origin: self.policy.public_origin.clone(),
            webhook_url: self.alert_webhook_url.clone(),
            email: self.alert_email.clone(),
            mail_from: self.mail_from.clone(),
        }
    }

    /// What emails to those who pay are made with.
    #[must_use]
    pub fn mail(&self) -> MailSettings {
        let contact = Some(&self.club_contact).filter(|contact| is_address(contact));
        MailSettings {
            club_name: self.policy.club_name.clone(),
            club_contact: self.club_contact.clone(),
            club_color: self.club_color,
            language: self.club_language,
            timezone: self.club_timezone.clone(),
            public_origin: self.policy.public_origin.clone(),
            from: self.mail_from.clone(),
            reply_to: contact.cloned(),
            reminders: self.reminders,
            paused: self.paused,
        }
    }
}

/// The key's mode, where it has the form of one.
fn stripe_mode(key: &str) -> Option<Mode> {
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

fn each(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim)
}

/// The value that the example has for a variable.
fn example(name: &str) -> Option<&'static str> {
    EXAMPLE
        .lines()
        .filter_map(|line| line.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// An origin's host, without its port.
fn host_name(origin: &str) -> Option<&str> {
    let host = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"))?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b);
    let is_host = !host.is_empty() && host.bytes().all(plain);
    is_host.then(|| host.split(':').next().unwrap_or_default())
}

fn is_local(host_name: &str) -> bool {
    matches!(host_name, "localhost" | "127.0.0.1")
}

/// Others than a developer may reach what is at this origin.
fn is_far(origin: &str) -> bool {
    host_name(origin).is_some_and(|name| !is_local(name))
}

/// Why a text is no origin; `None` where it is one.
fn no_origin(text: &str) -> Option<&'static str> {
    match host_name(text) {
        None => Some("must be an origin: https://host, nothing after it"),
        Some(name) if text.starts_with("http://") && !is_local(name) => {
            Some("must be https, but for localhost")
        }
        Some(_) => None,
    }
}

struct Reader<G> {
    get: G,
    wrong: Vec<String>,
}

impl<G: Fn(&str) -> Option<String>> Reader<G> {
    fn wrong(&mut self, name: &str, why: &str) {
        self.wrong.push(format!("{name} {why}"));
    }

    /// What `read` reads, if nothing is wrong with it.
    fn valid<T>(&mut self, read: impl Fn(&mut Self) -> T) -> Option<T> {
        let before = self.wrong.len();
        let value = read(self);
        (self.wrong.len() == before).then_some(value)
    }

    fn given(&self, name: &str) -> Option<String> {
        (self.get)(name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    fn text(&mut self, name: &str, default: Option<&str>) -> String {
        let given = self.given(name).or_else(|| default.map(str::to_owned));
        given.unwrap_or_else(|| {
            self.wrong(name, "is missing");
            String::new()
        })
    }

    /// What is made of a variable that has a default.
    fn parsed<T>(
        &mut self,
        name: &str,
        default: T,
        why: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> T {
        let Some(given) = self.given(name) else {
            return default;
        };
        parse(&given).unwrap_or_else(|| {
            self.wrong(name, why);
            default
        })
    }

    fn color(&mut self, name: &str, default: Color) -> Color {
        let why = "must be a colour as #rrggbb, such as #0b5c8a";
        self.parsed(name, default, why, Color::parse)
    }

    fn language(&mut self, name: &str, default: Language) -> Language {
        let why = format!("must be {}", Language::TAGS);
        self.parsed(name, default, &why, Language::parse)
    }

    /// A name as the IANA time zone database has them; whether it has this one is not known here.
    fn timezone(&mut self, name: &str, default: &str) -> String {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_+-".contains(&b);
        let part = |part: &str| {
            part.starts_with(|first: char| first.is_ascii_alphabetic()) && part.bytes().all(plain)
        };
        let why = "must be the name of a time zone, such as America/New_York";
        self.parsed(name, default.to_owned(), why, |text| {
            let fits =
                text.len() <= 64 && text.split('/').count() <= 3 && text.split('/').all(part);
            fits.then(|| text.to_owned())
        })
    }

    fn number<N>(&mut self, name: &str, default: N, range: RangeInclusive<N>) -> N
    where
        N: std::str::FromStr + PartialOrd + std::fmt::Display,
    {
        self.optional_number(name, range).unwrap_or(default)
    }

    fn optional_number<N>(&mut self, name: &str, range: RangeInclusive<N>) -> Option<N>
    where
        N: std::str::FromStr + PartialOrd + std::fmt::Display,
    {
        let why = format!(
            "must be a whole number from {} to {}",
            range.start(),
            range.end()
        );
        self.parsed(name, None, &why, |text| {
            let number = text.parse().ok().filter(|number| range.contains(number));
            number.map(Some)
        })
    }

    fn reminders(&mut self) -> Option<Reminders> {
        let at_most = self.number("REMIND_AT_MOST", 2, 1..=10);
        let name = "REMIND_AFTER_DAYS";
        self.given(name)?;
        let after_days = self.number(name, 7, 1..=365);
        Some(Reminders {
            after_days,
            at_most,
        })
    }

    fn switch(&mut self, name: &str) -> bool {
        self.parsed(name, false, "must be on or off", |text| match text {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        })
    }

    fn confirm(&mut self) -> Confirm {
        let why = "must be always, unsure or never";
        self.parsed("CONFIRM", Confirm::Unsure, why, |text| match text {
            "always" => Some(Confirm::Always),
            "unsure" => Some(Confirm::Unsure),
            "never" => Some(Confirm::Never),
            _ => None,
        })
    }

    fn checkout_hosts(&mut self) -> Option<CheckoutHosts> {
        let name = "STRIPE_CHECKOUT_HOSTS";
        let list = self.text(name, Some("checkout.stripe.com"));
        // What the parser says names the entry, and this is shown to everybody.
        let hosts = CheckoutHosts::parse(&list).ok();
        if hosts.is_none() {
            self.wrong(name, "must be hosts or origins, separated by commas");
        }
        hosts
    }

    fn origin(&mut self, name: &str, default: Option<&str>) -> String {
        let origin = self.text(name, default).trim_end_matches('/').to_owned();
        if let Some(why) = no_origin(&origin).filter(|_| !origin.is_empty()) {
            self.wrong(name, why);
        }
        origin
    }

    fn origins(&mut self, name: &str) -> Vec<String> {
        let list = self.given(name).unwrap_or_default();
        let origins: Vec<String> = each(&list)
            .filter(|origin| !origin.is_empty())
            .map(|origin| origin.trim_end_matches('/').to_owned())
            .collect();
        if let Some(why) = origins.iter().find_map(|origin| no_origin(origin)) {
            self.wrong(name, why);
        }
        origins
    }

    fn optional_url(&mut self, name: &str) -> Option<String> {
        let url = self.given(name)?;
        let rest = url.strip_prefix("https://").or_else(|| {
            let rest = url.strip_prefix("http://")?;
            is_local(rest.split([':', '/']).next()?).then_some(rest)
        });
        if !rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic()))
        {
            self.wrong(name, "must be an https URL");
        }
        Some(url)
    }

    fn optional_address(&mut self, name: &str) -> Option<String> {
        let address = self.given(name)?;
        if !is_address(&address) {
            self.wrong(name, "must be an email address");
        }
        Some(address)
    }

    fn stripe_key(&mut self) -> Option<(Mode, Secret)> {
        let name = "STRIPE_SECRET_KEY";
        let key = self.text(name, None);
        let mode = stripe_mode(&key);
        if mode.is_none() && !key.is_empty() {
            self.wrong(
                name,
                "must be one key: sk_test_, sk_live_, rk_test_ or rk_live_ and at least 8 characters",
            );
        }
        Some((mode?, Secret::new(key)))
    }

    fn webhook_secrets(&mut self) -> Vec<Secret> {
        let name = "STRIPE_WEBHOOK_SECRET";
        let list = self.text(name, None);
        if !list.is_empty() && !each(&list).all(|secret| is_secret(secret, "whsec_")) {
            self.wrong(
                name,
                "must be whsec_ and at least 8 characters; several are separated by commas",
            );
        }
        each(&list)
            .map(|secret| Secret::new(secret.to_owned()))
            .collect()
    }

    fn operators(&mut self) -> Option<Operators> {
        let name = "ADMIN_TOKEN";
        let list = self.text(name, None);
        let operators = Operators::parse(&list);
        if let Err(why) = operators
            && !list.is_empty()
        {
            self.wrong(name, why);
        }
        operators.ok()
    }

    fn access(&mut self) -> Option<AccessOperators> {
        let (aud, list) = ("ACCESS_AUD", "ACCESS_OPERATORS");
        let (audience, emails) = (self.given(aud), self.given(list));
        let Some(audience) = audience else {
            // Who names people means to let them in; without an audience nobody would be.
            if emails.is_some() {
                self.wrong(list, "needs ACCESS_AUD");
            }
            return None;
        };
        if !audience.bytes().all(|b| b.is_ascii_graphic() && b != b',') {
            self.wrong(aud, "must be one audience tag of an Access application");
        }
        let access = AccessOperators::parse(&audience, emails.as_deref());
        if let Err(why) = access {
            self.wrong(list, why);
        }
        access.ok()
    }

    /// What anybody can read in `.dev.vars.example` keeps nobody out.
    fn refuse_examples(&mut self) {
        // Of an operator, the secret is what counts.
        let secret = |entry: &str| entry.rsplit(':').next().unwrap_or_default().to_owned();
        for name in ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "ADMIN_TOKEN"] {
            let given = self.given(name).unwrap_or_default();
            let known = example(name).map(secret);
            if each(&given).any(|entry| known == Some(secret(entry))) {
                self.wrong(
                    name,
                    "must not be the example's where PUBLIC_ORIGIN is not local",
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 6] = [
        ("CLUB_NAME", "Example Youth Club"),
        ("CLUB_CONTACT", "treasurer@club.example"),
        ("PUBLIC_ORIGIN", "https://pay.club.example/"),
        ("STRIPE_SECRET_KEY", "sk_test_12345678"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_12345678, whsec_23456789"),
        ("ADMIN_TOKEN", "treasurer:0123456789abcdef0123456789abcdef"),
    ];

    fn read(changes: &[(&str, &str)]) -> Result<Config, Misconfigured> {
        Config::read(|name| {
            let of = |set: &[(&str, &str)]| {
                set.iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| (*value).to_owned())
            };
            of(changes).or_else(|| of(&GOOD))
        })
    }

    fn good(changes: &[(&str, &str)]) -> Config {
        read(changes).unwrap_or_else(|Misconfigured(lines)| unreachable!("{lines:?}"))
    }

    fn wrong(changes: &[(&str, &str)]) -> String {
        match read(changes) {
            Ok(_) => String::new(),
            Err(Misconfigured(lines)) => lines.join("\n"),
        }
    }

    #[test]
    fn the_rest_has_defaults() {
        let config = good(&[]);
        assert_eq!(config.policy.public_origin, "https://pay.club.example");
        assert_eq!(config.stripe_api_base, "https://api.stripe.com");
        assert_eq!(config.policy.rules.stale_after, Millis::minutes(30));
        assert_eq!(config.policy.session_lifetime, Millis::minutes(65));
        assert_eq!(config.club_color, DEFAULT_CLUB_COLOR);
        assert!(
            config.confirm == Confirm::Unsure && !config.policy.auto_refund && !config.debug_timing
        );
        assert_eq!(config.club_language, Language::En);
        assert_eq!(config.club_timezone, "UTC");
        assert_eq!(config.reconcile_budget.subrequests, 45);
        assert_eq!((config.billing_day, config.due_after_days), (None, 14));
        assert!(!config.paused && config.allowed_origins.is_empty());
        assert!(config.access.is_none());
        assert_eq!((config.alert_email, config.mail_from), (None, None));
        let secrets = config.stripe_webhook_secrets.iter().map(Secret::reveal);
        assert_eq!(
            secrets.collect::<Vec<_>>(),
            ["whsec_12345678", "whsec_23456789"]
        );
    }

    #[test]
    fn what_is_set_is_read() {
        let config = good(&[
            ("CLUB_LANGUAGE", "es"),
            ("CLUB_TIMEZONE", "America/Argentina/Buenos_Aires"),
            ("PAUSED", "on"),
            ("RECONCILE_BUDGET", "10000"),
            ("BILLING_DAY", "28"),
            ("DUE_AFTER_DAYS", "0"),
            (
                "ALLOWED_ORIGINS",
                "https://club.example/, http://localhost:5173",
            ),
            ("ALERT_EMAIL", "treasurer@club.example"),
            ("MAIL_FROM", "payments@club.example"),
        ]);
        assert_eq!(config.club_language, Language::Es);
        assert_eq!(config.club_timezone, "America/Argentina/Buenos_Aires");
        assert!(config.paused && config.reconcile_budget.subrequests == 10_000);
        assert_eq!((config.billing_day, config.due_after_days), (Some(28), 0));
        assert_eq!(
            config.allowed_origins,
            ["https://club.example", "http://localhost:5173"]
        );
        let (to, from) = (config.alert_email, config.mail_from);
        assert_eq!(to.as_deref(), Some("treasurer@club.example"));
        assert_eq!(from.as_deref(), Some("payments@club.example"));
        for zone in ["UTC", "Europe/Berlin", "Etc/GMT+5"] {
            assert_eq!(good(&[("CLUB_TIMEZONE", zone)]).club_timezone, zone);
        }
    }

    #[test]
    fn everything_wrong_is_named_at_once_and_no_value_shown() {
        let all = [
            ("CLUB_NAME", " "),
            ("PUBLIC_ORIGIN", "http://hush.example"),
            ("STRIPE_SECRET_KEY", "pk_live_hush"),
            ("STRIPE_WEBHOOK_SECRET", "hush"),
            ("ADMIN_TOKEN", "hush"),
            ("ACCESS_AUD", "hush hush"),
            ("ACCESS_OPERATORS", "hush@hush.example, hush"),
            ("SESSION_LIFETIME_MINUTES", "45"),
            ("RECONCILE_BUDGET", "19"),
            ("BILLING_DAY", "29"),
            ("DUE_AFTER_DAYS", "-1"),
            ("CONFIRM", "hush"),
            ("PAUSED", "hush"),
            ("AUTO_REFUND", "yes"),
            ("CLUB_COLOR", "hush"),
            ("CLUB_LANGUAGE", "hush"),
            ("CLUB_TIMEZONE", "hush/"),
            ("STRIPE_CHECKOUT_HOSTS", "hush/b"),
            ("STRIPE_API_BASE", "hush"),
            ("ALLOWED_ORIGINS", "https://club.example, hush"),
            ("ALERT_WEBHOOK_URL", "http://localhost.hush.example/"),
            ("ALERT_EMAIL", "hush"),
            ("MAIL_FROM", "hush <hush@hush.example>"),
        ];
        let text = wrong(&all);
        for (name, _) in all {
            assert!(text.contains(name), "{name}: {text}");
        }
        assert_eq!(text.lines().count(), all.len(), "{text}");
        assert!(!text.contains("hush"), "{text}");
    }

    #[test]
    fn access_is_off_unless_it_is_asked_for() {
        let list = (
            "ACCESS_OPERATORS",
            "Treasurer@Club.example , coach@club.example",
        );
        let named = |config: &Config, email: &str| {
            let access = config.access.as_ref();
            access.is_some_and(|access| access.operator(email).is_some())
        };
        assert_eq!(wrong(&[list]), "ACCESS_OPERATORS needs ACCESS_AUD");
        assert!(good(&[("ACCESS_AUD", " ")]).access.is_none());
        let everybody = good(&[("ACCESS_AUD", "0123abcd")]);
        assert!(named(&everybody, "anybody@other.example"));
        let some = good(&[("ACCESS_AUD", "0123abcd"), list]);
        assert!(named(&some, "treasurer@club.example") && named(&some, "COACH@club.example"));
        assert!(!named(&some, "treasurer@other.example"));
        for none in [",", "treasurer@club.example,", "treasurer"] {
            let text = wrong(&[("ACCESS_AUD", "0123abcd"), ("ACCESS_OPERATORS", none)]);
            assert!(text.starts_with("ACCESS_OPERATORS must be email"), "{text}");
        }
    }

    #[test]
    fn a_stripe_key_has_a_mode() {
        for (key, mode) in [
            ("sk_test_12345678", Mode::Test),
            ("rk_test_12345678", Mode::Test),
            ("sk_live_12345678", Mode::Live),
            ("rk_live_12345678", Mode::Live),
        ] {
            assert_eq!(good(&[("STRIPE_SECRET_KEY", key)]).policy.mode, mode);
        }
        for key in [
            "sk_test_1234567",
            "sk_12345678901234567",
            "pk_test_12345678",
            "sk_test_12345678,sk_test_23456789",
            "sk_test_1234 5678",
            "sk_test_123456é",
        ] {
            let text = wrong(&[("STRIPE_SECRET_KEY", key)]);
            assert!(
                text.starts_with("STRIPE_SECRET_KEY must be one key"),
                "{key}"
            );
        }
        for secrets in [
            "whsec_1234567",
            "whsec_12345678,",
            "whsec_12345678,12345678",
        ] {
            let text = wrong(&[("STRIPE_WEBHOOK_SECRET", secrets)]);
            assert!(
                text.starts_with("STRIPE_WEBHOOK_SECRET must be"),
                "{secrets}"
            );
        }
    }

    #[test]
    fn the_examples_secrets_are_for_a_developers_machine_alone() {
        let names = ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "ADMIN_TOKEN"];
        let examples = names.map(|name| (name, example(name).unwrap_or_default()));
        for (name, value) in examples {
            assert!(!value.is_empty(), "{name}");
            let text = wrong(&[(name, value)]);
            assert_eq!(
                text,
                format!("{name} must not be the example's where PUBLIC_ORIGIN is not local")
            );
            for local in ["http://localhost:8787", "http://127.0.0.1:8787"] {
                assert_eq!(wrong(&[(name, value), ("PUBLIC_ORIGIN", local)]), "");
            }
        }
        // Nor under another name, or beside one that is good.
        let [_, (_, whsec), (_, admin)] = examples;
        let secret = admin.split(':').nth(1).unwrap_or_default();
        let admin = format!("a:0123456789abcdef0123456789abcdef,b:{secret}");
        assert!(wrong(&[("ADMIN_TOKEN", &admin)]).contains("example"));
        let whsec = format!("whsec_12345678,{whsec}");
        assert!(wrong(&[("STRIPE_WEBHOOK_SECRET", &whsec)]).contains("example"));
    }
}
