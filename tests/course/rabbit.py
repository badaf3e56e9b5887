"""A RabbitMQ server of the test's own: a child process in the working directory, on free ports."""

import os
import pathlib
import signal
import socket
import subprocess
import time

import pika

SCRIPTS = pathlib.Path("/usr/lib/rabbitmq/bin")
USER, PASSWORD = "lab", "s3cret"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Rabbit:
    """One node. `kill` and `start` again keep its data, as `stop` and `start` do."""

    def __init__(self, name="rabbit"):
        self.base = pathlib.Path(name).resolve()
        self.base.mkdir()
        self.port, self.names = free_port(), free_port()
        plugins, config = self.base / "enabled_plugins", self.base / "rabbitmq.conf"
        plugins.write_text("[].\n")
        config.write_text(f"listeners.tcp.1 = 127.0.0.1:{self.port}\ndefault_user = {USER}\n"
                          f"default_pass = {PASSWORD}\nloopback_users = none\nlog.console = false\n"
                          "consumer_timeout = 3000\n")
        self.environment = os.environ | {
            "HOME": str(self.base),
            "ERL_EPMD_PORT": str(self.names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"{name}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(self.base / "data"),
            "RABBITMQ_LOG_BASE": str(self.base / "log"),
            "RABBITMQ_CONFIG_FILE": str(config),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(self.base / "generated"),
            "RABBITMQ_PID_FILE": str(self.base / "pid"),
            # Late acknowledgements are looked for every second, not every minute.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none +A 16 -rabbit channel_tick_interval 1000",
        }
        self.epmd = subprocess.Popen(["epmd", "-port", str(self.names), "-address", "127.0.0.1"],
                                     stdin=subprocess.DEVNULL)
        self.process = None
        self.start()

    def start(self):
        with open(self.base / "output", "a") as output:
            self.process = subprocess.Popen([SCRIPTS / "rabbitmq-server"], env=self.environment, stdout=output,
                                            stderr=output, stdin=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + 180
        while True:
            try:
                self.connect().close()
                return
            except (pika.exceptions.AMQPError, OSError) as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"RabbitMQ does not start: {error!r}, {self.base}/output") from error
                time.sleep(0.2)

    def kill(self):
        """SIGKILL, to the node and what it started."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()
        self.epmd.kill()
        self.epmd.wait()

    def connect(self):
        credentials = pika.PlainCredentials(USER, PASSWORD)
        return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", self.port, credentials=credentials))

    def declare(self, queue, kind="classic"):
        """Makes a durable queue of this kind."""
        with self.connect() as connection:
            connection.channel().queue_declare(queue, durable=True, arguments={"x-queue-type": kind})

    def publish(self, queue, bodies, **properties):
        """Publishes to a queue; returns when the server has confirmed."""
        with self.connect() as connection:
            channel = connection.channel()
            channel.confirm_delivery()
            for body in bodies:
                channel.basic_publish("", queue, body, pika.BasicProperties(delivery_mode=2, **properties))

    def ready(self, queue):
        """How many messages wait to be delivered."""
        with self.connect() as connection:
            return connection.channel().queue_declare(queue, passive=True).method.message_count

    def left(self, queue, seconds=60):
        """How many messages wait once nobody reads the queue any more: then what was not acknowledged is back in it."""
        deadline = time.monotonic() + seconds
        with self.connect() as connection:
            channel = connection.channel()
            while (found := channel.queue_declare(queue, passive=True).method).consumer_count:
                if time.monotonic() > deadline:
                    raise AssertionError(f"{queue} still has {found.consumer_count} consumers")
                connection.sleep(0.1)
        return found.message_count

    def take(self, queue, count, seconds=60):
        """So many messages, acknowledged: (properties, routing key, body) of each."""
        taken = []
        deadline = time.monotonic() + seconds
        with self.connect() as connection:
            channel = connection.channel()
            while len(taken) < count and time.monotonic() < deadline:
                method, properties, body = channel.basic_get(queue, auto_ack=True)
                if method:
                    taken.append((properties, method.routing_key, body))
                else:
                    connection.sleep(0.05)
        return taken

    def options(self, **more):
        """What a reader or writer is told of this server."""
        return {"host": "127.0.0.1", "port": str(self.port), "user": USER, "password": PASSWORD, **more}
