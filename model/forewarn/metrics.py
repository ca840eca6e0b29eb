"""Metrics on arrays, each for one sample or for all its bootstrap resamples at once.

A resample is told by its weights: how often it drew each text. A metric that takes weights of
shape (..., n) therefore gives its value in every resample by a few array operations. One
evaluation asks for some fifty metrics in a thousand resamples each, which takes scikit-learn's
functions, one resample at a time, about half a minute; the tests hold these equal to those.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from forewarn.errors import InputError

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

_TAIL = 0.025  # of a 95 % interval, on either side
_Z = NormalDist().inv_cdf(1 - _TAIL)

# Resamples are taken so many at a time: intermediate arrays then stay in a core's cache, which
# makes a metric three times as fast (timed from 10 to 1,000 on 1,234 texts).
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric with the limits of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Bin:
    """One row of a reliability table.

    Attributes
    ----------
    low, high : float
        The bin holds the probabilities above `low`, up to and including `high`.
    n : int
        Number of texts in it.
    predicted : float or None
        Mean probability; None where the bin is empty.
    observed : Estimate or None
        Share of positives, with Wilson's interval; None where the bin is empty.
    """

    low: float
    high: float
    n: int
    predicted: float | None
    observed: Estimate | None


def average_precision(gold: Bools, scores: Floats, weights: Floats) -> Floats:
    """Return the average precision, the step-wise area under the precision-recall curve (AUPRC).

    Parameters
    ----------
    gold : ndarray of bool, shape (n,)
        Which texts are positive.
    scores : ndarray of float64, shape (n,)
        Higher means positive; equal scores are taken together.
    weights : ndarray of float64, shape (..., n)
        How often each text counts.

    Returns
    -------
    ndarray of float64, shape (...)
        ``sum((recall[i] - recall[i - 1]) * precision[i])`` over the distinct scores, highest
        first; NaN where positives or negatives are missing.

    Examples
    --------
    >>> gold, scores = np.array([True, False, True]), np.array([0.9, 0.8, 0.7])
    >>> float(average_precision(gold, scores, np.ones(3)))  # (1 / 1 + 2 / 3) / 2
    0.8333333333333333
    """
    true, false = _accepted(gold, scores, weights)
    accepted = true + false
    precision = np.divide(true, accepted, out=np.zeros_like(true), where=accepted > 0)
    area = np.sum(np.diff(true, prepend=0) * precision, axis=-1)
    return _ratio(area, np.where(false[..., -1] > 0, true[..., -1], 0))


def roc_auc(gold: Bools, scores: Floats, weights: Floats) -> Floats:
    """Return the area under the ROC curve.

    Parameters
    ----------
    gold : ndarray of bool, shape (n,)
        Which texts are positive.
    scores : ndarray of float64, shape (n,)
        Higher means positive.
    weights : ndarray of float64, shape (..., n)
        How often each text counts.

    Returns
    -------
    ndarray of float64, shape (...)
        Share of the pairs of a positive and a negative in which the positive scores higher, ties
        counting half; NaN where positives or negatives are missing.

    Examples
    --------
    >>> gold, scores = np.array([True, False, True]), np.array([0.9, 0.8, 0.7])
    >>> float(roc_auc(gold, scores, np.ones(3)))
    0.5
    """
    true, false = _accepted(gold, scores, weights)
    higher_or_half = true - np.diff(true, prepend=0) / 2
    pairs = np.sum(np.diff(false, prepend=0) * higher_or_half, axis=-1)
    return _ratio(pairs, true[..., -1] * false[..., -1])


def precision(gold: Bools, decided: Bools, weights: Floats) -> Floats:
    """Return the share of the texts decided positive that are; NaN where none is decided so.

    Parameters
    ----------
    gold, decided : ndarray of bool, shape (n,)
        Which texts are positive, and which were decided to be.
    weights : ndarray of float64, shape (..., n)
        How often each text counts.

    Returns
    -------
    ndarray of float64, shape (...)
    """
    return _ratio(weights @ (gold & decided), weights @ decided)


def recall(gold: Bools, decided: Bools, weights: Floats) -> Floats:
    """Return the share of the positive texts that were decided to be; NaN where there is none.

    Parameters and shapes are those of `precision`.
    """
    return _ratio(weights @ (gold & decided), weights @ gold)


def f1(gold: Bools, decided: Bools, weights: Floats) -> Floats:
    """Return the harmonic mean of precision and recall; NaN where there is nothing to find.

    Parameters and shapes are those of `precision`. It is 0 where all that was found is wrong.
    """
    return _ratio(2 * (weights @ (gold & decided)), weights @ gold + weights @ decided)


def mean(values: Bools | Floats, weights: Floats) -> Floats:
    """Return the mean over the texts, of hits their share; NaN where there are no texts.

    Parameters
    ----------
    values : ndarray of bool or float64, shape (n,)
        A figure of each text, or whether it is a hit.
    weights : ndarray of float64, shape (..., n)
        How often each text counts.

    Returns
    -------
    ndarray of float64, shape (...)
    """
    return _ratio(weights @ values, weights.sum(axis=-1))


def resample(groups: Sequence[str], n_resamples: int, seed: int) -> Floats:
    """Draw bootstrap resamples of whole groups.

    The cluster bootstrap (Field and Welsh 2007, "Bootstrapping clustered data",
    doi:10.1111/j.1467-9868.2007.00593.x): as many groups as there are, with replacement, each
    with all its texts. Texts of one group resemble each other, and intervals from texts drawn
    singly would be too narrow.

    Parameters
    ----------
    groups : sequence of str, length n
        Group of each text.
    n_resamples : int
        Number of resamples, at least 1.
    seed : int
        Seed of the draw; equal seeds draw equally, in whatever order the texts come.

    Returns
    -------
    ndarray of float64, shape (n_resamples, n)
        How often each resample drew each text.

    Raises
    ------
    InputError
        If `n_resamples` is below 1.

    Examples
    --------
    >>> weights = resample(["a", "b", "a"], n_resamples=4, seed=0)
    >>> bool((weights[:, 0] == weights[:, 2]).all())
    True
    """
    if n_resamples < 1:
        raise InputError(f"{n_resamples} bootstrap resamples give no interval: ask for 1,000")
    names, members = np.unique(groups, return_inverse=True)
    chances = np.full(len(names), 1 / len(names))
    draws = np.random.default_rng(seed).multinomial(len(names), chances, size=n_resamples)
    return draws[:, members].astype(np.float64)


def estimate(
    metric: Callable[[Floats], Floats], weights: Floats, *, centred: bool = False
) -> Estimate | None:
    """Return a metric of the sample with its percentile interval over the resamples.

    Parameters
    ----------
    metric : callable
        Takes weights of shape (..., n) and returns values of shape (...), NaN where undefined.
    weights : ndarray of float64, shape (n_resamples, n)
        What `resample` drew.
    centred : bool, default=False
        Whether to move the resamples' values so that their mean is the sample's: for a metric
        that noise raises, like `calibration_error`, which is therefore higher in resamples, noise
        added to noise, than in the sample that they are to surround.

    Returns
    -------
    Estimate or None
        Its limits are the 2.5th and 97.5th percentile of the resamples in which the metric is
        defined; None where it is undefined in the sample itself or in all resamples.
    """
    value = float(metric(np.ones(weights.shape[-1])))
    parts = [metric(weights[row : row + _AT_ONCE]) for row in range(0, len(weights), _AT_ONCE)]
    values = np.concatenate(parts)
    values = values[~np.isnan(values)]
    if np.isnan(value) or not len(values):
        return None
    if centred:
        values += value - values.mean()
    low, high = np.quantile(values, (_TAIL, 1 - _TAIL))
    return Estimate(value, float(low), float(high))


def wilson(count: int, n: int) -> Estimate:
    """Return a proportion with its 95 % score interval, which holds for small counts too.

    Parameters
    ----------
    count : int
        Number of hits.
    n : int
        Number of independent trials, at least 1.

    Returns
    -------
    Estimate
        After Wilson (1927), "Probable inference, the law of succession, and statistical
        inference", doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> round(wilson(0, 100).high, 4)
    0.037
    """
    value = count / n
    shrinkage = 1 + _Z**2 / n
    centre = (value + _Z**2 / (2 * n)) / shrinkage
    half = _Z / shrinkage * (value * (1 - value) / n + _Z**2 / (4 * n**2)) ** 0.5
    # Where all or none are hits the limit is exactly 1 or 0; rounding must not say otherwise.
    low = 0.0 if count == 0 else centre - half
    high = 1.0 if count == n else centre + half
    return Estimate(value, low, high)


def reliability(gold: Bools, probabilities: Floats, edges: Floats) -> tuple[Bin, ...]:
    """Return the reliability table: what was predicted beside what was observed.

    Parameters
    ----------
    gold : ndarray of bool, shape (n,)
        Which texts are positive.
    probabilities : ndarray of float64, shape (n,)
        Predicted probability of being positive.
    edges : ndarray of float64, shape (n_bins + 1,)
        Limits of the bins, ascending; probabilities beyond them fall into the outermost bins.

    Returns
    -------
    tuple of Bin, length n_bins
    """
    n_bins = len(edges) - 1
    bins = _bins(probabilities, edges)
    sizes = np.bincount(bins, minlength=n_bins)
    predicted = np.bincount(bins, probabilities, n_bins)
    observed = np.bincount(bins[gold], minlength=n_bins)
    return tuple(
        Bin(
            low=float(edges[row]),
            high=float(edges[row + 1]),
            n=int(size),
            predicted=float(predicted[row] / size) if size else None,
            observed=wilson(int(observed[row]), int(size)) if size else None,
        )
        for row, size in enumerate(sizes)
    )


def calibration_error(gold: Bools, probabilities: Floats, edges: Floats, weights: Floats) -> Floats:
    """Return the expected calibration error (ECE).

    The mean over texts of ``abs(predicted - observed)`` of their bin (Guo et al. 2017, "On
    calibration of modern neural networks", arXiv:1706.04599), of the probability of the positive
    class (as Naeini et al. 2015, "Obtaining well calibrated probabilities using Bayesian
    binning") instead of that of the predicted class. Chance alone parts the two in every bin, so
    that it is above zero for true probabilities too, and higher in resamples than in the sample.

    Parameters
    ----------
    gold : ndarray of bool, shape (n,)
        Which texts are positive.
    probabilities : ndarray of float64, shape (n,)
        Predicted probability of being positive.
    edges : ndarray of float64, shape (n_bins + 1,)
        Limits of the bins, as for `reliability`.
    weights : ndarray of float64, shape (..., n)
        How often each text counts.

    Returns
    -------
    ndarray of float64, shape (...)
        From 0 (calibrated) to 1; NaN where there are no texts.

    Examples
    --------
    >>> gold, probabilities = np.array([False, True, True]), np.array([0.25, 0.25, 1.0])
    >>> float(calibration_error(gold, probabilities, np.array([0, 0.5, 1]), np.array([1, 1, 2])))
    0.125
    """
    members = _bins(probabilities, edges)[:, None] == np.arange(len(edges) - 1)
    gaps = (weights * (probabilities - gold)) @ members
    return _ratio(np.abs(gaps).sum(axis=-1), weights.sum(axis=-1))


def _bins(probabilities: Floats, edges: Floats) -> NDArray[np.intp]:
    """Return the row of the reliability table that each probability falls into."""
    return np.searchsorted(edges[1:-1], probabilities)


def _accepted(gold: Bools, scores: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return the weight of positives and of negatives at or above each distinct score."""
    order = np.argsort(-scores, kind="stable")
    lasts = np.flatnonzero(np.diff(scores[order], append=-np.inf))
    ranked, positive = weights[..., order], gold[order]
    true = np.cumsum(ranked * positive, axis=-1)[..., lasts]
    false = np.cumsum(ranked * ~positive, axis=-1)[..., lasts]
    return true, false


def _ratio(part: Floats, whole: Floats) -> Floats:
    nothing = np.full(np.shape(whole), np.nan)
    ratio: Floats = np.divide(part, whole, out=nothing, where=np.asarray(whole) > 0)
    return ratio
