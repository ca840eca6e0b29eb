"""Everything that is measured of a model, in one go: for its card, and for the command line."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from os import PathLike

from forewarn.audit import audit
from forewarn.checklist import Case, run_checklist
from forewarn.classifier import Classifier
from forewarn.corpus import GoldText
from forewarn.corpus.unlabelled import load_unlabelled
from forewarn.evaluate import evaluate
from forewarn.figures import Evaluation
from forewarn.robustness import robustness
from forewarn.taxonomy import Severity


def examine(
    classifier: Classifier,
    records: Iterable[GoldText],
    *,
    checklist: Sequence[Case] = (),
    with_robustness: bool = False,
    data: str | PathLike[str] | None = None,
) -> Evaluation:
    """Measure a classifier on gold texts, unlabelled texts, the audit and what else is asked.

    Parameters
    ----------
    classifier : Classifier
    records : iterable of GoldText
        At least one.
    checklist : sequence of Case
        What `forewarn.checklist.read_checklist` read; none by default.
    with_robustness : bool, default=False
        Whether to measure, too, what the form and length of the records change: twice the time
        of all else.
    data : str or path-like, optional
        Folder that may hold unlabelled texts; see `forewarn.corpus.unlabelled.load_unlabelled`.

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        If there are no records, or too few peaceful ones among them to measure robustness with.
    CorpusError
        If unlabelled texts are there and cannot be read.
    """
    operating_points = {
        name: Classifier(classifier.parameters, classifier.info, operating_point=name)
        for name in sorted(classifier.parameters.operating_points)
    }
    records = list(records)
    peaceful = [record.text for record in records if record.severity is Severity.NONE]
    evaluation = evaluate(
        classifier,
        records,
        operating_points=operating_points,
        unlabelled=list(load_unlabelled(data)),
    )
    return replace(
        evaluation,
        audit=audit(classifier),
        checklist=run_checklist(classifier, checklist) if checklist else None,
        robustness=robustness(classifier, records, peaceful) if with_robustness else None,
    )
