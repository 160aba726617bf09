//! The pure rules of appointing.

use kernel::{Actor, Capability, Moment, PersonId, Role};

/// Why an appointment cannot be made. The text is the key of its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Two of the three administrators, or an administrator with a seat in the business.
    #[error("appointment.roles_conflict")]
    RolesConflict,
    /// Neither area, unit nor grid named.
    #[error("appointment.nowhere")]
    Nowhere,
    /// It would end before it begins.
    #[error("appointment.ends_before_it_begins")]
    EndsFirst,
    /// A grid worker's seat without a grid, or a chief's without an area.
    #[error("appointment.grid_missing")]
    GridMissing,
    /// The seat does not lie in an area of whoever appoints.
    #[error("appointment.out_of_area")]
    OutOfArea,
    /// Nobody gives or takes the own seat.
    #[error("appointment.own")]
    Own,
    /// More than a post in a grid: the security administrator's to give.
    #[error("appointment.not_a_grid_post")]
    NotAGridPost,
    /// The person holds this very seat at the same time.
    #[error("appointment.held_already")]
    HeldAlready,
    /// The person has left the house.
    #[error("person.left")]
    Left,
    /// The stand-in is away meanwhile, or is stood in for.
    #[error("leave.stand_in_away")]
    StandInAway,
    /// The person is away then already, or stands in for somebody.
    #[error("leave.overlaps")]
    Overlaps,
    /// Longer than a year.
    #[error("leave.too_long")]
    TooLong,
}

impl From<Refusal> for kernel::Error {
    fn from(refusal: Refusal) -> Self {
        Self::conflict(match refusal {
            Refusal::RolesConflict => "appointment.roles_conflict",
            Refusal::Nowhere => "appointment.nowhere",
            Refusal::EndsFirst => "appointment.ends_before_it_begins",
            Refusal::GridMissing => "appointment.grid_missing",
            Refusal::OutOfArea => "appointment.out_of_area",
            Refusal::Own => "appointment.own",
            Refusal::NotAGridPost => "appointment.not_a_grid_post",
            Refusal::HeldAlready => "appointment.held_already",
            Refusal::Left => "person.left",
            Refusal::StandInAway => "leave.stand_in_away",
            Refusal::Overlaps => "leave.overlaps",
            Refusal::TooLong => "leave.too_long",
        })
    }
}

/// Whether the role is one of the three administrators (GB/T 22239: 三员分立).
#[must_use]
pub fn is_admin(role: Role) -> bool {
    matches!(
        role,
        Role::SystemAdmin | Role::SecurityAdmin | Role::AuditAdmin
    )
}

/// Whether the role is a post in a grid, which the people keeper of the area gives.
#[must_use]
pub fn is_grid_post(role: Role) -> bool {
    matches!(
        role,
        Role::GridChief | Role::GridWorker | Role::LiaisonOfficer | Role::Volunteer
    )
}

/// Whether `actor` may give or take a seat of `role` that lies in division `place`, held by `person`.
///
/// The security administrator gives any seat; a people keeper posts in grids of the own area; nobody
/// the own.
///
/// # Errors
/// [`Refusal::Own`], [`Refusal::NotAGridPost`], [`Refusal::OutOfArea`].
pub fn may_seat(
    actor: &Actor,
    person: PersonId,
    role: Role,
    place: Option<i64>,
) -> Result<(), Refusal> {
    if actor.persons().contains(&person) {
        return Err(Refusal::Own);
    }
    if actor.can(Capability::ManageRights) {
        return Ok(());
    }
    if !is_grid_post(role) {
        return Err(Refusal::NotAGridPost);
    }
    let scope = actor.scope(Capability::AppointPosts);
    if place.is_some_and(|p| scope.holds(p)) {
        Ok(())
    } else {
        Err(Refusal::OutOfArea)
    }
}

/// Longest leave, seconds: a year and a day.
const LONGEST_S: i64 = 367 * 86_400;

/// Whether somebody can be away from `from` until `to` with this stand-in.
///
/// `others`: leaves not called off that touch the span, as (away, stand-in). One who is away stands in
/// for nobody, and the seats of one who stands in are not passed on.
///
/// # Errors
/// [`Refusal::EndsFirst`], [`Refusal::TooLong`], [`Refusal::Overlaps`], [`Refusal::StandInAway`].
pub fn may_leave(
    person: PersonId,
    stand_in: Option<PersonId>,
    from: Moment,
    to: Moment,
    others: &[(PersonId, Option<PersonId>)],
) -> Result<(), Refusal> {
    if to <= from {
        return Err(Refusal::EndsFirst);
    }
    if to.since_s(from) > LONGEST_S {
        return Err(Refusal::TooLong);
    }
    if others
        .iter()
        .any(|(away, by)| *away == person || *by == Some(person))
    {
        return Err(Refusal::Overlaps);
    }
    if stand_in.is_some_and(|s| others.iter().any(|(away, _)| *away == s)) {
        return Err(Refusal::StandInAway);
    }
    Ok(())
}

/// Refuses roles that one person may not hold together.
///
/// A person is at most one of the three administrators, and an administrator is nothing else:
/// whoever grants rights does not use them, and whoever reads the log is not in it.
///
/// # Errors
/// [`Refusal::RolesConflict`].
pub fn fit_together(roles: &[Role]) -> Result<(), Refusal> {
    let conflict = |a: &Role, b: &Role| a != b && (is_admin(*a) || is_admin(*b));
    if roles.iter().any(|a| roles.iter().any(|b| conflict(a, b))) {
        return Err(Refusal::RolesConflict);
    }
    Ok(())
}
