"""Line 2: format, start, stop and look into Kafka's directory, as the quickstart types it."""

import re
import subprocess

from course import check, end, equal
from kafka_tree import Tree

tree = Tree()
CONFIG = "config/server.properties"

with check("a random cluster id formats the directory"):
    out, _ = tree.sh('KAFKA_CLUSTER_ID="$(bin/kafka-storage.sh random-uuid)" && echo $KAFKA_CLUSTER_ID && '
                     f"bin/kafka-storage.sh format --standalone -t $KAFKA_CLUSTER_ID -c {CONFIG}")
    cluster, bootstrap, said = out.splitlines()
    assert "name='transaction.version', featureLevel=2" in bootstrap, bootstrap
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{21}", cluster), cluster
    equal(said, f"Formatting dynamic metadata voter directory {tree.data} with metadata.version 4.3-IV0.")
    tree.cluster = cluster

with check("formatting twice says what kafka says"):
    _, said = tree.sh(f"bin/kafka-storage.sh format --standalone -t {tree.cluster} -c {CONFIG}", code=1)
    equal(said, f"Log directory {tree.data} is already formatted. Use --ignore-formatted to ignore this directory "
                "and format the others.\n")
    out, _ = tree.sh(f"bin/kafka-storage.sh format --standalone -g -t {tree.cluster} -c {CONFIG}")
    equal(out, "All of the log directories are already formatted.\n")
    _, said = tree.sh(f"bin/kafka-storage.sh format --standalone -t other -c {CONFIG}", code=1)
    assert said.startswith(f"Invalid cluster.id in: {tree.data}/meta.properties. Expected other, but read "
                           f"{tree.cluster}\n"), said

with check("any name is a cluster id"):
    other = Tree("other")
    other.sh(f"bin/kafka-storage.sh format --standalone -t 'my first cluster' -c {CONFIG}")
    out, _ = other.sh(f"bin/kafka-storage.sh info -c {CONFIG}")
    assert "cluster.id=my first cluster" in out, out

with check("info of a directory that is not there says so"):
    fresh = Tree("fresh")
    out, _ = fresh.sh(f"bin/kafka-storage.sh info -c {CONFIG}", code=1)
    equal(out, f"Found problem:\n  {fresh.data} does not exist\n\n")

with check("the server starts in the background serves and stops"):
    tree.sh(f"bin/kafka-server-start.sh -daemon {CONFIG} --override num.partitions=3")
    tree.sh("bin/kafka-topics.sh --create --topic three --bootstrap-server localhost:9092")
    out, _ = tree.sh("bin/kafka-topics.sh --describe --topic three --bootstrap-server localhost:9092")
    assert "PartitionCount: 3" in out, out
    log = (tree.home / "logs/kafkaServer.out").read_text()
    assert "Kafka Server started" in log and "no effect here: num.io.threads, num.network.threads" in log, log
    tree.sh("bin/kafka-server-stop.sh")
    _, said = tree.sh("bin/kafka-server-stop.sh", code=1)
    assert said.startswith("No kafka server to stop"), said

with check("info tells which directory and what is in it"):
    out, _ = tree.sh(f"bin/kafka-storage.sh info -c {CONFIG}")
    assert out.startswith(f"Found log directory:\n  {tree.data}\n\nFound metadata: {{cluster.id={tree.cluster}, "), out
    assert re.search(r"^  three  3  \d+$", out, re.MULTILINE), out

with check("in the foreground ctrl c stops it"):
    server = subprocess.Popen([tree.home / "bin/kafka-server-start.sh", CONFIG], cwd=tree.home, env=tree.environment,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        lines = [server.stdout.readline() for _ in range(5)]
        assert any(line.endswith(f"{tree.cluster}\n") for line in lines), lines
        server.send_signal(2)
        equal(server.wait(60), 0)
    finally:
        server.kill()

with check("what must not be ignored is refused"):
    for override, what in [("listeners=SSL://localhost:9093", "encryption or authentication"),
                           ("authorizer.class.name=org.example.A", "authorization"),
                           ("controller.quorum.voters=1@a:1,2@b:1", "a quorum of several servers")]:
        _, said = tree.sh(f"bin/kafka-server-start.sh {CONFIG} --override '{override}'", code=1)
        assert what in said, said
    _, said = tree.sh(f"bin/kafka-server-start.sh -daemon {CONFIG} --override num.partitions=none", code=1)
    assert "num.partitions" in said, said
    _, said = tree.sh("bin/kafka-server-start.sh config/no.properties", code=1)
    assert "install-names" in said, said


end()
