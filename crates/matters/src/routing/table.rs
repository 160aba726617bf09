//! The routing table as data: which unit leads and which co-handle a matter at a place and hour.
//!
//! A rule is made for a matter in an area; it may hold only at some hours, weekdays or dates. At a
//! place the rules of the narrowest area go first, then the greater precedence, then the rule bound
//! to an hour before the one that always holds, then the older. What follows the first is the chain
//! of fallbacks: where a unit has gone, the next answers.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::{Date, Weekday};
use kernel::{Moment, OrgId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Minutes of a day.
const DAY_MIN: u16 = 24 * 60;

/// When a rule holds. Empty: always.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Times {
    /// Minute of the day it begins, 0 to 1439.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_min: Option<u16>,
    /// Minute of the day it ends (not included), 0 to 1439; before `from_min` it ends the next day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_min: Option<u16>,
    /// Days of the week it begins on, 1 Monday to 7 Sunday; empty: every day.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<u8>,
    /// The first date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Date>,
    /// The last date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Date>,
}

/// A moment as rules are asked: the civil date and the minute of the day in the city's zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// The date.
    pub date: Date,
    /// 0 to 1439.
    pub minute: u16,
}

impl When {
    /// The moment in `zone`.
    #[must_use]
    pub fn of(at: Moment, zone: &jiff::tz::TimeZone) -> Self {
        let zoned = at.stamp().to_zoned(zone.clone());
        let minute = i16::from(zoned.hour()) * 60 + i16::from(zoned.minute());
        Self {
            date: zoned.date(),
            minute: u16::try_from(minute).unwrap_or_default(),
        }
    }
}

fn number(day: Weekday) -> u8 {
    u8::try_from(day.to_monday_one_offset()).unwrap_or(1)
}

impl Times {
    /// Whether the rule holds at every hour of every day.
    #[must_use]
    pub fn always(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it holds then. A night that begins on a listed day belongs to that day to its end.
    #[must_use]
    pub fn hold(&self, when: When) -> bool {
        let from = self.from_min.unwrap_or(0);
        let to = self.to_min.unwrap_or(DAY_MIN);
        let begun = if from < to || self.to_min.is_none() {
            (from..to.max(from))
                .contains(&when.minute)
                .then_some(when.date)
        } else if when.minute >= from {
            Some(when.date)
        } else if when.minute < to {
            when.date.yesterday().ok()
        } else {
            None
        };
        begun.is_some_and(|day| {
            (self.days.is_empty() || self.days.contains(&number(day.weekday())))
                && self.first.is_none_or(|first| first <= day)
                && self.last.is_none_or(|last| day <= last)
        })
    }

    /// The first field that cannot be, with the code of what is wrong with it.
    #[must_use]
    pub fn fault(&self) -> Option<(&'static str, &'static str)> {
        let minute = |m: Option<u16>| m.is_none_or(|m| m < DAY_MIN);
        if !minute(self.from_min) {
            return Some(("times.from_min", "routing.bad_hour"));
        }
        if !minute(self.to_min) || (self.to_min.is_some() && self.to_min == self.from_min) {
            return Some(("times.to_min", "routing.bad_hour"));
        }
        if self.days.iter().any(|d| !(1..=7).contains(d)) {
            return Some(("times.days", "routing.bad_day"));
        }
        match (self.first, self.last) {
            (Some(first), Some(last)) if last < first => Some(("times.last", "routing.bad_dates")),
            _ => None,
        }
    }
}

/// What a rule says, whether it is in force or drafted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleBody {
    /// Code of the matter.
    pub matter: String,
    /// The division, twelve digits: the rule holds there and below.
    pub area: i64,
    /// The unit that leads.
    pub org: OrgId,
    /// Units that co-handle, each in a sub-task of its own.
    #[serde(default)]
    pub co: Vec<OrgId>,
    /// The greater goes first among rules of areas equally narrow.
    #[serde(default)]
    pub precedence: i32,
    /// When it holds.
    #[serde(default)]
    pub times: Times,
    /// Whether it goes before rulings (precedents) that are older than itself.
    #[serde(default)]
    pub over_rulings: bool,
    /// What it rests on: a list of powers, a notice; for people.
    #[serde(default)]
    pub basis: String,
}

/// A routing rule in force: cases of its matter in its area and below go to its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingRule {
    /// Its number, told wherever it was followed; negative while it is only drafted.
    pub id: i32,
    /// What it says.
    pub body: RuleBody,
    /// Since when it is in force.
    pub since: Moment,
}

/// One change of a draft: a rule replaced, ended (`put` empty) or new (`rule` empty).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleChange {
    /// Made by who changes it.
    pub id: Uuid,
    /// The rule in force that is replaced or ended.
    pub rule: Option<i32>,
    /// What is put in its place.
    pub put: Option<RuleBody>,
}

