//! The application: what happens to a request and in a run of the cron, in which order. `edge` calls it in workerd, and the
//! tests' harness calls it natively, so what the tests see is what ships.

pub mod cron;
pub mod request;
pub mod router;

use std::cell::RefCell;

use crate::{
    alerts::{
        answers::{self, Tally},
        deliver::Delivered,
        quota::{self, Told},
    },
    billing::months::Billed,
    config::AlertSettings,
    domain::error::{GuardError, StoreError},
    guard::budget::Reconciled,
    http::{handler::Services, log_context::LogContext},
    mail::send::Sent,
    ports::Hook,
};

/// The runtime as the application needs it: the ports, the calls made so far, and the log.
pub trait Runtime: Services + Hook {
    /// The calls of this request or run so far.
    fn calls(&self) -> Calls;

    /// Writes to the log.
    fn log(&self, entry: Entry<'_>);
}

/// Calls of one request or run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// To the database; a transaction is one call.
    pub d1: u32,
    /// To Stripe.
    pub stripe: u32,
}

/// An entry of the log. None has a token, an address or a secret, because none is built from them.
#[derive(Clone, Copy, Debug)]
pub enum Entry<'a> {
    /// A request was answered.
    Answered {
        /// With this status.
        status: u16,
        /// The context of its log line.
        context: &'a LogContext,
        /// The error, if something failed.
        error: Option<&'a GuardError>,
    },
    /// Something failed after the answer.
    Failed(&'a GuardError),
    /// The cron's part of the months.
    Billed(&'a Result<Option<Billed>, StoreError>),
    /// A run of reconcile.
    Reconciled(&'a Reconciled),
    /// The emails of a run.
    Mailed(&'a Result<Sent, StoreError>),
    /// Alerts that were due.
    Alerted(&'a Result<Delivered, StoreError>),
}

/// The state that an isolate keeps in memory from one request to the next.
#[derive(Debug, Default)]
pub struct Isolate {
    tally: RefCell<Tally>,
    told: RefCell<Told>,
}

impl Isolate {
    /// Writes what was counted. Whether alerts are due now.
    async fn write<R: Runtime>(
        &self,
        runtime: &R,
        settings: &AlertSettings,
        work: answers::Work,
    ) -> bool {
        match answers::carry_out(runtime, &work).await {
            Ok(is_due) => is_due,
            Err(error) => {
                self.tell(runtime, settings, &error).await;
                runtime.log(Entry::Failed(&error.into()));
                self.tally.borrow_mut().put_back(work);
                false
            }
        }
    }

    /// Tells operators directly of an error that the database cannot take.
    async fn tell<R: Runtime>(&self, runtime: &R, settings: &AlertSettings, error: &StoreError) {
        let is_due = self.told.borrow_mut().is_due(error, runtime.now());
        if is_due {
            let told = Ok(quota::tell(runtime, settings).await);
            runtime.log(Entry::Alerted(&told));
        }
    }
}
