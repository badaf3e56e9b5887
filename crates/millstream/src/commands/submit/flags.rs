//! The flags of `spark-submit`: what has a meaning here is used, the rest is accepted with a line that says why not.

use crate::error::CommandError;
use clap::Args;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

const NO_JARS: &str = "no jars are needed: the Kafka source and sink are built in";
const ONE_PROCESS: &str = "the program's queries run in one process on this machine";
const FILES: &str = "the program runs in this directory and reads its files from here";

/// `spark-submit`'s own flags.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Flags of spark-submit")]
pub struct SparkFlags {
    /// A config of the session; may be given more than once
    #[arg(long, short = 'c', value_name = "KEY=VALUE")]
    conf: Vec<String>,
    /// The program's name (spark.app.name)
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// .py, .zip or .egg files to put on the program's Python path, separated by commas
    #[arg(long, value_name = "FILES")]
    py_files: Option<String>,
    #[command(flatten)]
    no_effect: Box<NoEffect>,
}

#[derive(Debug, Default, Args)]
struct NoEffect {
    #[arg(long, hide = true)]
    master: Option<String>,
    #[arg(long, hide = true)]
    deploy_mode: Option<String>,
    #[arg(long, hide = true)]
    packages: Option<String>,
    #[arg(long, hide = true)]
    exclude_packages: Option<String>,
    #[arg(long, hide = true)]
    repositories: Option<String>,
    #[arg(long, hide = true)]
    jars: Option<String>,
    #[arg(long, hide = true)]
    driver_class_path: Option<String>,
    #[arg(long, hide = true)]
    driver_java_options: Option<String>,
    #[arg(long, hide = true)]
    driver_library_path: Option<String>,
    #[arg(long, hide = true)]
    driver_memory: Option<String>,
    #[arg(long, hide = true)]
    driver_cores: Option<String>,
    #[arg(long, hide = true)]
    executor_memory: Option<String>,
    #[arg(long, hide = true)]
    executor_cores: Option<String>,
    #[arg(long, hide = true)]
    num_executors: Option<String>,
    #[arg(long, hide = true)]
    total_executor_cores: Option<String>,
    #[arg(long, hide = true)]
    queue: Option<String>,
    #[arg(long, hide = true)]
    files: Option<String>,
    #[arg(long, hide = true)]
    archives: Option<String>,
    #[arg(long, hide = true)]
    supervise: bool,
    #[arg(long, hide = true)]
    verbose: bool,
}

impl NoEffect {
    /// The given flags and why they do nothing.
    fn given(&self) -> Vec<(&'static str, &'static str)> {
        let local = self.master.as_deref().is_none_or(|master| master.starts_with("local"));
        let all = [
            (!local, "--master", "the program runs on Millstream"),
            (self.deploy_mode.as_deref().is_some_and(|mode| mode != "client"), "--deploy-mode", ONE_PROCESS),
            (self.packages.is_some(), "--packages", NO_JARS),
            (self.exclude_packages.is_some(), "--exclude-packages", NO_JARS),
            (self.repositories.is_some(), "--repositories", NO_JARS),
            (self.jars.is_some(), "--jars", NO_JARS),
            (self.driver_class_path.is_some(), "--driver-class-path", NO_JARS),
            (self.driver_java_options.is_some(), "--driver-java-options", "there is no Java"),
            (self.driver_library_path.is_some(), "--driver-library-path", "there is no Java"),
            (self.driver_memory.is_some(), "--driver-memory", ONE_PROCESS),
            (self.driver_cores.is_some(), "--driver-cores", ONE_PROCESS),
            (self.executor_memory.is_some(), "--executor-memory", ONE_PROCESS),
            (self.executor_cores.is_some(), "--executor-cores", ONE_PROCESS),
            (self.num_executors.is_some(), "--num-executors", ONE_PROCESS),
            (self.total_executor_cores.is_some(), "--total-executor-cores", ONE_PROCESS),
            (self.queue.is_some(), "--queue", ONE_PROCESS),
            (self.files.is_some(), "--files", FILES),
            (self.archives.is_some(), "--archives", FILES),
            (self.supervise, "--supervise", ONE_PROCESS),
            (self.verbose, "--verbose", "MILLSTREAM_LOG=debug shows what the server does"),
        ];
        all.into_iter().filter(|(given, ..)| *given).map(|(_, flag, why)| (flag, why)).collect()
    }
}

