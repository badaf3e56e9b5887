//! CreatePartitions: 0-3.
//!
//! Behaviour: a topic grows to the count named; its records stay where they are, and keys hash anew. The partitions
//! can be used when the answer goes out. As many as there are, or fewer, is INVALID_PARTITIONS. A topic named twice
//! is INVALID_REQUEST, once, and stays as it is.
//!
//! Version notes: 2: flexible. 3: a controller's quota, of which there is none.

use millstream_cluster::controller::{ControllerError, MorePartitions};
use millstream_wire::messages::create_partitions::{
    CreatePartitionsRequest, CreatePartitionsResponse, CreatePartitionsTopic, CreatePartitionsTopicResult,
};
use millstream_wire::{ErrorCode, Str, Versions};

use super::{Api, Call, Refusal, Reply, repeated};

pub(crate) struct CreatePartitions;

impl Api for CreatePartitions {
    type Request = CreatePartitionsRequest;
    const VERSIONS: Versions = Versions::new(0, 3);

    async fn handle(
        call: Call,
        request: CreatePartitionsRequest,
    ) -> Result<Reply<CreatePartitionsResponse>, Refusal> {
        let (once, twice) = repeated::split(request.topics, |topic| topic.name.clone());
        let names: Vec<Str> = once.iter().map(|topic| topic.name.clone()).collect();
        let topics = once.into_iter().map(more).collect();
        let created: Vec<_> = match call.shared.catalog.create_partitions(topics, request.validate_only).await
        {
            Ok(results) => names.into_iter().zip(results).map(|(name, result)| row(name, result)).collect(),
            Err(error) => {
                tracing::error!(%error, "partitions could not be created");
                let error_message = Some(Str::from(error.to_string()));
                let failed = |name| CreatePartitionsTopicResult {
                    name,
                    error_code: ErrorCode::KAFKA_STORAGE_ERROR,
                    error_message: error_message.clone(),
                };
                names.into_iter().map(failed).collect()
            }
        };
        let twice = twice.into_iter().map(|name| CreatePartitionsTopicResult {
            name,
            error_code: ErrorCode::INVALID_REQUEST,
            error_message: Some("Duplicate topic name.".into()),
        });
        let results = twice.chain(created).collect();
        Ok(CreatePartitionsResponse { results, ..Default::default() }.into())
    }
}

fn more(topic: CreatePartitionsTopic) -> MorePartitions {
    let assignments = topic.assignments;
    MorePartitions {
        topic: topic.name.to_string(),
        count: topic.count,
        assignments: assignments.map(|all| all.into_iter().map(|one| one.broker_ids).collect()),
    }
}

fn row(name: Str, result: Result<(), ControllerError>) -> CreatePartitionsTopicResult {
    CreatePartitionsTopicResult {
        name,
        error_code: result.as_ref().err().map_or(ErrorCode::NONE, |error| ErrorCode::from_code(error.code())),
        // Of an unknown topic the code says all.
        error_message: result
            .err()
            .filter(|error| !matches!(error, ControllerError::UnknownTopic(_)))
            .map(|error| error.to_string().into()),
    }
}
