"""Tables of figures, every cell as it is shown, and their Markdown."""

from collections.abc import Iterable
from dataclasses import dataclass

from forewarn.metrics import Estimate

Value = str | int | float | Estimate | None


@dataclass(frozen=True, slots=True)
class Table:
    """Figures as they are shown: every cell is text, every row as long as `columns`."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def make_table(title: str, columns: Iterable[str], rows: Iterable[Iterable[Value]]) -> Table:
    """Return a table of values, each shown by `show`."""
    return Table(title, tuple(columns), tuple(tuple(map(show, row)) for row in rows))


def show(value: Value, digits: int = 3) -> str:
    """Return a value as a cell shows it.

    Parameters
    ----------
    value : str, int, float, Estimate or None
        None is a figure that cannot be given.
    digits : int, default=3
        Decimal places of a float.

    Examples
    --------
    >>> show(1234), show(None), show(Estimate(0.5, 0.4, 0.6)), show(Estimate(-0.01, -0.05, 0.02))
    ('1,234', '–', '0.500 (0.400–0.600)', '−0.010 (−0.050 to 0.020)')
    """
    match value:
        case None:
            return "–"
        case str():
            return value
        case int():
            return f"{value:,}".replace("-", "−")
        case float():
            return f"{value:.{digits}f}".replace("-", "−")
        case Estimate(found, low, high):
            shown, *limits = (show(figure, digits) for figure in (found, low, high))
            return f"{shown} ({(' to ' if low < 0 else '–').join(limits)})"


def is_figure(cell: str) -> bool:
    """Tell whether a cell belongs to the right of its column.

    Examples
    --------
    >>> [is_figure(cell) for cell in ("1,234", "−0.010 (−0.050 to 0.020)", "–", "", "none")]
    [True, True, True, True, False]
    """
    return cell in ("", "–") or cell.removeprefix("−")[0].isdigit()


def to_markdown(table: Table) -> str:
    """Return a table in Markdown under a heading of the third level, figures to the right.

    Parameters
    ----------
    table : Table
        With at least one row.

    Returns
    -------
    str
        Ends with a line feed.

    Examples
    --------
    >>> print(to_markdown(Table("Ferries", ("Island", "A day"), (("Arran", "9"),))))
    ### Ferries
    <BLANKLINE>
    | Island | A day |
    | --- | ---: |
    | Arran | 9 |
    <BLANKLINE>
    """
    cells = zip(*table.rows, strict=True)
    rule = tuple("---:" if all(map(is_figure, column)) else "---" for column in cells)
    lines = (
        "| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |"
        for row in (table.columns, rule, *table.rows)
    )
    return f"### {table.title}\n\n" + "\n".join(lines) + "\n"
