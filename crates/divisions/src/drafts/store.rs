//! Every statement that touches drafts, and what they need of the net's own tables.

use std::collections::{BTreeMap, BTreeSet};

use atlas::scheme::CodeScheme;
use atlas::{Polygon, polygon_from_wkb, polygon_to_wkb};
use kernel::{DraftId, Error, GridId, Moment, PersonId, Result};
use serde_json::Value;
use sqlx::types::Json;
use sqlx::{PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use super::model::{Change, Draft, DraftGrid, Edit, NetDraftState};
use crate::model::GridKind;

/// A statement that reads whole drafts.
macro_rules! drafts {
    ($rest:literal) => {
        concat!(
            "select id, name, what, area, communities, base, state, steps, cursor, version, effect_at,
               made_by, made_at, editors, submitted_by, submitted_at, decided_by, decided_at, refused,
               decision, held, net, undoes, report, updated_at
             from net_drafts d ",
            $rest
        )
    };
}

/// Whether there is such a division.
pub(crate) async fn has_division(conn: &mut PgConnection, code: i64) -> Result<bool> {
    Ok(
        sqlx::query_scalar("select exists (select from divisions where code = $1)")
            .bind(code)
            .fetch_one(conn)
            .await?,
    )
}

/// Stores a new draft. False when its id is taken.
pub(crate) async fn insert(conn: &mut PgConnection, draft: &Draft) -> Result<bool> {
    let done = sqlx::query(
        "insert into net_drafts (id, name, what, area, area_last, communities, base, state, made_by,
                                 made_at, editors, undoes, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $10)
         on conflict (id) do nothing",
    )
    .bind(draft.id)
    .bind(&draft.name)
    .bind(&draft.what)
    .bind(draft.area)
    .bind(kernel::actor::code_range(draft.area).1)
    .bind(&draft.communities)
    .bind(draft.base)
    .bind(draft.state.as_str())
    .bind(draft.made_by)
    .bind(draft.made_at)
    .bind(draft.editors.iter().map(|p| p.0).collect::<Vec<_>>())
    .bind(draft.undoes)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes everything of a draft that changes; counts its version.
pub(crate) async fn save(conn: &mut PgConnection, draft: &mut Draft, now: Moment) -> Result<()> {
    draft.version += 1;
    sqlx::query(
        "update net_drafts set name = $2, what = $3, communities = $4, base = $5, state = $6,
           steps = $7, cursor = $8, version = $21, effect_at = $9, editors = $10,
           submitted_by = $11, submitted_at = $12, decided_by = $13, decided_at = $14, refused = $15,
           decision = $16, held = $17, net = $18, report = $19, updated_at = $20
         where id = $1",
    )
    .bind(draft.id)
    .bind(&draft.name)
    .bind(&draft.what)
    .bind(&draft.communities)
    .bind(draft.base)
    .bind(draft.state.as_str())
    .bind(draft.steps)
    .bind(draft.cursor)
    .bind(draft.effect_at)
    .bind(draft.editors.iter().map(|p| p.0).collect::<Vec<_>>())
    .bind(draft.submitted_by)
    .bind(draft.submitted_at)
    .bind(draft.decided_by)
    .bind(draft.decided_at)
    .bind(draft.refused)
    .bind(&draft.decision)
    .bind(&draft.held)
    .bind(draft.net)
    .bind(draft.report.as_ref().map(Json))
    .bind(now)
    .bind(draft.version)
    .execute(conn)
    .await?;
    Ok(())
}

fn draft(row: &PgRow) -> sqlx::Result<Draft> {
    let editors: Vec<Uuid> = row.try_get("editors")?;
    Ok(Draft {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        what: row.try_get("what")?,
        area: row.try_get("area")?,
        communities: row.try_get("communities")?,
        base: row.try_get("base")?,
        state: row.try_get::<NetDraftState, _>("state")?,
        steps: row.try_get("steps")?,
        cursor: row.try_get("cursor")?,
        version: row.try_get("version")?,
        effect_at: row.try_get("effect_at")?,
        made_by: row.try_get("made_by")?,
        made_at: row.try_get("made_at")?,
        editors: editors.into_iter().map(PersonId).collect(),
        submitted_by: row.try_get("submitted_by")?,
        submitted_at: row.try_get("submitted_at")?,
        decided_by: row.try_get("decided_by")?,
        decided_at: row.try_get("decided_at")?,
        refused: row.try_get("refused")?,
        decision: row.try_get("decision")?,
        held: row.try_get("held")?,
        net: row.try_get("net")?,
        undoes: row.try_get("undoes")?,
        report: row
            .try_get::<Option<Json<Value>>, _>("report")?
            .map(|j| j.0),
        updated_at: row.try_get("updated_at")?,
    })
}

/// The draft; with `lock` its row is held until the transaction ends.
///
/// # Errors
/// 404 `net_draft.not_found`.
pub async fn find(conn: &mut PgConnection, id: DraftId, lock: bool) -> Result<Draft> {
    let row = if lock {
        sqlx::query(drafts!("where id = $1 for update"))
            .bind(id)
            .fetch_optional(conn)
            .await?
    } else {
        sqlx::query(drafts!("where id = $1"))
            .bind(id)
            .fetch_optional(conn)
            .await?
    };
    Ok(draft(&row.ok_or(Error::NotFound("net_draft.not_found"))?)?)
}

/// Which drafts a list asks for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Only in this state.
    pub state: Option<NetDraftState>,
    /// Ranges of areas the person reaches.
    pub firsts: Vec<i64>,
    /// Their ends.
    pub lasts: Vec<i64>,
    /// Words of the name.
    pub words: Option<String>,
    /// Only those changed before this one, by time and id.
    pub before: Option<(Moment, DraftId)>,
    /// At most so many.
    pub limit: i64,
}

