//! Makes inputs and runs them: seeds, the kept corpus, then mutations of whatever brought something new.

pub mod corpus;
mod execution;
mod minimise;
pub mod mutate;
mod watchdog;

use std::path::Path;
use std::time::{Duration, Instant};

use crate::options::Options;
use crate::random::Random;
use crate::store;
use crate::target::Target;
use corpus::Corpus;
use execution::Execution;
use watchdog::Watchdog;

/// How often progress is printed.
const REPORT_EVERY: Duration = Duration::from_secs(5);
/// Executions between two looks at the clock.
const BURST: u64 = 64;

/// Fuzzes each target; true when nothing was found.
pub fn run(options: &Options) -> Result<bool, String> {
    println!("seed {}", options.seed);
    let watchdog = Watchdog::start();
    let mut findings = 0;
    for target in &options.targets {
        let mut campaign = Campaign::new(target, options, &watchdog)?;
        if let Err(finding) = campaign.run(options.time) {
            report(target, &finding, &watchdog)?;
            findings += 1;
        }
        campaign.close(options.keep)?;
    }
    Ok(findings == 0)
}

/// Runs one input; true when nothing is wrong.
pub fn replay(target: &'static Target, file: &Path) -> Result<bool, String> {
    let input = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let execution = Execution::of(target, &input, &Watchdog::start());
    match &execution.problem {
        None => println!("{}: {} bytes, nothing found", target.name, input.len()),
        Some(problem) => println!("{}: {} bytes\n{problem}", target.name, input.len()),
    }
    Ok(execution.problem.is_none())
}

/// An input and what is wrong.
struct Finding {
    input: Vec<u8>,
    problem: String,
}

fn report(target: &'static Target, finding: &Finding, watchdog: &Watchdog) -> Result<(), String> {
    let input = minimise::minimise(target, finding.input.clone(), watchdog);
    let path = store::finding(target, &input)?;
    let problem = Execution::of(target, &input, watchdog).problem;
    println!("FINDING in {}: {}", target.name, problem.as_deref().unwrap_or(&finding.problem));
    println!("  {} bytes in {}", input.len(), path.display());
    println!("  again: cargo xtask fuzz {} {}", target.name, path.display());
    Ok(())
}

/// The fuzzing of one target.
struct Campaign<'a> {
    target: &'static Target,
    watchdog: &'a Watchdog,
    random: Random,
    corpus: Corpus,
    executions: u64,
    peak_percent: usize,
    started: Instant,
}

impl<'a> Campaign<'a> {
    fn new(target: &'static Target, options: &Options, watchdog: &'a Watchdog) -> Result<Self, String> {
        Ok(Self {
            target,
            watchdog,
            random: Random::new(options.seed ^ u64::from(crc32fast::hash(target.name.as_bytes()))),
            corpus: Corpus::default(),
            executions: 0,
            peak_percent: 0,
            started: Instant::now(),
        })
    }

    /// Runs what is kept, the seeds, then mutations until the time is over.
    fn run(&mut self, time: Duration) -> Result<(), Finding> {
        let (kept, findings) =
            store::kept(self.target).map_err(|problem| Finding { input: Vec::new(), problem })?;
        for input in kept.into_iter().chain((self.target.seeds)()) {
            self.execute(input)?;
        }
        println!(
            "{}: {} inputs with features of their own among {} seeds and kept inputs, {findings} of them earlier findings",
            self.target.name,
            self.corpus.size(),
            self.executions
        );
        self.corpus.end_of_seeds();
        self.started = Instant::now();
        let before = self.executions;
        let mut next_report = REPORT_EVERY;
        while self.started.elapsed() < time {
            for _ in 0..BURST {
                let input = mutate::next(&self.corpus, &mut self.random, self.target.longest);
                self.execute(input)?;
            }
            if self.started.elapsed() >= next_report {
                next_report += REPORT_EVERY;
                self.progress(before);
            }
        }
        self.progress(before);
        Ok(())
    }

    fn execute(&mut self, input: Vec<u8>) -> Result<(), Finding> {
        let execution = Execution::of(self.target, &input, self.watchdog);
        self.executions += 1;
        self.peak_percent = self.peak_percent.max(execution.trial.peak_percent);
        if let Some(problem) = execution.problem {
            return Err(Finding { input, problem });
        }
        self.corpus.offer(input, &execution.trial.features);
        Ok(())
    }

    fn progress(&self, before: u64) {
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        let mutated = u32::try_from(self.executions - before).unwrap_or(u32::MAX);
        println!(
            "{}: {} executions in {seconds:.0} s, {:.0}/s, corpus {}, features {}, memory at most {} % of the bound",
            self.target.name,
            mutated,
            f64::from(mutated) / seconds,
            self.corpus.size(),
            self.corpus.features(),
            self.peak_percent
        );
    }

    fn close(self, keep: bool) -> Result<(), String> {
        if keep {
            let (mut inputs, findings) = store::kept(self.target)?;
            inputs.drain(..findings);
            inputs.extend(self.corpus.into_found());
            println!("{}: {} inputs kept", self.target.name, store::keep(self.target, inputs)?);
        }
        Ok(())
    }
}
