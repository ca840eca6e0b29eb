"""The public sources' files in the data folder, downloaded where they are not there yet."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from forewarn.corpus.sources import PUBLIC_ADDRESS, SourceFile
from forewarn.errors import CorpusError

# Most files are single articles of a few kilobytes: waiting, not bandwidth, is what they cost.
_THREADS = 8
# One file may be gone; so many one after another say that nothing can be reached.
_FAILURES_IN_A_ROW = 20

logger = logging.getLogger(__name__)


def local_files(
    files: Sequence[SourceFile], *, download: bool = True, base_url: str = PUBLIC_ADDRESS
) -> Iterator[tuple[SourceFile, Path | None]]:
    """Yield every file with its place in the data folder, those first that are there already.

    The folder is pooch's cache for ``forewarn``, or the one that the environment variable
    ``FOREWARN_CACHE`` names.

    Parameters
    ----------
    files : sequence of SourceFile
        The files wanted.
    download : bool
        Whether to download those that are not there.
    base_url : str
        Where the repositories lie: ``{base_url}/{owner}/{repository}/{commit}/{path}``.

    Yields
    ------
    file : SourceFile
        One of `files`.
    path : pathlib.Path or None
        Where it lies; None where it is not there, and after a failed download, which is logged.

    Raises
    ------
    CorpusError
        If pooch is not installed, the data folder cannot be written, or nothing can be reached.
    """
    pooch = _pooch()
    # No hash of a file is known: each text in it is verified by its own.
    cache = pooch.create(
        path=pooch.os_cache("forewarn"),
        env="FOREWARN_CACHE",
        base_url=base_url,
        registry={file.local_name: None for file in files},
        urls={file.local_name: file.url(base_url) for file in files},
        retry_if_failed=1,
    )
    folder = Path(cache.abspath)
    absent = []
    for file in files:
        path = folder / file.local_name
        if path.is_file():
            yield file, path
        else:
            absent.append(file)
    if download:
        _make_folders({(folder / file.local_name).parent for file in absent})
        yield from _download(absent, cache, pooch.HTTPDownloader(timeout=30))
    else:
        yield from ((file, None) for file in absent)


def _pooch() -> Any:
    try:
        import pooch  # noqa: PLC0415
    except ImportError as error:
        raise CorpusError(
            "The texts of the corpus are not at hand: name a folder that holds them in"
            " FOREWARN_DATA, or install the extra that downloads them from their public sources:"
            " pip install 'forewarn[corpus]'"
        ) from error
    # Pooch announces every file; thousands of lines would bury the warnings that matter.
    pooch.get_logger().setLevel(logging.WARNING)
    return pooch


def _make_folders(folders: Iterable[Path]) -> None:
    # Made beforehand, because two threads that make the same folder get into each other's way.
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CorpusError(
                f"The data folder {folder} cannot be made ({error}): name another place in"
                " FOREWARN_CACHE"
            ) from error


def _download(
    files: Sequence[SourceFile], cache: Any, downloader: Any
) -> Iterator[tuple[SourceFile, Path | None]]:
    def attempt(file: SourceFile) -> Path | Exception:
        try:
            return Path(cache.fetch(file.local_name, downloader=downloader))
        except (OSError, ValueError) as error:  # what requests and pooch raise derives from these
            return error

    failures = 0
    with ThreadPoolExecutor(_THREADS) as pool:
        try:
            for file, outcome in zip(files, pool.map(attempt, files), strict=True):
                if isinstance(outcome, Path):
                    failures = 0
                    yield file, outcome
                    continue
                logger.warning("%s is left out: %s", cache.get_url(file.local_name), outcome)
                yield file, None
                failures += 1
                if failures == _FAILURES_IN_A_ROW:
                    raise CorpusError(
                        f"The public sources cannot be reached ({failures} downloads in a row"
                        f" failed, the last with: {outcome}): connect to the network, or name a"
                        " folder that holds the texts in FOREWARN_DATA"
                    ) from outcome
        finally:
            pool.shutdown(cancel_futures=True)
