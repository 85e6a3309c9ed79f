//! An import's statements. All of them are one transaction.
//!
//! A file travels as JSON arrays of lines, in chunks of at most [`CHUNK`] bytes. D1 takes a text or a row of 2 MB at
//! most, 100 parameters a statement and, on the free plan, 50 statements a request (Cloudflare docs, "Limits" of D1).
//! Each chunk crosses to D1 once: it is put into `import_chunks`, which the other statements read and which is empty
//! again when the transaction ends. So the number of statements is that of the chunks and ten more. A file of the
//! greatest length makes ten chunks or fewer, unless most of its characters are quotes.

use serde::{Deserialize, Serialize};

use super::{
    audit,
    database::{Database, transaction},
    row::statement,
};
use crate::{
    domain::{act::Act, error::StoreError, money::Currency, time::UnixMillis},
    json,
};

/// How many bytes of JSON travel in one parameter. The longest line is some thousand bytes, so each fits.
pub const CHUNK: usize = 1_000_000;

/// A line as the statements read it. What is not there is left out.
#[derive(Clone, Debug, Serialize)]
pub struct Written<'a> {
    /// The club's own id of the player.
    pub player_id: &'a str,
    /// The player's name.
    pub player: &'a str,
    /// The payer's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<&'a str>,
    /// The player's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<&'static str>,
    /// The player's monthly fee in minor units of [`Written::currency`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly_fee_minor: Option<i64>,
    /// The words that the player is found by.
    pub words: Vec<String>,
    /// The currency's code: of the amount and of the fee.
    pub currency: Currency,
    /// The charge. Without one the line is about the player alone.
    #[serde(flatten)]
    pub charge: Option<WrittenCharge<'a>>,
}

/// The charge, as a line has it.
#[derive(Clone, Debug, Serialize)]
pub struct WrittenCharge<'a> {
    /// Its kind.
    pub kind: &'static str,
    /// Its period, or empty.
    pub period: &'a str,
    /// Minor units.
    pub amount_minor: i64,
    /// Which charge it was when the database was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<i64>,
    /// Whether it was paid then, and is owed in another amount: that one stays.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_kept: bool,
    /// The SHA-256 of the link's token, if the line has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_sha256: Option<String>,
    /// The order's id in the old system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<i64>,
    /// The order's status there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_status: Option<&'static str>,
    /// When it was created there, in Unix milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_created_at: Option<i64>,
    /// The order's session at Stripe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stripe_session_id: Option<&'a str>,
    /// Whether the order is carried over.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub carry_order: bool,
}

/// The facts that the database has about a line.
#[derive(Clone, Debug, Deserialize)]
pub struct Known {
    /// The line's player.
    pub player: Option<i64>,
    /// The line's charge.
    pub charge: Option<i64>,
    /// The amount that was owed until now, in minor units.
    pub amount_minor: Option<i64>,
    /// Its currency.
    pub currency: Option<Currency>,
    /// The payer's address until now.
    pub email: Option<String>,
    /// 1 if the line says something else of the player than the database.
    pub is_other_player: i64,
    /// 1 if the player's data was erased.
    pub is_erased: i64,
    /// Whether the charge has a link: 1 or 0.
    pub links: i64,
    /// The charge that the line's token leads to.
    pub token_charge: Option<i64>,
    /// The charge that the line's order id belongs to.
    pub order_charge: Option<i64>,
    /// The order that the line's session belongs to.
    pub session_order: Option<i64>,
    /// The charge's live order.
    pub live_order: Option<i64>,
    /// 1 if the live order is paid.
    pub live_is_paid: i64,
    /// 1 if the live order is pending and its amount is not the line's.
    pub is_outdated: i64,
}

