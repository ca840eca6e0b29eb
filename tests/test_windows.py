"""How long documents are cut into windows: nothing left out, nothing cut in two, nothing twice."""

from dataclasses import astuple
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forewarn.tokens import MAX_SENTENCE_TOKENS, TokenBatch, symbol_table, tokenise
from forewarn.windows import STRIDE_TOKENS, WINDOW_TOKENS, cut_windows, spread

# Numbers of words of the sentences of some documents; several of them longer than a window.
sentence_sizes = st.lists(st.integers(1, 20) | st.integers(1, MAX_SENTENCE_TOKENS), max_size=40)
documents = st.lists(sentence_sizes, max_size=4)


def batch_of(sizes: list[list[int]]) -> TokenBatch:
    texts = ["\n\n".join(" ".join(["word"] * size) for size in document) for document in sizes]
    return tokenise(texts, symbol_table())


def windows_of(sizes: list[list[int]]) -> list[list[tuple[int, int]]]:
    """Return the windows of each document, as spans of its own sentences."""
    batch = batch_of(sizes)
    found = zip(*(part.tolist() for part in astuple(cut_windows(batch))), strict=True)
    spans: list[list[tuple[int, int]]] = [[] for _ in sizes]
    for document, first, last in found:
        offset = int(batch.documents[document])
        spans[document].append((first - offset, last - offset))
    return spans


@given(documents)
def test_windows_hold_every_sentence_and_begin_and_end_with_the_document(
    sizes: list[list[int]],
) -> None:
    for document, windows in zip(sizes, windows_of(sizes), strict=True):
        held = {sentence for first, last in windows for sentence in range(first, last)}
        assert held == set(range(len(document)))


@given(documents)
def test_a_document_of_ordinary_length_is_one_window_and_an_empty_one_none(
    sizes: list[list[int]],
) -> None:
    for document, windows in zip(sizes, windows_of(sizes), strict=True):
        if sum(document) <= WINDOW_TOKENS:
            assert windows == ([(0, len(document))] if document else [])
        else:
            assert len(windows) > 1


@given(sentence_sizes)
def test_a_passage_of_half_a_window_stands_whole_in_some_window(sizes: list[int]) -> None:
    [windows] = windows_of([sizes])
    for first in range(len(sizes)):
        last = first
        while last < len(sizes) and sum(sizes[first : last + 1]) <= STRIDE_TOKENS:
            last += 1
        assert any(start <= first and last <= stop for start, stop in windows)


@given(sentence_sizes)
def test_neighbouring_windows_overlap_and_move_on(sizes: list[int]) -> None:
    [windows] = windows_of([sizes])
    for (first, last), (next_first, next_last) in pairwise(windows):
        assert first <= next_first < last <= next_last


@given(sentence_sizes)
def test_a_window_is_longer_than_asked_only_by_the_sentences_at_its_edges(
    sizes: list[int],
) -> None:
    for first, last in windows_of([sizes])[0]:
        assert sum(sizes[first + 1 : last - 1]) <= WINDOW_TOKENS


@given(documents)
def test_a_document_is_cut_alike_alone_and_among_others(sizes: list[list[int]]) -> None:
    assert windows_of(sizes) == [windows_of([document])[0] for document in sizes]


def test_the_number_of_windows_grows_with_the_length() -> None:
    lengths = [1_000, 10_000, 100_000]
    counts = [len(windows) for windows in windows_of([[10] * (n // 10) for n in lengths])]
    for length, count in zip(lengths, counts, strict=True):
        assert abs(count - length / STRIDE_TOKENS) <= WINDOW_TOKENS / STRIDE_TOKENS


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), max_size=6))
def test_spreading_lists_the_numbers_of_every_span(spans: list[tuple[int, int]]) -> None:
    first = np.array([start for start, _ in spans], np.int64)
    last = first + np.array([size for _, size in spans], np.int64)
    expected = [number for start, size in spans for number in range(start, start + size)]
    assert spread(first, last).tolist() == expected
