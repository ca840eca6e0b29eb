"""Metrics agree with scikit-learn and with sums on paper, for one sample and for resamples."""

from collections.abc import Callable
from functools import partial
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    average_precision_score,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
)

from forewarn.errors import InputError
from forewarn.metrics import (
    Bin,
    Bools,
    Estimate,
    Floats,
    average_precision,
    calibration_error,
    estimate,
    f1,
    mean,
    precision,
    recall,
    reliability,
    resample,
    roc_auc,
    wilson,
)

TENTHS = np.linspace(0, 1, 11)


@st.composite
def rankings(draw: st.DrawFn) -> tuple[Bools, Floats, Floats]:
    """Labels, scores with many ties, and weights; a positive and a negative count."""
    rows = draw(
        st.lists(
            st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 3)), min_size=0, max_size=30
        )
    )
    rows += [(True, draw(st.integers(0, 6)), 1), (False, draw(st.integers(0, 6)), 2)]
    gold, scores, weights = zip(*draw(st.permutations(rows)), strict=True)
    return np.array(gold), np.array(scores) / 7, np.array(weights, dtype=float)


@given(rankings())
def test_rankings_are_measured_as_scikit_learn_does(data: tuple[Bools, Floats, Floats]) -> None:
    gold, scores, weights = data
    expected = average_precision_score(gold, scores, sample_weight=weights)
    assert average_precision(gold, scores, weights) == pytest.approx(expected)
    expected = roc_auc_score(gold, scores, sample_weight=weights)
    assert roc_auc(gold, scores, weights) == pytest.approx(expected)


@given(rankings())
def test_decisions_are_measured_as_scikit_learn_does(data: tuple[Bools, Floats, Floats]) -> None:
    gold, scores, weights = data
    decided = scores > 0.4
    references = ((precision, precision_score), (recall, recall_score), (f1, f1_score))
    for ours, theirs in references:
        expected = theirs(gold, decided, sample_weight=weights, zero_division=np.nan)
        assert ours(gold, decided, weights) == pytest.approx(expected, nan_ok=True)


@given(rankings())
def test_a_weight_counts_like_that_many_copies_of_the_text(
    data: tuple[Bools, Floats, Floats],
) -> None:
    gold, scores, weights = data
    copies = np.repeat(np.arange(len(gold)), weights.astype(int))
    ones = np.ones(len(copies))
    for metric in (average_precision, roc_auc):
        by_copies = metric(gold[copies], scores[copies], ones)
        assert metric(gold, scores, weights) == pytest.approx(by_copies)


@given(rankings(), st.randoms(use_true_random=False))
def test_neither_the_order_of_texts_nor_a_rescaling_of_scores_matters(
    data: tuple[Bools, Floats, Floats], random: Random
) -> None:
    gold, scores, weights = data
    order = list(range(len(gold)))
    random.shuffle(order)
    for metric in (average_precision, roc_auc):
        value = metric(gold, scores, weights)
        assert value == metric(gold[order], scores[order], weights[order])
        assert value == metric(gold, np.exp(3 * scores) - 5, weights)


def test_the_area_under_the_roc_curve_is_the_share_of_pairs_in_order() -> None:
    gold = np.array([True, False, True, False])
    scores = np.array([0.9, 0.5, 0.5, 0.1])
    assert roc_auc(gold, scores, np.ones(4)) == (1 + 1 + 0.5 + 1) / 4


def test_precision_and_recall_by_hand() -> None:
    gold = np.array([True, True, True, False, False])
    decided = np.array([True, True, False, True, False])
    assert precision(gold, decided, np.ones(5)) == 2 / 3
    assert recall(gold, decided, np.ones(5)) == 2 / 3
    assert recall(gold, decided, np.array([1.0, 0, 3, 1, 1])) == 1 / 4
    assert mean(decided, np.ones(5)) == 3 / 5


@pytest.mark.parametrize("gold", [[True, True], [False, False]])
@pytest.mark.parametrize("metric", [average_precision, roc_auc])
def test_a_ranking_of_one_kind_of_text_is_undefined(
    metric: Callable[[Bools, Floats, Floats], Floats], gold: list[bool]
) -> None:
    assert np.isnan(metric(np.array(gold), np.array([0.2, 0.4]), np.ones(2)))


