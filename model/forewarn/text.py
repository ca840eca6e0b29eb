"""Undo what transport did to a text, keeping the way back to the caller's characters.

Articles arrive with HTML entities, with UTF-8 that somebody read as Latin-1 or Windows-1252, with
invisible characters inside words, with words broken at line ends and with accents as marks of
their own. Each of these hides a word from the model; lines that a machine wrapped hide where
sentences end. Nearly every article has none of them, so a few searches that run at memory speed
decide first whether there is anything to do at all.
Curly quotes, dashes, case and other white space are not damage, and stay as they are.
"""

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from html.entities import html5
from typing import NamedTuple


class Edit(NamedTuple):
    """One replacement: ``before[old_start:old_end]`` became ``after[start:end]``."""

    start: int
    end: int
    old_start: int
    old_end: int


@dataclass(frozen=True, slots=True)
class Repaired:
    """A clean text that knows which of the caller's characters gave which of its own.

    Attributes
    ----------
    text : str
        The clean text; the caller's own object where nothing had to be changed.
    edits : tuple of tuple of Edit, or None
        The replacements of each pass over the text, passes in the order they ran and edits in
        the order of the text; None where every character is still in its place.
    """

    text: str
    edits: tuple[tuple[Edit, ...], ...] | None = None

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        r"""Return the span of the caller's text that gave ``text[start:end]``.

        A boundary inside a replacement widens to the whole of it; what was removed beside the
        span stays outside, what was removed within it belongs to it.

        Parameters
        ----------
        start, end : int
            Character span in the clean text, ``0 <= start <= end <= len(text)``.

        Returns
        -------
        tuple of int
            Start and end in the caller's text. Growing arguments give growing results.

        Examples
        --------
        >>> damaged = "Caf&eacute; owner mur\u00addered"
        >>> repaired = repair(damaged)
        >>> repaired.text
        'Café owner murdered'
        >>> start, end = repaired.original_span(11, 19)
        >>> damaged[start:end] == "mur\u00addered"
        True
        """
        for edits in reversed(self.edits or ()):
            start, end = _old_start(edits, start), _old_end(edits, end)
        return min(start, end), end


def _start(edit: Edit) -> int:
    return edit.start


def _old_start(edits: tuple[Edit, ...], position: int) -> int:
    index = bisect_right(edits, position, key=_start) - 1
    if index < 0:
        return position
    edit = edits[index]
    return edit.old_start if position < edit.end else edit.old_end + position - edit.end


def _old_end(edits: tuple[Edit, ...], position: int) -> int:
    index = bisect_left(edits, position, key=_start) - 1
    if index < 0:
        return position
    edit = edits[index]
    return edit.old_end + max(0, position - edit.end)


# -- entities -------------------------------------------------------------------------------------

# Well-formed references only: a bare "AT&T; gt" or a query string is text. "&amp;" before a
# reference is escaping done again, however often. The longest name HTML knows has 31 letters.
_ENTITY = re.compile(
    r"&(?:amp;)*(?P<reference>#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,30};)"
)


def _character(match: re.Match[str]) -> str:
    reference = match["reference"]
    known = reference[0] == "#" or reference in html5
    return html.unescape("&" + reference) if known else "&" + reference


# -- mojibake -------------------------------------------------------------------------------------

# What each byte 0x80-0x9F shows as in Windows-1252; five bytes have no character there and are
# kept as C1 controls, which is also what Latin-1 makes of all 32. Above 0x9F the two agree.
_BYTE_OF = {ord(bytes([b]).decode("cp1252", "ignore") or chr(b)): b for b in range(0x80, 0xA0)}
_HIGH = "".join(map(chr, _BYTE_OF))
_CONTINUATION = rf"[\x80-\xbf{_HIGH}]"
_SEQUENCE = rf"(?:[Â-ß]{_CONTINUATION}|[à-ï]{_CONTINUATION}{{2}}|ð{_CONTINUATION}{{3}})"
_TYPOGRAPHIC = "\xa0«»‘’“”–—…•™\x85\x91-\x97\x99"
_LOWER = "a-zß-öø-ÿ"
_UPPER = "A-ZÀ-ÖØ-Þ"

