//! The parameters of `POST /v1/checkout/sessions`, by name, type and nesting.
//!
//! They are those of API version 2023-08-16 and of later ones together, as Stripe's OpenAPI document
//! and the types of its official library list them. One table for all versions: a parameter that a
//! version took away is marked with it, one that a version added is known to all.

use super::kind::Kind::{
    self, Anything, Before, Bool, Cents, Country, Currency, Decimal, Email, Hash, Int, List,
    Metadata, Must, One, OrEmpty, Text, Time, Url,
};
use super::kind::{INTERVALS, Params, TEXT};
use super::methods::{METHODS, OPTIONS};
use crate::version::Version;

const ISSUER: &[&str] = &["account", "self"];
const TAX_BEHAVIOR: &[&str] = &["exclusive", "inclusive", "unspecified"];
const DELIVERY_UNITS: &[&str] = &["business_day", "day", "hour", "month", "week"];
#[rustfmt::skip]
const LOCALES: &[&str] = &[
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr",
    "fr-CA", "hi-IN", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl",
    "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
];
#[rustfmt::skip]
const ADDRESS: Kind = Hash(&[
    ("city", TEXT), ("country", TEXT), ("line1", Must(&TEXT)), ("line2", TEXT),
    ("postal_code", TEXT), ("state", TEXT),
]);

