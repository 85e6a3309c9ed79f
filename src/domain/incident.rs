//! Something that a person must look at.

use super::{
    charge::ChargeName,
    id::{ChargeId, OrderId, PaymentIntentId, SessionId},
    money::Money,
    time::UnixMillis,
};

/// An incident: opened once, resolved once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Incident {
    /// Its kind.
    pub kind: IncidentKind,
    /// Its subject; the same kind about the same thing is one incident.
    pub about: String,
    /// The order, if one is known.
    pub order: Option<OrderId>,
    /// The charge, if one is known.
    pub charge: Option<ChargeId>,
    /// The session, if there is one.
    pub session: Option<SessionId>,
    /// The payment, which a refund needs.
    pub payment_intent: Option<PaymentIntentId>,
    /// How much money it is about.
    pub money: Option<Money>,
    /// The charge that is not here, if it is about one.
    pub charge_named: Option<ChargeName>,
    /// Of a dispute: until when it can be answered, if Stripe says so.
    pub due_by: Option<UnixMillis>,
    /// Details for a person, in a sentence. Holds no token, no secret and no address.
    pub detail: String,
}

impl Incident {
    /// An incident that is about no order, no charge and no payment.
    #[must_use]
    pub fn new(kind: IncidentKind, about: String, detail: String) -> Self {
        Self {
            kind,
            about,
            order: None,
            charge: None,
            session: None,
            payment_intent: None,
            money: None,
            charge_named: None,
            due_by: None,
            detail,
        }
    }
}

/// Kinds of incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IncidentKind {
    /// A second payment was taken for one charge.
    DuplicatePayment,
    /// A payment of this installation is for a charge that the database does not have.
    UnknownCharge,
    /// Stripe took another amount than is owed.
    AmountMismatch,
    /// A refund did not reach the payer.
    RefundFailed,
    /// A payer disputes a payment at the bank.
    Dispute,
    /// Stripe does not know a session that we created: the key is of another account or mode.
    UnknownSession,
    /// Stripe refuses to create a session for a charge.
    CreateRefused,
    /// An event came from the other mode than the key's.
    WrongMode,
    /// A signed delivery that could not be read.
    UnreadableEvent,
    /// A session could not be brought into line after a restore.
    NotRestored,
    /// Clicks were answered with 5xx.
    CheckoutErrors,
    /// Stripe cannot be reached, or refuses the key.
    StripeUnreachable,
    /// D1's free plan has refused everything: the rows that it has for a day were used up.
    DatabaseQuota,
    /// A person was told that an unpaid charge is paid.
    PaidPageOnUnpaid,
    /// Orders are pending long after their session's end.
    StalePending,
    /// Stripe's events are found by the cron, and no webhook comes.
    WebhooksSilent,
    /// The cron does not run, or does not come to its end.
    ReconcileStalled,
    /// The configuration is not complete.
    IncompleteSetup,
    /// The cron did not open a month in time: it did not run, or payments were paused.
    MonthNotOpened,
}

