//! `meta.properties`: whose directory this is.

use std::io;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{LogDirError, properties};
use crate::checkpoint;
use crate::disk::Disk;

const NAME: &str = "meta.properties";

/// Sixteen bytes that Kafka writes as 22 characters of base64: ids of topics and directories.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Id(pub [u8; 16]);

impl Id {
    /// Reads Kafka's text.
    pub fn parse(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    pub(crate) fn hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// What a log directory says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaProperties {
    /// The cluster's name: any text.
    pub cluster_id: String,
    /// The broker that it belongs to.
    pub node_id: i32,
    /// The directory's own id (KIP-858).
    pub directory_id: Id,
}

impl MetaProperties {
    /// What is in `dir`; `None` if it is not a log directory yet. A `version=0` file of a ZooKeeper broker is refused.
    ///
    /// # Errors
    /// [`LogDirError::Meta`] for a file that is not right, [`LogDirError::Io`].
    pub fn read(disk: &dyn Disk, dir: &Path) -> Result<Option<Self>, LogDirError> {
        let path = dir.join(NAME);
        let bytes = checkpoint::read(disk, &path).map_err(|source| LogDirError::io(&path, source))?;
        let Some(bytes) = bytes else { return Ok(None) };
        let bad = |reason: String| LogDirError::Meta { path: path.clone(), reason };
        let text = String::from_utf8(bytes).map_err(|_| bad("it is not text".to_owned()))?;
        let entries = properties::parse(&text);
        let get = |key: &str| {
            let found = entries.iter().rev().find(|(name, _)| name == key);
            found.map(|(_, value)| value.clone()).ok_or_else(|| bad(format!("{key} is missing")))
        };
        let version = get("version")?;
        if version != "1" {
            return Err(bad(format!("version={version}, 1 is the only one known")));
        }
        let (node_id, directory_id) = (get("node.id")?, get("directory.id")?);
        Ok(Some(Self {
            cluster_id: get("cluster.id")?,
            node_id: node_id.parse().map_err(|_| bad(format!("node.id={node_id} is not a number")))?,
            directory_id: Id::parse(&directory_id)
                .ok_or_else(|| bad(format!("directory.id={directory_id} is not an id")))?,
        }))
    }

    /// Writes it.
    pub(super) fn write(&self, disk: &dyn Disk, dir: &Path) -> io::Result<()> {
        let (node_id, directory_id) = (self.node_id.to_string(), self.directory_id.to_string());
        let entries = [
            ("cluster.id", self.cluster_id.as_str()),
            ("directory.id", directory_id.as_str()),
            ("node.id", node_id.as_str()),
            ("version", "1"),
        ];
        checkpoint::replace(disk, &dir.join(NAME), properties::format(entries.into_iter()).as_bytes())
    }
}
