//! What happened to requests since, and what others' systems say about them: `servicerequestupdates`.

use std::collections::HashMap;

use cases::desk::{MediaRef, Order};
use cases::model::{Case, Event, Stage, What};
use cases::story::{self, Names};
use kernel::limits::From as Caller;
use kernel::{CaseId, Error, EventId, Lang, MediaId, WordsId};
use open311::{PostUpdate, Problem, Update, UpdateStatus, UpdatesQuery, Value};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::State;
use crate::answer::Fault;
use crate::desk::{self, Called};
use crate::form::Sent;
use crate::store::{self, Key, Told, Wanted};
use crate::words::without_numbers;

/// Most updates in one answer.
const MOST: i64 = 1_000;

/// Kinds of events that are told.
const TOLD: [&str; 27] = [
    "asked",
    "answered",
    "accepted",
    "declined",
    "decline_objected",
    "dispatched",
    "signed",
    "ruled",
    "suspended",
    "resumed",
    "extended",
    "made_safe",
    "handled",
    "self_handled",
    "not_drawn",
    "passed",
    "failed",
    "confirmed",
    "silence_confirmed",
    "objected",
    "reopened",
    "merged",
    "unmerged",
    "came_back",
    "withdrawn",
    "voided",
    "noted",
];

/// Kinds of events that change where a case stands.
const STANDING: [&str; 25] = [
    "reported",
    "accepted",
    "declined",
    "decline_objected",
    "dispatched",
    "signed",
    "returned",
    "disputed",
    "ruled",
    "suspended",
    "resumed",
    "handled",
    "self_handled",
    "not_drawn",
    "passed",
    "failed",
    "confirmed",
    "silence_confirmed",
    "objected",
    "reopened",
    "merged",
    "unmerged",
    "came_back",
    "withdrawn",
    "voided",
];

/// Updates asked for, the oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list(
    state: &State,
    query: &UpdatesQuery,
    key: Option<&Key>,
    lang: Lang,
) -> Called<Vec<Update>> {
    let matters = desk::matters(state, key.is_some());
    let window = desk::window(query.window);
    let mut conn = state.cases.app.db.acquire().await?;
    let told = store::events(&mut conn, &matters, &TOLD, &STANDING, window, MOST).await?;
    let numbers = numbers(&mut conn, &told).await?;
    drop(conn);
    let shown = desk::matters(state, false);
    let is_shown = |case: &Case| case.matter.as_ref().is_some_and(|m| shown.contains(m));
    let hidden = told.iter().filter(|t| !is_shown(&t.case));
    let own = desk::filed(state, key, hidden.map(|t| t.case.id)).await?;
    let names = Books::open(state, numbers);
    Ok(told
        .iter()
        .filter(|t| is_shown(&t.case) || own.contains(&t.case.id))
        .filter_map(|t| {
            let words = names.tell(t, lang, !is_shown(&t.case))?;
            let picture = is_shown(&t.case).then(|| after(&t.event.what)).flatten();
            Some(Update {
                update_id: t.id.to_string(),
                service_request_id: t.case.number.clone(),
                status: t.standing.as_ref().map_or(UpdateStatus::Open, status_after),
                updated_datetime: desk::when(state, t.event.at),
                description: Some(words),
                media_url: picture.map(|id| desk::picture(state, id)),
            })
        })
        .collect())
}

/// Notes of the requests, for `extensions=true`.
///
/// # Errors
/// When the database fails.
pub async fn notes(
    state: &State,
    cases: &[CaseId],
    lang: Lang,
) -> Called<HashMap<CaseId, Vec<Value<'static>>>> {
    let mut notes: HashMap<CaseId, Vec<Value<'static>>> = HashMap::new();
    if cases.is_empty() {
        return Ok(notes);
    }
    let matters = desk::matters(state, false);
    let mut conn = state.cases.app.db.acquire().await?;
    let told = store::events_of(&mut conn, cases, &matters, &TOLD, &STANDING).await?;
    let numbers = numbers(&mut conn, &told).await?;
    drop(conn);
    let names = Books::open(state, numbers);
    for t in &told {
        let Some(words) = names.tell(t, lang, false) else {
            continue;
        };
        let text = |text: String| Value::Text(text.into());
        let status = t.standing.as_ref().map_or(UpdateStatus::Open, status_after);
        let note = Value::Object(vec![
            ("datetime", text(desk::when(state, t.event.at).to_string())),
            ("description", text(words)),
            ("type", text(status.as_str().to_owned())),
        ]);
        notes.entry(t.case.id).or_default().push(note);
    }
    Ok(notes)
}

/// Numbers of the cases that merges speak of.
async fn numbers(conn: &mut PgConnection, told: &[Told]) -> Called<HashMap<CaseId, String>> {
    let merged: Vec<CaseId> = told
        .iter()
        .filter_map(|t| match t.event.what {
            What::Merged { into } => Some(into),
            _ => None,
        })
        .collect();
    Ok(cases::store::numbers(conn, &merged).await?)
}

