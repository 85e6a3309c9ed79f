//! The text of an email, as plain text and as HTML, in the player's language.
//!
//! The HTML has inline styles alone, for many mail programs drop a style sheet, and no colours but the button's: so
//! the text is dark on light or light on dark, as the reader has it. Nothing in it is loaded from anywhere.

use maud::{DOCTYPE, Markup, html};

use crate::{
    config::MailSettings,
    domain::{
        act::OfflineMethod,
        email::Template,
        language::Language,
        mail::{Mail, one_line},
        time::{Millis, UnixMillis, Zone, day},
        token::Token,
    },
    languages::{fill::fill, words, words::Words},
    store::emails::{EmailData, Payment},
};

/// An email before it has a form.
struct Content {
    subject: String,
    /// Sentences before the list.
    opening: Vec<String>,
    /// The list of what is owed or paid: a label and a value each.
    list: Vec<(&'static str, String)>,
    /// Sentences after the link.
    closing: Vec<String>,
}

/// The link that an email carries: the Worker's own, so that whatever opens it first pays nothing and spoils nothing.
#[must_use]
pub fn link(settings: &MailSettings, data: &EmailData, token: &Token) -> String {
    link_of(settings, data, &token.query_value())
}

/// An example of an email, for an operator to see before it is queued. Its link leads nowhere: each email gets its own.
#[must_use]
pub fn example(settings: &MailSettings, data: &EmailData, now: UnixMillis, offset: Millis) -> Mail {
    let link = link_of(settings, data, "each-email-has-its-own");
    mail(settings, data, &link, now, offset)
}

fn link_of(settings: &MailSettings, data: &EmailData, token: &str) -> String {
    let (origin, path) = (&settings.public_origin, data.kind.path());
    format!("{origin}{path}?token={token}")
}

/// The email. `offset` is how far the club's clocks are ahead of UTC now.
#[must_use]
pub fn mail(
    settings: &MailSettings,
    data: &EmailData,
    link: &str,
    now: UnixMillis,
    offset: Millis,
) -> Mail {
    let language = data.language.as_deref().and_then(Language::parse);
    let words = words(language.unwrap_or(settings.club.language));
    let constant = |_| offset;
    let zone = Zone {
        name: &settings.club.timezone,
        offset: &constant,
    };
    let content = content(settings, data, words, now, &zone);
    let link = data.template.has_link().then_some(link);
    let amount = words.format.money(data.money());
    let pay = fill(words.mail.pay, &[("amount", &amount)]);
    Mail {
        from: settings.from.clone().unwrap_or_default(),
        from_name: one_line(&settings.club.name),
        to: data.email.clone().unwrap_or_default(),
        reply_to: settings.reply_to.clone(),
        subject: one_line(&content.subject),
        text: text(&content, link, &pay, words),
        html: page(settings, &content, link, &pay, words).into_string(),
    }
}

fn content(
    settings: &MailSettings,
    data: &EmailData,
    words: &Words,
    now: UnixMillis,
    zone: &Zone<'_>,
) -> Content {
    let mail = &words.mail;
    let (club, player) = (one_line(&settings.club.name), one_line(&data.player));
    let what = words.what(data.kind, &data.period);
    let say = |text: &str| {
        fill(
            text,
            &[("club", &club), ("player", &player), ("what", &what)],
        )
    };
    let due = data.due_on.as_deref().and_then(day);
    let mut opening = vec![mail.greeting.to_owned()];
    let mut closing = Vec::new();
    let subject = match data.template {
        Template::Link => {
            opening.push(say(mail.link));
            mail.link_subject
        }
        Template::Reminder => {
            opening.push(say(mail.reminder));
            opening.extend(due.map(|due| {
                let is_over = due < zone.day(now);
                let text = if is_over { mail.was_due } else { mail.is_due };
                fill(text, &[("date", &words.format.date(due))])
            }));
            closing.push(mail.crossed.to_owned());
            mail.reminder_subject
        }
        Template::DebitFailed => {
            opening.push(say(mail.debit_failed));
            opening.push(mail.pay_again.to_owned());
            mail.debit_failed_subject
        }
        Template::OfflineReceipt => {
            opening.push(say(mail.receipt));
            mail.receipt_subject
        }
    };
    let mut list = vec![
        (mail.of_what, what.clone()),
        (mail.of_player, player.clone()),
    ];
    match &data.payment {
        Some(payment) => list.extend(paid(payment, words, zone)),
        None => {
            list.push((mail.of_amount, words.format.money(data.money())));
            list.extend(due.map(|due| (mail.of_due, words.format.date(due))));
        }
    }
    if data.template.has_link() {
        closing.push(say(mail.stripe));
    }
    let contact = one_line(&settings.club.contact);
    closing.push(fill(mail.contact, &[("contact", &contact)]));
    Content {
        subject: say(subject),
        opening,
        list,
        closing,
    }
}

fn paid(payment: &Payment, words: &Words, zone: &Zone<'_>) -> [(&'static str, String); 4] {
    let mail = &words.mail;
    let method = match payment.method {
        OfflineMethod::Cash => mail.cash,
        OfflineMethod::Check => mail.check,
        OfflineMethod::Transfer => mail.transfer,
    };
    [
        (mail.of_amount, words.format.money(payment.money())),
        (mail.of_paid, words.format.date(zone.day(payment.at))),
        (mail.of_method, method.to_owned()),
        (mail.of_reference, payment.order.to_string()),
    ]
}

