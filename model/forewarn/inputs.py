"""Articles out of files of any kind, one after the other; what cannot be read becomes an error.

Errors are values in the stream, at the place of the article they stand for, so that no file and
no line costs its neighbours.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from forewarn.errors import ForewarnError, InputError
from forewarn.jsonl import Row, read_rows
from forewarn.pages import decode, extract_html

STANDARD_INPUT = Path("-")


class Format(StrEnum):
    """How the bytes of a file hold articles."""

    TEXT = "text"
    HTML = "html"
    JSONL = "jsonl"


_FORMATS = {".html": Format.HTML, ".htm": Format.HTML, ".jsonl": Format.JSONL}


@dataclass(frozen=True, slots=True)
class InputText:
    """One article, and where it came from.

    Attributes
    ----------
    source : str
        File as the caller named it, or "standard input".
    text : str
        The article. Offsets in a `Label` of it count in this.
    line : int, optional
        Line of the file, from 1, where the file has an article a line.
    id : Any, optional
        What the line gives as ``id``: any JSON value.
    extracted : bool, default=False
        Whether the text was extracted from a page, and so stands nowhere as it is.
    """

    source: str
    text: str
    line: int | None = None
    id: Any = None
    extracted: bool = False

    @property
    def place(self) -> str:
        """File and line, for people."""
        return self.source if self.line is None else f"{self.source}, line {self.line}"

    def origin(self) -> dict[str, Any]:
        """Return what JSON output says of where the article came from.

        Returns
        -------
        dict of str to Any
            ``source``; ``line`` and ``id`` where there are such; ``text`` where it was extracted.
        """
        origin: dict[str, Any] = {"source": self.source}
        if self.line is not None:
            origin["line"] = self.line
        if self.id is not None:
            origin["id"] = self.id
        if self.extracted:
            origin["text"] = self.text
        return origin


def read_articles(
    paths: Iterable[Path], *, field: str = "text", form: Format | None = None
) -> Iterator[InputText | InputError]:
    """Read the articles of several files, in order, as they are asked for.

    Parameters
    ----------
    paths : iterable of Path
        Files; ``-`` is standard input.
    field : str, default="text"
        Field of JSON Lines that holds the text.
    form : Format, optional
        How to read all of them; by default ``.jsonl`` has an article a line, ``.html`` and
        ``.htm`` are pages, and everything else, standard input too, is one article of plain text.

    Yields
    ------
    InputText or InputError
        An error, not raised, for a file or a line that cannot be read. Only one line of JSON
        Lines is held at a time.
    """
    for path in paths:
        source = "standard input" if path == STANDARD_INPUT else str(path)
        how = form or _FORMATS.get(path.suffix.lower(), Format.TEXT)
        try:
            with _open(path) as file:
                if how is Format.JSONL:
                    yield from _lines(file, source, field)
                else:
                    yield _whole(file, source, how)
        except OSError as error:
            yield InputError(f"{source}: {_reason(path, error)}")


def _open(path: Path) -> AbstractContextManager[BinaryIO]:
    if path == STANDARD_INPUT:
        return nullcontext(sys.stdin.buffer)
    return path.open("rb")


def _reason(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file; check its name"
    if os.path.isdir(path):  # Path.is_dir() raises for what stat() refuses
        return "a folder; name the files in it"
    return f"cannot be read ({error.strerror or error}); check that you may open it"


def _whole(file: BinaryIO, source: str, how: Format) -> InputText | InputError:
    """Read a file that is one article."""
    try:
        content = decode(file.read())
        if not content.strip():
            raise InputError("empty; give a file with an article in it")
        if how is Format.HTML:
            return InputText(source, extract_html(content), extracted=True)
        if "\0" in content:  # UTF-16 without a byte order mark, or no text at all
            raise InputError("not plain text, as it holds NUL characters; convert it to UTF-8")
        return InputText(source, content)
    except ForewarnError as error:
        return InputError(f"{source}: {error}")


def _lines(file: BinaryIO, source: str, field: str) -> Iterator[InputText | InputError]:
    """Read a file that has an article a line."""
    row = None
    for row in read_rows(file, source):
        yield row if isinstance(row, InputError) else _from_row(row, field)
    if row is None:
        yield InputError(f"{source}: empty; give a file with one JSON object a line")


def _from_row(row: Row, field: str) -> InputText | InputError:
    try:
        text = row.text(field, "name the field that holds the text with --field")
    except InputError as error:
        return error
    return InputText(row.source, text, row.line, row.fields.get("id"))
