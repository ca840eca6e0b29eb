"""The classifier: labels, probabilities and evidence of news articles from one model file."""

from collections.abc import Iterable, Iterator, Sequence
from os import PathLike
from typing import Self

import numpy as np
from numpy.typing import NDArray

from forewarn.batches import batches
from forewarn.errors import ForewarnError, ModelFileError
from forewarn.labels import Evidence, Label, ModelInfo, TokenWeight
from forewarn.locate import Locator
from forewarn.logits import Reading, read, sentence_logits, sigmoid, type_logits, window_logits
from forewarn.modelfile import load_model, save_model
from forewarn.parameters import (
    N_LEVELS,
    Parameters,
    parameters_from_content,
    parameters_to_content,
)
from forewarn.priors import carry_over, take_back
from forewarn.reading import Reader
from forewarn.shares import token_shares
from forewarn.taxonomy import SEVERITY_NAMES, TYPE_NAMES, Severity, iptc_warnings, warning_message
from forewarn.text import Repaired, repair

MAX_EVIDENCE = 3

# glibc returns the memory of one batch to the system and faults it in again for the next, which
# takes half of the time, until it has seen a larger block freed (mallopt(3), M_MMAP_THRESHOLD).
np.empty(1 << 24, np.uint8)


class Classifier:
    """Content-warning classifier of news text.

    Parameters
    ----------
    parameters : Parameters
        Fitted arrays.
    info : ModelInfo
        Version and digest, passed on in every `Label`.
    operating_point : str, default="balanced"
        Named thresholds for `predict` and `label`.
    threshold : float, optional
        Threshold on P(graphic) instead of the operating point's.
    base_rate : float, optional
        Share of graphic articles among those to come, which probabilities and `threshold` are
        then meant for; by default the share of the labelled texts, which is far above an ordinary
        day's. An operating point decides the same whatever the base rate.

    Attributes
    ----------
    classes : tuple of str
        Severity names: the columns of `predict_proba`.
    type_names : tuple of str
        The columns of `predict_types`.

    Raises
    ------
    ForewarnError
        If the model has no such operating point, or threshold or base rate is not a probability.
    """

    classes = SEVERITY_NAMES
    type_names = TYPE_NAMES

    def __init__(
        self,
        parameters: Parameters,
        info: ModelInfo,
        *,
        operating_point: str = "balanced",
        threshold: float | None = None,
        base_rate: float | None = None,
    ) -> None:
        points, share = parameters.operating_points, parameters.graphic_share
        if operating_point not in points:
            names = ", ".join(sorted(points))
            raise ForewarnError(
                f"the model has no operating point {operating_point!r}; choose one of: {names}"
            )
        if base_rate is not None and not 0 < base_rate < 1:
            raise ForewarnError(
                f"base rate {base_rate!r} is no share of articles; give a number between 0 and 1"
            )
        thresholds = points[operating_point].thresholds
        if threshold is not None:
            if not 0 <= threshold <= 1:
                raise ForewarnError(
                    f"threshold {threshold!r} is not a probability; give a number from 0 to 1"
                )
            if base_rate is not None:
                threshold = take_back(threshold, share, base_rate)
            thresholds = (*thresholds[:2], float(threshold))
        self.parameters = parameters
        self.info = info
        self._reader = Reader(parameters.symbols, parameters.names)
        # Decisions are made on the probabilities that the model is calibrated for.
        self.thresholds = np.array(thresholds)
        self._base_rate = base_rate

    # -- answers ----------------------------------------------------------------------------------

    def score(self, texts: str | Iterable[str]) -> float | NDArray[np.float64]:
        """Return the calibrated probability that an article is graphic.

        Parameters
        ----------
        texts : str or iterable of str
            One article, or several; an iterator is consumed a batch at a time.

        Returns
        -------
        float or ndarray of float64, shape (n,)
            A float for a single article.

        Raises
        ------
        TypeError
            If an article is not a str; the message says what came and at which position.
        """
        if isinstance(texts, str):
            return float(self._scores([texts])[0])
        parts = [self._scores(batch) for batch in batches(texts)]
        return np.concatenate(parts) if parts else np.empty(0)

    def predict_proba(self, texts: str | Iterable[str]) -> NDArray[np.float64]:
        """Return the probability of each severity.

        Parameters
        ----------
        texts : str or iterable of str
            Articles; a single str counts as one article.

        Returns
        -------
        ndarray of float64, shape (n, 4)
            Columns none, reference, violent, graphic; rows sum to 1.

        Raises
        ------
        TypeError
            If an article is not a str.
        """
        parts = [self._probabilities(self._levels(self._read(batch))) for batch in batches(texts)]
        return np.concatenate(parts) if parts else np.empty((0, len(self.classes)))

    def predict(self, texts: str | Iterable[str]) -> NDArray[np.int64]:
        """Return the severities decided at the operating point.

        Parameters
        ----------
        texts : str or iterable of str

        Returns
        -------
        ndarray of int64, shape (n,)
            Values of `Severity`.

        Raises
        ------
        TypeError
            If an article is not a str.
        """
        parts = [self._decide(self._levels(self._read(batch))) for batch in batches(texts)]
        return np.concatenate(parts) if parts else np.empty(0, np.int64)

    def predict_types(self, texts: str | Iterable[str]) -> NDArray[np.float64]:
        """Return the probability of each violence type.

        Parameters
        ----------
        texts : str or iterable of str

        Returns
        -------
        ndarray of float64, shape (n, 16)
            Columns as in `type_names`. Types are independent: rows do not sum to 1.

        Raises
        ------
        TypeError
            If an article is not a str.
        """
        parts = [self._types(self._read(batch)) for batch in batches(texts)]
        return np.concatenate(parts) if parts else np.empty((0, len(self.type_names)))

    def label(self, texts: str | Iterable[str]) -> Label | list[Label]:
        """Return the content warning of an article, or of each of several.

        Parameters
        ----------
        texts : str or iterable of str

        Returns
        -------
        Label or list of Label
            A single Label for a single article.

        Raises
        ------
        TypeError
            If an article is not a str.
        """
        if isinstance(texts, str):
            return next(self.iter_labels([texts]))
        return list(self.iter_labels(texts))

    def iter_labels(self, texts: Iterable[str]) -> Iterator[Label]:
        """Yield the label of each article, reading the iterable a batch at a time."""
        for batch in batches(texts):
            repaired = [repair(text) for text in batch]
            reading = read(self._reader, [clean.text for clean in repaired])
            levels = self._levels(reading)
            probabilities = self._probabilities(levels)
            types = self._types(reading)
            severities = self._decide(levels)
            evidence = self._evidence(reading, batch, repaired, severities)
            for row in range(len(batch)):
                yield self._label(
                    Severity(int(severities[row])), probabilities[row], types[row], evidence[row]
                )

    def evidence(self, texts: str | Iterable[str]) -> list[tuple[Evidence, ...]]:
        """Return the strongest sentences of each article, whatever its severity.

        Parameters
        ----------
        texts : str or iterable of str

        Returns
        -------
        list of tuple of Evidence
            At most `MAX_EVIDENCE` an article, strongest first; ranked for ``graphic`` where the
            article is decided to be, for ``violent`` elsewhere.
        """
        found = []
        for batch in batches(texts):
            repaired = [repair(text) for text in batch]
            reading = read(self._reader, [clean.text for clean in repaired])
            severities = np.maximum(self._decide(self._levels(reading)), Severity.VIOLENT)
            found += self._evidence(reading, batch, repaired, severities)
        return found

    def explain(
        self, text: str, severity: Severity = Severity.GRAPHIC
    ) -> list[tuple[Evidence, tuple[TokenWeight, ...]]]:
        """Take the logit of every sentence apart, token by token.

        Parameters
        ----------
        text : str
            One article.
        severity : Severity, default=Severity.GRAPHIC
            Level explained: at least this severe.

        Returns
        -------
        list of (Evidence, tuple of TokenWeight)
            Sentences in the order of the text. A sentence's score is the model's bias for the
            level plus the sum of its tokens' weights, exactly.
        """
        if severity is Severity.NONE:
            raise ForewarnError("there is no logit of severity none; ask for one of the others")
        text = next(batches([text]))[0]
        clean = repair(text)
        reading = read(self._reader, [clean.text])
        batch, level = reading.batch, int(severity)
        weights = token_shares(self.parameters, reading, level)
        logits = sentence_logits(self.parameters, reading)[level - 1]
        locate = Locator(text, clean, batch, 0)
        explained = []
        for sentence, logit in enumerate(logits):
            tokens = tuple(
                TokenWeight(*locate.token(token), float(weights[token]))
                for token in range(batch.sentences[sentence], batch.sentences[sentence + 1])
            )
            explained.append((locate.evidence(sentence, float(logit)), tokens))
        return explained

    # -- steps ------------------------------------------------------------------------------------

    def _read(self, texts: Sequence[str]) -> Reading:
        return read(self._reader, [repair(text).text for text in texts])

    def _scores(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return P(graphic) of each article."""
        if self._base_rate is not None:
            return self._probabilities(self._levels(self._read(texts)))[:, Severity.GRAPHIC]
        graphic: NDArray[np.float64] = self._cumulative(self._read(texts), (Severity.GRAPHIC,))[0]
        return graphic

    def _levels(self, reading: Reading) -> NDArray[np.float64]:
        """Return the cumulative probabilities, shape (3, n_documents), that never cross."""
        cumulative = self._cumulative(reading, (1, 2, 3))
        return np.maximum.accumulate(cumulative[::-1])[::-1]

    def _cumulative(self, reading: Reading, levels: Sequence[int]) -> NDArray[np.float64]:
        """Return P(severity >= level) of each document, shape (n_levels, n_documents)."""
        probabilities = np.zeros((len(levels), reading.n_documents))
        documents = reading.windows.documents
        if len(documents):
            logits = window_logits(self.parameters, reading, levels)
            openings = np.flatnonzero(np.diff(documents, prepend=-1))
            worst = np.maximum.reduceat(logits, openings, axis=1)
            probabilities[:, documents[openings]] = sigmoid(worst)
        return probabilities

    def _probabilities(self, levels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn cumulative probabilities, shape (3, n), into those of the severities, (n, 4)."""
        n = levels.shape[1]
        steps = np.concatenate((np.ones((1, n)), levels, np.zeros((1, n))))
        probabilities = np.ascontiguousarray((steps[:-1] - steps[1:]).T)
        if self._base_rate is None:
            return probabilities
        return carry_over(probabilities, self.parameters.graphic_share, self._base_rate)

    def _types(self, reading: Reading) -> NDArray[np.float64]:
        documents = reading.windows.documents
        probabilities = np.zeros((reading.n_documents, len(self.type_names)))
        if len(documents):
            logits = type_logits(self.parameters, reading)
            np.maximum.at(probabilities, documents, sigmoid(logits.T))
        return probabilities

    def _decide(self, levels: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the highest level whose cumulative probability reaches its threshold."""
        # A text without words has probability 0, which no threshold makes a warning.
        reached = (levels >= self.thresholds[:, None]) & (levels > 0)
        return np.where(reached.any(axis=0), N_LEVELS - reached[::-1].argmax(axis=0), 0)

    def _evidence(
        self,
        reading: Reading,
        texts: Sequence[str],
        repaired: Sequence[Repaired],
        severities: NDArray[np.int64],
    ) -> list[tuple[Evidence, ...]]:
        batch = reading.batch
        ranked = sentence_logits(self.parameters, reading)
        found: list[tuple[Evidence, ...]] = []
        for row, (text, clean) in enumerate(zip(texts, repaired, strict=True)):
            first, last = batch.documents[row], batch.documents[row + 1]
            if severities[row] < Severity.VIOLENT or first == last:
                found.append(())
                continue
            logits = ranked[severities[row] - 1, first:last]
            locate = Locator(text, clean, batch, row)
            strongest = np.argsort(-logits, kind="stable")[:MAX_EVIDENCE]
            found.append(tuple(locate.evidence(first + i, float(logits[i])) for i in strongest))
        return found

    def _label(
        self,
        severity: Severity,
        probabilities: NDArray[np.float64],
        types: NDArray[np.float64],
        evidence: tuple[Evidence, ...],
    ) -> Label:
        above = np.flatnonzero(types >= self.parameters.type_thresholds)
        strongest = above[np.argsort(-types[above], kind="stable")]
        found = {self.type_names[i]: float(types[i]) for i in strongest}
        return Label(
            severity=severity,
            score=float(probabilities[Severity.GRAPHIC]),
            probabilities=dict(zip(self.classes, probabilities.tolist(), strict=True)),
            types=found,
            warnings=iptc_warnings(severity, found),
            message=warning_message(severity, tuple(found)),
            evidence=evidence,
            model=self.info,
        )

    # -- file -------------------------------------------------------------------------------------

    @classmethod
    def load(
        cls,
        path: str | PathLike[str],
        *,
        operating_point: str = "balanced",
        threshold: float | None = None,
        base_rate: float | None = None,
    ) -> Self:
        """Load a model file, memory-mapped.

        Parameters
        ----------
        path : str or path-like
        operating_point : str, default="balanced"
        threshold, base_rate : float, optional

        Returns
        -------
        Classifier

        Raises
        ------
        ModelFileError
            If the file is missing, damaged, of another format version or no model.
        """
        file = load_model(path)
        try:
            parameters = parameters_from_content(file.content)
        except ModelFileError as error:
            raise ModelFileError(f"model file {path}: {error}") from error
        info = ModelInfo(file.package_version, file.digest)
        return cls(
            parameters,
            info,
            operating_point=operating_point,
            threshold=threshold,
            base_rate=base_rate,
        )

    def save(self, path: str | PathLike[str]) -> str:
        """Write the model to a file and return its digest.

        Parameters
        ----------
        path : str or path-like

        Returns
        -------
        str
            SHA-256 of the content, hexadecimal.
        """
        return save_model(path, parameters_to_content(self.parameters))
