//! The harness that a test of a route runs on: the shipped SQL on SQLite with the project's migrations, the fake
//! Stripe in-process, and a clock that stands until it is moved.

#[path = "../common/club.rs"]
mod club;
#[path = "../common/sqlite.rs"]
mod sqlite;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    convert::Infallible,
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use checkout_guard::{
    alerts::{answers, deliver::Delivered},
    app::{self, Entry, Isolate, Runtime, cron, request::AfterAnswer, router},
    billing::months::{self, Billed},
    domain::{
        error::StoreError,
        id::KeyMark,
        limit::{Allowance, BINDINGS, Limit},
        mail::{Mail, NotTaken},
        time::{Millis, UnixMillis},
        token::Token,
    },
    guard::{
        budget::{Budget, Reconciled},
        reconcile::reconcile,
    },
    http::{
        handler::Route,
        log_context::LogContext,
        request::{Body, Headers, Network, RequestHead},
        response::Response,
        site::Site,
    },
    mail::send::Sent,
    ports::{Calendar, Clock, Hook, Identity, Mailer, Meter, Random, RateLimiter},
    store::{Database, DatabaseError, Row, Statement},
    stripe::{API_VERSION, Answer, NoAnswer, Request, Transport},
};
use rusqlite::{Connection, types::ValueRef};

pub use checkout_guard::app::Calls;
pub use club::{ADMIN, NOW, SECRET, config};
pub use sqlite::migrations;

pub const MINUTE: i64 = 60_000;
pub const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 \
    (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
pub const FACEBOOK: &str = "facebookexternalhit/1.1 Facebot Twitterbot/1.0";
pub const JSON: &str = "application/json";

/// Calls before the answer, as its `Server-Timing` says: the budget columns of the decision table.
pub fn calls_before(reply: &Response) -> Calls {
    let timing = reply.header("server-timing").unwrap_or_default();
    let number = |name: &str| {
        let mut metrics = timing.split(", ");
        metrics
            .find_map(|metric| {
                metric
                    .strip_prefix(name)?
                    .strip_prefix(";desc=")?
                    .parse()
                    .ok()
            })
            .unwrap_or_else(|| panic!("no {name} in `{timing}`"))
    };
    Calls {
        d1: number("d1"),
        stripe: number("stripe"),
    }
}

/// A message that was posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    pub url: String,
    pub key: String,
    pub json: String,
}

/// The other side of a channel.
pub struct Receiver<T> {
    /// The messages that it took.
    pub taken: RefCell<Vec<T>>,
    /// Why it takes nothing.
    pub refuses: Cell<Option<NotTaken>>,
    /// How often it was tried.
    pub tries: Cell<u32>,
    /// The database is out of reach once it has taken something: nobody can record it.
    pub breaks_d1: Cell<bool>,
}

impl<T> Default for Receiver<T> {
    fn default() -> Self {
        Self {
            taken: RefCell::default(),
            refuses: Cell::default(),
            tries: Cell::default(),
            breaks_d1: Cell::default(),
        }
    }
}

impl<T> Receiver<T> {
    fn receive(&self, message: T, d1_is_down: &Cell<bool>) -> Result<(), NotTaken> {
        self.tries.set(self.tries.get() + 1);
        if let Some(why) = self.refuses.get() {
            return Err(why);
        }
        self.taken.borrow_mut().push(message);
        if self.breaks_d1.get() {
            d1_is_down.set(true);
        }
        Ok(())
    }
}

