//! ElectLeaders: 0-2.
//!
//! Behaviour: this broker leads every partition that is online, so no election is needed: ELECTION_NOT_NEEDED. One that
//! is offline has no replica that could lead: PREFERRED_LEADER_NOT_AVAILABLE, or ELIGIBLE_LEADERS_NOT_AVAILABLE for an
//! unclean election. A null list means all partitions, of which only those with news are named.
//!
//! Version notes: 1: the type of election, and an error of the whole answer. 2: flexible.

use millstream_cluster::Image;
use millstream_wire::messages::elect_leaders::{
    ElectLeadersRequest, ElectLeadersResponse, PartitionResult, ReplicaElectionResult, TopicPartitions,
};
use millstream_wire::{ErrorCode, Str, Versions};

use super::{Api, Call, Refusal, Reply};
use crate::catalog::Catalog;

const PREFERRED: i8 = 0;
const UNCLEAN: i8 = 1;

pub(crate) struct ElectLeaders;

impl Api for ElectLeaders {
    type Request = ElectLeadersRequest;
    const VERSIONS: Versions = Versions::new(0, 2);

    async fn handle(
        call: Call,
        request: ElectLeadersRequest,
    ) -> Result<Reply<ElectLeadersResponse>, Refusal> {
        let catalog = &call.shared.catalog;
        let image = catalog.image();
        let kind = request.election_type;
        if !matches!(kind, PREFERRED | UNCLEAN) {
            let error = (ErrorCode::INVALID_REQUEST, format!("Unknown election type {kind}"));
            let topics = request.topic_partitions.unwrap_or_default();
            let replica_election_results =
                topics.into_iter().map(|topic| rows(topic, |_, _| error.clone())).collect();
            let error_code = ErrorCode::INVALID_REQUEST;
            return Ok(
                ElectLeadersResponse { error_code, replica_election_results, ..Default::default() }.into()
            );
        }
        let elect = |topic: &str, index: i32| elect(catalog, &image, kind, topic, index);
        let replica_election_results = match request.topic_partitions {
            Some(topics) => topics.into_iter().map(|topic| rows(topic, elect)).collect(),
            None => image.topics().map(|topic| rows(all_of(topic), elect)).map(only_news).collect(),
        };
        Ok(ElectLeadersResponse { replica_election_results, ..Default::default() }.into())
    }
}

fn all_of(topic: &millstream_cluster::Topic) -> TopicPartitions {
    TopicPartitions {
        topic: topic.name.as_str().into(),
        partitions: topic.partitions.keys().copied().collect(),
    }
}

fn rows(topic: TopicPartitions, elect: impl Fn(&str, i32) -> (ErrorCode, String)) -> ReplicaElectionResult {
    let row = |partition_id: i32| {
        let (error_code, message) = elect(&topic.topic, partition_id);
        PartitionResult { partition_id, error_code, error_message: Some(Str::from(message)) }
    };
    let partition_result = topic.partitions.iter().copied().map(row).collect();
    ReplicaElectionResult { partition_result, topic: topic.topic }
}

fn only_news(mut topic: ReplicaElectionResult) -> ReplicaElectionResult {
    topic.partition_result.retain(|row| row.error_code != ErrorCode::ELECTION_NOT_NEEDED);
    topic
}

fn elect(catalog: &Catalog, image: &Image, kind: i8, name: &str, index: i32) -> (ErrorCode, String) {
    let missing = |what: String| (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, what);
    let Some(topic) = image.topic(name) else { return missing(format!("No such topic as {name}")) };
    if !topic.partitions.contains_key(&index) {
        return missing(format!("No such partition as {name}-{index}"));
    }
    let led = catalog.topic_by_id(topic.id);
    if led.is_some_and(|led| led.partition(index).is_ok()) {
        let message = "Leader election not needed for topic partition.";
        return (ErrorCode::ELECTION_NOT_NEEDED, message.to_owned());
    }
    if kind == PREFERRED {
        let message = "The preferred leader was not available.";
        return (ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE, message.to_owned());
    }
    let message = "Eligible topic partition leaders are not available.";
    (ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE, message.to_owned())
}
