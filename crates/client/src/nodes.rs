//! The brokers of a cluster, those that are fenced off included.

use millstream_wire::messages::describe_cluster::DescribeClusterRequest;

use crate::client::Client;
use crate::connection::Connection;
use crate::error::ClientError;
use crate::metadata::Broker;

/// A broker and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub id: i32,
    /// Where clients reach it.
    pub broker: Broker,
    /// Is it known to the controller, but gives no sign of life?
    pub is_fenced: bool,
}

impl Client {
    /// The brokers in the order in which the cluster tells them.
    pub async fn describe_nodes(&mut self, include_fenced: bool) -> Result<Vec<Node>, ClientError> {
        let connection = self.any().await?;
        let least = if include_fenced { 2 } else { 0 };
        let version =
            connection.version::<DescribeClusterRequest>(millstream_wire::Versions::new(least, 2))?;
        let request = DescribeClusterRequest {
            include_fenced_brokers: include_fenced,
            ..DescribeClusterRequest::default()
        };
        let response = connection.call(&request, version).await?;
        ClientError::check(response.error_code, response.error_message.as_deref(), || "the cluster".into())?;
        let node = |broker: millstream_wire::messages::describe_cluster::DescribeClusterBroker| Node {
            id: broker.broker_id,
            broker: Broker {
                host: broker.host.into(),
                port: broker.port,
                rack: broker.rack.map(String::from),
            },
            is_fenced: broker.is_fenced,
        };
        Ok(response.brokers.into_iter().map(node).collect())
    }

    /// A connection to this broker.
    pub(crate) async fn broker(&mut self, id: i32) -> Result<&mut Connection, ClientError> {
        if !self.cluster.brokers.contains_key(&id) {
            self.refresh(Some(&[])).await?;
        }
        let known = self.cluster.brokers.get(&id).map(Broker::address);
        match known {
            Some(address) => self.at(&address).await,
            None => Err(ClientError::NoBroker { id }),
        }
    }
}