/// The limits of `wrangler.toml`, counted as a `[[ratelimits]]` binding of one location counts.
#[derive(Default)]
pub struct Limiter {
    /// How many tries there were, by binding, key and minute.
    tries: HashMap<(&'static str, String, i64), u32>,
}

impl Limiter {
    fn count(&mut self, limit: &Limit, address: Option<&str>, now: i64) -> Allowance {
        let Some(key) = limit.key(address) else {
            return Allowance::Allowed;
        };
        let binding = limit.binding();
        let configured = include_str!("../../wrangler.toml");
        let named = format!("name = \"{binding}\"");
        let simple = configured.split(&named).nth(1).unwrap_or_default();
        let most = simple.split("limit = ").nth(1).unwrap_or_default();
        let most = most.split(',').next().and_then(|most| most.parse().ok());
        let tries = self.tries.entry((binding, key, now / MINUTE)).or_default();
        *tries += 1;
        if *tries <= most.unwrap_or_else(|| panic!("no limit of {binding}")) {
            Allowance::Allowed
        } else {
            Allowance::Refused
        }
    }
}

pub struct Harness {
    pub db: Connection,
    pub stripe: RefCell<fake_stripe::Stripe>,
    now: Cell<i64>,
    site: Site,
    random: Cell<u32>,
    /// Statements in the newest request or run.
    pub statements: Cell<u32>,
    /// The time that one call to Stripe takes, in milliseconds.
    pub latency: Cell<i64>,
    /// Milliseconds used of the time that the calls of this piece of work may take together.
    used: Cell<i64>,
    /// How often a click waited for another one.
    pub waits: Cell<u32>,
    /// Calls in the newest request or run.
    pub calls: Cell<Calls>,
    /// Whether what follows an answer is still done, or the Worker dies with it.
    pub dies_after_answer: Cell<bool>,
    /// Every call to D1 fails.
    pub d1_is_down: Cell<bool>,
    /// The error that it says then.
    pub d1_says: Cell<&'static str>,
    /// D1 takes a transaction with a statement that begins so, its answer is lost, and it is out of reach from then on.
    pub breaks_d1_after: Cell<Option<&'static str>>,
    /// Somebody writes this while the next transaction with a statement that begins so is on its way.
    pub meanwhile: RefCell<Option<(&'static str, String)>>,
    /// The tries that the limits by address still allow.
    pub tries_left: Cell<u32>,
    /// Each list of events has one among them that nobody can read.
    pub spoil_events: Cell<bool>,
    /// The next time that a click waits, another one stores this session.
    pub attach_on_wait: RefCell<Option<String>>,
    /// The tries that are left to all log-ins, sessions and charges together.
    pub others_left: Cell<u32>,
    /// The limiters that cannot be asked, by their bindings.
    pub missing: RefCell<Vec<&'static str>>,
    /// Counts by address, as the runtime does with the limits of `wrangler.toml`.
    pub limiter: RefCell<Option<Limiter>>,
    /// Where the newest request came from.
    address: RefCell<Option<String>>,
    /// For which application Cloudflare Access let a request through, and the address that it names.
    pub access: RefCell<Option<(&'static str, Option<&'static str>)>>,
    /// How often Access was asked who somebody is.
    pub asked_access: Cell<u32>,
    /// The state that this isolate keeps.
    isolate: RefCell<Isolate>,
    /// The other sides of the channels, the webhook and the email service, with what they were sent.
    pub hook: Receiver<Posted>,
    pub mail: Receiver<Mail>,
    /// The Worker has the binding that emails are sent by.
    pub has_mail_binding: Cell<bool>,
    /// The emails that the newest run of the cron sent to those who pay.
    pub sent: RefCell<Sent>,
    /// The alerts that were sent last.
    alerted: RefCell<Delivered>,
    /// How many bodies were read.
    pub bodies_read: Cell<u32>,
    /// The log context of the newest request.
    pub log: RefCell<LogContext>,
}

/// A request to send; a person's by default.
#[derive(Clone)]
pub struct Ask<'a> {
    pub method: &'a str,
    pub target: String,
    pub headers: Vec<(&'a str, String)>,
    pub body: Vec<u8>,
    /// Over http instead of https.
    pub is_plain: bool,
}

pub fn get(target: &str) -> Ask<'_> {
    Ask {
        method: "GET",
        target: target.to_owned(),
        headers: [
            ("user-agent", IPHONE),
            (
                "accept",
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            ),
            ("accept-language", "en-US,en;q=0.9"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into(),
        body: Vec::new(),
        is_plain: false,
    }
}

pub fn link(token: &str) -> Ask<'_> {
    Ask {
        target: format!("/checkout/first-payment?token={token}"),
        ..get("")
    }
}

/// A page of the desk, by an operator's secret.
pub fn desk(target: &str) -> Ask<'_> {
    get(target).with("authorization", &format!("Bearer {ADMIN}"))
}

impl<'a> Ask<'a> {
    pub fn by(self, user_agent: &str) -> Self {
        self.with("user-agent", user_agent)
    }

    pub fn method(self, method: &'a str) -> Self {
        Self { method, ..self }
    }

    pub fn over_http(self) -> Self {
        let ask = self.with("host", "pay.club.example");
        Self {
            is_plain: true,
            ..ask
        }
    }

    pub fn with(mut self, name: &'a str, value: &str) -> Self {
        self.headers.retain(|(key, _)| *key != name);
        self.headers.push((name, value.to_owned()));
        self
    }
}

impl Headers for Ask<'_> {
    fn header(&self, name: &str) -> Option<String> {
        self.headers
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.clone())
    }

    fn network(&self) -> Network {
        let asn = self.header("test-asn").and_then(|asn| asn.parse().ok());
        Network {
            asn,
            ..Network::default()
        }
    }
}

/// An event as Stripe writes it.
pub fn webhook(id: &str, kind: &str, object: serde_json::Value) -> Vec<u8> {
    let mut object = object;
    if kind.starts_with("checkout.session") {
        object["object"] = "checkout.session".into();
    }
    serde_json::json!({
        "id": id, "object": "event", "type": kind, "livemode": false, "created": NOW / 1000, "data": { "object": object }
    })
    .to_string()
    .into_bytes()
}

