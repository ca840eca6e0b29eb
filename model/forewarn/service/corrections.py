"""``POST /v1/corrections``: what an editor says instead, kept for the next training."""

import asyncio
import sqlite3

from fastapi import APIRouter
from starlette.responses import Response

from forewarn.service.answers import Refused, Stored
from forewarn.service.reading import JsonRoute
from forewarn.service.refusals import Json, Refusal
from forewarn.service.requests import Correction
from forewarn.service.state import REFUSALS, Responses, Shared

router = APIRouter(route_class=JsonRoute)

_RESPONSES: Responses = {
    201: {"model": Stored},
    404: {"model": Refused, "description": "The service was started without --corrections."},
    **REFUSALS,
}


@router.post("/v1/corrections", status_code=201, responses=_RESPONSES)
async def correct(correction: Correction, service: Shared) -> Response:
    """Keep a correction; it is on disk when this answers."""
    store = service.store
    if store is None:
        raise Refusal(
            404,
            "no corrections are kept here; start the service with --corrections FILE",
            code="corrections_not_kept",
        )

    def add() -> tuple[int, str]:
        return store.add(
            correction.text,
            correction.severity,
            correction.types,
            note=correction.note,
            predicted=correction.predicted,
            model=service.scorer.info.digest,
        )

    try:
        number, created = await asyncio.to_thread(add)
    except sqlite3.Error as error:
        raise Refusal(
            503,
            f"the correction is not kept ({error}); send it again when that is mended",
            code="not_kept",
            kind="server_error",
        ) from error
    service.metrics.corrected()
    return Json({"id": number, "created": created}, 201)
