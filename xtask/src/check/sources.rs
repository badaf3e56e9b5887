//! Hand-written sources: length, opening documentation, names of modules.
//!
//! The limits stand in ARCHITECTURE.md, "Habits that are checked". Generated code is not in the tree, so nothing is
//! exempt but vendored files, which are somebody else's words.

use std::path::{Path, PathBuf};

const LINES_MAX: usize = 600;
const BANNED_NAMES: [&str; 7] = ["utils", "util", "common", "helpers", "helper", "misc", "manager"];
const ROOTS: [&str; 8] = ["crates", "xtask", "web", "python", "examples", "tests", "bench", "fuzz"];
const SKIPPED_FOLDERS: [&str; 5] = ["target", "node_modules", "vendor", "__pycache__", ".cache"];

/// The findings of this rule.
pub fn check(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    ROOTS.iter().for_each(|folder| collect(&root.join(folder), &mut files));
    files.sort();
    files.iter().flat_map(|file| check_file(root, file)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && !SKIPPED_FOLDERS.contains(&name.as_str()) {
            collect(&path, files);
        } else if is_source(&path) {
            files.push(path);
        }
    }
}

fn is_source(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("rs" | "js" | "mjs" | "py" | "css" | "java"))
}

fn check_file(root: &Path, file: &Path) -> Vec<String> {
    let shown = file.strip_prefix(root).unwrap_or(file).display().to_string();
    let Ok(text) = std::fs::read_to_string(file) else {
        return vec![format!("{shown} is not readable as text")];
    };
    let mut findings = Vec::new();
    let lines = text.lines().count();
    if lines > LINES_MAX {
        findings.push(format!("{shown} has {lines} lines; the limit is {LINES_MAX}: split it by idea"));
    }
    let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let folder = file.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
    if BANNED_NAMES.contains(&stem) || BANNED_NAMES.contains(&folder) {
        findings.push(format!("{shown} is named for no idea of its own: name it by what it is"));
    }
    if file.extension().is_some_and(|extension| extension == "rs") && !opens_with_documentation(&text) {
        findings.push(format!("{shown} does not open with `//!`: say what it is, why, and its invariants"));
    }
    findings
}

fn opens_with_documentation(text: &str) -> bool {
    text.lines().find(|line| !line.trim().is_empty()).is_some_and(|line| line.starts_with("//!"))
}

#[cfg(test)]
mod tests {
    use super::opens_with_documentation;

    #[test]
    fn documentation_must_be_the_first_thing() {
        assert!(opens_with_documentation("\n//! What it is.\nuse a;"));
        assert!(!opens_with_documentation("use a;\n//! late"));
        assert!(!opens_with_documentation(""));
    }
}
