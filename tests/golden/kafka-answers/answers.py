"""Compares a broker's answers with Apache Kafka's, line by line.

    python3 answers.py [--set SET] HOST:PORT [NAME ...]

SET is one of `sets.py` (`all`), NAME a file of its cases, without the ending. Prints `ok` or `FAIL` for each; the lines
that differ go to standard error. The broker must be fresh and set up as `sets.py` says.
"""

import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parents[1] / "clients/kafka")]
from checks import check, end
from permitted import PERMITTED
from session import Session
from sets import SETS, load


def run(path, address, versions):
    """The lines of one file of cases."""
    session = Session(address, versions)
    load(path).cases(session)
    session.hang_up()
    return session.lines


def is_permitted(api, version, name, kafka):
    """Whether a case may differ.

    Apache Kafka says UNKNOWN_SERVER_ERROR where an exception of its own was not expected: any other answer is better.
    """
    named = (f"{api} | {name}", f"{api} {version} | {name}", f"{api} {version} | *")
    return any(case in PERMITTED for case in named) or "error_code=UNKNOWN_SERVER_ERROR" in kafka


def by_version(lines):
    """What is said to each API, version and case."""
    said = {}
    for line in lines:
        head, answer = line.rsplit(" | ", 1)
        api, _, name = head.partition(" | ")
        api, _, span = api.partition(" ")
        first, _, last = span.partition("-") if span[0].isdigit() else (0, "", 0)
        for version in range(int(first), int(last or first) + 1):
            assert (api, version, name) not in said, f"two cases have the name {api} {version} | {name}"
            said[api, version, name] = answer
    return said


def agrees(found, wanted):
    """A message may be there where Apache Kafka says nothing, in files that do not compare messages' words."""
    parts = (re.escape(part) for part in wanted.split("error_message=null"))
    return re.fullmatch('error_message=(?:null|"<text>")'.join(parts), found) is not None


def differences(found, wanted):
    """Each case that differs, with the versions in which it does in the same way."""
    found, wanted, rows = by_version(found), by_version(wanted), {}
    for api, version, name in sorted({**wanted, **found}):
        here, kafka = (said.get((api, version, name), "nothing") for said in (found, wanted))
        if not is_permitted(api, version, name, kafka) and not agrees(here, kafka):
            rows.setdefault((api, name, kafka, here), []).append(version)
    for (api, name, kafka, here), versions in rows.items():
        span = f"{api} {versions[0]}-{versions[-1]} | {name}"
        yield f"  kafka: {span} | {kafka}\n  here:  {span} | {here}"


def main(*words):
    name, words = (words[1], words[2:]) if words[0] == "--set" else ("all", words)
    asked, (address, *names) = SETS[name], words
    for path in asked.files(names):
        with check(f"{path.stem} answers as Apache Kafka {asked.release} does"):
            differ = list(differences(run(path, address, asked.ranges()), asked.answers(path).read_text().splitlines()))
            print("\n".join(differ), file=sys.stderr)
            if differ:
                raise AssertionError(f"{len(differ)} cases differ, the first: {differ[0]}")
    end()


if __name__ == "__main__":
    main(*sys.argv[1:])
