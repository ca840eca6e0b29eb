"""Every line of JSON Lines gives its object or says what is wrong with it."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forewarn.errors import InputError
from forewarn.jsonl import LONGEST_LINE, Row, bounded_lines, read_object, read_rows

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(), VALUES, max_size=4)), st.booleans())
def test_objects_come_back_with_the_numbers_of_their_lines(
    objects: list[dict[str, object]], ascii_only: bool
) -> None:
    lines = [
        json.dumps(item, ensure_ascii=ascii_only).encode("utf-8", "replace") + b"\n"
        for item in objects
    ]
    expected = [Row("f", number, json.loads(line)) for number, line in enumerate(lines, start=1)]
    assert list(read_rows(lines, "f")) == expected


@given(st.lists(st.binary()))
def test_no_line_costs_its_neighbours(garbage: list[bytes]) -> None:
    lines = [b'{"first": 1}', *garbage, b'{"last": 1}']
    found = list(read_rows(lines, "f"))
    assert found[0] == Row("f", 1, {"first": 1})
    assert found[-1] == Row("f", len(lines), {"last": 1})
    assert len(found) == 2 + sum(bool(line.strip()) for line in garbage)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"a": 1', r"no JSON \(Expecting ',' delimiter: character 8\); write one JSON object"),
        (b"rain", r"no JSON \(Expecting value: character 1\)"),
        (b'{"a": NaN}', r"JSON that cannot be read \(NaN is no JSON value\)"),
        (b'{"a": ' + b"1" * 5_000 + b"}", r"JSON that cannot be read \(Exceeds the limit"),
        (b"[" * 100_000, r"JSON that cannot be read \(maximum recursion"),
        (b'["a"]', "a list, not an object"),
        (b"null", "null, not an object"),
        (b"true", "true or false, not an object"),
        (b'{"a": "caf\xe9"}', r"not UTF-8 at byte 10 of the line \(0xE9\); convert the file"),
        (b'\xef\xbb\xbf{"a": "caf\xe9"}', "not UTF-8 at byte 13"),
    ],
)
def test_a_line_that_is_no_object_says_where_and_what_to_do(line: bytes, message: str) -> None:
    (fault,) = read_rows([line], "news.jsonl")
    assert isinstance(fault, InputError)
    with pytest.raises(InputError, match=f"^news.jsonl, line 1: {message}"):
        raise fault


def test_blank_lines_and_byte_order_marks_are_passed_over() -> None:
    lines = [b"\n", b'\xef\xbb\xbf{"a": 1}\r\n', b"  \r\n", b'\xef\xbb\xbf{"a": 2}']
    assert list(read_rows(lines, "f")) == [Row("f", 2, {"a": 1}), Row("f", 4, {"a": 2})]


def test_lines_are_read_as_they_are_asked_for() -> None:
    lines = iter([b'{"a": 1}', b'{"a": 2}', b'{"a": 3}'])
    next(read_rows(lines, "f"))
    assert next(lines) == b'{"a": 2}'


def test_a_text_field_is_given_or_explained() -> None:
    row = Row("f", 7, {"id": 1, "body": "Rain.", "words": ["a"]})
    assert row.text("body", "") == "Rain."
    with pytest.raises(
        InputError,
        match=r"^f, line 7: no field 'text' \(fields here: 'id', 'body', 'words'\); use --field",
    ):
        row.text("text", "use --field")
    with pytest.raises(InputError, match="line 7: field 'words' is a list, not a string"):
        row.text("words", "")


def test_of_very_many_fields_only_some_are_named() -> None:
    row = Row("f", 1, {f"column{number}": 0 for number in range(1_000)})
    with pytest.raises(InputError, match=r"'column7'\); use --field") as caught:
        row.text("text", "use --field")
    assert len(str(caught.value)) < 200


@given(st.binary(max_size=60), st.integers(0, 60))
def test_bounded_lines_are_those_that_start_within_a_size(data: bytes, size: int) -> None:
    whole = list(io.BytesIO(data))
    assert list(bounded_lines(io.BytesIO(data))) == whole
    starts = [sum(map(len, whole[:place])) for place in range(len(whole))]
    expected = [line for line, begin in zip(whole, starts, strict=True) if begin < size]
    assert list(bounded_lines(io.BytesIO(data), size)) == expected


def test_of_a_line_without_end_only_the_beginning_is_read() -> None:
    data = b"a" * (2 * LONGEST_LINE + 5) + b"\nb\n"
    long, short = bounded_lines(io.BytesIO(data))
    assert (len(long), short) == (LONGEST_LINE + 1, b"b\n")
    with pytest.raises(InputError, match=r"^longer than 16,777,216 bytes; give each article"):
        read_object(long)
