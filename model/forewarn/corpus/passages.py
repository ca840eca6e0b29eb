"""The span of an article that a label speaks of, and whether a text found for it is the one."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from forewarn.corpus.records import GOLD, SENTENCES, article_of, read_rows
from forewarn.corpus.sources import Article

Kind = Literal["gold", "sentences"]

# A sentence as the annotated ones were cut: at least 16 characters, up to a full stop, question
# or exclamation mark before white space, or the end of the line. Closing quotes and brackets
# between the mark and the white space belong to no sentence.
_SENTENCE = re.compile(r'(\S[^\n]{15,}?(?:(?<=[.!?])(?=["”’)]*\s)|(?=\n|\Z)))["”’)]*')
_CONTEXT = 220


@dataclass(frozen=True, slots=True)
class Passage:
    """What a row of a label file says of its text, without the text.

    Attributes
    ----------
    kind : {"gold", "sentences"}
        Which label file the row is in.
    name : str
        The id of a gold text, ``id[start:end]`` of a sentence: names the passage in reports.
    article : str
        ``source:key`` of the article.
    start, end : int
        Character span in the article's normalised body.
    sha256 : str
        Of the text as it was labelled, in UTF-8.
    """

    kind: Kind
    name: str
    article: str
    start: int
    end: int
    sha256: str

    @property
    def source(self) -> str:
        """The corpus that the article comes from."""
        return self.article.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A text found for a passage, and for a sentence what stands before it."""

    text: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class SourceReport:
    """How the texts of one source and one label file were found.

    Attributes
    ----------
    source : str
        Corpus that the texts come from.
    kind : {"gold", "sentences"}
        Which label file.
    expected, found : int
        Number of texts labelled, and of those found with the SHA-256 they must have.
    missing, mismatching : tuple of str
        Names of those not found, and of those refused because their SHA-256 differs.
    """

    source: str
    kind: Kind
    expected: int
    found: int
    missing: tuple[str, ...]
    mismatching: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CorpusReport:
    """How labels and texts were brought together, source by source."""

    sources: tuple[SourceReport, ...]

    @property
    def expected(self) -> int:
        """Number of labelled texts."""
        return sum(item.expected for item in self.sources)

    @property
    def found(self) -> int:
        """Number of texts found with the SHA-256 they must have."""
        return sum(item.found for item in self.sources)

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of the texts not found."""
        return tuple(name for item in self.sources for name in item.missing)

    @property
    def mismatching(self) -> tuple[str, ...]:
        """Names of the texts refused because their SHA-256 differs."""
        return tuple(name for item in self.sources for name in item.mismatching)

    @property
    def complete(self) -> bool:
        """Whether every text was found."""
        return self.found == self.expected

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values that `json.dumps` takes."""
        totals = {"expected": self.expected, "found": self.found, "complete": self.complete}
        return totals | asdict(self)


def passage_of(row: Mapping[str, Any]) -> Passage:
    """Return what a row of either label file says of its text.

    Examples
    --------
    >>> row = {"id": "abp:Xy@20", "source": "abp", "start": 20, "end": 40, "sha256": ""}
    >>> passage_of(row).article, passage_of(row).name
    ('abp:Xy', 'abp:Xy@20')
    """
    # Sentence rows name an article, gold rows a text of one; only the latter name the source.
    kind: Kind = "gold" if "source" in row else "sentences"
    start, end = row["start"], row["end"]
    name = row["id"] if kind == "gold" else sentence_name(row["id"], start, end)
    return Passage(kind, name, article_of(row["id"]), start, end, row["sha256"])


def sentence_name(article: str, start: int, end: int) -> str:
    """Return what a labelled sentence is called: the article and the span in its body."""
    return f"{article}[{start}:{end}]"


def all_passages() -> list[Passage]:
    """Return the passages of every gold text and every labelled sentence."""
    return [passage_of(row) for name in (GOLD, SENTENCES) for row in read_rows(name)]


def cut(passage: Passage, article: Article) -> Excerpt:
    """Return the passage's text as it was labelled.

    Parameters
    ----------
    passage : Passage
        A gold text is the span of the body, after the headline and a blank line where the span
        begins the body; a sentence is the span alone.
    article : Article
        The article that holds it.

    Returns
    -------
    Excerpt
        Not yet compared with the passage's SHA-256.
    """
    text = article.body[passage.start : passage.end]
    if passage.kind == "sentences":
        return Excerpt(text, preceding(article, passage.start))
    if passage.start == 0 and article.headline:
        text = f"{article.headline}\n\n{text}"
    return Excerpt(text)


def preceding(article: Article, start: int) -> str:
    """Return the context with which the sentence at `start` of the body was read.

    That is the sentence before it, or the headline where there is none, cut to its last 220
    characters. Fragments of fewer than 16 characters count as no sentence. The rule was found
    from the labelled sentences: of 2,766 whose surroundings could be looked at, it gives the
    context of all but one exactly.

    Parameters
    ----------
    article : Article
        The article.
    start : int
        Where in its body the sentence starts.

    Returns
    -------
    str
        One sentence or its end; empty where there is neither sentence nor headline before.

    Examples
    --------
    >>> article = Article("A vote", 'Nobody came to vote. "We waited for hours." Then it rained.')
    >>> preceding(article, 44)
    '"We waited for hours.'
    >>> preceding(article, 0)
    'A vote'
    """
    before = article.headline
    for match in _SENTENCE.finditer(article.body):
        if match.end(1) > start:
            break
        before = match[1]
    return before[-_CONTEXT:]


def compare(passages: Sequence[Passage], excerpts: Mapping[str, Excerpt]) -> CorpusReport:
    """Compare the texts that were found with the SHA-256 that they must have.

    Parameters
    ----------
    passages : sequence of Passage
        The texts wanted.
    excerpts : mapping of str to Excerpt
        The texts found, by the passage's name.

    Returns
    -------
    CorpusReport
        One entry for each label file and source, in the order in which they first come.
    """
    groups: dict[tuple[Kind, str], list[Passage]] = {}
    for passage in passages:
        groups.setdefault((passage.kind, passage.source), []).append(passage)
    return CorpusReport(
        tuple(
            _compare_source(source, kind, group, excerpts)
            for (kind, source), group in groups.items()
        )
    )


def _compare_source(
    source: str, kind: Kind, passages: Iterable[Passage], excerpts: Mapping[str, Excerpt]
) -> SourceReport:
    found = 0
    missing = []
    mismatching = []
    for passage in passages:
        excerpt = excerpts.get(passage.name)
        if excerpt is None:
            missing.append(passage.name)
        elif _sha256(excerpt.text) != passage.sha256:
            mismatching.append(passage.name)
        else:
            found += 1
    expected = found + len(missing) + len(mismatching)
    return SourceReport(source, kind, expected, found, tuple(missing), tuple(mismatching))


def _sha256(text: str) -> str:
    # A lone surrogate (JSON can hold one) has no UTF-8 form, so such a text matches no hash.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
