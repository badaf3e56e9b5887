"""What of an RDD stays once it was computed: in memory (cache, persist), or on disk (checkpoint)."""

import os
from typing import Any, Optional

from millstream_spark.rdd.base import Base
from millstream_spark.rdd.checkpoints import Local, Reliable


class Keeping(Base):
    """cache, persist, checkpoint."""

    def cache(self) -> Any:
        from pyspark.storagelevel import StorageLevel

        return self.persist(StorageLevel.MEMORY_ONLY)

    def persist(self, storageLevel: Any = None) -> Any:
        """Partitions are kept as jobs compute them. Where (memory or disk) is the server's choice."""
        from pyspark.storagelevel import StorageLevel

        storageLevel = storageLevel or StorageLevel.MEMORY_ONLY
        if self._storage is not None and self._storage != storageLevel:
            raise ValueError("Cannot change storage level of an RDD after it was already assigned a level")
        if not self.is_cached:
            self.is_cached, self._storage = True, storageLevel
            self.ctx._jobs.persist(self._plan(), True)
        return self

    def unpersist(self, blocking: bool = False) -> Any:
        # What has no origin any more is let go with its last name.
        if self.is_cached and not self.isLocallyCheckpointed():
            self.ctx._jobs.persist(self._plan(), False)
        self.is_cached, self._storage = False, None
        return self

    def getStorageLevel(self) -> Any:
        from pyspark.storagelevel import StorageLevel

        return self._storage or StorageLevel(False, False, False, False)

    def checkpoint(self) -> None:
        """Written to the checkpoint directory by the first job, and read from there ever after."""
        directory = self.ctx.getCheckpointDir()
        if directory is None:
            raise RuntimeError("Checkpoint directory has not been set in the SparkContext")
        if self._checkpoint is None:
            self._plan()
            self._checkpoint = Reliable(self, os.path.join(directory, f"rdd-{self.id()}"))

    def localCheckpoint(self) -> None:
        """Kept by the server, and its origin forgotten with the first job."""
        if self._checkpoint is None:
            self.persist(self._storage)
            self._checkpoint = Local(self)

    def isCheckpointed(self) -> bool:
        return self.is_checkpointed

    def isLocallyCheckpointed(self) -> bool:
        return isinstance(self._checkpoint, Local)

    def getCheckpointFile(self) -> Optional[str]:
        return f"file:{self._checkpoint.path}" if self.is_checkpointed and self._checkpoint.path else None

    def cleanShuffleDependencies(self, blocking: bool = False) -> None:
        """The server lets shuffles go by itself."""
