//! The core's questions to the world: the database, Stripe, the clock, randomness, limits.
//!
//! Plain async traits without `Send`: a Worker has one thread, and its handles belong to JavaScript. The core
//! awaits nothing else. It has no statics, no timers and no randomness of its own. So the same `async fn`s
//! run in the Worker, in the tests over SQLite, and under the explorer, which stops them at every await.

#![allow(
    async_fn_in_trait,
    reason = "single-threaded by design: no Send bound is wanted"
)]

use crate::{
    domain::{
        change::{
            Commit, Committed, Cursor, CursorName, Found, Lookup, NewOrder, RecoveredOrder,
            RefundsHere, Review, Unplaced,
        },
        checkout::{ChargeRef, Checkout},
        error::{StoreError, StripeError},
        event::{EventPage, SessionPage},
        health::WebhookEndpoint,
        id::{ChargeId, EventId, IncidentId, OrderId, PaymentIntentId, RequestId, SessionId},
        limit::{Allowance, Limit},
        mail::{Mail, NotTaken},
        order::Order,
        payment::{NewSession, Refund, RefundRequest, Session, Waiting},
        time::{Millis, UnixMillis, Zone},
    },
    guard::claim::Claim,
};

/// The database, as far as the guard needs it. No read may come from a replica that lags.
pub trait Store {
    /// Reads the charge that a click names; `None` if there is none. The same transaction first cancels
    /// [`NewOrder::instead_of`], then takes the charge's one live place if it is free. If this call made the
    /// order that comes back, the order has [`NewOrder::attempt`].
    ///
    /// Idempotent in effect: called twice, the second call finds the place taken by the first.
    async fn checkout(
        &self,
        by: &ChargeRef,
        new: &NewOrder,
    ) -> Result<Option<Checkout>, StoreError>;

    /// Stores the session of a pending order that has none yet, or the same one. Idempotent.
    ///
    /// Returns whether the order is pending with that session now.
    async fn attach(
        &self,
        order: OrderId,
        session: &NewSession,
        at: UnixMillis,
    ) -> Result<bool, StoreError>;

    /// Carries out a transaction. A repeated one is a [`Committed::Conflict`].
    async fn commit(&self, commit: &Commit) -> Result<Committed, StoreError>;

    /// Finds an order. Changes nothing.
    async fn find(&self, lookup: &Lookup) -> Result<Found, StoreError>;

    /// A charge with the order that counts for it, as if by a link that is valid. Changes nothing.
    async fn standing(&self, charge: ChargeId) -> Result<Option<Checkout>, StoreError>;

    /// The live order of a charge. Changes nothing.
    async fn live_order(&self, charge: ChargeId) -> Result<Option<Order>, StoreError>;

    /// Remakes an order, unless there is one with its session or its attempt. Idempotent.
    async fn remake(&self, remade: &RecoveredOrder) -> Result<(), StoreError>;

    /// The orders that the cron is to look at, the one that waits longest first. Changes nothing.
    async fn due(&self, now: UnixMillis, limit: u32) -> Result<Vec<Order>, StoreError>;

    /// Has the cron look at an order later, if it is still at that version. `counts` lengthens the
    /// pauses that follow. Also stores whom its money waits for, if that was found out.
    async fn postpone(
        &self,
        order: &Order,
        until: UnixMillis,
        counts: bool,
        waiting: Option<&Waiting>,
    ) -> Result<(), StoreError>;

    /// The findings of [`find`](Self::find), for each of these in their order, in one query. What is known of an
    /// event that was seen is not read. Changes nothing.
    async fn find_each(&self, lookups: &[Lookup]) -> Result<Vec<Found>, StoreError>;

    /// The payments of open incidents of the kind duplicate payment, if they were not looked at after
    /// `before`. The one that was looked at longest ago comes first. Changes nothing.
    async fn reviews(&self, before: UnixMillis, limit: u32) -> Result<Vec<Review>, StoreError>;

    /// Records that an incident's payment was looked at.
    async fn reviewed(&self, order: OrderId, at: UnixMillis) -> Result<(), StoreError>;

    /// Sessions of ours that could not be placed when they were read, and may be now, if they were not looked at
    /// after `before`. Changes nothing.
    async fn unplaced(&self, before: UnixMillis, limit: u32) -> Result<Vec<Unplaced>, StoreError>;

    /// Records that an incident was looked at.
    async fn looked_at(&self, incident: IncidentId, at: UnixMillis) -> Result<(), StoreError>;

    /// A payment's refunds, as they are known here. Changes nothing.
    async fn refunds_here(&self, payment: &PaymentIntentId) -> Result<RefundsHere, StoreError>;

    /// The requests for refunds that Stripe has not answered, the one that waits longest first. Changes nothing.
    async fn open_requests(
        &self,
        now: UnixMillis,
        limit: u32,
    ) -> Result<Vec<RefundRequest>, StoreError>;

    /// Has the cron ask for a refund again later.
    async fn postpone_request(
        &self,
        request: &RequestId,
        until: UnixMillis,
    ) -> Result<(), StoreError>;

    /// How far a list was read. If that is not stored, the events are read from the moment at which the
    /// database was made. Changes nothing.
    async fn cursor(&self, name: CursorName) -> Result<Option<Cursor>, StoreError>;

    /// Stores how far a list was read.
    async fn set_cursor(
        &self,
        name: CursorName,
        cursor: Option<&Cursor>,
        at: UnixMillis,
    ) -> Result<(), StoreError>;
}

