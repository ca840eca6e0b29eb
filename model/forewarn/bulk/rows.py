"""Labels as rows of a file: the columns, and how they are written to Parquet or JSON Lines."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forewarn.errors import MissingExtraError
from forewarn.labels import Label
from forewarn.taxonomy import SEVERITY_NAMES

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = (
    "id",
    "severity",
    "score",
    "probabilities",
    "types",
    "warnings",
    "evidence",
    "model",
    "error",
)

# A Parquet file's row group, which is held until it is written, has at most about so much.
_GROUP_ROWS = 1 << 14
_GROUP_BYTES = 1 << 24


class Output(StrEnum):
    """How labels are written."""

    PARQUET = "parquet"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Row:
    """One record's row.

    Attributes
    ----------
    id : str
    label : Label or str
        What is said of the article, or why it was refused.
    kept : tuple of Any
        As in `forewarn.inputs.Record`.
    """

    id: str
    label: Label | str
    kept: tuple[Any, ...]


Write = Callable[[Sequence[Row]], None]


def open_rows(
    path: Path, output: Output, kept: "Mapping[str, pa.DataType | None]"
) -> AbstractContextManager[Write]:
    """Open a file of labels for writing.

    Parameters
    ----------
    path : Path
    output : Output
    kept : mapping of str to pyarrow.DataType or None
        Columns passed through, with the type of their Arrow scalars, or None for JSON values:
        these are written to Parquet as strings, and what is not a string as JSON.

    Returns
    -------
    context manager of callable
        The callable writes rows.

    Raises
    ------
    MissingExtraError
        If the output is Parquet and pyarrow is not installed.
    """
    if output is Output.JSONL:
        return _open_jsonl(path, list(kept))
    return _open_parquet(path, kept)


@contextmanager
def _open_jsonl(path: Path, kept: Sequence[str]) -> Iterator[Write]:
    with path.open("w", encoding="ascii", newline="\n") as file:
        yield lambda rows: file.writelines(_line(row, kept) for row in rows)


def _line(row: Row, kept: Sequence[str]) -> str:
    fields: dict[str, Any] = {"id": row.id} | dict.fromkeys(COLUMNS[1:])
    if isinstance(row.label, str):
        fields["error"] = row.label
    else:
        said = row.label.to_dict()
        fields |= {name: said[name] for name in COLUMNS[1:6]}
        fields["evidence"] = [
            {"start": item.start, "end": item.end, "score": item.score}
            for item in row.label.evidence
        ]
        fields["model"] = row.label.model.digest
    fields |= zip(kept, row.kept, strict=True)
    return json.dumps(fields, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    """Return what JSON has no word for in words that it has."""
    if hasattr(value, "to_pylist"):  # an Arrow array of one value
        try:
            return value.to_pylist()[0]
        except ValueError:  # a string that is no UTF-8, or a time too fine for Python
            return str(value[0])
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


@contextmanager
def _open_parquet(path: Path, kept: "Mapping[str, pa.DataType | None]") -> Iterator[Write]:
    try:
        import pyarrow as pa  # noqa: PLC0415 -- an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("writing Parquet files", "files") from error
    schema = _schema(kept)
    with parquet.ParquetWriter(path, schema, compression="zstd") as file:
        held: list[pa.RecordBatch] = []

        def write(rows: Sequence[Row]) -> None:
            held.append(pa.record_batch(_arrays(rows, list(kept.values())), schema=schema))
            if (
                sum(batch.num_rows for batch in held) >= _GROUP_ROWS
                or sum(batch.nbytes for batch in held) >= _GROUP_BYTES
            ):
                flush()

        def flush() -> None:
            file.write_table(pa.Table.from_batches(held, schema))
            held.clear()

        yield write
        flush()


def _schema(kept: "Mapping[str, pa.DataType | None]") -> "pa.Schema":
    import pyarrow as pa  # noqa: PLC0415 -- an extra

    passage = {"start": pa.int32(), "end": pa.int32(), "score": pa.float64()}
    types = {
        "id": pa.string(),
        "severity": pa.string(),
        "score": pa.float64(),
        "probabilities": pa.struct(dict.fromkeys(SEVERITY_NAMES, pa.float64())),
        "types": pa.map_(pa.string(), pa.float64()),
        "warnings": pa.list_(pa.string()),
        "evidence": pa.list_(pa.struct(passage)),
        "model": pa.string(),
        "error": pa.string(),
    }
    return pa.schema(types | {name: kind or pa.string() for name, kind in kept.items()})


def _arrays(rows: Sequence[Row], kept: "Sequence[pa.DataType | None]") -> "list[pa.Array]":
    """Return rows as columns, nested ones out of flat lists, which is several times as fast."""
    import pyarrow as pa  # noqa: PLC0415 -- an extra

    labels = [None if isinstance(row.label, str) else row.label for row in rows]
    good = [label for label in labels if label is not None]
    types = [item for label in good for item in label.types.items()]
    evidence = [item for label in good for item in label.evidence]

    def each(kind: "pa.DataType", value: Callable[[Label], Any]) -> "pa.Array":
        return pa.array([None if label is None else value(label) for label in labels], kind)

    def starts(count: Callable[[Label], int]) -> "pa.Array":
        """Return where each label's values start; a null makes the label's list null."""
        counts = [None if label is None else count(label) for label in labels]
        sums = accumulate((count or 0 for count in counts), initial=0)
        whole = zip([*counts, 0], sums, strict=True)
        return pa.array([None if count is None else start for count, start in whole], pa.int32())

    return [
        _strings([row.id for row in rows]),
        each(pa.string(), lambda label: SEVERITY_NAMES[label.severity]),
        each(pa.float64(), lambda label: label.score),
        pa.StructArray.from_arrays(
            [
                pa.array([label and label.probabilities[name] for label in labels], pa.float64())
                for name in SEVERITY_NAMES
            ],
            list(SEVERITY_NAMES),
            mask=pa.array([label is None for label in labels], pa.bool_()),
        ),
        pa.MapArray.from_arrays(
            starts(lambda label: len(label.types)),
            pa.array([name for name, _ in types], pa.string()),
            pa.array([probability for _, probability in types], pa.float64()),
        ),
        pa.ListArray.from_arrays(
            starts(lambda label: len(label.warnings)),
            pa.array([code for label in good for code in label.warnings], pa.string()),
        ),
        pa.ListArray.from_arrays(
            starts(lambda label: len(label.evidence)),
            pa.StructArray.from_arrays(
                [
                    pa.array([item.start for item in evidence], pa.int32()),
                    pa.array([item.end for item in evidence], pa.int32()),
                    pa.array([item.score for item in evidence], pa.float64()),
                ],
                ["start", "end", "score"],
            ),
        ),
        each(pa.string(), lambda label: label.model.digest),
        _strings([row.label if isinstance(row.label, str) else None for row in rows]),
        *(
            _strings([_text(row.kept[place]) for row in rows])
            if kind is None
            else pa.concat_arrays([row.kept[place] for row in rows])
            for place, kind in enumerate(kept)
        ),
    ]


def _text(value: Any) -> str | None:
    """Return a JSON value as a string: itself, or what JSON calls it."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _strings(values: Sequence[str | None]) -> "pa.Array":
    """Return a column of strings, with a mark in place of what UTF-8 has no bytes for."""
    import pyarrow as pa  # noqa: PLC0415 -- an extra

    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:  # half of a surrogate pair
        plain = [None if value is None else value.encode("utf-8", "replace") for value in values]
        return pa.array(plain, pa.binary()).cast(pa.string())
