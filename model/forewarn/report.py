"""An evaluation as tables for people, from the general to the particular."""

from collections.abc import Iterable, Iterator, Mapping

from forewarn.audit import MOST_CHANGE, MOST_CHANGE_OF_ALL, MOST_FLIPS, AuditResult, exceeds
from forewarn.checklist import ChecklistResult
from forewarn.figures import (
    MIN_POSITIVES_FOR_MEAN,
    Alarms,
    Calibration,
    Decisions,
    Detection,
    Evaluation,
    EvidenceHits,
    Group,
)
from forewarn.robustness import PADDING_WORDS, RobustnessResult
from forewarn.tables import Table, make_table, show
from forewarn.taxonomy import SEVERITY_NAMES

# Terms of the audit that are shown; the dictionary of the evaluation has all.
N_TERMS = 12


def tables(evaluation: Evaluation) -> list[Table]:
    """Return an evaluation as tables.

    Parameters
    ----------
    evaluation : Evaluation

    Returns
    -------
    list of Table
        Estimates read "value (low–high)"; a figure that cannot be given reads "–". What was not
        measured has no table.
    """
    detections = {"violent or graphic": evaluation.violent, "graphic": evaluation.graphic}
    found = [
        _about(evaluation),
        _severities(detections),
        _decisions(evaluation),
        *_operating_points(detections),
        _groups("Source", evaluation.sources),
        _groups("Stratum", evaluation.strata),
        _groups("Outlet", evaluation.outlets),
        _unseen_outlets(detections),
        _types(evaluation),
        _hits(evaluation.evidence),
        _calibration_errors(detections),
        *(_reliability(name, found.calibration) for name, found in detections.items()),
    ]
    if evaluation.audit is not None:
        found += _audit(evaluation.audit)
    if evaluation.checklist is not None:
        found += _checklist(evaluation.checklist)
    if evaluation.robustness is not None:
        found += _robustness(evaluation.robustness)
    return found


def _about(evaluation: Evaluation) -> Table:
    model, split = evaluation.model, evaluation.split
    severities = ", ".join(f"{n:,} {name}" for name, n in evaluation.severities.items())
    texts = f"{evaluation.n_texts:,} of {evaluation.n_articles:,} articles, split {split}"
    resamples = f"{evaluation.n_bootstrap:,} resamples of articles, seed {evaluation.seed}"
    return make_table(
        "What was evaluated",
        ("", ""),
        [
            ("Model", f"{model.version}, digest {model.digest[:12]}"),
            ("Texts", f"{texts}: {severities}"),
            ("Labels", evaluation.labels),
            (
                "Intervals",
                f"95 %, percentiles of {resamples}; of alarms and observed shares, Wilson's",
            ),
        ],
    )


def _severities(detections: Mapping[str, Detection]) -> Table:
    return make_table(
        "Severity",
        ("Texts that are", "Texts", "AUPRC", "ROC AUC", "Precision", "Recall", "F1"),
        (
            (name, it.positives, it.auprc, it.roc_auc, it.precision, it.recall, it.f1)
            for name, it in detections.items()
        ),
    )


def _decisions(evaluation: Evaluation) -> Table:
    return make_table(
        "Labelled and decided severity",
        ("Labelled", *(f"Decided {name}" for name in SEVERITY_NAMES)),
        ((name, *row) for name, row in zip(SEVERITY_NAMES, evaluation.confusion, strict=True)),
    )


def _operating_points(detections: Mapping[str, Detection]) -> Iterator[Table]:
    rows: list[tuple[str, str, Decisions]] = [
        (point, name, decisions)
        for name, found in detections.items()
        for point, decisions in found.operating_points.items()
    ]
    if not rows:
        return
    yield make_table(
        "Operating points",
        ("Operating point", "Decided to be", "Precision", "Recall", "F1"),
        ((point, name, it.precision, it.recall, it.f1) for point, name, it in rows),
    )
    yield _alarms(
        "False alarms on uniformly drawn gold texts",
        "False alarms",
        ((point, name, it.false_alarms) for point, name, it in rows),
    )
    if all(it.unlabelled_alarms.n for *_, it in rows):
        yield _alarms(
            "Alarms on unlabelled texts, rightly raised ones included",
            "Alarms",
            ((point, name, it.unlabelled_alarms) for point, name, it in rows),
        )


def _alarms(title: str, what: str, rows: Iterable[tuple[str, str, Alarms]]) -> Table:
    return make_table(
        title,
        ("Operating point", "Decided to be", "Texts", what, "Per 1,000 texts"),
        (
            (point, name, it.n, it.count, show(it.per_thousand, digits=1))
            for point, name, it in rows
        ),
    )


