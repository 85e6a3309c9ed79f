//! Pages that say what an act will do, before it is done. Each can be pressed twice without harm.

use maud::{Markup, html};

use crate::{
    desk::{
        charges::{detail::OrderOf, list_page},
        form::{self as forms, Errors, Input},
        routes::ChargeAct,
        saved, shown_link,
    },
    domain::{
        act::{OfflineMethod, Rest},
        charge::ChargeState,
        id::ChargeId,
        money::Money,
        time::{UnixMillis, Zone},
    },
    http::{csv, fields::LONGEST_NOTE},
    store::charges::Listed,
};

/// The name of an act.
#[must_use]
pub const fn heading(act: ChargeAct) -> &'static str {
    match act {
        ChargeAct::Amount => "Change the amount",
        ChargeAct::Close => "Close",
        ChargeAct::Reopen => "Reopen",
        ChargeAct::OfflinePayment => "Record an offline payment",
        ChargeAct::CancelPending => "Cancel the pending order",
        ChargeAct::GiveUpSession => "Give up the payment page",
    }
}

/// The data that a form needs besides its charge.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    /// Whether receipts can be sent by email.
    pub has_receipts: bool,
    /// The form as it was sent, if it comes back.
    pub sent: Option<&'a Sent<'a>>,
}

/// A form that comes back: what was typed, and what is wrong with it.
pub struct Sent<'a> {
    /// Of an offline payment, or of another amount.
    pub typed: Typed<'a>,
    /// Why a charge is closed.
    pub reason: &'a str,
    /// The faults.
    pub errors: Errors,
}

/// The effect of an act, and its form.
#[must_use]
pub fn confirm(
    act: ChargeAct,
    charge: &Listed,
    form: Form<'_>,
    zone: &Zone<'_>,
    now: UnixMillis,
) -> Markup {
    let is_pending = matches!(charge.state, ChargeState::Pending | ChargeState::Processing);
    let (owed, today) = (charge.money().major(), zone.iso_date(now));
    let (first, no_errors) = (Typed::first(&owed, &today), Errors::default());
    let typed = form.sent.map_or(&first, |sent| &sent.typed);
    let reason = form.sent.map_or("", |sent| sent.reason);
    let errors = form.sent.map_or(&no_errors, |sent| &sent.errors);
    let (what, fields, button) = match act {
        ChargeAct::Amount => (
            html! { p { "From now on, a click leads to a payment page with the new amount." } },
            html! {
                (amount(typed.amount, &charge.money().currency.shown(), "What is owed", errors))
            },
            "Change the amount",
        ),
        ChargeAct::Close => (
            html! {
                p { "Nobody has to pay this any more. Whoever opens a link of it is told so, and whom to ask." }
            },
            html! {
                (self::reason(reason, errors))
            },
            "Close the charge",
        ),
        ChargeAct::Reopen => (
            html! { p { "It is to be paid again: its links lead to a payment page." } },
            html! {},
            "Reopen the charge",
        ),
        ChargeAct::OfflinePayment => (
            html! {
                p { "The charge counts as paid, without Stripe. Whoever opens a link of it is told so." }
            },
            html! {
                (offline_fields(charge.money(), typed, &today, form.has_receipts, errors))
            },
            "Record the payment",
        ),
        ChargeAct::CancelPending => (
            html! { p { "The next click gets a new payment page." } },
            html! {},
            "Cancel the order",
        ),
        ChargeAct::GiveUpSession => (
            html! {
                p {
                    "For a payment page that Stripe does not know, because it was made in another account or in the other mode, and \
                     that account is gone for good. If Stripe knows it after all, it is ended there as usual."
                }
                p {
                    strong { "If somebody has paid on it, this Worker never hears of it." }
                    " Look in that account first, if you still can. The next click gets a new payment page."
                }
            },
            html! {},
            "Give it up",
        ),
    };
    html! {
        (forms::came_back(errors))
        div.card.narrow {
            (what)
            @if is_pending && act != ChargeAct::Reopen {
                p {
                    strong { "A parent may be paying right now." }
                    " The payment page is ended at Stripe first. If they were faster, their payment stays, and you are told."
                }
            }
            form method="post" action={ "/admin/charges/" (charge.id) "/" (act.path()) } {
                (fields)
                div.actions {
                    button type="submit" { (button) }
                    a.button.quiet href={ "/admin/charges/" (charge.id) } { "Back" }
                }
            }
        }
        p.soft { (charge.player) ", " (list_page::title(charge)) ": " (charge.money()) " " (list_page::state_of(charge)) }
    }
}

