//! The import: a CSV file becomes players, charges, links and, from an old system, orders.
//!
//! A file is read as spreadsheets write them: [`mod@file`] knows its encoding, [`sheet`] what parts its fields, `amount` the decimal
//! comma. A program names its columns as [`mod@column`] does. What a club calls them is guessed in `names`, and counts only once an
//! operator has confirmed it.
//!
//! All or nothing: every line is read and held against the database first, and one bad line means that
//! nothing is written. What was read is what is written: the transaction aborts if a charge came to be or was paid in
//! between, and the import starts over. So the same file again, or at once, mints no second link and carries no order
//! over twice, and the report is true. A line without an amount is about its player alone. A minted token leaves this
//! module once, in the report; the database keeps its hash.

pub mod column;
pub mod file;
pub mod line;
mod names;
pub mod options;
mod record;
pub mod rejected;
pub mod rows;
pub mod sheet;
mod value;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::{
    config::Config,
    domain::{
        act::Act,
        charge::Kind,
        error::StoreError,
        id::OrderId,
        money::{Currency, Money},
        operator::OperatorName,
        search,
        token::Token,
    },
    encode::hex,
    json,
    ports::{Clock, Random},
    store::{
        self, Database,
        import::{Known, Written, WrittenCharge},
    },
};
use line::{Line, OrderStatus, Owed};
use options::Options;
use rejected::{Reason, Rejected};
use sheet::{Reading, Sheet};

/// How often an import starts over when somebody else is faster.
const ROUNDS: usize = 4;

/// The outcome of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    /// Every line is in the database (or would be, on a dry run).
    Report {
        /// The report on each line.
        lines: Vec<Report>,
        /// Sessions are open at Stripe for amounts that are no longer owed.
        has_outdated: bool,
    },
    /// Nothing was written.
    Rejected(Vec<Rejected>),
}

/// The report on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The club's own id of the player.
    pub player_id: String,
    /// The player's name.
    pub player: String,
    /// The payer's address: the line's, or else the one that is known; empty if none is.
    pub email: String,
    /// The charge's kind. A line that is about the player alone has none.
    pub kind: Option<Kind>,
    /// `2026-05`, or empty.
    pub period: String,
    /// As it was written, or empty.
    pub amount: String,
    /// The link, if this import made or brought it; else empty.
    pub link: String,
    /// Notes, parted by semicolons.
    pub note: String,
    /// The line of the file, counted from 1.
    pub line: u64,
    /// The amount, if the line has one.
    pub money: Option<Money>,
    /// The player's monthly fee, if the line has one.
    pub monthly_fee: Option<Money>,
    /// The change of the charge, or of the player.
    pub change: Change,
    /// A link is made.
    pub makes_link: bool,
    /// About how many rows D1 writes for it.
    pub rows: u32,
}

/// The change that a line makes of its charge, or of its player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The charge is new.
    New,
    /// Another amount is owed than this one.
    Amount(Money),
    /// The charge is paid: this amount stays, and not the line's.
    Kept(Money),
    /// The player is new, and no charge is made.
    NewPlayer,
    /// What is owed is as before, but the player has another name, address, language or fee.
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
            email: _,
            kind,
            period,
            amount,
            link,
            note,
            line: _,
            money: _,
            monthly_fee: _,
            change: _,
            makes_link: _,
            rows: _,
        } = self;
        let kind = kind.map_or("", Kind::as_str);
        let values: [&str; 7] = [player_id, player, kind, period, amount, link, note];
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
/// A [`StoreError`]: nothing is written, or the database's answer was lost. The same file again does no harm.
pub async fn import<W: Database + Clock + Random>(
    config: &Config,
    ports: &W,
    csv: &[u8],
    options: Options,
    operator: &OperatorName,
) -> Result<Imported, StoreError> {
    match line::read(csv, ports.now(), options) {
        Ok(lines) => of_lines(config, ports, csv, &lines, options, operator).await,
        Err(rejected) => Ok(Imported::Rejected(rejected)),
    }
}

/// Imports a file of whose columns the operator says what they are.
///
/// # Errors
/// As [`import`].
pub async fn import_as<W: Database + Clock + Random>(
    config: &Config,
    ports: &W,
    sheet: &Sheet<'_>,
    reading: &Reading,
    options: Options,
    operator: &OperatorName,
) -> Result<Imported, StoreError> {
    match line::read_as(sheet, reading, ports.now(), options) {
        Ok(lines) => of_lines(config, ports, sheet.file(), &lines, options, operator).await,
        Err(rejected) => Ok(Imported::Rejected(rejected)),
    }
}

async fn of_lines<W: Database + Clock + Random>(
    config: &Config,
    ports: &W,
    csv: &[u8],
    lines: &[Line],
    options: Options,
    operator: &OperatorName,
) -> Result<Imported, StoreError> {
    for _ in 0..ROUNDS {
        let imported = once(config, ports, csv, lines, options.dry_run, operator).await?;
        if let Some(imported) = imported {
            return Ok(imported);
        }
    }
    Err(StoreError::Failed(
        "others were faster, again and again".to_owned(),
    ))
}

