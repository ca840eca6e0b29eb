"""The fitted model as plain arrays, and the arithmetic that turns articles into probabilities.

Two linear models over one space of hashed n-grams, one read on sentences and one on documents,
each with a logit for every severity level: violence referred to at all (1), recounted (2),
graphic (3). A document's logit for a level combines its strongest sentence, all its sentences
together and its own; the worst window of a long document decides. numpy only: scikit-learn is
needed to fit a model, never to use one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from os import PathLike
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from forewarn.errors import ForewarnError, ModelFileError
from forewarn.features import N_BUCKETS, Entries, distinct_buckets, unit_length
from forewarn.labels import Evidence, Label, ModelInfo, TokenWeight
from forewarn.modelfile import load_model, save_model
from forewarn.reading import Reader, Tokens
from forewarn.taxonomy import SEVERITY_NAMES, TYPE_NAMES, Severity, iptc_warnings, warning_message
from forewarn.text import Repaired, repair
from forewarn.tokens import TokenBatch
from forewarn.windows import Windows, cut_windows, spread

N_LEVELS = 3
MAX_EVIDENCE = 3

# Types have a table a quarter as long: sixteen outputs need it small, and are less fine-grained.
TYPE_BUCKET_SHIFT = 2

# Articles are taken in batches of about so many characters: the arrays of one then stay in a
# core's cache (timed from 2**14 to 2**20; the flat optimum lies around 2**18).
_BATCH_CHARACTERS = 1 << 18
_ARTICLE_CHARACTERS = 32  # what an article costs beside its characters: no endless batch of empties

# glibc returns the memory of one batch to the system and faults it in again for the next, which
# takes half of the time, until it has seen a larger block freed (mallopt(3), M_MMAP_THRESHOLD).
np.empty(1 << 24, np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Linear outputs over hashed features, quantised to a byte a weight.

    Attributes
    ----------
    weights : ndarray of int8, shape (n_outputs, n_buckets)
    scales : ndarray of float64, shape (n_outputs,)
        What one unit of a weight is worth.
    biases : ndarray of float64, shape (n_outputs,)
    """

    weights: NDArray[np.int8]
    scales: NDArray[np.float64]
    biases: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A named choice of thresholds, with what it reached on out-of-fold predictions.

    Attributes
    ----------
    thresholds : tuple of float
        A text has at least level 1, 2, 3 where its cumulative probability reaches these.
    reached : dict of str to float
        Precision and recall of ``violent`` (level 2 and above) and ``graphic``.
    """

    thresholds: tuple[float, float, float]
    reached: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """All that a model file holds.

    Attributes
    ----------
    symbols : ndarray of uint8, shape (65536,)
        The table of `forewarn.tokens.symbol_table`.
    sentence, document : Head
        Three outputs each, over `N_BUCKETS` buckets.
    types : Head
        Sixteen outputs, over ``N_BUCKETS >> TYPE_BUCKET_SHIFT`` buckets.
    combination : ndarray of float64, shape (3, 7)
        For each level the weights of the strongest sentence's logit and of what all sentences
        give together (`pool_logits`) for levels 1, 2 and 3, and the bias. The document's logit
        for the level is added as it is.
    type_thresholds : ndarray of float64, shape (16,)
    operating_points : dict of str to OperatingPoint
    training : dict of str to Any
        Digest and counts of the training data, seed, and metrics on the test split.
    """

    symbols: NDArray[np.uint8]
    sentence: Head
    document: Head
    types: Head
    combination: NDArray[np.float64]
    type_thresholds: NDArray[np.float64]
    operating_points: Mapping[str, OperatingPoint]
    training: Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class _Reading:
    """A batch of articles with its tokens' features: what every kind of answer starts from."""

    tokens: Tokens
    sentences: Entries
    windows: Windows
    passages: Entries  # of the windows

    @property
    def batch(self) -> TokenBatch:
        return self.tokens.batch

    @property
    def n_documents(self) -> int:
        return len(self.batch.origins)


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

    Attributes
    ----------
    classes : tuple of str
        Severity names: the columns of `predict_proba`.
    type_names : tuple of str
        The columns of `predict_types`.

    Raises
    ------
    ForewarnError
        If the model has no such operating point, or the threshold is not a probability.
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
    ) -> None:
        points = parameters.operating_points
        if operating_point not in points:
            names = ", ".join(sorted(points))
            raise ForewarnError(
                f"the model has no operating point {operating_point!r}; choose one of: {names}"
            )
        thresholds = points[operating_point].thresholds
        if threshold is not None:
            if not 0 <= threshold <= 1:
                raise ForewarnError(
                    f"threshold {threshold!r} is not a probability; give a number from 0 to 1"
                )
            thresholds = (*thresholds[:2], float(threshold))
        self.parameters = parameters
        self.info = info
        self._reader = Reader(parameters.symbols)
        self.thresholds = np.array(thresholds)

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
            return float(self._cumulative(self._read([texts]), (Severity.GRAPHIC,))[0, 0])
        parts = [
            self._cumulative(self._read(batch), (Severity.GRAPHIC,))[0] for batch in _batches(texts)
        ]
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
        parts = [_probabilities(self._levels(self._read(batch))) for batch in _batches(texts)]
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
        parts = [self._decide(self._levels(self._read(batch))) for batch in _batches(texts)]
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
        parts = [self._types(self._read(batch)) for batch in _batches(texts)]
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
        for batch in _batches(texts):
            repaired = [repair(text) for text in batch]
            reading = self._read_clean([clean.text for clean in repaired])
            levels = self._levels(reading)
            probabilities = _probabilities(levels)
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
        for batch in _batches(texts):
            repaired = [repair(text) for text in batch]
            reading = self._read_clean([clean.text for clean in repaired])
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
        level = int(severity) - 1
        text = next(_batches([text]))[0]
        clean = repair(text)
        reading = self._read_clean([clean.text])
        batch, head = reading.batch, self.parameters.sentence
        # An n-gram counts once a sentence, whichever of its repeats is asked: they share it.
        buckets = reading.tokens.buckets
        weights = np.zeros(len(batch.starts))
        for sentence, (first, last) in enumerate(pairwise(batch.sentences)):
            _, place, repeats = np.unique(
                buckets[:, first:last], return_inverse=True, return_counts=True
            )
            shares = (
                head.weights[level].take(buckets[:, first:last])
                / repeats[place.reshape(buckets[:, first:last].shape)]
            )
            weights[first:last] = shares.sum(axis=0) * (
                head.scales[level] / np.sqrt(reading.sentences.sizes[sentence])
            )
        logits = self._sentence_logits(reading)[level]
        locate = _Locator(text, clean, batch, 0)
        explained = []
        for sentence, logit in enumerate(logits):
            tokens = tuple(
                TokenWeight(*locate.token(token), float(weights[token]))
                for token in range(batch.sentences[sentence], batch.sentences[sentence + 1])
            )
            explained.append((locate.evidence(sentence, float(logit)), tokens))
        return explained

    # -- arithmetic -------------------------------------------------------------------------------

    def _read(self, texts: Sequence[str]) -> _Reading:
        return self._read_clean([repair(text).text for text in texts])

    def _read_clean(self, texts: Sequence[str]) -> _Reading:
        tokens = self._reader.read(texts)
        sentences, windows = sentence_entries(tokens), cut_windows(tokens.batch)
        passages = document_entries(sentences, windows.first, windows.last)
        return _Reading(tokens, sentences, windows, passages)

    def _sentence_logits(self, reading: _Reading) -> NDArray[np.float64]:
        """Return the logits of every sentence, shape (3, n_sentences)."""
        head, sentences = self.parameters.sentence, reading.sentences
        if not len(sentences.buckets):
            return np.empty((N_LEVELS, 0))
        weights = head.weights.take(sentences.buckets, axis=1)
        sums = np.add.reduceat(weights, sentences.bounds[:-1], axis=1, dtype=np.int32)
        scales = head.scales[:, None] / np.sqrt(sentences.sizes)
        logits: NDArray[np.float64] = sums * scales + head.biases[:, None]
        return logits

    def _levels(self, reading: _Reading) -> NDArray[np.float64]:
        """Return the cumulative probabilities, shape (3, n_documents), that never cross."""
        cumulative = self._cumulative(reading, (1, 2, 3))
        return np.maximum.accumulate(cumulative[::-1])[::-1]

    def _cumulative(self, reading: _Reading, levels: Sequence[int]) -> NDArray[np.float64]:
        """Return P(severity >= level) of each document, shape (n_levels, n_documents)."""
        probabilities = np.zeros((len(levels), reading.n_documents))
        windows = reading.windows
        if not len(windows.documents):
            return probabilities
        outputs = [level - 1 for level in levels]
        documents = self._document_logits(reading, self.parameters.document, outputs)
        first_window = np.searchsorted(windows.documents, windows.documents)
        openings = np.flatnonzero(first_window == np.arange(len(first_window)))
        strongest_and_together = _pool(self._sentence_logits(reading), windows)
        pooled = np.stack(strongest_and_together, axis=1).reshape(2 * N_LEVELS, -1)
        weights = self.parameters.combination[outputs]
        # Row by row, so that one level asked alone has the very figures it has among three.
        sentences = np.stack([row[:-1] @ pooled + row[-1] for row in weights])
        worst = np.maximum.reduceat(sentences + documents, openings, axis=1)
        probabilities[:, windows.documents[openings]] = sigmoid(worst)
        return probabilities

    def _document_logits(
        self, reading: _Reading, head: Head, outputs: Sequence[int], shift: int = 0
    ) -> NDArray[np.float64]:
        """Return the logits of every window by its own n-grams, shape (n_outputs, n_windows)."""
        entries = reading.passages
        values = unit_length(entries)
        buckets = entries.buckets >> shift
        logits = np.empty((len(outputs), len(entries.sizes)))
        for row, output in enumerate(outputs):
            products = head.weights[output].take(buckets) * values
            sums = np.add.reduceat(products, entries.bounds[:-1], dtype=np.float64)
            logits[row] = sums * head.scales[output] + head.biases[output]
        return logits

    def _types(self, reading: _Reading) -> NDArray[np.float64]:
        windows, n_types = reading.windows, len(self.type_names)
        probabilities = np.zeros((reading.n_documents, n_types))
        if len(windows.documents):
            logits = self._document_logits(
                reading, self.parameters.types, range(n_types), TYPE_BUCKET_SHIFT
            )
            np.maximum.at(probabilities, windows.documents, sigmoid(logits.T))
        return probabilities

    def _decide(self, levels: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the highest level whose cumulative probability reaches its threshold."""
        # A text without words has probability 0, which no threshold makes a warning.
        reached = (levels >= self.thresholds[:, None]) & (levels > 0)
        return np.where(reached.any(axis=0), N_LEVELS - reached[::-1].argmax(axis=0), 0)

    def _evidence(
        self,
        reading: _Reading,
        texts: Sequence[str],
        repaired: Sequence[Repaired],
        severities: NDArray[np.int64],
    ) -> list[tuple[Evidence, ...]]:
        batch = reading.batch
        ranked = self._sentence_logits(reading)
        found: list[tuple[Evidence, ...]] = []
        for row, (text, clean) in enumerate(zip(texts, repaired, strict=True)):
            first, last = batch.documents[row], batch.documents[row + 1]
            if severities[row] < Severity.VIOLENT or first == last:
                found.append(())
                continue
            logits = ranked[severities[row] - 1, first:last]
            locate = _Locator(text, clean, batch, row)
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
    ) -> Self:
        """Load a model file, memory-mapped.

        Parameters
        ----------
        path : str or path-like
        operating_point : str, default="balanced"
        threshold : float, optional

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
        return cls(parameters, info, operating_point=operating_point, threshold=threshold)

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


def parameters_to_content(parameters: Parameters) -> dict[str, Any]:
    """Return parameters as the nested plain values and arrays that a model file holds."""
    return asdict(parameters)


def parameters_from_content(content: Mapping[str, Any]) -> Parameters:
    """Rebuild parameters from a model file's content.

    Raises
    ------
    ModelFileError
        If a part is missing, or is of another type or shape than this version computes with.
    """
    try:
        parts = dict(content)
        for name in ("sentence", "document", "types"):
            parts[name] = Head(**parts[name])
        parts["operating_points"] = {
            name: OperatingPoint(_three_floats(point["thresholds"]), dict(point["reached"]))
            for name, point in parts["operating_points"].items()
        }
        parameters = Parameters(**parts)
        for name, dtype, shape, array in _layout(parameters):
            if array.dtype != dtype or array.shape != shape:
                raise ModelFileError(
                    f"{name} is {array.dtype} of shape {array.shape} where this version computes "
                    f"with {np.dtype(dtype)} of shape {shape}; train the model anew, or install "
                    "the version that wrote it"
                )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelFileError(
            f"its content is no forewarn classifier ({error!r}); train the model anew"
        ) from error
    return parameters


def _three_floats(values: Sequence[float]) -> tuple[float, float, float]:
    first, second, third = values
    if not all(isinstance(value, float) for value in values):
        raise TypeError("thresholds are not numbers")
    return first, second, third


def _layout(
    parameters: Parameters,
) -> Iterator[tuple[str, type[np.generic], tuple[int, ...], NDArray[Any]]]:
    """Yield name, type and shape that each array must have, and the array."""
    yield "symbols", np.uint8, (0x10000,), parameters.symbols
    n_types = len(TYPE_NAMES)
    for name, head, n_outputs, n_buckets in (
        ("sentence", parameters.sentence, N_LEVELS, N_BUCKETS),
        ("document", parameters.document, N_LEVELS, N_BUCKETS),
        ("types", parameters.types, n_types, N_BUCKETS >> TYPE_BUCKET_SHIFT),
    ):
        yield f"{name} weights", np.int8, (n_outputs, n_buckets), head.weights
        yield f"{name} scales", np.float64, (n_outputs,), head.scales
        yield f"{name} biases", np.float64, (n_outputs,), head.biases
    yield "combination", np.float64, (N_LEVELS, 2 * N_LEVELS + 1), parameters.combination
    yield "type_thresholds", np.float64, (n_types,), parameters.type_thresholds


# -- helpers --------------------------------------------------------------------------------------


class _Locator:
    """Finds tokens and sentences of one document in the text that the caller passed."""

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

    def _character(self, unit: int) -> int:
        unit -= self.origin
        return unit - int(np.searchsorted(self.pairs, unit))

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
    locate = _Locator(text, clean, batch, row)
    found = [
        locate.evidence(sentence, 0.0)
        for sentence in range(batch.documents[row], batch.documents[row + 1])
    ]
    return tuple((item.start, item.end) for item in found)


def _batches(texts: str | Iterable[str]) -> Iterator[list[str]]:
    """Group articles into batches of about `_BATCH_CHARACTERS`, checking that each is a str."""
    if isinstance(texts, str):
        texts = [texts]
    elif isinstance(texts, (bytes, bytearray, Mapping)) or not isinstance(texts, Iterable):
        raise TypeError(
            f"articles are {type(texts).__name__}; pass one article as str, or an iterable of str"
        )
    batch: list[str] = []
    room = _BATCH_CHARACTERS
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(
                f"article {position} is {type(text).__name__}, not str; pass each article as one "
                "str (decode bytes, and replace missing values by '')"
            )
        batch.append(text)
        room -= len(text) + _ARTICLE_CHARACTERS
        if room <= 0:
            yield batch
            batch, room = [], _BATCH_CHARACTERS
    if batch:
        yield batch


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


def _pool(
    logits: NDArray[np.float64], windows: Windows
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pool sentences' logits window by window."""
    first, last = windows.first, windows.last
    if (first[1:] == last[:-1]).all():  # no overlap: the sentences as they are
        return pool_logits(logits, first)
    sizes = last - first
    return pool_logits(logits[..., spread(first, last)], np.cumsum(sizes) - sizes)


def pool_logits(
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


def _probabilities(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn cumulative probabilities, shape (3, n), into those of the severities, shape (n, 4)."""
    n = levels.shape[1]
    steps = np.concatenate((np.ones((1, n)), levels, np.zeros((1, n))))
    return np.ascontiguousarray((steps[:-1] - steps[1:]).T)


def sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probabilities of logits."""
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -50.0, 50.0)))
