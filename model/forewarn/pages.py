"""The text of an article out of the bytes or the HTML page that it came in.

Extraction is trafilatura's work (extra ``html``); here are only the bounds around it, since
pages come from anywhere and one of them must not hold up or end a batch.
"""

import codecs
import re
from contextlib import suppress
from typing import Any

from forewarn.errors import InputError, MissingExtraError

_LARGEST_PAGE = 5_000_000  # characters; a long read with all its scripts has some 2 million

# trafilatura's second opinion from other extractors takes time quadratic in the elements: 8 s for
# 20,000 of them, minutes for 100,000. News pages have a few thousand, each with two brackets.
_MOST_BRACKETS = 20_000

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Where the HTML standard has browsers look for a declaration, and the encodings taken on a page's
# word: Python knows others that are no charsets ("idna", "unicode_escape").
_DECLARATION = re.compile(
    rb"(?:<meta\b[^>]*?\bcharset|<\?xml\b[^>]*?\bencoding)\s*=\s*[\"']?\s*([\w-]+)", re.IGNORECASE
)
_DECLARATION_WITHIN = 1024
_CHARSETS = re.compile(
    r"iso-8859-\d+|windows-125\d|koi8-[ru]|gbk|gb2312|gb18030|big5|euc-jp|euc-kr|shift_jis"
)


def decode(data: bytes, charset: str | None = None) -> str:
    r"""Return the characters of a text file or an HTML page.

    A byte order mark decides (UTF-8, UTF-16); without one the bytes are UTF-8, or else what came
    with them or the page declares in its first 1,024 bytes, with ISO-8859-1 read as Windows-1252
    as browsers do.

    Parameters
    ----------
    data : bytes
        The file as it stands on disk or came over the wire.
    charset : str, optional
        What a HTTP header said of it.

    Returns
    -------
    str
        The text, without its byte order mark.

    Raises
    ------
    InputError
        If the bytes are none of these; the message names the first byte that is not.

    Examples
    --------
    >>> decode(b"\xef\xbb\xbfCaf\xc3\xa9")
    'Café'
    >>> decode(b"<meta charset=iso-8859-1>\x93Caf\xe9\x94")
    '<meta charset=iso-8859-1>“Café”'
    >>> decode(b"Caf\xe9")
    Traceback (most recent call last):
        ...
    forewarn.errors.InputError: not UTF-8 at byte 3 (0xE9): convert it to UTF-8, or declare ...
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode(data, encoding, skip=len(mark))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode(data, _known(charset) or _known(_declared_charset(data)) or "utf-8")


def _decode(data: bytes, encoding: str, skip: int = 0) -> str:
    try:
        return data[skip:].decode(encoding)
    except UnicodeDecodeError as error:
        position = skip + error.start
        message = (
            f"not {encoding.upper()} at byte {position} (0x{data[position]:02X}): "
            "convert it to UTF-8, or declare its charset in the page"
        )
        raise InputError(message) from error


def _declared_charset(data: bytes) -> str | None:
    declaration = _DECLARATION.search(data, 0, _DECLARATION_WITHIN)
    return declaration[1].decode("latin-1") if declaration else None


def _known(charset: str | None) -> str | None:
    """Return the codec of a charset that is taken on a page's word."""
    charset = (charset or "").lower()
    if not _CHARSETS.fullmatch(charset):
        return None
    if charset == "iso-8859-1":
        return "windows-1252"
    try:
        codecs.lookup(charset)
    except LookupError:
        return None
    return charset


def extract_html(page: str) -> str:
    """Return an HTML page's article: headline, blank line, body.

    Navigation, cookie notices, share buttons, related stories and readers' comments are left out
    as far as trafilatura knows them. Nothing is fetched.

    Parameters
    ----------
    page : str
        A page, or a part of one, of at most 5 million characters.

    Returns
    -------
    str
        The article; the body alone where the page has no headline.

    Raises
    ------
    InputError
        If the page is too long, cannot be parsed, or holds no article text.
    MissingExtraError
        If trafilatura is not installed.

    Examples
    --------
    >>> print(extract_html("<h1>Fire at mill</h1><p>A mill burned down.<p>Nobody was hurt."))
    Fire at mill
    <BLANKLINE>
    A mill burned down.
    Nobody was hurt.
    """
    try:
        from trafilatura import bare_extraction, load_html  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise MissingExtraError("reading HTML pages", "html") from error
    if len(page) > _LARGEST_PAGE:
        raise InputError(
            f"page of {len(page):,} characters is longer than {_LARGEST_PAGE:,}: "
            "pass the article's text or its part of the page",
        )
    if "<html" not in page.lower():  # a part of a page would be refused as dubious
        page = f"<html>{page}</html>"
    # libxml2 stops reading at a lone surrogate.
    page = page.encode("utf-8", "replace").decode("utf-8")
    try:
        tree: Any = load_html(page)
        headline = "" if tree is None else _headline(tree)
        document: Any = bare_extraction(
            tree, include_comments=False, fast=page.count("<") > _MOST_BRACKETS
        )
    except Exception as error:  # whatever a hostile page does to the parser ends here
        raise InputError(
            f"page cannot be parsed ({error}): pass the article's text instead"
        ) from error
    body = (document.text or "").strip() if document else ""
    if not body:
        raise InputError(
            f"no article text found in a page of {len(page):,} characters: "
            "pass the article's text instead",
        )
    first, _, rest = body.partition("\n")
    if first.strip() == headline:
        body = rest.lstrip()
    return f"{headline}\n\n{body}".strip()


def _headline(tree: Any) -> str:
    """Return a page's title as trafilatura finds it among other metadata.

    All metadata take three times as long as the article itself: for the date alone the whole page
    is searched.
    """
    from trafilatura import metadata  # noqa: PLC0415 -- an extra

    found = metadata.examine_meta(tree)
    with suppress(Exception):  # what stands there as JSON may be anything
        found = metadata.extract_meta_json(tree, found)
    found.title = found.title or metadata.extract_title(tree)
    found.clean_and_trim()
    return (found.title or "").strip()
