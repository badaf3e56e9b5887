//! What the system says, without the numbers that are for programs.

/// The text without ` (os error 13)` and the like.
pub fn without_error_numbers(text: &str) -> String {
    let mut parts = text.split(" (os error ");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((number, rest)) if number.parse::<i32>().is_ok() => plain.push_str(rest),
            _ => {
                plain.push_str(" (os error ");
                plain.push_str(part);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_go() {
        for (text, expected) in [
            ("a: No such file or directory (os error 2)", "a: No such file or directory"),
            ("cannot write (Permission denied (os error 13)): b", "cannot write (Permission denied): b"),
            ("a (os error x) b", "a (os error x) b"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(without_error_numbers(text), expected);
        }
    }
}
