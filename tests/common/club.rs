//! The club of the tests, and when they begin.

/// In unix milliseconds.
pub const NOW: i64 = 1_795_000_000_000;
/// Of the webhook.
pub const SECRET: &str = "whsec_of_the_tests";
/// Of the operator "treasurer".
pub const ADMIN: &str = "secret-of-the-operator-of-the-tests";

/// Its variables.
pub fn config(name: &str) -> Option<String> {
    let value = match name {
        "CLUB_NAME" => "Example Youth Club",
        "CLUB_CONTACT" => "treasurer@club.example",
        "PUBLIC_ORIGIN" => "https://pay.club.example",
        "STRIPE_SECRET_KEY" => "sk_test_of_the_tests",
        "STRIPE_WEBHOOK_SECRET" => SECRET,
        "ADMIN_TOKEN" => return Some(format!("treasurer:{ADMIN}")),
        "DEBUG_TIMING" => "on",
        _ => return None,
    };
    Some(value.to_owned())
}
