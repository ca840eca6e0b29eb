"""A label as a value: it keeps what it was given and turns into JSON."""

import json
from dataclasses import FrozenInstanceError, fields

import pytest

from forewarn.labels import Evidence, Label, ModelInfo, TokenWeight
from forewarn.taxonomy import Severity

EVIDENCE = Evidence(start=10, end=24, text="He hit the “ex”", score=1.5)
LABEL = Label(
    severity=Severity.VIOLENT,
    score=0.125,
    probabilities={"none": 0.0, "reference": 0.25, "violent": 0.625, "graphic": 0.125},
    types={"assault": 0.75, "abduction": 0.5},
    warnings=("cwarn:violence",),
    message="Content warning: this article reports a violent assault and an abduction.",
    evidence=(EVIDENCE,),
    model=ModelInfo(version="1.2.3", digest="abc"),
)


def test_a_label_becomes_plain_values_under_the_names_of_its_attributes() -> None:
    assert LABEL.to_dict() == {
        "severity": "violent",
        "score": 0.125,
        "probabilities": {"none": 0.0, "reference": 0.25, "violent": 0.625, "graphic": 0.125},
        "types": {"assault": 0.75, "abduction": 0.5},
        "warnings": ["cwarn:violence"],
        "message": "Content warning: this article reports a violent assault and an abduction.",
        "evidence": [{"start": 10, "end": 24, "text": "He hit the “ex”", "score": 1.5}],
        "model": {"version": "1.2.3", "digest": "abc"},
    }
    for value, as_dict in (
        (LABEL, LABEL.to_dict()),
        (EVIDENCE, LABEL.to_dict()["evidence"][0]),
        (LABEL.model, LABEL.to_dict()["model"]),
    ):
        assert [*as_dict] == [field.name for field in fields(value)]


def test_json_gives_back_what_it_was_given_in_the_same_order() -> None:
    plain = LABEL.to_dict()
    back = json.loads(json.dumps(plain))
    assert back == plain
    assert [*back["types"]] == ["assault", "abduction"]


def test_changing_the_plain_values_leaves_the_label_as_it_was() -> None:
    before = LABEL.to_dict()
    changed = LABEL.to_dict()
    changed["types"].clear()
    changed["probabilities"]["none"] = 1.0
    changed["evidence"][0]["start"] = 0
    assert LABEL.to_dict() == before


@pytest.mark.parametrize("value", [LABEL, EVIDENCE, LABEL.model, TokenWeight(0, 2, "He", 0.5)])
def test_labels_and_their_parts_cannot_be_assigned_to(
    value: Label | Evidence | ModelInfo | TokenWeight,
) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(value, fields(value)[0].name, None)
