//! `/admin/charges/new`: a charge of one title for one player, several, or all that a search finds. A browser sees first who is
//! charged; with `dry_run=1` a program does.

pub mod page;
mod typed;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use page::Shown;
use typed::{FIELDS, Typed, ids, list_of};

use crate::{
    billing::charging::{self, Charging, LeftOut, Outcome, Preview},
    desk::{
        confirmation::Confirmation,
        form::Errors,
        layout::Tab,
        query::{BadQuery, Parameter, read},
        request::{Desk, Reply},
    },
    domain::{id::PlayerId, money::Currency},
    http::{
        fields,
        handler::{Handled, Services},
        negotiate::is_type,
        request::Body,
    },
    store::charging::{Candidate, usual_currency},
};

/// The contents of the query: for whom the form is, and whether nothing is to be done yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    dry_run: bool,
    players: Option<Vec<PlayerId>>,
    q: String,
}

/// Reads the query.
///
/// # Errors
/// A parameter that is unknown, or whose value means nothing.
pub fn asked(query: &str) -> Result<Asked, BadQuery> {
    const BAD_PLAYERS: BadQuery = BadQuery::Value("players", "ids of players, parted by spaces");
    const BAD_DRY_RUN: BadQuery = BadQuery::Value("dry_run", "1, or left out");
    read(query, |asked: &mut Asked, name, value| {
        match name {
            "dry_run" if value == "1" => asked.dry_run = true,
            "dry_run" => return Err(BAD_DRY_RUN),
            // A list's boxes send one each.
            "players" => {
                let players = asked.players.get_or_insert_default();
                players.extend(ids(value).ok_or(BAD_PLAYERS)?);
            }
            "q" => asked.q = value.trim().to_owned(),
            _ => return Ok(Parameter::Unknown),
        }
        Ok(Parameter::Known)
    })
}

const MEMBERS: [&str; 7] = [
    "title", "amount", "currency", "due_on", "players", "filter", "seen",
];

/// The object that a program sends. One of `players` and `filter` says who is charged.
#[derive(Deserialize)]
struct NewJson {
    title: String,
    amount: String,
    currency: Option<String>,
    due_on: Option<String>,
    players: Option<Vec<i64>>,
    filter: Option<FilterJson>,
    seen: Option<String>,
}

/// Which players: those that a search finds, or all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilterJson {
    q: Option<String>,
}

fn typed<S: Services>(desk: &Desk<'_, S>, body: &Body) -> Result<Typed, Box<Handled>> {
    let bad = |why: &str| Box::new(desk.bad_request(why));
    let is_json = is_type(&desk.request.content_type, "application/json");
    let bytes = match body {
        Body::Whole(bytes) if is_json => bytes,
        Body::Whole(_) | Body::TooLarge => {
            return desk.fields(body, &FIELDS).map(|fields| Typed::of(&fields));
        }
    };
    let members = fields::members(bytes, &MEMBERS).map_err(|why| bad(&why))?;
    // serde_json's own message says what stood there.
    let json: NewJson = serde_json::from_value(Value::Object(members)).map_err(|_| {
        bad("title or amount is missing, or a member is of another type than it must be.")
    })?;
    let players = match (&json.players, &json.filter) {
        (Some(players), None) => {
            let ids: Vec<_> = players.iter().map(ToString::to_string).collect();
            Some(ids.join(" ")).filter(|ids| !ids.is_empty())
        }
        (None, Some(_)) => Some(String::new()),
        (None, None) | (Some(_), Some(_)) => None,
    };
    let players = players.ok_or_else(|| {
        bad("Either players, a list of ids, or filter, an object with q or without, must be there.")
    })?;
    Ok(Typed {
        title: json.title,
        amount: json.amount,
        currency: json.currency.unwrap_or_else(|| Currency::USD.into()),
        due_on: json.due_on.unwrap_or_default(),
        players,
        q: json.filter.and_then(|filter| filter.q).unwrap_or_default(),
        seen: json.seen.unwrap_or_default(),
    })
}

