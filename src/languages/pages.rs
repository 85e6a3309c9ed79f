//! The words of the pages for parents.
//!
//! A text in braces stands for a value: `{club}`, `{amount}`, `{date}`, `{refunded}`. `fill` puts it in.

use crate::domain::charge::Kind;

/// The text of an answer.
#[cfg_attr(test, derive(serde::Serialize))]
pub struct Said {
    /// The heading.
    pub title: &'static str,
    /// Its meaning for the person.
    pub detail: &'static str,
}

/// All that the pages say in one language.
#[cfg_attr(test, derive(serde::Serialize))]
pub struct PageWords {
    /// Before the club's contact, at the foot of every page.
    pub questions: &'static str,
    /// The link page's title, and that of a preview; with `{club}`.
    pub link_title: &'static str,
    /// The link page's heading; with `{club}`.
    pub link_heading: &'static str,
    /// The link page's text.
    pub link_text: &'static str,
    /// The text of a preview.
    pub link_preview: &'static str,
    /// The description of a preview's image: what it shows.
    pub link_image: &'static str,
    /// Button: on to the payment.
    pub continue_to_payment: &'static str,
    /// Button: another try after the last one failed.
    pub pay_again: &'static str,
    /// Button: the same request again.
    pub try_again_now: &'static str,
    /// Button: Stripe's page for what the payer has still to do.
    pub finish_payment: &'static str,
    /// Button: Stripe's receipt.
    pub show_receipt: &'static str,
    /// Label: what was paid for.
    pub paid_for: &'static str,
    /// Label: the day of the payment.
    pub paid_on: &'static str,
    /// Label: the order's number.
    pub reference: &'static str,
    /// Product name at Stripe: a first payment.
    pub first_payment: &'static str,
    /// Product name at Stripe: the fee of a month, which follows.
    pub monthly_fee: &'static str,
    /// Product name at Stripe: anything else.
    pub payment: &'static str,
    /// Stripe's page is next.
    pub pay: Said,
    /// No link has this token.
    pub unknown_link: Said,
    /// The link's time is over.
    pub link_expired: Said,
    /// The club took the link back.
    pub link_revoked: Said,
    /// The charge that the link is for was closed.
    pub charge_closed: Said,
    /// Nothing is owed.
    pub nothing_to_pay: Said,
    /// Paid before; with `{amount}` and `{date}`.
    pub already_paid: Said,
    /// Paid before, and a part of it went back; with `{amount}`, `{date}` and `{refunded}`.
    pub already_paid_part_refunded: Said,
    /// The club paid the money back; with `{amount}` and `{date}`.
    pub refunded: Said,
    /// The payer's bank took the money back; with `{amount}` and `{date}`.
    pub refunded_by_bank: Said,
    /// A bank is at work.
    pub processing: Said,
    /// The payer has one more step to take.
    pub action_required: Said,
    /// Paid just now; with `{amount}`.
    pub thank_you: Said,
    /// The next steps: what happens after the payment.
    pub what_next: &'static str,
    /// The payment is not known yet: what is waited for, and how long that takes.
    pub confirming: Said,
    /// The same while the payer's bank is at work.
    pub confirming_bank: Said,
    /// Back from Stripe's page without a payment.
    pub not_paid: Said,
    /// The same, if a button leads on to the payment.
    pub not_paid_go_on: &'static str,
    /// A bank debit or a voucher came to nothing.
    pub payment_failed: Said,
    /// A temporary error.
    pub try_again: Said,
    /// Nothing can be paid until midnight UTC: `{hours}`, a number of at least 1.
    pub day_limit: Said,
    /// A browser opened the link before its person did.
    pub prefetch: Said,
    /// There is no such page.
    pub no_such_page: Said,
    /// The page does not take this method.
    pub method_not_allowed: Said,
    /// Too many tries with links that do not exist.
    pub too_many_tries: Said,
    /// The page after the payment was opened too often.
    pub returned_too_often: Said,
    /// The link was opened too often.
    pub clicked_too_often: Said,
    /// The club has paused payments.
    pub paused: Said,
    /// The request came over plain http.
    pub https_only: Said,
    /// The request's body is too long.
    pub too_large: Said,
}

