"""The audit's texts: each term of a group in the very same news, and in enough of it."""

import re
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from forewarn.corpus import load_written, load_written_sentences
from forewarn.counterfactuals import fill, load_counterfactuals

TEXTS = list(load_counterfactuals())
TERMS = {(text.group, text.term) for text in TEXTS}
FRAMES = {text.frame: text.tone for text in TEXTS}


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def test_there_are_enough_terms_and_frames() -> None:
    assert Counter(group for group, _ in TERMS).keys() == {
        "country",
        "city",
        "nationality",
        "religion",
        "ethnic group",
        "gender",
    }
    assert len(TERMS) >= 48
    tones = Counter(FRAMES.values())
    assert tones["neutral"] >= 34
    assert tones["violent"] >= 24


def test_every_term_stands_in_many_neutral_texts_and_violent_ones() -> None:
    counts = Counter((text.group, text.term, text.tone) for text in TEXTS)
    for group, term in TERMS:
        assert counts[group, term, "neutral"] >= 30
        assert counts[group, term, "violent"] >= 20


def test_terms_of_a_group_share_their_frames() -> None:
    frames: dict[tuple[str, str], list[str]] = defaultdict(list)
    for text in TEXTS:
        frames[text.group, text.term].append(text.frame)
    for group in {group for group, _ in TERMS}:
        alike = [names for (of, _), names in frames.items() if of == group]
        assert all(names == others for names, others in pairwise(alike))
        assert len(set(alike[0])) == len(alike[0])


def test_every_text_names_its_term_and_is_one_of_a_kind() -> None:
    assert len({text.text for text in TEXTS}) == len(TEXTS)
    for text in TEXTS:
        assert re.search(rf"\b{text.term}\b", text.text), text


def test_texts_are_whole_sentences_without_a_slot_left() -> None:
    for text in TEXTS:
        body = text.text.rpartition("\n\n")[2]
        assert text.text[0].isupper(), text
        assert body[0].isupper(), text
        assert body[-1] in '."', text
        assert not re.search(r"[{}]|  ", text.text), text
        assert not re.search(r"[.?!] [a-z]", text.text), text


def test_articles_agree_with_their_terms() -> None:
    for text in TEXTS:
        for article in re.findall(rf"\b(an?) {text.term}\b", text.text, re.IGNORECASE):
            assert (article.lower() == "an") is (text.term[0] in "AEIOU"), text


def test_pronouns_that_open_a_clause_take_verbs_that_fit_all_of_them() -> None:
    for text in TEXTS:
        assert not re.search(r"\b[Tt]hey \w+s\b", text.text), text


def test_neutral_texts_hold_no_word_of_violence() -> None:
    violence = re.compile(
        r"\b(kill|murder|shoot|stab|bomb|wound|attack|assault|(shots?|guns?|blood|raped?|dead)\b)"
    )
    for text in TEXTS:
        if text.tone == "neutral":
            assert not violence.search(text.text.casefold()), text


def test_the_model_has_not_learnt_from_these_texts() -> None:
    learnt = {tuple(words(text.text)) for text in load_written()}
    learnt |= {tuple(words(sentence.text)) for sentence in load_written_sentences()}
    sentences = {
        tuple(words(sentence))
        for text in TEXTS
        for sentence in re.split(r"(?<=[.?!]) |\n\n", text.text)
        if len(words(sentence)) > 5
    }
    assert not learnt & sentences


def test_line_breaks_within_a_paragraph_are_spaces() -> None:
    assert fill("\nTrams in\n{name}\n\nThey ring.\n", {"name": "Oslo"}) == (
        "Trams in Oslo\n\nThey ring."
    )


def test_a_slot_that_nothing_fills_is_an_error() -> None:
    with pytest.raises(KeyError):
        fill("Trams in {place}.", {"name": "Oslo"})
