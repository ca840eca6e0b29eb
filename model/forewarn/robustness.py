"""Whether an article's form, length or surroundings change what the model thinks of it.

CheckList's invariance tests (Ribeiro et al. 2020, "Beyond accuracy: behavioral testing of NLP
models with CheckList", arXiv:2005.04118) on gold texts: each in many forms, graphic ones within
thousands of peaceful words, and peaceful ones joined to long texts.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forewarn.audit import Auditable
from forewarn.corpus import GoldText
from forewarn.errors import InputError, MissingExtraError
from forewarn.metrics import Bools, Estimate, Floats, estimate, mean, resample, wilson
from forewarn.taxonomy import Severity
from forewarn.variants import HTML_PAGE, VARIANTS

# What a model must keep to in order to pass: the mean change of either probability and the share
# of decisions flipped, by any form; the share of graphic articles that stay flagged at any place
# of a long text; and by how much more of long peaceful texts are flagged than have a flagged part.
MOST_CHANGE, MOST_FLIPS, LEAST_KEPT, MOST_MORE = 0.05, 0.02, 0.95, 0.01

PADDING_WORDS = 5000
PLACES = ("before", "after", "around")  # of the padding
N_JOINS = 400

# Pages are read at 150 to 200 a second, a tenth of the rate of everything else.
_MOST_PAGES = 300

_LEVELS = (Severity.VIOLENT, Severity.GRAPHIC)


@dataclass(frozen=True, slots=True)
class VariantShift:
    """What one form changes in the texts that it alters.

    Attributes
    ----------
    variant : str
        Name in `forewarn.variants.VARIANTS`.
    n : int
        Number of texts that the form alters; the others are left out of the figures.
    violent, graphic : Estimate or None
        Mean absolute change of P(violent or graphic) and of P(graphic); None where the form
        alters no text.
    flips : Estimate or None
        Share of texts whose decision, violent or graphic or neither, is another; Wilson's
        interval.
    """

    variant: str
    n: int
    violent: Estimate | None
    graphic: Estimate | None
    flips: Estimate | None

    @property
    def passed(self) -> bool:
        """Whether the form changes and flips no more than it may."""
        if self.violent is None or self.graphic is None or self.flips is None:
            return True
        change = max(self.violent.value, self.graphic.value)
        return change <= MOST_CHANGE and self.flips.value <= MOST_FLIPS


@dataclass(frozen=True, slots=True)
class PaddingResult:
    """How many graphic articles are found in long peaceful texts.

    Attributes
    ----------
    place : str
        Where the padding stands: before the article, after it, or half of it on either side.
    flagged, kept : int
        Number of graphic articles decided to be graphic alone, and of those also with padding.
    rate : Estimate or None
        Their share, with Wilson's interval; None where none is flagged alone.
    """

    place: str
    flagged: int
    kept: int
    rate: Estimate | None

    @property
    def passed(self) -> bool:
        """Whether the padding hides no more articles than it may."""
        return self.rate is None or self.rate.value >= LEAST_KEPT


@dataclass(frozen=True, slots=True)
class JoinResult:
    """How many long texts are flagged that consist of peaceful articles.

    The joins are draws from the same articles: their intervals tell how far other draws would
    come out otherwise, not how far other articles would.

    Attributes
    ----------
    severity : str
        What they are decided to be at least: ``violent`` or ``graphic``.
    articles, joins : int
        Number of peaceful articles, and of texts joined from them.
    single : Estimate
        Share of the articles flagged, each by itself; Wilson's interval, as of all shares here.
    flagged, containing : Estimate
        Share of joins flagged, and of joins with at least one article that is flagged by itself.
    more : Estimate
        `flagged` without `containing`, with its percentile interval: below zero where length
        hides more false alarms than it makes.
    gained, lost : Estimate
        Share of joins flagged without an article that is, and of joins not flagged with one.
    """

    severity: str
    articles: int
    joins: int
    single: Estimate
    flagged: Estimate
    containing: Estimate
    more: Estimate
    gained: Estimate
    lost: Estimate

    @property
    def passed(self) -> bool:
        """Whether length makes no more flags than it may."""
        return self.more.value <= MOST_MORE


@dataclass(frozen=True, slots=True)
class RobustnessResult:
    """What forms and padding change.

    Attributes
    ----------
    n_texts : int
    seed, n_bootstrap : int
        Seed of all that is drawn, and number of the resamples of articles behind the intervals.
    passed : bool
        Whether all figures keep to this module's limits.
    variants : tuple of VariantShift
    left_out : tuple of str
        Forms that could not be measured, since an extra is not installed.
    padding : tuple of PaddingResult
        One for each of `PLACES`.
    joins : tuple of JoinResult
        For violent and graphic.
    """

    n_texts: int
    seed: int
    n_bootstrap: int
    passed: bool
    variants: tuple[VariantShift, ...]
    left_out: tuple[str, ...]
    padding: tuple[PaddingResult, ...]
    joins: tuple[JoinResult, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values that `json.dumps` takes; keys are attribute names."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), allow_nan=False))
        return plain


@dataclass(frozen=True, slots=True, eq=False)
class _Answers:
    """What a classifier said of some texts: probabilities and decisions, each of shape (2, n).

    The first row is for violent or graphic, the second for graphic.
    """

    probabilities: Floats
    flagged: Bools

    def __getitem__(self, rows: NDArray[np.intp]) -> "_Answers":
        return _Answers(self.probabilities[:, rows], self.flagged[:, rows])


@dataclass(frozen=True, slots=True)
class _Peaceful:
    """Peaceful texts with their numbers of words, to draw long texts from."""

    texts: Sequence[str]
    words: Sequence[int]
    seed: int

    def draw(self, purpose: str) -> list[int]:
        return draw_padding(self.words, Random(f"{self.seed} {purpose}"))


def robustness(
    classifier: Auditable,
    articles: Iterable[GoldText],
    peaceful: Sequence[str],
    *,
    seed: int = 0,
    n_bootstrap: int = 1000,
) -> RobustnessResult:
    """Measure what the form of articles changes, and what thousands of peaceful words around them.

    Parameters
    ----------
    classifier : Auditable
        Asked for the decisions of its own operating point.
    articles : iterable of GoldText
        At least one. All are measured in every form, the graphic ones with padding.
    peaceful : sequence of str
        Texts without violence to pad with, of at least `PADDING_WORDS` words in all.
    seed : int, default=0
        Seed of the bootstrap, of the forms, and of which texts are joined.
    n_bootstrap : int, default=1000
        Number of resamples. They are of articles: windows of one article stay together.

    Returns
    -------
    RobustnessResult
        Every `Estimate` in it has a 95 % interval.

    Raises
    ------
    InputError
        If there are no articles, or too few peaceful words.
    """
    articles = list(articles)
    if not articles:
        raise InputError("There are no articles to change the form of: give at least one gold text")
    words = [len(text.split()) for text in peaceful]
    if sum(words) < PADDING_WORDS:
        raise InputError(
            f"The peaceful texts have {sum(words):,} words: give {PADDING_WORDS:,} to pad with"
        )
    texts = [article.text for article in articles]
    answers = _ask(classifier, texts)
    weights = resample([article.article for article in articles], n_bootstrap, seed)
    variants, left_out = [], []
    for name in VARIANTS:
        try:
            changed = _change(texts, name, seed)
        except MissingExtraError:
            left_out.append(name)
        else:
            variants.append(_compare(classifier, name, changed, answers, weights))
    graphic = [
        article.text
        for article, flagged in zip(articles, answers.flagged[1], strict=True)
        if article.severity is Severity.GRAPHIC and flagged
    ]
    source = _Peaceful(peaceful, words, seed)
    padding = [_pad(classifier, place, graphic, source) for place in PLACES]
    joins = _join(classifier, source, n_bootstrap)
    parts: list[VariantShift | PaddingResult | JoinResult] = [*variants, *padding, *joins]
    return RobustnessResult(
        n_texts=len(texts),
        seed=seed,
        n_bootstrap=n_bootstrap,
        passed=all(part.passed for part in parts),
        variants=tuple(variants),
        left_out=tuple(left_out),
        padding=tuple(padding),
        joins=tuple(joins),
    )


def draw_padding(words: Sequence[int], random: Random) -> list[int]:
    """Return places of texts, drawn without repeats until they have `PADDING_WORDS` words.

    Parameters
    ----------
    words : sequence of int
        Number of words of each text, at least as many in all.
    random : Random

    Returns
    -------
    list of int
    """
    order = random.sample(range(len(words)), len(words))
    so_far = np.cumsum([words[place] for place in order])
    return order[: int(np.searchsorted(so_far, PADDING_WORDS)) + 1]


def pad(text: str, padding: Sequence[str], place: str) -> str:
    r"""Return an article with other texts before, after or around it.

    Examples
    --------
    >>> pad("Story.", ["One.", "Two.", "Three.", "Four."], "around")
    'One.\n\nTwo.\n\nStory.\n\nThree.\n\nFour.'
    """
    n_before = {"before": len(padding), "after": 0, "around": len(padding) // 2}[place]
    return "\n\n".join([*padding[:n_before], text, *padding[n_before:]])


def _ask(classifier: Auditable, texts: list[str]) -> _Answers:
    probabilities, decided = classifier.predict_proba(texts), classifier.predict(texts)
    return _Answers(
        np.stack([probabilities[:, level:].sum(axis=1) for level in _LEVELS]),
        np.stack([decided >= level for level in _LEVELS]),
    )


def _change(texts: Sequence[str], name: str, seed: int) -> dict[int, str]:
    """Return the texts that a form alters, in that form, by row."""
    step = -(-len(texts) // _MOST_PAGES) if name == HTML_PAGE else 1
    changed = {
        row: VARIANTS[name](texts[row], Random(f"{seed} {name} {row}"))
        for row in range(0, len(texts), step)
    }
    return {row: text for row, text in changed.items() if text != texts[row]}


def _compare(
    classifier: Auditable, name: str, changed: dict[int, str], answers: _Answers, weights: Floats
) -> VariantShift:
    if not changed:
        return VariantShift(name, 0, None, None, None)
    rows = np.array(list(changed))
    before, after = answers[rows], _ask(classifier, list(changed.values()))
    violent, graphic = np.abs(after.probabilities - before.probabilities)
    flips = (after.flagged != before.flagged).any(axis=0)
    return VariantShift(
        variant=name,
        n=len(rows),
        violent=estimate(partial(mean, violent), weights[:, rows]),
        graphic=estimate(partial(mean, graphic), weights[:, rows]),
        flips=wilson(int(flips.sum()), len(rows)),
    )


def _pad(
    classifier: Auditable, place: str, graphic: Sequence[str], peaceful: _Peaceful
) -> PaddingResult:
    texts = []
    for row, text in enumerate(graphic):
        padding = [peaceful.texts[drawn] for drawn in peaceful.draw(f"{place} {row}")]
        texts.append(pad(text, padding, place))
    kept = int(_ask(classifier, texts).flagged[1].sum())
    rate = wilson(kept, len(texts)) if texts else None
    return PaddingResult(place, len(texts), kept, rate)


def _join(classifier: Auditable, peaceful: _Peaceful, n_bootstrap: int) -> list[JoinResult]:
    alone = _ask(classifier, list(peaceful.texts)).flagged
    drawn = [peaceful.draw(f"join {row}") for row in range(N_JOINS)]
    texts = ["\n\n".join(peaceful.texts[place] for place in places) for places in drawn]
    joined = _ask(classifier, texts).flagged
    weights = resample([str(row) for row in range(N_JOINS)], n_bootstrap, peaceful.seed)
    results = []
    for level, single, flagged in zip(_LEVELS, alone, joined, strict=True):
        containing = np.array([single[places].any() for places in drawn])
        more = estimate(partial(mean, flagged.astype(float) - containing), weights)
        assert more is not None  # every resample has joins
        results.append(
            JoinResult(
                severity=str(level),
                articles=len(peaceful.texts),
                joins=N_JOINS,
                single=_share(single),
                flagged=_share(flagged),
                containing=_share(containing),
                more=more,
                gained=_share(flagged & ~containing),
                lost=_share(containing & ~flagged),
            )
        )
    return results


def _share(flags: Bools) -> Estimate:
    return wilson(int(flags.sum()), len(flags))
