//! `gridwork administrator LOGIN`: somebody who can sign in to a city nobody can sign in to yet.

use accounts::NewAccount;
use accounts::password::{Cost, hash};
use kernel::{AccountId, PersonId, Role};
use staff::{NewAppointment, NewPerson};
use uuid::Uuid;

use crate::boot::{City, told};

/// Letters of a password read aloud: no 0/O, 1/I/l.
const LETTERS: &[u8] = b"23456789abcdefghjkmnpqrstuvwxyz";
/// Letters of a password: some 79 bits.
const LENGTH: usize = 16;

/// Makes an account with the seat of a system administrator for the whole city, and answers its
/// password, which is kept nowhere else.
///
/// # Errors
/// When the login is not fit or taken, or the database fails.
pub async fn add(city: &City, login: &str, name: &str) -> anyhow::Result<String> {
    let login = login.trim().to_lowercase();
    let fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    anyhow::ensure!(
        (2..=40).contains(&login.len()) && login.chars().all(fit),
        "a login has 2 to 40 letters, digits, dots, hyphens or underscores"
    );
    let random = kernel::vault::random::<LENGTH>().map_err(told)?;
    let letter = |b: &u8| char::from(LETTERS[usize::from(*b) % LETTERS.len()]);
    let password: String = random.iter().map(letter).collect();
    let (person, now) = (PersonId::fresh(), city.app.clock.now());
    let mut tx = city.app.db.begin().await?;
    let new = NewPerson {
        id: person,
        name: name.to_owned(),
        org: None,
    };
    staff::store::insert_people(&mut tx, &[new], now)
        .await
        .map_err(told)?;
    let seat = NewAppointment {
        id: Uuid::now_v7(),
        person,
        role: Role::SystemAdmin,
        area: Some(city.app.city.code),
        org: None,
        grid: None,
        from: now,
        to: None,
        kind: staff::Service::FullTime,
        by: None,
    };
    staff::desk::appoint(&mut tx, &[seat], now)
        .await
        .map_err(told)?;
    let account = NewAccount {
        id: AccountId::fresh(),
        person,
        login: login.clone(),
        password_hash: hash(&password, Cost::Full).map_err(told)?,
    };
    accounts::store::insert_accounts(&mut tx, &[account], now)
        .await
        .map_err(told)?;
    tx.commit().await?;
    Ok(format!("{login} {password}"))
}
