//! Every statement that touches accounts, sessions and limits.

use kernel::{AccountId, Actor, GridId, Moment, OrgId, PersonId, Result, Role, Seat, SessionId};
use sqlx::{PgConnection, PgPool, Row, postgres::PgRow};

use crate::model::{Account, NewAccount, SessionAnswer};

/// Stores accounts in one statement.
///
/// # Errors
/// When a login is taken, or a person has an account.
pub async fn insert_accounts(
    conn: &mut PgConnection,
    new: &[NewAccount],
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "insert into accounts (id, person, login, password_hash, created_at)
         select id, person, login, password_hash, $5
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
           as t (id, person, login, password_hash)",
    )
    .bind(new.iter().map(|a| a.id.0).collect::<Vec<_>>())
    .bind(new.iter().map(|a| a.person.0).collect::<Vec<_>>())
    .bind(new.iter().map(|a| a.login.as_str()).collect::<Vec<_>>())
    .bind(
        new.iter()
            .map(|a| a.password_hash.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// The hash of the account with this login, if it is open.
pub(crate) async fn hash_of_login(
    pool: &PgPool,
    login: &str,
) -> Result<Option<(AccountId, String)>> {
    Ok(sqlx::query_as(
        "select id, password_hash from accounts where login = $1 and disabled_at is null",
    )
    .bind(login)
    .fetch_optional(pool)
    .await?)
}

/// Reads an account and holds its row until the transaction ends.
pub(crate) async fn lock(conn: &mut PgConnection, id: AccountId) -> Result<Option<Account>> {
    Ok(sqlx::query_as(
        "select id, person, login, password_hash, totp_secret, totp_pending, totp_last_step, failed,
                locked_until, disabled_at, must_change
         from accounts where id = $1 for update",
    )
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// The login and whether an authenticator is asked for.
pub(crate) async fn login_of(
    conn: &mut PgConnection,
    id: AccountId,
) -> Result<Option<(String, bool)>> {
    Ok(
        sqlx::query_as("select login, totp_secret is not null from accounts where id = $1")
            .bind(id)
            .fetch_optional(conn)
            .await?,
    )
}

/// Counts a wrong password.
pub(crate) async fn count_wrong(
    conn: &mut PgConnection,
    id: AccountId,
    failed: i32,
    locked_until: Option<Moment>,
) -> Result<()> {
    sqlx::query("update accounts set failed = $2, locked_until = $3 where id = $1")
        .bind(id)
        .bind(failed)
        .bind(locked_until)
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets wrong passwords, and keeps the step of the code that was used.
pub(crate) async fn count_right(
    conn: &mut PgConnection,
    id: AccountId,
    totp_step: Option<i64>,
) -> Result<()> {
    sqlx::query(
        "update accounts set failed = 0, locked_until = null,
                totp_last_step = coalesce($2, totp_last_step) where id = $1",
    )
    .bind(id)
    .bind(totp_step)
    .execute(conn)
    .await?;
    Ok(())
}

/// Replaces the password.
pub(crate) async fn set_password(conn: &mut PgConnection, id: AccountId, hash: &str) -> Result<()> {
    sqlx::query("update accounts set password_hash = $2, must_change = false where id = $1")
        .bind(id)
        .bind(hash)
        .execute(conn)
        .await?;
    Ok(())
}

/// Replaces what is known of the authenticator.
pub(crate) async fn set_totp(
    conn: &mut PgConnection,
    id: AccountId,
    secret: Option<&[u8]>,
    pending: Option<&[u8]>,
    last_step: i64,
) -> Result<()> {
    sqlx::query(
        "update accounts set totp_secret = $2, totp_pending = $3, totp_last_step = $4 where id = $1",
    )
    .bind(id)
    .bind(secret)
    .bind(pending)
    .bind(last_step)
    .execute(conn)
    .await?;
    Ok(())
}

/// A session to be stored.
pub(crate) struct NewSession<'a> {
    pub id: SessionId,
    pub token_hash: &'a [u8],
    pub account: AccountId,
    pub expires_at: Moment,
    pub agent: &'a str,
}

/// Stores a session.
pub(crate) async fn insert_session(
    conn: &mut PgConnection,
    new: NewSession<'_>,
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "insert into sessions (id, token_hash, account, created_at, last_seen_at, expires_at, agent)
         values ($1, $2, $3, $4, $4, $5, $6)",
    )
    .bind(new.id)
    .bind(new.token_hash)
    .bind(new.account)
    .bind(now)
    .bind(new.expires_at)
    .bind(new.agent)
    .execute(conn)
    .await?;
    Ok(())
}

/// A session and the person behind it, with the seats in force.
pub(crate) struct Opened {
    pub actor: Actor,
    pub last_seen_at: Moment,
}

/// Finds the session of a token that has not ended at `now`, with its person and seats. One query,
/// which reads the tables of staff beside our own.
pub(crate) async fn session_by_token(
    pool: &PgPool,
    token_hash: &[u8],
    now: Moment,
) -> Result<Option<Opened>> {
    let rows = sqlx::query(
        "select s.id as session, s.account, s.last_seen_at, a.person, a.must_change, p.name,
                t.role, t.area, t.org, t.grid, t.of_person
         from sessions s
         join accounts a on a.id = s.account
         join people p on p.id = a.person
         left join seats t on t.person = a.person
           and t.valid_from <= $2 and (t.valid_to is null or t.valid_to > $2)
         where s.token_hash = $1 and s.expires_at > $2 and a.disabled_at is null
         order by t.of_person nulls first, t.id",
    )
    .bind(token_hash)
    .bind(now)
    .fetch_all(pool)
    .await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let actor = Actor {
        account: first.try_get("account")?,
        person: first.try_get("person")?,
        session: first.try_get("session")?,
        name: first.try_get("name")?,
        must_change: first.try_get("must_change")?,
        seats: rows
            .iter()
            .filter_map(|row| seat(row).transpose())
            .collect::<sqlx::Result<_>>()?,
    };
    Ok(Some(Opened {
        last_seen_at: first.try_get("last_seen_at")?,
        actor,
    }))
}

/// Seats of a person in force at `now`.
pub(crate) async fn seats_of(
    conn: &mut PgConnection,
    person: PersonId,
    now: Moment,
) -> Result<(String, Vec<Seat>)> {
    let rows = sqlx::query(
        "select p.name, t.role, t.area, t.org, t.grid, t.of_person from people p
         left join seats t on t.person = p.id
           and t.valid_from <= $2 and (t.valid_to is null or t.valid_to > $2)
         where p.id = $1 order by t.of_person nulls first, t.id",
    )
    .bind(person)
    .bind(now)
    .fetch_all(conn)
    .await?;
    let name = rows
        .first()
        .map(|r| r.try_get("name"))
        .transpose()?
        .unwrap_or_default();
    let seats = rows
        .iter()
        .filter_map(|row| seat(row).transpose())
        .collect::<sqlx::Result<_>>()?;
    Ok((name, seats))
}

fn seat(row: &PgRow) -> sqlx::Result<Option<Seat>> {
    let Some(role) = row.try_get::<Option<Role>, _>("role")? else {
        return Ok(None);
    };
    Ok(Some(Seat {
        role,
        area: row.try_get("area")?,
        org: row.try_get::<Option<OrgId>, _>("org")?,
        grid: row.try_get::<Option<GridId>, _>("grid")?,
        of: row.try_get::<Option<PersonId>, _>("of_person")?,
    }))
}

/// Notes that the session was used, unless that was noted within the last minute.
pub(crate) async fn touch(pool: &PgPool, id: SessionId, now: Moment) -> Result<()> {
    sqlx::query("update sessions set last_seen_at = $2 where id = $1 and last_seen_at <= $3")
        .bind(id)
        .bind(now)
        .bind(now.plus_s(-60))
        .execute(pool)
        .await?;
    Ok(())
}

/// Ends a session.
pub(crate) async fn delete_session(conn: &mut PgConnection, id: SessionId) -> Result<()> {
    sqlx::query("delete from sessions where id = $1")
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends the session of a token, if there is one.
pub(crate) async fn delete_by_token(conn: &mut PgConnection, token_hash: &[u8]) -> Result<()> {
    sqlx::query("delete from sessions where token_hash = $1")
        .bind(token_hash)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends all sessions of an account but `kept`; answers how many.
pub(crate) async fn delete_sessions(
    conn: &mut PgConnection,
    account: AccountId,
    kept: Option<SessionId>,
) -> Result<u64> {
    let ended =
        sqlx::query("delete from sessions where account = $1 and ($2::uuid is null or id <> $2)")
            .bind(account)
            .bind(kept)
            .execute(conn)
            .await?;
    Ok(ended.rows_affected())
}

/// The sessions of an account that have not ended, the last used first.
pub(crate) async fn sessions_of(
    pool: &PgPool,
    account: AccountId,
    current: SessionId,
    now: Moment,
) -> Result<Vec<SessionAnswer>> {
    Ok(sqlx::query(
        "select id, created_at, last_seen_at, agent from sessions
         where account = $1 and expires_at > $2 order by last_seen_at desc, id",
    )
    .bind(account)
    .bind(now)
    .try_map(move |row: PgRow| {
        let id: SessionId = row.try_get("id")?;
        Ok(SessionAnswer {
            id,
            created_at: row.try_get("created_at")?,
            last_seen_at: row.try_get("last_seen_at")?,
            agent: row.try_get("agent")?,
            current: id == current,
        })
    })
    .fetch_all(pool)
    .await?)
}

/// How often `key` was counted in the window that begins at `window`.
pub(crate) async fn counted(pool: &PgPool, key: &str, window: Moment) -> Result<i32> {
    let count: Option<i32> =
        sqlx::query_scalar("select count from limits where key = $1 and window_at = $2")
            .bind(key)
            .bind(window)
            .fetch_optional(pool)
            .await?;
    Ok(count.unwrap_or(0))
}

/// Counts `key` once in the window that begins at `window`.
pub(crate) async fn count(conn: &mut PgConnection, key: &str, window: Moment) -> Result<()> {
    sqlx::query(
        "insert into limits (key, window_at, count) values ($1, $2, 1)
         on conflict (key, window_at) do update set count = limits.count + 1",
    )
    .bind(key)
    .bind(window)
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes sessions that have ended and counts older than a day.
///
/// # Errors
/// When the database fails.
pub async fn sweep(pool: &PgPool, now: Moment) -> Result<()> {
    sqlx::query("delete from sessions where expires_at <= $1")
        .bind(now)
        .execute(pool)
        .await?;
    sqlx::query("delete from limits where window_at < $1")
        .bind(now.plus_s(-86_400))
        .execute(pool)
        .await?;
    Ok(())
}

/// The account of a person and its login, also a closed one.
pub(crate) async fn account_of(
    conn: &mut PgConnection,
    person: PersonId,
) -> Result<Option<(AccountId, String)>> {
    Ok(
        sqlx::query_as("select id, login from accounts where person = $1 for update")
            .bind(person)
            .fetch_optional(conn)
            .await?,
    )
}

/// Replaces the password by a first one, opens the account and takes an authenticator away.
pub(crate) async fn give_first_password(
    conn: &mut PgConnection,
    id: AccountId,
    hash: &str,
) -> Result<()> {
    sqlx::query(
        "update accounts set password_hash = $2, must_change = true, disabled_at = null, failed = 0,
                locked_until = null, totp_secret = null, totp_pending = null where id = $1",
    )
    .bind(id)
    .bind(hash)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that the password is a first one.
pub(crate) async fn must_change(conn: &mut PgConnection, id: AccountId) -> Result<()> {
    sqlx::query("update accounts set must_change = true where id = $1")
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Closes an account.
pub(crate) async fn disable(conn: &mut PgConnection, id: AccountId, now: Moment) -> Result<()> {
    sqlx::query("update accounts set disabled_at = $2 where id = $1 and disabled_at is null")
        .bind(id)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// A list of people that is to leave the house.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Export {
    pub id: uuid::Uuid,
    pub asked_by: PersonId,
    pub asked_name: String,
    pub asked_at: Moment,
    pub area: i64,
    pub purpose: String,
    pub note: String,
    pub decided_name: Option<String>,
    pub decided_at: Option<Moment>,
    pub approved: Option<bool>,
    pub expires_at: Option<Moment>,
}

const EXPORT: &str = "select e.id, e.asked_by, a.name as asked_name, e.asked_at, e.area, e.purpose, e.note,
    d.name as decided_name, e.decided_at, e.approved, e.expires_at
    from people_exports e join people a on a.id = e.asked_by left join people d on d.id = e.decided_by";

/// Lists asked for within the scope, the newest first.
pub(crate) async fn exports(conn: &mut PgConnection, scope: &kernel::Scope) -> Result<Vec<Export>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{EXPORT} where exists (select from unnest($1::bigint[], $2::bigint[]) s (first, last)
            where e.area between s.first and s.last) order by e.asked_at desc limit 100"
    )))
    .bind(scope.firsts())
    .bind(scope.lasts())
    .fetch_all(conn)
    .await?)
}

/// One of them, its row held.
pub(crate) async fn lock_export(conn: &mut PgConnection, id: uuid::Uuid) -> Result<Option<Export>> {
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{EXPORT} where e.id = $1 for update of e"
    )))
    .bind(id)
    .fetch_optional(conn)
    .await?)
}

