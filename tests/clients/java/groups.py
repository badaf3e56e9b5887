"""Apache Kafka's own consumer in groups: the protocol of KIP-848, the classic one, and the way from one to the other.

    python groups.py HOST:PORT JARS
"""

import pathlib
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kafka"))
from checks import check, end, equal, fresh, until

ADDRESS, JARS = sys.argv[1:3]
HERE = pathlib.Path(__file__).resolve().parent
TOPICS = "org.apache.kafka.tools.TopicCommand"
PRODUCER = "org.apache.kafka.tools.ConsoleProducer"
CONSUMER_GROUPS = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
GROUPS = "org.apache.kafka.tools.GroupsCommand"
CONFIGS = "kafka.admin.ConfigCommand"
JAVA = ["java", "-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp", f"{JARS}/*"]
CLASSIC = ["group.protocol=classic", "session.timeout.ms=6000", "heartbeat.interval.ms=500"]
NEW = ["group.protocol=consumer"]
EVERY = set()
COMPILED = tempfile.TemporaryDirectory()
subprocess.run(["javac", "-cp", f"{JARS}/*", "-d", COMPILED.name, str(HERE / "Members.java")], check=True)


def run(tool, *arguments, text=None):
    command = [*JAVA, tool, "--bootstrap-server", ADDRESS, *arguments]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=90)
    if done.returncode != 0:
        raise AssertionError(f"{tool} {' '.join(arguments)} ended with {done.returncode}: {done.stdout} {done.stderr}")
    return done.stdout


def make_topic(name, partitions=4):
    run(TOPICS, "--create", "--topic", name, "--partitions", str(partitions))
    return name


def rows(text):
    """A tool's table without its head: a list of words a line."""
    lines = [line.split() for line in text.splitlines() if line.strip()]
    return [line for line in lines if line[0] not in ("GROUP", "Consumer", "Warning:")]