/// Drafts, the one changed last first, with the names of who made and decided.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut PgConnection, wanted: &Wanted) -> Result<Vec<Draft>> {
    let rows = sqlx::query(drafts!(
        "where ($1::text is null or d.state = $1)
           and exists (select from unnest($2::bigint[], $3::bigint[]) as r (first, last)
                       where d.area <= r.last and d.area_last >= r.first)
           and ($4::text is null or position(lower($4) in lower(d.name)) > 0)
           and ($5::timestamptz is null or (d.updated_at, d.id) < ($5, $6))
         order by d.updated_at desc, d.id desc limit $7"
    ))
    .bind(wanted.state.map(NetDraftState::as_str))
    .bind(&wanted.firsts)
    .bind(&wanted.lasts)
    .bind(&wanted.words)
    .bind(wanted.before.map(|b| b.0))
    .bind(wanted.before.map(|b| b.1))
    .bind(wanted.limit)
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| Ok(draft(row)?)).collect()
}

/// Names of people, for what they did to a draft.
///
/// # Errors
/// When the database fails.
pub async fn names(
    conn: &mut PgConnection,
    people: &[PersonId],
) -> Result<BTreeMap<PersonId, String>> {
    let ids: Vec<Uuid> = people.iter().map(|p| p.0).collect();
    let rows: Vec<(PersonId, String)> =
        sqlx::query_as("select id, name from people where id = any($1)")
            .bind(ids)
            .fetch_all(conn)
            .await?;
    Ok(rows.into_iter().collect())
}

/// What the draft's steps change, in order; only those that count.
///
/// # Errors
/// When the database fails.
pub async fn changes(conn: &mut PgConnection, draft: &Draft) -> Result<Vec<Change>> {
    let rows: Vec<(Json<Vec<Change>>,)> = sqlx::query_as(
        "select changes from net_draft_steps where draft = $1 and n <= $2 order by n",
    )
    .bind(draft.id)
    .bind(draft.cursor)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().flat_map(|r| r.0.0).collect())
}

/// A step as shown.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its number.
    pub n: i32,
    /// The edits as told.
    pub edits: Vec<Edit>,
    /// Who.
    pub person: PersonId,
    /// When.
    pub at: Moment,
}

