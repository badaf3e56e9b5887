"""Line 1: `install-names` writes Kafka's and Spark's command names and server.properties; the names are sub-commands."""

import os
import pathlib
import subprocess

from course import BINARY, check, end, equal, run

NAMES = """kafka-topics kafka-console-producer kafka-console-consumer kafka-consumer-groups kafka-storage
    kafka-server-start kafka-server-stop kafka-configs kafka-get-offsets kafka-metadata-quorum zookeeper-server-start
    kafka-groups kafka-delete-records kafka-dump-log kafka-log-dirs kafka-cluster kafka-client-metrics kafka-features kafka-broker-api-versions
    kafka-leader-election kafka-reassign-partitions kafka-producer-perf-test kafka-consumer-perf-test
    kafka-verifiable-producer kafka-verifiable-consumer kafka-transactions spark-submit pyspark spark-sql""".split()
home = pathlib.Path("kafka").resolve()

with check("install names writes every name with and without sh"):
    run(BINARY, "install-names", home)
    equal(sorted(os.listdir(home / "bin")), sorted(name + end for name in NAMES for end in ("", ".sh")))
    for name in os.listdir(home / "bin"):
        equal(os.path.realpath(home / "bin" / name), os.path.realpath(BINARY))

with check("server properties has kafkas keys and sample values"):
    lines = (home / "config/server.properties").read_text().splitlines()
    pairs = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    expected = {"process.roles": "broker,controller", "node.id": "1", "log.dirs": "/tmp/kraft-combined-logs",
                "listeners": "PLAINTEXT://:9092,CONTROLLER://:9093", "controller.listener.names": "CONTROLLER",
                "controller.quorum.bootstrap.servers": "localhost:9093", "log.retention.hours": "168",
                "num.partitions": "1", "millstream.spark.listener": "127.0.0.1:15002",
                "millstream.console.listener": "127.0.0.1:8080"}
    equal({key: pairs.get(key) for key in expected}, expected)

with check("what was edited is kept until force"):
    path = home / "config/server.properties"
    written = path.read_text()
    path.write_text("num.partitions=7\n")
    ended = subprocess.run([BINARY, "install-names", home], capture_output=True, text=True)
    equal((ended.returncode, path.read_text()), (0, "num.partitions=7\n"))
    assert f"kept {path}" in ended.stderr and "--force" in ended.stderr, ended.stderr
    run(BINARY, "install-names", home, "--force")
    equal(path.read_text(), written)

with check("every name answers as itself and as a sub command"):
    for name in NAMES:
        if name in ("pyspark", "spark-sql", "zookeeper-server-start"):
            continue
        for words in ([home / "bin" / name], [home / "bin" / f"{name}.sh"], [BINARY, name]):
            out = run(*words, "--help")
            assert "Usage:" in out, (name, out)
    run(home / "bin/zookeeper-server-start.sh", "config/zookeeper.properties")

with check("a flag that does not exist ends with 1 and a name"):
    ended = subprocess.run([home / "bin/kafka-topics.sh", "--lst"], capture_output=True, text=True)
    equal(ended.returncode, 1)
    assert "--lst" in ended.stderr, ended.stderr


end()
