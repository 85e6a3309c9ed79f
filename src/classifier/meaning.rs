//! The meaning of a known word: what it says about the User-Agent that carries it.
//!
//! A machine's name carries the reason for its verdict. A browser's word carries facts, and `grammar.rs`
//! decides by all facts together whether a User-Agent has a browser's form.

use super::verdict::Reason;

/// The meaning of a name for the User-Agent that carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A machine, wherever the name stands.
    Machine(Reason),
    /// A machine if the User-Agent begins with the name. Elsewhere it is an app's name.
    Leading(Reason),
    /// Part of a browser's User-Agent.
    Browser(Facts),
}

/// The facts that the words of a browser tell, as a set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts(u32);

impl Facts {
    /// A word that browsers use. It says no more.
    pub const KNOWN: Facts = Facts(0);
    /// Windows for desktops.
    pub const WINDOWS: Facts = Facts(1);
    /// Mac OS.
    pub const MAC: Facts = Facts(1 << 1);
    /// Any other system for desktops.
    pub const UNIX: Facts = Facts(1 << 2);
    /// Android. The device's name in its comment may be anything.
    pub const ANDROID: Facts = Facts(1 << 3);
    /// iPhone, iPad, iPod.
    pub const IOS: Facts = Facts(1 << 4);
    /// Television sets, set-top boxes, consoles, cars.
    pub const TELEVISION: Facts = Facts(1 << 5);
    /// Phones and readers that run neither Android nor iOS.
    pub const HANDSET: Facts = Facts(1 << 6);
    /// A rendering engine.
    pub const ENGINE: Facts = Facts(1 << 7);
    /// A browser's own product.
    pub const PRODUCT: Facts = Facts(1 << 8);
    /// Internet Explorer. Its comment lists what was installed.
    pub const EXPLORER: Facts = Facts(1 << 9);
    /// An app that shows pages, or a desktop program built on Electron.
    pub const APP: Facts = Facts(1 << 10);
    /// Begins a User-Agent that does not begin with `Mozilla/`.
    pub const LEADS: Facts = Facts(1 << 11);
    /// `Mozilla`.
    pub const MOZILLA: Facts = Facts(1 << 12);
    /// `compatible`.
    pub const COMPATIBLE: Facts = Facts(1 << 13);
    /// A phone's WAP profile. Only such phones name one.
    pub const WAP: Facts = Facts(1 << 14);
    /// `Chrome`. Its version follows.
    pub const CHROME: Facts = Facts(1 << 15);
    /// `Firefox`. Its version follows.
    pub const FIREFOX: Facts = Facts(1 << 16);
    /// `Version`. Safari's version follows.
    pub const VERSION: Facts = Facts(1 << 17);
    /// `Safari`.
    pub const SAFARI: Facts = Facts(1 << 18);
    /// `KHTML`. It begins the comment of WebKit's engine.
    pub const KHTML: Facts = Facts(1 << 19);
    /// The words that follow in the comment may be anything.
    pub const FREE: Facts = Facts(1 << 20);
    /// A phone or a tablet, of whatever system.
    pub const MOBILE: Facts = Facts(1 << 21);
    /// Opera. Before version 9.5 it did not name its engine.
    pub const OPERA: Facts = Facts(1 << 22);
    /// `MSIE`. Its version follows.
    pub const MSIE: Facts = Facts(1 << 23);
    /// A mail program.
    pub const MAIL: Facts = Facts(1 << 24);
    /// `Build`. It ends a device's name.
    pub const BUILD: Facts = Facts(1 << 25);
    /// An app's own window.
    pub const WINDOW: Facts = Facts(1 << 26);
    /// A word that ends in "browser", as small makers' browsers call themselves.
    pub const SELF_STYLED: Facts = Facts(1 << 27);
    /// Internet Explorer's engine. Every version since 8 names it.
    pub const TRIDENT: Facts = Facts(1 << 28);

    /// The systems of desktops.
    pub const DESKTOP: Facts = Facts::WINDOWS.and(Facts::MAC).and(Facts::UNIX);

    /// Both sets together.
    pub const fn and(self, other: Facts) -> Facts {
        Facts(self.0 | other.0)
    }

    /// Whether any of the others is among these.
    pub const fn any(self, others: Facts) -> bool {
        self.0 & others.0 != 0
    }
}
