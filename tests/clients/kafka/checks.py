"""One line a check, as the test command reads them."""

import contextlib
import sys
import time
import traceback
import uuid

_failed = False


@contextlib.contextmanager
def check(name):
    """Prints `ok NAME`, or `FAIL NAME: why` when the block raises."""
    global _failed
    try:
        yield
    except Exception as error:
        _failed = True
        why = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"FAIL {name}: {why}", flush=True)
        traceback.print_exc(file=sys.stderr)
    else:
        print(f"ok {name}", flush=True)


def equal(found, expected):
    """Raises when two values differ, and says how."""
    if found != expected:
        raise AssertionError(f"{found!r:.300} instead of {expected!r:.300}")


def until(holds, seconds, what):
    """Calls `holds` until it says true; raises after `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        # What is waited for needs the processor too.
        time.sleep(0.01)


def fresh(name):
    """A name that no earlier run has used."""
    return f"{name}-{uuid.uuid4().hex[:8]}"


def end():
    """Ends the program: 1 when a check failed."""
    sys.exit(1 if _failed else 0)
