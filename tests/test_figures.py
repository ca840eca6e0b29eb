"""Figures become plain values under the names of their attributes."""

import json
from dataclasses import FrozenInstanceError

import pytest

from forewarn.figures import Evaluation


def test_the_dictionary_survives_json_and_is_named_like_the_attributes(
    evaluation: Evaluation,
) -> None:
    plain = evaluation.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert list(plain) == list(Evaluation.__dataclass_fields__)
    assert plain["graphic"]["auprc"] == {"value": 0.9, "low": 0.8, "high": 1.0}
    assert plain["graphic"]["operating_points"]["strict"]["false_alarms"]["count"] == 1
    assert plain["sources"][0]["auprc_violent"] is None
    assert plain["confusion"][0] == [1, 0, 1, 0]
    assert plain["audit"]["terms"][0]["term"] == "Oslo"
    assert plain["checklist"]["behaviours"][0]["passed"] == 1
    assert plain["robustness"]["padding"][0]["kept"] == 1


def test_figures_cannot_be_changed(evaluation: Evaluation) -> None:
    with pytest.raises(FrozenInstanceError):
        evaluation.n_texts = 7  # type: ignore[misc]
