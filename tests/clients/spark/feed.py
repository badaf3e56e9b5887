"""A line server like `nc -lk`: programs connect, and get the lines that the test sends."""

import socket
import threading


class Feed:
    """Listens on a free port of 127.0.0.1; what was sent before a client came is kept for it."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._clients = []
        self._sent = b""
        self.connected = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                client.sendall(self._sent)
                self._clients.append(client)
            self.connected.set()

    def send(self, *lines):
        data = "".join(f"{line}\n" for line in lines).encode()
        with self._lock:
            self._sent += data
            for client in self._clients:
                client.sendall(data)

    def close(self):
        self._listener.close()
        for client in self._clients:
            client.close()
