//! A charge: what a click would get now, its orders and links, and all that happened to it, in words that can be read
//! out on the telephone.

use maud::{Markup, html};

use crate::{
    desk::{
        audit::sentence as audit,
        charges::{
            detail::{Detail, LinkOf, OrderOf, TimelineEntry},
            list_page,
        },
        emails::page as emails,
        table::{self, Column, heard},
    },
    domain::{
        charge::ChargeState,
        email::{EmailState, Reason, Template},
        id::Mode,
        time::{UnixMillis, Zone},
    },
    guard::explain::Explained,
};

/// The page.
#[must_use]
pub fn page(
    detail: &Detail,
    explained: &Explained,
    mode: Mode,
    zone: &Zone<'_>,
    now: UnixMillis,
) -> Markup {
    let today = zone.iso_date(now);
    let day = |at: UnixMillis| zone.date(at);
    let charge = &detail.charge;
    let more = &detail.more;
    html! {
        div.grid {
            div.card {
                p.number { (charge.money()) }
                p {
                    (list_page::state_of(charge))
                    @if charge.is_overdue(&today) { " " (list_page::overdue()) }
                    @for part in parts(&detail.orders) { ", " (part) }
                }
                dl {
                    dt { "Player" } dd { a href={ "/admin/players/" (more.player_row) } { (charge.player) } " " span.soft { (charge.player_id) } }
                    dt { "For" } dd { (list_page::title(charge)) }
                    @if charge.due_on.is_some() { dt { "Due" } dd { (list_page::due(charge)) } }
                    @if let Some(dispute) = &more.dispute {
                        dt { "Disputed" }
                        dd {
                            a href="/admin/incidents" { "see what to do" }
                            @if let Some(at) = dispute.due_by { ", and answer it by " strong { (zone.minute(at)) } }
                        }
                    }
                    dt { "Payer" } dd { (more.email.as_deref().unwrap_or("no address is known")) }
                    dt { "Since" } dd { (zone.date(more.created_at)) }
                    @if let Some(at) = more.closed_at {
                        dt { "Closed" }
                        dd { (zone.date(at)) ": " (more.close_reason.as_deref().unwrap_or("no reason was given")) }
                    }
                }
            }
            div.card {
                h2 { "What a click would get now" }
                (explanation(explained))
            }
        }
        (actions(detail))
        (orders(&detail.orders, mode, zone))
        (links(&detail.links, zone, now))
        h2 { "What happened" }
        p.soft {
            "Preview bots and mail scanners are not in this list: they are answered without a trace. Times are of "
            (zone.name) "."
        }
        div.card {
            ol.timeline reversed {
                @for entry in &detail.timeline {
                    li { time { (zone.minute(entry.at)) } span { (sentence(entry, &day)) } }
                }
                li { time { (zone.minute(more.created_at)) } span { "The charge was made." } }
            }
        }
    }
}

/// The amounts that are shown with the charge's payment: what went back of it, what was waived, what was too much.
fn parts(orders: &[OrderOf]) -> Vec<String> {
    let paid = orders.iter().find(|order| order.status == "paid");
    let Some((order, taken)) = paid.and_then(|order| Some((order, order.taken()?))) else {
        return Vec::new();
    };
    let (refunded, waived, surplus) = (order.refunded(), order.waived(), order.surplus());
    let parts = [
        (
            refunded,
            format!("{} of {taken} refunded", refunded.grouped()),
        ),
        (waived, format!("{waived} waived")),
        (surplus, format!("{surplus} more than was owed")),
    ];
    let parts = parts.into_iter().filter(|(money, _)| money.minor > 0);
    parts.map(|(_, part)| part).collect()
}

/// Why a click would get what.
#[must_use]
pub fn explanation(explained: &Explained) -> Markup {
    html! {
        p { strong { (outcome(explained)) } }
        ul { @for reason in &explained.because { li { (reason) } } }
        details {
            summary { "For engineers" }
            p { "Row " (explained.row) " of the decision table, status " (explained.status) "." }
        }
    }
}

