//! What this binary was called as: by its own name, or by one of Apache Kafka's or Apache Spark's.
//!
//! `bin/kafka-topics.sh ...`, `kafka-topics ...` and `millstream kafka-topics ...` are the same: the name decides,
//! whether it stands in front or behind ours.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use millstream_tools::Tool;

/// What is to be run.
#[derive(Debug, PartialEq, Eq)]
pub enum Invocation {
    /// A command of Kafka's, and the arguments behind its name.
    Tool(Tool, Vec<OsString>),
    /// A command line of our own.
    Own(Vec<OsString>),
}

/// Names that are sub-commands of ours, under the same or another name.
const OWN: [(&str, &str); 4] = [
    ("kafka-server-start", "kafka-server-start"),
    ("pyspark", "pyspark"),
    ("spark-sql", "spark-sql"),
    ("spark-submit", "submit"),
];

impl Invocation {
    /// Reads the words of the command line, the program's own name first.
    pub fn of(words: impl IntoIterator<Item = OsString>) -> Self {
        let mut words = words.into_iter();
        let program = words.next().unwrap_or_default();
        let called = Path::new(&program).file_name().unwrap_or_default().to_owned();
        let rest: Vec<OsString> = words.collect();
        if let Some(invocation) = Self::named(&called, &rest) {
            return invocation;
        }
        if let Some((name, rest)) = rest.split_first()
            && let Some(invocation) = Self::named(name, rest)
        {
            return invocation;
        }
        Self::Own(std::iter::once(program).chain(rest).collect())
    }

    fn named(name: &OsStr, rest: &[OsString]) -> Option<Self> {
        let name = name.to_str()?;
        if let Some(tool) = Tool::named(name) {
            return Some(Self::Tool(tool, rest.to_vec()));
        }
        let name = name.strip_suffix(".sh").unwrap_or(name);
        let (_, command) = OWN.iter().find(|(known, _)| *known == name)?;
        let mut words: Vec<OsString> = ["millstream", command].map(OsString::from).into();
        words.extend_from_slice(rest);
        if let Some(flag) =
            words.get_mut(2).filter(|flag| *command == "kafka-server-start" && *flag == "-daemon")
        {
            // Kafka's script writes this one flag with a single dash, and only in front.
            *flag = "--daemon".into();
        }
        Some(Self::Own(words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_decides_wherever_it_stands() {
        let table = [
            ("millstream start --json", "millstream start --json"),
            ("/usr/bin/millstream", "/usr/bin/millstream"),
            ("bin/spark-submit job.py -daemon", "millstream submit job.py -daemon"),
            ("millstream spark-submit job.py", "millstream submit job.py"),
            ("pyspark", "millstream pyspark"),
            ("./kafka-server-start.sh -daemon f", "millstream kafka-server-start --daemon f"),
            ("millstream kafka-server-start f", "millstream kafka-server-start f"),
            ("bin/kafka-server-stop.sh --node-id 1", "ServerStop: --node-id 1"),
            ("millstream kafka-server-stop", "ServerStop: "),
        ];
        for (typed, expected) in table {
            let join = |words: Vec<OsString>| words.join(OsStr::new(" ")).into_string().unwrap();
            let found = match Invocation::of(typed.split(' ').map(OsString::from)) {
                Invocation::Tool(tool, words) => format!("{tool:?}: {}", join(words)),
                Invocation::Own(words) => join(words),
            };
            assert_eq!(found, expected, "{typed}");
        }
    }
}
