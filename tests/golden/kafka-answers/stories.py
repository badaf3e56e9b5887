"""Stories by chance, told to two brokers at once: whoever answers otherwise than Apache Kafka is found out.

    python3 stories.py BINARY JARS [--seed N] [--count N] [--steps N] [KIND ...]

`cases/` hold what somebody thought of; this finds what nobody did. A few are part of `cargo xtask test disk`. BINARY is Millstream or the broker's example
`serve`, JARS the `libs` of Apache Kafka 4.3. A KIND is a file of `stories/` (all of them). Each story has names and
producers of its own and is made of its seed alone, so a difference can be told again: `--seed N --count 1 KIND`. Ends
with 1 when a story differs, and prints it up to that answer.
"""

import argparse
import collections
import contextlib
import pathlib
import random
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parents[1] / "interop")]
import servers
from record import format_
from sets import SETS, load
from two import Differs, Ends, Two

KINDS = sorted(path.stem for path in (FOLDER / "stories").glob("*.py"))
SETTINGS = {
    **SETS["all"].settings,
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 100,
    "group.consumer.assignment.interval.ms": 0,
    # The records' times are old, and each broker looks at them when its own hour has come.
    "log.retention.ms": -1,
}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("binary")
    arguments.add_argument("jars")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--count", type=int, default=20, help="stories of each kind")
    arguments.add_argument("--steps", type=int, default=60, help="steps of a story")
    arguments.add_argument("--show", action="store_true", help="print the stories that do not differ, too")
    arguments.add_argument("kinds", nargs="*", default=KINDS)
    asked = arguments.parse_intermixed_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        kafka, here = servers.Kafka(asked.jars, folder / "kafka"), servers.Millstream(asked.binary, folder / "here")
        kafka.settings |= {**SETTINGS, "group.consumer.assignor.offload.enable": False}
        here.settings |= SETTINGS
        format_(asked.jars, kafka.directory)
        with kafka, here:
            sys.exit(1 if tell_all(asked, kafka.address, here.address) else 0)


def tell_all(asked, kafka, here):
    """Whether a story differs."""
    said, failed = collections.Counter(), False
    for kind in asked.kinds:
        story, differ = load(FOLDER / "stories" / f"{kind}.py"), []
        for seed in range(asked.seed, asked.seed + asked.count):
            two = Two(kafka, here, f"{kind}-{seed}")
            try:
                with contextlib.suppress(Ends):
                    story.tell(two, random.Random(f"{kind} {seed}"), asked.steps)
            except Differs as difference:
                differ.append(str(seed))
                print(f"{kind}, seed {seed}:\n{difference}", file=sys.stderr, flush=True)
            else:
                if asked.show:
                    print(f"{kind}, seed {seed}:", *two.story, sep="\n")
            said += two.said
            two.hang_up()
        what = f"what is told of {kind} by chance, Apache Kafka tells as well"
        print(f"FAIL {what}: other stories with seed {', '.join(differ)}" if differ else f"ok {what}", flush=True)
        failed |= bool(differ)
    print(f"{sum(said.values())} answers compared: " + ", ".join(f"{name} {count}" for name, count in said.most_common()))
    return failed


if __name__ == "__main__":
    main()