/// What the telling looks names up in.
struct Books {
    units: std::sync::Arc<staff::Units>,
    shelf: std::sync::Arc<matters::Shelved>,
    net: std::sync::Arc<divisions::CurrentNet>,
    numbers: HashMap<CaseId, String>,
}

impl Books {
    fn open(state: &State, numbers: HashMap<CaseId, String>) -> Self {
        Self {
            units: state.cases.units.current(),
            shelf: state.cases.shelf.current(),
            net: state.cases.net.current(),
            numbers,
        }
    }

    /// One event in words; `None` when it is not for the public. With `bare`, without what people said.
    fn tell(&self, t: &Told, lang: Lang, bare: bool) -> Option<String> {
        let names = Names {
            units: &self.units,
            people: HashMap::new(),
            shelf: &self.shelf,
            net: &self.net,
            words: HashMap::new(),
            numbers: self.numbers.clone(),
        };
        let told = story::tell(&t.case, &t.event, &names);
        if !told.public {
            return None;
        }
        let title = lang.pick(&told.title_zh, &told.title_en).to_owned();
        let said = t
            .said
            .as_deref()
            .filter(|_| !bare && is_open(&t.event.what));
        let reason = match &t.event.what {
            What::Declined { reason, .. } => Some(cases::reasons::name("decline", reason)),
            What::Voided { reason, .. } => Some(cases::reasons::name("void", reason)),
            _ => None,
        };
        let colon = lang.pick("：", ": ");
        let title = match reason {
            Some((zh, en)) => format!("{title}{colon}{}", lang.pick(zh, en)),
            None => title,
        };
        Some(match said {
            Some(said) => format!("{title}\n{}", without_numbers(said)),
            None => title,
        })
    }
}

/// Words said to the public or to the reporter; those of one unit to another stay inside.
fn is_open(what: &What) -> bool {
    matches!(
        what,
        What::Handled { .. }
            | What::SelfHandled { .. }
            | What::MadeSafe { .. }
            | What::Asked { .. }
            | What::Declined { .. }
            | What::Passed { .. }
            | What::Noted { public: true, .. }
    )
}

/// The first picture of what was done.
fn after(what: &What) -> Option<MediaId> {
    let media = match what {
        What::Handled { media, .. } | What::SelfHandled { media, .. } => media,
        _ => return None,
    };
    media.iter().find(|m| m.kind == "photo").map(|m| m.id)
}

/// Where a case stands after an event, in the words of the extension.
fn status_after(event: &Event) -> UpdateStatus {
    use UpdateStatus as U;
    match &event.what {
        What::Accepted { .. } | What::Returned { .. } => U::Investigating,
        What::Dispatched { .. } | What::Suspended { .. } => U::ActionScheduled,
        What::Ruled { .. }
        | What::Disputed { .. }
        | What::Signed { .. }
        | What::Resumed { .. }
        | What::Handled { .. }
        | What::SelfHandled { .. }
        | What::NotDrawn
        | What::Passed { .. }
        | What::Failed { .. }
        | What::Objected { .. } => U::InProgress,
        What::Declined { reason, .. } => match reason.as_str() {
            "not_in_catalogue" | "not_in_city" | "private_matter" => U::NotCouncilsResponsibility,
            "duplicate_closed" => U::Duplicate,
            _ => U::NoFurtherAction,
        },
        What::Confirmed => U::Fixed,
        What::SilenceConfirmed => U::Closed,
        What::DeclineObjected { .. } | What::Reopened { .. } => U::Reopen,
        What::Merged { .. } => U::Duplicate,
        What::Withdrawn => U::Cancelled,
        What::Voided { .. } => U::NoFurtherAction,
        _ => U::Open,
    }
}

/// What an update that was posted comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    /// Words beside the case.
    Note,
    /// A command that carries the words.
    Say(&'static str, &'static str),
    /// A command without words; they are noted first.
    Do(&'static str),
}

/// Takes an update of a request the key filed, in its reporter's name.
///
/// # Errors
/// 403 without a key, 404 for a request the key cannot know, 400 for what the rules do not allow.
pub async fn post(state: &State, sent: Sent, from: &Caller) -> Called<String> {
    let update = match PostUpdate::from_form(&sent.pairs) {
        Ok(update) => update,
        Err(problems) => return Err(problems.into()),
    };
    let key = desk::admit_poster(state, &update.access, from).await?;
    let (case, standing) = request(state, &update, &key).await?;
    let id = Uuid::new_v5(&key.id, format!("update/{}", update.update_id).as_bytes());
    let app = &state.cases.app;
    let mut conn = app.db.acquire().await?;
    if let Some(known) = store::event_with_words(&mut conn, case.id, WordsId(id)).await? {
        return Ok(known.to_string());
    }
    let reporter = cases::store::reporter_of(&mut conn, case.id).await?;
    drop(conn);
    let reporter = reporter.ok_or_else(|| Error::NotFound("case.not_found"))?;
    let deed = deed(&case, standing, update.status).ok_or_else(|| refused(&case, update.status))?;
    let pictures = !update.media_urls.is_empty() || !sent.files.is_empty();
    if pictures && deed == Deed::Say("object_decline", "words") {
        return Err(Error::field("media_url", "open311.media_not_here").into());
    }
    let media = desk::pictures(state, &update.media_urls, sent.files).await?;
    match carry_out(state, &case, &reporter, &update, (id, deed), &media).await {
        Ok(event) => Ok(event.to_string()),
        Err(fault) => {
            desk::forget_pictures(state, &media).await?;
            Err(fault)
        }
    }
}

