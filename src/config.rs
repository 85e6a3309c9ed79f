//! The configuration: read once, complete or not at all.
//!
//! Every variable is checked here, and everything that is wrong is named at once, so that an operator
//! need not deploy seven times to find seven mistakes. Secrets have no `Debug` and no `Display`: they
//! cannot slip into a log.

use sha2::{Digest, Sha256};

use crate::{
    domain::id::Mode,
    guard::{CheckoutHosts, Policy, Rules, WAITS},
    order::Millis,
    pages::color::Color,
};

/// The club's colour where `CLUB_COLOR` names none.
pub const DEFAULT_CLUB_COLOR: Color = Color::new(0x0b5c8a);

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

/// A secret; it can be used, but not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, for the one place that needs it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether somebody else knows it; the time taken says nothing about how much of a guess is right.
    #[must_use]
    pub fn is(&self, guess: &str) -> bool {
        Sha256::digest(self.0.as_bytes()) == Sha256::digest(guess.as_bytes())
    }
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
    /// `STRIPE_API_BASE`, without a slash at its end.
    pub stripe_api_base: String,
    /// `STRIPE_SECRET_KEY`.
    pub stripe_secret_key: Secret,
    /// `STRIPE_WEBHOOK_SECRET`, several separated by commas.
    pub stripe_webhook_secret: Secret,
    /// `ADMIN_TOKEN`.
    pub admin_token: Secret,
    /// `CONFIRM`.
    pub confirm: Confirm,
    /// `ALERT_WEBHOOK_URL`: where alerts are posted.
    pub alert_webhook_url: Option<String>,
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
        let mut reader = Reader {
            get,
            wrong: Vec::new(),
        };
        let stale_after = reader.minutes("STALE_AFTER_MINUTES", 30, 1..=720);
        let lifetime = reader.minutes("SESSION_LIFETIME_MINUTES", 65, 31..=1440);
        if lifetime.0 < stale_after.0 + Millis::minutes(30).0 {
            reader.wrong(
                "SESSION_LIFETIME_MINUTES",
                "must be at least STALE_AFTER_MINUTES + 30",
            );
        }
        let hosts = reader.text("STRIPE_CHECKOUT_HOSTS", Some("checkout.stripe.com"));
        let hosts = CheckoutHosts::parse(&hosts);
        if let Err(why) = &hosts {
            reader.wrong("STRIPE_CHECKOUT_HOSTS", why);
        }
        let club_name = reader.text("CLUB_NAME", None);
        let public_origin = reader.origin("PUBLIC_ORIGIN", None);
        let rest = Rest::read(&mut reader);
        let is_live = rest.stripe_secret_key.reveal().contains("_live_");
        let policy = hosts.ok().map(|hosts| Policy {
            rules: Rules { stale_after, hosts },
            session_lifetime: lifetime,
            club_name,
            public_origin,
            mode: Mode::of_livemode(is_live),
            waits: WAITS,
            auto_refund: rest.auto_refund,
        });
        match (policy, reader.wrong) {
            (Some(policy), wrong) if wrong.is_empty() => Ok(rest.with(policy)),
            (_, wrong) => Err(Misconfigured(wrong)),
        }
    }
}

/// The variables that stand for themselves.
struct Rest {
    club_contact: String,
    club_color: Color,
    stripe_api_base: String,
    stripe_secret_key: Secret,
    stripe_webhook_secret: Secret,
    admin_token: Secret,
    confirm: Confirm,
    auto_refund: bool,
    alert_webhook_url: Option<String>,
    debug_timing: bool,
}

impl Rest {
    fn read<G: Fn(&str) -> Option<String>>(reader: &mut Reader<G>) -> Self {
        Self {
            club_contact: reader.text("CLUB_CONTACT", None),
            club_color: reader.color("CLUB_COLOR", DEFAULT_CLUB_COLOR),
            stripe_api_base: reader.origin("STRIPE_API_BASE", Some("https://api.stripe.com")),
            stripe_secret_key: reader.secret("STRIPE_SECRET_KEY", &["sk_", "rk_"], 1),
            stripe_webhook_secret: reader.secret("STRIPE_WEBHOOK_SECRET", &["whsec_"], 1),
            admin_token: reader.secret("ADMIN_TOKEN", &[], 8),
            confirm: match reader.text("CONFIRM", Some("unsure")).as_str() {
                "always" => Confirm::Always,
                "never" => Confirm::Never,
                "unsure" => Confirm::Unsure,
                _ => {
                    reader.wrong("CONFIRM", "must be always, unsure or never");
                    Confirm::Unsure
                }
            },
            auto_refund: reader.switch("AUTO_REFUND"),
            alert_webhook_url: reader.optional_url("ALERT_WEBHOOK_URL"),
            debug_timing: reader.switch("DEBUG_TIMING"),
        }
    }