/// The parameters of creating a session. Which of them are required by the mode is decided in `session`.
#[rustfmt::skip]
pub(crate) const CREATE: Params = &[
    ("adaptive_pricing", Hash(&[("enabled", Bool)])),
    ("after_expiration", Hash(&[
        ("recovery", Hash(&[("allow_promotion_codes", Bool), ("enabled", Must(&Bool))])),
    ])),
    ("allow_promotion_codes", Bool),
    ("allowed_payment_method_types", List(&One(METHODS))),
    ("automatic_tax", Hash(&[
        ("enabled", Must(&Bool)),
        ("liability", Hash(&[
            ("account", TEXT), ("type", Must(&One(ISSUER))),
        ])),
    ])),
    ("billing_address_collection", One(&["auto", "required"])),
    ("branding_settings", Hash(&[
        ("background_color", OrEmpty(&TEXT)),
        ("border_style", OrEmpty(&One(&["pill", "rectangular", "rounded"]))),
        ("button_color", OrEmpty(&TEXT)), ("display_name", TEXT),
        ("font_family", OrEmpty(&Text(100))),
        ("icon", Hash(&[
            ("file", TEXT), ("type", Must(&One(&["file", "url"]))), ("url", TEXT),
        ])),
        ("logo", Hash(&[
            ("file", TEXT), ("type", Must(&One(&["file", "url"]))), ("url", TEXT),
        ])),
    ])),
    ("cancel_url", Url),
    ("client_reference_id", Text(200)),
    ("consent_collection", Hash(&[
        ("payment_method_reuse_agreement", Hash(&[
            ("position", Must(&One(&["auto", "hidden"]))),
        ])),
        ("promotions", One(&["auto", "none"])), ("terms_of_service", One(&["none", "required"])),
    ])),
    ("currency", Currency),
    ("custom_fields", List(&Hash(&[
        ("dropdown", Hash(&[
            ("default_value", TEXT),
            ("options", Must(&List(&Hash(&[
                ("label", Must(&Text(100))), ("value", Must(&Text(100))),
            ])))),
        ])),
        ("key", Must(&Text(200))),
        ("label", Must(&Hash(&[("custom", Must(&Text(100))), ("type", Must(&One(&["custom"])))]))),
        ("numeric", Hash(&[
            ("default_value", TEXT), ("maximum_length", Int), ("minimum_length", Int),
        ])),
        ("optional", Bool),
        ("text", Hash(&[
            ("default_value", TEXT), ("maximum_length", Int), ("minimum_length", Int),
        ])),
        ("type", Must(&One(&["dropdown", "numeric", "text"]))),
    ]))),
    ("custom_text", Hash(&[
        ("after_submit", OrEmpty(&Hash(&[("message", Must(&Text(1200)))]))),
        ("shipping_address", OrEmpty(&Hash(&[("message", Must(&Text(1200)))]))),
        ("submit", OrEmpty(&Hash(&[("message", Must(&Text(1200)))]))),
        ("terms_of_service_acceptance", OrEmpty(&Hash(&[("message", Must(&Text(1200)))]))),
    ])),
    ("customer", TEXT),
    ("customer_account", TEXT),
    ("customer_creation", One(&["always", "if_required"])),
    ("customer_email", Email),
    ("customer_update", Hash(&[
        ("address", One(&["auto", "never"])), ("name", One(&["auto", "never"])),
        ("shipping", One(&["auto", "never"])),
    ])),
    ("discounts", List(&Hash(&[("coupon", TEXT), ("promotion_code", TEXT)]))),
    ("excluded_payment_method_types", List(&One(METHODS))),
    ("expand", List(&TEXT)),
    ("expires_at", Time),
    ("integration_identifier", TEXT),
    ("invoice_creation", Hash(&[
        ("enabled", Must(&Bool)),
        ("invoice_data", Hash(&[
            ("account_tax_ids", OrEmpty(&List(&TEXT))),
            ("custom_fields", OrEmpty(&List(&Hash(&[
                ("name", Must(&Text(30))), ("value", Must(&Text(30))),
            ])))),
            ("description", Text(1500)), ("footer", TEXT),
            ("issuer", Hash(&[
                ("account", TEXT), ("type", Must(&One(ISSUER))),
            ])),
            ("metadata", Metadata),
            ("rendering_options", OrEmpty(&Hash(&[
                ("amount_tax_display", OrEmpty(&One(&["exclude_tax", "include_inclusive_tax"]))),
                ("template", TEXT),
            ]))),
        ])),
    ])),
    ("line_items", List(&Hash(&[
        ("adjustable_quantity", Hash(&[
            ("enabled", Must(&Bool)), ("maximum", Int), ("minimum", Int),
        ])),
        ("dynamic_tax_rates", Before(Version::NO_DYNAMIC_TAX_RATES, &List(&TEXT))),
        ("metadata", Metadata), ("price", TEXT),
        ("price_data", Hash(&[
            ("currency", Must(&Currency)), ("product", TEXT),
            ("product_data", Hash(&[
                ("description", Text(40000)), ("images", List(&TEXT)),
                ("metadata", Metadata), ("name", Must(&TEXT)), ("tax_code", TEXT),
                ("tax_details", Hash(&[
                    ("performance_location", TEXT), ("tax_code", OrEmpty(&TEXT)),
                ])),
                ("unit_label", TEXT),
            ])),
            ("recurring", Hash(&[
                ("interval", Must(&One(INTERVALS))), ("interval_count", Int),
            ])),
            ("tax_behavior", One(TAX_BEHAVIOR)), ("unit_amount", Cents),
            ("unit_amount_decimal", Decimal),
        ])),
        ("quantity", Int), ("tax_rates", List(&TEXT)),
    ]))),
    ("locale", One(LOCALES)),
    ("managed_payments", Hash(&[("enabled", Bool)])),
    ("metadata", Metadata),
    ("mode", One(&["payment", "setup", "subscription"])),
    ("name_collection", Hash(&[
        ("business", Hash(&[("enabled", Must(&Bool)), ("optional", Bool)])),
        ("individual", Hash(&[("enabled", Must(&Bool)), ("optional", Bool)])),
    ])),
    ("optional_items", List(&Hash(&[
        ("adjustable_quantity", Hash(&[
            ("enabled", Must(&Bool)), ("maximum", Int), ("minimum", Int),
        ])),
        ("price", Must(&TEXT)), ("quantity", Must(&Int)),
    ]))),
    ("origin_context", One(&["mobile_app", "web"])),
    ("payment_intent_data", Hash(&[
        ("application_fee_amount", Int),
        ("capture_method", One(&["automatic", "automatic_async", "manual"])),
        ("description", Text(1000)), ("metadata", Metadata), ("on_behalf_of", TEXT),
        ("receipt_email", Email), ("setup_future_usage", One(&["off_session", "on_session"])),
        ("shipping", Hash(&[
            ("address", Must(&ADDRESS)), ("carrier", TEXT), ("name", Must(&TEXT)),
            ("phone", TEXT), ("tracking_number", TEXT),
        ])),
        ("statement_descriptor", Text(22)), ("statement_descriptor_suffix", Text(22)),
        ("transfer_data", Hash(&[("amount", Cents), ("destination", Must(&TEXT))])),
        ("transfer_group", TEXT),
    ])),
    ("payment_method_collection", One(&["always", "if_required"])),
    ("payment_method_configuration", TEXT),
    ("payment_method_data", Hash(&[
        ("allow_redisplay", One(&["always", "limited", "unspecified"])),
    ])),
    ("payment_method_options", Hash(OPTIONS)),
    ("payment_method_types", Before(Version::NO_METHOD_TYPES, &List(&One(METHODS)))),
    ("permissions", Hash(&[
        ("update_shipping_details", One(&["client_only", "server_only"])),
    ])),
    ("phone_number_collection", Hash(&[("enabled", Must(&Bool))])),
    ("redirect_on_completion", One(&["always", "if_required", "never"])),
    ("return_url", Url),
    ("saved_payment_method_options", Hash(&[
        ("allow_redisplay_filters", List(&One(&["always", "limited", "unspecified"]))),
        ("payment_method_remove", One(&["disabled", "enabled"])),
        ("payment_method_save", One(&["disabled", "enabled"])),
    ])),
    ("setup_intent_data", Hash(&[
        ("description", Text(1000)), ("metadata", Metadata), ("on_behalf_of", TEXT),
    ])),
    ("shipping_address_collection", Hash(&[("allowed_countries", Must(&List(&Country)))])),
    ("shipping_options", List(&Hash(&[
        ("shipping_rate", TEXT),
        ("shipping_rate_data", Hash(&[
            ("delivery_estimate", Hash(&[
                ("maximum", Hash(&[
                    ("unit", Must(&One(DELIVERY_UNITS))), ("value", Must(&Int)),
                ])),
                ("minimum", Hash(&[
                    ("unit", Must(&One(DELIVERY_UNITS))), ("value", Must(&Int)),
                ])),
            ])),
            ("display_name", Must(&Text(100))),
            ("fixed_amount", Hash(&[
                ("amount", Must(&Cents)), ("currency", Must(&Currency)),
                ("currency_options", Anything),
            ])),
            ("metadata", Metadata), ("tax_behavior", One(TAX_BEHAVIOR)), ("tax_code", TEXT),
            ("type", One(&["fixed_amount"])),
        ])),
    ]))),
    ("submit_type", One(&["auto", "book", "donate", "pay", "subscribe"])),
    ("subscription_data", Hash(&[
        ("application_fee_percent", Decimal), ("billing_cycle_anchor", Time),
        ("billing_cycle_anchor_config", Hash(&[
            ("day_of_month", Must(&Int)), ("hour", Int), ("minute", Int), ("month", Int),
            ("second", Int),
        ])),
        ("billing_mode", Hash(&[
            ("flexible", Hash(&[("proration_discounts", One(&["included", "itemized"]))])),
            ("type", Must(&One(&["classic", "flexible"]))),
        ])),
        ("default_tax_rates", List(&TEXT)), ("description", Text(500)),
        ("invoice_settings", Hash(&[
            ("account_tax_ids", OrEmpty(&List(&TEXT))),
            ("custom_fields", OrEmpty(&List(&Hash(&[
                ("name", Must(&TEXT)), ("value", Must(&TEXT)),
            ])))),
            ("description", TEXT), ("footer", TEXT),
            ("issuer", Hash(&[
                ("account", TEXT), ("type", Must(&One(ISSUER))),
            ])),
        ])),
        ("metadata", Metadata), ("on_behalf_of", TEXT),
        ("pending_invoice_item_interval", Hash(&[
            ("interval", Must(&One(INTERVALS))), ("interval_count", Int),
        ])),
        ("proration_behavior", One(&["create_prorations", "none"])),
        ("transfer_data", Hash(&[
            ("amount_percent", Decimal), ("destination", Must(&TEXT)),
        ])),
        ("trial_end", Time), ("trial_period_days", Int),
        ("trial_settings", Hash(&[
            ("end_behavior", Must(&Hash(&[
                ("missing_payment_method", Must(&One(&["cancel", "create_invoice", "pause"]))),
            ]))),
        ])),
    ])),
    ("success_url", Url),
    ("tax_id_collection", Hash(&[
        ("enabled", Must(&Bool)), ("required", One(&["if_supported", "never"])),
    ])),
    // Its values depend on the version: `session` checks them.
    ("ui_mode", TEXT),
    ("wallet_options", Hash(&[("link", Hash(&[("display", One(&["auto", "never"]))]))])),
];
