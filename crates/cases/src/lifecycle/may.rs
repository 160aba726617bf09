//! Whether somebody may do something to a case now: stage, seat, independence, windows.
//!
//! One function per group of commands; what a body must hold is checked in `decide`.

use kernel::{Capability as C, OrgId};

use super::clocks::Clocks;
use super::command::{CommandKind as K, Doer, Staff};
use super::decide::Context;
use super::refusal::Refusal as R;
use crate::model::{Case, ClockKind, Level, RequestKind, Stage as S, SubTaskState, Urgency};

/// Checks `kind` for `doer` on `case` at the context's instant.
///
/// # Errors
/// The first rule that says no.
pub fn may(case: &Case, kind: K, doer: &Doer, context: &Context<'_>) -> Result<(), R> {
    match doer {
        Doer::Reporter { follower, .. } => by_reporter(case, kind, *follower, context),
        Doer::Staff(staff) => by_staff(case, kind, staff, context),
    }
}

fn at(case: &Case, stages: &[S]) -> Result<(), R> {
    if stages.contains(&case.stage) {
        Ok(())
    } else {
        Err(R::NotAtThisStage)
    }
}

fn ensure(holds: bool, otherwise: R) -> Result<(), R> {
    if holds { Ok(()) } else { Err(otherwise) }
}

/// Whether the window the clock `kind` measures is still open; at its very end it is over.
fn in_window(case: &Case, kind: ClockKind, context: &Context<'_>) -> Result<(), R> {
    let open = case
        .clock(kind)
        .and_then(|c| c.due_at())
        .is_some_and(|due| context.now < due);
    ensure(open, R::WindowOver)
}

fn by_reporter(case: &Case, kind: K, follower: bool, context: &Context<'_>) -> Result<(), R> {
    ensure(!follower, R::OnlyReporter)?;
    match kind {
        K::Answer => {
            at(case, &[S::Reported])?;
            ensure(
                case.question.as_ref().is_some_and(|q| !q.over),
                R::NoQuestion,
            )
        }
        K::ObjectDecline => {
            at(case, &[S::Declined])?;
            ensure(!case.decline_objected, R::ObjectedAlready)?;
            in_window(case, ClockKind::Objection, context)
        }
        K::Confirm | K::Object => {
            at(case, &[S::Confirming])?;
            in_window(case, ClockKind::Objection, context)
        }
        K::Reopen => reopen(case, context),
        K::Withdraw => ensure(case.stage.before_handled(), R::NotAtThisStage),
        _ => Err(R::NotYourSeat),
    }
}

fn reopen(case: &Case, context: &Context<'_>) -> Result<(), R> {
    at(case, &[S::Closed])?;
    ensure(case.reopens < context.rules.max_reopens, R::ReopensSpent)?;
    in_window(case, ClockKind::Reopen, context)
}

fn by_staff(case: &Case, kind: K, staff: &Staff, context: &Context<'_>) -> Result<(), R> {
    match kind {
        K::Answer | K::ObjectDecline | K::Confirm | K::Object | K::Withdraw => Err(R::OnlyReporter),
        K::AskReporter | K::Accept | K::Decline | K::SetMatter | K::Place => {
            intake(case, kind, staff)
        }
        K::Dispatch | K::Redispatch | K::Rule | K::Merge | K::Unmerge => {
            deciding(case, kind, staff, context)
        }
        K::Sign
        | K::Return
        | K::Dispute
        | K::Handle
        | K::MakeSafe
        | K::HandOver
        | K::SelfHandle => holding(case, kind, staff, context),
        K::RequestSuspend | K::RequestExtend | K::RequestVoid | K::RequestExclude => {
            asking(case, kind, staff, context)
        }
        K::ApproveSuspend
        | K::RefuseSuspend
        | K::ApproveExtend
        | K::RefuseExtend
        | K::ApproveVoid
        | K::RefuseVoid
        | K::ApproveExclude
        | K::RefuseExclude
        | K::Resume => approving(case, kind, staff),
        K::Take | K::Pass | K::Fail => verifying(case, kind, staff, context),
        K::Reopen => {
            seat(staff, C::RuleCases)?;
            reopen(case, context)
        }
        K::Remind | K::Supervise => {
            seat(staff, C::WatchCases)?;
            ensure(case.stage.before_closed(), R::NotAtThisStage)
        }
        K::AddSubTask | K::DeclineSubTask | K::FinishSubTask => co_handling(case, kind, staff),
        K::Whistle | K::WhistleSignIn | K::WhistleConclude | K::WhistleRate => {
            whistling(case, kind, staff)
        }
        K::Note => seat(staff, C::ReadCases),
    }
}

