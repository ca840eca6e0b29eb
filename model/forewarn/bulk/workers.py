"""Where shards are labelled: by joblib, in processes of this machine or on a Dask cluster."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import lru_cache, partial
from threading import Thread, current_thread, main_thread
from time import sleep
from typing import Any, Protocol, TypeVar

from forewarn.errors import ForewarnError, MissingExtraError

_T = TypeVar("_T")
_R = TypeVar("_R")

_CONNECT_SECONDS = 30
_FIRST_WORKER_SECONDS = 300  # a cluster may have to start a machine


class WorkerDiedError(ForewarnError):
    """A worker process ended in the middle of its work."""


class Run(Protocol):
    """Call a function on each item, and yield the results as they come."""

    def __call__(  # noqa: D102
        self, function: Callable[[_T], _R], items: Iterable[_T], *, batch: int | str = 1
    ) -> Iterator[_R]: ...


@contextmanager
def workers(jobs: int, cluster: str | None = None) -> Iterator[Run]:
    """Have workers at hand while the context lasts.

    Parameters
    ----------
    jobs : int
        Processes of this machine; -1 for one a core. Without meaning where there is a cluster.
    cluster : str, optional
        Address of a Dask scheduler.

    Yields
    ------
    Run
        Raises `WorkerDiedError` when a worker has, and with it the results that are not out yet.
        (On a cluster, only when several have died of the same item.)

    Raises
    ------
    ForewarnError
        If there is no such scheduler, or it is lost, or has no worker.
    MissingExtraError
        If there is to be a cluster and Dask is not installed.
    """
    from joblib import parallel_config  # noqa: PLC0415 -- other commands do without it

    if cluster is not None:
        with _dask(cluster) as run:
            yield run
        return

    def explain(_: Exception) -> ForewarnError:
        return WorkerDiedError("a worker process has died")

    with parallel_config("loky", n_jobs=jobs):
        yield partial(_run, pre_dispatch="2*n_jobs", explain=explain)


@contextmanager
def _dask(address: str) -> Iterator[Run]:
    try:
        from distributed import Client  # noqa: PLC0415 -- an extra
    except ImportError as error:
        raise MissingExtraError("labelling on a cluster", "cluster") from error
    from joblib import parallel_config  # noqa: PLC0415 -- as above

    try:
        client: Any = Client(  # type: ignore[no-untyped-call]
            address, timeout=_CONNECT_SECONDS, set_as_default=False
        )
    except (OSError, ValueError) as error:
        raise ForewarnError(
            f"{address}: no Dask scheduler answers ({error}); start one, or check the address"
        ) from error

    def explain(error: Exception) -> ForewarnError:
        what = (
            f"no worker in {_FIRST_WORKER_SECONDS} seconds; start some"
            if isinstance(error, TimeoutError)
            else f"the scheduler is lost ({error}); start it anew"
        )
        return ForewarnError(f"{address}: {what}, and give the same command again")

    with client, parallel_config(_backend(client), n_jobs=-1):
        # Items are handed over all at once: workers that join later then find some to take.
        yield partial(_run, pre_dispatch="all", explain=explain)


def _backend(client: Any) -> Any:
    """Return joblib's backend for Dask, with two gaps closed."""
    from distributed import KilledWorker  # noqa: PLC0415 -- an extra
    from joblib._dask import DaskDistributedBackend  # noqa: PLC0415

    class Backend(DaskDistributedBackend):  # type: ignore[misc]
        def effective_n_jobs(self, n_jobs: int) -> int:
            # What one worker can do joblib does in this process: the cluster would stay idle.
            return max(2, int(super().effective_n_jobs(n_jobs)))

        def submit(self, func: Any, callback: Any = None) -> Any:
            # Joblib waits forever for a task that failed outside of the function called.
            future = super().submit(func, callback)
            future.add_done_callback(lambda done: done.exception() and callback(done.exception()))
            return future

        def retrieve_result_callback(self, out: Any) -> Any:
            if isinstance(out, KilledWorker):
                raise WorkerDiedError("several workers have died of one shard") from out
            if isinstance(out, CancelledError):
                raise out
            if isinstance(out, Exception):
                raise ForewarnError(
                    f"a worker cannot work ({out!r}); install the same forewarn on all of them"
                ) from out
            return super().retrieve_result_callback(out)

    return Backend(client=client, wait_for_workers_timeout=_FIRST_WORKER_SECONDS)


def _run(
    function: Callable[[_T], _R],
    items: Iterable[_T],
    *,
    batch: int | str = 1,
    pre_dispatch: str,
    explain: Callable[[Exception], ForewarnError],
) -> Iterator[_R]:
    from joblib import Parallel, delayed  # noqa: PLC0415 -- as above

    parallel = Parallel(
        return_as="generator_unordered", batch_size=batch, pre_dispatch=pre_dispatch
    )
    try:
        yield from parallel(delayed(_call)(function, item, os.getpid()) for item in items)
    except (BrokenProcessPool, CancelledError, TimeoutError) as error:
        raise explain(error) from error


def _call(function: Callable[[_T], _R], item: _T, parent: int) -> _R:
    _belong_to(parent)
    return function(item)


@lru_cache(maxsize=1)
def _belong_to(parent: int) -> None:
    """Have a worker process that joblib started live and die by its parent.

    That one alone hears Ctrl-C, and ends its workers; where it is killed, they end themselves.
    """
    if os.getppid() != parent or current_thread() is not main_thread():
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        while os.getppid() == parent:
            sleep(1)
        os._exit(1)

    Thread(target=watch, daemon=True).start()
