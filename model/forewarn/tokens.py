"""A batch of articles as arrays of tokens, grouped in sentences, grouped in documents.

Everything is done by whole-batch array operations over UTF-16 code units, so that the cost of a
batch is a few dozen numpy calls whatever the number of tokens. One look-up table folds case,
accents and digits and tells words from what stands between them; it travels with the model, so
that a text has the same tokens under every version of Python's Unicode tables.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

# Symbols: what a code unit counts as. Below `_WORD` it separates tokens.
_SPACE, _NEWLINE, _PERIOD, _MARK, _CLOSER, _WORD = 0, 1, 2, 3, 4, 16
_DIGIT, _LETTER_A, _OTHER_LETTERS = 16, 17, 43
_SYMBOL = np.uint8(0x7F)
_LOWER_CASE = np.uint8(0x80)  # flag beside the symbol: a sentence does not open with this

_SEPARATORS = (
    dict.fromkeys("\n\x0b\x0c\x85\u2028\u2029", _NEWLINE)
    | {".": _PERIOD}
    | dict.fromkeys("!?…。！？", _MARK)
    | dict.fromkeys("\"'”’)]»", _CLOSER)
)

# Articles are laid end to end with this between them; no token or sentence crosses it.
_BREAK = "\n\n".encode("utf-16-le")
# So many units after the last article can be read past its end without a check.
MARGIN = 16

# A period after these ends no sentence, nor does one after a single letter ("U.S.", "J. Doe").
_SHORT = (
    "mr mrs ms dr st gen col sgt lt maj capt cmdr rep sen gov jr sr rev hon prof vs inc ltd co "
    "corp al jan feb mar apr jun jul aug sept sep oct nov dec mt ft"
)
_ABBREVIATIONS = frozenset(_SHORT.split())

# Lines in capitals of about this many characters that end in no punctuation were wrapped by a
# machine (wire copy is set at 60 to 75 columns), so the sentence goes on; shorter ones are
# headings, longer ones paragraphs. Other wrapped lines have been mended by `forewarn.text`.
_WRAPPED = range(50, 91)

# A run of words without punctuation is cut here; real sentences are almost never longer.
MAX_SENTENCE_TOKENS = 128


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Tokens of a batch of documents.

    Attributes
    ----------
    symbols : ndarray of uint8, shape (n_units,)
        Folded symbol of each code unit; `MARGIN` units of padding at the end.
    starts, ends : ndarray of int64, shape (n_tokens,)
        Code units at which each token starts and ends.
    sentences : ndarray of int64, shape (n_sentences + 1,)
        First token of each sentence, then the number of tokens. No sentence is empty.
    documents : ndarray of int64, shape (n_documents + 1,)
        First sentence of each document, then the number of sentences. Documents may be empty.
    origins : ndarray of int64, shape (n_documents,)
        Code unit at which each document starts.
    """

    symbols: NDArray[np.uint8]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    sentences: NDArray[np.int64]
    documents: NDArray[np.int64]
    origins: NDArray[np.int64]


@cache
def symbol_table() -> NDArray[np.uint8]:
    """Build the table that folds code units, from Python's own Unicode tables.

    Returns
    -------
    ndarray of uint8, shape (65536,)
        Symbol of each UTF-16 code unit in the low seven bits; the high bit marks lower case.
    """
    table = np.array([_symbol(unit) for unit in range(0x10000)], np.uint8)
    table.flags.writeable = False
    return table


def _symbol(unit: int) -> int:
    character = chr(unit)
    if 0xD800 <= unit < 0xE000:  # half of an astral character: a letter of its own kind
        return _other_letter(unit)
    if character in _SEPARATORS:
        return _SEPARATORS[character]
    category = unicodedata.category(character)
    if category[0] == "N":
        return _DIGIT
    if category[0] not in "LM":
        return _SPACE
    base = (unicodedata.normalize("NFKD", character).casefold() or character)[0]
    letter = _LETTER_A + ord(base) - ord("a") if "a" <= base <= "z" else _other_letter(ord(base))
    return letter | (int(_LOWER_CASE) if character.islower() else 0)


def _other_letter(code_point: int) -> int:
    return _OTHER_LETTERS + code_point % (int(_SYMBOL) + 1 - _OTHER_LETTERS)


