//! Emails to those who pay: the list, who would get one and what it would say, and what can be done with one.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::{
    desk::{
        charges::list_page,
        count::count,
        emails::{
            queries::{Email, Filter, Page, Progress},
            selection::Candidate,
        },
        table::{self, Column, heard},
    },
    domain::{
        email::{EmailState, Reason, Template},
        mail::Mail,
        time::{UnixMillis, Zone},
    },
};

/// How many names stand in a line.
const NAMES: usize = 50;

/// The name of an email.
#[must_use]
pub const fn name(template: Template) -> &'static str {
    match template {
        Template::Link => "the link",
        Template::Reminder => "reminder",
        Template::OfflineReceipt => "receipt",
        Template::DebitFailed => "the bank debit failed",
    }
}

/// The title of the page that sends them.
#[must_use]
pub const fn title(template: Template) -> &'static str {
    match template {
        Template::Link => "Send links",
        Template::Reminder => "Send reminders",
        Template::OfflineReceipt | Template::DebitFailed => "Send emails",
    }
}

/// The name of an act on one email. `is_again`: it is sent again; else it is taken back.
#[must_use]
pub const fn act(is_again: bool) -> &'static str {
    if is_again {
        "Send an email again"
    } else {
        "Take an email back"
    }
}

fn state(state: EmailState) -> Markup {
    let class = match state {
        EmailState::Queued | EmailState::Sending => "state warn",
        EmailState::Sent => "state good",
        EmailState::Refused | EmailState::Unclear => "state bad",
        EmailState::Canceled => "state",
    };
    html! { span class=(class) { (state.as_str()) } }
}

/// Why no email can be sent, and what to do instead.
fn unavailable(missing: &str) -> Markup {
    html! {
        div.note.warn {
            p {
                strong { "No email can be sent: " (missing) "." }
                " Everything else works. Choose charges in their list: the links can be saved as CSV there, for a mail merge."
            }
        }
    }
}

/// The list.
#[must_use]
pub fn list(
    filter: Filter,
    page: &Page,
    progress: Option<(Progress, Pace)>,
    missing: Option<&str>,
    zone: &Zone<'_>,
) -> Markup {
    html! {
        @if let Some(missing) = missing { (unavailable(missing)) }
        @if let Some((progress, pace)) = progress { (on_their_way(progress, pace, missing.is_some(), zone)) }
        form.filters method="get" action="/admin/messages" role="search" {
            div {
                label for="state" { "State" }
                select id="state" name="state" {
                    option value="" { "all" }
                    @for of in EmailState::ALL {
                        option value=(of.as_str()) selected[filter.state == Some(of)] { (of.as_str()) }
                    }
                }
            }
            button type="submit" { "Show" }
        }
        @if page.emails.is_empty() {
            div.card {
                @if filter.state.is_some() {
                    p { "No email is like that. " a href="/admin/messages" { "Show all" } }
                } @else {
                    p { "No email was queued yet. " a href="/admin/charges?state=unpaid" { "Choose whom to send a link" } "." }
                }
            }
        } @else {
            (table::table("Emails, the newest first", &COLUMNS, page.emails.iter().map(|email| row(email, zone))))
            @if let Some(next) = page.next {
                p { a.button href=(self::next(filter, next.0)) { "Older emails" } }
            }
        }
    }
}

const COLUMNS: [Column; 6] = [
    Column::name("Player"),
    Column::text("Email"),
    Column::text("State"),
    Column::when("Queued"),
    Column::when("Ended"),
    Column::acts(),
];

fn row(email: &Email, zone: &Zone<'_>) -> [Markup; 6] {
    let what = what(email);
    let path = format!("/admin/messages/{}", email.id);
    let about = heard(&format!("to the payer of {}: {what}", email.player));
    [
        html! {
            a href={ "/admin/charges/" (email.charge) } aria-label={ "Charge of " (email.player) ", " (what) } { (email.player) }
            " " span.soft { (email.player_id) }
        },
        html! { (what) },
        html! {
            (state(email.state))
            @if let Some(reason) = email.reason { " " span.soft { (reason.words()) } }
        },
        html! {
            (zone.minute(email.queued_at))
            " " span.soft { (email.actor.as_deref().unwrap_or("by rule")) }
        },
        html! { @if let Some(at) = email.ended_at { (zone.minute(at)) } },
        html! {
            @if email.state.may_go_again() { a href={ (path) "/again" } { "Send again" (about) } }
            @if email.state == EmailState::Queued { a href={ (path) "/cancel" } { "Take back" (about) } }
        },
    ]
}

