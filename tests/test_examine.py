"""An examination brings together all that is measured of the model that ships."""

import gzip
import json
from pathlib import Path

import pytest

from forewarn import load
from forewarn.checklist import Case
from forewarn.corpus import GoldText
from forewarn.evaluate import evaluate
from forewarn.examine import examine
from forewarn.taxonomy import Severity


def gold(number: int, text: str, severity: Severity) -> GoldText:
    return GoldText(
        id=f"port:{number}",
        article=f"port:{number}",
        source="port",
        outlet="The Harbour Post",
        text=text,
        severity=severity,
        types=(),
        evidence=(),
        confidence="h",
        annotations=(),
        round=1,
        stratum="random",
        split="test",
        unseen_outlet=False,
    )


CALM = "The council approved next year's parks budget on Monday."
VIOLENT = "Gunmen opened fire on a bus on Tuesday and killed nine passengers, police said."
RECORDS = [gold(1, CALM, Severity.NONE), gold(2, VIOLENT, Severity.VIOLENT)]
CASE = Case("1", "weather", "Rain is expected by noon.", at_most=Severity.NONE)


@pytest.fixture(autouse=True)
def _no_other_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOREWARN_DATA", raising=False)


def test_every_operating_point_of_the_model_is_measured_on_unlabelled_texts_too(
    tmp_path: Path,
) -> None:
    lines = [json.dumps({"text": text}) for text in (CALM, VIOLENT, CALM, CALM)]
    (tmp_path / "unlabelled.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    found = examine(load(), RECORDS, data=tmp_path).violent.operating_points
    assert list(found) == ["balanced", "cautious", "strict"]
    for decisions in found.values():
        assert (decisions.false_alarms.count, decisions.false_alarms.n) == (0, 2)
        assert (decisions.unlabelled_alarms.count, decisions.unlabelled_alarms.n) == (1, 4)


def test_the_audit_is_part_of_it_and_the_checklist_where_one_is_given() -> None:
    found = examine(load(), RECORDS, checklist=[CASE])
    assert found.audit is not None
    assert found.checklist is not None
    assert (found.checklist.passed, found.checklist.cases) == (1, 1)
    assert examine(load(), RECORDS).checklist is None


def test_figures_on_gold_texts_are_those_of_an_evaluation() -> None:
    found, alone = examine(load(), RECORDS), evaluate(load(), RECORDS)
    assert found.violent.auprc == alone.violent.auprc
    assert found.confusion == alone.confusion
    balanced = found.violent.operating_points["balanced"]
    assert balanced.precision == alone.violent.precision
    assert balanced.unlabelled_alarms.n == 0
