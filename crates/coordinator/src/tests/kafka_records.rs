//! What Apache Kafka 4.3.1 wrote to `__consumer_offsets` is understood.

use std::fmt::Write;

use bytes::Bytes;
use expect_test::expect;
use millstream_wire::records::{Batches, Budget};

use crate::{Config, Coordinator};

const SEGMENT: &[u8] = include_bytes!("../../golden/kafka-4.3.1-consumer-offsets.log");

#[test]
fn a_console_consumers_group_and_its_offsets() {
    let mut coordinator = Coordinator::new(Config::default());
    let mut told = String::new();
    for batch in Batches::verified(Bytes::from_static(SEGMENT)) {
        for record in batch.unwrap().records(Budget::default()).unwrap() {
            let record = record.unwrap();
            coordinator.replay(&record.key.unwrap_or_default(), record.value.as_deref()).unwrap();
            let group = coordinator.describe("g1").unwrap();
            let members: Vec<&str> = group.members.iter().map(|member| member.client_id.as_str()).collect();
            let offsets: Vec<String> = coordinator
                .offsets("g1")
                .map(|(topic, partition, offset)| format!("{topic}-{partition}@{}", offset.offset))
                .collect();
            writeln!(
                told,
                "{} {} {} {members:?} {offsets:?}",
                group.state, group.protocol_type, group.protocol
            )
            .unwrap();
        }
    }
    expect![[r#"
        Empty   [] []
        Stable consumer range ["console-consumer"] []
        Stable consumer range ["console-consumer"] ["clicks-1@1"]
        Stable consumer range ["console-consumer"] ["clicks-0@0", "clicks-1@1"]
        Empty consumer  [] ["clicks-0@0", "clicks-1@1"]
    "#]]
    .assert_eq(&told);
}
