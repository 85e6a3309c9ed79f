//! Tells operators that D1's free plan is used up, without the database: it takes no incident and no row of the outbox
//! until midnight UTC.
//!
//! An isolate tells it when a write of its own was refused, at most once an hour. So does the cron, in the first run of an
//! hour, because each run may have a new isolate. What is told in the same hour has the same `Idempotency-Key`. Once D1
//! takes writes again, an isolate that still counts opens the incident as well (see [`super::answers`]).

use super::{channels::Channels, deliver::Delivered, text};
use crate::{
    config::AlertSettings,
    domain::{
        error::StoreError,
        incident::IncidentKind,
        time::{Millis, UnixMillis},
    },
    ports::{Clock, Hook, Mailer},
    store::signals::hour_of,
};

/// How long after operators were told they are told again.
const PAUSE: Millis = Millis::minutes(60);
/// The cron runs every five minutes.
const RUN: Millis = Millis::minutes(5);

/// When one isolate told operators last.
#[derive(Debug, Default)]
pub struct Told(Option<UnixMillis>);

impl Told {
    /// Whether operators are to be told of an error now. If so, they are not for an hour from now on.
    pub fn is_due(&mut self, error: &StoreError, now: UnixMillis) -> bool {
        let is_due = match error {
            StoreError::QuotaExceeded => self.0.is_none_or(|last| now.since(last) >= PAUSE),
            StoreError::Failed(_) => false,
        };
        if is_due {
            self.0 = Some(now);
        }
        is_due
    }
}

/// Whether a run of the cron that is at work now is the first one of its hour.
#[must_use]
pub const fn is_first_run(now: UnixMillis) -> bool {
    now.0 - hour_of(now).0 < RUN.0
}

/// Tells operators by each channel, once. What a channel does not take is told in an hour.
pub async fn tell<P: Clock + Hook + Mailer>(ports: &P, settings: &AlertSettings) -> Delivered {
    let kind = IncidentKind::DatabaseQuota;
    let channels = Channels::of(settings, ports);
    let mut delivered = Delivered::default();
    if let Some(url) = channels.webhook {
        let key = format!("alert_{}_{}", kind.as_str(), hour_of(ports.now()).0);
        let posted = ports
            .post(url, &key, &text::message_of(settings, kind))
            .await;
        delivered
            .failed
            .extend(posted.err().map(|why| ("webhook", why)));
    }
    if let Some(addresses) = channels.email {
        let sent = ports
            .send_mail(&text::mail_of(settings, addresses, kind))
            .await;
        delivered
            .failed
            .extend(sent.err().map(|why| ("email", why)));
    }
    delivered.done = u32::from(!channels.is_empty() && delivered.failed.is_empty());
    delivered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn once_an_hour_and_only_of_the_quota() {
        let (mut told, noon) = (Told::default(), UnixMillis(1_800_014_400_000));
        let away = StoreError::Failed("network connection lost".to_owned());
        assert!(!told.is_due(&away, noon));
        let due = [0, 5, 59, 60, 61, 119, 120];
        let due = due.map(|minutes| {
            let now = noon.plus(Millis::minutes(minutes));
            told.is_due(&StoreError::QuotaExceeded, now)
        });
        assert_eq!(due, [true, false, false, true, false, false, true]);
        let first =
            [0, 4, 5, 59, 60].map(|minutes| is_first_run(noon.plus(Millis::minutes(minutes))));
        assert_eq!(first, [true, true, false, false, true]);
    }
}
