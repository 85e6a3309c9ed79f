//! The import: a CSV file becomes players, charges, links and, from an old system, orders.
//!
//! All or nothing: every line is read and held against the database first, and one bad line means that
//! nothing is written. The same file again mints no second link and carries no order over twice. A
//! minted token leaves this module once, in the report; the database keeps its hash.

pub mod line;
pub mod options;
mod record;
pub mod rejected;
mod value;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::{
    config::Config,
    domain::{
        act::Act, charge::Kind, error::StoreError, id::OrderId, money::Money,
        operator::OperatorName, search, token::Token,
    },
    encode::hex,
    json,
    ports::{Clock, Random},
    store::{
        self, Database,
        import::{Known, Written},
    },
};
use line::{Line, OrderStatus};
use options::Options;
use rejected::{Reason, Rejected, Wrong};

/// What an import came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    /// Every line is in the database (or would be, on a dry run).
    Report {
        /// What became of each line.
        lines: Vec<Report>,
        /// Sessions are open at Stripe for amounts that are no longer owed.
        has_outdated: bool,
    },
    /// Nothing was written.
    Rejected(Vec<Rejected>),
}

/// What became of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The club's own id of the player.
    pub player_id: String,
    /// The player's name.
    pub player: String,
    /// What is owed.
    pub kind: Kind,
    /// `2026-05`, or empty.
    pub period: String,
    /// As it was written.
    pub amount: String,
    /// The link, if this import made or brought it; else empty.
    pub link: String,
    /// What else is to be said, parted by semicolons.
    pub note: String,
    /// The line of the file, counted from 1.
    pub line: u64,
    /// How much is owed.
    pub money: Money,
    /// What becomes of the charge.
    pub change: Change,
    /// A link is made.
    pub makes_link: bool,
}

/// What a line makes of its charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    New,
    /// Another amount is owed than this one.
    Amount(Money),
    /// The same is owed as before, but the player has another name, address, language or fee.
    Player,
    /// All is as before.
    Same,
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

    /// Each column with its value.
    #[must_use]
    pub fn fields(&self) -> [(&'static str, &str); 7] {
        let Self {
            player_id,
            player,
            kind,
            period,
            amount,
            link,
            note,
            line: _,
            money: _,
            change: _,
            makes_link: _,
        } = self;
        let values: [&str; 7] = [player_id, player, kind.as_str(), period, amount, link, note];
        std::array::from_fn(|at| (Self::COLUMNS[at], values[at]))
    }
}

/// An object with a member for each column.
impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.fields())
    }
}

/// Imports a file.
///
/// # Errors
/// A [`StoreError`]: nothing is written.
pub async fn import<W: Database + Clock + Random>(
    config: &Config,
    ports: &W,
    csv: &[u8],
    options: Options,
    operator: &OperatorName,
) -> Result<Imported, StoreError> {
    let now = ports.now();
    let dry_run = options.dry_run;
    let lines = match line::read(csv, now, options) {
        Ok(lines) => lines,
        Err(rejected) => return Ok(Imported::Rejected(rejected)),
    };
    let given: Vec<_> = lines
        .iter()
        .map(|line| written(line, line.token.as_ref(), false))
        .collect();
    let state = store::import::state(ports, &given).await?;
    let lines: Vec<(Line, Known)> = lines.into_iter().zip(state).collect();
    let rejected: Vec<_> = lines
        .iter()
        .filter_map(|(line, known)| {
            refuses(known, line).map(|wrong| Rejected {
                line: line.number,
                wrong,
            })
        })
        .collect();
    if !rejected.is_empty() {
        return Ok(Imported::Rejected(rejected));
    }
    let mint = || Token::mint(&ports.random_bytes());
    let minted: Vec<Option<Token>> = lines
        .iter()
        .map(|(line, known)| needs_link(known, line).then(mint))
        .collect();
    if !dry_run {
        let written: Vec<_> = lines
            .iter()
            .zip(&minted)
            .map(|((line, known), minted)| {
                let token = line.token.as_ref().or(minted.as_ref());
                written(line, token, carries(known, line))
            })
            .collect();
        let act = act(operator, csv, &lines);
        store::import::write(ports, &written, &act, now).await?;
    }
    let reports = lines.iter().zip(minted).map(|((line, known), minted)| {
        let token = line
            .token
            .as_ref()
            .or(if dry_run { None } else { minted.as_ref() });
        Report {
            player_id: line.player_id.clone(),
            player: line.player.clone(),
            kind: line.kind,
            period: line.period.clone(),
            amount: line.amount.clone(),
            link: token.map_or_else(String::new, |token| link(config, line, token)),
            note: note(line, known, dry_run),
            line: line.number,
            money: line.money,
            change: change(line, known),
            makes_link: needs_link(known, line),
        }
    });
    let has_outdated = !dry_run && lines.iter().any(|(_, known)| known.is_outdated == 1);
    let lines = reports.collect();
    Ok(Imported::Report {
        lines,
        has_outdated,
    })
}

