"""A file of corrections gives back what it was given, whoever else uses it."""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from forewarn.cli import app
from forewarn.corpus.house import read_labels
from forewarn.errors import InputError
from forewarn.service.store import Store, read_corrections
from forewarn.taxonomy import SEVERITY_NAMES, TYPE_NAMES

# Whatever JSON can say; SQLite has no lone surrogates, and no request brings any.
texts = st.text(st.characters(codec="utf-8"), min_size=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "corrections.sqlite"


@settings(max_examples=25)
@given(
    text=texts,
    severity=st.sampled_from(SEVERITY_NAMES),
    types=st.lists(st.sampled_from(TYPE_NAMES), unique=True),
    note=st.none() | texts,
    predicted=st.none() | st.dictionaries(texts, st.integers() | texts | st.lists(texts)),
)
def test_what_is_stored_is_read_back(  # noqa: PLR0917
    tmp_path_factory: pytest.TempPathFactory,
    text: str,
    severity: str,
    types: list[str],
    note: str | None,
    predicted: dict[str, object] | None,
) -> None:
    path = tmp_path_factory.mktemp("store") / "corrections.sqlite"
    with closing(Store(path)) as store:
        number, created = store.add(
            text, severity, types, note=note, predicted=predicted, model="abc"
        )
    (found,) = read_corrections(path)
    assert found == {
        "text": text,
        "severity": severity,
        "types": types,
        "correction": number,
        "created": created,
        "note": note,
        "predicted": predicted,
        "model": "abc",
    }


def test_every_correction_is_on_disk_before_it_is_acknowledged(path: Path) -> None:
    with closing(Store(path)) as store, closing(sqlite3.connect(path)) as other:
        store.add("Rain.", "none")
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert store._file.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert not store._file.in_transaction


def test_several_writers_lose_nothing(path: Path) -> None:
    stores = [Store(path) for _ in range(3)]

    def add(number: int) -> int:
        return stores[number % 3].add(f"Text {number}.", "violent")[0]

    with ThreadPoolExecutor(9) as pool:
        numbers = list(pool.map(add, range(120)))
    assert sorted(numbers) == list(range(1, 121))
    assert {row["text"] for row in read_corrections(path)} == {f"Text {n}." for n in range(120)}
    for store in stores:
        store.close()


def test_it_opens_again_where_it_was_left(path: Path) -> None:
    for text in ("Rain.", "Sun."):
        with closing(Store(path)) as store:
            store.add(text, "none")
    assert [row["text"] for row in read_corrections(path)] == ["Rain.", "Sun."]


@pytest.mark.parametrize(
    "content", [b"This is no database at all. " * 40, b"SQLite format 3\0" * 9]
)
def test_other_files_are_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot keep corrections"):
        Store(path)
    assert path.read_bytes() == content


def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE bookmarks (url)")
    before = path.read_bytes()
    with pytest.raises(InputError, match="another program"):
        Store(path)
    assert path.read_bytes() == before
    with pytest.raises(InputError, match="holds no corrections"):
        list(read_corrections(path))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone/kept\.sqlite: cannot keep corrections"):
        Store(tmp_path / "gone" / "kept.sqlite")


# -- the command ----------------------------------------------------------------------------------


def test_export_writes_what_training_reads(path: Path, tmp_path: Path) -> None:
    with closing(Store(path)) as store:
        store.add("A guard was stabbed.\nBlood ran.", "graphic", ["assault", "homicide"], note="!")
        store.add("Rain – and “sun”.", "none")
        store.add("Rain – and “sun”.", "reference")
    out = tmp_path / "house.jsonl"
    result = CliRunner().invoke(app, ["corrections", "export", str(path), "--out", str(out)])
    assert (result.exit_code, result.output) == (0, "")
    texts, faults = read_labels(out)
    assert not faults
    assert [(item.text, str(item.severity), item.types) for item in texts] == [
        ("A guard was stabbed.\nBlood ran.", "graphic", ("assault", "homicide")),
        ("Rain – and “sun”.", "none", ()),
        ("Rain – and “sun”.", "reference", ()),
    ]
    assert texts[1].article == texts[2].article  # so they never fall into different folds


def test_export_writes_to_standard_output_too(path: Path) -> None:
    with closing(Store(path)) as store:  # also while the service has the file open
        store.add("Rain.", "none")
        result = CliRunner().invoke(app, ["corrections", "export", str(path)])
    assert json.loads(result.stdout)["text"] == "Rain."


def test_export_names_a_file_that_is_not_there_and_makes_none(path: Path) -> None:
    result = CliRunner().invoke(app, ["corrections", "export", str(path)])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"forewarn: {path}: no such file")
    assert not path.exists()


def test_export_that_fails_leaves_the_file_it_would_write_to(path: Path, tmp_path: Path) -> None:
    path.write_bytes(b"no database " * 100)
    out = tmp_path / "house.jsonl"
    out.write_text("earlier\n")
    result = CliRunner().invoke(app, ["corrections", "export", str(path), "--out", str(out)])
    assert result.exit_code == 1
    assert out.read_text() == "earlier\n"