def test_what_divides_by_nothing_is_undefined() -> None:
    none, one = np.zeros(2, bool), np.array([True, False])
    assert np.isnan(precision(one, none, np.ones(2)))
    assert np.isnan(recall(none, one, np.ones(2)))
    assert np.isnan(f1(none, none, np.ones(2)))
    assert np.isnan(mean(np.zeros(0, bool), np.ones(0)))
    assert f1(one, ~one, np.ones(2)) == 0


def sample(seed: int, n: int = 300) -> tuple[Bools, Floats]:
    """Return labels and scores that tell them apart moderately well."""
    random = np.random.default_rng(seed)
    gold = random.random(n) < 0.3
    return gold, random.normal(gold, 1.0)


@pytest.mark.parametrize(
    "metric", [average_precision, roc_auc, lambda gold, scores, w: f1(gold, scores > 0.5, w)]
)
def test_all_resamples_at_once_give_what_each_gives_alone(
    metric: Callable[[Bools, Floats, Floats], Floats],
) -> None:
    gold, scores = sample(seed=1)
    weights = resample([str(row // 2) for row in range(300)], 20, seed=0)
    alone = [metric(gold, scores, row) for row in weights]
    assert metric(gold, scores, weights) == pytest.approx(np.array(alone))


@given(st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=20), st.integers(0, 2**32))
def test_resamples_draw_whole_groups_as_many_as_there_are(groups: list[str], seed: int) -> None:
    weights = resample(groups, 5, seed)
    assert weights.shape == (5, len(groups))
    firsts = {name: groups.index(name) for name in groups}
    for name, drawn in zip(groups, weights.T, strict=True):
        assert (drawn == weights[:, firsts[name]]).all()
    assert weights[:, list(firsts.values())].sum(axis=1).tolist() == [len(firsts)] * 5


def test_resamples_depend_on_the_seed_alone() -> None:
    groups = [str(row) for row in range(40)]
    weights = resample(groups, 30, seed=7)
    assert (weights == resample(groups, 30, seed=7)).all()
    assert (weights != resample(groups, 30, seed=8)).any()
    assert (weights[:, ::-1] == resample(groups[::-1], 30, seed=7)).all()


def test_no_resamples_are_refused() -> None:
    with pytest.raises(InputError, match="0 bootstrap resamples give no interval"):
        resample(["a"], 0, seed=0)


def test_limits_are_the_percentiles_of_the_resamples() -> None:
    weights = np.arange(0, 201, dtype=float)[:, None]  # more than are taken at once
    found = estimate(lambda weights: weights[..., 0], weights)
    assert found == Estimate(value=1.0, low=5.0, high=195.0)


def test_limits_of_a_share_are_those_of_the_normal_distribution() -> None:
    hits = np.arange(400) % 4 == 0
    found = estimate(partial(mean, hits), resample([str(n) for n in range(400)], 4000, seed=0))
    half = 1.96 * (0.25 * 0.75 / 400) ** 0.5
    assert found is not None
    assert found.value == 0.25
    assert (found.low, found.high) == pytest.approx((0.25 - half, 0.25 + half), abs=0.004)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("metric", [average_precision, roc_auc])
def test_intervals_hold_the_value_of_ordinary_samples(
    metric: Callable[[Bools, Floats, Floats], Floats], seed: int
) -> None:
    gold, scores = sample(seed)
    found = estimate(partial(metric, gold, scores), resample(list(map(str, range(300))), 200, seed))
    assert found is not None
    assert 0 <= found.low < found.value < found.high <= 1


def test_alike_texts_of_one_article_make_intervals_as_wide_as_their_articles_alone() -> None:
    gold, scores = sample(seed=3, n=50)
    articles = [str(row) for row in range(50)]
    alone = estimate(partial(roc_auc, gold, scores), resample(articles, 500, seed=0))
    fourfold = partial(roc_auc, np.tile(gold, 4), np.tile(scores, 4))
    assert estimate(fourfold, resample(articles * 4, 500, seed=0)) == alone
    as_if_single = estimate(fourfold, resample([str(n) for n in range(200)], 500, seed=0))
    assert alone is not None
    assert as_if_single is not None
    assert as_if_single.high - as_if_single.low < 0.7 * (alone.high - alone.low)


def test_an_undefined_metric_has_no_estimate() -> None:
    gold, scores = np.array([True, False, False]), np.array([0.3, 0.2, 0.1])
    undefined = partial(average_precision, ~gold & gold, scores)
    assert estimate(undefined, np.ones((5, 3))) is None
    metric = partial(average_precision, gold, scores)
    without_positive, whole = [0.0, 2, 1], [1.0, 1, 1]
    assert estimate(metric, np.array([without_positive])) is None
    assert estimate(metric, np.array([without_positive, whole])) == Estimate(1, 1, 1)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_score_intervals_are_those_of_scipy(counts: tuple[int, int]) -> None:
    expected = binomtest(*counts).proportion_ci(method="wilson")
    found = wilson(*counts)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert found.low <= found.value <= found.high


@st.composite
def predictions(draw: st.DrawFn) -> tuple[Bools, Floats]:
    rows = draw(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=50))
    gold, probabilities = zip(*rows, strict=True)
    return np.array(gold), np.array(probabilities)


@given(predictions())
def test_reliability_is_tabled_as_scikit_learn_does(data: tuple[Bools, Floats]) -> None:
    gold, probabilities = data
    bins = reliability(gold, probabilities, TENTHS)
    filled = [(item.observed.value, item.predicted) for item in bins if item.observed]
    observed, predicted = calibration_curve(gold, probabilities, n_bins=10)
    assert np.array(filled, float) == pytest.approx(np.stack([observed, predicted], axis=1))


@given(predictions())
def test_every_probability_is_in_one_bin_and_the_error_is_no_more_than_one(
    data: tuple[Bools, Floats],
) -> None:
    gold, probabilities = data
    for edges in (TENTHS, np.quantile(probabilities, TENTHS)):
        bins = reliability(gold, probabilities, edges)
        assert sum(item.n for item in bins) == len(gold)
        assert len(bins) == 10
        gaps = [
            item.n * abs(item.predicted - item.observed.value)
            for item in bins
            if item.predicted is not None and item.observed is not None
        ]
        error = calibration_error(gold, probabilities, edges, np.ones(len(gold)))
        assert error == pytest.approx(sum(gaps) / len(gold))
        assert 0 <= error <= 1 + 1e-12


def test_reliability_by_hand() -> None:
    gold = np.array([False, True, True, True])
    probabilities = np.array([0.5, 0.25, 0.75, 1.0])
    edges = np.array([0, 0.5, 1])
    assert reliability(gold, probabilities, edges) == (
        Bin(low=0, high=0.5, n=2, predicted=0.375, observed=wilson(1, 2)),
        Bin(low=0.5, high=1, n=2, predicted=0.875, observed=wilson(2, 2)),
    )
    assert calibration_error(gold, probabilities, edges, np.ones(4)) == 0.125
    # The last text alone is right; the first alone is half wrong.
    assert calibration_error(gold, probabilities, edges, np.array([0, 0, 0, 2])) == 0
    assert calibration_error(gold, probabilities, edges, np.array([3, 0, 0, 3])) == 0.25
    assert reliability(gold, probabilities, np.array([0, 0.1, 1]))[0] == Bin(0, 0.1, 0, None, None)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=12))
