"""A user's own labelled articles, read from JSON Lines to train on beside the gold texts."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from reprlib import repr as brief
from typing import Any

from forewarn.corpus.records import Spans
from forewarn.errors import InputError
from forewarn.jsonl import Row, kind, read_rows
from forewarn.taxonomy import SEVERITY_NAMES, TYPE_NAMES, Severity


@dataclass(frozen=True, slots=True)
class HouseText:
    """One article that a user labelled.

    Attributes
    ----------
    article : str
        ``house:`` and the row's ``id``, or a digest of its text where it has none: the group that
        cross-validation must keep together.
    text : str
        The article.
    severity : Severity
        The label.
    types : tuple of str
        Violence types.
    evidence : tuple of (int, int)
        Character spans that decided the severity; none are read.
    """

    article: str
    text: str
    severity: Severity
    types: tuple[str, ...] = ()
    evidence: Spans = ()


def read_labels(path: str | PathLike[str]) -> tuple[list[HouseText], list[InputError]]:
    """Read labelled articles, one JSON object a line.

    Parameters
    ----------
    path : str or path-like
        JSON Lines in UTF-8 with ``text``, ``severity`` (a name, or 0 to 3), and optionally
        ``types`` (a list of names) and ``id``. Other fields are passed over.

    Returns
    -------
    texts : list of HouseText
        The good rows, in order.
    faults : list of InputError
        One for each other row, naming the row, the field and what to do.

    Raises
    ------
    InputError
        If the file cannot be read at all.
    """
    texts: list[HouseText] = []
    faults: list[InputError] = []
    try:
        with Path(path).open("rb") as file:
            for item in _read(read_rows(file, str(path))):
                if isinstance(item, InputError):
                    faults.append(item)
                else:
                    texts.append(item)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror or error}); name a file of labelled articles"
        ) from error
    return texts, faults


def _read(rows: Iterator[Row | InputError]) -> Iterator[HouseText | InputError]:
    for row in rows:
        if isinstance(row, InputError):
            yield row
            continue
        try:
            yield _house_text(row)
        except InputError as error:
            yield error


def _house_text(row: Row) -> HouseText:
    text = row.text("text", "give the article there")
    if not text.strip():
        raise row.fault("field 'text' is blank; give the article there, or take the row out")
    return HouseText(_article(row, text), text, _severity(row), _types(row))


def _article(row: Row, text: str) -> str:
    name = row.fields.get("id")
    if name is None:
        name = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"house:{name}"


def _severity(row: Row) -> Severity:
    value: Any = row.fields.get("severity")
    if value in SEVERITY_NAMES:
        return Severity(SEVERITY_NAMES.index(value))
    if type(value) is int and 0 <= value < len(Severity):
        return Severity(value)
    choices = ", ".join(f"{level.value} {level}" for level in Severity)
    given = "missing" if "severity" not in row.fields else f"{brief(value)}, not a severity"
    raise row.fault(f"field 'severity' is {given}; give one of {choices}")


def _types(row: Row) -> tuple[str, ...]:
    names: Any = row.fields.get("types")
    if names is None:
        return ()
    if not isinstance(names, list):
        raise row.fault(f"field 'types' is {kind(names)}, not a list; give a list of names")
    for name in names:
        if name not in TYPE_NAMES:
            near = get_close_matches(str(name), TYPE_NAMES, n=1)
            choice = f"{near[0]!r} may be meant" if near else f"choose of {', '.join(TYPE_NAMES)}"
            raise row.fault(f"field 'types' has {brief(name)}, which is no violence type; {choice}")
    return tuple(dict.fromkeys(names))
