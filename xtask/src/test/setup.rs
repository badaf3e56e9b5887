//! What the end-to-end tests need and this machine may lack: virtual environments, Kafka's jars, Node packages, a
//! browser, kcat.
//!
//! All of it lands in `.cache/` of the checkout (system packages through apt when we may), is made once and kept. What
//! cannot be had is an `Err` with the reason; the caller reports it as skipped, which fails under `CI=true`. Parts run
//! side by side and share what is set up, so one set-up at a time holds [`ONE_AT_A_TIME`].

use crate::process::{captured, find};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held by whoever looks whether something is there and makes it if it is not.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The Python of a virtual environment `name` that holds exactly these `packages` (pip's requirement notation).
pub fn python(root: &Path, name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let _alone = alone();
    let folder = root.join(".cache/venv").join(name);
    let python = folder.join("bin/python");
    let marker = folder.join("installed.txt");
    let wanted = packages.join("\n");
    if std::fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    println!("  setting up {name}: {}", packages.join(" "));
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    if !packages.is_empty() {
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"];
        run(Command::new(&python).args(pip).args(packages))?;
    }
    super::share::share(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    std::fs::write(&marker, wanted).map_err(|error| format!("{}: {error}", marker.display()))?;
    Ok(python)
}

/// The folder of Apache Kafka's jars: the dependencies of `tests/clients/java/pom.xml`, copied by Maven.
pub fn kafka_jars(root: &Path) -> Result<PathBuf, String> {
    jars(root, "pom.xml", "kafka", &[])
}

/// The folder with the Java client of this release.
pub fn java_client(root: &Path, release: &str) -> Result<PathBuf, String> {
    jars(root, "client.xml", &format!("kafka-client-{release}"), &[format!("-Dkafka.version={release}")])
}

/// The folder with Apache Kafka's own decoders of every old version.
pub fn kafka_decoders(root: &Path) -> Result<PathBuf, String> {
    jars(root, "decoders.xml", "kafka-3.9", &[])
}

/// The dependencies of `tests/clients/java/POM` with these settings, in the folder `name` of the cache.
fn jars(root: &Path, pom: &str, name: &str, settings: &[String]) -> Result<PathBuf, String> {
    let _alone = alone();
    let pom = root.join("tests/clients/java").join(pom);
    let wanted = std::fs::read_to_string(&pom).map_err(|error| format!("{}: {error}", pom.display()))?;
    let folder = root.join(".cache").join(name);
    let (jars, marker) = (folder.join("jars"), folder.join("installed.xml"));
    if std::fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
        return Ok(jars);
    }
    if find("mvn").is_none() || find("java").is_none() {
        return Err("needs java and mvn".into());
    }
    println!("  setting up {name}");
    let mut maven = Command::new("mvn");
    maven
        .args(["--quiet", "--batch-mode", "--file"])
        .arg(&pom)
        .args(settings)
        .arg("dependency:copy-dependencies");
    run(maven.arg(format!("-DoutputDirectory={}", jars.display())))?;
    std::fs::write(&marker, wanted).map_err(|error| format!("{}: {error}", marker.display()))?;
    Ok(jars)
}

/// The `node_modules` that holds kafkajs in this version.
pub fn kafkajs(root: &Path, version: &str) -> Result<PathBuf, String> {
    let _alone = alone();
    let folder = root.join(".cache").join(format!("kafkajs-{version}"));
    let modules = folder.join("node_modules");
    if modules.join("kafkajs/package.json").exists() {
        return Ok(modules);
    }
    if find("npm").is_none() || find("node").is_none() {
        return Err("needs node and npm".into());
    }
    println!("  setting up kafkajs {version}");
    let mut npm = Command::new("npm");
    npm.args(["install", "--silent", "--no-fund", "--no-audit", "--prefix"]).arg(&folder);
    run(npm.arg(format!("kafkajs@{version}")))?;
    Ok(modules)
}

/// The Node packages of `tests/page`, as its lock file names them.
pub fn node_packages(root: &Path) -> Result<PathBuf, String> {
    let _alone = alone();
    let folder = root.join("tests/page");
    if find("npm").is_none() {
        return Err("needs node and npm".into());
    }
    let lock =
        std::fs::read_to_string(folder.join("package-lock.json")).map_err(|error| error.to_string())?;
    let marker = folder.join("node_modules/installed.json");
    if std::fs::read_to_string(&marker).is_ok_and(|installed| installed == lock) {
        return Ok(folder);
    }
    println!("  setting up the page's tests");
    run(Command::new("npm").current_dir(&folder).args(["ci", "--silent", "--no-fund", "--no-audit"]))?;
    std::fs::write(&marker, lock).map_err(|error| error.to_string())?;
    Ok(folder)
}

/// A program of the system by its path: the first of `names` that is there, after trying to install `package` through apt.
pub fn system_program(names: &[&str], package: &str) -> Result<String, String> {
    let _alone = alone();
    let found = || names.iter().find_map(|name| find(name)).map(|path| path.display().to_string());
    if let Some(found) = found() {
        return Ok(found);
    }
    if find("apt-get").is_some() && captured(Command::new("id").arg("-u")).1.trim() == "0" {
        println!("  installing {package}");
        let _ = captured(Command::new("apt-get").args(["update", "-qq"]));
        let mut install = Command::new("apt-get");
        install.env("DEBIAN_FRONTEND", "noninteractive").args(["install", "-y", "-qq", package]);
        run(&mut install)?;
    }
    found().ok_or_else(|| format!("needs {} (package {package})", names.join(" or ")))
}

/// Runs `command` to its end; what it printed when it failed.
pub fn run(command: &mut Command) -> Result<(), String> {
    let (succeeded, output) = captured(command);
    if succeeded { Ok(()) } else { Err(format!("{:?} failed: {}", command.get_program(), output.trim())) }
}
