//! Stripe, as far as its documents promise anything: sessions that open, complete and expire, idempotency
//! keys that bring the first answer back, lists, refunds that can fail, events about what happened.
//!
//! A session completes with the money, or with a bank debit that succeeds or fails later. A key keeps the
//! first answer, a 5xx too, for 24 hours and refuses other parameters meanwhile (Stripe's API reference,
//! "Idempotent requests"); whether it is looked up before the parameters are checked is promised nowhere,
//! so a configuration says which. Lists are paged, the newest first ("Pagination"). Events are listed
//! whether or not an endpoint wanted them ("List all events"). A webhook that is never delivered stands for
//! every trouble of the endpoint: missing, disabled, not subscribed, or out of reach for days.

use checkout_guard::domain::{
    charge::{ChargeName, Identity},
    error::{Refusal, StripeError},
    event::{About, DisputeEnd, Event, EventPage, SessionPage},
    id::{Attempt, EventId, InstallationId, Mode, PaymentIntentId, RefundId, RequestId, SessionId},
    money::{Currency, Money},
    payment::{
        Details, NewSession, Payment, Refund, RefundReason, RefundStatus, Session, SessionState,
        Waiting,
    },
    time::UnixMillis,
};

use crate::{
    clock::{self, RETENTION, SHORTEST_LIFE},
    configurations::Beginning,
    database::{AMOUNT, INSTALLATION},
    intern::Id,
    task::{Call, Reply},
};

/// Entries on a page of a list: few, so that paging happens.
const PAGE: usize = 2;
/// How much a partial refund is of.
pub const PART: i64 = 5_000;

/// The status that a session has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Open,
    Expired,
    Paid,
    Processing,
    Failed,
}

/// How many refunds a payment may have.
const REFUNDS: usize = 3;

/// A refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GivenBack {
    pub minor: i64,
    pub status: Gone,
    /// The text of `metadata[request]`, of one that this Worker asked for.
    pub request: Option<Id>,
    /// This Worker made it by itself, as the duplicate of another payment.
    pub alone: bool,
}

/// The status of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Gone {
    /// It went out, or is on its way.
    Out,
    /// The payer's bank sent it back.
    Failed,
    /// It was canceled before it went out.
    Canceled,
}

/// How much the treasurer gives back in Stripe's dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Back {
    Part,
    All,
}

/// How far a dispute is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dispute {
    None,
    Open,
    Lost,
    /// At once, or by an appeal after it was lost.
    Won,
}

/// Whose session it is, as its metadata says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// This database's.
    Ours,
    /// Another database's on the same account, which has a charge of the same id.
    OtherInstallation,
    /// Nobody's: an old system made it.
    Nobody,
}

/// A Checkout Session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Checkout {
    pub owner: Owner,
    /// The text of `metadata[attempt]`.
    pub attempt: Id,
    pub charge: i64,
    pub amount: i64,
    pub created: u32,
    pub expires_at: u32,
    pub status: Status,
    /// It was completed by a bank debit.
    pub debit: bool,
    pub refunds: [Option<GivenBack>; REFUNDS],
    pub dispute: Dispute,
    /// All of its money was gone at some time.
    pub was_gone: bool,
    /// Some answer led a person there.
    pub handed: bool,
    /// Which of its events were delivered, a bit each.
    pub delivered: u16,
    /// When each of its events happened.
    pub when: [u32; Kind::ALL.len()],
}

/// The record that is kept under an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    key: Id,
    form: Id,
    at: u32,
    answer: Kept,
}

/// The answer that a key brings back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kept {
    Session(u8),
    SessionWithoutUrl(u8),
    ServerError,
    /// Of a session's payment.
    Refund(u8, u8),
    RefundRefused,
}

/// Stripe's side of the world.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Stripe {
    pub sessions: Vec<Checkout>,
    keys: Vec<Key>,
}

/// A create call as it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Create {
    pub key: Id,
    pub form: Id,
    pub attempt: Id,
    pub charge: i64,
    pub amount: i64,
    pub has_email: bool,
    pub expires_at: u32,
}

/// How a call can go wrong on Stripe's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mishap {
    /// A create: a 5xx before anything was done or remembered.
    Unsaved,
    /// A create: the session is made and remembered, and the answer on its way turns into a 5xx.
    Gateway,
    /// A create: a 5xx that the key remembers.
    Saved {
        /// There is a session behind it.
        made: bool,
        /// A retry has been told so already.
        replayed: bool,
    },
    /// A create: 200 with a session that has no URL, and the key remembers it.
    NoUrl,
    /// A create, with the payer's address: a 400 that names it.
    RefusesEmail,
    /// Any call: a 400.
    Refuses,
    /// Any call: 404, as a key of another account would get it.
    NotFound,
    /// Any call: 401.
    Unauthorized,
    /// Any call: an answer that makes no sense.
    InvalidResponse,
}

