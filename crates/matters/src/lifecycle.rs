//! Rules of drafts: what one person proposes, another puts in force.

use std::collections::BTreeSet;

use kernel::PersonId;

use crate::model::DraftState;

/// What may be done with a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Change it.
    Change,
    /// Hand it to a second person.
    Submit,
    /// Agree to it.
    Approve,
    /// Hand it back with a reason.
    SendBack,
    /// Give it up.
    Drop,
}

/// What the rules know of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Where it stands.
    pub state: DraftState,
    /// Whoever began it, changed it or handed it in.
    pub authors: BTreeSet<PersonId>,
    /// How many changes it holds.
    pub changes: usize,
    /// Whether it was tried as it stands now on what is in force now; always for a catalogue.
    pub tried: bool,
    /// Whether what it was made from is still what is in force.
    pub current: bool,
    /// Matters that would have no unit somewhere.
    pub dead_ends: usize,
    /// Faulty cells of the catalogue as it would be.
    pub faults: usize,
}

/// Why a draft stays where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Not at this state.
    #[error("draft.not_at_this_state")]
    NotAtThisState,
    /// Who proposed it may not agree to it.
    #[error("draft.same_person")]
    SamePerson,
    /// It changes nothing.
    #[error("draft.empty")]
    Empty,
    /// It has not been tried on past cases as it stands now.
    #[error("draft.not_tried")]
    NotTried,
    /// What it was made from has changed since.
    #[error("draft.outdated")]
    Outdated,
    /// Some matter would go nowhere.
    #[error("draft.dead_ends")]
    DeadEnds,
    /// The catalogue as it would be has faults.
    #[error("draft.faulty")]
    Faulty,
}

impl Refusal {
    /// The key of its sentence.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAtThisState => "draft.not_at_this_state",
            Self::SamePerson => "draft.same_person",
            Self::Empty => "draft.empty",
            Self::NotTried => "draft.not_tried",
            Self::Outdated => "draft.outdated",
            Self::DeadEnds => "draft.dead_ends",
            Self::Faulty => "draft.faulty",
        }
    }
}

/// Checks `step` of `person`.
///
/// # Errors
/// The first rule that says no.
pub fn may(draft: &Standing, step: Step, person: PersonId) -> Result<(), Refusal> {
    use DraftState as S;
    let fits = match step {
        Step::Change => draft.state == S::Draft,
        Step::Submit => draft.state == S::Draft,
        Step::Approve | Step::SendBack => draft.state == S::InReview,
        Step::Drop => matches!(draft.state, S::Draft | S::InReview | S::Approved),
    };
    let ensure = |holds: bool, otherwise| if holds { Ok(()) } else { Err(otherwise) };
    ensure(fits, Refusal::NotAtThisState)?;
    if matches!(step, Step::Submit | Step::Approve) {
        ensure(draft.changes > 0, Refusal::Empty)?;
        if step == Step::Approve {
            ensure(!draft.authors.contains(&person), Refusal::SamePerson)?;
        }
        ensure(draft.current, Refusal::Outdated)?;
        ensure(draft.tried, Refusal::NotTried)?;
        ensure(draft.dead_ends == 0, Refusal::DeadEnds)?;
        ensure(draft.faults == 0, Refusal::Faulty)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use DraftState as S;
    use Refusal as R;

    fn standing(state: DraftState) -> Standing {
        Standing {
            state,
            authors: BTreeSet::from([person(1), person(2)]),
            changes: 3,
            tried: true,
            current: true,
            dead_ends: 0,
            faults: 0,
        }
    }

    fn person(n: u128) -> PersonId {
        PersonId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn each_step_has_its_state() {
        let states = [S::Draft, S::InReview, S::Approved, S::InForce, S::Dropped];
        for (step, fit) in [
            (Step::Change, vec![S::Draft]),
            (Step::Submit, vec![S::Draft]),
            (Step::Approve, vec![S::InReview]),
            (Step::SendBack, vec![S::InReview]),
            (Step::Drop, vec![S::Draft, S::InReview, S::Approved]),
        ] {
            for state in states {
                let said = may(&standing(state), step, person(9));
                let wanted = if fit.contains(&state) {
                    Ok(())
                } else {
                    Err(R::NotAtThisState)
                };
                assert_eq!(said, wanted, "{step:?} {state:?}");
            }
        }
    }

    #[test]
    fn nobody_who_had_a_hand_in_a_draft_puts_it_in_force() {
        for author in [1, 2] {
            let said = may(&standing(S::InReview), Step::Approve, person(author));
            assert_eq!(said, Err(R::SamePerson));
        }
        assert_eq!(
            may(&standing(S::InReview), Step::Approve, person(3)),
            Ok(())
        );
    }

    #[test]
    fn what_is_empty_untried_outdated_or_ends_nowhere_goes_no_further() {
        let change = |f: fn(&mut Standing)| {
            let mut draft = standing(S::InReview);
            f(&mut draft);
            let approve = may(&draft, Step::Approve, person(3));
            draft.state = S::Draft;
            assert_eq!(may(&draft, Step::Submit, person(1)), approve);
            approve
        };
        assert_eq!(change(|d| d.changes = 0), Err(R::Empty));
        assert_eq!(change(|d| d.tried = false), Err(R::NotTried));
        assert_eq!(change(|d| d.current = false), Err(R::Outdated));
        assert_eq!(change(|d| d.dead_ends = 1), Err(R::DeadEnds));
        assert_eq!(change(|d| d.faults = 1), Err(R::Faulty));
    }
}
