//! How alike two reports are: by place, matter, time, words and picture. Proposes; a person merges.

use std::collections::HashSet;

use kernel::Moment;

/// What is compared of a report.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Degrees.
    pub lon: f64,
    /// Degrees.
    pub lat: f64,
    /// Matter code, if known.
    pub matter: Option<&'a str>,
    /// Words.
    pub text: &'a str,
    /// When.
    pub at: Moment,
    /// 64-bit difference hash of the first picture.
    pub picture: Option<i64>,
}

/// How alike, 0–1, and because of what.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// 0–1; proposed from [`PROPOSE`].
    pub score: f64,
    /// `place`, `matter`, `time`, `words`, `picture`.
    pub because: Vec<&'static str>,
    /// Metres apart.
    pub distance_m: f64,
}

/// From here on a likeness is worth showing.
pub const PROPOSE: f64 = 0.45;

/// Reports farther apart are never the same thing.
pub const REACH_M: f64 = 150.0;

/// Days after which a report is no longer compared.
pub const REACH_DAYS: i64 = 30;

/// Compares two reports. `None` when they are too far apart.
#[must_use]
pub fn compare(one: Seen<'_>, other: Seen<'_>) -> Option<Likeness> {
    let distance_m = metres(one, other);
    if distance_m > REACH_M {
        return None;
    }
    let near = 1.0 - distance_m / REACH_M;
    let same_matter = one.matter.is_some() && one.matter == other.matter;
    let other_matter = one.matter.is_some() && other.matter.is_some() && !same_matter;
    let hours = f64::from(i32::try_from(one.at.since_s(other.at).abs() / 3600).unwrap_or(i32::MAX));
    let soon = (1.0 - hours / 72.0).max(0.0);
    let words = overlap(one.text, other.text);
    let picture = match (one.picture, other.picture) {
        (Some(a), Some(b)) => (1.0 - f64::from((a ^ b).count_ones()) / 24.0).max(0.0),
        _ => 0.0,
    };
    let mut score = 0.30 * near + 0.15 * soon + 0.30 * words + 0.35 * picture;
    if same_matter {
        score += 0.30;
    }
    if other_matter {
        score -= 0.25;
    }
    let marks = [
        (near > 0.6, "place"),
        (same_matter, "matter"),
        (soon > 0.3, "time"),
        (words > 0.25, "words"),
        (picture > 0.5, "picture"),
    ];
    let because = marks.into_iter().filter(|m| m.0).map(|m| m.1).collect();
    Some(Likeness {
        score: score.clamp(0.0, 1.0),
        because,
        distance_m,
    })
}

/// Metres between two points, good to a thousandth at these distances (equirectangular).
fn metres(a: Seen<'_>, b: Seen<'_>) -> f64 {
    let x = (a.lon - b.lon).to_radians() * f64::midpoint(a.lat, b.lat).to_radians().cos();
    let y = (a.lat - b.lat).to_radians();
    x.hypot(y) * 6_371_008.8
}

/// Share of two-letter runs both texts have (Dice's coefficient).
fn overlap(a: &str, b: &str) -> f64 {
    let pairs = |text: &str| -> HashSet<(char, char)> {
        let letters: Vec<char> = text
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        letters
            .windows(2)
            .filter_map(|w| Some((*w.first()?, *w.get(1)?)))
            .collect()
    };
    let (a, b) = (pairs(a), pairs(b));
    if a.is_empty() || b.is_empty() {
        return 0.0;
    }
    let both = u32::try_from(a.intersection(&b).count()).unwrap_or_default();
    let all = u32::try_from(a.len() + b.len()).unwrap_or(1);
    2.0 * f64::from(both) / f64::from(all)
}

/// The box around a point that [`REACH_M`] reaches: west, south, east, north in degrees.
#[must_use]
pub fn around(lon: f64, lat: f64) -> [f64; 4] {
    let dy = REACH_M / 111_195.0;
    let dx = dy / lat.to_radians().cos().max(0.01);
    [lon - dx, lat - dy, lon + dx, lat + dy]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen<'a>(
        lon: f64,
        matter: Option<&'a str>,
        text: &'a str,
        picture: Option<i64>,
    ) -> Seen<'a> {
        Seen {
            lon,
            lat: 31.8,
            matter,
            text,
            at: "2026-11-24T02:00:00Z".parse().unwrap(),
            picture,
        }
    }

    #[test]
    fn the_same_manhole_told_twice_is_proposed() {
        let a = seen(119.97, Some("M0201"), "南门非机动车道少了一个井盖", None);
        let b = seen(119.9702, Some("M0201"), "小区南门井盖不见了很危险", None);
        let like = compare(a, b).unwrap();
        assert!(like.score >= PROPOSE, "{like:?}");
        assert!(like.because.contains(&"matter") && like.because.contains(&"place"));
    }

    #[test]
    fn another_matter_at_the_same_place_is_not_proposed() {
        let a = seen(119.97, Some("M0201"), "井盖没了", None);
        let b = seen(119.97, Some("M0101"), "垃圾堆在路边很臭", None);
        assert!(compare(a, b).unwrap().score < PROPOSE);
    }

    #[test]
    fn the_same_picture_nearby_is_proposed_whatever_the_words() {
        let a = seen(119.97, None, "这里", Some(0x0f0f_0f0f));
        let b = seen(119.9701, None, "不安全", Some(0x0f0f_0f0e));
        assert!(compare(a, b).unwrap().score >= PROPOSE);
    }

    #[test]
    fn what_is_far_away_is_never_the_same() {
        let a = seen(119.97, Some("M0201"), "井盖没了", None);
        let b = seen(119.98, Some("M0201"), "井盖没了", None);
        assert!(compare(a, b).is_none());
    }
}
