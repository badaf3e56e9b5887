"""Kafka Connect and MirrorMaker 2: file to topic to file, alone and as a cluster of one, exactly once; mirroring.

    python connect.py HOST:PORT JARS [OTHER-HOST:PORT]

JARS holds connect-runtime, connect-file and connect-mirror. MirrorMaker copies from the first broker to the other.
"""

import json
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kafka"))
from checks import check, end, equal, fresh, until

ADDRESS, JARS = sys.argv[1:3]
OTHER = sys.argv[3] if len(sys.argv) > 3 else None
SCRATCH = pathlib.Path(tempfile.mkdtemp())
JAVA = ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{JARS}/*"]
CONVERTER = "org.apache.kafka.connect.storage.StringConverter"
WORKER = {"bootstrap.servers": ADDRESS, "key.converter": CONVERTER, "value.converter": CONVERTER,
          "offset.flush.interval.ms": "500", "plugin.discovery": "service_load"}
EVERY = []


def properties(name, settings):
    path = SCRATCH / name
    path.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    return str(path)


def start(main, *files):
    log = open(SCRATCH / f"{main.rsplit('.', 1)[1]}.log", "a")
    process = subprocess.Popen([*JAVA, main, *files], stdout=log, stderr=log)
    EVERY.append(process)
    return process


def stop(process):
    process.send_signal(signal.SIGTERM)
    process.wait(120)


def port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def lines(path):
    return path.read_text().splitlines() if path.exists() else []


def feed(path, first, last):
    with open(path, "a") as file:
        file.writelines(f"{number}\n" for number in range(first, last))


def numbers(count):
    return [str(number) for number in range(count)]


def source(name, path, topic):
    return {"name": name, "connector.class": "FileStreamSource", "tasks.max": "1", "file": path, "topic": topic}


def sink(name, path, topic):
    return {"name": name, "connector.class": "FileStreamSink", "tasks.max": "1", "file": path, "topics": topic}


def console(address, topic, count):
    """The topic's committed values, and one more second for what should not be there."""
    program = SCRATCH / "Read.java"
    program.write_text(READ)
    command = [*JAVA, str(program), address, topic, str(count)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180)
    return [line[2:] for line in done.stdout.splitlines() if line.startswith("= ")]


READ = """
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

public class Read {
    public static void main(String[] words) {
        Properties all = new Properties();
        all.put("bootstrap.servers", words[0]);
        all.put("isolation.level", "read_committed");
        try (var consumer = new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer())) {
            List<TopicPartition> partitions = new ArrayList<>();
            consumer.partitionsFor(words[1]).forEach(found -> partitions.add(new TopicPartition(words[1], found.partition())));
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            int left = Integer.parseInt(words[2]);
            long deadline = System.nanoTime() + 90_000_000_000L;
            for (boolean over = false; !over && System.nanoTime() < deadline; ) {
                over = left <= 0;
                for (var record : consumer.poll(Duration.ofSeconds(1))) {
                    left--;
                    System.out.println("= " + record.value());
                }
            }
        }
    }
}
"""


def alone():
    topic, text, out = fresh("connect"), SCRATCH / "alone.txt", SCRATCH / "alone.out"
    worker = properties("standalone.properties", {
        **WORKER, "offset.storage.file.filename": SCRATCH / "offsets", "listeners": f"http://127.0.0.1:{port()}"})
    from_file = properties("source.properties", source(f"{topic}-source", text, topic))
    to_file = properties("sink.properties", sink(f"{topic}-sink", out, topic))
    feed(text, 0, 200)
    for count in (200, 300):
        process = start("org.apache.kafka.connect.cli.ConnectStandalone", worker, from_file, to_file)
        until(lambda: len(lines(out)) >= count, 120, f"{count} lines; there are {len(lines(out))}")
        stop(process)
        equal(sorted(lines(out), key=int), numbers(count))
        feed(text, count, count + 100)


def request(address, path, body=None, method=None):
    data = json.dumps(body).encode() if body is not None else None
    wanted = urllib.request.Request(f"{address}{path}", data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(wanted, timeout=60) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def answers(address):
    try:
        return request(address, "/connectors") is not None
    except OSError:
        return False


def running(address, name):
    try:
        state = request(address, f"/connectors/{name}/status")
    except OSError:
        return False
    return [task["state"] for task in state["tasks"]] == ["RUNNING"]


def cluster():
    topic, text, out = fresh("connect"), SCRATCH / "cluster.txt", SCRATCH / "cluster.out"
    address = f"http://127.0.0.1:{port()}"
    topics = {f"{what}.storage.{key}": value for what in ("config", "offset", "status")
              for key, value in (("topic", f"{topic}-{what}"), ("replication.factor", "1"))}
    worker = properties("distributed.properties", {
        **WORKER, **topics, "group.id": topic, "listeners": address, "exactly.once.source.support": "enabled",
        "session.timeout.ms": "6000", "heartbeat.interval.ms": "1000"})
    process = start("org.apache.kafka.connect.cli.ConnectDistributed", worker)
    until(lambda: answers(address), 120, "the REST interface")
    feed(text, 0, 500)
    exactly = {"exactly.once.support": "required", "transaction.boundary": "poll"}
    names = f"{topic}-source", f"{topic}-sink"
    request(address, f"/connectors/{names[0]}/config", {**source(names[0], str(text), topic), **exactly}, "PUT")
    request(address, f"/connectors/{names[1]}/config", sink(names[1], str(out), topic), "PUT")
    until(lambda: len(lines(out)) >= 100, 120, f"100 lines; there are {len(lines(out))}")
    # In the middle of its work: what was not committed is aborted, and read from the file again.
    feed(text, 500, 5000)
    process.kill()
    process.wait()
    process = start("org.apache.kafka.connect.cli.ConnectDistributed", worker)
    until(lambda: running(address, names[0]), 180, "the source's task after the crash")
    equal(sorted(console(ADDRESS, topic, 5000), key=int), numbers(5000))
    until(lambda: set(lines(out)) >= set(numbers(5000)), 120, "all lines")
    request(address, f"/connectors/{names[0]}/pause", method="PUT")
    offsets = request(address, f"/connectors/{names[1]}/offsets")["offsets"]
    equal(any(at["offset"]["kafka_offset"] > 0 for at in offsets), True)
    for name in names:
        request(address, f"/connectors/{name}", method="DELETE")
    stop(process)


def mirror():
    topic = fresh("mirrored")
    text, out = SCRATCH / "mirror.txt", SCRATCH / "mirror.out"
    worker = properties("mirror-source.properties", {
        **WORKER, "offset.storage.file.filename": SCRATCH / "mirror-offsets", "listeners": f"http://127.0.0.1:{port()}"})
    from_file = properties("mirror-file.properties", source(f"{topic}-source", text, topic))
    to_file = properties("mirror-sink.properties", sink(f"{topic}-sink", out, topic))
    settings = properties("mirror.properties", {
        "clusters": "one, two", "one.bootstrap.servers": ADDRESS, "two.bootstrap.servers": OTHER, "one->two.enabled": "true",
        "two->one.enabled": "false", "one->two.topics": topic, "one->two.groups": f"connect-{topic}-sink",
        "replication.factor": "1", "checkpoints.topic.replication.factor": "1", "heartbeats.topic.replication.factor": "1",
        "offset-syncs.topic.replication.factor": "1", "offset.storage.replication.factor": "1",
        "status.storage.replication.factor": "1", "config.storage.replication.factor": "1",
        "refresh.topics.interval.seconds": "2", "refresh.groups.interval.seconds": "2",
        "emit.checkpoints.interval.seconds": "1", "sync.group.offsets.enabled": "true",
        "sync.group.offsets.interval.seconds": "1", "sync.topic.configs.enabled": "true"})
    feed(text, 0, 300)
    for count in (300, 600):
        feeder = start("org.apache.kafka.connect.cli.ConnectStandalone", worker, from_file, to_file)
        until(lambda: len(lines(out)) >= count, 120, f"{count} lines; there are {len(lines(out))}")
        stop(feeder)
        process = start("org.apache.kafka.connect.mirror.MirrorMaker", settings)
        until(lambda: f"one.{topic}" in topics(OTHER), 180, "the mirrored topic")
        equal(sorted(console(OTHER, f"one.{topic}", count), key=int), numbers(count))
        stop(process)
        equal(sorted(console(OTHER, f"one.{topic}", count), key=int), numbers(count))
        feed(text, count, count + 300)


def topics(address):
    program = SCRATCH / "Topics.java"
    program.write_text("""
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;

public class Topics {
    public static void main(String[] words) throws Exception {
        Properties all = new Properties();
        all.put("bootstrap.servers", words[0]);
        try (Admin admin = Admin.create(all)) {
            admin.listTopics().names().get().forEach(System.out::println);
        }
    }
}
""")
    return subprocess.run([*JAVA, str(program), address], capture_output=True, text=True, timeout=120).stdout.split()


try:
    with check("Kafka Connect alone: file to topic to file, over a restart"):
        alone()
    with check("Kafka Connect as a cluster: exactly once through a crash"):
        cluster()
    if OTHER:
        with check("MirrorMaker 2: every record once, over a restart"):
            mirror()
finally:
    for process in EVERY:
        process.kill()
if "--keep" not in sys.argv:
    shutil.rmtree(SCRATCH, ignore_errors=True)
end()
