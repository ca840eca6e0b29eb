"""Several workers share the model, the counts and the address, and none is missed for long."""

from __future__ import annotations

import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter, sleep
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.service.conftest import Running, Start

PROC = Path("/proc")
needs_proc = pytest.mark.skipif(not PROC.is_dir(), reason="Only Linux shows its processes' memory.")


def workers_of(service: Running) -> list[int]:
    """Return the processes that serve: they have the model's file in memory."""
    found = []
    for folder in PROC.glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == service.process.pid and model_maps(int(folder.name)):
                found.append(int(folder.name))
        except (OSError, ValueError):  # it has ended
            continue
    return found


def model_maps(process: int) -> list[str]:
    """Return what the system says of a process's mappings of the model file."""
    entries = re.split(r"(?m)^(?=[0-9a-f]+-[0-9a-f]+ )", (PROC / f"{process}/smaps").read_text())
    return [entry for entry in entries if "forewarn.joblib" in entry.partition("\n")[0]]


@pytest.fixture(scope="module")
def pair(start: Start) -> Running:
    return start("--workers", 2)


def ask(service: Running, count: int) -> None:
    def one(number: int) -> None:
        text = "Nine herders were shot dead at a well." if number % 2 else "Rain fell."
        service.label({"text": text})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(count)))


@needs_proc
def test_the_model_is_in_memory_once(pair: Running) -> None:
    ask(pair, 60)
    for worker in workers_of(pair):
        maps = "".join(model_maps(worker))
        assert maps
        assert sum(map(int, re.findall(r"Private_Dirty: +(\d+) kB", maps))) == 0


def test_counts_are_those_of_all_workers(pair: Running) -> None:
    def count(name: str) -> float:
        found = re.search(rf"(?m)^{re.escape(name)} (\S+)$", pair.get("/metrics").text)
        return float(found[1]) if found else 0.0

    names = [
        'forewarn_requests_total{route="/v1/label",status="200"}',
        'forewarn_articles_total{severity="none"}',
        'forewarn_articles_total{severity="violent"}',
    ]
    before = [count(name) for name in names]
    ask(pair, 60)
    assert [count(name) - old for name, old in zip(names, before, strict=True)] == [60, 30, 30]


@needs_proc
def test_a_worker_that_dies_is_replaced(pair: Running) -> None:
    first = workers_of(pair)
    assert len(first) == 2
    os.kill(first[0], signal.SIGKILL)
    until = perf_counter() + 20
    while len(set(workers_of(pair)) - {first[0]}) < 2:
        assert perf_counter() < until
        sleep(0.1)
    ask(pair, 10)


def test_workers_do_not_outlive_who_watches_over_them(pair: Running) -> None:
    pair.process.kill()  # the last test of this file, therefore
    until = perf_counter() + 20
    while True:
        try:
            httpx.get(f"{pair.address}/healthz")
        except (httpx.ConnectError, httpx.ReadError):
            break
        assert perf_counter() < until
        sleep(0.05)
    assert pair.process.wait() == -signal.SIGKILL
