//! Who did and looked at what. Rows are written in the transaction of the look itself and chained
//! afterwards, so that nobody can change, remove or slip in one unseen.

mod chain;
mod store;

use kernel::{AccountId, Actor, Moment, OrgId, PersonId, Result};
use serde_json::{Value, json};
use sqlx::PgConnection;
use uuid::Uuid;

pub use chain::{Verdict, seal, verify};

/// A row to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Moment,
    /// By which account.
    pub account: Option<AccountId>,
    /// By whom.
    pub person: Option<PersonId>,
    /// For which unit.
    pub org: Option<OrgId>,
    /// What was done, e.g. `session.opened`, `reporter.seen`, `right.refused`.
    pub what: &'static str,
    /// Whether it was let through.
    pub ok: bool,
    /// The case, account or media it was done to.
    pub subject: Option<Uuid>,
    /// The stated purpose of a look at a person.
    pub purpose: Option<String>,
    /// Which fields were seen.
    pub fields: Vec<String>,
    /// Whatever else; never a person's own words, name or number.
    pub details: Value,
}

impl Entry {
    /// Something nobody signed in did.
    #[must_use]
    pub fn new(what: &'static str, at: Moment) -> Self {
        Self {
            at,
            account: None,
            person: None,
            org: None,
            what,
            ok: true,
            subject: None,
            purpose: None,
            fields: Vec::new(),
            details: json!({}),
        }
    }

    /// Something `actor` did.
    #[must_use]
    pub fn of(actor: &Actor, what: &'static str, at: Moment) -> Self {
        Self {
            account: Some(actor.account),
            person: Some(actor.person),
            org: actor.seats.iter().find_map(|s| s.org),
            ..Self::new(what, at)
        }
    }

    /// It was refused.
    #[must_use]
    pub fn failed(self) -> Self {
        Self { ok: false, ..self }
    }

    /// It was done to `subject`.
    #[must_use]
    pub fn on(self, subject: Uuid) -> Self {
        Self {
            subject: Some(subject),
            ..self
        }
    }

    /// `fields` were seen for `purpose`.
    #[must_use]
    pub fn for_purpose(self, purpose: &str, fields: &[&str]) -> Self {
        let fields = fields.iter().map(|f| (*f).to_owned()).collect();
        Self {
            purpose: Some(purpose.to_owned()),
            fields,
            ..self
        }
    }

    /// With these details.
    #[must_use]
    pub fn with(self, details: Value) -> Self {
        Self { details, ..self }
    }
}

/// Writes a row into the log, in the caller's transaction.
///
/// # Errors
/// When the database fails: then what is being logged must not happen either.
pub async fn write(conn: &mut PgConnection, entry: Entry) -> Result<()> {
    store::insert(conn, entry).await
}
