"""The training script: labelled texts in, one released model out.

Fits sentence and document models for every severity level, combines them on out-of-fold logits
(so that the combination is calibrated on texts that its parts have not seen) and chooses
operating points and type thresholds there too. The same data and seed give the same bytes.
"""

import runpy
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse as sp
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve
from sklearn.model_selection import StratifiedGroupKFold

from forewarn.classifier import (
    N_LEVELS,
    TYPE_BUCKET_SHIFT,
    OperatingPoint,
    Parameters,
    pool_logits,
    sigmoid,
)
from forewarn.corpus.house import HouseText
from forewarn.corpus.records import (
    GoldText,
    LabelledSentence,
    WrittenSentence,
    WrittenText,
)
from forewarn.features import N_BUCKETS
from forewarn.fitting import (
    Articles,
    as_article,
    fit_dense,
    fit_logistic,
    quantise,
    read_articles,
    read_sentences,
)
from forewarn.taxonomy import TYPE_NAMES, Severity
from forewarn.tokens import symbol_table

N_FOLDS = 5
_LEAST_SLOPE = 0.01

# Chosen by cross-validation on the train split; the figures are in released/experiments.md.
SENTENCE_C = 10.0
DOCUMENT_C = 100.0
TYPE_C = 100.0
WRITTEN_WEIGHT = 0.1

# What each operating point asks of P(graphic), and in the same way of P(violent).
CAUTIOUS_RECALL = 0.95
STRICT_PRECISION = 0.85

Progress = Callable[[str, int, int], None]
"""Called with the step, the parts of it that are done, and their number."""

Weights = tuple[NDArray[np.float64], float]
Fits = dict[tuple[str, int, int | None], Weights]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """Everything to learn from, as matrices.

    Attributes
    ----------
    articles : Articles
        Labelled articles; the folds are cut through these.
    written : Articles or None
        Written texts, whose sentences help at the sentence level.
    sentences : csr_array, shape (n_sentences, N_BUCKETS)
        Sentences labelled one by one.
    sentence_severity, sentence_group : ndarray, shape (n_sentences,)
        Their severity, and their article.
    """

    articles: Articles
    written: Articles | None
    sentences: sp.csr_array
    sentence_severity: NDArray[np.int64]
    sentence_group: NDArray[np.str_]

    def sentence_rows(
        self, level: int, held_out: NDArray[np.str_]
    ) -> tuple[sp.csr_array, NDArray[np.bool_], NDArray[np.float64]]:
        """Return features, targets and weights of sentences outside the groups held out."""
        rows, reaches = self.articles.known(level)
        kept = ~np.isin(self.articles.group[self.articles.owner[rows]], held_out)
        single = ~np.isin(self.sentence_group, held_out)
        X = [self.articles.sentences[rows[kept]], self.sentences[single]]
        y = [reaches[kept], self.sentence_severity[single] >= level]
        weight = [np.ones(len(y[0])), np.ones(len(y[1]))]
        if self.written is not None:
            rows, reaches = self.written.known(level)
            X.append(self.written.sentences[rows])
            y.append(reaches)
            weight.append(np.full(len(reaches), WRITTEN_WEIGHT))
        return sp.vstack(X, format="csr"), np.concatenate(y), np.concatenate(weight)


def gather(
    articles: Sequence[GoldText | HouseText | WrittenText],
    sentences: Sequence[LabelledSentence | WrittenSentence] = (),
    written: Sequence[WrittenText] = (),
) -> TrainingData:
    """Compute the features of everything to learn from.

    Parameters
    ----------
    articles : sequence of GoldText, HouseText or WrittenText
        What documents and sentences are learnt from, and calibrated on. Texts without words
        are left out.
    sentences : sequence of LabelledSentence or WrittenSentence
        Learnt from at the level of sentences.
    written : sequence of WrittenText
        Their sentences are learnt from too, at `WRITTEN_WEIGHT`.

    Returns
    -------
    TrainingData
    """
    return TrainingData(
        read_articles([as_article(item) for item in articles if any(map(str.isalnum, item.text))]),
        read_articles([as_article(item) for item in written]) if written else None,
        read_sentences([item.text for item in sentences]),
        np.array([int(item.severity) for item in sentences], np.int64),
        np.array([item.article for item in sentences], np.str_),
    )


