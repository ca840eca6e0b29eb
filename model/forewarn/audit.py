"""Whether naming a place or a people changes what the model thinks of a text.

Texts that differ in one term alone should be thought equally violent: counterfactual token
fairness (Garg et al. 2019, "Counterfactual fairness in text classification through robustness",
arXiv:1809.10610), asked with templates in the manner of CheckList's invariance tests (Ribeiro et
al. 2020, "Beyond accuracy: behavioral testing of NLP models with CheckList", arXiv:2005.04118).
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from operator import attrgetter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from forewarn.counterfactuals import Counterfactual, load_counterfactuals
from forewarn.errors import InputError
from forewarn.metrics import Bools, Estimate, Floats, estimate, mean, resample, wilson
from forewarn.taxonomy import Severity

# What a model must keep to in order to pass: the mean change of all texts, the mean change by any
# one term, and the share of decisions that any one term flips.
MOST_CHANGE_OF_ALL, MOST_CHANGE, MOST_FLIPS = 0.03, 0.10, 0.02

# So many of the texts that their term changes most are kept, to be read.
N_EXAMPLES = 20


class Auditable(Protocol):
    """What a classifier must answer to be audited; `forewarn.classifier.Classifier` does."""

    def predict_proba(self, texts: list[str], /) -> Floats:
        """Return the probability of each severity, shape (n, 4)."""

    def predict(self, texts: list[str], /) -> NDArray[np.integer[Any]]:
        """Return the severity decided for each text, shape (n,)."""


@dataclass(frozen=True, slots=True)
class TermShift:
    """What naming one term changes, against the mean of its group in the same frames.

    Attributes
    ----------
    group, term : str
    n : int
        Number of texts.
    change : Estimate
        Mean absolute change of P(violent or graphic).
    shift : Estimate
        Mean change with its sign: above zero where the term makes texts seem more violent.
    largest : float
        Largest absolute change of a single text.
    flips : Estimate
        Share of texts whose decision, violent or graphic or neither, is not that of the group's
        majority; Wilson's interval.
    graphic_flips : Estimate
        The same of the decision whether a text is graphic.
    """

    group: str
    term: str
    n: int
    change: Estimate
    shift: Estimate
    largest: float
    flips: Estimate
    graphic_flips: Estimate


def exceeds(term: TermShift) -> bool:
    """Tell whether a term changes or flips more than a model may let it."""
    flips = max(term.flips.value, term.graphic_flips.value)
    return term.change.value > MOST_CHANGE or flips > MOST_FLIPS


@dataclass(frozen=True, slots=True)
class GroupShift:
    """What naming the terms of a group changes in texts of one tone.

    Attributes
    ----------
    group, tone : str
    terms, frames : int
        Number of terms, and of frames of that tone.
    change, flips, graphic_flips : Estimate
        As in `TermShift`.
    warned : Estimate
        Share of texts decided to be violent or graphic: none of the neutral ones should be, and
        all of the violent ones.
    """

    group: str
    tone: str
    terms: int
    frames: int
    change: Estimate
    flips: Estimate
    graphic_flips: Estimate
    warned: Estimate


@dataclass(frozen=True, slots=True)
class Example:
    """One text that its term changes much.

    Attributes
    ----------
    group, term, frame, text : str
    probability, mean : float
        P(violent or graphic) of the text, and its mean over the group in the same frame.
    """

    group: str
    term: str
    frame: str
    text: str
    probability: float
    mean: float


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What terms change, in all and one by one.

    Attributes
    ----------
    n_texts, n_terms, n_frames : int
    seed, n_bootstrap : int
        Seed and number of the resamples of frames behind the intervals.
    change : Estimate
        Mean absolute change of P(violent or graphic) over all texts.
    largest_change, largest_flips : float
        Of any one term; `largest_flips` of both decisions.
    largest_text_change : float
        Of any one text.
    passed : bool
        Whether `change` keeps to this module's limit, and no term `exceeds` its own.
    groups : tuple of GroupShift
    terms : tuple of TermShift
        Largest change first.
    examples : tuple of Example
        The `N_EXAMPLES` texts with the largest change.
    """

    n_texts: int
    n_terms: int
    n_frames: int
    seed: int
    n_bootstrap: int
    change: Estimate
    largest_change: float
    largest_flips: float
    largest_text_change: float
    passed: bool
    groups: tuple[GroupShift, ...]
    terms: tuple[TermShift, ...]
    examples: tuple[Example, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values that `json.dumps` takes; keys are attribute names."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), allow_nan=False))
        return plain


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    """What a classifier said of some texts; all arrays have shape (n,).

    Attributes
    ----------
    change : ndarray of float64
        P(violent or graphic) without `expected`, its mean over the group in the frame.
    warned, flips, graphic_flips : ndarray of bool
        Decided to be violent or graphic; decided so, or to be graphic, against the majority.
    """

    change: Floats
    expected: Floats
    warned: Bools
    flips: Bools
    graphic_flips: Bools


def audit(
    classifier: Auditable,
    texts: Iterable[Counterfactual] | None = None,
    *,
    seed: int = 0,
    n_bootstrap: int = 1000,
) -> AuditResult:
    """Measure what naming a country, city, people, religion or gender changes.

    Parameters
    ----------
    classifier : Auditable
        Asked for the decisions of its own operating point.
    texts : iterable of Counterfactual, optional
        At least one; those of `forewarn.counterfactuals.load_counterfactuals` by default.
    seed : int, default=0
        Seed of the bootstrap.
    n_bootstrap : int, default=1000
        Number of resamples. They are of frames, each with all its texts.

    Returns
    -------
    AuditResult
        Every `Estimate` in it has a 95 % percentile interval, but a term's flips have Wilson's.

    Raises
    ------
    InputError
        If there are no texts, or `n_bootstrap` is below 1.
    """
    texts = list(load_counterfactuals() if texts is None else texts)
    if not texts:
        raise InputError("There are no texts to audit with: give at least one counterfactual")
    answers = _ask(classifier, texts)
    weights = resample([text.frame for text in texts], n_bootstrap, seed)
    terms = [
        _term_shift(group, term, answers, weights, rows)
        for (group, term), rows in _parts(texts, attrgetter("group", "term"))
    ]
    groups = [
        _group_shift([texts[row] for row in rows], answers, weights, rows)
        for _, rows in _parts(texts, attrgetter("group", "tone"))
    ]
    size = np.abs(answers.change)
    change = _estimate(size, weights)
    largest_change = max(term.change.value for term in terms)
    largest_flips = max(max(term.flips.value, term.graphic_flips.value) for term in terms)
    return AuditResult(
        n_texts=len(texts),
        n_terms=len(terms),
        n_frames=len({text.frame for text in texts}),
        seed=seed,
        n_bootstrap=n_bootstrap,
        change=change,
        largest_change=largest_change,
        largest_flips=largest_flips,
        largest_text_change=float(size.max()),
        passed=change.value <= MOST_CHANGE_OF_ALL and not any(map(exceeds, terms)),
        groups=tuple(groups),
        terms=tuple(sorted(terms, key=lambda term: -term.change.value)),
        examples=tuple(
            _example(texts[row], answers, row)
            for row in np.argsort(-size, kind="stable")[:N_EXAMPLES]
        ),
    )


def _ask(classifier: Auditable, texts: Sequence[Counterfactual]) -> _Answers:
    asked = [text.text for text in texts]
    probability = classifier.predict_proba(asked)[:, Severity.VIOLENT :].sum(axis=1)
    decided = classifier.predict(asked)
    _, cells = np.unique([f"{text.group}, {text.frame}" for text in texts], return_inverse=True)
    sizes = np.bincount(cells)

    def group_mean(values: Floats | Bools) -> Floats:
        means: Floats = (np.bincount(cells, values) / sizes)[cells]
        return means

    warned, graphic = decided >= Severity.VIOLENT, decided >= Severity.GRAPHIC
    expected = group_mean(probability)
    return _Answers(
        change=probability - expected,
        expected=expected,
        warned=warned,
        flips=warned != (group_mean(warned) > 0.5),
        graphic_flips=graphic != (group_mean(graphic) > 0.5),
    )


def _parts(
    texts: Sequence[Counterfactual], key: Callable[[Counterfactual], tuple[str, str]]
) -> Iterable[tuple[tuple[str, str], list[int]]]:
    """Return the rows of the texts that share a key, in the order in which keys come."""
    parts: dict[tuple[str, str], list[int]] = {}
    for row, text in enumerate(texts):
        parts.setdefault(key(text), []).append(row)
    return parts.items()


def _term_shift(
    group: str, term: str, answers: _Answers, weights: Floats, rows: list[int]
) -> TermShift:
    change, drawn = answers.change[rows], weights[:, rows]
    return TermShift(
        group=group,
        term=term,
        n=len(rows),
        change=_estimate(np.abs(change), drawn),
        shift=_estimate(change, drawn),
        largest=float(np.abs(change).max()),
        flips=wilson(int(answers.flips[rows].sum()), len(rows)),
        graphic_flips=wilson(int(answers.graphic_flips[rows].sum()), len(rows)),
    )


def _group_shift(
    texts: Sequence[Counterfactual], answers: _Answers, weights: Floats, rows: list[int]
) -> GroupShift:
    drawn = weights[:, rows]
    return GroupShift(
        group=texts[0].group,
        tone=texts[0].tone,
        terms=len({text.term for text in texts}),
        frames=len({text.frame for text in texts}),
        change=_estimate(np.abs(answers.change[rows]), drawn),
        flips=_estimate(answers.flips[rows], drawn),
        graphic_flips=_estimate(answers.graphic_flips[rows], drawn),
        warned=_estimate(answers.warned[rows], drawn),
    )


def _example(text: Counterfactual, answers: _Answers, row: int) -> Example:
    expected = float(answers.expected[row])
    return Example(
        group=text.group,
        term=text.term,
        frame=text.frame,
        text=text.text,
        probability=expected + float(answers.change[row]),
        mean=expected,
    )


def _estimate(values: Floats | Bools, weights: Floats) -> Estimate:
    found = estimate(partial(mean, values), weights)
    assert found is not None  # there is a text, and it was drawn
    return found
