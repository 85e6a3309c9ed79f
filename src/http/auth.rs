//! The authentication of operators: by a session cookie, by a secret, or by Cloudflare Access.

pub mod credentials;
pub mod session;

use crate::{
    domain::{
        error::StoreError,
        limit::{Allowance, Limit},
        operator::{Operator, OperatorName},
    },
    http::{
        handler::{Accepted, DAY_LIMIT, Handled, Services},
        response::{self, Response},
        site::Site,
    },
    pages::answer::Answer,
    store::operators,
};
use credentials::Credentials;
use session::Session;

/// An operator who asks. Only [`authenticate`] makes one, so what takes one cannot be reached by anybody else.
#[derive(Clone, Debug)]
pub struct Authenticated {
    operator: OperatorName,
    means: Means,
}

/// How operators show who they are.
#[derive(Clone, Debug)]
enum Means {
    /// A secret, sent along by a program.
    Secret,
    /// Cloudflare Access, in front of the Worker.
    Access,
    /// A session in a browser.
    Session {
        session: Session,
        /// Its `Set-Cookie`, used now.
        renewal: String,
    },
}

impl Authenticated {
    /// Their name.
    #[must_use]
    pub const fn operator(&self) -> &OperatorName {
        &self.operator
    }

    /// Whether Cloudflare Access names them: they cannot log out here.
    #[must_use]
    pub const fn is_by_access(&self) -> bool {
        match self.means {
            Means::Access => true,
            Means::Secret | Means::Session { .. } => false,
        }
    }

    /// Their session.
    #[must_use]
    pub const fn session(&self) -> Option<Session> {
        match self.means {
            Means::Session { session, .. } => Some(session),
            Means::Secret | Means::Access => None,
        }
    }

    /// The `Set-Cookie` by which their session goes on.
    #[must_use]
    pub fn renewal(&self) -> Option<&str> {
        match &self.means {
            Means::Session { renewal, .. } => Some(renewal),
            Means::Secret | Means::Access => None,
        }
    }
}

/// Why somebody is let in as no operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// Nothing was brought along that names anybody.
    Nobody,
    /// The secret is nobody's.
    WrongSecret,
    /// There were too many tries.
    TooManyTries,
    /// Tries cannot be counted, so no secret is compared.
    LimiterUnavailable,
    /// A page of another site sent a form, in this operator's name if there is one.
    CrossSite(Option<OperatorName>),
    /// The database could not be asked, or written to. With what is said of it.
    Failed(StoreError, &'static str),
}

/// A refusal in words.
pub struct Refusal {
    /// The status.
    pub status: u16,
    /// The code.
    code: &'static str,
    /// The title.
    pub title: &'static str,
    /// More of it.
    pub detail: &'static str,
    /// `Retry-After`, in seconds.
    retry_after: Option<&'static str>,
}

impl Denied {
    /// The words about it; `None` if everybody is told the same, whatever they asked for.
    const fn refusal(&self) -> Option<Refusal> {
        const TRY_AGAIN: &str = "Try again in a moment";
        let (status, code, title, detail, retry_after) = match self {
            Self::TooManyTries => return None,
            Self::Nobody | Self::WrongSecret => (
                401,
                "unauthorized",
                "Not authorized",
                "Send the header Authorization: Bearer with an operator's secret.",
                None,
            ),
            Self::LimiterUnavailable => (
                503,
                "limiter_unavailable",
                TRY_AGAIN,
                "Log-ins cannot be counted at the moment, so nobody is let in. /healthz says what is missing.",
                Some("60"),
            ),
            Self::CrossSite(_) => (
                403,
                "cross_site",
                "Refused",
                "This was not sent by a page of this site, so nothing was done.",
                None,
            ),
            Self::Failed(StoreError::QuotaExceeded, _) => {
                (503, "day_limit", DAY_LIMIT.0, DAY_LIMIT.1, Some("3600"))
            }
            Self::Failed(StoreError::Failed(_), detail) => {
                (503, "try_again", TRY_AGAIN, *detail, Some("5"))
            }
        };
        Some(Refusal {
            status,
            code,
            title,
            detail,
            retry_after,
        })
    }

    /// The answer to a program: problem details.
    #[must_use]
    pub fn problem(self, site: &Site, request: &Accepted) -> Handled {
        self.answer(site, request, |refusal| {
            let Refusal {
                status,
                code,
                title,
                detail,
                ..
            } = *refusal;
            let response = response::problem(site, status, code, title, detail);
            if status == 401 {
                response.with("www-authenticate", "Bearer")
            } else {
                response
            }
        })
    }

