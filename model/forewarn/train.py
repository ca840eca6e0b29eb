"""The training script: labelled texts in, one released model out.

Fits sentence and document models for every severity level, combines them on out-of-fold logits
(so that the combination is calibrated on texts that its parts have not seen) and chooses
operating points and type thresholds there too. The same data and seed give the same bytes.
"""

import runpy
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve
from sklearn.model_selection import StratifiedGroupKFold

from forewarn.classifier import (
    N_LEVELS,
    TYPE_BUCKET_SHIFT,
    Head,
    OperatingPoint,
    Parameters,
    pool_logits,
)
from forewarn.corpus.house import HouseText
from forewarn.corpus.records import GoldText, LabelledSentence, WrittenText
from forewarn.features import N_BUCKETS
from forewarn.fitting import (
    Articles,
    as_article,
    fit_logistic,
    quantise,
    read_articles,
    read_sentences,
)
from forewarn.taxonomy import TYPE_NAMES, Severity
from forewarn.tokens import symbol_table

N_FOLDS = 5

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
        if self.written is not None:
            written_rows, written_reaches = self.written.known(level)
            X.append(self.written.sentences[written_rows])
            y.append(written_reaches)
        weight = np.ones(sum(map(len, y)))
        weight[len(y[0]) + len(y[1]) :] = WRITTEN_WEIGHT
        return sp.vstack(X, format="csr"), np.concatenate(y), weight