/// A refund call as it arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ask {
    pub key: Id,
    pub form: Id,
    pub request: Id,
    pub minor: i64,
    pub alone: bool,
}

/// The kinds of event about a session, its payment, and the refunds of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Completed,
    Succeeded,
    Failed,
    Expired,
    Refunded0,
    Refunded1,
    Refunded2,
    RefundEnded0,
    RefundEnded1,
    RefundEnded2,
    DisputeLost,
    DisputeWon,
}

impl Kind {
    pub const ALL: [Self; 12] = [
        Self::Completed,
        Self::Succeeded,
        Self::Failed,
        Self::Expired,
        Self::Refunded0,
        Self::Refunded1,
        Self::Refunded2,
        Self::RefundEnded0,
        Self::RefundEnded1,
        Self::RefundEnded2,
        Self::DisputeLost,
        Self::DisputeWon,
    ];

    const REFUNDED: [Self; REFUNDS] = [Self::Refunded0, Self::Refunded1, Self::Refunded2];
    const ENDED: [Self; REFUNDS] = [Self::RefundEnded0, Self::RefundEnded1, Self::RefundEnded2];

    const fn bit(self) -> u16 {
        1 << self as u16
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Completed => "checkout.session.completed",
            Self::Succeeded => "checkout.session.async_payment_succeeded",
            Self::Failed => "checkout.session.async_payment_failed",
            Self::Expired => "checkout.session.expired",
            Self::Refunded0 | Self::Refunded1 | Self::Refunded2 => "refund.created",
            Self::RefundEnded0 | Self::RefundEnded1 | Self::RefundEnded2 => "refund.updated",
            Self::DisputeLost | Self::DisputeWon => "charge.dispute.closed",
        }
    }
}

/// It has not happened.
const NEVER: u32 = u32::MAX;

impl Checkout {
    fn has(&self, kind: Kind) -> bool {
        self.when[kind as usize] != NEVER
    }

    fn happens(&mut self, kind: Kind, now: u32) {
        self.when[kind as usize] = now;
    }

    /// Everything that there is to tell about its money was delivered.
    pub fn payment_was_told(&self) -> bool {
        let is_about_money = |kind: &Kind| match kind {
            Kind::Completed => !self.debit,
            Kind::Failed | Kind::Expired => false,
            Kind::Succeeded
            | Kind::Refunded0
            | Kind::Refunded1
            | Kind::Refunded2
            | Kind::RefundEnded0
            | Kind::RefundEnded1
            | Kind::RefundEnded2
            | Kind::DisputeLost
            | Kind::DisputeWon => true,
        };
        let mut all = Kind::ALL.into_iter().filter(is_about_money);
        self.status == Status::Paid
            && all.all(|kind| !self.has(kind) || self.delivered & kind.bit() != 0)
    }

    /// Minor units that went back by refunds.
    pub fn refunded(&self) -> i64 {
        let out = self
            .refunds
            .iter()
            .flatten()
            .filter(|refund| refund.status == Gone::Out);
        out.map(|refund| refund.minor).sum()
    }

    /// Minor units that are not the club's any more: a dispute that was lost takes all of the payment.
    pub fn went_back(&self) -> i64 {
        let lost = if self.dispute == Dispute::Lost {
            self.amount
        } else {
            0
        };
        self.refunded() + lost
    }

    fn is_gone(&self) -> bool {
        self.went_back() >= self.amount
    }

    /// The money is the club's.
    pub fn is_kept(&self) -> bool {
        self.status == Status::Paid && !self.is_gone()
    }

    /// It was gone once, and is the club's again.
    pub fn is_back(&self) -> bool {
        self.is_kept() && self.was_gone
    }

    /// Stripe refuses to refund it (Stripe docs, "Refund and cancel payments": a disputed charge cannot be refunded).
    pub fn refuses_refund(&self) -> bool {
        matches!(self.dispute, Dispute::Open | Dispute::Lost)
    }

    /// How many refunds of a part are out that this Worker was asked for.
    pub fn parts_asked_for(&self) -> usize {
        let refunds = self.refunds.iter().flatten();
        refunds
            .filter(|it| it.request.is_some() && it.status == Gone::Out && it.minor == PART)
            .count()
    }

