//! One function per call of GeoReport v2, but for updates ([`crate::updates`]).

use std::collections::HashSet;

use cases::desk::{Bringer, MediaRef, Report};
use cases::model::{Case, ClockKind, Source, Stage, What};
use kernel::limits::From as Caller;
use kernel::{CaseId, Error, Lang, MediaId, Moment};
use matters::catalogue::{self, Matter};
use open311::{
    Access, Attribute, AttributeValue, Datatype, Discovery, Document, Endpoint, EndpointType,
    Format, Point, PostRequest, Problem, Problems, Receipt, ReceiptKind, RequestsQuery, Service,
    ServiceDefinition, ServiceRequest, ServiceType, Status, Value, W3cTime,
};
use serde_json::Map;
use uuid::Uuid;

use crate::answer::Fault;
use crate::form::{self, Sent};
use crate::store::{self, Found, Key, Wanted};
use crate::words::without_numbers;
use crate::{State, fetch, place, updates};

/// Posts per key and minute.
const POSTS_A_MINUTE: i32 = 120;
/// Reads of requests and updates per address and minute.
const READS_A_MINUTE: i32 = 600;
/// Wrong keys per address and minute.
const WRONG_KEYS_A_MINUTE: i32 = 60;

/// Result of a call.
pub type Called<T> = Result<T, Fault>;

/// Where the endpoint is and what it speaks.
///
/// # Errors
/// When the database fails.
pub async fn discovery(state: &State, lang: Lang) -> Called<Discovery> {
    let app = &state.cases.app;
    let mut conn = app.db.acquire().await?;
    let told = store::contact(&mut conn).await?;
    let changed = store::changed_at(&mut conn).await?;
    let changeset = changed
        .map(|at| when(state, at).to_string())
        .unwrap_or_default();
    let url = &app.city.public_url;
    let ask = |zh: String, en: String| match lang {
        Lang::Zh => zh,
        Lang::En => en,
    };
    Ok(Discovery {
        changeset: changeset.clone(),
        contact: told.contact.unwrap_or_else(|| {
            ask(
                format!("{}网格化服务平台：{url}", app.city.name.name_zh),
                format!(
                    "The grid service platform of {}: {url}",
                    app.city.name.name_en
                ),
            )
        }),
        key_service: told.key_service.unwrap_or_else(|| {
            ask(
                format!("API 密钥由平台管理员发放：{url}"),
                format!("API keys are given out by the platform's administrators: {url}"),
            )
        }),
        endpoints: vec![Endpoint {
            specification: Endpoint::GEOREPORT_V2.to_owned(),
            url: format!("{url}/open311/v2"),
            changeset,
            kind: if app.city.schematic {
                EndpointType::Test
            } else {
                EndpointType::Production
            },
            formats: vec![Format::Xml, Format::Json],
        }],
    })
}

/// Checks the jurisdiction and, when one is given, the key.
///
/// # Errors
/// 404 for the jurisdiction, 403 for the key.
pub async fn admit(state: &State, access: &Access, from: &Caller) -> Called<Option<Key>> {
    let served = state.cases.app.city.jurisdiction_id.as_str();
    let mut problems = Problems::default();
    if let Err(problem) = access.check_jurisdiction(&[served]) {
        problems.push(problem);
    }
    let Some(given) = &access.api_key else {
        return Ok(problems.or(None)?);
    };
    let mut conn = state.cases.app.db.acquire().await?;
    let key = store::find_key(&mut conn, given).await?;
    drop(conn);
    if key.is_none() {
        let app = &state.cases.app;
        kernel::limits::check(app, "open311.wrong_key", from, WRONG_KEYS_A_MINUTE, 60).await?;
        problems.push(Problem::ApiKeyInvalid);
    }
    Ok(problems.or(key)?)
}

/// Counts a read of requests or updates.
///
/// # Errors
/// 429 when there were too many.
pub async fn count_read(state: &State, from: &Caller) -> Called<()> {
    let app = &state.cases.app;
    Ok(kernel::limits::check(app, "open311.read", from, READS_A_MINUTE, 60).await?)
}

