//! The page: its types by `tsc`, and a real browser on the demos, on invented scenes and on a PySpark program's queries.

use super::{Running, START_PATIENCE, binary, setup, target};
use crate::process::{Server, captured, shown};
use crate::report::Report;
use std::path::Path;
use std::process::Command;

/// Checks types, starts all of them, drives the browser.
pub fn run(root: &Path, report: &mut Report) {
    let folder = match setup::node_packages(root) {
        Ok(folder) => folder,
        Err(why) => return report.skip("page", &why),
    };
    let (good, output) =
        captured(Command::new("npm").current_dir(&folder).args(["run", "--silent", "types"]));
    report.check("page: types", good, &output);
    let chromium = match setup::system_program(&["chromium", "chromium-browser", "google-chrome"], "chromium")
    {
        Ok(chromium) => chromium,
        Err(why) => return report.skip("page in a browser", &why),
    };
    let demos = [("page", "clickstream"), ("page-traffic", "traffic")];
    let demos = demos.map(|(name, demo)| Running::start(root, name, &["demo", demo]));
    let demos = match demos.into_iter().collect::<Result<Vec<_>, _>>() {
        Ok(demos) => demos,
        Err(why) => return report.fail("page", &why),
    };
    let mut build = Command::new("cargo");
    build.current_dir(root).args(["build", "--workspace", "--example", "fake", "--locked", "--quiet"]);
    if !shown(&mut build) {
        return report.fail("page", "the example with invented scenes does not build");
    }
    let scenes: Result<Vec<Server>, String> =
        ["demo", "empty", "hostile", "busy"].iter().map(|name| scene(root, name)).collect();
    let scenes = match scenes {
        Ok(scenes) => scenes,
        Err(why) => return report.fail("page", &why),
    };
    let mut browser = Command::new("node");
    browser.current_dir(&folder).arg("page.mjs");
    browser.args(demos.iter().map(|demo| format!("http://{}", demo.console)));
    browser.args(scenes.iter().map(|scene| address(&scene.first_line)));
    let lab = with_program(
        root,
        report,
        "queries of a PySpark program",
        ("pyspark-client-4.2", "pyspark-client==4.2.0"),
        lab,
    );
    let confluent = ("confluent-kafka-2.16", "confluent-kafka==2.16.1");
    let clients = with_program(root, report, "groups, transactions and connections", confluent, clients);
    if let Some((server, _)) = &clients {
        metrics(root, server, report);
    }
    let page = |server: Option<&(Running, Server)>| {
        server.map_or_else(String::new, |(server, _)| format!("http://{}", server.console))
    };
    browser.args([page(lab.as_ref()), page(clients.as_ref())]);
    browser.env("CHROMIUM", chromium).env("SCREENSHOTS", root.join(".cache/screenshots"));
    let (succeeded, output) = captured(&mut browser);
    report.read_lines("page", succeeded, &output);
}

/// A server and the program that uses it, or why one of them did not start.
type Started = Result<(Running, Server), String>;

/// A server and the Python program that uses it, which needs the one package. Only a machine that cannot have the package
/// leaves this out.
fn with_program(
    root: &Path,
    report: &mut Report,
    what: &str,
    (environment, package): (&str, &str),
    start: fn(&Path, &Path) -> Started,
) -> Option<(Running, Server)> {
    match setup::python(root, environment, &[package]) {
        Ok(python) => start(root, &python).map_err(|why| report.fail(&format!("page: {what}"), &why)).ok(),
        Err(why) => {
            report.skip(&format!("page: {what}"), &why);
            None
        }
    }
}

/// A server on which a PySpark program has started the queries of `lab.py`, and that program.
fn lab(root: &Path, python: &Path) -> Started {
    let server = Running::start(root, "page-lab", &["start"])?;
    let mut program = Command::new(python);
    program.arg(root.join("tests/page/lab.py")).arg(binary(root)?);
    program.args([format!("sc://{}", server.spark), server.kafka.clone()]);
    let program = Server::start(&mut program, START_PATIENCE)?;
    Ok((server, program))
}

/// A server with the clients of `clients.py`, and these.
fn clients(root: &Path, python: &Path) -> Started {
    let server = Running::start(root, "page-clients", &["start"])?;
    let mut program = Command::new(python);
    program.arg(root.join("tests/page/clients.py")).arg(binary(root)?).arg(server.kafka.clone());
    let program = Server::start(&mut program, START_PATIENCE)?;
    Ok((server, program))
}

/// What Prometheus' own parser says of `/metrics` of a server with clients.
fn metrics(root: &Path, server: &Running, report: &mut Report) {
    match setup::python(root, "prometheus-client-0.26", &["prometheus-client==0.26.0"]) {
        Ok(python) => {
            let mut program = Command::new(python);
            program.arg(root.join("tests/page/metrics.py")).arg(format!("http://{}", server.console));
            let (succeeded, output) = captured(&mut program);
            report.read_lines("page: metrics", succeeded, &output);
        }
        Err(why) => report.skip("page: /metrics by Prometheus' parser", &why),
    }
}

/// One invented scene on a free port.
fn scene(root: &Path, name: &str) -> Result<Server, String> {
    Server::start(Command::new(target(root).join("debug/examples/fake")).args([name, "0"]), START_PATIENCE)
}

/// The address in the scene's first line.
fn address(line: &str) -> String {
    line.split_whitespace().find(|word| word.starts_with("http://")).unwrap_or(line).to_owned()
}
