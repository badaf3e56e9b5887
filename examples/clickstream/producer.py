"""Replays the log of a web server: one message a request, as JSON, into topic `clicks`.

    python producer.py [HOST:PORT [REQUESTS_A_SECOND]]      0 a second: as fast as it goes
"""

import pathlib
import re
import sys
from datetime import datetime
from json import dumps
from time import sleep

from kafka import KafkaProducer

BROKER = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9092"
RATE = float(sys.argv[2]) if len(sys.argv) > 2 else 100
LOG = pathlib.Path(__file__).with_name("access.log")
LINE = re.compile(r'(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) ([^ ?"]+)[^"]*" (\d{3}) (\d+|-)')


def click(line):
    """The parts of one line of the log that we analyse."""
    client, time, method, page, status, size = LINE.match(line).groups()
    time = datetime.strptime(time, "%d/%b/%Y:%H:%M:%S %z")
    return {"time": time.isoformat(), "client": client, "method": method, "page": page, "status": int(status),
            "bytes": int(size) if size != "-" else 0}


producer = KafkaProducer(bootstrap_servers=[BROKER], api_version=(0, 10),
                         value_serializer=lambda x: dumps(x).encode("ascii"))

sent = 0
with open(LOG) as log:
    for line in log:
        producer.send("clicks", value=click(line))
        sent += 1
        if sent % 1000 == 0:
            print(f"{sent} requests sent")
        if RATE > 0:
            sleep(1 / RATE)
producer.flush()
print(f"done: {sent} requests sent to topic clicks")
