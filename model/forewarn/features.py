"""Hashed n-grams of a batch: for every token its word, its stem and its pair with the next word.

Three features a token, each a bucket of one table of weights. Words are compared by their first
sixteen symbols and stems by their first `_STEM`, both read as 64-bit numbers straight from the
symbols, so there is no loop over tokens or characters. Multiply-add hashing of whole machine
words is after Dietzfelbinger et al. (1997), "A reliable randomized algorithm for the
closest-pair problem", doi:10.1006/jagm.1997.0873.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forewarn.tokens import TokenBatch, eight_symbols

BUCKET_BITS = 18
N_BUCKETS = 1 << BUCKET_BITS
FEATURES_PER_TOKEN = 3
WORD, STEM, PAIR = range(FEATURES_PER_TOKEN)

_STEM = 5  # the prefix that "bleed", "bleeding" and "bleeds" share

# Odd constants of full entropy: the golden ratio's, and xxHash64's primes.
_GOLDEN, _P1, _P2, _P3, _P4 = (
    np.uint64(number)
    for number in (
        0x9E3779B97F4A7C15,
        0x9E3779B185EBCA87,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0x85EBCA77C2B2AE63,
    )
)
_STEM_MASK = np.uint64((1 << 8 * _STEM) - 1)
_FOLD, _TO_BUCKET = np.uint64(32), np.uint64(64 - BUCKET_BITS)


def token_hashes(batch: TokenBatch) -> NDArray[np.uint64]:
    """Hash every token's word, its stem and its pair with the next word.

    Parameters
    ----------
    batch : TokenBatch

    Returns
    -------
    ndarray of uint64, shape (3, n_tokens)
        Rows `WORD`, `STEM` and `PAIR`. The last token of a sentence is paired with its end.
    """
    starts = batch.starts
    sizes = batch.ends - starts
    first = eight_symbols(batch.symbols, starts, sizes)
    second = np.zeros_like(first)
    long = np.flatnonzero(sizes > 8)  # one word in ten
    second[long] = eight_symbols(batch.symbols, starts[long] + 8, sizes[long] - 8)

    hashes = np.empty((FEATURES_PER_TOKEN, len(starts)), np.uint64)
    word, stem, pair = hashes
    np.multiply(first, _GOLDEN, out=word)
    word ^= word >> _FOLD
    word += second * _P1
    word *= _P2
    word ^= word >> _FOLD

    np.multiply(first & _STEM_MASK, _P3, out=stem)
    stem ^= stem >> _FOLD
    stem *= _P4

    following = np.zeros_like(word)
    following[:-1] = word[1:]
    following[batch.sentences[1:] - 1] = 0
    np.multiply(word, _P3, out=pair)
    pair += following
    pair *= _GOLDEN
    pair ^= pair >> _FOLD
    pair *= _P1

    word *= _P4
    return hashes


def to_buckets(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the buckets, below `N_BUCKETS`, that hashes fall in: their highest bits."""
    return (hashes >> _TO_BUCKET).view(np.int64)


def token_buckets(batch: TokenBatch) -> NDArray[np.int64]:
    """Return the buckets of every token's word, stem and pair with the next word.

    Parameters
    ----------
    batch : TokenBatch

    Returns
    -------
    ndarray of int64, shape (3, n_tokens)
        Bucket numbers below `N_BUCKETS`.
    """
    return to_buckets(token_hashes(batch))


@dataclass(frozen=True, slots=True)
class Entries:
    """The distinct buckets of each group of a batch: sparse rows without their values.

    Attributes
    ----------
    bounds : ndarray of int64, shape (n_groups + 1,)
        Where each group's entries start, then their number. No group is empty.
    buckets : ndarray of int64, shape (n_entries,)
        Distinct buckets of each group, ascending.
    repeats : ndarray of int64, shape (n_entries,)
        How often each occurs in its group.
    """

    bounds: NDArray[np.int64]
    buckets: NDArray[np.int64]
    repeats: NDArray[np.int64]

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Number of distinct buckets of each group."""
        return self.bounds[1:] - self.bounds[:-1]

    @property
    def owners(self) -> NDArray[np.int64]:
        """Group of each entry."""
        return np.repeat(np.arange(len(self.bounds) - 1), self.sizes)


def distinct_buckets(buckets: NDArray[np.int64], groups: NDArray[np.int64]) -> Entries:
    """Find the distinct buckets of each group.

    Parameters
    ----------
    buckets : ndarray of int64, shape (..., n)
        Bucket numbers.
    groups : ndarray of int64, shape (n,)
        Group of each column, ascending from 0 with none left out.

    Returns
    -------
    Entries
    """
    if not len(groups):
        return Entries(np.zeros(1, np.int64), np.empty(0, np.int64), np.empty(0, np.int64))
    n_groups = int(groups[-1]) + 1
    # Half as wide keys sort twice as fast; they suffice for any batch but of very short sentences.
    width = np.uint32 if n_groups < 1 << (32 - BUCKET_BITS) else np.uint64
    keys: NDArray[Any] = np.bitwise_or(
        groups << BUCKET_BITS, buckets, dtype=width, casting="unsafe"
    ).ravel()
    keys.sort()
    changes = np.empty(len(keys) + 1, np.bool_)
    changes[0] = changes[-1] = True
    np.not_equal(keys[1:], keys[:-1], out=changes[1:-1])
    edges = np.flatnonzero(changes)
    distinct = keys.take(edges[:-1])
    openings = np.left_shift(np.arange(n_groups + 1, dtype=width), BUCKET_BITS, dtype=width)
    return Entries(
        distinct.searchsorted(openings),
        (distinct & width(N_BUCKETS - 1)).astype(np.int64),
        edges[1:] - edges[:-1],
    )


def unit_length(entries: Entries) -> NDArray[np.float32]:
    """Return sub-linear counts, each group scaled to unit Euclidean length.

    Parameters
    ----------
    entries : Entries

    Returns
    -------
    ndarray of float32, shape (n_entries,)
        ``log(1 + repeats)`` over the root of the group's sum of squares.
    """
    values = _LOG1P.take(np.minimum(entries.repeats, len(_LOG1P) - 1))
    if len(values):
        squares = np.add.reduceat(np.square(values, dtype=np.float64), entries.bounds[:-1])
        values *= np.repeat(1 / np.sqrt(squares), entries.sizes).astype(np.float32)
    return values


# A text in which one n-gram stands in more sentences than this is no article; it counts no more.
_LOG1P = np.log1p(np.arange(4096)).astype(np.float32)
