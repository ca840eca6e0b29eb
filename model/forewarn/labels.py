"""What forewarn says of one article: a frozen record that prints, compares and turns to JSON."""

from dataclasses import dataclass
from typing import Any

from forewarn.taxonomy import Severity


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sentence that decided the severity.

    Attributes
    ----------
    start, end : int
        Character span in the text as the caller passed it.
    text : str
        The caller's ``text[start:end]``.
    score : float
        The sentence model's logit for the severity found: the share of this sentence in the
        decision, comparable within one article.
    """

    start: int
    end: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class TokenWeight:
    """One token and what it adds to the logit of its sentence.

    Attributes
    ----------
    start, end : int
        Character span in the text as the caller passed it.
    text : str
        The caller's ``text[start:end]``.
    weight : float
        Logits added (above zero) or taken (below).
    """

    start: int
    end: int
    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model spoke: the package version that trained it and the digest of its arrays."""

    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Label:
    """The content warning of one article.

    Attributes
    ----------
    severity : Severity
        Decision at the chosen operating point or threshold.
    score : float
        Calibrated probability that the article is graphic.
    probabilities : dict of str to float
        Probability of each severity, by name; they sum to 1.
    types : dict of str to float
        Violence types above their thresholds with their probabilities, strongest first.
    warnings : tuple of str
        IPTC content-warning qcodes.
    message : str
        The sentence an editor would print; empty where no warning is due.
    evidence : tuple of Evidence
        The sentences that most decided the severity, strongest first, at most three.
    model : ModelInfo
        Version and digest of the model.
    """

    severity: Severity
    score: float
    probabilities: dict[str, float]
    types: dict[str, float]
    warnings: tuple[str, ...]
    message: str
    evidence: tuple[Evidence, ...]
    model: ModelInfo

    def to_dict(self) -> dict[str, Any]:
        """Return the label as plain values that `json.dumps` takes; keys are attribute names."""
        return {
            "severity": str(self.severity),
            "score": self.score,
            "probabilities": dict(self.probabilities),
            "types": dict(self.types),
            "warnings": list(self.warnings),
            "message": self.message,
            "evidence": [
                {"start": item.start, "end": item.end, "text": item.text, "score": item.score}
                for item in self.evidence
            ],
            "model": {"version": self.model.version, "digest": self.model.digest},
        }