impl Harness {
    pub fn new() -> Self {
        Self::configured(&[])
    }

    pub fn configured(changes: &[(&str, &str)]) -> Self {
        let change = |name: &str| {
            changes
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let site = Site::new(|name| change(name).or_else(|| config(name)))
            .unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let origin = "https://checkout.stripe.com".to_owned();
        Self {
            db: migrated(),
            stripe: RefCell::new(fake_stripe::Stripe::new(fake_stripe::Config {
                origin,
                ..Default::default()
            })),
            now: Cell::new(NOW),
            site,
            random: Cell::new(0),
            statements: Cell::new(0),
            latency: Cell::new(0),
            used: Cell::new(0),
            waits: Cell::new(0),
            calls: Cell::default(),
            dies_after_answer: Cell::new(false),
            d1_is_down: Cell::new(false),
            d1_says: Cell::new("D1_ERROR: network connection lost"),
            breaks_d1_after: Cell::default(),
            meanwhile: RefCell::default(),
            tries_left: Cell::new(u32::MAX),
            spoil_events: Cell::new(false),
            attach_on_wait: RefCell::new(None),
            others_left: Cell::new(u32::MAX),
            missing: RefCell::default(),
            limiter: RefCell::default(),
            address: RefCell::default(),
            access: RefCell::default(),
            asked_access: Cell::default(),
            isolate: RefCell::default(),
            hook: Receiver::default(),
            mail: Receiver::default(),
            has_mail_binding: Cell::new(true),
            sent: RefCell::default(),
            alerted: RefCell::default(),
            bodies_read: Cell::new(0),
            log: RefCell::default(),
        }
    }

    pub fn pass(&self, length: i64) {
        self.now.set(self.now.get() + length);
    }

    pub fn now_ms(&self) -> i64 {
        self.now.get()
    }

    /// A charge of 150.00 for Player 26 with the link `demo-token-26`.
    pub fn with_charge(self) -> Self {
        self.with_player(6, 26, 2, 15_000)
    }

    /// The same after a first click, and the session that it got.
    pub fn clicked() -> (Self, String) {
        let harness = Self::new().with_charge();
        assert_eq!(harness.ask(&link("demo-token-26")).status, 307);
        let session = harness.newest_session();
        (harness, session)
    }

    pub fn newest_session(&self) -> String {
        self.rows("SELECT stripe_session_id FROM orders WHERE stripe_session_id IS NOT NULL ORDER BY id DESC")
            .remove(0)
    }

    /// With a Stripe that is configured so, but for its session URLs.
    pub fn at_stripe(config: fake_stripe::Config) -> Self {
        let harness = Self::new();
        let config = fake_stripe::Config {
            origin: "https://checkout.stripe.com".to_owned(),
            ..config
        };
        *harness.stripe.borrow_mut() = fake_stripe::Stripe::new(config);
        harness
    }

    /// An account on which no webhook endpoint was ever made.
    pub fn without_endpoint() -> Self {
        Self::at_stripe(fake_stripe::Config {
            webhooks: false,
            ..Default::default()
        })
    }

    /// From now on every call of that kind goes wrong in that way.
    pub fn always(&self, scope: fake_stripe::Scope, kind: fake_stripe::FaultKind) {
        self.stripe.borrow_mut().add_fault(fake_stripe::Fault {
            scope,
            kind,
            times: None,
            probability: 1.0,
            should_retry: None,
        });
    }

    /// A charge of 165.00 for Player 27 with the link `demo-token-27`.
    pub fn with_second_charge(self) -> Self {
        self.with_player(7, 27, 3, 16_500)
    }

    /// A player who owes one charge, with its link `demo-token-NUMBER`.
    fn with_player(self, id: i64, number: i64, charge: i64, minor: i64) -> Self {
        let token = Token::parse(&format!("demo-token-{number}"));
        let hash = token.unwrap_or_else(|| panic!("a token")).hash();
        self.execute(&format!(
            "INSERT INTO players (id, player_id, name, email, created_at, updated_at)
             VALUES ({id}, '{number}', 'Player {number}', 'payer{number}@example.com', {NOW}, {NOW});
             INSERT INTO charges (id, player_id, kind, period, amount_minor, currency, created_at, updated_at)
             VALUES ({charge}, {id}, 'first_payment', '', {minor}, 'usd', {NOW}, {NOW});
             INSERT INTO links (token_sha256, charge_id, created_at) VALUES ('{}', {charge}, {NOW});",
            hash.as_str()
        ));
        self
    }

    /// The session that Stripe made first.
    pub fn first_session(&self) -> String {
        let stripe = self.stripe.borrow();
        let id = stripe.sessions().map(|session| session.id.to_string());
        id.min_by_key(|_| 0).unwrap_or_default()
    }

    /// The payment of an order.
    pub fn intent(&self, order: i64) -> String {
        self.rows(&format!(
            "SELECT payment_intent_id FROM orders WHERE id = {order}"
        ))
        .remove(0)
    }

    /// The payment that was made in a session.
    pub fn intent_of(&self, session: &str) -> String {
        let stripe = self.stripe.borrow();
        let intent = stripe.session_intent(session);
        intent
            .map(|intent| intent.id.to_string())
            .unwrap_or_default()
    }

    /// Whether somebody can pay in a session.
    pub fn is_open(&self, session: &str) -> bool {
        let stripe = self.stripe.borrow();
        let session = stripe.session(session);
        session.is_some_and(|session| session.is_open(self.now.get()))
    }

    /// A payer starts a bank debit.
    pub fn debit(&self, session: &str) {
        let debit = self
            .stripe
            .borrow_mut()
            .pay_by_debit(session, self.now.get());
        assert!(debit.is_ok());
    }

    /// The payer's bank answers.
    pub fn bank(&self, session: &str, pays: bool) {
        let mut stripe = self.stripe.borrow_mut();
        assert!(
            stripe
                .resolve_async_payment(session, pays, self.now.get())
                .is_ok()
        );
    }

    /// The treasurer refunds in Stripe's dashboard; answers the refund's id.
    pub fn refund(&self, intent: &str, minor: Option<i64>) -> String {
        let mut stripe = self.stripe.borrow_mut();
        let refund = stripe.refund(intent, minor, self.now.get());
        refund
            .map(|id| id.to_string())
            .unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// The payer disputes a payment; answers the dispute's id.
    pub fn dispute(&self, intent: &str) -> String {
        let mut stripe = self.stripe.borrow_mut();
        let dispute = stripe.dispute(intent, self.now.get());
        dispute
            .map(|id| id.to_string())
            .unwrap_or_else(|error| panic!("{error:?}"))
    }

    /// A dispute ends.
    pub fn close_dispute(&self, dispute: &str, won: bool) {
        let mut stripe = self.stripe.borrow_mut();
        assert!(stripe.close_dispute(dispute, won, self.now.get()).is_ok());
    }

    /// A payment on a canceled order, while a bank debit for the same charge is at work. Answers both sessions.
    pub fn paid_beside_a_debit(&self, token: &str) -> (String, String) {
        assert_eq!(self.ask(&link(token)).status, 307);
        let first = self.newest_session();
        self.execute(&format!(
            "UPDATE orders SET status = 'canceled', canceled_at = {NOW}, cancel_reason = 'by hand', next_check_at = NULL
             WHERE stripe_session_id = '{first}'"
        ));
        assert_eq!(self.ask(&link(token)).status, 307);
        let second = self.newest_session();
        self.debit(&second);
        self.pay(&first);
        self.deliver_webhooks();
        (first, second)
    }

    /// Somebody else's session on the same account, and its payment.
    pub fn foreign_payment(&self) -> String {
        let id = self.foreign_session();
        self.pay(&id);
        id
    }

    /// A session that an old system, or a shop on the same account, has made: without our metadata.
    pub fn foreign_session(&self) -> String {
        let form = "mode=payment&line_items[0][quantity]=1&line_items[0][price_data][currency]=usd\
            &line_items[0][price_data][unit_amount]=15000&line_items[0][price_data][product_data][name]=x\
            &success_url=https://shop.example/";
        let request = fake_stripe::Request::new("POST", "/v1/checkout/sessions")
            .with_header("authorization", "Bearer sk_test_1")
            .with_form(form.as_bytes());
        let response = self.stripe.borrow_mut().handle(&request, self.now.get());
        let session: serde_json::Value = serde_json::from_slice(&response.body).unwrap_or_default();
        session["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{session}"))
            .to_owned()
    }

    /// How much the newest request or run has asked of the runtime: calls to Stripe, and statements to the database.
    pub fn spent(&self) -> u32 {
        Meter::spent(self)
    }

    /// A payer pays by card, and Stripe's webhooks are still on their way.
    pub fn pay(&self, session: &str) {
        assert!(
            self.stripe
                .borrow_mut()
                .pay(session, self.now.get())
                .is_ok()
        );
    }

    /// Cancels the pending orders while their sessions are open, which only a hand at the database can do.
    pub fn cancel_by_hand(&self) {
        self.execute(&format!(
            "UPDATE orders SET status = 'canceled', canceled_at = {NOW}, cancel_reason = 'by hand', next_check_at = NULL
             WHERE status = 'pending'"
        ));
    }

    /// How SQLite would carry a statement out.
    pub fn plan(&self, sql: &str) -> Vec<String> {
        let explained = format!("EXPLAIN QUERY PLAN {sql}");
        let mut prepared = self.db.prepare(&explained).expect("a statement");
        let mut rows = prepared.raw_query();
        let mut steps = Vec::new();
        while let Ok(Some(row)) = rows.next() {
            steps.push(row.get("detail").expect("a step"));
        }
        steps
    }

    /// Sends a request and answers what came back, and does what follows the answer.
    pub fn ask(&self, ask: &Ask<'_>) -> Response {
        self.calls.take();
        self.statements.set(0);
        self.used.set(0);
        self.address.replace(ask.header("cf-connecting-ip"));
        let (path, query) = ask.target.split_once('?').unwrap_or((&ask.target, ""));
        let head = RequestHead {
            method: ask.method,
            path,
            query,
            is_secure: !ask.is_plain,
            headers: ask,
        };
        let agent = ask.header("user-agent");
        let fast = router::fast_path(!ask.is_plain, ask.method, path, agent.as_deref());
        let (handler, request) = match router::route(&self.site, &head) {
            Route::Constant(constant, classification) => {
                assert!(fast.is_none_or(|fast| fast == (constant, classification)));
                let response = constant.response(&self.site);
                assert_eq!(response.status, constant.status());
                return response.timed(Some(classification.verdict), 0, 0);
            }
            Route::Answered(response, log) => {
                assert_eq!(fast, None);
                let verdict = log.verdict();
                self.log.replace(log);
                return response.timed(verdict, 0, 0);
            }
            Route::Handler(handler, request) => {
                assert_eq!(fast, None);
                (handler, request)
            }
        };
        let body = async |limit| {
            self.bodies_read
                .set(self.bodies_read.get() + u32::from(limit > 0));
            Ok::<_, Infallible>(if ask.body.len() > limit {
                Body::TooLarge
            } else {
                Body::Whole(ask.body.clone())
            })
        };
        let isolate = self.isolate.borrow();
        let answered = app::request::answer(&self.site, &isolate, handler, request, body, self);
        let (response, follow_up) = run(answered).unwrap_or_else(|never| match never {});
        if let Some(follow_up) = follow_up.filter(|_| !self.dies_after_answer.get()) {
            run(app::request::follow(&self.site, &isolate, follow_up, self));
        }
        response
    }

    /// From now on another isolate answers.
    pub fn new_isolate(&self) {
        self.isolate.take();
    }

    /// D1's free plan refuses everything from now on: the rows of its day are used up.
    pub fn d1_is_used_up(&self) {
        self.d1_is_down.set(true);
        self.d1_says.set(
            "D1_ERROR: Your account has exceeded D1's free tier daily row write limit. Upgrade to a paid plan or wait until tomorrow (midnight UTC) to continue.",
        );
    }

    /// Something happens that no request of this test makes.
    pub fn happens(&self, happened: answers::Happened) {
        let isolate = self.isolate.borrow();
        if let Some(follow_up) = AfterAnswer::of(&isolate, None, Some(happened), self.now()) {
            run(app::request::follow(&self.site, &isolate, follow_up, self));
        }
    }

    /// A whole run of the cron: reconcile, then emails, then the alerts.
    pub fn cron(&self) -> Delivered {
        self.cron_within(1_000)
    }

    /// Reads what the desk says to a program.
    pub fn read(&self, target: &str) -> serde_json::Value {
        let reply = self.ask(&desk(target).with("accept", JSON));
        assert_eq!(reply.status, 200, "{target}: {}", reply.body);
        serde_json::from_str(&reply.body).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Sends a form of the desk, as a browser does.
    pub fn press(&self, target: &str, form: &str) -> Response {
        self.ask(&Ask {
            body: form.as_bytes().to_vec(),
            ..desk(target)
                .method("POST")
                .with("content-type", "application/x-www-form-urlencoded")
        })
    }

    /// Acts at the desk as a program does: the status, and the answer.
    pub fn act(&self, target: &str, body: &serde_json::Value) -> (u16, serde_json::Value) {
        let reply = self.ask(&Ask {
            body: body.to_string().into_bytes(),
            ..desk(target)
                .method("POST")
                .with("accept", JSON)
                .with("content-type", JSON)
        });
        let answer = serde_json::from_str(&reply.body);
        (
            reply.status,
            answer.unwrap_or_else(|error| panic!("{error}")),
        )
    }

    pub fn cron_within(&self, subrequests: u32) -> Delivered {
        self.calls.take();
        self.statements.set(0);
        self.used.set(0);
        self.alerted.take();
        run(cron::run(
            &self.site,
            Budget { subrequests },
            &self.isolate.borrow(),
            self,
        ));
        self.alerted.take()
    }

    /// The cron's part of the monthly fees.
    pub fn bill(&self) -> Result<Option<Billed>, StoreError> {
        self.calls.take();
        self.statements.set(0);
        run(months::run(self, &self.site.config))
    }

    /// Delivers what Stripe has to tell, and answers the statuses it got.
    pub fn deliver_webhooks(&self) -> Vec<u16> {
        let due = self.stripe.borrow_mut().take_webhooks(self.now.get());
        due.into_iter()
            .map(|webhook| self.deliver(&webhook.payload).status)
            .collect()
    }

    pub fn deliver(&self, payload: &[u8]) -> Response {
        let signature = fake_stripe::sign(SECRET, payload, self.now.get() / 1000);
        self.ask(&Ask {
            body: payload.to_vec(),
            ..get("/webhooks/stripe")
                .method("POST")
                .with("stripe-signature", &signature)
        })
    }

    /// A run of the cron with more than it needs.
    pub fn reconcile(&self) -> Reconciled {
        self.reconcile_within(1_000)
    }

    /// A run of the cron with a budget.
    pub fn reconcile_within(&self, subrequests: u32) -> Reconciled {
        self.calls.take();
        self.statements.set(0);
        self.used.set(0);
        let policy = &self.site.config.policy;
        run(reconcile(self, policy, Budget { subrequests }))
    }

    /// A copy of the database as it is now, to come back to.
    pub fn snapshot(&mut self) -> Vec<u8> {
        let data = self.db.serialize("main");
        data.unwrap_or_else(|error| panic!("{error}")).to_vec()
    }

    /// The database is restored in place, as D1's Time Travel does; Stripe is not.
    pub fn restore(&mut self, snapshot: &[u8]) {
        let size = snapshot.len();
        let restored = self
            .db
            .deserialize_read_exact("main", snapshot, size, false);
        restored.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Another key of Stripe's is deployed.
    pub fn use_key(&mut self, key: &str) {
        self.site.config.policy.key = KeyMark::of(key);
    }

    /// `POST /admin/reconcile`, by the operator.
    pub fn reconcile_since(&self, body: &str) -> (u16, serde_json::Value) {
        let admin = format!("Bearer {ADMIN}");
        let ask = get("/admin/reconcile")
            .method("POST")
            .with("authorization", &admin);
        let reply = self.ask(&Ask {
            body: body.as_bytes().to_vec(),
            ..ask
        });
        let body = serde_json::from_str(&reply.body);
        (reply.status, body.unwrap_or_else(|error| panic!("{error}")))
    }

    /// Stripe's webhooks are lost on their way.
    pub fn lose_webhooks(&self) {
        let mut stripe = self.stripe.borrow_mut();
        for webhook in stripe.take_webhooks(self.now.get()) {
            stripe.webhook_answered(&webhook.event_id, false, self.now.get());
        }
    }

    pub fn import(&self, csv: &str) -> Response {
        self.import_at("/admin/import", csv)
    }

    pub fn import_at(&self, target: &str, csv: &str) -> Response {
        let admin = format!("Bearer {ADMIN}");
        let ask = get(target)
            .method("POST")
            .with("authorization", &admin)
            .with("accept", JSON);
        self.ask(&Ask {
            body: csv.as_bytes().to_vec(),
            ..ask
        })
    }

    /// The rows of a query, columns joined by a bar.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        let mut statement = self
            .db
            .prepare(sql)
            .unwrap_or_else(|error| panic!("{error}"));
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            let value = |column| {
                Ok(match row.get_ref(column)? {
                    ValueRef::Null => "-".to_owned(),
                    ValueRef::Integer(integer) => integer.to_string(),
                    ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                    ValueRef::Real(_) | ValueRef::Blob(_) => {
                        panic!("no such values in the database")
                    }
                })
            };
            (0..columns)
                .map(value)
                .collect::<Result<Vec<_>, _>>()
                .map(|row| row.join("|"))
        });
        rows.and_then(Iterator::collect)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// Every row of every table, but incidents about the Worker itself: what must not change where nothing may.
    pub fn all_rows(&self) -> Vec<String> {
        [
            "players",
            "charges",
            "links",
            "orders",
            "order_events",
            "stripe_events",
            "refunds",
            "incidents",
            "audit",
            "operators",
            "cursors",
            "outbox",
            "periods",
            "billing_rule",
            "messages",
        ]
        .iter()
        .flat_map(|table| {
            let of_payments = "SELECT id FROM incidents WHERE kind NOT IN ('checkout_errors', 'reconcile_stalled')";
            let which = match *table {
                "incidents" => format!("WHERE id IN ({of_payments})"),
                "outbox" => format!("WHERE incident_id IN ({of_payments})"),
                _ => String::new(),
            };
            self.rows(&format!("SELECT '{table}', * FROM {table} {which}"))
        })
        .collect()
    }

    /// Each call that Stripe saw: method and path, ids left out.
    pub fn stripe_calls(&self) -> Vec<String> {
        let stripe = self.stripe.borrow();
        let short = |call: &fake_stripe::Call| {
            let path = call.path.split('?').next().unwrap_or_default();
            let parts = path
                .split('/')
                .map(|part| if part.starts_with("cs_") { "ID" } else { part });
            format!("{} {}", call.method, parts.collect::<Vec<_>>().join("/"))
        };
        stripe.calls().iter().map(short).collect()
    }

    pub fn execute(&self, sql: &str) {
        self.db
            .execute_batch(sql)
            .unwrap_or_else(|error| panic!("{error}"));
    }
}

/// A database with every migration applied, as wrangler would record it.
pub fn migrated() -> Connection {
    let db = Connection::open_in_memory().unwrap_or_else(|error| panic!("{error}"));
    // As D1 limits a statement (workerd, `sqlite.c++`, "SqliteDatabase::setupSecurity").
    for (limit, value) in [
        (rusqlite::limits::Limit::SQLITE_LIMIT_COMPOUND_SELECT, 5),
        (rusqlite::limits::Limit::SQLITE_LIMIT_FUNCTION_ARG, 32),
        (rusqlite::limits::Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 100),
        (rusqlite::limits::Limit::SQLITE_LIMIT_SQL_LENGTH, 100_000),
    ] {
        let _ = db.set_limit(limit, value);
    }
    let migrate = |db: &Connection| -> rusqlite::Result<()> {
        db.execute_batch("PRAGMA foreign_keys = ON; CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT)")?;
        for (name, sql) in migrations() {
            // The test's clock stands, and the database's does not.
            let made_now = "CAST(unixepoch('subsec') * 1000 AS INTEGER));";
            let sql = sql.replace(made_now, &format!("{NOW});"));
            db.execute_batch(&sql)?;
            db.execute("INSERT INTO d1_migrations (name) VALUES (?1)", [name])?;
        }
        Ok(())
    };
    migrate(&db).unwrap_or_else(|error| panic!("{error}"));
    db
}

/// Runs what never waits for anything outside this process.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("awaits only ports"),
    }
}

