"""What the service says of itself: its model, its health, its counts."""

import sqlite3
from typing import Any

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from forewarn.classifier import Classifier
from forewarn.formats import FORMATS
from forewarn.parameters import OperatingPoint
from forewarn.service.answers import About, Health
from forewarn.service.reading import MAX_BODY
from forewarn.service.refusals import Json, Refusal
from forewarn.service.requests import DEFAULT_POINT, MAX_ITEMS, MAX_TEXT
from forewarn.service.state import REFUSALS, Responses, Shared
from forewarn.taxonomy import SEVERITY_NAMES, TYPE_PHRASES, Severity

router = APIRouter()

_REFUSALS: Responses = {status: REFUSALS[status] for status in (401, 403)}

MEANINGS = {
    Severity.NONE: "holds no real physical violence; idiom and metaphor count here",
    Severity.REFERENCE: "has violence only as background: a topic, a statistic, a threat, "
    "history, fiction",
    Severity.VIOLENT: "recounts specific real acts of violence in plain terms: who, where, "
    "how many",
    Severity.GRAPHIC: "makes the reader picture the harm: bodily detail, an act told as a scene, "
    "suffering",
}


@router.get("/v1/model", responses={200: {"model": About}, **_REFUSALS})
async def model(service: Shared) -> Response:
    """Say which model answers, what its operating points reached, and what its words mean."""
    scorer = service.scorer
    parameters = scorer.parameters
    points = [_point(name, point) for name, point in parameters.operating_points.items()]
    return Json(
        {
            "version": scorer.info.version,
            "digest": scorer.info.digest,
            "training": dict(parameters.training),
            "default_operating_point": DEFAULT_POINT,
            "operating_points": points,
            "severities": [
                {"name": str(severity), "value": int(severity), "meaning": meaning}
                for severity, meaning in MEANINGS.items()
            ],
            "types": [
                {"name": name, "phrase": TYPE_PHRASES[name]} for name in Classifier.type_names
            ],
            "formats": list(FORMATS),
            "corrections": service.store is not None,
            "limits": {"body_bytes": MAX_BODY, "text_bytes": MAX_TEXT, "items": MAX_ITEMS},
        }
    )


def _point(name: str, point: OperatingPoint) -> dict[str, Any]:
    reached: dict[str, dict[str, float]] = {}
    for figure, value in point.reached.items():  # "violent_precision", and so on
        severity, _, measure = figure.rpartition("_")
        reached.setdefault(severity, {})[measure] = value
    thresholds = dict(zip(SEVERITY_NAMES[1:], point.thresholds, strict=True))
    return {"name": name, "thresholds": thresholds, "reached": reached}


@router.get("/healthz", responses={200: {"model": Health}})
async def healthz() -> Response:
    """Say that the process lives."""
    return Json({"status": "alive"})


@router.get("/readyz", responses={200: {"model": Health}, 503: REFUSALS[503]})
async def readyz(service: Shared) -> Response:
    """Say whether labels can be given and corrections kept."""
    if service.store is not None:
        try:
            service.store.check()
        except sqlite3.Error as error:
            raise Refusal(
                503, f"corrections cannot be kept ({error})", code="not_ready", kind="server_error"
            ) from error
    return Json({"status": "ready"})


@router.get(
    "/metrics",
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}, **_REFUSALS},
    response_class=Response,
)
async def metrics(service: Shared) -> Response:
    """Give all counts in Prometheus' text format."""
    return Response(service.metrics.exposition(), media_type=CONTENT_TYPE_LATEST)
