"""CSV and TSV: an article a row, parsed by pyarrow a block of whole rows at a time.

Blocks are found here, by a regular expression that passes over quoted line breaks: so memory is
bounded whatever the file, a part can begin at any row, and what stands before the damage in a
compressed file that was cut short is read. (pyarrow's own streaming reader has none of the three.)
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from os import SEEK_END
from typing import Any, BinaryIO

from forewarn.errors import InputError, MissingExtraError
from forewarn.inputs.files import STREAM_ERRORS
from forewarn.inputs.lines import parts_between
from forewarn.inputs.records import WHOLE, Fault, Fields, Part, Record
from forewarn.jsonl import LONGEST_LINE, missing

_BLOCK = 1 << 20  # bytes
_LONGEST_HEADER = 1 << 20
_LONGEST_ROW = LONGEST_LINE


@lru_cache
def _patterns(delimiter: bytes) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Return what matches as many whole rows as there are, and what matches one.

    A quote opens a field only as its first character, as pyarrow has it. A carriage return
    at the end of a block may be half of a line break.
    """
    field = rb'(?:"[^"]*+(?:""[^"]*+)*+"[^%b\r\n]*+|(?!")[^%b\r\n]*+)' % (delimiter, delimiter)
    row = rb"(?>%b(?:%b%b)*+(?:\n|\r\n|\r(?=[^\n])))" % (field, delimiter, field)
    return re.compile(rb"%b*+" % row), re.compile(row)


def _blocks(file: BinaryIO, delimiter: bytes, size: int | None) -> Iterator[bytes]:
    """Yield blocks of whole rows out of the next `size` bytes of a file.

    Raises
    ------
    InputError
        If a row does not end.
    """
    rows, _ = _patterns(delimiter)
    waiting = b""
    while chunk := file.read(_BLOCK if size is None else min(_BLOCK, size)):
        size = None if size is None else size - len(chunk)
        waiting += chunk
        if end := _end(rows, waiting):
            yield waiting[:end]
            waiting = waiting[end:]
        elif len(waiting) > _LONGEST_ROW:
            raise InputError(
                f"a row of more than {_LONGEST_ROW:,} bytes begins here; is a quote left open?"
            )
    if waiting:
        if not _end(rows, waiting + b"\n\n") > len(waiting):
            raise InputError("the file ends within quotes; close them")
        yield waiting


def _end(rows: re.Pattern[bytes], data: bytes) -> int:
    found = rows.match(data)
    return found.end() if found else 0


def _header(file: BinaryIO, delimiter: bytes) -> tuple[list[str], int]:
    """Read the names of the columns, and return them with the number of bytes they took."""
    length = 0

    def lines() -> Iterator[str]:
        nonlocal length
        while length < _LONGEST_HEADER and (line := file.readline(_LONGEST_HEADER)):
            length += len(line)
            yield line.decode("utf-8-sig" if length == len(line) else "utf-8")

    try:
        names = next(csv.reader(lines(), delimiter=delimiter.decode(), strict=True), [])
    except UnicodeDecodeError:
        raise InputError("its header is not UTF-8; convert the file to UTF-8") from None
    except csv.Error as error:
        raise InputError(f"its header cannot be read ({error}); name the columns there") from None
    return names, length


def read_delimited(
    file: BinaryIO, delimiter: str, fields: Fields, part: Part = WHOLE
) -> Iterator[Record | Fault]:
    r"""Read the rows of a CSV or TSV file as they are asked for.

    The first row names the columns; blank rows are passed over, and cells are text, whatever
    they look like.

    Parameters
    ----------
    file : binary file
        At its start; seekable where the part is not the whole.
    delimiter : str
    fields : Fields
    part : Part, optional
        Bytes, as `cut_delimited` gives them.

    Yields
    ------
    Record or Fault
        A record for every row, good or bad; a fault where the file cannot be read on.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.

    Examples
    --------
    >>> import io
    >>> for record in read_delimited(io.BytesIO(b'id,text\na,"Rain, sun."\nb\n'), ",", Fields()):
    ...     print(record.number, record.id, record.text if record.id else record.text.reason)
    1 a Rain, sun.
    2 None a row of 1 where the header has 2 columns; quote cells that hold ',' or line breaks
    """
    number = part.first
    try:
        names, start = _header(file, delimiter.encode())
        table = _Table(delimiter, len(names), fields, _places(names, fields))
        if part.start > start:
            file.seek(part.start)
        size = None if part.stop is None else part.stop - max(start, part.start)
        for block in _blocks(file, delimiter.encode(), size):
            for record in _rows(block, table, number):
                yield record
                number += 1
    except InputError as error:
        yield Fault(str(error), number=number)
    except STREAM_ERRORS as error:
        yield Fault(f"cannot be read on ({error}); get the file anew", number=number)


