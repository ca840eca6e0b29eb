"""What an evaluation finds: frozen records that compare and turn to JSON."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from forewarn.audit import AuditResult
from forewarn.checklist import ChecklistResult
from forewarn.labels import ModelInfo
from forewarn.metrics import Bin, Estimate
from forewarn.robustness import RobustnessResult

# A ranking of fewer positives than this says more of them than of the model.
MIN_POSITIVES = 5
# Types with fewer would bring more noise than knowledge into the mean over types.
MIN_POSITIVES_FOR_MEAN = 20


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether probabilities can be taken at their word, on the mix of texts evaluated.

    Attributes
    ----------
    ece_equal_width : Estimate or None
        Expected calibration error over `bins` (see `forewarn.metrics.calibration_error`).
    ece_equal_mass : Estimate or None
        The same over ten bins of about equally many texts each (Nguyen and O'Connor 2015,
        "Posterior calibration and exploratory analysis for natural language processing models",
        arXiv:1508.05154).
    bins : tuple of Bin
        Reliability table: ten bins of equal width.
    """

    ece_equal_width: Estimate | None
    ece_equal_mass: Estimate | None
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Alarms:
    """Texts of a sample that a warning was given for.

    Attributes
    ----------
    count, n : int
        Number of these texts, and of texts in the sample.
    per_thousand : Estimate or None
        Alarms per 1,000 texts, with Wilson's interval; None where `n` is 0.
    """

    count: int
    n: int
    per_thousand: Estimate | None


@dataclass(frozen=True, slots=True)
class Decisions:
    """What one operating point decides to be of a severity and above.

    Attributes
    ----------
    precision, recall, f1 : Estimate or None
        On all gold texts; None where undefined.
    false_alarms : Alarms
        Texts of the uniformly drawn gold texts that are decided to be what they are not: what
        the operating point costs on an ordinary day.
    unlabelled_alarms : Alarms
        Unlabelled texts that are decided to be so, rightly or not, as nobody has read them: no
        fewer than the false alarms among them. Texts of one article count singly, which leaves
        the interval somewhat too narrow.
    """

    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None
    false_alarms: Alarms
    unlabelled_alarms: Alarms


@dataclass(frozen=True, slots=True)
class OutletLoss:
    """What ranking loses on outlets that training has not seen.

    Attributes
    ----------
    seen, unseen : Estimate or None
        AUPRC on texts of outlets that have texts in ``train``, and of outlets that have none;
        None where there are fewer than `MIN_POSITIVES` positives, or no negatives.
    loss : Estimate or None
        `seen` minus `unseen` in the same resamples. The two parts differ in their share of
        positives too, which alone moves an AUPRC.
    """

    seen: Estimate | None
    unseen: Estimate | None
    loss: Estimate | None


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
    operating_points : dict of str to Decisions
        Decisions at each operating point, by name.
    unseen_outlets : OutletLoss
        Ranking on outlets that training has seen, and on others.
    calibration : Calibration
        Of the probability of that severity and above.
    """

    positives: int
    auprc: Estimate | None
    roc_auc: Estimate | None
    precision: Estimate | None
    recall: Estimate | None
    f1: Estimate | None
    operating_points: dict[str, Decisions]
    unseen_outlets: OutletLoss
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
    audit : AuditResult or None
        What naming places and peoples changes; None where that was not measured.
    checklist : ChecklistResult or None
        Behaviours that a checklist tells, each passed or failed; None without one.
    robustness : RobustnessResult or None
        What the form and length of articles change; None where that was not measured.
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
    audit: AuditResult | None = None
    checklist: ChecklistResult | None = None
    robustness: RobustnessResult | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as plain values that `json.dumps` takes; keys are attribute names."""
        # The way through JSON makes lists of tuples, and refuses what is not a plain value.
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self), allow_nan=False))
        return plain
