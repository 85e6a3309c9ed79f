//! checkout-guard
pub mod config;
pub mod encode;
pub mod error;
pub mod guard;
pub mod http;
pub mod import;
pub mod order;
pub mod pages;
pub mod ports;
pub mod settle;
pub mod sql;
pub mod store;
pub mod stripe;
pub mod token;
pub mod visit;
pub mod webhook;
