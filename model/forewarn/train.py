"""The training script: labelled texts in, one released model out.

Fits sentence and document models for every severity level, combines them on out-of-fold logits
(so that the combination is calibrated on texts that its parts have not seen) and chooses
operating points and type thresholds there too. The same data and seed give the same bytes.
"""

import runpy
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import scipy.sparse as sp
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve
from sklearn.model_selection import StratifiedGroupKFold

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
    Fit,
    Sentences,
    as_article,
    fit_dense,
    fit_logistic,
    lexicon,
    quantise,
    read_articles,
)
from forewarn.lexicon import name_hashes
from forewarn.logits import document_trust, pool, sigmoid
from forewarn.parameters import (
    N_LEVELS,
    N_POOLED,
    TYPE_BUCKET_SHIFT,
    OperatingPoint,
    Parameters,
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
BRIEF_WRITTEN, BRIEF_SINGLE = 0.5, 0.3  # of written texts and single sentences as brief texts

# What each operating point asks of P(graphic), and in the same way of P(violent).
CAUTIOUS_RECALL = 0.95
STRICT_PRECISION = 0.85

Progress = Callable[[str, int, int], None]
"""Called with the step, the parts of it that are done, and their number."""

Fits = dict[tuple[str, int, int | None], Fit]


Folds = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Fold of every article, written text and single sentence; what is of one group is in one."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """Everything to learn from, as matrices.

    Attributes
    ----------
    articles : Articles
        Labelled articles; the folds are cut through these.
    written : Articles
        Written texts, whose sentences help at the sentence level; may be none.
    singles : Articles
        Sentences labelled one by one, each an article by itself; may be none.
    """

    articles: Articles
    written: Articles
    singles: Articles

    @property
    def parts(self) -> tuple[Articles, Articles, Articles]:
        """Articles, written texts and single sentences, in the order of `Folds`."""
        return self.articles, self.written, self.singles

    def sentence_rows(
        self, level: int, folds: Folds, fold: int | None
    ) -> tuple[Sentences, NDArray[np.bool_], NDArray[np.float64]]:
        """Return features, targets and weights of the sentences outside a fold."""
        X, y, weight = [], [], []
        for part, of_texts, worth in zip(
            self.parts, folds, (1.0, WRITTEN_WEIGHT, 1.0), strict=True
        ):
            rows, reaches = part.known(level)
            kept = of_texts[part.owner[rows]] != fold
            X.append(part.sentences[rows[kept]])
            y.append(reaches[kept])
            weight.append(np.full(int(kept.sum()), worth))
        return Sentences.join(X), np.concatenate(y), np.concatenate(weight)


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
        read_articles([as_article(item) for item in written]),
        read_articles([as_article(item) for item in sentences]),
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
    articles, folds = data.articles, cut_folds(data, seed)
    jobs = [
        (part, output, fold)
        for fold in (*range(N_FOLDS), None)
        for part, n_outputs in _PARTS
        for output in range(n_outputs)
    ]
    fitted: Fits = {}
    run = Parallel(n_jobs=-1, return_as="generator")
    results = run(delayed(_fit_part)(data, folds, *job) for job in jobs)
    for done, (job, found) in enumerate(zip(jobs, results, strict=True), start=1):
        fitted[job] = found
        if progress is not None:
            progress("fitting", done, len(jobs))

    unseen = [
        _out_of_fold(part, of_texts, fitted)
        for part, of_texts in zip(data.parts, folds, strict=True)
    ]
    weights, brief, levels = _combine(unseen, data, folds)
    type_logits = unseen[0][:, N_POOLED + N_LEVELS :]
    slopes, intercepts, type_probabilities = _calibrate_types(type_logits, articles.types)
    sentence, document, types = (_Outputs.of(fitted, part, n_outputs) for part, n_outputs in _PARTS)
    return Parameters(
        symbols=symbol_table(),
        names=name_hashes(),
        sentence=quantise(sentence.weights, sentence.biases),
        document=quantise(*_fold_types(weights[:, N_POOLED:-1], document, types)),
        types=quantise(types.weights * slopes[:, None], types.biases * slopes + intercepts),
        meanings=replace(lexicon(), pairs=sentence.pairs.astype(np.float32)),
        combination=np.column_stack((weights[:, :N_POOLED], weights[:, -1])),
        brief=brief,
        graphic_share=_share(articles.severity == Severity.GRAPHIC),
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


def cut_folds(data: TrainingData, seed: int) -> Folds:
    """Cut the articles into folds of like severities, and deal out the other groups."""
    articles, written, singles = data.parts
    splitter = StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=seed)
    of_articles = np.empty(len(articles.severity), np.int64)
    for fold, (_, held_out) in enumerate(
        splitter.split(articles.severity, articles.severity, articles.group)
    ):
        of_articles[held_out] = fold
    of_group = dict(zip(articles.group.tolist(), of_articles.tolist(), strict=True))
    others = {*written.group.tolist(), *singles.group.tolist()} - of_group.keys()
    dealt = np.random.default_rng(seed).permutation(len(others)) % N_FOLDS
    of_group |= dict(zip(sorted(others), dealt.tolist(), strict=True))

    def folds_of(part: Articles) -> NDArray[np.int64]:
        return np.array([of_group[group] for group in part.group.tolist()], np.int64)

    return of_articles, folds_of(written), folds_of(singles)


def _fit_part(data: TrainingData, folds: Folds, part: str, output: int, fold: int | None) -> Fit:
    """Fit one output of one part, on all folds but one."""
    articles, kept = data.articles, folds[0] != fold
    if part == "sentence":
        X, y, weight = data.sentence_rows(output + 1, folds, fold)
        return fit_logistic(X.ngrams, y, C=SENTENCE_C, weight=weight, meanings=X.meanings)
    if part == "document":
        return fit_logistic(
            articles.documents[kept], articles.severity[kept] > output, C=DOCUMENT_C
        )
    narrow = narrow_buckets(articles.documents[kept])
    return fit_logistic(narrow, articles.types[kept, output], C=TYPE_C, with_classes=False)


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
    pairs: NDArray[np.float64]

    @classmethod
    def of(cls, fitted: Fits, part: str, n_outputs: int) -> Self:
        """Stack the fits of one part that have seen every fold."""
        fits = [fitted[part, output, None] for output in range(n_outputs)]
        return cls(
            np.stack([found.weights for found in fits]),
            np.array([found.bias for found in fits]),
            np.stack([found.pairs for found in fits]),
        )


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


def _out_of_fold(texts: Articles, folds: NDArray[np.int64], fitted: Fits) -> NDArray[np.float64]:
    """Return what models say of texts that they have not seen.

    Returns
    -------
    ndarray of float64, shape (n_texts, 6 + 3 + 16)
        What the sentences give for each level, and the logits of the text's levels and types.
    """
    sentences = texts.sentences
    logits = np.empty((len(sentences), N_LEVELS))
    whole = np.empty((len(folds), N_LEVELS + len(TYPE_NAMES)))
    narrow = narrow_buckets(texts.documents)
    for fold in range(N_FOLDS):
        rows = np.flatnonzero(folds[texts.owner] == fold)
        ngrams, meanings = sentences.ngrams[rows], sentences.meanings[rows]
        held_out = np.flatnonzero(folds == fold)
        documents, types = texts.documents[held_out], narrow[held_out]
        for level in range(N_LEVELS):
            logits[rows, level] = fitted["sentence", level, fold].logits(ngrams, meanings)
            whole[held_out, level] = fitted["document", level, fold].logits(documents)
        for column in range(len(TYPE_NAMES)):
            whole[held_out, N_LEVELS + column] = fitted["types", column, fold].logits(types)
    pooled = np.zeros((len(folds), N_POOLED))
    filled, first = np.unique(texts.owner, return_index=True)
    if len(filled):
        pooled[filled] = np.stack(pool(logits.T, first), axis=1).reshape(N_POOLED, -1).T
    return np.column_stack((pooled, whole))


def _combine(
    unseen: Sequence[NDArray[np.float64]], data: TrainingData, folds: Folds
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Fit for each level what sentences, documents and types say together.

    Parameters
    ----------
    unseen : sequence of ndarray
        What `_out_of_fold` gave of articles, written texts and single sentences.
    data : TrainingData
    folds : Folds

    Returns
    -------
    weights : ndarray of float64, shape (3, 6 + 3 + 16 + 1)
        Of the pooled sentences of every level, of the document's levels and types, and the bias.
    brief : ndarray of float64, shape (3, 6 + 1 + 1 + 1)
        For brief texts, of the pooled sentences, of what the document's levels and types give
        together, of the logarithm of the length, and the bias.
    levels : ndarray of float64, shape (3, n_articles)
        Cumulative probabilities by combinations that have not seen the article.
    """
    whole, severity = unseen[0], data.articles.severity
    n_articles = len(severity)
    trust = document_trust(data.articles.n_tokens)
    everything = np.concatenate(unseen)
    length = np.log1p(np.concatenate([part.n_tokens for part in data.parts]))
    severities = np.concatenate([part.severity for part in data.parts])
    of_everything = np.concatenate(folds)
    sizes = [len(part.severity) for part in data.parts[1:]]
    weight = np.concatenate((1 - trust, np.repeat([BRIEF_WRITTEN, BRIEF_SINGLE], sizes)))

    def figures(slopes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the figures that are known of a brief text."""
        documents = everything[:, N_POOLED:] @ slopes[N_POOLED:]
        return np.column_stack((everything[:, :N_POOLED], documents, length))

    weights, brief = np.empty((N_LEVELS, whole.shape[1] + 1)), np.empty((N_LEVELS, N_POOLED + 3))
    levels = np.empty((N_LEVELS, n_articles))
    for level in range(N_LEVELS):
        reaches, any_reaches = severity > level, severities > level
        weights[level] = fit_dense(whole, reaches)
        brief[level] = fit_dense(figures(weights[level, :-1]), any_reaches, weight)
        for fold in range(N_FOLDS):
            held_out, others = folds[0] == fold, of_everything != fold
            found = fit_dense(whole[~held_out], reaches[~held_out])
            known = figures(found[:-1])
            of_brief = fit_dense(known[others], any_reaches[others], weight[others])
            short = known[:n_articles][held_out] @ of_brief[:-1] + of_brief[-1]
            long = whole[held_out] @ found[:-1] + found[-1]
            logits = trust[held_out] * long + (1 - trust[held_out]) * short
            levels[level, held_out] = sigmoid(logits)
    return weights, brief, np.maximum.accumulate(levels[::-1])[::-1]


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


def _share(chosen: NDArray[np.bool_]) -> float:
    """Return a share, kept off zero and one by half a text on either side."""
    return (float(chosen.sum()) + 0.5) / (len(chosen) + 1)


def _best_f1(probabilities: NDArray[np.float64], true: NDArray[np.bool_]) -> float:
    if not true.any():
        return 1.0
    precision, recall, thresholds = precision_recall_curve(true, probabilities)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return float(thresholds[f1[:-1].argmax()])


if __name__ == "__main__":  # `python -m forewarn.train` is `forewarn train`
    sys.argv.insert(1, "train")
    runpy.run_module("forewarn", run_name="__main__")
