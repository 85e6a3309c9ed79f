//! Links: how one is minted and revoked.

use super::{
    audit,
    database::{Database, DatabaseError, query},
    row::statement,
};
use crate::domain::{
    act::Act, error::StoreError, id::ChargeId, time::UnixMillis, token::TokenHash,
};

/// `?1` token hash, `?2` charge, `?3` now, `?4` the form's own id or NULL. Returns the link's id.
pub const MINT: &str = "\
    INSERT INTO links (token_sha256, charge_id, created_at, request) VALUES (?1, ?2, ?3, ?4) \
    RETURNING json_object('id', id)";

/// `?1` link.
pub const CHARGE_OF: &str = "SELECT json_object('charge', charge_id) FROM links WHERE id = ?1";

/// `?1` link, `?2` now. Returns a row if it was valid until now.
pub const REVOKE: &str = "\
    UPDATE links SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL RETURNING json_object('id', id)";

#[derive(serde::Deserialize)]
struct Id {
    id: i64,
}

#[derive(serde::Deserialize)]
struct ChargeOf {
    charge: ChargeId,
}

/// Mints a link to a charge, and records the act. `None` if the same form has minted one.
///
/// # Errors
/// A [`StoreError`]: there is no new link.
pub async fn mint<D: Database>(
    database: &D,
    charge: ChargeId,
    token: &TokenHash,
    request: Option<&str>,
    act: &Act,
    at: UnixMillis,
) -> Result<Option<i64>, StoreError> {
    let mint = statement(
        MINT,
        [
            token.as_str().into(),
            charge.0.into(),
            at.0.into(),
            request.into(),
        ],
    );
    match database.batch(vec![mint, audit::recording(act, at)]).await {
        Ok(results) => {
            let row = results.first().and_then(|rows| rows.first());
            let row = row.ok_or_else(|| StoreError("a link without its row".to_owned()))?;
            Ok(Some(row.decode::<Id>()?.id))
        }
        Err(DatabaseError::Conflict) => Ok(None),
        Err(DatabaseError::Failed(error)) => Err(error),
    }
}

/// The charge that a link leads to; `None` if there is no such link.
///
/// # Errors
/// A [`StoreError`].
pub async fn charge_of<D: Database>(database: &D, id: i64) -> Result<Option<ChargeId>, StoreError> {
    let rows = query(database, statement(CHARGE_OF, [id.into()])).await?;
    rows.first()
        .map(|row| Ok(row.decode::<ChargeOf>()?.charge))
        .transpose()
}

/// Revokes a link, and records the act. Whether it was valid until now.
///
/// # Errors
/// A [`StoreError`]: it is as it was.
pub async fn revoke<D: Database>(
    database: &D,
    id: i64,
    act: &Act,
    at: UnixMillis,
) -> Result<bool, StoreError> {
    let revoke = statement(REVOKE, [id.into(), at.0.into()]);
    let results = database
        .batch(vec![revoke, audit::recording(act, at)])
        .await?;
    Ok(results.first().is_some_and(|rows| !rows.is_empty()))
}
