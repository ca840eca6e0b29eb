"""Plots show the very figures, and say where they cannot be drawn."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forewarn.errors import MissingExtraError
from forewarn.figures import Evaluation
from forewarn.metrics import Bin, Estimate
from forewarn.plots import audit_plot, reliability_plot, save_plots


@pytest.fixture
def matplotlib() -> None:
    pytest.importorskip("matplotlib", reason="The extra 'plot' is not installed.")


@pytest.mark.usefixtures("matplotlib")
def test_a_point_is_a_bin_that_is_not_empty(evaluation: Evaluation) -> None:
    from matplotlib.patches import Rectangle  # noqa: PLC0415 -- an extra

    violent, graphic, *sizes = reliability_plot(evaluation).axes
    for panel in (violent, graphic):
        diagonal, points = panel.lines[:2]
        assert np.array(diagonal.get_xydata()).tolist() == [[0, 0], [1, 1]]
        assert np.array(points.get_xydata()).tolist() == [[0.1, 0.0]]
    for panel in sizes:
        assert [bar.get_height() for bar in panel.patches if isinstance(bar, Rectangle)] == [6, 0]


@pytest.mark.usefixtures("matplotlib")
def test_no_bar_is_cut_off(evaluation: Evaluation) -> None:
    full = replace(
        evaluation.graphic.calibration, bins=(Bin(0.0, 1.0, 1017, 0.1, Estimate(0.1, 0.1, 0.2)),)
    )
    graphic = replace(evaluation.graphic, calibration=full)
    *_, sizes = reliability_plot(replace(evaluation, graphic=graphic)).axes
    low, high = sizes.get_ylim()
    assert 0 < low < 1
    assert high > 1017


@pytest.mark.usefixtures("matplotlib")
def test_every_axis_says_what_it_measures(evaluation: Evaluation) -> None:
    top, right, bottom, last = reliability_plot(evaluation).axes
    assert top.get_ylabel() == "Observed share of texts"
    assert bottom.get_xlabel() == "Predicted probability of violent or graphic"
    assert last.get_xlabel() == "Predicted probability of graphic"
    assert bottom.get_ylabel().startswith("Texts")
    assert (top.get_title(), right.get_title()) == ("P(violent or graphic)", "P(graphic)")


@pytest.mark.usefixtures("matplotlib")
def test_the_audit_has_a_panel_a_group_with_terms_in_the_order_of_their_shift(
    evaluation: Evaluation,
) -> None:
    assert evaluation.audit is not None
    panels = {panel.get_title(): panel for panel in audit_plot(evaluation.audit).axes}
    assert list(panels) == ["city", "gender"]
    assert [label.get_text() for label in panels["city"].get_yticklabels()] == ["Oslo", "Lagos"]


@pytest.mark.usefixtures("matplotlib")
def test_pictures_are_written_into_a_folder_that_need_not_be_there(
    evaluation: Evaluation, tmp_path: Path
) -> None:
    paths = save_plots(evaluation, tmp_path / "new")
    assert [path.name for path in paths] == ["reliability.png", "audit.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
    (alone,) = save_plots(replace(evaluation, audit=None), tmp_path)
    assert alone.name == "reliability.png"


def test_without_matplotlib_the_extra_is_named(
    evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"forewarn\[plot\]"):
        reliability_plot(evaluation)
