//! What a language must have words for.

use super::{format::Format, mail::MailWords, pages::PageWords};
use crate::domain::language::Language;

/// All that is said in one language.
pub struct Words {
    /// The language.
    pub language: Language,
    /// How it writes amounts and days.
    pub format: Format,
    /// What the pages say.
    pub pages: PageWords,
    /// What emails say.
    pub mail: MailWords,
}
