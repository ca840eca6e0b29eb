"""What the released model answers, and that its answers hold together.

Nothing here depends on how good the model is, save the few things that any model worth releasing
does; measured figures are the matter of the evaluation.
"""

import contextlib
import html
import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from forewarn._version import __version__
from forewarn.classifier import MAX_EVIDENCE, Classifier
from forewarn.corpus import load_written
from forewarn.errors import ForewarnError, ModelFileError
from forewarn.labels import Label
from forewarn.locate import locate_sentences
from forewarn.modelfile import save_model
from forewarn.parameters import parameters_to_content
from forewarn.predict import load
from forewarn.taxonomy import Severity, iptc_warnings, warning_message
from forewarn.text import repair
from forewarn.tokens import tokenise
from forewarn.windows import cut_windows

WRITTEN = [record.text for record in islice(load_written(), 300)]

GRAPHIC = (
    "Two bombs went off in front of the Café Miró on Harbour Street on Monday. “She was screaming"
    " for her son,” a witness said – “then she stopped.” Blood ran down the steps, and pieces of"
    " flesh and torn limbs hung from the awning. The attackers shot the wounded in the head where"
    " they lay bleeding. The mayor of São Bento didn’t speak."
)
# Ten words each, so that a window holds them without remainder.
CALM = (
    "The council approved the new parks budget on Monday evening.",
    "A bus line will join the station and the market.",
    "Members asked what the benches by the lake had cost.",
    "The school choir sang at the opening of the library.",
    "Rain is expected in the west with sunshine on Friday.",
    "The baker on the corner won a prize for bread.",
)
STARK = "Blood ran down the steps where he had been stabbed."

ANSWERS = ("score", "predict_proba", "predict", "predict_types", "label", "evidence")

# Pieces that texts may be made of, the worst of them next to each other.
PIECES = (
    *(
        "blood",
        "He was shot",
        "word" * 60,
        "word " * 200,
        "kil-\nled",
        "3.5",
        "Mr. ",
        "中。",
        "ß",
        "İ",
    ),
    *(" ", ". ", "\n", "\r\n\r\n", "...", "?!” ", '" ', "'", " (", "é", "e\u0301", "\x00", "\x91"),
    *("&amp;", "&#8217;", "&nbsp;", "\xad", "\u200b", "Ã©", "â€œ"),
    *("😀", " 𝒜.", "\ud83d ", " \ude00."),
)
mixed = st.lists(st.sampled_from(PIECES), max_size=24).map("".join)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
few = settings(max_examples=60, deadline=None)


@pytest.fixture(scope="module")
def clf() -> Classifier:
    return load()


def calm(n_sentences: int) -> list[str]:
    return [*islice(cycle(CALM), n_sentences)]


def scores(clf: Classifier, texts: Any) -> NDArray[np.float64]:
    return np.asarray(clf.score(texts))


def one_label(clf: Classifier, text: str) -> Label:
    [found] = clf.iter_labels([text])
    return found


# -- probabilities --------------------------------------------------------------------------------


def test_probabilities_are_probabilities_and_sum_to_one(clf: Classifier) -> None:
    probabilities = clf.predict_proba(WRITTEN)
    assert probabilities.shape == (len(WRITTEN), 4)
    assert probabilities.dtype == np.float64
    assert (probabilities >= 0).all()
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-12)
    types = clf.predict_types(WRITTEN)
    assert types.shape == (len(WRITTEN), 16)
    assert ((types >= 0) & (types <= 1)).all()


def test_the_score_is_the_probability_of_graphic(clf: Classifier) -> None:
    found = clf.score(WRITTEN)
    assert isinstance(found, np.ndarray)
    assert found.dtype == np.float64
    assert (found == clf.predict_proba(WRITTEN)[:, Severity.GRAPHIC]).all()


@few
@given(texts=st.lists(mixed | anything, max_size=4))
def test_any_text_has_finite_answers_that_hold_together(clf: Classifier, texts: list[str]) -> None:
    probabilities = clf.predict_proba(texts)
    assert (probabilities >= 0).all()
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-12)
    assert (scores(clf, texts) == probabilities[:, 3]).all()
    assert np.isfinite(clf.predict_types(texts)).all()


def test_graphic_texts_score_above_calm_ones(clf: Classifier) -> None:
    graphic, calm_text = clf.predict_proba([GRAPHIC, " ".join(CALM)])
    assert graphic[3] > 10 * calm_text[3]
    assert graphic[2:].sum() > 0.5 > calm_text[2:].sum()


