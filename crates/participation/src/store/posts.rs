//! Statements about posts, applications, objections and trainings.

use kernel::{GridId, Moment, PersonId, Result, Scope};
use serde_json::Value;
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::{once, rows, scoped, within};
use crate::lifecycle::{Facts, Stage};

/// A post as stored.
#[derive(Debug, Clone, FromRow)]
pub struct Post {
    /// Which.
    pub id: Uuid,
    /// The community that announces.
    pub area: i64,
    /// For which grids.
    pub grids: Vec<GridId>,
    /// How many are wanted.
    pub places: i32,
    /// Until when people apply.
    pub apply_until: Moment,
    /// How many days a name is published.
    pub publish_days: i16,
    /// `open` or `closed`.
    pub state: String,
}

const POST: &str = "select p.id, p.title_zh, p.title_en, p.area::text as area, p.places, p.duties, p.needs, p.allowance,
    p.apply_until, p.publish_days, p.state, p.made_at,
    (select coalesce(jsonb_agg(jsonb_build_object('code', g.code, 'name', g.name) order by g.code), '[]')
     from grids g where g.id = any(p.grids)) as grids,
    (select count(*) from applications a where a.post = p.id and a.state <> 'withdrawn') as applied,
    (select count(*) from applications a where a.post = p.id and a.state in ('published', 'appointed')) as taken,
    (select count(*) from applications a where a.post = p.id and a.state = 'applied') as to_review,
    (select count(*) from applications a where a.post = p.id and a.state = 'recommended') as to_confirm,
    (select count(*) from applications a where a.post = p.id and a.state = 'published') as published
    from posts p";

/// Posts of the scope, the newest first.
pub(crate) async fn list(
    conn: &mut PgConnection,
    scope: &Scope,
    area: Option<(i64, i64)>,
) -> Result<Vec<Value>> {
    let sql = format!(
        "{POST} where {} and p.area between $3 and $4 order by p.made_at desc limit 200",
        within("p.area")
    );
    scoped(conn, &sql, scope, area).await
}

/// One post as shown.
pub(crate) async fn shown(conn: &mut PgConnection, id: Uuid) -> Result<Option<Value>> {
    Ok(rows(&format!("{POST} where p.id = $1"))
        .bind(id)
        .fetch_optional(conn)
        .await?)
}

