//! Writes the tables of `docs/proof.md`, each between its own pair of markers.

use std::{fs, path::Path};

/// Puts a text between the markers of that name.
pub fn write(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/proof.md");
    let page = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}"));
    let (begin, end) = (
        format!("<!-- {name} -->\n"),
        format!("<!-- end of {name} -->"),
    );
    let parts = page.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some((before, after))
    });
    let Some((before, after)) = parts else {
        panic!("docs/proof.md has no place for {name}")
    };
    let page = format!("{before}{begin}\n{text}\n\n{end}{after}");
    fs::write(&path, page).unwrap_or_else(|error| panic!("{error}"));
}