/// The key of a call that needs one which may post; counts the call.
///
/// # Errors
/// 403 without, 429 when there were too many.
pub async fn admit_poster(state: &State, access: &Access, from: &Caller) -> Called<Key> {
    let key = match admit(state, access, from).await? {
        None => return Err(Problem::ApiKeyMissing.into()),
        Some(key) if !key.may_post => return Err(Problem::ApiKeyInvalid.into()),
        Some(key) => key,
    };
    let who = Caller(key.id.to_string());
    kernel::limits::check(&state.cases.app, "open311.post", &who, POSTS_A_MINUTE, 60).await?;
    Ok(key)
}

/// What can be asked for: the matters residents may report.
#[must_use]
pub fn services(state: &State, lang: Lang) -> Vec<Service> {
    let shelf = state.cases.shelf.current();
    shelf
        .catalogue
        .public()
        .map(|matter| Service {
            service_code: matter.code.clone(),
            service_name: matter.name.get(lang).to_owned(),
            description: matter.closing_rule.get(lang).to_owned(),
            metadata: !matter.questions.is_empty(),
            kind: ServiceType::Realtime,
            keywords: keywords(matter, lang),
            group: group(matter, lang),
        })
        .collect()
}

/// Category, department, other words for it, and its classes in GB/T 30428.2 and at the hotline.
fn keywords(matter: &Matter, lang: Lang) -> Vec<String> {
    let own = [matter.category.get(lang), matter.department.get(lang)];
    let more = &matter.more;
    let others = more
        .aliases
        .iter()
        .chain(&more.gb_classes)
        .chain(&more.hotline_classes);
    own.into_iter()
        .map(str::to_owned)
        .chain(others.cloned())
        .collect()
}

/// The category, with the levels below it.
fn group(matter: &Matter, lang: Lang) -> String {
    let levels = matter.more.levels.iter().map(|level| level.get(lang));
    let all: Vec<&str> = std::iter::once(matter.category.get(lang))
        .chain(levels)
        .collect();
    all.join(" / ")
}

/// The public matter of a service code: the matter's own, or a class of GB/T 30428.2 or of the hotline
/// that exactly one public matter answers to.
fn service<'a>(shelf: &'a matters::Shelved, code: &str) -> Option<&'a Matter> {
    let own = shelf.matter(code).filter(|m| m.public);
    own.or_else(|| {
        let mut found = shelf.of_class(code).into_iter().filter(|m| m.public);
        found.next().filter(|_| found.next().is_none())
    })
}

/// What a service asks of the person.
///
/// # Errors
/// 404 unless it is a matter residents may report.
pub fn definition(state: &State, code: &str, lang: Lang) -> Called<ServiceDefinition> {
    let shelf = state.cases.shelf.current();
    let matter = service(&shelf, code);
    let matter = matter.ok_or_else(|| Problem::ServiceUnknown(code.to_owned()))?;
    Ok(define(matter, lang))
}

fn define(matter: &Matter, lang: Lang) -> ServiceDefinition {
    let attributes = matter.questions.iter().zip(1..).map(|(question, order)| {
        let values = question.values.iter().map(|value| AttributeValue {
            key: value.key.clone(),
            name: value.name.get(lang).to_owned(),
        });
        Attribute {
            variable: true,
            code: question.code.clone(),
            datatype: datatype(question.datatype),
            // What is asked only sometimes cannot be demanded of a client that knows no conditions.
            required: question.when.is_none() && matter.must_be_answered(question),
            datatype_description: hint(question.datatype, lang).map(str::to_owned),
            order,
            description: question.description.get(lang).to_owned(),
            values: values.collect(),
        }
    });
    ServiceDefinition {
        service_code: matter.code.clone(),
        attributes: attributes.collect(),
    }
}

