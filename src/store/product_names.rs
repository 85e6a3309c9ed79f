//! The names of charges on Stripe's page. The statements that make an order take the names as JSON and freeze one.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::{
    domain::{charge::Kind, language::Language},
    json,
    languages::words,
};

static NAMES: LazyLock<String> = LazyLock::new(|| {
    let names = Language::ALL.map(|language| {
        let pages = &words(language).pages;
        let names = Kind::ALL.map(|kind| (kind.as_str(), pages.product(kind)));
        (language.as_str(), BTreeMap::from(names))
    });
    json::to_string(&BTreeMap::from(names))
});

/// A JSON object by language, then by kind of charge. It is the same for every order, so only the first makes it.
pub(super) fn product_names() -> &'static str {
    &NAMES
}
