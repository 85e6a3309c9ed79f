//! After the database was restored to an earlier point: Stripe still has what the database has forgotten.
//!
//! Every session of this installation since that point is read. If the order of a payment is gone, it is
//! remade. If a bank is still processing the payment, the order takes its charge's live place again. An open
//! session without an order is expired, because a click makes a fresh one. Events are read again from that
//! point too. Clicks must be paused meanwhile (`PAUSED=on`).

use super::{
    budget::{Budget, Reconciled, Run, Share},
    events::{News, lookup_of, news},
    policy::Policy,
};
use crate::{
    domain::{
        change::{Commit, Committed, Cursor, CursorName, Unplaced},
        error::{GuardError, StripeError},
        id::SessionId,
        incident::{Incident, IncidentChange, IncidentKind},
        order::{Cause, OrderState},
        payment::{NewSession, Session, SessionState},
        time::{Millis, UnixMillis},
    },
    ports::Ports,
};

/// Incidents that are read at once.
const BATCH: u32 = 15;
/// The shortest pause between two looks at one of them.
const BETWEEN_LOOKS: Millis = Millis::seconds(150);

/// The newest restore: what happened in between is read again, and may have been told before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Restored(Option<(UnixMillis, UnixMillis)>);

impl Restored {
    /// The cause of a change that follows from an event of this time.
    pub(super) fn cause(self, happened: UnixMillis) -> Cause {
        match self.0 {
            Some((since, until)) if (since..=until).contains(&happened) => Cause::Restore,
            Some(_) | None => Cause::Reconcile,
        }
    }
}

/// Reads when the newest restore was.
pub(super) async fn restored<P: Ports>(ports: &P) -> Result<Restored, GuardError> {
    let cursor = ports.cursor(CursorName::Restore).await?;
    Ok(Restored(cursor.and_then(|it| Some((it.since, it.until?)))))
}

/// Whether everything since that moment was asked for before. Then what is known of emails is no news.
///
/// # Errors
/// A [`GuardError`] of the database.
pub async fn was_begun<P: Ports>(ports: &P, since: UnixMillis) -> Result<bool, GuardError> {
    let cursor = ports.cursor(CursorName::Restore).await?;
    Ok(cursor.is_some_and(|cursor| cursor.since == since))
}

/// Sets the cursors so that everything that Stripe has since a moment is read again: sessions first, then
/// events. The runs of the cron read it. Asked for again while it is read, it goes on where it is.
///
/// # Errors
/// A [`GuardError`] of the database.
pub async fn restore<P: Ports>(
    ports: &P,
    policy: &Policy,
    since: UnixMillis,
) -> Result<(), GuardError> {
    let events = CursorName::Events(policy.key);
    if was_begun(ports, since).await? {
        let is_at_sessions = ports.cursor(CursorName::Sessions).await?.is_some();
        let read = ports.cursor(events).await?;
        let is_at_events = read.is_some_and(|events| events.since == since);
        if is_at_sessions || is_at_events {
            return Ok(());
        }
    }
    let now = ports.now();
    let cursor = |until| Cursor {
        since,
        until,
        after: None,
        retry_from: None,
    };
    // If the Worker dies in between, nothing is at work yet, and the next call begins anew. The sessions come last:
    // they are what is read first.
    for (name, until) in [
        (CursorName::Restore, Some(now)),
        (events, None),
        (CursorName::Sessions, Some(now)),
    ] {
        ports.set_cursor(name, Some(&cursor(until)), now).await?;
    }
    Ok(())
}

/// Goes on reading sessions after a restore. Returns whether all are read. One that cannot be brought into line has an
/// incident, and is tried again by itself: it holds up nothing else.
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
    let mut is_first = true;
    while run.may_start(share, is_first) {
        let after = cursor.after.clone().map(SessionId);
        let page = ports.sessions(cursor.since, until, after.as_ref()).await?;
        let mut left = page.sessions.len();
        for found in &page.sessions {
            if !run.may_start(share, is_first) {
                break;
            }
            is_first = false;
            ports.begin_item();
            match of_session(ports, run.policy, found).await {
                Ok(_) => run.report.sessions += 1,
                Err(error @ GuardError::Store(_)) => return Err(error),
                Err(error) => {
                    let open = IncidentChange::Open(not_restored(found, &error));
                    let commit = Commit::new(Cause::Restore, now).with(open);
                    ports.commit(&commit).await?;
                    run.failed(error).await;
                }
            }
            left -= 1;
            cursor.after = Some(found.id.0.clone());
        }
        if left > 0 {
            break;
        }
        if !page.more {
            ports.set_cursor(CursorName::Sessions, None, now).await?;
            return Ok(true);
        }
        cursor.after = page.last.map(|id| id.0).or(cursor.after);
    }
    ports
        .set_cursor(CursorName::Sessions, Some(&cursor), now)
        .await?;
    Ok(false)
}

