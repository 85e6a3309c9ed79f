//! The checks of what is well and what is not: one function a check, from what was found to a sentence and what to do.

use super::queries::EmailSigns;
use crate::{
    config::Config,
    domain::{
        error::{StoreError, StripeError},
        health::{Check, Due, Level, Reading, Signs, WebhookEndpoint},
        id::Mode,
        path,
        time::{Millis, UnixMillis, Zone},
    },
    store::health::SCHEMA,
    stripe::version::{API_VERSION, EVENT_TYPES},
};

/// From then on a webhook came late: Stripe delivers within seconds, and reconcile finds what was not delivered.
const LATE: Millis = Millis::minutes(10);
/// The cron runs every five minutes.
const MISSED_RUNS: Millis = Millis::minutes(15);
/// An order that is due this long waits for more than a run or two.
const OVERDUE: Millis = Millis::minutes(30);

/// A check before it has a name.
struct Finding {
    status: Level,
    detail: String,
    advice: Option<String>,
    stops_payments: bool,
}

impl Finding {
    fn new(status: Level, detail: impl Into<String>, advice: Option<String>) -> Self {
        Self {
            status,
            detail: detail.into(),
            advice,
            stops_payments: false,
        }
    }

    fn ok(detail: impl Into<String>) -> Self {
        Self::new(Level::Ok, detail, None)
    }

    fn warn(detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(Level::Warn, detail, Some(advice.into()))
    }

    fn bad(detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self::new(Level::Bad, detail, Some(advice.into()))
    }

    /// Nobody can pay as long as it is so.
    fn stopped(detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            stops_payments: true,
            ..Self::bad(detail, advice)
        }
    }

    fn of(self, name: &'static str, title: &'static str) -> Check {
        let Self {
            status,
            detail,
            advice,
            stops_payments,
        } = self;
        Check {
            name,
            title,
            status,
            detail,
            advice,
            stops_payments,
        }
    }
}

fn unread() -> Finding {
    Finding::bad(
        "The database cannot be read.",
        "See the check of the database.",
    )
}

/// Whether Stripe's events arrive.
pub fn webhooks(signs: &Result<Signs, StoreError>, now: UnixMillis, zone: &Zone<'_>) -> Check {
    let finding = match signs {
        Err(_) => unread(),
        Ok(Signs { event: None, .. }) => Finding::warn(
            "No event of Stripe has been recorded yet.",
            "If somebody has paid already, see the check of the webhook endpoint.",
        ),
        Ok(Signs {
            event: Some(event), ..
        }) => {
            let delay = event.received_at.since(event.created_at);
            let at = zone.minute(event.received_at);
            let ago = now.since(event.received_at);
            let detail = format!(
                "The newest event was recorded on {at} ({ago} ago), {delay} after it happened."
            );
            if delay > LATE {
                Finding::warn(
                    detail,
                    "That is late. If it happens again, look at the failed deliveries in Stripe's dashboard.",
                )
            } else {
                Finding::ok(detail)
            }
        }
    };
    finding.of("webhooks", "Webhooks")
}

/// Whether the cron runs, and keeps up. A run carries out about so many of Stripe's events.
pub fn reconcile(
    signs: &Result<Signs, StoreError>,
    of_run: u32,
    now: UnixMillis,
    zone: &Zone<'_>,
) -> Check {
    let finding = match signs {
        Err(_) => unread(),
        Ok(Signs { ran_at: None, .. }) => Finding::warn(
            "No run of the cron has ended yet.",
            "Wait five minutes after the first deployment. If it stays so, check [triggers] in wrangler.toml.",
        ),
        Ok(Signs {
            ran_at: Some(at),
            due,
            reading,
            ..
        }) => {
            let ago = now.since(*at);
            let overdue = due.since.is_some_and(|since| now.since(since) > OVERDUE);
            let waiting = match due.count {
                0 => "no order waits to be looked at".to_owned(),
                1 => "1 order waits to be looked at".to_owned(),
                Due::MOST.. => format!("{} orders or more wait to be looked at", Due::MOST),
                count => format!("{count} orders wait to be looked at"),
            };
            let reads =
                reading.map_or_else(String::new, |it| still_to_read(&it, of_run, now, zone));
            let detail = format!("The last run ended {ago} ago, and {waiting}.{reads}");
            if ago > MISSED_RUNS {
                Finding::bad(
                    detail,
                    "It runs every five minutes. Check [triggers] in wrangler.toml, and the log for errors.",
                )
            } else if reading.is_some() {
                Finding::warn(
                    detail,
                    "Until then whoever clicks is told the truth, because Stripe is asked. It goes faster with more RECONCILE_BUDGET on a paid plan. See why webhooks were lost: the check of the webhook endpoint, and the failed deliveries in Stripe's dashboard.",
                )
            } else if overdue || due.count >= Due::MOST {
                Finding::warn(
                    detail,
                    "It does not keep up. On a paid plan, raise RECONCILE_BUDGET; and check that Stripe answers.",
                )
            } else {
                Finding::ok(detail)
            }
        }
    };
    finding.of("reconcile", "Reconcile")
}

