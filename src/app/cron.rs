//! A run of the cron: the month's fees if they are due, a run of reconcile, then emails, then the alerts. All of them share
//! one budget of subrequests, of which a part is kept for the alerts.

use super::{Entry, Isolate, Runtime};
use crate::{
    alerts::{quota, run},
    billing::months,
    config::{AlertSettings, Misconfigured},
    guard::{budget::Budget, reconcile::reconcile},
    http::site::Site,
    mail::run as emails,
};

/// A run within a budget. What it could not do is logged, and the next run tries again.
pub async fn run<R: Runtime>(site: &Site, budget: Budget, isolate: &Isolate, runtime: &R) {
    let (config, began) = (&site.config, runtime.now());
    let of_work = run::without_reserve(budget);
    runtime.log(Entry::Billed(&months::run(runtime, config).await));
    let reconciled = reconcile(runtime, &config.policy, of_work).await;
    runtime.log(Entry::Reconciled(&reconciled));
    let sent = emails::run(runtime, &config.mail(), of_work.subrequests).await;
    runtime.log(Entry::Mailed(&sent));
    let settings = config.alerts.clone();
    // What was counted can wait for a click, or for a run that has more of its budget left. Alerts that are due are
    // sent within that budget, below.
    if runtime.spent() < of_work.subrequests {
        let rest = isolate.tally.borrow_mut().rest(runtime.now());
        if let Some(work) = rest {
            isolate.write(runtime, &settings, work).await;
        }
    }
    let alerted = run::after_reconcile(runtime, &settings, &reconciled, began, budget).await;
    if let Err(error) = &alerted
        && quota::is_first_run(runtime.now())
    {
        isolate.tell(runtime, &settings, error).await;
    }
    runtime.log(Entry::Alerted(&alerted));
}

/// Instead of a run, if the configuration is wrong: operators are told.
pub async fn misconfigured<R: Runtime>(
    settings: &AlertSettings,
    wrong: &Misconfigured,
    runtime: &R,
) {
    let alerted = run::misconfigured(runtime, settings, wrong).await;
    runtime.log(Entry::Alerted(&alerted));
}
