//! The work after an answer. If it is never done, the next visit or the cron makes up for it.

use super::{
    after::FollowUp,
    budget::Reconciled,
    late_payment::{self, RefundEnds},
    policy::Policy,
    reconcile::reconcile,
    refund_request, refunds, restore,
};
use crate::{
    domain::{
        change::Commit,
        error::GuardError,
        incident::{Incident, IncidentChange},
        order::Cause,
    },
    ports::Ports,
};

/// Does what is left to do. Idempotent.
///
/// # Errors
/// A [`GuardError`]: the next visit finds the session by its key, the cron tries the rest again.
pub async fn follow_up<P: Ports>(
    ports: &P,
    policy: &Policy,
    after: &FollowUp,
) -> Result<(), GuardError> {
    match after {
        FollowUp::Attach { order, session } => {
            ports.attach(*order, session, ports.now()).await?;
        }
        FollowUp::Details(session) => refunds::details_of(ports, policy, session).await?,
        FollowUp::DetailsOf(order) => refunds::details_of_paid(ports, policy, order).await?,
        FollowUp::Refund(payment) => {
            late_payment::refund_duplicate(ports, payment, RefundEnds::Now).await?
        }
        FollowUp::Review(payment) => late_payment::review_of(ports, policy, payment).await?,
        FollowUp::FinishRefund(request) => {
            let now = ports.now();
            refund_request::finish(ports, request, Cause::Operator, now).await?;
        }
        FollowUp::Place(budget) => {
            return first_error(restore::place_all(ports, policy, *budget).await);
        }
        FollowUp::Reconcile(budget) => {
            return first_error(reconcile(ports, policy, *budget).await);
        }
        FollowUp::Report(incident) => {
            let open = IncidentChange::Open(Incident::clone(incident));
            let commit = Commit::new(Cause::Click, ports.now()).with(open);
            ports.commit(&commit).await?;
        }
    }
    Ok(())
}

fn first_error(run: Reconciled) -> Result<(), GuardError> {
    run.errors.into_iter().next().map_or(Ok(()), Err)
}
