"""Three road sensors: a producer each, whose readings go to topic `traffic` with the sensor's name as the key.

    python sensors.py [HOST:PORT [READINGS_A_SECOND]]       0 a second: as fast as it goes
"""

import csv
import pathlib
import sys
from json import dumps
from time import sleep

from kafka import KafkaProducer

BROKER = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9092"
RATE = float(sys.argv[2]) if len(sys.argv) > 2 else 50
DATA = pathlib.Path(__file__).parent / "data"
SENSORS = ["6005", "7578", "t4013"]
BEGIN = "2015-09-08"  # from here on all three report


def readings(sensor):
    """(time, sensor, miles an hour), in the order in which they were taken."""
    with open(DATA / f"speed_{sensor}.csv") as file:
        for row in csv.DictReader(file):
            if row["timestamp"] >= BEGIN:
                yield row["timestamp"], sensor, int(row["value"])


def producer(sensor):
    return KafkaProducer(bootstrap_servers=[BROKER], api_version=(0, 10), client_id=f"sensor-{sensor}",
                         key_serializer=lambda x: x.encode("ascii"),
                         value_serializer=lambda x: dumps(x).encode("ascii"))


producers = {sensor: producer(sensor) for sensor in SENSORS}
everything = sorted(reading for sensor in SENSORS for reading in readings(sensor))
for time, sensor, speed in everything:
    producers[sensor].send("traffic", key=sensor, value={"time": time.replace(" ", "T") + "Z", "speed": speed})
    if RATE > 0:
        sleep(1 / RATE)
for sensor in SENSORS:
    producers[sensor].flush()
print(f"done: {len(everything)} readings sent to topic traffic")
