//! One line of an import, read and checked on its own and against the other lines of the file.

use std::collections::HashMap;

use super::{
    options::Options,
    record::{Record, Records},
    rejected::{Reason, Rejected, Wrong},
    value::{
        created_at, currency, email, language, money, name, order_id, period, session,
        session_in_url,
    },
};
use crate::domain::{charge::Kind, id::SessionId, money::Money, time::UnixMillis, token::Token};

/// How many lines a file may have: what one transaction of D1 takes well within its 30 seconds (Cloudflare docs,
/// "Limits" of D1).
pub const MAX_LINES: usize = 10_000;

const COLUMNS: [&str; 15] = [
    "player_id",
    "player",
    "amount",
    "email",
    "language",
    "monthly_fee",
    "kind",
    "period",
    "currency",
    "token",
    "order_id",
    "order_status",
    "order_created_at",
    "stripe_session_id",
    "checkout_url",
];
const REQUIRED: usize = 2;
/// The columns from there on are an old system's orders.
const OF_ORDERS: usize = 10;

/// A line.
pub struct Line {
    /// Counted from 1, the header being line 1.
    pub number: u64,
    /// The club's own id of the player.
    pub player_id: String,
    /// The player's name.
    pub player: String,
    /// The payer's address.
    pub email: Option<String>,
    /// The player's language: `en`, `es`, `pt`, `fr` or `de`.
    pub language: Option<&'static str>,
    /// What the player owes each month.
    pub monthly_fee: Option<Money>,
    /// What is owed once. A line without an amount is about the player alone.
    pub owed: Option<Owed>,
}

/// What a line with an amount says of a charge.
pub struct Owed {
    /// What for.
    pub kind: Kind,
    /// `2026-05`, or empty.
    pub period: String,
    /// As it was written.
    pub amount: String,
    /// The same in minor units.
    pub money: Money,
    /// The token of a link that is out already.
    pub token: Option<Token>,
    /// The order of an old system.
    pub order: Option<OldOrder>,
}

/// An order as an old system left it.
pub struct OldOrder {
    /// Its id there, which it keeps.
    pub id: Option<i64>,
    /// Its status there.
    pub status: OrderStatus,
    /// When it was made there.
    pub created_at: UnixMillis,
    /// Its session at Stripe, by its id or by where it is paid.
    pub session: Option<SessionId>,
}

/// The status of an [`OldOrder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderStatus {
    /// `pending`
    Pending,
    /// `paid`
    Paid,
    /// `canceled`
    Canceled,
    /// `refunded`
    Refunded,
}

impl OrderStatus {
    /// As it stands in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Canceled => "canceled",
            Self::Refunded => "refunded",
        }
    }

    /// Whether it takes the charge's one live place.
    #[must_use]
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Pending | Self::Paid)
    }
}

/// Reads a file.
///
/// # Errors
/// Every line that is wrong, in their order.
pub fn read(csv: &[u8], now: UnixMillis, options: Options) -> Result<Vec<Line>, Vec<Rejected>> {
    let csv = csv.strip_prefix(b"\xef\xbb\xbf").unwrap_or(csv);
    let header_end = csv.iter().position(|b| *b == b'\n').unwrap_or(csv.len());
    let header = &csv[..header_end];
    // Spreadsheets of half of Europe write semicolons.
    let delimiter = if header.contains(&b';') && !header.contains(&b',') {
        b';'
    } else {
        b','
    };
    let mut records = Records::new(csv, delimiter);
    let reject = |line, wrong: Wrong| Rejected { line, wrong };
    let Some(header) = records.next() else {
        return Err(vec![reject(1, Reason::EmptyFile.of_line())]);
    };
    let columns = columns(&header).map_err(|reason| vec![reject(1, reason.of_line())])?;
    let (mut lines, mut rejected) = (Vec::new(), Vec::new());
    for (count, record) in records.enumerate() {
        let number = record.line;
        if count >= MAX_LINES {
            rejected.push(reject(number, Reason::TooManyLines(MAX_LINES).of_line()));
            break;
        }
        let line =
            Fields::new(&columns, &record).and_then(|fields| fields.line(number, now, options));
        match line {
            Ok(line) => lines.push(line),
            Err(wrong) => rejected.push(reject(number, wrong)),
        }
    }
    rejected.extend(contradictions(&lines));
    rejected.sort_by_key(|rejected| rejected.line);
    if rejected.is_empty() {
        Ok(lines)
    } else {
        Err(rejected)
    }
}

