//! One case as its page shows it: everything a person may see, the story, and what they may do.

use std::collections::HashMap;

use kernel::{Actor, Capability, CaseId, Lang, MediaId, Moment, OrgId, PersonId, Result};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::desk;
use crate::lifecycle::{self, CommandKind, Doer, Refusal};
use crate::model::{
    By, Case, CaseClock, ClockKind, ClockState, Evidence, Level, MatterFacts, Stage, What,
};
use crate::standing;
use crate::state::State;
use crate::store::{self, CaseMedia, Line};
use crate::story::{self, Names};

/// A clock as shown: `{kind, state, started_at, due_at, total_s, spent_s, remaining_s, level, …}`.
#[must_use]
pub fn clock(clock: &CaseClock, calendar: &worktime::Calendar, now: Moment) -> Value {
    let clocks = lifecycle::Clocks { calendar, now };
    let remaining_s = clocks.left_s(clock);
    let (state, paused_at, met) = match clock.state {
        ClockState::Running { .. } => ("running", None, None),
        ClockState::Paused { paused_at, .. } => ("paused", Some(paused_at), None),
        ClockState::Stopped { met, .. } => ("stopped", None, Some(met)),
    };
    let spent_s = match clock.state {
        ClockState::Stopped { stopped_at, .. } => {
            clocks.between_s(clock.around, clock.started_at, stopped_at)
        }
        _ => clock.total_s - remaining_s,
    };
    json!({
        "kind": clock.kind, "state": state, "started_at": clock.started_at,
        "due_at": clock.due_at(), "amber_at": clock.amber_at(), "total_s": clock.total_s,
        "spent_s": spent_s, "remaining_s": remaining_s, "level": clock.level(now),
        "around_the_clock": clock.around, "provisional": clock.provisional,
        "paused_at": paused_at, "met": met,
    })
}

/// The colour word of a case: `ok`, `amber`, `red`, `paused` or `none`.
#[must_use]
pub fn level(case: &Case, now: Moment) -> &'static str {
    match case.stage_clock() {
        None => "none",
        Some(c) if c.due_at().is_none() => "paused",
        Some(c) => match c.level(now) {
            Level::Ok => "ok",
            Level::Amber => "amber",
            Level::Red => "red",
        },
    }
}

/// A unit by id: `{id, name_zh, name_en}`.
#[must_use]
pub fn unit(state: &State, id: Option<OrgId>) -> Value {
    id.and_then(|id| state.units.current().get(id)).map_or(
        Value::Null,
        |u| json!({"id": u.id, "name_zh": u.name_zh, "name_en": u.name_en}),
    )
}

/// A matter by code: `{code, name_zh, name_en, category, urgency}`.
#[must_use]
pub fn matter(state: &State, code: Option<&str>) -> Value {
    let shelf = state.shelf.current();
    code.and_then(|c| shelf.matter(c)).map_or(Value::Null, |m| {
        json!({"code": m.code, "name_zh": m.name.zh, "name_en": m.name.en,
               "category": m.category_code, "urgency": m.urgency})
    })
}

/// A division by code: `{code, name}`.
fn division(state: &State, code: Option<i64>) -> Value {
    code.and_then(|c| state.net.current().division(c)).map_or(
        Value::Null,
        |d| json!({"code": d.code.to_string(), "name": d.name}),
    )
}

/// Community, town, district and grid of a case.
fn area(state: &State, case: &Case) -> [Value; 4] {
    let Some(place) = &case.place else {
        return [Value::Null, Value::Null, Value::Null, Value::Null];
    };
    let community = place.community;
    let grid = state
        .net
        .current()
        .grid(place.grid())
        .map_or(Value::Null, |g| json!({"code": g.code, "name": g.name}));
    [
        grid,
        division(state, Some(community)),
        division(state, Some(community - community % 1_000)),
        division(state, Some(community - community % 1_000_000)),
    ]
}