/// What the audit says of an import: which file it was, and how much of it was new. No line of it.
#[derive(Serialize)]
struct Detail {
    sha256: String,
    lines: usize,
    new_charges: usize,
    new_links: usize,
    orders: usize,
}

fn act(operator: &OperatorName, csv: &[u8], lines: &[(Line, Known)]) -> Act {
    let of = |counts: fn(&(Line, Known)) -> bool| lines.iter().filter(|line| counts(line)).count();
    let detail = Detail {
        sha256: hex(&Sha256::digest(csv)),
        lines: lines.len(),
        new_charges: of(|(_, known)| known.charge.is_none()),
        new_links: of(|(line, known)| needs_link(known, line)),
        orders: of(|(line, known)| carries(known, line)),
    };
    Act {
        operator: operator.clone(),
        act: "import",
        about: "file".to_owned(),
        detail: json::to_string(&detail),
    }
}

/// A line as the statements read it.
fn written<'a>(line: &'a Line, token: Option<&Token>, carry_order: bool) -> Written<'a> {
    let order = line.order.as_ref();
    Written {
        player_id: &line.player_id,
        player: &line.player,
        email: line.email.as_deref(),
        language: line.language,
        monthly_fee_minor: line.monthly_fee.map(|fee| fee.minor),
        words: search::words_of_player(&line.player, &line.player_id),
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

/// Why a line contradicts what the database has.
fn refuses(known: &Known, line: &Line) -> Option<Wrong> {
    if known.is_erased == 1 {
        return Some(Reason::Erased.in_column("player_id"));
    }
    if known.token_charge.is_some() && known.token_charge != known.charge {
        return Some(Reason::TokenTaken.in_column("token"));
    }
    let order = line.order.as_ref()?;
    if known.order_charge.is_some() && known.order_charge != known.charge {
        return Some(Reason::OrderTaken.in_column("order_id"));
    }
    if known.session_order.is_some() && known.session_order != order.id {
        return Some(Reason::SessionTaken.in_column("stripe_session_id"));
    }
    match known.live_order {
        Some(live) if carries(known, line) && order.status.is_live() => {
            Some(Reason::LiveOrder(OrderId(live)).in_column("order_status"))
        }
        Some(_) | None => None,
    }
}

/// An order is carried over once: by its id, or, where it has none, with its new charge.
fn carries(known: &Known, line: &Line) -> bool {
    match line.order.as_ref().map(|order| order.id) {
        None => false,
        Some(Some(_)) => known.order_charge.is_none(),
        Some(None) => known.charge.is_none(),
    }
}

fn change(line: &Line, known: &Known) -> Change {
    let before = known.amount_minor.zip(known.currency);
    match before.map(|(minor, currency)| Money { minor, currency }) {
        None => Change::New,
        Some(before) if before != line.money => Change::Amount(before),
        Some(_) if known.is_other_player == 1 => Change::Player,
        Some(_) => Change::Same,
    }
}

fn needs_link(known: &Known, line: &Line) -> bool {
    line.token.is_none() && known.links == 0
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
    match (&line.order, known.live_order) {
        (Some(order), _) if carries(known, line) => {
            let unasked = order.status == OrderStatus::Pending && order.session.is_none();
            notes.push(format!("order carried over: {}", order.status.as_str()));
            if unasked {
                notes.push(
                    "it has no Stripe session, so the next visit replaces it without asking Stripe"
                        .to_owned(),
                );
            }
        }
        (_, Some(id)) if known.live_is_paid == 1 => {
            notes.push(format!("already paid by order {id}"))
        }
        (Some(_), _) => notes.push("its order is here already".to_owned()),
        (None, _) => {}
    }
    if known.charge.is_some() {
        notes.push("updated".to_owned());
    }
    if needs_link(known, line) && dry_run {
        notes.push("a link would be made".to_owned());
    } else if line.token.is_none() && known.links > 0 {
        notes.push("its link was handed out before".to_owned());
    }
    notes.join("; ")
}
