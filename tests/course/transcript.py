"""Transcripts of Kafka's commands: what was typed, and what was printed.

    $ kafka-topics --list           a command; `--bootstrap-server` is put in where the command takes one, unless the
                                    line says BROKER itself; DATA stands for Kafka's directory
    + plan.json {"version": 1}      a file with one line
    < text                          a line of its standard input
    [1]                             its exit code, if that is not 0
    & kafka-console-consumer ...    a command in the background
    % lab 1                         wait until the group `lab` is stable with 1 member
    & stop                          end what is in the background
    #! line                         a line that is printed here, and not by Kafka's own command
    # remark

Every other line is what the command before it printed on stdout. Ids, times and addresses are replaced by words, so
that two runs print the same.
"""

import pathlib
import re
import shlex
import signal
import subprocess
import time

PATIENCE = 120
NO_BROKER = ("kafka-dump-log", "kafka-storage")


def session(text):
    """The lines of a transcript that are typed, with the standard input of each and what is printed here alone."""
    typed = []
    for line in text.splitlines():
        if line.startswith(("$ ", "& ", "% ", "+ ")):
            typed.append([line, "", []])
        elif line.startswith("< ") or line == "<":
            typed[-1][1] += line[2:] + "\n"
        elif line.startswith("#! "):
            typed[-1][2].append(line)
    return typed


def expected(text):
    """What replaying a transcript with this binary gives."""
    lines = [line.removeprefix("#! ") for line in text.splitlines() if not line.startswith("# ")]
    return "\n".join(lines) + "\n"


def replay(text, command, broker, binary, is_kafka=False, data="DATA"):
    """Types a transcript again. `command(name)` gives the words that run a command, `data` is Kafka's directory;
    returns the new transcript."""
    data = str(pathlib.Path(data).resolve())
    lines, background = [], None
    for typed, stdin, here in session(text):
        lines.append(typed)
        lines += [f"< {line}".rstrip() for line in stdin.splitlines()]
        mark, rest = typed[0], typed[2:]
        rest = rest.replace("DATA", data)
        if mark == "+":
            path, line = rest.split(" ", 1)
            pathlib.Path(path).write_text(line + "\n")
        elif mark == "%":
            await_group(binary, broker, *rest.split())
        elif rest == "stop":
            background.send_signal(signal.SIGTERM)
            background.wait(PATIENCE)
        elif mark == "&":
            background = subprocess.Popen(words(command, rest, broker), stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL)
        else:
            ended = subprocess.run(words(command, rest, broker), input=stdin, capture_output=True, text=True,
                                   timeout=PATIENCE)
            lines += [same(line, broker, data) for line in ended.stdout.splitlines()]
            if ended.returncode:
                lines.append(f"[{ended.returncode}]")
            lines += here if is_kafka else []
    return "\n".join(lines) + "\n"


def words(command, line, broker):
    name, *arguments = shlex.split(line)
    where = [] if name in NO_BROKER or "BROKER" in arguments else ["--bootstrap-server", broker]
    return [*command(name), *where, *(broker if word == "BROKER" else word for word in arguments)]


def await_group(binary, broker, group, members):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        shown = subprocess.run([binary, "kafka-consumer-groups", "--bootstrap-server", broker, "--describe", "--state",
                                "--group", group], capture_output=True, text=True, timeout=PATIENCE).stdout
        if re.search(rf"Stable +{members}$", shown, re.MULTILINE):
            return
        time.sleep(0.1)
    raise AssertionError(f"the group {group} has not become stable: {shown}")


def same(line, broker, data):
    """The line with what differs between two runs replaced, as long as it was."""
    host, port = broker.rsplit(":", 1)
    line = line.replace(data, "DATA")
    line = re.sub(rf"\b(localhost|127\.0\.0\.1)(:|\s+){port}\b", rf"BROKER\g<2>{'9' * len(port)}", line)
    if re.match(r"\d+ (steady state )?records sent|\d{4}-\d\d-\d\d .*, ", line):
        line = re.sub(r"(?<![.\d])\d+\.\d+(?=[ ,]|$)|\b\d+(?= ms)|(?<= )\d+(?=, \d)|[-\d]{10} [:\d]{12}", "N", line)
    line = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
                  "uuid-of-the-member-is-36-letters-xxx", line)
    line = re.sub(r"(TopicId: |directoryId\": \")[A-Za-z0-9_-]{22}", r"\1" + "x" * 22, line)
    line = re.sub(r"((ClusterId|HighWatermark): +)\S+", r"\1xx", line)
    line = re.sub(r"(Cluster ID: )\S+", r"\1xx", line)
    line = re.sub(r"(CreateTime: ?|timestamp\"?: ?|Timestamp\": ?)\d+", r"\1TIME", line)
    line = re.sub(r"(crc: )\d+", r"\1CRC", line)
    line = re.sub(r"(avg_throughput\":)[\d.E]+", r"\1N", line)
    return line
