//! An act of an operator in words: names instead of numbers, from and to. The audit page and a charge's timeline say the same.
//!
//! An entry of the log holds no name, so names are those of now. What a detail does not say is left out: the entry as it is
//! written stands beside it.

use maud::{Markup, html};
use serde::Deserialize;

use crate::{
    desk::{
        audit::queries::{Entry, Whom},
        charges::list_page::title_of,
        count::count,
    },
    domain::{
        act::OfflineMethod,
        charge::{Kind, is_title},
        incident::IncidentKind,
        money::{Currency, Money},
        time::{UnixMillis, shown_day, shown_month},
    },
    json,
};

/// An act in words, in three parts: `changed the amount`, `of`, ` from 120.00 to 100.00 USD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    verb: String,
    object: Object,
    more: String,
}

/// Where whom or what it was done to stands in the phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Object {
    /// Behind the verb: `closed Player 25's first payment`. On its own page: `closed the charge`.
    Direct,
    /// Behind the verb and this word: `made a link to Player 25's first payment`. On its own page: `made a link`.
    Behind(&'static str),
    /// Nowhere: the act is about none.
    None,
}

/// The details of all acts, as far as they are said.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    before: Option<Side>,
    after: Option<Side>,
    amount: Option<String>,
    currency: Option<Currency>,
    link: Option<i64>,
    template: Option<String>,
    charges: Option<i64>,
    kind: Option<String>,
    rows: Option<i64>,
    lines: Option<i64>,
    new_charges: Option<i64>,
    charged: Option<i64>,
    left_out: Option<i64>,
    title: Option<String>,
    due_on: Option<String>,
    changed: Option<Vec<String>>,
    since: Option<String>,
}

/// The values before an act, or those after it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Side {
    amount: Option<String>,
    currency: Option<Currency>,
    monthly_fee: Option<String>,
    paid: Option<String>,
    method: Option<String>,
    paid_at: Option<UnixMillis>,
    waived: Option<String>,
    surplus: Option<String>,
}

/// An act in words. `about` and `detail` are those of its entry, `currency` is that of what it was done to, for a detail that
/// does not say it; `day` writes a day.
#[must_use]
pub fn phrase(
    act: &str,
    about: &str,
    detail: &str,
    currency: Option<Currency>,
    day: &dyn Fn(UnixMillis) -> String,
) -> Phrase {
    let detail: Detail = json::from_str(detail).unwrap_or_default();
    let phrase = |verb: &str, object, more| Phrase {
        verb: verb.to_owned(),
        object,
        more,
    };
    let plain = |verb, object| phrase(verb, object, String::new());
    let of = Object::Behind("of");
    match act {
        "change_amount" => phrase("changed the amount", of, changed_amount(&detail)),
        "close" => plain("closed", Object::Direct),
        "reopen" => plain("reopened", Object::Direct),
        "offline_payment" => offline(&detail, currency, day),
        "cancel_pending" => plain("canceled the pending order", of),
        "give_up_session" => plain("gave up the payment page", of),
        "refund" => {
            let amount = money(detail.amount.as_deref(), detail.currency.or(currency));
            let what = amount.unwrap_or_else(|| "the payment".to_owned());
            phrase(&format!("refunded {what}"), of, String::new())
        }
        "mint_link" => plain("made a link", Object::Behind("to")),
        "revoke_link" => {
            let link = detail.link.map(|link| format!("link {link}"));
            let link = link.unwrap_or_else(|| "a link".to_owned());
            plain(&format!("revoked {link}"), Object::Behind("to"))
        }
        "queue_emails" => emails("queued", &detail),
        "send_email_again" => emails("queued again", &detail),
        "cancel_email" => emails("took back", &detail),
        "mint_links" if detail.charges == Some(1) => plain("made a link", Object::Behind("to")),
        "mint_links" => {
            let charges = counted(detail.charges, "charge");
            plain(&format!("made links to {charges}"), Object::None)
        }
        "change_fee" => phrase("changed the monthly fee", of, changed_fee(&detail)),
        "add_player" => plain("added", Object::Behind("the player")),
        "edit_player" => {
            let changed = detail.changed.unwrap_or_default().join(", ");
            let more = changed.replace('_', " ");
            let colon = if more.is_empty() { "" } else { ": " };
            phrase(
                "edited",
                Object::Behind("the player"),
                format!("{colon}{more}"),
            )
        }
        "erase_player" => plain("erased what is personal", of),
        "charge_players" => charged(&detail, currency),
        "open_period" => opened(about, &detail),
        "take_back_month" => {
            let month = about.split(' ').nth(1).map(shown_month);
            let month = month.unwrap_or_else(|| "a month".to_owned());
            plain(&format!("took back {month}"), Object::None)
        }
        "cancel_emails" => plain("took back all emails that waited", Object::None),
        "import" => {
            let (lines, new) = (
                counted(detail.lines, "line"),
                counted(detail.new_charges, "new charge"),
            );
            plain(&format!("imported a file of {lines}: {new}"), Object::None)
        }
        "export" => {
            let rows = counted(detail.rows, "row");
            plain(&format!("exported {about}, {rows}"), Object::None)
        }
        "resolve_incident" => {
            let kind = detail.kind.as_deref().and_then(IncidentKind::parse);
            let title = kind.map_or_else(String::new, |kind| format!(": {}", kind.title()));
            phrase("resolved an incident", Object::Behind("about"), title)
        }
        "reconcile" => {
            let since = detail.since.as_deref().and_then(UnixMillis::of_rfc_3339);
            let since = since.map_or_else(String::new, |at| format!(", since {}", day(at)));
            phrase("reconciled with Stripe", Object::None, since)
        }
        "log_in" => plain("logged in", Object::None),
        "log_out" => plain("logged out", Object::None),
        other => plain(&other.replace('_', " "), Object::None),
    }
}