impl Database for Harness {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        let Calls { d1, stripe } = self.calls.get();
        self.calls.set(Calls { d1: d1 + 1, stripe });
        self.statements
            .set(self.statements.get() + statements.len() as u32);
        if self.d1_is_down.get() {
            return Err(DatabaseError::from_message(self.d1_says.get()));
        }
        let breaks = self.breaks_d1_after.get().filter(|beginning| {
            let mut all = statements.iter();
            all.any(|statement| statement.sql.starts_with(beginning))
        });
        let is_awaited = |(beginning, _): &mut (&str, String)| {
            statements.iter().any(|it| it.sql.starts_with(*beginning))
        };
        if let Some((_, sql)) = self.meanwhile.borrow_mut().take_if(is_awaited) {
            self.execute(&sql);
        }
        let taken = batch(&self.db, &statements)
            .map_err(|error| DatabaseError::from_message(&error.to_string()));
        if breaks.is_some() {
            self.d1_is_down.set(true);
            return Err(DatabaseError::from_message(
                "D1_ERROR: network connection lost",
            ));
        }
        taken
    }
}

fn batch(db: &Connection, statements: &[Statement]) -> rusqlite::Result<Vec<Vec<Row>>> {
    let transaction = db.unchecked_transaction()?;
    let mut results = Vec::new();
    for Statement { sql, parameters } in statements {
        results.push(sqlite::query(&transaction, sql, parameters)?);
    }
    transaction.commit()?;
    Ok(results)
}

