"""Train on what is at hand, measure it on the test split, and write model, figures and card."""

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from forewarn._version import __version__
from forewarn.checklist import Case
from forewarn.classifier import Classifier
from forewarn.corpus import (
    GoldText,
    LabelledSentence,
    WrittenSentence,
    WrittenText,
    labels_digest,
    load_gold,
    load_sentences,
    load_written,
    load_written_sentences,
)
from forewarn.corpus.house import HouseText
from forewarn.errors import CorpusError
from forewarn.examine import examine
from forewarn.figures import Evaluation
from forewarn.labels import ModelInfo
from forewarn.report import tables
from forewarn.tables import to_markdown
from forewarn.train import Progress, fit, gather

MODEL_FILE, METRICS_FILE, CARD_FILE = "forewarn.joblib", "metrics.json", "MODEL_CARD.md"


@dataclass(frozen=True, slots=True)
class Material:
    """Texts to learn from and to measure on.

    Attributes
    ----------
    train, test : list of GoldText
        Gold texts; no article stands in both. Empty where the corpus is not at hand.
    sentences : list of LabelledSentence or WrittenSentence
    written : list of WrittenText
    absence : str
        Why the corpus is not at hand; empty where it is.
    """

    train: list[GoldText]
    test: list[GoldText]
    sentences: list[LabelledSentence | WrittenSentence]
    written: list[WrittenText]
    absence: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """What a training run gave.

    Attributes
    ----------
    classifier : Classifier
    evaluation : Evaluation or None
        Figures on the test split; None where the corpus is not at hand.
    absence : str
        Why the corpus is not at hand, which makes this the weaker model; empty where it is.
    """

    classifier: Classifier
    evaluation: Evaluation | None
    absence: str


def load_material(data: str | PathLike[str] | None = None) -> Material:
    """Load everything to learn from, or the written texts alone where there is no more.

    Training texts whose article also has a window in the test split are left out.

    Parameters
    ----------
    data : str or path-like, optional
        Folder that holds the texts; see `forewarn.corpus.load_gold`.

    Returns
    -------
    Material
    """
    written, scenes = list(load_written()), list(load_written_sentences())
    try:
        test = list(load_gold("test", data))
        tested = {record.article for record in test}
        train = [record for record in load_gold("train", data) if record.article not in tested]
        sentences: list[LabelledSentence | WrittenSentence] = [*load_sentences(data), *scenes]
    except CorpusError as error:
        if data is not None or "FOREWARN_DATA" in os.environ:
            raise  # the folder was named, so doing without it would hide a mistake
        return Material([], [], [*scenes], written, str(error))
    return Material(train, test, sentences, written)


def run(
    out: str | PathLike[str],
    *,
    house: Sequence[HouseText] = (),
    seed: int = 0,
    data: str | PathLike[str] | None = None,
    checklist: Sequence[Case] = (),
    progress: Progress | None = None,
) -> Release:
    """Train, measure and write ``forewarn.joblib``, ``metrics.json`` and ``MODEL_CARD.md``.

    Parameters
    ----------
    out : str or path-like
        Folder to write to; made where it is missing.
    house : sequence of HouseText
        A desk's own labelled articles, learnt from beside the gold texts.
    seed : int, default=0
        Decides how articles fall into folds.
    data : str or path-like, optional
        Folder that holds the texts; see `forewarn.corpus.load_gold`.
    checklist : sequence of Case
        Behaviours to measure beside the test split; see `forewarn.checklist.read_checklist`.
    progress : callable, optional
        Told how far training is: step, parts done, parts in all.

    Returns
    -------
    Release

    Raises
    ------
    CorpusError
        If a folder was named that does not hold the texts.
    ModelFileError
        If the model cannot be written.
    """
    material = load_material(data)
    if material.train:
        training = gather([*material.train, *house], material.sentences, material.written)
    else:
        training = gather([*material.written, *house], material.sentences)
    parameters = fit(training, seed=seed, progress=progress)
    about: dict[str, Any] = {
        "labels_digest": labels_digest(),
        "seed": seed,
        "gold_texts": len(material.train),
        "house_texts": len(house),
        "labelled_sentences": sum(isinstance(s, LabelledSentence) for s in material.sentences),
        "written_sentences": sum(isinstance(s, WrittenSentence) for s in material.sentences),
        "written_texts": len(material.written),
    }
    evaluation = None
    if material.test:
        measured = Classifier(parameters, ModelInfo(__version__, ""))
        evaluation = examine(
            measured, material.test, checklist=checklist, with_robustness=True, data=data
        )
        about["test"] = summary(evaluation)
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    trained = Classifier(replace(parameters, training=about), ModelInfo(__version__, ""))
    trained.save(out / MODEL_FILE)
    classifier = Classifier.load(out / MODEL_FILE)
    if evaluation is not None:
        evaluation = _name_model(evaluation, classifier.info)
    figures = {
        "model": {"version": classifier.info.version, "digest": classifier.info.digest},
        "training": about,
        "operating_points": {
            name: {"thresholds": list(point.thresholds), "reached": dict(point.reached)}
            for name, point in parameters.operating_points.items()
        },
        "evaluation": None if evaluation is None else evaluation.to_dict(),
    }
    (out / METRICS_FILE).write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    release = Release(classifier, evaluation, material.absence)
    (out / CARD_FILE).write_text(card(release), encoding="utf-8")
    return release


