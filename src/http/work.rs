//! Beyond the first door: jobs are carried out with the ports in hand.

use super::{
    Body, Done, Job, Limit, Note, SCHEMA, Site, What, World,
    answer::Answer,
    reply::{self, Reply},
};
use crate::{
    domain::error::StoreError,
    error::GuardError,
    guard::{
        click::{After, Outcome, Settled, click},
        events::{self, Handled},
        returned::returned,
    },
    import,
    order::Cause,
    ports::Ports,
    sql,
    store::{Database, row::statement},
    stripe,
    webhook::signature,
};

/// Turns away who is not the operator, before the body is read. The limit comes first: it must count
/// the guess that would be right as well.
pub async fn admit<W: World>(site: &Site, job: &Job, world: &W) -> Option<Done> {
    let given = job.authorization.as_deref()?;
    if !world.allows(Limit::Admin).await {
        let answer = Answer::TooManyTries;
        let reply = reply::answer(site, &answer, job.media, false);
        return Some(done(reply, None, job.note, answer.words().code, None));
    }
    let token = given.strip_prefix("Bearer ").unwrap_or_default().trim();
    if site.config.admin_token.is(token) {
        return None;
    }
    Some(done(
        reply::unauthorized(site),
        None,
        job.note,
        "unauthorized",
        None,
    ))
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
                }) if !world.allows(Limit::UnknownTokens).await => {
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
            let reply = reply::answer(site, &answer, media, is_post);
            done(reply, then, note, answer.words().code, fault)
        }
        (What::Return(session), _) => {
            let returned = returned(world, &site.config.policy, &session).await;
            let (answer, fault) = match returned {
                Ok(returned) => (Answer::from(returned), None),
                // The webhook and the sweep will find out; the person need not know that we could not ask.
                Err(fault) => (Answer::Confirming, Some(fault)),
            };
            done(
                reply::answer(site, &answer, media, false),
                None,
                note,
                answer.words().code,
                fault,
            )
        }
        (What::Webhook(_), Body::TooLarge) => refuse_delivery(site, note, "the body is too large"),
        (What::Webhook(header), Body::Whole(body)) => {
            deliver(site, header, &body, note, world).await
        }
        (What::Import { .. }, Body::TooLarge) => {
            let answer = Answer::TooLarge;
            done(
                reply::answer(site, &answer, media, false),
                None,
                note,
                answer.words().code,
                None,
            )
        }
        (What::Import { dry_run }, Body::Whole(csv)) => {
            let imported = import::import(&site.config, world, &csv, dry_run).await;
            let (reply, code, fault) = reply::import(site, imported, media);
            done(reply, None, note, code, fault)
        }
        (What::Health, _) => health(site, note, world).await,
    }
}

async fn deliver<W: Ports>(
    site: &Site,
    header: Option<String>,
    body: &[u8],
    note: Note,
    world: &W,
) -> Done {
    let secrets = site
        .config
        .stripe_webhook_secret
        .reveal()
        .split(',')
        .map(str::trim);
    if let Err(why) = signature::verify(header.as_deref(), body, secrets, world.now()) {
        return refuse_delivery(site, note, why.as_str());
    }
    let event = stripe::event::parse(body, world.now());
    let policy = &site.config.policy;
    match events::deliver(world, policy, Cause::Webhook, &event).await {
        Ok(Handled::Recorded { effect, then }) => {
            done(reply::received(site), then, note, effect, None)
        }
        Ok(Handled::Duplicate) => done(reply::received(site), None, note, "duplicate", None),
        Err(error) => {
            let detail = "Nothing was recorded. Please deliver again.";
            let reply = reply::problem(site, 500, "try_again", "Not recorded", detail);
            let report = error.incident().map(After::Report);
            done(reply, report, note, "try_again", Some(error))
        }
    }
}

fn refuse_delivery(site: &Site, note: Note, why: &str) -> Done {
    let reply = reply::problem(
        site,
        400,
        "bad_delivery",
        "Refused",
        &format!("Nothing was recorded: {why}."),
    );
    done(reply, None, note, "bad_delivery", None)
}

async fn health<D: Database>(site: &Site, note: Note, database: &D) -> Done {
    let rows = database
        .batch(vec![statement(sql::SCHEMA_VERSION, [])])
        .await;
    let newest = rows.map_err(StoreError::from).and_then(|results| {
        let row = results.into_iter().flatten().next();
        row.map_or(Ok(String::new()), |row| row.text(0).map(str::to_owned))
    });
    let (status, code, fault) = match &newest {
        Ok(newest) if newest == SCHEMA => (200, "ok", None),
        Ok(_) => (503, "schema_differs", None),
        Err(fault) => (503, "database_unreachable", Some(fault.clone().into())),
    };
    let schema = newest.unwrap_or_default();
    let reply = reply::health(site, status, code, &schema);
    done(reply, None, note, code, fault)
}

fn done(
    reply: Reply,
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
