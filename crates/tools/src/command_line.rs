//! Kafka's command lines: flags may be cut short, the last of two wins, and a wrong one ends with exit code 1.

use std::ffi::OsString;
use std::io::Write;

use clap::Parser;
use clap::error::ErrorKind;

use crate::failure::Failure;

/// Reads the arguments behind the command's name. Help goes to stdout, what is wrong to stderr.
pub(crate) fn parse<T: Parser>(arguments: Vec<OsString>) -> Result<T, Failure> {
    let command = T::command().infer_long_args(true).infer_subcommands(true).args_override_self(true);
    let name = OsString::from(command.get_name());
    let parsed = command
        .try_get_matches_from(std::iter::once(name).chain(arguments))
        .and_then(|matches| T::from_arg_matches(&matches));
    parsed.map_err(|error| {
        let _ = error.print();
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Failure::Helped,
            _ => Failure::Said,
        }
    })
}

/// Tells the user something that is no result.
pub(crate) fn remark(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr(), "{}", text.as_ref());
}

/// `KEY=VALUE`; without a value it is empty, as with Kafka.
pub(crate) fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("write it as key=value".into()),
    }
}