# -- decisions ------------------------------------------------------------------------------------


def decided(probabilities: NDArray[np.float64], thresholds: NDArray[np.float64]) -> list[int]:
    """Return the highest severity whose cumulative probability reaches its threshold."""
    return [
        max([0, *(level for level in (1, 2, 3) if row[level:].sum() >= thresholds[level - 1])])
        for row in probabilities
    ]


@pytest.mark.parametrize("operating_point", ["balanced", "cautious", "strict"])
def test_the_severity_is_the_highest_that_reaches_its_threshold(operating_point: str) -> None:
    clf = load(operating_point=operating_point)
    found = clf.predict(WRITTEN)
    assert found.dtype == np.int64
    assert found.tolist() == decided(clf.predict_proba(WRITTEN), clf.thresholds)


def test_a_lower_threshold_finds_more_graphic_texts(clf: Classifier) -> None:
    probabilities = clf.predict_proba(WRITTEN)
    boundary = float(np.median(probabilities[:, 3]))
    for threshold in (0.02, boundary, 0.5, 1.0):
        chosen = load(threshold=threshold)
        graphic = chosen.predict(WRITTEN) == Severity.GRAPHIC
        assert (graphic == (probabilities[:, 3] >= threshold)).all()


def test_cautious_finds_every_text_that_strict_finds() -> None:
    cautious, strict = (load(operating_point=name) for name in ("cautious", "strict"))
    for severity in (Severity.VIOLENT, Severity.GRAPHIC):
        assert (
            (cautious.predict(WRITTEN) >= severity) | (strict.predict(WRITTEN) < severity)
        ).all()


def test_an_operating_point_that_the_model_has_not_is_refused() -> None:
    with pytest.raises(ForewarnError, match=r"'careful'.*balanced, cautious, strict"):
        load(operating_point="careful")


