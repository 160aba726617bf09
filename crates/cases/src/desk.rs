//! One function per thing a person does; the caller owns the transaction (but for a new report,
//! which is one statement).

use std::collections::HashMap;

use kernel::vault::digest;
use kernel::{
    Actor, Capability, CaseId, Error, FieldFault, MediaId, Moment, OrgId, PersonId, ReporterId,
    Result, WordsId,
};
use matters::answers::Teller;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::guide::of_the_grids;
use crate::lifecycle::{self, Command, CommandKind, Context, Doer, NewReport, Refusal};
use crate::model::{Attached, By, Case, Event, MatterFacts, Place, Source, Stage, What, Why};
use crate::standing;
use crate::state::State;
use crate::store::{self, Beside, Birth, Born, NewReporter, Words};

/// A report as it comes in, from any way in.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Report {
    /// Made by the sender; the same id twice is the same report.
    pub id: Uuid,
    /// What is the matter, 2 to 2,000 characters.
    pub text: String,
    /// Matter code, if the reporter chose one.
    pub matter: Option<String>,
    /// Degrees east, with `lat`.
    pub lon: Option<f64>,
    /// Degrees north, with `lon`.
    pub lat: Option<f64>,
    /// The place in words.
    pub place_text: Option<String>,
    /// Uploaded pictures, documents and videos.
    pub media: Vec<MediaRef>,
    /// `call`, `worker`, `inspection` or `department`; set by the server for residents and Open311.
    pub source: Option<Source>,
    /// Another system's number, unique per source.
    pub external_number: Option<String>,
    /// The reporter's name.
    pub name: Option<String>,
    /// The reporter's telephone number.
    pub phone: Option<String>,
    /// May be called back.
    pub call_back: bool,
    /// The handler must not see the number.
    pub hide_phone: bool,
    /// Answers to the matter's questions, by code.
    #[schema(value_type = Object)]
    pub answers: Map<String, Value>,
    /// Put right on the spot by the worker who reports it.
    pub self_handle: Option<SelfHandled>,
}

/// A medium by id, with or without its purpose.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum MediaRef {
    /// The id alone.
    Id(MediaId),
    /// With what it shows.
    For {
        /// Which.
        id: MediaId,
        /// `near`, `far`, `ref`, `before`, `after` or `other`.
        #[serde(default)]
        purpose: String,
    },
}

/// What a worker did on the spot.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SelfHandled {
    /// In words.
    #[serde(default)]
    pub text: String,
    /// After pictures.
    #[serde(default)]
    pub media: Vec<MediaRef>,
}

/// Who brings a report.
#[derive(Debug, Clone, Copy)]
pub enum Bringer<'a> {
    /// A resident or an Open311 client, by this way in and in this language.
    Resident(Source, kernel::Lang),
    /// Staff.
    Staff(&'a Actor),
}

/// What a reporter is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    /// The case.
    pub case_id: CaseId,
    /// The number people use.
    pub number: String,
    /// Where it was located, in words.
    pub grid_text: String,
    /// Whether a dispatcher must put it on the map.
    pub unplaced: bool,
    /// The unit it was sent to by rule.
    pub dispatched_to: Option<OrgId>,
    /// Whether the reporter has a progress code (it is made of the reporter's id).
    pub reporter: Option<ReporterId>,
    /// By when the next step is due.
    pub next_by: Option<Moment>,
    /// The stage it stands at.
    pub stage: Stage,
}

/// Takes a report in: located, accepted and dispatched by rule where matter and place are certain,
/// with history, clocks and outbox written durably before it answers.
///
/// # Errors
/// 422 naming the fields; 409 `report.external_number_taken`, `command.id_reused`.
pub async fn report(state: &State, report: &Report, who: Bringer<'_>) -> Result<Receipt> {
    let now = state.app.clock.now();
    let body_hash = digest(serde_json::to_vec(report)?.as_slice());
    let checked = check(state, report, who).await?;
    for _ in 0..TRIES {
        // Before a connection is held: whoever holds one must not wait for a second.
        let coming = Coming {
            report,
            who,
            checked: &checked,
            body_hash: &body_hash,
            number: state.books.number(&state.app, now).await?,
            now,
        };
        let (born, receipt) = if report.self_handle.is_some() {
            bear_and_self_handle(state, &coming).await?
        } else {
            let mut conn = state.app.db.acquire().await?;
            bear(&mut conn, state, &coming).await?
        };
        match born {
            Born::Written => {
                state.app.committed.notify_one();
                return Ok(receipt);
            }
            Born::NetMoved => {
                // Being swapped just now, or swapped already: either way it is soon there to be read.
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                state.net.reload(&state.app.db).await?;
            }
            Born::CaseNumberTaken => {}
            Born::Repeated => return repeated(state, report.id, &body_hash).await,
            Born::NumberTaken => return number_taken(state, report, who, &body_hash).await,
        }
    }
    Err(Error::conflict("net.changed"))
}

/// How often a report is located anew when the net moves under it.
const TRIES: u32 = 200;

/// The case that a resident's report with this id becomes.
#[must_use]
pub fn case_of(state: &State, report: Uuid) -> CaseId {
    CaseId(state.app.vault.derived("case", report))
}

/// The case this report becomes. A resident's report id makes the progress code, so it is theirs alone;
/// the case that all may see has another.
fn case_id(state: &State, report: &Report, who: Bringer<'_>) -> CaseId {
    match who {
        Bringer::Resident(..) => case_of(state, report.id),
        Bringer::Staff(_) => CaseId(report.id),
    }
}

/// A repeated report answers as the first time.
async fn repeated(state: &State, id: Uuid, body_hash: &[u8]) -> Result<Receipt> {
    let mut conn = state.app.db.acquire().await?;
    match store::command(&mut conn, id).await? {
        Some(done) if done.body_hash == body_hash => Ok(serde_json::from_value(done.answer)?),
        _ => Err(Error::conflict("command.id_reused")),
    }
}

