//! `/admin/messages`: emails to those who pay. What was queued and what became of it; who would get one now, and what it
//! would say; and, if the club sends its emails itself, the links for that.

pub mod page;
pub mod queries;
pub mod query;
pub mod selection;

use serde::Serialize;
use serde_json::Value;

use queries::{Email, Filter};
use query::Selection;
use selection::{Candidate, Chosen, MOST};

use crate::{
    alerts::run::without_reserve,
    desk::{
        charges::query as charges,
        confirmation::Confirmation,
        layout::Tab,
        request::{Desk, Reply},
        routes::EmailAct,
    },
    domain::{
        act::{Act, about_charge},
        charge::Kind,
        email::{EmailState, Reason, Template},
        id::{ChargeId, EmailId},
        mail::Mail,
        time::{Millis, rfc_3339},
        token::Token,
    },
    http::{
        csv,
        fields::{self, Fields},
        handler::{Handled, Services},
        negotiate::is_type,
        request::Body,
        response,
    },
    json,
    mail::{send, text},
    store::{self, links},
};

/// The cron runs every five minutes.
const BETWEEN_RUNS: Millis = Millis::minutes(5);
/// The columns of the links for a mail merge.
const COLUMNS: [&str; 10] = [
    "player_id",
    "player",
    "email",
    "language",
    "kind",
    "period",
    "amount",
    "currency",
    "due_on",
    "link",
];

/// An email in JSON.
#[derive(Serialize)]
pub(super) struct EmailJson<'a> {
    id: EmailId,
    template: Template,
    charge_id: ChargeId,
    player_id: &'a str,
    player: &'a str,
    kind: Kind,
    period: &'a str,
    number: Option<i64>,
    order_id: Option<i64>,
    state: EmailState,
    reason: Option<Reason>,
    operator: Option<&'a str>,
    link_id: Option<i64>,
    tries: u32,
    queued_at: String,
    ended_at: Option<String>,
    next_try_at: Option<String>,
}

impl<'a> From<&'a Email> for EmailJson<'a> {
    fn from(email: &'a Email) -> Self {
        let is_numbered = Template::by_hand(email.template.as_str()).is_some();
        Self {
            id: email.id,
            template: email.template,
            charge_id: email.charge,
            player_id: &email.player_id,
            player: &email.player,
            kind: email.kind,
            period: &email.period,
            number: is_numbered.then_some(email.about),
            order_id: (!is_numbered).then_some(email.about),
            state: email.state,
            reason: email.reason,
            operator: email.actor.as_deref(),
            link_id: email.link,
            tries: email.tries,
            queued_at: rfc_3339(email.queued_at),
            ended_at: email.ended_at.map(rfc_3339),
            next_try_at: email.next_try_at.map(rfc_3339),
        }
    }
}

#[derive(Serialize)]
struct ListJson<'a> {
    messages: Vec<EmailJson<'a>>,
    next: Option<String>,
    /// Why no email can be sent.
    missing: Option<&'static str>,
    /// How far the queue is; null if nothing waits.
    progress: Option<ProgressJson>,
}

/// How long what waits takes.
#[derive(Serialize)]
struct ProgressJson {
    waiting: u32,
    queued_together: u32,
    sent: u32,
    canceled: u32,
    of_run: u32,
    until: String,
}

/// About when so many emails are gone. The cron runs every five minutes.
fn until<S: Services>(desk: &Desk<'_, S>, emails: usize) -> page::Pace {
    let budget = without_reserve(desk.site.config.reconcile_budget);
    let of_run = send::of_run(budget.subrequests);
    let emails = i64::try_from(emails).unwrap_or(i64::MAX);
    let runs = emails.saturating_add(i64::from(of_run) - 1) / i64::from(of_run);
    let until = desk
        .services
        .now()
        .plus(Millis(BETWEEN_RUNS.0.saturating_mul(runs)));
    page::Pace { of_run, until }
}

