//! Players as the desk shows them: a page of a list, all that is known about one, and how that is erased.

use serde::Deserialize;

use crate::{
    billing::import::line::Line,
    desk::{
        charges::detail::{LinkOf, OrderOf, link_of_json, order_of_json},
        emails::queries::{self as emails, Email},
        export::queries::{PaymentOf, payment_json},
    },
    domain::{
        act::Act,
        error::StoreError,
        id::{ChargeId, IncidentId, OrderId, PlayerId},
        money::{Currency, Money},
        search,
        time::UnixMillis,
    },
    json,
    store::{
        self, audit,
        charges::{self, listed_json, standing},
        database::{Database, query, transaction},
        row::{Row, Statement, Value, decode_all, decode_page, statement},
        search::players_by_words,
    },
};

/// How many players a page of the list has.
pub const PAGE: usize = 50;

/// Which players a list has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The text as it was typed.
    pub text: String,
    /// Its words, as players are found by them.
    pub words: Vec<String>,
    /// Older than this one.
    pub after: Option<PlayerId>,
}

/// A player.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Player {
    /// The row's id.
    pub id: PlayerId,
    /// The club's own id.
    pub player_id: String,
    /// The name.
    pub name: String,
    /// The payer's address.
    pub email: Option<String>,
    /// Since when it is known that Stripe does not take the address.
    pub email_refused_at: Option<UnixMillis>,
    /// The language, if it is not the club's.
    pub language: Option<String>,
    fee_minor: Option<i64>,
    fee_currency: Option<Currency>,
    /// Since when nothing personal is left.
    pub erased_at: Option<UnixMillis>,
    /// When the player came to be.
    pub created_at: UnixMillis,
    /// When anything of the player changed last.
    pub updated_at: UnixMillis,
}

impl Player {
    /// The fee that is owed each month, if it is known.
    #[must_use]
    pub fn monthly_fee(&self) -> Option<Money> {
        let fee = self.fee_minor.zip(self.fee_currency);
        fee.map(|(minor, currency)| Money { minor, currency })
    }
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The newest first.
    pub players: Vec<Player>,
    /// Where the next page begins, if there may be one.
    pub next: Option<PlayerId>,
}

macro_rules! player_json {
    () => {
        "json_object('id', p.id, 'player_id', p.player_id, 'name', p.name, 'email', p.email, \
                     'email_refused_at', p.email_refused_at, 'language', p.language, \
                     'fee_minor', p.monthly_fee_minor, 'fee_currency', p.monthly_currency, \
                     'erased_at', p.erased_at, 'created_at', p.created_at, 'updated_at', p.updated_at)"
    };
}

/// `?1` after, `?2` limit.
pub const LIST: &str = concat!(
    "SELECT ",
    player_json!(),
    " FROM players p WHERE p.id < ?1 ORDER BY p.id DESC LIMIT ?2"
);

/// `?1` after, `?2` limit, `?3` how many players, `?4` the words as a JSON array.
pub const SEARCH: &str = concat!(
    "SELECT ",
    player_json!(),
    " FROM (",
    players_by_words!("?4", "?3"),
    ") f JOIN players p ON p.id = f.player_id WHERE p.id < ?1 ORDER BY p.id DESC LIMIT ?2"
);

/// A page of players, the newest first.
///
/// # Errors
/// A [`StoreError`].
pub async fn list<D: Database>(database: &D, filter: &Filter) -> Result<Page, StoreError> {
    let after: Value = filter.after.map_or(i64::MAX, |after| after.0).into();
    let limit: Value = (PAGE as i64 + 1).into();
    let read = match store::search::parameter(&filter.words) {
        None => statement(LIST, [after, limit]),
        Some(words) => statement(SEARCH, [after, limit, store::search::MOST.into(), words]),
    };
    let rows = query(database, read).await?;
    let (players, has_more): (Vec<Player>, _) = decode_page(&rows, PAGE)?;
    let last = players.last().map(|player| player.id);
    Ok(Page {
        players,
        next: last.filter(|_| has_more),
    })
}

/// An order of a player, with what it holds of them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Held {
    /// Its charge.
    pub charge: ChargeId,
    /// Its name on Stripe's page: holds the player's name.
    pub product_name: String,
    /// The address that Stripe's page was given.
    pub customer_email: Option<String>,
    /// The order.
    pub order: OrderOf,
}