/// The last `limit` steps, undone ones among them, oldest first; of long ones only the first edits.
///
/// # Errors
/// When the database fails.
pub async fn steps(conn: &mut PgConnection, id: DraftId, limit: i64) -> Result<Vec<Step>> {
    let rows = sqlx::query(
        "select n, jsonb_path_query_array(edits, '$[0 to 9]') as edits, person, at
         from net_draft_steps where draft = $1 order by n desc limit $2",
    )
    .bind(id)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.iter()
        .rev()
        .map(|row| {
            Ok(Step {
                n: row.try_get("n")?,
                edits: row.try_get::<Json<Vec<Edit>>, _>("edits")?.0,
                person: row.try_get("person")?,
                at: row.try_get("at")?,
            })
        })
        .collect()
}

/// Adds a step behind the cursor; what was undone is gone.
pub(crate) async fn add_step(
    conn: &mut PgConnection,
    draft: &Draft,
    edits: &[Edit],
    changes: &[Change],
    person: PersonId,
    now: Moment,
) -> Result<()> {
    sqlx::query("delete from net_draft_steps where draft = $1 and n > $2")
        .bind(draft.id)
        .bind(draft.cursor)
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "insert into net_draft_steps (draft, n, edits, changes, person, at)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(draft.id)
    .bind(draft.cursor + 1)
    .bind(Json(edits))
    .bind(Json(changes))
    .bind(person)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Remembers a command; false when this very command was carried out before.
///
/// # Errors
/// 409 `command.id_reused` when another was.
pub(crate) async fn keep_command(
    conn: &mut PgConnection,
    id: Uuid,
    draft: DraftId,
    body_hash: &[u8],
    person: PersonId,
    now: Moment,
) -> Result<bool> {
    let done = sqlx::query(
        "insert into net_draft_commands (id, draft, body_hash, person, at)
         values ($1, $2, $3, $4, $5) on conflict (id) do nothing",
    )
    .bind(id)
    .bind(draft)
    .bind(body_hash)
    .bind(person)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(true);
    }
    let before: (DraftId, Vec<u8>) =
        sqlx::query_as("select draft, body_hash from net_draft_commands where id = $1")
            .bind(id)
            .fetch_one(conn)
            .await?;
    if before.0 == draft && before.1 == body_hash {
        Ok(false)
    } else {
        Err(Error::conflict("command.id_reused"))
    }
}

fn shape(wkb: &[u8]) -> Result<Polygon> {
    polygon_from_wkb(wkb).map_err(|e| Error::ours("reading a polygon of the net", e))
}

/// Grids in force of these communities.
///
/// # Errors
/// When the database fails.
pub async fn grids_of(conn: &mut PgConnection, communities: &[i64]) -> Result<Vec<DraftGrid>> {
    let rows = sqlx::query(
        "select id, code, kind, dedicated_kind, community, name, geometry
         from grids where community = any($1) and valid_to is null order by code",
    )
    .bind(communities)
    .fetch_all(conn)
    .await?;
    rows.iter().map(draft_grid).collect()
}

fn draft_grid(row: &PgRow) -> Result<DraftGrid> {
    let wkb: Vec<u8> = row.try_get("geometry")?;
    Ok(DraftGrid {
        id: row.try_get("id")?,
        code: Some(row.try_get("code")?),
        made: false,
        kind: row.try_get::<GridKind, _>("kind")?,
        dedicated_kind: row.try_get("dedicated_kind")?,
        community: row.try_get("community")?,
        name: row.try_get("name")?,
        polygon: shape(&wkb)?,
    })
}

/// Grids of these communities as they were in the net `number`.
///
/// # Errors
/// When the database fails.
pub async fn grids_in_net(
    conn: &mut PgConnection,
    communities: &[i64],
    number: i32,
) -> Result<Vec<DraftGrid>> {
    let rows = sqlx::query(
        "select id, code, kind, dedicated_kind, community, name, geometry from grids
         where community = any($1) and net_from <= $2 and (net_to is null or net_to > $2)
           and coalesce(shape_net, net_from) <= $2
         union all
         select g.id, g.code, g.kind, g.dedicated_kind, g.community, v.name, v.geometry
         from grid_versions v join grids g on g.id = v.grid
         where g.community = any($1) and v.net_from <= $2 and v.net_to > $2
         order by code",
    )
    .bind(communities)
    .bind(number)
    .fetch_all(conn)
    .await?;
    rows.iter().map(draft_grid).collect()
}