impl Runtime for Harness {
    fn calls(&self) -> Calls {
        self.calls.get()
    }

    fn log(&self, entry: Entry<'_>) {
        match entry {
            Entry::Answered { context, .. } => {
                self.log.replace(context.clone());
            }
            Entry::Mailed(sent) => {
                self.sent.replace(sent.clone().unwrap_or_default());
            }
            Entry::Alerted(alerted) => {
                self.alerted.replace(alerted.clone().unwrap_or_default());
            }
            Entry::Failed(_) | Entry::Billed(_) | Entry::Reconciled(_) => {}
        }
    }
}

impl Transport for Harness {
    async fn send(&self, request: &Request, _: Millis) -> Result<Answer, NoAnswer> {
        let Calls { d1, stripe } = self.calls.get();
        self.calls.set(Calls {
            d1,
            stripe: stripe + 1,
        });
        self.used.set(self.used.get() + self.latency.get());
        let method = if request.form.is_some() {
            "POST"
        } else {
            "GET"
        };
        let mut outgoing = fake_stripe::Request::new(method, &request.path)
            .with_header("authorization", "Bearer sk_test_1")
            .with_header("stripe-version", API_VERSION);
        if let Some(key) = &request.idempotency_key {
            outgoing = outgoing.with_header("idempotency-key", key);
        }
        if let Some(form) = &request.form {
            outgoing = outgoing.with_form(form.as_bytes());
        }
        let response = self.stripe.borrow_mut().handle(&outgoing, self.now.get());
        if response.is_dropped() {
            return Err(NoAnswer("connection closed".to_owned()));
        }
        let mut body = String::from_utf8_lossy(&response.body).into_owned();
        if self.spoil_events.get() && request.path.starts_with("/v1/events") {
            let spoiled = r#""data": [{"id": "evt_spoiled", "type": "charge.refunded", "created": 1, "data": {"object": 7}}, "#;
            body = body
                .replacen(r#""data": ["#, spoiled, 1)
                .replacen(r#""data":["#, spoiled, 1);
            body = body.replace(", ]", "]");
        }
        Ok(Answer {
            status: response.status,
            should_retry: response
                .header("stripe-should-retry")
                .map(|value| value == "true"),
            replayed: response.header("idempotent-replayed") == Some("true"),
            body,
        })
    }

    async fn pause(&self, _: Millis) {}

    fn time_left(&self) -> Millis {
        Millis(12_000 - self.used.get())
    }

    fn random_below(&self, _: u32) -> u32 {
        0
    }
}

impl Clock for Harness {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.now.get())
    }

