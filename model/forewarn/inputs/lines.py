"""JSON Lines: an article a line, and parts that begin where a line begins."""

from collections.abc import Iterator
from itertools import pairwise
from typing import BinaryIO

from forewarn.errors import InputError
from forewarn.inputs.files import STREAM_ERRORS
from forewarn.inputs.records import WHOLE, Fault, Fields, Part, Record
from forewarn.jsonl import bounded_lines, read_object, text_in

_CHUNK = 1 << 20  # bytes


def read_lines(file: BinaryIO, fields: Fields, part: Part = WHOLE) -> Iterator[Record | Fault]:
    r"""Read JSON Lines as they are asked for; blank lines are passed over.

    Parameters
    ----------
    file : binary file
        Seekable where the part is not the whole.
    fields : Fields
    part : Part, optional
        Bytes, as `cut_lines` gives them.

    Yields
    ------
    Record or Fault
        A record for every line, good or bad; a fault where the stream cannot be read on.

    Examples
    --------
    >>> import io
    >>> for record in read_lines(io.BytesIO(b'{"text": "Rain."}\n{"text": 5}\n'), Fields()):
    ...     print(record.number, getattr(record.text, "reason", record.text))
    1 Rain.
    2 field 'text' is a number, not a string; give it as one
    """
    if part.start:
        file.seek(part.start)
    size = None if part.stop is None else part.stop - part.start
    number = part.first
    try:
        for number, line in enumerate(bounded_lines(file, size), part.first):
            if line.strip():
                yield _record(number, line, fields)
    except STREAM_ERRORS as error:
        yield Fault(f"cannot be read on ({error}); get the file anew", number=number)


def _record(number: int, line: bytes, fields: Fields) -> Record:
    try:
        values = read_object(line)
    except InputError as error:
        return Record(number, Fault(str(error)), None, (None,) * len(fields.keep))
    kept = tuple([values.get(name) for name in fields.keep])
    text: str | Fault
    try:
        text = text_in(values, fields.text, fields.remedy)
    except InputError as error:
        text = Fault(str(error), fields.text)
    return Record(number, text, values.get(fields.id), kept)


def cut_lines(file: BinaryIO, size: int) -> list[Part]:
    r"""Cut a file into parts of whole lines, which `read_lines` reads each for itself.

    Parameters
    ----------
    file : binary file
        At its start.
    size : int
        Bytes that a part has at least, but for the last.

    Returns
    -------
    list of Part
        In order, and together the file.

    Examples
    --------
    >>> import io
    >>> cut_lines(io.BytesIO(b"one\ntwo\nthree"), 5)
    [Part(start=0, stop=8, first=1), Part(start=8, stop=13, first=3)]
    """
    bounds = [(0, 1)]
    offset, line = 0, 1
    while chunk := file.read(_CHUNK):
        done = 0
        while end := chunk.find(b"\n", max(done, bounds[-1][0] + size - 1 - offset)) + 1:
            line += chunk.count(b"\n", done, end)
            bounds.append((offset + end, line))
            done = end
        line += chunk.count(b"\n", done)
        offset += len(chunk)
    if bounds[-1][0] < offset:
        bounds.append((offset, line))
    return parts_between(bounds)


def parts_between(bounds: list[tuple[int, int]]) -> list[Part]:
    """Return the parts between bounds, each a position and the number of what stands there."""
    return [Part(start, stop, first) for (start, first), (stop, _) in pairwise(bounds)]
