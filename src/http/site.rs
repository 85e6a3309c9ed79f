//! A configuration with what is made from it once. An isolate has one.

use super::{recent::Recent, request::RequestHead};
use crate::{
    config::{Config, Misconfigured},
    domain::{error::StoreError, language::Locale},
    pages::Pages,
};

/// A configuration and its pages.
pub struct Site {
    /// The configuration.
    pub config: Config,
    /// The pages.
    pub pages: Pages,
    /// The newest migration, as the database said of late to who asked how the Worker is.
    pub health: Recent<Result<String, StoreError>>,
}

impl Site {
    /// Reads the configuration and prepares the pages.
    ///
    /// # Errors
    /// Everything that is wrong with the configuration.
    pub fn new(get: impl Fn(&str) -> Option<String>) -> Result<Self, Misconfigured> {
        let config = Config::read(get)?;
        let pages = Pages::new(&config);
        Ok(Self {
            config,
            pages,
            health: Recent::default(),
        })
    }

    /// The language of whoever sends a request: theirs if pages are in it, or else the club's.
    #[must_use]
    pub fn locale(&self, head: &RequestHead<'_>) -> Locale {
        head.locale()
            .unwrap_or_else(|| self.config.club.language.into())
    }
}