/// One post, its row held.
pub(crate) async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Post>> {
    Ok(sqlx::query_as(
        "select id, area, grids, places, apply_until, publish_days, state from posts where id = $1 for update",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// Posts people can apply for now.
pub(crate) async fn open(conn: &mut PgConnection, now: Moment) -> Result<Vec<Value>> {
    Ok(rows(&format!(
        "{POST} where p.state = 'open' and p.apply_until > $1 order by p.apply_until, p.id limit 100"
    ))
    .bind(now)
    .fetch_all(conn)
    .await?)
}

/// Names published now: masked, with the post and until when.
pub(crate) async fn published(conn: &mut PgConnection, now: Moment) -> Result<Vec<Value>> {
    Ok(rows(
        "select a.id, a.name_masked as name, p.title_zh, p.title_en, p.area::text as area, g.name as grid,
            a.published_until
         from applications a join posts p on p.id = a.post join grids g on g.id = a.grid
         where a.state = 'published' and a.published_until > $1 order by a.published_until, a.id limit 200",
    )
    .bind(now)
    .fetch_all(conn)
    .await?)
}

/// A post to be stored.
#[derive(Debug)]
pub(crate) struct NewPost {
    pub id: Uuid,
    pub title_zh: String,
    pub title_en: String,
    pub area: i64,
    pub grids: Vec<GridId>,
    pub places: i32,
    pub duties: String,
    pub needs: String,
    pub allowance: String,
    pub apply_until: Moment,
    pub publish_days: i16,
    pub by: PersonId,
}

/// Stores a post; the same id twice is once.
pub(crate) async fn insert(conn: &mut PgConnection, new: &NewPost, now: Moment) -> Result<()> {
    let done = sqlx::query(
        "insert into posts (id, title_zh, title_en, area, grids, places, duties, needs, allowance,
            apply_until, publish_days, state, made_by, made_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'open', $12, $13) on conflict (id) do update set id = excluded.id
         where (posts.title_zh, posts.title_en, posts.area, posts.grids, posts.places, posts.duties, posts.needs, posts.allowance, posts.apply_until, posts.publish_days, posts.made_by)
            is not distinct from (excluded.title_zh, excluded.title_en, excluded.area, excluded.grids, excluded.places, excluded.duties, excluded.needs, excluded.allowance, excluded.apply_until, excluded.publish_days, excluded.made_by)",
    )
    .bind(new.id)
    .bind(&new.title_zh)
    .bind(&new.title_en)
    .bind(new.area)
    .bind(new.grids.iter().map(|g| g.0).collect::<Vec<_>>())
    .bind(new.places)
    .bind(&new.duties)
    .bind(&new.needs)
    .bind(&new.allowance)
    .bind(new.apply_until)
    .bind(new.publish_days)
    .bind(new.by)
    .bind(now)
    .execute(conn)
    .await?;
    once(&done)
}

/// Closes a post: nobody applies any more.
pub(crate) async fn close(conn: &mut PgConnection, id: Uuid) -> Result<()> {
    sqlx::query("update posts set state = 'closed' where id = $1")
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// An application as the rules need it.
#[derive(Debug, Clone, FromRow)]
pub struct Application {
    /// Which.
    pub id: Uuid,
    /// For which post.
    pub post: Uuid,
    /// For which grid.
    pub grid: GridId,
    /// The post's community.
    pub area: i64,
    /// Where it stands.
    pub state: Stage,
    /// The name, sealed.
    pub name_sealed: Option<Vec<u8>>,
    /// The number, sealed.
    pub phone_sealed: Option<Vec<u8>>,
    /// What they told of themselves, sealed.
    pub about_sealed: Option<Vec<u8>>,
    /// Who reviewed.
    pub reviewed_by: Option<PersonId>,
    /// Until when the name is published.
    pub published_until: Option<Moment>,
    /// Who holds the post.
    pub person: Option<PersonId>,
    /// How many days a name is published.
    pub publish_days: i16,
    /// Places of the post.
    pub places: i32,
}

const APPLICATION: &str =
    "select a.id, a.post, a.grid, p.area, a.state, a.name_sealed, a.phone_sealed, a.about_sealed,
    a.reviewed_by, a.published_until, a.person, p.publish_days, p.places
    from applications a join posts p on p.id = a.post";

/// An application, its row and its post's held.
pub(crate) async fn lock_application(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<Application>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{APPLICATION} where a.id = $1 for update of a"
    )))
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// The application with this code, its row held.
pub(crate) async fn lock_by_code(
    conn: &mut PgConnection,
    hash: &[u8],
) -> Result<Option<Application>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{APPLICATION} where a.code_hash = $1 for update of a"
    )))
    .bind(hash)
    .fetch_optional(conn)
    .await?)
}

/// What the rules look at beside the application itself.
pub(crate) async fn facts(conn: &mut PgConnection, a: &Application) -> Result<Facts> {
    let (open, upheld, taken): (i64, i64, i64) = sqlx::query_as(
        "select count(*) filter (where o.upheld is null and o.id is not null),
            count(*) filter (where o.upheld),
            (select count(*) from applications t where t.post = $2 and t.state in ('published', 'appointed'))
         from application_objections o where o.application = $1",
    )
    .bind(a.id)
    .bind(a.post)
    .fetch_one(conn)
    .await?;
    Ok(Facts {
        reviewed_by: a.reviewed_by,
        published_until: a.published_until,
        objections_open: open,
        objections_upheld: upheld,
        places_left: i64::from(a.places) - taken,
    })
}

/// An application to be stored.
#[derive(Debug)]
pub(crate) struct NewApplication {
    pub id: Uuid,
    pub post: Uuid,
    pub grid: GridId,
    pub code_hash: Vec<u8>,
    pub name_sealed: Vec<u8>,
    pub name_masked: String,
    pub phone_sealed: Vec<u8>,
    pub phone_masked: String,
    pub phone_hash: Vec<u8>,
    pub about_sealed: Vec<u8>,
}

