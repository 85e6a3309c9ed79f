//! Routes and replies, without a Worker: what arrives is described by [`Arrival`], what leaves is a
//! [`Response`].
//!
//! A request goes through two doors. [`door`] is synchronous and touches nothing: it turns machines,
//! prefetches and malformed requests away with constant answers. Only what it lets through becomes a
//! [`Job`], and only [`work`] has the ports in its hands. So a machine cannot reach the books by any
//! path through this code.

#![allow(
    async_fn_in_trait,
    reason = "single-threaded by design: no Send bound is wanted"
)]

pub mod admin;
pub mod content;
pub mod negotiate;
pub mod response;
mod work;

pub use work::{admit, work};

use std::rc::Rc;

use crate::pages::answer::Answer;
use crate::{
    billing::import::options::Options,
    classifier::{Judgement, Verdict, Visit, first_look},
    config::{Config, Confirm, Misconfigured},
    domain::{
        error::GuardError,
        id::SessionId,
        operator::OperatorName,
        token::{Token, TokenHash},
    },
    guard::click::After,
    pages::Pages,
    ports::Ports,
    store::Database,
    stripe::signature::Signature,
};
use negotiate::{Media, csv_or_json, page_or_json};
use response::{Constant, Response};

/// The migration that this code expects to be the newest.
pub use crate::store::health::SCHEMA;

/// Where the links of first payments lead.
pub const FIRST_PAYMENT: &str = "/checkout/first-payment";
/// Where all other links lead.
pub const PAY: &str = "/checkout/pay";
/// Where Stripe leads back to.
pub const SUCCESS: &str = "/checkout/success";

/// Bodies on routes that read none; a form's button sends an empty one.
const FORM_LIMIT: usize = 16 * 1024;
/// Stripe's deliveries are a few kilobytes.
const WEBHOOK_LIMIT: usize = 256 * 1024;
/// Some five thousand lines.
const IMPORT_LIMIT: usize = 1024 * 1024;

/// What the network in front of the Worker knows of a request (Cloudflare docs, "Request", `cf`).
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// `asn`.
    pub asn: Option<u32>,
    /// `verifiedBotCategory`.
    pub verified_bot_category: Option<String>,
    /// `botManagement.score`.
    pub bot_score: Option<u8>,
}

/// What is asked of a request only when it is needed: each look-up costs a crossing between JavaScript
/// and wasm.
pub trait Lookups {
    /// The host that the URL names, without a port.
    fn host(&self) -> Option<String> {
        let host = self.header("host")?;
        let end = host
            .rfind(':')
            .filter(|colon| !host[*colon..].contains(']'));
        Some(host[..end.unwrap_or(host.len())].to_owned())
    }

    /// The header of that lower-case name.
    fn header(&self, name: &str) -> Option<String>;

    /// What the network knows.
    fn network(&self) -> Network;
}

/// A request, without its body.
pub struct Arrival<'a> {
    /// The method.
    pub method: &'a str,
    /// The URL's path.
    pub path: &'a str,
    /// The URL's query, without the question mark.
    pub query: &'a str,
    /// It came over https, or to localhost.
    pub is_secure: bool,
    /// Its headers and its network.
    pub lookups: &'a dyn Lookups,
}

impl Arrival<'_> {
    fn header(&self, name: &str) -> Option<String> {
        self.lookups.header(name)
    }
}

/// A configuration with what is made from it once.
pub struct Site {
    /// The configuration.
    pub config: Config,
    /// The pages.
    pub pages: Pages,
}

impl Site {
    /// Reads the configuration and prepares the pages.
    ///
    /// # Errors
    /// Everything that is wrong with the configuration.
    pub fn new(get: impl Fn(&str) -> Option<String>) -> Result<Self, Misconfigured> {
        let config = Config::read(get)?;
        let pages = Pages::new(&config);
        Ok(Self { config, pages })
    }
}

/// What the log says of a request. Holds no token, no address, no secret and nothing of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// How the visit was judged; `None` off the links.
    pub judgement: Option<Judgement>,
    /// The answer's code.
    pub code: &'static str,
    /// The order that it is about.
    pub order: Option<i64>,
    /// The operator who asked; `None` where anybody may.
    pub operator: Option<OperatorName>,
}

