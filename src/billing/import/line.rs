//! One line of an import, read and checked on its own and against the other lines of the file.

use std::{borrow::Cow, cmp::Ordering, collections::HashMap};

use super::{
    column::Column,
    options::Options,
    record::Record,
    rejected::{Reason, Rejected, Wrong},
    sheet::{Reading, Sheet},
    value::{
        created_at, currency, email, language, money, name, order_id, period, session,
        session_in_url,
    },
};
use crate::domain::{
    charge::Kind,
    id::SessionId,
    money::{Currency, Money},
    time::UnixMillis,
    token::Token,
};

/// How many lines a file may have: what one transaction of D1 takes well within its 30 seconds (Cloudflare docs,
/// "Limits" of D1).
pub const MAX_LINES: usize = 10_000;

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
    /// The fee that the player owes each month.
    pub monthly_fee: Option<Money>,
    /// The charge, owed once. A line without an amount is about the player alone.
    pub owed: Option<Owed>,
}

/// The charge of a line with an amount.
pub struct Owed {
    /// Its kind.
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

/// Reads a file whose header has our names.
///
/// # Errors
/// All that is wrong, in the order of the lines.
pub fn read(csv: &[u8], now: UnixMillis, options: Options) -> Result<Vec<Line>, Vec<Rejected>> {
    let sheet = Sheet::open(csv).map_err(|rejected| vec![*rejected])?;
    let columns = sheet
        .columns()
        .map_err(|reason| vec![Rejected::of_file(1, reason)])?;
    let reading = Reading {
        columns,
        currency: Currency::USD,
    };
    read_as(&sheet, &reading, now, options)
}

/// Reads a file of whose columns somebody says what they are.
///
/// # Errors
/// All that is wrong, in the order of the lines.
pub fn read_as(
    sheet: &Sheet<'_>,
    reading: &Reading,
    now: UnixMillis,
    options: Options,
) -> Result<Vec<Line>, Vec<Rejected>> {
    let (mut lines, mut rejected) = (Vec::new(), Vec::new());
    let records = sheet.records().filter(|record| !record.is_blank());
    for (count, record) in records.enumerate() {
        let number = record.line;
        if count >= MAX_LINES {
            rejected.push(Rejected::of_file(number, Reason::TooManyLines(MAX_LINES)));
            break;
        }
        let fields = Fields::new(reading, &record);
        match fields.line(number, now, options) {
            Ok(line) => lines.push(line),
            Err(wrongs) => rejected.extend(
                wrongs
                    .into_iter()
                    .map(|wrong| fields.rejected(number, wrong)),
            ),
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

/// Reads a line that stands in no file, by the same rules: what somebody types into a form.
///
/// # Errors
/// All that is wrong with it.
pub fn of_values<'a>(
    values: impl IntoIterator<Item = (Column, &'a str)>,
    now: UnixMillis,
) -> Result<Line, Vec<Wrong>> {
    let mut fields = Fields::empty(Currency::USD);
    for (column, value) in values {
        fields.put(column, Cow::Borrowed(value));
    }
    fields.line(1, now, Options::default())
}

/// The faults of a line so far.
#[derive(Default)]
struct Wrongs(Vec<Wrong>);

impl Wrongs {
    /// The value, if nothing is wrong with it.
    fn sift<T>(&mut self, read: Result<T, Wrong>) -> Option<T> {
        read.map_err(|wrong| self.0.push(wrong)).ok()
    }
}

/// The values of a line by their columns; empty where there are none.
struct Fields<'a> {
    values: [Cow<'a, str>; Column::ALL.len()],
    /// The currency of a line that names none.
    currency: Currency,
    /// The faults of its values as texts. Then nothing is said of what they mean.
    unreadable: Vec<Wrong>,
}

impl<'a> Fields<'a> {
    const fn empty(currency: Currency) -> Self {
        Self {
            values: [const { Cow::Borrowed("") }; Column::ALL.len()],
            currency,
            unreadable: Vec::new(),
        }
    }

    fn new(reading: &Reading, record: &'a Record) -> Self {
        let (fields, columns) = (record.len(), reading.columns.len());
        let mut read = Self::empty(reading.currency);
        for (column, field) in reading.columns.places().zip(record.fields()) {
            let Some(column) = column else { continue };
            let value = String::from_utf8_lossy(field);
            if matches!(value, Cow::Owned(_)) {
                let wrong = Reason::NotUtf8.in_column(column.as_str());
                read.unreadable.push(wrong);
            }
            read.put(column, value);
        }
        // What stands in which column is not known then.
        match fields.cmp(&columns) {
            Ordering::Equal => {}
            Ordering::Less => {
                read.unreadable = vec![Reason::TooFewFields { fields, columns }.of_line()];
            }
            Ordering::Greater => {
                read.unreadable = vec![Reason::TooManyFields { fields, columns }.of_line()];
            }
        }
        read
    }

    fn put(&mut self, column: Column, value: Cow<'a, str>) {
        let value = match value {
            Cow::Borrowed(value) => Cow::Borrowed(value.trim()),
            Cow::Owned(value) => Cow::Owned(value.trim().to_owned()),
        };
        if value.chars().any(char::is_control) {
            let wrong = Reason::ControlCharacter.in_column(column.as_str());
            self.unreadable.push(wrong);
        }
        self.values[column as usize] = value;
    }

    fn get(&self, column: Column) -> Option<&str> {
        Some(&*self.values[column as usize]).filter(|value| !value.is_empty())
    }

    /// The player's name, which may stand in two columns.
    fn name(&self) -> Option<String> {
        let parts = [Column::FirstName, Column::Player, Column::LastName];
        let parts: Vec<_> = parts
            .into_iter()
            .filter_map(|part| self.get(part))
            .collect();
        Some(parts.join(" ")).filter(|name| !name.is_empty())
    }

    fn rejected(&self, line: u64, wrong: Wrong) -> Rejected {
        let player = self.name();
        let player = player.as_deref().or_else(|| self.get(Column::PlayerId));
        let column = wrong.column.and_then(Column::parse);
        let value = match column {
            Some(Column::Player) => self.name(),
            Some(column) if !column.is_secret() => self.get(column).map(str::to_owned),
            Some(_) | None => None,
        };
        let (player, value) = (player.unwrap_or_default(), value.unwrap_or_default());
        Rejected::of_player(line, wrong, player, &value)
    }

    fn line(&self, number: u64, now: UnixMillis, options: Options) -> Result<Line, Vec<Wrong>> {
        if !self.unreadable.is_empty() {
            return Err(self.unreadable.clone());
        }
        let mut wrongs = Wrongs::default();
        let player_id = required(self.get(Column::PlayerId), "player_id", 100);
        let player_id = wrongs.sift(player_id.map(str::to_owned));
        let player = self.name();
        let player = required(player.as_deref(), "player", 200);
        let player =
            wrongs.sift(player.and_then(|player| name(player).map(|()| player.to_owned())));
        let currency = match self.get(Column::Currency) {
            Some(code) => wrongs.sift(currency(code)),
            None => Some(self.currency),
        };
        // Without a currency nothing can be said of an amount.
        let amount = self.get(Column::Amount).zip(currency);
        let amount = amount.map(|(text, currency)| self::amount(text, currency));
        let amount = wrongs.sift(amount.transpose());
        let email = wrongs.sift(self.get(Column::Email).map(email).transpose());
        let language = wrongs.sift(self.get(Column::Language).map(language).transpose());
        let fee = self.get(Column::MonthlyFee).zip(currency);
        let fee = fee.map(|(text, currency)| money(text, currency, "monthly_fee"));
        let monthly_fee = wrongs.sift(fee.transpose());
        let kind = wrongs.sift(self.kind());
        let period = self.get(Column::Period).zip(kind);
        let period = period.map_or(Ok(String::new()), |(text, kind)| self::period(kind, text));
        let period = wrongs.sift(period);
        let token = self.get(Column::Token).map(|text| token(text, options));
        let token = wrongs.sift(token.transpose());
        let order = match self.of_order().filter(|_| !options.carry_orders) {
            Some(column) => wrongs.sift(Err(Reason::OrdersNotAsked.in_column(column.as_str()))),
            None => self.order(now, &mut wrongs),
        };
        let has_amount = self.get(Column::Amount).is_some();
        let is_nothing = matches!(&amount, Some(Some((money, _))) if money.minor == 0);
        if matches!(order, Some(Some(_))) && is_nothing {
            wrongs
                .0
                .push(Reason::OrderOfNothing.in_column("order_status"));
        }
        if matches!(token, Some(Some(_))) && !has_amount {
            wrongs.0.push(Reason::NeedsAmount.in_column("token"));
        }
        if matches!(order, Some(Some(_))) && !has_amount {
            wrongs.0.push(Reason::NeedsAmount.in_column("order_status"));
        }
        let about_player = player_id
            .zip(player)
            .zip(email.zip(language).zip(monthly_fee));
        let about_charge = amount.zip(kind.zip(period)).zip(token.zip(order));
        let (
            Some(((player_id, player), ((email, language), monthly_fee))),
            Some(((amount, (kind, period)), (token, order))),
            true,
        ) = (about_player, about_charge, wrongs.0.is_empty())
        else {
            return Err(wrongs.0);
        };
        let owed = amount.map(|(money, amount)| Owed {
            kind,
            period,
            amount,
            money,
            token,
            order,
        });
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

    fn kind(&self) -> Result<Kind, Wrong> {
        let Some(kind) = self.get(Column::Kind) else {
            return Ok(Kind::FirstPayment);
        };
        let reason = Reason::MustBe("first_payment, monthly or custom");
        Kind::parse(kind).ok_or(reason.in_column("kind"))
    }

    /// The first column of an order that has a value.
    fn of_order(&self) -> Option<Column> {
        let mut columns = Column::NAMED.into_iter();
        columns.find(|column| column.is_of_order() && self.get(*column).is_some())
    }

    /// `None`: something is wrong with it.
    fn order(&self, now: UnixMillis, wrongs: &mut Wrongs) -> Option<Option<OldOrder>> {
        let Some(status) = self.get(Column::OrderStatus) else {
            return wrongs.sift(match self.of_order() {
                Some(column) => Err(Reason::NeedsStatus.in_column(column.as_str())),
                None => Ok(None),
            });
        };
        let status = wrongs.sift(status_of(status));
        let id = wrongs.sift(self.get(Column::OrderId).map(order_id).transpose());
        let created_at = wrongs.sift(created_at(self.get(Column::OrderCreatedAt), now));
        let session = self.get(Column::StripeSessionId).map(session);
        let session = wrongs.sift(session.transpose());
        let session = match session {
            // An id that was given need not stand in the URL.
            Some(Some(id)) => Some(Some(id)),
            Some(None) => wrongs.sift(
                self.get(Column::CheckoutUrl)
                    .map(session_in_url)
                    .transpose(),
            ),
            None => None,
        };
        let (status, created_at) = status.zip(created_at)?;
        let (id, session) = id.zip(session)?;
        Some(Some(OldOrder {
            id,
            status,
            created_at,
            session,
        }))
    }
}

/// A value that must be there.
fn required<'a>(
    value: Option<&'a str>,
    column: &'static str,
    longest: usize,
) -> Result<&'a str, Wrong> {
    let value = value.ok_or(Reason::Missing.in_column(column))?;
    if value.chars().count() > longest {
        return Err(Reason::TooLong(longest).in_column(column));
    }
    Ok(value)
}

/// The amount owed, and the same as the answer shows it: as it was written, if that is how amounts are written here.
fn amount(text: &str, currency: Currency) -> Result<(Money, String), Wrong> {
    required(Some(text), "amount", 20)?;
    let money = money(text, currency, "amount")?;
    let is_ours = Money::parse(text, currency) == Ok(money);
    Ok((
        money,
        if is_ours {
            text.to_owned()
        } else {
            money.major()
        },
    ))
}

fn status_of(text: &str) -> Result<OrderStatus, Wrong> {
    match text {
        "pending" => Ok(OrderStatus::Pending),
        "paid" => Ok(OrderStatus::Paid),
        "canceled" => Ok(OrderStatus::Canceled),
        "refunded" => Ok(OrderStatus::Refunded),
        _ => {
            let reason = Reason::MustBe("pending, paid, canceled or refunded");
            Err(reason.in_column("order_status"))
        }
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
                let wrong = Reason::Repeated {
                    what,
                    line: before.number,
                };
                let (number, player) = (line.number, &line.player);
                rejected.push(Rejected::of_player(number, wrong.of_line(), player, ""));
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
