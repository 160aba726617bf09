//! What a resident is shown, by the progress code and on the public pages.

use std::collections::HashMap;

use kernel::{MediaId, Moment, Result, WordsId};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::desk;
use crate::lifecycle::{self, CommandKind, Doer};
use crate::likeness::{self, Seen};
use crate::model::{By, Case, ClockKind, Stage, What};
use crate::state::State;
use crate::store::{self, Line, Near};
use crate::story::{self, Names};
use crate::view;

/// Which of the four plain steps a stage is: received, with the unit, done and being checked, finished.
#[must_use]
pub fn step(stage: Stage) -> i32 {
    match stage {
        Stage::Reported | Stage::Accepted => 1,
        Stage::Dispatched
        | Stage::Handling
        | Stage::Suspended
        | Stage::Returned
        | Stage::InRuling
        | Stage::Merged => 2,
        Stage::Handled | Stage::Verifying | Stage::Confirming => 3,
        Stage::Closed | Stage::Archived | Stage::Declined | Stage::Voided => 4,
    }
}

/// The status page of one reporter or follower. A merged case shows its primary's progress.
///
/// # Errors
/// When the database fails.
pub async fn progress(
    conn: &mut PgConnection,
    state: &State,
    who: &store::Reporter,
    lang: kernel::Lang,
) -> Result<Value> {
    let now = state.app.clock.now();
    let own = store::find(conn, &crate::row::Key::Id(who.case_id)).await?;
    // A primary may itself have been merged further; the last one is where the work is done.
    let mut primary: Option<Case> = None;
    while let Some(id) = primary.as_ref().unwrap_or(&own).merged_into {
        primary = Some(store::find(conn, &crate::row::Key::Id(id)).await?);
    }
    let shown = primary.as_ref().unwrap_or(&own);
    let lines = store::events(conn, shown.id, i32::MAX).await?;
    let own_words = store::words(conn, own.id).await?;
    let words = store::words(conn, shown.id).await?;
    let extra = store::extra(conn, own.id).await?;
    let rating = store::rating(conn, own.id, Some(who.id)).await?;
    let numbers = numbers(&own, primary.as_ref());
    let (units, shelf, net) = (
        state.units.current(),
        state.shelf.current(),
        state.net.current(),
    );
    let names = Names {
        units: &units,
        people: HashMap::new(),
        shelf: &shelf,
        net: &net,
        words,
        numbers,
    };
    let follower = who.kind == "follower";
    // The pictures of a report are its reporter's: neither followers nor those merged into it see them.
    let media = media_of(
        conn,
        state,
        shown,
        (&lines, &names),
        !follower && shown.id == own.id,
    )
    .await?;
    let own_media = if shown.id == own.id {
        media.clone()
    } else {
        let own_lines = store::events(conn, own.id, i32::MAX).await?;
        media_of(conn, state, &own, (&own_lines, &names), !follower).await?
    };
    let clock = shown
        .clock(ClockKind::Handle)
        .filter(|_| shown.stage.before_handled());
    let question = own
        .question
        .as_ref()
        .filter(|q| !follower && !q.over && own.stage == Stage::Reported);
    let text = own_words.get(&WordsId(own.id.0)).filter(|_| !follower);
    let at = |degrees: f64| if follower { coarse(degrees) } else { degrees };
    Ok(json!({
        "number": own.number, "matter": view::matter(state, own.matter.as_deref()),
        "text": text.map_or("", String::as_str), "place_text": extra.place_text,
        "lon": own.place.as_ref().map(|p| at(p.lon)), "lat": own.place.as_ref().map(|p| at(p.lat)),
        "reported_at": own.reported_at, "stage": shown.stage, "step": step(shown.stage),
        "steps": steps(shown, &lines, &names),
        "holder": view::unit(state, shown.lead),
        "due_at": clock.and_then(|c| c.due_at()),
        "overdue": clock.is_some_and(|c| c.level(now) == crate::model::Level::Red),
        "story": story_of(shown, &lines, &names, &media, follower || shown.id != own.id),
        "media": own_media.values().chain(media.values().filter(|_| shown.id != own.id)).collect::<Vec<_>>(),
        "followers": shown.reporters - 1,
        "merged_into": primary.as_ref().map(|p| p.number.clone()),
        "declined": declined(shown, &lines, &names),
        "question": question.map(|q| json!({
            "text": own_words.get(&q.words), "asked_at": q.at, "answer_by": q.until })),
        "actions": actions(state, &own, who, now, lang, rating.is_some()),
        "rating": rating.as_ref().map(|r| json!({"stars": r.stars, "reasons": r.reasons,
            "words": r.words.and_then(|w| own_words.get(&w))})),
        "can_rate": rating.is_none() && desk::rateable(&own),
        "follower": who.kind == "follower",
    }))
}

fn numbers(own: &Case, primary: Option<&Case>) -> HashMap<kernel::CaseId, String> {
    [Some(own), primary]
        .into_iter()
        .flatten()
        .map(|c| (c.id, c.number.clone()))
        .collect()
}

