"""The sessions in this folder typed again: at which broker and with whose commands is up to the caller."""

import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FOLDER = pathlib.Path(__file__).resolve().parent
TESTS = FOLDER.parents[1]
sys.path += [str(TESTS / "course"), str(TESTS / "interop")]
import servers
import transcript

SETTINGS = {
    # As a Millstream server is if nobody says otherwise: `kafka-topics --describe` shows it.
    "log.flush.interval.messages": 1,
    # An old client's transactions may hang.
    "transaction.partition.verification.enable": "false",
}


FORMAT = ["format", "--standalone", "-t", "4L6g3nShT-eMCtK--X86sw", "-c"]


def names():
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


def text(name):
    return (FOLDER / f"{name}.txt").read_text()


def format_flags(name):
    """What a session wants its directory to be formatted with, which its head tells; None if it does not."""
    told = re.search(r"^# Formatted with: (.*)$", text(name), re.MULTILINE)
    return told and told[1].split()


def at_millstream(name, binary, commands):
    """The session as it goes at a Millstream broker."""
    with tempfile.TemporaryDirectory() as folder:
        server = servers.Millstream(binary, f"{folder}/data")
        server.settings = SETTINGS
        if format_flags(name):
            file = servers.Kafka("", f"{folder}/data").command()[-1]
            subprocess.run([binary, "kafka-storage", *FORMAT, file, *format_flags(name)], check=True, capture_output=True)
        return typed(name, server, folder, binary, commands)


def at_kafka(name, jars, binary, commands):
    """The session as it goes at an Apache Kafka broker."""
    with tempfile.TemporaryDirectory() as folder:
        server = servers.Kafka(jars, f"{folder}/data")
        server.settings = SETTINGS
        command = server.command()
        server.command = lambda: command
        storage = ["kafka.tools.StorageTool", *FORMAT, command[-1], *(format_flags(name) or [])]
        subprocess.run([*command[:command.index("kafka.Kafka")], *storage], check=True, capture_output=True)
        return typed(name, server, folder, binary, commands)


def typed(name, server, folder, binary, commands):
    with server, moved(folder), commands as running:
        return transcript.replay(text(name), running, server.address, binary, f"{folder}/data")


@contextlib.contextmanager
def moved(folder):
    """With this working directory, where the files of a session lie."""
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def compare(name, found, is_kafka=False):
    """Raises with the first line that is not the recorded one."""
    wrong = transcript.difference(transcript.expected(text(name), is_kafka), found)
    if wrong:
        raise AssertionError(f"{name}: {wrong}")
