# pip: pyspark[connect]==4.3.0 kafka-python==2.0.2 matplotlib==3.11.2 nbconvert==7.17.2 ipykernel==7.4.0 findspark==2.0.1
"""Line 9, the traffic lab: `demo traffic` and `examples/traffic/`; every number against the sensors' own files."""

import csv
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import datetime, timedelta

from course import BINARY, PATIENCE, ROOT, Server, check, end, equal, run
from kafka import KafkaConsumer, TopicPartition

LAB = ROOT / "examples" / "traffic"
TABLE = {row["sensor"]: row for row in csv.DictReader(open(LAB / "sensors.csv"))}
QUIET = {**os.environ, "PYTHONWARNINGS": "ignore", "PYSPARK_PYTHON": sys.executable}


def readings(sensor):
    """(time, miles an hour) of a sensor, in the days when all of them report."""
    rows = csv.DictReader(open(LAB / "data" / f"speed_{sensor}.csv"))
    times = ((datetime.fromisoformat(row["timestamp"]), int(row["value"])) for row in rows)
    return [(time, speed) for time, speed in times if time >= datetime(2015, 9, 8)]


ALL = {sensor: readings(sensor) for sensor in TABLE}
BEGIN = "1970-01-01T00:00:00Z"
SLOW = {sensor: [(time, speed) for time, speed in rows if speed < int(TABLE[sensor]["slow_below"])]
        for sensor, rows in ALL.items()}
LAST = max(time for rows in ALL.values() for time, _ in rows)
# Hours that the watermark, an hour behind, has passed once the second round has begun.
OVER = LAST.replace(minute=0) - timedelta(hours=1)


def records(kafka, topic):
    """(key, value) of all records that are in the topic now."""
    consumer = KafkaConsumer(bootstrap_servers=[kafka], key_deserializer=bytes.decode, value_deserializer=json.loads)
    partitions = [TopicPartition(topic, index) for index in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    ends, found = consumer.end_offsets(partitions), []
    while any(consumer.position(partition) < ends[partition] for partition in partitions):
        for batch in consumer.poll(timeout_ms=1000).values():
            found += [(record.key, record.value) for record in batch]
    consumer.close()
    return found


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "")).replace(tzinfo=None)


def newest(view):
    """The last alert that the demo shows."""
    return view["slow_traffic"][0] if view["slow_traffic"] else {"time": BEGIN}


def hours():
    """What each sensor measured in each hour that is over: readings, mean, least and greatest."""
    speeds = defaultdict(list)
    for sensor, rows in ALL.items():
        for time, speed in rows:
            speeds[time.replace(minute=0), sensor].append(speed)
    return {key: (len(all_), round(sum(all_) / len(all_), 6), min(all_), max(all_))
            for key, all_ in speeds.items() if key[0] < OVER}


demo = subprocess.Popen([BINARY, "demo", "traffic", "--json", "--rate", "1000", "--kafka", "127.0.0.1:0", "--spark",
                         "off", "--console", "127.0.0.1:0", "--data-dir", "demo"], stdout=subprocess.PIPE, text=True)
try:
    kafka = json.loads(demo.stdout.readline())["kafka"]
    with check("demo traffic: tables that change, names from the static table, alerts"):
        view = json.loads(demo.stdout.readline())
        row = view["speeds_by_sensor"][0]
        equal((row["name"], row["readings"] > 0), (TABLE[row["sensor"]]["name"], True))
        # A second round has begun in both queries: the watermark of one and an alert of the other are behind the first.
        second = LAST + timedelta(days=1)
        while moment(view["watermark"] or BEGIN) < second or moment(newest(view)["time"]) < second:
            view = json.loads(demo.stdout.readline())
        equal((view["alerts"] >= sum(map(len, SLOW.values())), newest(view)["speed"] < newest(view)["slow_below"]),
              (True, True))
    with check("demo traffic: count, mean, least and greatest of every hour and sensor are the files' own"):
        found = {}
        for key, value in records(kafka, "speeds-by-sensor"):
            start = moment(value["window"]["start"])
            if start < OVER:
                measured = value["readings"], round(value["mean"], 6), value["least"], value["greatest"]
                found[start, key] = measured
        equal(found, hours())
    with check("demo traffic: one alert for each slow reading, with the threshold of its sensor"):
        found = Counter((key, moment(value["time"]), value["speed"], value["slow_below"])
                        for key, value in records(kafka, "slow-traffic") if moment(value["time"]) <= LAST)
        equal(found, Counter((sensor, time, speed, int(TABLE[sensor]["slow_below"]))
                             for sensor, rows in SLOW.items() for time, speed in rows))
    with check("demo traffic: readings are keyed by their sensor, each key in one partition"):
        consumer = KafkaConsumer(bootstrap_servers=[kafka])
        equal(sorted(consumer.partitions_for_topic("traffic")), [0, 1, 2])
        consumer.close()
        equal(sorted({key for key, _ in records(kafka, "traffic")}), sorted(TABLE))
finally:
    demo.terminate()
    demo.wait(PATIENCE)

with Server() as server:
    with check("examples/traffic: a producer a sensor"):
        done = run(sys.executable, LAB / "sensors.py", server.kafka, 0, env=QUIET)
        equal(done, f"done: {sum(map(len, ALL.values()))} readings sent to topic traffic\n")
    with check("examples/traffic: the analysis joins the table, counts every reading and prints hours that are over"):
        printed = run(BINARY, "submit", "--remote", server.remote, LAB / "analysis.py", server.kafka, env=QUIET)
        table = re.findall(r"^ *(\w+) +(\d+) +(\d+) +(\d+)$", printed, re.MULTILINE)
        expected = [(sensor, len(rows), min(speed for _, speed in rows), max(speed for _, speed in rows))
                    for sensor, rows in sorted(ALL.items())]
        equal([(sensor, *map(int, numbers)) for sensor, *numbers in table], expected)
        equal(("Batch: 0" in printed, "Detector T4013" in printed), (True, True))
    with check("examples/traffic: the alerts of its topic"):
        printed = run(sys.executable, LAB / "alerts.py", server.kafka, env=QUIET)
        counts = {sensor: len(rows) for sensor, rows in sorted(SLOW.items())}
        equal(printed.splitlines()[-1], f"alerts: {counts}")
        equal(len(printed.splitlines()) - 1, sum(counts.values()))
end()
