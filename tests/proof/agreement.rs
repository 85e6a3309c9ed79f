//! The two models of Stripe held against each other: the one that is explored, and the fake that the tests and
//! `make dev` run against. A generated sequence of calls and of what payers and banks do is carried out by
//! both, and whatever the shipped code reads of the answers must be the same.

use std::collections::BTreeSet;

use checkout_guard::{
    domain::{
        charge::{ChargeName, Kind, Owed},
        error::{Refusal, StripeError},
        event::{About, Event},
        id::{
            Attempt, ChargeId, EventId, InstallationId, OrderId, PaymentIntentId, RequestId,
            SessionId,
        },
        money::{Currency, Money},
        order::{Order, OrderState, Origin, Terms},
        payment::{NewSession, RefundRequest, SessionState},
        time::{Millis, UnixMillis},
    },
    ports,
    stripe::{Answer, NoAnswer, Request, Transport, form, object},
};
use proptest::prelude::*;

use crate::{
    clock,
    database::{AMOUNT, INSTALLATION},
    intern::Interner,
    probe::ready,
    stripe::{self as model, Ask, Back, Create, Gone, PART, Status},
    task::{Call, Reply},
};

/// One thing that happens.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A create call of one of a few attempts, perhaps with another amount than before.
    Create {
        attempt: u8,
        changed: bool,
    },
    Expire(usize),
    Retrieve(usize),
    Pay(usize),
    Debit(usize),
    Bank(usize, bool),
    GiveBack(usize, Back),
    /// One of a payment's refunds comes to nothing.
    RefundEnds(usize, usize, Gone),
    /// This Worker's own refund, by one of a few requests.
    Refund(usize, u8),
    Refunds(usize),
    SessionOf(usize),
    Lists,
    Pass(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let session = 0..4_usize;
    prop_oneof![
        4 => (0..3_u8, prop::bool::weighted(0.1))
            .prop_map(|(attempt, changed)| Step::Create { attempt, changed }),
        1 => session.clone().prop_map(Step::Expire),
        1 => session.clone().prop_map(Step::Retrieve),
        3 => session.clone().prop_map(Step::Pay),
        2 => session.clone().prop_map(Step::Debit),
        2 => (session.clone(), any::<bool>()).prop_map(|(session, pays)| Step::Bank(session, pays)),
        2 => (session.clone(), any::<bool>()).prop_map(|(session, all)| {
            Step::GiveBack(session, if all { Back::All } else { Back::Part })
        }),
        2 => (session.clone(), 0..3_usize, any::<bool>()).prop_map(|(session, refund, fails)| {
            Step::RefundEnds(session, refund, if fails { Gone::Failed } else { Gone::Canceled })
        }),
        3 => (session.clone(), 0..4_u8).prop_map(|(session, request)| Step::Refund(session, request)),
        1 => session.clone().prop_map(Step::Refunds),
        1 => session.prop_map(Step::SessionOf),
        1 => Just(Step::Lists),
        2 => prop::sample::select(vec![10, 30, 36, 66, 24 * 60]).prop_map(Step::Pass),
    ]
}

/// The fake, as the shipped client sees it.
struct Fake {
    stripe: std::cell::RefCell<fake_stripe::Stripe>,
    now: std::cell::Cell<i64>,
}

impl Transport for Fake {
    async fn send(&self, request: &Request, _: Millis) -> Result<Answer, NoAnswer> {
        let method = if request.form.is_some() {
            "POST"
        } else {
            "GET"
        };
        let mut outgoing = fake_stripe::Request::new(method, &request.path)
            .with_header("authorization", "Bearer sk_test_1")
            .with_header("stripe-version", checkout_guard::stripe::API_VERSION);
        if let Some(key) = &request.idempotency_key {
            outgoing = outgoing.with_header("idempotency-key", key);
        }
        if let Some(form) = &request.form {
            outgoing = outgoing.with_form(form.as_bytes());
        }
        let response = self.stripe.borrow_mut().handle(&outgoing, self.now.get());
        Ok(Answer {
            status: response.status,
            should_retry: Some(false),
            replayed: response.header("idempotent-replayed") == Some("true"),
            body: String::from_utf8_lossy(&response.body).into_owned(),
        })
    }

    async fn pause(&self, _: Millis) {}

    fn time_left(&self) -> Millis {
        Millis::seconds(12)
    }

    fn random_below(&self, _: u32) -> u32 {
        0
    }
}