/// Stripe's events that the cron has still to read, and how long that may take.
fn still_to_read(reading: &Reading, of_run: u32, now: UnixMillis, zone: &Zone<'_>) -> String {
    let (from, to) = (zone.minute(reading.since), zone.minute(reading.reached));
    let takes = match reading.runs_left(now) {
        None => "How long that takes cannot be said before more of them are read.".to_owned(),
        Some(1) => {
            "At the pace so far that takes about one more run, of one in five minutes.".to_owned()
        }
        Some(runs) => {
            let length = Millis::minutes(runs.saturating_mul(5));
            format!("At the pace so far that takes about {runs} more runs, {length}.")
        }
    };
    format!(
        " Stripe's events from {from} to {to} are still to be read, about {of_run} in a run: payments among them are not in \
         sight yet. {takes}"
    )
}

/// Whether Stripe takes the key, and of which mode it is.
pub fn stripe_key(answer: &Result<(), StripeError>, config: &Config) -> Check {
    let mode = config.policy.mode.as_str();
    let is_public = config.policy.public_origin.starts_with("https://");
    let finding = match answer {
        Ok(()) if config.policy.mode == Mode::Test && is_public => Finding::warn(
            "The key works. It is of test mode: no real money is taken.",
            "When the club is to be paid, set STRIPE_SECRET_KEY to a live key and STRIPE_WEBHOOK_SECRET to the live endpoint's.",
        ),
        Ok(()) => Finding::ok(format!("The key works. It is of {mode} mode.")),
        Err(StripeError::Unauthorized) => Finding::stopped(
            format!("Stripe refuses the key, which is of {mode} mode: nobody can pay."),
            "Set STRIPE_SECRET_KEY to a key that is not revoked and may write Checkout Sessions.",
        ),
        Err(error) => unanswered(error),
    };
    finding.of("stripe_key", "Stripe's key")
}

fn unanswered(error: &StripeError) -> Finding {
    match error {
        StripeError::Unreachable(_) | StripeError::ServerError { .. } => Finding::warn(
            "Stripe did not answer just now.",
            "Ask again in a minute. If it stays so, see status.stripe.com.",
        ),
        StripeError::IdempotencyMismatch
        | StripeError::NotOpen
        | StripeError::Refused(_)
        | StripeError::NotFound
        | StripeError::Unauthorized
        | StripeError::InvalidResponse(_) => Finding::bad(
            "Stripe answered what cannot be understood.",
            "Check STRIPE_API_BASE: it must lead to Stripe's API.",
        ),
    }
}

/// Whether Stripe sends its events here: all that are needed, in the version that this is written for.
pub fn webhook_endpoint(
    answer: &Result<Vec<WebhookEndpoint>, StripeError>,
    public_origin: &str,
) -> Check {
    let url = format!("{public_origin}{}", path::WEBHOOK);
    let finding = match answer {
        Err(StripeError::Unauthorized) => Finding::warn(
            "The key may not read webhook endpoints, so they were not checked.",
            "Give the key the permission to read them, or look at the endpoint in Stripe's dashboard.",
        ),
        Err(error) => unanswered(error),
        Ok(endpoints) => endpoint(endpoints, &url),
    };
    finding.of("webhook_endpoint", "Webhook endpoint")
}

