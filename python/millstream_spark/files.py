"""SparkFiles: where addFile put its copies, for the program and for workers."""

import os
from typing import Any, ClassVar, Optional


class SparkFiles:
    """PySpark's worker sets the directory; in the program SparkContext does."""

    _root_directory: ClassVar[Optional[str]] = None
    _is_running_on_worker: ClassVar[bool] = False
    _sc: ClassVar[Any] = None

    @classmethod
    def get(cls, filename: str) -> str:
        return os.path.abspath(os.path.join(cls.getRootDirectory(), filename))

    @classmethod
    def getRootDirectory(cls) -> str:
        if cls._root_directory is None:
            raise RuntimeError("SparkFiles needs a SparkContext: make one first.")
        return cls._root_directory
