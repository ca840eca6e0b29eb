"""Gold labels joined with their texts, for training and evaluation; verified, fetched, loaded."""

import logging
import os
from collections.abc import Iterator
from typing import Any, Literal

from forewarn.corpus.passages import CorpusReport, Excerpt, all_passages, compare, passage_of
from forewarn.corpus.records import (
    GOLD,
    SENTENCES,
    GoldText,
    LabelledSentence,
    load_readings,
    read_rows,
)
from forewarn.corpus.sources import PUBLIC_ADDRESS
from forewarn.corpus.texts import Progress, texts_folder, texts_from_sources, texts_in_folder
from forewarn.errors import CorpusError

# With fewer texts than this share, figures would no longer be those of this corpus.
MOST_LEFT_OUT = 0.02

logger = logging.getLogger(__name__)


def load_gold(
    split: Literal["train", "test"] | None = None,
    folder: str | os.PathLike[str] | None = None,
) -> Iterator[GoldText]:
    """Yield the gold-labelled texts, each verified by its SHA-256.

    Texts come from `folder`, else from the folder that the environment variable
    ``FOREWARN_DATA`` names, else from their public sources, which are downloaded on first use.

    Parameters
    ----------
    split : {"train", "test"}, optional
        Only the texts of this split.
    folder : path-like, optional
        A folder that holds ``gold_texts.jsonl.gz``.

    Yields
    ------
    GoldText
        In the order of the label file. A text that is missing or does not match its SHA-256 is
        logged by id and left out.

    Raises
    ------
    CorpusError
        If `split` is none of the two, if there is nowhere to take texts from, or if more than
        2 % of them are left out.
    """
    if split not in (None, "train", "test"):
        raise CorpusError(f"The split {split!r} does not exist: choose 'train', 'test' or None")
    rows = [row for row in read_rows(GOLD) if split in (None, row["split"])]
    joined, readings = _joined(rows, folder), load_readings()
    return (
        GoldText.from_row(row, excerpt.text, readings.get(row["id"])) for row, excerpt in joined
    )


def load_sentences(folder: str | os.PathLike[str] | None = None) -> Iterator[LabelledSentence]:
    """Yield the labelled sentences, each verified by its SHA-256.

    They are for training only; none comes from an article of the test split. Texts come from
    where `load_gold` takes them.

    Parameters
    ----------
    folder : path-like, optional
        A folder that holds ``sentence_texts.jsonl.gz``.

    Yields
    ------
    LabelledSentence
        In the order of the label file. A sentence that is missing or does not match its SHA-256
        is logged by id and span and left out.

    Raises
    ------
    CorpusError
        If there is nowhere to take texts from, or if more than 2 % of them are left out.
    """
    joined = _joined(read_rows(SENTENCES), folder)
    return (LabelledSentence.from_row(row, excerpt.text, excerpt.before) for row, excerpt in joined)


def verify(
    folder: str | os.PathLike[str] | None = None, progress: Progress | None = None
) -> CorpusReport:
    """Compare every text at hand with the SHA-256 that its label names; nothing is downloaded.

    Parameters
    ----------
    folder : path-like, optional
        A folder that holds the texts; else the one that ``FOREWARN_DATA`` names, else what
        `fetch` or loading has downloaded so far.
    progress : callable, optional
        Called with how much is done and how much there is to do: texts of a folder, or files of
        the public sources.

    Returns
    -------
    CorpusReport
        For each source what was expected and found, and the ids of the rest.

    Raises
    ------
    CorpusError
        If the folder cannot be read, or there is none and pooch is not installed.
    """
    passages = all_passages()
    place = texts_folder(folder)
    if place is not None:
        return compare(passages, texts_in_folder(passages, place, progress))
    return compare(passages, texts_from_sources(passages, download=False, progress=progress))


def fetch(*, base_url: str = PUBLIC_ADDRESS, progress: Progress | None = None) -> CorpusReport:
    """Download all texts from their public sources into the data folder and verify them.

    About 10,400 files, most of them one article each. The data folder is the user's cache folder
    for ``forewarn``, or the one that the environment variable ``FOREWARN_CACHE`` names. What is
    there already is not downloaded again, so an interrupted call can be repeated.

    Parameters
    ----------
    base_url : str
        Where the repositories lie: ``{base_url}/{owner}/{repository}/{commit}/{path}``.
    progress : callable, optional
        Called with the number of files dealt with and the number wanted.

    Returns
    -------
    CorpusReport
        For each source what was expected and found, and the ids of the rest.

    Raises
    ------
    CorpusError
        If pooch is not installed, the data folder cannot be written, or nothing can be reached.
    """
    passages = all_passages()
    return compare(passages, texts_from_sources(passages, base_url=base_url, progress=progress))


def _joined(
    rows: list[dict[str, Any]], folder: str | os.PathLike[str] | None
) -> list[tuple[dict[str, Any], Excerpt]]:
    passages = [passage_of(row) for row in rows]
    place = texts_folder(folder)
    excerpts = texts_from_sources(passages) if place is None else texts_in_folder(passages, place)
    report = compare(passages, excerpts)
    refused = _left_out(report)
    return [
        (row, excerpts[passage.name])
        for row, passage in zip(rows, passages, strict=True)
        if passage.name not in refused
    ]


def _left_out(report: CorpusReport) -> frozenset[str]:
    """Return the names of the texts to leave out, having said so; raise where they are many."""
    missing, mismatching = report.missing, report.mismatching
    names = (*missing, *mismatching)
    if len(names) > MOST_LEFT_OUT * report.expected:
        raise CorpusError(
            f"{len(missing)} of {report.expected} texts are missing and {len(mismatching)} do not"
            f" match their SHA-256 (the first is {names[0]}): run"
            " 'forewarn corpus fetch' again, with FOREWARN_CACHE naming an empty folder where"
            " files are damaged, or name a folder that holds all texts in FOREWARN_DATA"
        )
    for name in missing:
        logger.warning("%s is missing and left out", name)
    for name in mismatching:
        logger.warning("%s does not match its SHA-256 and is left out", name)
    if names:
        logger.warning("%d of %d texts are left out", len(names), report.expected)
    return frozenset(names)
