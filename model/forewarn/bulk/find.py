"""Which files a job's inputs are: files, folders and patterns, each file once."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from glob import glob, has_magic
from os import PathLike
from pathlib import Path

from forewarn.errors import InputError
from forewarn.inputs import FORMATS, Format, format_of


@dataclass(frozen=True, slots=True)
class Found:
    """A file to read.

    Attributes
    ----------
    name : str
        As the caller named it, or its folder.
    path : Path
        Absolute: a worker on a cluster runs in another folder.
    form : Format
    """

    name: str
    path: Path
    form: Format


def find_files(inputs: Iterable[str | PathLike[str]], without: Path | None = None) -> list[Found]:
    """Return the files that inputs name.

    Parameters
    ----------
    inputs : iterable of str or path-like
        Files; folders, of which all files of known formats are taken, in folders below too, in
        the order of their names; and patterns such as ``news/*.jsonl.gz`` or ``**/*.parquet``.
    without : Path, optional
        A folder whose files are never taken.

    Returns
    -------
    list of Found
        In the order given, no file twice.

    Raises
    ------
    InputError
        If there is no such file, a pattern or a folder gives none, or the name of a file does
        not tell its format.
    """
    found: dict[Path, Found] = {}
    barred = without.absolute() if without is not None else None
    for given in (str(item) for item in inputs):
        files = [
            Found(str(path), path.absolute(), form)
            for path in _expand(given)
            if (form := format_of(path)) is not None
            and not (barred is not None and path.absolute().is_relative_to(barred))
        ]
        if not files:
            raise InputError(_nothing(given))
        for file in files:
            found.setdefault(Path(os.path.realpath(file.path)), file)
    return list(found.values())


def _expand(given: str) -> Iterator[Path]:
    path = Path(given)
    if os.path.isdir(path):
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (Path(folder, name) for name in sorted(names) if not name.startswith("."))
    elif os.path.lexists(path):
        yield path
    elif has_magic(given):
        yield from (
            Path(name) for name in sorted(glob(given, recursive=True)) if os.path.isfile(name)
        )


def _nothing(given: str) -> str:
    known = ", ".join(FORMATS)
    if os.path.isdir(given):
        return f"{given}: no file in this folder ends in one of {known}"
    if os.path.lexists(given):
        return f"{given}: its name tells no format; let it end in one of {known}"
    if has_magic(given):
        return f"{given}: no file of this pattern ends in one of {known}"
    return f"{given}: no such file; check its name"