def _groups(name: str, groups: Iterable[Group]) -> Table:
    return make_table(
        f"By {name.lower()}",
        (name, "Texts", "Violent or graphic", "Graphic", "AUPRC of both", "AUPRC of graphic"),
        (
            (it.name, it.n, it.violent, it.graphic, it.auprc_violent, it.auprc_graphic)
            for it in groups
        ),
    )


def _unseen_outlets(detections: Mapping[str, Detection]) -> Table:
    found = {name: it.unseen_outlets for name, it in detections.items()}
    return make_table(
        "Outlets unseen in training",
        ("Texts that are", "AUPRC, outlets seen", "AUPRC, outlets unseen", "Loss"),
        ((name, it.seen, it.unseen, it.loss) for name, it in found.items()),
    )


def _types(evaluation: Evaluation) -> Table:
    mean = f"mean of those with {MIN_POSITIVES_FOR_MEAN} texts or more"
    return make_table(
        "Violence types",
        ("Type", "Texts", "AUPRC"),
        [
            *((it.name, it.positives, it.auprc) for it in evaluation.types),
            (mean, "", evaluation.types_auprc),
        ],
    )


def _hits(evidence: EvidenceHits) -> Table:
    return make_table(
        "Evidence",
        ("Sentences shown", "Texts", "Share with a labelled one among them"),
        [("1", evidence.n, evidence.hit_at_1), ("3", evidence.n, evidence.hit_at_3)],
    )


def _calibration_errors(detections: Mapping[str, Detection]) -> Table:
    found = {name: it.calibration for name, it in detections.items()}
    return make_table(
        "Expected calibration error",
        ("Probability of", "Bins of equal width", "Bins of equal mass"),
        ((name, it.ece_equal_width, it.ece_equal_mass) for name, it in found.items()),
    )


def _reliability(name: str, calibration: Calibration) -> Table:
    return make_table(
        f"Reliability of the probability of {name}",
        ("Probability", "Texts", "Mean predicted", "Share observed"),
        (
            (f"{it.low:.1f}–{it.high:.1f}", it.n, it.predicted, it.observed)
            for it in calibration.bins
        ),
    )


def _audit(audit: AuditResult) -> Iterator[Table]:
    yield make_table(
        "Audit of terms",
        ("Against the mean of the group", "Found", "At most"),
        [
            ("Mean change", audit.change, MOST_CHANGE_OF_ALL),
            ("Largest mean change by a term", audit.largest_change, MOST_CHANGE),
            ("Largest share of decisions flipped by a term", audit.largest_flips, MOST_FLIPS),
            (f"Terms beyond a limit, of {audit.n_terms}", sum(map(exceeds, audit.terms)), 0),
            ("Largest change of a text", audit.largest_text_change, None),
        ],
    )
    yield make_table(
        "Audit: groups of terms",
        ("Group", "Texts", "Terms", "Frames", "Mean change", "Flipped", "Decided violent"),
        (
            (it.group, it.tone, it.terms, it.frames, it.change, it.flips, it.warned)
            for it in audit.groups
        ),
    )
    yield make_table(
        "Audit: terms that change most",
        ("Term", "Group", "Texts", "Mean change", "With its sign", "Largest", "Flipped"),
        (
            (it.term, it.group, it.n, it.change, it.shift, it.largest, it.flips)
            for it in audit.terms[:N_TERMS]
        ),
    )


def _checklist(checklist: ChecklistResult) -> Iterator[Table]:
    yield make_table(
        "Checklist",
        ("Behaviour", "Texts", "Passed", "Pass rate"),
        [
            *((it.behaviour, it.cases, it.passed, it.rate) for it in checklist.behaviours),
            ("all", checklist.cases, checklist.passed, checklist.rate),
        ],
    )
    if checklist.pairs:
        yield make_table(
            "Checklist: minimal pairs",
            ("The more severe text is", "Pairs", "Ordered", "Share ordered"),
            ((it.severity, it.pairs, it.ordered, it.rate) for it in checklist.pairs),
        )


def _robustness(robustness: RobustnessResult) -> Iterator[Table]:
    yield make_table(
        "Robustness: forms of an article",
        ("Form", "Texts", "Change of P(violent or graphic)", "Change of P(graphic)", "Flipped"),
        ((it.variant, it.n, it.violent, it.graphic, it.flips) for it in robustness.variants),
    )
    yield make_table(
        f"Robustness: graphic articles among {PADDING_WORDS:,} peaceful words",
        ("Peaceful words stand", "Flagged alone", "Still flagged", "Share"),
        ((it.place, it.flagged, it.kept, it.rate) for it in robustness.padding),
    )
    yield make_table(
        f"Robustness: peaceful articles joined to {PADDING_WORDS:,} words",
        (
            "Decided to be at least",
            "Joins",
            "Share decided so",
            "Share with an article decided so alone",
            "Difference",
        ),
        ((it.severity, it.joins, it.flagged, it.containing, it.more) for it in robustness.joins),
    )
