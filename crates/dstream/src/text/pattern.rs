//! Hadoop's path patterns: `*`, `?`, `[a-c]`, `[^a]`, `{x,y}`, and `\` before a character that is meant as it is.

/// Alternatives that `{..}` may give.
const ALTERNATIVES: usize = 1_000;

/// Whether a path has anything to match.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}

/// The patterns without braces that one with braces stands for; `None` when they are too many.
pub(super) fn alternatives(pattern: &str) -> Option<Vec<String>> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(pattern) = open.pop() {
        match braces(&pattern) {
            None => done.push(pattern),
            Some((start, end)) => {
                let (before, rest) = pattern.split_at(start);
                let (inside, after) = rest.split_at(end - start);
                let inside = inside.get(1..).unwrap_or_default();
                let after = after.get(1..).unwrap_or_default();
                open.extend(inside.split(',').rev().map(|choice| format!("{before}{choice}{after}")));
            }
        }
        if open.len() + done.len() > ALTERNATIVES {
            return None;
        }
    }
    Some(done)
}

/// The first innermost `{..}`.
fn braces(pattern: &str) -> Option<(usize, usize)> {
    let end = pattern.find('}')?;
    let start = pattern.get(..end)?.rfind('{')?;
    Some((start, end))
}

/// Whether one name of a path matches one name of a pattern.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut in_name) = (0, 0);
    // The last `*`, and where in the name it stands for everything before.
    let mut star: Option<(usize, usize)> = None;
    while in_name < name.len() {
        if pattern.get(at) == Some(&'*') {
            star = Some((at, in_name));
            at += 1;
        } else if let Some(next) = name.get(in_name).and_then(|char| one(&pattern, at, *char)) {
            at = next;
            in_name += 1;
        } else if let Some((star_at, from)) = star {
            star = Some((star_at, from + 1));
            at = star_at + 1;
            in_name = from + 1;
        } else {
            return false;
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|char| *char == '*'))
}

/// Where the pattern goes on if what stands at `at` matches `char`.
fn one(pattern: &[char], at: usize, char: char) -> Option<usize> {
    match pattern.get(at)? {
        '?' => Some(at + 1),
        '[' => set(pattern, at + 1, char),
        '\\' => (pattern.get(at + 1) == Some(&char)).then_some(at + 2),
        same => (*same == char).then_some(at + 1),
    }
}

/// A set of characters and ranges, from behind its `[`.
fn set(pattern: &[char], mut at: usize, char: char) -> Option<usize> {
    let not = matches!(pattern.get(at), Some('^' | '!'));
    at += usize::from(not);
    let mut found = false;
    while *pattern.get(at)? != ']' {
        let first = *pattern.get(at)?;
        match (pattern.get(at + 1), pattern.get(at + 2)) {
            (Some('-'), Some(last)) if *last != ']' => {
                found |= (first..=*last).contains(&char);
                at += 3;
            }
            _ => {
                found |= first == char;
                at += 1;
            }
        }
    }
    (found != not).then_some(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match() {
        let table = [
            ("*.txt", "a.txt", true),
            ("*.txt", "a.txt.gz", false),
            ("part-*", "part-", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("?[0-9][^x]", "a7y", true),
            ("?[0-9][^x]", "a7x", false),
            ("[abc", "a", false),
            (r"\*", "*", true),
            (r"\*", "a", false),
            ("*", "", true),
        ];
        for (pattern, name, expected) in table {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn braces_stand_for_alternatives() {
        assert_eq!(
            alternatives("/{a,b}/{c,d}.txt").unwrap(),
            ["/a/c.txt", "/a/d.txt", "/b/c.txt", "/b/d.txt"]
        );
        assert_eq!(alternatives("{a,{b,c}}").map(|all| all.len()), Some(4));
        assert_eq!(alternatives("plain").unwrap(), ["plain"]);
        assert_eq!(alternatives(&"{a,b}".repeat(30)), None);
    }
}
