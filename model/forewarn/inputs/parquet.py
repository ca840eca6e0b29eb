"""Parquet: an article a row, read in small batches by pyarrow, whatever the size of row groups."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from forewarn.errors import InputError, MissingExtraError
from forewarn.inputs.delimited import decode_cell, shown
from forewarn.inputs.records import WHOLE, Fault, Fields, Part, Record
from forewarn.jsonl import missing

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

# Column chunks are read through a buffer of this size instead of at once, and in batches of
# about so many bytes: a row group may hold a million articles.
_BUFFER = _BATCH = 1 << 20

_MOST_ROWS = 1024  # in a batch

# A piece of a row group is reached through the rows before it, which takes a thirtieth of the time
# that labelling them does: so many pieces that this stays below a tenth.
_MOST_PIECES = 8


def read_parquet(path: Path, fields: Fields, part: Part = WHOLE) -> Iterator[Record | Fault]:
    """Read the rows of a Parquet file as they are asked for.

    Parameters
    ----------
    path : Path
    fields : Fields
        Names of columns.
    part : Part, optional
        Rows, as `cut_parquet` gives them.

    Yields
    ------
    Record or Fault
        A record for every row, good or bad; a fault for what cannot be read of a row group.

    Raises
    ------
    MissingExtraError
        If pyarrow is not installed.
    """
    try:
        file = _open(path)
        _check(file.schema_arrow, fields)
    except InputError as error:
        yield Fault(str(error))
        return
    stop = file.metadata.num_rows if part.stop is None else part.stop
    offset = 0
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        first, last = max(part.start, offset), min(stop, offset + rows)
        if first < last:
            yield from _read_group(file, group, fields, offset=offset, first=first, last=last)
        offset += rows


def _open(path: Path) -> "parquet.ParquetFile":
    try:
        import pyarrow as pa  # noqa: PLC0415 -- an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("reading Parquet files", "files") from error
    try:
        return parquet.ParquetFile(pa.OSFile(str(path)), buffer_size=_BUFFER)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"no Parquet file that can be read ({error}); get it anew") from None


def _check(schema: "pa.Schema", fields: Fields) -> None:
    for name in (fields.text, *fields.keep):
        places = schema.get_all_field_indices(name)
        if not places:
            raise missing("column", name, schema.names, fields.remedy)
        if len(places) > 1:
            raise InputError(f"two columns are named {name!r}; rename one of them")


def _read_group(
    file: "parquet.ParquetFile", group: int, fields: Fields, *, offset: int, first: int, last: int
) -> Iterator[Record | Fault]:
    """Yield rows `first` to `last` of the file, which a row group that starts at `offset` has."""
    import pyarrow as pa  # noqa: PLC0415 -- an extra

    names = {fields.text, fields.id, *fields.keep} & set(file.schema_arrow.names)
    row = offset
    try:
        batches = file.iter_batches(
            _batch_rows(file, group), row_groups=[group], columns=sorted(names), use_threads=False
        )
        for batch in batches:
            start, stop = max(first - row, 0), min(last - row, batch.num_rows)
            if start < stop:
                yield from _rows(batch.slice(start, stop - start), fields, row + start + 1)
            row += batch.num_rows
            if row >= last:
                break
    except (pa.ArrowException, OSError) as error:
        yield Fault(
            f"rows {max(row, first) + 1:,} to {last:,} cannot be read ({error}); get the file anew",
            number=max(row, first) + 1,
        )


def _batch_rows(file: "parquet.ParquetFile", group: int) -> int:
    metadata = file.metadata.row_group(group)
    size = metadata.total_byte_size / max(1, metadata.num_rows)
    return max(1, min(_MOST_ROWS, int(_BATCH / max(1, size))))


def _rows(batch: "pa.RecordBatch", fields: Fields, number: int) -> Iterator[Record]:
    text = batch.column(fields.text)
    cells = _binary(text)
    no_string = Fault(
        f"field {fields.text!r} is {text.type}, not a string; give it as one", fields.text
    )
    nothing = [None] * batch.num_rows
    ids = _texts(batch.column(fields.id)) if fields.id in batch.schema.names else nothing
    kept = [_plain(batch.column(name)) for name in fields.keep]
    for row in range(batch.num_rows):
        article = decode_cell(cells[row], fields.text) if cells is not None else no_string
        yield Record(
            number + row, article, ids[row], tuple([column.slice(row, 1) for column in kept])
        )


def _binary(column: "pa.Array") -> list[bytes | None] | None:
    """Return the bytes of a column of strings, which need not be UTF-8, or None for another."""
    import pyarrow as pa  # noqa: PLC0415 -- an extra

    column = _plain(column)
    if pa.types.is_null(column.type):
        return [None] * len(column)
    if not (
        pa.types.is_string(column.type)
        or pa.types.is_large_string(column.type)
        or pa.types.is_string_view(column.type)
        or pa.types.is_binary(column.type)
        or pa.types.is_large_binary(column.type)
    ):
        return None
    return [*column.cast(pa.large_binary()).to_pylist()]


def _plain(column: "pa.Array") -> "pa.Array":
    """Return a column with its values in their places instead of in a dictionary."""
    import pyarrow as pa  # noqa: PLC0415 -- an extra

    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _texts(column: "pa.Array") -> list[str | None]:
    """Return a column as text, whatever it holds."""
    import pyarrow as pa  # noqa: PLC0415 -- an extra

    cells = _binary(column)
    if cells is None:
        try:
            cells = _binary(column.cast(pa.string()))
        except pa.ArrowException:  # nested
            return [None if value is None else str(value) for value in column.to_pylist()]
    return [shown(cell) for cell in cells or ()]


def cut_parquet(path: Path, fields: Fields, size: int) -> list[Part]:
    """Cut a Parquet file into parts of whole row groups, or of rows where groups are too large.

    Parameters
    ----------
    path : Path
    fields : Fields
        That reading the parts will ask for.
    size : int
        Bytes of the file that a part has about.

    Returns
    -------
    list of Part
        In order, and together the file.

    Raises
    ------
    InputError
        If it is no Parquet file that can be read, or a column is missing.
    MissingExtraError
        If pyarrow is not installed.
    """
    file = _open(path)
    _check(file.schema_arrow, fields)
    metadata = file.metadata
    bounds = [0]
    row = filled = 0
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        held = sum(group.column(i).total_compressed_size for i in range(group.num_columns))
        if filled and filled + held > size:
            bounds.append(row)
            filled = 0
        pieces = min(held // size, _MOST_PIECES, group.num_rows)
        bounds += [row + group.num_rows * piece // pieces for piece in range(1, pieces)]
        row, filled = row + group.num_rows, filled + held
    if row:
        bounds.append(row)
    return [Part(start, stop, start + 1) for start, stop in pairwise(bounds)]


def column_types(path: Path, names: Sequence[str]) -> "list[pa.DataType]":
    """Return the types of columns as `read_parquet` passes them on.

    Parameters
    ----------
    path : Path
    names : sequence of str
        Columns of the file.

    Returns
    -------
    list of pyarrow.DataType
        The null type for a column that the file does not have.
    """
    import pyarrow as pa  # noqa: PLC0415 -- an extra

    schema = _open(path).schema_arrow
    types = [schema.field(name).type if name in schema.names else pa.null() for name in names]
    return [kind.value_type if pa.types.is_dictionary(kind) else kind for kind in types]
