"""Kinesis: a service of Amazon's, behind Java classes of its own."""

from typing import Any


class InitialPositionInStream:
    LATEST, TRIM_HORIZON = (0, 1)


class MetricsLevel:
    DETAILED, SUMMARY, NONE = (0, 1, 2)


class KinesisUtils:
    @staticmethod
    def createStream(*_: Any, **__: Any) -> Any:
        raise NotImplementedError("KinesisUtils is not supported by Millstream.")
