"""Rows of CSV and TSV are read alike whole, in parts, and by other programs."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forewarn.errors import InputError
from forewarn.inputs import Fault, Fields, Record
from forewarn.inputs import delimited as module
from forewarn.inputs.delimited import cut_delimited, read_delimited

CELL = st.text(st.sampled_from("ab \",;\t\n\r'é"), max_size=12)


def read(data: bytes, delimiter: str = ",", keep: tuple[str, ...] = ()) -> list[Record | Fault]:
    return list(read_delimited(io.BytesIO(data), delimiter, Fields(keep=keep)))


def reason(item: Record | Fault) -> str:
    fault = item if isinstance(item, Fault) else item.text
    assert isinstance(fault, Fault)
    return fault.reason


@given(
    st.lists(st.tuples(CELL, CELL)),
    st.sampled_from([",", "\t"]),
    st.tuples(st.sampled_from(["\n", "\r\n"]), st.booleans()),
    st.integers(1, 40),
    st.integers(1, 30),
)
def test_what_others_write_is_read_whole_and_in_parts(
    rows: list[tuple[str, str]], delimiter: str, style: tuple[str, bool], size: int, block: int
) -> None:
    file = io.StringIO()
    if style[1]:
        writer = csv.writer(
            file, delimiter=delimiter, lineterminator=style[0], quoting=csv.QUOTE_ALL
        )
    else:  # which leaves a lone carriage return without quotes
        writer = csv.writer(file, delimiter=delimiter, lineterminator=style[0])
        rows = [(name.replace("\r", ""), text.replace("\r", "")) for name, text in rows]
    writer.writerows([("id", "text"), *rows])
    data = file.getvalue().encode()
    expected = [Record(n, text, name) for n, (name, text) in enumerate(rows, start=1)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK", block)
        assert read(data, delimiter) == expected
        parts = cut_delimited(io.BytesIO(data), delimiter, Fields(), size)
        assert [
            record
            for part in parts
            for record in read_delimited(io.BytesIO(data), delimiter, Fields(), part)
        ] == expected


def test_cells_are_text_whatever_they_look_like() -> None:
    (record,) = read(b"id,text,year,empty\n007,123,2024,\n", keep=("year", "empty"))
    assert record == Record(1, "123", "007", ("2024", ""))


def test_bad_rows_keep_their_places() -> None:
    rows = read(b'id,text\n1,Rain.\n2\n\n3,"two\nlines",x\n4,caf\xe9\n5,5" of snow\n')
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert rows[0] == Record(1, "Rain.", "1")
    assert reason(rows[1]).startswith("a row of 1 where the header has 2 columns")
    assert reason(rows[2]).startswith("a row of 3 where the header has 2 columns")
    assert reason(rows[3]).startswith("field 'text' is not UTF-8 at byte 3 (0xE9)")
    assert rows[4] == Record(5, '5" of snow', "5")


def test_a_quote_left_open_costs_what_it_swallows() -> None:
    rain, fault = read(b'id,text\n1,Rain.\n2,"Sun.\n3,Snow.\n')
    assert rain == Record(1, "Rain.", "1")
    assert fault == Fault("the file ends within quotes; close them", number=2)


def test_a_row_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 10)
    monkeypatch.setattr(module, "_LONGEST_ROW", 40)
    rain, fault = read(b'id,text\n1,Rain.\n2,"' + b"a" * 100 + b'"\n3,Snow.\n')
    assert rain == Record(1, "Rain.", "1")
    assert reason(fault).startswith("a row of more than 40 bytes begins here")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"id,body\n1,Rain.\n", r"no column 'text' \(columns here: 'id', 'body'\); name the field"),
        (b"text,text\nRain.,Sun.\n", "two columns are named 'text'; rename one of them"),
        (b"caf\xe9,text\n", "its header is not UTF-8; convert the file to UTF-8"),
        (b"", r"no column 'text' \(columns here: none\)"),
    ],
)
def test_a_header_that_does_not_do_is_one_fault(data: bytes, message: str) -> None:
    (fault,) = read(data)
    with pytest.raises(InputError, match=message):
        cut_delimited(io.BytesIO(data), ",", Fields(), 10)
    assert isinstance(fault, Fault)


def test_a_byte_order_mark_is_no_part_of_a_name() -> None:
    assert read(b"\xef\xbb\xbftext,id\nRain.,1\n") == [Record(1, "Rain.", "1")]


def test_a_column_to_keep_must_be_there() -> None:
    (fault,) = read(b"id,text\n1,Rain.\n", keep=("outlet",))
    assert reason(fault).startswith("no column 'outlet'")
