"""Fit linear models over hashed n-grams to labelled articles and sentences; scikit-learn's room.

A sentence is known to be of a level where it is labelled itself, where it is evidence for its
article's severity, or where its whole article stays below the level. The other sentences of a
violent or graphic article are unknown and stay out, unless the article was read sentence by
sentence.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from forewarn.corpus.house import HouseText
from forewarn.corpus.records import GoldText, LabelledSentence, WrittenSentence, WrittenText
from forewarn.features import N_BUCKETS, Entries, unit_length
from forewarn.lexicon import meanings_of_words, membership, name_hashes, read_lexicon
from forewarn.locate import locate_sentences
from forewarn.logits import document_entries, read, sentence_meanings
from forewarn.parameters import N_LEVELS, Head, Meanings
from forewarn.reading import Reader
from forewarn.taxonomy import TYPE_NAMES, Severity
from forewarn.text import repair
from forewarn.tokens import symbol_table

_BATCH = 64  # texts

# How freely a class of meaning, and a pair of them, may weigh beside a single n-gram.
CLASS_SCALE = 2.0
PAIR_SCALE = 0.15


@dataclass(frozen=True, slots=True)
class Article:
    """A labelled article, from whichever source.

    Attributes
    ----------
    text : str
    severity : int
    types : tuple of str
    evidence : tuple of (int, int)
        Character spans of the deciding sentences.
    readings : tuple of (int, int, int)
        Character span and severity of each sentence of severity 2 or 3, where the article was
        read sentence by sentence; None where it was not.
    group : str
        Texts of one group stay in one fold.
    """

    text: str
    severity: int
    types: tuple[str, ...]
    evidence: tuple[tuple[int, int], ...]
    group: str
    readings: tuple[tuple[int, int, int], ...] | None = None


Labelled = GoldText | HouseText | WrittenText | LabelledSentence | WrittenSentence


def as_article(record: Labelled) -> Article:
    """Return a labelled text of any source, or a single sentence, as an article to learn from."""
    if isinstance(record, LabelledSentence | WrittenSentence):
        all_of_it = ((0, len(record.text)),)
        return Article(record.text, int(record.severity), (), all_of_it, record.article)
    group = record.family if isinstance(record, WrittenText) else record.article
    readings = record.readings if isinstance(record, GoldText) else None
    severity = int(record.severity)
    return Article(record.text, severity, record.types, record.evidence, group, readings)


@dataclass(frozen=True, slots=True, eq=False)
class Sentences:
    """Sentences as matrices.

    Attributes
    ----------
    ngrams : csr_array of float64, shape (n_sentences, N_BUCKETS)
        Presences over the square root of their number.
    meanings : ndarray of bool, shape (n_sentences, n_classes)
        Which classes of the lexicon a sentence has words of.
    """

    ngrams: sp.csr_array
    meanings: NDArray[np.bool_]

    def __getitem__(self, rows: NDArray[Any]) -> Self:
        return replace(self, ngrams=self.ngrams[rows], meanings=self.meanings[rows])

    def __len__(self) -> int:
        return len(self.meanings)

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """Put sentences of several places one after the other."""
        return cls(
            sp.vstack([part.ngrams for part in parts], format="csr"),
            np.concatenate([part.meanings for part in parts]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Articles:
    """Articles as matrices.

    Attributes
    ----------
    documents : csr_array of float64, shape (n_articles, N_BUCKETS)
        Sub-linear counts at unit length.
    n_tokens : ndarray of int64, shape (n_articles,)
    sentences : Sentences
    owner : ndarray of int64, shape (n_sentences,)
        Article of each sentence, ascending.
    evidence : ndarray of bool, shape (n_sentences,)
    readings : ndarray of int64, shape (n_sentences,)
        Severity of each sentence of an article that was read sentence by sentence (0 for 0 or
        1), -1 elsewhere.
    severity : ndarray of int64, shape (n_articles,)
    types : ndarray of bool, shape (n_articles, 16)
    group : ndarray of str, shape (n_articles,)
    """

    documents: sp.csr_array
    n_tokens: NDArray[np.int64]
    sentences: Sentences
    owner: NDArray[np.int64]
    evidence: NDArray[np.bool_]
    readings: NDArray[np.int64]
    severity: NDArray[np.int64]
    types: NDArray[np.bool_]
    group: NDArray[np.str_]

    def known(self, level: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the sentences known to reach a level or not, and whether they do."""
        below = self.severity[self.owner] < level
        was_read = (self.readings >= 0) & (level >= Severity.VIOLENT)
        reaches = np.where(was_read, self.readings >= level, self.evidence) & ~below
        rows = np.flatnonzero(below | was_read | reaches)
        return rows, reaches[rows]


