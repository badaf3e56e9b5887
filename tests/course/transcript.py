"""Transcripts of Kafka's commands: what was typed, and what was printed.

    $ kafka-topics --list           a command; `--bootstrap-server` is put in where the command takes one, unless the
                                    line says BROKER itself; DATA stands for Kafka's directory
    + plan.json {"version": 1}      a file with one line
    : plan.json text                one more line of that file
    < text                          a line of its standard input
    ! text                          the first line that it printed on stderr
    [1]                             its exit code, if that is not 0
    & kafka-console-consumer ...    a command in the background
    % lab 1                         wait until the group `lab` is stable with 1 member
    & stop                          end what is in the background
    ~ topic                         write a record of a transaction that no coordinator knows into partition 0
    #! line                         a line that is printed here, and not by Kafka's own command
    #- line                         a line that Kafka's own command prints, and this one does not
    ##! line, ##- line              the same where it is the broker that differs, whoever asks it
    # remark

Every other line is what the command before it printed on stdout. `same` names what is replaced by words because two
runs cannot print it alike; what `told` does is about stderr alone, where Kafka's commands print stack traces and help.
"""

import pathlib
import re
import shlex
import signal
import subprocess
import time
from itertools import groupby, zip_longest

import hanging

PATIENCE = 120
# Kafka's console consumer tells everybody of its newer protocol.
NEWS = "The consumer rebalance protocol (KIP-848)"
# It repeats the command line before it says what is wrong.
REPEATED = "Error while executing config command with args "
TYPED = ("$ ", "& ", "% ", "+ ", ": ", "~ ")
NO_BROKER = ("kafka-cluster", "kafka-dump-log", "kafka-server-start", "kafka-server-stop", "kafka-storage")
# Where Kafka prints its log, how it ends is all that can be compared.
ONLY_CODE = ("kafka-server-start",)


def session(text):
    """The lines of a transcript that are typed, with the standard input of each."""
    typed = []
    for line in text.splitlines():
        if line.startswith(TYPED):
            typed.append([line, ""])
        elif line.startswith("< ") or line == "<":
            typed[-1][1] += line[2:] + "\n"
    return typed


def expected(text, is_kafka=False):
    """What replaying a transcript gives at a Millstream broker: with this binary's commands, or with Kafka's own."""
    here, there = ("##! ",), ("##- ",)
    if is_kafka:
        there += ("#! ", "# ")
        lines = [line.removeprefix("#- ") for line in text.splitlines()]
    else:
        there += ("#- ", "# ")
        lines = [line.removeprefix("#! ") for line in text.splitlines()]
    lines = [line.removeprefix("##! ") for line in lines if not line.startswith(there)]
    return "\n".join(lines) + "\n"


def difference(recorded, found):
    """The first line that is not as recorded, with the command before it, or nothing.

    On stderr Kafka's commands may be silent where these give a hint, and each program has words of its own for what is
    wrong with a command line."""
    for was, now in zip_longest(blocks(recorded), blocks(found), fillvalue=["(end)"]):
        said = [line for line in was if line.startswith("! ")]
        if not said or "! (usage)" in was + now:
            now = [line for line in now if not line.startswith("! ")]
            was = [line for line in was if not line.startswith("! ")]
        for one, other in zip_longest(was, now, fillvalue="(end)"):
            if one != other:
                return f"{was[0]}\n  expected: {one}\n  found:    {other}"
    return None


def blocks(text):
    """What is typed, each with what is printed after it."""
    found = [[]]
    for line in text.splitlines():
        if line.startswith(TYPED):
            found.append([])
        found[-1].append(line)
    return found


