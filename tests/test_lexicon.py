"""The classes of meaning are words, and every one is found again by its bucket."""

import numpy as np

from forewarn.features import N_BUCKETS, WORD, to_buckets, token_hashes
from forewarn.lexicon import meanings_of_words, membership, read_lexicon
from forewarn.tokens import symbol_table, tokenise


def test_classes_are_words_without_repeats() -> None:
    lexicon = read_lexicon()
    assert 2 <= len(lexicon) <= 64
    for name, words in lexicon.items():
        assert name.isalpha()
        assert words
        assert len({*words}) == len(words), name
        assert all(word.isalpha() and word == word.lower() for word in words), name


def test_every_word_has_its_classes() -> None:
    of_word, sets = meanings_of_words()
    assert of_word.shape == (N_BUCKETS,)
    assert sets[0] == 0
    for number, words in enumerate(read_lexicon().values()):
        batch = tokenise(words, symbol_table())
        buckets = to_buckets(token_hashes(batch))[WORD]
        assert len(buckets) == len(words)
        assert ((sets[of_word[buckets]] >> np.uint64(number)) & np.uint64(1)).all()


def test_few_buckets_have_a_meaning_and_membership_lists_them() -> None:
    of_word, _ = meanings_of_words()
    members = membership()
    assert np.flatnonzero(np.diff(members.indptr)).tolist() == np.flatnonzero(of_word).tolist()
    assert 0 < np.count_nonzero(of_word) < 0.05 * N_BUCKETS