fn outcome(explained: &Explained) -> &'static str {
    match explained.decision {
        "pay" => "A person gets to the payment page.",
        "already_paid" => "A person is told that it is paid.",
        "refunded" => "A person is told that it was refunded.",
        "nothing_to_pay" => "A person is told that there is nothing to pay.",
        "try_again" | "paused" => "A person is asked to come back later.",
        _ => "A person is told that the link is no longer valid.",
    }
}

/// The acts that are open to the charge as it stands.
fn actions(detail: &Detail) -> Markup {
    let charge = &detail.charge;
    let state = charge.state;
    let is_open = !matches!(
        state,
        ChargeState::Paid | ChargeState::Refunded | ChargeState::Closed
    );
    let offers = [
        (true, "links", "Make a link (copy, share, QR code)"),
        (
            is_open && charge.money().minor > 0,
            "offline-payment",
            "Record an offline payment",
        ),
        (
            !matches!(state, ChargeState::Paid),
            "amount",
            "Change the amount",
        ),
        (
            detail.more.unknown_session.is_some(),
            "give-up-session",
            "Give up the payment page",
        ),
        (
            state == ChargeState::Pending,
            "cancel-pending",
            "Cancel the pending order",
        ),
        (is_open, "close", "Close"),
        (
            detail.more.closed_at.is_some() || state == ChargeState::Refunded,
            "reopen",
            "Reopen",
        ),
    ];
    html! {
        div.actions {
            @for (is_offered, act, name) in offers {
                @if is_offered {
                    a.button.quiet href={ "/admin/charges/" (charge.id) "/" (act) } { (name) }
                }
            }
            @if matches!(state, ChargeState::Unpaid | ChargeState::Pending) {
                @for (template, name) in [(Template::Link, "Email the link"), (Template::Reminder, "Remind")] {
                    a.button.quiet href={ "/admin/messages/preview?template=" (template.as_str()) "&charges=" (charge.id) } { (name) }
                }
            }
        }
    }
}

const ORDERS: [Column; 6] = [
    Column::name("Order"),
    Column::when("Started"),
    Column::text("Link"),
    Column::long("At Stripe"),
    Column::number("Amount"),
    Column::acts(),
];

fn orders(orders: &[OrderOf], mode: Mode, zone: &Zone<'_>) -> Markup {
    let rows = orders.iter().map(|order| {
        [
            html! { (order.id) " " (order_state(order)) },
            html! { (zone.minute(order.created_at)) },
            html! { @if let Some(link) = order.link { (link) } @else { span.soft { "none" } } },
            at_stripe(order, mode),
            html! {
                (order.taken().unwrap_or_else(|| order.money()))
                @if order.waived().minor > 0 { br; span.soft { (order.waived()) " waived" } }
                @if order.surplus().minor > 0 { br; span.soft { (order.surplus()) " more than was owed" } }
                @if order.refunded().minor > 0 { br; span.soft { (order.refunded()) " refunded" } }
            },
            html! {
                @if let Some(requested) = order.requested() {
                    span.state.warn { "refund of " (requested) " in progress" }
                } @else if order.left().is_some() {
                    a href={ "/admin/orders/" (order.id) "/refund" } { "Refund" (heard(&format!("order {}", order.id))) }
                }
            },
        ]
    });
    html! {
        h2 { "Orders" }
        @if orders.is_empty() {
            p.soft { "Nobody has started to pay." }
        } @else {
            (table::table("The newest first", &ORDERS, rows))
        }
    }
}

fn order_state(order: &OrderOf) -> Markup {
    let class = match order.status.as_str() {
        "paid" => "state good",
        "pending" => "state warn",
        "refunded" => "state bad",
        _ => "state",
    };
    html! {
        span class=(class) { (order.status) }
        @if let Some(method) = &order.offline_method { " " span.soft { (method) } }
        @if let Some(reason) = &order.cancel_reason { " " span.soft { (because(reason)) } }
        @if let Some(note) = &order.note { br; span.soft { "“" (note) "”" } }
    }
}

