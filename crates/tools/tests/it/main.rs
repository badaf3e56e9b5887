//! What the commands ask a broker, asked of a real one in this process.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may panic; clippy knows this only of the functions marked as tests"
)]

mod groups;
mod settings;
mod transactions;

use std::path::Path;

use millstream_broker::{Broker, BrokerConfig, ListenAddress};
use millstream_client::{Client, NewRecord, NewTopic, Producer, ProducerOptions};

/// A broker on a free port, and a client of it.
async fn broker(dir: &Path) -> (Broker, Client) {
    let mut config = BrokerConfig::new(dir.join("kafka"));
    config.listen = Some(ListenAddress::new("localhost", 0));
    config.node_id = 7;
    let broker = Broker::start(config).await.unwrap();
    let client = client(&broker).await;
    (broker, client)
}

async fn client(broker: &Broker) -> Client {
    Client::connect(&broker.addresses().first().unwrap().to_string()).await.unwrap()
}

/// A topic with so many partitions, and a record in each.
async fn topic(client: &mut Client, name: &str, partitions: i32) {
    let topic = NewTopic { name: name.into(), partitions: Some(partitions), ..Default::default() };
    client.create_topic(&topic).await.unwrap();
}

async fn fill(broker: &Broker, name: &str, partitions: i32) {
    let mut producer = Producer::new(client(broker).await, name, ProducerOptions::default()).await.unwrap();
    for partition in 0..partitions {
        let record = NewRecord { value: Some(b"v"), ..Default::default() };
        producer.send(Some(partition), record).await.unwrap();
    }
    producer.flush().await.unwrap();
}