    /// An answer that says it as `show` does, with what the log and `Retry-After` say.
    #[must_use]
    pub fn answer(
        self,
        site: &Site,
        request: &Accepted,
        show: impl FnOnce(&Refusal) -> Response,
    ) -> Handled {
        let Some(refusal) = self.refusal() else {
            return Handled::answer(site, request, &Answer::TooManyTries);
        };
        let response = show(&refusal);
        let response = match refusal.retry_after {
            Some(seconds) => response.with("retry-after", seconds),
            None => response,
        };
        let mut log = request.log.clone();
        match self {
            // The log tells wrong secrets from visitors who brought none along.
            Self::Nobody => Handled::new(response, log, "not_logged_in"),
            Self::CrossSite(operator) => {
                log.operator = operator;
                Handled::new(response, log, refusal.code)
            }
            Self::Failed(error, _) => Handled::new(response, log, refusal.code).because(error),
            Self::WrongSecret | Self::TooManyTries | Self::LimiterUnavailable => {
                Handled::new(response, log, refusal.code)
            }
        }
    }
}

/// The operator who asks. `by_address` counts secrets.
///
/// Who brings nothing along has guessed nothing, and is refused uncounted. A cookie is not counted either: its signature
/// is as long as a digest, and a page of the desk asks for several things at once.
///
/// # Errors
/// Why they are let in as nobody.
pub async fn authenticate<S: Services>(
    site: &Site,
    credentials: &Credentials,
    by_address: Limit,
    services: &S,
) -> Result<Authenticated, Denied> {
    if let Some(secret) = credentials.bearer() {
        let operator = identify(site, by_address, secret, services).await?;
        return Ok(Authenticated {
            operator: operator.name.clone(),
            means: Means::Secret,
        });
    }
    let who = match of_access(site, services).await {
        Some(operator) => Authenticated {
            operator,
            means: Means::Access,
        },
        None => of_session(site, credentials, services).await?,
    };
    if credentials.is_same_origin {
        Ok(who)
    } else {
        Err(Denied::CrossSite(Some(who.operator)))
    }
}

/// The operator whose secret this is.
///
/// The limit by address is asked before the comparison, and counts right secrets too: it must not tell one from a guess. The
/// total is asked afterwards, about wrong ones alone, so that nobody with a right one is shut out by what others guess.
///
/// # Errors
/// Why it names nobody.
pub async fn identify<'a, S: Services>(
    site: &'a Site,
    by_address: Limit,
    secret: &str,
    services: &S,
) -> Result<&'a Operator, Denied> {
    let within = |allowance| match allowance {
        Allowance::Allowed => Ok(()),
        Allowance::Refused => Err(Denied::TooManyTries),
        Allowance::Unavailable => Err(Denied::LimiterUnavailable),
    };
    within(services.allows(by_address).await)?;
    match site.config.desk.operators.identify(secret) {
        Some(operator) => Ok(operator),
        None => {
            within(services.allows(Limit::AdminTotal).await)?;
            Err(Denied::WrongSecret)
        }
    }
}

/// Whom Cloudflare Access names, if the configuration asks for it: with the audience of the desk's own application, and
/// with an address, which a service token has not.
async fn of_access<S: Services>(site: &Site, services: &S) -> Option<OperatorName> {
    let access = site.config.desk.access.as_ref()?;
    let audience = services.access_audience()?;
    if !access.is_audience(&audience) {
        return None;
    }
    access.operator(&services.access_email().await?)
}

/// Whom the cookie names, if they have not logged out since. Its session is used by this.
async fn of_session<S: Services>(
    site: &Site,
    credentials: &Credentials,
    services: &S,
) -> Result<Authenticated, Denied> {
    let now = services.now();
    let read = Session::read(&credentials.cookie, &site.config.desk.operators, now);
    let (operator, session) = read.ok_or(Denied::Nobody)?;
    match operators::not_before(services, &operator.name).await {
        Ok(not_before) if session.began < not_before => Err(Denied::Nobody),
        Ok(_) => Ok(Authenticated {
            operator: operator.name.clone(),
            means: Means::Session {
                session,
                renewal: session.used(operator, now),
            },
        }),
        Err(error) => {
            let detail = "Whether you are still logged in could not be read. Please try again.";
            Err(Denied::Failed(error, detail))
        }
    }
}
