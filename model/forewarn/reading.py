"""Texts to the tokens that count, with the buckets of their n-grams.

Page furniture is left out: a copied page carries newsletter boxes, cookie notices and share
buttons, which would thin out what the story says, and could be shown as evidence. And the names
of places, peoples, faiths and genders all read alike, since naming one is no sign of violence,
however often the news that a model learnt from had it beside some.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forewarn.features import PAIR, WORD, to_buckets, token_hashes
from forewarn.furniture import FurnitureFinder
from forewarn.phrases import Phrases
from forewarn.tokens import TokenBatch, tokenise

NAME_BUCKET = 0  # of every name, so that which one it is cannot be told


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a batch of texts that count, with their features.

    Attributes
    ----------
    batch : TokenBatch
        Without the sentences that are page furniture.
    buckets : ndarray of int64, shape (3, n_tokens)
        Buckets of each token's word, stem and pair with the next word; `NAME_BUCKET` for a name
        and for a pair with one.
    """

    batch: TokenBatch
    buckets: NDArray[np.int64]


class Reader:
    """Cuts texts into tokens and hashes them, leaving page furniture out and names alike.

    Parameters
    ----------
    table : ndarray of uint8, shape (65536,)
        What `forewarn.tokens.symbol_table` built.
    names : ndarray of uint64, shape (n_names,)
        Hashes of the words that are names (`forewarn.lexicon.name_hashes`).
    """

    def __init__(self, table: NDArray[np.uint8], names: NDArray[np.uint64]) -> None:
        self.table = table
        self._names = Phrases.of(names)
        self._furniture = FurnitureFinder(table)

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
        furniture = self._furniture.find(batch, hashes, buckets)
        self._neutralise(batch, hashes, buckets)
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

    def _neutralise(
        self, batch: TokenBatch, hashes: NDArray[np.uint64], buckets: NDArray[np.int64]
    ) -> None:
        """Put names, and pairs with one, into the one bucket, in place."""
        found = self._names.find(hashes[WORD], buckets[WORD])
        buckets[:, found] = NAME_BUCKET
        inside = batch.sentences.take(batch.sentences.searchsorted(found)) != found
        buckets[PAIR, found[inside] - 1] = NAME_BUCKET