fn seat(staff: &Staff, capability: C) -> Result<(), R> {
    ensure(staff.seat(capability).is_some(), R::NotYourSeat)
}

/// Whether the caller sits in the lead unit with a seat that handles.
fn leads(case: &Case, staff: &Staff) -> Result<OrgId, R> {
    let lead = case.lead.ok_or(R::NotAtThisStage)?;
    ensure(
        staff.seat(C::HandleCases).is_some() || staff.orgs.contains(&lead),
        R::NotYourSeat,
    )?;
    ensure(
        staff.seat_in(C::HandleCases, lead).is_some(),
        R::HeldByAnother,
    )?;
    Ok(lead)
}

/// Neither a person nor a unit that had a hand in the case may judge it.
fn independent(case: &Case, staff: &Staff) -> Result<(), R> {
    let touched = staff.persons.iter().any(|p| case.hands.contains(p))
        || staff.orgs.iter().any(|org| case.units.contains(org));
    ensure(!touched, R::NotIndependent)
}

fn intake(case: &Case, kind: K, staff: &Staff) -> Result<(), R> {
    match kind {
        K::SetMatter => {
            at(case, &[S::Reported, S::Accepted, S::Returned])?;
            ensure(
                staff
                    .seat(C::AcceptCases)
                    .or(staff.seat(C::DispatchCases))
                    .is_some(),
                R::NotYourSeat,
            )
        }
        K::Place => {
            at(case, &[S::Reported, S::Accepted, S::Returned])?;
            ensure(
                staff
                    .seat(C::AcceptCases)
                    .or(staff.seat(C::DispatchCases))
                    .is_some(),
                R::NotYourSeat,
            )
        }
        _ => {
            at(case, &[S::Reported])?;
            seat(staff, C::AcceptCases)?;
            if kind == K::AskReporter {
                return ensure(case.question.is_none(), R::AskedAlready);
            }
            // After an objection to a decline another person decides.
            let again = case.decline_objected
                && [case.decided_by, case.decided_for]
                    .into_iter()
                    .flatten()
                    .any(|p| staff.is(p));
            ensure(!again, R::AnotherMustDecide)
        }
    }
}

fn deciding(case: &Case, kind: K, staff: &Staff, context: &Context<'_>) -> Result<(), R> {
    match kind {
        K::Dispatch => {
            at(case, &[S::Accepted])?;
            seat(staff, C::DispatchCases)?;
            ensure(
                case.matter.is_some() && context.matter.is_some(),
                R::MatterMissing,
            )?;
            ensure(case.place.is_some(), R::PlaceMissing)
        }
        K::Redispatch => {
            at(case, &[S::Returned])?;
            seat(staff, C::DispatchCases)
        }
        K::Rule => {
            at(case, &[S::InRuling])?;
            seat(staff, C::RuleCases)?;
            let by = case.dispatched_by.as_ref();
            let mut dispatched = by.into_iter().flat_map(|b| [b.person(), b.of()]).flatten();
            ensure(!dispatched.any(|p| staff.is(p)), R::SamePerson)?;
            independent(case, staff)
        }
        K::Merge => {
            ensure(case.stage.before_handled(), R::NotAtThisStage)?;
            ensure(
                staff
                    .seat(C::AcceptCases)
                    .or(staff.seat(C::DispatchCases))
                    .is_some(),
                R::NotYourSeat,
            )
        }
        _ => {
            at(case, &[S::Merged])?;
            ensure(
                staff
                    .seat(C::AcceptCases)
                    .or(staff.seat(C::DispatchCases))
                    .is_some(),
                R::NotYourSeat,
            )
        }
    }
}