impl IncidentKind {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::DuplicatePayment,
        Self::UnknownCharge,
        Self::AmountMismatch,
        Self::RefundFailed,
        Self::Dispute,
        Self::UnknownSession,
        Self::CreateRefused,
        Self::WrongMode,
        Self::UnreadableEvent,
        Self::NotRestored,
        Self::CheckoutErrors,
        Self::StripeUnreachable,
        Self::DatabaseQuota,
        Self::PaidPageOnUnpaid,
        Self::StalePending,
        Self::WebhooksSilent,
        Self::ReconcileStalled,
        Self::IncompleteSetup,
        Self::MonthNotOpened,
    ];

    /// Those that the rules of `alerts` open, and resolve once they are over. Each is open at most once.
    pub const OF_RULES: [Self; 8] = [
        Self::CheckoutErrors,
        Self::StripeUnreachable,
        Self::DatabaseQuota,
        Self::PaidPageOnUnpaid,
        Self::StalePending,
        Self::WebhooksSilent,
        Self::ReconcileStalled,
        Self::IncompleteSetup,
    ];

    /// As it stands in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DuplicatePayment => "duplicate_payment",
            Self::UnknownCharge => "unknown_charge",
            Self::AmountMismatch => "amount_mismatch",
            Self::RefundFailed => "refund_failed",
            Self::Dispute => "dispute",
            Self::UnknownSession => "unknown_session",
            Self::CreateRefused => "create_refused",
            Self::WrongMode => "wrong_mode",
            Self::UnreadableEvent => "unreadable_event",
            Self::NotRestored => "not_restored",
            Self::CheckoutErrors => "checkout_errors",
            Self::StripeUnreachable => "stripe_unreachable",
            Self::DatabaseQuota => "database_quota",
            Self::PaidPageOnUnpaid => "paid_page_on_unpaid",
            Self::StalePending => "stale_pending",
            Self::WebhooksSilent => "webhooks_silent",
            Self::ReconcileStalled => "reconcile_stalled",
            Self::IncompleteSetup => "incomplete_setup",
            Self::MonthNotOpened => "month_not_opened",
        }
    }

    /// Reads what stands in the database.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Its name for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::DuplicatePayment => "A second payment for one charge",
            Self::UnknownCharge => "A payment for a charge that is not here",
            Self::AmountMismatch => "Another amount than is owed was paid",
            Self::RefundFailed => "A refund did not reach the payer",
            Self::Dispute => "A payer disputes a payment",
            Self::UnknownSession => "Stripe does not know a payment page",
            Self::CreateRefused => "Stripe refuses a payment page",
            Self::WrongMode => "Events of the other mode",
            Self::UnreadableEvent => "An event could not be read",
            Self::NotRestored => "A payment page is not in line after a restore",
            Self::CheckoutErrors => "Parents get an error instead of the payment page",
            Self::StripeUnreachable => "Stripe cannot be reached",
            Self::DatabaseQuota => "Nobody can pay until midnight UTC: D1's free plan is used up",
            Self::PaidPageOnUnpaid => {
                "A parent was told \"already paid\", and the charge is unpaid"
            }
            Self::StalePending => "Orders stay pending",
            Self::WebhooksSilent => "Stripe's webhooks do not arrive",
            Self::ReconcileStalled => "Reconcile does not run",
            Self::IncompleteSetup => "The configuration is not complete",
            Self::MonthNotOpened => "A month's fees were not charged in time",
        }
    }

    /// Advice on what to do about it.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::DuplicatePayment => "Refund it, unless it was meant for something else.",
            Self::UnknownCharge => {
                "Import the player and the charge that it names: the payment is placed then. If they were never here, refund it in Stripe's dashboard."
            }
            Self::AmountMismatch => "Ask the payer for the rest, or refund what is too much.",
            Self::RefundFailed => {
                "The club has the money. Ask the payer for another way, and refund again."
            }
            Self::Dispute => {
                "Answer it in Stripe's dashboard, and send what shows that it was owed. There is a deadline."
            }
            Self::UnknownSession => {
                "Check STRIPE_SECRET_KEY: it is of another account, or of the other mode. Nobody can pay these charges."
            }
            Self::CreateRefused => {
                "See what Stripe says: the amount, the currency or the account may be wrong. Nobody can pay this charge."
            }
            Self::WrongMode => {
                "The webhook endpoint or the key is of the wrong mode: use both of test, or both of live."
            }
            Self::UnreadableEvent => {
                "Set the endpoint to the API version that docs/configuration.md names, and look at the event in Stripe's dashboard."
            }
            Self::NotRestored => {
                "It is tried again by itself. If it stays, compare its charge with Stripe's dashboard."
            }
            Self::CheckoutErrors => {
                "Click a link yourself, and look at /healthz and at the log's errors. If it began with a deployment, roll that back."
            }
            Self::StripeUnreachable => {
                "See status.stripe.com. If Stripe is well, check STRIPE_SECRET_KEY: it may be void. Nobody can begin to pay meanwhile."
            }
            Self::DatabaseQuota => {
                "D1 refuses every read and write until then. Take the Workers Paid plan in Cloudflare's dashboard: it has no such limit, and works within minutes."
            }
            Self::PaidPageOnUnpaid => {
                "This must never be. Roll back the last deployment, then compare the charge with Stripe's dashboard."
            }
            Self::StalePending => {
                "Look at these orders in Stripe's dashboard. If many wait since an import or an outage, raise RECONCILE_BUDGET."
            }
            Self::WebhooksSilent => {
                "Check the webhook endpoint in Stripe's dashboard: it may be missing, disabled, or have another secret. Payments are recorded all the same, only later."
            }
            Self::ReconcileStalled => {
                "Check the Worker's cron trigger in Cloudflare's dashboard. Payments whose webhook was lost are not found meanwhile."
            }
            Self::IncompleteSetup => {
                "Set what is named, and deploy. /healthz says when it is complete."
            }
            Self::MonthNotOpened => {
                "Look at Months. The cron catches up on the month before this one; an older one is yours to open, if it is owed."
            }
        }
    }

    /// Whether its detail goes out with an alert. It does if it is written here; others hold what Stripe said.
    #[must_use]
    pub fn tells_detail(self) -> bool {
        self == Self::MonthNotOpened || Self::OF_RULES.contains(&self)
    }

    /// Whether it opens again if the same happens after it was resolved. Something about one payment, or one month, happens
    /// only once, although its events may come again, in any order.
    #[must_use]
    pub const fn reopens(self) -> bool {
        match self {
            Self::DuplicatePayment
            | Self::UnknownCharge
            | Self::AmountMismatch
            | Self::RefundFailed
            | Self::Dispute
            | Self::UnreadableEvent
            | Self::MonthNotOpened => false,
            Self::UnknownSession
            | Self::CreateRefused
            | Self::WrongMode
            | Self::NotRestored
            | Self::CheckoutErrors
            | Self::StripeUnreachable
            | Self::DatabaseQuota
            | Self::PaidPageOnUnpaid
            | Self::StalePending
            | Self::WebhooksSilent
            | Self::ReconcileStalled
            | Self::IncompleteSetup => true,
        }
    }
}

/// A transaction's change of the incidents.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum IncidentChange {
    /// Opens one, unless it is open already. If it was resolved, it opens again only if its kind reopens.
    Open(Incident),
    /// Resolves one. One that was never opened is recorded as resolved, so that it cannot open later.
    Close(Incident, String),
    /// Resolves one if it is open.
    Resolve {
        /// Its kind.
        kind: IncidentKind,
        /// Its subject.
        about: String,
        /// How it ended.
        resolution: &'static str,
    },
}
