//! The same bytes to our decoder and to independent ones.
//!
//! A case is a request or a response of some API and version, or record batches of some magic; valid ones made from a
//! seed, and mutated ones. Each goes to [`ours`], to Apache Kafka's own classes ([`java`]: 4.3.1's for what it still
//! has, 3.9.1's for every older version and for records), and to the crate `kafka-protocol` ([`third`]), which is
//! generated from Kafka's schemas by others. What is compared: whether the bytes are taken, how many are left over,
//! and what they say, as the bytes that the decoded message is written to again (of records: offset, timestamp, key,
//! value, headers of each).
//!
//! Where the answers differ the difference must be one of the classes in [`difference`], each with its reason;
//! anything else fails the run and is printed with the bytes. A class is no excuse for a whole case: it is decided
//! from both answers.

mod cases;
mod difference;
mod java;
mod ours;
mod third;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use cases::{Case, Cases};
use difference::Difference;
use java::Java;
use ours::Verdict;

const USAGE: &str = "Usage: millstream-differential --new JARS --old JARS [--cases N] [--seconds N] [--seed S] [--show CLASS]";
/// Cases that all decoders are asked about at once.
const BURST: usize = 10_000;
/// The last Kafka that has every old version.
const KAFKA_3_9: &str = "Kafka 3.9.1";
/// Differences without a class that are printed.
const MOST_SHOWN: usize = 20;
/// How often progress is printed.
const REPORT_EVERY: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match Options::parse(&arguments).and_then(|options| run(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

struct Options {
    new: String,
    old: String,
    cases: u64,
    time: Duration,
    seed: u64,
    show: Option<String>,
}

impl Options {
    fn parse(words: &[String]) -> Result<Self, String> {
        let value = |name: &str| {
            let at = words.iter().position(|word| word == name)?;
            words.get(at + 1)
        };
        let number = |name: &str, default: u64| match value(name) {
            None => Ok(default),
            Some(text) => text.parse().map_err(|_| format!("{name} takes a whole number\n{USAGE}")),
        };
        let jars = |name: &str| value(name).cloned().ok_or_else(|| USAGE.to_owned());
        Ok(Self {
            new: jars("--new")?,
            old: jars("--old")?,
            cases: number("--cases", 1_000_000)?,
            time: Duration::from_secs(number("--seconds", u64::from(u32::MAX))?),
            seed: number("--seed", 1)?,
            show: value("--show").cloned(),
        })
    }
}

/// What has been counted.
#[derive(Default)]
struct Tally {
    cases: u64,
    /// Answers compared, by decoder.
    compared: BTreeMap<&'static str, u64>,
    accepted: u64,
    classes: BTreeMap<(&'static str, &'static str), u64>,
    unexplained: usize,
}

fn run(options: &Options) -> Result<bool, String> {
    let mut decoders = Decoders::start(options)?;
    third::quiet();
    let mut cases = Cases::new(options.seed);
    let mut tally = Tally::default();
    let (started, mut next_report) = (Instant::now(), REPORT_EVERY);
    println!("seed {}", options.seed);
    while tally.cases < options.cases && started.elapsed() < options.time {
        let left = usize::try_from(options.cases - tally.cases).unwrap_or(BURST);
        let burst = (0..left.min(BURST)).map(|_| cases.next());
        let (messages, batches): (Vec<Case>, Vec<Case>) = burst.partition(Case::is_message);
        for answers in decoders.ask(&messages, &batches)? {
            tally.take(options, &answers);
        }
        if started.elapsed() >= next_report {
            next_report += REPORT_EVERY;
            let seconds = started.elapsed().as_secs();
            println!("{} cases in {seconds} s, {} unexplained", tally.cases, tally.unexplained);
        }
        if tally.unexplained >= MOST_SHOWN {
            break;
        }
    }
    tally.print();
    Ok(tally.unexplained == 0)
}

/// Everybody's answers to a case.
struct Answers<'a> {
    case: &'a Case,
    ours: Verdict,
    theirs: Vec<(&'static str, Verdict)>,
}

/// The other decoders.
struct Decoders {
    new: Java,
    old: Java,
    records: Java,
}

impl Decoders {
    fn start(options: &Options) -> Result<Self, String> {
        Ok(Self {
            new: Java::start(&options.new, "DecodeMessages.java")?,
            old: Java::start(&options.old, "DecodeMessages.java")?,
            records: Java::start(&options.old, "DecodeRecords.java")?,
        })
    }

    /// Asks all of them, each in a thread of its own.
    fn ask<'a>(&mut self, messages: &'a [Case], batches: &'a [Case]) -> Result<Vec<Answers<'a>>, String> {
        let Self { new, old, records } = self;
        let (new, old, records, mut answers) = thread::scope(|scope| {
            let new = scope.spawn(|| new.ask(messages));
            let old = scope.spawn(|| old.ask(messages));
            let records = scope.spawn(|| records.ask(batches));
            let answers: Vec<Answers> = messages.iter().chain(batches).map(Answers::here).collect();
            (joined(new), joined(old), joined(records), answers)
        });
        let (of_messages, of_batches) = answers.split_at_mut_checked(messages.len()).unwrap_or_default();
        for (answers, (new, old)) in of_messages.iter_mut().zip(new?.into_iter().zip(old?)) {
            answers.theirs.extend([("Kafka 4.3.1", new), (KAFKA_3_9, old)]);
        }
        for (answers, verdict) in of_batches.iter_mut().zip(records?) {
            answers.theirs.push((KAFKA_3_9, verdict));
        }
        Ok(answers)
    }
}

fn joined<T>(thread: ScopedJoinHandle<Result<T, String>>) -> Result<T, String> {
    thread.join().unwrap_or_else(|_| Err("the thread of a decoder panicked".to_owned()))
}

impl<'a> Answers<'a> {
    /// The answers of the decoders in this process.
    fn here(case: &'a Case) -> Self {
        let ours = if case.is_message() { ours::message(case) } else { ours::records(case) };
        let third = third::may_be_asked(&ours).then(|| {
            let verdict = if case.is_message() { third::message(case) } else { third::records(case) };
            ("kafka-protocol", verdict)
        });
        Self { case, ours, theirs: third.into_iter().collect() }
    }
}

impl Tally {
    fn take(&mut self, options: &Options, answers: &Answers) {
        self.count(&answers.ours);
        for (who, theirs) in &answers.theirs {
            self.compare(options, answers.case, &answers.ours, who, theirs);
        }
    }

    fn count(&mut self, ours: &Verdict) {
        self.cases += 1;
        self.accepted += u64::from(matches!(ours, Verdict::Accepted { .. }));
    }

    fn compare(
        &mut self,
        options: &Options,
        case: &Case,
        ours: &Verdict,
        who: &'static str,
        theirs: &Verdict,
    ) {
        if *theirs == Verdict::Unknown {
            return;
        }
        *self.compared.entry(who).or_default() += 1;
        let shown = |name: &str| {
            println!("{who}: {name}\n  {case}\n  ours:   {ours}\n  theirs: {theirs}");
        };
        match difference::between(case, who, ours, theirs) {
            Difference::None => {}
            Difference::Class(name) => {
                *self.classes.entry((name, who)).or_default() += 1;
                if options.show.as_deref() == Some(name) {
                    shown(name);
                }
            }
            Difference::Unexplained => {
                self.unexplained += 1;
                if self.unexplained <= MOST_SHOWN {
                    shown("DISAGREEMENT");
                }
            }
        }
    }

    fn print(&self) {
        println!("{} cases, {} of them taken by us", self.cases, self.accepted);
        for (who, count) in &self.compared {
            println!("  compared with {who}: {count}");
        }
        for ((class, who), count) in &self.classes {
            println!("  {class} ({who}): {count}");
        }
        println!("{} unexplained", self.unexplained);
    }
}