fn datatype(datatype: catalogue::Datatype) -> Datatype {
    match datatype {
        catalogue::Datatype::String => Datatype::String,
        catalogue::Datatype::Number => Datatype::Number,
        catalogue::Datatype::Datetime => Datatype::Datetime,
        catalogue::Datatype::Text => Datatype::Text,
        catalogue::Datatype::SingleValueList => Datatype::SingleValueList,
        catalogue::Datatype::MultiValueList => Datatype::MultiValueList,
    }
}

fn hint(datatype: catalogue::Datatype, lang: Lang) -> Option<&'static str> {
    match datatype {
        catalogue::Datatype::Datetime => Some(lang.pick(
            "例：2026-01-31T08:00:00+08:00",
            "For example 2026-01-31T08:00:00+08:00",
        )),
        catalogue::Datatype::Number => Some(lang.pick("数字", "A number")),
        _ => None,
    }
}

/// Takes a request in.
///
/// # Errors
/// As the specification has them; nothing is saved then.
pub async fn post(state: &State, sent: Sent, from: &Caller, lang: Lang) -> Called<Receipt> {
    let app = &state.cases.app;
    let (request, mut problems) = PostRequest::draft(&sent.pairs);
    if request.access.api_key.is_none() {
        return Err(problems.into());
    }
    let key = admit_poster(state, &request.access, from).await?;
    let own = Own::read(&sent.pairs, &mut problems);
    let shelf = state.cases.shelf.current();
    let matter = service(&shelf, &request.service_code);
    match matter {
        Some(matter) => problems.extend(define(matter, lang).check(&request)),
        None if request.service_code.is_empty() => {}
        None => problems.push(Problem::ServiceUnknown(request.service_code.clone())),
    }
    let told = place::of(&request, &state.cases.net.current()).unwrap_or_else(|problem| {
        problems.push(problem);
        place::Told::default()
    });
    let (Some(matter), true) = (matter, problems.is_empty()) else {
        return Err(problems.into());
    };
    let id = own.id(&key, "request");
    let case = cases::desk::case_of(&state.cases, id);
    let token = token(state, &key, case);
    if own.client_request_id.is_some()
        && let Some(receipt) = repeated(state, id).await?
    {
        return Ok(taken(state, &own, &token, &receipt, lang));
    }
    let media = pictures(state, &request.media_urls, sent.files).await?;
    let report = Report {
        id,
        text: text(&request, matter),
        matter: Some(matter.code.clone()),
        lon: told.point.map(|p| p.0),
        lat: told.point.map(|p| p.1),
        place_text: told.text,
        media: media.iter().copied().map(MediaRef::Id).collect(),
        name: name(&request),
        phone: request.phone.clone(),
        call_back: request.phone.is_some(),
        answers: answers(&request, matter),
        ..Report::default()
    };
    let mut conn = app.db.acquire().await?;
    store::keep_token(&mut conn, &token, case, app.clock.now()).await?;
    drop(conn);
    let bringer = Bringer::Resident(Source::Open311, lang);
    let error = match cases::desk::report(&state.cases, &report, bringer).await {
        Ok(receipt) => return Ok(taken(state, &own, &token, &receipt, lang)),
        Err(error) => error,
    };
    forget_pictures(state, &media).await?;
    // The same request sent twice at once: the other one was first.
    if error.code() == "command.id_reused"
        && let Some(receipt) = repeated(state, id).await?
    {
        return Ok(taken(state, &own, &token, &receipt, lang));
    }
    let mut conn = app.db.acquire().await?;
    store::drop_token(&mut conn, &token).await?;
    Err(error.into())
}

/// Arguments of ours beside the specification's.
#[derive(Debug, Default)]
struct Own {
    /// The client's own id of the request: the same one again is the same request.
    client_request_id: Option<String>,
    /// Whether a token is wanted instead of the id.
    wants_token: bool,
}