fn holding(case: &Case, kind: K, staff: &Staff, context: &Context<'_>) -> Result<(), R> {
    match kind {
        K::Sign => {
            at(case, &[S::Dispatched])?;
            leads(case, staff).map(drop)
        }
        K::Return => {
            at(case, &[S::Dispatched, S::Handling])?;
            leads(case, staff)?;
            ensure(!case.binding, R::BoundByRuling)?;
            ensure(case.returns == 0, R::ReturnsSpent)?;
            return_window(case, context)
        }
        K::Dispute => {
            at(case, &[S::Dispatched, S::Handling])?;
            leads(case, staff)?;
            ensure(!case.binding, R::BoundByRuling)?;
            ensure(case.returns > 0, R::ReturnFirst)
        }
        K::MakeSafe => {
            at(case, &[S::Handling])?;
            // The lead unit does; so may the worker or chief of the grid, who is often there first.
            let in_grid = case
                .place
                .as_ref()
                .is_some_and(|p| staff.grids.contains(&p.basic) || staff.grids.contains(&p.grid()));
            if !(in_grid && staff.seat(C::WorkGrid).is_some()) {
                leads(case, staff)?;
            }
            let asked = context.matter.is_some_and(|m| m.make_safe_min.is_some());
            ensure(asked && !case.made_safe, R::NothingToMakeSafe)
        }
        K::Handle => {
            at(case, &[S::Handling])?;
            leads(case, staff)?;
            let open = case.sub_tasks.iter().any(|t| t.state == SubTaskState::Open);
            ensure(!open, R::SubTasksOpen)
        }
        K::HandOver => {
            at(case, &[S::Handling])?;
            let lead = leads(case, staff)?;
            // Whoever has it passes it on; the unit's lead gives it to anybody; what nobody has, anybody takes.
            let has = case.handler.is_none_or(|h| staff.is(h));
            let heads = staff.seat_in(C::LeadUnit, lead).is_some();
            ensure(has || heads, R::NotYourSeat)
        }
        _ => self_handling(case, staff, context),
    }
}

fn return_window(case: &Case, context: &Context<'_>) -> Result<(), R> {
    let dispatched = case.dispatched_at.ok_or(R::NotAtThisStage)?;
    let clocks = Clocks {
        calendar: context.calendar,
        now: context.now,
    };
    let around = super::clocks::around(case.urgency);
    let used = clocks.between_s(around, dispatched, context.now);
    ensure(
        used <= context.rules.return_within_min * 60,
        R::ReturnWindowOver,
    )
}

fn self_handling(case: &Case, staff: &Staff, context: &Context<'_>) -> Result<(), R> {
    at(case, &[S::Reported, S::Accepted])?;
    seat(staff, C::WorkGrid)?;
    let place = case.place.as_ref().ok_or(R::PlaceMissing)?;
    let own = staff.grids.contains(&place.basic) || staff.grids.contains(&place.grid());
    ensure(own, R::NotYourGrid)?;
    let matter = context.matter.ok_or(R::MatterMissing)?;
    ensure(matter.self_handle, R::NotSelfHandled)?;
    ensure(matter.listed, R::NotListed)
}

fn asking(case: &Case, kind: K, staff: &Staff, context: &Context<'_>) -> Result<(), R> {
    match kind {
        K::RequestSuspend | K::RequestExtend => {
            at(case, &[S::Handling])?;
            leads(case, staff)?;
            ensure(case.urgency != Some(Urgency::Emergency), R::EmergencyRunsOn)?;
            if kind == K::RequestSuspend {
                return ensure(
                    case.open_request(RequestKind::Suspend).is_none(),
                    R::RequestOpen,
                );
            }
            ensure(
                case.open_request(RequestKind::Extend).is_none(),
                R::RequestOpen,
            )?;
            ensure(
                case.extensions < context.rules.max_extensions,
                R::ExtensionsSpent,
            )?;
            let over = case.clock(ClockKind::Handle).map(|c| c.level(context.now));
            ensure(over != Some(Level::Red), R::LimitOver)
        }
        K::RequestVoid => {
            ensure(case.stage.before_closed(), R::NotAtThisStage)?;
            may_ask(case, staff)?;
            ensure(
                case.open_request(RequestKind::Void).is_none(),
                R::RequestOpen,
            )
        }
        _ => {
            ensure(
                !matches!(case.stage, S::Voided | S::Merged),
                R::NotAtThisStage,
            )?;
            may_ask(case, staff)?;
            ensure(!case.excluded, R::ExcludedAlready)?;
            ensure(
                case.open_request(RequestKind::Exclude).is_none(),
                R::RequestOpen,
            )
        }
    }
}