/// Shows the form, shows who would be charged, or charges them.
pub async fn handle<S: Services>(desk: &Desk<'_, S>, asked: Asked, body: &Body) -> Reply {
    if !desk.request.is_post {
        let usual = usual_currency(desk.services).await;
        let usual = usual.map_err(|error| Box::new(desk.failed(error)))?;
        let players = asked.players.unwrap_or_default();
        let players: Vec<_> = players.iter().map(ToString::to_string).collect();
        let typed = Typed {
            currency: usual.unwrap_or(Currency::USD).into(),
            players: players.join(" "),
            q: asked.q,
            ..Typed::default()
        };
        let page = page::form(&typed, &Errors::default());
        return Ok(desk.page(200, "confirm", page::TITLE, Tab::Charges, &page));
    }
    let typed = typed(desk, body)?;
    let (charging, whom) = match typed.checked() {
        Ok(checked) => checked,
        Err(errors) if desk.wants_page() => {
            let page = page::form(&typed, &errors);
            return Ok(desk.page(400, "bad_request", page::TITLE, Tab::Charges, &page));
        }
        Err(errors) => {
            let text = errors.text();
            return Ok(desk.bad_request(&text));
        }
    };
    if asked.dry_run {
        let preview = charging::preview(desk.services, &charging, &whom).await;
        let preview = preview.map_err(|error| Box::new(desk.failed(error)))?;
        return Ok(if preview.is_cut {
            too_many(desk)
        } else {
            answer(desk, &typed, &charging, &preview, Shown::Preview)
        });
    }
    let seen = Some(typed.seen.as_str()).filter(|seen| !seen.is_empty());
    let operator = desk.operator();
    match charging::charge(desk.services, &charging, &whom, seen, operator).await {
        Ok(Outcome::Charged(_)) if desk.wants_page() => {
            Ok(desk.done(Confirmation::Charged, "charged", &list_of(&charging.title)))
        }
        Ok(Outcome::Charged(preview)) => {
            Ok(answer(desk, &typed, &charging, &preview, Shown::Charged))
        }
        Ok(Outcome::Unchanged(preview)) => {
            Ok(answer(desk, &typed, &charging, &preview, Shown::Unchanged))
        }
        Ok(Outcome::Changed(preview)) if desk.wants_page() => {
            Ok(answer(desk, &typed, &charging, &preview, Shown::Changed))
        }
        Ok(Outcome::Changed(_)) => Ok(desk.problem(
            409,
            "changed",
            "Nobody was charged",
            "Since the dry run, a player or a charge has changed. Look at it again.",
        )),
        Ok(Outcome::TooMany) => Ok(too_many(desk)),
        Err(error) => Err(Box::new(desk.failed(error))),
    }
}

fn too_many<S: Services>(desk: &Desk<'_, S>) -> Handled {
    let title = "That is too many at once";
    let detail = "A search finds 199 players at most, and 10,000 are charged at once at most. Nobody was charged. \
                  Narrow the search, or charge all.";
    desk.problem(400, "too_many", title, detail)
}

#[derive(Serialize)]
struct PlayerJson<'a> {
    id: PlayerId,
    player_id: &'a str,
    player: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<LeftOut>,
}

impl<'a> PlayerJson<'a> {
    fn of(player: &'a Candidate, reason: Option<LeftOut>) -> Self {
        Self {
            id: player.id,
            player_id: &player.player_id,
            player: &player.player,
            reason,
        }
    }
}

#[derive(Serialize)]
struct ChargingJson<'a> {
    title: &'a str,
    amount: String,
    currency: Currency,
    due_on: Option<&'a str>,
    dry_run: bool,
    changed: bool,
    total: String,
    charged: Vec<PlayerJson<'a>>,
    left_out: Vec<PlayerJson<'a>>,
    seen: String,
}

/// The answer that says who is charged and who is not.
fn answer<S: Services>(
    desk: &Desk<'_, S>,
    typed: &Typed,
    charging: &Charging,
    preview: &Preview,
    shown: Shown,
) -> Handled {
    let (code, status) = match shown {
        Shown::Preview => ("preview", 200),
        Shown::Charged => ("charged", 200),
        Shown::Unchanged => ("unchanged", 200),
        Shown::Changed => ("changed", 409),
    };
    let seen = preview.seen(charging);
    if desk.wants_page() {
        let today = desk.today();
        let is_past = charging.due_on.as_ref().is_some_and(|day| *day < today);
        let page = page::preview(typed, charging, preview, &seen, is_past, shown);
        let title = format!("Charge: {}", charging.title);
        return desk.page(status, code, &title, Tab::Charges, &page);
    }
    let charged = preview.charged.iter();
    let left_out = preview.left_out.iter();
    let json = ChargingJson {
        title: &charging.title,
        amount: charging.money.major(),
        currency: charging.money.currency,
        due_on: charging.due_on.as_deref(),
        dry_run: shown == Shown::Preview,
        changed: shown == Shown::Charged,
        total: preview.total(charging.money).major(),
        charged: charged.map(|player| PlayerJson::of(player, None)).collect(),
        left_out: left_out
            .map(|(player, why)| PlayerJson::of(player, Some(*why)))
            .collect(),
        seen,
    };
    desk.json(code, &json)
}