/// The divisions that hold `code`, from itself to the widest: community, town, district, city, province.
pub fn widening(code: i64) -> impl Iterator<Item = i64> {
    let widths = [1, 1_000, 1_000_000, 100_000_000, 10_000_000_000];
    let mut last = None;
    widths.into_iter().filter_map(move |width| {
        let wide = code - code % width;
        (last != Some(wide)).then(|| {
            last = Some(wide);
            wide
        })
    })
}

/// Routing rules found by matter and area.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    by_matter: HashMap<String, HashMap<i64, Vec<RoutingRule>>>,
    count: usize,
}

impl Rules {
    /// Sorts the rules of each area into the order they are asked in.
    #[must_use]
    pub fn new(rules: impl IntoIterator<Item = RoutingRule>) -> Self {
        let mut all = Self::default();
        for rule in rules {
            let areas = all.by_matter.entry(rule.body.matter.clone()).or_default();
            areas.entry(rule.body.area).or_default().push(rule);
            all.count += 1;
        }
        for rules in all.by_matter.values_mut().flat_map(HashMap::values_mut) {
            // Drafted rules, numbered below zero, are the newest.
            let age = |id: i32| {
                if id < 0 {
                    i64::from(i32::MAX) - i64::from(id)
                } else {
                    i64::from(id)
                }
            };
            rules.sort_by_key(|r| {
                (
                    std::cmp::Reverse(r.body.precedence),
                    r.body.times.always(),
                    age(r.id),
                )
            });
        }
        all
    }

    /// Every rule for `matter` in `area`, the best first; at all hours where `when` is not given.
    pub fn chain<'a>(
        &'a self,
        matter: &str,
        area: i64,
        when: Option<When>,
    ) -> impl Iterator<Item = &'a RoutingRule> {
        let areas = self.by_matter.get(matter);
        widening(area)
            .filter_map(move |wide| areas.and_then(|a| a.get(&wide)))
            .flatten()
            .filter(move |rule| match when {
                Some(when) => rule.body.times.hold(when),
                None => true,
            })
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Every rule, in no order.
    pub fn all(&self) -> impl Iterator<Item = &RoutingRule> {
        self.by_matter.values().flat_map(HashMap::values).flatten()
    }

    /// The rules after `changes`. New ones are numbered -1, -2, … in the order of the changes.
    ///
    /// # Errors
    /// The number of a rule that a change speaks of and that is not in force.
    pub fn changed(&self, changes: &[RuleChange], now: Moment) -> Result<Self, i32> {
        let mut rules: BTreeMap<i32, RoutingRule> =
            self.all().map(|rule| (rule.id, rule.clone())).collect();
        for (change, n) in changes.iter().zip(1_i32..) {
            if let Some(rule) = change.rule
                && rules.remove(&rule).is_none()
            {
                return Err(rule);
            }
            if let Some(body) = &change.put {
                let (body, since) = (body.clone(), now);
                rules.insert(
                    -n,
                    RoutingRule {
                        id: -n,
                        body,
                        since,
                    },
                );
            }
        }
        Ok(Self::new(rules.into_values()))
    }

    /// Where a matter has no unit at some hour: for each of `matters` the `communities` whose chain
    /// has no rule that always holds and names a unit that `answers`. Empty: no dead end.
    pub fn dead_ends<'a>(
        &self,
        matters: impl IntoIterator<Item = &'a str>,
        communities: &[i64],
        answers: impl Fn(&str, OrgId, i64) -> bool,
    ) -> Vec<DeadEnd> {
        let mut ends = Vec::new();
        for matter in matters {
            let lost: Vec<i64> = communities
                .iter()
                .copied()
                .filter(|community| {
                    !self.chain(matter, *community, None).any(|rule| {
                        rule.body.times.always() && answers(matter, rule.body.org, *community)
                    })
                })
                .collect();
            if !lost.is_empty() {
                ends.push(DeadEnd {
                    matter: matter.to_owned(),
                    communities: lost,
                });
            }
        }
        ends
    }
}

