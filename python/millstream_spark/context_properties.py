"""SparkContext's settings: log level, checkpoint directory, local properties, job groups and tags."""

import os
import threading
import uuid
from typing import Any, Optional

_LEVELS = ("ALL", "DEBUG", "ERROR", "FATAL", "INFO", "OFF", "TRACE", "WARN")
_GROUP, _DESCRIPTION, _TAGS = "spark.jobGroup.id", "spark.job.description", "spark.job.tags"


class Properties:
    """A thread has its own properties; they go with each of its jobs, and TaskContext shows them to tasks."""

    _threads_own = threading.local()
    _system: "dict[str, str]" = {}

    def setLogLevel(self, logLevel: str) -> None:
        """Spark's own log stays away from this terminal anyway; a wrong level is still an error."""
        if str(logLevel).upper() not in _LEVELS:
            raise ValueError(f"log level {logLevel} is none of {', '.join(_LEVELS)}")

    @classmethod
    def setSystemProperty(cls, key: str, value: str) -> None:
        """There is no Java to have it; `getSystemProperty` answers with it."""
        cls._system[key] = value

    @classmethod
    def getSystemProperty(cls, key: str) -> Optional[str]:
        return cls._system.get(key)

    def setCheckpointDir(self, dirName: str) -> None:
        """A directory of its own below the given one, as Spark makes it."""
        place = os.path.join(self._local_path(dirName), str(uuid.uuid4()))  # type: ignore[attr-defined]
        os.makedirs(place, exist_ok=True)
        self._checkpoint_dir = place

    def getCheckpointDir(self) -> Optional[str]:
        return getattr(self, "_checkpoint_dir", None)

    def _properties(self) -> "dict[str, str]":
        own = self._threads_own
        if not hasattr(own, "values"):
            own.values = {}
        return own.values

    def setLocalProperty(self, key: str, value: Optional[str]) -> None:
        if value is None:
            self._properties().pop(key, None)
        else:
            self._properties()[key] = str(value)

    def getLocalProperty(self, key: str) -> Optional[str]:
        return self._properties().get(key)

    def setJobDescription(self, value: Optional[str]) -> None:
        self.setLocalProperty(_DESCRIPTION, value)

    def setJobGroup(self, groupId: str, description: str, interruptOnCancel: bool = False) -> None:
        self.setLocalProperty(_GROUP, groupId)
        self.setLocalProperty(_DESCRIPTION, description)

    def cancelJobGroup(self, groupId: str) -> None:
        self._jobs.cancel(lambda properties: properties.get(_GROUP) == groupId)

    def cancelAllJobs(self) -> None:
        self._jobs.cancel(lambda properties: True)

    def setInterruptOnCancel(self, interruptOnCancel: bool) -> None:
        """A cancelled job's workers are always ended."""

    def addJobTag(self, tag: str) -> None:
        if not tag or "," in tag:
            raise ValueError(f"a job tag is text without commas, not {tag!r}")
        self.setLocalProperty(_TAGS, ",".join(sorted(self.getJobTags() | {tag})))

    def removeJobTag(self, tag: str) -> None:
        self.setLocalProperty(_TAGS, ",".join(sorted(self.getJobTags() - {tag})))

    def getJobTags(self) -> "set[str]":
        return {tag for tag in (self.getLocalProperty(_TAGS) or "").split(",") if tag}

    def clearJobTags(self) -> None:
        self.setLocalProperty(_TAGS, None)

    def cancelJobsWithTag(self, tag: str) -> None:
        self._jobs.cancel(lambda properties: tag in properties.get(_TAGS, "").split(","))
