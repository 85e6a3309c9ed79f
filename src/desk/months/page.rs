//! The months: which are open, the form that opens one, and who is charged by it.

use maud::{Markup, html};

use crate::{
    desk::{
        count::count,
        layout,
        table::{self, Column},
    },
    domain::{
        money::{Currency, Money},
        month::{Cursor, LeftOut, Month},
        time::{UnixMillis, Zone, shown_day, shown_month},
    },
    store::months::{Candidate, Opened, Page, take_back::Paying},
};

/// How many are named.
const NAMES: usize = 30;

/// When a list of who is charged is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Before anything is done.
    Preview,
    /// After these were charged.
    Opened,
    /// Nobody was left to charge.
    Unchanged,
    /// It is not what was shown before, and nothing was done.
    Changed,
    /// The due date has passed, which nobody has confirmed, and nothing was done.
    Unconfirmed,
}

/// The players who are charged for a month, and those who are not.
pub struct Opening<'a> {
    /// The month.
    pub month: &'a Month,
    /// The players who are charged, and how much.
    pub charged: &'a [(Candidate, Money)],
    /// How much that is.
    pub total: Money,
    /// The players who are not, and why.
    pub left_out: &'a [(Candidate, LeftOut)],
    /// The fingerprint of the list.
    pub seen: &'a str,
    /// The day on which it is due has passed.
    pub is_past: bool,
    /// When it is shown.
    pub shown: Shown,
}

/// The months that are open, and the form that opens one.
#[must_use]
pub fn list(
    page: &Page,
    due_on: &str,
    billing_day: Option<u32>,
    now: UnixMillis,
    zone: &Zone<'_>,
) -> Markup {
    html! {
        (layout::unfolded(page.unfolded))
        div.card.narrow {
            p { "To open a month is to charge every player with a monthly fee for it, once. First you see who is charged." }
            p.soft {
                @match billing_day {
                    Some(day) => { "It is done by itself on day " (day) " of each month." }
                    None => { "It is not done by itself. Whoever runs the Worker can set a day for it: BILLING_DAY." }
                }
            }
            @if page.currencies.is_empty() {
                p {
                    "No player has a monthly fee yet. " a href="/admin/import" { "Import a file" } " with the column "
                    code { "monthly_fee" } "."
                }
            } @else {
                (form(page, due_on, now, zone))
            }
        }
        @if page.months.is_empty() {
            p.soft { "No month is open." }
        } @else {
            (months(&page.months, zone))
            @if let Some(next) = &page.next {
                p { a.button href=(self::next(next)) { "Older months" } }
            }
        }
    }
}

fn form(page: &Page, due_on: &str, now: UnixMillis, zone: &Zone<'_>) -> Markup {
    html! {
        form method="post" action="/admin/periods?dry_run=1" {
            input type="hidden" name="kind" value="monthly";
            div.field {
                label for="period" { "Month" }
                input.short id="period" name="period" type="month" required pattern="[0-9]{4}-[0-9]{2}" placeholder="2026-05"
                    value=(zone.month(now));
            }
            div.field {
                label for="currency" { "Currency" }
                select id="currency" name="currency" {
                    @for currency in &page.currencies {
                        option value=(currency.as_str()) { (currency.shown()) }
                    }
                }
            }
            div.field {
                label for="due_on" { "Due on" }
                input.short id="due_on" name="due_on" type="date" required value=(due_on) data-day-of="period";
            }
            div.actions { button type="submit" { "Show who is charged" } }
        }
    }
}

const MONTHS: [Column; 6] = [
    Column::name("Month"),
    Column::number("Charged"),
    Column::number("Still to be paid"),
    Column::number("Left out"),
    Column::when("Opened"),
    Column::acts(),
];

fn months(months: &[Opened], zone: &Zone<'_>) -> Markup {
    let rows = months.iter().map(|month| {
        let name = shown_month(&month.period);
        [
            html! {
                a href={ "/admin/charges?kind=monthly&period=" (month.period) } aria-label={ "Charges of " (name) } { (name) }
                " " span.soft { "due " (shown_day(&month.due_on)) }
            },
            html! { (month.money()) " " span.soft { (count(month.charged, "player", "players")) } },
            html! { (month.outstanding()) " " span.soft { (count(month.unpaid, "player", "players")) } },
            html! { (month.left_out) },
            html! { (zone.minute(month.opened_at)) " by " (month.opened_by) },
            html! {
                @match (month.taken_back_at, &month.taken_back_by) {
                    (Some(at), by) => {
                        span.state { "taken back" } " "
                        span.soft { (zone.minute(at)) @if let Some(by) = by { " by " (by) } }
                    }
                    (None, _) => {
                        a href={ "/admin/periods/take-back?period=" (month.period) "&currency=" (month.currency.as_str()) } {
                            "Take " (name) " back"
                        }
                    }
                }
            },
        ]
    });
    table::table("Months that were opened, the newest first", &MONTHS, rows)
}

