//! Who may use `/admin`: operators, each with a name and a secret of their own.
//!
//! Several can be configured at once. So a secret can be changed while another one works, and the log can say
//! who did something.

use std::{
    fmt::{self, Display, Formatter},
    rc::Rc,
};

use crate::domain::secret::Secret;

/// How many characters an operator's name may have.
const LONGEST_NAME: usize = 40;
/// How many characters an operator's secret must have: nobody guesses 32.
const SHORTEST_SECRET: usize = 32;

/// An operator's name. It is no secret: it stands in the log.
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

    /// The name of whom Cloudflare Access let through. An address is cut to what stands before its `@`, because
    /// no address stands in the log; what a name cannot hold becomes `-`.
    #[must_use]
    pub fn of_access(who: &str) -> Self {
        let local = who.split('@').next().unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let name = local.chars().map(|c| if plain(c) { c } else { '-' });
        let name: String = name.take(LONGEST_NAME).collect();
        Self::parse(&name).unwrap_or_else(|| Self("access".into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for OperatorName {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// An operator.
#[derive(Clone)]
pub struct Operator {
    /// Who it is.
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
    pub fn identify(&self, guess: &str) -> Option<&OperatorName> {
        let mut found = None;
        for Operator { name, secret } in &self.0 {
            if secret.is(guess) {
                found = Some(name);
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
        let name = |guess: &str| operators.identify(guess).map(OperatorName::as_str);
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
    fn access_names_an_operator_without_an_address() {
        for (who, name) in [
            ("treasurer@club.example", "treasurer"),
            ("first.last+x@club.example", "first-last-x"),
            ("Player 25", "Player-25"),
            ("@club.example", "access"),
            ("", "access"),
        ] {
            assert_eq!(OperatorName::of_access(who).as_str(), name);
        }
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
