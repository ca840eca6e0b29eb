"""Records out of a file of any format, or out of a part of it."""

import os
from collections.abc import Iterator
from pathlib import Path

from forewarn.errors import InputError
from forewarn.inputs.delimited import cut_delimited, read_delimited
from forewarn.inputs.documents import read_document
from forewarn.inputs.files import STANDARD_INPUT, Format, is_compressed, open_raw, open_stream
from forewarn.inputs.lines import cut_lines, read_lines
from forewarn.inputs.parquet import cut_parquet, read_parquet
from forewarn.inputs.records import WHOLE, Fault, Fields, Part, Record
from forewarn.inputs.warc import cut_warc, read_warc

# What a record's number counts, where a file has more than one article.
UNITS = {
    Format.JSONL: "line",
    Format.CSV: "row",
    Format.TSV: "row",
    Format.PARQUET: "row",
    Format.WARC: "byte",
}
_DELIMITERS = {Format.CSV: ",", Format.TSV: "\t"}


def read_records(
    path: Path,
    form: Format,
    fields: Fields,
    part: Part = WHOLE,
    *,
    largest: int | None = None,
) -> Iterator[Record | Fault]:
    """Read a file's records as they are asked for.

    Parameters
    ----------
    path : Path
        A file; ``-`` is standard input, which may hold all that is read from start to end.
    form : Format
    fields : Fields
    part : Part, optional
        One that `cut` gave; by default the whole file.
    largest : int, optional
        Refuse a text file or a page of more bytes unread.

    Yields
    ------
    Record or Fault
        A record for every article, good or bad, and a fault for what else cannot be read.

    Raises
    ------
    OSError
        If the file cannot be opened.
    InputError
        If standard input cannot be read in this format.
    MissingExtraError
        If reading this format needs an extra that is not installed.
    """
    if form in (Format.PARQUET, Format.WARC) and path == STANDARD_INPUT:
        raise InputError(f"{form} is not read from start to end; name a file")
    if form is Format.PARQUET:
        yield from read_parquet(path, fields, part)
        return
    with open_raw(path) if form is Format.WARC else open_stream(path) as file:
        match form:
            case Format.JSONL:
                yield from read_lines(file, fields, part)
            case Format.CSV | Format.TSV:
                yield from read_delimited(file, _DELIMITERS[form], fields, part)
            case Format.WARC:
                yield from read_warc(file, fields, part)
            case Format.TEXT | Format.HTML:
                yield read_document(file, form, fields, largest=largest)


def cut(path: Path, form: Format, fields: Fields, size: int) -> list[Part]:
    """Cut a file into parts that `read_records` reads each for itself, in any order.

    Parameters
    ----------
    path : Path
    form : Format
    fields : Fields
        That reading the parts will ask for.
    size : int
        Bytes that a part has about.

    Returns
    -------
    list of Part
        In order, and together the file. One part where a file cannot be entered midway: one
        article, a compressed file of many, a WARC file not compressed record by record.

    Raises
    ------
    OSError
        If the file cannot be read.
    InputError
        If the file cannot be read as what it is.
    MissingExtraError
        If reading this format needs an extra that is not installed.
    """
    if form is Format.PARQUET:
        return cut_parquet(path, fields, size)
    with open_raw(path) as file:
        match form:
            case Format.WARC:
                return cut_warc(file, size)
            case Format.JSONL if not is_compressed(path):
                return cut_lines(file, size)
            case Format.CSV | Format.TSV if not is_compressed(path):
                return cut_delimited(file, _DELIMITERS[form], fields, size)
            case _:
                return [WHOLE]


def place(source: str, number: int | None, unit: str) -> str:
    """Return file and record, for people.

    Examples
    --------
    >>> place("news.jsonl.gz", 7, "line")
    'news.jsonl.gz, line 7'
    """
    return source if number is None else f"{source}, {unit} {number}"


def reason(path: Path, error: OSError) -> str:
    """Return why a file cannot be opened, and what to do."""
    if isinstance(error, FileNotFoundError):
        return "no such file; check its name"
    if os.path.isdir(path):  # Path.is_dir() raises for what stat() refuses
        return "a folder; name the files in it"
    return f"cannot be read ({error.strerror or error}); check that you may open it"
