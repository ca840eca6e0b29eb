"""Every form keeps every word, and reading undoes what it does to them."""

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forewarn.text import repair
from forewarn.variants import (
    HTML_PAGE,
    VARIANTS,
    Variant,
    as_entities,
    as_entities_twice,
    as_latin1,
    as_windows1252,
    broken_words,
    curly_quotes,
    furniture,
    news_page,
    soft_hyphens,
    straight_quotes,
    through_page,
    with_furniture,
    wrapped_lines,
    zero_widths,
)

ARTICLE = """Deckhand stabbed on Westhaven ferry

A deckhand was stabbed in the neck on the Aurora on Tuesday, its owner said. "There was blood on \
every step," said José Reyes, 41, who sat nearby & called for help.

The ferry's captain, Ines Ford, held the attacker — a passenger from Malmö — until the coastguard \
came. He was charged with attempted murder in Harrow Vale on Wednesday.

The line has carried freight, and a few travellers, between the islands since 1952; its three \
ships were to be sold to the Westhaven council at the end of the month."""

randoms = st.integers(0, 1_000_000).map(Random)


def words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


@pytest.mark.parametrize("name", [name for name in VARIANTS if name != HTML_PAGE])
@given(random=randoms)
def test_a_repaired_text_has_all_its_words_in_their_order(name: str, random: Random) -> None:
    assert words(ARTICLE) in words(repair(VARIANTS[name](ARTICLE, random)).text)


@pytest.mark.parametrize("name", VARIANTS)
@given(seed=st.integers(0, 1_000_000))
@settings(max_examples=5, deadline=None)
def test_chance_is_all_in_the_source_of_it(name: str, seed: int) -> None:
    variant = VARIANTS[name]
    assert variant(ARTICLE, Random(seed)) == variant(ARTICLE, Random(seed))


@pytest.mark.parametrize(
    "variant", [as_entities, as_entities_twice, as_latin1, as_windows1252], ids=lambda f: f.__name__
)
def test_damage_is_done_to_curly_quotes(variant: Variant) -> None:
    curly = curly_quotes(ARTICLE, Random())
    assert curly.count("“") == curly.count("”") == 1
    assert "ferry’s" in curly
    assert variant(ARTICLE, Random()) != curly
    assert repair(variant(ARTICLE, Random())).text == curly
    assert straight_quotes(curly, Random()) == ARTICLE


@pytest.mark.parametrize("variant", [soft_hyphens, zero_widths], ids=lambda f: f.__name__)
@given(random=randoms)
def test_long_words_are_parted_by_one_character_that_is_not_seen(
    variant: Variant, random: Random
) -> None:
    parted = variant(ARTICLE, random)
    assert repair(parted).text == ARTICLE
    assert len(parted) - len(ARTICLE) == len(re.findall(r"[^\W\d_]{5,}", ARTICLE))


@pytest.mark.parametrize("variant", [wrapped_lines, broken_words], ids=lambda f: f.__name__)
@given(random=randoms)
def test_lines_of_72_columns_are_paragraphs_again(variant: Variant, random: Random) -> None:
    wrapped = variant(ARTICLE, random)
    assert max(map(len, wrapped.split("\n"))) <= 72
    assert repair(wrapped).text == ARTICLE


def test_words_are_broken_between_small_letters_only() -> None:
    broken = re.findall(r"(\S+)-\n(\S+)", broken_words(ARTICLE, Random(0)))
    assert broken
    assert all(
        re.fullmatch(r"\W*\w?[^\W\d_A-Z]+", head) and tail.islower() for head, tail in broken
    )


@pytest.mark.parametrize("kind", furniture())
@given(random=randoms)
def test_furniture_stands_above_and_below(kind: str, random: Random) -> None:
    page = with_furniture(ARTICLE, random, [kind])
    above, below = page.split(ARTICLE)
    assert above.strip() in furniture()[kind]
    assert below.strip() in furniture()[kind]


def test_there_are_a_dozen_items_of_every_kind() -> None:
    assert set(furniture()) == {"cookies", "newsletters", "links", "captions", "sharing"}
    assert all(len(set(items)) >= 12 for items in furniture().values())


@given(random=randoms)
def test_all_furniture_has_one_item_of_each_kind_on_either_side(random: Random) -> None:
    above, below = with_furniture(ARTICLE, random).split(ARTICLE)
    for side in (above, below):
        for items in furniture().values():
            assert any(item in side for item in items)


@given(random=randoms)
@settings(max_examples=20, deadline=None)
def test_the_article_comes_back_from_its_page(random: Random) -> None:
    page = news_page(ARTICLE, random)
    assert "<h1>Deckhand stabbed on Westhaven ferry</h1>" in page
    assert "nearby &amp; called" in page
    found = through_page(ARTICLE, random)
    for paragraph in ARTICLE.split("\n\n"):
        assert paragraph in found
    for around in ("Crime & Courts", "Skip to main", "should be shot", "Harrow Vale Newspapers"):
        assert around not in found


def test_a_text_without_a_headline_has_a_page_without_one() -> None:
    _, *paragraphs = ARTICLE.split("\n\n")
    page = news_page("\n\n".join(paragraphs[:1]), Random(0))
    assert "<h1>" not in page
    assert "<title>The Harrow Courier</title>" in page
