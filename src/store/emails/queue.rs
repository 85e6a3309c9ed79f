//! The queue: an email is claimed, sent, and its outcome recorded.

use serde::Deserialize;

use super::{EmailData, data_json};

use crate::{
    domain::{
        email::{EmailState, Reason, Tried},
        error::StoreError,
        id::EmailId,
        time::{Millis, UnixMillis},
        token::TokenHash,
    },
    store::{
        database::Database,
        row::{Row, Statement, Value, decode_all, statement},
    },
};

/// An email that could not be sent for so long is not sent any more: it would surprise.
const TOO_OLD: Millis = Millis::minutes(14 * 24 * 60);

// Why an email `m` about a charge of standing `s`, of a player `p`, is not to be sent any more; NULL if it is.
macro_rules! why_not {
    () => {
        "CASE WHEN p.erased_at IS NOT NULL THEN 'erased' WHEN p.email IS NULL THEN 'no_email' \
              WHEN m.template = 'offline_receipt' \
              THEN IIF(EXISTS (SELECT 1 FROM orders o WHERE o.id = m.about AND o.status = 'paid'), NULL, 'refunded') \
              WHEN s.state NOT IN ('unpaid', 'pending') THEN s.state END"
    };
}

/// `?1` now. A claim has ended without a word: nobody knows whether the email went out.
pub const INTERRUPTED: &str = "\
    UPDATE messages INDEXED BY messages_due SET state = 'unclear', reason = 'interrupted', ended_at = ?1, next_try_at = NULL \
    WHERE state = 'sending' AND next_try_at <= ?1";

/// `?1` now, `?2` before when it was queued.
pub const GIVE_UP: &str = "\
    UPDATE messages INDEXED BY messages_due SET state = 'canceled', reason = 'too_old', ended_at = ?1, next_try_at = NULL \
    WHERE state = 'queued' AND next_try_at <= ?1 AND queued_at < ?2";

/// `?1` now, `?2` limit. The emails that wait longest.
pub const DUE: &str = "\
    SELECT json_object('id', id, 'tries', tries) FROM messages INDEXED BY messages_due \
    WHERE state = 'queued' AND next_try_at <= ?1 ORDER BY next_try_at, id LIMIT ?2";

/// `?1` email, `?2` the tries that were read, `?3` now. Cancels what is not to be sent any more.
pub const CANCEL: &str = concat!(
    "UPDATE messages SET state = 'canceled', ended_at = ?3, next_try_at = NULL, reason = w.why \
     FROM (SELECT ",
    why_not!(),
    " AS why FROM messages m JOIN charges c ON c.id = m.charge_id JOIN standings s ON s.id = c.id JOIN players p ON p.id = c.player_id \
      WHERE m.id = ?1) w \
      WHERE id = ?1 AND tries = ?2 AND state = 'queued' AND w.why IS NOT NULL"
);

/// `?1` email, `?2` the tries that were read, `?3` now, `?4` token hash. The link that the email carries.
pub const LINK: &str = "\
    INSERT INTO links (token_sha256, charge_id, created_at) \
    SELECT ?4, charge_id, ?3 FROM messages \
    WHERE id = ?1 AND tries = ?2 AND state = 'queued' AND next_try_at <= ?3 AND template <> 'offline_receipt'";

/// `?1` email, `?2` the tries that were read, `?3` now, `?4` token hash, `?5` when the claim ends. Returns what the email
/// says if this claim won.
pub const CLAIM: &str = concat!(
    "UPDATE messages SET state = 'sending', tries = tries + 1, next_try_at = ?5, reason = NULL, \
                         link_id = (SELECT l.id FROM links l WHERE l.token_sha256 = ?4) \
     WHERE id = ?1 AND tries = ?2 AND state = 'queued' AND next_try_at <= ?3 \
     RETURNING (SELECT ",
    data_json!("messages.template", "messages.about"),
    " FROM charges c JOIN players p ON p.id = c.player_id WHERE c.id = messages.charge_id)"
);

/// `?1` email, `?2` tries with this one, `?3` now. Nobody has the link of an email that did not go out.
pub const REVOKE: &str = "\
    UPDATE links SET revoked_at = ?3 \
    WHERE id = (SELECT link_id FROM messages WHERE id = ?1 AND tries = ?2 AND state = 'sending') AND revoked_at IS NULL";

/// `?1` email, `?2` tries with this one, `?3` now.
pub const SENT: &str = "\
    UPDATE messages SET state = 'sent', reason = NULL, ended_at = ?3, next_try_at = NULL \
    WHERE id = ?1 AND tries = ?2 AND state IN ('sending', 'unclear')";

/// `?1` email, `?2` tries with this one, `?3` now, `?4` state, `?5` reason.
pub const ENDED: &str = "\
    UPDATE messages SET state = ?4, reason = ?5, ended_at = ?3, next_try_at = NULL \
    WHERE id = ?1 AND tries = ?2 AND state = 'sending'";

/// `?1` email, `?2` tries with this one, `?3` when it is tried again, `?4` reason.
pub const LATER: &str = "\
    UPDATE messages SET state = 'queued', reason = ?4, next_try_at = ?3 \
    WHERE id = ?1 AND tries = ?2 AND state = 'sending'";