/// The communities of these grids, in force or not.
pub(crate) async fn communities_of(conn: &mut PgConnection, grids: &[GridId]) -> Result<Vec<i64>> {
    let ids: Vec<Uuid> = grids.iter().map(|g| g.0).collect();
    Ok(
        sqlx::query_scalar("select distinct community from grids where id = any($1)")
            .bind(ids)
            .fetch_all(conn)
            .await?,
    )
}

/// Borders of these communities; those that have none are left out.
///
/// # Errors
/// When the database fails.
pub async fn outlines(
    conn: &mut PgConnection,
    communities: &[i64],
) -> Result<BTreeMap<i64, Polygon>> {
    let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
        "select code, geometry from divisions
         where code = any($1) and level = 'village' and geometry is not null",
    )
    .bind(communities)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(code, wkb)| Ok((code, shape(&wkb)?)))
        .collect()
}

/// Whether grids of these communities changed after the net `base`.
pub(crate) async fn moved_since(
    conn: &mut PgConnection,
    communities: &[i64],
    base: i32,
) -> Result<bool> {
    Ok(sqlx::query_scalar(
        "select exists (select from grids where community = any($1)
           and (net_from > $2 or net_to > $2 or shape_net > $2))",
    )
    .bind(communities)
    .bind(base)
    .fetch_one(conn)
    .await?)
}

/// Every code ever given in these communities.
pub(crate) async fn codes_used(
    conn: &mut PgConnection,
    communities: &[i64],
) -> Result<BTreeSet<String>> {
    let codes: Vec<String> = sqlx::query_scalar("select code from grids where community = any($1)")
        .bind(communities)
        .fetch_all(conn)
        .await?;
    Ok(codes.into_iter().collect())
}

/// The city's scheme of codes; the standard one where none is kept.
///
/// # Errors
/// When the database fails or the scheme kept cannot be read.
pub async fn scheme(conn: &mut PgConnection) -> Result<CodeScheme> {
    let parts: Option<Json<Value>> =
        sqlx::query_scalar("select parts from code_schemes where current order by id limit 1")
            .fetch_optional(conn)
            .await?;
    match parts {
        Some(parts) => Ok(serde_json::from_value(parts.0)?),
        None => Ok(CodeScheme::demo()),
    }
}

/// The draft that is due and nobody else has in hand, its row held.
pub(crate) async fn due(conn: &mut PgConnection, now: Moment) -> Result<Option<DraftId>> {
    Ok(sqlx::query_scalar(
        "select id from net_drafts where state = 'approved' and effect_at <= $1
         order by effect_at, id limit 1 for update skip locked",
    )
    .bind(now)
    .fetch_optional(conn)
    .await?)
}

/// Waits for cases being filed and keeps others from being filed until the transaction ends.
pub(crate) async fn hold_net(conn: &mut PgConnection) -> Result<()> {
    sqlx::query("select pg_advisory_xact_lock(hashtextextended(current_schema() || '/net', 0))")
        .execute(conn)
        .await?;
    Ok(())
}

