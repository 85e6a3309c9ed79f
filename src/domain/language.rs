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

    /// Its name in English.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Es => "Spanish",
            Self::Pt => "Portuguese",
            Self::Fr => "French",
            Self::De => "German",
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

/// A visitor's language, and how their part of the world writes amounts in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Locale {
    /// The language.
    pub language: Language,
    /// Spanish with a decimal point: `$1,234.50`.
    pub is_spanish_with_a_point: bool,
}

/// Where Spanish has a decimal point (Unicode CLDR, `es-419` and the territories that differ from it).
const POINT_IN_SPANISH: [&str; 13] = [
    "419", "bz", "cu", "do", "gt", "hn", "mx", "ni", "pa", "pe", "pr", "sv", "us",
];

impl Locale {
    /// The locale of a tag such as `es-MX`, if pages are in its language (RFC 5646, "Language Tag Syntax").
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let tag = tag.to_ascii_lowercase();
        let mut subtags = tag.split('-');
        let language = subtags.next().and_then(Language::parse)?;
        // What follows a single letter is an extension, and names no region.
        let mut subtags = subtags.take_while(|subtag| subtag.len() > 1);
        let has_a_point = subtags.any(|subtag| POINT_IN_SPANISH.contains(&subtag));
        Some(Self {
            language,
            is_spanish_with_a_point: language == Language::Es && has_a_point,
        })
    }
}

/// The language as most of its readers write it.
impl From<Language> for Locale {
    fn from(language: Language) -> Self {
        Self {
            language,
            is_spanish_with_a_point: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_follow_the_region_of_spanish() {
        for tag in ["es-MX", "es-us", "ES-419", "es-Latn-MX", "es-PR-u-nu-latn"] {
            let locale = Locale::parse(tag);
            assert!(
                locale.is_some_and(|it| it.is_spanish_with_a_point && it.language == Language::Es),
                "{tag}"
            );
        }
        for tag in ["es", "es-ES", "es-AR", "es-CO", "en-US", "fr-MX", "es-u-mx"] {
            let locale = Locale::parse(tag);
            assert!(
                locale.is_some_and(|it| !it.is_spanish_with_a_point),
                "{tag}"
            );
        }
        for tag in ["", "e", "zh-MX", "*", "es_MX"] {
            assert_eq!(Locale::parse(tag), None, "{tag}");
        }
    }

    #[test]
    fn the_sentence_lists_all_tags() {
        let listed: Vec<_> = Language::TAGS
            .split([',', ' '])
            .filter(|word| !["", "or"].contains(word))
            .collect();
        assert_eq!(listed, Language::ALL.map(Language::as_str));
    }
}
