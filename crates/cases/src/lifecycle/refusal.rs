//! Why the rules say no. The text is the key of the sentence people read.

/// A refusal of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// The stage does not allow it.
    #[error("case.not_at_this_stage")]
    NotAtThisStage,
    /// No seat of the caller carries it here.
    #[error("case.not_your_seat")]
    NotYourSeat,
    /// Another unit holds it.
    #[error("case.held_by_another")]
    HeldByAnother,
    /// Only the reporter may.
    #[error("case.only_reporter")]
    OnlyReporter,
    /// Somebody who had a hand in it may not judge it.
    #[error("case.not_independent")]
    NotIndependent,
    /// Another verifier took it.
    #[error("case.taken_by_another")]
    TakenByAnother,
    /// The same person may not do both.
    #[error("case.same_person")]
    SamePerson,
    /// The matter must be known first.
    #[error("case.matter_missing")]
    MatterMissing,
    /// The place must be known first.
    #[error("case.place_missing")]
    PlaceMissing,
    /// The one question has been asked.
    #[error("case.asked_already")]
    AskedAlready,
    /// No question is open.
    #[error("case.no_question")]
    NoQuestion,
    /// The one return is used: dispute it.
    #[error("case.returns_spent")]
    ReturnsSpent,
    /// The return has not been used yet: return it.
    #[error("case.return_first")]
    ReturnFirst,
    /// The window to return is over.
    #[error("case.return_window_over")]
    ReturnWindowOver,
    /// A ruling binds it.
    #[error("case.bound_by_ruling")]
    BoundByRuling,
    /// That unit returned it; only a ruling sends it there again.
    #[error("case.unit_returned_it")]
    UnitReturnedIt,
    /// It lies with that unit already.
    #[error("case.same_unit")]
    SameUnit,
    /// Emergencies can be neither extended nor suspended.
    #[error("case.emergency_runs_on")]
    EmergencyRunsOn,
    /// The limit is over; it was to be asked before.
    #[error("case.limit_over")]
    LimitOver,
    /// The extensions are used.
    #[error("case.extensions_spent")]
    ExtensionsSpent,
    /// One such request is open.
    #[error("case.request_open")]
    RequestOpen,
    /// No such request is open.
    #[error("case.no_request")]
    NoRequest,
    /// Nothing to make safe.
    #[error("case.nothing_to_make_safe")]
    NothingToMakeSafe,
    /// Evidence the matter asks for is missing.
    #[error("case.evidence_missing")]
    EvidenceMissing,
    /// Sub-tasks are open.
    #[error("case.sub_tasks_open")]
    SubTasksOpen,
    /// No such sub-task is open.
    #[error("case.no_sub_task")]
    NoSubTask,
    /// The unit declined a sub-task of this case before.
    #[error("case.sub_task_declined_before")]
    SubTaskDeclinedBefore,
    /// Not a matter a grid worker may put right alone.
    #[error("case.not_self_handled")]
    NotSelfHandled,
    /// Not a matter that may be put on grids here.
    #[error("case.not_listed")]
    NotListed,
    /// Outside the own grid.
    #[error("case.not_your_grid")]
    NotYourGrid,
    /// The window is over.
    #[error("case.window_over")]
    WindowOver,
    /// It was reopened as often as may be.
    #[error("case.reopens_spent")]
    ReopensSpent,
    /// Into itself, or into one that is itself merged or out of the loop.
    #[error("case.merge_target")]
    MergeTarget,
    /// No such whistle, or not at this step.
    #[error("case.whistle_step")]
    WhistleStep,
    /// That day has passed.
    #[error("case.time_passed")]
    TimePassed,
    /// Further off than the city allows.
    #[error("case.too_far")]
    TooFar,
    /// A verdict needs words or a picture.
    #[error("case.verdict_without_words")]
    VerdictWithoutWords,
    /// The matter asks for a stricter check.
    #[error("case.method_weaker")]
    MethodWeaker,
    /// It is excluded already.
    #[error("case.excluded_already")]
    ExcludedAlready,
    /// The same-hour check must be at the hour of the report.
    #[error("case.not_the_same_hour")]
    NotTheSameHour,
    /// Not drawn for verification.
    #[error("case.not_drawn")]
    NotDrawn,
    /// Only what was declined by another person may be decided anew.
    #[error("case.another_must_decide")]
    AnotherMustDecide,
    /// The decline was objected to once.
    #[error("case.objected_already")]
    ObjectedAlready,
}

impl Refusal {
    /// The key of its sentence.
    #[must_use]
    pub fn code(self) -> &'static str {
        use Refusal as R;
        match self {
            R::NotAtThisStage => "case.not_at_this_stage",
            R::NotYourSeat => "case.not_your_seat",
            R::HeldByAnother => "case.held_by_another",
            R::OnlyReporter => "case.only_reporter",
            R::NotIndependent => "case.not_independent",
            R::TakenByAnother => "case.taken_by_another",
            R::SamePerson => "case.same_person",
            R::MatterMissing => "case.matter_missing",
            R::PlaceMissing => "case.place_missing",
            R::AskedAlready => "case.asked_already",
            R::NoQuestion => "case.no_question",
            R::ReturnsSpent => "case.returns_spent",
            R::ReturnFirst => "case.return_first",
            R::ReturnWindowOver => "case.return_window_over",
            R::BoundByRuling => "case.bound_by_ruling",
            R::UnitReturnedIt => "case.unit_returned_it",
            R::SameUnit => "case.same_unit",
            R::EmergencyRunsOn => "case.emergency_runs_on",
            R::LimitOver => "case.limit_over",
            R::ExtensionsSpent => "case.extensions_spent",
            R::RequestOpen => "case.request_open",
            R::NoRequest => "case.no_request",
            R::NothingToMakeSafe => "case.nothing_to_make_safe",
            R::EvidenceMissing => "case.evidence_missing",
            R::SubTasksOpen => "case.sub_tasks_open",
            R::NoSubTask => "case.no_sub_task",
            R::SubTaskDeclinedBefore => "case.sub_task_declined_before",
            R::NotSelfHandled => "case.not_self_handled",
            R::NotListed => "case.not_listed",
            R::NotYourGrid => "case.not_your_grid",
            R::WindowOver => "case.window_over",
            R::ReopensSpent => "case.reopens_spent",
            R::MergeTarget => "case.merge_target",
            R::WhistleStep => "case.whistle_step",
            R::TimePassed => "case.time_passed",
            R::TooFar => "case.too_far",
            R::VerdictWithoutWords => "case.verdict_without_words",
            R::MethodWeaker => "case.method_weaker",
            R::ExcludedAlready => "case.excluded_already",
            R::NotTheSameHour => "case.not_the_same_hour",
            R::NotDrawn => "case.not_drawn",
            R::AnotherMustDecide => "case.another_must_decide",
            R::ObjectedAlready => "case.objected_already",
        }
    }
}