impl PageWords {
    /// The name of a kind of charge on Stripe's page.
    #[must_use]
    pub const fn product(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::FirstPayment => self.first_payment,
            Kind::Monthly => self.monthly_fee,
            Kind::Custom => self.payment,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::Value;

    use crate::{
        domain::language::Language,
        languages::{fill::fill, words},
    };

    /// The texts of a language by name: `thank_you.title` and so on. None can be forgotten here.
    fn texts(language: Language) -> BTreeMap<String, String> {
        fn collect(name: &str, value: &Value, into: &mut BTreeMap<String, String>) {
            if let Some(text) = value.as_str() {
                into.insert(name.to_owned(), text.to_owned());
            }
            for (member, value) in value.as_object().into_iter().flatten() {
                let separator = if name.is_empty() { "" } else { "." };
                collect(&format!("{name}{separator}{member}"), value, into);
            }
        }
        let mut all = BTreeMap::new();
        let value = serde_json::to_value(&words(language).pages).unwrap_or_default();
        collect("", &value, &mut all);
        all
    }

    /// The names in braces.
    fn values(text: &str) -> BTreeSet<&str> {
        text.split('{')
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('}')?.0))
            .collect()
    }

    #[test]
    fn every_text_is_there_in_every_language_with_the_same_values() {
        let english = texts(Language::En);
        assert!(english.len() > 60, "{}", english.len());
        for language in Language::ALL {
            for (name, text) in texts(language) {
                let of = format!("{name} in {}: {text:?}", language.as_str());
                assert!(!text.trim().is_empty() && text.trim() == text, "{of}");
                assert!(!text.contains("  ") && !text.contains('\n'), "{of}");
                assert_eq!(values(&text), values(&english[&name]), "{of}");
                let known = ["club", "amount", "date", "hours", "refunded"];
                assert!(
                    values(&text).iter().all(|value| known.contains(value)),
                    "{of}"
                );
                let braces = |brace| text.matches(brace).count();
                assert_eq!(braces('{'), values(&text).len(), "{of}");
                assert_eq!(braces('}'), values(&text).len(), "{of}");
            }
        }
    }

    #[test]
    fn nothing_is_left_in_english() {
        const ENGLISH: [&str; 12] = [
            "the", "your", "you", "is", "was", "please", "payment", "again", "and", "of", "to",
            "this",
        ];
        let english = texts(Language::En);
        for language in Language::ALL {
            if language == Language::En {
                continue;
            }
            for (name, text) in texts(language) {
                let of = format!("{name} in {}: {text:?}", language.as_str());
                assert!(text != english[&name], "{of}");
                let words = text.split(|character: char| !character.is_alphanumeric());
                let left: Vec<_> = words
                    .filter(|word| ENGLISH.contains(&word.to_lowercase().as_str()))
                    .collect();
                assert!(left.is_empty(), "{of}: {left:?}");
            }
        }
    }

    #[test]
    fn no_two_languages_say_the_same() {
        for language in Language::ALL {
            for another in Language::ALL
                .into_iter()
                .filter(|another| *another > language)
            {
                let (texts, others) = (texts(language), texts(another));
                let same: Vec<_> = texts
                    .iter()
                    .filter(|(name, text)| text.len() > 40 && others[*name] == **text)
                    .collect();
                assert!(same.is_empty(), "{same:?}");
            }
        }
    }

    #[test]
    fn a_sentence_ends_and_a_heading_does_not() {
        for language in Language::ALL {
            for (name, text) in texts(language) {
                let is_sentence = name.ends_with(".detail")
                    || ["link_text", "link_preview", "what_next", "not_paid_go_on"]
                        .contains(&name.as_str());
                let of = format!("{name} in {}: {text:?}", language.as_str());
                assert_eq!(text.ends_with('.'), is_sentence, "{of}");
            }
        }
    }

    #[test]
    fn each_language_says_it_as_its_readers_do() {
        for (language, name, said) in [
            (Language::En, "link_expired.detail", "It has expired."),
            (Language::En, "link_revoked.detail", "It was withdrawn."),
            (Language::En, "refunded.title", "Refunded"),
            (
                Language::En,
                "action_required.detail",
                "pay with the voucher",
            ),
            (
                Language::Es,
                "action_required.detail",
                "pagar con la ficha de pago",
            ),
            (Language::Es, "refunded.title", "Pago reembolsado"),
            (Language::Es, "paused.title", "suspendidos temporalmente"),
            (Language::Pt, "link_expired.title", "não é mais válido"),
            (Language::Pt, "not_paid.title", "Você ainda não pagou"),
            (
                Language::Pt,
                "refunded_by_bank.detail",
                "O seu banco devolveu {amount}",
            ),
            (
                Language::Fr,
                "link_expired.detail",
                "Demandez-nous-en un nouveau",
            ),
            (
                Language::Fr,
                "link_revoked.detail",
                "Demandez-nous-en un nouveau",
            ),
            (
                Language::Fr,
                "link_text",
                "Appuyez sur le bouton pour ouvrir",
            ),
            (
                Language::Fr,
                "charge_closed.detail",
                "Ce paiement n’est plus attendu.",
            ),
            (Language::De, "already_paid.title", "Bereits bezahlt"),
            (
                Language::De,
                "link_text",
                "Tippen Sie auf die Schaltfläche: Es öffnet sich",
            ),
            (
                Language::De,
                "link_expired.detail",
                "Er ist abgelaufen. Bitten Sie uns um einen neuen.",
            ),
            (
                Language::De,
                "paused.title",
                "Zahlungen sind vorübergehend nicht möglich",
            ),
        ] {
            let text = &texts(language)[name];
            assert!(
                text.contains(said),
                "{name} in {}: {text:?}",
                language.as_str()
            );
        }
        let spanish = &words(Language::Es).mail;
        assert!(
            spanish
                .contact
                .contains("Póngase en contacto con nosotros: {contact}")
        );
        for text in [spanish.debit_failed_subject, spanish.debit_failed] {
            assert!(text.contains("cargo bancario"), "{text}");
        }
    }

    #[test]
    fn french_never_breaks_before_its_signs() {
        let mail = &words(Language::Fr).mail;
        let mut all: Vec<String> = texts(Language::Fr).into_values().collect();
        all.extend(
            [
                mail.link_subject,
                mail.crossed,
                mail.receipt,
                mail.address,
                mail.contact,
            ]
            .map(str::to_owned),
        );
        for text in all {
            for sign in [" :", " ?", " !"] {
                assert!(!text.contains(sign), "{text:?}");
            }
        }
    }

    #[test]
    fn values_are_put_in_once() {
        for (text, expected) in [
            ("Payment to {club}", "Payment to The {date} Club"),
            ("{amount} on {date}.", "$1.00 on May 1."),
            ("none", "none"),
            ("{club}{club}", "The {date} ClubThe {date} Club"),
            ("{unknown}!", "!"),
        ] {
            let values = [
                ("club", "The {date} Club"),
                ("amount", "$1.00"),
                ("date", "May 1"),
            ];
            assert_eq!(fill(text, &values), expected);
        }
    }
}
