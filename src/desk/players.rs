//! `GET /admin/players`, `GET /admin/players/{id}`, `POST /admin/players/{id}/fee` and `POST /admin/players/{id}/erase`; [`edit`] adds
//! and changes players.
//! What a payer has paid, to be printed: [`year`].
//!
//! The second answers "what do you know about me". The third changes the monthly fee, and no charge. Erasing blanks what is personal and keeps what the books need:
//! amounts, ids, dates. Stripe keeps records of its own, which this does not reach.

mod draft;
pub mod edit;
pub mod page;
pub mod queries;
pub mod query;
pub mod year;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::{
    desk::{
        charges::{ChargeJson, LinkJson, OrderJson, acts::refused},
        confirmation::Confirmation,
        emails::EmailJson,
        layout::Tab,
        players::queries::{Filter, Held, Known, Leading, Noted, Owed, Player},
        request::{Desk, Reply},
    },
    domain::{
        act::Act,
        error::GuardError,
        id::{ChargeId, IncidentId, PlayerId},
        money::{Currency, Money},
        time::rfc_3339,
    },
    guard::operator::{self, Acted, Command, Obstacle},
    http::{
        fields::Fields,
        handler::{Handled, Services},
        request::Body,
    },
    json,
};

/// How often an act starts over when something changes meanwhile: somebody begins to pay, or another operator was faster.
const ROUNDS: usize = 4;

/// A player in JSON. The fee is in major units.
#[derive(Serialize)]
struct PlayerJson<'a> {
    id: PlayerId,
    player_id: &'a str,
    player: &'a str,
    email: Option<&'a str>,
    language: Option<&'a str>,
    monthly_fee: Option<String>,
    currency: Option<String>,
    created_at: String,
    updated_at: String,
    erased_at: Option<String>,
}

impl<'a> From<&'a Player> for PlayerJson<'a> {
    fn from(player: &'a Player) -> Self {
        let fee = player.monthly_fee();
        Self {
            id: player.id,
            player_id: &player.player_id,
            player: &player.name,
            email: player.email.as_deref(),
            language: player.language.as_deref(),
            monthly_fee: fee.map(Money::major),
            currency: fee.map(|fee| fee.currency.into()),
            created_at: rfc_3339(player.created_at),
            updated_at: rfc_3339(player.updated_at),
            erased_at: player.erased_at.map(rfc_3339),
        }
    }
}

#[derive(Serialize)]
struct ListJson<'a> {
    players: Vec<PlayerJson<'a>>,
    next: Option<String>,
}

/// A page of the list.
pub async fn list<S: Services>(desk: &Desk<'_, S>, filter: Filter) -> Handled {
    let page = match queries::list(desk.services, &filter).await {
        Ok(page) => page,
        Err(error) => return desk.failed(error),
    };
    let json = ListJson {
        players: page.players.iter().map(PlayerJson::from).collect(),
        next: page.next.map(|next| next.to_string()),
    };
    desk.answer("players", &json, ("Players", Tab::Players), |zone| {
        page::list(&filter, &page, zone)
    })
}

#[derive(Serialize)]
struct OwedJson<'a> {
    #[serde(flatten)]
    charge: ChargeJson<'a>,
    close_reason: Option<&'a str>,
}

#[derive(Serialize)]
struct HeldJson<'a> {
    charge_id: ChargeId,
    #[serde(flatten)]
    order: OrderJson<'a>,
    product_name: &'a str,
    customer_email: Option<&'a str>,
}

#[derive(Serialize)]
struct LeadingJson {
    charge_id: ChargeId,
    #[serde(flatten)]
    link: LinkJson,
}

#[derive(Serialize)]
struct NotedJson<'a> {
    id: IncidentId,
    charge_id: ChargeId,
    kind: &'a str,
    detail: &'a str,
    opened_at: String,
    resolved_at: Option<String>,
    resolution: Option<&'a str>,
}

#[derive(Serialize)]
struct KnownJson<'a> {
    player: PlayerJson<'a>,
    emails: BTreeSet<&'a str>,
    charges: Vec<OwedJson<'a>>,
    orders: Vec<HeldJson<'a>>,
    links: Vec<LeadingJson>,
    messages: Vec<EmailJson<'a>>,
    incidents: Vec<NotedJson<'a>>,
    search_words: &'a [String],
}