impl SparkFlags {
    /// One line on stderr for each flag that has no effect.
    pub fn explain(&self, command: &str) {
        for (flag, why) in self.no_effect.given() {
            eprintln!("millstream {command}: {flag} has no effect: {why}");
        }
    }

    /// The configs that the session starts with.
    pub fn conf(&self) -> Result<HashMap<String, String>, CommandError> {
        let pairs = self.conf.iter().map(|pair| match pair.split_once('=') {
            Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
            _ => Err(CommandError::usage(format!(
                "--conf '{pair}': expected KEY=VALUE, such as spark.sql.session.timeZone=UTC"
            ))),
        });
        let mut conf = pairs.collect::<Result<HashMap<_, _>, _>>()?;
        conf.extend(self.name.clone().map(|name| ("spark.app.name".to_owned(), name)));
        Ok(conf)
    }

    /// What the program's own SparkConf starts with: the configs, and a local master for its number of threads.
    pub fn context(&self, conf: &HashMap<String, String>) -> String {
        let master = self.no_effect.master.iter().filter(|master| master.starts_with("local"));
        let master = master.map(|master| ("spark.master", master.as_str()));
        let all = conf.iter().map(|(key, value)| (key.as_str(), value.as_str())).chain(master);
        serde_json::Value::from_iter(all).to_string()
    }

    /// What `--py-files` adds to the program's path: archives themselves, the directories of modules.
    pub fn python_files(&self) -> Vec<PathBuf> {
        let files = self.py_files.as_deref().unwrap_or_default().split(',').filter(|file| !file.is_empty());
        files
            .map(|file| {
                let path = std::path::absolute(file).unwrap_or_else(|_| file.into());
                match path.extension().and_then(|extension| extension.to_str()) {
                    Some("py") => path.parent().map(Path::to_owned).unwrap_or_default(),
                    _ => path,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        flags: SparkFlags,
    }

    fn flags(line: &[&str]) -> SparkFlags {
        Line::try_parse_from([&["submit"], line].concat()).unwrap().flags
    }

    #[test]
    fn what_has_no_effect_is_said_and_what_changes_nothing_is_not() {
        let names =
            |line: &[&str]| -> Vec<_> { flags(line).no_effect.given().into_iter().map(|g| g.0).collect() };
        assert_eq!(
            names(&["--packages", "a:b:1", "--driver-memory", "4g"]),
            ["--packages", "--driver-memory"]
        );
        assert_eq!(names(&["--master", "local[*]", "--deploy-mode", "client"]), [""; 0]);
        assert_eq!(names(&["--master", "yarn"]), ["--master"]);
        assert!(Line::try_parse_from(["submit", "--no-such-flag"]).is_err());
    }

    #[test]
    fn configs_and_the_name_go_to_the_session() {
        let conf = flags(&["--conf", "a.b=c=d", "--name", "job"]).conf().unwrap();
        let expected = [("a.b", "c=d"), ("spark.app.name", "job")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        assert_eq!(conf, HashMap::from(expected));
        assert!(flags(&["--conf", "novalue"]).conf().is_err());
        let named = flags(&["--name", "job", "--master", "local[2]"]);
        let context = named.context(&named.conf().unwrap());
        let context: HashMap<String, String> = serde_json::from_str(&context).unwrap();
        let expected = [("spark.app.name", "job"), ("spark.master", "local[2]")];
        assert_eq!(context, HashMap::from(expected.map(|(k, v)| (k.to_owned(), v.to_owned()))));
    }

    #[test]
    fn python_files_are_archives_or_directories() {
        let files = flags(&["--py-files", "/a/b.zip,/c/d.py"]).python_files();
        assert_eq!(files, [PathBuf::from("/a/b.zip"), PathBuf::from("/c")]);
    }
}
