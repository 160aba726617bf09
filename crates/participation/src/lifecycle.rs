//! The pure rules: the life of an application, what is paid.

use kernel::{Moment, PersonId};

pub use crate::model::Stage;

/// What is done with an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The community recommends.
    Recommend,
    /// The town confirms.
    Confirm,
    /// Not taken, by the community before, by the town after it recommended.
    Decline,
    /// The publication is over without an objection that was upheld.
    Appoint,
    /// Taken back.
    Withdraw,
    /// The post is over.
    End,
}

/// Why a step cannot be taken. The text is the key of its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not at this stage.
    #[error("application.not_at_this_stage")]
    NotAtThisStage,
    /// Whoever reviewed does not confirm.
    #[error("application.same_person")]
    SamePerson,
    /// The publication still runs.
    #[error("application.still_published")]
    StillPublished,
    /// An objection waits for an answer.
    #[error("application.objection_open")]
    ObjectionOpen,
    /// An objection was upheld.
    #[error("application.objection_upheld")]
    ObjectionUpheld,
    /// All places are taken.
    #[error("post.full")]
    Full,
}

impl From<Refusal> for kernel::Error {
    fn from(refusal: Refusal) -> Self {
        Self::conflict(match refusal {
            Refusal::NotAtThisStage => "application.not_at_this_stage",
            Refusal::SamePerson => "application.same_person",
            Refusal::StillPublished => "application.still_published",
            Refusal::ObjectionOpen => "application.objection_open",
            Refusal::ObjectionUpheld => "application.objection_upheld",
            Refusal::Full => "post.full",
        })
    }
}

/// What the rules look at.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Who reviewed, if anybody.
    pub reviewed_by: Option<PersonId>,
    /// Until when the name is published.
    pub published_until: Option<Moment>,
    /// Objections without an answer.
    pub objections_open: i64,
    /// Objections upheld.
    pub objections_upheld: i64,
    /// Places of the post not yet taken by somebody published or appointed.
    pub places_left: i64,
}

/// Where `step` leads from `stage`, when `by` takes it (with all they stand in for) at `now`.
///
/// # Errors
/// The first rule that says no.
pub fn lead(
    stage: Stage,
    step: Step,
    facts: &Facts,
    by: &[PersonId],
    now: Moment,
) -> Result<Stage, Refusal> {
    use Stage as S;
    match (stage, step) {
        (S::Applied, Step::Recommend) => Ok(S::Recommended),
        (S::Recommended, Step::Confirm) => {
            if facts.reviewed_by.is_some_and(|r| by.contains(&r)) {
                return Err(Refusal::SamePerson);
            }
            if facts.places_left <= 0 {
                return Err(Refusal::Full);
            }
            Ok(S::Published)
        }
        (S::Applied | S::Recommended | S::Published, Step::Decline) => Ok(S::Declined),
        (S::Applied | S::Recommended | S::Published, Step::Withdraw) => Ok(S::Withdrawn),
        (S::Published, Step::Appoint) => {
            if facts.published_until.is_none_or(|until| now < until) {
                return Err(Refusal::StillPublished);
            }
            if facts.objections_open > 0 {
                return Err(Refusal::ObjectionOpen);
            }
            if facts.objections_upheld > 0 {
                return Err(Refusal::ObjectionUpheld);
            }
            Ok(S::Appointed)
        }
        (S::Appointed, Step::End) => Ok(S::Ended),
        _ => Err(Refusal::NotAtThisStage),
    }
}

/// How long what an applicant told is kept after a refusal, seconds: for a question or a complaint.
pub const KEPT_AFTER_REFUSAL_S: i64 = 30 * 86_400;
/// How long after the applicant took it back, or was appointed (then the person's own row holds what is
/// needed).
pub const KEPT_AFTER_END_S: i64 = 7 * 86_400;

/// When what an applicant told is erased, once the application has come to `stage` at `now`.
#[must_use]
pub fn erase_at(stage: Stage, now: Moment) -> Option<Moment> {
    match stage {
        Stage::Declined => Some(now.plus_s(KEPT_AFTER_REFUSAL_S)),
        Stage::Withdrawn | Stage::Appointed => Some(now.plus_s(KEPT_AFTER_END_S)),
        _ => None,
    }
}

/// How many of `pieces` are paid when at most `most` a month are.
#[must_use]
pub fn paid(pieces: f64, most: Option<i32>) -> f64 {
    most.map_or(pieces, |m| pieces.min(f64::from(m)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Moment {
        Moment::new(jiff::Timestamp::from_second(1_700_000_000 + s).unwrap())
    }

    fn person(n: u128) -> PersonId {
        PersonId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn an_application_goes_only_the_ways_of_the_table() {
        use Stage as S;
        use Step as T;
        let stages = [
            S::Applied,
            S::Recommended,
            S::Published,
            S::Appointed,
            S::Declined,
            S::Withdrawn,
            S::Ended,
        ];
        let steps = [
            T::Recommend,
            T::Confirm,
            T::Decline,
            T::Appoint,
            T::Withdraw,
            T::End,
        ];
        let facts = Facts {
            reviewed_by: Some(person(1)),
            published_until: Some(at(0)),
            places_left: 1,
            ..Facts::default()
        };
        let table = [
            (S::Applied, T::Recommend, S::Recommended),
            (S::Applied, T::Decline, S::Declined),
            (S::Applied, T::Withdraw, S::Withdrawn),
            (S::Recommended, T::Confirm, S::Published),
            (S::Recommended, T::Decline, S::Declined),
            (S::Recommended, T::Withdraw, S::Withdrawn),
            (S::Published, T::Appoint, S::Appointed),
            (S::Published, T::Decline, S::Declined),
            (S::Published, T::Withdraw, S::Withdrawn),
            (S::Appointed, T::End, S::Ended),
        ];
        for stage in stages {
            for step in steps {
                let wanted = table
                    .iter()
                    .find(|t| t.0 == stage && t.1 == step)
                    .map_or(Err(Refusal::NotAtThisStage), |t| Ok(t.2));
                let led = lead(stage, step, &facts, &[person(2)], at(0));
                assert_eq!(led, wanted, "{stage:?} {step:?}");
            }
        }
    }

    #[test]
    fn the_reviewer_does_not_confirm_nor_does_who_stands_in_for_them() {
        let facts = Facts {
            reviewed_by: Some(person(1)),
            places_left: 1,
            ..Facts::default()
        };
        for by in [vec![person(1)], vec![person(2), person(1)]] {
            let led = lead(Stage::Recommended, Step::Confirm, &facts, &by, at(0));
            assert_eq!(led, Err(Refusal::SamePerson));
        }
    }

    #[test]
    fn nobody_is_appointed_before_the_publication_is_over_and_answered() {
        let facts = |until, open, upheld| Facts {
            published_until: until,
            objections_open: open,
            objections_upheld: upheld,
            ..Facts::default()
        };
        for (facts, why) in [
            (facts(None, 0, 0), Refusal::StillPublished),
            (facts(Some(at(1)), 0, 0), Refusal::StillPublished),
            (facts(Some(at(0)), 1, 0), Refusal::ObjectionOpen),
            (facts(Some(at(0)), 0, 1), Refusal::ObjectionUpheld),
        ] {
            let led = lead(Stage::Published, Step::Appoint, &facts, &[], at(0));
            assert_eq!(led, Err(why));
        }
    }

    #[test]
    fn pieces_above_the_most_are_not_paid() {
        assert_eq!(paid(9.0, Some(8)), 8.0);
        assert_eq!(paid(9.0, None), 9.0);
    }
}
