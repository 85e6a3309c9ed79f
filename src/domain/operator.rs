//! The operators who may use `/admin`, each with a name and a secret of their own.
//!
//! Several can be configured at once. So a secret can be changed while another one works, and the log can say
//! who did something. If it is asked for, Cloudflare Access names operators too, by their email address.

use std::rc::Rc;

use crate::domain::{mail::is_address, secret::Secret};

/// How many characters an operator's name may have.
const LONGEST_NAME: usize = 40;
/// How many characters an operator's secret must have: nobody guesses 32.
const SHORTEST_SECRET: usize = 32;

/// The prefix of the name of an operator whom Cloudflare Access let through. No entry of `ADMIN_TOKEN` can be named
/// so: a colon ends its name.
const OF_ACCESS: &str = "access:";
/// How many characters an email address has at most (RFC 5321, "Path").
const LONGEST_ADDRESS: usize = 254;

/// An operator's name: that of an entry of `ADMIN_TOKEN`, or `access:` and an email address. Has no `Display`: operators see
/// the whole name, and the log only [`Self::in_log`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OperatorName(Rc<str>);

impl OperatorName {
    /// Reads a name: 1 to 40 letters, digits, `-` or `_`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let fits = (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(plain);
        fits.then(|| Self(text.into()))
    }

    /// The name of whom Cloudflare Access let through, by their email address: in lower case, because identity providers
    /// write the same address in several ways. `None` for what is no address.
    #[must_use]
    pub fn of_access(email: &str) -> Option<Self> {
        let email = email.to_ascii_lowercase();
        let fits = email.len() <= LONGEST_ADDRESS && is_address(&email);
        fits.then(|| Self(format!("{OF_ACCESS}{email}").into()))
    }

    /// The whole name: for the database and for operators.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part of it that the log may have: no address stands there, only what is in front of its `@`.
    #[must_use]
    pub fn in_log(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

/// Whom Cloudflare Access may name as operators.
#[derive(Clone)]
pub struct AccessOperators {
    audience: String,
    /// `None`: everybody whom Access lets through.
    names: Option<Vec<OperatorName>>,
}

impl AccessOperators {
    /// Reads `ACCESS_AUD` and `ACCESS_OPERATORS`: email addresses, separated by commas.
    ///
    /// # Errors
    /// What is wrong with the addresses. It quotes none of them.
    pub fn parse(audience: &str, emails: Option<&str>) -> Result<Self, &'static str> {
        let names = emails.map(|emails| {
            let names = emails.split(',').map(str::trim);
            let names = names.map(OperatorName::of_access).collect::<Option<_>>();
            names.ok_or("must be email addresses, separated by commas")
        });
        Ok(Self {
            audience: audience.to_owned(),
            names: names.transpose()?,
        })
    }

    /// Whether Access let somebody through for this application, and not for another one of the account.
    #[must_use]
    pub fn is_audience(&self, audience: &str) -> bool {
        self.audience == audience
    }

    /// The operator with that address, if it is one.
    #[must_use]
    pub fn operator(&self, email: &str) -> Option<OperatorName> {
        let name = OperatorName::of_access(email)?;
        let is_named = |names: &Vec<OperatorName>| names.contains(&name);
        self.names.as_ref().is_none_or(is_named).then_some(name)
    }
}

/// An operator.
#[derive(Clone)]
pub struct Operator {
    /// The name.
    pub name: OperatorName,
    /// Their secret: at least 32 characters of visible ASCII without a comma.
    pub secret: Secret,
}

/// All operators: at least one. No two have the same name or the same secret.
#[derive(Clone)]
pub struct Operators(Vec<Operator>);

