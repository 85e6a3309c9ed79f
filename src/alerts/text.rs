//! The text of an alert: the club, the incident's kind, what to do, how much money, and where to look.
//!
//! It never holds a token, an address or a player's name. Alerts go to chats and inboxes of other services.

use maud::html;
use serde::Serialize;

use super::channels::Addresses;
use crate::{
    config::AlertSettings,
    domain::{
        incident::IncidentKind,
        mail::{Mail, one_line},
        path,
        time::{Millis, UnixMillis, Zone},
    },
    json,
    store::outbox::{Event, Notice},
};

/// An alert, before it is put into the form of its channel.
struct Alert {
    title: String,
    /// A sentence or two each.
    lines: Vec<String>,
    reference: String,
    link: Option<String>,
}

/// The body of the webhook's request. Slack docs, "Sending messages using incoming webhooks": the member `text`.
#[derive(Serialize)]
struct SlackMessage {
    text: String,
}

/// The alert as Slack and what is compatible with it read it.
#[must_use]
pub fn message(settings: &AlertSettings, notice: &Notice) -> String {
    slack(alert(settings, notice))
}

/// The same of what cannot be stored.
#[must_use]
pub fn message_of(settings: &AlertSettings, kind: IncidentKind) -> String {
    slack(unstored(settings, kind))
}

fn slack(alert: Alert) -> String {
    let mut lines = vec![format!("*{}*", alert.title)];
    lines.extend(alert.lines);
    lines.push(match alert.link {
        Some(link) => format!("{}: {link}", alert.reference),
        None => alert.reference,
    });
    let text = escaped(&lines.join("\n"));
    json::to_string(&SlackMessage { text })
}

/// Slack docs, "Formatting text for app surfaces", "Escaping text".
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The alert as an email.
#[must_use]
pub fn mail(settings: &AlertSettings, addresses: Addresses<'_>, notice: &Notice) -> Mail {
    email(settings, addresses, &alert(settings, notice))
}

/// The same of what cannot be stored.
#[must_use]
pub fn mail_of(settings: &AlertSettings, addresses: Addresses<'_>, kind: IncidentKind) -> Mail {
    email(settings, addresses, &unstored(settings, kind))
}

fn email(settings: &AlertSettings, addresses: Addresses<'_>, alert: &Alert) -> Mail {
    let mut text = alert.lines.clone();
    text.push(alert.reference.clone());
    text.extend(alert.link.clone());
    let html = html! {
        p { strong { (alert.title) } }
        @for line in &alert.lines { p { (line) } }
        p {
            @if let Some(link) = &alert.link { a href=(link) { (alert.reference) } } @else { (alert.reference) }
        }
    };
    Mail {
        from: addresses.from.to_owned(),
        from_name: one_line(&settings.club_name),
        to: addresses.to.to_owned(),
        reply_to: None,
        subject: one_line(&alert.title),
        text: text.join("\n\n"),
        html: html.into_string(),
    }
}

fn alert(settings: &AlertSettings, notice: &Notice) -> Alert {
    let kind = IncidentKind::parse(&notice.kind);
    let name = match kind {
        Some(kind) => kind.title(),
        None => &notice.kind,
    };
    let club = &settings.club_name;
    let mut lines = Vec::new();
    let title = match notice.event {
        Event::Opened => {
            lines.extend(kind.map(|kind| kind.advice().to_owned()));
            lines.extend(money(notice));
            lines.extend(notice.due_by.map(deadline));
            // The detail of others stands on the desk.
            let is_told = kind.is_some_and(IncidentKind::tells_detail);
            let detail = &notice.detail;
            lines.extend((is_told && !detail.is_empty()).then(|| detail.clone()));
            format!("{club}: {name}")
        }
        Event::Resolved => {
            lines.push("This is over. There is nothing more to do.".to_owned());
            lines.extend(money(notice));
            format!("{club}: over: {name}")
        }
    };
    let origin = &settings.public_origin;
    let link = (!origin.is_empty()).then(|| format!("{origin}{}/incidents", path::ADMIN));
    let reference = format!("Incident {}", notice.incident);
    Alert {
        title,
        lines,
        reference,
        link,
    }
}

/// An alert of which the database knows nothing: the desk cannot show it either.
fn unstored(settings: &AlertSettings, kind: IncidentKind) -> Alert {
    Alert {
        title: format!("{}: {}", settings.club_name, kind.title()),
        lines: vec![kind.advice().to_owned()],
        reference: "This is told again about once an hour while it lasts".to_owned(),
        link: None,
    }
}

/// Until when a dispute can be answered. Whoever reads it may be anywhere: a chat's clocks are not the club's.
fn deadline(at: UnixMillis) -> String {
    let utc = Zone {
        name: "UTC",
        offset: &|_| Millis(0),
    };
    format!("Answer it by {} UTC.", utc.minute(at))
}

fn money(notice: &Notice) -> Option<String> {
    let money = notice.money()?;
    Some(match notice.owed() {
        Some(owed) => format!("Amount: {money}; owed: {owed}."),
        None => format!("Amount: {money}."),
    })
}
