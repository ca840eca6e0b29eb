"""Tables say what was evaluated and found, and leave out what was not measured."""

from dataclasses import replace

from forewarn.figures import Alarms, Evaluation
from forewarn.report import tables
from forewarn.tables import Table


def by_title(evaluation: Evaluation) -> dict[str, Table]:
    return {table.title: table for table in tables(evaluation)}


def test_every_figure_is_shown_as_text_under_a_title_of_its_own(evaluation: Evaluation) -> None:
    shown = tables(evaluation)
    assert len({table.title for table in shown}) == len(shown)
    for table in shown:
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}
        assert all(isinstance(cell, str) for row in table.rows for cell in row)


def test_tables_say_what_was_evaluated(evaluation: Evaluation) -> None:
    rows = by_title(evaluation)["What was evaluated"].rows
    model, texts, labels, _ = (value for _, value in rows)
    assert model == "0.1, digest c0ffeec0ffee"
    assert labels == evaluation.labels
    assert texts.startswith("6 of 5 articles, split test: 2 none, 1 reference")


def test_tables_say_what_was_found(evaluation: Evaluation) -> None:
    shown = by_title(evaluation)
    assert shown["Severity"].rows[1][:3] == ("graphic", "1", "0.900 (0.800–1.000)")
    assert shown["By source"].rows[0] == ("hill", "3", "3", "1", "–", "–")
    assert shown["Labelled and decided severity"].rows[0] == ("none", "1", "0", "1", "0")
    reliability = shown["Reliability of the probability of violent or graphic"]
    assert reliability.rows == (
        ("0.0–0.5", "6", "0.100", "0.000 (0.000–0.400)"),
        ("0.5–1.0", "0", "–", "–"),
    )
    errors = shown["Expected calibration error"].rows[0]
    assert errors[1] == "0.020 (0.010–0.040)"


def test_alarms_are_told_for_each_operating_point(evaluation: Evaluation) -> None:
    shown = by_title(evaluation)
    points = shown["Operating points"].rows
    assert [row[:2] for row in points] == [
        ("balanced", "violent or graphic"),
        ("strict", "violent or graphic"),
        ("balanced", "graphic"),
        ("strict", "graphic"),
    ]
    false = shown["False alarms on uniformly drawn gold texts"].rows[0]
    assert false[2:] == ("4", "1", "250.0 (10.0–800.0)")
    unlabelled = shown["Alarms on unlabelled texts, rightly raised ones included"].rows[0]
    assert unlabelled[2:] == ("2,000", "3", "1.5 (0.5–4.4)")


def test_the_loss_on_unseen_outlets_may_be_below_zero(evaluation: Evaluation) -> None:
    loss = by_title(evaluation)["Outlets unseen in training"].rows[0][-1]
    assert loss == "0.400 (−0.100 to 0.700)"


def test_the_audit_shows_the_terms_that_change_most_and_how_many_do_too_much(
    evaluation: Evaluation,
) -> None:
    shown = by_title(evaluation)
    summary = {name: found for name, found, _ in shown["Audit of terms"].rows}
    assert summary["Mean change"] == "0.020 (0.010–0.040)"
    assert summary["Terms beyond a limit, of 3"] == "1"
    assert shown["Audit: terms that change most"].rows[0][:2] == ("Oslo", "city")


def test_the_checklist_shows_each_behaviour_and_all(evaluation: Evaluation) -> None:
    shown = by_title(evaluation)
    assert [row[:3] for row in shown["Checklist"].rows] == [("idiom", "2", "1"), ("all", "2", "1")]
    assert shown["Checklist: minimal pairs"].rows[0][:3] == ("graphic", "1", "1")


def test_robustness_shows_forms_padding_and_joins(evaluation: Evaluation) -> None:
    shown = by_title(evaluation)
    assert shown["Robustness: forms of an article"].rows == (
        ("upper case", "6", *["0.020 (0.010–0.040)"] * 3),
        ("NFC", "0", "–", "–", "–"),
    )
    padded = shown["Robustness: graphic articles among 5,000 peaceful words"].rows
    assert padded == (("before", "1", "1", "0.900 (0.800–1.000)"),)
    joined = shown["Robustness: peaceful articles joined to 5,000 words"].rows
    assert joined[0][-1] == "−0.100 (−0.200 to 0.000)"


def test_what_was_not_measured_has_no_table(evaluation: Evaluation) -> None:
    bare = replace(
        evaluation,
        violent=replace(evaluation.violent, operating_points={}),
        graphic=replace(evaluation.graphic, operating_points={}),
        audit=None,
        checklist=None,
        robustness=None,
    )
    missing = set(by_title(evaluation)) - set(by_title(bare))
    assert len(missing) == 3 + 3 + 2 + 3
    assert not {title for title in by_title(bare) if "alarm" in title.lower()}


def test_without_unlabelled_texts_their_alarms_have_no_table(evaluation: Evaluation) -> None:
    points = {
        name: replace(found, unlabelled_alarms=Alarms(0, 0, None))
        for name, found in evaluation.violent.operating_points.items()
    }
    without = replace(evaluation, violent=replace(evaluation.violent, operating_points=points))
    assert len(tables(without)) == len(tables(evaluation)) - 1
