//! Sends what is due, each email at most once.
//!
//! An email is claimed first: under compare-and-set it becomes `sending`, and gets a link of its own. Only then the
//! email service is asked, once. Its answer says what comes next:
//!
//! - it has taken the email: `sent`, for good;
//! - it says that it has not, and that will pass: `queued` again, after a pause that grows from ten minutes to six
//!   hours; the link is revoked;
//! - it says that it has not, and never will: `refused`, for an operator to see;
//! - no answer, or one that leaves it open: `unclear`. Nobody knows, so nothing sends it again but an operator.
//!
//! A run that dies in between leaves a claim that ends. The next run makes it `unclear`, whether the email went out or
//! not: one email too few is told to the operator, one too many could not be taken back.

use crate::{
    config::MailSettings,
    delivery,
    domain::{
        email::Tried,
        error::StoreError,
        mail::NotTaken,
        time::{Millis, UnixMillis},
        token::Token,
    },
    mail::text,
    ports::{Calendar, Clock, Mailer, Meter, Random},
    store::{
        Database,
        emails::queue::{self, Due},
    },
};

/// The ports that sending emails awaits.
pub trait MailPorts: Database + Clock + Calendar + Meter + Random + Mailer {}
impl<T: Database + Clock + Calendar + Meter + Random + Mailer> MailPorts for T {}

/// The subrequests that one email may take: to claim it, to send it, and to record what came of it.
pub const EMAIL: u32 = 6;
/// How many emails are read at once.
const READ: u32 = 20;
/// How long a claim holds: far longer than a run needs from there to its end.
const CLAIM: Millis = Millis::minutes(15);
/// How long a run sends. The next one starts after five minutes.
const LONGEST_RUN: Millis = Millis::minutes(3);
const FIRST_PAUSE: Millis = Millis::minutes(10);

/// The subrequests that a run of the cron with little else to do needs besides, and to read what is due.
const QUIET: u32 = 9;

/// About how many emails a run sends that may spend so many subrequests.
#[must_use]
pub const fn of_run(budget: u32) -> u32 {
    let emails = budget.saturating_sub(QUIET) / EMAIL;
    if emails == 0 { 1 } else { emails }
}

/// The result of sending emails in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Emails that the service has taken.
    pub sent: u32,
    /// Why others were not, or perhaps not.
    pub failed: Vec<NotTaken>,
}

/// Sends emails that are due, for as long as the run has spent less than `budget` subrequests. One is tried in any case.
///
/// A run ends with the first answer that every other email would get now. So while the service does not answer, each
/// run makes one email unclear, and not all of them.
///
/// # Errors
/// A [`StoreError`]: what was not sent is due again later.
pub async fn send<P: MailPorts>(
    ports: &P,
    settings: &MailSettings,
    budget: u32,
) -> Result<Sent, StoreError> {
    let began = ports.now();
    let mut sent = Sent::default();
    let mut is_first = true;
    loop {
        // To look once more what is due costs as much as to read it the first time.
        if !is_first && ports.spent().saturating_add(EMAIL) > budget {
            return Ok(sent);
        }
        let due = queue::due(ports, ports.now(), READ).await?;
        if due.is_empty() {
            return Ok(sent);
        }
        for due in due {
            let has_budget = ports.spent().saturating_add(EMAIL) <= budget;
            let has_time = ports.now().since(began) < LONGEST_RUN;
            let may = is_first || (has_budget && has_time);
            if !may {
                return Ok(sent);
            }
            is_first = false;
            match try_to_send(ports, settings, &due).await? {
                None => {}
                Some(Ok(())) => sent.sent += 1,
                Some(Err(why)) => {
                    sent.failed.push(why);
                    if would_meet_others(why) {
                        return Ok(sent);
                    }
                }
            }
        }
    }
}

const fn would_meet_others(why: NotTaken) -> bool {
    match why {
        NotTaken::Refused(refusal) => refusal.is_temporary(),
        NotTaken::Status(_) | NotTaken::NoAnswer | NotTaken::Failed => true,
    }
}

/// Claims an email, sends it and records what came of it. `None` if it is not to be sent, or another run has it.
async fn try_to_send<P: MailPorts>(
    ports: &P,
    settings: &MailSettings,
    due: &Due,
) -> Result<Option<Result<(), NotTaken>>, StoreError> {
    let token = Token::mint(&ports.random_bytes());
    let now = ports.now();
    let claimed = queue::claim(ports, due, &token.hash(), now, now.plus(CLAIM)).await?;
    let Some(data) = claimed else {
        return Ok(None);
    };
    let offset = ports.in_zone(&settings.club.timezone, |zone| (zone.offset)(now));
    let link = text::link(settings, &data, &token);
    let mail = text::mail(settings, &data, &link, now, offset);
    let answer = ports.send_mail(&mail).await;
    record(ports, due, answer).await?;
    Ok(Some(answer))
}

/// Records what came of it. What is not recorded becomes unclear.
async fn record<P: MailPorts>(
    ports: &P,
    due: &Due,
    answer: Result<(), NotTaken>,
) -> Result<(), StoreError> {
    let now: UnixMillis = ports.now();
    let tries = due.tries.saturating_add(1);
    let tried = Tried::of(answer, tries);
    let again = now.plus(delivery::pause(FIRST_PAUSE, due.tries));
    delivery::record(ports, async || {
        queue::record(ports, due.id, tries, tried, now, again).await
    })
    .await
}