/// A charge of a player.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Owed {
    /// The charge.
    pub charge: charges::Listed,
    /// Why it was closed.
    pub close_reason: Option<String>,
}

/// A link of a player.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Leading {
    /// Its charge.
    pub charge: ChargeId,
    /// The link.
    pub link: LinkOf,
}

/// Something about a player that a person had to look at.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Noted {
    /// The incident.
    pub id: IncidentId,
    /// Its charge.
    pub charge: ChargeId,
    /// Its kind.
    pub kind: String,
    /// More of it.
    pub detail: String,
    /// When it was opened.
    pub opened_at: UnixMillis,
    /// When it was over.
    pub resolved_at: Option<UnixMillis>,
    /// An operator's note of its end, or the reason why it ended by itself.
    pub resolution: Option<String>,
}

/// All that is known about a player. Each list has at most 1,000 entries, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// The player.
    pub player: Player,
    /// Their charges, whatever the state.
    pub charges: Vec<Owed>,
    /// How they tried to pay.
    pub orders: Vec<Held>,
    /// The links to their charges. The tokens are not known.
    pub links: Vec<Leading>,
    /// Which emails were queued for them, and what became of those.
    pub emails: Vec<Email>,
    /// The incidents that people had to look at.
    pub incidents: Vec<Noted>,
    /// The words that they are found by.
    pub words: Vec<String>,
}

/// `?1` player.
pub const PLAYER: &str = concat!("SELECT ", player_json!(), " FROM players p WHERE p.id = ?1");

/// `?1` player.
pub const CHARGES_OF: &str = concat!(
    "SELECT json_object('charge', ",
    listed_json!(standing!()),
    ", 'close_reason', c.close_reason) FROM charges c JOIN players p ON p.id = c.player_id \
      WHERE c.player_id = ?1 ORDER BY c.id DESC LIMIT 1000"
);

/// `?1` player.
pub const ORDERS_OF: &str = concat!(
    "SELECT json_object('charge', o.charge_id, 'product_name', o.product_name, 'customer_email', o.customer_email, \
                        'order', ",
    order_of_json!(),
    ") FROM charges c JOIN orders o ON o.charge_id = c.id WHERE c.player_id = ?1 ORDER BY o.id DESC LIMIT 1000"
);

/// `?1` player.
pub const LINKS_OF: &str = concat!(
    "SELECT json_object('charge', l.charge_id, 'link', ",
    link_of_json!(),
    ") FROM charges c JOIN links l ON l.charge_id = c.id WHERE c.player_id = ?1 ORDER BY l.id DESC LIMIT 1000"
);

/// `?1` player.
pub const INCIDENTS_OF: &str = "\
    SELECT json_object('id', i.id, 'charge', i.charge_id, 'kind', i.kind, 'detail', i.detail, 'opened_at', i.opened_at, \
                       'resolved_at', i.resolved_at, 'resolution', i.resolution) \
    FROM charges c JOIN incidents i ON i.charge_id = c.id WHERE c.player_id = ?1 ORDER BY i.id DESC LIMIT 1000";

/// `?1` player.
pub const WORDS_OF: &str = "SELECT word FROM player_words WHERE player_id = ?1 ORDER BY word";

/// All that is known about a player; `None` if there is none of that id.
///
/// # Errors
/// A [`StoreError`].
pub async fn known<D: Database>(database: &D, id: PlayerId) -> Result<Option<Known>, StoreError> {
    let read = [
        PLAYER,
        CHARGES_OF,
        ORDERS_OF,
        LINKS_OF,
        emails::OF_PLAYER,
        INCIDENTS_OF,
        WORDS_OF,
    ];
    let read = read.map(|sql| statement(sql, [id.0.into()]));
    let results = database.batch(read.into()).await?;
    let [player, charges, orders, links, emails, incidents, words] = results.as_slice() else {
        return Err(StoreError::Failed(
            "seven statements gave another number of results".to_owned(),
        ));
    };
    let Some(player) = player.first() else {
        return Ok(None);
    };
    let words: Result<Vec<_>, _> = words
        .iter()
        .map(|row| row.text(0).map(str::to_owned))
        .collect();
    Ok(Some(Known {
        player: player.decode()?,
        charges: decode_all(charges)?,
        orders: decode_all(orders)?,
        links: decode_all(links)?,
        emails: decode_all(emails)?,
        incidents: decode_all(incidents)?,
        words: words?,
    }))
}

