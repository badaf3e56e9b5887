"""Apache Kafka's own client and its transactions tool, with both protocols of transactions.

    python transactions.py HOST:PORT JARS

The protocol is what the cluster has finalized: `kafka-features` sets `transaction.version` to 1 and back to 2.
"""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kafka"))
from checks import check, end, equal, fresh, until

ADDRESS, JARS = sys.argv[1:3]
HERE = pathlib.Path(__file__).resolve().parent
JAVA = ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", f"{JARS}/*"]
TOOL = "org.apache.kafka.tools.TransactionsCommand"
FEATURES = "org.apache.kafka.tools.FeatureCommand"


def run(tool, *arguments):
    command = [*JAVA, tool, "--bootstrap-server", ADDRESS, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise AssertionError(f"{tool} {' '.join(arguments)} ended with {done.returncode}: {done.stdout} {done.stderr}")
    return done.stdout


def program(*arguments):
    command = [*JAVA, str(HERE / "Transactions.java"), ADDRESS, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    for line in done.stdout.splitlines():
        if line.startswith(("ok ", "FAIL ")):
            print(line.replace(" ", " Kafka's client, ", 1), flush=True)
    sys.stderr.write(done.stderr)
    if done.returncode != 0:
        raise AssertionError(f"it ended with {done.returncode}")


def rows(text):
    """The tool's table: a dictionary for each line."""
    lines = [re.split(r"\s{2,}|\t", line.strip()) for line in text.splitlines() if line.strip()]
    lines = [line for line in lines if line and not line[0].startswith("Received")]
    return [dict(zip(lines[0], line)) for line in lines[1:]] if lines else []


with check("Kafka's client runs its transactions in the second protocol"):
    program("v2")

with check("Kafka's client runs its transactions in the first protocol"):
    run(FEATURES, "downgrade", "--feature", "transaction.version=1")
    try:
        program("v1")
    finally:
        run(FEATURES, "upgrade", "--feature", "transaction.version=2")

NAME = fresh("left-open")
with check("Kafka's transactions tool lists and describes an open transaction"):
    program("v2", "open", NAME)
    listed = [row for row in rows(run(TOOL, "list")) if row.get("TransactionalId") == NAME]
    equal([row["TransactionState"] for row in listed], ["Ongoing"])
    described = run(TOOL, "describe", "--transactional-id", NAME)
    equal(f"{NAME}-0" in described and "Ongoing" in described, True)
    producers = rows(run(TOOL, "describe-producers", "--topic", NAME, "--partition", "0"))
    equal([row["CurrentTransactionStartOffset"] for row in producers], ["0"])

with check("Kafka's transactions tool finds no transaction that hangs, and forces one to its end"):
    equal(rows(run(TOOL, "find-hanging", "--topic", NAME, "--max-transaction-timeout", "0")), [])
    run(TOOL, "forceTerminateTransaction", "--transactionalId", NAME)
    until(lambda: rows(run(TOOL, "list"))[0] is not None, 30, "the list")
    listed = [row for row in rows(run(TOOL, "list")) if row.get("TransactionalId") == NAME]
    equal("Ongoing" in [row["TransactionState"] for row in listed], False)

with check("Kafka's transactions tool aborts what it is told to"):
    name = fresh("aborted")
    program("v2", "open", name)
    run(TOOL, "abort", "--topic", name, "--partition", "0", "--start-offset", "0")
    producers = rows(run(TOOL, "describe-producers", "--topic", name, "--partition", "0"))
    equal([row["CurrentTransactionStartOffset"] for row in producers], ["None"])
end()
