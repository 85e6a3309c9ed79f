//! The languages that parents read.

/// A language that pages and emails can be in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Spanish.
    Es,
    /// Portuguese.
    Pt,
    /// French.
    Fr,
    /// German.
    De,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::En, Self::Es, Self::Pt, Self::Fr, Self::De];

    /// The tags of all, as a sentence lists them.
    pub const TAGS: &'static str = "en, es, pt, fr or de";

    /// Its tag (RFC 5646, "Tags for Identifying Languages").
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Es => "es",
            Self::Pt => "pt",
            Self::Fr => "fr",
            Self::De => "de",
        }
    }

    /// The language of a tag.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.as_str() == tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_lists_all_tags() {
        let listed: Vec<_> = Language::TAGS
            .split([',', ' '])
            .filter(|word| !["", "or"].contains(word))
            .collect();
        assert_eq!(listed, Language::ALL.map(Language::as_str));
    }
}
