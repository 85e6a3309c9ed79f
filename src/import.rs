//! The import: a CSV file becomes players, charges, links and, from an old system, orders.
//!
//! All or nothing: every line is read and held against the books first, and one bad line means that
//! nothing is written. The same file again mints no second link and carries no order over twice. A
//! minted token leaves this module once, in the report; the books keep its hash.

pub mod line;
pub mod options;
mod record;
mod value;

use crate::{
    config::Config,
    domain::error::StoreError,
    error::GuardError,
    json::{Array, Object},
    order::UnixMillis,
    ports::{Clock, Random},
    sql::{self, Row},
    store::{Database, row::statement},
    token::Token,
};
use line::{Line, OrderStatus};
use options::Options;

/// What an import came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    /// Every line is in the books (or would be, on a dry run).
    Report(Vec<Report>),
    /// Nothing was written.
    Rejected(Vec<Rejected>),
}

/// Why a line cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Counted from 1, the header being line 1.
    pub line: u64,
    /// What is wrong.
    pub reason: String,
}

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    player_id: String,
    player: String,
    kind: &'static str,
    period: String,
    amount: String,
    link: String,
    note: String,
}

impl Report {
    /// The columns of the answer.
    pub const COLUMNS: [&str; 7] = [
        "player_id",
        "player",
        "kind",
        "period",
        "amount",
        "link",
        "note",
    ];

    /// In the order of [`Self::COLUMNS`].
    #[must_use]
    pub fn to_fields(&self) -> Vec<String> {
        let Self {
            player_id,
            player,
            kind,
            period,
            amount,
            link,
            note,
        } = self.clone();
        vec![
            player_id,
            player,
            kind.to_owned(),
            period,
            amount,
            link,
            note,
        ]
    }

    /// The same as a JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let fields = self.to_fields();
        let members = Self::COLUMNS.iter().zip(&fields);
        let object = members.fold(Object::new(), |object, (name, value)| {
            object.text(name, value)
        });
        object.end()
    }
}

/// Imports a file.
///
/// # Errors
/// A fault of the books: nothing is written.
pub async fn import<W: Database + Clock + Random>(
    config: &Config,
    world: &W,
    csv: &[u8],
    options: Options,
) -> Result<Imported, GuardError> {
    let now = world.now();
    let dry_run = options.dry_run;
    let lines = match line::read(csv, now, options) {
        Ok(lines) => lines,
        Err(rejected) => return Ok(Imported::Rejected(rejected)),
    };
    let given: Vec<_> = lines
        .iter()
        .map(|line| Written::new(line, line.token.as_ref(), false))
        .collect();
    let state = read_state(world, &given).await?;
    let rejected: Vec<_> = lines
        .iter()
        .zip(&state)
        .filter_map(|(line, known)| {
            known.refuses(line).map(|reason| Rejected {
                line: line.number,
                reason,
            })
        })
        .collect();
    if !rejected.is_empty() {
        return Ok(Imported::Rejected(rejected));
    }
    let minted: Vec<Option<Token>> = lines
        .iter()
        .zip(&state)
        .map(|(line, known)| {
            known
                .needs_link(line)
                .then(|| Token::mint(&world.random_bytes()))
        })
        .collect();
    if !dry_run {
        let written: Vec<_> = lines
            .iter()
            .zip(&minted)
            .zip(&state)
            .map(|((line, minted), known)| {
                Written::new(
                    line,
                    line.token.as_ref().or(minted.as_ref()),
                    known.carries(line),
                )
            })
            .collect();
        write(world, &written, now).await?;
    }
    let reports = lines
        .iter()
        .zip(minted)
        .zip(&state)
        .map(|((line, minted), known)| {
            let token = line
                .token
                .as_ref()
                .or(if dry_run { None } else { minted.as_ref() });
            Report {
                player_id: line.player_id.clone(),
                player: line.player.clone(),
                kind: line.kind.as_str(),
                period: line.period.clone(),
                amount: line.amount.clone(),
                link: token.map_or_else(String::new, |token| link(config, line, token)),
                note: note(line, known, dry_run),
            }
        });
    Ok(Imported::Report(reports.collect()))
}

/// A line as the statements read it.
struct Written<'a> {
    player_id: &'a str,
    player: &'a str,
    email: Option<&'a str>,
    kind: &'static str,
    period: &'a str,
    amount_minor: i64,
    currency: &'a str,
    token_sha256: Option<String>,
    order_id: Option<i64>,
    order_status: Option<&'static str>,
    order_created_at: Option<i64>,
    stripe_session_id: Option<&'a str>,
    carry_order: bool,
}

impl<'a> Written<'a> {
    fn new(line: &'a Line, token: Option<&Token>, carry_order: bool) -> Self {
        let order = line.order.as_ref();
        Self {
            player_id: &line.player_id,
            player: &line.player,
            email: line.email.as_deref(),
            kind: line.kind.as_str(),
            period: &line.period,
            amount_minor: line.money.minor,
            currency: line.money.currency.as_str(),
            token_sha256: token.map(|token| token.hash().as_str().to_owned()),
            order_id: order.and_then(|order| order.id),
            order_status: order.map(|order| order.status.as_str()),
            order_created_at: order.map(|order| order.created_at.0),
            stripe_session_id: order
                .and_then(|order| order.session.as_ref())
                .map(|id| id.0.as_str()),
            carry_order,
        }
    }

