//! Beyond the first door: jobs are carried out with the ports in hand.

use super::{
    Body, Done, Job, Note, SCHEMA, Site, What, World, admin,
    response::{self, Response},
};
use crate::{
    billing::import::{self, Imported},
    domain::{
        error::GuardError,
        limit::{Allowance, Limit},
        operator::OperatorName,
        order::Cause,
        secret::Secret,
    },
    guard::{
        click::{After, Outcome, Settled, click},
        events::{self, Handled},
        reconcile::Budget,
        returned::returned,
    },
    pages::answer::Answer,
    ports::Ports,
    store::health::newest_migration,
    stripe::{self, signature::Signature},
};

/// Turns away what need not be read any further: a delivery that was signed at another time, who comes
/// back from a payment too often, and who is not the operator.
///
/// Who is the operator, the job's note says from then on.
pub async fn admit<W: World>(site: &Site, job: &mut Job, world: &W) -> Option<Done> {
    match &job.what {
        What::Webhook(signature) => {
            let refused = signature.in_time(world.now()).err()?;
            Some(refuse_delivery(site, job.note.clone(), refused.as_str()))
        }
        What::Return(session) => {
            let limit = Limit::Session(session.clone());
            (world.allows(limit).await == Allowance::Refused)
                .then(|| answered(site, job, &Answer::ReturnedTooOften))
        }
        What::Import(_) | What::Reconcile => log_in(site, job, world).await,
        What::Click(_) | What::Health => None,
    }
}

/// The limits come first: they must count the guess that would be right as well.
async fn log_in<W: World>(site: &Site, job: &mut Job, world: &W) -> Option<Done> {
    let mut allowance = world.allows(Limit::AdminAddress).await;
    if allowance == Allowance::Allowed {
        allowance = world.allows(Limit::AdminTotal).await;
    }
    match allowance {
        Allowance::Allowed => {}
        Allowance::Refused => return Some(answered(site, job, &Answer::TooManyTries)),
        Allowance::Unavailable => {
            let (reply, code) = (
                response::limiter_unavailable(site),
                response::LIMITER_UNAVAILABLE,
            );
            return Some(done(reply, None, job.note.clone(), code, None));
        }
    }
    let given = job.authorization.as_deref().unwrap_or_default();
    let secret = given.strip_prefix("Bearer ").unwrap_or_default().trim();
    job.note.operator = site.config.operators.identify(secret).cloned();
    if job.note.operator.is_some() {
        return None;
    }
    let reply = response::unauthorized(site);
    Some(done(reply, None, job.note.clone(), "unauthorized", None))
}

fn answered(site: &Site, job: &Job, answer: &Answer) -> Done {
    let reply = response::answer(site, answer, job.media, false);
    done(reply, None, job.note.clone(), answer.text().code, None)
}

/// Carries out what the door let through.
pub async fn work<W: World>(site: &Site, job: Job, body: Body, world: &W) -> Done {
    let Job {
        what,
        media,
        note,
        is_post,
        ..
    } = job;
    match (what, body) {
        (What::Click(token), _) => {
            let (answer, order, then, fault) = match click(world, &site.config.policy, &token).await
            {
                Ok(Settled {
                    outcome: Outcome::UnknownLink,
                    ..
                }) if world.allows(Limit::UnknownTokens).await == Allowance::Refused => {
                    (Answer::TooManyTries, None, None, None)
                }
                Ok(Settled { outcome, then }) => {
                    let order = outcome.order();
                    (Answer::from(outcome), order, then, None)
                }
                Err(error) => {
                    let report = error.incident().map(After::Report);
                    (Answer::from(&error), None, report, Some(error))
                }
            };
            let note = Note {
                order: order.map(|order| order.0),
                ..note
            };
            let reply = response::answer(site, &answer, media, is_post);
            done(reply, then, note, answer.text().code, fault)
        }
        (What::Return(session), _) => {
            let returned = returned(world, &site.config.policy, &session).await;
            let (answer, fault) = match returned {
                Ok(returned) => (Answer::from(returned), None),
                // The webhook and the sweep will find out; the person need not know that we could not ask.
                Err(fault) => (Answer::Confirming, Some(fault)),
            };
            done(
                response::answer(site, &answer, media, false),
                None,
                note,
                answer.text().code,
                fault,
            )
        }
        (What::Webhook(_), Body::TooLarge) => refuse_delivery(site, note, response::BODY_TOO_LARGE),
        (What::Webhook(signature), Body::Whole(body)) => {
            deliver(site, &signature, &body, note, world).await
        }
        (What::Import(_) | What::Reconcile, Body::TooLarge) => {
            let answer = Answer::TooLarge;
            done(
                response::answer(site, &answer, media, false),
                None,
                note,
                answer.text().code,
                None,
            )
        }
        (What::Import(options), Body::Whole(csv)) => {
            let Some(operator) = note.operator.clone() else {
                return done(
                    response::unauthorized(site),
                    None,
                    note,
                    "unauthorized",
                    None,
                );
            };
            let imported = import::import(&site.config, world, &csv, options, &operator).await;
            let has_outdated = matches!(
                imported,
                Ok(Imported::Report {
                    has_outdated: true,
                    ..
                })
            );
            // Their sessions end now, as far as one run comes.
            let then = has_outdated.then(|| After::Reconcile(budget(site)));
            let (reply, code, fault) = response::import(site, imported, media);
            done(reply, then, note, code, fault)
        }
        (What::Reconcile, Body::Whole(body)) => {
            let Some(operator) = note.operator.clone() else {
                return done(
                    response::unauthorized(site),
                    None,
                    note,
                    "unauthorized",
                    None,
                );
            };
            reconcile_since(site, note, &operator, &body, world).await
        }
        (What::Health, _) => health(site, note, world).await,
    }
}

