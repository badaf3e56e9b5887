//! The name that was probably meant.

/// The candidate that is nearest to `name`, if it is near enough to be a slip of the fingers.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = match name.chars().count() {
        0..=3 => 1,
        4..=7 => 2,
        _ => 3,
    };
    let distances = candidates.into_iter().map(|candidate| (distance(name, candidate), candidate));
    distances.filter(|(distance, _)| *distance <= allowed).min().map(|(_, candidate)| candidate)
}

/// How many letters must be put in, left out or changed; upper and lower case are the same, and so are `-`, `_`, `.`.
fn distance(one: &str, other: &str) -> usize {
    let letters = |text: &str| -> Vec<char> {
        let alike = |c: char| if matches!(c, '_' | '.') { '-' } else { c.to_ascii_lowercase() };
        text.chars().map(alike).collect()
    };
    let (one, other) = (letters(one), letters(other));
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut here = vec![row + 1];
        let mut left = row + 1;
        for (pair, theirs) in above.windows(2).zip(&other) {
            let (corner, up) = (pair.first().copied().unwrap_or(0), pair.last().copied().unwrap_or(0));
            left = (corner + usize::from(letter != theirs)).min(up + 1).min(left + 1);
            here.push(left);
        }
        above = here;
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_understood_and_other_names_are_not() {
        let topics = ["quickstart-events", "clicks", "sensor_speed", "t"];
        let table = [
            ("quickstart-event", Some("quickstart-events")),
            ("quikstart-events", Some("quickstart-events")),
            ("Quickstart_Events", Some("quickstart-events")),
            ("click", Some("clicks")),
            ("sensor-speed", Some("sensor_speed")),
            ("orders", None),
            ("", Some("t")),
        ];
        for (typed, meant) in table {
            assert_eq!(nearest(typed, topics), meant, "{typed}");
        }
    }
}
