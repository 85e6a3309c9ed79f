//! The page that explains a pasted link.

use maud::{Markup, html};

use crate::{desk::charges::page, domain::id::ChargeId, guard::explain::Explained};

/// The form, and what the link that was pasted would get.
#[must_use]
pub fn form(explained: Option<(ChargeId, &Explained)>) -> Markup {
    html! {
        @if let Some((id, explained)) = explained {
            div.card {
                h2 { "What a click would get now" }
                (page::explanation(explained))
                p { a href={ "/admin/charges/" (id) } { "To its charge" } }
            }
        }
        div.card.narrow {
            form method="post" action="/admin/explain" {
                div.field {
                    label for="link" { "A payment link" }
                    p.hint id="hint" { "Paste it as the parent has it. It is not stored, and nothing is done with it." }
                    input id="link" name="link" type="text" autocomplete="off" required aria-describedby="hint";
                }
                button type="submit" { "Explain" }
            }
        }
    }
}
