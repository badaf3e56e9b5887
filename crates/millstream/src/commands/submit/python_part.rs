//! The part that runs in the user's Python: carried in the binary, unpacked to the cache directory.
//!
//! The directory's name is made of the content, so that another version unpacks beside this one. It appears complete
//! or not at all; what is there already is compared with what the binary carries before Python is pointed at it.

use crate::error::CommandError;
use rust_embed::RustEmbed;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

#[derive(RustEmbed)]
#[folder = "../../python/"]
struct PythonPart;

/// The Python files; what an interpreter left beside them in a source tree is not meant.
fn files() -> impl Iterator<Item = (String, Vec<u8>)> {
    let names = PythonPart::iter().filter(|name| name.ends_with(".py"));
    names.filter_map(|name| Some((name.to_string(), PythonPart::get(&name)?.data.into_owned())))
}

/// Unpacks the Python part, if it is not there yet, and says where it is.
pub fn unpack() -> Result<PathBuf, CommandError> {
    let place = cache_directory()?.join(format!("python-{:016x}", fingerprint()));
    let refused = |error: io::Error| {
        let message = format!("{}: cannot unpack the Python part: {error}", place.display());
        CommandError::with_way_out(message, "XDG_CACHE_HOME names another place for it")
    };
    if is_complete(&place) {
        return Ok(place);
    }
    let fresh = place.with_extension(format!("new-{}", std::process::id()));
    write_all(&fresh).map_err(refused)?;
    // Somebody else may have been faster, or an old one may be damaged: ours takes its place.
    if let Err(error) = fs::rename(&fresh, &place) {
        let complete = is_complete(&place);
        if !complete {
            fs::remove_dir_all(&place)
                .and_then(|()| fs::rename(&fresh, &place))
                .map_err(|_| refused(error))?;
        } else {
            fs::remove_dir_all(&fresh).map_err(refused)?;
        }
    }
    Ok(place)
}

fn cache_directory() -> Result<PathBuf, CommandError> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
    let home = home.ok_or_else(|| {
        CommandError::usage("no place for the Python part: neither XDG_CACHE_HOME nor HOME is set")
    })?;
    let place = home.join("millstream");
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&place).map_err(|error| {
        CommandError::with_way_out(
            format!("{}: {error}", place.display()),
            "XDG_CACHE_HOME names another place",
        )
    })?;
    Ok(place)
}

fn fingerprint() -> u64 {
    let mut hasher = DefaultHasher::new();
    files().for_each(|file| file.hash(&mut hasher));
    hasher.finish()
}

fn is_complete(place: &Path) -> bool {
    files().all(|(name, carried)| fs::read(place.join(name)).is_ok_and(|there| there == carried))
}

fn write_all(place: &Path) -> io::Result<()> {
    for (name, content) in files() {
        let path = place.join(name);
        if let Some(parent) = path.parent() {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(parent)?;
        }
        let mut out =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        io::Write::write_all(&mut out, &content)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unpacked_is_complete_and_damage_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().join("python");
        assert!(!is_complete(&place));
        write_all(&place).unwrap();
        assert!(is_complete(&place));
        assert!(place.join("sitecustomize.py").is_file());
        fs::write(place.join("sitecustomize.py"), "import os").unwrap();
        assert!(!is_complete(&place));
    }
}
