"""Bodies become what JSON says they are, or are refused."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forewarn.service.reading import MAX_DEPTH, parse
from forewarn.service.refusals import Refusal

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda children: (
        st.lists(children) | st.dictionaries(st.text(st.characters(codec="utf-8")), children)
    ),
    max_leaves=20,
)


@given(values, st.booleans())
def test_a_value_comes_back(value: Any, escaped: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=escaped).encode()) == value


@given(st.text(st.characters(codec="utf-16", categories=["Cs", "Lu", "So", "Po"])))
def test_halves_of_pairs_are_marked_and_nothing_else_changes(text: str) -> None:
    written = json.dumps(text)
    meant = json.loads(written)  # joins the pairs that stand side by side
    expected = "".join("\ufffd" if 0xD800 <= ord(char) < 0xE000 else char for char in meant)
    assert parse(written.encode()) == expected


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (rb'"\ud83d"', "\ufffd"),
        (rb'"\udc00\ud83d"', "\ufffd\ufffd"),
        (rb'"\ud83d\ude00\ud83d"', "\U0001f600\ufffd"),
        (rb'"\\ud83d \ud83d"', r"\ud83d" + " \ufffd"),
        (rb'"\\\ud83d"', "\\\ufffd"),
    ],
)
def test_pairs_and_written_backslashes_stay(written: bytes, meant: str) -> None:
    assert parse(written) == meant


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with suppress(Refusal):
        parse(body)


def test_depth_ends_where_it_is_said_to() -> None:
    assert parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(Refusal, match="nest at most 200"):
        parse(b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2))
