"""An evaluation's figures are those that counting gives, whatever the order of the records."""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, confusion_matrix, f1_score, roc_auc_score

from forewarn.corpus import GoldText, load_gold
from forewarn.corpus.records import article_of
from forewarn.errors import InputError
from forewarn.evaluate import evaluate
from forewarn.figures import Evaluation, OutletLoss
from forewarn.labels import Evidence, ModelInfo
from forewarn.metrics import Estimate, wilson
from forewarn.taxonomy import Severity


class WordCounter:
    """A model small enough to reckon with: the more words of a level, the likelier the level.

    With n words of a level or above it, that level has the probability n / (n + 1).
    """

    info = ModelInfo(version="0.1", digest="c0ffee" * 10)
    type_names = ("homicide", "assault", "abduction")
    words: tuple[re.Pattern[str], ...] = (
        re.compile(r"\b(war|gun|threat|killed|shot|beaten|kidnapped|blood|screamed)\b"),
        re.compile(r"\b(killed|shot|beaten|kidnapped|blood|screamed)\b"),
        re.compile(r"\b(blood|screamed)\b"),
    )
    type_words = tuple(re.compile(word) for word in ("killed|shot", "beaten", "kidnapped"))

    def predict_proba(self, texts: list[str]) -> NDArray[np.float64]:
        counts = np.array([[len(word.findall(text)) for word in self.words] for text in texts])
        at_least = np.pad(counts / (counts + 1), ((0, 0), (1, 1)))
        at_least[:, 0] = 1
        probabilities: NDArray[np.float64] = at_least[:, :-1] - at_least[:, 1:]
        return probabilities

    def predict(self, texts: list[str]) -> NDArray[np.int64]:
        return np.array(
            [sum(word.search(text) is not None for word in self.words) for text in texts]
        )

    def predict_types(self, texts: list[str]) -> NDArray[np.float64]:
        counts = [[len(word.findall(text)) for word in self.type_words] for text in texts]
        return np.array(counts) / 10

    def evidence(self, texts: list[str]) -> list[tuple[Evidence, ...]]:
        return [self._strongest(text) for text in texts]

    def _strongest(self, text: str) -> tuple[Evidence, ...]:
        sentences = [
            Evidence(
                *found.span(), found[0], sum(len(word.findall(found[0])) for word in self.words)
            )
            for found in re.finditer(r"[^. ][^.]*\.", text)
        ]
        return tuple(sorted(sentences, key=lambda sentence: -sentence.score))


def gold(
    name: str,
    text: str,
    severity: int,
    *evidence: str,
    types: Sequence[str] = (),
    stratum: str = "high",
    outlet: str = "The Harbour Post",
    unseen: bool = False,
) -> GoldText:
    """Return a gold text whose label names the passages given as evidence."""
    return GoldText(
        id=name,
        article=article_of(name),
        source=name.partition(":")[0],
        outlet=outlet,
        text=text,
        severity=Severity(severity),
        types=tuple(types),
        evidence=tuple(
            (text.index(passage), text.index(passage) + len(passage)) for passage in evidence
        ),
        confidence="h",
        annotations=(),
        round=1,
        stratum=stratum,
        split="test",
        unseen_outlet=unseen,
    )


CALM = gold("port:1", "The ferry was late. Nobody minded.", 0, stratum="random")
IDIOM = gold("port:2", "The review was kind. The band killed it.", 0, stratum="random")
THREAT = gold("port:2@40", "A threat of war worries the port.", 1, stratum="random")
SHOT = gold(
    "hill:1",
    "Rain fell. A clerk was shot on Elm Street. Two men were beaten.",
    2,
    "A clerk was shot",
    types=["homicide", "assault"],
    unseen=True,
)
QUIET = gold("hill:2", "They took his life at dawn. A gun lay there.", 2, "They took", outlet="")
VIVID = gold(
    "hill:3",
    "He was killed and kidnapped and beaten. There was blood.",
    3,
    "There was blood",
    types=["homicide"],
    unseen=True,
)
RECORDS = [CALM, IDIOM, THREAT, SHOT, QUIET, VIVID]


@pytest.fixture(scope="module")
def small() -> Evaluation:
    return evaluate(WordCounter(), RECORDS, n_bootstrap=50)


def test_counts_and_provenance(small: Evaluation) -> None:
    assert (small.n_texts, small.n_articles, small.split) == (6, 5, "test")
    assert small.severities == {"none": 2, "reference": 1, "violent": 2, "graphic": 1}
    assert small.model == WordCounter.info
    assert "language-model annotators" in small.labels
    assert "not human labels" in small.labels


