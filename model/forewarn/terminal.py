"""What people see on a terminal: cards, score lines, tables and progress bars, all by rich.

Severity shows as a word, a shape and a colour, so that none of them is needed alone.
"""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from io import TextIOWrapper
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from forewarn.inputs import InputText
from forewarn.labels import Evidence, Label
from forewarn.tables import is_figure
from forewarn.taxonomy import Severity

if TYPE_CHECKING:
    from forewarn.corpus import CorpusReport

SHAPES = {
    Severity.NONE: "○",
    Severity.REFERENCE: "◔",
    Severity.VIOLENT: "◑",
    Severity.GRAPHIC: "●",
}
_COLOURS = {
    Severity.NONE: "green",
    Severity.REFERENCE: "cyan",
    Severity.VIOLENT: "yellow",
    Severity.GRAPHIC: "red",
}

_BAR = 20  # cells
_CONTEXT = 60  # characters around a sentence, enough to see where in the story it stands

# Escape sequences in somebody's article must not reach the terminal, and half of a surrogate pair
# cannot.
_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")


def console() -> Console:
    """Return a console for standard output that no character can stop."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return Console()


def visible(text: str) -> str:
    r"""Return a text as one line without control characters.

    Examples
    --------
    >>> visible("one\n two\x1b[2J")
    'one two [2J'
    """
    return _UNPRINTABLE.sub(" ", text)


def card(item: InputText, label: Label) -> RenderableType:
    """Return the card of one labelled article.

    Parameters
    ----------
    item : InputText
    label : Label
        Of the item's text.

    Returns
    -------
    RenderableType
    """
    colour = _COLOURS[label.severity]
    severities = " · ".join(f"{name} {p:.2f}" for name, p in label.probabilities.items())
    types = " · ".join(f"{name} {p:.2f}" for name, p in label.types.items())
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column()
    grid.add_row("warning", Text(label.message or "none is due", "bold" if label.message else ""))
    grid.add_row("score", _bar(label.score, colour))
    grid.add_row("severities", severities)
    grid.add_row("types", types or "–")
    grid.add_row("IPTC", " · ".join(label.warnings) or "–")
    for number, sentence in enumerate(label.evidence):
        grid.add_row("" if number else "evidence", _passage(item.text, sentence, colour))
    name = f" {item.id}" if item.id is not None else ""
    return Panel(
        grid,
        title=Text(f"{SHAPES[label.severity]} {label.severity}", f"bold {colour}"),
        title_align="left",
        subtitle=Text(visible(f"{item.place}{name}"), "dim"),
        subtitle_align="right",
        border_style=colour,
    )


def score_line(item: InputText, score: float) -> RenderableType:
    """Return a bar, the score and where the article came from, in one line."""
    name = f" {item.id}" if item.id is not None else ""
    return _bar(score, "default").append(f"  {visible(f'{item.place}{name}')}")


def report_table(report: "CorpusReport") -> Table:
    """Return how many texts of each source were found, as a table."""
    rows = [
        (
            f"{item.source}, {item.kind}",
            f"{item.expected:,}",
            f"{item.found:,}",
            f"{len(item.missing):,}",
            f"{len(item.mismatching):,}",
        )
        for item in report.sources
    ]
    columns = ("Source", "Labelled", "Found", "Missing", "Not matching")
    return table("Texts of the corpus", columns, rows)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Return a table under its title: words to the left, figures to the right."""
    shown = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        show_header=any(columns),
        box=SIMPLE_HEAD,
    )
    for column, cells in zip(columns, zip(*rows, strict=True), strict=True):
        shown.add_column(column, justify="right" if all(map(is_figure, cells)) else "left")
    for row in rows:
        shown.add_row(*map(Text, row))
    return shown


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Show progress on standard error while the context lasts, where that is a terminal.

    Yields
    ------
    callable
        Takes a step, how much of it is done, and how much there is; each step gets a bar.
    """
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    ) as bars:
        tasks: dict[str, TaskID] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step)
            bars.update(tasks[step], completed=done, total=total)

        yield show


def busy(what: str) -> AbstractContextManager[object]:
    """Show on standard error that something goes on, where that is a terminal."""
    return Console(stderr=True).status(what) if sys.stderr.isatty() else nullcontext()


def _bar(score: float, colour: str) -> Text:
    filled = round(_BAR * score)
    return Text.assemble(("━" * filled, colour), ("━" * (_BAR - filled), "dim"), f" {score:.3f}")


def _passage(text: str, sentence: Evidence, colour: str) -> Text:
    """Return a sentence highlighted between what stands around it."""
    before = text[max(0, sentence.start - _CONTEXT) : sentence.start]
    after = text[sentence.end : sentence.end + _CONTEXT]
    if len(before) == _CONTEXT:
        before = "…" + before.partition(" ")[2]
    if len(after) == _CONTEXT:
        after = after.rpartition(" ")[0] + "…"
    return Text.assemble(
        (visible(before), "dim"),
        (visible(sentence.text), f"bold {colour}"),
        (visible(after), "dim"),
    )
