//! Pages for people: phone first, one obvious button at most, no script, nothing fetched from
//! elsewhere. The club's name stands on every one of them, and whom to ask.

use sha2::{Digest, Sha256};

use crate::{
    config::Config,
    encode::{base64, html},
    http::answer::{Answer, Words},
};

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#14212b;--soft:#51606c;--paper:#fff;--ground:#eef2f4;--deed:#0b5c8a;--line:#d5dde2}\
@media(prefers-color-scheme:dark){:root{--ink:#eef3f6;--soft:#a9b7c1;--paper:#1b2730;--ground:#10181e;--deed:#0b6ea6;--line:#34434e}}\
*{box-sizing:border-box}\
body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--ground);color:var(--ink);\
font:1.0625rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}\
header{padding:1.25rem 1.25rem 0;max-width:30rem;width:100%;margin:0 auto;font-weight:600}\
main{flex:1;width:100%;max-width:30rem;margin:0 auto;padding:1.25rem}\
section{background:var(--paper);border:1px solid var(--line);border-radius:.9rem;padding:1.5rem 1.25rem}\
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}\
p{margin:0 0 1rem}section>:last-child{margin-bottom:0}\
form{margin:0}\
button{width:100%;min-height:3.25rem;border:0;border-radius:.7rem;background:var(--deed);color:#fff;font:inherit;font-weight:600;cursor:pointer}\
button:hover{filter:brightness(1.08)}\
a{color:inherit}button:focus-visible,a:focus-visible{outline:3px solid var(--ink);outline-offset:2px}\
footer{max-width:30rem;width:100%;margin:0 auto;padding:0 1.25rem 1.5rem;color:var(--soft);font-size:.9375rem}";

/// What every page of one configuration shares, made once.
pub struct Pages {
    club: String,
    contact: String,
    /// The constant page that machines and the unsure get.
    pub link_page: String,
    /// `Content-Security-Policy`.
    pub security_policy: String,
}

impl Pages {
    /// Prepares what does not change from visit to visit.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let mut pages = Self {
            club: html(&config.policy.club_name),
            contact: contact(&config.club_contact),
            link_page: String::new(),
            security_policy: security_policy(config),
        };
        pages.link_page = pages.link_page(config);
        pages
    }

    /// The page of an answer.
    #[must_use]
    pub fn page(&self, answer: &Answer, words: &Words) -> String {
        let mut body = format!(
            "<h1>{}</h1><p>{}</p>",
            html(words.title),
            html(&words.detail)
        );
        match answer {
            // A POST to the URL that this page stands at: it works whatever brought the person here.
            Answer::TryAgain | Answer::Prefetch => {
                body.push_str(
                    "<form method=\"post\"><button type=\"submit\">Try again</button></form>",
                );
            }
            Answer::AlreadyPaid {
                receipt_url: Some(url),
                ..
            } if url.starts_with("https://") => {
                body.push_str(&format!(
                    "<p><a href=\"{}\" rel=\"noreferrer\">Show the receipt</a></p>",
                    html(url)
                ));
            }
            Answer::AlreadyPaid { .. }
            | Answer::Pay { .. }
            | Answer::UnknownLink
            | Answer::Gone(_)
            | Answer::NothingToPay
            | Answer::Refunded { .. }
            | Answer::Clearing
            | Answer::ThankYou { .. }
            | Answer::Confirming
            | Answer::NotPaid
            | Answer::NoSuchPage
            | Answer::MethodNotAllowed { .. }
            | Answer::TooLarge
            | Answer::Misconfigured(_) => {}
        }
        self.document(&format!("{} · {}", html(words.title), self.club), "", &body)
    }

    /// The same for everybody: nothing in it depends on the link or on who opens it.
    fn link_page(&self, config: &Config) -> String {
        let club = &self.club;
        let origin = html(&config.policy.public_origin);
        let head = format!(
            "<meta name=\"description\" content=\"A payment link from {club}.\">\
             <meta property=\"og:title\" content=\"Payment to {club}\">\
             <meta property=\"og:description\" content=\"A payment link from {club}.\">\
             <meta property=\"og:site_name\" content=\"{club}\">\
             <meta property=\"og:type\" content=\"website\">\
             <meta property=\"og:url\" content=\"{origin}/\">\
             <meta name=\"twitter:card\" content=\"summary\">"
        );
        let body = format!(
            "<h1>Your payment to {club}</h1>\
             <p>This link leads to the secure payment page of Stripe. You see the amount there before you pay.</p>\
             <form method=\"post\"><button type=\"submit\">Continue to payment</button></form>"
        );
        self.document(&format!("Payment to {club}"), &head, &body)
    }

    fn document(&self, title: &str, head: &str, body: &str) -> String {
        let Self { club, contact, .. } = self;
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"robots\" content=\"noindex\">{head}<style>{STYLE}</style></head>\
             <body><header>{club}</header><main><section>{body}</section></main>\
             <footer>Questions? {contact}</footer></body></html>"
        )
    }
}

/// A page for when there is no configuration to make one from.
#[must_use]
pub fn bare(words: &Words) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"></head><body><h1>{0}</h1><p>{1}</p></body></html>",
        html(words.title),
        html(&words.detail)
    )
}

/// The contact, as a link where it is an address alone.
fn contact(text: &str) -> String {
    let shown = html(text);
    if text.contains('@') && !text.contains(char::is_whitespace) {
        format!("<a href=\"mailto:{shown}\">{shown}</a>")
    } else {
        shown
    }
}

/// A form's redirect is held against `form-action` too (CSP Level 3, "form-action"), so the hosts that
/// a POST leads on to must stand there.
fn security_policy(config: &Config) -> String {
    let style = base64(&Sha256::digest(STYLE.as_bytes()));
    let hosts: String = config
        .policy
        .rules
        .hosts
        .origins()
        .map(|origin| format!(" {origin}"))
        .collect();
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; img-src 'self'; form-action 'self'{hosts}; \
         base-uri 'none'; frame-ancestors 'none'"
    )
}
