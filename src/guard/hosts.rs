//! Where a redirect may lead.

/// The hosts that a person may be sent to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CheckoutHosts {
    origins: Vec<String>,
}

impl CheckoutHosts {
    /// Reads a comma-separated list. A bare host means `https` on its default port; an origin
    /// (`http://localhost:12111`) is for development.
    ///
    /// # Errors
    /// What is wrong with the list.
    pub fn parse(list: &str) -> Result<Self, String> {
        let origins = list
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .map(origin_of_entry)
            .collect::<Result<Vec<_>, _>>()?;
        if origins.is_empty() {
            return Err("names no host".to_owned());
        }
        Ok(Self { origins })
    }

    /// Whether people may be redirected to a URL: its origin must be exactly one of these.
    #[must_use]
    pub fn allow(&self, url: &str) -> bool {
        // A header must be able to hold the URL, and a browser reads a backslash as a slash. The slash that
        // must follow the origin rules out `https://allowed@other/`.
        let printable = url.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        printable
            && self.origins.iter().any(|origin| {
                url.strip_prefix(origin.as_str())
                    .is_some_and(|rest| rest.starts_with('/'))
            })
    }

    /// The allowed origins, for a page's Content-Security-Policy.
    pub fn origins(&self) -> impl Iterator<Item = &str> {
        self.origins.iter().map(String::as_str)
    }
}

fn origin_of_entry(entry: &str) -> Result<String, String> {
    let host = entry
        .strip_prefix("https://")
        .or_else(|| entry.strip_prefix("http://"))
        .unwrap_or(entry);
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b);
    if host.is_empty() || !host.bytes().all(plain) {
        return Err(format!("{entry:?} is neither a host nor an origin"));
    }
    Ok(if entry.contains("://") {
        entry.to_owned()
    } else {
        format!("https://{entry}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_as_hosts_or_origins() {
        let hosts = CheckoutHosts::parse("checkout.stripe.com, http://localhost:12111");
        assert!(hosts.is_ok_and(|hosts| hosts.allow("http://localhost:12111/c/pay/x")));
        for bad in ["", " , ", "checkout.stripe.com/path", "https://", "a b"] {
            assert!(CheckoutHosts::parse(bad).is_err(), "{bad}");
        }
    }
}
