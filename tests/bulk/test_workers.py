"""Results come from processes and from a cluster; what goes wrong there is said, not waited for."""

import os

import pytest

from forewarn.bulk.workers import WorkerDiedError, workers
from forewarn.errors import MissingExtraError


def end_at(item: int) -> int:
    if item == 3:
        os._exit(1)
    return item


def fail_at(item: int) -> int:
    if item == 3:
        raise MissingExtraError("reading HTML pages", "html")
    return item


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_item_gives_its_result(jobs: int) -> None:
    with workers(jobs) as run:
        assert sorted(run(abs, [-3, 2, -1])) == [1, 2, 3]
        assert sorted(run(abs, range(-100, 0), batch="auto")) == list(range(1, 101))


def test_an_error_of_ours_comes_as_it_is() -> None:
    with workers(2) as run, pytest.raises(MissingExtraError, match=r"^reading HTML pages needs"):
        list(run(fail_at, range(6)))


def test_a_dead_worker_is_told_and_others_take_its_place() -> None:
    with workers(2) as run:
        with pytest.raises(WorkerDiedError):
            list(run(end_at, range(6)))
        assert sorted(run(abs, [-3, 2])) == [2, 3]
