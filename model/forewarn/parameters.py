"""All that a model file holds, as plain arrays and values, and the check of what a file brings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forewarn.errors import ModelFileError
from forewarn.features import N_BUCKETS
from forewarn.taxonomy import TYPE_NAMES

N_LEVELS = 3
N_POOLED = 2 * N_LEVELS  # figures that the sentences of a text give together

# Types have a table a quarter as long: sixteen outputs need it small, and are less fine-grained.
TYPE_BUCKET_SHIFT = 2


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Linear outputs over hashed features, quantised to a byte a weight.

    Attributes
    ----------
    weights : ndarray of int8, shape (n_outputs, n_buckets)
    scales : ndarray of float64, shape (n_outputs,)
        What one unit of a weight is worth.
    biases : ndarray of float64, shape (n_outputs,)
    """

    weights: NDArray[np.int8]
    scales: NDArray[np.float64]
    biases: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Meanings:
    """Classes of meaning of words, and what two of them weigh where they share a sentence.

    Attributes
    ----------
    of_word : ndarray of uint8, shape (N_BUCKETS,)
        Row in `sets` of the words that fall in a bucket; 0 for those of no class.
    sets : ndarray of uint64, shape (n_sets,)
        Sets of classes, a bit for each class.
    pairs : ndarray of float32, shape (3, n_classes, n_classes)
        For each level, what is added to the logit of a sentence that has both classes; above the
        diagonal, zero elsewhere.
    """

    of_word: NDArray[np.uint8]
    sets: NDArray[np.uint64]
    pairs: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A named choice of thresholds, with what it reached on out-of-fold predictions.

    Attributes
    ----------
    thresholds : tuple of float
        A text has at least level 1, 2, 3 where its cumulative probability reaches these.
    reached : dict of str to float
        Precision and recall of ``violent`` (level 2 and above) and ``graphic``.
    """

    thresholds: tuple[float, float, float]
    reached: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """All that a model file holds.

    Attributes
    ----------
    symbols : ndarray of uint8, shape (65536,)
        The table of `forewarn.tokens.symbol_table`.
    names : ndarray of uint64, shape (n_names,)
        Hashes of the words that `forewarn.reading.Reader` reads alike, ascending.
    sentence, document : Head
        Three outputs each, over `N_BUCKETS` buckets.
    types : Head
        Sixteen outputs, over ``N_BUCKETS >> TYPE_BUCKET_SHIFT`` buckets.
    meanings : Meanings
        What the sentence model adds for two classes of meaning in one sentence.
    combination : ndarray of float64, shape (3, 7)
        For each level the weights of the strongest sentence's logit and of what all sentences
        give together (`forewarn.logits.pool`) for levels 1, 2 and 3, and the bias. The
        document's logit for the level is added as it is.
    brief : ndarray of float64, shape (3, 9)
        The same for brief texts, with weights of the document's logit and of the logarithm of
        the length before the bias.
    graphic_share : float
        Share of graphic texts in the mix that probabilities are calibrated on.
    type_thresholds : ndarray of float64, shape (16,)
    operating_points : dict of str to OperatingPoint
    training : dict of str to Any
        Digest and counts of the training data, seed, and metrics on the test split.
    """

    symbols: NDArray[np.uint8]
    names: NDArray[np.uint64]
    sentence: Head
    document: Head
    types: Head
    meanings: Meanings
    combination: NDArray[np.float64]
    brief: NDArray[np.float64]
    graphic_share: float
    type_thresholds: NDArray[np.float64]
    operating_points: Mapping[str, OperatingPoint]
    training: Mapping[str, Any]


def parameters_to_content(parameters: Parameters) -> dict[str, Any]:
    """Return parameters as the nested plain values and arrays that a model file holds."""
    return asdict(parameters)


def parameters_from_content(content: Mapping[str, Any]) -> Parameters:
    """Rebuild parameters from a model file's content.

    Raises
    ------
    ModelFileError
        If a part is missing, or is of another type or shape than this version computes with.
    """
    try:
        parts = dict(content)
        for name in ("sentence", "document", "types"):
            parts[name] = Head(**parts[name])
        parts["meanings"] = Meanings(**parts["meanings"])
        parts["graphic_share"] = _share(parts["graphic_share"])
        parts["operating_points"] = {
            name: OperatingPoint(_three_floats(point["thresholds"]), dict(point["reached"]))
            for name, point in parts["operating_points"].items()
        }
        parameters = Parameters(**parts)
        for name, dtype, shape, array in _layout(parameters):
            if array.dtype != dtype or array.shape != shape:
                raise ModelFileError(
                    f"{name} is {array.dtype} of shape {array.shape} where this version computes "
                    f"with {np.dtype(dtype)} of shape {shape}; train the model anew, or install "
                    "the version that wrote it"
                )
        if parameters.meanings.of_word.max() >= len(parameters.meanings.sets):
            raise ValueError("words have meanings whose set is not there")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ModelFileError(
            f"its content is no forewarn classifier ({error!r}); train the model anew"
        ) from error
    return parameters


def _three_floats(values: Sequence[float]) -> tuple[float, float, float]:
    first, second, third = values
    if not all(isinstance(value, float) for value in values):
        raise TypeError("thresholds are not numbers")
    return first, second, third


def _share(value: float) -> float:
    if not isinstance(value, float) or not 0 < value < 1:
        raise TypeError("the share of graphic texts is none")
    return value


def _layout(
    parameters: Parameters,
) -> Iterator[tuple[str, type[np.generic], tuple[int, ...], NDArray[Any]]]:
    """Yield name, type and shape that each array must have, and the array."""
    yield "symbols", np.uint8, (0x10000,), parameters.symbols
    yield "names", np.uint64, (len(parameters.names),), parameters.names
    n_types = len(TYPE_NAMES)
    for name, head, n_outputs, n_buckets in (
        ("sentence", parameters.sentence, N_LEVELS, N_BUCKETS),
        ("document", parameters.document, N_LEVELS, N_BUCKETS),
        ("types", parameters.types, n_types, N_BUCKETS >> TYPE_BUCKET_SHIFT),
    ):
        yield f"{name} weights", np.int8, (n_outputs, n_buckets), head.weights
        yield f"{name} scales", np.float64, (n_outputs,), head.scales
        yield f"{name} biases", np.float64, (n_outputs,), head.biases
    meanings = parameters.meanings
    n_sets, n_classes = len(meanings.sets), min(meanings.pairs.shape[-1], 64)
    yield "words' meanings", np.uint8, (N_BUCKETS,), meanings.of_word
    yield "sets of meanings", np.uint64, (n_sets,), meanings.sets
    yield "pairs of meanings", np.float32, (N_LEVELS, n_classes, n_classes), meanings.pairs
    yield "combination", np.float64, (N_LEVELS, N_POOLED + 1), parameters.combination
    yield "brief", np.float64, (N_LEVELS, N_POOLED + 3), parameters.brief
    yield "type_thresholds", np.float64, (n_types,), parameters.type_thresholds
