//! Clock arithmetic: what starting, pausing and running on mean in the city's calendar.

use jiff::SignedDuration;
use kernel::Moment;
use worktime::Calendar;

use crate::model::{Case, CaseClock, ClockChange, ClockKind, ClockState, Urgency};

/// Counts clock changes for one case at one instant.
#[derive(Debug, Clone, Copy)]
pub struct Clocks<'a> {
    /// The city's working calendar.
    pub calendar: &'a Calendar,
    /// The present instant.
    pub now: Moment,
}

fn kind(around: bool) -> worktime::ClockKind {
    if around {
        worktime::ClockKind::RoundTheClock
    } else {
        worktime::ClockKind::Working
    }
}

/// Whether a matter of this urgency runs day and night (emergency and urgent do).
#[must_use]
pub fn around(urgency: Option<Urgency>) -> bool {
    matches!(urgency, Some(Urgency::Emergency | Urgency::Urgent))
}

impl Clocks<'_> {
    /// The instant `seconds` of the clock after `from`, and whether it is provisional.
    #[must_use]
    pub fn after(&self, around: bool, from: Moment, seconds: i64) -> (Moment, bool) {
        let amount = SignedDuration::from_secs(seconds);
        let end = self.calendar.add(kind(around), from.stamp(), amount);
        (Moment::new(end.at), end.provisional)
    }

    /// Seconds of the clock between two instants; negative when `to` is before `from`.
    #[must_use]
    pub fn between_s(&self, around: bool, from: Moment, to: Moment) -> i64 {
        self.calendar
            .between(kind(around), from.stamp(), to.stamp())
            .time
            .as_secs()
    }

    /// Starts `clock` at `from` with `total_s` seconds.
    #[must_use]
    pub fn start_at(
        &self,
        clock: ClockKind,
        around: bool,
        from: Moment,
        total_s: i64,
    ) -> ClockChange {
        let (due_at, provisional) = self.after(around, from, total_s);
        let (amber_at, _) = self.after(around, from, total_s * 3 / 4);
        ClockChange::Start {
            clock,
            from,
            total_s,
            around,
            provisional,
            due_at,
            amber_at,
        }
    }

    /// Starts `clock` now with `minutes`.
    #[must_use]
    pub fn start(&self, clock: ClockKind, around: bool, minutes: i64) -> ClockChange {
        self.start_at(clock, around, self.now, minutes * 60)
    }

    /// Stops each of `kinds` that is not over yet.
    #[must_use]
    pub fn stop(&self, case: &Case, kinds: &[ClockKind]) -> Vec<ClockChange> {
        kinds
            .iter()
            .filter(|k| {
                case.clock(**k)
                    .is_some_and(|c| !matches!(c.state, ClockState::Stopped { .. }))
            })
            .map(|k| ClockChange::Stop { clock: *k })
            .collect()
    }

    /// Stops every clock.
    #[must_use]
    pub fn stop_all(&self, case: &Case) -> Vec<ClockChange> {
        self.stop(case, ClockKind::ALL)
    }

    /// What is left of a running clock, in its own seconds; negative when overdue.
    #[must_use]
    pub fn left_s(&self, clock: &CaseClock) -> i64 {
        match clock.state {
            ClockState::Running { due_at, .. } => self.between_s(clock.around, self.now, due_at),
            ClockState::Paused { remaining_s, .. } => remaining_s,
            ClockState::Stopped { .. } => 0,
        }
    }

    /// Pauses each of `kinds` that runs.
    #[must_use]
    pub fn pause(&self, case: &Case, kinds: &[ClockKind]) -> Vec<ClockChange> {
        kinds
            .iter()
            .filter_map(|k| case.clock(*k))
            .filter(|c| c.due_at().is_some())
            .map(|c| ClockChange::Pause {
                clock: c.kind,
                remaining_s: self.left_s(c),
            })
            .collect()
    }

    /// Runs each of `kinds` on that stands still, with the remainder.
    #[must_use]
    pub fn resume(&self, case: &Case, kinds: &[ClockKind]) -> Vec<ClockChange> {
        kinds
            .iter()
            .filter_map(|k| case.clock(*k))
            .filter_map(|c| match c.state {
                ClockState::Paused { remaining_s, .. } => Some(self.run_on(c, remaining_s)),
                _ => None,
            })
            .collect()
    }

    fn run_on(&self, clock: &CaseClock, remaining_s: i64) -> ClockChange {
        let (due_at, _) = self.after(clock.around, self.now, remaining_s.max(0));
        let (amber_at, _) = self.after(
            clock.around,
            self.now,
            (remaining_s - clock.total_s / 4).max(0),
        );
        ClockChange::Resume {
            clock: clock.kind,
            due_at,
            amber_at,
        }
    }

    /// Moves `clock`'s end `more_s` of its own seconds on.
    #[must_use]
    pub fn extend(&self, clock: &CaseClock, more_s: i64) -> Option<ClockChange> {
        let due = clock.due_at()?;
        let total_s = clock.total_s + more_s;
        let (due_at, provisional) = self.after(clock.around, due, more_s);
        let spent = self.between_s(clock.around, self.now, due_at);
        let (amber_at, _) = self.after(clock.around, self.now, (spent - total_s / 4).max(0));
        Some(ClockChange::Move {
            clock: clock.kind,
            total_s,
            due_at,
            amber_at,
            provisional,
        })
    }
}

/// Counts the ends of running provisional clocks again, after a calendar was imported.
///
/// Empty when nothing moves. The time already spent is counted by the new calendar too.
#[must_use]
pub fn recount(case: &Case, clocks: Clocks<'_>) -> Vec<ClockChange> {
    case.clocks
        .iter()
        .filter(|c| c.provisional && c.due_at().is_some())
        .filter_map(|c| {
            let amber_s = (c.left_s - c.total_s / 4).max(0);
            let (due_at, provisional) = clocks.after(c.around, c.from, c.left_s.max(0));
            let (amber_at, _) = clocks.after(c.around, c.from, amber_s);
            let moved = Some(due_at) != c.due_at() || provisional != c.provisional;
            moved.then_some(ClockChange::Move {
                clock: c.kind,
                total_s: c.total_s,
                due_at,
                amber_at,
                provisional,
            })
        })
        .collect()
}
