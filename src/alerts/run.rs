//! The cron's part of the alerts, after its work: it evaluates the rules, and sends what is due.

use super::{
    channels::{self, AlertPorts},
    deliver::{Delivered, NOTICE, deliver},
    rules::{self, Ran},
};
use crate::{
    config::{AlertSettings, Misconfigured},
    domain::{error::StoreError, incident::IncidentChange, time::UnixMillis},
    guard::budget::{Budget, Reconciled},
    store::signals::{self, Facts, Signal, Since, Writes},
};

/// The subrequests that a run keeps for the alerts: for the fold and the facts, for what the rules write, and for a notice.
pub const RESERVE: u32 = 7 + NOTICE;
/// The least that reconcile gets.
const LEAST: u32 = 10;

/// The part of a run's budget that is reconcile's.
#[must_use]
pub fn without_reserve(budget: Budget) -> Budget {
    Budget {
        subrequests: budget.subrequests.saturating_sub(RESERVE).max(LEAST),
    }
}

/// After a run of reconcile that began at `began`.
///
/// # Errors
/// A [`StoreError`]: the next run does it.
pub async fn after_reconcile<P: AlertPorts>(
    ports: &P,
    settings: &AlertSettings,
    reconciled: &Reconciled,
    began: UnixMillis,
    budget: Budget,
) -> Result<Delivered, StoreError> {
    let now = ports.now();
    let facts = facts(ports, began, now).await?;
    let ran = Ran {
        errors: &reconciled.errors,
        events: reconciled.events,
    };
    let missing = channels::missing(settings, ports);
    let incidents = rules::changes(&facts, ran, &missing, now);
    let signals = vec![(Signal::Run, now)];
    write_and_deliver(ports, settings, incidents, signals, budget).await
}

/// Instead of a run, if the configuration is wrong: every page says so, and so does the alert.
///
/// # Errors
/// A [`StoreError`]: the next run does it.
pub async fn misconfigured<P: AlertPorts>(
    ports: &P,
    settings: &AlertSettings,
    Misconfigured(wrong): &Misconfigured,
) -> Result<Delivered, StoreError> {
    let now = ports.now();
    let facts = facts(ports, now, now).await?;
    let incidents = rules::misconfigured(&facts, wrong, now);
    let is_told = !channels::Channels::of(settings, ports).is_empty();
    let budget = Budget {
        subrequests: RESERVE,
    };
    if is_told {
        return write_and_deliver(ports, settings, incidents, Vec::new(), budget).await;
    }
    // The variables that say whom to tell may be among those that are wrong: nothing is dropped.
    let writes = Writes {
        incidents,
        ..Writes::default()
    };
    signals::write(ports, &writes, now).await?;
    Ok(Delivered::default())
}

async fn facts<P: AlertPorts>(
    ports: &P,
    began: UnixMillis,
    now: UnixMillis,
) -> Result<Facts, StoreError> {
    let since = Since {
        now,
        began,
        stale_after: rules::STALE_AFTER,
        late_after: rules::LATE_AFTER,
    };
    signals::facts(ports, &rules::subjects(), since).await
}

async fn write_and_deliver<P: AlertPorts>(
    ports: &P,
    settings: &AlertSettings,
    incidents: Vec<IncidentChange>,
    signals: Vec<(Signal, UnixMillis)>,
    budget: Budget,
) -> Result<Delivered, StoreError> {
    let now = ports.now();
    let writes = Writes {
        incidents,
        signals,
        ..Writes::default()
    };
    if !signals::write(ports, &writes, now).await? {
        return Ok(Delivered::default());
    }
    deliver(ports, settings, budget.subrequests).await
}
