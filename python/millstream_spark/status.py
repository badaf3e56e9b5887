"""StatusTracker: jobs run one after another here, so that none is seen while the program looks."""

from typing import Any, NamedTuple, Optional


class SparkJobInfo(NamedTuple):
    jobId: int
    stageIds: "list[int]"
    status: str


class SparkStageInfo(NamedTuple):
    stageId: int
    currentAttemptId: int
    name: str
    numTasks: int
    numActiveTasks: int
    numCompletedTasks: int
    numFailedTasks: int


class SparkExecutorInfo(NamedTuple):
    host: str
    port: int
    cacheSize: int
    numRunningTasks: int


class StatusTracker:
    """What Apache Spark also answers when nothing runs."""

    def getJobIdsForGroup(self, jobGroup: Optional[str] = None) -> "list[int]":
        return []

    def getJobIdsForTag(self, jobTag: str) -> "list[int]":
        return []

    def getActiveStageIds(self) -> "list[int]":
        return []

    def getActiveJobsIds(self) -> "list[int]":
        return []

    def getJobInfo(self, jobId: int) -> Optional[SparkJobInfo]:
        return None

    def getStageInfo(self, stageId: int) -> Optional[SparkStageInfo]:
        return None

    def getExecutorInfos(self) -> "list[Any]":
        return []
