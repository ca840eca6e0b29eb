"""What `repair` undoes, what it leaves alone, and how it finds the way back."""

import html
import unicodedata
from collections.abc import Callable
from textwrap import wrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forewarn.text import Repaired, needs_repair, repair

# Words as news spells them, each between the marks that may surround it.
WORDS = """
    mayor police murdered café fiancée château naïve déjà voilà à élève Œuvre São Málaga Zürich
    Österreich Größe Åland smörgåsbord Škoda Łódź Milošević Erdoğan Şahin Nguyễn Đặng București
    Reykjavík Þór piñata coöperate Noël Gonçalves año Québécois Ægir Hà Nội
"""
CAPITALS = "SÃO NÃO IRMÃ AMANHÃ CAFÉ ÎLE ÂGE RĂZBOI MALMÖ SKÅNE NESTLÉ ESPAÑA VÝŠKA ÚŽASNÝ"
OPENING = ["", "“", "‘", "(", "—", "«"]
CLOSING = ["", "”", "’", ".", ",", "…", "—", "”—", "’s", "™", "»", "”…", "?"]

words = st.builds(
    "{}{}{}".format,
    st.sampled_from(OPENING),
    st.sampled_from(WORDS.split()),
    st.sampled_from(CLOSING),
)
capital_words = st.builds(
    "{}{}{}".format,
    st.sampled_from(OPENING),
    st.sampled_from(CAPITALS.split()),
    st.sampled_from(CLOSING),
)


def as_latin1(text: str) -> str:
    return text.encode("utf-8").decode("latin-1")


def as_windows1252(text: str) -> str:
    """Misread as most software does it: bytes without a character become C1 controls."""
    return "".join(
        bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode("utf-8")
    )


def as_references(text: str) -> str:
    return html.escape(text).encode("ascii", "xmlcharrefreplace").decode("ascii")


def with_soft_hyphen(text: str) -> str:
    breakable = len(text) > 3 and text[:4].isalpha()
    return f"{text[:3]}\xad{text[3:]}" if breakable else text


def with_zero_widths(text: str) -> str:
    return "\u200b".join(text)


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


DAMAGES: dict[str, Callable[[str], str]] = {
    "misread as Latin-1": as_latin1,
    "misread as Windows-1252": as_windows1252,
    "misread twice": lambda text: as_windows1252(as_windows1252(text)),
    "misread in two ways": lambda text: as_windows1252(as_latin1(text)),
    "escaped": as_references,
    "escaped three times": lambda text: html.escape(html.escape(as_references(text))),
    "escaped and misread": lambda text: html.escape(as_windows1252(text)),
    "soft hyphen": with_soft_hyphen,
    "zero-width spaces": with_zero_widths,
    "decomposed": decomposed,
    "decomposed and misread": lambda text: as_windows1252(decomposed(text)),
    "misread and decomposed": lambda text: decomposed(as_windows1252(text)),
}


@given(st.lists(words | capital_words))
def test_clean_text_is_given_back_as_the_same_object(parts: list[str]) -> None:
    text = " ".join(parts)
    assert repair(text).text is text


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@given(parts=st.lists(words, min_size=1))
def test_damage_is_undone_and_every_word_leads_back_to_its_damaged_self(
    damage: Callable[[str], str], parts: list[str]
) -> None:
    damaged_parts = [damage(part) for part in parts]
    damaged, clean = " ".join(damaged_parts), " ".join(parts)
    repaired = repair(damaged)
    assert repaired.text == clean
    start = damaged_start = 0
    for part, damaged_part in zip(parts, damaged_parts, strict=True):
        span = repaired.original_span(start, start + len(part))
        assert span == (damaged_start, damaged_start + len(damaged_part))
        start += len(part) + 1
        damaged_start += len(damaged_part) + 1


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@given(parts=st.lists(words))
def test_repairing_again_changes_nothing(damage: Callable[[str], str], parts: list[str]) -> None:
    once = repair(damage(" ".join(parts))).text
    assert repair(once).text is once


@given(
    st.text(st.sampled_from("aZé&amp;#38; ÂÃâ€™œ”\x80\x9d\x92\xad\u200b-\n\u0301\ufffd\ud83d😀")),
    st.data(),
)
def test_spans_lead_back_in_order_and_within_bounds(text: str, data: st.DataObject) -> None:
    repaired = repair(text)
    positions = st.integers(0, len(repaired.text))
    start, end = sorted((data.draw(positions), data.draw(positions)))
    later_end = data.draw(st.integers(end, len(repaired.text)))
    first, last = repaired.original_span(start, end)
    assert 0 <= first <= last <= len(text)
    assert first <= repaired.original_span(end, later_end)[0]
    assert last <= repaired.original_span(start, later_end)[1]


@given(st.text())
def test_any_text_at_all_is_taken(text: str) -> None:
    repaired = repair(text)
    assert needs_repair(text) or repaired == Repaired(text)
    assert repaired.edits is None or repaired.text != text


