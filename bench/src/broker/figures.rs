//! Figures of both sides as rows of a table.

/// What an acknowledgement meant while a figure was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ack {
    /// On disk: `flush.messages` is 1.
    Disk,
    /// In the page cache: Kafka's default.
    Cache,
    /// Nothing was acknowledged.
    None,
}

impl Ack {
    fn name(self) -> &'static str {
        match self {
            Self::Disk => "disk",
            Self::Cache => "page cache",
            Self::None => "-",
        }
    }
}

/// One thing that was measured.
#[derive(Debug, Clone)]
pub struct Figure {
    what: String,
    ack: Ack,
    unit: &'static str,
    value: f64,
}

impl Figure {
    /// `value` in `unit`.
    pub fn new(what: impl Into<String>, ack: Ack, unit: &'static str, value: f64) -> Self {
        Self { what: what.into(), ack, unit, value }
    }

    fn shown(&self) -> String {
        let decimals = match self.value.abs() {
            100.0.. => 0,
            10.0.. => 1,
            1.0.. => 2,
            _ => 3,
        };
        format!("{:.decimals$} {}", self.value, self.unit)
    }
}

/// The figures of one row, of both sides in the same order.
pub struct Sheet {
    /// The row's name.
    pub row: &'static str,
    /// Millstream's.
    pub ours: Vec<Figure>,
    /// Kafka's; empty when it was left out.
    pub theirs: Vec<Figure>,
}

impl Sheet {
    /// Prints the head of the table.
    pub fn head() {
        println!("| row | what | acknowledged from | Millstream | Kafka | Millstream / Kafka |");
        println!("|---|---|---|---|---|---|");
    }

    /// Prints the row's lines.
    pub fn print(&self) {
        for (at, ours) in self.ours.iter().enumerate() {
            let theirs = self.theirs.get(at);
            // Durable figures are held against Kafka's own default too: the sides may differ in their acknowledgement.
            let ack = match theirs {
                Some(theirs) if theirs.ack != ours.ack => {
                    format!("{} / {}", ours.ack.name(), theirs.ack.name())
                }
                _ => ours.ack.name().to_owned(),
            };
            let shown = theirs.map_or("-".to_owned(), Figure::shown);
            let ratio = theirs.filter(|theirs| theirs.value > 0.0);
            let ratio = ratio.map_or("-".to_owned(), |theirs| format!("{:.2}", ours.value / theirs.value));
            println!("| {} | {} | {ack} | {} | {shown} | {ratio} |", self.row, ours.what, ours.shown());
        }
    }
}
