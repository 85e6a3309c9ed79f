//! What is done after an answer. If it is never done, the next visit or the cron makes up for it.

use super::{after::After, late_payment, policy::Policy, reconcile::reconcile, refunds};
use crate::{
    domain::{change::Commit, error::GuardError, incident::IncidentChange, order::Cause},
    ports::Ports,
};

/// Does what is left to do. Idempotent.
///
/// # Errors
/// A [`GuardError`]: the next visit finds the session by its key, the cron tries the rest again.
pub async fn follow_up<P: Ports>(
    ports: &P,
    policy: &Policy,
    after: &After,
) -> Result<(), GuardError> {
    match after {
        After::Attach { order, session } => {
            ports.attach(*order, session, ports.now()).await?;
        }
        After::Details(session) => refunds::details_of(ports, policy, session).await?,
        After::Refund(payment) => late_payment::refund_duplicate(ports, payment).await?,
        After::Reconcile(budget) => {
            let reconciled = reconcile(ports, policy, *budget).await;
            if let Some(error) = reconciled.errors.into_iter().next() {
                return Err(error);
            }
        }
        After::Report(incident) => {
            let open = IncidentChange::Open(incident.clone());
            let commit = Commit::new(Cause::Click, ports.now()).with(open);
            ports.commit(&commit).await?;
        }
    }
    Ok(())
}
