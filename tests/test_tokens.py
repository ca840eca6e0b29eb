"""Where tokens and sentences begin and end, in any text and beside any neighbour."""

import unicodedata
from itertools import chain, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forewarn.tokens import MAX_SENTENCE_TOKENS, symbol_table, tokenise

# Any code points at all, lone surrogates among them, and texts that are made like prose.
anything = st.text(st.characters(exclude_categories=()), max_size=60)
words = st.text(st.sampled_from("aBzéßŁ7٣中𝒜😀"), min_size=1, max_size=6)
separators = st.sampled_from(
    [" ", ", ", ". ", "\n", "\r\n\r\n", "... ", "—", "’", "?” (", "\t", "\0"]
)
prose = st.lists(st.tuples(words, separators), max_size=12).map(
    lambda pairs: "".join(word + separator for word, separator in pairs)
)
texts = st.lists(anything | prose, max_size=5)


def cut(*texts: str) -> list[list[list[str]]]:
    """Return the tokens of every sentence of every text, as they are written there."""
    batch = tokenise(texts, symbol_table())
    documents = []
    for row, text in enumerate(texts):
        units = text.encode("utf-16-le", "surrogatepass")
        spans = 2 * (np.stack((batch.starts, batch.ends)).T - batch.origins[row])
        sentences = batch.sentences[batch.documents[row] : batch.documents[row + 1] + 1]
        documents.append(
            [
                [
                    units[start:end].decode("utf-16-le", "surrogatepass")
                    for start, end in spans[first:last]
                ]
                for first, last in pairwise(sentences)
            ]
        )
    return documents


def sentences(text: str) -> list[str]:
    return [" ".join(tokens) for tokens in cut(text)[0]]


def tokens(text: str) -> list[str]:
    return [*chain.from_iterable(cut(text)[0])]


def of_a_word(character: str) -> bool:
    return ord(character) > 0xFFFF or unicodedata.category(character)[0] in "LMN"


# -- sentences ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rain fell. It stopped.", ["Rain fell", "It stopped"]),
        ("Who fired? Nobody knows! Yet.", ["Who fired", "Nobody knows", "Yet"]),
        ("rain fell on the coast", ["rain fell on the coast"]),
        ("The vote is at noon. no one came", ["The vote is at noon no one came"]),
        ("It ended 3-1. 20 fans stayed.", ["It ended 3 1", "20 fans stayed"]),
        ("Read example.com today. Or wait.", ["Read example com today", "Or wait"]),
    ],
)
def test_a_sentence_ends_at_a_stop_before_a_space_and_no_small_letter(
    text: str, expected: list[str]
) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Gen. Ruiz met Dr. Osei, Mrs. Lund and the Rev. Amato on Jan. 5.",
        "St. Ives beat Acme Corp. Rovers",
        "J. R. Okafor spoke",
        "The U.S. Embassy closed",
        "Washington, D.C. Police came",
        "At 9 a.m. Police came",
        "Prices rose 3.5 percent to $1,200.75 a ton",
        "Version 2.0.1 is out",
    ],
)
def test_a_period_in_an_abbreviation_an_initial_or_a_number_ends_nothing(text: str) -> None:
    assert len(sentences(f"{text} at last. Rain fell.")) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“It is over.” He left.", ["It is over", "He left"]),
        ('"It is over." He left.', ["It is over", "He left"]),
        ("'It is over!' He left.", ["It is over", "He left"]),
        ("(It is over.) [He left.] «Go!»", ["It is over", "He left", "Go"]),
        ("“Really?!” She left.", ["Really", "She left"]),
        ("He asked: “Who?” “Nobody.”", ["He asked Who", "Nobody"]),
        ("“Is it over?” she asked. She left.", ["Is it over she asked", "She left"]),
        ("“‘Go,’ he said.” “Where?”", ["Go he said", "Where"]),
    ],
)
def test_quotes_and_brackets_close_with_their_sentence(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("He waited... and waited.", ["He waited and waited"]),
        ("He waited… and waited.", ["He waited and waited"]),
        ("He waited... Nobody came.", ["He waited", "Nobody came"]),
        ("He waited… Nobody came.", ["He waited", "Nobody came"]),
        ("He waited.......... Nobody came!!!!!!!!", ["He waited", "Nobody came"]),
    ],
)
def test_an_ellipsis_ends_a_sentence_only_before_a_capital(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\n\n", "\r\n\r\n", "\n \n\t\n\n", "\u2029"])
def test_headings_and_paragraphs_end_at_their_line(newline: str) -> None:
    text = newline.join(["STORM WARNING", "rain fell on the coast", "It stopped. Boats sailed"])
    assert sentences(text) == [
        "STORM WARNING",
        "rain fell on the coast",
        "It stopped",
        "Boats sailed",
    ]


WIRE = (
    "THE GOVERNOR OF THE PROVINCE SAID ON TUESDAY THAT THE BRIDGE OVER",
    "THE RIVER WOULD STAY CLOSED UNTIL ENGINEERS HAD LOOKED AT EACH OF",
    "ITS PIERS. BUSES WILL RUN INSTEAD OF TRAINS UNTIL THE END OF JUNE.",
    "NOBODY WAS HURT.",
)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines_of_capitals_wrapped_by_a_machine_are_one_sentence(newline: str) -> None:
    assert [len(sentence.split()) for sentence in sentences(newline.join(WIRE))] == [26, 11, 3]


def test_a_line_that_ends_in_small_letters_is_a_heading_whatever_its_length() -> None:
    headings = "What the closed bridge means for trains to the province\nGovernor silent"
    assert [len(sentence.split()) for sentence in sentences(headings)] == [10, 2]


def test_a_blank_line_ends_a_sentence_whatever_the_length_of_the_line() -> None:
    assert [len(sentence.split()) for sentence in sentences("\n\n".join(WIRE[:2]))] == [12, 12]


@pytest.mark.parametrize("text", ["", " \n\t ", "?!... —\n(…)", "\0\x07", "\u200b\u2028"])
def test_a_text_without_words_has_no_sentence(text: str) -> None:
    assert cut(text, "Rain fell.", text) == [[], [["Rain", "fell"]], []]


def test_a_run_of_words_without_punctuation_is_cut_into_pieces() -> None:
    run = [f"word{number}" for number in range(5 * MAX_SENTENCE_TOKENS + 1)]
    pieces = cut("Rain fell.\n" + " ".join(run))[0][1:]
    assert [*chain.from_iterable(pieces)] == run
    assert max(map(len, pieces)) <= MAX_SENTENCE_TOKENS
    assert len(pieces) == 6


# -- tokens ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A well-known man, aged 45", "A well known man aged 45"),
        ("They don’t; she didn't", "They don t she didn t"),
        ("$3.5m (£2m) – 40%", "3 5m 2m 40"),
        ("Łódź, Đặng and e\u0301lan", "Łódź Đặng and e\u0301lan"),
        ("😀 and 𝒜𝒷 and 👍🏽!", "😀 and 𝒜𝒷 and 👍🏽"),
        ("a\0b\u2003c\u200bd\xa0e", "a b c d e"),
    ],
)
def test_a_token_is_a_run_of_letters_marks_and_digits(text: str, expected: str) -> None:
    assert " ".join(sentences(text)) == expected


