//! The state that this isolate keeps: its configuration, and its counts.

use std::{cell::OnceCell, rc::Rc};

use worker::Env;

use super::{log, runtime};
use crate::{
    app::Isolate,
    config::{AlertSettings, Misconfigured},
    http::site::Site,
};

/// A site, or what is wrong with its configuration.
pub type Configured = Result<Site, Misconfigured>;

thread_local! {
    static SITE: OnceCell<Rc<Configured>> = const { OnceCell::new() };
    static ISOLATE: Rc<Isolate> = Rc::default();
}

/// Reads the configuration on first use, then returns it from a cache: bindings do not change while an isolate
/// lives. Errors are logged when they are found.
pub fn site(env: &Env) -> Rc<Configured> {
    SITE.with(|site| {
        let cached = site.get_or_init(|| {
            let site = Site::new(variables(env));
            Rc::new(site.inspect_err(log::misconfigured))
        });
        Rc::clone(cached)
    })
}

/// The state that the application keeps in memory from one request to the next.
pub fn isolate() -> Rc<Isolate> {
    ISOLATE.with(Rc::clone)
}

/// Whom to tell if the configuration is wrong.
pub fn alert_settings(env: &Env) -> AlertSettings {
    AlertSettings::read(variables(env))
}

fn variables(env: &Env) -> impl Fn(&str) -> Option<String> {
    |name| runtime::variable(env, name)
}