/// Stores an application; `false` when the same number applied for the post already.
pub(crate) async fn insert_application(
    conn: &mut PgConnection,
    new: &NewApplication,
    now: Moment,
) -> Result<bool> {
    let done = sqlx::query(
        "insert into applications (id, post, grid, code_hash, name_sealed, name_masked, phone_sealed,
            phone_masked, phone_hash, about_sealed, state, applied_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'applied', $11) on conflict do nothing",
    )
    .bind(new.id)
    .bind(new.post)
    .bind(new.grid)
    .bind(&new.code_hash)
    .bind(&new.name_sealed)
    .bind(&new.name_masked)
    .bind(&new.phone_sealed)
    .bind(&new.phone_masked)
    .bind(&new.phone_hash)
    .bind(&new.about_sealed)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// What changes with a step.
#[derive(Debug, Default)]
pub(crate) struct Moved<'a> {
    pub reviewed_by: Option<PersonId>,
    pub confirmed_by: Option<PersonId>,
    pub published_until: Option<Moment>,
    pub reason: &'a str,
    pub person: Option<PersonId>,
    pub erase_at: Option<Moment>,
}

/// Moves an application to `stage`.
pub(crate) async fn step(
    conn: &mut PgConnection,
    id: Uuid,
    stage: Stage,
    moved: &Moved<'_>,
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "update applications set state = $2,
            reviewed_by = coalesce($3, reviewed_by), reviewed_at = case when $3::uuid is null then reviewed_at else $9 end,
            confirmed_by = coalesce($4, confirmed_by), confirmed_at = case when $4::uuid is null then confirmed_at else $9 end,
            published_until = coalesce($5, published_until), reason = $6, person = coalesce($7, person),
            erase_at = coalesce($8, erase_at)
         where id = $1",
    )
    .bind(id)
    .bind(stage)
    .bind(moved.reviewed_by)
    .bind(moved.confirmed_by)
    .bind(moved.published_until)
    .bind(moved.reason)
    .bind(moved.person)
    .bind(moved.erase_at)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the history.
pub(crate) async fn note(
    conn: &mut PgConnection,
    application: Uuid,
    by: Option<PersonId>,
    what: &str,
    body: &Value,
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "insert into application_events (id, application, at, by_person, what, body)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(Uuid::now_v7())
    .bind(application)
    .bind(now)
    .bind(by)
    .bind(what)
    .bind(body)
    .execute(conn)
    .await?;
    Ok(())
}

/// Applications for a post as those who decide see them: masked.
pub(crate) async fn applications(conn: &mut PgConnection, post: Uuid) -> Result<Vec<Value>> {
    Ok(rows(
        "select a.id, a.name_masked as name, a.phone_masked as phone, g.code as grid_code, g.name as grid_name,
            a.state, a.applied_at, r.name as reviewed_by, a.reviewed_at, c.name as confirmed_by, a.confirmed_at,
            a.published_until, a.reason, a.person, a.erased_at, a.about_sealed is not null as told,
            (select coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'made_at', o.made_at, 'upheld', o.upheld)
                order by o.made_at), '[]') from application_objections o where o.application = a.id) as objections
         from applications a join grids g on g.id = a.grid
         left join people r on r.id = a.reviewed_by left join people c on c.id = a.confirmed_by
         where a.post = $1 order by a.applied_at, a.id",
    )
    .bind(post)
    .fetch_all(conn)
    .await?)
}

/// The steps of an application as its applicant sees them: no colleague's name.
pub(crate) async fn story(conn: &mut PgConnection, id: Uuid) -> Result<Vec<Value>> {
    Ok(
        rows("select at, what from application_events where application = $1 order by at, id")
            .bind(id)
            .fetch_all(conn)
            .await?,
    )
}