async fn number_taken(
    state: &State,
    report: &Report,
    who: Bringer<'_>,
    body_hash: &[u8],
) -> Result<Receipt> {
    let mut conn = state.app.db.acquire().await?;
    // The same command sent twice at once may meet this first.
    if store::command(&mut conn, report.id).await?.is_some() {
        drop(conn);
        return repeated(state, report.id, body_hash).await;
    }
    let source = source(report, who).word();
    let external = said(report.external_number.as_deref()).unwrap_or_default();
    let number = store::number_of_external(&mut conn, source, external).await?;
    Err(Error::conflict("report.external_number_taken").with("number", number.unwrap_or_default()))
}

fn source(report: &Report, who: Bringer<'_>) -> Source {
    match who {
        Bringer::Resident(source, _) => source,
        Bringer::Staff(_) => report.source.unwrap_or(Source::Call),
    }
}

/// What checking a report found out.
struct Checked {
    matter: Option<MatterFacts>,
    category: Option<String>,
    matter_name: String,
    media: Vec<Attached>,
    likeness: Option<i64>,
}

async fn check(state: &State, report: &Report, who: Bringer<'_>) -> Result<Checked> {
    let mut faults = Vec::new();
    let letters = letters(&report.text);
    if report.id.is_nil() {
        faults.push(FieldFault::new("id", "field.missing"));
    }
    // Open311 promises its clients twice as much room as our own forms give.
    let most = match who {
        Bringer::Resident(Source::Open311, _) => 4000,
        _ => 2000,
    };
    if !(2..=most).contains(&letters) {
        faults.push(
            FieldFault::new("text", "field.length")
                .with("min", 2)
                .with("max", most),
        );
    }
    check_place(state, report, &mut faults);
    check_reporter(report, &mut faults);
    let shelf = state.shelf.current();
    let matter = report.matter.as_deref().filter(|m| !m.is_empty());
    let matter = matter.map(|code| (code, shelf.matter(code)));
    let matter = match matter {
        Some((code, None)) => {
            faults.push(FieldFault::new("matter", "matter.unknown").with("code", code));
            None
        }
        Some((code, Some(m))) if matches!(who, Bringer::Resident(..)) && !m.public => {
            faults.push(FieldFault::new("matter", "matter.not_public").with("code", code));
            None
        }
        Some((_, found)) => found,
        None => None,
    };
    if let Some(matter) = matter {
        if !matter.may_come_by(source(report, who).word()) {
            faults.push(FieldFault::new("matter", "matter.not_this_way"));
        }
        let teller = match who {
            Bringer::Resident(..) => Teller::Resident,
            Bringer::Staff(_) => Teller::Staff,
        };
        faults.extend(matters::answers::faults(matter, &report.answers, teller));
    } else if report.matter.is_none() && !report.answers.is_empty() {
        faults.push(FieldFault::new("answers", "answers.no_matter"));
    }
    if let Bringer::Staff(_) = who
        && matches!(
            report.source,
            Some(Source::Citizen | Source::Open311 | Source::Device)
        )
    {
        faults.push(FieldFault::new("source", "report.source_not_yours"));
    }
    let (media, likeness) = if report.media.is_empty() {
        (Vec::new(), None)
    } else {
        let mut conn = state.app.db.acquire().await?;
        let taker = Taker {
            person: match who {
                Bringer::Staff(actor) => Some(actor.person),
                Bringer::Resident(..) => None,
            },
            // Sent again, it holds what it held the first time.
            first: Some(case_id(state, report, who)),
            since: None,
        };
        check_media(&mut conn, &taker, &report.media, "media", &mut faults).await?
    };
    if faults.is_empty() {
        Ok(Checked {
            matter: matter.map(MatterFacts::from),
            category: matter.map(|m| m.category_code.clone()),
            matter_name: matter.map(|m| m.name.zh.clone()).unwrap_or_default(),
            media,
            likeness,
        })
    } else {
        Err(Error::invalid(faults))
    }
}

fn check_place(state: &State, report: &Report, faults: &mut Vec<FieldFault>) {
    match (report.lon, report.lat) {
        (Some(lon), Some(lat)) => {
            if let Err(Error::Refused { fields, .. }) = kernel::error::on_earth(lon, lat) {
                faults.extend(fields);
            } else if state.net.current().locate(lon, lat).is_none() {
                faults.push(FieldFault::new("lon", "place.outside_city"));
            }
        }
        (None, None) => {}
        (Some(_), None) => faults.push(FieldFault::new("lat", "field.missing")),
        (None, Some(_)) => faults.push(FieldFault::new("lon", "field.missing")),
    }
    if report
        .place_text
        .as_ref()
        .is_some_and(|t| t.chars().count() > 200)
    {
        faults.push(
            FieldFault::new("place_text", "field.length")
                .with("min", 0)
                .with("max", 200),
        );
    }
}

fn check_reporter(report: &Report, faults: &mut Vec<FieldFault>) {
    if let Some(phone) = said(report.phone.as_deref()) {
        let digits = phone.chars().filter(char::is_ascii_digit).count();
        let fit = phone
            .chars()
            .all(|c| c.is_ascii_digit() || "+- ()".contains(c));
        if !fit || !(5..=20).contains(&digits) {
            faults.push(FieldFault::new("phone", "field.phone"));
        }
    }
    if said(report.name.as_deref()).is_some_and(|n| n.chars().count() > 60) {
        faults.push(
            FieldFault::new("name", "field.length")
                .with("min", 0)
                .with("max", 60),
        );
    }
    if said(report.external_number.as_deref()).is_some_and(|n| n.chars().count() > 64) {
        faults.push(
            FieldFault::new("external_number", "field.length")
                .with("min", 0)
                .with("max", 64),
        );
    }
    if report.answers.len() > 30 || report.answers.values().any(|v| v.to_string().len() > 2000) {
        faults.push(
            FieldFault::new("answers", "field.length")
                .with("min", 0)
                .with("max", 2000),
        );
    }
}

/// Trimmed text, or nothing.
fn said(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|t| letters(t) > 0)
}

/// How many characters of a text can be seen: blanks and marks of no width say nothing by themselves.
fn letters(text: &str) -> usize {
    let unseen = |c: &char| {
        c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    };
    if text.chars().all(|c| unseen(&c)) {
        return 0;
    }
    text.trim().chars().count()
}

/// Who attaches media, and to what.
struct Taker {
    /// The member of staff; `None` for a resident.
    person: Option<PersonId>,
    /// The case they may hang at already.
    first: Option<CaseId>,
    /// Evidence of work is not older than the work was given out.
    since: Option<Moment>,
}

