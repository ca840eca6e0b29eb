"""Tables show figures as text, and set them to the right."""

from hypothesis import given
from hypothesis import strategies as st

from forewarn.metrics import Estimate
from forewarn.tables import Table, is_figure, make_table, show, to_markdown


def test_every_value_becomes_a_cell() -> None:
    table = make_table("Ferries", ["Line", "A day"], [("A", 1200), ("B", None)])
    assert table == Table("Ferries", ("Line", "A day"), (("A", "1,200"), ("B", "–")))


def test_a_limit_below_zero_is_parted_from_the_other_by_a_word() -> None:
    assert show(Estimate(0.1, 0.0, 0.25), digits=2) == "0.10 (0.00–0.25)"
    assert show(Estimate(0.1, -0.05, 0.25), digits=2) == "0.10 (−0.05 to 0.25)"


@given(st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_whatever_is_a_number_goes_to_the_right(value: float | None) -> None:
    assert is_figure(show(value))


def test_markdown_sets_figures_to_the_right_and_escapes_bars() -> None:
    table = Table("Ferries", ("Line", "A day", "Note"), (("A|B", "1,200", "late"), ("C", "–", "")))
    assert to_markdown(table).splitlines() == [
        "### Ferries",
        "",
        "| Line | A day | Note |",
        "| --- | ---: | --- |",
        r"| A\|B | 1,200 | late |",
        "| C | – |  |",
    ]