    fn with(self, policy: Policy) -> Config {
        Config {
            policy,
            club_contact: self.club_contact,
            club_color: self.club_color,
            stripe_api_base: self.stripe_api_base,
            stripe_secret_key: self.stripe_secret_key,
            stripe_webhook_secret: self.stripe_webhook_secret,
            admin_token: self.admin_token,
            confirm: self.confirm,
            alert_webhook_url: self.alert_webhook_url,
            debug_timing: self.debug_timing,
        }
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

    fn color(&mut self, name: &str, default: Color) -> Color {
        let given = self.given(name);
        let color = given.map_or(Some(default), |text| Color::parse(&text));
        color.unwrap_or_else(|| {
            self.wrong(name, "must be a colour as #rrggbb, such as #0b5c8a");
            default
        })
    }

    fn minutes(
        &mut self,
        name: &str,
        default: i64,
        range: std::ops::RangeInclusive<i64>,
    ) -> Millis {
        let minutes = self.given(name).map_or(Ok(default), |text| text.parse());
        match minutes {
            Ok(minutes) if range.contains(&minutes) => Millis::minutes(minutes),
            _ => {
                let why = format!(
                    "must be a whole number from {} to {}",
                    range.start(),
                    range.end()
                );
                self.wrong(name, &why);
                Millis::minutes(default)
            }
        }
    }

    fn origin(&mut self, name: &str, default: Option<&str>) -> String {
        let origin = self.text(name, default).trim_end_matches('/').to_owned();
        let host = origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://"));
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b);
        let is_origin = host.is_some_and(|host| !host.is_empty() && host.bytes().all(plain));
        let is_local = host.is_some_and(|host| {
            let name = host.split(':').next().unwrap_or_default();
            name == "localhost" || name == "127.0.0.1"
        });
        if origin.is_empty() {
            // Named as missing already.
        } else if !is_origin {
            self.wrong(name, "must be an origin: https://host, nothing after it");
        } else if origin.starts_with("http://") && !is_local {
            self.wrong(name, "must be https, but for localhost");
        }
        origin
    }

    fn optional_url(&mut self, name: &str) -> Option<String> {
        let url = self.given(name)?;
        if !url.starts_with("https://") && !url.starts_with("http://localhost") {
            self.wrong(name, "must be an https URL");
        }
        Some(url)
    }

    fn secret(&mut self, name: &str, prefixes: &[&str], least: usize) -> Secret {
        let secret = self.text(name, None);
        let mut each = secret.split(',').map(str::trim);
        let begins = |part: &str| {
            prefixes.is_empty() || prefixes.iter().any(|prefix| part.starts_with(prefix))
        };
        if secret.is_empty() {
            // Named as missing already.
        } else if !each.all(begins) {
            self.wrong(name, &format!("must begin with {}", prefixes.join(" or ")));
        } else if secret.len() < least {
            self.wrong(name, &format!("must have at least {least} characters"));
        } else if !secret.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
            self.wrong(name, "must be plain ASCII");
        }
        Secret(secret)
    }

    fn switch(&mut self, name: &str) -> bool {
        match self.given(name).as_deref() {
            Some("on") => true,
            None | Some("off") => false,
            Some(_) => {
                self.wrong(name, "must be on or off");
                false
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
        ("STRIPE_SECRET_KEY", "sk_test_1"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_1, whsec_2"),
        ("ADMIN_TOKEN", "0123456789abcdef"),
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

    #[test]
    fn the_rest_has_defaults() {
        let config = read(&[]).unwrap_or_else(|wrong| unreachable!("{wrong:?}"));
        assert_eq!(config.policy.public_origin, "https://pay.club.example");
        assert_eq!(config.stripe_api_base, "https://api.stripe.com");
        assert_eq!(config.policy.rules.stale_after, Millis::minutes(30));
        assert_eq!(config.policy.session_lifetime, Millis::minutes(65));
        assert_eq!(config.club_color, DEFAULT_CLUB_COLOR);
        assert!(
            config.confirm == Confirm::Unsure && !config.policy.auto_refund && !config.debug_timing
        );
    }

    #[test]
    fn everything_wrong_is_named_at_once_and_no_value_shown() {
        let wrong = read(&[
            ("CLUB_NAME", " "),
            ("PUBLIC_ORIGIN", "http://club.example"),
            ("STRIPE_SECRET_KEY", "pk_live_hush"),
            ("ADMIN_TOKEN", "hush"),
            ("SESSION_LIFETIME_MINUTES", "45"),
            ("CONFIRM", "sometimes"),
            ("AUTO_REFUND", "yes"),
            ("CLUB_COLOR", "navy"),
            ("STRIPE_CHECKOUT_HOSTS", "a/b"),
        ]);
        let Err(Misconfigured(lines)) = wrong else {
            unreachable!("accepted")
        };
        let text = lines.join("\n");
        for name in [
            "CLUB_NAME",
            "PUBLIC_ORIGIN",
            "STRIPE_SECRET_KEY",
            "ADMIN_TOKEN",
            "SESSION_LIFETIME_MINUTES",
            "CONFIRM",
            "AUTO_REFUND",
            "CLUB_COLOR",
            "STRIPE_CHECKOUT_HOSTS",
        ] {
            assert!(text.contains(name), "{name}: {text}");
        }
        assert!(!text.contains("hush"));
    }

    #[test]
    fn a_secret_is_compared_whole() {
        let secret = Secret("0123456789abcdef".to_owned());
        assert!(secret.is("0123456789abcdef"));
        assert!(!secret.is("0123456789abcde") && !secret.is(""));
    }
}