/// The form of an offline payment, as it was typed.
#[derive(Clone, Copy)]
pub struct Typed<'a> {
    /// The amount that was paid, or another amount for the charge.
    pub amount: &'a str,
    /// How.
    pub method: Option<OfflineMethod>,
    /// On which day, as `2026-05-31`.
    pub paid_on: &'a str,
    /// The note.
    pub note: &'a str,
    /// Whether the payer gets no receipt.
    pub no_receipt: bool,
}

impl<'a> Typed<'a> {
    /// Before anything was typed.
    const fn first(owed: &'a str, today: &'a str) -> Self {
        Self {
            amount: owed,
            method: Some(OfflineMethod::Cash),
            paid_on: today,
            note: "",
            no_receipt: false,
        }
    }
}

fn offline_fields(
    owed: Money,
    typed: &Typed<'_>,
    today: &str,
    has_receipts: bool,
    errors: &Errors,
) -> Markup {
    html! {
        (amount(typed.amount, &owed.currency.shown(), "What was paid", errors))
        fieldset {
            legend { "How" }
            @if let Some(why) = errors.of("method") { p.error { "It " (why) "." } }
            @for method in OfflineMethod::ALL {
                label {
                    input type="radio" name="method" value=(method.as_str()) required checked[typed.method == Some(method)];
                    " " (method.as_str())
                }
            }
        }
        (Input {
            kind: "date",
            is_short: true,
            is_required: true,
            max: today,
            ..Input::text("paid_on", "When", typed.paid_on)
        }.field(errors))
        (Input {
            hint: "Not needed. Other operators see it.",
            max_length: LONGEST_NOTE,
            ..Input::text("note", "Note", typed.note)
        }.field(errors))
        @if has_receipts {
            div.field {
                p.hint { "The payer gets a receipt by email, if an address is known." }
                label { input type="checkbox" name="no_receipt" value="true" checked[typed.no_receipt]; " Send no receipt" }
            }
        }
    }
}

/// An offline payment that is not what is owed.
#[derive(Clone, Copy)]
pub struct Asked {
    /// The amount that was paid.
    pub paid: Money,
    /// The amount that is owed now.
    pub owed: Money,
    /// Whether receipts can be sent by email.
    pub has_receipts: bool,
}

/// The question what is to become of the rest, before anything is recorded: it is waived or kept, or the charge's
/// amount is wrong, or what was typed is. All that was typed stays.
#[must_use]
pub fn ask(charge: &Listed, asked: Asked, typed: &Typed<'_>, today: &str) -> Markup {
    let Asked {
        paid,
        owed,
        has_receipts,
    } = asked;
    let is_comparable = paid.currency == owed.currency;
    let rest = Money {
        minor: (owed.minor - paid.minor).abs(),
        ..owed
    };
    let action = format!("/admin/charges/{}/offline-payment", charge.id);
    let (says, choice, hint) = if !is_comparable {
        (
            "The charge is in another currency now.".to_owned(),
            None,
            "",
        )
    } else if paid.minor < owed.minor {
        (
            format!("That is {rest} less."),
            Some((Some(Rest::Waived), format!("Record it, and waive {rest}"))),
            "Nobody has to pay what is waived. It is shown on the charge's page, and has a column of its own in the books.",
        )
    } else if paid.minor > owed.minor {
        (
            format!("That is {rest} more."),
            Some((Some(Rest::Kept), format!("Record it, and keep {rest} more"))),
            "The club keeps it, as a gift for example. If it goes back to the payer, record only what is owed.",
        )
    } else {
        (
            "The amount has changed, and that is just it: there is no rest any more.".to_owned(),
            Some((None, "Record the payment".to_owned())),
            "",
        )
    };
    html! {
        div.card.narrow {
            div.note role="alert" {
                p {
                    strong { (paid) " was paid, and " (owed) " is owed." } " " (says) " Nothing was recorded yet."
                }
            }
            form method="post" action=(action) {
                input type="hidden" name="amount" value=(typed.amount);
                @if let Some(method) = typed.method { input type="hidden" name="method" value=(method.as_str()); }
                input type="hidden" name="paid_on" value=(typed.paid_on);
                @if !typed.note.is_empty() { input type="hidden" name="note" value=(typed.note); }
                @if typed.no_receipt { input type="hidden" name="no_receipt" value="true"; }
                input type="hidden" name="owed" value=(owed.major());
                @if !hint.is_empty() { p.hint { (hint) } }
                div.actions {
                    @if let Some((rest, button)) = &choice {
                        @match rest {
                            Some(rest) => { button type="submit" name="rest" value=(rest.as_str()) { (button) } }
                            None => { button type="submit" { (button) } }
                        }
                    }
                    a.button.quiet href={ "/admin/charges/" (charge.id) "/amount" } { "The charge's amount is wrong: change it" }
                }
            }
            details {
                summary { "Go back to what was typed" }
                form method="post" action=(action) {
                    (offline_fields(owed, typed, today, has_receipts, &Errors::default()))
                    div.actions {
                        button type="submit" { "Record the payment" }
                        a.button.quiet href={ "/admin/charges/" (charge.id) } { "Back to the charge" }
                    }
                }
            }
        }
    }
}

