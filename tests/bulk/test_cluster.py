"""A job on a real Dask scheduler and real workers: killed, added, missing or broken."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from forewarn.bulk import Progress, label_files
from forewarn.bulk.workers import WorkerDiedError, workers
from forewarn.errors import ForewarnError

Records = list[dict[str, Any]]

FILES = 30


class Cluster:
    """A scheduler on loopback and the workers started for it; all end with the context."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._stack = stack
        place = folder / "scheduler.json"
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(place)
        )
        while not place.exists() or not place.read_text().endswith("}"):
            time.sleep(0.02)
        self.address: str = json.loads(place.read_text())["address"]

    def add_worker(self) -> subprocess.Popen[bytes]:
        return self._start("worker", self.address, "--nthreads", "1", "--no-nanny")

    def _start(self, role: str, *options: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", role, "--no-dashboard", *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        return process


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with ExitStack() as stack:
        yield Cluster(tmp_path, stack)


@pytest.fixture
def strict_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """Return a cluster that gives a task up when one worker has died of it."""
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    with ExitStack() as stack:
        yield Cluster(tmp_path, stack)


def test_a_worker_killed_and_one_added_change_nothing(
    cluster: Cluster,
    folder: Path,
    sample: Callable[[int, int], list[str]],
    write: Callable[[Path, Records], None],
    result: Callable[[Path], dict[str, bytes]],
) -> None:
    for number in range(FILES):
        texts = sample(100, number)
        write(Path("in", f"{number:02}.jsonl"), [{"id": n, "text": t} for n, t in enumerate(texts)])
    label_files("in", "local", jobs=1)
    first, _ = cluster.add_worker(), cluster.add_worker()
    killed = []

    def disturb(state: Progress) -> None:
        if state.step == "labelling" and state.shards_done == 5:
            killed.append(first)
            first.kill()
            cluster.add_worker()

    label_files("in", "out", cluster=cluster.address, progress=disturb)
    assert killed
    assert result(Path("out")) == result(Path("local"))


def end_at(item: int) -> int:
    if item == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return item


def whose(item: int) -> int:
    return os.getpid()


def test_a_single_worker_does_the_work_itself(cluster: Cluster) -> None:
    cluster.add_worker()
    with workers(1, cluster.address) as run:
        assert os.getpid() not in set(run(whose, range(4)))


def test_what_workers_die_of_is_given_up(strict_cluster: Cluster) -> None:
    strict_cluster.add_worker()
    with workers(1, strict_cluster.address) as run, pytest.raises(WorkerDiedError):
        list(run(end_at, range(6)))


def test_a_lost_scheduler_is_told(cluster: Cluster) -> None:
    cluster.add_worker()
    with workers(1, cluster.address) as run:
        results = run(whose, range(1_000))
        next(results)
        cluster.scheduler.kill()
        with pytest.raises(ForewarnError, match="the scheduler is lost"):
            list(results)


def test_a_cluster_without_workers_is_told(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forewarn.bulk.workers._FIRST_WORKER_SECONDS", 0.5)
    with (
        workers(1, cluster.address) as run,
        pytest.raises(ForewarnError, match=r"no worker in 0\.5 seconds; start some"),
    ):
        list(run(whose, range(4)))
