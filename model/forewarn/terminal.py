"""What people see on a terminal: cards, score lines, tables and progress bars, all by rich.

Severity shows as a word, a shape and a colour, so that none of them is needed alone.
"""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.progress import TimeElapsedColumn as ElapsedColumn
from rich.table import Table
from rich.text import Text

from forewarn.inputs import InputText
from forewarn.labels import Evidence, Label
from forewarn.taxonomy import Severity

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

# Escape sequences in somebody's article must not reach the terminal.
_UNPRINTABLE = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


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


def table(title: str, columns: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> Table:
    """Return a table under its title: names to the left, figures to the right."""
    shown = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
    for number, column in enumerate(columns):
        shown.add_column(column, justify="right" if number else "left")
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
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), ElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as bars:
        tasks: dict[str, TaskID] = {}

        def show(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step)
            bars.update(tasks[step], completed=done, total=total)

        yield show


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
        (visible(before), "dim"), (visible(sentence.text), f"bold {colour}"), (visible(after), "dim")
    )