/// Both, side by side.
struct Pair {
    fake: Fake,
    model: model::Stripe,
    texts: Interner<String>,
    now: u32,
    validates_first: bool,
    /// The fake's ids of sessions, in the model's order.
    ids: Vec<SessionId>,
    /// The fake's ids of the refunds of each session's payment, in the model's order.
    refunds: Vec<Vec<String>>,
    /// The requests that were refused: whether that is saved under their keys is not documented.
    refused: BTreeSet<u8>,
    /// When each attempt was claimed.
    claimed: [Option<u32>; 3],
}

impl Pair {
    fn new(validates_first: bool) -> Self {
        let config = fake_stripe::Config {
            validates_before_key: validates_first,
            ..Default::default()
        };
        Self {
            fake: Fake {
                stripe: fake_stripe::Stripe::new(config).into(),
                now: clock::millis(0).into(),
            },
            model: model::Stripe::default(),
            texts: Interner::new(),
            now: 0,
            validates_first,
            ids: Vec::new(),
            refunds: Vec::new(),
            refused: BTreeSet::new(),
            claimed: [None; 3],
        }
    }

    fn number(&self, id: &SessionId) -> usize {
        let at = self.ids.iter().position(|known| known == id);
        at.unwrap_or_else(|| panic!("{id} is unknown"))
    }

    fn intent(&self, session: usize) -> Option<PaymentIntentId> {
        let stripe = self.fake.stripe.borrow();
        let intent = stripe.session_intent(&self.ids[session].0).ok()?;
        Some(PaymentIntentId(intent.id.to_string()))
    }

    fn ask_model(&mut self, call: &Call, create: Option<Create>) -> Reply {
        let (now, validates_first) = (self.now, self.validates_first);
        self.model
            .apply(call, create, None, now, validates_first, &self.texts)
    }

    fn status(&self, session: usize) -> Option<Status> {
        self.model.sessions.get(session).map(|it| it.status)
    }

    fn carry_out(&mut self, step: Step) {
        match step {
            Step::Create { attempt, changed } => self.create(attempt, changed),
            Step::Pass(minutes) => {
                self.now += minutes;
                self.model.pass(self.now, false);
                self.fake.now.set(clock::millis(self.now));
                self.fake.stripe.borrow_mut().tick(clock::millis(self.now));
            }
            Step::Lists => self.lists(),
            Step::Expire(session) if session < self.ids.len() => {
                let theirs = ready(ports::Stripe::expire(&self.fake, &self.ids[session]));
                let call = Call::Expire(model::session_id(session));
                let Reply::Done(ours) = self.ask_model(&call, None) else {
                    panic!("expire")
                };
                assert_eq!(kind(&theirs), kind(&ours), "{step:?}");
            }
            Step::Retrieve(session) if session < self.ids.len() => self.retrieve(session),
            Step::Pay(session) if self.status(session) == Some(Status::Open) => {
                let mut stripe = self.fake.stripe.borrow_mut();
                let paid = stripe.pay(&self.ids[session].0, clock::millis(self.now));
                assert!(paid.is_ok(), "{paid:?}");
                self.model.sessions[session].is_paid(self.now);
            }
            Step::Debit(session) if self.status(session) == Some(Status::Open) => {
                let mut stripe = self.fake.stripe.borrow_mut();
                let debit = stripe.pay_by_debit(&self.ids[session].0, clock::millis(self.now));
                assert!(debit.is_ok(), "{debit:?}");
                self.model.sessions[session].is_debited(self.now);
            }
            Step::Bank(session, pays) if self.status(session) == Some(Status::Processing) => {
                let mut stripe = self.fake.stripe.borrow_mut();
                let at = clock::millis(self.now);
                let answered = stripe.resolve_async_payment(&self.ids[session].0, pays, at);
                assert!(answered.is_ok(), "{answered:?}");
                self.model.sessions[session].bank_answers(pays, self.now);
            }
            Step::GiveBack(session, back) if self.status(session) == Some(Status::Paid) => {
                self.give_back(session, back);
            }
            Step::RefundEnds(session, refund, how)
                if self.status(session) == Some(Status::Paid) =>
            {
                self.refund_ends(session, refund, how);
            }
            Step::Refund(session, request)
                if self.status(session) == Some(Status::Paid)
                    && !self.refused.contains(&request) =>
            {
                self.refund(session, request);
            }
            Step::Refunds(session) if self.status(session) == Some(Status::Paid) => {
                self.sums(session);
            }
            Step::SessionOf(session) if self.status(session) == Some(Status::Paid) => {
                let Some(intent) = self.intent(session) else {
                    panic!("a payment without its intent")
                };
                let theirs = ready(ports::Stripe::session_of(&self.fake, &intent));
                let found = theirs.ok().flatten().map(|found| self.number(&found.id));
                assert_eq!(found, Some(session));
            }
            // Nothing to do it with.
            Step::Expire(_)
            | Step::Retrieve(_)
            | Step::Pay(_)
            | Step::Debit(_)
            | Step::Bank(..)
            | Step::GiveBack(..)
            | Step::RefundEnds(..)
            | Step::Refund(..)
            | Step::Refunds(_)
            | Step::SessionOf(_) => {}
        }
    }

