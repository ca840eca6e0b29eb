"""What answers say, as types that the interface's description shows."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from forewarn.service.requests import FormatName, Point, Severity, TypeName


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Fault(_Answer):
    """What is wrong, where, what to do."""

    message: str
    type: str
    param: Annotated[str | None, Field(description="The field at fault, as in items.3.text.")]
    code: str | None


class Refused(_Answer):
    """The answer to a request that is turned down."""

    error: Fault


# -- POST /v1/label -------------------------------------------------------------------------------


class ModelName(_Answer):
    """Which model spoke."""

    version: str
    digest: str


class Sentence(_Answer):
    """A sentence that decided the severity."""

    start: int
    end: int
    text: str
    score: float


class Labelled(_Answer):
    """The label of an article."""

    id: str | int | None
    severity: Severity
    score: Annotated[float, Field(ge=0, le=1, description="Probability of graphic.")]
    probabilities: dict[Severity, float]
    types: dict[TypeName, float]
    warnings: Annotated[list[str], Field(description="IPTC content-warning qcodes.")]
    message: Annotated[str, Field(description="The warning; empty where none is due.")]
    evidence: Annotated[list[Sentence], Field(description="Strongest first.")]
    model: ModelName
    text: Annotated[
        str, Field(description="Of a page: its text, in which the evidence's offsets count.")
    ] = ""
    formats: Annotated[
        dict[FormatName, dict[str, Any]], Field(description="Where they were asked for.")
    ] = {}


class NotLabelled(_Answer):
    """Of an article that could not be taken."""

    id: str | int | None
    error: Fault


class LabelAnswer(_Answer):
    """Results in the order of the articles."""

    model: ModelName
    results: list[Labelled | NotLabelled]


# -- POST /v1/moderations -------------------------------------------------------------------------


class Moderated(_Answer):
    """OpenAI's result, and what is not assessed."""

    flagged: bool
    categories: dict[str, bool]
    category_scores: dict[str, float]
    category_applied_input_types: dict[str, list[str]]
    not_assessed: list[str]


class ModerationAnswer(_Answer):
    """OpenAI's answer."""

    id: str
    model: str
    results: list[Moderated]


# -- POST /v1/corrections -------------------------------------------------------------------------


class Stored(_Answer):
    """Under which number a correction is kept, and since when."""

    id: int
    created: Annotated[str, Field(description="UTC, as in 2026-03-01T10:30:00.000Z.")]


# -- GET ------------------------------------------------------------------------------------------


class Health(_Answer):
    """How the service is."""

    status: str


class Reached(_Answer):
    """Of the texts called so, how many are; of those that are, how many were called so."""

    precision: float
    recall: float


class PointFacts(_Answer):
    """A named choice of thresholds, with what it reached on texts the model had not seen."""

    name: Point
    thresholds: dict[Severity, float]
    reached: dict[Severity, Reached]


class TypeFacts(_Answer):
    """A violence type, and how it stands in a warning sentence."""

    name: TypeName
    phrase: str


class SeverityFacts(_Answer):
    """A severity, and which texts have it."""

    name: Severity
    value: int
    meaning: str


class Bounds(_Answer):
    """What a request may hold at most."""

    body_bytes: int
    text_bytes: int
    items: int


class About(_Answer):
    """The model and the service."""

    version: str
    digest: str
    training: Annotated[dict[str, Any], Field(description="What it learned from, and figures.")]
    default_operating_point: Point
    operating_points: list[PointFacts]
    severities: list[SeverityFacts]
    types: list[TypeFacts]
    formats: list[FormatName]
    corrections: Annotated[bool, Field(description="Whether corrections are stored here.")]
    limits: Bounds
