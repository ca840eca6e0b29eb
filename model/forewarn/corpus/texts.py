"""The texts that labels belong to, from a folder that holds them or from their public sources."""

import gzip
import json
import logging
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from forewarn.corpus.download import local_files
from forewarn.corpus.passages import Excerpt, Kind, Passage, cut, sentence_name
from forewarn.corpus.sources import PUBLIC_ADDRESS, Article, SourceFile, files_for, parse_file
from forewarn.errors import CorpusError

Progress = Callable[[int, int], None]

FILES: dict[Kind, str] = {"gold": "gold_texts.jsonl.gz", "sentences": "sentence_texts.jsonl.gz"}

logger = logging.getLogger(__name__)


def texts_folder(folder: str | os.PathLike[str] | None) -> Path | None:
    """Return the folder given, else the one that ``FOREWARN_DATA`` names, else None."""
    named = folder if folder is not None else os.environ.get("FOREWARN_DATA") or None
    return None if named is None else Path(named).expanduser()


def texts_in_folder(
    passages: Sequence[Passage], folder: Path, progress: Progress | None = None
) -> dict[str, Excerpt]:
    """Read texts from a folder that holds ``gold_texts.jsonl.gz`` and ``sentence_texts.jsonl.gz``.

    Parameters
    ----------
    passages : sequence of Passage
        The texts wanted.
    folder : pathlib.Path
        Where the two files lie; one that no passage needs may be absent.
    progress : callable, optional
        Called with the number of texts found and the number wanted.

    Returns
    -------
    dict of str to Excerpt
        Those found, by the passage's name, not yet compared with their SHA-256. A line that
        holds no record is logged and left out.

    Raises
    ------
    CorpusError
        If a file is absent or cannot be decompressed.
    """
    wanted = {passage.name for passage in passages}
    excerpts: dict[str, Excerpt] = {}
    for kind in dict.fromkeys(passage.kind for passage in passages):
        for name, excerpt in _read_excerpts(folder / FILES[kind], kind):
            if name in wanted:
                excerpts[name] = excerpt
                if progress is not None:
                    progress(len(excerpts), len(passages))
    return excerpts


def texts_from_sources(
    passages: Sequence[Passage],
    *,
    download: bool = True,
    base_url: str = PUBLIC_ADDRESS,
    progress: Progress | None = None,
) -> dict[str, Excerpt]:
    """Cut texts from the files of their public sources.

    Parameters
    ----------
    passages : sequence of Passage
        The texts wanted.
    download : bool
        Whether to download the files that are not in the data folder yet.
    base_url : str
        Where the repositories lie.
    progress : callable, optional
        Called with the number of files dealt with and the number wanted.

    Returns
    -------
    dict of str to Excerpt
        Those found, by the passage's name, not yet compared with their SHA-256.

    Raises
    ------
    CorpusError
        If pooch is not installed, the data folder cannot be written, or nothing can be reached.
    """
    wanted: dict[str, list[Passage]] = {}
    for passage in passages:
        wanted.setdefault(passage.article, []).append(passage)
    files = files_for(wanted)
    excerpts: dict[str, Excerpt] = {}
    places = local_files(files, download=download, base_url=base_url)
    for done, (file, path) in enumerate(places, start=1):
        for article_id, article in _read_articles(file, path) if path else ():
            for passage in wanted.get(article_id, ()):
                excerpts[passage.name] = cut(passage, article)
        if progress is not None:
            progress(done, len(files))
    return excerpts


def _read_excerpts(path: Path, kind: Kind) -> Iterator[tuple[str, Excerpt]]:
    try:
        with gzip.open(path) as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield _excerpt(json.loads(line), kind)
                except (ValueError, KeyError, TypeError) as error:
                    logger.warning("line %d of %s is left out: %r", number, path, error)
    except FileNotFoundError as error:
        raise CorpusError(
            f"The folder {path.parent} holds no {path.name}: name one that does in FOREWARN_DATA,"
            " or none, to take the texts from their public sources"
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise CorpusError(f"{path} cannot be read ({error}): put a whole copy there") from error


def _excerpt(record: dict[str, Any], kind: Kind) -> tuple[str, Excerpt]:
    if not isinstance(record["text"], str):
        raise TypeError("text is no string")
    if kind == "gold":
        return str(record["id"]), Excerpt(record["text"])
    name = sentence_name(record["id"], record["start"], record["end"])
    return name, Excerpt(record["text"], str(record["before"]))


def _read_articles(file: SourceFile, path: Path) -> Iterator[tuple[str, Article]]:
    try:
        yield from parse_file(file, path.read_bytes())
    except (OSError, ValueError) as error:
        logger.warning("%s is left out, delete it to download it anew: %s", path, error)