def fit(data: TrainingData, *, seed: int = 0, progress: Progress | None = None) -> Parameters:
    """Fit a classifier.

    Parameters
    ----------
    data : TrainingData
    seed : int, default=0
        Decides how articles fall into folds.
    progress : callable, optional
        Told how far training is.

    Returns
    -------
    parameters : Parameters
        With an empty record of training.
    """
    articles = data.articles
    folds = _folds(articles, seed)
    jobs = [
        (part, output, fold)
        for fold in (*range(N_FOLDS), None)
        for part, n_outputs in _PARTS
        for output in range(n_outputs)
    ]
    fitted: Fits = {}
    run = Parallel(n_jobs=-1, return_as="generator")
    results = run(delayed(_fit_part)(data, folds, *job) for job in jobs)
    for done, (job, weights) in enumerate(zip(jobs, results, strict=True), start=1):
        fitted[job] = weights
        if progress is not None:
            progress("fitting", done, len(jobs))

    out_of_fold = _OutOfFold(articles, folds, fitted)
    type_logits = out_of_fold.types()
    weights, levels = _combine(out_of_fold, type_logits, articles, folds)
    slopes, intercepts, type_probabilities = _calibrate_types(type_logits, articles.types)
    sentence, document, types = (_Outputs.of(fitted, part, n_outputs) for part, n_outputs in _PARTS)
    n_pooled = 2 * N_LEVELS
    return Parameters(
        symbols=symbol_table(),
        sentence=quantise(sentence.weights, sentence.biases),
        document=quantise(*_fold_types(weights[:, n_pooled:-1], document, types)),
        types=quantise(types.weights * slopes[:, None], types.biases * slopes + intercepts),
        combination=np.column_stack((weights[:, :n_pooled], weights[:, -1])),
        type_thresholds=np.array(
            [
                _best_f1(type_probabilities[:, column], articles.types[:, column])
                for column in range(len(TYPE_NAMES))
            ]
        ),
        operating_points=choose_operating_points(levels, articles.severity),
        training={},
    )


_PARTS = (("sentence", N_LEVELS), ("document", N_LEVELS), ("types", len(TYPE_NAMES)))


def _folds(articles: Articles, seed: int) -> NDArray[np.int64]:
    splitter = StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=seed)
    folds = np.empty(len(articles.severity), np.int64)
    for fold, (_, held_out) in enumerate(
        splitter.split(articles.severity, articles.severity, articles.group)
    ):
        folds[held_out] = fold
    return folds


def _fit_part(
    data: TrainingData, folds: NDArray[np.int64], part: str, output: int, fold: int | None
) -> Weights:
    """Fit one output of one part, on all folds but one."""
    articles = data.articles
    kept = folds != (-1 if fold is None else fold)
    if part == "sentence":
        X, y, weight = data.sentence_rows(output + 1, np.unique(articles.group[~kept]))
        return fit_logistic(X, y, C=SENTENCE_C, weight=weight)
    if part == "document":
        return fit_logistic(
            articles.documents[kept], articles.severity[kept] > output, C=DOCUMENT_C
        )
    narrow = narrow_buckets(articles.documents[kept])
    return fit_logistic(narrow, articles.types[kept, output], C=TYPE_C)


def narrow_buckets(X: sp.csr_array) -> sp.csr_array:
    """Fold features into the shorter table of the types."""
    narrow = sp.csr_array(
        (X.data, X.indices >> TYPE_BUCKET_SHIFT, X.indptr),
        shape=(X.shape[0], N_BUCKETS >> TYPE_BUCKET_SHIFT),
        copy=True,  # summing sorts in place
    )
    narrow.sum_duplicates()
    return narrow


@dataclass(frozen=True, slots=True, eq=False)
class _Outputs:
    """The final fits of one part, stacked."""

    weights: NDArray[np.float64]
    biases: NDArray[np.float64]

    @classmethod
    def of(cls, fitted: Fits, part: str, n_outputs: int) -> Self:
        """Stack the fits of one part that have seen every fold."""
        fits = [fitted[part, output, None] for output in range(n_outputs)]
        return cls(np.stack([weights for weights, _ in fits]), np.array([bias for _, bias in fits]))


