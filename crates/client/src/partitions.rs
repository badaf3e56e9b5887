//! More partitions for a topic.

use millstream_wire::Versions;
use millstream_wire::messages::create_partitions::{
    CreatePartitionsAssignment, CreatePartitionsRequest, CreatePartitionsTopic,
};

use crate::admin::millis;
use crate::client::Client;
use crate::error::ClientError;

impl Client {
    /// Makes a topic have `count` partitions, more than it has. `brokers` says which brokers hold each new one; none
    /// leaves that to the cluster.
    pub async fn create_partitions(
        &mut self,
        topic: &str,
        count: i32,
        brokers: Option<&[Vec<i32>]>,
    ) -> Result<(), ClientError> {
        let wait = self.options.request_timeout;
        let assignment = |ids: &Vec<i32>| CreatePartitionsAssignment { broker_ids: ids.clone() };
        let request = CreatePartitionsRequest {
            topics: vec![CreatePartitionsTopic {
                name: topic.into(),
                count,
                assignments: brokers.map(|brokers| brokers.iter().map(assignment).collect()),
            }],
            timeout_ms: millis(wait),
            ..Default::default()
        };
        let connection = self.controller().await?;
        let version = connection.version::<CreatePartitionsRequest>(Versions::new(0, 3))?;
        let response = connection.call_held(&request, version, wait).await?;
        self.forget(topic);
        for result in response.results {
            let message = result.error_message.as_deref();
            ClientError::check(result.error_code, message, || format!("topic '{topic}'"))?;
        }
        Ok(())
    }
}
