//! What stood at the ends of the hours of the last days, from the cases' own events.

use std::collections::HashMap;

use cases::lifecycle;
use cases::model::Stage;
use centre::overview::standing::{Standing, hour};
use kernel::Moment;

use super::life::Life;

/// Hours told: a week and a day, as the overview looks back to the midnight of a week ago.
const HOURS: i64 = 8 * 24;

/// The ends of hours up to `now`, and what stood in each community at them.
pub(super) fn of(lives: &[Life], now: Moment) -> (Vec<Moment>, Vec<Standing>) {
    let last = hour(now);
    let hours: Vec<Moment> = (0..=HOURS).rev().map(|n| last.plus_s(-3_600 * n)).collect();
    let mut stood: HashMap<(Moment, i64), (i32, i32)> = HashMap::new();
    let first = hours.first().copied().unwrap_or(last);
    for life in lives
        .iter()
        .filter(|l| l.case.stage.open() || l.case.updated_at >= first)
    {
        let mut case = None;
        for (n, event) in life.events.iter().enumerate() {
            case = match case {
                None => lifecycle::born(life.case.id, event),
                Some(before) => Some(lifecycle::apply(before, event)),
            };
            let Some(case) = case.as_ref().filter(|c| c.stage.open()) else {
                continue;
            };
            let until = life.events.get(n + 1).map(|next| next.at);
            let begin = hours.partition_point(|h| *h < event.at);
            let stands = hours[begin..]
                .iter()
                .take_while(|h| until.is_none_or(|u| **h < u));
            let waits = matches!(case.stage, Stage::Accepted | Stage::Returned);
            let due = case.stage_clock().and_then(cases::model::CaseClock::due_at);
            for at in stands {
                let count = stood.entry((*at, case.area)).or_default();
                count.0 += i32::from(waits);
                count.1 += i32::from(due.is_some_and(|due| due <= *at));
            }
        }
    }
    let rows = stood.into_iter().map(|((at, area), counts)| Standing {
        at,
        area,
        to_dispatch: counts.0,
        overdue: counts.1,
    });
    let rows = rows.filter(|s| s.to_dispatch > 0 || s.overdue > 0);
    (hours, rows.collect())
}
