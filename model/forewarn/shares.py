"""What each token adds to the logit of its sentence: the model's own sum, taken apart exactly."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from forewarn.logits import Reading, pair_weights, token_meanings, unpack
from forewarn.parameters import Parameters


def token_shares(parameters: Parameters, reading: Reading, level: int) -> NDArray[np.float64]:
    """Return what every token adds to its sentence's logit.

    Parameters
    ----------
    parameters : Parameters
    reading : Reading
    level : int
        Severity level, 1 to 3.

    Returns
    -------
    ndarray of float64, shape (n_tokens,)
        Over a sentence they sum to its logit less the model's bias for the level. An n-gram
        counts once a sentence, so its repeats share what it adds; so do the words of a class of
        meaning, and the two classes of a pair.
    """
    head, batch = parameters.sentence, reading.batch
    weights, buckets = head.weights[level - 1], reading.tokens.buckets
    scales = head.scales[level - 1] / np.sqrt(reading.sentences.sizes)
    pairs = pair_weights(parameters.meanings)[level - 1]
    halves = (pairs + pairs.T) / 2
    classes = unpack(token_meanings(parameters.meanings, reading.tokens), len(halves))
    shares = np.zeros(len(batch.starts))
    for sentence, (first, last) in enumerate(pairwise(batch.sentences)):
        own = buckets[:, first:last]
        _, place, repeats = np.unique(own, return_inverse=True, return_counts=True)
        ngrams = weights.take(own) / repeats[place.reshape(own.shape)]
        has = classes[first:last].astype(np.float64)
        times = has.sum(axis=0)
        present = (times > 0).astype(np.float64)
        of_class = present * (halves @ present) / np.maximum(times, 1)
        shares[first:last] = ngrams.sum(axis=0) * scales[sentence] + has @ of_class
    return shares