/// Media that were uploaded by the one who attaches them and hang at nothing yet, with what they are;
/// the likeness of the first picture. A picture is evidence once.
async fn check_media(
    conn: &mut PgConnection,
    taker: &Taker,
    refs: &[MediaRef],
    field: &str,
    faults: &mut Vec<FieldFault>,
) -> Result<(Vec<Attached>, Option<i64>)> {
    if refs.is_empty() {
        return Ok((Vec::new(), None));
    }
    if refs.len() > 12 {
        faults.push(FieldFault::new(field, "media.too_many").with("max", 12));
        return Ok((Vec::new(), None));
    }
    let wanted: Vec<(MediaId, &str)> = refs
        .iter()
        .map(|r| match r {
            MediaRef::Id(id) => (*id, "other"),
            MediaRef::For { id, purpose } => (*id, purpose.as_str()),
        })
        .collect();
    let ids: Vec<MediaId> = wanted.iter().map(|w| w.0).collect();
    let rows = media::store::attachable(conn, &ids).await?;
    let found: HashMap<MediaId, _> = rows.into_iter().map(|r| (r.id, r)).collect();
    let used = store::attached_elsewhere(conn, &ids, taker.first).await?;
    let mut attached: Vec<Attached> = Vec::new();
    let mut likeness = None;
    for (i, (id, purpose)) in wanted.iter().enumerate() {
        let fault = match found.get(id) {
            Some(row) if row.made_by != taker.person => Some("media.not_yours"),
            Some(_) if used.contains(id) => Some("media.used_already"),
            Some(row) if taker.since.is_some_and(|since| row.made_at < since) => {
                Some("media.before_the_work")
            }
            Some(_) => None,
            None => Some("media.unknown"),
        };
        if let Some(fault) = fault {
            faults.push(FieldFault::new(format!("{field}.{i}"), fault));
        }
        let Some(row) = found.get(id).filter(|_| fault.is_none()) else {
            continue;
        };
        likeness = likeness.or(row.likeness);
        let purpose = match *purpose {
            p @ ("near" | "far" | "ref" | "before" | "after") => p,
            _ => "other",
        };
        if !attached.iter().any(|a| a.id == *id) {
            attached.push(Attached {
                id: *id,
                purpose: purpose.to_owned(),
                kind: row.kind.clone(),
            });
        }
    }
    Ok((attached, likeness))
}

/// A checked report on its way in.
struct Coming<'a> {
    report: &'a Report,
    who: Bringer<'a>,
    checked: &'a Checked,
    body_hash: &'a [u8],
    number: String,
    now: Moment,
}

async fn bear(
    conn: &mut PgConnection,
    state: &State,
    coming: &Coming<'_>,
) -> Result<(Born, Receipt)> {
    let Coming {
        report,
        who,
        checked,
        body_hash,
        now,
        ..
    } = *coming;
    let net = state.net.current();
    let located = report
        .lon
        .zip(report.lat)
        .and_then(|(lon, lat)| net.locate(lon, lat));
    let place = located
        .as_ref()
        .zip(report.lon.zip(report.lat))
        .map(|(at, (lon, lat))| Place {
            lon,
            lat,
            basic: at.grid.id,
            dedicated: at.dedicated.as_ref().map(|d| d.id),
            community: at.community,
        });
    let area = place.as_ref().map_or(state.app.city.code, |p| p.community);
    let reporter = match who {
        Bringer::Resident(_, lang) => Some(new_reporter(state, report, lang)?),
        Bringer::Staff(_)
            if said(report.name.as_deref()).is_some()
                || said(report.phone.as_deref()).is_some() =>
        {
            Some(new_reporter(state, report, kernel::Lang::Zh)?)
        }
        Bringer::Staff(_) => None,
    };
    let by = match who {
        Bringer::Resident(..) => By::Reporter {
            reporter: ReporterId(report.id),
        },
        Bringer::Staff(actor) => by_seat(actor, Capability::ReportCases),
    };
    let id = case_id(state, report, who);
    let books = state.books.current();
    // Put right on the spot: the rule must not send it elsewhere in between.
    let graded = checked
        .matter
        .as_ref()
        .and_then(|m| state.facts(&m.code, area));
    let matter = graded.as_ref();
    let certain = matter.filter(|_| report.self_handle.is_none());
    let route = certain
        .zip(place.as_ref())
        .and_then(|(m, p)| state.way(&m.code, p.community, now));
    let context = Context {
        co: route.as_ref().map(|w| w.co.clone()).unwrap_or_default(),
        route: route.map(|w| (w.org, w.why)),
        ..context(&books, matter, now, report.id)
    };
    let new = NewReport {
        number: coming.number.clone(),
        source: source(report, who),
        external_number: said(report.external_number.as_deref()).map(str::to_owned),
        place,
        net: net.number,
        area,
        words: WordsId(id.0),
        media: checked.media.clone(),
        by,
    };
    let mut events = lifecycle::report(&new, &context);
    if report.self_handle.is_some() {
        events.truncate(1);
    }
    let case = events
        .iter()
        .skip(1)
        .fold(
            events.first().and_then(|e| lifecycle::born(id, e)),
            |case, event| case.map(|c| lifecycle::apply(c, event)),
        )
        .ok_or_else(|| Error::ours("intake", "no first event"))?;
    let grid_text = located
        .as_ref()
        .map(|l| net.place_text(l))
        .unwrap_or_default();
    let receipt = Receipt {
        case_id: id,
        number: case.number.clone(),
        grid_text: grid_text.clone(),
        unplaced: case.place.is_none(),
        dispatched_to: case.lead,
        reporter: reporter.as_ref().map(|r| r.id),
        next_by: case.stage_clock().and_then(|c| c.due_at()),
        stage: case.stage,
    };
    let place_text = said(report.place_text.as_deref()).unwrap_or(&grid_text);
    let text = report.text.trim();
    let search = crate::search::document(&[
        text,
        place_text,
        &grid_text,
        &case.number,
        &checked.matter_name,
        case.external_number.as_deref().unwrap_or_default(),
    ]);
    let answer = serde_json::to_value(&receipt)?;
    let answers = (!report.answers.is_empty()).then(|| Value::Object(report.answers.clone()));
    let birth = Birth {
        case: &case,
        events: &events,
        words: &Words {
            id: WordsId(id.0),
            text: text.to_owned(),
        },
        answers: answers.as_ref(),
        place_text,
        category: checked.category.as_deref(),
        search: &search,
        likeness: checked.likeness,
        reporter: reporter.as_ref(),
        command: report.id,
        body_hash,
        answer: &answer,
        by_reporter: matches!(who, Bringer::Resident(..)),
    };
    Ok((store::insert(conn, &birth).await?, receipt))
}

