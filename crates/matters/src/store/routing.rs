//! Routing rules and their drafted changes.

use std::collections::HashMap;

use kernel::{Error, Moment, OrgId, PersonId, Result};
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor, Row, postgres::PgRow};
use uuid::Uuid;

use crate::routing::table::{RoutingRule, RuleBody, RuleChange, Times};

/// A routing rule to be stored as a city is founded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRule {
    /// Code of the matter.
    pub matter: String,
    /// The division, twelve digits.
    pub area: i64,
    /// The unit.
    pub org: OrgId,
    /// The greater goes first.
    pub precedence: i32,
    /// What it rests on.
    pub basis: String,
}

/// The rules that a routing table makes for the units there are, told as key, area and id: each unit
/// answers in its own area. Within an area the table's first goes first.
#[must_use]
pub fn rules_for<'a>(
    table: &[crate::routing::RouteRule],
    units: impl IntoIterator<Item = (&'a str, i64, OrgId)>,
) -> Vec<NewRule> {
    let mut by_key: HashMap<&str, Vec<&crate::routing::RouteRule>> = HashMap::new();
    for rule in table {
        by_key.entry(&rule.org_key).or_default().push(rule);
    }
    let mut rules = Vec::new();
    for (key, area, org) in units {
        rules.extend(by_key.get(key).into_iter().flatten().map(|rule| NewRule {
            matter: rule.matter.clone(),
            area,
            org,
            precedence: 100 - i32::try_from(rule.precedence).unwrap_or(100),
            basis: String::new(),
        }));
    }
    rules
}

/// Every routing rule in force.
///
/// # Errors
/// When the database fails.
pub async fn rules(db: impl PgExecutor<'_>) -> Result<Vec<RoutingRule>> {
    Ok(sqlx::query(
        "select id, matter, area, org, co, precedence, times, over_rulings, basis, since
         from routing_rules where retired_at is null order by matter, id",
    )
    .try_map(rule)
    .fetch_all(db)
    .await?)
}

fn rule(row: PgRow) -> sqlx::Result<RoutingRule> {
    let co: Vec<Uuid> = row.try_get("co")?;
    Ok(RoutingRule {
        id: row.try_get("id")?,
        body: RuleBody {
            matter: row.try_get("matter")?,
            area: row.try_get("area")?,
            org: row.try_get("org")?,
            co: co.into_iter().map(OrgId).collect(),
            precedence: row.try_get("precedence")?,
            times: row.try_get::<Json<Times>, _>("times")?.0,
            over_rulings: row.try_get("over_rulings")?,
            basis: row.try_get("basis")?,
        },
        since: row.try_get("since")?,
    })
}

/// Stores routing rules in one statement; a rule known by matter, area and unit takes the new
/// precedence and basis.
///
/// # Errors
/// When a matter or unit is unknown, or one rule stands twice in the batch.
pub async fn put_rules(conn: &mut PgConnection, new: &[NewRule]) -> Result<()> {
    sqlx::query(
        "insert into routing_rules (matter, area, org, precedence, basis)
         select matter, area, org, precedence, basis
         from unnest($1::text[], $2::bigint[], $3::uuid[], $4::int[], $5::text[])
           as t (matter, area, org, precedence, basis)
         on conflict (matter, area, org, times) where retired_at is null
           do update set precedence = excluded.precedence, basis = excluded.basis",
    )
    .bind(new.iter().map(|r| r.matter.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|r| r.area).collect::<Vec<_>>())
    .bind(new.iter().map(|r| r.org.0).collect::<Vec<_>>())
    .bind(new.iter().map(|r| r.precedence).collect::<Vec<_>>())
    .bind(new.iter().map(|r| r.basis.as_str()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts `changes` in force at `now`: what they replace or end is retired and kept.
///
/// # Errors
/// 409 `draft.rule_gone` when a rule they speak of is no longer in force, `routing.rule_twice` when a
/// new rule stands beside one for the same matter, area, unit and hours.
pub async fn put_in_force(
    conn: &mut PgConnection,
    changes: &[RuleChange],
    now: Moment,
) -> Result<()> {
    let gone: Vec<i32> = changes.iter().filter_map(|c| c.rule).collect();
    let retired = sqlx::query(
        "update routing_rules set retired_at = $2 where id = any($1) and retired_at is null",
    )
    .bind(&gone)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    if retired.rows_affected() != u64::try_from(gone.len()).unwrap_or_default() {
        return Err(Error::conflict("draft.rule_gone"));
    }
    for body in changes.iter().filter_map(|c| c.put.as_ref()) {
        let done = sqlx::query(
            "insert into routing_rules
               (matter, area, org, co, precedence, times, over_rulings, basis, since)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             on conflict (matter, area, org, times) where retired_at is null do nothing",
        )
        .bind(&body.matter)
        .bind(body.area)
        .bind(body.org)
        .bind(body.co.iter().map(|o| o.0).collect::<Vec<_>>())
        .bind(body.precedence)
        .bind(Json(&body.times))
        .bind(body.over_rulings)
        .bind(&body.basis)
        .bind(now)
        .execute(&mut *conn)
        .await?;
        if done.rows_affected() == 0 {
            return Err(Error::conflict("routing.rule_twice"));
        }
    }
    Ok(())
}

/// The changes of a draft, in the order they were made, with who made each.
///
/// # Errors
/// When the database fails.
pub async fn changes(
    conn: &mut PgConnection,
    draft: Uuid,
) -> Result<Vec<(RuleChange, PersonId, Moment)>> {
    Ok(sqlx::query(
        "select id, rule, put, by, at from routing_changes where draft = $1 order by at, id",
    )
    .bind(draft)
    .try_map(|row: PgRow| {
        let put: Option<Json<RuleBody>> = row.try_get("put")?;
        let change = RuleChange {
            id: row.try_get("id")?,
            rule: row.try_get("rule")?,
            put: put.map(|p| p.0),
        };
        Ok((change, row.try_get("by")?, row.try_get("at")?))
    })
    .fetch_all(conn)
    .await?)
}

/// Adds a change to a draft, or changes it again: by its id, or by the rule it speaks of.
///
/// # Errors
/// When the database fails.
pub async fn put_change(
    conn: &mut PgConnection,
    draft: Uuid,
    change: &RuleChange,
    by: PersonId,
    now: Moment,
) -> Result<()> {
    let put = change.put.as_ref().map(Json);
    sqlx::query("delete from routing_changes where draft = $1 and rule = $2 and id <> $3")
        .bind(draft)
        .bind(change.rule)
        .bind(change.id)
        .execute(&mut *conn)
        .await?;
    let done = sqlx::query(
        "insert into routing_changes (id, draft, rule, put, by, at) values ($1, $2, $3, $4, $5, $6)
         on conflict (id) do update set rule = excluded.rule, put = excluded.put, by = excluded.by
         where routing_changes.draft = excluded.draft",
    )
    .bind(change.id)
    .bind(draft)
    .bind(change.rule)
    .bind(put)
    .bind(by)
    .bind(now)
    .execute(conn)
    .await?;
    if done.rows_affected() == 0 {
        return Err(Error::conflict("command.id_reused"));
    }
    Ok(())
}

/// Takes a change out of a draft; answers whether it was there.
///
/// # Errors
/// When the database fails.
pub async fn drop_change(conn: &mut PgConnection, draft: Uuid, change: Uuid) -> Result<bool> {
    let done = sqlx::query("delete from routing_changes where draft = $1 and id = $2")
        .bind(draft)
        .bind(change)
        .execute(conn)
        .await?;
    Ok(done.rows_affected() > 0)
}