/// A line of a list, from the pure case and the few things beside it.
#[must_use]
pub fn row(state: &State, case: &Case, text: &str, place_text: &str, now: Moment) -> Value {
    let books = state.books.current();
    let [grid, community, town, district] = area(state, case);
    let shown: String = text.chars().take(120).collect();
    let thumb = case.media.iter().find(|a| a.kind == "photo").map(|a| a.id);
    json!({
        "id": case.id, "number": case.number, "matter": matter(state, case.matter.as_deref()),
        "stage": case.stage, "source": case.source, "text": shown, "place_text": place_text,
        "lon": case.place.as_ref().map(|p| p.lon), "lat": case.place.as_ref().map(|p| p.lat),
        "grid": grid, "community": community, "town": town, "district": district,
        "holder": unit(state, case.lead), "handler": Value::Null,
        "reported_at": case.reported_at, "updated_at": case.updated_at,
        "clock": case.stage_clock().map(|c| clock(c, &books.calendar, now)),
        "whole": case.clock(ClockKind::Whole).map(|c| clock(c, &books.calendar, now)),
        "level": level(case, now), "rework": case.rework, "returns": case.returns,
        "reminders": case.reminders, "supervised": case.supervision > 0,
        "reporters": case.reporters, "urgency": case.urgency,
        "thumb_url": thumb.map(|m| media::url(&state.app.vault, m, "thumb")),
        "ask": Value::Null, "version": case.version,
    })
}

/// The page of one case for `actor`, seen up to version `until`.
///
/// # Errors
/// When the database fails.
pub async fn page(
    conn: &mut PgConnection,
    state: &State,
    case: Case,
    actor: &Actor,
    until: i32,
    lang: Lang,
) -> Result<Value> {
    let now = state.app.clock.now();
    let lines = store::events(conn, case.id, until).await?;
    // A former holder sees the case as it was when it left.
    let case = if until < case.version {
        fold(&case, &lines)
    } else {
        case
    };
    let extra = store::extra(conn, case.id).await?;
    let words = store::words(conn, case.id).await?;
    let media_rows = store::media(conn, case.id, until).await?;
    let names_people = people(conn, &lines, &case).await?;
    let numbers = numbers(conn, &case, &lines).await?;
    let (units, shelf, net) = (
        state.units.current(),
        state.shelf.current(),
        state.net.current(),
    );
    let names = Names {
        units: &units,
        people: names_people,
        shelf: &shelf,
        net: &net,
        words,
        numbers,
    };
    let files = media::store::attachable(
        conn,
        &media_rows.iter().map(|m| m.media).collect::<Vec<_>>(),
    )
    .await?;
    let media_json = media_list(state, &media_rows, &files);
    let facts = state.facts_of(&case);
    let body = body(
        conn,
        state,
        &case,
        &names,
        &extra,
        &media_json,
        facts.as_ref(),
        now,
    )
    .await?;
    let (shown_actions, ask) = if until == i32::MAX {
        actions(state, &case, actor, facts.as_ref(), now, lang)
    } else {
        (Vec::new(), None)
    };
    let mut body = body;
    if let Some(object) = body.as_object_mut() {
        object.insert("ask".into(), json!(ask));
        object.insert("why_here".into(), json!(why_here(&case, &lines, &names)));
        object.insert("former".into(), json!(until != i32::MAX));
    }
    Ok(json!({
        "case": body,
        "timeline": timeline(&case, &lines, &names, &media_json),
        "actions": shown_actions,
    }))
}

fn fold(case: &Case, lines: &[Line]) -> Case {
    let mut now = None;
    for line in lines {
        now = match now {
            None => lifecycle::born(case.id, &line.event),
            Some(c) => Some(lifecycle::apply(c, &line.event)),
        };
    }
    now.unwrap_or_else(|| case.clone())
}

async fn people(
    conn: &mut PgConnection,
    lines: &[Line],
    case: &Case,
) -> Result<HashMap<PersonId, String>> {
    let mut ids: Vec<PersonId> = lines.iter().filter_map(|l| l.event.by.person()).collect();
    ids.extend(lines.iter().filter_map(|l| l.event.by.of()));
    ids.extend(case.handler);
    ids.extend(case.verifier);
    ids.extend(lines.iter().filter_map(|l| match &l.event.what {
        What::HandedOver { person } => Some(*person),
        _ => None,
    }));
    ids.sort_unstable();
    ids.dedup();
    Ok(staff::store::names_of(conn, &ids)
        .await?
        .into_iter()
        .collect())
}