    fn to_json(&self) -> String {
        Object::new()
            .text("player_id", self.player_id)
            .text("player", self.player)
            .maybe_text("email", self.email)
            .text("kind", self.kind)
            .text("period", self.period)
            .integer("amount_minor", self.amount_minor)
            .text("currency", self.currency)
            .maybe_text("token_sha256", self.token_sha256.as_deref())
            .maybe_integer("order_id", self.order_id)
            .maybe_text("order_status", self.order_status)
            .maybe_integer("order_created_at", self.order_created_at)
            .maybe_text("stripe_session_id", self.stripe_session_id)
            .truth("carry_order", self.carry_order)
            .end()
    }
}

/// What the books say of a line.
struct Known {
    charge: Option<i64>,
    has_link: bool,
    token_charge: Option<i64>,
    order_charge: Option<i64>,
    session_order: Option<i64>,
    live: Option<(i64, bool)>,
}

impl Known {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let live = row.optional_integer(6)?;
        let is_paid = row.optional_text(7)?.is_some_and(|status| status == "paid");
        Ok(Self {
            charge: row.optional_integer(1)?,
            has_link: row.integer(2)? == 1,
            token_charge: row.optional_integer(3)?,
            order_charge: row.optional_integer(4)?,
            session_order: row.optional_integer(5)?,
            live: live.map(|id| (id, is_paid)),
        })
    }

    fn refuses(&self, line: &Line) -> Option<String> {
        if self.token_charge.is_some() && self.token_charge != self.charge {
            return Some("token: leads to another charge already".to_owned());
        }
        let order = line.order.as_ref()?;
        if self.order_charge.is_some() && self.order_charge != self.charge {
            return Some("order_id: belongs to another charge already".to_owned());
        }
        if self.session_order.is_some() && self.session_order != order.id {
            return Some("stripe_session_id: belongs to another order already".to_owned());
        }
        match self.live {
            Some((live, _)) if self.carries(line) && order.status.is_live() => Some(format!(
                "order_status: the charge has the live order {live} already"
            )),
            _ => None,
        }
    }

    /// An order is carried over once: by its id, or, where it has none, with its new charge.
    fn carries(&self, line: &Line) -> bool {
        match line.order.as_ref().map(|order| order.id) {
            None => false,
            Some(Some(_)) => self.order_charge.is_none(),
            Some(None) => self.charge.is_none(),
        }
    }

    fn needs_link(&self, line: &Line) -> bool {
        line.token.is_none() && !self.has_link
    }
}

async fn read_state<D: Database>(
    database: &D,
    lines: &[Written<'_>],
) -> Result<Vec<Known>, GuardError> {
    let results = database
        .batch(vec![statement(sql::import::STATE, [as_json(lines).into()])])
        .await;
    let rows = results.map_err(StoreError::from)?.into_iter().flatten();
    let known = rows
        .map(|row| Known::read(&row))
        .collect::<Result<Vec<_>, _>>()?;
    if known.len() == lines.len() {
        Ok(known)
    } else {
        Err(StoreError("an import's lines and rows differ in number".to_owned()).into())
    }
}

async fn write<D: Database>(
    database: &D,
    lines: &[Written<'_>],
    now: UnixMillis,
) -> Result<(), GuardError> {
    use sql::import::{CHARGES, LINKS, ORDERS, OUTDATED, PLAYERS};
    let lines = as_json(lines);
    let statements = [PLAYERS, CHARGES, LINKS, ORDERS, OUTDATED]
        .map(|sql| statement(sql, [lines.as_str().into(), now.0.into()]));
    database
        .batch(statements.into())
        .await
        .map_err(StoreError::from)?;
    Ok(())
}

fn as_json(lines: &[Written<'_>]) -> String {
    let array = lines
        .iter()
        .fold(Array::new(), |array, line| array.json(&line.to_json()));
    array.end()
}

fn link(config: &Config, line: &Line, token: &Token) -> String {
    let origin = &config.policy.public_origin;
    format!("{origin}{}?token={}", line.kind.path(), token.query_value())
}

fn note(line: &Line, known: &Known, dry_run: bool) -> String {
    let mut notes = Vec::new();
    if line.money.minor == 0 {
        notes.push("nothing to pay".to_owned());
    }
    if line.token.as_ref().is_some_and(Token::is_short) {
        notes.push(
            "warning: its token is short enough to be guessed; send a new link soon".to_owned(),
        );
    }
    match (&line.order, known.live) {
        (Some(order), _) if known.carries(line) => {
            let unasked = order.status == OrderStatus::Pending && order.session.is_none();
            notes.push(format!("order carried over: {}", order.status.as_str()));
            if unasked {
                notes.push(
                    "it has no Stripe session, so the next visit replaces it without asking Stripe"
                        .to_owned(),
                );
            }
        }
        (_, Some((id, true))) => notes.push(format!("already paid by order {id}")),
        (Some(_), _) => notes.push("its order is here already".to_owned()),
        (None, _) => {}
    }
    if known.charge.is_some() {
        notes.push("updated".to_owned());
    }
    if known.needs_link(line) && dry_run {
        notes.push("a link would be made".to_owned());
    } else if line.token.is_none() && known.has_link {
        notes.push("its link was handed out before".to_owned());
    }
    notes.join("; ")
}
