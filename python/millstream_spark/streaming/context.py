"""StreamingContext: how often there is a batch, where data comes from, when it runs."""

import os
from typing import Any, Callable, ClassVar, Optional

from millstream_spark.streaming.dstream import DStream
from millstream_spark.streaming.graph import Together, Transformed, nodes
from millstream_spark.streaming.inputs import Queued, Received


class StreamingContext:
    """One graph of DStreams, started once."""

    _activeContext: ClassVar[Optional["StreamingContext"]] = None

    def __init__(self, sparkContext: Any, batchDuration: Optional[float] = None, jssc: Any = None) -> None:
        import warnings

        warnings.warn(
            "DStream is deprecated as of Spark 3.4.0. Migrate to Structured Streaming.", FutureWarning, stacklevel=2
        )
        if not batchDuration or batchDuration <= 0:
            raise ValueError(f"batchDuration is {batchDuration}: a batch lasts longer than that (in seconds)")
        self._sc = sparkContext
        self._batch = int(batchDuration * 1000)
        self._zero = 0
        self._last = 0
        self._outputs: "list[Any]" = []
        self._inputs: "list[Received]" = []
        self._listeners: "list[Any]" = []
        self._directory: Optional[str] = None
        self._least_remembered = 0
        self._runner: Any = None
        self._stopped = False

    @property
    def sparkContext(self) -> Any:
        """The SparkContext that its jobs run in."""
        return self._sc

    # ------------------------------------------------------------ inputs

    def _add_input(self, node: Received) -> int:
        self._inputs.append(node)
        return len(self._inputs)

    def socketTextStream(self, hostname: str, port: int, storageLevel: Any = None) -> DStream:
        """Lines of text that a TCP server sends, such as `nc -lk 9999`."""
        from pyspark.serializers import UTF8Deserializer

        def describe(message: Any) -> None:
            message.socket_text.host = hostname
            message.socket_text.port = int(port)

        return DStream(Received(self, describe, UTF8Deserializer()), self)

    def textFileStream(self, directory: str) -> DStream:
        """Lines of the files that appear in a directory; they are to be moved there whole."""
        from pyspark.serializers import UTF8Deserializer

        return self._watched(directory, 0, UTF8Deserializer())

    def binaryRecordsStream(self, directory: str, recordLength: int) -> DStream:
        """Records of a fixed length, of the files that appear in a directory."""
        from pyspark.serializers import NoOpSerializer

        if recordLength <= 0:
            raise ValueError(f"recordLength is {recordLength}: a record has at least one byte")
        return self._watched(directory, recordLength, NoOpSerializer())

    def _watched(self, directory: str, length: int, read: Any) -> DStream:
        path = self._sc._local_path(directory)

        def describe(message: Any) -> None:
            message.directory.path = path
            message.directory.record_length = length

        return DStream(Received(self, describe, read), self)

    def queueStream(self, rdds: "list[Any]", oneAtATime: bool = True, default: Any = None) -> DStream:
        """RDDs, or lists to be made RDDs, one a batch."""
        from millstream_spark.rdd import RDD

        def as_rdd(given: Any) -> Any:
            return given if isinstance(given, RDD) else self._sc.parallelize(given)

        queue = [as_rdd(given) for given in rdds]
        default = as_rdd(default) if default else None
        return DStream(Queued(self, queue, oneAtATime, default), self)

    def transform(self, dstreams: "list[DStream]", transformFunc: Callable[..., Any]) -> DStream:
        """`transformFunc(rdds)` for each batch, one RDD for each stream."""
        parents = tuple(stream._node for stream in dstreams)
        return DStream(Transformed(self, parents, lambda _, *rdds: transformFunc(list(rdds))), self)

    def union(self, *dstreams: DStream) -> DStream:
        if not dstreams:
            raise ValueError("should have at least one DStream to union")
        if len({stream._node._slide for stream in dstreams}) > 1:
            raise ValueError("All DStreams should have same slide duration")
        return dstreams[0] if len(dstreams) == 1 else DStream(
            Together(self, tuple(stream._node for stream in dstreams)), self
        )

    # ------------------------------------------------------------ settings

    def remember(self, duration: float) -> None:
        """RDDs of each batch stay so many seconds at least."""
        self._least_remembered = int(duration * 1000)

    def checkpoint(self, directory: str) -> None:
        """Where states and the graph itself are kept, so that `getOrCreate` can go on from there."""
        self._directory = self._sc._local_path(directory)
        os.makedirs(self._directory, exist_ok=True)

    def addStreamingListener(self, streamingListener: Any) -> None:
        self._listeners.append(streamingListener)

    # ------------------------------------------------------------ its life

    def _not_started(self, what: str) -> None:
        if self._stopped:
            raise RuntimeError(f"{what} after stopping a context is not supported")
        if self._runner is not None:
            raise RuntimeError(f"{what} after starting a context is not supported")

    def start(self) -> None:
        """Starts clock and receivers; batches run on a thread of their own."""
        from millstream_spark.streaming import recovery
        from millstream_spark.streaming.runner import Runner

        if self._stopped:
            raise RuntimeError("StreamingContext has already been stopped")
        if self._runner is not None:
            return
        active = StreamingContext._activeContext
        if active is not None and active is not self:
            raise RuntimeError("Only one StreamingContext may be started in this process: stop the other one first.")
        self._check()
        if self._directory is not None:
            recovery.pickled(self, {})
        for output in self._outputs:
            output.remember(max(output._slide, self._least_remembered))
        runner = Runner(self)
        runner.start()
        self._runner = runner
        StreamingContext._activeContext = self

    def _check(self) -> None:
        if not self._outputs:
            raise ValueError("requirement failed: No output operations registered, so nothing to execute")
        directory = self._directory or self._sc.getCheckpointDir()
        if directory is None and any(node.must_checkpoint for node in nodes(self._outputs)):
            raise ValueError(
                "requirement failed: The checkpoint directory has not been set. Please set it by "
                "StreamingContext.checkpoint()."
            )

    def awaitTermination(self, timeout: Optional[float] = None) -> None:
        """Until it is stopped, or a batch fails: then the failure is raised here."""
        self.awaitTerminationOrTimeout(timeout)

    def awaitTerminationOrTimeout(self, timeout: Optional[float]) -> bool:
        """Whether it was stopped within so many seconds."""
        if self._runner is None:
            if self._stopped:
                return True
            raise RuntimeError("StreamingContext was not started")
        return self._runner.wait(timeout)

    def stop(self, stopSparkContext: bool = True, stopGraceFully: bool = False) -> None:
        """Ends it; gracefully, what was received is processed first."""
        runner, self._stopped = self._runner, True
        try:
            if runner is not None:
                runner.stop(stopGraceFully)
        finally:
            if StreamingContext._activeContext is self:
                StreamingContext._activeContext = None
            if stopSparkContext:
                self._sc.stop()

    @classmethod
    def getActive(cls) -> Optional["StreamingContext"]:
        """The one that was started and not stopped."""
        return cls._activeContext

    @classmethod
    def getOrCreate(
        cls, checkpointPath: str, setupFunc: Callable[[], "StreamingContext"]
    ) -> "StreamingContext":
        """Goes on from a checkpoint, or makes a new one where there is none."""
        from millstream_spark.streaming import recovery

        recovered = recovery.read(checkpointPath)
        if recovered is not None:
            return recovered
        made = setupFunc()
        made.checkpoint(checkpointPath)
        return made

    @classmethod
    def getActiveOrCreate(
        cls, checkpointPath: Optional[str], setupFunc: Callable[[], "StreamingContext"]
    ) -> "StreamingContext":
        if not callable(setupFunc):
            raise TypeError("setupFunc should be callable.")
        if cls._activeContext is not None:
            return cls._activeContext
        return cls.getOrCreate(checkpointPath, setupFunc) if checkpointPath is not None else setupFunc()

    @property
    def _jssc(self) -> Any:
        """PySpark's own tests stop a context by this name."""
        return _Handle(self)

    def __getstate__(self) -> "dict[str, Any]":
        # For `recovery` only: a function that runs in a worker has no use for a StreamingContext.
        from millstream_spark.streaming import recovery

        return recovery.state_of(self)


class _Handle:
    """What stands for the Java context in PySpark's tests."""

    def __init__(self, context: StreamingContext) -> None:
        self._context = context

    def stop(self, stopSparkContext: bool = True, stopGracefully: bool = False) -> None:
        self._context.stop(stopSparkContext, stopGracefully)
