//! `millstream spark-sql`: SQL at a prompt, from `-e` or from a file; rows with tabs between their cells, as Spark's own
//! shell prints them.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use millstream_spark::{Program, SqlClient, Terminal};

use super::submit::{SparkFlags, Target};
use crate::error::CommandError;

/// Run SQL: at a prompt, with -e, or from a file.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  millstream spark-sql -e \"SELECT 1 + 1\"
  millstream spark-sql -f report.sql
  echo \"SHOW TABLES\" | millstream spark-sql

Without --remote, a server on 127.0.0.1:15002 is used; if none runs there, one is started for the time.")]
pub struct SparkSql {
    /// SQL to run, instead of a prompt; statements end with a semicolon
    #[arg(short = 'e', value_name = "SQL", conflicts_with = "file")]
    execute: Option<String>,
    /// A file of SQL to run, instead of a prompt
    #[arg(short = 'f', value_name = "FILE")]
    file: Option<PathBuf>,
    /// Print rows and errors only
    #[arg(short = 'S', long)]
    silent: bool,
    /// The server to run on [default: $SPARK_REMOTE, else sc://127.0.0.1:15002]
    #[arg(long, value_name = "sc://HOST:PORT")]
    remote: Option<String>,
    #[command(flatten)]
    spark: SparkFlags,
}

impl SparkSql {
    /// Runs to the end of the text or of the input; 1 if a statement of `-e` or `-f` failed.
    pub async fn run(self) -> Result<ExitCode, CommandError> {
        self.spark.explain("spark-sql");
        let text = match (&self.execute, &self.file) {
            (Some(text), _) => Some(text.clone()),
            (None, Some(file)) => Some(std::fs::read_to_string(file).map_err(|error| {
                CommandError::usage(format!("{}: cannot be read: {error}", file.display()))
            })?),
            (None, None) => None,
        };
        let conf = self.spark.conf()?;
        let target = Box::pin(Target::find_or_start("millstream spark-sql", self.remote.as_deref())).await?;
        let program = Program {
            user: target.user.clone(),
            directory: std::env::current_dir().unwrap_or_default(),
            environment: std::env::vars().collect(),
            conf,
            ..Program::default()
        };
        let terminal = Terminal::attach(&target.address, &target.session_id, program).await.ok();
        let outcome = match SqlClient::connect(&target.address, &target.session_id, &target.user).await {
            Ok(mut client) => match text {
                Some(text) => self.run_all(&mut client, &text).await,
                None => self.prompt(&mut client).await,
            },
            Err(error) => Err(CommandError::with_way_out(error, "check --remote or $SPARK_REMOTE")),
        };
        if let Some(mut terminal) = terminal {
            terminal.detach().await;
        }
        target.stop().await;
        outcome
    }

    /// Runs statement by statement; the first that fails ends it.
    async fn run_all(&self, client: &mut SqlClient, text: &str) -> Result<ExitCode, CommandError> {
        let (statements, rest) = split(text);
        for statement in statements.iter().chain(Some(&rest)).filter(|statement| !is_blank(statement)) {
            if !self.one(client, statement).await {
                return Ok(ExitCode::FAILURE);
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Reads lines until the input ends or says `exit`. A statement that fails does not end it.
    async fn prompt(&self, client: &mut SqlClient) -> Result<ExitCode, CommandError> {
        let asks = std::io::stdin().is_terminal();
        if asks && !self.silent {
            eprintln!("Millstream SQL. A statement ends with a semicolon; `exit;` or Ctrl-D ends.");
        }
        let mut pending = String::new();
        loop {
            if asks {
                let prompt =
                    if is_blank(&pending) { "spark-sql (default)> " } else { "                   > " };
                eprint!("{prompt}");
                let _ = std::io::stderr().flush();
            }
            let line = tokio::task::spawn_blocking(|| {
                let mut line = String::new();
                std::io::stdin().lock().read_line(&mut line).map(|count| (count > 0).then_some(line))
            });
            let Ok(Ok(Some(line))) = line.await else { break };
            if is_blank(&pending) && matches!(line.trim().trim_end_matches(';'), "exit" | "quit") {
                return Ok(ExitCode::SUCCESS);
            }
            pending.push_str(&line);
            let (statements, rest) = split(&pending);
            for statement in statements.iter().filter(|statement| !is_blank(statement)) {
                self.one(client, statement).await;
            }
            pending = rest;
        }
        if !is_blank(&pending) {
            self.one(client, &pending).await;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Runs one statement and prints its rows; false if it failed.
    async fn one(&self, client: &mut SqlClient, statement: &str) -> bool {
        let began = Instant::now();
        match client.run(statement.trim()).await {
            Ok(found) => {
                let mut out = std::io::stdout().lock();
                for row in &found.rows {
                    // A reader that went away (`| head`) must not stop the rest.
                    let _ = writeln!(out, "{}", row.join("\t"));
                }
                let _ = out.flush();
                if !self.silent {
                    let seconds = began.elapsed().as_secs_f64();
                    let rows = found.rows.len();
                    let fetched = if rows == 0 { String::new() } else { format!(", Fetched {rows} row(s)") };
                    eprintln!("Time taken: {seconds:.3} seconds{fetched}");
                }
                true
            }
            Err(message) => {
                eprintln!("{message}");
                false
            }
        }
    }
}

/// The statements of a text that end with a semicolon, and what follows the last one. Quotes and comments are minded.
fn split(text: &str) -> (Vec<String>, String) {
    let (mut done, mut current) = (Vec::new(), String::new());
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '-') if chars.peek() == Some(&'-') => {
                for skipped in chars.by_ref() {
                    if skipped == '\n' {
                        current.push('\n');
                        break;
                    }
                }
                continue;
            }
            (None, '/') if chars.peek() == Some(&'*') => {
                current.push(c);
                let mut last = ' ';
                for inner in chars.by_ref() {
                    current.push(inner);
                    if (last, inner) == ('*', '/') {
                        break;
                    }
                    last = inner;
                }
                continue;
            }
            (None, ';') => {
                done.push(std::mem::take(&mut current));
                continue;
            }
            (None, '\'' | '"' | '`') => quote = Some(c),
            (Some(_), '\\') => {
                current.push(c);
                current.extend(chars.next());
                continue;
            }
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
        current.push(c);
    }
    (done, current)
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn statements_end_with_a_semicolon_outside_of_quotes() {
        let cases: [(&str, &[&str], &str); 6] = [
            ("SELECT 1; SELECT 2", &["SELECT 1"], " SELECT 2"),
            ("SELECT ';', \"a;\" ; ", &["SELECT ';', \"a;\" "], " "),
            ("-- a; comment\nSELECT 1;", &["\nSELECT 1"], ""),
            ("SELECT 'it\\'s;'", &[], "SELECT 'it\\'s;'"),
            ("SELECT /* a; */ 1;", &["SELECT /* a; */ 1"], ""),
            ("SELECT 1 /* open;", &[], "SELECT 1 /* open;"),
        ];
        for (text, statements, rest) in cases {
            assert_eq!(split(text), (statements.iter().map(|s| (*s).to_owned()).collect(), rest.to_owned()));
        }
    }
}
