"""What a model is worth on gold-labelled texts, and how surely so few texts can tell.

Most gold texts were picked because they are hard to tell apart (see ``stratum`` of `GoldText`).
Ranking and decisions are measured on all of them and come out lower than on an ordinary day's
news; false alarms are counted on the uniformly drawn ones alone.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from operator import attrgetter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from forewarn.corpus import GoldText
from forewarn.errors import InputError
from forewarn.labels import Evidence, ModelInfo
from forewarn.metrics import (
    Bin,
    Bools,
    Estimate,
    Floats,
    average_precision,
    calibration_error,
    estimate,
    f1,
    precision,
    recall,
    reliability,
    resample,
    roc_auc,
    share,
    wilson,
)
from forewarn.taxonomy import SEVERITY_NAMES, Severity

LABELS = (
    "The labels were made by language-model annotators reading each text under the corpus"
    " guideline; they are not human labels."
)

# A ranking of fewer positives than this says more of them than of the model.
MIN_POSITIVES = 5
# Types with fewer would bring more noise than knowledge into the mean over types.
MIN_POSITIVES_FOR_MEAN = 20

N_BINS = 10
UNIFORM_STRATUM = "random"


class Evaluable(Protocol):
    """What a classifier must answer to be evaluated; `forewarn.classifier.Classifier` does."""

    @property
    def info(self) -> ModelInfo:
        """Version and digest of the model."""

    @property
    def type_names(self) -> tuple[str, ...]:
        """Violence types: the columns of `predict_types`."""

    def predict_proba(self, texts: list[str], /) -> Floats:
        """Return the probability of each severity, shape (n, 4)."""

    def predict(self, texts: list[str], /) -> NDArray[np.integer[Any]]:
        """Return the severity decided for each text, shape (n,)."""

    def predict_types(self, texts: list[str], /) -> Floats:
        """Return the probability of each violence type, shape (n, n_types)."""

    def evidence(self, texts: list[str], /) -> Sequence[Sequence[Evidence]]:
        """Return sentences of each text, strongest first, whatever severity was decided."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether probabilities can be taken at their word, on the mix of texts evaluated.

    Attributes
    ----------
    ece_equal_width : float
        Expected calibration error over `bins` (see `forewarn.metrics.calibration_error`).
    ece_equal_mass : float
        The same over ten bins of about equally many texts each (Nguyen and O'Connor 2015,
        "Posterior calibration and exploratory analysis for natural language processing models",
        arXiv:1508.05154).
    bins : tuple of Bin
        Reliability table: ten bins of equal width.
    """

    ece_equal_width: float
    ece_equal_mass: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """Texts of the uniform sample that were decided to be of a severity they are below.

    Attributes
    ----------
    count, n : int
        Number of false alarms, and of texts in the sample.
    per_thousand : Estimate or None
        False alarms per 1,000 texts, with Wilson's interval; None where `n` is 0.
    """

    count: int
    n: int
    per_thousand: Estimate | None


@dataclass(frozen=True, slots=True)
class Detection:
    """How well texts of a severity and above are told from those below it.

    Attributes
    ----------
    positives : int
        Texts of that severity and above.
    auprc, roc_auc : Estimate or None
        Ranking by probability: average precision and area under the ROC curve; None where
        positives or negatives are missing.
    precision, recall, f1 : Estimate or None
        At the classifier's decision; None where undefined.
    false_alarms : FalseAlarms
        What it would cost on an ordinary day.
    calibration : Calibration
        Of the probability of that severity and above.
    """

    positives: int
    auprc: Estimate | None
    roc_auc: Estimate | None
    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None
    false_alarms: FalseAlarms
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Group:
    """Ranking within a part of the texts.

    Attributes
    ----------
    name : str
        Source, stratum, or whether the outlet was seen in training.
    n, violent, graphic : int
        Number of texts, of those at least violent, and of those graphic.
    auprc_violent, auprc_graphic : Estimate or None
        None where there are fewer than `MIN_POSITIVES` positives, or no negatives.
    """

    name: str
    n: int
    violent: int
    graphic: int
    auprc_violent: Estimate | None
    auprc_graphic: Estimate | None


@dataclass(frozen=True, slots=True)
class TypeRanking:
    """Ranking of all texts by the probability of one violence type.

    Attributes
    ----------
    name : str
        The type.
    positives : int
        Texts labelled with it.
    auprc : Estimate or None
        None where there are fewer than `MIN_POSITIVES` positives, or no negatives.
    """

    name: str
    positives: int
    auprc: Estimate | None


@dataclass(frozen=True, slots=True)
class EvidenceHits:
    """How often the sentences shown are those that decided the annotators.

    Attributes
    ----------
    n : int
        Texts at least violent whose label names evidence.
    hit_at_1, hit_at_3 : Estimate or None
        Share of them in which the strongest sentence, or one of the strongest three, overlaps an
        evidence span by a character or more; None where `n` is 0.
    """

    n: int
    hit_at_1: Estimate | None
    hit_at_3: Estimate | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one model on one set of gold-labelled texts.

    Attributes
    ----------
    model : ModelInfo
        Version and digest of the model.
    split : str
        Split that the texts come from; several are joined by a comma.
    labels : str
        Who made the labels.
    n_texts, n_articles : int
        Number of texts, and of articles that they are windows of.
    severities : dict of str to int
        Number of texts of each severity, by name.
    seed, n_bootstrap : int
        Seed and number of the resamples behind the intervals.
    violent, graphic : Detection
        Texts at least violent, and graphic texts.
    confusion : tuple of tuple of int
        Number of texts by labelled severity (rows) and decided severity (columns).
    sources, strata, outlets : tuple of Group
        Parts of the texts, largest first; `outlets` tells outlets ``seen`` in training from
        ``unseen`` and ``unknown`` ones.
    types : tuple of TypeRanking
        In the classifier's order. All texts count: one labelled without a type is a negative of
        it, also at severity ``reference``, where types were given only if they plainly applied.
    types_auprc : Estimate or None
        Mean over the types with at least `MIN_POSITIVES_FOR_MEAN` positives; None without any.
    evidence : EvidenceHits
        Sentences shown against those that the label names.
    """

    model: ModelInfo
    split: str
    labels: str
    n_texts: int
    n_articles: int
    severities: dict[str, int]
    seed: int
    n_bootstrap: int
    violent: Detection
    graphic: Detection
    confusion: tuple[tuple[int, ...], ...]
    sources: tuple[Group, ...]
    strata: tuple[Group, ...]
    outlets: tuple[Group, ...]
    types: tuple[TypeRanking, ...]
    types_auprc: Estimate | None
    evidence: EvidenceHits

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values that `json.dumps` takes; keys are attribute names."""
        # The way through JSON makes lists of tuples, and refuses what is not a plain value.
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), allow_nan=False))
        return plain


def evaluate(
    classifier: Evaluable, records: Iterable[GoldText], *, seed: int = 0, n_bootstrap: int = 1000
) -> Evaluation:
    """Measure a classifier on gold-labelled texts.

    Parameters
    ----------
    classifier : Evaluable
        Asked for the decisions of its own operating point.
    records : iterable of GoldText
        At least one; their order does not matter.
    seed : int, default=0
        Seed of the bootstrap.
    n_bootstrap : int, default=1000
        Number of resamples. They are of articles: windows of one article stay together.

    Returns
    -------
    Evaluation
        Every `Estimate` in it has a 95 % percentile interval, but false alarms have Wilson's.

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
    violent, graphic = (
        _Question(severities >= level, probabilities[:, level:].sum(axis=1), decided >= level)
        for level in (Severity.VIOLENT, Severity.GRAPHIC)
    )
    uniform = np.array([record.stratum == UNIFORM_STRATUM for record in records])
    types, types_auprc = _rank_types(classifier, records, weights)
    group = partial(_group, violent=violent, graphic=graphic, weights=weights)
    return Evaluation(
        model=classifier.info,
        split=", ".join(sorted({record.split for record in records})),
        labels=LABELS,
        n_texts=len(records),
        n_articles=len(set(articles)),
        severities={str(level): int(np.sum(severities == level)) for level in Severity},
        seed=seed,
        n_bootstrap=n_bootstrap,
        violent=_detect(violent, uniform, weights),
        graphic=_detect(graphic, uniform, weights),
        confusion=_confusion(severities, decided),
        sources=group([record.source for record in records]),
        strata=group([record.stratum for record in records]),
        outlets=group([_outlet(record) for record in records]),
        types=types,
        types_auprc=types_auprc,
        evidence=_find_evidence(classifier, records, weights),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """One yes-or-no question about every text: the label, the probability and the decision."""

    gold: Bools
    scores: Floats
    decided: Bools


def _detect(question: _Question, uniform: Bools, weights: Floats) -> Detection:
    gold, scores, decided = question.gold, question.scores, question.decided
    return Detection(
        positives=int(gold.sum()),
        auprc=estimate(partial(average_precision, gold, scores), weights),
        roc_auc=estimate(partial(roc_auc, gold, scores), weights),
        precision=estimate(partial(precision, gold, decided), weights),
        recall=estimate(partial(recall, gold, decided), weights),
        f1=estimate(partial(f1, gold, decided), weights),
        false_alarms=_count_false_alarms((decided & ~gold)[uniform]),
        calibration=_calibrate(gold, scores),
    )


def _count_false_alarms(alarms: Bools) -> FalseAlarms:
    count, n = int(alarms.sum()), len(alarms)
    if not n:
        return FalseAlarms(count, n, None)
    rate = wilson(count, n)
    return FalseAlarms(count, n, Estimate(1000 * rate.value, 1000 * rate.low, 1000 * rate.high))


def _calibrate(gold: Bools, scores: Floats) -> Calibration:
    equal_width = np.linspace(0, 1, N_BINS + 1)
    bins = reliability(gold, scores, equal_width)
    equal_mass = reliability(gold, scores, np.quantile(scores, equal_width))
    return Calibration(calibration_error(bins), calibration_error(equal_mass), bins)


def _confusion(
    severities: NDArray[np.integer[Any]], decided: NDArray[np.integer[Any]]
) -> tuple[tuple[int, ...], ...]:
    n = len(Severity)
    counts = np.bincount(severities * n + decided, minlength=n * n)
    return tuple(tuple(int(count) for count in row) for row in counts.reshape(n, n))


def _outlet(record: GoldText) -> str:
    if not record.outlet:
        return "unknown"
    return "unseen" if record.unseen_outlet else "seen"


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

    def mean(weights: Floats) -> Floats:
        return np.asarray(np.mean([metric(weights) for metric in common], axis=0))

    return rankings, estimate(mean, weights)


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
        hit_at_1=estimate(partial(share, first), weights[:, rows]),
        hit_at_3=estimate(partial(share, among_three), weights[:, rows]),
    )


