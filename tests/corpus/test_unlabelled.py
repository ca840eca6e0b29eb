"""Unlabelled texts are read where they are, and missed nowhere."""

import gzip
import json
import logging
from pathlib import Path

import pytest

from forewarn.corpus.unlabelled import load_unlabelled
from forewarn.errors import CorpusError


def write(folder: Path, *lines: str) -> None:
    (folder / "unlabelled.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))


def test_texts_come_in_their_order(tmp_path: Path) -> None:
    write(tmp_path, *(json.dumps({"id": f"a:{n}", "text": f"Ferry {n} left."}) for n in range(3)))
    assert list(load_unlabelled(tmp_path)) == ["Ferry 0 left.", "Ferry 1 left.", "Ferry 2 left."]


def test_the_folder_may_be_named_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, '{"text": "Rain."}')
    monkeypatch.setenv("FOREWARN_DATA", str(tmp_path))
    assert list(load_unlabelled()) == ["Rain."]


def test_without_a_file_or_a_folder_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(load_unlabelled(tmp_path)) == []
    monkeypatch.delenv("FOREWARN_DATA", raising=False)
    assert list(load_unlabelled()) == []


def test_a_line_without_a_text_is_named_and_its_neighbours_are_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(tmp_path, '{"text": "Rain."}', '{"id": "a:2"}', "[]", '{"text": "Sun."}')
    with caplog.at_level(logging.WARNING):
        assert list(load_unlabelled(tmp_path)) == ["Rain.", "Sun."]
    assert [record.getMessage().partition(":")[0][-6:] for record in caplog.records] == [
        "line 2",
        "line 3",
    ]


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "unlabelled.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "Rain."}\n' * 1000)[:-20])
    with pytest.raises(CorpusError, match="put a whole copy there"):
        list(load_unlabelled(tmp_path))
