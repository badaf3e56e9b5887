"""Random parts of an RDD: PySpark's own samplers, so that a seed gives what it gives there."""

import random
import sys
from math import log, sqrt
from typing import Any, Optional

from millstream_spark.rdd.base import Base


class Sampling(Base):
    """sample, takeSample, randomSplit, sampleByKey."""

    def sample(self, withReplacement: bool, fraction: float, seed: Optional[int] = None) -> Any:
        from pyspark.rddsampler import RDDSampler

        if fraction < 0.0:
            raise ValueError(f"Negative fraction value: {fraction}")
        return self.mapPartitionsWithIndex(RDDSampler(withReplacement, fraction, seed).func, True)

    def randomSplit(self, weights: "list[float]", seed: Optional[int] = None) -> "list[Any]":
        from pyspark.rddsampler import RDDRangeSampler

        total = float(sum(weights))
        bounds = [0.0]
        for weight in weights:
            bounds.append(bounds[-1] + weight / total)
        if seed is None:
            seed = random.randint(0, 2**32 - 1)
        ranges = zip(bounds, bounds[1:])
        return [self.mapPartitionsWithIndex(RDDRangeSampler(low, high, seed).func, True) for low, high in ranges]

    def sampleByKey(self, withReplacement: bool, fractions: "dict[Any, float]", seed: Optional[int] = None) -> Any:
        from pyspark.rddsampler import RDDStratifiedSampler

        if any(fraction < 0.0 for fraction in fractions.values()):
            raise ValueError(f"Negative fraction value in {fractions}")
        sampler = RDDStratifiedSampler(withReplacement, fractions, seed)
        return self.mapPartitionsWithIndex(sampler.func, True)

    def takeSample(self, withReplacement: bool, num: int, seed: Optional[int] = None) -> "list[Any]":
        """Exactly `num` elements, or all there are: sampled a little too many, again if there were too few."""
        deviations = 10.0
        if num < 0:
            raise ValueError("Sample size cannot be negative.")
        if num > sys.maxsize - int(deviations * sqrt(sys.maxsize)):
            raise ValueError(f"Sample size cannot be greater than {sys.maxsize - int(deviations * sqrt(sys.maxsize))}.")
        there = self.count() if num else 0
        if not there:
            return []
        chance = random.Random(seed)
        if not withReplacement and num >= there:
            everything = self.collect()
            chance.shuffle(everything)
            return everything
        fraction = self._computeFractionForSampleSize(num, there, withReplacement)
        drawn = self.sample(withReplacement, fraction, seed).collect()
        while len(drawn) < num:
            seed = chance.randint(0, sys.maxsize)
            drawn = self.sample(withReplacement, fraction, seed).collect()
        chance.shuffle(drawn)
        return drawn[:num]

    @staticmethod
    def _computeFractionForSampleSize(sampleSizeLowerBound: int, total: int, withReplacement: bool) -> float:
        """A fraction that brings enough in all but one of ten thousand draws (Spark's bounds)."""
        fraction = float(sampleSizeLowerBound) / total
        if withReplacement:
            deviations = 9 if sampleSizeLowerBound < 12 else 5
            return fraction + deviations * sqrt(fraction / total)
        gamma = -log(0.00005) / total
        return min(1.0, fraction + gamma + sqrt(gamma * gamma + 2 * gamma * fraction))
