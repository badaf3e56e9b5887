//! What a path argument names: files, directories, patterns, several with commas.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::pattern;
use crate::error::CallError;
use crate::limits;

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) length: u64,
}

/// All files that `paths` names, seen from `directory`. Blocks.
///
/// # Errors
/// Something is not there, or is not a file of this machine.
pub(super) fn find(directory: &Path, paths: &str) -> Result<Vec<Found>, CallError> {
    let mut files = Vec::new();
    for path in separated(paths) {
        let path = directory.join(local(path)?);
        for path in expand(&path)? {
            files_of(&path, &mut files)?;
        }
    }
    Ok(files)
}

/// Cuts at commas that are not inside braces.
fn separated(paths: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let parts = paths.split(move |char| {
        match char {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        char == ',' && depth == 0
    });
    parts.filter(|part| !part.is_empty()).collect()
}

/// The path of this machine that a URI names.
pub(crate) fn local(path: &str) -> Result<&str, CallError> {
    match path.split_once(':') {
        Some(("file", rest)) => Ok(rest.strip_prefix("//").unwrap_or(rest)),
        Some((scheme, _))
            if !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) =>
        {
            let text =
                format!("{path}: files are read from this machine only, there is no file system {scheme:?}");
            Err(CallError::Invalid(text))
        }
        _ => Ok(path),
    }
}

/// The paths that a pattern matches; a path without a pattern is itself.
fn expand(path: &Path) -> Result<Vec<PathBuf>, CallError> {
    let text = path.to_string_lossy();
    if !pattern::is_pattern(&text) {
        return Ok(vec![path.to_owned()]);
    }
    let too_many = || CallError::TooMuch(format!("{text} stands for too many paths"));
    let mut matched = Vec::new();
    for alternative in pattern::alternatives(&text).ok_or_else(too_many)? {
        let mut reached = vec![PathBuf::new()];
        for component in Path::new(&alternative).components() {
            reached = step(&reached, component)?;
            if reached.len() > limits::FILES {
                return Err(too_many());
            }
        }
        matched.extend(reached);
    }
    if matched.is_empty() {
        return Err(CallError::NotFound(format!("Input Pattern file:{text} matches 0 files")));
    }
    matched.sort();
    matched.dedup();
    Ok(matched)
}

/// One name further, from each of the paths reached so far.
fn step(reached: &[PathBuf], component: Component<'_>) -> Result<Vec<PathBuf>, CallError> {
    let name = component.as_os_str().to_string_lossy();
    let mut next = Vec::new();
    for path in reached {
        if !pattern::is_pattern(&name) {
            let path = path.join(component);
            if path.exists() {
                next.push(path);
            }
        } else if path.is_dir() {
            next.extend(
                names(path)?.filter(|entry| pattern::matches(&name, entry)).map(|entry| path.join(entry)),
            );
        }
    }
    Ok(next)
}

/// The names in a directory but hidden ones, in order.
fn names(directory: &Path) -> Result<impl Iterator<Item = String>, CallError> {
    let unreadable = |error| unreadable(directory, &error);
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        if !name.starts_with(['.', '_']) {
            names.push(name);
        }
        if names.len() > limits::FILES {
            return Err(CallError::TooMuch(format!(
                "{} has more than {} files",
                directory.display(),
                limits::FILES
            )));
        }
    }
    names.sort();
    Ok(names.into_iter())
}

fn files_of(path: &Path, files: &mut Vec<Found>) -> Result<(), CallError> {
    let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if metadata.is_dir() {
        for name in names(path)? {
            let path = path.join(name);
            let metadata = fs::metadata(&path).map_err(|error| unreadable(&path, &error))?;
            if metadata.is_dir() {
                return Err(CallError::Invalid(format!("Not a file: file:{}", path.display())));
            }
            files.push(Found { path, length: metadata.len() });
        }
    } else {
        files.push(Found { path: path.to_owned(), length: metadata.len() });
    }
    if files.len() > limits::FILES {
        return Err(CallError::TooMuch(format!("more than {} files", limits::FILES)));
    }
    Ok(())
}

/// Hadoop's words for what is not there.
fn unreadable(path: &Path, error: &io::Error) -> CallError {
    if error.kind() == io::ErrorKind::NotFound {
        CallError::NotFound(format!("Input path does not exist: file:{}", path.display()))
    } else {
        CallError::Disk(format!("{}: {error}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_files() {
        let root = tempfile::tempdir().unwrap();
        for name in ["a/1.txt", "a/2.txt", "a/_SUCCESS", "a/.hidden", "b/3.txt", "c.txt"] {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        let absolute = root.path().join("c.txt").display().to_string();
        let found = |paths: &str| match find(root.path(), paths) {
            Ok(files) => {
                let names = files
                    .iter()
                    .map(|file| file.path.strip_prefix(root.path()).unwrap().display().to_string());
                names.collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.to_string().replace(&root.path().display().to_string(), "ROOT"),
        };
        let table = [
            ("c.txt", "c.txt"),
            ("a", "a/1.txt a/2.txt"),
            ("b,a/1.txt", "b/3.txt a/1.txt"),
            ("*/[13].txt", "a/1.txt b/3.txt"),
            ("{a,b}", "a/1.txt a/2.txt b/3.txt"),
            (&format!("file:{absolute}"), "c.txt"),
            (&format!("file://{absolute}"), "c.txt"),
            ("none", "Input path does not exist: file:ROOT/none"),
            ("x*", "Input Pattern file:ROOT/x* matches 0 files"),
            (".", "Not a file: file:ROOT/./a"),
            (
                "hdfs://h/x",
                "hdfs://h/x: files are read from this machine only, there is no file system \"hdfs\"",
            ),
        ];
        for (paths, expected) in table {
            assert_eq!(found(paths), expected, "{paths}");
        }
    }
}
