"""Labels and refusals are written as the same columns to Parquet and to JSON Lines."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from forewarn.bulk.rows import COLUMNS, Output, Row, open_rows
from forewarn.labels import Evidence, Label, ModelInfo
from forewarn.taxonomy import SEVERITY_NAMES, Severity

GRAPHIC = Label(
    severity=Severity.GRAPHIC,
    score=0.75,
    probabilities={"none": 0.0, "reference": 0.125, "violent": 0.125, "graphic": 0.75},
    types={"homicide": 0.9, "assault": 0.6},
    warnings=("cwarn:death", "cwarn:suffering"),
    message="",
    evidence=(Evidence(5, 20, "Blood ran down.", 2.5), Evidence(0, 4, "Oh!", -0.5)),
    model=ModelInfo("0.1", "c0ffee"),
)
CALM = Label(
    severity=Severity.NONE,
    score=0.0,
    probabilities=dict(zip(SEVERITY_NAMES, (1.0, 0.0, 0.0, 0.0), strict=True)),
    types={},
    warnings=(),
    message="",
    evidence=(),
    model=ModelInfo("0.1", "c0ffee"),
)
ROWS = [
    {
        "id": "a",
        "severity": "graphic",
        "score": 0.75,
        "probabilities": GRAPHIC.probabilities,
        "types": {"homicide": 0.9, "assault": 0.6},
        "warnings": ["cwarn:death", "cwarn:suffering"],
        "evidence": [
            {"start": 5, "end": 20, "score": 2.5},
            {"start": 0, "end": 4, "score": -0.5},
        ],
        "model": "c0ffee",
        "error": None,
    },
    dict.fromkeys(COLUMNS) | {"id": "b", "error": "the text is empty"},
    {
        "id": "c",
        "severity": "none",
        "score": 0.0,
        "probabilities": CALM.probabilities,
        "types": {},
        "warnings": [],
        "evidence": [],
        "model": "c0ffee",
        "error": None,
    },
]


def written(
    path: Path, output: Output, rows: Sequence[Row], kept: Mapping[str, pa.DataType | None]
) -> list[dict[str, Any]]:
    with open_rows(path, output, kept) as write:
        for row in rows:
            write([row])
    if output is Output.JSONL:
        return [json.loads(line) for line in path.read_text("ascii").splitlines()]
    rows_read: list[dict[str, Any]] = parquet.read_table(path).to_pylist(maps_as_pydicts="strict")
    return rows_read


@pytest.mark.parametrize("output", Output)
def test_rows_have_all_columns(tmp_path: Path, output: Output) -> None:
    rows = [Row("a", GRAPHIC, ()), Row("b", "the text is empty", ()), Row("c", CALM, ())]
    found = written(tmp_path / "labels", output, rows, {})
    assert found == ROWS
    assert all(tuple(row) == COLUMNS for row in found)


def test_a_file_of_no_rows_has_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "labels"
    assert written(path, Output.PARQUET, [], {"outlet": None}) == []
    assert parquet.read_schema(path).names == [*COLUMNS, "outlet"]
    assert parquet.read_schema(path).field("types").type == pa.map_(pa.string(), pa.float64())


def test_json_values_are_kept_as_they_are_in_json_and_as_strings_in_parquet(tmp_path: Path) -> None:
    rows = [Row("a", CALM, (value,)) for value in ("x", 7, None, ["é", {"b": True}])]
    values = {
        output: [row["note"] for row in written(tmp_path / output, output, rows, {"note": None})]
        for output in Output
    }
    assert values[Output.JSONL] == ["x", 7, None, ["é", {"b": True}]]
    assert values[Output.PARQUET] == ["x", "7", None, '["\\u00e9", {"b": true}]']


def test_arrow_values_keep_their_type_in_parquet(tmp_path: Path) -> None:
    days = pa.array([date(2024, 5, 1), None])
    rows = [Row("a", CALM, (days.slice(place, 1),)) for place in range(2)]
    kept = {"day": days.type}
    assert [row["day"] for row in written(tmp_path / "a", Output.PARQUET, rows, kept)] == [
        date(2024, 5, 1),
        None,
    ]
    assert [row["day"] for row in written(tmp_path / "b", Output.JSONL, rows, kept)] == [
        "2024-05-01",
        None,
    ]


@pytest.mark.parametrize("output", Output)
def test_half_of_a_surrogate_pair_stops_nothing(tmp_path: Path, output: Output) -> None:
    rows = [Row("a\ud800", CALM, ("b\udfff",)), Row("c", CALM, (None,))]
    first, second = written(tmp_path / "labels", output, rows, {"note": None})
    assert first["id"][0] == "a"
    assert first["note"][0] == "b"
    assert second["id"] == "c"


def test_row_groups_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forewarn.bulk.rows._GROUP_ROWS", 4)
    written(tmp_path / "a", Output.PARQUET, [Row("a", CALM, ())] * 10, {})
    metadata = parquet.read_metadata(tmp_path / "a")
    assert [metadata.row_group(group).num_rows for group in range(3)] == [4, 4, 2]