/// What positions shown to others than reporter and staff are rounded to, in degrees: some 30 m.
const COARSE: f64 = 0.000_3;

/// A position as others than reporter and staff see it: rounded to some 30 m, and written short.
#[must_use]
pub fn coarse(degrees: f64) -> f64 {
    ((degrees / COARSE).round() * COARSE * 1e4).round() / 1e4
}

/// Pictures that may be shown: those of events the reporter may read, and with `own` those that
/// reporters sent.
async fn media_of(
    conn: &mut PgConnection,
    state: &State,
    case: &Case,
    (lines, names): (&[Line], &Names<'_>),
    own: bool,
) -> Result<std::collections::BTreeMap<MediaId, Value>> {
    let told: std::collections::HashSet<_> = lines
        .iter()
        .filter(|l| story::tell(case, &l.event, names).public)
        .map(|l| l.id)
        .collect();
    let mut rows = store::media(conn, case.id, i32::MAX).await?;
    rows.retain(|row| {
        let theirs = row.by_kind == "reporter";
        if theirs {
            own
        } else {
            told.contains(&row.event_id)
        }
    });
    let ids: Vec<MediaId> = rows.iter().map(|r| r.media).collect();
    let files = media::store::attachable(conn, &ids).await?;
    let at: HashMap<MediaId, _> = files.iter().map(|f| (f.id, f)).collect();
    let vault = &state.app.vault;
    Ok(rows
        .iter()
        .filter_map(|row| {
            let file = at.get(&row.media).filter(|f| f.kind == "photo")?;
            Some((
                row.media,
                json!({
                    "id": row.media, "url": media::url(vault, row.media, "full"),
                    "thumb_url": media::url(vault, row.media, "thumb"), "purpose": row.purpose,
                    "at": file.made_at, "kind": file.kind, "event_id": row.event_id,
                }),
            ))
        })
        .collect())
}

fn steps(case: &Case, lines: &[Line], names: &Names<'_>) -> Vec<Value> {
    let now = step(case.stage);
    let when = |found: &dyn Fn(&What) -> bool| {
        lines
            .iter()
            .rev()
            .find(|l| found(&l.event.what))
            .map(|l| l.event.at)
    };
    let holder = case.lead.map(|o| names.org(o)).unwrap_or_default();
    let marks: [(Option<Moment>, &str, &str, String, String); 4] = [
        (
            Some(case.reported_at),
            "已收到",
            "Received",
            String::new(),
            String::new(),
        ),
        (
            when(&|w| {
                matches!(
                    w,
                    What::Dispatched { .. }
                        | What::Ruled { .. }
                        | What::SelfHandled { .. }
                        | What::Reopened { .. }
                )
            }),
            "正在办理",
            "Being dealt with",
            holder.0,
            holder.1,
        ),
        (
            when(&|w| matches!(w, What::Handled { .. } | What::SelfHandled { .. })),
            "已处理，正在核查",
            "Done, being checked",
            String::new(),
            String::new(),
        ),
        (
            case.closed_at,
            ended(case.stage).0,
            ended(case.stage).1,
            String::new(),
            String::new(),
        ),
    ];
    marks
        .into_iter()
        .zip(1..)
        .map(|((at, zh, en, note_zh, note_en), step)| {
            let done = step < now || (step == 4 && now == 4);
            json!({"step": step, "title_zh": zh, "title_en": en, "at": at.filter(|_| step <= now),
                   "done": done, "note_zh": note_zh, "note_en": note_en})
        })
        .collect()
}

fn ended(stage: Stage) -> (&'static str, &'static str) {
    match stage {
        Stage::Declined => ("不予受理", "Not taken on"),
        Stage::Voided => ("已撤回或作废", "Withdrawn or void"),
        _ => ("已结束", "Finished"),
    }
}

fn story_of(
    case: &Case,
    lines: &[Line],
    names: &Names<'_>,
    media: &std::collections::BTreeMap<MediaId, Value>,
    stranger: bool,
) -> Vec<Value> {
    lines
        .iter()
        .rev()
        .map(|line| (line, story::tell(case, &line.event, names)))
        .filter(|(_, told)| told.public)
        .map(|(line, told)| {
            // Words of one unit to another stay inside; what was said to or by the reporter is shown.
            let open = matches!(
                line.event.what,
                What::Handled { .. } | What::SelfHandled { .. } | What::MadeSafe { .. }
                    | What::Asked { .. } | What::Declined { .. } | What::Noted { .. }
                    | What::Passed { .. }
            ) || matches!(line.event.by, By::Reporter { .. });
            // What the reporter was asked and said is between them and the unit.
            let private = matches!(line.event.by, By::Reporter { .. })
                || matches!(line.event.what, What::Asked { .. });
            let open = open && !(stranger && private);
            let said = story::words_of(&line.event.what)
                .filter(|_| open && !matches!(line.event.what, What::Reported { .. }))
                .and_then(|w| names.words.get(&w));
            let shown: Vec<&Value> = media
                .values()
                .filter(|m| m["event_id"] == json!(line.id))
                .collect();
            json!({"at": line.event.at, "kind": line.event.what.kind(),
                   "text_zh": told.title_zh, "text_en": told.title_en, "said": said, "media": shown})
        })
        .collect()
}

fn declined(case: &Case, lines: &[Line], names: &Names<'_>) -> Value {
    if case.stage != Stage::Declined {
        return Value::Null;
    }
    lines
        .iter()
        .rev()
        .find_map(|l| match &l.event.what {
            What::Declined { reason, words } => {
                let (zh, en) = crate::reasons::name("decline", reason);
                Some(json!({"reason_zh": zh, "reason_en": en,
                            "note": words.and_then(|w| names.words.get(&w))}))
            }
            _ => None,
        })
        .unwrap_or(Value::Null)
}

/// What the reporter may do now, with the window's end.
fn actions(
    state: &State,
    case: &Case,
    who: &store::Reporter,
    now: Moment,
    lang: kernel::Lang,
    rated: bool,
) -> Vec<Value> {
    let books = state.books.current();
    let facts = state.facts_of(case);
    let context = desk::context(&books, facts.as_ref(), now, Uuid::nil());
    let doer = Doer::Reporter {
        id: who.id,
        follower: who.kind == "follower",
    };
    let window = |kind| case.clock(kind).and_then(|c| c.due_at());
    let kinds = [
        (CommandKind::Confirm, window(ClockKind::Objection)),
        (CommandKind::Object, window(ClockKind::Objection)),
        (CommandKind::Answer, case.question.as_ref().map(|q| q.until)),
        (CommandKind::Withdraw, None),
        (CommandKind::ObjectDecline, window(ClockKind::Objection)),
        (CommandKind::Reopen, window(ClockKind::Reopen)),
    ];
    let mut list: Vec<Value> = kinds
        .into_iter()
        .map(|(kind, until)| {
            let verdict = lifecycle::may(case, kind, &doer, &context);
            let reason = verdict.err().map(|r| {
                let mut params = serde_json::Map::new();
                let (zh, en) = view::stage_name(case.stage);
                params.insert("stage_name".into(), lang.pick(zh, en).into());
                kernel::words::sentence(lang, r.code(), &params)
            });
            json!({"command": kind.word(), "allowed": verdict.is_ok(), "reason": reason,
                   "until": until.filter(|_| verdict.is_ok())})
        })
        .collect();
    list.push(
        json!({"command": "rate", "allowed": desk::rateable(case) && !rated,
                     "reason": null, "until": null}),
    );
    list
}

/// What is compared with the open cases nearby.
#[derive(Debug, Clone, Default)]
pub struct Probe {
    /// Degrees.
    pub lon: f64,
    /// Degrees.
    pub lat: f64,
    /// Matter, if chosen.
    pub matter: Option<String>,
    /// Words so far.
    pub text: String,
    /// Likeness of the first picture.
    pub picture: Option<i64>,
    /// Not this one.
    pub but: Option<kernel::CaseId>,
}

/// An open case that may be the same.
#[derive(Debug, Clone)]
pub struct Alike {
    /// The case with what is compared of it.
    pub near: Near,
    /// How alike.
    pub likeness: likeness::Likeness,
}

/// Open cases that may be the same, the likeliest first, at most ten.
///
/// # Errors
/// When the database fails.
pub async fn alike(
    conn: &mut PgConnection,
    state: &State,
    probe: &Probe,
    now: Moment,
) -> Result<Vec<Alike>> {
    let net = state.net.current();
    let bounds = likeness::around(probe.lon, probe.lat);
    // The communities the box touches: its corners and the point itself.
    let corners = [
        (probe.lon, probe.lat),
        (bounds[0], bounds[1]),
        (bounds[0], bounds[3]),
        (bounds[2], bounds[1]),
        (bounds[2], bounds[3]),
    ];
    let mut communities: Vec<i64> = corners
        .iter()
        .filter_map(|(lon, lat)| net.locate(*lon, *lat).map(|l| l.community))
        .collect();
    communities.sort_unstable();
    communities.dedup();
    let since = now.plus_s(-likeness::REACH_DAYS * 86_400);
    let seen = Seen {
        lon: probe.lon,
        lat: probe.lat,
        matter: probe.matter.as_deref(),
        text: &probe.text,
        at: now,
        picture: probe.picture,
    };
    let mut found: Vec<Alike> = store::near(conn, &communities, bounds, since)
        .await?
        .into_iter()
        .filter(|n| Some(n.case.id) != probe.but)
        .filter_map(|near| {
            let place = near.case.place.as_ref()?;
            let other = Seen {
                lon: place.lon,
                lat: place.lat,
                matter: near.case.matter.as_deref(),
                text: &near.text,
                at: near.case.reported_at,
                picture: near.likeness,
            };
            let likeness = likeness::compare(seen, other)?;
            Some(Alike { near, likeness })
        })
        .filter(|a| a.likeness.score >= likeness::PROPOSE)
        .collect();
    found.sort_by(|a, b| b.likeness.score.total_cmp(&a.likeness.score));
    found.truncate(10);
    Ok(found)
}
