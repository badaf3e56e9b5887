"""What a person types, with a clock beside: a command and the moment at which a certain line of its output came."""

import os
import queue
import signal
import socket
import subprocess
import threading
import time

PATIENCE = 180


class Typed:
    """A command in a session of its own. `line` waits for a line of its output and returns when it came."""

    def __init__(self, *command, **options):
        self.entered = time.monotonic()
        self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                                        **options)
        self.said, self._lines = [], queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put((time.monotonic(), line.rstrip("\n")))
        self._lines.put((time.monotonic(), None))

    def line(self, holds):
        """Seconds from Enter to the first line for which `holds` is true."""
        deadline = time.monotonic() + PATIENCE
        while True:
            came, line = self._lines.get(timeout=max(0.01, deadline - time.monotonic()))
            if line is None:
                raise RuntimeError(f"{self.process.args} ended: " + "\n".join(self.said[-20:]))
            self.said.append(line)
            if holds(line):
                return came - self.entered

    def stop(self):
        """Ends the command and all that it started, and waits for it."""
        for signum in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, signum)
                self.process.wait(20)
                return
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


def run(*command, text=""):
    """Runs a command to its end: the seconds it took, and its output; raises when it fails."""
    began = time.monotonic()
    ended = subprocess.run([str(word) for word in command], input=text, capture_output=True, text=True,
                           timeout=PATIENCE)
    if ended.returncode:
        raise RuntimeError(f"{command} ended with {ended.returncode}: {ended.stdout[-800:]} {ended.stderr[-800:]}")
    return time.monotonic() - began, ended.stdout


def free_port():
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listening(port):
    """Waits until somebody accepts connections on `port`."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.005)
    raise RuntimeError(f"nobody listens on {port}")
