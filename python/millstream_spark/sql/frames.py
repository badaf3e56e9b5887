"""createDataFrame(rdd), rdd.toDF() and df.rdd: through the program, which has the rows of both sides."""

from typing import Any, Optional


def session_of(context: Any) -> Any:
    """The active session, or one for this SparkContext."""
    from pyspark.sql import SparkSession

    return SparkSession.builder.config(map=dict(context._conf.getAll())).getOrCreate()


def patch_session(module: Any) -> None:
    """The Connect session takes RDDs, and knows its SparkContext."""
    session = module.SparkSession
    create = session.createDataFrame

    def create_data_frame(
        self: Any,
        data: Any,
        schema: Any = None,
        samplingRatio: Optional[float] = None,
        verifySchema: Optional[bool] = None,
    ) -> Any:
        from millstream_spark.rdd import RDD

        if isinstance(data, RDD):
            # What only tells Spark how much to look at: here all rows are looked at, and all are checked.
            return create(self, _rows(data, schema), schema)
        return create(self, data, schema, samplingRatio, verifySchema)

    create_data_frame.__doc__ = create.__doc__
    session.createDataFrame = create_data_frame
    session.sparkContext = property(_spark_context)
    session.stop = _stop_both(session.stop)


def _rows(rdd: Any, schema: Any) -> "list[Any]":
    rows = rdd.collect()
    if not rows and schema is None:
        raise ValueError("RDD is empty: its columns cannot be inferred. Give createDataFrame a schema.")
    return rows


def _spark_context(session: Any) -> Any:
    """Spark Connect has no SparkContext; the program's own, or a new one on the same server, stands for it."""
    from pyspark.conf import SparkConf

    from millstream_spark.context import OfASession, SparkContext

    with SparkContext._lock:
        if SparkContext._active_spark_context is None:
            name = session.conf.get("spark.app.name", None)
            return OfASession(conf=SparkConf(loadDefaults=False).setAppName(name) if name else None)
        return SparkContext._active_spark_context


def _stop_both(stop: Any) -> Any:
    """A session that is stopped takes its SparkContext along, as a classic one does."""

    def stop_both(self: Any) -> None:
        from millstream_spark.context import SparkContext

        stop(self)
        if SparkContext._active_spark_context is not None:
            SparkContext._active_spark_context.stop()

    stop_both.__doc__ = stop.__doc__
    return stop_both


def patch_frame(module: Any) -> None:
    """df.rdd: the rows, brought here and put into as many partitions as the machine has cores."""

    def rdd(self: Any) -> Any:
        rows = self.collect()
        return _spark_context(self.sparkSession).parallelize(rows)

    module.DataFrame.rdd = property(rdd)
    module.DataFrame.foreach = lambda self, f: self.rdd.foreach(f)
    module.DataFrame.foreachPartition = lambda self, f: self.rdd.foreachPartition(f)
