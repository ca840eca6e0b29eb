"""A job's progress on standard error: a bar on a terminal, elsewhere a line a minute."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from forewarn.bulk.progress import Progress as State

_LINE_SECONDS = 60


@contextmanager
def shown_progress() -> Iterator[Callable[[State], None]]:
    """Show a job's progress while the context lasts.

    Yields
    ------
    callable
        Takes the job's progress whenever there is some.
    """
    if not sys.stderr.isatty():
        yield _lines()
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[figures]}"),
        console=Console(stderr=True),
    ) as bar:
        task = bar.add_task("reading", total=1.0, figures="")

        def show(state: State) -> None:
            bar.update(task, description=state.step, completed=state.share, figures=figures(state))

        yield show


def _lines() -> Callable[[State], None]:
    last = monotonic()

    def show(state: State) -> None:
        nonlocal last
        if monotonic() - last >= _LINE_SECONDS:
            last = monotonic()
            print(f"forewarn: {state.step}, {figures(state)}", file=sys.stderr, flush=True)

    return show


def figures(state: State) -> str:
    """Return a job's progress in words.

    Examples
    --------
    >>> figures(State("labelling", 12, 3, articles=41_200, errors=2, seconds=10.0))
    '3 of 12 files, 41,200 articles, 4,120 a second, 2 errors'
    >>> figures(State("reading", 12, 3, seconds_left=200.0))
    '3 of 12 files, 3 min left'
    """
    words = [f"{state.files_done:,} of {state.files:,} files"]
    if state.step == "labelling":
        words.append(f"{state.articles:,} articles")
        words.append(f"{state.rate:,.0f} a second")
        words.append(f"{state.errors:,} error{'s' * (state.errors != 1)}")
    if state.seconds_left is not None and state.share < 1:
        words.append(f"{_duration(state.seconds_left)} left")
    return ", ".join(words)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
