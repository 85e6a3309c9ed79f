//! A configuration with what is made from it once.

use super::request::RequestHead;
use crate::{
    config::{Config, Misconfigured},
    domain::language::Locale,
    pages::Pages,
};

/// A configuration and its pages.
pub struct Site {
    /// The configuration.
    pub config: Config,
    /// The pages.
    pub pages: Pages,
}

impl Site {
    /// Reads the configuration and prepares the pages.
    ///
    /// # Errors
    /// Everything that is wrong with the configuration.
    pub fn new(get: impl Fn(&str) -> Option<String>) -> Result<Self, Misconfigured> {
        let config = Config::read(get)?;
        let pages = Pages::new(&config);
        Ok(Self { config, pages })
    }

    /// The language of whoever sends a request: theirs if pages are in it, or else the club's.
    #[must_use]
    pub fn locale(&self, head: &RequestHead<'_>) -> Locale {
        head.locale()
            .unwrap_or_else(|| self.config.club_language.into())
    }
}
