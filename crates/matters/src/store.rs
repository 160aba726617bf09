//! Every statement that touches the catalogue, what was learnt for it, and routing rules.

pub mod admissions;
pub mod drafts;
pub mod routing;
pub mod versions;

use std::collections::HashMap;

use kernel::{Error, Moment, Result};
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool, Row, postgres::PgRow};

use crate::catalogue::{Bilingual, Evidence, Matter, More, Question, Urgency, Verification};
use crate::suggest::{Alias, WordCount};
pub use routing::{NewRule, put_rules, rules, rules_for};

/// The matters in force, in order of code.
///
/// # Errors
/// When the database fails or holds a word this program does not know.
pub async fn matters(pool: &PgPool) -> Result<Vec<Matter>> {
    Ok(sqlx::query(
        "select code, category, category_zh, category_en, name_zh, name_en, department_zh,
                department_en, accept_minutes, handle_minutes, make_safe_minutes, urgency, evidence,
                closing_rule_zh, closing_rule_en, verification, self_handle, public, shown, certain,
                questions, more, version
         from matters where valid_to is null order by code",
    )
    .try_map(matter)
    .fetch_all(pool)
    .await?)
}

fn matter(row: PgRow) -> sqlx::Result<Matter> {
    let both = |zh: &str, en: &str| -> sqlx::Result<Bilingual> {
        Ok(Bilingual {
            zh: row.try_get(zh)?,
            en: row.try_get(en)?,
        })
    };
    let minutes = |column: &str| -> sqlx::Result<u32> { unsigned(row.try_get(column)?, column) };
    let make_safe: Option<i32> = row.try_get("make_safe_minutes")?;
    let evidence: Vec<String> = row.try_get("evidence")?;
    Ok(Matter {
        code: row.try_get("code")?,
        category_code: row.try_get("category")?,
        category: both("category_zh", "category_en")?,
        name: both("name_zh", "name_en")?,
        department: both("department_zh", "department_en")?,
        accept_minutes: minutes("accept_minutes")?,
        handle_minutes: minutes("handle_minutes")?,
        urgency: word(row.try_get("urgency")?, Urgency::parse, "urgency")?,
        evidence: evidence
            .into_iter()
            .map(|w| word(w, Evidence::parse, "evidence"))
            .collect::<sqlx::Result<_>>()?,
        closing_rule: both("closing_rule_zh", "closing_rule_en")?,
        verification: word(
            row.try_get("verification")?,
            Verification::parse,
            "verification",
        )?,
        make_safe_minutes: make_safe
            .map(|m| unsigned(m, "make_safe_minutes"))
            .transpose()?,
        self_handle_allowed: row.try_get("self_handle")?,
        public: row.try_get("public")?,
        shown: row.try_get("shown")?,
        certain: row.try_get("certain")?,
        questions: row.try_get::<Json<Vec<Question>>, _>("questions")?.0,
        more: row.try_get::<Json<More>, _>("more")?.0,
        version: minutes("version")?,
    })
}

fn unsigned(number: i32, column: &str) -> sqlx::Result<u32> {
    u32::try_from(number).map_err(|e| unread(column, e))
}

fn word<T>(text: String, parse: impl Fn(&str) -> Option<T>, column: &str) -> sqlx::Result<T> {
    parse(&text).ok_or_else(|| unread(column, format!("`{text}` is not a known word")))
}

fn unread(
    column: &str,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: source.into(),
    }
}

/// Puts these matters into the catalogue as a city is founded: they hold from the beginning.
///
/// # Errors
/// When the database fails; the last guard is its checks.
pub async fn put_matters(conn: &mut PgConnection, matters: &[Matter]) -> Result<()> {
    versions::put(conn, matters, beginning(), None)
        .await
        .map(drop)
}

/// Before any case: what holds since then holds for all.
#[must_use]
pub fn beginning() -> Moment {
    Moment::new(jiff::Timestamp::UNIX_EPOCH).plus_s(946_684_800)
}

