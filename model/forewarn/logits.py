"""The arithmetic from articles to logits: of sentences, of windows, and of violence types.

Two linear models over one space of hashed n-grams, one read on sentences and one on documents,
each with a logit for every severity level: violence referred to at all (1), recounted (2),
graphic (3). A sentence's logit also counts which classes of meaning share it (a part of the body
and a verb of cutting, say), which n-grams of rare words cannot know. A window's logit for a level
combines its strongest sentence, all its sentences together and its own. numpy only.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forewarn.features import WORD, Entries, distinct_buckets, unit_length
from forewarn.parameters import N_LEVELS, N_POOLED, TYPE_BUCKET_SHIFT, Head, Meanings, Parameters
from forewarn.reading import Reader, Tokens
from forewarn.tokens import TokenBatch
from forewarn.windows import Windows, cut_windows, spread

# Up to so many tokens a text is brief: a document's logit was learnt on texts of several hundred,
# and counts in another measure; from the second number on, it counts in full.
BRIEF_TOKENS = (60, 240)

_PAIR_STEPS = 2.0**20


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A batch of articles with its tokens' features: what every kind of answer starts from.

    Attributes
    ----------
    tokens : Tokens
    sentences : Entries
        Distinct buckets of every sentence.
    windows : Windows
    passages : Entries
        Distinct buckets of every window.
    """

    tokens: Tokens
    sentences: Entries
    windows: Windows
    passages: Entries

    @property
    def batch(self) -> TokenBatch:
        """The tokens' positions."""
        return self.tokens.batch

    @property
    def n_documents(self) -> int:
        """Number of articles, empty ones included."""
        return len(self.batch.origins)


def read(reader: Reader, texts: Sequence[str]) -> Reading:
    """Read a batch of repaired articles.

    Parameters
    ----------
    reader : Reader
    texts : sequence of str

    Returns
    -------
    Reading
    """
    tokens = reader.read(texts)
    sentences, windows = sentence_entries(tokens), cut_windows(tokens.batch)
    return Reading(
        tokens, sentences, windows, document_entries(sentences, windows.first, windows.last)
    )


def sentence_entries(tokens: Tokens) -> Entries:
    """Return the distinct buckets of every sentence."""
    bounds = tokens.batch.sentences
    sizes = bounds[1:] - bounds[:-1]
    return distinct_buckets(tokens.buckets, np.repeat(np.arange(len(sizes)), sizes))


def document_entries(
    sentences: Entries, first: NDArray[np.int64], last: NDArray[np.int64]
) -> Entries:
    """Return the distinct buckets of runs of sentences, counting the sentences that have them.

    Parameters
    ----------
    sentences : Entries
    first, last : ndarray of int64, shape (n_runs,)
        Sentences from `first` up to, not including, `last`. No run is empty.

    Returns
    -------
    Entries
    """
    first, last = sentences.bounds[first], sentences.bounds[last]
    runs = np.repeat(np.arange(len(first)), last - first)
    if (first[1:] == last[:-1]).all():  # no overlap: the entries as they are
        return distinct_buckets(sentences.buckets, runs)
    return distinct_buckets(sentences.buckets[spread(first, last)], runs)


def token_meanings(meanings: Meanings, tokens: Tokens) -> NDArray[np.uint64]:
    """Return the set of classes of every token, a bit for each class, shape (n_tokens,)."""
    found: NDArray[np.uint64] = meanings.sets.take(meanings.of_word.take(tokens.buckets[WORD]))
    return found


def sentence_meanings(meanings: Meanings, tokens: Tokens) -> NDArray[np.bool_]:
    """Tell which classes of meaning each sentence has, shape (n_sentences, n_classes)."""
    openings = tokens.batch.sentences[:-1]
    n_classes = meanings.pairs.shape[-1]
    if not len(openings):
        return np.empty((0, n_classes), np.bool_)
    found = np.bitwise_or.reduceat(token_meanings(meanings, tokens), openings)
    return unpack(found, n_classes)


def pair_weights(meanings: Meanings) -> NDArray[np.float64]:
    """Return what pairs of classes weigh, shape (3, n_classes, n_classes).

    In whole steps of a power of two every sum of them is exact, whatever its order, so that a
    sentence has the same logits alone and among others.
    """
    return np.rint(meanings.pairs.astype(np.float64) * _PAIR_STEPS) / _PAIR_STEPS


def unpack(sets: NDArray[np.uint64], n_classes: int) -> NDArray[np.bool_]:
    """Return sets of classes as rows of truth values, shape (n_sets, n_classes)."""
    octets = sets.astype("<u8").view(np.uint8).reshape(-1, 8)
    return np.unpackbits(octets, axis=1, count=n_classes, bitorder="little").view(np.bool_)


