"""Files fetched into the data folder from a server that really answers."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from forewarn.corpus import download
from forewarn.corpus.download import local_files
from forewarn.corpus.sources import SourceFile
from forewarn.errors import CorpusError

if TYPE_CHECKING:
    from tests.corpus.conftest import Server, SmallCorpus

FERRIES = [SourceFile("abp", f"data/jsons/ferry{number:02}.json") for number in range(12)]
NOWHERE = "http://127.0.0.1:9"  # the discard port, where nothing listens


def test_importing_the_corpus_imports_nothing_that_downloads() -> None:
    check = "import forewarn.corpus, sys; sys.exit(bool({'pooch', 'requests'} & {*sys.modules}))"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


def test_files_are_downloaded_whole_into_the_data_folder(
    cache: Path, server: Server, small_corpus: SmallCorpus
) -> None:
    places = dict(local_files(FERRIES, base_url=server.address))
    assert set(places) == set(FERRIES)
    for file, path in places.items():
        assert path is not None
        assert path == cache / file.local_name
        assert path.read_bytes() == small_corpus.published("abp", file.path).read_bytes()


@pytest.mark.usefixtures("cache", "small_corpus")
def test_what_is_there_is_not_downloaded_again(server: Server) -> None:
    list(local_files(FERRIES[:6], base_url=server.address))
    list(local_files(FERRIES, base_url=server.address))
    assert len(server.asked) == len(set(server.asked)) == len(FERRIES)


@pytest.mark.usefixtures("cache", "small_corpus")
def test_nothing_is_downloaded_unless_asked(server: Server) -> None:
    places = dict(local_files(FERRIES, download=False, base_url=server.address))
    assert places == dict.fromkeys(FERRIES)
    assert server.asked == []


@pytest.mark.usefixtures("cache", "small_corpus")
def test_a_file_that_is_gone_is_named_and_stops_no_other(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    gone = SourceFile("abp", "data/jsons/sunk.json")
    with caplog.at_level(logging.WARNING):
        places = dict(local_files([gone, *FERRIES], base_url=server.address))
    assert places.pop(gone) is None
    assert len(places) == len(FERRIES)
    assert None not in places.values()
    assert "sunk.json is left out: 404" in caplog.text


@pytest.mark.usefixtures("cache")
def test_where_nothing_can_be_reached_the_first_failures_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(download, "_FAILURES_IN_A_ROW", 3)
    with pytest.raises(CorpusError, match=r"cannot be reached \(3 downloads .* FOREWARN_DATA"):
        list(local_files(FERRIES[:4], base_url=NOWHERE))


def test_a_data_folder_that_cannot_be_made_is_named(cache: Path) -> None:
    cache.write_text("a file stands in its place")
    with pytest.raises(CorpusError, match=r"cannot be made .* FOREWARN_CACHE"):
        list(local_files(FERRIES, base_url=NOWHERE))


def test_without_pooch_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(CorpusError, match=r"FOREWARN_DATA, or install .*forewarn\[corpus\]"):
        list(local_files(FERRIES))