/// Imports the lines of a file as the database stands. `None`: it changed in between, and nothing was written.
async fn once<W: Database + Clock + Random>(
    config: &Config,
    ports: &W,
    csv: &[u8],
    lines: &[Line],
    dry_run: bool,
    operator: &OperatorName,
) -> Result<Option<Imported>, StoreError> {
    let now = ports.now();
    let given: Vec<_> = lines
        .iter()
        .map(|line| written(line, token(line), None))
        .collect();
    let state = store::import::state(ports, &given).await?;
    let lines: Vec<(&Line, Known)> = lines.iter().zip(state).collect();
    let rejected: Vec<_> = lines
        .iter()
        .filter_map(|(line, known)| refuses(known, line))
        .collect();
    if !rejected.is_empty() {
        return Ok(Some(Imported::Rejected(rejected)));
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
                let token = token(line).or(minted.as_ref());
                written(line, token, Some(known))
            })
            .collect();
        let act = act(operator, csv, &lines);
        if !store::import::write(ports, &written, &act, now).await? {
            return Ok(None);
        }
    }
    let reports = lines.iter().zip(minted).map(|((line, known), minted)| {
        let owed = line.owed.as_ref();
        let token = token(line).or(if dry_run { None } else { minted.as_ref() });
        let link = owed.zip(token);
        Report {
            player_id: line.player_id.clone(),
            player: line.player.clone(),
            email: line
                .email
                .as_ref()
                .or(known.email.as_ref())
                .cloned()
                .unwrap_or_default(),
            kind: owed.map(|owed| owed.kind),
            period: owed.map_or_else(String::new, |owed| owed.period.clone()),
            amount: owed.map_or_else(String::new, |owed| owed.amount.clone()),
            link: link.map_or_else(String::new, |(owed, token)| self::link(config, owed, token)),
            note: note(line, known, dry_run),
            line: line.number,
            money: owed.map(|owed| owed.money),
            monthly_fee: line.monthly_fee,
            change: change(line, known),
            makes_link: needs_link(known, line),
            rows: rows::of_line(
                known.player.is_none() || known.is_other_player == 1,
                matches!(change(line, known), Change::New | Change::Amount(_)),
                needs_link(known, line) || brings_link(known, line),
            ),
        }
    });
    let has_outdated = !dry_run && lines.iter().any(|(_, known)| known.is_outdated == 1);
    let mut lines: Vec<_> = reports.collect();
    if dry_run {
        warn_of_the_days_limit(&mut lines);
    }
    Ok(Some(Imported::Report {
        lines,
        has_outdated,
    }))
}

/// The token of a link that is out already.
fn token(line: &Line) -> Option<&Token> {
    line.owed.as_ref()?.token.as_ref()
}

/// The detail of an import for the audit: which file it was, and how much of it was new. No line of it.
#[derive(Serialize)]
struct Detail {
    sha256: String,
    lines: usize,
    new_charges: usize,
    new_links: usize,
    orders: usize,
}

fn act(operator: &OperatorName, csv: &[u8], lines: &[(&Line, Known)]) -> Act {
    let of = |counts: fn(&(&Line, Known)) -> bool| lines.iter().filter(|line| counts(line)).count();
    let detail = Detail {
        sha256: hex(&Sha256::digest(csv)),
        lines: lines.len(),
        new_charges: of(|(line, known)| line.owed.is_some() && known.charge.is_none()),
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

/// A line as the statements read it, with what the database was found to know of it.
fn written<'a>(line: &'a Line, token: Option<&Token>, known: Option<&Known>) -> Written<'a> {
    let amount = line.owed.as_ref().map(|owed| owed.money);
    let currency = amount.or(line.monthly_fee).map(|money| money.currency);
    Written {
        player_id: &line.player_id,
        player: &line.player,
        email: line.email.as_deref(),
        language: line.language,
        monthly_fee_minor: line.monthly_fee.map(|fee| fee.minor),
        words: search::words_of_player(&line.player, &line.player_id),
        currency: currency.unwrap_or(Currency::USD),
        charge: line
            .owed
            .as_ref()
            .map(|owed| charge(line, owed, token, known)),
    }
}

fn charge<'a>(
    line: &Line,
    owed: &'a Owed,
    token: Option<&Token>,
    known: Option<&Known>,
) -> WrittenCharge<'a> {
    let order = owed.order.as_ref();
    let is_kept = |known: &Known| matches!(change(line, known), Change::Kept(_));
    WrittenCharge {
        kind: owed.kind.as_str(),
        period: &owed.period,
        amount_minor: owed.money.minor,
        known: known.and_then(|known| known.charge),
        is_kept: known.is_some_and(is_kept),
        token_sha256: token.map(|token| token.hash().as_str().to_owned()),
        order_id: order.and_then(|order| order.id),
        order_status: order.map(|order| order.status.as_str()),
        order_created_at: order.map(|order| order.created_at.0),
        stripe_session_id: order
            .and_then(|order| order.session.as_ref())
            .map(|id| id.0.as_str()),
        carry_order: known.is_some_and(|known| carries(known, line)),
    }
}

