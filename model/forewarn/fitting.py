"""Fit linear models over hashed n-grams to labelled articles and sentences; scikit-learn's room.

A sentence is known to be of a level where it is labelled itself, where it is evidence for its
article's severity, or where its whole article stays below the level. The other sentences of a
violent or graphic article are unknown and stay out.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from forewarn.classifier import Head, document_entries, locate_sentences, sentence_entries
from forewarn.corpus.house import HouseText
from forewarn.corpus.records import GoldText, WrittenText
from forewarn.features import N_BUCKETS, Entries, distinct_buckets, unit_length
from forewarn.reading import Reader
from forewarn.taxonomy import TYPE_NAMES
from forewarn.text import repair
from forewarn.tokens import symbol_table

_BATCH = 64  # texts


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
    group : str
        Texts of one group stay in one fold.
    """

    text: str
    severity: int
    types: tuple[str, ...]
    evidence: tuple[tuple[int, int], ...]
    group: str


def as_article(record: GoldText | HouseText | WrittenText) -> Article:
    """Return a labelled text of any source as an article to learn from."""
    group = record.family if isinstance(record, WrittenText) else record.article
    return Article(record.text, int(record.severity), record.types, record.evidence, group)


@dataclass(frozen=True, slots=True, eq=False)
class Articles:
    """Articles as matrices.

    Attributes
    ----------
    documents : csr_array of float64, shape (n_articles, N_BUCKETS)
        Sub-linear counts at unit length.
    sentences : csr_array of float64, shape (n_sentences, N_BUCKETS)
        Counts over the square root of the number of tokens.
    owner : ndarray of int64, shape (n_sentences,)
        Article of each sentence, ascending.
    evidence : ndarray of bool, shape (n_sentences,)
    severity : ndarray of int64, shape (n_articles,)
    types : ndarray of bool, shape (n_articles, 16)
    group : ndarray of str, shape (n_articles,)
    """

    documents: sp.csr_array
    sentences: sp.csr_array
    owner: NDArray[np.int64]
    evidence: NDArray[np.bool_]
    severity: NDArray[np.int64]
    types: NDArray[np.bool_]
    group: NDArray[np.str_]

    def known(self, level: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the sentences known to reach a level or not, and whether they do."""
        severity = self.severity[self.owner]
        below = severity < level
        reaches = self.evidence & ~below
        rows = np.flatnonzero(below | reaches)
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
    documents, sentences = [sp.csr_array((0, N_BUCKETS))], [sp.csr_array((0, N_BUCKETS))]
    reader = Reader(symbol_table())
    owner, evidence = [np.empty(0, np.int64)], [np.empty(0, np.bool_)]
    for offset in range(0, len(articles), _BATCH):
        part = articles[offset : offset + _BATCH]
        clean = [repair(item.text) for item in part]
        tokens = reader.read([item.text for item in clean])
        batch, entries = tokens.batch, sentence_entries(tokens)
        owners = np.repeat(np.arange(len(part)), np.diff(batch.documents))
        sentences.append(sentence_rows(entries))
        filled = np.flatnonzero(np.diff(batch.documents))
        runs = document_entries(entries, batch.documents[filled], batch.documents[filled + 1])
        documents.append(_rows(filled[runs.owners], runs.buckets, unit_length(runs), len(part)))
        owner.append(owners + offset)
        for row, item in enumerate(part):
            spans = locate_sentences(item.text, clean[row], batch, row) if item.evidence else ()
            decides = [_overlaps(span, item.evidence) for span in spans]
            n_sentences = batch.documents[row + 1] - batch.documents[row]
            evidence.append(np.array(decides, bool) if spans else np.zeros(n_sentences, bool))
    return Articles(
        sp.vstack(documents, format="csr"),
        sp.vstack(sentences, format="csr"),
        np.concatenate(owner),
        np.concatenate(evidence),
        np.array([item.severity for item in articles], np.int64),
        np.array(
            [[name in item.types for name in TYPE_NAMES] for item in articles], np.bool_
        ).reshape(-1, len(TYPE_NAMES)),
        np.array([item.group for item in articles], np.str_),
    )


def read_sentences(texts: Sequence[str]) -> sp.csr_array:
    """Compute the features of single sentences, one row each."""
    reader = Reader(symbol_table())
    rows = [sp.csr_array((0, N_BUCKETS))]
    for offset in range(0, len(texts), _BATCH):
        part = [repair(text).text for text in texts[offset : offset + _BATCH]]
        tokens = reader.read(part)
        sizes = np.diff(tokens.batch.sentences[tokens.batch.documents])
        filled = np.flatnonzero(sizes)
        owners = np.repeat(np.arange(len(filled)), sizes[filled])
        whole = sentence_rows(distinct_buckets(tokens.buckets, owners)).tocoo()
        rows.append(_rows(filled[whole.row], whole.col, whole.data, len(part)))
    return sp.vstack(rows, format="csr")


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


def _overlaps(span: tuple[int, int], evidence: Sequence[tuple[int, int]]) -> bool:
    """Tell whether most of a sentence, or of a piece of evidence, is the other's."""
    return any(
        min(span[1], end) - max(span[0], start) > 0.5 * min(span[1] - span[0], end - start)
        for start, end in evidence
    )


def fit_logistic(
    X: sp.csr_array,
    y: NDArray[np.bool_],
    *,
    C: float,
    weight: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.float64], float]:
    """Fit a logistic regression and return its weights over all buckets, and its bias.

    Columns are scaled by inverse document frequency for the fit, and the weights scaled back:
    what stands everywhere is held closer to zero. Buckets seen in a single row are left at zero,
    since they would only memorise it.
    """
    frequency = np.bincount(X.indices, minlength=X.shape[1])
    columns = np.flatnonzero(frequency > 1)
    if y.all() or not y.any() or not len(columns):  # nothing to tell apart: the share alone
        return np.zeros(X.shape[1]), _log_odds(y)
    inverse = np.log((1 + X.shape[0]) / (1 + frequency[columns]))
    inverse /= np.average(inverse, weights=frequency[columns])
    model = LogisticRegression(C=C, max_iter=200, tol=1e-8)
    with warnings.catch_warnings():
        # The last digits of the weights change no figure, and bytes round them off.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X[:, columns] @ sp.diags_array(inverse, format="csr"), y, sample_weight=weight)
    weights = np.zeros(X.shape[1])
    weights[columns] = model.coef_[0] * inverse
    return weights, float(model.intercept_[0])


def fit_dense(X: NDArray[np.float64], y: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Fit a logistic regression of a few figures, each scaled to unit variance for the fit.

    Parameters
    ----------
    X : ndarray of float64, shape (n, n_figures)
    y : ndarray of bool, shape (n,)

    Returns
    -------
    ndarray of float64, shape (n_figures + 1,)
        Weights of the figures as they come, and the bias.
    """
    if y.all() or not y.any():
        return np.append(np.zeros(X.shape[1]), _log_odds(y))
    # A figure that hardly varies must not be blown up: it could only tell the folds apart.
    centre, spread = X.mean(axis=0), np.maximum(X.std(axis=0), 0.1)
    model = LogisticRegression(max_iter=1000).fit((X - centre) / spread, y)
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