/// A page of the list.
pub async fn list<S: Services>(desk: &Desk<'_, S>, filter: Filter) -> Handled {
    let page = match queries::list(desk.services, filter).await {
        Ok(page) => page,
        Err(error) => return desk.failed(error),
    };
    let progress = match queries::progress(desk.services).await {
        Ok(progress) => progress.map(|it| (it, until(desk, it.waiting as usize))),
        Err(error) => return desk.failed(error),
    };
    let missing = desk.mail_missing();
    let json = ListJson {
        messages: page.emails.iter().map(EmailJson::from).collect(),
        next: page.next.map(|next| next.to_string()),
        missing,
        progress: progress.map(|(it, pace)| ProgressJson {
            waiting: it.waiting,
            queued_together: it.total,
            sent: it.sent,
            canceled: it.canceled,
            of_run: pace.of_run,
            until: rfc_3339(pace.until),
        }),
    };
    desk.answer("messages", &json, ("Emails", Tab::Emails), |zone| {
        page::list(filter, &page, progress, missing, zone)
    })
}

#[derive(Serialize)]
struct CandidateJson<'a> {
    charge_id: ChargeId,
    player_id: &'a str,
    player: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
}

impl<'a> From<&'a Candidate> for CandidateJson<'a> {
    fn from(candidate: &'a Candidate) -> Self {
        Self {
            charge_id: candidate.charge,
            player_id: &candidate.player_id,
            player: &candidate.player,
            reason: candidate.left_out,
        }
    }
}

#[derive(Serialize)]
struct MailJson<'a> {
    from: &'a str,
    to: &'a str,
    subject: &'a str,
    text: &'a str,
    html: &'a str,
}

impl<'a> From<&'a Mail> for MailJson<'a> {
    fn from(mail: &'a Mail) -> Self {
        Self {
            from: &mail.from,
            to: &mail.to,
            subject: &mail.subject,
            text: &mail.text,
            html: &mail.html,
        }
    }
}

#[derive(Serialize)]
struct PreviewJson<'a> {
    template: Template,
    to: Vec<CandidateJson<'a>>,
    left_out: Vec<CandidateJson<'a>>,
    is_whole: bool,
    missing: Option<&'static str>,
    example: Option<MailJson<'a>>,
}

/// Shows who would get an email, who would not and why, and what it would say. Changes nothing.
pub async fn preview<S: Services>(
    desk: &Desk<'_, S>,
    template: Template,
    selection: Selection,
) -> Reply {
    let chosen = chosen(desk, &selection).await?;
    let candidates = candidates(desk, template, &chosen.charges).await?;
    let of = |is_left_out: bool| {
        let those = candidates
            .iter()
            .filter(move |it| it.left_out.is_some() == is_left_out);
        those.collect::<Vec<_>>()
    };
    let (to, left_out) = (of(false), of(true));
    let example = match to.first().or_else(|| left_out.first()) {
        Some(first) => example(desk, first.charge, template).await?,
        None => None,
    };
    let missing = desk.mail_missing();
    if !desk.wants_page() {
        let json = PreviewJson {
            template,
            to: to.iter().map(|it| CandidateJson::from(*it)).collect(),
            left_out: left_out.iter().map(|it| CandidateJson::from(*it)).collect(),
            is_whole: chosen.is_whole,
            missing,
            example: example.as_ref().map(MailJson::from),
        };
        return Ok(desk.json("preview", &json));
    }
    let pace = until(desk, to.len());
    let body = desk.in_zone(|zone| {
        page::preview(
            &page::Preview {
                template,
                query: &selection.query(),
                to: &to,
                left_out: &left_out,
                is_whole: chosen.is_whole,
                missing,
                example: example.as_ref(),
                pace,
            },
            zone,
        )
    });
    let title = page::title(template);
    let mut handled = desk.page(200, "preview", title, Tab::Emails, &body);
    handled.response = response::email(handled.response);
    Ok(handled)
}

async fn example<S: Services>(
    desk: &Desk<'_, S>,
    charge: ChargeId,
    template: Template,
) -> Result<Option<Mail>, Box<Handled>> {
    let data = selection::data(desk.services, charge, template).await;
    let data = data.map_err(|error| Box::new(desk.failed(error)))?;
    let settings = desk.site.config.mail();
    let now = desk.services.now();
    let offset = desk
        .services
        .in_zone(&settings.club.timezone, |zone| (zone.offset)(now));
    Ok(data.map(|data| text::example(&settings, &data, now, offset)))
}

