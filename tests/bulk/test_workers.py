"""Results come from processes and from a cluster; what goes wrong there is said, not waited for."""

import os
import pickle

import pytest

from forewarn.bulk.workers import WorkerDiedError, workers
from forewarn.errors import MissingExtraError, ModelFileError
from forewarn.predict import load


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_item_gives_its_result(jobs: int) -> None:
    with workers(jobs) as run:
        assert sorted(run(abs, [-3, 2, -1])) == [1, 2, 3]
        assert sorted(run(abs, range(-100, 0), batch="auto")) == list(range(1, 101))


def test_an_error_of_ours_comes_as_it_is() -> None:
    with workers(2) as run, pytest.raises(ModelFileError, match="nowhere"):
        list(run(load, ["nowhere.joblib"] * 6))


def test_the_name_of_a_missing_extra_survives_the_way_from_a_worker() -> None:
    error = pickle.loads(pickle.dumps(MissingExtraError("reading HTML pages", "html")))
    assert str(error) == str(MissingExtraError("reading HTML pages", "html"))


def test_a_dead_worker_is_told_and_others_take_its_place() -> None:
    with workers(2) as run:
        with pytest.raises(WorkerDiedError):
            list(run(os._exit, [1] * 6))
        assert sorted(run(abs, [-3, 2])) == [2, 3]
