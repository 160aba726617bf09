//! Signing in and out: one function per thing a person does.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use kernel::vault::{digest, token};
use kernel::{Actor, Error, Moment, Result, SessionId};
use serde_json::json;
use sqlx::PgConnection;

use crate::audit::{self, Entry};
use crate::layer::Caller;
use crate::model::Account;
use crate::routes::State;
use crate::settings::Settings;
use crate::{lifecycle, store, totp};

/// A session just opened.
pub struct SignedIn {
    /// The secret for the cookie; only its hash is stored.
    pub token: String,
    /// How long the cookie may live, seconds.
    pub lasts_s: i64,
    /// The person with the seats in force.
    pub actor: Actor,
}

/// What is given to sign in with.
pub struct Given<'a> {
    /// In any case of letters.
    pub login: &'a str,
    /// As typed.
    pub password: &'a str,
    /// The authenticator's code, when it was asked for.
    pub code: Option<&'a str>,
    /// The session this browser held before, which ends.
    pub before: Option<&'a str>,
}

/// Wrong passwords in a row, and until when to wait.
type Tries = (i32, Option<Moment>);

/// Wrong passwords for logins that do not exist, met as if they did, so that waiting does not tell
/// which logins there are. Per process and bounded: a nuisance to a guesser, no more is needed.
#[derive(Debug, Default)]
pub struct Strangers {
    held: Mutex<HashMap<Vec<u8>, Tries>>,
}

impl Strangers {
    /// Counts a wrong password for `login`; answers how long it already waited for, if it did.
    fn count(&self, login: &str, now: Moment, settings: &Settings) -> Option<i64> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() > 10_000 {
            held.clear();
        }
        let (failed, until) = held.entry(digest(login.as_bytes())).or_default();
        let waits = lifecycle::still_waits_s(*until, now);
        if waits.is_none() {
            *failed += 1;
            *until = lifecycle::wait_s(*failed, settings).map(|s| now.plus_s(s));
        }
        waits
    }
}

/// Why signing in came to nothing.
pub(crate) enum Wrong {
    /// The account waits, for so many seconds.
    Locked(i64),
    /// Password or login.
    Password,
    /// The password is right; the authenticator's code is missing.
    CodeNeeded,
    /// The code.
    Code,
}

impl From<Wrong> for Error {
    fn from(wrong: Wrong) -> Self {
        let refused = |code| Self::refused(StatusCode::UNAUTHORIZED, code);
        match wrong {
            Wrong::Locked(s) => refused("session.locked").with("retry_after_s", s),
            Wrong::Password => refused("session.wrong"),
            Wrong::CodeNeeded => refused("session.totp_needed"),
            Wrong::Code => refused("session.totp_wrong"),
        }
    }
}

/// Opens a session. Hashing is done before the transaction; the account's row is locked in it.
///
/// # Errors
/// 401 `session.wrong`, `session.locked` (`retry_after_s`), `session.totp_needed`,
/// `session.totp_wrong`; 429 `limit.reached` when too many were wrong from one address.
pub async fn sign_in(state: &State, given: Given<'_>, caller: &Caller) -> Result<SignedIn> {
    let now = state.app.clock.now();
    let window = address_window(&state.settings, now);
    let address = address_key(state, caller);
    if store::counted(&state.app.db, &address, window).await? >= state.settings.wrong_per_address {
        let wait = window
            .plus_s(state.settings.address_window_s)
            .since_s(now)
            .max(1);
        return Err(
            Error::refused(StatusCode::TOO_MANY_REQUESTS, "limit.reached")
                .with("retry_after_s", wait),
        );
    }
    let login = given.login.trim().to_lowercase();
    let known = store::hash_of_login(&state.app.db, &login).await?;
    let hash = known.as_ref().map(|k| k.1.clone());
    let right = state.hashing.fits(given.password.to_owned(), hash).await?;
    let mut tx = state.app.db.begin().await?;
    let account = match known {
        Some((id, _)) => store::lock(&mut tx, id)
            .await?
            .filter(|a| a.disabled_at.is_none()),
        None => None,
    };
    let outcome = match account {
        Some(account) => try_open(state, &mut tx, &account, right, &given, caller, now).await?,
        None => Err(stranger(state, &mut tx, &login, caller, now).await?),
    };
    if matches!(outcome, Err(Wrong::Password | Wrong::Code)) {
        store::count(&mut tx, &address, window).await?;
    }
    tx.commit().await?;
    Ok(outcome?)
}

/// Addresses are counted by a keyed hash, so that the table of limits tells nothing of people.
fn address_key(state: &State, caller: &Caller) -> String {
    let blind = state.app.vault.blind("sign-in address", &caller.address);
    let hex: String = blind.iter().take(16).map(|b| format!("{b:02x}")).collect();
    format!("sign_in:{hex}")
}

/// The beginning of the window `now` lies in, to the second.
fn address_window(settings: &Settings, now: Moment) -> Moment {
    let second = now.as_second();
    let begins = second - second.rem_euclid(settings.address_window_s);
    jiff::Timestamp::from_second(begins).map_or(now, Moment::new)
}

