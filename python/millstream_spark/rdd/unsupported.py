"""What RDDs of Apache Spark have and these do not: refused with a sentence that names it."""

from typing import Any

from millstream_spark.rdd.base import Base

_HADOOP = "Hadoop's formats need its Java classes; saveAsTextFile, or a DataFrame's write, are what there is."
_REASONS = {
    "saveAsHadoopDataset": _HADOOP,
    "saveAsHadoopFile": _HADOOP,
    "saveAsNewAPIHadoopDataset": _HADOOP,
    "saveAsNewAPIHadoopFile": _HADOOP,
    "saveAsSequenceFile": _HADOOP,
    "barrier": "barrier stages start tasks of several machines together; there is one machine.",
    "withResources": "resource profiles place tasks on several machines; there is one machine.",
    "getResourceProfile": "resource profiles place tasks on several machines; there is one machine.",
    "_jrdd": "there is no Java behind this RDD.",
    "_to_java_object_rdd": "there is no Java behind this RDD.",
}


class Unsupported(Base):
    """An attribute that is not there says why."""

    def __getattr__(self, name: str) -> Any:
        if name in _REASONS:
            raise NotImplementedError(f"RDD.{name} is not supported by Millstream: {_REASONS[name]}")
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
