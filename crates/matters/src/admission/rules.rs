//! The life of an admission: asked, refused or tried, listed for a year, renewed, lapsed, withdrawn.

use std::collections::BTreeMap;

use kernel::{Moment, PersonId};

use crate::model::AdmissionState as S;

/// How long a listing holds before it must be renewed, in days.
pub const LISTED_DAYS: i64 = 365;
/// How long before its end a listing may be renewed, and the department is reminded, in days.
pub const RENEW_DAYS: i64 = 45;

/// Who must answer an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The grid service centre.
    Centre,
    /// A town, twelve digits.
    Town(i64),
}

/// What the rules know of an admission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Where it stands.
    pub state: S,
    /// Who asked.
    pub made_by: PersonId,
    /// Who must answer, and what they said in this round.
    pub answers: BTreeMap<Party, Option<bool>>,
    /// Who answered for the centre in this round.
    pub centre_by: Option<PersonId>,
    /// When the listing ends unless it is renewed.
    pub renew_by: Option<Moment>,
}

/// What may be done with an admission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Sent anew, mended.
    Mend,
    /// Answered by a party.
    Answer(Party),
    /// Listed after its trial.
    List,
    /// Listed for another year.
    Renew,
    /// Taken back.
    Withdraw,
}

/// Why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Not at this state.
    #[error("admission.not_at_this_state")]
    NotAtThisState,
    /// Not a party to it.
    #[error("admission.not_a_party")]
    NotAParty,
    /// This party has answered.
    #[error("admission.answered")]
    Answered,
    /// Who asked may not answer.
    #[error("admission.same_person")]
    SamePerson,
    /// Too early to renew.
    #[error("admission.renew_later")]
    RenewLater,
}

impl Refusal {
    /// The key of its sentence.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotAtThisState => "admission.not_at_this_state",
            Self::NotAParty => "admission.not_a_party",
            Self::Answered => "admission.answered",
            Self::SamePerson => "admission.same_person",
            Self::RenewLater => "admission.renew_later",
        }
    }
}

/// Checks `step` of `person` at `now`.
///
/// # Errors
/// The first rule that says no.
pub fn may(admission: &Standing, step: Step, person: PersonId, now: Moment) -> Result<(), Refusal> {
    let fits = match step {
        Step::Mend => matches!(admission.state, S::RefusedByRule | S::Refused),
        Step::Answer(_) => admission.state == S::Asked,
        Step::List => matches!(admission.state, S::Trial | S::Tried),
        Step::Renew => admission.state == S::Listed,
        Step::Withdraw => !matches!(admission.state, S::Withdrawn | S::Lapsed),
    };
    let ensure = |holds: bool, otherwise| if holds { Ok(()) } else { Err(otherwise) };
    ensure(fits, Refusal::NotAtThisState)?;
    match step {
        Step::Answer(party) => {
            let said = admission.answers.get(&party).ok_or(Refusal::NotAParty)?;
            ensure(said.is_none(), Refusal::Answered)?;
            ensure(admission.made_by != person, Refusal::SamePerson)
        }
        // Who asked does not list, and neither does who let it in.
        Step::List => {
            let own = admission.made_by == person || admission.centre_by == Some(person);
            ensure(!own, Refusal::SamePerson)
        }
        Step::Renew => {
            let early = admission
                .renew_by
                .is_none_or(|by| now < by.plus_s(-RENEW_DAYS * 86_400));
            ensure(!early, Refusal::RenewLater)?;
            ensure(admission.made_by != person, Refusal::SamePerson)
        }
        Step::Mend | Step::Withdraw => Ok(()),
    }
}

/// Where an asked admission goes as its parties answer: refused at the first no, on trial when all
/// have agreed.
#[must_use]
pub fn answered(admission: &Standing) -> S {
    let mut said = admission.answers.values();
    if said.clone().any(|s| *s == Some(false)) {
        S::Refused
    } else if said.all(|s| *s == Some(true)) {
        S::Trial
    } else {
        S::Asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOWNS: [i64; 2] = [320_402_001_000, 320_402_002_000];

    fn person(n: u128) -> PersonId {
        PersonId(uuid::Uuid::from_u128(n))
    }

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    fn standing(state: S) -> Standing {
        let parties = TOWNS.map(Party::Town).into_iter().chain([Party::Centre]);
        Standing {
            state,
            made_by: person(1),
            answers: parties.map(|p| (p, None)).collect(),
            centre_by: None,
            renew_by: Some(at("2027-01-01T00:00:00Z")),
        }
    }

    #[test]
    fn it_is_tried_only_when_all_agree_and_refused_at_the_first_no() {
        let mut admission = standing(S::Asked);
        for party in [Party::Town(TOWNS[0]), Party::Centre] {
            admission.answers.insert(party, Some(true));
            assert_eq!(answered(&admission), S::Asked);
        }
        let last = Party::Town(TOWNS[1]);
        admission.answers.insert(last, Some(true));
        assert_eq!(answered(&admission), S::Trial);
        admission.answers.insert(last, Some(false));
        assert_eq!(answered(&admission), S::Refused);
    }

    #[test]
    fn parties_answer_once_for_themselves_and_never_their_own() {
        let now = at("2026-11-28T00:00:00Z");
        let mut admission = standing(S::Asked);
        let answer = Step::Answer(Party::Centre);
        assert_eq!(may(&admission, answer, person(2), now), Ok(()));
        assert_eq!(
            may(&admission, answer, person(1), now),
            Err(Refusal::SamePerson)
        );
        let strange = Step::Answer(Party::Town(320_404_001_000));
        assert_eq!(
            may(&admission, strange, person(2), now),
            Err(Refusal::NotAParty)
        );
        admission.answers.insert(Party::Centre, Some(true));
        assert_eq!(
            may(&admission, answer, person(2), now),
            Err(Refusal::Answered)
        );
    }

    #[test]
    fn each_step_has_its_states() {
        let now = at("2026-12-15T00:00:00Z");
        let all = [
            S::Asked,
            S::RefusedByRule,
            S::Refused,
            S::Trial,
            S::Tried,
            S::Listed,
            S::Lapsed,
            S::Withdrawn,
        ];
        for (step, fit) in [
            (Step::Mend, vec![S::RefusedByRule, S::Refused]),
            (Step::Answer(Party::Centre), vec![S::Asked]),
            (Step::List, vec![S::Trial, S::Tried]),
            (Step::Renew, vec![S::Listed]),
        ] {
            for state in all {
                let said = may(&standing(state), step, person(9), now);
                let fits = fit.contains(&state);
                assert_eq!(said.is_ok(), fits, "{step:?} {state:?}");
            }
        }
        for state in all {
            let gone = matches!(state, S::Lapsed | S::Withdrawn);
            assert_eq!(
                may(&standing(state), Step::Withdraw, person(9), now).is_ok(),
                !gone
            );
        }
    }

    #[test]
    fn who_let_it_in_does_not_list_it_and_nobody_renews_early() {
        let mut admission = standing(S::Tried);
        admission.centre_by = Some(person(2));
        let now = at("2026-11-28T00:00:00Z");
        for own in [1, 2] {
            assert_eq!(
                may(&admission, Step::List, person(own), now),
                Err(Refusal::SamePerson)
            );
        }
        assert_eq!(may(&admission, Step::List, person(3), now), Ok(()));
        admission.state = S::Listed;
        let early = at("2026-11-01T00:00:00Z");
        assert_eq!(
            may(&admission, Step::Renew, person(3), early),
            Err(Refusal::RenewLater)
        );
        assert_eq!(may(&admission, Step::Renew, person(3), now), Ok(()));
    }
}
