//! The routes by URL, natively: the shipped code from request to reply, on real SQL and against the
//! fake Stripe.

mod alerts;
mod burst;
mod currencies;
mod dashboard;
mod deliveries;
mod desk;
mod desk_import;
mod desk_pages;
mod export;
mod first_payment;
mod fold;
mod harness;
mod health;
mod health_desk;
mod import;
mod languages;
mod limits;
mod messages;
mod migrations;
mod openapi;
mod operators;
mod pages;
mod paused;
mod periods;
mod plain_http;
mod players;
mod reconcile;
mod refunds;
mod restore;
mod returns;
mod runbook;
mod sessions;
mod statements;
mod stories;
mod webhooks;
