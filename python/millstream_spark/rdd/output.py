"""RDDs to files, and to DataFrames."""

from typing import Any, Iterable, Iterator, Optional

from millstream_spark.rdd.base import Base


class Output(Base):
    """saveAsTextFile, saveAsPickleFile, toDF."""

    def saveAsTextFile(self, path: str, compressionCodecClass: Optional[str] = None) -> None:
        """A file for each partition, a line for each element."""
        from pyspark.serializers import NoOpSerializer

        if compressionCodecClass is not None:
            raise NotImplementedError("saveAsTextFile(compressionCodecClass=...) is not supported by Millstream.")
        lines = self._apply(lambda _, iterator: _encoded(iterator), write=NoOpSerializer())
        self.ctx._assert_running()
        self.ctx._jobs.save_as_text(lines._plan(), self.ctx._local_path(path))

    def saveAsPickleFile(self, path: str, batchSize: int = 10) -> None:
        """In the form that checkpoints have: `SparkContext.pickleFile` reads it, Apache Spark does not."""
        import os

        from pyspark.serializers import AutoBatchedSerializer, BatchedSerializer, CPickleSerializer

        place = self.ctx._local_path(path)
        if os.path.exists(place):
            raise FileExistsError(f"Output directory {path} already exists")
        plain = CPickleSerializer()
        batched = AutoBatchedSerializer(plain) if batchSize == 0 else BatchedSerializer(plain, batchSize)
        self.ctx._assert_running()
        self.ctx._jobs.save_partitions(self._apply(lambda _, iterator: iterator, write=batched)._plan(), place)

    def toDF(self, schema: Any = None, sampleRatio: Optional[float] = None) -> Any:
        """As a DataFrame of the active session."""
        from millstream_spark.sql.frames import session_of

        return session_of(self.ctx).createDataFrame(self, schema, sampleRatio)


def _encoded(iterator: Iterable[Any]) -> Iterator[bytes]:
    for element in iterator:
        if not isinstance(element, (str, bytes)):
            element = str(element)
        yield element.encode("utf-8") if isinstance(element, str) else element