async fn numbers(
    conn: &mut PgConnection,
    case: &Case,
    lines: &[Line],
) -> Result<HashMap<CaseId, String>> {
    let mut ids: Vec<CaseId> = case.merged_into.into_iter().collect();
    ids.extend(lines.iter().filter_map(|l| match &l.event.what {
        What::Merged { into } => Some(*into),
        What::Joined { case, .. } | What::Left { case, .. } => Some(*case),
        _ => None,
    }));
    store::numbers(conn, &ids).await
}

/// Media as shown, by id.
fn media_list(
    state: &State,
    rows: &[CaseMedia],
    files: &[media::MediaRow],
) -> Vec<(CaseMedia, Value)> {
    let by_id: HashMap<MediaId, &media::MediaRow> = files.iter().map(|f| (f.id, f)).collect();
    rows.iter()
        .filter_map(|row| {
            let file = by_id.get(&row.media)?;
            let vault = &state.app.vault;
            let photo = file.kind == "photo";
            let json = json!({
                "id": row.media, "kind": file.kind, "purpose": row.purpose,
                "url": media::url(vault, row.media, if photo { "full" } else { "file" }),
                "thumb_url": photo.then(|| media::url(vault, row.media, "thumb")),
                "at": file.made_at, "taken_at": file.taken_at, "event_id": row.event_id,
                "width": file.width, "height": file.height, "file_name": file.file_name,
                "by_reporter": row.by_kind == "reporter",
            });
            Some((row.clone(), json))
        })
        .collect()
}

#[expect(
    clippy::too_many_arguments,
    reason = "the page gathers what the case is seen through"
)]
async fn body(
    conn: &mut PgConnection,
    state: &State,
    case: &Case,
    names: &Names<'_>,
    extra: &store::Extra,
    media: &[(CaseMedia, Value)],
    facts: Option<&MatterFacts>,
    now: Moment,
) -> Result<Value> {
    let books = state.books.current();
    let text = names
        .words
        .get(&kernel::WordsId(case.id.0))
        .cloned()
        .unwrap_or_default();
    let mut body = row(state, case, &text, &extra.place_text, now);
    let reporter = store::reporter_of(conn, case.id).await?;
    let answers = store::answers(conn, case.id).await?;
    let merged = merged_rows(conn, state, case, now).await?;
    let rating = store::rating(conn, case.id, None).await?;
    let matter_row = case.matter.as_deref().and_then(|m| names.shelf.matter(m));
    let clocks: Vec<Value> = case
        .clocks
        .iter()
        .map(|c| clock(c, &books.calendar, now))
        .collect();
    let more = json!({
        "text": text, "answers": answers,
        "reporter": masked(state, reporter.as_ref())?,
        "place": place(state, case, names),
        "media": media.iter().map(|m| &m.1).collect::<Vec<_>>(),
        "clocks": clocks,
        "make_safe": case.clock(ClockKind::MakeSafe).map(|c| clock(c, &books.calendar, now)),
        "evidence_needed": evidence(case, facts),
        "closing_rule_zh": matter_row.map(|m| m.closing_rule.zh.clone()),
        "closing_rule_en": matter_row.map(|m| m.closing_rule.en.clone()),
        "verification": facts.map(|f| f.verification),
        "lead": unit(state, case.lead),
        "handler": case.handler.map(|p| json!({"id": p, "name": names.person(p)})),
        "verifier": case.verifier.map(|p| json!({"id": p, "name": names.person(p)})),
        "sub_tasks": case.sub_tasks.iter().map(|t| json!({
            "id": t.id, "org": unit(state, Some(t.org)), "state": t.state, "due_at": t.due_at,
            "what": t.words.and_then(|w| names.words.get(&w)),
            "result": t.result.and_then(|w| names.words.get(&w)),
        })).collect::<Vec<_>>(),
        "requests": case.requests.iter().map(|r| json!({
            "id": r.id, "kind": r.kind, "by": names.person(r.person), "org": unit(state, r.org),
            "at": r.at, "reason": r.reason, "until": r.until, "state": r.state,
            "words": r.words.and_then(|w| names.words.get(&w)),
        })).collect::<Vec<_>>(),
        "merged": merged,
        "merged_into": case.merged_into.map(|id| json!({"id": id, "number": names.numbers.get(&id)})),
        "whistles": case.whistles.iter().map(|w| json!({
            "id": w.id, "caller": unit(state, Some(w.caller)), "arrive_by": w.arrive_by,
            "place_text": w.words.and_then(|x| names.words.get(&x)),
            "caller_signed_at": w.caller_signed_at,
            "orgs": w.called.iter().map(|(o, at)| json!({"org": unit(state, Some(*o)), "signed_at": at, "stars": w.ratings.get(o)})).collect::<Vec<_>>(),
            "conclusion": w.conclusion.and_then(|x| names.words.get(&x)),
            "rating": w.ratings.values().next(),
        })).collect::<Vec<_>>(),
        "question": case.question.as_ref().map(|q| json!({
            "text": names.words.get(&q.words), "asked_at": q.at, "answer_by": q.until, "over": q.over,
        })),
        "followers": case.reporters - 1,
        "rating": rating.map(|r| json!({"stars": r.stars, "reasons": r.reasons,
            "words": r.words.and_then(|w| names.words.get(&w))})),
        "binding": case.binding, "returns_left": (1 - case.returns).max(0),
        "reopens": case.reopens, "excluded": case.excluded, "supervision": case.supervision,
        "external_number": case.external_number, "seq": extra.seq,
        "suspended_until": case.suspended_until,
    });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    Ok(body)
}

