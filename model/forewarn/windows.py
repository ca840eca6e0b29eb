"""Long documents as overlapping windows of about the length that the model was trained on.

A graphic passage anywhere counts, so a long document is judged by its worst window: one score
over the whole would let padding hide a passage, or length alone add up to an alarm.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forewarn.tokens import TokenBatch

# The labelled texts have about 500 tokens; the longest of them is still one window.
WINDOW_TOKENS = 640
# A passage of up to three quarters of a window stands whole in one of them.
STRIDE_TOKENS = WINDOW_TOKENS // 4


@dataclass(frozen=True, slots=True)
class Windows:
    """Spans of sentences of the non-empty documents of a batch.

    Attributes
    ----------
    documents : ndarray of int64, shape (n_windows,)
        Document of each window, ascending.
    first, last : ndarray of int64, shape (n_windows,)
        Sentences from `first` up to, not including, `last`.
    """

    documents: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def cut_windows(batch: TokenBatch) -> Windows:
    """Cut documents into windows of whole sentences, each overlapping the next by three quarters.

    Parameters
    ----------
    batch : TokenBatch

    Returns
    -------
    Windows
        One for a document of up to `WINDOW_TOKENS` tokens, none for an empty one.
    """
    bounds = batch.documents
    filled = np.flatnonzero(bounds[1:] > bounds[:-1])
    first, last = bounds[filled], bounds[filled + 1]
    opening, size = batch.sentences[first], batch.sentences[last] - batch.sentences[first]
    if not len(size) or size.max() <= WINDOW_TOKENS:
        return Windows(filled, first, last)

    count = np.maximum(-(-(size - WINDOW_TOKENS) // STRIDE_TOKENS), 0) + 1
    before = np.cumsum(count) - count
    nth = np.arange(count.sum()) - np.repeat(before, count)
    start = np.repeat(opening, count) + nth * STRIDE_TOKENS
    stop = np.minimum(start + WINDOW_TOKENS, np.repeat(opening + size, count))
    # A sentence across an edge belongs to both windows, so that none is ever cut.
    window_first = np.searchsorted(batch.sentences, start, side="right") - 1
    window_last = np.searchsorted(batch.sentences, stop, side="left")
    return Windows(np.repeat(filled, count), window_first, window_last)


def spread(first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers ``first[i] .. last[i] - 1`` of every span, one span after the other.

    Examples
    --------
    >>> spread(np.array([0, 2]), np.array([3, 4]))
    array([0, 1, 2, 2, 3])
    """
    size = last - first
    before = np.cumsum(size) - size
    numbers: NDArray[np.int64] = np.arange(int(size.sum())) + np.repeat(first - before, size)
    return numbers
