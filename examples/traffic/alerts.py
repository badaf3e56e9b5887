"""Prints the alerts that `analysis.py` writes to topic `slow-traffic`.

    python alerts.py [HOST:PORT]

Ends by itself after ten seconds without a new one.
"""

import sys
from collections import Counter
from json import loads

from kafka import KafkaConsumer

BROKER = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9092"

consumer = KafkaConsumer("slow-traffic", bootstrap_servers=[BROKER], api_version=(0, 10), auto_offset_reset="earliest",
                         consumer_timeout_ms=10000, key_deserializer=lambda x: x.decode("ascii"),
                         value_deserializer=lambda x: loads(x.decode("ascii")))
counts = Counter()
for message in consumer:
    alert = message.value
    print(f"{alert['time']}  {alert['name']}: {alert['speed']} mph, slow below {alert['slow_below']}")
    counts[message.key] += 1
print("alerts:", dict(sorted(counts.items())))