/// `Reminder 2, Monthly fee, May 2026`
fn what(email: &Email) -> String {
    let name = match email.template {
        Template::Link => "Link".to_owned(),
        Template::Reminder => format!("Reminder {}", email.about),
        Template::OfflineReceipt => "Receipt".to_owned(),
        Template::DebitFailed => "The bank debit failed".to_owned(),
    };
    format!("{name}, {}", list_page::title_of(email.kind, &email.period))
}

/// The same list, further on.
fn next(filter: Filter, after: i64) -> String {
    let state = filter.state.map_or("", EmailState::as_str);
    format!("/admin/messages?state={state}&after={after}")
}

/// A list of a player's emails that are known.
#[must_use]
pub fn of_player(emails: &[Email], zone: &Zone<'_>) -> Markup {
    html! {
        h2 { "Emails" }
        @if emails.is_empty() { p.soft { "None." } } @else {
            ul {
                @for email in emails {
                    li {
                        (zone.minute(email.queued_at)) ": " (what(email)) ", " (email.state.as_str())
                        @if let Some(at) = email.ended_at { " " (zone.minute(at)) }
                        @if let Some(reason) = email.reason { ": " (reason.words()) }
                    }
                }
            }
        }
    }
}

/// How fast emails go out.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// About how many a run of the cron sends.
    pub of_run: u32,
    /// About when all are gone.
    pub until: UnixMillis,
}

impl Pace {
    /// `some 5 every five minutes: until about 30 Nov 2026, 14:20`
    fn text(self, zone: &Zone<'_>) -> String {
        let (of_run, until) = (self.of_run, zone.minute(self.until));
        format!("some {of_run} every five minutes: until about {until}")
    }
}

/// How far the queue is, and how to stop it.
fn on_their_way(progress: Progress, pace: Pace, is_stopped: bool, zone: &Zone<'_>) -> Markup {
    let Progress {
        waiting,
        total,
        sent,
        canceled,
        since,
    } = progress;
    html! {
        div.card {
            p role="status" {
                strong { (sent) " of " (total) " sent" }
                " of those queued on " (zone.minute(since))
                @if canceled > 0 { ", " (canceled) " canceled" }
                ". " (count(waiting as usize, "email", "emails")) " on the way"
                @if !is_stopped { ", " (pace.text(zone)) }
                "."
            }
            progress max=(total) value=(sent) aria-label="Emails sent" {}
            div.actions { a.button.quiet href="/admin/messages/cancel" { "Stop, and take all back" } }
        }
    }
}

/// The effect of taking all back, and the button that does it.
#[must_use]
pub fn cancel_all(waiting: u32) -> Markup {
    html! {
        div.card.narrow {
            @if waiting == 0 {
                p { "No email is on its way." }
                p { a href="/admin/messages" { "To the emails" } }
            } @else {
                p { (count(waiting as usize, "email", "emails")) " wait to be sent. None of them goes out then; one that is being sent just now may. "
                    "They can be queued again from the list of charges." }
                form method="post" action="/admin/messages/cancel" {
                    div.actions {
                        button type="submit" { "Take " (count(waiting as usize, "email", "emails")) " back" }
                        a.button.quiet href="/admin/messages" { "Back" }
                    }
                }
            }
        }
    }
}

/// The contents of the page that is shown before anything is queued.
pub struct Preview<'a> {
    /// Which email.
    pub template: Template,
    /// The query that leads back here, but for the template.
    pub query: &'a str,
    /// The charges that get one.
    pub to: &'a [&'a Candidate],
    /// The charges that get none.
    pub left_out: &'a [&'a Candidate],
    /// Whether these are all.
    pub is_whole: bool,
    /// Why no email can be sent.
    pub missing: Option<&'static str>,
    /// The first one, as it would be sent.
    pub example: Option<&'a Mail>,
    /// How fast they would go out.
    pub pace: Pace,
}

