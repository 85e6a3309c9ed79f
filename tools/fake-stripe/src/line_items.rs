//! The line items of a session: prices given inline, their total, and the objects of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::error::ApiError;
use crate::ids::LineItemId;
use crate::money::{require_chargeable, require_payable};
use crate::params::{Arg, Args, Read, missing};

/// `unit_amount_decimal` has up to twelve decimals.
const DECIMALS: usize = 12;

/// One line of what is bought.
#[derive(Clone, Debug)]
pub(crate) struct LineItem {
    pub id: LineItemId,
    pub name: String,
    pub description: Option<String>,
    pub quantity: i64,
    /// Minor units.
    pub amount: i64,
    unit_amount: Option<i64>,
    /// The unit amount as a decimal, which can be finer than minor units.
    unit_decimal: String,
    currency: String,
    metadata: BTreeMap<String, String>,
}

impl LineItem {
    /// The object of the `line_items` list.
    ///
    /// `created` is the session's (unix seconds).
    pub fn json(&self, created: i64, livemode: bool) -> Value {
        let suffix = self.id.trim_start_matches("li_");
        json!({
            "id": self.id.as_ref(),
            "object": "item",
            "adjustable_quantity": null,
            "amount_discount": 0,
            "amount_subtotal": self.amount,
            "amount_tax": 0,
            "amount_total": self.amount,
            "currency": self.currency,
            "description": self.name,
            "metadata": self.metadata,
            "price": {
                "id": format!("price_{suffix}"), "object": "price", "active": false,
                "billing_scheme": "per_unit", "created": created, "currency": self.currency,
                "custom_unit_amount": null, "livemode": livemode, "lookup_key": null,
                "metadata": {}, "nickname": null, "product": format!("prod_{suffix}"),
                "recurring": null, "tax_behavior": "unspecified", "tiers_mode": null,
                "transform_quantity": null, "type": "one_time", "unit_amount": self.unit_amount,
                "unit_amount_decimal": self.unit_decimal,
            },
            "quantity": self.quantity,
        })
    }
}

/// The line items of checked parameters.
pub(crate) fn parse(
    args: &Args,
    mut next_id: impl FnMut() -> LineItemId,
) -> Result<Vec<LineItem>, ApiError> {
    let given = args.list("line_items");
    if given.len() > 100 {
        let message = "A Checkout Session can have up to 100 line items.";
        return Err(ApiError::param("line_items", message));
    }
    let items = given.iter().filter_map(Arg::as_hash).enumerate();
    items
        .map(|(at, item)| line_item(item, at, next_id()))
        .collect()
}

/// The currency and the sum of all lines, in minor units.
pub(crate) fn total(args: &Args, items: &[LineItem]) -> Result<(String, i64), ApiError> {
    let Some(first) = items.first() else {
        return Err(missing("line_items"));
    };
    let currency = args.text("currency").unwrap_or(&first.currency);
    if items.iter().any(|item| item.currency != currency) {
        let message = "All line items of a Checkout Session must have its currency.";
        return Err(ApiError::param("line_items", message));
    }
    let total = items
        .iter()
        .fold(0, |sum: i64, item| sum.saturating_add(item.amount));
    require_chargeable(total, currency)?;
    Ok((currency.to_owned(), total))
}

fn line_item(item: &Args, at: usize, id: LineItemId) -> Result<LineItem, ApiError> {
    let full = |name: &str| format!("line_items[{at}]{name}");
    if let Some(price) = item.text("price") {
        let message = format!("No such price: '{price}'");
        return Err(ApiError::param(full("[price]"), message).code("resource_missing"));
    }
    let price = item
        .hash("price_data")
        .ok_or_else(|| missing(&full("[price_data]")))?;
    if let Some(product) = price.text("product") {
        let message = format!("No such product: '{product}'");
        let param = full("[price_data][product]");
        return Err(ApiError::param(param, message).code("resource_missing"));
    }
    if price.contains_key("recurring") {
        let message = "You specified `payment` mode but passed a recurring price.";
        return Err(ApiError::param(full("[price_data][recurring]"), message));
    }
    let product = price
        .hash("product_data")
        .ok_or_else(|| missing(&full("[price_data][product_data]")))?;
    let quantity = item
        .int("quantity")
        .ok_or_else(|| missing(&full("[quantity]")))?;
    if !(1..=999_999).contains(&quantity) {
        let message = "Invalid quantity: it must be between 1 and 999999";
        return Err(ApiError::param(full("[quantity]"), message).code("parameter_invalid_integer"));
    }
    let amount = amount(price, quantity, &full("[price_data]"))?;
    let currency = price.owned("currency").unwrap_or_default();
    require_payable(amount, &currency, &full("[price_data][unit_amount]"))?;
    let unit_amount = price.int("unit_amount");
    let unit_decimal = unit_amount.map(|unit| unit.to_string());
    Ok(LineItem {
        id,
        name: product.owned("name").unwrap_or_default(),
        description: product.owned("description"),
        quantity,
        amount,
        unit_amount,
        unit_decimal: unit_decimal
            .or_else(|| price.owned("unit_amount_decimal"))
            .unwrap_or_default(),
        currency,
        metadata: item.pairs("metadata"),
    })
}

/// The line's amount in minor units; a decimal unit amount is rounded once, after multiplication.
fn amount(price: &Args, quantity: i64, full: &str) -> Result<i64, ApiError> {
    match (price.int("unit_amount"), price.text("unit_amount_decimal")) {
        (Some(_), Some(_)) => Err(ApiError::param(
            format!("{full}[unit_amount]"),
            "You may only specify one of these parameters: unit_amount, unit_amount_decimal.",
        )),
        (None, None) => Err(missing(&format!("{full}[unit_amount]"))),
        (Some(unit), None) => Ok(unit.saturating_mul(quantity)),
        (None, Some(text)) => decimal(text)
            .and_then(|unit| unit.checked_mul(i128::from(quantity)))
            .and_then(|scaled| {
                let one = 10_i128.pow(DECIMALS as u32);
                i64::try_from((scaled + one / 2) / one).ok()
            })
            .ok_or_else(|| {
                let param = format!("{full}[unit_amount_decimal]");
                ApiError::param(param, format!("Invalid decimal: {text}"))
            }),
    }
}

/// A non-negative decimal, scaled by ten to the twelfth.
fn decimal(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if fraction.len() > DECIMALS || whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<DECIMALS$}").parse().ok()
}
