"""Files by the format and compression that their names tell, opened as streams of bytes."""

import gzip
import io
import sys
import zlib
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, cast

from forewarn.errors import MissingExtraError

STANDARD_INPUT = Path("-")

# What reading a damaged stream raises, whichever of the two libraries decompresses it.
STREAM_ERRORS = (OSError, EOFError, zlib.error)


class Format(StrEnum):
    """How the bytes of a file hold articles."""

    TEXT = "text"
    HTML = "html"
    JSONL = "jsonl"
    CSV = "csv"
    TSV = "tsv"
    PARQUET = "parquet"
    WARC = "warc"


FORMATS = {
    ".txt": Format.TEXT,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".parquet": Format.PARQUET,
    ".warc": Format.WARC,
}
_COMPRESSED = (".gz", ".zst")


def format_of(path: Path) -> Format | None:
    """Return the format that a file's name tells, or None.

    Examples
    --------
    >>> str(format_of(Path("news.jsonl.gz"))), str(format_of(Path("CC-NEWS-1.warc.gz")))
    ('jsonl', 'warc')
    >>> format_of(Path("README")) is None
    True
    """
    if is_compressed(path):
        path = path.with_suffix("")
    return FORMATS.get(path.suffix.lower())


def is_compressed(path: Path) -> bool:
    """Return whether a file's name says that it is compressed as a whole."""
    return path.suffix.lower() in _COMPRESSED


def open_raw(path: Path) -> AbstractContextManager[BinaryIO]:
    """Open a file, or standard input, as it is."""
    if path == STANDARD_INPUT:
        return nullcontext(sys.stdin.buffer)
    return path.open("rb")


def open_stream(path: Path) -> AbstractContextManager[BinaryIO]:
    """Open a file, decompressing it where its name ends in ``.gz`` or ``.zst``.

    Parameters
    ----------
    path : Path

    Returns
    -------
    context manager of a binary file
        Reading it raises one of `STREAM_ERRORS` where the compressed stream is damaged or ends
        early, after what can be had of it.

    Raises
    ------
    OSError
        If the file cannot be opened.
    MissingExtraError
        If it is ``.zst`` and pyarrow is not installed.
    """
    match path.suffix.lower():
        case ".gz":
            return cast(BinaryIO, gzip.open(path))
        case ".zst":
            try:
                import pyarrow as pa  # noqa: PLC0415 -- an extra
            except ImportError as error:
                raise MissingExtraError("reading .zst files", "files") from error
            # zstandard's own reader takes a stream that was cut short for a whole one.
            return io.BufferedReader(pa.CompressedInputStream(pa.OSFile(str(path)), "zstd"))
        case _:
            return open_raw(path)