/// An amount in major units as people read it, as far as its currency is known.
fn money(major: Option<&str>, currency: Option<Currency>) -> Option<String> {
    let major = major?;
    let read = currency.map(|currency| Money::read(major, currency));
    Some(match read {
        Some(Ok(money)) => money.to_string(),
        Some(Err(_)) | None => major.to_owned(),
    })
}

fn changed_amount(detail: &Detail) -> String {
    let (Some(before), Some(after)) = (&detail.before, &detail.after) else {
        return String::new();
    };
    let was = before.amount.as_deref().zip(before.currency);
    let was = was.and_then(|(major, currency)| Money::read(major, currency).ok());
    let is = money(after.amount.as_deref(), before.currency);
    match (was, is) {
        (Some(was), Some(is)) => format!(" from {} to {is}", was.grouped()),
        (None, Some(is)) => format!(" to {is}"),
        (_, None) => String::new(),
    }
}

fn changed_fee(detail: &Detail) -> String {
    let fee = |side: &Option<Side>| {
        let side = side.as_ref();
        let fee = side.and_then(|it| money(it.monthly_fee.as_deref(), it.currency));
        fee.unwrap_or_else(|| "none".to_owned())
    };
    format!(" from {} to {}", fee(&detail.before), fee(&detail.after))
}

fn offline(
    detail: &Detail,
    currency: Option<Currency>,
    day: &dyn Fn(UnixMillis) -> String,
) -> Phrase {
    let before = detail.before.as_ref();
    let currency = before.and_then(|it| it.currency).or(currency);
    let after = detail.after.as_ref();
    let of = |amount: fn(&Side) -> &Option<String>| {
        after.and_then(|it| money(amount(it).as_deref(), currency))
    };
    let method = after.and_then(|it| OfflineMethod::parse(it.method.as_deref()?));
    let how = match method {
        Some(OfflineMethod::Cash) => " in cash",
        Some(OfflineMethod::Check) => " by check",
        Some(OfflineMethod::Transfer) => " by transfer",
        None => "",
    };
    let paid = of(|it| &it.paid).map_or_else(String::new, |paid| format!(" of {paid}"));
    let on = after.and_then(|it| it.paid_at);
    let on = on.map_or_else(String::new, |at| format!(", paid on {}", day(at)));
    let waived = of(|it| &it.waived).map(|rest| format!(", and waived {rest}"));
    let surplus = of(|it| &it.surplus).map(|rest| format!(", and kept {rest} more than was owed"));
    let rest = waived.or(surplus).unwrap_or_default();
    Phrase {
        verb: format!("recorded an offline payment{paid}{how}"),
        object: Object::Behind("for"),
        more: format!("{on}{rest}"),
    }
}

fn emails(verb: &str, detail: &Detail) -> Phrase {
    let template = detail.template.as_deref();
    let more = template.map_or_else(String::new, |template| {
        format!(" ({})", template.replace('_', " "))
    });
    match detail.charges {
        Some(1) | None => Phrase {
            verb: format!("{verb} an email"),
            object: Object::Behind("about"),
            more,
        },
        Some(_) => Phrase {
            verb: format!("{verb} emails about {}", counted(detail.charges, "charge")),
            object: Object::None,
            more,
        },
    }
}

