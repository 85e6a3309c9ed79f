//! The cron's part of the emails: it queues the reminders of the rule, and sends what is due.

use super::send::{self, MailPorts, Sent};
use crate::{
    config::MailSettings,
    domain::{error::StoreError, time::Millis},
    store::emails::{
        queue,
        rules::{self, Rule},
    },
};

/// How many charges a run looks at to remind of.
const CHARGES: u32 = 200;
const DAY: Millis = Millis::minutes(24 * 60);

/// A part of a run of the cron, for as long as the run has spent less than `budget` subrequests. While payments are
/// paused nothing goes out: no link would lead anywhere.
///
/// # Errors
/// A [`StoreError`]: what was not done is done by the next run.
pub async fn run<P: MailPorts>(
    ports: &P,
    settings: &MailSettings,
    budget: u32,
) -> Result<Sent, StoreError> {
    if settings.paused {
        return Ok(Sent::default());
    }
    if missing(settings, ports).is_some() {
        queue::clean(ports, ports.now()).await?;
        return Ok(Sent::default());
    }
    if let Some(rule) = settings.reminders {
        let now = ports.now();
        let before = now.minus(Millis(DAY.0.saturating_mul(rule.after_days)));
        // So many days before the club's today, whatever its clocks did in between.
        let due_by = ports.in_zone(&settings.club.timezone, |zone| {
            zone.iso_date_before(now, rule.after_days.unsigned_abs())
        });
        let rule = Rule {
            before,
            due_by,
            at_most: rule.at_most,
            limit: CHARGES,
        };
        rules::remind(ports, &rule, now).await?;
    }
    send::send(ports, settings, budget).await
}

/// The variable or binding that is missing so that emails can be sent.
pub fn missing(settings: &MailSettings, ports: &impl crate::ports::Mailer) -> Option<&'static str> {
    if settings.from.is_none() {
        Some("MAIL_FROM is not set")
    } else if !ports.is_bound() {
        Some("the binding EMAIL is missing")
    } else {
        None
    }
}
