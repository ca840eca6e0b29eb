"""Each source's format, read from samples of our own, and the normal form of a text."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forewarn.corpus.sources import SOURCES, Article, SourceFile, files_for, normalise, parse_file

# Texts with every line end but a lone CR, which "CRLF becomes LF" can turn into a new CRLF.
TEXTS = st.text().filter(lambda text: "\r" not in text) | st.lists(
    st.sampled_from([" ", "\t", "\n", "\r\n", "storm", "Łódź", "“", "\u00a0"])
).map("".join)


def parsed(source: str, path: str, content: str) -> dict[str, Article]:
    return dict(parse_file(SourceFile(source, path), content.encode()))


def test_abp_keeps_one_article_a_file_with_headline_and_original_body() -> None:
    record = {"title": " Storm\tnears ", "content": "storm near", "content_original": "Wind  rose."}
    articles = parsed("abp", "data/jsons/Qx7.json", json.dumps(record))
    assert articles == {"abp:Qx7": Article("Storm nears", "Wind rose.")}


def test_abp_without_a_title_has_an_empty_headline() -> None:
    record = {"title": None, "content_original": "Wind rose."}
    assert parsed("abp", "data/jsons/Qx7.json", json.dumps(record)) == {
        "abp:Qx7": Article("", "Wind rose.")
    }


def test_muc4_keeps_an_object_of_documents_by_id() -> None:
    content = json.dumps({"DEV-1": {"doc": "A ROAD\r\nIS OPEN.", "roles": {}}})
    assert parsed("muc4", "data/muc4/train.json", content) == {
        "muc4:DEV-1": Article("", "A ROAD\nIS OPEN.")
    }


def test_ipe_keeps_one_document_a_line() -> None:
    content = '{"doc_id": 3, "doc_text": "Rain."}\n{"doc_id": 4, "doc_text": "Sun."}\n'
    assert parsed("ipe", "data/final/docs.jsonl", content) == {
        "ipe:3": Article("", "Rain."),
        "ipe:4": Article("", "Sun."),
    }


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("data/data-train/X_train.json", "train"),
        ("data/data-dev/X_val.json", "dev"),
        ("data/data-test/X_test.json", "test"),
    ],
)
def test_gunviolence_names_texts_by_part_and_place_in_the_list(path: str, part: str) -> None:
    content = json.dumps([{"text": "Rain.", "publish_date": ""}, {"text": "Sun."}])
    assert parsed("gunviolence", path, content) == {
        f"gunviolence:{part}-0": Article("", "Rain."),
        f"gunviolence:{part}-1": Article("", "Sun."),
    }


def test_bbc_keeps_the_headline_in_the_first_line() -> None:
    articles = parsed("bbc", "news/sport/a-draw.txt", "\nA draw\r\n\r\nNobody scored.\n")
    assert articles == {"bbc:sport/a-draw": Article("A draw", "Nobody scored.")}


def test_a_record_without_body_leaves_its_neighbours_alone() -> None:
    assert list(parsed("ipe", "d", 'no json\n[1]\n{"doc_id": 4, "doc_text": "Sun."}')) == ["ipe:4"]
    assert list(parsed("muc4", "d", '{"A": {}, "B": {"doc": "Sun."}, "C": 1}')) == ["muc4:B"]
    content = '[null, {"text": 5}, {"text": "Sun."}]'
    assert list(parsed("gunviolence", "data/data-dev/d", content)) == ["gunviolence:dev-2"]


@pytest.mark.parametrize(
    ("source", "content"),
    [("abp", b"{"), ("muc4", b"[]"), ("gunviolence", b"{}"), ("bbc", b"caf\xe9")],
)
def test_a_file_of_another_kind_is_refused(source: str, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        list(parse_file(SourceFile(source, "data/a"), content))


def test_each_file_is_wanted_once_and_addressed_at_its_pinned_commit() -> None:
    files = files_for(["abp:b", "abp:a", "ipe:1", "ipe:2", "bbc:sport/a draw"])
    assert [file.path for file in files] == [
        "data/jsons/a.json",
        "data/jsons/b.json",
        "news/sport/a draw.txt",
        "data/final/docs.jsonl",
    ]
    bbc = SOURCES["bbc"]
    assert files[2].url("http://h") == (
        f"http://h/{bbc.repository}/{bbc.commit}/news/sport/a%20draw.txt"
    )
    assert bbc.commit[:7] in files[2].local_name


def test_every_source_is_pinned_to_a_whole_commit() -> None:
    assert all(re.fullmatch("[0-9a-f]{40}", source.commit) for source in SOURCES.values())


@given(TEXTS)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(TEXTS)
def test_normal_form_has_no_runs_of_white_space_and_clean_ends(text: str) -> None:
    normal = normalise(text)
    assert not re.search(r"\t|  |\r\n|\n{3}", normal)
    assert normal == normal.strip()


@given(TEXTS)
def test_normalising_changes_white_space_alone(text: str) -> None:
    assert normalise(text).split() == text.split()
