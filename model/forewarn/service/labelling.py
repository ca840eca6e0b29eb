"""``POST /v1/label``: articles in, labels out, in the same order."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.responses import Response

from forewarn.errors import ForewarnError
from forewarn.formats import FORMATS, atproto
from forewarn.labels import Label
from forewarn.service.answers import LabelAnswer
from forewarn.service.reading import JsonRoute
from forewarn.service.refusals import Json, Refusal, describe, error_values
from forewarn.service.requests import Batch, Item, LabelRequest, OnePage, OneText
from forewarn.service.state import REFUSALS, Service, Shared

router = APIRouter(route_class=JsonRoute)


@router.post("/v1/label", responses={200: {"model": LabelAnswer}, **REFUSALS})
async def label(asked: LabelRequest, service: Shared) -> Response:
    """Give each article its content warning.

    An article that cannot be taken (no text, too long, a page without an article in it) gets an
    error in its place, and costs the others nothing.
    """
    results: list[dict[str, Any]] = []
    taken: list[tuple[dict[str, Any], Item, str]] = []
    for number, raw in enumerate(_items(asked)):
        result: dict[str, Any] = {"id": _id(raw)}
        results.append(result)
        try:
            item = raw if isinstance(raw, Item) else Item.model_validate(raw)
            taken.append((result, item, await _text(item, service)))
        except ValidationError as error:
            message, param = describe(error.errors(include_url=False), f"items.{number}")
            result["error"] = error_values(message, param=param)
        except ForewarnError as error:
            param = f"items.{number}.html" if isinstance(asked, Batch) else "html"
            result["error"] = error_values(f"{param}: {error}", param=param, code="no_article")
        if "error" in result:
            service.metrics.refused()
    labels = await decide(
        service, [text for _, _, text in taken], asked.operating_point, asked.threshold
    )
    for (result, item, text), found in zip(taken, labels, strict=True):
        result.update(found.to_dict())
        if item.html is not None:
            result["text"] = text
        if asked.formats:
            result["formats"] = _formats(found, asked.formats, asked.src, item.uri)
    info = service.scorer.info
    return Json({"model": {"version": info.version, "digest": info.digest}, "results": results})


def _items(asked: Batch | OneText | OnePage) -> Sequence[Any]:
    if isinstance(asked, Batch):
        return asked.items
    if isinstance(asked, OneText):
        return [Item(id=asked.id, text=asked.text, uri=asked.uri)]
    return [Item(id=asked.id, html=asked.html, uri=asked.uri)]


def _id(raw: Any) -> str | int | None:
    found = raw.id if isinstance(raw, Item) else raw.get("id") if isinstance(raw, dict) else None
    return found if type(found) in (str, int) else None


async def _text(item: Item, service: Service) -> str:
    if item.html is None:
        return item.text or ""
    return await service.pages.read(item.html)


async def decide(
    service: Service, texts: Sequence[str], operating_point: str, threshold: float | None
) -> list[Label]:
    """Return the labels of articles, and count them.

    Parameters
    ----------
    service : Service
    texts : sequence of str
    operating_point : str
    threshold : float or None

    Raises
    ------
    Refusal
        If the model has no such operating point.
    """
    try:
        labels = await service.scorer.label(texts, operating_point, threshold)
    except ForewarnError as error:
        raise Refusal(400, f"operating_point: {error}", param="operating_point") from error
    service.metrics.labelled(labels)
    return labels


def _formats(
    label: Label, names: Sequence[str], src: str | None, uri: str | None
) -> dict[str, dict[str, Any]]:
    return {
        name: atproto(label, src=src, uri=uri) if name == "atproto" else FORMATS[name](label)
        for name in names
    }
