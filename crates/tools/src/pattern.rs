//! Topics by regular expression, as Kafka's commands take them.

use regex::Regex;

use crate::failure::Failure;

/// A regular expression over whole names.
#[derive(Debug)]
pub(crate) struct Pattern(Regex);

impl Pattern {
    /// Kafka's list of topics: a regular expression in which a comma stands for "or"; quotes and blanks do not count.
    pub(crate) fn of_topics(text: &str) -> Result<Self, Failure> {
        let list = text.trim().replace(',', "|").replace(' ', "");
        Self::of(list.trim_matches(['"', '\'']))
    }

    /// A plain regular expression.
    pub(crate) fn of(text: &str) -> Result<Self, Failure> {
        let whole = format!("^(?:{text})$");
        let compiled = regex::RegexBuilder::new(&whole).size_limit(1 << 20).build();
        compiled.map(Self).map_err(|_| Failure::new(format!("{text} is an invalid regex.")))
    }

    /// Does the whole name match?
    pub(crate) fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_a_whole() {
        let table = [
            ("clicks", "clicks", true),
            ("clicks", "clicks2", false),
            ("click.*", "clicks2", true),
            ("a,b", "b", true),
            (" 'a, b' ", "b", true),
            (".*", "__consumer_offsets", true),
        ];
        for (pattern, name, matches) in table {
            assert_eq!(Pattern::of_topics(pattern).unwrap().matches(name), matches, "{pattern} {name}");
        }
        assert!(Pattern::of_topics("(").is_err());
    }
}