/// The reporter of a new case. The id is the report's own, so that the progress code is the same
/// when the report is repeated.
fn new_reporter(state: &State, report: &Report, lang: kernel::Lang) -> Result<NewReporter> {
    reporter(
        state,
        ReporterId(report.id),
        "reporter",
        Contact {
            name: said(report.name.as_deref()),
            phone: said(report.phone.as_deref()),
            hide_phone: report.hide_phone,
            call_back: report.call_back,
        },
        lang,
    )
}

/// The refusal of what a case at this stage is past.
fn past_it(stage: Stage) -> Error {
    at_stage(Error::conflict("case.not_at_this_stage"), stage)
}

/// The error with the stage, as a word and as said in either language.
fn at_stage(error: Error, stage: Stage) -> Error {
    let (zh, en) = crate::view::stage_name(stage);
    error
        .with("stage", stage.word())
        .with("stage_name", json!({"zh": zh, "en": en}))
}

/// How somebody can be reached.
#[derive(Debug, Clone, Copy, Default)]
pub struct Contact<'a> {
    /// Name.
    pub name: Option<&'a str>,
    /// Telephone number.
    pub phone: Option<&'a str>,
    /// The handler must not see the number.
    pub hide_phone: bool,
    /// May be called back.
    pub call_back: bool,
}

fn reporter(
    state: &State,
    id: ReporterId,
    kind: &'static str,
    contact: Contact<'_>,
    lang: kernel::Lang,
) -> Result<NewReporter> {
    let vault = &state.app.vault;
    let code = vault.progress_code(id.0);
    Ok(NewReporter {
        id,
        kind,
        code_hash: digest(code.as_bytes()),
        name: contact.name.map(|n| vault.seal(n)).transpose()?,
        phone: contact.phone.map(|p| vault.seal(p)).transpose()?,
        phone_hash: contact
            .phone
            .map(|p| vault.blind("phone", &staff::desk::phone_digits(p))),
        hide_phone: contact.hide_phone,
        call_back: contact.call_back && contact.phone.is_some(),
        lang: match lang {
            kernel::Lang::Zh => "zh-CN",
            kernel::Lang::En => "en",
        },
    })
}

fn by_seat(actor: &Actor, capability: Capability) -> By {
    let seat = actor
        .seats
        .iter()
        .find(|s| s.role.capabilities().contains(&capability))
        .or(actor.seats.first());
    By::Staff {
        person: actor.person,
        org: seat.and_then(|s| s.org),
        role: seat.map_or(kernel::Role::GridWorker, |s| s.role),
        of: seat.and_then(|s| s.of),
    }
}

/// A context with nothing but the matter known.
#[must_use]
pub fn context<'a>(
    books: &'a crate::state::Open,
    matter: Option<&'a MatterFacts>,
    now: Moment,
    command: Uuid,
) -> Context<'a> {
    Context {
        rules: &books.rules,
        calendar: &books.calendar,
        matter,
        now,
        command,
        drawn: false,
        placed: None,
        other: None,
        same_unit: false,
        why: Why::Hand,
        route: None,
        co: Vec::new(),
        to_grids: false,
    }
}

/// A worker's report of something put right at once, and the command that says so: both or neither.
async fn bear_and_self_handle(state: &State, coming: &Coming<'_>) -> Result<(Born, Receipt)> {
    let (report, who) = (coming.report, coming.who);
    let (Some(done), Bringer::Staff(actor)) = (&report.self_handle, who) else {
        return Err(Error::field("self_handle", "case.not_your_seat"));
    };
    let mut tx = state.app.db.begin().await?;
    let (born, mut receipt) = bear(&mut tx, state, coming).await?;
    if born == Born::Written {
        let order = Order {
            id: Uuid::new_v5(&report.id, b"self_handle"),
            command: json!({"command": "self_handle", "body": {"text": done.text, "media": done.media}}),
        };
        let key = crate::row::Key::Id(receipt.case_id);
        receipt.stage = command(&mut tx, state, actor, &key, &order).await?.stage;
        tx.commit().await?;
    }
    Ok((born, receipt))
}

/// A command as sent: `{id, command, body}`.
#[derive(Debug, Clone)]
pub struct Order {
    /// Made by the sender; the same id twice is the same command.
    pub id: Uuid,
    /// `{"command": …, "body": …}`.
    pub command: Value,
}

impl Order {
    /// Reads the command; `media` may be ids alone, evidence told in words may stand in the body itself.
    fn read(&self) -> Result<Command> {
        let mut value = self.command.clone();
        let body = value.get_mut("body").and_then(Value::as_object_mut);
        if let Some(body) = body {
            for media in ["media"] {
                if let Some(list) = body.get_mut(media).and_then(Value::as_array_mut) {
                    for item in list.iter_mut().filter(|i| i.is_string()) {
                        *item = json!({"id": item.clone(), "purpose": "other"});
                    }
                    for item in list.iter_mut().filter_map(Value::as_object_mut) {
                        item.entry("purpose").or_insert_with(|| json!("other"));
                        item.remove("kind");
                    }
                }
            }
            bounded(body)?;
            gather_evidence(body);
            body.retain(|_, v| !v.is_null());
        } else if let Some(object) = value.as_object_mut() {
            object.insert("body".into(), json!({}));
        }
        let name = value.get("command").and_then(Value::as_str);
        if !CommandKind::ALL.iter().any(|k| Some(k.word()) == name) {
            return Err(Error::field("command", "command.unknown"));
        }
        kernel::error::parse(&serde_json::to_vec(&value)?)
    }
}

