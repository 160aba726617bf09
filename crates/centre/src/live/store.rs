//! Every statement of the live channel; it only reads.

use std::collections::HashMap;

use cases::model::{Case, Event};
use kernel::{CaseId, GridId, Moment, OrgId, Result, Role, Seat, SessionId};
use sqlx::types::Json;
use sqlx::{PgPool, Row};

/// The last number of the order.
pub(crate) async fn head(pool: &PgPool) -> Result<i64> {
    Ok(
        sqlx::query_scalar("select coalesce(max(seq), 0) from sealed")
            .fetch_one(pool)
            .await?,
    )
}

/// A sealed event.
pub(super) struct Line {
    pub seq: i64,
    pub case: CaseId,
    pub version: i32,
    pub event: Event,
}

/// The events after `since` up to `until`, in order.
pub(super) async fn between(pool: &PgPool, since: i64, until: i64) -> Result<Vec<Line>> {
    let rows = sqlx::query(
        "select s.seq, e.case_id, e.version, e.body from sealed s
         join case_events e on e.n = s.n
         where s.seq > $1 and s.seq <= $2 order by s.seq",
    )
    .bind(since)
    .bind(until)
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(Line {
                seq: r.try_get(0)?,
                case: r.try_get(1)?,
                version: r.try_get(2)?,
                event: r.try_get::<Json<Event>, _>(3)?.0,
            })
        })
        .collect()
}

/// A case with the units that have or had a part in it.
#[derive(Debug, Clone)]
pub struct Parted {
    /// As it stands.
    pub case: Case,
    /// Units that have a part in it now.
    pub orgs: Vec<OrgId>,
    /// Units that had one, and up to which version they see it.
    pub former: Vec<(OrgId, i32)>,
}

impl Parted {
    /// Units that see the case as it stands: those with a part in it, and those whose part ended with
    /// its last event.
    pub(crate) fn seeing(&self) -> Vec<OrgId> {
        let just = self.former.iter().filter(|f| f.1 >= self.case.version);
        self.orgs.iter().copied().chain(just.map(|f| f.0)).collect()
    }
}

/// These cases as they stand.
pub(super) async fn cases(pool: &PgPool, ids: &[CaseId]) -> Result<Vec<Parted>> {
    let rows = sqlx::query(
        "select c.state,
            array(select p.org from case_parties p where p.case_id = c.id and p.part <> 'former'),
            array(select p.org from case_parties p where p.case_id = c.id and p.part = 'former'
                  order by p.org),
            array(select coalesce(p.until_n, 2147483647) from case_parties p
                  where p.case_id = c.id and p.part = 'former' order by p.org)
         from cases c where c.id = any($1)",
    )
    .bind(ids.iter().map(|id| id.0).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|r| {
            let former: Vec<OrgId> = r
                .try_get::<Vec<uuid::Uuid>, _>(2)?
                .into_iter()
                .map(OrgId)
                .collect();
            let until: Vec<i32> = r.try_get(3)?;
            Ok(Parted {
                case: r.try_get::<Json<Case>, _>(0)?.0,
                orgs: r
                    .try_get::<Vec<uuid::Uuid>, _>(1)?
                    .into_iter()
                    .map(OrgId)
                    .collect(),
                former: former.into_iter().zip(until).collect(),
            })
        })
        .collect()
}

/// The seats of those of the sessions that are in force.
pub(super) async fn seats(
    pool: &PgPool,
    sessions: &[SessionId],
    now: Moment,
) -> Result<HashMap<SessionId, Vec<Seat>>> {
    let rows = sqlx::query(
        "select s.id, t.role, t.area, t.org, t.grid, t.of_person from sessions s
         join accounts a on a.id = s.account
         left join seats t on t.person = a.person
           and t.valid_from <= $2 and (t.valid_to is null or t.valid_to > $2)
         where s.id = any($1) and s.expires_at > $2 and a.disabled_at is null",
    )
    .bind(sessions.iter().map(|id| id.0).collect::<Vec<_>>())
    .bind(now)
    .fetch_all(pool)
    .await?;
    let mut seats: HashMap<SessionId, Vec<Seat>> = HashMap::new();
    for row in rows {
        let held = seats.entry(row.try_get(0)?).or_default();
        if let Some(role) = row.try_get::<Option<Role>, _>(1)? {
            held.push(Seat {
                role,
                area: row.try_get(2)?,
                org: row.try_get::<Option<OrgId>, _>(3)?,
                grid: row.try_get::<Option<GridId>, _>(4)?,
                of: row.try_get::<Option<kernel::PersonId>, _>(5)?,
            });
        }
    }
    Ok(seats)
}