@pytest.mark.parametrize(
    ("damaged", "clean"),
    [
        ("Q&amp;A &quot;now&quot;", 'Q&A "now"'),
        ("five&nbsp;dead", "five\xa0dead"),
        ("it&#146;s", "it’s"),
        ("&amp;amp;amp;hellip;", "…"),
        ("R&amp;B; soul", "R&B; soul"),
        ("â€˜the bridgeâ€™ and â€œthe wellâ€\x9d", "‘the bridge’ and “the well”"),
        ("â€œbyte lostâ€� he said", "“byte lost” he said"),
        ("â€œbyte droppedâ€ he said", "“byte dropped” he said"),
        ('the well â€" it was dry', "the well — it was dry"),
        ("stories:Â police said", "stories: police said"),
        ("four Ã— hundred, 7Â·5", "four × hundred, 7·5"),
        ("ï»¿Headline", "Headline"),
        ("ðŸ˜€ oï¬ƒce", "😀 oﬃce"),
        ("Ð’Ð»Ð°Ð´Ð¸Ð¼Ð¸Ñ€ and JosÃ©", "Владимир and José"),
        ("last week\x92s \x93rental\x94 \x97 paid", "last week’s “rental” — paid"),
        ("\ufeffmur\u00adder\u200b, \u200ehe\u2060 said", "murder, he said"),
        ("was mur-\ndered", "was murdered"),
        ("was mur-\r\ndered", "was murdered"),
        ("was mur\xad\ndered", "was murdered"),
        ("The ferry left Westhaven\nfor good", "The ferry left Westhaven for good"),
        ("The ferry left Westhaven\r\nfor good", "The ferry left Westhaven\r for good"),
        ("The ferry left for mur-\nky water\nfor good", "The ferry left for murky water for good"),
        ("\nâ€œand", "\n“and"),
    ],
)
def test_repairs(damaged: str, clean: str) -> None:
    assert repair(damaged).text == clean


@pytest.mark.parametrize(
    "text",
    [
        "AT&T; R&D, Q&A & more",
        "&bogus; &; &#; &#x; &amp",
        "https://example.org/?a=1&copy=2&lt=3",
        "“fiancé”—and “CAFÉ”…",
        "page 3-\n4",
        "the Anglo-\nSaxon",
        "a list:\n-\nitem",
        "été £5, Besançon © 2024",
        "e" + "\u0301" * 31,
        "Ferry leaves\n\nthe harbour",
        "Ferry leaves\r\n\r\nthe harbour",
        "The ferry left Westhaven\nThe harbour is empty",
        "oil\nonions\nparsley",
        "it left westhaven for good.\nthe harbour is empty",
        "it left “westhaven for good.”\nthe harbour is empty",
    ],
)
def test_leaves_alone(text: str) -> None:
    assert repair(text).text is text


STORY = (
    "The ferry Aurora left Westhaven at noon. Captain Ines Ford, 41, said that nobody had seen the "
    "deckhand since Tuesday; police in Harrow Vale asked all passengers of the Aurora to come "
    "forward. Two of them, from Malmö, had been told in June that the ship would be sold, and so "
    "had “Old Tom” Reyes, who ran its bar until the Vale Council took away his licence."
)


@given(st.integers(25, 100), st.sampled_from(["\n", "\r\n"]))
def test_a_wrapped_paragraph_is_one_line_again(columns: int, newline: str) -> None:
    wrapped = newline.join(wrap(STORY, columns, break_on_hyphens=False))
    repaired = repair(f"Ferry Sold\n\n{wrapped}\n\nMore to come").text
    assert repaired.replace("\r", "") == f"Ferry Sold\n\n{STORY}\n\nMore to come"


def test_lines_with_room_for_the_next_word_were_not_wrapped() -> None:
    links = "Most read\nFerry late again\nWhy gulls laugh"
    text = f"the ferry left the harbour and was\nnot seen again.\n{links}"
    assert repair(text).text == f"the ferry left the harbour and was not seen again.\n{links}"


def test_unwrapping_moves_nothing() -> None:
    text = "The ferry left Westhaven\nfor good on a mur-\nky night"
    repaired = repair(text)
    start = repaired.text.index("for good")
    assert repaired.original_span(start, start + 8) == (25, 33)


def test_what_stands_beside_a_word_is_not_part_of_it() -> None:
    repaired = repair("a\u200b word\u200b\u200b here")
    assert repaired.text == "a word here"
    assert repaired.original_span(2, 6) == (3, 7)


def test_a_span_within_a_replacement_widens_to_all_of_it() -> None:
    repaired = repair("x&lang;y &nGt; z")
    start = repaired.text.index("\u20d2")  # second of the two characters of one reference
    assert repaired.original_span(start, start + 1) == (9, 14)


@pytest.mark.parametrize(
    "sign", ["&", "&amp", "&#3", "Ã", "à\x80\x80", "ð", "-\n", "5-\na", "\u0301\u0323"]
)
def test_a_megabyte_of_signs_without_damage_is_given_back(sign: str) -> None:
    text = sign * (1_000_000 // len(sign))
    assert repair(text).text is text
