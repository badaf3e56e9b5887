"""Memory and processor time of a process and everything that it started, read from the kernel."""

import os
import pathlib
import threading

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def _fields(pid):
    """The fields of stat(5) behind the name, or None when the process is gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def members(root):
    """The ids of `root` and all its descendants."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _fields(entry)):
            children.setdefault(int(fields[1]), []).append(int(entry))
    found, open_ends = [], [root]
    while open_ends:
        found.append(open_ends.pop())
        open_ends += children.get(found[-1], [])
    return found


def memory_mib(pid):
    """Resident memory of one process."""
    fields = _fields(pid)
    return int(fields[21]) * PAGE / 2**20 if fields else 0.0


def program(pid):
    """The name of the file that a process runs, or nothing when it is gone."""
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return ""


class Watch:
    """Samples the tree below `root` until `stop`: greatest memory of the whole and of those that run `server`."""

    def __init__(self, server, *roots):
        self.server, self.roots, self.whole, self.served, self.cpu = server, roots, 0.0, 0.0, 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._ended.wait(0.1):
            self._sample()

    def _sample(self):
        ids = {pid for root in self.roots for pid in members(root)}
        sizes = {pid: memory_mib(pid) for pid in ids}
        self.whole = max(self.whole, sum(sizes.values()))
        self.served = max(self.served, sum(size for pid, size in sizes.items() if program(pid) == self.server))
        used = sum(int(fields[11]) + int(fields[12]) for pid in ids if (fields := _fields(pid)))
        self.cpu = max(self.cpu, used / TICKS)

    def stop(self):
        """Ends the sampling and returns the watch."""
        self._ended.set()
        self._thread.join()
        return self