fn text(content: &Content, link: Option<&str>, pay: &str, words: &Words) -> String {
    let list: Vec<_> = content
        .list
        .iter()
        .map(|(label, value)| format!("{}{value}", labelled(label, words)))
        .collect();
    let mut parts = content.opening.clone();
    parts.push(list.join("\n"));
    parts.extend(link.map(|link| format!("{}\n{link}", labelled(pay, words).trim_end())));
    parts.extend(content.closing.iter().cloned());
    parts.join("\n\n") + "\n"
}

/// A label before its value. French has a space before the colon.
fn labelled(label: &str, words: &Words) -> String {
    match words.language {
        Language::Fr => format!("{label}\u{a0}: "),
        Language::En | Language::Es | Language::Pt | Language::De => format!("{label}: "),
    }
}

const BODY: &str = "margin:0 auto;padding:24px 20px;max-width:560px;font-family:Arial,Helvetica,sans-serif;\
    font-size:16px;line-height:1.5";
const CELL: &str = "padding:4px 16px 4px 0;text-align:left;vertical-align:top";

fn page(
    settings: &MailSettings,
    content: &Content,
    link: Option<&str>,
    pay: &str,
    words: &Words,
) -> Markup {
    let color = settings.club.color;
    let button = format!(
        "display:inline-block;padding:14px 28px;border-radius:6px;background:{color};color:{};\
         border:1px solid {};text-decoration:none;font-weight:bold",
        color.text(),
        color.text()
    );
    let band = format!(
        "margin:0 0 20px;padding:0 0 12px;border-bottom:3px solid {color};font-size:18px;font-weight:bold"
    );
    html! {
        (DOCTYPE)
        html lang=(words.language.as_str()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (one_line(&content.subject)) }
            }
            body style="margin:0;padding:0" {
                div role="main" lang=(words.language.as_str()) style=(BODY) {
                    h1 style=(band) { (one_line(&settings.club.name)) }
                    @for sentence in &content.opening { p style="margin:0 0 16px" { (sentence) } }
                    table style="margin:0 0 20px;border-collapse:collapse;font-size:16px" {
                        @for (label, value) in &content.list {
                            tr {
                                th scope="row" style={ (CELL) ";font-weight:normal" } { (label) }
                                td style={ (CELL) ";font-weight:bold" } { (value) }
                            }
                        }
                    }
                    @if let Some(link) = link {
                        p style="margin:0 0 20px" { a href=(link) style=(button) { (pay) } }
                        p style="margin:0 0 16px;font-size:14px" {
                            (words.mail.address) br;
                            a href=(link) style="color:inherit;word-break:break-all" { (link) }
                        }
                    }
                    @for sentence in &content.closing { p style="margin:0 0 12px;font-size:14px" { (sentence) } }
                }
            }
        }
    }
}
