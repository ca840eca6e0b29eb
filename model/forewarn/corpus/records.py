"""The shipped label files: what a gold text, a labelled sentence and a written text are.

The files in ``data/`` are JSON lines, compressed with xz (a fifth smaller than gzip here, and the
standard library reads it); what is left of their size is mostly the SHA-256 of each text.
"""

import hashlib
import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Self

from forewarn.taxonomy import Severity

GOLD = "gold.jsonl"
READINGS = "readings.jsonl"
SENTENCES = "sentences.jsonl"
WRITTEN = "written.jsonl"
SCENES = "scenes.jsonl"
PLAIN = "plain.jsonl"
DATA = files(__package__) / "data"

Spans = tuple[tuple[int, int], ...]
Readings = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Annotation:
    """One annotator's reading of a gold text.

    Attributes
    ----------
    severity : Severity
        What the annotator decided.
    confidence : str
        ``h`` sure, ``m`` leaning, ``l`` undecided between two neighbouring severities.
    reading : str
        ``first``, or ``second`` for the later blind reading of graphic and nearly graphic texts,
        which weighs 1.5 times a first one of equal confidence.
    """

    severity: Severity
    confidence: str
    reading: str


@dataclass(frozen=True, slots=True)
class GoldText:
    """One gold-labelled text: an article's opening with its headline, or a later window of it.

    Attributes
    ----------
    id : str
        ``source:key``, and ``@N`` where the window starts at character N of the article's body.
    article : str
        The id before ``@``: the group that cross-validation must keep together.
    source : str
        Corpus that the text comes from.
    outlet : str
        Publisher; empty where unknown.
    text : str
        The text as it was labelled; its SHA-256 has been checked.
    severity : Severity
        The label.
    types : tuple of str
        Violence types.
    evidence : tuple of (int, int)
        Character spans in `text` that decided the severity, strongest first.
    confidence : str
        ``h``, ``m`` or ``l``; ``l`` also where two annotators disagreed.
    annotations : tuple of Annotation
        Every annotation made.
    round : int
        Round of picking, 1 to 4.
    stratum : str
        How the text was picked in its round; only ``random`` is a uniform sample.
    split : str
        ``train`` or ``test``. Windows of one article are in one split, save for three articles
        (``abp:WIy5HovTwUJhkxZ1``, ``abp:nuLvYt4j8WDUv6nG``, ``abp:rqqbIVbBVlZwFYmB``) that have
        windows in both.
    unseen_outlet : bool
        Whether no text of the outlet is in ``train`` (test texts only).
    readings : tuple of (int, int, int) or None
        Where the text was read sentence by sentence (the graphic texts of ``train``, and some
        others), span and severity of each sentence that is vivid (3) or states an act of violence
        plainly (2), as `LabelledSentence` has it; the other sentences are 0 or 1. None elsewhere.
    """

    id: str
    article: str
    source: str
    outlet: str
    text: str
    severity: Severity
    types: tuple[str, ...]
    evidence: Spans
    confidence: str
    annotations: tuple[Annotation, ...]
    round: int
    stratum: str
    split: str
    unseen_outlet: bool
    readings: Readings | None = None

    @classmethod
    def from_row(cls, row: dict[str, Any], text: str, readings: Readings | None = None) -> Self:
        """Join a row of the label file, its text and the severities read in its sentences."""
        return cls(
            id=row["id"],
            article=article_of(row["id"]),
            source=row["source"],
            outlet=row["outlet"],
            text=text,
            severity=Severity(row["severity"]),
            types=tuple(row["types"]),
            evidence=_spans(row["evidence"]),
            confidence=row["confidence"],
            annotations=tuple(
                Annotation(
                    Severity(item["severity"]), item["confidence"], item.get("reading", "first")
                )
                for item in row["annotations"]
            ),
            round=row["round"],
            stratum=row["stratum"],
            split=row["split"],
            unseen_outlet=row["unseen_outlet"],
            readings=readings,
        )


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """One labelled sentence, for training at the level of sentences only.

    Attributes
    ----------
    id : str
        Article that the sentence comes from, ``source:key``.
    article : str
        The same, under the name that groups gold texts: 1,693 of the 8,340 articles also have
        gold texts (all of them in ``train``), and cross-validation must keep them together.
    start, end : int
        Character span in the article's normalised body.
    text : str
        The sentence; its SHA-256 has been checked.
    before : str
        The sentence before it (its last 220 characters), with which it was read; the headline
        for an article's first sentence.
    severity : Severity
        The label; where two annotators differ, the lower of theirs.
    annotations : tuple of Severity
        Every annotation made.
    stratum : str
        How the sentence was picked: ``top``, ``lexicon``, ``middle`` or ``random`` (uniform).
    """

    id: str
    article: str
    start: int
    end: int
    text: str
    before: str
    severity: Severity
    annotations: tuple[Severity, ...]
    stratum: str

    @classmethod
    def from_row(cls, row: dict[str, Any], text: str, before: str) -> Self:
        """Join a row of the label file, its text and what stands before it."""
        return cls(
            id=row["id"],
            article=article_of(row["id"]),
            start=row["start"],
            end=row["end"],
            text=text,
            before=before,
            severity=Severity(row["severity"]),
            annotations=tuple(Severity(value) for value in row["annotations"]),
            stratum=row["stratum"],
        )


