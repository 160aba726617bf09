//! What the clocks do of themselves: turn amber, run out, sign, close, archive, run on.

use kernel::Moment;

use super::clocks::Clocks;
use super::decide::{Context, stop_for_close};
use crate::model::{By, Case, ClockKind, Event, Level, Stage, What};

/// When the next timer of `case` fires; `None` when nothing waits.
#[must_use]
pub fn next(case: &Case) -> Option<Moment> {
    if case.stage == Stage::Handled && case.drawn == Some(false) {
        return Some(case.updated_at);
    }
    let clocks = case.clocks.iter().filter_map(|c| match c.told {
        _ if ends_itself(c.kind) => c.due_at(),
        Level::Ok => c.amber_at(),
        Level::Amber => c.due_at(),
        Level::Red => None,
    });
    let question = case
        .question
        .as_ref()
        .filter(|q| !q.over && case.stage == Stage::Reported)
        .map(|q| q.until);
    let suspended = case
        .suspended_until
        .filter(|_| case.stage == Stage::Suspended);
    clocks.chain(question).chain(suspended).min()
}

/// Clocks whose end does something, so that colours are not told: signing, objection, reopening.
fn ends_itself(kind: ClockKind) -> bool {
    matches!(
        kind,
        ClockKind::Sign | ClockKind::Objection | ClockKind::Reopen
    )
}

/// The one event that is due at `now`, the earliest first; call again after applying it until `None`.
///
/// Each is dated when it was due, not when somebody looked, so that a server that was off for an hour
/// writes the history it would have written; but never before the case's last event.
#[must_use]
pub fn due(case: &Case, context: &Context<'_>, now: Moment) -> Option<Event> {
    let at = next(case)?.max(case.updated_at);
    if at > now {
        return None;
    }
    let clocks = Clocks {
        calendar: context.calendar,
        now: at,
    };
    if let Some(event) = ended(case, context, clocks, at) {
        return Some(event);
    }
    if case.stage == Stage::Suspended && case.suspended_until.is_some_and(|until| until <= at) {
        return Some(Event {
            at,
            by: By::Timer,
            what: What::Resumed { words: None },
            clocks: clocks.resume(case, ClockKind::ALL),
        });
    }
    let asked = case.question.as_ref().filter(|q| !q.over && q.until <= at);
    if case.stage == Stage::Reported && asked.is_some() {
        return Some(Event {
            at,
            by: By::Timer,
            what: What::StayedSilent,
            clocks: clocks.resume(case, &[ClockKind::Accept]),
        });
    }
    coloured(case, at)
}

fn ended(case: &Case, context: &Context<'_>, clocks: Clocks<'_>, at: Moment) -> Option<Event> {
    let by = By::Timer;
    if case.stage == Stage::Handled && case.drawn == Some(false) {
        return Some(Event {
            at,
            by,
            what: What::NotDrawn,
            clocks: context.verified(case, clocks),
        });
    }
    let over = |kind| {
        case.clock(kind)
            .and_then(|c| c.due_at())
            .is_some_and(|d| d <= at)
    };
    if over(ClockKind::Sign) {
        let changes = clocks.stop(case, &[ClockKind::Sign]);
        return Some(Event {
            at,
            by,
            what: What::Signed { handler: None },
            clocks: changes,
        });
    }
    if over(ClockKind::Objection) {
        return Some(match case.stage {
            Stage::Confirming => Event {
                at,
                by,
                what: What::SilenceConfirmed,
                clocks: stop_for_close(case, context, clocks),
            },
            _ => Event {
                at,
                by,
                what: What::Archived,
                clocks: clocks.stop_all(case),
            },
        });
    }
    if over(ClockKind::Reopen) {
        return Some(Event {
            at,
            by,
            what: What::Archived,
            clocks: clocks.stop_all(case),
        });
    }
    None
}

fn coloured(case: &Case, at: Moment) -> Option<Event> {
    let clock = case
        .clocks
        .iter()
        .filter(|c| !ends_itself(c.kind))
        .find(|c| match c.told {
            Level::Ok => c.amber_at().is_some_and(|a| a <= at),
            Level::Amber => c.due_at().is_some_and(|d| d <= at),
            Level::Red => false,
        })?;
    let what = if clock.due_at().is_some_and(|d| d <= at) {
        What::RanOut { clock: clock.kind }
    } else {
        What::TurnedAmber { clock: clock.kind }
    };
    Some(Event {
        at,
        by: By::Timer,
        what,
        clocks: Vec::new(),
    })
}