async fn put_matter(conn: &mut PgConnection, m: &Matter) -> Result<()> {
    sqlx::query(include_str!("put_matter.sql"))
        .bind(&m.code)
        .bind(&m.category_code)
        .bind(&m.category.zh)
        .bind(&m.category.en)
        .bind(&m.name.zh)
        .bind(&m.name.en)
        .bind(&m.department.zh)
        .bind(&m.department.en)
        .bind(signed(m.accept_minutes)?)
        .bind(signed(m.handle_minutes)?)
        .bind(m.make_safe_minutes.map(signed).transpose()?)
        .bind(m.urgency.as_str())
        .bind(m.evidence.iter().map(|e| e.as_str()).collect::<Vec<_>>())
        .bind(&m.closing_rule.zh)
        .bind(&m.closing_rule.en)
        .bind(m.verification.as_str())
        .bind(m.self_handle_allowed)
        .bind(m.public)
        .bind(m.shown)
        .bind(m.certain)
        .bind(Json(&m.questions))
        .bind(Json(&m.more))
        .bind(signed(m.version)?)
        .execute(conn)
        .await?;
    Ok(())
}

fn signed(minutes: u32) -> Result<i32> {
    i32::try_from(minutes).map_err(|e| Error::ours("storing a limit", e))
}

/// The aliases of matters in force.
///
/// # Errors
/// When the database fails.
pub async fn aliases(pool: &PgPool) -> Result<Vec<Alias>> {
    let rows: Vec<(String, String, f32)> =
        sqlx::query_as("select matter, alias, weight from matter_aliases order by matter, alias")
            .fetch_all(pool)
            .await?;
    Ok(rows
        .into_iter()
        .map(|(code, alias, weight)| Alias {
            code,
            alias,
            weight: f64::from(weight),
        })
        .collect())
}

/// Puts aliases beside those there; the same alias of the same matter takes the new weight.
/// Aliases of codes the catalogue does not have are passed over.
///
/// # Errors
/// When the database fails.
pub async fn put_aliases(conn: &mut PgConnection, aliases: &[Alias]) -> Result<()> {
    let unique: HashMap<(&str, &str), f64> = aliases
        .iter()
        .map(|a| ((a.code.as_str(), a.alias.as_str()), a.weight))
        .collect();
    sqlx::query(
        "insert into matter_aliases (matter, alias, weight)
         select t.matter, t.alias, t.weight
         from unnest($1::text[], $2::text[], $3::float8[]) as t (matter, alias, weight)
         join matters m on m.code = t.matter
         on conflict (matter, alias) do update set weight = excluded.weight",
    )
    .bind(unique.keys().map(|k| k.0).collect::<Vec<_>>())
    .bind(unique.keys().map(|k| k.1).collect::<Vec<_>>())
    .bind(unique.values().copied().collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// What was chosen for like words before.
///
/// # Errors
/// When the database fails.
pub async fn memory(pool: &PgPool) -> Result<Vec<WordCount>> {
    let rows: Vec<(String, String, i32)> =
        sqlx::query_as("select word, matter, count from matter_memory")
            .fetch_all(pool)
            .await?;
    Ok(rows
        .into_iter()
        .map(|(word, code, count)| WordCount {
            word,
            code,
            count: count.unsigned_abs(),
        })
        .collect())
}

/// Counts once more that `matter` was chosen for each of these words.
///
/// # Errors
/// When the database fails.
pub async fn remember(conn: &mut PgConnection, words: &[String], matter: &str) -> Result<()> {
    // In order, so that two who remember at once do not wait for each other in a circle.
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    words.sort_unstable();
    words.dedup();
    sqlx::query(
        "insert into matter_memory (word, matter, count)
         select t.word, $2, 1 from unnest($1::text[]) as t (word) order by t.word
         on conflict (word, matter) do update set count = matter_memory.count + 1",
    )
    .bind(words)
    .bind(matter)
    .execute(conn)
    .await?;
    Ok(())
}