    /// A refund of it came to nothing.
    pub fn had_refund_that_ended(&self) -> bool {
        let mut refunds = self.refunds.iter().flatten();
        refunds.any(|refund| refund.status != Gone::Out)
    }
}

/// The id of the session of that number.
pub fn session_id(session: usize) -> SessionId {
    SessionId(format!("cs_test_{session}"))
}

/// The id of its payment.
pub fn payment_intent(session: usize) -> PaymentIntentId {
    PaymentIntentId(format!("pi_{session}"))
}

/// The number in an id.
pub fn number(id: &str) -> Option<usize> {
    id.rsplit('_').next().and_then(|digits| digits.parse().ok())
}

/// The place of a refund among those of its payment, from its id.
pub fn refund_number(id: &str) -> Option<usize> {
    id.split('_').nth(1).and_then(|digits| digits.parse().ok())
}

fn new_session(session: u8) -> NewSession {
    let id = session_id(usize::from(session));
    let url = Some(format!("https://checkout.stripe.com/c/pay/{id}"));
    NewSession { id, url }
}

fn without_url(session: u8) -> NewSession {
    let url = None;
    NewSession {
        url,
        ..new_session(session)
    }
}

/// The texts that a session holds by number, to be read.
pub trait Texts {
    fn text(&self, id: Id) -> String;
}

impl Stripe {
    /// The Stripe that an exploration begins with. `text` gives a text its number.
    pub fn new(beginning: Beginning, text: impl Fn(String) -> Id) -> Self {
        let mut stripe = Self::default();
        let mut session = Checkout {
            owner: Owner::Nobody,
            attempt: text(String::new()),
            charge: 1,
            amount: AMOUNT,
            created: 0,
            // An old system's sessions live for a day.
            expires_at: 24 * 60,
            status: Status::Open,
            debit: false,
            refunds: [None; REFUNDS],
            dispute: Dispute::None,
            was_gone: false,
            handed: true,
            delivered: 0,
            when: [NEVER; Kind::ALL.len()],
        };
        match beginning {
            Beginning::Fresh | Beginning::ImportedUnknown | Beginning::ImportedOtherMode => {}
            Beginning::Imported => stripe.sessions.push(session),
            Beginning::Clicked(charges) => {
                for charge in 1..=charges {
                    let attempt = text(format!("attempt-of-session-{}", charge - 1));
                    stripe.sessions.push(Checkout {
                        owner: Owner::Ours,
                        attempt,
                        charge,
                        expires_at: clock::LIFETIME,
                        ..session
                    });
                }
            }
            Beginning::Paid | Beginning::Refunded | Beginning::DisputeLost => {
                session.is_paid(0);
                if beginning == Beginning::Refunded {
                    session.gives_back(Back::All, 0);
                }
                if beginning == Beginning::DisputeLost {
                    session.dispute_moves(Dispute::Lost, 0);
                }
                let happened = Kind::ALL.into_iter().filter(|kind| session.has(*kind));
                session.delivered = happened.fold(0, |all, kind| all | kind.bit());
                stripe.sessions.push(session);
            }
            Beginning::TwicePaid(charges) => {
                session.status = Status::Paid;
                session.happens(Kind::Completed, 0);
                session.delivered = Kind::Completed.bit();
                for charge in 1..=charges {
                    let paid = Checkout { charge, ..session };
                    stripe.sessions.extend([paid, paid]);
                }
            }
        }
        stripe
    }

    /// Carries out a call at that minute.
    pub fn apply(
        &mut self,
        call: &Call,
        create: Option<Create>,
        ask: Option<Ask>,
        now: u32,
        validates_first: bool,
        texts: &impl Texts,
    ) -> Reply {
        match call {
            Call::Create { .. } => {
                let Some(create) = create else {
                    panic!("a create call without its parameters")
                };
                Reply::Created(self.create(create, now, validates_first))
            }
            Call::Retrieve(id) => Reply::Retrieved(self.retrieve(id, texts)),
            Call::Expire(id) => Reply::Done(self.expire(id, now)),
            Call::Refund { payment, .. } => {
                let Some(ask) = ask else {
                    panic!("a refund call without its parameters")
                };
                Reply::Refunded(self.refund(payment, ask, now, validates_first, texts))
            }
            Call::Refunds(id) => Reply::Refunds(self.refunds(id, texts)),
            Call::SessionOf(id) => {
                let session = number(&id.0).filter(|number| *number < self.sessions.len());
                Reply::SessionOf(Ok(session.map(|number| self.session(number, texts))))
            }
            Call::Events {
                since,
                until,
                after,
            } => Reply::Events(Ok(self.event_page(*since, *until, after.as_ref(), texts))),
            Call::Sessions {
                since,
                until,
                after,
            } => Reply::Sessions(Ok(self.session_page(*since, *until, after.as_ref(), texts))),
            Call::Batch(_) | Call::Answer(_) | Call::Sleep => panic!("not Stripe's: {call:?}"),
        }
    }

