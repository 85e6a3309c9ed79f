//! Tests of the configuration: what is read, what is refused, and that the table is what the files say.

use super::*;
use crate::domain::{id::Mode, language::Language, secret::Secret};

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
    assert_eq!(config.stripe.api_base, "https://api.stripe.com");
    assert_eq!(config.policy.rules.stale_after, Millis::minutes(30));
    assert_eq!(config.policy.session_lifetime, Millis::minutes(65));
    assert_eq!(config.club.color, DEFAULT_CLUB_COLOR);
    assert!(
        config.confirm == Confirm::Unsure && !config.policy.auto_refund && !config.debug_timing
    );
    assert_eq!(config.club.language, Language::En);
    assert_eq!(config.club.timezone, "UTC");
    assert_eq!(config.reconcile_budget.subrequests, 45);
    assert_eq!(
        (config.billing.day, config.billing.due_after_days),
        (None, 14)
    );
    assert!(!config.paused && config.allowed_origins.is_empty());
    assert!(config.desk.access.is_none());
    assert_eq!((config.alerts.email, config.alerts.mail_from), (None, None));
    let secrets = config.stripe.webhook_secrets.iter().map(Secret::reveal);
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
    assert_eq!(config.club.language, Language::Es);
    assert_eq!(config.club.timezone, "America/Argentina/Buenos_Aires");
    assert!(config.paused && config.reconcile_budget.subrequests == 10_000);
    assert_eq!(
        (config.billing.day, config.billing.due_after_days),
        (Some(28), 0)
    );
    assert_eq!(
        config.allowed_origins,
        ["https://club.example", "http://localhost:5173"]
    );
    let (to, from) = (config.alerts.email, config.alerts.mail_from);
    assert_eq!(to.as_deref(), Some("treasurer@club.example"));
    assert_eq!(from.as_deref(), Some("payments@club.example"));
    for zone in ["UTC", "Europe/Berlin", "Etc/GMT+5"] {
        assert_eq!(good(&[("CLUB_TIMEZONE", zone)]).club.timezone, zone);
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
        let access = config.desk.access.as_ref();
        access.is_some_and(|access| access.operator(email).is_some())
    };
    assert_eq!(wrong(&[list]), "ACCESS_OPERATORS needs ACCESS_AUD");
    assert!(good(&[("ACCESS_AUD", " ")]).desk.access.is_none());
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
    let examples = names.map(|name| (name, example::value(name).unwrap_or_default()));
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

/// `NAME = "value"` lines of `wrangler.toml`'s `[vars]`.
fn wrangler() -> Vec<(&'static str, &'static str)> {
    let file = include_str!("../../wrangler.toml");
    let vars = file.split("[vars]").nth(1).unwrap_or_default();
    let vars = vars.split("\n[[").next().unwrap_or_default();
    let lines = vars.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, value)| (name, value.trim_matches('"')))
        .collect()
}

#[test]
fn the_table_is_what_wrangler_and_the_docs_have() {
    use variables::{ALL, Unset};
    let page = include_str!("../../docs/configuration.md");
    let secrets = include_str!("../../wrangler.toml")
        .lines()
        .find(|line| line.starts_with("required = "))
        .unwrap_or_default();
    let set = wrangler();
    for variable in ALL {
        let name = variable.name;
        let row = format!("\n| `{name}` |");
        assert!(page.contains(&row), "docs/configuration.md: {name}");
        let value = set
            .iter()
            .find(|(of, _)| *of == name)
            .map(|(_, value)| *value);
        match variable.unset {
            Unset::Required => assert!(value.is_some_and(|value| !value.is_empty()), "{name}"),
            Unset::Default(default) => assert_eq!(value, Some(default), "{name}"),
            Unset::Off => assert_eq!(value, Some(""), "{name}"),
            Unset::RequiredSecret => {
                assert!(
                    value.is_none() && secrets.contains(&format!("\"{name}\"")),
                    "{name}"
                );
            }
        }
    }
    let known = |name: &str| ALL.iter().any(|variable| variable.name == name);
    let unknown: Vec<_> = set.iter().filter(|(name, _)| !known(name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
