//! The media type and the language that a client prefers to read, from its `Accept` and `Accept-Language` headers
//! (RFC 9110, "Accept", "Accept-Language").

use crate::domain::language::Locale;

/// The kinds of body that can be asked for, in the order of preference among equals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Media {
    /// A page for a person.
    #[default]
    Html,
    /// `application/json`, or problem details.
    Json,
    /// `text/csv`.
    Csv,
}

/// How much a kind is wanted: its weight in thousandths, then how it was named (`*/*`, `text/*`, or in
/// full), so that a client which names JSON and adds `*/*` gets JSON.
type Weight = (u16, u8);

struct Weights {
    html: Weight,
    json: Weight,
    csv: Weight,
}

/// Whether problem details are wanted rather than a page.
#[must_use]
pub fn page_or_json(accept: Option<&str>) -> Media {
    let weights = weigh(accept);
    if weights.json.0 > 0 && weights.json > weights.html {
        Media::Json
    } else {
        Media::Html
    }
}

/// Whether JSON is wanted rather than CSV.
#[must_use]
pub fn csv_or_json(accept: Option<&str>) -> Media {
    let weights = weigh(accept);
    if weights.json.0 > 0 && weights.json > weights.csv {
        Media::Json
    } else {
        Media::Csv
    }
}

/// Whether a page is asked for by name, as browsers do, and no program's form is wanted more.
#[must_use]
pub fn names_a_page(accept: Option<&str>) -> bool {
    let Weights { html, json, csv } = weigh(accept);
    html.1 == 3 && html.0 > 0 && html >= json && html >= csv
}

/// The language that is wanted most, of those that pages are in; the first among equals. `None` if none of them is
/// wanted. A range matches by its language: `pt-BR` is Portuguese. `*` names no language.
#[must_use]
pub fn locale(accept: Option<&str>) -> Option<Locale> {
    let mut best = None;
    for range in accept?.split(',') {
        let (tag, q) = range_and_weight(range);
        if let Some(locale) = Locale::parse(tag)
            && q > best.map_or(0, |(_, most)| most)
        {
            best = Some((locale, q));
        }
    }
    best.map(|(locale, _)| locale)
}

fn weigh(accept: Option<&str>) -> Weights {
    let mut weights = Weights {
        html: (0, 0),
        json: (0, 0),
        csv: (0, 0),
    };
    for range in accept.unwrap_or("*/*").split(',') {
        let (kind, q) = range_and_weight(range);
        let Weights { html, json, csv } = &mut weights;
        match kind.to_ascii_lowercase().as_str() {
            "text/html" | "application/xhtml+xml" => set([html], q, 3),
            "application/json" | "application/problem+json" => set([json], q, 3),
            "text/csv" => set([csv], q, 3),
            "text/*" => set([html, csv], q, 2),
            "application/*" => set([json], q, 2),
            "*/*" => set([html, json, csv], q, 1),
            _ => {}
        }
    }
    weights
}

/// Whether a `Content-Type` is of that media type, whatever its parameters (RFC 9110, "Media Type").
#[must_use]
pub fn is_type(content_type: &str, media_type: &str) -> bool {
    let named = content_type.split(';').next().unwrap_or_default();
    named.trim().eq_ignore_ascii_case(media_type)
}

/// The media type or language that a range names, and its weight in thousandths.
fn range_and_weight(range: &str) -> (&str, u16) {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let q = parts
        .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
        .map_or(1000, thousandths);
    (name, q)
}

/// The range that names a kind most exactly decides. Among several such ranges the highest weight decides.
fn set<const N: usize>(kinds: [&mut Weight; N], q: u16, exactness: u8) {
    for weight in kinds {
        if (exactness, q) > (weight.1, weight.0) {
            *weight = (q, exactness);
        }
    }
}

/// A quality value in thousandths (RFC 9110, "Quality Values"); an invalid one counts as 1.
fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_fraction = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    match whole {
        "0" if is_fraction => (0..3).fold(0, |value, place| {
            let digit = fraction
                .as_bytes()
                .get(place)
                .map_or(0, |digit| digit - b'0');
            value * 10 + u16::from(digit)
        }),
        _ => 1000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::language::Language;

    #[test]
    fn browsers_get_pages_and_programs_that_ask_get_json() {
        for (accept, media) in [
            (None, Media::Html),
            (Some("*/*"), Media::Html),
            (Some(""), Media::Html),
            (
                Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
                Media::Html,
            ),
            (Some("application/json"), Media::Json),
            (Some("application/problem+json, */*;q=0.1"), Media::Json),
            (Some("application/json;q=0.4, text/html;q=0.5"), Media::Html),
            (Some("text/html;q=0.4, application/json"), Media::Json),
            (Some("Application/JSON, text/plain, */*"), Media::Json),
            (Some("application/json;q=0"), Media::Html),
            (Some("nonsense;;q=x,"), Media::Html),
        ] {
            assert_eq!(page_or_json(accept), media, "{accept:?}");
        }
    }

    #[test]
    fn a_browser_names_a_page() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert!(names_a_page(Some(browser)));
        for program in [
            None,
            Some("*/*"),
            Some("text/*"),
            Some("application/json"),
            Some("text/csv, text/html;q=0.5"),
            Some("text/html;q=0, */*"),
        ] {
            assert!(!names_a_page(program), "{program:?}");
        }
    }

    #[test]
    fn the_language_wanted_most_is_taken() {
        for (accept, expected) in [
            ("de", Some(Language::De)),
            ("pt-BR,pt;q=0.9,en;q=0.8", Some(Language::Pt)),
            ("en-US,en;q=0.5,fr;q=0.7", Some(Language::En)),
            ("en;q=0.5, fr;q=0.7", Some(Language::Fr)),
            ("zh-CN,zh;q=0.9,ES-419;q=0.3", Some(Language::Es)),
            ("fr;q=0.8,de;q=0.8", Some(Language::Fr)),
            ("de;q=0, fr;q=0.001", Some(Language::Fr)),
            ("de-DE-1996;Q=0.9, en ; q=1.0", Some(Language::En)),
            ("de;q=0", None),
            ("zh, *;q=0.5", None),
            ("deutsch, e, en_US", None),
            ("", None),
            (";;q=x,,-", None),
        ] {
            let language = locale(Some(accept)).map(|locale| locale.language);
            assert_eq!(language, expected, "{accept}");
        }
        assert_eq!(locale(None), None);
    }

    #[test]
    fn an_import_answers_csv_unless_json_is_asked_for() {
        assert_eq!(csv_or_json(Some("*/*")), Media::Csv);
        assert_eq!(csv_or_json(Some("text/csv")), Media::Csv);
        assert_eq!(csv_or_json(Some("application/json")), Media::Json);
    }
}