async fn merged_rows(
    conn: &mut PgConnection,
    state: &State,
    case: &Case,
    now: Moment,
) -> Result<Vec<Value>> {
    let mut rows = Vec::new();
    for id in store::merged_into(conn, case.id).await? {
        let other = store::find(conn, &crate::row::Key::Id(id)).await?;
        let words = store::words(conn, id).await?;
        let text = words
            .get(&kernel::WordsId(id.0))
            .cloned()
            .unwrap_or_default();
        let extra = store::extra(conn, id).await?;
        rows.push(row(state, &other, &text, &extra.place_text, now));
    }
    Ok(rows)
}

/// The reporter with name and number masked; the rest is shown for a purpose only.
fn masked(state: &State, reporter: Option<&store::Reporter>) -> Result<Value> {
    let Some(r) = reporter else {
        return Ok(json!({"anonymous": true}));
    };
    let open = |sealed: &Option<Vec<u8>>| {
        sealed
            .as_deref()
            .map(|s| state.app.vault.open(s))
            .transpose()
    };
    let name = open(&r.name_sealed)?.map(|n| mask_name(&n));
    let phone = open(&r.phone_sealed)?.map(|p| mask_phone(&p));
    Ok(json!({
        "anonymous": name.is_none() && phone.is_none(), "masked_name": name,
        "masked_phone": phone, "hide_phone": r.hide_phone, "call_back": r.call_back,
    }))
}

/// The first letter, then stars: 张**.
#[must_use]
pub fn mask_name(name: &str) -> String {
    name.chars()
        .next()
        .map(|c| format!("{c}**"))
        .unwrap_or_default()
}

/// The first three and last two digits: 138****21.
#[must_use]
pub fn mask_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < 7 {
        return "****".into();
    }
    let head: String = digits.iter().take(3).collect();
    let tail: String = digits.iter().skip(digits.len() - 2).collect();
    format!("{head}****{tail}")
}

fn place(state: &State, case: &Case, names: &Names<'_>) -> Value {
    let Some(place) = &case.place else {
        return Value::Null;
    };
    let named = |id| {
        names
            .net
            .grid(id)
            .map(|g| json!({"code": g.code, "name": g.name, "kind": g.kind}))
    };
    let [_, community, town, district] = area(state, case);
    let located = names.net.locate(place.lon, place.lat);
    json!({
        "lon": place.lon, "lat": place.lat, "grid": named(place.basic),
        "dedicated": place.dedicated.and_then(named),
        "informed_grid": place.dedicated.and_then(|_| named(place.basic)),
        "community": community, "town": town, "district": district, "net": case.net,
        "border_m": located.map(|l| l.border_m),
        "text": names.net.division_text(place.community),
    })
}

