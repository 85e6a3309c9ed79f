//! What a client prefers to read, from its `Accept` header (RFC 9110, "Accept").

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

fn weigh(accept: Option<&str>) -> Weights {
    let mut weights = Weights {
        html: (0, 0),
        json: (0, 0),
        csv: (0, 0),
    };
    for range in accept.unwrap_or("*/*").split(',') {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let q = parts
            .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
            .map_or(1000, thousandths);
        let Weights { html, json, csv } = &mut weights;
        match kind.as_str() {
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
    fn an_import_answers_csv_unless_json_is_asked_for() {
        assert_eq!(csv_or_json(Some("*/*")), Media::Csv);
        assert_eq!(csv_or_json(Some("text/csv")), Media::Csv);
        assert_eq!(csv_or_json(Some("application/json")), Media::Json);
    }
}
