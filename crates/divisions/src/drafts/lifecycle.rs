//! What may be done to a draft, when and by whom. Pure.

use kernel::{Moment, PersonId};

use super::model::{Draft, NetDraftState};

/// Something done to a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Edit, undo, redo, rename it.
    Edit,
    /// Hand it in for approval.
    Submit,
    /// Approve or refuse.
    Decide,
    /// Take it back to be drawn on.
    TakeBack,
    /// Give it up.
    Withdraw,
    /// Take effect.
    Effect,
    /// Be undone by a counter-draft.
    Undo,
}

/// Why it may not be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It does not stand where this can be done.
    #[error("net_draft.not_now")]
    NotNow,
    /// Who drew or submitted it may not decide on it.
    #[error("net_draft.same_person")]
    SamePerson,
    /// Nothing was drawn.
    #[error("net_draft.empty")]
    Empty,
    /// Its date lies in the past.
    #[error("net_draft.effect_in_past")]
    InPast,
}

impl From<Refusal> for kernel::Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotNow => Self::conflict("net_draft.not_now"),
            Refusal::SamePerson => Self::forbidden("net_draft.same_person"),
            Refusal::Empty => Self::conflict("net_draft.empty"),
            Refusal::InPast => Self::field("effect_at", "net_draft.effect_in_past"),
        }
    }
}

/// Whether `person` may do `deed` to the draft now.
///
/// # Errors
/// The refusal that applies first.
pub fn may(draft: &Draft, deed: Deed, person: PersonId) -> Result<(), Refusal> {
    use NetDraftState as S;
    let fits = match deed {
        Deed::Edit | Deed::Submit => draft.state == S::Drawing,
        Deed::Decide => draft.state == S::Submitted,
        Deed::TakeBack => matches!(draft.state, S::Submitted | S::Approved),
        Deed::Withdraw => matches!(draft.state, S::Drawing | S::Submitted | S::Approved),
        Deed::Effect => draft.state == S::Approved,
        Deed::Undo => draft.state == S::InForce,
    };
    if !fits {
        return Err(Refusal::NotNow);
    }
    let had_a_hand = draft.made_by == person
        || draft.submitted_by == Some(person)
        || draft.editors.contains(&person);
    if deed == Deed::Decide && had_a_hand {
        return Err(Refusal::SamePerson);
    }
    if deed == Deed::Submit && draft.cursor == 0 {
        return Err(Refusal::Empty);
    }
    Ok(())
}

/// The date a draft may be submitted for: not more than a minute ago, so that "now" is accepted.
///
/// # Errors
/// [`Refusal::InPast`].
pub fn effect_date(effect_at: Moment, now: Moment) -> Result<(), Refusal> {
    if effect_at < now.plus_s(-60) {
        Err(Refusal::InPast)
    } else {
        Ok(())
    }
}
