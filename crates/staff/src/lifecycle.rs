//! The pure rules of appointing.

use kernel::Role;

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
}

impl From<Refusal> for kernel::Error {
    fn from(refusal: Refusal) -> Self {
        Self::conflict(match refusal {
            Refusal::RolesConflict => "appointment.roles_conflict",
            Refusal::Nowhere => "appointment.nowhere",
            Refusal::EndsFirst => "appointment.ends_before_it_begins",
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