impl Note {
    /// Whether the log may tell of some only, among many answers of this code: each of the others is about
    /// somebody who tries to be the operator, or is.
    #[must_use]
    pub fn may_be_thinned(&self) -> bool {
        !matches!(
            self.code,
            "unauthorized"
                | "imported"
                | "reconciled"
                | "too_many_tries"
                | response::LIMITER_UNAVAILABLE
        )
    }
}

/// Beyond the first door.
pub enum Door {
    /// Answered already, without touching anything, and with the same for everybody.
    Constant(Constant, Judgement),
    /// Answered already, without touching anything.
    Closed(Response, Note),
    /// To be worked on.
    Open(Job),
}

/// What remains of a request that was let through.
pub struct Job {
    what: What,
    media: Media,
    note: Note,
    is_post: bool,
    /// What was given to show that it is the operator who asks; `None` where anybody may.
    authorization: Option<String>,
    /// How much of the body to read; 0 where it is not needed.
    pub body_limit: usize,
}

enum What {
    Click(TokenHash),
    Return(SessionId),
    Webhook(Signature),
    Import(Options),
    Reconcile,
    Health,
}

/// A body as it was read.
pub enum Body {
    /// All of it.
    Whole(Vec<u8>),
    /// It went on past the limit.
    TooLarge,
}

pub use crate::ports::Random;

/// All that a job may need.
pub trait World: Ports + Database {}
impl<T: Ports + Database> World for T {}

/// What a job came to.
pub struct Done {
    /// The answer.
    pub reply: Response,
    /// To be done after it has been sent.
    pub then: Option<After>,
    /// For the log.
    pub note: Note,
    /// For the log, where something failed.
    pub fault: Option<GuardError>,
}

/// What a machine gets that its method and User-Agent give away: most of what opens a link is one.
/// Nothing else need be known of its request, not even the configuration, if it is secure.
#[must_use]
pub fn glance(
    is_secure: bool,
    method: &str,
    path: &str,
    agent: Option<&str>,
) -> Option<(Constant, Judgement)> {
    if !matches!(
        (is_secure, path, method),
        (true, FIRST_PAYMENT | PAY, "GET" | "HEAD" | "OPTIONS")
    ) {
        return None;
    }
    Some((link_page(method), first_look(method, agent).settled()?))
}

fn link_page(method: &str) -> Constant {
    if method == "HEAD" {
        Constant::LinkPageHead
    } else {
        Constant::LinkPage
    }
}

/// Decides on everything that can be decided without the books.
#[must_use]
pub fn door(site: &Site, arrival: &Arrival<'_>) -> Door {
    if !arrival.is_secure {
        return plain(site, arrival);
    }
    match arrival.path {
        FIRST_PAYMENT | PAY => link(site, arrival),
        SUCCESS => success(site, arrival),
        "/checkout/cancel" => only(site, arrival, "GET, HEAD", || {
            closed(site, arrival, &Answer::NotPaid, Note::default())
        }),
        "/webhooks/stripe" => only(site, arrival, "POST", || webhook_door(site, arrival)),
        "/admin/import" => only(site, arrival, "POST", || import_door(site, arrival)),
        "/admin/reconcile" => only(site, arrival, "POST", || reconcile_door(arrival)),
        "/healthz" => only(site, arrival, "GET, HEAD", || open(What::Health, 0)),
        "/link.png" => image(site, arrival, &site.pages.link_image),
        // The last three are asked for by browsers and phones that read no page first.
        "/icon.png"
        | "/favicon.ico"
        | "/apple-touch-icon.png"
        | "/apple-touch-icon-precomposed.png" => image(site, arrival, &site.pages.icon),
        _ => closed(site, arrival, &Answer::NoSuchPage, Note::default()),
    }
}

/// What is said where a request broke off, nobody knows at what: it can be made again. Who comes back from a
/// payment is told what holds in any case.
#[must_use]
pub fn again(site: &Site, arrival: &Arrival<'_>) -> (Response, Note) {
    let answer = if arrival.path == SUCCESS {
        Answer::Confirming
    } else {
        Answer::TryAgain { seconds: 5 }
    };
    let note = Note {
        code: answer.text().code,
        ..Note::default()
    };
    (response::answer(site, &answer, media(arrival), false), note)
}

