//! When what happens: weights by matter, season, weather, weekday and hour. Made up to look like a
//! city's year; nothing here was counted anywhere.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use kernel::Moment;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How often a matter comes, against others, on an ordinary day.
#[rustfmt::skip]
const OFTEN: &[(&str, f64)] = &[
    ("M0101", 60.), ("M0102", 20.), ("M0103", 25.), ("M0104", 8.), ("M0105", 18.), ("M0106", 25.),
    ("M0107", 5.), ("M0108", 14.), ("M0109", 6.), ("M0110", 7.), ("M0111", 3.), ("M0201", 28.),
    ("M0202", 8.), ("M0203", 20.), ("M0204", 16.), ("M0205", 30.), ("M0206", 4.), ("M0207", 8.),
    ("M0208", 6.), ("M0209", 9.), ("M0210", 6.), ("M0211", 6.), ("M0212", 10.), ("M0213", 4.),
    ("M0301", 20.), ("M0302", 18.), ("M0303", 22.), ("M0304", 8.), ("M0305", 3.), ("M0306", 2.),
    ("M0307", 5.), ("M0308", 7.), ("M0309", 4.), ("M0310", 0.5), ("M0311", 2.), ("M0312", 0.8),
    ("M0313", 3.), ("M0401", 6.), ("M0402", 2.), ("M0403", 8.), ("M0404", 4.), ("M0405", 1.5),
    ("M0406", 6.), ("M0407", 9.), ("M0408", 1.5), ("M0501", 5.), ("M0502", 2.), ("M0503", 2.5),
    ("M0504", 1.2), ("M0505", 3.), ("M0506", 5.), ("M0507", 4.), ("M0508", 9.), ("M0509", 6.),
    ("M0510", 2.), ("M0601", 4.), ("M0602", 3.), ("M0603", 3.), ("M0604", 2.5), ("M0605", 1.),
    ("M0606", 1.), ("M0701", 30.), ("M0702", 22.), ("M0703", 28.), ("M0704", 55.), ("M0705", 8.),
    ("M0706", 14.), ("M0707", 12.), ("M0708", 16.), ("M0801", 7.), ("M0802", 3.), ("M0803", 7.),
    ("M0804", 4.), ("M0805", 9.), ("M0806", 5.), ("M0807", 4.), ("M0808", 3.), ("M0901", 8.),
    ("M0902", 6.), ("M0903", 5.), ("M0904", 3.), ("M0905", 2.), ("M0906", 3.), ("M0907", 0.5),
];

/// What the sky did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sky {
    Ordinary,
    Storm,
    Snow,
}

/// The days of the year that ends now, each with its weather and weight.
#[derive(Debug)]
pub(super) struct Year {
    zone: TimeZone,
    now: Moment,
    days: Vec<(Date, Sky, f64)>,
    weight: f64,
}

impl Year {
    /// The year before `now`.
    pub fn before(now: Moment, zone: &TimeZone, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x57EA);
        let today = now.date(zone);
        let first = today.saturating_sub(jiff::Span::new().days(364));
        let mut days: Vec<(Date, Sky, f64)> = Vec::new();
        let mut date = first;
        while date <= today {
            let (storm, snow) = match date.month() {
                6 => (0.10, 0.0),
                7 => (0.22, 0.0),
                8 => (0.16, 0.0),
                9 => (0.05, 0.0),
                1 => (0.0, 0.12),
                2 => (0.0, 0.05),
                _ => (0.01, 0.0),
            };
            let sky = if rng.random_bool(storm) {
                Sky::Storm
            } else if rng.random_bool(snow) {
                Sky::Snow
            } else {
                Sky::Ordinary
            };
            let weekday = match date.weekday() {
                Weekday::Saturday => 0.85,
                Weekday::Sunday => 0.75,
                _ => 1.0,
            };
            let weather = match sky {
                Sky::Storm => 2.6,
                Sky::Snow => 1.7,
                Sky::Ordinary => 1.0,
            };
            let passed = if date == today {
                share_passed(now, zone)
            } else {
                1.0
            };
            let noise = rng.random_range(0.85..1.15);
            days.push((date, sky, weekday * weather * noise * passed));
            let Ok(next) = date.tomorrow() else { break };
            date = next;
        }
        let weight = days.iter().map(|d| d.2).sum();
        Self {
            zone: zone.clone(),
            now,
            days,
            weight,
        }
    }

    /// A day of the year by weight.
    pub fn day(&self, rng: &mut impl Rng) -> usize {
        let mut left = rng.random_range(0.0..self.weight.max(0.001));
        for (n, day) in self.days.iter().enumerate() {
            left -= day.2;
            if left < 0.0 {
                return n;
            }
        }
        self.days.len().saturating_sub(1)
    }

    /// Today.
    pub fn today(&self) -> usize {
        self.days.len().saturating_sub(1)
    }

    /// How often `code` comes on that day, against others.
    pub fn weight(&self, code: &str, day: usize) -> f64 {
        let often = OFTEN.iter().find(|(c, _)| *c == code).map_or(1.0, |o| o.1);
        let Some((date, sky, _)) = self.days.get(day) else {
            return often;
        };
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        let office = code.starts_with("M06") || code.starts_with("M09");
        let rest = if weekend && office && *sky == Sky::Ordinary {
            0.2
        } else {
            1.0
        };
        often * season(code, date.month()) * weather(code, *sky) * rest
    }

    /// A moment of that day by the matter's hours, not after now.
    pub fn moment(&self, code: &str, day: usize, rng: &mut impl Rng) -> Moment {
        let date = self
            .days
            .get(day)
            .map_or_else(|| self.now.date(&self.zone), |d| d.0);
        let hours = hours(code);
        let total: f64 = hours.iter().sum();
        for _ in 0..40 {
            let mut left = rng.random_range(0.0..total);
            let hour = (0_i8..24)
                .zip(hours)
                .find(|(_, weight)| {
                    left -= weight;
                    left < 0.0
                })
                .map_or(12, |(hour, _)| hour);
            let (minute, second) = (rng.random_range(0..60), rng.random_range(0..60));
            let micro = rng.random_range(0..1_000_000) * 1000;
            let at = date
                .at(hour, minute, second, micro)
                .to_zoned(self.zone.clone())
                .map(|z| Moment::new(z.timestamp()));
            if let Ok(at) = at.as_ref()
                && *at < self.now
            {
                return *at;
            }
        }
        let midnight = self.now.start_of_day(&self.zone);
        let passed = self.now.since_s(midnight).max(2);
        midnight.plus_s(rng.random_range(0..passed - 1))
    }
}

