//! A link that was made just now: to copy, to photograph as a QR code, to share by the phone's own sheet. The code is made here,
//! so that nobody else hears of the link.

use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};

/// How many modules stay white around a QR code (ISO/IEC 18004, "Quiet zone").
const QUIET: i32 = 4;

/// A link, and what can be done with it. `about` is what the phone's sheet says of it, such as `Monthly fee, May 2026`.
#[must_use]
pub fn card(url: &str, about: &str) -> Markup {
    html! {
        div.card {
            label for="url" { "The link" }
            div.field { input.mono id="url" type="text" readonly value=(url); }
            div.actions {
                button type="button" data-copy="url" hidden { "Copy the link" }
                button.quiet type="button" data-share="url" data-title=(about) hidden { "Share the link" }
            }
            p role="status" data-said {}
            @if let Some(code) = code(url) {
                details {
                    summary { "Show it as a QR code" }
                    p.hint { "Whoever photographs it is led to this charge." }
                    (code)
                }
            }
        }
    }
}

/// The link as a QR code, black on white in dark colours too; `None` if it is too long for one.
fn code(url: &str) -> Option<Markup> {
    let code = QrCode::encode_text(url, QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let whole = size + 2 * QUIET;
    Some(html! {
        svg.qr viewBox={ "0 0 " (whole) " " (whole) } role="img" aria-label="QR code" shape-rendering="crispEdges" {
            rect width="100%" height="100%" fill="#fff" {}
            path fill="#000" d=(path(size, |x, y| code.get_module(x, y))) {}
        }
    })
}

/// The black modules as a path: a rectangle for each run of them in a row.
fn path(size: i32, is_black: impl Fn(i32, i32) -> bool) -> String {
    let mut path = String::new();
    for y in 0..size {
        let mut x = 0;
        while x < size {
            let long = (x..size).take_while(|x| is_black(*x, y)).count();
            let long = i32::try_from(long).unwrap_or(0);
            if long > 0 {
                path += &format!("M{},{}h{long}v1h-{long}z", x + QUIET, y + QUIET);
            }
            x += long.max(1);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_its_runs() {
        let rows = ["##.#", "....", "####", ".#.."];
        let drawn = path(4, |x, y| {
            let (x, y) = (usize::try_from(x), usize::try_from(y));
            let cell = y.ok().and_then(|y| rows.get(y)).zip(x.ok());
            cell.is_some_and(|(row, x)| row.as_bytes().get(x) == Some(&b'#'))
        });
        assert_eq!(drawn, "M4,4h2v1h-2zM7,4h1v1h-1zM4,6h4v1h-4zM5,7h1v1h-1z");
    }

    #[test]
    fn a_link_is_shown_as_a_code_and_one_that_is_too_long_is_not() {
        let url = format!(
            "https://pay.club.example/checkout/pay?token={}",
            "a".repeat(43)
        );
        let shown = card(&url, "Monthly fee").into_string();
        for part in [
            "data-copy=\"url\" hidden",
            "role=\"img\" aria-label=\"QR code\"",
            "h7v1h-7z",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert!(!card(&"a".repeat(4_000), "").into_string().contains("<svg"));
    }
}