/// The page of it.
#[must_use]
pub fn preview(preview: &Preview<'_>, zone: &Zone<'_>) -> Markup {
    let &Preview {
        template,
        query,
        to,
        left_out,
        is_whole,
        missing,
        example,
        pace,
    } = preview;
    let other = match template {
        Template::Reminder => Template::Link,
        Template::Link | Template::OfflineReceipt | Template::DebitFailed => Template::Reminder,
    };
    html! {
        @if let Some(missing) = missing { (unavailable(missing)) }
        @if !is_whole {
            div.note.bad role="alert" {
                p { strong { "These are too many at once." } " Narrow the list of charges, by month, kind or name." }
            }
        }
        div.card {
            h2 { (count(to.len(), "email", "emails")) " would be sent" }
            @if to.is_empty() { p { "Nobody of these gets one now." } } @else { p { (names(to)) } }
            @for (reason, those) in by_reason(left_out) {
                p { strong { "Left out, for " (reason.words()) ": " (those.len()) "." } " " (names(&those)) }
            }
            @if is_whole && !to.is_empty() {
                @if missing.is_none() {
                    p { (count(to.len(), "email", "emails")) ", " (pace.text(zone)) ". Pressed twice, they are queued once." }
                }
                div.actions {
                    @if missing.is_none() {
                        form method="post" action="/admin/messages" {
                            (fields(template, to))
                            button type="submit" { "Send " (count(to.len(), "email", "emails")) }
                        }
                    }
                    (save(template, to))
                    a.button.quiet href="/admin/charges" { "Back" }
                }
            } @else if missing.is_some() && is_whole && !left_out.is_empty() {
                div.actions { (save(template, left_out)) }
            }
            p { a href={ "/admin/messages/preview?template=" (other.as_str()) (query) } { (title(other)) " instead" } }
        }
        @if let Some(mail) = example { (sample(mail)) }
    }
}

/// A button that saves links for a mail merge.
fn save(template: Template, to: &[&Candidate]) -> Markup {
    html! {
        form method="post" action="/admin/messages/links.csv" {
            (fields(template, to))
            button.quiet type="submit" { "Make links and save them as CSV" }
        }
    }
}

fn fields(template: Template, to: &[&Candidate]) -> Markup {
    let ids: Vec<_> = to.iter().map(|it| it.charge.to_string()).collect();
    html! {
        input type="hidden" name="template" value=(template.as_str());
        input type="hidden" name="charges" value=(ids.join(" "));
    }
}

fn names(candidates: &[&Candidate]) -> Markup {
    html! {
        @for (place, candidate) in candidates.iter().take(NAMES).enumerate() {
            @if place > 0 { ", " }
            a href={ "/admin/charges/" (candidate.charge) } { (candidate.player) }
        }
        @if candidates.len() > NAMES { " and " (candidates.len() - NAMES) " more" }
        "."
    }
}

fn by_reason<'a>(left_out: &[&'a Candidate]) -> BTreeMap<Reason, Vec<&'a Candidate>> {
    let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for candidate in left_out {
        if let Some(reason) = candidate.left_out {
            all.entry(reason).or_default().push(*candidate);
        }
    }
    all
}

/// An email as it will look, and as plain text. The frame runs no script and leads nowhere.
fn sample(mail: &Mail) -> Markup {
    html! {
        h2 { "What it will look like" }
        div.card {
            dl {
                dt { "From" } dd { (mail.from_name) " " span.soft { (mail.from) } }
                dt { "To" } dd { @if mail.to.is_empty() { span.soft { "no address is known" } } @else { (mail.to) } }
                dt { "Subject" } dd { (mail.subject) }
            }
            iframe.email title="The email" sandbox="" srcdoc=(mail.html) {}
            details {
                summary { "As plain text" }
                pre { (mail.text) }
            }
        }
    }
}

/// Whether an email is to be sent again, or taken back.
#[must_use]
pub fn confirm(email: &Email, is_again: bool, missing: Option<&str>) -> Markup {
    let path = if is_again { "again" } else { "cancel" };
    html! {
        @if let Some(missing) = missing.filter(|_| is_again) { (unavailable(missing)) }
        div.card.narrow {
            p { (what(email)) " to the payer of " strong { (email.player) } ": " (state(email.state)) }
            @if let Some(reason) = email.reason { p { "Why: " (reason.words()) "." } }
            @if is_again {
                @if email.state == EmailState::Unclear {
                    p { strong { "It may have arrived already." } " Ask the payer first, if you can. Sent again, it has a new link; the other stays valid." }
                } @else {
                    p { "It goes to the address that is known now, with a new link." }
                }
            } @else {
                p { "It is not sent." }
            }
            form method="post" action={ "/admin/messages/" (email.id) "/" (path) } {
                div.actions {
                    button type="submit" { (act(is_again)) }
                    a.button.quiet href="/admin/messages" { "Back" }
                }
            }
        }
    }
}