/// Where an order is found in Stripe's own dashboard.
fn at_stripe(order: &OrderOf, mode: Mode) -> Markup {
    match (&order.payment_intent, &order.session) {
        (Some(intent), _) => dashboard_of(intent, mode),
        (None, Some(session)) => {
            let page = format!("{}/checkout/sessions/{session}", dashboard(mode));
            html! { a href=(page) rel="noreferrer" { code { (shortened(session)) } } }
        }
        (None, None) => html! { span.soft { "nothing" } },
    }
}

const fn dashboard(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "https://dashboard.stripe.com",
        Mode::Test => "https://dashboard.stripe.com/test",
    }
}

/// A payment's page in Stripe's own dashboard.
#[must_use]
pub fn dashboard_of(payment_intent: &str, mode: Mode) -> Markup {
    let page = format!("{}/payments/{payment_intent}", dashboard(mode));
    html! { a href=(page) rel="noreferrer" { code { (payment_intent) } } }
}

/// A session's id is 66 characters: the first are enough to tell two apart.
fn shortened(id: &str) -> String {
    let start: String = id.chars().take(20).collect();
    if start.len() < id.len() {
        format!("{start}…")
    } else {
        start
    }
}

const LINKS: [Column; 5] = [
    Column::name("Link"),
    Column::when("Made"),
    Column::text("Valid"),
    Column::text("Orders started by it"),
    Column::acts(),
];

fn links(links: &[LinkOf], zone: &Zone<'_>, now: UnixMillis) -> Markup {
    let rows = links.iter().map(|link| {
        [
            html! { (link.id) },
            html! { (zone.minute(link.created_at)) },
            html! {
                @if let Some(at) = link.revoked_at { "revoked " (zone.date(at)) }
                @else if let (Some(at), false) = (link.expires_at, link.is_valid(now)) { "expired " (zone.minute(at)) }
                @else if let Some(at) = link.expires_at { "until " (zone.minute(at)) }
                @else { "yes" }
            },
            html! {
                (link.orders)
                @if let Some(at) = link.used_at { ", the last " (zone.minute(at)) }
            },
            html! {
                @if link.revoked_at.is_none() {
                    a href={ "/admin/links/" (link.id) "/revoke" } { "Revoke" (heard(&format!("link {}", link.id))) }
                }
            },
        ]
    });
    html! {
        h2 { "Links" }
        @if links.is_empty() {
            p.soft { "No link leads to this charge." }
        } @else {
            (table::table("The newest first", &LINKS, rows))
            p.soft { "A link is shown once, when it is made: only its fingerprint is kept." }
        }
    }
}

/// Why an order was canceled, in words.
fn because(reason: &str) -> &str {
    match reason {
        "stale" => "not paid in time",
        "amount_changed" => "the amount was changed",
        "charge_closed" => "the charge was closed",
        "unusable_url" => "it had no payment page",
        "expired" => "its payment page ended",
        "payment_failed" => "the bank said no",
        "stripe_error" => "an error at Stripe",
        "paid_elsewhere" => "paid by another order",
        "restored" => "read back after a restore",
        "operator" => "an operator canceled it",
        "given_up" => "an operator gave its payment page up",
        other => other,
    }
}