    async fn sleep(&self, _: Millis) {
        self.waits.set(self.waits.get() + 1);
        if let Some(session) = self.attach_on_wait.take() {
            let url = format!("https://checkout.stripe.com/c/pay/{session}");
            self.execute(&format!(
                "UPDATE orders SET stripe_session_id = '{session}', checkout_url = '{url}', version = version + 1"
            ));
        }
    }
}

impl Meter for Harness {
    fn spent(&self) -> u32 {
        self.calls.get().stripe + self.statements.get()
    }

    fn begin_item(&self) {
        self.used.set(0);
    }
}

impl RateLimiter for Harness {
    async fn allows(&self, limit: Limit) -> Allowance {
        if self.missing.borrow().contains(&limit.binding()) {
            return Allowance::Unavailable;
        }
        if let Some(limiter) = self.limiter.borrow_mut().as_mut() {
            return limiter.count(&limit, self.address.borrow().as_deref(), self.now_ms());
        }
        let left = match limit {
            Limit::UnknownTokens | Limit::AdminAddress | Limit::ServerAddress => &self.tries_left,
            Limit::AdminTotal | Limit::Charge(_) | Limit::Session(_) => &self.others_left,
        };
        let before = left.replace(left.get().saturating_sub(1));
        if before > 0 {
            Allowance::Allowed
        } else {
            Allowance::Refused
        }
    }