impl Own {
    fn read(pairs: &[(String, String)], problems: &mut Problems) -> Self {
        let mut last = |name: &str| {
            let value = pairs.iter().rev().find(|(key, _)| key == name)?;
            let value = value.1.trim();
            if value.chars().count() > 200 {
                problems.push(Problem::TooLong {
                    field: name.to_owned(),
                    max: 200,
                });
            }
            (!value.is_empty()).then(|| value.to_owned())
        };
        let client_request_id = last("client_request_id");
        let wants_token = match last("receipt").as_deref() {
            None | Some("id") => false,
            Some("token") => true,
            Some(other) => {
                problems.push(Problem::NotOffered {
                    field: "receipt".to_owned(),
                    value: other.to_owned(),
                });
                false
            }
        };
        Self {
            client_request_id,
            wants_token,
        }
    }

    fn id(&self, key: &Key, what: &str) -> Uuid {
        match &self.client_request_id {
            Some(own) => Uuid::new_v5(&key.id, format!("{what}/{own}").as_bytes()),
            None => Uuid::now_v7(),
        }
    }
}

/// The token that stands for a case a key filed: it proves so, and nobody can guess it.
#[must_use]
pub fn token(state: &State, key: &Key, case: CaseId) -> String {
    let vault = &state.cases.app.vault;
    let mac = vault.blind("open311.token", &format!("{}/{case}", key.id));
    mac.iter().take(20).map(|b| format!("{b:02x}")).collect()
}

/// Which of these cases the key filed.
///
/// # Errors
/// When the database fails.
pub async fn filed(
    state: &State,
    key: Option<&Key>,
    cases: impl Iterator<Item = CaseId>,
) -> Called<HashSet<CaseId>> {
    let Some(key) = key else {
        return Ok(HashSet::new());
    };
    let tokens: Vec<String> = cases.map(|case| token(state, key, case)).collect();
    if tokens.is_empty() {
        return Ok(HashSet::new());
    }
    let mut conn = state.cases.app.db.acquire().await?;
    let found = store::cases_of_tokens(&mut conn, &tokens).await?;
    Ok(found.into_iter().collect())
}

async fn repeated(state: &State, id: Uuid) -> Called<Option<cases::desk::Receipt>> {
    let mut conn = state.cases.app.db.acquire().await?;
    let answered = cases::store::command(&mut conn, id).await?;
    Ok(answered.and_then(|done| serde_json::from_value(done.answer).ok()))
}

fn taken(
    state: &State,
    own: &Own,
    token: &str,
    receipt: &cases::desk::Receipt,
    lang: Lang,
) -> Receipt {
    let kind = if own.wants_token {
        ReceiptKind::Batch {
            token: token.to_owned(),
        }
    } else {
        ReceiptKind::Realtime {
            service_request_id: receipt.number.clone(),
        }
    };
    Receipt {
        kind,
        service_notice: Some(notice(state, receipt, lang)),
        account_id: None,
    }
}

/// What happens next, and where the person can follow it.
fn notice(state: &State, receipt: &cases::desk::Receipt, lang: Lang) -> String {
    let app = &state.cases.app;
    let say = |code: &str, params: &Map<String, serde_json::Value>| {
        kernel::words::sentence(lang, code, params)
    };
    let mut params = Map::new();
    let unit = receipt
        .dispatched_to
        .and_then(|org| state.cases.units.current().get(org));
    let first = match unit {
        Some(unit) => {
            params.insert(
                "unit".to_owned(),
                lang.pick(&unit.name_zh, &unit.name_en).into(),
            );
            say("open311.notice_dispatched", &params)
        }
        None if receipt.unplaced => say("open311.notice_unplaced", &params),
        None => say("open311.notice_received", &params),
    };
    let Some(reporter) = receipt.reporter else {
        return first;
    };
    let code = app.vault.progress_code(reporter.0);
    let link = format!("{}/p/{code}", app.city.public_url);
    params.insert("link".to_owned(), link.into());
    format!(
        "{first}{}{}",
        lang.pick("", " "),
        say("open311.notice_progress", &params)
    )
}

