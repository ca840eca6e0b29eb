"""The command labels files, says what came of it in a few words, and ends as others do."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from forewarn.cli import app

Records = list[dict[str, Any]]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["bulk", *map(str, arguments), "--jobs", "1"])


def test_a_folder_is_labelled(
    folder: Path,
    news: Records,
    write: Callable[[Path, Records], None],
    labels: Callable[[Path], Records],
) -> None:
    write(Path("in/a.jsonl"), news)
    result = run("in", "--out", "out", "--keep", "year")
    rows = labels(Path("out"))
    counts = [sum(row["severity"] == name for row in rows) for name in ("none", "graphic")]
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"300 articles: {counts[0]} none, ")
    assert f"{counts[1]} graphic, 0 refused\n" in result.stdout
    assert result.stdout.endswith(f"The labels are in {folder / 'out' / 'labels'}\n")
    assert [row["year"] for row in rows] == [str(record["year"]) for record in news]


def test_what_is_refused_is_counted_and_ends_with_one(folder: Path) -> None:
    Path("a.jsonl").write_text('{"body": "Rain."}\n{"body": ""}\n{"body": 5}\n')
    result = run("a.jsonl", "--out", "out", "--text-field", "body", "--format", "jsonl")
    assert result.exit_code == 1
    assert result.stderr == (
        f"forewarn: 2 could not be read; {folder / 'out' / 'errors.jsonl'} names them\n"
    )
    assert result.stdout.startswith("3 articles: 1 none, ")
    rows = Path("out/labels/part-000000.jsonl").read_text().splitlines()
    assert [json.loads(row)["severity"] for row in rows] == ["none", None, None]


def test_a_changed_option_is_one_line_and_ends_with_one(folder: Path) -> None:
    Path("a.txt").write_text("Rain fell.")
    assert run("a.txt", "--out", "out").exit_code == 0
    result = run("a.txt", "--out", "out", "--threshold", "0.5")
    assert (result.exit_code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"forewarn: {folder / 'out'}: holds labels of another job: threshold")
    assert line.endswith("start anew with --overwrite")
    assert run("a.txt", "--out", "out", "--threshold", "0.5", "--overwrite").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "out"], "inputs"),
        (["a.txt"], "--out"),
        (["a.txt", "--out", "out", "--threshold", "2"], "--threshold"),
        (["a.txt", "--out", "out", "--format", "csv"], "--format"),
        (["a.txt", "--out", "out", "--jobs", "0"], "--jobs"),
    ],
)
def test_wrong_usage_ends_with_two(arguments: list[str], message: str) -> None:
    result = CliRunner().invoke(app, ["bulk", *arguments])
    assert result.exit_code == 2
    assert message in re.sub(r"\x1b\[[\d;]*m", "", result.stderr)
