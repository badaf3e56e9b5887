"""What `millstream pyspark` runs before the first prompt: a session and its context under their usual names."""

import os
import platform
import sys

# The user's own startup file, which this one takes the place of.
_OWN = os.environ.get("MILLSTREAM_OWN_PYTHONSTARTUP")

from pyspark.sql import SparkSession  # noqa: E402

spark = SparkSession.builder.getOrCreate()
sc = spark.sparkContext
sql = spark.sql

print(f"""Millstream, speaking Spark {spark.version}
Python {platform.python_version()} ({sys.executable})
SparkSession available as 'spark', SparkContext as 'sc'.""")

if _OWN and os.path.isfile(_OWN):
    with open(_OWN) as _file:
        exec(compile(_file.read(), _OWN, "exec"))
