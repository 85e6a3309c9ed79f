//! How it stands with emails.

use serde::Deserialize;

use crate::{
    domain::{error::StoreError, time::UnixMillis},
    store::{
        database::{Database, query},
        row::{Row, statement},
    },
};

/// `?1` now. How it stands with emails.
pub const SIGNS: &str = "\
    SELECT json_object( \
        'waits_since', (SELECT MIN(next_try_at) FROM messages WHERE next_try_at <= ?1), \
        'unclear_at', (SELECT ended_at FROM messages WHERE state = 'unclear' ORDER BY id DESC LIMIT 1), \
        'refused_at', (SELECT ended_at FROM messages WHERE state = 'refused' ORDER BY id DESC LIMIT 1))";

/// How it stands with emails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct EmailSigns {
    /// Since when an email has been due.
    pub waits_since: Option<UnixMillis>,
    /// When the newest unclear one became that.
    pub unclear_at: Option<UnixMillis>,
    /// When the newest refused one became that.
    pub refused_at: Option<UnixMillis>,
}

/// How it stands with emails.
///
/// # Errors
/// A [`StoreError`].
pub async fn signs<D: Database>(database: &D, now: UnixMillis) -> Result<EmailSigns, StoreError> {
    let rows = query(database, statement(SIGNS, [now.0.into()])).await?;
    let signs = rows.first().map(Row::decode).transpose()?;
    Ok(signs.unwrap_or_default())
}
