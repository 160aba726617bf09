//! Statements about units as their keepers see them.

use divisions::Level;
use kernel::{Moment, OrgId, Result};
use sqlx::{FromRow, PgConnection};

use crate::model::OrgKind;

/// A unit with its contacts.
#[derive(Debug, Clone, FromRow)]
pub struct UnitRow {
    /// Which.
    pub id: OrgId,
    /// The kind of work it answers for.
    pub key: String,
    /// What sort of organisation it is.
    pub kind: OrgKind,
    /// The level of its area.
    pub level: Level,
    /// The division it answers in.
    pub area: i64,
    /// The unit above.
    pub parent: Option<OrgId>,
    /// Chinese.
    pub name_zh: String,
    /// English.
    pub name_en: String,
    /// The office's own telephone.
    pub phone: String,
    /// Where it is.
    pub address: String,
    /// When it is open, see [`crate::hours`].
    pub duty_hours: String,
    /// Since when it is closed.
    pub valid_to: Option<Moment>,
    /// People who hold a seat there now.
    pub people: i64,
    /// Sections below it.
    pub sections: i64,
}

const UNIT: &str = "select o.id, o.key, o.kind, o.level, o.area, o.parent, o.name_zh, o.name_en,
    o.phone, o.address, o.duty_hours, o.valid_to,
    (select count(distinct a.person) from appointments a where a.org = o.id and a.valid_from <= $1
       and (a.valid_to is null or a.valid_to > $1)) as people,
    (select count(*) from orgs s where s.parent = o.id and s.valid_to is null) as sections
    from orgs o";

/// What a list of units is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Narrow {
    /// Letters of a name or a key.
    pub q: String,
    /// Codes from and to.
    pub area: (i64, i64),
    /// What sort.
    pub kind: Option<OrgKind>,
    /// At which level.
    pub level: Option<String>,
    /// Below which unit.
    pub parent: Option<OrgId>,
}

/// A page of units in force in order of area and key, after the unit `after`; and how many in all.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    narrow: &Narrow,
    after: Option<OrgId>,
    limit: i64,
    now: Moment,
) -> Result<(Vec<UnitRow>, i64)> {
    const WHERE: &str = "o.valid_to is null and o.area between $2 and $3
        and ($4 = '' or o.name_zh ilike '%' || $4 || '%' or o.name_en ilike '%' || $4 || '%' or o.key = $4)
        and ($5::text is null or o.kind = $5) and ($6::text is null or o.level = $6)
        and ($7::uuid is null or o.parent = $7)";
    let q = narrow
        .q
        .trim()
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    let page = format!(
        "{UNIT} where {WHERE} and ($8::uuid is null or (o.area, o.key) > (select area, key from orgs where id = $8))
         order by o.area, o.key limit $9"
    );
    let rows = sqlx::query_as::<_, UnitRow>(sqlx::AssertSqlSafe(page))
        .bind(now)
        .bind(narrow.area.0)
        .bind(narrow.area.1)
        .bind(&q)
        .bind(narrow.kind.map(OrgKind::as_str))
        .bind(narrow.level.as_deref())
        .bind(narrow.parent)
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *conn)
        .await?;
    let count =
        format!("select count(*) from orgs o where $1::timestamptz is not null and {WHERE}");
    let total = sqlx::query_scalar(sqlx::AssertSqlSafe(count))
        .bind(now)
        .bind(narrow.area.0)
        .bind(narrow.area.1)
        .bind(&q)
        .bind(narrow.kind.map(OrgKind::as_str))
        .bind(narrow.level.as_deref())
        .bind(narrow.parent)
        .fetch_one(conn)
        .await?;
    Ok((rows, total))
}

/// A unit, its row held until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut PgConnection, id: OrgId, now: Moment) -> Result<Option<UnitRow>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{UNIT} where o.id = $2 for update of o"
    )))
    .bind(now)
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// What is kept of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Which.
    pub id: OrgId,
    /// The kind of work it answers for; one unit per key and area.
    pub key: String,
    /// What sort of organisation it is.
    pub kind: OrgKind,
    /// The level of its area.
    pub level: Level,
    /// The division it answers in.
    pub area: i64,
    /// The unit above.
    pub parent: Option<OrgId>,
    /// Chinese.
    pub name_zh: String,
    /// English.
    pub name_en: String,
    /// The office's own telephone.
    pub phone: String,
    /// Where it is.
    pub address: String,
    /// When it is open.
    pub duty_hours: String,
}

/// Stores units or changes those known by id; a closed one opens again.
///
/// # Errors
/// When a key is another unit's in the same area.
pub async fn keep(conn: &mut PgConnection, units: &[Kept], now: Moment) -> Result<()> {
    sqlx::query(
        "insert into orgs (id, key, kind, level, area, parent, name_zh, name_en, phone, address, duty_hours, updated_at)
         select id, key, kind, level, area, parent, name_zh, name_en, phone, address, duty_hours, $12
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::uuid[],
                     $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
           as t (id, key, kind, level, area, parent, name_zh, name_en, phone, address, duty_hours)
         on conflict (id) do update set kind = excluded.kind, parent = excluded.parent,
           name_zh = excluded.name_zh, name_en = excluded.name_en, phone = excluded.phone,
           address = excluded.address, duty_hours = excluded.duty_hours, valid_to = null,
           updated_at = excluded.updated_at",
    )
    .bind(units.iter().map(|o| o.id.0).collect::<Vec<_>>())
    .bind(units.iter().map(|o| o.key.as_str()).collect::<Vec<_>>())
    .bind(units.iter().map(|o| o.kind.as_str()).collect::<Vec<_>>())
    .bind(units.iter().map(|o| o.level.as_str()).collect::<Vec<_>>())
    .bind(units.iter().map(|o| o.area).collect::<Vec<_>>())
    .bind(units.iter().map(|o| o.parent.map(|p| p.0)).collect::<Vec<_>>())
    .bind(units.iter().map(|o| o.name_zh.as_str()).collect::<Vec<_>>())
    .bind(units.iter().map(|o| o.name_en.as_str()).collect::<Vec<_>>())
    .bind(units.iter().map(|o| o.phone.as_str()).collect::<Vec<_>>())
    .bind(units.iter().map(|o| o.address.as_str()).collect::<Vec<_>>())
    .bind(units.iter().map(|o| o.duty_hours.as_str()).collect::<Vec<_>>())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Every unit by key and area, also those closed.
pub(crate) async fn all(conn: &mut PgConnection, now: Moment) -> Result<Vec<UnitRow>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{UNIT} order by o.area, o.key"
    )))
    .bind(now)
    .fetch_all(conn)
    .await?)
}

/// Whether anything open is bound to the unit: seats, sections, open cases, lines of routing.
pub(crate) async fn bound(
    conn: &mut PgConnection,
    id: OrgId,
    now: Moment,
) -> Result<(bool, bool, bool, bool)> {
    Ok(sqlx::query_as(
        "select exists (select from appointments where org = $1 and (valid_to is null or valid_to > $2)),
            exists (select from orgs where parent = $1 and valid_to is null),
            exists (select from cases where lead = $1 and open),
            exists (select from routing_rules where org = $1)",
    )
    .bind(id)
    .bind(now)
    .fetch_one(conn)
    .await?)
}

/// Closes a unit.
pub(crate) async fn close(conn: &mut PgConnection, id: OrgId, at: Moment) -> Result<()> {
    sqlx::query("update orgs set valid_to = $2 where id = $1")
        .bind(id)
        .bind(at)
        .execute(conn)
        .await?;
    Ok(())
}