/// A payment, with what it was for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Paid {
    /// The charge.
    pub charge: charges::Listed,
    /// The payment.
    pub payment: PaymentOf,
}

/// A payment with its payer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Receipt {
    /// The payment.
    #[serde(flatten)]
    pub paid: Paid,
    /// The player's row.
    pub player: PlayerId,
    /// The payer's address.
    pub email: Option<String>,
}

macro_rules! paid_json {
    ($more:literal) => {
        concat!(
            "json_object('charge', ",
            listed_json!(standing!()),
            ", 'payment', ",
            payment_json!(),
            $more,
            ")"
        )
    };
}

/// `?1` player, `?2` from, `?3` before: what was paid, the oldest first, also by orders that were canceled before. At most 1,000.
pub const PAYMENTS_OF: &str = concat!(
    "SELECT ",
    paid_json!(""),
    " FROM charges c CROSS JOIN orders o ON o.charge_id = c.id CROSS JOIN players p ON p.id = c.player_id \
      WHERE c.player_id = ?1 AND o.paid_at >= ?2 AND o.paid_at < ?3 ORDER BY o.paid_at, o.id LIMIT 1000"
);

/// `?1` order: its payment, if there is one.
pub const RECEIPT: &str = concat!(
    "SELECT ",
    paid_json!(", 'player', p.id, 'email', p.email"),
    " FROM orders o CROSS JOIN charges c ON c.id = o.charge_id CROSS JOIN players p ON p.id = c.player_id \
      WHERE o.id = ?1 AND o.paid_at IS NOT NULL"
);

/// Reads the payments for a player in a time.
///
/// # Errors
/// A [`StoreError`].
pub async fn payments_of<D: Database>(
    database: &D,
    id: PlayerId,
    from: UnixMillis,
    before: UnixMillis,
) -> Result<Vec<Paid>, StoreError> {
    let read = statement(PAYMENTS_OF, [id.0.into(), from.0.into(), before.0.into()]);
    decode_all(&query(database, read).await?)
}

/// The payment of an order, with its payer; `None` if there is no such order, or nothing was paid by it.
///
/// # Errors
/// A [`StoreError`].
pub async fn receipt<D: Database>(
    database: &D,
    order: OrderId,
) -> Result<Option<Receipt>, StoreError> {
    let rows = query(database, statement(RECEIPT, [order.0.into()])).await?;
    rows.first().map(Row::decode).transpose()
}

/// A player; `None` if there is none of that id.
///
/// # Errors
/// A [`StoreError`].
pub async fn find<D: Database>(database: &D, id: PlayerId) -> Result<Option<Player>, StoreError> {
    let rows = query(database, statement(PLAYER, [id.0.into()])).await?;
    rows.first().map(Row::decode).transpose()
}

/// `?1` player, `?2` minor units or NULL, `?3` currency or NULL: aborts the transaction if the player has another fee by
/// now, or was erased.
pub const EXPECT_FEE: &str = "\
    INSERT INTO expect (holds) \
    SELECT EXISTS (SELECT 1 FROM players WHERE id = ?1 AND monthly_fee_minor IS ?2 AND monthly_currency IS ?3 \
                     AND erased_at IS NULL)";

/// `?1` player, `?2` minor units or NULL, `?3` currency or NULL, `?4` now.
pub const CHANGE_FEE: &str = "\
    UPDATE players SET monthly_fee_minor = ?2, monthly_currency = ?3, updated_at = ?4 WHERE id = ?1";

/// Changes what a player owes each month, and records the act. What is charged already stays. `false`: the player has
/// another fee than `before` by now, or was erased, and nothing was changed.
///
/// # Errors
/// A [`StoreError`]: nothing was changed, or the database's answer was lost. The same again does no harm.
pub async fn change_fee<D: Database>(
    database: &D,
    id: PlayerId,
    before: Option<Money>,
    after: Option<Money>,
    act: &Act,
    at: UnixMillis,
) -> Result<bool, StoreError> {
    let fee = |fee: Option<Money>| -> [Value; 3] {
        [
            id.0.into(),
            fee.map(|fee| fee.minor).into(),
            fee.map(|fee| String::from(fee.currency)).into(),
        ]
    };
    let expect = statement(EXPECT_FEE, fee(before));
    let mut change = statement(CHANGE_FEE, fee(after));
    change.parameters.push(at.0.into());
    let recorded = audit::recording(act, at);
    Ok(transaction(database, vec![expect, change, recorded])
        .await?
        .is_some())
}

