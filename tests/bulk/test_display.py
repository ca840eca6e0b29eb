"""Progress is a bar on a terminal and a line a minute elsewhere."""

import io
import sys

import pytest

from forewarn.bulk import Progress
from forewarn.bulk.display import figures, shown_progress

HALF = Progress(
    "labelling",
    files=4,
    files_done=2,
    shards=8,
    shards_done=4,
    articles=1_000,
    errors=1,
    share=0.5,
    seconds=100.0,
    seconds_left=100.0,
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    with shown_progress() as show:
        show(Progress("reading", files=4, files_done=1, share=0.25))
        show(HALF)
    shown = terminal.getvalue()
    assert "50%" in shown
    assert "2 of 4 files, 1,000 articles, 10 a second, 1 error, 2 min left" in shown


def test_elsewhere_there_is_a_line_a_minute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [0.0]
    monkeypatch.setattr("forewarn.bulk.display.monotonic", lambda: clock[0])
    with shown_progress() as show:
        for clock[0] in (1.0, 59.0, 61.0, 90.0, 120.0, 122.0):
            show(HALF)
    line = "forewarn: labelling, 2 of 4 files, 1,000 articles, 10 a second, 1 error, 2 min left\n"
    assert capsys.readouterr().err == line * 2


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (59.0, "59 s"), (600.0, "10 min"), (9_000.0, "2.5 h")]
)
def test_time_left_is_rounded(seconds: float, words: str) -> None:
    state = Progress("reading", files=2, files_done=1, share=0.5, seconds_left=seconds)
    assert figures(state) == f"1 of 2 files, {words} left"