/// Why a line contradicts what the database has.
fn refuses(known: &Known, line: &Line) -> Option<Rejected> {
    let rejected = |reason: Reason, column, value: &str| {
        Some(Rejected::of_player(
            line.number,
            reason.in_column(column),
            &line.player,
            value,
        ))
    };
    if known.is_erased == 1 {
        return rejected(Reason::Erased, "player_id", &line.player_id);
    }
    if known.token_charge.is_some() && known.token_charge != known.charge {
        return rejected(Reason::TokenTaken, "token", "");
    }
    let order = line.owed.as_ref()?.order.as_ref()?;
    if known.order_charge.is_some() && known.order_charge != known.charge {
        let id = order.id.map(|id| id.to_string());
        return rejected(Reason::OrderTaken, "order_id", &id.unwrap_or_default());
    }
    if known.session_order.is_some() && known.session_order != order.id {
        let session = order.session.as_ref().map_or("", |session| &session.0);
        return rejected(Reason::SessionTaken, "stripe_session_id", session);
    }
    match known.live_order {
        Some(live) if carries(known, line) && order.status.is_live() => {
            let reason = Reason::LiveOrder(OrderId(live));
            rejected(reason, "order_status", order.status.as_str())
        }
        Some(_) | None => None,
    }
}

/// An order is carried over once: by its id, or, where it has none, with its new charge.
fn carries(known: &Known, line: &Line) -> bool {
    let order = line.owed.as_ref().and_then(|owed| owed.order.as_ref());
    match order.map(|order| order.id) {
        None => false,
        Some(Some(_)) => known.order_charge.is_none(),
        Some(None) => known.charge.is_none(),
    }
}

fn change(line: &Line, known: &Known) -> Change {
    let before = known.amount_minor.zip(known.currency);
    let before = before.map(|(minor, currency)| Money { minor, currency });
    match (line.owed.as_ref().map(|owed| owed.money), before) {
        (None, _) if known.player.is_none() => Change::NewPlayer,
        (Some(_), None) => Change::New,
        (Some(now), Some(before)) if now != before && known.live_is_paid == 1 => {
            Change::Kept(before)
        }
        (Some(now), Some(before)) if now != before => Change::Amount(before),
        (None | Some(_), _) if known.is_other_player == 1 => Change::Player,
        (None | Some(_), _) => Change::Same,
    }
}

fn needs_link(known: &Known, line: &Line) -> bool {
    let owed = line.owed.as_ref();
    owed.is_some_and(|owed| owed.token.is_none()) && known.links == 0
}

/// Whether the line has the token of a link that is not here yet.
fn brings_link(known: &Known, line: &Line) -> bool {
    token(line).is_some() && known.token_charge.is_none()
}

/// Says so on the line at which the rows of a day are used up, if there is one.
fn warn_of_the_days_limit(lines: &mut [Report]) {
    let mut written: u32 = 0;
    for line in lines {
        written = written.saturating_add(line.rows);
        if written > rows::A_DAY {
            if !line.note.is_empty() {
                line.note.push_str("; ");
            }
            line.note.push_str(&rows::note());
            return;
        }
    }
}

fn link(config: &Config, owed: &Owed, token: &Token) -> String {
    let origin = &config.policy.public_origin;
    format!("{origin}{}?token={}", owed.kind.path(), token.query_value())
}

/// The note of a line without an amount.
pub const ONLY_THE_PLAYER: &str = "only the player: no amount, so no charge";

fn note(line: &Line, known: &Known, dry_run: bool) -> String {
    let Some(owed) = &line.owed else {
        return ONLY_THE_PLAYER.to_owned();
    };
    let kept = match change(line, known) {
        Change::Kept(before) => Some(before),
        Change::New | Change::Amount(_) | Change::NewPlayer | Change::Player | Change::Same => None,
    };
    let mut notes = Vec::new();
    if owed.money.minor == 0 && kept.is_none() {
        notes.push("nothing to pay".to_owned());
    }
    if owed.token.as_ref().is_some_and(Token::is_short) {
        notes.push(
            "warning: its token is short enough to be guessed; send a new link soon".to_owned(),
        );
    }
    match (&owed.order, known.live_order) {
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
    if let Some(before) = kept {
        notes.push(format!("its amount stays {before}, because it is paid"));
        if known.is_other_player == 1 {
            notes.push("the player's data changed".to_owned());
        }
    } else if known.charge.is_some() {
        notes.push("updated".to_owned());
    }
    if needs_link(known, line) && dry_run {
        notes.push("a link would be made".to_owned());
    } else if owed.token.is_none() && known.links > 0 {
        notes.push("its link was handed out before".to_owned());
    }
    notes.join("; ")
}