@given(st.lists(words), separators)
def test_words_are_found_where_they_stand(written: list[str], separator: str) -> None:
    assert tokens(separator.join(written)) == written


@given(anything | prose)
def test_tokens_hold_all_that_belongs_to_words_and_nothing_else(text: str) -> None:
    # Two lone halves that meet are one character to UTF-16.
    text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    of_words = [c for c in text if of_a_word(c) or unicodedata.category(c) == "Cs"]
    assert [*"".join(tokens(text))] == of_words


@given(texts)
def test_sentences_are_neither_empty_nor_endless(several: list[str]) -> None:
    sizes = [len(tokens) for document in cut(*several) for tokens in document]
    assert all(1 <= size <= MAX_SENTENCE_TOKENS for size in sizes)


@given(texts)
def test_a_text_is_cut_alike_alone_and_among_others(several: list[str]) -> None:
    assert cut(*several) == [cut(text)[0] for text in several]


@given(anything | prose, anything | prose)
def test_a_blank_line_parts_two_texts_like_a_border(first: str, second: str) -> None:
    assert cut(f"{first}\n\n{second}")[0] == [*chain.from_iterable(cut(first, second))]


# -- folding --------------------------------------------------------------------------------------


def symbol(character: str) -> int:
    return int(symbol_table()[ord(character)]) & 0x7F


def test_every_capital_folds_to_its_small_letter() -> None:
    for character in map(chr, range(0x10000)):
        small = character.lower()
        if len(small) == 1:
            assert symbol(character) == symbol(small), character


def test_every_accented_letter_folds_to_its_plain_one() -> None:
    for character in map(chr, range(0x10000)):
        parts = unicodedata.normalize("NFKD", character)
        if len(parts) > 1 and parts[0].isalpha() and all(map(unicodedata.combining, parts[1:])):
            assert symbol(character) == symbol(parts[0]), character


def test_all_digits_fold_to_one_symbol_and_letters_to_others() -> None:
    assert {symbol(digit) for digit in "0123456789٣७²"} == {symbol("0")}
    assert len({symbol(letter) for letter in "abcdefghijklmnopqrstuvwxyz0"}) == 27


def test_the_table_cannot_be_changed_by_who_holds_it() -> None:
    with pytest.raises(ValueError, match="read-only"):
        symbol_table()[0] = 1
