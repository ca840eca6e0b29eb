"""Articles to label in bulk, sampled from the texts that ship with the project."""

import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyarrow import parquet

from forewarn.corpus import load_written


@pytest.fixture(scope="session")
def sample() -> Callable[[int, int], list[str]]:
    """Return what makes articles of several texts, as many as asked for, by a seed."""
    texts = [item.text for item in load_written()]

    def articles(seed: int) -> Iterator[str]:
        random = Random(seed)
        while True:
            yield "\n\n".join(random.choices(texts, k=random.randint(1, 8)))

    return lambda count, seed: list(islice(articles(seed), count))


@pytest.fixture(scope="session")
def news(sample: Callable[[int, int], list[str]]) -> list[dict[str, Any]]:
    """Return 300 records."""
    return [
        {"id": f"n{number}", "text": text, "year": 2000 + number % 25}
        for number, text in enumerate(sample(300, 0))
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that file names are relative to."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_lines(path: Path, records: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records))


@pytest.fixture(scope="session")
def write() -> Callable[[Path, list[dict[str, Any]]], None]:
    """Return what writes records as JSON Lines."""
    return write_lines


def labels_in(out: Path) -> list[dict[str, Any]]:
    """Return all rows of a folder of Parquet labels."""
    return [
        row
        for path in sorted((out / "labels").iterdir())
        for row in parquet.read_table(path).to_pylist(maps_as_pydicts="strict")
    ]


@pytest.fixture(scope="session")
def labels() -> Callable[[Path], list[dict[str, Any]]]:
    return labels_in


@pytest.fixture(scope="session")
def errors() -> Callable[[Path], list[dict[str, Any]]]:
    def read(out: Path) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (out / "errors.jsonl").read_text().splitlines()]

    return read


@pytest.fixture(scope="session")
def result() -> Callable[[Path], dict[str, bytes]]:
    """Return what reads a finished job's files: names and bytes."""

    def read(out: Path) -> dict[str, bytes]:
        files = [out / "errors.jsonl", out / "manifest.json", *(out / "labels").iterdir()]
        return {path.name: path.read_bytes() for path in files}

    return read