def read_articles(articles: Sequence[Article]) -> Articles:
    """Compute the features of labelled articles, as scoring does.

    Parameters
    ----------
    articles : sequence of Article

    Returns
    -------
    Articles
    """
    reader, meanings = Reader(symbol_table(), name_hashes()), lexicon()
    parts = [_read_batch(articles[:0], reader, meanings)]
    for offset in range(0, len(articles), _BATCH):
        part = _read_batch(articles[offset : offset + _BATCH], reader, meanings)
        parts.append(replace(part, owner=part.owner + offset))
    return Articles(
        documents=sp.vstack([part.documents for part in parts], format="csr"),
        sentences=Sentences.join([part.sentences for part in parts]),
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("n_tokens", "owner", "evidence", "readings", "severity", "types", "group")
        },
    )


def _read_batch(articles: Sequence[Article], reader: Reader, meanings: Meanings) -> Articles:
    clean = [repair(item.text) for item in articles]
    reading = read(reader, [item.text for item in clean])
    batch, entries = reading.batch, reading.sentences
    filled = np.flatnonzero(np.diff(batch.documents))
    runs = document_entries(entries, batch.documents[filled], batch.documents[filled + 1])
    evidence, readings = [np.empty(0, np.bool_)], [np.empty(0, np.int64)]
    for row, item in enumerate(articles):
        n_sentences = int(batch.documents[row + 1] - batch.documents[row])
        known = bool(item.evidence) or item.readings is not None
        spans = locate_sentences(item.text, clean[row], batch, row) if known else ()
        decides = [_overlaps(span, item.evidence) for span in spans]
        evidence.append(np.array(decides, bool) if spans else np.zeros(n_sentences, bool))
        readings.append(_severities(spans, item.readings, n_sentences))
    return Articles(
        documents=_rows(filled[runs.owners], runs.buckets, unit_length(runs), len(articles)),
        n_tokens=np.diff(batch.sentences[batch.documents]),
        sentences=Sentences(sentence_rows(entries), sentence_meanings(meanings, reading.tokens)),
        owner=np.repeat(np.arange(len(articles)), np.diff(batch.documents)),
        evidence=np.concatenate(evidence),
        readings=np.concatenate(readings),
        severity=np.array([item.severity for item in articles], np.int64),
        types=np.array(
            [[name in item.types for name in TYPE_NAMES] for item in articles], np.bool_
        ).reshape(-1, len(TYPE_NAMES)),
        group=np.array([item.group for item in articles], np.str_),
    )


def lexicon() -> Meanings:
    """Return the classes of meaning, before anything is known of their pairs."""
    n_classes = len(read_lexicon())
    pairs = np.zeros((N_LEVELS, n_classes, n_classes), np.float32)
    return Meanings(*meanings_of_words(), pairs)


def sentence_rows(entries: Entries) -> sp.csr_array:
    """Return sentences as rows of presences over the root of their number."""
    values = np.repeat(1 / np.sqrt(entries.sizes), entries.sizes)
    return sp.csr_array((values, entries.buckets, entries.bounds), (len(entries.sizes), N_BUCKETS))


def _rows(
    rows: NDArray[np.int64], buckets: NDArray[np.int64], values: NDArray[Any], n_rows: int
) -> sp.csr_array:
    return sp.coo_array(
        (values.astype(np.float64), (rows, buckets)), shape=(n_rows, N_BUCKETS)
    ).tocsr()


def _overlaps(span: tuple[int, int], evidence: Sequence[tuple[int, ...]]) -> bool:
    """Tell whether most of a sentence, or of a piece of evidence, is the other's."""
    return any(
        min(span[1], end) - max(span[0], start) > 0.5 * min(span[1] - span[0], end - start)
        for start, end, *_ in evidence
    )


def _severities(
    spans: Sequence[tuple[int, int]],
    readings: Sequence[tuple[int, int, int]] | None,
    n_sentences: int,
) -> NDArray[np.int64]:
    """Return the severity read in each sentence, -1 where none was read."""
    if readings is None:
        return np.full(n_sentences, -1)
    found = np.zeros(n_sentences, np.int64)
    for severity in (Severity.VIOLENT, Severity.GRAPHIC):
        marked = [reading for reading in readings if reading[2] == severity]
        found[[_overlaps(span, marked) for span in spans]] = severity
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """One fitted output.

    Attributes
    ----------
    weights : ndarray of float64, shape (n_buckets,)
    bias : float
    pairs : ndarray of float64, shape (n_classes, n_classes)
        Of two classes of meaning in one sentence, above the diagonal.
    """

    weights: NDArray[np.float64]
    bias: float
    pairs: NDArray[np.float64]

    def logits(
        self, ngrams: sp.csr_array, meanings: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float64]:
        """Return the logits of rows of features."""
        logits: NDArray[np.float64] = ngrams @ self.weights + self.bias
        if meanings is not None:
            has = meanings.astype(np.float64)
            logits += np.einsum("ij,ij->i", has @ self.pairs, has)
        return logits


