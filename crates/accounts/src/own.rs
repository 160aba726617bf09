//! What a person does with the own account: the password, the authenticator.

use axum::http::StatusCode;
use kernel::{Actor, Error, Result};
use serde_json::json;
use sqlx::PgConnection;

use crate::audit::{self, Entry};
use crate::desk::{Wrong, wrong};
use crate::layer::Caller;
use crate::model::Account;
use crate::routes::State;
use crate::{lifecycle, password, store, totp};

/// Makes sure of the password of somebody signed in; wrong ones count as when signing in.
async fn confirm(state: &State, actor: &Actor, password: &str, field: &str) -> Result<()> {
    let now = state.app.clock.now();
    let (login, _) = login_of(state, actor).await?;
    let hash = store::hash_of_login(&state.app.db, &login)
        .await?
        .map(|k| k.1);
    let right = state.hashing.fits(password.to_owned(), hash).await?;
    let mut tx = state.app.db.begin().await?;
    let account = own(&mut tx, actor).await?;
    let refused = match lifecycle::still_waits_s(account.locked_until, now) {
        Some(left) => Some(Wrong::Locked(left).into()),
        None if right => None,
        None => {
            wrong(
                state,
                &mut tx,
                &account,
                "password",
                &Caller::default(),
                now,
            )
            .await?;
            Some(Error::field(field, "password.wrong"))
        }
    };
    tx.commit().await?;
    refused.map_or(Ok(()), Err)
}

async fn own(conn: &mut PgConnection, actor: &Actor) -> Result<Account> {
    let account = store::lock(conn, actor.account).await?;
    account.ok_or_else(|| Error::refused(StatusCode::UNAUTHORIZED, "session.missing"))
}

/// The login of the person signed in and whether an authenticator is asked for.
///
/// # Errors
/// 401 when the account is gone.
pub async fn login_of(state: &State, actor: &Actor) -> Result<(String, bool)> {
    let mut conn = state.app.db.acquire().await?;
    let found = store::login_of(&mut conn, actor.account).await?;
    found.ok_or_else(|| Error::refused(StatusCode::UNAUTHORIZED, "session.missing"))
}

/// Changes the password and ends the other sessions.
///
/// # Errors
/// 422 on `old` (`password.wrong`) or `new` (too short or long, the login, common); 401
/// `session.locked` after too many wrong ones.
pub async fn change_password(state: &State, actor: &Actor, old: &str, new: &str) -> Result<()> {
    let (login, _) = login_of(state, actor).await?;
    password::check_new(new, &login)?;
    confirm(state, actor, old, "old").await?;
    let hash = state.hashing.hash(new.to_owned()).await?;
    let now = state.app.clock.now();
    let mut tx = state.app.db.begin().await?;
    store::set_password(&mut tx, actor.account, &hash).await?;
    store::count_right(&mut tx, actor.account, None).await?;
    let ended = store::delete_sessions(&mut tx, actor.account, Some(actor.session)).await?;
    let entry = Entry::of(actor, "password.changed", now).on(actor.account.0);
    audit::write(&mut tx, entry.with(json!({"sessions_ended": ended}))).await?;
    tx.commit().await?;
    state.resolved.forget(actor.account);
    Ok(())
}

/// Begins with an authenticator: answers a fresh secret, which counts once [`confirm_totp`] has seen
/// a code made with it.
///
/// # Errors
/// 409 `totp.enrolled` when there is one already.
pub async fn begin_totp(state: &State, actor: &Actor) -> Result<(String, String)> {
    let now = state.app.clock.now();
    let secret = totp::secret()?;
    let sealed = state.app.vault.seal(&secret)?;
    let mut tx = state.app.db.begin().await?;
    let account = own(&mut tx, actor).await?;
    if account.totp_secret.is_some() {
        return Err(Error::conflict("totp.enrolled"));
    }
    store::set_totp(&mut tx, account.id, None, Some(&sealed), 0).await?;
    audit::write(
        &mut tx,
        Entry::of(actor, "totp.begun", now).on(account.id.0),
    )
    .await?;
    tx.commit().await?;
    let issuer = format!("Gridwork {}", state.app.city.name.name_en);
    let address = totp::address(&issuer, &account.login, &secret);
    Ok((secret, address))
}

/// Takes the first code of the authenticator begun; from now on signing in asks for one.
///
/// # Errors
/// 409 `totp.not_begun`; 422 on `code` (`totp.wrong`).
pub async fn confirm_totp(state: &State, actor: &Actor, code: &str) -> Result<()> {
    let now = state.app.clock.now();
    let mut tx = state.app.db.begin().await?;
    let account = own(&mut tx, actor).await?;
    let Some(pending) = &account.totp_pending else {
        return Err(Error::conflict("totp.not_begun"));
    };
    let secret = state.app.vault.open(pending)?;
    let Some(step) = totp::step_of(code, &secret, now, 0) else {
        return Err(Error::field("code", "totp.wrong"));
    };
    store::set_totp(&mut tx, account.id, Some(pending), None, step).await?;
    audit::write(
        &mut tx,
        Entry::of(actor, "totp.confirmed", now).on(account.id.0),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Removes the authenticator.
///
/// # Errors
/// 422 on `password` (`password.wrong`); 401 `session.locked`.
pub async fn remove_totp(state: &State, actor: &Actor, password: &str) -> Result<()> {
    confirm(state, actor, password, "password").await?;
    let now = state.app.clock.now();
    let mut tx = state.app.db.begin().await?;
    let account = own(&mut tx, actor).await?;
    store::set_totp(&mut tx, account.id, None, None, account.totp_last_step).await?;
    audit::write(
        &mut tx,
        Entry::of(actor, "totp.removed", now).on(account.id.0),
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
