"""Page furniture is told by what it says and by how it stands; a story is not taken for it."""

import numpy as np
import pytest

from forewarn.features import to_buckets, token_hashes
from forewarn.furniture import FurnitureFinder
from forewarn.tokens import symbol_table, tokenise

STORY = """Deckhand stabbed on ferry

A deckhand was stabbed on the Aurora on Tuesday, its owner said. Two passengers held the attacker.

The Aurora sails again on Friday."""


def left(*texts: str) -> list[list[str]]:
    """Return the sentences of each text that are no furniture."""
    batch = tokenise(texts, symbol_table())
    hashes = token_hashes(batch)
    furniture = FurnitureFinder(symbol_table()).find(batch, hashes, to_buckets(hashes))
    units = "\n\n" + "\n\n".join(texts)
    found = []
    for first, last in zip(batch.documents[:-1], batch.documents[1:], strict=True):
        rows = np.arange(first, last)[~furniture[first:last]]
        spans = zip(batch.sentences[rows], batch.sentences[rows + 1] - 1, strict=True)
        found.append([units[batch.starts[a] : batch.ends[b]] for a, b in spans])
    return found


(ALL_OF_IT,) = left(STORY)


def test_a_story_has_none() -> None:
    assert len(ALL_OF_IT) == 4


@pytest.mark.parametrize(
    "item",
    [
        "Sign up for our morning briefing",
        "READ MORE: Gunman kills three in Vale",
        "Aurora at sea on Monday. The ship is to be sold. Staff photo: A. Lind",
        "We and our partners keep data on you. It helps us. Ok?",
        "Share\nMail\nPrint",
        "News\nSport\nThe arts\nTravel",
        "Most read\nWhy gulls laugh\nGunman kills three in Vale, and what the mayor says of it",
        "Related stories\nHarbour to be dredged",
    ],
)
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_an_item_of_furniture_is_found_wherever_it_stands(item: str, gap: str) -> None:
    paragraphs = STORY.split("\n\n")
    for place in range(1, len(paragraphs) + 1):
        if item.startswith(("Most", "Related")) and place < len(paragraphs):
            gap = "\n\n"  # a list goes on until a line with a full stop
        page = gap.join([*paragraphs[:place], item, *paragraphs[place:]])
        assert left(page) == [ALL_OF_IT]


def test_a_list_ends_with_its_block() -> None:
    page = f"Most read\nWhy gulls laugh\n\n{STORY}"
    assert left(page) == [ALL_OF_IT]


def test_a_heading_over_a_paragraph_is_no_list() -> None:
    assert left(f"Read next\n{STORY}")[0][-3:] == ALL_OF_IT[-3:]


def test_labels_are_a_menu_from_three_on_and_within_one_text() -> None:
    assert left("Rain falls\nBoats sail") == [["Rain falls", "Boats sail"]]
    assert left("Rain falls", "Boats sail", "Gulls laugh") == [
        ["Rain falls"],
        ["Boats sail"],
        ["Gulls laugh"],
    ]


def test_a_teaser_does_not_vanish_with_its_link() -> None:
    assert left("Three were shot in Vale. Read more") == [["Three were shot in Vale"]]
    assert left("Rain falls\nBoats sail\nGulls laugh") == [
        ["Rain falls", "Boats sail", "Gulls laugh"]
    ]


def test_a_picture_that_tells_the_story_is_kept() -> None:
    caption = "Hide Caption 4 of 9 Photos: Attack on ferry A deckhand lies bleeding on the steps"
    assert left(f"{STORY}\n\n{caption}") == [[*ALL_OF_IT, caption]]


def test_prose_that_mentions_a_newsletter_is_read() -> None:
    sentence = (
        "The parish newsletter, which the vicar has printed in his own kitchen since the flood of "
        "the year before last, said on its front page that the bridge would stay closed until the "
        "army came to see it"
    )
    assert left(f"{STORY} {sentence}.") == [[*ALL_OF_IT, sentence]]


@pytest.mark.parametrize("text", ["", "\n\n", "..."])
def test_a_text_without_words_has_nothing_left(text: str) -> None:
    assert left(text, STORY) == [[], ALL_OF_IT]
