//! After the database was restored to an earlier point: Stripe still has what the database has forgotten.
//!
//! Every session of this installation since that point is read. If the order of a payment is gone, it is
//! remade. If a bank is still processing the payment, the order takes its charge's live place again. An open
//! session without an order is expired, because a click makes a fresh one. Events are read again from that
//! point too. Clicks must be paused meanwhile (`PAUSED=on`).

use super::{
    budget::{Run, Share},
    events::{News, lookup_of, news},
    policy::Policy,
};
use crate::{
    domain::{
        change::{Commit, Committed, Cursor, CursorName},
        error::{GuardError, StripeError},
        id::SessionId,
        order::{Cause, OrderState},
        payment::{NewSession, Session, SessionState},
        time::UnixMillis,
    },
    ports::Ports,
};

/// Sets the cursors so that everything that Stripe has since a moment is read again: sessions first, then
/// events. The runs of the cron read it.
///
/// # Errors
/// A [`GuardError`] of the database.
pub async fn restore<P: Ports>(ports: &P, since: UnixMillis) -> Result<(), GuardError> {
    let now = ports.now();
    let cursor = |until| Cursor {
        since,
        until,
        after: None,
        retry_from: None,
    };
    // The cursor of the events comes first. If the Worker dies in between, only events are read again: no
    // harm.
    ports
        .set_cursor(CursorName::Events, Some(&cursor(None)), now)
        .await?;
    ports
        .set_cursor(CursorName::Sessions, Some(&cursor(Some(now))), now)
        .await?;
    Ok(())
}

/// Goes on reading sessions after a restore. Returns whether all are read.
pub(super) async fn sessions<P: Ports>(
    run: &mut Run<'_, P>,
    share: Share,
) -> Result<bool, GuardError> {
    let ports = run.ports;
    let Some(mut cursor) = ports.cursor(CursorName::Sessions).await? else {
        return Ok(true);
    };
    let now = ports.now();
    let until = cursor.until.unwrap_or(now);
    while run.may(share) {
        let after = cursor.after.clone().map(SessionId);
        let page = ports.sessions(cursor.since, until, after.as_ref()).await?;
        let mut left = page.sessions.len();
        for found in &page.sessions {
            if !run.may(share) {
                break;
            }
            ports.begin_item();
            match of_session(ports, run.policy, found).await {
                Ok(()) => run.report.sessions += 1,
                Err(error @ GuardError::Store(_)) => return Err(error),
                Err(error) => {
                    // This session failed, so the whole list is read once more.
                    run.failed(error).await;
                    cursor.retry_from = Some(cursor.since);
                }
            }
            left -= 1;
            cursor.after = Some(found.id.0.clone());
        }
        if left > 0 {
            break;
        }
        if !page.more {
            let again = cursor.retry_from.map(|since| Cursor {
                since,
                until: Some(until),
                after: None,
                retry_from: None,
            });
            ports
                .set_cursor(CursorName::Sessions, again.as_ref(), now)
                .await?;
            return Ok(again.is_none());
        }
        cursor.after = page.last.map(|id| id.0).or(cursor.after);
    }
    ports
        .set_cursor(CursorName::Sessions, Some(&cursor), now)
        .await?;
    Ok(false)
}

/// Brings the database into line with one session.
async fn of_session<P: Ports>(
    ports: &P,
    policy: &Policy,
    session: &Session,
) -> Result<(), GuardError> {
    if session.identity.is_none() {
        return Ok(());
    }
    let lookup = lookup_of(session);
    for _ in 0..6 {
        let found = ports.find(&lookup).await?;
        let commit = Commit::new(Cause::Restore, ports.now());
        match &found.order {
            Some(order) => {
                // The restore may have lost the session's id.
                if order.session.is_none() && matches!(order.state, OrderState::Pending { .. }) {
                    let (id, url) = (session.id.clone(), None);
                    ports
                        .attach(order.id, &NewSession { id, url }, commit.at)
                        .await?;
                    if !matches!(session.state, SessionState::Open { .. }) {
                        continue;
                    }
                    return Ok(());
                }
                let is_live = matches!(order.state, OrderState::Pending { .. });
                if matches!(session.state, SessionState::Open { .. }) && !is_live {
                    return expire(ports, session).await;
                }
            }
            None => {
                let is_ours = session
                    .identity
                    .as_ref()
                    .is_some_and(|it| it.installation == found.installation);
                if !is_ours {
                    return Ok(());
                }
                if matches!(session.state, SessionState::Open { .. }) {
                    return expire(ports, session).await;
                }
            }
        }
        match news(ports, policy, session, &found, commit).await? {
            News::Write(_, commit, _) | News::UnknownCharge(commit) => {
                if commit.is_empty() || ports.commit(&commit).await? == Committed::Done {
                    return Ok(());
                }
            }
            News::Remake(remade) => ports.remake(&remade).await?,
            News::Foreign => return Ok(()),
        }
    }
    Err(GuardError::Busy)
}

/// Expires an open session without a pending order. If it was paid meanwhile, its event says so.
async fn expire<P: Ports>(ports: &P, session: &Session) -> Result<(), GuardError> {
    match ports.expire(&session.id).await {
        Ok(()) | Err(StripeError::NotOpen) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
