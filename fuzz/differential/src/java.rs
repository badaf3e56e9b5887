//! Apache Kafka's own classes, in a process of their own.
//!
//! Cases and answers go through files, and only the word that they are there through standard input and output: a pipe
//! holds so little that on a busy machine both sides would mostly wait for each other.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use bytes::{BufMut, Bytes};

use crate::cases::{Case, Kind};
use crate::ours::Verdict;

/// A running decoder.
pub struct Java {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// The files of cases and of answers.
    files: [PathBuf; 2],
    name: String,
}

impl Java {
    /// Starts a program of `java/` with the jars of a folder.
    pub fn start(jars: &str, program: &str) -> Result<Self, String> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("java").join(program);
        let mut command = Command::new("java");
        // Most cases are refused with an exception, whose stack nobody looks at.
        command.args(["-Xmx512m", "-XX:+UseSerialGC", "-XX:-StackTraceInThrowable"]);
        command.args(["-cp", &format!("{jars}/*")]).arg(source);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().map_err(|error| format!("java: {error}"))?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("java has no input or output".to_owned());
        };
        let folder = std::env::temp_dir();
        let files = ["cases", "answers"]
            .map(|what| folder.join(format!("millstream-differential-{}.{what}", process.id())));
        let name = format!("{program} with {jars}");
        Ok(Self { process, input, output: BufReader::new(output), files, name })
    }

    /// Its answers, in the order of the cases.
    pub fn ask(&mut self, cases: &[Case]) -> Result<Vec<Verdict>, String> {
        let mut asked = Vec::new();
        for case in cases {
            asked.put_u8(case.kind.number());
            asked.put_i16(case.key);
            asked.put_i16(case.version);
            asked.put_i32(i32::try_from(case.bytes.len()).map_err(|error| error.to_string())?);
            asked.put_slice(&case.bytes);
        }
        let answers = self.exchange(&asked).map_err(|error| format!("{}: {error}", self.name))?;
        let mut rest = answers.as_slice();
        let answers = cases.iter().map(|case| answer(&mut rest, case)).collect::<std::io::Result<Vec<_>>>();
        answers.map_err(|error| format!("{}: {error}", self.name))
    }

    fn exchange(&mut self, asked: &[u8]) -> std::io::Result<Vec<u8>> {
        let [cases, answers] = &self.files;
        std::fs::write(cases, asked)?;
        writeln!(self.input, "{}\t{}", cases.display(), answers.display())?;
        let mut done = String::new();
        if self.output.read_line(&mut done)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        std::fs::read(answers)
    }
}

impl Drop for Java {
    fn drop(&mut self) {
        // Nothing is lost with it.
        let _ = self.process.kill();
        let _ = self.process.wait();
        for file in &self.files {
            let _ = std::fs::remove_file(file);
        }
    }
}

fn answer(output: &mut impl Read, case: &Case) -> std::io::Result<Verdict> {
    let mut head = [0; 9];
    output.read_exact(&mut head)?;
    let [verdict, left @ .., l0, l1, l2, l3] = head;
    let left = usize::try_from(i32::from_be_bytes(left)).unwrap_or_default();
    let length = usize::try_from(i32::from_be_bytes([l0, l1, l2, l3])).unwrap_or_default();
    let mut bytes = vec![0; length];
    output.read_exact(&mut bytes)?;
    let mut bytes = Bytes::from(bytes);
    Ok(match verdict {
        1 => Verdict::Accepted { left, canonical: Some(bytes) },
        2 => Verdict::Unknown,
        3 => Verdict::Accepted { left, canonical: None },
        _ => {
            let good =
                if case.kind == Kind::Records { bytes.split_to(left.min(bytes.len())) } else { Bytes::new() };
            Verdict::Refused { reason: String::from_utf8_lossy(&bytes).into_owned(), good }
        }
    })
}
