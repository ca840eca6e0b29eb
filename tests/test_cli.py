"""The commands: what they write, what they refuse, and how they end."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pytest
from typer.testing import CliRunner, Result

import forewarn
from forewarn.cli import app
from forewarn.corpus.house import HouseText
from forewarn.formats import FORMATS
from forewarn.taxonomy import TYPE_NAMES, Severity

DATA = Path(__file__).parent / "data"
ARTICLE = DATA / "article.txt"


def run(*arguments: object, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def rows(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def words(text: str) -> str:
    """Return what rich set in a box, without the box, its colours and its line breaks."""
    return re.sub(r"[\s│]+", " ", re.sub(r"\x1b\[[\d;]*m", "", text))


def test_the_sample_article_is_graphic() -> None:
    result = run("label", ARTICLE)
    (row,) = rows(result)
    text = ARTICLE.read_text("utf-8")
    assert result.exit_code == 0
    assert row["severity"] == "graphic"
    assert row["message"].startswith("Content warning: this article describes")
    assert row["message"].endswith("in graphic detail.")
    assert set(row["types"]) <= set(TYPE_NAMES)
    assert [text[item["start"] : item["end"]] for item in row["evidence"]] == [
        item["text"] for item in row["evidence"]
    ]
    assert any("bleeding" in item["text"] for item in row["evidence"])


def test_a_peaceful_article_gets_no_warning() -> None:
    (row,) = rows(run("label", DATA / "peaceful.txt"))
    assert (row["severity"], row["message"], row["evidence"]) == ("none", "", [])


def test_a_line_says_where_the_article_came_from_and_what_the_library_says_of_it() -> None:
    result = run("label", DATA / "articles.jsonl", DATA / "peaceful.txt")
    bakery, raid, peaceful = rows(result)
    text = (DATA / "peaceful.txt").read_text("utf-8")
    assert bakery["id"] == "bakery"
    assert (raid["source"], raid["line"]) == (str(DATA / "articles.jsonl"), 7)
    assert peaceful == {"source": str(DATA / "peaceful.txt")} | forewarn.label(text).to_dict()


def test_bad_inputs_are_named_in_one_line_each_and_the_rest_is_done(tmp_path: Path) -> None:
    result = run("label", DATA / "articles.jsonl", tmp_path, ARTICLE)
    assert result.exit_code == 1
    assert [row.get("id") for row in rows(result)] == ["bakery", "raid", None]
    lines = result.stderr.splitlines()
    starts = [f"{DATA / 'articles.jsonl'}, line {line}: " for line in (2, 4, 5, 6)]
    assert len(lines) == 5
    for line, start in zip(lines, [*starts, f"{tmp_path}: a folder"], strict=True):
        assert line.startswith(f"forewarn: {start}")


def test_a_name_cannot_break_the_line_it_is_named_in(tmp_path: Path) -> None:
    result = run("score", tmp_path / "one\ntwo\x1b[2J.txt")
    assert result.stderr == f"forewarn: {tmp_path}/one two [2J.txt: no such file; check its name\n"


def test_many_lines_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    texts = [f"A storm took {number} roofs." if number % 5 else None for number in range(300)]
    path.write_text("".join(json.dumps({"id": n, "text": t}) + "\n" for n, t in enumerate(texts)))
    result = run("score", path)
    expected = [number for number, text in enumerate(texts) if text is not None]
    assert [row["id"] for row in rows(result)] == expected
    assert [row["line"] for row in rows(result)] == [number + 1 for number in expected]
    assert len(result.stderr.splitlines()) == 60
    assert result.exit_code == 1


def test_score_gives_the_scores_of_the_library() -> None:
    text = ARTICLE.read_text("utf-8")
    assert rows(run("score", ARTICLE, DATA / "peaceful.txt"))[0] == {
        "source": str(ARTICLE),
        "score": pytest.approx(forewarn.score(text)),
    }


@pytest.mark.parametrize("command", ["score", "label"])
def test_a_text_or_standard_input_do_as_well_as_files(command: str) -> None:
    text = "Nine herders were shot at a well before dawn."
    (given,) = rows(run(command, "--text", text))
    (piped,) = rows(run(command, "-", stdin=text))
    line = json.dumps({"body": text})
    (row,) = rows(run(command, "-", "--as", "jsonl", "--field", "body", stdin=line))
    assert given.pop("source") == "--text"
    assert piped.pop("source") == row.pop("source") == "standard input"
    assert row.pop("line") == 1
    assert given == piped == row


def test_an_empty_text_is_an_article_without_violence() -> None:
    (row,) = rows(run("label", "--text", ""))
    assert row["probabilities"]["none"] == 1


def test_offsets_count_in_the_text_extracted_from_a_page() -> None:
    (row,) = rows(run("label", DATA / "page.html"))
    assert row["severity"] != "none"
    assert row["evidence"]
    for item in row["evidence"]:
        assert row["text"][item["start"] : item["end"]] == item["text"]


def test_thresholds_and_operating_points_decide() -> None:
    text = ("--text", "Rain fell on the hills.")
    severities = [
        rows(run("label", *text, *options))[0]["severity"]
        for options in ([], ["--operating-point", "strict"], ["--threshold", "0"])
    ]
    assert severities == ["none", "none", "graphic"]


def test_other_vocabularies_come_along_where_asked_for() -> None:
    (row,) = rows(run("label", ARTICLE, "--format", "iptc", "--format", "atproto"))
    label = forewarn.label(ARTICLE.read_text("utf-8"))
    assert list(row["formats"]) == ["iptc", "atproto"]
    assert row["formats"]["iptc"] == FORMATS["iptc"](label)
    assert "formats" not in rows(run("label", ARTICLE))[0]


@pytest.mark.parametrize("name", FORMATS)
def test_every_vocabulary_can_be_asked_for(name: str) -> None:
    (row,) = rows(run("label", "--text", "Rain fell.", "--format", name))
    assert list(row["formats"]) == [name]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["label"], "give either files"),
        (["score", "--text", "a", "b.txt"], "give either files"),
        (["label", "--text", "a", "--operating-point", "bold"], "balanced, cautious"),
        (["label", "--text", "a", "--threshold", "1.5"], "is not a probability"),
        (["label", "--text", "a", "--threshold", "nan"], "is not a probability"),
        (["label", "--text", "a", "--threshold", "high"], "--threshold"),
        (["label", "-", "--as", "pdf"], "--as"),
        (["label", "--text", "a", "--format", "pdf"], "--format"),
        (["serve", "--port", "70000"], "--port"),
        (["serve", "--workers", "0"], "--workers"),
        (["evaluate", "--split", "dev"], "--split"),
        (["nonsense"], "nonsense"),
    ],
)
def test_wrong_usage_ends_with_two(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in words(result.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        ["label", "--model", "{folder}/gone.joblib", "--text", "a"],
        ["score", "--model", __file__, "--text", "a"],
        ["evaluate", "--data", "{folder}"],
        ["corpus", "verify", "--data", "{folder}"],
        ["train", "--out", "{folder}", "--labels", "{folder}/gone.jsonl"],
    ],
)
def test_what_stops_a_command_is_one_line(arguments: list[str], tmp_path: Path) -> None:
    result = run(*(argument.format(folder=tmp_path) for argument in arguments))
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("forewarn: ")


def test_the_version_is_told() -> None:
    assert run("--version").stdout == f"forewarn {forewarn.__version__}\n"


# Training takes minutes, so these hear how the command calls it and what it makes of the answer.


@dataclass
class Training:
    """Stands in for the training run: keeps what it was asked, and answers nothing else."""

    absence: str = ""
    asked: dict[str, Any] = field(default_factory=dict)

    def run(self, out: Path, *, progress: Callable[[str, int, int], None], **asked: Any) -> Self:
        progress("fitting", 1, 1)
        self.asked = {"out": out} | asked
        return self


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> Training:
    stand_in = Training()
    monkeypatch.setattr("forewarn.release.run", stand_in.run)
    return stand_in


def test_train_learns_from_good_rows_and_names_the_others(
    training: Training, tmp_path: Path
) -> None:
    labels = tmp_path / "labels.jsonl"
    labels.write_text(
        '{"id": 1, "text": "Rain.", "severity": 0}\n{"text": "Sun.", "severity": "mild"}\n'
    )
    result = run("train", "--out", tmp_path, "--labels", labels, "--seed", 3)
    rain = HouseText("house:1", "Rain.", Severity.NONE)
    assert training.asked == {
        "out": tmp_path,
        "house": [rain],
        "seed": 3,
        "data": None,
        "checklist": [],
    }
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"forewarn: {labels}, line 2: field 'severity' is 'mild'")
    assert result.stdout == f"The model is in {tmp_path}\n"


def test_train_says_plainly_when_the_model_is_the_weaker_one(training: Training) -> None:
    training.absence = "The texts are not at hand"
    result = run("train")
    assert result.exit_code == 0
    assert result.stderr == (
        "forewarn: without gold texts this is the weaker model (The texts are not at hand)\n"
    )


def test_train_refuses_labels_without_a_good_row(training: Training, tmp_path: Path) -> None:
    labels = tmp_path / "labels.jsonl"
    labels.write_text("[]\n[]\n")
    result = run("train", "--out", tmp_path, "--labels", labels)
    assert result.exit_code == 1
    assert not training.asked
    assert len(result.stderr.splitlines()) == 3


@pytest.mark.skipif(
    not os.environ.get("FOREWARN_DATA"),
    reason="FOREWARN_DATA names no folder with the texts of the corpus.",
)
def test_evaluate_measures_the_released_model(tmp_path: Path) -> None:
    name = "gold_texts.jsonl.gz"  # alone, because alarms on 26,000 unlabelled texts take seconds
    (tmp_path / name).symlink_to(Path(os.environ["FOREWARN_DATA"], name).absolute())
    result = run("evaluate", "--data", tmp_path)
    found = json.loads(result.stdout)
    assert (result.exit_code, found["n_texts"], found["split"]) == (0, 1_234, "test")
    assert found["violent"]["auprc"]["value"] > 0.9
