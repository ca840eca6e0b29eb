"""Page furniture is left out, and nothing else is; and names read alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forewarn.lexicon import name_hashes
from forewarn.predict import load
from forewarn.reading import NAME_BUCKET, Reader
from forewarn.tokens import symbol_table

STORY = [
    "The ferry left the harbour at noon.",
    "A deckhand was stabbed in a quarrel over a card game, the owner said.",
    "Two passengers held the attacker until the coastguard came.",
]
FURNITURE = [
    "Sign up for our morning briefing",
    "Subscribe to the Harbour Post",
    "We use cookies to improve your visit. Accept all",
    "Read more: what the tide tables say",
    "© 2024 Harbour Post. All rights reserved.",
    "https://img.example.net/ferry-at-noon.jpg",
    "Follow us",
]


def words(text: str) -> list[str]:
    batch = Reader(symbol_table(), name_hashes()).read([text]).batch
    origin = int(batch.origins[0])
    return [text[s - origin : e - origin] for s, e in zip(batch.starts, batch.ends, strict=True)]


@pytest.mark.parametrize("line", FURNITURE)
def test_a_line_of_furniture_has_no_tokens(line: str) -> None:
    assert words(line) in ([], ["2024", "Harbour", "Post"], ["Accept", "all"])


def test_a_story_without_furniture_is_read_whole() -> None:
    assert len(words("\n\n".join(STORY))) == sum(len(line.split()) for line in STORY)


@given(st.lists(st.sampled_from(FURNITURE), max_size=4), st.integers(0, 3))
def test_furniture_anywhere_changes_no_answer(lines: list[str], place: int) -> None:
    clf = load()
    lines = [line for line in lines if not line.startswith("©")]
    page = "\n\n".join(STORY[:place] + lines + STORY[place:])
    assert clf.score(page) == pytest.approx(clf.score("\n\n".join(STORY)), abs=1e-12)


def test_evidence_stands_in_the_story_and_has_its_place_in_the_page() -> None:
    page = "\n\n".join([FURNITURE[0], STORY[0], FURNITURE[1], STORY[1], STORY[2], FURNITURE[5]])
    for item in load().evidence(page)[0]:
        assert item.text in STORY
        assert page[item.start : item.end] == item.text


def test_prose_that_mentions_a_newsletter_is_read() -> None:
    sentence = (
        "The parish newsletter, which the vicar has printed in his own kitchen since the flood of "
        "the year before last, said on its front page that the bridge would stay closed until the "
        "army came to see it."
    )
    assert len(words(sentence)) == len(sentence.split())


def test_a_text_of_furniture_alone_has_nothing_to_warn_of() -> None:
    assert load().predict_proba(["Subscribe now. Sign up!"]).tolist() == [[1.0, 0.0, 0.0, 0.0]]


def buckets(text: str) -> list[list[int]]:
    found: list[list[int]] = Reader(symbol_table(), name_hashes()).read([text]).buckets.T.tolist()
    return found


FRAME = "Police said the {} driver was stabbed. In {} nobody slept."


@given(
    st.sampled_from(["Syrian", "Norwegian", "Catholic", "Sikh", "Kurdish"]),
    st.sampled_from(["Syria", "Oslo", "Gaza", "Kashmir", "Boston"]),
)
def test_which_name_it_is_cannot_be_told(person: str, place: str) -> None:
    assert buckets(FRAME.format(person, place)) == buckets(FRAME.format("British", "London"))


def test_a_name_stands_in_the_bucket_of_names_and_so_does_the_pair_before_it() -> None:
    found = buckets("The Syrian driver slept. Paris slept.")
    assert found[1] == [NAME_BUCKET] * 3
    assert found[0][2] == NAME_BUCKET
    assert found[4] == [NAME_BUCKET] * 3
    others = [found[0][:2], *found[2:4], found[5]]
    assert NAME_BUCKET not in [bucket for token in others for bucket in token]
    plain = buckets("The weary driver slept. Those slept.")
    assert [plain[0][:2], *plain[2:4], plain[5]] == others