/// Evidence told in words may stand in `evidence` or beside `text`.
fn gather_evidence(body: &mut Map<String, Value>) {
    let tokens = [
        "measurement",
        "checklist",
        "signature",
        "consent",
        "call",
        "document",
        "component_id",
    ];
    let found: Vec<(String, Value)> = tokens
        .iter()
        .filter_map(|t| {
            body.get(*t)
                .filter(|v| v.is_string())
                .map(|v| ((*t).to_owned(), v.clone()))
        })
        .collect();
    if found.is_empty() {
        return;
    }
    let evidence = body.entry("evidence").or_insert_with(|| json!({}));
    if let Some(evidence) = evidence.as_object_mut() {
        evidence.extend(found);
    }
}

/// Carries out a command of a signed-in person.
///
/// # Errors
/// `case.not_found` out of scope, 409 with the refusal's code, 422 for the body.
pub async fn command(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    key: &crate::row::Key,
    order: &Order,
) -> Result<Case> {
    let found = store::find(conn, key).await?;
    if !may_see(conn, &found, actor).await? {
        return Err(Error::NotFound("case.not_found"));
    }
    carry_out(conn, state, found.id, order, |case| {
        standing::doer(case, actor)
    })
    .await
}

/// Carries out a command of a reporter, by the progress code.
///
/// # Errors
/// As [`command`].
pub async fn reporter_command(
    conn: &mut PgConnection,
    state: &State,
    who: &store::Reporter,
    order: &Order,
) -> Result<Case> {
    let doer = Doer::Reporter {
        id: who.id,
        follower: who.kind == "follower",
    };
    carry_out(conn, state, who.case_id, order, |_| doer.clone()).await
}

/// Whether the person may see the case at all, now or up to a former part.
///
/// # Errors
/// When the database fails.
pub async fn may_see(conn: &mut PgConnection, case: &Case, actor: &Actor) -> Result<bool> {
    Ok(seen_until(conn, case, actor).await?.is_some())
}

/// Up to which version the person sees the case: all of it in the own area or with a part in it,
/// up to the return for a former holder; `None` not at all.
///
/// # Errors
/// When the database fails.
pub async fn seen_until(
    conn: &mut PgConnection,
    case: &Case,
    actor: &Actor,
) -> Result<Option<i32>> {
    if standing::staff(case, actor)
        .seat(Capability::ReadCases)
        .is_some()
    {
        return Ok(Some(i32::MAX));
    }
    if !actor.can(Capability::ReadCases) {
        return Ok(None);
    }
    store::seen_until(conn, case.id, &actor.orgs()).await
}

async fn carry_out(
    conn: &mut PgConnection,
    state: &State,
    id: CaseId,
    order: &Order,
    doer: impl Fn(&Case) -> Doer,
) -> Result<Case> {
    let body_hash = digest(serde_json::to_vec(&order.command)?.as_slice());
    if let Some(case) = done_before(conn, order.id, id, &body_hash).await? {
        return Ok(case);
    }
    let mut command = order.read()?;
    check_words(&command)?;
    let (locked, other) = lock_both(conn, id, &command).await?;
    // Whoever sent the same at the same time may have been first while this waited for the row.
    if let Some(case) = done_before(conn, order.id, id, &body_hash).await? {
        return Ok(case);
    }
    let now = state.app.clock.now().max(locked.updated_at);
    let (case, fallen_due) = catch_up(state, &locked, now);
    let doer = doer(&case);
    attach_kinds(conn, &case, &doer, &mut command).await?;
    let (events, matter) = decide(
        conn,
        state,
        &case,
        other.as_ref(),
        &command,
        &doer,
        order.id,
        now,
    )
    .await?;
    let after = events.iter().fold(case.clone(), lifecycle_apply);
    let written: Vec<Event> = fallen_due
        .into_iter()
        .chain(events.iter().cloned())
        .collect();
    let words = command.said().map(|text| Words {
        id: WordsId(order.id),
        text: text.to_owned(),
    });
    let beside = Beside {
        words: words.as_ref(),
        place_text: place_text(&command),
        category: matter.as_ref().map(|m| m.code.get(..3).unwrap_or_default()),
        by_reporter: matches!(doer, Doer::Reporter { .. }),
    };
    store::record(conn, &locked, &after, &written, &beside).await?;
    consequences(conn, state, &case, &after, other, &events, now).await?;
    learn(conn, state, &case, &command, &after).await?;
    let answer = json!({"number": after.number, "version": after.version});
    if !store::keep_command(conn, order.id, &body_hash, id, &answer, now).await? {
        return Err(Error::conflict("command.id_reused"));
    }
    Ok(after)
}

/// The case as it stands when this very command was carried out before.
async fn done_before(
    conn: &mut PgConnection,
    id: Uuid,
    case: CaseId,
    body_hash: &[u8],
) -> Result<Option<Case>> {
    match store::command(conn, id).await? {
        None => Ok(None),
        Some(done) if done.body_hash == body_hash && done.case == Some(case) => {
            store::find(conn, &crate::row::Key::Id(case))
                .await
                .map(Some)
        }
        Some(_) => Err(Error::conflict("command.id_reused")),
    }
}

/// What the clocks did by `now` and no timer has written yet comes before the command, so that it
/// makes no difference whether the server was busy or away.
fn catch_up(state: &State, case: &Case, now: Moment) -> (Case, Vec<Event>) {
    let facts = state.facts_of(case);
    let books = state.books.current();
    let context = context(&books, facts.as_ref(), now, Uuid::nil());
    let (mut case, mut events) = (case.clone(), Vec::new());
    while let Some(event) = lifecycle::timers::due(&case, &context, now) {
        case = lifecycle::apply(case, &event);
        events.push(event);
    }
    (case, events)
}

fn lifecycle_apply(case: Case, event: &Event) -> Case {
    lifecycle::apply(case, event)
}

/// No text of a command is longer than a report's, no list longer than anybody needs.
fn bounded(body: &Map<String, Value>) -> Result<()> {
    let fault = body.iter().find_map(|(field, value)| {
        let max = if field == "place_text" { 200 } else { 2000 };
        match value {
            Value::String(text) if text.chars().count() > max => Some(
                FieldFault::new(field, "field.length")
                    .with("min", 0)
                    .with("max", max),
            ),
            Value::Array(list) if list.len() > 50 => {
                Some(FieldFault::new(field, "field.many").with("max", 50))
            }
            _ => None,
        }
    });
    fault.map_or(Ok(()), |fault| Err(Error::invalid(vec![fault])))
}