fn charged(detail: &Detail, currency: Option<Currency>) -> Phrase {
    let amount = money(detail.amount.as_deref(), detail.currency.or(currency));
    let what = detail.title.as_deref();
    let what = what.map_or_else(String::new, |title| format!(" for \u{201c}{title}\u{201d}"));
    let due = detail.due_on.as_deref().map(shown_day);
    let due = due.map_or_else(String::new, |day| format!(", due {day}"));
    Phrase {
        verb: format!(
            "charged {} {}{what}",
            counted(detail.charged, "player"),
            amount.unwrap_or_default()
        ),
        object: Object::None,
        more: format!("{due}{}", left_out(detail)),
    }
}

fn left_out(detail: &Detail) -> String {
    let count = detail.left_out.filter(|count| *count > 0);
    count.map_or_else(String::new, |count| format!(", {count} left out"))
}

/// `about` is `period 2026-05 usd`.
fn opened(about: &str, detail: &Detail) -> Phrase {
    let mut words = about.split(' ').skip(1);
    let month = words.next().map(shown_month).unwrap_or_default();
    let currency = words.next().and_then(Currency::parse);
    let total = money(detail.amount.as_deref(), currency).unwrap_or_default();
    let charged = counted(detail.charged, "player");
    let left_out = left_out(detail);
    Phrase {
        verb: format!("opened {month}"),
        object: Object::None,
        more: format!(": {charged}, {total}{left_out}"),
    }
}

/// `1 line`, `60 lines`
fn counted(number: Option<i64>, what: &str) -> String {
    match number {
        Some(number) => count(number, what, &format!("{what}s")),
        None => format!("{what}s"),
    }
}

impl Phrase {
    /// On the page of what it was done to: `changed the amount from 120.00 to 100.00 USD`.
    #[must_use]
    pub fn here(&self) -> String {
        let object = match self.object {
            Object::Direct => " the charge",
            Object::Behind(_) | Object::None => "",
        };
        format!("{}{object}{}", self.verb, self.more)
    }

    /// Anywhere else: `changed the amount of Player 25's first payment from 120.00 to 100.00 USD`.
    #[must_use]
    pub fn of(&self, subject: &Markup) -> Markup {
        let word = match self.object {
            Object::Direct => "",
            Object::Behind(word) => word,
            Object::None => return html! { (self.here()) },
        };
        html! { (self.verb) " " @if !word.is_empty() { (word) " " } (subject) (self.more) }
    }
}

/// An entry of the log in words, with a link to whom or what it is about.
#[must_use]
pub fn of_entry(entry: &Entry, day: &dyn Fn(UnixMillis) -> String) -> Markup {
    let whom = entry.whom.as_ref();
    let currency = whom.and_then(|whom| whom.currency);
    let phrase = phrase(&entry.act, &entry.about, entry.detail.get(), currency, day);
    let subject = match whom {
        Some(whom) => subject(whom),
        None => html! { (entry.about) },
    };
    phrase.of(&subject)
}

