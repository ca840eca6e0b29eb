"""What is published is what was measured, and a desk without the corpus still gets a model."""

import json
import os
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from forewarn.checklist import Case
from forewarn.corpus import (
    GoldText,
    WrittenText,
    labels_digest,
    load_written,
    load_written_sentences,
)
from forewarn.errors import CorpusError
from forewarn.predict import RELEASED_MODEL, load
from forewarn.release import Material, figures_table, load_material, run
from forewarn.taxonomy import Severity

ROOT = Path(__file__).parents[1]
METRICS = json.loads((RELEASED_MODEL.parent / "metrics.json").read_text(encoding="utf-8"))


def test_the_readme_shows_the_figures_of_the_released_model() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert figures_table(METRICS["evaluation"]) in readme


def test_the_figures_are_those_of_the_model_that_ships() -> None:
    assert METRICS["model"]["digest"] == load().info.digest
    assert METRICS["training"]["labels_digest"] == labels_digest()
    assert METRICS["evaluation"]["model"] == METRICS["model"]


def test_the_model_carries_what_it_was_trained_on_and_what_it_reached() -> None:
    training = load().parameters.training
    assert training["labels_digest"] == labels_digest()
    figure = METRICS["evaluation"]["graphic"]["auprc"]["value"]
    assert training["test"]["auprc_graphic"] == figure


def test_a_named_folder_without_texts_is_an_error_and_no_reason_for_a_weaker_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CorpusError):
        load_material(tmp_path)
    monkeypatch.setenv("FOREWARN_DATA", str(tmp_path))
    with pytest.raises(CorpusError):
        load_material()


@pytest.mark.skipif(
    not os.environ.get("FOREWARN_DATA"),
    reason="FOREWARN_DATA names no folder with the texts of the corpus.",
)
def test_no_article_stands_on_both_sides() -> None:
    material = load_material()
    assert not {item.article for item in material.train} & {item.article for item in material.test}
    assert len(material.test) == 1234


def test_without_the_corpus_the_written_texts_train_a_model_that_says_it_is_the_weaker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What an offline machine finds; asking for the real thing would download ten thousand files.
    found = Material([], [], [*load_written_sentences()], [*load_written()][:240], "no corpus here")
    monkeypatch.setattr("forewarn.release.load_material", lambda _: found)
    steps: list[tuple[str, int, int]] = []
    release = run(tmp_path, progress=lambda *step: steps.append(step))
    assert release.evaluation is None
    assert release.absence == "no corpus here"
    assert "weaker" in (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert steps[-1][1] == steps[-1][2]
    trained = load(tmp_path / "forewarn.joblib")
    assert trained.score("His skull was split and blood ran down the steps.") > trained.score(
        "The council approved the parks budget."
    )


def as_gold(text: WrittenText) -> GoldText:
    return GoldText(
        id=text.id,
        article=text.family,
        source="written",
        outlet="",
        text=text.text,
        severity=text.severity,
        types=text.types,
        evidence=text.evidence,
        confidence="h",
        annotations=(),
        round=1,
        stratum="random",
        split="test",
        unseen_outlet=False,
    )


def test_all_that_is_measured_is_published_under_the_digest_of_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [as_gold(text) for text in islice(load_written(), 16)]
    peaceful = " ".join(text.text for text in load_written() if text.severity is Severity.NONE)
    long = peaceful[:40_000]  # enough to pad with
    texts = [replace(text, text=long) if text.severity is Severity.NONE else text for text in texts]
    parameters = load().parameters
    monkeypatch.setattr("forewarn.release.load_material", lambda _: Material([], texts, [], []))
    monkeypatch.setattr("forewarn.release.gather", lambda *_: None)
    monkeypatch.setattr("forewarn.release.fit", lambda *_, **__: parameters)
    monkeypatch.delenv("FOREWARN_DATA", raising=False)
    release = run(tmp_path, checklist=[Case("1", "weather", "Rain.", at_most=Severity.NONE)])
    metrics = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    found = metrics["evaluation"]
    assert found["n_texts"] == 16
    digest = release.classifier.info.digest
    assert found["model"]["digest"] == found["checklist"]["model"]["digest"] == digest
    card = (tmp_path / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert digest in card
    for title in (
        "Operating points",
        "Audit of terms",
        "Checklist",
        "Robustness: forms of an article",
    ):
        assert f"### {title}\n" in card
