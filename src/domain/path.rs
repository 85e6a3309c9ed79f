//! The paths of this Worker's routes. Emailed links, Stripe's settings and the pages use them too, so each is
//! written once, here.

use super::id::Attempt;

/// Links of first payments lead here.
pub const FIRST_PAYMENT: &str = "/checkout/first-payment";
/// All other links lead here.
pub const PAY: &str = "/checkout/pay";
/// A front end asks here for the session of a link.
pub const SESSIONS: &str = "/checkout/sessions";
/// A server asks for the session of a player's charge below here: `/checkout/players/{player_id}/sessions`.
pub const PLAYERS: &str = "/checkout/players/";
/// Stripe leads a payer back here after the payment.
pub const SUCCESS: &str = "/checkout/success";
/// Stripe leads a payer who did not pay back here. A POST goes on with the payment.
pub const CANCEL: &str = "/checkout/cancel";
/// Stripe delivers its events here.
pub const WEBHOOK: &str = "/webhooks/stripe";
/// Says whether the Worker can do its work.
pub const HEALTH: &str = "/healthz";
/// Describes the routes for programs.
pub const OPENAPI: &str = "/openapi.json";
/// Everything of operators is at this path or below it.
pub const ADMIN: &str = "/admin";
/// The image that a link's preview shows.
pub const LINK_IMAGE: &str = "/link.png";
/// The icon of a browser's tab and of a phone's home screen.
pub const ICON: &str = "/icon.png";

/// The path and query of a button that goes on with the payment of an order's charge. `cancel_url` is the same.
#[must_use]
pub fn go_on(attempt: &Attempt) -> String {
    format!("{CANCEL}?attempt={attempt}")
}