/// The charges that are selected. Those that are named must all be there.
async fn chosen<S: Services>(
    desk: &Desk<'_, S>,
    selection: &Selection,
) -> Result<Chosen, Box<Handled>> {
    match selection {
        Selection::Charges(charges) => Ok(Chosen {
            charges: charges.clone(),
            is_whole: true,
        }),
        Selection::Filter(filter) => {
            let chosen = selection::chosen(desk.services, filter, &desk.today()).await;
            chosen.map_err(|error| Box::new(desk.failed(error)))
        }
    }
}

async fn candidates<S: Services>(
    desk: &Desk<'_, S>,
    template: Template,
    charges: &[ChargeId],
) -> Result<Vec<Candidate>, Box<Handled>> {
    let now = desk.services.now();
    let candidates = selection::candidates(desk.services, template, charges, now).await;
    let candidates = candidates.map_err(|error| Box::new(desk.failed(error)))?;
    desk.all_found(charges, candidates.iter().map(|it| it.charge))?;
    Ok(candidates)
}

#[derive(Serialize)]
struct QueuedJson<'a> {
    template: Template,
    queued: usize,
    charges: &'a [ChargeId],
    left_out: Vec<CandidateJson<'a>>,
}

/// Queues an email for each charge that is asked for and gets one now. Whoever asks twice queues once.
pub async fn queue<S: Services>(desk: &Desk<'_, S>, body: &Body) -> Reply {
    let (template, selection) = asked(desk, body)?;
    if let Some(missing) = desk.mail_missing() {
        let detail = format!(
            "{missing}. Nothing was queued. The links can be saved as CSV instead, for a mail merge."
        );
        let title = "No email can be sent";
        return Ok(desk.problem(409, "mail_unavailable", title, &detail));
    }
    let chosen = chosen(desk, &selection).await?;
    if !chosen.is_whole {
        return Ok(too_many(desk));
    }
    let mut candidates = candidates(desk, template, &chosen.charges).await?;
    let queued = if candidates.iter().any(|it| it.left_out.is_none()) {
        let act = act(desk, template, &chosen.charges);
        let now = desk.services.now();
        let queued = selection::queue(desk.services, template, &chosen.charges, &act, now).await;
        queued.map_err(|error| Box::new(desk.failed(error)))?
    } else {
        Vec::new()
    };
    if desk.wants_page() {
        return Ok(desk.done(Confirmation::EmailsQueued, "queued", "/admin/messages"));
    }
    candidates.retain(|candidate| !queued.contains(&candidate.charge));
    for candidate in &mut candidates {
        // Another one was faster.
        candidate.left_out.get_or_insert(Reason::Queued);
    }
    let json = QueuedJson {
        template,
        queued: queued.len(),
        charges: &queued,
        left_out: candidates.iter().map(CandidateJson::from).collect(),
    };
    Ok(desk.json("queued", &json))
}

fn act<S: Services>(desk: &Desk<'_, S>, template: Template, charges: &[ChargeId]) -> Act {
    let about = match charges {
        [charge] => about_charge(*charge),
        _ => "messages".to_owned(),
    };
    let detail = serde_json::json!({ "template": template, "charges": charges.len() });
    Act {
        operator: desk.operator().clone(),
        act: "queue_emails",
        about,
        detail: json::to_string(&detail),
    }
}

fn too_many<S: Services>(desk: &Desk<'_, S>) -> Handled {
    let detail = format!(
        "The filter has more than {MOST} charges, or more players than a search finds. \
         Narrow it, by month, kind or name."
    );
    let title = "That is too many at once";
    desk.problem(400, "too_many", title, &detail)
}

/// Why a body asks for nothing.
fn bad<S: Services>(desk: &Desk<'_, S>, why: &str) -> Box<Handled> {
    Box::new(desk.bad_request(why))
}

/// Which emails are asked for, of which charges.
fn asked<S: Services>(
    desk: &Desk<'_, S>,
    body: &Body,
) -> Result<(Template, Selection), Box<Handled>> {
    if is_type(&desk.request.content_type, "application/json")
        && let Body::Whole(body) = body
    {
        return of_json(body).map_err(|why| bad(desk, &why));
    }
    let fields = desk.fields(body, &["template", "charges"])?;
    of_form(&fields).map_err(|why| bad(desk, &why))
}

const BAD_TEMPLATE: &str = "template must be link or reminder.";
const BAD_CHARGES: &str = "charges must be a list of at least one and at most 2000 ids of charges.";