/// The report's words; where there are none, the service and what was answered.
fn text(request: &PostRequest, matter: &Matter) -> String {
    if let Some(description) = &request.description {
        return description.clone();
    }
    let answered = matter.questions.iter().filter_map(|question| {
        let given = request.attribute(&question.code);
        let names: Vec<&str> = given
            .iter()
            .map(|key| {
                let value = question.values.iter().find(|v| v.key == *key);
                value.map_or(key.as_str(), |v| v.name.zh.as_str())
            })
            .collect();
        (!names.is_empty()).then(|| format!("{}{}", question.description.zh, names.join("、")))
    });
    let mut lines = vec![matter.name.zh.clone()];
    lines.extend(answered);
    lines.join("\n").chars().take(2_000).collect()
}

/// Family name first where it is written without letters of the alphabet.
fn name(request: &PostRequest) -> Option<String> {
    match (&request.first_name, &request.last_name) {
        (Some(first), Some(last)) if (first.clone() + last).is_ascii() => {
            Some(format!("{first} {last}"))
        }
        (Some(first), Some(last)) => Some(format!("{last}{first}")),
        (first, last) => first.clone().or_else(|| last.clone()),
    }
}

/// Answers to the questions the matter asks, several ones joined by commas.
fn answers(request: &PostRequest, matter: &Matter) -> Map<String, serde_json::Value> {
    let all: Map<String, serde_json::Value> = matter
        .questions
        .iter()
        .filter_map(|question| {
            let given = request.attribute(&question.code);
            (!given.is_empty()).then(|| (question.code.clone(), given.join(",").into()))
        })
        .collect();
    // A client that knows no conditions may answer what was not asked.
    let asked = matter.questions.iter().filter(|q| q.is_asked(&all));
    asked
        .filter_map(|q| Some((q.code.clone(), all.get(&q.code)?.clone())))
        .collect()
}

/// Pictures that were sent, and those fetched from where the client says; all of them or none.
///
/// # Errors
/// 400 that names `media` or `media_url`.
pub async fn pictures(state: &State, urls: &[String], files: Vec<Vec<u8>>) -> Called<Vec<MediaId>> {
    if urls.len() + files.len() > form::MOST_FILES {
        return Err(form::too_many().into());
    }
    let mut fetched = Vec::new();
    for url in urls {
        let bytes = fetch::fetch(url, &state.media_hosts)
            .await
            .map_err(|refusal| Error::field("media_url", refusal.code()))?;
        fetched.push(("media_url", bytes));
    }
    let sent = files.into_iter().map(|bytes| ("media", bytes));
    let mut ids = Vec::new();
    for (field, bytes) in fetched.into_iter().chain(sent) {
        match keep(state, field, bytes).await {
            Ok(id) => ids.push(id),
            Err(fault) => {
                forget_pictures(state, &ids).await?;
                return Err(fault);
            }
        }
    }
    Ok(ids)
}

/// Removes pictures that were kept for something that was refused afterwards.
///
/// # Errors
/// When the database fails.
pub async fn forget_pictures(state: &State, ids: &[MediaId]) -> Called<()> {
    let now = state.cases.app.clock.now();
    let mut conn = state.cases.app.db.acquire().await?;
    for id in ids {
        let Some(kept) = media::store::kept(&mut conn, *id).await? else {
            continue;
        };
        media::store::erase(&mut conn, *id, now).await?;
        for object in std::iter::once(&kept.stored).chain(&kept.thumb) {
            state.media.files.remove(object).await;
        }
    }
    Ok(())
}

async fn keep(state: &State, field: &str, bytes: Vec<u8>) -> Called<MediaId> {
    let incoming = media::desk::Incoming {
        bytes,
        name: None,
        areas: Vec::new(),
        by: None,
        replaces: None,
    };
    let kept = media::desk::take_in(&state.media, incoming, false).await;
    let kept = kept.map_err(|error| match error {
        Error::Refused {
            status,
            code,
            params,
            fields,
        } if !status.is_server_error() => {
            let fault = fields.into_iter().next().unwrap_or(kernel::FieldFault {
                field: String::new(),
                code,
                params,
            });
            Error::invalid(vec![kernel::FieldFault {
                field: field.to_owned(),
                ..fault
            }])
        }
        other => other,
    })?;
    Ok(serde_json::from_value(kept["id"].clone()).map_err(Error::from)?)
}