    fn key(&self, key: Id, form: Id) -> Option<Result<Kept, StripeError>> {
        let key = self.keys.iter().find(|known| known.key == key)?;
        Some(if key.form == form {
            Ok(key.answer)
        } else {
            Err(StripeError::IdempotencyMismatch)
        })
    }

    fn create(
        &mut self,
        create: Create,
        now: u32,
        validates_first: bool,
    ) -> Result<NewSession, StripeError> {
        let too_short = create.expires_at < now + SHORTEST_LIFE;
        let refused = || {
            Err(StripeError::Refused(Refusal {
                kind: "invalid_request_error".to_owned(),
                code: String::new(),
                param: "expires_at".to_owned(),
            }))
        };
        if validates_first && too_short {
            return refused();
        }
        match self.key(create.key, create.form) {
            Some(Ok(Kept::Refund(..) | Kept::RefundRefused)) => panic!("another call's key"),
            Some(Ok(Kept::Session(session))) => return Ok(new_session(session)),
            Some(Ok(Kept::SessionWithoutUrl(session))) => return Ok(without_url(session)),
            Some(Ok(Kept::ServerError)) => {
                return Err(StripeError::ServerError { replayed: true });
            }
            Some(Err(error)) => return Err(error),
            None => {}
        }
        if too_short {
            return refused();
        }
        let session = self.make(create, now);
        self.remember(create.key, create.form, Kept::Session(session), now);
        Ok(new_session(session))
    }

    fn make(&mut self, create: Create, now: u32) -> u8 {
        self.sessions.push(Checkout {
            owner: Owner::Ours,
            attempt: create.attempt,
            charge: create.charge,
            amount: create.amount,
            created: now,
            expires_at: create.expires_at,
            status: Status::Open,
            debit: false,
            refunds: [None; REFUNDS],
            dispute: Dispute::None,
            was_gone: false,
            handed: false,
            delivered: 0,
            when: [NEVER; Kind::ALL.len()],
        });
        u8::try_from(self.sessions.len() - 1).unwrap_or(u8::MAX)
    }

    fn remember(&mut self, key: Id, form: Id, answer: Kept, at: u32) {
        self.keys.push(Key {
            key,
            form,
            at,
            answer,
        });
    }

    /// Another database on the same account, with a charge of the same id, takes a payment for it.
    pub fn other_installation_is_paid(&mut self, attempt: Id, now: u32) {
        let create = Create {
            key: 0,
            form: 0,
            attempt,
            charge: 1,
            amount: AMOUNT,
            has_email: false,
            expires_at: now + 65,
        };
        let session = usize::from(self.make(create, now));
        let session = &mut self.sessions[session];
        session.owner = Owner::OtherInstallation;
        session.status = Status::Paid;
        session.happens(Kind::Completed, now);
    }

