//! The result of a classification: a verdict, and the reason for it.
//!
//! Every reason belongs to exactly one verdict, so a log line needs only the reason. The codes are
//! stable, because dashboards match on them: a code may be added or dropped, but never gets another
//! meaning.

/// The kind of visitor that opened the link, as far as one request can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// A person in a browser, or in an app that shows pages. Goes on to the payment.
    Person,
    /// A program that says that it is one: preview bot, crawler, scanner, command-line client, HEAD. Gets
    /// the link page with its button.
    Machine,
    /// A browser that fetches before anybody has clicked. Gets a 503, so that the click asks again.
    Prefetch,
    /// Neither a known browser nor a machine by its own word. Gets the link page too.
    Unsure,
}

impl Verdict {
    /// How many verdicts there are.
    pub const COUNT: usize = 4;

    /// The word that `Server-Timing` and the log carry.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Person => "person",
            Verdict::Machine => "machine",
            Verdict::Prefetch => "prefetch",
            Verdict::Unsure => "unsure",
        }
    }
}

/// Declares each reason once, so that its variant, code and verdict cannot drift apart.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal => $verdict:ident,)*) => {
        /// Why a visit has its verdict.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason, in the order of the checks.
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)*];

            /// The stable code for the log and for `Server-Timing`.
            pub fn as_str(self) -> &'static str {
                match self { $(Reason::$name => $code,)* }
            }

            /// The verdict that this reason belongs to.
            pub fn verdict(self) -> Verdict {
                match self { $(Reason::$name => Verdict::$verdict,)* }
            }
        }
    };
}

reasons! {
    /// A method that no link and no form sends (RFC 9110 "Methods", HTML "Form submission").
    Method = "method" => Machine,
    /// No User-Agent, or a blank one.
    NoUserAgent = "no-user-agent" => Machine,
    /// `Mozilla/5.0` and nothing that a browser would add.
    BareMozilla = "bare-mozilla" => Machine,
    /// A link-preview bot by its name.
    PreviewBot = "preview-bot" => Machine,
    /// A mail or security scanner by its name.
    Scanner = "scanner" => Machine,
    /// A crawler, monitor, feed reader or archiver by its name.
    Crawler = "crawler" => Machine,
    /// An HTTP library, command-line client or download tool by its name.
    Client = "client" => Machine,
    /// A browser under a program's control, by its name (`HeadlessChrome`).
    Automation = "automation" => Machine,
    /// A word that only machines carry: "bot", "crawl", "spider", "preview".
    MachineWord = "machine-word" => Machine,
    /// A web or e-mail address for complaints, as crawlers leave it (RFC 9110 "User-Agent").
    Contact = "contact" => Machine,
    /// `compatible` with an unknown name, and nothing of a browser around it.
    CompatibleOnly = "compatible-only" => Machine,
    /// `Sec-Purpose` (MDN "Sec-Purpose").
    SecPurpose = "sec-purpose" => Prefetch,
    /// `Purpose`, as Chrome and Safari sent it before `Sec-Purpose`.
    Purpose = "purpose" => Prefetch,
    /// `X-Moz`, as Firefox sent it before version 115.
    XMoz = "x-moz" => Prefetch,
    /// `X-Purpose`, as Safari's top sites and Facebook's in-app prefetch send it.
    XPurpose = "x-purpose" => Prefetch,
    /// `Signature-Agent`: the request is signed by an agent (Cloudflare docs "Web Bot Auth").
    SignatureAgent = "signature-agent" => Machine,
    /// `cf.verifiedBotCategory` (Cloudflare docs "Request").
    VerifiedBot = "verified-bot" => Machine,
    /// A User-Agent without the form of any browser's.
    NotABrowser = "not-a-browser" => Unsure,
    /// A browser's form with a product that no known browser or app adds.
    UnknownProduct = "unknown-product" => Unsure,
    /// A browser's form with a stem or an address in it. Machines carry these, and a few apps do too.
    Hint = "hint" => Unsure,
    /// A version in a form that the browser never had.
    OddVersion = "odd-version" => Unsure,
    /// A browser so old that more machines than people use its name.
    AncientBrowser = "ancient-browser" => Unsure,
    /// A mail program that fetches for a message that it shows. A click would open a browser.
    MailProgram = "mail-program" => Unsure,
    /// A network from which mail scanners open links with a person's User-Agent.
    Network = "network" => Unsure,
    /// `cf.botManagement.score` says likely automated (Cloudflare docs "Bot scores").
    BotScore = "bot-score" => Unsure,
    /// No `Accept-Language`, which every browser sends.
    NoLanguage = "no-accept-language" => Unsure,
    /// No `Sec-Fetch-Mode: navigate` from a browser that always sends it (MDN "Sec-Fetch-Mode").
    NotNavigating = "not-navigating" => Unsure,
    /// A browser's User-Agent, and nothing speaks against it.
    Browser = "browser" => Person,
}

/// A verdict and the reason for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Classification {
    /// The kind of visitor that opened the link.
    pub verdict: Verdict,
    /// The first check that decided.
    pub reason: Reason,
}

impl From<Reason> for Classification {
    fn from(reason: Reason) -> Self {
        Classification {
            verdict: reason.verdict(),
            reason,
        }
    }
}