impl Operators {
    /// Reads `ADMIN_TOKEN`: entries `name:secret`, separated by commas.
    ///
    /// # Errors
    /// What is wrong. It quotes nothing of the value.
    pub fn parse(list: &str) -> Result<Self, &'static str> {
        let mut operators: Vec<Operator> = Vec::new();
        for entry in list.split(',').map(str::trim) {
            let (name, secret) = entry
                .split_once(':')
                .ok_or("must be entries name:secret, separated by commas")?;
            let name = OperatorName::parse(name)
                .ok_or("must have names of 1 to 40 letters, digits, - or _")?;
            if secret.len() < SHORTEST_SECRET || !secret.bytes().all(|b| b.is_ascii_graphic()) {
                return Err("must have secrets of at least 32 visible ASCII characters");
            }
            if operators.iter().any(|other| other.name == name) {
                return Err("names an operator twice");
            }
            if operators.iter().any(|other| other.secret.is(secret)) {
                return Err("has a secret twice");
            }
            let secret = Secret::new(secret.to_owned());
            operators.push(Operator { name, secret });
        }
        Ok(Self(operators))
    }

    /// The operator whose secret this is. Every secret is compared, even after one fits.
    #[must_use]
    pub fn identify(&self, guess: &str) -> Option<&Operator> {
        let mut found = None;
        for operator in &self.0 {
            if operator.secret.is(guess) {
                found = Some(operator);
            }
        }
        found
    }

    /// The operator of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Operator> {
        self.0
            .iter()
            .find(|operator| operator.name.as_str() == name)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Operator> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef0123456789abcdef";
    const OTHER: &str = "another:secret-of-32-characters!";

    fn wrong(list: &str) -> &'static str {
        Operators::parse(list).err().unwrap_or("accepted")
    }

    #[test]
    fn a_secret_says_who_it_is_while_another_one_works() {
        let operators = Operators::parse(&format!("treasurer:{ONE} , new_key-2:{OTHER}"));
        let operators = operators.unwrap_or_else(|why| unreachable!("{why}"));
        let name = |guess: &str| operators.identify(guess).map(|found| found.name.as_str());
        assert_eq!(
            (name(ONE), name(OTHER)),
            (Some("treasurer"), Some("new_key-2"))
        );
        for guess in ["", "treasurer", &ONE[1..], &format!("treasurer:{ONE}")] {
            assert_eq!(name(guess), None, "{guess}");
        }
        assert!(operators.get("treasurer").is_some() && operators.get("new").is_none());
        assert_eq!(operators.iter().count(), 2);
    }

    #[test]
    fn access_names_an_operator_whom_no_secret_names() {
        for (email, name, in_log) in [
            (
                "treasurer@club.example",
                "access:treasurer@club.example",
                "access:treasurer",
            ),
            (
                "First.Last+x@Club.Example",
                "access:first.last+x@club.example",
                "access:first.last+x",
            ),
        ] {
            let named = OperatorName::of_access(email);
            let named = named.unwrap_or_else(|| unreachable!("{email}"));
            assert_eq!((named.as_str(), named.in_log()), (name, in_log));
            assert!(OperatorName::parse(name).is_none() && OperatorName::parse(in_log).is_none());
        }
        // The same local part at another domain is somebody else.
        assert_ne!(
            OperatorName::of_access("treasurer@club.example"),
            OperatorName::of_access("treasurer@other.example")
        );
        let long = format!("{}@club.example", "a".repeat(250));
        for none in [
            "",
            "treasurer",
            "@club.example",
            "treasurer@",
            "a b@club.example",
            "a@b@club.example",
            "treasurer@club.example\nx",
            "tr\u{e9}sorier@club.example",
            long.as_str(),
        ] {
            assert_eq!(OperatorName::of_access(none), None, "{none}");
        }
        // An entry of that name is one of the name before the colon.
        let operators = Operators::parse(&format!("access:{ONE}"));
        let operators = operators.unwrap_or_else(|why| unreachable!("{why}"));
        assert!(operators.get("access").is_some());
        assert!(operators.get("access:treasurer@club.example").is_none());
    }

    #[test]
    fn what_is_no_list_of_operators() {
        assert_eq!(OTHER.len(), 32);
        let long = "a".repeat(41);
        for (list, part) in [
            (ONE.to_owned(), "name:secret"),
            (String::new(), "name:secret"),
            (format!("a:{ONE},"), "name:secret"),
            (format!(":{ONE}"), "names of 1 to 40"),
            (format!("{long}:{ONE}"), "names of 1 to 40"),
            (format!("the boss:{ONE}"), "names of 1 to 40"),
            (format!("a:{}", &ONE[1..]), "at least 32"),
            (format!("a:{}é", &ONE[2..]), "at least 32"),
            (format!("a:{} {ONE}", &ONE[1..]), "at least 32"),
            (format!("a:{ONE},a:{OTHER}"), "an operator twice"),
            (format!("a:{ONE},b:{ONE}"), "a secret twice"),
        ] {
            assert!(wrong(&list).contains(part), "{list}: {}", wrong(&list));
        }
        assert_eq!(wrong(&format!("{}:{ONE}", &long[1..])), "accepted");
    }
}
