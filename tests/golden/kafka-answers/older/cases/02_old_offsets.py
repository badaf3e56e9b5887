"""ListOffsets 0, which goes by segments: several of them, and how many offsets are wanted."""

import os

from batches import NOW, batch


def cases(k):
    k.topic("os-there", segment_bytes=1048576, retention_ms=-1)
    for _ in range(3):
        k.produce("os-there", batch(os.urandom(600000), b"x"))
    k.topic("os-empty")
    for topic in ("os-there", "os-empty"):
        for time in (-1, -2, 0, NOW, NOW + 10 ** 13):
            for most in (10, 3, 1, 0):
                rows = [{"partition_index": 0, "timestamp": time, "max_num_offsets": most}]
                k.case(f"{topic}: time {time}, at most {most}", "ListOffsets", replica_id=-1, topics=[{"name": topic, "partitions": rows}])