/// What an applicant's page shows of the post.
pub(crate) async fn progress(conn: &mut PgConnection, id: Uuid) -> Result<Option<Value>> {
    Ok(rows(
        "select a.state, a.applied_at, a.published_until, a.reason, p.title_zh, p.title_en, p.area::text as area,
            g.name as grid, a.name_masked as name, a.erase_at, a.erased_at
         from applications a join posts p on p.id = a.post join grids g on g.id = a.grid where a.id = $1",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// Stores an objection; the same id twice is once.
pub(crate) async fn object(
    conn: &mut PgConnection,
    id: Uuid,
    application: Uuid,
    text: &[u8],
    now: Moment,
) -> Result<()> {
    let done = sqlx::query(
        "insert into application_objections (id, application, text_sealed, made_at)
         values ($1, $2, $3, $4) on conflict (id) do update set id = excluded.id
         where application_objections.application = excluded.application",
    )
    .bind(id)
    .bind(application)
    .bind(text)
    .bind(now)
    .execute(conn)
    .await?;
    once(&done)
}

/// An objection with the application it is about: text, answer.
pub(crate) async fn objection(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<(Uuid, Option<Vec<u8>>, Option<bool>)>> {
    Ok(sqlx::query_as(
        "select application, text_sealed, upheld from application_objections where id = $1 for update",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// Answers an objection.
pub(crate) async fn answer_objection(
    conn: &mut PgConnection,
    id: Uuid,
    upheld: bool,
    by: PersonId,
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "update application_objections set upheld = $2, answered_by = $3, answered_at = $4 where id = $1",
    )
    .bind(id)
    .bind(upheld)
    .bind(by)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Erases what has outlived its use; answers how many applications and volunteers.
pub(crate) async fn erase(conn: &mut PgConnection, now: Moment) -> Result<(u64, u64)> {
    let objections = "update application_objections set text_sealed = null where application in
        (select id from applications where erase_at <= $1 and erased_at is null)";
    sqlx::query(objections)
        .bind(now)
        .execute(&mut *conn)
        .await?;
    let applications = sqlx::query(
        "update applications set name_sealed = null, phone_sealed = null, about_sealed = null, phone_hash = null,
            name_masked = '', phone_masked = '', erased_at = $1 where erase_at <= $1 and erased_at is null",
    )
    .bind(now)
    .execute(&mut *conn)
    .await?
    .rows_affected();
    let volunteers = sqlx::query(
        "update volunteers set name_sealed = null, phone_sealed = null, phone_hash = null, name_masked = '',
            phone_masked = '', erased_at = $1 where erase_at <= $1 and erased_at is null",
    )
    .bind(now)
    .execute(conn)
    .await?
    .rows_affected();
    Ok((applications, volunteers))
}

/// Trainings of a person, the newest first.
pub(crate) async fn trainings(conn: &mut PgConnection, person: PersonId) -> Result<Vec<Value>> {
    Ok(rows(
        "select t.id, t.what, t.held_on, t.hours, m.name as made_by from trainings t join people m on m.id = t.made_by
         where t.person = $1 order by t.held_on desc, t.id",
    )
    .bind(person)
    .fetch_all(conn)
    .await?)
}

/// Stores a training; the same id twice is once.
pub(crate) async fn train(
    conn: &mut PgConnection,
    id: Uuid,
    person: PersonId,
    (what, held_on, hours): (&str, jiff::civil::Date, f64),
    by: PersonId,
    now: Moment,
) -> Result<()> {
    let done = sqlx::query(
        "insert into trainings (id, person, what, held_on, hours, made_by, made_at)
         values ($1, $2, $3, $4::text::date, $5, $6, $7) on conflict (id) do update set id = excluded.id
         where (trainings.person, trainings.what, trainings.held_on, trainings.hours)
            is not distinct from (excluded.person, excluded.what, excluded.held_on, excluded.hours)",
    )
    .bind(id)
    .bind(person)
    .bind(what)
    .bind(held_on.to_string())
    .bind(hours)
    .bind(by)
    .bind(now)
    .execute(conn)
    .await?;
    once(&done)
}
