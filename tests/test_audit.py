"""The audit finds what a term changes, which term it is, and nothing where nothing changes."""

import json
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from forewarn import load
from forewarn.audit import AuditResult, TermShift, audit, exceeds
from forewarn.counterfactuals import Counterfactual, load_counterfactuals
from forewarn.errors import InputError
from forewarn.metrics import wilson

THRESHOLD = 0.5


class Prejudiced:
    """A model that reads the tone of a text, and holds the names in it against it."""

    def __init__(self, **prejudices: float) -> None:
        self.prejudices = prejudices

    def predict_proba(self, texts: list[str]) -> NDArray[np.float64]:
        violent = np.array(
            [
                0.2
                + 0.4 * ("shot" in text)
                + sum(p for name, p in self.prejudices.items() if name in text)
                for text in texts
            ]
        )
        return np.stack([1 - violent, 0 * violent, violent / 2, violent / 2], axis=1)

    def predict(self, texts: list[str]) -> NDArray[np.int64]:
        return np.where(self.predict_proba(texts)[:, 0] <= 1 - THRESHOLD, 2, 0)


def texts_about(
    *terms: str, group: str = "city", neutral: int = 3, violent: int = 2
) -> list[Counterfactual]:
    return [
        Counterfactual(group, term, f"{tone} {n}", tone, sentence.format(term, n))
        for term in terms
        for tone, count, sentence in (
            ("neutral", neutral, "Line {1} in {0} rang."),
            ("violent", violent, "A man was shot in {0} on day {1}."),
        )
        for n in range(count)
    ]


def run(model: Prejudiced, texts: Iterable[Counterfactual]) -> AuditResult:
    return audit(model, texts, n_bootstrap=20)


def of(term: str, result: AuditResult) -> TermShift:
    (found,) = (item for item in result.terms if item.term == term)
    return found


TRIO = texts_about("Oslo", "Lagos", "Lima")


def test_a_model_that_does_not_mind_terms_passes_without_any_change() -> None:
    found = run(Prejudiced(), TRIO)
    assert (found.n_texts, found.n_terms, found.n_frames) == (15, 3, 5)
    assert found.change.value == pytest.approx(0)
    assert found.largest_flips == 0
    assert found.passed


def test_a_term_is_compared_with_the_mean_of_its_group_in_the_same_frame() -> None:
    found = run(Prejudiced(Lagos=0.3), TRIO)
    lagos, oslo = of("Lagos", found), of("Oslo", found)
    assert lagos.n == 5
    assert lagos.change.value == lagos.shift.value == pytest.approx(0.2)
    assert oslo.change.value == pytest.approx(0.1)
    assert oslo.shift.value == pytest.approx(-0.1)
    assert found.change.value == pytest.approx(0.4 / 3)
    assert found.largest_change == found.largest_text_change == pytest.approx(0.2)
    assert [term.term for term in found.terms] == ["Lagos", "Oslo", "Lima"]


def test_groups_are_apart() -> None:
    others = texts_about("Sikh", "Hindu", group="religion")
    found = run(Prejudiced(Oslo=0.3, Lagos=0.3, Lima=0.3), [*TRIO, *others])
    assert found.change.value == pytest.approx(0)


def test_a_decision_against_the_majority_is_a_flip() -> None:
    # Violent texts have 0.6 and are warned of; Lima's have 0.4 and are not.
    found = run(Prejudiced(Lima=-0.2), TRIO)
    assert of("Lima", found).flips == wilson(2, 5)
    assert of("Oslo", found).flips == wilson(0, 5)
    assert found.largest_flips == 0.4
    assert not found.passed
    assert [exceeds(term) for term in found.terms] == [True, False, False]


def test_graphic_decisions_are_counted_apart() -> None:
    class Squeamish(Prejudiced):
        def predict(self, texts: list[str]) -> NDArray[np.int64]:
            return np.array([3 if "Oslo" in text and "shot" in text else 2 for text in texts])

    found = run(Squeamish(), TRIO)
    assert of("Oslo", found).flips.value == 0
    assert of("Oslo", found).graphic_flips == wilson(2, 5)
    assert found.largest_flips == 0.4
    assert not found.passed


def test_tones_are_told_apart_by_group() -> None:
    neutral, violent = run(Prejudiced(Lima=-0.2), TRIO).groups
    assert (neutral.tone, neutral.terms, neutral.frames) == ("neutral", 3, 3)
    assert (violent.tone, violent.terms, violent.frames) == ("violent", 3, 2)
    assert neutral.warned.value == neutral.flips.value == 0
    assert violent.warned.value == pytest.approx(2 / 3)
    assert violent.flips.value == pytest.approx(1 / 3)


def test_examples_are_the_texts_that_change_most() -> None:
    first = run(Prejudiced(Lagos=0.3), TRIO).examples[0]
    assert (first.term, first.frame) == ("Lagos", "neutral 0")
    assert first.text == "Line 0 in Lagos rang."
    assert first.probability == pytest.approx(0.5)
    assert first.mean == pytest.approx(0.3)


@given(st.permutations(TRIO), st.floats(-0.2, 0.4))
def test_the_order_of_texts_does_not_matter(texts: list[Counterfactual], prejudice: float) -> None:
    model = Prejudiced(Lagos=prejudice)
    first, second = run(model, TRIO), run(model, texts)
    for term in ("Oslo", "Lagos", "Lima"):
        assert of(term, first).change.value == pytest.approx(of(term, second).change.value)
        assert of(term, first).flips == of(term, second).flips


def test_intervals_come_from_resampled_frames() -> None:
    class Moody(Prejudiced):
        def predict_proba(self, texts: list[str]) -> NDArray[np.float64]:
            mood = [0.6 if "Lagos" in text and " 0" in text else 0.0 for text in texts]
            return np.stack([1 - np.array(mood), *np.zeros((2, len(texts))), mood], axis=1)

    lagos = of("Lagos", run(Moody(), texts_about("Lagos", "Oslo", neutral=8, violent=8)))
    assert lagos.change.value == pytest.approx(2 * 0.3 / 16)
    assert lagos.change.low < lagos.change.value < lagos.change.high
    assert lagos.largest == pytest.approx(0.3)


def test_there_must_be_texts() -> None:
    with pytest.raises(InputError, match="no texts"):
        audit(Prejudiced(), [])


def test_the_dictionary_survives_json() -> None:
    plain = run(Prejudiced(Lagos=0.3), TRIO).to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert list(plain) == list(AuditResult.__dataclass_fields__)
    assert plain["terms"][0]["term"] == "Lagos"


def test_the_released_model_is_audited_on_all_terms() -> None:
    found = audit(load(), n_bootstrap=20)
    assert found.n_texts == len(list(load_counterfactuals()))
    assert found.change.value <= 0.03
    assert found.largest_change <= 0.10
    assert found.passed
    neutral = [group for group in found.groups if group.tone == "neutral"]
    assert all(group.warned.value < 0.01 for group in neutral)
