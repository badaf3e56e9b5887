//! Where the demo's tables go: redrawn in place on a terminal, one after the other into a pipe.

use super::view::View;
use std::io::{self, IsTerminal, Write};

/// The terminal or the pipe.
#[derive(Debug)]
pub struct Screen {
    json: bool,
    in_place: bool,
    lines_drawn: usize,
    rate: f64,
    page: Option<String>,
}

impl Screen {
    /// A screen for a demo at `rate` lines a second, whose page is at `page` (`HOST:PORT`).
    pub fn new(json: bool, rate: f64, page: Option<String>) -> Self {
        Self { json, in_place: io::stdout().is_terminal(), lines_drawn: 0, rate, page }
    }

    /// Shows `view` in place of what was shown before. An error means that nobody reads any more.
    pub fn show(&mut self, view: &View) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            let line = serde_json::to_string(view)?;
            writeln!(out, "{line}")?;
            return out.flush();
        }
        let width = if self.in_place { terminal_width() } else { usize::MAX };
        let text = view.text(self.rate, self.page.as_deref(), width);
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
}

fn terminal_width() -> usize {
    rustix::termios::tcgetwinsize(io::stdout())
        .ok()
        .map(|size| usize::from(size.ws_col))
        .filter(|columns| *columns > 0)
        .unwrap_or(80)
}
