//! Links: how one is minted and revoked.

use super::{
    audit,
    database::{Database, query, transaction},
    row::{decode_all, statement},
};
use crate::{
    domain::{
        act::Act,
        charge::Kind,
        error::StoreError,
        id::ChargeId,
        money::{Currency, Money},
        time::UnixMillis,
        token::TokenHash,
    },
    json,
};

/// `?1` token hash, `?2` charge, `?3` now, `?4` the form's own id or NULL. Returns the link's id.
pub const MINT: &str = "\
    INSERT INTO links (token_sha256, charge_id, created_at, request) VALUES (?1, ?2, ?3, ?4) \
    RETURNING json_object('id', id)";

/// `?1` a JSON array of charges. Those that are to be paid, and who pays.
pub const UNPAID: &str = "\
    SELECT json_object('charge', c.id, 'player_id', p.player_id, 'player', p.name, 'email', p.email, 'language', p.language, \
                       'kind', c.kind, 'period', c.period, 'minor', c.amount_minor, 'currency', c.currency, 'due_on', c.due_on) \
    FROM json_each(?1) j JOIN charges c ON c.id = j.value JOIN standings s ON s.id = c.id JOIN players p ON p.id = c.player_id \
    WHERE s.state IN ('unpaid', 'pending') AND p.erased_at IS NULL GROUP BY c.id ORDER BY c.id";

/// `?1` a JSON array of `[charge, token hash]`, `?2` now.
pub const MINT_ALL: &str = "\
    INSERT INTO links (token_sha256, charge_id, created_at) \
    SELECT j.value ->> 1, j.value ->> 0, ?2 FROM json_each(?1) j";

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
    let statements = vec![mint, audit::recording(act, at)];
    let Some(results) = transaction(database, statements).await? else {
        return Ok(None);
    };
    let row = results.first().and_then(|rows| rows.first());
    let row = row.ok_or_else(|| StoreError::Failed("a link without its row".to_owned()))?;
    Ok(Some(row.decode::<Id>()?.id))
}

/// A charge that is to be paid, and who pays.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Unpaid {
    /// The charge.
    pub charge: ChargeId,
    /// The club's own id of the player.
    pub player_id: String,
    /// The player's name.
    pub player: String,
    /// The payer's address.
    pub email: Option<String>,
    /// The payer's language, if it is not the club's.
    pub language: Option<String>,
    /// The charge's kind.
    pub kind: Kind,
    /// `2026-05`, or empty.
    pub period: String,
    minor: i64,
    currency: Currency,
    /// `2026-05-31`, if it is due on a day.
    pub due_on: Option<String>,
}

impl Unpaid {
    /// How much is owed.
    #[must_use]
    pub const fn money(&self) -> Money {
        Money {
            minor: self.minor,
            currency: self.currency,
        }
    }
}

/// Those of these charges that are to be paid.
///
/// # Errors
/// A [`StoreError`].
pub async fn unpaid<D: Database>(
    database: &D,
    charges: &[ChargeId],
) -> Result<Vec<Unpaid>, StoreError> {
    let read = statement(UNPAID, [json::to_string(charges).into()]);
    decode_all(&query(database, read).await?)
}

/// Mints a link to each of these charges, and records the act.
///
/// # Errors
/// A [`StoreError`]: there is no new link.
pub async fn mint_all<D: Database>(
    database: &D,
    links: &[(ChargeId, TokenHash)],
    act: &Act,
    at: UnixMillis,
) -> Result<(), StoreError> {
    let links: Vec<_> = links
        .iter()
        .map(|(charge, token)| (charge, token.as_str()))
        .collect();
    let mint = statement(MINT_ALL, [json::to_string(&links).into(), at.0.into()]);
    database
        .batch(vec![mint, audit::recording(act, at)])
        .await?;
    Ok(())
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
