//! Virtual environments side by side: PySpark's jars, pandas and PyArrow are in half of them, so a file that two hold is
//! kept once, as a hard link, and twenty environments take the room of two.
//!
//! Invariants: only bytes that were compared are shared; what Python has compiled of a shared source comes along,
//! because it is valid for that source's time stamp only; where the file system links nothing, the copy stays.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Puts links in place of what is in `folder` and in an environment beside it.
pub fn share(folder: &Path) -> io::Result<()> {
    let beside = folder.parent().map(fs::read_dir).transpose()?.into_iter().flatten();
    let others: Vec<PathBuf> = beside
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|other| other != folder && other.is_dir())
        .collect();
    share_below(folder, Path::new("lib"), &others)
}

fn share_below(folder: &Path, below: &Path, others: &[PathBuf]) -> io::Result<()> {
    let others: Vec<PathBuf> = others.iter().filter(|other| other.join(below).is_dir()).cloned().collect();
    if others.is_empty() {
        return Ok(());
    }
    for entry in fs::read_dir(folder.join(below))? {
        let entry = entry?;
        let (kind, below) = (entry.file_type()?, below.join(entry.file_name()));
        if kind.is_dir() && entry.file_name() != "__pycache__" {
            share_below(folder, &below, &others)?;
        } else if kind.is_file() {
            let same = others.iter().find(|other| is_same(&folder.join(&below), &other.join(&below)));
            same.map_or(Ok(()), |other| share_one(folder, other, &below))?;
        }
    }
    Ok(())
}

fn is_same(one: &Path, other: &Path) -> bool {
    let size = |path| fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file).map(|found| found.len());
    size(one).is_some_and(|found| size(other) == Some(found))
        && fs::read(one).is_ok_and(|bytes| fs::read(other).is_ok_and(|others| bytes == others))
}

fn share_one(folder: &Path, other: &Path, file: &Path) -> io::Result<()> {
    let (to, linked) = (folder.join(file), folder.join("linked"));
    if fs::hard_link(other.join(file), &linked).is_err() {
        return Ok(());
    }
    fs::rename(linked, &to)?;
    let Some(compiled) = compiled(&other.join(file)) else { return Ok(()) };
    let cache = to.with_file_name("__pycache__");
    fs::create_dir_all(&cache)?;
    let name = compiled.file_name().unwrap_or_default();
    let _ = fs::remove_file(cache.join(name));
    fs::hard_link(&compiled, cache.join(name))
}

/// What Python has made of this source.
fn compiled(source: &Path) -> Option<PathBuf> {
    let module = source.file_name()?.to_str()?.strip_suffix(".py")?;
    let entries = fs::read_dir(source.with_file_name("__pycache__")).ok()?;
    let is_of = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.strip_prefix(module).is_some_and(|rest| rest.starts_with(".cpython-") && rest.ends_with(".pyc"))
    };
    entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).find(is_of)
}

#[cfg(test)]
mod tests {
    use super::share;
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn the_same_bytes_are_kept_once() {
        let root = std::env::temp_dir().join(format!("share-{}", std::process::id()));
        let write = |file: &str, text: &str| {
            let file = root.join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        for (environment, version) in [("one", "1"), ("two", "2")] {
            write(&format!("{environment}/lib/python3/same.py"), "same");
            write(&format!("{environment}/lib/python3/other.py"), version);
            write(&format!("{environment}/bin/python"), "outside of lib");
        }
        write("one/lib/python3/__pycache__/same.cpython-311.pyc", "of one");
        write("two/lib/python3/__pycache__/same.cpython-311.pyc", "of two");
        share(&root.join("two")).unwrap();
        let links = |file: &str| fs::metadata(root.join("two").join(file)).unwrap().nlink();
        let table = [
            ("lib/python3/same.py", 2),
            ("lib/python3/__pycache__/same.cpython-311.pyc", 2),
            ("lib/python3/other.py", 1),
            ("bin/python", 1),
        ];
        let found = table.map(|(file, _)| (file, links(file)));
        let other = fs::read_to_string(root.join("two/lib/python3/other.py")).unwrap();
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(found, table);
        assert_eq!(other, "2");
    }
}
