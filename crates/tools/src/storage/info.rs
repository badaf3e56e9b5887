//! `kafka-storage info`: which directory holds the log, whose it is, and what is in it.

use std::collections::BTreeMap;
use std::path::Path;

use millstream_cluster::parse_properties;

use crate::failure::Failure;
use crate::output::Output;
use crate::server_properties::ServerProperties;

pub(super) fn run(properties: &ServerProperties, output: &mut Output) -> Result<(), Failure> {
    print(&properties.log_dir, &properties.engine_dir(), output)
}

/// Tells what is in a Kafka directory, and where queries keep theirs.
pub(crate) fn print(log_dir: &Path, engine: &Path, output: &mut Output) -> Result<(), Failure> {
    let path = std::path::absolute(log_dir).unwrap_or_else(|_| log_dir.to_owned());
    let shown = path.display();
    let mut problems = Vec::new();
    if path.is_dir() {
        output.line(format!("Found log directory:\n  {shown}\n"))?;
        match std::fs::read_to_string(path.join("meta.properties")) {
            Ok(text) => match parse_properties(&text) {
                Ok(found) => output.line(format!("Found metadata: {}\n", sorted(found)))?,
                Err(reason) => problems.push(format!("Error loading {shown}/meta.properties: {reason}")),
            },
            Err(_) => problems.push(format!("{shown} is not formatted.")),
        }
    } else if path.exists() {
        problems.push(format!("{shown} is not a directory"));
    } else {
        problems.push(format!("{shown} does not exist"));
    }
    if !problems.is_empty() {
        output.line(format!("Found problem:\n  {}\n", problems.join("\n  ")))?;
        return Err(Failure::Said);
    }
    contents(&path, output)?;
    let engine = std::path::absolute(engine).unwrap_or_else(|_| engine.to_owned());
    if engine.is_dir() {
        output.line(format!("Beside it, checkpoints and state of queries:\n  {}\n", engine.display()))?;
    }
    Ok(())
}

/// As Java prints a map.
fn sorted(properties: Vec<(String, String)>) -> String {
    let sorted: BTreeMap<_, _> = properties.into_iter().collect();
    let pairs: Vec<_> = sorted.iter().map(|(key, value)| format!("{key}={value}")).collect();
    format!("{{{}}}", pairs.join(", "))
}

/// Partitions by topic, with the bytes of their segments.
fn contents(path: &Path, output: &mut Output) -> Result<(), Failure> {
    output.line("Found topics (partitions, bytes of records):")?;
    for (topic, (partitions, bytes)) in topics(path)? {
        output.line(format!("  {topic}  {partitions}  {bytes}"))?;
    }
    output.line("")?;
    Ok(())
}

/// How many partitions of each topic lie there, and the bytes of their segments.
pub(crate) fn topics(path: &Path) -> Result<BTreeMap<String, (u64, u64)>, Failure> {
    let entries =
        std::fs::read_dir(path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    let mut topics: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some((topic, partition)) = name.rsplit_once('-') else { continue };
        if partition.parse::<u32>().is_ok() && entry.path().is_dir() {
            let (partitions, bytes) = topics.entry(topic.to_owned()).or_default();
            *partitions += 1;
            *bytes += segments(&entry.path());
        }
    }
    Ok(topics)
}

/// The bytes of a partition's segments.
fn segments(partition: &Path) -> u64 {
    let files = std::fs::read_dir(partition).into_iter().flatten().flatten();
    let segments = files.filter(|file| file.path().extension().is_some_and(|extension| extension == "log"));
    segments.filter_map(|file| file.metadata().ok()).map(|metadata| metadata.len()).sum()
}