    fn create(&mut self, attempt: u8, changed: bool) {
        let claimed = *self.claimed[usize::from(attempt)].get_or_insert(self.now);
        let order = order(attempt, changed, claimed);
        let key = format!("checkout_{}", order.attempt);
        let form = form::create_session(&order);
        let theirs = ready(create(&self.fake, key.clone(), form.clone()));
        let create = Create {
            key: self.texts.id(key),
            form: self.texts.id(form),
            attempt: self.texts.id(order.attempt.0.clone()),
            charge: order.charge.0,
            amount: order.money.minor,
            has_email: false,
            expires_at: claimed + clock::LIFETIME,
        };
        let call = Call::Create {
            key: String::new(),
            form: String::new(),
        };
        let Reply::Created(ours) = self.ask_model(&call, Some(create)) else {
            panic!("create")
        };
        assert_eq!(kind(&theirs), kind(&ours), "a create call");
        if let (Ok(theirs), Ok(ours)) = (theirs, ours) {
            let number = model::number(&ours.id.0).unwrap_or_default();
            if number == self.ids.len() {
                self.ids.push(theirs.id.clone());
                self.refunds.push(Vec::new());
            }
            assert_eq!(self.number(&theirs.id), number);
            assert!(theirs.url.is_some() && ours.url.is_some());
        }
    }

    fn retrieve(&mut self, session: usize) {
        let theirs = ready(ports::Stripe::retrieve(&self.fake, &self.ids[session]));
        let call = Call::Retrieve(model::session_id(session));
        let Reply::Retrieved(ours) = self.ask_model(&call, None) else {
            panic!("retrieve")
        };
        let (Ok(theirs), Ok(ours)) = (theirs, ours) else {
            panic!("a session that was created can be retrieved")
        };
        assert_eq!(said(&theirs.state), said(&ours.state));
        assert_eq!((theirs.identity, theirs.money), (ours.identity, ours.money));
        assert_eq!(theirs.created, ours.created);
    }

    fn intent_of(&self, session: usize) -> PaymentIntentId {
        let intent = self.intent(session);
        intent.unwrap_or_else(|| panic!("a payment without its intent"))
    }

    fn give_back(&mut self, session: usize, back: Back) {
        let Some(minor) = self.model.sessions[session].can_give(back) else {
            return;
        };
        let (intent, at) = (self.intent_of(session), clock::millis(self.now));
        let mut stripe = self.fake.stripe.borrow_mut();
        let part = (back == Back::Part).then_some(minor);
        // A refund of a card is done at once, and then nobody can cancel it.
        stripe.set_next_refund(fake_stripe::RefundStatus::Pending);
        let refund = stripe.refund(&intent.0, part, at);
        let id = refund.map(|id| id.to_string());
        self.refunds[session].push(id.unwrap_or_else(|error| panic!("{error:?}")));
        self.model.sessions[session].gives_back(back, self.now);
    }

    fn refund_ends(&mut self, session: usize, refund: usize, how: Gone) {
        let given = self.model.sessions[session].refunds.get(refund).copied();
        let Some(id) = given
            .flatten()
            .filter(|given| given.status == Gone::Out)
            .and_then(|_| self.refunds[session].get(refund))
        else {
            return;
        };
        let at = clock::millis(self.now);
        let mut stripe = self.fake.stripe.borrow_mut();
        let ended = match how {
            Gone::Failed => stripe.fail_refund(id, at),
            Gone::Canceled => stripe.cancel_refund(id, at),
            Gone::Out => return,
        };
        if ended.is_ok() {
            self.model.sessions[session].refund_ends(refund, how, self.now);
        }
    }

