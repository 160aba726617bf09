//! `gridwork administrator LOGIN`: somebody who can sign in to a city nobody can sign in to yet. A city needs
//! two to begin with: one who configures it, and one who opens everybody else's account.

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

/// Which of the three administrators (GB/T 22239: 三员分立).
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Configures the city: matters, routing, divisions, the net
    System,
    /// Opens accounts and gives every seat
    Security,
    /// Reads the log
    Audit,
}

impl Kind {
    const fn role(self) -> Role {
        match self {
            Self::System => Role::SystemAdmin,
            Self::Security => Role::SecurityAdmin,
            Self::Audit => Role::AuditAdmin,
        }
    }
}

/// Makes an account with the seat of an administrator for the whole city, and answers its
/// password, which is kept nowhere else. Without a `name` it is the seat's own.
///
/// # Errors
/// When the login is not fit or taken, or the database fails.
pub async fn add(
    city: &City,
    login: &str,
    name: Option<&str>,
    kind: Kind,
) -> anyhow::Result<String> {
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
    anyhow::ensure!(
        !accounts::store::login_taken(&mut tx, &login)
            .await
            .map_err(told)?,
        "somebody signs in as {login} already"
    );
    let new = NewPerson {
        id: person,
        name: name.unwrap_or(kind.role().name().0).to_owned(),
        org: None,
    };
    staff::store::insert_people(&mut tx, &[new], now)
        .await
        .map_err(told)?;
    let seat = NewAppointment {
        id: Uuid::now_v7(),
        person,
        role: kind.role(),
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