/// Texts are 1 to 2,000 characters where they must be, and never longer.
fn check_words(command: &Command) -> Result<()> {
    let needed = matches!(
        command.kind(),
        CommandKind::AskReporter
            | CommandKind::Answer
            | CommandKind::Note
            | CommandKind::Fail
            | CommandKind::Handle
            | CommandKind::SelfHandle
            | CommandKind::WhistleConclude
    );
    let field = match command.kind() {
        CommandKind::AskReporter
        | CommandKind::Answer
        | CommandKind::Note
        | CommandKind::Pass
        | CommandKind::Fail
        | CommandKind::MakeSafe
        | CommandKind::Handle
        | CommandKind::SelfHandle
        | CommandKind::Remind
        | CommandKind::Supervise
        | CommandKind::FinishSubTask
        | CommandKind::WhistleConclude => "text",
        CommandKind::Object
        | CommandKind::Reopen
        | CommandKind::ObjectDecline
        | CommandKind::WhistleRate => "words",
        CommandKind::AddSubTask | CommandKind::Whistle => "what",
        CommandKind::DeclineSubTask => "reason",
        _ => "note",
    };
    let letters = command.said().map_or(0, letters);
    if (needed && letters == 0) || letters > 2000 {
        let min = i32::from(needed);
        return Err(Error::invalid(vec![
            FieldFault::new(field, "field.length")
                .with("min", min)
                .with("max", 2000),
        ]));
    }
    check_reason(command)
}

/// Reasons come from the city's lists.
fn check_reason(command: &Command) -> Result<()> {
    let (kind, reason) = match command {
        Command::Decline { reason, .. } => ("decline", reason),
        Command::Return { reason, .. } | Command::Dispute { reason, .. } => ("return", reason),
        Command::RequestSuspend { reason, .. } => ("suspend", reason),
        Command::RequestVoid { reason, .. } => ("void", reason),
        Command::RequestExclude { reason, .. } => ("exclude", reason),
        Command::Pass {
            method: Some(method),
            ..
        } if command.method().is_none() => {
            return Err(Error::field("method", "field.unknown").with("said", method.as_str()));
        }
        Command::Supervise {
            level: Some(level), ..
        } if !(1..=3).contains(level) => {
            return Err(Error::field("level", "field.unknown").with("said", *level));
        }
        _ => return Ok(()),
    };
    if crate::reasons::known(kind, reason) {
        if let Command::Return { clause, .. } = command
            && clause.trim().is_empty()
        {
            return Err(Error::field("clause", "field.missing"));
        }
        Ok(())
    } else {
        Err(Error::field("reason", "reason.unknown"))
    }
}

fn place_text(command: &Command) -> Option<&str> {
    match command {
        Command::Place { place_text, .. } => said(place_text.as_deref()),
        _ => None,
    }
}

/// What is attached must have been uploaded; its kind is what was uploaded, not what is said. What shows
/// that the work is done was made after it was given out.
async fn attach_kinds(
    conn: &mut PgConnection,
    case: &Case,
    doer: &Doer,
    command: &mut Command,
) -> Result<()> {
    let refs: Vec<MediaRef> = command
        .media()
        .iter()
        .map(|a| MediaRef::For {
            id: a.id,
            purpose: a.purpose.clone(),
        })
        .collect();
    if refs.is_empty() {
        return Ok(());
    }
    let mut faults = Vec::new();
    let taker = Taker {
        person: match doer {
            Doer::Staff(staff) => Some(staff.person),
            Doer::Reporter { .. } => None,
        },
        first: None,
        since: match command.kind() {
            CommandKind::Handle | CommandKind::Pass => case.dispatched_at,
            _ => None,
        },
    };
    let (attached, _) = check_media(conn, &taker, &refs, "media", &mut faults).await?;
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    match command {
        Command::Answer { media, .. }
        | Command::MakeSafe { media, .. }
        | Command::Handle { media, .. }
        | Command::SelfHandle { media, .. }
        | Command::Pass { media, .. }
        | Command::Fail { media, .. }
        | Command::Object { media, .. }
        | Command::Reopen { media, .. }
        | Command::FinishSubTask { media, .. }
        | Command::Note { media, .. } => *media = attached,
        _ => {}
    }
    Ok(())
}

/// Locks the case, and the one it is merged with, in the order of their ids.
async fn lock_both(
    conn: &mut PgConnection,
    id: CaseId,
    command: &Command,
) -> Result<(Case, Option<Case>)> {
    let other = match command {
        Command::Merge { into: Some(into) } => Some(*into),
        Command::Unmerge {} => {
            store::find(conn, &crate::row::Key::Id(id))
                .await?
                .merged_into
        }
        _ => None,
    };
    let Some(other) = other.filter(|o| *o != id) else {
        return Ok((store::lock(conn, id).await?, None));
    };
    if id < other {
        let case = store::lock(conn, id).await?;
        Ok((case, Some(store::lock(conn, other).await?)))
    } else {
        let other = store::lock(conn, other).await?;
        Ok((store::lock(conn, id).await?, Some(other)))
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "the one place where everything a decision needs meets"
)]
async fn decide(
    conn: &mut PgConnection,
    state: &State,
    case: &Case,
    other: Option<&Case>,
    command: &Command,
    doer: &Doer,
    id: Uuid,
    now: Moment,
) -> Result<(Vec<Event>, Option<MatterFacts>)> {
    let named = match command {
        Command::Accept { matter } => matter.as_deref(),
        Command::SetMatter { matter } => Some(matter.as_str()),
        _ => None,
    };
    if let Some(code) = named
        && state.shelf.current().matter(code).is_none()
    {
        return Err(Error::field("matter", "matter.unknown"));
    }
    // What is accepted or set goes by the matter as it is now, all else by what it was accepted with.
    let fresh = match command {
        Command::Accept { .. } => named.or(case.matter.as_deref()),
        _ => named,
    };
    let matter = match fresh {
        Some(code) => state.facts(code, case.area),
        None => state.facts_of(case),
    };
    let books = state.books.current();
    let org = match command {
        Command::Dispatch { org, .. }
        | Command::Redispatch { org, .. }
        | Command::Rule { org, .. }
        | Command::AddSubTask { org, .. } => *org,
        _ => None,
    };
    check_org(state, command, org)?;
    let code = matter.as_ref().map(|m| m.code.as_str());
    let mut context = context(&books, matter.as_ref(), now, id);
    context.other = other;
    context.drawn = state.drawn(case.id, case.version);
    let way = match command {
        Command::Accept { .. } => code.and_then(|c| state.way(c, case.area, now)),
        _ => state.agreed(code, case.area, org, now),
    };
    if let Some(way) = way {
        context.co = way.co;
        if matches!(command, Command::Accept { .. }) {
            context.route = Some((way.org, way.why));
        } else {
            context.why = way.why;
        }
    }
    context.to_grids = to_grids(state, command, org);
    context.placed = placed(state, command)?;
    if let Some((_, number)) = &context.placed {
        divisions::store::stands(conn, *number).await?;
    }
    context.same_unit = match (command, case.lead) {
        (
            Command::HandOver {
                person: Some(person),
            },
            Some(lead),
        ) => staff::store::works_in(conn, *person, lead, now).await?,
        _ => false,
    };
    let events =
        lifecycle::decide(case, command, doer, &context).map_err(|r| refused(r, case, command))?;
    let changed = named.is_some().then_some(matter).flatten();
    Ok((events, changed))
}

