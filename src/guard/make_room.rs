//! Makes room for a payment that is at work at a bank while its order is made anew.

use super::{
    acts::mark_paid,
    policy::Policy,
    session::{self, Ended},
};
use crate::{
    domain::{
        change::{Commit, Committed, Remade, To},
        error::GuardError,
        order::{CancelReason, OrderState},
    },
    ports::Ports,
};

/// Frees a charge's live place for a payment that is at work at a bank: a pending order ends at Stripe first.
/// If it is paid, or at work itself, it stays.
pub(super) async fn make_room<P: Ports>(
    ports: &P,
    policy: &Policy,
    remade: &Remade,
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
            .moving(&live, To::Canceled(CancelReason::PaidElsewhere)),
        Ended::Paid(payment) => mark_paid(&live, payment, remade.cause, remade.at),
        Ended::Processing(_) => return Ok(()),
    };
    let (Committed::Done | Committed::Conflict) = ports.commit(&commit).await?;
    Ok(())
}