class Commands:
    """Runs commands as processes of their own. `words(name)` gives the words that run a command."""

    def __init__(self, words):
        self.words = words

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def run(self, name, arguments, stdin):
        """Exit code, stdout and stderr."""
        ended = subprocess.run([*self.words(name), *arguments], input=stdin, capture_output=True, text=True,
                               timeout=PATIENCE)
        return ended.returncode, ended.stdout, ended.stderr

    def start(self, name, arguments):
        return subprocess.Popen([*self.words(name), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def replay(text, commands, broker, binary, data="DATA"):
    """Types a transcript again, in the working directory; `data` is Kafka's directory. Returns the new transcript."""
    data = str(pathlib.Path(data).resolve())
    lines, background = [], None
    for typed, stdin in session(text):
        lines.append(typed)
        lines += [f"< {line}".rstrip() for line in stdin.splitlines()]
        mark, rest = typed[0], typed[2:]
        rest = rest.replace("DATA", data)
        if mark in "+:":
            path, line = rest.split(" ", 1)
            pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
            with open(path, "w" if mark == "+" else "a") as file:
                file.write(line + "\n")
        elif mark == "%":
            await_group(binary, broker, *rest.split())
        elif mark == "~":
            hanging.leave(broker, rest)
        elif rest == "stop":
            background.send_signal(signal.SIGTERM)
            background.wait(PATIENCE)
        elif mark == "&":
            background = commands.start(*words(rest, broker))
        else:
            code, out, err = commands.run(*words(rest, broker), stdin)
            deadline = time.monotonic() + PATIENCE
            while is_passing(rest, out) and time.monotonic() < deadline:
                code, out, err = commands.run(*words(rest, broker), stdin)
            if rest.startswith(ONLY_CODE):
                out, err = "", ""
            lines += settled([same(line, broker, data) for line in without_traces(out).splitlines()])
            lines += [f"! {same(line, broker, data)}".rstrip() for line in told(err)]
            lines += [f"[{code}]"] if code else []
    return "\n".join(lines) + "\n"


def is_passing(line, out):
    """A transaction is ended when PrepareCommit is on disk; CompleteCommit comes by itself, a moment later."""
    return line.startswith("kafka-transactions ") and re.search(r"\bPrepare(Commit|Abort)\b", out)


def words(line, broker):
    """The command's name and its arguments."""
    name, *arguments = shlex.split(line)
    where = [] if name in NO_BROKER or "BROKER" in arguments else ["--bootstrap-server", broker]
    return name, [*where, *(broker if word == "BROKER" else word for word in arguments)]


def await_group(binary, broker, group, members):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        shown = subprocess.run([binary, "kafka-consumer-groups", "--bootstrap-server", broker, "--describe", "--state",
                                "--group", group], capture_output=True, text=True, timeout=PATIENCE).stdout
        if re.search(rf"Stable +{members}$", shown, re.MULTILINE):
            return
        time.sleep(0.1)
    raise AssertionError(f"the group {group} has not become stable: {shown}")


def settled(lines):
    """Kafka's commands tell of partitions in the order of the answers: neighbouring lines of partitions are sorted."""
    runs = groupby(lines, lambda line: line.startswith("partition: "))
    return [line for is_sorted, run in runs for line in (sorted(run) if is_sorted else run)]


def without_traces(out):
    """Some of Kafka's commands print exceptions on stdout, behind a sentence that says the same."""
    exception, frame = r"(?:[a-z]\w*\.)+[A-Z][\w$]*(?:: .*)?\n", r"(?:\tat .*|Caused by: .*|\t\.\.\. \d+ more)\n"
    return re.sub(rf"(?m)^{exception}(?:{frame})+\n?", "", out)


def told(err):
    """The first line of what a command printed on stderr, or nothing.

    What is wrong with a command line is said in each program's own words, with its help behind it: `(usage)`. Of an
    exception's name and a stack trace the message is left; and nobody is sent to a log that is not there."""
    if re.search(r"(?mi)^(usage: |error: .*|Option +Description)", err) and not err.startswith("Error:"):
        return ["(usage)"]
    lines = (line for line in err.splitlines() if line.strip() and not line.startswith((NEWS, REPEATED)))
    line = next(lines, "")
    line = re.sub(r'^Exception in thread "main" ', "", line)
    line = re.sub(r"^([a-z][a-z0-9_]*\.)+[A-Z]\w*(Exception|Error)(: |$)", "", line)
    line = re.sub(r"^([a-z][a-z0-9_]*\.)+[A-Z]\w*(Exception|Error)(: |$)", "", line)
    line = re.sub(r"\.? ?Enable debug logging for additional detail\.$", "", line)
    return [line] if line else []


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
    line = re.sub(r"^[\w-]{22}$|(?<=directory\.id=)[\w-]{22}", "x" * 22, line)
    line = re.sub(r"(CreateTime: ?|timestamp\"?: ?|Timestamp\": ?)\d+", r"\1TIME", line)
    line = re.sub(r"(crc: )\d+", r"\1CRC", line)
    line = re.sub(r"(avg_throughput\":)[\d.E]+", r"\1N", line)
    # Milliseconds since 1970 of this decade and the next.
    line = re.sub(r"\b1[789]\d{11}\b", "TIME-OF-13-CH", line)
    line = re.sub(r"(TIME-OF-13-CH +\t)\d{1,21} *(?=\t +\t$)", r"\1" + "DURATION".ljust(21), line)
    line = re.sub(r"(CONTROLLER://)[^\"]+", r"\1xx", line)
    line = re.sub(r"(Epoch: )\d+$", r"\1xx", line)
    line = re.sub(r"^(1 +\t)[\w-]{22}\t\d+ *\t", r"\1" + "x" * 22 + "\t" + "OFFSET".ljust(12) + "\t", line)
    # The records' times are varints, and make a batch longer or shorter.
    line = re.sub(r"( size: |\"size\":| position: )[1-9]\d*", r"\1N", line)
    line = re.sub(r"(\"topicId\":\")[\w-]{22}", r"\1" + "x" * 22, line)
    return line
