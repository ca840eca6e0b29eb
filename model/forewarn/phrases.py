"""Known words and pairs of words, found in a batch by their hashes."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from forewarn.features import N_BUCKETS, to_buckets
from forewarn.tokens import is_among


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """Words or pairs to look for: their hashes, ascending, and the buckets they fall in."""

    hashes: NDArray[np.uint64]
    in_bucket: NDArray[np.bool_]

    @classmethod
    def of(cls, hashes: NDArray[np.uint64]) -> Self:
        """Make the words or pairs of these hashes known."""
        in_bucket = np.zeros(N_BUCKETS, np.bool_)
        in_bucket[to_buckets(hashes)] = True
        return cls(np.sort(hashes), in_bucket)

    def find(self, hashes: NDArray[np.uint64], buckets: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where the hashes, which fall in these buckets, are among the known."""
        # The small table finds what may be known; the whole hash says whether it is.
        candidates = np.flatnonzero(self.in_bucket.take(buckets))
        return candidates[is_among(hashes[candidates], self.hashes)]
