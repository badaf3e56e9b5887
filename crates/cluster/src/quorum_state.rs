//! `quorum-state`: the epoch that this node leads. JSON, as Kafka's `FileQuorumStateStore` keeps it.

use std::path::Path;

use millstream_log::disk::Disk;
use millstream_wire::Uuid;
use serde_json::Value;

use crate::MetadataError;
use crate::durable_file;

/// The file's name, in the directory of the metadata log.
const FILE: &str = "quorum-state";

/// The newest epoch that the file knows of; `None` if there is no file.
pub(crate) fn load_epoch(disk: &dyn Disk, log_dir: &Path) -> Result<Option<i32>, MetadataError> {
    let path = log_dir.join(FILE);
    let Some(bytes) = durable_file::read(disk, &path)? else { return Ok(None) };
    let damaged = |detail: &str| MetadataError::Damaged { path: path.clone(), detail: detail.to_owned() };
    let state: Value = serde_json::from_slice(&bytes).map_err(|_| damaged("it is not JSON"))?;
    let epoch = state.get("leaderEpoch").and_then(Value::as_i64).and_then(|epoch| i32::try_from(epoch).ok());
    epoch.map(Some).ok_or_else(|| damaged("it has no number leaderEpoch"))
}

/// Writes down that this node leads the epoch. After a crash it may be the epoch before: the log's own batches tell the
/// latest one that anybody was told of.
///
/// With `kraft_version` 0 it has the form of before Kafka 3.9, as Kafka's own file has: older releases read no other.
pub(crate) fn store(
    disk: &dyn Disk,
    log_dir: &Path,
    node_id: i32,
    epoch: i32,
    kraft_version: i16,
) -> Result<(), MetadataError> {
    let nobody = Uuid::ZERO;
    let json = if kraft_version == 0 {
        format!(
            r#"{{"clusterId":"","leaderId":{node_id},"leaderEpoch":{epoch},"votedId":-1,"appliedOffset":0,"currentVoters":[{{"voterId":{node_id}}}],"data_version":0}}"#
        )
    } else {
        format!(
            r#"{{"leaderId":{node_id},"leaderEpoch":{epoch},"votedId":-1,"votedDirectoryId":"{nobody}","data_version":1}}"#
        )
    };
    durable_file::place(disk, &log_dir.join(FILE), json.as_bytes())
}

#[cfg(test)]
mod tests {
    use millstream_log::disk::SimDisk;

    use super::*;

    #[test]
    fn there_and_back_and_damaged() {
        let disk = SimDisk::new();
        let dir = Path::new("d");
        disk.create_dir_all(dir).unwrap();
        assert_eq!(load_epoch(&disk, dir).unwrap(), None);
        for (epoch, kraft_version) in [(7, 1), (8, 0)] {
            store(&disk, dir, 1, epoch, kraft_version).unwrap();
            assert_eq!(load_epoch(&disk, dir).unwrap(), Some(epoch));
            let text = disk.bytes(&dir.join(FILE)).unwrap();
            let state: Value = serde_json::from_slice(&text).unwrap();
            assert_eq!(state["data_version"], kraft_version);
            assert_eq!(state.get("clusterId").is_some(), kraft_version == 0);
        }
        for (text, expected) in
            [("{", "it is not JSON"), (r#"{"leaderEpoch":"x"}"#, "it has no number leaderEpoch")]
        {
            disk.plant(&dir.join(FILE), text.as_bytes());
            let said = load_epoch(&disk, dir).unwrap_err().to_string();
            assert_eq!(said, format!("d/quorum-state is damaged: {expected}"));
        }
    }
}
