# pip: pyspark-client==4.2.0 pandas==2.3.3
"""Line 11: SQL as an introduction uses it, and what is said about SQL that is wrong.

    python 11_sql.py BINARY
"""

import warnings

warnings.simplefilter("ignore")
from course import Server, check, end, equal  # noqa: E402
from pyspark.errors import AnalysisException, ParseException  # noqa: E402
from pyspark.sql import Row, SparkSession  # noqa: E402

with Server() as server:
    spark = SparkSession.builder.remote(server.remote).getOrCreate()
    sales = [("Aarau", "x", 1), ("Aarau", "y", 2), ("Basel", "x", 3), ("Basel", "x", 4), (None, "y", 5)]
    spark.createDataFrame(sales, ["Town", "what", "n"]).createOrReplaceTempView("Sales")
    spark.createDataFrame([("Aarau", 22), ("Chur", 38)], ["town", "people"]).createOrReplaceTempView("towns")

    def rows(text, **options):
        return [tuple(row) for row in spark.sql(text, **options).collect()]

    QUERIES = [
        ("SELECT town, sum(n) FROM sales GROUP BY town ORDER BY town NULLS LAST", [("Aarau", 3), ("Basel", 7), (None, 5)]),
        ("select TOWN, count(*) as c from SALES where N > 1 group by TOWN having c > 1", [("Basel", 2)]),
        ("SELECT DISTINCT what FROM sales ORDER BY what DESC LIMIT 1", [("y",)]),
        ("SELECT s.town, t.people FROM sales s JOIN towns t ON s.town = t.town WHERE s.n = 1", [("Aarau", 22)]),
        ("SELECT count(*) FROM sales s LEFT JOIN towns t ON s.town = t.town WHERE t.people IS NULL", [(3,)]),
        ("SELECT t.town FROM towns t LEFT ANTI JOIN sales s ON t.town = s.town", [("Chur",)]),
        ("WITH big AS (SELECT * FROM sales WHERE n > 2) SELECT count(*) FROM big", [(3,)]),
        ("SELECT max(n) FROM (SELECT n FROM sales WHERE what = 'x') AS inside", [(4,)]),
        ("SELECT `n` FROM sales WHERE town RLIKE '^B' AND what IN ('x') ORDER BY n", [(3,), (4,)]),
        ("SELECT what, CASE WHEN n < 3 THEN 'few' ELSE 'many' END AS how FROM sales WHERE n BETWEEN 2 AND 3 ORDER BY n",
         [("y", "few"), ("x", "many")]),
        ("SELECT explode(array(1, 2)) AS one", [(1,), (2,)]),
        ("SELECT * FROM VALUES (1, 'a'), (2, 'b') AS v(id, name) WHERE id > 1", [(2, "b")]),
        ("SELECT n, n, n AS m, town AS m FROM sales WHERE n = 1", [(1, 1, 1, "Aarau")]),
        ("SELECT count(*), count(*) FROM sales", [(5, 5)]),
        ("SELECT s.town, w.word FROM sales s LATERAL VIEW explode(split('a b', ' ')) w AS word WHERE n < 2 ORDER BY word",
         [("Aarau", "a"), ("Aarau", "b")]),
        ("SELECT n, x, y FROM sales LATERAL VIEW explode(array(n, 10)) p AS x LATERAL VIEW explode(array(p.x, 0)) q AS y "
         "WHERE n = 1 AND y <> 0", [(1, 1, 1), (1, 10, 10)]),
        ("SELECT town, what, sum(n) FROM sales WHERE n < 3 GROUP BY ROLLUP(town, what) ORDER BY 1, 2",
         [(None, None, 3), ("Aarau", None, 3), ("Aarau", "x", 1), ("Aarau", "y", 2)]),
        ("SELECT transform(filter(array(1, 2, 3), x -> x > 1), (x, i) -> x * 10 + i), exists(array(1), x -> x = 1)",
         [([20, 31], True)]),
        ("SELECT n FROM sales WHERE n = 1 UNION ALL SELECT people FROM towns WHERE people > 30", [(1,), (38,)]),
        ("SELECT town, row_number() OVER (PARTITION BY town ORDER BY n DESC) AS r FROM sales WHERE town = 'Basel'",
         [("Basel", 1), ("Basel", 2)]),
        ("SELECT count(*) FROM sales WHERE n > (SELECT avg(n) FROM sales)", [(2,)]),
        ("SELECT people FROM towns WHERE town IN (SELECT `Town` FROM sales)", [(22,)]),
        ("SELECT count(DISTINCT what), collect_set(what)[0] IS NOT NULL FROM sales", [(2, True)]),
        ("SELECT 1 AS a -- a comment\n, 2 AS b", [(1, 2)]),
        ("SELECT window.start < window.end FROM (SELECT window(timestamp'2024-01-01 00:00:05', '10 seconds') AS window)",
         [(True,)]),
        ("SELECT date_format(timestamp'2024-01-01 00:00:05' + INTERVAL 1 DAY, 'd.M.yyyy')", [("2.1.2024",)]),
    ]
    for text, expected in QUERIES:
        with check(text.replace("\n", " ")):
            equal(rows(text), expected)

    with check("parameters by name and by place"):
        equal(rows("SELECT n FROM sales WHERE town = :town AND n > :least", args={"town": "Basel", "least": 3}), [(4,)])
        equal(rows("SELECT n FROM sales WHERE town = ? AND n < ?", args=["Basel", 4]), [(3,)])
        frame = spark.range(3)
        equal(spark.sql("SELECT count(*) FROM {frame} WHERE id > 0", frame=frame).collect()[0][0], 2)

    with check("views, SHOW, DESCRIBE, SET, EXPLAIN"):
        spark.sql("CREATE OR REPLACE TEMPORARY VIEW big (place, amount) AS SELECT town, n FROM sales WHERE n > 2")
        equal(rows("SELECT amount FROM big WHERE place = 'Basel' ORDER BY 1"), [(3,), (4,)])
        equal(rows("SHOW TABLES"), [("", "big", True), ("", "sales", True), ("", "towns", True)])
        equal(rows("SHOW TABLES LIKE 's*'"), [("", "sales", True)])
        equal(rows("SHOW COLUMNS IN sales"), [("Town",), ("what",), ("n",)])
        equal(rows("DESCRIBE TABLE sales"), [("Town", "string", None), ("what", "string", None), ("n", "bigint", None)])
        equal(rows("SET spark.sql.shuffle.partitions=4"), [("spark.sql.shuffle.partitions", "4")])
        equal(spark.conf.get("spark.sql.shuffle.partitions"), "4")
        equal("Physical Plan" in rows("EXPLAIN SELECT * FROM sales")[0][0], True)
        equal(("upper",) in rows("SHOW FUNCTIONS"), True)
        spark.sql("DROP VIEW big")
        equal(spark.catalog.tableExists("big"), False)
        spark.range(2).createGlobalTempView("everywhere")
        equal(rows("SELECT count(*) FROM global_temp.everywhere"), [(2,)])
        spark.sql("CACHE TABLE sales")
        spark.sql("USE default")

    def wrong(kind, text, *parts):
        """The statement raises this kind of error, and its text has these parts."""
        try:
            spark.sql(text).collect()
        except kind as error:
            for part in parts:
                if part not in str(error):
                    raise AssertionError(f"{part!r} is not in {error}")
            return
        raise AssertionError(f"no error: {text}")

    with check("what is wrong is said in Spark's words"):
        wrong(ParseException, "selec 1", "[PARSE_SYNTAX_ERROR] Syntax error at or near 'selec'. SQLSTATE: 42601",
              "(line 1, pos 0)", "== SQL ==\nselec 1\n^^^")
        wrong(AnalysisException, "SELECT twon FROM sales", "[UNRESOLVED_COLUMN.WITH_SUGGESTION]", "`twon`", "`Town`")
        wrong(AnalysisException, "SELECT * FROM slaes", "[TABLE_OR_VIEW_NOT_FOUND] The table or view `slaes`")
        wrong(AnalysisException, "SELECT uper('a')", "[UNRESOLVED_ROUTINE] Cannot resolve routine `uper`")
        wrong(AnalysisException, "DROP VIEW nothing", "[TABLE_OR_VIEW_NOT_FOUND]")
        wrong(AnalysisException, "CREATE TEMP VIEW sales AS SELECT 1", "[TEMP_TABLE_OR_VIEW_ALREADY_EXISTS]")
        try:
            spark.sql("CREATE TABLE kept (a INT)")
        except Exception as error:
            equal("CREATE TABLE" in str(error) and "TEMPORARY VIEW" in str(error), True)

    with check("Row of a struct, an array and a map by SQL's own access"):
        spark.createDataFrame([Row(s=Row(a=1, b="x"), l=[1, 2], m={"k": 3})]).createOrReplaceTempView("nested")
        equal(rows("SELECT s.a, s.b, l[0], l[5], m['k'], size(l) FROM nested"), [(1, "x", 1, None, 3, 2)])
        equal(spark.sql("SELECT s.* FROM nested").columns, ["a", "b"])
    spark.stop()
end()
