//! The images of the pages: the one in a link's preview, and the icon.
//!
//! Each is a drawing in a few tones of one colour (in assets/, made by tools/images.mjs). A PNG keeps its
//! palette apart from its pixels. So the club's colour needs no image library: only the palette and its
//! checksum are replaced.

use std::rc::Rc;

use crate::domain::color::{Color, TEXT};

/// The preview's image: 1200 by 630 pixels, the size that previews expect.
pub const LINK: &[u8] = include_bytes!("../../assets/link.png");
/// The icon: 180 by 180 pixels, the size that a phone's home screen expects.
pub const ICON: &[u8] = include_bytes!("../../assets/icon.png");

const TONES: usize = 8;
/// The palette's chunk follows the signature and the header. It has a length, a name, colours and a
/// checksum (PNG specification, "Chunk layout").
const NAME: usize = 8 + 25 + 4;
const COLORS: usize = NAME + 4;
const CHECKSUM: usize = COLORS + TONES * 3;

const _: () = assert!(has_palette(LINK) && has_palette(ICON));

const fn has_palette(png: &[u8]) -> bool {
    png[NAME - 1] as usize == TONES * 3
        && matches!(
            [png[NAME], png[NAME + 1], png[NAME + 2], png[NAME + 3]],
            [b'P', b'L', b'T', b'E']
        )
}

/// A drawing in a club's colour.
#[must_use]
pub fn recolored(drawing: &[u8], club: Color) -> Rc<[u8]> {
    let mut png = drawing.to_vec();
    let colors = tones(club).into_iter().flat_map(|tone| tone.channels);
    for (byte, value) in png[COLORS..CHECKSUM].iter_mut().zip(colors) {
        *byte = value;
    }
    let checksum = crc(&png[NAME..CHECKSUM]).to_be_bytes();
    png[CHECKSUM..CHECKSUM + 4].copy_from_slice(&checksum);
    png.into()
}

/// The contrast that the white card needs with the club's colour. The card is large, so little is enough.
const CARD: f32 = 1.35;

/// From a deep shade over the club's colour to white. The padlock has the deep shade, which can be seen
/// on white.
fn tones(club: Color) -> [Color; TONES] {
    let club = club.with_contrast(Color::WHITE, CARD);
    let deep = club
        .mix(Color::BLACK, 3, 8)
        .with_contrast(Color::WHITE, TEXT);
    std::array::from_fn(|tone| match tone as u16 {
        tone @ 0..=2 => deep.mix(club, tone, 2),
        tone => club.mix(Color::WHITE, tone - 2, 5),
    })
}

/// PNG specification, "CRC algorithm". It goes bit by bit, because it reads only a few dozen bytes.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 {
                0xedb8_8320 ^ (crc >> 1)
            } else {
                crc >> 1
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunks(png: &[u8]) -> Vec<(&[u8], &[u8])> {
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        let (mut rest, mut chunks) = (&png[8..], Vec::new());
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (named, after) = after.split_at(4 + u32::from_be_bytes(*length) as usize);
            let (checksum, after) = after.split_at(4);
            assert_eq!(checksum, crc(named).to_be_bytes());
            chunks.push(named.split_at(4));
            rest = after;
        }
        chunks
    }

    #[test]
    fn the_checksum_is_that_of_the_specification() {
        // The check value of CRC-32/ISO-HDLC, and IEND's checksum in every PNG.
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc(b"IEND"), 0xae42_6082);
    }

    #[test]
    fn a_recolored_image_differs_only_in_its_palette() {
        for (drawing, width, height) in [(LINK, 1200_u32, 630_u32), (ICON, 180, 180)] {
            let club = Color::new(0xf57c00);
            let recolored = recolored(drawing, club);
            let (before, after) = (chunks(drawing), chunks(&recolored));
            let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
            assert_eq!(
                after[0],
                (&b"IHDR"[..], &[&size[..], &[4, 3, 0, 0, 0]].concat()[..])
            );
            assert_eq!(
                (after[1].0, &after[1].1[6..9]),
                (&b"PLTE"[..], &club.channels[..])
            );
            assert_eq!(after[1].1[21..], [0xff; 3]);
            assert_eq!((&before[2..], before.len()), (&after[2..], after.len()));
            assert!(recolored.len() < 8 * 1024);
        }
    }

    #[test]
    fn the_motif_stands_out_in_every_colour() {
        for club in [0, 0xffffff, 0xffeb3b, 0x0b5c8a, 0xc62828].map(Color::new) {
            let [deep, _, ground, .., white] = tones(club);
            assert_eq!(white, Color::WHITE);
            assert!(ground.contrast(white) >= CARD, "{club}");
            assert!(deep.contrast(white) >= TEXT, "{club}");
        }
    }
}
