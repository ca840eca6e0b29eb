"""The two functions that most callers need, and how the released model comes to be loaded."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forewarn import Label, Severity, label, load, score
from forewarn.errors import ForewarnError, ModelFileError
from forewarn.predict import RELEASED_MODEL

TEXTS = [
    "The council approved the parks budget on Monday.",
    "",
    "He was stabbed to death on the steps. Blood ran into the gutter as he lay dying, they said.",
]

# Prints what happened in a fresh process: how often the model's file was opened, and answers.
WATCH = """
import json, sys
opened = []
sys.addaudithook(
    lambda event, args: opened.append(args[0])
    if event == "open" and str(args[0]).endswith("forewarn.joblib") else None
)
from forewarn import label, score
text = sys.argv[1]
"""


def in_fresh_process(code: str) -> Any:
    run = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", WATCH + code, TEXTS[2]],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)


def test_one_text_has_a_float_and_several_an_array() -> None:
    one, several = score(TEXTS[2]), score(TEXTS)
    assert isinstance(one, float)
    assert several.dtype == np.float64
    assert several.shape == (3,)
    assert several[2] == pytest.approx(one, abs=1e-9)
    assert several[1] == 0


def test_one_text_has_a_label_and_several_a_list() -> None:
    one, several = label(TEXTS[2]), label(iter(TEXTS))
    assert isinstance(one, Label)
    assert several[2] == one
    assert one.severity >= Severity.VIOLENT
    assert [item.severity for item in several[:2]] == [Severity.NONE] * 2
    assert [item.score for item in several] == pytest.approx(score(TEXTS), abs=1e-9)


def test_they_speak_for_the_released_model_at_its_balanced_point() -> None:
    clf = load(RELEASED_MODEL, operating_point="balanced")
    assert (score(TEXTS) == clf.score(TEXTS)).all()
    assert label(TEXTS) == clf.label(TEXTS)


@pytest.mark.parametrize("function", [score, label])
def test_what_is_no_text_is_refused_with_its_position(function: Any) -> None:
    with pytest.raises(TypeError, match=r"\b1\b.*\bNoneType\b.*\bstr\b"):
        function([TEXTS[0], None])


def test_a_model_of_ones_own_can_be_loaded(tmp_path: Path) -> None:
    path = tmp_path / "mine.joblib"
    path.write_bytes(RELEASED_MODEL.read_bytes())
    assert load(path).info == load(str(path)).info == load().info
    assert load(path, threshold=0.5).thresholds[2] == 0.5


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"nowhere\.joblib"):
        load(tmp_path / "nowhere.joblib")


def test_a_choice_that_the_model_does_not_offer_is_refused() -> None:
    with pytest.raises(ForewarnError, match="'loud'"):
        load(operating_point="loud")


def test_the_model_is_loaded_at_the_first_call_and_once() -> None:
    before, first, later = in_fresh_process(
        "before = len(opened); score(text); first = len(opened)\n"
        "for _ in range(3): score([text, text]); label(text)\n"
        "print(json.dumps([before, first, len(opened)]))"
    )
    assert (before, first, later) == (0, 1, 1)


def test_many_threads_that_call_first_at_once_share_one_model() -> None:
    times_opened, scores, digests = in_fresh_process(
        "from threading import Barrier, Thread\n"
        "barrier, answers = Barrier(24), []\n"
        "def call():\n"
        "    barrier.wait()\n"
        "    answers.append((score(text), label(text).model.digest))\n"
        "threads = [Thread(target=call) for _ in range(24)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
        "print(json.dumps([len(opened), *zip(*answers)]))"
    )
    assert times_opened == 1
    assert scores == [score(TEXTS[2])] * 24
    assert set(digests) == {load().info.digest}