@dataclass(frozen=True, slots=True)
class WrittenText:
    """One short text written for this project: for training, never for reported figures.

    Attributes
    ----------
    id : str
        ``written:`` and a key.
    family : str
        The four texts of a family share theme and vocabulary, one at each severity.
    severity : Severity
        The severity it was written to have.
    types : tuple of str
        Violence types.
    evidence : tuple of (int, int)
        Character spans in `text`, strongest first; for severity 2 and 3.
    text : str
        The text.
    """

    id: str
    family: str
    severity: Severity
    types: tuple[str, ...]
    evidence: Spans
    text: str

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        """Read a row of the file of written texts."""
        return cls(
            id=row["id"],
            family=row["family"],
            severity=Severity(row["severity"]),
            types=tuple(row["types"]),
            evidence=_spans(row["evidence"]),
            text=row["text"],
        )


@dataclass(frozen=True, slots=True)
class WrittenSentence:
    """One news sentence written for this project: for training, never for reported figures.

    Attributes
    ----------
    article : str
        Its family: sentences of one family share vocabulary and differ in severity.
    severity : Severity
        What the sentence itself recounts, as for `LabelledSentence`.
    clause : str
        Clause of the guideline's definition of graphic that the family turns on, ``a`` to ``e``.
    text : str
        The sentence.
    """

    article: str
    severity: Severity
    clause: str
    text: str

    @classmethod
    def from_row(cls, row: dict[str, Any]) -> Self:
        """Read a row of the file of written sentences."""
        return cls(row["family"], Severity(row["severity"]), row["clause"], row["text"])


def article_of(text_id: str) -> str:
    """Return the article that a text is a window of.

    Examples
    --------
    >>> article_of("abp:IVQ8367FvgWpZXT0@2987")
    'abp:IVQ8367FvgWpZXT0'
    """
    return text_id.partition("@")[0]


def read_rows(name: str) -> list[dict[str, Any]]:
    """Return the rows of a shipped file, as they stand in it."""
    return [json.loads(line) for line in _content(name).splitlines()]


def load_readings() -> dict[str, Readings]:
    """Return spans and severities of sentences, by the id of the gold text they stand in."""
    return {
        row["id"]: tuple((start, end, severity) for start, end, severity in row["sentences"])
        for row in read_rows(READINGS)
    }


def load_written() -> Iterator[WrittenText]:
    """Yield the texts written for this project; they ship whole and need no folder.

    Yields
    ------
    WrittenText
        1,920 texts in 480 families of four.

    Examples
    --------
    >>> first = next(load_written())
    >>> first.family, str(first.severity)
    ('s0-001', 'graphic')
    """
    return (WrittenText.from_row(row) for row in read_rows(WRITTEN))


def load_written_sentences() -> Iterator[WrittenSentence]:
    """Yield the single sentences written for this project; they ship whole and need no folder.

    Yields
    ------
    WrittenSentence
        908 sentences in 182 families, each of which has a vivid and a plain one; then 2,284
        sentences and brief texts that are not vivid, though many have the words of violence.
    """
    return (WrittenSentence.from_row(row) for name in (SCENES, PLAIN) for row in read_rows(name))


def labels_digest() -> str:
    """Return the digest that names the training data: labels, hashes of texts, written texts.

    Returns
    -------
    str
        SHA-256 in hexadecimal over name, length and content of the shipped files; it does not
        depend on how they are compressed.
    """
    digest = hashlib.sha256()
    for name in (GOLD, READINGS, SENTENCES, WRITTEN, SCENES, PLAIN):
        content = _content(name)
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _content(name: str) -> bytes:
    return lzma.decompress((DATA / f"{name}.xz").read_bytes())


def _spans(pairs: list[list[int]]) -> Spans:
    return tuple((start, end) for start, end in pairs)
