"""An evaluation of our own invention, small enough to know every figure of it by heart."""

import pytest

from forewarn.audit import AuditResult, Example, GroupShift, TermShift
from forewarn.checklist import BehaviourResult, ChecklistResult, Failure, PairsResult
from forewarn.figures import (
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
from forewarn.labels import ModelInfo
from forewarn.metrics import Bin, Estimate
from forewarn.robustness import JoinResult, PaddingResult, RobustnessResult, VariantShift

MODEL = ModelInfo(version="0.1", digest="c0ffee" * 10)
GOOD, MIDDLING = Estimate(0.9, 0.8, 1.0), Estimate(0.5, 0.25, 0.75)
LOW = Estimate(0.02, 0.01, 0.04)


def _detection(positives: int) -> Detection:
    return Detection(
        positives=positives,
        auprc=GOOD,
        roc_auc=GOOD,
        precision=MIDDLING,
        recall=MIDDLING,
        f1=None,
        operating_points={
            name: Decisions(
                precision=MIDDLING,
                recall=GOOD,
                f1=None,
                false_alarms=Alarms(1, 4, Estimate(250.0, 10.0, 800.0)),
                unlabelled_alarms=Alarms(3, 2000, Estimate(1.5, 0.5, 4.4)),
            )
            for name in ("balanced", "strict")
        },
        unseen_outlets=OutletLoss(GOOD, MIDDLING, Estimate(0.4, -0.1, 0.7)),
        calibration=Calibration(
            ece_equal_width=LOW,
            ece_equal_mass=LOW,
            bins=(
                Bin(0.0, 0.5, 6, 0.1, Estimate(0.0, 0.0, 0.4)),
                Bin(0.5, 1.0, 0, None, None),
            ),
        ),
    )


AUDIT = AuditResult(
    n_texts=8,
    n_terms=3,
    n_frames=4,
    seed=0,
    n_bootstrap=50,
    change=LOW,
    largest_change=0.3,
    largest_flips=0.25,
    largest_text_change=0.6,
    passed=False,
    groups=(
        GroupShift("city", "neutral", 2, 3, LOW, LOW, LOW, LOW),
        GroupShift("city", "violent", 2, 1, LOW, LOW, LOW, GOOD),
        GroupShift("gender", "violent", 1, 1, LOW, LOW, LOW, GOOD),
    ),
    terms=(
        TermShift("city", "Oslo", 4, LOW, Estimate(-0.02, -0.04, -0.01), 0.6, MIDDLING, LOW),
        TermShift("city", "Lagos", 4, LOW, LOW, 0.1, LOW, LOW),
        TermShift("gender", "woman", 1, LOW, LOW, 0.1, LOW, LOW),
    ),
    examples=(Example("city", "Oslo", "place violent 1", "A clerk was shot in Oslo.", 0.3, 0.9),),
)

CHECKLIST = ChecklistResult(
    model=MODEL,
    operating_point="balanced",
    passed=1,
    cases=2,
    rate=MIDDLING,
    behaviours=(
        BehaviourResult(
            "idiom", 1, 2, MIDDLING, (Failure("idiom-2", "at most reference", "violent", 0.6, 0.1),)
        ),
    ),
    pairs=(PairsResult("graphic", 1, 1, GOOD, ()),),
)

ROBUSTNESS = RobustnessResult(
    n_texts=6,
    seed=0,
    n_bootstrap=50,
    passed=True,
    variants=(
        VariantShift("upper case", 6, LOW, LOW, LOW),
        VariantShift("NFC", 0, None, None, None),
    ),
    left_out=("HTML page",),
    padding=(PaddingResult("before", 1, 1, GOOD),),
    joins=(JoinResult("graphic", 2, 400, LOW, LOW, LOW, Estimate(-0.1, -0.2, 0.0), LOW, LOW),),
)


@pytest.fixture(scope="session")
def evaluation() -> Evaluation:
    """Return an evaluation with all that can be measured."""
    return Evaluation(
        model=MODEL,
        split="test",
        labels="Labels of our own.",
        n_texts=6,
        n_articles=5,
        severities={"none": 2, "reference": 1, "violent": 2, "graphic": 1},
        seed=0,
        n_bootstrap=50,
        violent=_detection(3),
        graphic=_detection(1),
        confusion=((1, 0, 1, 0), (0, 1, 0, 0), (0, 1, 1, 0), (0, 0, 0, 1)),
        sources=(Group("hill", 3, 3, 1, None, None), Group("port", 3, 0, 0, None, None)),
        strata=(Group("random", 6, 3, 1, GOOD, None),),
        outlets=(Group("seen", 6, 3, 1, GOOD, None),),
        types=(TypeRanking("homicide", 2, None),),
        types_auprc=None,
        evidence=EvidenceHits(3, MIDDLING, GOOD),
        audit=AUDIT,
        checklist=CHECKLIST,
        robustness=ROBUSTNESS,
    )
