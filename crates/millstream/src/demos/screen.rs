//! Where a demo's tables go: redrawn in place on a terminal, one after the other into a pipe.

use super::layout::{grouped, shortened};
use super::show::{Look, Words};
use std::io::{self, IsTerminal, Write};

/// The terminal or the pipe.
#[derive(Debug)]
pub struct Screen {
    json: bool,
    in_place: bool,
    lines_drawn: usize,
    rate: f64,
    words: Words,
    page: Option<String>,
}

impl Screen {
    /// A screen for a demo at `rate` records a second, whose page is at `page` (`HOST:PORT`).
    pub fn new(json: bool, rate: f64, words: Words, page: Option<String>) -> Self {
        Self { json, in_place: io::stdout().is_terminal(), lines_drawn: 0, rate, words, page }
    }

    /// Shows `look` in place of what was shown before. An error means that nobody reads any more.
    pub fn show(&mut self, look: &dyn Look) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            let line = look.json()?;
            writeln!(out, "{line}")?;
            return out.flush();
        }
        let width = if self.in_place { terminal_width() } else { usize::MAX };
        let text = self.text(look, width);
        if self.in_place {
            // Up over the last drawing, then clear from there to the end of the screen.
            if self.lines_drawn > 0 {
                write!(out, "\x1b[{}A", self.lines_drawn)?;
            }
            write!(out, "\x1b[J{text}")?;
            self.lines_drawn = text.lines().count();
        } else {
            writeln!(out, "{text}")?;
        }
        out.flush()
    }

    /// How far the demo is, then its tables, `width` columns at most.
    fn text(&self, look: &dyn Look, width: usize) -> String {
        let records = grouped(i64::try_from(look.records()).unwrap_or(i64::MAX));
        let page = self.page.as_ref().map_or(String::new(), |address| format!("   page http://{address}"));
        let Self { rate, words, .. } = self;
        let head =
            format!("{records} {}, {rate} a second   watermark {}{page}", words.records, look.watermark());
        let tables = look.tables();
        let lines = [head.as_str(), ""].into_iter().chain(tables.lines());
        lines.flat_map(|line| [shortened(line, width), "\n".to_owned()]).collect()
    }
}

fn terminal_width() -> usize {
    rustix::termios::tcgetwinsize(io::stdout())
        .ok()
        .map(|size| usize::from(size.ws_col))
        .filter(|columns| *columns > 0)
        .unwrap_or(80)
}
