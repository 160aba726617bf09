//! What an event makes of a case. Total: what was once allowed always applies.

use std::collections::BTreeSet;

use kernel::{CaseId, Moment};

use crate::model::{
    Answered, Before, By, Case, CaseClock, ClockChange, ClockKind, ClockState, Event, Level,
    RequestKind, Stage, SubTaskState, What,
};

/// The case a `Reported` event gives birth to; `None` for any other event.
#[must_use]
pub fn born(id: CaseId, event: &Event) -> Option<Case> {
    let What::Reported {
        number,
        source,
        external_number,
        matter,
        urgency,
        terms,
        place,
        net,
        area,
        media,
        ..
    } = &event.what
    else {
        return None;
    };
    let mut case = Case {
        id,
        number: number.clone(),
        version: 0,
        stage: Stage::Reported,
        source: *source,
        external_number: external_number.clone(),
        matter: matter.clone(),
        urgency: *urgency,
        terms: *terms,
        place: place.clone(),
        net: *net,
        area: *area,
        reported_at: event.at,
        updated_at: event.at,
        closed_at: None,
        dispatched_at: None,
        dispatched_by: None,
        decided_by: None,
        decided_for: None,
        lead: None,
        handler: None,
        verifier: None,
        hands: BTreeSet::new(),
        units: BTreeSet::new(),
        returned_by: BTreeSet::new(),
        returns: 0,
        binding: false,
        rework: 0,
        reopens: 0,
        extensions: 0,
        made_safe: false,
        drawn: None,
        clocks: Vec::new(),
        sub_tasks: Vec::new(),
        requests: Vec::new(),
        whistles: Vec::new(),
        question: None,
        decline_objected: false,
        merged_into: None,
        before: None,
        suspended_until: None,
        reminders: 0,
        supervision: 0,
        excluded: false,
        media: media.clone(),
        told: BTreeSet::new(),
        reporters: 1,
    };
    tick(&mut case, event);
    Some(case)
}

/// The case after `event`.
#[must_use]
pub fn apply(mut case: Case, event: &Event) -> Case {
    change(&mut case, event);
    tick(&mut case, event);
    case
}

fn tick(case: &mut Case, event: &Event) {
    for change in &event.clocks {
        turn(case, change, event.at);
    }
    case.version += 1;
    case.updated_at = event.at;
}

/// Does to the clocks what `change` says.
fn turn(case: &mut Case, change: &ClockChange, at: Moment) {
    if let ClockChange::Start {
        clock,
        from,
        total_s,
        around,
        provisional,
        due_at,
        amber_at,
    } = change
    {
        case.clocks.retain(|c| c.kind != *clock);
        case.clocks.push(CaseClock {
            kind: *clock,
            started_at: *from,
            total_s: *total_s,
            around: *around,
            provisional: *provisional,
            state: ClockState::Running {
                due_at: *due_at,
                amber_at: *amber_at,
            },
            told: Level::Ok,
            from: *from,
            left_s: *total_s,
        });
        return;
    }
    let kind = match change {
        ClockChange::Start { clock, .. }
        | ClockChange::Stop { clock }
        | ClockChange::Pause { clock, .. }
        | ClockChange::Resume { clock, .. }
        | ClockChange::Move { clock, .. } => *clock,
    };
    let Some(clock) = case.clocks.iter_mut().find(|c| c.kind == kind) else {
        return;
    };
    match change {
        ClockChange::Start { .. } => {}
        ClockChange::Stop { .. } => {
            let met = match clock.state {
                ClockState::Running { due_at, .. } => at <= due_at,
                ClockState::Paused { remaining_s, .. } => remaining_s >= 0,
                ClockState::Stopped { met, .. } => met,
            };
            clock.state = ClockState::Stopped {
                stopped_at: at,
                met,
            };
        }
        ClockChange::Pause { remaining_s, .. } => {
            clock.state = ClockState::Paused {
                paused_at: at,
                remaining_s: *remaining_s,
            };
        }
        ClockChange::Resume {
            due_at, amber_at, ..
        } => {
            if let ClockState::Paused { remaining_s, .. } = clock.state {
                clock.left_s = remaining_s;
                clock.from = at;
            }
            clock.state = ClockState::Running {
                due_at: *due_at,
                amber_at: *amber_at,
            };
        }
        ClockChange::Move {
            total_s,
            due_at,
            amber_at,
            provisional,
            ..
        } => {
            clock.left_s += total_s - clock.total_s;
            clock.total_s = *total_s;
            clock.provisional = *provisional;
            clock.state = ClockState::Running {
                due_at: *due_at,
                amber_at: *amber_at,
            };
            // What lies ahead again will be told again.
            if *amber_at > at {
                clock.told = Level::Ok;
            } else if *due_at > at {
                clock.told = clock.told.min(Level::Amber);
            }
        }
    }
}