/// `?1` now. The database was restored, and does not know what went out since: what it has queued may be that.
pub const RESTORED: &str = "\
    UPDATE messages SET state = 'unclear', reason = 'restored', ended_at = ?1, next_try_at = NULL \
    WHERE next_try_at IS NOT NULL";

/// `?1` now. Nor does it know of reminders: their days begin anew.
pub const REMIND_ANEW: &str = "UPDATE charges SET remind_from = ?1 WHERE remind_from < ?1";

/// An email that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Due {
    /// Its id.
    pub id: EmailId,
    /// How often it was claimed.
    pub tries: u32,
}

/// The emails that are due, those that wait longest first. What nobody knows of becomes unclear first, and what waited
/// too long is canceled.
///
/// # Errors
/// A [`StoreError`].
pub async fn due<D: Database>(
    database: &D,
    now: UnixMillis,
    limit: u32,
) -> Result<Vec<Due>, StoreError> {
    let mut read = cleaning(now);
    read.push(statement(DUE, [now.0.into(), i64::from(limit).into()]));
    let results = database.batch(read).await?;
    decode_all(results.last().map_or(&[][..], Vec::as_slice))
}

/// Ends what nobody knows of, and what waited too long, when no email can be sent.
///
/// # Errors
/// A [`StoreError`]: the next run does it.
pub async fn clean<D: Database>(database: &D, now: UnixMillis) -> Result<(), StoreError> {
    database.batch(cleaning(now)).await?;
    Ok(())
}

fn cleaning(now: UnixMillis) -> Vec<Statement> {
    vec![
        statement(INTERRUPTED, [now.0.into()]),
        statement(GIVE_UP, [now.0.into(), now.minus(TOO_OLD).0.into()]),
    ]
}

/// Claims an email until `until`, with the link that it carries. What it says, if this claim won; then nobody else sends
/// it.
///
/// # Errors
/// A [`StoreError`]: it may be claimed.
pub async fn claim<D: Database>(
    database: &D,
    due: &Due,
    token: &TokenHash,
    now: UnixMillis,
    until: UnixMillis,
) -> Result<Option<EmailData>, StoreError> {
    let read = || -> [Value; 3] { [due.id.0.into(), i64::from(due.tries).into(), now.0.into()] };
    let with = |sql, more: &[Value]| {
        let mut with = statement(sql, read());
        with.parameters.extend_from_slice(more);
        with
    };
    let (token, until) = (Value::from(token.as_str()), Value::from(until.0));
    let results = database
        .batch(vec![
            with(CANCEL, &[]),
            with(LINK, std::slice::from_ref(&token)),
            with(CLAIM, &[token, until]),
        ])
        .await?;
    let row = results.last().and_then(|rows| rows.first());
    row.map(Row::decode).transpose()
}

/// Records what a try came to. `tries` counts this one. Idempotent.
///
/// # Errors
/// A [`StoreError`]: it may not be recorded, and becomes unclear then.
pub async fn record<D: Database>(
    database: &D,
    id: EmailId,
    tries: u32,
    tried: Tried,
    now: UnixMillis,
    again: UnixMillis,
) -> Result<(), StoreError> {
    let this = || -> [Value; 2] { [id.0.into(), i64::from(tries).into()] };
    let with = |sql, more: &[Value]| {
        let mut with = statement(sql, this());
        with.parameters.extend_from_slice(more);
        with
    };
    let now = Value::from(now.0);
    let ended = |state: EmailState, reason: Reason| {
        let (state, reason) = (state.as_str().into(), reason.as_str().into());
        with(ENDED, &[now.clone(), state, reason])
    };
    let revoke = || with(REVOKE, std::slice::from_ref(&now));
    let write = match tried {
        Tried::Sent => vec![with(SENT, std::slice::from_ref(&now))],
        Tried::Unclear(reason) => vec![ended(EmailState::Unclear, reason)],
        Tried::Refused(reason) => vec![revoke(), ended(EmailState::Refused, reason)],
        Tried::Later(reason) => {
            let later = with(LATER, &[again.0.into(), reason.as_str().into()]);
            vec![revoke(), later]
        }
    };
    database.batch(write).await?;
    Ok(())
}

/// After a restore of the database: what it has queued may have gone out before.
///
/// # Errors
/// A [`StoreError`]: it is as it was.
pub async fn restored<D: Database>(database: &D, now: UnixMillis) -> Result<(), StoreError> {
    let both = [RESTORED, REMIND_ANEW].map(|sql| statement(sql, [now.0.into()]));
    database.batch(both.into()).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::email::Template;

    #[test]
    fn the_statements_know_which_templates_carry_a_link() {
        for template in Template::ALL {
            let name = format!("'{}'", template.as_str());
            assert_eq!(LINK.contains(&name), !template.has_link(), "{name}");
            // What carries no link is about a payment, and goes out though the charge is paid.
            assert_eq!(why_not!().contains(&name), !template.has_link(), "{name}");
        }
    }
}