fn of_form(fields: &Fields) -> Result<(Template, Selection), String> {
    let template = fields.text("template").and_then(Template::by_hand);
    let charges = fields.text("charges").and_then(query::ids);
    Ok((
        template.ok_or(BAD_TEMPLATE)?,
        Selection::Charges(charges.ok_or(BAD_CHARGES)?),
    ))
}

fn of_json(body: &[u8]) -> Result<(Template, Selection), String> {
    let members = fields::members(body, &["template", "charges", "filter"])?;
    let template = members.get("template").and_then(Value::as_str);
    let template = template.and_then(Template::by_hand).ok_or(BAD_TEMPLATE)?;
    let selection = match (members.get("charges"), members.get("filter")) {
        (Some(charges), None) => Selection::Charges(ids(charges).ok_or(BAD_CHARGES)?),
        (None, Some(filter)) => Selection::Filter(filter_of(filter)?),
        (None, None) | (Some(_), Some(_)) => {
            return Err("Either charges or filter must be there.".to_owned());
        }
    };
    Ok((template, selection))
}

fn ids(charges: &Value) -> Option<Vec<ChargeId>> {
    let list = charges.as_array()?;
    let ids = list.iter().map(|id| query::id_of(whole(id)?));
    let ids: Vec<_> = ids.collect::<Option<_>>()?;
    query::few(ids)
}

/// A whole number, as JSON may write it: `7.0` is one (JSON Schema, "Numeric types").
fn whole(number: &Value) -> Option<i64> {
    let exact = number.as_f64().filter(|it| it.fract() == 0.0);
    number.as_i64().or_else(|| exact.map(|it| it as i64))
}

/// The filter of a list of charges, with the parameters of that list as members.
fn filter_of(filter: &Value) -> Result<store::charges::Filter, String> {
    let members = filter
        .as_object()
        .ok_or("filter must be an object with q, state, kind or period.")?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in members {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text,
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return Err("A member of filter must be a text.".to_owned());
            }
        };
        if name == "after" {
            return Err("filter has no member after: it is all of the list.".to_owned());
        }
        query.append_pair(name, text);
    }
    charges::filter(&query.finish()).map_err(|why| format!("filter: {why}"))
}

#[derive(Serialize)]
struct WithdrawnJson {
    canceled: usize,
}

/// Takes back every email that waits.
pub async fn cancel_all<S: Services>(desk: &Desk<'_, S>, body: &Body) -> Reply {
    if !desk.request.is_post {
        let progress = queries::progress(desk.services).await;
        let progress = progress.map_err(|error| Box::new(desk.failed(error)))?;
        let waiting = progress.map_or(0, |it| it.waiting);
        let title = "Stop, and take all emails back";
        return Ok(desk.page(
            200,
            "confirm",
            title,
            Tab::Emails,
            &page::cancel_all(waiting),
        ));
    }
    desk.fields(body, &[])?;
    let act = Act {
        operator: desk.operator().clone(),
        act: "cancel_emails",
        about: "messages".to_owned(),
        detail: "{}".to_owned(),
    };
    let canceled = queries::withdraw_all(desk.services, &act, desk.services.now()).await;
    let canceled = canceled.map_err(|error| Box::new(desk.failed(error)))?;
    if desk.wants_page() {
        return Ok(desk.done(Confirmation::EmailsTakenBack, "done", "/admin/messages"));
    }
    Ok(desk.json("done", &WithdrawnJson { canceled }))
}

#[derive(Serialize)]
struct Changed<'a> {
    changed: bool,
    message: EmailJson<'a>,
}

