//! Cuts bytes into lines. A line ends with \n, \r\n or a lone \r, as Hadoop and Java read them.

use std::ops::ControlFlow;

/// One line without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    pub(crate) bytes: &'a [u8],
    /// Where it begins, counted from the first byte that was ever cut.
    pub(crate) start: u64,
}

/// A line was longer than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLong;

/// What is between two calls: the beginning of a line, and whether a \n belongs to the \r before it.
#[derive(Debug)]
pub(crate) struct LineCutter {
    partial: Vec<u8>,
    limit: usize,
    after_return: bool,
    position: u64,
}

impl LineCutter {
    /// Lines of at most `limit` bytes; the first byte is at `position`.
    pub(crate) fn new(limit: usize, position: u64) -> Self {
        Self { partial: Vec::new(), limit, after_return: false, position }
    }

    /// Cuts `bytes`, which follow those of the last call; each whole line goes to `each`, until that breaks.
    pub(crate) fn cut<B>(
        &mut self,
        mut bytes: &[u8],
        mut each: impl FnMut(Line<'_>) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, TooLong> {
        while let Some(first) = bytes.first() {
            if std::mem::take(&mut self.after_return) && *first == b'\n' {
                bytes = bytes.get(1..).unwrap_or_default();
                self.position += 1;
                continue;
            }
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let (part, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
            if self.partial.len() + part.len() > self.limit {
                return Err(TooLong);
            }
            let start = self.position - self.partial.len() as u64;
            self.position += part.len() as u64;
            let Some((end, rest)) = rest.split_first() else {
                self.partial.extend_from_slice(part);
                break;
            };
            self.position += 1;
            self.after_return = *end == b'\r';
            bytes = rest;
            let done = if self.partial.is_empty() {
                each(Line { bytes: part, start })
            } else {
                self.partial.extend_from_slice(part);
                each(Line { bytes: &std::mem::take(&mut self.partial), start })
            };
            if done.is_break() {
                return Ok(done);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The line that the end of the input ends; `None` if it ended with a line's end.
    pub(crate) fn rest(&mut self) -> Option<(Vec<u8>, u64)> {
        let start = self.position - self.partial.len() as u64;
        (!self.partial.is_empty()).then(|| (std::mem::take(&mut self.partial), start))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<(String, u64)> {
        let mut cutter = LineCutter::new(1000, 0);
        let mut lines = Vec::new();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        for piece in pieces {
            let flow = cutter.cut(piece, |line| -> ControlFlow<()> {
                lines.push((text(line.bytes), line.start));
                ControlFlow::Continue(())
            });
            assert_eq!(flow, Ok(ControlFlow::Continue(())));
        }
        lines.extend(cutter.rest().map(|(bytes, start)| (text(&bytes), start)));
        lines
    }

    #[test]
    fn ends_of_lines() {
        type Case<'a> = (&'a [u8], &'a [(&'a str, u64)]);
        let table: [Case<'_>; 7] = [
            (b"", &[]),
            (b"a", &[("a", 0)]),
            (b"a\n", &[("a", 0)]),
            (b"a\nb\r\nc\rd", &[("a", 0), ("b", 2), ("c", 5), ("d", 7)]),
            (b"\n\n", &[("", 0), ("", 1)]),
            (b"\r\r\n\n", &[("", 0), ("", 1), ("", 3)]),
            (b"a\r\n", &[("a", 0)]),
        ];
        for (bytes, expected) in table {
            let expected: Vec<_> = expected.iter().map(|(line, at)| ((*line).to_owned(), *at)).collect();
            assert_eq!(lines(&[bytes]), expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_line_has_a_limit() {
        let mut cutter = LineCutter::new(3, 0);
        let go_on = |_: Line<'_>| -> ControlFlow<()> { ControlFlow::Continue(()) };
        assert!(cutter.cut(b"abc\nab", go_on).is_ok());
        assert_eq!(cutter.cut(b"cd", go_on), Err(TooLong));
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(text in "[ab\r\n]{0,20}", cut in 0usize..20) {
            let bytes = text.as_bytes();
            let (left, right) = bytes.split_at(cut.min(bytes.len()));
            prop_assert_eq!(lines(&[bytes]), lines(&[left, right]));
        }
    }
}
