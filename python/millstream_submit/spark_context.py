"""`spark.sparkContext` on a Connect session: the few things that streaming programs ask of it.

Spark Connect has no SparkContext. Programs written for the classic session often use it once, to set the log level;
that and the names and numbers below are answered, everything else is refused with a sentence that names it.
"""

import types
from typing import Any


class SparkContextOfConnect:
    """What stands for the SparkContext of a session."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def setLogLevel(self, logLevel: str) -> None:  # noqa: N802, N803 (PySpark's names)
        """Spark's own log stays away from this terminal anyway; a wrong level is still an error."""
        levels = ("ALL", "DEBUG", "ERROR", "FATAL", "INFO", "OFF", "TRACE", "WARN")
        if str(logLevel).upper() not in levels:
            raise ValueError(f"log level {logLevel} is none of {', '.join(levels)}")

    @property
    def version(self) -> str:
        """The Spark version that the server speaks."""
        return str(self._session.version)

    @property
    def appName(self) -> str:  # noqa: N802
        """The name that the program gave."""
        return str(self._session.conf.get("spark.app.name", "pyspark"))

    @property
    def master(self) -> str:
        """One process on this machine."""
        return "local[*]"

    @property
    def applicationId(self) -> str:  # noqa: N802
        """The session's id."""
        return str(self._session.session_id)

    def stop(self) -> None:
        """Ends the session."""
        self._session.stop()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(
            f"sparkContext.{name} is not supported by Millstream: RDDs are not there; use DataFrames instead."
        )


def patch(module: types.ModuleType) -> None:
    """Gives the Connect session its `sparkContext`."""

    def spark_context(self: Any) -> SparkContextOfConnect:
        return SparkContextOfConnect(self)

    module.SparkSession.sparkContext = property(spark_context)
