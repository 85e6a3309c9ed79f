//! `GET /admin/players/{id}/year` and `GET /admin/orders/{id}/receipt`: what a payer has paid, to be printed or saved. Days and
//! years are the club's.

pub mod page;
mod sum;

use serde::Serialize;

use super::PlayerJson;
use crate::{
    desk::{
        layout::Tab,
        players::queries::{self, Paid, Receipt},
        request::{Desk, Reply},
    },
    domain::{
        charge::Kind,
        id::{ChargeId, OrderId, PlayerId},
        money::Currency,
        time::Zone,
    },
    http::handler::Services,
};
use sum::{Sum, sums};

/// A payment in JSON. Amounts are in major units.
#[derive(Serialize)]
struct PaymentJson<'a> {
    order_id: OrderId,
    charge_id: ChargeId,
    kind: Kind,
    period: &'a str,
    paid_on: String,
    method: &'a str,
    gross: String,
    refunded: String,
    net: String,
    currency: Currency,
}

impl<'a> PaymentJson<'a> {
    fn new(paid: &'a Paid, zone: &Zone<'_>) -> Self {
        let Paid { charge, payment } = paid;
        Self {
            order_id: payment.id,
            charge_id: charge.id,
            kind: charge.kind,
            period: &charge.period,
            paid_on: zone.iso_date(payment.paid_at),
            method: &payment.method,
            gross: payment.gross().major(),
            refunded: payment.refunded().major(),
            net: payment.net().major(),
            currency: payment.gross().currency,
        }
    }
}

#[derive(Serialize)]
struct SumJson {
    currency: Currency,
    gross: String,
    refunded: String,
    net: String,
}

impl From<&Sum> for SumJson {
    fn from(sum: &Sum) -> Self {
        Self {
            currency: sum.currency,
            gross: sum.gross().major(),
            refunded: sum.refunded().major(),
            net: sum.net().major(),
        }
    }
}

#[derive(Serialize)]
struct YearJson<'a> {
    club: &'a str,
    player: PlayerJson<'a>,
    year: i32,
    payments: Vec<PaymentJson<'a>>,
    sums: Vec<SumJson>,
}

/// Shows the payments for a player in a year; in this one, if none is named.
pub async fn show<S: Services>(desk: &Desk<'_, S>, id: PlayerId, year: Option<i32>) -> Reply {
    let player = desk.found(queries::find(desk.services, id).await, "player")?;
    let this_year = desk.today().get(..4).and_then(|year| year.parse().ok());
    let this_year = this_year.unwrap_or_default();
    let year = year.unwrap_or(this_year);
    let begins = |year: i32| desk.in_zone(|zone| zone.month_begins(&format!("{year:04}-01")));
    let (Some(from), Some(before)) = (begins(year), begins(year + 1)) else {
        return Ok(desk.not_found("year"));
    };
    let payments = queries::payments_of(desk.services, id, from, before).await;
    let payments = match payments {
        Ok(payments) => payments,
        Err(error) => return Ok(desk.failed(error)),
    };
    let sums = sums(&payments);
    let club = desk.site.config.policy.club_name.as_str();
    let json = desk.in_zone(|zone| YearJson {
        club,
        player: (&player).into(),
        year,
        payments: payments
            .iter()
            .map(|paid| PaymentJson::new(paid, zone))
            .collect(),
        sums: sums.iter().map(SumJson::from).collect(),
    });
    let title = format!("Payments of {year}: {}", player.name);
    let club = page::Club {
        name: club,
        contact: &desk.site.config.club.contact,
    };
    let shown = page::Year {
        player: &player,
        year,
        this_year,
        payments: &payments,
        sums: &sums,
    };
    Ok(desk.answer("year", &json, (&title, Tab::Players), |zone| {
        page::year(&club, &shown, zone, desk.services.now())
    }))
}

#[derive(Serialize)]
struct ReceiptJson<'a> {
    club: &'a str,
    player_id: &'a str,
    player: &'a str,
    email: Option<&'a str>,
    #[serde(flatten)]
    payment: PaymentJson<'a>,
}

/// The receipt of a payment. An order by which nothing was paid has none.
pub async fn receipt<S: Services>(desk: &Desk<'_, S>, id: OrderId) -> Reply {
    let receipt = desk.found(queries::receipt(desk.services, id).await, "payment")?;
    let Receipt { paid, email, .. } = &receipt;
    let club = desk.site.config.policy.club_name.as_str();
    let json = desk.in_zone(|zone| ReceiptJson {
        club,
        player_id: &paid.charge.player_id,
        player: &paid.charge.player,
        email: email.as_deref(),
        payment: PaymentJson::new(paid, zone),
    });
    let title = format!("Receipt {id}: {}", paid.charge.player);
    let club = page::Club {
        name: club,
        contact: &desk.site.config.club.contact,
    };
    Ok(
        desk.answer("receipt", &json, (&title, Tab::Players), |zone| {
            page::receipt(&club, &receipt, zone, desk.services.now())
        }),
    )
}