/// Evidence the matter asks for and whether it is there.
fn evidence(case: &Case, facts: Option<&MatterFacts>) -> Vec<Value> {
    let Some(facts) = facts else {
        return Vec::new();
    };
    let has = |purpose: &str| {
        case.media
            .iter()
            .any(|a| a.purpose == purpose && a.kind == "photo")
    };
    let kind = |kind: &str| case.media.iter().any(|a| a.kind == kind);
    facts
        .evidence
        .iter()
        .map(|token| {
            let (have, when) = match token {
                Evidence::PhotoNear => (has("near") || kind("photo"), "report"),
                Evidence::PhotoFar => (has("far"), "report"),
                Evidence::PhotoRef => (has("ref"), "report"),
                Evidence::Gps => (case.place.is_some(), "report"),
                Evidence::ComponentId => (case.told.contains(token), "report"),
                Evidence::PhotoAfter => (has("after"), "handle"),
                Evidence::Video => (kind("video"), "handle"),
                Evidence::Document => (kind("document") || case.told.contains(token), "handle"),
                _ => (case.told.contains(token), "handle"),
            };
            json!({"token": token, "have": have, "when": when})
        })
        .collect()
}

/// Why the case lies where it lies: numbered facts. The last is what decided the present unit.
fn why_here(case: &Case, lines: &[Line], names: &Names<'_>) -> Vec<Value> {
    let mut facts = Vec::new();
    if let Some(place) = &case.place {
        let text = names
            .net
            .locate(place.lon, place.lat)
            .map(|at| names.net.place_text(&at))
            .unwrap_or_else(|| names.net.division_text(place.community));
        facts.push(json!({"text_zh": format!("位置落在{text}"), "text_en": format!("The place lies in {text}")}));
        if place.dedicated.is_some() {
            let basic = names
                .net
                .grid(place.basic)
                .map(|g| g.name.clone())
                .unwrap_or_default();
            facts.push(json!({"text_zh": format!("专属网格优先，基础网格{basic}同时知悉"), "text_en": format!("The dedicated grid owns; the basic grid {basic} is informed")}));
        }
    } else {
        facts.push(json!({"text_zh": "还没有标定位置", "text_en": "Not on the map yet"}));
    }
    if let (Some(lead), Some(_)) = (case.lead, &case.dispatched_by) {
        let (zh, en) = names.org(lead);
        let (because_zh, because_en) = decided(lines, names).unwrap_or_default();
        facts.push(json!({
            "text_zh": format!("由{zh}承办{because_zh}"),
            "text_en": format!("{en} is in charge{because_en}"),
        }));
    }
    facts
}

/// What sent the case to its unit: the last dispatch's reason, or the ruling that binds it.
fn decided(lines: &[Line], names: &Names<'_>) -> Option<(String, String)> {
    lines.iter().rev().find_map(|line| match &line.event.what {
        What::Dispatched { why, .. } => {
            let (zh, en) = story::why_text(why, names);
            Some((format!("：{zh}"), format!(": {en}")))
        }
        What::Ruled { clause, .. } => Some((
            format!("：裁定，{clause}"),
            format!(": by a ruling, {clause}"),
        )),
        _ => None,
    })
}

fn timeline(
    case: &Case,
    lines: &[Line],
    names: &Names<'_>,
    media: &[(CaseMedia, Value)],
) -> Vec<Value> {
    lines
        .iter()
        .rev()
        .map(|line| {
            let told = story::tell(case, &line.event, names);
            let by = match &line.event.by {
                By::Staff {
                    person,
                    org,
                    role,
                    of,
                } => {
                    let (zh, en) = org.map(|o| names.org(o)).unwrap_or_default();
                    let (role_zh, role_en) = role.name();
                    json!({"name": names.person(*person), "of": of.map(|p| names.person(p)),
                           "org_zh": zh, "org_en": en,
                           "role": role, "role_zh": role_zh, "role_en": role_en})
                }
                By::Reporter { .. } => json!({"name": null, "role": "reporter",
                    "role_zh": "上报人", "role_en": "Reporter", "org_zh": "", "org_en": ""}),
                By::Rule | By::Timer => Value::Null,
            };
            let shown: Vec<&Value> = media
                .iter()
                .filter(|m| m.0.event_id == line.id)
                .map(|m| &m.1)
                .collect();
            json!({
                "id": line.id, "at": line.event.at, "kind": line.event.what.kind(), "by": by,
                "system": matches!(line.event.by, By::Rule | By::Timer), "public": told.public,
                "title_zh": told.title_zh, "title_en": told.title_en, "details": told.details,
                "media": shown, "version": line.version,
            })
        })
        .collect()
}