/// `?1` lines. Returns what the database says of each, as [`Known`].
pub const STATE: &str = "\
    SELECT json_object('player', p.id, 'charge', c.id, 'amount_minor', c.amount_minor, 'currency', c.currency, 'email', p.email, \
                       'is_erased', p.erased_at IS NOT NULL, \
                       'is_other_player', p.name IS NOT j.value ->> 'player' \
                         OR COALESCE(j.value ->> 'email', p.email) IS NOT p.email \
                         OR COALESCE(j.value ->> 'language', p.language) IS NOT p.language \
                         OR (j.value ->> 'monthly_fee_minor' IS NOT NULL \
                             AND (p.monthly_fee_minor IS NOT j.value ->> 'monthly_fee_minor' \
                                  OR p.monthly_currency IS NOT j.value ->> 'currency')), 'links', EXISTS (SELECT 1 FROM links x WHERE x.charge_id = c.id), \
                       'token_charge', t.charge_id, 'order_charge', o.charge_id, 'session_order', s.id, \
                       'live_order', l.id, 'live_is_paid', l.status IS 'paid', \
                       'is_outdated', l.status IS 'pending' AND (l.amount_minor <> j.value ->> 'amount_minor' \
                                                                 OR l.currency <> j.value ->> 'currency')) \
    FROM json_each(?1) j \
    LEFT JOIN players p ON p.player_id = j.value ->> 'player_id' \
    LEFT JOIN charges c ON c.player_id = p.id AND c.kind = j.value ->> 'kind' AND c.period = j.value ->> 'period' \
    LEFT JOIN links t ON t.token_sha256 = j.value ->> 'token_sha256' \
    LEFT JOIN orders o ON o.id = j.value ->> 'order_id' \
    LEFT JOIN orders s ON s.stripe_session_id = j.value ->> 'stripe_session_id' \
    LEFT JOIN orders l ON l.charge_id = c.id AND l.status IN ('pending', 'paid') \
    ORDER BY j.key";

// The lines of the file, each with its player. CROSS JOIN keeps SQLite from beginning at the players.
macro_rules! lines_and_players {
    () => {
        "FROM import_chunks i CROSS JOIN json_each(i.lines) j \
         CROSS JOIN players p ON p.player_id = j.value ->> 'player_id' "
    };
}
// The same with each line's charge.
macro_rules! lines_and_charges {
    () => {
        concat!(
            lines_and_players!(),
            "CROSS JOIN charges c ON c.player_id = p.id AND c.kind = j.value ->> 'kind' AND c.period = j.value ->> 'period' "
        )
    };
}

// Whether a charge is paid: what was owed then stays.
macro_rules! is_paid {
    ($charge:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM orders o WHERE o.charge_id = ",
            $charge,
            " AND o.status = 'paid')"
        )
    };
}

/// Aborts the transaction if something is not as it was read: a charge came to be, one was paid, an order was carried
/// over, a player was erased. Then another import of the same file, or a payment, was faster.
pub const EXPECT: &str = concat!(
    "INSERT INTO expect (holds) \
     SELECT NOT EXISTS ( \
       SELECT 1 FROM import_chunks i CROSS JOIN json_each(i.lines) j \
       LEFT JOIN players p ON p.player_id = j.value ->> 'player_id' \
       LEFT JOIN charges c ON c.player_id = p.id AND c.kind = j.value ->> 'kind' AND c.period = j.value ->> 'period' \
       WHERE p.erased_at IS NOT NULL \
          OR c.id IS NOT j.value ->> 'known' \
          OR COALESCE(j.value ->> 'is_kept', 0) \
             <> (c.id IS NOT NULL AND (c.amount_minor <> j.value ->> 'amount_minor' OR c.currency <> j.value ->> 'currency') AND ",
    is_paid!("c.id"),
    ") OR (j.value ->> 'carry_order' AND EXISTS (SELECT 1 FROM orders o WHERE o.id = j.value ->> 'order_id')))"
);

/// The words of players whose name changes go. Stands before [`PLAYERS`], which changes it.
pub const OLD_WORDS: &str = concat!(
    "DELETE FROM player_words WHERE player_id IN (SELECT p.id ",
    lines_and_players!(),
    "WHERE p.name <> j.value ->> 'player')"
);

/// The words that players are found by.
pub const WORDS: &str = concat!(
    "INSERT INTO player_words (word, player_id) SELECT w.value, p.id ",
    lines_and_players!(),
    "CROSS JOIN json_each(j.value, '$.words') w WHERE true ON CONFLICT (word, player_id) DO NOTHING"
);

