"""What a model is worth on gold-labelled texts, and how surely so few texts can tell.

Most gold texts were picked because they are hard to tell apart (see ``stratum`` of `GoldText`).
Ranking and decisions are measured on all of them and come out lower than on an ordinary day's
news; false alarms are counted on the uniformly drawn ones alone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from forewarn.corpus import GoldText
from forewarn.errors import InputError
from forewarn.figures import (
    MIN_POSITIVES,
    MIN_POSITIVES_FOR_MEAN,
    Alarms,
    Calibration,
    Decisions,
    Detection,
    Evaluation,
    EvidenceHits,
    Group,
    OutletLoss,
    TypeRanking,
)
from forewarn.labels import Evidence, ModelInfo
from forewarn.metrics import (
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
from forewarn.taxonomy import Severity

LABELS = (
    "The labels were made by language-model annotators reading each text under the corpus"
    " guideline; they are not human labels."
)

N_BINS = 10
UNIFORM_STRATUM = "random"
SEEN, UNSEEN = "seen", "unseen"  # outlets, in training

Names = NDArray[np.str_]


class Deciding(Protocol):
    """What a classifier must answer at one operating point."""

    def predict(self, texts: list[str], /) -> NDArray[np.integer[Any]]:
        """Return the severity decided for each text, shape (n,)."""


class Evaluable(Deciding, Protocol):
    """What a classifier must answer to be evaluated; `forewarn.classifier.Classifier` does."""

    @property
    def info(self) -> ModelInfo:
        """Version and digest of the model."""

    @property
    def type_names(self) -> tuple[str, ...]:
        """Violence types: the columns of `predict_types`."""

    def predict_proba(self, texts: list[str], /) -> Floats:
        """Return the probability of each severity, shape (n, 4)."""

    def predict_types(self, texts: list[str], /) -> Floats:
        """Return the probability of each violence type, shape (n, n_types)."""

    def evidence(self, texts: list[str], /) -> Sequence[Sequence[Evidence]]:
        """Return sentences of each text, strongest first, whatever severity was decided."""


def evaluate(
    classifier: Evaluable,
    records: Iterable[GoldText],
    *,
    operating_points: Mapping[str, Deciding] | None = None,
    unlabelled: Sequence[str] = (),
    seed: int = 0,
    n_bootstrap: int = 1000,
) -> Evaluation:
    """Measure a classifier on gold-labelled texts.

    Parameters
    ----------
    classifier : Evaluable
        Asked for the decisions of its own operating point.
    records : iterable of GoldText
        At least one; their order does not matter.
    operating_points : mapping of str to Deciding, optional
        The classifier at each operating point that is to be measured, by name.
    unlabelled : sequence of str
        Texts that nobody has labelled, for counting the alarms that each operating point raises.
    seed : int, default=0
        Seed of the bootstrap.
    n_bootstrap : int, default=1000
        Number of resamples. They are of articles: windows of one article stay together.

    Returns
    -------
    Evaluation
        Every `Estimate` in it has a 95 % percentile interval, but alarms and the observed shares
        of reliability tables have Wilson's.

    Raises
    ------
    InputError
        If there are no records, or `n_bootstrap` is below 1.
    """
    records = sorted(records, key=attrgetter("id"))
    if not records:
        raise InputError("There are no records to evaluate on: give at least one gold text")
    articles = [record.article for record in records]
    weights = resample(articles, n_bootstrap, seed)
    texts = [record.text for record in records]
    severities = np.array([record.severity for record in records])
    decided = classifier.predict(texts)
    probabilities = classifier.predict_proba(texts)
    at_points = {
        name: (point.predict(texts), point.predict(list(unlabelled)))
        for name, point in (operating_points or {}).items()
    }
    violent, graphic = (
        _Question(
            gold=severities >= level,
            scores=probabilities[:, level:].sum(axis=1),
            decided=decided >= level,
            at_points={
                name: (on_gold >= level, on_unlabelled >= level)
                for name, (on_gold, on_unlabelled) in at_points.items()
            },
        )
        for level in (Severity.VIOLENT, Severity.GRAPHIC)
    )
    uniform = np.array([record.stratum == UNIFORM_STRATUM for record in records])
    outlets = np.array([_outlet(record) for record in records])
    detect = partial(_detect, uniform=uniform, outlets=outlets, weights=weights)
    group = partial(_group, violent=violent, graphic=graphic, weights=weights)
    types, types_auprc = _rank_types(classifier, records, weights)
    return Evaluation(
        model=classifier.info,
        split=", ".join(sorted({record.split for record in records})),
        labels=LABELS,
        n_texts=len(records),
        n_articles=len(set(articles)),
        severities={str(level): int(np.sum(severities == level)) for level in Severity},
        seed=seed,
        n_bootstrap=n_bootstrap,
        violent=detect(violent),
        graphic=detect(graphic),
        confusion=_confusion(severities, decided),
        sources=group([record.source for record in records]),
        strata=group([record.stratum for record in records]),
        outlets=group(outlets.tolist()),
        types=types,
        types_auprc=types_auprc,
        evidence=_find_evidence(classifier, records, weights),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """One yes-or-no question about every text: the label, the probability and the decisions.

    `at_points` has the decisions at each operating point, on gold texts and on unlabelled ones.
    """

    gold: Bools
    scores: Floats
    decided: Bools
    at_points: Mapping[str, tuple[Bools, Bools]]


def _detect(question: _Question, uniform: Bools, outlets: Names, weights: Floats) -> Detection:
    gold, scores, decided = question.gold, question.scores, question.decided
    return Detection(
        positives=int(gold.sum()),
        auprc=estimate(partial(average_precision, gold, scores), weights),
        roc_auc=estimate(partial(roc_auc, gold, scores), weights),
        precision=estimate(partial(precision, gold, decided), weights),
        recall=estimate(partial(recall, gold, decided), weights),
        f1=estimate(partial(f1, gold, decided), weights),
        operating_points={
            name: Decisions(
                precision=estimate(partial(precision, gold, on_gold), weights),
                recall=estimate(partial(recall, gold, on_gold), weights),
                f1=estimate(partial(f1, gold, on_gold), weights),
                false_alarms=_count_alarms((on_gold & ~gold)[uniform]),
                unlabelled_alarms=_count_alarms(on_unlabelled),
            )
            for name, (on_gold, on_unlabelled) in question.at_points.items()
        },
        unseen_outlets=_compare_outlets(gold, scores, outlets, weights),
        calibration=_calibrate(gold, scores, weights),
    )


def _count_alarms(alarms: Bools) -> Alarms:
    count, n = int(alarms.sum()), len(alarms)
    if not n:
        return Alarms(count, n, None)
    rate = wilson(count, n)
    return Alarms(count, n, Estimate(1000 * rate.value, 1000 * rate.low, 1000 * rate.high))


def _compare_outlets(gold: Bools, scores: Floats, outlets: Names, weights: Floats) -> OutletLoss:
    rows = [np.flatnonzero(outlets == name) for name in (SEEN, UNSEEN)]
    seen, unseen = (_auprc(gold[part], scores[part], weights[:, part]) for part in rows)
    if seen is None or unseen is None:
        return OutletLoss(seen, unseen, None)

    def loss(weights: Floats) -> Floats:
        of_seen, of_unseen = (
            average_precision(gold[part], scores[part], weights[..., part]) for part in rows
        )
        return of_seen - of_unseen

    return OutletLoss(seen, unseen, estimate(loss, weights))


def _calibrate(gold: Bools, scores: Floats, weights: Floats) -> Calibration:
    equal_width = np.linspace(0, 1, N_BINS + 1)
    of_equal_width, of_equal_mass = (
        estimate(partial(calibration_error, gold, scores, edges), weights, centred=True)
        for edges in (equal_width, np.quantile(scores, equal_width))
    )
    return Calibration(of_equal_width, of_equal_mass, reliability(gold, scores, equal_width))


def _confusion(
    severities: NDArray[np.integer[Any]], decided: NDArray[np.integer[Any]]
) -> tuple[tuple[int, ...], ...]:
    n = len(Severity)
    counts = np.bincount(severities * n + decided, minlength=n * n)
    return tuple(tuple(int(count) for count in row) for row in counts.reshape(n, n))


def _outlet(record: GoldText) -> str:
    if not record.outlet:
        return "unknown"
    return UNSEEN if record.unseen_outlet else SEEN


def _group(
    names: list[str], violent: _Question, graphic: _Question, weights: Floats
) -> tuple[Group, ...]:
    groups = []
    for name, n in Counter(names).most_common():
        rows = np.array(names) == name
        auprc_violent, auprc_graphic = (
            _auprc(question.gold[rows], question.scores[rows], weights[:, rows])
            for question in (violent, graphic)
        )
        counts = int(violent.gold[rows].sum()), int(graphic.gold[rows].sum())
        groups.append(Group(name, n, *counts, auprc_violent, auprc_graphic))
    return tuple(groups)


def _auprc(gold: Bools, scores: Floats, weights: Floats) -> Estimate | None:
    if gold.sum() < MIN_POSITIVES:
        return None
    return estimate(partial(average_precision, gold, scores), weights)


def _rank_types(
    classifier: Evaluable, records: Sequence[GoldText], weights: Floats
) -> tuple[tuple[TypeRanking, ...], Estimate | None]:
    scores = classifier.predict_types([record.text for record in records]).T
    gold = [
        np.array([name in record.types for record in records]) for name in classifier.type_names
    ]
    rankings = tuple(
        TypeRanking(name, int(labelled.sum()), _auprc(labelled, ranked, weights))
        for name, labelled, ranked in zip(classifier.type_names, gold, scores, strict=True)
    )
    common = [
        partial(average_precision, labelled, ranked)
        for labelled, ranked in zip(gold, scores, strict=True)
        if labelled.sum() >= MIN_POSITIVES_FOR_MEAN
    ]
    if not common:
        return rankings, None

    def mean_of_types(weights: Floats) -> Floats:
        return np.asarray(np.mean([metric(weights) for metric in common], axis=0))

    return rankings, estimate(mean_of_types, weights)


def _find_evidence(
    classifier: Evaluable, records: Sequence[GoldText], weights: Floats
) -> EvidenceHits:
    rows = [
        row
        for row, record in enumerate(records)
        if record.severity >= Severity.VIOLENT and record.evidence
    ]
    found = classifier.evidence([records[row].text for row in rows])
    first, among_three = (
        np.array(
            [
                _overlap(sentences[:n], records[row].evidence)
                for row, sentences in zip(rows, found, strict=True)
            ],
            dtype=np.bool_,
        )
        for n in (1, 3)
    )
    return EvidenceHits(
        n=len(rows),
        hit_at_1=estimate(partial(mean, first), weights[:, rows]),
        hit_at_3=estimate(partial(mean, among_three), weights[:, rows]),
    )


def _overlap(sentences: Sequence[Evidence], spans: Iterable[tuple[int, int]]) -> bool:
    return any(
        max(sentence.start, start) < min(sentence.end, end)
        for start, end in spans
        for sentence in sentences
    )
