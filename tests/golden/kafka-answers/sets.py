"""The sets of cases: which release of Apache Kafka answered them, and how the broker was set up for it.

    python3 sets.py SET     prints the settings, one a line
"""

import importlib.util
import pathlib
import sys

FOLDER = pathlib.Path(__file__).parent
# One partition of each internal topic, so that a group's coordinator is known.
SMALL = {"offsets.topic.num.partitions": 1, "transaction.state.log.num.partitions": 1}


class Set:
    def __init__(self, name, release, settings, also=()):
        self.name, self.release, self.settings = name, release, {**SMALL, **settings}
        self.folder = FOLDER if name == "all" else FOLDER / name
        self.also = [FOLDER / "cases" / f"{stem}.py" for stem in also]

    def files(self, names):
        found = sorted([*(self.folder / "cases").glob("*.py"), *self.also], key=lambda path: path.name)
        unknown = set(names) - {path.stem for path in found}
        assert not unknown, f"no such file of cases: {unknown}"
        return [path for path in found if not names or path.stem in names]

    def answers(self, path):
        return self.folder / "answers" / f"{path.stem}.txt"

    def ranges(self):
        """The versions of each API that are asked in, as recorded."""
        rows = (line.split() for line in (self.folder / "answers/versions.txt").read_text().splitlines())
        return {name: (int(low), int(high)) for name, low, high in rows}

    def narrowed(self, served):
        """Of the versions that the recorded broker serves, those that belong to this set."""
        if self.name != "older":
            return served
        newer = SETS["all"].ranges()
        return {name: (low, newer[name][0] - 1) for name, (low, _) in served.items() if name in newer and low < newer[name][0]}


SETS = {one.name: one for one in [
    Set("all", "4.3.1", {}),
    # The versions that Apache Kafka 4 serves no more.
    Set("older", "3.9.1", {}, ["02_list_offsets", "19_create_topics", "23_offset_for_leader_epoch", "32_configs", "43_one_node"]),
    Set("limits", "4.3.1", {"max.incremental.fetch.session.cache.slots": 8, "group.max.size": 2, "group.consumer.max.size": 2,
                            "message.max.bytes": 2000, "delete.topic.enable": False, "auto.create.topics.enable": False, "num.partitions": 3,
                            "offset.metadata.max.bytes": 10, "group.min.session.timeout.ms": 100, "group.max.session.timeout.ms": 20000,
                            "transaction.max.timeout.ms": 60000}),
]}


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    print("\n".join(f"{name}={str(value).lower()}" for name, value in SETS[sys.argv[1]].settings.items()))