/// Requests asked for.
///
/// # Errors
/// As the specification has them.
pub async fn list(
    state: &State,
    query: &RequestsQuery,
    key: Option<&Key>,
    lang: Lang,
) -> Called<Vec<Shown>> {
    let named = !query.service_request_ids.is_empty();
    let matters = matters(state, named && key.is_some());
    let wanted = Wanted {
        matters: matters
            .into_iter()
            .filter(|m| query.service_codes.is_empty() || query.service_codes.contains(m))
            .collect(),
        numbers: named.then(|| query.service_request_ids.clone()),
        open: match query.statuses.as_slice() {
            [Status::Open] => Some(true),
            [Status::Closed] => Some(false),
            _ => None,
        },
        reported: query.requested.map(window),
        updated: query.updated.map(window),
        nearby: query
            .nearby
            .map(|near| (near.point.long, near.point.lat, near.radius)),
        limit: query.limit().into(),
        offset: i64::try_from(query.offset()).unwrap_or(i64::MAX),
    };
    shown(state, &wanted, key, lang).await
}

/// The request with this id.
///
/// # Errors
/// 404 when there is none that the caller may see.
pub async fn one(state: &State, id: &str, key: Option<&Key>, lang: Lang) -> Called<Vec<Shown>> {
    let wanted = Wanted {
        matters: matters(state, key.is_some()),
        numbers: Some(vec![id.to_owned()]),
        limit: 1,
        ..Wanted::default()
    };
    let found = shown(state, &wanted, key, lang).await?;
    if found.is_empty() {
        return Err(Problem::RequestUnknown(id.to_owned()).into());
    }
    Ok(found)
}

/// The id of the request a token stands for.
///
/// # Errors
/// 404 when nobody was given this token.
pub async fn number_of(state: &State, token: &str) -> Called<String> {
    let mut conn = state.cases.app.db.acquire().await?;
    let number = store::number_of_token(&mut conn, token).await?;
    Ok(number.ok_or_else(|| Problem::TokenUnknown(token.chars().take(200).collect()))?)
}

/// The two ends of a window as moments.
#[must_use]
pub fn window(window: open311::Window) -> (Moment, Moment) {
    (Moment::new(window.start), Moment::new(window.end))
}

/// Codes of the matters that may be shown to everybody; with `own` also of those that may only be
/// shown to who filed them.
#[must_use]
pub fn matters(state: &State, own: bool) -> Vec<String> {
    let shelf = state.cases.shelf.current();
    shelf
        .catalogue
        .public()
        .filter(|m| own || m.shown)
        .map(|m| m.code.clone())
        .collect()
}

/// A request as it is answered, with what `extensions=true` adds.
#[derive(Debug)]
pub struct Shown {
    /// The request.
    pub request: ServiceRequest,
    case: Case,
    answers: Vec<(String, Vec<String>)>,
    photos: Vec<String>,
    bare: bool,
}

async fn shown(
    state: &State,
    wanted: &Wanted,
    key: Option<&Key>,
    lang: Lang,
) -> Called<Vec<Shown>> {
    let mut conn = state.cases.app.db.acquire().await?;
    let found = store::find(&mut conn, wanted).await?;
    let ended: Vec<CaseId> = found
        .iter()
        .filter(|f| !standing(f).stage.open())
        .map(|f| standing(f).id)
        .collect();
    let endings = store::endings(&mut conn, &ended).await?;
    drop(conn);
    let shelf = state.cases.shelf.current();
    let is_shown = |case: &Case| {
        let matter = case.matter.as_deref().and_then(|m| shelf.matter(m));
        matter.is_some_and(|m| m.shown)
    };
    let hidden = found.iter().filter(|f| !is_shown(&f.case));
    let own = filed(state, key, hidden.map(|f| f.case.id)).await?;
    Ok(found
        .into_iter()
        .filter(|f| is_shown(&f.case) || own.contains(&f.case.id))
        .map(|f| {
            let bare = !is_shown(&f.case);
            let ending = endings.get(&standing(&f).id).map(|e| &e.what);
            show(state, f, bare, ending, lang)
        })
        .collect())
}

