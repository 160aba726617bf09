//! What stood at the end of each hour: how many cases waited for dispatch, and how many were overdue.
//!
//! Noted once an hour by whichever server comes first, kept for nine days.

use std::collections::BTreeMap;

use kernel::{Moment, Result};
use sqlx::{PgConnection, QueryBuilder, Row as _};

use crate::State;
use crate::list::reach::push_area;

const HOUR_S: i64 = 3_600;
/// How long it is kept.
const KEPT_S: i64 = 9 * 86_400;

/// What stood in a community at the end of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The end of the hour.
    pub at: Moment,
    /// The community; the city for what is not on the map yet.
    pub area: i64,
    /// Accepted or returned, waiting for dispatch.
    pub to_dispatch: i32,
    /// Open and past the date of the stage's clock.
    pub overdue: i32,
}

/// The end of the hour that ended last before `now`, or ends then.
#[must_use]
pub fn hour(now: Moment) -> Moment {
    let s = now.as_second();
    let hour = jiff::Timestamp::from_second(s - s.rem_euclid(HOUR_S));
    hour.map_or(now, Moment::new)
}

/// Notes what stands in every community, once for each hour; answers whether it was noted now.
///
/// # Errors
/// When the database fails.
pub async fn note(state: &State, now: Moment) -> Result<bool> {
    let mut tx = state.cases.app.db.begin().await?;
    let done = sqlx::query("insert into figure_hours (at) values ($1) on conflict do nothing")
        .bind(hour(now))
        .execute(&mut *tx)
        .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    sqlx::query(
        "insert into figure_standing (at, area, to_dispatch, overdue)
         select $1, s.* from (
           select c.area, count(*) filter (where c.stage in ('accepted', 'returned')) as to_dispatch,
                  count(*) filter (where c.due_at <= $1) as overdue
           from cases c where c.open group by c.area) s
         where s.to_dispatch > 0 or s.overdue > 0",
    )
    .bind(hour(now))
    .execute(&mut *tx)
    .await?;
    sqlx::query("delete from figure_hours where at < $1")
        .bind(now.plus_s(-KEPT_S))
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(true)
}

/// Stores what stood at hours gone by, as a history tells it.
///
/// # Errors
/// When the database fails.
pub async fn put(conn: &mut PgConnection, hours: &[Moment], rows: &[Standing]) -> Result<()> {
    sqlx::query(
        "insert into figure_hours (at) select * from unnest($1::timestamptz[]) on conflict do nothing",
    )
    .bind(hours)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "insert into figure_standing (at, area, to_dispatch, overdue)
         select * from unnest($1::timestamptz[], $2::int8[], $3::int4[], $4::int4[])
         on conflict do nothing",
    )
    .bind(rows.iter().map(|r| r.at).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.area).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.to_dispatch).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.overdue).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// What stood in an area, by the second since `start` at which it was noted.
#[derive(Debug, Default)]
pub(super) struct Kept(BTreeMap<i64, (i64, i64)>);

impl Kept {
    /// What is kept of an area (first and last code) since `start`.
    pub async fn read(
        conn: &mut PgConnection,
        area: (i64, i64),
        start: Moment,
        now: Moment,
    ) -> Result<Self> {
        let mut sql = QueryBuilder::new("select floor(extract(epoch from (h.at - ");
        sql.push_bind(start)
            .push("::timestamptz)))::int8, coalesce(sum(c.to_dispatch), 0)::int8, coalesce(sum(c.overdue), 0)::int8
                from figure_hours h left join figure_standing c on c.at = h.at and ");
        push_area(area, &mut sql);
        sql.push(" where h.at between ")
            .push_bind(start)
            .push(" and ")
            .push_bind(now)
            .push(" group by h.at");
        let rows = sql.build().persistent(false).fetch_all(conn).await?;
        let kept = rows.into_iter().map(|row| {
            Ok((
                row.try_get::<i64, _>(0)?,
                (row.try_get(1)?, row.try_get(2)?),
            ))
        });
        Ok(Self(kept.collect::<Result<_>>()?))
    }

    /// What was noted last within the hour before `at`, seconds since the start.
    pub fn at(&self, at: i64) -> Option<(i64, i64)> {
        let (when, kept) = self.0.range(..=at).next_back()?;
        (at - when < HOUR_S).then_some(*kept)
    }
}
