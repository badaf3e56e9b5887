"""Line 4 and bad input: what older books type goes on where it can; what is wrong is a sentence and exit code 1."""

import socket
import threading
import time

from course import check, end, equal
from kafka_tree import Tree

tree = Tree()

with check("zookeeper is gone and the book goes on"):
    _, said = tree.sh("bin/zookeeper-server-start.sh config/zookeeper.properties")
    assert said.startswith("ZooKeeper is gone") and said.count("\n") == 1, said
    tree.start("zookeeper.connect=localhost:2181")
    log = (tree.home / "logs/kafkaServer.out").read_text()
    assert "ZooKeeper is gone: zookeeper.connect" in log, log

with check("the flags of older books work"):
    port = f"localhost:{tree.port}"
    tree.sh(f"bin/kafka-topics.sh --create --topic words --zookeeper localhost:2181 --bootstrap-server {port} "
            "--replication-factor 1 --partitions 1")
    _, said = tree.sh(f"bin/kafka-topics.sh --list --zookeeper localhost:2181 --bootstrap-server {port}")
    assert said.startswith("ZooKeeper is gone") and said.count("\n") == 1, said
    _, said = tree.sh(f"bin/kafka-console-producer.sh --broker-list {port} --topic words --property parse.key=true "
                      "--property key.separator=,", text="k,v\n")
    assert f"--broker-list is called --bootstrap-server since Kafka 3.0; using {port}\n" in said, said
    out, _ = tree.sh(f"bin/kafka-console-consumer.sh --bootstrap-server {port} --topic words --from-beginning "
                     "--max-messages 1 --property print.key=true --property key.separator=-")
    equal(out, "k-v\n")

with check("the quorum of one and its leader"):
    out, _ = tree.sh("bin/kafka-metadata-quorum.sh --bootstrap-server localhost:9092 describe --status")
    assert "LeaderId:               1\n" in out and "ClusterId:              lab\n" in out, out
    out, _ = tree.sh("bin/kafka-metadata-quorum.sh --bootstrap-server localhost:9092 describe --replication")
    equal([line.split()[-1] for line in out.splitlines()], ["Status", "Leader"])

with check("a misspelt topic is understood"):
    for line in ["bin/kafka-topics.sh --describe --topic wordz --bootstrap-server localhost:9092",
                 "bin/kafka-console-consumer.sh --topic wordz --bootstrap-server localhost:9092",
                 "bin/kafka-configs.sh --describe --topic wordz --bootstrap-server localhost:9092",
                 "bin/kafka-get-offsets.sh --topic wordz --bootstrap-server localhost:9092"]:
        _, said = tree.sh(line, code=1)
        assert "words" in said and "Did you mean" in said, said

with check("nobody there is a sentence and no hang"):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    for address, hint in [(f"localhost:{closed}", "kafka-server-start"), ("localhost:2181", "ZooKeeper"),
                          ("no.such.host.invalid:9092", "No broker answers there"), ("localhost:port", "port")]:
        for command in ["kafka-topics.sh --list", "kafka-console-consumer.sh --topic words",
                        "kafka-consumer-groups.sh --list", "kafka-console-producer.sh --topic words"]:
            out, said = tree.sh(f"bin/{command} --bootstrap-server {address}", code=1, timeout=60)
            assert hint in out + said, (command, address, out, said)
            assert "stack" not in said and "panicked" not in said, said

with check("something else that listens is named"):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        started = time.monotonic()
        _, said = tree.sh(f"bin/kafka-topics.sh --list --bootstrap-server localhost:{silent.getsockname()[1]}", code=1)
        assert "no Kafka broker" in said and time.monotonic() - started < 60, said
    with socket.socket() as web:
        web.bind(("127.0.0.1", 0))
        web.listen(16)

        def answer():
            connection, _ = web.accept()
            connection.recv(1024)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.close()

        threading.Thread(target=answer, daemon=True).start()
        _, said = tree.sh(f"bin/kafka-topics.sh --list --bootstrap-server 127.0.0.1:{web.getsockname()[1]}", code=1)
        assert "no Kafka broker" in said, said


tree.stop()
end()
