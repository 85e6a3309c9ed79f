//! Health: what works, what does not, and what to do. A colour never stands without its word.

use maud::{Markup, html};

use crate::domain::health::{Check, Level, worst};

/// The page.
#[must_use]
pub fn page(checks: &[Check]) -> Markup {
    html! {
        (stopped(checks))
        p { (level(worst(checks))) " " (summary(checks)) }
        div.grid {
            @for check in checks {
                div.card {
                    h2 { (check.title) " " (level(check.status)) }
                    p { (check.detail) }
                    @if let Some(advice) = &check.advice {
                        p { strong { "What to do: " } (advice) }
                    }
                }
            }
        }
    }
}

/// That nobody can pay, if it is so, and why. It stands before everything else.
#[must_use]
pub fn stopped(checks: &[Check]) -> Markup {
    let why: Vec<_> = checks.iter().filter(|check| check.stops_payments).collect();
    html! {
        @if !why.is_empty() {
            div.note.bad role="alert" {
                p { strong { "Nobody can pay." } }
                @for check in why { p { (check.detail) " " (check.advice.as_deref().unwrap_or_default()) } }
            }
        }
    }
}

/// A summary of what is not well, for a page about other things too.
#[must_use]
pub fn card(checks: &[Check]) -> Markup {
    html! {
        div.card {
            h2 { "Health " (level(worst(checks))) }
            p { (summary(checks)) }
            @if checks.iter().any(|check| check.status > Level::Ok) {
                ul {
                    @for check in checks.iter().filter(|check| check.status > Level::Ok) {
                        li {
                            (level(check.status)) " " strong { (check.title) ": " } (check.detail)
                            @if let Some(advice) = &check.advice { " " (advice) }
                        }
                    }
                }
            }
            p { a href="/admin/health" { "All checks" } }
        }
    }
}

fn summary(checks: &[Check]) -> String {
    if checks.iter().any(|check| check.stops_payments) {
        return "Nobody can pay.".to_owned();
    }
    let of = |level| checks.iter().filter(|check| check.status == level).count();
    match (of(Level::Bad), of(Level::Warn)) {
        (0, 0) => "Everything works.".to_owned(),
        (0, 1) => "Payments work. One thing should be looked at.".to_owned(),
        (0, many) => format!("Payments work. {many} things should be looked at."),
        (1, _) => "One thing does not work.".to_owned(),
        (many, _) => format!("{many} things do not work."),
    }
}

/// A level as a coloured word.
#[must_use]
pub fn level(level: Level) -> Markup {
    let (class, word) = match level {
        Level::Ok => ("state good", "ok"),
        Level::Warn => ("state warn", "look at it"),
        Level::Bad => ("state bad", "does not work"),
    };
    html! { span class=(class) { (word) } }
}