impl<'a> From<&'a Known> for KnownJson<'a> {
    fn from(known: &'a Known) -> Self {
        let owed = |Owed {
                        charge,
                        close_reason,
                    }: &'a Owed| OwedJson {
            charge: charge.into(),
            close_reason: close_reason.as_deref(),
        };
        let held = |held: &'a Held| HeldJson {
            charge_id: held.charge,
            order: (&held.order).into(),
            product_name: &held.product_name,
            customer_email: held.customer_email.as_deref(),
        };
        let leading = |Leading { charge, link }: &Leading| LeadingJson {
            charge_id: *charge,
            link: link.into(),
        };
        let noted = |noted: &'a Noted| NotedJson {
            id: noted.id,
            charge_id: noted.charge,
            kind: &noted.kind,
            detail: &noted.detail,
            opened_at: rfc_3339(noted.opened_at),
            resolved_at: noted.resolved_at.map(rfc_3339),
            resolution: noted.resolution.as_deref(),
        };
        Self {
            player: (&known.player).into(),
            emails: emails(known),
            charges: known.charges.iter().map(owed).collect(),
            orders: known.orders.iter().map(held).collect(),
            links: known.links.iter().map(leading).collect(),
            messages: known.emails.iter().map(EmailJson::from).collect(),
            incidents: known.incidents.iter().map(noted).collect(),
            search_words: &known.words,
        }
    }
}

/// Every address that stands anywhere: the player's, and those that Stripe's pages were given.
fn emails(known: &Known) -> BTreeSet<&str> {
    let given = known
        .orders
        .iter()
        .filter_map(|held| held.customer_email.as_deref());
    known
        .player
        .email
        .as_deref()
        .into_iter()
        .chain(given)
        .collect()
}

/// All that is known about a player.
pub async fn show<S: Services>(desk: &Desk<'_, S>, id: PlayerId) -> Reply {
    let known = queries::known(desk.services, id).await;
    let known = desk.found(known, "player")?;
    let title = known.player.name.as_str();
    let json = KnownJson::from(&known);
    Ok(desk.answer("player", &json, (title, Tab::Players), |zone| {
        page::player(&known, &emails(&known), zone)
    }))
}

#[derive(Serialize)]
struct DoneJson<'a> {
    changed: bool,
    player: PlayerJson<'a>,
}

/// The fee that a form or a JSON object names for a player: what is blank means that none is known. Without a currency, it
/// is in the one that the player's fee is in, or in dollars as an import's.
///
/// # Errors
/// What is wrong, as a sentence.
fn fee_of(fields: &Fields, player: &Player) -> Result<Option<Money>, String> {
    let currency = match fields.text("currency") {
        None => player
            .monthly_fee()
            .map_or(Currency::USD, |fee| fee.currency),
        Some(code) => Currency::parse_supported(code)
            .ok_or("currency must be one that Stripe charges in, such as usd.")?,
    };
    if !fields.has("monthly_fee") {
        return Err("monthly_fee is missing. If it is blank, no fee is known.".to_owned());
    }
    let fee = fields.money("monthly_fee", currency, Money::parse);
    fee.map_err(|why| format!("monthly_fee {why}."))
}

/// A fee as the audit log has it.
fn fee_json(fee: Option<Money>) -> serde_json::Value {
    fee.map_or(
        serde_json::Value::Null,
        |fee| serde_json::json!({ "monthly_fee": fee.major(), "currency": fee.currency }),
    )
}

/// Changes what a player owes each month. What is charged already stays.
pub async fn fee<S: Services>(desk: &Desk<'_, S>, id: PlayerId, body: &Body) -> Reply {
    if !desk.request.is_post {
        let player = desk.found(queries::find(desk.services, id).await, "player")?;
        let title = format!("Monthly fee: {}", player.name);
        let page = page::fee(&player);
        return Ok(desk.page(200, "confirm", &title, Tab::Players, &page));
    }
    let fields = desk.fields(body, &["monthly_fee", "currency"])?;
    let changed = change_fee(desk, id, &fields).await?;
    done(desk, id, Confirmation::PlayerChanged, changed).await
}

