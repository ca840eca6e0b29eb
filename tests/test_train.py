"""A small training from end to end on the written texts, and the choices made after it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from forewarn.classifier import Classifier
from forewarn.corpus import GoldText, LabelledSentence, WrittenText, load_written
from forewarn.features import N_BUCKETS
from forewarn.labels import ModelInfo
from forewarn.parameters import Parameters
from forewarn.predict import load
from forewarn.taxonomy import TYPE_NAMES, Severity
from forewarn.train import (
    CAUTIOUS_RECALL,
    N_FOLDS,
    STRICT_PRECISION,
    TrainingData,
    choose_operating_points,
    cut_folds,
    fit,
    gather,
    narrow_buckets,
)

FAMILIES_OF_A_TYPE = 3
INFO = ModelInfo("0", "none")


def as_gold(record: WrittenText) -> GoldText:
    """Pass a written text off as a gold one."""
    return GoldText(
        record.id, record.family, "written", "", record.text, record.severity, record.types,
        record.evidence, "h", (), 1, "random", "train", False,
    )  # fmt: skip


def as_sentence(record: WrittenText) -> LabelledSentence:
    """Pass a written text off as a labelled sentence of the family's article."""
    text = record.text.partition(". ")[0]
    return LabelledSentence(
        record.id, record.family, 0, len(text), text, "", record.severity, (), "random"
    )


def some_families(written: Iterable[WrittenText], per_type: int) -> list[WrittenText]:
    """Return families among which every type occurs a few times."""
    families: dict[str, list[WrittenText]] = defaultdict(list)
    for record in written:
        families[record.family].append(record)
    types = {
        name: {t for record in texts for t in record.types} for name, texts in families.items()
    }
    chosen: list[str] = []
    for wanted in TYPE_NAMES:
        having = [name for name in families if wanted in types[name]]
        missing = per_type - sum(name in chosen for name in having)
        chosen += [name for name in having if name not in chosen][: max(missing, 0)]
    return [record for name in chosen for record in families[name]]


@pytest.fixture(scope="module")
def written() -> list[WrittenText]:
    return [*load_written()]


@pytest.fixture(scope="module")
def texts(written: list[WrittenText]) -> list[WrittenText]:
    return some_families(written, FAMILIES_OF_A_TYPE)


@pytest.fixture(scope="module")
def data(written: list[WrittenText], texts: list[WrittenText]) -> TrainingData:
    gold, others = [as_gold(record) for record in texts], written[-40:]
    return gather(gold, [as_sentence(record) for record in others], others)


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, int, int]]:
    """Return what `parameters` was told of its progress; filled by it."""
    return []


@pytest.fixture(scope="module")
def parameters(data: TrainingData, steps: list[tuple[str, int, int]]) -> Parameters:
    return fit(data, progress=lambda *step: steps.append(step))


# -- data -----------------------------------------------------------------------------------------


def test_texts_become_rows_under_their_families(
    data: TrainingData, texts: list[WrittenText]
) -> None:
    assert data.articles.documents.shape == (len(texts), N_BUCKETS)
    assert data.articles.group.tolist() == [record.family for record in texts]
    assert data.written.documents.shape == (40, N_BUCKETS)
    assert data.singles.documents.shape == (40, N_BUCKETS)
    assert data.singles.severity.tolist() == data.written.severity.tolist()


def test_without_gold_texts_the_written_ones_take_their_place(texts: list[WrittenText]) -> None:
    data = gather(texts)
    assert data.articles.group.tolist() == [record.family for record in texts]
    assert len(data.written.severity) == len(data.singles.severity) == 0
    X, reaches, weight = data.sentence_rows(3, cut_folds(data, 0), None)
    assert len(X) == len(reaches) == len(weight) > 0


def test_what_is_of_one_group_is_in_one_fold_wherever_it_comes_from(
    written: list[WrittenText], texts: list[WrittenText]
) -> None:
    some, others = texts[:40], written[-40:]
    singles = [as_sentence(record) for record in (*some, *others)]
    data = gather([as_gold(record) for record in some], singles, others)
    folds = cut_folds(data, 0)
    of_group = defaultdict(set)
    for part, found in zip(data.parts, folds, strict=True):
        for group, fold in zip(part.group.tolist(), found.tolist(), strict=True):
            of_group[group].add(fold)
    assert {len(found) for found in of_group.values()} == {1}
    assert set.union(*of_group.values()) == {*range(N_FOLDS)}


def test_the_sentences_of_a_fold_are_left_out_and_no_others(data: TrainingData) -> None:
    folds = cut_folds(data, 0)
    for level in (1, 2, 3):
        whole = len(data.sentence_rows(level, folds, None)[0])
        parts = [len(data.sentence_rows(level, folds, fold)[0]) for fold in range(N_FOLDS)]
        assert sum(whole - part for part in parts) == whole


def test_written_sentences_count_less_than_labelled_ones(data: TrainingData) -> None:
    _, reaches, weight = data.sentence_rows(3, cut_folds(data, 0), None)
    assert (weight < 1).sum() == len(data.written.known(3)[0])
    assert reaches.any()
    assert not reaches.all()


def test_the_types_table_is_shorter_and_sums_what_falls_together(data: TrainingData) -> None:
    before = data.articles.documents.copy()
    narrow = narrow_buckets(data.articles.documents)
    assert narrow.shape[1] < N_BUCKETS
    assert narrow.sum(axis=1) == pytest.approx(before.sum(axis=1))
    assert abs(data.articles.documents - before).max() == 0
    assert narrow.has_canonical_format


# -- fitting --------------------------------------------------------------------------------------


