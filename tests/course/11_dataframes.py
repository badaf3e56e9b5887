# pip: pyspark-client==4.2.0 pandas==2.3.3
"""Line 11: expressions and DataFrames as an introduction uses them, against what Apache Spark gave.

    python 11_dataframes.py BINARY
"""

import datetime
import json
import sys
import warnings

warnings.simplefilter("ignore")
from course import ROOT, Server, check, end, equal  # noqa: E402

sys.path.insert(0, str(ROOT / "tests" / "golden"))
from make_expressions import TABLE, run  # noqa: E402
from pyspark.sql import Row, SparkSession, Window  # noqa: E402
from pyspark.sql import functions as F  # noqa: E402

GOLDEN = json.loads((ROOT / "tests" / "golden" / "expressions.json").read_text())
# Expressions that Millstream does not do, or does with another type; each is said in COMPATIBILITY.md.
KNOWN = set((ROOT / "tests" / "golden" / "expressions_not_done.txt").read_text().splitlines())

# The server runs Python functions with this Python.
with Server(python=sys.executable) as server:
    spark = SparkSession.builder.remote(server.remote).getOrCreate()
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.sql(TABLE).createOrReplaceTempView("t")

    with check("expressions of SQL give the names, types and values of Apache Spark"):
        wrong, unexpected = [], []
        for expression, expected in GOLDEN.items():
            if "error" in expected:
                continue
            got = run(spark, expression)
            if got != expected and expression not in KNOWN:
                wrong.append(f"{expression}\n    wanted {expected}\n    got    {got}")
            if got == expected and expression in KNOWN:
                unexpected.append(expression)
        if wrong or unexpected:
            raise AssertionError("\n".join([f"{len(wrong)} differ", *wrong, f"done meanwhile: {unexpected}"]))

    people = spark.createDataFrame(
        [("Ann", 31, 1.5), ("Bob", None, 2.5), ("Cleo", 25, None)], "name string, age int, score double")

    with check("createDataFrame from rows, tuples, dicts and pandas, simple and nested"):
        import pandas

        equal(people.schema.simpleString(), "struct<name:string,age:int,score:double>")
        equal(spark.createDataFrame([Row(a=1, b=[1, 2], c=Row(d="x"))]).collect(), [Row(a=1, b=[1, 2], c=Row(d="x"))])
        equal(spark.createDataFrame([{"a": 1, "m": {"k": 2}}]).collect(), [Row(a=1, m={"k": 2})])
        equal(spark.createDataFrame([(1, "a")], ["id", "v"]).columns, ["id", "v"])
        moment = datetime.datetime(2024, 3, 4, 5, 6, 7)
        equal(spark.createDataFrame([(moment, moment.date(), b"x", True)], ["t", "d", "b", "f"]).collect(),
              [Row(t=moment, d=moment.date(), b=b"x", f=True)])
        frame = pandas.DataFrame({"x": [1, 2], "y": ["a", None]})
        equal(spark.createDataFrame(frame).collect(), [Row(x=1, y="a"), Row(x=2, y=None)])
        equal(spark.createDataFrame([], "a int").collect(), [])

    with check("show, printSchema, columns, dtypes, head, take, first, count, toPandas"):
        equal(people.columns, ["name", "age", "score"])
        equal(people.dtypes, [("name", "string"), ("age", "int"), ("score", "double")])
        equal((people.first().name, [row.name for row in people.head(2)], len(people.take(5))), ("Ann", ["Ann", "Bob"], 3))
        equal([row.name for row in people.tail(1)], ["Cleo"])
        equal(people.toPandas().shape, (3, 3))
        text = people._show_string(20, True, False)
        equal(text, "+----+----+-----+\n|name| age|score|\n+----+----+-----+\n| Ann|  31|  1.5|\n| Bob|NULL|  2.5|\n"
                    "|Cleo|  25| NULL|\n+----+----+-----+\n")
        if "-RECORD 0" not in people._show_string(1, 2, True) or people.isEmpty():
            raise AssertionError("vertical")

    with check("filter, select, withColumn, drop, rename, when, alias"):
        rows = people.filter("age > 26").select("name").collect() + people.where(F.col("age") < 26).select("name").collect()
        equal([row.name for row in rows], ["Ann", "Cleo"])
        made = people.withColumn("next", F.col("age") + 1).withColumnRenamed("name", "who").drop("score")
        equal(made.columns, ["who", "age", "next"])
        sized = people.select(F.when(F.col("age") > 30, "old").otherwise("young").alias("how"))
        equal([row.how for row in sized.collect()], ["old", "young", "young"])
        equal(people.select(F.upper("name"), F.nvl("age", F.lit(0)), people.age * 2, -people.age).columns,
              ["upper(name)", "nvl(age, 0)", "(age * 2)", "(- age)"])
        equal(people.selectExpr("name AS n", "age / 2").columns, ["n", "(age / 2)"])

    with check("dropna, fillna, replace, distinct, dropDuplicates, union"):
        equal(people.dropna().count(), 1)
        equal(people.dropna(subset=["age"]).count(), 2)
        equal(people.fillna(0).filter("age = 0 OR score = 0").count(), 2)
        equal(people.fillna({"age": 7, "name": "x"}).agg(F.min("age")).collect()[0][0], 7)
        equal(people.replace("Ann", "Eve").first().name, "Eve")
        equal(people.union(people).distinct().count(), 3)
        equal(people.union(people).dropDuplicates(["name"]).count(), 3)
        other = spark.createDataFrame([("Dan", "x")], ["name", "extra"])
        equal(people.unionByName(other, allowMissingColumns=True).columns, ["name", "age", "score", "extra"])

    sales = spark.createDataFrame(
        [("a", "x", 1), ("a", "y", 2), ("b", "x", 3), ("b", "x", 4)], ["shop", "what", "n"])

    with check("groupBy, agg, pivot, orderBy, describe, summary"):
        by_shop = sales.groupBy("shop").agg(F.sum("n").alias("s"), F.countDistinct("what").alias("d")).orderBy("shop")
        equal(by_shop.collect(), [Row(shop="a", s=3, d=2), Row(shop="b", s=7, d=1)])
        equal(sales.groupBy("shop").pivot("what", ["x", "y"]).sum("n").orderBy("shop").collect(),
              [Row(shop="a", x=1, y=2), Row(shop="b", x=7, y=None)])
        equal(sales.groupBy("shop").pivot("what").sum("n").columns, ["shop", "x", "y"])
        equal(sales.agg({"n": "max"}).collect()[0][0], 4)
        equal(sales.orderBy(F.desc("n")).first().n, 4)
        equal(sales.groupBy("shop").count().orderBy("shop").collect()[0]["count"], 2)
        described = {row.summary: row.n for row in sales.describe("n").collect()}
        equal(described, {"count": "4", "mean": "2.5", "stddev": "1.2909944487358056", "min": "1", "max": "4"})
        equal([row.summary for row in sales.summary().collect()],
              ["count", "mean", "stddev", "min", "25%", "50%", "75%", "max"])

    with check("rollup and cube: rows over fewer groups, with nulls for the others"):
        def sums(grouped):
            found = [tuple(row) for row in grouped.agg(F.sum("n").alias("s")).collect()]
            return sorted(found, key=lambda row: [("" if cell is None else str(cell)) for cell in row])

        equal(sums(sales.rollup("shop", "what")),
              [(None, None, 10), ("a", None, 3), ("a", "x", 1), ("a", "y", 2), ("b", None, 7), ("b", "x", 7)])
        equal(sums(sales.cube("shop", "what")),
              [(None, None, 10), (None, "x", 8), (None, "y", 2), ("a", None, 3), ("a", "x", 1), ("a", "y", 2),
               ("b", None, 7), ("b", "x", 7)])
        equal(sums(sales.rollup(F.upper("shop"))), [(None, 10), ("A", 3), ("B", 7)])

    with check("functions that take functions: transform, filter, exists, forall, aggregate"):
        lists = spark.createDataFrame([(1, [1, 2, 3], 10), (2, [], 20), (3, None, 30), (4, [4, None], 40)],
                                      "id int, a array<int>, k int")

        def of(column):
            return [row[0] for row in lists.orderBy("id").select(column).collect()]

        equal(of(F.transform("a", lambda x: x + 1)), [[2, 3, 4], [], None, [5, None]])
        equal(of(F.transform("a", lambda x, i: x * F.col("k") + i)), [[10, 21, 32], [], None, [160, None]])
        equal(of(F.filter("a", lambda x: x > 1)), [[2, 3], [], None, [4]])
        equal(of(F.exists("a", lambda x: x > 3)), [False, False, None, True])
        equal(of(F.forall("a", lambda x: x > 3)), [False, True, None, None])
        equal(of(F.aggregate("a", F.lit(0), lambda acc, x: acc + F.coalesce(x, F.lit(0)))), [6, 0, None, 4])
        equal(of(F.aggregate("a", F.col("k"), lambda acc, x: acc + x, lambda acc: acc * 2)), [32, 40, None, None])
        nested = F.transform("a", lambda x: F.aggregate(F.sequence(F.lit(1), x), F.lit(0), lambda acc, y: acc + x * y))
        equal(of(nested)[0], [1, 6, 18])
        equal(lists.select(F.expr("filter(a, x -> x % 2 = 1)")).collect()[0][0], [1, 3])
        equal(lists.select(F.transform("a", lambda x: x + 1)).columns,
              ["transform(a, lambdafunction((namedlambdavariable() + 1), namedlambdavariable()))"])

    with check("joins, and functions over windows"):
        shops = spark.createDataFrame([("a", "Aarau"), ("c", "Chur")], ["shop", "town"])
        equal(sales.join(shops, "shop").count(), 2)
        equal(sales.join(shops, "shop", "left").filter("town IS NULL").count(), 2)
        equal(sales.join(shops, sales.shop == shops.shop, "leftanti").count(), 2)
        window = Window.partitionBy("shop").orderBy("n")
        ranked = sales.withColumn("rank", F.row_number().over(window)).withColumn("sum", F.sum("n").over(window))
        equal([(row.rank, row["sum"]) for row in ranked.orderBy("n").collect()], [(1, 1), (2, 3), (1, 3), (2, 7)])

    with check("cache, checkpoint, explain, sample, range, catalog"):
        equal(people.cache().count(), 3)
        equal(people.localCheckpoint().count(), 3)
        people.explain()
        people.explain(True)
        equal(spark.range(100).sample(1.0).count(), 100)
        equal(spark.range(5).select(F.monotonically_increasing_id().alias("id")).tail(1)[0].id, 4)
        people.createOrReplaceTempView("People")
        equal(spark.catalog.tableExists("people"), True)
        equal([table.name for table in spark.catalog.listTables()], ["people", "t"])
        equal([column.name for column in spark.catalog.listColumns("people")], ["name", "age", "score"])
        equal(spark.table("PEOPLE").count(), 3)
        equal((spark.catalog.dropTempView("people"), spark.catalog.tableExists("people")), (True, False))
        equal(spark.catalog.currentDatabase(), "default")

    with check("Python functions as columns"):
        twice = F.udf(lambda x: None if x is None else 2 * x, "int")
        equal([row[0] for row in people.select(twice("age")).collect()], [62, None, 50])
        spark.udf.register("shout", lambda text: text.upper() + "!")
        equal(spark.sql("SELECT shout('hey') AS x").collect(), [Row(x="HEY!")])
    spark.stop()
end()