/// Whether it was another one before; the answer, if it cannot be changed.
async fn change_fee<S: Services>(
    desk: &Desk<'_, S>,
    id: PlayerId,
    fields: &Fields,
) -> Result<bool, Box<Handled>> {
    for _ in 0..ROUNDS {
        let player = desk.found(queries::find(desk.services, id).await, "player")?;
        if player.erased_at.is_some() {
            let detail = "What is personal of this player was erased, the monthly fee too. Nothing was changed.";
            return Err(Box::new(desk.problem(
                409,
                "erased",
                "The player was erased",
                detail,
            )));
        }
        let after = fee_of(fields, &player).map_err(|why| Box::new(desk.bad_request(&why)))?;
        let before = player.monthly_fee();
        if before == after {
            return Ok(false);
        }
        let detail = serde_json::json!({ "before": fee_json(before), "after": fee_json(after) });
        let act = Act {
            operator: desk.operator().clone(),
            act: "change_fee",
            about: format!("player {id}"),
            detail: json::to_string(&detail),
        };
        let now = desk.services.now();
        match queries::change_fee(desk.services, id, before, after, &act, now).await {
            Ok(true) => return Ok(true),
            // Somebody else has changed it.
            Ok(false) => {}
            Err(error) => return Err(Box::new(desk.failed(error))),
        }
    }
    Err(Box::new(desk.failed(GuardError::Busy)))
}

/// The player as they are now, or on to their page.
async fn done<S: Services>(
    desk: &Desk<'_, S>,
    id: PlayerId,
    done: Confirmation,
    changed: bool,
) -> Reply {
    if desk.wants_page() {
        let done = if changed {
            done
        } else {
            Confirmation::Unchanged
        };
        return Ok(desk.done(done, "done", &format!("/admin/players/{id}")));
    }
    let player = desk.found(queries::find(desk.services, id).await, "player")?;
    let player = (&player).into();
    Ok(desk.json("done", &DoneJson { changed, player }))
}

/// Erases a player. Whoever is paying is stopped at Stripe first; if they were faster, nothing is erased yet.
pub async fn erase<S: Services>(desk: &Desk<'_, S>, id: PlayerId, body: &Body) -> Reply {
    let known = desk.found(queries::known(desk.services, id).await, "player")?;
    if !desk.request.is_post {
        let title = format!("Erase: {}", known.player.name);
        let page = page::erase(&known);
        return Ok(desk.page(200, "confirm", &title, Tab::Players, &page));
    }
    desk.fields(body, &[])?;
    let changed = known.player.erased_at.is_none();
    let act = changed.then(|| Act {
        operator: desk.operator().clone(),
        act: "erase_player",
        about: format!("player {id}"),
        detail: "{}".to_owned(),
    });
    erase_all(desk, id, act.as_ref()).await?;
    done(desk, id, Confirmation::PlayerErased, changed).await
}

/// Ends what is pending, then erases; the answer, if that cannot be.
async fn erase_all<S: Services>(
    desk: &Desk<'_, S>,
    id: PlayerId,
    act: Option<&Act>,
) -> Result<(), Box<Handled>> {
    let failed = |error: GuardError| Box::new(desk.failed(error));
    let policy = &desk.site.config.policy;
    for _ in 0..ROUNDS {
        let pending = queries::pending(desk.services, id).await;
        for charge in pending.map_err(|error| failed(error.into()))? {
            let cancel = &Command::CancelPending;
            match operator::act(desk.services, policy, charge, cancel, desk.operator()).await {
                // Somebody else has ended it.
                Ok(Acted::Refused(Obstacle::NothingPending)) => {}
                Ok(Acted::Done | Acted::Unchanged | Acted::NotFound) => {}
                Ok(Acted::Refused(obstacle)) => return Err(Box::new(refused(desk, obstacle))),
                Err(error) => return Err(failed(error)),
            }
        }
        let now = desk.services.now();
        match queries::erase(desk.services, id, act, now).await {
            Ok(true) => return Ok(()),
            // Somebody has begun to pay meanwhile.
            Ok(false) => {}
            Err(error) => return Err(failed(error.into())),
        }
    }
    Err(failed(GuardError::Busy))
}
