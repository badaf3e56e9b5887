//! The control records of KRaft: what the metadata log and its snapshots say about themselves.

use bytes::{Bytes, BytesMut};
use millstream_wire::raft::{
    Endpoint, KRaftVersionFeature, KRaftVersionRecord, LeaderChangeMessage, LeaderChangeVoter,
    SnapshotFooterRecord, SnapshotHeaderRecord, Voter, VotersRecord, control,
};
use millstream_wire::records::{BatchBuilder, Codec};
use millstream_wire::{Message, Reader, Writer};

use crate::controller::Node;
use crate::snapshot::BuildError;

/// Where the quorum's only voter says that its controller listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ControllerListener {
    /// The listener's name.
    pub name: &'static str,
    /// The host.
    pub host: &'static str,
    /// The port.
    pub port: u16,
}

/// What stands in the voters' record, as `kafka-storage format --standalone` writes it. Nothing listens there: the
/// controller is a part of this process.
pub const CONTROLLER_LISTENER: ControllerListener =
    ControllerListener { name: "CONTROLLER", host: "localhost", port: 9093 };

/// The level of `kraft.version` that knows voters with directories (KIP-853).
const KRAFT_VERSION: i16 = 1;

/// What the log says about its quorum, the last record of each type. A snapshot says it again, as it is: a directory
/// that Kafka has made may have another version or no voters in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct QuorumRecords {
    version: Option<Bytes>,
    voters: Option<Bytes>,
}

impl QuorumRecords {
    /// Notes a control record's value.
    pub(crate) fn note(&mut self, kind: i16, value: Option<&Bytes>) {
        match kind {
            control::KRAFT_VERSION => self.version = value.cloned(),
            control::KRAFT_VOTERS => self.voters = value.cloned(),
            _ => {}
        }
    }

    /// Notes the records of a batch in the making.
    pub(crate) fn note_all(&mut self, records: &[Control]) {
        records.iter().for_each(|record| self.note(record.kind, Some(&record.value)));
    }

    /// The level of `kraft.version`; 0 where no record says another.
    pub(crate) fn kraft_version(&self) -> i16 {
        let decoded =
            self.version.clone().map(|value| KRaftVersionRecord::decode(&mut Reader::new(value), 0));
        decoded.and_then(Result::ok).map_or(0, |record| record.kraft_version)
    }

    /// The records.
    pub(crate) fn records(&self) -> impl Iterator<Item = Control> {
        let version = self.version.clone().map(|value| Control { kind: control::KRAFT_VERSION, value });
        version
            .into_iter()
            .chain(self.voters.clone().map(|value| Control { kind: control::KRAFT_VOTERS, value }))
    }
}

/// One control record: its type and its value.
pub(crate) struct Control {
    kind: i16,
    value: Bytes,
}

fn control<M: Message>(kind: i16, message: &M) -> Result<Control, BuildError> {
    let mut writer = Writer::new();
    message.encode(&mut writer, 0)?;
    Ok(Control { kind, value: writer.into_bytes() })
}

/// This node was elected, by itself.
pub(crate) fn leader_change(node_id: i32) -> Result<Control, BuildError> {
    let voter = LeaderChangeVoter { voter_id: node_id, ..LeaderChangeVoter::default() };
    let message = LeaderChangeMessage {
        version: 0,
        leader_id: node_id,
        voters: vec![voter.clone()],
        granting_voters: vec![voter],
    };
    control(control::LEADER_CHANGE, &message)
}

/// The quorum's feature level.
pub(crate) fn kraft_version() -> Result<Control, BuildError> {
    control(control::KRAFT_VERSION, &KRaftVersionRecord { version: 0, kraft_version: KRAFT_VERSION })
}

/// The quorum: this node alone. Kafka, started on this directory, corrects the endpoint to its own.
pub(crate) fn voters(node: Node) -> Result<Control, BuildError> {
    let voter = Voter {
        voter_id: node.id,
        voter_directory_id: node.directory_id,
        endpoints: vec![Endpoint {
            name: CONTROLLER_LISTENER.name.into(),
            host: CONTROLLER_LISTENER.host.into(),
            port: CONTROLLER_LISTENER.port,
        }],
        kraft_version_feature: KRaftVersionFeature {
            min_supported_version: 0,
            max_supported_version: KRAFT_VERSION,
        },
    };
    control(control::KRAFT_VOTERS, &VotersRecord { version: 0, voters: vec![voter] })
}

/// A snapshot begins.
pub(crate) fn snapshot_header(last_contained_timestamp_ms: i64) -> Result<Control, BuildError> {
    let header =
        SnapshotHeaderRecord { version: 0, last_contained_log_timestamp: last_contained_timestamp_ms };
    control(control::SNAPSHOT_HEADER, &header)
}

/// A snapshot is complete.
pub(crate) fn snapshot_footer() -> Result<Control, BuildError> {
    control(control::SNAPSHOT_FOOTER, &SnapshotFooterRecord { version: 0 })
}

/// A batch of control records.
pub(crate) fn batch(
    offset: i64,
    epoch: i32,
    now_ms: i64,
    records: &[Control],
) -> Result<BytesMut, BuildError> {
    let mut builder = BatchBuilder::new(Codec::None).at(offset, epoch).control();
    for record in records {
        // The key: its version 0, and the type.
        let mut key = [0; 4];
        let [_, _, kind @ ..] = &mut key;
        *kind = record.kind.to_be_bytes();
        builder.append(now_ms, Some(&key), Some(&record.value), &[])?;
    }
    Ok(builder.finish()?)
}
