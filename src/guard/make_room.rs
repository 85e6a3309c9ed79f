//! Frees a charge's live place for a payment that a bank is processing, before that payment's order is
//! remade.

use super::{
    payment::mark_paid,
    policy::Policy,
    session::{self, Ended},
};
use crate::{
    domain::{
        change::{Commit, Committed, RecoveredOrder, Transition},
        error::GuardError,
        order::{CancelReason, OrderState},
    },
    ports::Ports,
};

/// If a pending order holds the place, ends its session at Stripe and cancels the order. If that order turns
/// out to be paid, or is processing itself, it stays.
pub(super) async fn make_room<P: Ports>(
    ports: &P,
    policy: &Policy,
    remade: &RecoveredOrder,
) -> Result<(), GuardError> {
    let Some(live) = ports.live_order(remade.charge).await? else {
        return Ok(());
    };
    if !matches!(live.state, OrderState::Pending { .. })
        || live.session.as_ref() == Some(&remade.session)
    {
        return Ok(());
    }
    let commit = match session::end(ports, policy, &live, remade.at).await? {
        Ended::Unpayable(_) => Commit::new(remade.cause, remade.at)
            .moving(&live, Transition::Canceled(CancelReason::PaidElsewhere)),
        Ended::Paid(payment) => mark_paid(&live, payment, remade.cause, remade.at),
        Ended::Processing(_) => return Ok(()),
    };
    let (Committed::Done | Committed::Conflict) = ports.commit(&commit).await?;
    Ok(())
}
