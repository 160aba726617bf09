//! Many durations and what they say together.

use std::time::Duration;

/// Durations of like things.
#[derive(Debug, Clone, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// One more.
    pub fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes over those of `other`.
    pub fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The duration that `percent` of all do not exceed, in milliseconds (nearest rank).
    #[must_use]
    pub fn ms(&self, percent: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() as f64 * percent / 100.0).ceil() as usize;
        sorted
            .get(rank.saturating_sub(1).min(sorted.len().saturating_sub(1)))
            .map_or(f64::NAN, |d| d.as_secs_f64() * 1000.0)
    }
}

impl FromIterator<Duration> for Times {
    fn from_iter<I: IntoIterator<Item = Duration>>(durations: I) -> Self {
        Self(durations.into_iter().collect())
    }
}

/// Milliseconds as people read them.
#[must_use]
pub fn shown(ms: f64) -> String {
    match ms {
        _ if ms < 1.0 => format!("{ms:.2}"),
        _ if ms < 10.0 => format!("{ms:.1}"),
        _ => format!("{ms:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_99th_of_a_hundred_is_the_last_but_one() {
        let times: Times = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(times.ms(50.0), 50.0);
        assert_eq!(times.ms(99.0), 99.0);
        assert_eq!(times.ms(100.0), 100.0);
    }

    #[test]
    fn a_single_duration_is_every_percentile() {
        let times: Times = [Duration::from_millis(7)].into_iter().collect();
        assert_eq!(times.ms(50.0), 7.0);
        assert_eq!(times.ms(99.0), 7.0);
    }
}
