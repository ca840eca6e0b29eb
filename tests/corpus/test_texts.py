"""Texts found in a folder and in the real formats of their public sources."""

from __future__ import annotations

import gzip
import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from forewarn.corpus.passages import Passage, all_passages, compare
from forewarn.corpus.sources import SOURCES, SourceFile, files_for
from forewarn.corpus.texts import texts_folder, texts_from_sources, texts_in_folder
from forewarn.errors import CorpusError

if TYPE_CHECKING:
    from tests.corpus.conftest import Server, SmallCorpus

# Where the samples of each source stand in its repository.
SAMPLES = {
    "abp": "data/jsons",
    "muc4": "data/muc4",
    "ipe": "data/final",
    "gunviolence": "data/data-dev",
    "bbc": "news",
}


def test_a_folder_given_goes_before_the_one_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FOREWARN_DATA", "from_environment")
    assert texts_folder("given") == Path("given")
    assert texts_folder(None) == Path("from_environment")
    monkeypatch.setenv("FOREWARN_DATA", "")
    assert texts_folder(None) is None


def test_a_line_that_holds_no_record_is_named_and_left_out(
    small_corpus: SmallCorpus, caplog: pytest.LogCaptureFixture
) -> None:
    small_corpus.rewrite(
        "gold_texts.jsonl.gz", lambda lines: [b"\xff", b'{"id": "x"}', b"[]", *lines]
    )
    with caplog.at_level(logging.WARNING):
        excerpts = texts_in_folder(all_passages(), small_corpus.folder)
    assert len(excerpts) == len(small_corpus.gold) + len(small_corpus.sentences)
    assert [f"line {n} of" in caplog.text for n in (1, 2, 3, 4)] == [True, True, True, False]


def test_a_folder_without_the_texts_is_refused(tmp_path: Path) -> None:
    wanted = [Passage("gold", "abp:a", "abp:a", 0, 1, "")]
    with pytest.raises(CorpusError, match=r"holds no gold_texts\.jsonl\.gz: .* FOREWARN_DATA"):
        texts_in_folder(wanted, tmp_path)


@pytest.mark.parametrize("damage", [b"", b"no gzip"])
def test_a_damaged_file_in_the_folder_is_refused(tmp_path: Path, damage: bytes) -> None:
    whole = gzip.compress(b'{"id": "abp:a", "text": "Rain."}\n' * 1000)
    (tmp_path / "gold_texts.jsonl.gz").write_bytes(damage or whole[:-20])
    with pytest.raises(CorpusError, match=r"gold_texts\.jsonl\.gz cannot be read"):
        texts_in_folder([Passage("gold", "abp:a", "abp:a", 0, 1, "")], tmp_path)


@pytest.mark.usefixtures("cache")
def test_every_labelled_text_in_the_real_samples_matches_its_hash(
    data_folder: Path, public: Path, server: Server
) -> None:
    passages = _serve_samples(data_folder / "upstream", public)
    report = compare(passages, texts_from_sources(passages, base_url=server.address))
    assert report.complete, (report.missing, report.mismatching)
    found = {(item.kind, item.source) for item in report.sources}
    assert found == {("gold", source) for source in SOURCES} | {("sentences", "abp")}


@pytest.mark.usefixtures("cache")
def test_sentences_of_the_real_samples_stand_in_the_context_they_were_read_in(
    data_folder: Path, public: Path, server: Server
) -> None:
    passages = _serve_samples(data_folder / "upstream", public)
    sentences = [passage for passage in passages if passage.kind == "sentences"]
    assert sentences
    cut = texts_from_sources(sentences, base_url=server.address)
    assert cut == texts_in_folder(sentences, data_folder)


def _serve_samples(upstream: Path, public: Path) -> list[Passage]:
    """Lay the samples out as in their repositories; return the passages that they must hold."""
    served = set()
    for source, folder in SAMPLES.items():
        for sample in (upstream / source).rglob("*.*"):
            file = SourceFile(
                source, f"{folder}/{sample.relative_to(upstream / source).as_posix()}"
            )
            served.add(file)
            place = public / SOURCES[source].repository / SOURCES[source].commit / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(sample, place)
    return [
        passage
        for passage in all_passages()
        # The samples of muc4 and gunviolence are whole development parts, that of ipe is whole.
        if passage.article.startswith(("muc4:TST1", "muc4:TST2", "gunviolence:dev", "ipe:"))
        or (passage.source in ("abp", "bbc") and served.issuperset(files_for([passage.article])))
    ]
