//! Apache Kafka's own tools: its console tools against our door, its dump tool against our files.

use super::{Running, setup};
use crate::process::captured;
use crate::report::Report;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The name under which `offsets.py` leaves what `way_out.py` looks for.
const WAY_OUT: &str = "way-out";

/// Runs the console tools, stops the server, then dumps every file that it left.
pub fn run(root: &Path, report: &mut Report) {
    let jars = match setup::kafka_jars(root) {
        Ok(jars) => jars,
        Err(why) => return report.skip("java", &why),
    };
    let server = match Running::start(root, "java", &["start"]) {
        Ok(server) => server,
        Err(why) => return report.fail("java", &why),
    };
    let program = |name: &str, first: &str, report: &mut Report| {
        let mut command = Command::new("python3");
        command.arg(root.join("tests/clients/java").join(name)).arg(first).arg(&jars);
        let (succeeded, output) = captured(&mut command);
        report.read_lines(&format!("Apache Kafka 4.3: {name}"), succeeded, &output);
    };
    program("tools.py", &server.kafka, report);
    client(root, "4.3.1", Ok(jars.clone()), &server.kafka, report);
    client(root, "0.10.0.1", setup::old_java_client(root), &server.kafka, report);
    offsets(root, &server.kafka, "commit", report);
    offsets(root, &server.kafka, "resume", report);
    let directory = server.data.join("kafka").display().to_string();
    report.check("java: SIGTERM stops the server cleanly", server.server.terminate(), "exit code is not 0");
    program("dump.py", &directory, report);
    way_out(root, &directory, &jars, report);
}

/// The Java client of one version.
fn client(root: &Path, version: &str, jars: Result<PathBuf, String>, kafka: &str, report: &mut Report) {
    let who = format!("Java client {version}");
    let jars = match jars {
        Ok(jars) => jars,
        Err(why) => return report.skip(&who, &why),
    };
    let mut command = Command::new("java");
    command.arg("-cp").arg(jars.join("*")).arg(root.join("tests/clients/java/Client.java")).arg(kafka);
    let (succeeded, output) = captured(&mut command);
    report.read_lines(&who, succeeded, &output);
}

/// A topic with records and a group's offset, for Apache Kafka to find.
fn offsets(root: &Path, kafka: &str, what: &str, report: &mut Report) {
    let python = match setup::python(root, "confluent-kafka-2.16", &["confluent-kafka==2.16.1"]) {
        Ok(python) => python,
        Err(why) => return report.skip("confluent-kafka", &why),
    };
    let mut command = Command::new(python);
    command.arg(root.join("tests/clients/kafka/offsets.py")).args([kafka, what, WAY_OUT]);
    let (succeeded, output) = captured(&mut command);
    report.read_lines("confluent-kafka 2.16.1: offsets.py", succeeded, &output);
}

/// Apache Kafka starts on a copy of what we wrote.
fn way_out(root: &Path, directory: &str, jars: &Path, report: &mut Report) {
    let mut command = Command::new("python3");
    command.arg(root.join("tests/clients/java/way_out.py")).arg(directory).arg(jars).arg(WAY_OUT);
    let (succeeded, output) = captured(&mut command);
    report.read_lines("Apache Kafka 4.3: way_out.py", succeeded, &output);
}