def test_what_is_fitted_is_a_model_that_can_be_saved_and_loaded(
    parameters: Parameters, texts: list[WrittenText], tmp_path: Path
) -> None:
    path = tmp_path / "small.joblib"
    clf = Classifier(parameters, INFO)
    clf.save(path)
    some = [record.text for record in texts[:20]]
    assert (load(path).predict_proba(some) == clf.predict_proba(some)).all()
    assert (load(path).predict_types(some) == clf.predict_types(some)).all()


def test_it_has_learnt_its_own_texts(parameters: Parameters, texts: list[WrittenText]) -> None:
    clf = Classifier(parameters, INFO)
    articles = [record.text for record in texts]
    severity = np.array([record.severity for record in texts])
    probabilities = clf.predict_proba(articles)
    for level in (1, 2, 3):
        assert roc_auc_score(severity >= level, probabilities[:, level:].sum(axis=1)) > 0.9


def test_calibration_turns_no_type_upside_down(
    parameters: Parameters, texts: list[WrittenText]
) -> None:
    types = Classifier(parameters, INFO).predict_types([record.text for record in texts])
    for column, name in enumerate(TYPE_NAMES):
        have = np.array([name in record.types for record in texts])
        assert roc_auc_score(have, types[:, column]) > 0.9, name


def test_thresholds_are_probabilities_and_points_have_their_names(parameters: Parameters) -> None:
    assert [*parameters.operating_points] == ["balanced", "cautious", "strict"]
    for point in parameters.operating_points.values():
        assert len(point.thresholds) == 3
        assert all(0 <= threshold <= 1 for threshold in point.thresholds)
    assert ((parameters.type_thresholds > 0) & (parameters.type_thresholds <= 1)).all()


def test_progress_is_told_up_to_the_end(
    parameters: Parameters, steps: list[tuple[str, int, int]]
) -> None:
    done = [step[1] for step in steps]
    assert done == [*range(1, len(steps) + 1)]
    assert {(step[0], step[2]) for step in steps} == {("fitting", len(steps))}
    assert parameters.training == {}


def test_the_same_data_and_seed_give_the_same_bytes(
    data: TrainingData, parameters: Parameters, tmp_path: Path
) -> None:
    Classifier(parameters, INFO).save(tmp_path / "first")
    Classifier(fit(data), INFO).save(tmp_path / "again")
    assert (tmp_path / "first").read_bytes() == (tmp_path / "again").read_bytes()


def test_a_type_that_no_text_has_is_never_given(written: list[WrittenText]) -> None:
    some = [record for record in written[:64] if "homicide" not in record.types]
    data = gather(
        [as_gold(record) for record in some],
        [as_sentence(record) for record in some[:8]],
        written[-8:],
    )
    clf = Classifier(fit(data), INFO)
    column = TYPE_NAMES.index("homicide")
    types = clf.predict_types([record.text for record in written[:64]])[:, column]
    assert (types < clf.parameters.type_thresholds[column]).all()


def test_texts_without_words_do_not_stand_in_the_way(written: list[WrittenText]) -> None:
    some = written[:64]
    blank = [
        replace(as_gold(some[0]), severity=Severity.NONE, types=(), evidence=(), text=text,
                id=f"blank:{text}", article=f"blank:{text}")
        for text in ("", "...", " \n")
    ]  # fmt: skip
    data = gather(
        [*blank[:1], *map(as_gold, some), *blank[1:]],
        [as_sentence(record) for record in some[:8]],
        written[-8:],
    )
    clf = Classifier(fit(data), INFO)
    graphic = [record.severity is Severity.GRAPHIC for record in some]
    assert roc_auc_score(graphic, clf.score([record.text for record in some])) > 0.9


# -- operating points -----------------------------------------------------------------------------


@st.composite
def predictions(draw: st.DrawFn) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return cumulative probabilities that never cross, and severities that all occur."""
    n = draw(st.integers(4, 40))
    severity = np.array([0, 1, 2, 3] + [draw(st.integers(0, 3)) for _ in range(n - 4)])
    steps = st.integers(1, 99)
    levels = np.array([[draw(steps) / 100 for _ in range(n)] for _ in range(3)])
    return np.sort(levels, axis=0)[::-1], severity


def precision_recall_f1(found: NDArray[np.bool_], true: NDArray[np.bool_]) -> list[float]:
    hits = float((found & true).sum())
    precision, recall = hits / max(found.sum(), 1), hits / true.sum()
    return [precision, recall, 2 * hits / (found.sum() + true.sum())]


@settings(deadline=None, max_examples=60)
@given(predictions())
def test_each_point_reaches_what_it_is_named_for(
    sample: tuple[NDArray[np.float64], NDArray[np.int64]],
) -> None:
    levels, severity = sample
    points = choose_operating_points(levels, severity)
    for level in (1, 2, 3):
        probability, true = levels[level - 1], severity >= level
        possible = {t: precision_recall_f1(probability >= t, true) for t in probability}
        cut = {name: point.thresholds[level - 1] for name, point in points.items()}
        reached = {name: precision_recall_f1(probability >= t, true) for name, t in cut.items()}
        assert reached["balanced"][2] == pytest.approx(max(f1 for _, _, f1 in possible.values()))
        assert reached["cautious"][1] >= CAUTIOUS_RECALL
        precise = [r for p, r, _ in possible.values() if p >= STRICT_PRECISION]
        if precise:
            assert reached["strict"][0] >= STRICT_PRECISION
        for name, point in points.items():
            if level >= Severity.VIOLENT:
                precision, recall, _ = reached[name]
                assert point.reached[f"{Severity(level)}_precision"] == pytest.approx(precision)
                assert point.reached[f"{Severity(level)}_recall"] == pytest.approx(recall)
