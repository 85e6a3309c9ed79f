//! `POST /admin/players/new` adds a player, `POST /admin/players/{id}/edit` changes one. By GET both are forms; what is wrong
//! brings the form back with what was typed.

use super::{
    draft::{Draft, FIELDS},
    page,
    queries::{self, Player},
};
use crate::{
    desk::{
        confirmation::Confirmation,
        form::Errors,
        layout::Tab,
        request::{Desk, Reply},
    },
    domain::{act::Act, id::PlayerId, money::Currency},
    encode::hex,
    http::{
        handler::{Handled, Services},
        request::Body,
    },
    json,
    store::charging::usual_currency,
};

/// Shows the form of a new player, or adds one.
pub async fn add<S: Services>(desk: &Desk<'_, S>, body: &Body) -> Reply {
    if !desk.request.is_post {
        let usual = usual_currency(desk.services).await;
        let usual = usual.map_err(|error| Box::new(desk.failed(error)))?;
        let draft = Draft::in_currency(usual.unwrap_or(Currency::USD));
        let page = page::edit(None, &draft, &Errors::default(), "");
        return Ok(desk.page(200, "confirm", "Add a player", Tab::Players, &page));
    }
    let fields = desk.fields(body, &FIELDS)?;
    let typed = Draft::default().with(&fields);
    let made_up = || format!("p-{}", hex(&desk.services.random_bytes()[..4]));
    let draft = typed.clone().with_id(made_up);
    let now = desk.services.now();
    let player = match draft.checked(now) {
        Ok(player) => player,
        Err(errors) => return Ok(came_back(desk, None, &typed, &errors, "")),
    };
    let act = Act {
        operator: desk.operator().clone(),
        act: "add_player",
        about: format!("player {}", player.player_id),
        detail: "{}".to_owned(),
    };
    match queries::add(desk.services, &player, &act, now).await {
        Ok(Some(id)) => super::done(desk, id, Confirmation::PlayerAdded, true).await,
        Ok(None) => {
            let mut errors = Errors::default();
            errors.add("player_id", "belongs to another player already");
            if desk.wants_page() {
                return Ok(came_back(desk, None, &typed, &errors, ""));
            }
            let title = "There is a player of that id";
            Ok(desk.problem(409, "exists", title, &errors.text()))
        }
        Err(error) => Err(Box::new(desk.failed(error))),
    }
}

/// Shows the form that changes a player, or changes one.
pub async fn edit<S: Services>(desk: &Desk<'_, S>, id: PlayerId, body: &Body) -> Reply {
    let player = desk.found(queries::find(desk.services, id).await, "player")?;
    if player.erased_at.is_some() {
        let detail = "What is personal of this player was erased. Nothing was changed.";
        return Ok(desk.problem(409, "erased", "The player was erased", detail));
    }
    let before = Draft::of(&player);
    if !desk.request.is_post {
        let title = format!("Change: {}", player.name);
        let page = page::edit(Some(id), &before, &Errors::default(), &version(&player));
        return Ok(desk.page(200, "confirm", &title, Tab::Players, &page));
    }
    let [_, changeable @ ..] = FIELDS;
    let mut names = changeable.to_vec();
    names.push("seen");
    let fields = desk.fields(body, &names)?;
    // A form sends all that it showed, and would undo what somebody else has changed since.
    if fields
        .text("seen")
        .is_some_and(|seen| seen != version(&player))
    {
        return Ok(changed_meanwhile(desk, &player));
    }
    let draft = before.clone().with(&fields);
    let changed = draft.changed_from(&before);
    let now = desk.services.now();
    let after = match draft.checked(now) {
        Ok(after) => after,
        Err(errors) => {
            return Ok(came_back(
                desk,
                Some(&player),
                &draft,
                &errors,
                &version(&player),
            ));
        }
    };
    if changed.is_empty() {
        return super::done(desk, id, Confirmation::Unchanged, false).await;
    }
    let act = Act {
        operator: desk.operator().clone(),
        act: "edit_player",
        about: format!("player {id}"),
        // What is personal does not stand in the audit log: it could not be erased there.
        detail: json::to_string(&serde_json::json!({ "changed": changed })),
    };
    match queries::edit(desk.services, &player, &after, &act, now).await {
        Ok(true) => super::done(desk, id, Confirmation::PlayerChanged, true).await,
        Ok(false) => Ok(changed_meanwhile(desk, &player)),
        Err(error) => Err(Box::new(desk.failed(error))),
    }
}

/// Which state of the player a form shows.
fn version(player: &Player) -> String {
    player.updated_at.0.to_string()
}

/// 409: another operator, or an import, was faster.
fn changed_meanwhile<S: Services>(desk: &Desk<'_, S>, player: &Player) -> Handled {
    if !desk.wants_page() {
        let detail =
            "Since you looked, somebody has changed this player. Nothing was done: look again.";
        return desk.problem(409, "changed", "Nothing was changed", detail);
    }
    let title = format!("Change: {}", player.name);
    let page = page::changed_meanwhile(player);
    desk.page(409, "changed", &title, Tab::Players, &page)
}

/// 400: the form again, with what was typed and what is wrong with it.
fn came_back<S: Services>(
    desk: &Desk<'_, S>,
    player: Option<&Player>,
    draft: &Draft,
    errors: &Errors,
    seen: &str,
) -> Handled {
    if !desk.wants_page() {
        return desk.bad_request(&errors.text());
    }
    let title = match player {
        Some(player) => format!("Change: {}", player.name),
        None => "Add a player".to_owned(),
    };
    let page = page::edit(player.map(|player| player.id), draft, errors, seen);
    desk.page(400, "bad_request", &title, Tab::Players, &page)
}
