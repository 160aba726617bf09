//! The one statement of the map; it only reads.

use std::sync::Arc;

use atlas::LonLat;
use cases::model::{Case, Stage, Urgency};
use futures_util::TryStreamExt;
use kernel::{CaseId, GridId, Moment, OrgId, Result};
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgPool, Row};

use super::held::{Change, Known, Standing, Timed};

/// Every open case that is on the map. The state is read only where the clock stands, which the
/// columns do not tell from there being none.
pub(super) async fn open_cases(pool: &PgPool) -> Result<Vec<Change>> {
    let mut rows = sqlx::query(
        "select c.id, c.number, c.matter, c.urgency, c.stage, c.lon, c.lat, c.grid, c.dedicated,
            c.area, c.reported_at, c.amber_at, c.due_at, c.version,
            case when c.due_at is null then c.state end, p.orgs
         from cases c left join (
            select p.case_id, array_agg(p.org) as orgs from case_parties p
            join cases o on o.id = p.case_id and o.open
            where p.part <> 'former' or p.until_n >= o.version group by p.case_id) p on p.case_id = c.id
         where c.open and c.lon is not null",
    )
    .fetch(pool);
    let mut changes = Vec::new();
    while let Some(row) = rows.try_next().await? {
        changes.push(change(&row)?);
    }
    Ok(changes)
}

fn change(row: &PgRow) -> Result<Change> {
    let id: CaseId = row.try_get(0)?;
    let version = row.try_get(13)?;
    let stage: String = row.try_get(4)?;
    let Some(stage) = Stage::from_word(&stage) else {
        return Ok(Change::gone(id, version));
    };
    let urgency: Option<String> = row.try_get(3)?;
    let orgs: Option<Vec<uuid::Uuid>> = row.try_get(15)?;
    let timed = match row.try_get::<Option<Moment>, _>(12)? {
        Some(due) => Timed::Running {
            amber_s: row
                .try_get::<Option<Moment>, _>(11)?
                .unwrap_or(due)
                .as_second(),
            due_s: due.as_second(),
        },
        None => row
            .try_get::<Option<Json<Case>>, _>(14)?
            .map_or(Timed::None, |case| Timed::of(&case.0)),
    };
    Ok(Change {
        id,
        version,
        now: Some(Standing {
            known: Arc::new(Known {
                id,
                number: row.try_get(1)?,
                matter: row.try_get(2)?,
                urgency: urgency.and_then(|u| serde_json::from_value::<Urgency>(u.into()).ok()),
                at: LonLat {
                    lon: row.try_get(5)?,
                    lat: row.try_get(6)?,
                },
                reported_at: row.try_get(10)?,
            }),
            stage,
            area: row.try_get(9)?,
            grids: [
                row.try_get::<Option<GridId>, _>(7)?,
                row.try_get::<Option<GridId>, _>(8)?,
            ],
            orgs: orgs.unwrap_or_default().into_iter().map(OrgId).collect(),
            timed,
        }),
    })
}
