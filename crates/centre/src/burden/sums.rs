//! From events to sums: what each step of a case asked of whom.

use std::collections::HashMap;

use kernel::{GridId, Moment, OrgId, Result};
use matters::burden::{Bearer, COSTS, PartKind, burden_of};
use matters::catalogue::Matter;
use serde_json::Value;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::State;

/// Events taken at once.
const BATCH: i64 = 4_000;

/// What was asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) cases: i32,
    pub(crate) forms: i32,
    pub(crate) fields: i32,
    pub(crate) photos: i32,
    pub(crate) notifications: i32,
    pub(crate) seconds: i64,
    pub(crate) grid_seconds: i64,
    pub(crate) saved_seconds: i64,
    pub(crate) merged: i32,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.cases += other.cases;
        self.forms += other.forms;
        self.fields += other.fields;
        self.photos += other.photos;
        self.notifications += other.notifications;
        self.seconds += other.seconds;
        self.grid_seconds += other.grid_seconds;
        self.saved_seconds += other.saved_seconds;
        self.merged += other.merged;
    }

    fn seconds(mut self, seconds: u32) -> Self {
        self.seconds += i64::from(seconds);
        self
    }

    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// An event with what is needed of its case.
#[derive(Debug, sqlx::FromRow)]
struct Row {
    seq: i64,
    kind: String,
    at: Moment,
    org: Option<OrgId>,
    body: Value,
    grid: Option<GridId>,
    area: i64,
    matter: Option<String>,
    source: String,
    lead: Option<OrgId>,
}