def test_probabilities_that_come_true_have_no_calibration_error(positives: list[int]) -> None:
    # For each number, twenty texts with that share of positives as their probability.
    gold = np.array([row < count for count in positives for row in range(20)])
    probabilities = np.array([count / 20 for count in positives for _ in range(20)])
    for edges in (TENTHS, np.quantile(probabilities, TENTHS)):
        error = calibration_error(gold, probabilities, edges, np.ones(len(gold)))
        assert error == pytest.approx(0)


def test_sure_and_always_wrong_is_the_largest_calibration_error() -> None:
    gold = np.array([True, False])
    assert calibration_error(gold, 1.0 - gold, TENTHS, np.ones(2)) == 1


def test_noise_of_the_resamples_does_not_part_the_calibration_error_from_its_interval() -> None:
    random = np.random.default_rng(0)
    probabilities = random.random(400)
    gold = random.random(400) < probabilities  # calibrated: all of the error is noise
    error = partial(calibration_error, gold, probabilities, TENTHS)
    weights = resample([str(n) for n in range(400)], 500, seed=0)
    raised = estimate(error, weights)
    found = estimate(error, weights, centred=True)
    assert raised is not None
    assert found is not None
    assert found.value == raised.value
    assert found.low < found.value < found.high < raised.high
    assert found.high - found.low == pytest.approx(raised.high - raised.low)
