"""A user's labelled articles: good rows are read, every other row is named."""

import json
from pathlib import Path

import pytest

from forewarn.corpus.house import HouseText, read_labels
from forewarn.errors import InputError
from forewarn.taxonomy import SEVERITY_NAMES, Severity


def write(folder: Path, *rows: object) -> Path:
    path = folder / "labels.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


def test_a_row_is_an_article_with_its_label(tmp_path: Path) -> None:
    row = {
        "id": "a7",
        "text": "A guard was stabbed.",
        "severity": "violent",
        "types": ["assault", "police_violence", "assault"],
        "desk": "city",
    }
    assert read_labels(write(tmp_path, row)) == (
        [
            HouseText(
                "house:a7",
                "A guard was stabbed.",
                Severity.VIOLENT,
                ("assault", "police_violence"),
            )
        ],
        [],
    )


@pytest.mark.parametrize("severity", list(Severity))
def test_severity_is_a_name_or_a_number(tmp_path: Path, severity: Severity) -> None:
    names = [
        {"text": "a", "severity": SEVERITY_NAMES[severity]},
        {"text": "b", "severity": severity},
    ]
    texts, faults = read_labels(write(tmp_path, *names))
    assert [text.severity for text in texts] == [severity, severity]
    assert not faults


def test_rows_without_an_id_are_kept_together_by_their_text(tmp_path: Path) -> None:
    rows = [{"text": text, "severity": 0} for text in ("Rain.", "Sun.", "Rain.", "\ud83d")]
    (rain, sun, again, half), _ = read_labels(write(tmp_path, *rows))
    assert rain.article == again.article
    assert len({rain.article, sun.article, half.article}) == 3


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"severity": 1}, "no field 'text' (fields here: 'severity'); give the article there"),
        ({"text": 4, "severity": 1}, "field 'text' is a number, not a string; give it as one"),
        (
            {"text": " \n", "severity": 1},
            "field 'text' is blank; give the article there, or take the row out",
        ),
        (
            {"text": "a"},
            "field 'severity' is missing; give one of 0 none, 1 reference, 2 violent, 3 graphic",
        ),
        ({"text": "a", "severity": "mild"}, "field 'severity' is 'mild', not a severity; give"),
        ({"text": "a", "severity": 4}, "field 'severity' is 4, not a severity; give"),
        ({"text": "a", "severity": -1}, "field 'severity' is -1, not a severity; give"),
        ({"text": "a", "severity": True}, "field 'severity' is True, not a severity; give"),
        ({"text": "a", "severity": 2.0}, "field 'severity' is 2.0, not a severity; give"),
        ({"text": "a", "severity": [2]}, "field 'severity' is [2], not a severity; give"),
        (
            {"text": "a", "severity": 2, "types": "assault"},
            "field 'types' is a string, not a list; give a list of names",
        ),
        (
            {"text": "a", "severity": 2, "types": ["asault"]},
            "field 'types' has 'asault', which is no violence type; 'assault' may be meant",
        ),
        (
            {"text": "a", "severity": 2, "types": [{}]},
            "field 'types' has {}, which is no violence type; choose of homicide, assault,",
        ),
        ([1], "a list, not an object; write one JSON object a line"),
    ],
)
def test_a_bad_row_is_named_with_what_to_do_and_costs_no_other(
    tmp_path: Path, row: object, message: str
) -> None:
    good = {"text": "Rain.", "severity": 0}
    path = write(tmp_path, good, row, good)
    texts, (fault,) = read_labels(path)
    assert [text.text for text in texts] == ["Rain.", "Rain."]
    assert str(fault).startswith(f"{path}, line 2: {message}")


def test_a_fault_is_short_however_long_the_value(tmp_path: Path) -> None:
    row = {"text": "a", "severity": "x" * 10_000}
    _, (fault,) = read_labels(write(tmp_path, row))
    assert len(str(fault).removeprefix(str(tmp_path))) < 200


def test_a_file_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"labels\.jsonl: cannot be read .* name a file of"):
        read_labels(tmp_path / "labels.jsonl")
    with pytest.raises(InputError, match="cannot be read"):
        read_labels(tmp_path)