async fn deliver<W: Ports>(
    site: &Site,
    signature: &Signature,
    body: &[u8],
    note: Note,
    world: &W,
) -> Done {
    let secrets = site.config.stripe_webhook_secrets.iter();
    let secrets = secrets.map(Secret::reveal);
    if let Err(why) = signature.verify(body, secrets) {
        return refuse_delivery(site, note, why.as_str());
    }
    let event = stripe::event::parse(body, world.now());
    let policy = &site.config.policy;
    match events::deliver(world, policy, Cause::Webhook, &event).await {
        Ok(Handled::Recorded { effect, then }) => {
            done(response::received(site), then, note, effect, None)
        }
        Ok(Handled::Duplicate) => done(response::received(site), None, note, "duplicate", None),
        Err(error) => {
            let detail = "Nothing was recorded. Please deliver again.";
            let reply = response::problem(site, 500, "try_again", "Not recorded", detail);
            let report = error.incident().map(After::Report);
            done(reply, report, note, "try_again", Some(error))
        }
    }
}

async fn reconcile_since<W: World>(
    site: &Site,
    note: Note,
    operator: &OperatorName,
    body: &[u8],
    world: &W,
) -> Done {
    let since = match admin::reconcile::since(body, world.now()) {
        Ok(since) => since,
        Err(why) => {
            let (code, title) = ("bad_request", "Nothing was done");
            let reply = response::problem(site, 400, code, title, &why.to_string());
            return done(reply, None, note, code, None);
        }
    };
    let policy = &site.config.policy;
    match admin::reconcile::run(world, policy, budget(site), operator, since).await {
        Ok(reconciled) => {
            let body = admin::reconcile::report(since, &reconciled);
            let error = reconciled.errors.into_iter().next();
            done(
                response::json(site, 200, body),
                None,
                note,
                "reconciled",
                error,
            )
        }
        Err(error) => {
            let detail = "Nothing was begun. Please ask again.";
            let reply = response::problem(site, 503, "try_again", "Try again in a moment", detail);
            let reply = reply.with("retry-after", "5");
            done(reply, None, note, "try_again", Some(error))
        }
    }
}

const fn budget(site: &Site) -> Budget {
    Budget {
        subrequests: site.config.reconcile_budget,
    }
}

fn refuse_delivery(site: &Site, note: Note, why: &str) -> Done {
    let reply = response::bad_delivery(site, why);
    done(reply, None, note, "bad_delivery", None)
}

/// Asks for the newest migration, and what a click asks: a migration that is recorded may not be there.
async fn health<W: World>(site: &Site, note: Note, world: &W) -> Done {
    let newest = newest_migration(world, world.now()).await;
    let (status, code, fault) = match &newest {
        Ok(newest) if newest == SCHEMA => (200, "ok", None),
        Ok(_) => (503, "schema_differs", None),
        // SQLite's words for a table or a column.
        Err(fault) if fault.0.contains("no such ") => {
            (503, "schema_differs", Some(fault.clone().into()))
        }
        Err(fault) => (503, "database_unreachable", Some(fault.clone().into())),
    };
    let schema = newest.unwrap_or_default();
    let reply = response::health(site, status, code, &schema, &world.missing());
    done(reply, None, note, code, fault)
}

fn done(
    reply: Response,
    then: Option<After>,
    note: Note,
    code: &'static str,
    fault: Option<GuardError>,
) -> Done {
    Done {
        reply,
        then,
        note: Note { code, ..note },
        fault,
    }
}
