"""What kafka-python's fixtures start their servers with: its source distribution leaves this module out."""

import re
import signal
import subprocess
import threading
import time


class ExternalService:
    def __init__(self, host, port):
        self.host = host
        self.port = port

    def stop(self):
        pass

    def dump_logs(self):
        pass

    def wait_for(self, pattern, timeout=30):
        return True


class SpawnedService:
    """A server as a child; its lines on stdout are kept, so that the fixture can wait for one."""

    def __init__(self, args, env):
        self.args = args
        self.env = env
        self.lines = []
        self.child = None

    def start(self):
        self.child = subprocess.Popen(self.args, env=self.env, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.child.stdout:
            self.lines.append(line)

    def wait_for(self, pattern, timeout=30):
        end = time.monotonic() + timeout
        while time.monotonic() < end and self.child.poll() is None:
            if re.search(pattern, "".join(self.lines), re.IGNORECASE):
                return True
            time.sleep(0.05)
        return False

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        self.child.wait(30)

    def dump_logs(self):
        print("".join(self.lines))
