//! Sends what is due in the outbox.
//!
//! A notice goes to each channel until that channel has taken it. It is claimed first: the claim counts the try, and
//! puts off the next one by a pause that grows from a minute to six hours. The pause is also the lease: for that long
//! nobody else sends the notice. Each channel is recorded as soon as it has taken the notice.
//!
//! What is guaranteed: no two runs send the same notice at once; a channel that is recorded never gets it again; a run
//! that is killed anywhere loses nothing. Between the channel's 2xx and its record lie some milliseconds. A kill just
//! then, or an answer that is lost on its way, makes the notice go out once more, as nobody can know that it arrived. It
//! then has the same `Idempotency-Key` and the same incident number in its text.

use super::{
    channels::{AlertPorts, Channels},
    text,
};
use crate::{
    config::AlertSettings,
    delivery,
    domain::{error::StoreError, mail::NotTaken, time::Millis},
    store::outbox::{self, Notice, Taken},
};

/// The subrequests that one notice may take: to read, claim and send it twice, and to record that twice.
pub const NOTICE: u32 = 6;
/// The pause after the first try. Longer than both channels together may take to answer.
const FIRST_PAUSE: Millis = Millis::minutes(1);
/// A run stops after so many notices that a channel did not take. The channel may be out of reach.
const FAILURES: u32 = 3;

/// The result of sending the notices that are due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Notices that all their channels have taken.
    pub done: u32,
    /// Why some were not taken: the channel, and why. They are tried again.
    pub failed: Vec<(&'static str, NotTaken)>,
}

/// Sends notices that are due, for as long as the run has spent less than `budget` subrequests. One is tried in any case.
///
/// # Errors
/// A [`StoreError`]: what was not sent is due again later.
pub async fn deliver<P: AlertPorts>(
    ports: &P,
    settings: &AlertSettings,
    budget: u32,
) -> Result<Delivered, StoreError> {
    let channels = Channels::of(settings, ports);
    let mut delivered = Delivered::default();
    if channels.is_empty() {
        outbox::drop_due(ports, ports.now()).await?;
        return Ok(delivered);
    }
    let mut failures = 0;
    loop {
        let Some(notice) = outbox::due(ports, ports.now()).await? else {
            return Ok(delivered);
        };
        let until = ports.now().plus(delivery::pause(FIRST_PAUSE, notice.tries));
        if outbox::claim(ports, &notice, until).await? {
            let sent = send(ports, settings, &channels, &notice).await?;
            delivered.done += u32::from(sent.is_done);
            failures += u32::from(!sent.failed.is_empty());
            delivered.failed.extend(sent.failed);
        }
        if failures >= FAILURES || ports.spent().saturating_add(NOTICE) > budget {
            return Ok(delivered);
        }
    }
}

struct Sent {
    is_done: bool,
    failed: Vec<(&'static str, NotTaken)>,
}

async fn send<P: AlertPorts>(
    ports: &P,
    settings: &AlertSettings,
    channels: &Channels<'_>,
    notice: &Notice,
) -> Result<Sent, StoreError> {
    let mut failed = Vec::new();
    let mut webhook = channels.webhook.is_none() || notice.webhook_took_it();
    let mut email = channels.email.is_none() || notice.email_took_it();
    if let Some(url) = channels.webhook.filter(|_| notice.is_for_webhook()) {
        let message = text::message(settings, notice);
        match ports.post(url, &notice.key(), &message).await {
            Ok(()) => {
                webhook = true;
                let taken = Taken {
                    webhook: true,
                    is_done: email,
                    ..Taken::default()
                };
                record(ports, notice, taken).await?;
            }
            Err(why) => failed.push(("webhook", why)),
        }
    }
    if let Some(addresses) = channels.email.filter(|_| notice.is_for_email()) {
        let mail = text::mail(settings, addresses, notice);
        match ports.send_mail(&mail).await {
            Ok(()) => {
                email = true;
                let taken = Taken {
                    email: true,
                    is_done: webhook,
                    ..Taken::default()
                };
                record(ports, notice, taken).await?;
            }
            Err(why) => failed.push(("email", why)),
        }
    }
    let is_done = webhook && email;
    let is_recorded = channels.webhook.is_some_and(|_| notice.is_for_webhook())
        || channels.email.is_some_and(|_| notice.is_for_email());
    if is_done && !is_recorded {
        // The channel that had not taken it is not configured any more.
        let taken = Taken {
            is_done,
            ..Taken::default()
        };
        record(ports, notice, taken).await?;
    }
    Ok(Sent { is_done, failed })
}

/// Records what was taken.
async fn record<P: AlertPorts>(ports: &P, notice: &Notice, taken: Taken) -> Result<(), StoreError> {
    let at = ports.now();
    delivery::record(ports, async || {
        outbox::taken(ports, notice.id, taken, at).await
    })
    .await
}