/// A fresh start with a unit: what an earlier holder used up does not count against it.
fn give(case: &mut Case, org: kernel::OrgId, event: &Event) {
    case.stage = Stage::Dispatched;
    case.lead = Some(org);
    case.handler = None;
    case.verifier = None;
    case.units.insert(org);
    case.dispatched_at = Some(event.at);
    case.extensions = 0;
    case.told.clear();
    case.drawn = None;
    drop_requests(case, &[RequestKind::Suspend, RequestKind::Extend]);
}

/// Requests that no longer make sense are refused by the change itself.
fn drop_requests(case: &mut Case, kinds: &[RequestKind]) {
    for request in &mut case.requests {
        if request.state == Answered::Open && kinds.contains(&request.kind) {
            request.state = Answered::Refused;
        }
    }
}

fn answer(case: &mut Case, id: kernel::RequestId, state: Answered) {
    if let Some(request) = case.requests.iter_mut().find(|r| r.id == id) {
        request.state = state;
    }
}

fn rework(case: &mut Case) {
    case.stage = Stage::Handling;
    case.rework += 1;
    case.verifier = None;
    case.drawn = None;
    case.extensions = 0;
    case.told.clear();
}

fn had_a_hand(case: &mut Case, by: &By) {
    case.hands.extend(by.person());
    case.hands.extend(by.of());
    case.units.extend(by.org());
}

fn change(case: &mut Case, event: &Event) {
    match &event.what {
        What::Reported { .. } => {}
        What::Asked { .. }
        | What::Answered { .. }
        | What::StayedSilent
        | What::Accepted { .. }
        | What::Declined { .. }
        | What::DeclineObjected { .. }
        | What::MatterSet { .. }
        | What::Regridded { .. }
        | What::Placed { .. } => intake(case, event),
        What::Dispatched { .. }
        | What::Signed { .. }
        | What::Returned { .. }
        | What::Disputed { .. }
        | What::Ruled { .. }
        | What::HandedOver { .. } => {
            dispatching(case, event);
        }
        What::Requested { .. }
        | What::RequestRefused { .. }
        | What::Suspended { .. }
        | What::Resumed { .. }
        | What::Extended { .. }
        | What::Voided { .. }
        | What::Excluded { .. } => requests(case, event),
        What::SubTaskAdded { .. }
        | What::SubTaskDeclined { .. }
        | What::SubTaskDone { .. }
        | What::Whistled { .. }
        | What::WhistleSignedIn { .. }
        | What::WhistleConcluded { .. }
        | What::WhistleRated { .. } => together(case, event),
        What::Merged { .. }
        | What::Unmerged
        | What::CameBack
        | What::Joined { .. }
        | What::Left { .. }
        | What::Followed { .. } => merging(case, event),
        What::MadeSafe { .. }
        | What::Handled { .. }
        | What::SelfHandled { .. }
        | What::Taken
        | What::NotDrawn
        | What::Passed { .. }
        | What::Failed { .. } => handling(case, event),
        What::Confirmed
        | What::SilenceConfirmed
        | What::Objected { .. }
        | What::Reopened { .. }
        | What::Archived
        | What::Withdrawn
        | What::Rated { .. } => ending(case, event),
        What::Reminded { .. }
        | What::Supervised { .. }
        | What::TurnedAmber { .. }
        | What::RanOut { .. }
        | What::Noted { .. }
        | What::Recounted
        | What::Blurred { .. } => {
            beside(case, event);
        }
    }
}

fn intake(case: &mut Case, event: &Event) {
    match &event.what {
        What::Asked { words, until } => {
            case.question = Some(crate::model::Question {
                words: *words,
                at: event.at,
                until: *until,
                over: false,
            });
        }
        What::Answered { media, .. } => {
            case.media.extend(media.iter().cloned());
            close_question(case);
        }
        What::StayedSilent => close_question(case),
        What::Accepted {
            matter,
            urgency,
            terms,
        } => {
            case.stage = Stage::Accepted;
            case.terms = *terms;
            case.matter = Some(matter.clone());
            case.urgency = Some(*urgency);
            case.decided_by = event.by.person();
            case.decided_for = event.by.of();
            close_question(case);
        }
        What::Declined { .. } => {
            case.stage = Stage::Declined;
            case.decided_by = event.by.person();
            case.decided_for = event.by.of();
            case.closed_at = Some(event.at);
            close_question(case);
            drop_requests(
                case,
                &[RequestKind::Suspend, RequestKind::Extend, RequestKind::Void],
            );
        }
        What::DeclineObjected { .. } => {
            case.stage = Stage::Reported;
            case.decline_objected = true;
            case.closed_at = None;
        }
        What::MatterSet {
            matter,
            urgency,
            terms,
        } => {
            case.terms = *terms;
            case.matter = Some(matter.clone());
            case.urgency = Some(*urgency);
        }
        What::Placed { place, net } | What::Regridded { place, net, .. } => {
            case.area = place.community;
            case.place = Some(place.clone());
            case.net = *net;
        }
        _ => {}
    }
}