/// Who may ask for voiding or exclusion: the centre's seats, or the unit that leads.
fn may_ask(case: &Case, staff: &Staff) -> Result<(), R> {
    let centre = [
        C::AcceptCases,
        C::DispatchCases,
        C::RuleCases,
        C::WatchCases,
    ];
    let ok = centre.iter().any(|c| staff.seat(*c).is_some()) || leads(case, staff).is_ok();
    ensure(ok, R::NotYourSeat)
}

fn approving(case: &Case, kind: K, staff: &Staff) -> Result<(), R> {
    let (request, stages): (RequestKind, &[S]) = match kind {
        K::ApproveSuspend | K::RefuseSuspend => (RequestKind::Suspend, &[S::Handling]),
        K::ApproveExtend | K::RefuseExtend => (RequestKind::Extend, &[S::Handling]),
        K::ApproveVoid | K::RefuseVoid => (RequestKind::Void, &[]),
        K::ApproveExclude | K::RefuseExclude => (RequestKind::Exclude, &[]),
        _ => {
            at(case, &[S::Suspended])?;
            return if staff.seat(C::RuleCases).is_some() {
                Ok(())
            } else {
                leads(case, staff).map(drop)
            };
        }
    };
    if stages.is_empty() {
        let voiding = request == RequestKind::Void;
        ensure(!voiding || case.stage.before_closed(), R::NotAtThisStage)?;
    } else {
        at(case, stages)?;
    }
    let open = case.open_request(request).ok_or(R::NoRequest)?;
    seat(staff, C::RuleCases)?;
    let asked = [Some(open.person), open.of];
    ensure(
        !asked.into_iter().flatten().any(|p| staff.is(p)),
        R::SamePerson,
    )?;
    independent(case, staff)
}

fn verifying(case: &Case, kind: K, staff: &Staff, context: &Context<'_>) -> Result<(), R> {
    if kind == K::Take {
        at(case, &[S::Handled])?;
        seat(staff, C::VerifyCases)?;
        ensure(case.drawn != Some(false), R::NotDrawn)?;
        return independent(case, staff);
    }
    at(case, &[S::Verifying])?;
    seat(staff, C::VerifyCases)?;
    independent(case, staff)?;
    ensure(
        case.verifier.is_some_and(|v| staff.is(v)),
        R::TakenByAnother,
    )?;
    if kind == K::Pass {
        return same_hour(case, context);
    }
    Ok(())
}

/// A same-hour check (同时段核查) passes only within an hour of the time of day of the report.
fn same_hour(case: &Case, context: &Context<'_>) -> Result<(), R> {
    use matters::catalogue::Verification;
    if context.matter.map(|m| m.verification) != Some(Verification::SameHour) {
        return Ok(());
    }
    let day = 24 * 3600;
    let apart = context.now.since_s(case.reported_at).rem_euclid(day);
    ensure(apart.min(day - apart) <= 3600, R::NotTheSameHour)
}

fn co_handling(case: &Case, kind: K, staff: &Staff) -> Result<(), R> {
    if kind == K::AddSubTask {
        at(case, &[S::Dispatched, S::Handling])?;
        let centre = staff.seat(C::DispatchCases).is_some();
        return if centre {
            Ok(())
        } else {
            leads(case, staff).map(drop)
        };
    }
    at(case, &[S::Dispatched, S::Handling, S::Suspended])?;
    let mine = case
        .sub_tasks
        .iter()
        .any(|t| t.state == SubTaskState::Open && staff.seat_in(C::HandleCases, t.org).is_some());
    ensure(mine, R::NoSubTask)
}

fn whistling(case: &Case, kind: K, staff: &Staff) -> Result<(), R> {
    ensure(case.stage.before_closed(), R::NotAtThisStage)?;
    match kind {
        K::Whistle => seat(staff, C::Whistle),
        K::WhistleSignIn => {
            let mine = case.whistles.iter().any(|w| {
                w.conclusion.is_none()
                    && staff.orgs.iter().any(|o| {
                        (w.caller == *o && w.caller_signed_at.is_none())
                            || w.called.get(o).is_some_and(Option::is_none)
                    })
            });
            ensure(mine, R::WhistleStep)
        }
        _ => {
            seat(staff, C::Whistle)?;
            let concluding = kind == K::WhistleConclude;
            let mine = case
                .whistles
                .iter()
                .any(|w| staff.orgs.contains(&w.caller) && (w.conclusion.is_none() == concluding));
            ensure(mine, R::WhistleStep)
        }
    }
}