/// Sends an email again that was refused or is unclear, or takes one back that waits.
pub async fn act_on<S: Services>(
    desk: &Desk<'_, S>,
    id: EmailId,
    what: EmailAct,
    body: &Body,
) -> Reply {
    let email = desk.found(queries::find(desk.services, id).await, "email")?;
    if !desk.request.is_post {
        let body = page::confirm(&email, what == EmailAct::Again, desk.mail_missing());
        let title = page::act(what == EmailAct::Again);
        return Ok(desk.page(200, "confirm", title, Tab::Emails, &body));
    }
    desk.fields(body, &[])?;
    let (may, word) = match what {
        EmailAct::Again => (email.state.may_go_again(), "send_email_again"),
        EmailAct::Cancel => (email.state == EmailState::Queued, "cancel_email"),
    };
    if !may && !is_so_already(what, email.state) {
        return Ok(refused(desk, what));
    }
    let act = Act {
        operator: desk.operator().clone(),
        act: word,
        about: about_charge(email.charge),
        detail: json::to_string(
            &serde_json::json!({ "email": id, "template": email.template, "state": email.state }),
        ),
    };
    let now = desk.services.now();
    let changed = match what {
        _ if !may => Ok(false),
        EmailAct::Again => queries::again(desk.services, id, &act, now).await,
        EmailAct::Cancel => queries::withdraw(desk.services, id, &act, now).await,
    };
    let changed = match changed {
        Ok(changed) => changed,
        Err(error) => return Ok(desk.failed(error)),
    };
    let done = match what {
        EmailAct::Again => Confirmation::EmailAgain,
        EmailAct::Cancel => Confirmation::EmailsTakenBack,
    };
    if desk.wants_page() && changed {
        return Ok(desk.done(done, "done", "/admin/messages"));
    }
    let email = desk.found(queries::find(desk.services, id).await, "email")?;
    if !changed && what == EmailAct::Again && email.state.may_go_again() {
        let detail = "Another email about the same charge waits to be sent, so this one was not queued. \
                      Take that one back first, or let it go out.";
        return Ok(desk.problem(409, "another_waits", "Another email waits", detail));
    }
    if desk.wants_page() {
        return Ok(desk.done(Confirmation::Unchanged, "done", "/admin/messages"));
    }
    Ok(desk.json(
        "done",
        &Changed {
            changed,
            message: (&email).into(),
        },
    ))
}

/// Whether somebody who presses a button twice finds it done.
fn is_so_already(what: EmailAct, state: EmailState) -> bool {
    match what {
        EmailAct::Again => matches!(state, EmailState::Queued | EmailState::Sending),
        EmailAct::Cancel => state == EmailState::Canceled,
    }
}

fn refused<S: Services>(desk: &Desk<'_, S>, what: EmailAct) -> Handled {
    let (code, title, detail) = match what {
        EmailAct::Again => (
            "not_to_send_again",
            "It is not sent again",
            "Only an email that was refused, or of which nobody knows whether it went out, can be sent again. \
             To write once more about a charge, send a reminder.",
        ),
        EmailAct::Cancel => (
            "not_waiting",
            "It does not wait",
            "Only an email that waits can be taken back.",
        ),
    };
    desk.problem(409, code, title, detail)
}

/// Makes a link for each charge that is asked for and is to be paid: for a club that sends its emails itself.
pub async fn links<S: Services>(desk: &Desk<'_, S>, body: &Body) -> Reply {
    let (template, selection) = asked(desk, body)?;
    let chosen = chosen(desk, &selection).await?;
    if !chosen.is_whole {
        return Ok(too_many(desk));
    }
    candidates(desk, template, &chosen.charges).await?;
    let unpaid = links::unpaid(desk.services, &chosen.charges).await;
    let unpaid = unpaid.map_err(|error| Box::new(desk.failed(error)))?;
    let tokens: Vec<_> = unpaid
        .iter()
        .map(|_| Token::mint(&desk.services.random_bytes()))
        .collect();
    let made: Vec<_> = unpaid
        .iter()
        .zip(&tokens)
        .map(|(payee, token)| (payee.charge, token.hash()))
        .collect();
    let act = Act {
        act: "mint_links",
        ..self::act(desk, template, &chosen.charges)
    };
    let now = desk.services.now();
    if let Err(error) = links::mint_all(desk.services, &made, &act, now).await {
        return Ok(desk.failed(error));
    }
    let origin = &desk.site.config.policy.public_origin;
    let rows = unpaid.iter().zip(&tokens).map(|(payee, token)| {
        let path = payee.kind.path();
        [
            payee.player_id.clone(),
            payee.player.clone(),
            payee.email.clone().unwrap_or_default(),
            payee.language.clone().unwrap_or_default(),
            payee.kind.as_str().to_owned(),
            payee.period.clone(),
            payee.money().major(),
            payee.money().currency.into(),
            payee.due_on.clone().unwrap_or_default(),
            format!("{origin}{path}?token={}", token.query_value()),
        ]
    });
    let response = response::saved(desk.site, "links.csv", &csv::table(COLUMNS, rows));
    Ok(Handled::new(response, desk.request.log.clone(), "links"))
}