def sentence_logits(parameters: Parameters, reading: Reading) -> NDArray[np.float64]:
    """Return the logits of every sentence, shape (3, n_sentences)."""
    head, sentences = parameters.sentence, reading.sentences
    if not len(sentences.buckets):
        return np.empty((N_LEVELS, 0))
    weights = head.weights.take(sentences.buckets, axis=1)
    sums = np.add.reduceat(weights, sentences.bounds[:-1], axis=1, dtype=np.int32)
    scales = head.scales[:, None] / np.sqrt(sentences.sizes)
    logits: NDArray[np.float64] = sums * scales + head.biases[:, None]
    has = sentence_meanings(parameters.meanings, reading.tokens).astype(np.float64)
    for level, pairs in enumerate(pair_weights(parameters.meanings)):
        logits[level] += np.einsum("ij,ij->i", has @ pairs, has)
    return logits


def window_logits(
    parameters: Parameters, reading: Reading, levels: Sequence[int]
) -> NDArray[np.float64]:
    """Return the logits of some levels for every window, shape (n_levels, n_windows)."""
    windows, rows = reading.windows, [level - 1 for level in levels]
    strongest_and_together = _pool_windows(sentence_logits(parameters, reading), windows)
    pooled = np.stack(strongest_and_together, axis=1).reshape(N_POOLED, -1)
    documents = document_logits(parameters.document, reading.passages, rows)
    # Row by row, so that one level asked alone has the very figures it has among three.
    whole = np.stack([row[:-1] @ pooled + row[-1] for row in parameters.combination[rows]])
    whole += documents
    bounds = reading.batch.sentences
    n_tokens = bounds[windows.last] - bounds[windows.first]
    trust = document_trust(n_tokens)
    if (trust == 1).all():
        return whole
    length = np.log1p(n_tokens)
    brief = np.stack(
        [
            row[:-1] @ np.concatenate((pooled, document[None], length[None])) + row[-1]
            for row, document in zip(parameters.brief[rows], documents, strict=True)
        ]
    )
    mixed: NDArray[np.float64] = trust * whole + (1 - trust) * brief
    return mixed


def document_trust(n_tokens: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how far texts are long enough for a document's logit, from 0 to 1."""
    few, enough = BRIEF_TOKENS
    return np.clip((n_tokens - few) / (enough - few), 0.0, 1.0)


def type_logits(parameters: Parameters, reading: Reading) -> NDArray[np.float64]:
    """Return the logits of every violence type for every window, shape (16, n_windows)."""
    outputs = range(len(parameters.types.biases))
    return document_logits(parameters.types, reading.passages, outputs, TYPE_BUCKET_SHIFT)


def document_logits(
    head: Head, passages: Entries, outputs: Sequence[int], shift: int = 0
) -> NDArray[np.float64]:
    """Return the logits of passages by their own n-grams, shape (n_outputs, n_passages)."""
    values = unit_length(passages)
    buckets = passages.buckets >> shift
    logits = np.empty((len(outputs), len(passages.sizes)))
    for row, output in enumerate(outputs):
        products = head.weights[output].take(buckets) * values
        sums = np.add.reduceat(products, passages.bounds[:-1], dtype=np.float64)
        logits[row] = sums * head.scales[output] + head.biases[output]
    return logits


def _pool_windows(
    logits: NDArray[np.float64], windows: Windows
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pool sentences' logits window by window."""
    first, last = windows.first, windows.last
    if (first[1:] == last[:-1]).all():  # no overlap: the sentences as they are
        return pool(logits, first)
    sizes = last - first
    return pool(logits[..., spread(first, last)], np.cumsum(sizes) - sizes)


def pool(
    logits: NDArray[np.float64], first: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the strongest logit of each run of sentences, and how many sentences reach it.

    Parameters
    ----------
    logits : ndarray of float64, shape (..., n_sentences)
    first : ndarray of int64, shape (n_runs,)
        First sentence of each run; none is empty.

    Returns
    -------
    strongest : ndarray of float64, shape (..., n_runs)
    together : ndarray of float64, shape (..., n_runs)
        Logarithm of the summed softplus of the logits: near the strongest where that one is
        weak or alone, above it where several add up.
    """
    softplus = np.logaddexp(0.0, logits)
    together = np.log(np.add.reduceat(softplus, first, axis=-1) + 1e-3)
    return np.maximum.reduceat(logits, first, axis=-1), together


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of logits."""
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -50.0, 50.0)))
