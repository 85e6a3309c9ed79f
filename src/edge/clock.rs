//! The clock of JavaScript.

use worker::js_sys::Date;

/// Unix time in milliseconds. In a Worker it stands still between two awaits.
pub fn now() -> f64 {
    Date::now()
}
