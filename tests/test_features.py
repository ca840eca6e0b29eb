"""The buckets that a text's words fall into: what changes them, what never does."""

import hashlib
import os
import random
import string
import subprocess
import sys
from collections import Counter
from itertools import chain, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forewarn.features import (
    FEATURES_PER_TOKEN,
    N_BUCKETS,
    Entries,
    distinct_buckets,
    token_buckets,
    unit_length,
)
from forewarn.tokens import symbol_table, tokenise

anything = st.text(st.characters(exclude_categories=()), max_size=60)
PHRASE = "the mayor of São Paulo's 3 cafés SAID “nobody” was hurt; 𝒜 storm 😀 didn’t hit Łódź"
words = st.sampled_from(PHRASE.split())
prose = st.lists(words | st.sampled_from([".", "\n", "\n\n", "?"])).map(" ".join)
documents = st.lists(anything | prose, max_size=6)

PINNED_TEXT = "Two cafés in Łódź were shut at 9 p.m. on 14 May.\n\n“Nobody’s hurt,” the mayor said."
PINNED_DIGEST = "4efb02b0d3a8b6ac7c880e7154c781a057c43dce3da38a88e5ccd8aa986eb38c"


def buckets(*texts: str) -> list[list[list[int]]]:
    """Return the buckets of every text: for each kind of feature, one of each token."""
    batch = tokenise(texts, symbol_table())
    found = token_buckets(batch)
    bounds = batch.sentences[batch.documents]
    return [found[:, first:last].tolist() for first, last in pairwise(bounds)]


def alike(first: str, second: str) -> bool:
    return buckets(first) == buckets(second)


def digest(text: str) -> str:
    batch = tokenise([text], symbol_table())
    return hashlib.sha256(token_buckets(batch).astype("<i8").tobytes()).hexdigest()


# -- what does not matter -------------------------------------------------------------------------


@given(documents)
def test_a_text_has_the_same_features_alone_and_among_others(several: list[str]) -> None:
    assert buckets(*several) == [buckets(text)[0] for text in several]


@given(documents, st.randoms(use_true_random=False))
def test_the_order_of_texts_is_the_order_of_their_features(
    several: list[str], shuffler: random.Random
) -> None:
    order = shuffler.sample(range(len(several)), len(several))
    in_order = buckets(*several)
    assert buckets(*(several[i] for i in order)) == [in_order[i] for i in order]


@given(anything | prose, anything | prose)
def test_paragraphs_have_the_features_of_their_parts(first: str, second: str) -> None:
    together, parts = buckets(f"{first}\n\n{second}")[0], buckets(first, second)
    assert together == [one + other for one, other in zip(*parts, strict=True)]


@given(st.text(string.ascii_letters + string.digits + " ,;-—éÉßŁłŻż", max_size=60))
def test_case_does_not_matter(text: str) -> None:
    # "ß" has no capital of one letter.
    assert alike(text.lower(), text.lower().replace("ß", "ẞ").upper())


@pytest.mark.parametrize(
    ("written", "also"),
    [
        ("café naïve Łódź São", "cafe naive Łodz Sao"),
        ("Wałęsa’s “no”, didn’t", "Wałęsa's \"no\", didn't"),
        ("“Go.” He left", '"Go." He left'),
        ("well-known", "well—known"),
        ("ＡＢＣ", "abc"),
        ("one  two\tthree", "one two three"),
    ],
)
def test_accents_quotes_dashes_and_spaces_do_not_matter(written: str, also: str) -> None:
    assert alike(written, also)


def test_numbers_matter_by_their_length() -> None:
    assert alike("killed 12 in 1999", "killed 34 in 2024")
    assert not alike("killed 12 in 1999", "killed 120 in 1999")
    assert not alike("12", "ab")


def test_the_ends_of_endless_words_do_not_matter() -> None:
    stem = "internationalisation"
    assert alike(stem + "a" * 10**5, stem + "b" * 40)
    assert not alike("internationalis", "internationally")


# -- what matters ---------------------------------------------------------------------------------


def test_words_stems_and_pairs_are_told_apart() -> None:
    [bleeding, bleeds] = buckets("bleeding", "bleeds")
    assert sum(one == other for one, other in zip(bleeding, bleeds, strict=True)) == 1
    [forth, back] = buckets("dog bites man", "man bites dog")
    assert [sorted(kind) for kind in forth] != [sorted(kind) for kind in back]
    assert sum(sorted(one) == sorted(other) for one, other in zip(forth, back, strict=True)) == 2


def test_words_of_two_sentences_are_no_pair() -> None:
    split = buckets("Rain fell. Boats sailed.")[0]
    assert split == [
        one + other for one, other in zip(*buckets("Rain fell", "Boats sailed"), strict=True)
    ]
    assert split != buckets("Rain fell boats sailed")[0]


def test_words_spread_over_the_buckets_like_chance() -> None:
    rng = random.Random(0)
    vocabulary = {
        "".join(rng.choices(string.ascii_lowercase, k=rng.randint(4, 9))) for _ in range(50_000)
    }
    found = token_buckets(tokenise(["\n".join(sorted(vocabulary))], symbol_table()))
    distinct = len(np.unique(found[0]))
    expected = N_BUCKETS * -np.expm1(-len(vocabulary) / N_BUCKETS)
    assert distinct == pytest.approx(expected, rel=0.01)


# -- any text -------------------------------------------------------------------------------------