/// Whether a unit the command names is one of the grids.
fn to_grids(state: &State, command: &Command, org: Option<OrgId>) -> bool {
    let units = state.units.current();
    let of_grids = |org: &OrgId| units.get(*org).is_some_and(|u| of_the_grids(&u));
    match command {
        Command::Whistle { orgs, .. } => orgs.iter().any(of_grids),
        _ => org.as_ref().is_some_and(of_grids),
    }
}

/// A unit that is named must exist.
fn check_org(state: &State, command: &Command, org: Option<OrgId>) -> Result<()> {
    let units = state.units.current();
    let needs = matches!(
        command.kind(),
        CommandKind::Dispatch
            | CommandKind::Redispatch
            | CommandKind::Rule
            | CommandKind::AddSubTask
    );
    if needs && org.is_none_or(|o| units.get(o).is_none()) {
        return Err(Error::field("org", "org.unknown"));
    }
    if let Command::HandOver { person: None } = command {
        return Err(Error::field("person", "field.missing"));
    }
    if let Command::Return {
        suggested_org: Some(org),
        ..
    } = command
        && units.get(*org).is_none()
    {
        return Err(Error::field("suggested_org", "org.unknown"));
    }
    if let Command::Whistle { orgs, .. } = command
        && (orgs.is_empty() || orgs.iter().any(|o| units.get(*o).is_none()))
    {
        return Err(Error::field("orgs", "org.unknown"));
    }
    Ok(())
}

fn placed(state: &State, command: &Command) -> Result<Option<(Place, i32)>> {
    let Command::Place { lon, lat, .. } = command else {
        return Ok(None);
    };
    let net = state.net.current();
    let at = net
        .locate(*lon, *lat)
        .ok_or_else(|| Error::field("lon", "place.outside_city"))?;
    let place = Place {
        lon: *lon,
        lat: *lat,
        basic: at.grid.id,
        dedicated: at.dedicated.as_ref().map(|d| d.id),
        community: at.community,
    };
    Ok(Some((place, net.number)))
}

/// The refusal as people read it.
pub(crate) fn refused(refusal: Refusal, case: &Case, command: &Command) -> Error {
    let _ = command;
    at_stage(Error::conflict(refusal.code()), case.stage)
}

