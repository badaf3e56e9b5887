"""Runs the batches of a started StreamingContext: one thread that listens to the server's clock."""

import sys
import threading
import time as clock
import traceback
from typing import Any, Optional

from millstream_spark.streaming.graph import nodes
from millstream_spark.streaming.listener import Told


class Runner:
    """From `start` to the end of the run."""

    def __init__(self, ssc: Any) -> None:
        self._ssc = ssc
        ssc._sc._assert_running()
        self._connection = ssc._sc._connection
        self._messages = self._connection.messages
        self._id = ssc._sc._opened.id
        self._nodes = nodes(ssc._outputs)
        self._inputs = {node._number: node for node in ssc._inputs}
        self._told = Told(ssc._listeners)
        self._changed = threading.Condition()
        self._failure: Optional[BaseException] = None
        self._ended = False
        self._stopping = False

    def start(self) -> None:
        """Returns when the server has started the clock."""
        ssc = self._ssc
        block = ssc._sc._conf.get("spark.streaming.blockInterval", "0")
        request = self._messages.StartStreamingRequest(
            context_id=self._id,
            batch_ms=ssc._batch,
            inputs=[node.message(self._messages) for node in ssc._inputs],
            block_ms=_milliseconds(block),
            first_batch_ms=ssc._last + ssc._batch if ssc._last else 0,
        )
        self._call = self._connection.stream("StartStreaming", request, "StreamingEvent")
        events = iter(self._call)
        first = next(events)
        if first.WhichOneof("event") == "failed":
            raise RuntimeError(first.failed)
        if not ssc._zero:
            ssc._zero = first.started.zero_ms
        self._told.started()
        self._thread = threading.Thread(target=self._listen, args=(events,), name="millstream-batches", daemon=True)
        self._thread.start()

    def _listen(self, events: Any) -> None:
        try:
            for event in events:
                kind = event.WhichOneof("event")
                if kind == "batch":
                    self._batch(event.batch)
                elif kind == "notice":
                    self._told.notice(event.notice)
                    print(f"millstream: {event.notice}", file=sys.stderr, flush=True)
                elif kind == "failed":
                    self._fail(RuntimeError(event.failed))
        except Exception as error:
            if not self._gone() and not self._stopping:
                self._fail(error)
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _batch(self, batch: Any) -> None:
        if self._gone():
            return
        time = batch.time_ms
        records = {}
        for received in batch.inputs:
            records[received.input_id] = max(0, received.records)
            self._inputs[received.input_id].receive(time, received.node_id, received.partitions)
        info = self._told.batch(time, records, len(self._ssc._outputs))
        for number, output in enumerate(self._ssc._outputs):
            if output.is_due(time) and not self._gone():
                info.operation_started(number)
                info.operation_ended(number, self._output(output, time))
        self._finish(time)
        info.completed()
        if not self._gone():
            request = self._messages.AckBatchRequest(context_id=self._id, time_ms=time)
            self._connection.call("AckBatch", request, "AckBatchResponse")

    def _output(self, output: Any, time: int) -> Optional[BaseException]:
        try:
            output.run(time)
        except Exception as error:
            # A batch that was under way when the program stopped it has not failed.
            if not self._gone():
                self._fail(error)
            return error
        return None

    def _finish(self, time: int) -> None:
        """States are cut off from their past, old RDDs let go, and the checkpoint is written."""
        from millstream_spark.streaming import recovery

        try:
            for node in self._nodes:
                if node.must_checkpoint and node.is_due(time) and not self._gone():
                    node.settle(time)
            for node in self._nodes:
                node.forget(time)
            self._ssc._last = time
            if self._ssc._directory is not None and not self._gone() and self._failure is None:
                recovery.write(self._ssc, self._nodes, time)
        except Exception as error:
            if not self._gone():
                self._fail(error)

    def _gone(self) -> bool:
        """Whether what a batch does no longer matters: the program stopped its SparkContext."""
        return self._ssc._sc._stopped or (self._stopping and not self._graceful)

    _graceful = False

    def _fail(self, error: BaseException) -> None:
        """The first failure is for awaitTermination to raise; the others are shown."""
        with self._changed:
            if self._failure is None:
                self._failure = error
            else:
                traceback.print_exception(type(error), error, error.__traceback__)
            self._changed.notify_all()

    def wait(self, timeout: Optional[float]) -> bool:
        """Whether it ended; raises what failed."""
        end = None if timeout is None else clock.monotonic() + timeout
        with self._changed:
            while not self._ended and self._failure is None:
                left = None if end is None else end - clock.monotonic()
                if left is not None and left <= 0:
                    return False
                self._changed.wait(left)
            if self._failure is not None:
                raise self._failure
            return True

    def stop(self, graceful: bool) -> None:
        """Waits for the end, unless a batch itself asks for it."""
        self._graceful, self._stopping = graceful, True
        if threading.current_thread() is self._thread:
            threading.Thread(target=self._stop, args=(graceful,), daemon=True).start()
            return
        self._stop(graceful)
        self._thread.join()

    def _stop(self, graceful: bool) -> None:
        if self._ended or self._ssc._sc._stopped:
            return
        request = self._messages.StopStreamingRequest(context_id=self._id, graceful=graceful)
        try:
            self._connection.call("StopStreaming", request, "StopStreamingResponse")
        except Exception as error:  # Then there is nothing left to stop.
            print(f"millstream: {error}", file=sys.stderr)
            self._call.cancel()


def _milliseconds(text: str) -> int:
    """`200ms`, `1s`, or a number of milliseconds, as Spark's configuration has it."""
    text = str(text).strip().lower()
    for unit, factor in (("ms", 1), ("s", 1000), ("min", 60000)):
        if text.endswith(unit) and text[: -len(unit)].isdigit():
            return int(text[: -len(unit)]) * factor
    return int(text)
