//! `/openapi.json` against the routes: none is missing, and none is made up.

use std::collections::{BTreeMap, BTreeSet};

use checkout_guard::desk::routes::{self, ROUTES};
use serde_json::Value;

use crate::harness::{Harness, get};

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "patch", "trace"];

fn description() -> Value {
    let reply = Harness::new().ask(&get("/openapi.json"));
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("cache-control"), Some("public, max-age=86400"));
    serde_json::from_str(&reply.body).unwrap_or_else(|error| panic!("{error}"))
}

/// The described paths with their methods.
fn described() -> BTreeMap<String, BTreeSet<String>> {
    let description = description();
    let paths = description["paths"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let methods = |item: &Value| {
        let members = item.as_object().into_iter().flatten();
        let members = members.map(|(name, _)| name.clone());
        members
            .filter(|name| METHODS.contains(&name.as_str()))
            .collect()
    };
    paths
        .iter()
        .map(|(path, item)| (path.clone(), methods(item)))
        .collect()
}

#[test]
fn test_openapi_names_every_path_of_the_desk_and_no_other() {
    let routes = ROUTES.iter().filter(|route| route.is_described);
    let expected: BTreeSet<_> = routes
        .map(|route| format!("/admin{}", route.path))
        .collect();
    assert!(expected.len() > 15, "{expected:?}");
    let described: BTreeSet<String> = described()
        .into_keys()
        .filter(|path| path.starts_with("/admin"))
        .collect();
    assert_eq!(described, expected);
}

#[test]
fn test_openapi_has_the_methods_that_each_path_takes() {
    for (path, methods) in described() {
        let Some(sample) = path
            .starts_with("/admin")
            .then(|| path.replace("{id}", "1"))
        else {
            continue;
        };
        let found = routes::find(&sample, "").ok().flatten();
        let found = found.unwrap_or_else(|| panic!("{path} is nowhere"));
        let allowed: BTreeSet<String> = found
            .allow
            .split(", ")
            .filter(|method| *method != "HEAD")
            .map(str::to_lowercase)
            .collect();
        assert_eq!(methods, allowed, "{path}");
    }
}

#[test]
fn test_openapi_other_paths_take_what_is_described() {
    let harness = Harness::new();
    for (path, methods) in described() {
        for method in METHODS {
            let upper = method.to_uppercase();
            let reply = harness.ask(&get(&path.replace("{id}", "1")).method(&upper));
            let is_taken = reply.status != 405;
            assert_eq!(
                is_taken,
                methods.contains(method),
                "{upper} {path}: {}",
                reply.status
            );
        }
    }
}

#[test]
fn test_openapi_refers_to_what_it_has() {
    let description = description();
    let text = description.to_string();
    let mut references = text.split("\"$ref\":\"#").skip(1);
    assert!(references.all(|rest| {
        let pointer = rest.split('"').next().unwrap_or_default();
        description.pointer(pointer).is_some()
    }));
    // Every part is referred to.
    for kind in ["schemas", "responses"] {
        let parts = description["components"][kind].as_object();
        for name in parts.into_iter().flatten().map(|(name, _)| name) {
            assert!(
                text.contains(&format!("#/components/{kind}/{name}\"")),
                "{name}"
            );
        }
    }
}
