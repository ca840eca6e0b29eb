"""The command as a process: it starts light, ends quietly and says what it lacks."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from forewarn.__main__ import main

COMMAND = [sys.executable, "-m", "forewarn"]


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_its_extra_it_says_in_one_line_how_to_install_it(
    missing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (missing, *sys.modules):
        if name.partition(".")[0] == missing:
            monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "forewarn.cli", raising=False)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "forewarn: the command line needs the extra 'cli': pip install 'forewarn[cli]'\n"
    )


def test_scoring_and_labelling_need_no_heavy_package() -> None:
    program = (
        "import sys; from forewarn.cli import app\n"
        "for command in ('score', 'label'):\n"
        "    app([command, '--text', 'Rain.'], standalone_mode=False)\n"
        "heavy = {'sklearn', 'scipy', 'pandas', 'trafilatura', 'forewarn.corpus'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [list(json.loads(line))[1] for line in done.stdout.splitlines()] == ["score", "severity"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals between processes.")
def test_it_ends_quietly_when_interrupted_or_no_longer_read(tmp_path: Path) -> None:
    lines = tmp_path / "many.jsonl"
    lines.write_text('{"text": "Rain."}\n' * 1_000)
    with subprocess.Popen(
        [*COMMAND, "label", str(lines), "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for _ in range(900):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)  # while it waits for standard input
        assert process.wait(timeout=30) == 130
        assert process.stderr.read() == b""

    with subprocess.Popen(
        [*COMMAND, "label", str(lines)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=30) == 1
        assert process.stderr.read() == b""


def test_on_a_terminal_it_shows_cards() -> None:
    pty = pytest.importorskip("pty", reason="There are no pseudo-terminals here.")
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": "100", "TERM": "xterm"}
    command = [*COMMAND, "label", "--text", "Rain fell on the hills."]
    subprocess.run(command, stdout=theirs, env=environment, check=True)
    os.close(theirs)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert "○ none" in shown
    assert "none is due" in shown