/// The effect of taking a month back, and the payers who stand in the way.
#[must_use]
pub fn take_back(period: &str, currency: Currency, paying: &[Paying]) -> Markup {
    let (pending, paid): (Vec<&Paying>, Vec<&Paying>) =
        paying.iter().partition(|it| it.is_pending());
    let (name, in_currency) = (shown_month(period), currency.shown());
    html! {
        @if !paid.is_empty() {
            div.note.bad role="alert" {
                p { strong { (name) " in " (in_currency) " cannot be taken back." } " Of it is paid, or was refunded, or is at a bank:" }
                ul { @for it in &paid { li { a href={ "/admin/charges/" (it.charge) } { (it.name) } } } }
                p { "Nothing was closed. The others' charges can be closed one by one." }
            }
            p { a href="/admin/periods" { "To the months" } }
        } @else {
            div.card.narrow {
                p { "Every charge that opening " (name) " in " (in_currency) " made is closed: nobody has to pay it any more. "
                    "If it is opened again, they are charged anew, with the fees of then." }
                @if !pending.is_empty() {
                    p { (pending.len()) " of them may be paying just now. Their payment pages are ended at Stripe first; whoever is faster has paid, and "
                        "then nothing is closed:" }
                    ul { @for it in pending.iter().take(NAMES) { li { a href={ "/admin/charges/" (it.charge) } { (it.name) } } } }
                }
                form method="post" action="/admin/periods/take-back" {
                    input type="hidden" name="period" value=(period);
                    input type="hidden" name="currency" value=(currency.as_str());
                    div.actions {
                        button type="submit" { "Take " (name) " back" }
                        a.button.quiet href="/admin/periods" { "Back" }
                    }
                }
            }
        }
    }
}

/// The same list, further on.
fn next(after: &Cursor) -> String {
    format!("/admin/periods?after={after}")
}

/// The players who are not charged for a month and those who are, and the button that charges exactly these.
#[must_use]
pub fn opening(opening: &Opening<'_>) -> Markup {
    let &Opening {
        month,
        charged,
        total,
        left_out,
        seen,
        is_past,
        shown,
    } = opening;
    let was_refused = matches!(shown, Shown::Changed | Shown::Unconfirmed);
    html! {
        @if shown == Shown::Unconfirmed {
            div.note.bad role="alert" {
                p { strong { "Nothing was charged." } " The due date has passed: say below that it is meant, or choose another one." }
            }
        }
        @if shown == Shown::Changed {
            div.note.bad role="alert" {
                p { strong { "Nothing was charged." } " Since you looked, a fee, a player or a charge has changed. This is how it is now." }
            }
        }
        @if charged.is_empty() {
            div.note.warn role="status" {
                p { strong { "Nobody is left to charge" } " for " (shown_month(&month.period)) " in " (month.currency.shown()) ". Nothing was changed." }
            }
            p { a href="/admin/periods" { "To the months" } }
        } @else {
            div.card {
                @if !was_refused { p { strong { "Nothing was charged so far." } } }
                p.number { (total) }
                p {
                    (count(charged.len(), "player", "players")) " charged, due on " (shown_day(&month.due_on)) ". " (count(left_out.len(), "player", "players")) " left out. "
                    "No email is sent."
                }
                form method="post" action="/admin/periods" {
                    input type="hidden" name="period" value=(month.period);
                    input type="hidden" name="kind" value="monthly";
                    input type="hidden" name="currency" value=(month.currency.as_str());
                    input type="hidden" name="due_on" value=(month.due_on);
                    input type="hidden" name="seen" value=(seen);
                    @if is_past {
                        div.note.warn {
                            p {
                                strong { "The due date, " (shown_day(&month.due_on)) ", has passed." }
                                " The charges would be overdue at once, and reminders would say so."
                            }
                            label { input type="checkbox" name="past_due" value="1" required; " Charge them with this date all the same" }
                        }
                    }
                    div.actions {
                        button type="submit" { "Charge " (count(charged.len(), "player", "players")) }
                        a.button.quiet href="/admin/periods" { "Back" }
                    }
                }
            }
            (charged_table(charged))
        }
        @if !left_out.is_empty() { (left_out_table(left_out)) }
    }
}

const CHARGED: [Column; 2] = [Column::name("Player"), Column::number("Fee")];

fn charged_table(charged: &[(Candidate, Money)]) -> Markup {
    let rows = charged
        .iter()
        .map(|(of, fee)| [player(of), html! { (fee) }]);
    table::table("Who is charged", &CHARGED, rows)
}

const LEFT_OUT: [Column; 3] = [
    Column::name("Player"),
    Column::text("Why"),
    Column::number("Fee"),
];

fn left_out_table(left_out: &[(Candidate, LeftOut)]) -> Markup {
    let rows = left_out.iter().map(|(of, why)| {
        [
            player(of),
            html! { (because(*why)) },
            html! { @if let Some(fee) = of.fee() { (fee) } },
        ]
    });
    table::table("Who is left out", &LEFT_OUT, rows)
}

fn player(player: &Candidate) -> Markup {
    html! {
        a href={ "/admin/players/" (player.id) } { (player.player) } " " span.soft { (player.player_id) }
    }
}

const fn because(why: LeftOut) -> &'static str {
    match why {
        LeftOut::Erased => "erased",
        LeftOut::AlreadyCharged => "charged already",
        LeftOut::NoFee => "no fee is known",
        LeftOut::JoinedLater => "came after the month",
        LeftOut::FeeZero => "the fee is 0",
        LeftOut::OtherCurrency => "another currency",
        LeftOut::BelowMinimum => "less than Stripe charges",
        LeftOut::NotChargeable => "Stripe charges no such amount",
    }
}