/// `?1` the club's id of a player: aborts the transaction if there is one already.
pub const EXPECT_NEW: &str =
    "INSERT INTO expect (holds) SELECT NOT EXISTS (SELECT 1 FROM players WHERE player_id = ?1)";

/// `?1` the club's id, `?2` name, `?3` address or NULL, `?4` language or NULL, `?5` fee in minor units or NULL, `?6` its
/// currency or NULL, `?7` now. Returns the id of the row.
pub const ADD: &str = "\
    INSERT INTO players (player_id, name, email, language, monthly_fee_minor, monthly_currency, created_at, updated_at) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) RETURNING json_object('player', id)";

/// `?1` the club's id, `?2` the words of the name and the id, as a JSON array. The address is one more, which is there already if it
/// has just changed.
pub const ADD_WORDS: &str = "\
    INSERT INTO player_words (word, player_id) \
    SELECT w.value, p.id FROM players p CROSS JOIN json_each(?2) w WHERE p.player_id = ?1 \
    UNION ALL SELECT lower(p.email), p.id FROM players p WHERE p.player_id = ?1 AND p.email IS NOT NULL \
    ON CONFLICT (word, player_id) DO NOTHING";

/// `?1` player, `?2` when the player was changed last: aborts the transaction if that was later, or the player was erased.
pub const EXPECT_UNCHANGED: &str = "\
    INSERT INTO expect (holds) SELECT EXISTS (SELECT 1 FROM players WHERE id = ?1 AND updated_at = ?2 AND erased_at IS NULL)";

/// `?1` the club's id, then as [`ADD`]. Another address may be one that Stripe takes. The time moves in any case: it tells one
/// state of a player from the next.
pub const EDIT: &str = "\
    UPDATE players SET name = ?2, email = ?3, language = ?4, monthly_fee_minor = ?5, monthly_currency = ?6, \
                       updated_at = MAX(?7, updated_at + 1), email_refused_at = IIF(email IS ?3, email_refused_at, NULL) \
    WHERE player_id = ?1";

#[derive(Deserialize)]
struct Added {
    player: PlayerId,
}

fn values(line: &Line, at: UnixMillis) -> [Value; 7] {
    [
        line.player_id.as_str().into(),
        line.player.as_str().into(),
        line.email.as_deref().into(),
        line.language.into(),
        line.monthly_fee.map(|fee| fee.minor).into(),
        line.monthly_fee
            .map(|fee| String::from(fee.currency))
            .into(),
        at.0.into(),
    ]
}

fn words_of(line: &Line) -> Statement {
    let words = search::words_of_player(&line.player, &line.player_id);
    let words = json::to_string(&words);
    statement(ADD_WORDS, [line.player_id.as_str().into(), words.into()])
}

/// Adds a player, and records the act. `None`: there is one of that id, and nothing was done.
///
/// # Errors
/// A [`StoreError`]: nothing was done, or the database's answer was lost. The same again adds no second one.
pub async fn add<D: Database>(
    database: &D,
    line: &Line,
    act: &Act,
    at: UnixMillis,
) -> Result<Option<PlayerId>, StoreError> {
    let statements = vec![
        statement(EXPECT_NEW, [line.player_id.as_str().into()]),
        statement(ADD, values(line, at)),
        words_of(line),
        audit::recording(act, at),
    ];
    let Some(results) = transaction(database, statements).await? else {
        return Ok(None);
    };
    let row = results.get(1).and_then(|rows| rows.first());
    let added: Option<Added> = row.map(Row::decode).transpose()?;
    Ok(added.map(|added| added.player))
}

/// Changes a player into what a line says, and records the act. `false`: somebody has changed or erased the player since
/// `before` was read, and nothing was done.
///
/// # Errors
/// A [`StoreError`]: nothing was done, or the database's answer was lost.
pub async fn edit<D: Database>(
    database: &D,
    before: &Player,
    line: &Line,
    act: &Act,
    at: UnixMillis,
) -> Result<bool, StoreError> {
    let (id, seen) = (before.id.0.into(), before.updated_at.0.into());
    let statements = vec![
        statement(EXPECT_UNCHANGED, [id, seen]),
        statement(EDIT, values(line, at)),
        statement(ERASE_WORDS, [before.id.0.into()]),
        words_of(line),
        audit::recording(act, at),
    ];
    Ok(transaction(database, statements).await?.is_some())
}

