"""Rows of Parquet are read alike whole and in parts, whatever their types and row groups."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from forewarn.errors import InputError
from forewarn.inputs import Fault, Fields, Part, Record, column_types
from forewarn.inputs.parquet import cut_parquet, read_parquet

TEXTS = [f"A storm took {number} roofs." for number in range(1_000)]


def write(path: Path, table: dict[str, Any] | pa.Table, **options: Any) -> Path:
    parquet.write_table(pa.table(table), path, **options)
    return path


def read(path: Path, fields: Fields | None = None, part: Part | None = None) -> list[Record]:
    items = list(read_parquet(path, fields or Fields(), part or Part()))
    assert all(isinstance(item, Record) for item in items)
    return [item for item in items if isinstance(item, Record)]


@pytest.mark.parametrize("rows", [7, 100, 333, 1_000])
@pytest.mark.parametrize("size", [1_000, 5_000, 1 << 30])
def test_parts_give_together_what_the_whole_gives(tmp_path: Path, rows: int, size: int) -> None:
    table = {"id": range(1_000), "text": TEXTS}
    path = write(tmp_path / "a.parquet", table, row_group_size=rows, compression="none")
    expected = [Record(n + 1, text, str(n)) for n, text in enumerate(TEXTS)]
    assert read(path) == expected
    parts = cut_parquet(path, Fields(), size)
    assert len(parts) == 1 or size < 1 << 30
    assert [record for part in parts for record in read(path, part=part)] == expected


def test_a_large_row_group_is_cut_too(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", {"text": TEXTS}, compression="none")
    assert len(cut_parquet(path, Fields(), 10_000)) > 1
    assert len(cut_parquet(path, Fields(), 10)) == 8


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.binary(), pa.string_view(), pa.dictionary("int8", "utf8")],
    ids=str,
)
def test_text_may_have_any_type_that_text_has(tmp_path: Path, kind: pa.DataType) -> None:
    texts = pa.array(["Rain.", "Sun."]).cast(kind)
    path = write(tmp_path / "a.parquet", {"text": texts, "id": texts})
    assert [(record.text, record.id) for record in read(path)] == [
        ("Rain.", "Rain."),
        ("Sun.", "Sun."),
    ]


def test_what_is_no_text_is_refused_row_by_row(tmp_path: Path) -> None:
    texts = write(tmp_path / "a.parquet", {"text": pa.array([b"Rain.", None, b"\xff"])})
    numbers = write(tmp_path / "b.parquet", {"text": [1], "id": [date(2024, 5, 1)]})
    nothing = write(tmp_path / "c.parquet", {"text": pa.nulls(1)})
    refused = [*read(texts)[1:], *read(numbers), *read(nothing)]
    assert [record.text.reason for record in refused if isinstance(record.text, Fault)] == [
        "field 'text' is null, not a string; give it as one",
        "field 'text' is not UTF-8 at byte 0 (0xFF); convert the file to UTF-8",
        "field 'text' is int64, not a string; give it as one",
        "field 'text' is null, not a string; give it as one",
    ]
    assert refused[2].id == "2024-05-01"


def test_columns_to_keep_pass_with_their_types(tmp_path: Path) -> None:
    table = {
        "text": ["Rain.", "Sun."],
        "tags": [["a", "b"], None],
        "day": [date(2024, 5, 1), None],
        "outlet": pa.array(["x", "y"]).dictionary_encode(),
    }
    path = write(tmp_path / "a.parquet", table)
    names = ("tags", "day", "outlet", "gone")
    assert column_types(path, names) == [
        pa.list_(pa.string()),
        pa.date32(),
        pa.string(),
        pa.null(),
    ]
    kept = [record.kept for record in read(path, Fields(keep=names[:3]))]
    columns = [pa.concat_arrays(column) for column in zip(*kept, strict=True)]
    assert [column.to_pylist() for column in columns] == [
        [["a", "b"], None],
        [date(2024, 5, 1), None],
        ["x", "y"],
    ]


def test_a_damaged_row_group_costs_itself_alone(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.parquet",
        {"text": TEXTS},
        row_group_size=250,
        compression="none",
        use_dictionary=False,
    )
    data = bytearray(path.read_bytes())
    place = data.index(TEXTS[300].encode()) - 4  # the text's length
    data[place : place + 4] = b"\xff\xff\xff\x7f"
    path.write_bytes(data)
    items = list(read_parquet(path, Fields()))
    (fault,) = (item for item in items if isinstance(item, Fault))
    assert fault.number == 251
    assert fault.reason.startswith("rows 251 to 500 cannot be read")
    assert [item.text for item in items if isinstance(item, Record)] == TEXTS[:250] + TEXTS[500:]


def test_a_broken_footer_is_one_fault(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", {"text": TEXTS})
    path.write_bytes(path.read_bytes()[:-10])
    (fault,) = read_parquet(path, Fields())
    assert isinstance(fault, Fault)
    assert fault.reason.startswith("no Parquet file that can be read")
    with pytest.raises(InputError, match="no Parquet file that can be read"):
        cut_parquet(path, Fields(), 10)


def test_a_missing_column_is_one_fault(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", {"body": TEXTS})
    (fault,) = read_parquet(path, Fields())
    assert isinstance(fault, Fault)
    assert fault.reason.startswith("no column 'text' (columns here: 'body')")
    with pytest.raises(InputError, match="no column 'text'"):
        cut_parquet(path, Fields(), 10)