def test_confusion_has_labels_in_rows_and_decisions_in_columns(small: Evaluation) -> None:
    assert small.confusion == ((1, 0, 1, 0), (0, 1, 0, 0), (0, 1, 1, 0), (0, 0, 0, 1))


def test_detection_counts_texts_of_a_severity_and_above(small: Evaluation) -> None:
    # Violent words: shot text 2, vivid text 4, idiom 1, the others 0.
    found = small.violent
    assert found.positives == 3
    for estimate, value in (
        (found.auprc, (1 + 1 + 3 / 6) / 3),
        (found.roc_auc, (3 + 3 + 1) / 9),
        (found.precision, 2 / 3),
        (found.recall, 2 / 3),
        (found.f1, 2 / 3),
    ):
        assert estimate is not None
        assert estimate.value == pytest.approx(value)
        assert estimate.low <= estimate.value <= estimate.high
    assert small.graphic.positives == 1
    assert small.graphic.f1 == Estimate(1, 1, 1)


class Jumpy(WordCounter):
    """Calls whatever names a weapon or an act graphic."""

    words = (WordCounter.words[0],) * 3


POINTS = {"calm": WordCounter(), "jumpy": Jumpy()}
STREET = ["A gun was found.", "The street was quiet.", "He was shot.", "Rain fell."]


def test_each_operating_point_is_measured_on_gold_texts() -> None:
    found = evaluate(WordCounter(), RECORDS, operating_points=POINTS, n_bootstrap=50).graphic
    assert list(found.operating_points) == ["calm", "jumpy"]
    calm, jumpy = found.operating_points.values()
    assert (calm.precision, calm.recall, calm.f1) == (found.precision, found.recall, found.f1)
    assert jumpy.precision is not None
    assert jumpy.precision.value == 1 / 5  # all but one text name a weapon or an act
    assert jumpy.recall == Estimate(1, 1, 1)


def test_false_alarms_are_counted_among_uniformly_drawn_texts() -> None:
    found = evaluate(WordCounter(), RECORDS, operating_points=POINTS, n_bootstrap=5)
    alarms = found.violent.operating_points["calm"].false_alarms
    assert (alarms.count, alarms.n) == (1, 3)
    assert alarms.per_thousand is not None
    expected = wilson(1, 3)
    limits = alarms.per_thousand.low, alarms.per_thousand.value, alarms.per_thousand.high
    assert limits == pytest.approx(
        (1000 * expected.low, 1000 * expected.value, 1000 * expected.high)
    )
    assert found.graphic.operating_points["calm"].false_alarms.count == 0
    assert found.violent.operating_points["jumpy"].false_alarms.count == 2


def test_an_alarm_that_is_right_is_no_false_one() -> None:
    rightly = replace(VIVID, stratum="random")
    found = evaluate(WordCounter(), [rightly], operating_points=POINTS, n_bootstrap=5).graphic
    alarms = found.operating_points["jumpy"].false_alarms
    assert (alarms.count, alarms.n) == (0, 1)


def test_without_a_uniform_sample_there_is_no_rate_of_false_alarms() -> None:
    found = evaluate(WordCounter(), [SHOT, QUIET], operating_points=POINTS, n_bootstrap=5).violent
    alarms = found.operating_points["calm"].false_alarms
    assert (alarms.count, alarms.n, alarms.per_thousand) == (0, 0, None)


def test_alarms_on_unlabelled_texts_count_right_ones_too() -> None:
    found = evaluate(
        WordCounter(), RECORDS, operating_points=POINTS, unlabelled=STREET, n_bootstrap=5
    )
    counts = {
        name: (
            found.violent.operating_points[name].unlabelled_alarms.count,
            found.graphic.operating_points[name].unlabelled_alarms.count,
        )
        for name in POINTS
    }
    assert counts == {"calm": (1, 0), "jumpy": (2, 2)}
    alarms = found.violent.operating_points["calm"].unlabelled_alarms
    assert alarms.n == 4
    assert alarms.per_thousand is not None
    assert alarms.per_thousand.value == 250