# Two sequences in a row are never chance. A single one may be: a word that ends in an accented
# letter before a quote or dash ("CAFÉ”", "fiancé”—", "IRMÃ”") reads as a sequence too. So a single
# one counts only where no language would write it. The lead is matched first, by itself, so that
# the search can skip to it; looks behind then tell which it was.
_MOJIBAKE = re.compile(
    rf"""
    [Â-ð]
    (?: (?: (?<=[Â-ß]) | (?<=[à-ï]){_CONTINUATION} | (?<=ð){_CONTINUATION}{{2}} )
        {_CONTINUATION} {_SEQUENCE}+
      # punctuation and signs; of curly quotes and dashes, the third byte lost or straightened
      | (?<=â) (?: {_CONTINUATION}{{2}} | [€\x80](?:[\ufffd"]|(?!{_CONTINUATION})) )
      # byte order mark, ligatures, full width; Vietnamese; emoji
      | (?<=ï) [»¬¼¿]{_CONTINUATION} | (?<=á) [º»]{_CONTINUATION} | (?<=ð) {_CONTINUATION}{{3}}
      # no capital follows a small letter
      | (?<=[{_LOWER}][Â-ÖØ-Þ]) {_CONTINUATION}
      # no word ends in Â; before a plain space it is half of a no-break space
      | (?<=Â) (?: {_CONTINUATION} | (?=\s|$) )
      # words in capitals may end in Ã, in Portuguese
      | (?<=Ã) (?! (?<=[{_UPPER}]{{2}}Ã)[{_TYPOGRAPHIC}](?![{_UPPER}]) ) {_CONTINUATION}
      | (?<=[ÄÅÌ]) (?!\xad){_CONTINUATION} (?=[^\W\d_])
    )
    """,
    re.VERBOSE,
)


def _reread(match: re.Match[str]) -> str:
    run = match[0]
    if run == "Â":
        return ""
    if run in ("â€", "â\x80") or run[-1] == "\ufffd":  # Windows-1252 has no 0x9D, the end of ”
        return "”"
    if run[-1] == '"':  # a dash, whose 0x93 or 0x94 showed as a curly quote
        return "—"
    try:
        return run.translate(_BYTE_OF).encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return run


# Windows-1252 quotes and dashes read as Latin-1.
_QUOTES = re.compile("[\x91-\x97]")


def _quote(match: re.Match[str]) -> str:
    return match[0].encode("latin-1").decode("cp1252")


# -- invisible characters, line ends, accents -----------------------------------------------------

# Soft hyphen, zero-width space, (non-)joiner, direction marks, word joiner, byte order mark: what
# stands inside words. Direction embeddings and isolates stand around words, and part them rightly.
# A class once and then any more of it, since a search skips to a single class at memory speed.
_HIDDEN = r"[\xad\u200b-\u200f\u2060\ufeff]"
_INVISIBLE = re.compile(rf"{_HIDDEN}{_HIDDEN}*(?:(?<=\xad)\r?\n(?=[{_LOWER}]))?")

# A compound broken at its own hyphen ("well-\nknown") is joined too: in narrow columns a broken
# word is the commoner case, and nothing short of a dictionary tells them apart.
_BROKEN_WORD = re.compile(rf"-(?<=[^\W\d_]-)\r?\n(?=[{_LOWER}])")


def _nothing(_: re.Match[str]) -> str:
    return ""


# Where a sentence goes on in the next line, a machine ended the first one.
_WRAPPED = re.compile(rf"\n(?=[{_LOWER}])(?<=[^\n]\n)")
_ENDED = re.compile(r"[.!?…][\"'”’)\]»]*\s*\Z")
_HYPHENS = ("-", "-\r")  # what these part is joined without a space
_NARROWEST = 20  # characters; shorter lines are a list or a poem
_ROOM = 12  # characters; by a word the longest of a few lines may be shorter than they were set


def _unwrap(text: str) -> str:
    """Return the text, as long as it was, with a space for every line end that a machine set.

    Where a small letter follows is plain. The longest line that one follows tells how wide lines
    were set, and so which others ended only because the next word had no room.
    """
    if not _WRAPPED.search(text):
        return text
    lines = text.split("\n")
    sizes = [len(line.rstrip()) for line in lines]
    goes_on = [
        size > 0 and below[:1].islower() and not _ENDED.search(line[-4:])
        for size, line, below in zip(sizes, lines, lines[1:], strict=False)
    ]
    width = max((size for size, wrapped in zip(sizes, goes_on, strict=False) if wrapped), default=0)
    if width < _NARROWEST:
        return text
    for place, (size, below) in enumerate(zip(sizes, lines[1:], strict=False)):
        if size and not below[:1].islower():
            word = below.split(" ", 1)[0].rstrip()
            goes_on[place] = bool(word) and size - _ROOM <= width < size + 1 + len(word)
    pieces = [
        line + (" " if wrapped and not line.endswith(_HYPHENS) else "\n")
        for line, wrapped in zip(lines, goes_on, strict=False)
    ]
    unwrapped = "".join((*pieces, lines[-1]))
    return text if unwrapped == text else unwrapped