def gather(
    gold: Sequence[GoldText | HouseText],
    sentences: Sequence[LabelledSentence],
    written: Sequence[WrittenText],
) -> TrainingData:
    """Compute the features of everything to learn from.

    Parameters
    ----------
    gold : sequence of GoldText or HouseText
        The train split and a user's own articles; where it is empty the written texts take its
        place, which gives a weaker model.
    sentences : sequence of LabelledSentence
    written : sequence of WrittenText

    Returns
    -------
    TrainingData
    """
    articles = [as_article(record) for record in gold or written]
    return TrainingData(
        read_articles(articles),
        read_articles([as_article(record) for record in written]) if gold else None,
        read_sentences(sentences),
        np.array([int(sentence.severity) for sentence in sentences], np.int64),
        np.array([sentence.article for sentence in sentences], np.str_),
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
    fitted: dict[tuple[str, int, int | None], Weights] = {}
    run = Parallel(n_jobs=-1, return_as="generator")
    results = run(delayed(_fit_part)(data, folds, *job) for job in jobs)
    for done, (job, weights) in enumerate(zip(jobs, results, strict=True), start=1):
        fitted[job] = weights
        if progress is not None:
            progress("fitting", done, len(jobs))

    out_of_fold = _OutOfFold(articles, folds, fitted)
    combination, levels = _combine(out_of_fold, articles, folds)
    slopes, intercepts, type_probabilities = _calibrate_types(out_of_fold, articles)
    types = _head(fitted, "types", len(TYPE_NAMES))
    return Parameters(
        symbols=symbol_table(),
        sentence=_head(fitted, "sentence", N_LEVELS),
        document=_head(fitted, "document", N_LEVELS),
        types=Head(types.weights, types.scales * slopes, types.biases * slopes + intercepts),
        combination=combination,
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


def _head(fitted: dict[tuple[str, int, int | None], Weights], part: str, n_outputs: int) -> Head:
    weights, biases = zip(*(fitted[part, output, None] for output in range(n_outputs)), strict=True)
    return quantise(np.stack(weights), np.array(biases))


@dataclass(frozen=True, slots=True, eq=False)
class _OutOfFold:
    """Logits of every article by the models that have not seen it."""

    articles: Articles
    folds: NDArray[np.int64]
    fitted: dict[tuple[str, int, int | None], Weights]

    def _each_fold(
        self, X: sp.csr_array, folds: NDArray[np.int64], part: str, output: int
    ) -> NDArray[np.float64]:
        logits = np.empty(X.shape[0])
        for fold in range(N_FOLDS):
            weights, bias = self.fitted[part, output, fold]
            logits[folds == fold] = X[folds == fold] @ weights + bias
        return logits

    def pooled(self, level: int) -> NDArray[np.float64]:
        """Return what the combination of a level reads, shape (n_articles, 3)."""
        articles, output = self.articles, level - 1
        sentences = self._each_fold(
            articles.sentences, self.folds[articles.owner], "sentence", output
        )
        first = np.searchsorted(articles.owner, np.arange(len(self.folds)))
        documents = self._each_fold(articles.documents, self.folds, "document", output)
        return np.column_stack((*pool_logits(sentences, first), documents))

    def types(self, output: int) -> NDArray[np.float64]:
        """Return the logits of one type, shape (n_articles,)."""
        narrow = narrow_buckets(self.articles.documents)
        return self._each_fold(narrow, self.folds, "types", output)


def _combine(
    out_of_fold: _OutOfFold, articles: Articles, folds: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit the combination of each level.

    Returns
    -------
    combination : ndarray of float64, shape (3, 4)
    levels : ndarray of float64, shape (3, n_articles)
        Cumulative probabilities by combinations that have not seen the article.
    """
    combination = np.empty((N_LEVELS, 4))
    levels = np.empty((N_LEVELS, len(folds)))
    for row, level in enumerate(range(1, N_LEVELS + 1)):
        X, y = out_of_fold.pooled(level), articles.severity >= level
        model = LogisticRegression().fit(X, y)
        combination[row] = [*model.coef_[0], model.intercept_[0]]
        for fold in range(N_FOLDS):
            held_out = folds == fold
            model = LogisticRegression().fit(X[~held_out], y[~held_out])
            levels[row, held_out] = model.predict_proba(X[held_out])[:, 1]
    return combination, np.maximum.accumulate(levels[::-1])[::-1]


def _calibrate_types(
    out_of_fold: _OutOfFold, articles: Articles
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return each type's slope and intercept (Platt 1999), and its calibrated probabilities."""
    n_types = len(TYPE_NAMES)
    slopes, intercepts = np.ones(n_types), np.zeros(n_types)
    probabilities = np.zeros((len(articles.types), n_types))
    for column in range(n_types):
        X, y = out_of_fold.types(column)[:, None], articles.types[:, column]
        if y.any():
            model = LogisticRegression().fit(X, y)
            slopes[column], intercepts[column] = model.coef_[0, 0], model.intercept_[0]
            probabilities[:, column] = model.predict_proba(X)[:, 1]
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
        ``balanced`` (highest F1), ``cautious`` (recall of `CAUTIOUS_RECALL` at the highest
        precision that allows it), ``strict`` (precision of `STRICT_PRECISION` at the highest
        recall that allows it), for every level.
    """
    rules: dict[str, Callable[[NDArray[np.float64], NDArray[np.bool_]], float]] = {
        "balanced": _best_f1,
        "cautious": _reach_recall,
        "strict": _reach_precision,
    }
    points = {}
    for name, rule in rules.items():
        thresholds = [rule(levels[row], severity > row) for row in range(N_LEVELS)]
        reached = {}
        for level in (Severity.VIOLENT, Severity.GRAPHIC):
            found = levels[level - 1] >= thresholds[level - 1]
            true = severity >= level
            reached[f"{level}_precision"] = float((found & true).sum() / max(found.sum(), 1))
            reached[f"{level}_recall"] = float((found & true).sum() / max(true.sum(), 1))
        first, second, third = thresholds
        points[name] = OperatingPoint((first, second, third), reached)
    return points


def _best_f1(probabilities: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    if not true.any():
        return 1.0
    precision, recall, thresholds = precision_recall_curve(true, probabilities)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return float(thresholds[f1[:-1].argmax()])


def _reach_recall(probabilities: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    _, recall, thresholds = precision_recall_curve(true, probabilities)
    return float(thresholds[recall[:-1] >= CAUTIOUS_RECALL].max())


def _reach_precision(probabilities: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    precision, _, thresholds = precision_recall_curve(true, probabilities)
    reached = thresholds[precision[:-1] >= STRICT_PRECISION]
    return float(reached.min()) if len(reached) else float(thresholds.max())


if __name__ == "__main__":  # `python -m forewarn.train` is `forewarn train`
    sys.argv.insert(1, "train")
    runpy.run_module("forewarn", run_name="__main__")