    fn refund(&mut self, session: usize, number: u8) {
        let has_room = self.model.sessions[session].refunds.contains(&None);
        if !has_room {
            return;
        }
        let request = RefundRequest {
            id: RequestId(format!("{number:032x}")),
            order: OrderId(1),
            payment: self.intent_of(session),
            money: Money {
                minor: if number.is_multiple_of(2) {
                    PART
                } else {
                    AMOUNT
                },
                currency: Currency::USD,
            },
            actor: "treasurer".to_owned(),
            at: UnixMillis(0),
        };
        let theirs = ready(ports::Stripe::refund(&self.fake, &request));
        let (key, form) = (request.idempotency_key(), form::refund(&request));
        let ask = Ask {
            key: self.texts.id(key.clone()),
            form: self.texts.id(form.clone()),
            request: self.texts.id(request.id.0.clone()),
            minor: request.money.minor,
            alone: false,
        };
        let payment = model::payment_intent(session);
        let call = Call::Refund { payment, key, form };
        let (now, validates_first) = (self.now, self.validates_first);
        let reply = self
            .model
            .apply(&call, None, Some(ask), now, validates_first, &self.texts);
        let Reply::Refunded(ours) = reply else {
            panic!("refund")
        };
        assert_eq!(kind(&theirs), kind(&ours));
        if matches!(theirs, Err(StripeError::Refused(_))) {
            self.refused.insert(number);
        }
        if let (Ok(theirs), Ok(ours)) = (theirs, ours) {
            assert_eq!((theirs.money, &theirs.request), (ours.money, &ours.request));
            assert_eq!(theirs.status.counts(), ours.status.counts());
            let place = model::refund_number(&ours.id.0);
            if place == Some(self.refunds[session].len()) {
                self.refunds[session].push(theirs.id.0.clone());
            }
            let known = place.and_then(|place| self.refunds[session].get(place));
            assert_eq!(known, Some(&theirs.id.0));
        }
        self.sums(session);
    }

    /// Compares what went back of a payment, as its list of refunds adds up.
    fn sums(&mut self, session: usize) {
        let Some(intent) = self.intent(session) else {
            panic!("a payment without its intent")
        };
        let theirs = ready(ports::Stripe::refunds(&self.fake, &intent));
        let call = Call::Refunds(model::payment_intent(session));
        let Reply::Refunds(ours) = self.ask_model(&call, None) else {
            panic!("refunds")
        };
        let told = |refunds: Result<Vec<checkout_guard::domain::payment::Refund>, StripeError>| {
            let refunds = refunds.unwrap_or_else(|error| panic!("{error:?}"));
            let all = refunds.into_iter();
            let all = all.map(|it| (it.money.minor, it.status.counts(), it.request, it.created));
            let mut all: Vec<_> = all.collect();
            all.sort_by_key(|(minor, counts, request, created)| {
                (
                    *created,
                    *minor,
                    *counts,
                    request.as_ref().map(|it| it.0.clone()),
                )
            });
            all
        };
        assert_eq!(told(theirs), told(ours));
    }

    /// Whole lists, page by page, as reconcile reads them.
    fn lists(&mut self) {
        let (since, until) = (
            UnixMillis(clock::millis(0)),
            UnixMillis(clock::millis(self.now)),
        );
        let mut theirs = Vec::new();
        let mut after = None;
        loop {
            let page = ready(ports::Stripe::sessions(
                &self.fake,
                since,
                until,
                after.as_ref(),
            ));
            let page = page.unwrap_or_else(|error| panic!("{error:?}"));
            theirs.extend(page.sessions.iter().map(|session| self.number(&session.id)));
            after = page.last;
            if !page.more {
                break;
            }
        }
        let mut ours = Vec::new();
        let mut after = None;
        loop {
            let call = Call::Sessions {
                since,
                until,
                after: after.clone(),
            };
            let Reply::Sessions(Ok(page)) = self.ask_model(&call, None) else {
                panic!("sessions")
            };
            let numbers = page
                .sessions
                .iter()
                .filter_map(|it| model::number(&it.id.0));
            ours.extend(numbers);
            after = page.last;
            if !page.more {
                break;
            }
        }
        assert_eq!(theirs, ours);
        assert_eq!(
            self.their_events(since, until),
            self.our_events(since, until)
        );
    }

    fn their_events(&self, since: UnixMillis, until: UnixMillis) -> BTreeSet<String> {
        let intents: Vec<_> = (0..self.ids.len()).map(|it| self.intent(it)).collect();
        let mut all = BTreeSet::new();
        let mut after: Option<EventId> = None;
        loop {
            let page = ready(ports::Stripe::events(
                &self.fake,
                since,
                until,
                after.as_ref(),
            ));
            let page = page.unwrap_or_else(|error| panic!("{error:?}"));
            for event in &page.events {
                let of_session = |id: &SessionId| self.number(id);
                let of_intent = |id: &PaymentIntentId| {
                    let at = intents.iter().position(|it| it.as_ref() == Some(id));
                    at.unwrap_or_else(|| panic!("{id} is unknown"))
                };
                all.insert(told(event, &of_session, &of_intent));
            }
            after = page.events.last().map(|event| event.id.clone());
            if !page.more {
                return all;
            }
        }
    }

