"""Articles in batches small enough that their arrays stay in a core's cache."""

from collections.abc import Iterable, Iterator, Mapping

# Timed from 2**14 to 2**20; the flat optimum lies around 2**18.
_BATCH_CHARACTERS = 1 << 18
_ARTICLE_CHARACTERS = 32  # what an article costs beside its characters: no endless batch of empties


def batches(texts: str | Iterable[str]) -> Iterator[list[str]]:
    """Group articles into batches of about 260,000 characters, checking that each is a str.

    Parameters
    ----------
    texts : str or iterable of str
        A single str counts as one article.

    Yields
    ------
    list of str

    Raises
    ------
    TypeError
        If an article is not a str; the message says what came and at which position.
    """
    if isinstance(texts, str):
        texts = [texts]
    elif isinstance(texts, (bytes, bytearray, Mapping)) or not isinstance(texts, Iterable):
        raise TypeError(
            f"articles are {type(texts).__name__}; pass one article as str, or an iterable of str"
        )
    batch: list[str] = []
    room = _BATCH_CHARACTERS
    for position, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(
                f"article {position} is {type(text).__name__}, not str; pass each article as one "
                "str (decode bytes, and replace missing values by '')"
            )
        batch.append(text)
        room -= len(text) + _ARTICLE_CHARACTERS
        if room <= 0:
            yield batch
            batch, room = [], _BATCH_CHARACTERS
    if batch:
        yield batch
