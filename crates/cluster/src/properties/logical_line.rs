//! A line of a properties file that may go on over several: one that ends in a backslash which is not itself escaped
//! goes on with the next, whose blanks at the front do not count.

/// The characters of such a line, its escapes as they are.
#[derive(Debug)]
pub(super) struct LogicalLine<'a> {
    rest: &'a str,
    /// The last character was a backslash that escapes the next.
    is_escaped: bool,
}

impl<'a> LogicalLine<'a> {
    /// The one at the front of this text.
    pub(super) const fn of(text: &'a str) -> Self {
        Self { rest: text, is_escaped: false }
    }

    /// The text behind the line.
    pub(super) fn behind(mut self) -> &'a str {
        while self.next().is_some() {}
        self.rest
    }

    /// Skips blanks.
    pub(super) fn skip_blanks(&mut self) {
        while self.next_if(char::is_whitespace) {}
    }

    /// Skips one `=` or `:`, and says whether there was one.
    pub(super) fn skip_sign(&mut self) -> bool {
        self.next_if(|c| matches!(c, '=' | ':'))
    }

    fn next_if(&mut self, is_wanted: impl Fn(char) -> bool) -> bool {
        self.go_on();
        let is_next = !is_end(self.rest) && self.rest.starts_with(is_wanted);
        if is_next {
            self.next();
        }
        is_next
    }

    /// Passes to the next line where this one goes on.
    fn go_on(&mut self) {
        while !self.is_escaped
            && let Some(behind) = self.rest.strip_prefix('\\').filter(|behind| is_end(behind))
        {
            let next = behind.split_once('\n').map_or("", |(_, next)| next);
            let first = next.split_inclusive('\n').next().unwrap_or_default();
            let blanks = first.len() - first.trim_start_matches(is_blank).len();
            self.rest = next.get(blanks..).unwrap_or_default();
        }
    }
}

impl Iterator for LogicalLine<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        self.go_on();
        if is_end(self.rest) {
            return None;
        }
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        self.is_escaped = c == '\\' && !self.is_escaped;
        Some(c)
    }
}

/// Whether a line ends at the front of this text.
fn is_end(text: &str) -> bool {
    text.is_empty() || text.starts_with('\n') || text.starts_with("\r\n")
}

/// A blank within a line.
fn is_blank(c: char) -> bool {
    c.is_whitespace() && c != '\n'
}
