"""A file's name tells its format, and compressed streams open as what they hold."""

import gzip
import sys
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest

from forewarn.errors import MissingExtraError
from forewarn.inputs.files import STREAM_ERRORS, Format, format_of, is_compressed, open_stream

# Of no pattern, so that compressed they still take more than one block.
LINES = b"".join(b"%s\n" % Random(number).randbytes(100).hex().encode() for number in range(5_000))


@pytest.mark.parametrize(
    ("name", "form", "compressed"),
    [
        ("a.txt", Format.TEXT, False),
        ("a.HTM", Format.HTML, False),
        ("a.b.jsonl", Format.JSONL, False),
        ("a.ndjson.gz", Format.JSONL, True),
        ("a.csv.zst", Format.CSV, True),
        ("a.tsv.GZ", Format.TSV, True),
        ("a.parquet", Format.PARQUET, False),
        ("CC-NEWS-20240101.warc.gz", Format.WARC, True),
        ("a.json", None, False),
        ("notes.gz", None, True),
        ("README", None, False),
    ],
)
def test_names_tell_formats(name: str, form: Format | None, compressed: bool) -> None:
    assert (format_of(Path(name)), is_compressed(Path(name))) == (form, compressed)


def pack(path: Path, content: bytes) -> None:
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(content))
    else:
        with pa.CompressedOutputStream(str(path), "zstd") as file:
            file.write(content)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_compressed_files_open_as_what_they_hold(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.jsonl{suffix}"
    pack(path, LINES)
    with open_stream(path) as file:
        assert list(file) == LINES.splitlines(keepends=True)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_a_stream_cut_short_is_an_error_after_what_can_be_had(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.jsonl{suffix}"
    pack(path, LINES)
    path.write_bytes(path.read_bytes()[:-100])
    with open_stream(path) as file:
        first = file.readline()
        with pytest.raises(STREAM_ERRORS):
            list(file)
    assert LINES.startswith(first)


def test_zst_without_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"\.zst files needs the extra 'files'"):
        open_stream(tmp_path / "a.jsonl.zst")
