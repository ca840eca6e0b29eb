"""One shard's work: read its records, label them, and put the result in place in one step."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from forewarn._version import __version__
from forewarn.bulk.find import Found
from forewarn.bulk.plan import Piece, Shard
from forewarn.bulk.rows import Output, Row, open_rows
from forewarn.classifier import Classifier
from forewarn.errors import ForewarnError, InputError
from forewarn.inputs import (
    Fault,
    Fields,
    Format,
    Record,
    column_types,
    read_records,
    reason,
)
from forewarn.labels import Label
from forewarn.predict import load
from forewarn.taxonomy import SEVERITY_NAMES

LARGEST_TEXT = 5_000_000  # bytes

# Records are labelled in chunks of about so many characters, a few of the model's own batches.
_CHUNK_CHARACTERS = 1 << 21
_CHUNK_RECORDS = 1 << 11


@dataclass(frozen=True, slots=True)
class Job:
    """What is done to every shard.

    Attributes
    ----------
    folder : Path
        Where labels go, in the folder ``labels``.
    work : Path
        Where unfinished files and ledgers are. Its name is the job's own: what is left of
        another job's processes finds no such folder, and can do no harm.
    fields : Fields
    output : Output
    model : Path or None
        The model's file; None for the released one.
    digest : str
        The model's.
    operating_point : str
    threshold : float or None
    """

    folder: Path
    work: Path
    fields: Fields
    output: Output
    model: Path | None
    digest: str
    operating_point: str
    threshold: float | None
    version: str = __version__

    def labels(self, number: int) -> Path:
        """Return where a shard's labels go."""
        return self.folder / "labels" / f"part-{number:06}.{self.output}"

    def ledger(self, number: int) -> Path:
        """Return where a shard's ledger goes: its errors, a line each, and then its totals.

        It is put in place last: a shard that has one is finished.
        """
        return self.work / f"{number:06}.jsonl"


@dataclass(frozen=True, slots=True)
class Totals:
    """What became of a shard.

    Attributes
    ----------
    number : int
        The shard's.
    records : int
        Rows of its labels.
    refused : int
        Rows that have an error.
    errors : int
        Lines of its ledger: rows refused, and stretches that could not be read.
    severities : tuple of int
        Articles of each severity.
    size : int
        Bytes of its labels.
    """

    number: int
    records: int
    refused: int
    errors: int
    severities: tuple[int, ...]
    size: int


def finished(job: Job, number: int) -> Totals | None:
    """Return a shard's totals if it is finished and its labels are in place."""
    try:
        with job.ledger(number).open("rb") as file:
            file.seek(-min(os.fstat(file.fileno()).st_size, 1024), os.SEEK_END)
            fields = json.loads(file.read().splitlines()[-1])
        totals = Totals(**fields | {"severities": tuple(fields["severities"])})
        return totals if job.labels(number).stat().st_size == totals.size else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def label_shard(job: Job, shard: Shard) -> Totals:
    """Label a shard, unless that is done.

    Parameters
    ----------
    job : Job
    shard : Shard

    Returns
    -------
    Totals

    Raises
    ------
    ForewarnError
        If an input file has changed since the job began, the labels cannot be written, or this
        worker has another model or version than the one that began the job.
    """
    if done := finished(job, shard.number):
        return done
    classifier = _classifier(job)
    # A name of its own, as another worker may be at the same shard, taken for dead.
    draft = job.work / f"{shard.number:06}.{uuid4().hex}.draft"
    ledger = draft.with_suffix(".ledger")
    try:
        counts = _write(job, shard, classifier, draft, ledger)
        for piece in shard.pieces:
            _expect_unchanged(piece)
        totals = Totals(
            number=shard.number,
            records=counts["records"],
            refused=counts["refused"],
            errors=counts["errors"],
            severities=tuple(counts[severity] for severity in SEVERITY_NAMES),
            size=draft.stat().st_size,
        )
        with ledger.open("a", encoding="ascii", newline="\n") as notes:
            notes.write(json.dumps(asdict(totals)) + "\n")
        _put(draft, job.labels(shard.number))
        _put(ledger, job.ledger(shard.number))
    except OSError as error:
        raise ForewarnError(
            f"{job.folder}: labels cannot be written ({error.strerror or error}); "
            "mend that and give the same command again"
        ) from error
    finally:
        for path in (draft, ledger):
            with suppress(OSError):
                path.unlink(missing_ok=True)
    return totals