async fn stranger(
    state: &State,
    conn: &mut PgConnection,
    login: &str,
    caller: &Caller,
    now: Moment,
) -> Result<Wrong> {
    let waits = state.strangers.count(login, now, &state.settings);
    let details = json!({"why": "login", "address": caller.address});
    audit::write(
        conn,
        Entry::new("session.failed", now).failed().with(details),
    )
    .await?;
    Ok(waits.map_or(Wrong::Password, Wrong::Locked))
}

/// Decides on a locked account and records what follows; a wrong outcome is committed as well.
async fn try_open(
    state: &State,
    conn: &mut PgConnection,
    account: &Account,
    right: bool,
    given: &Given<'_>,
    caller: &Caller,
    now: Moment,
) -> Result<Result<SignedIn, Wrong>> {
    if let Some(left) = lifecycle::still_waits_s(account.locked_until, now) {
        failed(conn, account, "locked", caller, now).await?;
        return Ok(Err(Wrong::Locked(left)));
    }
    if !right {
        wrong(state, conn, account, "password", caller, now).await?;
        return Ok(Err(Wrong::Password));
    }
    let mut step = None;
    if let Some(sealed) = &account.totp_secret {
        let Some(code) = given.code.filter(|c| !c.trim().is_empty()) else {
            return Ok(Err(Wrong::CodeNeeded));
        };
        let secret = state.app.vault.open(sealed)?;
        step = totp::step_of(code, &secret, now, account.totp_last_step);
        if step.is_none() {
            wrong(state, conn, account, "code", caller, now).await?;
            return Ok(Err(Wrong::Code));
        }
    }
    store::count_right(conn, account.id, step).await?;
    if let Some(before) = given.before {
        store::delete_by_token(conn, &digest(before.as_bytes())).await?;
    }
    open(state, conn, account, caller, now).await.map(Ok)
}

async fn open(
    state: &State,
    conn: &mut PgConnection,
    account: &Account,
    caller: &Caller,
    now: Moment,
) -> Result<SignedIn> {
    let (name, seats) = store::seats_of(conn, account.person, now).await?;
    let ends = lifecycle::ends_at(&seats, now, &state.settings);
    let (id, token) = (SessionId::fresh(), token()?);
    let token_hash = digest(token.as_bytes());
    let agent = &caller.agent;
    let new = store::NewSession {
        id,
        token_hash: &token_hash,
        account: account.id,
        expires_at: ends,
        agent,
    };
    store::insert_session(conn, new, now).await?;
    let actor = Actor {
        account: account.id,
        person: account.person,
        session: id,
        name,
        seats,
        must_change: account.must_change,
    };
    let entry = Entry::of(&actor, "session.opened", now).on(id.0);
    audit::write(conn, entry.with(json!({"address": caller.address}))).await?;
    Ok(SignedIn {
        token,
        lasts_s: ends.since_s(now),
        actor,
    })
}

/// Counts a wrong password or code; from the fifth in a row on the account waits.
pub(crate) async fn wrong(
    state: &State,
    conn: &mut PgConnection,
    account: &Account,
    why: &str,
    caller: &Caller,
    now: Moment,
) -> Result<()> {
    let count = account.failed.saturating_add(1);
    let wait = lifecycle::wait_s(count, &state.settings);
    store::count_wrong(conn, account.id, count, wait.map(|s| now.plus_s(s))).await?;
    failed(conn, account, why, caller, now).await?;
    if let Some(wait_s) = wait {
        let entry = Entry::new("session.locked", now).failed().on(account.id.0);
        audit::write(conn, entry.with(json!({"wait_s": wait_s, "wrong": count}))).await?;
    }
    Ok(())
}

async fn failed(
    conn: &mut PgConnection,
    account: &Account,
    why: &str,
    caller: &Caller,
    now: Moment,
) -> Result<()> {
    let entry = Entry::new("session.failed", now).failed().on(account.id.0);
    audit::write(
        conn,
        entry.with(json!({"why": why, "address": caller.address})),
    )
    .await
}

/// Ends the session that asks.
///
/// # Errors
/// When the database fails.
pub async fn sign_out(state: &State, actor: &Actor) -> Result<()> {
    let now = state.app.clock.now();
    let mut tx = state.app.db.begin().await?;
    store::delete_session(&mut tx, actor.session).await?;
    audit::write(
        &mut tx,
        Entry::of(actor, "session.closed", now).on(actor.session.0),
    )
    .await?;
    tx.commit().await?;
    state.resolved.forget(actor.account);
    Ok(())
}

/// Ends every session of the account; answers how many.
///
/// # Errors
/// When the database fails.
pub async fn sign_out_everywhere(state: &State, actor: &Actor) -> Result<u64> {
    let now = state.app.clock.now();
    let mut tx = state.app.db.begin().await?;
    let ended = store::delete_sessions(&mut tx, actor.account, None).await?;
    let entry = Entry::of(actor, "session.closed", now).on(actor.account.0);
    audit::write(&mut tx, entry.with(json!({"sessions": ended}))).await?;
    tx.commit().await?;
    state.resolved.forget(actor.account);
    Ok(ended)
}
