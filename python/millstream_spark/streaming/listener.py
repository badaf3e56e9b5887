"""StreamingListener, and what it is told. Its events answer by calls, as the Java objects in PySpark do."""

import sys
import time as clock
import traceback
from typing import Any, Optional


class StreamingListener:
    """To be extended: each method is called when the thing of its name happens."""

    def __init__(self) -> None:
        pass

    def onStreamingStarted(self, streamingStarted: Any) -> None:
        pass

    def onReceiverStarted(self, receiverStarted: Any) -> None:
        pass

    def onReceiverError(self, receiverError: Any) -> None:
        pass

    def onReceiverStopped(self, receiverStopped: Any) -> None:
        pass

    def onBatchSubmitted(self, batchSubmitted: Any) -> None:
        pass

    def onBatchStarted(self, batchStarted: Any) -> None:
        pass

    def onBatchCompleted(self, batchCompleted: Any) -> None:
        pass

    def onOutputOperationStarted(self, outputOperationStarted: Any) -> None:
        pass

    def onOutputOperationCompleted(self, outputOperationCompleted: Any) -> None:
        pass


class Facts:
    """Values that are asked for by calling their name."""

    def __init__(self, **values: Any) -> None:
        self._values = values

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._values:
            raise AttributeError(name)
        value = self._values[name]
        return lambda: value


class _Plain(Facts):
    """PySpark has a few values that are fields, not calls."""

    def __init__(self, fields: "dict[str, Any]", **values: Any) -> None:
        super().__init__(**values)
        self.__dict__.update(fields)


class Told:
    """The listeners of a run."""

    def __init__(self, listeners: "list[Any]") -> None:
        self._listeners = listeners

    def tell(self, method: str, event: Any) -> None:
        """A listener that raises is shown and stops nothing."""
        for listener in self._listeners:
            try:
                getattr(listener, method)(event)
            except Exception:
                traceback.print_exc(file=sys.stderr)

    def started(self) -> None:
        self.tell("onStreamingStarted", _Plain({"time": int(clock.time() * 1000)}))

    def notice(self, text: str) -> None:
        info = Facts(streamId=0, name="SocketReceiver-0", active=True, lastErrorMessage=text, lastError=text)
        self.tell("onReceiverError", Facts(receiverInfo=info))

    def batch(self, time: int, records: "dict[int, int]", outputs: int) -> "_Batch":
        return _Batch(self, time, records, outputs)


class _Batch:
    """One batch, as listeners see it: submitted, started, completed."""

    def __init__(self, told: Told, time: int, records: "dict[int, int]", outputs: int) -> None:
        self._told = told
        self._time = time
        self._records = records
        self._submitted = _now()
        self._outputs = {number: [-1, -1, None] for number in range(outputs)}
        told.tell("onBatchSubmitted", Facts(batchInfo=self._info(-1, -1)))
        self._started = _now()
        told.tell("onBatchStarted", Facts(batchInfo=self._info(self._started, -1)))

    def operation_started(self, number: int) -> None:
        self._outputs[number][0] = _now()
        self._told.tell("onOutputOperationStarted", Facts(outputOperationInfo=self._operation(number)))

    def operation_ended(self, number: int, failure: Optional[BaseException]) -> None:
        self._outputs[number][1:] = [_now(), None if failure is None else str(failure)]
        self._told.tell("onOutputOperationCompleted", Facts(outputOperationInfo=self._operation(number)))

    def completed(self) -> None:
        self._told.tell("onBatchCompleted", Facts(batchInfo=self._info(self._started, _now())))

    def _operation(self, number: int) -> Facts:
        start, end, failure = self._outputs[number]
        return Facts(
            batchTime=Facts(milliseconds=self._time),
            id=number,
            name="foreachRDD",
            description="foreachRDD",
            startTime=start,
            endTime=end,
            failureReason=failure,
        )

    def _info(self, start: int, end: int) -> Facts:
        delay = start - self._submitted if start >= 0 else -1
        processing = end - start if end >= 0 else -1
        inputs = {
            number: _Plain({"numRecords": count}, inputStreamId=number, metadata={}, metadataDescription="")
            for number, count in self._records.items()
        }
        return Facts(
            batchTime=Facts(milliseconds=self._time),
            submissionTime=self._submitted,
            processingStartTime=start,
            processingEndTime=end,
            schedulingDelay=delay,
            processingDelay=processing,
            totalDelay=delay + processing if end >= 0 else -1,
            numRecords=sum(self._records.values()),
            streamIdToInputInfo=inputs,
            outputOperationInfos={number: self._operation(number) for number in self._outputs},
        )


def _now() -> int:
    return int(clock.time() * 1000)
