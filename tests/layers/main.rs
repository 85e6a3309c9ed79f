//! The house keeps its order: each folder of `src/` imports only from those below it, and no file of `src/` or of
//! `tools/` imports one that imports it, directly or through others.
//!
//! What is read is every path that begins with `crate`, `super`, `self` or a child module, outside of tests.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use syn::{Item, UseTree, visit::Visit};

/// From the top to the bottom. What stands on one line may not import each other either.
const LAYERS: &[&[&str]] = &[
    &["edge"],
    &["app"],
    &["desk", "checkout"],
    &["http"],
    &["pages", "billing"],
    &["alerts", "mail"],
    &["delivery"],
    &["config"],
    &["guard"],
    &["store", "stripe"],
    &["ports"],
    &["languages"],
    &["classifier", "domain"],
    &["json", "encode"],
];

/// A file's path of modules, such as `["store", "orders"]`.
type Module = Vec<String>;

/// Imports that go upwards on purpose: the proof of holding a charge's live place is made by the guard alone, and
/// its file imports nothing but the domain.
fn is_the_claim(to: &Module) -> bool {
    *to == ["guard", "claim"].map(str::to_owned)
}

#[test]
fn every_folder_imports_downwards_only() {
    let modules = modules(&root().join("src"));
    let layer = |module: &Module| {
        let folder = module.first()?;
        LAYERS
            .iter()
            .position(|layer| layer.contains(&folder.as_str()))
    };
    for module in modules.keys().filter(|module| !module.is_empty()) {
        assert!(layer(module).is_some(), "{module:?} is in no layer");
    }
    let upward = imports(&modules).into_iter().filter(|(from, to)| {
        let is_within = from.first() == to.first();
        !is_within && layer(from) >= layer(to) && !is_the_claim(to)
    });
    let upward: Vec<_> = upward
        .map(|(from, to)| format!("{} imports {}", file(&from), file(&to)))
        .collect();
    assert_eq!(upward, Vec::<String>::new());
}

#[test]
fn no_file_imports_one_that_imports_it() {
    for folder in [
        "src",
        "tools/fake-stripe/src",
        "tools/visits/src",
        "bench/load/src",
    ] {
        let modules = modules(&root().join(folder));
        let imports = imports(&modules);
        for module in modules.keys() {
            if let Some(circle) = way(&imports, module, module) {
                let circle: Vec<_> = circle.iter().map(file).collect();
                panic!("{folder}: {}", circle.join(" imports "));
            }
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn file(module: &Module) -> String {
    format!("{}.rs", module.join("/"))
}

/// A way from a file back to another one along its imports.
fn way(imports: &BTreeSet<(Module, Module)>, from: &Module, goal: &Module) -> Option<Vec<Module>> {
    let mut ways = vec![vec![from.clone()]];
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop() {
        let last = way.last()?;
        for (_, to) in imports.iter().filter(|(from, _)| from == last) {
            let longer = [way.clone(), vec![to.clone()]].concat();
            if to == goal {
                return Some(longer);
            }
            if seen.insert(to.clone()) {
                ways.push(longer);
            }
        }
    }
    None
}

/// All files of a crate but those of tests, parsed.
fn modules(source: &Path) -> BTreeMap<Module, syn::File> {
    let mut modules = BTreeMap::new();
    collect(source, &Module::new(), &mut modules);
    modules
}

fn collect(folder: &Path, above: &Module, modules: &mut BTreeMap<Module, syn::File>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{error}"));
    for path in entries.flatten().map(|entry| entry.path()) {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let module = [above.clone(), vec![stem.clone().into_owned()]].concat();
        if stem == "tests" {
            continue;
        }
        if path.is_dir() {
            collect(&path, &module, modules);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}"));
            let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{error}"));
            let is_root = matches!(stem.as_ref(), "lib" | "main");
            modules.insert(if is_root { above.clone() } else { module }, parsed);
        }
    }
}

/// Which file imports from which. That a file declares its child modules is no import; that it names something in
/// one is.
fn imports(modules: &BTreeMap<Module, syn::File>) -> BTreeSet<(Module, Module)> {
    let mut imports = BTreeSet::new();
    // The crate's root holds the documentation and declares the folders.
    for (module, parsed) in modules.iter().filter(|(module, _)| !module.is_empty()) {
        let mut paths = Paths::default();
        paths.visit_file(parsed);
        for path in paths.0 {
            let Some(full) = absolute(module, &path, modules) else {
                continue;
            };
            let longest = (1..=full.len())
                .rev()
                .map(|length| full[..length].to_vec())
                .find(|candidate| modules.contains_key(candidate));
            if let Some(to) = longest.filter(|to| to != module) {
                imports.insert((module.clone(), to));
            }
        }
    }
    imports
}

/// A path from the crate's root; `None` if it leads out of the crate.
fn absolute(
    module: &Module,
    path: &[String],
    modules: &BTreeMap<Module, syn::File>,
) -> Option<Module> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([module.clone(), rest.to_vec()].concat()),
        "super" => {
            let above = module[..module.len() - 1].to_vec();
            match rest.first().map(String::as_str) {
                Some("super") => absolute(&above, rest, modules),
                _ => Some([above, rest.to_vec()].concat()),
            }
        }
        child => {
            let child = [module.clone(), vec![child.to_owned()]].concat();
            modules
                .contains_key(&child)
                .then(|| [child, rest.to_vec()].concat())
        }
    }
}

/// Every path of a file, tests left out. A re-export (`pub use`) of a child is no import: it gives the child's
/// names another place.
#[derive(Default)]
struct Paths(Vec<Vec<String>>);

impl<'ast> Visit<'ast> for Paths {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = if let Item::Mod(module) = item {
            &module.attrs
        } else if let Item::Fn(function) = item {
            &function.attrs
        } else {
            return syn::visit::visit_item(self, item);
        };
        let is_test = attributes.iter().any(|attribute| {
            let tokens = match &attribute.meta {
                syn::Meta::List(list) => list.tokens.to_string(),
                syn::Meta::Path(_) | syn::Meta::NameValue(_) => String::new(),
            };
            attribute.path().is_ident("cfg") && tokens == "test"
        });
        if !is_test {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if matches!(item.vis, syn::Visibility::Public(_)) {
            return;
        }
        flatten(&item.tree, &mut Vec::new(), &mut self.0);
    }

    /// `pub(super)` is no import.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter().map(|part| part.ident.to_string());
        self.0.push(segments.collect());
        syn::visit::visit_path(self, path);
    }
}

fn flatten(tree: &UseTree, above: &mut Vec<String>, all: &mut Vec<Vec<String>>) {
    match tree {
        UseTree::Path(path) => {
            above.push(path.ident.to_string());
            flatten(&path.tree, above, all);
            above.pop();
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, above, all);
            }
        }
        UseTree::Name(name) => {
            all.push([above.clone(), vec![name.ident.to_string()]].concat());
        }
        UseTree::Rename(name) => {
            all.push([above.clone(), vec![name.ident.to_string()]].concat());
        }
        UseTree::Glob(_) => all.push(above.clone()),
    }
}
