//! The parameters of each endpoint but `POST /v1/checkout/sessions`.

use super::kind::{Kind, Params, TEXT};

const EXPAND: (&str, Kind) = ("expand", Kind::List(&TEXT));
const LIMIT: (&str, Kind) = ("limit", Kind::Int);
const AFTER: (&str, Kind) = ("starting_after", TEXT);
const BEFORE: (&str, Kind) = ("ending_before", TEXT);

/// An endpoint that takes nothing but `expand`.
pub(crate) const ONLY_EXPAND: Params = &[EXPAND];

/// `GET /v1/checkout/sessions`.
pub(crate) const LIST_SESSIONS: Params = &[
    AFTER,
    BEFORE,
    ("created", Kind::TimeRange),
    ("customer", TEXT),
    ("customer_account", TEXT),
    ("customer_details", Kind::Hash(&[("email", Kind::Email)])),
    EXPAND,
    LIMIT,
    ("payment_intent", TEXT),
    ("payment_link", TEXT),
    ("status", Kind::One(&["complete", "expired", "open"])),
    ("subscription", TEXT),
];

/// `GET /v1/checkout/sessions/:id/line_items`.
pub(crate) const LIST_PLAIN: Params = &[AFTER, BEFORE, EXPAND, LIMIT];

/// `GET /v1/events`.
pub(crate) const LIST_EVENTS: Params = &[
    AFTER,
    BEFORE,
    ("created", Kind::TimeRange),
    ("delivery_success", Kind::Bool),
    EXPAND,
    LIMIT,
    ("type", TEXT),
    ("types", Kind::List(&TEXT)),
];

/// `GET /v1/charges`.
pub(crate) const LIST_CHARGES: Params = &[
    AFTER,
    BEFORE,
    ("created", Kind::TimeRange),
    ("customer", TEXT),
    EXPAND,
    LIMIT,
    ("payment_intent", TEXT),
    ("transfer_group", TEXT),
];

/// `GET /v1/refunds`.
pub(crate) const LIST_REFUNDS: Params = &[
    AFTER,
    BEFORE,
    ("charge", TEXT),
    ("created", Kind::TimeRange),
    EXPAND,
    LIMIT,
    ("payment_intent", TEXT),
];

/// `GET /v1/disputes`.
pub(crate) const LIST_DISPUTES: Params = LIST_REFUNDS;

/// `POST /v1/refunds/:id`.
pub(crate) const UPDATE_REFUND: Params = &[EXPAND, ("metadata", Kind::OrEmpty(&Kind::Metadata))];

/// `POST /v1/webhook_endpoints`.
pub(crate) const CREATE_WEBHOOK_ENDPOINT: Params = &[
    ("api_version", TEXT),
    ("connect", Kind::Bool),
    ("description", Kind::OrEmpty(&TEXT)),
    ("enabled_events", Kind::Must(&Kind::List(&TEXT))),
    EXPAND,
    ("metadata", Kind::OrEmpty(&Kind::Metadata)),
    ("url", Kind::Must(&Kind::Url)),
];

/// `POST /v1/webhook_endpoints/:id`.
pub(crate) const UPDATE_WEBHOOK_ENDPOINT: Params = &[
    ("description", Kind::OrEmpty(&TEXT)),
    ("disabled", Kind::Bool),
    ("enabled_events", Kind::List(&TEXT)),
    EXPAND,
    ("metadata", Kind::OrEmpty(&Kind::Metadata)),
    ("url", Kind::Url),
];

/// `POST /v1/refunds`.
pub(crate) const CREATE_REFUND: Params = &[
    ("amount", Kind::Int),
    ("charge", TEXT),
    ("currency", Kind::Currency),
    ("customer", TEXT),
    EXPAND,
    ("instructions_email", TEXT),
    ("metadata", Kind::OrEmpty(&Kind::Metadata)),
    ("origin", Kind::One(&["customer_balance"])),
    ("payment_intent", TEXT),
    (
        "reason",
        Kind::One(&["duplicate", "fraudulent", "requested_by_customer"]),
    ),
    ("refund_application_fee", Kind::Bool),
    ("reverse_transfer", Kind::Bool),
];