/// Why a charge is closed.
#[must_use]
pub fn reason(value: &str, errors: &Errors) -> Markup {
    Input {
        hint: "Other operators see it. Parents do not.",
        is_required: true,
        max_length: LONGEST_NOTE,
        ..Input::text("reason", "Why", value)
    }
    .field(errors)
}

fn amount(value: &str, currency: &str, label: &str, errors: &Errors) -> Markup {
    let label = format!("{label}, in {currency}");
    Input {
        mode: "decimal",
        is_short: true,
        is_required: true,
        ..Input::text("amount", &label, value)
    }
    .field(errors)
}

/// The use of another link, and the form that makes it. `request` names the form, so that a link is made once.
#[must_use]
pub fn mint(charge: &Listed, request: &str) -> Markup {
    html! {
        div.card.narrow {
            p { "It leads to this charge, like the links that are there already: those stay valid." }
            p { "It is shown once, on the next page." }
            form method="post" action={ "/admin/charges/" (charge.id) "/links" } {
                input type="hidden" name="request" value=(request);
                div.actions {
                    button type="submit" { "Make a link" }
                    a.button.quiet href={ "/admin/charges/" (charge.id) } { "Back" }
                }
            }
        }
    }
}

/// A link that was made just now.
#[must_use]
pub fn minted(charge: &Listed, email: &str, url: &str) -> Markup {
    let money = charge.money();
    let row = [
        charge.player_id.as_str(),
        &charge.player,
        email,
        charge.kind.as_str(),
        &charge.period,
        &money.major(),
        money.currency.as_str(),
        url,
    ];
    let columns = [
        "player_id",
        "player",
        "email",
        "kind",
        "period",
        "amount",
        "currency",
        "link",
    ];
    html! {
        div.note.good role="status" {
            p { strong { "The link was made." } " It is shown here, and nowhere else again. Copy it now, or save it." }
        }
        (shown_link::card(url, &list_page::title(charge)))
        (saved::one_link(&csv::table(columns, std::iter::once(row))))
        p { a href={ "/admin/charges/" (charge.id) } { "Back to the charge of " (charge.player) } }
    }
}

/// Whether a link is to be revoked.
#[must_use]
pub fn revoke(link: i64, charge: ChargeId) -> Markup {
    html! {
        div.card.narrow {
            p { "Link " (link) " will lead nowhere any more: whoever opens it is told so, and whom to ask." }
            p { "A payment page that was opened by it stays open." }
            form method="post" action={ "/admin/links/" (link) "/revoke" } {
                div.actions {
                    button.danger type="submit" { "Revoke the link" }
                    a.button.quiet href={ "/admin/charges/" (charge) } { "Back" }
                }
            }
        }
    }
}

/// Whether a payment is to be refunded, and how much of it. `typed` is the amount that came back, if the form does.
#[must_use]
pub fn refund(charge: ChargeId, order: &OrderOf, typed: Option<&str>, errors: &Errors) -> Markup {
    let left = order.left();
    html! {
        (forms::came_back(errors))
        div.card.narrow {
            @if let Some(requested) = order.requested() {
                p {
                    "A refund of " (requested) " was asked for, and Stripe has not answered yet. It is looked into by itself: another \
                     one can be made when it has ended."
                }
                p { a href={ "/admin/charges/" (charge) } { "Back to the charge" } }
            } @else {
            @match left {
                None => {
                    p { "Nothing was paid by this order, or all of it has gone back." }
                    p { a href={ "/admin/charges/" (charge) } { "Back to the charge" } }
                }
                Some(left) => {
                    @if order.offline_method.is_some() {
                        p { "This records that you have handed the money back. Stripe has nothing to do with it." }
                    } @else {
                        p { "Stripe sends the money back to the card or the account that it came from. That takes some days, and Stripe keeps its fee." }
                    }
                    p { "When all of it has gone back, the charge is refunded: it is not to be paid again until you reopen it." }
                    form method="post" action={ "/admin/orders/" (order.id) "/refund" } {
                        input type="hidden" name="refunded" value=(order.refunded().major());
                        (amount(typed.unwrap_or(&left.major()), &left.currency.shown(), "How much", errors))
                        p.hint { "At most " (left) "." }
                        div.actions {
                            button.danger type="submit" { "Refund it" }
                            a.button.quiet href={ "/admin/charges/" (charge) } { "Back" }
                        }
                    }
                }
            }
            }
        }
    }
}
