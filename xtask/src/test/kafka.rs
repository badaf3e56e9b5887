//! The Kafka door with Python clients, kcat and raw sockets: the programs of `tests/clients/kafka`.
//!
//! The clients' versions are part of what is promised, so they are pinned here.

use super::{Running, binary, setup};
use crate::process::captured;
use crate::report::Report;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The clients' codecs, so that every compression is tried.
const CODECS: [&str; 4] = ["python-snappy", "lz4", "xxhash", "zstandard"];

/// Runs all programs against one server, restarting it where a program is about that.
pub fn run(root: &Path, report: &mut Report) {
    let mut server = match Running::start(root, "kafka", &["start"]) {
        Ok(server) => server,
        Err(why) => return report.fail("kafka", &why),
    };
    for version in ["2.0.2", "3.0.12"] {
        let wanted = format!("kafka-python=={version}");
        let packages: Vec<&str> = [wanted.as_str()].into_iter().chain(CODECS).collect();
        match setup::python(root, &format!("kafka-python-{version}"), &packages) {
            Err(why) => report.skip(&wanted, &why),
            Ok(python) => {
                for arguments in [["lab.py"].as_slice(), &["lab.py", "--pinned"], &["formats.py"]] {
                    program(root, report, &python, &wanted, &server.kafka, arguments);
                }
                if version.starts_with('3') {
                    program(root, report, &python, &wanted, &server.kafka, &["transactions.py"]);
                }
            }
        }
    }
    others(root, report, &server.kafka);
    answers(root, report);
    match setup::system_program(&["kcat", "kafkacat"], "kcat") {
        Err(why) => report.skip("kcat", &why),
        Ok(kcat) => {
            program(root, report, &PathBuf::from("python3"), "kcat", &server.kafka, &["console.py", &kcat])
        }
    }
    let pid = server.server.id().to_string();
    let hostile = ["hostile.py", "--pid", &pid];
    program(root, report, &PathBuf::from("python3"), "raw sockets", &server.kafka, &hostile);
    let pack = ["hostile_pack.py", "--pid", &pid];
    program(root, report, &PathBuf::from("python3"), "raw sockets", &server.kafka, &pack);
    match setup::python(root, "confluent-kafka-2.16", &["confluent-kafka==2.16.1"]) {
        Err(why) => report.skip("confluent-kafka", &why),
        Ok(python) => {
            let client = "confluent-kafka 2.16.1";
            program(root, report, &python, client, &server.kafka, &["confluent.py"]);
            program(root, report, &python, client, &server.kafka, &["consumer_groups.py"]);
            program(root, report, &python, client, &server.kafka, &["transactions.py"]);
            program(root, report, &python, client, &server.kafka, &["offsets.py", "commit", "restart"]);
            server = match server.restart(root, "kafka") {
                Ok(server) => server,
                Err(why) => return report.fail("restart", &why),
            };
            program(root, report, &python, client, &server.kafka, &["offsets.py", "resume", "restart"]);
            stop_under_load(root, report, &python, client);
        }
    }
    report.check("kafka: SIGTERM stops the server cleanly", server.server.terminate(), "exit code is not 0");
}

/// The program that stops a server of its own.
fn stop_under_load(root: &Path, report: &mut Report, python: &Path, client: &str) {
    let binary = match binary(root) {
        Ok(binary) => binary,
        Err(why) => return report.fail("stop_under_load.py", &why),
    };
    let data = root.join(".cache/data/stop-under-load");
    let _ = std::fs::remove_dir_all(&data);
    let mut command = Command::new(python);
    command.arg(root.join("tests/clients/kafka/stop_under_load.py")).args([&binary, &data]);
    let (succeeded, output) = captured(&mut command);
    report.read_lines(&format!("{client}: stop_under_load.py"), succeeded, &output);
}

/// Every API's answers to right and wrong requests, beside those recorded from Apache Kafka: a set of cases after the
/// other, each on a server of its own.
fn answers(root: &Path, report: &mut Report) {
    let folder = root.join("tests/golden/kafka-answers");
    for set in ["all", "older", "limits"] {
        let (succeeded, settings) = captured(Command::new("python3").arg(folder.join("sets.py")).arg(set));
        if !succeeded {
            return report.fail("answers", &settings);
        }
        // As Apache Kafka was started when it was asked.
        let overrides = settings.lines().flat_map(|setting| ["--override", setting]);
        let start: Vec<&str> = ["start"].into_iter().chain(overrides).collect();
        let server = match Running::start(root, "answers", &start) {
            Ok(server) => server,
            Err(why) => return report.fail("answers", &why),
        };
        let mut command = Command::new("python3");
        command.arg(folder.join("answers.py")).args(["--set", set, &server.kafka]);
        let (succeeded, output) = captured(&mut command);
        report.read_lines(&format!("answers ({set})"), succeeded, &output);
        report.check(
            &format!("answers ({set}): SIGTERM stops the server cleanly"),
            server.server.terminate(),
            "exit code is not 0",
        );
    }
}

/// Clients with an idea of their own of how to talk to a broker, and libraries that make their topics at their start.
fn others(root: &Path, report: &mut Report, kafka: &str) {
    for (client, name, programs) in [
        (
            "kafka-python==1.4.7",
            "kafka-python-1.4.7",
            [["lab.py"].as_slice(), &["lab.py", "--pinned"]].as_slice(),
        ),
        ("aiokafka==0.14.0", "aiokafka-0.14", &[&["aio.py"]]),
        ("quixstreams==3.28.1", "quixstreams-3.28", &[&["quix.py"]]),
        ("faust-streaming==0.15.3", "faust-streaming-0.15", &[&["faust_app.py"]]),
    ] {
        match setup::python(root, name, &[client, "cramjam", "setuptools<80"]) {
            Err(why) => report.skip(client, &why),
            Ok(python) => {
                programs
                    .iter()
                    .for_each(|arguments| program(root, report, &python, client, kafka, arguments));
            }
        }
    }
    match setup::kafkajs(root, "2.2.4") {
        Err(why) => report.skip("kafkajs", &why),
        Ok(modules) => {
            let mut command = Command::new("node");
            command.env("NODE_PATH", modules).arg(root.join("tests/clients/kafka/kafkajs.js")).arg(kafka);
            let (succeeded, output) = captured(&mut command);
            report.read_lines("kafkajs 2.2.4", succeeded, &output);
        }
    }
}

/// One program: `PYTHON tests/clients/kafka/NAME ADDRESS ARGUMENTS`.
fn program(root: &Path, report: &mut Report, python: &Path, client: &str, kafka: &str, arguments: &[&str]) {
    let Some((name, rest)) = arguments.split_first() else { return };
    let mut command = Command::new(python);
    command.arg(root.join("tests/clients/kafka").join(name)).arg(kafka).args(rest);
    let (succeeded, output) = captured(&mut command);
    let flags = rest.iter().filter(|flag| flag.parse::<u32>().is_err() && !flag.contains('/'));
    let shown: Vec<&str> = [name].into_iter().chain(flags).copied().collect();
    report.read_lines(&format!("{client}: {}", shown.join(" ")), succeeded, &output);
}
