"""What every reader gives: records, one for each article of a file, and faults of the file."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fields:
    """Which fields of a record are asked for, by name.

    Attributes
    ----------
    text : str
        Holds the article.
    id : str
    keep : tuple of str
        Others, passed through.
    remedy : str
        What to do where there is no text field.
    """

    text: str = "text"
    id: str = "id"
    keep: tuple[str, ...] = ()
    remedy: str = "name the field that holds the text with --text-field"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a file that can be read without what stands before it.

    Attributes
    ----------
    start : int
        Where it starts: a byte, or in a Parquet file a row, from 0.
    stop : int, optional
        Where the next one starts; the end of the file by default.
    first : int
        Number of its first line or row, from 1.
    """

    start: int = 0
    stop: int | None = None
    first: int = 1


WHOLE = Part()


@dataclass(frozen=True, slots=True)
class Fault:
    """What cannot be read, and what to do.

    Attributes
    ----------
    reason : str
    field : str, optional
        The field at fault, where it is one.
    number : int, optional
        Where in the file, as in `Record`; for a fault that stands for no record.
    """

    reason: str
    field: str | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file that has one for each article.

    Attributes
    ----------
    number : int or None
        Line or row, from 1; in a WARC file the byte at which the record starts; none where the
        file is the article.
    text : str or Fault
        The article, or why there is none.
    id : Any
        JSON value, or text of a table's cell.
    kept : tuple of Any
        Values of `Fields.keep`: JSON values, or of a Parquet file Arrow arrays of one value.
    """

    number: int | None
    text: str | Fault
    id: Any = None
    kept: tuple[Any, ...] = ()
