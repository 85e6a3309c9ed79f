//! Who is an operator.

use crate::{
    domain::limit::{Allowance, Limit},
    http::{
        handler::{Accepted, Handled, Services},
        response,
        site::Site,
    },
    pages::answer::Answer,
};

/// Lets an operator in and names them in the log context, or refuses.
///
/// The limits come first, so that they count the right guess too.
pub async fn admit<S: Services>(
    site: &Site,
    request: &mut Accepted,
    services: &S,
) -> Option<Handled> {
    let mut allowance = services.allows(Limit::AdminAddress).await;
    if allowance == Allowance::Allowed {
        allowance = services.allows(Limit::AdminTotal).await;
    }
    match allowance {
        Allowance::Allowed => {}
        Allowance::Refused => return Some(Handled::answer(site, request, &Answer::TooManyTries)),
        Allowance::Unavailable => return Some(unavailable(site, request)),
    }
    let secret = request.authorization.strip_prefix("Bearer ");
    let secret = secret.unwrap_or_default().trim();
    request.log.operator = site.config.operators.identify(secret).cloned();
    if request.log.operator.is_some() {
        return None;
    }
    Some(refuse(site, request))
}

/// 401 for a visitor who is no operator.
#[must_use]
pub fn refuse(site: &Site, request: &Accepted) -> Handled {
    let detail = "Send the header Authorization: Bearer with an operator's secret.";
    let response = response::problem(site, 401, "unauthorized", "Not authorized", detail);
    let response = response.with("www-authenticate", "Bearer");
    Handled::new(response, request.log.clone(), "unauthorized")
}

/// 503: nobody is let in while log-ins cannot be counted.
fn unavailable(site: &Site, request: &Accepted) -> Handled {
    let code = "limiter_unavailable";
    let detail = "Log-ins cannot be counted at the moment, so nobody is let in. /healthz says what is missing.";
    let response = response::problem(site, 503, code, "Try again in a moment", detail);
    let response = response.with("retry-after", "60");
    Handled::new(response, request.log.clone(), code)
}
