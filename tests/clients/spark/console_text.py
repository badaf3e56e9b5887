"""Reads what Spark's console sink prints."""

import re

RULE = "-" * 43
BATCH = re.compile(rf"^{RULE}\nBatch: (\d+)\n{RULE}\n((?:[+|].*\n)+)\n", re.MULTILINE)


def batches(text):
    """The batches of a text in order: number, and the table's lines."""
    return [(int(number), table.splitlines()) for number, table in BATCH.findall(text)]


def sorted_rows(table):
    """A table with its rows in order; frame and header stay where they are."""
    return table[:3] + sorted(table[3:-1]) + table[-1:]