    fn missing(&self) -> Vec<&'static str> {
        let missing = self.missing.borrow();
        BINDINGS
            .into_iter()
            .filter(|binding| missing.contains(binding))
            .collect()
    }
}

impl Calendar for Harness {
    /// Clocks without summer time: what a real zone does is the runtime's.
    fn utc_offset(&self, zone: &str, _: UnixMillis) -> Option<Millis> {
        match zone {
            "UTC" => Some(Millis(0)),
            "America/New_York" => Some(Millis::minutes(-300)),
            "Pacific/Auckland" => Some(Millis::minutes(780)),
            _ => None,
        }
    }
}

impl Identity for Harness {
    fn access_audience(&self) -> Option<String> {
        let access = self.access.borrow();
        access.map(|(audience, _)| audience.to_owned())
    }

    async fn access_email(&self) -> Option<String> {
        self.asked_access.set(self.asked_access.get() + 1);
        let access = self.access.borrow();
        access.and_then(|(_, email)| email.map(str::to_owned))
    }
}

impl Mailer for Harness {
    fn is_bound(&self) -> bool {
        self.has_mail_binding.get()
    }

    async fn send_mail(&self, mail: &Mail) -> Result<(), NotTaken> {
        self.mail.receive(mail.clone(), &self.d1_is_down)
    }
}

impl Hook for Harness {
    async fn post(&self, url: &str, key: &str, json: &str) -> Result<(), NotTaken> {
        let posted = Posted {
            url: url.to_owned(),
            key: key.to_owned(),
            json: json.to_owned(),
        };
        self.hook.receive(posted, &self.d1_is_down)
    }
}

impl Random for Harness {
    fn random_bytes(&self) -> [u8; 32] {
        self.random.set(self.random.get() + 1);
        let number = self.random.get();
        let mut bytes = [number as u8; 32];
        if number > 255 {
            bytes[..4].copy_from_slice(&number.to_be_bytes());
        }
        bytes
    }
}
