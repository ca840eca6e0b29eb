"""Labels and texts brought together: loaded, verified and fetched."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from forewarn.corpus import Annotation, fetch, load_gold, load_sentences, verify
from forewarn.errors import CorpusError
from forewarn.taxonomy import Severity

if TYPE_CHECKING:
    from tests.corpus.conftest import Server, SmallCorpus


def alter(line: bytes) -> bytes:
    return json.dumps(json.loads(line) | {"text": "Another text altogether."}).encode()


def test_gold_texts_come_with_their_labels_in_the_order_of_the_labels(
    small_corpus: SmallCorpus,
) -> None:
    gold = list(load_gold(folder=small_corpus.folder))
    assert {item.id: item.text for item in gold} == small_corpus.gold
    assert [item.id for item in gold] == list(small_corpus.gold)
    window = gold[1]
    assert (window.id, window.article, window.source) == ("abp:ferry00@35", "abp:ferry00", "abp")
    assert window.annotations == (
        Annotation(Severity.VIOLENT, "h", "first"),
        Annotation(Severity.REFERENCE, "l", "second"),
    )
    assert (window.severity, window.types, window.evidence) == (2, ("accident",), ((0, 5),))


def test_a_split_is_the_texts_of_that_split(small_corpus: SmallCorpus) -> None:
    train = list(load_gold("train", small_corpus.folder))
    test = list(load_gold("test", small_corpus.folder))
    assert {item.split for item in train} == {"train"}
    assert {item.split for item in test} == {"test"}
    assert len(train) + len(test) == len(small_corpus.gold)


def test_a_split_that_does_not_exist_is_refused() -> None:
    with pytest.raises(CorpusError, match="'dev' does not exist: choose 'train'"):
        load_gold("dev")  # type: ignore[arg-type]


def test_sentences_come_with_the_sentence_before(small_corpus: SmallCorpus) -> None:
    sentences = list(load_sentences(small_corpus.folder))
    found = {f"{s.id}[{s.start}:{s.end}]": (s.text, s.before) for s in sentences}
    assert found == small_corpus.sentences
    assert sentences[0].article == "abp:ferry00"
    assert sentences[0].annotations == (Severity.NONE, Severity.REFERENCE)


def test_the_folder_may_be_named_by_the_environment(
    small_corpus: SmallCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREWARN_DATA", str(small_corpus.folder))
    assert len(list(load_gold())) == len(small_corpus.gold)
    assert len(list(load_sentences())) == len(small_corpus.sentences)
    assert verify().complete


def test_a_missing_text_is_named_and_left_out(
    small_corpus: SmallCorpus, caplog: pytest.LogCaptureFixture
) -> None:
    small_corpus.rewrite("gold_texts.jsonl.gz", lambda lines: lines[1:])
    with caplog.at_level(logging.WARNING):
        gold = list(load_gold(folder=small_corpus.folder))
    assert [item.id for item in gold] == list(small_corpus.gold)[1:]
    assert "abp:ferry00 is missing and left out" in caplog.text
    assert "1 of 61 texts are left out" in caplog.text


def test_a_text_that_does_not_match_its_hash_is_refused_by_name(
    small_corpus: SmallCorpus, caplog: pytest.LogCaptureFixture
) -> None:
    small_corpus.rewrite("sentence_texts.jsonl.gz", lambda lines: [alter(lines[0]), *lines[1:]])
    with caplog.at_level(logging.WARNING):
        sentences = list(load_sentences(small_corpus.folder))
    assert len(sentences) == len(small_corpus.sentences) - 1
    assert "abp:ferry00[0:34] does not match its SHA-256 and is left out" in caplog.text


def test_more_than_two_in_a_hundred_left_out_is_an_error(small_corpus: SmallCorpus) -> None:
    small_corpus.rewrite("gold_texts.jsonl.gz", lambda lines: [alter(lines[0]), *lines[2:]])
    with pytest.raises(CorpusError, match="1 of 61 texts are missing and 1 do not match"):
        load_gold(folder=small_corpus.folder)


def test_verifying_counts_by_source_and_label_file_and_names_the_rest(
    small_corpus: SmallCorpus,
) -> None:
    small_corpus.rewrite("gold_texts.jsonl.gz", lambda lines: [alter(lines[0]), *lines[2:]])
    seen: list[tuple[int, int]] = []
    report = verify(small_corpus.folder, lambda done, total: seen.append((done, total)))
    counts = {(item.kind, item.source): (item.expected, item.found) for item in report.sources}
    assert counts == {
        ("gold", "abp"): (57, 55),
        ("gold", "muc4"): (1, 1),
        ("gold", "ipe"): (1, 1),
        ("gold", "gunviolence"): (1, 1),
        ("gold", "bbc"): (1, 1),
        ("sentences", "abp"): (57, 57),
    }
    assert report.mismatching == ("abp:ferry00",)
    assert report.missing == ("abp:ferry00@35",)
    assert not report.complete
    assert seen == [(done, 118) for done in range(1, 118)]


def test_all_texts_can_be_fetched_and_then_need_no_network(
    cache: Path, server: Server, small_corpus: SmallCorpus
) -> None:
    assert verify().found == 0
    seen: list[tuple[int, int]] = []
    report = fetch(base_url=server.address, progress=lambda done, total: seen.append((done, total)))
    assert report.complete
    assert seen == [(done, 64) for done in range(1, 65)]  # 57 articles and 7 files of many
    assert any(cache.iterdir())
    assert {item.id: item.text for item in load_gold()} == small_corpus.gold
    assert [(s.text, s.before) for s in load_sentences()] == list(small_corpus.sentences.values())
    assert verify() == report
    assert len(server.asked) == 64


@pytest.mark.usefixtures("cache")
def test_what_was_published_anew_or_damaged_is_reported_by_id(
    server: Server, small_corpus: SmallCorpus, caplog: pytest.LogCaptureFixture
) -> None:
    small_corpus.published("bbc", "news/sport/a-draw.txt").write_text("A draw\n\nOne goal.")
    small_corpus.published("abp", "data/jsons/ferry07.json").write_text("{")
    small_corpus.published("ipe", "data/final/docs.jsonl").unlink()
    with caplog.at_level(logging.WARNING):
        report = fetch(base_url=server.address)
    assert report.mismatching == ("bbc:sport/a-draw",)
    assert set(report.missing) == {"abp:ferry07", "ipe:7", "abp:ferry07[0:34]"}
    assert report.found == report.expected - 4
    assert "ferry07.json is left out, delete it" in caplog.text
    assert "docs.jsonl is left out: 404" in caplog.text


def test_every_real_text_matches_its_label(data_folder: Path) -> None:
    report = verify(data_folder)
    assert report.complete
    assert report.expected == 5740 + 12_800


def test_real_evidence_lies_within_the_text(data_folder: Path) -> None:
    for gold in load_gold(folder=data_folder):
        assert all(0 <= start < end <= len(gold.text) for start, end in gold.evidence)


def test_real_sentences_all_have_context_of_one_line(data_folder: Path) -> None:
    for sentence in load_sentences(data_folder):
        assert 0 < len(sentence.before) <= 220
        assert "\n" not in sentence.before
