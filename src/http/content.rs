//! The body of a reply.
//!
//! Most are texts made for one answer. The page that machines get and the images are the same for everybody.
//! They are shared, so that a preview bot's visit costs as little as possible.

use std::{
    fmt::{self, Display, Formatter},
    ops::Deref,
    rc::Rc,
};

/// A body. As a `str` it is its text; an image is an empty one.
#[derive(Clone, Debug)]
pub enum Content {
    /// Made for this reply.
    Text(String),
    /// The same text for everybody.
    Shared(Rc<str>),
    /// The same image for everybody.
    Image(Rc<[u8]>),
}

impl Content {
    /// No body.
    pub const NONE: Self = Self::Text(String::new());

    /// As it is sent.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Shared(text) => text.as_bytes(),
            Self::Image(bytes) => bytes,
        }
    }

    /// Whether nothing is sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }
}

impl Deref for Content {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Shared(text) => text,
            Self::Image(_) => "",
        }
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&Rc<str>> for Content {
    fn from(text: &Rc<str>) -> Self {
        Self::Shared(Rc::clone(text))
    }
}

impl From<&Rc<[u8]>> for Content {
    fn from(image: &Rc<[u8]>) -> Self {
        Self::Image(Rc::clone(image))
    }
}

/// Two bodies are equal if the same bytes are sent.
impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Content {}

impl PartialEq<&str> for Content {
    fn eq(&self, other: &&str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Display for Content {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_what_is_sent() {
        let shared: Rc<str> = "page".into();
        assert_eq!(Content::from(&shared), Content::from("page"));
        assert_eq!(Content::from(&shared), "page");
        assert!(Content::NONE.is_empty() && !Content::from("page").is_empty());
        let image: Rc<[u8]> = [0x89_u8, b'P'].into();
        let image = Content::from(&image);
        assert!(!image.is_empty() && !image.contains('P'));
    }

    #[test]
    fn what_is_shared_is_not_copied() {
        let shared: Rc<str> = "page".into();
        assert!(
            matches!(Content::from(&shared), Content::Shared(same) if Rc::ptr_eq(&same, &shared))
        );
    }
}