fn not_restored(session: &Session, error: &GuardError) -> Incident {
    let detail = format!(
        "Its session could not be brought into line after a restore ({}). It is tried again by itself.",
        error.code()
    );
    Incident {
        session: Some(session.id.clone()),
        money: session.money,
        charge_named: session.identity.as_ref().map(|it| it.charge.clone()),
        ..Incident::new(IncidentKind::NotRestored, session.id.to_string(), detail)
    }
}

/// Looks again at sessions of ours that could not be placed, and may be now: an import has brought their charge, or what
/// was in the way is gone. Each is handled on its own. The one that was looked at longest ago comes first.
pub(super) async fn unplaced<P: Ports>(run: &mut Run<'_, P>) -> Result<bool, GuardError> {
    let (ports, policy) = (run.ports, run.policy);
    let before = run.began().minus(BETWEEN_LOOKS);
    let mut is_first = true;
    while run.may_place(is_first) {
        let unplaced = ports.unplaced(before, BATCH).await?;
        let is_last = unplaced.len() < BATCH as usize;
        for Unplaced { id, kind, session } in unplaced {
            if !run.may_place(is_first) {
                return Ok(false);
            }
            is_first = false;
            ports.begin_item();
            run.report.reviews += 1;
            ports.looked_at(id, ports.now()).await?;
            match place(ports, policy, kind, &session).await {
                Ok(()) => run.reached_stripe(),
                Err(error @ GuardError::Store(_)) => return Err(error),
                Err(error) => run.failed(error).await,
            }
        }
        if is_last {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The same after an import: at once, rather than in the cron's next run.
pub(super) async fn place_all<P: Ports>(ports: &P, policy: &Policy, budget: Budget) -> Reconciled {
    let mut run = Run::new(ports, policy, budget);
    let placed = unplaced(&mut run).await;
    run.report.is_done = run.worked_through(placed).await;
    run.report
}

async fn place<P: Ports>(
    ports: &P,
    policy: &Policy,
    kind: IncidentKind,
    id: &SessionId,
) -> Result<(), GuardError> {
    let session = ports.retrieve(id).await?;
    if of_session(ports, policy, &session).await? == Line::Unknown {
        return Ok(());
    }
    let resolve = IncidentChange::Resolve {
        kind,
        about: id.to_string(),
        resolution: "placed",
    };
    let commit = Commit::new(Cause::Restore, ports.now()).with(resolve);
    ports.commit(&commit).await?;
    Ok(())
}

/// Whether the database is in line with a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// It is.
    In,
    /// Its charge is not here.
    Unknown,
}

/// Brings the database into line with one session.
async fn of_session<P: Ports>(
    ports: &P,
    policy: &Policy,
    session: &Session,
) -> Result<Line, GuardError> {
    if session.identity.is_none() {
        return Ok(Line::In);
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
                    return Ok(Line::In);
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
                    return Ok(Line::In);
                }
                if matches!(session.state, SessionState::Open { .. }) {
                    return expire(ports, session).await;
                }
            }
        }
        let (commit, line) = match news(ports, policy, session, &found, commit).await? {
            News::Write(_, commit, _) => (commit, Line::In),
            News::UnknownCharge(commit) => (commit, Line::Unknown),
            News::Again => continue,
            News::Remake(remade) => {
                ports.remake(&remade).await?;
                continue;
            }
            News::Foreign => return Ok(Line::In),
        };
        if commit.is_empty() || ports.commit(&commit).await? == Committed::Done {
            return Ok(line);
        }
    }
    Err(GuardError::Busy)
}

/// Expires an open session without a pending order. If it was paid meanwhile, its event says so.
async fn expire<P: Ports>(ports: &P, session: &Session) -> Result<Line, GuardError> {
    match ports.expire(&session.id).await {
        Ok(()) | Err(StripeError::NotOpen) => Ok(Line::In),
        Err(error) => Err(error.into()),
    }
}