/// Writes what the update comes to, in one transaction.
async fn carry_out(
    state: &State,
    case: &Case,
    reporter: &cases::store::Reporter,
    update: &PostUpdate,
    (id, deed): (Uuid, Deed),
    media: &[MediaId],
) -> Called<EventId> {
    let app = &state.cases.app;
    let refs: Vec<MediaRef> = media.iter().copied().map(MediaRef::Id).collect();
    let mut tx = app.db.begin().await?;
    // The same update sent twice at once: the second waits here and finds it done.
    cases::store::lock(&mut tx, case.id).await?;
    if let Some(known) = store::event_with_words(&mut tx, case.id, WordsId(id)).await? {
        desk::forget_pictures(state, media).await?;
        return Ok(known);
    }
    let text = &update.description;
    if let Deed::Note | Deed::Do(_) = deed {
        cases::desk::reporter_note(&mut tx, &state.cases, reporter, id, text, &refs).await?;
    }
    let order = match deed {
        Deed::Note => None,
        Deed::Say(command, field) => {
            let mut body = json!({field: text});
            if command != "object_decline" {
                body["media"] = serde_json::to_value(&refs).map_err(Error::from)?;
            }
            Some(Order {
                id,
                command: json!({"command": command, "body": body}),
            })
        }
        Deed::Do(command) => Some(Order {
            id: Uuid::new_v5(&id, command.as_bytes()),
            command: json!({"command": command, "body": {}}),
        }),
    };
    if let Some(order) = order {
        cases::desk::reporter_command(&mut tx, &state.cases, reporter, &order).await?;
    }
    let event = written(&mut tx, case.id, id).await?;
    tx.commit().await?;
    app.committed.notify_one();
    Ok(event)
}

async fn written(conn: &mut PgConnection, case: CaseId, words: Uuid) -> Called<EventId> {
    let event = store::event_with_words(conn, case, WordsId(words)).await?;
    Ok(event.ok_or_else(|| Error::ours("an update", "its event is not there"))?)
}

/// The case the update is about, with where it stands.
async fn request(state: &State, update: &PostUpdate, key: &Key) -> Called<(Case, UpdateStatus)> {
    let number = &update.service_request_id;
    let wanted = Wanted {
        matters: desk::matters(state, true),
        numbers: Some(vec![number.clone()]),
        limit: 1,
        ..Wanted::default()
    };
    let mut conn = state.cases.app.db.acquire().await?;
    let found = store::find(&mut conn, &wanted).await?.into_iter().next();
    let unknown = || Fault::from(Problem::RequestUnknown(number.clone()));
    let case = found.ok_or_else(unknown)?.case;
    let own = desk::filed(state, Some(key), std::iter::once(case.id)).await?;
    if !own.contains(&case.id) {
        let matter = case.matter.clone().unwrap_or_default();
        return Err(if desk::matters(state, false).contains(&matter) {
            Error::conflict("open311.not_filed_by_key").into()
        } else {
            unknown()
        });
    }
    let lines = cases::store::events(&mut conn, case.id, i32::MAX).await?;
    let standing = lines
        .iter()
        .rev()
        .find(|line| STANDING.contains(&line.event.what.kind().as_str()))
        .map_or(UpdateStatus::Open, |line| status_after(&line.event));
    Ok((case, standing))
}

/// What a posted status asks of the case. `None` where it is for others than the reporter to say;
/// whether the case is at a stage for it the rules of the case decide.
fn deed(case: &Case, standing: UpdateStatus, status: UpdateStatus) -> Option<Deed> {
    use UpdateStatus as U;
    let asked = case.question.as_ref().is_some_and(|q| !q.over);
    Some(match (status, case.stage) {
        (U::Open, Stage::Reported) if asked => Deed::Say("answer", "text"),
        (U::Reopen, Stage::Confirming) => Deed::Say("object", "words"),
        (U::Open | U::Reopen, Stage::Declined) => Deed::Say("object_decline", "words"),
        (U::Open | U::Reopen, Stage::Closed) => Deed::Say("reopen", "words"),
        (U::Closed | U::Fixed, Stage::Confirming) => Deed::Do("confirm"),
        (U::Cancelled, _) => Deed::Do("withdraw"),
        (U::Open, stage) if stage.open() => Deed::Note,
        (same, stage) if same == standing && stage.open() => Deed::Note,
        _ => return None,
    })
}

fn refused(case: &Case, status: UpdateStatus) -> Fault {
    Error::conflict("open311.status_not_allowed")
        .with("status", status.as_str())
        .with("stage", case.stage.word())
        .into()
}