def test_the_loss_on_unseen_outlets_is_that_of_the_same_resamples() -> None:
    # On outlets seen the words rank rightly, on unseen ones a calm text comes first of two.
    right = [replace(SHOT, unseen_outlet=False), CALM]
    wrong = [replace(QUIET, outlet="The Hill"), replace(THREAT, text="Shot. He was shot.")]
    records = [
        replace(
            record,
            id=f"{record.source}:{place}{n}",
            article=f"{record.source}:{place}{n}",
            unseen_outlet=place == "far",
        )
        for place, texts in (("near", right), ("far", wrong))
        for n in range(5)
        for record in texts
    ]
    found = evaluate(WordCounter(), records, n_bootstrap=20).violent.unseen_outlets
    assert found.seen == Estimate(1, 1, 1)
    assert found.unseen is not None
    assert found.loss is not None
    assert found.unseen.value == 1 / 2
    assert found.loss.value == 1 / 2
    assert found.loss.low == pytest.approx(1 - found.unseen.high)
    assert found.loss.high == pytest.approx(1 - found.unseen.low)


def test_no_loss_is_told_where_a_side_has_too_few_texts(small: Evaluation) -> None:
    assert small.violent.unseen_outlets == OutletLoss(None, None, None)


def test_calibration_compares_probabilities_with_labels(small: Evaluation) -> None:
    # P(violent): 0 for three texts (one of them is), 1/2 (is not), 2/3 (is), 4/5 (is).
    calibration = small.violent.calibration
    assert [item.n for item in calibration.bins] == [3, 0, 0, 0, 1, 0, 1, 1, 0, 0]
    gaps = 3 * (1 / 3) + 1 / 2 + (1 - 2 / 3) + (1 - 4 / 5)
    assert calibration.ece_equal_width is not None
    assert calibration.ece_equal_width.value == pytest.approx(gaps / 6)


def test_groups_part_the_texts(small: Evaluation) -> None:
    assert [(group.name, group.n) for group in small.sources] == [("hill", 3), ("port", 3)]
    assert [(group.violent, group.graphic) for group in small.sources] == [(3, 1), (0, 0)]
    assert {group.name: group.n for group in small.strata} == {"high": 3, "random": 3}
    outlets = {group.name: group.n for group in small.outlets}
    assert outlets == {"seen": 3, "unseen": 2, "unknown": 1}


def test_a_ranking_of_few_positives_or_no_negatives_is_not_given(small: Evaluation) -> None:
    assert all(group.auprc_violent is None for group in small.sources)
    five = [replace(SHOT, id=f"hill:{n}", article=f"hill:{n}") for n in range(5)]
    (alone,) = evaluate(WordCounter(), five, n_bootstrap=5).sources
    assert (alone.violent, alone.auprc_violent) == (5, None)
    (group,) = evaluate(WordCounter(), [*five, replace(CALM, source="hill")], n_bootstrap=5).sources
    assert group.auprc_violent == Estimate(1, 1, 1)
    assert group.auprc_graphic is None


def test_evidence_hits_are_sentences_that_overlap_a_labelled_span(small: Evaluation) -> None:
    # Shot: the first sentence shown. Quiet: the second of two. Vivid: the second, by one word.
    assert small.evidence.n == 3
    assert small.evidence.hit_at_1 is not None
    assert small.evidence.hit_at_1.value == pytest.approx(1 / 3)
    assert small.evidence.hit_at_3 is not None
    assert small.evidence.hit_at_3.value == 1


def test_of_the_sentences_shown_the_first_three_count() -> None:
    text = "Blood. A man was shot and killed and beaten. Two were shot. One killed. One beaten."
    hits = {}
    for sentence in ("A man", "Two were", "One killed", "One beaten"):
        found = evaluate(WordCounter(), [gold("hill:9", text, 2, sentence)], n_bootstrap=5).evidence
        assert found.hit_at_1 is not None
        assert found.hit_at_3 is not None
        hits[sentence] = (found.hit_at_1.value, found.hit_at_3.value)
    assert list(hits.values()) == [(1, 1), (0, 1), (0, 1), (0, 0)]


def test_sentences_that_only_touch_a_labelled_span_are_no_hit() -> None:
    text = "He was shot. They ran."
    for start, end, hit in ((11, 13, 1), (12, 13, 0)):
        record = replace(SHOT, text=text, evidence=((start, end),))
        found = evaluate(WordCounter(), [record], n_bootstrap=5).evidence
        assert found.hit_at_1 == Estimate(hit, hit, hit)


def test_texts_without_labelled_evidence_do_not_count_for_it() -> None:
    found = evaluate(WordCounter(), [CALM, replace(SHOT, evidence=())], n_bootstrap=5).evidence
    assert (found.n, found.hit_at_1, found.hit_at_3) == (0, None, None)