/// Which of [`COLUMNS`] stands at each place.
fn columns(header: &Record) -> Result<Vec<usize>, Reason> {
    let mut columns = Vec::new();
    for name in header.fields() {
        let name = String::from_utf8_lossy(name).trim().to_ascii_lowercase();
        let column = COLUMNS.iter().position(|known| *known == name);
        let column = column.ok_or_else(|| Reason::UnknownColumn {
            name: shown(&name),
            known: COLUMNS.join(", "),
        })?;
        if columns.contains(&column) {
            return Err(Reason::RepeatedColumn(COLUMNS[column]));
        }
        columns.push(column);
    }
    match COLUMNS[..REQUIRED]
        .iter()
        .enumerate()
        .find(|(column, _)| !columns.contains(column))
    {
        Some((_, missing)) => Err(Reason::MissingColumn(missing)),
        None => Ok(columns),
    }
}

/// The values of a line by their place in [`COLUMNS`]; empty where there are none.
struct Fields<'a>([&'a str; COLUMNS.len()]);

impl<'a> Fields<'a> {
    fn new(columns: &[usize], record: &'a Record) -> Result<Self, Wrong> {
        if record.len() != columns.len() {
            let (fields, columns) = (record.len(), columns.len());
            return Err(Reason::FieldCount { fields, columns }.of_line());
        }
        let mut fields = Self([""; COLUMNS.len()]);
        for (column, value) in columns.iter().zip(record.fields()) {
            let name = COLUMNS[*column];
            let value = std::str::from_utf8(value)
                .map_err(|_| Reason::NotUtf8.in_column(name))?
                .trim();
            if value.chars().any(char::is_control) {
                return Err(Reason::ControlCharacter.in_column(name));
            }
            fields.0[*column] = value;
        }
        Ok(fields)
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        let column = COLUMNS.iter().position(|known| *known == name)?;
        Some(self.0[column]).filter(|value| !value.is_empty())
    }

    fn required(&self, name: &'static str, longest: usize) -> Result<String, Wrong> {
        let value = self.get(name).ok_or(Reason::Missing.in_column(name))?;
        if value.chars().count() > longest {
            return Err(Reason::TooLong(longest).in_column(name));
        }
        Ok(value.to_owned())
    }

    fn line(&self, number: u64, now: UnixMillis, options: Options) -> Result<Line, Wrong> {
        let player_id = self.required("player_id", 100)?;
        let player = self.required("player", 200)?;
        name(&player)?;
        let amount = self.get("amount").map(|_| self.required("amount", 20));
        let amount = amount.transpose()?;
        let currency = currency(self.get("currency").unwrap_or("usd"))?;
        let amount = match amount {
            Some(amount) => Some((money(&amount, currency, "amount")?, amount)),
            None => None,
        };
        let email = self.get("email").map(email).transpose()?;
        let language = self.get("language").map(language).transpose()?;
        let fee = |text| self::money(text, currency, "monthly_fee");
        let monthly_fee = self.get("monthly_fee").map(fee).transpose()?;
        let kind = match self.get("kind") {
            None => Kind::FirstPayment,
            Some(kind) => Kind::parse(kind)
                .ok_or(Reason::MustBe("first_payment, monthly or custom").in_column("kind"))?,
        };
        let period = self.get("period");
        let period = period.map_or(Ok(String::new()), |text| self::period(kind, text))?;
        let token = self.get("token").map(|token| self::token(token, options));
        if let Some(column) = self.of_order().filter(|_| !options.carry_orders) {
            return Err(Reason::OrdersNotAsked.in_column(column));
        }
        let order = self.order(now)?;
        let is_nothing = amount.as_ref().is_some_and(|(money, _)| money.minor == 0);
        if order.is_some() && is_nothing {
            return Err(Reason::OrderOfNothing.in_column("order_status"));
        }
        let token = token.transpose()?;
        let owed = match amount {
            Some((money, amount)) => Some(Owed {
                kind,
                period,
                amount,
                money,
                token,
                order,
            }),
            None if token.is_some() => return Err(Reason::NeedsAmount.in_column("token")),
            None if order.is_some() => return Err(Reason::NeedsAmount.in_column("order_status")),
            None => None,
        };
        Ok(Line {
            number,
            player_id,
            player,
            email,
            language,
            monthly_fee,
            owed,
        })
    }

