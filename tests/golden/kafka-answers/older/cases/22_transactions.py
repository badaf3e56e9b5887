"""WriteTxnMarkers 0."""

import pathlib

from sets import load

TRANSACTIONS = load(pathlib.Path(__file__).parents[2] / "cases/22_transactions.py")


def cases(k):
    k.topic("om-there", 2)
    k.topic("om-end")
    TRANSACTIONS.markers(k, "om")
    k.case("markers: none", "WriteTxnMarkers")
