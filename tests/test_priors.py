"""Probabilities carried over to another share of graphic articles, and thresholds back."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from forewarn.priors import carry_over, take_back

shares = st.floats(0.001, 0.9)


@st.composite
def severities(draw: st.DrawFn) -> NDArray[Any]:
    weights: NDArray[Any] = np.array([[draw(st.floats(0.01, 1)) for _ in range(4)]])
    weights /= weights.sum()
    return weights


@given(severities(), shares, shares)
def test_carrying_over_and_back_changes_nothing(p: NDArray[Any], old: float, new: float) -> None:
    assert carry_over(carry_over(p, old, new), new, old) == pytest.approx(p)


@given(severities(), shares, shares)
def test_a_threshold_taken_back_decides_the_same(p: NDArray[Any], old: float, new: float) -> None:
    carried = carry_over(p, old, new)[0, 3]
    assert take_back(carried, old, new) == pytest.approx(p[0, 3])


def test_bayes_rule_on_a_mix_of_known_shares() -> None:
    # A sign that 80 % of graphic and 10 % of other articles have, seen at shares 0.5 and 0.02.
    def posterior(share: float) -> float:
        return 0.8 * share / (0.8 * share + 0.1 * (1 - share))

    p = posterior(0.5)
    carried = carry_over(np.array([[1 - p, 0, 0, p]]), 0.5, 0.02)
    assert carried[0, 3] == pytest.approx(posterior(0.02))
