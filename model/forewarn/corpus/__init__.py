"""Gold labels and written texts, which ship, and the texts that the labels belong to."""

from forewarn.corpus.load import fetch, load_gold, load_sentences, verify
from forewarn.corpus.passages import CorpusReport, SourceReport
from forewarn.corpus.records import (
    Annotation,
    GoldText,
    LabelledSentence,
    WrittenSentence,
    WrittenText,
    labels_digest,
    load_written,
    load_written_sentences,
)

__all__ = [
    "Annotation",
    "CorpusReport",
    "GoldText",
    "LabelledSentence",
    "SourceReport",
    "WrittenSentence",
    "WrittenText",
    "fetch",
    "labels_digest",
    "load_gold",
    "load_sentences",
    "load_written",
    "load_written_sentences",
    "verify",
]
