//! Apache Kafka's own tools: its console tools against our door, its dump tool against our files.

use super::{Running, binary, setup};
use crate::process::captured;
use crate::report::Report;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One client of each message format and of each protocol generation between the oldest and today's; `cargo xtask suites
/// java-matrix` tries every release.
const OLDER: [&str; 4] = ["0.10.0.1", "0.11.0.3", "2.0.1", "3.9.2"];

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
    program("groups.py", &server.kafka, report);
    program("transactions.py", &server.kafka, report);
    match binary(root) {
        Ok(binary) => program("tool_sessions.py", &binary.display().to_string(), report),
        Err(why) => report.fail("tool_sessions.py", &why),
    }
    client(root, "Admin.java", "4.3.1", Ok(jars.clone()), &server.kafka, report);
    client(root, "Client.java", "4.3.1", Ok(jars.clone()), &server.kafka, report);
    for release in OLDER {
        client(root, "Client.java", release, setup::java_client(root, release), &server.kafka, report);
    }
    let directory = server.data.join("kafka").display().to_string();
    report.check("java: SIGTERM stops the server cleanly", server.server.terminate(), "exit code is not 0");
    program("dump.py", &directory, report);
}

/// One program with the Java client of one version.
fn client(
    root: &Path,
    program: &str,
    version: &str,
    jars: Result<PathBuf, String>,
    kafka: &str,
    report: &mut Report,
) {
    let who = format!("Java client {version}: {program}");
    let jars = match jars {
        Ok(jars) => jars,
        Err(why) => return report.skip(&who, &why),
    };
    let mut command = Command::new("java");
    command.arg("-cp").arg(jars.join("*")).arg(root.join("tests/clients/java").join(program)).arg(kafka);
    let (succeeded, output) = captured(&mut command);
    report.read_lines(&who, succeeded, &output);
}