fn close_question(case: &mut Case) {
    if let Some(question) = &mut case.question {
        question.over = true;
    }
}

fn dispatching(case: &mut Case, event: &Event) {
    match &event.what {
        What::Dispatched { org, .. } => {
            give(case, *org, event);
            case.dispatched_by = Some(event.by.clone());
        }
        What::Signed { handler } => {
            case.stage = Stage::Handling;
            case.handler = *handler;
            case.hands.extend(*handler);
            case.hands.extend(event.by.person());
        }
        What::Returned { .. } => {
            case.stage = Stage::Returned;
            case.returns += 1;
            case.returned_by.extend(case.lead);
            had_a_hand(case, &event.by);
            case.lead = None;
            case.handler = None;
            drop_requests(case, &[RequestKind::Suspend, RequestKind::Extend]);
        }
        What::Disputed { .. } => {
            case.stage = Stage::InRuling;
            had_a_hand(case, &event.by);
            drop_requests(case, &[RequestKind::Suspend, RequestKind::Extend]);
        }
        What::Ruled { org, .. } => {
            give(case, *org, event);
            case.binding = true;
        }
        What::HandedOver { person } => {
            case.handler = Some(*person);
            case.hands.insert(*person);
        }
        _ => {}
    }
}

fn requests(case: &mut Case, event: &Event) {
    match &event.what {
        What::Requested { request } => case.requests.push(request.clone()),
        What::RequestRefused { request, .. } => answer(case, *request, Answered::Refused),
        What::Suspended { request, until } => {
            answer(case, *request, Answered::Approved);
            case.before = Some(Before {
                stage: case.stage,
                running: case
                    .clocks
                    .iter()
                    .filter(|c| c.due_at().is_some())
                    .map(|c| c.kind)
                    .collect(),
            });
            case.stage = Stage::Suspended;
            case.suspended_until = Some(*until);
        }
        What::Resumed { .. } => {
            case.stage = Stage::Handling;
            case.before = None;
            case.suspended_until = None;
        }
        What::Extended { request } => {
            answer(case, *request, Answered::Approved);
            case.extensions += 1;
        }
        What::Voided { request, .. } => {
            answer(case, *request, Answered::Approved);
            case.stage = Stage::Voided;
            case.closed_at = Some(event.at);
            drop_requests(case, RequestKind::ALL);
        }
        What::Excluded { request, .. } => {
            answer(case, *request, Answered::Approved);
            case.excluded = true;
        }
        _ => {}
    }
}

fn together(case: &mut Case, event: &Event) {
    match &event.what {
        What::SubTaskAdded { sub_task } => {
            case.units.insert(sub_task.org);
            case.sub_tasks.push(sub_task.clone());
        }
        What::SubTaskDeclined { sub_task, .. } => {
            had_a_hand(case, &event.by);
            if let Some(task) = case.sub_tasks.iter_mut().find(|t| t.id == *sub_task) {
                task.state = SubTaskState::Declined;
            }
        }
        What::SubTaskDone {
            sub_task,
            words,
            media,
        } => {
            had_a_hand(case, &event.by);
            case.media.extend(media.iter().cloned());
            if let Some(task) = case.sub_tasks.iter_mut().find(|t| t.id == *sub_task) {
                task.state = SubTaskState::Done;
                task.result = *words;
            }
        }
        What::Whistled { whistle } => case.whistles.push(whistle.clone()),
        What::WhistleSignedIn { whistle, org } => {
            if let Some(w) = case.whistles.iter_mut().find(|w| w.id == *whistle) {
                if w.caller == *org {
                    w.caller_signed_at = Some(event.at);
                } else {
                    w.called.insert(*org, Some(event.at));
                }
            }
        }
        What::WhistleConcluded { whistle, words } => {
            if let Some(w) = case.whistles.iter_mut().find(|w| w.id == *whistle) {
                w.conclusion = Some(*words);
            }
        }
        What::WhistleRated {
            whistle,
            org,
            stars,
            ..
        } => {
            if let Some(w) = case.whistles.iter_mut().find(|w| w.id == *whistle) {
                w.ratings.insert(*org, *stars);
            }
        }
        _ => {}
    }
}