type Key = (&'static str, String, String);

/// Counts what happened since the last time; answers how many events were counted. Another server at
/// it is left to it.
///
/// # Errors
/// When the database fails.
pub async fn catch_up(state: &State) -> Result<usize> {
    let mut counted = 0;
    loop {
        let mut tx = state.cases.app.db.begin().await?;
        let cursor: Option<i64> =
            sqlx::query_scalar("select seq from burden_cursor for update skip locked")
                .fetch_optional(&mut *tx)
                .await?;
        let Some(cursor) = cursor else {
            return Ok(counted);
        };
        let rows: Vec<Row> = sqlx::query_as(
            "select s.seq, e.kind, e.at, e.org, e.body, c.grid, c.area, c.matter, c.source, c.lead
             from sealed s join case_events e on e.n = s.n join cases c on c.id = e.case_id
             where s.seq > $1 order by s.seq limit $2",
        )
        .bind(cursor)
        .bind(BATCH)
        .fetch_all(&mut *tx)
        .await?;
        let Some(last) = rows.last().map(|r| r.seq) else {
            return Ok(counted);
        };
        let sums = summed(state, &rows);
        store(&mut tx, sums).await?;
        sqlx::query("update burden_cursor set seq = $1")
            .bind(last)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        counted += rows.len();
    }
}

fn summed(state: &State, rows: &[Row]) -> HashMap<Key, (i64, Sums)> {
    let shelf = state.cases.shelf.current();
    let units = state.cases.units.current();
    let city = &state.cases.app.city;
    let of_grids = |org: Option<OrgId>| {
        org.and_then(|o| units.get(o))
            .is_some_and(|u| cases::guide::of_the_grids(&u))
    };
    let mut all: HashMap<Key, (i64, Sums)> = HashMap::new();
    for row in rows {
        let matter = row.matter.as_deref().and_then(|m| shelf.matter(m));
        let asked = asked(row, matter, &of_grids);
        if asked.is_nothing() {
            continue;
        }
        let date = row.at.date(&city.zone);
        let month = format!("{:04}-{:02}-01", date.year(), date.month());
        let department = matter.map_or("", |m| m.department.zh.as_str());
        let mut count = |grain, key: String, area| {
            let held = all
                .entry((grain, key, month.clone()))
                .or_insert((area, Sums::default()));
            held.1.add(&asked);
        };
        if let Some(grid) = row.grid {
            count("grid", grid.to_string(), row.area);
        }
        count("community", row.area.to_string(), row.area);
        count("department", department.to_owned(), city.code);
        count(
            "department_in",
            format!("{}|{department}", row.area),
            row.area,
        );
        if let Some(code) = &row.matter {
            count("matter", code.clone(), city.code);
        }
    }
    all
}

/// What one event asked, and whether of people of the grids.
fn asked(row: &Row, matter: Option<&Matter>, of_grids: &dyn Fn(Option<OrgId>) -> bool) -> Sums {
    let told = |org: Option<OrgId>| {
        let notified = Sums {
            notifications: 1,
            ..Sums::default()
        };
        (notified.seconds(COSTS.notification), of_grids(org))
    };
    let named = |path: &str| {
        let said = row.body.pointer(path).and_then(Value::as_str);
        said.and_then(|text| text.parse::<Uuid>().ok()).map(OrgId)
    };
    let words = |forms: i32, fields: i32, seconds: u32| {
        let form = Sums {
            forms,
            fields,
            ..Sums::default()
        };
        form.seconds(seconds)
    };
    let (mut sums, grids) = match row.kind.as_str() {
        "reported" => {
            let own = matches!(row.source.as_str(), "worker" | "inspection");
            (of_reporter(matter), own)
        }
        "dispatched" | "ruled" => told(named("/org")),
        "sub_task_added" => told(named("/sub_task/org")),
        "reminded" | "supervised" | "failed" | "objected" | "reopened" => told(row.lead),
        "handled" | "self_handled" => (of_handler(matter), of_grids(row.org)),
        "sub_task_done" => (words(1, 1, COSTS.long_text), of_grids(row.org)),
        "answered" => (words(0, 1, COSTS.long_text), false),
        "passed" => (words(1, 1, of_verifier(matter)), false),
        "merged" => {
            let spared = Sums {
                merged: 1,
                saved_seconds: i64::from(to_handle(matter)),
                ..Sums::default()
            };
            (spared, false)
        }
        _ => return Sums::default(),
    };
    // Who says a check failed has looked, too.
    if row.kind == "failed" {
        sums.add(&words(1, 1, of_verifier(matter)));
    }
    if grids {
        sums.grid_seconds = sums.seconds;
    }
    sums
}

/// The form of a report: words, the matter's questions, what must be shown of the place.
fn of_reporter(matter: Option<&Matter>) -> Sums {
    let mut sums = Sums {
        cases: 1,
        forms: 1,
        fields: 1,
        ..Sums::default()
    }
    .seconds(COSTS.long_text);
    let Some(matter) = matter else {
        return sums;
    };
    let shown = |item: &str| {
        let evidence = matters::catalogue::Evidence::parse(item);
        evidence.is_some_and(matters::catalogue::Evidence::is_reporters)
    };
    for part in &burden_of(matter).parts {
        match part.kind {
            PartKind::Question => sums.fields += 1,
            PartKind::ForcedPhoto if shown(&part.item) => sums.photos += 1,
            PartKind::Field if shown(&part.item) => sums.fields += 1,
            _ => continue,
        }
        sums = sums.seconds(part.seconds);
    }
    sums
}

/// The form of a handling: words and what must be shown that it is done.
fn of_handler(matter: Option<&Matter>) -> Sums {
    let mut sums = Sums {
        forms: 1,
        fields: 1,
        ..Sums::default()
    }
    .seconds(COSTS.long_text);
    let Some(matter) = matter else {
        return sums;
    };
    for part in &burden_of(matter).parts {
        let evidence = matters::catalogue::Evidence::parse(&part.item);
        if part.bearer != Bearer::Handler || evidence.is_none_or(|e| e.is_reporters()) {
            continue;
        }
        match part.kind {
            PartKind::ForcedPhoto => sums.photos += 1,
            _ => sums.fields += 1,
        }
        sums = sums.seconds(part.seconds);
    }
    sums
}

fn of_verifier(matter: Option<&Matter>) -> u32 {
    matter.map_or(COSTS.call, |m| {
        let parts = burden_of(m).parts;
        let checks = parts.iter().filter(|p| p.kind == PartKind::Verification);
        checks.map(|p| p.seconds).sum()
    })
}

/// What handling and checking once more would have taken.
fn to_handle(matter: Option<&Matter>) -> u32 {
    matter.map_or(0, |m| {
        let burden = burden_of(m);
        burden.seconds_of(Bearer::Handler) + burden.seconds_of(Bearer::Verifier)
    })
}

async fn store(conn: &mut PgConnection, sums: HashMap<Key, (i64, Sums)>) -> Result<()> {
    let mut rows: Vec<_> = sums.into_iter().collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let of =
        |read: &dyn Fn(&Sums) -> i32| rows.iter().map(|(_, (_, s))| read(s)).collect::<Vec<_>>();
    let long =
        |read: &dyn Fn(&Sums) -> i64| rows.iter().map(|(_, (_, s))| read(s)).collect::<Vec<_>>();
    sqlx::query(
        "insert into burden_sums as b (grain, key, month, area, cases, forms, fields, photos,
           notifications, seconds, grid_seconds, saved_seconds, merged)
         select t.grain, t.key, t.month::date, t.area, t.cases, t.forms, t.fields, t.photos,
           t.notifications, t.seconds, t.grid_seconds, t.saved_seconds, t.merged
         from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::int[], $6::int[], $7::int[],
             $8::int[], $9::int[], $10::bigint[], $11::bigint[], $12::bigint[], $13::int[])
           as t (grain, key, month, area, cases, forms, fields, photos, notifications, seconds,
             grid_seconds, saved_seconds, merged)
         on conflict (grain, month, key) do update set
           cases = b.cases + excluded.cases, forms = b.forms + excluded.forms,
           fields = b.fields + excluded.fields, photos = b.photos + excluded.photos,
           notifications = b.notifications + excluded.notifications,
           seconds = b.seconds + excluded.seconds,
           grid_seconds = b.grid_seconds + excluded.grid_seconds,
           saved_seconds = b.saved_seconds + excluded.saved_seconds,
           merged = b.merged + excluded.merged",
    )
    .bind(rows.iter().map(|(k, _)| k.0).collect::<Vec<_>>())
    .bind(rows.iter().map(|(k, _)| k.1.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(k, _)| k.2.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(_, (area, _))| *area).collect::<Vec<_>>())
    .bind(of(&|s| s.cases))
    .bind(of(&|s| s.forms))
    .bind(of(&|s| s.fields))
    .bind(of(&|s| s.photos))
    .bind(of(&|s| s.notifications))
    .bind(long(&|s| s.seconds))
    .bind(long(&|s| s.grid_seconds))
    .bind(long(&|s| s.saved_seconds))
    .bind(of(&|s| s.merged))
    .execute(conn)
    .await?;
    Ok(())
}
