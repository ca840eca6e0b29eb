"""The commands that verify, fetch and evaluate on a corpus, here a small one."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

from forewarn import corpus
from forewarn.cli import app

if TYPE_CHECKING:
    from tests.corpus.conftest import Server, SmallCorpus


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_whole_corpus_verifies(small_corpus: SmallCorpus) -> None:
    result = run("corpus", "verify", "--data", small_corpus.folder)
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout)["complete"]


def test_a_text_left_out_is_named_and_one_in_a_hundred_is_no_error(
    small_corpus: SmallCorpus,
) -> None:
    small_corpus.rewrite("gold_texts.jsonl.gz", lambda lines: lines[1:])
    result = run("corpus", "verify", "--data", small_corpus.folder)
    assert (result.exit_code, result.stderr) == (0, "forewarn: abp:ferry00 is missing\n")
    assert json.loads(result.stdout)["found"] == 117


def test_many_texts_left_out_are_an_error_and_named_up_to_a_bound(
    small_corpus: SmallCorpus,
) -> None:
    small_corpus.rewrite("sentence_texts.jsonl.gz", lambda lines: lines[:2])
    result = run("corpus", "verify", "--data", small_corpus.folder)
    *names, more, error = result.stderr.splitlines()
    assert result.exit_code == 1
    assert len(names) == 50
    assert more == "forewarn: and so 5 more, which --json names"
    assert error.startswith("forewarn: 55 of 118 texts are missing or do not match: run 'forewarn")
    assert sum(len(source["missing"]) for source in json.loads(result.stdout)["sources"]) == 55


def test_fetch_downloads_and_verifies(
    small_corpus: SmallCorpus, cache: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = partial(corpus.fetch, base_url=server.address)
    monkeypatch.setattr(corpus, "fetch", local)
    result = run("corpus", "fetch")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout)["complete"]
    assert server.asked
    assert json.loads(run("corpus", "verify").stdout)["complete"]


def test_evaluate_measures_a_model_on_a_corpus(small_corpus: SmallCorpus) -> None:
    result = run("evaluate", "--split", "train", "--data", small_corpus.folder)
    found = json.loads(result.stdout)
    train = list(corpus.load_gold("train", small_corpus.folder))
    assert (result.exit_code, found["split"]) == (0, "train")
    assert found["n_texts"] == len(train)
    assert found["audit"]["n_terms"] > 48
    assert found["checklist"] is None


def test_evaluate_takes_a_checklist_and_draws_plots(
    small_corpus: SmallCorpus, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib", reason="The extra 'plot' is not installed.")
    case = {"id": "1", "behaviour": "weather", "text": "Rain by noon.", "at_most": "reference"}
    checklist, plots = tmp_path / "checklist", tmp_path / "plots"
    checklist.mkdir()
    (checklist / "weather.jsonl").write_text(json.dumps(case), encoding="utf-8")
    options = ("--data", small_corpus.folder, "--checklist", checklist, "--plots", plots)
    result = run("evaluate", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout)["checklist"]["passed"] == 1
    assert (plots / "reliability.png").exists()
    assert (plots / "audit.png").exists()


def test_a_checklist_that_cannot_be_read_is_one_line(
    small_corpus: SmallCorpus, tmp_path: Path
) -> None:
    result = run("evaluate", "--data", small_corpus.folder, "--checklist", tmp_path / "gone")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
