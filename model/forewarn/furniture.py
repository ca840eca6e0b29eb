"""Which sentences of a copied page are its furniture rather than its story.

A copied page carries cookie notices, newsletter boxes, share buttons, links to other stories.
They are told by phrases that hardly any story has, and by how they stand: what shares a line with
such a phrase, the list under "Most read", a menu of one word a line.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forewarn.features import PAIR, WORD, token_hashes
from forewarn.phrases import Phrases
from forewarn.tokens import TokenBatch, is_among, tokenise

Flags = NDArray[np.bool_]

# A sentence of at most so many tokens with one of these words or pairs in it is furniture.
# Longer ones are prose that happens to mention it. What photographers credit is left out with its
# sentence, but not "hide caption": what follows it tells what the picture shows.
_LONGEST_SENTENCE = 30
_PHRASES = """
subscribe; unsubscribe; subscriber; newsletter; newsletters; paywall; advertisement; recaptcha;
http; https; www; jpg; jpeg; png; webp;
sign up; signing up; sign in; create account; your account; your inbox; your email; email address;
valid email; invalid email; unlimited access; website access; digital access; free access;
free articles; cancel anytime; get updates; news alerts; push notifications; download our; our app;
app store; google play; google news; local journalism; our journalism; independent journalism;
dialog window; modal window; scroll down; watch live;
continue reading; keep reading; read more; read next; read also; also read; see also; also like;
learn more; up next; click here; tap here; story continues; article continues; more stories;
top stories; similar stories; related articles; related stories; related topics; related coverage;
related content; related links; related news; related video; recommended stories; recommended for;
most read; most viewed; most popular; trending now; sponsored content; sponsored links;
sponsored by; promoted content;
share this; share on; share via; tweet this; email this; print this; copy link; link copied;
send by; reading list; follow us; like us; contact us; view comments; add comment; post comment;
your comment; your say;
getty images; via getty; afp getty; ap photo; via ap; afp photo; via afp; via reuters; epa efe;
via shutterstock; rex shutterstock; handout via; photo by; photos by; photograph by;
photo courtesy; staff photo; file photo; file picture; file image; photo credit; picture credit;
image credit; image source; image caption; representational image; enlarge this; toggle caption;
use cookies; uses cookies; of cookies; as cookies; cookies to; cookies on; all cookies;
these cookies; accept cookies; manage cookies; essential cookies; necessary cookies;
optional cookies; functional cookies; performance cookies; targeting cookies; tracking cookies;
advertising cookies; marketing cookies; analytics cookies; party cookies; cookie policy;
cookie settings; accept all; manage preferences; manage consent; manage options; your preferences;
your consent; you consent; your privacy; privacy policy; privacy notice; privacy settings;
privacy choices; privacy center; privacy centre; your browser; your browsing; online experience;
your personal; our partners; advertising partners; personalised content; personalised ads;
personalised advertising; personalized content; personalized ads; personalized advertising;
tracking technologies; similar technologies; unique identifiers; ad blocker; ad blockers;
our site; our sites; our website; this website; our terms; terms of use; rights reserved
"""

# Pairs among these that stand above a list of links.
_HEADINGS = """
read next; up next; also like; more stories; top stories; related articles; related stories;
related topics; related coverage; related content; related links; related news; related video;
recommended stories; recommended for; most read; most viewed; most popular; trending now
"""
_LONGEST_HEADING = 5
_LONGEST_LINK = 20

# The rest of a line is furniture too where the whole has at most so many tokens: a notice of
# several sentences, a caption before its credit.
_LONGEST_LINE = 40

# So many lines in a row of at most so many tokens, without a full stop, are a menu.
_MENU_LINES, _LONGEST_LABEL = 3, 3


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """The lines of a batch in which a sentence starts; all arrays have shape (n_lines,).

    Attributes
    ----------
    sentences : ndarray of int64
        First sentence of each.
    tokens : ndarray of int64
        Number of tokens of its sentences.
    open : ndarray of bool
        Whether no punctuation closes the line.
    follows, within : ndarray of bool
        Whether it stands directly below the line before, and in the same document.
    """

    sentences: NDArray[np.int64]
    tokens: NDArray[np.int64]
    open: Flags
    follows: Flags
    within: Flags


class FurnitureFinder:
    """Finds page furniture in batches of texts.

    Parameters
    ----------
    table : ndarray of uint8, shape (65536,)
        What `forewarn.tokens.symbol_table` built.
    """

    def __init__(self, table: NDArray[np.uint8]) -> None:
        self._newline = table[ord("\n")]
        self._phrases = _hash_phrases(_PHRASES, table)
        self._headings = _hash_phrases(_HEADINGS, table)[PAIR].hashes

    def find(
        self, batch: TokenBatch, hashes: NDArray[np.uint64], buckets: NDArray[np.int64]
    ) -> Flags:
        """Tell which sentences are page furniture.

        Parameters
        ----------
        batch : TokenBatch
        hashes : ndarray of uint64, shape (3, n_tokens)
            What `forewarn.features.token_hashes` gave.
        buckets : ndarray of int64, shape (3, n_tokens)
            The same in buckets.

        Returns
        -------
        ndarray of bool, shape (n_sentences,)
        """
        named = np.zeros(len(batch.sentences) - 1, np.bool_)
        heads = named.copy()
        if not len(named):
            return named
        for kind, phrases in self._phrases.items():
            found = phrases.find(hashes[kind], buckets[kind])
            sentences = batch.sentences.searchsorted(found, side="right") - 1
            named[sentences] = True
            if kind == PAIR:
                heads[sentences] = is_among(hashes[kind, found], self._headings)
        named &= np.diff(batch.sentences) <= _LONGEST_SENTENCE
        lines = self._lines(batch)
        beside = _beside(lines, named) | _menus(lines) | _lists(lines, heads)
        if not beside.any():
            return named
        spread = named | np.repeat(beside, np.diff(lines.sentences, append=len(named)))
        # How a line stands is a guess: a text that is nothing else is no page but a short text.
        left = np.concatenate(([0], np.cumsum(~spread)))[batch.documents]
        nothing_else = np.repeat(left[1:] == left[:-1], np.diff(batch.documents))
        return np.where(nothing_else, named, spread)

    def _lines(self, batch: TokenBatch) -> _Lines:
        newlines = np.flatnonzero(batch.symbols == self._newline)
        numbers = newlines.searchsorted(batch.starts[batch.sentences[:-1]])
        first = np.flatnonzero(np.diff(numbers, prepend=-1))
        tokens = batch.sentences[np.append(first, len(numbers))]
        documents = batch.documents.searchsorted(first, side="right")
        return _Lines(
            sentences=first,
            tokens=np.diff(tokens),
            open=batch.symbols[batch.ends[tokens[1:] - 1]] <= self._newline,
            follows=np.diff(numbers[first], prepend=-1) == 1,
            within=np.diff(documents, prepend=-1) == 0,
        )


def _hash_phrases(phrases: str, table: NDArray[np.uint8]) -> dict[int, Phrases]:
    """Return the single words and the pairs among phrases, by kind of feature."""
    result = {}
    words = [phrase.split() for phrase in phrases.split(";")]
    for kind, n_words in ((WORD, 1), (PAIR, 2)):
        batch = tokenise([" ".join(phrase) for phrase in words if len(phrase) == n_words], table)
        result[kind] = Phrases.of(token_hashes(batch)[kind, batch.sentences[:-1]])
    return result


def _beside(lines: _Lines, named: Flags) -> Flags:
    """Tell which lines have furniture in them, and not much else."""
    found: Flags = np.logical_or.reduceat(named, lines.sentences)
    return found & (lines.tokens <= _LONGEST_LINE)


def _menus(lines: _Lines) -> Flags:
    """Tell which lines are buttons, topics or sections, one below the other."""
    label = lines.open & (lines.tokens <= _LONGEST_LABEL)
    opens = ~lines.within
    opens[1:] |= label[1:] != label[:-1]
    sizes = np.diff(np.flatnonzero(opens), append=len(label))
    return label & np.repeat(sizes >= _MENU_LINES, sizes)


def _lists(lines: _Lines, heads: Flags) -> Flags:
    """Tell which lines are links, directly below a heading that says so."""
    heading = np.logical_or.reduceat(heads, lines.sentences)
    heading &= lines.open & (lines.tokens <= _LONGEST_HEADING)
    link = lines.open & (lines.tokens <= _LONGEST_LINK)
    # The list goes back, link above link, to where it starts; there is a heading at or behind it.
    goes_on = lines.follows & link
    goes_on[1:] &= link[:-1]
    places = np.arange(len(link))
    start = np.maximum.accumulate(np.where(goes_on, 0, places))
    last_heading = np.maximum.accumulate(np.where(heading, places, -1))
    return link & (last_heading >= start)
