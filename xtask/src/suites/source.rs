//! A suite's source, through its registry's own client, in `.cache/suites`. What is there already is kept.

use super::table::Suite;
use crate::process::captured;
use crate::test::setup::run;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder with the suite's tests.
pub fn fetch(root: &Path, suite: &Suite) -> Result<PathBuf, String> {
    let cache = root.join(".cache/suites");
    let name = suite.package.rsplit(['/', ':']).next().unwrap_or_default();
    let folder = cache.join(format!("{name}-{}", suite.version));
    if folder.join("fetched").exists() {
        return overlay(root, name, folder);
    }
    println!("  fetching {} {} with {}", suite.package, suite.version, suite.from);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&cache).map_err(|error| format!("{}: {error}", cache.display()))?;
    match suite.from.as_str() {
        "pip" => pip(suite, &cache, &folder)?,
        "cargo" => {
            copy(&cargo(suite, &cache)?, &folder)?;
            apart(&folder)?;
        }
        "go" => copy(&go(suite, &cache)?, &folder)?,
        "maven" => maven(suite, &folder)?,
        other => return Err(format!("'{other}' is no registry that is known here")),
    }
    std::fs::write(folder.join("fetched"), "").map_err(|error| format!("{}: {error}", folder.display()))?;
    overlay(root, name, folder)
}

/// Adds what a package leaves out of its tests: `tests/clients/suites/NAME`, if there is such a folder.
fn overlay(root: &Path, name: &str, folder: PathBuf) -> Result<PathBuf, String> {
    let ours = root.join("tests/clients/suites").join(name);
    if ours.is_dir() {
        run(Command::new("cp").arg("-r").arg(ours.join(".")).arg(&folder))?;
    }
    Ok(folder)
}

/// The Python packages of a suite: none for one of another language.
pub fn packages(suite: &Suite) -> Vec<&str> {
    suite.needs.iter().map(String::as_str).collect()
}

/// The package with all that it needs, in `jars`: what uses it lies here, in `tests/clients/java`.
fn maven(suite: &Suite, folder: &Path) -> Result<(), String> {
    let own = format!("{}:{}", suite.package, suite.version);
    let mut dependencies = String::new();
    for artifact in std::iter::once(&own).chain(&suite.artifacts) {
        let [group, name, version] = artifact.split(':').collect::<Vec<_>>()[..] else {
            return Err(format!("'{artifact}' is not GROUP:NAME:VERSION"));
        };
        dependencies.push_str(&format!(
            "<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
        ));
    }
    let text = format!(
        "<project><modelVersion>4.0.0</modelVersion><groupId>suite</groupId><artifactId>suite</artifactId>\
         <version>1</version><packaging>pom</packaging><dependencies>{dependencies}</dependencies></project>"
    );
    let pom = folder.join("pom.xml");
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&pom, text));
    written.map_err(|error| format!("{}: {error}", pom.display()))?;
    let mut mvn = Command::new("mvn");
    mvn.args(["--quiet", "--batch-mode", "--file"]).arg(&pom).arg("dependency:copy-dependencies");
    run(mvn.args(["-DincludeScope=runtime", &format!("-DoutputDirectory={}", folder.join("jars").display())]))
}

/// The source distribution. The package that is tested is the one that lies in it.
fn pip(suite: &Suite, cache: &Path, folder: &Path) -> Result<(), String> {
    let downloads = cache.join("pip");
    let wanted = format!("{}=={}", suite.package, suite.version);
    let flags = ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest"];
    run(Command::new("python3").args(flags).arg(&downloads).arg(&wanted))?;
    let listed = std::fs::read_dir(&downloads).map_err(|error| error.to_string())?;
    let ending = format!("-{}.tar.gz", suite.version);
    let mut archives = listed.filter_map(Result::ok).map(|entry| entry.path());
    let archive = archives.find(|path| path.to_string_lossy().ends_with(&ending));
    let archive = archive.ok_or_else(|| format!("pip downloaded no archive of {wanted}"))?;
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    run(Command::new("tar").arg("xf").arg(archive).args(["--strip-components=1", "-C"]).arg(folder))
}

/// Where cargo keeps the crate's source.
fn cargo(suite: &Suite, cache: &Path) -> Result<PathBuf, String> {
    let scratch = cache.join("crate");
    let source = scratch.join("src");
    std::fs::create_dir_all(&source).map_err(|error| format!("{}: {error}", source.display()))?;
    let manifest = format!(
        "[workspace]\n[package]\nname = \"scratch\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
         [dependencies]\n{} = \"={}\"\n",
        suite.package, suite.version
    );
    let _ = std::fs::remove_file(scratch.join("Cargo.lock"));
    let written = std::fs::write(scratch.join("Cargo.toml"), manifest);
    written.and_then(|()| std::fs::write(source.join("lib.rs"), "")).map_err(|error| error.to_string())?;
    let mut metadata = Command::new("cargo");
    metadata.current_dir(&scratch).args(["metadata", "--quiet", "--format-version=1"]);
    let found = json(&mut metadata)?;
    let packages = found["packages"].as_array().into_iter().flatten();
    let manifest = packages.filter(|package| package["name"] == suite.package.as_str());
    let manifest = manifest.filter_map(|package| package["manifest_path"].as_str()).next();
    let folder = manifest.and_then(|path| Path::new(path).parent());
    folder.map(Path::to_path_buf).ok_or_else(|| format!("cargo found no source of {}", suite.package))
}

/// Makes a package its own workspace: it lies below one that it is no member of.
fn apart(folder: &Path) -> Result<(), String> {
    let path = folder.join("Cargo.toml");
    let failed = |error: std::io::Error| format!("{}: {error}", path.display());
    let manifest = std::fs::read_to_string(&path).map_err(failed)?;
    std::fs::write(&path, format!("{manifest}\n[workspace]\n")).map_err(failed)
}

/// Where go keeps the module's source.
fn go(suite: &Suite, cache: &Path) -> Result<PathBuf, String> {
    let mut download = Command::new("go");
    download.current_dir(cache).args(["mod", "download", "-json"]);
    let found = json(download.arg(format!("{}@{}", suite.package, suite.version)))?;
    let folder = found["Dir"].as_str().map(PathBuf::from);
    folder.ok_or_else(|| format!("go found no source of {}: {found}", suite.package))
}

fn json(command: &mut Command) -> Result<serde_json::Value, String> {
    let (succeeded, output) = captured(command);
    if !succeeded {
        return Err(format!("{:?} failed: {}", command.get_program(), output.trim()));
    }
    let mut values = serde_json::Deserializer::from_str(&output).into_iter();
    let first = values.next().ok_or_else(|| "it printed nothing".to_owned())?;
    first.map_err(|error| format!("{:?} printed no JSON: {error}", command.get_program()))
}

/// Registries keep their sources read-only; the suites build where they lie.
fn copy(from: &Path, to: &Path) -> Result<(), String> {
    run(Command::new("cp").arg("-r").arg(from).arg(to))?;
    run(Command::new("chmod").args(["-R", "u+w"]).arg(to))
}