/// An entry of the timeline as a sentence. `day` writes a day.
#[must_use]
pub fn sentence(entry: &TimelineEntry, day: &dyn Fn(UnixMillis) -> String) -> String {
    let money = entry.money();
    let money = money.map(|money| money.to_string()).unwrap_or_default();
    let order = entry
        .order
        .map(|order| format!("order {order}"))
        .unwrap_or_default();
    let by = match (entry.cause.as_deref(), entry.who.as_deref()) {
        (Some("dispute_lost"), _) => "a dispute was lost",
        (_, Some(who)) => who,
        (_, None) => "in Stripe's dashboard",
    };
    match entry.entry.as_str() {
        "order" => moved(entry, &money, &order),
        "refund" => match entry.what.as_str() {
            "succeeded" => format!("{money} of {order} went back to the payer ({by})."),
            "failed" => format!("A refund of {money} of {order} failed: the club has the money."),
            "canceled" => format!("A refund of {money} of {order} was canceled."),
            "requested" => format!(
                "A refund of {money} of {order} was asked for ({by}): Stripe has not answered yet."
            ),
            "refused" => format!("Stripe refused a refund of {money} of {order} ({by})."),
            "not_made" => format!(
                "A refund of {money} of {order} was not made: Stripe never answered ({by})."
            ),
            _ => format!("A refund of {money} of {order} is on its way."),
        },
        "incident" => format!(
            "Incident, {}: {}",
            entry.what.replace('_', " "),
            entry.detail.as_deref().unwrap_or("see the incidents")
        ),
        "resolved" => format!(
            "The incident ({}) was resolved: {}.",
            entry.what.replace('_', " "),
            entry.detail.as_deref().unwrap_or("resolved")
        ),
        "link" => format!("{} was made.", capital(&entry.what)),
        "revoked" => format!("{} was revoked.", capital(&entry.what)),
        "message" => email(entry),
        _ => {
            let detail = entry.detail.as_deref().unwrap_or_default();
            let phrase = audit::phrase(&entry.what, "", detail, None, day);
            let who = entry.who.as_deref().unwrap_or("An operator");
            format!("{who} {}.", phrase.here())
        }
    }
}

/// The state of an email, as a sentence.
fn email(entry: &TimelineEntry) -> String {
    let reason = entry.detail.as_deref().and_then(Reason::parse);
    let because = reason.map_or_else(String::new, |reason| format!(": {}", reason.words()));
    let template = Template::parse(&entry.what).map_or("email", emails::name);
    let state = entry.cause.as_deref().and_then(EmailState::parse);
    match state {
        Some(EmailState::Queued | EmailState::Sending) => {
            let by = entry.who.as_deref().unwrap_or("by rule");
            format!("Email, {template}: queued ({by}).")
        }
        Some(EmailState::Sent) => format!("Email, {template}: sent."),
        Some(EmailState::Refused) => format!("Email, {template}: not sent{because}."),
        Some(EmailState::Canceled) => format!("Email, {template}: canceled{because}."),
        Some(EmailState::Unclear) | None => {
            format!("Email, {template}: nobody knows whether it went out{because}.")
        }
    }
}

fn moved(entry: &TimelineEntry, money: &str, order: &str) -> String {
    let by = match entry.cause.as_deref().unwrap_or_default() {
        "click" => "a person opened the link",
        "return" => "the payer came back from Stripe",
        "webhook" => "Stripe told us",
        "reconcile" => "we asked Stripe",
        "restore" => "read back from Stripe after a restore",
        "dispute_lost" => "the payer's bank took it back",
        "import" => "taken over from the old system",
        "operator" => entry.who.as_deref().unwrap_or("an operator"),
        "manual" => "changed by hand in the database",
        other => other,
    };
    let order = capital(order);
    match (entry.from.as_deref(), entry.what.as_str()) {
        (None, "pending") => format!("{order} over {money} was started ({by})."),
        (None, "paid") => format!("{order} over {money} was recorded as paid ({by})."),
        (None, what) => format!("{order} over {money} came to be, {what} ({by})."),
        (Some("refunded"), "paid") => {
            format!("{order} is paid again: the refund did not go through ({by}).")
        }
        (Some("canceled"), "paid") => {
            format!("{order} over {money} was paid after it had been canceled ({by}).")
        }
        (Some(_), "paid") => format!("{order} over {money} was paid ({by})."),
        (Some(_), "canceled") => format!(
            "{order} was canceled: {} ({by}).",
            because(entry.detail.as_deref().unwrap_or_default())
        ),
        (Some(_), "refunded") => format!("The money of {} went back ({by}).", order.to_lowercase()),
        (Some(from), to) => format!("{order} went from {from} to {to} ({by})."),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
