//! From the start of the process on an empty directory to the first acknowledged record (acks=all).

use crate::broker::raw::Raw;
use crate::open_loop::quantile;
use crate::server::Server;
use rdkafka::config::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::path::Path;
use std::time::Duration;

const RUNS: usize = 5;

/// Prints the median of five starts.
pub fn measure(binary: &Path) -> Result<(), String> {
    let mut milliseconds = Vec::new();
    for _ in 0..RUNS {
        let server = Server::start(binary, "start")?;
        let address = server.kafka.parse().map_err(|_| format!("no address: {}", server.kafka))?;
        Raw::connect(address)?.make_topic("first")?;
        let producer: BaseProducer = ClientConfig::new()
            .set("bootstrap.servers", &server.kafka)
            .set("acks", "all")
            .set("linger.ms", "0")
            .create()
            .map_err(|error| error.to_string())?;
        let record: BaseRecord<'_, (), str> = BaseRecord::to("first").payload("hello");
        producer.send(record).map_err(|(error, _)| error.to_string())?;
        producer.flush(Duration::from_secs(20)).map_err(|error| error.to_string())?;
        milliseconds.push(server.spawned.elapsed().as_secs_f64() * 1000.0);
    }
    println!(
        "| start to first acknowledged record, empty directory (librdkafka, topic made first), median of {RUNS} | {:.0} ms |",
        quantile(&mut milliseconds, 0.5)
    );
    Ok(())
}