def tokenise(texts: Sequence[str], table: NDArray[np.uint8]) -> TokenBatch:
    """Cut texts into tokens, sentences and documents.

    Parameters
    ----------
    texts : sequence of str
        One article each.
    table : ndarray of uint8, shape (65536,)
        What `symbol_table` built.

    Returns
    -------
    TokenBatch
    """
    encoded = [text.encode("utf-16-le", "surrogatepass") for text in texts]
    units = np.frombuffer(
        b"".join([_BREAK, _BREAK.join(encoded), _BREAK * (MARGIN // 2)]), np.dtype("<u2")
    )
    sizes = np.fromiter(map(len, encoded), np.int64, len(encoded)) + len(_BREAK)
    origins = (np.cumsum(sizes) - sizes + len(_BREAK)) // units.itemsize

    flagged = table.take(units)
    symbols = flagged & _SYMBOL
    in_word = symbols >= _WORD
    edges = np.flatnonzero(in_word[1:] != in_word[:-1]) + 1
    starts, ends = edges.reshape(-1, 2).T.copy()  # both contiguous: gathering from them is faster

    openings = np.concatenate((origins, *_sentence_openings(flagged, symbols, starts, ends)))
    openings.sort()
    first_tokens = starts.searchsorted(openings)
    # Two openings with no token between them open one sentence.
    opens = np.concatenate((first_tokens[1:] != first_tokens[:-1], [True]))
    opens &= first_tokens < len(starts)
    sentences = _split_long(np.append(first_tokens[opens], len(starts)))
    sentence_units = starts[sentences[:-1]]
    documents = np.append(sentence_units.searchsorted(origins), len(sentence_units))
    return TokenBatch(symbols, starts, ends, sentences, documents, origins)


def _sentence_openings(
    flagged: NDArray[np.uint8],
    symbols: NDArray[np.uint8],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the units behind line ends, and behind terminators, at which sentences open."""
    is_punctuation = (symbols >= _PERIOD) & (symbols <= _CLOSER)
    is_separator = symbols < _WORD

    newlines = np.flatnonzero(symbols == _NEWLINE)  # the first is unit 0, of a break
    lengths = newlines[1:] - newlines[:-1] - 1
    newlines = newlines[1:]
    last = newlines - 1
    last -= symbols[last] == _SPACE  # the carriage return of a CRLF, or a blank at the line's end
    wrapped = (lengths >= _WRAPPED.start) & (lengths < _WRAPPED.stop)
    wrapped &= ~is_punctuation[last] & (flagged[last] < _LOWER_CASE)
    after_lines = newlines[~wrapped] + 1

    terminators = np.flatnonzero((symbols == _PERIOD) | (symbols == _MARK))
    closed = terminators + 1
    for _ in range(3):  # of `?!”)`
        closed += is_punctuation[closed]
    following = closed + 1
    for _ in range(3):  # of ` “(`
        following += is_separator[following]
    ends_sentence = symbols[closed] <= _NEWLINE
    ends_sentence &= flagged[following] < _LOWER_CASE
    candidates = np.flatnonzero(ends_sentence)
    abbreviated = _abbreviations(symbols, starts, ends, terminators[candidates])
    return after_lines, closed[candidates[~abbreviated]]


def _abbreviations(
    symbols: NDArray[np.uint8],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    periods: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Tell which terminators stand directly after an abbreviation."""
    if not len(starts) or not len(periods):
        return np.zeros(len(periods), np.bool_)
    tokens = ends.searchsorted(periods, side="right") - 1
    lengths = ends[tokens] - starts[tokens]
    words = eight_symbols(symbols, starts[tokens], lengths)
    known = is_among(words, _ABBREVIATION_WORDS) | ((lengths == 1) & (words != _DIGIT))
    result: NDArray[np.bool_] = known & (ends[tokens] == periods) & (symbols[periods] == _PERIOD)
    return result


def is_among(values: NDArray[np.uint64], known: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Tell which values stand in a short ascending array; `numpy.isin` takes ten times as long."""
    found: NDArray[np.bool_] = known.take(known.searchsorted(values), mode="clip") == values
    return found


def eight_symbols(
    symbols: NDArray[np.uint8], places: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.uint64]:
    """Return the symbols at each place, as many as its size says but at most eight, as one number.

    Parameters
    ----------
    symbols : ndarray of uint8, shape (n_units,)
    places, sizes : ndarray of int64, shape (n,)

    Returns
    -------
    ndarray of uint64, shape (n,)
        The first symbol is the lowest byte. Bytes behind the size are 0, which no letter is.
    """
    # The eight symbols from each unit on, without copying.
    eights = np.ndarray((len(symbols) - 7,), "<u8", symbols, strides=(1,))
    numbers: NDArray[np.uint64] = eights[places] & _FIRST_BYTES.take(sizes, mode="clip")
    return numbers


_FIRST_BYTES = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)

_ABBREVIATION_WORDS = np.array(
    sorted(
        int.from_bytes((_LETTER_A + ord(letter) - ord("a") for letter in word), "little")
        for word in _ABBREVIATIONS
    ),
    np.uint64,
)


def _split_long(sentences: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cut sentences of more than `MAX_SENTENCE_TOKENS` tokens into pieces of that many."""
    lengths = sentences[1:] - sentences[:-1]
    if not len(lengths) or lengths.max() <= MAX_SENTENCE_TOKENS:
        return sentences
    pieces = -(-lengths // MAX_SENTENCE_TOKENS)
    first_pieces = np.cumsum(pieces) - pieces
    nth = np.arange(pieces.sum()) - np.repeat(first_pieces, pieces)
    split = np.repeat(sentences[:-1], pieces) + nth * MAX_SENTENCE_TOKENS
    return np.append(split, sentences[-1])
