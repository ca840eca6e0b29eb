"""The public sources of the texts: where their files lie, how they are parsed and normalised."""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

PUBLIC_ADDRESS = "https://raw.githubusercontent.com"


@dataclass(frozen=True, slots=True)
class Article:
    """Headline (empty where the source has none) and body of one article, both normalised."""

    headline: str
    body: str


Parser = Callable[[PurePosixPath, str], Iterator[tuple[str, Article]]]


@dataclass(frozen=True, slots=True)
class Source:
    """One public repository at the commit whose texts were labelled.

    Attributes
    ----------
    name : str
        What stands before the colon in a text's id.
    repository, commit : str
        Owner and name of the repository, and the pinned commit.
    files : tuple of str
        Paths in the repository; ``{key}`` is an article's key where each has its own file.
    parse : callable
        From a file's path and content to the keys and articles in it.
    """

    name: str
    repository: str
    commit: str
    files: tuple[str, ...]
    parse: Parser


@dataclass(frozen=True, slots=True, order=True)
class SourceFile:
    """One file of a source: the source's name and the path in its repository."""

    source: str
    path: str

    @property
    def local_name(self) -> str:
        """Path in the data folder; the commit is in it, so that no other version is taken."""
        return f"{self.source}-{SOURCES[self.source].commit[:7]}/{self.path}"

    def url(self, base_url: str = PUBLIC_ADDRESS) -> str:
        """Return the address to download the file from."""
        source = SOURCES[self.source]
        return f"{base_url}/{source.repository}/{source.commit}/{quote(self.path)}"


def files_for(articles: Collection[str]) -> list[SourceFile]:
    """Return the files that hold the articles, each once, in a fixed order.

    Parameters
    ----------
    articles : collection of str
        Ids, ``source:key``.

    Returns
    -------
    list of SourceFile
        In order of source and path.

    Examples
    --------
    >>> [file.path for file in files_for(["ipe:11", "ipe:12", "bbc:politics/a-vote"])]
    ['news/politics/a-vote.txt', 'data/final/docs.jsonl']
    """
    found: set[SourceFile] = set()
    for article in articles:
        name, _, key = article.partition(":")
        found.update(SourceFile(name, path.format(key=key)) for path in SOURCES[name].files)
    return sorted(found)


def parse_file(file: SourceFile, content: bytes) -> Iterator[tuple[str, Article]]:
    """Yield the articles in a source's file.

    A record without a readable body is passed over and leaves its neighbours alone.

    Parameters
    ----------
    file : SourceFile
        Which file it is.
    content : bytes
        What stands in it, in the source's own format.

    Yields
    ------
    id : str
        ``source:key``.
    article : Article
        Normalised.

    Raises
    ------
    ValueError
        If the file as a whole is not what the source holds at that path.
    """
    parse = SOURCES[file.source].parse
    for key, article in parse(PurePosixPath(file.path), content.decode("utf-8")):
        yield f"{file.source}:{key}", article


def normalise(text: str) -> str:
    r"""Return the text in the form that spans and hashes of the labels refer to.

    CRLF becomes LF, runs of spaces and tabs one space, three or more LF two, and white space at
    both ends goes.

    Examples
    --------
    >>> normalise("One  line.\r\n\r\n\r\n\tAnother. ")
    'One line.\n\n Another.'
    """
    text = text.replace("\r\n", "\n")
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r"\n{3,}", "\n\n", text)
    return text.strip()


def _article_json(path: PurePosixPath, content: str) -> Iterator[tuple[str, Article]]:
    yield from _articles([(path.stem, json.loads(content))], "content_original", "title")


def _object_of_documents(_: PurePosixPath, content: str) -> Iterator[tuple[str, Article]]:
    yield from _articles(_of_kind(dict, json.loads(content)).items(), "doc")


def _document_lines(_: PurePosixPath, content: str) -> Iterator[tuple[str, Article]]:
    for line in content.split("\n"):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            yield from _articles([(str(record.get("doc_id")), record)], "doc_text")


def _list_of_texts(path: PurePosixPath, content: str) -> Iterator[tuple[str, Article]]:
    part = path.parent.name.removeprefix("data-")
    records = _of_kind(list, json.loads(content))
    yield from _articles(((f"{part}-{i}", record) for i, record in enumerate(records)), "text")


def _headline_and_body(path: PurePosixPath, content: str) -> Iterator[tuple[str, Article]]:
    headline, _, body = content.strip().partition("\n")
    yield f"{path.parent.name}/{path.stem}", Article(normalise(headline), normalise(body))


def _articles(
    records: Iterable[tuple[str, Any]], body: str, headline: str = ""
) -> Iterator[tuple[str, Article]]:
    for key, record in records:
        if isinstance(record, dict) and isinstance(record.get(body), str):
            title = record.get(headline)
            yield (
                key,
                Article(
                    normalise(title) if isinstance(title, str) else "", normalise(record[body])
                ),
            )


def _of_kind(kind: type, value: Any) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"a {kind.__name__} was expected, not a {type(value).__name__}")
    return value


# Terms of each as its repository states them: abp Apache-2.0, muc4 GPL-3.0 (the texts are older),
# bbc MIT (the compilation), ipe and gunviolence none. Hence texts are fetched, never shipped.
SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        Source(
            name="abp",
            repository="ramybaly/Article-Bias-Prediction",
            commit="ced8111a720948e6a410e52031ace99c4e53f096",
            files=("data/jsons/{key}.json",),
            parse=_article_json,
        ),
        Source(
            name="muc4",
            repository="eventdata/ConfliBERT",
            commit="0b630014885b9597622082034cc5ab5471b57e5b",
            files=("data/muc4/train.json", "data/muc4/dev.json", "data/muc4/test.json"),
            parse=_object_of_documents,
        ),
        Source(
            name="ipe",
            repository="slanglab/IndiaPoliceEvents",
            commit="3981fbb43082465b1b5627f613c3c94e493400b0",
            files=("data/final/docs.jsonl",),
            parse=_document_lines,
        ),
        Source(
            name="gunviolence",
            repository="husinthewei/CIS530P",
            commit="c44621d2da443446b47c0db5a3166b9f3d5298ba",
            files=(
                "data/data-train/X_train.json",
                "data/data-dev/X_val.json",
                "data/data-test/X_test.json",
            ),
            parse=_list_of_texts,
        ),
        Source(
            name="bbc",
            repository="ZitRos/news-articles-dataset",
            commit="f0ee062afc877254b3283731e8eff33dee78dfd4",
            files=("news/{key}.txt",),
            parse=_headline_and_body,
        ),
    )
}
