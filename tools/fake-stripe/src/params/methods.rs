//! `payment_method_options` of a session, and the names of payment methods.

use super::kind::Kind::{Bool, Cents, Currency, Hash, Int, List, Must, One, OrEmpty, Text};
use super::kind::{INTERVALS, Params, TEXT};

const NONE: &[&str] = &["none"];
const OFF: &[&str] = &["none", "off_session"];
const OFF_OR_ON: &[&str] = &["none", "off_session", "on_session"];
const MANUAL: &[&str] = &["manual"];
const IF_AVAILABLE: &[&str] = &["if_available", "never"];
#[rustfmt::skip]
const PAYPAL_LOCALES: &[&str] = &[
    "cs-CZ", "da-DK", "de-AT", "de-DE", "de-LU", "el-GR", "en-GB", "en-US", "es-ES", "fi-FI",
    "fr-BE", "fr-FR", "fr-LU", "hu-HU", "it-IT", "nl-BE", "nl-NL", "pl-PL", "pt-PT", "sk-SK",
    "sv-SE",
];

/// The types of payment method that a session can name.
#[rustfmt::skip]
pub(super) const METHODS: &[&str] = &[
    "acss_debit", "affirm", "afterpay_clearpay", "alipay", "alma", "amazon_pay", "au_becs_debit",
    "bacs_debit", "bancontact", "billie", "bizum", "blik", "boleto", "card", "cashapp", "crypto",
    "customer_balance", "eps", "fpx", "giropay", "grabpay", "ideal", "kakao_pay", "klarna",
    "konbini", "kr_card", "link", "mb_way", "mobilepay", "multibanco", "naver_pay",
    "nz_bank_account", "oxxo", "p24", "pay_by_bank", "payco", "paynow", "paypal", "paypay",
    "payto", "pix", "promptpay", "revolut_pay", "samsung_pay", "satispay", "scalapay",
    "sepa_debit", "sequra", "sofort", "sunbit", "swish", "twint", "upi", "us_bank_account",
    "wechat_pay", "zip",
];