/// What came over plain http goes on over https, to the same host and with all that it says: a link's token
/// must not be lost on the way. What cannot be sent on is refused.
fn plain(site: &Site, arrival: &Arrival<'_>) -> Door {
    let host = arrival.lookups.host().unwrap_or_default();
    if !matches!(arrival.method, "GET" | "HEAD") || host.is_empty() {
        return closed(site, arrival, &Answer::HttpsOnly, Note::default());
    }
    let question_mark = if arrival.query.is_empty() { "" } else { "?" };
    let Arrival { path, query, .. } = arrival;
    let location = format!("https://{host}{path}{question_mark}{query}");
    let note = Note {
        code: "to_https",
        ..Note::default()
    };
    Door::Closed(response::moved(site, location), note)
}

/// Rows 1 to 3 of the decision table, and the malformed tokens of row 4.
fn link(site: &Site, arrival: &Arrival<'_>) -> Door {
    let is_post = match arrival.method {
        "GET" | "HEAD" | "OPTIONS" => false,
        "POST" => true,
        _ => return not_allowed(site, arrival, "GET, HEAD, POST, OPTIONS"),
    };
    let judgement = look(arrival);
    let note = Note {
        judgement: Some(judgement),
        ..Note::default()
    };
    let confirm = site.config.confirm;
    let link_page = link_page(arrival.method);
    let constant = match judgement.verdict {
        // Whoever presses the button is let through: a wrong verdict must never keep a person from paying.
        _ if is_post => None,
        Verdict::Machine => Some(link_page),
        Verdict::Prefetch if media(arrival) == Media::Json => {
            return closed(site, arrival, &Answer::Prefetch, note);
        }
        Verdict::Prefetch => Some(Constant::Prefetch),
        Verdict::Unsure if confirm == Confirm::Never => None,
        Verdict::Person if confirm != Confirm::Always => None,
        Verdict::Unsure | Verdict::Person => Some(link_page),
    };
    if let Some(constant) = constant {
        return Door::Constant(constant, judgement);
    }
    if site.config.paused {
        return closed(site, arrival, &Answer::Paused, note);
    }
    if is_post && is_longer(arrival, FORM_LIMIT) {
        return closed(site, arrival, &Answer::TooLarge, note);
    }
    match Token::from_query(arrival.query) {
        Some(token) => Door::Open(Job {
            what: What::Click(token.hash()),
            media: media(arrival),
            note,
            is_post,
            authorization: None,
            body_limit: 0,
        }),
        None => closed(site, arrival, &Answer::UnknownLink, note),
    }
}

/// Most machines are settled by two crossings.
fn look(arrival: &Arrival<'_>) -> Judgement {
    let agent = arrival.header("user-agent");
    let first = first_look(arrival.method, agent.as_deref());
    if let Some(judgement) = first.settled() {
        return judgement;
    }
    let network = arrival.lookups.network();
    let header = |name| arrival.header(name);
    let (sec_purpose, purpose) = (header("sec-purpose"), header("purpose"));
    let (x_moz, x_purpose) = (header("x-moz"), header("x-purpose"));
    let (signature, language) = (header("signature-agent"), header("accept-language"));
    let (mode, hints) = (header("sec-fetch-mode"), header("sec-ch-ua"));
    first.finish(&Visit {
        method: arrival.method,
        user_agent: agent.as_deref(),
        sec_purpose: sec_purpose.as_deref(),
        purpose: purpose.as_deref(),
        x_moz: x_moz.as_deref(),
        x_purpose: x_purpose.as_deref(),
        signature_agent: signature.as_deref(),
        verified_bot_category: network.verified_bot_category.as_deref(),
        asn: network.asn,
        bot_score: network.bot_score,
        accept_language: language.as_deref(),
        sec_fetch_mode: mode.as_deref(),
        sec_ch_ua: hints.as_deref(),
        is_secure: arrival.is_secure,
    })
}

fn image(site: &Site, arrival: &Arrival<'_>, image: &Rc<[u8]>) -> Door {
    only(site, arrival, "GET, HEAD", || {
        let reply = response::image(image);
        let reply = if arrival.method == "HEAD" {
            reply.without_body()
        } else {
            reply
        };
        let note = Note {
            code: "image",
            ..Note::default()
        };
        Door::Closed(reply, note)
    })
}

