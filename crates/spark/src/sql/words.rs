//! The words of a statement, one after the other.

use crate::error::{Result, SparkError};
use millstream_engine::EngineError;

/// A statement's text and how far it has been read.
#[derive(Debug, Clone)]
pub(super) struct Words<'a> {
    whole: &'a str,
    rest: &'a str,
}

impl<'a> Words<'a> {
    /// From the start, without comments before the first word and without a last semicolon.
    pub(super) fn of(text: &'a str) -> Self {
        let mut rest = text.trim_start();
        while let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
        }
        Self { whole: text, rest: rest.trim_end().trim_end_matches(';').trim_end() }
    }

    /// The next word in capitals, without going on.
    pub(super) fn first(&self) -> String {
        self.clone().next().to_uppercase()
    }

    /// The next word as it is written, with its backquotes; empty at the end.
    pub(super) fn next(&mut self) -> &'a str {
        let text = self.rest.trim_start();
        let mut quoted = false;
        let end = text.find(|c: char| {
            quoted ^= c == '`';
            !quoted && (c.is_whitespace() || c == '(' || c == ';')
        });
        let end = end.unwrap_or(text.len());
        let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        self.rest = rest;
        word
    }

    /// Goes over the word if it is the next one, in any case.
    pub(super) fn take(&mut self, word: &str) -> bool {
        let mut ahead = self.clone();
        let found = ahead.next().eq_ignore_ascii_case(word);
        if found {
            *self = ahead;
        }
        found
    }

    /// Goes over the words if they are the next ones.
    pub(super) fn take_all(&mut self, words: &[&str]) -> bool {
        let mut ahead = self.clone();
        let found = words.iter().all(|word| ahead.take(word));
        if found {
            *self = ahead;
        }
        found
    }

    /// A name, which has to be there.
    pub(super) fn name(&mut self) -> Result<&'a str> {
        match self.next() {
            "" => Err(self.wrong()),
            name => Ok(name),
        }
    }

    /// A text in quotes, or a bare word.
    pub(super) fn text(&mut self) -> &'a str {
        let rest = self.rest.trim_start();
        for quote in ['\'', '"'] {
            if let Some((text, after)) = rest.strip_prefix(quote).and_then(|inner| inner.split_once(quote)) {
                self.rest = after;
                return text;
            }
        }
        self.next()
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a str {
        self.rest.trim()
    }

    /// The names in brackets that may stand here.
    pub(super) fn bracketed(&mut self) -> Option<Vec<String>> {
        let (inside, after) = self.rest.trim_start().strip_prefix('(')?.split_once(')')?;
        self.rest = after;
        let names = inside.split(',').map(|name| name.trim().trim_matches('`').to_owned());
        Some(names.collect())
    }

    /// The statement is over here, or it is wrong.
    pub(super) fn end(&self) -> Result<()> {
        if self.rest().is_empty() { Ok(()) } else { Err(self.wrong()) }
    }

    /// Spark's error for what stands here.
    pub(super) fn wrong(&self) -> SparkError {
        let near = match self.clone().next() {
            "" => "end of input".to_owned(),
            word => format!("'{word}'"),
        };
        EngineError::parse_syntax(&near, self.whole).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_one_after_the_other() {
        let mut words = Words::of("-- a comment\ncreate OR replace temp view `a b`(x, `y`) AS SELECT 1;");
        assert_eq!(words.first(), "CREATE");
        assert!(words.take_all(&["create", "or", "replace"]));
        assert!(!words.take("global"));
        assert!(words.take_all(&["temp", "view"]));
        assert_eq!(words.name().unwrap(), "`a b`");
        assert_eq!(words.bracketed().unwrap(), ["x", "y"]);
        assert!(words.take("as"));
        assert_eq!(words.rest(), "SELECT 1");
        assert!(words.end().is_err());
    }
}
