//! The columns of a file: what they are called here, and which of them stands at which place.

use super::{
    record::Record,
    rejected::{Reason, shown},
};

/// The meaning of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// `player_id`: the club's own id of the player.
    PlayerId,
    /// `player`: the player's name.
    Player,
    /// `amount`: what is owed, in major units.
    Amount,
    /// `email`: the payer's address.
    Email,
    /// `language`: the player's.
    Language,
    /// `monthly_fee`: what the player owes each month, in major units.
    MonthlyFee,
    /// `kind`: what for.
    Kind,
    /// `period`: the month, `2026-05`.
    Period,
    /// `currency`: of the amount and of the fee.
    Currency,
    /// `token`: of a link that is out already.
    Token,
    /// `order_id`: of an old system's order.
    OrderId,
    /// `order_status`
    OrderStatus,
    /// `order_created_at`
    OrderCreatedAt,
    /// `stripe_session_id`
    StripeSessionId,
    /// `checkout_url`
    CheckoutUrl,
    /// The first part of a name that stands in two columns. No header names it: it is chosen.
    FirstName,
    /// The second part.
    LastName,
}

impl Column {
    /// Those that a header can name, in the order of the documentation.
    pub const NAMED: [Self; 15] = [
        Self::PlayerId,
        Self::Player,
        Self::Amount,
        Self::Email,
        Self::Language,
        Self::MonthlyFee,
        Self::Kind,
        Self::Period,
        Self::Currency,
        Self::Token,
        Self::OrderId,
        Self::OrderStatus,
        Self::OrderCreatedAt,
        Self::StripeSessionId,
        Self::CheckoutUrl,
    ];
    /// All that can be chosen for a column.
    pub const ALL: [Self; 17] = {
        let mut all = [Self::FirstName; 17];
        let mut place = 0;
        while place < Self::NAMED.len() {
            all[place] = Self::NAMED[place];
            place += 1;
        }
        all[16] = Self::LastName;
        all
    };

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PlayerId => "player_id",
            Self::Player => "player",
            Self::Amount => "amount",
            Self::Email => "email",
            Self::Language => "language",
            Self::MonthlyFee => "monthly_fee",
            Self::Kind => "kind",
            Self::Period => "period",
            Self::Currency => "currency",
            Self::Token => "token",
            Self::OrderId => "order_id",
            Self::OrderStatus => "order_status",
            Self::OrderCreatedAt => "order_created_at",
            Self::StripeSessionId => "stripe_session_id",
            Self::CheckoutUrl => "checkout_url",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
        }
    }

    /// The column of that very name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }

    /// The column that a header names, in either case. Parts of a name are none.
    pub(super) fn named(header: &str) -> Option<Self> {
        let name = header.trim().to_ascii_lowercase();
        Self::NAMED.into_iter().find(|it| it.as_str() == name)
    }

    /// Whether it belongs to an old system's order.
    pub(super) const fn is_of_order(self) -> bool {
        match self {
            Self::OrderId
            | Self::OrderStatus
            | Self::OrderCreatedAt
            | Self::StripeSessionId
            | Self::CheckoutUrl => true,
            Self::PlayerId
            | Self::Player
            | Self::Amount
            | Self::Email
            | Self::Language
            | Self::MonthlyFee
            | Self::Kind
            | Self::Period
            | Self::Currency
            | Self::Token
            | Self::FirstName
            | Self::LastName => false,
        }
    }

    /// Whether whoever has its value can open somebody's page with it, so that no answer repeats it.
    pub(super) const fn is_secret(self) -> bool {
        matches!(self, Self::Token | Self::CheckoutUrl)
    }
}

/// The columns of a file, by their places in a line. They name what every file must have, and nothing twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns(Vec<Option<Column>>);

impl Columns {
    /// As the header says in our names.
    pub(super) fn named(header: &Record) -> Result<Self, Reason> {
        let mut columns = Vec::new();
        for name in header.fields() {
            let name = String::from_utf8_lossy(name);
            let column = Column::named(&name).ok_or_else(|| Reason::UnknownColumn {
                name: shown(name.trim(), 40).to_ascii_lowercase(),
                known: Column::NAMED.map(Column::as_str).join(", "),
            })?;
            if columns.contains(&Some(column)) {
                return Err(Reason::RepeatedColumn(column.as_str()));
            }
            columns.push(Some(column));
        }
        Self::chosen(columns)
    }

    /// As somebody has chosen. `None`: left out.
    ///
    /// # Errors
    /// What is chosen twice, or is missing.
    pub fn chosen(columns: Vec<Option<Column>>) -> Result<Self, Reason> {
        let count = |of: Column| columns.iter().filter(|it| **it == Some(of)).count();
        if let Some(twice) = Column::ALL.into_iter().find(|of| count(*of) > 1) {
            return Err(Reason::RepeatedColumn(twice.as_str()));
        }
        if count(Column::PlayerId) == 0 {
            return Err(Reason::MissingColumn(Column::PlayerId.as_str()));
        }
        let parts = count(Column::FirstName) + count(Column::LastName);
        match (count(Column::Player), parts) {
            (0, 0) => Err(Reason::MissingColumn(Column::Player.as_str())),
            (0, _) | (_, 0) => Ok(Self(columns)),
            (_, _) => Err(Reason::RepeatedColumn(Column::Player.as_str())),
        }
    }

    /// How many places a line has.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The column at each place.
    pub fn places(&self) -> impl Iterator<Item = Option<Column>> {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_can_be_chosen_once_and_a_player_has_an_id_and_a_name() {
        let chosen = |names: &str| {
            let columns = names.split(',').map(Column::parse).collect();
            Columns::chosen(columns).map(|columns| columns.places().flatten().count())
        };
        for (names, expected) in [
            ("player_id,,player", Ok(2)),
            ("player_id,first_name,last_name,amount", Ok(4)),
            ("last_name,player_id", Ok(2)),
            ("player_id,amount", Err(Reason::MissingColumn("player"))),
            ("player,amount", Err(Reason::MissingColumn("player_id"))),
            (
                "player_id,player,last_name",
                Err(Reason::RepeatedColumn("player")),
            ),
            (
                "player_id,player,amount,amount",
                Err(Reason::RepeatedColumn("amount")),
            ),
        ] {
            assert_eq!(chosen(names), expected, "{names}");
        }
    }

    #[test]
    fn a_header_names_no_part_of_a_name() {
        assert_eq!(Column::named(" Player_ID "), Some(Column::PlayerId));
        assert_eq!(Column::named("first_name"), None);
        for column in Column::ALL {
            assert_eq!(Column::parse(column.as_str()), Some(column));
        }
    }
}
