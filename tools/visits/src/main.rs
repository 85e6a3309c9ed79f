//! Measures the classifier of payment-link visits on labelled requests.
//!
//! `visits FILE` prints who was taken for whom, the errors and the cost of a call. It exits with 1 if a
//! target is missed. A maintainer who adds a bot compares the tables before and after.

mod cost;
mod report;
mod rows;
mod targets;

use std::process::ExitCode;

use checkout_guard::classifier::{Classification, classify};
use report::Classified;

const USAGE: &str = "usage: visits [--verdicts | --targets] [--folds N] [--only-fold K | --without-fold K] [--errors N] FILE.jsonl[.gz]

  --verdicts        print one JSON line a row: its number, part, verdict and reason; nothing else
  --targets         print one JSON line a target: how many rows miss it, of how many; nothing else
  --folds N         also print the rates of N parts, split by a hash of the User-Agent (default 5)
  --only-fold K     take part K alone;  --without-fold K  take all the others
  --errors N        list at most N errors of a kind (default 15)";

fn main() -> ExitCode {
    match Options::parse(std::env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

struct Options {
    path: String,
    verdicts: bool,
    targets: bool,
    folds: u64,
    only: Option<u64>,
    without: Option<u64>,
    errors: usize,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
        let (mut path, mut verdicts, mut targets) = (None, false, false);
        let (mut folds, mut errors) = (5, 15);
        let (mut only, mut without) = (None, None);
        while let Some(argument) = arguments.next() {
            let mut number = || {
                arguments
                    .next()
                    .and_then(|n| n.parse::<u64>().ok())
                    .ok_or(USAGE)
            };
            match argument.as_str() {
                "--verdicts" => verdicts = true,
                "--targets" => targets = true,
                "--folds" => folds = number()?.max(1),
                "--only-fold" => only = Some(number()?),
                "--without-fold" => without = Some(number()?),
                "--errors" => errors = number()? as usize,
                _ if argument.starts_with("--") => return Err(USAGE.to_owned()),
                _ => path = Some(argument),
            }
        }
        Ok(Options {
            path: path.ok_or(USAGE)?,
            verdicts,
            targets,
            folds,
            only,
            without,
            errors,
        })
    }

    fn takes(&self, fold: u64) -> bool {
        self.only.is_none_or(|only| fold == only) && self.without != Some(fold)
    }
}

/// Whether every target was met.
fn run(options: &Options) -> Result<bool, String> {
    let rows = rows::read(&options.path)?;
    if options.verdicts {
        print_verdicts(&rows, options);
        return Ok(true);
    }
    let classified: Vec<Classified<'_>> = rows
        .iter()
        .map(|row| Classified {
            row,
            classification: classify(&row.visit()),
            fold: report::fold(row, options.folds),
        })
        .filter(|classified| options.takes(classified.fold))
        .collect();
    if options.targets {
        targets::print_lines(&classified);
        return Ok(true);
    }
    report::print_confusion(&classified);
    report::print_errors(&classified, options.errors);
    report::print_folds(&classified, options.folds);
    let cost = cost::measure(&classified);
    cost.print();
    Ok(targets::print(&classified, &cost))
}

fn print_verdicts(rows: &[rows::Row], options: &Options) {
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        let part = report::fold(row, options.folds);
        if !options.takes(part) {
            continue;
        }
        let Classification { verdict, reason } = classify(&row.visit());
        let (verdict, reason) = (verdict.as_str(), reason.as_str());
        text += &format!(
            "{{\"row\":{number},\"part\":{part},\"verdict\":\"{verdict}\",\"reason\":\"{reason}\"}}\n"
        );
    }
    print!("{text}");
}
