//! Stripe, as far as its documents promise anything: sessions that open, complete and expire,
//! idempotency keys that bring the first answer back, events about what happened.
//!
//! A session completes with the money, or with a bank debit that settles or fails later. A key keeps
//! the first answer, a 5xx too, for 24 hours and refuses other parameters meanwhile. Events are not
//! kept as a list: which ones there are follows from what a session has been through.

use checkout_guard::{
    order::{ChargeId, Currency, EventId, Money, OrderId, PaymentIntentId, SessionId},
    ports::{EventPage, OpenSession, Payment, Session, SessionState, StripeFault},
    webhook::event::{About, AboutSession, Event},
};

use crate::{
    books::CHARGE,
    clock::{RETENTION, SHORTEST_LIFE},
    intern::Id,
    task::{Call, Reply},
};

/// What a session has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Open,
    Expired,
    Paid,
    Clearing,
    Failed,
}

/// A Checkout Session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Checkout {
    pub order: i64,
    pub amount: i64,
    pub expires_at: u32,
    pub status: Status,
    /// It was completed by a bank debit.
    pub debit: bool,
    /// Its money went back.
    pub refunded: bool,
    /// Some answer led a person there.
    pub handed: bool,
    /// Which of its events were delivered, a bit each.
    pub delivered: u8,
}

/// What is remembered under an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    key: Id,
    form: Id,
    at: u32,
    /// The session made, or `None` for a 5xx.
    answer: Option<u8>,
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
    pub order: i64,
    pub amount: i64,
    pub expires_at: u32,
}

/// How a create call can go wrong on Stripe's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mishap {
    /// A 5xx before anything was done or remembered.
    Unsaved,
    /// The session is made and remembered, and the answer on its way turns into a 5xx.
    Gateway,
    /// A 5xx that the key remembers.
    Saved {
        /// There is a session behind it.
        made: bool,
        /// A retry has been told so already.
        replayed: bool,
    },
}

/// The kinds of event about a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Completed,
    Succeeded,
    Failed,
    Expired,
    Refunded,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::Completed,
        Self::Succeeded,
        Self::Failed,
        Self::Expired,
        Self::Refunded,
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
            Self::Refunded => "charge.refunded",
        }
    }
}

impl Checkout {
    fn has(&self, kind: Kind) -> bool {
        match kind {
            Kind::Completed => {
                matches!(
                    self.status,
                    Status::Paid | Status::Clearing | Status::Failed
                )
            }
            Kind::Succeeded => self.debit && self.status == Status::Paid,
            Kind::Failed => self.status == Status::Failed,
            Kind::Expired => self.status == Status::Expired,
            Kind::Refunded => self.refunded,
        }
    }

