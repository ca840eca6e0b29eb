"""Texts to the tokens that count: page furniture is left out before anything is scored.

A copied page carries newsletter boxes, cookie notices and share buttons. They are no part of the
story: they would thin out what it says, and could be shown as evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forewarn.features import N_BUCKETS, PAIR, WORD, to_buckets, token_hashes
from forewarn.tokens import TokenBatch, is_among, tokenise

# A sentence of at most so many tokens with one of these words or pairs in it is furniture.
# Longer ones are prose that happens to mention it.
_LONGEST_FURNITURE = 30
_FURNITURE = """
subscribe; unsubscribe; subscriber; newsletter; newsletters; paywall; advertisement; http; https;
www; jpg; jpeg; png; webp; sign up; signing up; sign in; create account; your inbox;
unlimited access; website access; digital access; continue reading; keep reading; read more;
read next; learn more; view comments; add comment; post comment; click here; tap here; share this;
share on; share via; tweet this; email this; print this; copy link; follow us; like us; contact us;
get updates; push notifications; download our; getty images; file photo; photo credit;
image credit; image caption; hide caption; toggle caption; use cookies; uses cookies;
of cookies; accept cookies; accept all; manage cookies; cookie policy; cookie settings;
privacy policy; privacy notice; rights reserved; story continues; article continues; scroll down;
related articles; related stories; related topics; recommended stories; most read; most viewed;
most popular; more stories; top stories; trending now; watch live; sponsored content;
promoted content; cancel anytime
"""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a batch of texts that count, with their features.

    Attributes
    ----------
    batch : TokenBatch
        Without the sentences that are page furniture.
    buckets : ndarray of int64, shape (3, n_tokens)
        Buckets of each token's word, stem and pair with the next word.
    """

    batch: TokenBatch
    buckets: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Phrases:
    """Words or pairs that mark furniture: hashes, ascending, and the buckets they fall in."""

    hashes: NDArray[np.uint64]
    in_bucket: NDArray[np.bool_]


class Reader:
    """Cuts texts into tokens and hashes them, leaving page furniture out.

    Parameters
    ----------
    table : ndarray of uint8, shape (65536,)
        What `forewarn.tokens.symbol_table` built.
    """

    def __init__(self, table: NDArray[np.uint8]) -> None:
        self.table = table
        phrases = [phrase.strip() for phrase in _FURNITURE.split(";")]
        self._phrases = {}
        for kind, n_words in ((WORD, 1), (PAIR, 2)):
            chosen = [phrase for phrase in phrases if len(phrase.split()) == n_words]
            batch = tokenise(chosen, table)
            hashes = np.sort(token_hashes(batch)[kind, batch.sentences[:-1]])
            in_bucket = np.zeros(N_BUCKETS, np.bool_)
            in_bucket[to_buckets(hashes)] = True
            self._phrases[kind] = _Phrases(hashes, in_bucket)

    def read(self, texts: Sequence[str]) -> Tokens:
        """Read a batch of texts.

        Parameters
        ----------
        texts : sequence of str
            One article each, repaired.

        Returns
        -------
        Tokens
        """
        batch = tokenise(texts, self.table)
        hashes = token_hashes(batch)
        buckets = to_buckets(hashes)
        furniture = self._find_furniture(batch, hashes, buckets)
        if not furniture.any():
            return Tokens(batch, buckets)
        sizes = np.diff(batch.sentences)
        kept = np.flatnonzero(np.repeat(~furniture, sizes))
        gone = np.concatenate(([0], np.cumsum(furniture)))
        trimmed = replace(
            batch,
            starts=batch.starts.take(kept),
            ends=batch.ends.take(kept),
            sentences=np.concatenate(([0], np.cumsum(sizes[~furniture]))),
            documents=batch.documents - gone[batch.documents],
        )
        return Tokens(trimmed, buckets.take(kept, axis=1))

    def _find_furniture(
        self, batch: TokenBatch, hashes: NDArray[np.uint64], buckets: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Tell which sentences are page furniture."""
        furniture = np.zeros(len(batch.sentences) - 1, np.bool_)
        for kind, phrases in self._phrases.items():
            # The small table finds what may be furniture; the whole hash says whether it is.
            candidates = np.flatnonzero(phrases.in_bucket.take(buckets[kind]))
            found = candidates[is_among(hashes[kind, candidates], phrases.hashes)]
            furniture[batch.sentences.searchsorted(found, side="right") - 1] = True
        if furniture.any():
            furniture &= np.diff(batch.sentences) <= _LONGEST_FURNITURE
        return furniture
