//! Counts: exact to a thousand, then "1,000+", so that they cost the same on ten million cases.

use std::collections::BTreeMap;

use cases::model::Stage;
use kernel::Result;
use serde::Serialize;
use sqlx::{PgConnection, PgPool, Postgres, QueryBuilder, Row as _};
use utoipa::ToSchema;

use super::conditions::push_level;
use super::filter::{ASKS, LEVELS};
use super::select::Select;

/// Counted to here.
pub const CAP: i64 = 1_000;
/// Cases a search finds among what is open or seldom, looked through at most.
const MOST_FOUND: i64 = 20_000;
/// Open cases looked through, by an index that holds all that is asked for.
const MOST_OPEN: i64 = 200_000;
/// How cases end that are not simply done.
const SELDOM: [&str; 3] = ["declined", "merged", "voided"];

/// What a group is counted by.
const GROUPED: &str = "c.id, c.stage, c.asks, c.open, c.due_at, c.amber_at";

/// The same of open cases: all of it stands in an index.
const GROUPED_OPEN: &str = "c.id, c.stage, c.asks, true as open, c.due_at, c.amber_at";

/// How many cases there are under the filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counts {
    /// All, at most 1,000.
    pub total: i64,
    /// Whether there are more than `total`.
    pub total_more: bool,
    /// By stage, each at most 1,000; what has none is left out.
    pub by_stage: BTreeMap<String, i64>,
    /// By level; `none` is what is over, where it was counted.
    pub by_level: BTreeMap<String, i64>,
    /// By the verb waited for.
    pub by_ask: BTreeMap<String, i64>,
    /// Stages that hold at least as many as said: not counted to the end.
    pub at_least: Vec<String>,
}

/// How many cases the selection holds: at most `CAP`, and whether there are more.
///
/// # Errors
/// When the database fails.
pub async fn total(conn: &mut PgConnection, select: &Select) -> Result<(i64, bool)> {
    let mut sql = QueryBuilder::new("select count(*) from (");
    select.push_all("c.id", CAP + 1, |_| {}, &mut sql);
    sql.push(") u");
    let row = sql.build().persistent(false).fetch_one(conn).await?;
    let n: i64 = row.try_get(0)?;
    Ok((n.min(CAP), n > CAP))
}

/// Counts the selection whole and by stage, level and verb.
///
/// # Errors
/// When the database fails.
pub async fn counts(db: &PgPool, select: &Select) -> Result<Counts> {
    let mut counts = Counts::default();
    if select.filter.words.is_some() || select.filter.mine {
        found(db, select, &mut counts).await?;
    } else if select.is_bare() {
        let conn = &mut *db.acquire().await?;
        let (total, more) = total(&mut *conn, select).await?;
        (counts.total, counts.total_more) = (total, more);
        each(conn, select, &mut counts).await?;
        let over = counts
            .by_stage
            .iter()
            .filter(|(stage, _)| Stage::from_word(stage).is_some_and(|stage| !stage.open()));
        let none = over.map(|(_, n)| n).sum();
        if select.filter.levels.is_empty() {
            counts.by_level.insert("none".to_owned(), none);
        }
    } else {
        open_and_over(db, select, &mut counts).await?;
    }
    for group in [
        &mut counts.by_stage,
        &mut counts.by_level,
        &mut counts.by_ask,
    ] {
        group.retain(|_, n| *n > 0);
        group.values_mut().for_each(|n| *n = (*n).min(CAP));
    }
    Ok(counts)
}

/// What a search finds, or what waits for a person: a thousand are looked at. When there are more, what is
/// open or ended seldom is looked through; what is simply done is then at least what the thousand hold.
/// Common words are looked for in both ways at once.
async fn found(db: &PgPool, select: &Select, counts: &mut Counts) -> Result<()> {
    let mut few = Counts::default();
    let (n, looked) = if select.is_common() {
        let (n, looked) = tokio::join!(
            a_thousand(db, select, counts),
            open_or_seldom(db, select, &mut few)
        );
        (n?, Some(looked?))
    } else {
        (a_thousand(db, select, counts).await?, None)
    };
    (counts.total, counts.total_more) = (n.min(CAP), n > CAP);
    if !counts.total_more {
        return Ok(());
    }
    if looked.is_none() {
        open_or_seldom(db, select, &mut few).await?;
    }
    let done = |stage: &String| {
        Stage::from_word(stage).is_some_and(|s| !s.open()) && !SELDOM.contains(&stage.as_str())
    };
    counts.by_stage.retain(|stage, _| done(stage));
    let f = &select.filter;
    counts.at_least = Stage::ALL
        .iter()
        .map(|s| s.word().to_owned())
        .filter(|s| done(s) && (f.stages.is_empty() || f.stages.contains(&s.as_str())))
        .collect();
    counts.by_stage.extend(few.by_stage);
    counts.by_level = few.by_level;
    counts.by_level.remove("none");
    counts.by_ask = few.by_ask;
    Ok(())
}