    /// A call that goes wrong; `None` if it cannot go wrong in that way.
    pub fn mishap(
        &mut self,
        call: &Call,
        create: Option<Create>,
        ask: Option<Ask>,
        mishap: Mishap,
        now: u32,
    ) -> Option<Reply> {
        if let (Call::Refund { payment, .. }, Some(ask)) = (call, ask)
            && let Some(answered) = self.refund_mishap(payment, ask, mishap, now)
        {
            return answered.and_then(|error| call.failed(error));
        }
        let is_new = create.is_some_and(|create| {
            self.key(create.key, create.form).is_none() && create.expires_at >= now + SHORTEST_LIFE
        });
        let error = match (mishap, create) {
            (Mishap::Unsaved, Some(_)) => StripeError::ServerError { replayed: false },
            (Mishap::Gateway, Some(create)) if is_new => {
                let session = self.make(create, now);
                self.remember(create.key, create.form, Kept::Session(session), now);
                StripeError::ServerError { replayed: false }
            }
            (Mishap::Saved { made, replayed }, Some(create)) if is_new => {
                if made {
                    self.make(create, now);
                }
                self.remember(create.key, create.form, Kept::ServerError, now);
                StripeError::ServerError { replayed }
            }
            (Mishap::NoUrl, Some(create)) if is_new => {
                let session = self.make(create, now);
                self.remember(
                    create.key,
                    create.form,
                    Kept::SessionWithoutUrl(session),
                    now,
                );
                return Some(Reply::Created(Ok(without_url(session))));
            }
            (Mishap::RefusesEmail, Some(create)) if create.has_email => {
                StripeError::Refused(Refusal {
                    kind: "invalid_request_error".to_owned(),
                    code: "email_invalid".to_owned(),
                    param: "customer_email".to_owned(),
                })
            }
            (Mishap::Refuses, _) if !matches!(call, Call::Expire(_)) => {
                StripeError::Refused(Refusal::default())
            }
            (Mishap::Refuses, _) => StripeError::NotOpen,
            (Mishap::NotFound, _) => StripeError::NotFound,
            (Mishap::Unauthorized, _) => StripeError::Unauthorized,
            (Mishap::InvalidResponse, _) => StripeError::InvalidResponse("not JSON".to_owned()),
            (
                Mishap::Unsaved
                | Mishap::Gateway
                | Mishap::Saved { .. }
                | Mishap::NoUrl
                | Mishap::RefusesEmail,
                _,
            ) => return None,
        };
        call.failed(error)
    }

    fn find(&mut self, id: &SessionId) -> Result<&mut Checkout, StripeError> {
        number(&id.0)
            .filter(|_| id.mode() == Some(Mode::Test))
            .and_then(|number| self.sessions.get_mut(number))
            .ok_or(StripeError::NotFound)
    }

    fn retrieve(&mut self, id: &SessionId, texts: &impl Texts) -> Result<Session, StripeError> {
        self.find(id)?;
        Ok(self.session(number(&id.0).unwrap_or_default(), texts))
    }

    fn expire(&mut self, id: &SessionId, now: u32) -> Result<(), StripeError> {
        let session = self.find(id)?;
        if session.status != Status::Open {
            return Err(StripeError::NotOpen);
        }
        session.status = Status::Expired;
        session.happens(Kind::Expired, now);
        Ok(())
    }

    fn paid(&mut self, id: &PaymentIntentId) -> Result<&mut Checkout, StripeError> {
        let number = number(&id.0).ok_or(StripeError::NotFound)?;
        self.sessions.get_mut(number).ok_or(StripeError::NotFound)
    }

    /// Makes a refund; its number among those of its payment. `None` if it is refused.
    fn make_refund(&mut self, session: usize, ask: Ask, now: u32) -> Option<u8> {
        let session = self.sessions.get_mut(session)?;
        let left = session.amount - session.refunded();
        if session.refuses_refund() || ask.minor > left {
            return None;
        }
        let number = session.refunds.iter().position(Option::is_none)?;
        session.give(number, ask.minor, Some(ask), now);
        u8::try_from(number).ok()
    }

    /// A refund call: its key brings the first answer back, which says how the refund was then.
    fn refund(
        &mut self,
        payment: &PaymentIntentId,
        ask: Ask,
        now: u32,
        validates_first: bool,
        texts: &impl Texts,
    ) -> Result<Refund, StripeError> {
        self.paid(payment)?;
        let session = number(&payment.0).unwrap_or_default();
        let refused = || Err(StripeError::Refused(Refusal::default()));
        if validates_first {
            let its = &self.sessions[session];
            if its.refuses_refund() || ask.minor > its.amount - its.refunded() {
                return refused();
            }
        }
        match self.key(ask.key, ask.form) {
            Some(Ok(Kept::Refund(session, refund))) => {
                let (session, refund) = (usize::from(session), usize::from(refund));
                let mut first = self.described(session, refund, texts);
                first.status = RefundStatus::Succeeded;
                return Ok(first);
            }
            Some(Ok(Kept::RefundRefused)) => return refused(),
            Some(Ok(Kept::ServerError)) => {
                return Err(StripeError::ServerError { replayed: true });
            }
            Some(Ok(Kept::Session(_) | Kept::SessionWithoutUrl(_))) => {
                panic!("another call's key")
            }
            Some(Err(error)) => return Err(error),
            None => {}
        }
        let made = self.make_refund(session, ask, now);
        let kept = made.map_or(Kept::RefundRefused, |refund| {
            Kept::Refund(u8::try_from(session).unwrap_or(u8::MAX), refund)
        });
        self.remember(ask.key, ask.form, kept, now);
        match made {
            Some(refund) => Ok(self.described(session, usize::from(refund), texts)),
            None => refused(),
        }
    }

