//! Duty hours of an office, as written in a sheet: `1-5 08:30-12:00,14:00-17:30; 6 09:00-12:00`.
//!
//! Days are 1 (Monday) to 7; several parts are parted by `;`. Nothing written means nothing is known.

/// Hours on some days of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// Days, 1 for Monday to 7.
    pub days: Vec<u8>,
    /// From and to, minutes after midnight; to is later than from.
    pub times: Vec<(u16, u16)>,
}

/// Reads duty hours; `None` when they are not written as they must be.
#[must_use]
pub fn parse(text: &str) -> Option<Vec<Hours>> {
    let text = text.trim();
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split(';').map(|part| one(part.trim())).collect()
}

/// The hours as they are kept, or `None` when they cannot be read.
#[must_use]
pub fn tidy(text: &str) -> Option<String> {
    let plain: String = text
        .chars()
        .map(|c| match c {
            '；' => ';',
            '，' => ',',
            '：' => ':',
            '—' | '–' | '～' | '~' => '-',
            c => c,
        })
        .collect();
    let parts: Vec<&str> = plain
        .split(';')
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .collect();
    let tidied = parts.join("; ");
    parse(&tidied).map(|_| tidied)
}

fn one(part: &str) -> Option<Hours> {
    let (days, times) = part.split_once(' ')?;
    let mut held = Vec::new();
    for piece in days.split(',') {
        let (first, last) = piece.split_once('-').unwrap_or((piece, piece));
        let (first, last): (u8, u8) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        if !(1..=7).contains(&first) || !(first..=7).contains(&last) {
            return None;
        }
        held.extend(first..=last);
    }
    let times = times
        .split(',')
        .map(|span| {
            let (from, to) = span.trim().split_once('-')?;
            let (from, to) = (minutes(from)?, minutes(to)?);
            (from < to).then_some((from, to))
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Hours { days: held, times })
}

fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour <= 24 && minute < 60 && hour * 60 + minute <= 24 * 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_written() {
        let read = parse("1-5 08:30-12:00,14:00-17:30; 6 09:00-12:00").unwrap();
        assert_eq!(read[0].days, [1, 2, 3, 4, 5]);
        assert_eq!(read[0].times, [(510, 720), (840, 1050)]);
        assert_eq!(read[1].days, [6]);
        assert_eq!(parse("  "), Some(Vec::new()));
        assert_eq!(
            tidy("1-5 08：30—12：00；6 09:00-12:00").unwrap(),
            "1-5 08:30-12:00; 6 09:00-12:00"
        );
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for wrong in [
            "8:30-17:30",
            "0-5 08:00-09:00",
            "5-1 08:00-09:00",
            "1-8 08:00-09:00",
            "1 09:00-08:00",
            "1 25:00-26:00",
            "1 08:00",
            "daily",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
