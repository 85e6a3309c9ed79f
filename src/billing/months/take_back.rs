//! A month that was opened by mistake is taken back: its charges are closed, as long as nothing of it is paid.
//!
//! Whoever is on a payment page is stopped at Stripe first, by the same act as when an operator cancels one pending order. A
//! parent who was faster wins: then nothing is closed, and the operator is told who has paid. Closing is one transaction, which
//! aborts if somebody has begun to pay meanwhile.

use crate::{
    domain::{act::Act, error::GuardError, money::Currency, operator::OperatorName},
    guard::{
        operator::{self, Acted, Command, Obstacle},
        policy::Policy,
    },
    json,
    ports::Ports,
    store::months::take_back::{self as store, Paying},
};

/// How many payment pages one press ends: each takes a call or two to Stripe, and the free plan has 50 subrequests.
pub const MOST: usize = 10;
/// How often it starts over when somebody begins to pay meanwhile.
const ROUNDS: usize = 4;

/// The outcome of taking a month back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TakenBack {
    /// So many charges were closed.
    Done(usize),
    /// These have paid, or a bank is processing their payment. Nothing was closed.
    Paid(Vec<Paying>),
    /// So many payment pages are still open; the others were ended. Nothing was closed yet.
    More(usize),
    /// The month is not open.
    NotOpen,
}

/// Finds those who stand in the way. Changes nothing. `None`: the month is not open.
///
/// # Errors
/// A [`GuardError`].
pub async fn standing<P: Ports + crate::store::Database>(
    ports: &P,
    period: &str,
    currency: Currency,
) -> Result<Option<Vec<Paying>>, GuardError> {
    let standing = store::standing(ports, period, currency).await?;
    Ok(standing.is_open.then_some(standing.paying))
}

/// Takes a month back.
///
/// # Errors
/// A [`GuardError`]: nothing was closed; some payment pages may have been ended. The same again does no harm.
pub async fn take_back<P: Ports + crate::store::Database>(
    ports: &P,
    policy: &Policy,
    period: &str,
    currency: Currency,
    operator: &OperatorName,
) -> Result<TakenBack, GuardError> {
    let mut ended = 0;
    for _ in 0..ROUNDS {
        let Some(paying) = standing(ports, period, currency).await? else {
            return Ok(TakenBack::NotOpen);
        };
        let (pending, paid): (Vec<_>, Vec<_>) = paying.into_iter().partition(Paying::is_pending);
        if !paid.is_empty() {
            return Ok(TakenBack::Paid(paid));
        }
        let mut left = pending.into_iter();
        for paying in left.by_ref().take(MOST - ended) {
            let cancel = &Command::CancelPending;
            match operator::act(ports, policy, paying.charge, cancel, operator).await? {
                Acted::Done | Acted::Unchanged | Acted::NotFound => ended += 1,
                // Somebody else has ended it.
                Acted::Refused(Obstacle::NothingPending) => {}
                // Paid, or a bank is at work.
                Acted::Refused(_) => return Ok(TakenBack::Paid(vec![paying])),
            }
        }
        let left = left.count();
        if left > 0 {
            return Ok(TakenBack::More(left));
        }
        let act = Act {
            operator: operator.clone(),
            act: "take_back_month",
            about: format!("period {period} {}", currency.as_str()),
            detail: json::to_string(&serde_json::json!({ "kind": "monthly" })),
        };
        let closed = store::take_back(ports, period, currency, &act, ports.now()).await?;
        if let Some(closed) = closed {
            return Ok(TakenBack::Done(closed));
        }
    }
    Err(GuardError::Busy)
}
