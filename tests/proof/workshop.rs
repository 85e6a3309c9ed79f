//! Where mutants of the code are made: a copy of the crate under `target/`, patched, built and explored
//! in a process of its own, one after another, so that only the crate itself is built again.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::mutants::{Change, Mutant};

/// Names the configurations for the process that explores a mutant.
const CONFIGURATIONS: &str = "PROOF_CONFIGURATIONS";
/// Begins the line in which that process says what it found.
const CAUGHT: &str = "CAUGHT|";

/// The finding that caught a mutant.
pub struct Caught {
    pub by: String,
    pub property: String,
    pub steps: usize,
}

/// A copy of the crate.
pub struct Workshop {
    tree: PathBuf,
}

impl Workshop {
    /// Copies what differs, so that what was built before is not built again.
    pub fn open() -> Self {
        let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let tree = crate_root.join("target/mutants");
        fs::create_dir_all(&tree).unwrap_or_else(|error| panic!("{error}"));
        copy(crate_root, &tree);
        Self { tree }
    }

    /// Builds and explores a mutant; `None` where nothing was found.
    pub fn catch(&self, mutant: &Mutant) -> Option<Caught> {
        let sources: Vec<_> = mutant
            .changes
            .iter()
            .map(|change| self.apply(change))
            .collect();
        let output = Command::new(env!("CARGO"))
            .args([
                "test",
                "--quiet",
                "--profile",
                "prove",
                "--test",
                "proof",
                "--",
            ])
            .args([
                "--ignored",
                "--exact",
                "--nocapture",
                "the_configurations_that_are_named",
            ])
            .current_dir(&self.tree)
            .env("CARGO_TARGET_DIR", self.target())
            .env(CONFIGURATIONS, mutant.configurations.join(";"))
            .output()
            .unwrap_or_else(|error| panic!("cargo: {error}"));
        for (path, source) in sources.into_iter().rev() {
            fs::write(&path, source).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let (caught, explored) = (told.lines().find_map(read), told.contains("running 1 test"));
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(
            explored,
            "{}: was not explored:\n{told}\n{log}",
            mutant.name
        );
        assert!(
            output.status.success(),
            "{}: the exploration broke off:\n{told}\n{log}",
            mutant.name
        );
        caught
    }

    /// Changes a function; returns its file and what stood there.
    fn apply(&self, change: &Change) -> (PathBuf, String) {
        let Changed {
            path,
            before,
            after,
        } = changed(&self.tree, change);
        fs::write(&path, after).unwrap_or_else(|error| panic!("{error}"));
        (path, before)
    }

    fn target(&self) -> PathBuf {
        let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
        env::var_os("CARGO_TARGET_DIR").map_or_else(own, PathBuf::from)
    }
}

/// A file before and after a change.
struct Changed {
    path: PathBuf,
    before: String,
    after: String,
}

/// Makes a change in a crate's source, without writing it. Panics if what it changes is not there once.
fn changed(tree: &Path, change: &Change) -> Changed {
    let (file, name) = change
        .function
        .split_once("::")
        .unwrap_or_else(|| panic!("{} is no file::function", change.function));
    let mut found = Vec::new();
    sources(&tree.join("src"), &mut |path| {
        if path.file_stem().is_some_and(|stem| stem == file) {
            let before = fs::read_to_string(path).unwrap_or_else(|error| panic!("{error}"));
            if let Some(after) = mutated(&before, name, change.find, change.replace) {
                let path = path.to_owned();
                found.push(Changed {
                    path,
                    before,
                    after,
                });
            }
        }
    });
    let (function, find) = (change.function, change.find);
    assert_eq!(found.len(), 1, "{function} no longer has once: {find}");
    found.remove(0)
}

/// Panics if what a mutant changes is not in the source any more.
pub fn assert_applies(mutant: &Mutant) {
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for change in mutant.changes {
        changed(crate_root, change);
    }
}

/// A source with a change in the body of a function; `None` if what is to be changed does not stand there
/// exactly once. White space does not count.
fn mutated(source: &str, name: &str, find: &str, replace: &str) -> Option<String> {
    let body = body_of(source, name)?;
    let dense: Vec<(usize, char)> = source[body.clone()]
        .char_indices()
        .map(|(at, sign)| (at + body.start, sign))
        .filter(|(_, sign)| !sign.is_whitespace())
        .collect();
    let wanted: Vec<char> = find.chars().filter(|sign| !sign.is_whitespace()).collect();
    let stands_at = |at: &usize| {
        let here = dense[*at..].iter().map(|(_, sign)| *sign);
        here.take(wanted.len()).eq(wanted.iter().copied())
    };
    let places: Vec<usize> = (0..dense.len()).filter(stands_at).collect();
    let [place] = places[..] else {
        return None;
    };
    let begin = dense[place].0;
    let (last, sign) = dense[place + wanted.len() - 1];
    let end = last + sign.len_utf8();
    Some(format!("{}{replace}{}", &source[..begin], &source[end..]))
}

/// Where a function stands, from its name to the brace that ends it.
fn body_of(source: &str, name: &str) -> Option<std::ops::Range<usize>> {
    let head = format!("fn {name}");
    let begins = source.match_indices(&head).map(|(at, _)| at);
    let mut begins = begins.filter(|at| {
        let next = source[at + head.len()..].chars().next();
        matches!(next, Some('(' | '<'))
    });
    let begin = begins.next()?;
    let mut depth = 0;
    for (at, sign) in source[begin..].char_indices() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 1 => return Some(begin..begin + at + 1),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn sources(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{error}"));
    for entry in entries.flatten().map(|entry| entry.path()) {
        if entry.is_dir() {
            sources(&entry, visit);
        } else if entry.extension().is_some_and(|ending| ending == "rs") {
            visit(&entry);
        }
    }
}

/// The configurations that this process was asked to explore.
pub fn named() -> Vec<String> {
    let names = env::var(CONFIGURATIONS).unwrap_or_default();
    let names = names.split(';').filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// Says what caught the mutant that this process is.
pub fn say(by: &str, property: &str, steps: usize) {
    println!("\n{CAUGHT}{by}|{property}|{steps}");
}

fn read(line: &str) -> Option<Caught> {
    let mut parts = line.strip_prefix(CAUGHT)?.split('|');
    Some(Caught {
        by: parts.next()?.to_owned(),
        property: parts.next()?.to_owned(),
        steps: parts.next()?.parse().ok()?,
    })
}

fn copy(from: &Path, to: &Path) {
    let fail = |error| -> ! { panic!("{}: {error}", from.display()) };
    if from.is_dir() {
        fs::create_dir_all(to).unwrap_or_else(|error| fail(error));
        let entries = fs::read_dir(from).unwrap_or_else(|error| fail(error));
        for entry in entries.flatten() {
            let name = entry.file_name();
            let is_made = matches!(
                name.to_str(),
                Some(
                    "target"
                        | "node_modules"
                        | "build"
                        | ".git"
                        | ".tools"
                        | ".wrangler"
                        | ".dev.vars"
                )
            );
            if !is_made {
                copy(&entry.path(), &to.join(name));
            }
        }
    } else if from.is_file() {
        let now = fs::read(from).unwrap_or_else(|error| fail(error));
        if fs::read(to).ok().as_ref() != Some(&now) {
            fs::write(to, now).unwrap_or_else(|error| fail(error));
        }
    }
}