/// A matter that would go nowhere in some communities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadEnd {
    /// Code of the matter.
    pub matter: String,
    /// Twelve-digit codes of the communities.
    pub communities: Vec<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        text.parse().unwrap()
    }

    fn org(n: u128) -> OrgId {
        OrgId(Uuid::from_u128(n))
    }

    fn rule(id: i32, area: i64, unit: u128, precedence: i32, times: Times) -> RoutingRule {
        RoutingRule {
            id,
            body: RuleBody {
                matter: "M0101".into(),
                area,
                org: org(unit),
                co: Vec::new(),
                precedence,
                times,
                over_rulings: false,
                basis: String::new(),
            },
            since: at("2026-01-01T00:00:00Z"),
        }
    }

    fn night() -> Times {
        Times {
            from_min: Some(20 * 60),
            to_min: Some(6 * 60),
            ..Times::default()
        }
    }

    fn when(date: &str, hour: u16) -> When {
        When {
            date: date.parse().unwrap(),
            minute: hour * 60,
        }
    }

    #[test]
    fn a_night_belongs_to_the_day_it_begins_on() {
        let saturdays = Times {
            days: vec![6],
            ..night()
        };
        // 2026-11-28 is a Saturday.
        for (date, hour, holds) in [
            ("2026-11-28", 21, true),
            ("2026-11-29", 2, true),
            ("2026-11-29", 6, false),
            ("2026-11-29", 21, false),
            ("2026-11-28", 2, false),
            ("2026-11-28", 12, false),
        ] {
            assert_eq!(saturdays.hold(when(date, hour)), holds, "{date} {hour}");
        }
    }

    #[test]
    fn dates_and_hours_bound_a_rule() {
        let season = Times {
            from_min: Some(8 * 60),
            to_min: None,
            first: Some("2026-11-01".parse().unwrap()),
            last: Some("2026-11-30".parse().unwrap()),
            ..Times::default()
        };
        assert!(season.hold(when("2026-11-30", 23)));
        assert!(!season.hold(when("2026-11-30", 7)));
        assert!(!season.hold(when("2026-12-01", 12)));
        assert!(Times::default().hold(when("2026-12-01", 0)));
        let backwards = Times {
            first: season.last,
            last: season.first,
            ..Times::default()
        };
        assert_eq!(backwards.fault().unwrap().0, "times.last");
        let late = Times {
            from_min: Some(1440),
            ..Times::default()
        };
        assert_eq!(late.fault().unwrap().1, "routing.bad_hour");
    }

    #[test]
    fn the_chain_goes_from_the_narrowest_area_to_the_widest() {
        let city = 320_400_000_000;
        let (town, community) = (320_402_001_000, 320_402_001_001);
        let rules = Rules::new([
            rule(1, city, 1, 99, Times::default()),
            rule(2, town, 2, 1, Times::default()),
            rule(3, town, 3, 5, Times::default()),
            rule(4, town, 4, 5, night()),
            rule(5, community, 5, 0, night()),
        ]);
        let ids = |when| -> Vec<i32> {
            rules
                .chain("M0101", community, when)
                .map(|r| r.id)
                .collect()
        };
        assert_eq!(ids(Some(when("2026-11-28", 12))), [3, 2, 1]);
        assert_eq!(ids(Some(when("2026-11-28", 22))), [5, 4, 3, 2, 1]);
        assert_eq!(ids(None), [5, 4, 3, 2, 1]);
        assert_eq!(rules.chain("M0102", community, None).count(), 0);
        let elsewhere = rules.chain("M0101", 320_404_001_001, None);
        assert_eq!(elsewhere.map(|r| r.id).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn a_rule_bound_to_an_hour_or_to_a_unit_that_is_gone_is_no_end_of_a_chain() {
        let (a, b) = (320_402_001_001, 320_402_001_002);
        let rules = Rules::new([
            rule(1, a, 1, 0, Times::default()),
            rule(2, b, 1, 0, night()),
            rule(3, b, 2, 0, Times::default()),
        ]);
        let lost = |gone: u128| rules.dead_ends(["M0101"], &[a, b], |_, unit, _| unit != org(gone));
        assert_eq!(lost(9), []);
        assert_eq!(lost(2)[0].communities, [b]);
        assert_eq!(lost(1)[0].communities, [a]);
        let none = rules.dead_ends(["M0102"], &[a, b], |_, _, _| true);
        assert_eq!(none[0].communities, [a, b]);
    }

    #[test]
    fn changes_replace_end_and_add() {
        let now = at("2026-11-28T00:00:00Z");
        let rules = Rules::new([
            rule(1, 320_400_000_000, 1, 0, Times::default()),
            rule(2, 320_402_000_000, 2, 0, Times::default()),
        ]);
        let put = |unit| rule(0, 320_402_001_000, unit, 0, Times::default()).body;
        let change = |rule, put| RuleChange {
            id: Uuid::nil(),
            rule,
            put,
        };
        let after = rules
            .changed(
                &[change(Some(2), Some(put(7))), change(None, Some(put(8)))],
                now,
            )
            .unwrap();
        let chain: Vec<_> = after
            .chain("M0101", 320_402_001_001, None)
            .map(|r| (r.id, r.body.org))
            .collect();
        assert_eq!(chain, [(-1, org(7)), (-2, org(8)), (1, org(1))]);
        assert_eq!(after.changed(&[change(Some(2), None)], now).unwrap_err(), 2);
        let fewer = rules.changed(&[change(Some(1), None)], now).unwrap();
        assert_eq!(fewer.len(), 1);
    }
}