    /// A refund call that goes wrong at Stripe; `None` if that is not about refunds, `Some(None)` if it cannot be.
    fn refund_mishap(
        &mut self,
        payment: &PaymentIntentId,
        ask: Ask,
        mishap: Mishap,
        now: u32,
    ) -> Option<Option<StripeError>> {
        let session = number(&payment.0).unwrap_or_default();
        let is_new = self.key(ask.key, ask.form).is_none();
        match mishap {
            Mishap::Unsaved => Some(Some(StripeError::ServerError { replayed: false })),
            Mishap::Gateway if is_new => {
                let kept = self
                    .make_refund(session, ask, now)
                    .map(|refund| Kept::Refund(u8::try_from(session).unwrap_or(u8::MAX), refund));
                self.remember(ask.key, ask.form, kept.unwrap_or(Kept::RefundRefused), now);
                Some(Some(StripeError::ServerError { replayed: false }))
            }
            Mishap::Saved { made, replayed } if is_new => {
                if made {
                    self.make_refund(session, ask, now);
                }
                self.remember(ask.key, ask.form, Kept::ServerError, now);
                Some(Some(StripeError::ServerError { replayed }))
            }
            Mishap::Gateway | Mishap::Saved { .. } | Mishap::NoUrl | Mishap::RefusesEmail => {
                Some(None)
            }
            Mishap::Refuses | Mishap::NotFound | Mishap::Unauthorized | Mishap::InvalidResponse => {
                None
            }
        }
    }

    /// Whether Stripe will answer a request for a refund with its own error for as long as it keeps the key.
    pub fn has_error_under(&self, key: Id) -> bool {
        let mut keys = self.keys.iter();
        keys.any(|known| known.key == key && known.answer == Kept::ServerError)
    }

    fn refunds(
        &mut self,
        id: &PaymentIntentId,
        texts: &impl Texts,
    ) -> Result<Vec<Refund>, StripeError> {
        self.paid(id)?;
        let session = number(&id.0).unwrap_or_default();
        let made = 0..self.sessions[session].refunds.iter().flatten().count();
        Ok(made
            .map(|refund| self.described(session, refund, texts))
            .collect())
    }

    fn described(&self, session: usize, refund: usize, texts: &impl Texts) -> Refund {
        let checkout = &self.sessions[session];
        let Some(given) = checkout.refunds[refund] else {
            panic!("no such refund")
        };
        let created = checkout.when[Kind::REFUNDED[refund] as usize];
        Refund {
            id: RefundId(format!("re_{refund}_{session}")),
            money: usd(given.minor),
            status: match given.status {
                Gone::Out => RefundStatus::Succeeded,
                Gone::Failed => RefundStatus::Failed,
                Gone::Canceled => RefundStatus::Canceled,
            },
            reason: RefundReason::Refund,
            created: UnixMillis(clock::millis(created)),
            request: given.request.map(|id| RequestId(texts.text(id))),
        }
    }

    fn state(&self, number: usize) -> SessionState {
        match self.sessions[number].status {
            Status::Open => SessionState::Open {
                url: new_session(u8::try_from(number).unwrap_or(u8::MAX)).url,
            },
            Status::Expired => SessionState::Expired,
            Status::Processing => SessionState::Processing(Waiting::Bank),
            Status::Failed => SessionState::Failed,
            Status::Paid => SessionState::Paid(self.payment(number, true)),
        }
    }

    fn payment(&self, number: usize, is_retrieved: bool) -> Payment {
        let session = self.sessions[number];
        Payment {
            session: session_id(number),
            payment_intent: Some(payment_intent(number)),
            money: Some(usd(session.amount)),
            at: None,
            details: is_retrieved.then(|| Details {
                receipt_url: None,
                has_refunds: session.refunded() > 0,
            }),
        }
    }

    fn session(&self, number: usize, texts: &impl Texts) -> Session {
        let session = self.sessions[number];
        Session {
            id: session_id(number),
            state: self.state(number),
            identity: self.identity(number, texts),
            money: Some(usd(session.amount)),
            created: UnixMillis(clock::millis(session.created)),
        }
    }

    fn identity(&self, number: usize, texts: &impl Texts) -> Option<Identity> {
        let session = self.sessions[number];
        let installation = match session.owner {
            Owner::Ours => INSTALLATION,
            Owner::OtherInstallation => "another-installation",
            Owner::Nobody => return None,
        };
        Some(Identity {
            installation: InstallationId(installation.to_owned()),
            attempt: Attempt(texts.text(session.attempt)),
            charge: ChargeName {
                player_id: session.charge.to_string(),
                kind: checkout_guard::domain::charge::Kind::FirstPayment,
                period: String::new(),
            },
        })
    }

