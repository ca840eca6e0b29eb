"""WARC: an article a response, out of the HTML page that a crawler met.

A damaged record costs itself alone: reading goes on at the next one, which in ``.warc.gz`` is the
next member of the gzip file that holds a record. Parts begin at such members too.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO
from itertools import pairwise
from os import SEEK_END
from typing import Any, BinaryIO

from forewarn.errors import InputError, MissingExtraError
from forewarn.inputs.records import WHOLE, Fault, Fields, Part, Record
from forewarn.pages import decode, extract_html

LARGEST_PAGE = 5_000_000  # bytes; `extract_html` takes no more characters either

_MAGIC = b"\x1f\x8b\x08"  # of a gzip member
_MEMBER = re.compile(re.escape(_MAGIC))
_RECORD = re.compile(rb"(?<=\n)WARC/1\.\d\r\n(?=[\w-]+:)")
_START = b"WARC/1."

_WINDOW = 1 << 20  # bytes searched at once
_OVERLAP = 32  # bytes; what is searched for is shorter
_PEEK = 1 << 12  # bytes of a member, enough to tell what it starts with


def read_warc(file: BinaryIO, fields: Fields, part: Part = WHOLE) -> Iterator[Record | Fault]:
    """Read the responses of a WARC file, ``.warc`` or ``.warc.gz``, as they are asked for.

    Parameters
    ----------
    file : binary file
        Seekable, compressed as it is.
    fields : Fields
        Names of WARC headers, such as ``WARC-Date``; the text field names the article's text.
        Where there is no header of the id's name, the id is ``WARC-Target-URI``.
    part : Part, optional
        Bytes, as `cut_warc` gives them.

    Yields
    ------
    Record or Fault
        A record for every response, with an article or without; a fault for a stretch of the
        file in which no record can be read.

    Raises
    ------
    MissingExtraError
        If fastwarc or trafilatura is not installed.
    """
    try:
        from fastwarc.warc import ArchiveIterator, WarcRecordType  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise MissingExtraError("reading WARC files", "files") from error
    file.seek(0)
    packed = file.read(len(_MAGIC)) == _MAGIC
    head: Any = file if part.stop is None else _Head(file, part.stop)
    start: int | None = part.start
    damaged = False  # what cannot be read here has been told
    while start is not None:
        place = start
        try:
            head.seek(start)
            for record in ArchiveIterator(head, parse_http=False):
                place, damaged = record.stream_pos, False
                if record.record_type == WarcRecordType.response:
                    found, damaged = _article(record, place, fields)
                    yield found
            if packed and not damaged and _is_cut_short(head, place):
                yield Fault("the file is cut short here; get it anew", number=place)
            return
        except OSError as error:
            start = _next_record(head, place + 1, packed)
            if not damaged:
                what = f"no record can be read after this byte ({error}); get the file anew"
                yield Fault(what, number=place)
                damaged = True


class _Head:
    """A file as far as a part of it goes, so that a part's damage is its own."""

    def __init__(self, file: BinaryIO, stop: int) -> None:
        self._file, self._stop = file, stop
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        left = max(0, self._stop - self._file.tell())
        return self._file.read(left if size < 0 else min(size, left))

    def close(self) -> None:
        """Leave the file open for whoever opened it."""


def _article(record: Any, place: int, fields: Fields) -> tuple[Record, bool]:
    """Return a response's record, and whether the file is damaged there."""
    headers = record.headers
    text: str | Fault
    damaged = False
    try:
        text = extract_html(_page(record))
    except InputError as error:
        text = Fault(str(error))
    except OSError as error:
        text, damaged = Fault(f"the record cannot be read ({error}); get the file anew"), True
    id_ = headers.get(fields.id) or (headers.get("WARC-Target-URI") or "").strip("<>") or None
    shown = text if isinstance(text, str) else None
    kept = tuple([shown if name == fields.text else headers.get(name) for name in fields.keep])
    return Record(place, text, id_, kept), damaged


