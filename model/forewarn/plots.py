"""An evaluation as pictures, drawn by matplotlib (extra ``plot``) without a display.

One colour carries all data, so that no two have to be told apart: the blue of Okabe and Ito (2008,
"Color universal design", https://jfly.uni-koeln.de/color/), with grey for what is only guidance.
"""

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from forewarn.audit import AuditResult, TermShift
from forewarn.errors import MissingExtraError
from forewarn.figures import Calibration, Evaluation
from forewarn.metrics import Estimate
from forewarn.tables import show

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BLUE, _GREY = "#0072B2", "#767676"
_DPI = 150


def save_plots(evaluation: Evaluation, folder: str | PathLike[str]) -> list[Path]:
    """Write ``reliability.png`` and, where there was an audit, ``audit.png``.

    Parameters
    ----------
    evaluation : Evaluation
    folder : str or path-like
        Made where it is missing.

    Returns
    -------
    list of pathlib.Path
        The files written.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    figures = {"reliability.png": reliability_plot(evaluation)}
    if evaluation.audit is not None:
        figures["audit.png"] = audit_plot(evaluation.audit)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        figure.savefig(folder / name, dpi=_DPI)
    return [folder / name for name in figures]


def reliability_plot(evaluation: Evaluation) -> "Figure":
    """Return reliability diagrams of both probabilities, above the number of texts in each bin.

    A point is a bin: its mean probability against the share of its texts that are what the
    probability is of, with Wilson's 95 % interval (DeGroot and Fienberg 1983, "The comparison and
    evaluation of forecasters", doi:10.2307/2987588).

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    figure = _figure(width=9, height=5.6)
    axes = figure.subplots(2, 2, sharex=True, sharey="row", gridspec_kw={"height_ratios": [3, 1]})
    parts = {"violent or graphic": evaluation.violent, "graphic": evaluation.graphic}
    for column, (name, found) in enumerate(parts.items()):
        _draw_reliability(axes[0, column], found.calibration)
        _draw_sizes(axes[1, column], found.calibration)
        axes[0, column].set_title(f"P({name})")
        axes[1, column].set_xlabel(f"Predicted probability of {name}")
    axes[1, 0].set_ylim(bottom=0.5)  # both at once, and only now: the highest bar is known
    axes[0, 0].set_ylabel("Observed share of texts")
    axes[1, 0].set_ylabel("Texts (log scale)")
    return figure


def audit_plot(audit: AuditResult) -> "Figure":
    """Return, group by group, how much more violent each term makes texts seem than the others.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    groups: dict[str, list[TermShift]] = {}
    for group in audit.groups:
        groups[group.group] = [term for term in audit.terms if term.group == group.group]
    columns = 3
    sizes = [len(terms) for terms in groups.values()]
    tallest = [max(sizes[first : first + columns]) for first in range(0, len(sizes), columns)]
    figure = _figure(width=11, height=sum(0.21 * size + 0.6 for size in tallest) + 0.5)
    axes = figure.subplots(
        len(tallest), columns, sharex=True, squeeze=False, gridspec_kw={"height_ratios": tallest}
    )
    for panel, (name, terms) in zip(axes.flat, groups.items(), strict=False):
        _draw_shifts(panel, sorted(terms, key=lambda term: term.shift.value))
        panel.set_title(name)
    for panel in axes.flat[len(groups) :]:
        panel.remove()
    figure.supxlabel("Mean change of P(violent or graphic) against the mean of the group")
    return figure


def _figure(width: float, height: float) -> "Figure":
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 -- an extra
    except ImportError:
        raise MissingExtraError("drawing plots", "plot") from None
    return Figure(figsize=(width, height), layout="constrained")


def _draw_reliability(axes: "Axes", calibration: Calibration) -> None:
    found = [
        (item.predicted, item.observed)
        for item in calibration.bins
        if item.predicted is not None and item.observed is not None
    ]
    axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--", linewidth=1)
    axes.errorbar(
        [predicted for predicted, _ in found],
        [observed.value for _, observed in found],
        yerr=_whiskers([observed for _, observed in found]),
        fmt="o",
        color=_BLUE,
        capsize=2,
    )
    axes.annotate(
        f"expected calibration error\n{show(calibration.ece_equal_width)}",
        (0.03, 0.97),
        xycoords="axes fraction",
        verticalalignment="top",
    )
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.grid(alpha=0.3)


def _draw_sizes(axes: "Axes", calibration: Calibration) -> None:
    axes.bar(
        [(item.low + item.high) / 2 for item in calibration.bins],
        [item.n for item in calibration.bins],
        width=[0.9 * (item.high - item.low) for item in calibration.bins],
        color=_BLUE,
    )
    axes.set_yscale("log")


def _draw_shifts(axes: "Axes", terms: Sequence[TermShift]) -> None:
    shifts = [term.shift for term in terms]
    axes.axvline(0, color=_GREY, linestyle="--", linewidth=1)
    axes.errorbar(
        [shift.value for shift in shifts],
        [term.term for term in terms],
        xerr=_whiskers(shifts),
        fmt="o",
        markersize=4,
        color=_BLUE,
        capsize=2,
    )
    axes.tick_params(axis="x", labelbottom=True)
    axes.grid(alpha=0.3, axis="x")


def _whiskers(estimates: Sequence[Estimate]) -> list[list[float]]:
    """Return how far intervals reach below their values, and above."""
    below = [max(0.0, found.value - found.low) for found in estimates]
    above = [max(0.0, found.high - found.value) for found in estimates]
    return [below, above]
