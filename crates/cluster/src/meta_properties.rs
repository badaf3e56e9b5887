//! `meta.properties`: whose directory this is. A Java properties file, as Kafka reads and writes it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use millstream_log::disk::Disk;
use millstream_wire::Uuid;

use crate::durable_file;
use crate::properties::Properties;
use crate::{MetadataError, random_id};

/// The file's name.
pub(crate) const FILE: &str = "meta.properties";

/// What is read of it.
const KEYS: [&str; 4] = ["version", "node.id", "cluster.id", "directory.id"];

/// What the file says (version 1, that of KRaft).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MetaProperties {
    pub(crate) cluster_id: String,
    pub(crate) node_id: i32,
    pub(crate) directory_id: Uuid,
}

impl MetaProperties {
    /// Reads the file. A directory without an id (made before Kafka 3.7) gets one.
    pub(crate) fn load(disk: &dyn Disk, kafka_dir: &Path) -> Result<Option<Self>, MetadataError> {
        let path = kafka_dir.join(FILE);
        let Some(bytes) = durable_file::read(disk, &path)? else { return Ok(None) };
        let damaged = |detail: String| MetadataError::Damaged { path: path.clone(), detail };
        let text = String::from_utf8(bytes).map_err(|_| damaged("it is not text".to_owned()))?;
        let mut properties = BTreeMap::new();
        for property in Properties::of(&text) {
            let (key, value) = property.map_err(damaged)?;
            if let Some(known) = KEYS.into_iter().find(|known| *known == key) {
                properties.insert(known, value);
            }
        }
        let get =
            |name: &str| properties.get(name).ok_or_else(|| damaged(format!("it has no line '{name}=...'")));
        if get("version")? != "1" {
            let version = get("version")?;
            return Err(damaged(format!("version={version} is not KRaft's version 1")));
        }
        let node_id = get("node.id")?;
        let node_id = node_id.parse().map_err(|_| damaged(format!("node.id={node_id} is not a number")))?;
        let cluster_id = get("cluster.id")?.clone();
        if let Some(id) = properties.get("directory.id") {
            let directory_id = id.parse().map_err(|_| damaged(format!("directory.id={id} is not an id")))?;
            return Ok(Some(Self { cluster_id, node_id, directory_id }));
        }
        let directory_id = random_id().ok_or(MetadataError::NoRandomness)?;
        let properties = Self { cluster_id, node_id, directory_id };
        properties.store(disk, kafka_dir)?;
        Ok(Some(properties))
    }

    /// Writes the file.
    pub(crate) fn store(&self, disk: &dyn Disk, kafka_dir: &Path) -> Result<(), MetadataError> {
        let text = format!(
            "#\nnode.id={}\ndirectory.id={}\nversion=1\ncluster.id={}\n",
            self.node_id,
            self.directory_id,
            escape(&self.cluster_id)
        );
        durable_file::replace(disk, &kafka_dir.join(FILE), text.as_bytes())
    }
}

/// Java's escapes of a value.
fn escape(value: &str) -> String {
    let mut out = String::new();
    for (at, unit) in value.encode_utf16().enumerate() {
        match u8::try_from(unit).map(char::from) {
            Ok(c @ ('\\' | '=' | ':' | '#' | '!')) => out.extend(['\\', c]),
            Ok(' ') if at == 0 => out.push_str("\\ "),
            Ok(c @ ' '..='~') => out.push(c),
            _ => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use millstream_log::disk::SimDisk;

    use super::*;

    const DIR: &str = "d";

    fn load(text: &str) -> Result<Option<MetaProperties>, String> {
        let disk = SimDisk::new();
        disk.create_dir_all(Path::new(DIR)).unwrap();
        disk.plant(&Path::new(DIR).join(FILE), text.as_bytes());
        MetaProperties::load(&disk, Path::new(DIR)).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_what_kafka_writes() {
        let text = "#\n#Sun Nov 22 05:46:22 UTC 2026\nnode.id=1\ndirectory.id=dx8ayl2VT8mSEjE4VuPUFA\nversion=1\n\
                    cluster.id=MkU3OEVBNTcwNTJENDM2Qg\n";
        let expected = MetaProperties {
            cluster_id: "MkU3OEVBNTcwNTJENDM2Qg".to_owned(),
            node_id: 1,
            directory_id: "dx8ayl2VT8mSEjE4VuPUFA".parse().unwrap(),
        };
        assert_eq!(load(text), Ok(Some(expected)));
    }

    #[test]
    fn any_cluster_id_comes_back() {
        for name in ["lab", "  two words ", "a=b:c#d!e\\f", "Übung 🦀", "tab\there\n", ""] {
            let disk = SimDisk::new();
            disk.create_dir_all(Path::new(DIR)).unwrap();
            let properties = MetaProperties {
                cluster_id: name.to_owned(),
                node_id: 1,
                directory_id: Uuid::METADATA_TOPIC,
            };
            properties.store(&disk, Path::new(DIR)).unwrap();
            assert_eq!(MetaProperties::load(&disk, Path::new(DIR)).unwrap(), Some(properties), "{name}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let table = [
            ("version=0\nbroker.id=1\n", "version=0 is not KRaft's version 1"),
            ("node.id=1\n", "it has no line 'version=...'"),
            ("version=1\nnode.id=x\ncluster.id=c\n", "node.id=x is not a number"),
            ("version=1\nnode.id=1\ncluster.id=c\ndirectory.id=x\n", "directory.id=x is not an id"),
            ("version=1\\", "it has no line 'node.id=...'"),
            ("version=\\u00zz", "\\u00zz is no escape"),
        ];
        for (text, expected) in table {
            assert_eq!(load(text), Err(format!("d/meta.properties is damaged: {expected}")), "{text}");
        }
        assert!(load("version=1\nnode.id=1\ncluster.id=c\n").unwrap().is_some());
    }
}
