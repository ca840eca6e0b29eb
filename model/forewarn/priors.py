"""Probabilities of one mix of articles, carried over to a mix with another share of graphic ones.

A classifier's posterior holds for the share of a class that it was calibrated on. Where only the
shares differ, and not what the articles of a class are like, Bayes' rule carries it over: the
odds are multiplied by the ratio of the priors' odds (Saerens, Latinne and Decaestecker 2002,
"Adjusting the outputs of a classifier to new a priori probabilities", Neural Computation 14(1),
equation 2.4, here for ``graphic`` against the rest).
"""

import numpy as np
from numpy.typing import NDArray


def carry_over(
    probabilities: NDArray[np.float64], share: float, new_share: float
) -> NDArray[np.float64]:
    """Return the probabilities that hold where `new_share` of the articles are graphic.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n, 4)
        Of none, reference, violent and graphic.
    share, new_share : float
        Share of graphic articles that the probabilities hold for, and shall hold for.

    Returns
    -------
    ndarray of float64, shape (n, 4)
        The other severities keep their proportions.

    Examples
    --------
    >>> carry_over(np.array([[0.5, 0.2, 0.2, 0.1]]), 0.1, 0.01).round(2).tolist()
    [[0.55, 0.22, 0.22, 0.01]]
    """
    priors = np.array([(1 - new_share) / (1 - share)] * 3 + [new_share / share])
    weighed = probabilities * priors
    carried: NDArray[np.float64] = weighed / weighed.sum(axis=1, keepdims=True)
    return carried


def take_back(threshold: float, share: float, new_share: float) -> float:
    """Return the threshold before `carry_over` that decides as this one does after it.

    Examples
    --------
    >>> round(take_back(0.0099, 0.1, 0.01), 2)
    0.1
    """
    graphic = threshold * share / new_share
    rest = (1 - threshold) * (1 - share) / (1 - new_share)
    return graphic / (graphic + rest)
