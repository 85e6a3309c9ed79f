//! Where mutants of the code are made: a copy of the crate under `target/`, patched, built and explored
//! in a process of its own, one after another, so that only the crate itself is built again.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::mutants::{Mutant, Patch};

/// Names the configurations for the process that explores a mutant.
const CONFIGURATIONS: &str = "PROOF_CONFIGURATIONS";
/// Begins the line in which that process says what it found.
const CAUGHT: &str = "CAUGHT|";

/// What caught a mutant.
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
            .patches
            .iter()
            .map(|patch| self.apply(patch))
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

    /// Weakens a file; answers what stood there.
    fn apply(&self, patch: &Patch) -> (PathBuf, String) {
        let path = self.tree.join("src").join(patch.file);
        let source = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}"));
        let times = source.matches(patch.find).count();
        let (file, find) = (patch.file, patch.find);
        assert_eq!(times, patch.times, "{file} has no longer: {find}");
        fs::write(&path, source.replace(patch.find, patch.replace))
            .unwrap_or_else(|error| panic!("{error}"));
        (path, source)
    }

    fn target(&self) -> PathBuf {
        let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
        env::var_os("CARGO_TARGET_DIR").map_or_else(own, PathBuf::from)
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
            let is_made = matches!(name.to_str(), Some("target" | "node_modules" | "build"));
            if !is_made && !name.to_string_lossy().starts_with('.') {
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
