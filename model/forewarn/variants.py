"""The many forms in which one article may arrive, every word of it the same.

Each is a function of the article and of a source of chance, drawn from where there is no one way
to do it: where a word is broken, which cookie notice a page has. What sites set around articles
is in ``variants.toml``.
"""

import html
import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from importlib.resources import files
from random import Random
from string import Template
from textwrap import wrap

from forewarn.pages import extract_html

Variant = Callable[[str, Random], str]

_COLUMNS = 72  # of wire copy and of plain-text mail
_LONGEST_HEADLINE = 200  # characters
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"

_LONG_WORD = re.compile(r"[^\W\d_]{5,}")
_BREAKABLE = re.compile(r"\W*[^\W\d_]*[a-z]{3,}\W*")
_OPENING_QUOTE = re.compile(r"(?<![^\s(\[—–])[\"']")
_STRAIGHT = str.maketrans("“”„‘’‚", "\"\"\"'''")
_WINDOWS_1252 = {byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)}


# -- characters -----------------------------------------------------------------------------------


def upper_case(text: str, _: Random) -> str:
    """Return the text in capitals."""
    return text.upper()


def straight_quotes(text: str, _: Random) -> str:
    """Return the text with a typewriter's quotes and apostrophes."""
    return text.translate(_STRAIGHT)


def curly_quotes(text: str, _: Random) -> str:
    """Return the text with a printer's quotes and apostrophes.

    Examples
    --------
    >>> curly_quotes("'It's over,' she said.", Random())
    '‘It’s over,’ she said.'
    """
    text = _OPENING_QUOTE.sub(lambda match: "“" if match[0] == '"' else "‘", text)
    return text.replace('"', "”").replace("'", "’")


def composed(text: str, _: Random) -> str:
    """Return the text with each accented letter as one character (Unicode's form C)."""
    return unicodedata.normalize("NFC", text)


def decomposed(text: str, _: Random) -> str:
    """Return the text with accents as characters of their own (Unicode's form D)."""
    return unicodedata.normalize("NFD", text)


def as_entities(text: str, _: Random) -> str:
    """Return the text as HTML has it, in ASCII, with curly quotes.

    Examples
    --------
    >>> as_entities('"Café" & bar', Random())
    '&#8220;Caf&#233;&#8221; &amp; bar'
    """
    return html.escape(curly_quotes(text, _)).encode("ascii", "xmlcharrefreplace").decode()


def as_entities_twice(text: str, _: Random) -> str:
    """Return the text as HTML escaped once more."""
    return html.escape(as_entities(text, _))


def as_latin1(text: str, _: Random) -> str:
    """Return the text, with curly quotes, as UTF-8 that somebody read as Latin-1."""
    return curly_quotes(text, _).encode("utf-8", "replace").decode("latin-1")


def as_windows1252(text: str, _: Random) -> str:
    """Return the text, with curly quotes, as UTF-8 that somebody read as Windows-1252.

    Bytes that have no character there become C1 controls, as browsers have it.
    """
    return as_latin1(text, _).translate(_WINDOWS_1252)


def soft_hyphens(text: str, random: Random) -> str:
    """Return the text with a soft hyphen in every word of five letters or more."""
    return _within_words(text, "\xad", random)


def zero_widths(text: str, random: Random) -> str:
    """Return the text with some character of no width in every word of five letters or more."""
    return _within_words(text, _INVISIBLE, random)


def _within_words(text: str, characters: str, random: Random) -> str:
    def parted(match: re.Match[str]) -> str:
        place = random.randrange(1, len(match[0]))
        return match[0][:place] + random.choice(characters) + match[0][place:]

    return _LONG_WORD.sub(parted, text)


# -- lines ----------------------------------------------------------------------------------------


def wrapped_lines(text: str, _: Random) -> str:
    """Return the text with its lines wrapped to 72 columns."""
    return "\n".join("\n".join(wrap(line, _COLUMNS)) for line in text.split("\n"))


def broken_words(text: str, random: Random) -> str:
    """Return the text with its lines wrapped to 72 columns, and words broken to fill them."""
    return "\n".join(_set_line(line, random) for line in text.split("\n"))


