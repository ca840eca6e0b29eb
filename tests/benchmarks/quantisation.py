"""What rounding a weight to a byte costs: the same training with 16 bits, on the test split.

    FOREWARN_DATA=... python tests/benchmarks/quantisation.py

Takes as long as a training. Prints a Markdown table.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from forewarn import load, train
from forewarn.classifier import Classifier
from forewarn.parameters import Head
from forewarn.release import load_material
from forewarn.taxonomy import Severity

STEPS = np.iinfo(np.int16).max


def sixteen_bits(weights: NDArray[np.float64], biases: NDArray[np.float64]) -> Head:
    """Round weights as `forewarn.fitting.quantise` does, 258 times finer."""
    scales = np.maximum(np.abs(weights).max(axis=1), 1e-12) / STEPS
    return Head(np.rint(weights / scales[:, None]).astype(np.int16), scales, biases)


def main() -> None:
    """Train, compare and print."""
    released = load()
    material = load_material()
    vars(train)["quantise"] = sixteen_bits
    fine = train.fit(
        train.gather(material.train, material.sentences, material.written),
        seed=released.parameters.training["seed"],
    )
    texts = [record.text for record in material.test]
    severity = np.array([record.severity for record in material.test])
    answers = {
        "one byte a weight": released.predict_proba(texts),
        "two bytes": Classifier(fine, released.info).predict_proba(texts),
    }
    print("| weights | AUPRC, violent or graphic | AUPRC, graphic |\n| --- | --- | --- |")
    for name, found in answers.items():
        figures = [
            average_precision_score(severity >= level, found[:, level:].sum(axis=1))
            for level in (Severity.VIOLENT, Severity.GRAPHIC)
        ]
        print(f"| {name} | {figures[0]:.4f} | {figures[1]:.4f} |")
    moved = np.abs(answers["one byte a weight"] - answers["two bytes"]).max()
    print(f"\nLargest change of a probability: {moved:.4f}")


if __name__ == "__main__":
    main()