/// The options of each payment method.
#[rustfmt::skip]
pub(super) const OPTIONS: Params = &[
    ("acss_debit", Hash(&[
        ("currency", One(&["cad", "usd"])),
        ("mandate_options", Hash(&[
            ("custom_mandate_url", OrEmpty(&TEXT)),
            ("default_for", List(&One(&["invoice", "subscription"]))),
            ("interval_description", Text(500)),
            ("payment_schedule", One(&["combined", "interval", "sporadic"])),
            ("transaction_type", One(&["business", "personal"])),
        ])),
        ("setup_future_usage", One(OFF_OR_ON)), ("target_date", TEXT),
        ("verification_method", One(&["automatic", "instant", "microdeposits"])),
    ])),
    ("affirm", Hash(&[("capture_method", One(MANUAL)), ("setup_future_usage", One(NONE))])),
    ("afterpay_clearpay", Hash(&[
        ("capture_method", One(MANUAL)), ("setup_future_usage", One(NONE)),
    ])),
    ("alipay", Hash(&[("setup_future_usage", One(NONE))])),
    ("alma", Hash(&[("capture_method", One(MANUAL))])),
    ("amazon_pay", Hash(&[
        ("capture_method", One(MANUAL)), ("setup_future_usage", One(OFF)),
    ])),
    ("au_becs_debit", Hash(&[
        ("setup_future_usage", One(NONE)), ("target_date", TEXT),
    ])),
    ("bacs_debit", Hash(&[
        ("mandate_options", Hash(&[("reference_prefix", OrEmpty(&TEXT))])),
        ("setup_future_usage", One(OFF_OR_ON)), ("target_date", TEXT),
    ])),
    ("bancontact", Hash(&[("setup_future_usage", One(OFF))])),
    ("billie", Hash(&[("capture_method", One(MANUAL))])),
    ("blik", Hash(&[
        ("mandate_options", Hash(&[("expires_at", Int)])),
        ("setup_future_usage", OrEmpty(&One(OFF))),
    ])),
    ("boleto", Hash(&[("expires_after_days", Int), ("setup_future_usage", One(OFF_OR_ON))])),
    ("card", Hash(&[
        ("capture_method", One(MANUAL)), ("installments", Hash(&[("enabled", Bool)])),
        ("request_extended_authorization", One(IF_AVAILABLE)),
        ("request_incremental_authorization", One(IF_AVAILABLE)),
        ("request_multicapture", One(IF_AVAILABLE)), ("request_overcapture", One(IF_AVAILABLE)),
        ("request_three_d_secure", One(&["any", "automatic", "challenge"])),
        ("restrictions", Hash(&[
            ("brands_blocked", List(&One(&[
                "american_express", "discover_global_network", "mastercard", "visa",
            ]))),
            ("funding_types_blocked", List(&One(&["credit", "debit", "prepaid"]))),
        ])),
        ("setup_future_usage", One(&["off_session", "on_session"])),
        ("statement_descriptor_suffix_kana", Text(22)),
        ("statement_descriptor_suffix_kanji", Text(17)),
    ])),
    ("cashapp", Hash(&[
        ("capture_method", One(MANUAL)), ("setup_future_usage", One(OFF_OR_ON)),
    ])),
    ("crypto", Hash(&[("setup_future_usage", One(NONE))])),
    ("customer_balance", Hash(&[
        ("bank_transfer", Hash(&[
            ("eu_bank_transfer", Hash(&[("country", Must(&TEXT))])),
            ("requested_address_types", List(&One(&[
                "aba", "iban", "sepa", "sort_code", "spei", "swift", "zengin",
            ]))),
            ("type", Must(&One(&[
                "eu_bank_transfer", "gb_bank_transfer", "jp_bank_transfer", "mx_bank_transfer",
                "us_bank_transfer",
            ]))),
        ])),
        ("funding_type", One(&["bank_transfer"])), ("setup_future_usage", One(NONE)),
    ])),
    ("demo_pay", Hash(&[("setup_future_usage", One(OFF))])),
    ("eps", Hash(&[("setup_future_usage", One(NONE))])),
    ("fpx", Hash(&[("setup_future_usage", One(NONE))])),
    ("giropay", Hash(&[("setup_future_usage", One(NONE))])),
    ("grabpay", Hash(&[("setup_future_usage", One(NONE))])),
    ("ideal", Hash(&[("setup_future_usage", One(NONE))])),
    ("kakao_pay", Hash(&[
        ("capture_method", One(MANUAL)), ("setup_future_usage", One(OFF)),
    ])),
    ("klarna", Hash(&[
        ("capture_method", One(MANUAL)), ("setup_future_usage", One(NONE)),
        ("subscriptions", OrEmpty(&List(&Hash(&[
            ("interval", Must(&One(INTERVALS))), ("interval_count", Int), ("name", TEXT),
            ("next_billing", Must(&Hash(&[("amount", Must(&Cents)), ("date", Must(&TEXT))]))),
            ("reference", Must(&TEXT)),
        ])))),
    ])),
    ("konbini", Hash(&[("expires_after_days", Int), ("setup_future_usage", One(NONE))])),
    ("kr_card", Hash(&[("capture_method", One(MANUAL)), ("setup_future_usage", One(OFF))])),
    ("link", Hash(&[("capture_method", One(MANUAL)), ("setup_future_usage", One(OFF))])),
    ("mobilepay", Hash(&[
        ("capture_method", One(MANUAL)), ("setup_future_usage", One(NONE)),
    ])),
    ("multibanco", Hash(&[("setup_future_usage", One(NONE))])),
    ("naver_pay", Hash(&[
        ("capture_method", One(MANUAL)), ("setup_future_usage", One(OFF)),
    ])),
    ("oxxo", Hash(&[("expires_after_days", Int), ("setup_future_usage", One(NONE))])),
    ("p24", Hash(&[("setup_future_usage", One(NONE)), ("tos_shown_and_accepted", Bool)])),
    ("pay_by_bank", Hash(&[])),
    ("payco", Hash(&[("capture_method", One(MANUAL)), ("setup_future_usage", One(NONE))])),
    ("paynow", Hash(&[("setup_future_usage", One(NONE))])),
    ("paypal", Hash(&[
        ("capture_method", OrEmpty(&One(MANUAL))),
        ("preferred_locale", One(PAYPAL_LOCALES)), ("reference", Text(127)),
        ("risk_correlation_id", Text(32)), ("setup_future_usage", OrEmpty(&One(OFF))),
    ])),
    ("payto", Hash(&[
        ("mandate_options", Hash(&[
            ("amount", OrEmpty(&Cents)), ("amount_type", OrEmpty(&One(&["fixed", "maximum"]))),
            ("end_date", OrEmpty(&TEXT)),
            ("payment_schedule", OrEmpty(&One(&[
                "adhoc", "annual", "daily", "fortnightly", "monthly", "quarterly", "semi_annual",
                "weekly",
            ]))),
            ("payments_per_period", OrEmpty(&Int)),
            ("purpose", OrEmpty(&One(&[
                "dependant_support", "government", "loan", "mortgage", "other", "pension",
                "personal", "retail", "salary", "tax", "utility",
            ]))),
            ("start_date", OrEmpty(&TEXT)),
        ])),
        ("setup_future_usage", One(OFF)),
    ])),
    ("pix", Hash(&[
        ("amount_includes_iof", One(&["always", "never"])), ("expires_after_seconds", Int),
        ("mandate_options", Hash(&[
            ("amount", Cents), ("amount_includes_iof", One(&["always", "never"])),
            ("amount_type", One(&["fixed", "maximum"])), ("currency", Currency),
            ("end_date", TEXT),
            ("payment_schedule", One(&[
                "halfyearly", "monthly", "quarterly", "weekly", "yearly",
            ])),
            ("reference", TEXT), ("start_date", TEXT),
        ])),
        ("setup_future_usage", One(OFF)),
    ])),
    ("revolut_pay", Hash(&[
        ("capture_method", One(MANUAL)), ("setup_future_usage", One(OFF)),
    ])),
    ("samsung_pay", Hash(&[
        ("capture_method", One(MANUAL)), ("setup_future_usage", One(NONE)),
    ])),
    ("satispay", Hash(&[("capture_method", One(MANUAL))])),
    ("scalapay", Hash(&[("capture_method", One(MANUAL))])),
    ("sepa_debit", Hash(&[
        ("mandate_options", Hash(&[("reference_prefix", OrEmpty(&TEXT))])),
        ("setup_future_usage", One(OFF_OR_ON)), ("target_date", TEXT),
    ])),
    ("sequra", Hash(&[("capture_method", One(MANUAL))])),
    ("sofort", Hash(&[("setup_future_usage", One(NONE))])),
    ("sunbit", Hash(&[("capture_method", One(MANUAL)), ("setup_future_usage", One(NONE))])),
    ("swish", Hash(&[("reference", TEXT)])),
    ("twint", Hash(&[("setup_future_usage", One(OFF))])),
    ("upi", Hash(&[
        ("mandate_options", Hash(&[
            ("amount", Cents), ("amount_type", One(&["fixed", "maximum"])),
            ("description", TEXT), ("end_date", Int),
        ])),
        ("setup_future_usage", OrEmpty(&One(OFF_OR_ON))),
    ])),
    ("us_bank_account", Hash(&[
        ("financial_connections", Hash(&[
            ("permissions", List(&One(&[
                "balances", "ownership", "payment_method", "transactions",
            ]))),
            ("prefetch", List(&One(&["balances", "ownership", "transactions"]))),
        ])),
        ("setup_future_usage", One(OFF_OR_ON)), ("target_date", TEXT),
        ("verification_method", One(&["automatic", "instant"])),
    ])),
    ("wechat_pay", Hash(&[
        ("app_id", TEXT), ("client", Must(&One(&["android", "ios", "web"]))),
        ("setup_future_usage", One(NONE)),
    ])),
];
