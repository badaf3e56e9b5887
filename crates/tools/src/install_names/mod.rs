//! `install-names DIR`: Kafka's file tree, `bin/` with links to this binary and `config/server.properties`.
//!
//! A file that somebody else wrote or edited is never replaced without being told to.

use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::names::INSTALLED_NAMES;

/// The configuration as it is installed.
const SERVER_PROPERTIES: &str = include_str!("server.properties");

/// What was done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Installed {
    /// How many links there are now.
    pub links: usize,
    /// Files that are as somebody else left them: other programs in `bin/`, an edited `server.properties`.
    pub kept: Vec<PathBuf>,
}

/// A place that could not be written to.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
pub struct InstallError {
    /// The file or directory.
    path: PathBuf,
    /// What the system said.
    source: io::Error,
}

/// Writes `bin/` and `config/` below `directory`. `force` replaces what would be kept.
///
/// # Errors
/// When a file or directory cannot be written.
pub fn install_names(directory: &Path, binary: &Path, force: bool) -> Result<Installed, InstallError> {
    let mut installed = Installed::default();
    let bin = directory.join("bin");
    let config = directory.join("config");
    for folder in [&bin, &config] {
        std::fs::create_dir_all(folder).map_err(named(folder))?;
    }
    for name in INSTALLED_NAMES {
        for file in [(*name).to_owned(), format!("{name}.sh")] {
            link(&bin.join(file), binary, force, &mut installed)?;
        }
    }
    let properties = config.join("server.properties");
    match std::fs::read(&properties) {
        Ok(text) if text == SERVER_PROPERTIES.as_bytes() => {}
        Ok(_) if !force => installed.kept.push(properties),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(named(&properties)(error)),
        _ => std::fs::write(&properties, SERVER_PROPERTIES).map_err(named(&properties))?,
    }
    Ok(installed)
}

fn link(path: &Path, binary: &Path, force: bool, installed: &mut Installed) -> Result<(), InstallError> {
    let is_ours = match std::fs::read_link(path) {
        Ok(target) if target == binary => {
            installed.links += 1;
            return Ok(());
        }
        // A link of an earlier install, to a binary that has moved.
        Ok(target) => target.file_name() == binary.file_name(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    if !is_ours && !force {
        installed.kept.push(path.to_owned());
        return Ok(());
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(named(path)(error)),
        _ => {}
    }
    symlink(binary, path).map_err(named(path))?;
    installed.links += 1;
    Ok(())
}

fn named(path: &Path) -> impl FnOnce(io::Error) -> InstallError + use<'_> {
    move |source| InstallError { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_kept_until_force() {
        let folder = tempfile::tempdir().unwrap();
        let (dir, binary) = (folder.path(), Path::new("/opt/millstream"));
        let all = INSTALLED_NAMES.len() * 2;
        assert_eq!(install_names(dir, binary, false).unwrap(), Installed { links: all, kept: vec![] });
        assert_eq!(std::fs::read_link(dir.join("bin/kafka-topics.sh")).unwrap(), binary);

        let properties = dir.join("config/server.properties");
        std::fs::write(&properties, "edited").unwrap();
        let other = dir.join("bin/pyspark");
        std::fs::remove_file(&other).unwrap();
        std::fs::write(&other, "#!/bin/sh").unwrap();
        let moved = Path::new("/usr/bin/millstream");
        let kept = vec![other.clone(), properties.clone()];
        assert_eq!(install_names(dir, moved, false).unwrap(), Installed { links: all - 1, kept });
        assert_eq!(std::fs::read_to_string(&properties).unwrap(), "edited");

        assert_eq!(install_names(dir, moved, true).unwrap(), Installed { links: all, kept: vec![] });
        assert_eq!(std::fs::read_to_string(&properties).unwrap(), SERVER_PROPERTIES);
        assert_eq!(std::fs::read_link(&other).unwrap(), moved);
    }
}