fn endpoint(endpoints: &[WebhookEndpoint], url: &str) -> Finding {
    const MEND: &str = "`make deploy` corrects it, or do it in Stripe's dashboard.";
    let ours = || endpoints.iter().filter(|endpoint| endpoint.url == url);
    // Of several, one that works is enough.
    let Some(endpoint) = ours().find(|one| one.is_enabled).or_else(|| ours().next()) else {
        return Finding::bad(
            format!("Stripe has no webhook endpoint for {url} in the key's mode."),
            MEND,
        );
    };
    let lacks = |kind: &&str| !endpoint.events.iter().any(|has| has == *kind || has == "*");
    let missing: Vec<&str> = EVENT_TYPES.into_iter().filter(|kind| lacks(kind)).collect();
    if !endpoint.is_enabled {
        return Finding::bad(format!("The webhook endpoint {url} is disabled."), MEND);
    }
    if !missing.is_empty() {
        return Finding::bad(
            format!("The webhook endpoint does not get {}.", missing.join(", ")),
            MEND,
        );
    }
    match endpoint.api_version.as_deref() {
        Some(API_VERSION) => {
            Finding::ok("Stripe sends all events that are needed, in the version that is expected.")
        }
        other => Finding::warn(
            format!(
                "Stripe sends all events that are needed, but of API version {} instead of {API_VERSION}.",
                other.unwrap_or("the account's default")
            ),
            "They are read all the same. To change it, make a new endpoint of that version and delete the old one.",
        ),
    }
}

/// Whether the database is the one that this code expects.
pub fn database(newest: &Result<String, StoreError>) -> Check {
    const MIGRATE: &str = "`npx wrangler d1 migrations apply checkout-guard --remote`, or deploy the version that fits.";
    let finding = match newest {
        Ok(newest) if newest == SCHEMA => {
            Finding::ok(format!("The newest migration is {SCHEMA}, as expected."))
        }
        Ok(newest) => Finding::bad(
            format!(
                "The newest migration is {}, but {SCHEMA} is expected.",
                if newest.is_empty() { "none" } else { newest }
            ),
            MIGRATE,
        ),
        Err(StoreError::Failed(why)) if why.contains("no such ") => Finding::stopped(
            format!("The database lacks something that {SCHEMA} has: clicks fail."),
            MIGRATE,
        ),
        Err(StoreError::QuotaExceeded) => Finding::stopped(
            "D1's free plan refuses everything until midnight UTC: the rows that it has for a day are used up. Nobody can pay.",
            "Wait until then, or take the Workers Paid plan: it has no such limit. What used them up is in Cloudflare's dashboard, D1, Metrics.",
        ),
        Err(StoreError::Failed(_)) => Finding::stopped(
            "The database did not answer: clicks get \"try again\".",
            "Ask again in a minute. If it stays so, see www.cloudflarestatus.com.",
        ),
    };
    finding.of("database", "Database")
}

/// The check of what somebody should know about the configuration. All of it is complete, or nobody would get here.
pub fn configuration(config: &Config, knows_zone: bool) -> Check {
    let finding = if config.paused {
        Finding::stopped(
            "PAUSED is on: whoever opens a link is asked to come back later.",
            "Set it to off as soon as the database is restored and reconciled.",
        )
    } else if !knows_zone {
        Finding::warn(
            "CLUB_TIMEZONE is no time zone that is known: days begin as in UTC.",
            "Set it to a name like America/New_York.",
        )
    } else {
        Finding::ok("All variables are set and understood.")
    };
    finding.of("configuration", "Configuration")
}

/// Whether all limiters are bound.
pub fn limiters(missing: &[&str]) -> Check {
    let finding = if missing.is_empty() {
        Finding::ok("All limiters are there.")
    } else {
        Finding::warn(
            format!("Limiters are missing: {}.", missing.join(", ")),
            "Take their [[ratelimits]] from the project's wrangler.toml: without them guesses are not limited, or log-ins are refused.",
        )
    };
    finding.of("limiters", "Limiters")
}

/// From then on what was not sent is not news.
const RECENT: Millis = Millis::minutes(7 * 24 * 60);