def _set_line(line: str, random: Random) -> str:
    lines = [""]
    for word in line.split():
        room = _COLUMNS - len(lines[-1]) - 1
        places = range(2, min(room, len(word) - 2))
        if len(word) <= room or not lines[-1]:
            lines[-1] = f"{lines[-1]} {word}".lstrip()
        elif places and _BREAKABLE.fullmatch(word):
            place = random.choice(places)
            lines[-1] += f" {word[:place]}-"
            lines.append(word[place:])
        else:
            lines.append(word)
    return "\n".join(lines)


# -- pages ----------------------------------------------------------------------------------------


@cache
def furniture() -> Mapping[str, Sequence[str]]:
    """Return what sites set around an article: items of one or more lines, by kind."""
    kinds = tomllib.loads(_read("variants.toml"))
    return {kind: [item.strip() for item in items] for kind, items in kinds.items()}


def with_furniture(text: str, random: Random, kinds: Sequence[str] = ()) -> str:
    """Return the text with an item of page furniture of each kind above it, and one below it.

    Parameters
    ----------
    text : str
    random : Random
    kinds : sequence of str
        Of those that `furniture` has; all of them, in any order, by default.
    """
    above, below = (
        [_draw(kind, random) for kind in kinds or random.sample([*furniture()], len(furniture()))]
        for _ in range(2)
    )
    return "\n\n".join([*above, text, *below])


def news_page(text: str, random: Random) -> str:
    """Return a page of a news site, as HTML, with the article on it.

    The first paragraph is its headline, if it is as short as headlines are. Somewhere among the
    others stand a link to another story, a picture with its caption and a newsletter box.
    """
    headline, gap, body = text.partition("\n\n")
    if not gap or len(headline) > _LONGEST_HEADLINE:
        headline, body = "", text
    story = [f"<p>{html.escape(paragraph)}</p>" for paragraph in body.split("\n\n")]
    for kind, frame in _AMONG_PARAGRAPHS.items():
        story.insert(random.randint(1, len(story)), frame.format(_lines(kind, random)))
    return Template(_read("variants.html")).substitute(
        {kind: _lines(kind, random) for kind in furniture()},
        title=html.escape(f"{headline} | The Harrow Courier".removeprefix(" | ")),
        headline=f"<h1>{html.escape(headline)}</h1>" if headline else "",
        body="\n".join(story),
    )


_AMONG_PARAGRAPHS = {
    "links": '<a href="/news/8841">{}</a>',
    "captions": '<figure><img src="/images/2.jpg" alt=""><figcaption>{}</figcaption></figure>',
    "newsletters": '<div class="newsletter-box">{}</div>',
}


def through_page(text: str, random: Random) -> str:
    """Return the text that `forewarn.pages.extract_html` finds on the article's `news_page`.

    Raises
    ------
    MissingExtraError
        If trafilatura is not installed.
    """
    return extract_html(news_page(text, random))


def _lines(kind: str, random: Random) -> str:
    return "\n".join(f"<p>{html.escape(line)}</p>" for line in _draw(kind, random).split("\n"))


def _draw(kind: str, random: Random) -> str:
    return random.choice(furniture()[kind])


@cache
def _read(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


# -- all of them ----------------------------------------------------------------------------------

HTML_PAGE = "HTML page"

VARIANTS: Mapping[str, Variant] = {
    "upper case": upper_case,
    "straight quotes": straight_quotes,
    "curly quotes": curly_quotes,
    "NFC": composed,
    "NFD": decomposed,
    "HTML entities": as_entities,
    "HTML entities, escaped twice": as_entities_twice,
    "mojibake, Latin-1": as_latin1,
    "mojibake, Windows-1252": as_windows1252,
    "soft hyphens": soft_hyphens,
    "zero-width characters": zero_widths,
    "hyphenated line breaks": broken_words,
    "wrapped lines": wrapped_lines,
    "cookie notices": partial(with_furniture, kinds=["cookies"]),
    "newsletter boxes": partial(with_furniture, kinds=["newsletters"]),
    "read-more links": partial(with_furniture, kinds=["links"]),
    "image captions": partial(with_furniture, kinds=["captions"]),
    "share buttons": partial(with_furniture, kinds=["sharing"]),
    "all page furniture": with_furniture,
    HTML_PAGE: through_page,
}
