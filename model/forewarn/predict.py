"""The two functions that most callers need, `score` and `label`, over the released model."""

from collections.abc import Iterable
from functools import lru_cache
from os import PathLike
from pathlib import Path
from threading import Lock
from typing import overload

import numpy as np
from numpy.typing import NDArray

from forewarn.classifier import Classifier
from forewarn.labels import Label

RELEASED_MODEL = Path(__file__).parent / "released" / "forewarn.joblib"

_first_load = Lock()


def load(
    path: str | PathLike[str] | None = None,
    *,
    operating_point: str = "balanced",
    threshold: float | None = None,
    base_rate: float | None = None,
) -> Classifier:
    """Load a model.

    Parameters
    ----------
    path : str or path-like, optional
        Model file; the released model by default.
    operating_point : {"balanced", "cautious", "strict"}, default="balanced"
        Named thresholds that `Classifier.predict` and `Classifier.label` decide by.
    threshold : float, optional
        Threshold on P(graphic) instead of the operating point's.
    base_rate : float, optional
        Share of graphic articles among those to come, between 0 and 1, for which probabilities
        and `threshold` are then meant. By default it is that of the labelled texts, which were
        picked to have many; operating points decide the same either way.

    Returns
    -------
    Classifier

    Raises
    ------
    ModelFileError
        If the file is missing, damaged, of another format version or no model.
    ForewarnError
        If there is no such operating point, or threshold or base rate is no probability.

    Examples
    --------
    >>> clf = load(operating_point="cautious")
    >>> clf.predict_proba(["Shares fell sharply on Monday."]).shape
    (1, 4)
    """
    return Classifier.load(
        RELEASED_MODEL if path is None else path,
        operating_point=operating_point,
        threshold=threshold,
        base_rate=base_rate,
    )


@overload
def score(texts: str) -> float: ...  # type: ignore[overload-overlap]  # one str is one article
@overload
def score(texts: Iterable[str]) -> NDArray[np.float64]: ...
def score(texts: str | Iterable[str]) -> float | NDArray[np.float64]:
    """Return the calibrated probability that an article is graphic.

    Parameters
    ----------
    texts : str or iterable of str
        One article, or several. One str is one article; an iterator is consumed a batch at a
        time, so it may be longer than memory.

    Returns
    -------
    float or ndarray of float64, shape (n,)
        A float for a single article.

    Raises
    ------
    TypeError
        If an article is not a str; the message says what came and at which position.

    Examples
    --------
    >>> score("The council approved next year's parks budget on Monday.") < 0.1
    True
    >>> score(["Rain is expected by noon.", ""]).shape
    (2,)
    """
    return _released().score(texts)


@overload
def label(texts: str) -> Label: ...  # type: ignore[overload-overlap]
@overload
def label(texts: Iterable[str]) -> list[Label]: ...
def label(texts: str | Iterable[str]) -> Label | list[Label]:
    """Return the content warning of an article, or of each of several.

    Parameters
    ----------
    texts : str or iterable of str
        One article, or several. One str is one article.

    Returns
    -------
    Label or list of Label
        A single Label for a single article.

    Raises
    ------
    TypeError
        If an article is not a str; the message says what came and at which position.

    Examples
    --------
    >>> str(label("The council approved next year's parks budget on Monday.").severity)
    'none'
    """
    return _released().label(texts)


def _released() -> Classifier:
    with _first_load:  # two threads at the first call load one model between them
        return _load_released()


@lru_cache(maxsize=1)
def _load_released() -> Classifier:
    return load()
