"""What goes wrong on the server, as exceptions that say it in the user's terms."""

import os
import re
from typing import Any

# Frames of these directories are machinery; what is left of a traceback is the user's.
_OWN = os.path.dirname(os.path.abspath(__file__))
_FRAME = re.compile(r'^  File "([^"]*)", line \d+')


class JobFailed(Exception):
    """A job did not end well. `full_traceback` is the worker's whole text."""

    full_traceback = ""


def of_call(error: Any, where: str) -> Exception:
    """A call that was refused, or did not reach a server."""
    code, text = error.code().name, error.details() or ""
    if code == "UNAVAILABLE":
        return ConnectionError(f"no Millstream server answers on {where}: is it running? (`millstream start`)")
    if code == "UNIMPLEMENTED":
        return NotImplementedError(f"the server on {where} has no RDDs: it is no Millstream, or an older one.")
    if code == "INVALID_ARGUMENT":
        return ValueError(text)
    if code == "CANCELLED":
        return JobFailed("Job cancelled.")
    return JobFailed(text)


def of_job(failed: Any) -> Exception:
    """A job's own end: the user's traceback first of all."""
    text = failed.text.rstrip()
    place = f"Task {failed.partition} in stage {failed.stage}.0" if failed.partition >= 0 else "The job"
    if text.startswith("Traceback"):
        failure: Exception = _python_exception()(f"{place} failed. The function's own traceback:\n{trimmed(text)}")
    else:
        failure = JobFailed(f"Job aborted: {place} failed: {text}" if failed.partition >= 0 else text)
    failure.full_traceback = text  # type: ignore[attr-defined]
    return failure


def _python_exception() -> type:
    """PySpark's class for an exception in a worker, which programs may catch."""
    from pyspark.errors import PythonException

    return type("PythonException", (JobFailed, PythonException), {"__init__": _say, "__str__": lambda self: self.said})


def _say(self: Any, said: str) -> None:
    Exception.__init__(self, said)
    self.said = said


def in_a_worker(condition: str, text: str) -> Exception:
    """PySpark's error for what is there in the program only."""
    from pyspark.errors import PySparkRuntimeError

    try:
        return PySparkRuntimeError(errorClass=condition, messageParameters={})
    except (AssertionError, KeyError, TypeError):  # Older versions name it otherwise, or not at all.
        return PySparkRuntimeError(text)


def trimmed(traceback: str) -> str:
    """The traceback without the frames of PySpark and of this package."""
    kept, skipping = [], False
    for line in traceback.splitlines():
        frame = _FRAME.match(line)
        if frame:
            path = frame.group(1)
            skipping = path.startswith(_OWN) or f"{os.sep}pyspark{os.sep}" in path or "pyspark.zip" in path
        elif not line.startswith("    "):
            skipping = False
        if not skipping:
            kept.append(line)
    return "\n".join(kept)
