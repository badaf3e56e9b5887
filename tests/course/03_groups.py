"""Line 3: groups: who reads, how far, how far behind; offsets reset in all of Kafka's ways."""

import subprocess

from course import check, end, equal
from kafka_tree import Tree

tree = Tree("groups")
GROUPS = "bin/kafka-consumer-groups.sh --bootstrap-server localhost:9092"

with check("a group that is read cannot be reset or deleted"):
    tree.start()
    tree.sh("bin/kafka-topics.sh --create --topic t --partitions 4 --bootstrap-server localhost:9092")
    tree.sh("bin/kafka-console-producer.sh --topic t --bootstrap-server localhost:9092", text="a\nb\nc\n")
    reader = subprocess.Popen([*tree.command("kafka-console-consumer"), "--bootstrap-server", tree.broker, "--topic",
                               "t", "--group", "busy", "--from-beginning"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
    try:
        equal(sorted(reader.stdout.readline() for _ in range(3)), ["a\n", "b\n", "c\n"])
        out, _ = tree.sh(f"{GROUPS} --group busy --topic t --reset-offsets --to-earliest --execute", code=1)
        assert "the current state is Stable" in out, out
        out, _ = tree.sh(f"{GROUPS} --group busy --delete", code=1)
        assert "The group is not empty" in out, out
    finally:
        reader.terminate()
        equal(reader.wait(60), 0)

with check("offsets go out to a file and come back"):
    tree.sh(f"{GROUPS} --group busy --topic t --reset-offsets --to-latest --execute --export > plan.csv")
    tree.sh(f"{GROUPS} --group busy --topic t --reset-offsets --to-earliest --execute")
    out, _ = tree.sh(f"{GROUPS} --group busy --reset-offsets --from-file plan.csv --execute")
    equal(sum(int(line.split()[-1]) for line in out.splitlines()[2:]), 3)
    for how in ["--by-duration PT1H", "--to-datetime 2020-01-01T00:00:00.000Z", "--shift-by -100", "--to-offset 0"]:
        out, _ = tree.sh(f"{GROUPS} --group busy --all-topics --reset-offsets {how} --execute")
        equal({line.split()[-1] for line in out.splitlines()[2:]}, {"0"})

with check("a misspelt group is understood"):
    out, said = tree.sh(f"{GROUPS} --describe --group bussy", code=1)
    assert "Consumer group 'bussy' does not exist." in out and "Did you mean 'busy'?" in said, (out, said)


tree.stop()
end()
