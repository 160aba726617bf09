//! What an account and a session are, and what the faces are told of the person signed in.

use divisions::Level;
use kernel::{AccountId, Capability, Moment, PersonId, Role, SessionId};
use serde::Serialize;
use utoipa::ToSchema;

/// An account to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// A fresh id.
    pub id: AccountId,
    /// Whose it is; a person has one account.
    pub person: PersonId,
    /// Small letters.
    pub login: String,
    /// Argon2id, PHC string, from [`crate::password::hash`].
    pub password_hash: String,
}

/// An account as signing in needs it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Whose it is.
    pub person: PersonId,
    /// Small letters.
    pub login: String,
    /// Argon2id, PHC string.
    pub password_hash: String,
    /// The sealed secret of an authenticator, once confirmed.
    pub totp_secret: Option<Vec<u8>>,
    /// The sealed secret waiting for its first code.
    pub totp_pending: Option<Vec<u8>>,
    /// The last time step a code was taken for.
    pub totp_last_step: i64,
    /// Wrong passwords in a row.
    pub failed: i32,
    /// Until when no password is taken.
    pub locked_until: Option<Moment>,
    /// Since when the account is closed.
    pub disabled_at: Option<Moment>,
    /// Whether the password is a first one, to be changed before anything else.
    pub must_change: bool,
}

/// A session as the person sees it in the list of own sessions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SessionAnswer {
    /// Its id, not its secret.
    pub id: SessionId,
    /// When it was opened.
    pub created_at: Moment,
    /// When it was last used, to the minute.
    pub last_seen_at: Moment,
    /// What the browser says of itself.
    pub agent: String,
    /// Whether it is the one asking.
    pub current: bool,
}

/// A division by code, name and level.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AreaAnswer {
    /// Twelve digits.
    pub code: String,
    /// Chinese.
    pub name: String,
    /// How high it stands.
    pub level: Level,
}

/// A code with its name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CodeAnswer {
    /// The code.
    pub code: String,
    /// Chinese.
    pub name: String,
}

/// A unit by id and names.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrgName {
    /// Its id.
    pub id: kernel::OrgId,
    /// Chinese.
    pub name_zh: String,
    /// English.
    pub name_en: String,
}

/// A seat of the person signed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SeatAnswer {
    /// As what.
    pub role: Role,
    /// The role as printed on a door, Chinese.
    pub role_zh: &'static str,
    /// The role as printed on a door, English.
    pub role_en: &'static str,
    /// For which area.
    pub area: Option<AreaAnswer>,
    /// In which unit.
    pub org: Option<OrgName>,
    /// In which grid.
    pub grid: Option<CodeAnswer>,
}

/// The area a person mostly looks at, with what it lies in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OwnArea {
    /// Twelve digits.
    pub code: String,
    /// Chinese.
    pub name: String,
    /// How high it stands.
    pub level: Level,
    /// From the city down to the area itself.
    pub path: Vec<CodeAnswer>,
}

/// Which face a person begins on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Home {
    /// 坐席
    Desk,
    /// 网格通
    Field,
}

/// The person signed in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Me {
    /// The account.
    pub account_id: AccountId,
    /// The person.
    pub person_id: PersonId,
    /// The name colleagues see.
    pub name: String,
    /// The login.
    pub login: String,
    /// Whether an authenticator is asked for.
    pub totp: bool,
    /// Seats in force.
    pub seats: Vec<SeatAnswer>,
    /// What some seat carries.
    pub capabilities: Vec<Capability>,
    /// The area of the first seat.
    pub area: Option<OwnArea>,
    /// Which face to begin on.
    pub home: Home,
    /// Whether the first password must be changed before anything else.
    pub must_change: bool,
}
