"""What cards, score lines and tables show, and what they keep from the terminal."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from forewarn.corpus import CorpusReport, SourceReport
from forewarn.inputs import InputText
from forewarn.labels import Evidence, Label, ModelInfo
from forewarn.taxonomy import Severity
from forewarn.terminal import SHAPES, card, progress_bars, report_table, score_line, table, visible

STORY = "The ferry was late. A deckhand was stabbed at the rail. Nobody else was hurt."
LABEL = Label(
    severity=Severity.VIOLENT,
    score=0.25,
    probabilities={"none": 0.0, "reference": 0.05, "violent": 0.7, "graphic": 0.25},
    types={"assault": 0.91},
    warnings=("cwarn:violence",),
    message="Content warning: this article reports a violent assault.",
    evidence=(Evidence(20, 55, STORY[20:55], 2.5),),
    model=ModelInfo("0.1.0", "c0ffee"),
)


def shown(item: RenderableType, *, colour: bool = False) -> str:
    """Return what a terminal 240 characters wide gets, whatever the environment says of it."""
    out = io.StringIO()
    terminal = Console(
        file=out, width=240, force_terminal=True, color_system="standard", no_color=not colour
    )
    terminal.print(item)
    return out.getvalue() if colour else re.sub(r"\x1b\[[\d;]*m", "", out.getvalue())


def test_a_card_tells_everything_an_editor_needs() -> None:
    text = shown(card(InputText("news.jsonl", STORY, 3, "a7"), LABEL))
    for part in (
        "◑ violent",
        "Content warning: this article reports a violent assault.",
        "━━━━━━━━━━━━━━━━━━━━ 0.250",
        "none 0.00 · reference 0.05 · violent 0.70 · graphic 0.25",
        "assault 0.91",
        "cwarn:violence",
        "The ferry was late. A deckhand was stabbed at the rail. Nobody else was hurt.",
        "news.jsonl, line 3 a7",
    ):
        assert part in text


def test_a_card_highlights_the_evidence_and_nothing_around_it() -> None:
    text = shown(card(InputText("a.txt", STORY), LABEL), colour=True)
    assert "\x1b[1;33mA deckhand was stabbed at the rail.\x1b[0m" in text
    assert "\x1b[2mThe ferry was late. \x1b[0m" in text


def test_a_card_shows_evidence_with_only_a_little_of_a_long_story() -> None:
    around = "It rained all day on the hills. " * 20
    sentence = "A deckhand was stabbed at the rail."
    found = Evidence(len(around), len(around) + len(sentence), sentence, 2.5)
    label = replace(LABEL, evidence=(found,))
    text = shown(card(InputText("a.txt", f"{around}{sentence} {around}"), label))
    assert sentence in text
    assert 1 <= text.count("It rained") <= 4
    assert text.count("…") == 2


def test_a_card_says_when_no_warning_is_due() -> None:
    calm = replace(LABEL, severity=Severity.NONE, message="", types={}, warnings=(), evidence=())
    text = shown(card(InputText("a.txt", STORY), calm))
    assert "○ none" in text
    assert "none is due" in text


def test_every_severity_has_a_shape_of_its_own() -> None:
    assert set(SHAPES) == set(Severity)
    assert len(set(SHAPES.values())) == len(Severity)


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J", "\x9b31m", "a\x07b", "\ud83d", "[bold red]", "one\ntwo", "\x00"]
)
def test_no_article_name_or_id_can_drive_the_terminal(hostile: str) -> None:
    sentence = Evidence(0, len(hostile), hostile, 1.0)
    item = InputText(hostile, hostile, 1, hostile)
    text = shown(card(item, replace(LABEL, evidence=(sentence,)))) + shown(score_line(item, 0.5))
    assert not set(text) & {"\x1b", "\x9b", "\x07", "\x00", "\ud83d"}
    assert visible(hostile) in text


def test_a_score_line_is_one_line() -> None:
    text = shown(score_line(InputText("a.txt", STORY), 0.75))
    assert text == "━" * 20 + " 0.750  a.txt\n"


def test_a_table_sets_words_to_the_left_and_figures_to_the_right() -> None:
    lines = shown(table("Ferries", ("Island", "A day"), (("Arran", "9"), ("Bute", "1,200"))))
    assert [line.strip() for line in lines.splitlines() if "9" in line] == ["Arran        9"]


def test_a_report_is_a_row_for_each_source() -> None:
    report = CorpusReport((SourceReport("port", "gold", 1_200, 1_198, ("port:1",), ("port:2",)),))
    text = shown(report_table(report))
    assert ["port,", "gold", "1,200", "1,198", "1", "1"] in [
        line.split() for line in text.splitlines()
    ]


def test_progress_is_silent_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bars() as progress:
        progress("fitting", 1, 2)
    assert capsys.readouterr() == ("", "")
