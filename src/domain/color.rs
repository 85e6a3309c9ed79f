//! Colours, and when text on them can be read.
//!
//! A club chooses one colour; everything that must be legible is derived from it here, so that no choice can
//! make a page that somebody cannot read. Luminance and contrast are those of WCAG 2.2 ("relative luminance",
//! "contrast ratio"): text needs 4.5, the edge of a button 3.
//!
//! Nothing here is inlined. It is called in a dozen places but runs once in an isolate's life, while every
//! start pays for the size of the wasm.

use std::fmt::{self, Display, Formatter};

/// The contrast that text needs with its background (WCAG 2.2, "Contrast (Minimum)").
pub const TEXT: f32 = 4.5;
/// The contrast that a button's edge needs with its surroundings (WCAG 2.2, "Non-text Contrast").
pub const EDGE: f32 = 3.0;

/// A colour of sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Color {
    /// Red, green and blue.
    pub channels: [u8; 3],
}

impl Color {
    /// White.
    pub const WHITE: Self = Self::new(0xffffff);
    /// Black.
    pub const BLACK: Self = Self::new(0);

    /// The colour that is written `0xrrggbb`.
    #[must_use]
    pub const fn new(hex: u32) -> Self {
        let [_, red, green, blue] = hex.to_be_bytes();
        Self {
            channels: [red, green, blue],
        }
    }

    /// Reads `#rrggbb`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        u32::from_str_radix(digits, 16).ok().map(Self::new)
    }

    /// This colour mixed with another one, which makes up `part` of `whole` parts.
    #[must_use]
    #[inline(never)]
    pub fn mix(self, other: Self, part: u16, whole: u16) -> Self {
        let mixed = |one: u8, two: u8| {
            let sum = u16::from(one) * (whole - part) + u16::from(two) * part;
            ((sum + whole / 2) / whole) as u8
        };
        let [red, green, blue] = self.channels;
        let [to_red, to_green, to_blue] = other.channels;
        Self {
            channels: [
                mixed(red, to_red),
                mixed(green, to_green),
                mixed(blue, to_blue),
            ],
        }
    }

    /// The contrast with another colour: 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f32 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// White or black, whichever can be read on this colour: one of the two always can.
    #[must_use]
    pub fn text(self) -> Self {
        if self.contrast(Self::WHITE) >= TEXT {
            Self::WHITE
        } else {
            Self::BLACK
        }
    }

    /// This colour, darkened or lightened just enough to have that contrast with a background.
    #[must_use]
    #[inline(never)]
    pub fn with_contrast(self, ground: Self, contrast: f32) -> Self {
        const STEPS: u16 = 32;
        let pole = ground.text();
        (0..STEPS)
            .map(|step| self.mix(pole, step, STEPS))
            .find(|color| color.contrast(ground) >= contrast)
            .unwrap_or(pole)
    }

    #[inline(never)]
    fn luminance(self) -> f32 {
        let [red, green, blue] = self.channels.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl Display for Color {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.channels;
        write!(formatter, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The light of a channel. The power of 2.4 is made from a fifth root by Newton's method, which needs
/// no mathematics library in the wasm.
#[inline(never)]
fn linear(channel: u8) -> f32 {
    let value = f32::from(channel) / 255.0;
    if value <= 0.040_45 {
        return value / 12.92;
    }
    let base = (value + 0.055) / 1.055;
    let square = base * base;
    let mut root = 1.0_f32;
    for _ in 0..12 {
        let fourth = root * root * root * root;
        root = (4.0 * root + square / fourth) / 5.0;
    }
    square * root
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colors() -> impl Iterator<Item = Color> {
        let steps = || (0..=255_u32).step_by(15);
        steps().flat_map(move |red| {
            steps().flat_map(move |green| {
                steps().map(move |blue| Color::new(red << 16 | green << 8 | blue))
            })
        })
    }

    #[test]
    fn a_colour_is_six_digits_after_a_hash() {
        assert_eq!(Color::parse("#0B5c8a"), Some(Color::new(0x0b5c8a)));
        for text in [
            "", "#", "0b5c8a", "#0b5c8", "#0b5c8aa", "#0b5c8g", "#+b5c8a", "#abc", "navy", "#é5c8a",
        ] {
            assert_eq!(Color::parse(text), None, "{text}");
        }
        assert_eq!(Color::new(0x0b5c8a).to_string(), "#0b5c8a");
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        for (one, two, expected) in [
            (0xffffff, 0x000000, 21.0),
            (0xffffff, 0x767676, 4.542),
            (0xffffff, 0xff0000, 3.998),
            (0x000000, 0xffff00, 19.556),
            (0x123456, 0x123456, 1.0),
        ] {
            let (one, two) = (Color::new(one), Color::new(two));
            assert!(
                (one.contrast(two) - expected).abs() < 0.002,
                "{one} {two} {}",
                one.contrast(two)
            );
            assert_eq!(one.contrast(two), two.contrast(one));
        }
    }

    #[test]
    fn the_power_is_that_of_the_mathematics_library() {
        for channel in 11..=255 {
            let exact = ((f64::from(channel) / 255.0 + 0.055) / 1.055).powf(2.4);
            assert!(
                (f64::from(linear(channel)) - exact).abs() < 1e-6,
                "{channel}"
            );
        }
    }

    #[test]
    fn whatever_a_club_chooses_can_be_read() {
        for color in colors() {
            assert!(color.contrast(color.text()) >= TEXT, "{color}");
            for ground in [0xffffff, 0xeef2f4, 0x1b2730, 0x10181e].map(Color::new) {
                for contrast in [EDGE, TEXT] {
                    let derived = color.with_contrast(ground, contrast);
                    assert!(derived.contrast(ground) >= contrast, "{color} on {ground}");
                    if color.contrast(ground) >= contrast {
                        assert_eq!(derived, color);
                    }
                }
            }
        }
    }
}