/// How much of an ordinary day's reports has come in by now.
fn share_passed(now: Moment, zone: &TimeZone) -> f64 {
    let local = now.stamp().to_zoned(zone.clone());
    let all: f64 = DAY.iter().sum();
    let hour = usize::try_from(local.hour()).unwrap_or(0);
    let before: f64 = DAY.iter().take(hour).sum();
    let part = f64::from(local.minute()) / 60.0;
    ((before + part * DAY.get(hour).copied().unwrap_or(0.0)) / all).max(0.01)
}

#[rustfmt::skip]
const DAY: [f64; 24] = [
    0.2, 0.1, 0.08, 0.06, 0.08, 0.2, 0.5, 1.0, 1.7, 1.9, 1.5, 1.1,
    0.7, 0.9, 1.2, 1.3, 1.3, 1.5, 1.7, 1.4, 0.9, 0.6, 0.4, 0.25,
];
#[rustfmt::skip]
const NIGHT: [f64; 24] = [
    1.5, 0.8, 0.3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1,
    0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.5, 1.2, 2.0, 2.6, 2.8, 2.4,
];
#[rustfmt::skip]
const EVENING: [f64; 24] = [
    0.2, 0.1, 0.0, 0.0, 0.1, 0.2, 0.3, 0.2, 0.2, 0.2, 0.1, 0.1,
    0.1, 0.1, 0.1, 0.1, 0.3, 1.0, 2.0, 2.6, 2.4, 1.8, 1.0, 0.4,
];
#[rustfmt::skip]
const RUSH: [f64; 24] = [
    0.05, 0.0, 0.0, 0.0, 0.1, 0.4, 1.3, 2.6, 2.4, 1.2, 0.7, 0.7,
    0.6, 0.4, 0.5, 0.8, 1.4, 2.5, 2.4, 1.4, 0.8, 0.4, 0.2, 0.1,
];
#[rustfmt::skip]
const OFFICE: [f64; 24] = [
    0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.9, 2.0, 2.0, 1.2,
    0.2, 0.8, 1.8, 1.9, 1.5, 0.6, 0.1, 0.1, 0.0, 0.0, 0.0, 0.0,
];

fn hours(code: &str) -> [f64; 24] {
    match code {
        "M0708" | "M0705" => NIGHT,
        "M0205" | "M0303" | "M0407" => EVENING,
        "M0701" | "M0702" | "M0703" | "M0704" | "M0301" | "M0206" => RUSH,
        c if c.starts_with("M06") || c.starts_with("M09") => OFFICE,
        _ => DAY,
    }
}

fn season(code: &str, month: i8) -> f64 {
    let summer = (6..=8).contains(&month);
    let winter = month == 12 || month <= 2;
    match code {
        "M0313" | "M0202" if summer => 4.0,
        "M0313" => 0.4,
        "M0801" | "M0705" | "M0808" | "M0209" if summer => 2.2,
        "M0705" if winter => 0.3,
        "M0508" if winter => 3.0,
        "M0508" if summer => 1.6,
        "M0803" if (3..=5).contains(&month) => 2.0,
        "M0804" if month == 6 || month == 10 || month == 11 => 5.0,
        "M0103" if month == 11 || month == 12 => 2.2,
        "M0806" | "M0212" | "M0101" if summer => 1.5,
        "M0404" if month == 1 || month == 12 => 3.0,
        "M0502" | "M0501" if winter => 2.0,
        "M0602" if winter => 2.5,
        "M0708" if month == 5 || month == 6 => 1.7,
        "M0208" if winter => 1.8,
        _ => 1.0,
    }
}

fn weather(code: &str, sky: Sky) -> f64 {
    match (sky, code) {
        (Sky::Storm, "M0313") => 40.0,
        (Sky::Storm, "M0605" | "M0907") => 25.0,
        (Sky::Storm, "M0202") => 14.0,
        (Sky::Storm, "M0806") => 12.0,
        (Sky::Storm, "M0212") => 7.0,
        (Sky::Storm, "M0209" | "M0307" | "M0312" | "M0310") => 4.0,
        (Sky::Snow, "M0907") => 30.0,
        (Sky::Snow, "M0605") => 15.0,
        (Sky::Snow, "M0508") => 8.0,
        (Sky::Snow, "M0204" | "M0806" | "M0208") => 3.0,
        (Sky::Storm | Sky::Snow, "M0701" | "M0705" | "M0703") => 0.2,
        _ => 1.0,
    }
}