    fn our_events(&mut self, since: UnixMillis, until: UnixMillis) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        let mut after = None;
        loop {
            let call = Call::Events {
                since,
                until,
                after: after.clone(),
            };
            let Reply::Events(Ok(page)) = self.ask_model(&call, None) else {
                panic!("events")
            };
            for event in &page.events {
                let number = |id: &str| model::number(id).unwrap_or_default();
                all.insert(told(event, &|id| number(&id.0), &|id| number(&id.0)));
            }
            after = page.events.last().map(|event| event.id.clone());
            if !page.more {
                return all;
            }
        }
    }
}

/// The content of an event, whatever the ids. Several events may tell of one change of a payment's refunds.
fn told(
    event: &Event,
    of_session: &dyn Fn(&SessionId) -> usize,
    of_intent: &dyn Fn(&PaymentIntentId) -> usize,
) -> String {
    let at = event.created.0;
    match &event.about {
        About::Session(session) => {
            let number = of_session(&session.id);
            format!("{at} session {number}: {}", said(&session.state).0)
        }
        About::Refunds {
            payment_intent,
            failed,
        } => {
            let number = of_intent(payment_intent);
            let what = if failed.is_some() {
                "failed"
            } else {
                "changed"
            };
            format!("refunds of {number} {what}")
        }
        About::UnclearSession { .. } | About::Dispute { .. } | About::Unreadable | About::Other => {
            panic!("{event:?}")
        }
    }
}

/// The content of a state, apart from ids and addresses.
fn said(state: &SessionState) -> (&'static str, Option<Money>, Option<bool>) {
    match state {
        SessionState::Open { url } => {
            assert!(url.is_some());
            ("open", None, None)
        }
        SessionState::Expired => ("expired", None, None),
        SessionState::Processing(_) => ("processing", None, None),
        SessionState::Failed => ("failed", None, None),
        SessionState::Paid(payment) => {
            assert!(payment.payment_intent.is_some());
            let details = payment.details.as_ref();
            ("paid", payment.money, details.map(|it| it.has_refunds))
        }
    }
}

fn kind<T>(result: &Result<T, StripeError>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(StripeError::Refused(_)) => "refused".to_owned(),
        Err(error) => format!("{error:?}"),
    }
}

/// A create call, as the client makes it for a claim.
async fn create(fake: &Fake, key: String, form: String) -> Result<NewSession, StripeError> {
    let request = Request {
        path: "/v1/checkout/sessions".to_owned(),
        idempotency_key: Some(key),
        form: Some(form),
    };
    let answer = fake.send(&request, Millis::seconds(6)).await;
    let answer = answer.map_err(|NoAnswer(text)| StripeError::Unreachable(text))?;
    match object::refusal(&answer.body) {
        None => object::new_session(&answer.body),
        Some(Refusal { kind, .. }) if kind == "idempotency_error" => {
            Err(StripeError::IdempotencyMismatch)
        }
        Some(refusal) => Err(StripeError::Refused(refusal)),
    }
}

fn order(attempt: u8, changed: bool, claimed: u32) -> Order {
    let money = Money {
        minor: AMOUNT + i64::from(changed),
        currency: Currency::USD,
    };
    let created_at = UnixMillis(clock::millis(claimed));
    Order {
        id: OrderId(i64::from(attempt) + 1),
        charge: ChargeId(1),
        attempt: Attempt(format!("{attempt:032x}")),
        installation: InstallationId(INSTALLATION.to_owned()),
        money,
        created_at,
        origin: Origin::Guard,
        is_offline: false,
        state: OrderState::Pending {
            url: None,
            waiting: None,
        },
        session: None,
        payment: None,
        version: 0,
        checks: 0,
        terms: Terms {
            product_name: "First payment".to_owned(),
            customer_email: None,
            return_origin: "https://pay.club.example".to_owned(),
            session_expires_at: created_at.plus(Millis::minutes(clock::LIFETIME.into())),
            charge_name: Some(ChargeName {
                player_id: "1".to_owned(),
                kind: Kind::FirstPayment,
                period: String::new(),
            }),
        },
        owed: Owed {
            money,
            closed: false,
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_two_models_of_stripe_say_the_same(
        steps in prop::collection::vec(step(), 1..60),
        validates_first in any::<bool>(),
    ) {
        let mut pair = Pair::new(validates_first);
        for step in steps {
            pair.carry_out(step);
        }
        pair.lists();
        for session in 0..pair.ids.len() {
            pair.retrieve(session);
        }
    }
}
