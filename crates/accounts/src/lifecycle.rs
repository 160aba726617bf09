//! The pure rules of signing in.

use kernel::{Moment, Role, Seat};

use crate::settings::Settings;

/// How long an account waits after `failed` wrong passwords in a row; `None` while it need not.
#[must_use]
pub fn wait_s(failed: i32, settings: &Settings) -> Option<i64> {
    let beyond = failed - settings.wrong_until_locked;
    if beyond < 0 {
        return None;
    }
    let doubled = settings.lock_s.saturating_mul(1_i64 << beyond.min(30));
    Some(doubled.min(settings.lock_at_most_s))
}

/// Seconds the account still waits at `now`; `None` when it does not.
#[must_use]
pub fn still_waits_s(locked_until: Option<Moment>, now: Moment) -> Option<i64> {
    locked_until
        .map(|until| until.since_s(now))
        .filter(|left| *left > 0)
}

/// Whether somebody works only in grids: such a session lasts for days.
#[must_use]
pub fn works_in_the_field(seats: &[Seat]) -> bool {
    !seats.is_empty()
        && seats
            .iter()
            .all(|s| matches!(s.role, Role::GridWorker | Role::GridChief))
}

/// When a session opened at `now` ends at the latest.
#[must_use]
pub fn ends_at(seats: &[Seat], now: Moment, settings: &Settings) -> Moment {
    let field = works_in_the_field(seats);
    now.plus_s(if field {
        settings.field_whole_s
    } else {
        settings.desk_whole_s
    })
}

/// Whether a session last used at `last_seen` is too long idle at `now`.
#[must_use]
pub fn is_idle(seats: &[Seat], last_seen: Moment, now: Moment, settings: &Settings) -> bool {
    let field = works_in_the_field(seats);
    let allowed = if field {
        settings.field_whole_s
    } else {
        settings.desk_idle_s
    };
    now.since_s(last_seen) >= allowed
}