def _fold_types(
    combination: NDArray[np.float64], document: _Outputs, types: _Outputs
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return document weights and biases into which the combination and the types are folded.

    All of them are linear in the same n-grams of a document, so the sum that the combination
    makes of the logits of three levels and sixteen types is one table of weights for each level.
    """
    of_levels, of_types = combination[:, :N_LEVELS], combination[:, N_LEVELS:]
    wide = np.repeat(of_types @ types.weights, 1 << TYPE_BUCKET_SHIFT, axis=1)
    return (
        of_levels @ document.weights + wide,
        of_levels @ document.biases + of_types @ types.biases,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _OutOfFold:
    """Logits of every article by the models that have not seen it."""

    articles: Articles
    folds: NDArray[np.int64]
    fitted: Fits

    def _each_fold(
        self, X: sp.csr_array, folds: NDArray[np.int64], part: str, output: int
    ) -> NDArray[np.float64]:
        logits = np.empty(X.shape[0])
        for fold in range(N_FOLDS):
            weights, bias = self.fitted[part, output, fold]
            logits[folds == fold] = X[folds == fold] @ weights + bias
        return logits

    def pooled(self, output: int) -> list[NDArray[np.float64]]:
        """Return what the sentences of every article give for one level."""
        logits = self._each_fold(
            self.articles.sentences, self.folds[self.articles.owner], "sentence", output
        )
        first = np.searchsorted(self.articles.owner, np.arange(len(self.folds)))
        return list(pool_logits(logits, first))

    def documents(self, output: int) -> NDArray[np.float64]:
        """Return the documents' logits of one level."""
        return self._each_fold(self.articles.documents, self.folds, "document", output)

    def types(self) -> NDArray[np.float64]:
        """Return the logits of the types, shape (n_articles, 16)."""
        narrow = narrow_buckets(self.articles.documents)
        return np.column_stack(
            [
                self._each_fold(narrow, self.folds, "types", output)
                for output in range(len(TYPE_NAMES))
            ]
        )


def _combine(
    out_of_fold: _OutOfFold,
    type_logits: NDArray[np.float64],
    articles: Articles,
    folds: NDArray[np.int64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit the combination of each level on what sentences, documents and types say.

    Returns
    -------
    weights : ndarray of float64, shape (3, 6 + 3 + 16 + 1)
        Of the pooled sentences of every level, of the document's levels and types, and the bias.
    levels : ndarray of float64, shape (3, n_articles)
        Cumulative probabilities by combinations that have not seen the article.
    """
    X = np.column_stack(
        [
            *(pooled for output in range(N_LEVELS) for pooled in out_of_fold.pooled(output)),
            *(out_of_fold.documents(output) for output in range(N_LEVELS)),
            type_logits,
        ]
    )
    weights = np.empty((N_LEVELS, X.shape[1] + 1))
    levels = np.empty((N_LEVELS, len(folds)))
    for row in range(N_LEVELS):
        y = articles.severity > row
        *weights[row, :-1], weights[row, -1] = fit_dense(X, y)
        for fold in range(N_FOLDS):
            held_out = folds == fold
            *slopes, bias = fit_dense(X[~held_out], y[~held_out])
            levels[row, held_out] = sigmoid(X[held_out] @ slopes + bias)
    return weights, np.maximum.accumulate(levels[::-1])[::-1]


def _calibrate_types(
    type_logits: NDArray[np.float64], types: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return each type's slope and intercept (Platt 1999), and its calibrated probabilities."""
    n_types = len(TYPE_NAMES)
    slopes, intercepts = np.ones(n_types), np.zeros(n_types)
    probabilities = np.zeros((len(types), n_types))
    for column in range(n_types):
        X, y = type_logits[:, column, None], types[:, column]
        if y.any():
            slope, intercept = fit_dense(X, y)
            # A few texts can fool the folds into a falling line, which would turn a type around.
            slopes[column] = max(slope, _LEAST_SLOPE)
            intercepts[column] = intercept
            probabilities[:, column] = sigmoid(X[:, 0] * slopes[column] + intercept)
    return slopes, intercepts, probabilities


def choose_operating_points(
    levels: NDArray[np.float64], severity: NDArray[np.int64]
) -> dict[str, OperatingPoint]:
    """Choose thresholds on out-of-fold probabilities and record what they reach there.

    Parameters
    ----------
    levels : ndarray of float64, shape (3, n)
        Cumulative probabilities.
    severity : ndarray of int64, shape (n,)

    Returns
    -------
    dict of str to OperatingPoint
        For every level: ``balanced`` has the highest F1; ``cautious`` the highest threshold with
        a recall of `CAUTIOUS_RECALL`, no higher than balanced; ``strict`` the lowest threshold
        with a precision of `STRICT_PRECISION`, no lower than balanced.
    """
    thresholds = np.array([_thresholds(levels[row], severity > row) for row in range(N_LEVELS)])
    points = {}
    for name, (first, second, third) in zip(_POINTS, thresholds.T.tolist(), strict=True):
        reached = {}
        for level, threshold in ((Severity.VIOLENT, second), (Severity.GRAPHIC, third)):
            found, true = levels[level - 1] >= threshold, severity >= level
            hits = int((found & true).sum())
            reached[f"{level}_precision"] = hits / max(int(found.sum()), 1)
            reached[f"{level}_recall"] = hits / max(int(true.sum()), 1)
        points[name] = OperatingPoint((first, second, third), reached)
    return points


_POINTS = ("balanced", "cautious", "strict")


def _thresholds(
    probabilities: NDArray[np.float64], true: NDArray[np.bool_]
) -> tuple[float, float, float]:
    """Return the thresholds of `_POINTS`: cautious at most, strict at least the balanced one."""
    balanced = _best_f1(probabilities, true)
    if not true.any():
        return balanced, balanced, balanced
    precision, recall, thresholds = precision_recall_curve(true, probabilities)
    complete = thresholds[recall[:-1] >= CAUTIOUS_RECALL]
    exact = thresholds[precision[:-1] >= STRICT_PRECISION]
    strict = float(exact.min() if len(exact) else thresholds.max())
    return balanced, min(float(complete.max()), balanced), max(strict, balanced)


def _best_f1(probabilities: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    if not true.any():
        return 1.0
    precision, recall, thresholds = precision_recall_curve(true, probabilities)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return float(thresholds[f1[:-1].argmax()])


if __name__ == "__main__":  # `python -m forewarn.train` is `forewarn train`
    sys.argv.insert(1, "train")
    runpy.run_module("forewarn", run_name="__main__")