/// What else follows in the same transaction: merged cases, precedents.
async fn consequences(
    conn: &mut PgConnection,
    state: &State,
    before: &Case,
    after: &Case,
    other: Option<Case>,
    events: &[Event],
    now: Moment,
) -> Result<()> {
    for event in events {
        match &event.what {
            What::Merged { .. } => {
                if let Some(primary) = &other {
                    let what = What::Joined {
                        case: after.id,
                        reporters: after.reporters,
                    };
                    follow_up(conn, primary, what, event).await?;
                }
            }
            What::Unmerged => {
                if let Some(primary) = &other {
                    let what = What::Left {
                        case: after.id,
                        reporters: before.reporters,
                    };
                    follow_up(conn, primary, what, event).await?;
                }
            }
            What::Declined { .. } | What::Voided { .. } | What::Withdrawn => {
                bring_back(conn, state, after.id, now).await?;
            }
            What::Ruled { org, clause, .. } => {
                store::set_precedent(conn, after, *org, clause, now).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

async fn follow_up(conn: &mut PgConnection, case: &Case, what: What, cause: &Event) -> Result<()> {
    let event = Event {
        at: cause.at.max(case.updated_at),
        by: cause.by.clone(),
        what,
        clocks: Vec::new(),
    };
    let after = lifecycle::apply(case.clone(), &event);
    store::record(conn, case, &after, &[event], &Beside::default()).await
}

/// Cases merged into one that was declined or voided come back to reported.
async fn bring_back(
    conn: &mut PgConnection,
    state: &State,
    primary: CaseId,
    now: Moment,
) -> Result<()> {
    let books = state.books.current();
    for id in store::merged_into(conn, primary).await? {
        let case = store::lock(conn, id).await?;
        let matter = state.facts_of(&case);
        let now = now.max(case.updated_at);
        let context = context(&books, matter.as_ref(), now, Uuid::now_v7());
        let event = lifecycle::come_back(&case, &context);
        let after = lifecycle::apply(case.clone(), &event);
        store::record(conn, &case, &after, &[event], &Beside::default()).await?;
    }
    Ok(())
}

/// What a person chose for these words is remembered for like words.
async fn learn(
    conn: &mut PgConnection,
    state: &State,
    before: &Case,
    command: &Command,
    after: &Case,
) -> Result<()> {
    let chose = matches!(command.kind(), CommandKind::Accept | CommandKind::SetMatter);
    let (true, Some(matter)) = (chose && before.matter != after.matter, &after.matter) else {
        return Ok(());
    };
    if let Some(text) = store::words(conn, after.id)
        .await?
        .get(&WordsId(after.id.0))
    {
        state.shelf.remember(conn, text, matter).await?;
    }
    Ok(())
}

/// What a reporter adds to an open case in words, seen by everybody who sees the case: no command, as
/// it changes nothing.
///
/// # Errors
/// 422 for the words or pictures; 409 `case.not_at_this_stage` when the case is over.
pub async fn reporter_note(
    conn: &mut PgConnection,
    state: &State,
    who: &store::Reporter,
    id: Uuid,
    text: &str,
    media: &[MediaRef],
) -> Result<Case> {
    let note = Command::Note {
        text: text.trim().to_owned(),
        public: true,
        media: Vec::new(),
    };
    check_words(&note)?;
    let mut faults = Vec::new();
    let taker = Taker {
        person: None,
        first: None,
        since: None,
    };
    let (media, _) = check_media(conn, &taker, media, "media", &mut faults).await?;
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let case = store::lock(conn, who.case_id).await?;
    if !case.stage.open() {
        return Err(past_it(case.stage));
    }
    let words = Words {
        id: WordsId(id),
        text: text.trim().to_owned(),
    };
    let event = Event {
        at: state.app.clock.now().max(case.updated_at),
        by: By::Reporter { reporter: who.id },
        what: What::Noted {
            words: words.id,
            public: true,
            media,
        },
        clocks: Vec::new(),
    };
    let after = lifecycle::apply(case.clone(), &event);
    let beside = Beside {
        words: Some(&words),
        by_reporter: true,
        ..Beside::default()
    };
    store::record(conn, &case, &after, &[event], &beside).await?;
    Ok(after)
}

/// Follows a case: the follower gets a progress code of their own.
///
/// # Errors
/// `case.not_found` unless the case is open to the public; `case.not_at_this_stage` when it is over.
pub async fn follow(
    conn: &mut PgConnection,
    state: &State,
    id: CaseId,
    command: Uuid,
    contact: Contact<'_>,
    lang: kernel::Lang,
) -> Result<Case> {
    let now = state.app.clock.now();
    let case = store::lock(conn, id).await?;
    let shown = case
        .matter
        .as_deref()
        .is_none_or(|m| state.shelf.current().matter(m).is_some_and(|m| m.shown));
    if !shown {
        return Err(Error::NotFound("case.not_found"));
    }
    let new = reporter(state, ReporterId(command), "follower", contact, lang)?;
    if !store::add_follower(conn, id, &new, now).await? {
        // Repeated; but an id that is somebody else's must not yield their progress code.
        return if store::follows(conn, id, new.id).await? {
            Ok(case)
        } else {
            Err(Error::conflict("command.id_reused"))
        };
    }
    if !case.stage.open() {
        return Err(past_it(case.stage));
    }
    let by = By::Reporter { reporter: new.id };
    let what = What::Followed { reporter: new.id };
    let event = Event {
        at: now.max(case.updated_at),
        by,
        what,
        clocks: Vec::new(),
    };
    let after = lifecycle::apply(case.clone(), &event);
    store::record(conn, &case, &after, &[event], &Beside::default()).await?;
    Ok(after)
}

/// A reporter's rating of how a closed case went; once each.
///
/// # Errors
/// 422 `rating.*`; 409 `case.not_at_this_stage`, `rating.given`.
pub async fn rate(
    conn: &mut PgConnection,
    state: &State,
    who: &store::Reporter,
    command: Uuid,
    form: &RatingForm,
) -> Result<Case> {
    if !(1..=5).contains(&form.stars) {
        return Err(Error::field("stars", "rating.stars"));
    }
    if form
        .reasons
        .iter()
        .any(|r| !crate::reasons::known("rating", r))
    {
        return Err(Error::field("reasons", "reason.unknown"));
    }
    if form.words.chars().count() > 2000 {
        return Err(Error::invalid(vec![
            FieldFault::new("words", "field.length")
                .with("min", 0)
                .with("max", 2000),
        ]));
    }
    let now = state.app.clock.now();
    let case = store::lock(conn, who.case_id).await?;
    if !rateable(&case) {
        return Err(past_it(case.stage));
    }
    let words = said(Some(&form.words)).map(|text| Words {
        id: WordsId(command),
        text: text.to_owned(),
    });
    let event = Event {
        at: now.max(case.updated_at),
        by: By::Reporter { reporter: who.id },
        what: What::Rated { reporter: who.id },
        clocks: Vec::new(),
    };
    let after = lifecycle::apply(case.clone(), &event);
    let rating = store::Rating {
        stars: form.stars,
        reasons: form.reasons.clone(),
        words: words.as_ref().map(|w| w.id),
    };
    let beside = Beside {
        words: words.as_ref(),
        by_reporter: true,
        ..Beside::default()
    };
    store::record(conn, &case, &after, &[event], &beside).await?;
    if !store::rate(conn, case.id, who.id, &rating, now).await? {
        return Err(Error::conflict("rating.given"));
    }
    let _ = state;
    Ok(after)
}

/// Whether the case has come far enough to be rated.
#[must_use]
pub fn rateable(case: &Case) -> bool {
    matches!(case.stage, Stage::Closed | Stage::Archived)
}

/// A rating as sent.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct RatingForm {
    /// 1–5.
    pub stars: i16,
    /// Reason codes.
    pub reasons: Vec<String>,
    /// In words.
    pub words: String,
}

/// A picture at the desk was blurred by hand: the new one takes the old one's place.
///
/// # Errors
/// When the database fails.
pub async fn blurred(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    old: MediaId,
    new: MediaId,
) -> Result<()> {
    let Some(id) = store::case_of_media(conn, old).await? else {
        return Ok(());
    };
    let case = store::lock(conn, id).await?;
    if !may_see(conn, &case, actor).await? {
        return Err(Error::NotFound("case.not_found"));
    }
    let event = Event {
        at: state.app.clock.now().max(case.updated_at),
        by: by_seat(actor, Capability::ReadCases),
        what: What::Blurred { old, new },
        clocks: Vec::new(),
    };
    let after = lifecycle::apply(case.clone(), &event);
    store::replace_media(conn, id, old, new).await?;
    store::record(conn, &case, &after, &[event], &Beside::default()).await
}
