//! `GET /admin/export/charges.csv` and `/admin/export/payments.csv`: tables for the club's books, the oldest first.
//!
//! The database is read in pages, and a file has at most [`MOST`] rows, so that its text fits into a Worker's memory
//! and its pages into the statements of a request. If there are more, the last row and a `Link` header say where to
//! go on.

pub mod queries;

use std::future::Future;

use serde::Serialize;

use crate::{
    desk::{
        export::queries::{ChargeRow, PAGE, PaymentRow},
        request::Desk,
    },
    domain::{
        act::Act,
        error::StoreError,
        id::ChargeId,
        time::{UnixMillis, Zone},
    },
    http::{
        csv,
        handler::{Handled, Services},
        response::{ContentKind, Response},
    },
    json,
    store::audit,
};

/// How many rows a file may have: about 10 MB, and twenty pages.
pub const MOST: usize = 50_000;

/// What the audit log says of a file.
#[derive(Serialize)]
struct Exported {
    rows: usize,
    /// The id that its rows are newer than.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<i64>,
}

/// The columns of the charges.
const CHARGES: [&str; 20] = [
    "charge_id",
    "player_id",
    "player",
    "kind",
    "period",
    "state",
    "amount",
    "currency",
    "created_on",
    "due_on",
    "closed_on",
    "close_reason",
    "paid_on",
    "method",
    "gross",
    "refunded",
    "net",
    "waived",
    "surplus",
    "payment_intent_id",
];

/// The columns of the payments.
const PAYMENTS: [&str; 19] = [
    "order_id",
    "charge_id",
    "player_id",
    "player",
    "kind",
    "period",
    "status",
    "paid_on",
    "method",
    "gross",
    "refunded",
    "net",
    "waived",
    "surplus",
    "currency",
    "refunded_on",
    "stripe_session_id",
    "payment_intent_id",
    "refund_ids",
];

/// Every charge, with the payment that counts for it.
pub async fn charges<S: Services>(desk: &Desk<'_, S>, after: Option<i64>) -> Handled {
    let read = |after| queries::charges(desk.services, after);
    file(desk, "charges", CHARGES, after, read, |row, zone| {
        (row.charge.id.0, charge(row, zone))
    })
    .await
}

/// Every payment, those of orders that were canceled before too.
pub async fn payments<S: Services>(desk: &Desk<'_, S>, after: Option<i64>) -> Handled {
    let read = |after| queries::payments(desk.services, after);
    file(desk, "payments", PAYMENTS, after, read, |row, zone| {
        (row.payment.id.0, payment(row, zone))
    })
    .await
}

/// These charges, with the payment that counts for each.
pub async fn chosen<S: Services>(desk: &Desk<'_, S>, charges: &[ChargeId]) -> Handled {
    let rows = match queries::chosen(desk.services, charges).await {
        Ok(rows) => rows,
        Err(error) => return desk.failed(error),
    };
    let act = Act {
        operator: desk.operator().clone(),
        act: "export",
        about: "charges.csv".to_owned(),
        detail: json::to_string(&Exported {
            rows: rows.len(),
            after: None,
        }),
    };
    if let Err(error) = audit::record(desk.services, &act, desk.services.now()).await {
        return desk.failed(error);
    }
    let text = desk.in_zone(|zone| csv::table(CHARGES, rows.iter().map(|row| charge(row, zone))));
    let attachment = format!("attachment; filename=\"charges-{}.csv\"", desk.today());
    let response = Response::new(desk.site, 200, ContentKind::Csv, text)
        .with("content-disposition", attachment);
    Handled::new(response, desk.request.log.clone(), "exported")
}