def _name_model(evaluation: Evaluation, model: ModelInfo) -> Evaluation:
    """Return an evaluation that names the model, whose digest is not known before it is saved."""
    checklist = evaluation.checklist
    if checklist is not None:
        checklist = replace(checklist, model=model)
    return replace(evaluation, model=model, checklist=checklist)


def summary(evaluation: Evaluation) -> dict[str, float]:
    """Return the few figures that travel inside the model file."""
    figures = {
        "auprc_violent": evaluation.violent.auprc,
        "auprc_graphic": evaluation.graphic.auprc,
        "auprc_types": evaluation.types_auprc,
        "evidence_hit_at_1": evaluation.evidence.hit_at_1,
        "evidence_hit_at_3": evaluation.evidence.hit_at_3,
    }
    return {name: figure.value for name, figure in figures.items() if figure is not None}


def card(release: Release) -> str:
    """Return the model card, in Markdown."""
    info, training = release.classifier.info, release.classifier.parameters.training
    lines = [
        "# Model card",
        "",
        f"forewarn {info.version}, model digest `{info.digest}`.",
        "",
        "**Intended use.** Content warnings for English news text: how graphic its violence is, of "
        "what kind, and in which sentences. A person should be able to overrule every label.",
        "",
        "**Not for** chat, fiction, images, languages other than English, or decisions about "
        "people.",
        "",
        f"**Training data.** {training['gold_texts']:,} gold texts, "
        f"{training['labelled_sentences']:,} labelled sentences, "
        f"{training['written_texts']:,} texts and {training['written_sentences']:,} sentences "
        f"written for the project, and {training['house_texts']:,} texts of a desk's own. "
        f"Digest of the labels `{training['labels_digest']}`, seed {training['seed']}.",
        "",
        "**Model.** Logistic regressions over hashed words, stems and word pairs, of sentences and "
        "of documents, combined and calibrated out of fold; a byte a weight.",
        "",
    ]
    if release.evaluation is None:
        lines += [
            "**This is the weaker model.** The corpus was not at hand, so it learnt from the "
            "written texts alone and was measured on nothing.",
            "",
        ]
    else:
        lines += ["## Figures", ""]
        lines += [to_markdown(table) + "\n" for table in tables(release.evaluation)]
    return "\n".join(lines)


def figures_table(figures: Mapping[str, Any]) -> str:
    """Return the table of figures that a README shows, in Markdown.

    Parameters
    ----------
    figures : mapping
        What ``metrics.json`` holds under ``evaluation``.
    """
    violent, graphic = figures["violent"], figures["graphic"]
    rows = [
        ("AUPRC, violent or graphic", violent["auprc"]),
        ("AUPRC, graphic", graphic["auprc"]),
        ("ROC AUC, violent or graphic", violent["roc_auc"]),
        ("ROC AUC, graphic", graphic["roc_auc"]),
        ("F1 at `balanced`, violent or graphic", violent["f1"]),
        ("F1 at `balanced`, graphic", graphic["f1"]),
        ("types, mean AUPRC of those with 20 texts or more", figures["types_auprc"]),
        ("evidence, strongest sentence right", figures["evidence"]["hit_at_1"]),
        ("evidence, one of three right", figures["evidence"]["hit_at_3"]),
    ]
    lines = ["| figure | measured | 95 % interval |", "| --- | --- | --- |"]
    lines += [
        f"| {name} | {_cut(found['value'])} | {_cut(found['low'])} to {_cut(found['high'])} |"
        for name, found in rows
    ]
    return "\n".join(lines)


def _cut(value: float) -> str:
    """Return three digits, cut off rather than rounded: no figure shall look better than it is."""
    return f"{math.floor(value * 1000) / 1000:.3f}"
