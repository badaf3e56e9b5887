"""A query of one server that reads from and writes to another: topics over the Kafka protocol, not in the process.

    python two_clusters.py BINARY

Starts both servers by itself.
"""

import pathlib
import subprocess
import sys
import tempfile
import warnings

warnings.simplefilter("ignore")
BINARY = sys.argv[1]
ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests" / "course"))
from course import Server, check, end, equal, until
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

PATIENCE = 60
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="millstream-two-"))


def command(*words, text=""):
    """Runs the binary's own command at the other cluster and returns what it printed."""
    done = subprocess.run([BINARY, *words, "-b", OTHER], input=text, capture_output=True, text=True, timeout=PATIENCE)
    if done.returncode != 0:
        raise AssertionError(f"{words}: {done.stderr}")
    return done.stdout


def topic(name, **options):
    reader = spark.readStream.format("kafka").option("kafka.bootstrap.servers", OTHER)
    return reader.options(**options).option(*name).load()


def table(frame, name):
    """Starts a query into a table of this session; gives the query and a function that reads the table."""
    query = frame.writeStream.format("memory").queryName(name).start()
    return query, lambda: sorted(tuple(row) for row in spark.sql(f"SELECT * FROM {name}").collect())


with Server(str(FOLDER / "home")) as home, Server(str(FOLDER / "other")) as other:
    OTHER = other.kafka
    spark = SparkSession.builder.remote(home.remote).getOrCreate()

    with check("what the other cluster holds is read: keys, values, headers, who set the timestamp"):
        command("topic", "create", "words", "--partitions", "1")
        command("topic", "create", "words-stamped", "--partitions", "1", "--config",
                "message.timestamp.type=LogAppendTime")
        for name in ("words", "words-stamped"):
            command("produce", name, "--key-separator", ":", "--header", "from=here", text="a:1\nb:2\n")
        frame = topic(("subscribePattern", "words.*"), startingOffsets="earliest", includeHeaders="true")
        header = F.col("headers").getItem(0).getField("value")
        cells = ["topic", F.col("key").cast("string"), F.col("value").cast("string"), "offset", "timestampType",
                 header.cast("string").alias("header")]
        query, rows = table(frame.select(*cells), "words")
        until(lambda: len(rows()) == 4, PATIENCE, "four records")
        equal(rows(), [("words", "a", "1", 0, 0, "here"), ("words", "b", "2", 1, 0, "here"),
                       ("words-stamped", "a", "1", 0, 1, "here"), ("words-stamped", "b", "2", 1, 1, "here")])

    with check("what comes later is noticed"):
        command("produce", "words", "--key-separator", ":", text="c:3\n")
        until(lambda: len(rows()) == 5, PATIENCE, "a fifth record")
        query.stop()

    with check("a query writes to the other cluster, and nothing to its own"):
        command("topic", "create", "loud")
        frame = topic(("subscribe", "words"), startingOffsets="earliest")
        upper = frame.selectExpr("key", "concat(CAST(value AS STRING), '!') AS value")
        writer = (upper.writeStream.format("kafka").option("kafka.bootstrap.servers", OTHER).option("topic", "loud")
                  .option("checkpointLocation", str(FOLDER / "checkpoint")).start())
        read = command("consume", "loud", "--from-beginning", "--max-messages", "3", "--timeout-ms", "60000")
        equal(sorted(read.split()), ["1!", "2!", "3!"])
        here = subprocess.run([BINARY, "topic", "list", "-b", home.kafka], capture_output=True, text=True)
        equal(here.stdout.split(), [])
        writer.stop()
    # The client tells its server that the session is over, so it comes before the server's end.
    spark.stop()
end()