/// Stores that a list was asked for; the same id twice is once.
pub(crate) async fn ask_export(
    conn: &mut PgConnection,
    id: uuid::Uuid,
    by: PersonId,
    area: i64,
    purpose: &str,
    note: &str,
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "insert into people_exports (id, asked_by, asked_at, area, purpose, note)
         values ($1, $2, $3, $4, $5, $6) on conflict (id) do nothing",
    )
    .bind(id)
    .bind(by)
    .bind(now)
    .bind(area)
    .bind(purpose)
    .bind(note)
    .execute(conn)
    .await?;
    Ok(())
}

/// Stores the decision.
pub(crate) async fn decide_export(
    conn: &mut PgConnection,
    id: uuid::Uuid,
    by: PersonId,
    approved: bool,
    expires: Option<Moment>,
    now: Moment,
) -> Result<()> {
    sqlx::query(
        "update people_exports set decided_by = $2, decided_at = $3, approved = $4, expires_at = $5
         where id = $1",
    )
    .bind(id)
    .bind(by)
    .bind(now)
    .bind(approved)
    .bind(expires)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that it was taken.
pub(crate) async fn export_taken(
    conn: &mut PgConnection,
    id: uuid::Uuid,
    now: Moment,
) -> Result<()> {
    sqlx::query("update people_exports set taken_at = $2 where id = $1")
        .bind(id)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// The sealed numbers of these people.
pub(crate) async fn sealed_phones(
    conn: &mut PgConnection,
    people: &[PersonId],
) -> Result<std::collections::HashMap<PersonId, Vec<u8>>> {
    let rows: Vec<(PersonId, Vec<u8>)> = sqlx::query_as(
        "select id, phone_sealed from people where id = any($1) and phone_sealed is not null",
    )
    .bind(people.iter().map(|p| p.0).collect::<Vec<_>>())
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().collect())
}

/// Whether a login is somebody's, also one whose account is closed.
pub async fn login_taken(conn: &mut PgConnection, login: &str) -> Result<bool> {
    Ok(
        sqlx::query_scalar("select exists (select from accounts where login = $1)")
            .bind(login)
            .fetch_one(conn)
            .await?,
    )
}
