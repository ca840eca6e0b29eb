"""Articles of concurrent requests are labelled together, and each as if it were alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

import forewarn
from forewarn.classifier import Classifier
from forewarn.errors import ForewarnError
from forewarn.labels import Label
from forewarn.service.scoring import Scorer

PLAIN = "Nine herders were shot dead at a well before dawn."
TEXTS = [f"{PLAIN} {'They ran on. ' * number}" for number in range(40)]
LONG = "The rain fell hard on the hills. " * 4_000


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return forewarn.load()


class Watched(Classifier):
    """The released model, with a note of what it was given at a time."""

    batches: list[list[str]]

    def iter_labels(self, texts: Iterable[str]) -> Iterator[Label]:
        batch = list(texts)
        self.batches.append(batch)
        if any("unreadable" in text for text in batch):
            raise ValueError("unreadable")
        return super().iter_labels(batch)


@pytest.fixture
def watched(
    classifier: Classifier, monkeypatch: pytest.MonkeyPatch
) -> tuple[Scorer, list[list[str]]]:
    batches: list[list[str]] = []
    monkeypatch.setattr(Watched, "batches", batches, raising=False)
    monkeypatch.setattr("forewarn.service.scoring.Classifier", Watched)
    return Scorer(classifier), batches


def gather(*calls: Any) -> list[Any]:
    async def run() -> list[Any]:
        return await asyncio.gather(*calls, return_exceptions=True)

    return asyncio.run(run())


def scores(labels: list[Label]) -> list[float]:
    return [label.score for label in labels]


def test_what_comes_in_together_is_labelled_together_and_goes_to_who_asked(
    watched: tuple[Scorer, list[list[str]]], classifier: Classifier
) -> None:
    scorer, batches = watched
    groups = [TEXTS[:3], [], TEXTS[3:4], TEXTS[4:]]
    answers = gather(*(scorer.label(group, "balanced") for group in groups))
    assert len(batches) == 1
    for group, labels in zip(groups, answers, strict=True):
        assert scores(labels) == pytest.approx(classifier.score(group))


def test_decisions_are_kept_apart(classifier: Classifier) -> None:
    scorer = Scorer(classifier)
    decisions = [("balanced", None), ("strict", None), ("balanced", 0.0), ("balanced", 1.0)]
    answers = gather(*(scorer.label([PLAIN], *decision) for decision in decisions))
    assert [str(labels[0].severity) for labels in answers[2:]] == ["graphic", "violent"]
    expected = [
        classifier.__class__(
            classifier.parameters, classifier.info, operating_point=point, threshold=threshold
        ).predict(PLAIN)[0]
        for point, threshold in decisions
    ]
    assert [int(labels[0].severity) for labels in answers] == expected


def test_one_that_fails_costs_the_others_nothing(
    watched: tuple[Scorer, list[list[str]]],
) -> None:
    scorer, _ = watched
    first, bad, last = gather(
        scorer.label([PLAIN], "balanced"),
        scorer.label(["unreadable"], "balanced"),
        scorer.label([PLAIN], "balanced"),
    )
    assert isinstance(bad, ValueError)
    assert first == last
    assert first[0].severity is forewarn.Severity.VIOLENT


def test_a_request_that_was_given_up_holds_nobody_up(classifier: Classifier) -> None:
    async def run() -> list[Label]:
        scorer = Scorer(classifier)
        given_up = asyncio.create_task(scorer.label([PLAIN], "balanced"))
        kept = asyncio.create_task(scorer.label([PLAIN], "balanced"))
        await asyncio.sleep(0)
        given_up.cancel()
        return await kept

    assert asyncio.run(run())[0].severity is forewarn.Severity.VIOLENT


def test_short_requests_go_on_while_a_long_one_is_read(classifier: Classifier) -> None:
    async def run() -> tuple[bool, list[Label]]:
        scorer = Scorer(classifier)
        long = asyncio.create_task(scorer.label([LONG] * 12, "balanced"))
        await asyncio.sleep(0)
        await scorer.label([PLAIN], "balanced")
        pending = not long.done()
        labels = await long
        scorer.close()
        return pending, labels

    pending, labels = asyncio.run(run())
    assert pending
    assert len(labels) == 12


def test_more_than_a_turn_holds_is_done_in_several(
    watched: tuple[Scorer, list[list[str]]],
) -> None:
    scorer, batches = watched
    text = PLAIN * 1_000  # of 64 K characters five fit
    answers = gather(*(scorer.label([text[:50_000]], "balanced") for _ in range(16)))
    assert all(len(labels) == 1 for labels in answers)
    assert 2 <= len(batches) <= 4


def test_an_operating_point_that_the_model_has_not_is_told(classifier: Classifier) -> None:
    (fault,) = gather(Scorer(classifier).label([PLAIN], "bold"))
    assert isinstance(fault, ForewarnError)