    /// Time has come to that minute: sessions end, unless they may lag, and old keys are forgotten.
    pub fn pass(&mut self, now: u32, may_lag: bool) {
        for session in self.sessions.iter_mut().filter(|_| !may_lag) {
            if session.status == Status::Open && session.expires_at <= now {
                session.status = Status::Expired;
                session.happens(Kind::Expired, session.expires_at);
            }
        }
        self.keys.retain(|key| key.at + RETENTION > now);
    }

    /// Every key is forgotten.
    pub fn forget(&mut self) {
        self.keys.clear();
    }

    /// All events that there are.
    pub fn events(&self) -> Vec<(usize, Kind)> {
        let of = |(number, session): (usize, &Checkout)| {
            let session = *session;
            Kind::ALL
                .into_iter()
                .filter(move |kind| session.has(*kind))
                .map(move |kind| (number, kind))
        };
        self.sessions.iter().enumerate().flat_map(of).collect()
    }

    fn event_page(
        &self,
        since: UnixMillis,
        until: UnixMillis,
        after: Option<&EventId>,
        texts: &impl Texts,
    ) -> EventPage {
        let mut all: Vec<_> = self
            .events()
            .into_iter()
            .map(|(session, kind)| (self.sessions[session].when[kind as usize], session, kind))
            .filter(|(when, ..)| (since.0..=until.0).contains(&clock::millis(*when)))
            .collect();
        all.sort_by(|a, b| b.cmp(a));
        let mut rest: Vec<Event> = all
            .into_iter()
            .map(|(_, session, kind)| self.event(session, kind, texts))
            .collect();
        if let Some(after) = after {
            let at = rest.iter().position(|event| event.id == *after);
            rest.drain(..at.map_or(0, |at| at + 1));
        }
        let more = rest.len() > PAGE;
        rest.truncate(PAGE);
        EventPage { events: rest, more }
    }

    fn session_page(
        &self,
        since: UnixMillis,
        until: UnixMillis,
        after: Option<&SessionId>,
        texts: &impl Texts,
    ) -> SessionPage {
        let created = |number: &usize| clock::millis(self.sessions[*number].created);
        let mut rest: Vec<usize> = (0..self.sessions.len())
            .rev()
            .filter(|number| (since.0..=until.0).contains(&created(number)))
            .collect();
        if let Some(after) = after {
            let at = rest.iter().position(|number| session_id(*number) == *after);
            rest.drain(..at.map_or(0, |at| at + 1));
        }
        let more = rest.len() > PAGE;
        rest.truncate(PAGE);
        SessionPage {
            last: rest.last().map(|number| session_id(*number)),
            sessions: rest
                .iter()
                .map(|number| self.session(*number, texts))
                .collect(),
            more,
        }
    }

    /// The event that says what this session has come to is on its way.
    pub fn is_on_its_way(&self, number: usize) -> bool {
        let ends = [
            Kind::Completed,
            Kind::Succeeded,
            Kind::Failed,
            Kind::Expired,
        ];
        let session = &self.sessions[number];
        let mut told = ends.into_iter().filter(|kind| session.has(*kind));
        told.any(|kind| !self.was_delivered(number, kind))
    }

    /// An event about this session is on its way, or will be when a bank has answered.
    pub fn has_more_to_tell(&self, number: usize) -> bool {
        let undelivered = |(session, kind)| session == number && !self.was_delivered(session, kind);
        self.sessions[number].status == Status::Processing
            || self.events().into_iter().any(undelivered)
    }

    pub fn was_delivered(&self, session: usize, kind: Kind) -> bool {
        self.sessions[session].delivered & kind.bit() != 0
    }

    pub fn deliver(&mut self, session: usize, kind: Kind) {
        self.sessions[session].delivered |= kind.bit();
    }

