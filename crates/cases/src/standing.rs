//! How a signed-in person stands before one case: what they may see and as what they may act.

use kernel::actor::code_range;
use kernel::{Actor, Capability, OrgId, Role};

use crate::lifecycle::{Doer, Staff};
use crate::model::Case;

/// Whether `org` has a part in the case now: leads, co-handles, was called.
fn has_part(case: &Case, org: OrgId) -> bool {
    case.lead == Some(org)
        || case.sub_tasks.iter().any(|t| t.org == org)
        || case
            .whistles
            .iter()
            .any(|w| w.caller == org || w.called.contains_key(&org))
}

/// The person before the case. Empty `acting` means they have no standing here.
#[must_use]
pub fn staff(case: &Case, actor: &Actor) -> Staff {
    let mut acting = Vec::new();
    for seat in &actor.seats {
        let in_area = seat.area.is_some_and(|area| {
            let (first, last) = code_range(area);
            (first..=last).contains(&case.area) || case.area == area
        });
        let in_grid = seat.grid.is_some_and(|g| {
            case.place
                .as_ref()
                .is_some_and(|p| p.basic == g || p.dedicated == Some(g))
        });
        let part = seat.org.is_some_and(|o| has_part(case, o));
        let by_area = in_area && !matches!(seat.role, Role::Handler | Role::UnitLead);
        for capability in seat.role.capabilities() {
            // Handling follows the unit, never the area alone.
            let handling = matches!(capability, Capability::HandleCases | Capability::LeadUnit);
            if part || (!handling && (by_area || in_grid)) {
                acting.push((*capability, seat.role, seat.org, seat.of));
            }
        }
    }
    Staff {
        person: actor.person,
        persons: actor.persons(),
        acting,
        orgs: actor.orgs(),
        grids: actor.seats.iter().filter_map(|s| s.grid).collect(),
    }
}

/// The actor as the rules see them.
#[must_use]
pub fn doer(case: &Case, actor: &Actor) -> Doer {
    Doer::Staff(staff(case, actor))
}