/// The case whose progress counts: the one it was merged into.
fn standing(found: &Found) -> &Case {
    found.primary.as_ref().unwrap_or(&found.case)
}

fn show(state: &State, found: Found, bare: bool, ending: Option<&What>, lang: Lang) -> Shown {
    let net = state.cases.net.current();
    let shelf = state.cases.shelf.current();
    let standing = standing(&found);
    let case = &found.case;
    let matter = case.matter.as_deref().and_then(|m| shelf.matter(m));
    let open = standing.stage.open();
    let unit = standing
        .lead
        .and_then(|org| state.cases.units.current().get(org));
    let due = standing
        .clock(ClockKind::Handle)
        .filter(|_| standing.stage.before_handled())
        .and_then(|clock| clock.due_at());
    let place = case.place.as_ref().filter(|_| !bare);
    let photos = photos(state, case);
    let text = found.text.as_deref().filter(|_| !bare);
    let request = ServiceRequest {
        service_request_id: case.number.clone(),
        status: if open { Status::Open } else { Status::Closed },
        status_notes: Some(status_notes(&found, ending, lang)),
        service_name: matter
            .map(|m| m.name.get(lang).to_owned())
            .unwrap_or_default(),
        service_code: case.matter.clone().unwrap_or_default(),
        description: text.map(without_numbers),
        agency_responsible: unit.map(|u| lang.pick(&u.name_zh, &u.name_en).to_owned()),
        service_notice: matter.map(|m| m.closing_rule.get(lang).to_owned()),
        requested_datetime: when(state, case.reported_at),
        updated_datetime: when(state, found.updated_at),
        expected_datetime: due.map(|at| when(state, at)),
        address: (!bare && !found.place_text.is_empty())
            .then(|| without_numbers(&found.place_text)),
        address_id: place
            .and_then(|p| net.grid(p.grid()))
            .map(|grid| grid.code.clone()),
        zipcode: None,
        point: place.map(|p| Point {
            lat: p.lat,
            long: p.lon,
        }),
        media_url: photos.first().filter(|_| !bare).cloned(),
    };
    let answers = matter
        .filter(|_| !bare)
        .map(|m| listed(m, found.answers.as_ref()))
        .unwrap_or_default();
    Shown {
        request,
        answers,
        photos: if bare { Vec::new() } else { photos },
        bare,
        case: found.case,
    }
}

fn status_notes(found: &Found, ending: Option<&What>, lang: Lang) -> String {
    let standing = standing(found);
    let (zh, en) = cases::view::stage_name(standing.stage);
    let mut notes = lang.pick(zh, en).to_owned();
    let colon = lang.pick("：", ": ");
    let reason = match ending {
        Some(What::Declined { reason, .. }) => Some(cases::reasons::name("decline", reason)),
        Some(What::Voided { reason, .. }) if standing.stage == Stage::Voided => {
            Some(cases::reasons::name("void", reason))
        }
        Some(What::Withdrawn) if standing.stage == Stage::Voided => {
            Some(("上报人撤回", "withdrawn by the reporter"))
        }
        _ => None,
    };
    let declined = matches!(ending, Some(What::Declined { .. }));
    let fits = !declined
        || standing.stage == Stage::Declined
        || (standing.stage == Stage::Archived && standing.closed_at.is_none());
    if let Some((zh, en)) = reason.filter(|_| fits) {
        notes = format!("{notes}{colon}{}", lang.pick(zh, en));
    }
    if let Some(primary) = &found.primary {
        notes = match lang {
            Lang::Zh => format!("已并入 {}：{notes}", primary.number),
            Lang::En => format!("Merged into {}: {notes}", primary.number),
        };
    }
    notes
}

