//! The options of a run: the requests to send, and the answers that must come back.

use std::time::Duration;

use crate::answer::Answer;

/// For `--help`.
pub const HELP: &str = "\
Sends prepared HTTP requests to 127.0.0.1 and prints one line of JSON: what was answered, how fast.

load --port PORT --requests FILE --connections N --count N [--seconds 60] [--pause-ms 0] [--spread-ms 0]
     --status 307[,409] [--location http://localhost:12111/c/pay/]

  --requests     a file of requests as they go over the wire, each behind a line with its length
  --count        how many are sent in all; a shorter file is sent again from its start
  --seconds      none is sent after so long
  --pause-ms     how long a connection rests after each answer
  --spread-ms    the connections begin one after the other over so long
  --status       every answer must have one of these
  --location     a redirect must lead to where this begins
";

/// The options of a run.
#[derive(Debug)]
pub struct Options {
    /// Of the server on 127.0.0.1.
    pub port: u16,
    /// How many at once.
    pub connections: usize,
    /// How many in all.
    pub count: usize,
    /// For how long at most.
    pub seconds: Duration,
    /// Between an answer and the next request.
    pub pause: Duration,
    /// From the first connection's first request to the last one's.
    pub spread: Duration,
    /// As they go over the wire.
    pub requests: Vec<Vec<u8>>,
    statuses: Vec<u16>,
    location: Option<String>,
}

impl Options {
    /// Reads the command line; `None` if help is asked for.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut options = Self {
            port: 0,
            connections: 1,
            count: 0,
            seconds: Duration::from_secs(60),
            pause: Duration::ZERO,
            spread: Duration::ZERO,
            requests: Vec::new(),
            statuses: Vec::new(),
            location: None,
        };
        while let Some(name) = args.next() {
            if name == "--help" {
                return Ok(None);
            }
            let value = args.next().ok_or_else(|| format!("{name} needs a value"))?;
            let number = || {
                let number = value.parse::<u32>();
                number.map_err(|_| format!("{name} is no number: {value}"))
            };
            match name.as_str() {
                "--port" => options.port = u16::try_from(number()?).map_err(|_| "no such port")?,
                "--connections" => options.connections = number()? as usize,
                "--count" => options.count = number()? as usize,
                "--seconds" => options.seconds = Duration::from_secs(number()?.into()),
                "--pause-ms" => options.pause = Duration::from_millis(number()?.into()),
                "--spread-ms" => options.spread = Duration::from_millis(number()?.into()),
                "--requests" => {
                    let bytes = std::fs::read(&value).map_err(|why| format!("{value}: {why}"))?;
                    options.requests = requests(&bytes).ok_or("the requests cannot be read")?;
                }
                "--status" => {
                    let list: Result<_, _> = value.split(',').map(str::parse).collect();
                    options.statuses = list.map_err(|_| format!("no status: {value}"))?;
                }
                "--location" => options.location = Some(value),
                _ => return Err(format!("there is no option {name}")),
            }
        }
        if options.requests.is_empty() || options.statuses.is_empty() || options.connections == 0 {
            return Err("needs requests, connections and a status; see --help".to_owned());
        }
        Ok(Some(options))
    }

    /// Why an answer is not one that was to come.
    pub fn wrong(&self, answer: &Answer) -> Option<String> {
        if !self.statuses.contains(&answer.status) {
            return Some(format!("an answer has status {}", answer.status));
        }
        let redirects = (300..400).contains(&answer.status);
        let prefix = self.location.as_deref().filter(|_| redirects)?;
        let leads = answer.location.as_deref().unwrap_or_default();
        (!leads.starts_with(prefix)).then(|| format!("a redirect leads to {leads:?}"))
    }
}

/// Each behind a line with its length in bytes.
fn requests(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut requests = Vec::new();
    while !bytes.is_empty() {
        let line = bytes.iter().position(|byte| *byte == b'\n')?;
        let length: usize = str::from_utf8(&bytes[..line]).ok()?.parse().ok()?;
        let (request, rest) = bytes[line + 1..].split_at_checked(length)?;
        requests.push(request.to_vec());
        bytes = rest;
    }
    Some(requests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_requests() {
        let read = requests(b"3\nabc0\n4\nde\nf");
        assert_eq!(read, Some(vec![b"abc".to_vec(), vec![], b"de\nf".to_vec()]));
        assert_eq!(requests(b"4\nabc"), None);
        assert_eq!(requests(b"abc"), None);
    }

    #[test]
    fn what_an_answer_must_be() {
        let args = ["--status", "307,409", "--location", "http://x/"].map(str::to_owned);
        let parsed = Options::parse(args.into_iter());
        assert!(parsed.is_err(), "there are no requests");
        let options = Options {
            port: 1,
            connections: 1,
            count: 1,
            seconds: Duration::ZERO,
            pause: Duration::ZERO,
            spread: Duration::ZERO,
            requests: Vec::new(),
            statuses: vec![307, 409],
            location: Some("http://x/".to_owned()),
        };
        let wrong = |status, location: &str| {
            let location = Some(location.to_owned());
            let answer = Answer {
                status,
                location,
                length: 0,
                closes: false,
            };
            options.wrong(&answer).is_some()
        };
        assert!(!wrong(307, "http://x/a") && !wrong(409, ""));
        assert!(wrong(307, "http://y/") && wrong(503, ""));
    }
}
