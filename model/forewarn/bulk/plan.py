"""How a job's files are cut into shards: the pieces of work that are done whole or not at all.

The plan follows from the inputs alone, whatever the number of processes, so that a job that goes
on after a stop, or on another machine, makes the same files.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from forewarn.bulk.find import Found
from forewarn.errors import InputError
from forewarn.inputs import Fields, Format, Part, cut, reason

# Shards are about a 64th of the job, which keeps some processes busy to the end, but none takes
# a worker more than some seconds, and none is so small that starting it counts.
_SHARDS = 64
_SMALLEST, _LARGEST = 1 << 20, 1 << 26  # bytes
_MOST_DOCUMENTS = 2_000

_DOCUMENTS = (Format.TEXT, Format.HTML)


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was when the job began.

    Attributes
    ----------
    file : Found
    size : int
        Bytes.
    changed : int
        When it was last written to, in nanoseconds.
    sha256 : str
        In hexadecimal; empty where the file cannot be read.
    parts : tuple of Part
    fault : str
        Why nothing of it can be read; empty where something can.
    """

    file: Found
    size: int = 0
    changed: int = 0
    sha256: str = ""
    parts: tuple[Part, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file, with all that a worker has to know of it.

    Attributes
    ----------
    file : Found
    part : Part
    size, changed : int
        As in `Source`, to see whether the file is still the same.
    """

    file: Found
    part: Part
    size: int
    changed: int


@dataclass(frozen=True, slots=True)
class Shard:
    """What is labelled into one file.

    Attributes
    ----------
    number : int
        From 0, in the order of the inputs.
    pieces : tuple of Piece
        One part of a file of many articles, or several files of one article.
    weight : int
        Bytes of input, for progress.
    """

    number: int
    pieces: tuple[Piece, ...]
    weight: int


def shard_size(files: Iterable[Found]) -> int:
    """Return how many bytes of input a shard of these files has, about."""
    total = 0
    for file in files:
        try:
            total += os.stat(file.path).st_size
        except OSError:  # which `survey` says of it
            continue
    return min(max(total // _SHARDS, _SMALLEST), _LARGEST)


def survey(file: Found, fields: Fields, size: int) -> Source:
    """Read a file through, to know it again and to cut it into parts.

    Parameters
    ----------
    file : Found
    fields : Fields
    size : int
        Bytes that a part has about.

    Returns
    -------
    Source
    """
    try:
        with file.path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        return Source(file, fault=reason(file.path, error))
    known = Source(file, status.st_size, status.st_mtime_ns, digest)
    if not status.st_size and file.form not in _DOCUMENTS:
        return replace(known, fault="empty; give a file with an article in it")
    try:
        return replace(known, parts=tuple(cut(file.path, file.form, fields, size)))
    except InputError as error:
        return replace(known, fault=str(error))
    except OSError as error:
        return replace(known, fault=reason(file.path, error))


def plan_shards(sources: Sequence[Source], size: int) -> list[Shard]:
    """Cut a job into shards.

    Parameters
    ----------
    sources : sequence of Source
    size : int
        Bytes that a shard of several files has at most.

    Returns
    -------
    list of Shard
        In the order of the sources.
    """
    return [
        Shard(number, tuple(pieces), weight)
        for number, (pieces, weight) in enumerate(_groups(sources, size))
    ]


def _groups(sources: Sequence[Source], size: int) -> Iterator[tuple[list[Piece], int]]:
    """Yield what makes a shard together, with its weight."""
    documents: list[Piece] = []
    held = 0
    for source in sources:
        pieces = [Piece(source.file, part, source.size, source.changed) for part in source.parts]
        single = source.file.form in _DOCUMENTS
        full = held + source.size > size or len(documents) == _MOST_DOCUMENTS
        if documents and (full or not single):
            yield documents, held
            documents, held = [], 0
        if single:
            documents += pieces
            held += source.size
        else:
            yield from (([piece], source.size // len(pieces)) for piece in pieces)
    if documents:
        yield documents, held
