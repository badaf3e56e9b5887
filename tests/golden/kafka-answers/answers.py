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


def is_permitted(name):
    """Whether a case may differ: `API VERSIONS | NAME`, of which the versions do not count."""
    api, _, title = name.partition(" | ")
    return f"{api.split()[0]} | {title}" in PERMITTED


def case(line):
    return line.rsplit(" | ", 1)[0]


def agrees(found, wanted):
    """A message may be there where Apache Kafka says nothing, in files that do not compare messages' words."""
    parts = (re.escape(part) for part in wanted.split("error_message=null"))
    return re.fullmatch('error_message=(?:null|"<text>")'.join(parts), found) is not None


def differences(found, wanted):
    found, wanted = ({case(line): line for line in lines} for lines in (found, wanted))
    for name in {**wanted, **found}:
        if not is_permitted(name) and not agrees(found.get(name, ""), wanted.get(name, "")):
            yield f"  kafka: {wanted.get(name, name + ' | nothing')}\n  here:  {found.get(name, name + ' | nothing')}"


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