    /// An event as it is delivered.
    pub fn event(&self, number: usize, kind: Kind, texts: &impl Texts) -> Event {
        let session = self.sessions[number];
        let of_session = |state| {
            About::Session(Session {
                state,
                ..self.session(number, texts)
            })
        };
        let refunds = |failed: Option<usize>| About::Refunds {
            payment_intent: payment_intent(number),
            failed: failed.map(|refund| (RefundId(format!("re_{refund}_{number}")), None)),
        };
        let ended = |refund: usize| {
            let given = session.refunds[refund].map(|given| given.status);
            refunds((given == Some(Gone::Failed)).then_some(refund))
        };
        let dispute = |end: DisputeEnd| About::Dispute {
            dispute: RefundId(format!("dp_{number}")),
            payment_intent: payment_intent(number),
            money: Some(usd(session.amount)),
            due_by: None,
            closed: Some(end),
        };
        let about = match kind {
            Kind::Completed if session.debit => of_session(SessionState::Processing(Waiting::Bank)),
            Kind::Completed | Kind::Succeeded => {
                of_session(SessionState::Paid(self.payment(number, false)))
            }
            Kind::Failed => of_session(SessionState::Failed),
            Kind::Expired => of_session(SessionState::Expired),
            Kind::Refunded0 | Kind::Refunded1 | Kind::Refunded2 => refunds(None),
            Kind::RefundEnded0 => ended(0),
            Kind::RefundEnded1 => ended(1),
            Kind::RefundEnded2 => ended(2),
            Kind::DisputeLost => dispute(DisputeEnd::Lost),
            Kind::DisputeWon => dispute(DisputeEnd::Kept("won".to_owned())),
        };
        Event {
            id: EventId(format!("evt_{}_{number}", kind as u8)),
            kind: kind.name().to_owned(),
            created: UnixMillis(clock::millis(session.when[kind as usize])),
            mode: Some(Mode::Test),
            about,
        }
    }
}

impl Checkout {
    /// Somebody pays by card.
    pub fn is_paid(&mut self, now: u32) {
        self.status = Status::Paid;
        self.happens(Kind::Completed, now);
    }

    /// Somebody starts a bank debit.
    pub fn is_debited(&mut self, now: u32) {
        self.status = Status::Processing;
        self.debit = true;
        self.happens(Kind::Completed, now);
    }

    /// The bank answers.
    pub fn bank_answers(&mut self, pays: bool, now: u32) {
        let (status, kind) = if pays {
            (Status::Paid, Kind::Succeeded)
        } else {
            (Status::Failed, Kind::Failed)
        };
        self.status = status;
        self.happens(kind, now);
    }

    /// It ends by itself.
    pub fn lapses(&mut self, now: u32) {
        self.status = Status::Expired;
        self.happens(Kind::Expired, now);
    }

    fn give(&mut self, number: usize, minor: i64, ask: Option<Ask>, now: u32) {
        self.refunds[number] = Some(GivenBack {
            minor,
            status: Gone::Out,
            request: ask.map(|ask| ask.request),
            alone: ask.is_some_and(|ask| ask.alone),
        });
        self.was_gone |= self.is_gone();
        self.happens(Kind::REFUNDED[number], now);
    }

    /// How much the treasurer can give back in Stripe's dashboard, if there is room for another refund.
    pub fn can_give(&self, back: Back) -> Option<i64> {
        let left = self.amount - self.refunded();
        let minor = match back {
            Back::Part => PART,
            Back::All => left,
        };
        let has_room = self.refunds.iter().any(Option::is_none);
        let is_possible = has_room && minor > 0 && minor <= left && !self.refuses_refund();
        is_possible.then_some(minor)
    }

    /// The treasurer does.
    pub fn gives_back(&mut self, back: Back, now: u32) {
        let number = self.refunds.iter().position(Option::is_none);
        if let (Some(minor), Some(number)) = (self.can_give(back), number) {
            self.give(number, minor, None, now);
        }
    }

    /// A refund comes to nothing: its money is the club's again.
    pub fn refund_ends(&mut self, number: usize, status: Gone, now: u32) {
        if let Some(refund) = &mut self.refunds[number] {
            refund.status = status;
            self.happens(Kind::ENDED[number], now);
        }
    }

    /// A dispute is opened, lost or won. Each time later than before: two of its events never have one second.
    pub fn dispute_moves(&mut self, to: Dispute, now: u32) {
        self.dispute = to;
        self.was_gone |= self.is_gone();
        match to {
            Dispute::None | Dispute::Open => {}
            Dispute::Lost => self.happens(Kind::DisputeLost, now),
            Dispute::Won => {
                let lost = self.when[Kind::DisputeLost as usize];
                let after = if lost == NEVER {
                    now
                } else {
                    now.max(lost + 1)
                };
                self.happens(Kind::DisputeWon, after);
            }
        }
    }
}

fn usd(minor: i64) -> Money {
    Money {
        minor,
        currency: Currency::USD,
    }
}
