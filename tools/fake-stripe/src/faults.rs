//! Fault switches: what goes wrong, for which endpoint, how often.
//!
//! An injected fault hits before the endpoint acts or after it. A client sees the same symptom, but
//! Stripe's state differs. Probabilities are drawn from the seeded generator, so a run can
//! be repeated.

use crate::random::Random;
use crate::route::{Endpoint, Scope};

/// One fault switch.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Which calls it can hit.
    pub scope: Scope,
    /// The effect on them.
    pub kind: FaultKind,
    /// How many calls it hits before it is removed; `None`: until cleared.
    pub times: Option<u32>,
    /// The share of calls in scope that it hits, 0 to 1.
    pub probability: f64,
    /// The `Stripe-Should-Retry` header of an answer that the fault makes; `None`: as Stripe would.
    pub should_retry: Option<bool>,
}

impl Fault {
    /// A fault that hits the next `times` calls in scope.
    pub fn next(scope: Scope, kind: FaultKind, times: u32) -> Self {
        Self {
            scope,
            kind,
            times: Some(times),
            probability: 1.0,
            should_retry: None,
        }
    }
}

/// The effect of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The call is held for so many milliseconds before it acts, its key in flight.
    Delay(u64),
    /// The connection is closed before the call acts.
    DropBefore,
    /// The call acts, then the connection is closed without an answer.
    DropAfter,
    /// 429, nothing is done.
    RateLimit,
    /// 500, nothing is done, nothing is saved under the key.
    ErrorBefore,
    /// The call acts and answers 500, which is saved under its key.
    ErrorAfter,
    /// A proxy's 404 page, HTML without Stripe's error object; nothing is done.
    NotFoundHtml,
    /// Stripe's own 404 `resource_missing`, though the object may well exist; nothing is done.
    NotFound,
    /// Stripe's 401, as of a key that was revoked; nothing is done.
    Unauthorized,
    /// Stripe's 403, as of a restricted key without the permission; nothing is done.
    Forbidden,
    /// Stripe's 400; nothing is done, nothing is saved under the key. An empty text is left out.
    BadRequest {
        /// The error's `code`, such as `email_invalid`.
        code: &'static str,
        /// The error's `param`, such as `customer_email`.
        param: &'static str,
    },
    /// The call acts, and what arrives is 200 and no JSON. The key keeps Stripe's answer.
    NotJson,
    /// The call acts, and what arrives is 200 and JSON without `object`. The key keeps
    /// Stripe's answer.
    NoObject,
    /// The call acts and answers a session with `url: null`, which is saved under its key. The
    /// session itself keeps its URL. It hits only calls that answer a session.
    NoUrl,
    /// A refund is refused with 400 `insufficient_funds`, which is saved under its key. It hits only
    /// `POST /v1/refunds`.
    RefundRefused,
}

/// When a fault hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// It holds the call.
    Delay,
    /// It keeps the call from acting.
    Before,
    /// It changes the answer.
    After,
}

impl FaultKind {
    /// The name that the control API uses.
    pub fn name(self) -> &'static str {
        match self {
            FaultKind::Delay(_) => "delay",
            FaultKind::DropBefore => "drop_before",
            FaultKind::DropAfter => "drop_after",
            FaultKind::RateLimit => "rate_limit",
            FaultKind::ErrorBefore => "error_before",
            FaultKind::ErrorAfter => "error_after",
            FaultKind::NotFoundHtml => "not_found_html",
            FaultKind::NotFound => "not_found",
            FaultKind::Unauthorized => "unauthorized",
            FaultKind::Forbidden => "forbidden",
            FaultKind::BadRequest { .. } => "bad_request",
            FaultKind::NotJson => "not_json",
            FaultKind::NoObject => "no_object",
            FaultKind::NoUrl => "no_url",
            FaultKind::RefundRefused => "refund_refused",
        }
    }

    fn when(self) -> When {
        match self {
            FaultKind::Delay(_) => When::Delay,
            FaultKind::DropBefore
            | FaultKind::RateLimit
            | FaultKind::ErrorBefore
            | FaultKind::NotFoundHtml
            | FaultKind::NotFound
            | FaultKind::Unauthorized
            | FaultKind::Forbidden
            | FaultKind::BadRequest { .. } => When::Before,
            FaultKind::DropAfter
            | FaultKind::ErrorAfter
            | FaultKind::NotJson
            | FaultKind::NoObject
            | FaultKind::NoUrl
            | FaultKind::RefundRefused => When::After,
        }
    }

    /// Whether it can hit such a call. A replayed answer runs nothing, so nothing can go wrong in it
    /// but its way back.
    fn can_hit(self, endpoint: Endpoint, replay: bool) -> bool {
        match self {
            FaultKind::ErrorAfter => !replay,
            FaultKind::NoUrl => !replay && endpoint.answers_session(),
            FaultKind::RefundRefused => !replay && endpoint == Endpoint::CreateRefund,
            FaultKind::Delay(_)
            | FaultKind::DropBefore
            | FaultKind::DropAfter
            | FaultKind::RateLimit
            | FaultKind::ErrorBefore
            | FaultKind::NotFoundHtml
            | FaultKind::NotFound
            | FaultKind::Unauthorized
            | FaultKind::Forbidden
            | FaultKind::BadRequest { .. }
            | FaultKind::NotJson
            | FaultKind::NoObject => true,
        }
    }
}

/// How webhooks go out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WebhookMode {
    /// Nothing goes out; events gather.
    pub paused: bool,
    /// How many times each event goes out beyond the first.
    pub extra_copies: u8,
    /// Webhooks that are due together go out shuffled.
    pub reordered: bool,
}

/// The faults that hit one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub delay_ms: u64,
    /// The first fault that keeps the call from acting.
    pub before: Option<FaultKind>,
    /// The first fault that changes the answer.
    pub after: Option<FaultKind>,
    pub should_retry: Option<bool>,
}

impl Plan {
    fn is_taken(&self, when: When) -> bool {
        match when {
            When::Delay => self.delay_ms > 0,
            When::Before => self.before.is_some(),
            When::After => self.before.or(self.after).is_some(),
        }
    }

    fn take(&mut self, kind: FaultKind) {
        if let FaultKind::Delay(ms) = kind {
            self.delay_ms = ms;
            return;
        }
        match kind.when() {
            When::Delay => {}
            When::Before => self.before = Some(kind),
            When::After => self.after = Some(kind),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(pub Vec<Fault>);

impl Faults {
    /// Draws the faults of a call, and uses up one of each fault's times.
    pub fn draw(&mut self, endpoint: Endpoint, replay: bool, dice: &mut Random) -> Plan {
        let mut plan = Plan::default();
        for fault in &mut self.0 {
            let in_scope = endpoint.is_in(fault.scope);
            let can_hit = in_scope && fault.kind.can_hit(endpoint, replay);
            if !can_hit
                || plan.is_taken(fault.kind.when())
                || fault.times == Some(0)
                || !dice.chance(fault.probability)
            {
                continue;
            }
            fault.times = fault.times.map(|times| times - 1);
            plan.should_retry = plan.should_retry.or(fault.should_retry);
            plan.take(fault.kind);
        }
        self.0.retain(|fault| fault.times != Some(0));
        plan
    }
}