def fit_logistic(
    X: sp.csr_array,
    y: NDArray[np.bool_],
    *,
    C: float,
    weight: NDArray[np.float64] | None = None,
    meanings: NDArray[np.bool_] | None = None,
    with_classes: bool = True,
) -> Fit:
    """Fit a logistic regression over n-grams, classes of meaning and pairs of classes.

    Columns of n-grams are scaled by inverse document frequency for the fit, and the weights
    scaled back: what stands everywhere is held closer to zero. Buckets seen in a single row are
    left at zero, since they would only memorise it. A class of meaning is the sum of its words'
    columns, so its weight is added to theirs.

    Parameters
    ----------
    X : csr_array, shape (n, n_buckets)
    y : ndarray of bool, shape (n,)
    C : float
        Inverse strength of regularisation.
    weight : ndarray of float64, shape (n,), optional
    meanings : ndarray of bool, shape (n, n_classes), optional
        Classes of each row; their pairs are then fitted too.
    with_classes : bool, default=True
        Whether classes of meaning have columns of their own.

    Returns
    -------
    Fit
    """
    members = _members(X.shape[1])
    n_classes = members.shape[1]
    frequency = np.bincount(X.indices, minlength=X.shape[1])
    columns = np.flatnonzero(frequency > 1)
    weights, pairs = np.zeros(X.shape[1]), np.zeros((n_classes, n_classes))
    if y.all() or not y.any() or not len(columns):  # nothing to tell apart: the share alone
        return Fit(weights, _log_odds(y), pairs)
    inverse = np.log((1 + X.shape[0]) / (1 + frequency[columns]))
    inverse /= np.average(inverse, weights=frequency[columns]) or 1.0
    class_scale = CLASS_SCALE if with_classes else 0.0
    parts = [X[:, columns] @ sp.diags_array(inverse, format="csr"), class_scale * (X @ members)]
    first, second = np.triu_indices(n_classes, 1)
    if meanings is not None:
        both = sp.csr_array(meanings[:, first] & meanings[:, second], dtype=np.float64)
        parts.append(PAIR_SCALE * both)
    model = LogisticRegression(C=C, max_iter=300, tol=1e-8)
    with warnings.catch_warnings():
        # The last digits of the weights change no figure, and bytes round them off.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(sp.hstack(parts, format="csr"), y, sample_weight=weight)
    of_ngrams, of_classes, of_pairs = np.split(
        model.coef_[0], [len(columns), len(columns) + n_classes]
    )
    weights[columns] = of_ngrams * inverse
    weights += members @ (class_scale * of_classes)
    if meanings is not None:
        pairs[first, second] = PAIR_SCALE * of_pairs
    return Fit(weights, float(model.intercept_[0]), pairs)


def _members(n_buckets: int) -> sp.csr_array:
    """Return which buckets, of a table of this length, hold words of which class."""
    members = membership().tocoo()
    shift = (N_BUCKETS // n_buckets).bit_length() - 1
    rows = members.row >> shift
    shape = (n_buckets, members.shape[1])
    narrow = sp.coo_array((members.data, (rows, members.col)), shape).tocsr()
    narrow.data[:] = 1
    return narrow


def fit_dense(
    X: NDArray[np.float64], y: NDArray[np.bool_], weight: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Fit a logistic regression of a few figures, each scaled to unit variance for the fit.

    Parameters
    ----------
    X : ndarray of float64, shape (n, n_figures)
    y : ndarray of bool, shape (n,)
    weight : ndarray of float64, shape (n,), optional

    Returns
    -------
    ndarray of float64, shape (n_figures + 1,)
        Weights of the figures as they come, and the bias.
    """
    if y.all() or not y.any():
        return np.append(np.zeros(X.shape[1]), _log_odds(y))
    # A figure that hardly varies must not be blown up: it could only tell the folds apart.
    centre, spread = X.mean(axis=0), np.maximum(X.std(axis=0), 0.1)
    model = LogisticRegression(max_iter=1000).fit((X - centre) / spread, y, weight)
    weights = model.coef_[0] / spread
    return np.append(weights, model.intercept_[0] - weights @ centre)


def _log_odds(y: NDArray[np.bool_]) -> float:
    """Return the log odds of a share, kept finite by half a count on either side."""
    positives = float(y.sum())
    return float(np.log((positives + 0.5) / (len(y) - positives + 0.5)))


def quantise(weights: NDArray[np.float64], biases: NDArray[np.float64]) -> Head:
    """Round weights to a byte each, with one scale an output.

    Parameters
    ----------
    weights : ndarray of float64, shape (n_outputs, n_buckets)
    biases : ndarray of float64, shape (n_outputs,)

    Returns
    -------
    Head
    """
    scales = np.maximum(np.abs(weights).max(axis=1), 1e-12) / 127
    steps = np.rint(weights / scales[:, None]).astype(np.int8)
    return Head(steps, scales, np.asarray(biases, np.float64))
