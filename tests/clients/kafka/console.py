"""kcat: produce, consume and list, with every codec.

    python console.py HOST:PORT [KCAT]
"""

import json
import subprocess
import sys

from checks import check, end, equal, fresh

ADDRESS = sys.argv[1]
KCAT = sys.argv[2] if len(sys.argv) > 2 else "kcat"


def kcat(*arguments, text=None):
    done = subprocess.run(
        [KCAT, "-b", ADDRESS, *arguments], input=text, capture_output=True, text=True, timeout=60
    )
    if done.returncode != 0:
        raise AssertionError(f"kcat {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


LINES = [f"line {n} " + "x" * 50 for n in range(200)]
TEXT = "".join(f"{line}\n" for line in LINES)

for codec in ["none", "gzip", "snappy", "lz4", "zstd"]:
    with check(f"kcat: {codec} goes in and comes out"):
        topic = fresh("kcat")
        kcat("-P", "-t", topic, "-z", codec, text=TEXT)
        equal(kcat("-C", "-t", topic, "-o", "beginning", "-e", "-q"), TEXT)

with check("kcat: keys, headers, timestamps and offsets"):
    topic = fresh("kcat")
    kcat("-P", "-t", topic, "-K", ":", "-H", "a=1", "-H", "a=2", text="k1:v1\nk2:v2\n")
    lines = kcat("-C", "-t", topic, "-o", "beginning", "-e", "-q", "-J").splitlines()
    messages = [json.loads(line) for line in lines]
    equal([(m["key"], m["payload"], m["offset"]) for m in messages], [("k1", "v1", 0), ("k2", "v2", 1)])
    equal(messages[0]["headers"], ["a", "1", "a", "2"])
    equal(all(m["ts"] > 1_600_000_000_000 for m in messages), True)

with check("kcat: reading from the middle and from the end"):
    equal(kcat("-C", "-t", topic, "-p", "0", "-o", "1", "-e", "-q"), "v2\n")
    equal(kcat("-C", "-t", topic, "-p", "0", "-o", "-1", "-e", "-q"), "v2\n")

with check("kcat: offsets by time"):
    found = kcat("-Q", "-t", f"{topic}:0:{messages[0]['ts']}")
    equal(found.strip(), f"{topic} [0] offset 0")

with check("kcat: the list names broker, topic and partitions"):
    listed = json.loads(kcat("-L", "-J", "-t", topic))
    equal(len(listed["brokers"]), 1)
    equal([(entry["topic"], len(entry["partitions"])) for entry in listed["topics"]], [(topic, 1)])
    equal(topic in kcat("-L"), True)
end()
