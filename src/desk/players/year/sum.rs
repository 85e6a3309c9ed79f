//! The sums of a year's payments.

use crate::{
    desk::players::queries::Paid,
    domain::money::{Currency, Money},
};

/// The sum of the payments in one currency, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// The currency.
    pub currency: Currency,
    gross: i64,
    refunded: i64,
}

impl Sum {
    const fn of(self, minor: i64) -> Money {
        Money {
            minor,
            currency: self.currency,
        }
    }

    /// The amount that was paid.
    #[must_use]
    pub const fn gross(self) -> Money {
        self.of(self.gross)
    }

    /// The amount that went back.
    #[must_use]
    pub const fn refunded(self) -> Money {
        self.of(self.refunded)
    }

    /// The amount that is left.
    #[must_use]
    pub const fn net(self) -> Money {
        self.of(self.gross - self.refunded)
    }
}

/// The sums of payments, by currency.
pub(super) fn sums(payments: &[Paid]) -> Vec<Sum> {
    let mut sums: Vec<Sum> = Vec::new();
    for Paid { payment, .. } in payments {
        let (gross, refunded) = (payment.gross(), payment.refunded().minor);
        match sums.iter_mut().find(|sum| sum.currency == gross.currency) {
            Some(sum) => {
                sum.gross += gross.minor;
                sum.refunded += refunded;
            }
            None => sums.push(Sum {
                currency: gross.currency,
                gross: gross.minor,
                refunded,
            }),
        }
    }
    sums
}
