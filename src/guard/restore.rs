//! After the database was restored to an earlier point: Stripe still has what the database has forgotten.
//!
//! Every session of this installation since then is read. A payment whose order is gone gets one made anew;
//! one that is still at work at a bank takes its charge's live place again; an open session that no order
//! knows is expired, for a click makes a fresh one. Events are read again from that moment too. Clicks are
//! to be paused meanwhile (`PAUSED=on`).

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

/// Has everything read again that Stripe has since a moment: sessions first, then events. The cron goes
/// on with it, run by run.
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
    // The events' first: whoever dies in between has read no more than is read anyway.
    ports
        .set_cursor(CursorName::Events, Some(&cursor(None)), now)
        .await?;
    ports
        .set_cursor(CursorName::Sessions, Some(&cursor(Some(now))), now)
        .await?;
    Ok(())
}

/// Goes on reading sessions after a restore; answers whether that is done.
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
                    // It stays behind: the whole list is read once more.
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

/// Brings what one session has come to into the database.
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
                // Its id may have been forgotten.
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

/// Ends an open session that no pending order stands for. If it was paid in the meantime, its event tells.
async fn expire<P: Ports>(ports: &P, session: &Session) -> Result<(), GuardError> {
    match ports.expire(&session.id).await {
        Ok(()) | Err(StripeError::NotOpen) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
