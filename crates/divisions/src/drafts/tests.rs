use kernel::{DraftId, Moment, PersonId};

use super::lifecycle::{Deed, Refusal, effect_date, may};
use super::model::{Draft, NetDraftState};

fn draft(state: NetDraftState, cursor: i32) -> Draft {
    let now = moment("2026-03-01T00:00:00Z");
    Draft {
        id: DraftId::fresh(),
        name: String::new(),
        what: String::new(),
        area: 320_402_000_000,
        communities: Vec::new(),
        base: 1,
        state,
        steps: cursor,
        cursor,
        version: 1,
        effect_at: None,
        made_by: PersonId(uuid::Uuid::from_u128(1)),
        made_at: now,
        editors: vec![PersonId(uuid::Uuid::from_u128(2))],
        submitted_by: Some(PersonId(uuid::Uuid::from_u128(3))),
        submitted_at: None,
        decided_by: None,
        decided_at: None,
        refused: false,
        decision: String::new(),
        held: None,
        net: None,
        undoes: None,
        report: None,
        updated_at: now,
    }
}

fn moment(text: &str) -> Moment {
    text.parse().unwrap()
}

#[test]
fn each_deed_belongs_to_its_states() {
    use NetDraftState as S;
    let states = [
        S::Drawing,
        S::Submitted,
        S::Approved,
        S::InForce,
        S::Withdrawn,
    ];
    let another = PersonId(uuid::Uuid::from_u128(9));
    for (deed, fits) in [
        (Deed::Edit, &[S::Drawing][..]),
        (Deed::Submit, &[S::Drawing]),
        (Deed::Decide, &[S::Submitted]),
        (Deed::TakeBack, &[S::Submitted, S::Approved]),
        (Deed::Withdraw, &[S::Drawing, S::Submitted, S::Approved]),
        (Deed::Effect, &[S::Approved]),
        (Deed::Undo, &[S::InForce]),
    ] {
        for state in states {
            let may = may(&draft(state, 1), deed, another);
            let wanted = if fits.contains(&state) {
                Ok(())
            } else {
                Err(Refusal::NotNow)
            };
            assert_eq!(may, wanted, "{deed:?} {state:?}");
        }
    }
}

#[test]
fn nobody_who_had_a_hand_in_it_decides() {
    let submitted = draft(NetDraftState::Submitted, 1);
    for person in 1..=3 {
        let person = PersonId(uuid::Uuid::from_u128(person));
        assert_eq!(
            may(&submitted, Deed::Decide, person),
            Err(Refusal::SamePerson)
        );
        assert_eq!(may(&submitted, Deed::TakeBack, person), Ok(()));
    }
}

#[test]
fn an_empty_draft_is_not_submitted_and_none_for_yesterday() {
    let person = PersonId(uuid::Uuid::from_u128(1));
    let empty = draft(NetDraftState::Drawing, 0);
    assert_eq!(may(&empty, Deed::Submit, person), Err(Refusal::Empty));
    let now = moment("2026-03-01T08:00:00Z");
    assert_eq!(effect_date(now.plus_s(-30), now), Ok(()));
    assert_eq!(effect_date(now.plus_s(-61), now), Err(Refusal::InPast));
}
