//! Files and what they mean.

use expect_test::{Expect, expect};

use super::*;

fn read(text: &str) -> Result<ServerProperties, PropertiesError> {
    ServerProperties::from_pairs(parse_properties(text).unwrap())
}

fn summary(text: &str) -> String {
    match read(text) {
        Err(error) => format!("error: {error}"),
        Ok(found) => {
            let door =
                |door: &DoorAt| door.as_ref().map_or("off".into(), |(host, port)| format!("{host} {port}"));
            let settings: Vec<_> =
                found.settings.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!(
                "node {} in {} and {}, kafka {}, spark {}, console {}\n{}\n{}",
                found.node_id,
                found.log_dir.display(),
                found.engine_dir().display(),
                door(&found.kafka),
                door(&found.spark),
                door(&found.console),
                settings.join(" "),
                found.remarks.join("\n")
            )
        }
    }
}

#[test]
fn files_are_read_as_what_they_mean_here() {
    let table: [(&str, Expect); 5] = [
        (
            include_str!("../install_names/server.properties"),
            expect![[r#"
            node 1 in /tmp/kraft-combined-logs and /tmp/kraft-combined-logs-engine, kafka localhost 9092, spark 127.0.0.1 15002, console 127.0.0.1 8080
            advertised.listeners=PLAINTEXT://localhost:9092 log.retention.check.interval.ms=300000 log.retention.hours=168 log.segment.bytes=1073741824 num.io.threads=8 num.network.threads=3 num.partitions=1 num.recovery.threads.per.data.dir=2 offsets.topic.replication.factor=1 share.coordinator.state.topic.min.isr=1 share.coordinator.state.topic.replication.factor=1 socket.receive.buffer.bytes=102400 socket.request.max.bytes=104857600 socket.send.buffer.bytes=102400 transaction.state.log.min.isr=1 transaction.state.log.replication.factor=1
            listener PLAINTEXT names no host and listens on this machine only; PLAINTEXT://0.0.0.0:9092 opens it to others"#]],
        ),
        (
            "",
            expect![[r#"
            node 1 in /tmp/kafka-logs and /tmp/kafka-logs-engine, kafka localhost 9092, spark 127.0.0.1 15002, console 127.0.0.1 8080

            listener PLAINTEXT names no host and listens on this machine only; PLAINTEXT://0.0.0.0:9092 opens it to others"#]],
        ),
        // The sample file of Kafka 2.8, as books print it.
        (
            "broker.id=0\n#listeners=PLAINTEXT://:9092\nnum.network.threads=3\nlog.dirs=/tmp/kafka-logs\n\
             zookeeper.connect=localhost:2181\nzookeeper.connection.timeout.ms=18000\n",
            expect![[r#"
                node 0 in /tmp/kafka-logs and /tmp/kafka-logs-engine, kafka localhost 9092, spark 127.0.0.1 15002, console 127.0.0.1 8080
                num.network.threads=3
                listener PLAINTEXT names no host and listens on this machine only; PLAINTEXT://0.0.0.0:9092 opens it to others
                ZooKeeper is gone: zookeeper.connect, zookeeper.connection.timeout.ms is of no use, the broker keeps the metadata itself"#]],
        ),
        (
            "listeners=PLAINTEXT://0.0.0.0:9092,EXTERNAL://:9094\nlistener.security.protocol.map=EXTERNAL:PLAINTEXT\n\
             advertised.listeners=EXTERNAL://x:9094,PLAINTEXT://kafka:9092\nlog.dir=d\nmillstream.spark.listener=off\n\
             millstream.console.listener=[::1]:0\n",
            expect![[r#"
                node 1 in d and d-engine, kafka 0.0.0.0 9092, spark off, console ::1 0
                advertised.listeners=PLAINTEXT://kafka:9092
                one listener is served, PLAINTEXT: EXTERNAL://:9094 has no effect here"#]],
        ),
        (
            "log.retentoin.hours=1\nno.such=1\nauthorizer.class.name=\n",
            expect![[r#"
                node 1 in /tmp/kafka-logs and /tmp/kafka-logs-engine, kafka localhost 9092, spark 127.0.0.1 15002, console 127.0.0.1 8080
                authorizer.class.name=
                listener PLAINTEXT names no host and listens on this machine only; PLAINTEXT://0.0.0.0:9092 opens it to others
                log.retentoin.hours is no setting of Kafka's or of this server (did you mean log.retention.hours?): it has no effect
                no.such is no setting of Kafka's or of this server: it has no effect"#]],
        ),
    ];
    for (text, expected) in table {
        expected.assert_eq(&summary(text));
    }
}

#[test]
fn what_cannot_be_kept_is_refused() {
    let table: [(&str, Expect); 12] = [
        (
            "listeners=SSL://:9093",
            expect![
                "error: listeners=SSL://:9093 asks for encryption or authentication, which this server does not have; it does not start without it"
            ],
        ),
        (
            "listeners=EXT://:9093\nlistener.security.protocol.map=EXT:SASL_SSL",
            expect![
                "error: listeners=EXT://:9093 asks for encryption or authentication, which this server does not have; it does not start without it"
            ],
        ),
        (
            "listeners=EXT://:9093",
            expect![
                "error: listeners=EXT://:9093: listener EXT has no protocol: add EXT:PLAINTEXT to listener.security.protocol.map"
            ],
        ),
        (
            "listeners=localhost:9092",
            expect![
                "error: listeners=localhost:9092: 'localhost:9092' is no listener: write NAME://HOST:PORT, such as PLAINTEXT://localhost:9092"
            ],
        ),
        (
            "listeners=PLAINTEXT://localhost",
            expect![
                "error: listeners=PLAINTEXT://localhost: 'PLAINTEXT://localhost' has no port from 0 to 65535"
            ],
        ),
        (
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            expect![
                "error: authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer asks for authorization, which this server does not have; it does not start without it"
            ],
        ),
        (
            "controller.quorum.voters=1@a:9093,2@b:9093,3@c:9093",
            expect![
                "error: controller.quorum.voters=1@a:9093,2@b:9093,3@c:9093 asks for a quorum of several servers, which this server does not have; it does not start without it"
            ],
        ),
        (
            "process.roles=controller",
            expect![
                "error: process.roles=controller: this server is always broker and controller in one: broker,controller"
            ],
        ),
        (
            "log.dirs=/a,/b",
            expect!["error: log.dirs=/a,/b: one directory is served; name one, and start a server for each"],
        ),
        (
            "log.dirs=/a\nmetadata.log.dir=/b",
            expect!["error: metadata.log.dir=/b: the metadata lie in log.dirs (/a); leave it out"],
        ),
        ("node.id=one", expect!["error: node.id=one: a number from 0 on is wanted"]),
        (
            "millstream.console.listener=8080",
            expect![
                "error: millstream.console.listener=8080: HOST:PORT such as 127.0.0.1:8080 is wanted, or off"
            ],
        ),
    ];
    for (text, expected) in table {
        expected.assert_eq(&summary(text));
    }
}
