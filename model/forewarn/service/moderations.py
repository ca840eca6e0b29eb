"""``POST /v1/moderations``: OpenAI's moderation endpoint, as far as violence goes.

Its official client works with nothing but ``base_url`` changed:
https://platform.openai.com/docs/api-reference/moderations/create. Ours beyond it: the fields
``operating_point`` and ``threshold`` of a request, which ``extra_body`` passes, and
``not_assessed`` of a result.
"""

from collections.abc import Sequence
from uuid import uuid4

from fastapi import APIRouter
from starlette.responses import Response

from forewarn.formats import openai_moderation
from forewarn.service.answers import ModerationAnswer
from forewarn.service.labelling import decide
from forewarn.service.reading import JsonRoute
from forewarn.service.refusals import Json
from forewarn.service.requests import ModerationRequest, Part
from forewarn.service.state import REFUSALS, Shared

router = APIRouter(route_class=JsonRoute)


@router.post("/v1/moderations", responses={200: {"model": ModerationAnswer}, **REFUSALS})
async def moderate(asked: ModerationRequest, service: Shared) -> Response:
    """Judge articles by OpenAI's categories `violence` and `violence/graphic`.

    A list of strings is so many articles, with a result each; a list of parts is one. All other
    categories are false with score 0, and listed as not assessed.
    """
    labels = await decide(service, _articles(asked.input), asked.operating_point, asked.threshold)
    return Json(
        {
            "id": f"modr-{uuid4().hex}",
            "model": f"forewarn-{service.scorer.info.version}",
            "results": [openai_moderation(label) for label in labels],
        }
    )


def _articles(given: str | Sequence[str] | Sequence[Part]) -> list[str]:
    if isinstance(given, str):
        return [given]
    parts = [item.text for item in given if isinstance(item, Part)]
    return ["\n\n".join(parts)] if parts else [item for item in given if isinstance(item, str)]