/// Groups the first thousand of the selection; answers how many there are, to one more.
async fn a_thousand(db: &PgPool, select: &Select, counts: &mut Counts) -> Result<i64> {
    let narrowed = (!select.is_wide()).then(|| select.narrowed());
    let select = narrowed.as_ref().unwrap_or(select);
    let first = |sql: &mut QueryBuilder<Postgres>| {
        select.push_all(GROUPED, CAP + 1, |_| {}, sql);
    };
    group(&mut *db.acquire().await?, select, first, counts).await
}

/// Groups what is open or ended seldom.
async fn open_or_seldom(db: &PgPool, select: &Select, counts: &mut Counts) -> Result<i64> {
    let narrowed = select.narrowed();
    let narrow = |sql: &mut QueryBuilder<Postgres>| {
        let only = |sql: &mut QueryBuilder<Postgres>| {
            sql.push(" and (c.open or c.stage = any(")
                .push_bind(SELDOM.map(str::to_owned).to_vec())
                .push("))");
        };
        narrowed.push_all(GROUPED, MOST_FOUND, only, sql);
    };
    group(&mut *db.acquire().await?, &narrowed, narrow, counts).await
}

/// Groups what `inner` selects, and answers how many that is.
async fn group(
    conn: &mut PgConnection,
    select: &Select,
    inner: impl Fn(&mut QueryBuilder<Postgres>),
    counts: &mut Counts,
) -> Result<i64> {
    let mut sql = QueryBuilder::new("with s as materialized (");
    inner(&mut sql);
    sql.push(
        ") select s.stage, null, case when not s.open then 'none' when s.due_at is null then 'paused'
             when s.due_at <= ",
    )
    .push_bind(select.now)
    .push(" then 'red' when s.amber_at <= ")
    .push_bind(select.now)
    .push(
        " then 'amber' else 'ok' end, count(*) from s group by 1, 3
         union all
         select null, a.ask, null, count(*) from s cross join unnest(s.asks) as a (ask)
         where s.asks <> '{}' group by a.ask",
    );
    let mut all = 0;
    for row in sql.build().persistent(false).fetch_all(conn).await? {
        let (stage, ask, level): (Option<String>, Option<String>, Option<String>) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let n: i64 = row.try_get(3)?;
        let groups = [
            (stage, &mut counts.by_stage),
            (level, &mut counts.by_level),
            (ask, &mut counts.by_ask),
        ];
        let is_case = groups[0].0.is_some();
        for (word, group) in groups {
            if let Some(word) = word {
                *group.entry(word).or_default() += n;
            }
        }
        all += if is_case { n } else { 0 };
    }
    Ok(all)
}

/// Open cases are few among all and looked through once, with what only another part of a unit reaches; what
/// is over is counted meanwhile.
async fn open_and_over(db: &PgPool, select: &Select, counts: &mut Counts) -> Result<()> {
    let (select, part) = select.apart();
    let select = &select;
    let mut ended = Counts::default();
    let open = async {
        let mut conn = db.acquire().await?;
        let beside = beside(&mut conn, part.as_ref(), counts).await?;
        let open = |sql: &mut QueryBuilder<Postgres>| {
            let only = |sql: &mut QueryBuilder<Postgres>| {
                sql.push(" and c.open");
            };
            select.push_all(GROUPED_OPEN, MOST_OPEN, only, sql);
        };
        Ok(beside + group(&mut conn, select, open, counts).await?)
    };
    let (open, over) = tokio::try_join!(open, over(db, select, &mut ended))?;
    add(&mut counts.by_stage, ended.by_stage);
    add(&mut counts.by_level, ended.by_level);
    add(&mut counts.by_ask, ended.by_ask);
    let total = open + over;
    (counts.total, counts.total_more) = (total.min(CAP), total > CAP);
    Ok(())
}

