"""Which of PySpark's modules are answered by `millstream_spark` in this process.

The whole PySpark has all of them, for Java; the client alone has some, which cannot be imported without Java, and lacks
the others. A module's own file is not run: its name is given to a module with our classes.
"""

import importlib
import importlib.abc
import importlib.machinery
import sys
import types
from typing import Optional

# PySpark's name -> ours. The names without `core` are those of versions before 4.
MODULES = {
    "pyspark.core.context": "millstream_spark.context",
    "pyspark.core.rdd": "millstream_spark.rdd",
    "pyspark.core.broadcast": "millstream_spark.broadcast",
    "pyspark.core.files": "millstream_spark.files",
    "pyspark.core.status": "millstream_spark.status",
    "pyspark.context": "millstream_spark.context",
    "pyspark.rdd": "millstream_spark.rdd",
    "pyspark.broadcast": "millstream_spark.broadcast",
    "pyspark.files": "millstream_spark.files",
    "pyspark.status": "millstream_spark.status",
    "pyspark.streaming": "millstream_spark.streaming",
    "pyspark.streaming.context": "millstream_spark.streaming.context",
    "pyspark.streaming.dstream": "millstream_spark.streaming.dstream",
    "pyspark.streaming.listener": "millstream_spark.streaming.listener",
    "pyspark.streaming.kinesis": "millstream_spark.streaming.kinesis",
}
# Names that `pyspark` itself has in the whole package, and lacks in the client.
NAMES = {
    "RDD": "millstream_spark.rdd",
    "RDDBarrier": "millstream_spark.rdd",
    "SparkContext": "millstream_spark.context",
    "SparkFiles": "millstream_spark.files",
    "StatusTracker": "millstream_spark.status",
    "SparkJobInfo": "millstream_spark.status",
    "SparkStageInfo": "millstream_spark.status",
    "SparkExecutorInfo": "millstream_spark.status",
    "Broadcast": "millstream_spark.broadcast",
    "SQLContext": "millstream_spark.sql.context",
    "HiveContext": "millstream_spark.sql.context",
}
_CORE = "pyspark.core"


class Loader(importlib.abc.Loader):
    """Gives a module of PySpark's name our module's content."""

    def __init__(self, ours: Optional[str]) -> None:
        self._ours = ours

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        if self._ours is None:
            return
        ours = importlib.import_module(self._ours)
        for name, value in vars(ours).items():
            if not (name.startswith("__") and name != "__all__"):
                module.__dict__.setdefault(name, value)
        module.__doc__ = ours.__doc__


def spec_of(name: str) -> Optional[importlib.machinery.ModuleSpec]:
    """How to import one of these modules; None for all others."""
    ours = MODULES.get(name)
    if ours is not None:
        return importlib.machinery.ModuleSpec(name, Loader(ours), is_package=name == "pyspark.streaming")
    # The client has no such package. Before PySpark itself is there it must stay away: its absence is how PySpark
    # knows that it is the client, and goes without py4j.
    if name == _CORE and getattr(sys.modules.get("pyspark"), "_millstream_ready", False):
        return importlib.machinery.ModuleSpec(name, Loader(None), is_package=True)
    return None


def patch_package(module: types.ModuleType) -> None:
    """After `pyspark` was imported: the names that the client lacks, loaded when they are asked for."""

    def get(name: str) -> object:
        ours = NAMES.get(name)
        if ours is None:
            raise AttributeError(f"module 'pyspark' has no attribute {name!r}")
        value = getattr(importlib.import_module(ours), name)
        setattr(module, name, value)
        return value

    module.__getattr__ = get  # type: ignore[attr-defined]
    module._millstream_ready = True  # type: ignore[attr-defined]
    exported = list(getattr(module, "__all__", ()))
    # `from pyspark import *` takes what programs of the whole package take.
    module.__all__ = exported + [name for name in NAMES if name not in exported and name not in _NOT_STARRED]  # type: ignore[attr-defined]


_NOT_STARRED = ("SQLContext", "HiveContext")