def _page(record: Any) -> str:
    """Return the HTML page that a response holds.

    Raises
    ------
    InputError
        If it holds none, or none that can be read.
    OSError
        If the record is damaged.
    """
    if not record.content_length:
        raise OSError("it is empty, or says not how long it is")
    record.parse_http()
    headers, size = record.http_headers, record.content_length
    body = record.reader.read(LARGEST_PAGE + 1)
    if len(body) < min(size, LARGEST_PAGE + 1):
        raise OSError(f"{size:,} bytes are announced, and {len(body):,} follow")
    if headers.status_code is None:
        raise InputError("no HTTP response in it; leave it out")
    if not 200 <= headers.status_code < 300:
        raise InputError(f"HTTP status {headers.status_code}, so no article; leave it out")
    if record.http_content_type not in ("text/html", "application/xhtml+xml"):
        kind = record.http_content_type or "without a content type"
        raise InputError(f"no HTML page ({kind}); leave it out")
    body = _unpacked(body, headers)
    if len(body) > LARGEST_PAGE:
        raise InputError(f"page larger than {LARGEST_PAGE:,} bytes; leave it out")
    return decode(body, record.http_charset)


def _unpacked(body: bytes, headers: Any) -> bytes:
    """Undo the encodings that HTTP headers name, those apart that the crawler has undone."""
    from fastwarc import stream_io  # noqa: PLC0415 -- an extra

    readers: list[Callable[[BytesIO], Any]] = []
    if "chunked" in (headers.get("Transfer-Encoding") or "").lower():
        readers.append(stream_io.ChunkedReader)
    match (headers.get("Content-Encoding") or "").strip().lower():
        case "gzip" | "x-gzip":
            readers.append(stream_io.GzipReader)
        case "deflate":
            readers.append(partial(stream_io.GzipReader, zlib=True))
        case "br":
            readers.append(stream_io.BrotliReader)
    for reader in readers:
        with suppress(OSError):
            body = reader(BytesIO(body)).read(LARGEST_PAGE + 1)
    return body


def _is_cut_short(file: BinaryIO, start: int) -> bool:
    """Return whether a gzip member from `start` on ends before it is complete."""
    file.seek(start)
    inflater = None
    try:
        while data := file.read(_PEEK):
            while data:
                inflater = inflater or zlib.decompressobj(wbits=31)
                inflater.decompress(data)
                data = inflater.unused_data
                if inflater.eof:
                    inflater = None
    except zlib.error:
        return True
    return inflater is not None


def _next_record(file: BinaryIO, start: int, packed: bool) -> int | None:
    """Return where the next record starts, or the next gzip member that holds one."""
    pattern = _MEMBER if packed else _RECORD
    while True:
        file.seek(start)
        window = file.read(_WINDOW)
        for found in pattern.finditer(window):
            if not packed or _holds_record(file, start + found.start()):
                return start + found.start()
        if len(window) < _WINDOW:
            return None
        start += _WINDOW - _OVERLAP


def _holds_record(file: BinaryIO, start: int) -> bool:
    file.seek(start)
    try:
        peek = zlib.decompressobj(wbits=31).decompress(file.read(_PEEK), len(_START))
    except zlib.error:
        return False
    return peek == _START


def cut_warc(file: BinaryIO, size: int) -> list[Part]:
    """Cut a ``.warc.gz`` file into parts of whole records, which `read_warc` reads by itself.

    Parameters
    ----------
    file : binary file
        Seekable, compressed as it is.
    size : int
        Bytes of the file that a part has at least, but for the last.

    Returns
    -------
    list of Part
        In order, and together the file. One part where the file is not compressed record by
        record: a page may hold what looks like a record's start.
    """
    file.seek(0)
    packed = file.read(len(_MAGIC)) == _MAGIC
    end = file.seek(0, SEEK_END)
    bounds = [0]
    while packed and (start := _next_record(file, bounds[-1] + size, packed)):
        bounds.append(start)
    if bounds[-1] < end:
        bounds.append(end)
    return [Part(start, stop) for start, stop in pairwise(bounds)]