class Member:
    """A consumer in a process of its own."""

    def __init__(self, group, *what, config=NEW):
        settings = [f"bootstrap.servers={ADDRESS}", f"group.id={group}", *config]
        self.process = subprocess.Popen(
            [*JAVA[:-1], f"{COMPILED.name}:{JARS}/*", "Members", *settings, "--", *what],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        self.assigned, self.count, self.told = set(), 0, []
        EVERY.add(self.process)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            word, *rest = line.split()
            self.told.append(word)
            if word == "assigned":
                self.assigned = set(rest)
            elif word == "read":
                self.count = int(rest[0])

    def say(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def leave(self):
        self.say("leave")
        equal(self.process.wait(30), 0)

    def vanish(self):
        self.process.kill()
        self.process.wait(30)


def shared(members, topic, partitions=4, seconds=90):
    """Waits until the members have every partition among them, each once, and as even as can be."""
    wanted = sorted(f"{topic}-{n}" for n in range(partitions))
    least = partitions // len(members)

    def holds():
        have = sorted(name for member in members for name in member.assigned)
        return have == wanted and all(len(member.assigned) >= least for member in members)

    try:
        until(holds, seconds, "shared")
    except AssertionError as error:
        raise AssertionError(f"{wanted} is to be shared; {[sorted(member.assigned) for member in members]}") from error


def state(group):
    return rows(run(CONSUMER_GROUPS, "--describe", "--group", group, "--state"))[0]


with check("consumers of the new protocol share a topic, and go on when one comes, leaves and crashes"):
    topic, group = make_topic(fresh("java-new")), fresh("java")
    run(PRODUCER, "--topic", topic, text="".join(f"{n}\n" for n in range(60)))
    run(CONFIGS, "--alter", "--entity-type", "groups", "--entity-name", group,
        "--add-config", "consumer.heartbeat.interval.ms=5000,consumer.session.timeout.ms=45000")
    first = Member(group, topic)
    shared([first], topic)
    until(lambda: first.count == 60, 60, "60 records read")
    first.say("commit")
    until(lambda: "committed" in first.told, 60, "committed")
    second, third = Member(group, topic), Member(group, topic)
    shared([first, second, third], topic)
    second.leave()
    shared([first, third], topic)
    third.vanish()
    shared([first], topic, seconds=120)
    equal(first.count, 60)

with check("Kafka's tools describe such a group"):
    equal(state(group)[-3:], ["uniform", "Stable", "1"])
    offsets = rows(run(CONSUMER_GROUPS, "--describe", "--group", group))
    equal(sorted(row[2] for row in offsets), ["0", "1", "2", "3"])
    equal(sum(int(row[3]) for row in offsets), 60)
    members = rows(run(CONSUMER_GROUPS, "--describe", "--group", group, "--members", "--verbose"))
    equal(len(members), 1)
    listed = [row for row in rows(run(GROUPS, "--list")) if row[0] == group]
    equal(listed, [[group, "Consumer", "consumer"]])
    listed = [row for row in rows(run(CONSUMER_GROUPS, "--list", "--type", "consumer")) if row[0] == group]
    equal(len(listed), 1)
    equal([row for row in rows(run(CONSUMER_GROUPS, "--list", "--type", "classic")) if row[0] == group], [])
    first.leave()
    run(CONSUMER_GROUPS, "--reset-offsets", "--group", group, "--topic", topic, "--to-earliest", "--execute")
    offsets = rows(run(CONSUMER_GROUPS, "--describe", "--group", group))
    equal(sum(int(row[3]) for row in offsets), 0)
    run(CONSUMER_GROUPS, "--delete", "--group", group)
    equal(group in run(CONSUMER_GROUPS, "--list").split(), False)

with check("a regular expression finds topics that come later"):
    stem, group = fresh("java-regex"), fresh("java")
    make_topic(f"{stem}-a", 2)
    member = Member(group, f"/{stem}-[ab]/")
    shared([member], f"{stem}-a", 2)
    make_topic(f"{stem}-b", 1)
    make_topic(f"{stem}-c", 1)
    wanted = {f"{stem}-a-0", f"{stem}-a-1", f"{stem}-b-0"}
    until(lambda: member.assigned == wanted, 90, f"{wanted} assigned")
    member.leave()

with check("more partitions are shared out"):
    topic, group = make_topic(fresh("java-more"), 1), fresh("java")
    member = Member(group, topic)
    shared([member], topic, 1)
    run(TOPICS, "--alter", "--topic", topic, "--partitions", "3")
    shared([member], topic, 3)
    member.leave()

with check("a static member comes back to its partitions"):
    topic, group = make_topic(fresh("java-static")), fresh("java")
    static = [*NEW, "group.instance.id=one"]
    one, two = Member(group, topic, config=static), Member(group, topic, config=[*NEW, "group.instance.id=two"])
    shared([one, two], topic)
    had = one.assigned
    one.leave()
    again = Member(group, topic, config=static)
    until(lambda: again.assigned == had, 90, f"{had} assigned again")
    again.leave()
    two.leave()

with check("cooperative sticky consumers of the classic protocol, with the leader's and a follower's crash"):
    topic, group = make_topic(fresh("java-sticky")), fresh("java")
    sticky = [*CLASSIC, "partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor"]
    members = [Member(group, topic, config=sticky) for _ in range(3)]
    shared(members, topic)
    members.pop(0).vanish()
    shared(members, topic)
    members.append(Member(group, topic, config=sticky))
    shared(members, topic)
    members.pop().vanish()
    shared(members, topic)
    for member in members:
        member.leave()

with check("a classic group follows its members to the new protocol and back"):
    topic, group = make_topic(fresh("java-way")), fresh("java")
    sticky = [*CLASSIC, "partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor"]
    old = [Member(group, topic, config=sticky) for _ in range(2)]
    shared(old, topic)
    new = Member(group, topic)
    shared([*old, new], topic)
    equal([row[1] for row in rows(run(GROUPS, "--list")) if row[0] == group], ["Consumer"])
    new.leave()
    shared(old, topic)
    equal([row[1] for row in rows(run(GROUPS, "--list")) if row[0] == group], ["Classic"])
    newer = [Member(group, topic) for _ in range(2)]
    shared([*old, *newer], topic)
    for member in old:
        member.leave()
    shared(newer, topic)
    for member in newer:
        member.leave()

for process in EVERY:
    process.kill()
end()
