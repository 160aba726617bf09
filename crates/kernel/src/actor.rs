//! Who acts, and how far their arm reaches.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::ids::{AccountId, GridId, OrgId, PersonId, SessionId};
use crate::rights::{Capability, Role};

/// One appointment in force: a role in an area, a unit or a grid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Seat {
    /// What the person is.
    pub role: Role,
    /// The area as a 12-digit division code, for seats of centres, towns and communities.
    pub area: Option<i64>,
    /// The unit, for seats of departments and for the centre a seat belongs to.
    pub org: Option<OrgId>,
    /// The grid, for grid workers.
    pub grid: Option<GridId>,
    /// Whose seat it is, when the person only stands in (代班) for somebody away.
    pub of: Option<PersonId>,
}

/// A signed-in person.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The account signed in with.
    pub account: AccountId,
    /// The person behind it.
    pub person: PersonId,
    /// The session.
    pub session: SessionId,
    /// The name colleagues see.
    pub name: String,
    /// Appointments in force now, with those of people the person stands in for.
    pub seats: Vec<Seat>,
    /// Whether a first password must be changed before anything else.
    pub must_change: bool,
}

/// An actor if the caller is signed in; never refuses.
#[derive(Debug, Clone)]
pub struct MaybeActor(pub Option<Actor>);

/// How far a capability reaches: areas as code ranges, units, grids. The only way a query gets its area.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Inclusive ranges of 12-digit division codes, first and last.
    pub areas: Vec<(i64, i64)>,
    /// Units.
    pub orgs: Vec<OrgId>,
    /// Grids.
    pub grids: Vec<GridId>,
}

/// The inclusive range of 12-digit codes that a division covers: trailing zero groups are wild.
///
/// `320400000000` (city) covers all of `3204…`, `320402001000` (town) its communities, a community itself.
#[must_use]
pub fn code_range(code: i64) -> (i64, i64) {
    for width in [10_000_000_000_i64, 100_000_000, 1_000_000, 1_000] {
        if code % width == 0 {
            return (code, code + width - 1);
        }
    }
    (code, code)
}

impl Scope {
    /// First codes of the ranges, in step with [`Scope::lasts`], for binding.
    #[must_use]
    pub fn firsts(&self) -> Vec<i64> {
        self.areas.iter().map(|a| a.0).collect()
    }

    /// Last codes of the ranges, in step with [`Scope::firsts`], for binding.
    #[must_use]
    pub fn lasts(&self) -> Vec<i64> {
        self.areas.iter().map(|a| a.1).collect()
    }

    /// Whether the 12-digit code lies in one of the areas.
    #[must_use]
    pub fn holds(&self, code: i64) -> bool {
        self.areas
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&code))
    }

    /// Whether nothing at all is reached.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty() && self.orgs.is_empty() && self.grids.is_empty()
    }
}

impl Actor {
    /// Whether some seat carries `capability`.
    #[must_use]
    pub fn can(&self, capability: Capability) -> bool {
        self.seats
            .iter()
            .any(|s| s.role.capabilities().contains(&capability))
    }

    /// Refuses unless some seat carries `capability`.
    ///
    /// # Errors
    /// 403 `right.missing`.
    pub fn require(&self, capability: Capability) -> Result<()> {
        if self.can(capability) {
            Ok(())
        } else {
            Err(Error::forbidden("right.missing"))
        }
    }

    /// How far `capability` reaches for this person.
    ///
    /// A seat in a grid reaches the grid; a unit's handler or lead reaches the unit; every other seat
    /// reaches its area.
    #[must_use]
    pub fn scope(&self, capability: Capability) -> Scope {
        let mut scope = Scope::default();
        for seat in self
            .seats
            .iter()
            .filter(|s| s.role.capabilities().contains(&capability))
        {
            if let Some(grid) = seat.grid {
                scope.grids.push(grid);
                scope.orgs.extend(seat.org);
                continue;
            }
            match seat.role {
                Role::Handler | Role::UnitLead => scope.orgs.extend(seat.org),
                Role::GridChief => {
                    scope.orgs.extend(seat.org);
                    scope.areas.extend(seat.area.map(code_range));
                }
                _ => scope.areas.extend(seat.area.map(code_range)),
            }
        }
        scope
    }

    /// The person, and everybody whose seats the person stands in for now.
    #[must_use]
    pub fn persons(&self) -> Vec<PersonId> {
        let mut persons = vec![self.person];
        persons.extend(self.seats.iter().filter_map(|s| s.of));
        persons.sort_unstable();
        persons.dedup();
        persons
    }

    /// Every unit the person holds a seat in.
    #[must_use]
    pub fn orgs(&self) -> Vec<OrgId> {
        let mut orgs: Vec<OrgId> = self.seats.iter().filter_map(|s| s.org).collect();
        orgs.sort_unstable();
        orgs.dedup();
        orgs
    }

    /// The unit of the first seat that carries `capability`.
    #[must_use]
    pub fn org_for(&self, capability: Capability) -> Option<OrgId> {
        self.seats
            .iter()
            .find(|s| s.role.capabilities().contains(&capability))
            .and_then(|s| s.org)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Actor {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Error::refused(StatusCode::UNAUTHORIZED, "session.missing"))
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Actor {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for MaybeActor {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        Ok(Self(parts.extensions.get::<Actor>().cloned()))
    }
}
