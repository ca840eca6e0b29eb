"""Objects out of JSON Lines, one a line; a line that holds none becomes an error in its place."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from math import inf
from typing import Any, BinaryIO, NoReturn

from forewarn.errors import InputError

_JSON_NAMES = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "a string",
    list: "a list",
    dict: "an object",
    type(None): "null",
}

# 5 MB of text fit in whichever way they are escaped; what is longer would cost memory for nothing.
LONGEST_LINE = 1 << 24  # bytes

# So many of a record's own fields are named where the one asked for is missing.
_FIELDS_NAMED = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One line's object, and where it stands.

    Attributes
    ----------
    source : str
        File as the caller named it.
    line : int
        Number of the line, from 1.
    fields : dict of str to Any
        The object.
    """

    source: str
    line: int
    fields: dict[str, Any]

    def fault(self, what: str) -> InputError:
        """Return an error about this row."""
        return _fault(self.source, self.line, what)

    def text(self, field: str, remedy: str) -> str:
        """Return a field that must hold a string.

        Parameters
        ----------
        field : str
            Name of the field.
        remedy : str
            What to do where it is missing.

        Returns
        -------
        str

        Raises
        ------
        InputError
            If the row has no such field, or something other than a string in it.
        """
        try:
            return text_in(self.fields, field, remedy)
        except InputError as error:
            raise self.fault(str(error)) from None


def text_in(fields: Mapping[str, Any], field: str, remedy: str) -> str:
    """Return the string that an object holds in a field.

    Parameters
    ----------
    fields : mapping of str to Any
        The object.
    field : str
        Name of the field.
    remedy : str
        What to do where it is missing.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If there is no such field, or something other than a string in it.
    """
    if field not in fields:
        raise missing("field", field, fields, remedy)
    value = fields[field]
    if not isinstance(value, str):
        raise InputError(f"field {field!r} is {kind(value)}, not a string; give it as one")
    return value


def missing(what: str, name: str, names: Iterable[str], remedy: str) -> InputError:
    """Return the error that says which fields there are where the one asked for is not.

    Examples
    --------
    >>> print(missing("column", "text", ["id", "body"], "use --text-field"))
    no column 'text' (columns here: 'id', 'body'); use --text-field
    """
    found = ", ".join(map(repr, islice(names, _FIELDS_NAMED))) or "none"
    return InputError(f"no {what} {name!r} ({what}s here: {found}); {remedy}")


def bounded_lines(file: BinaryIO, size: int | None = None) -> Iterator[bytes]:
    r"""Read a file's lines one at a time, none of them longer than memory has room for.

    Parameters
    ----------
    file : binary file
    size : int, optional
        Read only lines that start within so many bytes from here; by default all.

    Yields
    ------
    bytes
        A line with its line feed; of one longer than `LONGEST_LINE` only that and a byte.

    Examples
    --------
    >>> import io
    >>> list(bounded_lines(io.BytesIO(b"one\ntwo\nthree"), size=5))
    [b'one\n', b'two\n']
    """
    left = inf if size is None else size
    while left > 0 and (line := file.readline(LONGEST_LINE + 1)):
        yield line
        left -= len(line)
        while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE + 1)
            left -= len(line)


def read_rows(lines: Iterable[bytes], source: str) -> Iterator[Row | InputError]:
    r"""Read JSON Lines as they come; nothing but the current line is held.

    Parameters
    ----------
    lines : iterable of bytes
        Lines in UTF-8, as iterating over a binary file gives them. Blank lines are passed over.
    source : str
        Name of the file, for messages.

    Yields
    ------
    Row or InputError
        In the order of the lines; an error, not raised, for a line that is no JSON object.

    Examples
    --------
    >>> for row in read_rows([b'{"text": "Rain."}\n', b"\n", b"[1]\n"], "news.jsonl"):
    ...     print(row)
    Row(source='news.jsonl', line=1, fields={'text': 'Rain.'})
    news.jsonl, line 3: a list, not an object; write one JSON object a line
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield Row(source, number, read_object(line))
            except InputError as error:
                yield _fault(source, number, str(error))


def read_object(line: bytes) -> dict[str, Any]:
    """Return the object that a line of JSON Lines holds.

    Parameters
    ----------
    line : bytes
        In UTF-8, with or without byte order mark and line feed.

    Returns
    -------
    dict of str to Any

    Raises
    ------
    InputError
        If the line holds no JSON object, or is longer than `LONGEST_LINE`.
    """
    if len(line) > LONGEST_LINE:
        raise InputError(f"longer than {LONGEST_LINE:,} bytes; give each article a line of its own")
    try:
        value = _DECODER.decode(line.decode().removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        raise InputError(
            f"not UTF-8 at byte {error.start} of the line (0x{line[error.start]:02X}); "
            "convert the file to UTF-8"
        ) from None
    except json.JSONDecodeError as error:
        raise InputError(
            f"no JSON ({error.msg}: character {error.pos + 1}); write one JSON object a line"
        ) from None
    except (ValueError, RecursionError) as error:  # numbers too long, lists too deep
        raise InputError(
            f"JSON that cannot be read ({error}); write one JSON object a line"
        ) from None
    if not isinstance(value, dict):
        raise InputError(f"{kind(value)}, not an object; write one JSON object a line")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _fault(source: str, line: int, what: str) -> InputError:
    return InputError(f"{source}, line {line}: {what}")


def kind(value: object) -> str:
    """Return what JSON calls a value, with its article.

    Examples
    --------
    >>> kind([1, 2]), kind(None)
    ('a list', 'null')
    """
    return _JSON_NAMES[type(value)]
