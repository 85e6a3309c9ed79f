//! The tables that `visits` prints.

use std::collections::BTreeMap;

use checkout_guard::classifier::{Classification, Verdict};

use crate::rows::Row;

/// A row and its classification.
pub struct Classified<'a> {
    /// The row.
    pub row: &'a Row,
    /// The classifier's result.
    pub classification: Classification,
    /// The part that the row falls into.
    pub fold: u64,
}

impl Classified<'_> {
    /// Labelled as a person, in a browser or in an app.
    pub fn is_person(&self) -> bool {
        matches!(self.row.label.as_str(), "human" | "inapp-human")
    }
}

const VERDICTS: [Verdict; 4] = [
    Verdict::Person,
    Verdict::Unsure,
    Verdict::Machine,
    Verdict::Prefetch,
];

/// The part of `folds` that a row falls into: a hash of its User-Agent, so twins stay together.
pub fn fold(row: &Row, folds: u64) -> u64 {
    let agent = row.user_agent.as_deref().unwrap_or_default();
    let hash = agent
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        });
    (hash >> 32) % folds
}

/// Rows by label and sub against verdicts.
pub fn print_confusion(classified: &[Classified<'_>]) {
    let mut table: BTreeMap<(&str, &str), [usize; 4]> = BTreeMap::new();
    for one in classified {
        let column = VERDICTS
            .iter()
            .position(|verdict| *verdict == one.classification.verdict)
            .unwrap_or(0);
        let sub = if one.is_person() {
            ""
        } else {
            one.row.sub.as_str()
        };
        table.entry((&one.row.label, sub)).or_default()[column] += 1;
        if !sub.is_empty() {
            table.entry((&one.row.label, "")).or_default()[column] += 1;
        }
    }
    println!(
        "{:<52}{:>8}{:>8}{:>8}{:>8}{:>9}",
        "label", "rows", "person", "unsure", "machine", "prefetch"
    );
    for ((label, sub), counts) in &table {
        let name = if sub.is_empty() {
            (*label).to_owned()
        } else {
            format!("  {sub}")
        };
        let [person, unsure, machine, prefetch] = counts;
        let rows: usize = counts.iter().sum();
        println!("{name:<52}{rows:>8}{person:>8}{unsure:>8}{machine:>8}{prefetch:>9}");
    }
}

/// The errors, the worst kind first.
pub fn print_errors(classified: &[Classified<'_>], at_most: usize) {
    let is_machine =
        |one: &&Classified<'_>| !one.is_person() && one.classification.verdict == Verdict::Person;
    let as_machine =
        |one: &&Classified<'_>| one.is_person() && one.classification.verdict == Verdict::Machine;
    let as_prefetch =
        |one: &&Classified<'_>| one.is_person() && one.classification.verdict == Verdict::Prefetch;
    let as_unsure =
        |one: &&Classified<'_>| one.is_person() && one.classification.verdict == Verdict::Unsure;
    list(
        "people taken for machines",
        classified.iter().filter(as_machine),
        at_most,
    );
    list(
        "people taken for a prefetch",
        classified.iter().filter(as_prefetch),
        at_most,
    );
    list(
        "machines taken for people",
        classified.iter().filter(is_machine),
        at_most,
    );
    list(
        "people asked for a tap",
        classified.iter().filter(as_unsure),
        at_most,
    );
}

fn list<'a>(title: &str, errors: impl Iterator<Item = &'a Classified<'a>>, at_most: usize) {
    let errors: Vec<_> = errors.collect();
    println!("\n{title}: {}", errors.len());
    for one in errors.iter().take(at_most) {
        let agent = one.row.user_agent.as_deref().unwrap_or("(none)");
        println!(
            "  {} [{}] {agent}",
            one.classification.reason.as_str(),
            one.row.label
        );
    }
}

/// The rates of each part: how far they differ shows how far to trust them.
pub fn print_folds(classified: &[Classified<'_>], folds: u64) {
    println!(
        "\n{:<6}{:>8}{:>20}{:>20}{:>22}",
        "part", "rows", "people -> machine", "people -> unsure", "machines -> person"
    );
    for fold in 0..folds {
        let rows: Vec<_> = classified.iter().filter(|one| one.fold == fold).collect();
        let people = rows.iter().filter(|one| one.is_person()).count();
        let count = |person: bool, verdict: Verdict| {
            rows.iter()
                .filter(|one| one.is_person() == person && one.classification.verdict == verdict)
                .count()
        };
        let to_machine = share(count(true, Verdict::Machine), people);
        let to_unsure = share(count(true, Verdict::Unsure), people);
        let to_person = share(count(false, Verdict::Person), rows.len() - people);
        println!(
            "{fold:<6}{:>8}{to_machine:>20}{to_unsure:>20}{to_person:>22}",
            rows.len()
        );
    }
}

/// A count with its percentage.
pub fn share(count: usize, of: usize) -> String {
    format!("{count} ({:.3} %)", 100.0 * count as f64 / of.max(1) as f64)
}