fn merging(case: &mut Case, event: &Event) {
    match &event.what {
        What::Merged { into } => {
            case.before = Some(Before {
                stage: case.stage,
                running: case
                    .clocks
                    .iter()
                    .filter(|c| c.due_at().is_some())
                    .map(|c| c.kind)
                    .collect(),
            });
            case.stage = Stage::Merged;
            case.merged_into = Some(*into);
        }
        What::Unmerged => {
            if let Some(before) = case.before.take() {
                case.stage = before.stage;
            }
            case.merged_into = None;
        }
        What::CameBack => {
            case.stage = Stage::Reported;
            case.merged_into = None;
            case.before = None;
            case.suspended_until = None;
            case.lead = None;
            case.handler = None;
            // It begins anew: what it went through before does not bind whoever gets it next.
            case.returns = 0;
            case.returned_by.clear();
            case.binding = false;
            drop_requests(case, &[RequestKind::Suspend, RequestKind::Extend]);
        }
        What::Joined { reporters, .. } => case.reporters += reporters,
        What::Left { reporters, .. } => case.reporters -= reporters,
        What::Followed { .. } => case.reporters += 1,
        _ => {}
    }
}

fn handling(case: &mut Case, event: &Event) {
    match &event.what {
        What::MadeSafe { media, .. } => {
            case.made_safe = true;
            case.media.extend(media.iter().cloned());
            had_a_hand(case, &event.by);
        }
        What::Handled {
            media, told, drawn, ..
        } => {
            case.stage = Stage::Handled;
            case.media.extend(media.iter().cloned());
            case.told.extend(told.iter().copied());
            case.drawn = *drawn;
            had_a_hand(case, &event.by);
            drop_requests(case, &[RequestKind::Suspend, RequestKind::Extend]);
        }
        What::SelfHandled {
            org,
            matter,
            urgency,
            terms,
            media,
            told,
            drawn,
            ..
        } => {
            case.terms = *terms;
            case.stage = Stage::Handled;
            case.lead = Some(*org);
            case.handler = event.by.holder();
            case.matter = Some(matter.clone());
            case.urgency = Some(*urgency);
            case.media.extend(media.iter().cloned());
            case.told.extend(told.iter().copied());
            case.drawn = *drawn;
            case.dispatched_at = Some(event.at);
            case.units.insert(*org);
            had_a_hand(case, &event.by);
            close_question(case);
        }
        What::Taken => {
            case.stage = Stage::Verifying;
            case.verifier = event.by.holder();
        }
        What::NotDrawn => case.stage = Stage::Confirming,
        What::Passed { media, .. } => {
            case.stage = Stage::Confirming;
            case.media.extend(media.iter().cloned());
        }
        What::Failed { media, .. } => {
            case.media.extend(media.iter().cloned());
            rework(case);
        }
        _ => {}
    }
}

fn ending(case: &mut Case, event: &Event) {
    match &event.what {
        What::Confirmed | What::SilenceConfirmed => {
            case.stage = Stage::Closed;
            case.closed_at = Some(event.at);
            drop_requests(case, &[RequestKind::Void]);
        }
        What::Objected { media, .. } => {
            case.media.extend(media.iter().cloned());
            rework(case);
        }
        What::Reopened { media, .. } => {
            case.media.extend(media.iter().cloned());
            case.reopens += 1;
            case.closed_at = None;
            case.returns = 0;
            case.returned_by.clear();
            case.binding = false;
            case.made_safe = false;
            if let Some(lead) = case.lead {
                give(case, lead, event);
            }
            case.dispatched_by = Some(event.by.clone());
        }
        What::Archived => {
            case.stage = Stage::Archived;
        }
        What::Withdrawn => {
            case.stage = Stage::Voided;
            case.closed_at = Some(event.at);
            drop_requests(case, RequestKind::ALL);
        }
        _ => {}
    }
}

fn beside(case: &mut Case, event: &Event) {
    match &event.what {
        What::Reminded { .. } => case.reminders += 1,
        What::Supervised { level, .. } => case.supervision = case.supervision.max(*level),
        What::TurnedAmber { clock } => tell(case, *clock, Level::Amber),
        What::RanOut { clock } => {
            tell(case, *clock, Level::Red);
            // Escalation raises who watches: stage clocks to the town, the whole clock to the district.
            let level = if *clock == ClockKind::Whole { 2 } else { 1 };
            case.supervision = case.supervision.max(level);
        }
        What::Noted { media, .. } => case.media.extend(media.iter().cloned()),
        What::Blurred { old, new } => {
            for attached in case.media.iter_mut().filter(|a| a.id == *old) {
                attached.id = *new;
            }
        }
        _ => {}
    }
}

fn tell(case: &mut Case, kind: ClockKind, level: Level) {
    if let Some(clock) = case.clocks.iter_mut().find(|c| c.kind == kind) {
        clock.told = level;
    }
}