/// `Player 25's first payment`, or `Player 25`.
fn subject(whom: &Whom) -> Markup {
    let Whom {
        player,
        player_row,
        charge,
        kind,
        period,
        currency: _,
    } = whom;
    match charge.zip(*kind) {
        Some((charge, kind)) => {
            let title = match kind {
                // As the club has written it.
                Kind::Custom if is_title(period) => period.clone(),
                Kind::FirstPayment | Kind::Monthly | Kind::Custom => {
                    let title = title_of(kind, period);
                    let mut letters = title.chars();
                    let first = letters.next().map(|first| first.to_ascii_lowercase());
                    first.into_iter().chain(letters).collect()
                }
            };
            html! { a href={ "/admin/charges/" (charge) } { (player) "'s " (title) } }
        }
        None => html! { a href={ "/admin/players/" (player_row) } { (player) } },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(_: UnixMillis) -> String {
        "1 Nov 2026".to_owned()
    }

    fn said(act: &str, about: &str, detail: &str) -> (String, String) {
        let phrase = phrase(act, about, detail, Currency::parse("eur"), &day);
        let subject = html! { "Player 25's first payment" };
        (phrase.here(), phrase.of(&subject).into_string())
    }

    #[test]
    fn an_act_is_said_with_whom_it_was_done_to_and_on_its_page_without() {
        let amount = r#"{"before":{"amount":"1120.00","currency":"usd","closed":false},"after":{"amount":"100.00"},"order":null}"#;
        assert_eq!(
            said("change_amount", "charge 7", amount),
            (
                "changed the amount from 1,120.00 to 100.00 USD".to_owned(),
                "changed the amount of Player 25's first payment from 1,120.00 to 100.00 USD"
                    .to_owned()
            )
        );
        assert_eq!(
            said("close", "charge 7", "{}"),
            (
                "closed the charge".to_owned(),
                "closed Player 25's first payment".to_owned()
            )
        );
        let cash = r#"{"before":{"amount":"120.00","currency":"usd"},"after":{"paid":"100.00","method":"cash","paid_at":1,"waived":"20.00"}}"#;
        assert_eq!(
            said("offline_payment", "charge 7", cash).1,
            "recorded an offline payment of 100.00 USD in cash for Player 25's first payment, paid on 1 Nov 2026, and waived 20.00 USD"
        );
    }

    #[test]
    fn every_act_has_its_words_and_a_detail_that_says_nothing_is_left_out() {
        for (act, about, detail, here) in [
            (
                "offline_payment",
                "charge 7",
                r#"{"before":{"currency":"usd"},"after":{"paid":"130.00","method":"transfer","surplus":"10.00"}}"#,
                "recorded an offline payment of 130.00 USD by transfer, and kept 10.00 USD more than was owed",
            ),
            (
                "offline_payment",
                "charge 7",
                "{}",
                "recorded an offline payment",
            ),
            ("change_amount", "charge 7", "{}", "changed the amount"),
            ("reopen", "charge 7", "{}", "reopened the charge"),
            (
                "cancel_pending",
                "charge 7",
                "{}",
                "canceled the pending order",
            ),
            (
                "give_up_session",
                "charge 7",
                "{}",
                "gave up the payment page",
            ),
            (
                "refund",
                "charge 7",
                r#"{"order":1,"amount":"40.00","currency":"usd"}"#,
                "refunded 40.00 USD",
            ),
            (
                "refund",
                "charge 7",
                r#"{"order":1,"amount":"40.00"}"#,
                "refunded 40.00 EUR",
            ),
            ("refund", "charge 7", "[]", "refunded the payment"),
            ("mint_link", "charge 7", "{}", "made a link"),
            ("revoke_link", "charge 7", r#"{"link":3}"#, "revoked link 3"),
            (
                "queue_emails",
                "charge 7",
                r#"{"template":"link","charges":1}"#,
                "queued an email (link)",
            ),
            (
                "queue_emails",
                "messages",
                r#"{"template":"reminder","charges":34}"#,
                "queued emails about 34 charges (reminder)",
            ),
            (
                "send_email_again",
                "charge 7",
                r#"{"email":3,"template":"offline_receipt"}"#,
                "queued again an email (offline receipt)",
            ),
            ("cancel_email", "charge 7", "{}", "took back an email"),
            (
                "mint_links",
                "messages",
                r#"{"template":"link","charges":2}"#,
                "made links to 2 charges",
            ),
            (
                "change_fee",
                "player 3",
                r#"{"before":{"monthly_fee":"50.00","currency":"usd"},"after":null}"#,
                "changed the monthly fee from 50.00 USD to none",
            ),
            ("erase_player", "player 3", "{}", "erased what is personal"),
            (
                "open_period",
                "period 2026-05 usd",
                r#"{"kind":"monthly","due_on":"2026-05-15","charged":34,"amount":"1700.00","left_out":3}"#,
                "opened May 2026: 34 players, 1,700.00 USD, 3 left out",
            ),
            (
                "import",
                "file",
                r#"{"sha256":"00","lines":60,"new_charges":1,"new_links":1,"orders":0}"#,
                "imported a file of 60 lines: 1 new charge",
            ),
            (
                "export",
                "charges.csv",
                r#"{"rows":369}"#,
                "exported charges.csv, 369 rows",
            ),
            (
                "resolve_incident",
                "incident 2",
                r#"{"kind":"dispute"}"#,
                "resolved an incident: A payer disputes a payment",
            ),
            (
                "reconcile",
                "stripe",
                r#"{"since":"2026-11-01T10:00:00Z"}"#,
                "reconciled with Stripe, since 1 Nov 2026",
            ),
            ("add_player", "player 27", "{}", "added"),
            (
                "edit_player",
                "player 3",
                r#"{"changed":["name","monthly_fee"]}"#,
                "edited: name, monthly fee",
            ),
            (
                "charge_players",
                "charges",
                r#"{"title":"Tournament","amount":"25.00","currency":"usd","due_on":"2027-05-12","charged":34,"left_out":1}"#,
                "charged 34 players 25.00 USD for “Tournament”, due 12 May 2027, 1 left out",
            ),
            (
                "take_back_month",
                "period 2026-05 usd",
                r#"{"kind":"monthly"}"#,
                "took back May 2026",
            ),
            (
                "cancel_emails",
                "messages",
                "{}",
                "took back all emails that waited",
            ),
            ("log_in", "desk", "{}", "logged in"),
            ("log_out", "desk", "{}", "logged out"),
            ("something_new", "charge 7", "{}", "something new"),
        ] {
            assert_eq!(said(act, about, detail).0, here, "{act} {detail}");
        }
    }
}
