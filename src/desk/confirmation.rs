//! The result of an act, said on the page that comes after it.
//!
//! A form's answer is a redirect, so that reload and back are harmless. What was done goes along in a cookie of one word, which
//! the next page shows, focuses and takes away. It holds nothing of what was typed.

/// The cookie's name.
const NAME: &str = "__Host-done";

macro_rules! done {
    ($($(#[$doc:meta])* $name:ident = $word:literal, $text:literal;)*) => {
        /// The result of an act.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Confirmation { $($(#[$doc])* $name,)* }

        impl Confirmation {
            const ALL: &[Self] = &[$(Self::$name),*];

            const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// As a sentence.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

done! {
    /// It was so before.
    Unchanged = "unchanged", "Nothing had to be changed: it was so already.";
    /// Of a charge.
    Amount = "amount", "The amount was changed.";
    /// Of a charge.
    Closed = "closed", "The charge was closed. Nobody has to pay it any more.";
    /// Of a charge.
    Reopened = "reopened", "The charge was reopened.";
    /// Of a charge.
    OfflinePayment = "offline_payment", "The payment was recorded.";
    /// Of a charge.
    CanceledPending = "canceled_pending", "The pending order was canceled. Its payment page is closed.";
    /// Of a charge.
    GaveUpSession = "gave_up_session", "The payment page was given up.";
    /// Of a link.
    Revoked = "revoked", "The link was revoked.";
    /// Of an order.
    Refunded = "refunded", "The refund was made.";
    /// Of a player.
    PlayerAdded = "player_added", "The player was added.";
    /// Of a player.
    PlayerChanged = "player_changed", "The player was changed.";
    /// Of a player.
    PlayerErased = "player_erased", "What was personal of the player was erased.";
    /// For many players.
    Charged = "charged", "They were charged. Links or emails can be sent from here.";
    /// Of a month.
    MonthOpened = "month_opened", "The month was opened. Press its name here for its charges: links and emails are sent from that list.";
    /// Of a month.
    MonthTakenBack = "month_taken_back", "The month was taken back. Its charges are closed.";
    /// Of emails.
    EmailsQueued = "emails_queued", "The emails are queued.";
    /// Of an email.
    EmailAgain = "email_again", "The email is queued again.";
    /// Of emails.
    EmailsTakenBack = "emails_taken_back", "What waited was taken back.";
    /// Of an incident.
    IncidentResolved = "incident_resolved", "The incident is resolved.";
}

impl Confirmation {
    /// The result that the request's cookies name.
    #[must_use]
    pub fn read(cookies: &str) -> Option<Self> {
        let mut named = cookies
            .split(';')
            .filter_map(|cookie| cookie.trim().split_once('='));
        let (_, word) = named.find(|(name, _)| *name == NAME)?;
        Self::ALL.iter().copied().find(|done| done.word() == word)
    }

    /// The cookie that tells the next page.
    #[must_use]
    pub fn cookie(self) -> String {
        cookie(self.word(), 60)
    }

    /// The cookie that takes it away.
    #[must_use]
    pub fn shown() -> String {
        cookie("", 0)
    }
}

fn cookie(value: &str, seconds: u32) -> String {
    format!("{NAME}={value}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Strict")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_says_what_was_done_and_nothing_else_does() {
        for done in Confirmation::ALL {
            let cookie = done.cookie();
            let pair = cookie.split(';').next().unwrap_or_default();
            assert_eq!(
                Confirmation::read(&format!("a=b; {pair}; c=d")),
                Some(*done)
            );
        }
        for none in ["", "a=b", "__Host-done=", "__Host-done=<b>", "done=closed"] {
            assert_eq!(Confirmation::read(none), None, "{none}");
        }
    }
}