    /// The first column of an order that has a value.
    fn of_order(&self) -> Option<&'static str> {
        let columns = COLUMNS.iter().zip(self.0).skip(OF_ORDERS);
        columns
            .into_iter()
            .find(|(_, value)| !value.is_empty())
            .map(|(column, _)| *column)
    }

    fn order(&self, now: UnixMillis) -> Result<Option<OldOrder>, Wrong> {
        let Some(status) = self.get("order_status") else {
            return match self.of_order() {
                Some(column) => Err(Reason::NeedsStatus.in_column(column)),
                None => Ok(None),
            };
        };
        let status = match status {
            "pending" => OrderStatus::Pending,
            "paid" => OrderStatus::Paid,
            "canceled" => OrderStatus::Canceled,
            "refunded" => OrderStatus::Refunded,
            _ => {
                let reason = Reason::MustBe("pending, paid, canceled or refunded");
                return Err(reason.in_column("order_status"));
            }
        };
        let id = self.get("order_id").map(order_id);
        let session = self.get("stripe_session_id").map(session);
        let checkout_url = self.get("checkout_url").map(session_in_url);
        let session = match (session.transpose()?, checkout_url) {
            // An id that was given need not stand in the URL.
            (Some(id), _) => Some(id),
            (None, url) => url.transpose()?,
        };
        Ok(Some(OldOrder {
            id: id.transpose()?,
            status,
            created_at: created_at(self.get("order_created_at"), now)?,
            session,
        }))
    }
}

/// The token of a link that is out already.
fn token(text: &str, options: Options) -> Result<Token, Wrong> {
    let wrong = |reason: Reason| reason.in_column("token");
    match Token::parse(text) {
        Some(token) if options.allow_short_tokens || !token.is_short() => Ok(token),
        Some(_) => Err(wrong(Reason::ShortToken)),
        None => Err(wrong(Reason::MustBe(
            "16 to 200 characters that can stand in a URL",
        ))),
    }
}

const OTHER_NAME: &str = "the same player_id with another name";
const OTHER_EMAIL: &str = "the same player_id with another email";
const OTHER_LANGUAGE: &str = "the same player_id with another language";
const OTHER_FEE: &str = "the same player_id with another monthly_fee";

/// Lines that are right on their own but not together.
fn contradictions(lines: &[Line]) -> Vec<Rejected> {
    let mut rejected = Vec::new();
    // Of each kind of value, the last line that had it.
    let mut seen: HashMap<(&str, String), &Line> = HashMap::new();
    for line in lines {
        let owed = line.owed.as_ref();
        let order = owed.and_then(|owed| owed.order.as_ref());
        let charge = owed.map(|Owed { kind, period, .. }| {
            format!("{}\n{}\n{period}", line.player_id, kind.as_str())
        });
        let token = owed.and_then(|owed| owed.token.as_ref());
        let token = token.map(|token| token.hash());
        let session = order.and_then(|order| order.session.as_ref());
        let if_said = |is_said: bool| is_said.then(|| line.player_id.clone());
        let values = [
            ("the same player_id, kind and period", charge),
            ("the same token", token.map(|hash| hash.as_str().to_owned())),
            (
                "the same order_id",
                order.and_then(|order| order.id).map(|id| id.to_string()),
            ),
            (
                "the same stripe_session_id",
                session.map(|session| session.0.clone()),
            ),
            (OTHER_NAME, if_said(true)),
            (OTHER_EMAIL, if_said(line.email.is_some())),
            (OTHER_LANGUAGE, if_said(line.language.is_some())),
            (OTHER_FEE, if_said(line.monthly_fee.is_some())),
        ];
        for (what, value) in values {
            let Some(before) = value.and_then(|value| seen.insert((what, value), line)) else {
                continue;
            };
            let contradicts = match what {
                OTHER_NAME => before.player != line.player,
                OTHER_EMAIL => !is_same_address(before, line),
                OTHER_LANGUAGE => before.language != line.language,
                OTHER_FEE => before.monthly_fee != line.monthly_fee,
                _ => true,
            };
            if contradicts {
                rejected.push(Rejected {
                    line: line.number,
                    wrong: Reason::Repeated {
                        what,
                        line: before.number,
                    }
                    .of_line(),
                });
            }
        }
    }
    rejected
}

/// Whether two lines name one address. It is the same in capitals.
fn is_same_address(one: &Line, other: &Line) -> bool {
    let both = one.email.as_deref().zip(other.email.as_deref());
    both.is_none_or(|(one, other)| one.eq_ignore_ascii_case(other))
}

/// A header that may be anything, cut to what helps to recognize it.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}