/// Names of the commands, in the order shown.
const LABELS: &[(CommandKind, &str, &str)] = {
    use CommandKind as K;
    &[
        (K::Accept, "受理", "Accept"),
        (K::AskReporter, "请上报人补充", "Ask the reporter"),
        (K::Decline, "不予受理", "Decline"),
        (K::SelfHandle, "自行处置", "Put right on the spot"),
        (K::Dispatch, "派遣", "Dispatch"),
        (K::Redispatch, "改派", "Dispatch again"),
        (K::Sign, "签收", "Sign"),
        (K::MakeSafe, "先行处置", "Made safe"),
        (K::Handle, "处置完毕", "Handled"),
        (K::Return, "退回", "Return"),
        (K::Dispute, "提请裁定", "Ask for a ruling"),
        (K::Rule, "裁定", "Rule"),
        (K::Take, "开始核查", "Take for verification"),
        (K::Pass, "核查通过", "Passed"),
        (K::Fail, "核查不通过", "Failed"),
        (K::ApproveSuspend, "同意挂账", "Approve suspension"),
        (K::RefuseSuspend, "不同意挂账", "Refuse suspension"),
        (K::ApproveExtend, "同意延期", "Approve extension"),
        (K::RefuseExtend, "不同意延期", "Refuse extension"),
        (K::ApproveVoid, "同意作废", "Approve voiding"),
        (K::RefuseVoid, "不同意作废", "Refuse voiding"),
        (K::ApproveExclude, "同意剔除", "Approve exclusion"),
        (K::RefuseExclude, "不同意剔除", "Refuse exclusion"),
        (K::Resume, "恢复办理", "Resume"),
        (K::FinishSubTask, "协办完成", "Helped"),
        (K::DeclineSubTask, "谢绝协办", "Decline to help"),
        (K::AddSubTask, "加协办", "Ask a unit to help"),
        (K::HandOver, "交给同事", "Hand over"),
        (K::RequestExtend, "申请延期", "Ask for an extension"),
        (K::RequestSuspend, "申请挂账", "Ask for suspension"),
        (K::Place, "标定位置", "Put on the map"),
        (K::SetMatter, "改事项", "Change the matter"),
        (K::Merge, "合并到另一件", "Merge into another"),
        (K::Unmerge, "取消合并", "Unmerge"),
        (K::Remind, "催办", "Remind"),
        (K::Supervise, "督办", "Supervise"),
        (K::Whistle, "吹哨", "Whistle"),
        (K::WhistleSignIn, "到场签到", "Sign in on site"),
        (K::WhistleConclude, "会商结论", "Conclude"),
        (K::WhistleRate, "评价到场单位", "Rate a department"),
        (K::Reopen, "重新办理", "Reopen"),
        (K::RequestVoid, "申请作废", "Ask to void"),
        (K::RequestExclude, "申请剔除", "Ask to exclude"),
        (K::Note, "写一条说明", "Write a note"),
    ]
};

/// The commands a waiting verb asks for.
fn answers_to(ask: &str) -> &'static [CommandKind] {
    use CommandKind as K;
    match ask {
        "accept" => &[K::Accept],
        "dispatch" => &[K::Dispatch],
        "redispatch" => &[K::Redispatch],
        "sign" => &[K::Sign],
        "handle" => &[K::Handle],
        "take" => &[K::Take],
        "verify" => &[K::Pass],
        "rule" => &[K::Rule],
        "approve_suspend" => &[K::ApproveSuspend],
        "approve_extend" => &[K::ApproveExtend],
        "approve_void" => &[K::ApproveVoid],
        "approve_exclude" => &[K::ApproveExclude],
        "sub_task" => &[K::FinishSubTask],
        "whistle" => &[K::WhistleSignIn, K::WhistleConclude],
        _ => &[],
    }
}

