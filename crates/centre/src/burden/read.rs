//! The board read from the kept sums.

use kernel::actor::code_range;
use kernel::{GridId, Moment, Result};
use serde_json::{Value, json};
use sqlx::PgConnection;

use crate::State;

/// Grids and matters told by name at most.
const TOLD: i64 = 30;

/// The first day of the month that lies `back` months before the one of `now`.
fn month(state: &State, now: Moment, back: u32) -> String {
    let date = now.date(&state.cases.app.city.zone);
    let months = i32::from(date.year()) * 12 + i32::from(date.month()) - 1;
    let months = months - i32::try_from(back).unwrap_or_default();
    format!(
        "{:04}-{:02}-01",
        months.div_euclid(12),
        months.rem_euclid(12) + 1
    )
}

#[derive(Debug, sqlx::FromRow)]
struct Line {
    key: String,
    cases: i64,
    forms: i64,
    fields: i64,
    photos: i64,
    notifications: i64,
    seconds: i64,
    grid_seconds: i64,
    saved_seconds: i64,
    merged: i64,
}

impl Line {
    fn told(&self) -> Value {
        json!({
            "cases": self.cases, "forms": self.forms, "fields": self.fields, "photos": self.photos,
            "notifications": self.notifications, "minutes": minutes(self.seconds),
            "grid_minutes": minutes(self.grid_seconds), "saved_minutes": minutes(self.saved_seconds),
            "merged": self.merged,
        })
    }
}

fn minutes(seconds: i64) -> f64 {
    (seconds as f64 / 6.0).round() / 10.0
}

const SUMS: &str =
    "coalesce(sum(cases), 0)::bigint as cases, coalesce(sum(forms), 0)::bigint as forms,
    coalesce(sum(fields), 0)::bigint as fields, coalesce(sum(photos), 0)::bigint as photos,
    coalesce(sum(notifications), 0)::bigint as notifications,
    coalesce(sum(seconds), 0)::bigint as seconds,
    coalesce(sum(grid_seconds), 0)::bigint as grid_seconds,
    coalesce(sum(saved_seconds), 0)::bigint as saved_seconds,
    coalesce(sum(merged), 0)::bigint as merged";

/// Sums of a grain within an area since a month, by `key`, the greatest first where `limit` is given.
async fn lines(
    conn: &mut PgConnection,
    key: &'static str,
    grain: &str,
    area: i64,
    since: &str,
    limit: Option<i64>,
) -> Result<Vec<Line>> {
    let (first, last) = code_range(area);
    let within = "grain = $1 and area between $2 and $3 and month >= $4::text::date";
    let sql = if limit.is_some() && key == "key" {
        // Who stands first is found by what orders them alone; only those few are summed up whole.
        format!(
            "with first as materialized (select {key} as k from burden_sums where {within}
               group by 1 order by sum(grid_seconds) desc, sum(seconds) desc, 1 limit $5)
             select {key} as key, {SUMS} from burden_sums where {within} and {key} in (select k from first)
             group by 1 order by grid_seconds desc, seconds desc, key"
        )
    } else {
        let order = if limit.is_some() {
            "grid_seconds desc, seconds desc, key"
        } else {
            "key"
        };
        format!(
            "select {key} as key, {SUMS} from burden_sums where {within}
             group by 1 order by {order} limit $5"
        )
    };
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(grain)
        .bind(first)
        .bind(last)
        .bind(since)
        .bind(limit.unwrap_or(10_000))
        .fetch_all(conn)
        .await?)
}

/// Minutes per grid and month asked of people of the grids in an area, over the last three whole months.
pub(crate) async fn minutes_per_grid(
    conn: &mut PgConnection,
    state: &State,
    area: i64,
    grids: u32,
) -> Result<f64> {
    let now = state.cases.app.clock.now();
    let (first, last) = code_range(area);
    let seconds: i64 = sqlx::query_scalar(
        "select coalesce(sum(grid_seconds), 0)::bigint from burden_sums
         where grain = 'community' and area between $1 and $2
           and month >= $3::text::date and month < $4::text::date",
    )
    .bind(first)
    .bind(last)
    .bind(month(state, now, 3))
    .bind(month(state, now, 0))
    .fetch_one(conn)
    .await?;
    Ok(seconds as f64 / 60.0 / 3.0 / f64::from(grids.max(1)))
}

