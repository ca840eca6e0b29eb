"""JSON Lines are read alike whole or in parts, and a bad line keeps its place and its id."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forewarn.inputs import Fault, Fields, Part, Record
from forewarn.inputs import lines as lines_module
from forewarn.inputs.lines import cut_lines, read_lines
from forewarn.jsonl import LONGEST_LINE

LINE = st.one_of(
    st.builds(lambda text, id_: json.dumps({"id": id_, "text": text}), st.text(), st.integers()),
    st.sampled_from(["", "  ", "rain", "[1]", '{"body": 1}', '{"text": null}']),
).map(lambda line: line.encode("utf-8", "replace"))


@given(
    st.lists(LINE),
    st.integers(1, 60),
    st.integers(1, 60),
    st.booleans(),
)
def test_parts_give_together_what_the_whole_gives(
    lines: list[bytes], size: int, chunk: int, ended: bool
) -> None:
    data = b"\n".join(lines) + b"\n" * ended
    whole = list(read_lines(io.BytesIO(data), Fields()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines_module, "_CHUNK", chunk)
        parts = cut_lines(io.BytesIO(data), size)
    assert [part.stop for part in parts[:-1]] == [part.start for part in parts[1:]]
    assert all(part.stop and part.stop - part.start >= size for part in parts[:-1])
    assert [
        record for part in parts for record in read_lines(io.BytesIO(data), Fields(), part)
    ] == whole


def test_every_line_but_a_blank_one_is_a_record() -> None:
    data = b'{"id": 7, "text": "Rain."}\n\n{"id": "x", "text": 5}\nrain\n{"text": "Sun."}'
    rain, number, broken, sun = read_lines(io.BytesIO(data), Fields())
    assert rain == Record(1, "Rain.", 7)
    assert isinstance(number, Record)
    assert number.id == "x"
    assert isinstance(number.text, Fault)
    assert number.text.field == "text"
    assert isinstance(broken, Record)
    assert isinstance(broken.text, Fault)
    assert (broken.number, broken.text.field) == (4, None)
    assert sun == Record(5, "Sun.")


def test_fields_to_keep_pass_as_they_are() -> None:
    data = b'{"text": "Rain.", "tags": ["a"], "year": 2024}\n{"year": 1}\n['
    records = list(read_lines(io.BytesIO(data), Fields(keep=("year", "tags", "gone"))))
    assert [record.kept for record in records if isinstance(record, Record)] == [
        (2024, ["a"], None),
        (1, None, None),
        (None, None, None),
    ]


def test_a_line_longer_than_memory_has_room_for_costs_itself_alone() -> None:
    long = b'{"text": "' + b"a" * LONGEST_LINE + b'"}\n'
    data = b'{"text": "Rain."}\n' + long + b'{"text": "Sun."}\n'
    rain, refused, sun = read_lines(io.BytesIO(data), Fields())
    assert (rain, sun) == (Record(1, "Rain."), Record(3, "Sun."))
    assert isinstance(refused, Record)
    assert refused.text == Fault(
        "longer than 16,777,216 bytes; give each article a line of its own"
    )


def test_the_end_of_a_part_counts_the_whole_of_a_long_line() -> None:
    long = b'{"text": "' + b"a" * LONGEST_LINE + b'"}\n'
    parts = cut_lines(io.BytesIO(long * 2), 1)
    assert [part.first for part in parts] == [1, 2]
    for part in parts:
        (record,) = read_lines(io.BytesIO(long * 2), Fields(), part)
        assert isinstance(record, Record)
        assert record.number == part.first


def test_a_file_of_nothing_has_no_parts(tmp_path: Path) -> None:
    assert cut_lines(io.BytesIO(b""), 10) == []
    assert cut_lines(io.BytesIO(b"\n"), 10) == [Part(0, 1, 1)]
