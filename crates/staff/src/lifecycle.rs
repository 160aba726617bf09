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
    /// Its area, grid and unit do not lie in one another.
    #[error("appointment.apart")]
    Apart,
    /// Standing in would give more than whoever enters it may give.
    #[error("leave.seats_not_yours")]
    NotYours,
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
            Refusal::Apart => "appointment.apart",
            Refusal::NotYours => "leave.seats_not_yours",
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

/// Whether `actor` may give or take a seat of `role` that lies in all of `places` (its area, its grid's
/// community, its unit's division), held by `person`.
///
/// The security administrator gives any seat; a people keeper posts in grids of the own area, where all
/// that the seat reaches lies in it; nobody the own.
///
/// # Errors
/// [`Refusal::Own`], [`Refusal::NotAGridPost`], [`Refusal::OutOfArea`].
pub fn may_seat(
    actor: &Actor,
    person: PersonId,
    role: Role,
    places: &[i64],
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
    if !places.is_empty() && places.iter().all(|p| scope.holds(*p)) {
        Ok(())
    } else {
        Err(Refusal::OutOfArea)
    }
}

/// Refuses a seat whose area, grid and unit do not lie in one another: `area` and `unit` are divisions,
/// `community` the grid's.
///
/// # Errors
/// [`Refusal::Apart`].
pub fn lie_together(
    area: Option<i64>,
    community: Option<i64>,
    unit: Option<i64>,
) -> Result<(), Refusal> {
    let holds = |outer: i64, inner: i64| {
        let (first, last) = kernel::actor::code_range(outer);
        (first..=last).contains(&inner)
    };
    let apart = area.zip(community).is_some_and(|(a, c)| !holds(a, c))
        || unit
            .zip(community.or(area))
            .is_some_and(|(u, place)| !holds(u, place) && !holds(place, u));
    if apart { Err(Refusal::Apart) } else { Ok(()) }
}

/// Whether `actor` may name `stand_in` for somebody with these seats: role, and where it lies. `held` are
/// the stand-in's own roles.
///
/// Nobody gets by standing in what whoever enters it could not give, and nobody names themself: a post in a
/// grid of the own area is passed on, any other seat only to one who may do all that already. Who enters the
/// own leave gives what is theirs, and the security administrator any seat.
///
/// # Errors
/// [`Refusal::Own`], [`Refusal::NotYours`].
pub fn may_pass_on(
    actor: &Actor,
    person: PersonId,
    stand_in: PersonId,
    seats: &[(Role, Option<i64>)],
    held: &[Role],
) -> Result<(), Refusal> {
    if actor.persons().contains(&stand_in) {
        return Err(Refusal::Own);
    }
    if actor.can(Capability::ManageRights) || actor.person == person {
        return Ok(());
    }
    let scope = actor.scope(Capability::KeepPeople);
    let able = |c: &Capability| held.iter().any(|r| r.capabilities().contains(c));
    let passes = |(role, place): &(Role, Option<i64>)| {
        place.is_some_and(|p| scope.holds(p))
            && (is_grid_post(*role) || role.capabilities().iter().all(able))
    };
    if seats.iter().all(passes) {
        Ok(())
    } else {
        Err(Refusal::NotYours)
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
