"""Ends the program when the `millstream` that runs it is gone, also when that was killed and could not say so.

`millstream` holds the writing end of a pipe and writes nothing: reading returns when it has gone.
"""

import os
import signal
import threading


def hold() -> None:
    """Watches the pipe that the environment names, for this process alone."""
    try:
        pipe = int(os.environ.pop("MILLSTREAM_LIFELINE", ""))
        os.set_inheritable(pipe, False)
    except (ValueError, OSError):
        return
    threading.Thread(target=_wait, args=(pipe,), name="millstream-lifeline", daemon=True).start()


def _wait(pipe: int) -> None:
    try:
        os.read(pipe, 1)
    except OSError:
        return
    os.kill(os.getpid(), signal.SIGTERM)