/// A machine finds nothing out here either: it gets the page that whoever names no session gets.
fn success(site: &Site, arrival: &Arrival<'_>) -> Door {
    if !matches!(arrival.method, "GET" | "HEAD") {
        return not_allowed(site, arrival, "GET, HEAD");
    }
    let judgement = look(arrival);
    let note = Note {
        judgement: Some(judgement),
        ..Note::default()
    };
    let id = arrival
        .query
        .split('&')
        .find_map(|pair| pair.strip_prefix("session_id="));
    match id.and_then(SessionId::parse) {
        Some(session) if judgement.verdict != Verdict::Machine => Door::Open(Job {
            what: What::Return(session),
            media: media(arrival),
            note,
            is_post: false,
            authorization: None,
            body_limit: 0,
        }),
        Some(_) | None => closed(site, arrival, &Answer::Confirming, note),
    }
}

/// What a delivery says of itself: nothing of its body is read before that is in order. [`admit`] knows
/// the time, and holds the signature's against it.
fn webhook_door(site: &Site, arrival: &Arrival<'_>) -> Door {
    let signature = Signature::parse(arrival.header("stripe-signature").as_deref());
    let why = match signature {
        Ok(_) if is_longer(arrival, WEBHOOK_LIMIT) => response::BODY_TOO_LARGE,
        Ok(signature) => return open(What::Webhook(signature), WEBHOOK_LIMIT),
        Err(refused) => refused.as_str(),
    };
    let note = Note {
        code: "bad_delivery",
        ..Note::default()
    };
    Door::Closed(response::bad_delivery(site, why), note)
}

/// What does not depend on who asks; whether it is the operator, [`admit`] finds out under a limit.
fn import_door(site: &Site, arrival: &Arrival<'_>) -> Door {
    let media = csv_or_json(arrival.header("accept").as_deref());
    let kind = arrival
        .header("content-type")
        .unwrap_or_default()
        .to_ascii_lowercase();
    if kind.starts_with("multipart/") || kind.contains("json") {
        let note = Note {
            code: "not_csv",
            ..Note::default()
        };
        let detail = "The body must be the CSV file itself: Content-Type: text/csv.";
        let reply = response::problem(site, 415, "not_csv", "Not a CSV file", detail);
        return Door::Closed(reply, note);
    }
    if is_longer(arrival, IMPORT_LIMIT) {
        return closed(site, arrival, &Answer::TooLarge, Note::default());
    }
    let options = match Options::read(arrival.query) {
        Ok(options) => options,
        Err(bad) => {
            let note = Note {
                code: response::BAD_PARAMETER,
                ..Note::default()
            };
            return Door::Closed(response::bad_parameter(site, &bad), note);
        }
    };
    Door::Open(Job {
        what: What::Import(options),
        media,
        note: Note::default(),
        is_post: true,
        authorization: Some(arrival.header("authorization").unwrap_or_default()),
        body_limit: IMPORT_LIMIT,
    })
}

fn reconcile_door(arrival: &Arrival<'_>) -> Door {
    Door::Open(Job {
        what: What::Reconcile,
        media: Media::Json,
        note: Note::default(),
        is_post: true,
        authorization: Some(arrival.header("authorization").unwrap_or_default()),
        body_limit: FORM_LIMIT,
    })
}

fn only(
    site: &Site,
    arrival: &Arrival<'_>,
    allow: &'static str,
    then: impl FnOnce() -> Door,
) -> Door {
    if allow.split(", ").any(|method| method == arrival.method) {
        then()
    } else {
        not_allowed(site, arrival, allow)
    }
}

fn not_allowed(site: &Site, arrival: &Arrival<'_>, allow: &'static str) -> Door {
    closed(
        site,
        arrival,
        &Answer::MethodNotAllowed { allow },
        Note::default(),
    )
}

fn closed(site: &Site, arrival: &Arrival<'_>, answer: &Answer, note: Note) -> Door {
    let reply = response::answer(site, answer, media(arrival), arrival.method == "POST");
    let reply = if arrival.method == "HEAD" {
        reply.without_body()
    } else {
        reply
    };
    Door::Closed(
        reply,
        Note {
            code: answer.text().code,
            ..note
        },
    )
}

fn open(what: What, body_limit: usize) -> Door {
    Door::Open(Job {
        what,
        media: Media::Html,
        note: Note::default(),
        is_post: false,
        authorization: None,
        body_limit,
    })
}

fn media(arrival: &Arrival<'_>) -> Media {
    page_or_json(arrival.header("accept").as_deref())
}

fn is_longer(arrival: &Arrival<'_>, limit: usize) -> bool {
    let length = arrival.header("content-length");
    length
        .and_then(|text| text.parse::<usize>().ok())
        .is_some_and(|length| length > limit)
}
