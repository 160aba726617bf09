//! What people wrote, made fit for everybody's eyes.

/// `text` with telephone numbers, identity numbers and the like made unreadable: every run of seven
/// or more digits, and mobile numbers written in groups (`138 1234 5678`, `138.1234.5678`).
#[must_use]
pub fn without_numbers(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut hidden = vec![false; letters.len()];
    let groups = groups(&letters);
    for (start, end) in &groups {
        if end - start >= 7 {
            (*start..*end).for_each(|at| hidden[at] = true);
        }
    }
    for three in groups.windows(3) {
        let [a, b, c] = three else { continue };
        let lengths = [a, b, c].map(|g| g.1 - g.0);
        let joined = [(a, b), (b, c)]
            .iter()
            .all(|(left, right)| is_joint(&letters[left.1..right.0]));
        if joined && lengths == [3, 4, 4] && digit(letters[a.0]) == Some(1) {
            (a.0..c.1).for_each(|at| hidden[at] = true);
        }
    }
    letters
        .into_iter()
        .zip(hidden)
        .map(|(letter, hidden)| if hidden { '*' } else { letter })
        .collect()
}

/// Runs of digits, as start and end.
fn groups(letters: &[char]) -> Vec<(usize, usize)> {
    let mut groups = Vec::new();
    let mut start = None;
    for (at, letter) in letters.iter().enumerate() {
        match (digit(*letter), start) {
            (Some(_), None) => start = Some(at),
            (None, Some(from)) => {
                groups.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    groups.extend(start.map(|from| (from, letters.len())));
    groups
}

fn digit(letter: char) -> Option<u32> {
    letter.to_digit(10).or_else(|| {
        let value = u32::from(letter).checked_sub(u32::from('０'))?;
        (value < 10).then_some(value)
    })
}

/// Blanks, dashes, dots and other marks that hold the groups of one number apart.
fn is_joint(between: &[char]) -> bool {
    (1..=3).contains(&between.len()) && between.iter().all(|c| !c.is_alphanumeric())
}
