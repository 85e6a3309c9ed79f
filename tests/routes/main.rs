//! The routes by URL, natively: the shipped code from request to reply, on real SQL and against the
//! Stripe stand-in.

mod deliveries;
mod first_payment;
mod import;
mod migrations;
mod pages;
mod returns;
mod sweep;
mod webhooks;
mod world;
