"""A job is killed, interrupted or robbed of a worker, in real processes, and ends the same."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from forewarn.bulk import label_files

Records = list[dict[str, Any]]
Result = Callable[[Path], dict[str, bytes]]

FILES = 40
OUT = Path("out")

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="Finds a job's processes in /proc."
)


@pytest.fixture(scope="module")
def inputs(
    tmp_path_factory: pytest.TempPathFactory,
    sample: Callable[[int, int], list[str]],
    write: Callable[[Path, Records], None],
) -> Path:
    """Return a folder of files, each of them a shard that takes some hundredths of a second."""
    folder = tmp_path_factory.mktemp("inputs")
    for number in range(FILES):
        texts = sample(100, number)
        write(folder / f"{number:02}.jsonl", [{"id": n, "text": t} for n, t in enumerate(texts)])
    return folder


@pytest.fixture(scope="module")
def undisturbed(
    inputs: Path, tmp_path_factory: pytest.TempPathFactory, result: Result
) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("undisturbed")
    label_files(inputs, out, jobs=1)
    return result(out)


def start(inputs: Path) -> subprocess.Popen[str]:
    """Start a job on two processes, as the leader of a group."""
    command = [sys.executable, "-m", "forewarn", "bulk", str(inputs), "--out", str(OUT)]
    return subprocess.Popen(
        [*command, "--jobs", "2"],
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished() -> dict[str, tuple[int, int]]:
    """Return the finished shards, with what tells whether they were done anew."""
    found = {}
    for path in OUT.glob(".job-*/*.jsonl"):
        status = path.stat()
        found[path.name] = status.st_ino, status.st_mtime_ns
    return found


def wait_for(process: subprocess.Popen[str], shards: int) -> None:
    while len(finished()) < shards and process.poll() is None:
        time.sleep(0.005)


def workers(process: subprocess.Popen[str]) -> list[int]:
    """Return the processes that joblib has started for a job, and that are alive."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
            command = (path.parent / "cmdline").read_text()
        except OSError:  # it has just ended
            continue
        if int(fields[2]) == process.pid and "LokyProcess" in command and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def test_a_job_that_is_killed_again_and_again_ends_the_same(
    inputs: Path, folder: Path, undisturbed: dict[str, bytes], result: Result
) -> None:
    random = Random(0)
    done: dict[str, tuple[int, int]] = {}
    for kill in (os.killpg, os.kill, os.killpg, os.kill, os.killpg):
        process = start(inputs)
        wait_for(process, len(done) + 2)
        time.sleep(random.uniform(0, 0.05))
        kill(process.pid, signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        before, done = done, finished()
        assert before.items() <= done.items()
        assert len(done) < FILES
    process = start(inputs)
    output, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert output.startswith("4,000 articles: ")
    assert done.items() <= finished().items()
    assert result(OUT) == undisturbed
    assert not [path for path in OUT.glob(".job-*/*") if path.suffix != ".jsonl"]


def test_workers_end_with_the_job_they_work_for(inputs: Path, folder: Path) -> None:
    process = start(inputs)
    wait_for(process, 1)
    assert len(workers(process)) == 2
    process.kill()
    process.communicate()
    until = time.monotonic() + 10
    while workers(process) and time.monotonic() < until:
        time.sleep(0.1)
    assert not workers(process)


@pytest.mark.parametrize("send", [os.killpg, os.kill], ids=["terminal", "process"])
def test_an_interrupt_stops_cleanly_and_says_how_to_go_on(
    inputs: Path,
    folder: Path,
    undisturbed: dict[str, bytes],
    result: Result,
    send: Callable[[int, int], None],
) -> None:
    process = start(inputs)
    wait_for(process, 3)
    send(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (130, "")
    assert errors == (
        "forewarn: stopped; what is finished is kept, and the same command goes on from there\n"
    )
    assert not workers(process)
    done = finished()
    assert 3 <= len(done) < FILES
    label_files(inputs, OUT, jobs=1)
    assert done.items() <= finished().items()
    assert result(OUT) == undisturbed


def test_a_dead_worker_costs_no_more_than_the_shards_in_flight(
    inputs: Path, folder: Path, undisturbed: dict[str, bytes], result: Result
) -> None:
    process = start(inputs)
    wait_for(process, 5)
    done = finished()
    os.kill(workers(process)[0], signal.SIGKILL)
    _, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert done.items() <= finished().items()
    assert result(OUT) == undisturbed