/// Whether emails to those who pay go out.
pub fn emails(
    signs: &Result<EmailSigns, StoreError>,
    missing: Option<&str>,
    now: UnixMillis,
) -> Check {
    const LIST: &str = "See them on the page of emails: each says why.";
    let is_recent = |at: Option<UnixMillis>| at.is_some_and(|at| now.since(at) < RECENT);
    let finding = match (missing, signs) {
        (_, Err(_)) => unread(),
        (Some(missing), Ok(signs)) if signs.waits_since.is_some() => Finding::warn(
            format!("Emails wait, and {missing}."),
            "Set MAIL_FROM to an address of a domain that Cloudflare's Email Service may send for, and bind it as EMAIL. What waits for two weeks is canceled.",
        ),
        (Some(missing), Ok(_)) => {
            Finding::ok(format!("No emails are sent to those who pay: {missing}."))
        }
        (None, Ok(signs)) => {
            let waits = signs
                .waits_since
                .map_or(Millis(0), |since| now.since(since));
            if waits > OVERDUE {
                Finding::warn(
                    format!("Emails have been waiting for {waits}."),
                    "Many take a while: each run of the cron sends some. If it stays so, raise RECONCILE_BUDGET on a paid plan, and look at the log.",
                )
            } else if is_recent(signs.unclear_at) {
                Finding::warn("Nobody knows of some emails whether they went out.", LIST)
            } else if is_recent(signs.refused_at) {
                Finding::warn("Some emails were refused.", LIST)
            } else {
                Finding::ok("Emails go out.")
            }
        }
    };
    finding.of("emails", "Emails")
}

/// Whether anybody is told of incidents.
pub fn alerts(config: &Config, missing: &[&str]) -> Check {
    let by = [
        config.alerts.webhook_url.as_ref().map(|_| "a webhook"),
        config.alerts.email.as_ref().map(|_| "email"),
    ];
    let by: Vec<&str> = by.into_iter().flatten().collect();
    let finding = if by.is_empty() {
        Finding::warn(
            "Nobody is told of incidents: they stand on this desk alone.",
            "Set ALERT_WEBHOOK_URL or ALERT_EMAIL.",
        )
    } else if let Some(missing) = missing.first() {
        Finding::warn(
            format!("{}.", first_upper(missing)),
            "Set what is missing, or empty ALERT_EMAIL.",
        )
    } else {
        Finding::ok(format!("Incidents are told by {}.", by.join(" and by ")))
    };
    finding.of("alerts", "Alerts")
}

fn first_upper(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://pay.club.example/webhooks/stripe";

    fn of(url: &str, enabled: bool, events: &[&str], version: Option<&str>) -> WebhookEndpoint {
        WebhookEndpoint {
            url: url.to_owned(),
            is_enabled: enabled,
            events: events.iter().map(|kind| (*kind).to_owned()).collect(),
            api_version: version.map(str::to_owned),
        }
    }

    #[test]
    fn an_endpoint_must_be_ours_enabled_complete_and_of_the_version() {
        let all = EVENT_TYPES;
        for (endpoints, level, part) in [
            (vec![], Level::Bad, "no webhook endpoint"),
            (
                vec![of("https://other.example", true, &["*"], Some(API_VERSION))],
                Level::Bad,
                "no webhook endpoint",
            ),
            (
                vec![of(URL, false, &all, Some(API_VERSION))],
                Level::Bad,
                "disabled",
            ),
            (
                vec![of(URL, true, &all[1..], Some(API_VERSION))],
                Level::Bad,
                "checkout.session.completed.",
            ),
            (
                vec![of(URL, true, &all, Some("2020-08-27"))],
                Level::Warn,
                "2020-08-27",
            ),
            (vec![of(URL, true, &all, None)], Level::Warn, "default"),
            (
                vec![
                    of(URL, false, &["*"], None),
                    of(URL, true, &["*"], Some(API_VERSION)),
                ],
                Level::Ok,
                "all events",
            ),
        ] {
            let check = webhook_endpoint(&Ok(endpoints), "https://pay.club.example");
            assert_eq!(check.status, level, "{}", check.detail);
            assert!(check.detail.contains(part), "{}", check.detail);
            assert_eq!(check.advice.is_none(), level == Level::Ok);
        }
    }
}
