"""Hashed n-grams of a batch: for every token its word, its stem and its pair with the next word.

Three features a token, each a bucket of one table of weights. Words are compared by their first
`_LONGEST` symbols and stems by their first `_STEM`, both read as 64-bit numbers straight from the
symbols, so there is no loop over tokens or characters. Multiply-add hashing of whole machine
words is after Dietzfelbinger et al. (1997), "A reliable randomized algorithm for the
closest-pair problem", doi:10.1006/jagm.1997.0873.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forewarn.tokens import TokenBatch

BUCKET_BITS = 18
N_BUCKETS = 1 << BUCKET_BITS
FEATURES_PER_TOKEN = 3

_LONGEST = 16  # two machine words of symbols
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
_FOLD, _TO_BUCKET = np.uint64(32), np.uint64(64 - BUCKET_BITS)

_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
_FIRST_HALF = _MASKS[np.minimum(np.arange(_LONGEST + 1), 8)]
_SECOND_HALF = _MASKS[np.maximum(np.arange(_LONGEST + 1) - 8, 0)]
_STEM_MASK = _MASKS[_STEM]


def token_buckets(batch: TokenBatch) -> NDArray[np.int64]:
    """Return the buckets of every token's word, stem and pair with the next word.

    Parameters
    ----------
    batch : TokenBatch

    Returns
    -------
    ndarray of int64, shape (3, n_tokens)
        Bucket numbers below `N_BUCKETS`. The last token of a sentence is paired with its end.
    """
    starts = batch.starts
    sizes = np.minimum(batch.ends - starts, _LONGEST)
    # The eight symbols from each position on, as one number, without copying.
    eights = np.ndarray((len(batch.symbols) - 7,), "<u8", batch.symbols, strides=(1,))
    first = eights[starts] & _FIRST_HALF[sizes]
    second = eights[starts + 8] & _SECOND_HALF[sizes]

    word = first * _GOLDEN
    word ^= word >> _FOLD
    word += second * _P1
    word *= _P2
    word ^= word >> _FOLD

    stem = (first & _STEM_MASK) * _P3
    stem ^= stem >> _FOLD
    stem *= _P4

    following = np.zeros_like(word)
    following[:-1] = word[1:]
    following[batch.sentences[1:] - 1] = 0
    pair = word * _P3
    pair += following
    pair *= _GOLDEN
    pair ^= pair >> _FOLD
    pair *= _P1

    buckets = np.empty((FEATURES_PER_TOKEN, len(starts)), np.uint64)
    np.right_shift(word * _P4, _TO_BUCKET, out=buckets[0])
    np.right_shift(stem, _TO_BUCKET, out=buckets[1])
    np.right_shift(pair, _TO_BUCKET, out=buckets[2])
    return buckets.view(np.int64)


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each bucket occurs in each group of tokens.

    Attributes
    ----------
    groups : ndarray of int64, shape (n_groups + 1,)
        Where each group's entries start in `buckets`, then their number.
    buckets : ndarray of int64, shape (n_entries,)
        Distinct buckets of each group, ascending.
    values : ndarray of float32, shape (n_entries,)
        ``log(1 + count)``, scaled to unit Euclidean length in each group.
    """

    groups: NDArray[np.int64]
    buckets: NDArray[np.int64]
    values: NDArray[np.float32]


_BUCKET_MASK = N_BUCKETS - 1


def count_buckets(buckets: NDArray[np.int64], groups: NDArray[np.int64]) -> Counts:
    """Count buckets by group, sub-linearly and at unit length.

    Parameters
    ----------
    buckets : ndarray of int64, shape (3, n_tokens)
        What `token_buckets` gave.
    groups : ndarray of int64, shape (n_tokens,)
        Group of each token, from 0 on, ascending, below 2**45.

    Returns
    -------
    Counts
        Of as many groups as the last token's number says.
    """
    n_groups = int(groups[-1]) + 1 if len(groups) else 0
    narrow = np.uint32 if n_groups <= 1 << (32 - BUCKET_BITS) else np.int64
    keys = ((groups << BUCKET_BITS) | buckets).astype(narrow, copy=False).ravel()
    keys.sort()
    firsts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))[: len(keys)]
    distinct = keys[firsts].astype(np.int64)
    repeats = np.diff(firsts, append=len(keys))
    values = _LOG1P[np.minimum(repeats, len(_LOG1P) - 1)]
    bounds = np.searchsorted(distinct, np.arange(n_groups + 1) << BUCKET_BITS)
    squares = np.concatenate(([0.0], np.cumsum(np.square(values, dtype=np.float64))))
    norms = np.sqrt(np.maximum(np.diff(squares[bounds]), np.float64(1e-12)))
    values /= np.repeat(norms, np.diff(bounds)).astype(np.float32)
    return Counts(bounds, distinct & _BUCKET_MASK, values)


# A word repeated more often than this counts no more: no real article reaches it.
_LOG1P = np.log1p(np.arange(4096)).astype(np.float32)
