# pip: pyspark-client==4.2.0 pandas==2.3.3
"""Line 7: two queries at once, what they tell of themselves, stop, and a restart from the checkpoint.

    python 07_queries.py BINARY
"""

import os
import socket
import threading
import warnings

warnings.simplefilter("ignore")
from course import Server, check, end, equal, until  # noqa: E402
from pyspark.sql import SparkSession  # noqa: E402
from pyspark.sql import functions as F  # noqa: E402


def soon(holds):
    """Waits until `holds` says true."""
    until(holds, 60, "the queries go on")


class Lines:
    """What `nc -lk PORT` is in the lab: whoever connects gets the lines that are sent."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.sockets = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            self.sockets.append(self.listener.accept()[0])

    def send(self, *lines):
        soon(lambda: self.sockets)
        for each in self.sockets:
            each.sendall("".join(f"{line}\n" for line in lines).encode())


with Server() as server:
    spark = SparkSession.builder.remote(server.remote).getOrCreate()

    with check("two queries at once over one stream, into tables that SQL reads while they run"):
        feed = Lines()
        lines = spark.readStream.format("socket").option("host", "127.0.0.1").option("port", feed.port).load()
        words = lines.select(F.explode(F.split("value", " ")).alias("word"))
        counts = words.groupBy("word").count()
        all_of_them = words.writeStream.queryName("all_words").format("memory").start()
        counted = counts.writeStream.queryName("counted").format("memory").outputMode("complete").start()
        soon(lambda: len(feed.sockets) == 2)
        feed.send("a b a", "c")
        all_of_them.processAllAvailable()
        counted.processAllAvailable()
        soon(lambda: spark.sql("SELECT * FROM all_words").count() == 4)
        soon(lambda: spark.sql("SELECT sum(`count`) AS n FROM counted").collect()[0].n == 4)
        rows = spark.sql("SELECT word, count FROM counted ORDER BY word").toPandas()
        equal(rows.values.tolist(), [["a", 2], ["b", 1], ["c", 1]])
        equal(sorted(query.name for query in spark.streams.active), ["all_words", "counted"])

    with check("status, lastProgress, recentProgress and explain"):
        equal(sorted(counted.status), ["isDataAvailable", "isTriggerActive", "message"])
        progress = counted.lastProgress
        equal(progress["name"], "counted")
        equal(str(progress["id"]), counted.id)
        equal(progress["sink"]["description"], "MemorySink")
        equal(sum(p["numInputRows"] for p in counted.recentProgress), 2)
        equal(progress["stateOperators"][0]["numRowsTotal"], 3)
        if "TextSocket" not in progress["sources"][0]["description"]:
            raise AssertionError(progress["sources"])
        counted.explain()

    with check("awaitTermination with a time, stop, and awaitAnyTermination"):
        equal(counted.awaitTermination(0.1), False)
        counted.stop()
        equal((counted.isActive, counted.awaitTermination(5), counted.exception()), (False, True, None))
        equal(spark.streams.awaitAnyTermination(5), True)
        all_of_them.stop()
        equal(spark.streams.active, [])
        equal(counted.status["message"], "Stopped")

    with check("a query goes on from its checkpoint, with its state"):
        def start():
            rate = spark.readStream.format("rate").option("rowsPerSecond", 50).load()
            groups = rate.groupBy((F.col("value") % 2).alias("odd")).count()
            writer = groups.writeStream.queryName("parity").format("memory").outputMode("complete")
            return writer.option("checkpointLocation", os.path.abspath("checkpoint")).start()

        def total():
            return spark.sql("SELECT coalesce(sum(`count`), 0) AS n FROM parity").collect()[0].n

        first = start()
        soon(lambda: total() > 20)
        first.stop()
        before, batch = total(), first.lastProgress["batchId"]
        second = start()
        soon(lambda: second.lastProgress and total() > before)
        equal(second.id == first.id, True)
        equal(second.runId == first.runId, False)
        equal(second.lastProgress["batchId"] > batch, True)
        second.stop()

    with check("a query that fails says so everywhere"):
        closed = socket.create_server(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        closed.close()
        wrong = spark.readStream.format("socket").option("host", "127.0.0.1").option("port", port).load()
        query = wrong.writeStream.format("noop").start()
        soon(lambda: not query.isActive)
        if str(port) not in str(query.exception()):
            raise AssertionError(query.exception())

    with check("a listener hears of start, progress and end"):
        from pyspark.sql.streaming import StreamingQueryListener

        class Listener(StreamingQueryListener):
            heard = []

            def onQueryStarted(self, event):
                self.heard.append(("started", event.name))

            def onQueryProgress(self, event):
                self.heard.append(("progress", event.progress.name))

            def onQueryIdle(self, event):
                pass

            def onQueryTerminated(self, event):
                self.heard.append(("terminated", event.exception))

        listener = Listener()
        spark.streams.addListener(listener)
        rate = spark.readStream.format("rate").option("rowsPerSecond", 50).load()
        query = rate.writeStream.queryName("heard").format("noop").start()
        soon(lambda: ("progress", "heard") in listener.heard)
        query.stop()
        soon(lambda: ("terminated", None) in listener.heard)
        # The client tells of the start itself, all else comes from the server: in this order, however fast a batch is.
        equal(listener.heard[0], ("started", "heard"))
        listener.heard.clear()
        for number in range(5):
            again = rate.writeStream.queryName(f"again{number}").format("noop").trigger(once=True).start()
            soon(lambda: ("terminated", None) in listener.heard)
            equal(listener.heard[0], ("started", f"again{number}"))
            equal(again.exception(), None)
            listener.heard.clear()
        spark.streams.removeListener(listener)
    spark.stop()
end()
