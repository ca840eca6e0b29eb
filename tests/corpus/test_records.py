"""What ships: labels without texts, written texts whole, and the digest that names them."""

import re
from collections import Counter, defaultdict

import pytest

from forewarn.corpus import labels_digest, load_written
from forewarn.corpus.records import (
    DATA,
    GOLD,
    SENTENCES,
    GoldText,
    article_of,
    load_readings,
    read_rows,
)
from forewarn.taxonomy import TYPE_NAMES, Severity


def test_all_gold_labels_ship_under_ids_of_their_own() -> None:
    rows = read_rows(GOLD)
    assert len({row["id"] for row in rows}) == len(rows) == 5740
    assert Counter(row["split"] for row in rows) == {"train": 4506, "test": 1234}
    graphic = Counter(row["split"] for row in rows if row["severity"] == Severity.GRAPHIC)
    assert graphic == {"train": 313, "test": 80}


def test_all_sentence_labels_ship_each_for_a_span_of_its_own() -> None:
    rows = read_rows(SENTENCES)
    assert len({(row["id"], row["start"], row["end"]) for row in rows}) == len(rows) == 12_800
    assert sum(row["severity"] == Severity.GRAPHIC for row in rows) == 627


@pytest.mark.parametrize("name", [GOLD, SENTENCES])
def test_label_files_hold_hashes_and_no_text(name: str) -> None:
    for row in read_rows(name):
        assert re.fullmatch("[0-9a-f]{64}", row["sha256"])
        assert not row.keys() & {"text", "title", "before"}


def test_gold_labels_use_the_taxonomy_and_spans_within_their_text() -> None:
    for row in read_rows(GOLD):
        gold = GoldText.from_row(row, text="")
        assert set(gold.types) <= set(TYPE_NAMES)
        assert all(0 <= start < end for start, end in gold.evidence)
        assert gold.annotations


def test_only_the_three_articles_named_in_the_documentation_stand_in_both_splits() -> None:
    splits = defaultdict(set)
    for row in read_rows(GOLD):
        splits[article_of(row["id"])].add(row["split"])
    in_both = {article for article, found in splits.items() if len(found) > 1}
    assert in_both == set(re.findall(r"abp:\w+", (GoldText.__doc__ or "").partition("split :")[2]))


def test_no_labelled_sentence_comes_from_an_article_of_the_test_split() -> None:
    tested = {article_of(row["id"]) for row in read_rows(GOLD) if row["split"] == "test"}
    assert tested.isdisjoint(row["id"] for row in read_rows(SENTENCES))


def test_texts_read_by_the_sentence_are_of_the_train_split_and_hold_its_graphic_ones() -> None:
    texts = {row["id"]: row for row in read_rows(GOLD)}
    readings = load_readings()
    assert {texts[name]["split"] for name in readings} == {"train"}
    assert {texts[name]["severity"] for name in readings} == {2, 3}
    tested = {article_of(row["id"]) for row in texts.values() if row["split"] == "test"}
    graphic = {
        name
        for name, row in texts.items()
        if row["split"] == "train" and row["severity"] == 3 and article_of(name) not in tested
    }
    assert graphic <= readings.keys()


def test_sentences_read_one_by_one_are_vivid_or_plain_and_do_not_overlap() -> None:
    for sentences in load_readings().values():
        assert {severity for *_, severity in sentences} <= {2, 3}
        bounds = [place for start, end, _ in sentences for place in (start, end)]
        assert bounds == sorted(bounds)


def test_written_texts_come_in_families_with_one_text_at_each_severity() -> None:
    families = defaultdict(list)
    for written in load_written():
        families[written.family].append(written.severity)
    assert len(families) == 480
    assert all(sorted(found) == list(Severity) for found in families.values())


def test_evidence_of_written_texts_lies_within_them() -> None:
    for written in load_written():
        assert set(written.types) <= set(TYPE_NAMES)
        assert all(0 <= start < end <= len(written.text) for start, end in written.evidence)
        assert bool(written.evidence) == (written.severity >= Severity.VIOLENT)


def test_the_digest_names_exactly_these_labels() -> None:
    # A change to any label or written text changes it; then this line must change too.
    assert labels_digest() == "4406c7cec24dddd3ae922ef593b2763588d35d07645259d333666a80349d159c"


def test_the_shipped_files_leave_room_in_the_wheel() -> None:
    assert sum(len(entry.read_bytes()) for entry in DATA.iterdir()) < 1_600_000