def _write(
    job: Job, shard: Shard, classifier: Classifier, draft: Path, ledger: Path
) -> Counter[str]:
    """Write labels and errors, and return how many there are of each kind and severity."""
    counts = Counter[str]()
    with (
        open_rows(draft, job.output, _kept(job, shard)) as write,
        ledger.open("w", encoding="ascii", newline="\n") as notes,
    ):

        def note(file: Found, number: int | None, fault: Fault) -> str:
            where = {"file": file.name, "record": number, "field": fault.field}
            notes.write(json.dumps(where | {"reason": fault.reason}) + "\n")
            counts["errors"] += 1
            return fault.reason

        for chunk in _chunks(_read(job, shard), job.fields):
            texts = [item.text for _, item in chunk if isinstance(item, Record)]
            labels = classifier.iter_labels(text for text in texts if isinstance(text, str))
            rows = []
            for file, item in chunk:
                if isinstance(item, Fault):
                    note(file, item.number, item)
                    continue
                said: Label | str
                if isinstance(item.text, Fault):
                    said = note(file, item.number, item.text)
                    counts["refused"] += 1
                else:
                    said = next(labels)
                    counts[str(said.severity)] += 1
                rows.append(Row(_name(file, item), said, item.kept))
            write(rows)
            counts["records"] += len(rows)
    return counts


def _read(job: Job, shard: Shard) -> Iterator[tuple[Found, Record | Fault]]:
    """Yield what there is in a shard."""
    for piece in shard.pieces:
        file = piece.file
        try:
            for item in read_records(
                file.path, file.form, job.fields, piece.part, largest=LARGEST_TEXT
            ):
                yield file, item
        except OSError as error:
            yield file, Fault(reason(file.path, error))


def _checked(record: Record, text: str, fields: Fields) -> Record:
    if not text or text.isspace():
        why = "the text is empty; leave it out"
    # No character takes less than a byte, and none more than four.
    elif (
        len(text) * 4 > LARGEST_TEXT
        and (size := len(text.encode("utf-8", "surrogatepass"))) > LARGEST_TEXT
    ):
        why = f"the text has {size:,} bytes, more than {LARGEST_TEXT:,}; split it"
    else:
        return record
    return replace(record, text=Fault(why, fields.text))


def _chunks(
    items: Iterable[tuple[Found, Record | Fault]], fields: Fields
) -> Iterator[list[tuple[Found, Record | Fault]]]:
    """Group what there is, refusing the texts that are not to be labelled."""
    chunk: list[tuple[Found, Record | Fault]] = []
    characters = 0
    for file, item in items:
        if isinstance(item, Record) and isinstance(item.text, str):
            characters += len(item.text)
            chunk.append((file, _checked(item, item.text, fields)))
        else:
            chunk.append((file, item))
        if characters >= _CHUNK_CHARACTERS or len(chunk) == _CHUNK_RECORDS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def _name(file: Found, record: Record) -> str:
    """Return a record's id as text, or where it has none, its file and number."""
    match record.id:
        case None | "":
            number = "" if record.number is None else f":{record.number}"
            return f"{file.name}{number}"
        case str(name):
            return name
        case value:
            return json.dumps(value, ensure_ascii=False)


def _kept(job: Job, shard: Shard) -> dict[str, Any]:
    """Return the columns to pass through, with their Arrow types where they have some."""
    file, names = shard.pieces[0].file, job.fields.keep
    if file.form is not Format.PARQUET:
        return dict.fromkeys(names)
    return dict(zip(names, column_types(file.path, names), strict=True))


@lru_cache(maxsize=1)
def _classifier(job: Job) -> Classifier:
    """Load the job's model, once in a process; its arrays are mapped from the file."""
    if job.version != __version__:
        raise ForewarnError(
            f"a worker has forewarn {__version__}, and the job was begun with {job.version}; "
            "install the same version everywhere"
        )
    classifier = load(job.model, operating_point=job.operating_point, threshold=job.threshold)
    if classifier.info.digest != job.digest:
        raise ForewarnError(
            f"a worker has the model {classifier.info.digest[:12]}, and the job was begun with "
            f"{job.digest[:12]}; give all workers the same file"
        )
    return classifier


def _expect_unchanged(piece: Piece) -> None:
    try:
        status = piece.file.path.stat()
    except OSError as error:
        why = reason(piece.file.path, error)
    else:
        if (status.st_size, status.st_mtime_ns) == (piece.size, piece.changed):
            return
        why = "it changed while it was being read"
    raise InputError(f"{piece.file.name}: {why}; leave input files alone until the job is done")


def _put(draft: Path, place: Path) -> None:
    """Put a file in place whole, so that it is there after a power cut too, or not at all."""
    with draft.open("r+b") as file:
        os.fsync(file.fileno())
    draft.replace(place)