/// Answers that are chosen, counted or dated; free text stays inside.
fn listed(matter: &Matter, answers: Option<&serde_json::Value>) -> Vec<(String, Vec<String>)> {
    use catalogue::Datatype as D;
    matter
        .questions
        .iter()
        .filter(|q| !matches!(q.datatype, D::String | D::Text))
        .filter_map(|question| {
            let given = answers?.get(&question.code)?;
            let given = given
                .as_str()
                .map_or_else(|| given.to_string(), str::to_owned);
            let values = match question.datatype {
                D::MultiValueList => given.split(',').map(str::to_owned).collect(),
                _ => vec![given],
            };
            Some((question.code.clone(), values))
        })
        .collect()
}

/// Addresses of the picture of the report and of those taken after it was put right.
fn photos(state: &State, case: &Case) -> Vec<String> {
    case.media
        .iter()
        .filter(|m| m.kind == "photo")
        .enumerate()
        .filter(|(at, m)| *at == 0 || m.purpose == "after")
        .map(|(_, m)| picture(state, m.id))
        .collect()
}

/// The address of a picture, whole.
#[must_use]
pub fn picture(state: &State, id: MediaId) -> String {
    let app = &state.cases.app;
    format!(
        "{}{}",
        app.city.public_url,
        media::url(&app.vault, id, "full")
    )
}

/// An instant as told in the city's zone.
#[must_use]
pub fn when(state: &State, at: Moment) -> W3cTime {
    W3cTime::new(at.stamp(), &state.cases.app.city.zone)
}

/// The document of these requests, with attributes, pictures and notes when `extended`.
///
/// # Errors
/// When the database fails.
pub async fn document(
    state: &State,
    shown: &[Shown],
    extended: bool,
    lang: Lang,
) -> Called<Document<'static>> {
    let requests: Vec<ServiceRequest> = shown.iter().map(|s| s.request.clone()).collect();
    let mut document = owned(&open311::service_requests(&requests));
    if !extended {
        return Ok(document);
    }
    let open: Vec<CaseId> = shown
        .iter()
        .filter(|s| !s.bare)
        .map(|s| s.case.id)
        .collect();
    let mut notes = updates::notes(state, &open, lang).await?;
    if let Value::List(_, items) = &mut document.value {
        for (item, shown) in items.iter_mut().zip(shown) {
            if let Value::Object(fields) = item {
                let notes = notes.remove(&shown.case.id).unwrap_or_default();
                fields.extend(extension(shown, notes));
            }
        }
    }
    Ok(document)
}

fn extension(shown: &Shown, notes: Vec<Value<'static>>) -> [(&'static str, Value<'static>); 3] {
    let text = |text: &str| Value::Text(text.to_owned().into());
    let attributes = shown.answers.iter().map(|(code, values)| {
        let values = values.iter().map(|v| text(v)).collect();
        Value::Object(vec![
            ("code", text(code)),
            ("values", Value::List("value", values)),
        ])
    });
    let point = shown.request.point;
    let number = |n: Option<f64>| n.map_or(Value::Empty, Value::Number);
    let photos = shown.photos.iter().map(|p| text(p)).collect();
    let more = Value::Object(vec![
        ("channel", text(shown.case.source.word())),
        ("x", number(point.map(|p| p.long))),
        ("y", number(point.map(|p| p.lat))),
        ("photos", Value::List("photo", photos)),
    ]);
    [
        ("attributes", Value::List("attribute", attributes.collect())),
        ("extended_attributes", more),
        ("notes", Value::List("note", notes)),
    ]
}

/// The document with texts of its own.
fn owned(document: &Document<'_>) -> Document<'static> {
    Document {
        root: document.root,
        value: owned_value(&document.value),
    }
}

fn owned_value(value: &Value<'_>) -> Value<'static> {
    match value {
        Value::Empty => Value::Empty,
        Value::Text(text) => Value::Text(text.clone().into_owned().into()),
        Value::Integer(number) => Value::Integer(*number),
        Value::Number(number) => Value::Number(*number),
        Value::Bool(truth) => Value::Bool(*truth),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (*name, owned_value(value)))
                .collect(),
        ),
        Value::List(name, items) => Value::List(name, items.iter().map(owned_value).collect()),
    }
}
