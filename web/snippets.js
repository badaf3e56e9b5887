/** What to type to send to this cluster and to ask of it, with its true addresses filled in. */

/** @import {Doors} from "./types.js" */

/** @typedef {{title: string, note: string, code: string}} Snippet */

/** A topic's name inside quotes of Python or the shell. Kafka's names need no care, and others are made harmless. */
const safe = (/** @type {string} */ name) => name.replace(/[^A-Za-z0-9._-]/g, "_");

/** @param {Doors} doors @param {string} topic @returns {Snippet[]} */
export function snippets(doors, topic) {
  const name = safe(topic);
  const kafka = doors.kafka ?? "localhost:9092";
  const list = doors.kafka === null ? [] : [kafkaPython(kafka, name), shell(kafka, name)];
  return doors.spark === null || doors.kafka === null ? list : [...list, pyspark(doors.spark, kafka, name)];
}

/** @param {string} kafka @param {string} topic @returns {Snippet} */
const kafkaPython = (kafka, topic) => ({
  title: "kafka-python",
  note: "Sends a record each second. Needs: pip install kafka-python",
  code: `from json import dumps
from time import sleep
from kafka import KafkaProducer

producer = KafkaProducer(
    bootstrap_servers=["${kafka}"],
    value_serializer=lambda x: dumps(x).encode("utf-8"),
)
for n in range(1000):
    producer.send("${topic}", key=b"hello", value={"number": n})
    sleep(1)
`,
});

/** @param {string} kafka @param {string} topic @returns {Snippet} */
const shell = (kafka, topic) => ({
  title: "Shell",
  note: "Each line of standard input becomes a record.",
  code: `echo '{"hello": "stream"}' | millstream produce ${topic} --bootstrap-server ${kafka}
`,
});

/** @param {string} spark @param {string} kafka @param {string} topic @returns {Snippet} */
const pyspark = (spark, kafka, topic) => ({
  title: "PySpark",
  note: "Counts what comes by key, continuously. Needs: pip install pyspark-client",
  code: `from pyspark.sql import SparkSession

spark = SparkSession.builder.remote("sc://${spark}").getOrCreate()
records = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", "${kafka}")
    .option("subscribe", "${topic}")
    .option("startingOffsets", "earliest")
    .load()
)
counts = records.selectExpr("CAST(key AS STRING) AS key").groupBy("key").count()
counts.writeStream.outputMode("complete").format("console").start().awaitTermination()
`,
});