    /// The event that says that the money was taken was delivered.
    pub fn payment_was_told(&self) -> bool {
        let kind = if self.debit {
            Kind::Succeeded
        } else {
            Kind::Completed
        };
        self.status == Status::Paid && self.delivered & kind.bit() != 0
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

fn open_session(session: u8) -> OpenSession {
    let id = session_id(usize::from(session));
    let url = format!("https://checkout.stripe.com/c/pay/{id}");
    OpenSession { id, url }
}

impl Stripe {
    /// Carries out a call at that minute.
    pub fn apply(&mut self, call: &Call, create: Option<Create>, now: u32) -> Reply {
        match call {
            Call::Create { .. } => {
                let Some(create) = create else {
                    panic!("a create call without its parameters")
                };
                Reply::Created(self.create(create, now))
            }
            Call::Retrieve(id) => Reply::Retrieved(self.retrieve(id)),
            Call::Expire(id) => Reply::Done(self.expire(id)),
            Call::Refund(id) => Reply::Done(self.refund(id)),
            Call::Undelivered => Reply::Events(Ok(EventPage {
                events: self
                    .events()
                    .into_iter()
                    .filter(|(session, kind)| !self.was_delivered(*session, *kind))
                    .map(|(session, kind)| self.event(session, kind))
                    .rev()
                    .collect(),
                more: false,
            })),
            Call::Batch(_) | Call::Answer(_) => panic!("not Stripe's: {call:?}"),
        }
    }

    fn key(&self, create: Create) -> Option<Result<Option<u8>, StripeFault>> {
        let key = self.keys.iter().find(|key| key.key == create.key)?;
        Some(if key.form == create.form {
            Ok(key.answer)
        } else {
            Err(StripeFault::KeyReused)
        })
    }

    fn create(&mut self, create: Create, now: u32) -> Result<OpenSession, StripeFault> {
        match self.key(create) {
            Some(Ok(Some(session))) => return Ok(open_session(session)),
            Some(Ok(None)) => return Err(StripeFault::ServerError { replayed: true }),
            Some(Err(fault)) => return Err(fault),
            None => {}
        }
        if create.expires_at < now + SHORTEST_LIFE {
            return Err(StripeFault::Refused("expires_at".to_owned()));
        }
        let session = self.make(create);
        self.remember(create, Some(session), now);
        Ok(open_session(session))
    }

    fn make(&mut self, create: Create) -> u8 {
        self.sessions.push(Checkout {
            order: create.order,
            amount: create.amount,
            expires_at: create.expires_at,
            status: Status::Open,
            debit: false,
            refunded: false,
            handed: false,
            delivered: 0,
        });
        u8::try_from(self.sessions.len() - 1).unwrap_or(u8::MAX)
    }

    fn remember(&mut self, Create { key, form, .. }: Create, answer: Option<u8>, at: u32) {
        self.keys.push(Key {
            key,
            form,
            at,
            answer,
        });
    }

    /// A create call that goes wrong; `None` where it cannot go wrong in that way.
    pub fn mishap(&mut self, create: Create, mishap: Mishap, now: u32) -> Option<StripeFault> {
        let is_new = self.key(create).is_none() && create.expires_at >= now + SHORTEST_LIFE;
        match mishap {
            Mishap::Unsaved => Some(StripeFault::ServerError { replayed: false }),
            Mishap::Gateway if is_new => {
                let session = self.make(create);
                self.remember(create, Some(session), now);
                Some(StripeFault::ServerError { replayed: false })
            }
            Mishap::Saved { made, replayed } if is_new => {
                if made {
                    self.make(create);
                }
                self.remember(create, None, now);
                Some(StripeFault::ServerError { replayed })
            }
            Mishap::Gateway | Mishap::Saved { .. } => None,
        }
    }

    fn find(&mut self, id: &SessionId) -> Result<&mut Checkout, StripeFault> {
        number(&id.0)
            .and_then(|number| self.sessions.get_mut(number))
            .ok_or(StripeFault::Unknown)
    }

    fn retrieve(&mut self, id: &SessionId) -> Result<Session, StripeFault> {
        self.find(id)?;
        let number = number(&id.0).unwrap_or_default();
        let id = id.clone();
        let state = self.state(number);
        Ok(Session { id, state })
    }

    fn expire(&mut self, id: &SessionId) -> Result<(), StripeFault> {
        let session = self.find(id)?;
        if session.status != Status::Open {
            return Err(StripeFault::NotOpen);
        }
        session.status = Status::Expired;
        Ok(())
    }

    fn refund(&mut self, id: &PaymentIntentId) -> Result<(), StripeFault> {
        let number = number(&id.0).ok_or(StripeFault::Unknown)?;
        let session = self.sessions.get_mut(number).ok_or(StripeFault::Unknown)?;
        session.refunded = true;
        Ok(())
    }

    fn state(&self, number: usize) -> SessionState {
        match self.sessions[number].status {
            Status::Open => SessionState::Open,
            Status::Expired => SessionState::Expired,
            Status::Clearing => SessionState::Clearing,
            Status::Failed => SessionState::Failed,
            Status::Paid => SessionState::Paid(self.payment(number)),
        }
    }

    fn payment(&self, number: usize) -> Payment {
        Payment {
            session: session_id(number),
            payment_intent: Some(payment_intent(number)),
            money: Some(Money {
                minor: self.sessions[number].amount,
                currency: Currency::USD,
            }),
            receipt_url: None,
        }
    }

    /// Time has come to that minute: sessions end, unless they may lag, and old keys are forgotten.
    pub fn pass(&mut self, now: u32, may_lag: bool) {
        for session in self.sessions.iter_mut().filter(|_| !may_lag) {
            if session.status == Status::Open && session.expires_at <= now {
                session.status = Status::Expired;
            }
        }
        self.keys.retain(|key| key.at + RETENTION > now);
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

    /// An event about this session is on its way, or will be when a bank has answered.
    pub fn has_more_to_tell(&self, number: usize) -> bool {
        let undelivered = |(session, kind)| session == number && !self.was_delivered(session, kind);
        self.sessions[number].status == Status::Clearing
            || self.events().into_iter().any(undelivered)
    }

    pub fn was_delivered(&self, session: usize, kind: Kind) -> bool {
        self.sessions[session].delivered & kind.bit() != 0
    }

    pub fn deliver(&mut self, session: usize, kind: Kind) {
        self.sessions[session].delivered |= kind.bit();
    }

    /// An event as it is delivered.
    pub fn event(&self, number: usize, kind: Kind) -> Event {
        let session = self.sessions[number];
        let named = Some((OrderId(session.order), ChargeId(CHARGE)));
        let state = match kind {
            Kind::Completed if session.debit => SessionState::Clearing,
            Kind::Completed | Kind::Succeeded => SessionState::Paid(self.payment(number)),
            Kind::Failed => SessionState::Failed,
            Kind::Expired | Kind::Refunded => SessionState::Expired,
        };
        let about = if kind == Kind::Refunded {
            About::PaidBack {
                payment_intent: payment_intent(number),
                named,
                minor: session.amount,
            }
        } else {
            let id = session_id(number);
            About::Session(AboutSession { id, named, state })
        };
        Event {
            id: EventId(format!("evt_{}_{number}", kind as u8)),
            kind: kind.name().to_owned(),
            about,
        }
    }
}
