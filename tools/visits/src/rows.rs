//! Labelled requests: one JSON object a line, plain or gzipped.
//!
//! A row gives only the headers that its source knew. So every row, a machine's too, gets the headers of a
//! navigating browser unless it sets them itself. Only the User-Agent and the given signals decide.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};

use checkout_guard::classifier::Visit;
use flate2::bufread::MultiGzDecoder;
use serde_json::Value;

/// One request and what it is known to be.
pub struct Row {
    /// The User-Agent; `None` if the row has `null` or nothing.
    pub user_agent: Option<String>,
    /// "human", "inapp-human", "preview-bot", "crawler", "scanner", "cli" or "prefetch".
    pub label: String,
    /// A finer kind, if it is known.
    pub sub: String,
    method: String,
    headers: BTreeMap<String, String>,
    asn: Option<u32>,
    verified_bot_category: Option<String>,
    bot_score: Option<u8>,
}

impl Row {
    /// The request as the classifier takes it.
    pub fn visit(&self) -> Visit<'_> {
        let header = |name: &str| self.headers.get(name).map(String::as_str);
        Visit {
            method: &self.method,
            user_agent: self.user_agent.as_deref(),
            sec_purpose: header("sec-purpose"),
            purpose: header("purpose"),
            x_moz: header("x-moz"),
            x_purpose: header("x-purpose"),
            signature_agent: header("signature-agent"),
            verified_bot_category: self.verified_bot_category.as_deref(),
            asn: self.asn,
            bot_score: self.bot_score,
            accept_language: header("accept-language").or(Some("en-US,en;q=0.9")),
            sec_fetch_mode: header("sec-fetch-mode").or(Some("navigate")),
            sec_ch_ua: header("sec-ch-ua"),
            is_secure: true,
        }
    }

    fn parse(line: &str) -> Result<Row, String> {
        let row: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let headers = row["headers"].as_object().into_iter().flatten();
        let management = &row["cf"]["botManagement"];
        Ok(Row {
            user_agent: text(&row["ua"]),
            label: text(&row["label"]).unwrap_or_default(),
            sub: text(&row["sub"]).unwrap_or_default(),
            method: text(&row["method"]).unwrap_or_else(|| "GET".to_owned()),
            headers: headers
                .filter_map(|(name, value)| Some((name.to_lowercase(), text(value)?)))
                .collect(),
            asn: row["cf"]["asn"]
                .as_u64()
                .and_then(|asn| u32::try_from(asn).ok()),
            verified_bot_category: text(&row["cf"]["verifiedBotCategory"]),
            bot_score: management["score"]
                .as_u64()
                .and_then(|score| u8::try_from(score).ok()),
        })
    }
}

/// Reads a file; `-` is the standard input.
pub fn read(path: &str) -> Result<Vec<Row>, String> {
    let bytes = bytes(path).map_err(|error| format!("{path}: {error}"))?;
    let text = String::from_utf8_lossy(&bytes);
    let numbered = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    numbered
        .map(|(number, line)| Row::parse(line).map_err(|e| format!("{path}:{}: {e}", number + 1)))
        .collect()
}

fn bytes(path: &str) -> io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    if path == "-" {
        io::stdin().read_to_end(&mut raw)?;
    } else {
        BufReader::new(File::open(path)?).read_to_end(&mut raw)?;
    }
    if !raw.starts_with(&[0x1f, 0x8b]) {
        return Ok(raw);
    }
    let mut plain = Vec::new();
    MultiGzDecoder::new(raw.as_slice()).read_to_end(&mut plain)?;
    Ok(plain)
}
