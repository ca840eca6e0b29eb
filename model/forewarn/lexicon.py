"""What a model is told of words: which mean alike, and which are names.

A thousand vivid sentences name a shin once and entrails never. ``lexicon.txt`` says that both are
parts of the body; what training learns of the class then holds for all its words. ``names.txt``
lists the names of places, peoples, faiths and genders, which a model must not tell apart. The
files are read in training only: a model carries both as arrays.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from forewarn.features import N_BUCKETS, WORD, to_buckets, token_hashes
from forewarn.logits import unpack
from forewarn.tokens import symbol_table, tokenise


@cache
def read_lexicon() -> dict[str, tuple[str, ...]]:
    """Return the words of each class of meaning, in the order of the file.

    Examples
    --------
    >>> "shin" in read_lexicon()["body"]
    True
    """
    return _read_lists("lexicon.txt")


@cache
def read_names() -> dict[str, tuple[str, ...]]:
    """Return the words that name places and groups of people, by kind.

    Examples
    --------
    >>> "syria" in read_names()["countries"]
    True
    """
    return _read_lists("names.txt")


def _read_lists(name: str) -> dict[str, tuple[str, ...]]:
    """Read lists of words: a title, a colon and words; an empty line behind each list."""
    lines = files(__package__).joinpath(name).read_text(encoding="utf-8").splitlines()
    lists = "\n".join(line for line in lines if not line.startswith("#")).split("\n\n")
    titled = (part.split(":") for part in lists if part.strip())
    return {title.strip(): tuple(words.split()) for title, words in titled}


def name_hashes() -> NDArray[np.uint64]:
    """Return the hashes of the words in `read_names`, ascending, shape (n_names,)."""
    return np.unique(_word_hashes([word for words in read_names().values() for word in words]))


def _word_hashes(words: Sequence[str]) -> NDArray[np.uint64]:
    batch = tokenise(words, symbol_table())
    hashes: NDArray[np.uint64] = token_hashes(batch)[WORD]
    return hashes


@cache
def meanings_of_words() -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
    """Return the classes of the words in each bucket.

    Returns
    -------
    of_word : ndarray of uint8, shape (N_BUCKETS,)
        Row in `sets`; 0, the empty set, for most buckets.
    sets : ndarray of uint64, shape (n_sets,)
        Sets of classes: class ``i`` of the lexicon is bit ``i``.

    Raises
    ------
    ValueError
        If the words have more than 256 different sets of classes.
    """
    of_bucket = np.zeros(N_BUCKETS, np.uint64)
    for number, words in enumerate(read_lexicon().values()):
        of_bucket[to_buckets(_word_hashes(words))] |= np.uint64(1 << number)
    sets, of_word = np.unique(of_bucket, return_inverse=True)
    if len(sets) > 256:
        raise ValueError("the lexicon has more combinations of classes than a byte can number")
    return of_word.astype(np.uint8), sets


@cache
def membership() -> sp.csr_array:
    """Return which buckets hold words of which class, shape (N_BUCKETS, n_classes)."""
    of_word, sets = meanings_of_words()
    has = unpack(sets, len(read_lexicon()))
    filled = np.flatnonzero(of_word)
    rows, columns = np.nonzero(has[of_word[filled]])
    values = np.ones(len(rows))
    return sp.coo_array((values, (filled[rows], columns)), (N_BUCKETS, has.shape[1])).tocsr()
