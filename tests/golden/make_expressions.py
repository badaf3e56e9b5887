"""Runs the expressions of expressions.txt with Apache Spark and writes what came out to expressions.json.

    VENV/bin/python make_expressions.py

VENV holds the whole of PySpark (`pip install pyspark==4.3.0`); Java has to be there. ANSI mode is off, as it is in
Millstream: what cannot be computed is null. An expression that Apache Spark refuses is written with its error class.
"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
TABLE = """
SELECT * FROM VALUES
 (1, 10L, 1.25D, 'abc', TIMESTAMP'2024-03-04 05:06:07.89', DATE'2024-03-04', array(1, 2, 3), array('x', 'y'),
  map('k', 1), named_struct('x', 1, 'y', 'a'), true, 5, 'one,two', '{"a":1,"b":[1,2],"c":{"d":"e"}}', X'616263'),
 (2, 20L, -2.5D, 'b', TIMESTAMP'2023-12-31 23:59:59', DATE'2023-12-31', array(4), array('z'),
  map('j', 2), named_struct('x', 2, 'y', 'b'), false, 6, 'three', '{"a":"t"}', X'62'),
 (3, CAST(NULL AS BIGINT), CAST(NULL AS DOUBLE), CAST(NULL AS STRING), CAST(NULL AS TIMESTAMP), CAST(NULL AS DATE),
  CAST(NULL AS ARRAY<INT>), CAST(NULL AS ARRAY<STRING>), CAST(NULL AS MAP<STRING, INT>),
  CAST(NULL AS STRUCT<x: INT, y: STRING>), CAST(NULL AS BOOLEAN), CAST(NULL AS INT), CAST(NULL AS STRING),
  CAST(NULL AS STRING), CAST(NULL AS BINARY))
AS t(i, l, d, s, ts, dt, a, sa, m, st, b, n, sl, js, bin)
"""


def expressions():
    """The lines of expressions.txt that hold one."""
    lines = (HERE / "expressions.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def plain(value):
    """A value as text that does not depend on how the client makes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{plain(k)}: {plain(v)}" for k, v in sorted(value.items(), key=repr)) + "}"
    if isinstance(value, (bytes, bytearray)):
        return "X'" + bytes(value).hex() + "'"
    if hasattr(value, "asDict"):
        return "(" + ", ".join(f"{k}={plain(v)}" for k, v in zip(value.__fields__, value)) + ")"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(plain(v) for v in value) + "]"
    return f"{value:.12g}" if isinstance(value, float) else repr(value)


def run(spark, expression):
    """Name, type and values of an expression over the table; or the class of the error."""
    return run_all(spark, [expression])[expression]


def run_all(spark, wanted):
    """The same for many. They are asked for together where they agree, which saves the start of many jobs."""
    try:
        frame = spark.sql(f"SELECT {', '.join(wanted)} FROM t")
        rows = frame.collect()
    except Exception as error:  # noqa: BLE001 (whatever Spark raises is what is written down)
        if len(wanted) == 1:
            condition = getattr(error, "getCondition", lambda: None)()
            return {wanted[0]: {"error": condition or type(error).__name__}}
        half = len(wanted) // 2
        return {**run_all(spark, wanted[:half]), **run_all(spark, wanted[half:])}
    return {
        expression: {"name": field.name, "type": field.dataType.simpleString(), "rows": [plain(row[at]) for row in rows]}
        for at, (expression, field) in enumerate(zip(wanted, frame.schema.fields))
    }


def main():
    from pyspark.sql import SparkSession

    conf = {"spark.sql.ansi.enabled": "false", "spark.sql.session.timeZone": "UTC", "spark.ui.enabled": "false"}
    builder = SparkSession.builder.master("local[1]").appName("expressions")
    for key, value in conf.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    spark.sql(TABLE).coalesce(1).createOrReplaceTempView("t")
    wanted = expressions()
    groups = wanted.index("count(*)")
    made = {}
    for part in (wanted[:groups], wanted[groups:]):
        for start in range(0, len(part), 16):
            made.update(run_all(spark, part[start : start + 16]))
    (HERE / "expressions.json").write_text(json.dumps(made, indent=0, ensure_ascii=False) + "\n")
    for expression, result in made.items():
        if "error" in result:
            print(expression, result["error"], file=sys.stderr)
    spark.stop()


if __name__ == "__main__":
    main()
