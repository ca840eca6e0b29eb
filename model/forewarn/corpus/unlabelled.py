"""Unlabelled news texts, for counting how often a model warns on an ordinary day."""

import gzip
import logging
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

from forewarn.corpus.texts import texts_folder
from forewarn.errors import CorpusError, InputError
from forewarn.jsonl import read_rows

FILE = "unlabelled.jsonl.gz"

logger = logging.getLogger(__name__)


def load_unlabelled(folder: str | os.PathLike[str] | None = None) -> Iterator[str]:
    """Yield texts that nobody has labelled, where there are any at hand.

    Their articles are others than those picked for labelling, many of which looked graphic:
    violence may be rarer in them than in the source's own mix.

    Parameters
    ----------
    folder : path-like, optional
        A folder that may hold ``unlabelled.jsonl.gz``; by default the one that the environment
        variable ``FOREWARN_DATA`` names.

    Yields
    ------
    str
        Nothing where there is no such file. A line without a text is logged and left out.

    Raises
    ------
    CorpusError
        If the file cannot be decompressed.
    """
    place = texts_folder(folder)
    if place is not None and (place / FILE).exists():
        yield from _read(place / FILE)


def _read(path: Path) -> Iterator[str]:
    try:
        with gzip.open(path) as lines:
            for row in read_rows(lines, str(path)):
                try:
                    if isinstance(row, InputError):
                        raise row
                    yield row.text("text", "give the text there")
                except InputError as error:
                    logger.warning("%s; it is left out", error)
    except (OSError, EOFError, zlib.error) as error:
        raise CorpusError(f"{path} cannot be read ({error}): put a whole copy there") from error