@pytest.mark.parametrize("threshold", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_threshold_that_is_no_probability_is_refused(threshold: float) -> None:
    with pytest.raises(ForewarnError, match=r"threshold .* 0 to 1"):
        load(threshold=threshold)


# -- base rates -----------------------------------------------------------------------------------


def test_the_share_of_the_labelled_texts_changes_nothing(clf: Classifier) -> None:
    same = load(base_rate=clf.parameters.graphic_share)
    assert same.predict_proba(WRITTEN) == pytest.approx(clf.predict_proba(WRITTEN), abs=1e-12)


def test_a_lower_base_rate_lowers_the_odds_of_graphic_by_the_ratio_of_the_odds(
    clf: Classifier,
) -> None:
    share, rare = clf.parameters.graphic_share, 0.002
    before, after = scores(clf, WRITTEN), scores(load(base_rate=rare), WRITTEN)
    ratio = rare / (1 - rare) / (share / (1 - share))
    assert after / (1 - after) == pytest.approx(before / (1 - before) * ratio)


def test_with_a_base_rate_the_other_severities_keep_their_proportions(clf: Classifier) -> None:
    before = clf.predict_proba(WRITTEN)
    after = load(base_rate=0.3).predict_proba(WRITTEN)
    assert after.sum(axis=1) == pytest.approx(1)
    others = before[:, :3] / before[:, :3].sum(axis=1, keepdims=True)
    assert after[:, :3] / after[:, :3].sum(axis=1, keepdims=True) == pytest.approx(others)


@pytest.mark.parametrize("operating_point", ["balanced", "cautious", "strict"])
def test_an_operating_point_decides_the_same_at_any_base_rate(operating_point: str) -> None:
    usual, rare = (load(operating_point=operating_point, base_rate=rate) for rate in (None, 0.001))
    assert (usual.predict(WRITTEN) == rare.predict(WRITTEN)).all()


@given(threshold=st.floats(0.01, 0.99), base_rate=st.floats(0.001, 0.5))
@few
def test_a_threshold_is_meant_for_the_probabilities_of_the_base_rate(
    threshold: float, base_rate: float
) -> None:
    chosen = load(threshold=threshold, base_rate=base_rate)
    graphic = scores(chosen, WRITTEN[:60])
    clear = np.abs(graphic - threshold) > 1e-9
    found = chosen.predict(WRITTEN[:60]) == Severity.GRAPHIC
    assert (found[clear] == (graphic >= threshold)[clear]).all()


@pytest.mark.parametrize("base_rate", [0.0, 1.0, -0.1, float("nan")])
def test_a_base_rate_that_is_no_share_is_refused(base_rate: float) -> None:
    with pytest.raises(ForewarnError, match=r"base rate .* between 0 and 1"):
        load(base_rate=base_rate)


# -- labels ---------------------------------------------------------------------------------------


def test_a_label_says_what_the_other_answers_say(clf: Classifier) -> None:
    found = [*clf.iter_labels(WRITTEN)]
    probabilities, types = clf.predict_proba(WRITTEN), clf.predict_types(WRITTEN)
    severities, evidence = clf.predict(WRITTEN), clf.evidence(WRITTEN)
    for row, item in enumerate(found):
        assert item.severity is Severity(severities[row])
        assert item.score == probabilities[row, 3]
        assert item.probabilities == dict(zip(clf.classes, probabilities[row], strict=True))
        for name, probability in item.types.items():
            assert probability == types[row, clf.type_names.index(name)]
        left_out = [column for column, name in enumerate(clf.type_names) if name not in item.types]
        thresholds = clf.parameters.type_thresholds
        assert (types[row, left_out] < thresholds[left_out]).all()
        assert [*item.types.values()] == sorted(item.types.values(), reverse=True)
        assert item.message == warning_message(item.severity, [*item.types])
        assert item.warnings == iptc_warnings(item.severity, item.types)
        assert item.evidence == (evidence[row] if item.severity >= Severity.VIOLENT else ())
        assert item.model == clf.info
    assert {item.severity for item in found} == {*Severity}


def test_a_label_turns_into_json(clf: Classifier) -> None:
    plain = one_label(clf, GRAPHIC).to_dict()
    assert json.loads(json.dumps(plain)) == plain


@pytest.mark.parametrize(
    "text", ["", " ", "\n\r\n\t", "\xa0\u2003\u3000", "\u200b\ufeff", "&nbsp;"]
)
def test_a_blank_text_is_none_for_sure(clf: Classifier, text: str) -> None:
    assert clf.score(text) == 0
    assert clf.predict_proba(text).tolist() == [[1, 0, 0, 0]]
    assert clf.evidence(text) == [()]
    assert clf.explain(text) == []
    found = one_label(clf, text)
    assert found.severity is Severity.NONE
    assert found.probabilities == {"none": 1, "reference": 0, "violent": 0, "graphic": 0}
    assert (found.types, found.warnings, found.message, found.evidence) == ({}, (), "", ())


def test_a_blank_text_is_none_at_any_threshold() -> None:
    for threshold in (0.0, 1.0):
        assert one_label(load(threshold=threshold), " ").severity is Severity.NONE


# -- one text, several, an endless stream ---------------------------------------------------------


def test_one_text_is_one_article_never_letters(clf: Classifier) -> None:
    assert isinstance(clf.score(GRAPHIC), float)
    assert isinstance(clf.label(GRAPHIC), Label)
    assert clf.predict_proba(GRAPHIC).shape == (1, 4)
    assert clf.predict(GRAPHIC).shape == (1,)
    assert clf.predict_types(GRAPHIC).shape == (1, 16)
    assert len(clf.evidence(GRAPHIC)) == 1


def test_no_texts_have_no_answers(clf: Classifier) -> None:
    assert [np.shape(getattr(clf, answer)([])) for answer in ANSWERS] == [
        (0,), (0, 4), (0,), (0, 16), (0,), (0,)
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [tuple, iter, np.array])
def test_any_iterable_of_texts_will_do(clf: Classifier, kind: Callable[[list[str]], Any]) -> None:
    assert (scores(clf, kind(WRITTEN[:5])) == scores(clf, WRITTEN[:5])).all()


def test_a_text_has_the_same_answers_alone_and_among_others(clf: Classifier) -> None:
    several = [GRAPHIC, "", " ".join(calm(400)), *WRITTEN[:40], " "]
    for answer in (clf.score, clf.predict_proba, clf.predict, clf.predict_types):
        together = np.asarray(answer(several))
        alone = np.concatenate([np.atleast_1d(answer(text)) for text in several])
        assert together == pytest.approx(alone, abs=1e-9)
    assert clf.evidence(several) == [clf.evidence(text)[0] for text in several]


@few
@given(texts=st.lists(mixed, min_size=2, max_size=4))
def test_no_text_changes_its_neighbours(clf: Classifier, texts: list[str]) -> None:
    alone = np.concatenate([clf.predict_proba(text) for text in texts])
    assert clf.predict_proba(texts) == pytest.approx(alone, abs=1e-9)


def test_a_stream_is_read_no_further_than_needed(clf: Classifier) -> None:
    read = 0

    def stream() -> Iterator[str]:
        nonlocal read
        while True:
            read += 1
            yield GRAPHIC * 10

    labels = clf.iter_labels(stream())
    assert next(labels) == one_label(clf, GRAPHIC * 10)
    assert read < 200


def test_a_stream_is_not_held_in_memory(clf: Classifier) -> None:
    alive = most = 0

    class Article(str):
        __slots__ = ()

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def stream() -> Iterator[str]:
        nonlocal alive, most
        for _ in range(400):
            alive += 1
            most = max(most, alive)
            yield Article(GRAPHIC * 10)

    assert len(scores(clf, stream())) == 400
    assert most < 300


# -- what is not text -----------------------------------------------------------------------------

NOT_TEXT: list[tuple[Any, str]] = [
    (None, "NoneType"),
    (b"Rain fell.", "bytes"),
    (3, "int"),
    (float("nan"), "float"),
]


@pytest.mark.parametrize(("value", "name"), NOT_TEXT)
def test_what_is_no_text_is_named(clf: Classifier, value: Any, name: str) -> None:
    for answer in ANSWERS:
        with pytest.raises(TypeError, match=rf"\b{name}\b.*\bstr\b"):
            getattr(clf, answer)(value)


@pytest.mark.parametrize(("value", "name"), [*NOT_TEXT, (["Rain fell."], "list")])
def test_what_is_no_text_is_named_with_its_position(clf: Classifier, value: Any, name: str) -> None:
    for answer in ANSWERS:
        with pytest.raises(TypeError, match=rf"\b2\b.*\b{name}\b.*\bstr\b"):
            getattr(clf, answer)(["Rain fell.", "", value, None])


def test_positions_are_counted_from_the_first_text_of_a_stream(clf: Classifier) -> None:
    texts: list[Any] = ["Rain fell. " * 20_000] * 3 + [None]
    with pytest.raises(TypeError, match=r"\b3\b.*NoneType"):
        clf.score(iter(texts))


# -- evidence -------------------------------------------------------------------------------------


def spans_hold(text: str, items: tuple[Any, ...]) -> None:
    for item in items:
        assert item.text == text[item.start : item.end]
        assert item.text.strip()


def test_evidence_is_at_most_three_sentences_strongest_first(clf: Classifier) -> None:
    sizes = set()
    for text, found in zip(WRITTEN, clf.evidence(WRITTEN), strict=True):
        spans_hold(text, found)
        logits = [item.score for item in found]
        assert logits == sorted(logits, reverse=True)
        sizes.add(len(found))
    assert max(sizes) == MAX_EVIDENCE == 3


def test_evidence_is_the_sentence_with_its_marks(clf: Classifier) -> None:
    text = "The vote is on Monday. “They cut off his head, and blood ran!” Rain fell (it stopped)."
    strongest = clf.evidence(text)[0][0]
    assert strongest.text == "“They cut off his head, and blood ran!”"


@few
@given(text=mixed)
def test_evidence_stands_where_it_says_in_any_text(clf: Classifier, text: str) -> None:
    spans_hold(text, clf.evidence(text)[0])


def as_windows1252(text: str) -> str:
    return "".join(
        bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode("utf-8")
    )


DAMAGES: dict[str, Callable[[str], str]] = {
    "none": str,
    "entities": lambda text: text.encode("ascii", "xmlcharrefreplace").decode("ascii"),
    "entities twice": lambda text: html.escape(
        text.encode("ascii", "xmlcharrefreplace").decode("ascii")
    ),
    "misread as Windows-1252": as_windows1252,
    "soft hyphens": lambda text: text.replace("ee", "e\xade").replace("oo", "o\xado"),
    "zero-width spaces": "\u200b".join,
    "accents apart": lambda text: unicodedata.normalize("NFD", text),
    "broken words": lambda text: text.replace("bleeding", "blee-\nding"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_changes_neither_answers_nor_what_is_found(clf: Classifier, damage: str) -> None:
    text = GRAPHIC.replace("Miró", "Miró 😀")
    damaged = DAMAGES[damage](text)
    assert repair(damaged).text == text
    assert clf.score(damaged) == clf.score(text)
    sound, found = one_label(clf, text), one_label(clf, damaged)
    assert found.probabilities == sound.probabilities
    spans_hold(damaged, found.evidence)
    assert [repair(item.text).text for item in found.evidence] == [
        item.text for item in sound.evidence
    ]


def test_windows_line_ends_change_nothing(clf: Classifier) -> None:
    text = "\n".join(["A headline", "", *calm(3), "", GRAPHIC])
    assert clf.score(text.replace("\n", "\r\n")) == pytest.approx(clf.score(text), abs=1e-9)


def test_sentences_are_located_in_the_order_of_the_text(clf: Classifier) -> None:
    text = "😀 Rain fell. &ldquo;Who?&rdquo; he asked.\n\nBoats\u200b sailed"
    clean = repair(text)
    batch = tokenise(["Before.", clean.text, "Behind."], clf.parameters.symbols)
    spans = locate_sentences(text, clean, batch, 1)
    assert [text[start:end] for start, end in spans] == [
        "😀 Rain fell.",
        "&ldquo;Who?&rdquo; he asked.",
        "Boats\u200b sailed",
    ]


# -- explanation ----------------------------------------------------------------------------------


@pytest.mark.parametrize("severity", [Severity.REFERENCE, Severity.VIOLENT, Severity.GRAPHIC])
def test_the_weights_of_its_tokens_add_up_to_a_sentences_logit(
    clf: Classifier, severity: Severity
) -> None:
    bias = clf.parameters.sentence.biases[severity - 1]
    for text in (GRAPHIC, "blood blood blood. Blood!", *WRITTEN[:20]):
        for sentence, tokens in clf.explain(text, severity):
            total = sum(token.weight for token in tokens)
            assert bias + total == pytest.approx(sentence.score, abs=1e-9)


@few
@given(text=mixed)
def test_explained_tokens_stand_in_their_sentences_in_order(clf: Classifier, text: str) -> None:
    explained = clf.explain(text)
    spans_hold(text, tuple(sentence for sentence, _ in explained))
    for sentence, tokens in explained:
        spans_hold(text, tokens)
        starts = [token.start for token in tokens]
        assert starts == sorted(starts)
        assert sentence.start <= starts[0]
        assert tokens[-1].end <= sentence.end


def test_evidence_is_the_strongest_of_the_explained_sentences(clf: Classifier) -> None:
    strict = load(threshold=0.0)  # everything is graphic, so evidence is ranked for it
    for text in (GRAPHIC, *WRITTEN[:20]):
        sentences = [sentence for sentence, _ in clf.explain(text)]
        strongest = sorted(sentences, key=lambda sentence: -sentence.score)[:MAX_EVIDENCE]
        assert strict.evidence(text)[0] == tuple(strongest)


# -- long documents -------------------------------------------------------------------------------


def test_the_worst_window_of_a_long_document_decides(clf: Classifier) -> None:
    sentences = calm(300)
    sentences[123] = STARK
    document = "\n\n".join(sentences)
    batch = tokenise([document], clf.parameters.symbols)
    assert len(batch.sentences) == len(sentences) + 1
    windows = cut_windows(batch)
    parts = [
        "\n\n".join(sentences[first:last])
        for first, last in zip(windows.first, windows.last, strict=True)
    ]
    assert len(parts) > 5
    assert clf.score(document) == pytest.approx(np.max(clf.score(parts)), abs=1e-9)
    worst = clf.predict_proba(parts)[:, ::-1].cumsum(axis=1).max(axis=0)
    assert clf.predict_proba(document)[:, ::-1].cumsum(axis=1)[0] == pytest.approx(worst, abs=1e-9)
    types = clf.predict_types(document)[0]
    assert types == pytest.approx(clf.predict_types(parts).max(axis=0), abs=1e-9)


@pytest.mark.parametrize("position", [0, 250, 500], ids=["first", "in the middle", "last"])
def test_padding_does_not_hide_a_graphic_passage(position: int) -> None:
    clf = load(operating_point="cautious")
    sentences = calm(500)
    padding = " ".join(sentences)
    sentences.insert(position, GRAPHIC)
    padded = " ".join(sentences)
    found = one_label(clf, padded)
    assert found.severity >= Severity.VIOLENT
    assert found.score > 10 * one_label(clf, padding).score
    assert found.evidence[0].text in GRAPHIC


def test_length_alone_raises_no_alarm(clf: Classifier) -> None:
    severities = clf.predict([" ".join(calm(n)) for n in (6, 60, 600, 6_000)])
    assert severities.tolist() == [Severity.NONE] * 4


# -- the file -------------------------------------------------------------------------------------


def test_a_saved_model_answers_as_before(clf: Classifier, tmp_path: Path) -> None:
    path = tmp_path / "mine.joblib"
    digest = clf.save(path)
    again = load(path)
    assert (scores(again, WRITTEN) == scores(clf, WRITTEN)).all()
    assert (again.predict_types(WRITTEN) == clf.predict_types(WRITTEN)).all()
    assert [*again.iter_labels(WRITTEN[:9])] == [*load(path).iter_labels(WRITTEN[:9])]
    assert again.info.digest == digest
    assert again.info.version == __version__
    assert again.thresholds.tolist() == clf.thresholds.tolist()


def test_the_digest_names_the_whole_content(clf: Classifier, tmp_path: Path) -> None:
    path = tmp_path / "mine.joblib"
    other = Classifier(replace(clf.parameters, training={"seed": 12345}), clf.info)
    assert clf.save(path) == clf.save(path) != other.save(path)
    assert load(path).parameters.training == {"seed": 12345}


def test_operating_point_and_threshold_are_chosen_when_loading(
    clf: Classifier, tmp_path: Path
) -> None:
    path = tmp_path / "mine.joblib"
    clf.save(path)
    chosen = Classifier.load(path, operating_point="strict", threshold=0.25)
    strict = clf.parameters.operating_points["strict"].thresholds
    assert chosen.thresholds.tolist() == [*strict[:2], 0.25]


def arrays_of(content: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every array in a model's content, with its place."""
    if isinstance(content, np.ndarray):
        yield place, content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from arrays_of(value, (*place, key))


def put(content: Any, place: tuple[str, ...], value: Any) -> dict[str, Any]:
    """Return the content with another value at a place."""
    first, *rest = place
    return {**content, first: put(content[first], tuple(rest), value) if rest else value}


def test_an_array_of_another_shape_is_refused_with_its_name_and_the_files(
    clf: Classifier, tmp_path: Path
) -> None:
    path = tmp_path / "broken.joblib"
    content = parameters_to_content(clf.parameters)
    for place, array in arrays_of(content):
        of_any_length = place == ("names",)
        for other in (array[None],) if of_any_length else (array[:-1], array[None]):
            save_model(path, put(content, place, other))
            with pytest.raises(ModelFileError) as refused:
                load(path)
            assert place[0] in str(refused.value)
            assert str(path) in str(refused.value)


def test_an_array_of_another_dtype_is_refused_or_makes_no_difference(
    clf: Classifier, tmp_path: Path
) -> None:
    path = tmp_path / "broken.joblib"
    content = parameters_to_content(clf.parameters)
    for place, array in arrays_of(content):
        wide = array.astype("f4" if array.dtype.kind == "f" else "i8")
        save_model(path, put(content, place, wide))
        with contextlib.suppress(ModelFileError):
            assert load(path).score(GRAPHIC) == pytest.approx(clf.score(GRAPHIC), abs=1e-6), place


def test_a_model_without_one_of_its_parts_or_with_another_is_refused(
    clf: Classifier, tmp_path: Path
) -> None:
    path = tmp_path / "broken.joblib"
    content = parameters_to_content(clf.parameters)
    for name in content:
        save_model(path, {key: value for key, value in content.items() if key != name})
        with pytest.raises(ModelFileError, match=name):
            load(path)
    save_model(path, {**content, "surprise": 1})
    with pytest.raises(ModelFileError, match="surprise"):
        load(path)


@pytest.mark.parametrize(
    "point",
    [
        None,
        {"thresholds": (0.1, 0.2), "reached": {}},
        {"thresholds": ("a", "b", "c"), "reached": {}},
        {"reached": {}},
    ],
)
def test_an_operating_point_without_three_thresholds_is_refused(
    clf: Classifier, tmp_path: Path, point: Any
) -> None:
    path = tmp_path / "broken.joblib"
    content = parameters_to_content(clf.parameters)
    save_model(path, put(content, ("operating_points", "balanced"), point))
    with pytest.raises(ModelFileError):
        load(path)
