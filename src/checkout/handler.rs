//! The handlers of the requests that everybody may make.

use crate::{
    domain::{checkout::ChargeRef, id::SessionId},
    http::cors::Cors,
    stripe::signature::Signature,
};

/// A handler, with what it needs of the request's head.
pub enum Handler {
    /// A person's click.
    Link(ChargeRef),
    /// A front end asks for the session of a link.
    SessionByToken(Cors),
    /// A server asks for the session of a player's charge, by the club's own id.
    SessionOfPlayer(String),
    /// A payer comes back from Stripe.
    Returned(SessionId),
    /// Stripe delivers an event.
    Webhook(Signature),
    /// `GET /healthz`
    Health,
}
