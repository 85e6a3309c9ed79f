//! How the pages look: one inline style sheet in the club's colour. The security policy admits it by its
//! hash, and no other.

use sha2::{Digest, Sha256};

use crate::{
    domain::color::{Color, EDGE, TEXT},
    encode::base64,
};

/// The colours of a card on a ground, light or dark.
struct Theme {
    ink: Color,
    soft: Color,
    paper: Color,
    ground: Color,
    line: Color,
    /// The least contrast of a button with the card. A light button on white has its edge to show it; a
    /// dark button on dark looks disabled.
    button: f32,
}

const LIGHT: Theme = Theme {
    ink: Color::new(0x14212b),
    soft: Color::new(0x4a5864),
    paper: Color::WHITE,
    ground: Color::new(0xeef2f4),
    line: Color::new(0xd5dde2),
    button: 1.2,
};

const DARK: Theme = Theme {
    ink: Color::new(0xeef3f6),
    soft: Color::new(0xa9b7c1),
    paper: Color::new(0x1b2730),
    ground: Color::new(0x10181e),
    line: Color::new(0x34434e),
    button: 2.0,
};

const RULES: &str = "\
*{box-sizing:border-box}\
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\
body{margin:0;background:var(--ground);color:var(--ink);font:1.0625rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;\
overflow-wrap:anywhere}\
header{background:var(--club);color:var(--on);font-weight:600;border-bottom:1px solid var(--line)}\
header p,main,footer{max-width:32rem;margin:0 auto;padding:1rem 1.25rem}\
main{padding-top:1.75rem}\
.card{background:var(--paper);border:1px solid var(--line);border-radius:1rem;padding:1.75rem 1.5rem}\
.card>:last-child{margin-bottom:0}\
svg{display:block;width:3rem;height:3rem;margin:0 0 1rem;color:var(--link);fill:none;stroke:currentColor;\
stroke-width:2;stroke-linecap:round;stroke-linejoin:round}\
h1{font-size:1.625rem;line-height:1.2;letter-spacing:-.01em;margin:0 0 .75rem;text-wrap:balance}\
p,ul{margin:0 0 1.25rem;text-wrap:pretty}\
ul{padding-left:1.25rem}\
dl{margin:0 0 1.25rem;border-top:1px solid var(--line)}\
dl div{display:flex;flex-wrap:wrap;gap:0 1rem;padding:.5rem 0;border-bottom:1px solid var(--line)}\
dt{flex:1 0 8rem;color:var(--soft)}\
dd{flex:2 0 10rem;margin:0;font-weight:600}\
form{margin:0}\
button,.button{display:block;width:100%;min-height:3.5rem;padding:.75rem 1rem;border:2px solid var(--edge);border-radius:.75rem;\
background:var(--button);color:var(--label);font:inherit;font-weight:600;text-align:center;text-decoration:none;cursor:pointer}\
.button{background:none;border-color:currentColor;color:var(--link)}\
button:hover{text-decoration:underline}\
a{color:var(--link)}\
:focus-visible{outline:3px solid var(--ink);outline-offset:3px}\
footer{color:var(--soft);font-size:1rem;padding-top:0}\
footer a{display:inline-block;padding:.6rem 0;margin:-.6rem 0}\
@media(min-width:40rem){main{padding-top:4rem}.card{padding:2.5rem}}";

/// A style sheet with its source for the security policy.
pub struct Style {
    /// The club's colour.
    pub club: Color,
    /// The CSS.
    pub css: String,
    /// Its hash for `style-src` (CSP Level 3, "hash-source").
    pub source: String,
}

impl Style {
    /// The style sheet in a club's colour.
    #[must_use]
    pub fn new(club: Color) -> Self {
        let css = format!(
            ":root{{color-scheme:light dark;--club:{club};--on:{};{}}}\
             @media(prefers-color-scheme:dark){{:root{{{}}}}}{RULES}",
            club.text(),
            LIGHT.variables(club, LIGHT.ground),
            // For light text, the lighter of card and ground has less contrast.
            DARK.variables(club, DARK.paper),
        );
        let source = format!("'sha256-{}'", base64(&Sha256::digest(css.as_bytes())));
        Self { club, css, source }
    }
}

impl Theme {
    fn variables(&self, club: Color, hardest: Color) -> String {
        let Self {
            ink,
            soft,
            paper,
            ground,
            line,
            button,
        } = self;
        let button = club.with_contrast(*paper, *button);
        format!(
            "--ink:{ink};--soft:{soft};--paper:{paper};--ground:{ground};--line:{line};--button:{button};--label:{};--edge:{};--link:{}",
            button.text(),
            club.with_contrast(*paper, EDGE),
            club.with_contrast(hardest, TEXT),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_can_be_read_in_both_themes() {
        for Theme {
            ink,
            soft,
            paper,
            ground,
            ..
        } in [LIGHT, DARK]
        {
            for text in [ink, soft] {
                assert!(
                    text.contrast(paper) >= TEXT && text.contrast(ground) >= TEXT,
                    "{text}"
                );
            }
            for club in [0, 0xffffff, 0xffeb3b, 0x0b5c8a, 0xc62828, 0x808080].map(Color::new) {
                let hardest = if ink.contrast(Color::BLACK) > ink.contrast(Color::WHITE) {
                    paper
                } else {
                    ground
                };
                let link = club.with_contrast(hardest, TEXT);
                assert!(
                    link.contrast(paper) >= TEXT && link.contrast(ground) >= TEXT,
                    "{club}"
                );
            }
        }
    }

    #[test]
    fn a_style_sheet_fetches_nothing_and_cannot_leave_its_element() {
        let Style { css, source, .. } = Style::new(Color::WHITE);
        assert!(!css.contains("url(") && !css.contains("@import") && !css.contains('<'));
        assert!(
            source.starts_with("'sha256-") && source.len() == 53,
            "{source}"
        );
    }
}
