//! The page that explains a pasted link.

use maud::{Markup, html};

use crate::{
    desk::{
        charges::{list_page, page},
        form::{Errors, Input},
    },
    guard::explain::Explained,
    store::charges::Listed,
};

/// The form, and what the link that was pasted would get.
#[must_use]
pub fn form(explained: Option<(&Listed, &Explained)>, errors: &Errors) -> Markup {
    html! {
        @if let Some((charge, explained)) = explained {
            div.card {
                h2 { "Whose it is" }
                p {
                    a href={ "/admin/charges/" (charge.id) } { (charge.player) ", " (list_page::title(charge)) }
                    ", " (charge.money()) " " (list_page::state_of(charge))
                }
                h2 { "What a click would get now" }
                (page::explanation(explained))
            }
        }
        div.card.narrow {
            form method="post" action="/admin/explain" {
                (Input {
                    hint: "Paste it as the parent has it. It is not stored, and nothing is done with it.",
                    is_required: true,
                    // A token is in no page.
                    ..Input::text("link", "A payment link", "")
                }.field(errors))
                button type="submit" { "Explain" }
            }
        }
    }
}
