//! Alerts: where they go.

use super::{
    reader::Reader,
    variables::{ALERT_EMAIL, ALERT_WEBHOOK_URL, CLUB_NAME, MAIL_FROM, PUBLIC_ORIGIN},
};

/// Where alerts go, and what they say of the club.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertSettings {
    /// `CLUB_NAME`.
    pub club_name: String,
    /// `PUBLIC_ORIGIN`; empty if it is not known.
    pub public_origin: String,
    /// `ALERT_WEBHOOK_URL`.
    pub webhook_url: Option<String>,
    /// `ALERT_EMAIL`.
    pub email: Option<String>,
    /// `MAIL_FROM`.
    pub mail_from: Option<String>,
}

impl AlertSettings {
    /// Reads only these variables, for a configuration that is wrong otherwise. An invalid one counts as not set.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Self {
        let mut reader = Reader::new(&get);
        let club_name = reader.text(CLUB_NAME);
        Self {
            club_name: club_name.unwrap_or_else(|| "checkout-guard".to_owned()),
            public_origin: reader.origin(PUBLIC_ORIGIN).unwrap_or_default(),
            webhook_url: reader.optional_url(ALERT_WEBHOOK_URL).flatten(),
            email: reader.optional_address(ALERT_EMAIL).flatten(),
            mail_from: reader.optional_address(MAIL_FROM).flatten(),
        }
    }
}

pub(super) fn read(
    reader: &mut Reader<'_>,
    club_name: Option<&str>,
    public_origin: Option<&str>,
) -> Option<AlertSettings> {
    let webhook_url = reader.optional_url(ALERT_WEBHOOK_URL);
    let email = reader.optional_address(ALERT_EMAIL);
    let mail_from = reader.optional_address(MAIL_FROM);
    Some(AlertSettings {
        club_name: club_name?.to_owned(),
        public_origin: public_origin?.to_owned(),
        webhook_url: webhook_url?,
        email: email?,
        mail_from: mail_from?,
    })
}