@dataclass(frozen=True, slots=True)
class _Table:
    """What a file's blocks have in common; `places` are the columns of text, id and kept fields."""

    delimiter: str
    n_columns: int
    fields: Fields
    places: list[int | None]


def _places(names: list[str], fields: Fields) -> list[int | None]:
    for name in (fields.text, *fields.keep):
        if name not in names:
            raise missing("column", name, names, fields.remedy)
        if names.count(name) > 1:
            raise InputError(f"two columns are named {name!r}; rename one of them")
    return [
        names.index(name) if name in names else None
        for name in (fields.text, fields.id, *fields.keep)
    ]


def _rows(block: bytes, table: _Table, first: int) -> Iterator[Record]:
    """Parse a block, and yield its rows with the bad ones in their places."""
    fields = table.fields
    columns, bad = _parse(block, table)
    good = zip(*columns, strict=True)
    for number in range(first, first + len(columns[0]) + len(bad)):
        if number - first in bad:
            fault = Fault(
                f"a row of {bad[number - first]} where the header has {table.n_columns} columns; "
                f"quote cells that hold {table.delimiter!r} or line breaks"
            )
            yield Record(number, fault, None, (None,) * len(fields.keep))
            continue
        cell, id_, *kept = next(good)
        text = decode_cell(cell, fields.text)
        yield Record(number, text, shown(id_), tuple([shown(value) for value in kept]))


def _parse(block: bytes, table: _Table) -> tuple[list[list[bytes | None]], dict[int, int]]:
    """Return the cells of the columns wanted, and the widths of the rows left out, by place."""
    try:
        import pyarrow as pa  # noqa: PLC0415 -- an extra
        from pyarrow import csv as arrow  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("reading CSV files", "files") from error
    bad = {}

    def leave_out(row: Any) -> str:
        bad[row.number - 1] = row.actual_columns
        return "skip"

    asked = sorted({str(place) for place in table.places if place is not None})
    found = arrow.read_csv(
        pa.BufferReader(block),
        arrow.ReadOptions(
            use_threads=False,
            block_size=len(block) + 1,
            column_names=[str(place) for place in range(table.n_columns)],
        ),
        arrow.ParseOptions(
            delimiter=table.delimiter, newlines_in_values=True, invalid_row_handler=leave_out
        ),
        arrow.ConvertOptions(
            check_utf8=False,
            include_columns=asked,
            column_types=dict.fromkeys(asked, pa.binary()),
            strings_can_be_null=False,
        ),
    )
    cells = {name: found.column(name).to_pylist() for name in asked}
    nothing: list[bytes | None] = [None] * found.num_rows
    return [nothing if at is None else cells[str(at)] for at in table.places], bad


def decode_cell(cell: bytes | None, field: str) -> str | Fault:
    """Return the text of a table's cell, or why there is none."""
    if cell is None:
        return Fault(f"field {field!r} is null, not a string; give it as one", field)
    try:
        return cell.decode()
    except UnicodeDecodeError as error:
        reason = (
            f"field {field!r} is not UTF-8 at byte {error.start} (0x{cell[error.start]:02X}); "
            "convert the file to UTF-8"
        )
        return Fault(reason, field)


def shown(cell: bytes | None) -> str | None:
    """Return a cell that is only passed on, whatever its bytes."""
    return None if cell is None else cell.decode(errors="replace")


def cut_delimited(file: BinaryIO, delimiter: str, fields: Fields, size: int) -> list[Part]:
    r"""Cut a CSV or TSV file into parts of whole rows, which `read_delimited` reads by itself.

    Parameters
    ----------
    file : binary file
        Seekable, at its start.
    delimiter : str
    fields : Fields
        That reading the parts will ask for.
    size : int
        Bytes that a part has at least, but for the last.

    Returns
    -------
    list of Part
        In order, and together the file.

    Raises
    ------
    InputError
        If a column is missing.

    Examples
    --------
    >>> import io
    >>> cut_delimited(io.BytesIO(b'id,text\n1,"a\nb"\n\n2,c\n'), ",", Fields(), 1)
    [Part(start=0, stop=21, first=1)]
    """
    _, row = _patterns(delimiter.encode())
    bounds = [(0, 1)]
    number = 1
    names, offset = _header(file, delimiter.encode())
    _places(names, fields)
    try:
        for block in _blocks(file, delimiter.encode(), None):
            offset += len(block)
            number += sum(block[found.start()] not in b"\r\n" for found in row.finditer(block))
            if offset - bounds[-1][0] >= size:
                bounds.append((offset, number))
    except InputError:  # which reading the last part meets again
        pass
    end = file.seek(0, SEEK_END)
    if bounds[-1][0] < end:
        bounds.append((end, number))
    return parts_between(bounds)
