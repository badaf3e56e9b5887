"""Spring for Apache Kafka (`Spring.java`): listeners, request and reply, retry topics, transactions.

    python spring.py HOST:PORT JARS

JARS holds spring-kafka.
"""

import pathlib
import subprocess
import sys
import tempfile

ADDRESS, JARS = sys.argv[1:3]
SOURCE = pathlib.Path(__file__).resolve().parent / "Spring.java"
with tempfile.TemporaryDirectory() as classes:
    # Spring finds the arguments of a bean's method by their names.
    subprocess.run(["javac", "-nowarn", "-parameters", "-cp", f"{JARS}/*", "-d", classes, SOURCE], check=True)
    command = ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", f"{classes}:{JARS}/*", "Spring", ADDRESS]
    sys.exit(subprocess.run(command, timeout=600).returncode)
