"""Files, folders and patterns name the files to read, each once and in order."""

from pathlib import Path

import pytest

from forewarn.bulk.find import find_files
from forewarn.errors import InputError


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def names(*inputs: str, without: Path | None = None) -> list[str]:
    return [file.name for file in find_files(inputs, without)]


def test_a_folder_gives_what_is_known_in_the_order_of_names(folder: Path) -> None:
    touch("in/b.jsonl", "in/a.txt", "in/notes.md", "in/.hidden.txt", "in/.git/c.txt", "in/z/a.csv")
    assert names("in") == ["in/a.txt", "in/b.jsonl", "in/z/a.csv"]


def test_patterns_reach_into_folders(folder: Path) -> None:
    touch("in/b.jsonl", "in/a.jsonl", "in/x/c.jsonl", "in/x/d.txt", "in/e.json")
    assert names("in/*") == ["in/a.jsonl", "in/b.jsonl"]
    assert names("in/**/*.jsonl") == ["in/a.jsonl", "in/b.jsonl", "in/x/c.jsonl"]


def test_no_file_is_taken_twice(folder: Path) -> None:
    touch("in/a.txt", "in/b.txt")
    Path("in/link.txt").symlink_to("a.txt")
    assert names("in/b.txt", "in", str(folder / "in" / "b.txt")) == ["in/b.txt", "in/a.txt"]


def test_a_name_with_the_marks_of_a_pattern_is_a_name_where_there_is_such_a_file(
    folder: Path,
) -> None:
    touch("a[1].txt", "a1.txt")
    assert names("a[1].txt") == ["a[1].txt"]


def test_the_folder_written_to_is_left_out(folder: Path) -> None:
    touch("a.txt", "out/labels/part-000000.parquet")
    assert names(".", without=folder / "out") == ["a.txt"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("gone.txt", "^gone.txt: no such file; check its name"),
        ("gone/*.txt", r"^gone/\*.txt: no file of this pattern ends in one of \.txt"),
        ("empty", r"^empty: no file in this folder ends in one of \.txt, \.html"),
        ("a.json", r"^a.json: its name tells no format; let it end in one of \.txt"),
        ("*.json", r"^\*.json: no file of this pattern"),
    ],
)
def test_what_gives_no_file_is_named(folder: Path, given: str, message: str) -> None:
    Path("empty").mkdir()
    touch("a.json", "b.txt")
    with pytest.raises(InputError, match=message):
        find_files(["b.txt", given])