def _overlap(sentences: Sequence[Evidence], spans: Iterable[tuple[int, int]]) -> bool:
    return any(
        max(sentence.start, start) < min(sentence.end, end)
        for start, end in spans
        for sentence in sentences
    )


@dataclass(frozen=True, slots=True)
class Table:
    """Figures as they are shown: every cell is text, every row as long as `columns`."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(evaluation: Evaluation) -> list[Table]:
    """Return an evaluation as tables for people, from the general to the particular.

    Parameters
    ----------
    evaluation : Evaluation

    Returns
    -------
    list of Table
        Estimates read "value (low–high)"; a figure that cannot be given reads "–".
    """
    detections = {"violent or graphic": evaluation.violent, "graphic": evaluation.graphic}
    return [
        _about(evaluation),
        _severities(detections),
        _decisions(evaluation.confusion),
        _false_alarms(detections),
        _groups("Source", evaluation.sources),
        _groups("Stratum", evaluation.strata),
        _groups("Outlet", evaluation.outlets),
        _types(evaluation),
        _hits(evaluation.evidence),
        _calibration_errors(detections),
        *(_reliability(name, found.calibration) for name, found in detections.items()),
    ]


def to_markdown(table: Table) -> str:
    """Return a table in Markdown under a heading of the third level, figures to the right.

    Parameters
    ----------
    table : Table
        With at least one row.

    Returns
    -------
    str
        Ends with a line feed.

    Examples
    --------
    >>> print(to_markdown(Table("Ferries", ("Island", "A day"), (("Arran", "9"),))))
    ### Ferries
    <BLANKLINE>
    | Island | A day |
    | --- | ---: |
    | Arran | 9 |
    <BLANKLINE>
    """
    cells = zip(*table.rows, strict=True)
    rule = tuple("---:" if all(map(_is_figure, column)) else "---" for column in cells)
    lines = (
        "| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |"
        for row in (table.columns, rule, *table.rows)
    )
    return f"### {table.title}\n\n" + "\n".join(lines) + "\n"


def _is_figure(cell: str) -> bool:
    return cell in ("", "–") or cell[0].isdigit()


def _about(evaluation: Evaluation) -> Table:
    model, split = evaluation.model, evaluation.split
    severities = ", ".join(f"{n:,} {name}" for name, n in evaluation.severities.items())
    texts = f"{evaluation.n_texts:,} of {evaluation.n_articles:,} articles, split {split}"
    resamples = f"{evaluation.n_bootstrap:,} resamples of articles, seed {evaluation.seed}"
    return _table(
        "What was evaluated",
        ("", ""),
        ("Model", f"{model.version}, digest {model.digest[:12]}"),
        ("Texts", f"{texts}: {severities}"),
        ("Labels", evaluation.labels),
        ("Intervals", f"95 %, percentiles of {resamples}; of false alarms, Wilson's"),
    )


def _severities(detections: Mapping[str, Detection]) -> Table:
    return _table(
        "Severity",
        ("Texts that are", "Texts", "AUPRC", "ROC AUC", "Precision", "Recall", "F1"),
        *(
            (name, it.positives, it.auprc, it.roc_auc, it.precision, it.recall, it.f1)
            for name, it in detections.items()
        ),
    )


def _decisions(confusion: Sequence[Sequence[int]]) -> Table:
    return _table(
        "Labelled and decided severity",
        ("Labelled", *(f"Decided {name}" for name in SEVERITY_NAMES)),
        *((name, *map(_cell, row)) for name, row in zip(SEVERITY_NAMES, confusion, strict=True)),
    )


def _false_alarms(detections: Mapping[str, Detection]) -> Table:
    alarms = {name: found.false_alarms for name, found in detections.items()}
    return _table(
        "False alarms among uniformly drawn texts",
        ("Decided to be", "Texts", "False alarms", "Per 1,000 texts"),
        *((name, it.n, it.count, _cell(it.per_thousand, digits=0)) for name, it in alarms.items()),
    )


def _groups(name: str, groups: Iterable[Group]) -> Table:
    return _table(
        f"By {name.lower()}",
        (name, "Texts", "Violent or graphic", "Graphic", "AUPRC of both", "AUPRC of graphic"),
        *(
            (it.name, it.n, it.violent, it.graphic, it.auprc_violent, it.auprc_graphic)
            for it in groups
        ),
    )


def _types(evaluation: Evaluation) -> Table:
    mean = f"mean of those with {MIN_POSITIVES_FOR_MEAN} texts or more"
    return _table(
        "Violence types",
        ("Type", "Texts", "AUPRC"),
        *((it.name, it.positives, it.auprc) for it in evaluation.types),
        (mean, "", evaluation.types_auprc),
    )


def _hits(evidence: EvidenceHits) -> Table:
    return _table(
        "Evidence",
        ("Sentences shown", "Texts", "Share with a labelled one among them"),
        ("1", evidence.n, evidence.hit_at_1),
        ("3", evidence.n, evidence.hit_at_3),
    )


def _calibration_errors(detections: Mapping[str, Detection]) -> Table:
    calibrations = {name: found.calibration for name, found in detections.items()}
    return _table(
        "Expected calibration error",
        ("Probability of", f"{N_BINS} bins of equal width", f"{N_BINS} bins of equal mass"),
        *((name, it.ece_equal_width, it.ece_equal_mass) for name, it in calibrations.items()),
    )


def _reliability(name: str, calibration: Calibration) -> Table:
    return _table(
        f"Reliability of the probability of {name}",
        ("Probability", "Texts", "Mean predicted", "Share observed"),
        *(
            (f"{it.low:.1f}–{it.high:.1f}", it.n, it.predicted, it.observed)
            for it in calibration.bins
        ),
    )


_Value = str | int | float | Estimate | None


def _table(title: str, columns: tuple[str, ...], *rows: tuple[_Value, ...]) -> Table:
    return Table(title, columns, tuple(tuple(_cell(value) for value in row) for row in rows))


def _cell(value: _Value, digits: int = 3) -> str:
    match value:
        case None:
            return "–"
        case str():
            return value
        case int():
            return f"{value:,}"
        case float():
            return f"{value:.{digits}f}"
        case Estimate(found, low, high):
            return f"{found:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"
