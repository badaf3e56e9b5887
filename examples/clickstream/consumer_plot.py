"""Reads topic `clicks` and plots requests an hour, by status, while they come.

    python consumer_plot.py [HOST:PORT]

Ends by itself after ten seconds without a new message; the last picture is then in consumer_plot.png.
"""

import sys
from collections import Counter, defaultdict
from datetime import datetime
from json import loads
from time import monotonic

import matplotlib.pyplot as plt
from kafka import KafkaConsumer

BROKER = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9092"

consumer = KafkaConsumer("clicks", bootstrap_servers=[BROKER], api_version=(0, 10), auto_offset_reset="earliest",
                         consumer_timeout_ms=10000, value_deserializer=lambda x: loads(x.decode("ascii")))

hits = defaultdict(Counter)  # status -> hour -> requests
plt.ion()
figure, axes = plt.subplots(figsize=(10, 5))


def draw():
    axes.clear()
    for status in sorted(hits):
        hours = sorted(hits[status])
        axes.plot(hours, [hits[status][hour] for hour in hours], marker="o", markersize=3, label=status)
    axes.set_title(f"{sum(sum(counts.values()) for counts in hits.values())} requests")
    axes.set_ylabel("requests an hour")
    axes.legend(title="status")
    figure.autofmt_xdate()
    plt.pause(0.01)


drawn = monotonic()
for message in consumer:
    click = message.value
    hour = datetime.fromisoformat(click["time"]).replace(minute=0, second=0)
    hits[click["status"]][hour] += 1
    if monotonic() - drawn > 0.5:
        draw()
        drawn = monotonic()

draw()
figure.savefig("consumer_plot.png")
for status in sorted(hits):
    print(status, sum(hits[status].values()))
