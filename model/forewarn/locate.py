"""Tokens and sentences of a repaired text, found again in the text that the caller passed."""

import numpy as np

from forewarn.labels import Evidence
from forewarn.text import Repaired
from forewarn.tokens import TokenBatch


class Locator:
    """Finds tokens and sentences of one document in the text that the caller passed.

    Parameters
    ----------
    text : str
        The document as the caller passed it.
    clean : Repaired
        The same repaired, as it stands in the batch.
    batch : TokenBatch
    row : int
        Which document of the batch it is.
    """

    def __init__(self, text: str, clean: Repaired, batch: TokenBatch, row: int) -> None:
        self.text = text
        self.clean = clean
        self.batch = batch
        self.origin = int(batch.origins[row])
        self.last = int(batch.documents[row + 1])
        # Outside the basic plane a character takes two units, the second of these at `pairs`.
        units = np.frombuffer(clean.text.encode("utf-16-le", "surrogatepass"), "<u2")
        kind = units & 0xFC00
        self.pairs = np.flatnonzero((kind[:-1] == 0xD800) & (kind[1:] == 0xDC00)) + 1

    def token(self, token: int) -> tuple[int, int, str]:
        """Return start, end and text of a token."""
        start = self._character(int(self.batch.starts[token]))
        end = self._character(int(self.batch.ends[token]))
        start, end = self.clean.original_span(start, end)
        return start, end, self.text[start:end]

    def evidence(self, sentence: int, score: float) -> Evidence:
        """Return a sentence with the punctuation that opens and closes it."""
        batch, clean = self.batch, self.clean.text
        first, behind = batch.sentences[sentence], batch.sentences[sentence + 1]
        start = self._character(int(batch.starts[first]))
        end = self._character(int(batch.ends[behind - 1]))
        room = (
            self._character(int(batch.starts[behind])) if sentence + 1 < self.last else len(clean)
        )
        while start and clean[start - 1] in "\"'“‘([«":
            start -= 1
        while end < room and clean[end] in ".!?…\"'”’)]»":
            end += 1
        start, end = self.clean.original_span(start, end)
        return Evidence(start, end, self.text[start:end], score)

    def _character(self, unit: int) -> int:
        unit -= self.origin
        return unit - int(np.searchsorted(self.pairs, unit))


def locate_sentences(
    text: str, clean: Repaired, batch: TokenBatch, row: int
) -> tuple[tuple[int, int], ...]:
    """Return the character spans, in the caller's text, of the sentences of one document.

    Parameters
    ----------
    text : str
        The document as the caller passed it.
    clean : Repaired
        The same repaired, as it stands in the batch.
    batch : TokenBatch
    row : int
        Which document of the batch it is.

    Returns
    -------
    tuple of (int, int)
    """
    locate = Locator(text, clean, batch, row)
    found = [
        locate.evidence(sentence, 0.0)
        for sentence in range(batch.documents[row], batch.documents[row + 1])
    ]
    return tuple((item.start, item.end) for item in found)