/// Stripe's REST API, the part that is needed.
pub trait Stripe {
    /// Creates the claimed order's session.
    ///
    /// Idempotent for 24 hours by the key `checkout_<attempt>`: the same claim gets the same answer,
    /// which describes the session as it was then, not as it is now.
    async fn create(&self, claim: &Claim) -> Result<NewSession, StripeError>;

    /// Reads a session as it is now. Changes nothing.
    async fn retrieve(&self, session: &SessionId) -> Result<Session, StripeError>;

    /// Expires an open session: nobody can pay in it any more. Any other session is a
    /// [`StripeError::NotOpen`].
    async fn expire(&self, session: &SessionId) -> Result<(), StripeError>;

    /// Makes the refund that was asked for. Idempotent for 24 hours by the key `refund_<request>`: it is made once,
    /// however often it is asked for.
    async fn refund(&self, request: &RefundRequest) -> Result<Refund, StripeError>;

    /// The session that a payment was made in, if it was made in one. Changes nothing.
    async fn session_of(&self, payment: &PaymentIntentId) -> Result<Option<Session>, StripeError>;

    /// All refunds of a payment. Changes nothing.
    async fn refunds(&self, payment: &PaymentIntentId) -> Result<Vec<Refund>, StripeError>;

    /// A page of events of the types that we act on, delivered or not, the newest first. They are from
    /// `since` to `until`, both included. With `after`, the page begins behind that event. Changes nothing.
    async fn events(
        &self,
        since: UnixMillis,
        until: UnixMillis,
        after: Option<&EventId>,
    ) -> Result<EventPage, StripeError>;

    /// A page of the sessions created from `since` to `until`, both included, the newest first. With `after`,
    /// the page begins behind that session. Changes nothing.
    async fn sessions(
        &self,
        since: UnixMillis,
        until: UnixMillis,
        after: Option<&SessionId>,
    ) -> Result<SessionPage, StripeError>;
}

/// Questions to Stripe that only the desk asks, about the account itself. Changes nothing.
pub trait Inspect {
    /// Whether the key may do what every click needs: read Checkout Sessions.
    async fn try_key(&self) -> Result<(), StripeError>;

    /// The account's webhook endpoints in the key's mode.
    async fn webhook_endpoints(&self) -> Result<Vec<WebhookEndpoint>, StripeError>;
}

/// The time.
pub trait Clock {
    /// The time now. It decides what is stale, so it is read as rarely as possible.
    fn now(&self) -> UnixMillis;

    /// Waits.
    async fn sleep(&self, length: Millis);
}

/// Randomness.
pub trait Random {
    /// 32 bytes that nobody can guess.
    fn random_bytes(&self) -> [u8; 32];
}

/// The count of what a run of the cron has asked of the runtime so far.
pub trait Meter {
    /// Calls to Stripe and statements to the database. The platform limits both for one invocation.
    fn spent(&self) -> u32;

    /// Another item begins. Its calls to Stripe have their own time limit.
    fn begin_item(&self);
}

/// Limits on how often something may be tried.
pub trait RateLimiter {
    /// Counts a try, and says whether it is within the limit.
    async fn allows(&self, limit: Limit) -> Allowance;

    /// Which of [`crate::domain::limit::BINDINGS`] are missing.
    fn missing(&self) -> Vec<&'static str>;
}

/// The days of the club's time zone.
pub trait Calendar {
    /// How far a zone's clocks are ahead of UTC at a time; `None` for a zone that is not known. The zone is a
    /// name of the IANA time zone database.
    fn utc_offset(&self, zone: &str, at: UnixMillis) -> Option<Millis>;

    /// Makes something with the time zone of this name. One that is not known counts as UTC; the health page says so.
    fn in_zone<T>(&self, name: &str, make: impl FnOnce(&Zone<'_>) -> T) -> T {
        let offset = |at| self.utc_offset(name, at).unwrap_or(Millis(0));
        make(&Zone {
            name,
            offset: &offset,
        })
    }
}

/// The sender of a request, if Cloudflare Access stands in front of the Worker and let it through (Cloudflare docs,
/// Workers, "Cloudflare Access", `ctx.access`).
pub trait Identity {
    /// For which of the account's Access applications it was let through: `ctx.access.aud`. `None` if Access does not
    /// stand in front.
    fn access_audience(&self) -> Option<String>;

    /// The email address that the identity provider names. `None` if it names none, as of a service token, or if Access
    /// cannot be asked.
    async fn access_email(&self) -> Option<String>;
}

/// Sends emails.
pub trait Mailer {
    /// Whether the Worker has the binding that emails are sent by. Without it none can be sent.
    fn is_bound(&self) -> bool;

    /// Sends an email. `Ok` says that the service has taken it, not that somebody has read it.
    async fn send_mail(&self, mail: &Mail) -> Result<(), NotTaken>;
}

/// Posts alerts to a chat.
pub trait Hook {
    /// Posts JSON to a URL, within 10 seconds. A 2xx says that it was taken. `key` is the same whenever the same
    /// message is sent again, and goes along as `Idempotency-Key`.
    async fn post(&self, url: &str, key: &str, json: &str) -> Result<(), NotTaken>;
}

/// All ports together.
pub trait Ports: Store + Stripe + Clock + Random + Meter + RateLimiter {}
impl<T: Store + Stripe + Clock + Random + Meter + RateLimiter> Ports for T {}