fn charge(row: &ChargeRow, zone: &Zone<'_>) -> [String; CHARGES.len()] {
    let ChargeRow {
        charge,
        more,
        payment,
    } = row;
    let day = |at: Option<UnixMillis>| at.map_or_else(String::new, |at| zone.iso_date(at));
    let of =
        |text: fn(&queries::PaymentOf) -> String| payment.as_ref().map_or_else(String::new, text);
    [
        charge.id.to_string(),
        charge.player_id.clone(),
        charge.player.clone(),
        charge.kind.as_str().to_owned(),
        charge.period.clone(),
        charge.state.as_str().to_owned(),
        charge.money().major(),
        charge.money().currency.into(),
        zone.iso_date(more.created_at),
        charge.due_on.clone().unwrap_or_default(),
        day(more.closed_at),
        more.close_reason.clone().unwrap_or_default(),
        day(payment.as_ref().map(|payment| payment.paid_at)),
        of(|payment| payment.method.clone()),
        of(|payment| payment.gross().major()),
        of(|payment| payment.refunded().major()),
        of(|payment| payment.net().major()),
        of(|payment| payment.waived().major()),
        of(|payment| payment.surplus().major()),
        of(|payment| payment.payment_intent.clone().unwrap_or_default()),
    ]
}

fn payment(row: &PaymentRow, zone: &Zone<'_>) -> [String; PAYMENTS.len()] {
    let PaymentRow { charge, payment } = row;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    [
        payment.id.to_string(),
        charge.id.to_string(),
        charge.player_id.clone(),
        charge.player.clone(),
        charge.kind.as_str().to_owned(),
        charge.period.clone(),
        payment.status.clone(),
        zone.iso_date(payment.paid_at),
        payment.method.clone(),
        payment.gross().major(),
        payment.refunded().major(),
        payment.net().major(),
        payment.waived().major(),
        payment.surplus().major(),
        payment.gross().currency.into(),
        payment
            .refunded_at
            .map_or_else(String::new, |at| zone.iso_date(at)),
        text(&payment.session),
        text(&payment.payment_intent),
        text(&payment.refunds),
    ]
}

/// Reads the pages one after the other, each into the text of the file.
async fn file<S: Services, T, R, const N: usize>(
    desk: &Desk<'_, S>,
    name: &str,
    columns: [&str; N],
    after: Option<i64>,
    read: impl Fn(i64) -> R,
    cells: impl Fn(&T, &Zone<'_>) -> (i64, [String; N]),
) -> Handled
where
    R: Future<Output = Result<Vec<T>, StoreError>>,
{
    let mut text = String::new();
    csv::push(&mut text, &columns);
    let begins = after;
    let (mut after, mut count) = (after.unwrap_or(0), 0);
    let is_whole = loop {
        if count >= MOST {
            break false;
        }
        let page = match read(after).await {
            Ok(page) => page,
            Err(error) => return desk.failed(error),
        };
        desk.in_zone(|zone| {
            for row in &page {
                let (id, cells) = cells(row, zone);
                csv::push(&mut text, &cells);
                after = id;
            }
        });
        count += page.len();
        if page.len() < PAGE {
            break true;
        }
    };
    // Personal data leaves the database: what is not written down is not given.
    let act = Act {
        operator: desk.operator().clone(),
        act: "export",
        about: format!("{name}.csv"),
        detail: json::to_string(&Exported {
            rows: count,
            after: begins,
        }),
    };
    if let Err(error) = audit::record(desk.services, &act, desk.services.now()).await {
        return desk.failed(error);
    }
    let attachment = format!("attachment; filename=\"{name}-{}.csv\"", desk.today());
    let next = format!("/admin/export/{name}.csv?after={after}");
    if !is_whole {
        let mut row: [String; N] = std::array::from_fn(|_| String::new());
        row[0] = format!("THE FILE IS NOT WHOLE: the rest begins at {next}");
        csv::push(&mut text, &row);
    }
    let response = Response::new(desk.site, 200, ContentKind::Csv, text)
        .with("content-disposition", attachment);
    let response = if is_whole {
        response
    } else {
        response.with("link", format!("<{next}>; rel=\"next\""))
    };
    Handled::new(response, desk.request.log.clone(), "exported")
}
