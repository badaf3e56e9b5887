"""RDD: what a program sees of a distributed list. Each file beside this one holds one family of its methods."""

from millstream_spark.rdd.actions import Actions
from millstream_spark.rdd.base import Base
from millstream_spark.rdd.bykey import ByKey
from millstream_spark.rdd.joins import Joins
from millstream_spark.rdd.keeping import Keeping
from millstream_spark.rdd.lists import Lists
from millstream_spark.rdd.narrow import Narrow
from millstream_spark.rdd.numbers import Numbers
from millstream_spark.rdd.ordering import Ordering
from millstream_spark.rdd.output import Output
from millstream_spark.rdd.partitioning import Partitioner, Partitioning, portable_hash
from millstream_spark.rdd.reductions import Reductions
from millstream_spark.rdd.sampling import Sampling
from millstream_spark.rdd.unsupported import Unsupported

__all__ = ["RDD", "Partitioner", "PipelinedRDD", "RDDBarrier", "portable_hash"]


class RDD(
    Narrow,
    Lists,
    ByKey,
    Joins,
    Ordering,
    Partitioning,
    Sampling,
    Actions,
    Reductions,
    Numbers,
    Keeping,
    Output,
    Unsupported,
    Base,
):
    """Elements in partitions, on the server; computed when an action asks for them."""


# PySpark's name for an RDD that a function was put on; some programs test for it.
PipelinedRDD = RDD


class RDDBarrier:
    """Barrier stages launch all tasks of a stage at once, across machines; there is one machine here."""

    def __init__(self, rdd: RDD) -> None:
        raise NotImplementedError("barrier execution is not supported by Millstream.")
