//! The log-in page.

use maud::html;

use crate::desk::layout;

/// The page. `next` is where the log-in leads; `wrong` says why the last try failed.
#[must_use]
pub fn page(club_name: &str, next: &str, wrong: Option<&str>) -> String {
    let body = html! {
        main id="main" {
            div.card.narrow {
                h1 { "Log in to the desk of " (club_name) }
                form method="post" action="/admin/login" {
                    input type="hidden" name="next" value=(next);
                    div.field {
                        label for="secret" { "Your secret" }
                        p.hint id="hint" { "The secret that you were given for the desk." }
                        @if let Some(wrong) = wrong {
                            p.error id="wrong" { (wrong) }
                        }
                        input id="secret" name="secret" type="password" autocomplete="current-password" required
                            aria-describedby=(if wrong.is_some() { "hint wrong" } else { "hint" });
                    }
                    button type="submit" { "Log in" }
                }
            }
        }
    };
    layout::document(club_name, "Log in", &body)
}

/// Why nobody was let in, or out.
#[must_use]
pub fn problem(club_name: &str, title: &str, detail: &str) -> String {
    let body = html! {
        main id="main" {
            div.card.narrow {
                h1 { (title) }
                p role="alert" { (detail) }
                p { a href="/admin" { "To the desk" } }
            }
        }
    };
    layout::document(club_name, title, &body)
}