/// `?1` now. What a line does not say of a player stays. A player who is the same is not written: D1 counts each row that is.
pub const PLAYERS: &str = "\
    INSERT INTO players (player_id, name, email, language, monthly_fee_minor, monthly_currency, created_at, updated_at) \
    SELECT j.value ->> 'player_id', j.value ->> 'player', j.value ->> 'email', j.value ->> 'language', \
           j.value ->> 'monthly_fee_minor', IIF(j.value ->> 'monthly_fee_minor' IS NULL, NULL, j.value ->> 'currency'), ?1, ?1 \
    FROM import_chunks i CROSS JOIN json_each(i.lines) j WHERE true \
    ON CONFLICT (player_id) DO UPDATE \
    SET name = excluded.name, email = COALESCE(excluded.email, players.email), updated_at = excluded.updated_at, \
        language = COALESCE(excluded.language, players.language), \
        monthly_fee_minor = COALESCE(excluded.monthly_fee_minor, players.monthly_fee_minor), \
        monthly_currency = COALESCE(excluded.monthly_currency, players.monthly_currency), \
        email_refused_at = IIF(COALESCE(excluded.email, players.email) IS players.email, players.email_refused_at, NULL) \
    WHERE players.name <> excluded.name \
       OR COALESCE(excluded.email, players.email) IS NOT players.email \
       OR COALESCE(excluded.language, players.language) IS NOT players.language \
       OR COALESCE(excluded.monthly_fee_minor, players.monthly_fee_minor) IS NOT players.monthly_fee_minor \
       OR COALESCE(excluded.monthly_currency, players.monthly_currency) IS NOT players.monthly_currency";

/// `?1` now. A charge that is paid stays as it is. One that is the same is not written: D1 counts each row that is.
pub const CHARGES: &str = concat!(
    "INSERT INTO charges (player_id, kind, period, amount_minor, currency, created_at, updated_at) \
     SELECT p.id, j.value ->> 'kind', j.value ->> 'period', j.value ->> 'amount_minor', j.value ->> 'currency', ?1, ?1 ",
    lines_and_players!(),
    "WHERE j.value ->> 'kind' IS NOT NULL \
     ON CONFLICT (player_id, kind, period) DO UPDATE \
     SET amount_minor = excluded.amount_minor, currency = excluded.currency, updated_at = excluded.updated_at \
     WHERE (charges.amount_minor <> excluded.amount_minor OR charges.currency <> excluded.currency) AND NOT ",
    is_paid!("charges.id")
);

/// `?1` now.
pub const LINKS: &str = concat!(
    "INSERT INTO links (token_sha256, charge_id, created_at) \
     SELECT j.value ->> 'token_sha256', c.id, ?1 ",
    lines_and_charges!(),
    "WHERE j.value ->> 'token_sha256' IS NOT NULL \
     ON CONFLICT (token_sha256) DO NOTHING"
);

/// `?1` now. Pending orders whose charge has another amount now become due, so that the cron ends
/// their sessions.
pub const OUTDATED: &str = concat!(
    "UPDATE orders SET next_check_at = ?1 \
     WHERE status = 'pending' AND id IN ( \
     SELECT o.id ",
    lines_and_charges!(),
    "CROSS JOIN orders o ON o.charge_id = c.id AND o.status = 'pending' \
     WHERE o.amount_minor <> c.amount_minor OR o.currency <> c.currency)"
);

/// `?1` now. Only the lines that carry an order over. The URL of a session is not taken from the
/// file: Stripe is asked for it.
pub const ORDERS: &str = concat!(
    "INSERT INTO orders (id, charge_id, status, origin, attempt, amount_minor, currency, created_at, \
     stripe_session_id, next_check_at, paid_at, canceled_at, cancel_reason, refunded_at, refunded_minor, \
     cause, updated_at) \
     SELECT j.value ->> 'order_id', c.id, j.value ->> 'order_status', 'import', lower(hex(randomblob(16))), \
     j.value ->> 'amount_minor', j.value ->> 'currency', j.value ->> 'order_created_at', \
     j.value ->> 'stripe_session_id', \
     CASE j.value ->> 'order_status' WHEN 'pending' THEN ?1 END, \
     CASE WHEN j.value ->> 'order_status' IN ('paid', 'refunded') THEN j.value ->> 'order_created_at' END, \
     CASE j.value ->> 'order_status' WHEN 'canceled' THEN j.value ->> 'order_created_at' END, \
     CASE j.value ->> 'order_status' WHEN 'canceled' THEN 'imported' END, \
     CASE j.value ->> 'order_status' WHEN 'refunded' THEN j.value ->> 'order_created_at' END, \
     CASE j.value ->> 'order_status' WHEN 'refunded' THEN j.value ->> 'amount_minor' ELSE 0 END, \
     'import', ?1 ",
    lines_and_charges!(),
    "WHERE j.value ->> 'carry_order'"
);

