//! The promises that the classifier makes, checked on the rows at hand.

use checkout_guard::classifier::{Verdict, Visit, classify};

use crate::cost::Cost;
use crate::report::{Classified, share};

/// Networks that mail scanners use, one of each vendor, to send people's requests from.
const SCANNERS_NETWORKS: [u32; 4] = [8075, 22843, 30031, 15324];

struct Target {
    name: &'static str,
    misses: usize,
    of: usize,
    /// The largest share that is allowed, in percent.
    percent: f64,
}

impl Target {
    fn met(&self) -> bool {
        self.misses as f64 * 100.0 <= self.percent * self.of as f64
    }
}

/// Prints every target; whether all were met.
pub fn print(classified: &[Classified<'_>], cost: &Cost) -> bool {
    println!("\n{:<58}{:>20}{:>14}", "target", "misses", "allowed");
    let mut all_met = true;
    for target in shares(classified) {
        let misses = share(target.misses, target.of);
        println!(
            "{:<58}{misses:>20}{:>12} %  {}",
            target.name,
            target.percent,
            word(target.met())
        );
        all_met &= target.met();
    }
    let quick = cost.median <= 500.0;
    println!(
        "{:<58}{:>17.0} ns{:>11} ns  {}",
        "cost of a call, median",
        cost.median,
        500,
        word(quick)
    );
    all_met && quick
}

/// Prints every target as a line of JSON, so that the figures of several parts can be added up.
pub fn print_lines(classified: &[Classified<'_>]) {
    for target in shares(classified) {
        let Target {
            name,
            misses,
            of,
            percent,
        } = target;
        println!("{{\"target\":\"{name}\",\"misses\":{misses},\"of\":{of},\"percent\":{percent}}}");
    }
}

fn word(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

type Kind = fn(&Classified<'_>) -> bool;

/// The promises: what is counted, over which rows, and how many percent of them are allowed.
const PROMISES: &[(&str, Kind, Verdict, f64)] = &[
    (
        "people -> Prefetch (no button)",
        |one| one.is_person(),
        Verdict::Prefetch,
        0.0,
    ),
    (
        "human -> Machine",
        |one| one.row.label == "human",
        Verdict::Machine,
        0.01,
    ),
    (
        "human, current browser -> Unsure",
        is_current,
        Verdict::Unsure,
        0.5,
    ),
    (
        "human -> Unsure",
        |one| one.row.label == "human",
        Verdict::Unsure,
        3.0,
    ),
    (
        "in-app human -> Machine",
        |one| one.row.label == "inapp-human",
        Verdict::Machine,
        0.0,
    ),
    (
        "in-app human -> Unsure",
        |one| one.row.label == "inapp-human",
        Verdict::Unsure,
        3.0,
    ),
    (
        "preview bot -> Person",
        |one| one.row.label == "preview-bot",
        Verdict::Person,
        0.0,
    ),
    (
        "mail or security scanner -> Person",
        |one| one.row.label == "scanner",
        Verdict::Person,
        0.0,
    ),
    (
        "crawler -> Person",
        |one| one.row.label == "crawler",
        Verdict::Person,
        0.3,
    ),
    (
        "command-line client -> Person",
        |one| one.row.label == "cli",
        Verdict::Person,
        0.3,
    ),
    (
        "prefetch or HEAD -> Person",
        |one| one.row.label == "prefetch",
        Verdict::Person,
        0.0,
    ),
];

fn shares(classified: &[Classified<'_>]) -> Vec<Target> {
    let count = |&(name, kind, verdict, percent): &(&'static str, Kind, Verdict, f64)| {
        let of = classified.iter().filter(|one| kind(one));
        let misses = of
            .clone()
            .filter(|one| one.classification.verdict == verdict)
            .count();
        Target {
            name,
            misses,
            of: of.count(),
            percent,
        }
    };
    let mut targets: Vec<Target> = PROMISES.iter().map(count).collect();
    targets.push(from_scanners_network(classified));
    targets
}

/// Every person's request once more, from each of these networks.
fn from_scanners_network(classified: &[Classified<'_>]) -> Target {
    let people: Vec<_> = classified.iter().filter(|one| one.is_person()).collect();
    let passes_there = |one: &&&Classified<'_>| {
        SCANNERS_NETWORKS.iter().any(|network| {
            let visit = Visit {
                asn: Some(*network),
                ..one.row.visit()
            };
            classify(&visit).verdict == Verdict::Person
        })
    };
    let misses = people.iter().filter(passes_there).count();
    let name = "a person's request from a scanner's network -> Person";
    Target {
        name,
        misses,
        of: people.len(),
        percent: 0.0,
    }
}

/// A browser of the last years: Chrome 120, Firefox 115 (the oldest ESR in use), Safari 16 or later.
fn is_current(one: &Classified<'_>) -> bool {
    let agent = one.row.user_agent.as_deref().unwrap_or_default();
    let at_least = |product: &str, oldest: u32| {
        let rest = agent.split_once(product).map_or("", |(_, rest)| rest);
        let digits = rest
            .split(|sign: char| !sign.is_ascii_digit())
            .next()
            .unwrap_or_default();
        digits.parse::<u32>().is_ok_and(|major| major >= oldest)
    };
    let safari = !agent.contains("Android") && at_least("Version/", 16);
    one.row.label == "human" && (at_least("Chrome/", 120) || at_least("Firefox/", 115) || safari)
}
