"""Flink's Kafka connector (`Flink.java`): a copy, exactly once through a failure.

    python flink.py HOST:PORT JARS

JARS holds flink-connector-kafka, flink-connector-base and flink-clients.
"""

import pathlib
import subprocess
import sys
import tempfile

ADDRESS, JARS = sys.argv[1:3]
SOURCE = pathlib.Path(__file__).resolve().parent / "Flink.java"
# Flink's serializers look into Java's own collections.
OPENED = [word for name in ("lang", "util") for word in ("--add-opens", f"java.base/java.{name}=ALL-UNNAMED")]
with tempfile.TemporaryDirectory() as classes:
    subprocess.run(["javac", "-nowarn", "-cp", f"{JARS}/*", "-d", classes, SOURCE], check=True)
    command = ["java", *OPENED, "-XX:TieredStopAtLevel=1", "-cp", f"{classes}:{JARS}/*", "Flink", ADDRESS]
    sys.exit(subprocess.run(command, timeout=600).returncode)
