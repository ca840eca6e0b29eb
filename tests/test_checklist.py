"""A checklist is read whole or refused with the place of its fault, and answered case by case."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forewarn import Severity, load
from forewarn.checklist import Case, read_checklist, run_checklist
from forewarn.corpus import load_written, load_written_sentences
from forewarn.errors import CorpusError, ForewarnError, InputError

FOLDER = Path(__file__).parent / "checklist"

PEACEFUL = Case(
    id="fair",
    behaviour="peaceful",
    text="The village fair opens on Saturday with a cake stall and a brass band.",
    at_most=Severity.REFERENCE,
)
PLAIN = Case(
    id="plain",
    behaviour="violence",
    text="Two men were shot dead outside a bar in the city late on Monday, police said.",
    at_least=Severity.VIOLENT,
    pair="bar",
)
GRAPHIC = Case(
    id="graphic",
    behaviour="violence",
    text=(
        "Two men were shot dead outside a bar in the city late on Monday. One of them lay in a"
        " pool of blood with half of his skull blown away and begged for his mother as he died."
    ),
    at_least=Severity.GRAPHIC,
    pair="bar",
)


def write(folder: Path, *records: dict[str, Any], name: str = "news.jsonl") -> None:
    lines = (json.dumps(record) + "\n" for record in records)
    (folder / name).write_text("".join(lines), encoding="utf-8")


def record(id: str = "1", **fields: Any) -> dict[str, Any]:
    return {"id": id, "behaviour": "weather", "text": "Rain.", "at_most": "none"} | fields


def normalised(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


# -- the project's own checklist ------------------------------------------------------------------


def test_the_checklist_has_enough_texts_of_every_behaviour() -> None:
    counts = Counter(case.behaviour for case in read_checklist(FOLDER))
    assert counts.total() >= 330
    assert len(counts) >= 18
    assert min(counts.values()) >= 14
    assert counts["plain_and_graphic"] >= 60
    assert counts["metaphor_and_fact"] >= 40


def test_a_file_holds_the_behaviour_that_it_is_named_after() -> None:
    cases = {case.id: case for case in read_checklist(FOLDER)}
    for path in FOLDER.iterdir():
        for line in path.read_text(encoding="utf-8").splitlines():
            assert cases[json.loads(line)["id"]].behaviour == path.stem


def test_no_text_comes_twice() -> None:
    counts = Counter(normalised(case.text) for case in read_checklist(FOLDER))
    assert counts.most_common(1)[0][1] == 1


def test_no_text_is_asked_to_be_told_from_another_peaceful_one() -> None:
    bounds = {(case.at_least, case.at_most) for case in read_checklist(FOLDER)}
    assert Severity.NONE not in {at_most for _, at_most in bounds}
    assert Severity.REFERENCE not in {at_least for at_least, _ in bounds}


def test_the_two_texts_of_a_pair_share_words() -> None:
    pairs: dict[str, list[set[str]]] = {}
    for case in read_checklist(FOLDER):
        if case.pair is not None:
            pairs.setdefault(case.pair, []).append(set(normalised(case.text).split()))
    assert len(pairs) >= 50
    assert all(len(one & other) >= 0.3 * min(len(one), len(other)) for one, other in pairs.values())


def test_the_checklist_shares_no_text_with_the_training_texts() -> None:
    trained = {normalised(item.text) for item in load_written()}
    trained |= {normalised(item.text) for item in load_written_sentences()}
    texts = [case.text for case in read_checklist(FOLDER)]
    sentences = [part for text in texts for part in re.split(r"(?<=[.!?])\s+|\n+", text)]
    assert trained.isdisjoint(map(normalised, texts + sentences))


# -- reading --------------------------------------------------------------------------------------


def test_cases_come_in_the_order_of_files_and_lines(tmp_path: Path) -> None:
    write(tmp_path, record("3"), name="b.jsonl")
    write(tmp_path, record("2", at_most="violent"), record("1", at_least="none"), name="a.jsonl")
    write(tmp_path, record("0"), name="notes.json")
    assert [case.id for case in read_checklist(tmp_path)] == ["2", "1", "3"]


def test_a_case_says_what_it_expects(tmp_path: Path) -> None:
    write(
        tmp_path,
        record("1", at_least="violent", at_most="violent"),
        record("2", at_least="reference", at_most="violent"),
        record("3", at_least="none", at_most="graphic"),
    )
    expectations = [case.expectation for case in read_checklist(tmp_path)]
    assert expectations == ["violent", "at least reference, at most violent", "anything"]


def test_a_pair_may_lie_in_two_files(tmp_path: Path) -> None:
    write(tmp_path, record("1", pair="p"), name="a.jsonl")
    mate = record("2", pair="p", at_least="violent", at_most="violent")
    write(tmp_path, mate, name="b.jsonl")
    assert [case.pair for case in read_checklist(tmp_path)] == ["p", "p"]


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([{"id": "1", "text": "Rain."}], "line 1: no field 'behaviour'"),
        ([record(text=7)], "line 1: field 'text' is a number, not a string"),
        ([record(text=" ")], "line 1: field 'text' is empty"),
        ([record(at_lest="graphic")], "line 1: unknown field 'at_lest'; a case has the fields"),
        ([record(at_most="mild")], "line 1: field 'at_most' is 'mild'; give one of none, ref"),
        ([record(), record("2", at_least="graphic")], "line 2: field 'at_least' is graphic, more"),
        ([record(), record()], "line 2: field 'id' is '1', as in .*news.jsonl, line 1; give each"),
        ([record(), record("2", pair="p")], "line 2: field 'pair' is 'p', which names 1 of"),
        (
            [record(str(n), pair="p", at_least="none") for n in range(3)],
            "line 3: field 'pair' is 'p', which names 3 of",
        ),
        (
            [record("1", pair="p"), record("2", pair="p")],
            "line 2: field 'pair' is 'p', whose cases may be equally severe",
        ),
    ],
)
def test_a_faulty_case_is_refused_with_its_file_line_and_field(
    tmp_path: Path, records: list[dict[str, Any]], message: str
) -> None:
    write(tmp_path, *records)
    with pytest.raises(CorpusError, match=f"^{re.escape(str(tmp_path))}.news.jsonl, {message}"):
        read_checklist(tmp_path)


def test_a_case_without_an_expectation_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"id": "1", "behaviour": "weather", "text": "Rain."})
    with pytest.raises(CorpusError, match="line 1: neither 'at_least' nor 'at_most'; say what"):
        read_checklist(tmp_path)


def test_a_line_that_is_no_object_is_refused(tmp_path: Path) -> None:
    (tmp_path / "news.jsonl").write_bytes(b'{"id": \n')
    with pytest.raises(CorpusError, match=r"news.jsonl, line 1: no JSON"):
        read_checklist(tmp_path)


def test_a_folder_without_cases_is_refused(tmp_path: Path) -> None:
    (tmp_path / "news.jsonl").write_bytes(b"\n")
    with pytest.raises(CorpusError, match=r"no case in any \*.jsonl file; put one JSON object"):
        read_checklist(tmp_path)


def test_what_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"nowhere: cannot be read .*; name a folder"):
        read_checklist(tmp_path / "nowhere")
    (tmp_path / "deep.jsonl").mkdir()
    with pytest.raises(CorpusError, match=r"deep\.jsonl: cannot be read"):
        read_checklist(tmp_path)


# -- answering ------------------------------------------------------------------------------------


def test_cases_pass_where_the_decision_lies_between_the_bounds() -> None:
    result = run_checklist(load(), [PEACEFUL, PLAIN, GRAPHIC])
    counts = {it.behaviour: (it.passed, it.cases) for it in result.behaviours}
    assert counts == {"peaceful": (1, 1), "violence": (2, 2)}
    assert (result.passed, result.cases, result.rate.value) == (3, 3, 1)


def test_a_failure_says_what_was_expected_and_what_was_found() -> None:
    impossible = replace(PEACEFUL, at_least=Severity.GRAPHIC, at_most=Severity.GRAPHIC)
    classifier = load()
    (behaviour,) = run_checklist(classifier, [impossible, replace(PEACEFUL, id="2")]).behaviours
    (failure,) = behaviour.failures
    assert (failure.id, failure.expected) == ("fair", "graphic")
    assert failure.decided == str(Severity(int(classifier.predict(PEACEFUL.text)[0])))
    assert failure.graphic == pytest.approx(classifier.score(PEACEFUL.text))
    assert failure.graphic <= failure.violent < 0.1
    assert behaviour.rate.value == 0.5


def test_a_pair_is_ordered_where_the_severer_text_has_the_higher_probability() -> None:
    classifier = load()
    (right,) = run_checklist(classifier, [PLAIN, GRAPHIC]).pairs
    assert (right.severity, right.ordered, right.pairs, right.failures) == ("graphic", 1, 1, ())
    swapped = [replace(PLAIN, text=GRAPHIC.text), replace(GRAPHIC, text=PLAIN.text)]
    (wrong,) = run_checklist(classifier, swapped).pairs
    assert (wrong.ordered, wrong.rate.value, wrong.failures) == (0, 0, ("bar",))
    (equal,) = run_checklist(classifier, [PLAIN, replace(GRAPHIC, text=PLAIN.text)]).pairs
    assert equal.ordered == 0


def test_pairs_are_compared_by_what_the_severer_text_is_expected_to_be() -> None:
    metaphor = replace(PEACEFUL, pair="night")
    fact = replace(PLAIN, pair="night")
    result = run_checklist(load(), [PLAIN, GRAPHIC, replace(metaphor, id="m"), fact])
    assert [(it.severity, it.pairs) for it in result.pairs] == [("graphic", 1), ("violent", 1)]


def test_half_a_pair_is_not_compared() -> None:
    assert run_checklist(load(), [GRAPHIC]).pairs == ()


def test_the_operating_point_decides_and_not_the_classifiers_own() -> None:
    cases = read_checklist(FOLDER)
    cautious, strict = (run_checklist(load(), cases, point) for point in ("cautious", "strict"))
    assert cautious.behaviours != strict.behaviours
    assert (cautious.operating_point, strict.operating_point) == ("cautious", "strict")
    assert run_checklist(load(threshold=0.0), cases, "strict") == strict
    with pytest.raises(ForewarnError, match="no operating point 'loud'"):
        run_checklist(load(), cases, "loud")


def test_no_cases_are_no_checklist() -> None:
    with pytest.raises(InputError, match="no cases to check"):
        run_checklist(load(), [])


@given(st.permutations([PEACEFUL, PLAIN, GRAPHIC, replace(PEACEFUL, id="2", text="Rain.")]))
def test_the_order_of_the_cases_does_not_matter(cases: Iterable[Case]) -> None:
    result = run_checklist(load(), cases)
    assert {it.behaviour: it.cases for it in result.behaviours} == {"peaceful": 2, "violence": 2}
    assert (result.passed, result.pairs[0].ordered) == (4, 1)


def test_a_result_turns_to_plain_values() -> None:
    impossible = replace(PEACEFUL, at_least=Severity.GRAPHIC, at_most=Severity.GRAPHIC)
    plain = run_checklist(load(), [impossible, PLAIN, GRAPHIC]).to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["operating_point"] == "balanced"
    assert plain["behaviours"][0]["failures"][0]["id"] == "fair"
    assert plain["pairs"][0]["severity"] == "graphic"


def test_the_released_model_passes_what_it_has_learnt_to_pass() -> None:
    result = run_checklist(load(), read_checklist(FOLDER))
    rates = {found.behaviour: found.rate.value for found in result.behaviours}
    for behaviour in ("graphic", "plain_violence", "plain_and_graphic", "animals", "policy"):
        assert rates[behaviour] >= 0.8, behaviour
    assert result.rate.value >= 0.8  # the aim is 0.92, and 0.8 for each
