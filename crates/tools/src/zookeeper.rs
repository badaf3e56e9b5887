//! `zookeeper-server-start`: what books before Kafka 4.0 start first.

use crate::command_line::remark;
use crate::failure::Failure;

/// Says what became of ZooKeeper; there is nothing to start, and the next line of the book works.
pub(crate) fn run() -> Result<(), Failure> {
    remark(
        "ZooKeeper is gone: since Kafka 4.0 the brokers keep the metadata themselves (KRaft), so there is nothing to \
         start here. Go on with kafka-server-start config/server.properties.",
    );
    Ok(())
}