#[derive(Deserialize)]
struct Pending {
    charge: ChargeId,
}

/// `?1` player: the charges with a pending order.
pub const PENDING: &str = "\
    SELECT json_object('charge', c.id) FROM charges c JOIN orders o ON o.charge_id = c.id AND o.status = 'pending' \
    WHERE c.player_id = ?1 ORDER BY c.id";

/// The charges of a player that somebody may be paying now.
///
/// # Errors
/// A [`StoreError`].
pub async fn pending<D: Database>(database: &D, id: PlayerId) -> Result<Vec<ChargeId>, StoreError> {
    let rows = query(database, statement(PENDING, [id.0.into()])).await?;
    let pending: Vec<Pending> = decode_all(&rows)?;
    Ok(pending.into_iter().map(|pending| pending.charge).collect())
}

/// `?1` player: aborts the transaction if one of the player's orders is pending. Its create call may be made again,
/// and must say the same.
pub const EXPECT_NONE_PENDING: &str = "\
    INSERT INTO expect (holds) \
    SELECT NOT EXISTS (SELECT 1 FROM charges c JOIN orders o ON o.charge_id = c.id AND o.status = 'pending' \
                       WHERE c.player_id = ?1)";

/// `?1` player, `?2` now. No fee is left either: nothing more is to be charged.
pub const ERASE: &str = "\
    UPDATE players SET name = 'Erased player', email = NULL, email_refused_at = NULL, language = NULL, \
                       monthly_fee_minor = NULL, monthly_currency = NULL, updated_at = ?2, erased_at = COALESCE(erased_at, ?2) \
    WHERE id = ?1";

/// `?1` player. Stands after [`ERASE`]: the trigger `orders_frozen` allows it only then.
pub const ERASE_ORDERS: &str = "\
    UPDATE orders SET product_name = 'Payment', customer_email = NULL, offline_note = NULL \
    WHERE charge_id IN (SELECT c.id FROM charges c WHERE c.player_id = ?1)";

/// `?1` player.
pub const ERASE_REASONS: &str =
    "UPDATE charges SET close_reason = NULL WHERE player_id = ?1 AND close_reason IS NOT NULL";

/// `?1` player. What an operator typed, and what Stripe said of an address.
pub const ERASE_NOTES: &str = "\
    UPDATE incidents \
    SET detail = CASE kind WHEN 'create_refused' THEN '' ELSE detail END, \
        resolution = CASE WHEN EXISTS (SELECT 1 FROM audit a WHERE a.about = 'incident ' || incidents.id \
                                         AND a.act = 'resolve_incident') \
                          THEN 'resolved by an operator' ELSE resolution END \
    WHERE charge_id IN (SELECT c.id FROM charges c WHERE c.player_id = ?1)";

/// `?1` player, `?2` now. Nothing more goes out to a player who is erased.
pub const ERASE_EMAILS: &str = "\
    UPDATE messages SET state = 'canceled', reason = 'erased', ended_at = ?2, next_try_at = NULL \
    WHERE state = 'queued' AND charge_id IN (SELECT c.id FROM charges c WHERE c.player_id = ?1)";

/// `?1` player.
pub const ERASE_WORDS: &str = "DELETE FROM player_words WHERE player_id = ?1";

/// Erases what is personal of a player, and records the act, if there is one. `false`: one of the player's orders is
/// pending, and nothing was changed.
///
/// # Errors
/// A [`StoreError`]: nothing was changed.
pub async fn erase<D: Database>(
    database: &D,
    id: PlayerId,
    act: Option<&Act>,
    at: UnixMillis,
) -> Result<bool, StoreError> {
    let of = |sql| statement(sql, [id.0.into()]);
    let mut statements = vec![
        of(EXPECT_NONE_PENDING),
        statement(ERASE, [id.0.into(), at.0.into()]),
        of(ERASE_ORDERS),
        of(ERASE_REASONS),
        statement(ERASE_EMAILS, [id.0.into(), at.0.into()]),
        of(ERASE_NOTES),
        of(ERASE_WORDS),
    ];
    statements.extend(act.map(|act| audit::recording(act, at)));
    Ok(transaction(database, statements).await?.is_some())
}
