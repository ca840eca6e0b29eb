"""Which part of an article a label speaks of, and the comparison with its SHA-256."""

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from forewarn.corpus.passages import Excerpt, Kind, Passage, compare, cut, preceding
from forewarn.corpus.sources import Article

FIRST = "The river rose in the night."
SECOND = '"It came up to the door," she said, "and stopped."'
ARTICLE = Article("A river rises", f"{FIRST} {SECOND}\n\nAdvert\n\nBy noon it had gone back.")


def passage(kind: Kind, start: int, end: int, text: str = "") -> Passage:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Passage(kind, f"abp:r@{start}", "abp:r", start, end, digest)


def test_a_gold_text_that_begins_the_body_carries_the_headline() -> None:
    assert cut(passage("gold", 0, 28), ARTICLE) == Excerpt(f"A river rises\n\n{FIRST}")


def test_a_gold_text_without_headline_or_from_further_down_is_the_span_alone() -> None:
    assert cut(passage("gold", 0, 9), Article("", ARTICLE.body)).text == "The river"
    assert cut(passage("gold", 4, 9), ARTICLE).text == "river"


def test_a_sentence_comes_without_the_headline_but_with_what_stands_before() -> None:
    assert cut(passage("sentences", 0, 28), ARTICLE) == Excerpt(FIRST, "A river rises")
    assert cut(passage("sentences", 29, 79), ARTICLE) == Excerpt(SECOND, FIRST)


def test_the_sentence_before_loses_its_closing_quote_and_short_lines_are_passed_over() -> None:
    start = ARTICLE.body.index("By noon")
    assert preceding(ARTICLE, start) == SECOND[:-1]


def test_the_context_is_cut_to_its_last_220_characters() -> None:
    body = "x" * 300 + ". And then it stopped."
    assert preceding(Article("", body), 302) == "x" * 219 + "."


@given(st.text('ab .?!\n”"', max_size=200), st.integers(0, 200))
def test_context_is_text_from_before_the_sentence(body: str, start: int) -> None:
    context = preceding(Article("", body), start)
    assert context in body[:start]


def test_texts_are_found_missing_or_refused_by_name() -> None:
    right, gone, wrong = (passage("gold", i, i + 1, "rain") for i in range(3))
    report = compare(
        [right, gone, wrong], {right.name: Excerpt("rain"), wrong.name: Excerpt("snow")}
    )
    assert (report.expected, report.found, report.complete) == (3, 1, False)
    assert report.missing == (gone.name,)
    assert report.mismatching == (wrong.name,)


def test_a_text_that_utf8_cannot_hold_is_refused_not_fatal() -> None:
    odd = passage("gold", 0, 1)
    assert compare([odd], {odd.name: Excerpt("\ud800")}).mismatching == (odd.name,)


def test_a_report_turns_to_json_with_its_sources() -> None:
    report = compare([passage("gold", 0, 1)], {})
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["expected"] == 1
    assert plain["complete"] is False
    assert plain["sources"][0]["missing"] == ["abp:r@0"]
