//! `GET /admin/export/charges.csv` and `/admin/export/payments.csv`: tables for the club's books, the oldest first. That of the
//! charges takes the filter of the list of charges. `decimal=comma` is for spreadsheets that write `12,50`.
//!
//! The database is read in pages, and for a file at most [`MOST`] rows are, so that its text fits into a Worker's memory
//! and its pages into the statements of a request. If there are more, the last row and a `Link` header say where to
//! go on.

pub mod queries;
pub mod query;

use std::{collections::BTreeSet, future::Future};

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
        csv::{self, Marks},
        handler::{Handled, Services},
        response::{self, Response},
    },
    json,
    store::{
        audit,
        charges::{Filter, Listed, Sort},
    },
};

/// How many rows are read for a file: about 10 MB, and twenty pages.
pub const MOST: usize = 50_000;

/// The details of a file in the audit log.
#[derive(Serialize)]
struct Exported {
    rows: usize,
    /// The id that its rows are newer than.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<i64>,
    /// Which rows it has, as a query: all, if it is empty. Without a name that was looked for: the log stays when a player is
    /// erased.
    #[serde(skip_serializing_if = "String::is_empty")]
    filter: String,
    /// Only rows of players of a name, which does not stand here.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    by_name: bool,
}

/// Which rows a file has.
#[derive(Default)]
struct Asked {
    /// As a query, without where the file begins.
    query: String,
    /// The same as it is written down.
    noted: String,
    by_name: bool,
    after: Option<i64>,
    marks: Marks,
}

/// The columns that hold amounts.
const AMOUNTS: [&str; 6] = ["amount", "gross", "refunded", "net", "waived", "surplus"];

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

/// The charges of a list, or all of them, each with the payment that counts for it.
pub async fn charges<S: Services>(desk: &Desk<'_, S>, filter: &Filter, marks: Marks) -> Handled {
    // A file is in the order of the ids, however the list is sorted.
    let by_id = Filter {
        sort: Sort::Newest,
        ..filter.clone()
    };
    let noted = Filter {
        words: Vec::new(),
        ..by_id.clone()
    };
    let asked = Asked {
        query: by_id.query(),
        noted: noted.query(),
        by_name: !filter.words.is_empty(),
        after: filter.after.as_ref().map(|after| after.id.0),
        marks,
    };
    let players = match queries::players(desk.services, &filter.words).await {
        Ok(players) => players,
        Err(error) => return desk.failed(error),
    };
    let today = desk.today();
    let has = |charge: &Listed| {
        let is_theirs = |players: &BTreeSet<String>| players.contains(&charge.player_id);
        players.as_ref().is_none_or(is_theirs) && filter.has(charge, &today)
    };
    let read = |after| queries::charges(desk.services, after);
    file(desk, "charges", CHARGES, asked, read, |row, zone| Cells {
        id: row.charge.id.0,
        cells: has(&row.charge).then(|| charge(row, zone)),
    })
    .await
}

/// Every payment, those of orders that were canceled before too.
pub async fn payments<S: Services>(
    desk: &Desk<'_, S>,
    after: Option<i64>,
    marks: Marks,
) -> Handled {
    let asked = Asked {
        after,
        marks,
        ..Asked::default()
    };
    let read = |after| queries::payments(desk.services, after);
    file(desk, "payments", PAYMENTS, asked, read, |row, zone| Cells {
        id: row.payment.id.0,
        cells: Some(payment(row, zone)),
    })
    .await
}

/// These charges, with the payment that counts for each.
pub async fn chosen<S: Services>(desk: &Desk<'_, S>, charges: &[ChargeId]) -> Handled {
    let rows = match queries::chosen(desk.services, charges).await {
        Ok(rows) => rows,
        Err(error) => return desk.failed(error),
    };
    let exported = Exported {
        rows: rows.len(),
        after: None,
        filter: String::new(),
        by_name: false,
    };
    if let Err(error) = note(desk, "charges", &exported).await {
        return desk.failed(error);
    }
    let text = desk.in_zone(|zone| csv::table(CHARGES, rows.iter().map(|row| charge(row, zone))));
    Handled::new(
        saved(desk, "charges", &text),
        desk.request.log.clone(),
        "exported",
    )
}

/// Writes down that a file is given. Personal data leaves the database: what is not written down is not given.
async fn note<S: Services>(
    desk: &Desk<'_, S>,
    name: &str,
    exported: &Exported,
) -> Result<(), StoreError> {
    let act = Act {
        operator: desk.operator().clone(),
        act: "export",
        about: format!("{name}.csv"),
        detail: json::to_string(exported),
    };
    audit::record(desk.services, &act, desk.services.now()).await
}

fn saved<S: Services>(desk: &Desk<'_, S>, name: &str, text: &str) -> Response {
    let name = format!("{name}-{}.csv", desk.today());
    response::saved(desk.site, &name, text)
}

/// A row of the database in a file.
struct Cells<const N: usize> {
    id: i64,
    /// `None`: it was not asked for.
    cells: Option<[String; N]>,
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

/// Reads the pages one after the other, each into the text of the file. What a filter leaves out is read as well: the pages go
/// by id, as without one.
async fn file<S: Services, T, R, const N: usize>(
    desk: &Desk<'_, S>,
    name: &str,
    columns: [&str; N],
    asked: Asked,
    read: impl Fn(i64) -> R,
    cells: impl Fn(&T, &Zone<'_>) -> Cells<N>,
) -> Handled
where
    R: Future<Output = Result<Vec<T>, StoreError>>,
{
    let mut text = String::new();
    let places = columns.iter().enumerate();
    let amounts: Vec<_> = places
        .filter_map(|(place, name)| AMOUNTS.contains(name).then_some(place))
        .collect();
    csv::push_with(asked.marks, &amounts, &mut text, &columns);
    let (mut after, mut seen, mut rows) = (asked.after.unwrap_or(0), 0, 0);
    let is_whole = loop {
        if seen >= MOST {
            break false;
        }
        let page = match read(after).await {
            Ok(page) => page,
            Err(error) => return desk.failed(error),
        };
        desk.in_zone(|zone| {
            for row in &page {
                let Cells { id, cells } = cells(row, zone);
                if let Some(cells) = cells {
                    csv::push_with(asked.marks, &amounts, &mut text, &cells);
                    rows += 1;
                }
                after = id;
            }
        });
        seen += page.len();
        if page.len() < PAGE {
            break true;
        }
    };
    let exported = Exported {
        rows,
        after: asked.after,
        filter: asked.noted,
        by_name: asked.by_name,
    };
    if let Err(error) = note(desk, name, &exported).await {
        return desk.failed(error);
    }
    let mut rest = form_urlencoded::Serializer::new(asked.query);
    rest.append_pair("after", &after.to_string());
    let next = query::address(name, rest.finish(), asked.marks);
    if !is_whole {
        let mut row: [String; N] = std::array::from_fn(|_| String::new());
        row[0] = format!("THE FILE IS NOT WHOLE: the rest begins at {next}");
        csv::push_with(asked.marks, &[], &mut text, &row);
    }
    let response = saved(desk, name, &text);
    let response = if is_whole {
        response
    } else {
        response.with("link", format!("<{next}>; rel=\"next\""))
    };
    Handled::new(response, desk.request.log.clone(), "exported")
}
