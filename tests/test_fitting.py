"""Labelled articles as matrices: the features that scoring sees, and what is known of each."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from forewarn.classifier import Classifier
from forewarn.corpus import GoldText, LabelledSentence, load_written
from forewarn.corpus.house import HouseText
from forewarn.features import N_BUCKETS
from forewarn.fitting import (
    Article,
    Articles,
    as_article,
    fit_logistic,
    quantise,
    read_articles,
)
from forewarn.lexicon import read_lexicon
from forewarn.logits import document_trust
from forewarn.predict import load
from forewarn.taxonomy import TYPE_NAMES, Severity

STARK = "Rain fell on the town. Blood ran down the steps of the inn. Two boats sailed."
DAMAGED = (
    "Two men spoke. &ldquo;Blood ran down&rdquo;, said Jos&eacute;.\r\n\r\nThe mur\xadder is old."
)


def article(
    text: str, severity: int = 0, evidence: tuple[str, ...] = (), types: tuple[str, ...] = ()
) -> Article:
    """Return an article with the evidence named by its words."""
    spans = tuple((text.index(words), text.index(words) + len(words)) for words in evidence)
    return Article(text, severity, types, spans, group=text[:8])


def labelled_sentence(text: str) -> LabelledSentence:
    return LabelledSentence("a:1", "a:1", 0, len(text), text, "", Severity.NONE, (), "random")


def known(articles: Articles, level: int) -> dict[int, bool]:
    rows, reaches = articles.known(level)
    return dict(zip(rows.tolist(), reaches.tolist(), strict=True))


# -- features -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def articles() -> list[Article]:
    written = [as_article(record) for record in islice(load_written(), 90)]
    return [article(STARK), article(DAMAGED), article(""), *written, article("😀. \n ...")]


def test_sentences_are_trained_on_as_they_are_scored(articles: list[Article]) -> None:
    clf = load()
    head, found = clf.parameters.sentence, read_articles(articles)
    pairs, has = clf.parameters.meanings.pairs, found.sentences.meanings.astype(float)
    assert has.any()
    for severity in (Severity.REFERENCE, Severity.VIOLENT, Severity.GRAPHIC):
        weights = head.weights[severity - 1] * head.scales[severity - 1]
        logits = found.sentences.ngrams @ weights + head.biases[severity - 1]
        logits += ((has @ pairs[severity - 1]) * has).sum(axis=1)
        scored = [
            sentence.score for item in articles for sentence, _ in clf.explain(item.text, severity)
        ]
        assert logits == pytest.approx(np.array(scored), abs=1e-5)


def test_documents_are_trained_on_as_they_are_scored(articles: list[Article]) -> None:
    clf = load()
    by_document_alone = replace(
        clf.parameters, combination=np.zeros((3, 7)), brief=np.zeros((3, 9))
    )
    scores = np.asarray(
        Classifier(by_document_alone, clf.info).score([item.text for item in articles])
    )
    head, found = clf.parameters.document, read_articles(articles)
    logits = found.documents @ (head.weights[2] * head.scales[2]) + head.biases[2]
    assert scores[2] == 0  # it has no words
    scores[2] = 0.5  # where a brief text's sentences weigh nothing
    trusted = document_trust(found.n_tokens) * logits
    assert (trusted != 0).sum() > 20
    assert trusted == pytest.approx(np.log(scores / (1 - scores)), abs=1e-4)


def test_every_article_is_a_row_and_every_sentence_with_its_owner(articles: list[Article]) -> None:
    found = read_articles(articles)
    assert found.documents.shape == (len(articles), N_BUCKETS)
    assert found.sentences.ngrams.shape == (len(found.owner), N_BUCKETS)
    assert (np.diff(found.owner) >= 0).all()
    sizes = np.bincount(found.owner, minlength=len(articles))
    assert sizes[:3].tolist() == [3, 3, 0]
    assert np.diff(found.documents.indptr)[2] == 0
    assert found.group.tolist() == [item.group for item in articles]
    assert found.severity.tolist() == [item.severity for item in articles]


def test_no_articles_are_no_rows() -> None:
    found = read_articles([])
    assert len(found.sentences) == len(found.owner) == len(found.severity) == 0


# -- labels ---------------------------------------------------------------------------------------


def test_windows_of_an_article_and_texts_of_a_family_stay_in_one_group() -> None:
    record = next(load_written())
    assert as_article(record).group == record.family
    gold = GoldText(
        "a:1@90", "a:1", "a", "", STARK, Severity.VIOLENT, ("assault",), ((0, 5),),
        "h", (), 1, "random", "train", False,
    )  # fmt: skip
    assert as_article(gold) == Article(STARK, 2, ("assault",), ((0, 5),), "a:1")
    single = labelled_sentence(STARK)
    assert as_article(single) == Article(STARK, 0, (), ((0, len(STARK)),), "a:1")
    house = HouseText("house:7", STARK, Severity.GRAPHIC, ("torture",))
    assert as_article(house) == Article(STARK, 3, ("torture",), (), "house:7")


def test_types_have_a_column_each() -> None:
    found = read_articles([article(STARK, 3, types=("assault", "accident")), article(STARK)])
    assert found.types.shape == (2, len(TYPE_NAMES))
    assert [TYPE_NAMES[column] for column in np.flatnonzero(found.types[0])] == [
        "assault",
        "accident",
    ]
    assert not found.types[1].any()


def test_a_sentence_is_evidence_where_most_of_it_is() -> None:
    decides = [
        ("Blood ran down the steps of the inn.", [False, True, False]),
        ("Blood ran down the steps", [False, True, False]),
        ("the inn. Two boats sailed.", [False, False, True]),
        ("Rain fell on the town. Blood ran down the steps of the inn.", [True, True, False]),
    ]
    for words, expected in decides:
        assert read_articles([article(STARK, 3, (words,))]).evidence.tolist() == expected


def test_evidence_is_found_through_the_damage_of_transport() -> None:
    evidence = "&ldquo;Blood ran down&rdquo;, said Jos&eacute;."
    assert read_articles([article(DAMAGED, 3, (evidence,))]).evidence.tolist() == [
        False,
        True,
        False,
    ]


def test_what_is_known_of_a_sentence_is_what_its_article_or_its_evidence_tells() -> None:
    found = read_articles(
        [article(STARK, 3, ("Blood ran down the steps of the inn.",)), article("It rained.", 1)]
    )
    assert known(found, 3) == {1: True, 3: False}
    assert known(found, 2) == {1: True, 3: False}
    assert known(found, 1) == {1: True}
    assert known(read_articles([article(STARK)]), 1) == {0: False, 1: False, 2: False}


def test_of_an_article_read_by_the_sentence_every_one_is_known() -> None:
    vivid = STARK.index("Blood"), STARK.index(" Two"), 3
    read = replace(article(STARK, 3, ("Two boats sailed.",)), readings=(vivid,))
    found = read_articles([read, replace(article(STARK, 3), readings=())])
    assert known(found, 3) == {0: False, 1: True, 2: False, 3: False, 4: False, 5: False}
    assert known(found, 2) == known(found, 3)
    assert known(found, 1) == {2: True}  # plain and vivid ones alone were marked


# -- models ---------------------------------------------------------------------------------------


def rows_of(*rows: tuple[int, ...]) -> sp.csr_array:
    """Return rows that have the buckets given."""
    owners = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    return sp.csr_array(
        (np.ones(len(owners)), (owners, np.concatenate(rows))), shape=(len(rows), N_BUCKETS)
    )


def test_buckets_of_the_positive_rows_weigh_above_zero_and_others_below() -> None:
    X = rows_of(*[(5, 100)] * 20, *[(7, 100)] * 19, (7, 9))
    fit = fit_logistic(X, np.arange(40) < 20, C=1.0)
    weights, bias = fit.weights, fit.bias
    assert weights.shape == (N_BUCKETS,)
    assert weights[5] > 0 > weights[7]
    assert X @ weights + bias == pytest.approx(np.where(np.arange(40) < 20, 1, -1), abs=9)
    assert ((X @ weights + bias > 0) == (np.arange(40) < 20)).all()


def test_a_bucket_of_one_row_has_no_weight_nor_one_of_none() -> None:
    X = rows_of(*[(5, 100)] * 20, *[(7, 100)] * 19, (7, 9))
    weights = fit_logistic(X, np.arange(40) < 20, C=1.0).weights
    assert set(np.flatnonzero(weights)) <= {5, 7, 100}


def test_rows_of_more_weight_decide() -> None:
    X = rows_of(*[(5,)] * 20, *[(7,)] * 20)
    y = np.arange(40) % 2 == 0  # both kinds are half positive
    weight = np.where(y == (np.arange(40) < 20), 9.0, 1.0)
    weights = fit_logistic(X, y, C=1.0, weight=weight).weights
    assert weights[5] > 0 > weights[7]


def test_the_same_rows_give_the_same_weights() -> None:
    rng = np.random.default_rng(0)
    X = rows_of(*(tuple(row) for row in rng.integers(0, 50, (60, 5))))
    y = rng.random(60) < 0.5
    first, second = fit_logistic(X, y, C=1.0), fit_logistic(X, y, C=1.0)
    assert (first.weights == second.weights).all()
    assert first.bias == second.bias


def ngrams_of(*words: str) -> sp.csr_array:
    return read_articles([article(word) for word in words]).sentences.ngrams


def test_words_of_one_class_share_what_is_learnt_of_any() -> None:
    X = sp.vstack([ngrams_of(*["shin", "thigh"] * 20), rows_of(*[(7, 9)] * 40)])
    fit = fit_logistic(X.tocsr(), np.arange(80) < 40, C=1.0)
    unseen, classless = ngrams_of("elbow", "cupboard") @ fit.weights
    assert unseen > 0.1
    assert classless == 0


def test_two_classes_in_a_sentence_may_tell_what_neither_tells_alone() -> None:
    members = np.tile(
        np.array([[True, True], [True, False], [False, True], [False, False]]), (30, 1)
    )
    has = np.zeros((120, len(read_lexicon())), np.bool_)
    has[:, :2] = members
    both = members[:, 0] & members[:, 1]
    X = rows_of(*[(5, 100)] * 120)
    fit = fit_logistic(X, both, C=1e4, meanings=has)
    logits = fit.logits(X, has)
    assert logits[both].min() > logits[~both].max()
    assert fit.pairs[0, 1] > 0
    assert (np.tril(fit.pairs) == 0).all()


finite = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(hnp.arrays(np.float64, st.tuples(st.integers(1, 3), st.integers(1, 40)), elements=finite))
def test_a_quantised_weight_is_off_by_half_a_step_at_most(weights: NDArray[np.float64]) -> None:
    biases = np.arange(len(weights), dtype=np.float64)
    head = quantise(weights, biases)
    assert head.weights.dtype == np.int8
    assert head.weights.shape == weights.shape
    restored = head.weights * head.scales[:, None]
    assert (np.abs(restored - weights) <= 0.5001 * head.scales[:, None]).all()
    assert (head.scales <= np.maximum(np.abs(weights).max(axis=1), 1e-12) / 127).all()
    assert (head.biases == biases).all()


def test_weights_of_nothing_stay_nothing() -> None:
    head = quantise(np.zeros((2, 4)), np.zeros(2))
    assert not head.weights.any()
    assert np.isfinite(head.scales).all()