/// The board of an area (a division's code) over the last `months`.
///
/// # Errors
/// When the database fails.
pub async fn board(state: &State, area: i64, months: u32) -> Result<Value> {
    let now = state.cases.app.clock.now();
    let since = month(state, now, months - 1);
    let net = state.cases.net.current();
    let city = state.cases.app.city.code;
    let db = &state.cases.app.db;
    // The grids are the most to read; the communities are read meanwhile. Each takes a connection of its own
    // and gives it back, so that nobody holds one while waiting for another.
    let of_grids = async {
        let mut conn = db.acquire().await?;
        lines(&mut conn, "key", "grid", area, &since, Some(TOLD)).await
    };
    let of_communities = async {
        let mut conn = db.acquire().await?;
        let by_month = lines(&mut conn, "month::text", "community", area, &since, None).await?;
        let communities = lines(&mut conn, "key", "community", area, &since, None).await?;
        Ok::<_, kernel::Error>((by_month, communities))
    };
    let (grids, of_communities) = tokio::join!(of_grids, of_communities);
    let (grids, (by_month, communities)) = (grids?, of_communities?);
    let mut conn = db.acquire().await?;
    let departments = if area == city {
        lines(&mut conn, "key", "department", city, &since, Some(100)).await?
    } else {
        let key = "split_part(key, '|', 2)";
        lines(&mut conn, key, "department_in", area, &since, Some(100)).await?
    };
    let matters = if area == city {
        lines(&mut conn, "key", "matter", city, &since, Some(TOLD)).await?
    } else {
        Vec::new()
    };
    let count = {
        let (first, last) = code_range(area);
        let within = net
            .grids()
            .filter(|g| (first..=last).contains(&g.community));
        within.count()
    };
    let spared = spared(&mut conn, area, &since).await?;
    let merged = (
        by_month.iter().map(|l| l.merged).sum::<i64>(),
        by_month.iter().map(|l| l.saved_seconds).sum::<i64>(),
    );
    let shelf = state.cases.shelf.current();
    let named = |line: &Line, more: Value| {
        let mut told = line.told();
        if let (Some(told), Value::Object(more)) = (told.as_object_mut(), more) {
            told.extend(more);
        }
        told
    };
    let division = net.division(area);
    Ok(json!({
        "area": {"code": area.to_string(), "name": division.map(|d| d.name.clone()),
            "path": net.path(area).iter().map(|d| json!({"code": d.code.to_string(), "name": d.name})).collect::<Vec<_>>()},
        "since": since, "months_count": months, "grids_count": count,
        "months": by_month.iter().map(|l| named(l, json!({"month": l.key}))).collect::<Vec<_>>(),
        "areas": below(state, area, &communities),
        "grids": grids.iter().map(|l| {
            let grid = l.key.parse::<GridId>().ok().and_then(|id| net.grid(id));
            named(l, json!({"code": grid.as_ref().map(|g| g.code.clone()), "name": grid.as_ref().map(|g| g.name.clone()),
                "text": grid.map(|g| net.division_text(g.community))}))
        }).collect::<Vec<_>>(),
        "departments": departments.iter().map(|l| {
            let matter = shelf.catalogue.matters().iter().find(|m| m.department.zh == l.key);
            named(l, json!({"name_zh": l.key, "name_en": matter.map_or(l.key.as_str(), |m| m.department.en.as_str())}))
        }).collect::<Vec<_>>(),
        "matters": matters.iter().map(|l| {
            let matter = shelf.matter(&l.key);
            named(l, json!({"code": l.key, "name_zh": matter.map(|m| m.name.zh.clone()), "name_en": matter.map(|m| m.name.en.clone())}))
        }).collect::<Vec<_>>(),
        "spared": {
            "merged": {"count": merged.0, "minutes": minutes(merged.1)},
            "by_admission": spared,
        },
    }))
}

/// The sums of communities put together by the divisions directly below the area.
fn below(state: &State, area: i64, communities: &[Line]) -> Vec<Value> {
    let net = state.cases.net.current();
    let parts = net.below(area);
    let mut told = Vec::new();
    for part in parts {
        let (first, last) = code_range(part.code);
        let within = |line: &&Line| {
            let code = line.key.parse::<i64>().unwrap_or_default();
            (first..=last).contains(&code)
        };
        let sum =
            |read: &dyn Fn(&Line) -> i64| communities.iter().filter(within).map(read).sum::<i64>();
        let grids = net
            .grids()
            .filter(|g| (first..=last).contains(&g.community))
            .count();
        told.push(json!({
            "code": part.code.to_string(), "name": part.name, "grids": grids,
            "cases": sum(&|l| l.cases), "forms": sum(&|l| l.forms), "fields": sum(&|l| l.fields),
            "photos": sum(&|l| l.photos), "notifications": sum(&|l| l.notifications),
            "minutes": minutes(sum(&|l| l.seconds)), "grid_minutes": minutes(sum(&|l| l.grid_seconds)),
        }));
    }
    told
}

/// What refusing, taking back and letting lapse spared, minutes per month, by what was done.
async fn spared(conn: &mut PgConnection, area: i64, since: &str) -> Result<Vec<Value>> {
    let (first, last) = code_range(area);
    let rows: Vec<(String, i64, f64, i64)> = sqlx::query_as(
        "select e.kind, count(*), coalesce(sum((e.body->>'saved_minutes')::float8), 0),
                coalesce(sum(case when jsonb_typeof(e.body->'conflicts') = 'array'
                             then jsonb_array_length(e.body->'conflicts') end), 0)::bigint
         from admission_events e join admissions a on a.id = e.admission
         where e.kind in ('refused_by_rule', 'refused', 'withdrawn', 'lapsed')
           and e.at >= $3::text::date and a.area between $1 and $2
         group by e.kind order by e.kind",
    )
    .bind(first)
    .bind(last)
    .bind(since)
    .fetch_all(conn)
    .await?;
    let told = rows.into_iter().map(|(kind, count, minutes, fields)| {
        json!({"kind": kind, "count": count, "minutes_a_month": minutes.round(), "fields": fields})
    });
    Ok(told.collect())
}