/// Counts what is over by stage, and by the one verb that may still wait for it; answers how many that is, of
/// each stage at most one more than told.
async fn over(db: &PgPool, select: &Select, counts: &mut Counts) -> Result<i64> {
    let mut conn = db.acquire().await?;
    let waits = |sql: &mut QueryBuilder<Postgres>| {
        let only = |sql: &mut QueryBuilder<Postgres>| {
            sql.push(" and not c.open and c.asks <> '{}' and c.asks @> '{approve_exclude}'");
        };
        select.push_all(GROUPED, CAP, only, sql);
    };
    let mut waiting = Counts::default();
    group(&mut conn, select, waits, &mut waiting).await?;
    counts.by_ask = waiting.by_ask;
    let f = &select.filter;
    let stages: Vec<&str> = Stage::ALL
        .iter()
        .filter(|s| !s.open())
        .map(|s| s.word())
        .filter(|s| f.stages.is_empty() || f.stages.contains(s))
        .collect();
    if stages.is_empty() || !f.levels.is_empty() {
        return Ok(0);
    }
    counts.by_stage = each_of(&mut conn, select, &stages, CAP + 1, |stage, sql| {
        sql.push(" and not c.open and c.stage = ")
            .push_bind(stage.to_owned());
    })
    .await?;
    let all: i64 = counts.by_stage.values().sum();
    counts.by_level.insert("none".to_owned(), all);
    Ok(all)
}

fn add(to: &mut BTreeMap<String, i64>, more: BTreeMap<String, i64>) {
    for (word, n) in more {
        *to.entry(word).or_default() += n;
    }
}

/// Counts what only another part of a unit reaches: all of it, for it is little.
async fn beside(
    conn: &mut PgConnection,
    part: Option<&Select>,
    counts: &mut Counts,
) -> Result<i64> {
    let Some(part) = part else { return Ok(0) };
    let inner = |sql: &mut QueryBuilder<Postgres>| {
        let only = |sql: &mut QueryBuilder<Postgres>| {
            sql.push(" and ");
            part.reach.push_only_by_part(sql);
        };
        part.push_all(GROUPED, i64::from(i32::MAX), only, sql);
    };
    group(conn, part, inner, counts).await
}

/// How many cases of the selection stand at each stage, each at most 1,000.
///
/// # Errors
/// When the database fails.
pub async fn by_stage(conn: &mut PgConnection, select: &Select) -> Result<BTreeMap<String, i64>> {
    let f = &select.filter;
    let stages: Vec<&str> = Stage::ALL
        .iter()
        .map(|s| s.word())
        .filter(|s| f.stages.is_empty() || f.stages.contains(s))
        .collect();
    let (select, part) = select.apart();
    let mut few = Counts::default();
    beside(&mut *conn, part.as_ref(), &mut few).await?;
    let mut counted = each_of(conn, &select, &stages, CAP, |stage, sql| {
        sql.push(" and c.stage = ").push_bind(stage.to_owned());
        if Stage::from_word(stage).is_some_and(Stage::open) {
            sql.push(" and c.open");
        }
    })
    .await?;
    add(&mut counted, few.by_stage);
    counted.values_mut().for_each(|n| *n = (*n).min(CAP));
    Ok(counted)
}

/// Counts each group by itself: each ends at the cap, soon, where nothing narrows the city's cases.
async fn each(conn: &mut PgConnection, select: &Select, counts: &mut Counts) -> Result<()> {
    let f = &select.filter;
    counts.by_stage = by_stage(conn, select).await?;
    let levels: Vec<&str> = LEVELS
        .iter()
        .copied()
        .filter(|l| f.levels.is_empty() || f.levels.contains(l))
        .collect();
    let now = select.now;
    counts.by_level = each_of(conn, select, &levels, CAP, |level, sql| {
        sql.push(" and ");
        push_level(level, now, sql);
    })
    .await?;
    counts.by_ask = each_of(conn, select, &ASKS, CAP, |ask, sql| {
        sql.push(" and c.asks <> '{}' and c.asks @> ")
            .push_bind(vec![ask.to_owned()]);
    })
    .await?;
    Ok(())
}

/// Counts the cases under each word's condition, each at most `most`, in one statement.
///
/// # Errors
/// When the database fails.
pub async fn each_of(
    conn: &mut PgConnection,
    select: &Select,
    words: &[&str],
    most: i64,
    condition: impl Fn(&str, &mut QueryBuilder<Postgres>),
) -> Result<BTreeMap<String, i64>> {
    let mut sql = QueryBuilder::new("");
    for (n, word) in words.iter().enumerate() {
        if n > 0 {
            sql.push(" union all ");
        }
        sql.push("select ").push_bind((*word).to_owned());
        sql.push(", (select count(*) from (");
        select.push_all("c.id", most, |sql| condition(word, sql), &mut sql);
        sql.push(") u)");
    }
    let rows = sql.build().persistent(false).fetch_all(conn).await?;
    rows.into_iter()
        .map(|r| Ok((r.try_get(0)?, r.try_get(1)?)))
        .collect()
}