/// Keeps how these grids were and writes how they are: from the net `number` on, at `now`.
pub(crate) async fn reshape_grids(
    conn: &mut PgConnection,
    number: i32,
    now: Moment,
    grids: &[(GridId, String, Polygon)],
) -> Result<()> {
    let ids: Vec<Uuid> = grids.iter().map(|g| g.0.0).collect();
    sqlx::query(
        "insert into grid_versions (grid, net_from, net_to, valid_from, valid_to, name, geometry, lon,
                                    lat, area_m2)
         select id, coalesce(shape_net, net_from), $2, coalesce(shape_from, valid_from), $3, name,
                geometry, lon, lat, area_m2
         from grids where id = any($1)",
    )
    .bind(&ids)
    .bind(number)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    let labels: Vec<_> = grids
        .iter()
        .map(|g| atlas::reshape::label_point(&g.2).to_lonlat())
        .collect();
    sqlx::query(
        "update grids g set name = t.name, geometry = t.geometry, lon = t.lon, lat = t.lat,
           area_m2 = t.area_m2, shape_from = $7, shape_net = $8
         from unnest($1::uuid[], $2::text[], $3::bytea[], $4::float8[], $5::float8[], $6::float8[])
           as t (id, name, geometry, lon, lat, area_m2)
         where g.id = t.id",
    )
    .bind(&ids)
    .bind(grids.iter().map(|g| g.1.as_str()).collect::<Vec<_>>())
    .bind(
        grids
            .iter()
            .map(|g| polygon_to_wkb(&g.2))
            .collect::<Vec<_>>(),
    )
    .bind(labels.iter().map(|p| p.lon).collect::<Vec<_>>())
    .bind(labels.iter().map(|p| p.lat).collect::<Vec<_>>())
    .bind(
        grids
            .iter()
            .map(|g| atlas::flaws::area_m2(&g.2))
            .collect::<Vec<_>>(),
    )
    .bind(now)
    .bind(number)
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps what the new grids of the net `number` were made of.
pub(crate) async fn insert_lineage(
    conn: &mut PgConnection,
    number: i32,
    lines: &[(GridId, GridId, f64, f64)],
) -> Result<()> {
    sqlx::query(
        "insert into grid_lineage (old, new, net, area_m2, share)
         select old, new, $5, area_m2, share
         from unnest($1::uuid[], $2::uuid[], $3::float8[], $4::float8[])
           as t (old, new, area_m2, share)
         on conflict do nothing",
    )
    .bind(lines.iter().map(|l| l.0.0).collect::<Vec<_>>())
    .bind(lines.iter().map(|l| l.1.0).collect::<Vec<_>>())
    .bind(lines.iter().map(|l| l.2).collect::<Vec<_>>())
    .bind(lines.iter().map(|l| l.3).collect::<Vec<_>>())
    .bind(number)
    .execute(conn)
    .await?;
    Ok(())
}

/// All grids in force outside `communities`, with names and borders.
pub(crate) async fn other_grids(
    conn: &mut PgConnection,
    communities: &[i64],
) -> Result<Vec<(GridId, String, Polygon)>> {
    let rows: Vec<(GridId, String, Vec<u8>)> = sqlx::query_as(
        "select id, name, geometry from grids
         where valid_to is null and not community = any($1)",
    )
    .bind(communities)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(id, name, wkb)| Ok((id, name, shape(&wkb)?)))
        .collect()
}

/// All divisions that have borders.
pub(crate) async fn all_outlines(conn: &mut PgConnection) -> Result<Vec<(i64, Polygon)>> {
    let rows: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("select code, geometry from divisions where geometry is not null")
            .fetch_all(conn)
            .await?;
    rows.into_iter()
        .map(|(code, wkb)| Ok((code, shape(&wkb)?)))
        .collect()
}

/// Writes divisions' borders, which gained vertices.
pub(crate) async fn put_outlines(
    conn: &mut PgConnection,
    outlines: &[(i64, Polygon)],
) -> Result<()> {
    sqlx::query(
        "update divisions d set geometry = t.geometry
         from unnest($1::bigint[], $2::bytea[]) as t (code, geometry) where d.code = t.code",
    )
    .bind(outlines.iter().map(|o| o.0).collect::<Vec<_>>())
    .bind(
        outlines
            .iter()
            .map(|o| polygon_to_wkb(&o.1))
            .collect::<Vec<_>>(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Tells every server that the net is another, once this is committed.
pub(crate) async fn tell(conn: &mut PgConnection) -> Result<()> {
    sqlx::query("select pg_notify(current_schema() || '_net', '')")
        .execute(conn)
        .await?;
    Ok(())
}
