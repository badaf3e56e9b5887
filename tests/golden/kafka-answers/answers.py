"""Compares a broker's answers with Apache Kafka's, line by line.

    python3 answers.py HOST:PORT [NAME ...]

NAME is a file of `cases/`, without its ending. Prints `ok` or `FAIL` for each; the lines that differ go to standard
error. The broker must be fresh.
"""

import importlib.util
import pathlib
import re
import sys

FOLDER = pathlib.Path(__file__).parent
sys.path[:0] = [str(FOLDER), str(FOLDER.parents[1] / "clients/kafka")]
from checks import check, end
from permitted import PERMITTED
from session import Session


def ranges():
    """Apache Kafka's versions of each API, as recorded."""
    rows = (line.split() for line in (FOLDER / "answers/versions.txt").read_text().splitlines())
    return {name: (int(low), int(high)) for name, low, high in rows}


def files(names):
    return [FOLDER / "cases" / f"{name}.py" for name in names] or sorted((FOLDER / "cases").glob("*.py"))


def run(path, address, versions):
    """The lines of one file of cases."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    session = Session(address, versions)
    module.cases(session)
    session.hang_up()
    return session.lines


def expected(path):
    """Apache Kafka's lines."""
    return (FOLDER / "answers" / f"{path.stem}.txt").read_text().splitlines()


def is_permitted(case, kafka):
    """Whether a case may differ.

    Apache Kafka says UNKNOWN_SERVER_ERROR where an exception of its own was not expected: any other answer is better.
    """
    return case in PERMITTED or "error_code=UNKNOWN_SERVER_ERROR" in kafka


def by_version(lines):
    """What is said to each API, version and case."""
    said = {}
    for line in lines:
        head, answer = line.rsplit(" | ", 1)
        api, _, name = head.partition(" | ")
        api, _, span = api.partition(" ")
        first, _, last = span.partition("-") if span[0].isdigit() else (0, "", 0)
        said |= {(api, version, name): answer for version in range(int(first), int(last or first) + 1)}
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
        if not is_permitted(f"{api} | {name}", kafka) and not agrees(here, kafka):
            rows.setdefault((api, name, kafka, here), []).append(version)
    for (api, name, kafka, here), versions in rows.items():
        span = f"{api} {versions[0]}-{versions[-1]} | {name}"
        yield f"  kafka: {span} | {kafka}\n  here:  {span} | {here}"


def main(address, *names):
    for path in files(names):
        with check(f"{path.stem} answers as Apache Kafka does"):
            differ = list(differences(run(path, address, ranges()), expected(path)))
            print("\n".join(differ), file=sys.stderr)
            if differ:
                raise AssertionError(f"{len(differ)} cases differ, the first: {differ[0]}")
    end()


if __name__ == "__main__":
    main(*sys.argv[1:])