/// `?1` a chunk.
pub const PUT: &str = "INSERT INTO import_chunks (lines) VALUES (?1)";

/// The transaction leaves no chunk behind.
pub const TAKE: &str = "DELETE FROM import_chunks";

/// The lines as JSON arrays of at most `longest` bytes, or of one line.
fn chunks(lines: &[Written<'_>], longest: usize) -> Vec<String> {
    let mut chunks: Vec<String> = Vec::new();
    for line in lines.iter().map(json::to_string) {
        match chunks.last_mut() {
            // A comma before it, and the bracket that closes.
            Some(chunk) if chunk.len() + line.len() + 2 <= longest => {
                chunk.push(',');
                chunk.push_str(&line);
            }
            Some(_) | None => chunks.push(format!("[{line}")),
        }
    }
    for chunk in &mut chunks {
        chunk.push(']');
    }
    chunks
}

/// Reads the facts that the database has about each line, in the order of the lines: at one moment, however many chunks
/// there are. Changes nothing.
pub(crate) async fn state<D: Database>(
    database: &D,
    lines: &[Written<'_>],
) -> Result<Vec<Known>, StoreError> {
    let chunks = chunks(lines, CHUNK).into_iter();
    let statements: Vec<_> = chunks
        .map(|chunk| statement(STATE, [chunk.into()]))
        .collect();
    if statements.is_empty() {
        return Ok(Vec::new());
    }
    let results = database.batch(statements).await?;
    let known = results
        .iter()
        .flatten()
        .map(super::Row::decode)
        .collect::<Result<Vec<Known>, _>>()?;
    if known.len() == lines.len() {
        Ok(known)
    } else {
        Err(StoreError::Failed(
            "an import's lines and rows differ in number".to_owned(),
        ))
    }
}

/// Writes all lines, and who had them written. `false`: something has changed since it was read, and nothing was written.
pub(crate) async fn write<D: Database>(
    database: &D,
    lines: &[Written<'_>],
    act: &Act,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let chunks = chunks(lines, CHUNK).into_iter();
    let mut statements: Vec<_> = chunks.map(|chunk| statement(PUT, [chunk.into()])).collect();
    let plain = |sql| statement(sql, []);
    let dated = |sql| statement(sql, [now.0.into()]);
    statements.extend([
        plain(EXPECT),
        plain(OLD_WORDS),
        dated(PLAYERS),
        plain(WORDS),
    ]);
    statements.extend([CHARGES, LINKS, ORDERS, OUTDATED].map(dated));
    statements.push(plain(TAKE));
    statements.push(audit::recording(act, now));
    Ok(transaction(database, statements).await?.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(player: &str) -> Written<'_> {
        Written {
            player_id: "7",
            player,
            email: None,
            language: None,
            monthly_fee_minor: None,
            words: Vec::new(),
            currency: Currency::USD,
            charge: Some(WrittenCharge {
                kind: "monthly",
                period: "",
                amount_minor: 500,
                known: None,
                is_kept: false,
                token_sha256: None,
                order_id: None,
                order_status: None,
                order_created_at: None,
                stripe_session_id: None,
                carry_order: false,
            }),
        }
    }

    #[test]
    fn chunks_hold_all_lines_in_their_order_and_none_is_too_long() {
        let names: Vec<String> = (0..50).map(|i| "é\"".repeat(i)).collect();
        let lines: Vec<_> = names.iter().map(|name| line(name)).collect();
        let one = json::to_string(&lines[0]).len() + 2;
        for longest in [1, one, one + 1, 500, 2_000, 1_000_000] {
            let chunks = chunks(&lines, longest);
            let mut read = Vec::new();
            for chunk in &chunks {
                let array: Vec<serde_json::Value> =
                    json::from_str(chunk).unwrap_or_else(|error| panic!("{error}"));
                assert!(chunk.len() <= longest || array.len() == 1, "{longest}");
                read.extend(array);
            }
            let read: Vec<_> = read.iter().map(|line| line["player"].as_str()).collect();
            let expected: Vec<_> = names.iter().map(|name| Some(name.as_str())).collect();
            assert_eq!(read, expected, "{longest}");
        }
        assert_eq!(chunks(&[], CHUNK), Vec::<String>::new());
    }
}
