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
    charge::Identity,
    error::{Refusal, StripeError},
    event::{About, Event, EventPage, SessionPage},
    id::{Attempt, ChargeId, EventId, InstallationId, Mode, PaymentIntentId, RefundId, SessionId},
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

/// What a session has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Open,
    Expired,
    Paid,
    Processing,
    Failed,
}

/// What went back of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Returned {
    Nothing,
    /// A part.
    Part,
    /// All of it, in one refund or after a part.
    All,
    /// All of it was on its way, and the bank sent it back.
    Failed,
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
    pub returned: Returned,
    /// A part went back before.
    pub had_part: bool,
    /// Stripe refuses to refund it: it is disputed.
    pub refuses_refund: bool,
    /// Some answer led a person there.
    pub handed: bool,
    /// Which of its events were delivered, a bit each.
    pub delivered: u8,
    /// When each of its events happened.
    pub when: [u32; Kind::ALL.len()],
}

/// What is remembered under an idempotency key.
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

/// The kinds of event about a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Completed,
    Succeeded,
    Failed,
    Expired,
    PartReturned,
    AllReturned,
    RefundFailed,
}

impl Kind {
    pub const ALL: [Self; 7] = [
        Self::Completed,
        Self::Succeeded,
        Self::Failed,
        Self::Expired,
        Self::PartReturned,
        Self::AllReturned,
        Self::RefundFailed,
    ];

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Completed => "checkout.session.completed",
            Self::Succeeded => "checkout.session.async_payment_succeeded",
            Self::Failed => "checkout.session.async_payment_failed",
            Self::Expired => "checkout.session.expired",
            Self::PartReturned | Self::AllReturned => "charge.refunded",
            Self::RefundFailed => "refund.failed",
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

    /// The event that says that the money was taken was delivered.
    pub fn payment_was_told(&self) -> bool {
        let kind = if self.debit {
            Kind::Succeeded
        } else {
            Kind::Completed
        };
        let was_told = |kind: Kind| self.delivered & kind.bit() != 0;
        // A refund that failed makes a payment the club's again.
        let is_back = self.returned != Returned::Failed || was_told(Kind::RefundFailed);
        self.status == Status::Paid && was_told(kind) && is_back
    }

    /// The money is the club's.
    pub fn is_kept(&self) -> bool {
        self.status == Status::Paid && self.returned != Returned::All
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

/// What is read of texts that a session holds by number.
pub trait Texts {
    fn text(&self, id: Id) -> String;
}

impl Stripe {
    /// What an exploration begins with.
    pub fn new(beginning: Beginning, nothing: Id) -> Self {
        let mut stripe = Self::default();
        let mut session = Checkout {
            owner: Owner::Nobody,
            attempt: nothing,
            charge: 1,
            amount: AMOUNT,
            created: 0,
            // An old system's sessions live for a day.
            expires_at: 24 * 60,
            status: Status::Open,
            debit: false,
            returned: Returned::Nothing,
            had_part: false,
            refuses_refund: false,
            handed: true,
            delivered: 0,
            when: [NEVER; Kind::ALL.len()],
        };
        match beginning {
            Beginning::Fresh | Beginning::ImportedUnknown | Beginning::ImportedOtherMode => {}
            Beginning::Imported => stripe.sessions.push(session),
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
            Call::Refund(id) => Reply::Done(self.refund(id, now)),
            Call::Refunds(id) => Reply::Refunds(self.refunds(id)),
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

    fn key(&self, create: Create) -> Option<Result<Kept, StripeError>> {
        let key = self.keys.iter().find(|key| key.key == create.key)?;
        Some(if key.form == create.form {
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
        match self.key(create) {
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
        self.remember(create, Kept::Session(session), now);
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
            returned: Returned::Nothing,
            had_part: false,
            refuses_refund: false,
            handed: false,
            delivered: 0,
            when: [NEVER; Kind::ALL.len()],
        });
        u8::try_from(self.sessions.len() - 1).unwrap_or(u8::MAX)
    }

    fn remember(&mut self, Create { key, form, .. }: Create, answer: Kept, at: u32) {
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
        mishap: Mishap,
        now: u32,
    ) -> Option<Reply> {
        let is_new = create.is_some_and(|create| {
            self.key(create).is_none() && create.expires_at >= now + SHORTEST_LIFE
        });
        let error = match (mishap, create) {
            (Mishap::Unsaved, Some(_)) => StripeError::ServerError { replayed: false },
            (Mishap::Gateway, Some(create)) if is_new => {
                let session = self.make(create, now);
                self.remember(create, Kept::Session(session), now);
                StripeError::ServerError { replayed: false }
            }
            (Mishap::Saved { made, replayed }, Some(create)) if is_new => {
                if made {
                    self.make(create, now);
                }
                self.remember(create, Kept::ServerError, now);
                StripeError::ServerError { replayed }
            }
            (Mishap::NoUrl, Some(create)) if is_new => {
                let session = self.make(create, now);
                self.remember(create, Kept::SessionWithoutUrl(session), now);
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

    fn refund(&mut self, id: &PaymentIntentId, now: u32) -> Result<(), StripeError> {
        let session = self.paid(id)?;
        if session.refuses_refund {
            return Err(StripeError::Refused(Refusal::default()));
        }
        session.gives_back(Returned::All, now);
        Ok(())
    }

    fn refunds(&mut self, id: &PaymentIntentId) -> Result<Vec<Refund>, StripeError> {
        let number = number(&id.0).unwrap_or_default();
        let session = *self.paid(id)?;
        let refund = |name: &str, minor, status| Refund {
            id: RefundId(format!("re_{name}_{number}")),
            money: usd(minor),
            status,
            reason: RefundReason::Refund,
        };
        let part = session
            .had_part
            .then(|| refund("part", PART, RefundStatus::Succeeded));
        let rest = session.amount - if session.had_part { PART } else { 0 };
        let all = match session.returned {
            Returned::Nothing | Returned::Part => None,
            Returned::All => Some(refund("all", rest, RefundStatus::Succeeded)),
            Returned::Failed => Some(refund("all", rest, RefundStatus::Failed)),
        };
        Ok(part.into_iter().chain(all).collect())
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
                has_refunds: session.had_part || session.returned == Returned::All,
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
            charge: ChargeId(session.charge),
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
        let refunds = |failed: bool| About::Refunds {
            payment_intent: payment_intent(number),
            failed: failed.then(|| (RefundId(format!("re_all_{number}")), None)),
        };
        let about = match kind {
            Kind::Completed if session.debit => of_session(SessionState::Processing(Waiting::Bank)),
            Kind::Completed | Kind::Succeeded => {
                of_session(SessionState::Paid(self.payment(number, false)))
            }
            Kind::Failed => of_session(SessionState::Failed),
            Kind::Expired => of_session(SessionState::Expired),
            Kind::PartReturned | Kind::AllReturned => refunds(false),
            Kind::RefundFailed => refunds(true),
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

    /// Money goes back, or a refund fails.
    pub fn gives_back(&mut self, returned: Returned, now: u32) {
        match (self.returned, returned) {
            (Returned::Nothing, Returned::Part) => {
                self.had_part = true;
                self.happens(Kind::PartReturned, now);
            }
            (Returned::Nothing | Returned::Part, Returned::All) => {
                self.happens(Kind::AllReturned, now);
            }
            (Returned::All, Returned::Failed) => self.happens(Kind::RefundFailed, now),
            _ => return,
        }
        self.returned = returned;
    }
}

fn usd(minor: i64) -> Money {
    Money {
        minor,
        currency: Currency::USD,
    }
}