/// What this person may do now, and, greyed with the reason, what they may not; and the verb asked
/// of them. What is none of their seat's business is left out.
fn actions(
    state: &State,
    case: &Case,
    actor: &Actor,
    facts: Option<&MatterFacts>,
    now: Moment,
    lang: Lang,
) -> (Vec<Value>, Option<&'static str>) {
    let books = state.books.current();
    let context = desk::context(&books, facts, now, Uuid::nil());
    let staff = standing::staff(case, actor);
    let doer = Doer::Staff(staff);
    let permitted = |kind: CommandKind| lifecycle::may(case, kind, &doer, &context);
    let ask = crate::row::asks(case)
        .into_iter()
        .find(|ask| answers_to(ask).iter().any(|k| permitted(*k).is_ok()));
    let asked = ask.map(answers_to).unwrap_or_default();
    let mut list: Vec<Value> = LABELS
        .iter()
        .filter_map(|(kind, zh, en)| {
            let verdict = permitted(*kind);
            if verdict.err().is_some_and(not_worth_showing) || never_here(case, *kind) {
                return None;
            }
            let primary = verdict.is_ok() && asked.contains(kind);
            let reason = verdict.err().map(|r| reason(case, r, lang));
            Some(json!({
                "command": kind.word(), "label_zh": zh, "label_en": en,
                "allowed": verdict.is_ok(), "primary": primary, "asks_me": primary,
                "reason": reason, "reason_code": verdict.err().map(Refusal::code),
            }))
        })
        .collect();
    list.sort_by_key(|a| {
        let is = |name: &str| a.get(name).and_then(Value::as_bool) == Some(true);
        (!is("primary"), !is("allowed"))
    });
    (list, ask)
}

/// Refusals that say the command is none of this person's business.
fn not_worth_showing(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::NotYourSeat
            | Refusal::OnlyReporter
            | Refusal::NoRequest
            | Refusal::NoSubTask
            | Refusal::WhistleStep
            | Refusal::HeldByAnother
            | Refusal::NothingToMakeSafe
    )
}

/// Commands that make no sense at this stage are left out, so that the greyed list stays readable:
/// what lies one step ahead or behind is shown with its reason.
fn never_here(case: &Case, kind: CommandKind) -> bool {
    use CommandKind as K;
    let over = !case.stage.open();
    match kind {
        K::Redispatch => case.stage != Stage::Returned,
        K::Rule => case.stage != Stage::InRuling,
        K::Resume => case.stage != Stage::Suspended,
        K::Unmerge => case.stage != Stage::Merged,
        K::Reopen => !matches!(case.stage, Stage::Closed | Stage::Archived),
        K::Dispute => case.returns == 0,
        K::Accept | K::AskReporter | K::Decline | K::SelfHandle => {
            !matches!(case.stage, Stage::Reported | Stage::Accepted)
        }
        K::Pass | K::Fail => case.stage != Stage::Verifying,
        K::Note => false,
        _ => over,
    }
}

fn reason(case: &Case, refusal: Refusal, lang: Lang) -> String {
    let mut params = serde_json::Map::new();
    let (zh, en) = stage_name(case.stage);
    params.insert("stage_name".into(), lang.pick(zh, en).into());
    kernel::words::sentence(lang, refusal.code(), &params)
}

/// A stage's name, Chinese and English.
#[must_use]
pub fn stage_name(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Reported => ("待受理", "To accept"),
        Stage::Accepted => ("待派遣", "To dispatch"),
        Stage::Declined => ("不予受理", "Declined"),
        Stage::Dispatched => ("待签收", "To sign"),
        Stage::Handling => ("处理中", "Handling"),
        Stage::Handled => ("已反馈", "Handled"),
        Stage::Verifying => ("核查中", "Verifying"),
        Stage::Confirming => ("待确认", "To confirm"),
        Stage::Closed => ("已结案", "Closed"),
        Stage::Archived => ("已归档", "Archived"),
        Stage::Suspended => ("挂账", "Suspended"),
        Stage::Returned => ("已退回", "Returned"),
        Stage::InRuling => ("裁定中", "In ruling"),
        Stage::Merged => ("已合并", "Merged"),
        Stage::Voided => ("已作废", "Voided"),
    }
}

/// The verb the case asks of this person, if any.
#[must_use]
pub fn ask(state: &State, case: &Case, actor: &Actor, now: Moment) -> Option<&'static str> {
    let facts = state.facts_of(case);
    let books = state.books.current();
    let context = desk::context(&books, facts.as_ref(), now, Uuid::nil());
    let doer = standing::doer(case, actor);
    crate::row::asks(case).into_iter().find(|ask| {
        answers_to(ask)
            .iter()
            .any(|k| lifecycle::may(case, *k, &doer, &context).is_ok())
    })
}

/// Whether the person may see who reported: with a capability that reaches this case.
#[must_use]
pub fn may_see_reporter(case: &Case, actor: &Actor) -> bool {
    standing::staff(case, actor)
        .seat(Capability::SeeReporters)
        .is_some()
}