@given(documents)
def test_every_token_has_its_features_within_the_table(several: list[str]) -> None:
    batch = tokenise(several, symbol_table())
    found = token_buckets(batch)
    assert found.shape == (FEATURES_PER_TOKEN, len(batch.starts))
    assert ((found >= 0) & (found < N_BUCKETS)).all()


@pytest.mark.parametrize("text", ["", " ", "\n\n", "...", "—“”"])
def test_a_text_without_words_has_no_features(text: str) -> None:
    assert buckets(text, "rain", text) == [[[]] * 3, buckets("rain")[0], [[]] * 3]


@pytest.mark.parametrize("text", ["😀", "𝒜 𝒷", "\ud83d", "\ude00 \ud83d", "a\ud800b", "\U0010ffff"])
def test_astral_characters_and_lone_surrogates_are_letters_of_their_own(text: str) -> None:
    assert len(buckets(text)[0][0]) == len(text.split())
    assert not alike(text, "".join("a" if ord(c) > 127 else c for c in text))


@pytest.mark.parametrize(
    ("text", "n_tokens"),
    [
        ("a" * 10**6, 1),
        ("a " * 500_000, 500_000),
        ("Rain fell. " * 90_909, 2 * 90_909),
        ("😀" * 10**6, 1),
        (" " * 10**6, 0),
        ("." * 10**6, 0),
    ],
    ids=["one word", "one sentence", "short sentences", "emoji", "spaces", "stops"],
)
def test_a_million_characters_are_one_text_like_any_other(text: str, n_tokens: int) -> None:
    assert len(buckets(text)[0][0]) == n_tokens


# -- distinct buckets -----------------------------------------------------------------------------

groups_of_buckets = st.lists(
    st.lists(st.sampled_from([0, 1, 2, 77, N_BUCKETS - 1]), min_size=1, max_size=8), max_size=8
)


def entries_of(groups: list[list[int]]) -> Entries:
    owners = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    return distinct_buckets(np.array([*chain.from_iterable(groups)], np.int64), owners)


@given(groups_of_buckets)
def test_each_group_has_its_own_buckets_once_and_counted(groups: list[list[int]]) -> None:
    entries = entries_of(groups)
    assert len(entries.bounds) == len(groups) + 1
    for group, first, last in zip(groups, entries.bounds, entries.bounds[1:], strict=False):
        found = zip(entries.buckets[first:last], entries.repeats[first:last], strict=True)
        assert [*found] == sorted(Counter(group).items())


@given(groups_of_buckets)
def test_each_group_has_unit_length_and_frequent_buckets_weigh_more(
    groups: list[list[int]],
) -> None:
    entries = entries_of(groups)
    values = unit_length(entries)
    for first, last in pairwise(entries.bounds):
        assert np.linalg.norm(values[first:last]) == pytest.approx(1, rel=1e-6)
        order = np.argsort(entries.repeats[first:last], kind="stable")
        assert (np.diff(values[first:last][order]) >= 0).all()


def test_more_groups_than_fit_in_32_bits_are_counted_alike() -> None:
    rng = np.random.default_rng(0)
    buckets = rng.integers(0, N_BUCKETS, (FEATURES_PER_TOKEN, 40_000))
    groups = np.repeat(np.arange(20_000), 2)
    many = distinct_buckets(buckets, groups)
    few = distinct_buckets(buckets[:, 38_000:], groups[38_000:] - 19_000)
    assert (many.buckets[many.bounds[19_000] :] == few.buckets).all()
    assert (many.repeats[many.bounds[19_000] :] == few.repeats).all()
    assert (unit_length(many)[many.bounds[19_000] :] == unit_length(few)).all()


def test_a_repeated_bucket_weighs_more_but_less_than_as_often() -> None:
    often, once = unit_length(entries_of([[1] * 9 + [2]]))
    assert once < often < 9 * once


@given(documents, st.randoms(use_true_random=False))
def test_a_text_weighs_the_same_alone_and_among_others(
    several: list[str], shuffler: random.Random
) -> None:
    def weighed(*texts: str) -> list[list[tuple[int, float]]]:
        batch = tokenise(texts, symbol_table())
        sizes = np.diff(batch.sentences[batch.documents])
        owners = np.repeat(np.arange(np.count_nonzero(sizes)), sizes[sizes > 0])
        entries = distinct_buckets(token_buckets(batch), owners)
        pairs = [*zip(entries.buckets.tolist(), unit_length(entries).tolist(), strict=True)]
        return [pairs[first:last] for first, last in pairwise(entries.bounds)]

    shuffler.shuffle(several)
    assert weighed(*several) == [row for text in several for row in weighed(text)]


# -- everywhere -----------------------------------------------------------------------------------


def test_buckets_are_the_same_on_every_machine_and_release() -> None:
    # Another digest means that every model file has to be trained anew.
    assert digest(PINNED_TEXT) == PINNED_DIGEST


@pytest.mark.parametrize("seed", ["1", "2"])
def test_buckets_do_not_depend_on_the_process(seed: str) -> None:
    code = (
        "import sys, hashlib\n"
        "from forewarn.features import token_buckets\n"
        "from forewarn.tokens import symbol_table, tokenise\n"
        "buckets = token_buckets(tokenise([sys.argv[1]], symbol_table()))\n"
        "print(hashlib.sha256(buckets.astype('<i8').tobytes()).hexdigest())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, PINNED_TEXT],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == digest(PINNED_TEXT)