def test_types_rank_all_texts_and_the_mean_leaves_rare_ones_out() -> None:
    records = [
        replace(record, id=f"{record.id}-{n}", article=f"{record.article}-{n}")
        for n in range(10)
        for record in (CALM, IDIOM, SHOT, VIVID)
    ]
    found = evaluate(WordCounter(), records, n_bootstrap=20)
    positives = {kind.name: kind.positives for kind in found.types}
    assert positives == {"homicide": 20, "assault": 10, "abduction": 0}
    homicide, assault, abduction = (kind.auprc for kind in found.types)
    assert homicide is not None
    assert homicide.value == pytest.approx(2 / 3)  # two of three texts with its words
    assert assault is not None
    assert assault.value == pytest.approx(1 / 2)
    assert abduction is None
    assert found.types_auprc == homicide


def test_there_must_be_records() -> None:
    with pytest.raises(InputError, match="no records"):
        evaluate(WordCounter(), [])


CALM_WORDS = ["ferry", "harbour", "rain", "council"]


@pytest.fixture(scope="module")
def large() -> list[GoldText]:
    """Return 400 texts of 300 articles, drawn word by word, that the model knows half well."""
    random = Random(4)
    words = [*CALM_WORDS, "gun", "war", "threat", "killed", "shot", "beaten", "blood", "screamed"]
    records = []
    for number in range(400):
        severity = random.choice([0, 0, 1, 1, 2, 2, 2, 3])
        chosen = random.choices(words[: 6 + 2 * severity], k=8)
        text = " ".join(chosen[:4]) + ". " + " ".join(chosen[4:]) + "."
        article = number % 300
        name = f"{'port' if article % 2 else 'hill'}:{article}@{number}"
        stratum = random.choice(["random", "high", "low"])
        evidence = [chosen[0]] if severity >= Severity.VIOLENT else []
        records.append(gold(name, text, severity, *evidence, stratum=stratum))
    return records


def test_figures_are_those_of_scikit_learn(large: list[GoldText]) -> None:
    found = evaluate(WordCounter(), large, n_bootstrap=100)
    assert (found.n_texts, found.n_articles) == (400, 300)
    texts, labels = [record.text for record in large], [record.severity for record in large]
    decided = WordCounter().predict(texts)
    assert np.array_equal(found.confusion, confusion_matrix(labels, decided))
    for detection, level in ((found.violent, Severity.VIOLENT), (found.graphic, Severity.GRAPHIC)):
        positive = np.array(labels) >= level
        scores = WordCounter().predict_proba(texts)[:, level:].sum(axis=1)
        assert detection.positives == positive.sum()
        for estimate, value in (
            (detection.auprc, average_precision_score(positive, scores)),
            (detection.roc_auc, roc_auc_score(positive, scores)),
            (detection.f1, f1_score(positive, decided >= level)),
        ):
            assert estimate is not None
            assert estimate.value == pytest.approx(value)
            assert estimate.low < estimate.value < estimate.high


@settings(max_examples=10)
@given(st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(large: list[GoldText], random: Random) -> None:
    records = random.sample(large[:60], k=60)
    first = evaluate(WordCounter(), large[:60], n_bootstrap=10)
    assert evaluate(WordCounter(), iter(records), n_bootstrap=10) == first


def test_the_seed_decides_the_intervals_and_nothing_else(large: list[GoldText]) -> None:
    one, same, other = (
        evaluate(WordCounter(), large, seed=seed, n_bootstrap=50) for seed in (1, 1, 2)
    )
    assert one == same
    assert one.violent.auprc is not None
    assert other.violent.auprc is not None
    assert one.violent.auprc.value == other.violent.auprc.value
    assert one.violent.auprc.low != other.violent.auprc.low
    assert one.violent.calibration.bins == other.violent.calibration.bins
    assert one.confusion == other.confusion


@pytest.mark.skipif(
    not os.environ.get("FOREWARN_DATA"),
    reason="FOREWARN_DATA names no folder with the texts of the corpus.",
)
def test_the_test_split_is_evaluated_whole() -> None:
    found = evaluate(WordCounter(), load_gold("test"))
    assert (found.n_texts, found.n_articles) == (1234, 1015)
    assert (found.violent.positives, found.graphic.positives, found.evidence.n) == (542, 80, 542)
    assert found.violent.auprc is not None
    assert 0.44 < found.violent.auprc.low < found.violent.auprc.high < 1