# The marks that accents of Latin script decompose to. Longer runs than the 30 of Unicode's
# Stream-Safe Text Format (UAX 15) are ornament, and normalising them takes quadratic time.
_MARKS = (
    "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u0309\u030a\u030b\u030c"
    "\u031b\u0323\u0326\u0327\u0328"
)
# The mark is looked for first: nearly every character is a letter, and hardly one has a mark.
_DECOMPOSED = re.compile(rf"(?s:.)(?=[{_MARKS}])(?<=[^\W\d_])[{_MARKS}]{{1,30}}(?![{_MARKS}])")


def _composed(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", match[0])


# -- all of them ----------------------------------------------------------------------------------

# Each with the characters without which it has nothing to do. For mojibake these are the leads of
# Latin letters, punctuation and emoji; other scripts are repaired beside them but not looked for,
# since "é" is such a lead too, and an article that names a café should not pay for it.
_Repairs = tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]], ...]
_ACCENTS = (_MARKS, _DECOMPOSED, _composed)
_CHARACTER_REPAIRS: _Repairs = (
    ("&", _ENTITY, _character),
    _ACCENTS,  # the leads of mojibake have accents too
    ("ÂÃÄÅÈÌâïð»", _MOJIBAKE, _reread),
    ("\x91\x92\x93\x94\x95\x96\x97", _QUOTES, _quote),
    ("\xad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", _INVISIBLE, _nothing),
)
_WORD_REPAIRS: _Repairs = (("\n", _BROKEN_WORD, _nothing), _ACCENTS)
_NON_ASCII_SIGNS = tuple(
    sign for signs, _, _ in _CHARACTER_REPAIRS for sign in signs if not sign.isascii()
)

# Escaped or misread twice is common, three times is not; the bound keeps the time linear.
_PASSES = 3


def needs_repair(text: str) -> bool:
    """Return whether `repair` could change the text, at the cost of a few memory searches.

    Parameters
    ----------
    text : str
        One article.

    Returns
    -------
    bool
        False only where ``repair(text)`` gives the text back as it is; True for about one news
        article in sixteen, mostly for an "&".

    Examples
    --------
    >>> needs_repair("“He didn’t,” said the mayor of Malmö — twice.")
    False
    >>> needs_repair("AT&amp;T")
    True
    """
    # str.rfind is some three times faster than `in` for two characters (CPython 3.11 to 3.13).
    if "&" in text or text.rfind("-\n") >= 0 or ("\r" in text and text.rfind("-\r\n") >= 0):
        return True
    if _WRAPPED.search(text):
        return True
    if text.isascii():
        return False
    for sign in _NON_ASCII_SIGNS:  # noqa: SIM110 -- any() over a generator takes 30 % longer
        if sign in text:
            return True
    return False


def repair(text: str) -> Repaired:
    r"""Return the text with the damage of transport undone.

    In this order: HTML entities, accents as combining marks, UTF-8 read as Latin-1 or
    Windows-1252, Windows-1252 quotes read as Latin-1, invisible characters, wrapped lines, words
    broken at line ends, and accents once more, since a misreading may have hidden some.

    Parameters
    ----------
    text : str
        One article, of any length and any code points. Time is linear in the length.

    Returns
    -------
    Repaired
        The clean text and the way back.

    Examples
    --------
    >>> repair("â€œItÂ’s a mur-\nder,â€\x9d he said of JosÃ©&amp;#8217;s death").text
    '“It’s a murder,” he said of José’s death'
    >>> text = "Nothing to do – not even for “São Paulo”"
    >>> repair(text).text is text
    True
    """
    if not needs_repair(text):
        return Repaired(text)
    text, of_characters = _apply(_CHARACTER_REPAIRS, text)
    text, of_words = _apply(_WORD_REPAIRS, _unwrap(text))
    return Repaired(text, (*of_characters, *of_words) or None)


def _apply(repairs: _Repairs, text: str) -> tuple[str, list[tuple[Edit, ...]]]:
    """Make repairs one after the other, noting the edits of each pass that made any."""
    passes = []
    for signs, pattern, replacement in repairs:
        for _ in range(_PASSES):
            if not any(sign in text for sign in signs):
                break
            text, edits = _substitute(pattern, replacement, text)
            if not edits:
                break
            passes.append(edits)
    return text, passes


def _substitute(
    pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str], text: str
) -> tuple[str, tuple[Edit, ...]]:
    """Replace every match, noting where; a match replaced by itself is no edit."""
    pieces: list[str] = []
    edits: list[Edit] = []
    done = length = 0
    for match in pattern.finditer(text):
        new = replacement(match)
        if new == match[0]:
            continue
        start, end = match.span()
        length += start - done
        pieces += (text[done:start], new)
        edits.append(Edit(length, length + len(new), start, end))
        length += len(new)
        done = end
    return "".join((*pieces, text[done:])) if edits else text, tuple(edits)
